"""A paper as PDF: archivable with its structure (ISO 19005-2, level A) and accessible (ISO 14289-1), by typst.

Law: the paper goes to the typesetter as data, never as source, so that no text in it can be a command. The clock, the
network and the fonts of the machine are left alone: the same paper gives the same bytes. What the two standards forbid
is refused here, not found later.
"""

from __future__ import annotations

import json
import re
import textwrap
from importlib import resources
from typing import TYPE_CHECKING, Any, Final

import typst

from ledger.errors import Malformed
from projections.papers.sheets import clean
from projections.rows import shown

if TYPE_CHECKING:
    from projections.papers.paper import Paper, Section
    from projections.rows import Row

STANDARDS: Final[list[typst.PDFStandard]] = ["a-2a", "ua-1"]
MOST_ROWS: Final = 20_000
"""Some 500 pages: nobody reads more, and typst asks for a gigabyte for each 10,000."""
UPRIGHT: Final = 7
"""Columns that fit an upright page."""
TALL: Final = 0.8
"""How high, as a part of its width, a picture is that has a page of its own height."""
LONG: Final = 30
"""Characters beyond which a column takes a share of the width that the others leave."""
NARROW: Final = 9
"""Characters beyond which a heading is broken rather than its column made wider."""
SMALLEST, LARGEST = 6.0, 9.5
"""The type of a table, in points."""
_RUN = re.compile(r"\S{45,}")


def pdf(paper: Paper) -> bytes:
    """The PDF's bytes. Raises Malformed where there are too many rows, or the standards forbid something in it."""
    if paper.size > MOST_ROWS:
        why = f"{paper.size:,} rows are more than the {MOST_ROWS:,} that a PDF takes here"
        raise Malformed(why, where=paper.title, next_step="write it as .ods or .html")
    return compiled(document(paper))


def document(paper: Paper) -> dict[str, Any]:
    """What the template is given."""
    tongue, _, region = paper.language.partition("-")
    day = paper.date_known
    wide = any(len(section.columns) > UPRIGHT for section in paper.sections)
    first = paper.sections[0].picture if paper.sections else None
    return {
        "title": paper.title,
        "subtitle": paper.subtitle,
        "known": paper.known,
        "footing": paper.footing,
        "lang": tongue,
        "region": region or None,
        "date": [day.year, day.month, day.day, day.hour, day.minute, day.second] if day else None,
        "wide": wide,
        "upright": wide and first is not None and _is_tall(first),
        "sections": [_section(section, len(paper.sections) > 1, wide=wide) for section in paper.sections],
    }


def _is_tall(picture: str) -> bool:
    """Whether a picture is read better on an upright page, even where the tables need a wide one."""
    box = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', picture)
    return box is not None and float(box[2]) > TALL * float(box[1])


def compiled(given: dict[str, Any]) -> bytes:
    """The PDF of what the template is given; a sign that no typeface here has stands as its number, `[U+4E2D]`.

    A log is for ever, and one rare sign in it must not keep a place from its papers. Raises Malformed.
    """
    said = json.dumps(_cleaned(given), ensure_ascii=False)
    while True:
        try:
            return _made(said)
        except typst.TypstError as error:
            families = set(map(_family, _strange(error.message)))
            strange = {sign for sign in set(said) if not sign.isascii() and _family(sign) in families}
            if not strange:
                why = "; ".join([error.message, *error.hints])
                raise Malformed(why, where=given["title"], next_step="write it as .html or .ods instead") from None
            said = "".join(f"[U+{ord(sign):04X}]" if sign in strange else sign for sign in said)


def _cleaned(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _cleaned(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_cleaned(inner) for inner in value]
    return clean(value) if isinstance(value, str) else value


def _made(said: str) -> bytes:
    template = resources.files(__package__).joinpath("paper.typ").read_bytes()
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=True)
    compiler = typst.Compiler(template, font_paths=fonts, ignore_system_fonts=True, sys_inputs={"paper": said})
    made = compiler.compile(format="pdf", pdf_standards=STANDARDS, timestamp=0)
    return bytes(made)  # type: ignore[arg-type] # one file, so one run of bytes


def _strange(message: str) -> set[str]:
    """The signs that a refusal is about: it quotes them, and those that cannot be shown by their numbers."""
    quoted = re.search(r'(?:the text|the codepoint) `"(.*?)"`', message)
    signs = re.sub(r"\\u\{([0-9a-f]+)\}", lambda number: chr(int(number[1], 16)), quoted[1]) if quoted else ""
    return {sign for sign in signs if not sign.isascii()}


def _family(sign: str) -> int:
    """Signs that stand or fall together, so that a text in another script costs one more try, and not a thousand."""
    number = ord(sign)
    if number < 0x700 or sign == "\ufffd":
        return number
    return -0x2E80 if number >= 0x2E80 else -(number >> 7)


def _section(section: Section, several: bool, *, wide: bool) -> dict[str, Any]:
    rows = [_cells(row, section) for row in section.rows]
    totals = _cells(section.totals, section) if section.totals else None
    longest = [max(map(len, column)) for column in zip(*rows, totals or [""] * len(section.columns), strict=True)]
    heads = [
        "\n".join(textwrap.wrap(section.head(column), max(length, NARROW), break_long_words=False))
        for column, length in zip(section.columns, longest, strict=True)
    ]
    return {
        "heading": section.heading if several else "",
        "sentences": section.sentences,
        "heads": heads,
        "right": [section.to_the_right(column) for column in section.columns],
        "shares": [min(length, 3 * LONG) if length > LONG else 0 for length in longest],
        "points": _points(heads, longest, wide=wide),
        "rows": rows,
        "totals": totals,
        "picture": section.picture,
        "alt": section.picture_alt,
    }


def _points(heads: list[str], longest: list[int], *, wide: bool) -> float:
    """The size of type at which the columns stand beside each other: a character is about half as wide as high."""
    characters = sum(
        max(min(length, LONG), *map(len, head.split("\n"))) for head, length in zip(heads, longest, strict=True)
    )
    room = (756 if wide else 510) - 6 * len(heads)
    return max(SMALLEST, min(LARGEST, round(2 * room / max(characters, 1), 1)))


def _cells(row: Row, section: Section) -> list[str]:
    """What is shown; a run that no line could hold may be broken anywhere."""
    return [_RUN.sub(lambda run: "\u200b".join(run[0]), shown(row.get(column))) for column in section.columns]
