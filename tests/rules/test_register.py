"""The register: who may speak, in what order keys come and go, and that authority is judged twice."""

from __future__ import annotations

from typing import Any

import pytest

from ledger.errors import (
    AboveLimit,
    KeyAlreadyUsed,
    KeyNotCurrent,
    LeadAlreadyAppointed,
    LeadNeeded,
    NotAnApprover,
    NotAnotherOfficer,
    NotFoundingEntry,
    NotYourOrganisation,
    OfficerAlreadyAppointed,
    OfficerNotInForce,
    OrganisationAlreadyAdmitted,
    PowerMissing,
    SignatureInvalid,
    TermWrong,
    UnknownKindInTable,
    UnknownOfficer,
    UnknownOrganisation,
    UnknownRulebook,
    WrongLedger,
)
from ledger.keys import fingerprint
from ledger.rules import register
from ledger.values import Instant
from tests.rules import (
    CHARITY,
    CHARITY_CFO,
    CLERK,
    DEPUTY,
    ICB_CFO,
    ICB_DEPUTY,
    POLICE_CFO,
    S151,
    admits,
    appoints,
    approves,
    changes_holder,
    commits,
    firms,
    given,
    log_key,
    partners,
    pool,
    print_of,
    proven,
    retires,
    reverses,
    revokes,
    rotates,
    rule,
    says,
    sets_table,
    until,
    varies,
)
from tests.story import (
    COUNCIL,
    ICB,
    LEAD_POWERS,
    ORIGIN,
    POLICE,
    START,
    World,
    appointment,
    commitment,
    founding,
    key_of,
    line,
    raw,
    str_b64,
)

# -- founding -----------------------------------------------------------------------------------


def test_a_ledger_is_founded_by_the_officer_in_its_first_entry() -> None:
    world = given()
    officer = world.book.register.officers[S151]
    assert world.book.register.origin == ORIGIN
    assert world.book.register.lead(COUNCIL) is officer
    assert officer.key == raw(key_of(S151))
    assert set(world.book.register.keys.values()) == {S151, "log"}


def test_entry_1_founds_the_ledger_and_no_other_entry_does() -> None:
    World().refuses(NotFoundingEntry, pool())
    given().refuses(NotFoundingEntry, says("ledger-founded/1", founding()))


def founds(by: str = S151, ledger: str = ORIGIN, **changed: Any) -> Any:
    """The first entry with something changed in it."""
    return says("ledger-founded/1", founding(**changed), by, ledger=ledger)


def test_the_founding_officer_signs_the_founding() -> None:
    World(keys={DEPUTY: key_of(S151)}).refuses(NotYourOrganisation, founds(by=DEPUTY))


def test_a_ledger_is_founded_under_a_rulebook_that_this_release_holds() -> None:
    World().refuses(UnknownRulebook, founds(rulebook=0), founds(rulebook=2))


def test_a_ledger_is_founded_by_a_lead() -> None:
    World().refuses(LeadNeeded, founds(officer=appointment(S151, powers=["commit"])))


def test_the_log_key_is_not_an_officers_key() -> None:
    key = key_of("one key for both")
    log = {
        "log_key": str_b64(raw(key)),
        "log_key_proof": log_key(World(), "one key for both")["log_key_proof"],
    }
    World(keys={S151: key}).refuses(KeyAlreadyUsed, founds(officer=appointment(S151, key=key), **log))


def test_founding_keys_are_proven() -> None:
    other = log_key(World(), "another log key")["log_key_proof"]
    World().refuses(
        SignatureInvalid,
        founds(log_key_proof=other),
        founds(officer={**appointment(S151), "proof": other}),
        founds(officer=appointment(S151, origin="example.org/another")),
    )


def test_entry_1_is_made_for_the_ledger_that_it_founds() -> None:
    World().refuses(WrongLedger, founds(ledger="example.org/another"))


@pytest.mark.parametrize(("starts", "until"), [("2026-04-03", None), ("2026-03-01", "2026-04-01")])
def test_the_founding_officer_is_in_force(starts: str, until: str | None) -> None:
    term: dict[str, Any] = {"starts": starts, "until": until} if until else {"starts": starts}
    World().refuses(OfficerNotInForce, founds(officer=appointment(S151, **term)))


def test_entry_1_names_the_key_that_signed_it() -> None:
    world = World()
    wire, _ = world.write("ledger-founded/1", founding(), S151)
    renamed = wire.replace(b'"keyid":"SHA256:' + wire.split(b"SHA256:")[1][:1], b'"keyid":"SHA256:+')
    world.refuses(KeyNotCurrent, lambda world: world.enter(renamed))


def test_a_statement_is_for_this_ledger_only() -> None:
    given(pool()).refuses(WrongLedger, says("pool-closed/1", {"pool": "prevention"}, ledger="example.org/another"))


# -- organisations ------------------------------------------------------------------------------


def test_a_body_joins_with_its_lead_or_with_no_officer() -> None:
    world = given(admits(ICB), admits(POLICE, ICB_CFO, officer=False))
    assert world.book.register.lead(ICB) is world.book.register.officers[ICB_CFO]
    assert POLICE in world.book.register.organisations
    assert world.book.register.lead(POLICE) is None


def test_a_body_joins_once() -> None:
    given(admits(ICB)).refuses(OrganisationAlreadyAdmitted, admits(ICB), admits(COUNCIL))


def test_a_bodys_first_officer_is_its_lead() -> None:
    given().refuses(LeadNeeded, admits(ICB, powers=["agree", "commit"]))


def test_only_a_lead_brings_a_body_in() -> None:
    everything_else = [power for power in LEAD_POWERS if power != "lead"]
    given(appoints(DEPUTY, everything_else)).refuses(PowerMissing, admits(ICB, by=DEPUTY))


def test_a_body_must_be_known_to_be_named() -> None:
    given().refuses(UnknownOrganisation, pool(COUNCIL, CHARITY))
    given(pool()).refuses(UnknownOrganisation, commits(funder=CHARITY))


# -- appointments -------------------------------------------------------------------------------


def test_an_appointed_officer_signs_within_its_powers() -> None:
    given(pool(), appoints(DEPUTY, ["commit"])).refuses(
        PowerMissing, pool(pool="other", by=DEPUTY), because="has no power to agree; it may commit"
    ).allows(commits(by=DEPUTY))


def test_a_body_appoints_its_own_officers() -> None:
    given(admits(ICB)).refuses(NotYourOrganisation, appoints(ICB_DEPUTY, ["commit"], by=S151))
    given(admits(ICB)).allows(appoints(ICB_DEPUTY, ["commit"], by=ICB_CFO))


def test_an_office_is_appointed_once_until_it_is_retired() -> None:
    again = appoints(DEPUTY, ["commit", "agree"], key=key_of("the deputy's new key"))
    given(appoints(DEPUTY, ["commit"])).refuses(OfficerAlreadyAppointed, again).allows(retires(DEPUTY), again)


def test_a_body_has_one_lead_at_a_time() -> None:
    given().refuses(LeadAlreadyAppointed, appoints(DEPUTY, ["lead"]))


def test_an_office_that_never_was_cannot_speak() -> None:
    given().refuses(UnknownOfficer, pool(by=DEPUTY))


def test_an_appointment_does_not_end_before_it_starts() -> None:
    backwards: dict[str, Any] = {"starts": "2026-05-04", "until": "2026-05-03"}
    given().refuses(TermWrong, appoints(DEPUTY, ["commit"], **backwards), admits(ICB, **backwards))
    World().refuses(OfficerNotInForce, founds(officer=appointment(S151, **backwards)))
    given().allows(appoints(DEPUTY, ["commit"], starts="2026-05-04", until="2026-05-04"))


def test_an_appointment_that_is_over_makes_room_for_the_next() -> None:
    again = appoints(DEPUTY, ["commit"], key=key_of("the deputy's new key"))
    world = given(appoints(DEPUTY, ["agree"], until="2026-06-30"), until("2026-06-30T12:00:00Z"))
    world.refuses(OfficerAlreadyAppointed, again).allows(until("2026-07-01T12:00:00Z"), again)
    cover = changes_holder(DEPUTY, by=S151, holder="the one who covers", until="2026-07-31")
    once_more = appoints(DEPUTY, ["commit"], key=key_of("the deputy's third key"))
    world.allows(cover, until("2026-08-01T12:00:00Z")).refuses(OfficerAlreadyAppointed, once_more)


@pytest.mark.parametrize(
    ("day", "in_force"),
    [("2026-05-03", False), ("2026-05-04", True), ("2026-06-30", True), ("2026-07-01", False)],
)
def test_an_appointment_is_in_force_on_the_day_of_signing(day: str, in_force: bool) -> None:
    deputy = appoints(DEPUTY, ["agree"], starts="2026-05-04", until="2026-06-30")
    world = given(deputy, until(f"{day}T12:00:00Z"))
    if in_force:
        world.allows(pool(by=DEPUTY))
    else:
        world.refuses(OfficerNotInForce, pool(by=DEPUTY))


def test_in_british_summer_time_a_day_begins_an_hour_earlier_than_in_utc() -> None:
    deputy = appoints(DEPUTY, ["agree"], starts="2026-05-04", until="2026-06-30")
    given(deputy, until("2026-05-03T22:59:59Z")).refuses(OfficerNotInForce, pool(by=DEPUTY))
    given(deputy, until("2026-05-03T23:00:00Z")).allows(pool(by=DEPUTY))


def test_what_was_signed_in_force_is_taken_after_the_last_day() -> None:
    world = given(pool(), appoints(DEPUTY, ["agree"], until="2026-06-30"), until("2026-07-05T10:00:00Z"))
    body = {"occurred_on": "2026-06-30", "pool": "prevention"}
    after = Instant.parse("2026-07-01T00:00:00Z")
    world.refuses(OfficerNotInForce, says("pool-closed/1", body, DEPUTY, signed_at=after))
    world.allows(says("pool-closed/1", body, DEPUTY, signed_at=Instant(after - 1)))


# -- limits -------------------------------------------------------------------------------------


def test_a_limit_is_on_the_whole_life_of_a_commitment() -> None:
    years = [line("40000.00", "2026-27"), line("40000.00", "2027-28"), line("20000.00", "2028-29")]
    within = given(pool(), appoints(DEPUTY, ["commit"], limit="100000.00"))
    within.allows(commits("C-1", *years, by=DEPUTY))
    above = [*years[:2], line("20000.01", "2028-29")]
    within.refuses(AboveLimit, commits("C-2", *above, by=DEPUTY), because="GBP 100,000.01 is above")


def test_a_variation_counts_as_the_new_whole() -> None:
    given(pool(), appoints(DEPUTY, ["commit"], limit="100.00"), commits("C-1", line("90.00"), by=DEPUTY)).refuses(
        AboveLimit, varies("C-1", line("100.01"), by=DEPUTY)
    ).allows(varies("C-1", line("100.00"), by=DEPUTY))


def test_a_commitment_above_the_limit_is_firmed_by_somebody_else() -> None:
    given(
        pool(), appoints(DEPUTY, ["commit"], limit="100.00"), commits("C-1", line("100.01"), strength="indicative")
    ).refuses(AboveLimit, firms(by=DEPUTY)).allows(firms(by=S151))


def test_a_reversal_needs_the_limit_of_what_it_reverses() -> None:
    given(pool(), appoints(DEPUTY, ["commit"], limit="100.00"), commits("C-1", line("100.01"))).refuses(
        AboveLimit, reverses("commitment-made/1", by=DEPUTY)
    ).allows(reverses("commitment-made/1"))


def test_an_officer_cannot_reverse_a_variation_back_to_a_sum_above_the_limit() -> None:
    large, small = line("1000000.00"), line("50.00")
    given(pool(), appoints(DEPUTY, ["commit"], limit="100.00"), commits("C-1", large), varies("C-1", small)).refuses(
        AboveLimit, reverses("commitment-varied/1", by=DEPUTY)
    )


# -- keys ---------------------------------------------------------------------------------------


def test_an_appointing_officer_rotates_another_officers_key() -> None:
    first = key_of(DEPUTY)
    world = given(pool(), appoints(DEPUTY, ["commit"]), rotates(DEPUTY, by=S151))
    world.refuses(KeyNotCurrent, lambda world: world.say("pool-closed/1", {"pool": "prevention"}, DEPUTY, key=first))
    world.allows(commits(by=DEPUTY))


def test_nobody_rotates_their_own_key() -> None:
    world = given(appoints(DEPUTY, ["appoint"]))
    world.refuses(NotAnotherOfficer, rotates(S151, by=S151), rotates(DEPUTY, by=DEPUTY))
    world.refuses(NotAnotherOfficer, retires(S151), revokes(S151, by=S151))
    world.allows(rotates(S151, by=DEPUTY))


def test_an_officer_who_may_not_appoint_rotates_no_key() -> None:
    given(appoints(DEPUTY, ["commit"])).refuses(PowerMissing, rotates(S151, by=DEPUTY))


def test_a_key_is_registered_once_whoever_held_it() -> None:
    world = given(appoints(DEPUTY, ["commit"]), rotates(DEPUTY, by=S151))
    gone = key_of(DEPUTY)
    world.refuses(KeyAlreadyUsed, says("key-rotated/1", proven(world, DEPUTY, gone)))
    world.refuses(KeyAlreadyUsed, appoints(CLERK, ["commit"], key=gone))
    world.refuses(KeyAlreadyUsed, admits(ICB, key=gone))
    world.refuses(KeyAlreadyUsed, says("key-rotated/1", proven(world, DEPUTY, key_of(f"log of {ORIGIN}"))))
    world.refuses(KeyAlreadyUsed, says("log-key-changed/1", log_key(world, DEPUTY)))


def test_a_new_key_comes_with_proof_of_possession() -> None:
    world = given(appoints(DEPUTY, ["commit"]))
    stolen = {**proven(world, DEPUTY, key_of("new")), "proof": proven(world, S151, key_of("new"))["proof"]}
    world.refuses(SignatureInvalid, says("key-rotated/1", stolen))
    elsewhere = proven(World(origin="example.org/another"), DEPUTY, key_of("new"))
    world.refuses(SignatureInvalid, says("key-rotated/1", elsewhere))
    world.refuses(SignatureInvalid, says("log-key-changed/1", {**log_key(world), "log_key_proof": stolen["proof"]}))


def test_a_weak_key_cannot_be_registered() -> None:
    world = given(appoints(DEPUTY, ["commit"]))
    identity = {**proven(world, DEPUTY, key_of("new")), "key": str_b64(b"\x01" + bytes(31))}
    world.refuses(SignatureInvalid, says("key-rotated/1", identity), because="small order")


def test_a_revoked_key_speaks_no_more_until_the_office_has_another() -> None:
    world = given(appoints(DEPUTY, ["agree"]), revokes(DEPUTY, by=S151, ground="lost"))
    world.refuses(KeyNotCurrent, pool(by=DEPUTY))
    world.allows(rotates(DEPUTY, by=S151), pool(by=DEPUTY))


def test_only_the_key_that_an_office_has_can_be_revoked() -> None:
    world = given(appoints(DEPUTY, ["commit"]))
    world.refuses(KeyNotCurrent, revokes(DEPUTY, by=S151, key="somebody else's"))
    world.refuses(UnknownOfficer, revokes(CLERK, by=S151))


def test_a_key_can_be_declared_compromised_after_it_was_rotated_away() -> None:
    table = [rule("pool-agreed/1", "second-officer")]
    world = given(appoints(DEPUTY, ["agree"]), pool(by=DEPUTY), rotates(DEPUTY, by=S151), table=table)
    assert world.book.approvals.waiting
    world.allows(revokes(DEPUTY, by=S151))
    assert not world.book.approvals.waiting
    world.allows(pool(pool="other", by=DEPUTY))


def test_a_lost_key_that_turns_up_in_other_hands_can_be_declared_compromised() -> None:
    table = [rule("pool-agreed/1", "second-officer")]
    world = given(appoints(DEPUTY, ["agree"]), pool(by=DEPUTY), revokes(DEPUTY, by=S151, ground="lost"), table=table)
    assert world.book.approvals.waiting
    world.allows(revokes(DEPUTY, by=S151))
    assert not world.book.approvals.waiting


def test_a_key_is_declared_compromised_once() -> None:
    world = given(appoints(DEPUTY, ["agree"]), revokes(DEPUTY, by=S151))
    world.refuses(KeyNotCurrent, revokes(DEPUTY, by=S151), revokes(DEPUTY, by=S151, ground="lost"))


def test_a_retired_offices_key_can_be_declared_compromised() -> None:
    table = [rule("pool-agreed/1", "second-officer")]
    world = given(appoints(DEPUTY, ["agree"]), pool(by=DEPUTY), retires(DEPUTY), table=table)
    world.allows(revokes(DEPUTY, by=S151))
    assert not world.book.approvals.waiting


def test_what_arrives_after_its_key_was_retired_is_refused_and_a_live_officer_signs_it_again() -> None:
    world = given(pool(), appoints(DEPUTY, ["commit"]))
    wire, openings = world.write("commitment-made/1", _commitment(), DEPUTY)
    world.allows(retires(DEPUTY))
    world.refuses(OfficerNotInForce, lambda world: world.enter(wire, openings))
    world.allows(commits(by=S151))


def test_what_was_signed_before_a_key_was_rotated_is_refused_after_it() -> None:
    world = given(pool(), appoints(DEPUTY, ["commit"]))
    wire, openings = world.write("commitment-made/1", _commitment(), DEPUTY)
    world.allows(rotates(DEPUTY, by=S151)).refuses(KeyNotCurrent, lambda world: world.enter(wire, openings))


def test_what_an_officer_did_before_stands_after_they_are_retired() -> None:
    world = given(pool(), appoints(DEPUTY, ["commit"]), commits(by=DEPUTY), retires(DEPUTY))
    assert world.book.commitments.get("C-1").now.strength == "firm"


def _commitment() -> dict[str, Any]:
    return {"occurred_on": "2026-04-02", **commitment()}


# -- holders ------------------------------------------------------------------------------------


def test_dated_cover_has_its_own_key_and_ends() -> None:
    cover = changes_holder(DEPUTY, by=S151, holder="the one who covers", until="2026-05-31")
    world = given(appoints(DEPUTY, ["agree"]), cover, pool(by=DEPUTY))
    world.allows(until("2026-06-01T09:00:00Z")).refuses(OfficerNotInForce, pool(pool="other", by=DEPUTY))
    world.allows(changes_holder(DEPUTY, by=S151, holder="the one who is back"), pool(pool="other", by=DEPUTY))


def test_a_change_of_holder_leaves_the_appointments_own_last_day() -> None:
    deputy = appoints(DEPUTY, ["agree"], until="2026-06-30")
    world = given(deputy, changes_holder(DEPUTY, by=S151, holder="another"), until("2026-06-30T12:00:00Z"))
    world.allows(pool(by=DEPUTY)).allows(until("2026-07-01T12:00:00Z"))
    world.refuses(OfficerNotInForce, pool(pool="other", by=DEPUTY))


def test_after_a_cover_the_office_is_held_again_to_the_appointments_own_last_day() -> None:
    deputy = appoints(DEPUTY, ["agree"], until="2026-06-30")
    cover = changes_holder(DEPUTY, by=S151, holder="the one who covers", until="2026-05-31")
    world = given(deputy, cover, until("2026-06-01T12:00:00Z")).refuses(OfficerNotInForce, pool(by=DEPUTY))
    world.allows(changes_holder(DEPUTY, by=S151, holder="the one who is back"), pool(by=DEPUTY))
    world.allows(until("2026-07-01T12:00:00Z")).refuses(OfficerNotInForce, pool(pool="other", by=DEPUTY))


def test_a_new_key_does_not_lengthen_a_cover() -> None:
    cover = changes_holder(DEPUTY, by=S151, holder="the one who covers", until="2026-05-31")
    world = given(appoints(DEPUTY, ["agree"]), cover, rotates(DEPUTY, by=S151), until("2026-06-01T12:00:00Z"))
    world.refuses(OfficerNotInForce, pool(by=DEPUTY))


@pytest.mark.parametrize(
    ("last", "taken"),
    [("2026-07-01", False), ("2026-06-30", True), ("2026-05-04", True), ("2026-05-03", False), ("2026-04-01", False)],
)
def test_a_cover_lies_within_the_appointment(last: str, taken: bool) -> None:
    world = given(appoints(DEPUTY, ["agree"], starts="2026-05-04", until="2026-06-30"))
    cover = changes_holder(DEPUTY, by=S151, holder="the one who covers", until=last)
    if taken:
        world.allows(cover)
    else:
        world.refuses(TermWrong, cover, because=r"from 2026-05-04 to 2026-06-30")


def test_a_cover_does_not_end_before_it_begins() -> None:
    world = given(appoints(DEPUTY, ["agree"]), until("2026-05-04T12:00:00Z"))
    world.refuses(TermWrong, changes_holder(DEPUTY, by=S151, holder="another", until="2026-05-03"))
    world.allows(changes_holder(DEPUTY, by=S151, holder="another", until="2026-05-04"))


def test_cover_does_not_reuse_a_key() -> None:
    world = given(appoints(DEPUTY, ["agree"]))
    world.refuses(
        KeyAlreadyUsed,
        says(
            "office-holder-changed/1",
            {**proven(world, DEPUTY, key_of(DEPUTY)), "holder": str_b64(bytes(32))},
        ),
    )


# -- the lead's own key -------------------------------------------------------------------------


def test_a_leads_key_is_rotated_by_another_appointing_officer_of_the_same_body() -> None:
    world = given(partners(ICB, POLICE), appoints(DEPUTY, ["appoint"]))
    world.refuses(NotYourOrganisation, rotates(S151, by=ICB_CFO))
    world.allows(rotates(S151, by=DEPUTY), pool())


def test_the_leads_of_two_other_partners_rotate_the_key_of_a_lead_who_has_nobody() -> None:
    world = given(partners(ICB, POLICE))
    first, second = key_of(S151), key_of(f"second key of {S151}")
    world.allows(rotates(S151, by=ICB_CFO))
    assert world.book.register.officers[S151].key == raw(first), "one partner alone changes nothing"
    world.keys.pop(S151)
    world.allows(approves(POLICE_CFO))
    assert world.book.register.officers[S151].key == raw(second)
    world.refuses(KeyNotCurrent, pool())
    world.keys[S151] = second
    world.allows(pool())


def test_the_second_partner_is_another_body_and_not_the_one_concerned() -> None:
    world = given(partners(ICB, POLICE), rotates(S151, by=ICB_CFO))
    world.keys.pop(S151)
    world.refuses(NotAnApprover, approves(ICB_CFO), approves(S151))
    world.allows(appoints(ICB_DEPUTY, ["appoint", "approve"], by=ICB_CFO))
    world.refuses(NotAnApprover, approves(ICB_DEPUTY, of="key-rotated/1"))


def test_a_partner_who_does_not_lead_helps_nobody() -> None:
    everything_else = [power for power in LEAD_POWERS if power != "lead"]
    world = given(partners(ICB, POLICE), appoints(ICB_DEPUTY, everything_else, by=ICB_CFO))
    world.refuses(PowerMissing, rotates(S151, by=ICB_DEPUTY), because="no power to lead")


def test_another_body_never_touches_an_office_that_does_not_lead() -> None:
    world = given(partners(ICB, POLICE), appoints(DEPUTY, ["commit"]))
    world.refuses(
        NotYourOrganisation, rotates(DEPUTY, by=ICB_CFO), revokes(DEPUTY, by=ICB_CFO), retires(DEPUTY, by=ICB_CFO)
    )


def test_another_body_never_retires_a_lead() -> None:
    world = given(partners(POLICE), admits(ICB, POLICE_CFO, powers=["lead"]))
    world.refuses(NotYourOrganisation, retires(ICB_CFO, by=S151))


def test_a_lead_whose_deputy_has_no_key_is_helped_by_other_partners() -> None:
    world = given(partners(ICB, POLICE), appoints(DEPUTY, ["appoint"]), revokes(DEPUTY, by=S151, ground="holder-left"))
    world.allows(rotates(S151, by=ICB_CFO))
    world.keys.pop(S151)
    world.allows(approves(POLICE_CFO))


@pytest.mark.parametrize(
    ("term", "helps"),
    [
        ({"until": "2026-05-31"}, False),
        ({"until": "2026-06-01"}, True),
        ({"starts": "2026-06-02"}, False),
        ({"starts": "2026-06-01"}, True),
    ],
)
def test_a_deputy_outside_their_days_helps_no_lead(term: dict[str, str], helps: bool) -> None:
    world = given(partners(ICB, POLICE), appoints(DEPUTY, ["appoint"], **term), until("2026-06-01T12:00:00Z"))
    if helps:
        world.refuses(NotYourOrganisation, rotates(S151, by=ICB_CFO))
    else:
        world.allows(rotates(S151, by=ICB_CFO))
        assert world.effects[-1].standing == "waiting", "for the lead of a second partner"


def test_a_deputy_whose_cover_is_over_helps_no_lead() -> None:
    cover = changes_holder(DEPUTY, by=S151, holder="the one who covers", until="2026-05-31")
    world = given(partners(ICB, POLICE), appoints(DEPUTY, ["appoint"]), cover, until("2026-06-01T12:00:00Z"))
    world.allows(rotates(S151, by=ICB_CFO))


def test_an_early_date_of_signing_makes_nobody_helpless() -> None:
    """Whoever signs says when: the deputy of today counts, although there was none on that day."""
    world = given(partners(ICB, POLICE), until("2026-06-01T12:00:00Z"))
    world.allows(appoints(DEPUTY, ["appoint"], starts="2026-06-01"))
    rotation = {"occurred_on": "2026-04-02", **proven(world, S151, key_of("a key of somebody else's"))}
    world.refuses(NotYourOrganisation, says("key-rotated/1", rotation, ICB_CFO, signed_at=START))


# -- a body with nobody who can appoint ---------------------------------------------------------

NOBODY_YET = [partners(ICB, POLICE), admits(CHARITY, officer=False)]
NOBODY_YET += [approves(ICB_CFO), approves(POLICE_CFO)]


def test_a_body_that_came_without_an_officer_gets_its_lead_as_it_was_admitted() -> None:
    world = given(*NOBODY_YET, appoints(CHARITY_CFO, LEAD_POWERS))
    assert world.effects[-1].standing == "waiting"
    world.allows(approves(POLICE_CFO, fingerprint=print_of(CHARITY_CFO)))
    assert world.book.register.lead(CHARITY) is None, "it waits for every partner's lead"
    world.allows(approves(ICB_CFO, fingerprint=print_of(CHARITY_CFO)))
    assert world.book.register.lead(CHARITY) is world.book.register.officers[CHARITY_CFO]
    world.allows(appoints(f"{CHARITY}/clerk", ["commit"], by=CHARITY_CFO))
    world.refuses(NotYourOrganisation, appoints(f"{CHARITY}/other", ["lead"]))


def test_who_is_brought_on_behalf_of_a_body_leads_it() -> None:
    given(*NOBODY_YET).refuses(LeadNeeded, appoints(CHARITY_CFO, ["appoint", "commit"]))


def test_only_leads_bring_the_lead_of_another_body() -> None:
    everything_else = [power for power in LEAD_POWERS if power != "lead"]
    world = given(*NOBODY_YET, appoints(DEPUTY, everything_else))
    world.refuses(PowerMissing, appoints(CHARITY_CFO, LEAD_POWERS, by=DEPUTY), because="no power to lead")
    world.allows(appoints(ICB_DEPUTY, everything_else, by=ICB_CFO), appoints(CHARITY_CFO, LEAD_POWERS))
    checked = print_of(CHARITY_CFO)
    for another in (S151, DEPUTY, ICB_DEPUTY):
        world.refuses(NotAnApprover, approves(another, of="officer-appointed/1", fingerprint=checked))


def test_of_two_leads_brought_to_one_body_the_first_completed_stays() -> None:
    first, second = appoints(CHARITY_CFO, LEAD_POWERS), appoints(f"{CHARITY}/chair", LEAD_POWERS, by=ICB_CFO)
    world = given(*NOBODY_YET, first, second)
    charity, chair = print_of(CHARITY_CFO), print_of(f"{CHARITY}/chair")
    world.allows(approves(POLICE_CFO, number=1, fingerprint=charity))
    world.allows(approves(POLICE_CFO, of="officer-appointed/1", fingerprint=chair))
    world.allows(approves(ICB_CFO, number=1, fingerprint=charity))
    world.refuses(NotYourOrganisation, approves(S151, of="officer-appointed/1", fingerprint=chair))


def test_in_a_ledger_of_one_partner_its_lead_brings_a_bodys_first_officer() -> None:
    """There is nobody else to ask: so was the body itself admitted."""
    world = given(admits(CHARITY, officer=False), appoints(CHARITY_CFO, LEAD_POWERS))
    assert world.book.register.lead(CHARITY)


def test_a_body_whose_lead_is_there_gets_no_other() -> None:
    world = given(partners(ICB, POLICE)).refuses(NotYourOrganisation, appoints(ICB_DEPUTY, LEAD_POWERS))
    world.allows(revokes(ICB_CFO, by=S151, ground="lost"), approves(POLICE_CFO))
    world.refuses(LeadAlreadyAppointed, appoints(ICB_DEPUTY, LEAD_POWERS), because="one lead at a time")


@pytest.mark.parametrize("office", [ICB_CFO, ICB_DEPUTY])
def test_a_body_whose_leads_days_are_over_gets_another(office: str) -> None:
    world = given(partners(POLICE), admits(ICB, POLICE_CFO, until="2026-06-30"), until("2026-07-01T12:00:00Z"))
    new = key_of("the next lead's key")
    world.allows(appoints(office, LEAD_POWERS, key=new), approves(POLICE_CFO, fingerprint=fingerprint(raw(new))))
    world.keys[office] = new
    lead = world.book.register.lead(ICB)
    assert lead is not None
    assert lead.id == office, "and the one before leads no more"
    world.allows(appoints(f"{ICB}/clerk", ["commit"], by=office))


def test_a_body_that_is_not_in_the_register_gets_no_lead() -> None:
    given(partners(ICB, POLICE)).refuses(NotYourOrganisation, appoints(CHARITY_CFO, LEAD_POWERS))


# -- retirement ---------------------------------------------------------------------------------


def test_the_last_office_that_can_appoint_another_stays() -> None:
    two_pairs_of_eyes = [rule("officer-retired/1", "second-officer")]
    world = given(
        appoints(DEPUTY, ["appoint"]),
        appoints(CLERK, ["approve"]),
        retires(DEPUTY, by=S151),
        retires(S151, by=DEPUTY),
        table=two_pairs_of_eyes,
    )
    world.allows(approves(CLERK, number=1)).refuses(LeadNeeded, approves(CLERK))
    assert world.book.register.lead(COUNCIL)


def test_an_office_whose_days_are_over_cannot_appoint_another() -> None:
    two_pairs_of_eyes = [rule("officer-retired/1", "second-officer")]
    deputy = appoints(DEPUTY, ["appoint"], until="2026-04-10")
    world = given(deputy, appoints(CLERK, ["approve"]), retires(S151, by=DEPUTY), table=two_pairs_of_eyes)
    world.allows(until("2026-04-11T12:00:00Z")).refuses(LeadNeeded, approves(CLERK))


def test_a_retired_office_is_not_retired_again() -> None:
    given(appoints(DEPUTY, ["appoint"]), retires(DEPUTY)).refuses(UnknownOfficer, retires(DEPUTY))


def test_a_lead_who_is_retired_can_be_followed_by_another() -> None:
    given(appoints(DEPUTY, ["appoint"]), retires(S151, by=DEPUTY)).allows(
        appoints(CLERK, ["lead", "agree"], by=DEPUTY), pool(by=CLERK)
    )


def test_an_office_that_never_was_cannot_be_retired() -> None:
    given().refuses(UnknownOfficer, retires(DEPUTY))


# -- rules of the ledger ------------------------------------------------------------------------


def test_an_approval_table_names_kinds_of_the_catalogue() -> None:
    given().refuses(UnknownKindInTable, sets_table(rule("spend-guessed/1", "second-officer")))
    World().refuses(UnknownKindInTable, founds(approvals=[rule("spend-guessed/1", "second-officer")]))


def test_a_new_table_is_for_what_comes_after_it() -> None:
    world = given(pool(), commits("C-1"), sets_table(rule("commitment-made/1", "second-officer")), commits("C-2"))
    assert set(world.book.commitments.made) == {"C-1"}
    assert len(world.book.approvals.waiting) == 1


def test_a_ledger_moves_to_a_newer_rulebook_that_this_release_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    world = given().refuses(
        UnknownRulebook, says("rulebook-adopted/1", {"rulebook": 1}), says("rulebook-adopted/1", {"rulebook": 2})
    )
    monkeypatch.setattr(register, "RULEBOOKS", frozenset({1, 2}))
    world.allows(says("rulebook-adopted/1", {"rulebook": 2}))
    assert world.book.register.rulebook == 2
    world.refuses(UnknownRulebook, says("rulebook-adopted/1", {"rulebook": 1}))


def test_the_log_gets_another_key_from_an_officer_who_operates_it() -> None:
    world = given(appoints(DEPUTY, ["commit"]))
    world.refuses(PowerMissing, says("log-key-changed/1", log_key(world), DEPUTY))
    world.allows(says("log-key-changed/1", log_key(world)))
    assert world.book.register.log_key == raw(key_of("the new log key"))
    world.refuses(KeyAlreadyUsed, says("log-key-changed/1", log_key(world)))
