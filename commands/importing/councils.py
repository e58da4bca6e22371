"""Councils: which body a GSS code is, by a published register, and who came after a body that is gone.

Law: a body's identifier is what the register says, never made from a code. A body that is gone keeps what it spent:
its successors are named to the reader, and nothing is recorded under their names.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from commands.importing.tables import Line, Table, read_bytes, read_csv
from ledger.errors import LedgerError, Malformed

REGISTER: Final = ("org_id", "name", "gss_code", "active")
SUCCESSORS: Final = ("local-authority-code", "official-name", "gss-code", "end-date", "replaced-by")


@dataclass(frozen=True, slots=True)
class Council:
    """A body of the register."""

    organisation: str
    name: str
    active: bool
    place: str
    """Where the register says so."""


@dataclass(frozen=True, slots=True)
class Register:
    """The bodies by GSS code, and what is known of those that are gone, by their own."""

    councils: dict[str, Council]
    twice: frozenset[str]
    """Codes that stand for more than one body."""
    gone: dict[str, str]

    def fate(self, code: str) -> str:
        """What became of a body that is gone, in words."""
        return self.gone.get(code, "the register names no successor; --successors FILE may")


def read_table(path: Path, columns: Iterable[str]) -> Table:
    """A CSV file with at least those columns. Raises NotFound, InputOutput, or Malformed with all that are missing."""
    table = read_csv(read_bytes(path), path.name)
    missing = [column for column in columns if column not in table.columns]
    if missing:
        raise Malformed(f"there is no column {', '.join(missing)}", where=path.name)
    return table


def read_register(path: Path, successors: Path | None) -> Register:
    """The register of councils. Raises NotFound, Malformed."""
    lines = [line for line in read_table(path, REGISTER).lines if line.cells["gss_code"].strip()]
    codes = [line.cells["gss_code"].strip() for line in lines]
    councils = {code: _council(line) for code, line in zip(codes, lines, strict=True)}
    twice = frozenset(code for code in councils if codes.count(code) > 1)
    return Register(councils, twice, _gone(read_table(successors, SUCCESSORS)) if successors else {})


def _council(line: Line) -> Council:
    cells = {name: line.cells[name].strip() for name in REGISTER}
    return Council(cells["org_id"], cells["name"], cells["active"].upper() == "TRUE", line.place)


def _gone(table: Table) -> dict[str, str]:
    """When each body ended and who came after it, by GSS code."""
    names = {line.cells["local-authority-code"].strip(): line.cells["official-name"].strip() for line in table.lines}
    found: dict[str, str] = {}
    for line in table.lines:
        after = [code.strip() for code in line.cells["replaced-by"].split(",") if code.strip()]
        if after:
            told = " and ".join(f"{names.get(code, 'a body without a name')} ({code})" for code in after)
            found[line.cells["gss-code"].strip()] = f"it ended on {line.cells['end-date'].strip()}; after it {told}"
    return found


def both(path: Path, successors: Path | None, file: Path, columns: Iterable[str]) -> tuple[Register, Table]:
    """The register and the return: whatever keeps one of them from being read is told of both. Raises Malformed."""
    faults: list[LedgerError] = []
    register, table = Register({}, frozenset(), {}), Table("", [])
    try:
        table = read_table(file, columns)
    except LedgerError as error:
        faults.append(error)
    try:
        register = read_register(path, successors)
    except LedgerError as error:
        faults.append(error)
    if len(faults) > 1:
        raise Malformed("\n  ".join(["neither file can be read:", *map(str, faults)]))
    if faults:
        raise faults[0]
    return register, table
