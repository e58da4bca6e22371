"""Years: virement, overspends shared step after step, what is carried forward, and periods that are closed."""

from __future__ import annotations

from typing import Any

import pytest

from ledger.errors import (
    ApportionmentDiffers,
    BudgetTooSmall,
    LaterEntryRests,
    NothingCommitted,
    NothingToApportion,
    NothingToCarry,
    NotYourOrganisation,
    PeriodIsClosed,
    PeriodNotClosed,
    SpendAlreadyRecorded,
    StageOutOfOrder,
    UnknownPool,
    UnknownScheme,
    UnknownSpend,
    YearOutsidePool,
)
from tests.rules import ICB_CFO, approves, declines, pool, reverses, scheme
from tests.rules.drawing import (
    NEXT,
    YEAR,
    accrues,
    adjusts,
    administers,
    apportions,
    carries,
    credits_back,
    draws,
    earns,
    forecasts,
    funded,
    gives_a_budget,
    invoices,
    left,
    lists,
    lots_of,
    maps,
    moved,
    pooled,
    promises,
    reclassifies,
    recovers_by,
    reports,
    reverses_on,
    shuts,
    spends,
    spent_to,
    unfunded,
    vires,
    with_the_board,
)
from tests.rules.test_pools import varies_the_pool, varies_the_scheme
from tests.story import COUNCIL, ICB, Telling, World

# -- within the year ------------------------------------------------------------------------------


def budgeted(budget: str = "100.00", *tellings: Telling) -> World:
    """Two schemes, of which the first has a budget."""
    world = funded("600.00", "400.00", schemes=("S-1", "S-2"))
    return world.given(with_the_board(varies_the_scheme(budget=budget)), *tellings)


def test_budget_moves_as_far_as_it_is_not_spent() -> None:
    """Of 100.00, 30.00 are spent and 20.00 moved: 50.00 are left to move."""
    world = budgeted("100.00", spends("X-1", "30.00"), vires("20.00"))
    world.refuses(BudgetTooSmall, vires("50.01"), because="GBP 50.00|50.00").allows(vires("50.00"))
    world.refuses(BudgetTooSmall, vires("0.01")).allows(reverses("virement-made/1"), vires("50.00"))
    assert world.book.years.moved == {("S-1", YEAR): -70_00, ("S-2", YEAR): 70_00}
    assert draws(world) == {"council": "18.00", "board": "12.00"}, "it moves no draw"


def test_a_virement_is_between_two_schemes_of_the_pool() -> None:
    world = budgeted().given(pool(COUNCIL, ICB, pool="other"), scheme("S-3", pool="other"))
    world.refuses(UnknownScheme, vires("1.00", "S-9"), vires("1.00", getting="S-3"))
    world.refuses(NothingCommitted, vires("0.00"), vires("1.00", getting="S-1"))
    world.refuses(BudgetTooSmall, vires("1.00", "S-2", "S-1"), because="no budget was agreed for S-2")


@pytest.mark.parametrize("says", [vires, recovers_by, apportions, carries])
def test_what_happens_within_a_year_is_the_hosts_to_record(says: Any) -> None:
    world = budgeted().refuses(NotYourOrganisation, says("1.00", by=ICB_CFO))
    world.refuses(YearOutsidePool, says("1.00", year="2029-30")).refuses(UnknownPool, says("1.00", pool="P-9"))


def test_a_forecast_and_a_plan_to_recover_move_nothing() -> None:
    world = (
        budgeted().refuses(UnknownScheme, forecasts(scheme="S-9")).refuses(NotYourOrganisation, forecasts(by=ICB_CFO))
    )
    world.allows(forecasts(), forecasts(scheme="S-1"), recovers_by(), reverses("variance-forecast/1"))
    assert (left(world, "C"), left(world, "B")) == ("600.00", "400.00")


# -- an overspend ---------------------------------------------------------------------------------


def overspent(by: str = "50.00", *tiers: dict[str, Any], draws: Any = (), **more: Any) -> World:
    """600.00 and 400.00 are committed, and so much more is spent."""
    world = funded("600.00", "400.00", risk_share=list(tiers), draws=list(draws), **more)
    return world.given(spends("X-0", "1000.00"), spends("X-1", by))


def bearer(partner: str, **more: Any) -> dict[str, Any]:
    """One of those who bear."""
    return {"partner": partner, **more}


HALVES = [bearer(COUNCIL, share="50"), bearer(ICB, share="50")]


@pytest.mark.parametrize(
    ("tiers", "council", "board"),
    [
        ([], "30.00", "20.00"),
        ([{"bearers": HALVES}], "25.00", "25.00"),
        ([{"bearers": [bearer(ICB)]}], "", "50.00"),
        ([{"bearers": [bearer(COUNCIL), bearer(ICB, cap="15.00")]}], "35.00", "15.00"),
        ([{"up_to": "10.00", "bearers": [bearer(COUNCIL)]}, {"bearers": HALVES}], "30.00", "20.00"),
        (
            [
                {"up_to": "10.00", "bearers": HALVES},
                {"up_to": "20.00", "bearers": [bearer(ICB)]},
                {"bearers": [bearer(COUNCIL), bearer(ICB, cap="30.00")]},
            ],
            "20.00",
            "30.00",
        ),
    ],
    ids=["in proportion", "fixed", "one bears all", "capped", "two steps", "three steps and a cap"],
)
def test_an_overspend_is_borne_as_the_agreement_shares_risk(
    tiers: list[dict[str, Any]], council: str, board: str
) -> None:
    """Of three steps: 5.00 each, 20.00, and of 20.00 the 5.00 that the board's cap leaves (12.00 and 8.00 without)."""
    world = overspent("50.00", *tiers)
    world.refuses(ApportionmentDiffers, apportions("50.00", "25.01", "24.99"), because="by the agreement it is")
    world.allows(apportions("50.00", council, board), *([approves(ICB_CFO)] if board else []))
    assert unfunded(world) == "0.00"
    wanted = {"council": council, "board": board}
    assert draws(world) == {name: part for name, part in wanted.items() if part}


def test_an_overspend_is_apportioned_part_by_part_and_caps_are_of_the_year() -> None:
    """The cap of 15.00 takes 8.00 of the first 20.00, and 7.00 of the next 30.00 (12.00 without it)."""
    world = overspent("50.00", {"bearers": [bearer(COUNCIL), bearer(ICB, cap="15.00")]})
    world.given(with_the_board(apportions("20.00", "12.00", "8.00")))
    assert (unfunded(world), draws(world)) == ("30.00", {"council": "12.00", "board": "8.00", "unfunded": "30.00"})
    world.given(with_the_board(apportions("30.00", "23.00", "7.00")))
    assert draws(world) == {"council": "35.00", "board": "15.00"}


def test_what_no_step_takes_cannot_be_apportioned() -> None:
    world = overspent("50.00", {"up_to": "10.00", "bearers": HALVES})
    world.refuses(ApportionmentDiffers, apportions("50.00", "5.00", "5.00"), because="40.00 is beyond every cap")
    world.allows(with_the_board(apportions("10.00", "5.00", "5.00")))
    world.refuses(ApportionmentDiffers, apportions("1.00", "1.00"), because="1.00 is beyond every cap")


def test_no_more_than_what_is_unfunded_is_apportioned_and_the_oldest_first() -> None:
    world = overspent("50.00").given(spends("X-2", "10.00"))
    world.refuses(NothingToApportion, apportions("60.01", "36.01", "24.00"), apportions("0.00"))
    world.refuses(NothingToApportion, apportions("1.00", "1.00", category="capital"))
    world.refuses(ApportionmentDiffers, apportions("1.00", "1.00", lines=[{"partner": COUNCIL, "amount": "0.30"}] * 2))
    world.given(with_the_board(apportions("50.00", "30.00", "20.00")))
    assert (draws(world), draws(world, "X-2")) == ({"council": "30.00", "board": "20.00"}, {"unfunded": "10.00"})


def test_odd_pennies_of_overspends_fall_to_whoever_is_owed_most() -> None:
    """0.01 three times at 60 to 40: the council, the board, and the council again."""
    world = overspent("0.03")
    world.given(apportions("0.01", "0.01"), with_the_board(apportions("0.01", "", "0.01")), apportions("0.01", "0.01"))
    assert draws(world) == {"council": "0.02", "board": "0.01"}


def test_whoever_bears_a_part_agrees_or_nothing_is_apportioned() -> None:
    world = overspent("50.00").given(apportions("50.00", "30.00", "20.00"))
    assert unfunded(world) == "50.00"
    assert unfunded(world.given(declines(ICB_CFO, of="variance-apportioned/1"))) == "50.00"
    world.given(with_the_board(apportions("50.00", "30.00", "20.00"), reverses("variance-apportioned/1")))
    assert (unfunded(world), world.book.years.borne[("prevention", YEAR, ICB)]) == ("50.00", 0)
    world.allows(with_the_board(apportions("50.00", "30.00", "20.00")))


def test_an_apportionment_is_taken_back_as_far_as_it_still_stands() -> None:
    """Of 50.00 borne 20.00 were credited since: 30.00 are unfunded again."""
    world = overspent("50.00").given(with_the_board(apportions("50.00", "30.00", "20.00")))
    world.given(credits_back("N-1", "X-1", "20.00"), with_the_board(reverses("variance-apportioned/1")))
    assert (unfunded(world), draws(world)) == ("30.00", {"unfunded": "30.00"})


# -- carrying forward -----------------------------------------------------------------------------


def test_what_is_kept_in_silence_is_in_proportion_and_the_rest_goes_back() -> None:
    """600.00 and 400.00 less 100.00 spent: 540.00 and 360.00 are left; of 90.00, 54.00 and 36.00 are kept."""
    world = funded().given(spends(), with_the_board(carries("90.00")))
    assert moved(world, "carried") == {"C": "-54.00", "C+": "54.00", "B": "-36.00", "B+": "36.00"}
    assert moved(world, "to-return") == {"C": "-486.00", "B": "-324.00"}
    assert (left(world, "C"), left(world, "C", NEXT, brought=True)) == ("0.00", "54.00")
    assert unfunded(world.given(spends("X-2", "1.00", "2027-03-31"))) == "1.00", (
        "nothing is left in the year that ended"
    )


def test_what_is_kept_by_name_is_as_named() -> None:
    world = funded().given(promises("R", "50.00", scheme="S-1"))
    named = [{"commitment": "R", "amount": "50.00"}, {"commitment": "B", "amount": "10.00"}]
    world.refuses(NothingToCarry, carries("60.01", lines=named), carries("60.00", lines=[*named, named[0]]))
    world.refuses(NothingToCarry, carries("50.01", lines=[{"commitment": "R", "amount": "50.01"}]))
    world.refuses(NothingToCarry, carries("1.00", lines=[{"commitment": "Q", "amount": "1.00"}]))
    world.given(with_the_board(carries("60.00", lines=named, use_by="2027-12-31")))
    assert moved(world, "carried") == {"R": "-50.00", "R+": "50.00", "B": "-10.00", "B+": "10.00"}
    assert moved(world, "to-return") == {"C": "-600.00", "B": "-390.00"}
    assert lots_of(world.given(spends("X-1", "55.00", "2027-05-01"))) == {"R+": "50.00", "B+": "5.00"}


def test_restricted_money_and_money_that_may_not_be_kept_is_not_kept_in_silence() -> None:
    world = pooled(promises("C", "30.00"), promises("R", "20.00", scheme="S-1"))
    world.refuses(NothingToCarry, carries("30.01"), because="30.00").allows(with_the_board(carries("30.00")))
    assert moved(world, "to-return") == {"R": "-20.00"}


def test_money_is_carried_forward_after_the_year_and_by_all_partners() -> None:
    world = funded().refuses(NothingToCarry, carries("10.00", on="2027-03-31"), because="is not over")
    world.refuses(NothingToCarry, carries("1000.01")).given(carries("10.00"))
    assert left(world, "C") == "600.00", "it waits for the other partner"
    world.given(approves(ICB_CFO))
    assert left(world, "C", NEXT, brought=True) == "6.00"


def test_a_carry_forward_is_reversed_while_nothing_is_drawn_of_it() -> None:
    world = funded().given(with_the_board(carries("90.00")), spends("X-1", "1.00", "2027-05-01"))
    world.refuses(LaterEntryRests, reverses("carry-forward-approved/1"), because="is drawn on since")
    world.given(reverses("spend-recorded/1"), with_the_board(reverses("carry-forward-approved/1")))
    assert (left(world, "C"), left(world, "B")) == ("600.00", "400.00")
    assert left(world, "C", NEXT, brought=True) == "0.00"
    world.refuses(NothingToCarry, carries("90.00")).allows(with_the_board(carries("90.00", on="2027-05-20")))
    assert left(world, "C", NEXT, brought=True) == "54.00"


def test_what_is_brought_forward_is_there_from_the_day_on_which_it_was_approved() -> None:
    world = funded().given(with_the_board(carries("90.00", on="2027-04-20")))
    assert draws(world.given(spends("X-1", "1.00", "2027-04-19"))) == {"unfunded": "1.00"}
    assert draws(world.given(spends("X-2", "10.00", "2027-04-20")), "X-2") == {"council": "6.00", "board": "4.00"}


# -- closing --------------------------------------------------------------------------------------


def spent_by_quarter() -> World:
    """10.00 in the first quarter, 20.00 in the third."""
    return funded().given(spends("X-1", "10.00", "2026-06-30"), spends("X-2", "20.00", "2026-10-01"))


def test_a_year_is_reported_quarter_by_quarter_and_closed_stage_by_stage() -> None:
    world = spent_by_quarter().refuses(NotYourOrganisation, reports("10.00", 1, by=ICB_CFO))
    world.refuses(
        StageOutOfOrder, reports("10.00", 2), reports("9.99", 1), shuts("draft", "30.00"), shuts("final", "30.00")
    )
    world.allows(reports("10.00", 1)).refuses(StageOutOfOrder, reports("10.00", 1), because="quarter 1 was the last")
    world.allows(reports("10.00", 2), reports("30.00", 3), reports("30.00", 4), shuts("provisional", "30.00"))
    world.refuses(StageOutOfOrder, shuts("provisional", "30.00"), shuts("final", "30.00"), reports("30.00", 4))
    world.allows(shuts("draft", "30.00"), shuts("final", "30.00")).refuses(StageOutOfOrder, shuts("final", "30.00"))
    assert world.book.years.stage("prevention", YEAR) == "final"


def test_a_period_is_closed_when_it_is_over_and_a_quarter_says_which() -> None:
    world = spent_by_quarter().refuses(StageOutOfOrder, reports("10.00", 1, on="2026-06-30"), because="it is not over")
    world.refuses(StageOutOfOrder, shuts("provisional", "30.00", on="2027-03-31"), because="ends on 2027-03-31")
    world.refuses(StageOutOfOrder, shuts("provisional", "30.00", quarter=1), shuts("quarter", "30.00"))
    world.allows(reports("10.00", 1, on="2026-07-01"), shuts("provisional", "30.00", on="2027-04-01"))


@pytest.mark.parametrize(
    ("quarter", "last", "first"),
    [
        (1, "2026-06-30", "2026-07-01"),
        (2, "2026-09-30", "2026-10-01"),
        (3, "2026-12-31", "2027-01-01"),
        (4, "2027-03-31", "2027-04-01"),
    ],
)
def test_a_quarter_ends_on_its_last_day(quarter: int, last: str, first: str) -> None:
    world = funded().given(*(reports("0.00", number) for number in range(1, quarter + 1)))
    world.refuses(PeriodIsClosed, spends("X-1", on=last)).allows(spends("X-1", on=first))


ON = "2026-06-30"
LATE: list[Telling] = [
    *(spends("Y-1", on=ON), accrues("Y-1", on=ON), gives_a_budget("Y-1"), administers("Y-1"), earns("1.00", on=ON)),
    *(credits_back("Y-1", "X-1", "1.00", on=ON), invoices("A-1", "2.00", on=ON)),
    *(lists("J-1", ("care", "1.00")), reclassifies("X-1", "1.00", "capital", on=ON)),
    *(reverses_on(ON, "spend-recorded/1"), reverses_on(ON, "income-recorded/1")),
]


def open_world() -> World:
    """Spending, an accrual, income and a map, all in the first quarter."""
    world = funded().given(spends("X-1", "10.00", ON), accrues("A-1", "5.00", ON), earns("7.00", on=ON))
    return world.given(spends("X-2", "1.00", ON), maps())


@pytest.mark.parametrize("late", LATE)
def test_nothing_more_occurs_in_a_period_that_was_reported(late: Telling) -> None:
    open_world().allows(late)
    open_world().given(reports("16.00", 1)).refuses(PeriodIsClosed, late)
    open_world().given(shuts("provisional", "16.00")).refuses(PeriodIsClosed, late)


def test_an_adjustment_is_of_a_period_that_was_reported_and_not_finally_closed() -> None:
    world = spent_by_quarter().refuses(PeriodNotClosed, adjusts("Y-1", "5.00"))
    world.refuses(UnknownScheme, adjusts("Y-1", "1.00", scheme="S-9"))
    world.given(reports("10.00", 1)).refuses(PeriodNotClosed, adjusts("Y-1", "5.00", "2026-07-01"))
    world.refuses(NotYourOrganisation, adjusts("Y-1", "5.00", by=ICB_CFO)).allows(adjusts("Y-1", "5.00"))
    world.refuses(SpendAlreadyRecorded, adjusts("Y-1", "5.00"), spends("Y-1", on="2026-07-01"))
    assert (draws(world, "Y-1"), spent_to(world, ON)) == ({"council": "3.00", "board": "2.00"}, "15.00")
    world.refuses(UnknownSpend, adjusts("Y-2", "1.00", credits="Y-9"))
    world.allows(adjusts("Y-2", "4.00", credits="X-1"))
    assert (draws(world), spent_to(world, ON)) == ({"council": "3.60", "board": "2.40"}, "11.00")
    world.refuses(PeriodIsClosed, reverses_on(ON, "period-adjusted/1")).allows(reverses("period-adjusted/1"))
    assert draws(world) == {"council": "6.00", "board": "4.00"}
    world.allows(reverses("period-adjusted/1", number=1))
    assert draws(world, "Y-1") == {}


def test_after_the_final_stage_nothing_changes_the_year() -> None:
    world = funded("600.00", "400.00").given(
        spends("X-1", "1010.00", "2026-06-30"), accrues("A-1", "5.00", "2026-06-30")
    )
    world.given(*(shuts(stage, "1015.00") for stage in ("provisional", "draft", "final")))
    world.refuses(PeriodIsClosed, spends("Y-1"), adjusts("Y-1", "5.00"), because="finally closed")
    world.refuses(PeriodIsClosed, apportions("10.00", "6.00", "4.00"), carries("1.00"))
    world.refuses(PeriodIsClosed, reclassifies("X-1", "1.00", "capital", on="2027-05-01"))
    world.refuses(PeriodIsClosed, reverses_on("2027-03-31", "spend-recorded/1"))
    world.allows(reverses_on("2027-05-01", "spend-recorded/1"), invoices("A-1", "6.00"))
    assert (spent_to(world, "2027-03-31"), spent_to(world, "2027-05-31")) == ("1015.00", "-1009.00")


def test_a_close_is_taken_back_the_last_one_first() -> None:
    world = spent_by_quarter().given(reports("10.00", 1), shuts("provisional", "30.00"), shuts("draft", "30.00"))
    world.refuses(StageOutOfOrder, *(reverses("period-closed/1", number=number) for number in (1, 2)))
    world.allows(*(reverses("period-closed/1", number=number) for number in (0, 1, 2)))
    world.allows(spends("Y-1", "1.00", "2026-06-30"), reports("11.00", 1))


def test_what_a_final_year_carried_or_shared_is_not_taken_back() -> None:
    world = overspent("50.00").given(with_the_board(apportions("50.00", "30.00", "20.00")))
    world.given(*(shuts(stage, "1050.00") for stage in ("provisional", "draft", "final")))
    world.refuses(PeriodIsClosed, reverses("variance-apportioned/1"), because="finally closed")
    other = funded().given(with_the_board(carries("10.00")))
    other.given(*(shuts(stage, "0.00") for stage in ("provisional", "draft", "final")))
    other.refuses(PeriodIsClosed, reverses("carry-forward-approved/1"))


def test_a_varied_pool_shares_risk_in_its_new_way_from_there_on() -> None:
    world = overspent("50.00").given(
        with_the_board(varies_the_pool(risk_share=[{"bearers": HALVES}], until="2029-03-31"))
    )
    world.given(with_the_board(apportions("10.00", "5.00", "5.00"), reverses("pool-varied/1")))
    world.allows(with_the_board(apportions("40.00", "24.00", "16.00")))
    assert draws(world) == {"council": "29.00", "board": "21.00"}
