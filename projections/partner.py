"""A partner's account: what it committed, to which pool, for which year, and what is not certain about it.

Law: a fold over effective entries. What waits and what is unconfirmed is shown, and totalled apart. Each row
names its entries.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from ledger.book import Book, Effect
from ledger.events.commitments import (
    CommitmentFirmed,
    CommitmentMade,
    CommitmentVaried,
    CommitmentWithdrawn,
)
from ledger.events.event import Event
from ledger.replay import Replayed
from ledger.rules.approvals import Waiting
from ledger.values import Pence, YearAmount
from projections.rows import Row

COLUMNS = ("commitment", "pool", "year", "category", "accounts_as", "strength", "standing", "amount", "entries")


@dataclass(frozen=True, slots=True)
class Held:
    """A commitment as it stands, with the entries that it rests on."""

    made: CommitmentMade
    profile: tuple[YearAmount, ...]
    strength: str
    rests_on: tuple[int, ...]
    withdrawn: bool = False


@dataclass(slots=True)
class Account:
    """A partner's commitments by reference, each with its versions, oldest first; and what is unconfirmed."""

    partner: str
    held: dict[str, list[Held]] = field(default_factory=dict)
    unconfirmed: dict[str, Held] = field(default_factory=dict)

    def take(self, replayed: Replayed) -> None:
        """Follow one entry."""
        for effect in replayed.effects:
            if effect.standing == "reversed":
                self._take_back(effect.event)
            elif effect.standing == "unconfirmed":
                self._transcribed(effect)
            elif effect.standing == "effective":
                self.unconfirmed.pop(effect.entry, None)
                self._follow(effect)

    def _transcribed(self, effect: Effect) -> None:
        event = effect.event
        if isinstance(event, CommitmentMade) and event.funder == self.partner:
            self.unconfirmed[effect.entry] = Held(event, event.profile, event.strength, effect.rests_on)

    def _follow(self, effect: Effect) -> None:
        match effect.event:
            case CommitmentMade() as made if made.funder == self.partner:
                self.held[made.commitment] = [Held(made, made.profile, made.strength, effect.rests_on)]
            case CommitmentFirmed(commitment=reference) if reference in self.held:
                self._next(reference, effect, strength="firm")
            case CommitmentVaried(commitment=reference, profile=profile) if reference in self.held:
                self._next(reference, effect, profile=profile)
            case CommitmentWithdrawn(commitment=reference) if reference in self.held:
                self._next(reference, effect, withdrawn=True)

    def _next(
        self,
        reference: str,
        effect: Effect,
        *,
        profile: tuple[YearAmount, ...] | None = None,
        strength: str | None = None,
        withdrawn: bool = False,
    ) -> None:
        now = self.held[reference][-1]
        entries = tuple(sorted({*now.rests_on, *effect.rests_on}))
        self.held[reference].append(
            replace(
                now,
                profile=profile or now.profile,
                strength=strength or now.strength,
                rests_on=entries,
                withdrawn=withdrawn,
            )
        )

    def _take_back(self, event: Event) -> None:
        reference = getattr(event, "commitment", None)
        if reference in self.held:
            self.held[reference].pop()
            if not self.held[reference]:
                del self.held[reference]

    # -- rows -----------------------------------------------------------------------------------

    def rows(self, book: Book) -> list[Row]:
        """A row for each commitment and line of its profile; then what is unconfirmed, then what waits."""
        rows: list[Row] = []
        for versions in self.held.values():
            rows += _lines(versions[-1], "withdrawn" if versions[-1].withdrawn else "effective")
        for held in self.unconfirmed.values():
            rows += _lines(held, "unconfirmed")
        for waiting in book.approvals.waiting.values():
            rows += self._waiting(waiting)
        return rows

    def _waiting(self, waiting: Waiting) -> list[Row]:
        event = waiting.event
        if isinstance(event, CommitmentMade) and event.funder == self.partner:
            return _lines(Held(event, event.profile, event.strength, waiting.rests_on), "waiting")
        if isinstance(event, CommitmentVaried) and event.commitment in self.held:
            now = self.held[event.commitment][-1]
            return _lines(replace(now, profile=event.profile, rests_on=waiting.rests_on), "waiting")
        return []


def _lines(held: Held, standing: str) -> list[Row]:
    return [
        {
            "commitment": held.made.commitment,
            "pool": held.made.pool,
            "year": str(line.year),
            "category": line.category,
            "accounts_as": line.accounts_as,
            "strength": held.strength,
            "standing": standing,
            "amount": line.amount,
            "entries": held.rests_on,
        }
        for line in held.profile
    ]


def totals(rows: list[Row]) -> dict[str, Pence]:
    """The sums by standing, in pence; what is withdrawn counts nowhere."""
    sums: dict[str, int] = {}
    for row in rows:
        if row["standing"] != "withdrawn":
            sums[row["standing"]] = sums.get(row["standing"], 0) + row["amount"]
    return {standing: Pence(pence) for standing, pence in sums.items()}
