"""`outcomes import journal` and `outcomes import journal-map`: the general ledger comes in, and nobody keys twice."""

from __future__ import annotations

import csv
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import click

from commands import options, refs
from commands.importing.findings import Findings
from commands.importing.group import Group, Wanted
from commands.importing.journals import UNMAPPED, Gathering
from commands.importing.kept import Shelf
from commands.importing.mapping import HEADER, Mapping, read_map, statement
from commands.importing.options import Import, imports
from commands.importing.planning import CHANGED, Plan
from commands.importing.transactions import COLUMNS, Listing, open_listing
from commands.session import Session
from ledger.errors import NotFound
from ledger.values import FinancialYear, latest_day
from projections.journals import Journals

SHOWN: Final = 50
"""Differences of one journal that are told; a file of findings holds them all."""


# -- the map --------------------------------------------------------------------------------------


@click.command("journal-map")
@click.argument("path", type=click.Path(path_type=Path), metavar="[FILE]", required=False)
@click.option("--pool", metavar="POOL", help="The pool whose schemes it names.")
@click.option("--map", "reference", metavar="MAP", help="The map's reference; a later one replaces it.")
@click.option("--template", is_flag=True, help="Print a header with every column of a map, and stop.")
@imports
def journal_map(into: Import, path: Path | None, pool: str | None, reference: str | None, template: bool) -> None:
    """Example: outcomes import journal-map map.csv --pool prevention --map main

    Say how a finance system's lines are read into schemes: a row for each cost centre and account, or with * at its
    end for all that begin so. The first row that fits holds.
    """
    if template:
        csv.writer(sys.stdout, lineterminator="\n").writerow(HEADER)
        return
    if path is None or pool is None or reference is None:
        raise click.UsageError("which map of which pool? FILE --pool POOL --map MAP, or --template for a header")
    findings, journals = Findings(), Journals()
    rows = read_map(path, findings)
    group = into.group(follow=journals.take)
    wanted, entry = statement(reference, pool, rows, path.name, journals)
    judged = group.judge([] if entry or findings.faults else [wanted])
    judged.before += [(wanted, entry)] if entry else []
    into.ending(findings).finish(group, judged)


# -- the listing ------------------------------------------------------------------------------------


@click.command()
@click.argument("path", type=click.Path(path_type=Path), metavar="FILE")
@click.option("--map", "reference", metavar="MAP", required=True, help="The map by which it is read.")
@click.option("--pool", metavar="POOL", help="The pool [the map's].")
@click.option("--column", "columns", metavar="OURS=THEIRS", multiple=True, help="What the file calls a column of ours.")
@click.option("--year", type=options.YEAR, help="The financial year of periods that name none, such as P02.")
@click.option("--valid-only", is_flag=True, help="Record the lines that are valid, and leave the others out.")
@click.option("--correct", is_flag=True, help="Reverse the journals that this listing says otherwise, and record it.")
@click.option("--reason", metavar="TEXT", help="With --correct: why; sealed.")
@imports
def journal(into: Import, path: Path, reference: str, pool: str | None, **given: Any) -> None:
    """Example: outcomes import journal listing.csv --map main --pool prevention

    Read a finance system's transaction listing (CSV, ODS or XLSX): one journal for each scheme and month, with counts,
    totals and digests. Its references and descriptions stay here. The same listing again adds nothing.
    """
    asked = Asked(**given)
    asked.check()
    held = Journals()
    group = into.group(follow=held.take)
    mapping = mapping_of(held, reference, pool)
    shelf = Shelf(into.session.open().keep.folder / "listings")
    listing = open_listing(path, _named(asked.columns))
    with shelf.drafts() as drafts:
        latest = latest_day(into.session.chance.clock.now())
        gathering = Gathering(mapping, listing.file, Findings(), drafts, latest, asked.year)
        plan = Plan(listing.file, listing.digest, mapping, held, shelf, drafts)
        _read(listing, gathering)
        if asked.valid_only or not gathering.findings.faults:  # beside lines that are missing nothing can be compared
            _place(gathering, plan, correct=asked.correct)
        _tell(gathering, plan, into.findings)
        _finish(into, group, gathering, plan, asked)


@dataclass(frozen=True, slots=True)
class Asked:
    """How a listing is to be read, and what is to be done about journals that it says otherwise."""

    columns: tuple[str, ...]
    year: FinancialYear | None
    valid_only: bool
    correct: bool
    reason: str | None

    def check(self) -> None:
        """Raises click.UsageError."""
        if self.correct == (self.reason is None):
            raise click.UsageError("--correct and --reason go together: why are the recorded journals reversed?")
        if self.correct and self.valid_only:
            raise click.UsageError("--correct takes a whole listing: leave --valid-only out")


def _finish(into: Import, group: Group, gathering: Gathering, plan: Plan, asked: Asked) -> None:
    """Judge, keep the lines of what will be recorded, and record."""
    findings = gathering.findings
    judged = group.judge(_corrections(into.session, plan, asked.reason) if asked.reason else plan.new)
    judged.before[:0] = plan.before
    ending = into.ending(findings, only_valid=asked.valid_only)
    ending.next_step = _next(findings, plan) or ending.next_step
    if not into.dry_run and (asked.valid_only or not (judged.faults or findings.faults)):
        plan.keep()
    ending.finish(group, judged)


def mapping_of(held: Journals, reference: str, pool: str | None) -> Mapping:
    """The map in effect, of that pool if one is named. Raises NotFound."""
    found = held.map(reference)
    if found is None or pool not in (None, found[0].pool):
        of = f" of {pool}" if pool else ""
        there = ", ".join(held.maps(pool)) or "none"
        raise NotFound(
            f"no map {reference}{of} is in effect; there is {there}",
            next_step="outcomes import journal-map FILE --pool POOL --map MAP says one",
        )
    return Mapping(reference, found[0].pool, found[0].rows)


def _named(columns: tuple[str, ...]) -> dict[str, str]:
    named: dict[str, str] = {}
    for given in columns:
        ours, _, theirs = given.partition("=")
        ours = "_".join(ours.strip().casefold().replace("-", " ").split())
        if ours not in COLUMNS or not theirs.strip():
            wanted = f"OURS=THEIRS is wanted, and ours are {', '.join(COLUMNS)}"
            raise click.BadParameter(f"{given!r}: {wanted}", param_hint="--column")
        named[ours] = theirs
    return named


def _read(listing: Listing, gathering: Gathering) -> None:
    """Every line of the file into its place."""
    for row, cells in listing.lines():
        gathering.take(row, cells)
    if listing.above:
        gathering.findings.add(listing.file, "", "rows above the header, left out", f"{listing.above}")
    if listing.unread:
        gathering.findings.add(listing.file, "", "columns that are not read", ", ".join(listing.unread))
    gathering.end()


def _place(gathering: Gathering, plan: Plan, *, correct: bool) -> None:
    """Every journal into the plan."""
    for journal in gathering.by_month():
        plan.place(journal, correct=correct)
    plan.note(gathering.findings, correct=correct)


def _tell(gathering: Gathering, plan: Plan, findings: Path | None) -> None:
    """What the listing comes to, journal by journal, and each difference from what is recorded."""
    counts = gathering.counts()
    where = ", ".join(f"{count:,} {what}" for what, count in counts.items() if count)
    click.echo(f"{gathering.file}: {counts.total():,} lines read: {where or 'none'}", err=True)
    for journal, word in plan.said:
        click.echo(f"{journal.starts:%Y-%m}  {journal.scheme}  {journal.whole.told}  {word}")
    for change in plan.changes:
        click.echo(f"{change.journal.name}, since entry {change.effect.position}:")
        if not change.lines_kept and change.was.listing != change.journal.listing:
            click.echo("  the lines that were imported are not kept here: by row of the map", err=True)
        for one in change.differences[:SHOWN]:
            click.echo(f"  {one.sort:<7}  {one.told}")
        if (more := len(change.differences) - SHOWN) > 0:
            click.echo(f"  and {more:,} more: {findings or '--findings FILE'} has them all")
        for one in change.differences if findings else ():
            row, what = change.journal.whole.first, f"a line that is {one.sort} since the last listing"
            gathering.findings.add(gathering.file, row, what, f"{change.journal.name}: {one.told}")


def _corrections(session: Session, plan: Plan, reason: str) -> list[Wanted]:
    """The reversal of each journal that is said otherwise, and then what is new."""
    store = session.open().store
    said = {one.effect.entry: refs.find(store, one.effect.entry).entry.statement for one in plan.changes}
    return list(plan.corrections({name: statement.digest for name, statement in said.items()}, reason))


def _next(findings: Findings, plan: Plan) -> str:
    """What to do about the faults, where mending the file is not it."""
    met = {fault.what for fault in findings.faults}
    reference = plan.mapping.reference
    if UNMAPPED in met:
        told = f"outcomes import journal-map FILE --pool {plan.mapping.pool} --map {reference}"
        return f"{told} with rows for what is unmapped; then import again"
    if waiting := [one.effect.position for one in plan.changes if one.effect.standing == "waiting"]:
        return f"outcomes withdraw {waiting[0]}, or let it be signed; then import again"
    if met == {CHANGED}:
        return f"outcomes import journal {plan.file} --map {reference} --correct --reason TEXT"
    return ""
