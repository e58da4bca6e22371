"""Payers of a contract: what each committed, owes, paid, and has left under its cap.

Law: where a source names several payers and no split, or none, a payer's part is worked out pro rata to what the
named payers committed by then (`postings`), and says that it is an estimate wherever it is shown. Where the commitment
of one of them is not known nothing is split: missing is not zero, and the others did not pay its part.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ledger.events.claims import ClawbackRaised, PaymentApproved, PaymentMade, VerificationWithdrawn
from ledger.events.contracts import ContractAgreed, ContractVaried, Terms
from ledger.values import Pence
from projections.commitments import held
from projections.postings import NOT_SPLIT
from projections.rows import Row
from projections.sight.reading import Sight, numbers
from projections.sight.tables import facts, postings

COLUMNS = (
    *("contract", "payer", "share", "cap", "committed", "due", "paid", "paid_is_estimate", "cap_left", "owed_back"),
    *("confirmed", "entries"),
)
STANDING = (PaymentApproved.kind, ClawbackRaised.kind, VerificationWithdrawn.kind)
"""The kinds that say what of a payment stands."""
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
    due: int = 0
    owed_back: int = 0
    stands: int = 0


def rows(sight: Sight, contract: str | None = None) -> list[Row]:
    """A row for each payer of each contract, or of the one asked about; last what can be put to nobody."""
    payers = _named(sight, contract)
    for one in held(sight.commitments(facts.c.contract == contract if contract else facts.c.contract != "")):
        if one.made.contract in payers and not one.withdrawn:
            payer = payers[one.made.contract].setdefault(one.made.funder, _Payer(None, None))
            payer.committed = (payer.committed or 0) + one.total
            payer.confirmed = payer.confirmed and one.fact.confirmed
            payer.entries.update(one.entries)
    for part in _parts(sight, contract):
        if part.contract in payers:
            _pay(payers[part.contract].setdefault(part.funder, _Payer(None, None)), part)
    _owe(sight, contract, payers)
    live = {agreed.contract for agreed, fact in sight.of(ContractAgreed) if fact.confirmed}
    return [
        _row((reference, name, payer), live=reference in live)
        for reference, named in payers.items()
        for name, payer in named.items()
    ]


def _parts(sight: Sight, contract: str | None) -> list[Any]:
    """What each payer paid, by whether a source states it: stated parts first."""
    asked = (postings.c.contract == contract,) if contract else ()
    paid = (postings.c.account == "paid-out", postings.c.kind == PaymentMade.kind, *asked)
    found = sight.said(("contract", "funder", "standing"), *paid)
    return sorted(found, key=lambda row: row.standing == "estimated" or row.funder == NOBODY)


def _pay(payer: _Payer, part: Any) -> None:
    payer.paid = (payer.paid or 0) - int(part.pence)
    payer.estimated = payer.estimated or part.standing == "estimated"
    payer.confirmed = payer.confirmed and part.standing == "effective"
    payer.entries.update(numbers(part.entries))


def _owe(sight: Sight, contract: str | None, payers: dict[str, dict[str, _Payer]]) -> None:
    """What of the approved payments is to pay or owed back, and what of them stands."""
    asked = (postings.c.contract == contract,) if contract else ()
    for owing in sight.owing(*asked):
        if payer := payers.get(owing.contract, {}).get(owing.payer):
            payer.due += owing.to_pay
            payer.owed_back += owing.owed_back
    standing = (postings.c.account == "owed", postings.c.kind.in_(STANDING), *asked)
    for under, name, pence in sight.plain_sums(("contract", "funder"), *standing):
        if payer := payers.get(under, {}).get(name):
            payer.stands -= pence


def _named(sight: Sight, contract: str | None) -> dict[str, dict[str, _Payer]]:
    """The payers that each contract names, in its order."""
    found: dict[str, dict[str, _Payer]] = {}
    for agreed, fact in sight.of(ContractAgreed):
        if contract is None or agreed.contract == contract:
            found[agreed.contract] = _of_terms(agreed.terms, {}, fact.entries, confirmed=fact.confirmed)
    for varied, fact in sight.of(ContractVaried):
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


NOBODY = NOT_SPLIT


def _row(told: tuple[str, str, _Payer], *, live: bool) -> Row:
    """One payer under one contract; what only an agreed contract has is left open under one that a source states."""
    reference, name, payer = told
    return {
        "contract": reference,
        "payer": name,
        "share": payer.share,
        "cap": payer.cap,
        "committed": None if payer.committed is None else Pence(payer.committed),
        "due": Pence(payer.due) if live else None,
        "paid": None if payer.paid is None else Pence(payer.paid),
        "paid_is_estimate": payer.estimated,
        "cap_left": Pence(payer.cap - payer.stands) if live and payer.cap is not None else None,
        "owed_back": Pence(payer.owed_back) if live else None,
        "confirmed": payer.confirmed,
        "entries": tuple(sorted(payer.entries)),
    }
