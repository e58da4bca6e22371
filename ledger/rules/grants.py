"""Grants: made once on their conditions, which the grantor finds met one by one; and certified by their recipient.

Law: a grant is conditional while any of its conditions is unmet, and a condition is met once. Returns are in the log
and in no State: no rule counts them.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import msgspec

from ledger.errors import (
    ConditionAlreadyMet,
    GrantAlreadyMade,
    GrantTermsWrong,
    NotAwardedTo,
    NotYourOrganisation,
    ReturnDiffers,
    UnknownCondition,
    UnknownGrant,
    YearOutsideGrant,
)
from ledger.events.event import Event
from ledger.events.grants import ConditionMet, GrantConditionsRecorded, GrantReturnCertified
from ledger.rules import profiles, register, settlements
from ledger.rules.acts import Act
from ledger.rules.outcomes import Known


class Grant(msgspec.Struct, frozen=True, gc=False):
    """A grant in effect: the number of its entry, and the names of the conditions that are not met yet."""

    made: GrantConditionsRecorded
    unmet: frozenset[str]
    position: int

    @property
    def conditional(self) -> bool:
        """Whether money of it may still have to go back: a condition is unmet."""
        return bool(self.unmet)


@dataclass(slots=True)
class State:
    """The grants by reference; a reference that was ever used stays used."""

    grants: dict[str, Grant] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)

    def get(self, reference: str) -> Grant:
        """The grant in effect. Raises UnknownGrant."""
        grant = self.grants.get(reference)
        if grant is None:
            raise UnknownGrant(
                f"there is no grant {reference} in effect", next_step="outcomes view trail shows what waits"
            )
        return grant


def require(grants: State, reference: str, known: Known) -> None:
    """Refuse a grant that is neither in effect nor transcribed. Raises UnknownGrant."""
    if reference not in grants.grants and not known(f"grant:{reference}"):
        raise UnknownGrant(f"there is no grant {reference}")


def require_between(grants: State, reference: str, grantor: str | None, to: str) -> None:
    """Refuse a grant to another body, or by another if one is named. Raises NotAwardedTo.

    One that is only transcribed exists; what it says of who gives it to whom, no rule counts.
    """
    grant = grants.grants.get(reference)
    if grant is None:
        return
    made = grant.made
    if made.to != to or grantor not in (None, made.grantor):
        by = f" by {grantor}" if grantor else ""
        raise NotAwardedTo(f"{made.grantor} gave {reference} to {made.to}: it was not given{by} to {to}")


def identify(
    grants: State, event: Event, register_state: register.State, settlement_state: settlements.State, known: Known
) -> None:
    """What even a transcribed grant must meet: its reference is new, those it names exist, its sums hold."""
    match event:
        case GrantConditionsRecorded():
            if event.grant in grants.used:
                raise GrantAlreadyMade(f"{event.grant} was made before, and a reference is used once")
            passed_to = (event.pass_through,) if event.pass_through else ()
            register.known(register_state, event.grantor, event.to, *passed_to)
            if event.settlement is not None:
                settlements.require(settlement_state, event.settlement, known)
            profiles.require(event.profile)


def admit(
    grants: State,
    event: Event,
    act: Act,
    register_state: register.State,
    settlement_state: settlements.State,
    known: Known,
) -> None:
    """Refuse a grant whose terms do not hold, or an act of another body's."""
    identify(grants, event, register_state, settlement_state, known)
    match event:
        case GrantConditionsRecorded():
            _own(act, "the grantor", event.grantor)
            _part_of(settlement_state, event)
            _require_terms(_faults(event))
        case ConditionMet():
            grant = grants.get(event.grant)
            _own(act, "the grantor", grant.made.grantor)
            _condition(grant, event)
        case GrantReturnCertified():
            grant = grants.get(event.grant)
            _own(act, "the body that it is given to", grant.made.to)
            _return(grant, event)


def _own(act: Act, part: str, body: str) -> None:
    if act.organisation != body:
        raise NotYourOrganisation(f"{part}, {body}, does this, not {act.organisation}")


def _part_of(settlement_state: settlements.State, event: GrantConditionsRecorded) -> None:
    """The department sets conditions on what it awards, or a body hands on what was awarded to it."""
    settlement = settlement_state.settlements.get(event.settlement or "")
    if settlement is not None and settlement.awarded.to != event.grantor:
        settlements.require_between(settlement_state, event.settlement or "", event.grantor, event.to)


def _require_terms(faults: list[str]) -> None:
    if faults:
        raise GrantTermsWrong("; ".join(faults), next_step="mend the terms: outcomes grant make --help")


def _faults(event: GrantConditionsRecorded) -> list[str]:
    """Everything that is wrong with a grant's terms, at once."""
    names = [condition.name for condition in event.conditions]
    first = min(line.year for line in event.profile)
    faults = [f"the condition {name} is there twice" for name in sorted({one for one in names if names.count(one) > 1})]
    if event.use_by is not None and event.use_by < first.first_day:
        faults.append(f"it must be spent by {event.use_by}, before its first year, {first}")
    if event.return_by is not None and event.use_by is not None and event.return_by < event.use_by:
        faults.append(f"it goes back by {event.return_by}, before it must be spent, {event.use_by}")
    if event.pass_by is not None and event.pass_through is None:
        faults.append(f"it must be passed on by {event.pass_by}, and to nobody")
    return faults


def _condition(grant: Grant, event: ConditionMet) -> None:
    names = [condition.name for condition in grant.made.conditions]
    if event.condition not in names:
        raise UnknownCondition(
            f"{event.grant} has no condition {event.condition}; it has {', '.join(names) or 'none'}",
            next_step=f"outcomes view trail {event.grant}",
        )
    if event.condition not in grant.unmet:
        raise ConditionAlreadyMet(f"{event.condition} of {event.grant} is met already")


def _return(grant: Grant, event: GrantReturnCertified) -> None:
    if event.year not in {line.year for line in grant.made.profile}:
        raise YearOutsideGrant(f"{event.grant} gives nothing in {event.year}")
    if event.received != event.eligible_spend + event.unspent:
        raise ReturnDiffers(
            f"{event.received} was received, and {event.eligible_spend} spent with {event.unspent} left is another sum",
            next_step="what is spent and what is left add up to what was received",
        )
    if event.returned > event.unspent:
        raise ReturnDiffers(
            f"{event.returned} went back, and only {event.unspent} was left",
            next_step="what went back is part of what is left",
        )


def evolve(grants: State, event: Event, act: Act) -> None:
    """The grants after an admitted event."""
    match event:
        case GrantConditionsRecorded():
            grants.used.add(event.grant)
            unmet = frozenset(condition.name for condition in event.conditions)
            grants.grants[event.grant] = Grant(event, unmet, act.position)
        case ConditionMet():
            grant = grants.grants[event.grant]
            grants.grants[event.grant] = msgspec.structs.replace(grant, unmet=grant.unmet - {event.condition})


def reverse(grants: State, event: Event) -> None:
    """The grants after an event is taken back."""
    match event:
        case GrantConditionsRecorded():
            del grants.grants[event.grant]
        case ConditionMet():
            grant = grants.grants[event.grant]
            grants.grants[event.grant] = msgspec.structs.replace(grant, unmet=grant.unmet | {event.condition})
