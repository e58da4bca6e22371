"""Approvals: who must sign besides, what waiting means, and the moment at which an entry counts.

The numbers are those of the approval rule in the design, section 6.
"""

from __future__ import annotations

import pytest

from ledger.errors import (
    AboveLimit,
    CommitmentAlreadyMade,
    DigestDiffers,
    FingerprintDiffers,
    KeyAlreadyUsed,
    NotAnApprover,
    NothingCommitted,
    NothingToConfirm,
    NotTranscribable,
    NotWaiting,
    NotYourOrganisation,
    OfficerNotInForce,
    PoolIsClosed,
    PowerMissing,
    ReferenceReserved,
    Refused,
    UnknownCommitment,
    UnknownOrganisation,
    UnknownPool,
)
from ledger.statement import Source
from tests.rules import (
    CHARITY,
    CHARITY_CFO,
    CLERK,
    DAY,
    DEPUTY,
    ICB_CFO,
    ICB_DEPUTY,
    POLICE_CFO,
    S151,
    admits,
    appoints,
    approves,
    changes_holder,
    closes,
    commits,
    confirms,
    declines,
    firms,
    given,
    log_key,
    partners,
    passes,
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
    takes_back,
    transcribes,
    varies,
)
from tests.story import COUNCIL, ICB, POLICE, START, Telling, World, holder_of, key_of, line

TWO_EYES = [rule("commitment-made/1", "second-officer", above="10000.00")]
EVERY_POOL = [rule("pool-agreed/1", "named-parties"), rule("pool-closed/1", "named-parties")]
DEPUTY_APPROVES = appoints(DEPUTY, ["approve", "commit"])


def waiting(world: World) -> list[str]:
    """The kinds that wait, in the order in which they came."""
    return [held.event.kind for held in world.book.approvals.waiting.values()]


# -- 1: at submission the rules run, and the list of signatures is frozen -----------------------


def test_a_sum_above_the_threshold_waits_for_a_second_officer() -> None:
    world = given(pool(), DEPUTY_APPROVES, commits("C-1", line("10000.00")), table=TWO_EYES)
    assert "C-1" in world.book.commitments.made, "at the threshold it counts at once"
    world.allows(commits("C-2", line("10000.01")))
    assert "C-2" not in world.book.commitments.made
    assert world.effects[-1].standing == "waiting"
    world.allows(approves(DEPUTY))
    assert "C-2" in world.book.commitments.made
    assert not waiting(world)


def test_the_threshold_is_for_the_whole_life_of_a_commitment() -> None:
    years = [line("6000.00", "2026-27"), line("6000.00", "2027-28")]
    assert waiting(given(pool(), commits("C-1", *years), table=TWO_EYES)) == ["commitment-made/1"]


def test_what_the_rules_refuse_does_not_wait_either() -> None:
    given(table=TWO_EYES).refuses(UnknownPool, commits("C-1", line("20000.00")))


def test_the_list_is_frozen_when_the_entry_is_received() -> None:
    large = commits("C-1", line("20000.00"))
    loosened = given(pool(), DEPUTY_APPROVES, large, sets_table(), table=TWO_EYES)
    assert waiting(loosened) == ["commitment-made/1"], "a looser table does not let it through"
    stricter = sets_table(rule("commitment-made/1", "partner-leads"))
    tightened = given(pool(), partners(ICB), DEPUTY_APPROVES, large, stricter, approves(ICB_CFO), table=TWO_EYES)
    tightened.allows(approves(DEPUTY, of="commitment-made/1"))
    assert "C-1" in tightened.book.commitments.made, "a stricter table asks nobody else"


def test_who_joins_later_is_not_asked() -> None:
    world = given(partners(ICB), sets_table(rule("pool-agreed/1", "partner-leads")), approves(ICB_CFO), pool())
    world.allows(admits(POLICE, ICB_CFO)).refuses(NotAnApprover, approves(POLICE_CFO, of="pool-agreed/1"))
    world.allows(approves(ICB_CFO, of="pool-agreed/1"))
    assert "prevention" in world.book.pools.pools


def test_each_body_named_signs_a_pool() -> None:
    world = given(partners(ICB, POLICE), pool(COUNCIL, ICB, POLICE), table=EVERY_POOL)
    world.allows(approves(POLICE_CFO))
    assert "prevention" not in world.book.pools.pools
    world.allows(approves(ICB_CFO))
    assert world.book.pools.pools["prevention"].agreed.partners == (COUNCIL, ICB, POLICE)


def test_a_pool_is_closed_by_all_who_agreed_it() -> None:
    world = given(partners(ICB, POLICE), pool(COUNCIL, ICB), approves(ICB_CFO), closes(), table=EVERY_POOL)
    world.refuses(NotAnApprover, approves(POLICE_CFO))
    assert not world.book.pools.pools["prevention"].closed
    world.allows(approves(ICB_CFO))
    assert world.book.pools.pools["prevention"].closed


@pytest.mark.parametrize("kind", ["approval-table-set/1", "log-key-changed/1", "organisation-admitted/1"])
def test_what_concerns_every_partner_waits_for_every_lead_whatever_the_table_says(kind: str) -> None:
    world = given(partners(ICB, POLICE))
    telling = {
        "approval-table-set/1": sets_table(),
        "log-key-changed/1": says("log-key-changed/1", log_key(world)),
        "organisation-admitted/1": admits(CHARITY),
    }[kind]
    checked = print_of(CHARITY_CFO)
    world.allows(telling)
    world.allows(approves(ICB_CFO, of=kind, fingerprint=checked))
    assert waiting(world) == [kind]
    world.allows(approves(POLICE_CFO, of=kind, fingerprint=checked))
    assert waiting(world) == []


def test_a_body_without_a_lead_is_not_waited_for() -> None:
    world = given(admits(ICB, officer=False), sets_table(rule("pool-agreed/1", "second-officer")))
    assert waiting(world) == []
    assert world.book.register.table


def test_several_lines_for_one_kind_add_up_and_the_shortest_time_rules() -> None:
    table = [
        rule("pool-agreed/1", "named-parties", days=20),
        rule("pool-agreed/1", "second-officer", days=10),
        rule("pool-agreed/1", "second-officer", days=15),
    ]
    world = given(partners(ICB), DEPUTY_APPROVES, pool(COUNCIL, ICB), table=table)
    (held,) = world.book.approvals.waiting.values()
    assert [(place.organisation, place.power) for place in held.places] == [(ICB, "agree"), (COUNCIL, "approve")]
    assert held.expires == START + 10 * DAY


# -- counts unsigned ----------------------------------------------------------------------------

UNSIGNED = [rule("pool-agreed/1", "named-parties", until_then="counts-unsigned", days=1)]


def test_a_pool_may_operate_before_everyone_has_signed() -> None:
    world = given(partners(ICB, POLICE), pool(COUNCIL, ICB, POLICE), table=UNSIGNED)
    (held,) = world.book.approvals.unsigned.values()
    assert held.event.kind == "pool-agreed/1"
    world.allows(commits(), approves(ICB_CFO, of="pool-agreed/1"))
    (held,) = world.book.approvals.unsigned.values()
    assert [place.organisation for _, place in held.open_places] == [POLICE]
    world.allows(approves(POLICE_CFO, of="pool-agreed/1"))
    assert not world.book.approvals.unsigned


def test_a_signature_is_chased_for_ever() -> None:
    world = given(partners(ICB), pool(COUNCIL, ICB), passes(days=400), table=UNSIGNED)
    world.allows(approves(ICB_CFO))
    assert not world.book.approvals.unsigned


def test_a_reversal_rests_on_each_signature_that_was_given_later() -> None:
    world = given(partners(ICB, POLICE), pool(COUNCIL, ICB, POLICE), table=UNSIGNED)
    agreed = world.last("pool-agreed/1")
    first = len(world.lines)
    assert (world.effects[-1].standing, world.effects[-1].rests_on) == ("effective", (first,))
    world.allows(approves(ICB_CFO))
    assert world.book.corrections.landed[agreed.id].rests_on == (first, first + 1)
    world.allows(approves(POLICE_CFO, of="pool-agreed/1"))
    world.allows(sets_table(), approves(ICB_CFO), approves(POLICE_CFO), reverses("pool-agreed/1"))
    assert world.effects[-1].standing == "reversed"
    assert world.effects[-1].rests_on == (first, first + 1, first + 2, len(world.lines))


def test_a_signature_on_what_cannot_be_reversed_is_taken_all_the_same() -> None:
    asked = rule("officer-appointed/1", "second-officer", until_then="counts-unsigned")
    world = given(DEPUTY_APPROVES, sets_table(asked), appoints(CLERK, ["commit"]))
    world.allows(approves(DEPUTY))
    assert not world.book.approvals.unsigned


def test_if_one_line_says_wait_it_waits() -> None:
    table = [*UNSIGNED, rule("pool-agreed/1", "second-officer")]
    world = given(partners(ICB), DEPUTY_APPROVES, pool(COUNCIL, ICB), table=table)
    assert waiting(world) == ["pool-agreed/1"]
    assert not world.book.approvals.unsigned


def test_what_counts_already_cannot_be_declined_or_withdrawn() -> None:
    given(partners(ICB), pool(COUNCIL, ICB), table=UNSIGNED).refuses(
        NotWaiting, declines(ICB_CFO, of="pool-agreed/1"), takes_back(S151, of="pool-agreed/1")
    )


def test_nobody_signs_what_was_reversed() -> None:
    given(
        partners(ICB),
        pool(COUNCIL, ICB),
        reverses("pool-agreed/1"),
        approves(ICB_CFO, of="entry-reversed/1"),
        table=UNSIGNED,
    ).refuses(NotWaiting, approves(ICB_CFO, of="pool-agreed/1"))


# -- 2: a waiting entry changes nothing but reserves references ----------------------------------


def test_a_waiting_commitment_commits_nothing_and_reserves_its_reference() -> None:
    world = given(pool(), DEPUTY_APPROVES, table=TWO_EYES)
    before = world.book.commitments
    world.allows(commits("C-1", line("20000.00")))
    assert before.made == {}
    assert not world.book.corrections.leaning.get("pool:prevention")
    world.refuses(ReferenceReserved, commits("C-1", line("1.00")), transcribes("C-1"))
    world.allows(commits("C-2", line("1.00")))


def test_a_waiting_pool_cannot_be_committed_to() -> None:
    given(partners(ICB), pool(COUNCIL, ICB), table=EVERY_POOL).refuses(UnknownPool, commits()).refuses(
        ReferenceReserved, pool(COUNCIL)
    ).refuses(NotAnApprover, approves(S151))


@pytest.mark.parametrize("ended", ["declined", "withdrawn", "lapsed"])
def test_what_was_reserved_is_free_again_when_the_entry_has_ended(ended: str) -> None:
    world = given(pool(), DEPUTY_APPROVES, commits("C-1", line("20000.00")), table=TWO_EYES)
    if ended == "declined":
        world.allows(declines(DEPUTY, of="commitment-made/1"))
    elif ended == "withdrawn":
        world.allows(takes_back(S151, of="commitment-made/1"))
    else:
        world.allows(passes(days=28, seconds=1))
    world.allows(commits("C-1", line("1.00")))
    for late in (approves, declines, takes_back):
        world.refuses(NotWaiting, late(DEPUTY, of="commitment-made/1", number=1))


# -- 3: an approval names the entry's id and the digest of its payload ---------------------------


@pytest.mark.parametrize("kind", ["entry-approved/1", "entry-declined/1", "statement-withdrawn/1"])
def test_what_was_read_is_what_is_signed(kind: str) -> None:
    world = given(pool(), DEPUTY_APPROVES, commits("C-1", line("20000.00")), table=TWO_EYES)
    other = world.last("pool-agreed/1").digest
    body = {"entry": world.last("commitment-made/1").id, "digest": other}
    sealed = {} if kind == "entry-approved/1" else {"reason": "Because."}
    by = S151 if kind == "statement-withdrawn/1" else DEPUTY
    world.refuses(DigestDiffers, says(kind, body, by, sealed=sealed))


def test_an_entry_that_does_not_wait_is_approved_by_nobody() -> None:
    world = given(pool(), DEPUTY_APPROVES, table=TWO_EYES)
    world.refuses(NotWaiting, approves(DEPUTY, of="pool-agreed/1"), declines(DEPUTY, of="ledger-founded/1"))
    world.refuses(NotWaiting, takes_back(S151, of="pool-agreed/1"))
    world.refuses(NotWaiting, says("entry-approved/1", {"entry": world.new_id(), "digest": holder_of("x")}, DEPUTY))


# -- who may approve ----------------------------------------------------------------------------


def test_nobody_approves_what_they_signed() -> None:
    given(pool(), DEPUTY_APPROVES, commits("C-1", line("20000.00")), table=TWO_EYES).refuses(
        NotAnApprover, approves(S151), because="another person signs"
    )


def test_one_person_in_two_offices_is_not_two_pairs_of_eyes() -> None:
    hats = appoints(CLERK, ["approve"], holder=holder_of(S151))
    world = given(pool(), DEPUTY_APPROVES, hats, commits("C-1", line("20000.00")), table=TWO_EYES)
    world.refuses(NotAnApprover, approves(CLERK)).refuses(NotAnApprover, declines(CLERK, of="commitment-made/1"))
    world.allows(changes_holder(CLERK, by=S151, holder="somebody else"))
    world.allows(approves(CLERK, of="commitment-made/1"))


def test_two_signatures_of_one_body_are_given_in_either_order() -> None:
    table = [rule("pool-agreed/1", "named-parties"), rule("pool-agreed/1", "partner-leads")]
    for first, second in ((ICB_DEPUTY, ICB_CFO), (ICB_CFO, ICB_DEPUTY)):
        deputy = appoints(ICB_DEPUTY, ["agree"], by=ICB_CFO)
        given(partners(ICB), deputy, pool(COUNCIL, ICB), approves(first), table=table).allows(approves(second))


def test_one_person_does_not_give_two_of_the_signatures_either() -> None:
    shared = admits(POLICE, ICB_CFO, holder=holder_of(ICB_CFO))
    world = given(admits(ICB), shared, pool(COUNCIL, ICB, POLICE), table=EVERY_POOL)
    world.allows(approves(ICB_CFO)).refuses(NotAnApprover, approves(POLICE_CFO))


def test_a_second_officer_must_be_able_to_sign_for_the_sum() -> None:
    low = appoints(DEPUTY, ["approve"], limit="19999.99")
    high = appoints(CLERK, ["approve"], limit="20000.00")
    world = given(pool(), low, high, commits("C-1", line("20000.00")), table=TWO_EYES)
    world.refuses(NotAnApprover, approves(DEPUTY), because="may approve up to GBP 20,000.00")
    world.allows(approves(CLERK))


def test_a_second_officer_is_of_the_same_body() -> None:
    given(partners(ICB), pool(), commits("C-1", line("20000.00")), table=TWO_EYES).refuses(
        NotAnApprover, approves(ICB_CFO)
    )


def test_an_approval_needs_the_power_that_its_place_asks_for() -> None:
    world = given(partners(ICB), appoints(ICB_DEPUTY, ["approve"], by=ICB_CFO), pool(COUNCIL, ICB), table=EVERY_POOL)
    world.refuses(NotAnApprover, approves(ICB_DEPUTY), because="may agree")


def test_an_approver_whose_appointment_is_over_does_not_approve() -> None:
    ends = appoints(DEPUTY, ["approve"], until="2026-04-02")
    world = given(pool(), ends, commits("C-1", line("20000.00")), passes(days=1), table=TWO_EYES)
    world.refuses(OfficerNotInForce, approves(DEPUTY))


def test_a_retired_approver_does_not_approve() -> None:
    world = given(pool(), DEPUTY_APPROVES, commits("C-1", line("20000.00")), retires(DEPUTY), table=TWO_EYES)
    with pytest.raises(Refused):
        approves(DEPUTY, of="commitment-made/1")(world)


def test_only_the_body_that_signed_an_entry_withdraws_it() -> None:
    world = given(partners(ICB), pool(), DEPUTY_APPROVES, commits("C-1", line("20000.00")), table=TWO_EYES)
    world.refuses(NotYourOrganisation, takes_back(ICB_CFO, of="commitment-made/1"))
    world.allows(appoints(CLERK, ["approve"])).refuses(PowerMissing, takes_back(CLERK, of="commitment-made/1"))
    world.allows(takes_back(DEPUTY, of="commitment-made/1"))
    assert world.effects[-1].standing == "withdrawn"


def test_who_signed_already_does_not_decline() -> None:
    world = given(partners(ICB, POLICE), pool(COUNCIL, ICB, POLICE), approves(ICB_CFO), table=EVERY_POOL)
    world.refuses(NotAnApprover, declines(ICB_CFO, of="pool-agreed/1"))
    world.allows(declines(POLICE_CFO, of="pool-agreed/1"))
    assert world.effects[-1].standing == "declined"
    size = len(world.lines)
    assert world.effects[-1].rests_on == (size - 2, size - 1, size), "the pool, its one approval, and the decline"
    assert waiting(world) == []


# -- 4: the approval that completes the list runs the rules again -------------------------------


def test_the_completing_approval_is_refused_when_the_book_no_longer_allows_the_entry() -> None:
    world = given(pool(), DEPUTY_APPROVES, commits("C-1", line("20000.00")), closes(), table=TWO_EYES)
    world.refuses(PoolIsClosed, approves(DEPUTY, of="commitment-made/1"))
    assert waiting(world) == ["commitment-made/1"], "it goes on waiting"
    world.allows(reverses("pool-closed/1"), approves(DEPUTY, of="commitment-made/1"))
    assert "C-1" in world.book.commitments.made, "and can be approved when the book allows it again"


def test_an_approval_that_does_not_complete_the_list_is_taken_all_the_same() -> None:
    table = [rule("commitment-made/1", "second-officer"), rule("commitment-made/1", "partner-leads")]
    world = given(partners(ICB), pool(), DEPUTY_APPROVES, commits(), closes(), table=table)
    world.allows(approves(ICB_CFO, of="commitment-made/1"))
    world.refuses(PoolIsClosed, approves(DEPUTY, of="commitment-made/1"))


def test_of_two_entries_that_fit_singly_and_not_together_the_first_completed_wins() -> None:
    asked = rule("key-rotated/1", "second-officer")
    world = given(appoints(DEPUTY, ["commit"]), appoints(CLERK, ["approve", "appoint"]), sets_table(asked))
    one_key = key_of("one key, sent twice")
    world.allows(
        says("key-rotated/1", proven(world, DEPUTY, one_key)), says("key-rotated/1", proven(world, DEPUTY, one_key))
    )
    world.allows(approves(CLERK, number=0)).refuses(KeyAlreadyUsed, approves(CLERK, number=1))
    assert waiting(world) == ["key-rotated/1"]


def test_of_two_closings_that_wait_only_one_takes_effect() -> None:
    world = given(partners(ICB), pool(COUNCIL, ICB), approves(ICB_CFO), closes(), closes(), table=EVERY_POOL)
    world.allows(approves(ICB_CFO, of="pool-closed/1", number=0))
    world.refuses(PoolIsClosed, approves(ICB_CFO, of="pool-closed/1", number=1))
    world.allows(takes_back(S151, of="pool-closed/1", number=1))


# -- compromised keys ---------------------------------------------------------------------------


def test_a_compromised_key_lapses_what_it_signed_while_that_waits() -> None:
    large = commits("C-1", line("20000.00"), by=DEPUTY)
    world = given(
        pool(), DEPUTY_APPROVES, appoints(CLERK, ["approve"]), large, revokes(DEPUTY, by=S151), table=TWO_EYES
    )
    assert waiting(world) == []
    world.refuses(NotWaiting, approves(CLERK, of="commitment-made/1"))
    world.allows(commits("C-1", line("1.00")))


@pytest.mark.parametrize("ground", ["lost", "holder-left"])
def test_a_key_that_was_only_lost_lapses_nothing(ground: str) -> None:
    large = commits("C-1", line("20000.00"), by=DEPUTY)
    revoked = revokes(DEPUTY, by=S151, ground=ground)
    world = given(pool(), DEPUTY_APPROVES, appoints(CLERK, ["approve"]), large, revoked, table=TWO_EYES)
    world.allows(approves(CLERK, of="commitment-made/1"))
    assert "C-1" in world.book.commitments.made


def test_an_approval_under_a_compromised_key_falls_away_and_can_be_given_again() -> None:
    table = [rule("pool-agreed/1", "named-parties"), rule("pool-agreed/1", "second-officer")]
    world = given(partners(ICB), DEPUTY_APPROVES, pool(COUNCIL, ICB), approves(DEPUTY), table=table)
    world.allows(revokes(DEPUTY, by=S151), rotates(DEPUTY, by=S151), approves(ICB_CFO, of="pool-agreed/1"))
    assert waiting(world) == ["pool-agreed/1"], "one signature has fallen away"
    world.allows(approves(DEPUTY, of="pool-agreed/1"))
    assert waiting(world) == []


def test_what_took_effect_before_a_key_was_compromised_stands() -> None:
    world = given(pool(), DEPUTY_APPROVES, commits("C-1", line("20000.00")), approves(DEPUTY), table=TWO_EYES)
    world.allows(revokes(DEPUTY, by=S151))
    assert "C-1" in world.book.commitments.made


def test_a_lapse_by_compromise_is_an_effect_that_views_can_show() -> None:
    large = commits("C-1", line("20000.00"), by=DEPUTY)
    world = given(pool(), DEPUTY_APPROVES, large, table=TWO_EYES)
    held = world.last("commitment-made/1").id
    world.allows(revokes(DEPUTY, by=S151))
    assert world.effects[-1].entry == held
    assert world.effects[-1].standing == "lapsed"


# -- 5: effect at the approval's place ----------------------------------------------------------


def test_an_entry_takes_effect_at_the_approvals_place_and_rests_on_every_signature() -> None:
    world = given(partners(ICB, POLICE), pool(COUNCIL, ICB, POLICE), table=EVERY_POOL)
    submitted = len(world.lines)
    world.allows(passes(days=3), approves(ICB_CFO), passes(days=3), approves(POLICE_CFO))
    approval, target = world.effects[-2:]
    assert (approval.standing, approval.event.kind) == ("effective", "entry-approved/1")
    assert (target.standing, target.entry, target.by) == ("effective", world.last("pool-agreed/1").id, S151)
    assert target.rests_on == (submitted, submitted + 1, submitted + 2)
    assert (target.known_from, target.known_at) == (submitted + 2, START + 6 * DAY)
    assert str(target.event.occurred_on) == "2026-04-02", "true from the day on which it occurred"


def test_what_needs_nobody_takes_effect_at_its_own_place() -> None:
    world = given(pool())
    effect = world.effects[-1]
    assert (effect.standing, effect.rests_on, effect.known_from, effect.known_at) == ("effective", (2,), 2, START)


# -- 6: lapse is data ---------------------------------------------------------------------------


@pytest.mark.parametrize(("days", "default"), [(28, True), (5, False), (0, False)])
def test_an_entry_lapses_after_the_days_of_the_table_compared_with_the_time_of_receipt(
    days: int, default: bool
) -> None:
    asked = rule("commitment-made/1", "second-officer", **({} if default else {"days": days}))
    world = given(pool(), DEPUTY_APPROVES, commits(), table=[asked])
    in_time, late = world.book.approvals.waiting.copy(), passes(days=days, seconds=1)
    assert next(iter(in_time.values())).expires == START + days * DAY
    given(pool(), DEPUTY_APPROVES, commits(), passes(days=days), approves(DEPUTY), table=[asked])
    world.allows(late).refuses(NotWaiting, approves(DEPUTY), because="lapsed at")


def test_signing_earlier_does_not_keep_an_entry_from_lapsing() -> None:
    world = given(pool(), DEPUTY_APPROVES, commits("C-1", line("20000.00")), table=TWO_EYES)
    target = world.last("commitment-made/1")
    body = {"occurred_on": "2026-04-02", "entry": target.id, "digest": target.digest}
    wire, _ = world.write("entry-approved/1", body, DEPUTY)
    world.allows(passes(days=29)).refuses(NotWaiting, lambda world: world.enter(wire))


# -- 7: what never needs approval, and reversals ------------------------------------------------


def test_approvals_declines_withdrawals_and_confirmations_need_nobody() -> None:
    world = given(pool(), DEPUTY_APPROVES, table=TWO_EYES)
    world.allows(commits("C-1", line("20000.00")), approves(DEPUTY))
    world.allows(commits("C-2", line("20000.00")), declines(DEPUTY, of="commitment-made/1"))
    world.allows(commits("C-3", line("20000.00")), takes_back(S151, of="commitment-made/1"))
    world.allows(transcribes("C-4", line("20.00")), confirms(DEPUTY))
    assert waiting(world) == []
    assert set(world.book.commitments.made) == {"C-1", "C-4"}


def test_a_reversal_needs_what_the_reversed_entry_needed() -> None:
    world = given(pool(), DEPUTY_APPROVES, table=TWO_EYES)
    world.allows(commits("C-1", line("20000.00")), approves(DEPUTY), reverses("commitment-made/1"))
    assert waiting(world) == ["entry-reversed/1"]
    assert world.book.commitments.get("C-1").versions, "until then it counts"
    world.refuses(NotAnApprover, approves(S151)).allows(approves(DEPUTY))
    assert not world.book.commitments.made["C-1"].versions
    world.allows(commits("C-2", line("5.00")), reverses("commitment-made/1"))
    assert waiting(world) == [], "what needed nobody is reversed by one"


def test_the_parties_to_a_pool_agree_to_its_reversal() -> None:
    world = given(partners(ICB), pool(COUNCIL, ICB), approves(ICB_CFO), reverses("pool-agreed/1"), table=EVERY_POOL)
    assert waiting(world) == ["entry-reversed/1"]
    world.allows(approves(ICB_CFO))
    assert not world.book.pools.pools


def test_a_reversal_that_waits_is_judged_again_too() -> None:
    world = given(pool(), DEPUTY_APPROVES, table=TWO_EYES)
    world.allows(commits("C-1", line("20000.00")), approves(DEPUTY))
    world.allows(reverses("commitment-made/1"), reverses("commitment-made/1"))
    world.allows(approves(DEPUTY, of="entry-reversed/1"))
    with pytest.raises(Refused):
        approves(DEPUTY, of="entry-reversed/1", number=1)(world)


@pytest.mark.parametrize("kind", ["entry-reversed/1", "entry-approved/1", "ledger-founded/1"])
def test_a_table_promises_no_approval_that_will_never_be_asked_for(kind: str) -> None:
    with pytest.raises(Refused):
        sets_table(rule(kind, "second-officer"))(given())


# -- a new body's key ---------------------------------------------------------------------------


def test_a_new_bodys_key_is_compared_by_another_way() -> None:
    world = given(partners(ICB), admits(POLICE))
    world.refuses(FingerprintDiffers, approves(ICB_CFO), approves(ICB_CFO, fingerprint=print_of(ICB_CFO)))
    world.allows(approves(ICB_CFO, fingerprint=print_of(POLICE_CFO)))
    assert POLICE in world.book.register.organisations


def test_the_key_of_a_lead_appointed_on_behalf_of_a_body_is_compared_by_another_way() -> None:
    world = given(partners(ICB, POLICE), admits(CHARITY, officer=False), approves(ICB_CFO), approves(POLICE_CFO))
    world.allows(appoints(CHARITY_CFO, ["lead", "appoint"]))
    world.refuses(FingerprintDiffers, approves(ICB_CFO), approves(ICB_CFO, fingerprint=print_of(ICB_CFO)))
    world.allows(approves(ICB_CFO, fingerprint=print_of(CHARITY_CFO)))
    world.allows(approves(POLICE_CFO, fingerprint=print_of(CHARITY_CFO)))
    assert world.book.register.lead(CHARITY)


def test_a_body_compares_no_key_of_its_own_officers() -> None:
    asked = sets_table(rule("officer-appointed/1", "second-officer"))
    given(DEPUTY_APPROVES, asked, appoints(CLERK, ["commit"])).allows(approves(DEPUTY))


def test_a_body_without_an_officer_has_no_key_to_compare() -> None:
    world = given(partners(ICB), admits(POLICE, officer=False), approves(ICB_CFO))
    assert POLICE in world.book.register.organisations


# -- transcribed, then confirmed ----------------------------------------------------------------


def quotes_contract(*payers: str) -> Telling:
    """A source states a contract of these payers with the charity; the first of them lets it."""
    share = str(100 // len(payers))
    body = {
        "contract": "K-1",
        "name": "Homes",
        "commissioner": payers[0],
        "provider": CHARITY,
        "starts": "2026-04-01",
        "terms": {
            "payers": [{"payer": payer, "share": share} for payer in payers],
            "rates": [{"metric": "m-1", "pays_for": "A home", "price": "100.00"}],
        },
    }
    return says("contract-agreed/1", body, source=Source(dataset="ab" * 32, row="contracts.csv:2"))


def test_what_a_source_states_counts_only_when_the_body_concerned_confirms_it() -> None:
    world = given(partners(ICB), pool(COUNCIL, ICB), transcribes("C-1", funder=ICB))
    assert world.effects[-1].standing == "unconfirmed"
    assert not world.book.commitments.made
    world.allows(confirms(ICB_CFO))
    assert world.book.commitments.get("C-1").funder == ICB
    confirmation, confirmed = world.effects[-2:]
    assert confirmation.event.kind == "entry-confirmed/1"
    assert (confirmed.by, confirmed.rests_on) == (S151, (len(world.lines) - 1, len(world.lines)))


def test_no_rule_for_a_live_event_counts_an_unconfirmed_one() -> None:
    given(pool(), transcribes("C-1")).refuses(UnknownCommitment, varies("C-1", line("1.00")), firms("C-1"))


def test_a_transcribed_commitment_reserves_its_reference() -> None:
    given(pool(), transcribes("C-1")).refuses(ReferenceReserved, commits("C-1"), transcribes("C-1"))
    given(pool(), commits("C-1")).refuses(CommitmentAlreadyMade, transcribes("C-1"))


def test_shares_order_and_approvals_do_not_refuse_what_a_source_states() -> None:
    table = [rule("commitment-made/1", "second-officer")]
    outside = transcribes("C-1", line(year="2019-20"), funder=ICB)
    world = given(partners(ICB), pool(), closes(), outside, table=table)
    assert len(world.book.approvals.unconfirmed) == 1
    world.refuses(PoolIsClosed, confirms(ICB_CFO))


def test_form_references_and_identity_refuse_it_all_the_same() -> None:
    given().refuses(UnknownPool, transcribes())
    given(pool()).refuses(UnknownOrganisation, transcribes(funder=CHARITY))
    given(pool()).refuses(NothingCommitted, transcribes("C-1", line("0.00")))


def test_transcribing_has_a_power_of_its_own() -> None:
    given(pool(), appoints(DEPUTY, ["commit"]), appoints(CLERK, ["transcribe"])).refuses(
        PowerMissing, transcribes(by=DEPUTY)
    ).refuses(PowerMissing, commits(by=CLERK)).allows(transcribes(by=CLERK))


def test_a_limit_is_on_what_an_officer_commits_and_not_on_what_a_source_states() -> None:
    clerk = appoints(CLERK, ["transcribe"], limit="100.00")
    given(pool(), clerk).allows(transcribes("C-1", line("100.01"), by=CLERK))


def test_only_what_a_source_can_state_is_transcribed() -> None:
    source = Source(dataset="ab" * 32, row="payments.csv:417")
    given(pool()).refuses(NotTranscribable, says("pool-closed/1", {"pool": "prevention"}, source=source))


def test_only_the_body_concerned_confirms_with_the_power_and_limit_of_the_kind() -> None:
    world = given(partners(ICB), pool(COUNCIL, ICB), transcribes("C-1", line("500.00"), funder=ICB))
    world.allows(appoints(ICB_DEPUTY, ["approve"], by=ICB_CFO)).refuses(PowerMissing, confirms(ICB_DEPUTY))
    world.allows(appoints(f"{ICB}/junior", ["commit"], by=ICB_CFO, limit="499.99"))
    world.refuses(AboveLimit, confirms(f"{ICB}/junior")).refuses(NothingToConfirm, confirms(S151))
    world.allows(confirms(ICB_CFO)).refuses(NothingToConfirm, confirms(ICB_CFO))


def test_where_the_table_asks_for_two_pairs_of_eyes_two_people_confirm() -> None:
    large = transcribes("C-1", line("20000.00"))
    world = given(pool(), DEPUTY_APPROVES, appoints(CLERK, ["commit"], holder=holder_of(S151)), large, table=TWO_EYES)
    world.allows(confirms(S151))
    assert "C-1" not in world.book.commitments.made, "one of them has confirmed it"
    assert world.effects[-1].event.kind == "entry-confirmed/1"
    world.refuses(NotAnApprover, confirms(S151), confirms(CLERK), because="another person signs")
    world.allows(confirms(DEPUTY))
    assert "C-1" in world.book.commitments.made
    size = len(world.lines)
    assert world.effects[-1].rests_on == (size - 2, size - 1, size)


def test_where_the_table_asks_nobody_else_who_transcribed_may_confirm() -> None:
    given(pool(), transcribes("C-1", line("10000.00")), table=TWO_EYES).allows(confirms(S151))
    given(pool(), transcribes("C-1"), table=[rule("commitment-made/1", "partner-leads")]).allows(confirms(S151))


def test_what_may_count_unsigned_counts_once_it_is_confirmed_and_lacks_the_rest() -> None:
    later = rule("commitment-made/1", "second-officer", until_then="counts-unsigned")
    world = given(pool(), DEPUTY_APPROVES, transcribes("C-1"), confirms(S151), table=[later])
    assert "C-1" in world.book.commitments.made
    (held,) = world.book.approvals.unsigned.values()
    assert [str(place) for _, place in held.open_places] == [
        f"an officer of {COUNCIL} who may approve up to GBP 25,000.00"
    ]
    world.refuses(NotAnApprover, approves(S151, of="commitment-made/1")).allows(
        approves(DEPUTY, of="commitment-made/1")
    )
    assert not world.book.approvals.unsigned


def test_the_table_in_force_at_the_first_confirmation_says_who_else_confirms() -> None:
    world = given(pool(), DEPUTY_APPROVES, transcribes("C-1", line("20000.00")), sets_table(*TWO_EYES))
    world.allows(confirms(S151), sets_table())
    assert "C-1" not in world.book.commitments.made
    world.allows(confirms(DEPUTY))
    assert "C-1" in world.book.commitments.made


def test_each_party_confirms_a_contract_before_it_binds_any() -> None:
    """Else whoever writes down that a source says so could bind others to pay."""
    world = given(partners(ICB, CHARITY), table=[rule("contract-agreed/1", "named-parties")])
    world.allows(quotes_contract(COUNCIL, ICB))
    world.refuses(NothingToConfirm, confirms(ICB_CFO, of="contract-agreed/1"))
    world.allows(confirms(S151, of="contract-agreed/1"), confirms(CHARITY_CFO, of="contract-agreed/1"))
    assert not world.book.contracts.contracts
    world.allows(confirms(ICB_CFO, of="contract-agreed/1"))
    assert "K-1" in world.book.contracts.contracts
    assert world.book.corrections.landed[world.last("contract-agreed/1").id].owner == COUNCIL


def test_a_confirmation_under_a_compromised_key_falls_away() -> None:
    large = transcribes("C-1", line("20000.00"))
    world = given(pool(), DEPUTY_APPROVES, appoints(CLERK, ["commit", "appoint"]), large, table=TWO_EYES)
    world.allows(confirms(CLERK), revokes(CLERK, by=S151))
    world.allows(confirms(S151), confirms(DEPUTY))
    assert "C-1" in world.book.commitments.made


def test_a_confirmation_names_what_was_read() -> None:
    world = given(pool(), transcribes("C-1"))
    body = {"entry": world.last("commitment-made/1").id, "digest": world.last("pool-agreed/1").digest}
    world.refuses(DigestDiffers, says("entry-confirmed/1", body))
    world.refuses(NothingToConfirm, confirms(S151, of="pool-agreed/1"))


def test_a_confirmed_entry_is_the_confirming_bodys_to_reverse() -> None:
    world = given(partners(ICB), pool(COUNCIL, ICB), transcribes("C-1", funder=ICB), confirms(ICB_CFO))
    world.refuses(NotYourOrganisation, reverses("commitment-made/1", by=S151))
    world.allows(reverses("commitment-made/1", by=ICB_CFO))


def test_who_transcribed_wrongly_takes_it_back() -> None:
    given(partners(ICB), pool(COUNCIL, ICB), transcribes("C-1", funder=ICB)).allows(
        takes_back(S151, of="commitment-made/1"), commits("C-1", by=ICB_CFO)
    )
