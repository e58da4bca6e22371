"""Placing: a statement belongs to this log's own history, and its times agree with the log's.

`seen` must be a head that this log had, so nobody can frame the operator, and whoever rewrites entry k
contradicts every later statement that had seen it (design section 4).
"""

from __future__ import annotations

from ledger.errors import FalseSeen, OutOfTime
from ledger.merkle import EMPTY_ROOT
from ledger.statement import Statement
from ledger.values import CLOCK_TOLERANCE, Instant


def admit(said: Statement, received_at: Instant, *, size: int, root: bytes | None, then: Instant | None) -> None:
    """Refuse a statement that saw another history, or whose times cannot be.

    `size` is the log's before this entry; `root` and `then` are the log's root at `seen.size`, and when entry
    `seen.size` was received (None where there is none). Raises FalseSeen, OutOfTime.
    """
    seen, signed_at = said.said.seen, said.said.signed_at
    if size == 0:
        if seen.size != 0 or seen.root != EMPTY_ROOT:
            raise FalseSeen("entry 1 has seen an empty log, of size 0")
    elif not 1 <= seen.size <= size or root != seen.root:
        raise FalseSeen(
            f"the signer saw a log of {seen.size} entries with root {seen.root}, and this log never was that",
            next_step="outcomes audit verify compares this log with the head you kept",
        )
    if received_at < signed_at - CLOCK_TOLERANCE:
        raise OutOfTime(f"signed at {signed_at}, more than five minutes after it was received at {received_at}")
    if then is not None and signed_at < then - CLOCK_TOLERANCE:
        raise OutOfTime(
            f"signed at {signed_at}, more than five minutes before the entry it had seen was received at {then}"
        )
