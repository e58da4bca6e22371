"""A paper as an OpenDocument spreadsheet, version 1.3 (ISO/IEC 26300-1).

Written here and not by a package: those that are kept either store no result beside a formula, or read the clock, or
bring a whole XML library. What we need of the format is a zip of five files.

Law: a number is written in its own decimals, never as a binary fraction; the same paper gives the same bytes.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING, Final
from xml.sax.saxutils import escape, quoteattr

from projections.papers.sheets import Cell, Look, Sheet, clean, sheets

if TYPE_CHECKING:
    from projections.papers.paper import Paper

MIMETYPE: Final = "application/vnd.oasis.opendocument.spreadsheet"
PROLOGUE: Final = '<?xml version="1.0" encoding="UTF-8"?>\n'
NAMES: Final = " ".join(
    f'xmlns:{prefix}="{name}"'
    for prefix, name in (
        *((part, f"urn:oasis:names:tc:opendocument:xmlns:{part}:1.0") for part in ("office", "table", "text", "style")),
        ("number", "urn:oasis:names:tc:opendocument:xmlns:datastyle:1.0"),
        ("fo", "urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0"),
        ("meta", "urn:oasis:names:tc:opendocument:xmlns:meta:1.0"),
        ("of", "urn:oasis:names:tc:opendocument:xmlns:of:1.2"),
        ("dc", "http://purl.org/dc/elements/1.1/"),
    )
)
MANIFEST: Final = (
    f'{PROLOGUE}<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0" '
    f'manifest:version="1.3"><manifest:file-entry manifest:full-path="/" manifest:media-type="{MIMETYPE}"/>'
    + "".join(
        f'<manifest:file-entry manifest:full-path="{name}.xml" manifest:media-type="text/xml"/>'
        for name in ("content", "styles", "meta")
    )
    + "</manifest:manifest>"
)
NUMBERS: Final = (
    '<number:number-style style:name="n-money"><number:number number:decimal-places="2" '
    'number:min-decimal-places="2" number:min-integer-digits="1" number:grouping="true"/></number:number-style>'
    '<number:number-style style:name="n-whole"><number:number number:decimal-places="0" '
    'number:min-integer-digits="1"/></number:number-style>'
    '<number:number-style style:name="n-figure"><number:number number:min-integer-digits="1"/></number:number-style>'
    '<number:date-style style:name="n-day"><number:year number:style="long"/><number:text>-</number:text>'
    '<number:month number:style="long"/><number:text>-</number:text><number:day number:style="long"/>'
    '</number:date-style><number:text-style style:name="n-text"><number:text-content/></number:text-style>'
)
LOOKS: Final[dict[Look, str]] = {
    "text": "start",
    "over": "end",
    "money": "end",
    "whole": "end",
    "figure": "end",
    "day": "start",
}
"""To which side each stands."""
EVERY: Final = (1980, 1, 1, 0, 0, 0)
"""The moment of every file in the zip: the first that the format knows."""


def spreadsheet(paper: Paper) -> bytes:
    """The spreadsheet's bytes. Raises Malformed where a section does not fit a sheet."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as packed:
        for name, text in (
            ("mimetype", MIMETYPE),  # first, and not compressed: the format asks for it
            ("META-INF/manifest.xml", MANIFEST),
            ("content.xml", "".join(_content(sheets(paper)))),
            ("styles.xml", _styles(paper.language)),
            ("meta.xml", _meta(paper)),
        ):
            entry = zipfile.ZipInfo(name, EVERY)
            entry.create_system = 0
            entry.compress_type = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            packed.writestr(entry, text.encode())
    return data.getvalue()


def _styles(language: str) -> str:
    tongue, _, country = language.partition("-")
    return (
        f'{PROLOGUE}<office:document-styles {NAMES} office:version="1.3"><office:styles>'
        '<style:default-style style:family="table-cell"><style:text-properties fo:font-size="10pt" '
        f"fo:language={quoteattr(tongue)} fo:country={quoteattr(country or 'none')}/></style:default-style>"
        '<style:style style:name="Default" style:family="table-cell"/></office:styles><office:automatic-styles>'
        '<style:page-layout style:name="pl"><style:page-layout-properties fo:page-width="297mm" '
        'fo:page-height="210mm" style:print-orientation="landscape" style:scale-to-X="1" style:scale-to-Y="0"/>'
        "</style:page-layout></office:automatic-styles><office:master-styles><style:master-page "
        'style:name="Default" style:page-layout-name="pl"/></office:master-styles></office:document-styles>'
    )


def _meta(paper: Paper) -> str:
    made = f"{paper.date_known:%Y-%m-%dT%H:%M:%SZ}" if paper.date_known else ""
    return (
        f'{PROLOGUE}<office:document-meta {NAMES} office:version="1.3"><office:meta>'
        f"<dc:title>{escape(clean(paper.title))}</dc:title><dc:subject>{escape(clean(paper.subtitle))}</dc:subject>"
        f"<dc:language>{escape(paper.language)}</dc:language>"
        + (f"<meta:creation-date>{made}</meta:creation-date><dc:date>{made}</dc:date>" if made else "")
        + "</office:meta></office:document-meta>"
    )


def _content(pages: list[Sheet]) -> Iterator[str]:
    yield f'{PROLOGUE}<office:document-content {NAMES} office:version="1.3"><office:automatic-styles>{NUMBERS}'
    yield '<style:style style:name="page" style:family="table" style:master-page-name="Default"/>'
    for width in sorted({width for page in pages for width in page.widths}):
        yield f'<style:style style:name="w{width}" style:family="table-column"><style:table-column-properties '
        yield f'style:column-width="{width * 2.1:.1f}mm"/></style:style>'
    for look, side in LOOKS.items():
        numbers = "text" if look == "over" else look
        for name, weight in ((look, "normal"), (f"{look}-bold", "bold")):
            yield f'<style:style style:name="{name}" style:family="table-cell" style:data-style-name="n-{numbers}">'
            yield '<style:table-cell-properties fo:padding-left="1mm" fo:padding-right="2mm" '
            yield f'style:text-align-source="fix"/><style:paragraph-properties fo:text-align="{side}"/>'
            yield f'<style:text-properties fo:font-weight="{weight}"/></style:style>'
    yield "</office:automatic-styles><office:body><office:spreadsheet>"
    for page in pages:
        yield from _table(page)
    yield "</office:spreadsheet></office:body></office:document-content>"


def _table(page: Sheet) -> Iterator[str]:
    yield f'<table:table table:name={quoteattr(page.name)} table:style-name="page">'
    yield from (f'<table:table-column table:style-name="w{width}"/>' for width in page.widths)
    if not page.widths:
        yield "<table:table-column/>"
    for line in page.lines:
        cells = "".join(_cell(cell, column) for column, cell in enumerate(line)) or "<table:table-cell/>"
        yield f"<table:table-row>{cells}</table:table-row>"
    yield "</table:table>"


def _cell(cell: Cell | None, column: int) -> str:
    if cell is None:
        return "<table:table-cell/>"
    kind, value = ("date", "date-value") if isinstance(cell.value, date) else ("float", "value")
    held = f'office:value-type="{kind}" office:{value}="{cell.value}"'
    if isinstance(cell.value, str):
        held = 'office:value-type="string"'
    if cell.sums is not None:
        first, last = (f".{_letters(column)}{line + 1}" for line in cell.sums)
        held = f'table:formula="of:=SUM([{first}:{last}])" {held}'
    style = f"{cell.look}-bold" if cell.bold else cell.look
    said = f"{cell.value:,.2f}" if cell.look == "money" else str(cell.value)
    return f'<table:table-cell table:style-name="{style}" {held}>{_paragraphs(said)}</table:table-cell>'


def _paragraphs(text: str) -> str:
    """Text with its line breaks and its runs of spaces, which XML would lose."""
    spaced = (
        re.sub(" {2,}|^ | $", lambda run: f'<text:s text:c="{len(run[0])}"/>', escape(line)).replace(
            "\t", "<text:tab/>"
        )
        for line in text.splitlines() or [""]
    )
    return "".join(f"<text:p>{line}</text:p>" for line in spaced)


def _letters(column: int) -> str:
    """A column as a sheet names it: 0 is A, 26 is AA."""
    rest, last = divmod(column, 26)
    return (_letters(rest - 1) if rest else "") + chr(ord("A") + last)
