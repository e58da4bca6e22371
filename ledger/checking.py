"""Checking signatures by the batch, beside the work that needs them.

Law: who checks changes nothing about what is checked; it is the one Ed25519 rule, and no batch is left out. Threads
do for a short log. For a long one processes pay: the interpreter lock lets a thread in only at its own pace.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Final

from ledger.ed25519 import verify
from ledger.errors import SignatureInvalid

Job = tuple[bytes, bytes, bytes]
"""A public key, a signature, and the bytes under it."""

LONG_LOG: Final = 3_000
"""Signatures above which starting processes (a fifth of a second) pays."""
MOST_PROCESSES: Final = 4


def failing(jobs: Sequence[Job]) -> list[tuple[int, str]]:
    """Which jobs of a batch do not hold, by their place in it, and why."""
    found: list[tuple[int, str]] = []
    for place, (key, signature, message) in enumerate(jobs):
        try:
            verify(key, signature, message)
        except SignatureInvalid as error:
            found.append((place, error.why))
    return found


@contextmanager
def checkers(signatures: int, *, processes: bool) -> Iterator[Executor]:
    """Whoever checks about so many signatures: threads, or processes where that is allowed and pays.

    A program allows processes only if its main module may be imported again, as every spawned process does.
    """
    spare = min(MOST_PROCESSES, (os.cpu_count() or 1) - 1)
    if not processes or signatures < LONG_LOG or spare < 1:
        with ThreadPoolExecutor(2) as threads:
            yield threads
        return
    # Spawned, not forked: a fork copies whatever locks other threads of this process happen to hold.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(spare, mp_context=context, initializer=_end_with_parent) as spawned:
        yield spawned


def _end_with_parent() -> None:
    """Ctrl-C is the parent's to answer; and a parent that was killed leaves nobody behind."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_wait_for_parent, daemon=True).start()


def _wait_for_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
