"""Settling: which of the pounds that spending drew are funded, awaited, conditional or unfunded, on both clocks.

Law (line-of-sight, "Every drawn pound has a state"): a receipt clears its funder's awaited money, oldest first. The
host's own money needs no receipt. Money on a commitment that is only indicative, or on a grant a condition of which
is unmet, is conditional. Only what is unfunded is a break. The state of a pound depends on the day that is asked
about, so it is worked out here on reading, from postings known by one entry and true by one day, and stored nowhere.
"""

from __future__ import annotations

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


@dataclass(frozen=True, slots=True)
class Strengths:
    """Which commitments are less than firm, on the clock that is asked about."""

    indicative: frozenset[str] = frozenset()
    unmet: frozenset[str] = frozenset()
    """Those whose grant has a condition that is not met."""


def settled(
    drawn: Iterable[Drawn], cash: Mapping[tuple[str, str], int], hosts: Mapping[str, str], strengths: Strengths
) -> Iterator[Settled]:
    """Each drawn sum by state. `cash` is what each (pool, funder) paid in less what went back, in pence."""
    left = dict(cash)
    for one in drawn:
        if not one.funder:
            yield Settled(one, "unfunded", one.pence)
            continue
        key = one.pool, one.funder
        if hosts.get(one.pool) == one.funder:
            covered = one.pence
        else:
            covered = min(one.pence, max(0, left.get(key, 0))) if one.pence > 0 else one.pence
            left[key] = left.get(key, 0) - covered
        if one.commitment in strengths.unmet:
            yield Settled(one, "conditional", one.pence)
            continue
        if covered:
            yield Settled(one, "funded", covered)
        if one.pence != covered:
            open_state = "conditional" if one.commitment in strengths.indicative else "awaited"
            yield Settled(one, open_state, one.pence - covered)
