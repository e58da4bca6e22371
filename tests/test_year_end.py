"""The year-end pack: a partner's part of each pool's return, its debtors and creditors, VAT, contracts; it adds up."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given as every
from hypothesis import settings
from hypothesis import strategies as st

from commands import reports
from ledger.errors import NotFound
from ledger.values import FinancialYear, Pence
from projections.papers import typeset
from projections.papers.paper import Paper
from projections.sight import annual
from projections.sight.annual import Return
from projections.sight.pool import Pooled
from projections.sight.year_end import Pack, vat
from tests.rules import ICB_CFO, approves
from tests.rules.drawing import (
    HEADINGS,
    accrues,
    apportions,
    cost,
    funded,
    invoices,
    lists,
    maps,
    promises,
    spends,
    with_the_board,
)
from tests.rules.paying import ICB_PAYS, pays
from tests.rules.paying import grants as approves_payment
from tests.rules.test_contributions import agrees_a_position, falls_due, lends
from tests.sight_histories import BODIES, DEPARTMENT, POOL
from tests.story import COUNCIL, ICB, World
from tests.test_pool_view import YEAR, two_years
from tests.test_sight import arrives, sight_of, verified
from tests.test_sight_histories import lived

KNOWN = datetime(2027, 5, 20, 12, 0, tzinfo=UTC)


@contextmanager
def packed(world: World, partner: str, year: str = YEAR, **clocks: Any) -> Iterator[Pack]:
    """The pack of a partner."""
    with sight_of(world, **clocks) as sight:
        yield Pack(sight, partner, FinancialYear(year))


def shares(pack: Pack) -> dict[str, str]:
    """Its lines, revenue and capital together."""
    return {row["line"]: str(row["total"]) for row in pack.share_rows()}


def positions(pack: Pack) -> dict[str, tuple[str | None, ...]]:
    """What is owed either way and went from one to the other: here, as agreed, and the difference."""
    names = ("ledger", "agreed", "difference")
    return {
        row["what"]: tuple(None if row[one] is None else str(row[one]) for one in names) for row in pack.position_rows()
    }


# -- its share of a pool --------------------------------------------------------------------------


def test_its_part_of_what_came_and_was_spent_leaves_what_is_carried_and_returned() -> None:
    """The board: 400.00 less 360.00 is 36.00 carried on and 4.00 to return; two fifths of everything."""
    with packed(two_years(), ICB) as pack:
        assert shares(pack) == {
            "contribution": "400.00",
            "expenditure": "360.00",
            "carried forward": "36.00",
            "to be returned": "4.00",
        }
        assert list(pack.said()) == [
            "prevention: a joint operation: each partner accounts for its own share (IFRS 11); its host is "
            "GB-EXAMPLE-COUNCIL.",
            "prevention: GBP 400.00 less GBP 360.00, which is the GBP 40.00 left.",
        ]


def test_an_overspend_that_it_took_on_is_its_own() -> None:
    world = funded("600.00", "400.00", spends("X-1", "1050.00"), with_the_board(apportions("50.00", "30.00", "20.00")))
    with packed(world, ICB) as pack:
        assert shares(pack) == {"contribution": "400.00", "overspend taken on": "20.00", "expenditure": "420.00"}


def test_on_the_known_clock_the_pack_is_as_it_was() -> None:
    world = two_years()
    with packed(world, ICB, known=len(world.lines) - 3) as pack:
        assert shares(pack) == {"contribution": "400.00", "expenditure": "360.00", "not decided yet": "40.00"}


@every(st.integers(0, 2**32), st.integers(1, 20))
@settings(max_examples=15, deadline=None)
def test_the_packs_of_all_partners_add_up_to_the_return(seed: int, length: int) -> None:
    world = lived(seed, length).world
    with sight_of(world) as sight:
        for year in map(FinancialYear, ("2026-27", "2027-28")):
            made = Return(Pooled(sight, POOL, year))
            sums: dict[tuple[str, str], int] = {}
            for partner in {*BODIES, DEPARTMENT}:
                pack = Pack(sight, partner, year)
                for (line, category), one in pack.shares(POOL).items() if POOL in pack.returns else ():
                    sums[line, category] = sums.get((line, category), 0) + one.total
                left = [sentence for sentence in pack.said() if "NOT" in sentence]
                assert not left
            whole: dict[tuple[str, str], int] = {}
            for (line, _, category), one in made.lines.items():
                whole[line, category] = whole.get((line, category), 0) + one.total
            for (line, category), pence in list(whole.items()):
                if line == annual.UNCOVERED:  # nobody's, so in no pack: neither it nor what was spent of it
                    whole[annual.SPENT, category] = whole.get((annual.SPENT, category), 0) + pence
                    del whole[line, category]
            assert _there(sums) == _there(whole)


def _there(sums: dict[tuple[str, str], int]) -> dict[tuple[str, str], int]:
    return {key: pence for key, pence in sums.items() if pence}


# -- debtors and creditors ------------------------------------------------------------------------


def test_what_each_owes_the_other_stands_beside_what_they_agreed() -> None:
    """The board owes 96.00 of what it committed, and says 90.00: 6.00 is shown, not mended; both see the same."""
    world = two_years().given(agrees_a_position(debtor="90.00", income="400.00"), approves(ICB_CFO))
    with packed(world, COUNCIL) as pack:
        assert positions(pack) == {
            "debtor": ("96.00", "90.00", "-6.00"),
            "creditor": ("0.00", "0.00", "0.00"),
            "income": ("400.00", "400.00", "0.00"),
            "expenditure": ("0.00", "0.00", "0.00"),
        }
    with packed(world, ICB) as pack:
        assert positions(pack) == {
            "debtor": ("0.00", "0.00", "0.00"),
            "creditor": ("96.00", "90.00", "-6.00"),
            "income": ("0.00", "0.00", "0.00"),
            "expenditure": ("400.00", "400.00", "0.00"),
        }


def test_where_nothing_was_agreed_there_is_no_difference_either() -> None:
    with packed(two_years(), ICB) as pack:
        assert positions(pack)["creditor"] == ("96.00", None, None)


# -- VAT ------------------------------------------------------------------------------------------


def test_vat_that_nobody_gives_back_is_borne_as_its_spending_is() -> None:
    """20.00 on 100.00, three fifths of the council; then 12.00 on an accrual of 60.00, invoiced with 13.00 in May."""
    world = funded("600.00", "400.00", spends("X-1", "100.00", cost=taxed("100.00", "20.00")))
    world.given(accrues("A-1", "60.00", cost=taxed("60.00", "12.00")))
    world.given(invoices("A-1", "65.00", cost=taxed("65.00", "13.00"))).given(promises("N", "100.00", year="2027-28"))
    with packed(world, COUNCIL) as pack, packed(world, ICB) as other:
        (row,) = pack.vat_rows()
        assert (str(row["irrecoverable_vat"]), str(row["own_part"])) == ("32.00", "19.20")
        assert str(other.vat_rows()[0]["own_part"]) == "12.80"
    with packed(world, COUNCIL, "2027-28") as pack:
        (row,) = pack.vat_rows()
        assert str(row["irrecoverable_vat"]) == "1.00", "what the invoice has beyond the accrual"


def taxed(net: str, vat: str) -> dict[str, str]:
    """A cost with VAT that is not recovered."""
    return cost(net, irrecoverable_vat=vat, vat="not-recovered")


def test_a_journal_bears_its_own_vat_and_a_credit_note_lowers_it() -> None:
    lines = [{"row": "care", **HEADINGS, "count": 1, "total": "60.00", "irrecoverable_vat": "10.00"}]
    row = {"row": "care", "cost_centre": "A100", "account": "4*", "scheme": "S-1", "vat": "not-recovered"}
    world = funded("600.00", "400.00", maps("GL", row), lists("J-1", ("care", "60.00"), lines=lines))
    world.given(spends("X-1", "100.00", cost=taxed("100.00", "20.00")))
    world.given(spends("N-1", on="2026-07-31", credits="X-1", cost=taxed("50.00", "10.00")))
    with packed(world, ICB) as pack:
        whole, parts = vat(pack.returns["prevention"].pooled)
        assert (whole.pence, parts[COUNCIL] + parts[ICB]) == (20_00, 20_00)
        assert str(pack.vat_rows()[0]["own_part"]) == "8.00"


# -- contracts, and what is not money ---------------------------------------------------------------


def test_what_it_bought_under_contracts_is_paid_or_owed() -> None:
    world = verified(10, "100.00").given(approves_payment("P-1", {COUNCIL: "319.00", ICB: "681.00"}, 10))
    world.given(pays("P-1", "681.00", by=ICB_PAYS))
    for partner, told in ((COUNCIL, ("319.00", "0.00", "319.00")), (ICB, ("681.00", "681.00", "0.00"))):
        with packed(world, partner) as pack:
            (row,) = pack.contract_rows()
            assert tuple(str(row[name]) for name in ("bought", "paid", "owed")) == told


def test_what_is_given_in_kind_stands_beside_and_is_never_added() -> None:
    world = funded("600.00", "400.00", lends("R-1", "900.00", commitment="B"))
    with packed(world, ICB) as pack:
        assert [str(row["value"]) for row in pack.kind_rows()] == ["900.00"]
        assert shares(pack) == {"contribution": "400.00", "not decided yet": "400.00"}


def test_nobody_has_a_pack_who_is_not_here() -> None:
    with sight_of(two_years()) as sight, pytest.raises(NotFound, match="not in this ledger"):
        reports.year_end(sight, "GB-EXAMPLE-NOBODY", YEAR)


# -- as papers --------------------------------------------------------------------------------------


@pytest.mark.parametrize("partner", [COUNCIL, ICB])
def test_the_pack_is_a_pdf_with_its_tables_and_the_same_bytes_again(
    partner: str, tool: Callable[[str], str], tmp_path: Path
) -> None:
    world = two_years().given(agrees_a_position(debtor="90.00"), approves(ICB_CFO))
    made: list[bytes] = []
    for _ in range(2):
        with sight_of(world) as sight:
            paper = Paper(
                title=f"Year-end pack of {partner}, {YEAR}",
                subtitle=world.origin,
                sections=reports.year_end(sight, partner, YEAR),
                footing="As at entry 20, root ab; verified by this program on the log's own bytes.",
                date_known=KNOWN,
            )
            made.append(typeset.pdf(paper))
    assert made[0] == made[1]
    file = tmp_path / "pack.pdf"
    file.write_bytes(made[0])
    tree = subprocess.run([tool("pdfinfo"), "-struct-text", file], check=True, capture_output=True, text=True).stdout
    assert tree.count("Table (block)") == 2, "its share of the pool, and its position"
    assert "Debtors and creditors at 31 March" in tree


def test_an_instalment_that_is_due_and_late_is_what_is_owed() -> None:
    world = funded("600.00", "400.00", falls_due("I-1", "100.00", commitment="B"))
    world.given(arrives("I-1", "25.00", "2027-03-31"))
    with packed(world, COUNCIL) as pack:
        assert positions(pack)["debtor"][0] == str(Pence(400_00 - 25_00)), "all that it committed for the year"
