"""Recording, measured: one at a time beside plain inserts, in groups, and in bulk beside the library's own pace."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import Column, Engine, Integer, LargeBinary, MetaData, Table, create_engine, event, insert

from ledger.recording import Log, Recorded, Submission
from ledger.store import Store
from tests.bench.measuring import Pair, Sizes, in_turn, raw_signs, raw_verifies, timed
from tests.writer import CLOCK, LOG_KEY, Pen, found, seen_by, seen_in

GROUP, BULK = 64, 512

YARDSTICK = Table(
    "yardstick", MetaData(), Column("position", Integer, primary_key=True), Column("entry", LargeBinary, nullable=False)
)
"""What plain inserts go into: a number and the bytes of an entry, and nothing else."""


class Place:
    """A founded ledger, a log that keeps the whole Book, and a pen."""

    def __init__(self, url: str, name: str = "w") -> None:
        found(url)
        self.url = url
        self.store = Store.open(url)
        self.log, self.pen = Log(self.store, [LOG_KEY]), Pen(name)
        self.seen = seen_by(self.log)
        self.record(self.signed(1))

    def signed(self, number: int) -> list[Submission]:
        """So many commitments, signed by somebody who has seen the log as it is."""
        return [self.pen.write(self.seen) for _ in range(number)]

    def record(self, submissions: list[Submission]) -> None:
        """Record a group; none of it may be refused."""
        outcomes = [one for one in self.log.record_all(submissions, CLOCK) if isinstance(one, Recorded)]
        assert len(outcomes) == len(submissions)
        self.seen = seen_in(outcomes[-1].head)

    def record_in_groups(self, submissions: list[Submission], size: int) -> None:
        """Record them, so many in a commit."""
        for first in range(0, len(submissions), size):
            self.record(submissions[first : first + size])

    # -- rates --------------------------------------------------------------------------------------

    def singles(self, number: int) -> float:
        """Entries a second, signed already, each acknowledged before the next is sent."""
        submissions = self.signed(number)
        return number / timed(lambda: [self.log.record(one, CLOCK) for one in submissions])

    def groups(self, number: int) -> float:
        """Entries a second, signed already, 64 in a commit."""
        submissions = self.signed(number)
        return number / timed(lambda: self.record_in_groups(submissions, GROUP))

    def bulk(self, number: int) -> float:
        """Entries a second, signed and recorded: while one thread signs a group, another records the one before."""
        return number / timed(lambda: self.sign_and_record(number))

    def sign_and_record(self, number: int) -> None:
        """Sign and record so many, a group of 512 at a time."""
        with ThreadPoolExecutor(1) as signer:
            ready = signer.submit(self.signed, min(BULK, number))
            for first in range(0, number, BULK):
                submissions = ready.result()
                ready = signer.submit(self.signed, max(0, min(BULK, number - first - BULK)))
                self.record(submissions)


# -- beside what ------------------------------------------------------------------------------------


def yardstick(url: str) -> Engine:
    """An engine as anybody would make it, as durable as ours, with a table in the ledger's own database."""
    engine = create_engine(url)
    if engine.dialect.name == "sqlite":

        @event.listens_for(engine, "connect")
        def settle(connection: sqlite3.Connection, _: object) -> None:
            for pragma in ("journal_mode=WAL", "synchronous=FULL", "fullfsync=ON"):
                connection.execute(f"PRAGMA {pragma}")

    YARDSTICK.metadata.create_all(engine)
    return engine


class Inserts:
    """Single inserts with SQLAlchemy Core, one transaction each."""

    def __init__(self, place: Place) -> None:
        self.engine = yardstick(place.url)
        (row,) = place.store.entries(after=place.seen.size - 1, until=place.seen.size)
        self.entry = row.entry
        self.inserted = 0

    def rate(self, number: int) -> float:
        """Inserts a second."""
        return number / timed(lambda: self.insert(number))

    def insert(self, number: int) -> None:
        """Insert the bytes of an entry so many times."""
        for _ in range(number):
            self.inserted += 1
            with self.engine.begin() as connection:
                connection.execute(insert(YARDSTICK).values(position=self.inserted, entry=self.entry))


def singles_beside_inserts(place: Place, sizes: Sizes) -> Pair:
    """Signed entries, one at a time, beside single inserts into the same database."""
    inserts = Inserts(place)
    inserts.rate(1)
    place.singles(1)
    try:
        return in_turn(sizes.rounds, lambda: place.singles(sizes.singles), lambda: inserts.rate(sizes.singles))
    finally:
        inserts.engine.dispose()


def raw_pace(number: int) -> float:
    """Statements a second if one core only signed and verified, one after the other."""
    return 1 / (1 / raw_signs(number) + 1 / raw_verifies(number))


def bulk_beside_raw(place: Place, rounds: int, number: int, sizes: Sizes) -> Pair:
    """Signed, verified and recorded in bulk, beside signing and verifying alone."""
    return in_turn(rounds, lambda: place.bulk(number), lambda: raw_pace(sizes.signatures))


def groups_beside_singles(place: Place, sizes: Sizes) -> Pair:
    """Sixty-four in a commit, beside one in a commit."""
    return in_turn(sizes.rounds, lambda: place.groups(sizes.groups), lambda: place.singles(sizes.singles))
