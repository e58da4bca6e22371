"""The trail: what waits and what counts unsigned says whom it lacks, until nobody is lacking."""

from __future__ import annotations

from projections.rows import Row
from projections.sight.trail import rows
from tests.rules import DEPUTY, ICB_CFO, POLICE_CFO, appoints, approves, commits, given, partners, passes, pool, rule
from tests.sights import sight_of
from tests.story import COUNCIL, ICB, POLICE, World, line

LATER = [rule("pool-agreed/1", "named-parties", until_then="counts-unsigned")]
FIRST = [rule("commitment-made/1", "second-officer", above="10000.00")]


def row(world: World, kind: str) -> Row:
    """The newest row of that kind."""
    with sight_of(world.lines) as sight:
        return next(one for one in reversed(rows(sight)) if one["kind"] == kind)


def test_what_counts_unsigned_is_shown_with_whom_it_lacks() -> None:
    world = given(partners(ICB, POLICE), pool(COUNCIL, ICB, POLICE), approves(ICB_CFO), table=LATER)
    shown = row(world, "pool-agreed/1")
    assert (shown["standing"], shown["lacks"]) == ("unsigned", f"an officer of {POLICE} who may agree")
    world.allows(approves(POLICE_CFO))
    shown = row(world, "pool-agreed/1")
    assert (shown["standing"], shown["lacks"]) == ("effective", None)


def test_what_waits_is_shown_with_whom_it_lacks_until_it_lapses() -> None:
    world = given(pool(), appoints(DEPUTY, ["approve"]), commits("C-1", line("20000.00")), table=FIRST)
    shown = row(world, "commitment-made/1")
    wanted = f"an officer of {COUNCIL} who may approve up to GBP 20,000.00"
    assert (shown["standing"], shown["lacks"]) == ("waiting", wanted)
    world.allows(passes(days=29), pool(pool="another"))
    shown = row(world, "commitment-made/1")
    assert (shown["standing"], shown["lacks"]) == ("lapsed", None)
