"""The nouns of a paper: its title, its sections with their rows, and the footing that says what it rests on.

Law: a paper holds values, not their looks: a sum is Pence, a day is a date, what is missing is None. Every row keeps
the entries that it rests on. A picture is never without its words.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ledger.errors import Malformed
from ledger.values import Number, Pence
from projections.rows import Row


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One table, with the sentences that go before it, its totals and a picture of it.

    `picture` is SVG of this program's own making; `picture_alt` says the same in words.
    Raises Malformed for a picture without them.
    """

    heading: str
    sentences: tuple[str, ...] = ()
    rows: Sequence[Row] = ()
    columns: Sequence[str] = ()
    totals: Row | None = None
    picture: str | None = None
    picture_alt: str | None = None

    def __post_init__(self) -> None:
        if self.picture is not None and not (self.picture_alt or "").strip():
            raise Malformed("a picture needs words for whoever cannot see it", where=self.heading)

    def of(self, column: str) -> Iterator[Any]:
        """The values of a column, totals and all."""
        yield from (row.get(column) for row in self.rows)
        yield (self.totals or {}).get(column)

    def head(self, column: str) -> str:
        """What stands over a column, with the unit of its sums."""
        money = any(isinstance(value, Pence) for value in self.of(column))
        return column.replace("_", " ") + (" (£)" if money else "")

    def to_the_right(self, column: str) -> bool:
        """Figures stand to the right, so that their digits are under each other."""
        return any(isinstance(value, int | Number) and not isinstance(value, bool) for value in self.of(column))


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """A view to hand over; `date_known` is when the newest entry that it rests on was received, in UTC."""

    title: str
    subtitle: str
    sections: tuple[Section, ...]
    footing: str
    language: str = "en-GB"
    date_known: datetime | None = None

    @property
    def known(self) -> str:
        """The moment in words: `As known on 2 April 2026 at 10:15 UTC`; nothing if there is none."""
        day = self.date_known
        return f"As known on {day.day} {day:%B %Y} at {day:%H:%M} UTC" if day else ""

    @property
    def size(self) -> int:
        """How many rows it has."""
        return sum(len(section.rows) for section in self.sections)
