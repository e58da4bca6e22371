"""The static form of the log: its names, its contents, and the directory that Tessera wrote."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.checkpoint import LogKey, open_checkpoint
from ledger.errors import LedgerError, Malformed, TooLarge
from ledger.merkle import HashesInMemory, leaf_hash
from ledger.tiles import (
    TileName,
    bundle,
    entries_path,
    open_bundle,
    open_tile,
    parse_path,
    tile,
    tile_names,
    tile_path,
)
from tests.outside import outside

# -- names --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "path"),
    [
        (TileName(0, 0, 256), "tile/0/000"),
        (TileName(0, 999, 256), "tile/0/999"),
        (TileName(0, 1000, 256), "tile/0/x001/000"),
        (TileName(0, 1234067, 256), "tile/0/x001/x234/067"),  # the example of the standard
        (TileName(1, 0, 17), "tile/1/000.p/17"),
        (TileName(63, 1_000_000_000, 1), "tile/63/x001/x000/x000/000.p/1"),
        (TileName(None, 0, 256), "tile/entries/000"),
        (TileName(None, 273, 112), "tile/entries/273.p/112"),
        (TileName(None, 1234067, 255), "tile/entries/x001/x234/067.p/255"),
    ],
)
def test_a_file_has_one_path_and_a_path_one_file(name: TileName, path: str) -> None:
    assert name.path == path
    assert parse_path(path) == name


@given(st.one_of(st.none(), st.integers(0, 63)), st.integers(0, 2**63), st.integers(1, 256))
def test_every_path_reads_back(level: int | None, number: int, width: int) -> None:
    name = TileName(level, number, width)
    assert parse_path(name.path) == name
    assert name.path == (entries_path(number, width) if level is None else tile_path(level, number, width))


@pytest.mark.parametrize(
    "path",
    [
        *(
            "",
            "tile",
            "tile/0",
            "tile/0/",
            "tile/0/0",
            "tile/0/00",
            "tile/0/0000",
            "/tile/0/000",
            "tile/0/000/",
        ),
        *("tile/00/000", "tile/01/000", "tile/64/000", "tile/100/000", "tile/-1/000", "tile/data/000"),
        *("tile/0/x000/001", "tile/0/x000/x001/000", "tile/0/001/000", "tile/0/x001", "tile/0/x001/x000"),
        *("tile/0/000.p/0", "tile/0/000.p/256", "tile/0/000.p/999", "tile/0/000.p/01", "tile/0/000.p/"),
        *("tile/0/000.p", "tile/0/000.p/1/", "tile/0/000.p/1000", "tile/entries/../0/000", "tile/0/000\n"),
        *("tile/0/\u0660\u0660\u0660", "tile/entries/x999/" * 9 + "000", "tile/0/" + "x999/" * 40 + "000"),
    ],
)
def test_any_other_path_is_refused(path: str) -> None:
    with pytest.raises(Malformed):
        parse_path(path)


@given(st.text("tile/entriesx0123456789.p", max_size=40).map(lambda text: f"tile/{text}"))
def test_no_two_paths_lead_to_one_file(path: str) -> None:
    try:
        name = parse_path(path)
    except Malformed:
        return
    assert name.path == path


@pytest.mark.parametrize(
    ("level", "number", "width"), [(-1, 0, 1), (64, 0, 1), (0, -1, 1), (0, 0, 0), (0, 0, 257), (0, 0, -1)]
)
def test_a_tile_that_cannot_be_has_no_path(level: int, number: int, width: int) -> None:
    with pytest.raises(Malformed):
        tile_path(level, number, width)


def test_a_log_of_70_000_entries_consists_of_what_the_standard_says() -> None:
    names = list(tile_names(70_000))
    tiles = [name for name in names if name.level is not None]
    assert [n.width for n in tiles if n.level == 0] == [256] * 273 + [112]
    assert [n.width for n in tiles if n.level == 1] == [256, 17]
    assert [n.width for n in tiles if n.level == 2] == [1]
    assert [n.number for n in names if n.level is None] == list(range(274))
    assert [n.width for n in names if n.level is None] == [256] * 273 + [112]
    assert len(names) == len(set(names)) == 274 + 274 + 2 + 1


def test_a_log_of_256_entries_has_a_full_tile_and_one_of_width_one_above() -> None:
    assert [name.path for name in tile_names(256)] == ["tile/entries/000", "tile/0/000", "tile/1/000.p/1"]


def test_an_empty_log_has_no_files() -> None:
    assert list(tile_names(0)) == []


@given(st.integers(1, 300_000))
def test_the_partial_tile_of_each_level_has_the_width_of_the_standard(size: int) -> None:
    found = list(tile_names(size))
    for level in range(4):
        row = [name for name in found if name.level == level]
        assert sum(name.width for name in row) == size // 256**level
        partial = [name.width for name in row if name.width < 256]
        assert partial == [width for width in [size // 256**level % 256] if width]
        assert [name.number for name in row] == list(range(len(row)))


# -- contents -----------------------------------------------------------------------------------


@given(st.lists(st.binary(max_size=300), min_size=1, max_size=256))
def test_a_bundle_opens_to_its_entries(entries: list[bytes]) -> None:
    assert open_bundle(bundle(entries)) == entries


@given(st.binary(min_size=1, max_size=600))
def test_a_bundle_has_one_form(data: bytes) -> None:
    try:
        entries = open_bundle(data)
    except LedgerError:
        return
    assert bundle(entries) == data


@given(st.lists(st.binary(max_size=20), min_size=1, max_size=5), st.data())
def test_a_bundle_that_is_cut_short_is_refused_or_lacks_entries(entries: list[bytes], data: st.DataObject) -> None:
    whole = bundle(entries)
    cut = whole[: data.draw(st.integers(0, len(whole) - 1))]
    try:
        opened = open_bundle(cut)
    except Malformed:
        return
    assert opened == entries[: len(opened)]
    assert len(opened) < len(entries)


def test_the_largest_entry_fits_and_no_larger_one() -> None:
    assert open_bundle(bundle([b"x" * 65_535])) == [b"x" * 65_535]
    with pytest.raises(TooLarge, match="65,536"):
        bundle([b"x" * 65_536])


@pytest.mark.parametrize("entries", [[], [b""] * 257])
def test_a_bundle_holds_1_to_256_entries(entries: list[bytes]) -> None:
    with pytest.raises(Malformed):
        bundle(entries)
    with pytest.raises(Malformed):
        open_bundle(b"\x00\x00" * len(entries))


@pytest.mark.parametrize("data", [b"\x00", b"\x00\x01", b"\x00\x00\x00", b"\x00\x03ab", b"\xff\xff" + bytes(65_534)])
def test_a_bundle_of_half_an_entry_is_refused(data: bytes) -> None:
    with pytest.raises(Malformed, match="cut short"):
        open_bundle(data)


@given(st.integers(1, 256))
def test_a_tile_opens_to_its_hashes(width: int) -> None:
    hashes = [leaf_hash(bytes([i])) for i in range(width)]
    assert len(tile(hashes)) == 32 * width
    assert open_tile(tile(hashes)) == hashes


@pytest.mark.parametrize("hashes", [[], [bytes(32)] * 257, [bytes(31)], [bytes(33), bytes(31)]])
def test_a_tile_of_anything_else_is_refused(hashes: list[bytes]) -> None:
    with pytest.raises(Malformed):
        tile(hashes)


@pytest.mark.parametrize("length", [0, 31, 33, 257 * 32])
def test_a_tile_of_another_length_is_refused(length: int) -> None:
    with pytest.raises(Malformed):
        open_tile(bytes(length))


# -- outside vectors ----------------------------------------------------------------------------


def written(entries: list[bytes]) -> dict[str, bytes]:
    """Every file of the static log of these entries, by its path."""
    log = HashesInMemory(map(leaf_hash, entries))
    files = {}
    for name in tile_names(len(entries)):
        first = name.number * 256
        if name.level is None:
            files[name.path] = bundle(entries[first : first + name.width])
        else:
            files[name.path] = tile(log.hashes(name.level, first, name.width))
    return files


def test_we_write_tesseras_log_byte_for_byte_at_every_size() -> None:
    folder: Path = outside("tessera-log", "testdata", "log")
    key = LogKey.parse("example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx")
    entries = open_bundle((folder / "tile/entries/000.p/15").read_bytes())
    assert len(entries) == 15
    ours: dict[str, bytes] = {}
    for size in range(16):
        head = open_checkpoint((folder / f"checkpoint.{size}").read_bytes(), key)
        log = HashesInMemory(map(leaf_hash, entries[:size]))
        assert (head.size, head.root) == (size, log.tree.root())
        ours |= written(entries[:size])
    theirs = {
        file.relative_to(folder).as_posix(): file.read_bytes()
        for file in (folder / "tile").rglob("*")
        if file.is_file()
    }
    assert ours == theirs
