"""A paper as an Excel workbook.

Law: no text becomes a formula, a number or a link, and no clock is read: the same paper gives the same bytes.
"""

from __future__ import annotations

import io
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, Final

import xlsxwriter  # type: ignore[import-untyped]

from projections.papers.sheets import Cell, Sheet, sheets

if TYPE_CHECKING:
    from projections.papers.paper import Paper

OPTIONS: Final = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_numbers": False,
    "strings_to_urls": False,
}
LOOKS: Final[dict[str, dict[str, str | int]]] = {
    "text": {"num_format": "@", "align": "left"},
    "over": {"num_format": "@", "align": "right", "indent": 1},
    "money": {"num_format": "#,##0.00", "align": "right", "indent": 1},
    "whole": {"num_format": "0", "align": "right", "indent": 1},
    "figure": {"num_format": "General", "align": "right", "indent": 1},
    "day": {"num_format": "yyyy-mm-dd", "align": "left"},
}
LONG_AGO: Final = datetime(1980, 1, 1, tzinfo=UTC)
A4: Final = 9


def workbook(paper: Paper) -> bytes:
    """The workbook's bytes. Raises Malformed where a section does not fit a sheet."""
    data = io.BytesIO()
    with xlsxwriter.Workbook(data, OPTIONS) as book:
        made = (paper.date_known or LONG_AGO).astimezone(UTC).replace(tzinfo=None)
        book.set_properties({"title": paper.title, "subject": paper.subtitle, "created": made})
        formats = {
            (look, bold): book.add_format({**shape, "bold": bold, "valign": "top"})
            for look, shape in LOOKS.items()
            for bold in (False, True)
        }
        for sheet in sheets(paper):
            _fill(book.add_worksheet(sheet.name), sheet, formats)
    return data.getvalue()


def _fill(page: Any, sheet: Sheet, formats: dict[tuple[str, bool], Any]) -> None:
    page.set_landscape()
    page.set_paper(A4)
    page.fit_to_pages(1, 0)
    page.repeat_rows(sheet.heads)
    page.freeze_panes(sheet.heads + 1, 0)
    for column, width in enumerate(sheet.widths):
        page.set_column(column, column, width)
    for number, line in enumerate(sheet.lines):
        for column, cell in enumerate(line):
            if cell is not None:
                _write(page, number, column, cell, formats[cell.look, cell.bold])
    if sheet.widths:  # references of digits are text, and no mistake
        page.ignore_errors({"number_stored_as_text": f"A1:{_address(len(sheet.lines), len(sheet.widths) - 1)}"})


def _write(page: Any, line: int, column: int, cell: Cell, look: Any) -> None:
    value = cell.value
    if cell.sums is not None:
        first, last = cell.sums
        formula = f"=SUM({_address(first, column)}:{_address(last, column)})"
        page.write_formula(line, column, formula, look, float(value))  # type: ignore[arg-type]
    elif isinstance(value, str):
        page.write_string(line, column, value, look)
    elif isinstance(value, date):
        page.write_datetime(line, column, datetime(value.year, value.month, value.day), look)  # noqa: DTZ001 a day
    else:
        page.write_number(line, column, float(value), look)


def _address(line: int, column: int) -> str:
    """A cell as a sheet names it: B7."""
    name: str = xlsxwriter.utility.xl_rowcol_to_cell(line, column)
    return name
