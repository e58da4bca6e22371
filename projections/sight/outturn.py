"""Outturn: what a body's return says it spent outside every pool, year by year and line by line.

Law: it stands apart from what is pooled and draws on nothing. A published total, a subtotal and a level of reserves are
shown as what they are and never added to their parts: the one sum made here is of the lines of a service, and it is
compared with the published total. Bodies are not added together: what one passes on to another is in both.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from ledger.events.spending import OutturnRecorded
from ledger.values import Balance
from projections.facts import Fact
from projections.rows import Row
from projections.sight.reading import Sight

COLUMNS = ("year", "section", "line", "amount", "counts_as", "certified", "standing", "entries")
TOTAL: Final = "published total"
PART: Final = "service"
_COUNTS_AS: Final = {
    "key financials": "subtotal of the return",
    "reserves": "level of reserves",
    "financing": "financing",
}
"""What the lines of a section are, where they are not services that add up to a total."""
NOTE: Final = (
    "note: outturn is outside every pool, and no pound of it is in the links above; totals, subtotals and levels are "
    "never added to their parts, nor one body to another, because what one passes on to another is in both"
)

Stated = tuple[OutturnRecorded, Fact]


@dataclass(frozen=True, slots=True)
class Compared:
    """The lines of one section in one year beside the total that is published for them."""

    year: str
    section: str
    lines: int
    sum: Balance
    unconfirmed: Balance
    """The part of the sum that no body has confirmed."""
    total: Balance | None

    @property
    def apart(self) -> Balance:
        """How much the published total is above the sum of its lines."""
        return Balance(0 if self.total is None else self.total - self.sum)


def is_total(line: str) -> bool:
    """Whether a line is the published total of its section."""
    return line.strip().casefold().startswith("total ")


def counts_as(section: str, line: str) -> str:
    """What a line is: a service, the total of its section, or something that is added to neither."""
    return TOTAL if is_total(line) else _COUNTS_AS.get(named(section).casefold(), PART)


def named(section: str) -> str:
    """A section in words."""
    return section.replace("_", " ")


def stated(sight: Sight, organisation: str) -> list[Stated]:
    """What returns state of one body, year by year, each as it was read."""
    found = [one for one in sight.of(OutturnRecorded) if one[0].organisation == organisation]
    return sorted(found, key=lambda one: one[0].year)


def rows(found: Iterable[Stated]) -> list[Row]:
    """A row for each line."""
    return [
        {
            "year": event.year,
            "section": named(event.section),
            "line": event.line,
            "amount": event.amount,
            "counts_as": counts_as(event.section, event.line),
            "certified": event.certified,
            "standing": fact.standing,
            "entries": fact.entries,
        }
        for event, fact in found
    ]


def compared(found: list[Stated]) -> list[Compared]:
    """The services of each section and year, with the total that is published for them."""
    groups: dict[tuple[str, str], list[Stated]] = {}
    for event, fact in found:
        if counts_as(event.section, event.line) in (PART, TOTAL):
            groups.setdefault((event.year, event.section), []).append((event, fact))
    return [_compared(year, section, lines) for (year, section), lines in groups.items()]


def _compared(year: str, section: str, lines: list[Stated]) -> Compared:
    totals = [event.amount for event, _ in lines if is_total(event.line)]
    parts = [(event.amount, fact) for event, fact in lines if not is_total(event.line)]
    return Compared(
        year,
        named(section),
        len(parts),
        Balance(sum(amount for amount, _ in parts)),
        Balance(sum(amount for amount, fact in parts if not fact.confirmed)),
        totals[-1] if totals else None,
    )


def sentences(found: list[Stated]) -> list[str]:
    """What the services come to, how much of it is unconfirmed, and where a published total says otherwise."""
    said: list[str] = []
    for one in compared(found):
        lines = "1 line" if one.lines == 1 else f"{one.lines} lines"
        said.append(
            f"{one.year} {one.section}: {one.sum.spoken} in {lines}, of it {one.unconfirmed.spoken} unconfirmed"
        )
        if one.total is not None and one.lines and one.apart:
            what = f"the published total is {one.total.spoken}, {one.apart.spoken} apart from its lines"
            said.append(f"finding: {one.year} {one.section}: {what}")
    return [*said, NOTE]
