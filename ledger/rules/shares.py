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


def proportions(weights: Mapping[str, int]) -> dict[str, Fraction]:
    """The shares that stand in proportion to these weights; none if all of them are nothing."""
    whole = sum(weights.values())
    return {party: Fraction(weight, whole) for party, weight in weights.items()} if whole else {}
