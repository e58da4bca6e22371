"""`outcomes import outturn`: what councils published of their outturn comes in as transcribed statements."""

from __future__ import annotations

import hashlib
from datetime import date
from pathlib import Path

import click

from commands.importing import founding
from commands.importing.cells import Cells
from commands.importing.councils import both
from commands.importing.findings import Findings
from commands.importing.group import Judged
from commands.importing.options import Import, imports
from commands.importing.returns import COLUMNS, Returns
from commands.importing.tables import read_bytes
from ledger.events.spending import OutturnRecorded
from ledger.values import latest_day
from projections.facts import Facts


@click.command()
@click.argument("path", type=click.Path(path_type=Path), metavar="FILE")
@click.option("--councils", type=click.Path(path_type=Path), metavar="FILE", required=True, help="Which body is which.")
@click.option("--successors", type=click.Path(path_type=Path), metavar="FILE", help="Who came after bodies now gone.")
@founding.NEW
@founding.PUBLISHED
@imports
def outturn(
    into: Import, path: Path, councils: Path, successors: Path | None, origin: str | None, published: date | None
) -> None:
    """Example: outcomes import outturn revenue_outturn.csv --councils la_orgid_to_gss.csv --new lancs.example/outcomes

    Transcribe councils' revenue outturn: a statement for each line that has a figure, unconfirmed until the body
    confirms it. Bodies are found in the register by their GSS codes.
    """
    now = into.session.chance.clock.now()
    founding.check(origin, published, latest_day(now), dry_run=into.dry_run)
    register, table = both(councils, successors, path, COLUMNS)
    digest = hashlib.sha256(read_bytes(path)).digest()
    returns = Returns(register, Cells(digest.hex(), published or now.day, latest_day(now), Findings()), digest)
    returns.take(table)
    returns.report()
    returns.state(table.file)
    _record(into, returns, origin)


def _record(into: Import, returns: Returns, origin: str | None) -> None:
    """Judge all of it beside what is there, and record all of it or nothing."""
    findings = returns.cells.findings
    ending = into.ending(findings)
    if findings.faults:  # nothing is founded for a file that cannot come in
        ending.tell(Judged())
        raise ending.refusal()
    if origin is not None:
        founding.new(into.session, origin)
    held = Facts((OutturnRecorded,))
    group = into.group(usually=founding.OFFICER if origin else None, follow=held.take)
    wanted = returns.new(held, into.session.open().origin)
    if findings.faults:
        ending.tell(Judged())
        raise ending.refusal()
    admitted = founding.admitted(group, returns.bodies(), ending)
    judged = group.judge(wanted)
    judged.ready[:0] = admitted.ready
    ending.finish(group, judged)
