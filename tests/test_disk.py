"""Disks that fill up, fail and lose power, servers that die, ledgers that somebody holds: a clear error, nothing lost.

Law: what cannot be recorded durably is not acknowledged, and what was acknowledged stays. In SQLite's own way of
testing, the first call to the system fails, then the second, and so on until everything passes.
"""

from __future__ import annotations

import ctypes
import itertools
import os
import random
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import NamedTuple

import psycopg
import pytest
from sqlalchemy.engine import make_url

from commands.main import main
from ledger.audit import Kept
from ledger.errors import InputOutput, Locked
from ledger.recording import Log, Submission
from ledger.store import Store
from ledger.verifying import verify_store
from tests.databases import Cluster, _programs, fresh_postgres_url
from tests.writer import (
    CLOCK,
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
    write_to,
)

SEED = 20260402
GROUPS = (1, 1, 5, 1)
PATIENCE_SECONDS = 60.0
PR_SET_PTRACER, ANYBODY = 0x59616D61, ctypes.c_ulong(-1)

FAULTS = {
    "the disk is full": ("pwrite64", "error=ENOSPC:when={}+"),
    "a write fails": ("pwrite64", "error=EIO:when={}"),
    "a flush fails": ("fdatasync,fsync", "error=EIO:when={}"),
    "every flush fails": ("fdatasync,fsync", "error=EIO:when={}+"),
    "a read fails": ("pread64", "error=EIO:when={}"),
    "killed at a write": ("pwrite64", "signal=SIGKILL:when={}"),
    "killed at a flush": ("fdatasync,fsync", "signal=SIGKILL:when={}"),
}
SERVER_FAULTS = {
    "the disk is full": ("pwrite64,pwritev", "error=ENOSPC:when={}+"),
    "a flush fails": ("fdatasync,fsync", "error=EIO:when={}"),
}


def wait(until: Callable[[], bool], alive: Callable[[], bool] = lambda: True) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not until():
        assert alive()
        assert time.monotonic() < deadline
        time.sleep(0.001)


@contextmanager
def watching(strace: str, pid: int, output: Path, *options: str) -> Iterator[None]:
    """Watch, and meddle with, the calls of a process to the system, until the block ends."""
    command = [strace, "-f", "-o", str(output), "-p", str(pid), *options]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as watcher:
        assert watcher.stderr is not None
        said = watcher.stderr.readline()
        if "attached" not in said:
            missing = f"this machine does not let strace watch a running process: {said}"
            (pytest.fail if os.environ.get("CI") else pytest.skip)(missing)
        try:
            yield
        finally:
            watcher.terminate()
            watcher.communicate(timeout=PATIENCE_SECONDS)


def require_nothing_lost(url: str, told: Told) -> Told:
    """All that was acknowledged is there, and all that was not can be sent again."""
    with closing(Store.open(url)) as store:
        require(store, told.recorded)
        again = sent_again(store, told)
        everything = told.recorded | {statement_of(one.line).id: one.position for one in again}
        require(store, everything)
        assert store.head().size == FOUNDED + len(everything)
    return told


# -- SQLite: each call fails in turn -----------------------------------------------------------------


def write_when_told(folder: Path, url: str, settings: tuple[str, ...]) -> None:
    """Open a ledger, wait until somebody watches our calls to the system, and record a few groups."""
    ctypes.CDLL(None).prctl(PR_SET_PTRACER, ANYBODY, 0, 0, 0)
    store = Store.open(url)
    with store._database.lending() as line:
        for sentence in settings:
            line.run(sentence)
    log, pen, tell = Log(store, [LOG_KEY]), Pen("w"), telling(folder / "told")
    seen = seen_by(log)
    (folder / "ready").touch()
    while not (folder / "go").exists():
        time.sleep(0.001)
    for size in GROUPS:
        record(log, [pen.write(seen) for _ in range(size)], tell)
    store.close()


OFTEN_INTO_THE_FILE = "PRAGMA wal_autocheckpoint = 8"
"""So that commits also write into the file itself, and not only into the log that is written ahead."""


class Bench:
    """Where writers are watched: a folder for each, with a copy of one founded ledger."""

    def __init__(self, folder: Path, strace: str) -> None:
        self.folder = folder
        self.strace = strace
        self.numbers = itertools.count(1)
        found(f"sqlite:///{folder / 'founded.db'}")

    def place(self) -> Path:
        """A new folder with a ledger in it."""
        folder = self.folder / str(next(self.numbers))
        folder.mkdir()
        shutil.copy(self.folder / "founded.db", folder / "ledger.db")
        return folder

    def run(self, *options: str, settings: tuple[str, ...] = (OFTEN_INTO_THE_FILE,)) -> Path:
        """Let a writer run under these options of strace; its folder, with `told` and `calls` in it."""
        folder = self.place()
        writer = starting(write_when_told, folder, f"sqlite:///{folder / 'ledger.db'}", settings)
        wait((folder / "ready").exists, writer.is_alive)
        assert writer.pid is not None
        with watching(self.strace, writer.pid, folder / "calls", *options):
            (folder / "go").touch()
            writer.join(PATIENCE_SECONDS)
        assert writer.exitcode in (0, -signal.SIGKILL)
        return folder

    def fails(self, what: str, number: int) -> Told | None:
        """Let a writer meet a fault at its call of that number; None when it made fewer calls."""
        calls, fault = FAULTS[what]
        folder = self.run("-e", f"trace={calls}", "-e", f"inject={calls}:{fault.format(number)}")
        told = require_nothing_lost(f"sqlite:///{folder / 'ledger.db'}", Told.read(folder / "told"))
        # SQLite calls a page that cannot be read a corrupt one, of its own accord.
        assert set(told.refused) <= {"InputOutput", *(["VerificationFailed"] if calls == "pread64" else [])}
        happened = re.search(r"INJECTED|killed by SIGKILL", (folder / "calls").read_text())
        return told if happened else None


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory, tool: Callable[[str], str]) -> Bench:
    return Bench(tmp_path_factory.mktemp("faults"), tool("strace"))


@pytest.mark.parametrize("what", FAULTS)
def test_a_call_to_the_system_fails(bench: Bench, what: str) -> None:
    told = [bench.fails(what, number) for number in (1, 3, 7, 11)]
    assert None not in told
    if "killed" not in what and "read" not in what:
        assert any(one and one.refused for one in told)


@pytest.mark.campaign
@pytest.mark.parametrize("what", FAULTS)
def test_each_call_to_the_system_fails_in_turn(bench: Bench, what: str, capsys: pytest.CaptureFixture[str]) -> None:
    every = list(iter(partial(next, (bench.fails(what, number) for number in itertools.count(1))), None))
    assert len(every) > 10
    refused = sum(len(told.refused) for told in every if told)
    with capsys.disabled():
        print(
            f"\nsqlite, {what}: each of {len(every)} calls in turn; {refused} groups refused, 0 acknowledged and lost"
        )


# -- SQLite: the power is cut ------------------------------------------------------------------------


class Call(NamedTuple):
    """A call to the system: on which file, with which bytes, and its last number (an offset, a size)."""

    name: str
    path: str
    data: bytes
    number: int


CALL = re.compile(r"\w+ +(\w+)\((?:\d+<([^>]*)>|\"([^\"]*)\")(?:, \"([^\"]*)\")?(?:, (\d+))?(?:, (\d+))?\) += \d+")


def calls_in(output: Path) -> list[Call]:
    """What strace wrote down, every string of it in hexadecimal."""
    found_calls: list[Call] = []
    for text in output.read_text().splitlines():
        if match := CALL.fullmatch(text):
            name, file, path, data, first, second = match.groups()
            found_calls.append(
                Call(name, plain(file or path).decode(), plain(data or ""), int(second or first or 0)),
            )
    return found_calls


def plain(text: str) -> bytes:
    """The bytes of a string in strace's hexadecimal."""
    return bytes.fromhex(text.replace("\\x", ""))


@dataclass
class Disk:
    """What a disk holds for sure, and what it was asked to write since it was last asked to flush."""

    files: dict[str, bytearray]
    loose: dict[str, list[Call]] = field(default_factory=dict)
    unnamed: set[str] = field(default_factory=set)
    """Files whose names are not yet on the disk for sure: the folder was not flushed since they were made."""

    def take(self, call: Call) -> None:
        """The disk is asked for something."""
        if call.name in ("pwrite64", "ftruncate"):
            if call.path not in self.files:
                self.files[call.path] = bytearray()
                self.unnamed.add(call.path)
            self.loose.setdefault(call.path, []).append(call)
        elif call.name in ("fsync", "fdatasync"):
            for one in self.loose.pop(call.path, []):
                apply(self.files[call.path], one)
            self.unnamed = {path for path in self.unnamed if str(Path(path).parent) != call.path}
        elif call.name == "unlink":
            self.unnamed.add(call.path)

    def after_a_power_cut(self, chosen: random.Random) -> dict[str, bytes]:
        """What may be found afterwards: of what was not flushed, each sector of each write is there or is not."""
        left: dict[str, bytes] = {}
        for path, held in self.files.items():
            if path in self.unnamed and chosen.random() < 0.5:
                continue
            content = bytearray(held)
            for call in self.loose.get(path, []):
                fate = chosen.random()
                if fate < 0.5:
                    apply(content, call)
                elif fate < 0.75:
                    for sector in torn(call, chosen):
                        apply(content, sector)
            left[path] = bytes(content)
        return left


SECTOR = 512


def torn(call: Call, chosen: random.Random) -> Iterator[Call]:
    """Some sectors of a write."""
    for begin in range(0, len(call.data), SECTOR):
        if chosen.random() < 0.5:
            yield call._replace(data=call.data[begin : begin + SECTOR], number=call.number + begin)


def apply(content: bytearray, call: Call) -> None:
    """What a write or a cut does to a file."""
    if call.name == "ftruncate":
        del content[call.number :]
        content.extend(bytes(call.number - len(content)))
        return
    content.extend(bytes(max(0, call.number - len(content))))
    content[call.number : call.number + len(call.data)] = call.data


@dataclass
class PowerCuts:
    """A writer's calls to the system, and what is left when they end at any of them."""

    bench: Bench
    watched: Path
    calls: list[Call]

    @classmethod
    def of(cls, bench: Bench, *settings: str) -> PowerCuts:
        """Watch one writer from its first entry to its end."""
        traced = "trace=pwrite64,fdatasync,fsync,ftruncate,unlink,write"
        options = ("-y", "-xx", "-s", "200000", "-e", traced)
        watched = bench.run(*options, settings=(OFTEN_INTO_THE_FILE, *settings))
        calls = [call for call in calls_in(watched / "calls") if not call.path.endswith("-shm")]
        assert sum(call.data.count(b"recorded ") for call in calls) == sum(GROUPS)
        return cls(bench, watched, calls)

    def cut(self, chosen: random.Random) -> None:
        """Cut the power somewhere; then nothing that had been acknowledged until then may be missing."""
        # What the writer did before it was watched is on the disk: it only opened the founded ledger.
        ledger, folder = str(self.watched / "ledger.db"), self.bench.place()
        disk = Disk({ledger: bytearray((folder / "ledger.db").read_bytes())})
        told = b""
        for call in self.calls[: chosen.randrange(len(self.calls) + 1)]:
            disk.take(call)
            if call.path.endswith("told"):
                told += call.data
        for path, content in disk.after_a_power_cut(chosen).items():
            (folder / Path(path).name).write_bytes(content)
        (folder / "told").write_bytes(told)
        require_nothing_lost(f"sqlite:///{folder / 'ledger.db'}", Told.read(folder / "told"))
        shutil.rmtree(folder)


def test_a_power_cut_loses_nothing_that_was_acknowledged(bench: Bench) -> None:
    cuts, chosen = PowerCuts.of(bench), random.Random(SEED)
    for _ in range(25):
        cuts.cut(chosen)


@pytest.mark.campaign
def test_a_thousand_power_cuts(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    cuts, chosen = PowerCuts.of(bench), random.Random(SEED + 1)
    for _ in range(1000):
        cuts.cut(chosen)
    with capsys.disabled():
        print(f"\nsqlite: power cut at 1,000 of {len(cuts.calls)} calls, each sector kept or lost: 0 acknowledged lost")


def test_a_writer_that_does_not_flush_would_be_found_out(bench: Bench) -> None:
    cuts, chosen = PowerCuts.of(bench, "PRAGMA synchronous = NORMAL"), random.Random(SEED)
    with pytest.raises(AssertionError):
        for _ in range(200):
            cuts.cut(chosen)


# -- PostgreSQL: the server dies, or its disk fails --------------------------------------------------


class Server(Cluster):
    """A server that may be made to die."""

    def stop_now(self) -> None:
        """Stop it as `pg_ctl stop --mode=immediate` does: nothing is flushed, nobody is waited for."""
        self.server.send_signal(signal.SIGQUIT)
        self.server.wait(PATIENCE_SECONDS)

    def start_again(self) -> None:
        """Start it on what it left."""
        log = (self.folder / "log").open("ab")
        with log:
            self.server = subprocess.Popen(self.server.args, stdout=log, stderr=log, **self._as)  # type: ignore[call-overload]
        self.wait()

    def wait(self) -> None:
        """Wait until it takes connections."""
        self._wait()

    def founded(self) -> str:
        """The address of a founded ledger."""
        url = self.fresh_url()
        found(url)
        return url

    def session_of(self, url: str) -> int:
        """The process that serves the one session in a database."""
        with self.connect() as connection:
            asked = "SELECT pid FROM pg_stat_activity WHERE datname = %s"
            ((pid,),) = connection.execute(asked, (make_url(url).database,)).fetchall()
        return int(pid)

    def end_sessions(self, url: str) -> None:
        """End every session in a database, as an administrator does."""
        with self.connect() as connection:
            asked = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
            connection.execute(asked, (make_url(url).database,))


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    fresh_postgres_url()  # where there is no PostgreSQL, the test is skipped here, and says so
    programs = _programs()
    assert programs is not None
    started = Server(programs)
    yield started
    started.stop()


@pytest.mark.xfail(strict=True, reason="each connection of the pool that was ended is an error of its own")
def test_a_session_that_was_ended_between_two_entries_is_an_error_once(server: Server) -> None:
    with closing(Store.open(server.founded())) as store:
        log, pen = Log(store, [LOG_KEY]), Pen("w")
        log.record(pen.write(seen_by(log)), CLOCK)
        second = pen.write(seen_by(log))
        server.end_sessions(store._database.where)
        with pytest.raises(InputOutput, match="cannot be reached") as told:
            log.record(second, CLOCK)
        assert "Nothing was acknowledged" in told.value.next_step
        assert log.record(second, CLOCK).position == FOUNDED + 2
        assert not verify_store(store, Kept()).findings


def recording_until(server: Server, folder: Path, chosen: random.Random, end: Callable[[str], None]) -> Told:
    """Let a writer record, and after a while do something that ends its session; what it was told."""
    url = server.founded()
    writer = starting(write_to, folder / "told", url, "w", 1_000_000, chosen.choice((1, 16)))
    wait(lambda: b"recorded" in (folder / "told").read_bytes() if (folder / "told").exists() else False)
    time.sleep(chosen.uniform(0, 0.1))
    end(url)
    writer.join(PATIENCE_SECONDS)
    told = Told.read(folder / "told")
    server.wait()
    return require_nothing_lost(url, told)


@pytest.mark.parametrize("number", range(3))
def test_a_session_that_is_ended_loses_nothing(server: Server, tmp_path: Path, number: int) -> None:
    chosen = random.Random(SEED + number)
    assert recording_until(server, tmp_path, chosen, server.end_sessions).refused == ["InputOutput"]


def stop_and_start(server: Server) -> Callable[[str], None]:
    """Stop the server in the middle of it all, and start it again."""

    def end(_: str) -> None:
        server.stop_now()
        server.start_again()

    return end


def test_a_server_that_stops_at_once_loses_nothing(server: Server, tmp_path: Path) -> None:
    assert recording_until(server, tmp_path, random.Random(SEED), stop_and_start(server)).recorded


@pytest.mark.campaign
def test_a_server_that_stops_twenty_times(server: Server, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    chosen, acknowledged = random.Random(SEED + 1), 0
    for number in range(20):
        (tmp_path / str(number)).mkdir()
        told = recording_until(server, tmp_path / str(number), chosen, stop_and_start(server))
        acknowledged += len(told.recorded)
    with capsys.disabled():
        print(f"\npostgresql: stopped at once 20 times, {acknowledged:,} acknowledged, 0 lost")


def server_fails(server: Server, folder: Path, strace: str, what: str, number: int) -> Told | None:
    """Let the server meet a fault at its call of that number; None when it made fewer calls."""
    calls, fault = SERVER_FAULTS[what]
    folder.mkdir()
    url = server.founded()
    writer = starting(write_when_told, folder, url, ())
    wait((folder / "ready").exists, writer.is_alive)
    meddle = ("-e", f"trace={calls}", "-e", f"inject={calls}:{fault.format(number)}")
    with watching(strace, server.session_of(url), folder / "calls", *meddle):
        (folder / "go").touch()
        writer.join(PATIENCE_SECONDS)
    assert writer.exitcode == 0
    server.wait()
    told = require_nothing_lost(url, Told.read(folder / "told"))
    assert set(told.refused) <= {"InputOutput"}
    return told if "INJECTED" in (folder / "calls").read_text() else None


@pytest.mark.parametrize("what", SERVER_FAULTS)
def test_a_servers_disk_fails(server: Server, tmp_path: Path, tool: Callable[[str], str], what: str) -> None:
    for number in (1, 3):
        told = server_fails(server, tmp_path / str(number), tool("strace"), what, number)
        assert told is not None
        assert told.refused


@pytest.mark.campaign
@pytest.mark.parametrize("what", SERVER_FAULTS)
def test_each_call_of_a_server_fails_in_turn(
    server: Server, tmp_path: Path, tool: Callable[[str], str], what: str, capsys: pytest.CaptureFixture[str]
) -> None:
    tries = (
        server_fails(server, tmp_path / str(number), tool("strace"), what, number) for number in itertools.count(1)
    )
    every = list(iter(partial(next, tries), None))
    refused = sum(len(told.refused) for told in every if told)
    with capsys.disabled():
        print(
            f"\npostgresql, {what}: each of {len(every)} calls in turn; {refused} groups refused, 0 acknowledged lost"
        )
