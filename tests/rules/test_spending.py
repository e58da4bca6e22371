"""Spending: whose it is to record, what it costs, what lowers it again, and the finance system's own listing of it."""

from __future__ import annotations

from typing import Any

import pytest

from ledger.errors import (
    CreditExceeds,
    JournalAlreadyRecorded,
    JournalDoesNotAdd,
    LaterEntryRests,
    MapWrong,
    NotAnApprover,
    NotAPartner,
    NothingCommitted,
    NotReclassified,
    NotYourOrganisation,
    PowerMissing,
    PreventionUnexplained,
    ReconciliationDiffers,
    SpendAlreadyRecorded,
    UnknownMap,
    UnknownOrganisation,
    UnknownPool,
    UnknownScheme,
    UnknownSpend,
    VatDiffers,
    YearOutsidePool,
)
from ledger.statement import Source
from tests.rules import CLERK, ICB_CFO, S151, appoints, approves, confirms, pool, reverses, scheme
from tests.rules.drawing import (
    NEXT,
    WHY,
    accrues,
    administers,
    cost,
    credits_back,
    draws,
    earns,
    funded,
    gives_a_budget,
    invoices,
    left,
    lists,
    lots_of,
    maps,
    pooled,
    promises,
    publishes,
    reclassifies,
    reconciles,
    reverses_on,
    row,
    spends,
    spent_to,
    unfunded,
    with_the_board,
)
from tests.rules.test_pools import varies_the_scheme
from tests.story import COUNCIL, ICB, Telling, World, line

LINES: list[Any] = [spends, accrues, gives_a_budget]
"""What is recorded for a scheme."""
RECORDED: list[Any] = [
    (spends, "spend-recorded/1"),
    (accrues, "accrual-recorded/1"),
    (gives_a_budget, "personal-budget-allocated/1"),
    (administers, "administrative-cost-recorded/1"),
]


# -- recording ------------------------------------------------------------------------------------


@pytest.mark.parametrize("says", LINES)
def test_the_host_records_spending_on_a_scheme_of_its_pool_in_its_years(says: Any) -> None:
    world = funded().refuses(UnknownScheme, says(scheme="S-9")).refuses(NotYourOrganisation, says(by=ICB_CFO))
    world.refuses(YearOutsidePool, says(occurred_on="2026-03-31")).refuses(
        UnknownSpend, credits_back("N-1", "X-1", "1.00")
    )
    world.given(appoints(CLERK, ["pay", "commit"])).refuses(PowerMissing, says(by=CLERK)).allows(says())


@pytest.mark.parametrize(("says", "kind"), RECORDED)
def test_a_reference_is_used_once_whatever_it_was_and_even_where_it_was_reversed(says: Any, kind: str) -> None:
    world = funded().given(says("R-1"))
    world.refuses(SpendAlreadyRecorded, *(one("R-1") for one in (*LINES, administers)))
    world.allows(reverses_on("2027-03-31", kind)).refuses(SpendAlreadyRecorded, spends("R-1"))
    assert draws(world, "R-1") == {}
    assert (left(world, "C"), left(world, "B"), spent_to(world, "2027-03-31")) == ("600.00", "400.00", "0.00")


def test_a_cost_is_above_zero() -> None:
    none = cost("0.00")
    world = funded().refuses(NothingCommitted, spends(cost=none), accrues(cost=none), administers(cost=none))
    world.refuses(NothingCommitted, gives_a_budget("G-1", "0.00"), earns("0.00"))
    world.given(spends(), accrues()).refuses(NothingCommitted, reclassifies("X-1", "0.00", "capital"))
    world.refuses(NothingCommitted, invoices("A-1", "0.00"))


def test_vat_is_cost_only_where_nobody_gives_it_back_and_as_the_scheme_has_it() -> None:
    odd = cost("100.00", irrecoverable_vat="20.00", vat="host-recovers")
    taxed = cost("100.00", irrecoverable_vat="20.00", vat="not-recovered")
    world = funded().refuses(VatDiffers, spends(cost=odd), accrues(cost=odd), administers(cost=odd))
    world.given(with_the_board(varies_the_scheme(vat="host-recovers")))
    world.refuses(VatDiffers, spends(cost=taxed), because="the scheme's agreement says host-recovers")
    world.allows(administers(cost=taxed), spends(cost=cost("100.00", vat="host-recovers")))
    assert draws(world, "M-1") == {"council": "72.00", "board": "48.00"}


def test_prevention_is_explained_and_nothing_else_is() -> None:
    world = funded().refuses(PreventionUnexplained, spends(category="prevention"), spends(prevention=WHY))
    world.refuses(PreventionUnexplained, accrues(category="prevention"), administers(category="prevention"))
    world.refuses(PreventionUnexplained, gives_a_budget(category="prevention"))
    world.allows(spends("X-1", category="prevention", prevention=WHY))
    world.refuses(PreventionUnexplained, reclassifies("X-1", "1.00", "resource", prevention=WHY))
    assert unfunded(world, category="prevention") == "100.00"


def test_what_it_costs_to_run_the_pool_draws_on_money_for_any_scheme() -> None:
    world = pooled(promises("C", "50.00", scheme="S-1"), promises("B", "5.00", by=ICB_CFO))
    world.refuses(UnknownPool, administers(pool="P-9")).refuses(NotYourOrganisation, administers(by=ICB_CFO))
    world.refuses(YearOutsidePool, administers(occurred_on="2026-03-31")).allows(administers("M-1", "10.00"))
    assert draws(world, "M-1") == {"board": "5.00", "unfunded": "5.00"}


def test_a_body_states_its_outturn_and_draws_on_nothing() -> None:
    world = funded().allows(publishes(), publishes(by=ICB_CFO), publishes("-12.50"))
    world.refuses(NotYourOrganisation, publishes(organisation=ICB))
    world.refuses(UnknownOrganisation, publishes(organisation="GB-EXAMPLE-NOBODY"))
    assert world.book.pots.spends == {}
    quoted = {"organisation": ICB, "year": "2025-26", "section": "RO3", "line": "All", "amount": "1.00"}
    source = Source(dataset="ab" * 32, row="ro3.csv:2")
    world.given(lambda told: told.say("outturn-recorded/1", {**quoted, "certified": False}, S151, source=source))
    world.allows(confirms(ICB_CFO, of="outturn-recorded/1")).allows(reverses("outturn-recorded/1", by=ICB_CFO))


# -- credit notes ---------------------------------------------------------------------------------


def test_a_credit_note_gives_back_to_those_who_bore_it() -> None:
    """Half of 60.00 and 40.00 is 30.00 and 20.00; then what is left."""
    world = funded().given(spends(), credits_back("N-1", "X-1", "50.00"))
    assert (draws(world), left(world, "C")) == ({"council": "30.00", "board": "20.00"}, "570.00")
    world.refuses(CreditExceeds, credits_back("N-2", "X-1", "50.01")).allows(credits_back("N-2", "X-1", "50.00"))
    world.refuses(UnknownSpend, credits_back("N-3", "X-1", "0.01")).allows(reverses("spend-recorded/1"))
    assert draws(world) == {"council": "30.00", "board": "20.00"}


def test_a_credit_note_is_for_the_scheme_and_the_heading_that_it_lowers() -> None:
    world = funded("600.00", "400.00", schemes=("S-1", "S-2")).given(spends())
    world.refuses(CreditExceeds, credits_back("N-1", "X-1", "1.00", scheme="S-2"))
    world.refuses(CreditExceeds, credits_back("N-1", "X-1", "1.00", category="capital"))
    world.refuses(UnknownSpend, credits_back("N-1", "N-1", "1.00"))


def test_odd_pennies_of_credits_fall_to_whoever_is_owed_most_and_nothing_is_lost() -> None:
    """Of three sums of 0.01 the council bore two thirds: it is owed the first penny and the third."""
    world = funded("2.00", "1.00").given(spends("X-1", "0.03"))
    assert draws(world) == {"council": "0.02", "board": "0.01"}
    seen = [draws(world.given(credits_back(f"N-{number}", "X-1", "0.01"))) for number in (1, 2, 3)]
    assert seen == [{"council": "0.01", "board": "0.01"}, {"council": "0.01"}, {}]
    assert (left(world, "C"), left(world, "B")) == ("2.00", "1.00")


def test_what_a_credit_note_names_is_reversed_after_it() -> None:
    world = funded().given(spends(), credits_back("N-1", "X-1", "40.00"))
    world.refuses(LaterEntryRests, reverses("spend-recorded/1", number=1)).allows(reverses("spend-recorded/1"))
    assert draws(world) == {"council": "60.00", "board": "40.00"}
    world.allows(reverses("spend-recorded/1", number=1))
    assert (draws(world), left(world, "C"), left(world, "B")) == ({}, "600.00", "400.00")


def test_what_was_given_back_and_drawn_by_others_since_is_unfunded_when_the_credit_note_was_wrong() -> None:
    """40.00 come back and are spent; taken back, the first line lacks them: the lots have nothing left."""
    world = funded("60.00", "40.00").given(spends(), credits_back("N-1", "X-1", "40.00"))
    world.given(spends("X-2", "40.00", "2026-08-31"))
    assert draws(world.given(reverses("spend-recorded/1", number=1))) == {
        "council": "36.00",
        "board": "24.00",
        "unfunded": "40.00",
    }


# -- accruals -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("invoice", "on", "drawn"),
    [
        ("70.00", "2026-08-01", {"C": "42.00", "B": "28.00"}),
        ("50.00", "2026-08-01", {"C": "30.00", "B": "20.00"}),
        ("60.00", "2026-08-01", {"C": "36.00", "B": "24.00"}),
        ("70.00", "2027-05-01", {"C": "36.00", "B": "24.00", "C-2": "10.00"}),
        ("50.00", "2027-05-01", {"C": "36.00", "B": "24.00", "C+": "-6.00", "B+": "-4.00"}),
    ],
    ids=["more", "less", "the same", "more in the year after", "less in the year after"],
)
def test_an_invoice_draws_or_gives_back_what_it_is_beyond_the_accrual(
    invoice: str, on: str, drawn: dict[str, str]
) -> None:
    world = funded().given(promises("C-2", "50.00", year=NEXT), accrues("A-1", "60.00", "2026-06-30"))
    world.given(invoices("A-1", invoice, on))
    assert lots_of(world, "A-1") == drawn
    world.refuses(UnknownSpend, invoices("A-1", invoice, on)).allows(reverses("accrual-settled/1"))
    assert lots_of(world, "A-1") == {"C": "36.00", "B": "24.00"}
    world.allows(invoices("A-1", "60.00", on)).refuses(LaterEntryRests, reverses("accrual-recorded/1"))


def test_only_the_host_settles_an_accrual_and_only_an_accrual() -> None:
    world = funded().refuses(UnknownSpend, invoices("A-1", "1.00")).given(spends(), accrues())
    world.refuses(UnknownSpend, invoices("X-1", "1.00")).refuses(
        NotYourOrganisation, invoices("A-1", "1.00", by=ICB_CFO)
    )
    odd = cost("1.00", irrecoverable_vat="1.00")
    world.refuses(VatDiffers, invoices("A-1", "", cost=odd)).allows(reverses("accrual-recorded/1"))
    world.refuses(UnknownSpend, invoices("A-1", "1.00"))


# -- income ---------------------------------------------------------------------------------------


def test_income_is_money_of_the_partner_to_whom_the_agreement_gives_it() -> None:
    world = pooled(earns("30.00"), earns("10.00", ICB)).given(spends("X-1", "40.00"))
    assert draws(world) == {"council": "30.00", "board": "10.00"}
    world.given(reverses("income-recorded/1"))
    assert draws(world) == {"council": "30.00", "unfunded": "10.00"}


def test_income_for_one_scheme_is_spent_on_it_alone_and_first() -> None:
    world = funded("100.00", "100.00", schemes=("S-1", "S-2")).given(earns("30.00", scheme="S-2"))
    assert draws(world.given(spends("X-1", "20.00"))) == {"council": "10.00", "board": "10.00"}
    assert draws(world.given(spends("X-2", "40.00", scheme="S-2")), "X-2") == {"council": "35.00", "board": "5.00"}


def test_the_host_records_income_of_a_partner_in_the_pools_years() -> None:
    world = (
        pooled().refuses(UnknownPool, earns("1.00", pool="P-9")).refuses(NotYourOrganisation, earns("1.00", by=ICB_CFO))
    )
    world.refuses(NotAPartner, earns("1.00", "GB-EXAMPLE-PCC")).refuses(UnknownScheme, earns("1.00", scheme="S-9"))
    world.refuses(YearOutsidePool, earns("1.00", on="2026-03-31")).allows(earns("1.00"))


# -- reclassification -----------------------------------------------------------------------------


def two_pots(council: tuple[str, str] = ("60.00", "40.00"), board: tuple[str, str] = ("40.00", "60.00")) -> World:
    """Each commits a sum to resource and a sum to capital (as revenue)."""
    world = pooled()
    for reference, by, sums in (("C", S151, council), ("B", ICB_CFO, board)):
        lines = [line(sums[0]), line(sums[1], category="capital")]
        world.given(promises(reference, "", by, lines=lines))
    return world


def test_a_reclassification_waits_for_those_whose_cost_rises_and_for_nobody_else() -> None:
    """60 to 40 becomes 40 to 60: the board's cost rises by 20.00 and the council's does not."""
    world = two_pots().given(spends(), reclassifies("X-1", "100.00", "capital"))
    assert draws(world) == {"council": "60.00", "board": "40.00"}
    world.given(approves(ICB_CFO))
    assert draws(world) == {"council": "40.00", "board": "60.00"}
    world.given(reverses("category-reclassified/1"))
    assert draws(world) == {"council": "60.00", "board": "40.00"}, (
        "the council takes its own cost back, and asks nobody"
    )
    other = two_pots(("40.00", "60.00"), ("60.00", "40.00")).given(spends(), reclassifies("X-1", "100.00", "capital"))
    assert draws(other) == {"council": "60.00", "board": "40.00"}, "only the host's own cost rises"
    other.given(reverses("category-reclassified/1"))
    assert draws(other) == {"council": "60.00", "board": "40.00"}, "now the board's would rise: it waits"
    assert draws(other.given(approves(ICB_CFO))) == {"council": "40.00", "board": "60.00"}


def test_a_part_can_be_reclassified_and_the_rest_stays() -> None:
    world = two_pots().given(spends(), reclassifies("X-1", "10.00", "capital"), approves(ICB_CFO))
    assert draws(world) == {"council": "58.00", "board": "42.00"}
    assert (left(world, "C"), left(world, "C", category="capital")) == ("6.00", "36.00")


def test_the_last_signature_is_refused_where_by_then_others_would_pay_more() -> None:
    """Nobody but the board was asked; by then a third partner's money is there, and would be drawn."""
    from tests.rules import POLICE_CFO, given, partners, until
    from tests.story import POLICE

    world = given(partners(ICB, POLICE), pool(COUNCIL, ICB, POLICE), scheme(), until("2026-12-01T12:00:00Z"))
    world.given(promises("C", "100.00"), promises("B", "50.00", ICB_CFO, lines=[line("50.00", category="capital")]))
    world.given(spends("X-1", "50.00"), reclassifies("X-1", "50.00", "capital"))
    lines = [line("50.00", category="capital")]
    world.given(promises("P", "", POLICE_CFO, lines=lines))
    world.refuses(NotAnApprover, approves(ICB_CFO, of="category-reclassified/1"), because="cost others too")


def test_what_may_be_reclassified() -> None:
    world = two_pots().refuses(UnknownSpend, reclassifies("X-1", "1.00", "capital")).given(spends())
    world.refuses(NotYourOrganisation, reclassifies("X-1", "1.00", "capital", by=ICB_CFO))
    world.refuses(NotReclassified, reclassifies("X-1", "1.00", "resource"))
    world.refuses(CreditExceeds, reclassifies("X-1", "100.01", "capital"))
    world.refuses(PreventionUnexplained, reclassifies("X-1", "1.00", "prevention"))
    world.given(spends("X-2", "10.00", category="capital", accounts_as="capital"))
    world.refuses(NotReclassified, reclassifies("X-2", "1.00", "resource"), because="without consent")
    world.allows(reclassifies("X-2", "1.00", "resource", authority="The Treasury's letter 4"))


def test_a_reclassification_is_taken_back_as_far_as_it_still_stands() -> None:
    """100.00 moved, 60.00 were credited there: 40.00 move back."""
    world = two_pots().given(spends(), reclassifies("X-1", "100.00", "capital"), approves(ICB_CFO))
    world.given(credits_back("N-1", "X-1", "60.00", category="capital", on="2026-09-01"))
    world.given(reverses("category-reclassified/1"))
    assert world.book.pots.spends["X-1"].cost == 40_00
    assert (left(world, "C", category="capital"), left(world, "B", category="capital")) == ("40.00", "60.00")


# -- maps and journals ----------------------------------------------------------------------------


def test_a_map_names_schemes_of_its_pool_and_each_row_once() -> None:
    world = pooled(pool(COUNCIL, ICB, pool="other"), scheme("S-2", pool="other"))
    world.refuses(NotYourOrganisation, maps(by=ICB_CFO)).refuses(UnknownPool, maps(pool="P-9"))
    world.refuses(MapWrong, maps("GL", row(), row()), because="row care is there twice")
    world.refuses(MapWrong, maps("GL", row(scheme="S-2")), because="S-2 is no scheme of prevention")
    world.refuses(MapWrong, maps("GL", row(scheme="S-9")), maps(rows=[]), maps("GL", row(category="prevention")))
    world.allows(maps("GL", row(), row("none of ours", scheme=None)), maps("GL", row("other")))


def listed(*tellings: Telling) -> World:
    """Both commit, and the map has a row for care, one for works as capital, and one for another scheme."""
    rows = row(), row("works", category="capital"), row("elsewhere", scheme="S-2")
    return funded("600.00", "400.00", schemes=("S-1", "S-2")).given(maps("GL", *rows), *tellings)


def test_a_journal_draws_line_by_line() -> None:
    world = listed(lists("J-1", ("care", "100.00")))
    assert draws(world, "J-1 care") == {"council": "60.00", "board": "40.00"}
    assert spent_to(world, "2026-06-30") == "100.00"
    world.allows(reverses_on("2026-06-30", "journal-recorded/1"), lists("J-2", ("care", "90.00")))
    assert (draws(world, "J-1 care"), spent_to(world, "2027-03-31")) == ({}, "90.00")


def test_a_month_of_a_scheme_is_listed_once() -> None:
    world = listed(lists("J-1", ("care", "1.00")))
    world.refuses(
        JournalAlreadyRecorded, lists("J-2", ("care", "1.00")), lists("J-1", ("care", "1.00"), month="2026-07")
    )
    world.given(reverses("journal-recorded/1")).refuses(JournalAlreadyRecorded, lists("J-1", ("care", "1.00")))
    world.allows(lists("J-2", ("care", "1.00")), lists("J-3", ("care", "1.00"), month="2026-07"))


def test_a_journals_lines_add_up_and_are_of_its_map_and_month() -> None:
    world = listed().refuses(UnknownMap, lists("J-1", ("care", "1.00"), map="other"))
    world.refuses(NotYourOrganisation, lists("J-1", ("care", "1.00"), by=ICB_CFO))
    world.refuses(UnknownScheme, lists("J-1", ("care", "1.00"), scheme="S-9"))
    world.refuses(YearOutsidePool, lists("J-1", ("care", "1.00"), month="2026-03"))
    wrong: list[dict[str, Any]] = [
        *({"total": "1.01"}, {"count": 2}, {"starts": "2026-05-01"}, {"occurred_on": "2026-06-29"}),
        *({"starts": "2026-06-02"}, {"lines": [], "count": 0, "total": "0.00"}),
    ]
    for changed in wrong:
        world.refuses(JournalDoesNotAdd, lists("J-1", ("care", "1.00"), **changed))
    world.refuses(
        JournalDoesNotAdd, lists("J-1", ("care", "1.00"), ("care", "1.00")), because="row care is there twice"
    )
    world.refuses(JournalDoesNotAdd, lists("J-1", ("elsewhere", "1.00")), because="is no row of GL for S-1")
    world.refuses(JournalDoesNotAdd, lists("J-1", ("works", "1.00")), because="counts as capital revenue")


def test_credits_of_a_journal_give_back_the_latest_of_its_scheme() -> None:
    """Of 100.00 and 50.00 the credit of 60.00 takes the whole second line, and 10.00 of the first."""
    world = listed(spends("X-1"), lists("J-1", ("care", "50.00")))
    world.refuses(JournalDoesNotAdd, lists("J-2", ("care", "-150.01"), month="2026-07"), because="more than was spent")
    world.given(lists("J-2", ("care", "-60.00"), month="2026-07"))
    assert (draws(world, "J-1 care"), world.book.pots.spends["X-1"].cost) == ({}, 90_00)
    world.refuses(LaterEntryRests, reverses("journal-recorded/1", number=1), because="gave back some of J-1")
    world.allows(reverses("journal-recorded/1"))
    assert draws(world) == {"council": "60.00", "board": "40.00"}
    world.allows(reverses("journal-recorded/1", number=1))


def test_a_map_is_reversed_while_no_journal_names_it() -> None:
    world = listed(lists("J-1", ("care", "1.00"))).refuses(LaterEntryRests, reverses("journal-mapped/1"))
    world.given(reverses("journal-recorded/1"), reverses("journal-mapped/1"))
    world.refuses(UnknownMap, lists("J-2", ("care", "1.00")))


def test_what_the_two_ledgers_hold_is_explained_to_the_penny() -> None:
    world = funded().given(spends("X-1", "100.00", "2026-06-10"), spends("X-2", "50.00", "2026-07-10"))
    world.refuses(NotYourOrganisation, reconciles("2026-06-30", "100.00", "100.00", by=ICB_CFO))
    world.refuses(ReconciliationDiffers, reconciles("2026-06-30", "150.00", "150.00"))
    world.refuses(ReconciliationDiffers, reconciles("2026-06-30", "110.00", "100.00", "9.99"))
    world.refuses(ReconciliationDiffers, reconciles("2026-06-29", "100.00", "100.00"), because="last day of a month")
    world.allows(reconciles("2026-06-30", "110.00", "100.00", "15.00", "-5.00"))
    world.allows(reconciles("2026-07-31", "150.00", "150.00"), reverses("ledger-reconciled/1"))
    assert list(world.book.spending.reconciled) == [("prevention", world.book.pots.spends["X-1"].day.replace(day=30))]
