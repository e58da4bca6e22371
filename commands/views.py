"""`outcomes views`: the tables that views are read from are made again, or compared with the log."""

from __future__ import annotations

import click

from commands import sighting
from commands.session import Session
from ledger.errors import VerificationFailed
from projections.sight.keeping import Kept


@click.group()
def views() -> None:
    """Example: outcomes views check

    Make the tables of the views again, or compare them with the log.
    """


LEDGER = click.option("--ledger", metavar="WHERE", help="A file or a database address [OUTCOMES_LEDGER, ./ledger.db].")


@views.command()
@LEDGER
def rebuild(ledger: str | None) -> None:
    """Example: outcomes views rebuild

    Throw the tables of the views away, and make them again from the log's first entry. Nothing is lost by it.
    """
    opened = Session(ledger).read_only()
    kept = Kept(sighting.address(opened))
    try:
        kept.forget(opened.identity.hex())
        sighting.caught_up(kept, opened)
    finally:
        kept.close()
    click.echo(f"views rebuilt to entry {opened.head.size}, root {opened.head.root.hex()[:16]}")


@views.command()
@LEDGER
def check(ledger: str | None) -> None:
    """Example: outcomes views check

    Make the tables of the views anew beside those that are kept, and compare them. Exit code 3 where they differ.
    """
    opened = Session(ledger).read_only()
    found = sighting.checked(opened)
    if found:
        raise VerificationFailed(
            f"the tables of the views are not what the log comes to: {'; '.join(found)}",
            next_step="outcomes views rebuild makes them again",
        )
    click.echo(f"views are what the log comes to, to entry {opened.head.size}")
