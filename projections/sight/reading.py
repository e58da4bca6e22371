"""Reading: the tables as known by one entry and as true by one day.

Law: both clocks are filters over the same rows; nothing is replayed and nothing is stored for a reader. So what is
shown as known at entry n is what the log, cut at n, would show.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from typing import Any, Final, NamedTuple, TypeVar

import msgspec
from sqlalchemy import ColumnElement, Connection, String, Table, case, cast, func, select

from ledger import events
from ledger.book import Effect
from ledger.events.commitments import (
    CommitmentFirmed,
    CommitmentMade,
    CommitmentReprofiled,
    CommitmentVaried,
    CommitmentWithdrawn,
)
from ledger.events.event import Event
from ledger.events.grants import ConditionMet, GrantConditionsRecorded
from ledger.events.pools import PoolAgreed
from ledger.values import Instant
from projections.facts import Fact, Facts
from projections.settling import Drawn, Receipt, Settled, Strengths, settled
from projections.sight.tables import entries, facts, pending, postings, received, units

E = TypeVar("E", bound=Event)
END_OF_TIME = date.max
LINE: Final = (
    *("number", "kind", "account", "pence", "funder", "pool", "contract", "year", "category", "accounts_as"),
    *("reference", "standing", "rests_on"),
)
READ: Final = 1000
"""Rows that are read at a time, where all are read."""
AT_ONCE: Final = 500
"""Values in one question: databases take no end of them."""
PROMISING: Final[tuple[type[Event], ...]] = (CommitmentMade, CommitmentVaried, CommitmentReprofiled)
CHANGES: Final[tuple[type[Event], ...]] = (*PROMISING[1:], CommitmentFirmed, CommitmentWithdrawn)


class Owing(NamedTuple):
    """What of an approved payment one payer has yet to pay, or is owed back, in pence."""

    contract: str
    payer: str
    payment: str
    to_pay: int
    owed_back: int


class Instalment(NamedTuple):
    """What of an instalment its funder has not paid, and of what it paid the host says nothing, in pence."""

    reference: str
    funder: str
    pool: str
    unpaid: int
    on_its_way: int


class OpenClaim(NamedTuple):
    """A claim, with its units; `said` is the entry that claimed."""

    claim: str
    contract: str
    achieved: date
    said: int
    claimed: int
    verified: int
    rejected: int
    paid_for: int


class Pending(NamedTuple):
    """An entry that others must sign, or confirm, as it stands; `lacks` and `asked` are what of whom."""

    id: str
    event: Event
    said: int
    known_from: int
    room: str
    expires: Instant
    rests_on: tuple[int, ...]
    lacks: tuple[str, ...]
    asked: tuple[str, ...]


def _pending(row: Any) -> Pending:
    event = events.decode(row.kind, msgspec.json.decode(row.body))
    lacks, asked = (tuple(text.split("\n")) if text else () for text in (row.lacks, row.asked))
    return Pending(
        row.id, event, row.said, row.entry, row.room, Instant(row.expires), numbers(row.rests_on), lacks, asked
    )


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

    def among(self, kind: type[E], *where: ColumnElement[bool]) -> list[tuple[E, Fact]]:
        """Those facts of a kind for which more holds."""
        return list(self._read(kind, *where))

    def commitments(self, *where: ColumnElement[bool]) -> Facts:
        """Those commitments for whose making more holds, with all that was said of them since."""
        chosen = select(facts.c.reference).where(*self._standing(CommitmentMade), *where)
        found = Facts()
        found.put(CommitmentMade, [fact for _, fact in self._read(CommitmentMade, *where)])
        for kind in CHANGES:
            found.put(kind, [fact for _, fact in self._read(kind, facts.c.reference.in_(chosen))])
        return found

    def _standing(self, kind: type[Event]) -> tuple[ColumnElement[bool], ...]:
        return (facts.c.kind == kind.kind, *self._now(facts))

    def _now(self, table: Table) -> tuple[ColumnElement[bool], ...]:
        """On both clocks, of a table whose rows say until when they are known."""
        ended = table.c.until.is_(None) | (table.c.until > self.known)
        return table.c.entry <= self.known, ended, table.c.day <= str(self.true)

    def _read(self, kind: type[E], *more: ColumnElement[bool]) -> Iterator[tuple[E, Fact]]:
        where = (*self._standing(kind), *more)
        for row in self.connection.execute(select(facts).where(*where).order_by(facts.c.number)):
            event = events.decode(row.kind, msgspec.json.decode(row.body))
            rests = tuple(int(one) for one in row.rests_on.split())
            effect = Effect(row.standing, event, row.by, row.id, row.position, rests, row.entry, Instant(0))
            assert isinstance(event, kind)  # noqa: S101 for the type checker: rows are by kind
            yield event, Fact(effect, row.standing)

    def pending(self, *rooms: str) -> list[Pending]:
        """What waits, is unconfirmed or counts unsigned, in the order in which it began to."""
        where = (*self._now(pending), pending.c.room.in_(rooms))
        found = self.connection.execute(select(pending).where(*where).order_by(pending.c.place))
        return [_pending(row) for row in found]

    @property
    def unsigned(self) -> dict[str, tuple[str, ...]]:
        """Whom each commitment lacks that counts although not everybody signed it: it has no authority yet."""
        lacking: dict[str, tuple[str, ...]] = {}
        for one in self.pending("unsigned"):
            reference = getattr(one.event, "commitment", None)
            if isinstance(one.event, PROMISING) and reference is not None:
                lacking[reference] = one.lacks
        return lacking

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
        return self._sums(by, _numbers(postings.c.entry), self._within(*where))

    def said(self, by: tuple[str, ...], *where: ColumnElement[bool]) -> list[Any]:
        """As `sums`, of what was said and stands, with every signature: the same sums, without what cancels out."""
        return self._sums(by, func.aggregate_strings(postings.c.rests_on, " "), self._within(self._stands, *where))

    def lines(self, *where: ColumnElement[bool]) -> list[Any]:
        """The postings of what was said and stands, one by one."""
        columns = [postings.c[name] for name in LINE]
        query = select(*columns).where(*self._within(self._stands, *where)).order_by(postings.c.number)
        return list(self.connection.execute(query))

    def lines_of(self, references: Iterable[str], *where: ColumnElement[bool]) -> list[Any]:
        """Those of some payments or instalments."""
        some = _portions(references)
        found = [line for portion in some for line in self.lines(postings.c.reference.in_(portion), *where)]
        return sorted(found, key=lambda line: int(line.number))

    @property
    def _stands(self) -> ColumnElement[bool]:
        """What was taken back cancels out from an entry and a day on: here is only what did not, on both clocks."""
        until, day = postings.c.until, postings.c.until_day
        return until.is_(None) | (until > self.known) | (day > str(self.true))

    def _sums(self, by: tuple[str, ...], entries: Any, where: tuple[ColumnElement[bool], ...]) -> list[Any]:
        columns = [postings.c[name] for name in by]
        query = (
            select(*columns, func.sum(postings.c.pence).label("pence"), entries.label("entries"))
            .where(*where)
            .group_by(*columns)
            .order_by(func.min(postings.c.number))
        )
        return list(self.connection.execute(query))

    def owing(self, *where: ColumnElement[bool]) -> list[Owing]:
        """What of approved payments is to pay or owed back, by contract, payer and payment, in the order of the log.

        The two never stand together: nothing is owed back while something is to pay.
        """
        by = [postings.c[name] for name in ("contract", "funder", "reference")]
        whole = func.sum(postings.c.pence)
        query = (
            select(*by, whole)
            .where(*self._within(postings.c.account == "owed", *where))
            .group_by(*by)
            .having(whole != 0)
            .order_by(func.min(postings.c.number))
        )
        found = self.connection.execute(query)
        return [Owing(one[0], one[1], one[2], max(0, -int(one[3])), max(0, int(one[3]))) for one in found]

    def plain_sums(self, by: tuple[str, ...], *where: ColumnElement[bool]) -> Iterator[tuple[str, str, int]]:
        """As `sums` of two columns, without the entries: for what is shown with entries of its own."""
        columns = [postings.c[name] for name in by]
        query = select(*columns, func.sum(postings.c.pence)).where(*self._within(*where)).group_by(*columns)
        for row in self.connection.execute(query):
            yield row[0], row[1], int(row[2])

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

    # -- what is open -------------------------------------------------------------------------------

    def instalments(self) -> list[Instalment]:
        """The instalments that are not settled: what of each is unpaid, and on its way, in pence."""
        sums = [
            func.sum(case((postings.c.account == account, sign * postings.c.pence), else_=0))
            for account, sign in (("called", 1), ("paid", 1), ("in-transit", 1))
        ]
        by = [postings.c[name] for name in ("reference", "funder", "pool")]
        accounts = postings.c.account.in_(("called", "paid", "in-transit"))
        query = (
            select(*by, sums[0] + sums[1], sums[2])
            .where(*self._within(accounts))
            .group_by(*by)
            .having((sums[0] + sums[1] > 0) | (sums[2] > 0))
            .order_by(func.min(postings.c.number))
        )
        found = self.connection.execute(query)
        return [Instalment(*one[:3], *map(int, one[3:])) for one in map(tuple, found)]

    def among_references(self, kind: type[E], references: Iterable[str]) -> list[tuple[E, Fact]]:
        """The facts of a kind that concern one of those references, in the order in which they took effect."""
        found: list[tuple[E, Fact]] = []
        for some in _portions(references):
            found += self.among(kind, facts.c.reference.in_(some))
        return sorted(found, key=lambda one: (one[1].effect.known_from, one[1].effect.position))

    def approvals(self, payments: Iterable[str]) -> dict[str, tuple[int, int]]:
        """The entries that claimed and approved what each of those payments pays for."""
        claimed = units.alias()
        found: dict[str, tuple[int, int]] = {}
        for some in _portions(payments):
            query = (
                select(units.c.payment, claimed.c.said, func.min(units.c.said))
                .join(claimed, (claimed.c.claim == units.c.claim) & (claimed.c.what == "claimed"))
                .where(units.c.payment.in_(some), units.c.entry <= self.known, claimed.c.entry <= self.known)
                .group_by(units.c.payment, claimed.c.said)
            )
            found |= {payment: (claim, approval) for payment, claim, approval in self.connection.execute(query)}
        return found

    def open_claims(self) -> list[OpenClaim]:
        """The claims of which units are not judged, or verified and not approved for payment."""
        whats = ("claimed", "verified", "rejected", "paid for")
        sums = [func.sum(case((units.c.what == what, units.c.units), else_=0)) for what in whats]
        said = func.max(case((units.c.what == "claimed", units.c.said), else_=0))
        by = [units.c[name] for name in ("claim", "contract", "achieved")]
        query = (
            select(*by, said, *sums)
            .where(units.c.entry <= self.known, units.c.day <= str(self.true))
            .group_by(*by)
            .having((said > 0) & ((sums[0] > sums[1] + sums[2]) | (sums[1] > sums[3])))
            .order_by(func.min(units.c.number))
        )
        return [
            OpenClaim(claim, contract, date.fromisoformat(achieved), int(said), *map(int, counts))
            for claim, contract, achieved, said, *counts in self.connection.execute(query)
        ]

    # -- outcomes -----------------------------------------------------------------------------------

    def claims(self) -> dict[str, str]:
        """The claim that each approved payment pays for."""
        query = (
            select(units.c.payment, units.c.claim)
            .where(units.c.entry <= self.known, units.c.day <= str(self.true), units.c.what == "paid for")
            .group_by(units.c.payment, units.c.claim)
        )
        return {row.payment: row.claim for row in self.connection.execute(query)}

    def counts(self, by: tuple[str, ...], *where: ColumnElement[bool]) -> list[Any]:
        """How many outcomes there are of each group, in the order of the log: the columns of `by`, then `units`."""
        columns = [units.c[name] for name in by]
        query = (
            select(*columns, func.sum(units.c.units).label("units"))
            .where(units.c.entry <= self.known, units.c.day <= str(self.true), *where)
            .group_by(*columns)
            .order_by(func.min(units.c.number))
        )
        return list(self.connection.execute(query))

    def units(self, *by: str) -> list[Any]:
        """Outcomes by what is asked (`contract`, `claim`, `metric`, `what` became of them, `grade`), with entries."""
        columns = [units.c[name] for name in by]
        query = (
            select(*columns, func.sum(units.c.units).label("units"), _numbers(units.c.entry).label("entries"))
            .where(units.c.entry <= self.known, units.c.day <= str(self.true), units.c.what != "paid for")
            .group_by(*columns)
            .order_by(func.min(units.c.number))
        )
        return list(self.connection.execute(query))


def _portions(of: Iterable[str]) -> Iterator[tuple[str, ...]]:
    """So many at once as one question may hold."""
    left = iter(sorted(of))
    while some := tuple(islice(left, AT_ONCE)):
        yield some


def _drawn(row: Any) -> Drawn:
    *places, pence, entries = row
    return Drawn._make((*places, int(pence), numbers(entries)))


def _numbers(column: Any) -> Any:
    return func.aggregate_strings(cast(column, String), " ")


def numbers(words: str | None) -> tuple[int, ...]:
    """The entries in words, each once, in order."""
    found = [int(one) for one in (words or "").split()]
    return tuple(found) if len(found) < 2 else tuple(sorted(set(found)))


def known_by(connection: Connection, day: date) -> int:
    """The last entry received by the end of a day."""
    return int(connection.scalar(select(func.max(received.c.last)).where(received.c.day <= str(day))) or 0)


def received_on(connection: Connection, entry: int) -> date:
    """The day on which an entry was received."""
    day = connection.scalar(select(func.min(received.c.day)).where(received.c.last >= entry))
    return date.fromisoformat(day) if day else END_OF_TIME


def received_at(connection: Connection, entry: int) -> Instant | None:
    """The moment at which an entry was received."""
    moment = connection.scalar(select(entries.c.received_at).where(entries.c.entry == entry))
    return None if moment is None else Instant(moment)


def merged(entries: Mapping[Any, tuple[int, ...]] | list[tuple[int, ...]]) -> tuple[int, ...]:
    """Several sets of entries as one, in order."""
    groups = entries.values() if isinstance(entries, Mapping) else entries
    return tuple(sorted({number for group in groups for number in group}))
