"""Plans: when payments were expected, version by version, beside what was paid in the same year.

Law: versions stand side by side, under the names that the parties or the source gave them; none replaces another. A
payment that was left blank in a plan is counted as blank, and adds nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from ledger.book import Book
from ledger.events.claims import PaymentMade
from ledger.events.contracts import PaymentsPlanned
from ledger.events.event import Event
from ledger.values import Pence
from projections.contracts import paid_for, year_of
from projections.facts import Facts
from projections.rows import Row

COLUMNS = ("contract", "plan", "year", "planned", "blank", "paid", "difference", "standing", "entries")
KINDS: tuple[type[Event], ...] = (PaymentsPlanned, PaymentMade)


@dataclass(slots=True)
class _Year:
    """What one version of a plan expects in one financial year, in pence; `blank` counts sums left open."""

    standing: str
    planned: int = 0
    blank: int = 0
    entries: set[int] = field(default_factory=set)


def rows(facts: Facts, book: Book, contract: str | None = None) -> list[Row]:
    """A row for each contract, plan and year; what was paid in that year is the same beside every plan."""
    paid: dict[tuple[str, str], tuple[int, set[int]]] = {}
    for payment, fact in facts.of(PaymentMade):
        key = payment.contract, year_of(paid_for(payment, book))
        amount, entries = paid.get(key, (0, set()))
        paid[key] = amount + payment.amount, entries | set(fact.entries)
    years: dict[tuple[str, str, str], _Year] = {}
    for plan, fact in facts.of(PaymentsPlanned):
        if contract is None or plan.contract == contract:
            for line in plan.lines:
                place = plan.contract, plan.plan, str(year_of(line.ends))
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
