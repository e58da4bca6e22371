"""The line of sight as its views show it: the cases to the penny on both clocks, and what holds of every history."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import pytest
from hypothesis import given as every
from hypothesis import strategies as st

from commands.sight import line_of
from ledger import replay
from ledger.values import Pence, Restriction
from projections import partner as partner_view
from projections.rows import written
from projections.sight import line as lines
from projections.sight import pool as pools
from projections.sight import statement as statements
from projections.sight import trail
from projections.sight.keeping import Kept, catch_up
from projections.sight.reading import END_OF_TIME, Sight, received_on
from tests.rules import DEPUTY, ICB_CFO, S151, appoints, approves, given, partners, pool, retires, rule, says, scheme
from tests.rules.drawing import (
    apportions,
    day,
    pooled,
    promises,
    reverses_on,
    spends,
    with_the_board,
)
from tests.rules.paying import (
    BODIES,
    ICB_PAYS,
    claims,
    claws_back,
    contract,
    payer,
    pays,
    rate,
    recovers,
    terms,
    verifies,
)
from tests.rules.paying import grants as approves_payment
from tests.rules.test_assurance import relies
from tests.rules.test_contributions import falls_due
from tests.rules.test_outcomes import defines
from tests.rules.test_settlements import DEPARTMENT, awards
from tests.sight_histories import DAYS
from tests.story import COUNCIL, ICB, POLICE, Telling, World, line
from tests.test_book import Shelf
from tests.test_sight_histories import lived

QUARTERS = (("A", "2026-06-30"), ("B", "2026-09-30"), ("C", "2026-12-31"), ("D", "2027-03-31"))
SERVES: dict[str, Any] = {"outcomes": ["O-1"]}
Rows = list[dict[str, Any]]
States = dict[str, str]


# -- what a view shows ------------------------------------------------------------------------------


@contextmanager
def sight_of(world: World, true: str | None = None, known: int | None = None) -> Iterator[Sight]:
    """The tables of a world's log, on both clocks."""
    kept, known = Kept(), known or len(world.lines)
    try:
        catch_up(kept, "a log", lambda book: replay.history(Shelf(world.lines), book))
        with kept.reading() as connection:
            on = date.fromisoformat(true) if true else END_OF_TIME
            yield Sight(connection, known, on, received_on(connection, known))
    finally:
        kept.close()


def as_json(rows: Any, columns: tuple[str, ...]) -> Rows:
    """Rows as `--format json` prints them."""
    found: Rows = json.loads("".join(written(rows, columns, "json")))
    return found


def links(world: World, subject: str, **clocks: Any) -> Rows:
    """The links of `outcomes view line-of-sight SUBJECT`."""
    with sight_of(world, **clocks) as sight:
        return as_json(lines.rows(lines.seen(sight, subject)), lines.COLUMNS)


def results(world: World, subject: str, **clocks: Any) -> Rows:
    """What came of it."""
    with sight_of(world, **clocks) as sight:
        line = lines.seen(sight, subject)
        partner = subject if subject in lines.bodies(sight) else None
        return as_json(lines.result_rows(line, partner), lines.RESULT_COLUMNS)


def states(world: World, partner: str, **clocks: Any) -> States:
    """How much of a partner's money in the pool is in each state."""
    sums: dict[str, int] = {}
    for row in links(world, "prevention", **clocks):
        if row["from"] == partner:
            sums[row["state"]] = sums.get(row["state"], 0) + Pence.parse(row["amount"])
    return {state: str(Pence(pence)) for state, pence in sums.items()}


def unfunded(world: World, **clocks: Any) -> dict[str, str]:
    """What nothing covers, by where it was spent."""
    rows = [row for row in links(world, "prevention", **clocks) if row["state"] == "BREAK: unfunded"]
    return {row["to"]: row["amount"] for row in rows if row["from"] != lines.UNFUNDED}


def breaks(world: World, subject: str = "prevention", **clocks: Any) -> list[str]:
    """The breaks in a line, in words."""
    with sight_of(world, **clocks) as sight:
        return lines.breaks(lines.seen(sight, subject))


def statement(world: World, partner: str, **clocks: Any) -> dict[str, str]:
    """The lines of a partner's statement that are not nothing."""
    with sight_of(world, **clocks) as sight:
        rows = as_json(statements.rows(statements.stated(sight, partner)), statements.COLUMNS)
    return {" ".join(filter(None, (row["line"], row["how_we_know"]))): row["amount"] for row in rows if row["entries"]}


# -- more words -------------------------------------------------------------------------------------


def place(*schemes: str) -> World:
    """A pool of the council and the care board, with schemes that serve an outcome."""
    world = given(partners(ICB), defines(), pool(COUNCIL, ICB))
    return world.given(*(scheme(name, **SERVES) for name in schemes or ("S-1",)))


def arrives(reference: str, amount: str, on: str) -> Telling:
    """The host received it on that day."""
    return says("contribution-received/1", {"contribution": reference, "amount": amount, "occurred_on": on})


def of_a_million() -> World:
    """600,000.00 and 400,000.00 are committed to a pool with four schemes."""
    world = place("A", "B", "C", "D")
    return world.given(promises("C", "600000.00", on="2026-04-02"), promises("B", "400000.00", ICB_CFO, "2026-04-02"))


# -- the cases, on both clocks ----------------------------------------------------------------------


def billed_in_arrears() -> tuple[World, list[int]]:
    """Case 1b: each quarter is spent, billed and, three weeks later, paid; and the entry before each receipt."""
    world, before = of_a_million(), []
    receipts = ("2026-07-20", "2026-10-20", "2027-01-20", "2027-04-20")
    for (name, on), paid in zip(QUARTERS, receipts, strict=True):
        world.given(day(paid), spends(f"X-{name}", "250000.00", on, scheme=name))
        world.given(falls_due(f"I-{name}", "100000.00", commitment="B"))
        before.append(len(world.lines))
        world.given(arrives(f"I-{name}", "100000.00", paid))
    return world, before


def test_1b_what_is_billed_in_arrears_is_awaited_until_its_receipt_and_never_a_break() -> None:
    world, before = billed_in_arrears()
    for number, ((_, on), entry) in enumerate(zip(QUARTERS, before, strict=True)):
        paid, rest = f"{number}00000.00", f"{3 - number}00000.00"
        expected = {"funded": paid, "awaited": "100000.00", "undrawn": rest}
        wanted = {state: sum_ for state, sum_ in expected.items() if sum_ != "000000.00"}
        assert states(world, ICB, true=on) == wanted
        assert states(world, ICB, known=entry) == wanted, "known by no entry before the receipt's"
        assert "awaited" not in states(world, ICB, known=entry + 1)
        assert breaks(world, true=on) == breaks(world, known=entry) == []
    assert states(world, ICB) == {"funded": "400000.00"}, "nothing is left at the year's end"
    assert states(world, COUNCIL) == {"funded": "600000.00"}


@pytest.mark.parametrize("name", [name for name, _ in QUARTERS])
def test_1b_every_scheme_is_borne_alike(name: str) -> None:
    world, _ = billed_in_arrears()
    assert {row["from"]: row["amount"] for row in links(world, name) if row["to"] == "pool prevention"} == {
        COUNCIL: "150000.00",
        ICB: "100000.00",
    }


def overspent() -> tuple[World, int]:
    """Case 3: 1,050,000.00 is spent; the board's last 100,000.00 arrives on 9 April, and its entry is given."""
    world = of_a_million().given(falls_due("I-1", "300000.00", commitment="B"))
    world.given(falls_due("I-2", "100000.00", commitment="B"), day("2027-04-12"))
    world.given(arrives("I-1", "300000.00", "2026-12-31"))
    world.given(*(spends(f"X-{name}", "262500.00", on, scheme=name) for name, on in QUARTERS))
    world.given(arrives("I-2", "100000.00", "2027-04-09"))
    return world, len(world.lines)


def test_3_the_last_receipt_clears_what_is_awaited_on_its_day_and_is_known_by_its_entry() -> None:
    world, receipt = overspent()
    open_, paid = {"funded": "300000.00", "awaited": "100000.00"}, {"funded": "400000.00"}
    assert states(world, ICB, true="2027-04-08") == open_
    assert states(world, ICB, true="2027-04-09") == paid
    assert states(world, ICB, known=receipt - 1) == states(world, ICB, true="2027-04-09", known=receipt - 1) == open_
    assert states(world, ICB, known=receipt) == paid


def test_3_an_overspend_is_a_break_until_it_is_borne() -> None:
    world, receipt = overspent()
    world.given(day("2027-04-30"), with_the_board(apportions("50000.00", "30000.00", "20000.00")))
    assert breaks(world, known=receipt) == ["GBP 50,000.00 of scheme D is beyond every commitment"]
    assert unfunded(world, true="2027-04-29") == {"scheme D": "50000.00"}
    assert (unfunded(world), breaks(world)) == ({}, [])
    assert states(world, COUNCIL) == {"funded": "630000.00"}
    assert states(world, ICB) == {"funded": "400000.00", "awaited": "20000.00"}


def of_the_board() -> World:
    """Case 4: 350,000.00 of the board's 400,000.00 is drawn, last of all 25,000.00 and 20,000.00."""
    world = place("A", "B", "C").given(promises("B", "400000.00", ICB_CFO, "2026-04-02"), day("2026-07-06"))
    sums = (("A", "305000.00"), ("B", "25000.00"), ("C", "20000.00"))
    return world.given(*(spends(f"X-{name}", amount, scheme=name) for name, amount in sums))


def test_4_a_wrong_receipt_opens_what_it_had_cleared() -> None:
    world = of_the_board().given(falls_due("I-1", "400000.00", commitment="B"))
    world.given(arrives("I-1", "400000.00", "2026-04-30"))
    wrong = len(world.lines)
    world.given(reverses_on("2026-04-30", "contribution-received/1"), arrives("I-1", "320000.00", "2026-04-30"))
    assert states(world, ICB, true="2026-06-30") == {
        "funded": "320000.00",
        "awaited": "30000.00",
        "undrawn": "50000.00",
    }
    assert states(world, ICB, true="2026-06-30", known=wrong) == {"funded": "350000.00", "undrawn": "50000.00"}
    assert states(world, ICB, known=wrong + 1)["awaited"] == "350000.00", "between the reversal and the right one"
    assert breaks(world) == []


def test_4_a_wrong_commitment_leaves_the_latest_draws_unfunded() -> None:
    world = of_the_board()
    drawn = len(world.lines)
    world.given(reverses_on("2026-04-02", "commitment-made/1", ICB_CFO))
    world.given(promises("B-2", "320000.00", ICB_CFO, "2026-04-02", replaces="B"))
    assert unfunded(world) == unfunded(world, true="2026-06-30") == {"scheme B": "10000.00", "scheme C": "20000.00"}
    assert states(world, ICB) == {"awaited": "320000.00"}
    assert unfunded(world, known=drawn) == {}


def test_6_what_was_spent_in_june_and_recorded_in_july() -> None:
    """32,000.00 is 12,000.00 and 20,000.00; 60,000.00 less 48,000.00 is in hand; so the host carries 20,000.00."""
    world = place().given(promises("C", "60000.00", on="2026-04-02"), promises("B", "40000.00", ICB_CFO, "2026-04-02"))
    world.given(falls_due("C-1", "60000.00", commitment="C"), arrives("C-1", "60000.00", "2026-04-02"))
    world.given(falls_due("I-1", "40000.00", commitment="B"), day("2026-06-30"), spends("S1", "30000.00", "2026-06-20"))
    june = len(world.lines)
    world.given(day("2026-07-01"), arrives("I-1", "40000.00", "2026-07-01"))
    world.given(day("2026-07-10"), spends("S2", "50000.00", "2026-06-28"))
    assert states(world, ICB, true="2026-06-30") == {"awaited": "32000.00", "undrawn": "8000.00"}
    assert statement(world, COUNCIL, true="2026-06-30")["paid over, unspent"] == "12000.00"
    assert carried(world, true="2026-06-30") == 20_000_00
    assert states(world, ICB, true="2026-06-30", known=june) == {"awaited": "12000.00", "undrawn": "28000.00"}
    assert statement(world, COUNCIL, true="2026-06-30", known=june)["paid over, unspent"] == "42000.00"
    assert states(world, ICB, true="2026-07-01") == {"funded": "32000.00", "undrawn": "8000.00"}
    assert carried(world, true="2026-07-01") == 0


def carried(world: World, **clocks: Any) -> int:
    """What the host of the pool carries, in pence."""
    with sight_of(world, **clocks) as sight:
        return pools.carried_by_host(pools.Pooled(sight, "prevention", None))


# -- contracts --------------------------------------------------------------------------------------


def verified(units: int, price: str, *more: Telling, **agreed: Any) -> World:
    """So many outcomes at a price are claimed and verified; the council pays 31.9 per cent and the board the rest."""
    rates = [rate(price=price, outcome="O-1")]
    world = given(*BODIES, defines(), *more, contract("K-1", terms(rates=rates, **agreed)), day("2026-10-01"))
    return world.given(claims("N-1", units), verifies("N-1", units))


def test_outcomes_are_never_divided() -> None:
    """1,200,000.00 over 480 is 2,500.00; 382,800.00 is 31.9 per cent of it, and bought no 153.12 outcomes."""
    world = verified(480, "2500.00").given(approves_payment("P-1", {COUNCIL: "382800.00", ICB: "817200.00"}, 480))
    world.given(pays("P-1", "382800.00"), pays("P-1", "817200.00", by=ICB_PAYS))
    for partner, part, share in ((COUNCIL, "382800.00", "31.9"), (ICB, "817200.00", "68.1")):
        (row,) = results(world, partner)
        assert (row["verified"], row["cost_of_all"], row["unit_cost"]) == (480, "1200000.00", "2500.00")
        assert (row["own_part"], row["own_per_cent"]) == (part, share)
    (row,) = results(world, "O-1")
    assert (row["verified"], row["unit_cost"], row["own_part"]) == (480, "2500.00", None), "480, and not twice 480"


def test_7_a_clawback_is_of_the_year_in_which_it_is_raised_and_names_the_other() -> None:
    world = verified(1, "1000.00").given(approves_payment("P-1", {COUNCIL: "319.00", ICB: "681.00"}))
    world.given(pays("P-1", "319.00"), pays("P-1", "681.00", by=ICB_PAYS), day("2027-06-10"))
    paid = len(world.lines)
    world.given(claws_back("P-1", "1000.00"), day("2027-07-15"), recovers("P-1", "333.33"))
    there = {(row["from"], row["year"], row["state"]): row["amount"] for row in links(world, "K-1")}
    assert there == {
        (COUNCIL, "2026-27", "bought"): "319.00",
        (ICB, "2026-27", "bought"): "681.00",
        (COUNCIL, "2027-28", "clawed back, of 2026-27"): "-319.00",
        (ICB, "2027-28", "clawed back, of 2026-27"): "-681.00",
    }
    assert {row["state"] for row in links(world, "K-1", known=paid)} == {"bought"}
    assert {row["state"] for row in links(world, "K-1", true="2027-03-31")} == {"bought"}
    assert statement(world, ICB) == {"spent, due, none claimed or rejected": "454.00"}, "681.00 less 227.00 is owed"


def counted_by_a_contract() -> World:
    """Case 10: the pool pays 60 per cent for a scheme's outcome, and the police, who are no partners, the rest."""
    named = [payer(COUNCIL, "60", pool="prevention", scheme="S-1"), payer(POLICE, "40")]
    agreed = terms(payers=named, rates=[rate(price="1250.00", outcome="O-1")])
    world = given(*BODIES, defines(), pool(COUNCIL, ICB), scheme(**SERVES))
    world.given(promises("C", "600.00", on="2026-04-02"), promises("B", "400.00", ICB_CFO, "2026-04-02"))
    world.given(contract("K-1", agreed, scheme="S-1"), day("2026-10-01"), claims("N-1", 1), verifies())
    return world.given(approves_payment("P-1", {COUNCIL: "750.00", POLICE: "500.00"}))


@pytest.mark.parametrize("subject", ["S-1", "O-1"])
def test_10_back_from_an_outcome_to_everybody_who_paid(subject: str) -> None:
    world = counted_by_a_contract()
    assert {(row["from"], row["amount"]) for row in links(world, subject) if not row["from"].startswith("pool")} == {
        (COUNCIL, "450.00"),
        (ICB, "300.00"),
        (POLICE, "500.00"),
    }
    (row,) = results(world, subject)
    assert (row["of"], row["verified"], row["cost_of_all"]) == ("scheme S-1", 1, "1250.00"), "one outcome, in one row"


def said_of(world: World, subject: str, **clocks: Any) -> list[str]:
    """The sentences of `outcomes view line-of-sight SUBJECT`."""
    with sight_of(world, **clocks) as sight:
        return [sentence for part in line_of(sight, subject) for sentence in part.sentences]


@pytest.mark.parametrize("subject", ["S-1", "O-1", "K-1", POLICE, COUNCIL])
def test_10_a_contract_that_its_payers_signed_needs_no_commitment_beside_it(subject: str) -> None:
    """What is owed under it is verified with its claim, also where the contract stands with its scheme."""
    said = said_of(counted_by_a_contract(), subject)
    assert [sentence for sentence in said if sentence.startswith("break")] == []


def test_10_what_a_pool_paid_for_under_a_contract_is_verified_with_its_claim() -> None:
    world = counted_by_a_contract()
    assert statement(world, ICB) == {"committed, not paid over": "100.00", "spent, verified another-body": "300.00"}
    world.given(spends("X-1", "100.00", "2026-10-01"))
    (row,) = results(world, ICB)
    assert (row["of"], row["own_part"], row["cost_of_all"], row["own_per_cent"]) == (
        "scheme S-1",
        "340.00",
        "1350.00",
        "25.2",
    )


def test_an_outcome_that_nobody_has_paid_for_yet_has_no_unit_cost() -> None:
    (row,) = results(verified(3, "100.00"), "K-1")
    assert (row["verified"], row["cost_of_all"], row["unit_cost"]) == (3, "0.00", None)


# -- handover ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("restriction", ["ring-fenced", "targeted", "none"])
def test_where_money_has_no_ring_fence_its_line_is_handed_over_which_is_no_break(restriction: Restriction) -> None:
    world = given(partners(DEPARTMENT, ICB), defines(), awards(restriction=restriction), pool(COUNCIL, ICB))
    world.given(scheme(**SERVES), promises("C", "1000.00", on="2026-04-02", settlement="S-1"), day("2026-07-06"))
    world.given(spends("X-1", "400.00"), relies(settlement="S-1"))
    with sight_of(world) as sight:
        seen = lines.seen(sight, "S-1")
        rows = as_json(lines.handover_rows(seen), lines.HANDOVER_COLUMNS)
        assert lines.breaks(seen) == []
    if restriction == "ring-fenced":
        assert rows == []
        return
    (row,) = rows
    assert (row["source"], row["body"], row["restriction"]) == ("settlement S-1", COUNCIL, restriction)
    assert row["officer"] == "section 151 officer"
    assert row["relied_on"].startswith("audit-opinion: ")


def test_what_was_awarded_is_shown_whole_and_beside_it_what_of_it_was_committed() -> None:
    world = given(partners(DEPARTMENT, ICB), defines(), awards(), pool(COUNCIL, ICB), scheme(**SERVES))
    world.given(promises("C", "300.00", on="2026-04-02", settlement="S-1"), day("2026-07-06"), spends("X-1", "100.00"))
    first, second, *_ = links(world, "S-1")
    assert (first["from"], first["state"], first["amount"]) == (DEPARTMENT, "awarded", "1000.00")
    assert (second["to"], second["state"], second["amount"]) == (COUNCIL, "committed", "300.00")


def test_whoever_leads_the_body_now_answers_for_what_was_handed_over() -> None:
    world = given(partners(DEPARTMENT, ICB), awards(restriction="none"), pool(COUNCIL, ICB))
    world.given(promises("C", "1000.00", on="2026-04-02", settlement="S-1"))
    before = len(world.lines)
    world.given(appoints(DEPUTY, ["appoint"]), retires(S151, by=DEPUTY))
    nobody = len(world.lines)
    world.given(appoints(f"{COUNCIL}/treasurer", ["lead"], by=DEPUTY, title="treasurer"))
    officers = [handed_over(world, known=entry)["officer"] for entry in (before, nobody, len(world.lines))]
    assert officers == ["section 151 officer", None, "treasurer"]


def handed_over(world: World, **clocks: Any) -> dict[str, Any]:
    """The one place where the settlement's line ends."""
    with sight_of(world, **clocks) as sight:
        (row,) = as_json(lines.handover_rows(lines.seen(sight, "S-1")), lines.HANDOVER_COLUMNS)
        return row


# -- the statement ----------------------------------------------------------------------------------


@every(st.integers(0, 2**32), st.integers(1, 30), st.sampled_from([*DAYS, END_OF_TIME]), st.data())
def test_every_pound_of_a_partner_is_in_exactly_one_line_on_both_clocks(
    seed: int, length: int, true: date, data: st.DataObject
) -> None:
    """What a partner committed, took on, received as income or brought forward is what its lines add up to."""
    world = lived(seed, length).world
    known = data.draw(st.integers(1, len(world.lines)))
    with sight_of(world, str(true), known) as sight:
        for partner in lines.bodies(sight):
            made = statements.stated(sight, partner)
            assert made.total == sum(part.pence for part in made.parts) == in_all(sight, partner)
            assert sum(row["amount"] for row in statements.rows(made)) == made.total


def in_all(sight: Sight, partner: str) -> int:
    """All that a partner's spending could draw on, by where it is from: the other side of double entry, in pence."""
    rows = sight.sums(("account", "funder", "commitment"))
    own = (row for row in rows if row.funder == partner and row.commitment)
    return -sum(int(row.pence) for row in own if row.account in ("promised", "income", "carried"))


# -- authority --------------------------------------------------------------------------------------


def test_what_rests_on_a_commitment_that_not_everybody_signed_is_a_break_until_they_have() -> None:
    """It counts by the approval table, and the authority is missing: the pounds are broken, and found whole later."""
    table = [rule("commitment-made/1", "second-officer", until_then="counts-unsigned")]
    world = given(partners(ICB), appoints(DEPUTY, ["approve"]), pool(COUNCIL, ICB), scheme(), table=table)
    world.given(day("2026-09-01"), promises("C", "600.00"), spends("X-1", "100.00"))
    unsigned = len(world.lines)
    assert states(world, COUNCIL) == {"BREAK: not signed by all": "100.00", "undrawn": "500.00"}
    with sight_of(world) as sight:
        (said, *_) = lines.breaks(lines.seen(sight, COUNCIL))
        assert said.startswith("GBP 100.00 of commitment C rests on a commitment that is not signed by all: it lacks")
        assert {row["line"]: str(row["amount"]) for row in statements.rows(statements.stated(sight, COUNCIL))}[
            "broken"
        ] == "100.00"
    world.given(approves(DEPUTY, of="commitment-made/1"))
    assert states(world, COUNCIL) == {"funded": "100.00", "undrawn": "500.00"}
    assert states(world, COUNCIL, known=unsigned)["BREAK: not signed by all"] == "100.00", "as it was known then"


def test_a_reprofiled_commitment_is_seen_as_it_stands() -> None:
    world = pooled(promises("C", "600.00"))
    lined = [line("250.00", "2026-27"), line("350.00", "2027-28")]
    body = {"commitment": "C", "profile": lined, "occurred_on": "2026-06-01"}
    world.given(says("commitment-reprofiled/1", body, S151, sealed={"reason": "It starts later."}), approves(ICB_CFO))
    with sight_of(world) as sight:
        told = [(row["year"], str(row["amount"])) for row in partner_view.rows(sight, COUNCIL)]
        assert told == [("2026-27", "250.00"), ("2027-28", "350.00")]
        (row,) = [row for row in trail.rows(sight, "C") if row["kind"] == "commitment-reprofiled/1"]
        assert (row["before"], row["after"]) == ("600.00 firm", "600.00 firm as 2026-27=250.00 2027-28=350.00")
