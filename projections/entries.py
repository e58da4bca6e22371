"""One entry, whole: who said what when, member by member, and the sealed texts that are kept of it.

Law: what is shown is what was signed. A sealed text is shown from its opening, which was checked against the
digest that was signed; an erased one is said to be erased or withheld.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from ledger import statement
from ledger.entry import Entry
from ledger.errors import LedgerError
from ledger.merkle import leaf_hash


def shown(position: int, entry: Entry, openings: Mapping[str, bytes]) -> Iterator[str]:
    """The lines of an entry as people read it."""
    said = entry.statement
    yield f"entry {position}  {leaf_hash(entry.line).hex()}"
    yield f"received {entry.received_at}, signed {said.said.signed_at} by {said.by} with {said.keyid}"
    yield f"payload digest {said.digest}"
    yield from _lines("", plain(entry))
    for name, text in texts(entry, openings).items():
        yield f"{name}: {text if text is not None else 'erased, or withheld'}"


def plain(entry: Entry) -> dict[str, Any]:
    """The payload as plain values, read from the very bytes that were signed."""
    return dict(json.loads(entry.statement.payload))


def texts(entry: Entry, openings: Mapping[str, bytes]) -> dict[str, str | None]:
    """The text of each sealed field, or None where its opening is not kept or is not what was signed."""
    found: dict[str, str | None] = {}
    for name, sealed in entry.statement.event.sealed_fields().items():
        held = openings.get(name)
        try:
            right = held is not None and statement.close(held) == sealed
            found[name] = statement.revealed(held)[1] if right and held is not None else None
        except LedgerError:
            found[name] = None
    return found


def _lines(before: str, value: Any) -> Iterator[str]:
    """A line for each value, under its path."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _lines(f"{before}.{name}" if before else name, inner)
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _lines(f"{before}[{number}]", inner)
    else:
        yield f"{before}: {value}"
