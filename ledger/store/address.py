"""What kind of database an address names, and where.

Law: an address is read in one place, and no password in it is ever repeated in an error.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from ledger.errors import Malformed
from ledger.store.database import Database
from ledger.store.postgresql import Postgresql
from ledger.store.sqlite import Sqlite


def database_at(url: str, patience: float, *, create: bool) -> Database:
    """The database at `sqlite:///path` or `postgresql+psycopg://...`. Malformed for any other address.

    `create` makes the file when it is absent; a PostgreSQL database must be there. `patience` is in seconds.
    """
    try:
        address = make_url(url)
    except ArgumentError as error:
        raise _no_address(url) from error
    if address.drivername in ("sqlite", "sqlite+pysqlite") and not address.query:
        if address.database in (None, "", ":memory:"):
            raise Malformed("A ledger is kept in a file.", where=url, next_step="Use sqlite:///ledger.db")
        return Sqlite(Path(str(address.database)), url, patience, create=create)
    if address.drivername in ("postgresql", "postgresql+psycopg"):
        return Postgresql(address, patience)
    raise _no_address(url)


def _no_address(url: str) -> Malformed:
    return Malformed(
        "This is not the address of a ledger's database.",
        where=url.rpartition("@")[2],  # without a password, if there is one
        next_step="Use sqlite:///ledger.db or postgresql+psycopg://user@host/database",
    )
