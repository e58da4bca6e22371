"""Signatures by the batch: whoever checks them, those that do not hold are found, and none is left out."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from ledger.audit import Kept
from ledger.checking import LONG_LOG, Job, checkers, failing
from ledger.errors import InputOutput
from ledger.store import Store
from ledger.verifying import verify_store
from tests.story import key_of, raw
from tests.writer import found

TOP = Path(__file__).parent.parent
KEY = key_of("GB-EXAMPLE-COUNCIL/s151")


def jobs(count: int) -> list[Job]:
    """So many good ones."""
    messages = [f"statement {number}".encode() for number in range(count)]
    return [(raw(KEY), KEY.sign(message), message) for message in messages]


@pytest.fixture(params=[False, True], ids=["threads", "processes"])
def executor(request: pytest.FixtureRequest) -> Iterator[Executor]:
    with checkers(LONG_LOG, processes=request.param) as given:
        wanted = ProcessPoolExecutor if request.param and (os.cpu_count() or 1) > 1 else ThreadPoolExecutor
        assert isinstance(given, wanted)
        yield given


def test_what_does_not_hold_is_found_where_it_stands(executor: Executor) -> None:
    good = jobs(20)
    bad = [*good[:7], (good[7][0], good[7][1], b"another"), *good[8:19], (good[19][0], bytes(64), good[19][2])]
    assert executor.submit(failing, good).result() == []
    assert [place for place, _ in executor.submit(failing, bad).result()] == [7, 19]


def test_a_short_log_needs_no_processes() -> None:
    with checkers(LONG_LOG - 1, processes=True) as given:
        assert isinstance(given, ThreadPoolExecutor)


PARENT = """
import os, time
from ledger.checking import LONG_LOG, checkers
if __name__ == "__main__":
    with checkers(LONG_LOG, processes=True) as executor:
        print(executor.submit(os.getpid).result(), flush=True)
        time.sleep(60)
"""


def test_a_process_that_checks_ends_with_its_parent_however_that_ends(tmp_path: Path) -> None:
    if (os.cpu_count() or 1) < 2:
        pytest.skip("this machine has one core, so there are no processes")
    script = tmp_path / "parent.py"
    script.write_text(PARENT)
    with subprocess.Popen(
        [sys.executable, str(script)], stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": str(TOP)}
    ) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        parent.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 20
    while alive(child):
        assert time.monotonic() < deadline, "it outlived its parent"
        time.sleep(0.05)


def alive(pid: int) -> bool:
    """Whether that process is there, and no zombie that nobody has waited for."""
    status = Path(f"/proc/{pid}/stat")
    return status.exists() and status.read_text().rsplit(")", 1)[1].split()[0] != "Z"


def dies(_jobs: list[Job]) -> list[tuple[int, str]]:
    """In a process that checks: end as if it were killed."""
    os._exit(1)


def test_an_audit_whose_checking_process_dies_has_not_verified(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if (os.cpu_count() or 1) < 2:
        pytest.skip("this machine has one core, so there are no processes")
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    found(url)
    monkeypatch.setattr("ledger.checking.LONG_LOG", 1)
    with closing(Store.open(url)) as store:
        assert not verify_store(store, Kept(), processes=True).findings
        monkeypatch.setattr("ledger.audit.failing", dies)
        with pytest.raises(InputOutput, match="checked signatures died"):
            verify_store(store, Kept(), processes=True)
