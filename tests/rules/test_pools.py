"""Pools: terms that hold together, a host who acts, a reference used once, and closing."""

from __future__ import annotations

from typing import Any

import pytest

from ledger.errors import (
    LaterEntryRests,
    Malformed,
    NotAPartner,
    NotYourOrganisation,
    PoolAlreadyAgreed,
    PoolIsClosed,
    PoolTermsWrong,
    PowerMissing,
    SchemeAlreadyAgreed,
    SchemeIsEnded,
    SharesWrong,
    UnknownOrganisation,
    UnknownOutcome,
    UnknownPool,
    UnknownScheme,
    YearOutsidePool,
)
from ledger.values import FinancialYear
from tests.rules import (
    CLERK,
    ICB_CFO,
    S151,
    appoints,
    approves,
    closes,
    commits,
    ends,
    given,
    partners,
    pool,
    reverses,
    rule,
    says,
    scheme,
    withdraws,
)
from tests.rules.drawing import with_the_board
from tests.rules.test_outcomes import defines
from tests.story import COUNCIL, ICB, POLICE, Telling, line


def varies_the_pool(by: str = S151, **more: Any) -> Telling:
    """What the agreement says of its end and of sharing is replaced."""
    return says("pool-varied/1", {"pool": "prevention", **more}, by, sealed={"reason": "Agreed."})


def varies_the_scheme(by: str = S151, **more: Any) -> Telling:
    """What the scheme is to achieve, and what it may cost, are replaced."""
    body = {"scheme": "S-1", "lead": COUNCIL, **more}
    return says("scheme-varied/1", body, by, sealed={"reason": "Agreed."})


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


# -- section 75 ---------------------------------------------------------------------------------

BOARD, FORCE = "GB-NHS-QE1", "GB-POL-LANCS"
TERMS = {
    "aims": "Older people stay well at home",
    "varying": "By written agreement of both",
    "functions": "Community nursing",
    "services": "Reablement for people over 65",
    "resources": "Six therapists",
    "ending": "Three years, reviewed yearly, six months' notice",
    "managing": "Quarterly, by the pool manager",
}


def joins(organisation: str, form: str, *approvers: str) -> Any:
    """A body of that form is admitted, and the leads of the others approve."""
    body = {"organisation": {"id": organisation, "name": "A body", "form": form}}
    tellings = [says("organisation-admitted/1", body), *(approves(approver) for approver in approvers)]
    return lambda world: world.given(*tellings)


def under_75(*named: str, **more: Any) -> Any:
    """A pool under section 75 with all the terms that it needs."""
    return pool(*named, **{"legal_power": "nhs-act-2006-s75", "terms": TERMS, **more})


def test_section_75_is_for_nhs_bodies_with_local_authorities() -> None:
    world = given(joins(BOARD, "integrated-care-board"), joins(FORCE, "police-and-crime-commissioner"))
    world.refuses(PoolTermsWrong, under_75(COUNCIL), because="no partner is an NHS body")
    world.refuses(PoolTermsWrong, under_75(COUNCIL, BOARD, FORCE), because=f"{FORCE} is neither")
    world.refuses(PoolTermsWrong, under_75(BOARD, host=BOARD), because="no partner is a local authority")
    world.allows(under_75(COUNCIL, BOARD), pool(COUNCIL, FORCE, pool="P-2", legal_power="aligned"))


def test_an_agreement_under_section_75_states_the_seven_terms() -> None:
    world = given(joins(BOARD, "nhs-trust"))
    world.refuses(PoolTermsWrong, under_75(COUNCIL, BOARD, terms=None), because="SI 2000/617 regulation 7")
    assert len(TERMS) == 7
    for term in TERMS:
        missing = {name: text for name, text in TERMS.items() if name != term}
        world.refuses(Malformed, under_75(COUNCIL, BOARD, terms=missing))
    world.allows(under_75(COUNCIL, BOARD))


def test_every_fault_under_section_75_is_named_at_once() -> None:
    world = given(joins(FORCE, "police-and-crime-commissioner"))
    because = f"{FORCE} is neither an NHS body nor a local authority; no partner is an NHS body; it lacks the terms"
    world.refuses(PoolTermsWrong, under_75(COUNCIL, FORCE, terms=None), because=because)


def test_the_outcomes_that_an_agreement_names_are_defined_and_stay() -> None:
    agreed = under_75(COUNCIL, BOARD, terms={**TERMS, "outcomes": ["O-1"]})
    world = given(joins(BOARD, "integrated-care-board")).refuses(UnknownOutcome, agreed)
    world.allows(defines(), agreed).refuses(LaterEntryRests, reverses("outcome-defined/1"))


def test_other_powers_ask_for_no_terms_and_may_state_them() -> None:
    given(partners(POLICE)).allows(pool(COUNCIL, POLICE), pool(COUNCIL, POLICE, pool="P-2", terms=TERMS))


# -- schemes ------------------------------------------------------------------------------------


def test_the_host_agrees_a_scheme_that_a_partner_leads() -> None:
    world = given(partners(ICB, POLICE)).refuses(UnknownPool, scheme()).allows(pool(COUNCIL, ICB))
    world.refuses(NotYourOrganisation, scheme(by=ICB_CFO)).refuses(NotAPartner, scheme(lead=POLICE))
    world.refuses(UnknownOrganisation, scheme(delivered_by="GB-EXAMPLE-NOBODY"))
    world.refuses(UnknownOutcome, scheme(outcomes=["O-1"]))
    world.allows(defines(), scheme(lead=ICB, delivered_by=POLICE, outcomes=["O-1"], budget="90000.00"))
    world.refuses(LaterEntryRests, reverses("outcome-defined/1"), reverses("pool-agreed/1"))
    world.refuses(SchemeAlreadyAgreed, scheme()).allows(closes()).refuses(PoolIsClosed, scheme("S-2"))


def test_a_scheme_ends_once_and_can_go_on() -> None:
    world = given(partners(ICB), pool(COUNCIL, ICB)).refuses(UnknownScheme, ends()).allows(scheme())
    world.refuses(NotYourOrganisation, ends(by=ICB_CFO)).allows(ends()).refuses(SchemeIsEnded, ends())
    world.refuses(LaterEntryRests, reverses("scheme-agreed/1")).allows(reverses("scheme-ended/1"), ends())


def test_a_scheme_is_reversed_while_nothing_is_committed_to_it_and_its_reference_stays_used() -> None:
    world = given(pool(), scheme(), commits(scheme="S-1")).refuses(LaterEntryRests, reverses("scheme-agreed/1"))
    world.allows(reverses("commitment-made/1"), reverses("scheme-agreed/1"))
    world.refuses(SchemeAlreadyAgreed, scheme()).refuses(UnknownScheme, commits("C-2", scheme="S-1"))
    world.allows(reverses("pool-agreed/1"))


def test_every_partner_of_the_pool_is_asked_about_its_schemes_where_the_table_says_so() -> None:
    asked = [rule(f"scheme-{what}/1", "named-parties") for what in ("agreed", "ended")]
    world = given(partners(ICB, POLICE), pool(COUNCIL, ICB), scheme(), table=asked)
    world.refuses(UnknownScheme, ends()).allows(approves(ICB_CFO), ends())
    assert not world.book.pools.schemes["S-1"].ended
    world.allows(approves(ICB_CFO)).refuses(SchemeIsEnded, ends())


# -- varying ------------------------------------------------------------------------------------


def test_a_variation_replaces_the_end_and_how_the_pool_shares() -> None:
    world = given(partners(ICB), pool(COUNCIL, ICB)).refuses(UnknownPool, varies_the_pool(pool="P-9"))
    world.refuses(NotYourOrganisation, varies_the_pool(by=ICB_CFO))
    world.refuses(PoolTermsWrong, varies_the_pool(until="2026-03-31"), because="before it starts")
    world.allows(with_the_board(varies_the_pool(until="2027-03-31")))
    world.refuses(YearOutsidePool, commits("C-1", line(year="2027-28")), because="to 2027-03-31")
    world.allows(with_the_board(varies_the_pool()), commits("C-1", line(year="2040-41")))
    world.allows(with_the_board(reverses("pool-varied/1"))).refuses(
        YearOutsidePool, commits("C-2", line(year="2027-28"))
    )
    world.allows(with_the_board(reverses("pool-varied/1", number=1)), commits("C-2", line(year="2027-28")))
    world.allows(closes()).refuses(PoolIsClosed, varies_the_pool())


def test_an_older_variation_is_taken_back_from_under_a_newer_one() -> None:
    world = given(pool(), varies_the_pool(until="2027-03-31"), varies_the_pool(until="2028-03-31"))
    world.allows(reverses("pool-varied/1", number=1))
    assert str(world.book.pools.get("prevention").until) == "2028-03-31"
    world.allows(reverses("pool-varied/1"))
    assert str(world.book.pools.get("prevention").until) == "2029-03-31"
    world.allows(reverses("pool-agreed/1"))


HALF = [{"partner": COUNCIL, "share": "50"}, {"partner": ICB, "share": "50"}]
SHARES = [
    ({"draws": HALF[:1]}, "the parts of drawing do not add up"),
    ({"draws": [{"partner": COUNCIL}, {"partner": ICB}]}, "the parts of drawing do not add up"),
    ({"draws": [HALF[0], HALF[0]]}, f"drawing names {COUNCIL} twice"),
    ({"draws": [HALF[0], {"partner": POLICE, "share": "50"}]}, f"drawing names {POLICE}, who is no partner"),
    ({"draws": [HALF[0], {**HALF[1], "cap": "1.00"}]}, "has a cap"),
    ({"risk_share": [{"bearers": []}]}, "step 1 names nobody"),
    ({"risk_share": [{"bearers": HALF}, {"bearers": HALF[:1]}]}, "the parts of step 2 do not add up"),
    ({"risk_share": [{"bearers": [HALF[0], {"partner": ICB}]}]}, "the parts of step 1 do not add up"),
    ({"risk_share": [{"bearers": [{"partner": POLICE}]}]}, f"step 1 names {POLICE}, who is no partner"),
]


@pytest.mark.parametrize(("shared", "because"), SHARES, ids=[because for _, because in SHARES])
def test_parts_name_partners_once_and_add_up(shared: dict[str, Any], because: str) -> None:
    world = given(partners(ICB, POLICE)).refuses(SharesWrong, pool(COUNCIL, ICB, **shared), because=because)
    world.allows(pool(COUNCIL, ICB)).refuses(SharesWrong, varies_the_pool(**shared), because=because)


def test_every_fault_of_the_shares_is_named_at_once() -> None:
    wrong = pool(COUNCIL, draws=HALF, risk_share=[{"bearers": []}])
    given(partners(ICB)).refuses(SharesWrong, wrong, because=f"names {ICB}, who is no partner; step 1 names nobody")


def test_a_scheme_is_varied_by_the_host_for_bodies_and_outcomes_that_there_are() -> None:
    world = given(partners(ICB, POLICE), pool(COUNCIL, ICB)).refuses(UnknownScheme, varies_the_scheme())
    world.allows(scheme(budget="90.00")).refuses(NotYourOrganisation, varies_the_scheme(by=ICB_CFO))
    world.refuses(NotAPartner, varies_the_scheme(lead=POLICE)).refuses(
        UnknownOutcome, varies_the_scheme(outcomes=["O-1"])
    )
    world.refuses(UnknownOrganisation, varies_the_scheme(delivered_by="GB-EXAMPLE-NOBODY"))
    expected = [{"outcome": "O-1", "units": 12, "by_when": "2027-03-31"}]
    world.refuses(UnknownOutcome, varies_the_scheme(expects=expected))
    world.allows(defines(), with_the_board(varies_the_scheme(lead=ICB, expects=expected, budget="80.00")))
    held = world.book.pools.scheme("S-1")
    assert (str(held.budget), held.now.lead, held.now.expects[0].units) == ("80.00", ICB, 12)
    world.refuses(LaterEntryRests, reverses("outcome-defined/1"), reverses("scheme-agreed/1"))
    world.allows(with_the_board(reverses("scheme-varied/1")))
    assert str(world.book.pools.scheme("S-1").budget) == "90.00"
    world.allows(ends()).refuses(SchemeIsEnded, varies_the_scheme())


def test_every_partner_is_asked_about_a_variation_whatever_the_table_says() -> None:
    world = given(partners(ICB), pool(COUNCIL, ICB), scheme(budget="90.00"))
    world.allows(varies_the_pool(until="2027-03-31"), varies_the_scheme())
    assert str(world.book.pools.get("prevention").until) == "2029-03-31"
    world.allows(approves(ICB_CFO, of="pool-varied/1"), approves(ICB_CFO, of="scheme-varied/1"))
    assert str(world.book.pools.get("prevention").until) == "2027-03-31"
    assert world.book.pools.scheme("S-1").budget is None
