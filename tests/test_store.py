"""The store, on SQLite and on PostgreSQL: the library's own cases, and every law that `ledger/store/` states."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import ClassVar

import psycopg
import pytest
from eventsourcing.dcb import tests as library_dcb
from eventsourcing.dcb.api import DCBAppendCondition, DCBEvent, DCBQuery, DCBQueryItem
from eventsourcing.dcb.persistence import DCBInfrastructureFactory
from eventsourcing.dcb.popo import InMemoryDCBRecorder
from eventsourcing.persistence import (
    InfrastructureFactory,
    InfrastructureFactoryError,
    IntegrityError,
    ProgrammingError,
    Tracking,
)
from eventsourcing.tests import persistence as library_persistence
from eventsourcing.tests import projection as library_projection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Column, Integer, MetaData, String, Table, func, insert, select
from sqlalchemy.engine import make_url

from ledger.errors import (
    InputOutput,
    Locked,
    Malformed,
    NoLedger,
    NotALedger,
    NotFound,
    Refused,
    VerificationFailed,
)
from ledger.merkle import EMPTY_ROOT, HashesInMemory, Tree, leaf_hash, root_of
from ledger.store import Factory, Row, Store, TrackingTables
from ledger.store.faults import translated
from tests.databases import cluster, fresh_postgres_url

TOP = Path(__file__).parent.parent
KINDS = ("commitment-made/1", "spend-recorded/1", "pool-agreed/1")


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    with closing(Store.open(database_url, create=True, patience=5.0)) as opened:
        yield opened


@pytest.fixture
def sqlite_path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.db"


def seal(size: int, root: bytes) -> bytes:
    return b"checkpoint of %d over %s" % (size, root.hex().encode())


def append_and_raise(store: Store, appended: Row, error: BaseException) -> None:
    with store.turn(seal) as turn:
        turn.append(appended)
        raise error


def row(number: int, **more: object) -> Row:
    given = {
        "kind": KINDS[number % 3],
        "entry": b"entry %d" % number,
        "tags": (f"pool:{number % 7}", "everything"),
        "statement": number.to_bytes(16, "big"),
    }
    return Row(**{**given, **more})  # type: ignore[arg-type]


def fill(store: Store, number: int, turns: int = 1) -> None:
    """Append so many rows in so many turns, numbered from one."""
    for part in range(turns):
        with store.turn(seal) as turn:
            for i in range(part, number, turns):
                turn.append(row(turn.head.size + (i - part) // turns + 1))


def raw(url: str) -> sqlite3.Connection | psycopg.Connection:
    """Straight to the database, as someone who means to change the past would go."""
    address = make_url(url)
    if address.drivername == "sqlite":
        return sqlite3.connect(str(address.database), isolation_level=None)
    return cluster().connect(str(address.database))


def run_python(code: str, *arguments: str) -> subprocess.Popen[str]:
    """Another process that runs this code with the ledger at hand."""
    command = [sys.executable, "-W", "error", "-c", code, *arguments]
    return subprocess.Popen(command, cwd=TOP, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


# -- the library's own cases ------------------------------------------------------------------------


class Counters(TrackingTables, library_projection.EventCountersView):
    """The view that the library's cases ask for, in a table of ours."""

    tables = MetaData()
    counted = Table("counted", tables, Column("what", String(20)), Column("one", Integer))
    made: ClassVar[list[Counters]] = []

    def __init__(self, url: str = "sqlite://") -> None:
        super().__init__(url)
        self.made.append(self)

    def _count(self, what: str) -> int:
        with self.reading() as connection:
            query = select(func.count()).select_from(self.counted).where(self.counted.c.what == what)
            return connection.scalar(query) or 0

    def _add(self, what: str, tracking: Tracking) -> None:
        with self.advancing(tracking) as connection:
            connection.execute(insert(self.counted).values(what=what, one=1))

    def get_created_event_counter(self) -> int:
        return self._count("created")

    def get_subsequent_event_counter(self) -> int:
        return self._count("subsequent")

    def incr_created_event_counter(self, tracking: Tracking) -> None:
        self._add("created", tracking)

    def incr_subsequent_event_counter(self, tracking: Tracking) -> None:
        self._add("subsequent", tracking)


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def views_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    yield {
        "memory": lambda: "sqlite://",
        "sqlite": lambda: f"sqlite:///{tmp_path / 'views.db'}",
        "postgresql": fresh_postgres_url,
    }[request.param]()
    while Counters.made:
        Counters.made.pop().close()


DCB_CASES = {"_test_append_read": 13, "_test_append_subscribe": 2}
"""The library's cases for a DCB recorder, and how many events each leaves behind: so they were really called."""


@pytest.mark.parametrize(("case", "left"), DCB_CASES.items())
def test_the_librarys_cases_for_a_recorder(store: Store, case: str, left: int) -> None:
    getattr(library_dcb.DCBRecorderTestCase(), case)(store)
    assert store.head().size == left
    # And again on a log that is not empty, which the library's own parameter allows for.
    if case == "_test_append_subscribe":
        getattr(library_dcb.DCBRecorderTestCase(), case)(store, initial_position=left)
        assert store.head().size == 2 * left


def test_all_of_the_librarys_cases_are_called() -> None:
    of_recorder = {name for name in dir(library_dcb.DCBRecorderTestCase) if name.startswith("_test_")}
    assert of_recorder == set(DCB_CASES)
    of_tracking = {name for name in dir(library_persistence.TrackingRecorderTestCase) if name.startswith("test_")}
    assert of_tracking == {"test_insert_tracking", "test_wait"}
    of_projection = {
        name for name in dir(library_projection.TaggedDecisionCountersProjectionTestCase) if name.startswith("test_")
    }
    assert of_projection == {"test_event_counters_projection", "test_run_forever_raises_projection_error"}


@pytest.mark.parametrize("case", ["test_insert_tracking", "test_wait"])
def test_the_librarys_cases_for_tracking(views_url: str, case: str) -> None:
    made: list[Counters] = []

    class Case(library_persistence.TrackingRecorderTestCase):
        def create_recorder(self) -> Counters:
            made.append(Counters(views_url))
            return made[-1]

    getattr(Case(), case)()
    assert made[0].max_tracking_id("upstream1") in {21, 24}


def test_the_librarys_case_for_a_view(views_url: str) -> None:
    class Case(library_projection.EventCountersViewTestCase):
        def construct_event_counters_view(self) -> Counters:
            return Counters(views_url)

    Case("test").test()
    assert Counters.made[-1].max_tracking_id("upstream") == 3


@pytest.mark.parametrize(
    ("case", "counted"), [("test_event_counters_projection", 6), ("test_run_forever_raises_projection_error", 1)]
)
def test_the_librarys_cases_for_a_projection(database_url: str, views_url: str, case: str, counted: int) -> None:
    class Case(library_projection.TaggedDecisionCountersProjectionTestCase):
        view_class = Counters
        env: ClassVar[dict[str, str]] = {
            "PERSISTENCE_MODULE": "ledger.store",
            "MAPPER_TOPIC": "eventsourcing.dcb.msgpack:MessagePackMapper",
            "LEDGER_URL": database_url,
            "VIEWS_URL": views_url,
        }

    getattr(Case(case), case)()
    assert Counters.made[-1].max_tracking_id("DCBApplication") == counted


# -- the factory ------------------------------------------------------------------------------------


def test_the_factory_is_found_by_the_name_of_the_package(tmp_path: Path) -> None:
    env = {"PERSISTENCE_MODULE": "ledger.store", "LEDGER_URL": f"sqlite:///{tmp_path / 'ledger.db'}"}
    for library_class in (DCBInfrastructureFactory, InfrastructureFactory):
        with closing(library_class.construct(env)) as factory:
            assert type(factory) is Factory
            assert type(factory.tracking_recorder()) is TrackingTables
            assert factory.tracking_recorder(Counters).max_tracking_id("any") is None
            assert factory.dcb_recorder().head().size == 0


def test_the_factory_makes_no_aggregates_and_guesses_no_address() -> None:
    factory = Factory({})
    for make in (
        factory.dcb_recorder,
        factory.aggregate_recorder,
        factory.application_recorder,
        factory.process_recorder,
        lambda: factory.tracking_recorder(object),  # type: ignore[arg-type]
    ):
        with pytest.raises(InfrastructureFactoryError):
            make()


# -- turns ------------------------------------------------------------------------------------------


def test_a_new_log_is_empty_and_unsealed(store: Store) -> None:
    head = store.head()
    assert (head.size, head.root, head.edge, head.checkpoint) == (0, EMPTY_ROOT, b"", b"")
    assert list(store.entries()) == []
    assert store.root_at(0) == EMPTY_ROOT
    assert store.root_at(1) is None


@pytest.mark.parametrize(("number", "turns"), [(1, 1), (5, 5), (70, 3), (600, 2)])
def test_entries_are_recorded_with_their_tree(store: Store, number: int, turns: int) -> None:
    fill(store, number, turns)
    tree, hashes = Tree(), HashesInMemory()
    for position, stored in enumerate(store.entries(batch=7), 1):
        tree.append(leaf_hash(stored.entry))
        hashes.append(leaf_hash(stored.entry))
        assert stored == (position, KINDS[position % 3], b"entry %d" % position, leaf_hash(stored.entry), tree.root())
        assert store.root_at(position) == tree.root()
    head = store.head()
    assert (head.size, head.root, head.edge) == (number, tree.root(), tree.edge_bytes())
    assert head.checkpoint == seal(number, tree.root())
    assert root_of(store, number) == tree.root()
    for level in range(3):
        count = number >> (8 * level)
        assert list(store.hashes(level, 0, count)) == list(hashes.hashes(level, 0, count))
        assert list(store.hashes(level, count // 2, 1)) == list(hashes.hashes(level, count // 2, 1))


def test_a_statement_is_found_by_its_id(store: Store) -> None:
    fill(store, 9)
    assert [store.position_of(n.to_bytes(16, "big")) for n in (1, 9, 10)] == [1, 9, None]


def test_an_entry_without_a_statement_is_in_no_index_of_statements(store: Store) -> None:
    with store.turn(seal) as turn:
        turn.append(row(1, statement=b"", tags=()))
    with store.snapshot() as snapshot:
        assert snapshot.counts() == {"entries": 1, "statements": 0, "tags": 0, "tiles": 0, "head": 1, "openings": 0}


def test_a_turn_sees_what_it_appended_and_nobody_else_does(store: Store) -> None:
    fill(store, 5)
    with store.turn(seal) as turn:
        before = turn.head
        assert turn.append(row(6, openings={"note": b"secret"}, tags=("b", "a", "b"))) == 6
        assert turn.head == before == store.head()
        assert turn.position_of((6).to_bytes(16, "big")) == 6
        assert turn.position_of((5).to_bytes(16, "big")) == 5
        assert turn.position_of((7).to_bytes(16, "big")) is None
        assert turn.root_at(6) not in {None, turn.root_at(5)}
        assert turn.root_at(5) == before.root
        assert turn.root_at(0) == EMPTY_ROOT
        assert turn.root_at(7) is None
        assert turn.root_at(-1) is None
        assert turn.line(6) == b"entry 6"
        assert turn.line(5) == b"entry 5"
        assert turn.tags_of(6) == ["a", "b"]
        assert turn.tags_of(5) == ["everything", "pool:5"]
        assert turn.openings(6) == {"note": b"secret"}
        assert turn.openings(5) == {}
        assert [stored.position for stored in turn.entries(3)] == [4, 5]
        assert [stored.position for stored in turn.tagged(["pool:5", "pool:1"])] == [1, 5]
        assert [event.position for event in turn.read(after=4)] == [5]
        with pytest.raises(NotFound):
            turn.line(7)
        assert store.position_of((6).to_bytes(16, "big")) is None
    assert store.head().size == 6
    assert store.openings(6) == {"note": b"secret"}


def test_a_turn_that_appends_nothing_changes_nothing(store: Store) -> None:
    fill(store, 2)
    before = store.head()
    with store.turn(seal):
        pass
    assert store.head() == before


@pytest.mark.parametrize("error", [Refused("no"), ValueError("no"), KeyboardInterrupt()])
def test_a_turn_that_ends_in_an_exception_leaves_nothing(store: Store, error: BaseException) -> None:
    fill(store, 2)
    with store.snapshot() as snapshot:
        before = snapshot.head(), snapshot.counts()
    with pytest.raises(type(error)):
        append_and_raise(store, row(3, openings={"note": b"secret"}), error)
    with store.snapshot() as snapshot:
        assert (snapshot.head(), snapshot.counts()) == before
    fill(store, 1)
    assert store.head().size == 3


def test_a_seal_that_fails_records_nothing(store: Store) -> None:
    def broken(size: int, root: bytes) -> bytes:
        raise KeyError(size)

    with pytest.raises(KeyError), store.turn(broken) as turn:
        turn.append(row(1))
    assert store.head().size == 0


def test_the_same_statement_twice_is_refused(store: Store) -> None:
    with store.turn(seal) as turn:
        turn.append(row(1))
        with pytest.raises(Refused, match="in entry 1 already"):
            turn.append(row(1))
    # Whoever does not ask for the id first is stopped by the database.
    with pytest.raises(VerificationFailed), store.turn(seal) as turn:
        turn.append(row(1))
    assert store.head().size == 1


def test_an_id_of_another_length_is_refused(store: Store) -> None:
    with store.turn(seal) as turn, pytest.raises(Malformed, match="16 bytes"):
        turn.append(row(1, statement=b"short"))
    assert store.head().size == 0


def test_a_sealed_log_stays_sealed(store: Store) -> None:
    fill(store, 1)
    with pytest.raises(Refused, match="stays sealed"), store.turn(lambda size, root: b"") as turn:
        turn.append(row(2))
    with pytest.raises(Refused, match="only by recording"):
        store.append([DCBEvent("any", b"data")])
    assert store.head().size == 1


def test_the_generic_door_wants_events_and_keeps_its_conditions(store: Store) -> None:
    with pytest.raises(ProgrammingError):
        store.append([])
    assert store.append([DCBEvent("a", b"1", ["x"]), DCBEvent("b", b"2")]) == 2
    on_x = DCBQuery([DCBQueryItem(tags=["x"])])
    with pytest.raises(IntegrityError):
        store.append([DCBEvent("a", b"3")], DCBAppendCondition(on_x))
    assert store.append([DCBEvent("a", b"3")], DCBAppendCondition(on_x, after=1)) == 3


def test_openings_are_erased_with_the_entry_that_orders_it(store: Store) -> None:
    with store.turn(seal) as turn:
        turn.append(row(1, openings={"note": b"one", "payee": b"two"}))
    with store.turn(seal) as turn:
        turn.append(row(2, openings={"note": b"three"}))
        turn.erase(1, "payee")
        turn.erase(2, "note")
        turn.erase(1, "never kept")
        assert turn.openings(1) == {"note": b"one"}
        assert turn.openings(2) == {}
    assert [store.openings(1), store.openings(2)] == [{"note": b"one"}, {}]
    with pytest.raises(Refused, match="records the order"), store.turn(seal) as turn:
        turn.erase(1, "note")
    assert store.openings(1) == {"note": b"one"}


@pytest.mark.parametrize(
    ("change", "value"),
    [
        ("UPDATE head SET root = %s", bytes(32)),
        ("UPDATE head SET edge = %s", bytes(32)),
        ("UPDATE head SET edge = %s", b"short"),
    ],
)
def test_nothing_is_added_to_a_head_that_contradicts_itself(
    store: Store, database_url: str, change: str, value: bytes
) -> None:
    fill(store, 3)
    with closing(raw(database_url)) as connection:
        connection.execute(f"DROP TRIGGER head_only_grows{on(database_url, 'head')}")
        connection.execute(change.replace("%s", "?") if database_url.startswith("sqlite") else change, (value,))
    with pytest.raises(VerificationFailed, match="contradicts itself"), store.turn(seal):
        pytest.fail("a turn on a broken head")


def test_nothing_is_added_without_a_head(store: Store, database_url: str) -> None:
    with closing(raw(database_url)) as connection:
        trigger = "head_keep_from_delete" if database_url.startswith("sqlite") else "head_keep"
        connection.execute(f"DROP TRIGGER {trigger}{on(database_url, 'head')}")
        connection.execute("DELETE FROM head")
    with pytest.raises(VerificationFailed, match="no head"), store.turn(seal):
        pytest.fail("a turn without a head")
    with pytest.raises(VerificationFailed, match="0 heads"):
        store.head()


def test_an_entry_that_came_by_another_way_stops_the_log(store: Store, database_url: str) -> None:
    fill(store, 1)
    with closing(raw(database_url)) as connection:
        connection.execute("INSERT INTO entries SELECT 2, kind, leaf, root, entry FROM entries")
    with pytest.raises(VerificationFailed, match="do not agree") as told, store.turn(seal) as turn:
        turn.append(row(2))
    assert "outcomes audit" in told.value.next_step
    assert store.head().size == 1


def on(url: str, table: str) -> str:
    """PostgreSQL names the table whose trigger is meant; SQLite does not."""
    return "" if url.startswith("sqlite") else f" ON {table}"


# -- reading ----------------------------------------------------------------------------------------


def test_a_snapshot_sees_one_state_whatever_is_added_meanwhile(store: Store) -> None:
    fill(store, 4)
    with store.snapshot() as snapshot:
        fill(store, 3)
        assert snapshot.head().size == 4
        assert [stored.position for stored in snapshot.entries(2)] == [3, 4]
        assert snapshot.counts()["entries"] == 4
        assert snapshot.position_of((5).to_bytes(16, "big")) is None
        assert store.head().size == 7
    entries = store.entries(batch=2)
    assert next(entries).position == 1
    fill(store, 1)
    assert [stored.position for stored in entries] == [2, 3, 4, 5, 6, 7]


def test_a_snapshot_hands_out_every_row_of_every_table(store: Store) -> None:
    with store.turn(seal) as turn:
        for number in range(1, 2501):
            turn.append(row(number, openings={"note": b"note %d" % number, "also": b"also"}))
    with store.snapshot() as snapshot:
        assert snapshot.counts() == {
            "entries": 2500, "statements": 2500, "tags": 5000, "tiles": 9, "head": 1, "openings": 5000
        }  # fmt: skip
        tags = snapshot.tags_between(2, 2400)
        openings = snapshot.openings_between(2, 2400)
        for (id_, position), number in zip(snapshot.statements_between(2, 2400), range(2, 2401), strict=True):
            assert (id_, position) == (number.to_bytes(16, "big"), number)
            kind = KINDS[number % 3]
            assert [next(tags), next(tags)] == [(number, kind, "everything"), (number, kind, f"pool:{number % 7}")]
            assert next(openings) == (number, "also", b"also")
            assert next(openings) == (number, "note", b"note %d" % number)
        assert [list(tags), list(openings)] == [[], []]
        assert [(level, at) for level, at, _ in snapshot.tile_rows()] == [(1, n) for n in range(9)]
        assert [len(snapshot.hashes(1, 0, 9)), len(snapshot.hashes(1, 8, 5)), len(snapshot.hashes(2, 0, 1))] == [
            9,
            1,
            0,
        ]
        assert snapshot.line(2500) == b"entry 2500"
        abandoned = snapshot.tags_between(1, 2500)
        next(abandoned)
    assert store.scrub() == []  # the stream that was left open holds nothing up


def test_entries_can_be_read_between_two_positions(store: Store) -> None:
    fill(store, 10)
    assert [stored.position for stored in store.entries(3, 8, batch=2)] == [4, 5, 6, 7, 8]
    assert list(store.entries(10)) == list(store.entries(5, 5)) == []


def test_entries_are_found_by_any_of_several_tags_and_kinds(store: Store) -> None:
    fill(store, 40)
    with store.snapshot() as snapshot:
        found = snapshot.tagged(["pool:1", "everything"], [KINDS[0], KINDS[1]])
        assert [stored.position for stored in found] == [n for n in range(1, 41) if n % 3 != 2]
        assert [stored.position for stored in snapshot.tagged(["pool:1", "pool:2"], after=10, until=30)] == [
            n for n in range(11, 31) if n % 7 in {1, 2}
        ]
        assert list(snapshot.tagged([])) == list(snapshot.tagged(["no such tag"])) == []


WORDS = st.sampled_from(["a", "b", "c", "é", "Z"])
EVENTS = st.lists(
    st.builds(DCBEvent, WORDS, st.binary(max_size=3), st.lists(WORDS, unique=True).map(sorted)), min_size=1
)
QUERIES = st.lists(st.builds(DCBQueryItem, st.lists(WORDS, max_size=3), st.lists(WORDS, max_size=3)), max_size=3)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_reading_agrees_with_the_librarys_recorder_in_memory(store: Store, data: st.DataObject) -> None:
    start = store.head().size
    oracle = InMemoryDCBRecorder()
    events = data.draw(EVENTS)
    assert store.append(events) == start + oracle.append(events)
    query = data.draw(st.none() | st.builds(DCBQuery, QUERIES))
    after = data.draw(st.integers(0, len(events) + 1))
    limit = data.draw(st.none() | st.integers(0, 5))
    found, wanted = store.read(query, after=start + after, limit=limit), oracle.read(query, after=after, limit=limit)
    assert [(event.position - start, event.event) for event in found] == [
        (event.position, event.event) for event in wanted
    ]
    assert found.head == (None if wanted.head is None else wanted.head + start)


def test_reading_in_batches_gives_what_was_there_when_it_was_asked_for(store: Store) -> None:
    store.append([DCBEvent("a" if n % 2 else "b", b"%d" % n, ["x"]) for n in range(1, 1302)])
    reading = store.read(DCBQuery([DCBQueryItem(types=["a"])]))
    first = next(reading)
    store.append([DCBEvent("a", b"late")])
    assert [first.position, *(event.position for event in reading)] == list(range(1, 1302, 2))
    assert reading.head == 1301
    assert [event.position for event in store.read(after=100, limit=700)] == list(range(101, 801))


def test_a_subscription_passes_over_what_does_not_match_and_stops_when_told(store: Store) -> None:
    store.append([DCBEvent("a" if n % 600 == 0 else "b", b"") for n in range(1, 1202)])
    with store.subscribe(DCBQuery([DCBQueryItem(types=["a"])]), after=1) as subscription:
        assert [next(subscription).position, next(subscription).position] == [600, 1200]
        threading.Timer(0.2, subscription.stop).start()
        assert list(subscription) == []


def test_a_rare_kind_under_a_busy_tag_is_a_range_of_the_index(tmp_path: Path) -> None:
    from sqlalchemy.dialects import sqlite

    from ledger.store.statements import matching

    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    Store.open(url, create=True).close()
    sql, names = matching(((1, 1),)).on(sqlite.dialect())
    with closing(raw(url)) as connection:
        plan = [step[3] for step in connection.execute(f"EXPLAIN QUERY PLAN {sql}", [1] * len(names))]
    assert any("USING PRIMARY KEY (tag=? AND kind=? AND position>? AND position<?)" in step for step in plan), plan
    assert not any(step.startswith(("SCAN entries", "SCAN tags")) for step in plan), plan


# -- nobody changes the past ------------------------------------------------------------------------

DEEDS = {
    "an entry is changed": "UPDATE entries SET entry = 'x'",
    "an entry is changed by replacing it": "REPLACE INTO entries SELECT * FROM entries",
    "an entry is deleted": "DELETE FROM entries WHERE position = 3",
    "an entry is added twice": "INSERT INTO entries SELECT 3, kind, leaf, root, entry FROM entries WHERE position = 1",
    "an entry is added out of turn": "INSERT INTO entries SELECT 5, kind, leaf, root, entry FROM entries LIMIT 1",
    "an entry is added before the first": "INSERT INTO entries SELECT 0, kind, leaf, root, entry FROM entries LIMIT 1",
    "a statement is moved": "UPDATE statements SET position = 9 WHERE position = 1",
    "a statement is replaced": "REPLACE INTO statements SELECT id, 7 FROM statements LIMIT 1",
    "a statement is replaced at its place": "REPLACE INTO statements SELECT zeroblob(16), position FROM statements",
    "a statement is deleted": "DELETE FROM statements",
    "a tag is changed": "UPDATE tags SET tag = 'y'",
    "a tag is deleted": "DELETE FROM tags",
    "a tile is changed": "UPDATE tiles SET root = zeroblob(32)",
    "a tile is replaced": "REPLACE INTO tiles SELECT level, number, zeroblob(32) FROM tiles",
    "a tile is deleted": "DELETE FROM tiles",
    "an opening is changed": "UPDATE openings SET opening = 'x'",
    "an opening is replaced": "REPLACE INTO openings SELECT position, field, 'x' FROM openings",
    "the head is deleted": "DELETE FROM head",
    "the head is replaced": "REPLACE INTO head SELECT only, size, root, edge, checkpoint FROM head",
    "the head is set back": "UPDATE head SET size = size - 1",
    "the head is sealed anew without growing": "UPDATE head SET checkpoint = 'x'",
    "the head is unsealed": "UPDATE head SET size = size + 1, checkpoint = ''",
    "a second head is added": "INSERT INTO head SELECT 2, size, root, edge, checkpoint FROM head",
}


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], str]:
    """The address of a ledger with something in every table, by the name of its database."""
    made: dict[str, str] = {}

    def of(database: str) -> str:
        if database not in made:
            folder = tmp_path_factory.mktemp("guarded")
            made[database] = f"sqlite:///{folder / 'l.db'}" if database == "sqlite" else fresh_postgres_url()
            with closing(Store.open(made[database], create=True)) as store, store.turn(seal) as turn:
                for number in range(1, 301):
                    turn.append(row(number, openings={"note": b"note"}))
        return made[database]

    return of


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
@pytest.mark.parametrize("deed", DEEDS)
def test_the_database_refuses_when(guarded: Callable[[str], str], database: str, deed: str) -> None:
    url, sql = guarded(database), DEEDS[deed].replace("300", "3")
    if database == "postgresql":
        sql = in_postgresql(sql)
    with closing(raw(url)) as connection:
        before = contents(connection)
        with pytest.raises((sqlite3.IntegrityError, psycopg.Error)) as told:
            connection.execute(sql)
        assert getattr(told.value, "sqlstate", "P0001") in {"P0001", "23505", "23514"}
        assert contents(connection) == before


@pytest.mark.parametrize("table", ["entries", "statements", "tags", "tiles", "openings", "head"])
def test_postgresql_refuses_to_truncate(guarded: Callable[[str], str], table: str) -> None:
    with closing(raw(guarded("postgresql"))) as connection, pytest.raises(psycopg.errors.RaiseException):
        connection.execute(f"TRUNCATE {table}")


def in_postgresql(sql: str) -> str:
    """The same deed as PostgreSQL words it: REPLACE is an upsert there."""
    sql = sql.replace("zeroblob(32)", "decode(repeat('00', 32), 'hex')").replace(" only,", ' "only",')
    sql = sql.replace("zeroblob(16)", "decode(repeat('00', 16), 'hex')")
    if not sql.startswith("REPLACE"):
        return sql
    table = sql.split()[2]
    keys, changed = {
        "entries": ("position", "kind"),
        "statements": ("position" if "decode" in sql else "id", "position"),
        "tiles": ("level, number", "root"),
        "openings": ("position, field", "opening"),
        "head": ('"only"', "size"),
    }[table]
    sql = sql.replace("'x'", "'x'::bytea").replace("REPLACE", "INSERT")
    return f"{sql} ON CONFLICT ({keys}) DO UPDATE SET {changed} = excluded.{changed}"


CONTENTS = (
    "SELECT * FROM entries",
    "SELECT * FROM statements",
    "SELECT * FROM tags",
    "SELECT * FROM tiles",
    "SELECT * FROM head",
    "SELECT * FROM openings",
)


def contents(connection: sqlite3.Connection | psycopg.Connection) -> list[list[tuple[object, ...]]]:
    return [sorted(connection.execute(select_all).fetchall()) for select_all in CONTENTS]


# -- opening, and what goes wrong -------------------------------------------------------------------


def test_nothing_is_created_unless_it_is_asked_for(sqlite_path: Path) -> None:
    with pytest.raises(NoLedger):
        Store.open(f"sqlite:///{sqlite_path}")
    assert not sqlite_path.exists()
    with pytest.raises(NoLedger, match="no ledger in this database"):
        Store.open(fresh_postgres_url())
    with pytest.raises(NoLedger):
        Store.open(fresh_postgres_url() + "_absent", create=True)


def test_a_ledger_can_be_opened_again_and_again(store: Store, database_url: str) -> None:
    fill(store, 3)
    for create in (True, False):
        with closing(Store.open(database_url, create=create)) as again:
            assert again.head() == store.head()


def test_only_the_owner_may_read_the_files(sqlite_path: Path) -> None:
    with closing(Store.open(f"sqlite:///{sqlite_path}", create=True)) as store:
        fill(store, 1)
        files = sorted(sqlite_path.parent.glob("ledger.db*"))
        assert [path.name for path in files] == ["ledger.db", "ledger.db-shm", "ledger.db-wal"]
        assert {path.stat().st_mode & 0o777 for path in files} == {0o600}


def other_database(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE accounts (name TEXT)")


FOREIGN: dict[str, Callable[[Path], object]] = {
    "text": lambda path: path.write_text("Dear Sir or Madam,\n" * 500),
    "another database": other_database,
    "a folder": lambda path: path.mkdir(),
}


@pytest.mark.parametrize("what", FOREIGN)
def test_a_file_that_is_something_else_is_left_alone(sqlite_path: Path, what: str) -> None:
    FOREIGN[what](sqlite_path)
    before = sqlite_path.read_bytes() if sqlite_path.is_file() else None
    for create in (False, True):
        with pytest.raises(NotALedger):
            Store.open(f"sqlite:///{sqlite_path}", create=create)
    assert (sqlite_path.read_bytes() if sqlite_path.is_file() else None) == before
    assert [path.name for path in sqlite_path.parent.glob("ledger.db*")] == ["ledger.db"]


def test_an_empty_file_is_no_ledger_until_it_is_made_one(sqlite_path: Path) -> None:
    sqlite_path.touch()
    with pytest.raises(NotALedger):
        Store.open(f"sqlite:///{sqlite_path}")
    with closing(Store.open(f"sqlite:///{sqlite_path}", create=True)) as store:
        assert store.head().size == 0


def test_a_ledger_that_lacks_a_table_is_none(store: Store, database_url: str) -> None:
    with closing(raw(database_url)) as connection:
        connection.execute("DROP TABLE tiles")
    for create in (False, True):
        with pytest.raises(NotALedger, match="lacks the tables tiles"):
            Store.open(database_url, create=create)


@pytest.mark.parametrize(
    "url",
    [
        "ledger.db",
        "sqlite://",
        "sqlite:///:memory:",
        "sqlite:///ledger.db?mode=ro",
        "mysql://user:secret@host/database",
        "https://place.example",
    ],
)
def test_an_address_of_another_form_is_refused(url: str) -> None:
    with pytest.raises(Malformed) as told:
        Store.open(url, create=True)
    assert "secret" not in str(told.value)


def test_a_server_that_cannot_be_reached_is_said_to_be_so() -> None:
    with pytest.raises(InputOutput, match="cannot be reached") as told:
        Store.open("postgresql+psycopg://user:secret@127.0.0.1:1/database")
    assert "secret" not in str(told.value)
    assert told.value.next_step


def test_a_missing_driver_is_said_to_be_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    for use in (Store.open, TrackingTables):
        with pytest.raises(InputOutput, match="not installed"):
            use("postgresql://user@127.0.0.1/database")


def test_a_view_whose_tables_have_another_shape_begins_again(tmp_path: Path) -> None:
    """Tables of another release are thrown away: they can be made again from the log."""
    url = f"sqlite:///{tmp_path / 'views.db'}"
    first = Counters(url)
    first.incr_created_event_counter(Tracking("log", 5))
    first.close()
    with closing(sqlite3.connect(tmp_path / "views.db")) as raw:
        raw.execute("ALTER TABLE counted ADD COLUMN more TEXT")
        raw.commit()
    second = Counters(url)
    assert second.max_tracking_id("log") is None
    second.incr_created_event_counter(Tracking("log", 1))
    assert second.max_tracking_id("log") == 1
    second.close()


def test_an_error_that_says_nothing_of_itself_is_a_failure() -> None:
    told = translated(sqlite3.ProgrammingError("out of the blue"), "sqlite:///ledger.db")
    assert type(told) is InputOutput
    assert (told.where, "out of the blue" in told.why) == ("sqlite:///ledger.db", True)


def test_a_writer_waits_only_as_long_as_it_has_patience(store: Store, database_url: str) -> None:
    with closing(Store.open(database_url, patience=0.2)) as other:
        with store.turn(seal) as turn:
            turn.append(row(1))
            began = time.monotonic()
            with pytest.raises(Locked) as told, other.turn(seal):
                pytest.fail("two turns at once")
            assert 0.1 < time.monotonic() - began < 20
            assert told.value.next_step
            assert other.head().size == 0  # reading waits for nobody
        fill(other, 1)
        assert other.head().size == 2


def test_threads_of_one_process_take_turns(store: Store) -> None:
    threads = [threading.Thread(target=fill, args=(store, 8, 8)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert store.head().size == 32
    assert root_of(store, 32) == store.head().root


def test_a_turn_inside_a_turn_is_told_that_it_waits_for_itself(store: Store, database_url: str) -> None:
    with closing(Store.open(database_url, patience=0.1)) as hasty, hasty.turn(seal) as turn:
        turn.append(row(1))
        with pytest.raises(Locked, match="in this process"), hasty.turn(seal):
            pytest.fail("two turns at once")
    assert store.head().size == 1


def test_a_closed_store_is_closed(database_url: str) -> None:
    store = Store.open(database_url, create=True)
    fill(store, 1)
    store.close()
    store.close()
    for use in (store.head, store.scrub, lambda: next(store.entries()), lambda: fill(store, 1)):
        with pytest.raises(ValueError, match="closed"):
            use()


def test_a_file_that_was_replaced_is_not_written_to(sqlite_path: Path) -> None:
    with closing(Store.open(f"sqlite:///{sqlite_path}", create=True)) as store:
        fill(store, 1)
        sqlite_path.rename(sqlite_path.with_suffix(".old"))
        for _ in range(2):
            with pytest.raises(InputOutput, match="moved or replaced"):
                fill(store, 1)
            Store.open(f"sqlite:///{sqlite_path}", create=True).close()


def test_a_damaged_file_is_called_damaged(sqlite_path: Path) -> None:
    with closing(Store.open(f"sqlite:///{sqlite_path}", create=True)) as store:
        fill(store, 2000)
    with sqlite_path.open("r+b") as file:
        file.seek(4096 * 40)
        file.write(os.urandom(4096 * 60))
    with (
        closing(Store.open(f"sqlite:///{sqlite_path}")) as store,
        pytest.raises(VerificationFailed, match="damaged") as told,
    ):
        list(store.entries())
    assert "backup" in told.value.next_step


def test_text_that_was_made_unreadable_is_read_as_it_is(sqlite_path: Path) -> None:
    url = f"sqlite:///{sqlite_path}"
    with closing(Store.open(url, create=True)) as store:
        fill(store, 3)
        with closing(raw(url)) as connection:
            connection.execute("DROP TRIGGER entries_keep_from_update")
            connection.execute("UPDATE entries SET kind = CAST(x'61ff' AS TEXT) WHERE position = 2")
        assert [stored.kind for stored in store.entries()] == [KINDS[1], "a\udcff", KINDS[0]]


@pytest.fixture
def folder_of_another() -> Iterator[Path]:
    """A folder that this process may read and not write: as root, it becomes somebody else for that."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        yield folder
        folder.chmod(0o700)


@contextmanager
def unprivileged(folder: Path, mode: int = 0o555) -> Iterator[None]:
    for path in folder.iterdir():
        path.chmod(0o444)
    folder.chmod(mode)
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(user)


def test_a_folder_that_may_not_be_written_is_said_to_be_so(folder_of_another: Path) -> None:
    url = f"sqlite:///{folder_of_another / 'ledger.db'}"
    with unprivileged(folder_of_another), pytest.raises(InputOutput, match="cannot be opened or made"):
        Store.open(url, create=True)
    folder_of_another.chmod(0o755)
    with closing(Store.open(url, create=True)) as store:
        fill(store, 1)
    with unprivileged(folder_of_another), pytest.raises(InputOutput) as told:
        Store.open(url)
    assert "folder" in told.value.next_step
    with unprivileged(folder_of_another, 0o000), pytest.raises(InputOutput, match="cannot be opened or made"):
        Store.open(url)


def test_an_old_sqlite_is_said_to_be_too_old(sqlite_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 36, 9))
    with pytest.raises(InputOutput, match=r"needs 3\.37"):
        Store.open(f"sqlite:///{sqlite_path}", create=True)
    assert not sqlite_path.exists()


UNTIL_THE_DISK_IS_FULL = """
import resource, sys
from ledger.errors import InputOutput
from ledger.store import Row, Store
store = Store.open(sys.argv[1], create=True)
resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))
try:
    while True:
        with store.turn(lambda size, root: b"sealed") as turn:
            for number in range(turn.head.size, turn.head.size + 5):
                turn.append(Row("kind", b"entry", ("tag",), number.to_bytes(16, "big")))
        acknowledged = store.head().size
except InputOutput as error:
    print(acknowledged, error.next_step)
"""


def test_a_full_disk_loses_nothing_that_was_acknowledged(sqlite_path: Path) -> None:
    told, errors = run_python(UNTIL_THE_DISK_IS_FULL, f"sqlite:///{sqlite_path}").communicate(timeout=60)
    assert not errors
    acknowledged, _, next_step = told.partition(" ")
    assert "Nothing was acknowledged" in next_step
    with closing(Store.open(f"sqlite:///{sqlite_path}")) as store:
        assert store.head().size == int(acknowledged) > 20
        assert root_of(store, int(acknowledged)) == store.head().root
        fill(store, 1)


def test_a_lost_connection_acknowledges_nothing_and_the_next_turn_finds_another() -> None:
    with closing(Store.open(fresh_postgres_url(), create=True)) as store:
        fill(store, 1)
        with pytest.raises(InputOutput, match="cannot be reached") as told:
            append_and_lose_the_connection(store)
        assert "receipt" in told.value.next_step
        fill(store, 1)
        assert store.head().size == 2


def append_and_lose_the_connection(store: Store) -> None:
    ends = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
    with store.turn(seal) as turn:
        turn.append(row(turn.head.size + 1))
        with cluster().connect() as connection:
            connection.execute(ends, (make_url(store._database.where).database,))


def test_a_database_that_would_lose_commits_is_not_used() -> None:
    url = fresh_postgres_url()
    Store.open(url, create=True).close()
    with cluster().connect() as connection:
        connection.execute(f"ALTER DATABASE {make_url(url).database} SET synchronous_commit TO off")
    with pytest.raises(InputOutput, match="power cut"):
        Store.open(url)


@pytest.mark.parametrize("hushed", [False, True])
def test_a_commit_that_may_not_be_replicated_is_not_acknowledged(hushed: bool) -> None:
    url = fresh_postgres_url()
    with cluster().connect() as connection:
        if hushed:
            connection.execute(f"ALTER DATABASE {make_url(url).database} SET client_min_messages TO error")
        with closing(Store.open(url, create=True)) as store:
            fill(store, 1)
            connection.execute("ALTER SYSTEM SET synchronous_standby_names TO 'a_standby_that_is_not_there'")
            connection.execute("SELECT pg_reload_conf()")
            try:
                threading.Thread(target=cancel_the_wait, daemon=True).start()
                with pytest.raises(InputOutput, match="might not have been replicated") as told:
                    fill_until_it_waits(store)
            finally:
                connection.execute("ALTER SYSTEM RESET synchronous_standby_names")
                connection.execute("SELECT pg_reload_conf()")
            assert "receipt" in told.value.next_step
            size = store.head().size
            fill(store, 1)
            assert store.head().size == size + 1


def fill_until_it_waits(store: Store) -> None:
    """Commit until one waits for a standby: another process of the server's takes note of the setting, in its time."""
    for _ in range(1000):
        fill(store, 1)
        time.sleep(0.01)


def cancel_the_wait() -> None:
    """Cancel the session that waits for a standby, as soon as there is one."""
    waiting = "SELECT count(pg_cancel_backend(pid)) FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
    with cluster().connect() as connection:
        while connection.execute(waiting).fetchone() == (0,):
            time.sleep(0.02)


# -- many processes ---------------------------------------------------------------------------------

TAKE_TURNS = """
import sys
from ledger.store import Row, Store
url, name, turns = sys.argv[1], sys.argv[2], int(sys.argv[3])
store = Store.open(url, create=True)
for number in range(turns):
    with store.turn(lambda size, root: b"sealed") as turn:
        for part in range(1 + number % 3):
            id_ = b"%s %6d %d" % (name.encode(), number, part)
            turn.append(Row("kind", id_, (name,), id_.rjust(16)))
    print(turn.head.size + 1 + number % 3, flush=True)
store.close()
"""


def test_four_processes_leave_no_gap_and_no_fork(database_url: str) -> None:
    processes = [run_python(TAKE_TURNS, database_url, name, "40") for name in "abcd"]
    for process in processes:
        assert not process.communicate(timeout=120)[1]
    with closing(Store.open(database_url)) as store:
        entries = list(store.entries())
        assert [stored.position for stored in entries] == list(range(1, 4 * 79 + 1))
        tree = Tree()
        for stored in entries:
            tree.append(leaf_hash(stored.entry))
            assert stored.root == tree.root()
        assert store.head().root == tree.root()
        for name in "abcd":
            mine = [stored.entry for stored in entries if stored.entry.startswith(name.encode())]
            assert mine == sorted(mine)


@pytest.mark.parametrize("after", [1, 7, 20])
def test_a_killed_process_loses_nothing_that_it_acknowledged(database_url: str, after: int) -> None:
    process = run_python(TAKE_TURNS, database_url, "a", "100000")
    assert process.stdout is not None
    acknowledged = [int(process.stdout.readline()) for _ in range(after)]
    process.send_signal(signal.SIGKILL)
    acknowledged += [int(line) for line in process.communicate(timeout=30)[0].splitlines() if line]
    with closing(Store.open(database_url)) as store:
        head = store.head()
        assert head.size >= acknowledged[-1]
        assert root_of(store, head.size) == head.root == store.root_at(head.size)
        with store.snapshot() as snapshot:
            counts = snapshot.counts()
        assert counts["entries"] == counts["statements"] == counts["tags"] == head.size
        fill(store, 1)


# -- leaving no byte --------------------------------------------------------------------------------

SECRET = b"\x00\xffthe note that has to go\xfe\x01" * 30


def erase_a_secret(store: Store) -> None:
    with store.turn(seal) as turn:
        for number in range(1, 51):
            turn.append(row(number, openings={"note": SECRET if number == 20 else b"note %d" % number * 30}))
    with store.turn(seal) as turn:
        turn.append(row(51))
        turn.erase(20, "note")


def test_after_a_scrub_the_file_holds_no_byte_of_it(sqlite_path: Path) -> None:
    with closing(Store.open(f"sqlite:///{sqlite_path}", create=True, patience=0.2)) as store:
        erase_a_secret(store)
        assert holds(sqlite_path.parent, SECRET[:26])
        with store.snapshot():
            (sentence,) = store.scrub()
            assert "another program was reading" in sentence
        with closing(sqlite3.connect(sqlite_path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            (sentence,) = store.scrub()
            assert "was not rewritten" in sentence
        assert store.scrub() == []
        assert not holds(sqlite_path.parent, SECRET[:26])
        assert holds(sqlite_path.parent, b"note 21note 21")
        assert store.openings(21) == {"note": b"note 21" * 30}
    assert not holds(sqlite_path.parent, SECRET[:26])


def test_after_a_scrub_the_cluster_holds_no_byte_of_it() -> None:
    url = fresh_postgres_url()
    with closing(Store.open(url, create=True)) as store:
        erase_a_secret(store)
        with closing(raw(url)) as connection:
            connection.execute("ANALYZE")
        assert holds(cluster().data, SECRET[:26])
        assert store.scrub() == []
        assert not holds(cluster().data, SECRET[:26])
        assert holds(cluster().data, b"note 21note 21")
    with closing(Store.open(url, patience=0.1)) as hasty, hasty.snapshot():
        (sentence,) = hasty.scrub()
        assert "Another transaction was open" in sentence


def test_a_scrub_says_what_it_was_not_allowed_to_do() -> None:
    url = make_url(fresh_postgres_url())
    with cluster().connect() as connection:
        connection.execute("CREATE ROLE clerk LOGIN")
        connection.execute(f"ALTER DATABASE {url.database} OWNER TO clerk")
        connection.execute(f"ALTER DATABASE {url.database} SET log_statement TO 'all'")
    with closing(Store.open(url.set(username="clerk").render_as_string(), create=True, patience=0.1)) as store:
        erase_a_secret(store)
        server_log, write_ahead_log = store.scrub()
        assert "server's log may hold the bytes" in server_log
        assert "write-ahead log may still hold the bytes" in write_ahead_log


def holds(folder: Path, secret: bytes) -> bool:
    return any(secret in path.read_bytes() for path in folder.rglob("*") if path.is_file())


# -- views ------------------------------------------------------------------------------------------


def test_a_batch_is_not_counted_twice_when_somebody_was_faster(views_url: str) -> None:
    view = Counters(views_url)
    for after, position in ((0, 10), (10, 15)):
        with view.advancing(Tracking("log", position), after=after) as connection:
            connection.execute(insert(view.counted).values(what="created", one=position))
    for after, position in ((0, 20), (10, 20), (20, 30), (15, 15), (15, 9)):
        with pytest.raises(IntegrityError), view.advancing(Tracking("log", position), after=after):
            pytest.fail("somebody was faster")
    assert (view.get_created_event_counter(), view.max_tracking_id("log")) == (2, 15)


def test_a_views_rows_and_its_position_change_together_or_not_at_all(views_url: str) -> None:
    view = Counters(views_url)
    with pytest.raises(VerificationFailed, match="stop"):
        add_and_raise(view, VerificationFailed("stop"))
    assert (view.get_created_event_counter(), view.max_tracking_id("log")) == (0, None)
    with pytest.raises(NotALedger), view.advancing(Tracking("log", 1)) as connection:
        connection.execute(select(Table("absent", MetaData(), Column("x", Integer)).c.x))
    assert view.max_tracking_id("log") is None


def add_and_raise(view: Counters, error: Exception) -> None:
    with view.advancing(Tracking("log", 1)) as connection:
        connection.execute(insert(view.counted).values(what="created", one=1))
        raise error


def test_views_have_an_address_too(tmp_path: Path) -> None:
    for address in ("views", "mysql://host/views"):
        with pytest.raises(Malformed):
            TrackingTables(address)
    with pytest.raises(InputOutput):
        TrackingTables(f"sqlite:///{tmp_path / 'absent' / 'views.db'}")
    TrackingTables(f"sqlite:///{tmp_path / 'views.db'}").close()
    assert (tmp_path / "views.db").stat().st_mode & 0o777 == 0o600
