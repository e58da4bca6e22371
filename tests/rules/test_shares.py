"""Shares: a sum is divided to the penny, and stays fairly divided over thousands of payments."""

from __future__ import annotations

import random
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.rules.shares import Tally, proportions
from ledger.values import Share

NAMES = ("council", "board", "department", "police", "charity")
WEIGHTS = st.lists(st.integers(1, 10_000), min_size=1, max_size=5)


def shares_of(weights: list[int]) -> dict[str, Fraction]:
    return proportions(dict(zip(NAMES, weights, strict=False)))


def allotted(tally: Tally, amount: int, shares: dict[str, Fraction]) -> dict[str, int]:
    """One sum divided and allotted."""
    parts = tally.divide(amount, shares)
    tally.allot({party: amount * share for party, share in shares.items()}, parts)
    return dict(parts)


def test_three_equal_payers_share_a_hundred_pounds_ten_thousand_times() -> None:
    """Case 13 of the line of sight."""
    tally, sums = Tally(), dict.fromkeys(NAMES[:3], 0)
    for _ in range(10_000):
        for party, part in allotted(tally, 100_00, shares_of([1, 1, 1])).items():
            sums[party] += part
    assert list(sums.values()) == [333_333_34, 333_333_33, 333_333_33]


def test_what_is_left_over_goes_to_whoever_is_owed_most_and_of_equals_to_the_first_named() -> None:
    tally = Tally()
    assert allotted(tally, 1, shares_of([1, 1, 1])) == {"council": 1, "board": 0, "department": 0}
    assert allotted(tally, 1, shares_of([1, 1, 1])) == {"council": 0, "board": 1, "department": 0}
    assert allotted(tally, 2, shares_of([1, 1, 1])) == {"council": 1, "board": 0, "department": 1}


def test_asking_changes_nothing_and_taking_back_is_the_exact_negation() -> None:
    tally = Tally()
    shares = shares_of([319, 681])
    assert tally.divide(100_01, shares) == tally.divide(100_01, shares)
    assert tally.owed == {}
    parts = allotted(tally, 100_01, shares)
    tally.allot(
        {party: -100_01 * share for party, share in shares.items()}, {one: -part for one, part in parts.items()}
    )
    assert set(tally.owed.values()) == {Fraction(0)}


def test_nothing_is_divided_by_no_weights() -> None:
    assert proportions({"council": 0, "board": 0}) == {}
    assert Tally().divide(0, {}) == {}


@given(WEIGHTS, st.integers(0, 10**12))
def test_the_parts_are_the_sum_and_each_is_next_to_its_exact_part(weights: list[int], amount: int) -> None:
    shares = shares_of(weights)
    parts = Tally().divide(amount, shares)
    assert sum(parts.values()) == amount
    assert all(abs(part - amount * shares[party]) < 1 for party, part in parts.items())


@given(WEIGHTS, st.lists(st.integers(0, 10_000), max_size=60))
def test_over_many_sums_nobody_is_off_by_more_than_a_penny(weights: list[int], amounts: list[int]) -> None:
    shares, tally, sums = shares_of(weights), Tally(), dict.fromkeys(shares_of(weights), 0)
    for amount in amounts:
        parts = allotted(tally, amount, shares)
        assert sum(parts.values()) == amount
        assert min(parts.values()) >= 0
        for party, part in parts.items():
            sums[party] += part
    assert all(abs(sum(amounts) * shares[party] - sums[party]) <= 1 for party in sums)


@pytest.mark.parametrize("seed", range(6))
def test_thousands_of_draws_leave_nobody_off_by_more_than_a_penny(seed: int) -> None:
    dice = random.Random(seed)
    shares, tally = shares_of([dice.randrange(1, 1000) for _ in range(dice.randrange(2, 6))]), Tally()
    for _ in range(3_000):
        parts = allotted(tally, dice.randrange(100_000), shares)
        assert min(parts.values()) >= 0
        assert max(map(abs, tally.owed.values())) <= 1


@pytest.mark.parametrize(("written", "exact"), [("31.9", Fraction(319, 1000)), ("1/3", Fraction(1, 3)), ("100", 1)])
def test_a_share_is_exact(written: str, exact: Fraction) -> None:
    assert Share.parse(written) == exact
