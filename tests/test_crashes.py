"""Kills: a writer is killed at any moment, and what it had acknowledged is there, without a gap.

Law: nothing acknowledged is ever lost (law 11). What was sent and not answered is recorded once or not at all, and
sending it again gives its receipt. Whoever writes next goes on as if nothing had happened.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path
from uuid import UUID

import pytest

from ledger.audit import Kept
from ledger.recording import Log, Recorded
from ledger.store import Store
from ledger.verifying import verify_store
from tests.databases import fresh_postgres_url
from tests.writer import CLOCK, FOUNDED, LOG_KEY, LOG_PUBLIC, Told, found, starting, write_to

SEED = 20260402
KILLS_PER_LEDGER = 20
PATIENCE_SECONDS = 30.0
SINGLE, GROUP = 1, 16
AT_THE_START = 0.15
"""The share of writers that are killed while they still open the ledger and fold it."""


@dataclass
class Tally:
    """What a round of kills came to."""

    kills: int = 0
    acknowledged: int = 0
    unanswered: int = 0
    recorded_unanswered: int = 0

    def __str__(self) -> str:
        return (
            f"{self.kills} kills, {self.acknowledged:,} entries acknowledged, 0 lost; of {self.unanswered:,} sent and "
            f"not answered {self.recorded_unanswered:,} were recorded, and each was recorded once"
        )


@pytest.mark.parametrize("group", [SINGLE, GROUP])
def test_a_killed_writer_loses_nothing_that_it_acknowledged(database_url: str, tmp_path: Path, group: int) -> None:
    tally = Tally()
    kill_writers(database_url, tmp_path, [group] * 5, random.Random(SEED + group), tally)
    assert tally.acknowledged


@pytest.mark.campaign
@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_two_hundred_kills(database: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    chosen, tally, began = random.Random(SEED), Tally(), time.monotonic()
    for number in range(200 // KILLS_PER_LEDGER):
        folder = tmp_path / str(number)
        folder.mkdir()
        url = f"sqlite:///{folder / 'ledger.db'}" if database == "sqlite" else fresh_postgres_url()
        kill_writers(url, folder, [SINGLE, GROUP] * (KILLS_PER_LEDGER // 2), chosen, tally)
    with capsys.disabled():
        print(f"\n{database}: {tally} (seed {SEED}, {time.monotonic() - began:.0f} s)")
    assert tally.kills == 200


def kill_writers(url: str, folder: Path, groups: list[int], chosen: random.Random, tally: Tally) -> None:
    """Kill one writer after the other on one ledger; after each, all that was ever acknowledged must be there."""
    found(url)
    acknowledged: dict[str, int] = {}
    for number, group in enumerate(groups, start=1):
        told = killed(url, folder / f"told-{number}", f"w{number}", group, chosen)
        assert not told.refused
        acknowledged |= told.recorded
        sent_again = recorded_again(url, told)
        tally.kills += 1
        tally.acknowledged += len(told.recorded)
        tally.unanswered += len(told.unanswered)
        tally.recorded_unanswered += sum(one.before for one in sent_again)
        require_all(url, acknowledged | {})
        acknowledged |= {told_id(one): one.position for one in sent_again}
    require_sound(url, FOUNDED + len(acknowledged))


def killed(url: str, path: Path, name: str, group: int, chosen: random.Random) -> Told:
    """Start a writer, kill it at some moment, and read what it had told until then."""
    writer = starting(write_to, path, url, name, 1_000_000, group)
    if chosen.random() >= AT_THE_START:
        wait_until_told(path, writer)
        time.sleep(chosen.uniform(0, 0.04))
    else:
        time.sleep(chosen.uniform(0, 0.1))
    assert writer.is_alive()
    writer.kill()
    writer.join(PATIENCE_SECONDS)
    assert writer.exitcode == -9
    return Told.read(path)
