"""Kills: a writer is killed at any moment, and what it had acknowledged is there, without a gap.

Law: nothing acknowledged is ever lost (law 11). What was sent and not answered is recorded once or not at all, a
group whole or not at all, and sending it again gives its receipt. Whoever writes next goes on as if nothing were.
"""

from __future__ import annotations

import random
import signal
import time
from contextlib import closing
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest

from ledger.store import Store
from tests.databases import fresh_postgres_url
from tests.writer import FOUNDED, Told, found, require, sent_again, starting, statement_of, write_to

SEED = 20260402
KILLS, KILLS_PER_LEDGER = 200, 20
SINGLE, GROUP = 1, 16
PATIENCE_SECONDS = 30.0
AT_THE_START = 0.15
"""The share of writers that are killed while they still open the ledger and fold it."""


@dataclass
class Tally:
    """What a round of kills came to."""

    kills: int = 0
    acknowledged: int = 0
    unanswered: int = 0
    kept: int = 0

    def __str__(self) -> str:
        return (
            f"{self.kills} kills, {self.acknowledged:,} acknowledged, 0 lost; of {self.unanswered:,} statements "
            f"sent and not answered, {self.kept:,} had been recorded, and none twice"
        )


@pytest.mark.parametrize("group", [SINGLE, GROUP])
def test_a_killed_writer_loses_nothing_that_it_acknowledged(database_url: str, tmp_path: Path, group: int) -> None:
    tally = Tally()
    kill_writers(database_url, tmp_path, [group] * 5, random.Random(SEED + group), tally)
    assert tally.kills == 5
    assert tally.acknowledged


@pytest.mark.campaign
@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_two_hundred_kills(database: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    chosen, tally, began = random.Random(SEED), Tally(), time.monotonic()
    for number in range(KILLS // KILLS_PER_LEDGER):
        folder = tmp_path / str(number)
        folder.mkdir()
        url = f"sqlite:///{folder / 'ledger.db'}" if database == "sqlite" else fresh_postgres_url()
        kill_writers(url, folder, [SINGLE, GROUP] * (KILLS_PER_LEDGER // 2), chosen, tally)
    with capsys.disabled():
        print(f"\n{database}: {tally} (seed {SEED}, {time.monotonic() - began:.0f} s)")
    assert tally.kills == KILLS


def kill_writers(url: str, folder: Path, groups: list[int], chosen: random.Random, tally: Tally) -> None:
    """Kill one writer after the other on one ledger; after each, the ledger is exactly what was acknowledged."""
    found(url)
    acknowledged: dict[str, int] = {}
    for number, group in enumerate(groups, start=1):
        told = killed(url, folder / f"told-{number}", f"w{number}", group, chosen)
        acknowledged |= told.recorded
        with closing(Store.open(url)) as store:
            require(store, acknowledged)
            again = sent_again(store, told)
            assert len({one.before for one in again}) <= 1, "a group was recorded in part"
            acknowledged |= {statement_of(one.line).id: one.position for one in again}
            require(store, acknowledged)
            assert store.head().size == FOUNDED + len(acknowledged)
        tally.kills += 1
        tally.acknowledged += len(told.recorded)
        tally.unanswered += len(again)
        tally.kept += sum(one.before for one in again)


def killed(url: str, path: Path, name: str, group: int, chosen: random.Random) -> Told:
    """Start a writer, kill it at some moment, and read what it had told until then."""
    writer = starting(write_to, path, url, name, 1_000_000, group)
    if chosen.random() < AT_THE_START:
        time.sleep(chosen.uniform(0, 0.1))
    else:
        wait_until_told(path, writer)
        time.sleep(chosen.uniform(0, 0.04))
    writer.kill()
    writer.join(PATIENCE_SECONDS)
    assert writer.exitcode == -signal.SIGKILL
    told = Told.read(path)
    assert not told.refused
    return told


def wait_until_told(path: Path, writer: BaseProcess) -> None:
    """Wait for the writer's first acknowledgement."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (path.exists() and b"recorded" in path.read_bytes()):
        assert writer.is_alive(), f"the writer ended with {writer.exitcode}"
        assert time.monotonic() < deadline, "the writer acknowledged nothing"
        time.sleep(0.002)
