"""Saying something about another entry: approve, decline, confirm, withdraw, reverse, erase."""

from __future__ import annotations

import sys

import click

from commands import refs
from commands.writing import Writing, scrub, writes
from projections import entries
from projections.wording import spoken


def _about(writing: Writing, named: str) -> dict[str, str]:
    """The entry that is meant, shown on stderr: what is read is what is meant."""
    store = writing.opened().store
    found = refs.find(store, named)
    said = found.entry.statement
    click.echo(f"About entry {found.position}: {said.event.kind}  {spoken(said.event)}, signed by {said.by}", err=True)
    if not writing.yes and sys.stdin.isatty():
        for piece in entries.shown(found.position, found.entry, store.openings(found.position)):
            click.echo(f"  {piece}", err=True)
    return {"entry": said.id, "digest": said.digest}


@click.command()
@click.argument("entry")
@click.option(
    "--fingerprint", metavar="SHA256:...", help="For a new lead: the key's fingerprint, compared by another way."
)
@writes
def approve(writing: Writing, entry: str, fingerprint: str | None) -> None:
    """Example: outcomes approve 7 --as GB-EXAMPLE-ICB/cfo

    Sign an entry that waits for you. The last signature it needs makes it count, if the book still allows it.
    """
    writing.say("entry-approved/1", {**_about(writing, entry), "fingerprint": fingerprint})


@click.command()
@click.argument("entry")
@click.option("--reason", required=True, help="Why; sealed, so it can be erased.")
@writes
def decline(writing: Writing, entry: str, reason: str) -> None:
    """Example: outcomes decline 7 --reason "Not in our plan" --as GB-EXAMPLE-ICB/cfo

    Say no to an entry that waits for you; it will never take effect.
    """
    writing.say("entry-declined/1", _about(writing, entry), {"reason": reason})


@click.command()
@click.argument("entry")
@writes
def confirm(writing: Writing, entry: str) -> None:
    """Example: outcomes confirm 12 --as GB-EXAMPLE-ICB/cfo

    Confirm what was transcribed about your organisation: the full rules run, and it counts.
    """
    writing.say("entry-confirmed/1", _about(writing, entry))


@click.command()
@click.argument("entry")
@click.option("--reason", required=True, help="Why; sealed, so it can be erased.")
@writes
def withdraw(writing: Writing, entry: str, reason: str) -> None:
    """Example: outcomes withdraw 7 --reason "Keyed for the wrong pool"

    Take back an entry of your own that still waits.
    """
    writing.say("statement-withdrawn/1", _about(writing, entry), {"reason": reason})


@click.command()
@click.argument("entry")
@click.option("--reason", required=True, help="Why; sealed, so it can be erased.")
@writes
def reverse(writing: Writing, entry: str, reason: str) -> None:
    """Example: outcomes reverse 9 --reason "Keyed twice"

    Put one of your own entries right by its exact negation. Both stay, linked.
    """
    writing.say("entry-reversed/1", _about(writing, entry), {"reason": reason})


@click.command()
@click.argument("entry")
@click.argument("field")
@click.option(
    "--ground",
    type=click.Choice(["personal-data", "confidential", "court-order", "mistake"]),
    required=True,
    help="On which ground.",
)
@writes
def erase(writing: Writing, entry: str, field: str, ground: str) -> None:
    """Example: outcomes erase 9 note --ground personal-data

    Destroy a sealed text: no byte of it stays in the database, and every proof still holds. Backups and packs that
    were made before are not reached.
    """
    opened = writing.opened()
    named = refs.find(opened.store, entry).entry.statement
    if field not in opened.book().corrections.sealed.get(named.id, ("", frozenset()))[1]:
        click.echo(
            f"{field} of entry {entry} is not there, or erased already; the database is scrubbed again", err=True
        )
        scrub(opened)
    else:
        writing.say("field-erased/1", {"entry": named.id, "field": field, "ground": ground})
