"""Every way of reading the log: points, ranges in order, and what carries which tags.

Law: each of these gives what the database holds, as it holds it. Nothing is repaired, sorted out or left out,
because audit compares it, column by column, with what the entries imply.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, NamedTuple

from eventsourcing.dcb.api import DCBEvent, DCBQuery, DCBSequencedEvent

from ledger.errors import NotFound, VerificationFailed
from ledger.merkle import EMPTY_ROOT
from ledger.store import statements
from ledger.store.database import Line

LAST = 2**63 - 1
"""The last position there could be."""
AT_ONCE = 512
"""Statements asked for in one query: well below what any database takes."""

Alternative = tuple[Sequence[str], Sequence[str]]
"""(kinds, tags): an entry matches when its kind is among the kinds, or none is named, and it carries all the tags."""


@dataclass(frozen=True)
class Head:
    """What the log has come to: `size` entries under `root`, with the tree's right `edge` (`Tree.edge_bytes`).

    `checkpoint` is the signed checkpoint; empty while the log is unsealed.
    """

    size: int
    root: bytes
    edge: bytes
    checkpoint: bytes


class StoredEntry(NamedTuple):
    """An entry's row: its bytes, the 32-byte hash of its leaf, and the 32-byte root of the tree after it."""

    position: int
    kind: str
    entry: bytes
    leaf: bytes
    root: bytes


class Reader:
    """Reads on one line: of one state inside a transaction, of the latest outside one."""

    def __init__(self, line: Line) -> None:
        self._line = line

    def head(self) -> Head:
        """The row of the head. VerificationFailed when it is not there."""
        return head_of(self._line.rows(statements.HEAD))

    def repeated(self) -> list[Any]:
        """The ids (whatever they are) of more than one entry; none, unless the table's key was taken away."""
        return [row[0] for row in self._line.rows(statements.REPEATED)]

    def damage(self) -> list[str]:
        """What the database itself finds wrong with its pages and indexes; nothing for one that cannot say."""
        return self._line.damage()

    def head_rows(self) -> list[tuple[Any, ...]]:
        """Every row of the head table with all its columns (only, size, root, edge, checkpoint), whatever they hold."""
        return self._line.rows(statements.HEAD_WHOLE)

    def position_of(self, statement: bytes) -> int | None:
        """The position of the statement with this 16-byte id; None when there is none."""
        found = self._line.rows(statements.POSITION_OF, id=statement)
        return int(found[0][0]) if found else None

    def positions_of(self, wanted: Sequence[bytes]) -> dict[bytes, int]:
        """The positions of those of the statements with these 16-byte ids that there are, looked up together."""
        found: dict[bytes, int] = {}
        for start in range(0, len(wanted), AT_ONCE):
            ids = padded(list(wanted[start : start + AT_ONCE]))
            rows = self._line.rows(statements.positions_of(len(ids)), **statements.named("id", ids))
            found |= {bytes(id_): position for id_, position in rows}
        return found

    def line(self, position: int) -> bytes:
        """The bytes of the entry at a position. NotFound when there is none."""
        found = self._line.rows(statements.LINE, position=position)
        if not found:
            raise NotFound(f"There is no entry {position}.")
        if not isinstance(found[0][0], bytes):  # a file that somebody changed may hold anything there
            raise VerificationFailed("a column holds a value of another type", where=f"entry {position}")
        return found[0][0]

    def root_at(self, size: int) -> bytes | None:
        """The root of the first `size` entries, as it was stored with the last of them; None beyond the log."""
        if size == 0:
            return EMPTY_ROOT
        found = self._line.rows(statements.ROOT_AFTER, position=size)
        return found[0][0] if found else None

    def openings(self, position: int) -> dict[str, bytes]:
        """The openings that are kept of an entry's sealed fields, by field."""
        return dict(self._line.rows(statements.OPENINGS_OF, position=position))

    def hashes(self, level: int, first: int, count: int) -> Sequence[bytes]:
        """What `merkle.HashSource` promises; fewer when they are not there."""
        last = first + count
        if level == 0:
            return [leaf for (leaf,) in self._line.rows(statements.LEAVES, first=first, last=last)]
        return [root for (root,) in self._line.rows(statements.TILES_OF, level=level, first=first, last=last)]

    def entries(self, after: int = 0, until: int | None = None, batch: int = 1000) -> Iterator[StoredEntry]:
        """The entries after a position, up to and with `until`, in order; `batch` rows in memory at a time."""
        last = LAST if until is None else until
        while rows := self._line.rows(statements.ENTRIES_AFTER, after=after, until=last, batch=batch):
            yield from map(StoredEntry._make, rows)
            after = rows[-1][0]

    def statements_between(self, first: int, last: int) -> Iterator[tuple[bytes, int]]:
        """(id, position) of the statements at these positions, both ends included, in order of position."""
        return self._line.stream(statements.STATEMENTS_BETWEEN, first=first, last=last)

    def tags_between(self, first: int, last: int) -> Iterator[tuple[int, str, str]]:
        """(position, kind, tag) at these positions, both ends included, in this order."""
        return self._line.stream(statements.TAGS_BETWEEN, first=first, last=last)

    def openings_between(self, first: int, last: int) -> Iterator[tuple[int, str, bytes]]:
        """(position, field, opening) at these positions, both ends included, in order of position and field."""
        return self._line.stream(statements.OPENINGS_BETWEEN, first=first, last=last)

    def tile_rows(self) -> Iterator[tuple[int, int, bytes]]:
        """(level, number, root) of every tile hash above the leaves, in this order."""
        return self._line.stream(statements.ALL_TILES)

    def counts(self) -> dict[str, int]:
        """How many rows each table has, by its name."""
        return {name: int(self._line.rows(count)[0][0]) for name, count in statements.COUNTS.items()}

    # -- by kinds and tags ----------------------------------------------------------------------

    def tags_of(self, position: int) -> list[str]:
        """The tags of the entry at a position, in the order of their bytes."""
        return self._tags_of([position])[position]

    def tagged(
        self, tags: Sequence[str], kinds: Sequence[str] = (), after: int = 0, until: int | None = None
    ) -> Iterator[StoredEntry]:
        """The entries that carry at least one of the tags, of one of the kinds if any are named, in order."""
        return self._matching([(kinds, (tag,)) for tag in tags], after, until, 1000) if tags else iter(())

    def read(
        self, query: DCBQuery | None = None, after: int = 0, until: int | None = None, batch: int = 500
    ) -> Iterator[DCBSequencedEvent]:
        """The entries that match a query, as the library's events, in order; `batch` in memory at a time.

        Their tags come in the order of their bytes: they are a set.
        """
        items = [(item.types, item.tags) for item in query.items] if query else []
        found = self._matching(items, after, until, batch)
        while rows := list(islice(found, batch)):
            carried = self._tags_of([row.position for row in rows])
            for row in rows:
                yield DCBSequencedEvent(DCBEvent(row.kind, row.entry, carried[row.position]), row.position)

    def _matching(
        self, alternatives: Sequence[Alternative], after: int, until: int | None, batch: int
    ) -> Iterator[StoredEntry]:
        statement = statements.matching(tuple((len(kinds), len(tags)) for kinds, tags in alternatives))
        values: dict[str, object] = {"until": LAST if until is None else until, "batch": batch}
        for number, (kinds, tags) in enumerate(alternatives):
            values |= statements.named(f"kind_{number}", kinds)
            values |= statements.named(f"tag_{number}", tags)
        rows: list[tuple[Any, ...]] | None = None
        while rows is None or len(rows) == batch:
            rows = self._line.rows(statement, after=after, **values)
            yield from map(StoredEntry._make, rows)
            after = rows[-1][0] if rows else after

    def _tags_of(self, positions: list[int]) -> dict[int, list[str]]:
        carried: dict[int, list[str]] = {position: [] for position in positions}
        asked = padded(positions)
        found = self._line.rows(statements.tags_of(len(asked)), **statements.named("at", asked))
        for position, tag in found:
            carried[position].append(tag)
        return carried


def padded(values: list[Any]) -> list[Any]:
    """The last value again up to a power of two, so that a few statements serve for any number."""
    return values + values[-1:] * ((1 << (len(values) - 1).bit_length()) - len(values))


def head_of(rows: list[tuple[int, bytes, bytes, bytes]]) -> Head:
    """The head from its row. VerificationFailed unless there is exactly one."""
    if len(rows) != 1:
        raise VerificationFailed(
            f"The log has {len(rows)} heads; it must have one.", next_step="Find out more with: outcomes audit"
        )
    return Head(*rows[0])
