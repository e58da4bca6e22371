"""Contracts: their terms, which change from a day on, and what rests on them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from ledger.errors import (
    ContractAlreadyAgreed,
    ContractTermsWrong,
    NotYourOrganisation,
    UnknownContract,
    UnknownScheme,
)
from ledger.events.contracts import (
    ContractAgreed,
    ContractExtended,
    ContractVaried,
    Payer,
    PaymentsPlanned,
    Rate,
    Terms,
)
from ledger.events.event import Event
from ledger.rules import grants, outcomes, pools, register, settlements
from ledger.rules.acts import Act
from ledger.rules.outcomes import Known


@dataclass(slots=True)
class Version:
    """The terms from a day on; `by` is the id of the entry that stated them."""

    since: date
    terms: Terms
    by: str


@dataclass(slots=True)
class Contract:
    """A contract in effect, with its versions in the order of the log."""

    agreed: ContractAgreed
    versions: list[Version]
    until: list[date | None]
    """The last day of service, as agreed and as extended since."""

    def version_on(self, day: date) -> Version:
        """The version that applies to what was achieved on that day: the latest to start by then."""
        applying = [version for version in self.versions if version.since <= day] or self.versions[:1]
        return max(reversed(applying), key=lambda version: version.since)  # of two for one day, the later to land

    def terms_on(self, day: date) -> Terms:
        """The terms that apply to what was achieved on that day."""
        return self.version_on(day).terms

    def rate_on(self, day: date, metric: str) -> Rate | None:
        """The line of the rate card that applies."""
        return next((rate for rate in self.terms_on(day).rates if rate.metric == metric), None)

    def runs_on(self, day: date) -> bool:
        """Whether that is a day of service."""
        starts, until = self.agreed.starts, self.until[-1]
        return (starts is None or starts <= day) and (until is None or day <= until)

    @property
    def parties(self) -> tuple[str, ...]:
        """Everybody who was ever party to it."""
        bodies = (body for version in self.versions for body in version.terms.bodies)
        return tuple(dict.fromkeys((*self.agreed.parties, *bodies)))


@dataclass(slots=True)
class State:
    """The contracts by reference; a reference that was ever used stays used."""

    contracts: dict[str, Contract] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)

    def get(self, reference: str) -> Contract:
        """The contract in effect. Raises UnknownContract."""
        contract = self.contracts.get(reference)
        if contract is None:
            raise UnknownContract(
                f"there is no contract {reference} in effect", next_step="outcomes view contracts lists them"
            )
        return contract


def parties(contracts: State, event: Event) -> tuple[str, ...]:
    """The bodies whose joint act an event of this chapter is: old parties and new."""
    match event:
        case ContractVaried() if event.contract in contracts.contracts:
            bodies = event.terms.bodies
            return tuple(dict.fromkeys((*contracts.contracts[event.contract].parties, *bodies)))
        case ContractExtended() if event.contract in contracts.contracts:
            return contracts.contracts[event.contract].parties
    return ()


@dataclass(frozen=True, slots=True)
class Around:
    """The other chapters that the rules of money look at, and what is known of transcribed references."""

    register: register.State
    pools: pools.State
    contracts: State
    outcomes: outcomes.State
    settlements: settlements.State
    grants: grants.State
    known: Known


def identify(contracts: State, event: Event, around: Around) -> None:
    """What even a transcribed event must meet: its own reference is new, and those that it names exist."""
    match event:
        case ContractAgreed():
            if event.contract in contracts.used:
                raise ContractAlreadyAgreed(f"{event.contract} was agreed before, and a reference is used once")
            _identify_terms(event.terms, event.parties, around)
            if event.scheme is not None:
                _scheme(around, event.scheme)
        case PaymentsPlanned():
            require(contracts, event.contract, around.known)


def require(contracts: State, reference: str, known: Known) -> None:
    """Refuse a contract that is neither in effect nor transcribed. Raises UnknownContract."""
    if reference not in contracts.contracts and not known(f"contract:{reference}"):
        raise UnknownContract(f"there is no contract {reference}", next_step="outcomes contract agree")


def _identify_terms(terms: Terms, named: tuple[str, ...], around: Around) -> None:
    register.known(around.register, *named)
    for rate in terms.rates:
        if rate.outcome is not None:
            outcomes.require(around.outcomes, rate.outcome, around.known)
    for payer in terms.payers:
        if payer.pool is not None:
            around.pools.get(payer.pool)
        if payer.scheme is not None:
            _scheme(around, payer.scheme)


def _scheme(around: Around, reference: str) -> pools.Scheme:
    """The scheme, whether it has ended or not. Raises UnknownScheme."""
    scheme = around.pools.schemes.get(reference)
    if scheme is None:
        raise UnknownScheme(f"there is no scheme {reference} in effect", next_step="outcomes pool scheme agrees one")
    return scheme


def admit(contracts: State, event: Event, act: Act, around: Around) -> None:
    """Refuse a contract whose terms do not hold, or an act by somebody who is not its commissioner."""
    identify(contracts, event, around)
    match event:
        case ContractAgreed():
            _require_terms(_faults_of(event) + _faults(event.terms, event, around))
            _commissioner(event, act)
        case ContractVaried():
            contract = contracts.get(event.contract)
            bodies = event.terms.bodies
            _identify_terms(event.terms, bodies, around)
            _require_terms(_faults(event.terms, contract.agreed, around))
            _commissioner(contract.agreed, act)
        case ContractExtended():
            contract = contracts.get(event.contract)
            _commissioner(contract.agreed, act)
            ends = contract.until[-1]
            if ends is None or event.until <= ends:
                raise ContractTermsWrong(f"{event.contract} runs to {ends or 'no set end'} already")
        case PaymentsPlanned():
            _commissioner(contracts.get(event.contract).agreed, act)


def _commissioner(agreed: ContractAgreed, act: Act) -> None:
    if act.organisation != agreed.commissioner:
        raise NotYourOrganisation(f"the commissioner, {agreed.commissioner}, does this, not {act.organisation}")


def _require_terms(faults: list[str]) -> None:
    if faults:
        raise ContractTermsWrong("; ".join(faults), next_step="mend the terms: outcomes contract agree --help")


def _faults_of(event: ContractAgreed) -> list[str]:
    """What only a source may leave open, and an officer may not."""
    faults = [f"it states no {name}" for name in ("commissioner", "provider", "starts") if not getattr(event, name)]
    if event.starts and event.until and event.until < event.starts:
        faults.append(f"it ends on {event.until}, before it starts on {event.starts}")
    return faults


def _faults(terms: Terms, agreed: ContractAgreed, around: Around) -> list[str]:
    """Everything that is wrong with terms, at once."""
    names = [payer.payer for payer in terms.payers]
    metrics = [rate.metric for rate in terms.rates]
    years = [line.year for line in terms.year_caps]
    shares = [payer.share for payer in terms.payers if payer.share is not None]
    faults = [f"{what} is there twice" for what in (*_twice(names), *_twice(metrics), *_twice(years))]
    faults += [] if names else ["nobody pays"]
    faults += ["its provider is one of its payers"] if agreed.provider in names else []
    apart = terms.verification in ("another-body", "data-match")
    faults += ["its provider is its verifier"] if apart and terms.verifier and terms.verifier == agreed.provider else []
    faults += [] if metrics else ["the rate card is empty"]
    faults += [f"{payer.payer} has no share" for payer in terms.payers if payer.share is None]
    if len(shares) == len(names) and names and sum(shares) != 1:
        faults.append(f"the payers' shares add up to {float(sum(shares) * 100):g} per cent, not 100")
    faults += [fault for payer in terms.payers for fault in _pool_faults(payer, around)]
    faults += [f"{rate.metric} has no price" for rate in terms.rates if not rate.price and not rate.counts_only]
    faults += [
        f"{rate.metric} only counts, and has a price"
        for rate in terms.rates
        if rate.price is not None and rate.counts_only
    ]
    faults += [
        f"{rate.metric} comes after {rate.after}, which is not another line of the rate card"
        for rate in terms.rates
        if rate.after is not None and (rate.after == rate.metric or rate.after not in metrics)
    ]
    return faults


def _pool_faults(payer: Payer, around: Around) -> list[str]:
    """What is wrong with the pool that one payer pays from, or with what only a pool has."""
    if payer.pool is None:
        only = payer.scheme is not None or (payer.category, payer.accounts_as) != ("resource", "revenue")
        return [f"{payer.payer} states a scheme or a heading, and pays from no pool"] if only else []
    faults = []
    if around.pools.get(payer.pool).agreed.host != payer.payer:
        faults.append(f"{payer.payer} does not host {payer.pool}, and cannot pay from it")
    if payer.scheme is not None and _scheme(around, payer.scheme).agreed.pool != payer.pool:
        faults.append(f"{payer.scheme} is no scheme of {payer.pool}")
    return faults


def _twice(names: Sequence[str]) -> list[str]:
    return sorted({name for name in names if names.count(name) > 1})


def evolve(contracts: State, event: Event, act: Act) -> None:
    """The contracts after an admitted event."""
    match event:
        case ContractAgreed():
            contracts.used.add(event.contract)
            since = min(event.occurred_on, event.starts or event.occurred_on)
            first = Version(since, event.terms, act.entry)
            contracts.contracts[event.contract] = Contract(event, [first], [event.until])
        case ContractVaried():
            version = Version(event.occurred_on, event.terms, act.entry)
            contracts.contracts[event.contract].versions.append(version)
        case ContractExtended():
            contracts.contracts[event.contract].until.append(event.until)


def reverse(contracts: State, event: Event, act: Act) -> None:
    """The contracts after an event is taken back; `act` is its own."""
    match event:
        case ContractAgreed():
            del contracts.contracts[event.contract]
        case ContractVaried():
            contract = contracts.contracts[event.contract]
            contract.versions = [one for one in contract.versions if one.by != act.entry]
        case ContractExtended():
            contracts.contracts[event.contract].until.remove(event.until)
