"""Pools: their legal power, their partners, their schemes, and whether they still take money."""

from __future__ import annotations

from dataclasses import dataclass, field

import msgspec

from ledger.errors import (
    NotAPartner,
    NotYourOrganisation,
    PoolAlreadyAgreed,
    PoolIsClosed,
    PoolTermsWrong,
    SchemeAlreadyAgreed,
    SchemeIsEnded,
    UnknownPool,
    UnknownScheme,
)
from ledger.events.event import Event
from ledger.events.pools import PoolAgreed, PoolClosed, SchemeAgreed, SchemeEnded
from ledger.rules import outcomes, register
from ledger.rules.acts import Act
from ledger.values import FinancialYear


class Pool(msgspec.Struct, frozen=True, gc=False):
    """A pool as it stands."""

    agreed: PoolAgreed
    closed: bool = False

    def covers(self, year: FinancialYear) -> bool:
        """Whether the pool's period touches that financial year."""
        return self.agreed.starts <= year.last_day and (
            self.agreed.until is None or year.first_day <= self.agreed.until
        )


class Scheme(msgspec.Struct, frozen=True, gc=False):
    """A scheme as it stands."""

    agreed: SchemeAgreed
    ended: bool = False


@dataclass(slots=True)
class State:
    """Pools and schemes by reference; a reference that was ever used stays used."""

    pools: dict[str, Pool] = field(default_factory=dict)
    schemes: dict[str, Scheme] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    used_schemes: set[str] = field(default_factory=set)

    def get(self, reference: str) -> Pool:
        """The pool. Raises UnknownPool."""
        pool = self.pools.get(reference)
        if pool is None:
            raise UnknownPool(
                f"there is no pool {reference} in effect", next_step="outcomes view trail shows what waits"
            )
        return pool

    def scheme(self, reference: str) -> Scheme:
        """The scheme, if it still takes money. Raises UnknownScheme, SchemeIsEnded."""
        scheme = self.schemes.get(reference)
        if scheme is None:
            raise UnknownScheme(
                f"there is no scheme {reference} in effect", next_step="outcomes pool scheme agrees one"
            )
        if scheme.ended:
            raise SchemeIsEnded(f"{reference} has ended and takes no more money")
        return scheme


SECTION_75 = "nhs-act-2006-s75"
NHS_FORMS = frozenset({"integrated-care-board", "nhs-trust"})
LOCAL_FORMS = frozenset({"council", "combined-authority"})


def admit(pools: State, event: Event, act: Act, register_state: register.State, outcome_state: outcomes.State) -> None:
    """Refuse a pool whose terms do not hold, or an act by somebody who is not its host."""
    organisation = act.organisation
    match event:
        case PoolAgreed():
            if event.pool in pools.used:
                raise PoolAlreadyAgreed(f"{event.pool} was agreed before, and a reference is used once")
            register.known(register_state, event.host, *event.partners)
            _terms(event)
            _power(event, register_state)
            _outcomes(outcome_state, event.terms.outcomes if event.terms else ())
            _host(organisation, event.host)
        case PoolClosed():
            pool = pools.get(event.pool)
            if pool.closed:
                raise PoolIsClosed(f"{event.pool} is closed already")
            _host(organisation, pool.agreed.host)
        case SchemeAgreed():
            if event.scheme in pools.used_schemes:
                raise SchemeAlreadyAgreed(f"{event.scheme} was agreed before, and a reference is used once")
            pool = pools.get(event.pool)
            if pool.closed:
                raise PoolIsClosed(f"{event.pool} is closed")
            if event.lead not in pool.agreed.partners:
                raise NotAPartner(f"{event.lead} is not a partner of {event.pool} and cannot lead its scheme")
            register.known(register_state, *([event.delivered_by] if event.delivered_by else []))
            _outcomes(outcome_state, event.outcomes)
            _host(organisation, pool.agreed.host)
        case SchemeEnded():
            _host(organisation, pools.get(pools.scheme(event.scheme).agreed.pool).agreed.host)


def parties(pools: State, event: Event) -> tuple[str, ...]:
    """The bodies whose joint act an event is: those it names, or those of the pool it is about."""
    pool = None
    match event:
        case PoolClosed() | SchemeAgreed():
            pool = pools.pools.get(event.pool)
        case SchemeEnded():
            scheme = pools.schemes.get(event.scheme)
            pool = pools.pools.get(scheme.agreed.pool) if scheme else None
    return pool.agreed.partners if pool else event.parties


def _outcomes(outcome_state: outcomes.State, references: tuple[str, ...]) -> None:
    for reference in references:
        outcome_state.get(reference)


def _power(event: PoolAgreed, register_state: register.State) -> None:
    """The partners that the power admits, and what it makes an agreement specify. Raises PoolTermsWrong.

    Section 75 is for NHS bodies with local authorities (NHS Act 2006 s75; SI 2000/617 regulations 4 and 7(3)).
    """
    if event.legal_power != SECTION_75:
        return
    forms = {partner: register_state.organisations[partner].form for partner in event.partners}
    others = sorted(partner for partner, form in forms.items() if form not in NHS_FORMS | LOCAL_FORMS)
    faults = [f"{partner} is neither an NHS body nor a local authority" for partner in others]
    faults += [] if NHS_FORMS & set(forms.values()) else ["no partner is an NHS body"]
    faults += [] if LOCAL_FORMS & set(forms.values()) else ["no partner is a local authority"]
    faults += [] if event.terms else ["it lacks the terms that SI 2000/617 regulation 7(3) asks for"]
    if faults:
        raise PoolTermsWrong(
            f"section 75 does not allow this pool: {'; '.join(faults)}",
            next_step="another body pays by grant or under a contract; outcomes pool agree --help shows the terms",
        )


def _host(organisation: str, host: str) -> None:
    if organisation != host:
        raise NotYourOrganisation(f"the host, {host}, does this, not {organisation}")


def _terms(event: PoolAgreed) -> None:
    if event.host not in event.partners:
        raise PoolTermsWrong(
            f"the host, {event.host}, is not among the partners",
            next_step=f"outcomes pool agree, with --partner {event.host} too",
        )
    if len(set(event.partners)) != len(event.partners):
        raise PoolTermsWrong("a partner is named twice", next_step="outcomes pool agree, with each --partner once")
    if event.until is not None and event.until < event.starts:
        raise PoolTermsWrong(
            f"it ends on {event.until}, before it starts on {event.starts}",
            next_step="outcomes pool agree, with a later --until, or without one",
        )
    if (event.legal_power == "other") != (event.citation is not None):
        raise PoolTermsWrong(
            "another power is cited in full, and only another power is",
            next_step="outcomes pool agree, with --legal-power other and --citation TEXT, or with another power alone",
        )


def evolve(pools: State, event: Event) -> None:
    """The pools after an admitted event."""
    match event:
        case PoolAgreed():
            pools.used.add(event.pool)
            pools.pools[event.pool] = Pool(event)
        case PoolClosed():
            pools.pools[event.pool] = msgspec.structs.replace(pools.pools[event.pool], closed=True)
        case SchemeAgreed():
            pools.used_schemes.add(event.scheme)
            pools.schemes[event.scheme] = Scheme(event)
        case SchemeEnded():
            pools.schemes[event.scheme] = msgspec.structs.replace(pools.schemes[event.scheme], ended=True)


def reverse(pools: State, event: Event) -> None:
    """The pools after an event is taken back."""
    match event:
        case PoolAgreed():
            del pools.pools[event.pool]
        case PoolClosed():
            pools.pools[event.pool] = msgspec.structs.replace(pools.pools[event.pool], closed=False)
        case SchemeAgreed():
            del pools.schemes[event.scheme]
        case SchemeEnded():
            pools.schemes[event.scheme] = msgspec.structs.replace(pools.schemes[event.scheme], ended=False)
