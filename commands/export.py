"""`outcomes export`: the log as lines, or as the static tiles that any C2SP client reads."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

import click

from commands.session import Opened, Session, verified_history
from ledger import pack
from ledger.book import Book

LEDGER = click.option("--ledger", metavar="WHERE", help="A file or a database address [OUTCOMES_LEDGER, ./ledger.db].")


@click.group()
def export() -> None:
    """Example: outcomes export entries -o log.jsonl

    Write the log out.
    """


@export.command()
@click.option("-o", "--output", type=click.File("wb"), default="-", metavar="FILE", help="Where to [standard output].")
@LEDGER
def entries(output: BinaryIO, ledger: str | None) -> None:
    """Example: outcomes export entries -o log.jsonl

    Each entry's very bytes, a line each, in order.
    """
    opened = Session(ledger).read_only()
    for replayed in verified_history(opened):
        output.write(replayed.entry.line + b"\n")


@export.command()
@click.argument("folder", type=click.Path(path_type=Path))
@LEDGER
def tiles(folder: Path, ledger: str | None) -> None:
    """Example: outcomes export tiles published

    The static log (C2SP tlog-tiles) without any sealed text: checkpoint, hash tiles and entry bundles.
    """
    opened = Session(ledger).read_only()
    size = write_pack(opened, folder, with_openings=False)
    for name in ("openings.jsonl", "identity", "keys.txt", "log.vkey", pack.SUMS):
        (folder / name).unlink(missing_ok=True)
    click.echo(f"{size} entries in {folder}")


def write_pack(opened: Opened, folder: Path, *, with_openings: bool) -> int:
    """Write the ledger as a pack up to the verified head; the number of entries. Raises InputOutput."""
    book = Book()
    lines = (replayed.entry.line for replayed in verified_history(opened, book))
    contents = pack.Contents(opened.note, opened.identity, opened.log_key, lambda: pack.live_keys(book.register))
    with opened.store.snapshot() as snapshot:
        openings = snapshot.openings_between(1, opened.head.size) if with_openings else iter(())
        return pack.write(folder, lines, openings, contents)
