"""Words to write tests of pots with: spending, credit notes, journals, years; and what draws on whom.

The council hosts the pool `prevention` with the care board. Days are given, so that a test reads as a calendar.
"""

from __future__ import annotations

from typing import Any

from ledger.rules import pots
from ledger.values import Balance, Pence
from tests.rules import ICB_CFO, S151, approves, commits, given, partners, pool, says, scheme, until
from tests.rules.paying import token
from tests.story import COUNCIL, ICB, Telling, World, line

REASON = {"reason": "It was found so."}
YEAR, NEXT = "2026-27", "2027-28"
WHY = {"level": "primary", "goal": "Fewer falls", "classification": "Demos 2024"}
HEADINGS = {"category": "resource", "accounts_as": "revenue"}


def day(when: str) -> Telling:
    """The clock moves on to the middle of that day."""
    return until(f"{when}T12:00:00Z")


def pooled(*tellings: Telling, schemes: tuple[str, ...] = ("S-1",), **more: Any) -> World:
    """A pool of the council and the care board with these schemes, and what was said since; it is May 2027."""
    world = given(partners(ICB), pool(COUNCIL, ICB, **more), *map(scheme, schemes), day("2027-05-20"))
    return world.given(*tellings)


def funded(council: str = "600.00", board: str = "400.00", *tellings: Telling, **more: Any) -> World:
    """That pool, with a commitment of each for 2026-27 from its first day: `C` and `B`."""
    return pooled(promises("C", council), promises("B", board, by=ICB_CFO), *tellings, **more)


def promises(reference: str, amount: str, by: str = S151, on: str = "2026-04-01", **more: Any) -> Telling:
    """A partner commits a sum for one year, true from that day; for 2026-27 unless another line is given."""
    lines = more.pop("lines", None) or [line(amount, more.pop("year", YEAR))]
    return commits(reference, *lines, by=by, occurred_on=on, **more)


# -- spending -------------------------------------------------------------------------------------


def cost(net: str, **vat: str) -> dict[str, str]:
    """What something cost."""
    return {"net": net, **vat}


def spends(reference: str = "X-1", net: str = "100.00", on: str = "2026-06-30", by: str = S151, **more: Any) -> Telling:
    """The host records what was spent on the scheme."""
    body = {"spend": reference, "scheme": "S-1", **HEADINGS, "cost": cost(net), "occurred_on": on, **more}
    return says("spend-recorded/1", body, by)


def credits_back(reference: str, of: str, net: str, on: str = "2026-07-31", **more: Any) -> Telling:
    """A credit note."""
    return spends(reference, net, on, credits=of, **more)


def accrues(reference: str = "A-1", net: str = "60.00", on: str = "2027-03-31", by: str = S151, **more: Any) -> Telling:
    """A service was had, and the invoice is to come."""
    body = {"spend": reference, "scheme": "S-1", **HEADINGS, "cost": cost(net), "occurred_on": on, **more}
    return says("accrual-recorded/1", body, by)


def invoices(reference: str, net: str, on: str = "2027-05-10", by: str = S151, **more: Any) -> Telling:
    """The invoice came."""
    return says("accrual-settled/1", {"spend": reference, "cost": cost(net), "occurred_on": on, **more}, by)


def earns(amount: str, partner: str = COUNCIL, on: str = "2026-05-01", by: str = S151, **more: Any) -> Telling:
    """Money comes in otherwise than from a funder."""
    body = {"pool": "prevention", **HEADINGS, "amount": amount, "sort": "charges", "partner": partner}
    return says("income-recorded/1", {**body, "occurred_on": on, **more}, by)


def administers(reference: str = "M-1", net: str = "10.00", by: str = S151, **more: Any) -> Telling:
    """What it costs to run the pool."""
    body = {"spend": reference, "pool": "prevention", **HEADINGS, "cost": cost(net), "what": "A pool manager"}
    return says("administrative-cost-recorded/1", {**body, "occurred_on": "2026-06-30", **more}, by)


def gives_a_budget(reference: str = "G-1", amount: str = "10.00", by: str = S151, **more: Any) -> Telling:
    """A person arranges their own support."""
    body = {"spend": reference, "scheme": "S-1", "person": token("one"), **HEADINGS, "amount": amount}
    return says("personal-budget-allocated/1", {**body, "occurred_on": "2026-06-30", **more}, by)


def reclassifies(
    reference: str, amount: str, category: str, on: str = "2026-08-01", by: str = S151, **more: Any
) -> Telling:
    """Spending is found to belong to another category."""
    body = {"spend": reference, "amount": amount, "category": category, "accounts_as": "revenue", "occurred_on": on}
    return says("category-reclassified/1", {**body, **more}, by)


def publishes(amount: str = "1000.00", by: str = S151, **more: Any) -> Telling:
    """A body's outturn outside the pool."""
    body = {
        "organisation": by.split("/", maxsplit=1)[0],
        "year": "2025-26",
        "section": "RO3",
        "line": "Adult social care",
    }
    return says("outturn-recorded/1", {**body, "amount": amount, "certified": True, **more}, by)


# -- journals -------------------------------------------------------------------------------------


def maps(reference: str = "GL", *rows: dict[str, Any], by: str = S151, **more: Any) -> Telling:
    """How the finance system's listing is read."""
    body = {"map": reference, "pool": "prevention", "rows": list(rows) or [row()], **more}
    return says("journal-mapped/1", body, by)


def row(name: str = "care", **more: Any) -> dict[str, Any]:
    """A row of a map."""
    return {"row": name, "cost_centre": "A100", "account": "4*", "scheme": "S-1", **more}


def lists(reference: str, *lines: tuple[str, str], month: str = "2026-06", by: str = S151, **more: Any) -> Telling:
    """A month's listing for the scheme: sums by row of the map."""
    import calendar

    year, number = map(int, month.split("-"))
    last = calendar.monthrange(year, number)[1]
    total = sum(Balance.parse(amount) for _, amount in lines)
    body = {
        "journal": reference,
        "map": "GL",
        "scheme": "S-1",
        "starts": f"{month}-01",
        "lines": [{"row": name, **HEADINGS, "count": 1, "total": amount} for name, amount in lines],
        "count": len(lines),
        "total": str(Balance(total)),
        "listing": token("listing"),
        "file": token("file"),
        "occurred_on": f"{month}-{last}",
        **more,
    }
    return says("journal-recorded/1", body, by)


def reconciles(ends: str, there: str, here: str, *items: str, by: str = S151, **more: Any) -> Telling:
    """What the finance system and the ledger hold, and why they differ."""
    explained = [{"reason": "In transit", "amount": amount} for amount in items]
    body = {"pool": "prevention", "ends": ends, "there": there, "here": here, "items": explained, **more}
    return says("ledger-reconciled/1", body, by)


# -- years ----------------------------------------------------------------------------------------


def vires(amount: str, giving: str = "S-1", getting: str = "S-2", by: str = S151, **more: Any) -> Telling:
    """Budget moves between schemes."""
    body = {"pool": "prevention", "year": YEAR, "from_scheme": giving, "to_scheme": getting, "amount": amount, **more}
    return says("virement-made/1", body, by, sealed=REASON)


def forecasts(expected: str = "900.00", by: str = S151, **more: Any) -> Telling:
    """What will have been spent."""
    return says("variance-forecast/1", {"pool": "prevention", "year": YEAR, "expected": expected, **more}, by)


def recovers_by(effect: str = "-10.00", by: str = S151, **more: Any) -> Telling:
    """What the partners will do about it."""
    body = {"pool": "prevention", "year": YEAR, "actions": "Fewer agency staff", "effect": effect}
    return says("recovery-plan-agreed/1", {**body, "by_when": "2027-03-31", **more}, by)


def apportions(amount: str, council: str = "", board: str = "", by: str = S151, **more: Any) -> Telling:
    """The partners take on what is unfunded."""
    parts = ((COUNCIL, council), (ICB, board))
    lines = [{"partner": partner, "amount": part} for partner, part in parts if part]
    body = {"pool": "prevention", "year": YEAR, **HEADINGS, "amount": amount, "lines": lines, **more}
    return says("variance-apportioned/1", body, by)


def carries(amount: str, on: str = "2027-04-20", by: str = S151, **more: Any) -> Telling:
    """What of the year's unspent money is kept."""
    body = {"pool": "prevention", "year": YEAR, **HEADINGS, "amount": amount, "occurred_on": on, **more}
    return says("carry-forward-approved/1", body, by)


def reports(spent: str, quarter: int, on: str = "2027-05-01", by: str = S151, **more: Any) -> Telling:
    """A quarter is reported."""
    body = {"pool": "prevention", "year": YEAR, "stage": "quarter", "quarter": quarter, "spent": spent}
    return says("period-closed/1", {**body, "occurred_on": on, **more}, by)


def shuts(stage: str, spent: str, on: str = "2027-05-01", by: str = S151, **more: Any) -> Telling:
    """The year is closed, to one of its three stages."""
    body = {"pool": "prevention", "year": YEAR, "stage": stage, "spent": spent, "occurred_on": on, **more}
    return says("period-closed/1", body, by)


def adjusts(reference: str, net: str, on: str = "2026-06-30", by: str = S151, **more: Any) -> Telling:
    """Spending that belongs to a period that was reported."""
    body = {"spend": reference, "scheme": "S-1", **HEADINGS, "cost": cost(net), "occurred_on": on, **more}
    return says("period-adjusted/1", body, by, sealed=REASON)


def reverses_on(when: str, of: str, by: str = S151, number: int = 0) -> Telling:
    """The newest entry of that kind, or the one before it, is taken back on that day."""

    def tell(world: World) -> None:
        named = [said for said in reversed(world.said) if said.said.kind == of][number]
        body = {"entry": named.id, "digest": named.digest, "occurred_on": when}
        world.say("entry-reversed/1", body, by, sealed=REASON)

    return tell


def with_the_board(*tellings: Telling) -> Telling:
    """Each is said, and the care board agrees."""

    def tell(world: World) -> None:
        for telling in tellings:
            world.given(telling, approves(ICB_CFO))

    return tell


# -- what stands ----------------------------------------------------------------------------------

NAMES = {COUNCIL: "council", ICB: "board", pots.NOBODY: "unfunded"}


def _pounds(sums: dict[str, int]) -> dict[str, str]:
    return {name: str(Balance(part)) for name, part in sums.items() if part}


def draws(world: World, reference: str = "X-1") -> dict[str, str]:
    """What a line of spending draws on each funder, or leaves unfunded."""
    held = world.book.pots.spends[reference]
    sums = pots.funders(world.book.pots, held.parts.items())
    return _pounds({NAMES.get(funder, funder): part for funder, part in sums.items()})


def lots_of(world: World, reference: str = "X-1") -> dict[str, str]:
    """What a line of spending draws on each commitment; with a plus what was brought forward."""
    sums: dict[str, int] = {}
    for name, part in world.book.pots.spends[reference].parts.items():
        lot = world.book.pots.lots[name]
        key = lot.commitment + ("+" if lot.brought else "") or "unfunded"
        sums[key] = sums.get(key, 0) + part
    return _pounds(sums)


def moved(world: World, why: str) -> dict[str, str]:
    """What the newest entry moved of lots, for that reason, by commitment."""
    sums: dict[str, int] = {}
    for move in world.book.pots.moved:
        if move.why == why and move.spend is None:
            lot = world.book.pots.lots[move.lot]
            key = lot.commitment + ("+" if lot.brought else "")
            sums[key] = sums.get(key, 0) + move.pence
    return _pounds(sums)


def left(world: World, reference: str, year: str = YEAR, *, brought: bool = False, category: str = "resource") -> str:
    """What is left to draw of a commitment in the end, or of what was brought forward of it."""
    lots = (world.book.pots.lots[name] for name in world.book.pots.of_commitment[reference])
    pot = ("prevention", year, category, "revenue")
    return str(Balance(sum(lot.amount - lot.drawn for lot in lots if (lot.pot, lot.brought) == (pot, brought))))


def unfunded(world: World, year: str = YEAR, category: str = "resource") -> str:
    """What nothing covers."""
    return str(Pence(world.book.pots.unfunded(("prevention", year, category, "revenue"))))


def spent_to(world: World, when: str) -> str:
    """What the pool spent in the year, to that day."""
    from datetime import date

    return str(Balance(world.book.pots.spent_to("prevention", date.fromisoformat(when))))
