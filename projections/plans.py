"""Plans: when payments were expected, version by version, beside what was paid in the same year.

Law: versions stand side by side, under the names that the parties or the source gave them; none replaces another. A
payment that was left blank in a plan is counted as blank, and adds nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from ledger.events.claims import PaymentMade
from ledger.events.contracts import PaymentsPlanned
from ledger.values import FinancialYear, Pence
from projections.rows import Row
from projections.sight.reading import Sight, numbers
from projections.sight.tables import postings

COLUMNS = ("contract", "plan", "year", "planned", "blank", "paid", "difference", "standing", "entries")


@dataclass(slots=True)
class _Year:
    """What one version of a plan expects in one financial year, in pence; `blank` counts sums left open."""

    standing: str
    planned: int = 0
    blank: int = 0
    entries: set[int] = field(default_factory=set)


def rows(sight: Sight, contract: str | None = None) -> list[Row]:
    """A row for each contract, plan and year; what was paid in that year is the same beside every plan."""
    made = (postings.c.account == "paid-out", postings.c.kind == PaymentMade.kind)
    paid = {
        (row.contract, row.year): (-int(row.pence), set(numbers(row.entries)))
        for row in sight.said(("contract", "year"), *made)
    }
    years: dict[tuple[str, str, str], _Year] = {}
    for plan, fact in sight.of(PaymentsPlanned):
        if contract is None or plan.contract == contract:
            for line in plan.lines:
                place = plan.contract, plan.plan, str(FinancialYear.of(line.ends))
                year = years.setdefault(place, _Year(fact.standing))
                year.planned += line.amount or 0
                year.blank += line.amount is None
                year.entries.update(fact.entries)
    return [_row(place, years[place], *paid.get((place[0], place[2]), (None, set()))) for place in sorted(years)]


def _row(place: tuple[str, str, str], year: _Year, paid: int | None, entries: set[int]) -> Row:
    contract, plan, name = place
    return {
        "contract": contract,
        "plan": plan,
        "year": name,
        "planned": Pence(year.planned),
        "blank": year.blank or None,
        "paid": None if paid is None else Pence(paid),
        "difference": None if paid is None else Pence(paid - year.planned),
        "standing": year.standing,
        "entries": tuple(sorted(year.entries | entries)),
    }
