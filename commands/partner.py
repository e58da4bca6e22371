"""`outcomes partner`: organisations come in."""

from __future__ import annotations

from pathlib import Path

import click

from commands import options
from commands.officer import appointed, appointment_options
from commands.writing import Writing, writes
from ledger.errors import Malformed


@click.group()
def partner() -> None:
    """Example: outcomes partner admit GB-EXAMPLE-ICB_cfo.card.json --name "Example ICB" --form integrated-care-board

    Bring organisations in.
    """


@partner.command()
@click.argument("card", type=click.Path(path_type=Path), required=False)
@click.option("--organisation", metavar="ID", help="The body's org-id, where it comes without an officer.")
@click.option("--name", required=True, help="The body's name.")
@click.option("--form", type=options.FORM, required=True, help="What sort of body it is.")
@appointment_options
@writes
def admit(
    writing: Writing, card: Path | None, organisation: str | None, name: str, form: str, **appointment: object
) -> None:
    """Example: outcomes partner admit GB-EXAMPLE-ICB_cfo.card.json --name "Example ICB" --form integrated-care-board

    Admit a body with its lead, whose card you were handed. Compare the key's fingerprint by another way first: the
    lead of every other partner will have to state it when approving.
    """
    if card is None:
        if organisation is None:
            raise Malformed("which body? give its lead's card, or --organisation ID for a body without an officer")
        body: dict[str, object] = {"organisation": {"id": organisation, "name": name, "form": form}}
    else:
        read, officer = appointed(writing, card, {**appointment, "powers": appointment["powers"] or LEAD_POWERS})
        body = {"organisation": {"id": read.officer.split("/")[0], "name": name, "form": form}, "officer": officer}
    writing.say("organisation-admitted/1", body)


LEAD_POWERS = "lead,appoint,operate,agree,commit,pay,approve,verify,transcribe,erase"
