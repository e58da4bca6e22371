"""The year-end journals: debits are credits, pool by pool; they are the postings; and both sides agree."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from commands.main import main
from ledger.values import FinancialYear
from projections.sight import own_ledger
from projections.sight.reading import END_OF_TIME
from tests import transcript
from tests.rules import reverses, says
from tests.rules.drawing import (
    accrues,
    administers,
    carries,
    cost,
    earns,
    funded,
    invoices,
    spends,
    with_the_board,
)
from tests.rules.test_contributions import falls_due
from tests.story import COUNCIL, ICB, Telling, World
from tests.test_journal_export import a_year, carried, overspent, posted, reversed_, seen

YEAR, NEXT = FinancialYear("2026-27"), FinancialYear("2027-28")
Row = dict[str, Any]


def journals(
    world: World, partner: str, year: FinancialYear = YEAR, true: date = END_OF_TIME, known: int | None = None
) -> list[Row]:
    """The rows of a partner's journals."""
    with seen(world.lines, known, true) as sight:
        return own_ledger.rows(sight, partner, year)


def signed(row: Row) -> int:
    """Pence: a debit above zero, a credit below."""
    return int(row["debit"] or 0) - int(row["credit"] or 0)


def by_account(rows: list[Row], *accounts: str) -> int:
    """The sum of some accounts, in pence."""
    return sum(signed(row) for row in rows if row["account"] in accounts)


def closing(rows: list[Row], account: str) -> int:
    """The balance at the year's end, without what is taken back of the year before."""
    return sum(signed(row) for row in rows if row["account"] == account and "a year ago" not in row["what"])


def drawn(world: World, funder: str, year: str = YEAR) -> int:
    """What spending of a year drew on a funder, in pence."""
    found = [one for _, one in posted(world.lines) if (one.account, one.funder, one.year) == ("spent", funder, year)]
    return sum(one.pence for one in found)


def gets(instalment: str, amount: str, on: str) -> Telling:
    """The host receives an instalment on that day."""
    return says("contribution-received/1", {"contribution": instalment, "amount": amount, "occurred_on": on})


def sole() -> World:
    """The same as `settled`, in a pool that its host controls alone."""
    return told(control_basis="sole-control")


def settled() -> World:
    """A joint operation: spending, an accrual, income, a receipt, and money that is kept."""
    return told()


def told(**more: Any) -> World:
    world = funded("600.00", "400.00", **more)
    world.given(falls_due("I-1", "400.00", commitment="B"), gets("I-1", "400.00", "2026-05-01"))
    world.given(spends("X-1", "500.00", cost=cost("480.00", irrecoverable_vat="20.00", vat="not-recovered")))
    world.given(earns("50.00", ICB), accrues(net="100.00"), administers())
    world.given(with_the_board(carries("300.00")))
    return world.given(invoices("A-1", "110.00"), spends("X-9", "30.00", "2027-05-02"))


WORLDS = [settled, sole, a_year, overspent, carried, reversed_]
worlds = pytest.mark.parametrize("tell", WORLDS, ids=lambda tell: tell.__name__)
CLOCKS: list[tuple[int, date]] = [(0, END_OF_TIME), (0, date(2026, 8, 1)), (-2, END_OF_TIME), (-4, date(2027, 4, 1))]


@worlds
@pytest.mark.parametrize("clock", CLOCKS, ids=str)
@pytest.mark.parametrize("year", [YEAR, NEXT])
@pytest.mark.parametrize("partner", [COUNCIL, ICB])
def test_debits_are_credits_pool_by_pool(
    tell: Callable[[], World], clock: tuple[int, date], year: FinancialYear, partner: str
) -> None:
    world = tell()
    sums: dict[str, int] = defaultdict(int)
    for row in journals(world, partner, year, clock[1], len(world.lines) + clock[0]):
        assert (row["debit"] is None) != (row["credit"] is None)
        assert (row["debit"] or row["credit"]) > 0
        assert row["date"] == year.last_day
        assert row["entries"]
        sums[row["pool"]] += signed(row)
    assert not any(sums.values())


@worlds
@pytest.mark.parametrize("year", [YEAR, NEXT])
def test_the_shares_of_all_partners_are_the_spending_of_the_pool(
    tell: Callable[[], World], year: FinancialYear
) -> None:
    world = tell()
    whole = sum(one.pence for _, one in posted(world.lines) if one.account == "spent" and one.year == year)
    shares = [by_account(journals(world, partner, year), "expenditure", "VAT") for partner in (COUNCIL, ICB)]
    if tell is sole:
        assert shares[0] == whole
    else:
        assert sum(shares) == whole


@worlds
@pytest.mark.parametrize("year", [YEAR, NEXT])
def test_a_partners_share_is_what_spending_drew_on_it(tell: Callable[[], World], year: FinancialYear) -> None:
    world = tell()
    assert by_account(journals(world, ICB, year), "expenditure", "VAT") == drawn(world, ICB, year)


@worlds
@pytest.mark.parametrize("year", [YEAR, NEXT])
def test_the_hosts_bank_is_what_was_paid_less_what_came_in(tell: Callable[[], World], year: FinancialYear) -> None:
    world = tell()
    cash = [
        one.pence
        for _, one in posted(world.lines)
        if year.first_day <= one.day <= year.last_day
        and ((one.account == "cash" and (not one.funder or one.why == "income")) or one.account == "paid-out")
    ]
    assert by_account(journals(world, COUNCIL, year), "bank") == sum(cash)


@worlds
@pytest.mark.parametrize("year", [YEAR, NEXT])
def test_both_sides_agree_what_they_owe_each_other(tell: Callable[[], World], year: FinancialYear) -> None:
    """What the partner shows with the pool, the host shows with the partner, with the other sign."""
    world = tell()
    own = [row for row in journals(world, ICB, year) if "spent, not paid for" not in row["what"]]
    host = [row for row in journals(world, COUNCIL, year) if ICB in row["what"] and row["account"] != "income"]
    if tell is not sole:
        for account in ("carry-forward", "contributions"):
            assert by_account(own, account) == -by_account(host, account)
        mine = closing(own, "debtors") + closing(own, "creditors")
        assert mine == -closing(host, "debtors") - closing(host, "creditors")


def test_a_year_in_figures() -> None:
    """600 to 400 are committed; 500.00 is spent 300 to 200, and 50.00 of the board's income comes to its 200.00 left.

    So 100.00 accrued and 10.00 of administration are drawn 300 to 250: 60.00 and 50.00. Of 440.00 unspent, 240.00 to
    200.00, 300.00 is kept: 163.64 and 136.36. The accrual is owed as the scheme was funded, 354.55 to 245.45, and so
    the VAT of 20.00 is divided. The board is owed 400.00 and 50.00 less 250.00 and 136.36, and what is not paid yet.
    """
    found = [
        (row["account"], row["what"], str(row["debit"] or ""), str(row["credit"] or ""))
        for row in journals(settled(), ICB)
    ]
    assert found == [
        ("expenditure", f"funded by {ICB}", "4.55", ""),
        ("expenditure", f"funded by {ICB}", "237.27", ""),
        ("VAT", f"not recovered, funded by {ICB}", "8.18", ""),
        ("creditors", "spent, not paid for", "", "40.91"),
        ("income", "charges, recharges and interest of the pool", "", "50.00"),
        ("contributions", "paid into the pool", "", "400.00"),
        ("debtors", "the pool owes", "104.55", ""),
        ("carry-forward", f"of {ICB}", "136.36", ""),
    ]


def test_the_year_after_takes_the_balances_back_and_the_rest_is_movement() -> None:
    world = settled()
    for partner in (COUNCIL, ICB):
        first, second = journals(world, partner), journals(world, partner, NEXT)
        for account in ("debtors", "creditors", "carry-forward"):
            opening = sum(signed(row) for row in second if row["account"] == account and "a year ago" in row["what"])
            assert opening == -closing(first, account)


def test_the_host_under_sole_control_shows_all_of_it_and_the_others_as_income() -> None:
    rows = journals(sole(), COUNCIL)
    assert {row["shown"] for row in rows} == {"the whole"}
    assert by_account(rows, "expenditure", "VAT") == 61_000
    assert by_account(rows, "VAT") == 2_000
    spent = drawn(sole(), ICB)
    income = {row["what"]: signed(row) for row in rows if row["account"] == "income"}
    assert income[f"contribution of {ICB}, so far as it was used"] == -(spent - 5_000)
    assert closing(rows, "creditors") < 0
    assert {row["shown"] for row in journals(sole(), ICB)} == {"its share"}


def test_what_was_known_earlier_is_shown_as_it_was_known() -> None:
    world = settled()
    size = len(world.lines)
    world.given(reverses("spend-recorded/1"))
    assert journals(world, ICB, known=size) == journals(settled(), ICB)
    assert journals(world, ICB, NEXT) != journals(settled(), ICB, NEXT)


def test_odd_pennies_of_either_sign_stay_whole() -> None:
    for pence in (100, -100, 1, -1, 0):
        parts = own_ledger.divided(pence, {"a": 1, "b": 1, "c": 1, "d": -5}, "a")
        assert sum(parts.values()) == pence
        assert "d" not in parts
    assert own_ledger.divided(7, {"a": 0}, "host") == {"host": 7}


# -- as a command ---------------------------------------------------------------------------------------


def test_the_command_writes_the_rows_and_says_what_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with transcript.place(tmp_path, "the example place"):
        assert main(["demo"]) == 0
    with transcript.place(tmp_path / "outcomes-demo"):
        asked = ["export", "journal", "--gl", ICB, "--year", YEAR]
        assert main([*asked, "-o", "journals.csv"]) == 0
        rows = list(csv.DictReader(Path("journals.csv").read_text("utf-8").splitlines()))
        capsys.readouterr()
        assert main(asked) == 0
        assert list(csv.DictReader(capsys.readouterr().out.splitlines())) == rows
        assert [(row["account"], row["debit"], row["credit"]) for row in rows] == [
            ("expenditure", "72000.00", ""),
            ("contributions", "", "60000.00"),
            ("creditors", "", "12000.00"),
        ]
        assert main(["export", "journal", "--gl", ICB]) == 2
        assert main(["export", "journal", "--gl", "GB-EXAMPLE-NOBODY", "--year", YEAR]) == 5
        assert main([*asked, "--as-known", "16"]) == 0
        assert capsys.readouterr().out.count("\n") == 1, "the heads of the columns alone"
