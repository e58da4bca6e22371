"""`outcomes export`: the log as lines, as static tiles that any C2SP client reads, or its money as journals."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import BinaryIO

import click

from commands import options
from commands.output import write_pieces
from commands.session import Opened, Session, verified_history, verified_kinds
from commands.sighting import Clocks, clocks, sight
from commands.view import section, show
from ledger import pack
from ledger.book import Book
from ledger.errors import Malformed, NotFound
from ledger.values import FinancialYear
from projections.sight import journal as journals
from projections.sight import line as lines
from projections.sight import own_ledger
from projections.sight.reading import Sight

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


@export.command()
@click.option("-o", "--output", type=click.Path(path_type=Path), metavar="FILE", help="Where to [standard output].")
@click.option("--gl", metavar="PARTNER", help="The year-end journals for this partner's own general ledger instead.")
@click.option("--year", type=options.YEAR, help="The financial year, with --gl.")
@LEDGER
@clocks
def journal(
    output: Path | None, gl: str | None, year: FinancialYear | None, ledger: str | None, clocks: Clocks
) -> None:
    """Example: outcomes export journal -o place.journal

    Every posting as a transaction that hledger and ledger-cli read. With --gl and --year, the year-end journals for a
    partner's own general ledger, in the form that FILE's ending says: journals.csv, .ods, .xlsx.
    """
    if (gl is None) != (year is None):
        raise Malformed("--gl and --year go together: the year-end journals of one partner for one year")
    with sight(ledger, clocks) as (opened, seen):
        if gl is not None and year is not None:
            _year_end(opened, seen, gl, year, output, clocks)
            return
        said = [f"As at entry {opened.head.size}, root {opened.head.root.hex()}, {opened.origin}", clocks.words(seen)]
        pieces = (piece.encode() for piece in journals.written(seen, verified_kinds(opened), [*filter(None, said)]))
        if output is None:
            sys.stdout.buffer.writelines(pieces)
        else:
            write_pieces(pieces, output)
            click.echo(f"wrote {output}", err=True)


def _year_end(
    opened: Opened, seen: Sight, partner: str, year: FinancialYear, output: Path | None, clocks: Clocks
) -> None:
    if partner not in lines.bodies(seen):
        raise NotFound(f"{partner} is no partner here", where="--gl", next_step="outcomes view partner lists them")
    words = ", ".join(filter(None, (f"Year-end journals of {partner} for {year}", clocks.words(seen))))
    made = section("Journals", own_ledger.rows(seen, partner, year), own_ledger.COLUMNS)
    show(opened, words, made, form="csv", output=output)


def write_pack(opened: Opened, folder: Path, *, with_openings: bool) -> int:
    """Write the ledger as a pack up to the verified head; the number of entries. Raises InputOutput."""
    book = Book()
    lines = (replayed.entry.line for replayed in verified_history(opened, book))
    contents = pack.Contents(opened.note, opened.identity, opened.log_key, lambda: pack.live_keys(book.register))
    with opened.store.snapshot() as snapshot:
        openings = snapshot.openings_between(1, opened.head.size) if with_openings else iter(())
        return pack.write(folder, lines, openings, contents)
