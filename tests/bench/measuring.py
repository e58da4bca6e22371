"""How things are measured: in turn, several times, and told by their medians; memory in a process of its own."""

from __future__ import annotations

import gc
import os
import platform
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

TOP = Path(__file__).parent.parent.parent


@dataclass(frozen=True)
class Sizes:
    """How much of everything a run does."""

    rounds: int = 5
    singles: int = 200
    groups: int = 1_920
    bulk: int = 10_000
    bulk_rounds: int = 10
    bulk_postgresql: int = 5_000
    mixed: int = 100_000
    signatures: int = 1_500
    audits: int = 3
    starts: int = 15


FULL = Sizes()
QUICK = Sizes(
    rounds=1,
    singles=10,
    groups=128,
    bulk=300,
    bulk_rounds=2,
    bulk_postgresql=300,
    mixed=300,
    signatures=100,
    audits=1,
    starts=1,
)


def timed(work: Callable[[], object]) -> float:
    """How many seconds something took. What earlier work left behind is not collected at its expense."""
    gc.collect()
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


class Pair(NamedTuple):
    """Two rates that were measured in turn, each told by its median; the ratio is that of the rounds, not of those."""

    ours: float
    theirs: float
    ratio: float


def in_turn(rounds: int, ours: Callable[[], float], theirs: Callable[[], float]) -> Pair:
    """Measure two rates again and again, one after the other: what else the machine does meets both."""
    taken = [Pair(one := ours(), other := theirs(), one / other) for _ in range(rounds)]
    return Pair(*map(median, zip(*taken, strict=True)))


# -- yardsticks -------------------------------------------------------------------------------------

_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
_MESSAGE = b"m" * 700


def raw_signs(number: int) -> float:
    """Signatures a second that the library makes over 700 bytes, on one core."""
    return number / timed(lambda: [_KEY.sign(_MESSAGE) for _ in range(number)])


def raw_verifies(number: int) -> float:
    """Signatures a second that the library verifies over 700 bytes, on one core."""
    public, signature = _KEY.public_key(), _KEY.sign(_MESSAGE)
    return number / timed(lambda: [public.verify(signature, _MESSAGE) for _ in range(number)])


def flush_microseconds(folder: Path, times: int = 200) -> float:
    """How long the disk takes to flush four kilobytes."""
    taken: list[float] = []
    with tempfile.TemporaryFile(dir=folder) as file:
        for number in range(times):
            os.pwrite(file.fileno(), b"f" * 4096, number * 4096)
            began = time.perf_counter()
            os.fsync(file.fileno())
            taken.append(time.perf_counter() - began)
    return median(taken) * 1e6


# -- the machine ------------------------------------------------------------------------------------


def machine() -> str:
    """What this machine is, as far as the figures depend on it."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return (
        f"{usable} cores, load {os.getloadavg()[0]:.1f}; Python {platform.python_version()}, "
        f"SQLite {sqlite3.sqlite_version}, {platform.system()} {platform.machine()}"
    )


# -- memory -----------------------------------------------------------------------------------------

PEAK = """
import re, sys
from pathlib import Path
from tests.bench import reading
getattr(reading, sys.argv[1])(sys.argv[2])
status = Path("/proc/self/status")
if status.exists():
    print(re.search(r"VmHWM:\\s+(\\d+) kB", status.read_text())[1])
else:
    import resource
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(peak // 1024 if sys.platform == "darwin" else peak)
"""


def peak_megabytes(what: str, url: str) -> float:
    """The largest resident memory of a fresh process that does something with a ledger."""
    ran = subprocess.run([sys.executable, "-c", PEAK, what, url], cwd=TOP, capture_output=True, text=True, check=True)
    return int(ran.stdout) / 1024
