"""The line of sight, to the penny: thirteen cases, each with the sentence from which its figures follow.

Commitments fund, and cash settles. Who had paid in by which day is a view's to tell: here is who bears what.
"""

from __future__ import annotations

from typing import Any

import pytest

from ledger.rules.shares import Owed, Tally, proportions
from ledger.values import Share
from tests.rules import ICB_CFO, S151, approves, given, partners, pool, reverses, scheme
from tests.rules.drawing import (
    NEXT,
    YEAR,
    accrues,
    apportions,
    carries,
    cost,
    day,
    draws,
    funded,
    invoices,
    left,
    lots_of,
    moved,
    pooled,
    promises,
    reclassifies,
    spends,
    spent_to,
    unfunded,
    with_the_board,
)
from tests.rules.paying import (
    BODIES,
    ICB_PAYS,
    claims,
    claws_back,
    contract,
    grants,
    payer,
    payment,
    pays,
    pounds,
    rate,
    recontracts,
    recovers,
    terms,
    verifies,
)
from tests.rules.test_contributions import falls_due, receives
from tests.rules.test_grants import gives
from tests.rules.test_pools import varies_the_pool
from tests.story import COUNCIL, ICB, Telling, World, line

QUARTERS = (("A", "2026-06-30"), ("B", "2026-09-30"), ("C", "2026-12-31"), ("D", "2027-03-31"))


def by_quarter(amount: str = "250000.00") -> list[Telling]:
    """The same sum for each of four schemes, a quarter after the other."""
    return [spends(f"X-{name}", amount, on, scheme=name) for name, on in QUARTERS]


def four_schemes() -> World:
    """The council commits 600,000.00 and the care board 400,000.00 to a pool with four schemes."""
    return funded("600000.00", "400000.00", schemes=("A", "B", "C", "D"))


# -- 1: who pays first buys no more ---------------------------------------------------------------


@pytest.mark.parametrize("billed", ["at once", "in arrears"])
def test_1_a_partner_that_pays_promptly_bears_no_more_of_the_early_schemes(billed: str) -> None:
    """60 and 40 per cent of what is left is 60 and 40 per cent each time: 150,000.00 and 100,000.00 of 250,000.00."""
    world = four_schemes()
    if billed == "at once":
        world.given(falls_due("I-0", "400000.00", commitment="B"), receives("I-0", "400000.00"))
    for number, telling in enumerate(by_quarter(), 1):
        world.given(telling)
        if billed == "in arrears":
            reference = f"I-{number}"
            world.given(falls_due(reference, "100000.00", commitment="B"), receives(reference, "100000.00"))
    for name, _ in QUARTERS:
        assert draws(world, f"X-{name}") == {"council": "150000.00", "board": "100000.00"}
    assert (unfunded(world), left(world, "C"), left(world, "B")) == ("0.00", "0.00", "0.00")


# -- 2: restricted money, and the earliest use-by first -------------------------------------------


@pytest.mark.parametrize(
    ("use_by", "drawn"),
    [
        ("2026-12-31", {"council": "100000.00", "board": "20000.00"}),
        (None, {"council": "80000.00", "board": "40000.00"}),
    ],
)
def test_2_the_money_that_must_be_spent_first_is_drawn_first(use_by: str | None, drawn: dict[str, str]) -> None:
    """All 100,000.00 that end on 31 December, then 20,000.00 of the rest; with one use-by 2 to 1, as was committed."""
    limited = {"use_by": use_by} if use_by else {}
    world = pooled(promises("B", "50000.00", by=ICB_CFO, scheme="S-1"))
    world.given(promises("C", "100000.00", scheme="S-1", **limited), promises("ANY", "500000.00"))
    assert draws(world.given(spends("X-1", "120000.00"))) == drawn


# -- 3: an overspend ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("capped", "council", "board"), [(None, "30000.00", "20000.00"), ("15000.00", "35000.00", "15000.00")]
)
def test_3_an_overspend_is_borne_in_proportion_within_every_cap(capped: str | None, council: str, board: str) -> None:
    """1,050,000.00 less 1,000,000.00 is unfunded; 60 and 40 per cent of it, or what the board's cap leaves."""
    world = four_schemes().given(*by_quarter("262500.00"))
    assert unfunded(world) == "50000.00"
    assert draws(world, "X-D") == {"council": "127500.00", "board": "85000.00", "unfunded": "50000.00"}
    if capped:
        tier = {"bearers": [{"partner": COUNCIL}, {"partner": ICB, "cap": capped}]}
        world.given(with_the_board(varies_the_pool(risk_share=[tier], until="2029-03-31")))
    world.given(with_the_board(apportions("50000.00", council, board)))
    assert unfunded(world) == "0.00"
    in_all = {"council": 127_500 + int(float(council)), "board": 85_000 + int(float(board))}
    assert draws(world, "X-D") == {name: f"{sum_}.00" for name, sum_ in in_all.items()}


# -- 4: a wrong receipt, and a wrong commitment ---------------------------------------------------

DRAWS = ("305000.00", "25000.00", "20000.00")


def of_the_board_alone() -> World:
    """The board commits 400,000.00, and spending draws 350,000.00 of it, in three lines."""
    world = pooled(promises("B", "400000.00", by=ICB_CFO))
    return world.given(*(spends(f"X-{number}", amount) for number, amount in enumerate(DRAWS, 1)))


def test_4_a_receipt_that_was_wrong_moves_no_draw() -> None:
    """Cash settles, and does not fund: 400,000.00, nothing, or 320,000.00 of it leave 350,000.00 drawn."""
    world = of_the_board_alone().given(falls_due("I-1", "400000.00", commitment="B"), receives("I-1", "400000.00"))
    before = [draws(world, f"X-{number}") for number in (1, 2, 3)]
    world.given(reverses("contribution-received/1"), receives("I-1", "320000.00"))
    assert [draws(world, f"X-{number}") for number in (1, 2, 3)] == before
    assert before[0] == {"board": "305000.00"}


def test_4_a_commitment_that_was_wrong_leaves_the_latest_draws_unfunded() -> None:
    """320,000.00 of 350,000.00: the last gives all its 20,000.00, and the one before 10,000.00 of 25,000.00."""
    world = of_the_board_alone().given(reverses("commitment-made/1", by=ICB_CFO))
    assert unfunded(world) == "350000.00"
    world.given(promises("B-2", "320000.00", by=ICB_CFO, replaces="B"))
    assert [draws(world, f"X-{number}") for number in (1, 2, 3)] == [
        {"board": "305000.00"},
        {"board": "15000.00", "unfunded": "10000.00"},
        {"unfunded": "20000.00"},
    ]


# -- 5: what is carried forward -------------------------------------------------------------------


def test_5_what_is_brought_forward_is_drawn_before_new_money() -> None:
    """The grant may not be kept. 45,000.00 of 50,000.01 at 30,000.01 to 20,000.00 are 27,000.00 and 18,000.00;
    50,000.00 then draw these first, and 5,000.00 at 620 to 410: 3,009.71 and 1,990.29."""
    world = pooled(promises("C", "30000.01"), promises("B", "20000.00", by=ICB_CFO))
    world.given(gives("G-1", line("10000.00"), by=ICB_CFO, to=COUNCIL, conditions=[], unspent="returned"))
    world.given(promises("G", "10000.00", grant="G-1"))
    world.given(with_the_board(carries("45000.00")))
    assert moved(world, "to-return") == {"C": "-3000.01", "B": "-2000.00", "G": "-10000.00"}
    assert moved(world, "carried") == {"C": "-27000.00", "C+": "27000.00", "B": "-18000.00", "B+": "18000.00"}
    world.given(promises("C-2", "620000.00", year=NEXT), promises("B-2", "410000.00", by=ICB_CFO, year=NEXT))
    world.given(spends("X-1", "50000.00", "2027-05-01"))
    assert lots_of(world) == {"C+": "27000.00", "B+": "18000.00", "C-2": "3009.71", "B-2": "1990.29"}
    assert draws(world) == {"council": "30009.71", "board": "19990.29"}


# -- 6: two clocks --------------------------------------------------------------------------------


def test_6_a_draw_is_by_what_was_committed_on_its_day_and_not_by_cash() -> None:
    """60 to 40: 30,000.00 is 18,000.00 and 12,000.00; 50,000.00, recorded later, 30,000.00 and 20,000.00."""
    world = given(partners(ICB), pool(COUNCIL, ICB), scheme(), promises("C", "60000.00"))
    world.given(promises("B", "40000.00", by=ICB_CFO), day("2026-06-20"), spends("S1", "30000.00", "2026-06-20"))
    world.given(day("2026-07-01"), falls_due("I-1", "40000.00", commitment="B"), receives("I-1", "40000.00"))
    world.given(day("2026-07-10"), spends("S2", "50000.00", "2026-06-28"))
    assert draws(world, "S1") == {"council": "18000.00", "board": "12000.00"}
    assert draws(world, "S2") == {"council": "30000.00", "board": "20000.00"}


# -- 7, 8, 10: contracts --------------------------------------------------------------------------


def approved(world: World, parts: dict[str, str], **more: Any) -> None:
    """One outcome is claimed, verified and approved at these parts."""
    world.given(claims("N-1", 1, **more), verifies(), grants("P-1", parts))


def test_7_a_clawback_comes_back_by_the_payments_own_shares() -> None:
    """31.9 per cent of 1,000.00 is 319.00; of 333.33 it is 106.33, and the penny of 333.34 is owed to the council."""
    world = given(*BODIES, contract("K-1", terms(rates=[rate(price="1000.00")])), day("2026-10-01"))
    approved(world, {COUNCIL: "319.00", ICB: "681.00"})
    world.given(pays("P-1", "319.00"), pays("P-1", "681.00", by=ICB_PAYS), day("2027-06-10"))
    world.given(recontracts(terms(payers=[payer(COUNCIL, "20"), payer(ICB, "80")])), claws_back("P-1", "1000.00"))
    assert pounds(payment(world).moves[world.said[-1].id]) == {COUNCIL: "319.00", ICB: "681.00"}
    for amount, council in (("333.33", "106.33"), ("333.33", "106.33"), ("333.34", "106.34")):
        world.given(recovers("P-1", amount))
        assert pounds(payment(world).moves[world.said[-1].id]) == {COUNCIL: council, ICB: "227.00"}


def paid_by_a_pool(share: str = "31.9", price: str = "1000.00", **committed: str) -> World:
    """The council pays its share from the pool, to which both committed; the board pays the rest itself."""
    world = given(*BODIES, pool(COUNCIL, ICB), scheme(), promises("C", committed.get("council", "600.00")))
    world.given(promises("B", committed.get("board", "400.00"), by=ICB_CFO), day("2026-10-01"))
    rest = str(Share(1 - Share.parse(share)))
    from_pool = payer(COUNCIL, share, pool="prevention", scheme="S-1")
    return world.given(contract("K-1", terms(payers=[from_pool, payer(ICB, rest)], rates=[rate(price=price)])))


def test_7_a_pools_part_comes_back_in_the_year_of_the_clawback() -> None:
    """319.00 at 60 to 40 is 191.40 and 127.60, drawn in 2026-27; it is there to draw again in 2027-28."""
    world = paid_by_a_pool()
    approved(world, {COUNCIL: "319.00", ICB: "681.00"})
    assert draws(world, f"P-1|{COUNCIL}") == {"council": "191.40", "board": "127.60"}
    world.given(pays("P-1", "319.00"), day("2027-06-10"), claws_back("P-1", "1000.00"))
    assert (left(world, "C"), left(world, "B")) == ("408.60", "272.40"), "the year that is over stays as it was"
    assert (left(world, "C", NEXT, brought=True), left(world, "B", NEXT, brought=True)) == ("191.40", "127.60")
    assert (spent_to(world, "2027-03-31"), spent_to(world, "2027-06-30")) == ("319.00", "-319.00")


def test_8_the_shares_are_those_of_the_day_of_the_achievement() -> None:
    """1,250.00 at 31.9 per cent, which held on 20 September, is 398.75; with 300.00 left 98.75 goes to the other."""
    for cap, parts in ((None, ("398.75", "851.25")), ("300.00", ("300.00", "950.00"))):
        payers = [payer(COUNCIL, "31.9", **({"cap": cap} if cap else {})), payer(ICB, "68.1")]
        agreed = terms(payers=payers, rates=[rate(price="1250.00")], beyond_cap="other-payers")
        world = given(*BODIES, contract("K-1", agreed), day("2026-10-01"))
        world.given(recontracts(terms(payers=[payer(COUNCIL, "20"), payer(ICB, "80")], rates=agreed["rates"])))
        world.given(day("2026-11-10"), claims("N-1", 1, occurred_on="2026-09-20"), verifies())
        world.allows(grants("P-1", {COUNCIL: parts[0], ICB: parts[1]}))


# -- 9: reclassification --------------------------------------------------------------------------


def test_9_reclassified_spending_is_given_back_and_drawn_afresh() -> None:
    """25 and 75 per cent of 40,000.00 go back, 60 and 40 per cent are drawn: 14,000.00 moves to the council."""
    why = {"level": "primary", "goal": "Fewer falls", "classification": "Demos 2024"}
    world = given(partners(ICB), pool(COUNCIL, ICB, by=ICB_CFO, host=ICB), scheme(by=ICB_CFO), day("2026-12-01"))
    for reference, by, prevention, resource in (("C", S151, "25", "60"), ("B", ICB_CFO, "75", "40")):
        lines = [line(f"{prevention}000.00", YEAR, category="prevention", prevention=why), line(f"{resource}000.00")]
        world.given(promises(reference, "", by, lines=lines))
    world.given(spends("X-1", "40000.00", by=ICB_CFO, category="prevention", prevention=why))
    assert draws(world) == {"council": "10000.00", "board": "30000.00"}
    world.given(reclassifies("X-1", "40000.00", "resource", by=ICB_CFO))
    assert draws(world) == {"council": "10000.00", "board": "30000.00"}, "the council's cost would rise: it is asked"
    world.given(approves(S151))
    assert draws(world) == {"council": "24000.00", "board": "16000.00"}


def test_10_a_pool_that_pays_is_one_line_of_spending_there() -> None:
    """60 per cent of 1,250.00 is 750.00, which draws 60 to 40 in the pool: 450.00 and 300.00; the other pays 500.00."""
    world = paid_by_a_pool("60", "1250.00")
    approved(world, {COUNCIL: "750.00", ICB: "500.00"})
    assert draws(world, f"P-1|{COUNCIL}") == {"council": "450.00", "board": "300.00"}
    world.given(pays("P-1", "750.00"), pays("P-1", "500.00", by=ICB_PAYS))
    assert list(world.book.pots.spends) == [f"P-1|{COUNCIL}"], "paying it draws no second time"


# -- 11, 12: accruals, and VAT --------------------------------------------------------------------


def test_11_what_an_invoice_is_beyond_its_accrual_is_of_the_invoices_year() -> None:
    """60,000.00 in March is of 2026-27; the invoice of 61,250.00 in May puts 1,250.00 in 2027-28."""
    world = funded("60000.00", "40000.00").given(promises("C-2", "2000.00", year=NEXT))
    world.given(accrues("A-1", "60000.00", "2027-03-20"), invoices("A-1", "61250.00"))
    assert (spent_to(world, "2027-03-31"), spent_to(world, "2027-05-31")) == ("60000.00", "1250.00")
    assert lots_of(world, "A-1") == {"C": "36000.00", "B": "24000.00", "C-2": "1250.00"}


@pytest.mark.parametrize(
    ("stated", "costs"),
    [
        (cost("100000.00", vat="host-recovers"), "100000.00"),
        (cost("100000.00", vat="not-recovered", irrecoverable_vat="20000.00"), "120000.00"),
    ],
)
def test_12_vat_that_nobody_gives_back_is_cost(stated: dict[str, str], costs: str) -> None:
    """120,000.00 with VAT is 100,000.00 to a council that recovers it, and 120,000.00 to a host that may not."""
    world = pooled(promises("C", "200000.00"), spends("X-1", "", cost=stated))
    assert draws(world) == {"council": costs}


# -- 13: odd pennies ------------------------------------------------------------------------------


def test_13_three_equal_payers_stay_equal_over_ten_thousand_sums() -> None:
    """A million in three is 333,333.33 and a third of a penny each: the first named has the penny."""
    tally, owed = Tally(), Owed()
    thirds, rooms = proportions({"A": 1, "B": 1, "C": 1}), dict.fromkeys("ABC", 10**9)
    by_tally, by_owed = dict.fromkeys("ABC", 0), dict.fromkeys("ABC", 0)
    for _ in range(10_000):
        parts = tally.divide(100_00, thirds)
        tally.allot({one: 100_00 * share for one, share in thirds.items()}, parts)
        drawn, rights = owed.divide(100_00, dict.fromkeys("ABC", 1), rooms)
        owed.allot(rights, drawn)
        for one in "ABC":
            by_tally[one] += parts[one]
            by_owed[one] += drawn[one]
    assert list(by_tally.values()) == list(by_owed.values()) == [333_333_34, 333_333_33, 333_333_33]


def test_13_three_equal_partners_of_a_pool_stay_within_a_penny() -> None:
    """Each of fifty sums of 100.00 has one penny left over, and no partner has two more of them than another."""
    third = "GB-EXAMPLE-PCC"
    world = given(partners(ICB, third), pool(COUNCIL, ICB, third), scheme(), day("2026-10-01"))
    for reference, by in (("C", S151), ("B", ICB_CFO), ("P", f"{third}/cfo")):
        world.given(promises(reference, "5000.00", by))
    world.given(*(spends(f"X-{number}", "100.00") for number in range(50)))
    sums = [pots_drawn(world, reference) for reference in ("C", "B", "P")]
    assert sum(sums) == 5000_00
    assert max(sums) - min(sums) <= 1


def pots_drawn(world: World, reference: str) -> int:
    """What is drawn of a commitment, in pence."""
    names = world.book.pots.of_commitment[reference]
    return sum(world.book.pots.lots[name].drawn for name in names)
