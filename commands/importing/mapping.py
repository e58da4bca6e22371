"""Mapping: how the lines of a finance system's listing are read into schemes, from a sheet and for each line.

Law: the first row of the map that fits a line holds. A line that no row fits is a fault: nothing is spread over what
is left, and nothing is dropped.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from commands.importing.columns import build, leaf
from commands.importing.findings import Findings
from commands.importing.finishing import WRONG
from commands.importing.group import Wanted
from commands.importing.sheets import read_sheet
from commands.importing.tables import Line
from ledger.errors import Malformed
from ledger.events.spending import MapRow
from ledger.values import decode_hook
from projections.journals import Journals

NEVER = "a row of the map that no line can reach: an earlier one takes them all"
HEADER = ("row", "cost_centre", "account", "scheme", "category", "accounts_as", "activity", "vat")


class Mapping:
    """The rows of a map; which of them a cost centre and an account belong to is found once."""

    def __init__(self, reference: str, pool: str, rows: Sequence[MapRow]) -> None:
        self.reference = reference
        self.pool = pool
        self.rows = tuple(rows)
        self._found: dict[tuple[str, str], MapRow | None] = {}

    def row(self, cost_centre: str, account: str) -> MapRow | None:
        """The first row that fits, or None."""
        posted = cost_centre, account
        if posted not in self._found:
            self._found[posted] = next((row for row in self.rows if fits(row, *posted)), None)
        return self._found[posted]


def fits(row: MapRow, cost_centre: str, account: str) -> bool:
    """Whether a row takes what is posted there."""
    if row.cost_centre not in ("*", cost_centre):
        return False
    return account.startswith(row.account[:-1]) if row.account.endswith("*") else account == row.account


def _takes_all(one: MapRow, other: MapRow) -> bool:
    """Whether every line that fits the other row fits this one."""
    if one.cost_centre not in ("*", other.cost_centre):
        return False
    if not one.account.endswith("*"):
        return one.account == other.account
    return other.account.startswith(one.account[:-1])


def read_map(path: Path, findings: Findings) -> list[MapRow]:
    """The rows of a sheet; each cell that is wrong is a fault. Raises NotFound, InputOutput, Malformed."""
    found = read_sheet(path)
    if odd := [name for name in found.columns if leaf(MapRow, name) is None]:
        raise Malformed(
            f"a map has no column {', '.join(odd)}: its columns are {', '.join(HEADER)}",
            where=found.file,
            next_step="outcomes import journal-map --template > map.csv",
        )
    for row, why in found.ragged:
        findings.wrong(found.file, row, WRONG, why)
    rows: list[MapRow] = []
    named: dict[str, Line] = {}
    for line in found.lines:
        made = _row(line, named, findings)
        if made is not None:
            if earlier := next((one for one in rows if _takes_all(one, made)), None):
                findings.add(line.file, line.row, NEVER, f"{made.row} after {earlier.row}")
            rows.append(made)
    if not rows and not findings.faults:
        raise Malformed("a map has at least one row", where=found.file)
    return rows


def _row(line: Line, named: dict[str, Line], findings: Findings) -> MapRow | None:
    built = build(MapRow, line.cells)
    faults = [f"{column}: {why}" for column, why in built.faults]
    name = str(built.body.get("row", ""))
    if name in named:
        faults.append(f"row: {name!r} is the name of the row in line {named[name].row} already")
    elif name:
        named[name] = line
    for fault in faults:
        findings.wrong(line.file, line.row, WRONG, fault)
    return None if faults else msgspec.convert(built.body, MapRow, dec_hook=decode_hook)


def statement(reference: str, pool: str, rows: Sequence[MapRow], file: str, journals: Journals) -> tuple[Wanted, int]:
    """The map as a statement, and the entry that says it already, or 0."""
    body: dict[str, Any] = {"map": reference, "pool": pool, "rows": [msgspec.to_builtins(row) for row in rows]}
    key = ("journal-map", reference, str(journals.mapped(reference)))
    wanted = Wanted("journal-mapped/1", body, file, "1", key)
    for held in (journals.waiting_map(reference), journals.map(reference)):
        if held and (held[0].pool, held[0].rows) == (pool, tuple(rows)):
            return wanted, held[1].position
    return wanted, 0
