"""The views of money: what is counted where, what is shown apart, and what each figure rests on."""

from __future__ import annotations

from datetime import date
from typing import Any

from hypothesis import given as every
from hypothesis import strategies as st

from ledger.statement import Source
from ledger.values import Pence
from projections import contracts, due, outcomes, partner, payers, plans, rates
from projections.rows import Row, written
from tests.rules import CHARITY, DEPUTY, ICB_CFO, S151, appoints, approves, confirms, given, partners, pool, rule, says
from tests.sights import sight_of
from tests.story import COUNCIL, ICB, POLICE, Telling, World

SOURCE = Source(dataset="ab" * 32, row="payments.csv:417")


def seen(world: World, view: Any, *more: Any) -> list[Row]:
    """The rows of a view over everything that was said."""
    with sight_of(world.lines) as sight:
        rows: list[Row] = view.rows(sight, *more)
    return rows


def account(world: World, of: str) -> list[Row]:
    """A partner's account."""
    return seen(world, partner, of)


def unsigned(world: World, of: str, day: date) -> list[str]:
    """The pools of a partner that operate unsigned."""
    with sight_of(world.lines) as sight:
        return partner.unsigned(sight, of, day)


def quoted(kind: str, body: dict[str, Any]) -> Telling:
    """Somebody writes down what a published source says."""
    return says(kind, body, source=SOURCE)


def quoted_contract(cap: str | None = "1000.00", names: tuple[str, ...] = (COUNCIL, ICB)) -> Telling:
    """A contract that only a source states."""
    terms: dict[str, Any] = {"payers": [{"payer": name} for name in names], "rates": []}
    if cap:
        terms["cap"] = cap
    return quoted("contract-agreed/1", {"contract": "K-1", "name": "Homes", "terms": terms})


def quoted_sum(funder: str, whole: str, reference: str = "") -> Telling:
    """What a source says that somebody committed to it."""
    plain = {"contract": "K-1", "whole": whole, "strength": "firm", "payment_basis": "outcome"}
    return quoted("commitment-made/1", {"commitment": reference or f"of {funder}"[3:], "funder": funder, **plain})


def quoted_payment(amount: str, *names: str, **more: Any) -> Telling:
    """What a source says was paid."""
    named: dict[str, Any] = {"payer": names[0]} if len(names) == 1 else {"payers": list(names)}
    return quoted("payment-made/1", {"contract": "K-1", "amount": amount, "ends": "2025-06-30", **named, **more})


# -- what only a source states ------------------------------------------------------------------------


def test_a_contract_paid_above_its_cap_is_a_finding_with_the_excess() -> None:
    world = given(partners(ICB), quoted_contract(), quoted_sum(COUNCIL, "600.00"), quoted_sum(ICB, "300.00"))
    world.allows(quoted_payment("700.00", COUNCIL), quoted_payment("300.01", ICB, ends="2026-03-31"))
    (row,) = seen(world, contracts)
    assert (row["cap"], row["committed"], row["paid"], row["over_cap"]) == (100_000, 90_000, 100_001, 1)
    assert row["paid_by_year"] == {"2025-26": 100_001}
    assert (row["unconfirmed_committed"], row["unconfirmed_paid"]) == (90_000, 100_001)
    assert contracts.findings([row]) == [
        "K-1 was paid GBP 0.01 above its cap of GBP 1,000.00",
        "K-1 has commitments that differ from its cap by -GBP 100.00",
    ]


def test_a_contract_with_no_commitment_has_none_which_is_not_zero() -> None:
    (row,) = seen(given(quoted_contract(cap=None, names=())), contracts)
    assert (row["cap"], row["committed"], row["over_cap"]) == (None, None, 0)


def test_payments_without_a_split_are_estimated_pro_rata_and_say_so() -> None:
    world = given(partners(ICB), quoted_contract(), quoted_sum(COUNCIL, "638.00"), quoted_sum(ICB, "1362.00"))
    world.allows(quoted_payment("100.01", COUNCIL, ICB), quoted_payment("10.00", COUNCIL), quoted_payment("5.00"))
    of = {row["payer"]: row for row in seen(world, payers, "K-1")}
    assert {name: (row["paid"], row["paid_is_estimate"]) for name, row in of.items()} == {
        COUNCIL: (3190 + 1000 + 160, True),
        ICB: (6811 + 340, True),
    }
    assert not any(row["confirmed"] for row in of.values())
    mine = [row for row in account(world, COUNCIL) if row["what"].startswith("paid")]
    assert [(row["what"], row["amount"]) for row in mine] == [("paid", 1000), ("paid, estimated", 3350)]


def test_nothing_is_split_where_a_named_payers_commitment_is_not_known() -> None:
    world = given(
        partners(ICB), quoted_contract(), quoted_sum(COUNCIL, "638.00"), quoted_payment("100.00", COUNCIL, ICB)
    )
    rows = seen(world, payers)
    assert [(row["payer"], row["paid"]) for row in rows] == [(COUNCIL, None), (ICB, None), (payers.NOBODY, 10_000)]


@every(
    st.lists(st.integers(1, 10**9), min_size=2, max_size=3),
    st.lists(st.tuples(st.integers(0, 10**8), st.integers(0, 7)), max_size=12),
)
def test_the_parts_of_the_payers_are_what_was_paid_to_the_penny(sums: list[int], paid: list[tuple[int, int]]) -> None:
    names = (COUNCIL, ICB, POLICE)[: len(sums)]
    world = given(partners(ICB, POLICE), quoted_contract(names=names))
    for name, whole in zip(names, sums, strict=True):
        world.allows(quoted_sum(name, str(Pence(whole))))
    for amount, chosen in paid:
        named = [name for number, name in enumerate(names) if chosen >> number & 1]
        world.allows(quoted_payment(str(Pence(amount)), *named))
    (contract,) = seen(world, contracts)
    shown = seen(world, payers)
    assert sum(row["paid"] or 0 for row in shown) == contract["paid"] == sum(amount for amount, _ in paid)
    told = [row for name in names for row in account(world, name) if row["what"].startswith("paid")]
    assert sum(row["amount"] for row in told) == contract["paid"]


def test_one_body_confirms_its_sum_and_the_totals_move_by_exactly_that() -> None:
    world = given(partners(ICB), quoted_contract(), quoted_sum(COUNCIL, "638.00"), quoted_sum(ICB, "362.00"))
    before = partner.totals(account(world, ICB))
    (contract,) = seen(world, contracts)
    world.allows(confirms(ICB_CFO))
    after = partner.totals(account(world, ICB))
    assert before == {"committed, unconfirmed": 36_200}
    assert after == {"committed": 36_200}
    (now,) = seen(world, contracts)
    assert (now["committed"], contract["unconfirmed_committed"] - now["unconfirmed_committed"]) == (100_000, 36_200)


def test_published_counts_times_prices_stand_beside_what_was_paid() -> None:
    card = [{"metric": "m-1", "pays_for": "Starts", "price": "220.00", "outcome": "O-1"}]
    world = given(
        quoted("outcome-defined/1", {"outcome": "O-1", "name": "Starts", "metric": "Starts", "unit": "people"}),
        quoted("contract-agreed/1", {"contract": "K-1", "name": "Care", "terms": {"payers": [], "rates": card}}),
        quoted("measure-recorded/1", {"outcome": "O-1", "value": "21", "ends": "2025-10-31"}),
        quoted_payment("4400.00", metric="m-1"),
    )
    (row,) = seen(world, rates)
    assert (row["achieved"], row["counted"], row["implied"], row["paid"]) == ("21", "as published", 462_000, 440_000)
    (sentence,) = rates.findings([row])
    assert sentence == "K-1 m-1: 1 outcome achieved (as published) and not paid for, GBP 220.00"


def test_a_table_shows_a_sum_below_nothing_and_a_long_list_as_people_read_them() -> None:
    (_, line) = written([{"sum": Pence(-150_000_150), "entries": tuple(range(1, 13))}], ("sum", "entries"), "table")
    assert line == "-1,500,001.50  1 2 3 4 5 6 7 8 ... 12 (12 in all)\n"


def test_versions_of_a_plan_stand_side_by_side_beside_what_was_paid() -> None:
    world = given(
        quoted_contract(names=(COUNCIL,)),
        quoted_payment("70.00", COUNCIL),
        quoted_payment("5.00", COUNCIL, ends="2026-05-31"),
    )
    for plan, amount in (("plan1", "100.00"), ("Plan1", "60.00")):
        lines = [
            {"ends": "2025-06-30", "amount": amount},
            {"ends": "2026-03-31"},
            {"ends": "2027-06-30", "amount": "1.00"},
        ]
        world.allows(quoted("payments-planned/1", {"contract": "K-1", "plan": plan, "lines": lines}))
    told = [(row["plan"], row["year"], row["planned"], row["blank"], row["paid"]) for row in seen(world, plans, "K-1")]
    assert told == [
        ("Plan1", "2025-26", 6_000, 1, 7_000),
        ("Plan1", "2027-28", 100, None, None),
        ("plan1", "2025-26", 10_000, 1, 7_000),
        ("plan1", "2027-28", 100, None, None),
    ]
    assert not seen(world, plans, "K-2")


# -- outcomes and what is due -------------------------------------------------------------------------


def test_conflicting_figures_are_both_shown_with_their_gap() -> None:
    defined = {"outcome": "O-1", "name": "Homes", "metric": "Tenancies", "unit": "people"}
    world = given(says("outcome-defined/1", defined), says("target-set/1", {"outcome": "O-1", "target": "120.5"}))
    for value in ("100", "99.75"):
        world.allows(says("measure-recorded/1", {"outcome": "O-1", "value": value, "ends": "2026-03-31"}))
    world.allows(says("measure-recorded/1", {"outcome": "O-1", "value": "7", "group": "Women", "ends": "2026-03-31"}))
    assert [(row["measured"], row["gap"]) for row in seen(world, outcomes)] == [
        ("100", "20.5"),
        ("99.75", "20.75"),
        ("7", None),
    ]


def test_a_pool_that_operates_unsigned_says_for_how_long() -> None:
    later = [rule("pool-agreed/1", "named-parties", until_then="counts-unsigned")]
    world = given(partners(ICB), pool(COUNCIL, ICB), table=later)
    told = unsigned(world, ICB, date(2026, 5, 1))
    assert told == [f"prevention operates unsigned, for 30 days: it lacks an officer of {ICB} who may agree"]
    (row,) = seen(world, due, date(2026, 5, 1))
    assert (row["what"], row["who"], row["days_late"]) == ("unsigned", ICB, 30)
    world.allows(approves(ICB_CFO))
    assert not unsigned(world, ICB, date(2026, 5, 1))
    assert not seen(world, due, date(2026, 5, 1))


def test_every_row_of_every_view_names_entries() -> None:
    world = given(
        partners(ICB, CHARITY),
        appoints(DEPUTY, ["approve", "pay"]),
        quoted_contract(),
        quoted_sum(COUNCIL, "638.00"),
        quoted_payment("5.00", COUNCIL),
        says("outcome-defined/1", {"outcome": "O-1", "name": "Homes", "metric": "Tenancies", "unit": "people"}, S151),
    )
    shown = [row for view in (contracts, payers, rates, outcomes) for row in seen(world, view)]
    shown += account(world, COUNCIL)
    assert shown
    assert all(row["entries"] for row in shown)
