"""`outcomes pool`: pools are agreed and closed."""

from __future__ import annotations

import click

from commands import options
from commands.writing import DATE, Writing, writes


@click.group()
def pool() -> None:
    """Example: outcomes pool close prevention

    Agree and close pools.
    """


@pool.command()
@click.argument("reference", metavar="POOL")
@click.option("--name", required=True, help="The pool's name.")
@click.option("--partner", "partners", multiple=True, required=True, metavar="ID", help="Each partner; the host first.")
@click.option("--host", metavar="ID", help="Who holds the money [the first partner].")
@click.option("--legal-power", type=options.LEGAL_POWER, required=True, help="The power that it stands on.")
@click.option("--citation", help="The power in full, where it is another one.")
@click.option("--control-basis", type=options.CONTROL, default="not-assessed", show_default=True)
@click.option("--starts", required=True, metavar="DATE", callback=DATE, help="The first day.")
@click.option("--until", metavar="DATE", callback=DATE, help="The last day [open-ended].")
@writes
def agree(writing: Writing, reference: str, partners: tuple[str, ...], host: str | None, **given: str | None) -> None:
    """Example: outcomes pool agree prevention --name "Prevention pool" --partner GB-EXAMPLE-COUNCIL
    --partner GB-EXAMPLE-ICB --starts 2026-04-01

    The host records the agreement; it waits for each partner named.
    """
    body = {"pool": reference, "partners": list(partners), "host": host or partners[0], **given}
    writing.say("pool-agreed/1", body)


@pool.command()
@click.argument("reference", metavar="POOL")
@writes
def close(writing: Writing, reference: str) -> None:
    """Example: outcomes pool close prevention

    The pool takes no more commitments; it waits for each partner.
    """
    writing.say("pool-closed/1", {"pool": reference})
