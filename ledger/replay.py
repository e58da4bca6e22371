"""The one way out: the log's entries in order, folded into a Book and into what took effect.

Law: replay reads what was stored and judges nothing again (`audit` does). It never holds more than the Book
and one batch of entries.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from ledger import entry
from ledger.book import Book, Effect
from ledger.entry import Entry
from ledger.errors import LedgerError, VerificationFailed
from ledger.events.commitments import CommitmentFirmed, CommitmentMade
from ledger.events.pools import PoolAgreed, PoolClosed, PoolVaried
from ledger.rules.pots import Move
from ledger.statement import Statement
from ledger.values import Instant


class Stored(Protocol):
    """A row of the log."""

    @property
    def position(self) -> int: ...
    @property
    def entry(self) -> bytes: ...


class Reader(Protocol):
    """Whatever holds a log: a store, a turn, a snapshot, a pack."""

    def entries(self, after: int = 0) -> Iterator[Stored]: ...


class TaggedReader(Protocol):
    """A reader that can also find entries by subject."""

    def tagged(self, tags: Sequence[str], kinds: Sequence[str] = ()) -> Iterator[Stored]:
        """The entries that carry at least one of the tags, of one of the kinds if any are given, in order."""
        ...

    def position_of(self, statement_id: bytes) -> int | None: ...


@dataclass(frozen=True, slots=True)
class Replayed:
    """An entry in its place, and what it changed."""

    position: int
    entry: Entry
    effects: tuple[Effect, ...]
    moves: tuple[Move, ...] = ()
    """What it moved in the pots."""


def history(reader: Reader, book: Book | None = None) -> Iterator[Replayed]:
    """Every entry after the Book's size, in order, with its effects; the Book follows."""
    book = Book() if book is None else book
    for stored in reader.entries(after=book.size):
        yield follow(book, stored.position, stored.entry)


def follow(book: Book, position: int, line: bytes) -> Replayed:
    """The Book after one more entry. Raises VerificationFailed for a line that recording never took."""
    try:
        read = entry.read(line)
        effects = book.evolve(read.statement, read.received_at)
        return Replayed(position, read, effects, tuple(book.pots.moved))
    except (LedgerError, LookupError, TypeError, ValueError, AttributeError) as error:
        # Whoever writes past the one way in can put anything there; replay does not judge, and does not stumble.
        raise VerificationFailed(
            f"this was never admitted: {type(error).__name__}: {error}",
            where=f"entry {position}",
            next_step="outcomes audit verify",
        ) from error


def fold(reader: Reader, book: Book | None = None) -> Book:
    """The whole Book, or a given one caught up to the head."""
    book = Book() if book is None else book
    for _ in history(reader, book):
        pass
    return book


# -- a Book of what one statement needs -----------------------------------------------------------

BOUNDED: Final = (CommitmentMade, CommitmentFirmed)
"""Kinds whose every need names single subjects. Anything else folds the whole log: what lowers a commitment must know
what was drawn of it, and spending names no commitment. So does a commitment that names a contract, a scheme, an
outcome, a settlement or a grant."""

_POOL_KINDS: Final = (PoolAgreed.kind, PoolVaried.kind, PoolClosed.kind)


def partial(reader: TaggedReader, said: Statement, size: int) -> Book | None:
    """A Book that judges this statement as the whole one would, or None where that needs the whole.

    It holds the register, the commitment's own entries, and the pool's agreement and closing with whatever
    was said about those. A property test compares its verdicts with the whole Book's.
    """
    if not isinstance(said.event, BOUNDED):
        return None
    found = {row.position: row.entry for row in reader.tagged(["register", f"commitment:{said.event.commitment}"])}
    made = _made(said, found.values())
    if any(one.contract or one.scheme or one.outcomes or one.settlement or one.grant for one in made):
        return None
    if any(one.replaces for one in made):
        return None  # it covers what another commitment's reversal left unfunded
    for pool in {one.pool for one in made if one.pool}:
        found |= _about_pool(reader, pool)
    book = Book()
    for position, line in sorted(found.items()):
        book.size = position - 1
        follow(book, position, line)
    book.size = size
    return book


def _made(said: Statement, lines: Iterable[bytes]) -> list[CommitmentMade]:
    events = (said.event, *(entry.read(line).statement.event for line in lines))
    return [event for event in events if isinstance(event, CommitmentMade)]


def _about_pool(reader: TaggedReader, pool: str) -> dict[int, bytes]:
    """The pool's own entries, and what was said about them, and about that; no commitment to it."""
    found: dict[int, bytes] = {}
    fresh = {row.position: row.entry for row in reader.tagged([f"pool:{pool}"], _POOL_KINDS)}
    while fresh:
        found |= fresh
        ids = [entry.read(line).statement.id for line in fresh.values()]
        named = reader.tagged([f"entry:{one}" for one in ids])
        fresh = {row.position: row.entry for row in named if row.position not in found}
    return found


# -- heads that were ------------------------------------------------------------------------------

Moment = tuple[bytes, Instant]
"""The root of the log at a size, and when the entry of that number was received."""


class Heads:
    """The log's heads by size: the newest few thousand in memory, older ones asked for again."""

    def __init__(self, older: Callable[[int], Moment | None], keep: int = 4096) -> None:
        self._older = older
        self._keep = keep
        self._recent: OrderedDict[int, Moment] = OrderedDict()

    def note(self, size: int, root: bytes, received_at: Instant) -> None:
        """The log had this head."""
        self._recent[size] = root, received_at
        if len(self._recent) > self._keep:
            self._recent.popitem(last=False)

    def at(self, size: int) -> Moment | None:
        """The head of that size, or None if the log never had it."""
        recent = self._recent.get(size)
        if recent is None and (recent := self._older(size)) is not None:
            self.note(size, *recent)  # a whole import has seen the same old head
        return recent
