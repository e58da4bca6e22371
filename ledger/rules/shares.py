"""Shares: how a sum is divided to the penny, and keeps being divided fairly.

Law (line-of-sight, "Odd pennies"): each share is rounded down; what is left over goes, penny by penny, to the
party owed most to date under that agreement (its exact entitlement less what it was allotted), ties in the order in
which the agreement names the parties.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from ledger.values import Pence


@dataclass(slots=True)
class Tally:
    """What each party was entitled to and allotted to date under one agreement: the difference is owed to it."""

    owed: dict[str, Fraction] = field(default_factory=dict)
    """In pence, by party; negative for one that was allotted more than its exact part."""

    def divide(self, amount: int, shares: Mapping[str, Fraction]) -> dict[str, Pence]:
        """Each party's part of a sum in pence; together exactly the sum. Changes nothing. Shares total 1."""
        exact = {party: amount * share for party, share in shares.items()}
        parts = {party: int(part) for party, part in exact.items()}
        left = amount - sum(parts.values())
        for _ in range(left):
            owed = {party: self._owed(party) + exact[party] - parts[party] for party in parts}
            parts[max(owed, key=lambda party: owed[party])] += 1  # of equals, the first named
        return {party: Pence(part) for party, part in parts.items()}

    def allot(self, entitled: Mapping[str, Fraction], parts: Mapping[str, int]) -> None:
        """Parts were allotted to those entitled to so much."""
        for party in {**entitled, **parts}:
            self.owed[party] = self._owed(party) + entitled.get(party, Fraction(0)) - parts.get(party, 0)

    def _owed(self, party: str) -> Fraction:
        return self.owed.get(party, Fraction(0))


NANO = 1_000_000_000
"""Parts of a penny in which what is owed is kept, where proportions change from sum to sum: it stays a small number."""


@dataclass(slots=True)
class Owed:
    """As Tally, for proportions that change from sum to sum, and parties that have no more than a certain room."""

    owed: dict[str, int] = field(default_factory=dict)
    """In billionths of a penny, by party."""

    def copy(self) -> Owed:
        """One that can be changed apart."""
        return Owed(dict(self.owed))

    def divide(
        self, amount: int, weights: Mapping[str, int], rooms: Mapping[str, int]
    ) -> tuple[dict[str, int], dict[str, int]]:
        """Each party's part of a sum in pence by whole weights, none above its room; and what it was entitled to.

        Whoever's part its room cuts off was entitled to just that; the rest is divided among the others. The rooms
        hold the sum. Changes nothing.
        """
        parts: dict[str, int] = {}
        within = {party: weight for party, weight in weights.items() if weight and rooms[party]}
        while cut := [
            party
            for party, weight in within.items()
            if (amount - sum(parts.values())) * weight > rooms[party] * sum(within.values())
        ]:
            parts |= {party: rooms[party] for party in cut}
            within = {party: weight for party, weight in within.items() if party not in parts}
        rights = {party: part * NANO for party, part in parts.items()}
        left, whole = amount - sum(parts.values()), sum(within.values())
        for party, weight in within.items():
            parts[party] = left * weight // whole
            rights[party] = left * weight * NANO // whole
        for _ in range(amount - sum(parts.values())):
            able = [party for party in weights if party in within and parts[party] < rooms[party]]
            parts[max(able, key=lambda party: self._due(party, rights, parts))] += 1  # of equals, the first named
        return {party: parts.get(party, 0) for party in weights}, rights

    def _due(self, party: str, rights: Mapping[str, int], parts: Mapping[str, int]) -> int:
        return self.owed.get(party, 0) + rights[party] - parts[party] * NANO

    def allot(self, rights: Mapping[str, int], parts: Mapping[str, int]) -> None:
        """Parts were allotted to those entitled to so much."""
        for party, right in rights.items():
            self.owed[party] = self.owed.get(party, 0) + right - parts.get(party, 0) * NANO


def proportions(weights: Mapping[str, int]) -> dict[str, Fraction]:
    """The shares that stand in proportion to these weights; none if all of them are nothing."""
    whole = sum(weights.values())
    return {party: Fraction(weight, whole) for party, weight in weights.items()} if whole else {}
