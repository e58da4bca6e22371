"""`outcomes view line-of-sight`: from every pound to every outcome and back, on both clocks."""

from __future__ import annotations

from pathlib import Path

import click

from commands import options
from commands.output import OUTPUT
from commands.sighting import Clocks, clocks, sight
from commands.view import LEDGER, section, show, view
from ledger.errors import Malformed, NotFound
from projections.papers.paper import Section
from projections.pictures import flow as flows
from projections.sight import annex as annexes
from projections.sight import contracted, drawing, findings, measured, outturn
from projections.sight import line as lines
from projections.sight import statement as statements
from projections.sight.reading import Sight

PARTNERS = "outcomes view partner lists them"
FORMAT = click.option("--format", "form", type=options.FORMAT, default="table", show_default=True)


@view.command("line-of-sight")
@click.argument("subject")
@click.option("--statement", is_flag=True, help="Every pound of a partner in exactly one line.")
@click.option("--annex", is_flag=True, help="Each fund, its route, the answerable officer and the assurance.")
@LEDGER
@FORMAT
@OUTPUT
@clocks
def line_of_sight(
    subject: str, statement: bool, annex: bool, ledger: str | None, form: str, output: Path | None, clocks: Clocks
) -> None:
    """Example: outcomes view line-of-sight GB-EXAMPLE-ICB --as-true 2026-06-30

    From a partner, settlement, grant, pool or contract to what came of its money; from a scheme, contract or outcome
    back to everybody who paid. Breaks are shown as such. With --statement: one page for a partner. With --annex: in
    the manner of an Accounting Officer System Statement.
    """
    if statement and annex:
        raise Malformed("the statement and the annex are two papers", where="--annex", next_step="ask for one of them")
    with sight(ledger, clocks) as (opened, seen):
        if statement:
            title, sections = f"Statement of {subject}", statement_of(seen, subject)
        elif annex:
            title, sections = f"System statement annex: {subject}", annex_of(seen, subject)
        else:
            title, sections = f"Line of sight: {subject}", line_of(seen, subject, drawn=output is not None)
        show(opened, clocks.beside(title, seen), *sections, form=form, output=output)


def line_of(seen: Sight, subject: str, *, drawn: bool = False) -> tuple[Section, ...]:
    """From a subject to what came of its money, or back to everybody who paid. Raises NotFound."""
    line = lines.seen(seen, subject)
    what = lines.place_of(seen, subject)[0]
    partner, outcome = (subject if what == one else None for one in ("partner", "outcome"))
    breaks = [f"break: {sentence}" for sentence in lines.breaks(line)]
    found = [
        section("Links", lines.rows(line), lines.COLUMNS, *breaks),
        section("What came of it", lines.result_rows(line, partner), lines.RESULT_COLUMNS),
        *_contracts(line, partner),
        section("Measured", lines.measure_rows(line, outcome), measured.COLUMNS),
        section("Handed over", lines.handover_rows(line), lines.HANDOVER_COLUMNS),
    ]
    if partner:
        stated = outturn.stated(seen, partner)
        said = outturn.sentences(stated) if stated else []
        found.append(section("Outturn outside pools", outturn.rows(stated), outturn.COLUMNS, *said))
    picture = (_picture(line, subject),) if drawn else ()
    return (*picture, *found[:2], *(one for one in found[2:] if one.rows))


def annex_of(seen: Sight, subject: str) -> tuple[Section, ...]:
    """Each fund by its route, who answers for it, and what is relied on. Raises NotFound."""
    line = lines.seen(seen, subject)
    found = section("Funds and routes", annexes.rows(line), annexes.COLUMNS, *annexes.sentences(line))
    handed = section("Handed over", lines.handover_rows(line), lines.HANDOVER_COLUMNS)
    return (found, handed) if handed.rows else (found,)


def _picture(line: lines.Line, subject: str) -> Section:
    """The line as a flow."""
    flow = drawing.flow(line, subject)
    return Section(heading="Flow", picture=flows.drawn(flow), picture_alt=f"{flow.title}. {flow.description}")


def _contracts(line: lines.Line, partner: str | None) -> tuple[Section, ...]:
    """What payers committed under contracts and paid, and where that does not meet what came of it."""
    told = findings.of(line, partner)
    came = (one for one in line.results if one.of[0] == "contract")
    results = {one.of[1]: (one.measures, one.verified, one.unit_cost) for one in came}
    rows = contracted.rows(told.shown, told.unsplit, results)
    said = (*contracted.sentences(told.shown), *told.breaks)
    return (
        section("Contracts", rows, contracted.COLUMNS, *said),
        section("Findings", told.rows, findings.COLUMNS),
    )


def statement_of(seen: Sight, subject: str) -> tuple[Section, ...]:
    """Every pound of a partner in exactly one line. Raises NotFound."""
    if subject not in lines.bodies(seen):
        raise NotFound(f"{subject} is no partner here, and only a partner has a statement", next_step=PARTNERS)
    made = statements.stated(seen, subject)
    said = [f"total: {made.total.spoken}", *(f"note: {sentence}" for sentence in statements.notes(made))]
    return (section("Statement", statements.rows(made), statements.COLUMNS, *said),)
