"""A pool seen: its partners, cash, schemes, quarters and reports, and the annual return, which balances.

Law: each figure is one that the test adds up itself; both clocks are asked.
"""

from __future__ import annotations

import csv
import subprocess
from collections.abc import Callable
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given as every
from hypothesis import settings
from hypothesis import strategies as st

from commands import reports
from ledger.errors import NotFound
from ledger.values import FinancialYear, Pence
from projections.papers import ods
from projections.papers.paper import Paper
from projections.pictures import year as years
from projections.sight import annual, quarters
from projections.sight.annual import Return
from projections.sight.pool import (
    Pooled,
    carried_by_host,
    cash_rows,
    notes,
    outlook_rows,
    partner_rows,
    scheme_rows,
    strength_rows,
    unfunded_rows,
)
from tests.rules import ICB_CFO, approves, given, partners, pool, rule, scheme
from tests.rules.drawing import (
    accrues,
    adjusts,
    apportions,
    carries,
    credits_back,
    day,
    earns,
    forecasts,
    funded,
    invoices,
    lists,
    maps,
    pooled,
    promises,
    reconciles,
    recovers_by,
    shuts,
    spends,
    vires,
    with_the_board,
)
from tests.rules.drawing import (
    reports as sends,
)
from tests.rules.test_contributions import falls_due
from tests.sight_histories import POOL
from tests.story import COUNCIL, ICB, World
from tests.test_sight import arrives, sight_of
from tests.test_sight_histories import lived

YEAR, NEXT = FinancialYear("2026-27"), FinancialYear("2027-28")
Rows = list[dict[str, Any]]


def by(rows: Rows, name: str, *columns: str) -> dict[Any, tuple[Any, ...]]:
    """Some columns of each row, by one of them, with sums as they are printed."""
    return {
        row[name]: tuple(str(row[one]) if isinstance(row.get(one), Pence) else row.get(one) for one in columns)
        for row in rows
    }


@contextmanager
def seen(world: World, year: str | None = "2026-27", of: str = "prevention", **clocks: Any) -> Any:
    """The pool of a world, on both clocks."""
    with sight_of(world, **clocks) as sight:
        yield Pooled(sight, of, year)


# -- partners and cash --------------------------------------------------------------------------------


def a_year() -> World:
    """600.00 and 400.00, 40.00 of it indicative; 500.00 spent, 30.00 earned, and 150.00 of the board's received."""
    world = pooled(promises("C", "600.00"), promises("B", "360.00", by=ICB_CFO), schemes=("S-1", "S-2"))
    world.given(promises("I", "40.00", by=ICB_CFO, strength="indicative"), earns("30.00", on="2026-05-01"))
    world.given(falls_due("I-1", "180.00", commitment="B", due_on="2026-06-30", occurred_on="2026-04-03"))
    world.given(falls_due("I-2", "180.00", commitment="B", due_on="2026-09-30", occurred_on="2026-04-03"))
    world.given(arrives("I-1", "150.00", "2026-07-03"))
    return world.given(spends("X-1", "206.00", "2026-06-30"), spends("X-2", "309.00", "2026-12-31", scheme="S-2"))


def test_what_came_less_what_was_drawn_carried_and_is_to_return_is_undrawn() -> None:
    """1,030.00 is there, 515.00 is drawn: half of what each has, the council's 630.00 and the board's 400.00."""
    with seen(a_year()) as one:
        shown = by(partner_rows(one), "partner", "share_per_cent", "committed", "income", "drawn", "undrawn")
    assert shown == {
        COUNCIL: ("60.0", "600.00", "30.00", "315.00", "315.00"),
        ICB: ("40.0", "400.00", "0.00", "200.00", "200.00"),
    }


def test_a_commitment_that_depends_on_something_is_shown_apart() -> None:
    with seen(a_year()) as one:
        shown = {(row["partner"], row["strength"]): str(row["amount"]) for row in strength_rows(one)}
    assert shown == {(COUNCIL, "firm"): "600.00", (ICB, "firm"): "360.00", (ICB, "indicative"): "40.00"}


def test_cash_is_due_received_and_clears_the_oldest() -> None:
    """The board's 150.00 clears the 80.00 that X-1 drew of it, and 70.00 of the 120.00 that X-2 did."""
    with seen(a_year()) as one:
        row = by(cash_rows(one), "partner", "due", "received", "drawn", "funded", "awaited", "conditional", "in_hand")
        assert carried_by_host(one) == 50_00, "515.00 was spent; 315.00 is the host's own, 150.00 is in"
    assert row[ICB] == ("360.00", "150.00", "200.00", "150.00", "50.00", "0.00", "0.00")
    assert row[COUNCIL] == ("0.00", "30.00", "315.00", "315.00", "0.00", "0.00", "0.00")


def test_what_is_drawn_on_an_indicative_commitment_is_conditional_until_its_cash_is_in() -> None:
    world = pooled(promises("I", "40.00", by=ICB_CFO, strength="indicative"), spends("X-1", "30.00"))
    world.given(falls_due("I-1", "40.00", commitment="I"), arrives("I-1", "12.00", "2027-05-01"))
    with seen(world) as one:
        assert by(cash_rows(one), "partner", "funded", "awaited", "conditional")[ICB] == ("12.00", "0.00", "18.00")


def test_on_the_true_clock_nothing_is_there_before_its_day() -> None:
    with seen(a_year(), true="2026-06-30") as one:
        row = by(cash_rows(one), "partner", "due", "received", "drawn", "awaited")[ICB]
    assert row == ("180.00", "0.00", "80.00", "80.00"), "206.00 at 400 of 1,030 is 80.00"


def test_on_the_known_clock_nothing_is_there_before_its_entry() -> None:
    world = a_year()
    with seen(world, known=len(world.lines) - 1) as one:
        assert [str(row["drawn"]) for row in partner_rows(one)] == ["126.00", "80.00"]


def test_a_pool_that_is_not_there_is_not_found() -> None:
    with seen(a_year(), of="nowhere") as one, pytest.raises(NotFound, match="no pool nowhere"):
        notes(one)


# -- schemes ------------------------------------------------------------------------------------------


def test_a_schemes_budget_moves_by_virement_and_its_forecast_is_set_against_it() -> None:
    world = given(partners(ICB), pool(COUNCIL, ICB), scheme("S-1", budget="500.00"), scheme("S-2", budget="300.00"))
    world.given(day("2027-01-10"), promises("C", "800.00"), spends("X-1", "200.00"))
    world.given(vires("50.00"), forecasts("470.00", scheme="S-1"), forecasts("460.00", scheme="S-1"), recovers_by())
    with seen(world, None) as one:
        shown = by(
            scheme_rows(one), "scheme", "budget", "virements", "revised", "spent", "left", "forecast", "variance"
        )
        outlook = [(row["what"], str(row["amount"])) for row in outlook_rows(one)]
    assert shown["S-1"] == ("500.00", "-50.00", "450.00", "200.00", "250.00", "460.00", "10.00")
    assert shown["S-2"] == ("300.00", "50.00", "350.00", "0.00", "350.00", None, None)
    assert outlook == [("forecast, replaced", "470.00"), ("forecast", "460.00"), ("recovery plan", "-10.00")]


def test_what_nothing_covers_is_a_break_until_somebody_takes_it_on() -> None:
    world = funded("600.00", "400.00", spends("X-1", "1050.00"))
    with seen(world) as one:
        assert by(unfunded_rows(one), "place", "amount", "category") == {"S-1": ("50.00", "resource")}
        assert any(said.startswith("BREAK: GBP 50.00") for said in notes(one))
    world.given(with_the_board(apportions("50.00", "30.00", "20.00")))
    with seen(world) as one:
        assert unfunded_rows(one) == []
        assert by(partner_rows(one), "partner", "borne", "drawn") == {
            COUNCIL: ("30.00", "630.00"),
            ICB: ("20.00", "420.00"),
        }


def test_an_agreement_that_not_everybody_signed_says_so_with_the_days() -> None:
    table = [rule("pool-agreed/1", "named-parties", until_then="counts-unsigned", days=1)]
    world = given(partners(ICB), pool(COUNCIL, ICB), day("2026-05-01"), scheme(), table=table)
    unsigned = len(world.lines)
    with seen(world) as one:
        (said,) = (said for said in notes(one) if "unsigned" in said)
        assert said.startswith("prevention operates unsigned, for 30 days: it lacks an officer of GB-EXAMPLE-ICB")
    world.given(approves(ICB_CFO, of="pool-agreed/1"))
    with seen(world) as one:
        assert not [said for said in notes(one) if "unsigned" in said]
    with seen(world, known=unsigned) as one:
        assert [said for said in notes(one) if "unsigned" in said], "as it was known then"


# -- quarters, reports and months -----------------------------------------------------------------------


def test_what_is_planned_falls_due_by_its_instalments_or_evenly() -> None:
    """The board's two instalments, and a quarter of everything else: 600.00 of the council and 40.00."""
    with seen(a_year()) as one:
        shown = quarters.quarter_rows(quarters.by_quarter(one))
    assert by(shown, "quarter", "planned", "spent", "received") == {
        "Q1": ("340.00", "206.00", "30.00"),
        "Q2": ("340.00", "0.00", "150.00"),
        "Q3": ("160.00", "309.00", "0.00"),
        "Q4": ("160.00", "0.00", "0.00"),
    }
    last = shown[-1]
    assert [str(last[f"{what}_to_date"]) for what in ("planned", "spent", "received")] == [
        "1000.00",
        "515.00",
        "180.00",
    ]


def test_the_odd_pennies_of_a_plan_are_not_lost() -> None:
    with seen(pooled(promises("C", "100.03"))) as one:
        shown = quarters.quarter_rows(quarters.by_quarter(one))
    assert [str(row["planned"]) for row in shown] == ["25.00", "25.01", "25.01", "25.01"]


def test_what_came_after_the_year_is_apart_from_its_quarters() -> None:
    world = funded(
        "600.00", "400.00", falls_due("I-1", "100.00", commitment="B"), arrives("I-1", "100.00", "2027-04-09")
    )
    with seen(world) as one:
        shown = by(quarters.quarter_rows(quarters.by_quarter(one)), "quarter", "received")
    assert (shown["Q4"], shown[quarters.AFTER]) == (("0.00",), ("100.00",))


def test_the_chart_adds_up_and_draws_nothing_for_quarters_to_come() -> None:
    world = pooled(promises("C", "100.00"), promises("D", "80.00", year=NEXT), spends("X-1", "30.00"))
    with seen(world, None) as one:
        chart = quarters.chart(one, quarters.by_quarter(one))
    planned, spent, _ = chart.series
    assert [point[1] for point in planned.points if point] == [2500, 5000, 7500, 10000, 12000, 14000, 16000, 18000]
    assert [point[1] for point in spent.points if point] == [3000] * 5, "it is May 2027"
    assert years.drawn(chart).startswith("<svg")


def test_a_report_stands_as_it_was_sent_beside_what_it_would_be_by_now() -> None:
    world = funded("600.00", "400.00", spends("X-1", "120.00", "2026-06-18"), sends("120.00", 1))
    sent = len(world.lines)
    world.given(adjusts("X-2", "2.50"), spends("X-3", "50.00", "2026-09-30"), sends("172.50", 2))
    with seen(world) as one:
        shown = by(quarters.period_rows(one), "period", "as_sent", "by_now", "difference", "changed_by")
    assert shown["quarter 1"] == ("120.00", "122.50", "2.50", (sent + 1,))
    assert shown["quarter 2"] == ("172.50", "172.50", "0.00", ())


def test_a_month_is_reconciled_until_something_changes_it() -> None:
    world = funded("600.00", "400.00", maps(), lists("J-1", ("care", "60.00"), month="2026-06"))
    with seen(world) as one:
        (row,) = quarters.month_rows(one)
        assert (row["month"], row["standing"]) == ("2026-06", "NOT RECONCILED")
    world.given(reconciles("2026-06-30", "61.00", "60.00", "1.00"))
    with seen(world) as one:
        (row,) = quarters.month_rows(one)
        assert (row["standing"], str(row["there"]), quarters.unreconciled([row])) == ("reconciled", "61.00", [])
    world.given(spends("X-9", "5.00", "2026-06-30"))
    with seen(world) as one:
        rows = quarters.month_rows(one)
    assert [(row["standing"], str(row["by_now"]), row["changed_by"]) for row in rows] == [
        ("NOT RECONCILED: changed since", "65.00", (len(world.lines),))
    ]
    assert quarters.unreconciled(rows) == ["NOT RECONCILED with the finance system: 2026-06."]


# -- the annual return ----------------------------------------------------------------------------------


def two_years() -> World:
    """60.00 is accrued, the board pays 300.00 of 400.00, 90.00 of what is left is carried on, and spent from first."""
    world = funded("600.00", "400.00", spends("X-1", "840.00"), accrues("A-1", "60.00", "2027-03-31"))
    world.given(falls_due("I-1", "400.00", commitment="B"), arrives("I-1", "300.00", "2027-02-01"))
    world.given(with_the_board(carries("90.00", "2027-04-20")))
    return world.given(invoices("A-1", "61.25", "2027-05-10"))


def test_income_less_expenditure_is_the_closing_balance_and_what_becomes_of_it() -> None:
    """1,000.00 less 900.00; of 100.00 left 90.00 is carried on, 54.00 and 36.00, and 10.00 goes back."""
    with seen(two_years()) as one:
        made = Return(one)
        income = by(made.rows(annual.INCOME), "of", "line", "revenue", "capital", "total")
        fates = {(row["line"], row["of"]): str(row["total"]) for row in made.rows(annual.FATES)}
        spent = by(made.rows((annual.SPENT,)), "of", "total")
        assert (
            made.closing == made.total(*annual.INCOME) - made.total(annual.SPENT) == made.total(*annual.FATES) == 100_00
        )
    assert income == {
        COUNCIL: ("contribution", "600.00", "0.00", "600.00"),
        ICB: ("contribution", "400.00", "0.00", "400.00"),
    }
    assert fates == {
        ("carried forward", COUNCIL): "54.00",
        ("carried forward", ICB): "36.00",
        ("to be returned", COUNCIL): "6.00",
        ("to be returned", ICB): "4.00",
    }
    assert spent == {"S-1": ("900.00",)}


def test_the_balances_are_who_owes_what_at_31_march_and_the_cash() -> None:
    """The board owes 400.00 less 300.00 paid and 4.00 that lapsed; 60.00 is owed to a supplier; 300.00 less 840.00."""
    with seen(two_years()) as one:
        shown = {(row["line"], row["of"]): str(row["amount"]) for row in Return(one).balance_rows()}
    assert shown == {
        ("the host's own money, in its accounts", COUNCIL): "594.00",
        ("owed by a partner", ICB): "96.00",
        ("owed for spending", "S-1"): "-60.00",
        ("cash, received less paid", COUNCIL): "-540.00",
    }
    assert 594_00 + 96_00 - 60_00 - 540_00 == 90_00, "what is carried on"


def test_what_was_brought_forward_opens_the_next_year() -> None:
    with seen(two_years(), NEXT) as one:
        made = Return(one)
        opening = {row["of"]: str(row["total"]) for row in made.rows((annual.BROUGHT,))}
        assert made.total(annual.SPENT) == 1_25, "61.25 of the invoice, less 60.00 accrued"
        assert made.closing == 90_00 - 1_25
    assert opening == {COUNCIL: "54.00", ICB: "36.00"}


def test_cash_that_came_after_31_march_was_owed_on_it() -> None:
    world = two_years().given(arrives("I-1", "100.00", "2027-04-09"))
    with seen(world) as one:
        assert Return(one).positions[ICB].pence == 96_00
    with seen(world, NEXT) as one:
        assert Return(one).positions[ICB].pence == -4_00, "100.00 came for what is 96.00: 4.00 goes back"


def test_a_credit_note_after_the_year_is_owed_to_the_pool_on_31_march() -> None:
    world = funded("600.00", "400.00", spends("X-1", "100.00"), credits_back("N-1", "X-1", "30.00", "2027-04-20"))
    with seen(world) as one:
        lines = {row["line"]: str(row["amount"]) for row in Return(one).balance_rows()}
    assert lines["to come back for spending"] == "30.00"
    assert "NOT EXPLAINED" not in lines


def test_a_credit_note_for_what_is_not_paid_yet_lowers_what_is_owed() -> None:
    """60.00 accrued, 20.00 credited, 61.00 invoiced: 40.00 is owed on 31 March, and 61.00 is paid in May."""
    world = funded("600.00", "400.00", accrues("A-1", "60.00", "2027-03-01"))
    world.given(credits_back("N-1", "A-1", "20.00", "2027-03-20"), invoices("A-1", "61.00"))
    with seen(world) as one:
        lines = {row["line"]: str(row["amount"]) for row in Return(one).balance_rows()}
        assert lines["owed for spending"] == "-40.00"
    with seen(world, NEXT) as one:
        lines = {row["line"]: str(row["amount"]) for row in Return(one).balance_rows()}
    assert lines["cash, received less paid"] == "-61.00"
    assert not {"owed for spending", "NOT EXPLAINED"} & lines.keys()


@every(st.integers(0, 2**32), st.integers(1, 25), st.booleans())
@settings(max_examples=25, deadline=None)
def test_every_annual_return_of_every_history_balances(seed: int, length: int, before: bool) -> None:
    world = lived(seed, length).world
    clocks: dict[str, Any] = {"known": max(1, len(world.lines) - 3)} if before else {}
    with sight_of(world, **clocks) as sight:
        if POOL not in sight.hosts:
            return
        for year in ("2025-26", "2026-27", "2027-28", "2028-29"):
            made = Return(Pooled(sight, POOL, year))
            assert made.closing == made.total(*annual.FATES)
            assert "NOT EXPLAINED" not in {row["line"] for row in made.balance_rows()}
            for row in partner_rows(made.pooled):
                came = sum(row[name] for name in ("committed", "brought_forward", "income", "borne"))
                assert row["undrawn"] == came - sum(row[name] for name in ("drawn", "carried", "to_return"))


# -- the annual return as a sheet -----------------------------------------------------------------------


def test_libreoffice_reads_the_annual_return_as_numbers_that_add_up(tool: Callable[[str], str], tmp_path: Path) -> None:
    """Its first sheet is the income: sums are numbers, what begins like a formula is text, and the total is a sum."""
    with seen(two_years()) as one:
        made = Return(one)
        sections = reports.returned(made)
    sections[0].rows[0]["of"] = "=1+1"
    footing = "As at entry 20, root ab, example.org/story; verified by this program on the log's own bytes."
    paper = Paper(title="Annual return", subtitle="example.org/story", sections=sections, footing=footing)
    sheet = tmp_path / "return.ods"
    sheet.write_bytes(ods.spreadsheet(paper))
    how = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,true,true,false,false,false,1"
    profile = f"-env:UserInstallation=file://{tmp_path}/profile"
    command = [tool("soffice"), profile, "--headless", "--convert-to", how, "--outdir", str(tmp_path), str(sheet)]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    (told,) = tmp_path.glob("return*.csv")
    raw = told.read_text("utf-8").splitlines()
    lines = list(csv.reader(raw))
    head = lines.index(["line", "of", "category", "revenue (£)", "capital (£)", "total (£)", "entries"])
    assert lines[head + 1][1] == "=1+1", "it stays text"
    assert '"=1+1"' in raw[head + 1], "a text in quotes"
    assert '"600' not in raw[head + 1], "and numbers without"
    figures = [float(line[5].replace(",", "")) for line in lines[head + 1 : head + 3]]
    total = next(line for line in lines if line and line[0] == "total")
    assert figures == [600.0, 400.0]
    assert float(total[5].replace(",", "")) == sum(figures)
    assert any(footing in line for line in lines)


def test_a_stage_of_the_year_is_reported_too() -> None:
    world = funded("600.00", "400.00", spends("X-1", "120.00", "2026-06-18"), shuts("provisional", "120.00"))
    with seen(world) as one:
        (row,) = quarters.period_rows(one)
    assert (row["period"], row["ends"], str(row["as_sent"])) == ("provisional", date(2027, 3, 31), "120.00")
