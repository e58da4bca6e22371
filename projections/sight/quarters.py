"""Quarters, periods and months of a pool: what was planned, received and spent, what was reported, what is reconciled.

Law: a report stands as it was sent; beside it is what was spent to the same day by now, with the entries that changed
it. A month whose spending changed after the finance system and this ledger were compared is not reconciled any more.
What fell due or came in before its year is in its first quarter; what came after its last day is apart.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import TypeVar

from sqlalchemy import ColumnElement

from ledger.events.spending import LedgerReconciled
from ledger.events.years import PeriodClosed
from ledger.rules.years import ends_on
from ledger.values import FinancialYear, Pence
from projections.facts import Fact
from projections.pictures import year as years
from projections.rows import Row
from projections.sight.pool import COMMITTED, Pooled, instalments
from projections.sight.reading import numbers
from projections.sight.sums import Sum, resting
from projections.sight.tables import postings

E = TypeVar("E", PeriodClosed, LedgerReconciled)
QUARTERS = ("Q1", "Q2", "Q3", "Q4")
AFTER = "after 31 March"
Place = tuple[str, str]
"""A financial year and one of its quarters, or what came after it."""

QUARTER_COLUMNS = (
    *("year", "quarter", "planned", "spent", "received"),
    *("planned_to_date", "spent_to_date", "received_to_date", "entries"),
)
SERIES = ("planned", "spent", "received")


def last_day(year: FinancialYear, quarter: int) -> date:
    """The last day of a quarter of a year."""
    month = (3, 6, 9, 12)[quarter % 4]
    return date(year.first_day.year + (quarter == 4), month, 31 if month in (3, 12) else 30)


def quarter_of(day: date, year: FinancialYear) -> str:
    """The quarter of that year in which a day is; before it, the first."""
    if day > year.last_day:
        return AFTER
    return next(name for number, name in enumerate(QUARTERS, 1) if day <= last_day(year, number))


@dataclass(slots=True)
class Quarters:
    """The sums of each quarter: planned, spent and received."""

    sums: dict[Place, dict[str, Sum]] = field(default_factory=dict)

    def add(self, year: str, day: date, what: str, pence: int, entries: tuple[int, ...]) -> None:
        """So much more in the quarter of that day."""
        place = year, quarter_of(day, FinancialYear(year))
        self.sums.setdefault(place, {}).setdefault(what, Sum()).add(pence, entries)

    def of(self, place: Place, what: str) -> Sum:
        """What there is of it in one quarter."""
        return self.sums.get(place, {}).get(what, Sum())

    @property
    def places(self) -> list[Place]:
        """Every quarter of each year in which there is anything."""
        found = sorted({year for year, _ in self.sums})
        every = ((year, quarter) for year in found for quarter in (*QUARTERS, AFTER))
        return [place for place in every if place[1] != AFTER or place in self.sums]


def by_quarter(pooled: Pooled) -> Quarters:
    """What was planned, spent and received in each quarter."""
    found = Quarters()
    _planned(pooled, found)
    for what, account, where in (("spent", "spent", ()), ("received", "cash", (postings.c.funder != "",))):
        for row in pooled.sums(("year", "day"), account, *where):
            if row.pence:
                found.add(row.year, date.fromisoformat(row.day), what, int(row.pence), numbers(row.entries))
    return found


def _planned(pooled: Pooled, found: Quarters) -> None:
    """Each commitment by the days on which its instalments fall due; what has no instalment, in equal quarters."""
    due: dict[tuple[str, str], int] = {}
    for event, fact in instalments(pooled):
        key = event.commitment, str(event.year)
        due[key] = due.get(key, 0) + int(event.amount)
        found.add(key[1], event.due_on, "planned", int(event.amount), fact.entries)
    for row in pooled.sums(("commitment", "year"), "available", postings.c.why.in_(COMMITTED)):
        left = max(0, int(row.pence) - due.get((row.commitment, row.year), 0))
        for number in range(1, 5):
            part = left * number // 4 - left * (number - 1) // 4
            found.add(row.year, last_day(FinancialYear(row.year), number), "planned", part, numbers(row.entries))


def quarter_rows(quarters: Quarters) -> list[Row]:
    """A row for each quarter, with the year's sums to its end."""
    rows: list[Row] = []
    so_far: dict[tuple[str, str], int] = {}
    for place in quarters.places:
        sums = {what: quarters.of(place, what) for what in SERIES}
        for what, one in sums.items():
            so_far[place[0], what] = so_far.get((place[0], what), 0) + one.pence
        to_date = {f"{what}_to_date": Pence(so_far[place[0], what]) for what in SERIES}
        row = {"year": place[0], "quarter": place[1], **{what: one.amount for what, one in sums.items()}, **to_date}
        rows.append({**row, "entries": resting(*sums.values())})
    return rows


def chart(pooled: Pooled, quarters: Quarters) -> years.Year:
    """What was planned, spent and received, added up quarter by quarter; nothing is drawn for quarters to come."""
    places = [place for place in quarters.places if place[1] != AFTER]
    several = len({year for year, _ in places}) > 1
    labels = tuple(f"{year} {quarter}" if several else quarter for year, quarter in places)
    begun = [place for place in places if _begins(place) <= pooled.sight.today]
    series = tuple(
        years.Series(what.capitalize(), _points(quarters, what, places if what == "planned" else begun, labels))
        for what in SERIES
    )
    span = pooled.year or (f"{places[0][0]} to {places[-1][0]}" if places else "")
    title = f"{pooled.agreed.name}, {span}: planned, spent and received"
    return years.Year(title, "Added up from the first quarter on.", labels, series)


def _begins(place: Place) -> date:
    year, number = FinancialYear(place[0]), QUARTERS.index(place[1]) + 1
    return year.first_day if number == 1 else last_day(year, number - 1) + timedelta(days=1)


def _points(quarters: Quarters, what: str, places: list[Place], labels: tuple[str, ...]) -> tuple[years.Point, ...]:
    total, points = 0, []
    for place, label in zip(places, labels, strict=False):
        total += quarters.of(place, what).pence
        points.append((label, total))
    return tuple(points)


# -- periods --------------------------------------------------------------------------------------

PERIOD_COLUMNS = ("year", "period", "ends", "as_sent", "sent_by", "by_now", "difference", "changed_by", "entries")


def period_rows(pooled: Pooled) -> list[Row]:
    """Every report as it was sent, and what was spent to the same day by now."""
    rows: list[Row] = []
    for event, fact in _of(pooled, PeriodClosed):
        if pooled.year in (None, str(event.year)):
            now, changed = _since(pooled, event.year.first_day, ends_on(event), max(fact.entries))
            rows.append(
                {
                    "year": str(event.year),
                    "period": f"quarter {event.quarter}" if event.quarter else event.stage,
                    "ends": ends_on(event),
                    "as_sent": event.spent,
                    "sent_by": fact.entries,
                    "by_now": Pence(now),
                    "difference": Pence(now - event.spent),
                    "changed_by": changed,
                    "entries": tuple(sorted({*fact.entries, *changed})),
                }
            )
    return rows


def _of(pooled: Pooled, kind: type[E]) -> Iterator[tuple[E, Fact]]:
    return ((event, fact) for event, fact in pooled.sight.of(kind) if event.pool == pooled.pool)


def _since(
    pooled: Pooled, first: date, last: date, entry: int, month: date | None = None
) -> tuple[int, tuple[int, ...]]:
    """What was spent between two days by now, and which entries after one changed it, from a month on."""
    whole = replace(pooled, year=None)
    days = (postings.c.day >= str(first), postings.c.day <= str(last))
    now = sum(int(row.pence) for row in whole.sums(("pool",), "spent", *days))
    began = month or first
    later = whole.sums(("entry",), "spent", postings.c.entry > entry, postings.c.day >= str(began), days[1])
    return now, tuple(sorted(int(row.entry) for row in later if row.pence))


# -- months ---------------------------------------------------------------------------------------

MONTH_COLUMNS = ("month", "standing", "there", "here", "by_now", "changed_by", "entries")


def month_rows(pooled: Pooled) -> list[Row]:
    """Each month in which anything was spent, and whether the finance system and this ledger were compared since."""
    latest = {event.ends: (event, fact) for event, fact in _of(pooled, LedgerReconciled)}
    rows: list[Row] = []
    for first, spent in _months(pooled).items():
        last = _next(first) - timedelta(days=1)
        if last > pooled.sight.today:
            continue
        row: Row = {"month": f"{first:%Y-%m}", "standing": "NOT RECONCILED", "entries": resting(spent)}
        if last in latest:
            event, fact = latest[last]
            now, changed = _since(pooled, FinancialYear.of(last).first_day, last, max(fact.entries), first)
            same = not changed and now == event.here
            row |= {"there": event.there, "here": event.here, "by_now": Pence(now), "changed_by": changed}
            row |= {"standing": "reconciled" if same else "NOT RECONCILED: changed since"}
            row |= {"entries": tuple(sorted({*spent.entries, *fact.entries}))}
        rows.append(row)
    return rows


def _months(pooled: Pooled) -> dict[date, Sum]:
    """The first days of the months in which anything was spent, in order, with the entries."""
    found: dict[date, Sum] = {}
    for row in replace(pooled, year=None).sums(("day", "entry"), "spent", *_in_year(pooled)):
        if row.pence:  # what only moves from one funder or category to another changes no month
            first = date.fromisoformat(row.day).replace(day=1)
            found.setdefault(first, Sum()).entries.add(int(row.entry))
    return dict(sorted(found.items()))


def _in_year(pooled: Pooled) -> tuple[ColumnElement[bool], ...]:
    if pooled.year is None:
        return ()
    year = FinancialYear(pooled.year)
    return postings.c.day >= str(year.first_day), postings.c.day <= str(year.last_day)


def _next(first: date) -> date:
    return (first + timedelta(days=32)).replace(day=1)


def unreconciled(rows: list[Row]) -> list[str]:
    """The months that are not reconciled, in a sentence."""
    named = [row["month"] for row in rows if row["standing"] != "reconciled"]
    return [f"NOT RECONCILED with the finance system: {', '.join(named)}."] if named else []
