"""Pots: in which order spending draws, within what was committed on each day, and what takes the place of what goes."""

from __future__ import annotations

import copy
from datetime import date
from typing import Any

import pytest

from ledger.errors import DrawnAlready, LaterEntryRests, PeriodIsClosed, UnknownCommitment
from ledger.rules import pots
from tests.rules import (
    ICB_CFO,
    POLICE_CFO,
    S151,
    approves,
    given,
    partners,
    pool,
    reverses,
    says,
    scheme,
)
from tests.rules.drawing import (
    NEXT,
    REASON,
    carries,
    day,
    draws,
    funded,
    left,
    lots_of,
    moved,
    pooled,
    promises,
    reports,
    reverses_on,
    spends,
    spent_to,
    unfunded,
    with_the_board,
)
from tests.rules.paying import (
    BODIES,
    COUNCIL_PAYS,
    claims,
    claws_back,
    contract,
    grants,
    payer,
    pays,
    rate,
    terms,
    unverifies,
    verifies,
    writes_off,
)
from tests.rules.test_commitments import respreads
from tests.rules.test_contributions import falls_due, gives_back, receives
from tests.rules.test_grants import gives
from tests.rules.test_pools import varies_the_pool
from tests.story import COUNCIL, ICB, POLICE, Telling, World, line

# -- the order ------------------------------------------------------------------------------------


def test_money_for_the_scheme_goes_before_money_for_any_and_no_other_schemes_is_touched() -> None:
    world = funded("60.00", "40.00", schemes=("S-1", "S-2"))
    world.given(promises("R-1", "30.00", scheme="S-1"), promises("R-2", "30.00", scheme="S-2"))
    assert lots_of(world.given(spends("X-1", "50.00"))) == {"R-1": "30.00", "C": "12.00", "B": "8.00"}
    assert lots_of(world.given(spends("X-2", "100.00")), "X-2") == {"C": "48.00", "B": "32.00", "unfunded": "20.00"}
    assert left(world, "R-2") == "30.00"


def test_the_earliest_use_by_goes_first_and_a_day_later_it_is_gone() -> None:
    world = pooled(promises("LATE", "10.00", use_by="2026-09-30"), promises("SOON", "10.00", use_by="2026-06-30"))
    world.given(promises("ANY", "10.00"), spends("X-1", "15.00", "2026-06-30"), spends("X-2", "7.00", "2026-07-01"))
    assert lots_of(world) == {"SOON": "10.00", "LATE": "5.00"}
    assert lots_of(world, "X-2") == {"LATE": "5.00", "ANY": "2.00"}
    other = pooled(promises("SOON", "10.00", use_by="2026-06-30"), spends("X-1", "1.00", "2026-07-01"))
    assert draws(other) == {"unfunded": "1.00"}


def test_money_of_a_grant_is_spent_by_the_grants_day_and_goes_before_what_has_none() -> None:
    """The grant ends on 30 June, and what the commitment itself says ends later."""
    world = funded("60.00", "40.00").given(gives(by=ICB_CFO, to=COUNCIL, conditions=[], use_by="2026-06-30"))
    world.given(promises("G", "10.00", grant="G-1", use_by="2026-12-31"), spends("X-1", "15.00", "2026-06-30"))
    assert lots_of(world) == {"G": "10.00", "C": "3.00", "B": "2.00"}
    other = funded("60.00", "40.00").given(gives(by=ICB_CFO, to=COUNCIL, conditions=[], use_by="2026-06-30"))
    other.given(promises("G", "10.00", grant="G-1", use_by="2026-12-31"), spends("X-1", "10.00", "2026-07-01"))
    assert lots_of(other) == {"C": "6.00", "B": "4.00"}


def test_money_brought_forward_goes_before_new_money_whatever_its_use_by() -> None:
    world = pooled(promises("C", "10.00"), with_the_board(carries("10.00")))
    world.given(promises("N", "10.00", year=NEXT, use_by="2027-05-31"), spends("X-1", "15.00", "2027-05-01"))
    assert lots_of(world) == {"C+": "10.00", "N": "5.00"}


def test_of_one_funder_the_older_commitment_goes_first() -> None:
    world = pooled(promises("C-1", "30.00"), promises("C-2", "30.00"), promises("B", "40.00", by=ICB_CFO))
    assert lots_of(world.given(spends("X-1", "60.00"))) == {"C-1": "30.00", "C-2": "6.00", "B": "24.00"}


def test_each_year_category_and_heading_is_a_pot_of_its_own() -> None:
    world = pooled(promises("C", "10.00"), promises("N", "10.00", year=NEXT))
    world.given(spends("X-1", "15.00", "2027-03-31"), spends("X-2", "1.00", "2027-04-01"))
    world.given(spends("X-3", "1.00", category="capital"), spends("X-4", "1.00", accounts_as="capital"))
    assert lots_of(world) == {"C": "10.00", "unfunded": "5.00"}
    assert [lots_of(world, f"X-{number}") for number in (2, 3, 4)] == [
        *({"N": "1.00"}, {"unfunded": "1.00"}, {"unfunded": "1.00"})
    ]


# -- fixed parts ----------------------------------------------------------------------------------

THIRD = [{"partner": COUNCIL, "share": "1/3"}, {"partner": ICB, "share": "2/3"}]


def test_fixed_parts_hold_whatever_each_has_left_and_the_other_pays_when_one_has_nothing() -> None:
    world = funded("600.00", "30.00", draws=THIRD).given(spends("X-1", "30.00"), spends("X-2", "30.00"))
    assert (draws(world), draws(world, "X-2")) == (
        {"council": "10.00", "board": "20.00"},
        {"council": "20.00", "board": "10.00"},
    )


def test_whoever_has_no_fixed_part_comes_after_those_who_have() -> None:
    world = given(partners(ICB, POLICE), pool(COUNCIL, ICB, POLICE, draws=THIRD), scheme(), day("2026-12-01"))
    world.given(promises("P", "50.00", POLICE_CFO), promises("C", "10.00"), promises("B", "20.00", ICB_CFO))
    assert lots_of(world.given(spends("X-1", "40.00"))) == {"C": "10.00", "B": "20.00", "P": "10.00"}


def test_a_variation_changes_how_spending_draws_from_there_on_and_no_draw_before_it() -> None:
    world = funded().given(spends("X-1", "30.00"))
    world.given(with_the_board(varies_the_pool(draws=THIRD, until="2029-03-31")))
    world.given(spends("X-2", "30.00"), with_the_board(reverses("pool-varied/1")), spends("X-3", "30.00"))
    assert [draws(world, f"X-{number}") for number in (1, 2, 3)] == [
        {"council": "18.00", "board": "12.00"},
        {"council": "10.00", "board": "20.00"},
        {"council": "18.26", "board": "11.74"},  # 572.00 to 368.00 are left
    ]


# -- both clocks ----------------------------------------------------------------------------------


def test_what_was_committed_later_does_not_pay_for_an_earlier_day() -> None:
    world = pooled(promises("C", "10.00"), promises("B", "90.00", by=ICB_CFO, on="2026-07-01"))
    world.given(spends("X-1", "20.00", "2026-06-30"), spends("X-2", "20.00", "2026-07-01"))
    assert draws(world) == {"council": "10.00", "unfunded": "10.00"}
    assert draws(world, "X-2") == {"board": "20.00"}


def test_backdated_spending_does_not_take_what_is_drawn_on_a_later_day() -> None:
    """100.00 are there all year, and 80.00 are drawn in September: in June 20.00 are left, and not 100.00."""
    world = pooled(promises("C", "100.00"), spends("X-1", "80.00", "2026-09-30"), spends("X-2", "50.00", "2026-06-30"))
    assert draws(world, "X-2") == {"council": "20.00", "unfunded": "30.00"}
    assert draws(world) == {"council": "80.00"}


def test_what_a_commitment_falls_to_later_is_not_drawn_before() -> None:
    """From October it is 60.00: of what is spent in June no more than that."""
    world = pooled(promises("C", "100.00"), varies_on("2026-10-01", "C", "60.00"), spends("X-1", "80.00", "2026-06-30"))
    assert draws(world) == {"council": "60.00", "unfunded": "20.00"}
    assert never_overdrawn(world)


def test_no_lot_is_overdrawn_on_any_day() -> None:
    world = pooled(promises("C", "50.00", on="2026-05-01"), promises("B", "70.00", by=ICB_CFO))
    days = ("2026-09-10", "2026-06-10", "2026-04-10", "2026-12-10", "2026-06-09", "2026-07-01")
    world.given(*(spends(f"X-{number}", "31.00", when) for number, when in enumerate(days)))
    world.given(reverses_on("2026-08-01", "spend-recorded/1", number=4), spends("Y", "40.00", "2026-04-02"))
    world.given(reverses_on("2026-05-20", "commitment-made/1", number=1))
    assert never_overdrawn(world)
    for reference in ("Y", *(f"X-{number}" for number in range(6))):
        assert world.book.pots.spends[reference].cost in (0, 31_00, 40_00)


def never_overdrawn(world: World) -> bool:
    """Whether each lot holds, on each day, what is drawn of it."""
    lots = [lot for lot in world.book.pots.lots.values() if lot.funder]
    return all(pence >= 0 for lot in lots for _, pence in lot.left_from(date(2026, 4, 1)))


def varies_on(when: str, reference: str, amount: str, by: str = S151, **more: Any) -> Telling:
    """A commitment's profile is replaced from that day on."""
    body = {"commitment": reference, "profile": [line(amount, **more)], "occurred_on": when}
    return says("commitment-varied/1", body, by, sealed=REASON)


def withdraws_on(when: str, reference: str, by: str = S151) -> Telling:
    """A commitment ends on that day."""
    return says("commitment-withdrawn/1", {"commitment": reference, "occurred_on": when}, by, sealed=REASON)


# -- commitments below what is drawn --------------------------------------------------------------


def test_a_commitment_does_not_fall_below_what_is_drawn_of_it() -> None:
    world = funded("60.00", "40.00").given(spends("X-1", "50.00"))
    world.refuses(DrawnAlready, varies_on("2027-05-01", "C", "29.99"), withdraws_on("2027-05-01", "C"))
    world.refuses(
        DrawnAlready, varies_on("2027-05-01", "C", "60.00", category="capital"), because="30.00 of C is drawn"
    )
    world.refuses(DrawnAlready, respreads("C", line("29.99"), line("30.01", NEXT)))
    world.allows(respreads("C", line("30.00"), line("30.00", NEXT)), approves(ICB_CFO))
    assert (left(world, "C"), left(world, "C", NEXT)) == ("0.00", "30.00")
    world.allows(varies_on("2027-05-01", "C", "30.00")).refuses(DrawnAlready, withdraws_on("2027-05-01", "C"))


def test_nor_on_an_earlier_day_than_that_of_the_draw() -> None:
    world = pooled(promises("C", "60.00"), spends("X-1", "50.00", "2026-09-30"))
    world.refuses(DrawnAlready, varies_on("2026-06-30", "C", "49.99")).allows(varies_on("2026-06-30", "C", "50.00"))


def test_what_of_a_withdrawn_commitment_is_not_drawn_is_there_no_more() -> None:
    world = funded("60.00", "40.00").given(withdraws_on("2026-06-30", "C"), spends("X-1", "50.00", "2026-06-30"))
    assert draws(world) == {"board": "40.00", "unfunded": "10.00"}
    world.given(reverses_on("2026-06-30", "commitment-withdrawn/1"))
    assert (left(world, "C"), draws(world)) == ("60.00", {"board": "40.00", "unfunded": "10.00"}), "no draw moves"


def test_a_variation_that_was_an_error_uncovers_the_latest_draws() -> None:
    """60.00 became 100.00, of which 30.00, 40.00 and 20.00 are drawn: 60.00 leave the last and 10.00 unfunded."""
    world = pooled(promises("C", "60.00"), varies_on("2026-04-01", "C", "100.00"))
    world.given(*(spends(f"X-{number}", amount) for number, amount in enumerate(("30.00", "40.00", "20.00"))))
    world.given(reverses("commitment-varied/1"))
    assert [draws(world, f"X-{number}") for number in range(3)] == [
        {"council": "30.00"},
        {"council": "30.00", "unfunded": "10.00"},
        {"unfunded": "20.00"},
    ]
    assert never_overdrawn(world)


def test_what_was_drawn_and_given_back_stands_in_nobodys_way() -> None:
    world = pooled(promises("C", "60.00"), spends("X-1", "60.00", "2026-06-01"))
    world.given(reverses_on("2026-09-01", "spend-recorded/1"), reverses_on("2026-05-01", "commitment-made/1"))
    assert (draws(world), unfunded(world)) == ({}, "0.00")


def test_uncovering_passes_over_a_later_day_that_does_not_help() -> None:
    """From August to September only 50.00 are there: the draw of June gives, and not that of October."""
    world = pooled(
        promises("C", "50.00"), varies_on("2026-06-01", "C", "80.00"), varies_on("2026-10-01", "C", "100.00")
    )
    world.given(spends("X-1", "70.00", "2026-06-30"), spends("X-2", "30.00", "2026-10-01"))
    world.given(
        reverses_on("2026-06-01", "commitment-varied/1"), reverses_on("2026-06-01", "commitment-varied/1", number=1)
    )
    assert (draws(world, "X-1"), draws(world, "X-2")) == (
        {"council": "50.00", "unfunded": "20.00"},
        {"unfunded": "30.00"},
    )
    assert never_overdrawn(world)


# -- one commitment in the stead of another -------------------------------------------------------


def test_what_replaces_a_commitment_covers_the_oldest_first() -> None:
    world = pooled(
        promises("C", "60.00"), spends("X-1", "20.00"), spends("X-2", "30.00"), reverses("commitment-made/1")
    )
    assert unfunded(world) == "50.00"
    world.given(promises("N", "10.00"), promises("C-2", "25.00", replaces="C"))
    assert (draws(world), draws(world, "X-2")) == ({"council": "20.00"}, {"council": "5.00", "unfunded": "25.00"})
    assert left(world, "N") == "10.00", "what is no replacement covers nothing that was spent before"
    world.given(promises("C-3", "30.00", replaces="C"))
    assert (unfunded(world), left(world, "C-3")) == ("0.00", "5.00")


def test_only_ones_own_commitment_that_was_reversed_is_replaced() -> None:
    world = funded("60.00", "40.00", pool(COUNCIL, ICB, pool="other"))
    world.refuses(UnknownCommitment, promises("N", "1.00", replaces="C"), promises("N", "1.00", replaces="Q"))
    world.given(reverses("commitment-made/1", by=ICB_CFO))
    world.refuses(UnknownCommitment, promises("N", "1.00", replaces="B"))
    world.refuses(UnknownCommitment, promises("N", "1.00", by=ICB_CFO, replaces="B", pool="other"))
    world.allows(promises("N", "1.00", by=ICB_CFO, replaces="B"))


def test_a_replacement_covers_what_it_may_be_spent_on() -> None:
    world = pooled(promises("C", "60.00"), spends("X-1", "20.00"), schemes=("S-1", "S-2"))
    world.given(spends("X-2", "20.00", scheme="S-2"), reverses("commitment-made/1"))
    world.given(promises("N", "60.00", scheme="S-2", replaces="C"))
    assert (draws(world), draws(world, "X-2")) == ({"unfunded": "20.00"}, {"council": "20.00"})


# -- cash above a commitment ----------------------------------------------------------------------


def test_cash_above_a_commitment_counts_as_committed_while_it_is_there() -> None:
    world = funded("60.00", "40.00").given(falls_due("I-1", "40.00", commitment="B"), receives("I-1", "30.00"))
    assert left(world, "B") == "40.00"
    world.given(receives("I-1", "20.00"))
    assert (moved(world, "over-received"), left(world, "B")) == ({"B": "10.00"}, "50.00")
    world.given(gives_back("I-1", "4.00"))
    assert left(world, "B") == "46.00"
    world.given(reverses("contribution-returned/1"), spends("X-1", "110.00", "2027-03-31"))
    assert (draws(world), left(world, "B")) == ({"council": "60.00", "board": "40.00", "unfunded": "10.00"}, "10.00")
    world.given(reverses("contribution-received/1"))
    assert (left(world, "B"), unfunded(world)) == ("0.00", "10.00")


def test_a_receipt_that_was_wrong_uncovers_only_what_no_commitment_covers() -> None:
    world = pooled(promises("B", "40.00", by=ICB_CFO), falls_due("I-1", "40.00", commitment="B"))
    received = says("contribution-received/1", {"contribution": "I-1", "amount": "50.00", "occurred_on": "2026-05-01"})
    world.given(received, spends("X-1", "45.00"), reverses_on("2026-05-02", "contribution-received/1"))
    assert draws(world) == {"board": "40.00", "unfunded": "5.00"}


# -- a contract that a pool pays for --------------------------------------------------------------


def pays_from_the_pool(**more: Any) -> World:
    """The council pays half of 100.00 for an outcome from the pool (60 to 40), and the board the other half."""
    world = given(*BODIES, pool(COUNCIL, ICB), scheme(), promises("C", "600.00"), promises("B", "400.00", by=ICB_CFO))
    payers = [payer(COUNCIL, "50", **{"pool": "prevention", "scheme": "S-1", **more}), payer(ICB, "50")]
    world.given(contract("K-1", terms(payers=payers, rates=[rate(price="100.00")])), day("2026-10-01"))
    return world.given(claims("N-1", 2), verifies("N-1", 2), grants("P-1", {COUNCIL: "100.00", ICB: "100.00"}, 2))


PART = f"P-1|{COUNCIL}"


def test_a_pools_part_of_a_payment_draws_once_when_it_is_approved() -> None:
    world = pays_from_the_pool()
    assert (draws(world, PART), world.book.pots.spends[PART].contract) == (
        {"council": "60.00", "board": "40.00"},
        "K-1",
    )
    before = copy.deepcopy(world.book.pots)
    world.given(pays("P-1", "100.00"))
    assert world.book.pots.spends == before.spends
    world.refuses(LaterEntryRests, reverses("payment-approved/1")).given(reverses("payment-made/1", by=COUNCIL_PAYS))
    assert draws(world.given(reverses("payment-approved/1")), PART) == {}
    assert spent_to(world, "2026-10-31") == "0.00"


def test_without_a_scheme_it_draws_on_money_for_any_and_under_its_own_heading() -> None:
    world = pays_from_the_pool(scheme=None, category="capital", accounts_as="capital")
    assert draws(world, PART) == {"unfunded": "100.00"}
    assert world.book.pots.lots[next(iter(world.book.pots.spends[PART].parts))].pot[2:] == ("capital", "capital")


def test_a_withdrawn_verification_gives_the_pools_part_back() -> None:
    world = pays_from_the_pool().given(pays("P-1", "100.00"), unverifies())
    assert (draws(world, PART), left(world, "C"), left(world, "B")) == ({}, "600.00", "400.00")


def test_a_clawback_gives_back_and_a_write_off_draws_again() -> None:
    """50.00 of 200.00 come back: 25.00 of the pool's 100.00, at 60 to 40; 10.00 of them will not: 5.00 are drawn."""
    world = pays_from_the_pool().given(pays("P-1", "100.00"), pays("P-1", "100.00", by=f"{ICB}/payments"))
    world.given(claws_back("P-1", "50.00"))
    assert draws(world, PART) == {"council": "45.00", "board": "30.00"}
    world.given(writes_off("P-1", "10.00"))
    assert draws(world, PART) == {"council": "48.00", "board": "32.00"}
    world.given(reverses("clawback-written-off/1"), reverses("clawback-raised/1"))
    assert draws(world, PART) == {"council": "60.00", "board": "40.00"}


def test_a_write_off_in_a_later_year_is_of_that_year() -> None:
    world = pays_from_the_pool().given(pays("P-1", "100.00"), pays("P-1", "100.00", by=f"{ICB}/payments"))
    world.given(day("2027-06-01"), claws_back("P-1", "200.00"), writes_off("P-1", "100.00"))
    assert (spent_to(world, "2027-03-31"), spent_to(world, "2027-06-30")) == ("100.00", "-50.00")
    assert (left(world, "C"), left(world, "C", NEXT, brought=True)) == ("540.00", "30.00")


@pytest.mark.parametrize("says", [claws_back, writes_off])
def test_nothing_of_a_contract_moves_in_a_pools_reported_period(says: Any) -> None:
    world = pays_from_the_pool().given(pays("P-1", "100.00"), pays("P-1", "100.00", by=f"{ICB}/payments"))
    world.given(claws_back("P-1", "20.00"), day("2027-01-10"))
    world.given(reports("0.00", 1, on="2026-07-01"), reports("0.00", 2, on="2026-10-01"))
    late = says("P-1", "1.00")
    world.allows(late).given(reports(spent_to(world, "2026-12-31"), 3, on="2027-01-10"))
    body = {"payment": "P-1", "amount": "1.00", "occurred_on": "2026-12-31"}
    if says is claws_back:
        world.refuses(PeriodIsClosed, lambda told: told.say("clawback-raised/1", body, S151, sealed=REASON))
    else:
        more = {"decision": "Cabinet minute 15"}
        world.refuses(PeriodIsClosed, lambda told: told.say("clawback-written-off/1", body, S151, **more))


def test_a_line_of_a_journal_and_a_pools_part_of_a_payment_never_share_a_name() -> None:
    """A reference holds neither a blank nor a bar, so what follows the first of them tells the two apart."""
    assert PART.split("|") == ["P-1", COUNCIL]
    assert pots.NOBODY == "", "so the lot of what is unfunded begins with a bar, and no commitment's does"


# -- odd pennies ----------------------------------------------------------------------------------


def test_the_draws_of_a_line_and_what_is_unfunded_come_to_it_to_the_penny() -> None:
    world = funded("1.00", "0.50", draws=THIRD).given(*(spends(f"X-{number}", "0.17") for number in range(10)))
    assert all(world.book.pots.spends[f"X-{number}"].cost == 17 for number in range(10))
    assert (unfunded(world), left(world, "C"), left(world, "B")) == ("0.20", "0.00", "0.00")
