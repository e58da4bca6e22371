"""Reading, measured: audits beside the library's own verifying, Book and tables from nothing, bytes, start-up."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from statistics import median

from ledger import merkle, pack, replay
from ledger.audit import Kept as KeptHeads
from ledger.audit import Report
from ledger.book import Book
from ledger.store import Store
from ledger.verifying import verify_pack, verify_store
from projections.sight.keeping import Kept, catch_up
from tests.bench.measuring import Pair, Sizes, in_turn, raw_verifies, timed
from tests.writer import LOG_PUBLIC

# -- whole ledgers ----------------------------------------------------------------------------------


def audit(url: str) -> Report:
    """Verify a ledger; nothing may be found."""
    with closing(Store.open(url)) as store:
        return sound(verify_store(store, KeptHeads(), processes=True))


def fold(url: str) -> Book:
    """The Book from nothing."""
    with closing(Store.open(url)) as store:
        return replay.fold(store)


def nothing(url: str) -> int:
    """Open a ledger and read its head: what a process needs before it does anything."""
    with closing(Store.open(url)) as store:
        return store.head().size


LOG = "the log"


def tables_of(url: str) -> str:
    """Where the bench keeps the tables of a ledger's views."""
    return f"{url.removesuffix('.db')}-views.db"


def rebuild(url: str) -> int:
    """The tables of every view, from nothing; how many entries they are of."""
    kept = Kept(tables_of(url))
    try:
        kept.forget(LOG)
        with closing(Store.open(url)) as store:
            book = catch_up(kept, LOG, lambda book: replay.history(store, book))
        assert book is not None
        return book.size
    finally:
        kept.close()


def sound(report: Report) -> Report:
    """The report, when it has no finding."""
    assert not report.findings, report.findings
    return report


def write_pack(url: str, folder: Path) -> None:
    """Write a ledger as a pack."""
    with closing(Store.open(url)) as store:
        (first,) = store.entries(until=1)
        keys = pack.live_keys(replay.fold(store).register)
        contents = pack.Contents(store.head().checkpoint, merkle.leaf_hash(first.entry), LOG_PUBLIC, lambda: keys)
        pack.write(folder, (row.entry for row in store.entries()), iter(()), contents)


def beside_raw_verifying(work: Callable[[], Report], size: int, sizes: Sizes) -> Pair:
    """Entries audited in a second, beside signatures that one core verifies when it does nothing else."""
    return in_turn(sizes.audits, lambda: size / timed(work), lambda: raw_verifies(sizes.signatures))


def audits_of_a_pack(folder: Path) -> Callable[[], Report]:
    """An audit of that pack."""
    return lambda: sound(verify_pack(folder, KeptHeads(), processes=True))


def folded(url: str, size: int, rounds: int) -> float:
    """Entries a second that a Book is folded from."""
    return median(size / timed(lambda: fold(url)) for _ in range(rounds))


# -- bytes ------------------------------------------------------------------------------------------


def bytes_under(folder: Path) -> int:
    """How many bytes the files under a folder have."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


# -- start-up ---------------------------------------------------------------------------------------


def start_ups(times: int) -> tuple[float, float]:
    """Milliseconds that `outcomes --version` takes, and an interpreter that imports click: medians, taken in turn."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}

    def start(*command: str) -> float:
        return timed(lambda: subprocess.run(command, env=environment, capture_output=True, check=True)) * 1000

    outcomes = str(Path(sys.executable).parent / "outcomes"), "--version"
    click = sys.executable, "-c", "import click"
    start(*outcomes)
    start(*click)
    taken = [(start(*outcomes), start(*click)) for _ in range(times)]
    return median(ours for ours, _ in taken), median(theirs for _, theirs in taken)
