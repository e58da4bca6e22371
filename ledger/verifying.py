"""Verifying: a whole ledger, or a whole pack, checked by the auditor, with every column and file beside it.

Law: nothing that is stored beside the entries is believed. Each column of each table, and each file of a pack,
must be exactly what the entries imply.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from functools import lru_cache
from itertools import groupby, islice
from pathlib import Path
from typing import Final, TypeVar

from ledger import entry, merkle, tiles
from ledger.audit import Auditor, Kept, Report
from ledger.checking import checkers
from ledger.checkpoint import Checkpoint, LogKey, split_note
from ledger.entry import Entry
from ledger.errors import LedgerError, Malformed, VerificationFailed
from ledger.merkle import TILE_WIDTH, CompletedTile
from ledger.pack import SIGNED_SUMS, SUMS, Pack, check_signature, key_lines, live_keys, perfect_root
from ledger.recording import tags
from ledger.replay import Moment
from ledger.store import Reader, Store, StoredEntry

BATCH: Final = 500
T = TypeVar("T")


# -- a store ----------------------------------------------------------------------------------------


Progress = Callable[[int], None]
"""Told how many more entries were judged."""


def _silent(_more: int) -> None:
    """Nobody is watching."""


def verify_store(store: Store, kept: Kept, progress: Progress = _silent, *, processes: bool = False) -> Report:
    """Verify the ledger in a store, from one consistent snapshot of it; see `checkers` for `processes`."""
    with store.snapshot() as snapshot, checkers(_claimed(snapshot), processes=processes) as beside:
        return _StoreAudit(snapshot, kept, progress, beside).run()


def _claimed(snapshot: Reader) -> int:
    """About how many entries there are to check, by a head that nobody believes yet."""
    sizes = [size for _, size, *_ in snapshot.head_rows() if isinstance(size, int)]
    return max(sizes, default=0)


class _StoreAudit:
    def __init__(self, snapshot: Reader, kept: Kept, progress: Progress, beside: Executor) -> None:
        self.snapshot = snapshot
        self.progress = progress
        self.auditor = Auditor(kept, self._older, beside)
        self.expected = {"entries": 0, "statements": 0, "tags": 0, "tiles": 0, "openings": 0, "head": 1}
        self._tiles: list[CompletedTile] = []

    def _older(self, size: int) -> Moment | None:
        """A head from the store's own columns: those at earlier places were found to be right already."""
        row = next(self.snapshot.entries(after=size - 1, until=size), None)
        return (row.root, entry.received_at(row.entry)) if row and row.position == size else None

    def run(self) -> Report:
        for why in self.snapshot.damage():
            self.auditor.report.find("database", "Damage", why)
        rows = map(self._typed, self.snapshot.entries())
        while batch := list(islice(rows, BATCH)):
            self._batch(batch)
            self.progress(len(batch))
        for id_ in self.snapshot.repeated():
            named = id_.hex() if isinstance(id_, bytes) else repr(id_)
            self._beside_log("statements", "Statement", f"the id {named} stands for more than one entry")
        self._compare_tiles()
        note = self._compare_head()
        self._compare_counts()
        return self.auditor.finish(note)

    def _typed(self, row: StoredEntry) -> StoredEntry:
        """A row as the columns should be; a database that takes anything may hold anything."""
        wanted = (int, str, bytes, bytes, bytes)
        kinds = (row.position, row.kind, row.entry, row.leaf, row.root)
        if all(isinstance(value, kind) for value, kind in zip(kinds, wanted, strict=True)):
            return row
        self._find(row.position, "Type", "a column holds a value of another type")
        held = (row.entry, row.leaf, row.root)
        return StoredEntry(row.position, str(row.kind), *(one if isinstance(one, bytes) else b"" for one in held))

    def _batch(self, rows: list[StoredEntry]) -> None:
        first, last = rows[0].position, rows[-1].position
        tagged = _by_position((at, (kind, tag)) for at, kind, tag in self.snapshot.tags_between(first, last))
        stated = _by_position((at, id_) for id_, at in self.snapshot.statements_between(first, last))
        opened = _by_position((at, (name, held)) for at, name, held in self.snapshot.openings_between(first, last))
        for row in rows:
            read = self._entry(row)
            if read is not None:
                self._beside(row, read, tagged, stated)
                held = {name: one if isinstance(one, bytes) else b"" for name, one in opened.get(row.position, ())}
                self.auditor.check_openings(row.position, read.statement, held)

    def _entry(self, row: StoredEntry) -> Entry | None:
        position = self.auditor.tree.size + 1
        if row.position != position:
            self._find(position, "Gap", f"the next row stands at {row.position}")
        read, completed = self.auditor.take(position, row.entry)
        self._tiles += completed
        self.expected["entries"] += 1
        if row.leaf != self.auditor.leaf:
            self._find(position, "Leaf", "the stored leaf hash is not that of the entry")
        if row.root != self.auditor.root:
            self._find(position, "Root", "the stored root is not that of the entries so far")
        return read

    def _beside(
        self,
        row: StoredEntry,
        read: Entry,
        tagged: dict[int, list[tuple[str, str]]],
        stated: dict[int, list[bytes]],
    ) -> None:
        """The columns that only help to find an entry: its kind, its tags (in the order of their bytes), its id."""
        said, at = read.statement, row.position
        if row.kind != said.event.kind:
            self._find(at, "Kind", f"the stored kind is {row.kind!r}, and the entry says {said.event.kind}")
        if said.event.about is None:
            wanted: Sequence[str] = said.tags()
        else:
            wanted = tags(said, _TagsOf(self.snapshot))
        self.expected["tags"] += len(wanted)
        if tagged.get(at, []) != [(said.event.kind, tag) for tag in wanted]:
            self._find(at, "Tags", "the stored tags are not those of the entry")
        self.expected["statements"] += 1
        if stated.get(at, []) != [said.key]:
            self._find(at, "Statement", f"the id {said.id} is not stored once, or another one is, or it is used twice")

    def _compare_tiles(self) -> None:
        self.expected["tiles"] = len(self._tiles)
        for stored, wanted in zip(self.snapshot.tile_rows(), sorted(self._tiles), strict=False):
            if stored != tuple(wanted):
                self._beside_log("tiles", "Tile", f"level {stored[0]} number {stored[1]} is not what the entries give")
                return

    def _compare_head(self) -> bytes:
        """Every column of the one row; the checkpoint's bytes, for the auditor."""
        rows, tree = self.snapshot.head_rows(), self.auditor.tree
        if len(rows) != 1:
            self._beside_log("head", "Rows", f"it has {len(rows)} rows, and there is one head")
            return b""
        *columns, checkpoint = rows[0]
        wanted = {"only": 1, "size": tree.size, "root": tree.root(), "edge": tree.edge_bytes()}
        for (name, value), stored in zip(wanted.items(), columns, strict=True):
            if stored != value or type(stored) is not type(value):
                self._beside_log("head", "Head", f"its {name} is not what the entries give")
        return checkpoint if isinstance(checkpoint, bytes) else b""

    def _compare_counts(self) -> None:
        sealed = self.auditor.book.corrections.sealed
        self.expected["openings"] = sum(len(fields) for _, fields in sealed.values())
        for table, rows in self.snapshot.counts().items():
            if rows != self.expected[table]:
                why = f"it has {rows} rows, and the entries imply {self.expected[table]}"
                self._beside_log(table, "Rows", why)

    def _find(self, position: int, what: str, why: str) -> None:
        self.auditor.report.find(f"entry {position}", what, why)

    def _beside_log(self, table: str, what: str, why: str) -> None:
        self.auditor.report.find(f"table {table}", what, why)


class _TagsOf:
    """The stored tags of an earlier entry, which were found to be right when it was taken."""

    def __init__(self, snapshot: Reader) -> None:
        self._snapshot = snapshot

    def position_of(self, statement_id: bytes) -> int | None:
        return self._snapshot.position_of(statement_id)

    def tags_of(self, position: int) -> list[str]:
        stored = self._snapshot.tags_between(position, position)
        return [tag for _, _, tag in stored if isinstance(tag, str)]


def _by_position(rows: Iterator[tuple[int, T]]) -> dict[int, list[T]]:
    return {at: [value for _, value in group] for at, group in groupby(rows, key=lambda row: row[0])}


# -- a pack -----------------------------------------------------------------------------------------


def verify_pack(folder: Path, kept: Kept, progress: Progress = _silent, *, processes: bool = False) -> Report:
    """Verify a pack: the log, the openings and every file. Raises NotALedger if the folder is no pack."""
    pack = Pack.open(folder)
    with checkers(_PackAudit.claimed(pack), processes=processes) as beside:
        return _PackAudit(pack, kept, progress, beside).run()


class _TileFiles:
    """A pack's tiles and bundles, the last few of them kept in memory."""

    def __init__(self, pack: Pack) -> None:
        self.size = 0
        self.tile = lru_cache(maxsize=16)(self._tile)
        self.bundle = lru_cache(maxsize=16)(self._bundle)
        self._pack = pack

    def hashes(self, level: int, first: int, count: int) -> Sequence[bytes]:
        """What `merkle.HashSource` promises."""
        found: list[bytes] = []
        while count > 0:
            number, place = divmod(first, TILE_WIDTH)
            some = self.tile(level, number)[place : place + count]
            if not some:
                break
            found += some
            first, count = first + len(some), count - len(some)
        return found

    def _tile(self, level: int, number: int) -> list[bytes]:
        try:
            hashes = tiles.open_tile(self._pack.read(tiles.tile_path(level, number, self._width(level, number))))
        except Malformed as error:
            raise VerificationFailed(error.why, where=f"tile {level}/{number}") from None
        if len(hashes) != self._width(level, number):
            raise VerificationFailed("it has more or fewer hashes than its place", where=f"tile {level}/{number}")
        return hashes

    def _bundle(self, number: int) -> list[bytes]:
        return tiles.open_bundle(self._pack.read(tiles.entries_path(number, self._width(0, number))))

    def _width(self, level: int, number: int) -> int:
        return max(1, min(TILE_WIDTH, (self.size >> (8 * level)) - number * TILE_WIDTH))


class _PackAudit:
    def __init__(self, pack: Pack, kept: Kept, progress: Progress, beside: Executor) -> None:
        self.pack = pack
        self.progress = progress
        self.auditor = Auditor(kept, self._older, beside)
        self._files = _TileFiles(pack)
        self._ids: set[str] = set()

    def _older(self, size: int) -> Moment | None:
        """An old head, computed again from the hash tiles; wrong tiles give a wrong root, which is a finding."""
        try:
            number, place = divmod(size - 1, TILE_WIDTH)
            line = self._files.bundle(number)[place]
            return merkle.root_of(self._files, size), entry.received_at(line)
        except (LedgerError, IndexError):
            return None

    def run(self) -> Report:
        size = self._size()
        odd = list(self.pack.odd_files(size))
        if odd:
            for why in odd:
                self._find("pack", "Pack", why)
            self._find("pack", "Pack", "nothing more was read")
            return self.auditor.report
        self._files.size = size
        try:
            openings = self._openings()
            for position, line in self.pack.lines(size):
                read, _ = self.auditor.take(position, line)
                if read is not None:
                    self._take_beside(position, read, openings)
                self._compare_tile(position, self.auditor.leaf)
                if position % TILE_WIDTH == 0:
                    self.progress(TILE_WIDTH)
            for at in sorted(openings):
                self._find(f"entry {at}", "Opening", "openings.jsonl has one that belongs to no entry")
        except VerificationFailed as error:
            self._find(error.where or "pack", "Pack", error.why)
        self._compare_upper_tiles()
        report = self.auditor.finish(self._read("checkpoint"))
        self._check_files()
        return report

    @staticmethod
    def claimed(pack: Pack) -> int:
        """About how many entries there are to check, by a checkpoint that nobody believes yet."""
        try:
            return Checkpoint.parse(split_note(pack.read("checkpoint"))[0]).size
        except LedgerError:
            return 0

    def _size(self) -> int:
        try:
            return Checkpoint.parse(split_note(self._read("checkpoint"))[0]).size
        except LedgerError as error:
            self._find("checkpoint", type(error).__name__, error.why)
            return 0

    def _openings(self) -> dict[int, list[tuple[str, bytes]]]:
        opened: dict[int, list[tuple[str, bytes]]] = {}
        before = (0, "")
        for at, name, held in self.pack.openings():
            if (at, name) <= before:
                self._find("openings.jsonl", "Opening", f"entry {at} field {name} is out of order or there twice")
            before = (at, name)
            opened.setdefault(at, []).append((name, held))
        return opened

    def _take_beside(self, position: int, read: Entry, openings: dict[int, list[tuple[str, bytes]]]) -> None:
        said = read.statement
        if said.id in self._ids:
            self._find(f"entry {position}", "IdAlreadyUsed", f"the id {said.id} stands for an earlier entry")
        self._ids.add(said.id)
        held = dict(openings.pop(position, ()))
        self.auditor.check_openings(position, said, held)

    def _compare_tile(self, position: int, leaf: bytes) -> None:
        number, place = divmod(position - 1, TILE_WIDTH)
        try:
            if self._files.tile(0, number)[place] != leaf:
                self._find(f"entry {position}", "Tile", "its hash in the tile is not that of the entry")
        except (LedgerError, IndexError):
            self._find(f"entry {position}", "Tile", "its hash tile is missing, cut short or too long")

    def _compare_upper_tiles(self) -> None:
        """Each hash above the leaves is the root of the tile below it."""
        for name in tiles.tile_names(self._files.size):
            if not name.level:
                continue
            try:
                for place, root in enumerate(self._files.tile(name.level, name.number)):
                    below = self._files.tile(name.level - 1, name.number * TILE_WIDTH + place)
                    if len(below) != TILE_WIDTH or perfect_root(below) != root:
                        self._find(name.path, "Tile", f"hash {place} is not that of the tile below")
            except LedgerError as error:
                self._find(name.path, "Tile", error.why)

    def _check_files(self) -> None:
        report, book = self.auditor.report, self.auditor.book
        if self._read("identity") != report.identity.hex().encode() + b"\n":
            self._find("identity", "Pack", "it is not the leaf hash of entry 1")
        if report.origin and book.register.log_key:
            vkey = LogKey(report.origin, book.register.log_key).vkey.encode() + b"\n"
            if self._read("log.vkey") != vkey:
                self._find("log.vkey", "Pack", "it is not the log key of the register")
        if self._read("keys.txt") != key_lines(live_keys(book.register)):
            self._find("keys.txt", "Pack", "it does not list the keys of the register")
        try:
            for why in self.pack.broken_sums(self._files.size):
                self._find(SUMS, "Pack", why)
        except VerificationFailed as error:
            self._find(SUMS, "Pack", error.why)
        self._check_signature()

    def _check_signature(self) -> None:
        if not (self.pack.folder / SIGNED_SUMS).exists():
            self.auditor.report.notes.append("nobody signed what the pack holds besides the log")
            return
        try:
            by = check_signature(self.pack, self.auditor.book.register, self.auditor.report.identity)
            self.auditor.report.notes.append(f"{by} signed what the pack holds")
        except LedgerError as error:
            self._find(SIGNED_SUMS, type(error).__name__, error.why)

    def _read(self, name: str) -> bytes:
        try:
            return self.pack.read(name)
        except VerificationFailed as error:
            self._find(name, "Pack", error.why)
            return b""

    def _find(self, where: str, what: str, why: str) -> None:
        self.auditor.report.find(where, what, why)
