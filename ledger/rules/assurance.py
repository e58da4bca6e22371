"""Assurance: what an answerable officer expected before the money went out, and whose assurance is relied on after.

Law: a body speaks for itself, about one thing that is there. What it says is in the log and in no State: no rule
counts it, and the line of sight reads it from there.
"""

from __future__ import annotations

from ledger.errors import NotOneThing, NotYourOrganisation, UnknownScheme
from ledger.events.assurance import AnswerableOfficerAssessed, ReliancePlaced
from ledger.events.event import Event
from ledger.rules import contracts, grants, outcomes, register, settlements
from ledger.rules.acts import Act
from ledger.rules.contracts import Around


def admit(event: Event, act: Act, around: Around) -> None:
    """Refuse what another body says, or what is not about one thing that is there."""
    match event:
        case AnswerableOfficerAssessed():
            _own(act, event.organisation)
            _assessed(event, around)
        case ReliancePlaced():
            _own(act, event.by)
            register.known(around.register, event.on)
            _relied_on(event, around)


def _own(act: Act, body: str) -> None:
    if act.organisation != body:
        raise NotYourOrganisation(f"an officer of {body} says this, not one of {act.organisation}")


def _assessed(event: AnswerableOfficerAssessed, around: Around) -> None:
    if [event.pool, event.scheme, event.contract].count(None) != 2:
        raise NotOneThing("a pool, a scheme or a contract is assessed: name one of them")
    if event.pool is not None:
        around.pools.get(event.pool)
    if event.scheme is not None and event.scheme not in around.pools.schemes:
        raise UnknownScheme(f"there is no scheme {event.scheme} in effect")
    if event.contract is not None:
        contracts.require(around.contracts, event.contract, around.known)
    if event.outcome is not None:
        outcomes.require(around.outcomes, event.outcome, around.known)


def _relied_on(event: ReliancePlaced, around: Around) -> None:
    """The body that relies gave that money to the body on which it relies."""
    if (event.settlement is None) == (event.grant is None):
        raise NotOneThing("money came by a settlement, or by a grant: name one of them")
    if event.settlement is not None:
        settlements.require(around.settlements, event.settlement, around.known)
        settlements.require_between(around.settlements, event.settlement, event.by, event.on)
    if event.grant is not None:
        grants.require(around.grants, event.grant, around.known)
        grants.require_between(around.grants, event.grant, event.by, event.on)
