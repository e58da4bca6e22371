"""Due: what is to be paid, given back, signed or confirmed, by whom and by when.

Law: no clock is read here. What is overdue is judged by a day that is handed in, or by the newest entry's.
"""

from __future__ import annotations

from datetime import date

from ledger.book import Book
from ledger.rules.approvals import Waiting
from ledger.values import Pence
from projections.rows import Row

COLUMNS = ("what", "who", "reference", "to", "amount", "by_when", "days_late", "entries")


def rows(book: Book, day: date, partner: str | None = None) -> list[Row]:
    """What is due of everybody or of one partner, the most overdue first."""
    found = [*_contributions(book), *_payments(book), *_signatures(book)]
    if partner is not None:  # what it has to do, and what others have to do for it
        found = [row for row in found if partner in (row["who"], row["to"])]
    for row in found:
        late = (day - row["by_when"]).days if row["by_when"] else None
        row["days_late"] = late if late is not None and late > 0 else None
        row["by_when"] = str(row["by_when"]) if row["by_when"] else None
    return sorted(found, key=lambda row: (-(row["days_late"] or 0), row["by_when"] or "9999"))


def _row(
    what: str, who: str, reference: str, to: str | None, amount: int | None, by: date | None, entries: tuple[int, ...]
) -> Row:
    return {
        "what": what,
        "who": who,
        "reference": reference,
        "to": to,
        "amount": None if amount is None else Pence(amount),
        "by_when": by,
        "entries": entries,
    }


def _contributions(book: Book) -> list[Row]:
    """Instalments that are not paid whole, and payments of which the host says nothing."""
    found: list[Row] = []
    for reference, one in book.contributions.instalments.items():
        pool = book.commitments.made[one.due.commitment].pool
        unpaid, on_its_way = one.due.amount - one.paid, one.paid - one.received
        if unpaid > 0:
            found.append(_row("contribution", one.funder, reference, pool, unpaid, one.due.due_on, (one.position,)))
        if on_its_way > 0:
            found.append(_row("receipt", one.host, reference, pool, on_its_way, None, (one.position,)))
    return found


def _payments(book: Book) -> list[Row]:
    """Parts of approved payments, what is owed back, and verified outcomes that nobody has approved."""
    found: list[Row] = []
    for reference, payment in book.claims.payments.items():
        claim = book.claims.claims[payment.approved.claim]
        contract = book.contracts.contracts[claim.made.contract].agreed
        entries = (claim.by.position, payment.by.position)
        for payer in payment.lines:
            if payment.to_pay(payer):
                row = _row("payment", payer, reference, contract.provider, payment.to_pay(payer), None, entries)
                found.append(row)
            if payment.owed_back(payer) and contract.provider:
                row = _row("clawback", contract.provider, reference, payer, payment.owed_back(payer), None, entries)
                found.append(row)
    for reference, claim in book.claims.claims.items():
        contract = book.contracts.contracts[claim.made.contract]
        agreed, verifier = contract.agreed, contract.terms_on(claim.made.occurred_on).verifier
        unjudged = claim.made.units - claim.verified - claim.rejected
        paid = sum(book.claims.payments[one].units for one in claim.payments)
        if unjudged > 0:
            found.append(
                _row(
                    "verification",
                    verifier or "another body",
                    reference,
                    agreed.contract,
                    None,
                    None,
                    (claim.by.position,),
                )
            )
        if claim.verified > paid and agreed.commissioner:
            found.append(
                _row("approval", agreed.commissioner, reference, agreed.contract, None, None, (claim.by.position,))
            )
    return found


def _signatures(book: Book) -> list[Row]:
    """Entries that wait for signatures, and those that count unsigned."""
    found: list[Row] = []
    for held in book.approvals.waiting.values():
        found += _lacking("signature", held, held.expires.day)
    for held in book.approvals.unconfirmed.values():
        found += _lacking("confirmation", held, None)
    for held in book.approvals.unsigned.values():
        # It counts already: what is late is every day since.
        found += _lacking("unsigned", held, getattr(held.event, "starts", None) or held.event.occurred_on)
    return found


def _lacking(what: str, held: Waiting, by_when: date | None) -> list[Row]:
    entry, kind = f"entry {held.signed.position}", held.event.kind
    asked = (place.organisation or "another partner" for _, place in held.open_places)
    return [_row(what, who, entry, kind, None, by_when, held.rests_on) for who in asked]
