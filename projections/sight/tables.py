"""Tables: postings, facts and outcome units, kept of the log in a database that can be thrown away.

Law: rows and the position they come to change in one transaction, and only rows of the log are here: dropping the
database loses nothing. What is known by an entry is `entry <= n`; what is true by a day is `day <= t`.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, MetaData, Table, Text

metadata = MetaData()
NUMBER = BigInteger().with_variant(Integer, "sqlite")

postings = Table(
    "postings",
    metadata,
    Column("number", NUMBER, primary_key=True, autoincrement=False),
    Column("entry", NUMBER, nullable=False),
    Column("day", Text, nullable=False),
    Column("account", Text, nullable=False),
    Column("pence", NUMBER, nullable=False),
    Column("funder", Text, nullable=False),
    Column("pool", Text, nullable=False),
    Column("year", Text, nullable=False),
    Column("category", Text, nullable=False),
    Column("accounts_as", Text, nullable=False),
    Column("scheme", Text, nullable=False),
    Column("contract", Text, nullable=False),
    Column("commitment", Text, nullable=False),
    Column("reference", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("of_year", Text, nullable=False),
    Column("standing", Text, nullable=False),
    Index("postings_by_pool", "pool", "account", "funder"),
    Index("postings_by_funder", "funder", "account"),
    Index("postings_by_contract", "contract", "account"),
    Index("postings_by_entry", "entry"),
)
"""What each entry moved, in pence; `number` is the place of a posting among all."""

facts = Table(
    "facts",
    metadata,
    Column("number", NUMBER, primary_key=True, autoincrement=False),
    Column("id", Text, nullable=False),
    Column("entry", NUMBER, nullable=False),
    Column("until", NUMBER),
    Column("day", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("standing", Text, nullable=False),
    Column("position", NUMBER, nullable=False),
    Column("rests_on", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Index("facts_by_kind", "kind", "entry"),
    Index("facts_by_id", "id"),
)
"""What is in effect or unconfirmed, known from `entry` and no longer from `until`."""

units = Table(
    "units",
    metadata,
    Column("number", NUMBER, primary_key=True, autoincrement=False),
    Column("entry", NUMBER, nullable=False),
    Column("day", Text, nullable=False),
    Column("contract", Text, nullable=False),
    Column("claim", Text, nullable=False),
    Column("metric", Text, nullable=False),
    Column("payment", Text, nullable=False),
    Column("what", Text, nullable=False),
    Column("grade", Text, nullable=False),
    Column("units", NUMBER, nullable=False),
    Index("units_by_contract", "contract", "what"),
)
"""How many outcomes were claimed, verified (how we know), rejected and paid for, entry by entry."""

unsigned = Table(
    "unsigned",
    metadata,
    Column("number", NUMBER, primary_key=True, autoincrement=False),
    Column("id", Text, nullable=False),
    Column("entry", NUMBER, nullable=False),
    Column("until", NUMBER),
    Column("pool", Text, nullable=False),
    Column("starts", Text, nullable=False),
    Column("lacks", Text, nullable=False),
    Index("unsigned_by_pool", "pool"),
)
"""The agreements of pools that count before everybody signed: who had still to sign from `entry` on, till `until`."""

received = Table(
    "received",
    metadata,
    Column("day", Text, primary_key=True),
    Column("last", NUMBER, nullable=False),
)
"""The last entry received on each day."""

heads = Table(
    "heads",
    metadata,
    Column("log", Text, primary_key=True),
    Column("size", NUMBER, nullable=False),
    Column("root", LargeBinary, nullable=False),
)
"""The root of the log at the position that the tables have come to: what shows that they are of this very log."""
