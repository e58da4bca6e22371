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
from concurrent.futures import ThreadPoolExecutor
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
from ledger.recording import Log
from ledger.store import Store
from ledger.verifying import verify_store
from tests.campaign import while_time
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
    every = in_turn(partial(bench.fails, what))
    assert len(every) > 10
    refused = sum(len(told.refused) for told in every)
    with capsys.disabled():
        print(
            f"\nsqlite, {what}: each of {len(every)} calls in turn; {refused} groups refused, 0 acknowledged and lost"
        )


def in_turn(fails: Callable[[int], Told | None]) -> list[Told]:
    """What came of a fault at the first call, the second, and so on: until no call is left, or no time."""
    every: list[Told] = []
    for number in while_time(itertools.count(1)):
        told = fails(number)
        if told is None:
            break
        every.append(told)
    return every


# -- SQLite: the power is cut ------------------------------------------------------------------------


class Call(NamedTuple):
    """A call to the system: on which file, with which bytes, and its last number (an offset, a size)."""

    name: str
    path: str
    data: bytes
    number: int


CALL = re.compile(r"\w+ +(\w+)\((?:\d+<([^>]*)>|\"([^\"]*)\")(?:, \"([^\"]*)\")?(?:, (\d+))?(?:, (\d+))?\) += \d+")


UNFINISHED = " <unfinished ...>"
RESUMED = re.compile(r"<\.\.\. \w+ resumed>")


def calls_in(output: Path) -> list[Call]:
    """What strace wrote down, every string of it in hexadecimal."""
    calls: list[Call] = []
    for text in whole_lines(output.read_text().splitlines()):
        match = CALL.fullmatch(text)
        assert match or "+++ exited" in text or "---" in text, text[:300]
        if match:
            name, file, path, data, first, second = match.groups()
            calls.append(Call(name, plain(file or path).decode(), plain(data or ""), int(second or first or 0)))
    return calls


def whole_lines(lines: list[str]) -> Iterator[str]:
    """The lines, where those of a call that another thread's came between are joined again."""
    begun: dict[str, str] = {}
    for text in lines:
        process, _, rest = text.partition(" ")
        if text.endswith(UNFINISHED):
            begun[process] = text.removesuffix(UNFINISHED)
        elif resumed := RESUMED.match(rest.lstrip()):
            yield begun.pop(process) + rest.lstrip()[resumed.end() :]
        else:
            yield text
    assert not begun


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

    def cut_often(self, chosen: random.Random, times: int) -> None:
        """Cut the power so many times, each time anew."""
        for _ in range(times):
            self.cut(chosen)

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
    cuts.cut_often(chosen, 25)


@pytest.mark.campaign
def test_a_thousand_power_cuts(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    cuts, chosen = PowerCuts.of(bench), random.Random(SEED + 1)
    times = sum(1 for _ in while_time(cuts.cut(chosen) for _ in range(1000)))
    with capsys.disabled():
        print(f"\nsqlite: {times:,} power cuts in {len(cuts.calls)} calls, sectors kept or lost: 0 acknowledged lost")


def test_a_writer_that_does_not_flush_would_be_found_out(bench: Bench) -> None:
    cuts, chosen = PowerCuts.of(bench, "PRAGMA synchronous = NORMAL"), random.Random(SEED)
    with pytest.raises(AssertionError):
        cuts.cut_often(chosen, 200)


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
    times = 0
    for times in while_time(range(1, 21)):
        (tmp_path / str(times)).mkdir()
        told = recording_until(server, tmp_path / str(times), chosen, stop_and_start(server))
        acknowledged += len(told.recorded)
    with capsys.disabled():
        print(f"\npostgresql: stopped at once {times} times, {acknowledged:,} acknowledged, 0 lost")


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
    every = in_turn(lambda number: server_fails(server, tmp_path / str(number), tool("strace"), what, number))
    refused = sum(len(told.refused) for told in every)
    with capsys.disabled():
        print(
            f"\npostgresql, {what}: each of {len(every)} calls in turn; {refused} groups refused, 0 acknowledged lost"
        )


def test_a_server_that_flushes_nothing_is_not_used(server: Server) -> None:
    url, arguments = server.founded(), server.server.args
    assert isinstance(arguments, list)
    server.stop_now()
    server.server.args = [*arguments, "--fsync=off"]
    server.start_again()
    try:
        with pytest.raises(InputOutput, match="power cut"):
            Store.open(url).close()
    finally:
        server.stop_now()
        server.server.args = arguments
        server.start_again()


# -- a ledger that somebody holds --------------------------------------------------------------------


def hold(url: str, folder: Path) -> None:
    """Hold a ledger as another program might, until told to let go."""
    if url.startswith("sqlite"):
        held: sqlite3.Connection | psycopg.Connection = sqlite3.connect(
            url.removeprefix("sqlite:///"), isolation_level=None
        )
        held.execute("BEGIN IMMEDIATE")
    else:
        held = psycopg.connect(make_url(url).set(drivername="postgresql").render_as_string(hide_password=False))
        held.execute("SELECT size FROM head FOR UPDATE")
    (folder / "held").touch()
    while not (folder / "let go").exists():
        time.sleep(0.005)
    held.close()


@contextmanager
def held(url: str, folder: Path) -> Iterator[None]:
    """Another process holds the ledger while the block runs."""
    holder = starting(hold, url, folder)
    wait((folder / "held").exists, holder.is_alive)
    try:
        yield
    finally:
        (folder / "let go").touch()
        holder.join(PATIENCE_SECONDS)
    assert holder.exitcode == 0


def test_a_ledger_that_is_held_too_long_is_locked(database_url: str, tmp_path: Path) -> None:
    found(database_url)
    with closing(Store.open(database_url, patience=0.3)) as store:
        log, pen = Log(store, [LOG_KEY]), Pen("w")
        sent = pen.write(seen_by(log))
        with held(database_url, tmp_path), pytest.raises(Locked, match="longer than the time allowed"):
            log.record(sent, CLOCK)
        assert log.record(sent, CLOCK).position == FOUNDED + 1
        assert not verify_store(store, Kept()).findings


def test_a_file_that_is_replaced_while_a_writer_waits_is_not_written_to(tmp_path: Path) -> None:
    ledger, copy = tmp_path / "ledger.db", tmp_path / "copy.db"
    found(f"sqlite:///{ledger}")
    shutil.copy(ledger, copy)
    with closing(Store.open(f"sqlite:///{ledger}")) as store, ThreadPoolExecutor(1) as thread:
        log, pen = Log(store, [LOG_KEY]), Pen("w")
        with closing(sqlite3.connect(ledger, isolation_level=None)) as holder:
            holder.execute("BEGIN IMMEDIATE")
            recorded = thread.submit(log.record, pen.write(seen_by(log)), CLOCK)
            time.sleep(0.3)
            copy.replace(ledger)
        with pytest.raises(InputOutput, match="moved or replaced"):
            recorded.result(PATIENCE_SECONDS)
    with closing(Store.open(f"sqlite:///{ledger}")) as store:
        assert store.head().size == FOUNDED


# -- the command -------------------------------------------------------------------------------------

INIT = (
    "init --origin place.example/disk --organisation GB-EXAMPLE-COUNCIL --name Example --form council --staff-number 1"
)
POOL = "pool agree prevention --legal-power aligned --name Prevention --partner GB-EXAMPLE-COUNCIL --starts 2026-04-01"
COMMIT = "commitment make C-{} --pool prevention --amount 25000.00 --year 2026-27 --note Sealed"
OUTCOMES = f"{sys.executable} -m commands"


@dataclass(frozen=True)
class Office:
    """A folder in which somebody works: a ledger, a home with keys, and what they were answered."""

    folder: Path

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a program here."""
        environment = {**os.environ, "OUTCOMES_HOME": str(self.folder / "home"), "PYTHONPATH": str(TOP)}
        return subprocess.run(
            command, cwd=self.folder, env=environment, capture_output=True, text=True, check=False, timeout=120
        )

    def commits(self, *around: str, number: int = 1) -> subprocess.CompletedProcess[str]:
        """Make a commitment by the command, run under another program if one is given."""
        return self.run(*around, *OUTCOMES.split(), *COMMIT.format(number).split())

    def entries(self) -> int:
        """How many entries the ledger has; it must verify."""
        with closing(Store.open(f"sqlite:///{self.folder / 'ledger.db'}")) as store:
            report = verify_store(store, Kept())
        assert not report.findings
        return report.size


TOP = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def founded_office(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("office")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("OUTCOMES_HOME", str(folder / "home"))
        patch.setenv("OUTCOMES_SEED", "disk")  # keys without a passphrase
        assert main([*INIT.split(), "--purpose", "example"]) == 0
        assert main(POOL.split()) == 0
    return folder


@pytest.fixture
def office(founded_office: Path, tmp_path: Path) -> Office:
    return Office(shutil.copytree(founded_office, tmp_path / "office"))


def require_answer(office: Office, answer: subprocess.CompletedProcess[str], before: int) -> None:
    """The command either recorded the entry and said so, or said what failed, with the code for it."""
    if answer.returncode == 0:
        assert answer.stdout.startswith(f"entry {before + 1} ")
        assert office.entries() == before + 1
        return
    assert answer.returncode == 74, answer.stderr
    assert answer.stdout == ""
    assert answer.stderr.startswith("Error: ")
    assert "Traceback" not in answer.stderr
    # What was not acknowledged may have been recorded nevertheless; then it is there as a whole.
    assert office.entries() in (before, before + 1)


@pytest.mark.parametrize("kilobytes", [1, 32])
def test_the_command_says_that_a_file_may_not_grow(office: Office, kilobytes: int) -> None:
    # In one kibibyte the ledger cannot even be opened; in 32 it can, and the write-ahead log cannot hold the entry.
    answer = office.commits("bash", "-c", f'ulimit -f {kilobytes}; exec "$@"', "bash")
    require_answer(office, answer, 2)
    assert answer.returncode == 74
    assert "Next: " in answer.stderr
    require_answer(office, office.commits(), 2)


UNTIL_FULL = """
set -e
mount -t tmpfs -o size=$1 tmpfs "$2"
cp -a "$2.founded/." "$2"
cd "$2"
shift 2
for number in 1 2 3 4 5 6 7 8; do
    code=0
    "$@" commitment make C-$number --pool prevention --amount 1.00 --year 2026-27 --note Sealed || code=$?
    echo "[$code]"
    [ $code = 0 ] || break
done
cp -a ledger.db* "$OLDPWD"
"""


def test_the_command_on_a_small_disk_until_it_is_full(office: Office, tool: Callable[[str], str]) -> None:
    small, left = office.folder / "small", office.folder / "left"
    (office.folder / "small.founded").mkdir()
    small.mkdir()
    left.mkdir()
    for path in office.folder.glob("ledger.db*"):
        shutil.copy(path, office.folder / "small.founded")
    unshare = [tool("unshare"), "--mount", *([] if os.geteuid() == 0 else ["--map-root-user"])]
    size = str(sum(path.stat().st_size for path in (office.folder / "small.founded").iterdir()) + 84_000)
    answer = Office(office.folder).run(
        *unshare, "bash", "-c", f'cd "{left}"\n{UNTIL_FULL}', "bash", size, str(small), *OUTCOMES.split()
    )
    if "mount:" in answer.stderr:
        missing = f"this machine does not let a test mount a disk of its own: {answer.stderr}"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(missing)
    told = answer.stdout.count("\nentry ") + answer.stdout.startswith("entry ")
    assert answer.stdout.endswith("[74]\n"), answer.stdout + answer.stderr
    assert answer.stdout.count("[0]") == told >= 1
    assert "no room left" in answer.stderr
    assert "receipt" in answer.stderr
    with closing(Store.open(f"sqlite:///{left / 'ledger.db'}")) as store:
        report = verify_store(store, Kept())
        assert not report.findings
        assert report.size >= 2 + told


@pytest.mark.parametrize("number", [1, 5])
def test_the_command_says_that_a_disk_failed(office: Office, tool: Callable[[str], str], number: int) -> None:
    require_answer(office, command_fails(office, tool("strace"), "the disk is full", number), 2)


@pytest.mark.campaign
@pytest.mark.parametrize("what", ["the disk is full", "a flush fails"])
def test_each_call_of_the_command_fails_in_turn(
    founded_office: Path, tmp_path: Path, tool: Callable[[str], str], what: str, capsys: pytest.CaptureFixture[str]
) -> None:
    codes: list[int] = []
    for _ in while_time(itertools.count()):
        office = Office(shutil.copytree(founded_office, tmp_path / str(len(codes))))
        answer = command_fails(office, tool("strace"), what, len(codes) + 1)
        require_answer(office, answer, 2)
        if "INJECTED" not in (office.folder / "calls").read_text():
            break
        codes.append(answer.returncode)
    assert 74 in codes
    with capsys.disabled():
        print(f"\nthe command, {what}: each of {len(codes)} calls in turn; {codes.count(74)} times exit code 74")


def command_fails(office: Office, strace: str, what: str, number: int) -> subprocess.CompletedProcess[str]:
    """Make a commitment by the command, which meets a fault at its call of that number."""
    calls, fault = FAULTS[what]
    inject = f"inject={calls}:{fault.format(number)}"
    return office.commits(strace, "-f", "-qq", "-o", "calls", "-e", f"trace={calls}", "-e", inject)


def test_the_command_says_that_the_ledger_is_locked(
    office: Office, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    url = f"sqlite:///{office.folder / 'ledger.db'}"
    monkeypatch.setenv("OUTCOMES_HOME", str(office.folder / "home"))
    monkeypatch.setenv("OUTCOMES_LEDGER", url)
    monkeypatch.setattr(Store, "open", partial(Store.open, patience=0.3))
    with held(url, office.folder):
        assert main(COMMIT.format(1).split()) == 11
    said = capfd.readouterr().err
    assert "Error: Locked" in said
    assert "Next: Try again" in said
    assert office.entries() == 2
    assert main(COMMIT.format(1).split()) == 0


def test_the_command_says_what_was_recorded_even_if_its_receipt_cannot_be_kept(office: Office) -> None:
    assert office.commits().returncode == 0
    (receipts,) = (office.folder / "home" / "ledgers").glob("*/receipts")
    shutil.rmtree(receipts)
    receipts.touch()
    answer = office.commits(number=2)
    assert office.entries() == 4
    assert answer.returncode == 74
    assert answer.stdout.startswith("entry 4 ")
    assert str(receipts) in answer.stderr
    assert "Next: " in answer.stderr


def test_whoever_recorded_an_entry_sees_that_an_old_copy_was_put_back(office: Office) -> None:
    ledger, old = office.folder / "ledger.db", office.folder / "old.db"
    shutil.copy(ledger, old)
    assert office.commits().returncode == 0
    shutil.copy(old, ledger)
    assert office.run(*OUTCOMES.split(), "view", "trail").returncode == 3


def test_a_command_that_is_killed_leaves_a_home_that_can_be_used(office: Office, tool: Callable[[str], str]) -> None:
    shutil.copytree(office.folder, office.folder / "moved", ignore=shutil.ignore_patterns("home"))
    view = [*OUTCOMES.split(), "view", "trail"]
    for number in itertools.count(1):
        killing = [tool("strace"), "-f", "-qq", "-o", "calls", "-e", "trace=write", "-P", "home/addresses.json"]
        answer = office.run(
            *killing, "-e", f"inject=write:signal=SIGKILL:when={number}", *view, "--ledger", "moved/ledger.db"
        )
        assert office.run(*view).returncode == 0
        if answer.returncode == 0:
            break
