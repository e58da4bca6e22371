"""The INDIGO export as statements: what becomes what, in the order in which one rests on the other.

Everything is transcribed, each statement with the dataset's digest and its row; only the admission of a body is signed
by the importing lead as its own act, because a register is not something that a source can keep for the ledger.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from commands.importing.bodies import bodies
from commands.importing.cells import Cells
from commands.importing.export import READ, Export, read_export
from commands.importing.findings import NOT_TAKEN, Findings
from commands.importing.group import Wanted
from commands.importing.measures import measures
from commands.importing.metrics import Metrics
from commands.importing.payments import payments, spellings
from commands.importing.projects import agree, commit, projects
from ledger.values import Digest

PUBLISHER: Final = "GO Lab, University of Oxford"
NAME: Final = "INDIGO Impact Bond Dataset"

ORDER: Final = (
    *("dataset-registered/1", "outcome-defined/1", "target-set/1", "contract-agreed/1", "commitment-made/1"),
    *("payments-planned/1", "payment-made/1", "measure-recorded/1"),
)

RAGGED: Final = f"{NOT_TAKEN}: a row with more or fewer cells than the header"
NO_PROJECT: Final = f"{NOT_TAKEN}: a row of a project that projects.csv does not have"
INVESTORS: Final = f"{NOT_TAKEN}: investors' money, which is no payment for an outcome"
NO_PLACE: Final = "a column that the catalogue has no place for"


@dataclass(slots=True)
class Reading:
    """What an export comes to: the bodies to admit, what is transcribed, and what was found."""

    export: Export
    bodies: list[Wanted]
    wanted: list[Wanted]
    findings: Findings


def read(folder: Path, published: date, latest: date) -> Reading:
    """Read an export. `latest` is the last day on which a fact can have occurred. Raises NotFound, Malformed."""
    export = read_export(folder)
    findings = Findings()
    cells = Cells(export.dataset, published, latest, findings)
    _ragged(export, findings)
    named = bodies(export, cells)
    _register(export, cells)
    held = projects(export, cells)
    metrics = Metrics(export, cells)
    _strangers(export, set(held), cells)
    for one in held.values():
        metrics.define(one.name, one.occurred_on)
    for one in held.values():
        agree(one, export, cells, metrics)
    for one in held.values():
        commit(one, cells)
    usual = spellings(export)
    for one in held.values():
        payments(export, cells, one, usual)
    for one in held.values():
        measures(export, cells, one.name, metrics)
    _left(export, findings)
    return Reading(export, named, _in_order(cells.wanted), findings)


def _in_order(wanted: list[Wanted]) -> list[Wanted]:
    """Kind after kind, as they rest on each other; within a kind as they were read."""
    return sorted(wanted, key=lambda one: ORDER.index(one.kind))


def _register(export: Export, cells: Cells) -> None:
    """The dataset itself."""
    body = {
        "dataset": export.reference,
        "name": NAME,
        "publisher": PUBLISHER,
        "digest": str(Digest(export.digest)),
        "occurred_on": str(cells.published),
    }
    cells.want("dataset-registered/1", body, "*.csv", about=export.reference)


def _ragged(export: Export, findings: Findings) -> None:
    for table in export.tables.values():
        for row, why in table.ragged:
            findings.add(table.file, row, RAGGED, why)


def _strangers(export: Export, known: set[str], cells: Cells) -> None:
    """Rows of no project: investors' money as one line, any other row by itself."""
    for name, table in export.tables.items():
        if name not in ("projects", "organisations", "transactions"):
            for line in table.lines:
                if (project := line.cells["project_id"].strip()) not in known:
                    cells.note(line, NO_PROJECT, project[:60] or "blank")
    if lines := export.lines("transactions"):
        row = f"{lines[0].first}-{lines[-1].last}"
        cells.findings.add("transactions.csv", row, INVESTORS, f"{len(lines)} rows between investors and providers")


def _left(export: Export, findings: Findings) -> None:
    """What no entry holds: whole columns, and what planned rows say that a plan does not."""
    for name, table in export.tables.items():
        for column in table.columns:
            filled = sum(bool(line.cells[column].strip()) for line in table.lines)
            if column not in READ[name] and filled and name != "transactions":
                findings.add(table.file, "", NO_PLACE, f"{column}, filled in {filled} rows")
    planned = [line for line in export.lines("payments") if line.cells["type"].strip() == "Planned"]
    for column in ("payer_org_ids", "notes"):
        if filled := sum(bool(line.cells[column].strip()) for line in planned):
            findings.add("payments.csv", "", NO_PLACE, f"{column} of planned payments, filled in {filled} rows")
