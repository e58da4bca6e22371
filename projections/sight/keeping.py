"""Keeping: the tables follow the log in batches, rows and position in one transaction, and are caught up before a read.

Law: the library's tracking contract (`ledger.store.tracking`). Tables that are not of this log, or stand where it
never stood, are refused, and made again from nothing when asked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import zip_longest
from typing import Any, Final

from eventsourcing.persistence import IntegrityError, Tracking
from sqlalchemy import Connection, Table, bindparam, case, delete, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from ledger.book import Book
from ledger.errors import LogMoved, VerificationFailed
from ledger.merkle import Tree, leaf_hash
from ledger.replay import Replayed
from ledger.store.tracking import TrackingTables, positions
from projections.sight.following import Batch, Follower
from projections.sight.tables import ROWS, facts, heads, metadata, pending, postings, received

BATCH: Final = 2000


class Kept(TrackingTables):
    """The tables, in SQLite or PostgreSQL, in memory or in a file."""

    tables = metadata

    def head(self, log: str) -> tuple[int, bytes] | None:
        """The size and root of the log that the tables are of."""
        with self.reading() as connection:
            row = connection.execute(select(heads.c.size, heads.c.root).where(heads.c.log == log)).first()
        return (row.size, bytes(row.root)) if row else None

    def numbers(self) -> dict[str, int]:
        """The last number in each table whose rows are numbered one by one."""
        numbered = [table for table in ROWS if "number" in table.c]
        with self.reading() as connection:
            last = {table.name: connection.scalar(select(func.max(table.c.number))) for table in numbered}
        return {name: number or 0 for name, number in last.items()}

    def take(self, batch: Batch, log: str, after: int, size: int, root: bytes) -> None:
        """Add a batch, and move the position from `after` to `size`, in one transaction."""
        with self._alone_from(log, after, size) as connection:
            for table in ROWS:
                rows = getattr(batch, table.name)
                if rows and isinstance(rows[0], tuple):
                    connection.exec_driver_sql(_insert(connection, table), rows)
                elif rows:
                    connection.execute(insert(table), rows)
            _end(connection, batch)
            for day, last in batch.received.items():
                _put(connection, received, {"day": day}, {"last": last})
            _put(connection, heads, {"log": log}, {"size": size, "root": root})

    @contextmanager
    def _alone_from(self, log: str, after: int, size: int) -> Iterator[Connection]:
        """As `advancing`. Raises LogMoved where somebody else moved the position in between."""
        try:
            with self.advancing(Tracking(log, size), after=after) as connection:
                yield connection
        except IntegrityError as error:
            raise LogMoved("somebody else keeps these tables at this moment", next_step="try again") from error

    def differences(self, other: Kept) -> list[str]:
        """The tables in which two differ, each with the first row that does."""
        found: list[str] = []
        with self.reading() as mine, other.reading() as theirs:
            for table in (*ROWS, received):
                order = table.primary_key.columns
                pairs = zip_longest(
                    mine.execute(select(table).order_by(*order)), theirs.execute(select(table).order_by(*order))
                )
                differing = next(((one, another) for one, another in pairs if one != another), None)
                if differing is not None:
                    one, another = differing
                    found.append(f"{table.name}: kept {_shown(one)}, made anew {_shown(another)}")
        return found

    def forget(self, log: str) -> None:
        """Empty the tables: they begin again from nothing."""
        with self.changing() as connection:
            for table in (*ROWS, received, heads):
                connection.execute(delete(table))
            connection.execute(delete(positions).where(positions.c.log == log))


def _end(connection: Connection, batch: Batch) -> None:
    """What is known no longer. In one batch a row may come and go: it ends only where it began before."""
    for table, rows in ((facts, batch.ended), (pending, batch.answered)):
        if rows:
            open_ = table.c.id == bindparam("ended"), table.c.entry < bindparam("at"), table.c.until.is_(None)
            connection.execute(update(table).where(*open_).values(until=bindparam("at")), rows)
    if batch.undone:
        stood = postings.c.said == bindparam("undone"), postings.c.entry < bindparam("at"), postings.c.until.is_(None)
        later = case((postings.c.day > bindparam("from_day"), postings.c.day), else_=bindparam("from_day"))
        connection.execute(update(postings).where(*stood).values(until=bindparam("at"), until_day=later), batch.undone)


def _insert(connection: Connection, table: Table) -> str:
    """The statement that adds whole rows: the driver's own, since there are several for each entry of the log."""
    mark = "%s" if connection.dialect.name == "postgresql" else "?"
    names = ", ".join(column.name for column in table.columns)
    return f"INSERT INTO {table.name} ({names}) VALUES ({', '.join([mark] * len(table.columns))})"  # noqa: S608


def _shown(row: Any) -> str:
    return "nothing" if row is None else " ".join(str(value) for value in row if value not in (None, ""))[:200]


def _put(connection: Connection, table: Table, key: dict[str, Any], values: dict[str, Any]) -> None:
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    row: Any = dialect.insert(table).values(**key, **values)
    connection.execute(row.on_conflict_do_update(index_elements=list(key), set_=values))


def catch_up(
    kept: Kept, log: str, history: Callable[[Book], Iterable[Replayed]], progress: Callable[[int], None] | None = None
) -> Book | None:
    """Bring the tables to the end of a history; the Book there, or None where nothing was new to fold.

    The Book of the position must be folded anew, so the history begins at the first entry; rows that are there are
    not written again. Raises VerificationFailed where the tables are of another log.
    """
    at = kept.max_tracking_id(log) or 0
    book, follower, batch, tree = Book(), Follower(), Batch(), Tree()
    after = at
    follower.numbers.update(kept.numbers())
    for replayed in history(book):
        tree.append(leaf_hash(replayed.entry.line))
        if replayed.position <= at:
            follower.pass_by(replayed, book)
            if replayed.position == at:
                require_same(kept, log, tree.root())
            continue
        follower.take(replayed, book, batch)
        if progress is not None:
            progress(replayed.position)
        if replayed.position - after >= BATCH:
            kept.take(batch, log, after, replayed.position, tree.root())
            after, batch = replayed.position, Batch()
    if book.size < at:
        raise _another(log)
    if book.size > after:
        kept.take(batch, log, after, book.size, tree.root())
    return book


def require_same(kept: Kept, log: str, root: bytes) -> None:
    """Refuse tables that were made of another log. Raises VerificationFailed."""
    head = kept.head(log)
    if head is None or head[1] != root:
        raise _another(log)


def _another(log: str) -> VerificationFailed:
    return VerificationFailed(
        f"the tables of the views are not of this log, {log}", next_step="outcomes views rebuild makes them again"
    )
