"""Findings: what an import met in a file that a reader should know, row by row and counted by sort."""

from __future__ import annotations

import csv
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import click

from ledger.errors import InputOutput

NOT_TAKEN: Final = "not taken"
"""With this begins the sort of every finding about a row of which nothing is recorded."""
FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding: the file, the row or rows (physical lines), its sort, and the figures."""

    file: str
    row: str
    what: str
    why: str

    @property
    def place(self) -> str:
        return f"{self.file}:{self.row}" if self.row else self.file


@dataclass(slots=True)
class Findings:
    """All of one import, in the order in which they were met."""

    all: list[Finding] = field(default_factory=list)
    faults: list[Finding] = field(default_factory=list)
    """What keeps a row, or the whole import, from being recorded."""

    def wrong(self, file: str, row: str, what: str, why: str) -> None:
        """One more fault."""
        self.faults.append(Finding(file, row, what, why))

    def add(self, file: str, row: str, what: str, why: str) -> None:
        """One more."""
        self.all.append(Finding(file, row, what, why))

    def counts(self) -> Counter[str]:
        """How many of each sort."""
        return Counter(finding.what for finding in self.all)

    def report(self) -> None:
        """The findings on stderr: each sort with its number and its first case."""
        if not self.all:
            return
        click.echo(f"Findings ({len(self.all):,}):", err=True)
        for what, count in self.counts().most_common():
            first = next(finding for finding in self.all if finding.what == what)
            click.echo(f"{count:>6}  {what}", err=True)
            click.echo(f"        {'as in' if count > 1 else 'in'} {first.place}: {first.why}", err=True)

    def write(self, path: Path) -> None:
        """Every fault and finding as CSV. Raises InputOutput."""
        try:
            with path.open("w", encoding="utf-8", newline="") as stream:
                writer = csv.writer(stream, lineterminator="\n")
                writer.writerow(("file", "row", "what", "why"))
                for one in (*self.faults, *self.all):
                    writer.writerow([_safe(text) for text in (one.file, _rows(one.row), one.what, one.why)])
        except OSError as error:
            raise InputOutput(f"{error.strerror}", where=str(path)) from None


def _rows(row: str) -> str:
    """Rows in words: a spreadsheet would take 3-5 for a date, and 105,110 for one number."""
    return row.replace("-", " to ").replace(",", " and ")


def _safe(text: str) -> str:
    """A cell that no spreadsheet runs."""
    return f"'{text}" if text.lstrip(" \xa0").startswith(FORMULA) else text
