"""Both clocks: what a view shows as known at an entry is what the log, cut there, would show, whatever was said since.

Law: over random histories of commitments, of claims and of a pool's money. The tables are the same however they were
caught up, in both databases, and whenever whoever kept them died; and what is open in them is what the Book says.
"""

from __future__ import annotations

import os
import random
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, func, select

from commands.main import main
from ledger import replay
from ledger.book import Book
from ledger.errors import NotFound
from ledger.rules.claims import unpaid_units
from ledger.values import FinancialYear
from projections import contracts, due, outcomes, partner, payers, plans, rates
from projections.rows import Row
from projections.sight import annual, keeping, own_ledger, trail
from projections.sight import line as lines_of_sight
from projections.sight import pool as pools
from projections.sight import statement as statements
from projections.sight.following import Batch
from projections.sight.keeping import Kept
from projections.sight.reading import END_OF_TIME, Sight
from projections.sight.tables import postings
from tests import transcript
from tests.claims_histories import Contracting
from tests.databases import fresh_postgres_url
from tests.histories import History
from tests.ledgers import Honest, honest_copy
from tests.sight_histories import Telling
from tests.sights import LOG, follow, looking
from tests.story import COUNCIL, ICB
from tests.test_book import Shelf
from tests.test_sight_histories import Beside

STEPS = {"commitments": 90, "claims": 160, "a pool's money": 40}
SEEDS = (1, 2, 3)
HISTORIES = [(kind, seed) for kind in STEPS for seed in SEEDS]


def line_to(subject: str) -> Callable[[Sight], list[Row]]:
    """The line of sight from or to something, and what came of it; nothing where it was not there yet."""

    def view(sight: Sight) -> list[Row]:
        try:
            line = lines_of_sight.seen(sight, subject)
        except NotFound:
            return []
        return [*lines_of_sight.rows(line), *lines_of_sight.result_rows(line, COUNCIL)]

    return view


def pooled(sight: Sight) -> list[Row]:
    """The pool's report of a year; nothing where there was no pool yet."""
    if "P-1" not in sight.hosts:
        return []
    one = pools.Pooled(sight, "P-1", "2026-27")
    return [
        *pools.partner_rows(one),
        *pools.scheme_rows(one),
        *pools.unfunded_rows(one),
        *annual.Return(one).balance_rows(),
    ]


VIEWS: dict[str, Callable[[Sight], list[Row]]] = {
    "line of sight of the council": line_to(COUNCIL),
    "line of sight of the pool": line_to("P-1"),
    "line of sight of a scheme": line_to("S-1"),
    "statement of the board": lambda sight: statements.rows(statements.stated(sight, ICB)),
    "pool": pooled,
    "year end": lambda sight: own_ledger.rows(sight, ICB, FinancialYear("2026-27")),
    "contracts": contracts.rows,
    "payers": payers.rows,
    "rates": rates.rows,
    "plans": plans.rows,
    "outcomes": outcomes.rows,
    "council": lambda sight: partner.rows(sight, COUNCIL),
    "board": lambda sight: partner.rows(sight, ICB),
    "due": lambda sight: due.rows(sight, sight.newest),
    "trail": trail.rows,
    "trail of the council": lambda sight: trail.rows(sight, COUNCIL),
    "trail of an entry": lambda sight: trail.rows(sight, "7"),
}


@cache
def history(kind: str, seed: int) -> list[bytes]:
    """The lines of a random log."""
    if kind == "a pool's money":
        beside = Beside(Telling(random.Random(seed)))
        beside.begin()
        for _ in range(STEPS[kind]):
            beside.tell(beside.telling.step())
        return beside.world.lines
    lived = History(seed) if kind == "commitments" else Contracting(seed)
    for _ in range(STEPS[kind]):
        lived.step()
    return lived.world.lines


def shown(sight: Sight) -> dict[str, list[Row]]:
    """Every view."""
    return {name: view(sight) for name, view in VIEWS.items()}


@contextmanager
def kept(lines: list[bytes], *cuts: int, url: str = "sqlite://") -> Iterator[Kept]:
    """Tables of a log, that were caught up at each cut."""
    tables = Kept(url)
    try:
        for size in (*cuts, len(lines)):
            follow(tables, lines[:size])
        yield tables
    finally:
        tables.close()


def cut_anywhere(lines: list[bytes], dice: random.Random, times: int) -> list[int]:
    return sorted({dice.randint(1, len(lines)) for _ in range(times)})


# -- the two clocks -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "seed"), HISTORIES)
def test_as_known_at_an_entry_is_what_the_log_cut_there_shows(kind: str, seed: int) -> None:
    lines = history(kind, seed)
    dice = random.Random(seed)
    last = last_day(lines)
    with kept(lines) as tables:
        for known in (*cut_anywhere(lines, dice, 6), len(lines)):
            day = dice.choice([END_OF_TIME, last, *some_days(lines, dice)])
            with kept(lines[:known]) as cut, looking(cut, known, day) as then, looking(tables, known, day) as now:
                assert shown(now) == shown(then), (known, day)


@pytest.mark.parametrize(("kind", "seed"), HISTORIES)
def test_as_true_at_the_end_of_time_is_no_clock_at_all(kind: str, seed: int) -> None:
    lines = history(kind, seed)
    with kept(lines) as tables:
        with looking(tables, len(lines)) as plain:
            expected = shown(plain)
        with looking(tables, len(lines), last_day(lines)) as true:
            assert shown(true) == expected


@pytest.mark.parametrize(("kind", "seed"), HISTORIES)
def test_what_stands_adds_up_to_what_was_posted_on_both_clocks(kind: str, seed: int) -> None:
    lines = history(kind, seed)
    dice = random.Random(seed)
    by = ("account", "funder", "pool", "contract", "reference")
    with kept(lines) as tables:
        for _ in range(12):
            known, day = dice.randint(1, len(lines)), dice.choice([END_OF_TIME, *some_days(lines, dice)])
            with looking(tables, known, day) as sight:
                every, standing = (
                    {tuple(row)[:5]: int(row.pence) for row in rows if row.pence}
                    for rows in (sight.sums(by, postings.c.said > 0), sight.said(by, postings.c.said > 0))
                )
                assert every == standing, (known, day)


def events_of(lines: list[bytes]) -> Iterator[Any]:
    return (one.entry.statement.event for one in replay.history(Shelf(lines)))


def some_days(lines: list[bytes], dice: random.Random) -> list[date]:
    return dice.sample(sorted({event.occurred_on for event in events_of(lines)}), 1)


def last_day(lines: list[bytes]) -> date:
    return max(event.occurred_on for event in events_of(lines))


# -- against the Book ---------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_open_in_the_tables_is_open_in_the_book(seed: int) -> None:
    lines = history("claims", seed)
    for size in (*cut_anywhere(lines, random.Random(seed), 4), len(lines)):
        book = replay.fold(Shelf(lines[:size]))
        with kept(lines[:size]) as tables, looking(tables, size) as sight:
            assert {(one.payment, one.payer): (one.to_pay, one.owed_back) for one in sight.owing()} == {
                (name, payer): (payment.to_pay(payer), payment.owed_back(payer))
                for name, payment in book.claims.payments.items()
                for payer in payment.lines
                if payment.to_pay(payer) or payment.owed_back(payer)
            }
            assert {(one.claim, one.claimed - one.verified - one.rejected, one.verified - one.paid_for, one.said)
                    for one in sight.open_claims()} == {
                (name, claim.made.units - claim.verified - claim.rejected, unpaid_units(book.claims, claim),
                 claim.by.position)
                for name, claim in book.claims.claims.items()
                if claim.made.units > claim.verified + claim.rejected or unpaid_units(book.claims, claim) > 0
            }  # fmt: skip
            check_signatures(sight, book)


def check_signatures(sight: Sight, book: Book) -> None:
    """What waits, is unconfirmed and counts unsigned, in the Book's order, and who is asked."""
    for room in ("waiting", "unconfirmed", "unsigned"):
        held = getattr(book.approvals, room)
        assert [(one.id, one.rests_on, one.lacks, one.expires) for one in sight.pending(room)] == [
            (one.id, one.rests_on, tuple(str(place) for _, place in one.open_places), one.expires)
            for one in held.values()
        ]


@pytest.mark.parametrize(("kind", "seed"), HISTORIES)
def test_signatures_that_are_asked_for_are_those_of_the_book(kind: str, seed: int) -> None:
    lines = history(kind, seed)
    for size in cut_anywhere(lines, random.Random(seed), 5):
        with kept(lines[:size]) as tables, looking(tables, size) as sight:
            check_signatures(sight, replay.fold(Shelf(lines[:size])))


# -- how the tables were kept -------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "seed"), HISTORIES)
def test_tables_that_grew_in_pieces_are_those_made_at_once(
    kind: str, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = history(kind, seed)
    dice = random.Random(seed)
    with kept(lines) as fresh:
        monkeypatch.setattr(keeping, "BATCH", dice.randint(1, 20))
        with kept(lines, *cut_anywhere(lines, dice, 4)) as grown:
            assert grown.differences(fresh) == []


@pytest.mark.parametrize("kind", STEPS)
def test_both_databases_hold_the_same_rows_and_show_the_same(kind: str) -> None:
    lines = history(kind, 1)
    known = len(lines) * 2 // 3
    with kept(lines) as fresh, kept(lines, len(lines) // 2, url=fresh_postgres_url()) as other:
        assert fresh.differences(other) == []
        with looking(fresh, known) as one, looking(other, known) as another:
            assert shown(one) == shown(another)


@pytest.mark.parametrize(("kind", "seed"), HISTORIES)
def test_what_every_entry_posts_sums_to_nothing(kind: str, seed: int) -> None:
    whole = func.sum(postings.c.pence)
    with kept(history(kind, seed)) as tables, tables.reading() as connection:
        query = select(postings.c.entry, whole).group_by(postings.c.entry).having(whole != 0)
        assert list(connection.execute(query)) == []


@pytest.mark.parametrize("after", [1, 5, 9])
def test_whoever_dies_in_the_middle_of_a_batch_leaves_tables_that_catch_up(
    after: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines, url = history("claims", 1), f"sqlite:///{tmp_path / 'views.db'}"
    monkeypatch.setattr(keeping, "BATCH", 7)
    if not (child := os.fork()):
        die_in_batch(after, monkeypatch)
        follow(Kept(url), lines)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9
    with kept(lines) as fresh, closing(Kept(url)) as left:
        at = left.max_tracking_id(LOG) or 0
        assert 0 < at < len(lines) or after == 1
        with left.reading() as connection:
            assert (connection.scalar(select(func.max(postings.c.entry))) or 0) <= at
        follow(left, lines)
        assert left.differences(fresh) == []


def die_in_batch(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """In that batch, after its rows were added and before its position is committed."""
    left, whole = iter(range(1, number)), keeping._end

    def end(connection: Connection, batch: Batch) -> None:
        whole(connection, batch)
        if next(left, None) is None:
            os._exit(9)

    monkeypatch.setattr(keeping, "_end", end)


# -- what becomes of tables that are not of this log ---------------------------------------------------


@pytest.fixture(scope="session")
def templates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("templates")


@pytest.fixture
def ledger(templates: Path, tmp_path: Path) -> Iterator[Honest]:
    """A recorded ledger, in a place of its own, whose views are kept in views.db."""
    with transcript.place(tmp_path):
        os.environ["OUTCOMES_VIEWS"] = str(tmp_path / "views.db")
        made = honest_copy(templates, tmp_path)
        os.environ["OUTCOMES_LEDGER"] = made.url
        yield made


def columns(path: Path) -> list[tuple[str, str, int]]:
    """A row of every table and column that holds something: (table, column, rowid)."""
    with closing(sqlite3.connect(path)) as connection:
        found = []
        for table in ("postings", "facts", "pending", "entries", "became", "subjects", "received"):
            for _, column, *_ in connection.execute(f"PRAGMA table_info({table})").fetchall():
                query = f'SELECT rowid FROM {table} WHERE length("{column}") > 0 ORDER BY rowid DESC LIMIT 1'  # noqa: S608
                if row := connection.execute(query).fetchone():
                    found.append((table, column, row[0]))
        return found


def flip(path: Path, table: str, column: str, row: int) -> None:
    """Change the first byte of one value."""
    with closing(sqlite3.connect(path)) as connection, connection:
        (value,) = connection.execute(f'SELECT "{column}" FROM {table} WHERE rowid = ?', (row,)).fetchone()  # noqa: S608
        connection.execute(f'UPDATE {table} SET "{column}" = ? WHERE rowid = ?', (changed(value), row))  # noqa: S608


def changed(value: Any) -> Any:
    if isinstance(value, int):
        return value + 2**20
    return bytes([value[0] ^ 1]) + value[1:] if isinstance(value, bytes) else chr(ord(value[0]) ^ 1) + value[1:]


def test_a_byte_changed_in_any_column_is_found_and_mended(
    ledger: Honest, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "views.db"
    assert main(["views", "rebuild"]) == 0
    assert main(["views", "check"]) == 0
    sound = path.read_bytes()
    places = columns(path)
    assert len(places) > 50
    for place in places:
        flip(path, *place)
        assert main(["views", "check"]) == 3, place
        assert f"{place[0]}: kept" in capsys.readouterr().err
        path.write_bytes(sound)
    flip(path, *places[0])
    assert main(["views", "rebuild"]) == 0
    assert main(["views", "check"]) == 0


def test_tables_of_another_log_are_refused_until_they_are_made_again(
    ledger: Honest, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["view", "contracts"]) == 0
    with closing(sqlite3.connect(tmp_path / "views.db")) as connection, connection:
        connection.execute("UPDATE heads SET root = zeroblob(32)")
    for asked in (["view", "contracts"], ["view", "trail"], ["view", "due"], ["views", "check"]):
        capsys.readouterr()
        assert main(asked) == 3
        assert "are not of this log" in capsys.readouterr().err
    assert main(["views", "rebuild"]) == 0
    assert main(["view", "contracts"]) == 0


def test_the_clocks_are_options_of_every_view(ledger: Honest, capsys: pytest.CaptureFixture[str]) -> None:
    for name in (
        ["partner", COUNCIL],
        ["contracts"],
        ["payers"],
        ["rates"],
        ["plans"],
        ["outcomes"],
        ["due"],
        ["trail"],
    ):
        assert main(["view", *name, "--as-known", "20", "--as-true", "2026-06-30"]) == 0
        assert main(["view", *name, "--as-known", "2026-04-03"]) == 0
        assert main(["view", *name, "--as-known", "2001-01-01"]) == 5
        assert main(["view", *name, "--as-true", "tomorrow"]) != 0
    capsys.readouterr()
    assert main(["view", "due", "--on", "2026-06-30"]) == 0
    on = capsys.readouterr().out
    assert main(["view", "due", "--as-true", "2026-06-30"]) == 0
    assert capsys.readouterr().out == on
    assert main(["view", "due", "--as-true", "2026-06-30", "--on", "2026-06-30"]) == 2
    assert main(["view", "partner", "--as-known", "20"]) == 2
