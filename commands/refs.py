"""How people name an entry: by its number, by the first digits of its hash, or by its id."""

from __future__ import annotations

import re
from dataclasses import dataclass
from uuid import UUID

from ledger import entry
from ledger.entry import Entry
from ledger.errors import NotFound
from ledger.replay import Stored
from ledger.store import Store

SHORTEST = 8


@dataclass(frozen=True, slots=True)
class Named:
    """An entry that somebody named."""

    position: int
    entry: Entry


def find(store: Store, text: str) -> Named:
    """The entry of that number, hash prefix (eight hex digits or more) or id. Raises NotFound."""
    row = _by_number(store, text) or _by_id(store, text) or _by_hash(store, text)
    if row is None:
        raise NotFound(
            f"no entry {text} here: name it by its number, by eight or more digits of its hash, or by its id",
            next_step="outcomes view trail",
        )
    return Named(row.position, entry.read(row.entry))


def _by_number(store: Store, text: str) -> Stored | None:
    number = text.removeprefix("#")
    if not number.isascii() or not number.isdigit() or len(number) > 12:
        return None
    return next(store.entries(after=int(number) - 1, until=int(number)), None) if int(number) else None


def _by_id(store: Store, text: str) -> Stored | None:
    if not re.fullmatch(r"[0-9a-fA-F-]{36}", text):
        return None
    position = store.position_of(UUID(text).bytes)
    return next(store.entries(after=position - 1, until=position), None) if position else None


def _by_hash(store: Store, text: str) -> Stored | None:
    if not re.fullmatch(rf"[0-9a-f]{{{SHORTEST},64}}", text):
        return None
    found = [row for row in store.entries() if row.leaf.hex().startswith(text)]
    return found[0] if len(found) == 1 else None
