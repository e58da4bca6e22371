"""The store: the one door between the log and its database.

Law: an entry is added only in a turn, under the lock on the head, and is acknowledged only when it is durable.
There is no update and no delete (openings of sealed fields aside). The store is also the library's `DCBRecorder`,
whose generic `append` works while a log is unsealed and never again.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Self

from eventsourcing.dcb.api import DCBAppendCondition, DCBEvent, DCBQuery, DCBRecorder
from eventsourcing.persistence import IntegrityError, ProgrammingError

from ledger.errors import LedgerError, Locked, Refused, VerificationFailed
from ledger.store.address import database_at
from ledger.store.database import Database, Line
from ledger.store.following import Reading, Subscription
from ledger.store.reading import Head, Reader, StoredEntry
from ledger.store.turn import Row, Seal, Turn, unsealed


class Store(DCBRecorder):
    """The log in its database. Safe for many threads; one of them writes at a time."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._front = threading.Lock()  # this process's writers queue here rather than at the database
        self._writer: Line | None = None
        self._closed = False

    @classmethod
    def open(cls, url: str, *, create: bool = False, patience: float = 30.0) -> Store:
        """The store at `sqlite:///path` or `postgresql+psycopg://user@host/database`.

        `create` makes what is missing: the file and the tables of an unsealed, empty log. `patience` is how many
        seconds a writer waits for its turn. Malformed: not such an address. NoLedger: nothing there. NotALedger:
        something else there. InputOutput: it cannot be reached, or would lose what it acknowledged.
        """
        database = database_at(url, patience, create=create)
        try:
            if create:
                database.make_tables()
            database.require_tables()
        except BaseException:
            database.close()
            raise
        return cls(database)

    def close(self) -> None:
        """Let go of the database. A turn that is under way ends first."""
        with self._front:
            self._closed = True
            if self._writer is not None:
                self._writer.give_back()
                self._writer = None
            self._database.close()

    # -- turns ----------------------------------------------------------------------------------

    @contextmanager
    def turn(self, seal: Seal) -> Iterator[Turn]:
        """Hold the head for the time of a block, and record what it appended when it ends.

        `seal(size, root)` returns the signed checkpoint over the new head. When the block, or the seal, raises,
        nothing is recorded and the exception goes on; a block that appended nothing only lets go of the head.
        Locked: another held the head for longer than patience. InputOutput: not durable, so not acknowledged.
        VerificationFailed: the tables contradict each other.
        """
        with self._writing() as (line, head):
            turn = Turn(line, head)
            yield turn
            writes = turn.writes(seal)
            if writes:
                line.finish(writes)
            else:
                line.roll_back()

    @contextmanager
    def _writing(self) -> Iterator[tuple[Line, Head]]:
        """The writer's line inside a transaction that holds the head. Whoever enters ends the transaction."""
        if not self._front.acquire(timeout=self._database.patience):
            raise Locked(
                "Another turn in this process has held the ledger for longer than the time allowed.",
                where=self._database.where,
                next_step="Try again.",
            )
        try:
            self._require_open()
            line = self._writer or self._database.line()
            self._writer = None
            try:
                row = line.begin_writing()
                if row is None:
                    raise VerificationFailed("The log has no head.", where=self._database.where)
                yield line, Head(*row)
            except BaseException as error:
                self._writer = _undone(line, error)
                raise
            self._writer = line
        finally:
            self._front.release()

    # -- reading --------------------------------------------------------------------------------

    @contextmanager
    def snapshot(self) -> Iterator[Reader]:
        """Every way of reading, of the one state that the log was in when the block began."""
        self._require_open()
        with self._database.lending() as line:
            line.begin_reading()
            reader = Reader(line)
            if not reader.head_rows():  # in both databases the state is fixed by the first read, not by BEGIN
                reader.head()  # says that there is none
            yield reader

    @contextmanager
    def _reader(self) -> Iterator[Reader]:
        self._require_open()
        with self._database.lending() as line:
            yield Reader(line)

    def head(self) -> Head:
        """The head as it is now."""
        with self._reader() as reader:
            return reader.head()

    def entries(self, after: int = 0, until: int | None = None, batch: int = 1000) -> Iterator[StoredEntry]:
        """The entries after a position, up to and with `until`, in order, of one state of the log.

        `batch` rows are in memory at a time.
        """
        with self.snapshot() as reader:
            yield from reader.entries(after, until, batch)

    def position_of(self, statement: bytes) -> int | None:
        """The position of the statement with this 16-byte id; None when there is none."""
        with self._reader() as reader:
            return reader.position_of(statement)

    def root_at(self, size: int) -> bytes | None:
        """The root of the first `size` entries; None beyond the log."""
        with self._reader() as reader:
            return reader.root_at(size)

    def hashes(self, level: int, first: int, count: int) -> Sequence[bytes]:
        """What `merkle.HashSource` promises."""
        with self._reader() as reader:
            return reader.hashes(level, first, count)

    def openings(self, position: int) -> dict[str, bytes]:
        """The openings that are kept of an entry's sealed fields, by field."""
        with self._reader() as reader:
            return reader.openings(position)

    def scrub(self) -> list[str]:
        """After an erasure, leave no byte of what was deleted where this database keeps its data.

        Returns a sentence for each thing that could not be done; none when all was. Backups are not reached.
        """
        self._require_open()
        return self._database.scrub()

    def _require_open(self) -> None:
        if self._closed:
            raise ValueError("This store was closed.")

    # -- the library's contract -----------------------------------------------------------------

    def read(self, query: DCBQuery | None = None, *, after: int | None = None, limit: int | None = None) -> Reading:
        """The entries that match, in order, read as they are asked for. Tags come in the order of their bytes."""
        return Reading(self._reader, query, after or 0, limit)

    def append(self, events: Sequence[DCBEvent], condition: DCBAppendCondition | None = None) -> int:
        """The generic door: add events to an unsealed log, and return the last position.

        Refused once the log is sealed. The library's IntegrityError when the condition fails.
        """
        if not events:
            raise ProgrammingError("There must be at least one event.")
        with self.turn(unsealed) as turn:
            if turn.head.checkpoint:
                raise Refused("Entries are added to this ledger only by recording signed statements.")
            if condition is not None:
                for _ in turn.read(condition.fail_if_events_match, condition.after or 0):
                    raise IntegrityError(condition)
            return [turn.append(Row(event.type, event.data, event.tags)) for event in events][-1]

    def subscribe(self, query: DCBQuery | None = None, *, after: int | None = None) -> Subscription[Self]:
        """The entries that match, and then those to come, as they come."""
        return Subscription(self, self._reader, query, after)


def _undone(line: Line, error: BaseException) -> Line | None:
    """The line with its transaction undone; None when its state is in doubt, and it was closed instead."""
    if isinstance(error, LedgerError | IntegrityError):
        with suppress(LedgerError):
            line.roll_back()
            return line
    line.discard()
    line.give_back()
    return None
