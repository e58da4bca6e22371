"""A pool: what each partner committed, paid in and bears, what each scheme costs, and what nothing covers.

Law: every figure is a sum of postings or a fact, with its entries, on both clocks. Cash has no year: what a partner has
in hand is of all years together. What nothing covers is a break. The host's own money needs no receipt, so what the
host carries is what was spent beyond the cash that is in, less its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Any

from sqlalchemy import ColumnElement

from ledger.errors import NotFound
from ledger.events.commitments import CommitmentFirmed, CommitmentMade
from ledger.events.contributions import ContributionDue
from ledger.events.pools import PoolAgreed, SchemeAgreed
from ledger.events.settlements import BudgetSet
from ledger.events.years import RecoveryPlanAgreed, VarianceForecast, VirementMade
from ledger.values import Pence
from projections.facts import Fact
from projections.rows import Row
from projections.settling import Settled
from projections.sight.reading import Sight, numbers
from projections.sight.standing import Outcomes
from projections.sight.sums import Sum, per_cent, resting
from projections.sight.tables import postings

COMMITTED = ("promised", "over-received")
"""Why a partner's part grew by its own commitment: cash above one counts as one."""
ADMINISTRATION = "(administration)"
CONTROL = {
    "sole-control": "one partner controls it alone, and the others account for what they pay (IFRS 10)",
    "joint-operation": "a joint operation: each partner accounts for its own share (IFRS 11)",
    "joint-venture": "a joint venture: each partner accounts for its interest (IFRS 11, IAS 28)",
    "lead-commissioning": "one partner commissions for the others, as principal or as their agent",
    "not-assessed": "how each partner's accounts must show it was not assessed",
}
"""What the control basis means for a partner's own accounts."""


@dataclass(frozen=True)
class Pooled:
    """A pool as a sight has it, in one financial year or in all of them."""

    sight: Sight
    pool: str
    year: str | None = None

    @property
    def within(self) -> tuple[ColumnElement[bool], ...]:
        """Its postings that count."""
        found: tuple[ColumnElement[bool], ...] = (postings.c.pool == self.pool, postings.c.standing == "effective")
        return (*found, postings.c.year == self.year) if self.year else found

    def sums(self, by: tuple[str, ...], account: str, *where: ColumnElement[bool]) -> list[Any]:
        """The sums of one of its accounts, above zero or below."""
        return self.sight.sums(by, postings.c.account == account, *self.within, *where)

    def until(self, day: date) -> Pooled:
        """The same as it was true on a day, or on an earlier one that is asked about."""
        sight = self.sight
        earlier = Sight(sight.connection, sight.known, min(sight.true, day), sight.newest)
        return replace(self, sight=earlier)

    @cached_property
    def agreed(self) -> PoolAgreed:
        """The agreement. Raises NotFound."""
        for event, _ in self.sight.of(PoolAgreed):
            if event.pool == self.pool:
                return event
        raise NotFound(f"there is no pool {self.pool} here, as then known", next_step="outcomes view partner")

    @cached_property
    def strengths(self) -> dict[str, str]:
        """How far each commitment can be relied on."""
        found = {event.commitment: str(event.strength) for event, _ in self.sight.of(CommitmentMade)}
        found.update({event.commitment: "firm" for event, _ in self.sight.of(CommitmentFirmed)})
        return found

    @cached_property
    def commitments(self) -> dict[str, CommitmentMade]:
        """The commitments to it, by reference."""
        return {event.commitment: event for event, _ in self.sight.of(CommitmentMade) if event.pool == self.pool}

    @cached_property
    def settled(self) -> list[Settled]:
        """What was drawn, by state; a receipt clears the oldest, so all years are settled and then one is looked at."""
        found = self.sight.settled(self.pool)
        return [one for one in found if self.year in (None, one.drawn.year)]

    @cached_property
    def partners(self) -> tuple[str, ...]:
        """The partners in the order of the agreement, then whoever else funds it."""
        others = (row.funder for row in self.sums(("funder",), "available"))
        return tuple(one for one in dict.fromkeys((*self.agreed.partners, *others)) if one)


# -- partners -----------------------------------------------------------------------------------------

PARTNER_COLUMNS = (
    *("partner", "share_per_cent", "committed", "brought_forward", "income", "borne"),
    *("drawn", "carried", "to_return", "undrawn", "entries"),
)


def partner_rows(pooled: Pooled) -> list[Row]:
    """What each partner has in the pool: what came less what was drawn, carried on and is to return, is undrawn."""
    parts = {partner: {name: Sum() for name in PARTNER_COLUMNS[2:-1]} for partner in pooled.partners}
    for row in pooled.sums(("funder", "why", "of_year"), "available"):
        name, sign = _heading(row.why, row.of_year)
        parts[row.funder][name].add(sign * int(row.pence), numbers(row.entries))
        parts[row.funder]["undrawn"].add(int(row.pence), numbers(row.entries))
    whole = sum(sums["committed"].pence for sums in parts.values())
    return [
        {
            "partner": partner,
            "share_per_cent": per_cent(sums["committed"].pence, whole),
            **{name: one.amount for name, one in sums.items()},
            "entries": resting(*sums.values()),
        }
        for partner, sums in parts.items()
    ]


def _heading(why: str, of_year: str) -> tuple[str, int]:
    """Under what a change of what is available stands, and whether it is shown as it is or turned round."""
    if why in COMMITTED:
        return "committed", 1
    if why == "carried":
        return ("brought_forward", 1) if of_year else ("carried", -1)
    named = {"borne": ("borne", 1), "income": ("income", 1), "to-return": ("to_return", -1)}
    return named.get(why, ("drawn", -1))


STRENGTH_COLUMNS = ("partner", "strength", "year", "category", "accounts_as", "amount", "entries")


def strength_rows(pooled: Pooled) -> list[Row]:
    """What is committed, by how far it can be relied on; what only a source states is apart."""
    sums: dict[tuple[str, ...], Sum] = {}
    by = ("funder", "commitment", "year", "category", "accounts_as", "standing")
    where = [postings.c.pool == pooled.pool, postings.c.account == "available", postings.c.why.in_(COMMITTED)]
    where += [postings.c.year == pooled.year] if pooled.year else []
    for row in pooled.sight.sums(by, *where):
        quoted = row.standing != "effective"
        strength = row.standing if quoted else pooled.strengths.get(row.commitment, "firm")
        key = row.funder, strength, row.year, row.category, row.accounts_as
        sums.setdefault(key, Sum()).add(int(row.pence), numbers(row.entries))
    return [
        {**dict(zip(STRENGTH_COLUMNS, key, strict=False)), "amount": one.amount, "entries": resting(one)}
        for key, one in sums.items()
        if one.pence
    ]


CASH_COLUMNS = ("partner", "due", "received", "drawn", "funded", "awaited", "conditional", "in_hand", "entries")


def cash_rows(pooled: Pooled) -> list[Row]:
    """What fell due and came in, and how far the cash covers what was drawn; in hand is of all years together."""
    states: dict[tuple[str, str], Sum] = {}
    for one in pooled.settled:
        for name in ("drawn", one.state):
            states.setdefault((one.drawn.funder, name), Sum()).add(one.pence, one.drawn.entries)
    due, cash, hand = _due(pooled), _received(pooled), in_hand(pooled)
    shown: list[Row] = []
    for partner in pooled.partners:
        named = {name: states.get((partner, name), Sum()) for name in ("drawn", "funded", "awaited", "conditional")}
        sums = {"due": due.get(partner, Sum()), "received": cash.get(partner, Sum()), **named}
        amounts = {name: one.amount for name, one in sums.items()}
        row = {"partner": partner, **amounts, "in_hand": Pence(hand.get(partner, 0))}
        shown.append({**row, "entries": resting(*sums.values())})
    return shown


def _due(pooled: Pooled) -> dict[str, Sum]:
    """The instalments that fell due by the day asked about, by funder."""
    sums: dict[str, Sum] = {}
    for event, fact in instalments(pooled):
        if event.due_on <= pooled.sight.today:
            sums.setdefault(pooled.commitments[event.commitment].funder, Sum()).add(int(event.amount), fact.entries)
    return sums


def instalments(pooled: Pooled) -> list[tuple[ContributionDue, Fact]]:
    """The instalments of the commitments to the pool, in its year."""
    return [
        (event, fact)
        for event, fact in pooled.sight.of(ContributionDue)
        if event.commitment in pooled.commitments and pooled.year in (None, str(event.year))
    ]


def _received(pooled: Pooled) -> dict[str, Sum]:
    sums: dict[str, Sum] = {}
    for row in pooled.sums(("funder",), "cash", postings.c.funder != ""):
        sums.setdefault(row.funder, Sum()).add(int(row.pence), numbers(row.entries))
    return sums


def in_hand(pooled: Pooled) -> dict[str, int]:
    """What each partner paid in and nothing drew yet, of all years, in pence."""
    whole = replace(pooled, year=None)
    drawn: dict[str, int] = {}
    for one in whole.settled:
        drawn[one.drawn.funder] = drawn.get(one.drawn.funder, 0) + one.pence
    return {name: max(0, cash.pence - drawn.get(name, 0)) for name, cash in _received(whole).items()}


def carried_by_host(pooled: Pooled) -> Pence:
    """What the host has laid out for others: what was spent without their cash, less what cash is there unspent."""
    whole, host = replace(pooled, year=None), pooled.agreed.host
    cash, drawn = _received(whole), 0
    for one in whole.settled:
        drawn += one.pence if one.drawn.funder != host else 0
    others = sum(one.pence for name, one in cash.items() if name != host)
    return Pence(max(0, drawn - others - in_hand(pooled).get(host, 0)))


# -- schemes ------------------------------------------------------------------------------------------

SCHEME_COLUMNS = (
    *("scheme", "name", "budget", "budget_of", "virements", "revised", "spent", "left"),
    *("forecast", "variance", "expected", "verified", "entries"),
)


def scheme_rows(pooled: Pooled) -> list[Row]:
    """What each scheme may cost, costs and is expected to cost, and how many outcomes of it are verified."""
    outcomes, spent, whole = Outcomes(pooled.sight), _spent(pooled), _spent(replace(pooled, year=None))
    rows = [
        _scheme_row(pooled, outcomes, event, fact, spent, whole)
        for event, fact in pooled.sight.of(SchemeAgreed)
        if event.pool == pooled.pool
    ]
    others = [place for place in spent if place not in {row["scheme"] for row in rows}]
    return rows + [_beside(place, spent[place]) for place in others if spent[place].pence]


def _scheme_row(
    pooled: Pooled, outcomes: Outcomes, event: SchemeAgreed, fact: Fact, spent: dict[str, Sum], whole: dict[str, Sum]
) -> Row:
    name = event.scheme
    own, budget_of = _budget(pooled, name)
    agreed = own.amount if budget_of else outcomes.now[name].budget
    moved, forecast = _virements(pooled, name, budget_of), _forecast(pooled, name)
    revised = None if agreed is None else Pence(agreed + moved.pence)
    now = (spent if budget_of else whole).get(name, Sum())
    count, expected = outcomes.of_scheme(name), outcomes.expected(name)
    compared = forecast is not None and revised is not None and (budget_of or pooled.year is None)
    facts = Sum(0, {*fact.entries, *count.entries})
    return {
        "scheme": name,
        "name": event.name,
        "budget": agreed,
        "budget_of": (budget_of or "its whole life") if agreed is not None else None,
        "virements": moved.amount,
        "revised": revised,
        "spent": spent.get(name, Sum()).amount,
        "left": None if revised is None else Pence(revised - now.pence),
        "forecast": forecast and forecast.amount,
        "variance": Pence(forecast.pence - revised) if compared and forecast and revised is not None else None,
        "expected": sum(one.units for one in expected) or None,
        "verified": count.all_verified,
        "entries": resting(spent.get(name, Sum()), own, moved, forecast or Sum(), facts),
    }


def _beside(place: str, sum_: Sum) -> Row:
    return {"scheme": place, "spent": sum_.amount, "entries": resting(sum_)}


def _spent(pooled: Pooled) -> dict[str, Sum]:
    """What was spent by scheme; what a contract or the pool's own running cost has no scheme."""
    sums: dict[str, Sum] = {}
    for row in pooled.sums(("scheme", "contract"), "spent"):
        sums.setdefault(place_of(row), Sum()).add(int(row.pence), numbers(row.entries))
    return sums


def place_of(row: Any) -> str:
    """The scheme that money was spent on; else the contract; else what it costs to run the pool."""
    return str(row.scheme or (f"contract {row.contract}" if row.contract else ADMINISTRATION))


def _budget(pooled: Pooled, scheme: str) -> tuple[Sum, str]:
    """What a scheme may cost in the year, where a budget of the year was set; the latest of each body and category."""
    latest = {
        (event.organisation, event.category): (event, fact)
        for event, fact in pooled.sight.of(BudgetSet)
        if event.scheme == scheme and str(event.year) == pooled.year
    }
    found = Sum()
    for event, fact in latest.values():
        found.add(int(event.amount), fact.entries)
    return found, (pooled.year or "") if latest else ""


def _virements(pooled: Pooled, scheme: str, year: str) -> Sum:
    """What came by virement, less what went."""
    found = Sum()
    for event, fact in pooled.sight.of(VirementMade):
        if event.pool == pooled.pool and year in ("", str(event.year)):
            sign = (event.to_scheme == scheme) - (event.from_scheme == scheme)
            found.add(sign * int(event.amount), fact.entries)
    return found


def _forecast(pooled: Pooled, scheme: str | None) -> Sum | None:
    """What will have been spent, by the latest forecast of each year."""
    latest = {
        str(event.year): (event, fact)
        for event, fact in pooled.sight.of(VarianceForecast)
        if (event.pool, event.scheme) == (pooled.pool, scheme) and pooled.year in (None, str(event.year))
    }
    found = Sum()
    for event, fact in latest.values():
        found.add(int(event.expected), fact.entries)
    return found if latest else None


# -- what nothing covers, and what is done about it ------------------------------------------------------

UNFUNDED_COLUMNS = ("place", "year", "category", "accounts_as", "amount", "entries")


def unfunded_rows(pooled: Pooled) -> list[Row]:
    """What was spent beyond every commitment, and nobody has taken on."""
    by = ("scheme", "contract", "year", "category", "accounts_as")
    rows = pooled.sums(by, "spent", postings.c.funder == "")
    return [
        {
            "place": place_of(row),
            **{name: getattr(row, name) for name in by[2:]},
            "amount": Pence(int(row.pence)),
            "entries": numbers(row.entries),
        }
        for row in rows
        if row.pence
    ]


OUTLOOK_COLUMNS = ("what", "scheme", "year", "amount", "by_when", "actions", "entries")


def outlook_rows(pooled: Pooled) -> list[Row]:
    """Every forecast and recovery plan, in order; a later forecast of the same thing replaces an earlier one."""
    latest: dict[tuple[str, str], Fact] = {}
    for event, fact in _of_pool(pooled, VarianceForecast):
        latest[str(event.year), event.scheme or ""] = fact
    rows: list[tuple[Fact, Row]] = []
    for event, fact in _of_pool(pooled, VarianceForecast):
        now = latest[str(event.year), event.scheme or ""] is fact
        row = {"what": "forecast" if now else "forecast, replaced", "scheme": event.scheme, "amount": event.expected}
        rows.append((fact, {**row, "year": str(event.year)}))
    for plan, fact in _of_pool(pooled, RecoveryPlanAgreed):
        row = {"what": "recovery plan", "amount": plan.effect, "by_when": plan.by_when, "actions": plan.actions}
        rows.append((fact, {**row, "year": str(plan.year)}))
    rows.sort(key=lambda one: one[0].effect.position)
    return [{**row, "entries": fact.entries} for fact, row in rows]


def _of_pool(pooled: Pooled, kind: Any) -> list[tuple[Any, Fact]]:
    """The facts of a kind about the pool, in its year."""
    return [
        (event, fact)
        for event, fact in pooled.sight.of(kind)
        if event.pool == pooled.pool and pooled.year in (None, str(event.year))
    ]


# -- sentences ----------------------------------------------------------------------------------------


def notes(pooled: Pooled) -> tuple[str, ...]:
    """What stands at the head: host, power, how each partner's accounts show it, and what is wrong."""
    agreed = pooled.agreed
    said = [f"{agreed.name}: host {agreed.host}, under {agreed.legal_power}; {CONTROL[agreed.control_basis]}."]
    carried = carried_by_host(pooled)
    if carried:
        said.append(f"{agreed.host} carries {carried.spoken} of what was spent, for which no cash is in.")
    broken = sum(int(row["amount"]) for row in unfunded_rows(pooled))
    if broken:
        said.append(f"BREAK: {Pence(broken).spoken} is beyond every commitment, and nobody has taken it on.")
    return (*said, *_expected(pooled), *_lacking(pooled))


def _expected(pooled: Pooled) -> Iterable[str]:
    """What each year is forecast to cost, against what its partners committed, brought forward and had as income."""
    years = {str(event.year) for event, _ in _of_pool(pooled, VarianceForecast) if event.scheme is None}
    for year in sorted(years):
        one = replace(pooled, year=year)
        forecast, sums = _forecast(one, None) or Sum(), partner_rows(one)
        there = sum(int(row[name]) for row in sums for name in ("committed", "brought_forward", "income"))
        over = forecast.pence - there
        beside = f"{Pence(abs(over)).spoken} {'above' if over > 0 else 'below'} what its partners have for it"
        yield f"{year}: {forecast.amount.spoken} is forecast to be spent, {beside}."


def _lacking(pooled: Pooled) -> Iterable[str]:
    """The agreement counts before everybody signed it: for how many days, and who has still to sign."""
    for held in pooled.sight.pending("unsigned"):
        if isinstance(held.event, PoolAgreed) and held.event.pool == pooled.pool:
            days, lacks = max(0, (pooled.sight.today - held.event.starts).days), "; ".join(held.lacks)
            yield f"{pooled.pool} operates unsigned, for {days} days: it lacks {lacks} (entry {held.known_from})."
