"""A grant seen: what was received and spent of it, what is left, what was certified, and what looks funded twice."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from ledger.errors import NotFound
from ledger.values import Pence
from projections.sight.grant import Granted
from tests.rules import ICB_CFO, appoints, given, partners, pool, scheme
from tests.rules.drawing import carries, day, promises, spends, with_the_board
from tests.rules.paying import ICB_PAYS
from tests.rules.test_contributions import falls_due, passes_on
from tests.rules.test_grants import MATCH, certifies, finds_met, gives
from tests.rules.test_settlements import DEPARTMENT, FINANCE
from tests.story import COUNCIL, ICB, POLICE, Telling, World, line
from tests.test_sight import arrives, sight_of

OWN = {"to": ICB, "conditions": []}
"""A grant to the care board, which is not the host, with nothing to wait for."""


@contextmanager
def granted(world: World, grant: str = "G-1", **clocks: Any) -> Iterator[Granted]:
    """A grant of a world."""
    with sight_of(world, **clocks) as sight:
        yield Granted(sight, grant)


def year(one: Granted, of: str = "2026-27") -> dict[str, str]:
    """One year of its account, without what is nothing."""
    row = next(row for row in one.year_rows() if row["year"] == of)
    return {name: str(value) for name, value in row.items() if isinstance(value, Pence) and value}


def given_to_the_board(*tellings: Telling, **more: Any) -> World:
    """1,000.00 of the department for the care board, which commits it to the pool; it is May 2027."""
    world = given(partners(DEPARTMENT, ICB, POLICE), appoints(ICB_PAYS, ["pay"], by=ICB_CFO), pool(COUNCIL, ICB))
    world.given(scheme(), gives(**{**OWN, **more}), day("2027-05-20"))
    return world.given(promises("B", "1000.00", by=ICB_CFO, grant="G-1"), *tellings)


def received(amount: str, on: str = "2026-07-01") -> Telling:
    """So much of it reached the pool."""

    def tell(world: World) -> None:
        world.given(falls_due("I-1", amount, commitment="B"), arrives("I-1", amount, on))

    return tell


# -- its account ----------------------------------------------------------------------------------


def test_what_was_received_and_not_spent_is_unspent() -> None:
    with granted(given_to_the_board(received("700.00"), spends("X-1", "640.00"))) as one:
        assert year(one) == {
            "awarded": "1000.00",
            "committed": "1000.00",
            "received": "700.00",
            "eligible_spend": "640.00",
            "unspent": "60.00",
        }


def test_the_hosts_own_commitment_counts_as_received() -> None:
    world = given(partners(DEPARTMENT, ICB), pool(COUNCIL, ICB), scheme(), gives(conditions=[]), day("2027-05-20"))
    world.given(promises("C", "1000.00", grant="G-1"), spends("X-1", "940.00"))
    with granted(world) as one:
        assert (year(one)["received"], year(one)["unspent"]) == ("1000.00", "60.00")


def test_money_that_may_not_be_kept_is_to_return_and_late_after_its_day() -> None:
    """1,000.00 received and 940.00 spent: the year's end sends 60.00 back, by 30 April."""
    terms = {"use_by": "2027-03-31", "return_by": "2027-04-30"}
    world = given_to_the_board(received("1000.00"), spends("X-1", "940.00"), **terms)
    world.given(promises("C", "10.00"), with_the_board(carries("10.00")))
    with granted(world) as one:
        assert (year(one)["to_return"], year(one)["unspent"]) == ("60.00", "60.00")
        said = list(one.said())
    assert "use by 2027-03-31; return by 2027-04-30; what is unspent is returned." in said
    assert "LATE: GBP 60.00 is unspent after 2027-03-31." in said
    assert "LATE: GBP 60.00 was to be returned by 2027-04-30." in said


def test_money_that_may_be_kept_is_carried_into_the_next_year() -> None:
    world = given_to_the_board(received("1000.00"), spends("X-1", "940.00"), unspent="kept")
    world.given(with_the_board(carries("60.00")), spends("X-2", "25.00", "2027-05-01"))
    with granted(world) as one:
        assert (year(one)["carried"], "unspent" in year(one)) == ("60.00", False)
        assert year(one, "2027-28") == {"brought": "60.00", "eligible_spend": "25.00", "unspent": "35.00"}


def test_both_clocks() -> None:
    world = given_to_the_board(received("700.00"), spends("X-1", "640.00"))
    with granted(world, known=len(world.lines) - 1) as one:
        assert year(one)["unspent"] == "700.00"
    with granted(world, true="2026-06-30") as one:
        assert year(one).get("received") is None
        assert year(one)["eligible_spend"] == "640.00"


def test_what_is_to_be_passed_on_is_chased() -> None:
    terms = {"pass_through": POLICE, "pass_by": "2026-12-31"}
    kept = passes_on("700.00", to=POLICE, kept="100.00", exception="Agreed in May")
    with granted(given_to_the_board(kept, **terms)) as one:
        assert year(one)["passed_on"] == "700.00"
        assert list(one.said())[-3:] == [
            "It is to be passed on to GB-EXAMPLE-PCC: GBP 200.00 is not yet.",
            "GBP 100.00 of 2026-27 was kept by agreement: Agreed in May.",
            "LATE: it was to be passed on by 2026-12-31.",
        ]


def test_a_grant_that_is_not_there_is_not_found() -> None:
    with granted(given_to_the_board(), "G-9") as one, pytest.raises(NotFound, match="no grant G-9"):
        one.year_rows()


# -- conditions, and what was certified -----------------------------------------------------------


def test_a_condition_is_unmet_until_the_grantor_finds_it_so() -> None:
    world = given_to_the_board(conditions=[MATCH])
    with granted(world) as one:
        assert [row["standing"] for row in one.condition_rows()] == ["UNMET"]
        assert "A condition is unmet: its money is conditional." in list(one.said())
    with granted(world.given(finds_met())) as one:
        assert [row["standing"] for row in one.condition_rows()] == ["met"]


def test_a_return_stands_beside_what_the_ledger_comes_to() -> None:
    world = given_to_the_board(
        received("700.00"), spends("X-1", "640.00"), certifies("700.00", "650.00", "50.00", by=ICB_CFO)
    )
    with granted(world) as one:
        shown = {row["what"]: tuple(str(row[name]) for name in COMPARED) for row in one.certified_rows()}
    assert shown == {
        "received": ("700.00", "700.00", "0.00"),
        "eligible spend": ("650.00", "640.00", "10.00"),
        "unspent": ("50.00", "60.00", "-10.00"),
        "returned": ("0.00", "0.00", "0.00"),
    }


COMPARED = ("certified", "ledger", "difference")


# -- what looks funded twice ----------------------------------------------------------------------


def twice(spent: str = "60.00", left: str = "33.75", **more: Any) -> World:
    """One line of spending draws 1,000.00 on one grant and 60.00 on another; both returns are certified."""
    world = given_to_the_board(gives("G-2", line("500.00"), **{**OWN, "eligible": "Something else", **more}))
    world.given(promises("B-2", "93.75", by=ICB_CFO, grant="G-2"), spends("X-1", "1060.00"))
    world.given(certifies("1000.00", "1000.00", "0.00", by=ICB_CFO))
    return world.given(certifies("93.75", spent, left, by=ICB_CFO, grant="G-2"))


def test_a_line_that_drew_on_two_grants_is_no_double_funding() -> None:
    with granted(twice()) as one, granted(twice(), "G-2") as other:
        assert (year(one)["eligible_spend"], year(other)["eligible_spend"]) == ("1000.00", "60.00")
        assert one.duplicate_rows() == other.duplicate_rows() == []


def test_a_line_that_is_certified_beyond_what_was_drawn_is_marked() -> None:
    with granted(twice("93.75", "0.00"), "G-2") as one:
        (row,) = one.duplicate_rows()
    assert (row["grant"], str(row["amount"])) == ("G-1", "33.75")
    assert "X-1" in row["why"]


def test_two_grants_for_the_same_thing_are_marked() -> None:
    with granted(twice(eligible="running costs of  family HUBS")) as one:
        (row,) = one.duplicate_rows()
    assert (row["grant"], row["why"], str(row["amount"])) == ("G-2", "to the same body, for the same thing", "500.00")


@pytest.mark.parametrize("differs", [{"eligible": "Something else"}, {"to": COUNCIL}])
def test_two_grants_for_different_things_are_not(differs: dict[str, Any]) -> None:
    other = gives("G-2", line("500.00"), by=FINANCE, **{**OWN, **differs})
    with granted(given_to_the_board(other)) as one:
        assert one.duplicate_rows() == []
