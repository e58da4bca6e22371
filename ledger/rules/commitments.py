"""Commitments: made once, firmed, varied, withdrawn; and taken back last one first."""

from __future__ import annotations

from dataclasses import dataclass, field

import msgspec

from ledger.errors import (
    CommitmentAlreadyMade,
    CommitmentIsFirm,
    CommitmentIsWithdrawn,
    LaterEntryRests,
    NotAPartner,
    NothingCommitted,
    NotYourOrganisation,
    PoolIsClosed,
    PreventionUnexplained,
    UnknownCommitment,
    YearOutsidePool,
    YearRepeated,
)
from ledger.events.commitments import CommitmentFirmed, CommitmentMade, CommitmentVaried, CommitmentWithdrawn
from ledger.events.event import Event
from ledger.rules import pools, register
from ledger.values import Pence, YearAmount


class Version(msgspec.Struct, frozen=True, gc=False):
    """A commitment as an entry left it; `by` is that entry's id, `position` its number."""

    by: str
    position: int
    profile: tuple[YearAmount, ...]
    strength: str
    withdrawn: bool = False


@dataclass(slots=True)
class Commitment:
    """A commitment and its versions, oldest first; none is left once its making is reversed."""

    funder: str
    pool: str
    made_in: int
    versions: list[Version]

    @property
    def now(self) -> Version:
        return self.versions[-1]


@dataclass(slots=True)
class State:
    """The commitments by reference; a reference that was ever used stays used."""

    made: dict[str, Commitment] = field(default_factory=dict)

    def get(self, reference: str) -> Commitment:
        """The commitment, if it is in effect. Raises UnknownCommitment, CommitmentIsWithdrawn."""
        commitment = self.made.get(reference)
        if commitment is None or not commitment.versions:
            raise UnknownCommitment(f"there is no commitment {reference} in effect")
        if commitment.now.withdrawn:
            raise CommitmentIsWithdrawn(f"{reference} was withdrawn")
        return commitment


def total(profile: tuple[YearAmount, ...]) -> Pence:
    """The whole-life sum of a profile, in pence."""
    return Pence(sum(line.amount for line in profile))


def value(commitments: State, event: Event) -> Pence | None:
    """The whole-life sum that an event commits, makes firm or takes back, in pence, for limits and thresholds."""
    match event:
        case CommitmentMade() | CommitmentVaried():
            return total(event.profile)
        case CommitmentFirmed() | CommitmentWithdrawn():
            commitment = commitments.made.get(event.commitment)
            return total(commitment.now.profile) if commitment and commitment.versions else None
    return None


def value_reversed(commitments: State, event: Event, entry: str) -> Pence | None:
    """The larger whole-life sum, of what the reversal of that entry takes back and of what it leaves, in pence."""
    reference = reference_of(event)
    versions = commitments.made[reference].versions if reference else []
    newest = len(versions) > 1 and versions[-1].by == entry
    left = total(versions[-2].profile) if newest else Pence(0)
    taken = value(commitments, event)
    return None if taken is None and not left else max(taken or Pence(0), left)


def identify(commitments: State, event: Event, *, pool_state: pools.State, register_state: register.State) -> None:
    """What even a transcribed commitment must meet: references exist, and its own is new."""
    match event:
        case CommitmentMade():
            if made := commitments.made.get(event.commitment):
                then = "" if made.versions else " and reversed since; a reference is used once"
                raise CommitmentAlreadyMade(f"{event.commitment} was made in entry {made.made_in}{then}")
            register.known(register_state, event.funder)
            pool_state.get(event.pool)
            _profile(event.profile)


def admit(
    commitments: State, event: Event, by: str, *, pool_state: pools.State, register_state: register.State
) -> None:
    """Refuse a commitment that the funder or the pool cannot have."""
    organisation = by.split("/", 1)[0]
    identify(commitments, event, pool_state=pool_state, register_state=register_state)
    match event:
        case CommitmentMade():
            _funder(organisation, event.funder)
            _pool(pool_state, event.pool, event.funder, event.profile)
        case CommitmentFirmed():
            commitment = _open(commitments, event.commitment, organisation, pool_state)
            if commitment.now.strength == "firm":
                raise CommitmentIsFirm(f"{event.commitment} is firm already")
        case CommitmentVaried():
            _profile(event.profile)
            commitment = _open(commitments, event.commitment, organisation, pool_state)
            _pool(pool_state, commitment.pool, commitment.funder, event.profile)
        case CommitmentWithdrawn():
            _funder(organisation, commitments.get(event.commitment).funder)


def _open(commitments: State, reference: str, organisation: str, pool_state: pools.State) -> Commitment:
    commitment = commitments.get(reference)
    _funder(organisation, commitment.funder)
    if pool_state.get(commitment.pool).closed:
        raise PoolIsClosed(f"{commitment.pool} is closed: {reference} can be withdrawn, not changed")
    return commitment


def _funder(organisation: str, funder: str) -> None:
    if organisation != funder:
        raise NotYourOrganisation(f"an officer of the funder, {funder}, does this, not one of {organisation}")


def _pool(pool_state: pools.State, reference: str, funder: str, profile: tuple[YearAmount, ...]) -> None:
    pool = pool_state.get(reference)
    if pool.closed:
        raise PoolIsClosed(f"{reference} is closed and takes no more commitments")
    if funder not in pool.agreed.partners:
        raise NotAPartner(f"{funder} is not a partner of {reference}")
    outside = sorted({line.year for line in profile if not pool.covers(line.year)})
    if outside:
        raise YearOutsidePool(
            f"{reference} runs from {pool.agreed.starts} to {pool.agreed.until or 'no set end'}, "
            f"which does not touch {', '.join(outside)}"
        )


def _profile(profile: tuple[YearAmount, ...]) -> None:
    if not profile or any(line.amount == 0 for line in profile):
        raise NothingCommitted(
            "each line of a profile commits a sum above zero; leave out a year with none",
            next_step="--line YEAR=AMOUNT for each year that has a sum, or outcomes commitment withdraw, "
            "if nothing more is committed",
        )
    lines = [(line.year, line.category, line.accounts_as) for line in profile]
    if len(set(lines)) != len(lines):
        raise YearRepeated("two lines stand for one year, category and heading: add them up")
    for line in profile:
        if (line.category == "prevention") != (line.prevention is not None):
            raise PreventionUnexplained(
                "a prevention sum states its level, goal and classification, and no other sum does",
                next_step="--level primary --goal TEXT",
            )


def evolve(commitments: State, event: Event, entry: str, position: int, *, pool_state: pools.State) -> None:
    """The commitments after an admitted event, which stands in the entry of that id and number."""
    match event:
        case CommitmentMade():
            first = Version(entry, position, event.profile, event.strength)
            commitments.made[event.commitment] = Commitment(event.funder, event.pool, position, [first])
            pools.rest(pool_state, event.pool, +1)
        case CommitmentFirmed():
            _next(commitments, event.commitment, entry, position, strength="firm")
        case CommitmentVaried():
            _next(commitments, event.commitment, entry, position, profile=event.profile)
        case CommitmentWithdrawn():
            _next(commitments, event.commitment, entry, position, withdrawn=True)


def _next(
    commitments: State,
    reference: str,
    entry: str,
    position: int,
    *,
    profile: tuple[YearAmount, ...] | None = None,
    strength: str | None = None,
    withdrawn: bool = False,
) -> None:
    commitment = commitments.made[reference]
    now = commitment.now
    commitment.versions.append(Version(entry, position, profile or now.profile, strength or now.strength, withdrawn))


def reference_of(event: Event) -> str | None:
    """The commitment that an event of this chapter is about."""
    match event:
        case CommitmentMade() | CommitmentFirmed() | CommitmentVaried() | CommitmentWithdrawn():
            return event.commitment
    return None


def admit_reversal(commitments: State, event: Event, entry: str) -> None:
    """Only the newest change of a commitment can be taken back. Raises LaterEntryRests."""
    reference = reference_of(event)
    if reference and (now := commitments.made[reference].now).by != entry:
        raise LaterEntryRests(
            f"{reference} was changed later, in entry {now.position}",
            next_step=f"outcomes reverse {now.position} first",
        )


def reverse(commitments: State, event: Event, *, pool_state: pools.State) -> None:
    """The commitments after their newest change is taken back."""
    reference = reference_of(event)
    if reference:
        commitments.made[reference].versions.pop()
        if isinstance(event, CommitmentMade):
            pools.rest(pool_state, event.pool, -1)
