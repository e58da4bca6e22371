"""Grants: made once on conditions, which the grantor finds met one by one; and certified by whoever has the money."""

from __future__ import annotations

from typing import Any

from ledger.errors import (
    AboveLimit,
    ConditionAlreadyMet,
    GrantAlreadyMade,
    GrantTermsWrong,
    LaterEntryRests,
    NotAwardedTo,
    NothingCommitted,
    NotTranscribable,
    NotYourOrganisation,
    PowerMissing,
    PreventionUnexplained,
    ReferenceReserved,
    ReturnDiffers,
    UnknownCondition,
    UnknownGrant,
    UnknownOrganisation,
    UnknownSettlement,
    YearOutsideGrant,
    YearRepeated,
)
from ledger.replay import BOUNDED, partial
from tests.histories import Shelf
from tests.rules import (
    CLERK,
    ICB_CFO,
    S151,
    appoints,
    approves,
    commits,
    confirms,
    firms,
    given,
    partners,
    pool,
    reverses,
    rule,
    says,
    takes_back,
    transcribes,
)
from tests.rules.paying import quotes
from tests.rules.test_settlements import DEPARTMENT, FINANCE, awards, settlement
from tests.story import COUNCIL, ICB, Telling, World, line

MATCH = {"name": "match-funding", "what": "The council adds as much of its own"}
OPENED = {"name": "hub-open", "what": "The first hub is open"}


def grant(reference: str = "G-1", *lines: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The body of a grant: a thousand pounds to the council in 2026-27, on two conditions."""
    return {
        "grant": reference,
        "name": "Family hubs",
        "grantor": DEPARTMENT,
        "to": COUNCIL,
        "profile": list(lines) or [line("1000.00")],
        "eligible": "Running costs of family hubs",
        "restriction": "ring-fenced",
        "unspent": "returned",
        "conditions": [MATCH, OPENED],
        **more,
    }


def gives(reference: str = "G-1", *lines: dict[str, Any], by: str = FINANCE, **more: Any) -> Telling:
    """A body gives money on conditions."""
    body = {"grantor": by.split("/", 1)[0], **more}
    return says("grant-conditions-recorded/1", grant(reference, *lines, **body), by)


def finds_met(condition: str = "match-funding", by: str = FINANCE, reference: str = "G-1") -> Telling:
    """The grantor finds that a condition is met."""
    return says("condition-met/1", {"grant": reference, "condition": condition}, by)


def returned(received: str = "1000.00", spent: str = "940.00", left: str = "60.00", **more: Any) -> dict[str, Any]:
    """What became of a grant in a year."""
    sums = {"received": received, "eligible_spend": spent, "unspent": left}
    return {"grant": "G-1", "year": "2026-27", **sums, **more}


def certifies(*sums: str, by: str = S151, **more: Any) -> Telling:
    """The council certifies what became of it."""
    return says("grant-return-certified/1", returned(*sums, **more), by)


def granted(*tellings: Telling) -> World:
    """A ledger in which a department gave the grant to the council, and the care board looks on."""
    return given(partners(DEPARTMENT, ICB), gives(), *tellings)


def conditional(world: World) -> bool:
    """Whether the grant still hangs on a condition."""
    return world.book.grants.get("G-1").conditional


# -- giving -------------------------------------------------------------------------------------


def test_a_grant_is_made_once_even_where_it_was_reversed() -> None:
    world = granted().refuses(GrantAlreadyMade, gives()).allows(reverses("grant-conditions-recorded/1", by=FINANCE))
    world.refuses(GrantAlreadyMade, gives()).refuses(UnknownGrant, finds_met(), certifies()).allows(gives("G-2"))


def test_the_grantor_gives_it_to_a_body_that_is_in_the_register() -> None:
    world = given(partners(DEPARTMENT)).refuses(UnknownOrganisation, gives(to=ICB), gives(pass_through=ICB))
    world.refuses(NotYourOrganisation, gives(by=S151, grantor=DEPARTMENT)).allows(gives())


def test_it_is_given_within_the_limit_for_its_whole_life() -> None:
    deputy = f"{DEPARTMENT}/deputy"
    world = given(partners(DEPARTMENT), appoints(deputy, ["commit"], by=FINANCE, limit="1000.00"))
    two = line("600.00"), line("600.00", "2027-28")
    world.refuses(AboveLimit, gives("G-1", *two, by=deputy)).allows(gives(by=deputy))
    world.allows(appoints(CLERK, ["operate"])).refuses(PowerMissing, gives(by=CLERK))


def test_its_profile_holds_together_as_that_of_a_commitment() -> None:
    world = given(partners(DEPARTMENT)).refuses(NothingCommitted, gives("G-1", line("0.00")), gives(profile=[]))
    world.refuses(YearRepeated, gives("G-1", line(), line()))
    world.refuses(PreventionUnexplained, gives("G-1", line(category="prevention")))


def test_its_days_and_conditions_agree_with_each_other() -> None:
    world = given(partners(DEPARTMENT)).refuses(GrantTermsWrong, gives(use_by="2026-03-31"))
    world.refuses(GrantTermsWrong, gives(use_by="2027-03-31", return_by="2027-03-30"))
    world.refuses(GrantTermsWrong, gives(pass_by="2026-06-30"), because="to nobody")
    world.refuses(GrantTermsWrong, gives(conditions=[MATCH, MATCH]), because="match-funding is there twice")
    wrong = gives(use_by="2026-03-31", conditions=[MATCH, MATCH])
    world.refuses(GrantTermsWrong, wrong, because="twice; it must be spent by 2026-03-31")
    world.allows(gives(use_by="2026-04-01", return_by="2026-04-01", pass_through=COUNCIL, pass_by="2026-06-30"))


def test_the_first_year_of_a_grant_is_its_earliest() -> None:
    lines = line("1.00", "2028-29"), line("1.00", "2027-28")
    world = given(partners(DEPARTMENT)).refuses(GrantTermsWrong, gives("G-1", *lines, use_by="2027-03-31"))
    world.allows(gives("G-1", *lines, use_by="2027-04-01"))


def test_a_grant_is_part_of_a_settlement_between_the_same_bodies_or_to_the_grantor() -> None:
    world = given(partners(DEPARTMENT, ICB)).refuses(UnknownSettlement, gives(settlement="S-1")).allows(awards())
    world.refuses(NotAwardedTo, gives(settlement="S-1", to=ICB), gives(settlement="S-1", by=ICB_CFO))
    world.allows(gives(settlement="S-1"), gives("G-2", by=S151, to=ICB, settlement="S-1"))
    world.refuses(LaterEntryRests, reverses("settlement-awarded/1", by=FINANCE))


# -- conditions ---------------------------------------------------------------------------------


def test_a_grant_is_conditional_until_each_condition_is_met() -> None:
    world = granted().refuses(NotYourOrganisation, finds_met(by=S151)).refuses(UnknownCondition, finds_met("other"))
    assert conditional(world.allows(finds_met()))
    world.refuses(ConditionAlreadyMet, finds_met())
    assert not conditional(world.allows(finds_met("hub-open")))
    assert conditional(world.allows(reverses("condition-met/1", by=FINANCE, number=1)))
    world.refuses(ConditionAlreadyMet, finds_met("hub-open")).allows(finds_met())
    assert not conditional(world)


def test_a_grant_without_conditions_is_not_conditional() -> None:
    world = given(partners(DEPARTMENT), gives(conditions=[])).refuses(UnknownCondition, finds_met(), because="none")
    assert not conditional(world)


def test_a_grant_is_not_reversed_while_anything_names_it() -> None:
    world = granted(finds_met()).refuses(LaterEntryRests, reverses("grant-conditions-recorded/1", by=FINANCE))
    world.allows(reverses("condition-met/1", by=FINANCE), reverses("grant-conditions-recorded/1", by=FINANCE))


# -- returns ------------------------------------------------------------------------------------


def test_the_body_that_has_the_money_certifies_what_became_of_it() -> None:
    world = granted().refuses(NotYourOrganisation, certifies(by=FINANCE)).refuses(UnknownGrant, certifies(grant="G-2"))
    world.refuses(YearOutsideGrant, certifies(year="2027-28")).allows(certifies(), certifies(returned="60.00"))


def test_a_return_adds_up() -> None:
    world = granted().refuses(ReturnDiffers, certifies("1000.00", "940.00", "60.01"))
    world.refuses(ReturnDiffers, certifies("1000.00", "1000.00", "0.01"), certifies(returned="60.01"))
    world.allows(certifies("0.00", "0.00", "0.00"), reverses("grant-return-certified/1"))


# -- transcribed --------------------------------------------------------------------------------


def test_a_source_may_say_what_was_granted_and_the_grantor_confirms_it() -> None:
    quoted = quotes("grant-conditions-recorded/1", grant())
    world = given(partners(DEPARTMENT, ICB), quoted).refuses(ReferenceReserved, gives(), quoted)
    world.refuses(UnknownGrant, finds_met(), certifies())
    world.allows(confirms(FINANCE, of="grant-conditions-recorded/1"), finds_met(), certifies())
    world.refuses(GrantAlreadyMade, quoted).refuses(NotTranscribable, quotes("grant-return-certified/1", returned()))


def test_even_a_source_names_what_there_is_and_only_an_officer_answers_for_the_terms() -> None:
    world = given(partners(DEPARTMENT))
    world.refuses(UnknownOrganisation, quotes("grant-conditions-recorded/1", grant(to=ICB)))
    world.refuses(UnknownSettlement, quotes("grant-conditions-recorded/1", grant(settlement="S-1")))
    world.refuses(NothingCommitted, quotes("grant-conditions-recorded/1", grant("G-1", line("0.00"))))
    world.allows(quotes("settlement-awarded/1", settlement()))
    world.allows(quotes("grant-conditions-recorded/1", grant(settlement="S-1", use_by="2026-03-31")))
    world.refuses(GrantTermsWrong, confirms(FINANCE, of="grant-conditions-recorded/1"))
    world.allows(takes_back(S151, of="grant-conditions-recorded/1"), gives(settlement="S-1"))


# -- commitments that name one ------------------------------------------------------------------


def test_a_commitment_names_a_grant_that_was_given_to_its_funder() -> None:
    world = granted(pool(COUNCIL, ICB)).refuses(UnknownGrant, commits(grant="G-2"))
    world.refuses(NotAwardedTo, commits(grant="G-1", by=ICB_CFO)).allows(commits(grant="G-1"))
    world.refuses(LaterEntryRests, reverses("grant-conditions-recorded/1", by=FINANCE))


def test_a_commitment_may_name_a_grant_that_only_a_source_states() -> None:
    world = given(partners(DEPARTMENT, ICB), pool(COUNCIL, ICB)).refuses(UnknownGrant, transcribes(grant="G-1"))
    world.allows(quotes("grant-conditions-recorded/1", grant()), commits(grant="G-1"))
    world.allows(transcribes("C-2", grant="G-1", funder=ICB))
    world.allows(confirms(FINANCE, of="grant-conditions-recorded/1")).refuses(NotAwardedTo, confirms(ICB_CFO))


def test_money_of_a_grant_follows_its_terms_into_the_pool() -> None:
    world = given(partners(DEPARTMENT), pool(), gives(use_by="2027-01-31"), gives("G-2", unspent="kept"))
    world.allows(commits("C-1", grant="G-1"), commits("C-2", grant="G-1", use_by="2026-12-31"))
    world.allows(commits("C-3", grant="G-1", use_by="2027-02-28"), commits("C-4", grant="G-2"), commits("C-5"))
    first, none = "2027-01-31", "None"
    assert [(str(lot.use_by), lot.kept) for lot in world.book.pots.lots.values() if lot.commitment] == [
        *((first, False), ("2026-12-31", False), (first, False), (none, True), (none, True)),
    ]


# -- waiting ------------------------------------------------------------------------------------


def test_of_two_findings_that_wait_for_one_condition_the_second_is_refused_its_last_signature() -> None:
    table = [rule("condition-met/1", "second-officer")]
    deputy = f"{DEPARTMENT}/deputy"
    world = given(partners(DEPARTMENT), appoints(deputy, ["approve"], by=FINANCE), gives(), table=table)
    world.allows(finds_met(), finds_met())
    assert conditional(world)
    world.allows(approves(deputy)).refuses(ConditionAlreadyMet, approves(deputy, of="condition-met/1", number=1))
    world.allows(reverses("condition-met/1", by=FINANCE)).allows(approves(deputy))
    assert world.book.grants.get("G-1").unmet == {"match-funding", "hub-open"}


def test_what_a_waiting_grant_would_be_called_is_reserved() -> None:
    table = [rule("grant-conditions-recorded/1", "second-officer")]
    world = given(partners(DEPARTMENT), gives(), table=table).refuses(ReferenceReserved, gives())
    world.refuses(UnknownGrant, finds_met(), certifies())


# -- a Book of what one statement needs ---------------------------------------------------------


def test_a_commitment_that_names_its_origin_is_judged_by_the_whole_book() -> None:
    plain, named = commits("C-1", strength="indicative"), commits("C-2", grant="G-1", strength="indicative")
    world = granted(pool(COUNCIL, ICB), awards(), plain, named, commits("C-3", settlement="S-1"))
    world.allows(firms("C-1"), firms("C-2"))
    shelf = Shelf()
    for told, said in zip(world.lines, world.said, strict=True):
        shelf.put(told, said)
    bounded = {
        (said.event.kind, said.event.commitment)
        for said in world.said
        if isinstance(said.event, BOUNDED) and partial(shelf, said, len(world.lines)) is not None
    }
    assert bounded == {("commitment-made/1", "C-1"), ("commitment-firmed/1", "C-1")}
