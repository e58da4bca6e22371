"""`outcomes import`: files come in through the one way in, all of a file or nothing of it."""

from __future__ import annotations

import csv
import sys
from datetime import date
from pathlib import Path

import click

from commands.importing import founding
from commands.importing import indigo as exported
from commands.importing.columns import template as columns_of
from commands.importing.findings import Findings
from commands.importing.journal import journal, journal_map
from commands.importing.options import Import, imports
from commands.importing.outturn import outturn
from commands.importing.sheets import statements
from ledger import events
from ledger.values import latest_day


class Importing(click.Group):
    """A group whose verb `file` may be left out, as in ``import FILE --kind KIND``."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if args and args[0] not in (*self.commands, "--help", "-h"):
            args = ["file", *args]
        return super().parse_args(ctx, args)


@click.group("import", cls=Importing)
def importing() -> None:
    """Example: outcomes import file commitments.csv --kind commitment-made/1

    Read statements from a sheet (the word file may be left out), a finance system's listing as journals, or what is
    published, an export of contracts or councils' outturn, as transcribed statements.
    """


importing.add_command(journal)
importing.add_command(journal_map)
importing.add_command(outturn)


# -- the INDIGO export ----------------------------------------------------------------------------


@importing.command()
@click.argument("folder", type=click.Path(path_type=Path), metavar="DIR")
@founding.NEW
@founding.PUBLISHED
@imports
def indigo(into: Import, folder: Path, origin: str | None, published: date | None) -> None:
    """Example: outcomes import indigo life-chances-fund --new lcf.example/outcomes

    Transcribe GO Lab's INDIGO export: projects, payers, prices, payments and results, each with its row.
    """
    now = into.session.chance.clock.now()
    founding.check(origin, published, latest_day(now), dry_run=into.dry_run)
    reading = exported.read(folder, published or now.day, latest_day(now))
    if origin is not None:
        founding.new(into.session, origin)
    group = into.group(usually=founding.OFFICER if origin else None)
    ending = into.ending(reading.findings)
    admitted = founding.admitted(group, reading.bodies, ending)
    judged = group.judge(reading.wanted)
    judged.ready[:0] = admitted.ready
    ending.finish(group, judged)


# -- a sheet --------------------------------------------------------------------------------------


@importing.command("file")
@click.argument("path", type=click.Path(path_type=Path), metavar="[FILE]", required=False)
@click.option("--kind", metavar="KIND", help="Which kind of statement each row is, such as commitment-made/1.")
@click.option("--template", metavar="KIND", help="Print a header with every column of that kind, and stop.")
@click.option("--valid-only", is_flag=True, help="Record the rows that are valid, and leave the others out.")
@imports
def sheet(into: Import, path: Path | None, kind: str | None, template: str | None, valid_only: bool) -> None:
    """Example: outcomes import file commitments.ods --kind commitment-made/1

    Read a CSV, ODS or XLSX file, a statement in each row: all of them are recorded, or none.
    """
    if template is not None:
        _template(template)
        return
    if path is None or kind is None:
        raise click.UsageError("which file, of which kind? FILE --kind KIND, or --template KIND for a header")
    findings = Findings()
    wanted = statements(path, kind, findings)
    group = into.group()
    into.ending(findings, only_valid=valid_only).finish(group, group.judge(wanted))


def _template(kind: str) -> None:
    csv.writer(sys.stdout, lineterminator="\n").writerow(columns_of(events.of_kind(kind)))
    click.echo(
        "A column with .1 is the first of a list: add .2, .3 and so on. A column that is not needed may be left out. "
        f"What each one means: outcomes catalogue {kind}",
        err=True,
    )
