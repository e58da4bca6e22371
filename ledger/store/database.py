"""What the store asks of a database, whichever it is: a line to speak on, tables to find or to make.

Law: a transaction begins and ends only where this package says so. `finish` returns when what was written is
durable, and not before; whatever else happens on the way, nothing was acknowledged.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, ClassVar

from sqlalchemy.engine import Engine
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import PoolProxiedConnection
from sqlalchemy.schema import CreateIndex, CreateTable

from ledger.errors import LedgerError, NoLedger, NotALedger
from ledger.merkle import EMPTY_ROOT
from ledger.store.faults import translated
from ledger.store.statements import FOUND_HEAD, Statement
from ledger.store.tables import TABLES

Write = tuple[Statement, Sequence[tuple[object, ...]]]
"""A statement and the rows that it is run for."""


class Line(ABC):
    """One driver connection on loan from the pool, used by one thread at a time."""

    def __init__(self, database: Database) -> None:
        self.where = database.where
        self._dialect: Dialect = database.engine.dialect
        self._error: tuple[type[Exception], ...] = (database.driver_error, UnicodeDecodeError)
        self._loan: PoolProxiedConnection = database.engine.raw_connection()
        driver: Any = self._loan.driver_connection
        self._driver = driver
        self._cursor = driver.cursor()

    def run(self, sql: str) -> list[tuple[Any, ...]]:
        """Run a sentence of SQL that carries no value; return the rows, if it gives any."""
        with self.telling():
            cursor = self._driver.cursor().execute(sql)
            return cursor.fetchall() if cursor.description else []

    def rows(self, statement: Statement, /, **values: object) -> list[tuple[Any, ...]]:
        """Run a statement and return all its rows."""
        sql, names = statement.on(self._dialect)
        try:
            found: list[tuple[Any, ...]] = self._cursor.execute(sql, [values[name] for name in names]).fetchall()
        except self._error as error:
            raise translated(error, self.where) from error
        return found

    @abstractmethod
    def stream(self, statement: Statement, /, **values: object) -> Iterator[tuple[Any, ...]]:
        """Run a statement and hand its rows out one by one, never all in memory. Inside a transaction only."""

    @abstractmethod
    def begin_reading(self) -> None:
        """Begin a transaction that sees one state of the database, from its first read to its end."""

    @abstractmethod
    def begin_writing(self) -> tuple[Any, ...] | None:
        """Begin a transaction that holds the head, waiting for it as long as patience lasts; return its row.

        Locked when another process keeps it for longer.
        """

    @abstractmethod
    def finish(self, writes: Sequence[Write]) -> None:
        """Write and COMMIT. When this returns, all of it is durable; when it raises, nothing is acknowledged."""

    def damage(self) -> list[str]:
        """What the database finds wrong with itself, where it can be asked."""
        return []

    def roll_back(self) -> None:
        """End the transaction and undo it."""
        self.run("ROLLBACK")

    def give_back(self) -> None:
        """Return the connection to the pool."""
        self._loan.close()

    def discard(self) -> None:
        """Close the connection: its state is in doubt. What was open on it is undone by the database."""
        with suppress(*self._error, SQLAlchemyError):
            self._loan.invalidate()

    @contextmanager
    def telling(self) -> Iterator[None]:
        """Translate the driver's errors inside the block."""
        try:
            yield
        except self._error as error:
            raise translated(error, self.where) from error


class Database(ABC):
    """One database at one address: its pool of connections, and what only this kind of database needs."""

    table_names: ClassVar[str]
    guards: ClassVar[Sequence[str]]
    shares: ClassVar[bool]
    line_class: ClassVar[type[Line]]

    def __init__(self, where: str, patience: float) -> None:
        self.where = where
        self.patience = patience
        self.engine: Engine = self._connect()

    @property
    @abstractmethod
    def driver_error(self) -> type[Exception]:
        """The class that all errors of the driver derive from."""

    @abstractmethod
    def _connect(self) -> Engine:
        """An engine whose connections are in autocommit and as durable and as patient as the laws demand."""

    @abstractmethod
    def _begin_making(self, line: Line) -> None:
        """Begin the transaction that makes the tables, alone."""

    @abstractmethod
    def scrub(self) -> list[str]:
        """Leave no byte of what was deleted. Returns a sentence for each thing that could not be done."""

    def line(self) -> Line:
        """A line on a connection from the pool. InputOutput when there is none to be had."""
        try:
            return self.line_class(self)
        except (self.driver_error, SQLAlchemyError, UnicodeDecodeError) as error:
            raise translated(error, self.where) from error

    @contextmanager
    def lending(self) -> Iterator[Line]:
        """A line for the time of a block, outside any transaction."""
        line = self.line()
        try:
            yield line
        except LedgerError:
            line.discard()
            raise
        finally:
            line.give_back()

    def require_tables(self) -> None:
        """NoLedger when none of our tables is there; NotALedger when only some are."""
        with self.lending() as line:
            missing = TABLES.tables.keys() - self._names(line)
        if missing == TABLES.tables.keys():
            raise self.empty()
        if missing:
            raise self.foreign(f"It lacks the tables {', '.join(sorted(missing))}.")

    def make_tables(self) -> None:
        """Make the tables, their triggers and the head of an empty log, unless they are there already."""
        with self.lending() as line:
            self._begin_making(line)
            names = self._names(line)
            if TABLES.tables.keys() & names:
                line.roll_back()
                return
            if names and not self.shares:
                raise self.foreign("There are other tables in it, and a ledger has its file to itself.")
            for table in TABLES.sorted_tables:
                line.run(str(CreateTable(table).compile(dialect=self.engine.dialect)))
                for index in table.indexes:
                    line.run(str(CreateIndex(index).compile(dialect=self.engine.dialect)))
            for guard in self.guards:
                line.run(guard)
            line.finish([(FOUND_HEAD, [(1, 0, EMPTY_ROOT, b"", b"")])])

    def _names(self, line: Line) -> set[str]:
        return {name for (name,) in line.run(self.table_names)}

    def empty(self) -> NoLedger:
        """The error for a database without any of our tables."""
        return NoLedger(
            "There is no ledger in this database.", where=self.where, next_step="Make one with: outcomes init"
        )

    def foreign(self, why: str) -> NotALedger:
        """The error for a database that is something else."""
        return NotALedger(
            f"This is not a ledger of ours. {why}",
            where=self.where,
            next_step="Check the address that was given.",
        )

    def close(self) -> None:
        """Close the pool's connections."""
        self.engine.dispose()
