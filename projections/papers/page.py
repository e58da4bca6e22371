"""A paper as one web page that stands alone: no script, no other file, readable on a telephone and on paper.

Law: every text is escaped; a page asks the network for nothing, and its own policy forbids it. A wide table scrolls in
a region of its own, which the keyboard reaches (WCAG 2.2: 1.4.10, 2.1.1).
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from importlib import resources
from typing import Any

from projections.papers.inline import figure
from projections.papers.paper import Paper, Section
from projections.rows import Row, cell, shown

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
SHORT = 24
"""Characters that are kept on one line."""


def page(paper: Paper) -> str:
    """The page."""
    return "".join(_pieces(paper))


def _pieces(paper: Paper) -> Iterator[str]:
    style = resources.files(__package__).joinpath("page.css").read_text("utf-8")
    yield f'<!doctype html>\n<html lang="{escape(paper.language)}">\n<head>\n<meta charset="utf-8">\n'
    yield f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
    yield '<meta name="color-scheme" content="light dark">\n'
    yield f"<title>{escape(', '.join(filter(None, (paper.title, paper.subtitle))))}</title>\n"
    yield f"<style>\n{style}</style>\n</head>\n<body>\n"
    yield '<a class="skip" href="#main">Skip to main content</a>\n'
    yield f'<main id="main" tabindex="-1">\n<h1>{escape(paper.title)}</h1>\n'
    for line, kind in ((paper.subtitle, "subtitle"), (paper.known, "known")):
        yield f'<p class="{kind}">{escape(line)}</p>\n' if line else ""
    named: set[int] = set()
    for number, section in enumerate(paper.sections):
        yield from _section(section, paper, number, named)
    yield f"</main>\n<footer>\n<p>{escape(paper.footing)}</p>\n</footer>\n</body>\n</html>\n"


def _section(section: Section, paper: Paper, number: int, named: set[int]) -> Iterator[str]:
    heading = section.heading or paper.title
    yield "<section>\n"
    if len(paper.sections) > 1:
        yield f"<h2>{escape(heading)}</h2>\n"
    yield from (f"<p>{escape(sentence)}</p>\n" for sentence in section.sentences)
    if section.picture is not None:
        yield f'<div class="wide picture" role="region" aria-label="Picture: {escape(heading)}" tabindex="0">\n'
        yield f"{figure(section.picture, section.picture_alt or '', number)}\n</div>\n"
    if section.columns:
        yield from _table(section, heading, named)
    yield "</section>\n"


def _table(section: Section, heading: str, named: set[int]) -> Iterator[str]:
    count = len(section.rows)
    caption = escape(f"{heading}: {count:,} {'row' if count == 1 else 'rows'}")
    looks = [_look(section, column) for column in section.columns]
    yield f'<div class="wide" role="region" aria-label="{escape(heading)}, table" tabindex="0">\n'
    yield f"<table>\n<caption>{caption}</caption>\n<thead>\n<tr>"
    for column, look in zip(section.columns, looks, strict=True):
        yield f'<th scope="col"{look}>{escape(section.head(column))}</th>'
    yield "</tr>\n</thead>\n<tbody>\n"
    yield from (_line(section, row, looks, named) for row in section.rows)
    yield "</tbody>\n"
    if section.totals:
        yield f"<tfoot>\n{_line(section, section.totals, looks, named)}</tfoot>\n"
    yield "</table>\n</div>\n"


def _look(section: Section, column: str) -> str:
    """Figures to the right; what is short on one line."""
    if section.to_the_right(column):
        return ' class="figure"'
    longest = max((len(shown(value)) for value in section.of(column)), default=0)
    return ' class="short"' if longest <= SHORT else ""


def _line(section: Section, row: Row, looks: list[str], named: set[int]) -> str:
    """A row; its first cell names it."""
    cells: list[str] = []
    for column, look in zip(section.columns, looks, strict=True):
        said = _said(column, row.get(column), named)
        names = not cells and bool(said)
        cells.append(f'<th scope="row"{look}>{said}</th>' if names else f"<td{look}>{said}</td>")
    return f"<tr>{''.join(cells)}</tr>\n"


def _said(column: str, value: Any, named: set[int]) -> str:
    """A value; of entries every one, a long list folded away. A link of a picture leads to the first naming of one."""
    numbers = value if isinstance(value, tuple) else (value,)
    if not numbers or any(type(number) is not int for number in numbers):
        return escape(shown(value))
    anchors = set(numbers) - named if column in ("entry", "entries") else set()
    named |= anchors
    whole = " ".join(f'<span id="entry-{one}">{one}</span>' if one in anchors else str(one) for one in numbers)
    return whole if shown(value) == cell(value) else f"<details><summary>{shown(value)}</summary>{whole}</details>"
