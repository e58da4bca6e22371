"""Contributions: instalments of commitments, as they fall due, are paid, and arrive."""

from __future__ import annotations

from dataclasses import dataclass, field

import msgspec

from ledger.errors import (
    ContributionAlreadyDue,
    InstalmentsExceed,
    NotAPartner,
    NotAwardedTo,
    NothingCommitted,
    NothingToReturn,
    NotYourOrganisation,
    PassThroughDiffers,
    PoolIsClosed,
    UnknownContribution,
    UnknownPool,
    YearOutsideGrant,
    YearOutsidePool,
)
from ledger.events.commitments import CommitmentReprofiled, CommitmentVaried, CommitmentWithdrawn
from ledger.events.contributions import (
    ContributionDue,
    ContributionInKind,
    ContributionPaid,
    ContributionReceived,
    ContributionReturned,
    PassThroughMade,
    PositionAgreed,
)
from ledger.events.event import Event
from ledger.rules import commitments, pools, register
from ledger.rules.acts import Act
from ledger.rules.commitments import Commitment
from ledger.rules.contracts import Around
from ledger.values import Pence, YearAmount


class Contribution(msgspec.Struct, frozen=True, gc=False):
    """An instalment as it stands; every sum in pence."""

    due: ContributionDue
    position: int
    """The number of the entry by which it fell due."""
    funder: str
    host: str
    paid: int = 0
    received: int = 0
    returned: int = 0


@dataclass(slots=True)
class State:
    """The instalments by reference; a reference that was ever used stays used."""

    instalments: dict[str, Contribution] = field(default_factory=dict)
    of_commitment: dict[str, list[str]] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    passed: dict[tuple[str, str], int] = field(default_factory=dict)
    """By grant and year: what was passed on of it, or kept by agreement."""

    def get(self, reference: str) -> Contribution:
        """The instalment in effect. Raises UnknownContribution."""
        if reference not in self.instalments:
            raise UnknownContribution(
                f"there is no contribution {reference} due", next_step="outcomes contribution due brings it in"
            )
        return self.instalments[reference]

    def all_due(self, commitment: str) -> int:
        """The sum of a commitment's instalments, in pence."""
        return sum(self.instalments[one].due.amount for one in self.of_commitment.get(commitment, ()))


def admit(
    contributions: State,
    event: Event,
    act: Act,
    commitment_state: commitments.State,
    around: Around,
) -> None:
    """Refuse an instalment beyond its commitment, or a side of it that is somebody else's to tell."""
    match event:
        case ContributionDue():
            commitment = commitment_state.get(event.commitment)
            _new(contributions, event.contribution)
            host = _host(around.pools, commitment, event.commitment)
            if act.organisation not in (host, commitment.funder):
                raise NotYourOrganisation(f"the host, {host}, or the funder, {commitment.funder}, says what is due")
            _within(contributions, event, commitment)
        case ContributionPaid():
            funder = contributions.get(event.contribution).funder
            _above_zero(event.amount)
            if act.organisation != funder:
                raise NotYourOrganisation(f"the funder, {funder}, says what it paid, not {act.organisation}")
        case ContributionReceived():
            _above_zero(event.amount)
            _receiver(contributions.get(event.contribution), act)
        case ContributionReturned():
            instalment = contributions.get(event.contribution)
            _receiver(instalment, act)
            left = instalment.received - instalment.returned
            if not 0 < event.amount <= left:
                raise NothingToReturn(f"{Pence(left)} of {event.contribution} is there to return, not {event.amount}")
        case ContributionInKind():
            commitment = commitment_state.get(event.commitment)
            _new(contributions, event.contribution)
            _above_zero(event.value)
            if act.organisation != commitment.funder:
                raise NotYourOrganisation(f"the funder, {commitment.funder}, gives it, not {act.organisation}")
        case PositionAgreed():
            _admit_position(event, act, around.pools)
        case PassThroughMade():
            _admit_pass_through(contributions, event, act, around)


def _admit_position(event: PositionAgreed, act: Act, pool_state: pools.State) -> None:
    """One partner of a pool states what it and another owe each other for a year of it."""
    pool = pool_state.get(event.pool)
    if act.organisation != event.organisation:
        raise NotYourOrganisation(f"{event.organisation} states its own position, not {act.organisation}")
    if event.organisation == event.other:
        raise NotAPartner(f"{event.organisation} agrees a position with another partner, not with itself")
    for body in event.parties:
        if body not in pool.agreed.partners:
            raise NotAPartner(f"{body} is not a partner of {event.pool}")
    if not pool.covers(event.year):
        raise YearOutsidePool(
            f"{event.pool} runs from {pool.agreed.starts} to {pool.until or 'no set end'}, not {event.year}"
        )


def _admit_pass_through(contributions: State, event: PassThroughMade, act: Act, around: Around) -> None:
    """A body passes on no more of a grant than it gives in the year, and keeps some only as the other agreed."""
    made = around.grants.get(event.grant).made
    if act.organisation != made.to:
        raise NotYourOrganisation(f"{made.to}, to which {event.grant} is given, passes it on, not {act.organisation}")
    register.known(around.register, event.to)
    if event.to != (made.pass_through or event.to) or event.to == made.to:
        raise NotAwardedTo(f"{event.grant} is to be passed on to {made.pass_through or 'another body'}, not {event.to}")
    given = sum(line.amount for line in made.profile if line.year == event.year)
    if not given:
        raise YearOutsideGrant(f"{event.grant} gives nothing in {event.year}")
    _above_zero(Pence(event.amount + event.kept))
    if bool(event.kept) != (event.exception is not None):
        raise PassThroughDiffers("what is kept rests on what the other body agreed, and nothing else states that")
    before = contributions.passed.get((event.grant, str(event.year)), 0)
    if before + event.amount + event.kept > given:
        raise PassThroughDiffers(
            f"{event.grant} gives {Pence(given)} in {event.year}, of which {Pence(before)} is passed on or kept already"
        )


def _pass(contributions: State, event: PassThroughMade, sign: int) -> None:
    key = event.grant, str(event.year)
    contributions.passed[key] = contributions.passed.get(key, 0) + sign * (event.amount + event.kept)


def _new(contributions: State, reference: str) -> None:
    if reference in contributions.used:
        raise ContributionAlreadyDue(f"{reference} was used before, and a reference is used once")


def _host(pool_state: pools.State, commitment: Commitment, reference: str) -> str:
    if commitment.pool is None:
        raise UnknownPool(f"{reference} is not to a pool: payments under a contract are made by claim")
    pool = pool_state.get(commitment.pool)
    if pool.closed:
        raise PoolIsClosed(f"{commitment.pool} is closed: nothing more falls due to it")
    return pool.agreed.host


def _within(contributions: State, event: ContributionDue, commitment: Commitment) -> None:
    """The instalments of one line of the profile never exceed it. Raises InstalmentsExceed, NothingCommitted."""
    line = next((line for line in commitment.now.profile if _line(line) == _line(event)), None)
    _above_zero(event.amount)
    if line is None:
        raise NothingCommitted(f"{event.commitment} commits no {event.category} {event.accounts_as} in {event.year}")
    others = [contributions.instalments[one].due for one in contributions.of_commitment.get(event.commitment, ())]
    before = sum(one.amount for one in others if _line(one) == _line(event))
    if before + event.amount > line.amount:
        raise InstalmentsExceed(
            f"{event.commitment} commits {line.amount} in {event.year}, of which {Pence(before)} is due already: "
            f"{event.amount} more is too much",
            next_step="outcomes commitment vary raises it",
        )


def _line(line: YearAmount | ContributionDue) -> tuple[str, str, str]:
    """What tells a line of a profile from the others."""
    return line.year, line.category, line.accounts_as


def admit_change(contributions: State, event: Event) -> None:
    """Refuse to vary or withdraw a commitment below what fell due of it. Raises InstalmentsExceed."""
    match event:
        case CommitmentVaried() | CommitmentReprofiled():
            require_covered(contributions, event.commitment, event.profile)
        case CommitmentWithdrawn():
            require_covered(contributions, event.commitment, ())


def require_covered(contributions: State, reference: str, profile: tuple[YearAmount, ...]) -> None:
    """Refuse a profile below what fell due of the commitment. Raises InstalmentsExceed."""
    lines = {_line(line): line.amount for line in profile}
    fallen: dict[tuple[str, str, str], int] = {}
    for one in contributions.of_commitment.get(reference, ()):
        due = contributions.instalments[one].due
        key = _line(due)
        fallen[key] = fallen.get(key, 0) + due.amount
    for key, amount in fallen.items():
        if amount > lines.get(key, 0):
            raise InstalmentsExceed(
                f"{Pence(amount)} of {reference} is due in {key[0]}, and {Pence(lines.get(key, 0))} would be left",
                next_step="reverse the instalments that are not paid",
            )


def _above_zero(amount: Pence) -> None:
    if amount <= 0:
        raise NothingCommitted("a contribution is above zero")


def _receiver(instalment: Contribution, act: Act) -> None:
    if act.organisation != instalment.host:
        raise NotYourOrganisation(f"the host, {instalment.host}, receives and returns, not {act.organisation}")


def evolve(
    contributions: State, event: Event, act: Act, commitment_state: commitments.State, pool_state: pools.State
) -> None:
    """The contributions after an admitted event."""
    match event:
        case ContributionDue():
            commitment = commitment_state.made[event.commitment]
            host = pool_state.pools[str(commitment.pool)].agreed.host
            contributions.used.add(event.contribution)
            contributions.instalments[event.contribution] = Contribution(event, act.position, commitment.funder, host)
            contributions.of_commitment.setdefault(event.commitment, []).append(event.contribution)
        case ContributionInKind():
            contributions.used.add(event.contribution)
        case ContributionPaid():
            _change(contributions, event.contribution, paid=event.amount)
        case ContributionReceived():
            _change(contributions, event.contribution, received=event.amount)
        case ContributionReturned():
            _change(contributions, event.contribution, returned=event.amount)
        case PassThroughMade():
            _pass(contributions, event, 1)


def _change(contributions: State, reference: str, *, paid: int = 0, received: int = 0, returned: int = 0) -> None:
    now = contributions.instalments[reference]
    contributions.instalments[reference] = msgspec.structs.replace(
        now, paid=now.paid + paid, received=now.received + received, returned=now.returned + returned
    )


def admit_reversal(contributions: State, event: Event, commitment_state: commitments.State) -> None:
    """Refuse to take back a receipt that was returned since, or a rise that fell due. Raises NothingToReturn,
    InstalmentsExceed."""
    match event:
        case ContributionReceived():
            now = contributions.instalments[event.contribution]
            if now.received - event.amount < now.returned:
                raise NothingToReturn(f"{Pence(now.returned)} of {event.contribution} was returned since")
        case CommitmentVaried() | CommitmentReprofiled():
            versions = commitment_state.made[event.commitment].versions
            require_covered(contributions, event.commitment, versions[-2].profile)


def reverse(contributions: State, event: Event) -> None:
    """The contributions after an event is taken back."""
    match event:
        case ContributionDue():
            del contributions.instalments[event.contribution]
            contributions.of_commitment[event.commitment].remove(event.contribution)
        case ContributionPaid():
            _change(contributions, event.contribution, paid=-event.amount)
        case ContributionReceived():
            _change(contributions, event.contribution, received=-event.amount)
        case ContributionReturned():
            _change(contributions, event.contribution, returned=-event.amount)
        case PassThroughMade():
            _pass(contributions, event, -1)
