"""Random histories of a pool's money: no penny is lost, nobody is over-drawn on either clock, and no draw moves."""

from __future__ import annotations

import random
from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st

from tests.sight_histories import DAYS, Step, Telling
from tests.sight_naive import Illegal

STEPS = 30
SEEDS = st.integers(0, 2**32)
LENGTHS = st.integers(1, STEPS)


def steps_of(telling: Telling, length: int) -> Iterator[Step]:
    """What is tried, one thing after the other; each time the caller has told the one before."""
    yield telling.agreed()
    for _ in range(length):
        yield telling.step()


def lived(seed: int, length: int) -> Telling:
    """A history, told to the plain model alone."""
    telling = Telling(random.Random(seed))
    for step in steps_of(telling, length):
        try:
            telling.sight.tell(step.record)
        except Illegal:
            continue
        telling.told(step, telling.sight.now)
    return telling


@given(SEEDS, LENGTHS)
def test_no_funder_is_over_drawn_on_either_clock(seed: int, length: int) -> None:
    sight = lived(seed, length).sight
    for lot in sight.lots:
        for known in range(1, sight.now + 1):
            for day in DAYS:
                used = sight.drawn(lot, day, known) + sight.taken(lot, day, known)
                assert used <= sight.amount(lot, day, known), (lot, known, day, sight.log)
