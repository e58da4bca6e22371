"""Sums: figures that grow row by row, each with the entries that it rests on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from ledger.rules.shares import Owed
from ledger.values import Number, Pence


@dataclass(slots=True)
class Sum:
    """A sum in pence, and the entries that made it."""

    pence: int = 0
    entries: set[int] = field(default_factory=set)

    def add(self, pence: int, entries: Iterable[int]) -> None:
        """So much more; what is nothing rests on nothing."""
        if pence:
            self.pence += pence
            self.entries.update(entries)

    @property
    def amount(self) -> Pence:
        """The sum as a view shows it."""
        return Pence(self.pence)


def resting(*sums: Sum) -> tuple[int, ...]:
    """The entries of several sums, each once, in order."""
    return tuple(sorted({entry for one in sums for entry in one.entries}))


def per_cent(part: int | None, whole: int) -> Number | None:
    """A part in per cent of a whole, to one place; none where there is no whole."""
    if part is None or whole <= 0:
        return None
    tenths = round(Fraction(part * 1000, whole))
    return Number(f"{'-' if tenths < 0 else ''}{abs(tenths) // 10}.{abs(tenths) % 10}")


def in_proportion(pence: int, weights: Mapping[str, int]) -> dict[str, int]:
    """A sum, also one below zero, over whole weights above zero, to the penny."""
    if pence < 0:
        return {name: -part for name, part in in_proportion(-pence, weights).items()}
    parts, _ = Owed().divide(pence, weights, dict.fromkeys(weights, pence))
    return parts
