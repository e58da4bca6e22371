"""A partner's account: what it committed, what fell due, what it paid and what arrived, line by line.

Law: a fold over effective entries. What waits and what is unconfirmed is shown, and totalled apart; an estimate says
that it is one; what is given in kind is never added to cash. Each row names its entries.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date

from ledger.book import Book
from ledger.events.claims import ClawbackRecovered, ClawbackWrittenOff, PaymentApproved, PaymentMade
from ledger.events.commitments import CommitmentMade, CommitmentVaried
from ledger.events.contracts import ContractAgreed, ContractVaried
from ledger.events.contributions import (
    ContributionDue,
    ContributionInKind,
    ContributionPaid,
    ContributionReceived,
    ContributionReturned,
)
from ledger.events.event import Event
from ledger.events.pools import PoolAgreed
from ledger.replay import Replayed
from ledger.rules.approvals import Waiting
from ledger.values import Pence, YearAmount
from projections import payers
from projections.commitments import KINDS as COMMITMENT_KINDS
from projections.commitments import Held, held
from projections.contracts import paid_for, year_of
from projections.facts import Fact, Facts, added
from projections.rows import Row

COLUMNS = (
    *("what", "reference", "to", "year", "category", "accounts_as", "strength", "standing", "amount", "entries"),
)
KINDS: tuple[type[Event], ...] = (
    *COMMITMENT_KINDS,
    *(ContributionDue, ContributionPaid, ContributionReceived, ContributionInKind, ContributionReturned),
    *(ContractAgreed, ContractVaried, PaymentApproved, PaymentMade, ClawbackRecovered, ClawbackWrittenOff),
)
ESTIMATE = "paid, estimated"
"""Pro rata to commitments, because the source states no split."""


@dataclass(slots=True)
class Account:
    """What is told of one partner."""

    partner: str
    facts: Facts = field(default_factory=lambda: Facts(KINDS))

    def take(self, replayed: Replayed) -> None:
        """Follow one entry."""
        self.facts.take(replayed)

    def rows(self, book: Book) -> list[Row]:
        """What was committed, what waits, then what moved: to pools, then under contracts."""
        rows: list[Row] = []
        for one in held(self.facts):
            if one.made.funder == self.partner:
                rows += _lines(one, "withdrawn" if one.withdrawn else one.fact.standing, one.entries)
        for waiting in book.approvals.waiting.values():
            rows += self._waiting(waiting)
        return rows + self._contributions(book) + self._payments(book) + self._owed(book)

    def _waiting(self, waiting: Waiting) -> list[Row]:
        event = waiting.event
        if isinstance(event, CommitmentMade) and event.funder == self.partner:
            return _profile(event, event.profile, event.whole, event.strength, "waiting", waiting.rests_on)
        if isinstance(event, CommitmentVaried):
            for one in held(self.facts):
                if one.made.commitment == event.commitment and one.made.funder == self.partner:
                    changed = replace(one, profile=event.profile, whole=event.whole)
                    return _lines(changed, "waiting", waiting.rests_on)
        return []

    # -- to pools -------------------------------------------------------------------------------

    def _contributions(self, book: Book) -> list[Row]:
        """Instalments of this funder's commitments, and of those to the pools that it hosts: each side apart."""
        rows: list[Row] = []
        due = {event.contribution: event for event, _ in self.facts.of(ContributionDue)}
        for event, fact in self.facts.of(ContributionDue):
            if book.contributions.instalments[event.contribution].funder == self.partner:
                rows.append(_contribution("due", event, fact, event.amount, book))
        for paid, fact in self.facts.of(ContributionPaid):
            if book.contributions.instalments[paid.contribution].funder == self.partner:
                rows.append(_contribution("paid", due[paid.contribution], fact, paid.amount, book))
        for received, fact in self.facts.of(ContributionReceived):
            instalment = book.contributions.instalments[received.contribution]
            if self.partner == instalment.host:
                rows.append(_contribution("received", due[received.contribution], fact, received.amount, book))
            elif self.partner == instalment.funder:
                rows.append(_contribution("arrived", due[received.contribution], fact, received.amount, book))
        for returned, fact in self.facts.of(ContributionReturned):
            instalment = book.contributions.instalments[returned.contribution]
            if self.partner in (instalment.funder, instalment.host):
                rows.append(_contribution("returned", due[returned.contribution], fact, returned.amount, book))
        for kind, fact in self.facts.of(ContributionInKind):
            commitment = book.commitments.made[kind.commitment]
            if commitment.funder == self.partner:
                to = commitment.pool or commitment.contract
                rows.append(_row("in kind", kind.contribution, to, fact, kind.value, year=kind.year))
        return rows

    # -- under contracts ------------------------------------------------------------------------

    def _payments(self, book: Book) -> list[Row]:
        """What it paid for outcomes: as recorded, and as estimated where a source names several payers."""
        rows: list[Row] = []
        for event, fact in self.facts.of(PaymentMade):
            if event.payer == self.partner:
                year = year_of(paid_for(event, book))
                rows.append(_row("paid", event.payment, event.contract, fact, event.amount, year=year))
        return rows + self._estimates(book)

    def _estimates(self, book: Book) -> list[Row]:
        """One row for each contract and year: the parts themselves are worked out, and no entry states them."""
        sums: dict[tuple[str, str], Row] = {}
        for part in payers.estimates(self.facts):
            if part.payer == self.partner:
                contract, year = part.payment.contract, year_of(paid_for(part.payment, book))
                row = sums.setdefault((contract, year), _row(ESTIMATE, None, contract, part.fact, 0, year=year))
                row["amount"] = Pence(row["amount"] + part.amount)
                row["entries"] = added(row["entries"], part.fact)
        return list(sums.values())

    def _owed(self, book: Book) -> list[Row]:
        """What it has to pay for outcomes, what it is owed back, and what came back or never will."""
        rows: list[Row] = []
        for event, fact in self.facts.of(PaymentApproved):
            payment = book.claims.payments[event.payment]
            claim = book.claims.claims[event.claim]
            for what, amount in (
                ("to pay", payment.to_pay(self.partner)),
                ("owed back", payment.owed_back(self.partner)),
            ):
                if amount:
                    rows.append(_row(what, event.payment, claim.made.contract, fact, amount, year=claim.year))
        for recovered, fact in self.facts.of(ClawbackRecovered):
            rows += self._back("came back", recovered, fact, book)
        for written_off, fact in self.facts.of(ClawbackWrittenOff):
            rows += self._back("written off", written_off, fact, book)
        return rows

    def _back(self, what: str, event: ClawbackRecovered | ClawbackWrittenOff, fact: Fact, book: Book) -> list[Row]:
        """This partner's part of a recovery or write-off, in the year in which that occurred."""
        payment = book.claims.payments[event.payment]
        contract = book.claims.claims[payment.approved.claim].made.contract
        amount = payment.moves[fact.effect.entry].get(self.partner, 0)
        return [_row(what, event.payment, contract, fact, amount, year_of(event.occurred_on))] if amount else []


def unsigned(book: Book, partner: str, day: date) -> list[str]:
    """The pools of a partner that operate before everyone has signed, in sentences, with the days."""
    found: list[str] = []
    for waiting in book.approvals.unsigned.values():
        event = waiting.event
        if isinstance(event, PoolAgreed) and partner in event.partners:
            lacks = "; ".join(str(place) for _, place in waiting.open_places)
            days = max(0, (day - event.starts).days)
            found.append(f"{event.pool} operates unsigned, for {days} days: it lacks {lacks}")
    return found


def _row(what: str, reference: str | None, to: str | None, fact: Fact, amount: int, year: str | None = None) -> Row:
    return {
        "what": what,
        "reference": reference,
        "to": to,
        "year": str(year) if year else None,
        "category": None,
        "accounts_as": None,
        "strength": None,
        "standing": fact.standing,
        "amount": Pence(amount),
        "entries": fact.entries,
    }


def _contribution(what: str, due: ContributionDue, fact: Fact, amount: int, book: Book) -> Row:
    commitment = book.commitments.made[due.commitment]
    row = _row(what, due.contribution, commitment.pool, fact, amount, due.year)
    return {**row, "category": due.category, "accounts_as": due.accounts_as}


def _lines(one: Held, standing: str, entries: tuple[int, ...]) -> list[Row]:
    return _profile(one.made, one.profile, one.whole, one.strength, standing, entries)


def _profile(
    made: CommitmentMade,
    profile: tuple[YearAmount, ...],
    whole: Pence | None,
    strength: str,
    standing: str,
    entries: tuple[int, ...],
) -> list[Row]:
    common = {
        "what": "committed",
        "reference": made.commitment,
        "to": made.pool or made.contract,
        "strength": strength,
        "standing": standing,
        "entries": entries,
    }
    if whole is not None:
        return [{**common, "year": None, "category": None, "accounts_as": None, "amount": whole}]
    return [
        {
            **common,
            "year": str(line.year),
            "category": line.category,
            "accounts_as": line.accounts_as,
            "amount": line.amount,
        }
        for line in profile
    ]


def totals(rows: list[Row]) -> dict[str, Pence]:
    """The sums by what they are and, unless in effect, their standing, in pence; what is withdrawn counts nowhere."""
    sums: dict[str, int] = {}
    for row in rows:
        if row["standing"] != "withdrawn":
            name = row["what"] if row["standing"] == "effective" else f"{row['what']}, {row['standing']}"
            sums[name] = sums.get(name, 0) + row["amount"]
    return {name: Pence(pence) for name, pence in sums.items()}
