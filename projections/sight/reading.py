"""Reading: the tables as known by one entry and as true by one day.

Law: both clocks are filters over the same rows; nothing is replayed and nothing is stored for a reader. So what is
shown as known at entry n is what the log, cut at n, would show.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final, TypeVar

import msgspec
from sqlalchemy import ColumnElement, Connection, String, cast, func, select

from ledger import events
from ledger.book import Effect
from ledger.events.commitments import CommitmentFirmed, CommitmentMade
from ledger.events.event import Event
from ledger.events.grants import ConditionMet, GrantConditionsRecorded
from ledger.events.pools import PoolAgreed
from ledger.values import Instant
from projections.facts import Fact, Facts
from projections.settling import Drawn, Receipt, Settled, Strengths, settled
from projections.sight.tables import facts, postings, received, units

E = TypeVar("E", bound=Event)
END_OF_TIME = date.max
READ: Final = 1000
"""Rows that are read at a time, where all are read."""


@dataclass(slots=True)
class Sight:
    """What is in the tables, as known by an entry and as true by a day."""

    connection: Connection
    known: int
    true: date = END_OF_TIME
    newest: date = END_OF_TIME
    """The day on which the last entry that is known was received."""
    _facts: dict[type[Event], list[tuple[Any, Fact]]] = field(default_factory=dict)

    @property
    def today(self) -> date:
        """The day by which it is judged what is due: the one asked about, but none after what is known."""
        return min(self.true, self.newest)

    # -- facts --------------------------------------------------------------------------------------

    def of(self, kind: type[E]) -> list[tuple[E, Fact]]:
        """The facts of a kind, each with its event, in the order in which they took effect."""
        if kind not in self._facts:
            self._facts[kind] = list(self._read(kind))
        return self._facts[kind]

    def _read(self, kind: type[E]) -> Iterator[tuple[E, Fact]]:
        where = (
            facts.c.kind == kind.kind,
            facts.c.entry <= self.known,
            (facts.c.until.is_(None)) | (facts.c.until > self.known),
            facts.c.day <= str(self.true),
        )
        for row in self.connection.execute(select(facts).where(*where).order_by(facts.c.number)):
            event = events.decode(row.kind, msgspec.json.decode(row.body))
            rests = tuple(int(one) for one in row.rests_on.split())
            effect = Effect(row.standing, event, row.by, row.id, row.position, rests, row.entry, Instant(0))
            assert isinstance(event, kind)  # noqa: S101 for the type checker: rows are by kind
            yield event, Fact(effect, row.standing)

    def facts(self, kinds: tuple[type[Event], ...]) -> Facts:
        """The facts of several kinds, for a view that folds them."""
        found = Facts(kinds)
        for kind in kinds:
            found.put(kind, [fact for _, fact in self.of(kind)])
        return found

    def last_of(self, kind: type[E], name: str) -> dict[str, tuple[E, Fact]]:
        """The latest fact of a kind for each value of one of its members."""
        return {str(getattr(event, name)): (event, fact) for event, fact in self.of(kind)}

    # -- sums ---------------------------------------------------------------------------------------

    def _within(self, *where: ColumnElement[bool]) -> tuple[ColumnElement[bool], ...]:
        return (postings.c.entry <= self.known, postings.c.day <= str(self.true), *where)

    def posted(self, *where: ColumnElement[bool]) -> Iterator[Any]:
        """The postings themselves, in the order of the log; few are in memory at a time."""
        query = select(postings).where(*self._within(*where)).order_by(postings.c.number)
        return iter(self.connection.execute(query.execution_options(yield_per=READ)))

    def places(self, *by: str) -> Iterator[Any]:
        """Every combination of these columns that something is posted to."""
        query = select(*(postings.c[name] for name in by)).where(*self._within()).distinct()
        return iter(self.connection.execute(query))

    def sums(self, by: tuple[str, ...], *where: ColumnElement[bool]) -> list[Any]:
        """The sum of pence of each group, with the entries that it rests on, in the order of the log.

        Each row has the columns of `by`, `pence` and `entries` (numbers in words, with repeats).
        """
        columns = [postings.c[name] for name in by]
        query = (
            select(*columns, func.sum(postings.c.pence).label("pence"), _numbers(postings.c.entry).label("entries"))
            .where(*self._within(*where))
            .group_by(*columns)
            .order_by(func.min(postings.c.number))
        )
        return list(self.connection.execute(query))

    def by_place(self, *where: ColumnElement[bool]) -> Iterator[tuple[str, str, int]]:
        """The sum of pence by scheme and contract, without entries: for what is shown with entries of its own."""
        columns = postings.c.scheme, postings.c.contract
        query = select(*columns, func.sum(postings.c.pence).label("pence")).where(*self._within(*where))
        for row in self.connection.execute(query.group_by(*columns)):
            yield row.scheme, row.contract, int(row.pence)

    def total(self, *where: ColumnElement[bool]) -> int:
        """One sum of pence."""
        return int(self.connection.scalar(select(func.sum(postings.c.pence)).where(*self._within(*where))) or 0)

    def drawn(self, *where: ColumnElement[bool]) -> list[Drawn]:
        """What each line of spending draws on each lot, in the order of the log; what was given back is not there."""
        by = Drawn._fields[:9]
        rows = self.sums(by, postings.c.account == "spent", *where)
        return [_drawn(row) for row in rows if row.pence]

    def cash(self, *where: ColumnElement[bool]) -> dict[tuple[str, str], list[Receipt]]:
        """What each (pool, funder) paid in and had back, receipt by receipt, in the order of the log."""
        columns = (postings.c.pool, postings.c.funder, postings.c.pence, postings.c.entry)
        query = select(*columns).where(*self._within(postings.c.account == "cash", postings.c.funder != "", *where))
        found: dict[tuple[str, str], list[Receipt]] = {}
        for row in self.connection.execute(query.order_by(postings.c.number)):
            found.setdefault((row.pool, row.funder), []).append((int(row.pence), int(row.entry)))
        return found

    def settled(self, pool: str | None = None, funder: str | None = None) -> list[Settled]:
        """What was drawn, each part with its state; of one pool, of one funder, or of all.

        A receipt clears its funder's oldest money in the pool, whatever that was spent on: so nothing less than all
        that a funder has in a pool can be settled.
        """
        wanted = {"pool": pool, "funder": funder}
        where = [postings.c[name] == value for name, value in wanted.items() if value is not None]
        return list(settled(self.drawn(*where), self.cash(*where), self.hosts, self.strengths))

    @property
    def hosts(self) -> dict[str, str]:
        """The host of each pool."""
        return {event.pool: event.host for event, _ in self.of(PoolAgreed)}

    @property
    def strengths(self) -> Strengths:
        """Which commitments are indicative or conditional, on both clocks."""
        firmed = {event.commitment for event, _ in self.of(CommitmentFirmed)}
        met = {(event.grant, event.condition) for event, _ in self.of(ConditionMet)}
        open_grants = {
            event.grant
            for event, _ in self.of(GrantConditionsRecorded)
            if any((event.grant, one.name) not in met for one in event.conditions)
        }
        made = [event for event, _ in self.of(CommitmentMade)]
        weak = {one.commitment for one in made if one.strength == "indicative"} - firmed
        return Strengths(frozenset(weak), frozenset(one.commitment for one in made if one.grant in open_grants))

    # -- outcomes -----------------------------------------------------------------------------------

    def claims(self) -> dict[str, str]:
        """The claim that each approved payment pays for."""
        query = (
            select(units.c.payment, units.c.claim)
            .where(units.c.entry <= self.known, units.c.day <= str(self.true), units.c.what == "paid for")
            .group_by(units.c.payment, units.c.claim)
        )
        return {row.payment: row.claim for row in self.connection.execute(query)}

    def units(self) -> list[Any]:
        """Outcomes by contract, claim, metric, what became of them and how we know; with their entries."""
        by = [units.c[name] for name in ("contract", "claim", "metric", "what", "grade")]
        query = (
            select(*by, func.sum(units.c.units).label("units"), _numbers(units.c.entry).label("entries"))
            .where(units.c.entry <= self.known, units.c.day <= str(self.true), units.c.what != "paid for")
            .group_by(*by)
            .order_by(func.min(units.c.number))
        )
        return list(self.connection.execute(query))


def _drawn(row: Any) -> Drawn:
    return Drawn(
        **{name: getattr(row, name) for name in Drawn._fields[:9]}, pence=int(row.pence), entries=numbers(row.entries)
    )


def _numbers(column: Any) -> Any:
    return func.aggregate_strings(cast(column, String), " ")


def numbers(words: str | None) -> tuple[int, ...]:
    """The entries in words, each once, in order."""
    return tuple(sorted({int(one) for one in (words or "").split()}))


def known_by(connection: Connection, day: date) -> int:
    """The last entry received by the end of a day."""
    return int(connection.scalar(select(func.max(received.c.last)).where(received.c.day <= str(day))) or 0)


def received_on(connection: Connection, entry: int) -> date:
    """The day on which an entry was received."""
    day = connection.scalar(select(func.min(received.c.day)).where(received.c.last >= entry))
    return date.fromisoformat(day) if day else END_OF_TIME


def merged(entries: Mapping[Any, tuple[int, ...]] | list[tuple[int, ...]]) -> tuple[int, ...]:
    """Several sets of entries as one, in order."""
    groups = entries.values() if isinstance(entries, Mapping) else entries
    return tuple(sorted({number for group in groups for number in group}))
