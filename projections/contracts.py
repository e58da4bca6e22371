"""Contracts: what each may cost, what was committed to it, what was paid in which year, and what is above its cap.

Law: missing is not zero. What only a source states counts in the figures and is shown apart beside them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from ledger.book import Book
from ledger.events.claims import (
    ClawbackRecovered,
    OutcomeClaimed,
    OutcomeRejected,
    OutcomeVerified,
    PaymentMade,
    VerificationWithdrawn,
)
from ledger.events.contracts import ContractAgreed, ContractExtended, ContractVaried
from ledger.events.event import Event
from ledger.rules.claims import Claim, Payment
from ledger.values import FinancialYear, Pence
from projections.commitments import KINDS as COMMITMENT_KINDS
from projections.commitments import Held, held
from projections.facts import Fact, Facts
from projections.rows import Row

COLUMNS = (
    *("contract", "name", "standing", "cap", "committed", "paid", "paid_by_year", "over_cap"),
    *("unconfirmed_committed", "unconfirmed_paid", "came_back", "owed_back", "claimed", "verified", "rejected"),
    "entries",
)
IN_A_TABLE = tuple(name for name in COLUMNS if name not in ("paid_by_year", "unconfirmed_committed", "came_back"))
"""What fits a screen; the other forms have every column."""
KINDS: tuple[type[Event], ...] = (
    *COMMITMENT_KINDS,
    *(ContractAgreed, ContractVaried, ContractExtended, PaymentMade, ClawbackRecovered),
    *(OutcomeClaimed, OutcomeVerified, OutcomeRejected, VerificationWithdrawn),
)


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
    by_year: dict[str, int] = field(default_factory=dict)

    def row(self, claims: list[Claim], payments: list[Payment]) -> Row:
        back = sum(payment.all_owed_back for payment in payments)
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
            "owed_back": Pence(back),
            "claimed": sum(one.made.units for one in claims),
            "verified": sum(one.verified for one in claims),
            "rejected": sum(one.rejected for one in claims),
            "entries": tuple(sorted(self.entries)),
        }


def rows(facts: Facts, book: Book) -> list[Row]:
    """A row for each contract, in the order in which they were agreed or quoted."""
    sums = {
        event.contract: _Sums(event, event.terms.cap, fact.standing, set(fact.entries))
        for event, fact in facts.of(ContractAgreed)
    }
    for varied, fact in facts.of(ContractVaried):
        one = sums[varied.contract]
        one.cap = varied.terms.cap
        one.entries.update(fact.entries)
    for commitment in held(facts):
        if commitment.made.contract in sums and not commitment.withdrawn:
            _commit(sums[commitment.made.contract], commitment)
    for payment, fact in facts.of(PaymentMade):
        if payment.contract in sums:
            _pay(sums[payment.contract], payment, fact, payment.amount, book)
    for recovered, fact in facts.of(ClawbackRecovered):
        one = sums[book.claims.claims[book.claims.payments[recovered.payment].approved.claim].made.contract]
        one.came_back += recovered.amount
        one.entries.update(fact.entries)
    claims: dict[str, list[Claim]] = {}
    for claim in book.claims.claims.values():
        claims.setdefault(claim.made.contract, []).append(claim)
    payments = payments_of(book)
    return [one.row(claims.get(name, []), payments.get(name, [])) for name, one in sums.items()]


def payments_of(book: Book) -> dict[str, list[Payment]]:
    """The approved payments of each contract, in order."""
    found: dict[str, list[Payment]] = {}
    for payment in book.claims.payments.values():
        found.setdefault(book.claims.claims[payment.approved.claim].made.contract, []).append(payment)
    return found


def _commit(sums: _Sums, one: Held) -> None:
    total = one.total
    sums.committed = (sums.committed or 0) + total
    sums.unconfirmed_committed += 0 if one.fact.confirmed else total
    sums.entries.update(one.entries)


def _pay(sums: _Sums, payment: PaymentMade, fact: Fact, amount: int, book: Book) -> None:
    sums.paid += amount
    sums.unconfirmed_paid += 0 if fact.confirmed else amount
    year = year_of(paid_for(payment, book))
    sums.by_year[year] = sums.by_year.get(year, 0) + amount
    sums.entries.update(fact.entries)


def paid_for(payment: PaymentMade, book: Book) -> date:
    """The last day of what was paid for: the claim's achievement, or the end of the period that a source states."""
    approved = book.claims.payments.get(payment.payment or "")
    if approved is not None:
        return book.claims.claims[approved.approved.claim].made.occurred_on
    return payment.ends or payment.occurred_on


def year_of(day: date) -> FinancialYear:
    """The financial year of a day: 1 April to 31 March."""
    first = day.year if (day.month, day.day) >= (4, 1) else day.year - 1
    return FinancialYear(f"{first}-{(first + 1) % 100:02d}")


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
