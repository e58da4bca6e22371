"""Tables: the rows of a CSV file, each with the physical lines that it stands on.

Law: a file that cannot be read as what it says it is gives an error that names the file and the line, never half of
its rows.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ledger.errors import InputOutput, Malformed, NotFound


@dataclass(frozen=True, slots=True)
class Line:
    """One row: its file, the lines from first to last, and its cells by column."""

    file: str
    first: int
    last: int
    cells: dict[str, Any]

    @property
    def row(self) -> str:
        return str(self.first) if self.first == self.last else f"{self.first}-{self.last}"

    @property
    def place(self) -> str:
        """Such as ``metrics.csv:3-5``."""
        return f"{self.file}:{self.row}"


@dataclass(slots=True)
class Table:
    """A file's columns and rows; `ragged` are the rows with more or fewer cells than there are columns."""

    file: str
    columns: list[str]
    lines: list[Line] = field(default_factory=list)
    ragged: list[tuple[str, str]] = field(default_factory=list)


def read_bytes(path: Path) -> bytes:
    """A file's bytes. Raises NotFound, InputOutput."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise NotFound("there is no such file", where=str(path), next_step="name the file to import") from None
    except OSError as error:
        raise InputOutput(f"{error.strerror}", where=str(path)) from None


def read_csv(data: bytes, file: str) -> Table:
    """The table in a CSV file's bytes. Raises Malformed."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise Malformed("it is not UTF-8 from here on: save it as CSV UTF-8", where=f"{file}:{line}") from None
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows: list[tuple[int, int, list[str]]] = []
    before = 0
    try:
        for cells in reader:
            rows.append((before + 1, reader.line_num, cells))
            before = reader.line_num
    except csv.Error as error:
        raise Malformed(f"this is not CSV: {error}", where=f"{file}:{before + 1}") from None
    return table(file, rows)


def table(file: str, rows: Iterable[tuple[int, int, Sequence[Any]]]) -> Table:
    """A table from rows with their lines: the first row that is not blank is the header. Raises Malformed."""
    full = [(first, last, cells) for first, last, cells in rows if any(_there(cell) for cell in cells)]
    if not full:
        raise Malformed("it is empty: a header with the names of the columns is wanted", where=file)
    (first, _, header), *rest = full
    found = Table(file, _columns(header, f"{file}:{first}"))
    for first, last, cells in rest:
        line = Line(file, first, last, {})
        if len(cells) < len(found.columns) or any(_there(cell) for cell in cells[len(found.columns) :]):
            found.ragged.append((line.row, f"{len(cells)} cells where the header has {len(found.columns)}"))
        else:
            line.cells.update(zip(found.columns, cells, strict=False))
            found.lines.append(line)
    return found


def _columns(header: Sequence[Any], where: str) -> list[str]:
    """The names, in order; blank columns at the end of a sheet are none."""
    names = [str(cell).strip() for cell in header]
    while names and not names[-1]:
        names.pop()
    if "" in names:
        raise Malformed(f"column {names.index('') + 1} has no name", where=where)
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise Malformed(f"a column is there twice: {', '.join(twice)}", where=where)
    return names


def _there(cell: Any) -> bool:
    return cell is not None and str(cell).strip() != ""


def places(file: str, lines: Iterable[Line], longest: int = 120) -> str:
    """Where several rows stand, such as ``payments.csv:3-5,9``; as first and last where that grows too long."""
    runs: list[list[int]] = []
    count = 0
    for line in sorted(lines, key=lambda line: line.first):
        count += 1
        if runs and line.first == runs[-1][1] + 1:
            runs[-1][1] = line.last
        else:
            runs.append([line.first, line.last])
    told = ",".join(str(first) if first == last else f"{first}-{last}" for first, last in runs)
    if len(told) > longest:
        told = f"{runs[0][0]}-{runs[-1][1]} ({count} rows)"
    return f"{file}:{told}"
