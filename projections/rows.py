"""Rows: what a view shows, the same in a table, in JSON, in JSON lines and in CSV.

Law: every row names the entries that it rests on. Missing is not zero: it is an empty cell, or null.
Money is a decimal string. A cell of text that a spreadsheet would take for a formula is marked as text.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from ledger.values import Number, Pence

Row = dict[str, Any]
MOST_SHOWN = 10
"""Entries in a cell of a table; the other forms name every one."""
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def written(rows: Sequence[Row], columns: Sequence[str], form: str) -> Iterator[str]:
    """The rows in that form (table, json, jsonl, csv), as pieces of text."""
    if form == "json":
        yield json.dumps([plain(row, columns) for row in rows], indent=1, ensure_ascii=False) + "\n"
    elif form == "jsonl":
        yield from (json.dumps(plain(row, columns), ensure_ascii=False) + "\n" for row in rows)
    elif form == "csv":
        yield from _csv(rows, columns)
    else:
        yield from _table(rows, columns)


def plain(row: Row, columns: Sequence[str]) -> Row:
    """A row as JSON holds it."""
    return {name: _json(row.get(name)) for name in columns}


def _json(value: Any) -> Any:
    if isinstance(value, Pence | date):
        return str(value)
    if isinstance(value, dict):
        return {name: _json(inner) for name, inner in value.items()}
    return list(value) if isinstance(value, tuple) else value


def cell(value: Any) -> str:
    """A value in a cell of CSV: every entry is named."""
    if value is None:
        return ""
    if isinstance(value, tuple):
        return " ".join(str(one) for one in value)
    if isinstance(value, dict):
        return " ".join(f"{name}={inner}" for name, inner in value.items())
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def _csv(rows: Sequence[Row], columns: Sequence[str]) -> Iterator[str]:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_safe(row.get(name)) for name in columns])
    yield buffer.getvalue()


def _safe(value: Any) -> str:
    """A cell that no spreadsheet runs (what is no figure: a negative amount is one)."""
    text = cell(value)
    return f"'{text}" if not isinstance(value, int | Number) and text.lstrip(" \xa0").startswith(FORMULA) else text


def _table(rows: Sequence[Row], columns: Sequence[str]) -> Iterator[str]:
    """Columns as wide as they must be; money to the right, with its thousands."""
    cells = [[shown(row.get(name)) for name in columns] for row in rows]
    heads = [name.replace("_", " ") for name in columns]
    widths = [max(map(len, column)) for column in zip(heads, *cells, strict=True)]
    right = [any(isinstance(row.get(name), Pence | int) for row in rows) for name in columns]
    for line in (heads, *cells):
        fitted = (
            cell.rjust(width) if to_right else cell.ljust(width)
            for cell, width, to_right in zip(line, widths, right, strict=True)
        )
        yield "  ".join(fitted).rstrip() + "\n"


def shown(value: Any) -> str:
    """A value as people read it: sums with their thousands, and no more entries than fit."""
    if isinstance(value, Pence):
        return value.spoken.replace("GBP ", "")
    if isinstance(value, tuple) and len(value) > MOST_SHOWN and isinstance(value[0], int):
        return f"{cell(value[: MOST_SHOWN - 2])} ... {value[-1]} ({len(value):,} in all)"
    return cell(value)
