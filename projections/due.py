"""Due: what is to be paid, given back, signed or confirmed, by whom and by when.

Law: no clock is read here. What is overdue is judged by a day that is handed in, or by the newest entry's.
"""

from __future__ import annotations

from datetime import date

from ledger.book import Book
from ledger.rules.approvals import Waiting
from ledger.rules.claims import Claim, unpaid_units
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
    return sorted(found, key=lambda row: (-(row["days_late"] or 0), row["by_when"] or date.max))


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
    """Parts of approved payments, and what is owed back; then claims that nobody has judged or approved."""
    found: list[Row] = []
    for reference, payment in book.claims.payments.items():
        claim = book.claims.claims[payment.approved.claim]
        provider = str(book.contracts.contracts[claim.made.contract].agreed.provider)
        entries = (claim.by.position, payment.by.position)
        for payer in payment.lines:
            if left := payment.to_pay(payer):
                found.append(_row("payment", payer, reference, provider, left, None, entries))
            if back := payment.owed_back(payer):
                found.append(_row("clawback", provider, reference, payer, back, None, entries))
    for claim in book.claims.claims.values():
        found += _judgements(claim, book)
    return found


def _judgements(claim: Claim, book: Book) -> list[Row]:
    """Units of a claim that wait to be verified or rejected, or to be approved."""
    made, contract = claim.made, book.contracts.contracts[claim.made.contract]
    entries = (claim.by.position,)
    found: list[Row] = []
    if made.units > claim.verified + claim.rejected:
        who = contract.terms_on(made.occurred_on).verifier or "another body"
        found.append(_row("verification", who, made.claim, made.contract, None, None, entries))
    if unpaid_units(book.claims, claim) > 0:
        commissioner = str(contract.agreed.commissioner)
        found.append(_row("approval", commissioner, made.claim, made.contract, None, None, entries))
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
