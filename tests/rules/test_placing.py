"""Placing: what the signer had seen is this log's own history, and its times agree with the log's."""

from __future__ import annotations

import pytest

from ledger.entry import received_at
from ledger.errors import FalseSeen, LedgerError, OutOfTime
from ledger.merkle import EMPTY_ROOT, Tree, leaf_hash
from ledger.rules import placing
from ledger.statement import Seen, parse
from ledger.values import CLOCK_TOLERANCE, Digest, Instant
from tests.rules import S151, given, pool
from tests.story import START, World, commitment


def history() -> World:
    """Four entries, an hour apart."""
    world = given(pool())
    for number in (1, 2):
        world.pass_time(3600)
        world.say("commitment-made/1", commitment(f"C-{number}"))
    return world


def place(world: World, seen: Seen, *, late: int = 0, signed_at: Instant | None = None) -> None:
    """Judge the place of a statement that saw this head, received `late` seconds after it was signed."""
    signed_at = world.now if signed_at is None else signed_at
    wire, _ = world.write(
        "commitment-made/1", {"occurred_on": "2026-04-02", **commitment()}, S151, seen=seen, signed_at=signed_at
    )
    there = 0 < seen.size <= len(world.lines)
    placing.admit(
        parse(wire),
        Instant(signed_at + late),
        size=len(world.lines),
        root=root_after(world.lines[: seen.size]) if there else None,
        then=received_at(world.lines[seen.size - 1]) if there else None,
    )


def root_after(lines: list[bytes]) -> bytes:
    """The root of a log with these lines."""
    tree = Tree()
    for line in lines:
        tree.append(leaf_hash(line))
    return tree.root()


def head(world: World, size: int) -> Seen:
    """The head that the log had at that size."""
    return Seen(root=Digest(root_after(world.lines[:size])), size=size)


@pytest.mark.parametrize("size", [1, 2, 3, 4])
def test_any_head_that_the_log_had_is_no_fault(size: int) -> None:
    world = history()
    place(world, head(world, size))


def test_a_head_of_another_history_is_refused() -> None:
    world, other = history(), given()
    for seen in (
        Seen(root=Digest(bytes(32)), size=3),
        Seen(root=head(world, 2).root, size=3),
        Seen(root=Digest(EMPTY_ROOT), size=0),
        Seen(root=head(world, 4).root, size=5),
        Seen(root=head(world, 4).root, size=2**53 - 1),
        Seen(root=Digest(root_after([*other.lines, b"another entry"])), size=2),
    ):
        with pytest.raises(FalseSeen):
            place(world, seen)


def test_entry_1_has_seen_an_empty_log() -> None:
    empty = World()
    place(empty, Seen(root=Digest(EMPTY_ROOT), size=0))
    for seen in (Seen(root=Digest(bytes(32)), size=0), Seen(root=Digest(EMPTY_ROOT), size=1)):
        with pytest.raises(FalseSeen):
            place(empty, seen)


@pytest.mark.parametrize(("late", "taken"), [(-CLOCK_TOLERANCE - 1, False), (-CLOCK_TOLERANCE, True), (10**8, True)])
def test_it_is_received_at_most_five_minutes_before_it_was_signed(late: int, taken: bool) -> None:
    world = history()
    if taken:
        place(world, head(world, 4), late=late)
    else:
        with pytest.raises(OutOfTime, match="more than five minutes after it was received"):
            place(world, head(world, 4), late=late)


@pytest.mark.parametrize(("seconds", "taken"), [(-CLOCK_TOLERANCE - 1, False), (-CLOCK_TOLERANCE, True)])
def test_it_was_signed_at_most_five_minutes_before_what_it_had_seen(seconds: int, taken: bool) -> None:
    world = history()
    signed_at = Instant(received_at(world.lines[2]) + seconds)
    if taken:
        place(world, head(world, 3), signed_at=signed_at, late=3600)
    else:
        with pytest.raises(OutOfTime, match="before the entry it had seen"):
            place(world, head(world, 3), signed_at=signed_at, late=3600)


def test_an_old_head_lets_a_statement_be_signed_long_before() -> None:
    world = history()
    place(world, head(world, 1), signed_at=START, late=86_400)


def test_the_tolerance_is_five_minutes() -> None:
    assert CLOCK_TOLERANCE == 300


@pytest.mark.parametrize("clock", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"])
def test_an_impossible_clock_is_refused_and_nothing_falls_over(clock: str) -> None:
    world = history()
    with pytest.raises(LedgerError):
        place(world, head(world, 4), signed_at=Instant.parse(clock), late=CLOCK_TOLERANCE if clock < "1" else -(10**6))
