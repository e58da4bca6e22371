"""A paper as a spreadsheet: what stands in which cell, before it is written as ODS or XLSX.

Law: figures are numbers, days are days, and everything else is text, whatever it begins with. A total is a formula only
where the formula comes to the total that is stated, which is stored beside it; else it is the stated number.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final, Literal

from ledger.errors import Malformed
from ledger.values import Number, Pence
from projections.papers.paper import Paper, Section
from projections.rows import cell, shown

Look = Literal["text", "over", "money", "whole", "figure", "day"]
"""Text, what stands over figures, a sum in pounds, a count, a figure as it was published, a day."""
MOST_ROWS: Final = 1_000_000
"""A sheet ends at 1,048,576 lines, and what does not fit would be dropped without a word."""
MOST_TEXT: Final = 32_000
"""A cell of a sheet ends at 32,767 characters."""
_NOT_IN_A_NAME = re.compile(r"[\[\]:*?/\\\x00-\x1f]")
_NOT_IN_XML = re.compile("[^\t\n\r\x20-\x7e\x80-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell; `sums` is the lines (the first and the last, from 0) of its own column that it adds up."""

    value: str | int | Decimal | date
    look: Look = "text"
    bold: bool = False
    sums: tuple[int, int] | None = None


Line = tuple[Cell | None, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet: its name, its lines, the line of its headings, and how wide its columns are, in characters."""

    name: str
    lines: tuple[Line, ...]
    heads: int
    widths: tuple[int, ...]


def sheets(paper: Paper) -> list[Sheet]:
    """A sheet for each section. Raises Malformed where a section has more rows than a sheet takes."""
    found: list[Sheet] = []
    for section in paper.sections:
        if len(section.rows) > MOST_ROWS:
            why = f"{len(section.rows):,} rows are more than the {MOST_ROWS:,} that a sheet takes here"
            raise Malformed(why, where=section.heading, next_step="write it as .csv, which has no end")
        name = _name(section.heading or paper.title, {sheet.name.casefold() for sheet in found})
        found.append(_sheet(paper, section, name))
    return found


def _name(wanted: str, taken: set[str]) -> str:
    """A name that both programs take, and that no other sheet has: Excel keeps one for itself."""
    plain = " ".join(_NOT_IN_A_NAME.sub(" ", clean(wanted)).split()).strip("'")[:31].strip(" '") or "Sheet"
    taken = {*taken, "history"}
    numbered = (f"{plain[:27].strip()} {number}" for number in range(2, 1_000))
    return plain if plain.casefold() not in taken else next(name for name in numbered if name.casefold() not in taken)


def _sheet(paper: Paper, section: Section, name: str) -> Sheet:
    title = ", ".join(filter(None, (paper.title, paper.subtitle)))
    above = [title, *([section.heading] if len(paper.sections) > 1 else []), *section.sentences]
    lines: list[Line] = [(Cell(clean(line), bold=not number),) for number, line in enumerate(above)]
    heads = len(lines)
    lines.append(tuple(_head(section, column) for column in section.columns))
    lines += [tuple(_cell(row.get(column)) for column in section.columns) for row in section.rows]
    if section.totals:
        lines.append(tuple(_totals(section, heads + 1)))
    table = lines[heads:]
    lines += [(), *((Cell(clean(line)),) for line in (paper.footing, paper.known) if line)]
    widths = tuple(max(map(_width, column)) for column in zip(*table, strict=True))
    return Sheet(name, tuple(lines), heads, widths)


def _head(section: Section, column: str) -> Cell:
    return Cell(clean(section.head(column)), "over" if section.to_the_right(column) else "text", bold=True)


def _cell(value: Any, *, bold: bool = False) -> Cell | None:
    """The cell of a value; none where it is missing."""
    if value is None or value in ((), ""):
        return None
    if isinstance(value, Pence):
        return Cell(Decimal(str(value)), "money", bold)
    if isinstance(value, Number):
        return Cell(Decimal(value), "figure", bold)
    if isinstance(value, int) and not isinstance(value, bool):
        return Cell(int(value), "whole", bold)
    if isinstance(value, date):
        return Cell(value, "day", bold)
    return Cell(_text(value), "text", bold)


def _totals(section: Section, first: int) -> Iterator[Cell | None]:
    """The last line: a formula where the column above adds up to what is stated."""
    totals = section.totals or {}
    for column in section.columns:
        stated = _cell(totals.get(column), bold=True)
        above = [row.get(column) for row in section.rows]
        if stated and section.rows and stated.look in ("money", "whole") and _adds_up(above, totals[column]):
            stated = Cell(stated.value, stated.look, True, (first, first + len(section.rows) - 1))
        yield stated


def _adds_up(above: list[Any], total: int) -> bool:
    figures = [value for value in above if value is not None]
    return all(type(value) is type(total) for value in figures) and sum(figures) == total


def _text(value: Any) -> str:
    """Whole where a cell can hold it; else so much of it that it is seen to be cut."""
    whole = clean(cell(value))
    if len(whole) <= MOST_TEXT:
        return whole
    short = shown(value) if isinstance(value, tuple) else ""
    return short if 0 < len(short) <= MOST_TEXT else f"{whole[:MOST_TEXT]} ... ({len(whole):,} characters in all)"


def clean(text: str) -> str:
    """Text without the signs that no XML may hold."""
    return _NOT_IN_XML.sub("\ufffd", text)


def _width(one: Cell | None) -> int:
    """How many characters a cell would like, within reason."""
    if one is None:
        return 6
    wide = len(f"{one.value:,.2f}") if one.look == "money" else len(str(one.value))
    return min(max(wide + 3, 6), 44)
