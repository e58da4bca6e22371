"""Pools: terms that hold together, a host who acts, a reference used once, and closing."""

from __future__ import annotations

from typing import Any

import pytest

from ledger.errors import (
    LaterEntryRests,
    Malformed,
    NotYourOrganisation,
    PoolAlreadyAgreed,
    PoolIsClosed,
    PoolTermsWrong,
    PowerMissing,
    UnknownOrganisation,
    UnknownPool,
)
from ledger.values import FinancialYear
from tests.rules import (
    CLERK,
    ICB_CFO,
    appoints,
    closes,
    commits,
    given,
    partners,
    pool,
    reverses,
    withdraws,
)
from tests.story import COUNCIL, ICB, POLICE


def test_the_host_agrees_a_pool_with_the_partners_that_it_names() -> None:
    world = given(partners(ICB), pool(COUNCIL, ICB))
    agreed = world.book.pools.get("prevention").agreed
    assert (agreed.host, agreed.partners) == (COUNCIL, (COUNCIL, ICB))


@pytest.mark.parametrize(
    ("named", "terms", "because"),
    [
        ([ICB], {}, "the host, GB-EXAMPLE-COUNCIL, is not among the partners"),
        ([COUNCIL, ICB, COUNCIL], {}, "a partner is named twice"),
        ([COUNCIL, ICB], {"starts": "2026-04-02", "until": "2026-04-01"}, "before it starts"),
        ([COUNCIL, ICB], {"legal_power": "other"}, "another power is cited in full"),
        ([COUNCIL, ICB], {"citation": "Localism Act 2011, section 1"}, "only another power is"),
    ],
)
def test_terms_that_do_not_hold_together_are_refused(named: list[str], terms: dict[str, Any], because: str) -> None:
    world = given(partners(ICB)).refuses(PoolTermsWrong, pool(*named, **terms), because=because)
    with pytest.raises(PoolTermsWrong) as refused:
        pool(*named, **terms)(world)
    assert refused.value.next_step.startswith("outcomes pool agree, with ")


def test_no_pool_is_without_partners() -> None:
    given().refuses(PoolTermsWrong, lambda world: world.pool(partners=()))


def test_a_pool_may_last_one_day_or_be_open_ended_or_stand_on_another_power() -> None:
    given().allows(
        pool(pool="P-1", starts="2026-04-02", until="2026-04-02"),
        lambda world: world.say("pool-agreed/1", _open_ended("P-2")),
        pool(pool="P-3", legal_power="other", citation="Localism Act 2011, section 1"),
        pool(pool="P-4", legal_power="aligned"),
    )


def _open_ended(reference: str) -> dict[str, Any]:
    return {
        "pool": reference,
        "name": "Open-ended pool",
        "legal_power": "aligned",
        "host": COUNCIL,
        "partners": [COUNCIL],
        "control_basis": "not-assessed",
        "starts": "2026-04-01",
    }


def test_a_pool_is_agreed_by_its_host() -> None:
    given(partners(ICB)).refuses(NotYourOrganisation, pool(COUNCIL, ICB, by=ICB_CFO))
    given(partners(ICB)).allows(pool(COUNCIL, ICB, by=ICB_CFO, host=ICB))


def test_every_body_that_a_pool_names_is_in_the_register() -> None:
    given().refuses(UnknownOrganisation, pool(COUNCIL, POLICE), pool(host=POLICE))


def test_a_pools_reference_is_used_once_even_where_it_was_reversed() -> None:
    given(pool()).refuses(PoolAlreadyAgreed, pool()).allows(reverses("pool-agreed/1")).refuses(
        PoolAlreadyAgreed, pool()
    )


def test_agreeing_is_a_power_of_its_own() -> None:
    given(appoints(CLERK, ["commit", "approve"])).refuses(PowerMissing, pool(by=CLERK))


# -- closing ------------------------------------------------------------------------------------


def test_a_pool_is_closed_once_and_by_its_host() -> None:
    world = given(partners(ICB), pool(COUNCIL, ICB))
    world.refuses(NotYourOrganisation, closes(by=ICB_CFO)).refuses(UnknownPool, closes("another"))
    world.allows(closes()).refuses(PoolIsClosed, closes())


def test_a_closing_can_be_reversed_and_done_again() -> None:
    given(pool(), closes(), reverses("pool-closed/1")).allows(
        commits(), closes(), reverses("pool-closed/1"), commits("C-2")
    )


# -- reversal -----------------------------------------------------------------------------------


def test_a_pool_is_not_reversed_while_anything_rests_on_it() -> None:
    world = given(pool(), commits("C-1"), commits("C-2")).refuses(LaterEntryRests, reverses("pool-agreed/1"))
    world.allows(reverses("commitment-made/1")).refuses(LaterEntryRests, reverses("pool-agreed/1"))
    world.allows(reverses("commitment-made/1", number=1), reverses("pool-agreed/1"))
    world.refuses(UnknownPool, commits("C-3"))


def test_a_withdrawn_commitment_still_rests_on_its_pool() -> None:
    given(pool(), commits(), withdraws()).refuses(LaterEntryRests, reverses("pool-agreed/1"))


def test_a_closed_pool_is_reversed_only_after_its_closing() -> None:
    given(pool(), closes()).refuses(LaterEntryRests, reverses("pool-agreed/1")).allows(
        reverses("pool-closed/1"), reverses("pool-agreed/1")
    )


# -- its period ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("starts", "until", "covered"),
    [
        ("2026-04-01", "2027-03-31", ["2026-27"]),
        ("2027-03-31", "2027-04-01", ["2026-27", "2027-28"]),
        ("2026-03-31", "2026-03-31", ["2025-26"]),
    ],
)
def test_a_pool_covers_the_financial_years_that_its_period_touches(starts: str, until: str, covered: list[str]) -> None:
    agreed = given(pool(starts=starts, until=until)).book.pools.get("prevention")
    years = ["2024-25", "2025-26", "2026-27", "2027-28", "2028-29"]
    assert [year for year in years if agreed.covers(FinancialYear.parse(year))] == covered


def test_an_open_ended_pool_covers_every_year_from_its_first() -> None:
    world = given(lambda world: world.say("pool-agreed/1", _open_ended("prevention")))
    agreed = world.book.pools.get("prevention")
    assert agreed.covers(FinancialYear.parse("2099-00"))
    assert not agreed.covers(FinancialYear.parse("2025-26"))


def test_a_reference_has_a_plain_form() -> None:
    given().refuses(Malformed, pool(pool="-starts-with-a-dash"), pool(pool="has space"), pool(pool="x" * 65))
