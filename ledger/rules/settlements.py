"""Settlements: awarded once, and allocated from funds above within their sum; with bids, control totals and budgets.

Law: what is allocated of a settlement never exceeds it. Bids, control totals and budgets are in the log and in no
State: no rule counts them, and the views read them from there.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from ledger.errors import (
    DayOutsideYear,
    NotAwardedTo,
    NothingCommitted,
    NotOneThing,
    NotYourOrganisation,
    SettlementAlreadyAwarded,
    SettlementExceeded,
    UnknownScheme,
    UnknownSettlement,
)
from ledger.events.event import Event
from ledger.events.settlements import BidRecorded, BudgetSet, ControlTotalSet, FundAllocated, SettlementAwarded
from ledger.rules import pools, profiles, register
from ledger.rules.acts import Act
from ledger.rules.outcomes import Known
from ledger.values import Pence


@dataclass(slots=True)
class Settlement:
    """A settlement in effect, and what was allocated of it, in pence, by the id of the entry that says so."""

    awarded: SettlementAwarded
    allocated: dict[str, Pence] = field(default_factory=dict)

    @property
    def left(self) -> Pence:
        """What is not allocated yet, in pence."""
        return Pence(profiles.total(self.awarded.profile) - sum(self.allocated.values()))


@dataclass(slots=True)
class State:
    """The settlements by reference; a reference that was ever used stays used."""

    settlements: dict[str, Settlement] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)

    def get(self, reference: str) -> Settlement:
        """The settlement in effect. Raises UnknownSettlement."""
        settlement = self.settlements.get(reference)
        if settlement is None:
            raise UnknownSettlement(
                f"there is no settlement {reference} in effect", next_step="outcomes view trail shows what waits"
            )
        return settlement


def require(settlements: State, reference: str, known: Known) -> None:
    """Refuse a settlement that is neither in effect nor transcribed. Raises UnknownSettlement."""
    if reference not in settlements.settlements and not known(f"settlement:{reference}"):
        raise UnknownSettlement(f"there is no settlement {reference}")


def require_between(settlements: State, reference: str, department: str | None, to: str) -> None:
    """Refuse a settlement to another body, or by another department if one is named. Raises NotAwardedTo.

    One that is only transcribed exists; what it says of who awards it to whom, no rule counts.
    """
    settlement = settlements.settlements.get(reference)
    if settlement is None:
        return
    awarded = settlement.awarded
    if awarded.to != to or department not in (None, awarded.department):
        by = f" by {department}" if department else ""
        raise NotAwardedTo(f"{awarded.department} awarded {reference} to {awarded.to}: it was not awarded{by} to {to}")


def identify(settlements: State, event: Event, register_state: register.State) -> None:
    """What even a transcribed settlement must meet: its reference is new, its bodies are known, its sums hold."""
    match event:
        case SettlementAwarded():
            if event.settlement in settlements.used:
                raise SettlementAlreadyAwarded(f"{event.settlement} was awarded before, and a reference is used once")
            register.known(register_state, event.department, event.to)
            profiles.require(event.profile)


def admit(
    settlements: State, event: Event, act: Act, register_state: register.State, pool_state: pools.State, known: Known
) -> None:
    """Refuse an act of another body's, or one that names what is not there."""
    identify(settlements, event, register_state)
    match event:
        case SettlementAwarded():
            _own(act, "the department", event.department)
        case FundAllocated():
            _allocation(settlements.get(event.settlement), event, act)
        case BidRecorded():
            _own(act, "the body that bids", event.organisation)
            register.known(register_state, event.to)
            _won(settlements, event, known)
        case ControlTotalSet():
            _own(act, "the body that sets it", event.set_by)
            register.known(register_state, event.organisation)
        case BudgetSet():
            _own(act, "the body", event.organisation)
            _budget(event, pool_state)


def _own(act: Act, part: str, body: str) -> None:
    if act.organisation != body:
        raise NotYourOrganisation(f"{part}, {body}, says this, not {act.organisation}")


def _allocation(settlement: Settlement, event: FundAllocated, act: Act) -> None:
    _own(act, "the department", settlement.awarded.department)
    if event.amount == 0:
        raise NothingCommitted(f"nothing would be allocated of {event.settlement}: name a sum above zero")
    if event.amount > settlement.left:
        raise SettlementExceeded(
            f"{event.amount} is more than the {settlement.left} of {event.settlement} that no fund is named for yet"
        )


def _won(settlements: State, event: BidRecorded, known: Known) -> None:
    if event.settlement is None:
        return
    require(settlements, event.settlement, known)
    if event.state != "won":
        raise NotAwardedTo(f"a bid that is {event.state} won no settlement, so it names none")
    require_between(settlements, event.settlement, event.to, event.organisation)


def _budget(event: BudgetSet, pool_state: pools.State) -> None:
    if (event.service is None) == (event.scheme is None):
        raise NotOneThing("a budget is for a service, or for a scheme: name one of them")
    if event.scheme is not None and event.scheme not in pool_state.schemes:
        raise UnknownScheme(f"there is no scheme {event.scheme} in effect")
    if event.from_day is not None and not event.year.first_day <= event.from_day <= event.year.last_day:
        raise DayOutsideYear(f"{event.from_day} is not a day of {event.year}")


def evolve(settlements: State, event: Event, act: Act) -> None:
    """The settlements after an admitted event."""
    match event:
        case SettlementAwarded():
            settlements.used.add(event.settlement)
            settlements.settlements[event.settlement] = Settlement(event)
        case FundAllocated():
            settlements.settlements[event.settlement].allocated[act.entry] = event.amount


def reverse(settlements: State, event: Event, act: Act) -> None:
    """The settlements after an event is taken back; `act` is its own."""
    match event:
        case SettlementAwarded():
            del settlements.settlements[event.settlement]
        case FundAllocated():
            del settlements.settlements[event.settlement].allocated[act.entry]
