"""Payers of a contract: what each committed, owes, paid, and has left under its cap.

Law: where a source names several payers and no split, or none, a payer's part is worked out pro rata to what the
named payers committed, and says that it is an estimate wherever it is shown. Where the commitment of one of them is not
known nothing is split: missing is not zero, and the others did not pay its part.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from ledger.book import Book
from ledger.events.claims import PaymentMade
from ledger.events.contracts import ContractAgreed, ContractVaried, Terms
from ledger.events.event import Event
from ledger.rules.claims import Payment
from ledger.rules.shares import Tally, proportions
from ledger.values import Pence
from projections.commitments import KINDS as COMMITMENT_KINDS
from projections.commitments import held
from projections.contracts import payments_of
from projections.facts import Fact, Facts
from projections.rows import Row

COLUMNS = (
    *("contract", "payer", "share", "cap", "committed", "due", "paid", "paid_is_estimate", "cap_left", "owed_back"),
    *("confirmed", "entries"),
)
KINDS: tuple[type[Event], ...] = (*COMMITMENT_KINDS, ContractAgreed, ContractVaried, PaymentMade)
NOTE = (
    "paid is an estimate where it says so: pro rata to commitments, because the source states no split; "
    "(not split) stands for payments of which a payer's commitment is not known"
)


@dataclass(slots=True)
class _Payer:
    """What is known of one payer under one contract, in pence."""

    share: str | None
    cap: Pence | None
    entries: set[int] = field(default_factory=set)
    committed: int | None = None
    paid: int | None = None
    estimated: bool = False
    confirmed: bool = True


def rows(facts: Facts, book: Book, contract: str | None = None) -> list[Row]:
    """A row for each payer of each contract, or of the one asked about; last what can be put to nobody."""
    payers = _named(facts, contract)
    for one in held(facts):
        if one.made.contract in payers and not one.withdrawn:
            payer = payers[one.made.contract].setdefault(one.made.funder, _Payer(None, None))
            payer.committed = (payer.committed or 0) + one.total
            payer.confirmed = payer.confirmed and one.fact.confirmed
            payer.entries.update(one.entries)
    for part in (*_stated(facts), *estimates(facts)):
        if part.payment.contract in payers:
            payer = payers[part.payment.contract].setdefault(part.payer, _Payer(None, None))
            payer.paid = (payer.paid or 0) + part.amount
            payer.estimated = payer.estimated or (part.payment.payer is None and part.payer != NOBODY)
            payer.confirmed = payer.confirmed and part.fact.confirmed
            payer.entries.update(part.fact.entries)
    approved = payments_of(book)
    return [
        _row((reference, name, payer), approved.get(reference, []), live=reference in book.contracts.contracts)
        for reference, named in payers.items()
        for name, payer in named.items()
    ]


def _named(facts: Facts, contract: str | None) -> dict[str, dict[str, _Payer]]:
    """The payers that each contract names, in its order."""
    found: dict[str, dict[str, _Payer]] = {}
    for agreed, fact in facts.of(ContractAgreed):
        if contract is None or agreed.contract == contract:
            found[agreed.contract] = _of_terms(agreed.terms, {}, fact.entries, confirmed=fact.confirmed)
    for varied, fact in facts.of(ContractVaried):
        if varied.contract in found:
            before = found[varied.contract]
            found[varied.contract] = before | _of_terms(varied.terms, before, fact.entries, confirmed=True)
    return found


def _of_terms(
    terms: Terms, before: dict[str, _Payer], entries: tuple[int, ...], *, confirmed: bool
) -> dict[str, _Payer]:
    return {
        payer.payer: _Payer(
            str(payer.share) if payer.share is not None else None,
            payer.cap,
            {*(before[payer.payer].entries if payer.payer in before else ()), *entries},
            confirmed=confirmed,
        )
        for payer in terms.payers
    }


NOBODY = "(not split)"
"""Whose part stands for a payment that cannot be split: a named payer's commitment is not known."""


@dataclass(frozen=True, slots=True)
class Part:
    """One payer's part of a payment."""

    payment: PaymentMade
    fact: Fact
    payer: str
    amount: Pence


def _stated(facts: Facts) -> Iterator[Part]:
    for payment, fact in facts.of(PaymentMade):
        if payment.payer is not None:
            yield Part(payment, fact, payment.payer, payment.amount)


def estimates(facts: Facts) -> Iterator[Part]:
    """The parts of payments whose payers a source states together or not at all: pro rata to their commitments."""
    weights: dict[str, dict[str, int]] = {}
    for one in held(facts):
        if one.made.contract is not None and not one.withdrawn:
            by_payer = weights.setdefault(one.made.contract, {})
            by_payer[one.made.funder] = by_payer.get(one.made.funder, 0) + one.total
    contract_payers = {
        agreed.contract: tuple(payer.payer for payer in agreed.terms.payers) for agreed, _ in facts.of(ContractAgreed)
    }
    tallies: dict[str, Tally] = {}
    for payment, fact in facts.of(PaymentMade):
        if payment.payer is not None:
            continue
        known = weights.get(payment.contract, {})
        named = payment.payers or contract_payers.get(payment.contract, ())
        if not named or not all(known.get(name) for name in named):
            yield Part(payment, fact, NOBODY, payment.amount)
            continue
        shares = proportions({name: known[name] for name in named})
        tally = tallies.setdefault(payment.contract, Tally())
        parts = tally.divide(payment.amount, shares)
        tally.allot({name: payment.amount * share for name, share in shares.items()}, parts)
        for name, part in parts.items():
            yield Part(payment, fact, name, part)


def _row(told: tuple[str, str, _Payer], payments: list[Payment], *, live: bool) -> Row:
    """One payer under one contract; what only an agreed contract has is left open under one that a source states."""
    reference, name, payer = told
    due = sum(payment.to_pay(name) for payment in payments)
    back = sum(payment.owed_back(name) for payment in payments)
    stands = sum(payment.lines.get(name, 0) - payment.taken.get(name, 0) for payment in payments)
    return {
        "contract": reference,
        "payer": name,
        "share": payer.share,
        "cap": payer.cap,
        "committed": None if payer.committed is None else Pence(payer.committed),
        "due": Pence(due) if live else None,
        "paid": None if payer.paid is None else Pence(payer.paid),
        "paid_is_estimate": payer.estimated,
        "cap_left": Pence(payer.cap - stands) if live and payer.cap is not None else None,
        "owed_back": Pence(back) if live else None,
        "confirmed": payer.confirmed,
        "entries": tuple(sorted(payer.entries)),
    }
