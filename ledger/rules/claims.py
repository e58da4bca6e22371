"""Claims: claimed, verified by somebody else, approved within every cap, paid by shares, and taken back.

Law: a payment is never above price times verified units, nor above any cap (metric, payer, year, contract), and
no payment is approved without a verification that is live at that moment. Claim, verify, approve, pay: four
different holders. Price and payer shares are those of the day on which the outcome was achieved.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import TypeVar

from ledger.errors import (
    AlreadyAchieved,
    CapReached,
    ClaimAlreadyMade,
    ClaimDisputed,
    GradeTooWeak,
    LaterEntryRests,
    MetricNotPriced,
    NotAParty,
    NothingOwedBack,
    NotPayable,
    NotYourOrganisation,
    OutOfSequence,
    OutsideContract,
    PaymentAlreadyApproved,
    PaymentDiffers,
    SameBody,
    SameHolder,
    UnitsExceeded,
    UnknownClaim,
    UnknownDispute,
    UnknownPayment,
    UnknownVerification,
)
from ledger.events.claims import (
    ClawbackRaised,
    ClawbackRecovered,
    ClawbackWrittenOff,
    DisputeOpened,
    DisputeResolved,
    EvidenceAttached,
    Line,
    OutcomeClaimed,
    OutcomeRejected,
    OutcomeVerified,
    PaymentApproved,
    PaymentMade,
    VerificationWithdrawn,
)
from ledger.events.contracts import ContractExtended, ContractVaried, Payer, Terms
from ledger.events.event import Event
from ledger.rules import contracts
from ledger.rules.acts import Act
from ledger.rules.contracts import Contract
from ledger.rules.outcomes import Known
from ledger.rules.shares import Tally, proportions
from ledger.values import FinancialYear, Instant, Pence

_Key = TypeVar("_Key")


@dataclass(slots=True)
class Verification:
    """Units of a claim that somebody found achieved."""

    by: Act
    units: int
    grade: str
    people: frozenset[bytes]
    live: bool = True


@dataclass(slots=True)
class Claim:
    """A claim as it stands."""

    made: OutcomeClaimed
    by: Act
    verifications: dict[str, Verification] = field(default_factory=dict)
    """By the id of the entry that verified."""
    rejected: int = 0
    rejected_people: frozenset[bytes] = frozenset()
    payments: list[str] = field(default_factory=list)
    disputes: set[str] = field(default_factory=set)
    """Those that are open."""

    @property
    def verified(self) -> int:
        """Units whose verification is live."""
        return sum(one.units for one in self.verifications.values() if one.live)

    @property
    def judged_people(self) -> frozenset[bytes]:
        """Those of its people who are verified or rejected."""
        live = (one.people for one in self.verifications.values() if one.live)
        return self.rejected_people.union(*live)

    def found(self, token: bytes) -> bool:
        """Whether that person is verified."""
        return any(one.live and token in one.people for one in self.verifications.values())

    @property
    def people(self) -> frozenset[bytes]:
        return frozenset(self.made.people)

    @property
    def year(self) -> FinancialYear:
        """The financial year in which it was achieved."""
        day = self.made.occurred_on
        first = day.year if (day.month, day.day) >= (4, 1) else day.year - 1
        return FinancialYear(f"{first}-{(first + 1) % 100:02d}")


@dataclass(slots=True)
class Payment:
    """An approved payment as it stands; every sum by payer, in pence."""

    approved: PaymentApproved
    by: Act
    lines: dict[str, int]
    taken: dict[str, int]
    """What a clawback took off each line."""
    units_taken: int = 0
    paid: dict[str, int] = field(default_factory=dict)
    back: dict[str, int] = field(default_factory=dict)
    """What was recovered or written off."""
    returns: Tally = field(default_factory=Tally)
    """How what comes back is divided, by the payment's own shares."""
    entitled: dict[str, Fraction] = field(default_factory=dict)
    moves: dict[str, dict[str, Pence]] = field(default_factory=dict)
    """How each clawback, recovery, write-off and loss of verified units was divided, by the id of its entry."""
    made: dict[str, Act] = field(default_factory=dict)
    """Who paid, by the id of the entry."""

    @property
    def units(self) -> int:
        """The units that it still pays for."""
        return self.approved.units - self.units_taken

    @property
    def left(self) -> dict[str, int]:
        """What of each line was not taken back."""
        return {payer: line - self.taken[payer] for payer, line in self.lines.items()}

    @property
    def stands(self) -> int:
        """What of it was not taken back, from all payers."""
        return sum(self.left.values())

    def to_pay(self, payer: str) -> int:
        """What a payer has yet to pay."""
        return max(0, self.left.get(payer, 0) - self.paid.get(payer, 0))

    def owed_back(self, payer: str) -> int:
        """What the provider owes a payer, having been paid more than stands."""
        return max(0, self.paid.get(payer, 0) - self.left.get(payer, 0) - self.back.get(payer, 0))

    @property
    def all_owed_back(self) -> int:
        return sum(map(self.owed_back, self.lines))

    @property
    def shares(self) -> dict[str, Fraction]:
        """The payment's own shares."""
        return proportions(self.lines)


@dataclass(slots=True)
class State:
    """Claims, payments and disputes by reference; a reference that was ever used stays used."""

    claims: dict[str, Claim] = field(default_factory=dict)
    payments: dict[str, Payment] = field(default_factory=dict)
    standing: dict[tuple[str, ...], int] = field(default_factory=dict)
    """What stands of the payments, in pence: of each contract, and of its metrics, years and payers."""
    tallies: dict[str, Tally] = field(default_factory=dict)
    """How each contract's payments were divided so far."""
    achieved: dict[tuple[str, str], dict[bytes, list[str]]] = field(default_factory=dict)
    """By contract and metric: who was claimed for, and in which claims."""
    disputes: dict[str, tuple[str, str]] = field(default_factory=dict)
    """The claim of each open dispute, and the body that opened it."""
    used: set[str] = field(default_factory=set)

    def claim(self, reference: str) -> Claim:
        """The claim in effect. Raises UnknownClaim."""
        if reference not in self.claims:
            raise UnknownClaim(f"there is no claim {reference} in effect", next_step="outcomes view contracts")
        return self.claims[reference]

    def payment(self, reference: str) -> Payment:
        """The approved payment in effect. Raises UnknownPayment."""
        if reference not in self.payments:
            raise UnknownPayment(f"there is no approved payment {reference}", next_step="outcomes view due")
        return self.payments[reference]


# -- what is due ----------------------------------------------------------------------------------

_NO_CAP = 2**63
"""In pence: more than all money."""


@dataclass(frozen=True, slots=True)
class Due:
    """What may be approved for units of a claim: each payer's part, and what no payer bears, in pence."""

    lines: dict[str, Pence]
    entitled: dict[str, Fraction]
    beyond: Pence
    """What is beyond the caps of payers: the provider's or unfunded, as the contract says."""

    @property
    def amount(self) -> Pence:
        return Pence(sum(self.lines.values()))


def due(claims: State, contract: Contract, claim: Claim, units: int) -> Due:
    """What is due for so many verified units, within every cap. Raises MetricNotPriced."""
    reference, metric = claim.made.contract, claim.made.metric
    terms = contract.terms_on(claim.made.occurred_on)
    rate = contract.rate_on(claim.made.occurred_on, metric)
    if rate is None or rate.price is None:
        raise MetricNotPriced(f"{reference} has no price for {metric} on {claim.made.occurred_on}")
    amount = min(units * rate.price, *_rooms(claims, reference, terms, claim, rate.cap))
    return _divided(claims, reference, terms, max(0, amount))


def _rooms(claims: State, reference: str, terms: Terms, claim: Claim, metric_cap: Pence | None) -> list[int]:
    """What is left under the caps of the contract, the metric and the year; without any, a sum beyond all money."""
    year_cap = next((line.cap for line in terms.year_caps if line.year == claim.year), None)
    caps = zip(_places(claim), (terms.cap, metric_cap, year_cap), strict=True)
    return [_NO_CAP, *(cap - claims.standing.get(place, 0) for place, cap in caps if cap is not None)]


def _places(claim: Claim) -> tuple[tuple[str, ...], ...]:
    """Where a payment for a claim counts: under the contract, the metric and the year."""
    reference = claim.made.contract
    return (reference,), (reference, "metric", claim.made.metric), (reference, "year", claim.year)


def _divided(claims: State, reference: str, terms: Terms, amount: int) -> Due:
    """The sum by the payers' shares, and what is beyond a payer's cap as the contract has it."""
    tally = claims.tallies.get(reference) or Tally()
    shares = {payer.payer: Fraction(payer.share or 0) for payer in terms.payers}
    rooms = {payer.payer: _room(claims, reference, payer) for payer in terms.payers}
    plain = tally.divide(amount, shares)
    lines: dict[str, int] = dict(plain)
    beyond = _above(lines, rooms)
    while beyond and terms.beyond_cap == "other-payers":
        able = {payer: shares[payer] for payer in lines if lines[payer] < rooms[payer]}
        whole = sum(able.values())
        if not whole:
            break
        more = Tally().divide(beyond, {payer: share / whole for payer, share in able.items()})
        for payer, part in more.items():
            lines[payer] += part
        beyond = _above(lines, rooms)
    # Whoever's part a cap changed was entitled to just that part: caps leave nobody owed.
    entitled = {
        payer: amount * shares[payer] if part == plain[payer] else Fraction(part) for payer, part in lines.items()
    }
    return Due({payer: Pence(part) for payer, part in lines.items()}, entitled, Pence(beyond))


def _above(lines: dict[str, int], rooms: dict[str, int]) -> int:
    """Cut each line to its room; what was cut off."""
    cut = 0
    for payer, room in rooms.items():
        if lines[payer] > room:
            cut += lines[payer] - room
            lines[payer] = room
    return cut


def _room(claims: State, reference: str, payer: Payer) -> int:
    """What is left under a payer's cap; without one, a sum beyond all money."""
    if payer.cap is None:
        return _NO_CAP
    return max(0, payer.cap - claims.standing.get((reference, "payer", payer.payer), 0))


# -- admit ----------------------------------------------------------------------------------------


def identify(event: Event, known: Known, contract_state: contracts.State) -> None:
    """What even a transcribed payment must meet: its contract exists."""
    match event:
        case PaymentMade():
            contracts.require(contract_state, event.contract, known)


def admit(claims: State, event: Event, act: Act, known: Known, contract_state: contracts.State, now: Instant) -> None:
    """Refuse what the contract, its caps or the separation of duties do not allow."""
    identify(event, known, contract_state)
    match event:
        case OutcomeClaimed():
            _admit_claim(claims, event, act, contract_state.get(event.contract), now)
        case EvidenceAttached():
            _party(contract_state.get(claims.claim(event.claim).made.contract), act, claims.claim(event.claim))
        case OutcomeVerified():
            _admit_verification(claims, event, act, contract_state)
        case OutcomeRejected():
            claim = claims.claim(event.claim)
            _verifier(contract_state.get(claim.made.contract).terms_on(claim.made.occurred_on), claim, act)
            _other_hands(act, (claim.by,), "claimed it")
            _units_left(claim, event.claim, event.units, frozenset(event.people))
        case VerificationWithdrawn():
            verification = claims.claim(event.claim).verifications.get(event.verification)
            if verification is None or not verification.live:
                raise UnknownVerification(f"entry {event.verification} is no live verification of {event.claim}")
            if verification.by.organisation != act.organisation:
                raise NotYourOrganisation(f"{verification.by.organisation} verified, and withdraws it")
        case PaymentApproved():
            _admit_approval(claims, event, act, contract_state)
        case PaymentMade():
            _admit_payment(claims, event, act)
        case ClawbackRaised() | ClawbackRecovered() | ClawbackWrittenOff():
            _admit_clawback(claims, event, act, contract_state)
        case DisputeOpened():
            claim = claims.claim(event.claim)
            _party(contract_state.get(claim.made.contract), act, claim)
            if f"dispute:{event.dispute}" in claims.used:
                raise ClaimAlreadyMade(f"{event.dispute} was opened before, and a reference is used once")
        case DisputeResolved():
            _admit_resolution(claims, event, act, contract_state)


def _admit_claim(claims: State, event: OutcomeClaimed, act: Act, contract: Contract, now: Instant) -> None:
    day, what = event.occurred_on, f"{event.contract} {event.metric}"
    if f"claim:{event.claim}" in claims.used:
        raise ClaimAlreadyMade(f"{event.claim} was made before, and a reference is used once")
    if act.organisation != contract.agreed.provider:
        raise NotYourOrganisation(f"the provider, {contract.agreed.provider}, claims, not {act.organisation}")
    if not contract.runs_on(day):
        ends = contract.until[-1] or "no set end"
        raise OutsideContract(f"{event.contract} runs from {contract.agreed.starts} to {ends}, and not on {day}")
    window = contract.terms_on(day).window_days
    if window is not None and (now.day - day).days > window:
        raise OutsideContract(
            f"{event.contract} takes claims for {window} days, and it is {(now.day - day).days} since {day}"
        )
    rate = contract.rate_on(day, event.metric)
    if rate is None:
        raise MetricNotPriced(
            f"the rate card of {event.contract} has no {event.metric} on {day}", next_step="outcomes view contracts"
        )
    if event.units == 0:
        raise UnitsExceeded("a claim is for one outcome at least")
    if event.people and (len(set(event.people)) != len(event.people) or len(event.people) != event.units):
        raise UnitsExceeded(f"{event.units} outcomes are claimed for {len(set(event.people))} people")
    before = claims.achieved.get((event.contract, event.metric), {})
    again = [token for token in event.people if token in before and not rate.repeats]
    if again:
        raise AlreadyAchieved(
            f"{len(again)} of these people were claimed for {what} before, in {before[again[0]][0]}; "
            "it is paid once each"
        )


def _admit_verification(claims: State, event: OutcomeVerified, act: Act, contract_state: contracts.State) -> None:
    claim = claims.claim(event.claim)
    contract = contract_state.get(claim.made.contract)
    terms = contract.terms_on(claim.made.occurred_on)
    _verifier(terms, claim, act)
    _other_hands(act, (claim.by,), "claimed it")
    _other_hands(act, _approved_by(claims, claim), "approved a payment of it")
    _other_hands(act, _paid_by(claims, claim), "paid for some of it")
    _units_left(claim, event.claim, event.units, frozenset(event.people))
    own = act.organisation == claim.by.organisation
    if own and event.grade in ("re-performed", "data-match", "another-body"):
        raise SameBody(f"{act.organisation} claimed {event.claim}: by its own body it is internal-audit or asserted")
    if own and terms.verification in ("another-body", "data-match"):
        raise SameBody(f"{claim.made.contract} asks another body than the claimant's to verify ({terms.verification})")
    if event.grade not in _ENOUGH[terms.verification]:
        raise GradeTooWeak(
            f"{claim.made.contract} asks for verification by {terms.verification}, and this is {event.grade}"
        )
    rate = contract.rate_on(claim.made.occurred_on, claim.made.metric)
    if rate is not None and rate.after is not None:
        _in_sequence(claims, claim, event, rate.after)


def _verifier(terms: Terms, claim: Claim, act: Act) -> None:
    """Where the contract names who verifies, nobody else verifies or rejects. Raises NotYourOrganisation."""
    if terms.verifier is not None and act.organisation != terms.verifier:
        raise NotYourOrganisation(f"{terms.verifier} verifies under {claim.made.contract}, not {act.organisation}")


_ENOUGH = {
    "another-body": {"re-performed", "data-match", "another-body"},
    "data-match": {"re-performed", "data-match"},
    "internal-audit": {"re-performed", "data-match", "another-body", "internal-audit"},
    "any": {"re-performed", "data-match", "another-body", "internal-audit", "asserted"},
}
"""The grades that meet what a contract asks for: it, or a stronger one."""


def _in_sequence(claims: State, claim: Claim, event: OutcomeVerified, after: str) -> None:
    """The same people achieved the metric before; of a cohort, at least as many."""
    contract, metric, day = claim.made.contract, claim.made.metric, claim.made.occurred_on
    if claim.people:
        people = frozenset(event.people) or claim.people - claim.judged_people
        named = claims.achieved.get((contract, after), {})
        before = {token: [claims.claims[name] for name in named.get(token, ())] for token in people}
        done = [
            token
            for token, ones in before.items()
            if any(one.made.occurred_on <= day and one.found(token) for one in ones)
        ]
        missing = len(people) - len(done)
    else:
        of_contract = [one for one in claims.claims.values() if one.made.contract == contract]
        same = sum(one.verified for one in of_contract if one.made.metric == metric)
        earlier = [one for one in of_contract if one.made.metric == after and one.made.occurred_on <= day]
        missing = same + event.units - sum(one.verified for one in earlier)
    if missing > 0:
        raise OutOfSequence(f"{missing} of these outcomes come before {after} was verified for the same people")


def _units_left(claim: Claim, reference: str, units: int, people: frozenset[bytes]) -> None:
    left = claim.made.units - claim.verified - claim.rejected
    if not 0 < units <= left:
        raise UnitsExceeded(f"{left} units of {reference} are neither verified nor rejected, not {units}")
    if claim.people:
        named = people or claim.people - claim.judged_people
        if len(named) != units or not named <= claim.people - claim.judged_people:
            raise UnitsExceeded(
                f"name the people of {reference} that these {units} units are", next_step="--person TOKEN"
            )
    elif people:
        raise UnitsExceeded(f"{reference} is a cohort's count and names no people")


def _other_hands(act: Act, others: Iterable[Act], did: str) -> None:
    """Refuse one human in two parts. Segregation is tested on holders, not on offices. Raises SameHolder."""
    for other in others:
        if other.holders & act.holders:
            raise SameHolder(
                f"{act.by}, or who signed with it, {did} as {other.by}: claim, verify, approve and pay are four people",
                next_step="another officer signs",
            )


def _verified_by(claim: Claim) -> Iterator[Act]:
    return (one.by for one in claim.verifications.values())


def _approved_by(claims: State, claim: Claim) -> Iterator[Act]:
    return (claims.payments[one].by for one in claim.payments)


def _paid_by(claims: State, claim: Claim) -> Iterator[Act]:
    return (act for one in claim.payments for act in claims.payments[one].made.values())


def _admit_approval(claims: State, event: PaymentApproved, act: Act, contract_state: contracts.State) -> None:
    claim = claims.claim(event.claim)
    contract = contract_state.get(claim.made.contract)
    if f"payment:{event.payment}" in claims.used:
        raise PaymentAlreadyApproved(f"{event.payment} was approved before, and a reference is used once")
    if act.organisation != contract.agreed.commissioner:
        raise NotYourOrganisation(f"the commissioner, {contract.agreed.commissioner}, approves, not {act.organisation}")
    _other_hands(act, (claim.by, *_verified_by(claim)), "claimed or verified it")
    _other_hands(act, _paid_by(claims, claim), "paid for some of it")
    if claim.disputes:
        raise ClaimDisputed(f"{event.claim} is disputed: {', '.join(sorted(claim.disputes))}")
    left = unpaid_units(claims, claim)
    if not 0 < event.units <= left:
        raise UnitsExceeded(f"{left} units of {event.claim} are verified and not approved yet, not {event.units}")
    wanted = due(claims, contract, claim, event.units)
    if wanted.amount == 0:
        raise CapReached(f"nothing is left under the caps of {claim.made.contract} for {event.claim}")
    lines = {line.payer: line.amount for line in event.lines}
    owed = {payer: part for payer, part in wanted.lines.items() if part}
    if lines != owed or len(lines) != len(event.lines) or event.amount != wanted.amount:
        said = ", ".join(f"{payer} {part}" for payer, part in owed.items())
        raise PaymentDiffers(
            f"due for {event.units} units is {wanted.amount}: {said}", next_step="outcomes claim approve"
        )


def unpaid_units(claims: State, claim: Claim) -> int:
    """The verified units of a claim that no payment stands for."""
    return claim.verified - sum(claims.payments[one].units for one in claim.payments)


def _admit_payment(claims: State, event: PaymentMade, act: Act) -> None:
    if event.payment is None or event.payer is None:
        raise NotPayable(
            "a payer pays its part of an approved payment: name both; only a source may leave them open",
            next_step="outcomes view due",
        )
    payment = claims.payment(event.payment)
    claim = claims.claims[payment.approved.claim]
    if claim.made.contract != event.contract:
        raise NotPayable(f"{event.payment} was approved under {claim.made.contract}, not {event.contract}")
    if event.payers or event.plan or event.metric or event.starts or event.ends or event.remark:
        raise NotPayable(f"{event.payment} says by itself what is paid for; only a source states more")
    if act.organisation != event.payer:
        raise NotYourOrganisation(f"the payer, {event.payer}, pays, not {act.organisation}")
    others = (claim.by, *_verified_by(claim), *_approved_by(claims, claim))
    _other_hands(act, others, "claimed, verified or approved it")
    left = payment.to_pay(event.payer)
    if not 0 < event.amount <= left:
        raise NotPayable(f"{event.payer} has {Pence(left)} of {event.payment} to pay, not {event.amount}")


def _admit_clawback(
    claims: State, event: ClawbackRaised | ClawbackRecovered | ClawbackWrittenOff, act: Act, of: contracts.State
) -> None:
    payment = claims.payment(event.payment)
    contract = of.get(claims.claims[payment.approved.claim].made.contract)
    if act.organisation != contract.agreed.commissioner:
        raise NotYourOrganisation(
            f"the commissioner, {contract.agreed.commissioner}, does this, not {act.organisation}"
        )
    raised = isinstance(event, ClawbackRaised)
    left = payment.stands if raised else payment.all_owed_back
    if not 0 < event.amount <= left:
        what = "stands" if raised else "is owed back"
        raise NothingOwedBack(f"{Pence(left)} of {event.payment} {what}, not {event.amount}")


def _admit_resolution(claims: State, event: DisputeResolved, act: Act, of: contracts.State) -> None:
    if event.dispute not in claims.disputes:
        raise UnknownDispute(f"there is no open dispute {event.dispute}")
    claim, opened_by = claims.disputes[event.dispute]
    contract = of.get(claims.claim(claim).made.contract)
    if act.organisation not in (opened_by, contract.agreed.commissioner):
        raise NotYourOrganisation(f"{opened_by} opened it; it or the commissioner ends it")


def _party(contract: Contract, act: Act, claim: Claim) -> None:
    verifiers = {one.by.organisation for one in claim.verifications.values()}
    if act.organisation not in {*contract.parties, *verifiers}:
        raise NotAParty(f"{act.organisation} is no party to {claim.made.contract}")


def admit_reversal(claims: State, event: Event, act: Act, contract_state: contracts.State) -> None:
    """Refuse to take back what money went out on, or what a claim rests on. Raises LaterEntryRests."""
    match event:
        case ContractVaried():
            contract = contract_state.contracts[event.contract]
            _none_claimed(claims, event.contract, lambda day: contract.version_on(day).by == act.entry)
        case ContractExtended():
            ends = contract_state.contracts[event.contract].until
            others = [until for until in ends if until is not None and until != event.until]
            _none_claimed(claims, event.contract, lambda day: day > max(others))
        case ClawbackRaised():
            _admit_standing_again(claims, event, act, contract_state)
        case PaymentMade(payment=str() as reference, payer=str() as payer):
            if claims.payments[reference].back.get(payer):
                raise LaterEntryRests(f"some of {reference} came back to {payer} since")


def _none_claimed(claims: State, reference: str, within: Callable[[date], bool]) -> None:
    for name, claim in claims.claims.items():
        if claim.made.contract == reference and within(claim.made.occurred_on):
            raise LaterEntryRests(
                f"{name} is claimed for {claim.made.occurred_on}, and rests on it",
                next_step=f"outcomes view trail {name}",
            )


def _admit_standing_again(claims: State, event: ClawbackRaised, act: Act, contract_state: contracts.State) -> None:
    """Refuse to undo a clawback that more of the payment followed, or whose room under a cap is used again."""
    payment = claims.payments[event.payment]
    if list(payment.moves)[-1] != act.entry:
        raise LaterEntryRests(f"more of {event.payment} was taken, recovered or written off since")
    claim = claims.claims[payment.approved.claim]
    reference, day = claim.made.contract, claim.made.occurred_on
    contract = contract_state.contracts[reference]
    terms, rate = contract.terms_on(day), contract.rate_on(day, claim.made.metric)
    rooms = {payer.payer: _room(claims, reference, payer) for payer in terms.payers}
    short = [name for name, part in payment.moves[act.entry].items() if part > rooms.get(name, _NO_CAP)]
    if short or event.amount > min(_rooms(claims, reference, terms, claim, rate.cap if rate else None)):
        raise LaterEntryRests(f"what it gave back under the caps of {reference} is used since")


# -- evolve ---------------------------------------------------------------------------------------


def evolve(claims: State, event: Event, act: Act, contract_state: contracts.State) -> None:
    """The claims after an admitted event."""
    match event:
        case OutcomeClaimed():
            claims.used.add(f"claim:{event.claim}")
            claims.claims[event.claim] = Claim(event, act)
            achieved = claims.achieved.setdefault((event.contract, event.metric), {})
            for token in event.people:
                achieved.setdefault(token, []).append(event.claim)
        case OutcomeVerified():
            claim = claims.claims[event.claim]
            people = frozenset(event.people) or claim.people - claim.judged_people
            claim.verifications[act.entry] = Verification(act, event.units, event.grade, people)
        case OutcomeRejected():
            _reject(claims, event)
        case VerificationWithdrawn():
            claims.claims[event.claim].verifications[event.verification].live = False
            _take_back_unverified(claims, claims.claims[event.claim], act)
        case PaymentApproved():
            _approve(claims, event, act, contract_state)
        case PaymentMade(payment=str() as reference, payer=str() as payer):
            claims.payments[reference].made[act.entry] = act
            _add(claims.payments[reference].paid, payer, event.amount)
        case ClawbackRaised():
            _take(claims, claims.payments[event.payment], event.amount, act)
        case ClawbackRecovered() | ClawbackWrittenOff():
            payment = claims.payments[event.payment]
            payment.moves[act.entry] = _bring_back(payment, event.amount)
        case DisputeOpened():
            claims.used.add(f"dispute:{event.dispute}")
            claims.disputes[event.dispute] = event.claim, act.organisation
            claims.claims[event.claim].disputes.add(event.dispute)
        case DisputeResolved():
            reference, _ = claims.disputes.pop(event.dispute)
            claims.claims[reference].disputes.discard(event.dispute)


def _reject(claims: State, event: OutcomeRejected) -> None:
    claim = claims.claims[event.claim]
    people = frozenset(event.people) or claim.people - claim.judged_people
    claim.rejected += event.units
    claim.rejected_people |= people
    _forget(claims, claim, people)


def _forget(claims: State, claim: Claim, people: frozenset[bytes]) -> None:
    """These people of a claim may be claimed for again."""
    achieved = claims.achieved[claim.made.contract, claim.made.metric]
    for token in people:
        achieved[token].remove(claim.made.claim)
        if not achieved[token]:
            del achieved[token]


def _approve(claims: State, event: PaymentApproved, act: Act, contract_state: contracts.State) -> None:
    claim = claims.claims[event.claim]
    reference = claim.made.contract
    wanted = due(claims, contract_state.contracts[reference], claim, event.units)
    lines = {line.payer: int(line.amount) for line in event.lines}
    claims.tallies.setdefault(reference, Tally()).allot(wanted.entitled, lines)
    claims.used.add(f"payment:{event.payment}")
    claims.payments[event.payment] = Payment(event, act, lines, dict.fromkeys(lines, 0), entitled=wanted.entitled)
    claim.payments.append(event.payment)
    _stand(claims, claim, lines)


def _take_back_unverified(claims: State, claim: Claim, act: Act) -> None:
    """What was approved for units that are verified no longer, the latest payments first."""
    excess = -unpaid_units(claims, claim)
    for reference in reversed(claim.payments):
        payment = claims.payments[reference]
        units = min(max(0, excess), payment.units)
        if units:
            # What is left standing is rounded down: never more than the units that are left are worth.
            lost = payment.stands - payment.stands * (payment.units - units) // payment.units
            _take(claims, payment, lost, act)
            payment.units_taken += units
            excess -= units


def _take(claims: State, payment: Payment, amount: int, act: Act) -> None:
    """Take a sum off a payment by what stands of each line."""
    parts = Tally().divide(amount, proportions(payment.left))
    payment.moves[act.entry] = parts
    for payer, part in parts.items():
        payment.taken[payer] += part
    _stand(claims, claims.claims[payment.approved.claim], _less(parts))


def _stand(claims: State, claim: Claim, parts: Mapping[str, int]) -> None:
    """So much more stands for a claim, or less; in pence by payer."""
    for place in _places(claim):
        _add(claims.standing, place, sum(parts.values()))
    for payer, part in parts.items():
        _add(claims.standing, (claim.made.contract, "payer", payer), part)


def _bring_back(payment: Payment, amount: int) -> dict[str, Pence]:
    """A sum came back, or never will; each payer's part, by what it is owed back."""
    parts = _parts_back(payment, amount)
    payment.returns.allot({payer: amount * share for payer, share in payment.shares.items()}, parts)
    for payer, part in parts.items():
        _add(payment.back, payer, part)
    return parts


def _parts_back(payment: Payment, amount: int) -> dict[str, Pence]:
    """By the payment's own shares where each payer is owed that much; else by what each is owed."""
    parts = payment.returns.divide(amount, payment.shares)
    if all(part <= payment.owed_back(payer) for payer, part in parts.items()):
        return parts
    return Tally().divide(amount, proportions({payer: payment.owed_back(payer) for payer in payment.lines}))


def _add(sums: dict[_Key, int], key: _Key, amount: int) -> None:
    sums[key] = sums.get(key, 0) + amount


def reverse(claims: State, event: Event, act: Act) -> None:
    """The claims after an event is taken back; `act` is its own."""
    match event:
        case OutcomeClaimed():
            claim = claims.claims.pop(event.claim)
            _forget(claims, claim, claim.people)
        case PaymentApproved():
            _unapprove(claims, event)
        case PaymentMade(payment=str() as reference, payer=str() as payer):
            del claims.payments[reference].made[act.entry]
            claims.payments[reference].paid[payer] -= event.amount
        case ClawbackRaised():
            payment = claims.payments[event.payment]
            parts = payment.moves.pop(act.entry)
            for payer, part in parts.items():
                payment.taken[payer] -= part
            _stand(claims, claims.claims[payment.approved.claim], parts)
        case ClawbackRecovered() | ClawbackWrittenOff():
            payment = claims.payments[event.payment]
            parts = payment.moves.pop(act.entry)
            payment.returns.allot(
                {payer: -event.amount * share for payer, share in payment.shares.items()}, _less(parts)
            )
            for payer, part in parts.items():
                payment.back[payer] -= part


def _unapprove(claims: State, event: PaymentApproved) -> None:
    payment = claims.payments.pop(event.payment)
    claim = claims.claims[event.claim]
    claim.payments.remove(event.payment)
    _stand(claims, claim, _less(payment.left))
    entitled = {payer: -part for payer, part in payment.entitled.items()}
    claims.tallies[claim.made.contract].allot(entitled, _less(payment.lines))


def _less(parts: Mapping[str, int]) -> dict[str, int]:
    return {payer: -part for payer, part in parts.items()}


def lines_of(wanted: Due) -> tuple[Line, ...]:
    """What is due as the lines of an event."""
    return tuple(Line(payer=payer, amount=part) for payer, part in wanted.lines.items() if part)
