"""Contributions: instalments of a commitment fall due within it, are paid, arrive, and go back."""

from __future__ import annotations

from typing import Any

from ledger.errors import (
    AboveLimit,
    CommitmentIsWithdrawn,
    ContributionAlreadyDue,
    InstalmentsExceed,
    LaterEntryRests,
    NotAPartner,
    NotAwardedTo,
    NothingCommitted,
    NothingToReturn,
    NotTranscribable,
    NotYourOrganisation,
    PassThroughDiffers,
    PoolIsClosed,
    PowerMissing,
    UnknownCommitment,
    UnknownContribution,
    UnknownGrant,
    UnknownOrganisation,
    UnknownPool,
    YearOutsideGrant,
    YearOutsidePool,
)
from tests.rules import (
    CHARITY,
    CHARITY_CFO,
    CLERK,
    DEPUTY,
    ICB_CFO,
    POLICE_CFO,
    S151,
    admits,
    appoints,
    approves,
    closes,
    commits,
    confirms,
    given,
    partners,
    pool,
    reverses,
    says,
    transcribes,
    varies,
    withdraws,
)
from tests.rules.paying import BODIES, ICB_PAYS, contract, quotes
from tests.story import COUNCIL, ICB, POLICE, Telling, World, line


def instalment(reference: str = "I-1", amount: str = "25000.00", **more: Any) -> dict[str, Any]:
    """An instalment of the first commitment."""
    where = {"year": "2026-27", "category": "resource", "accounts_as": "revenue", "due_on": "2026-07-01"}
    return {"contribution": reference, "commitment": "C-1", "amount": amount, **where, **more}


def falls_due(reference: str = "I-1", amount: str = "25000.00", by: str = S151, **more: Any) -> Telling:
    """An instalment falls due."""
    return says("contribution-due/1", instalment(reference, amount, **more), by)


def pays_in(reference: str = "I-1", amount: str = "25000.00", by: str = ICB_PAYS) -> Telling:
    """The funder paid it."""
    return says("contribution-paid/1", {"contribution": reference, "amount": amount}, by)


def receives(reference: str = "I-1", amount: str = "25000.00", by: str = S151) -> Telling:
    """The host has it."""
    return says("contribution-received/1", {"contribution": reference, "amount": amount}, by)


def gives_back(reference: str = "I-1", amount: str = "25000.00", by: str = S151) -> Telling:
    """The host returns it."""
    body = {"contribution": reference, "amount": amount}
    return says("contribution-returned/1", body, by, sealed={"reason": "Paid twice."})


def lends(reference: str = "R-1", value: str = "900.00", by: str = ICB_CFO, **more: Any) -> Telling:
    """The funder gives staff."""
    body = {"contribution": reference, "commitment": "C-1", "year": "2026-27", "what": "A nurse", "method": "Pay scale"}
    return says("contribution-in-kind/1", {**body, "value": value, **more}, by)


def committed(*lines: dict[str, Any]) -> World:
    """The board has committed GBP 100,000 to a pool that the council hosts."""
    world = given(partners(ICB, POLICE), appoints(ICB_PAYS, ["pay"], by=ICB_CFO), pool(COUNCIL, ICB, POLICE))
    return world.given(commits("C-1", *(lines or [line("100000.00")]), by=ICB_CFO))


def cash(world: World, reference: str = "I-1") -> tuple[int, int, int]:
    """What was paid, received and returned, in pence."""
    held = world.book.contributions.get(reference)
    return held.paid, held.received, held.returned


# -- falling due --------------------------------------------------------------------------------


def test_instalments_add_up_to_the_commitment_and_no_penny_more() -> None:
    world = committed().allows(*(falls_due(f"I-{number}") for number in range(1, 4)))
    world.refuses(InstalmentsExceed, falls_due("I-4", "25000.01"), because="75000.00 is due already")
    world.allows(falls_due("I-4")).refuses(InstalmentsExceed, falls_due("I-5", "0.01"))
    world.allows(reverses("contribution-due/1"), falls_due("I-5"))
    assert world.book.contributions.all_due("C-1") == 100_000_00


def test_an_instalment_settles_a_line_of_the_profile() -> None:
    world = committed(line("100.00"), line("50.00", accounts_as="capital"), line("10.00", "2027-28"))
    world.refuses(NothingCommitted, falls_due(year="2028-29"), falls_due(category="capital"), falls_due("I-1", "0.00"))
    world.refuses(InstalmentsExceed, falls_due("I-1", "50.01", accounts_as="capital"))
    world.allows(falls_due("I-1", "50.00", accounts_as="capital"), falls_due("I-2", "100.00"))
    world.allows(falls_due("I-3", "10.00", year="2027-28"))


def test_the_host_or_the_funder_says_what_is_due() -> None:
    world = committed().refuses(NotYourOrganisation, falls_due(by=POLICE_CFO))
    world.allows(falls_due("I-1", by=ICB_CFO), falls_due("I-2", by=S151))


def test_a_reference_is_used_once_even_where_it_was_reversed() -> None:
    world = committed().allows(falls_due()).refuses(ContributionAlreadyDue, falls_due(), lends("I-1"))
    world.allows(reverses("contribution-due/1")).refuses(ContributionAlreadyDue, falls_due(), lends("I-1"))


def test_something_is_due_only_of_a_commitment_in_effect_to_an_open_pool() -> None:
    given(pool()).refuses(UnknownCommitment, falls_due())
    committed().allows(withdraws(by=ICB_CFO)).refuses(CommitmentIsWithdrawn, falls_due(), lends())
    committed().allows(closes()).refuses(PoolIsClosed, falls_due())
    under_contract = commits("C-1", pool=None, contract="K-1", by=ICB_CFO)
    given(*BODIES, contract(), under_contract).refuses(UnknownPool, falls_due(by=ICB_CFO))


def test_what_a_source_says_is_committed_falls_due_only_once_it_is_confirmed() -> None:
    world = given(partners(ICB), pool(COUNCIL, ICB), transcribes("C-1", funder=ICB))
    world.refuses(UnknownCommitment, falls_due("I-1", "1.00")).allows(confirms(ICB_CFO), falls_due("I-1", "1.00"))
    world.refuses(NotTranscribable, quotes("contribution-due/1", instalment("I-2")))


# -- cash ---------------------------------------------------------------------------------------


def test_the_two_sides_of_a_payment_are_told_by_the_two_bodies() -> None:
    world = committed().allows(falls_due())
    world.refuses(NotYourOrganisation, receives(by=ICB_CFO))
    world.allows(appoints(DEPUTY, ["pay"])).refuses(NotYourOrganisation, pays_in(by=DEPUTY))
    world.refuses(PowerMissing, pays_in(by=ICB_CFO)).refuses(UnknownContribution, pays_in("I-2"), receives("I-2"))
    world.refuses(NothingCommitted, pays_in("I-1", "0.00"), receives("I-1", "0.00"))
    world.allows(pays_in("I-1", "25000.00"), receives("I-1", "24999.00"), receives("I-1", "0.50"))
    assert cash(world) == (25_000_00, 24_999_50, 0), "where the two sides differ both are kept"


def test_no_more_goes_back_than_came() -> None:
    world = committed().allows(falls_due(), receives("I-1", "100.00")).refuses(UnknownContribution, gives_back("I-9"))
    world.refuses(NotYourOrganisation, gives_back("I-1", "1.00", by=ICB_CFO))
    world.refuses(NothingToReturn, gives_back("I-1", "100.01"), gives_back("I-1", "0.00"))
    world.allows(gives_back("I-1", "60.00")).refuses(NothingToReturn, gives_back("I-1", "40.01"))
    world.refuses(NothingToReturn, reverses("contribution-received/1"))
    world.allows(reverses("contribution-returned/1"), reverses("contribution-received/1"))
    assert cash(world) == (0, 0, 0)


def test_an_instalment_is_reversed_only_after_what_was_paid_on_it() -> None:
    world = committed().allows(falls_due(), pays_in(), receives())
    world.refuses(LaterEntryRests, reverses("contribution-due/1"))
    world.allows(reverses("contribution-paid/1", by=ICB_PAYS), reverses("contribution-received/1"))
    world.allows(reverses("contribution-due/1")).refuses(UnknownContribution, pays_in(), receives())


# -- the commitment stays above what fell due ---------------------------------------------------


def test_a_commitment_is_not_cut_below_what_fell_due_of_it() -> None:
    world = committed().allows(varies("C-1", line("120000.00"), by=ICB_CFO), falls_due("I-1", "110000.00"))
    world.refuses(InstalmentsExceed, varies("C-1", line("109999.99"), by=ICB_CFO), withdraws(by=ICB_CFO))
    world.refuses(InstalmentsExceed, varies("C-1", line("200000.00", "2027-28"), by=ICB_CFO))
    world.refuses(InstalmentsExceed, reverses("commitment-varied/1", by=ICB_CFO))
    world.refuses(LaterEntryRests, reverses("commitment-made/1", by=ICB_CFO))
    world.allows(varies("C-1", line("110000.00"), by=ICB_CFO), reverses("commitment-varied/1", by=ICB_CFO))
    raised = reverses("commitment-varied/1", by=ICB_CFO, number=1)
    world.refuses(LaterEntryRests, reverses("commitment-made/1", by=ICB_CFO)).refuses(InstalmentsExceed, raised)
    world.allows(reverses("contribution-due/1"), raised, withdraws(by=ICB_CFO))


# -- in kind ------------------------------------------------------------------------------------


def test_what_is_given_in_kind_stands_beside_the_cash() -> None:
    world = committed().allows(lends(), falls_due("I-1", "100000.00"))
    assert world.book.contributions.all_due("C-1") == 100_000_00
    world.refuses(NotYourOrganisation, lends("R-2", by=S151)).refuses(NothingCommitted, lends("R-2", "0.00"))
    world.refuses(UnknownCommitment, lends("R-2", commitment="C-9")).refuses(UnknownContribution, receives("R-1"))
    world.refuses(ContributionAlreadyDue, lends()).allows(reverses("contribution-in-kind/1", by=ICB_CFO))
    world.refuses(ContributionAlreadyDue, lends())


def test_what_is_given_in_kind_is_within_the_limit_of_who_signs() -> None:
    small = appoints(f"{ICB}/clerk", ["commit", "pay"], by=ICB_CFO, limit="500.00")
    world = committed().allows(small, falls_due()).refuses(AboveLimit, lends(value="500.01", by=f"{ICB}/clerk"))
    world.refuses(AboveLimit, pays_in("I-1", "500.01", by=f"{ICB}/clerk"))
    world.allows(lends(value="500.00", by=f"{ICB}/clerk"), pays_in("I-1", "500.00", by=f"{ICB}/clerk"))


def test_saying_what_is_due_is_a_power_of_its_own() -> None:
    committed().allows(appoints(CLERK, ["commit", "pay"])).refuses(PowerMissing, falls_due(by=CLERK))


# -- positions at a year's end ------------------------------------------------------------------


def agrees_a_position(by: str = S151, other: str = ICB, **more: Any) -> Telling:
    """What two partners of the pool owe each other at a year's end."""
    sums = {"debtor": "10.00", "creditor": "0.00", "income": "400.00", "expenditure": "0.00", "difference": "0.00"}
    body = {"organisation": by.partition("/")[0], "other": other, "pool": "prevention", "year": "2026-27", **sums}
    return says("position-agreed/1", {**body, **more}, by)


def standings(world: World) -> list[str]:
    """What became of the newest entry."""
    return [effect.standing for effect in world.effects if effect.event.kind == "position-agreed/1"]


def test_a_position_waits_for_the_other_body() -> None:
    world = committed().allows(agrees_a_position())
    assert standings(world) == ["waiting"]
    assert standings(world.allows(approves(ICB_CFO))) == ["waiting", "effective"]
    assert standings(world.allows(reverses("position-agreed/1"))) == ["waiting", "effective"], "so does its reversal"
    assert standings(world.allows(approves(ICB_CFO))) == ["waiting", "effective", "reversed"]


def test_a_position_is_between_two_partners_of_the_pool_for_one_of_its_years() -> None:
    world = committed().allows(admits(CHARITY, ICB_CFO, POLICE_CFO))
    world.refuses(UnknownPool, agrees_a_position(pool="P-9"))
    world.refuses(NotYourOrganisation, agrees_a_position(organisation=ICB, other=COUNCIL))
    world.refuses(NotAPartner, agrees_a_position(other=COUNCIL), agrees_a_position(other=CHARITY))
    world.refuses(NotAPartner, agrees_a_position(by=CHARITY_CFO, other=COUNCIL))
    world.refuses(YearOutsidePool, agrees_a_position(year="2029-30")).allows(agrees_a_position(ICB_CFO, POLICE))


# -- passing a grant on -------------------------------------------------------------------------


def passes_on(amount: str = "600.00", by: str = ICB_PAYS, to: str = COUNCIL, **more: Any) -> Telling:
    """A body passes grant money on."""
    return says("pass-through-made/1", {"grant": "G-1", "to": to, "year": "2026-27", "amount": amount, **more}, by)


def granted(**more: Any) -> World:
    """The council gives the care board a grant of 1,000.00 for 2026-27."""
    from tests.rules.test_grants import gives

    return committed().given(gives(by=S151, to=ICB, conditions=[], **more))


def test_no_more_of_a_grant_is_passed_on_than_it_gives_in_the_year() -> None:
    world = granted().allows(passes_on("600.00")).refuses(PassThroughDiffers, passes_on("400.01"))
    world.refuses(YearOutsideGrant, passes_on("1.00", year="2027-28")).allows(passes_on("400.00", to=POLICE))
    world.refuses(PassThroughDiffers, passes_on("0.01")).allows(reverses("pass-through-made/1", by=ICB_PAYS))
    world.allows(passes_on("400.00")).refuses(LaterEntryRests, reverses("grant-conditions-recorded/1"))


def test_what_is_kept_of_it_rests_on_what_the_other_body_agreed() -> None:
    agreed = "Agreed at the partnership board of May"
    world = granted().refuses(PassThroughDiffers, passes_on(kept="1.00"), passes_on(exception=agreed))
    world.refuses(PassThroughDiffers, passes_on("600.00", kept="400.01", exception=agreed))
    world.refuses(NothingCommitted, passes_on("0.00"))
    world.allows(passes_on("600.00", kept="400.00", exception=agreed))


def test_the_body_that_has_the_grant_passes_it_on_and_to_whom_the_grant_says() -> None:
    world = granted(pass_through=POLICE).refuses(NotAwardedTo, passes_on(), passes_on(to=ICB))
    world.allows(appoints(DEPUTY, ["pay"])).refuses(NotYourOrganisation, passes_on(to=POLICE, by=DEPUTY))
    world.refuses(UnknownGrant, passes_on(grant="G-9", to=POLICE)).refuses(PowerMissing, passes_on(by=ICB_CFO))
    world.refuses(UnknownOrganisation, passes_on(to="GB-EXAMPLE-NOBODY")).allows(passes_on(to=POLICE))
    granted().refuses(NotAwardedTo, passes_on(to=ICB), because="another body")


def test_what_is_passed_on_is_within_the_limit_of_who_signs() -> None:
    small = appoints(f"{ICB}/clerk", ["pay"], by=ICB_CFO, limit="500.00")
    world = granted().allows(small).refuses(AboveLimit, passes_on("500.01", by=f"{ICB}/clerk"))
    world.allows(passes_on("500.00", by=f"{ICB}/clerk"))
