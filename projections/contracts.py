"""Contracts: what each may cost, what was committed to it, what was paid in which year, and what is above its cap.

Law: missing is not zero. What only a source states counts in the figures and is shown apart beside them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from ledger.events.claims import ClawbackRecovered, PaymentMade
from ledger.events.contracts import ContractAgreed, ContractExtended, ContractVaried
from ledger.rules.acts import Act
from ledger.rules.contracts import Contract, State, evolve
from ledger.values import Pence
from projections.commitments import Held, held
from projections.facts import Fact
from projections.rows import Row
from projections.sight.reading import Sight, numbers
from projections.sight.tables import facts, postings

COLUMNS = (
    *("contract", "name", "standing", "cap", "committed", "paid", "paid_by_year", "over_cap"),
    *("unconfirmed_committed", "unconfirmed_paid", "came_back", "owed_back", "claimed", "verified", "rejected"),
    "entries",
)
IN_A_TABLE = tuple(name for name in COLUMNS if name not in ("paid_by_year", "unconfirmed_committed", "came_back"))
"""What fits a screen; the other forms have every column."""


@dataclass(slots=True)
class _Sums:
    """What comes to one contract, in pence."""

    agreed: ContractAgreed
    cap: Pence | None
    standing: str
    entries: set[int]
    committed: int | None = None
    unconfirmed_committed: int = 0
    paid: int = 0
    unconfirmed_paid: int = 0
    came_back: int = 0
    owed_back: int = 0
    by_year: dict[str, int] = field(default_factory=dict)
    units: dict[str, int] = field(default_factory=dict)

    def row(self) -> Row:
        over = max(0, self.paid - self.cap) if self.cap is not None else 0
        return {
            "contract": self.agreed.contract,
            "name": self.agreed.name,
            "standing": self.standing,
            "cap": self.cap,
            "committed": None if self.committed is None else Pence(self.committed),
            "paid": Pence(self.paid),
            "paid_by_year": {year: Pence(self.by_year[year]) for year in sorted(self.by_year)},
            "over_cap": Pence(over),
            "unconfirmed_committed": Pence(self.unconfirmed_committed),
            "unconfirmed_paid": Pence(self.unconfirmed_paid),
            "came_back": Pence(self.came_back),
            "owed_back": Pence(self.owed_back),
            "claimed": self.units.get("claimed", 0),
            "verified": self.units.get("verified", 0),
            "rejected": self.units.get("rejected", 0),
            "entries": tuple(sorted(self.entries)),
        }


def rows(sight: Sight) -> list[Row]:
    """A row for each contract, in the order in which they were agreed or quoted."""
    sums = {
        event.contract: _Sums(event, event.terms.cap, fact.standing, set(fact.entries))
        for event, fact in sight.of(ContractAgreed)
    }
    for varied, fact in sight.of(ContractVaried):
        if one := sums.get(varied.contract):
            one.cap = varied.terms.cap
            one.entries.update(fact.entries)
    for commitment in held(sight.commitments(facts.c.contract != "")):
        if (one := sums.get(commitment.made.contract or "")) and not commitment.withdrawn:
            _commit(one, commitment)
    _pay(sight, sums)
    for owing in sight.owing():
        if one := sums.get(owing.contract):
            one.owed_back += owing.owed_back
    for row in sight.counts(("contract", "what")):
        if one := sums.get(row.contract):
            one.units[row.what] = int(row.units)
    return [one.row() for one in sums.values()]


def agreements(sight: Sight) -> dict[str, Contract]:
    """The contracts in effect, with the versions of their terms."""
    state = State()
    told: list[tuple[ContractAgreed | ContractVaried | ContractExtended, Fact]] = [*sight.of(ContractAgreed)]
    told += [*sight.of(ContractVaried), *sight.of(ContractExtended)]
    for event, fact in told:
        known = isinstance(event, ContractAgreed) or event.contract in state.contracts
        if fact.confirmed and known:
            evolve(state, event, Act(fact.effect.by, frozenset(), fact.effect.entry, fact.effect.position))
    return state.contracts


def _commit(sums: _Sums, one: Held) -> None:
    total = one.total
    sums.committed = (sums.committed or 0) + total
    sums.unconfirmed_committed += 0 if one.fact.confirmed else total
    sums.entries.update(one.entries)


def _pay(sight: Sight, sums: dict[str, _Sums]) -> None:
    """What was paid, in the year of what was paid for, and what came back."""
    paid = (postings.c.account == "paid-out", postings.c.kind == PaymentMade.kind)
    for row in sight.said(("contract", "year", "standing"), *paid):
        if one := sums.get(row.contract):
            amount = -int(row.pence)
            one.paid += amount
            one.unconfirmed_paid += 0 if row.standing == "effective" else amount
            one.by_year[row.year] = one.by_year.get(row.year, 0) + amount
            one.entries.update(numbers(row.entries))
    back = (postings.c.account == "owed", postings.c.kind == ClawbackRecovered.kind)
    for row in sight.said(("contract",), *back):
        if one := sums.get(row.contract):
            one.came_back -= int(row.pence)
            one.entries.update(numbers(row.entries))


def findings(shown: Iterable[Row]) -> list[str]:
    """What does not add up, in sentences: paid above the cap, committed otherwise than the cap."""
    found: list[str] = []
    for row in shown:
        if row["over_cap"]:
            found.append(f"{row['contract']} was paid {row['over_cap'].spoken} above its cap of {row['cap'].spoken}")
        if row["cap"] is not None and row["committed"] is not None and row["committed"] != row["cap"]:
            differs = Pence(row["committed"] - row["cap"])
            found.append(f"{row['contract']} has commitments that differ from its cap by {differs.spoken}")
    return found
