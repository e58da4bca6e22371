"""What the drivers' errors mean, in the words of `ledger.errors`: the one place where they are translated.

Law: no error of a driver, of SQLAlchemy or of the operating system leaves the store untranslated, and none is
softened. What may have been recorded without our knowing it is never called recorded, nor lost.
"""

from __future__ import annotations

import sqlite3
from typing import NamedTuple

from sqlalchemy.exc import DBAPIError

from ledger.errors import (
    InputOutput,
    LedgerError,
    Locked,
    NoLedger,
    NotALedger,
    VerificationFailed,
)


class Fault(NamedTuple):
    """How a driver's error is told: the class, the sentence before the driver's own words, what to do."""

    family: type[LedgerError]
    why: str
    next_step: str


SEND_AGAIN = (
    "Nothing was acknowledged. Send it again when this is mended: "
    "if it was recorded after all, the answer is its receipt."
)
HELD = Fault(
    Locked,
    "Another process has held the ledger for longer than the time allowed",
    "Try again, or find the process that keeps it.",
)
FULL = Fault(InputOutput, "There is no room left where the ledger is kept", f"Make room. {SEND_AGAIN}")
BROKEN = Fault(InputOutput, "The disk or the database failed", SEND_AGAIN)
LOST = Fault(InputOutput, "The database cannot be reached", f"Check that it runs and can be reached. {SEND_AGAIN}")
UNOPENED = Fault(
    InputOutput,
    "The ledger's file cannot be opened",
    "Check that this user may read and write the file and the folder that it is in.",
)
READ_ONLY = Fault(
    InputOutput,
    "The ledger cannot be written here",
    "Give this user the right to write to the ledger's file and its folder; to read only, copy the ledger.",
)
FORBIDDEN = Fault(InputOutput, "The database does not let this user do that", "Use a user with the right to.")
FOREIGN = Fault(NotALedger, "This is not a ledger of ours", "Check the address that was given.")
ABSENT = Fault(NoLedger, "There is no ledger here", "Check the address, or make one with: outcomes init")
DAMAGED = Fault(
    VerificationFailed,
    "The database file itself is damaged",
    "Keep this file as evidence, restore a backup, and compare the two with: outcomes audit",
)
CONTRADICTED = Fault(
    VerificationFailed,
    "The tables do not agree with each other, so nothing more is added to them",
    "Find out where with: outcomes audit",
)

SQLITE = {
    **dict.fromkeys((sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL), HELD),
    **dict.fromkeys((sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH), READ_ONLY),
    **dict.fromkeys((sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_FORMAT), DAMAGED),
    sqlite3.SQLITE_CANTOPEN: UNOPENED,
    sqlite3.SQLITE_FULL: FULL,
    sqlite3.SQLITE_NOTADB: FOREIGN,
    sqlite3.SQLITE_CONSTRAINT: CONTRADICTED,
}
"""By SQLite's primary result code (www.sqlite.org/rescode.html); every other code is BROKEN."""

POSTGRESQL = {
    **dict.fromkeys(("55P03", "40P01", "40001"), HELD),  # no lock in time, deadlock, serialization
    **dict.fromkeys(("53100", "53200"), FULL),
    **dict.fromkeys(("XX001", "XX002", "22021"), DAMAGED),  # data or index corrupted, text unreadable
    **dict.fromkeys(("42P01", "42703", "42804"), FOREIGN),  # no such table, column, or of another type
    **dict.fromkeys(("3D000", "3F000"), ABSENT),  # no such database or schema
    **dict.fromkeys(("28000", "28P01", "42501"), FORBIDDEN),
    "25006": READ_ONLY,
    "P0001": CONTRADICTED,  # our own triggers
    "08": LOST,
    "23": CONTRADICTED,
    "57P": LOST,  # the server is shutting down or starting up
}
"""By SQLSTATE or its beginning (PostgreSQL 15, appendix A); every other is BROKEN."""


def translated(error: Exception, where: str) -> LedgerError:
    """Our error for one of SQLite's, of psycopg's, of SQLAlchemy's around either, or of the system's."""
    cause = error.orig if isinstance(error, DBAPIError) and isinstance(error.orig, Exception) else error
    if isinstance(cause, UnicodeDecodeError):  # the database's own words hold bytes that are no text
        fault = DAMAGED
    else:
        fault = _of_sqlite(cause) if isinstance(cause, sqlite3.Error) else _of_postgresql(cause)
    return fault.family(f"{fault.why}: {_said(cause)}", where=where, next_step=fault.next_step)


def _said(cause: Exception) -> str:
    """The database's own sentence, without the place in its source."""
    diagnosis = getattr(cause, "diag", None)
    return " ".join((getattr(diagnosis, "message_primary", None) or str(cause)).split())


def _of_sqlite(cause: sqlite3.Error) -> Fault:
    code = getattr(cause, "sqlite_errorcode", None)
    if code is None:
        return BROKEN
    if code == sqlite3.SQLITE_ERROR and str(cause).startswith(("no such table", "no such column")):
        return FOREIGN
    return SQLITE.get(code & 0xFF, BROKEN)


def _of_postgresql(cause: Exception) -> Fault:
    state = getattr(cause, "sqlstate", None)
    if state is None:
        # A refused connection carries no SQLSTATE, only the server's words.
        if 'database "' in str(cause) and "does not exist" in str(cause):
            return ABSENT
        return LOST if isinstance(cause, OSError) or type(cause).__name__ == "OperationalError" else BROKEN
    return POSTGRESQL.get(state) or POSTGRESQL.get(state[:3]) or POSTGRESQL.get(state[:2]) or BROKEN
