"""Settlements: awarded once by a department, allocated within their sum; bids, control totals and budgets."""

from __future__ import annotations

from typing import Any

from ledger.errors import (
    AboveLimit,
    DayOutsideYear,
    DecisionMissing,
    LaterEntryRests,
    NotAwardedTo,
    NothingCommitted,
    NotOneThing,
    NotTranscribable,
    NotYourOrganisation,
    PowerMissing,
    PreventionUnexplained,
    ReferenceReserved,
    SettlementAlreadyAwarded,
    SettlementExceeded,
    UnknownOrganisation,
    UnknownScheme,
    UnknownSettlement,
    YearRepeated,
)
from tests.rules import (
    CLERK,
    DEPUTY,
    ICB_CFO,
    S151,
    appoints,
    commits,
    confirms,
    ends,
    given,
    partners,
    pool,
    reverses,
    says,
    scheme,
    takes_back,
    transcribes,
)
from tests.rules.paying import quotes
from tests.story import COUNCIL, ICB, ORIGIN, Telling, World, line

DEPARTMENT = "GB-EXAMPLE-DEPARTMENT"
FINANCE = f"{DEPARTMENT}/cfo"


def settlement(reference: str = "S-1", *lines: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The body of a settlement: a thousand pounds to the council in 2026-27."""
    return {
        "settlement": reference,
        "department": DEPARTMENT,
        "to": COUNCIL,
        "name": "Public health",
        "profile": list(lines) or [line("1000.00")],
        "award": "formula",
        "sort": "new",
        "authority": "Main Estimate, line B12",
        "restriction": "ring-fenced",
        **more,
    }


def awards(reference: str = "S-1", *lines: dict[str, Any], by: str = FINANCE, **more: Any) -> Telling:
    """A department awards money."""
    body = {"department": by.split("/", 1)[0], **more}
    return says("settlement-awarded/1", settlement(reference, *lines, **body), by)


def allocates(amount: str, reference: str = "S-1", by: str = FINANCE) -> Telling:
    """A fund above places is named for a part of it."""
    there = {"counterpart": ORIGIN, "counterpart_entry": 412}
    return says("fund-allocated/1", {"settlement": reference, "fund": "Prevention", "amount": amount, **there}, by)


def bids(by: str = S151, **more: Any) -> Telling:
    """The council bids for money."""
    body = {"bid": "Youth hubs", "organisation": COUNCIL, "to": DEPARTMENT, "amount": "1500.00", "state": "submitted"}
    return says("bid-recorded/1", {**body, **more}, by)


def totals(by: str = FINANCE, **more: Any) -> Telling:
    """The most that the council may spend."""
    body = {"set_by": by.split("/", 1)[0], "organisation": COUNCIL, "year": "2026-27", "category": "resource"}
    return says("control-total-set/1", {**body, "amount": "900.00", "authority": "Spending review", **more}, by)


def budgets(by: str = S151, decision: str | None = "Council 2026/3", **more: Any) -> Telling:
    """What the council means to spend on a service, unless the service is None."""
    body = {
        "organisation": COUNCIL,
        "service": "Family hubs",
        "year": "2026-27",
        "category": "resource",
        "amount": "400.00",
    }
    told = {name: value for name, value in {**body, **more}.items() if value is not None}
    return says("budget-set/1", told, by, decision=decision)


def awarded(*tellings: Telling) -> World:
    """A ledger in which a department awarded the settlement to the council, and the care board looks on."""
    return given(partners(DEPARTMENT, ICB), awards(), *tellings)


# -- awarding -----------------------------------------------------------------------------------


def test_a_settlement_is_awarded_once_even_where_it_was_reversed() -> None:
    world = awarded().refuses(SettlementAlreadyAwarded, awards()).allows(reverses("settlement-awarded/1", by=FINANCE))
    world.refuses(SettlementAlreadyAwarded, awards()).refuses(UnknownSettlement, allocates("1.00")).allows(
        awards("S-2")
    )


def test_the_department_awards_it_to_a_body_that_is_in_the_register() -> None:
    world = given(partners(DEPARTMENT)).refuses(UnknownOrganisation, awards(to=ICB), awards(department="GB-NO-BODY"))
    world.refuses(NotYourOrganisation, awards(by=S151, department=DEPARTMENT)).allows(awards())


def test_its_profile_holds_together_as_that_of_a_commitment() -> None:
    world = given(partners(DEPARTMENT)).refuses(NothingCommitted, awards("S-1", line("0.00")), awards(profile=[]))
    world.refuses(YearRepeated, awards("S-1", line(), line()))
    world.refuses(PreventionUnexplained, awards("S-1", line(category="prevention")))


def test_it_is_awarded_within_the_limit_for_its_whole_life() -> None:
    world = given(partners(DEPARTMENT), appoints(f"{DEPARTMENT}/clerk", ["agree"], by=FINANCE))
    world.allows(appoints(f"{DEPARTMENT}/deputy", ["commit"], by=FINANCE, limit="1000.00"))
    deputy, clerk = f"{DEPARTMENT}/deputy", f"{DEPARTMENT}/clerk"
    two = line("600.00"), line("600.00", "2027-28")
    world.refuses(AboveLimit, awards("S-1", *two, by=deputy), totals(by=deputy, amount="1000.01"))
    world.refuses(PowerMissing, awards(by=clerk)).allows(awards(by=deputy))
    world.allows(awards("S-2", *two)).refuses(AboveLimit, allocates("1000.01", "S-2", by=deputy))
    world.refuses(AboveLimit, reverses("settlement-awarded/1", by=deputy))


def test_a_settlement_is_not_reversed_while_anything_names_it() -> None:
    world = awarded(allocates("1.00")).refuses(LaterEntryRests, reverses("settlement-awarded/1", by=FINANCE))
    world.allows(reverses("fund-allocated/1", by=FINANCE), reverses("settlement-awarded/1", by=FINANCE))


# -- allocating ---------------------------------------------------------------------------------


def test_no_more_is_allocated_than_was_awarded() -> None:
    world = awarded(allocates("600.00")).refuses(SettlementExceeded, allocates("400.01"))
    world.refuses(NothingCommitted, allocates("0.00")).refuses(NotYourOrganisation, allocates("1.00", by=S151))
    world.allows(allocates("400.00")).refuses(SettlementExceeded, allocates("0.01"))
    world.allows(reverses("fund-allocated/1", by=FINANCE, number=1), allocates("600.00"))
    assert world.book.settlements.get("S-1").left == 0


# -- bidding ------------------------------------------------------------------------------------


def test_a_body_says_for_itself_what_it_bid_for_and_how_that_stands() -> None:
    world = awarded().refuses(NotYourOrganisation, bids(by=ICB_CFO)).refuses(UnknownOrganisation, bids(to="GB-NO-BODY"))
    world.allows(bids(cost="85.00"), bids(state="lost"), reverses("bid-recorded/1"))


def test_a_bid_names_the_settlement_that_it_won_from_whoever_decided() -> None:
    world = awarded().refuses(UnknownSettlement, bids(state="won", settlement="S-2"))
    world.refuses(NotAwardedTo, bids(settlement="S-1"), bids(state="lost", settlement="S-1"))
    world.refuses(NotAwardedTo, bids(by=ICB_CFO, organisation=ICB, state="won", settlement="S-1"))
    world.refuses(NotAwardedTo, bids(to=ICB, state="won", settlement="S-1")).allows(bids(state="won", settlement="S-1"))
    world.refuses(LaterEntryRests, reverses("settlement-awarded/1", by=FINANCE))


# -- control totals and budgets -----------------------------------------------------------------


def test_whoever_sets_a_control_total_says_so() -> None:
    world = awarded().refuses(NotYourOrganisation, totals(set_by=ICB))
    world.refuses(UnknownOrganisation, totals(organisation="GB-NO-BODY"))
    world.allows(totals(), totals(amount="0.00"), reverses("control-total-set/1", by=FINANCE))


def test_a_budget_is_for_a_service_or_for_a_scheme() -> None:
    world = awarded(pool(), scheme()).refuses(NotOneThing, budgets(scheme="S-1"), budgets(service=None))
    world.refuses(UnknownScheme, budgets(service=None, scheme="S-2"))
    world.allows(budgets(), budgets(service=None, scheme="S-1"))
    world.refuses(LaterEntryRests, reverses("scheme-agreed/1"))


def test_what_was_meant_for_a_scheme_that_ended_can_still_be_recorded() -> None:
    awarded(pool(), scheme(), ends()).allows(budgets(service=None, scheme="S-1"))


def test_a_body_sets_its_own_budget_by_a_decision_that_is_cited() -> None:
    world = awarded().refuses(NotYourOrganisation, budgets(by=ICB_CFO)).refuses(DecisionMissing, budgets(decision=None))
    world.allows(appoints(DEPUTY, ["commit"], limit="399.99")).refuses(AboveLimit, budgets(by=DEPUTY))


def test_a_budget_holds_from_a_day_of_its_year() -> None:
    world = awarded().refuses(DayOutsideYear, budgets(from_day="2026-03-31"), budgets(from_day="2027-04-01"))
    world.allows(budgets(from_day="2026-04-01"), budgets(from_day="2027-03-31"))


# -- transcribed --------------------------------------------------------------------------------


def test_a_source_may_say_what_was_awarded_and_the_department_confirms_it() -> None:
    world = given(partners(DEPARTMENT, ICB), quotes("settlement-awarded/1", settlement()))
    world.refuses(ReferenceReserved, awards(), quotes("settlement-awarded/1", settlement()))
    world.refuses(UnknownSettlement, allocates("1.00")).allows(bids(state="won", settlement="S-1"))
    world.refuses(LaterEntryRests, takes_back(S151, of="settlement-awarded/1"))
    world.allows(confirms(FINANCE, of="settlement-awarded/1"), allocates("1000.00"))
    world.refuses(SettlementAlreadyAwarded, quotes("settlement-awarded/1", settlement()))
    world.refuses(NotTranscribable, quotes("fund-allocated/1", allocation()))


def allocation() -> dict[str, Any]:
    return {
        "settlement": "S-1",
        "fund": "Prevention",
        "amount": "1.00",
        "counterpart": ORIGIN,
        "counterpart_entry": 412,
    }


def test_even_a_source_names_bodies_that_are_there_and_sums_that_hold() -> None:
    world = given(partners(DEPARTMENT))
    world.refuses(UnknownOrganisation, quotes("settlement-awarded/1", settlement(to=ICB)))
    world.refuses(NothingCommitted, quotes("settlement-awarded/1", settlement("S-1", line("0.00"))))


# -- commitments that name one ------------------------------------------------------------------


def test_a_commitment_names_a_settlement_that_was_awarded_to_its_funder() -> None:
    world = awarded(pool(COUNCIL, ICB)).refuses(UnknownSettlement, commits(settlement="S-2"))
    world.refuses(NotAwardedTo, commits(settlement="S-1", by=ICB_CFO)).allows(commits(settlement="S-1"))
    world.refuses(LaterEntryRests, reverses("settlement-awarded/1", by=FINANCE))


def test_a_commitment_may_name_a_settlement_that_only_a_source_states() -> None:
    world = given(partners(DEPARTMENT, ICB), pool(COUNCIL, ICB), appoints(CLERK, ["transcribe"]))
    world.refuses(UnknownSettlement, transcribes(settlement="S-1"))
    world.allows(quotes("settlement-awarded/1", settlement()))
    world.allows(commits(settlement="S-1"), transcribes("C-2", settlement="S-1", funder=ICB, by=CLERK))
    world.allows(confirms(FINANCE, of="settlement-awarded/1")).refuses(NotAwardedTo, confirms(ICB_CFO))
