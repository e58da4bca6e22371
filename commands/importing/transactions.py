"""Transactions: the rows of a finance system's listing, one after another, however long the file is.

Law: a CSV file is read as a stream, so that its length costs time and no memory. Only the columns that a journal needs
are read; the others, with the names and descriptions in them, are never looked at.
"""

from __future__ import annotations

import csv
import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, Final

from commands.importing.columns import plain
from commands.importing.sheets import workbook
from commands.importing.tables import read_bytes
from ledger.errors import InputOutput, LedgerError, Malformed, NotFound
from ledger.values import Digest

COLUMNS: Final = ("period", "date", "cost_centre", "account", "amount", "vat", "reference")
"""What a journal is made of. A listing has a period or a date, and may do without VAT and references."""
REQUIRED: Final = ("cost_centre", "account", "amount")
ABOVE: Final = 30
"""How many rows may stand above the header: finance systems print their reports' titles there."""

Row = tuple[str, Sequence[Any]]
"""The physical line or lines, and the cells."""


@dataclass(slots=True)
class Listing:
    """A file whose header was found: where each column is, and the rows after it."""

    file: str
    digest: Digest
    at: dict[str, int]
    width: int
    rows: Iterator[Row]
    above: int
    unread: list[str]

    def lines(self) -> Iterator[tuple[str, dict[str, Any] | str]]:
        """Each row that is not blank: its cells by our names, or what is wrong with the row."""
        for row, cells in self.rows:
            if not any(_there(cell) for cell in cells):
                continue
            if len(cells) < self.width or any(_there(cell) for cell in cells[self.width :]):
                yield row, f"{len(cells)} cells where the header has {self.width}"
            else:
                yield row, {name: cells[at] for name, at in self.at.items()}


def open_listing(path: Path, named: Mapping[str, str]) -> Listing:
    """Find the header; `named` says what the file calls our columns. Raises NotFound, InputOutput, Malformed."""
    digest, rows = _rows(path)
    seen: list[Row] = []
    for row in rows:
        if not any(_there(cell) for cell in row[1]):
            continue
        at = _columns(row[1], named)
        if all(name in at for name in REQUIRED) and ("period" in at or "date" in at):
            names = [_name(cell) for cell in row[1]]
            while names and not names[-1]:
                names.pop()
            unread = [name for number, name in enumerate(names) if name and number not in at.values()]
            _once(names, at, f"{path.name}:{row[0]}")
            return Listing(path.name, digest, at, len(names), rows, len(seen), unread)
        seen.append(row)
        if len(seen) >= ABOVE:
            break
    raise _no_header(path.name, seen, named)


def _columns(header: Sequence[Any], named: Mapping[str, str]) -> dict[str, int]:
    """Where each of our columns stands in a header."""
    there = {_key(plain(cell)): at for at, cell in reversed(list(enumerate(header))) if _there(cell)}
    wanted = {name: _key(named.get(name, name)) for name in COLUMNS}
    return {name: there[key] for name, key in wanted.items() if key in there}


def _key(name: str) -> str:
    """Case, underlines and spaces make no difference."""
    return " ".join(re.split(r"[\s_-]+", name.strip().casefold()))


def _once(names: list[str], at: Mapping[str, int], where: str) -> None:
    keys = [_key(name) for name in names]
    if twice := [name for name, number in at.items() if keys.count(keys[number]) > 1]:
        raise Malformed(f"a column is there twice: {', '.join(names[at[name]] for name in twice)}", where=where)


def _no_header(file: str, seen: list[Row], named: Mapping[str, str]) -> LedgerError:
    """What is missing from the row that comes nearest to a header."""
    if not seen:
        return Malformed("it is empty: a header with the names of the columns is wanted", where=file)
    row, cells = max(seen, key=lambda one: len(_columns(one[1], named)))
    at = _columns(cells, named)
    missing = [named.get(name, name) for name in REQUIRED if name not in at]
    if not {"period", "date"} & at.keys():
        missing.append(f"{named.get('period', 'period')} or {named.get('date', 'date')}")
    there = ", ".join(_name(cell)[:40] for cell in cells if _there(cell))
    return Malformed(
        f"there is no column {', '.join(missing)}; it has {there}",
        where=f"{file}:{row}",
        next_step=f"--column {next((name for name in REQUIRED if name not in at), 'date')}=NAME says which one it is",
    )


# -- rows -------------------------------------------------------------------------------------------


def _rows(path: Path) -> tuple[Digest, Iterator[Row]]:
    """The SHA-256 of the file, and its rows."""
    match path.suffix.lower():
        case ".csv":
            digest = _digest(path)
            return digest, _csv(path)
        case ".ods" | ".xlsx":
            data = read_bytes(path)
            table = workbook(data, path.name)
            return Digest(hashlib.sha256(data).digest()), ((str(row), cells) for row, cells in enumerate(table, 1))
    raise Malformed("a file that ends in .csv, .ods or .xlsx is wanted", where=path.name)


def _digest(path: Path) -> Digest:
    try:
        with path.open("rb") as stream:
            return Digest(hashlib.file_digest(stream, "sha256").digest())
    except FileNotFoundError:
        raise NotFound("there is no such file", where=str(path), next_step="name the file to import") from None
    except OSError as error:
        raise InputOutput(f"{error.strerror}", where=str(path)) from None


def _csv(path: Path) -> Iterator[Row]:
    """The rows of a CSV file, as a stream. Raises Malformed where the file stops being one."""
    before = 0
    with path.open(encoding="utf-8-sig", newline="") as stream:
        reader = csv.reader(stream, strict=True)
        try:
            for cells in reader:
                first, last = before + 1, reader.line_num
                yield (str(first) if first == last else f"{first}-{last}"), cells
                before = last
        except csv.Error as error:
            raise Malformed(f"this is not CSV: {error}", where=f"{path.name}:{before + 1}") from None
        except UnicodeDecodeError:
            where = f"{path.name}:{_undecoded(path)}"
            raise Malformed("it is not UTF-8 from here on: save it as CSV UTF-8", where=where) from None


def _undecoded(path: Path) -> int:
    """The first line that is not UTF-8; the decoder itself reads ahead."""
    with path.open("rb") as stream:
        for number, line in enumerate(chain(stream, [b""]), 1):
            try:
                line.decode()
            except UnicodeDecodeError:
                return number
    return number


def _name(cell: Any) -> str:
    """A header's cell in one line, so that it does nothing to a terminal."""
    name = " ".join(plain(cell).split()) if _there(cell) else ""
    return name if name.isprintable() else repr(name)


def _there(cell: Any) -> bool:
    return cell is not None and str(cell).strip() != ""
