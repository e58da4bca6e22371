"""`outcomes sign`: one office prepares a draft, another signs it; the general form, for any kind."""

from __future__ import annotations

from pathlib import Path

import click

from commands.writing import Writing, read_draft, writes


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@writes
def sign(writing: Writing, file: Path) -> None:
    """Example: outcomes sign commitment.draft.json --as GB-EXAMPLE-COUNCIL/s151

    Sign and record a draft. Any kind of the catalogue can be written as a draft; - reads standard input.
    """
    writing.say_draft(read_draft(file))
