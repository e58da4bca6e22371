"""A turn: the head is ours, entries are gathered, and all of it is recorded in one commit, or none of it.

Law: while a turn lasts nobody else can append. Its entries, their tree, the new head and its signed checkpoint
become durable together; a turn that ends in an exception leaves nothing behind.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from eventsourcing.dcb.api import DCBQuery, DCBSequencedEvent

from ledger.errors import Malformed, Refused, VerificationFailed
from ledger.merkle import CompletedTile, Tree, leaf_hash
from ledger.store import statements
from ledger.store.database import Line, Write
from ledger.store.reading import Head, Reader, StoredEntry

Seal = Callable[[int, bytes], bytes]
"""Makes the checkpoint over (size, root): the signed bytes, or none while the log is unsealed."""


@dataclass(frozen=True, slots=True)
class Row:
    """What is appended: an entry's kind and bytes, and what the tables say of it.

    `statement` is the 16-byte id of the statement inside, empty for an entry that has none; `openings` are those
    of its sealed fields, by field.
    """

    kind: str
    entry: bytes
    tags: Sequence[str] = ()
    statement: bytes = b""
    openings: Mapping[str, bytes] = field(default_factory=lambda: MappingProxyType({}))


class Turn:
    """The log while its head is held. What it appends is seen by its own reads, and by nobody else's until the end."""

    def __init__(self, line: Line, head: Head) -> None:
        self.head = head
        self._reader = Reader(line)
        self._tree = _tree_of(head)
        self._rows: list[Row] = []
        self._leaves: list[bytes] = []
        self._roots: list[bytes] = []
        self._tiles: list[CompletedTile] = []
        self._ids: dict[bytes, int] = {}
        self._known: dict[bytes, int | None] = {}
        self._openings: dict[tuple[int, str], bytes] = {}
        self._erased: set[tuple[int, str]] = set()

    # -- writing --------------------------------------------------------------------------------

    def append(self, row: Row) -> int:
        """Add an entry after the last; return its position. It is recorded when the turn ends, not before.

        Refused when its statement was appended in this turn already. That none of the earlier entries holds it
        is for the caller to ask (`position_of`), who has a receipt to give in that case. Malformed when the id
        is not of 16 bytes.
        """
        if len(row.statement) not in (0, 16):
            raise Malformed(f"The id of a statement has 16 bytes, not {len(row.statement)}.")
        if row.statement in self._ids:
            raise Refused(f"This statement is in entry {self._ids[row.statement]} already.")
        leaf = leaf_hash(row.entry)
        self._tiles += self._tree.append(leaf)
        position = self._tree.size
        self._rows.append(row)
        self._leaves.append(leaf)
        self._roots.append(self._tree.root())
        if row.statement:
            self._ids[row.statement] = position
        for name, opening in row.openings.items():
            self._openings[position, name] = opening
        return position

    def erase(self, position: int, name: str) -> None:
        """Delete the opening of a sealed field, in the same commit as the entry that orders it.

        Of an entry before this turn or of one appended in it; where no opening is kept, nothing happens.
        """
        if self._openings.pop((position, name), None) is None:
            self._erased.add((position, name))

    # -- reading, under the lock ----------------------------------------------------------------

    def entries(self, after: int = 0) -> Iterator[StoredEntry]:
        """The entries after a position, up to the head as it was when the turn began."""
        return self._reader.entries(after, self.head.size)

    def tagged(self, tags: Sequence[str], kinds: Sequence[str] = ()) -> Iterator[StoredEntry]:
        """Those of the same entries that carry one of the tags and, if any are named, are of one of the kinds."""
        return self._reader.tagged(tags, kinds, until=self.head.size)

    def read(self, query: DCBQuery | None = None, after: int = 0) -> Iterator[DCBSequencedEvent]:
        """Those of the same entries that match a query, as the library's events."""
        return self._reader.read(query, after, self.head.size)

    def line(self, position: int) -> bytes:
        """The bytes of the entry at a position, this turn's among them. NotFound when there is none."""
        row = self._row(position)
        return row.entry if row else self._reader.line(position)

    def tags_of(self, position: int) -> list[str]:
        """The tags of the entry at a position, this turn's among them, in the order of their bytes."""
        row = self._row(position)
        return sorted(set(row.tags)) if row else self._reader.tags_of(position)

    def position_of(self, statement: bytes) -> int | None:
        """The position of the statement with this 16-byte id, this turn's among them; None when there is none."""
        if statement in self._ids:
            return self._ids[statement]
        return self._known[statement] if statement in self._known else self._reader.position_of(statement)

    def look_up(self, wanted: Sequence[bytes]) -> None:
        """Ask in one go where these statements are, so that `position_of` need not for each."""
        if wanted:
            self._known |= dict.fromkeys(wanted) | self._reader.positions_of(wanted)

    def root_at(self, size: int) -> bytes | None:
        """The root of the first `size` entries, this turn's among them; None beyond the log."""
        if not 0 <= size <= self._tree.size:
            return None
        return self._roots[size - self.head.size - 1] if size > self.head.size else self._reader.root_at(size)

    def openings(self, position: int) -> dict[str, bytes]:
        """The openings kept of an entry, by field, as this turn leaves them."""
        kept = self._reader.openings(position) if position <= self.head.size else {}
        kept |= {name: opening for (at, name), opening in self._openings.items() if at == position}
        return {name: opening for name, opening in kept.items() if (position, name) not in self._erased}

    def _row(self, position: int) -> Row | None:
        """What was appended at a position in this turn."""
        appended = position - self.head.size - 1
        return self._rows[appended] if 0 <= appended < len(self._rows) else None

    # -- the end --------------------------------------------------------------------------------

    def writes(self, seal: Seal) -> list[Write]:
        """All that the turn comes to, sealed; nothing when nothing was appended.

        Refused when openings were erased without an entry that says so, or a sealed log would lose its seal.
        """
        if not self._rows:
            if self._erased:
                raise Refused("An opening is destroyed only in the turn that records the order to destroy it.")
            return []
        size, root = self._tree.size, self._tree.root()
        checkpoint = seal(size, root)
        if self.head.checkpoint and not checkpoint:
            raise Refused("A log that is sealed stays sealed: no entry is added without a checkpoint over it.")
        numbered = list(enumerate(self._rows, self.head.size + 1))
        columns = zip(numbered, self._leaves, self._roots, strict=True)
        writes: list[Write] = [
            (statements.ADD_ENTRY, [(at, row.kind, leaf, after, row.entry) for (at, row), leaf, after in columns]),
            (statements.ADD_STATEMENT, list(self._ids.items())),
            (statements.ADD_TAG, [(tag, row.kind, at) for at, row in numbered for tag in dict.fromkeys(row.tags)]),
            (statements.ADD_TILE, self._tiles),
            (statements.ADD_OPENING, [(*key, opening) for key, opening in self._openings.items()]),
            (statements.ERASE, list(self._erased)),
            (statements.ADVANCE, [(size, root, self._tree.edge_bytes(), checkpoint)]),
        ]
        return [(statement, rows) for statement, rows in writes if rows]


def _tree_of(head: Head) -> Tree:
    """The tree that a head stands for. VerificationFailed when its edge does not lead to its root."""
    try:
        tree = Tree.load(head.size, head.edge)
    except Malformed as error:
        raise VerificationFailed(f"The head contradicts itself. {error}") from error
    if tree.root() != head.root:
        raise VerificationFailed(
            f"The head contradicts itself: its edge does not lead to its root (size {head.size}).",
            next_step="Add nothing. Find out more with: outcomes audit",
        )
    return tree


def unsealed(_size: int, _root: bytes) -> bytes:
    """The seal of a log that has none."""
    return b""
