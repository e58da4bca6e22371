"""The tables of the log, the same in SQLite and PostgreSQL.

Law: the bytes in `entries.entry` are the truth. Every other column of `entries`, `statements`, `tags`, `tiles` and
`head` can be computed from them again, and audit does so; `openings` answer to digests inside the entries.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Column, Index, Integer, LargeBinary, MetaData, Table, Text

TABLES = MetaData()

# In SQLite only the word INTEGER makes the position the row's own key: one tree to write instead of two.
NUMBER = BigInteger().with_variant(Integer(), "sqlite")
# The order of bytes in both databases: no operating system's update can re-sort an index under us.
WORDS = Text().with_variant(Text(collation="C"), "postgresql")
OCTETS = LargeBinary()

entries = Table(
    "entries",
    TABLES,
    Column("position", NUMBER, CheckConstraint("position >= 1"), primary_key=True, autoincrement=False),
    Column("kind", WORDS, nullable=False),
    Column("leaf", OCTETS, CheckConstraint("length(leaf) = 32"), nullable=False),
    Column("root", OCTETS, CheckConstraint("length(root) = 32"), nullable=False),
    Column("entry", OCTETS, nullable=False),  # last: SQLite reads the hashes without walking over it
    sqlite_strict=True,
)
"""One row an entry. `leaf` is its leaf hash, `root` the root of the tree after it (RFC 6962, SHA-256)."""

statements = Table(
    "statements",
    TABLES,
    Column("id", OCTETS, CheckConstraint("length(id) = 16"), primary_key=True),
    Column("position", NUMBER, nullable=False, unique=True),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)
"""Where each statement stands, by its 16-byte id: what makes submission idempotent for ever."""

tags = Table(
    "tags",
    TABLES,
    Column("tag", WORDS, primary_key=True),
    Column("kind", WORDS, primary_key=True),
    Column("position", NUMBER, primary_key=True, autoincrement=False),
    Index("tags_by_position", "position", "kind", "tag"),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)
"""Which entries carry a tag. In this order a rare kind under a busy tag is a range, never a scan."""

tiles = Table(
    "tiles",
    TABLES,
    Column("level", NUMBER, CheckConstraint("level >= 1"), primary_key=True, autoincrement=False),
    Column("number", NUMBER, CheckConstraint("number >= 0"), primary_key=True, autoincrement=False),
    Column("root", OCTETS, CheckConstraint("length(root) = 32"), nullable=False),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)
"""Roots of complete subtrees of 256**level leaves; level 0 is `entries.leaf`."""

head = Table(
    "head",
    TABLES,
    Column("only", NUMBER, CheckConstraint('"only" = 1'), primary_key=True, autoincrement=False),
    Column("size", NUMBER, nullable=False),
    Column("root", OCTETS, nullable=False),
    Column("edge", OCTETS, nullable=False),
    Column("checkpoint", OCTETS, nullable=False),  # empty until the first seal
    sqlite_strict=True,
)
"""One row: what the log has come to. Whoever holds its lock may append; nobody else may."""

openings = Table(
    "openings",
    TABLES,
    Column("position", NUMBER, primary_key=True, autoincrement=False),
    Column("field", WORDS, primary_key=True),
    Column("opening", OCTETS, nullable=False),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)
"""Openings of sealed fields, beside the entry and outside its leaf. The only rows that may be deleted."""
