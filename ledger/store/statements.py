"""Every statement of fixed shape that the store runs: written in SQLAlchemy Core, compiled once a database.

Law: values travel beside the SQL, never in it. The driver runs these itself, because a turn of one entry is
otherwise mostly bookkeeping between SQLAlchemy and the driver.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import chain
from typing import Any

from sqlalchemy import Integer, Table, bindparam, delete, func, insert, literal_column, select, update
from sqlalchemy.engine import Dialect
from sqlalchemy.sql.elements import BindParameter, ColumnElement
from sqlalchemy.sql.expression import ClauseElement, CompoundSelect, Select

from ledger.store.tables import NUMBER, OCTETS, TABLES, WORDS, entries, head, openings, statements, tags, tiles

ONE: ColumnElement[int] = literal_column("1")
ZERO: ColumnElement[int] = literal_column("0")


class Statement:
    """One Core statement and, for each database that has run it, its SQL with the names of its values in order."""

    def __init__(self, construct: ClauseElement) -> None:
        self._construct = construct
        self._compiled: dict[str, tuple[str, tuple[str, ...]]] = {}

    def on(self, dialect: Dialect) -> tuple[str, tuple[str, ...]]:
        """(SQL, names) where names says which value each placeholder takes."""
        ready = self._compiled.get(dialect.name)
        if ready is None:
            compiled: Any = self._construct.compile(dialect=dialect, compile_kwargs={"render_postcompile": True})
            ready = str(compiled), tuple(compiled.positiontup or ())
            self._compiled[dialect.name] = ready
        return ready


# -- the head -----------------------------------------------------------------------------------

HEAD = Statement(select(head.c.size, head.c.root, head.c.edge, head.c.checkpoint).where(head.c.only == ONE))
REPEATED = Statement(
    select(statements.c.id).group_by(statements.c.id).having(func.count() > ONE).order_by(statements.c.id)
)
HEAD_WHOLE = Statement(select(head.c.only, head.c.size, head.c.root, head.c.edge, head.c.checkpoint))
HEAD_LOCKED = Statement(
    select(head.c.size, head.c.root, head.c.edge, head.c.checkpoint).where(head.c.only == ONE).with_for_update()
)
ADVANCE = Statement(
    update(head)
    .where(head.c.only == ONE)
    .values({name: bindparam(f"new_{name}") for name in ("size", "root", "edge", "checkpoint")})
)

# -- what a turn writes -------------------------------------------------------------------------

Values = Sequence[object]


class Insertion(Statement):
    """Adds one row, given as a tuple in the order of the table's columns."""

    def __init__(self, table: Table) -> None:
        super().__init__(insert(table))
        self._table = table
        self._widths: dict[int, Statement] = {1: self}

    def of(self, rows: int) -> Statement:
        """The same for so many rows at once, given as one tuple after the other."""
        if rows not in self._widths:
            names = self._table.columns.keys()
            self._widths[rows] = Statement(
                insert(self._table).values([{name: bindparam(f"{name}_{n}") for name in names} for n in range(rows)])
            )
        return self._widths[rows]


def in_few_statements(statement: Statement, rows: Sequence[Values]) -> Iterator[tuple[Statement, Values]]:
    """The same writing as few statements of few widths, so that the database prepares each width once."""
    start = 0
    if isinstance(statement, Insertion):
        # psycopg reads a statement of more than 50 values anew each time.
        for width in (8, 2):
            while len(rows) - start >= width:
                yield statement.of(width), list(chain.from_iterable(rows[start : start + width]))
                start += width
    for row in rows[start:]:
        yield statement, row


ADD_ENTRY, ADD_STATEMENT, ADD_TAG = Insertion(entries), Insertion(statements), Insertion(tags)
ADD_TILE, ADD_OPENING, FOUND_HEAD = Insertion(tiles), Insertion(openings), Insertion(head)
ERASE = Statement(delete(openings).where(openings.c.position == bindparam("at"), openings.c.field == bindparam("name")))

# -- points -------------------------------------------------------------------------------------

POSITION_OF = Statement(select(statements.c.position).where(statements.c.id == bindparam("id")))
LINE = Statement(select(entries.c.entry).where(entries.c.position == bindparam("position")))
ROOT_AFTER = Statement(select(entries.c.root).where(entries.c.position == bindparam("position")))
OPENINGS_OF = Statement(
    select(openings.c.field, openings.c.opening)
    .where(openings.c.position == bindparam("position"))
    .order_by(openings.c.field)
)
LEAVES = Statement(
    select(entries.c.leaf)
    .where(entries.c.position > bindparam("first"), entries.c.position <= bindparam("last"))
    .order_by(entries.c.position)
)
TILES_OF = Statement(
    select(tiles.c.root)
    .where(
        tiles.c.level == bindparam("level"),
        tiles.c.number >= bindparam("first"),
        tiles.c.number < bindparam("last"),
    )
    .order_by(tiles.c.number)
)

# -- ranges, in the order of their keys ---------------------------------------------------------


def _batch() -> BindParameter[int]:
    return bindparam("batch", type_=Integer())


def _between(column: ColumnElement[int]) -> ColumnElement[bool]:
    return column.between(bindparam("first"), bindparam("last"))


STORED = (entries.c.position, entries.c.kind, entries.c.entry, entries.c.leaf, entries.c.root)
ENTRIES_AFTER = Statement(
    select(*STORED)
    .where(entries.c.position > bindparam("after"), entries.c.position <= bindparam("until"))
    .order_by(entries.c.position)
    .limit(_batch())
    .offset(ZERO)
)
STATEMENTS_BETWEEN = Statement(
    select(statements.c.id, statements.c.position)
    .where(_between(statements.c.position))
    .order_by(statements.c.position)
)
TAGS_BETWEEN = Statement(
    select(tags.c.position, tags.c.kind, tags.c.tag)
    .where(_between(tags.c.position))
    .order_by(tags.c.position, tags.c.kind, tags.c.tag)
)
OPENINGS_BETWEEN = Statement(
    select(openings.c.position, openings.c.field, openings.c.opening)
    .where(_between(openings.c.position))
    .order_by(openings.c.position, openings.c.field)
)
ALL_TILES = Statement(select(tiles.c.level, tiles.c.number, tiles.c.root).order_by(tiles.c.level, tiles.c.number))
COUNTS = {name: Statement(select(func.count()).select_from(table)) for name, table in TABLES.tables.items()}

# -- by tags and kinds --------------------------------------------------------------------------

Shape = tuple[tuple[int, int], ...]
"""For each alternative of a query, how many kinds and how many tags it names."""


@lru_cache(maxsize=256)
def matching(shape: Shape) -> Statement:
    """The entries that match any alternative, in order: (position, kind, entry, leaf, root).

    Values: `after`, `until`, `batch`, and `kind_I_J` and `tag_I_J` for the J-th of alternative I. An entry
    matches an alternative when its kind is among the kinds, or none is named, and it carries all the tags.
    """
    alternatives = [_alternative(number, *counts) for number, counts in enumerate(shape)]
    if not alternatives:
        alternatives = [_alternative(0, 0, 0)]
    # The places are found and limited first: no database is then tempted to walk the entries themselves.
    found: Select[Any] | CompoundSelect[Any] = alternatives[0]
    if len(alternatives) > 1:
        found = alternatives[0].union(*alternatives[1:])
    places = found.order_by("position").limit(_batch()).offset(ZERO).subquery("places")
    return Statement(
        select(*STORED).join_from(places, entries, entries.c.position == places.c.position).order_by(places.c.position)
    )


def _alternative(number: int, kinds: int, carried: int) -> Select[Any]:
    """The positions that match one alternative: read off `tags` where it names a tag, else off `entries`."""
    source = tags.alias(f"tags_{number}_0") if carried else entries
    chosen = select(source.c.position.label("position")).where(
        source.c.position > bindparam("after"), source.c.position <= bindparam("until")
    )
    if kinds:
        chosen = chosen.where(source.c.kind.in_([bindparam(f"kind_{number}_{j}", type_=WORDS) for j in range(kinds)]))
    if carried:
        chosen = chosen.where(source.c.tag == bindparam(f"tag_{number}_0"))
    for j in range(1, carried):
        also = tags.alias(f"tags_{number}_{j}")
        on_same_entry = (also.c.kind == source.c.kind) & (also.c.position == source.c.position)
        chosen = chosen.where(select(ONE).where(on_same_entry, also.c.tag == bindparam(f"tag_{number}_{j}")).exists())
    return chosen


@lru_cache(maxsize=16)
def tags_of(places: int) -> Statement:
    """(position, tag) of so many entries, in order. Values: `at_0`, `at_1`, ..."""
    wanted = [bindparam(f"at_{j}", type_=NUMBER) for j in range(places)]
    return Statement(
        select(tags.c.position, tags.c.tag).where(tags.c.position.in_(wanted)).order_by(tags.c.position, tags.c.tag)
    )


@lru_cache(maxsize=16)
def positions_of(ids: int) -> Statement:
    """(id, position) of those of so many statements that there are. Values: `id_0`, `id_1`, ..."""
    wanted = [bindparam(f"id_{j}", type_=OCTETS) for j in range(ids)]
    return Statement(select(statements.c.id, statements.c.position).where(statements.c.id.in_(wanted)))


def named(prefix: str, values: Sequence[object]) -> dict[str, object]:
    """The values under the names `prefix_0`, `prefix_1`, ... that the three statements above give them."""
    return {f"{prefix}_{j}": value for j, value in enumerate(values)}
