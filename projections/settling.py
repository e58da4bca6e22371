"""Settling: which of the pounds that spending drew are funded, awaited, conditional or unfunded, on both clocks.

Law (line-of-sight, "Every drawn pound has a state"): a receipt clears its funder's awaited money, oldest first. The
host's own money needs no receipt. Money on a commitment that is only indicative, or on a grant a condition of which
is unmet, is conditional. Only what is unfunded is a break. The state of a pound depends on the day that is asked
about, so it is worked out here on reading, from postings known by one entry and true by one day, and stored nowhere.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple


class Drawn(NamedTuple):
    """What one line of spending draws on one lot, as known and as true; in the order of the log."""

    funder: str
    pool: str
    year: str
    category: str
    accounts_as: str
    scheme: str
    contract: str
    commitment: str
    reference: str
    pence: int
    entries: tuple[int, ...]


class Settled(NamedTuple):
    """A part of what was drawn, and its state."""

    drawn: Drawn
    state: str
    """``funded``, ``awaited``, ``conditional`` or ``unfunded``."""
    pence: int
    entries: tuple[int, ...]
    """What it rests on: the draw, and of funded money the receipts."""


@dataclass(frozen=True, slots=True)
class Strengths:
    """Which commitments are less than firm, on the clock that is asked about."""

    indicative: frozenset[str] = frozenset()
    unmet: frozenset[str] = frozenset()
    """Those whose grant has a condition that is not met."""


Receipt = tuple[int, int]
"""What came in, or went back (below zero), in pence, and the number of its entry."""


@dataclass(slots=True)
class Purse:
    """A funder's cash in a pool, oldest first."""

    left: deque[Receipt]

    @classmethod
    def of(cls, receipts: Iterable[Receipt]) -> Purse:
        """What is left of receipts after what went back: that takes of the newest."""
        left: deque[Receipt] = deque()
        back = 0
        for pence, entry in sorted(receipts, key=lambda one: one[0] < 0):
            if pence > 0:
                left.append((pence, entry))
            else:
                back -= pence
        while back and left:
            pence, entry = left.pop()
            if pence > back:
                left.append((pence - back, entry))
            back = max(0, back - pence)
        return cls(left)

    def take(self, wanted: int) -> tuple[int, list[int]]:
        """As much of a sum as there is, and the entries by which it came in."""
        taken, entries = 0, []
        while self.left and taken < wanted:
            pence, entry = self.left.popleft()
            part = min(pence, wanted - taken)
            if part < pence:
                self.left.appendleft((pence - part, entry))
            taken += part
            entries.append(entry)
        return taken, entries


def settled(
    drawn: Iterable[Drawn],
    cash: Mapping[tuple[str, str], Iterable[Receipt]],
    hosts: Mapping[str, str],
    strengths: Strengths,
) -> Iterator[Settled]:
    """Each drawn sum by state. `cash` is what each (pool, funder) paid in and had back, in the order of the log."""
    purses = {key: Purse.of(receipts) for key, receipts in cash.items()}
    for one in drawn:
        if not one.funder:
            yield Settled(one, "unfunded", one.pence, one.entries)
            continue
        covered, receipts = one.pence, list[int]()
        if hosts.get(one.pool) != one.funder and one.pence > 0:
            purse = purses.get((one.pool, one.funder))
            covered, receipts = purse.take(one.pence) if purse else (0, [])
        if one.commitment in strengths.unmet:
            yield Settled(one, "conditional", one.pence, one.entries)
            continue
        if covered:
            yield Settled(one, "funded", covered, tuple(sorted({*one.entries, *receipts})))
        if one.pence != covered:
            open_state = "conditional" if one.commitment in strengths.indicative else "awaited"
            yield Settled(one, open_state, one.pence - covered, one.entries)
