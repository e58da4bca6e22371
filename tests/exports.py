"""Made-up exports and sheets to import: small, and dirty where a test says so."""

from __future__ import annotations

import csv
import zipfile
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape, quoteattr

Rows = list[list[str]]

CLEAN: dict[str, Rows] = {
    "projects": [
        [
            *("project_id", "name", "fund", "contract_signed", "service_start", "anticipated_completion"),
            *("max_outcome_payment", "currency", "target_population", "target_n"),
        ],
        [
            *("INDIGO-POJ-0001", "Better starts", "INDIGO-FUND-0012", "2020-01", "2020-04", "2024-03"),
            *("1000.00", "GBP", "Families", "40"),
        ],
    ],
    "organisations": [
        ["org_id", "name", "type"],
        ["INDIGO-ORG-0001", "Anytown Borough Council", "Government body"],
        ["INDIGO-ORG-0002", "Department for Examples", "Government body"],
    ],
    "commitments": [
        ["project_id", "org_id", "org_name", "max_outcome_payment", "currency", "notes"],
        ["INDIGO-POJ-0001", "INDIGO-ORG-0001", "Anytown Borough Council", "600", "GBP", ""],
        ["INDIGO-POJ-0001", "INDIGO-ORG-0002", "Department for Examples", "400", "GBP", "Raised in March."],
    ],
    "metrics": [
        [
            *("project_id", "metric_id", "definition", "target_n", "target"),
            *("validation_method", "data_source"),
        ],
        ["INDIGO-POJ-0001", "m1", "A tenancy\nis kept", "10", "", "By a visit", "Records"],
    ],
    "prices": [
        ["project_id", "metric_id", "currency", "price_per_unit", "max_price", "description"],
        ["INDIGO-POJ-0001", "m1", "GBP", "100", "900", ""],
    ],
    "payments": [
        [
            *("project_id", "plan_id", "metric_id", "period_start", "period_end", "payer_org_ids", "type", "amount"),
            *("currency", "notes"),
        ],
        [
            *("INDIGO-POJ-0001", "plan1", "", "2020-04", "2020-06", "INDIGO-ORG-0001", "Planned"),
            *("250", "GBP", ""),
        ],
        [
            *("INDIGO-POJ-0001", "", "", "2020-04", "2020-06", "INDIGO-ORG-0001", "Actual"),
            *("200", "GBP", "In March"),
        ],
    ],
    "results": [
        [
            *("project_id", "metric_id", "type", "period_start", "period_end"),
            *("outcomes_achieved", "engaged"),
        ],
        ["INDIGO-POJ-0001", "m1", "Final", "2020-04", "2020-06", "3", "9"],
    ],
    "transactions": [["project_id", "amount"], ["INDIGO-POJ-0001", "50000"]],
}


def copy() -> dict[str, Rows]:
    """The clean export, to be dirtied."""
    return {name: [list(row) for row in rows] for name, rows in CLEAN.items()}


def write(folder: Path, tables: dict[str, Rows]) -> Path:
    """An export's eight files."""
    folder.mkdir(exist_ok=True)
    for name, rows in tables.items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream, lineterminator="\n").writerows(rows)
    return folder


def sheet(path: Path, rows: Sequence[Sequence[Any]]) -> Path:
    """A sheet in the form that the file's name says."""
    if path.suffix == ".csv":
        with path.open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream, lineterminator="\n").writerows(rows)
    elif path.suffix == ".ods":
        _ods(path, rows)
    else:
        _xlsx(path, rows)
    return path


def _ods(path: Path, rows: Sequence[Sequence[Any]]) -> None:
    lines = "".join(f"<table:table-row>{''.join(map(_ods_cell, row))}</table:table-row>" for row in rows)
    spaces = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text")
    )
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {spaces}><office:body><office:spreadsheet>'
        f'<table:table table:name="One">{lines}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    manifest = "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", kind)
        archive.writestr("content.xml", content)
        archive.writestr(
            "META-INF/manifest.xml",
            f'<manifest:manifest xmlns:manifest="{manifest}"><manifest:file-entry manifest:full-path="/" '
            f'manifest:media-type="{kind}"/></manifest:manifest>',
        )


def _ods_cell(value: Any) -> str:
    if isinstance(value, date):
        return f'<table:table-cell office:value-type="date" office:date-value="{value}"/>'
    if isinstance(value, int | float):
        return f'<table:table-cell office:value-type="float" office:value={quoteattr(repr(value))}/>'
    return f'<table:table-cell office:value-type="string"><text:p>{escape(value)}</text:p></table:table-cell>'


def _xlsx(path: Path, rows: Sequence[Sequence[Any]]) -> None:
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    lines = "".join(
        f'<row r="{number}">{"".join(_xlsx_cell(number, at, value) for at, value in enumerate(row))}</row>'
        for number, row in enumerate(rows, 1)
    )
    files = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types">'
        '<Default Extension="xml" ContentType="application/xml"/>'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Override PartName="/xl/workbook.xml" ContentType='
        '"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships">'
        f'<Relationship Id="r1" Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{office}"><sheets>'
        '<sheet name="One" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships">'
        f'<Relationship Id="r1" Type="{office}/worksheet" Target="worksheets/sheet1.xml"/>'
        f'<Relationship Id="r2" Type="{office}/styles" Target="styles.xml"/></Relationships>',
        "xl/styles.xml": f'<styleSheet xmlns="{main}"><cellXfs count="2"><xf numFmtId="0"/>'
        '<xf numFmtId="14" applyNumberFormat="1"/></cellXfs></styleSheet>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{main}"><sheetData>{lines}</sheetData></worksheet>',
    }
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, f'<?xml version="1.0" encoding="UTF-8"?>{content}')


def _xlsx_cell(row: int, column: int, value: Any) -> str:
    place = f"{chr(ord('A') + column)}{row}"
    if isinstance(value, date):
        return f'<c r="{place}" s="1"><v>{(value - date(1899, 12, 30)).days}</v></c>'
    if isinstance(value, int | float):
        return f'<c r="{place}"><v>{value!r}</v></c>'
    return f'<c r="{place}" t="inlineStr"><is><t>{escape(value)}</t></is></c>'
