"""The thirteen cases of the line of sight, to the penny, on the plain model alone."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Any

import pytest

from tests.sight_naive import (
    Agreed,
    Apportioned,
    Bearer,
    Carried,
    ClawedBack,
    Committed,
    Credited,
    Granted,
    Illegal,
    Line,
    Met,
    Nobody,
    Pot,
    Received,
    Reclassified,
    Record,
    Reversed,
    Settled,
    Sight,
    Spent,
    Tier,
    Varied,
    Withdrawn,
    divide,
)

COUNCIL, ICB, DEPARTMENT, POOL = "council", "icb", "department", "P"
REVENUE = ("2026-27", "resource", "revenue")
POT = Pot(POOL, *REVENUE)
NEXT = Pot(POOL, "2027-28", "resource", "revenue")
QUARTERS = [date(2026, 4, 1), date(2026, 7, 1), date(2026, 10, 1), date(2027, 1, 1)]


def pence(pounds: str) -> int:
    """Pounds and pence, such as 30,000.01."""
    whole, _, part = pounds.replace(",", "").partition(".")
    return int(whole) * 100 + int(part or "0")


def pool(*partners: str, risk: tuple[Tier, ...] = (), draws: tuple[tuple[str, Fraction], ...] = ()) -> Agreed:
    """The pool, which the council hosts."""
    return Agreed(true=date(2026, 3, 1), pool=POOL, host=COUNCIL, partners=partners, risk=risk, draws=draws)


def commits(funder: str, pounds: str, line: tuple[str, str, str] = REVENUE, **more: Any) -> Committed:
    """A funder commits a sum of one year."""
    facts = {"true": date(2026, 3, 2), "ref": f"C-{funder}", "funder": funder, "pool": POOL, **more}
    return Committed(lines=(Line(*line, pence(pounds)),), **facts)


def pays(ref: str, pounds: str, true: date, line: tuple[str, str, str] = REVENUE) -> Received:
    """Cash arrives."""
    return Received(true=true, ref=f"C-{ref}", line=line, amount=pence(pounds))


def spends(ref: str, pounds: str, true: date, scheme: str | None = None, category: str = "resource") -> Spent:
    """A line of spend."""
    return Spent(
        true=true,
        ref=ref,
        pool=POOL,
        scheme=scheme or ref,
        category=category,
        accounts_as="revenue",
        amount=pence(pounds),
    )


def draws(sight: Sight, spend: str) -> dict[str, int]:
    """By funder."""
    return sight.by_funder(spend)


def sums(**pounds: str) -> dict[str, int]:
    """Pence by name; what is unfunded under its own."""
    return {"" if name == "unfunded" else name: pence(amount) for name, amount in pounds.items()}


BOTH = [pool(COUNCIL, ICB), commits(COUNCIL, "600,000"), commits(ICB, "400,000")]


def year_of_quarters(billed: bool) -> list[Record]:
    """Case 1, and 1b where the ICB is billed in arrears."""
    log: list[Record] = [*BOTH]
    if not billed:
        log.append(pays(ICB, "400,000", date(2026, 4, 1)))
    for name, day in zip("ABCD", QUARTERS, strict=True):
        log += [pays(COUNCIL, "150,000", day), spends(name, "250,000", day)]
    return log


def test_1_who_pays_first_does_not_buy_the_early_schemes() -> None:
    sight = Sight.of(*year_of_quarters(billed=False))
    for name in "ABCD":
        assert draws(sight, name) == sums(council="150,000.00", icb="100,000.00")
    assert sight.state_sums(POOL, ICB) == (pence("400,000"), 0, 0)
    assert sight.carrying(POOL) == 0


def test_1b_billing_in_arrears_leaves_money_awaited_until_it_is_received() -> None:
    sight = Sight.of(*BOTH)
    for name, day, later in zip("ABCD", QUARTERS, [*QUARTERS[1:], date(2027, 3, 31)], strict=True):
        sight.tell(pays(COUNCIL, "150,000", day))
        sight.tell(spends(name, "250,000", day))
        assert draws(sight, name) == sums(council="150,000.00", icb="100,000.00")
        assert sight.state_sums(POOL, ICB)[1] == pence("100,000.00")
        assert sight.carrying(POOL) == pence("100,000")
        sight.tell(pays(ICB, "100,000", later))
        assert sight.state_sums(POOL, ICB)[1] == 0
    assert not sight.unfunded(POT)
    assert all(sight.left(lot, date(2027, 3, 31)) == 0 for lot in sight.lots), "nothing left at year end"


@pytest.mark.parametrize(("use_by", "department", "icb"), [(1, "100,000", "20,000"), (0, "80,000", "40,000")])
def test_2_restricted_money_goes_first_and_what_must_be_used_first(use_by: int, department: str, icb: str) -> None:
    december = date(2026, 12, 31)
    sight = Sight.of(
        pool(COUNCIL, ICB, DEPARTMENT),
        commits(ICB, "50,000", scheme="A", use_by=None if use_by else december),
        commits(DEPARTMENT, "100,000", scheme="A", use_by=december),
        commits(COUNCIL, "500,000"),
        spends("A", "120,000", date(2026, 6, 1)),
    )
    assert draws(sight, "A") == sums(department=department, icb=icb)


def test_3_what_is_awaited_is_cleared_and_what_is_unfunded_is_apportioned() -> None:
    for cap, council, icb in [(None, "30,000", "20,000"), ("15,000", "35,000", "15,000")]:
        bearers = (Bearer(COUNCIL), Bearer(ICB, cap=pence(cap) if cap else None))
        sight = Sight.of(
            pool(COUNCIL, ICB, risk=(Tier(bearers),) if cap else ()),
            *BOTH[1:],
            pays(COUNCIL, "600,000", date(2026, 4, 1)),
            pays(ICB, "300,000", date(2026, 4, 1)),
            spends("A", "1,050,000", date(2027, 3, 1)),
        )
        assert draws(sight, "A") == sums(council="600,000", icb="400,000", unfunded="50,000")
        assert sight.state_sums(POOL, ICB) == (pence("300,000"), pence("100,000"), 0)
        sight.tell(pays(ICB, "100,000", date(2027, 4, 9)))
        assert sight.state_sums(POOL, ICB, true=date(2027, 4, 8))[1] == pence("100,000")
        assert sight.state_sums(POOL, ICB, true=date(2027, 4, 9))[1] == 0
        assert sight.lines(POT, pence("50,000")) == sums(council=council, icb=icb)
        sight.tell(Apportioned(true=date(2027, 4, 20), pot=POT, amount=pence("50,000")))
        assert not sight.unfunded(POT)
        assert sight.state_sums(POOL, ICB)[1] == pence(icb), "each owes its part"


def case_4() -> Sight:
    """350,000 of the ICB's money is drawn; the last draw is of 20,000, the one before of 25,000."""
    log: list[Record] = [pool(COUNCIL, ICB), commits(ICB, "400,000"), pays(ICB, "400,000", date(2026, 4, 1))]
    for number, pounds in enumerate(["305,000", "25,000", "20,000"]):
        log.append(spends(f"S{number}", pounds, date(2026, 5, 1 + number)))
    return Sight.of(*log)


def test_4_a_receipt_in_error_re_opens_what_is_awaited() -> None:
    sight = case_4()
    sight.tell(Reversed(true=date(2026, 6, 1), entry=3))
    sight.tell(pays(ICB, "320,000", date(2026, 6, 1)))
    assert [draws(sight, f"S{n}") for n in range(3)] == [
        sums(icb="305,000"),
        sums(icb="25,000"),
        sums(icb="20,000"),
    ]
    assert sight.state_sums(POOL, ICB) == (pence("320,000"), pence("30,000"), 0)
    assert sight.state_sums(POOL, ICB, known=6) == (pence("350,000"), 0, 0), "as known before"


def test_4_a_commitment_in_error_uncovers_the_latest_draws() -> None:
    sight = case_4()
    sight.tell(Reversed(true=date(2026, 3, 2), entry=2))
    assert [draws(sight, f"S{n}") for n in range(3)] == [
        sums(unfunded="305,000"),
        sums(unfunded="25,000"),
        sums(unfunded="20,000"),
    ]
    sight.tell(commits(ICB, "320,000", ref="C-again", replaces="C-icb"))
    assert [draws(sight, f"S{n}") for n in range(3)] == [
        sums(icb="305,000"),
        sums(icb="15,000", unfunded="10,000"),
        sums(unfunded="20,000"),
    ]


def test_5_what_is_carried_forward_and_what_goes_back() -> None:
    ended, line = date(2027, 3, 31), NEXT[1:]
    sight = Sight.of(
        pool(COUNCIL, ICB, DEPARTMENT),
        Granted(true=date(2026, 3, 1), grant="G", kept=False),
        commits(COUNCIL, "30,000.01"),
        commits(ICB, "20,000.00"),
        commits(DEPARTMENT, "10,000.00", grant="G"),
        Carried(true=ended, pot=POT, amount=pence("45,000")),
        commits(COUNCIL, "620,000", ref="C-4", line=line),
        commits(ICB, "410,000", ref="C-5", line=line),
    )
    gone = [[(one.why, one.amount) for one in lot.taken] for lot in sight.lots if lot.pot == POT]
    assert gone == [
        [("carried", pence("27,000.00")), ("to-return", pence("3,000.01"))],
        [("carried", pence("18,000.00")), ("to-return", pence("2,000.00"))],
        [("to-return", pence("10,000.00"))],
    ]
    sight.tell(spends("A", "50,000", date(2027, 4, 15)))
    assert draws(sight, "A") == sums(council="30,009.71", icb="19,990.29")
    brought = [(lot.funder, sight.drawn(lot)) for lot in sight.lots if lot.brought]
    assert brought == [(COUNCIL, pence("27,000")), (ICB, pence("18,000"))]


def test_6_both_clocks() -> None:
    sight = Sight.of(
        *[pool(COUNCIL, ICB), commits(COUNCIL, "60,000"), commits(ICB, "40,000")],
        pays(COUNCIL, "60,000", date(2026, 4, 1)),
        spends("S1", "30,000", date(2026, 6, 20)),
        pays(ICB, "40,000", date(2026, 7, 1)),
        spends("S2", "50,000", date(2026, 6, 28)),
    )
    assert draws(sight, "S1") == sums(council="18,000", icb="12,000")
    assert draws(sight, "S2") == sums(council="30,000", icb="20,000")
    june = date(2026, 6, 30)
    assert sight.state_sums(POOL, ICB, true=june)[1] == pence("32,000.00")
    assert sight.in_hand(POOL, true=june) == sums(council="12,000", icb="0")
    assert sight.carrying(POOL, true=june) == pence("20,000.00")
    assert sight.state_sums(POOL, ICB, known=5, true=june)[1] == pence("12,000.00"), "as known before 10 July"
    assert sight.carrying(POOL) == 0


def test_7_a_clawback_returns_by_the_payments_own_shares() -> None:
    shares = {COUNCIL: Fraction(319, 1000), ICB: Fraction(681, 1000)}
    room = {COUNCIL: 10**9, ICB: 10**9}
    assert divide(pence("1,000"), shares, room, {}) == sums(council="319.00", icb="681.00")
    tally: dict[str, int] = {}
    owed = sums(council="319.00", icb="681.00")
    parts = [divide(pence(part), shares, owed, tally) for part in ("333.33", "333.33", "333.34")]
    assert parts == [
        sums(council="106.33", icb="227.00"),
        sums(council="106.33", icb="227.00"),
        sums(council="106.34", icb="227.00"),
    ]


def test_7_what_a_pot_paid_comes_back_to_the_same_funders_in_the_year_of_the_clawback() -> None:
    sight = Sight.of(
        pool(COUNCIL, ICB, draws=((COUNCIL, Fraction(319, 1000)), (ICB, Fraction(681, 1000)))),
        *[commits(COUNCIL, "5,000"), commits(ICB, "5,000")],
        spends("P-1", "1,000", date(2026, 9, 1)),
        ClawedBack(true=date(2027, 6, 1), spend="P-1", amount=pence("1,000")),
    )
    assert draws(sight, "P-1") == sums(council="0", icb="0")
    posted = [(one.party.pot.year, one.amount) for one in sight.postings]
    assert posted == [
        *[("2026-27", pence("319")), ("2026-27", pence("681"))],
        *[("2027-28", -pence("319")), ("2027-28", -pence("681"))],
    ]


def test_8_beyond_a_cap_the_rest_goes_to_the_others() -> None:
    shares = {COUNCIL: Fraction(319, 1000), ICB: Fraction(681, 1000)}
    room = {COUNCIL: 10**9, ICB: 10**9}
    assert divide(pence("1,250"), shares, room, {}) == sums(council="398.75", icb="851.25")
    capped = divide(pence("1,250"), shares, {**room, COUNCIL: pence("300.00")}, {})
    assert capped == sums(council="300.00", icb="950.00")
    assert capped[ICB] - pence("851.25") == pence("98.75"), "to the other payers pro rata"


def test_9_reclassification_gives_back_and_draws_afresh() -> None:
    prevention = ("2026-27", "prevention", "revenue")
    sight = Sight.of(
        pool(COUNCIL, ICB),
        *[commits(COUNCIL, "25,000", line=prevention), commits(ICB, "75,000", line=prevention)],
        *[commits(COUNCIL, "60,000", ref="C-3"), commits(ICB, "40,000", ref="C-4")],
        spends("S", "40,000", date(2026, 6, 1), category="prevention"),
    )
    assert draws(sight, "S") == sums(council="10,000", icb="30,000")
    sight.tell(
        Reclassified(
            true=date(2026, 9, 1), spend="S", amount=pence("40,000"), category="resource", accounts_as="revenue"
        )
    )
    assert draws(sight, "S") == sums(council="24,000", icb="16,000")
    assert {party.pot for party, _ in sight.stands("S")} == {POT}


def test_10_a_pool_that_pays_is_one_line_of_spend() -> None:
    shares = {DEPARTMENT: Fraction(2, 5), POOL: Fraction(3, 5)}
    parts = divide(pence("1,250"), shares, {DEPARTMENT: 10**9, POOL: 10**9}, {})
    assert parts == {DEPARTMENT: pence("500"), POOL: pence("750")}
    sight = Sight.of(
        pool(COUNCIL, ICB, draws=((COUNCIL, Fraction(3, 5)), (ICB, Fraction(2, 5)))),
        *[commits(COUNCIL, "5,000"), commits(ICB, "5,000")],
        spends("P-1", "750.00", date(2026, 11, 10)),
    )
    assert draws(sight, "P-1") == sums(council="450.00", icb="300.00")


def test_11_an_invoice_above_its_accrual_draws_in_its_own_year() -> None:
    line = NEXT[1:]
    sight = Sight.of(
        *[pool(COUNCIL, ICB), commits(COUNCIL, "100,000"), commits(COUNCIL, "9,000", ref="C-2", line=line)],
        spends("S", "60,000", date(2027, 3, 31)),
        Settled(true=date(2027, 5, 20), spend="S", cost=pence("61,250")),
    )
    assert [(one.party.pot.year, one.amount) for one in sight.postings] == [
        ("2026-27", pence("60,000.00")),
        ("2027-28", pence("1,250.00")),
    ]


def test_11_an_invoice_below_its_accrual_can_be_spent_again_in_its_own_year() -> None:
    sight = Sight.of(
        *[pool(COUNCIL, ICB), commits(COUNCIL, "60,000"), commits(ICB, "40,000")],
        spends("S", "60,000", date(2027, 3, 31)),
        Settled(true=date(2027, 5, 20), spend="S", cost=pence("59,000")),
        spends("T", "1,000", date(2027, 5, 21)),
    )
    assert sight.total("S") == pence("59,000")
    assert draws(sight, "T") == sums(council="600", icb="400")


@pytest.mark.parametrize("cost", ["100,000", "120,000"])
def test_12_what_draws_is_the_net_amount_and_the_vat_that_nobody_gives_back(cost: str) -> None:
    sight = Sight.of(pool(COUNCIL), commits(COUNCIL, "200,000"), spends("S", cost, date(2026, 6, 1)))
    assert draws(sight, "S") == {COUNCIL: pence(cost)}


def test_13_three_equal_payers_ten_thousand_times() -> None:
    thirds = {name: Fraction(1, 3) for name in ("first", "second", "third")}
    rooms = dict.fromkeys(thirds, 10**12)
    tally: dict[str, int] = {}
    paid = dict.fromkeys(thirds, 0)
    for _ in range(10_000):
        for name, part in divide(pence("100.00"), thirds, rooms, tally).items():
            assert part in (3333, 3334)
            paid[name] += part
    assert paid == sums(first="333,333.34", second="333,333.33", third="333,333.33")


# -- what the cases leave open ----------------------------------------------------------------------


def test_a_draw_never_takes_what_a_later_day_needs() -> None:
    sight = Sight.of(pool(COUNCIL), commits(COUNCIL, "100"), spends("late", "80", date(2026, 9, 1)))
    sight.tell(spends("early", "50", date(2026, 5, 1)))
    assert draws(sight, "early") == sums(council="20", unfunded="30")


def test_money_committed_after_the_day_of_the_spend_does_not_fund_it() -> None:
    sight = Sight.of(pool(COUNCIL), commits(COUNCIL, "100", true=date(2026, 6, 1)))
    sight.tell(spends("S", "50", date(2026, 5, 31)))
    assert draws(sight, "S") == sums(unfunded="50")


def test_cash_above_a_commitment_counts_as_a_commitment() -> None:
    sight = Sight.of(pool(COUNCIL, ICB), commits(ICB, "100"), pays(ICB, "120", date(2026, 5, 1)))
    sight.tell(spends("before", "110", date(2026, 4, 30)))
    sight.tell(spends("after", "20", date(2026, 5, 1)))
    assert draws(sight, "before") == sums(icb="100", unfunded="10")
    assert draws(sight, "after") == sums(icb="20")


def test_a_credit_note_gives_back_by_the_spends_own_shares() -> None:
    sight = Sight.of(*BOTH[:1], commits(COUNCIL, "20"), commits(ICB, "10"), spends("S", "33.33", date(2026, 5, 1)))
    assert draws(sight, "S") == sums(council="20", icb="10", unfunded="3.33")
    sight.tell(Credited(true=date(2026, 6, 1), spend="S", amount=pence("33.32")))
    assert sight.total("S") == 1
    with pytest.raises(Illegal):
        sight.tell(Credited(true=date(2026, 6, 1), spend="S", amount=2))
    sight.tell(Credited(true=date(2026, 6, 1), spend="S", amount=1))
    assert sight.stands("S") == []


def test_a_commitment_is_not_taken_back_below_what_is_drawn() -> None:
    sight = Sight.of(pool(COUNCIL), commits(COUNCIL, "100"), spends("S", "60", date(2026, 5, 1)))
    with pytest.raises(Illegal):
        sight.tell(Withdrawn(true=date(2026, 6, 1), ref="C-council"))
    with pytest.raises(Illegal):
        sight.tell(Varied(true=date(2026, 6, 1), ref="C-council", lines=(Line(*REVENUE, 5999),)))
    sight.tell(Varied(true=date(2026, 6, 1), ref="C-council", lines=(Line(*REVENUE, 6000),)))
    sight.tell(spends("T", "1", date(2026, 5, 30)))
    assert draws(sight, "T") == sums(unfunded="1"), "from 1 June nothing is left"


def test_money_on_a_condition_is_conditional_until_it_is_met() -> None:
    sight = Sight.of(
        pool(COUNCIL, ICB),
        Granted(true=date(2026, 3, 1), grant="G", conditions=("match",)),
        *[commits(ICB, "100", grant="G"), pays(ICB, "40", date(2026, 4, 1)), spends("S", "60", date(2026, 5, 1))],
    )
    assert sight.state_sums(POOL, ICB) == (0, 0, pence("60"))
    assert sight.carrying(POOL) == pence("20")
    sight.tell(Met(true=date(2026, 6, 1), grant="G", condition="match"))
    assert sight.state_sums(POOL, ICB) == (pence("40"), pence("20"), 0)
    assert sight.state_sums(POOL, ICB, true=date(2026, 5, 31)) == (0, 0, pence("60"))


def test_what_is_reversed_gives_back_exactly_what_stands() -> None:
    sight = Sight.of(*BOTH, spends("S", "1,000,000.01", date(2026, 5, 1)))
    assert draws(sight, "S")[""] == 1
    sight.tell(Reversed(true=date(2026, 5, 2), entry=4))
    assert sight.stands("S") == []
    assert [party for party, _ in sight.stands("S", known=4)][-1] == Nobody(POT)
