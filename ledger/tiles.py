"""The static form of the log: which files it consists of, what they are called and what is in them.

Standard: C2SP tlog-tiles. A tile holds up to 256 hashes of one level, a bundle up to 256 entries; what is
not yet full has its width in its name and is replaced, never changed. This module names and packs; whoever
writes or serves the files does so elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ledger.errors import Malformed, TooLarge
from ledger.merkle import HASH_BYTES, TILE_HEIGHT, TILE_WIDTH

MAX_LEVEL = 63
MAX_ENTRY_BYTES = 65_535
"""A length is two bytes long."""

_PATH = re.compile(
    r"tile/(?P<level>entries|0|[1-9][0-9]?)/(?P<high>(?:x[0-9]{3}/)*)(?P<low>[0-9]{3})"
    r"(?:\.p/(?P<width>[1-9][0-9]{0,2}))?",
    re.ASCII,
)


class TileName(NamedTuple):
    """One file of a static log: a tile of hashes, or with `level` None a bundle of entries.

    `number` counts from 0 within the level; `width` is how many hashes or entries it holds, 1 to 256.
    """

    level: int | None
    number: int
    width: int

    @property
    def path(self) -> str:
        """Where the file stands, below the log's own address."""
        if self.level is None:
            return entries_path(self.number, self.width)
        return tile_path(self.level, self.number, self.width)


# -- names --------------------------------------------------------------------------------------


def tile_path(level: int, number: int, width: int = TILE_WIDTH) -> str:
    """The path of a tile of hashes, e.g. `tile/0/x001/x234/067` or, partial, `tile/1/000.p/17`."""
    if not 0 <= level <= MAX_LEVEL:
        raise Malformed(f"The level of a tile is 0 to {MAX_LEVEL}, not {level}.")
    return f"tile/{level}/{_numbered(number, width)}"


def entries_path(number: int, width: int = TILE_WIDTH) -> str:
    """The path of a bundle of entries, e.g. `tile/entries/x001/x234/067` or `tile/entries/000.p/112`."""
    return f"tile/entries/{_numbered(number, width)}"


def _numbered(number: int, width: int) -> str:
    if number < 0 or not 1 <= width <= TILE_WIDTH:
        raise Malformed(f"There is no tile number {number} of width {width}.")
    digits = str(number)
    digits = digits.zfill(-len(digits) // 3 * -3)
    groups = [digits[i : i + 3] for i in range(0, len(digits), 3)]
    # All but the last begin with an x, so that no file has the name of a directory.
    path = "/".join([f"x{group}" for group in groups[:-1]] + groups[-1:])
    return path if width == TILE_WIDTH else f"{path}.p/{width}"


def parse_path(path: str) -> TileName:
    """The file that a path names, as `tile_path` and `entries_path` write it. Malformed when none does."""
    found = _PATH.fullmatch(path) if len(path) <= 100 else None
    if found:
        level = None if found["level"] == "entries" else int(found["level"])
        number = int(found["high"].replace("x", "").replace("/", "") + found["low"])
        name = TileName(level, number, int(found["width"] or TILE_WIDTH))
        # Only one path leads to a file: leading x000 groups, level 64 and width 256 and above do not.
        if (level is None or level <= MAX_LEVEL) and name.width <= TILE_WIDTH and name.path == path:
            return name
    raise Malformed("No tile and no bundle of entries has this path.", where=path[:100])


def tile_names(size: int) -> Iterator[TileName]:
    """Every file that a static log of `size` entries consists of, besides its checkpoint.

    Bundles of entries first, then the tiles level by level upwards; in each row the full ones in order and
    last the partial one at the right edge, if there is one. An empty log has none.
    """
    if size > 0:
        yield from _row(None, size)
    level = 0
    while size > 0:
        yield from _row(level, size)
        level, size = level + 1, size >> TILE_HEIGHT


def _row(level: int | None, length: int) -> Iterator[TileName]:
    full, rest = divmod(length, TILE_WIDTH)
    for number in range(full):
        yield TileName(level, number, TILE_WIDTH)
    if rest:
        yield TileName(level, full, rest)


# -- contents -----------------------------------------------------------------------------------


def tile(hashes: Sequence[bytes]) -> bytes:
    """A tile of 1 to 256 hashes of 32 bytes. Malformed when they are not."""
    if not 1 <= len(hashes) <= TILE_WIDTH or any(len(one) != HASH_BYTES for one in hashes):
        raise Malformed("A tile holds 1 to 256 hashes of 32 bytes.")
    return b"".join(hashes)


def open_tile(data: bytes) -> list[bytes]:
    """The hashes of a tile. Malformed when it is empty, cut short or too long."""
    width, rest = divmod(len(data), HASH_BYTES)
    if rest or not 1 <= width <= TILE_WIDTH:
        raise Malformed(f"A tile holds 1 to 256 hashes of 32 bytes, and this one has {len(data)} bytes.")
    return [data[i : i + HASH_BYTES] for i in range(0, len(data), HASH_BYTES)]


def bundle(entries: Sequence[bytes]) -> bytes:
    """A bundle of 1 to 256 entries, each after its length in two bytes, the larger byte first.

    TooLarge when an entry is beyond 65,535 bytes; Malformed when there are too many or none.
    """
    if not 1 <= len(entries) <= TILE_WIDTH:
        raise Malformed(f"A bundle holds 1 to 256 entries, not {len(entries)}.")
    for entry in entries:
        if len(entry) > MAX_ENTRY_BYTES:
            raise TooLarge(f"An entry has {MAX_ENTRY_BYTES:,} bytes at most, and this one {len(entry):,}.")
    return b"".join(len(entry).to_bytes(2, "big") + entry for entry in entries)


def open_bundle(data: bytes) -> list[bytes]:
    """The entries of a bundle. Malformed when it is empty, cut short or holds too many."""
    entries: list[bytes] = []
    at = 0
    while at < len(data):
        start = at + 2
        at = start + int.from_bytes(data[at:start], "big")
        # A length that is itself cut short leaves `start` behind the end as well.
        if max(start, at) > len(data):
            raise Malformed(f"The bundle is cut short in its entry {len(entries)}.")
        entries.append(data[start:at])
    if not 1 <= len(entries) <= TILE_WIDTH:
        raise Malformed(f"A bundle holds 1 to 256 entries, not {len(entries)}.")
    return entries
