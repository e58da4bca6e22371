"""Races: many processes, and many threads, record at once; the log has one order, no gap and nothing twice.

Law: positions come from the head's row under its lock, every receipt holds, and the same submission is recorded once
however many send it at the same moment.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from commands.keeping import Keep, home
from commands.main import main
from ledger import entry, merkle
from ledger.audit import Kept, Report
from ledger.checkpoint import Checkpoint, open_checkpoint, split_note
from ledger.errors import InputOutput, LedgerError
from ledger.receipt import Receipt
from ledger.recording import Clock, Gathering, Log, Outcome, Recorded, Submission
from ledger.store import Store
from ledger.verifying import verify_store
from tests.writer import (
    CLOCK,
    FOUNDED,
    LOG_KEY,
    LOG_PUBLIC,
    Pen,
    found,
    seen_by,
    seen_in,
    starting,
    statement_of,
)

TOP = Path(__file__).parent.parent
PROCESSES, EACH = 8, 20
THREADS = 16
SECONDS = 120.0


# -- what a racer does, in a process of its own ------------------------------------------------------


def race(url: str, folder: Path, name: str, count: int) -> None:
    """Record commitments of one's own as fast as one can, and keep the receipt of each."""
    with closing(Store.open(url)) as store:
        log, pen = Log(store, [LOG_KEY]), Pen(name)
        wait_for_the_others(folder, name)
        seen = seen_by(log)
        for number in range(count):
            recorded = log.record(pen.write(seen), CLOCK)
            seen = seen_in(recorded.head)
            keep_receipt(store, folder / f"{name}-{number}.tlog-proof", recorded)


def race_with_the_same(url: str, folder: Path, name: str, wires: list[bytes]) -> None:
    """Record what others record at the same time, one by one and then once more all together."""
    with closing(Store.open(url)) as store:
        log = Log(store, [LOG_KEY], whole=name.endswith(("1", "3")))
        wait_for_the_others(folder, name)
        first = [log.record(Submission(wire), CLOCK) for wire in wires]
        again = log.record_all([Submission(wire) for wire in wires], CLOCK)
        assert [one.position for one in again if isinstance(one, Recorded) and one.before] == [
            one.position for one in first
        ]
        for number, recorded in enumerate(first):
            new = "old" if recorded.before else "new"
            keep_receipt(store, folder / f"{name}-{number}-{new}.tlog-proof", recorded)


def keep_receipt(store: Store, path: Path, recorded: Recorded) -> None:
    """Verify a receipt as an officer's software does, and keep it."""
    receipt = recorded.receipt(store)
    receipt.verify(LOG_PUBLIC)
    path.write_bytes(receipt.format())


def wait_for_the_others(folder: Path, name: str) -> None:
    """Say that one is ready, and go when all are told to."""
    (folder / f"{name}.ready").touch()
    while not (folder / "go").exists():
        time.sleep(0.001)


def run(folder: Path, what: Callable[..., None], url: str, names: list[str], argument: object) -> None:
    """Start the racers, let them go at one moment, and wait until the last is home."""
    folder.mkdir()
    racers = [starting(what, url, folder, name, argument) for name in names]
    deadline = time.monotonic() + SECONDS
    while not all((folder / f"{name}.ready").exists() for name in names):
        assert time.monotonic() < deadline
        assert all(racer.is_alive() for racer in racers)
        time.sleep(0.005)
    (folder / "go").touch()
    for racer in racers:
        racer.join(max(0.0, deadline - time.monotonic()))
    assert [racer.exitcode for racer in racers] == [0] * len(racers)


# -- processes --------------------------------------------------------------------------------------


def test_eight_processes_leave_no_gap_and_nothing_twice(database_url: str, tmp_path: Path) -> None:
    found(database_url)
    names = [f"racer{number}" for number in range(PROCESSES)]
    run(tmp_path / "race", race, database_url, names, EACH)
    receipts = [Receipt.parse(path.read_bytes()) for path in (tmp_path / "race").glob("*.tlog-proof")]
    with closing(Store.open(database_url)) as store:
        size = require_sound(store)
        assert size == FOUNDED + PROCESSES * EACH
        assert sorted(receipt.index + 1 for receipt in receipts) == list(range(FOUNDED + 1, size + 1))
        for receipt in receipts:
            require_receipt(store, receipt)


def test_what_four_processes_send_at_once_is_recorded_once(database_url: str, tmp_path: Path) -> None:
    found(database_url)
    with closing(Store.open(database_url)) as store:
        pen, seen = Pen("same"), seen_by(Log(store, [LOG_KEY]))
        wires = [pen.write(seen).wire for _ in range(EACH)]
    names = [f"racer{number}" for number in range(4)]
    run(tmp_path / "race", race_with_the_same, database_url, names, wires)
    with closing(Store.open(database_url)) as store:
        assert require_sound(store) == FOUNDED + EACH
        for number, wire in enumerate(wires):
            kept = list((tmp_path / "race").glob(f"*-{number}-*.tlog-proof"))
            receipts = [Receipt.parse(path.read_bytes()) for path in kept]
            assert len(receipts) == 4
            assert {receipt.index for receipt in receipts} == {FOUNDED + number}
            assert {statement_of(receipt.extra).wire for receipt in receipts} == {wire}
            assert sum("-new" in path.name for path in kept) == 1
            for receipt in receipts:
                require_receipt(store, receipt)


def require_sound(store: Store) -> int:
    """The ledger verifies; how many entries it has."""
    report = verify_store(store, Kept())
    assert not report.findings
    assert [row.position for row in store.entries()] == list(range(1, report.size + 1))
    return report.size


def require_receipt(store: Store, receipt: Receipt) -> None:
    """The receipt holds, its entry is the stored one, and the log as it is now extends the head that it is under."""
    then, now = receipt.verify(LOG_PUBLIC), open_checkpoint(store.head().checkpoint, LOG_PUBLIC)
    proof = merkle.consistency_proof(store, then.size, now.size)
    merkle.verify_consistency(then.size, now.size, proof, then.root, now.root)
    (row,) = store.entries(after=receipt.index, until=receipt.index + 1)
    assert row.entry == receipt.extra


# -- threads ----------------------------------------------------------------------------------------


@pytest.fixture
def log(database_url: str) -> Iterator[Log]:
    """The log of a founded ledger."""
    found(database_url)
    with closing(Store.open(database_url)) as store:
        yield Log(store, [LOG_KEY])


def in_threads(work: Callable[[int], Any]) -> list[Any]:
    """Do something in sixteen threads at one moment; what each came to."""
    together = threading.Barrier(THREADS)

    def alone(number: int) -> Any:
        together.wait(SECONDS)
        return work(number)

    with ThreadPoolExecutor(THREADS) as threads:
        return list(threads.map(alone, range(THREADS), timeout=SECONDS))


def counting(log: Log, groups: list[int]) -> Log:
    """The log, with the size of each group that it records noted."""

    def record_all(sent: list[Submission], clock: Clock) -> list[Outcome]:
        groups.append(len(sent))
        return log.record_all(sent, clock)

    return cast("Log", SimpleNamespace(record_all=record_all))


def test_sixteen_threads_gather_into_groups(log: Log) -> None:
    groups: list[int] = []
    gathering = Gathering(counting(log, groups), CLOCK)
    seen = seen_by(log)

    def record(number: int) -> list[Recorded]:
        pen = Pen(f"thread{number}")
        return [gathering.record(pen.write(seen)) for _ in range(EACH)]

    recorded = [one for mine in in_threads(record) for one in mine]
    assert sorted(one.position for one in recorded) == list(range(FOUNDED + 1, FOUNDED + THREADS * EACH + 1))
    assert require_sound(log.store) == FOUNDED + THREADS * EACH
    for one in recorded:
        one.receipt(log.store).verify(LOG_PUBLIC)
    assert sum(groups) == THREADS * EACH
    assert len(groups) < THREADS * EACH, "nobody was ever taken along"


def test_a_group_is_no_larger_than_it_may_be(log: Log) -> None:
    groups: list[int] = []
    gathering = Gathering(counting(log, groups), CLOCK, largest=3)
    seen = seen_by(log)
    in_threads(lambda number: gathering.record(Pen(f"thread{number}").write(seen)))
    assert max(groups) <= 3
    assert sum(groups) == THREADS


def test_what_sixteen_threads_send_at_once_is_recorded_once(log: Log) -> None:
    gathering, sent = Gathering(log, CLOCK), Pen("same").write(seen_by(log))
    recorded = in_threads(lambda _: gathering.record(sent))
    assert {one.position for one in recorded} == {FOUNDED + 1}
    assert sum(not one.before for one in recorded) == 1
    assert require_sound(log.store) == FOUNDED + 1


def test_each_thread_is_told_of_its_own_refusal(log: Log) -> None:
    gathering, seen = Gathering(log, CLOCK), seen_by(log)

    def record(number: int) -> str:
        pen = Pen(f"thread{number}")
        sent = pen.write(seen, reference="" if number % 2 else "shared-by-all-even-threads")
        try:
            return f"{gathering.record(sent).line == entry_of(sent)}"
        except LedgerError as error:
            return type(error).__name__

    told = in_threads(record)
    assert told[1::2] == ["True"] * (THREADS // 2)
    assert sorted(told[0::2]) == ["CommitmentAlreadyMade"] * (THREADS // 2 - 1) + ["True"]


def entry_of(sent: Submission) -> bytes:
    """The line that a submission becomes."""
    return entry.write(CLOCK.now(), sent.wire)


def test_threads_and_processes_record_at_once(log: Log, database_url: str, tmp_path: Path) -> None:
    gathering = Gathering(log, CLOCK)
    folder = tmp_path / "race"
    racing = threading.Thread(target=run, args=(folder, race, database_url, ["other1", "other2"], EACH))
    racing.start()
    while not (folder / "go").exists():
        time.sleep(0.001)
    seen = seen_by(log)
    in_threads(lambda number: gathering.record(Pen(f"thread{number}").write(seen)))
    racing.join(SECONDS)
    assert require_sound(log.store) == FOUNDED + THREADS + 2 * EACH


def test_when_the_store_fails_nobody_is_left_waiting(log: Log) -> None:
    def fail(sent: object, clock: object) -> None:
        time.sleep(0.05)
        raise InputOutput("the disk failed")

    gathering = Gathering(cast("Log", SimpleNamespace(record_all=fail)), CLOCK)
    sent = Pen("failing").write(seen_by(log))

    def record(_: int) -> type[BaseException]:
        with pytest.raises(InputOutput) as told:
            gathering.record(sent)
        return told.type

    assert in_threads(record) == [InputOutput] * THREADS


# -- commands ---------------------------------------------------------------------------------------

INIT = (
    "init --origin place.example/races --organisation GB-EXAMPLE-COUNCIL --name Example --form council --staff-number 1"
)
POOL = "pool agree prevention --legal-power aligned --name Prevention --partner GB-EXAMPLE-COUNCIL --starts 2026-04-01"
COMMIT = "commitment make C-{} --pool prevention --amount 25000.00 --year 2026-27"


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Keep:
    """What somebody's home keeps of a founded ledger, to which they may write."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OUTCOMES_SEED", "races")  # keys without a passphrase
    assert main([*INIT.split(), "--purpose", "example"]) == 0
    assert main(POOL.split()) == 0
    return Keep(home(), "place.example/races")


def kept_size(keep: Keep) -> int:
    """The size of the head that is kept."""
    note = keep.read("checkpoint")
    assert note is not None
    return Checkpoint.parse(split_note(note)[0]).size


def test_a_command_does_not_accuse_the_log_because_another_was_faster(
    kept: Keep, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = Keep.alone

    def alone_after_others(keep: Keep) -> AbstractContextManager[None]:
        # Before this command has the kept head to itself, others record, read the log, and keep a newer one.
        monkeypatch.setattr(Keep, "alone", alone)
        assert main(COMMIT.format(1).split()) == 0
        assert main(["view", "trail"]) == 0
        return alone(keep)

    monkeypatch.setattr(Keep, "alone", alone_after_others)
    assert main(["view", "trail"]) == 0
    assert kept_size(kept) == 3


def test_an_audit_keeps_the_head_that_it_verified_and_no_newer_one(kept: Keep, monkeypatch: pytest.MonkeyPatch) -> None:
    another = kept.base.with_name("another")
    shutil.copytree(kept.base, another)

    def recorded_by_another(number: int) -> None:
        with monkeypatch.context() as patch:
            patch.setenv("OUTCOMES_HOME", str(another))
            assert main(COMMIT.format(number).split()) == 0

    def verified_and_then_added_to(*arguments: Any, **named: Any) -> Report:
        report = verify_store(*arguments, **named)
        recorded_by_another(2)
        return report

    recorded_by_another(1)
    monkeypatch.setattr("commands.audit.verify_store", verified_and_then_added_to)
    assert main(["audit", "verify"]) == 0
    assert kept_size(kept) == 3


@pytest.mark.campaign
def test_one_of_several_foundings_at_once_succeeds(tmp_path: Path) -> None:
    for number in range(10):
        folder = tmp_path / str(number)
        folder.mkdir()
        founders = [
            subprocess.Popen(
                [sys.executable, "-m", "commands", *INIT.split(), "--purpose", "example"],
                cwd=folder,
                env={**os.environ, "OUTCOMES_SEED": name, "OUTCOMES_HOME": str(folder / name), "PYTHONPATH": str(TOP)},
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            for name in "abcd"
        ]
        codes = [founder.wait(SECONDS) for founder in founders]
        assert sorted(codes)[0] == 0, codes
        assert codes.count(0) == 1
        with closing(Store.open(f"sqlite:///{folder / 'ledger.db'}")) as store:
            assert not verify_store(store, Kept()).findings
        assert (folder / "ledger.db.log-key").exists()
