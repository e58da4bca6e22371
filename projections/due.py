"""Due: what is to be paid, given back, signed or confirmed, by whom and by when.

Law: no clock is read here. What is overdue is judged by a day that is handed in, or by the newest entry's.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from ledger.events.contributions import ContributionDue
from ledger.values import Pence
from projections.contracts import agreements
from projections.rows import Row
from projections.sight.reading import Pending, Sight

COLUMNS = ("what", "who", "reference", "to", "amount", "by_when", "days_late", "entries")
ROOMS = {"waiting": "signature", "unconfirmed": "confirmation", "unsigned": "unsigned"}


def rows(sight: Sight, day: date, partner: str | None = None) -> list[Row]:
    """What is due of everybody or of one partner, the most overdue first."""
    found = [*_contributions(sight), *_payments(sight), *_judgements(sight), *_signatures(sight)]
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


def _contributions(sight: Sight) -> Iterator[Row]:
    """Instalments that are not paid whole, and payments of which the host says nothing."""
    instalments = {one.reference: one for one in sight.instalments() if one.unpaid > 0 or one.on_its_way > 0}
    due = sight.among_references(ContributionDue, instalments)
    hosts = sight.hosts
    for event, fact in due:
        one, entries = instalments[event.contribution], (fact.effect.position,)
        if one.unpaid > 0:
            yield _row("contribution", one.funder, one.reference, one.pool, one.unpaid, event.due_on, entries)
        if one.on_its_way > 0:
            yield _row("receipt", hosts.get(one.pool, ""), one.reference, one.pool, one.on_its_way, None, entries)


def _payments(sight: Sight) -> Iterator[Row]:
    """Parts of approved payments, and what is owed back."""
    owing = sight.owing()
    approved = sight.approvals({one.payment for one in owing})
    contracts = agreements(sight)
    for one in owing:
        contract = contracts.get(one.contract)
        if contract is None or one.payment not in approved:
            continue  # as true by a day on which one of them was not yet
        provider, entries = str(contract.agreed.provider), approved[one.payment]
        if one.to_pay:
            yield _row("payment", one.payer, one.payment, provider, one.to_pay, None, entries)
        if one.owed_back:
            yield _row("clawback", provider, one.payment, one.payer, one.owed_back, None, entries)


def _judgements(sight: Sight) -> Iterator[Row]:
    """Units of claims that wait to be verified or rejected, or to be approved."""
    contracts = agreements(sight)
    for one in sight.open_claims():
        contract = contracts.get(one.contract)
        if contract is None:
            continue
        if one.claimed > one.verified + one.rejected:
            who = contract.terms_on(one.achieved).verifier or "another body"
            yield _row("verification", who, one.claim, one.contract, None, None, (one.said,))
        if one.verified > one.paid_for:
            commissioner = str(contract.agreed.commissioner)
            yield _row("approval", commissioner, one.claim, one.contract, None, None, (one.said,))


def _signatures(sight: Sight) -> Iterator[Row]:
    """Entries that wait for signatures, and those that count unsigned."""
    for room, what in ROOMS.items():
        for held in sight.pending(room):
            by_when = None
            if room == "waiting":
                by_when = held.expires.day
            elif room == "unsigned":  # it counts already: what is late is every day since
                by_when = getattr(held.event, "starts", None) or held.event.occurred_on
            yield from _lacking(what, held, by_when)


def _lacking(what: str, held: Pending, by_when: date | None) -> Iterator[Row]:
    entry, kind = f"entry {held.said}", held.event.kind
    return (_row(what, who, entry, kind, None, by_when, held.rests_on) for who in held.asked)
