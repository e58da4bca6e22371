"""Assurance: a body assesses what is there, and relies on another that it gave money to."""

from __future__ import annotations

from typing import Any

from ledger.errors import (
    LaterEntryRests,
    NotAwardedTo,
    NotOneThing,
    NotYourOrganisation,
    PowerMissing,
    UnknownContract,
    UnknownGrant,
    UnknownOrganisation,
    UnknownOutcome,
    UnknownPool,
    UnknownScheme,
    UnknownSettlement,
)
from tests.rules import (
    CHARITY,
    CLERK,
    ICB_CFO,
    S151,
    appoints,
    confirms,
    given,
    partners,
    pool,
    reverses,
    says,
    scheme,
)
from tests.rules.paying import agreement, quotes
from tests.rules.test_grants import gives, grant
from tests.rules.test_outcomes import SCHOOL, defines
from tests.rules.test_settlements import DEPARTMENT, FINANCE, awards, settlement
from tests.story import COUNCIL, ICB, Telling, World


def assesses(by: str = S151, **more: Any) -> Telling:
    """The council's answerable officer judges the pool, unless something else is named."""
    tests = dict.fromkeys(("regularity", "propriety", "value_for_money", "feasibility"), "met")
    about = {"pool": "prevention"} if not {"pool", "scheme", "contract"} & set(more) else {}
    return says("answerable-officer-assessed/1", {"organisation": COUNCIL, **about, **tests, **more}, by)


def reliance(by: str, on: str = COUNCIL) -> dict[str, Any]:
    """What one body relies on for another."""
    what = {"assurance": "audit-opinion", "source": "The auditor, November 2027", "year": "2026-27"}
    return {"by": by, "on": on, **what}


def relies(by: str = FINANCE, on: str = COUNCIL, **more: Any) -> Telling:
    """A body relies on the assurance over another."""
    return says("reliance-placed/1", {**reliance(by.split("/", 1)[0], on), **more}, by)


def funded(*tellings: Telling) -> World:
    """A ledger in which a department awarded and granted money to the council."""
    return given(partners(DEPARTMENT, ICB, CHARITY), awards(), gives(), *tellings)


# -- assessing ----------------------------------------------------------------------------------


def test_one_thing_is_assessed_and_it_is_there() -> None:
    world = given(partners(ICB, CHARITY)).refuses(UnknownPool, assesses()).allows(pool(), scheme())
    world.refuses(NotOneThing, assesses(pool="prevention", scheme="S-1"), assesses(pool=None))
    world.refuses(UnknownScheme, assesses(scheme="S-2")).refuses(UnknownContract, assesses(contract="K-1"))
    world.allows(assesses(), assesses(scheme="S-1"), quotes("contract-agreed/1", agreement()), assesses(contract="K-1"))


def test_a_body_assesses_for_itself_by_its_lead() -> None:
    world = given(partners(ICB), pool(COUNCIL), appoints(CLERK, ["agree"]))
    world.refuses(NotYourOrganisation, assesses(by=ICB_CFO)).refuses(PowerMissing, assesses(by=CLERK))
    world.allows(assesses(by=ICB_CFO, organisation=ICB))


def test_the_outcome_that_is_expected_is_defined_or_transcribed() -> None:
    expected = {"outcome": "O-1", "units": 400, "unit_cost": "1250.00", "by_when": "2028-03-31"}
    given(pool()).refuses(UnknownOutcome, assesses(**expected)).allows(defines(), assesses(**expected))
    given(pool(), quotes("outcome-defined/1", SCHOOL)).allows(assesses(**expected))


def test_what_was_assessed_is_not_reversed_before_the_assessment() -> None:
    world = given(pool(), assesses()).refuses(LaterEntryRests, reverses("pool-agreed/1"))
    world.allows(reverses("answerable-officer-assessed/1"), reverses("pool-agreed/1"))


# -- relying ------------------------------------------------------------------------------------


def test_a_body_relies_for_one_settlement_or_grant_that_is_there() -> None:
    world = funded().refuses(NotOneThing, relies(), relies(settlement="S-1", grant="G-1"))
    world.refuses(UnknownSettlement, relies(settlement="S-2")).refuses(UnknownGrant, relies(grant="G-2"))
    world.allows(relies(settlement="S-1"), relies(grant="G-1"))
    world.refuses(LaterEntryRests, reverses("settlement-awarded/1", by=FINANCE))
    world.allows(reverses("reliance-placed/1", by=FINANCE, number=1), reverses("settlement-awarded/1", by=FINANCE))


def test_whoever_gave_the_money_relies_on_whoever_has_it() -> None:
    another = says("reliance-placed/1", {**reliance(DEPARTMENT), "settlement": "S-1"}, S151)
    world = funded().refuses(NotYourOrganisation, another)
    world.refuses(NotAwardedTo, relies(by=ICB_CFO, settlement="S-1"), relies(by=ICB_CFO, grant="G-1"))
    world.refuses(NotAwardedTo, relies(on=ICB, settlement="S-1"), relies(on=CHARITY, grant="G-1"))
    world.refuses(UnknownOrganisation, relies(on="GB-NO-BODY", settlement="S-1"))


def test_money_that_only_a_source_states_can_be_named() -> None:
    world = given(partners(DEPARTMENT), quotes("settlement-awarded/1", settlement()))
    world.allows(quotes("grant-conditions-recorded/1", grant()), relies(settlement="S-1"), relies(grant="G-1"))
    world.allows(confirms(FINANCE, of="grant-conditions-recorded/1"))
