"""The trail: who said what, when, under which office; what it changed, before and after; what came of it.

Law: every entry is in the trail, pending and effective, refused never: what was refused was never recorded.
Corrections are linked both ways. Both clocks are shown: when it was received, and when it became true.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import CTE, select

from ledger.values import Instant
from projections.rows import Row
from projections.sight.reading import Sight, numbers, received_at
from projections.sight.tables import became, entries, pending, subjects

COLUMNS = (
    *("entry", "hash", "received_at", "occurred_on", "by", "kind", "what", "before", "after"),
    *("standing", "lacks", "linked"),
)


def rows(sight: Sight, subject: str | None = None) -> list[Row]:
    """The rows of a subject (a reference, an organisation, an office, an entry) or of everything."""
    chosen = _chosen(sight, subject)
    found = {row["entry"]: row for row in _entries(sight, chosen)}
    linked: dict[int, set[int]] = {entry: set() for entry in found}
    for entry, about in [(entry, row.pop("about")) for entry, row in found.items()]:
        if about:
            linked[entry].add(about)
            linked.get(about, set()).add(entry)
    _follow(sight, chosen, found, linked)
    _finish(sight, found)
    for entry, row in found.items():
        row["linked"] = tuple(sorted(linked[entry] - {entry}))
    return [row for row in found.values() if row["occurred_on"] <= sight.true]


def _chosen(sight: Sight, subject: str | None) -> CTE | None:
    """The entries of a subject, and whatever names them, and that; None stands for all."""
    if subject is None:
        return None
    what, _, name = subject.partition(":")
    own_name = select(subjects.c.entry).where(subjects.c.name == subject)
    asked = own_name.union(
        select(subjects.c.entry).where(subjects.c.name == (name or subject), subjects.c.what == (what if name else "")),
        select(entries.c.entry).where(entries.c.id == subject),
        select(entries.c.entry).where(entries.c.entry == (int(subject) if subject.isdigit() else 0)),
    )
    begun = asked.subquery()
    own = select(begun.c.entry).where(begun.c.entry <= sight.known).cte("chosen", recursive=True)
    named = entries.alias("named")
    return own.union(select(named.c.entry).join(own, named.c.about == own.c.entry).where(named.c.entry <= sight.known))


def _entries(sight: Sight, chosen: CTE | None) -> list[Row]:
    """The rows as they were said."""
    query = select(entries).where(entries.c.entry <= sight.known).order_by(entries.c.entry)
    if chosen is not None:
        query = query.join(chosen, chosen.c.entry == entries.c.entry)
    return [_row(one) for one in sight.connection.execute(query)]


def _row(one: Any) -> Row:
    return {
        "entry": one.entry,
        "hash": one.hash,
        "received_at": str(Instant(one.received_at)),
        "occurred_on": date.fromisoformat(one.day),
        "by": one.by,
        "kind": one.kind,
        "what": one.what,
        "before": None,
        "after": None,
        "standing": "effective",
        "lacks": None,
        "about": one.about,
    }


def _follow(sight: Sight, chosen: CTE | None, found: dict[int, Row], linked: dict[int, set[int]]) -> None:
    """What came of each entry, step by step."""
    query = select(became).where(became.c.entry <= sight.known).order_by(became.c.number)
    if chosen is not None:
        query = query.join(chosen, chosen.c.entry == became.c.said)
    for one in sight.connection.execute(query):
        row = found[one.said]
        row["standing"] = one.standing
        linked[one.said].update(numbers(one.rests_on))
        if one.standing == "effective":
            row["before"], row["after"] = one.before, one.after


def _finish(sight: Sight, found: dict[int, Row]) -> None:
    """Who has still to sign what waits or counts unsigned, and what lapsed by the log's own clock."""
    last = received_at(sight.connection, sight.known)
    known = pending.c.entry <= sight.known, pending.c.until.is_(None) | (pending.c.until > sight.known)
    held = {one.said: one for one in sight.connection.execute(select(pending).where(*known))}
    for entry, row in found.items():
        one = held.get(entry)
        if row["standing"] == "waiting":
            if one is None or (last is not None and last > one.expires):
                row["standing"] = "lapsed"
            else:
                row["lacks"] = _lacks(one)
        elif one is not None and row["standing"] == "unconfirmed":
            row["lacks"] = _lacks(one) or None
        elif one is not None and one.room == "unsigned":
            row["standing"], row["lacks"] = "unsigned", _lacks(one)


def _lacks(one: Any) -> str:
    return "; ".join(one.lacks.split("\n"))
