"""A paper as one web page that stands alone: no script, no other file, readable on a telephone and on paper.

Law: every text is escaped; a page asks the network for nothing, and its own policy forbids it. A wide table scrolls in
a region of its own, which the keyboard reaches (WCAG 2.2: 1.4.10, 2.1.1).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from html import escape
from importlib import resources
from typing import Any

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
    for section in paper.sections:
        yield from _section(section, paper)
    yield f"</main>\n<footer>\n<p>{escape(paper.footing)}</p>\n</footer>\n</body>\n</html>\n"


def _section(section: Section, paper: Paper) -> Iterator[str]:
    heading = section.heading or paper.title
    yield "<section>\n"
    if len(paper.sections) > 1:
        yield f"<h2>{escape(heading)}</h2>\n"
    yield from (f"<p>{escape(sentence)}</p>\n" for sentence in section.sentences)
    if section.picture is not None:
        alt = escape(section.picture_alt or "")
        drawn = section.picture[section.picture.find("<svg") :]
        yield f'<div class="wide picture" role="region" aria-label="Picture: {escape(heading)}" tabindex="0">\n'
        yield f'<div role="img" aria-label="{alt}">{drawn}</div>\n</div>\n'
    if section.columns:
        yield from _table(section, heading)
    yield "</section>\n"


def _table(section: Section, heading: str) -> Iterator[str]:
    count = len(section.rows)
    caption = escape(f"{heading}: {count:,} {'row' if count == 1 else 'rows'}")
    looks = [_look(section, column) for column in section.columns]
    yield f'<div class="wide" role="region" aria-label="{escape(heading)}, table" tabindex="0">\n'
    yield f"<table>\n<caption>{caption}</caption>\n<thead>\n<tr>"
    for column, look in zip(section.columns, looks, strict=True):
        yield f'<th scope="col"{look}>{escape(section.head(column))}</th>'
    yield "</tr>\n</thead>\n<tbody>\n"
    yield from (_line(section, row, looks, cell) for row in section.rows)
    yield "</tbody>\n"
    if section.totals:
        yield f"<tfoot>\n{_line(section, section.totals, looks, shown)}</tfoot>\n"
    yield "</table>\n</div>\n"


def _look(section: Section, column: str) -> str:
    """Figures to the right; what is short on one line."""
    if section.to_the_right(column):
        return ' class="figure"'
    longest = max((len(shown(value)) for value in section.of(column)), default=0)
    return ' class="short"' if longest <= SHORT else ""


def _line(section: Section, row: Row, looks: list[str], long: Callable[[Any], str]) -> str:
    """A row; its first cell names it. Every entry is there, and a long list of them is folded away."""
    cells: list[str] = []
    for column, look in zip(section.columns, looks, strict=True):
        text, whole = escape(shown(row.get(column))), escape(long(row.get(column)))
        if isinstance(row.get(column), tuple) and text != whole:
            text = f"<details><summary>{text}</summary>{whole}</details>"
        names = not cells and bool(text)
        cells.append(f'<th scope="row"{look}>{text}</th>' if names else f"<td{look}>{text}</td>")
    return f"<tr>{''.join(cells)}</tr>\n"
