"""Measured: what was measured of the outcomes that money was to bring, figure by figure.

Law: figures are shown as they were stated and never added up: they overlap, and conflicting ones are both kept. A
measure is no verification. An outcome of which nothing was recorded is shown as that.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from ledger.events.outcomes import MeasureRecorded
from ledger.values import FinancialYear
from projections.facts import Fact
from projections.rows import Row
from projections.sight.reading import Sight

COLUMNS = ("of", "outcome", "value", "out_of", "among", "starts", "ends", "status", "standing", "entries")
NOTHING = "nothing recorded"

Measure = tuple[MeasureRecorded, Fact]


@dataclass(slots=True)
class Measures:
    """Every measure, by its outcome."""

    by_outcome: dict[str, list[Measure]] = field(default_factory=dict)

    @classmethod
    def of(cls, sight: Sight) -> Measures:
        """Those that are known, and true."""
        found = cls()
        for event, fact in sight.of(MeasureRecorded):
            found.by_outcome.setdefault(event.outcome, []).append((event, fact))
        return found

    def about(self, outcomes: Iterable[str]) -> list[Measure]:
        """The measures of some outcomes."""
        return [one for name in outcomes for one in self.by_outcome.get(name, ())]

    def cover(self, outcomes: Iterable[str], year: FinancialYear) -> bool:
        """Whether anything was measured of a period that reaches into a year."""
        return any(
            (event.starts or date.min) <= year.last_day and event.ends >= year.first_day
            for event, _ in self.about(outcomes)
        )

    def rows(self, of: str, outcomes: Iterable[str], *, counted: bool = False) -> list[Row]:
        """A row for each figure of each outcome, and one for an outcome of which there is none, nor is any counted."""
        found: list[Row] = []
        for name in outcomes:
            measured = self.by_outcome.get(name, [])
            found += [_row(of, event, fact) for event, fact in measured]
            found += [] if measured or counted else [{"of": of, "outcome": name, "standing": NOTHING, "entries": ()}]
        return found


def _row(of: str, event: MeasureRecorded, fact: Fact) -> Row:
    return {
        "of": of,
        "outcome": event.outcome,
        "value": event.value,
        "out_of": event.denominator,
        "among": ", ".join(filter(None, (event.group, event.area))) or None,
        "starts": event.starts,
        "ends": event.ends,
        "status": event.status,
        "standing": fact.standing,
        "entries": fact.entries,
    }
