"""Tables: what the views are read from, kept of the log in a database that can be thrown away.

Law: rows and the position they come to change in one transaction, and only rows of the log are here: dropping the
database loses nothing. What is known by an entry is `entry <= n`; what is true by a day is `day <= t`. A row that is
known no longer keeps its place, with the entry that ended it in `until`.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, MetaData, Table, Text

metadata = MetaData()
NUMBER = BigInteger().with_variant(Integer, "sqlite")

SUMMED = ("entry", "day", "pence", "until", "until_day", "rests_on")
ENDS = ("number", "kind")

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
    Column("metric", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("said", NUMBER, nullable=False),
    Column("rests_on", Text, nullable=False),
    Column("until", NUMBER),
    Column("until_day", Text),
    Index("postings_by_pool", "pool", "account", "funder"),
    Index("postings_by_funder", "funder", "account"),
    Index("postings_by_contract", "contract", "account"),
    Index("postings_by_said", "said"),
    # Each of these holds all that a sum over a whole account asks for, in the order of its groups.
    Index("postings_by_payment", *("account", "contract", "funder", "reference", "entry", "day", "pence"), *ENDS),
    Index("postings_by_payer", *("account", "contract", "funder", "standing", "year", "metric"), *SUMMED, *ENDS),
    Index("postings_by_reference", *("account", "reference", "entry", "day", "pence", "funder", "pool", "number")),
)
"""What each entry moved, in pence; `number` is the place of a posting among all.

`said` is the entry by which somebody said it, and 0 where it moved in the pots. What was taken back is negated by
other rows on a day of its own; both then have the entry (`until`) and the day (`until_day`) from which they cancel.
"""

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
    Column("reference", Text, nullable=False),
    Column("party", Text, nullable=False),
    Column("contract", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Index("facts_by_kind", "kind", "entry"),
    Index("facts_by_id", "id"),
    Index("facts_by_reference", "reference", "kind"),
    Index("facts_by_party", "party", "kind"),
    Index("facts_by_contract", "contract", "kind"),
)
"""What is in effect or unconfirmed, known from `entry` and no longer from `until`.

`reference` is what it creates or changes, `party` the funder of a commitment, `contract` what it is under.
"""

pending = Table(
    "pending",
    metadata,
    Column("number", NUMBER, primary_key=True, autoincrement=False),
    Column("id", Text, nullable=False),
    Column("entry", NUMBER, nullable=False),
    Column("until", NUMBER),
    Column("day", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("said", NUMBER, nullable=False),
    Column("room", Text, nullable=False),
    Column("place", NUMBER, nullable=False),
    Column("expires", NUMBER, nullable=False),
    Column("rests_on", Text, nullable=False),
    Column("lacks", Text, nullable=False),
    Column("asked", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Index("pending_by_id", "id"),
)
"""What waits, counts unsigned or is unconfirmed (`room`, and `place` in it), one row each time a signature was given.

`lacks` are the signatures that are asked for still, and `asked` the bodies, one a line.
"""

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
    Column("said", NUMBER, nullable=False),
    Column("achieved", Text, nullable=False),
    Index("units_by_contract", *("contract", "what", "metric", "achieved", "entry", "day", "units", "number")),
    Index("units_by_claim", *("claim", "contract", "achieved", "what", "units", "said", "entry", "day", "number")),
    Index("units_by_payment", "payment"),
)
"""How many outcomes were claimed, verified (how we know), rejected and paid for, entry by entry.

`achieved` is the day of the claim, `said` the entry by which somebody said it.
"""

entries = Table(
    "entries",
    metadata,
    Column("entry", NUMBER, primary_key=True, autoincrement=False),
    Column("id", Text, nullable=False),
    Column("hash", Text, nullable=False),
    Column("received_at", NUMBER, nullable=False),
    Column("day", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("what", Text, nullable=False),
    Column("about", NUMBER, nullable=False),
    Index("entries_by_id", "id"),
    Index("entries_by_about", "about"),
)
"""Every entry in a few words; `about` is the entry that it names, or 0."""

became = Table(
    "became",
    metadata,
    Column("number", NUMBER, primary_key=True, autoincrement=False),
    Column("entry", NUMBER, nullable=False),
    Column("said", NUMBER, nullable=False),
    Column("standing", Text, nullable=False),
    Column("rests_on", Text, nullable=False),
    Column("before", Text),
    Column("after", Text),
    Index("became_by_said", "said"),
)
"""What came of an entry (`said`), step by step, and what it changed: the members that differ, before and after."""

subjects = Table(
    "subjects",
    metadata,
    Column("number", NUMBER, primary_key=True, autoincrement=False),
    Column("entry", NUMBER, nullable=False),
    Column("what", Text, nullable=False),
    Column("name", Text, nullable=False),
    Index("subjects_by_name", "name", "what"),
)
"""What each entry names by itself, and the office that signed it."""

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

ROWS = (postings, facts, pending, units, entries, became, subjects)
"""The tables that rows are added to, one after the other; each begins with the number by which they are in order."""
