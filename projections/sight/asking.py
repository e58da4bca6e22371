"""Asking: what waits for signatures, counts without them, or is unconfirmed; a fold over what was said about it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Final

import msgspec

from ledger.book import Book
from ledger.events.register import KeyRevoked
from ledger.replay import Replayed
from ledger.rules.approvals import Waiting
from ledger.values import encode_hook

ROOMS: Final = ("waiting", "unconfirmed", "unsigned")
"""As `approvals.State` has them."""
Row = dict[str, Any]


@dataclass(slots=True)
class Asked:
    """What is asked for now, by the id of the entry."""

    rows: dict[str, Row] = field(default_factory=dict)
    _places: Iterator[int] = field(default_factory=lambda: count(1))

    def take(self, replayed: Replayed, book: Book) -> Iterator[tuple[str, Row | None]]:
        """What changed: the id of a row that no longer holds (or nothing), and the row that now does."""
        event = replayed.entry.statement.event
        ids = {effect.entry: None for effect in replayed.effects}
        if event.about is not None:
            ids[event.about] = None
        if isinstance(event, KeyRevoked):  # signatures that were given with the key fall away
            ids |= dict.fromkeys(self.rows)
        for one in ids:
            before, now = self.rows.get(one), self._row(one, book)
            if before == now:
                continue
            if now is None:
                del self.rows[one]
            else:
                self.rows[one] = now
            yield one if before else "", now

    def _row(self, entry: str, book: Book) -> Row | None:
        for room in ROOMS:
            held: Waiting | None = getattr(book.approvals, room).get(entry)
            if held is not None:
                return self._of(held, room)
        return None

    def _of(self, held: Waiting, room: str) -> Row:
        before = self.rows.get(held.id)
        lacking = [place for _, place in held.open_places]
        return {
            "id": held.id,
            "day": str(held.event.occurred_on),
            "kind": held.event.kind,
            "said": held.signed.position,
            "room": room,
            "place": before["place"] if before and before["room"] == room else next(self._places),
            "expires": int(held.expires),
            "rests_on": " ".join(map(str, held.rests_on)),
            "lacks": "\n".join(map(str, lacking)),
            "asked": "\n".join(place.organisation or "another partner" for place in lacking),
            "body": msgspec.json.encode(held.event, enc_hook=encode_hook),
        }
