"""Sheets: CSV, ODS and XLSX files as tables, and their rows as statements of one kind."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import click

from commands.importing.columns import BESIDE, build, leaf
from commands.importing.findings import Findings
from commands.importing.finishing import WRONG
from commands.importing.group import Wanted
from commands.importing.tables import Table, read_bytes, read_csv, table
from ledger import events
from ledger.errors import Malformed


def read_sheet(path: Path) -> Table:
    """The table of a file. Raises NotFound, InputOutput, Malformed."""
    data = read_bytes(path)
    match path.suffix.lower():
        case ".csv":
            return read_csv(data, path.name)
        case ".ods" | ".xlsx":
            rows = workbook(data, path.name)
            return table(path.name, ((number, number, cells) for number, cells in enumerate(rows, 1)))
    raise Malformed("a file that ends in .csv, .ods or .xlsx is wanted", where=path.name)


def workbook(data: bytes, file: str) -> list[list[Any]]:
    """The rows of the first sheet of a workbook; its other sheets are named. Raises Malformed."""
    import io

    from python_calamine import CalamineError, CalamineWorkbook

    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        names = book.sheet_names
        rows: list[list[Any]] = book.get_sheet_by_index(0).to_python(skip_empty_area=False) if names else []
    except (CalamineError, OSError, ValueError) as error:
        raise Malformed(f"it cannot be read as a sheet: {error}", where=file) from None
    if len(names) > 1:
        click.echo(f"{file}: the sheet {names[0]!r} is read, and not {', '.join(map(repr, names[1:]))}", err=True)
    return rows


def statements(path: Path, kind: str, findings: Findings) -> list[Wanted]:
    """The rows of a file as statements of that kind; each cell that is wrong is a finding, and its row left out.

    Raises UnknownKind, NotFound, InputOutput, Malformed.
    """
    event, found = events.of_kind(kind), read_sheet(path)
    if odd := [name for name in found.columns if name != BESIDE and leaf(event, name) is None]:
        raise Malformed(
            f"{kind} has no column {', '.join(odd)}",
            where=found.file,
            next_step=f"outcomes import file --template {kind}",
        )
    for row, why in found.ragged:
        findings.wrong(found.file, row, WRONG, why)
    wanted: list[Wanted] = []
    alike: Counter[str] = Counter()
    for line in found.lines:
        built = build(event, line.cells)
        for column, why in built.faults:
            findings.wrong(found.file, line.row, WRONG, f"{column}: {why}")
        said = json.dumps([built.body, built.decision], sort_keys=True, ensure_ascii=False)
        alike[said] += 1
        if not built.faults:
            key = ("row", said, str(alike[said]))
            wanted.append(Wanted(kind, built.body, line.file, line.row, key, built.sealed, built.decision))
    return wanted
