"""Pools: what a commitment needs of them."""

from __future__ import annotations

from dataclasses import dataclass, field

import msgspec

from ledger.errors import (
    LaterEntryRests,
    NotYourOrganisation,
    PoolAlreadyAgreed,
    PoolIsClosed,
    PoolTermsWrong,
    UnknownPool,
)
from ledger.events.event import Event
from ledger.events.pools import PoolAgreed, PoolClosed
from ledger.rules import register
from ledger.values import FinancialYear


class Pool(msgspec.Struct, frozen=True, gc=False):
    """A pool as it stands: `rests` counts the commitments ever made to it and not reversed."""

    agreed: PoolAgreed
    closed: bool = False
    rests: int = 0

    def covers(self, year: FinancialYear) -> bool:
        """Whether the pool's period touches that financial year."""
        return self.agreed.starts <= year.last_day and (
            self.agreed.until is None or year.first_day <= self.agreed.until
        )


@dataclass(slots=True)
class State:
    """The pools by reference; a reference that was ever used stays used."""

    pools: dict[str, Pool] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)

    def get(self, reference: str) -> Pool:
        """The pool. Raises UnknownPool."""
        pool = self.pools.get(reference)
        if pool is None:
            raise UnknownPool(
                f"there is no pool {reference} in effect", next_step="outcomes view trail shows what waits"
            )
        return pool


def admit(pools: State, event: Event, by: str, *, register_state: register.State) -> None:
    """Refuse a pool whose terms do not hold, or an act by somebody who is not its host."""
    organisation = by.split("/", 1)[0]
    match event:
        case PoolAgreed():
            if event.pool in pools.used:
                raise PoolAlreadyAgreed(f"{event.pool} was agreed before, and a reference is used once")
            register.known(register_state, event.host, *event.partners)
            _terms(event)
            _host(organisation, event.host)
        case PoolClosed():
            pool = pools.get(event.pool)
            if pool.closed:
                raise PoolIsClosed(f"{event.pool} is closed already")
            _host(organisation, pool.agreed.host)


def parties(pools: State, event: Event) -> tuple[str, ...]:
    """The bodies whose joint act an event is: those it names, or those of the pool it is about."""
    if isinstance(event, PoolClosed) and event.pool in pools.pools:
        return pools.pools[event.pool].agreed.partners
    return event.parties


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


def rest(pools: State, reference: str, change: int) -> None:
    """Count a commitment that rests on a pool, or one fewer. Part of `evolve`."""
    pool = pools.pools[reference]
    pools.pools[reference] = msgspec.structs.replace(pool, rests=pool.rests + change)


def admit_reversal(pools: State, event: Event) -> None:
    """Refuse to take back what something in effect rests on. Raises LaterEntryRests."""
    match event:
        case PoolAgreed():
            pool = pools.get(event.pool)
            if pool.closed or pool.rests:
                raise LaterEntryRests(f"{event.pool} is closed or has {pool.rests} commitments: reverse those first")


def reverse(pools: State, event: Event) -> None:
    """The pools after an event is taken back."""
    match event:
        case PoolAgreed():
            del pools.pools[event.pool]
        case PoolClosed():
            pools.pools[event.pool] = msgspec.structs.replace(pools.pools[event.pool], closed=False)
