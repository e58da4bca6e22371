"""A paper as text: what a terminal prints, and what another program reads.

Law: one section is written as its rows, as ever; several are told apart by their headings. Sentences are for people:
they stand in a table's form, and in JSON of several sections.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from projections import rows as lines
from projections.papers.paper import Paper, Section
from projections.rows import Row


def written(paper: Paper, form: str) -> Iterator[str]:
    """The rows of the paper in that form (table, json, jsonl, csv), as pieces of text."""
    if len(paper.sections) == 1 and form != "table":
        yield from lines.written(paper.sections[0].rows, paper.sections[0].columns, form)
    elif form == "json":
        yield json.dumps(_document(paper), indent=1, ensure_ascii=False) + "\n"
    elif form == "jsonl":
        for section in paper.sections:
            yield from lines.written(_marked(section), ("section", *section.columns), form)
    elif form == "csv":
        columns = dict.fromkeys(name for section in paper.sections for name in section.columns)
        rows = [row for section in paper.sections for row in _marked(section)]
        yield from lines.written(rows, ("section", *columns), form)
    else:
        yield from _tables(paper)


def plain(paper: Paper) -> Iterator[str]:
    """The whole paper as plain text, with all that is said about its rows."""
    yield "".join(f"{line}\n" for line in (paper.title, paper.subtitle) if line) + "\n"
    yield from _tables(paper)
    yield "\n" + "".join(f"{line}\n" for line in (paper.footing, paper.known) if line)


def _tables(paper: Paper) -> Iterator[str]:
    for number, section in enumerate(paper.sections):
        if len(paper.sections) > 1:
            yield ("\n" if number else "") + f"{section.heading}\n"
        if section.columns:
            yield from lines.written([*section.rows, *filter(None, [section.totals])], section.columns, "table")
        yield "".join(f"{sentence}\n" for sentence in section.sentences)


def _marked(section: Section) -> list[Row]:
    """The rows with the heading of their section."""
    return [{"section": section.heading, **row} for row in section.rows]


def _document(paper: Paper) -> Row:
    """Everything but the pictures, for JSON."""
    sections = [
        {
            "heading": section.heading,
            "sentences": list(section.sentences),
            "rows": [lines.plain(row, section.columns) for row in section.rows],
            **({"totals": lines.plain(section.totals, section.columns)} if section.totals else {}),
        }
        for section in paper.sections
    ]
    return {"title": paper.title, "subtitle": paper.subtitle, "footing": paper.footing, "sections": sections}
