"""Reporting: what a write prints once it is recorded: number, hash, what it changed, and the next sensible command."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import click

from commands.session import Opened
from ledger import entry, replay
from ledger.book import Effect
from ledger.events.approvals import EntryApproved, EntryConfirmed
from ledger.events.commitments import CommitmentMade
from ledger.events.event import Event
from ledger.events.years import PeriodClosed
from ledger.recording import Recorded
from ledger.rules import pots
from ledger.rules.approvals import Waiting
from ledger.rules.pots import Lot, Move
from ledger.statement import id_bytes
from ledger.store import Store
from ledger.values import Pence
from projections.wording import heading, spoken

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
    "spend-recorded/1": "outcomes year close, when the quarter is over",
    "accrual-recorded/1": "outcomes spend settle, when the invoice comes",
    "income-recorded/1": "outcomes spend record",
    "variance-forecast/1": "outcomes year recover, if it is not what was budgeted",
    "period-closed/1": "outcomes spend adjust, for what it left out; outcomes year close, for the next stage",
    "period-adjusted/1": "outcomes year close, for the next stage",
    "carry-forward-approved/1": "outcomes year close, for the next stage",
}

UNFUNDED: Final = "outcomes year apportion, or outcomes commitment make before more is spent"

SAID: Final = {
    ("spent", True): "drew",
    ("given-back", False): "gave back",
    ("covered", True): "covered by",
    ("uncovered", False): "no longer covered:",
    ("over-received", True): "more came in than was committed:",
    ("over-received", False): "less came in beyond what was committed:",
    ("carried", False): "carried forward",
    ("to-return", False): "to be returned:",
}
"""What a move of a commitment is called, where it is more than that the entry counts."""


def report(opened: Opened, recorded: Recorded) -> None:
    """Say what was recorded, and what comes next."""
    event = entry.read(recorded.line).statement.event
    what = described(opened.store, event)
    again = "  (recorded before; nothing was added)" if recorded.before else ""
    click.echo(f"entry {recorded.position}  {recorded.leaf.hex()[:8]}  {event.kind}  {what}{again}")
    for effect in recorded.effects:
        if (sentence := _effect(opened, effect, recorded)) is not None:
            click.echo(f"  {sentence}")
    moved = _moved(opened, recorded)
    for sentence in moved:
        click.echo(f"  {sentence}")
    waits = next((effect.position for effect in recorded.effects if effect.standing == "waiting"), None)
    verb = "confirm" if isinstance(event, EntryConfirmed) else "approve"
    if isinstance(event, EntryApproved | EntryConfirmed) and len(recorded.effects) == 1:
        waits = _still_waits(opened, event)
    following = f"outcomes {verb} {waits} --as {_asked(opened, waits)}" if waits else _next(event)
    following = UNFUNDED if any(sentence.startswith("unfunded ") for sentence in moved) else following
    click.echo(f"Next: {following or 'outcomes view trail'}", err=True)


def described(store: Store, event: Event) -> str:
    """An event in a few words; one about another entry names it by its number."""
    about = store.position_of(id_bytes(event.about)) if event.about else None
    return f"entry {about}" if about else spoken(event)


def _next(event: Event) -> str | None:
    """The next sensible command after an entry."""
    if isinstance(event, CommitmentMade) and event.contract:
        return f"outcomes view payers {event.contract}"
    if isinstance(event, PeriodClosed) and event.stage == "final":
        return "outcomes audit pack FOLDER, for the auditor"
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


def _moved(opened: Opened, recorded: Recorded) -> list[str]:
    """What an entry drew, gave back, carried or left unfunded."""
    if not any(move.spend is not None or (move.why, move.pence > 0) in SAID for move in recorded.moves):
        return []  # nothing to tell: the Book need not be folded for its lots
    return list(told_moves(recorded.moves, replay.fold(opened.store).pots.lots))


def told_moves(moves: Sequence[Move], lots: Mapping[str, Lot]) -> Iterator[str]:
    """What was drawn, given back, carried or left unfunded: a sentence for each, with the commitments and the sums."""
    sums = _sums(moves, lots)
    several = len({pot for _, pot in sums}) > 1
    for (said, pot), parts in sums.items():
        place = f" in {pot[1]}, {heading(*pot[2:])}:" if several else ""
        told = ", ".join(f"{_pounds(pence)}{_of(lots[name])}" for name, pence in parts.items() if pence)
        if told:
            yield f"{said.rstrip(':') if several else said}{place} {told}"


def _sums(moves: Sequence[Move], lots: Mapping[str, Lot]) -> dict[tuple[str, pots.Pot], dict[str, int]]:
    """Moves added up by what they are called, pot and lot, in the order in which they happened."""
    sums: dict[tuple[str, pots.Pot], dict[str, int]] = {}
    for move in moves:
        lot = lots[move.lot]
        said = SAID.get((move.why, move.pence > 0))
        if lot.funder == pots.NOBODY:
            said = "unfunded" if move.pence > 0 else "no longer unfunded:"
        if said is not None:
            parts = sums.setdefault((said, lot.pot), {})
            parts[move.lot] = parts.get(move.lot, 0) + move.pence
    return sums


def _pounds(pence: int) -> str:
    return Pence(abs(pence)).spoken.removeprefix("GBP ")


def _of(lot: Lot) -> str:
    """Whose a sum is; of what is unfunded, nobody's."""
    if lot.funder == pots.NOBODY:
        return ""
    whose = "" if lot.funder in lot.commitment else f" ({lot.funder})"
    return f" of {lot.commitment}{', brought forward' if lot.brought else ''}{whose}"


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
