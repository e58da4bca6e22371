"""Disks that fill up and fail, servers that die, ledgers that somebody else holds: a clear error, and nothing lost.

Law: what cannot be recorded durably is not acknowledged, and what was acknowledged stays. In SQLite's own way of
testing, the first call to the system fails, then the second, and so on until everything passes.
"""

from __future__ import annotations

import ctypes
import shutil
import subprocess
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from ledger.recording import Log
from ledger.store import Store
from tests.writer import (
    FOUNDED,
    LOG_KEY,
    Pen,
    Told,
    found,
    record,
    require,
    seen_by,
    sent_again,
    starting,
    statement_of,
    telling,
)

GROUPS = (1, 1, 5, 1)
PATIENCE_SECONDS = 30.0
ANYBODY = ctypes.c_ulong(-1)
PR_SET_PTRACER = 0x59616D61

FAULTS = {
    "the disk is full": ("pwrite64", "error=ENOSPC:when={}+"),
    "a write fails": ("pwrite64", "error=EIO:when={}"),
    "a flush fails": ("fdatasync,fsync", "error=EIO:when={}"),
    "killed at a write": ("pwrite64", "signal=SIGKILL:when={}"),
    "killed at a flush": ("fdatasync,fsync", "signal=SIGKILL:when={}"),
    "a read fails": ("pread64", "error=EIO:when={}"),
}


# -- a writer whose calls to the system fail ---------------------------------------------------------


def write_when_told(folder: Path, url: str) -> None:
    """Open a ledger, wait until somebody watches our calls to the system, and record a few groups."""
    ctypes.CDLL(None).prctl(PR_SET_PTRACER, ANYBODY, 0, 0, 0)
    store = Store.open(url)
    with store._database.lending() as line:
        line.run("PRAGMA wal_autocheckpoint = 8")  # so that commits also write into the file itself
    log, pen, tell = Log(store, [LOG_KEY]), Pen("w"), telling(folder / "told")
    seen = seen_by(log)
    (folder / "ready").touch()
    while not (folder / "go").exists():
        time.sleep(0.001)
    for size in GROUPS:
        record(log, [pen.write(seen) for _ in range(size)], tell)
    store.close()


class Bench:
    """Where writers are made to fail: a folder for each, with a copy of one founded ledger."""

    def __init__(self, folder: Path, strace: str) -> None:
        self.folder = folder
        self.strace = strace
        self.runs = 0
        found(f"sqlite:///{folder / 'founded.db'}")

    def run(self, calls: str, fault: str) -> tuple[Path, bool]:
        """Let a writer run with a fault; where, and whether the fault came to pass."""
        self.runs += 1
        folder = self.folder / str(self.runs)
        folder.mkdir()
        shutil.copy(self.folder / "founded.db", folder / "ledger.db")
        writer = starting(write_when_told, folder, f"sqlite:///{folder / 'ledger.db'}")
        wait(lambda: (folder / "ready").exists(), writer.is_alive)
        command = [self.strace, "-f", "-o", folder / "calls", "-p", str(writer.pid)]
        command += ["-e", f"trace={calls}", "-e", f"inject={calls}:{fault}"]
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as watching:
            assert watching.stderr is not None
            assert "attached" in watching.stderr.readline()
            (folder / "go").touch()
            writer.join(PATIENCE_SECONDS)
            watching.communicate(timeout=PATIENCE_SECONDS)
        assert writer.exitcode in (0, -9)
        return folder, "INJECTED" in (folder / "calls").read_text()


def wait(until: Callable[[], bool], alive: Callable[[], bool] = lambda: True) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not until():
        assert alive()
        assert time.monotonic() < deadline
        time.sleep(0.001)


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory, tool: Callable[[str], str]) -> Bench:
    return Bench(tmp_path_factory.mktemp("faults"), tool("strace"))


def require_nothing_lost(folder: Path) -> Told:
    """All that was acknowledged is there, all that was not can be sent again, and the only error is InputOutput."""
    told = Told.read(folder / "told")
    assert set(told.refused) <= {"InputOutput"}
    with closing(Store.open(f"sqlite:///{folder / 'ledger.db'}")) as store:
        require(store, told.recorded)
        again = sent_again(store, told)
        everything = told.recorded | {statement_of(one.line).id: one.position for one in again}
        require(store, everything)
        assert store.head().size == FOUNDED + len(everything)
    return told


@pytest.mark.campaign
@pytest.mark.parametrize("what", FAULTS)
def test_each_call_to_the_system_fails_in_turn(bench: Bench, what: str, capsys: pytest.CaptureFixture[str]) -> None:
    calls, fault = FAULTS[what]
    number, refused, happened = 0, 0, True
    while happened:
        number += 1
        folder, happened = bench.run(calls, fault.format(number))
        refused += len(require_nothing_lost(folder).refused)
    assert number > 5
    with capsys.disabled():
        print(f"\n{what}: each of {number - 1} calls in turn, {refused} groups refused, 0 acknowledged and lost")
