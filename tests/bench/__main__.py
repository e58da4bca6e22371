"""Run the bench: python -m tests.bench [--quick]."""

from __future__ import annotations

import os
import sqlite3
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

from sqlalchemy.engine import make_url

from tests.bench import measuring, mixed, reading, writing
from tests.bench.measuring import FULL, QUICK, Pair, Sizes
from tests.bench.place import fill
from tests.bench.writing import Place
from tests.databases import _programs, cluster
from tests.story import ICB

REALLY_FLUSHES = 80.0
"""Microseconds. A disk that answers a flush sooner has a cache that survives a power cut, or has not flushed."""


MILLION = 1_000_000
"""Entries of the place at work, besides, where BENCH_MILLION is set: the whole takes an hour or two."""

MEMORY = Path("/dev/shm")  # noqa: S108 nothing is kept there
"""A folder without a disk, where this system has one: what is measured there is the program's own work."""


def main(arguments: list[str]) -> None:
    """Measure everything, and print each line as soon as it is known."""
    sizes = QUICK if "--quick" in arguments else FULL
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="outcomes-bench-") as made:
        folder = Path(made)
        the_machine(folder, sizes)
        on_sqlite(folder, sizes)
        for entries in (sizes.mixed, *([MILLION] if os.environ.get("BENCH_MILLION") else [])):
            a_place_at_work(folder, entries, sizes.audits if entries < MILLION else 1)
    without_a_disk(sizes)
    if _programs() is None:
        print("PostgreSQL's server is not installed here, so its lines are left out.")
    else:
        on_postgresql(sizes)
    start_up(sizes)
    row("all of it", f"{time.monotonic() - began:>9,.0f} s")


# -- lines ------------------------------------------------------------------------------------------


def row(name: str, said: str) -> None:
    """Print one line: its name, as docs/benchmarks.md explains it, and what was found."""
    print(f"{name:<30} {said}", flush=True)


def beside(name: str, pair: Pair, theirs: str, aim: str = "") -> None:
    """Print our rate, what it stands beside, and the ratio of the two."""
    wanted = f"; aim {aim}" if aim else ""
    row(name, f"{pair.ours:>9,.0f} /s  beside {pair.theirs:>9,.0f} /s {theirs}: {pair.ratio:.2f}{wanted}")


def the_machine(folder: Path, sizes: Sizes) -> None:
    """What every other figure depends on."""
    row("the machine", measuring.machine())
    flush = measuring.flush_microseconds(folder)
    doubt = "so fast that it may not have flushed: durable figures flatter" if flush < REALLY_FLUSHES else "it flushes"
    row("a flush of 4 kB", f"{flush:>9,.0f} µs  {doubt}")
    row("one core signs", f"{measuring.raw_signs(sizes.signatures):>9,.0f} /s  Ed25519 over 700 bytes")
    row("one core verifies", f"{measuring.raw_verifies(sizes.signatures):>9,.0f} /s")


INSERTS, RAW_BULK = "single inserts, SQLAlchemy Core", "signed and verified, nothing else"


def on_sqlite(folder: Path, sizes: Sizes) -> None:
    """Recording and reading on SQLite; the ledger that bulk recording makes is the one that is read."""
    place = Place(f"sqlite:///{folder / 'durable.db'}")
    beside("SQLite, one at a time", writing.singles_beside_inserts(place, sizes), INSERTS, "0.25")
    beside("SQLite, groups of 64", writing.groups_beside_singles(place, sizes), "one at a time")
    place.store.close()

    small, large = folder / "small.db", folder / "large.db"
    place = Place(f"sqlite:///{large}")
    first = writing.bulk_beside_raw(place, 1, sizes.bulk - place.seen.size, sizes)
    copy(large, small)
    rest = writing.bulk_beside_raw(place, sizes.bulk_rounds - 1, sizes.bulk, sizes)
    beside("SQLite, in bulk", rest, RAW_BULK, "8,000 /s")
    row("SQLite, in bulk, first tenth", f"{first.ours:>9,.0f} /s  while the ledger is still small: {first.ratio:.2f}")
    entries = place.seen.size
    place.store.close()
    read(folder, small, sizes)
    row("SQLite, bytes an entry", f"{large.stat().st_size / entries:>9,.0f}  with every index, {entries:,} entries")
    row("fold", f"{reading.folded(f'sqlite:///{large}', entries, sizes.audits):>9,.0f} /s  whole Book")
    memory(f"sqlite:///{small}", sizes.bulk, f"sqlite:///{large}", entries)


def a_place_at_work(folder: Path, entries: int, rounds: int) -> None:
    """Every kind of money entry mixed, its tables from nothing, each view, and the same money in tools people know."""
    url, journal = f"sqlite:///{folder / f'mixed{entries}.db'}", folder / f"mixed{entries}.journal"
    took = measuring.timed(lambda: fill(url, entries))
    row("mixed, signed and recorded", f"{entries / took:>9,.0f} /s  {entries:,} entries")
    row("mixed, views rebuilt, memory", f"{measuring.peak_megabytes('rebuild', url):>9,.0f} MB  the Book among it")
    mixed.write_journal(url, journal)
    the_same_in_other_tools(url, journal, entries, rounds)
    for name, seconds in mixed.table_times(url).items():
        row(f"mixed, {name}", f"{seconds * 1000:>9,.0f} ms  aim 500 ms")


def the_same_in_other_tools(url: str, journal: Path, entries: int, rounds: int) -> None:
    """The tables from nothing beside hledger reading the journal, and a partner's balances beside ledger-cli's."""
    if not (mixed.installed("hledger") and mixed.installed("ledger")):
        print("hledger or ledger-cli is not installed here, so two lines are left out.")
        return
    rebuilt = measuring.in_turn(
        rounds,
        lambda: entries / measuring.timed(lambda: reading.rebuild(url)),
        lambda: entries / mixed.other_tool("hledger", journal, "balance", "--depth", "1"),
    )
    beside("mixed, views rebuilt", rebuilt, "hledger reads the journal", "1.00")
    asked = measuring.in_turn(
        rounds, lambda: 1 / mixed.balance_time(url), lambda: 1 / mixed.other_tool("ledger", journal, "balance", ICB)
    )
    beside("mixed, balance of a partner", asked, "ledger-cli balance", "above 1.00")


def without_a_disk(sizes: Sizes) -> None:
    """One at a time where a flush costs nothing, so that only the work beside it counts."""
    if not MEMORY.is_dir():
        print("There is no folder in memory here, so one line is left out.")
        return
    with tempfile.TemporaryDirectory(prefix="outcomes-bench-", dir=MEMORY) as made:
        place = Place(f"sqlite:///{made}/ledger.db")
        beside("SQLite, one at a time, no disk", writing.singles_beside_inserts(place, sizes), INSERTS, "0.25")
        place.store.close()


def copy(ledger: Path, to: Path) -> None:
    """Copy a SQLite ledger page by page while it is open."""
    with closing(sqlite3.connect(ledger)) as source, closing(sqlite3.connect(to)) as target:
        source.backup(target)


def read(folder: Path, ledger: Path, sizes: Sizes) -> None:
    """Audits of a store and of a pack of the same entries."""
    url, packed = f"sqlite:///{ledger}", folder / "pack"
    size = reading.nothing(url)
    reading.write_pack(url, packed)
    verifying = "verified on one core"
    store = reading.beside_raw_verifying(lambda: reading.audit(url), size, sizes)
    beside("audit of a store, SQLite", store, verifying, "0.70")
    pack = reading.beside_raw_verifying(reading.audits_of_a_pack(packed), size, sizes)
    beside("audit of a pack", pack, verifying, "0.70")
    row("pack, bytes an entry", f"{reading.bytes_under(packed) / size:>9,.0f}  {size:,} entries")


def memory(small: str, fewer: int, large: str, more: int) -> None:
    """The peak of a process that does nothing, audits or folds; and by how much an entry raises it."""
    row("memory, idle", f"{measuring.peak_megabytes('nothing', large):>9,.0f} MB  the ledger is only opened")
    for what in ("audit", "fold"):
        low, high = measuring.peak_megabytes(what, small), measuring.peak_megabytes(what, large)
        growth = (high - low) * 2**20 / (more - fewer)
        row(
            f"memory, {what}",
            f"{low:>9,.0f} MB at {fewer:,} entries, {high:,.0f} MB at {more:,}: {growth:,.0f} an entry",
        )


def on_postgresql(sizes: Sizes) -> None:
    """The same of recording, and an audit, on a PostgreSQL server of our own."""
    place = Place(cluster().fresh_url())
    beside("PostgreSQL, one at a time", writing.singles_beside_inserts(place, sizes), INSERTS, "0.25")
    beside("PostgreSQL, groups of 64", writing.groups_beside_singles(place, sizes), "one at a time")
    place.store.close()
    place = Place(cluster().fresh_url())
    bulk = writing.bulk_beside_raw(place, sizes.audits, sizes.bulk_postgresql, sizes)
    beside("PostgreSQL, in bulk", bulk, RAW_BULK, "3,500 /s")
    entries = place.seen.size
    place.store.close()
    audit = reading.beside_raw_verifying(lambda: reading.audit(place.url), entries, sizes)
    beside("audit of a store, PostgreSQL", audit, "verified on one core")
    taken = relations(place.url) / entries
    row("PostgreSQL, bytes an entry", f"{taken:>9,.0f}  with every index, {entries:,} entries")


def relations(url: str) -> int:
    """The bytes of all tables and indexes of a database's first schema."""
    asked = "SELECT sum(pg_total_relation_size(tablename::regclass)) FROM pg_tables WHERE schemaname = 'public'"
    with cluster().connect(str(make_url(url).database)) as connection:
        found = connection.execute(asked).fetchone()
    assert found is not None
    return int(found[0])


def start_up(sizes: Sizes) -> None:
    """How long the shortest command takes."""
    ours, theirs = reading.start_ups(sizes.starts)
    row(
        "start-up",
        f"{ours:>9,.0f} ms  beside {theirs:,.0f} ms for python -c 'import click': {ours / theirs:.2f}; aim 2",
    )


if __name__ == "__main__":
    main(sys.argv[1:])
