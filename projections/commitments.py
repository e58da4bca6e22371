"""Commitments as they stand: each with its newest version and all the entries that it rests on."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ledger.events.commitments import (
    CommitmentFirmed,
    CommitmentMade,
    CommitmentReprofiled,
    CommitmentVaried,
    CommitmentWithdrawn,
)
from ledger.values import Pence, YearAmount
from projections.facts import Fact, Facts, added


@dataclass(frozen=True, slots=True)
class Held:
    """A commitment as it stands."""

    made: CommitmentMade
    fact: Fact
    profile: tuple[YearAmount, ...]
    whole: Pence | None
    strength: str
    entries: tuple[int, ...]
    withdrawn: bool = False

    @property
    def total(self) -> Pence:
        """The whole-life sum, in pence."""
        return Pence(sum(line.amount for line in self.profile)) if self.whole is None else self.whole


def held(facts: Facts) -> list[Held]:
    """Every commitment, in the order in which they were made or quoted."""
    found = {
        made.commitment: Held(made, fact, made.profile, made.whole, made.strength, fact.entries)
        for made, fact in facts.of(CommitmentMade)
    }
    for firmed, fact in facts.of(CommitmentFirmed):
        now = found[firmed.commitment]
        found[firmed.commitment] = replace(now, strength="firm", entries=added(now.entries, fact))
    changes: list[tuple[CommitmentVaried | CommitmentReprofiled, Fact]] = [
        *facts.of(CommitmentVaried),
        *facts.of(CommitmentReprofiled),
    ]
    for change, fact in sorted(changes, key=lambda one: one[1].effect.known_from):
        now, whole = found[change.commitment], change.whole if isinstance(change, CommitmentVaried) else None
        found[change.commitment] = replace(now, profile=change.profile, whole=whole, entries=added(now.entries, fact))
    for withdrawn, fact in facts.of(CommitmentWithdrawn):
        now = found[withdrawn.commitment]
        found[withdrawn.commitment] = replace(now, withdrawn=True, entries=added(now.entries, fact))
    return list(found.values())
