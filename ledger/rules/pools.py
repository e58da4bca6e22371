"""Pools: their legal power, their partners, their schemes, and whether they still take money."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import TypeVar

import msgspec

from ledger.errors import (
    NotAPartner,
    NotYourOrganisation,
    PoolAlreadyAgreed,
    PoolIsClosed,
    PoolTermsWrong,
    SchemeAlreadyAgreed,
    SchemeIsEnded,
    SharesWrong,
    UnknownPool,
    UnknownScheme,
)
from ledger.events.event import Event
from ledger.events.pools import (
    Bearer,
    PoolAgreed,
    PoolClosed,
    PoolVaried,
    SchemeAgreed,
    SchemeEnded,
    SchemeVaried,
    Tier,
)
from ledger.rules import outcomes, register
from ledger.rules.acts import Act
from ledger.values import FinancialYear, Pence

V = TypeVar("V", PoolVaried, SchemeVaried)


class Pool(msgspec.Struct, frozen=True, gc=False):
    """A pool as it stands."""

    agreed: PoolAgreed
    closed: bool = False
    varied: tuple[PoolVaried, ...] = ()

    @property
    def _now(self) -> PoolAgreed | PoolVaried:
        return self.varied[-1] if self.varied else self.agreed

    @property
    def until(self) -> date | None:
        """The last day, as agreed and as varied since."""
        return self._now.until

    @property
    def fixed(self) -> dict[str, Fraction]:
        """The fixed parts by which spending draws on the partners; none: in proportion to what each has left."""
        return {one.partner: Fraction(one.share) for one in self._now.draws if one.share is not None}

    @property
    def risk_share(self) -> tuple[Tier, ...]:
        """Who bears an overspend, step after step."""
        return self._now.risk_share

    def covers(self, year: FinancialYear) -> bool:
        """Whether the pool's period touches that financial year."""
        return self.agreed.starts <= year.last_day and (self.until is None or year.first_day <= self.until)


class Scheme(msgspec.Struct, frozen=True, gc=False):
    """A scheme as it stands."""

    agreed: SchemeAgreed
    ended: bool = False
    varied: tuple[SchemeVaried, ...] = ()

    @property
    def now(self) -> SchemeAgreed | SchemeVaried:
        """Its lead, outcomes, budget, VAT and what is expected of it, as they stand."""
        return self.varied[-1] if self.varied else self.agreed

    @property
    def budget(self) -> Pence | None:
        """What it may cost in all."""
        return self.now.budget

    @property
    def vat(self) -> str | None:
        """What becomes of VAT on its costs."""
        return self.now.vat


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
            _sharing(event.draws, event.risk_share, event.partners)
            _power(event, register_state)
            _outcomes(outcome_state, event.terms.outcomes if event.terms else ())
            _host(organisation, event.host)
        case PoolVaried():
            _admit_variation(pools.get(event.pool), event, act)
        case PoolClosed():
            pool = pools.get(event.pool)
            if pool.closed:
                raise PoolIsClosed(f"{event.pool} is closed already")
            _host(organisation, pool.agreed.host)
        case SchemeVaried():
            reference = pools.scheme(event.scheme).agreed.pool
            _scheme(event, reference, pools.get(reference), register_state, outcome_state)
            _host(organisation, pools.get(reference).agreed.host)
        case SchemeAgreed():
            if event.scheme in pools.used_schemes:
                raise SchemeAlreadyAgreed(f"{event.scheme} was agreed before, and a reference is used once")
            pool = pools.get(event.pool)
            if pool.closed:
                raise PoolIsClosed(f"{event.pool} is closed")
            _scheme(event, event.pool, pool, register_state, outcome_state)
            _host(organisation, pool.agreed.host)
        case SchemeEnded():
            _host(organisation, pools.get(pools.scheme(event.scheme).agreed.pool).agreed.host)


def _admit_variation(pool: Pool, event: PoolVaried, act: Act) -> None:
    if pool.closed:
        raise PoolIsClosed(f"{event.pool} is closed already")
    _host(act.organisation, pool.agreed.host)
    _sharing(event.draws, event.risk_share, pool.agreed.partners)
    if event.until is not None and event.until < pool.agreed.starts:
        raise PoolTermsWrong(f"it ends on {event.until}, before it starts on {pool.agreed.starts}")


def _scheme(
    event: SchemeAgreed | SchemeVaried,
    reference: str,
    pool: Pool,
    register_state: register.State,
    outcome_state: outcomes.State,
) -> None:
    if event.lead not in pool.agreed.partners:
        raise NotAPartner(f"{event.lead} is not a partner of {reference} and cannot lead its scheme")
    register.known(register_state, *([event.delivered_by] if event.delivered_by else []))
    _outcomes(outcome_state, (*event.outcomes, *(one.outcome for one in event.expects)))


def parties(pools: State, event: Event) -> tuple[str, ...]:
    """The bodies whose joint act an event is: those it names, or those of the pool it is about."""
    pool = None
    match event:
        case PoolClosed() | PoolVaried() | SchemeAgreed():
            pool = pools.pools.get(event.pool)
        case SchemeEnded() | SchemeVaried():
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


def _sharing(draws: tuple[Bearer, ...], tiers: tuple[Tier, ...], partners: tuple[str, ...]) -> None:
    """Parts that name partners once and add up, as fixed parts all or none. Raises SharesWrong."""
    faults = [f"{what} has a cap" for what, group in (("a fixed part of drawing", draws),) if any(o.cap for o in group)]
    for what, group in (("drawing", draws), *((f"step {n}", tier.bearers) for n, tier in enumerate(tiers, 1))):
        names = [one.partner for one in group]
        shares = [one.share for one in group if one.share is not None]
        faults += [f"{what} names {name}, who is no partner" for name in names if name not in partners]
        faults += [f"{what} names {name} twice" for name in sorted({one for one in names if names.count(one) > 1})]
        if (shares or what == "drawing") and group and (len(shares) != len(group) or sum(shares) != 1):
            faults.append(f"the parts of {what} do not add up to the whole")
        faults += [f"{what} names nobody"] if not group and what != "drawing" else []
    if faults:
        raise SharesWrong("; ".join(faults), next_step="mend the parts, and agree again")


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
        case PoolVaried():
            held = pools.pools[event.pool]
            pools.pools[event.pool] = msgspec.structs.replace(held, varied=(*held.varied, event))
        case SchemeVaried():
            scheme = pools.schemes[event.scheme]
            pools.schemes[event.scheme] = msgspec.structs.replace(scheme, varied=(*scheme.varied, event))
        case PoolClosed():
            pools.pools[event.pool] = msgspec.structs.replace(pools.pools[event.pool], closed=True)
        case SchemeAgreed():
            pools.used_schemes.add(event.scheme)
            pools.schemes[event.scheme] = Scheme(event)
        case SchemeEnded():
            pools.schemes[event.scheme] = msgspec.structs.replace(pools.schemes[event.scheme], ended=True)


def _without(varied: tuple[V, ...], event: V) -> tuple[V, ...]:
    """The variations, without the latest that is this one."""
    last = max(number for number, one in enumerate(varied) if one == event)
    return varied[:last] + varied[last + 1 :]


def reverse(pools: State, event: Event) -> None:
    """The pools after an event is taken back."""
    match event:
        case PoolAgreed():
            del pools.pools[event.pool]
        case PoolVaried():
            held = pools.pools[event.pool]
            pools.pools[event.pool] = msgspec.structs.replace(held, varied=_without(held.varied, event))
        case SchemeVaried():
            scheme = pools.schemes[event.scheme]
            pools.schemes[event.scheme] = msgspec.structs.replace(scheme, varied=_without(scheme.varied, event))
        case PoolClosed():
            pools.pools[event.pool] = msgspec.structs.replace(pools.pools[event.pool], closed=False)
        case SchemeAgreed():
            del pools.schemes[event.scheme]
        case SchemeEnded():
            pools.schemes[event.scheme] = msgspec.structs.replace(pools.schemes[event.scheme], ended=False)
