"""Bodies: whoever the export names as payer comes into the register, without an officer.

An identifier such as ``XI-INDIGO-ORG-0171`` is the export's own with ``XI-`` before it. It is not from an org-id code
list: no such list names these bodies, and to match them with council codes would be to say more than the source does.
"""

from __future__ import annotations

import re
from typing import Final

from commands.importing.cells import Cells
from commands.importing.export import Export
from commands.importing.findings import NOT_TAKEN
from commands.importing.group import Wanted
from commands.importing.tables import Line

UNDESCRIBED: Final = "a payer that organisations.csv does not describe, admitted under its identifier"
OTHERWISE_NAMED: Final = "a payer with another name in organisations.csv, whose name there is taken"
NO_PAYER: Final = "a payer's identifier that is none, so no payer is recorded for the row"
NO_BODY: Final = f"{NOT_TAKEN}: a body without a usable identifier, or named twice"
PAYS_NOTHING: Final = f"{NOT_TAKEN}: a body that pays nothing here"

_IDENTIFIER = re.compile(r"INDIGO-ORG-[A-Z0-9]{1,20}")
_FORMS: Final = (
    ("police-and-crime-commissioner", re.compile(r"\bPolice (?:and|&) Crime Commissioner\b", re.I)),
    ("council", re.compile(r"\b(?:Council|Borough)\b", re.I)),
    ("department", re.compile(r"^(?:Department|Ministry)\b", re.I)),
)


def identifier(written: str) -> str | None:
    """A body's identifier in the ledger; None for what is none of the export's."""
    return f"XI-{written}" if _IDENTIFIER.fullmatch(written) else None


def payers(line: Line, cells: Cells) -> tuple[str, ...]:
    """Those whom a payment's row names, once each; nobody if one of them cannot be told."""
    named = [part.strip() for part in line.cells["payer_org_ids"].split(",") if part.strip()]
    odd = [one for one in named if identifier(one) is None]
    if odd:
        cells.note(line, NO_PAYER, f"{', '.join(odd)[:80]!r} among {len(named)}")
        return ()
    return tuple(dict.fromkeys(f"XI-{one}" for one in named))


def form(name: str) -> str:
    """What sort of body the name says it is; other where it says nothing clear."""
    return next((form for form, pattern in _FORMS if pattern.search(name)), "other")


def bodies(export: Export, cells: Cells) -> list[Wanted]:
    """An admission for each payer, in the order of the identifiers."""
    described = _described(export, cells)
    named = _named(export)
    for name, line in described.items():
        if name not in named:
            cells.note(line, PAYS_NOTHING, line.cells["name"][:80])
    return [_body(name, described.get(name), named[name], cells) for name in sorted(named)]


def _described(export: Export, cells: Cells) -> dict[str, Line]:
    found: dict[str, Line] = {}
    for line in export.lines("organisations"):
        name = identifier(line.cells["org_id"].strip())
        if name is None or name in found:
            cells.note(line, NO_BODY, line.cells["org_id"][:40])
        else:
            found[name] = line
    return found


def _named(export: Export) -> dict[str, Line]:
    """Every payer, with the first row that names it."""
    rows = [(line, line.cells["org_id"]) for line in export.lines("commitments")]
    rows += [(line, one) for line in export.lines("payments") for one in line.cells["payer_org_ids"].split(",")]
    found: dict[str, Line] = {}
    for line, written in rows:
        name = identifier(written.strip())
        if name is not None:
            found.setdefault(name, line)
    return found


def _body(name: str, described: Line | None, by: Line, cells: Cells) -> Wanted:
    known_as = cells.text(described, "name") if described else None
    called = cells.text(by, "org_name") if by.file == "commitments.csv" else None
    if described is None:
        cells.note(by, UNDESCRIBED, f"{name}: {called or 'no name is given'}")
    elif called and known_as and called != known_as:
        cells.note(by, OTHERWISE_NAMED, f"{name}: {called!r} here, {known_as!r} there")
    shown = known_as or called or name
    where = described or by
    body = {"organisation": {"id": name, "name": shown, "form": form(shown)}}
    return Wanted("organisation-admitted/1", body, where.file, where.row)
