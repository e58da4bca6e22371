"""Reporting: what a write prints once it is recorded: number, hash, what it changed, and the next sensible command."""

from __future__ import annotations

from typing import Final

import click

from commands.session import Opened
from ledger import entry, replay
from ledger.book import Effect
from ledger.events.approvals import EntryApproved, EntryConfirmed
from ledger.events.commitments import CommitmentMade
from ledger.events.event import Event
from ledger.recording import Recorded
from ledger.rules.approvals import Waiting
from ledger.statement import id_bytes
from ledger.store import Store
from projections.wording import spoken

NEXT: Final = {
    "ledger-founded/1": "outcomes key create OFFICER by a partner, then outcomes partner admit CARD",
    "organisation-admitted/1": "outcomes pool agree, or outcomes officer appoint CARD",
    "officer-appointed/1": "outcomes view trail",
    "pool-agreed/1": "outcomes commitment make",
    "scheme-agreed/1": "outcomes commitment make, with --scheme",
    "commitment-made/1": "outcomes contribution due, or outcomes view partner",
    "contribution-due/1": "outcomes contribution paid, or outcomes view due",
    "contribution-paid/1": "outcomes contribution received, by the host",
    "contribution-received/1": "outcomes view partner",
    "settlement-awarded/1": "outcomes commitment make, with --settlement, or outcomes grant make",
    "grant-conditions-recorded/1": "outcomes commitment make, with --grant, or outcomes grant met, by the grantor",
    "condition-met/1": "outcomes commitment make, with --grant",
    "outcome-defined/1": "outcomes outcome target, or outcomes contract agree",
    "contract-agreed/1": "outcomes claim make, by the provider",
    "outcome-claimed/1": "outcomes claim verify, by another body",
    "outcome-verified/1": "outcomes claim approve, by the commissioner",
    "payment-approved/1": "outcomes claim pay, by each payer",
    "payment-made/1": "outcomes view payers",
    "verification-withdrawn/1": "outcomes view due",
    "entry-approved/1": "outcomes view trail",
}


def report(opened: Opened, recorded: Recorded) -> None:
    """Say what was recorded, and what comes next."""
    event = entry.read(recorded.line).statement.event
    what = described(opened.store, event)
    again = "  (recorded before; nothing was added)" if recorded.before else ""
    click.echo(f"entry {recorded.position}  {recorded.leaf.hex()[:8]}  {event.kind}  {what}{again}")
    for effect in recorded.effects:
        if (sentence := _effect(opened, effect, recorded)) is not None:
            click.echo(f"  {sentence}")
    waits = next((effect.position for effect in recorded.effects if effect.standing == "waiting"), None)
    verb = "confirm" if isinstance(event, EntryConfirmed) else "approve"
    if isinstance(event, EntryApproved | EntryConfirmed) and len(recorded.effects) == 1:
        waits = _still_waits(opened, event)
    following = f"outcomes {verb} {waits} --as {_asked(opened, waits)}" if waits else _next(event)
    click.echo(f"Next: {following or 'outcomes view trail'}", err=True)


def described(store: Store, event: Event) -> str:
    """An event in a few words; one about another entry names it by its number."""
    about = store.position_of(id_bytes(event.about)) if event.about else None
    return f"entry {about}" if about else spoken(event)


def _next(event: Event) -> str | None:
    """The next sensible command after an entry."""
    if isinstance(event, CommitmentMade) and event.contract:
        return f"outcomes view payers {event.contract}"
    return NEXT.get(event.kind)


def _still_waits(opened: Opened, event: EntryApproved | EntryConfirmed) -> int | None:
    """After a signature that was not the last: who is still asked, and the number of the entry."""
    book = replay.fold(opened.store).approvals
    waiting = book.waiting.get(event.entry) or book.unconfirmed.get(event.entry)
    if waiting is None:
        return None
    asked = "; ".join(str(place) for _, place in waiting.open_places)
    until = _waits(waiting) if event.entry in book.waiting else f"waits for {asked} to confirm it too"
    click.echo(f"  entry {waiting.signed.position} {until}")
    return waiting.signed.position


def _effect(opened: Opened, effect: Effect, recorded: Recorded) -> str | None:
    """What an effect means, where it is more than that the entry counts."""
    if effect.standing == "waiting":
        waiting = replay.fold(opened.store).approvals.waiting.get(effect.entry)
        return _waits(waiting) if waiting else None
    if effect.standing == "unconfirmed":
        body = effect.event.concerns
        return f"unconfirmed until an officer of {body} confirms it" if body else "unconfirmed: it concerns no one body"
    if effect.position == recorded.position:
        return None
    return f"entry {effect.position} is now {effect.standing}: {effect.event.kind}  {spoken(effect.event)}"


def _asked(opened: Opened, entry: int) -> str:
    """The office that can sign next, where there is just one; else the word for any."""
    book = replay.fold(opened.store)
    held = (*book.approvals.waiting.values(), *book.approvals.unconfirmed.values())
    waiting = next((one for one in held if one.signed.position == entry), None)
    places = [place for _, place in waiting.open_places] if waiting else []
    fits = {one.id for one in book.register.officers.values() if places and places[0].fits(one)}
    return fits.pop() if len(fits) == 1 else "OFFICER"


def _waits(waiting: Waiting) -> str:
    asked = "; ".join(str(place) for _, place in waiting.open_places)
    return f"waits for {asked}; lapses after {waiting.expires}"
