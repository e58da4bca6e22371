"""Commitments: made once, firmed, varied, withdrawn; and taken back last one first."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

import msgspec

from ledger.errors import (
    CommitmentAlreadyMade,
    CommitmentIsFirm,
    CommitmentIsWithdrawn,
    LaterEntryRests,
    NotAPartner,
    NotAPayer,
    NothingCommitted,
    NotYourOrganisation,
    PoolIsClosed,
    TotalChanged,
    UnknownCommitment,
    UnknownScheme,
    YearOutsidePool,
)
from ledger.events.commitments import (
    CommitmentFirmed,
    CommitmentMade,
    CommitmentReprofiled,
    CommitmentVaried,
    CommitmentWithdrawn,
)
from ledger.events.event import Event
from ledger.rules import contracts, grants, outcomes, pools, profiles, register, settlements
from ledger.rules.acts import Act
from ledger.rules.contracts import Around
from ledger.values import Pence, YearAmount


class Version(msgspec.Struct, frozen=True, gc=False):
    """A commitment as an entry left it; `by` is that entry's id, `position` its number."""

    by: str
    position: int
    profile: tuple[YearAmount, ...]
    whole: Pence | None
    strength: str
    withdrawn: bool = False

    @property
    def total(self) -> Pence:
        """The whole-life sum, in pence."""
        return total(self.profile, self.whole)


@dataclass(slots=True)
class Commitment:
    """A commitment and its versions, oldest first; none is left once its making is reversed."""

    funder: str
    pool: str | None
    contract: str | None
    scheme: str | None
    made_in: int
    versions: list[Version]
    use_by: date | None = None
    grant: str | None = None

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


def total(profile: tuple[YearAmount, ...], whole: Pence | None = None) -> Pence:
    """The whole-life sum of a profile, or the sum that stands in its stead, in pence."""
    return profiles.total(profile) if whole is None else whole


def value(commitments: State, event: Event) -> Pence | None:
    """The whole-life sum that an event commits, makes firm or takes back, in pence, for limits and thresholds."""
    match event:
        case CommitmentMade() | CommitmentVaried():
            return total(event.profile, event.whole)
        case CommitmentReprofiled():
            return total(event.profile)
        case CommitmentFirmed() | CommitmentWithdrawn():
            commitment = commitments.made.get(event.commitment)
            return commitment.now.total if commitment and commitment.versions else None
    return None


def value_reversed(commitments: State, event: Event, entry: str) -> Pence | None:
    """The larger whole-life sum, of what the reversal of that entry takes back and of what it leaves, in pence."""
    reference = reference_of(event)
    versions = commitments.made[reference].versions if reference else []
    newest = len(versions) > 1 and versions[-1].by == entry
    left = versions[-2].total if newest else Pence(0)
    taken = value(commitments, event)
    return None if taken is None and not left else max(taken or Pence(0), left)


def identify(commitments: State, event: Event, around: Around) -> None:
    """What even a transcribed commitment must meet: references exist, and its own is new."""
    match event:
        case CommitmentMade():
            if made := commitments.made.get(event.commitment):
                then = "" if made.versions else " and reversed since; a reference is used once"
                raise CommitmentAlreadyMade(f"{event.commitment} was made in entry {made.made_in}{then}")
            register.known(around.register, event.funder)
            if (event.pool is None) == (event.contract is None):
                raise NothingCommitted("money is committed to a pool, or to an outcomes contract: name one of them")
            if event.pool is not None:
                around.pools.get(event.pool)
            if event.contract is not None:
                contracts.require(around.contracts, event.contract, around.known)
            scheme = around.pools.schemes.get(event.scheme or "")
            if event.scheme is not None and (scheme is None or scheme.agreed.pool != event.pool):
                raise UnknownScheme(f"there is no scheme {event.scheme} of {event.pool or event.contract} in effect")
            for outcome in event.outcomes:
                outcomes.require(around.outcomes, outcome, around.known)
            _origin(event, around)
            if event.replaces is not None:
                _replaced(commitments, event)
            _sums(event.profile, event.whole, event.contract)


def _replaced(commitments: State, event: CommitmentMade) -> None:
    """Only what was reversed, and was the same funder's to the same pool, can be replaced. Raises UnknownCommitment."""
    held = commitments.made.get(str(event.replaces))
    if held is None or held.versions or (held.funder, held.pool) != (event.funder, event.pool):
        raise UnknownCommitment(
            f"{event.replaces} is not a commitment of {event.funder} to {event.pool} that was reversed as an error"
        )


def admit(commitments: State, event: Event, act: Act, around: Around) -> None:
    """Refuse a commitment that the funder, the pool or the contract cannot have."""
    organisation = act.organisation
    identify(commitments, event, around)
    match event:
        case CommitmentMade():
            _funder(organisation, event.funder)
            _target(event.pool, event.contract, event.funder, event.profile, around)
            _awarded(event, around)
            if event.scheme is not None:
                around.pools.scheme(event.scheme)
        case CommitmentFirmed():
            commitment = _open(commitments, event.commitment, organisation, around.pools)
            if commitment.now.strength == "firm":
                raise CommitmentIsFirm(f"{event.commitment} is firm already")
        case CommitmentVaried():
            commitment = _open(commitments, event.commitment, organisation, around.pools)
            _sums(event.profile, event.whole, commitment.contract)
            _target(commitment.pool, commitment.contract, commitment.funder, event.profile, around)
        case CommitmentReprofiled():
            commitment = _open(commitments, event.commitment, organisation, around.pools)
            _sums(event.profile, None, commitment.contract)
            _target(commitment.pool, commitment.contract, commitment.funder, event.profile, around)
            if total(event.profile) != commitment.now.total:
                raise TotalChanged(
                    f"{event.commitment} comes to {commitment.now.total}, not {total(event.profile)}",
                    next_step="outcomes commitment vary changes the whole",
                )
        case CommitmentWithdrawn():
            _funder(organisation, commitments.get(event.commitment).funder)


def _open(commitments: State, reference: str, organisation: str, pool_state: pools.State) -> Commitment:
    commitment = commitments.get(reference)
    _funder(organisation, commitment.funder)
    if commitment.pool is not None and pool_state.get(commitment.pool).closed:
        raise PoolIsClosed(f"{commitment.pool} is closed: {reference} can be withdrawn, not changed")
    if commitment.scheme is not None:
        pool_state.scheme(commitment.scheme)
    return commitment


def _funder(organisation: str, funder: str) -> None:
    if organisation != funder:
        raise NotYourOrganisation(f"an officer of the funder, {funder}, does this, not one of {organisation}")


def _target(
    pool: str | None, contract: str | None, funder: str, profile: tuple[YearAmount, ...], around: Around
) -> None:
    if pool is not None:
        _pool(around.pools, pool, funder, profile)
    # A contract that is only transcribed exists; what it says of shares and caps, no rule counts.
    agreed = around.contracts.contracts.get(contract or "")
    if agreed is not None and funder not in {payer.payer for one in agreed.versions for payer in one.terms.payers}:
        raise NotAPayer(f"{funder} is not a payer of {contract}")


def _pool(pool_state: pools.State, reference: str, funder: str, profile: tuple[YearAmount, ...]) -> None:
    pool = pool_state.get(reference)
    if pool.closed:
        raise PoolIsClosed(f"{reference} is closed and takes no more commitments")
    if funder not in pool.agreed.partners:
        raise NotAPartner(f"{funder} is not a partner of {reference}")
    outside = sorted({line.year for line in profile if not pool.covers(line.year)})
    if outside:
        raise YearOutsidePool(
            f"{reference} runs from {pool.agreed.starts} to {pool.until or 'no set end'}, "
            f"which does not touch {', '.join(outside)}"
        )


def _origin(event: CommitmentMade, around: Around) -> None:
    """The settlement and the grant that the money is from are there, or transcribed."""
    if event.settlement is not None:
        settlements.require(around.settlements, event.settlement, around.known)
    if event.grant is not None:
        grants.require(around.grants, event.grant, around.known)


def _awarded(event: CommitmentMade, around: Around) -> None:
    """They were awarded to the funder."""
    if event.settlement is not None:
        settlements.require_between(around.settlements, event.settlement, None, event.funder)
    if event.grant is not None:
        grants.require_between(around.grants, event.grant, None, event.funder)


def _sums(profile: tuple[YearAmount, ...], whole: Pence | None, contract: str | None) -> None:
    if whole is None:
        profiles.require(profile, otherwise=", or outcomes commitment withdraw, if nothing more is committed")
    elif profile or contract is None or whole <= 0:
        raise NothingCommitted(
            "a whole above zero stands in the stead of sums by year, and only under a contract",
            next_step="state the sums by year: --line YEAR=AMOUNT",
        )


def evolve(commitments: State, event: Event, act: Act) -> None:
    """The commitments after an admitted event."""
    match event:
        case CommitmentMade():
            first = Version(act.entry, act.position, event.profile, event.whole, event.strength)
            place = event.pool, event.contract, event.scheme
            made = Commitment(event.funder, *place, act.position, [first], event.use_by, event.grant)
            commitments.made[event.commitment] = made
        case CommitmentFirmed():
            _next(commitments, event.commitment, act, strength="firm")
        case CommitmentVaried():
            _next(commitments, event.commitment, act, profile=event.profile, whole=event.whole)
        case CommitmentReprofiled():
            _next(commitments, event.commitment, act, profile=event.profile, whole=None)
        case CommitmentWithdrawn():
            _next(commitments, event.commitment, act, withdrawn=True)


def _next(commitments: State, reference: str, act: Act, **changed: Any) -> None:
    commitment = commitments.made[reference]
    version = msgspec.structs.replace(commitment.now, by=act.entry, position=act.position, **changed)
    commitment.versions.append(version)


def reference_of(event: Event) -> str | None:
    """The commitment that an event of this chapter is about."""
    match event:
        case (
            CommitmentMade() | CommitmentFirmed() | CommitmentVaried() | CommitmentReprofiled() | CommitmentWithdrawn()
        ):
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


def reverse(commitments: State, event: Event) -> None:
    """The commitments after their newest change is taken back."""
    reference = reference_of(event)
    if reference:
        commitments.made[reference].versions.pop()
