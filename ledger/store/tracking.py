"""Tables of a view, and how far through the log they have come: the library's tracking contract on SQLAlchemy.

Law: a view's rows and its position change in one transaction, and the position only grows. So no entry is ever
counted twice, whoever else keeps the same view, and a view can be thrown away and made again.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any, ClassVar

from eventsourcing.persistence import IntegrityError, Tracking, TrackingRecorder
from sqlalchemy import (
    Column,
    Connection,
    Engine,
    MetaData,
    Table,
    create_engine,
    delete,
    event,
    inspect,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.pool import QueuePool, StaticPool
from sqlalchemy.sql.dml import Insert, Update

from ledger.errors import Malformed
from ledger.store.faults import translated
from ledger.store.postgresql import postgresql_engine
from ledger.store.sqlite import make_private_file
from ledger.store.tables import NUMBER, WORDS

IN_MEMORY = "sqlite://"
PATIENCE_SECONDS = 30.0
CACHE_KIB = 131_072
"""For indexes that rows go into all over: with the library's two megabytes each would be read again and again."""

positions = Table(
    "positions",
    MetaData(),
    Column("log", WORDS, primary_key=True),
    Column("position", NUMBER, nullable=False),
)
"""One row a log that is followed: the last position that the view's rows take account of."""


class TrackingTables(TrackingRecorder):
    """Base of a view that is kept in tables: SQLite (a file, or memory for the life of the object) or PostgreSQL.

    A subclass names its tables in `tables`, and writes to them inside `advancing`. They are made when they are
    missing.
    """

    tables: ClassVar[MetaData] = MetaData()

    def __init__(self, url: str = IN_MEMORY) -> None:
        try:
            address = make_url(url)
        except ArgumentError as error:
            raise _no_address() from error
        self._where = address.render_as_string(hide_password=True)
        # In memory there is one connection, so whoever uses it must use it alone.
        in_memory = address.get_backend_name() == "sqlite" and address.database in (None, "", ":memory:")
        self._alone: AbstractContextManager[Any] = threading.RLock() if in_memory else nullcontext()
        self._engine = _engine(address, in_memory=in_memory)
        with self._connection(self._engine) as connection:
            positions.metadata.create_all(connection)
            if self._of_another_release(connection):
                self.tables.drop_all(connection)
                connection.execute(delete(positions))
            self.tables.create_all(connection)

    def _of_another_release(self, connection: Connection) -> bool:
        """Whether tables are there with other columns: then the view begins again from nothing."""
        there = inspect(connection)
        return any(
            {column["name"] for column in there.get_columns(table.name)} != set(table.columns.keys())
            for table in self.tables.sorted_tables
            if there.has_table(table.name)
        )

    # -- the library's contract -----------------------------------------------------------------

    def insert_tracking(self, tracking: Tracking) -> None:
        """Move the position and nothing else. The library's IntegrityError unless it grows."""
        with self.advancing(tracking):
            pass

    def max_tracking_id(self, application_name: str) -> int | None:
        """The position that the view has come to in the log of this name; None when it has not begun."""
        with self.reading() as connection:
            return connection.scalar(select(positions.c.position).where(positions.c.log == application_name))

    # -- for views ------------------------------------------------------------------------------

    @contextmanager
    def advancing(self, tracking: Tracking, *, after: int | None = None) -> Iterator[Connection]:
        """A transaction for a view's rows, in which the position has moved already; COMMIT at the end of the block.

        The library's IntegrityError, with nothing changed, unless the position grows. A puller of batches gives
        the position that it read from as `after` (0: none yet): then it is also refused when somebody else moved
        the position in between, since parts of its batch would be counted twice.
        """
        with self._connection(self._engine) as connection:
            # First of all: it takes the lock that makes everyone else who keeps this view wait.
            if connection.execute(self._move(tracking, after).returning(positions.c.position)).first() is None:
                raise IntegrityError(f"{tracking} does not follow on from where the view stands.")
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that sees the view's rows and its position in one state."""
        engine = self._engine
        if engine.dialect.name == "postgresql":
            engine = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        with self._connection(engine) as connection:
            yield connection

    @contextmanager
    def changing(self) -> Iterator[Connection]:
        """A transaction that may empty the tables, and move the position back."""
        with self._connection(self._engine) as connection:
            yield connection

    def close(self) -> None:
        """Let go of the database; a view in memory is gone."""
        self._engine.dispose()

    def _move(self, tracking: Tracking, after: int | None) -> Insert | Update:
        log, position = tracking.application_name, tracking.notification_id
        if after:
            return (
                update(positions)
                .where(positions.c.log == log, positions.c.position == after, positions.c.position < position)
                .values(position=position)
            )
        dialect = postgresql if self._engine.dialect.name == "postgresql" else sqlite
        first: postgresql.Insert | sqlite.Insert = dialect.insert(positions).values(log=log, position=position)
        if after == 0:
            return first.on_conflict_do_nothing()
        grows = positions.c.position < position
        return first.on_conflict_do_update(index_elements=["log"], set_={"position": position}, where=grows)

    @contextmanager
    def _connection(self, engine: Engine) -> Iterator[Connection]:
        try:
            with self._alone, engine.begin() as connection:
                yield connection
        except SQLAlchemyError as error:
            raise translated(error, self._where) from error


def _engine(address: URL, *, in_memory: bool) -> Engine:
    if address.get_backend_name() == "postgresql":
        return postgresql_engine(address)
    if address.get_backend_name() != "sqlite":
        raise _no_address()
    if not in_memory:
        make_private_file(Path(str(address.database)), str(address))
    engine = create_engine(
        address,
        connect_args={"timeout": PATIENCE_SECONDS, "isolation_level": None, "check_same_thread": False},
        poolclass=StaticPool if in_memory else QueuePool,
    )
    event.listen(engine, "connect", _settle)
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
    return engine


def _no_address() -> Malformed:
    return Malformed(
        "This is not the address of a database for views.",
        next_step="Use sqlite:///views.db or postgresql+psycopg://user@host/database",
    )


def _settle(connection: Any, _: object) -> None:
    """A view can be made again from the log, so a power cut may take its last commits: not its consistency."""
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")
    connection.execute(f"PRAGMA cache_size=-{CACHE_KIB}")
