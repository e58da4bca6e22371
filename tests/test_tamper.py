"""Whatever is changed in the database, or in a pack, is found, and the finding says where.

The operator here has the database's own tools: each trigger and each constraint is gone before he begins, so that
nothing but verification stands in his way. One thing is changed at a time, and undone. `test_attacks` is about an
operator who makes everything else agree with what he changed.
"""

from __future__ import annotations

import random
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest

from ledger import pack
from ledger.audit import Kept
from ledger.errors import InputOutput, NoLedger, VerificationFailed
from ledger.store import Store
from ledger.store.tables import TABLES
from ledger.verifying import verify_pack, verify_store
from tests.campaign import while_time
from tests.databases import fresh_postgres_url
from tests.ledgers import (
    COLUMNS,
    Cells,
    Foreign,
    Story,
    Tools,
    again,
    go_program,
    go_reader,
    listed,
    long_story,
    openings_of,
    python_reader,
    record,
    story,
    write_pack,
)
from tests.rules import S151
from tests.story import key_of, raw

# -- a ledger without a guard -------------------------------------------------------------------------


class Loose:
    """A recorded ledger, open for verification, and the operator's tools beside it."""

    def __init__(self, url: str, *, long: bool) -> None:
        self.honest = record(long_story() if long else story(), url)
        self.tools = Tools(url).loosened()
        self.store = Store.open(url)
        self.rows = {table: self.tools.rows(table) for table in COLUMNS}

    def close(self) -> None:
        """Let go of both."""
        self.store.close()
        self.tools.close()

    def found(self) -> set[str]:
        """Where something does not hold, as the report says."""
        try:
            report = verify_store(self.store, Kept())
        except VerificationFailed as error:  # the command ends with 3, as it does for a finding
            return {f"refused: {error}"}
        return {finding.where for finding in report.findings}

    def silent(self, table: str, changes: Iterable[tuple[Cells | None, Cells | None]]) -> list[str]:
        """Each change that verification does not find, or not there, or that it stumbles over."""
        missed: list[str] = []
        for old, new in changes:
            with self.tools.changed(table, old, new):
                try:
                    where = self.found()
                except Exception as error:  # noqa: BLE001 whatever it is, it is no finding
                    where = {f"{type(error).__name__}: {error}"}
            if not where & places(table, old, new) and not any(one.startswith("refused: ") for one in where):
                missed.append(f"{table}: {shown(old)} -> {shown(new)}: {sorted(where) or 'nothing found'}")
        return missed


def places(table: str, *rows: Cells | None) -> set[str]:
    """What a finding about these rows may call the place."""
    found = {f"table {table}"}
    for row in rows:
        if row is not None and "position" in COLUMNS[table]:
            found.add(f"entry {row[COLUMNS[table].index('position')]}")
    if table == "entries":  # the last one, if it is gone, is missed by the head
        found.add("table head")
    return found | ({"checkpoint"} if table == "head" else set())


def shown(row: Cells | None) -> str:
    """A row, briefly."""
    return "none" if row is None else "(" + ", ".join(repr(cell)[:40] for cell in row) + ")"


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def loose(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loose]:
    """The story of sixty entries, once in each database."""
    made = Loose(_address(request, tmp_path_factory), long=False)
    yield made
    made.close()


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def loose_long(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loose]:
    """The long one, whose tree has tiles above the leaves."""
    made = Loose(_address(request, tmp_path_factory), long=True)
    yield made
    made.close()


def _address(request: pytest.FixtureRequest, folders: pytest.TempPathFactory) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{folders.mktemp('loose') / 'ledger.db'}"
    return fresh_postgres_url()


# -- what is changed --------------------------------------------------------------------------------


def sampled(rows: list[Cells]) -> list[Cells]:
    """The first, the middle and the last."""
    return list(dict.fromkeys((rows[0], rows[len(rows) // 2], rows[-1])))


def other_bytes(row: Cells) -> Iterator[tuple[Cells, Cells]]:
    """The row with one byte changed: of each column the first, the middle and the last."""
    for number, cell in enumerate(row):
        for value in dict.fromkeys(_other(cell)):
            yield row, (*row[:number], value, *row[number + 1 :])


def _other(cell: Any) -> Iterator[Any]:
    if isinstance(cell, int):
        yield from (cell ^ 1, cell ^ 1 << 8, cell ^ 1 << 40)
        return
    for at in (0, len(cell) // 2, len(cell) - 1) if cell else ():
        if isinstance(cell, str):
            yield f"{cell[:at]}{chr(ord(cell[at]) ^ 1)}{cell[at + 1 :]}"
        else:
            yield cell[:at] + bytes([cell[at] ^ 1]) + cell[at + 1 :]
    yield cell[:-1] if cell else type(cell)(b"\0" if isinstance(cell, bytes) else "0")


def other_types(row: Cells) -> Iterator[tuple[Cells, Cells]]:
    """The row with nothing in a column, or with something of another type."""
    for number, cell in enumerate(row):
        for value in (None, *_of_other_types(cell)):
            yield row, (*row[:number], value, *row[number + 1 :])


def _of_other_types(cell: Any) -> tuple[Any, ...]:
    if isinstance(cell, int):
        return (str(cell), cell + 0.5, b"\1")
    if isinstance(cell, str):
        return (cell.encode(), 7)
    return (cell.decode("latin-1"), 7, 1.5)


# -- one thing changed ------------------------------------------------------------------------------


@pytest.mark.parametrize("table", [table for table in COLUMNS if table != "tiles"])
def test_one_byte_changed_in_any_column_is_found_where_it_is(loose: Loose, table: str) -> None:
    changes = [change for row in sampled(loose.rows[table]) for change in other_bytes(row)]
    missed = loose.silent(table, changes if loose.tools.on_sqlite else changes[::2])
    assert not missed, "\n".join(missed)
    assert not loose.found(), "a change was not undone"


def test_one_byte_changed_in_a_tile_is_found_where_it_is(loose_long: Loose) -> None:
    changes = [change for row in loose_long.rows["tiles"] for change in other_bytes(row)]
    missed = loose_long.silent("tiles", changes[::2] if loose_long.tools.on_sqlite else changes[::4])
    assert len(changes) >= 2 * 10
    assert not missed, "\n".join(missed)
    assert not loose_long.found(), "a change was not undone"


@pytest.mark.parametrize("table", [table for table in COLUMNS if table != "tiles"])
def test_nothing_in_a_column_or_another_type_is_found_where_it_is(loose: Loose, table: str) -> None:
    rows = sampled(loose.rows[table])
    changes = [change for row in rows for change in other_types(row)]
    if not loose.tools.on_sqlite:  # a column of PostgreSQL has its type; it may lack a value
        changes = [(old, new) for old, new in changes if None in new]
    missed = loose.silent(table, changes)
    assert not missed, "\n".join(missed)
    assert not loose.found(), "a change was not undone"


def test_a_tile_of_nothing_or_of_another_type_is_found(loose_long: Loose) -> None:
    changes = [change for row in loose_long.rows["tiles"][:1] for change in other_types(row)][::2]
    if not loose_long.tools.on_sqlite:
        changes = [(old, new) for old, new in changes if None in new]
    missed = loose_long.silent("tiles", changes)
    assert not missed, "\n".join(missed)


@pytest.mark.parametrize("column", ["entry", "leaf", "root"])
def test_a_column_of_another_type_in_postgresql_is_refused(column: str) -> None:
    loose = Loose(fresh_postgres_url(), long=False)
    try:
        loose.tools.run(f"ALTER TABLE entries ALTER COLUMN {column} TYPE text USING encode({column}, 'escape')")
        assert loose.found()
    finally:
        loose.close()


# -- rows too many and too few ------------------------------------------------------------------------


@pytest.mark.parametrize("table", [table for table in COLUMNS if table != "tiles"])
def test_a_row_too_many_or_too_few_is_found(loose: Loose, table: str) -> None:
    missed = loose.silent(table, rows_too_many_or_too_few(loose.rows[table], table))
    assert not missed, "\n".join(missed)
    assert not loose.found(), "a change was not undone"


def test_a_tile_too_many_or_too_few_is_found(loose_long: Loose) -> None:
    missed = loose_long.silent("tiles", rows_too_many_or_too_few(loose_long.rows["tiles"], "tiles")[::3])
    assert not missed, "\n".join(missed)
    assert not loose_long.found(), "a change was not undone"


def test_a_tile_in_a_ledger_without_any_is_found(loose: Loose) -> None:
    assert not loose.silent("tiles", [(None, (1, 0, bytes(32)))])


def rows_too_many_or_too_few(rows: list[Cells], table: str) -> list[tuple[Cells | None, Cells | None]]:
    """Rows that are missing, and rows that are there beside the right ones: under another key, of nowhere."""
    changes: list[tuple[Cells | None, Cells | None]] = [(row, None) for row in sampled(rows)]
    for row in sampled(rows):
        for name in ("position", "number", "only", "id", "tag", "kind", "field"):
            if name in COLUMNS[table]:
                at = COLUMNS[table].index(name)
                changes += [(None, (*row[:at], value, *row[at + 1 :])) for value in _keys(row[at])]
    return changes


def _keys(cell: Any) -> tuple[Any, ...]:
    if isinstance(cell, int):
        return (0, -1, cell + 1, 100_000)
    return (cell[:-1] + (b"\xff" if isinstance(cell, bytes) else "~"),)


@pytest.mark.parametrize("table", ["entries", "statements", "tags", "openings", "head"])
def test_a_row_that_is_there_twice_is_found(loose: Loose, table: str) -> None:
    for row in sampled(loose.rows[table]):
        with loose.tools.changed(table, None, row):
            assert loose.found(), shown(row)
    assert not loose.found(), "a change was not undone"


@pytest.mark.parametrize("table", ["entries", "statements", "tags", "openings"])
def test_two_rows_that_change_places_are_found(loose: Loose, table: str) -> None:
    """Nothing is missing and nothing is too many: only a column was exchanged between two rows."""
    first, *_, last = loose.rows[table]
    missed: list[str] = []
    for at, column in enumerate(COLUMNS[table]):
        if first[at] == last[at]:
            continue
        one, other = (*first[:at], last[at], *first[at + 1 :]), (*last[:at], first[at], *last[at + 1 :])
        with loose.tools.changed(table, first, one), loose.tools.changed(table, last, other):
            if not loose.found() & places(table, first, last):
                missed.append(column)
    assert not missed
    assert not loose.found(), "a change was not undone"


# -- openings ---------------------------------------------------------------------------------------


def test_an_erased_text_that_is_put_back_is_found(loose: Loose) -> None:
    number = loose.honest.story.at["C-7 is made"]
    kept_aside = loose.honest.story.world.openings[number]["note"]
    back = (number, "note", kept_aside)
    assert not loose.silent("openings", [(None, back)])


def test_an_erased_text_that_is_put_back_in_the_stead_of_another_is_found(loose: Loose) -> None:
    """As many rows as there should be, and each of them opens what was signed: only not what should be open."""
    number = loose.honest.story.at["C-7 is made"]
    back = (number, "note", loose.honest.story.world.openings[number]["note"])
    for gone in loose.rows["openings"]:
        with loose.tools.changed("openings", gone, back):
            found = loose.found()
        assert f"entry {gone[0]}" in found, f"the opening of entry {gone[0]} is gone: {sorted(found)}"
        assert found & {f"entry {number}", "table openings"}


def test_an_opening_that_is_moved_out_of_the_log_is_found(loose: Loose) -> None:
    for gone in sampled(loose.rows["openings"]):
        for nowhere in (0, -1, loose.honest.story.size + 1, 2**40):
            with loose.tools.changed("openings", gone, (nowhere, *gone[1:])):
                assert f"entry {gone[0]}" in loose.found()


# -- the same id twice --------------------------------------------------------------------------------


def test_the_head_is_of_the_log_even_where_the_row_is_another(loose: Loose) -> None:
    """`only` is what the next turn writes to: a head under another key would stay behind for ever."""
    (row,) = loose.rows["head"]
    assert not loose.silent("head", [(row, (2, *row[1:])), (row, (-1, *row[1:])), (row, (None, *row[1:]))])


# -- every row of every table -------------------------------------------------------------------------


@pytest.mark.campaign
@pytest.mark.parametrize("table", [table for table in COLUMNS if table != "tiles"])
def test_every_byte_position_of_every_row_is_found(loose: Loose, table: str) -> None:
    changes = [change for row in loose.rows[table] for change in other_bytes(row)]
    random.Random(table).shuffle(changes)  # so that what time leaves out is left out anywhere
    missed = loose.silent(table, while_time(changes))
    assert not missed, "\n".join(missed)


# -- the file itself ----------------------------------------------------------------------------------


class Flipped:
    """A ledger's file with one bit of it flipped at a time, and what came of each."""

    def __init__(self, folder: Path, to: str = "") -> None:
        self.path = folder / "flipped.db"
        honest = record(story(to), f"sqlite:///{folder / 'whole.db'}")
        whole = Path(honest.url.removeprefix("sqlite:///"))
        with closing(sqlite3.connect(whole)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self.data = whole.read_bytes()
        self.content = content(whole)
        assert self.content is not None
        self.came: Counter[str] = Counter()
        self.bad: list[str] = []

    def flip(self, at: int, bit: int) -> None:
        """Flip that bit, verify, and note what came of it."""
        for suffix in ("-wal", "-shm"):
            self.path.with_name(self.path.name + suffix).unlink(missing_ok=True)
        self.path.write_bytes(self.data[:at] + bytes([self.data[at] ^ 1 << bit]) + self.data[at + 1 :])
        try:
            came = self._verified()
        except Exception as error:  # noqa: BLE001 whatever it is, it is neither a finding nor an error of ours
            came = f"stumbled: {type(error).__name__}"
            self.bad.append(f"byte {at} bit {bit}: {type(error).__name__}: {error}")
        if came == "nothing found":
            came = "content identical" if content(self.path) == self.content else "silent"
            if came == "silent":
                self.bad.append(f"byte {at} bit {bit}: verified, and the content is another")
        self.came[came] += 1

    def _verified(self) -> str:
        try:
            with closing(Store.open(f"sqlite:///{self.path}", patience=1.0)) as store:
                report = verify_store(store, Kept())
        except (VerificationFailed, NoLedger, InputOutput) as error:
            return f"refused: {type(error).__name__}"
        return "found" if report.failed else "nothing found"


def content(path: Path) -> list[list[Cells]] | None:
    """Every row of every table, once from its own tree and once from each index; None where it cannot be read."""
    orders = [(table, tuple(column.name for column in TABLES.tables[table].primary_key)) for table in COLUMNS]
    orders += [("tags", ("position", "kind", "tag")), ("statements", ("position",))]
    with suppress(sqlite3.Error, UnicodeDecodeError), closing(sqlite3.connect(path)) as connection:
        return [
            connection.execute(f"SELECT * FROM {table} ORDER BY {listed(columns)}").fetchall()  # noqa: S608
            for table, columns in orders
        ]
    return None


def test_no_flipped_bit_gives_a_ledger_that_verifies_with_other_content(tmp_path: Path) -> None:
    """A few hundred bits: of the head of each page, and anywhere."""
    flipped = Flipped(tmp_path, to="C-3 is taken back")
    dice = random.Random(7)
    heads = [page + dice.randrange(16) for page in range(0, len(flipped.data), 4096)]
    places = [*range(0, 100, 3), *heads, *(dice.randrange(len(flipped.data)) for _ in range(150))]
    for at in places:
        flipped.flip(at, dice.randrange(8))
    assert not flipped.bad, "\n".join(flipped.bad)
    assert flipped.came["found"] > 20


def test_a_flip_that_makes_ids_of_nothing_is_found(tmp_path: Path) -> None:
    """Found by the campaign: the page of the ids read as rows without any."""
    flipped = Flipped(tmp_path, to="I-2 is varied")
    for at in range(16_384, 16_400):
        flipped.flip(at, 1)
    assert not flipped.bad, "\n".join(flipped.bad)


@pytest.mark.campaign
@pytest.mark.parametrize("part", range(8))
def test_no_flip_of_every_seventh_byte_gives_a_ledger_that_verifies_with_other_content(
    part: int, tmp_path: Path
) -> None:
    flipped = Flipped(tmp_path, to="I-2 is varied")
    dice = random.Random(part)
    places = list(range(7 * part, len(flipped.data), 7 * 8))
    dice.shuffle(places)
    for at in while_time(places):
        flipped.flip(at, dice.randrange(8))
    assert not flipped.bad, "\n".join(flipped.bad)


# -- the files of a pack --------------------------------------------------------------------------------


class Packed:
    """A pack, whose files are damaged one at a time and put back."""

    def __init__(self, folder: Path, told: Story, readers: Sequence[Foreign], *, signed: bool = False) -> None:
        self.folder = write_pack(folder, told.world.lines, openings_of(told))
        if signed:
            pack.sign(folder, S151, key_of(S151), raw(key_of(S151)))
        self.readers = {"audit verify": _audit, "the Python reader": readers[0], "the Go reader": readers[1]}
        self.files = sorted(path for path in folder.rglob("*") if path.is_file())

    def silent(self, path: Path, data: bytes | None, *, summed: bool = False) -> list[str]:
        """Who does not find the file changed to that, or gone."""
        kept = {one: one.read_bytes() for one in (path, self.folder / pack.SUMS)}
        try:
            if data is None:
                path.unlink()
            else:
                path.write_bytes(data)
            if summed:
                again(self.folder)
            return [name for name, reader in self.readers.items() if not reader(self.folder, None, None)]
        finally:
            for one, was in kept.items():
                one.write_bytes(was)


def _audit(folder: Path, identity: bytes | None, note: bytes | None) -> list[str]:
    assert identity is note is None
    try:
        return [str(finding) for finding in verify_pack(folder, Kept()).findings]
    except (VerificationFailed, NoLedger) as error:
        return [str(error)]


@pytest.fixture(scope="module")
def foreign(tool: Callable[[str], str]) -> tuple[Foreign, Foreign]:
    """The two foreign readers."""
    return python_reader, go_reader(go_program(tool("go")))


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory, foreign: tuple[Foreign, Foreign]) -> Packed:
    """A pack of the sixty entries."""
    return Packed(tmp_path_factory.mktemp("packed") / "pack", story(), foreign)


@pytest.fixture(scope="module")
def packed_signed(tmp_path_factory: pytest.TempPathFactory, foreign: tuple[Foreign, Foreign]) -> Packed:
    """The same, and an officer signed what it holds."""
    return Packed(tmp_path_factory.mktemp("packed") / "pack", story(), foreign, signed=True)


@pytest.fixture(scope="module")
def packed_long(tmp_path_factory: pytest.TempPathFactory, foreign: tuple[Foreign, Foreign]) -> Packed:
    """A pack with full bundles and tiles on two levels."""
    return Packed(tmp_path_factory.mktemp("packed") / "pack", long_story(), foreign)


def damaged(data: bytes, dice: random.Random) -> Iterator[tuple[str, bytes | None]]:
    """The file with a bit flipped here and there, cut short, too long, empty and gone."""
    for at in (0, len(data) // 2, len(data) - 1):
        bit = dice.randrange(8)
        yield f"byte {at} bit {bit}", data[:at] + bytes([data[at] ^ 1 << bit]) + data[at + 1 :]
    yield "a byte less", data[:-1]
    yield "half of it", data[: len(data) // 2]
    yield "a byte more", data + b"\n"
    yield "gone", None


def test_any_file_of_a_pack_that_is_damaged_is_found_by_every_reader(packed: Packed) -> None:
    dice, missed = random.Random(11), []
    for path in packed.files:
        for what, data in damaged(path.read_bytes(), dice):
            missed += [f"{path.name}, {what}: {who}" for who in packed.silent(path, data)]
    assert not missed, "\n".join(missed)
    assert not _audit(packed.folder, None, None), "a damage was not undone"


def test_a_damaged_file_is_found_where_its_sum_is_written_anew(packed: Packed) -> None:
    dice, missed = random.Random(12), []
    for path in packed.files:
        for what, data in [*damaged(path.read_bytes(), dice)][1:5] if path.name != pack.SUMS else ():
            missed += [f"{path.name}, {what}: {who}" for who in packed.silent(path, data, summed=True)]
    assert not missed, "\n".join(missed)


def test_a_damaged_signature_of_the_sums_is_found_by_every_reader(packed_signed: Packed) -> None:
    path = packed_signed.folder / pack.SIGNED_SUMS
    data, missed = path.read_bytes(), []
    for at in range(0, len(data), 53):
        flipped = data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
        missed += [f"byte {at} ({data[at - 9 : at + 9]!r}): {who}" for who in packed_signed.silent(path, flipped)]
    assert not missed, "\n".join(missed)
    assert packed_signed.silent(path, data[:-1]) == packed_signed.silent(path, data + b"\n") == []


def test_every_line_end_of_the_sums_is_one(packed: Packed) -> None:
    """A vertical tab, a form feed and the like end a line for some readers, and for `sha256sum` they do not."""
    path = packed.folder / pack.SUMS
    data = path.read_bytes()
    missed = [
        f"{end!r}: {who}"
        for end in (b"\v", b"\f", b"\r", b"\x1c", b"\x1e", b"\r\n", b"\n\n", b"\xc2\x85", b"\xe2\x80\xa8")
        for who in packed.silent(path, data.replace(b"\n", end, 1))
    ]
    assert not missed


def test_a_damaged_tile_or_bundle_of_a_long_log_is_found_by_every_reader(packed_long: Packed) -> None:
    dice, missed = random.Random(13), []
    for path in packed_long.files:
        if path.is_relative_to(packed_long.folder / "tile"):
            data = path.read_bytes()
            at = dice.randrange(len(data))
            flipped = data[:at] + bytes([data[at] ^ 1 << dice.randrange(8)]) + data[at + 1 :]
            missed += [f"{path}: {who}" for who in packed_long.silent(path, flipped, summed=True)]
    assert not missed, "\n".join(missed)


@pytest.mark.campaign
def test_no_flip_of_any_part_of_a_pack_is_missed(packed: Packed) -> None:
    dice, missed = random.Random(14), []
    sizes = [(path, path.stat().st_size) for path in packed.files]
    places = [(path, at) for path, size in sizes for at in range(0, size, max(1, size // 80))]
    dice.shuffle(places)
    for path, at in while_time(places):
        data, bit = path.read_bytes(), dice.randrange(8)
        flipped = data[:at] + bytes([data[at] ^ 1 << bit]) + data[at + 1 :]
        silent = packed.silent(path, flipped, summed=path.name != pack.SUMS)
        missed += [f"{path.name} byte {at} bit {bit}: {who}" for who in silent]
    assert not missed, "\n".join(missed)
