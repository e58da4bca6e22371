"""A ledger in one SQLite file: how it is opened, guarded, locked, committed and scrubbed.

Law: the file is its owner's alone (0600); a commit is on the disk before it is acknowledged (write-ahead log,
synchronous=FULL); nothing is created unless creating was asked for. The triggers are a speed bump against
mistakes. The proof is the tree.
"""

from __future__ import annotations

import os
import sqlite3
import stat
from collections.abc import Iterator, Sequence
from operator import methodcaller
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine
from sqlalchemy.engine import Engine
from sqlalchemy.pool import QueuePool

from ledger.errors import InputOutput, Locked, NoLedger
from ledger.store.database import Database, Line, Write
from ledger.store.faults import translated
from ledger.store.statements import HEAD, Statement

OLDEST = (3, 37)
"""The first SQLite whose tables keep to their columns' types (STRICT)."""

STAYS = "what was recorded stays as it is"


def _guard(name: str, before: str, when: str = "", why: str = STAYS) -> str:
    return f"CREATE TRIGGER {name} BEFORE {before} {when} BEGIN SELECT RAISE(ABORT, '{why}'); END"


GUARDS = (
    *(
        _guard(f"{table}_keep_from_{deed}", f"{deed} ON {table}")
        for table in ("entries", "statements", "tags", "tiles")
        for deed in ("update", "delete")
    ),
    # INSERT OR REPLACE walks past UPDATE and DELETE triggers, so what replaces must be stopped as it is inserted.
    # In `tags` the whole row is the key: replacing one changes nothing.
    _guard(
        "entries_in_turn",
        "INSERT ON entries",
        "WHEN NEW.position IS NOT (SELECT coalesce(max(position), 0) + 1 FROM entries)",
        "entries are added in turn",
    ),
    _guard(
        "statements_once",
        "INSERT ON statements",
        "WHEN EXISTS (SELECT 1 FROM statements WHERE id = NEW.id OR position = NEW.position)",
    ),
    _guard(
        "tiles_once",
        "INSERT ON tiles",
        "WHEN EXISTS (SELECT 1 FROM tiles WHERE level = NEW.level AND number = NEW.number)",
    ),
    _guard(
        "openings_once",
        "INSERT ON openings",
        "WHEN EXISTS (SELECT 1 FROM openings WHERE position = NEW.position AND field = NEW.field)",
    ),
    _guard("openings_keep_from_update", "UPDATE ON openings"),
    _guard("head_only_one", "INSERT ON head", "WHEN EXISTS (SELECT 1 FROM head)"),
    _guard("head_keep_from_delete", "DELETE ON head"),
    _guard(
        "head_only_grows",
        "UPDATE ON head",
        "WHEN NEW.size <= OLD.size OR (length(OLD.checkpoint) > 0 AND length(NEW.checkpoint) = 0)",
        "the log only grows, and once sealed it stays sealed",
    ),
)

PRAGMAS = (
    "PRAGMA synchronous=FULL",
    "PRAGMA fullfsync=ON",  # macOS acknowledges a plain fsync before the disk has it
    "PRAGMA secure_delete=ON",
    "PRAGMA trusted_schema=OFF",  # a file that someone hands us runs no functions of its own
)


class SqliteLine(Line):
    """A connection to the file."""

    def __init__(self, database: Sqlite) -> None:
        self._database = database
        self._streams: set[sqlite3.Cursor] = set()
        super().__init__(database)

    def stream(self, statement: Statement, /, **values: object) -> Iterator[tuple[Any, ...]]:
        sql, names = statement.on(self._dialect)
        with self.telling():
            cursor = self._driver.execute(sql, [values[name] for name in names])
            self._streams.add(cursor)
            try:
                yield from cursor
            finally:
                cursor.close()
                self._streams.discard(cursor)

    def damage(self) -> list[str]:
        # An index that disagrees with its table would show one reader this and another that.
        return [str(row[0]) for row in self.run("PRAGMA integrity_check(20)") if row != ("ok",)]

    def begin_reading(self) -> None:
        self.run("BEGIN")

    def begin_writing(self) -> tuple[Any, ...] | None:
        self._database.require_same_file()
        try:
            self._cursor.execute("BEGIN IMMEDIATE")
            head: tuple[Any, ...] | None = self._cursor.execute(HEAD.on(self._dialect)[0]).fetchone()
        except self._error as error:
            raise translated(error, self.where) from error
        self._database.require_same_file()  # and again: whoever held the lock may have replaced it meanwhile
        return head

    def finish(self, writes: Sequence[Write]) -> None:
        try:
            for statement, rows in writes:
                self._cursor.executemany(statement.on(self._dialect)[0], rows)
            self._cursor.execute("COMMIT")
        except self._error as error:
            raise translated(error, self.where) from error

    def give_back(self) -> None:
        # A stream that was abandoned half-way would otherwise keep its transaction open, and the log growing.
        for cursor in list(self._streams):
            cursor.close()
        super().give_back()


class Sqlite(Database):
    """A ledger's file. NoLedger when it is absent and not to be created."""

    table_names = "SELECT name FROM sqlite_master WHERE type = 'table'"
    guards = GUARDS
    shares = False
    line_class = SqliteLine
    driver_error = sqlite3.Error

    def __init__(self, path: Path, where: str, patience: float, *, create: bool) -> None:
        self.path = path.absolute()
        self.where = where
        if sqlite3.sqlite_version_info < OLDEST:
            raise InputOutput(
                f"This Python has SQLite {sqlite3.sqlite_version}, and a ledger needs {'.'.join(map(str, OLDEST))}.",
                where=where,
                next_step="Use a newer Python or a newer system, or keep the ledger in PostgreSQL.",
            )
        if create:
            make_private_file(self.path, where)
        self._file = self._identity()
        super().__init__(where, patience)

    def _connect(self) -> Engine:
        return create_engine("sqlite://", creator=self._new_connection, poolclass=QueuePool, max_overflow=-1)

    def _new_connection(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            f"{self.path.as_uri()}?mode=rw",  # never creates
            uri=True,
            timeout=self.patience,
            isolation_level=None,  # transactions begin and end where we say so
            check_same_thread=False,  # the pool lends a connection to one thread at a time
        )
        # Text that someone made unreadable is handed on as it is, for audit to find, rather than stop the reading.
        connection.text_factory = methodcaller("decode", "utf-8", "surrogateescape")
        try:
            for pragma in PRAGMAS:
                connection.execute(pragma)
        except sqlite3.Error:
            connection.close()
            raise
        return connection

    def require_tables(self) -> None:
        """As for every database; and the log is written ahead, whatever someone may have set since."""
        super().require_tables()
        with self.lending() as line:
            if line.run("PRAGMA journal_mode") != [("wal",)] and line.run("PRAGMA journal_mode=WAL") != [("wal",)]:
                raise InputOutput(
                    "This file system cannot keep a write-ahead log.",
                    where=self.where,
                    next_step="Keep the ledger on a disk of this machine.",
                )

    def _begin_making(self, line: Line) -> None:
        line.run("BEGIN IMMEDIATE")

    def empty(self) -> NoLedger:
        return self.foreign("The file holds none of a ledger's tables.")

    def _identity(self) -> tuple[int, int]:
        """What tells this file from every other. NoLedger when it is absent, NotALedger when it is no file."""
        try:
            status = self.path.stat()
        except (FileNotFoundError, NotADirectoryError) as error:
            raise NoLedger(
                "There is no file here.", where=self.where, next_step="Make a ledger with: outcomes init"
            ) from error
        except OSError as error:
            raise _unusable(error, self.where) from error
        if not stat.S_ISREG(status.st_mode):
            raise self.foreign("It is not a file.")
        return status.st_dev, status.st_ino

    def require_same_file(self) -> None:
        """InputOutput when the file was moved or replaced: what is written to the old one would be lost."""
        try:
            same = self._identity() == self._file
        except NoLedger:
            same = False
        if not same:
            raise InputOutput(
                "The ledger's file was moved or replaced while it was open.",
                where=self.where,
                next_step="Close every program that uses it, and open it again.",
            )

    def scrub(self) -> list[str]:
        """Rewrite the file without its free pages, then empty the write-ahead log into it.

        That needs as much room again as the ledger takes.
        """
        try:
            with self.lending() as line:
                line.run("VACUUM")
                busy, _, _ = line.run("PRAGMA wal_checkpoint(TRUNCATE)")[0]
        except Locked as error:
            return [f"The file was not rewritten, so it may still hold the bytes. {error.why} {error.next_step}"]
        if busy:
            return [
                "The write-ahead log may still hold the bytes, because another program was reading the ledger. "
                "Close it and scrub again."
            ]
        return []


def make_private_file(path: Path, where: str) -> None:
    """Make an empty file that only its owner may read, unless it is there; SQLite's companions take its mode."""
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
        # The file's name must survive a power cut as surely as what will be written into it.
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except FileExistsError:
        return
    except OSError as error:
        raise _unusable(error, where) from error


def _unusable(error: OSError, where: str) -> InputOutput:
    return InputOutput(
        f"The database file cannot be opened or made: {error.strerror}.",
        where=where,
        next_step="Check that the folder exists and that this user may read and write the file and the folder.",
    )
