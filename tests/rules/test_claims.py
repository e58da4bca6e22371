"""Claims: four people, every cap, no payment without a live verification, and what is owed back to the penny."""

from __future__ import annotations

from typing import Any

import pytest

from ledger.errors import (
    AboveLimit,
    AlreadyAchieved,
    CapReached,
    ClaimAlreadyMade,
    ClaimDisputed,
    ContractTermsWrong,
    DecisionMissing,
    GradeTooWeak,
    LaterEntryRests,
    MetricNotPriced,
    NotAParty,
    NothingOwedBack,
    NothingToConfirm,
    NotPayable,
    NotReversible,
    NotTranscribable,
    NotYourOrganisation,
    OutOfSequence,
    OutsideContract,
    PaymentAlreadyApproved,
    PaymentDiffers,
    PowerMissing,
    SameBody,
    SameHolder,
    UnitsExceeded,
    UnknownClaim,
    UnknownContract,
    UnknownDispute,
    UnknownPayment,
    UnknownVerification,
)
from tests.rules import (
    CHARITY,
    CHARITY_CFO,
    DAY,
    DEPUTY,
    ICB_CFO,
    POLICE_CFO,
    S151,
    appoints,
    approves,
    confirms,
    given,
    passes,
    reverses,
    rule,
    says,
    takes_back,
    until,
)
from tests.rules.paying import (
    AUDITOR,
    BODIES,
    CLAIMER,
    COUNCIL_PAYS,
    ICB_PAYS,
    MATCHER,
    VERIFIER,
    agreement,
    claims,
    claws_back,
    contract,
    disputes,
    grants,
    let,
    owed_back,
    payer,
    payment,
    pays,
    people,
    pounds,
    quotes,
    rate,
    recontracts,
    recovers,
    rejects,
    settles,
    terms,
    unverifies,
    verifies,
    writes_off,
)
from tests.story import COUNCIL, ICB, POLICE, Telling, World, holder_of

ONE = {COUNCIL: "31.90", ICB: "68.10"}
"""One outcome at GBP 100.00, at 31.9 and 68.1 per cent."""


def granted(**agreed: Any) -> World:
    """One outcome is claimed, verified and approved."""
    return let(terms(**agreed)).allows(claims(), verifies(), grants("P-1", ONE))


def paid(**agreed: Any) -> World:
    """And both have paid."""
    return granted(**agreed).allows(pays("P-1", "31.90"), pays("P-1", "68.10", by=ICB_PAYS))


# -- claiming -----------------------------------------------------------------------------------


def test_the_provider_claims_under_a_contract_on_a_day_on_which_it_runs() -> None:
    world = let(starts="2026-04-02", until="2026-04-30").refuses(UnknownContract, claims(contract="K-2"))
    world.refuses(OutsideContract, claims(occurred_on="2026-04-01")).allows(claims())
    world.refuses(ClaimAlreadyMade, claims()).refuses(MetricNotPriced, claims("N-2", metric="homes"))
    world.refuses(UnitsExceeded, claims("N-2", units=0)).refuses(PowerMissing, claims("N-2", by=CHARITY_CFO))
    world.allows(appoints(DEPUTY, ["claim"])).refuses(NotYourOrganisation, claims("N-2", by=DEPUTY))
    world.allows(passes(days=29), claims("N-2", occurred_on="2026-04-30"))
    world.refuses(OutsideContract, claims("N-3", occurred_on="2026-05-01"))


def test_a_claim_is_late_once_the_window_is_over() -> None:
    world = let(terms(window_days=28)).allows(passes(days=28), claims(occurred_on="2026-04-02"), passes(days=1))
    world.refuses(OutsideContract, claims("N-2", occurred_on="2026-04-02"), because="it is 29 since")
    let(terms(window_days=0)).allows(claims()).allows(passes(seconds=DAY)).refuses(
        OutsideContract, claims("N-2", occurred_on="2026-04-02")
    )


def test_a_person_is_paid_for_once() -> None:
    world = let().allows(claims("N-1", 0, "ann", "bob"))
    world.refuses(AlreadyAchieved, claims("N-2", 0, "bob", "cid"), because="in N-1").allows(claims("N-2", 0, "cid"))
    world.allows(rejects("N-1", 0, "bob"), claims("N-3", 0, "bob"))
    world.refuses(AlreadyAchieved, claims("N-4", 0, "ann")).refuses(AlreadyAchieved, claims("N-4", 0, "bob"))
    world.allows(verifies("N-1", 0, "ann"), unverifies("N-1")).refuses(AlreadyAchieved, claims("N-4", 0, "ann"))
    world.allows(reverses("outcome-claimed/1", by=CLAIMER), claims("N-4", 0, "bob"))


def test_a_person_may_achieve_what_repeats_and_every_metric_once() -> None:
    world = let(terms(rates=[rate(repeats=True), rate("homes")]))
    world.allows(claims("N-1", 0, "ann"), claims("N-2", 0, "ann"), claims("N-3", 0, "ann", metric="homes"))
    world.refuses(AlreadyAchieved, claims("N-4", 0, "ann", metric="homes"))
    world.allows(recontracts(terms()), rejects("N-1", 1)).refuses(AlreadyAchieved, claims("N-4", 0, "ann"))
    world.allows(rejects("N-2", 1), claims("N-4", 0, "ann"))


def test_as_many_outcomes_are_claimed_as_people_are_named() -> None:
    let().refuses(UnitsExceeded, claims("N-1", 0, "ann", "ann"), claims("N-1", people=people("ann", "bob"), units=1))


def test_a_claim_is_reversed_while_nothing_rests_on_it() -> None:
    attached = {"claim": "N-1", "evidence": [{"digest": holder_of("a payslip"), "media_type": "application/pdf"}]}
    world = let().allows(claims()).refuses(UnknownClaim, verifies("N-2"))
    world.allows(says("evidence-attached/1", attached, CLAIMER))
    world.refuses(LaterEntryRests, reverses("outcome-claimed/1", by=CLAIMER))
    world.allows(reverses("evidence-attached/1", by=CLAIMER), reverses("outcome-claimed/1", by=CLAIMER))
    world.refuses(UnknownClaim, verifies(), says("evidence-attached/1", attached, CLAIMER))
    world.refuses(ClaimAlreadyMade, claims()).allows(claims("N-2"), verifies("N-2"), unverifies("N-2"))
    world.refuses(LaterEntryRests, reverses("outcome-claimed/1", by=CLAIMER))


def test_evidence_comes_from_a_party_or_from_who_verified() -> None:
    attached = {"claim": "N-1", "evidence": []}
    world = let().allows(claims(), appoints(f"{POLICE}/clerk", ["claim"], by=POLICE_CFO))
    world.refuses(NotAParty, says("evidence-attached/1", attached, f"{POLICE}/clerk"))
    world.allows(verifies(by=MATCHER), says("evidence-attached/1", attached, f"{POLICE}/clerk"))


# -- verifying ----------------------------------------------------------------------------------

STRONGEST_FIRST = ("re-performed", "data-match", "another-body", "internal-audit", "asserted")


@pytest.mark.parametrize(
    ("wanted", "enough", "own"),
    [
        ("data-match", 2, 0),
        ("another-body", 3, 0),
        ("internal-audit", 4, 1),
        ("any", 5, 2),
    ],
)
def test_a_contract_says_who_must_verify(wanted: str, enough: int, own: int) -> None:
    world = let(terms(verification=wanted)).allows(claims("N-1", units=10))
    for grade in STRONGEST_FIRST[:enough]:
        world.allows(verifies(grade=grade))
    for grade in STRONGEST_FIRST[enough:]:
        world.refuses(GradeTooWeak, verifies(grade=grade))
    for grade in STRONGEST_FIRST[:3]:
        world.refuses(SameBody, verifies(grade=grade, by=AUDITOR))
    for grade in STRONGEST_FIRST[3:]:
        if own:
            accepted = grade in STRONGEST_FIRST[3 : 3 + own]
            world.allows(verifies(grade=grade, by=AUDITOR)) if accepted else world.refuses(
                GradeTooWeak, verifies(grade=grade, by=AUDITOR)
            )
        else:
            world.refuses(SameBody, verifies(grade=grade, by=AUDITOR))


def test_where_a_contract_names_who_verifies_nobody_else_verifies_or_rejects() -> None:
    world = let(terms(verifier=POLICE)).allows(claims(units=2))
    world.refuses(NotYourOrganisation, verifies(), rejects(), because=f"{POLICE} verifies")
    world.allows(verifies(by=MATCHER), rejects(by=MATCHER))


def test_the_provider_is_not_the_verifier_where_another_body_must_be() -> None:
    given_terms = terms(verifier=CHARITY)
    let().refuses(ContractTermsWrong, contract("K-2", given_terms), because="its provider is its verifier")
    let().allows(contract("K-2", {**given_terms, "verification": "any"}))


def test_no_more_is_verified_or_rejected_than_was_claimed() -> None:
    world = let().allows(claims("N-1", units=5), verifies(units=2)).refuses(UnitsExceeded, verifies(units=0))
    world.refuses(UnitsExceeded, verifies(units=4), rejects(units=4), verifies("N-1", 0, "ann"))
    world.allows(rejects(units=2), verifies(units=1)).refuses(UnitsExceeded, verifies(), rejects())
    world.allows(unverifies()).refuses(UnitsExceeded, verifies(units=2)).allows(verifies())


def test_of_people_each_is_verified_or_rejected_by_token() -> None:
    world = let().allows(claims("N-1", 0, "ann", "bob", "cid"))
    world.refuses(UnitsExceeded, verifies(units=1), verifies("N-1", 0, "dan"), verifies(people=people("ann"), units=2))
    world.allows(verifies("N-1", 0, "ann"))
    world.refuses(UnitsExceeded, verifies("N-1", 0, "ann"), rejects("N-1", 0, "ann", "bob"), rejects(units=3))
    world.allows(rejects("N-1", 0, "bob"), verifies(units=1)).refuses(UnitsExceeded, verifies(), rejects())
    world.allows(unverifies(number=1)).refuses(UnitsExceeded, verifies("N-1", 0, "bob")).allows(
        verifies("N-1", 0, "ann")
    )


def test_what_comes_after_is_verified_after() -> None:
    world = let(terms(rates=[rate(), rate("kept", after="jobs")]))
    world.allows(claims("N-1", 0, "ann", "bob"), claims("N-2", 0, "ann", "bob", metric="kept"))
    world.refuses(OutOfSequence, verifies("N-2", 2)).allows(verifies("N-1", 0, "ann"))
    world.refuses(OutOfSequence, verifies("N-2", 2), verifies("N-2", 0, "bob")).allows(verifies("N-2", 0, "ann"))
    world.allows(verifies("N-1", 0, "bob"), unverifies("N-1")).refuses(OutOfSequence, verifies("N-2", 0, "bob"))
    late = claims("N-3", 0, "dan", metric="kept", occurred_on="2026-04-01")
    world.allows(late, claims("N-4", 0, "dan"), verifies("N-4")).refuses(OutOfSequence, verifies("N-3"))


def test_those_who_are_left_are_verified_whatever_became_of_the_others() -> None:
    world = let(terms(rates=[rate(), rate("kept", after="jobs")]))
    world.allows(claims("N-1", 0, "ann"), claims("N-2", 0, "ann", "bob", metric="kept"), verifies("N-1"))
    world.allows(rejects("N-2", 0, "bob"), verifies("N-2"))


def test_of_a_cohort_no_more_come_after_than_before() -> None:
    world = let(terms(rates=[rate(), rate("kept", after="jobs")]))
    world.allows(claims("N-1", 5), claims("N-2", 3, metric="kept"), claims("N-3", 3, metric="kept"), verifies(units=4))
    world.allows(verifies("N-2", 3)).refuses(OutOfSequence, verifies("N-3", 2)).allows(verifies("N-3", 1))


def test_whoever_verified_withdraws_it_once() -> None:
    world = let().allows(claims("N-1", 2), claims("N-2"), verifies("N-2"), verifies())
    world.refuses(NotYourOrganisation, unverifies(by=MATCHER)).refuses(UnknownVerification, unverifies(number=1))
    world.allows(unverifies()).refuses(UnknownVerification, unverifies())
    world.refuses(NotReversible, reverses("verification-withdrawn/1", by=VERIFIER))
    world.refuses(NotReversible, reverses("outcome-verified/1", by=VERIFIER))


# -- four people --------------------------------------------------------------------------------


def same_human(officer: str, powers: list[str], as_: str, by: str) -> Telling:
    """Another office of somebody who has one already."""
    return appoints(officer, powers, by=by, holder=holder_of(as_))


def test_one_human_in_two_offices_is_one_human() -> None:
    world = let(terms(verification="any")).allows(
        claims("N-1", 3),
        same_human(f"{CHARITY}/second", ["verify", "claim"], CLAIMER, CHARITY_CFO),
        same_human(f"{COUNCIL}/checks", ["verify"], COUNCIL_PAYS, S151),
        same_human(f"{COUNCIL}/treasurer", ["pay", "verify"], S151, S151),
        same_human(f"{ICB}/treasurer", ["pay"], VERIFIER, ICB_CFO),
        appoints(f"{COUNCIL}/second", ["approve"]),
    )
    world.refuses(SameHolder, verifies(grade="asserted", by=f"{CHARITY}/second"), rejects(by=f"{CHARITY}/second"))
    world.allows(verifies(), grants("P-1", ONE))
    world.refuses(SameHolder, pays("P-1", "68.10", by=f"{ICB}/treasurer"), because="ICB/verifier")
    world.refuses(SameHolder, pays("P-1", "31.90", by=f"{COUNCIL}/treasurer"), because="COUNCIL/s151")
    world.refuses(SameHolder, verifies(by=f"{COUNCIL}/treasurer"), because="approved a payment")
    world.allows(pays("P-1", "31.90")).refuses(SameHolder, verifies(by=f"{COUNCIL}/checks"), because="paid for some")
    world.allows(reverses("payment-made/1", by=COUNCIL_PAYS), verifies(by=f"{COUNCIL}/checks"))
    world.refuses(SameHolder, pays("P-1", "31.90"))


def test_whoever_verified_does_not_approve_and_whoever_paid_does_not_approve_more() -> None:
    world = let().allows(
        appoints(f"{COUNCIL}/busy", ["verify", "approve", "pay"]), claims("N-1", 3), verifies(by=f"{COUNCIL}/busy")
    )
    world.refuses(SameHolder, grants("P-1", ONE, by=f"{COUNCIL}/busy")).allows(
        unverifies(by=f"{COUNCIL}/busy"), verifies()
    )
    world.refuses(SameHolder, grants("P-1", ONE, by=f"{COUNCIL}/busy"), because="verified it")
    world.allows(grants("P-1", ONE)).refuses(SameHolder, pays("P-1", "31.90", by=f"{COUNCIL}/busy"))
    other = let().allows(appoints(f"{COUNCIL}/busy", ["approve", "pay"]), claims("N-1", 2), verifies(units=2))
    other.allows(grants("P-1", ONE), pays("P-1", "31.90", by=f"{COUNCIL}/busy"))
    other.refuses(SameHolder, grants("P-2", ONE, by=f"{COUNCIL}/busy"), because="paid for some")


def test_a_second_signature_is_a_hand_too() -> None:
    asked = [rule("payment-approved/1", "second-officer")]
    both = [same_human(f"{COUNCIL}/{office}", ["approve"], f"{COUNCIL}/checks", S151) for office in ("deputy", "other")]
    world = given(*BODIES, appoints(f"{COUNCIL}/checks", ["verify"]), *both, contract(), table=asked)
    world.allows(appoints(f"{COUNCIL}/third", ["approve"]), claims(), verifies(by=f"{COUNCIL}/checks"))
    world.allows(grants("P-1", ONE)).refuses(SameHolder, approves(DEPUTY)).allows(approves(f"{COUNCIL}/third"))
    world.allows(appoints(f"{COUNCIL}/till", ["pay"], holder=holder_of(f"{COUNCIL}/third")))
    world.refuses(SameHolder, pays("P-1", "31.90", by=f"{COUNCIL}/till")).allows(pays("P-1", "31.90"))


# -- approving ----------------------------------------------------------------------------------


def test_what_is_approved_is_what_is_due_to_the_penny() -> None:
    world = let().allows(claims("N-1", 3)).refuses(UnitsExceeded, grants("P-1", ONE)).allows(verifies(units=2))
    wrong: list[dict[str, str]] = [
        {COUNCIL: "31.91", ICB: "68.09"},
        {COUNCIL: "31.90"},
        {COUNCIL: "100.00"},
        {**ONE, POLICE: "0.00"},
        {},
    ]
    world.refuses(PaymentDiffers, *(grants("P-1", lines) for lines in wrong))
    world.refuses(PaymentDiffers, grants("P-1", ONE, amount="100.01"), grants("P-1", ONE, units=2))
    twice = [{"payer": COUNCIL, "amount": "31.90"}, *({"payer": body, "amount": part} for body, part in ONE.items())]
    world.refuses(PaymentDiffers, grants("P-1", ONE, lines=twice))
    world.refuses(UnitsExceeded, grants("P-1", ONE, units=0), grants("P-1", ONE, units=3))
    world.refuses(NotYourOrganisation, grants("P-1", ONE, by=ICB_CFO)).refuses(
        UnknownClaim, grants("P-1", ONE, claim="N-9")
    )
    world.allows(grants("P-1", ONE)).refuses(PaymentAlreadyApproved, grants("P-1", ONE)).allows(grants("P-2", ONE))
    world.refuses(UnitsExceeded, grants("P-3", ONE)).allows(reverses("payment-approved/1"))
    world.refuses(PaymentAlreadyApproved, grants("P-2", ONE)).allows(grants("P-3", ONE))


def test_nothing_is_approved_once_its_verification_is_withdrawn() -> None:
    world = let().allows(claims(), verifies(), unverifies()).refuses(UnitsExceeded, grants("P-1", ONE))
    asked = [rule("payment-approved/1", "second-officer")]
    waits = given(*BODIES, appoints(DEPUTY, ["approve"]), contract(), table=asked)
    waits.allows(claims(), verifies(), grants("P-1", ONE), unverifies()).refuses(
        UnitsExceeded, approves(DEPUTY, of="payment-approved/1")
    )
    waits.allows(verifies(by=MATCHER), approves(DEPUTY, of="payment-approved/1"))
    world.allows(verifies(), grants("P-1", ONE))


def test_a_metric_without_a_price_on_its_day_is_not_paid() -> None:
    world = let(terms(rates=[rate(), rate("homes")])).allows(claims("N-1", metric="homes"), verifies())
    world.allows(recontracts(terms())).refuses(MetricNotPriced, grants("P-1", ONE))


def test_an_approval_is_within_the_limit_of_who_signs() -> None:
    world = let().allows(appoints(DEPUTY, ["approve"], limit="99.99"), claims(), verifies())
    world.refuses(AboveLimit, grants("P-1", ONE, by=DEPUTY)).allows(grants("P-1", ONE))


# -- caps ---------------------------------------------------------------------------------------

HALVES = [payer(COUNCIL, "50"), payer(ICB, "50")]


@pytest.mark.parametrize(
    "capped",
    [
        {"cap": "250.00"},
        {"rates": [rate(cap="250.00"), rate("homes")]},
        {"year_caps": [{"year": "2026-27", "cap": "250.00"}, {"year": "2027-28", "cap": "9.00"}]},
        {"payers": [payer(COUNCIL, "50", cap="125.00"), payer(ICB, "50", cap="125.00")]},
    ],
    ids=["contract", "metric", "year", "payers"],
)
def test_no_cap_is_passed_and_a_clawback_gives_room_again(capped: dict[str, Any]) -> None:
    world = let(terms(**{"payers": HALVES, **capped})).allows(claims("N-1", 4), verifies(units=4))
    world.allows(grants("P-1", {COUNCIL: "100.00", ICB: "100.00"}, units=2))
    world.refuses(PaymentDiffers, grants("P-2", {COUNCIL: "50.00", ICB: "50.00"}))
    world.allows(grants("P-2", {COUNCIL: "25.00", ICB: "25.00"})).refuses(CapReached, grants("P-3", ONE))
    world.allows(claws_back("P-1", "30.00"), grants("P-3", {COUNCIL: "15.00", ICB: "15.00"}))
    world.refuses(LaterEntryRests, reverses("clawback-raised/1"), because="used since")
    world.allows(reverses("payment-approved/1"), reverses("clawback-raised/1"))
    world.refuses(CapReached, grants("P-4", ONE))


def test_a_cap_of_another_metric_or_year_does_not_count() -> None:
    world = let(terms(payers=HALVES, rates=[rate(cap="100.00"), rate("homes")]), starts="2025-04-01")
    half = {COUNCIL: "50.00", ICB: "50.00"}
    world.allows(claims("N-1", 2), claims("N-2", metric="homes"), verifies("N-1", 2), verifies("N-2"))
    world.allows(grants("P-1", half), grants("P-2", half, claim="N-2")).refuses(CapReached, grants("P-3", half))
    yearly = let(terms(payers=HALVES, year_caps=[{"year": "2026-27", "cap": "100.00"}]), starts="2025-04-01")
    yearly.allows(claims("N-1", 2), claims("N-2", 2, occurred_on="2026-03-31"), verifies("N-1", 2), verifies("N-2", 2))
    yearly.allows(grants("P-1", half), grants("P-2", {COUNCIL: "100.00", ICB: "100.00"}, units=2, claim="N-2"))
    yearly.refuses(CapReached, grants("P-3", half))


# -- the cases of the line of sight -------------------------------------------------------------


def autumn(cap: str | None, **agreed: Any) -> World:
    """Case 8: 31.9 / 68.1 becomes 20 / 80 on 1 October; 1,250.00 achieved on 20 September, verified in October."""
    capped = {"cap": cap} if cap else {}
    first = terms(
        payers=[payer(COUNCIL, "31.9", **capped), payer(ICB, "68.1")], rates=[rate(price="1250.00")], **agreed
    )
    world = let(first).allows(until("2026-10-01T09:00:00Z"))
    world.allows(recontracts(terms(payers=[payer(COUNCIL, "20"), payer(ICB, "80")], rates=[rate(price="900.00")])))
    world.allows(until("2026-10-15T09:00:00Z"), claims(occurred_on="2026-09-20"), verifies())
    return world.allows(until("2026-11-10T09:00:00Z"))


def test_price_and_shares_are_those_of_the_day_of_achievement() -> None:
    autumn(None).refuses(PaymentDiffers, grants("P-1", {COUNCIL: "250.00", ICB: "1000.00"})).allows(
        grants("P-1", {COUNCIL: "398.75", ICB: "851.25"})
    )


@pytest.mark.parametrize(
    ("beyond_cap", "lines"),
    [
        ("other-payers", {COUNCIL: "300.00", ICB: "950.00"}),
        ("provider", {COUNCIL: "300.00", ICB: "851.25"}),
        ("unfunded", {COUNCIL: "300.00", ICB: "851.25"}),
    ],
)
def test_what_is_beyond_a_payers_cap_goes_where_the_contract_says(beyond_cap: str, lines: dict[str, str]) -> None:
    world = autumn("300.00", beyond_cap=beyond_cap).refuses(
        PaymentDiffers, grants("P-1", {COUNCIL: "398.75", ICB: "851.25"})
    )
    world.allows(grants("P-1", lines))


def test_beyond_two_caps_the_last_payer_bears_it_up_to_its_own() -> None:
    three = [payer(COUNCIL, "50", cap="10.00"), payer(ICB, "25", cap="60.00"), payer(POLICE, "25", cap="20.00")]
    world = let(terms(payers=three, beyond_cap="other-payers")).allows(claims("N-1", 2), verifies(units=2))
    world.allows(grants("P-1", {COUNCIL: "10.00", ICB: "60.00", POLICE: "20.00"})).refuses(
        CapReached, grants("P-2", ONE)
    )


def test_a_clawback_returns_by_the_payments_own_shares_in_the_year_in_which_it_is_raised() -> None:
    """Case 7: a payment of 1,000.00 at 31.9 / 68.1, clawed back when shares are 20 / 80, in three instalments."""
    world = let(terms(rates=[rate(price="1000.00")]), until="2028-03-31").allows(claims(), verifies())
    world.allows(grants("P-1", {COUNCIL: "319.00", ICB: "681.00"}))
    world.allows(pays("P-1", "319.00"), pays("P-1", "681.00", by=ICB_PAYS), until("2027-06-01T09:00:00Z"))
    world.allows(recontracts(terms(payers=[payer(COUNCIL, "20"), payer(ICB, "80")])), claws_back("P-1", "1000.00"))
    assert owed_back(world) == {COUNCIL: "319.00", ICB: "681.00"}
    instalments = []
    for amount in ("333.33", "333.33", "333.34"):
        world.allows(recovers("P-1", amount))
        instalments.append(pounds(dict(list(payment(world).moves.values())[-1])))
    assert instalments == [
        {COUNCIL: "106.33", ICB: "227.00"},
        {COUNCIL: "106.33", ICB: "227.00"},
        {COUNCIL: "106.34", ICB: "227.00"},
    ]
    assert owed_back(world) == {}
    assert world.last("clawback-raised/1").event.occurred_on.year == 2027


def test_three_equal_payers_are_a_penny_apart_at_most() -> None:
    """Case 13, the first ten of its ten thousand payments; the rest is in test_shares."""
    world = let(terms(payers=[payer(body, "1/3") for body in (COUNCIL, ICB, POLICE)])).allows(
        claims("N-1", 10), verifies(units=10)
    )
    for number in range(10):
        turn = [COUNCIL, ICB, POLICE][number % 3]
        world.allows(
            grants(f"P-{number}", {body: "33.34" if body == turn else "33.33" for body in (COUNCIL, ICB, POLICE)})
        )


# -- paying -------------------------------------------------------------------------------------


def test_each_payer_pays_its_part_and_no_more() -> None:
    world = granted().refuses(UnknownPayment, pays("P-2", "1.00")).refuses(NotPayable, pays("P-1", "31.91"))
    world.refuses(NotPayable, pays("P-1", "0.00"), pays("P-1", "32.00"))
    world.refuses(NotYourOrganisation, pays("P-1", "1.00", payer=ICB))
    world.refuses(UnknownContract, pays("P-1", "1.00", contract="K-2"))
    world.allows(contract("K-2")).refuses(NotPayable, pays("P-1", "1.00", contract="K-2"), because="under K-1, not K-2")
    world.allows(pays("P-1", "30.00"), pays("P-1", "1.90")).refuses(NotPayable, pays("P-1", "0.01"))
    world.refuses(LaterEntryRests, reverses("payment-approved/1"))
    world.allows(reverses("payment-made/1", by=COUNCIL_PAYS)).refuses(NotPayable, pays("P-1", "1.91")).allows(
        pays("P-1", "1.90")
    )
    world.allows(pays("P-1", "68.10", by=ICB_PAYS))
    assert pounds(payment(world).paid) == ONE


def test_an_officer_names_the_approved_payment_and_nothing_that_only_a_source_says() -> None:
    world = granted()
    for more in ({"payment": None}, {"payer": None}):
        body = {"contract": "K-1", "payment": "P-1", "payer": COUNCIL, "amount": "1.00", **more}
        world.refuses(NotPayable, says("payment-made/1", {k: v for k, v in body.items() if v}, COUNCIL_PAYS))
    for more in ({"payers": [ICB]}, {"plan": "High"}, {"metric": "jobs"}, {"remark": "Late"}, {"ends": "2026-04-01"}):
        world.refuses(NotPayable, pays("P-1", "1.00", **more))


def test_a_payment_that_was_approved_in_error_is_reversed_while_nothing_is_paid() -> None:
    world = granted().allows(reverses("payment-approved/1")).refuses(UnknownPayment, pays("P-1", "31.90"))
    world.allows(grants("P-2", ONE), pays("P-2", "31.90")).refuses(LaterEntryRests, reverses("payment-approved/1"))


# -- taking back --------------------------------------------------------------------------------


def test_a_withdrawal_before_payment_leaves_less_to_pay() -> None:
    world = let().allows(claims("N-1", 2), verifies(by=MATCHER), verifies())
    world.allows(grants("P-1", {COUNCIL: "63.80", ICB: "136.20"}, units=2), unverifies())
    assert (payment(world).stands, payment(world).units, owed_back(world)) == (100_00, 1, {})
    world.refuses(NotPayable, pays("P-1", "31.91")).allows(pays("P-1", "31.90"))
    world.allows(unverifies(by=MATCHER, number=1))
    assert owed_back(world) == {COUNCIL: "31.90"}
    world.refuses(NotPayable, pays("P-1", "68.10", by=ICB_PAYS)).allows(verifies(units=2))
    world.allows(grants("P-2", {COUNCIL: "63.80", ICB: "136.20"}, units=2))


def test_a_withdrawal_after_payment_is_owed_back_by_the_payments_own_shares() -> None:
    world = paid().allows(unverifies())
    assert owed_back(world) == ONE
    world.refuses(NothingOwedBack, recovers("P-1", "100.01"), recovers("P-1", "0.00"), claws_back("P-1", "0.01"))
    world.allows(recovers("P-1", "50.00"))
    assert owed_back(world) == {COUNCIL: "15.95", ICB: "34.05"}
    world.refuses(NothingOwedBack, writes_off("P-1", "50.01")).refuses(
        DecisionMissing, writes_off("P-1", "50.00", decision=None)
    )
    world.allows(writes_off("P-1", "50.00"))
    assert owed_back(world) == {}


def test_the_latest_payment_gives_way_first() -> None:
    world = let().allows(claims("N-1", 3), verifies(units=2), verifies(by=MATCHER))
    world.allows(grants("P-1", {COUNCIL: "63.80", ICB: "136.20"}, units=2), grants("P-2", ONE), unverifies(by=MATCHER))
    assert (payment(world, "P-1").stands, payment(world, "P-2").stands) == (200_00, 0)
    world.allows(unverifies(number=1))
    assert payment(world, "P-1").stands == 0


def test_only_the_payer_who_paid_is_owed_back() -> None:
    world = granted().allows(pays("P-1", "68.10", by=ICB_PAYS), unverifies())
    assert owed_back(world) == {ICB: "68.10"}
    world.allows(recovers("P-1", "50.00"), recovers("P-1", "18.10"))
    assert owed_back(world) == {}


def test_a_clawback_is_raised_recovered_and_written_off_by_the_commissioner() -> None:
    world = paid().refuses(
        NotYourOrganisation, claws_back("P-1", "1.00", by=ICB_CFO), writes_off("P-1", "1.00", by=ICB_CFO)
    )
    world.refuses(NotYourOrganisation, recovers("P-1", "1.00", by=ICB_PAYS)).refuses(
        UnknownPayment, claws_back("P-9", "1.00")
    )
    world.refuses(NothingOwedBack, recovers("P-1", "0.01"), claws_back("P-1", "100.01")).allows(
        claws_back("P-1", "60.00")
    )
    assert owed_back(world) == {COUNCIL: "19.14", ICB: "40.86"}
    world.refuses(NothingOwedBack, claws_back("P-1", "40.01")).allows(
        recovers("P-1", "10.00"), writes_off("P-1", "50.00")
    )
    assert owed_back(world) == {}
    world.refuses(LaterEntryRests, reverses("clawback-raised/1"), reverses("payment-made/1", by=ICB_PAYS))
    world.allows(reverses("clawback-written-off/1"), reverses("clawback-recovered/1", by=COUNCIL_PAYS))
    assert owed_back(world) == {COUNCIL: "19.14", ICB: "40.86"}
    world.allows(reverses("clawback-raised/1"))
    assert (owed_back(world), payment(world).stands) == ({}, 100_00)


def test_a_clawback_is_not_reversed_once_its_units_are_verified_no_longer() -> None:
    """Otherwise more would stand than price times verified units."""
    world = paid().allows(claws_back("P-1", "60.00"), unverifies())
    world.refuses(LaterEntryRests, reverses("clawback-raised/1"), because="taken, recovered or written off")
    assert (payment(world).stands, owed_back(world)) == (0, ONE)


def test_an_older_debt_that_was_recovered_does_not_keep_a_clawback() -> None:
    world = let().allows(claims("N-1", 2), verifies(), verifies(by=MATCHER))
    world.allows(grants("P-1", {COUNCIL: "63.80", ICB: "136.20"}, units=2), pays("P-1", "63.80"))
    world.allows(pays("P-1", "136.20", by=ICB_PAYS), unverifies(by=MATCHER), recovers("P-1", "40.00"))
    world.allows(claws_back("P-1", "50.00"), reverses("clawback-raised/1"))
    assert payment(world).all_owed_back == 60_00


# -- disputes -----------------------------------------------------------------------------------


def test_nothing_is_approved_while_a_claim_is_disputed() -> None:
    world = let().allows(claims(), verifies()).refuses(NotAParty, disputes(by=POLICE_CFO))
    world.refuses(UnknownClaim, disputes(claim="N-9")).refuses(UnknownDispute, settles())
    world.allows(disputes("D-1"), disputes("D-2", by=ICB_CFO)).refuses(ClaimAlreadyMade, disputes("D-1"))
    world.refuses(ClaimDisputed, grants("P-1", ONE), because="D-1, D-2").refuses(
        DecisionMissing, settles(decision=None)
    )
    world.refuses(NotYourOrganisation, settles("D-1", by=ICB_CFO)).allows(settles("D-1"))
    world.refuses(ClaimDisputed, grants("P-1", ONE)).refuses(UnknownDispute, settles("D-1"))
    world.allows(settles("D-2", by=S151), grants("P-1", ONE)).refuses(ClaimAlreadyMade, disputes("D-1"))


def test_whoever_verified_may_dispute_too() -> None:
    let().allows(claims(), verifies(by=MATCHER), disputes(by=POLICE_CFO), settles(by=POLICE_CFO))


# -- transcribed --------------------------------------------------------------------------------

TOLD = {"contract": "K-1", "payers": [COUNCIL, ICB], "amount": "1000000.00", "plan": "Medium case", "remark": "Covid"}


def test_what_a_source_says_was_paid_counts_for_no_rule() -> None:
    world = granted(cap="100.00").allows(quotes("payment-made/1", TOLD))
    world.allows(quotes("payment-made/1", {"contract": "K-1", "payment": "P-1", "payer": COUNCIL, "amount": "31.90"}))
    assert payment(world).paid == {}
    world.allows(pays("P-1", "31.90"), pays("P-1", "68.10", by=ICB_PAYS))
    world.refuses(UnknownContract, quotes("payment-made/1", {**TOLD, "contract": "K-2"}))
    world.refuses(NothingToConfirm, confirms(COUNCIL_PAYS, of="payment-made/1", number=3))
    world.refuses(LaterEntryRests, reverses("contract-agreed/1"))
    world.refuses(
        NotTranscribable, quotes("outcome-claimed/1", {"claim": "N-2", "contract": "K-1", "metric": "jobs", "units": 1})
    )


def test_a_payer_confirms_a_payment_that_was_approved_and_is_held_to_every_rule() -> None:
    said = quotes("payment-made/1", {"contract": "K-1", "payment": "P-1", "payer": COUNCIL, "amount": "31.90"})
    world = (
        let().allows(claims(), verifies(), said).refuses(UnknownPayment, confirms(COUNCIL_PAYS, of="payment-made/1"))
    )
    world.allows(grants("P-1", ONE)).refuses(PowerMissing, confirms(S151, of="payment-made/1"))
    world.refuses(NothingToConfirm, confirms(ICB_PAYS, of="payment-made/1"))
    world.allows(confirms(COUNCIL_PAYS, of="payment-made/1")).refuses(NotPayable, pays("P-1", "0.01"))
    world.allows(reverses("payment-made/1", by=COUNCIL_PAYS), pays("P-1", "31.90"))


def test_nothing_is_claimed_under_a_contract_that_only_a_source_states() -> None:
    world = given(*BODIES, quotes("contract-agreed/1", agreement())).refuses(UnknownContract, claims())
    world.allows(quotes("payment-made/1", TOLD)).refuses(LaterEntryRests, takes_back(S151, of="contract-agreed/1"))
    world.allows(confirms(S151, of="contract-agreed/1"), claims(), verifies(), grants("P-1", ONE))
