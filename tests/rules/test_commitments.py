"""Commitments: made once to an open pool, by its funder, in years that the pool touches; changed, and ended."""

from __future__ import annotations

from typing import Any

import pytest

from ledger.errors import (
    AboveLimit,
    CommitmentAlreadyMade,
    CommitmentIsFirm,
    CommitmentIsWithdrawn,
    DecisionMissing,
    InstalmentsExceed,
    LaterEntryRests,
    LedgerError,
    NotAPartner,
    NotAPayer,
    NothingCommitted,
    NotYourOrganisation,
    PoolIsClosed,
    PreventionUnexplained,
    SchemeIsEnded,
    TotalChanged,
    UnknownCommitment,
    UnknownContract,
    UnknownOutcome,
    UnknownPool,
    UnknownScheme,
    YearOutsidePool,
    YearRepeated,
)
from ledger.rules.commitments import total
from tests.rules import (
    DEPUTY,
    ICB_CFO,
    POLICE_CFO,
    S151,
    appoints,
    approves,
    closes,
    commits,
    confirms,
    ends,
    firms,
    given,
    partners,
    pool,
    reverses,
    rule,
    says,
    scheme,
    takes_back,
    transcribes,
    varies,
    withdraws,
)
from tests.rules.paying import BODIES, agreement, contract, quotes, recontracts, terms
from tests.rules.test_outcomes import defines
from tests.story import COUNCIL, ICB, POLICE, Telling, World, line


def worth(world: World, reference: str = "C-1") -> int:
    """What a commitment is worth now, in pence."""
    return int(total(world.book.commitments.get(reference).now.profile))


# -- making -------------------------------------------------------------------------------------


def test_a_partner_commits_money_year_by_year() -> None:
    world = given(pool(), commits("C-1", line("25000.00"), line("30000.50", "2027-28")))
    assert worth(world) == 55_000_50


def test_a_commitment_needs_an_open_pool() -> None:
    given().refuses(UnknownPool, commits())
    given(pool(), closes()).refuses(PoolIsClosed, commits())


def test_the_same_reference_cannot_be_used_twice() -> None:
    given(pool(), commits()).refuses(CommitmentAlreadyMade, commits())


def test_a_reference_stays_used_after_its_commitment_was_withdrawn_or_reversed() -> None:
    given(pool(), commits(), withdraws()).refuses(CommitmentAlreadyMade, commits())
    given(pool(), commits(), reverses("commitment-made/1")).refuses(CommitmentAlreadyMade, commits())


def test_a_body_commits_its_own_money() -> None:
    given(partners(ICB), pool(COUNCIL, ICB)).refuses(NotYourOrganisation, commits(funder=ICB)).allows(
        commits(by=ICB_CFO)
    )


def test_only_a_partner_of_the_pool_commits_to_it() -> None:
    given(partners(ICB, POLICE), pool(COUNCIL, ICB)).refuses(NotAPartner, commits(by=POLICE_CFO))


def test_a_year_that_the_pool_does_not_touch_is_refused() -> None:
    given(pool()).refuses(YearOutsidePool, commits("C-1", line(), line(year="2029-30")), because="2029-30")
    given(pool()).refuses(YearOutsidePool, commits("C-1", line(year="2025-26")))


@pytest.mark.parametrize("year", ["9999-00", "0000-01"])
def test_a_year_beyond_the_calendar_is_refused_and_nothing_falls_over(year: str) -> None:
    world = given(pool(starts="0001-01-01"))
    with pytest.raises(LedgerError):
        commits("C-1", line(year=year))(world)


# -- the profile --------------------------------------------------------------------------------

WHY = {"level": "primary", "goal": "Fewer falls", "classification": "Demos 2024"}


def test_a_profile_commits_something_in_every_line() -> None:
    given(pool()).refuses(NothingCommitted, lambda world: world.say("commitment-made/1", _empty()))
    given(pool()).refuses(NothingCommitted, commits("C-1", line(), line("0.00", "2027-28")))
    with pytest.raises(NothingCommitted) as refused:
        given(pool(), commits("C-1", line("0.00")))
    assert "--line YEAR=AMOUNT" in refused.value.next_step


def _empty() -> dict[str, Any]:
    return {
        "commitment": "C-1",
        "funder": COUNCIL,
        "pool": "prevention",
        "profile": [],
        "strength": "firm",
        "payment_basis": "block",
    }


def test_one_line_stands_for_a_year_a_category_and_a_heading() -> None:
    given(pool()).refuses(YearRepeated, commits("C-1", line("1.00"), line("2.00")))
    given(pool()).allows(
        commits(
            "C-1",
            line(),
            line(category="capital"),
            line(accounts_as="capital"),
            line(category="prevention", prevention=WHY),
        )
    )


def test_prevention_is_explained_and_nothing_else_is() -> None:
    given(pool()).refuses(
        PreventionUnexplained, commits("C-1", line(category="prevention")), commits("C-1", line(prevention=WHY))
    )


# -- firming ------------------------------------------------------------------------------------


def test_a_commitment_becomes_firm_once() -> None:
    world = given(pool(), commits(strength="subject-to-budget"), firms()).refuses(CommitmentIsFirm, firms())
    assert world.book.commitments.get("C-1").now.strength == "firm"
    given(pool(), commits(strength="firm")).refuses(CommitmentIsFirm, firms())


def test_a_commitment_becomes_firm_by_a_decision_that_is_cited() -> None:
    given(pool(), commits(strength="indicative")).refuses(DecisionMissing, firms(decision=None))


# -- varying ------------------------------------------------------------------------------------


def test_a_variation_replaces_the_whole_profile() -> None:
    world = given(
        pool(), commits("C-1", line("100.00"), strength="indicative"), varies("C-1", line("60.00", "2027-28"))
    )
    assert worth(world) == 60_00
    assert world.book.commitments.get("C-1").now.strength == "indicative"


def test_a_variation_is_held_to_the_rules_of_a_commitment() -> None:
    world = given(pool(), commits())
    world.refuses(NothingCommitted, varies("C-1"), varies("C-1", line("0.00")))
    world.refuses(YearRepeated, varies("C-1", line(), line()))
    world.refuses(YearOutsidePool, varies("C-1", line(year="2029-30")))
    world.refuses(PreventionUnexplained, varies("C-1", line(category="prevention")))
    world.allows(closes()).refuses(PoolIsClosed, varies("C-1", line("1.00")), firms())


# -- withdrawing --------------------------------------------------------------------------------

ASKED = [rule("commitment-withdrawn/1", "second-officer", above="10000.00")]


def test_a_withdrawal_is_for_the_whole_that_it_takes_back() -> None:
    years = [line("6000.00", "2026-27"), line("6000.00", "2027-28")]
    world = given(pool(), appoints(DEPUTY, ["approve"]), commits("C-1", *years), withdraws(), table=ASKED)
    assert worth(world) == 12_000_00, "it waits for a second officer"
    world.allows(approves(DEPUTY)).refuses(CommitmentIsWithdrawn, withdraws())


def test_a_withdrawal_counts_what_the_newest_variation_left() -> None:
    small = given(pool(), commits("C-1", line("20000.00")), varies("C-1", line("10000.00")), withdraws(), table=ASKED)
    assert small.book.commitments.made["C-1"].now.withdrawn
    large = given(pool(), commits("C-1", line("10000.00")), varies("C-1", line("10000.01")), withdraws(), table=ASKED)
    assert worth(large) == 10_000_01


def test_a_withdrawal_needs_the_limit_that_a_reversal_needs() -> None:
    world = given(pool(), appoints(DEPUTY, ["commit"], limit="100.00"), commits("C-1", line("100.01")))
    world.refuses(AboveLimit, withdraws(by=DEPUTY), reverses("commitment-made/1", by=DEPUTY))
    world.allows(withdraws()).refuses(AboveLimit, reverses("commitment-withdrawn/1", by=DEPUTY))
    world.allows(reverses("commitment-withdrawn/1"), varies("C-1", line("100.00")), withdraws(by=DEPUTY))


# -- all changes --------------------------------------------------------------------------------

CHANGES = [
    pytest.param(lambda by: firms("C-1", by=by), id="firming"),
    pytest.param(lambda by: varies("C-1", line("1.00"), by=by), id="varying"),
    pytest.param(lambda by: withdraws("C-1", by=by), id="withdrawing"),
]


@pytest.mark.parametrize("change", CHANGES)
def test_only_what_is_committed_can_be_changed(change: Any) -> None:
    given(pool()).refuses(UnknownCommitment, change(f"{COUNCIL}/s151"))


@pytest.mark.parametrize("change", CHANGES)
def test_only_the_funder_changes_a_commitment(change: Any) -> None:
    committed = commits(strength="indicative")
    given(partners(ICB), pool(COUNCIL, ICB), committed).refuses(NotYourOrganisation, change(ICB_CFO))


@pytest.mark.parametrize("change", CHANGES)
def test_a_commitment_that_is_over_is_not_changed(change: Any) -> None:
    given(pool(), commits(strength="indicative"), withdraws()).refuses(CommitmentIsWithdrawn, change(f"{COUNCIL}/s151"))


@pytest.mark.parametrize("change", CHANGES)
def test_a_commitment_that_was_reversed_is_not_changed(change: Any) -> None:
    given(pool(), commits(strength="indicative"), reverses("commitment-made/1")).refuses(
        UnknownCommitment, change(f"{COUNCIL}/s151")
    )


def test_a_commitment_to_a_closed_pool_can_be_withdrawn_and_reversed() -> None:
    given(pool(), commits("C-1"), commits("C-2"), closes()).allows(withdraws("C-1"), reverses("commitment-made/1"))


# -- taking back, newest first ------------------------------------------------------------------


def test_changes_are_reversed_newest_first() -> None:
    world = given(pool(), commits("C-1", line("100.00"), strength="indicative"))
    world.allows(firms(), varies("C-1", line("60.00")), withdraws())
    world.refuses(LaterEntryRests, *(reverses(f"commitment-{kind}/1") for kind in ("made", "firmed", "varied")))
    world.allows(reverses("commitment-withdrawn/1"))
    assert worth(world) == 60_00
    world.allows(reverses("commitment-varied/1"))
    assert worth(world) == 100_00
    world.allows(reverses("commitment-firmed/1"))
    assert world.book.commitments.get("C-1").now.strength == "indicative"
    world.allows(reverses("commitment-made/1"))
    world.refuses(UnknownCommitment, firms())


def test_another_commitment_does_not_stand_in_the_way() -> None:
    given(pool(), commits("C-1"), commits("C-2"), varies("C-2", line("1.00"))).allows(
        reverses("commitment-made/1", number=1)
    )


# -- to a scheme --------------------------------------------------------------------------------


def test_money_for_one_scheme_is_committed_to_the_pool_that_it_is_part_of() -> None:
    world = given(pool(), pool(pool="other"), scheme()).refuses(UnknownScheme, commits(scheme="S-2"))
    world.refuses(UnknownScheme, commits(pool="other", scheme="S-1")).allows(commits(scheme="S-1"))
    quoted = transcribes("C-2", scheme="S-2"), transcribes("C-2", pool="other", scheme="S-1")
    world.refuses(UnknownScheme, *quoted).allows(transcribes("C-2", scheme="S-1"))
    world.allows(ends(), transcribes("C-3", scheme="S-1")).refuses(SchemeIsEnded, confirms(S151))


def test_an_ended_scheme_takes_no_more_money() -> None:
    world = given(pool(), scheme(), commits(scheme="S-1", strength="indicative"), ends())
    world.refuses(SchemeIsEnded, commits("C-2", scheme="S-1"), varies("C-1", line("9.00")), firms())
    world.allows(withdraws()).allows(reverses("commitment-withdrawn/1"), reverses("scheme-ended/1"), firms())


# -- to a contract ------------------------------------------------------------------------------


def under_contract(reference: str = "C-1", by: str = S151, **more: Any) -> Telling:
    """Money for an outcomes contract: a whole, unless years are named."""
    body = {"funder": by.split("/", 1)[0], "contract": "K-1", "strength": "firm", "payment_basis": "outcome"}
    return says("commitment-made/1", {"commitment": reference, **body, "whole": "900.00", **more}, by)


def test_a_payer_commits_a_whole_or_sums_by_year_to_its_contract() -> None:
    world = given(*BODIES).refuses(UnknownContract, under_contract()).allows(contract())
    world.refuses(NotAPayer, under_contract(by=POLICE_CFO)).allows(under_contract())
    world.allows(commits("C-2", line("5.00"), line("6.00", "2040-41"), pool=None, contract="K-1"))
    assert (world.book.commitments.get("C-1").now.total, worth(world, "C-2")) == (900_00, 11_00)
    world.refuses(LaterEntryRests, reverses("contract-agreed/1"))


def test_a_whole_stands_alone_and_only_under_a_contract() -> None:
    world = given(*BODIES, pool(), contract())
    world.refuses(NothingCommitted, under_contract(profile=[line()]), under_contract(whole="0.00"))
    world.refuses(NothingCommitted, under_contract(contract=None), under_contract(pool="prevention"))
    world.refuses(NothingCommitted, under_contract(contract=None, pool="prevention"))
    world.refuses(NothingCommitted, commits(pool=None), commits(contract="K-1"))
    world.allows(under_contract()).refuses(NothingCommitted, varies("C-1"))


def test_a_whole_is_varied_within_the_limit_of_who_signs() -> None:
    more = {"commitment": "C-1", "whole": "1000.00"}
    world = given(*BODIES, contract(), under_contract(), appoints(DEPUTY, ["commit"], limit="999.99"))
    raises = [says("commitment-varied/1", more, by, sealed={"reason": "Agreed."}) for by in (DEPUTY, S151)]
    world.refuses(AboveLimit, raises[0]).allows(raises[1])
    assert world.book.commitments.get("C-1").now.total == 1000_00
    world.allows(varies("C-1", line("7.00"))).allows(
        *(reverses("commitment-varied/1", number=number) for number in (0, 1))
    )
    assert world.book.commitments.get("C-1").now.total == 900_00


def test_whoever_was_ever_a_payer_may_commit() -> None:
    alone = terms(payers=[{"payer": COUNCIL, "share": "100"}])
    given(*BODIES, contract(), recontracts(alone)).allows(under_contract(by=ICB_CFO))


def test_a_commitment_to_a_contract_that_only_a_source_states() -> None:
    """Both exist, and neither counts; once both are confirmed every rule applies."""
    quoted = agreement("K-1", terms(payers=[{"payer": ICB, "share": "100"}]))
    world = given(*BODIES, quotes("contract-agreed/1", quoted))
    for reference, funder in (("C-1", COUNCIL), ("C-2", ICB)):
        world.allows(transcribes(reference, pool=None, contract="K-1", funder=funder))
    world.refuses(UnknownContract, transcribes("C-3", pool=None, contract="K-2"))
    world.refuses(LaterEntryRests, takes_back(S151, of="contract-agreed/1"))
    world.allows(confirms(S151, of="contract-agreed/1")).refuses(NotAPayer, confirms(S151, number=1))
    world.allows(confirms(ICB_CFO))
    assert (set(world.book.commitments.made), worth(world, "C-2")) == ({"C-2"}, 25_000_00)


def test_the_outcomes_that_a_commitment_names_are_defined_or_transcribed() -> None:
    world = given(pool()).refuses(UnknownOutcome, commits(outcomes=["O-1"]), transcribes("C-1", outcomes=["O-1"]))
    world.allows(defines(), commits(outcomes=["O-1"])).refuses(LaterEntryRests, reverses("outcome-defined/1"))


# -- over the years in another way ----------------------------------------------------------------


def respreads(reference: str, *lines: dict[str, Any], by: str = S151) -> Telling:
    """A commitment is spread over the years in another way."""
    body = {"commitment": reference, "profile": list(lines)}
    return says("commitment-reprofiled/1", body, by, sealed={"reason": "It starts later."})


def test_a_reprofile_moves_sums_between_years_and_keeps_the_whole() -> None:
    world = given(pool(), commits("C-1", line("60.00"), line("40.00", "2027-28")))
    world.refuses(TotalChanged, respreads("C-1", line("99.99"))).refuses(NothingCommitted, respreads("C-1"))
    world.refuses(YearOutsidePool, respreads("C-1", line("100.00", "2029-30")))
    world.refuses(YearRepeated, respreads("C-1", line("50.00"), line("50.00")))
    world.refuses(PreventionUnexplained, respreads("C-1", line("100.00", category="prevention")))
    world.allows(respreads("C-1", line("30.00"), line("70.00", "2027-28"))).refuses(
        LaterEntryRests, reverses("commitment-made/1")
    )
    assert [str(one.amount) for one in world.book.commitments.get("C-1").now.profile] == ["30.00", "70.00"]
    world.allows(reverses("commitment-reprofiled/1"))
    assert [str(one.amount) for one in world.book.commitments.get("C-1").now.profile] == ["60.00", "40.00"]


def test_a_reprofile_waits_for_each_partner_of_the_pool() -> None:
    world = given(partners(ICB, POLICE), pool(COUNCIL, ICB, POLICE), commits("C-1", line("60.00")))
    world.allows(respreads("C-1", line("60.00", "2027-28")), approves(ICB_CFO))
    assert world.book.commitments.get("C-1").now.profile[0].year == "2026-27"
    world.allows(approves(POLICE_CFO))
    assert world.book.commitments.get("C-1").now.profile[0].year == "2027-28"
    world.allows(reverses("commitment-reprofiled/1"), approves(ICB_CFO, of="entry-reversed/1"))
    assert world.book.commitments.get("C-1").now.profile[0].year == "2027-28"
    world.allows(approves(POLICE_CFO, of="entry-reversed/1"))
    assert world.book.commitments.get("C-1").now.profile[0].year == "2026-27"


def test_a_reprofile_stays_above_what_fell_due() -> None:
    from tests.rules.test_contributions import falls_due

    world = given(pool(), commits("C-1", line("60.00")), falls_due("I-1", "40.00"))
    world.refuses(InstalmentsExceed, respreads("C-1", line("39.99"), line("20.01", "2027-28")))
    world.allows(respreads("C-1", line("40.00"), line("20.00", "2027-28")), falls_due("I-2", "20.00", year="2027-28"))
    world.refuses(InstalmentsExceed, reverses("commitment-reprofiled/1"))


def test_a_whole_under_a_contract_has_no_years_to_move_between() -> None:
    world = given(*BODIES, contract(), under_contract())
    world.refuses(TotalChanged, respreads("C-1", line("1.00")))
    world.allows(respreads("C-1", line("900.00")))


def test_a_transcribed_replacement_is_judged_too() -> None:
    world = given(pool(), commits("C-1"))
    world.refuses(UnknownCommitment, transcribes("C-2", replaces="C-1")).allows(reverses("commitment-made/1"))
    world.allows(transcribes("C-2", replaces="C-1"))
