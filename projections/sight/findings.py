"""Findings: where the money of contracts and what came of it do not meet, each with its figure and entries.

Law: a missing link is a break: a year's payments of which nothing was measured or claimed, and payments under a
contract none of whose payers committed anything. Payers who agreed a contract here have committed their shares by
that, and what is paid under it rests on a claim: these are breaks only of what a source states. What merely differs
from what was promised is a finding, and no break. Both stand beside the figures, which are never mended.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from ledger.events.contracts import ContractAgreed
from ledger.values import FinancialYear, Pence
from projections.facts import entries_of
from projections.postings import NOT_SPLIT
from projections.rows import Row
from projections.sight import contracted
from projections.sight.contracted import Promise, unsplit
from projections.sight.line import Line
from projections.sight.measured import Measures

COLUMNS = ("finding", "contract", "payer", "year", "amount", "entries")
BREAK: Final = "BREAK: "
NO_RESULT: Final = f"{BREAK}paid, and no result is recorded of that year"
NO_COMMITMENT: Final = f"{BREAK}paid, and none of its payers committed anything"
ABOVE: Final = "paid above what the payer committed"
UNSPLIT: Final = "paid, and put to no payer, because the source states no split"
UNPAID: Final = "committed, and nothing is recorded as paid by it"
UNNAMED: Final = "named as a payer, and no amount is stated"
UNBOUGHT: Final = "a result is recorded, and nothing is recorded as paid"
NO_MEASURE: Final = "committed, and no result is recorded"


class Came(Protocol):
    """What is recorded of the outcomes of one contract."""

    @property
    def outcomes(self) -> tuple[str, ...]:
        """Which."""

    @property
    def counted(self) -> int:
        """How many of them were claimed or verified."""


@dataclass(frozen=True, slots=True)
class Nothing:
    """What is recorded of a contract that nothing leads to."""

    outcomes: tuple[str, ...] = ()
    counted: int = 0


NO_BREAK: Final = "no break: of each year that was paid a result is recorded, and each contract has a commitment"


@dataclass(frozen=True, slots=True)
class Told:
    """The payers of a line's contracts, and the findings about them."""

    shown: list[Promise]
    unsplit: dict[str, Promise]
    rows: list[Row]
    breaks: list[str]
    """The breaks in sentences; that there is none, where a source states a contract; else nothing."""


def of(line: Line, payer: str | None) -> Told:
    """What payers committed under the contracts of a line and paid, one payer's or everybody's, with the findings."""
    contracts = {link.to[1] for link in line.links if (link.origin[0], link.to[0]) == ("partner", "contract")}
    shown = contracted.of(line.sight, contracts, payer)
    everybody = contracted.of(line.sight, {one.contract for one in shown}, None) if payer else shown
    came = {one.of[1]: one for one in line.results if one.of[0] == "contract"}
    agreed = {event.contract for event, fact in line.sight.of(ContractAgreed) if fact.confirmed}
    found = rows(shown, everybody, came, line.measures, agreed)
    quoted = any(one.contract not in agreed for one in shown)
    return Told(shown, unsplit(everybody), found, sentences(found) or ([NO_BREAK] if quoted else []))


def rows(
    found: Iterable[Promise],
    everybody: Iterable[Promise],
    came: Mapping[str, Came],
    measures: Measures,
    agreed: Container[str],
) -> list[Row]:
    """The findings about the payers that are shown, breaks first.

    `everybody` has all payers of their contracts; `agreed` are the contracts that their payers agreed here.
    """
    shown, whole = list(found), list(everybody)
    open_, there = unsplit(whole), {one.contract for one in shown}
    shown += [one for contract, one in open_.items() if contract in there and one.payer not in _payers(shown, contract)]
    committed = {one.contract for one in whole if sum(one.committed.values()) > 0}
    told: list[Row] = []
    for one in shown:
        result = came.get(one.contract, Nothing())
        told += _years(one, result, measures)
        if one.contract not in committed and one.quoted > 0:
            told.append(_row(NO_COMMITMENT, one, one.quoted))
        if not one.committed and one.payer != NOT_SPLIT and one.contract not in agreed:
            told.append(_row(UNNAMED, one, None))
        told += _of_payer(one, result, measures, known=one.contract not in open_)
    paid = {one.contract for one in whole if sum(one.bought.values())}
    told += [
        {"finding": UNBOUGHT, "contract": contract, "entries": entries_of([fact for _, fact in measured])}
        for contract, one in came.items()
        if contract not in paid and (measured := measures.about(one.outcomes))
    ]
    return sorted(told, key=lambda row: not row["finding"].startswith(BREAK))


def _payers(found: Iterable[Promise], contract: str) -> set[str]:
    return {one.payer for one in found if one.contract == contract}


def _years(one: Promise, came: Came, measures: Measures) -> Iterator[Row]:
    """The years in which something was paid of which nothing is recorded."""
    if came.counted:
        return
    for year, (pence, entries) in sorted(one.by_year.items()):
        if pence > 0 and not (year and measures.cover(came.outcomes, FinancialYear(year))):
            yield {**_row(NO_RESULT, one, pence), "year": year or None, "entries": tuple(sorted(entries))}


def _of_payer(one: Promise, came: Came, measures: Measures, *, known: bool) -> Iterator[Row]:
    """What one payer committed against what it paid, where that is known."""
    bought, committed = sum(one.bought.values()), sum(one.committed.values())
    if one.payer == NOT_SPLIT:
        yield _row(UNSPLIT, one, bought)
        return
    if one.above:
        yield _row(ABOVE, one, one.above)
    if committed and not bought and known:
        yield _row(UNPAID, one, committed)
    if committed and not came.counted and not measures.about(came.outcomes):
        yield _row(NO_MEASURE, one, committed)


def _row(finding: str, one: Promise, pence: int | None) -> Row:
    return {
        "finding": finding,
        "contract": one.contract,
        "payer": one.payer,
        "amount": None if pence is None else Pence(pence),
        "entries": tuple(sorted(one.entries)),
    }


def sentences(told: Iterable[Row]) -> list[str]:
    """Each break in a sentence, as the links have theirs."""
    return [
        f"break: {row['amount'].spoken} under {row['contract']}"
        + (f" in {row['year']}" if row.get("year") else "")
        + f", by {row['payer']}: {row['finding'].removeprefix(BREAK)}"
        for row in told
        if row["finding"].startswith(BREAK)
    ]
