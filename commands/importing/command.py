"""`outcomes import`: files come in through the one way in, all of a file or nothing of it."""

from __future__ import annotations

import csv
import sys
from datetime import date
from pathlib import Path
from typing import Final

import click

from commands.importing import indigo as exported
from commands.importing.columns import template as columns_of
from commands.importing.findings import Findings
from commands.importing.finishing import Finishing, record
from commands.importing.group import Group, Judged, Wanted
from commands.importing.journal import journal, journal_map
from commands.importing.options import Import, imports
from commands.importing.sheets import statements
from commands.init import found
from commands.session import Session
from ledger import events
from ledger.errors import UnknownOrganisation
from ledger.values import latest_day

READER: Final = {
    "organisation": "GB-EXAMPLE-READER",
    "name": "Example reader",
    "form": "other",
    "office": "s151",
    "title": "section 151 officer",
    "limit": None,
    "instrument": "Example",
    "staff_number": "1",
    "second_officer_above": None,
}
"""Who founds an example ledger to read an export in: a body of nobody's."""


class Importing(click.Group):
    """A group whose verb `file` may be left out, as in ``import FILE --kind KIND``."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if args and args[0] not in (*self.commands, "--help", "-h"):
            args = ["file", *args]
        return super().parse_args(ctx, args)


@click.group("import", cls=Importing)
def importing() -> None:
    """Example: outcomes import file commitments.csv --kind commitment-made/1

    Read statements from a sheet (the word file may be left out), a finance system's listing as journals, or a
    published export as transcribed statements.
    """


importing.add_command(journal)
importing.add_command(journal_map)


# -- the INDIGO export ----------------------------------------------------------------------------


def _day(_context: click.Context, parameter: click.Parameter, text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise click.BadParameter(f"{text!r} is not a date: write it as 2025-05-31", param=parameter) from None


@importing.command()
@click.argument("folder", type=click.Path(path_type=Path), metavar="DIR")
@click.option("--new", "origin", metavar="ORIGIN", help="Found an example ledger of that name first, to read it in.")
@click.option("--published", metavar="DATE", callback=_day, help="The day on which the export was published [today].")
@imports
def indigo(into: Import, folder: Path, origin: str | None, published: date | None) -> None:
    """Example: outcomes import indigo life-chances-fund --new lcf.example/outcomes

    Transcribe GO Lab's INDIGO export: projects, payers, prices, payments and results, each with its row.
    """
    now = into.session.chance.clock.now()
    if published and published > latest_day(now):
        raise click.BadParameter(f"{published} is still to come", param_hint="--published")
    if origin is not None and into.dry_run:
        raise click.UsageError("--new founds a ledger, and --dry-run would record nothing: choose one of them")
    reading = exported.read(folder, published or now.day, latest_day(now))
    if origin is not None:
        _found(into.session, origin)
    group = into.group(usually=f"{READER['organisation']}/{READER['office']}" if origin else None)
    ending = into.ending(reading.findings)
    admitted = _admitted(group, reading.bodies, ending)
    judged = group.judge(reading.wanted)
    judged.ready[:0] = admitted.ready
    ending.finish(group, judged)


def _found(session: Session, origin: str) -> None:
    """An example ledger, whose one key needs no passphrase."""
    session.chance.at(0, "example")
    found(session, origin, "example", dict(READER), plain=True)


def _admitted(group: Group, bodies: list[Wanted], ending: Finishing) -> Judged:
    """The bodies that the ledger does not have yet, judged.

    Where other partners' leads must approve them, they alone are recorded. Raises UnknownOrganisation then, or
    Malformed or Refused.
    """
    names = {one.body["organisation"]["id"]: one for one in bodies}
    register, reserved = group.book.register.organisations, group.book.approvals.reserved
    unknown = [one for name, one in names.items() if name not in register and f"partner:{name}" not in reserved]
    judged = group.judge(unknown)
    waiting = names.keys() - register.keys()
    if judged.faults or waiting:
        ending.tell(judged)
        if judged.faults:
            raise ending.refusal()
        if judged.ready and not ending.dry_run:
            record(group, judged)
        raise UnknownOrganisation(
            f"{len(waiting)} bodies wait for the leads of the other partners; what names them cannot be recorded yet",
            next_step="outcomes approve ENTRY --as OFFICER for each of them; then import again",
        )
    return judged


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
