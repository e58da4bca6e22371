"""`outcomes officer`: offices are appointed with powers and limits, and retired."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from commands import options
from commands.keyring import Card
from commands.writing import DATE, Writing, writes
from ledger.errors import Malformed


def appointment_options(command: Callable[..., None]) -> Callable[..., None]:
    """The options that describe an appointment."""
    for option in (
        click.option("--until", metavar="DATE", callback=DATE, help="The last day on which it may sign [no end]."),
        click.option("--starts", metavar="DATE", callback=DATE, help="The first day on which it may sign [today]."),
        click.option("--instrument", default="Scheme of delegation", show_default=True, help="What it rests on."),
        click.option("--limit", type=options.AMOUNT, help="The largest whole-life sum it may sign for [none set]."),
        click.option("--powers", metavar="P,P", help=f"What it may do: {', '.join(options.POWERS)}."),
        click.option("--title", default="chief finance officer", show_default=True, help="The office's right title."),
    ):
        command = option(command)
    return command


def appointed(writing: Writing, path: Path, given: dict[str, Any]) -> tuple[Card, dict[str, Any]]:
    """A card, and the appointment that it leads to."""
    card = Card.read(path)
    origin = writing.opened().origin
    if card.origin != origin:
        raise Malformed(f"this card is for {card.origin}, and the ledger is {origin}", where=str(path))
    powers = [power.strip() for power in str(given["powers"]).split(",")]
    odd = sorted(set(powers) - set(options.POWERS))
    if odd:
        raise Malformed(f"--powers: {', '.join(odd)}: the powers are {', '.join(options.POWERS)}")
    appointment = {
        "office": card.officer.split("/", 1)[1],
        "title": given["title"],
        "powers": powers,
        "limit": None if given["limit"] is None else str(given["limit"]),
        "instrument": given["instrument"],
        "holder": str(card.holder),
        "key": str(card.key),
        "proof": str(card.proof),
        "starts": given["starts"] or str(writing.session.chance.clock.now().day),
        "until": given["until"],
    }
    return card, {name: value for name, value in appointment.items() if value is not None}


@click.group()
def officer() -> None:
    """Example: outcomes officer appoint GB-EXAMPLE-COUNCIL_deputy.card.json --powers approve --limit 500000.00

    Appoint and retire officers.
    """


@officer.command()
@click.argument("card", type=click.Path(path_type=Path))
@appointment_options
@writes
def appoint(writing: Writing, card: Path, **appointment: Any) -> None:
    """Example: outcomes officer appoint GB-EXAMPLE-COUNCIL_deputy.card.json --powers approve --limit 500000.00

    Appoint an office of your own organisation, whose card you were handed. For a body that has nobody who can
    appoint, the lead of another partner appoints its lead, and the lead of a second one approves.
    """
    if not appointment["powers"]:
        raise Malformed(f"--powers says what it may do: {', '.join(options.POWERS)}")
    read, body = appointed(writing, card, appointment)
    writing.say("officer-appointed/1", {"organisation": read.officer.split("/")[0], "officer": body})


@officer.command()
@click.argument("name", metavar="OFFICER")
@writes
def retire(writing: Writing, name: str) -> None:
    """Example: outcomes officer retire GB-EXAMPLE-COUNCIL/deputy

    An office signs no more; what it signed stands.
    """
    writing.say("officer-retired/1", {"officer": name})
