"""The plain model's rules of outcomes, schemes, contributions, contracts and claims, by loops over all facts.

What was paid and what is owed back is told again from the first fact each time that somebody asks.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from fractions import Fraction
from typing import Any, TypeVar

from ledger import errors
from ledger.events import claims as said
from ledger.events import commitments as money
from ledger.events import contracts as deals
from ledger.events import contributions as cash
from ledger.events import corrections as put_right
from ledger.events import outcomes as aims
from ledger.events import pools as joint
from ledger.events import register as who
from ledger.events.event import Event
from ledger.values import YearAmount
from tests.naive import Fact, Naive, Reasons, _body

Said = TypeVar("Said", bound=Event)
OUTCOMES = (
    *(aims.OutcomeDefined, aims.OutcomeRedefined, aims.OutcomeAdopted, aims.TargetSet),
    *(aims.MeasureRecorded, aims.DatasetRegistered),
)
CONTRIBUTIONS = (
    *(cash.ContributionDue, cash.ContributionPaid, cash.ContributionReceived),
    *(cash.ContributionInKind, cash.ContributionReturned),
)
CONTRACTS = (deals.ContractAgreed, deals.ContractVaried, deals.ContractExtended, deals.PaymentsPlanned)
CLAWBACKS = (said.ClawbackRaised, said.ClawbackRecovered, said.ClawbackWrittenOff)
BY_STRENGTH = ["re-performed", "data-match", "another-body", "internal-audit", "asserted"]
WEAKEST = {"data-match": 1, "another-body": 2, "internal-audit": 3, "any": 4}


@dataclass
class Finding:
    """A verification."""

    entry: str
    body: str
    holders: set[bytes]
    units: int
    people: set[bytes]
    live: bool = True


@dataclass
class Told:
    """A claim, as the facts have it so far."""

    event: said.OutcomeClaimed
    holders: set[bytes]
    findings: list[Finding] = field(default_factory=list)
    rejected: int = 0
    rejected_people: set[bytes] = field(default_factory=set)
    disputes: dict[str, str] = field(default_factory=dict)

    def verified(self) -> int:
        return sum(one.units for one in self.findings if one.live)

    def open_people(self) -> set[bytes]:
        """Those who are neither verified nor rejected."""
        judged = set(self.rejected_people)
        for one in self.findings:
            if one.live:
                judged |= one.people
        return {bytes(token) for token in self.event.people} - judged


@dataclass
class Paid:
    """A payment, as the facts have it so far; in pence by payer."""

    event: said.PaymentApproved
    holders: set[bytes]
    contract: str
    exact: dict[str, Fraction]
    stands: dict[str, int]
    units: int
    price: int
    made: list[tuple[str, str, int, set[bytes]]] = field(default_factory=list)
    back: dict[str, int] = field(default_factory=dict)
    owed: dict[str, Fraction] = field(default_factory=dict)
    moves: list[tuple[str, str, dict[str, int]]] = field(default_factory=list)

    def by(self, payer: str) -> int:
        """What a payer paid."""
        return sum(amount for _, body, amount, _ in self.made if body == payer)

    def beyond(self, payer: str) -> int:
        """What a payer is owed back."""
        return max(0, self.by(payer) - self.stands.get(payer, 0) - self.back.get(payer, 0))

    def all_beyond(self) -> int:
        return sum(self.beyond(payer) for payer in self.stands)


@dataclass
class Story:
    """Everything about claims and payments, told from the first fact."""

    claims: dict[str, Told] = field(default_factory=dict)
    payments: dict[str, Paid] = field(default_factory=dict)
    owed: dict[str, dict[str, Fraction]] = field(default_factory=dict)

    def of_claim(self, reference: str) -> list[Paid]:
        """Its payments, oldest first."""
        return [one for one in self.payments.values() if one.event.claim == reference]

    def unpaid(self, reference: str) -> int:
        """Units that are verified and that no payment stands for."""
        return self.claims[reference].verified() - sum(one.units for one in self.of_claim(reference))

    def claim_of(self, dispute: str) -> Told | None:
        """The claim of an open dispute."""
        return next((told for told in self.claims.values() if dispute in told.disputes), None)


def split(amount: int, shares: dict[str, Fraction], owed: dict[str, Fraction]) -> dict[str, int]:
    """Round down; then a penny each time to whoever is owed most, of equals to the first."""
    exact = {name: share * amount for name, share in shares.items()}
    parts = {name: exact[name].numerator // exact[name].denominator for name in shares}
    while sum(parts.values()) < amount:
        wants = [owed.get(name, Fraction(0)) + exact[name] - parts[name] for name in parts]
        parts[list(parts)[wants.index(max(wants))]] += 1
    return parts


def by_weight(weights: dict[str, int]) -> dict[str, Fraction]:
    """Shares in proportion."""
    whole = sum(weights.values())
    return {name: Fraction(weight, whole) for name, weight in weights.items()} if whole else {}


def year_of(day: date) -> str:
    """The financial year of a day."""
    first = day.year - (0 if day >= date(day.year, 4, 1) else 1)
    return f"{first}-{str(first + 1)[2:]}"


class Payments(Naive):
    """The plain model with every chapter."""

    # -- what is so now -----------------------------------------------------------------------------

    def now(self, kind: type[Said]) -> list[Said]:
        """The events of a kind that are in effect."""
        return [fact.event for fact in self.in_effect() if isinstance(fact.event, kind)]

    def ever(self, kind: type[Said]) -> list[Said]:
        """Those that ever were."""
        return [fact.event for fact in self.facts if isinstance(fact.event, kind)]

    def quoted(self, kind: type[Said]) -> list[Said]:
        """Those that a source states and nobody confirmed."""
        return [one.said.event for one in self.unconfirmed() if isinstance(one.said.event, kind)]

    def outcome(self, reference: str | None) -> Fact | None:
        """The definition of an outcome."""
        facts = [fact for fact in self.in_effect() if isinstance(fact.event, aims.OutcomeDefined)]
        return next((fact for fact in facts if fact.event.outcome == reference), None)  # type: ignore[attr-defined]

    def outcome_there(self, reference: str) -> bool:
        """Whether it is defined or quoted."""
        return any(
            one.outcome == reference for one in (*self.now(aims.OutcomeDefined), *self.quoted(aims.OutcomeDefined))
        )

    def contract(self, reference: str | None) -> deals.ContractAgreed | None:
        """The contract in effect."""
        return next((one for one in self.now(deals.ContractAgreed) if one.contract == reference), None)

    def contract_there(self, reference: str) -> bool:
        """Whether it is agreed or quoted."""
        there = (*self.now(deals.ContractAgreed), *self.quoted(deals.ContractAgreed))
        return any(one.contract == reference for one in there)

    def scheme(self, reference: str | None) -> joint.SchemeAgreed | None:
        """The scheme in effect."""
        return next((one for one in self.now(joint.SchemeAgreed) if one.scheme == reference), None)

    def ended(self, reference: str) -> bool:
        """Whether it has ended."""
        return any(one.scheme == reference for one in self.now(joint.SchemeEnded))

    def ends(self, reference: str) -> date | None:
        """The last day of a contract."""
        agreed = self.contract(reference)
        extended = [one.until for one in self.now(deals.ContractExtended) if one.contract == reference]
        return max(extended) if extended else agreed.until if agreed else None

    def versions(self, reference: str) -> list[tuple[date, deals.Terms, str]]:
        """The terms of a contract, each with its day and its entry, in the order in which they took effect."""
        found: list[tuple[date, deals.Terms, str]] = []
        for fact in self.in_effect():
            event = fact.event
            if isinstance(event, deals.ContractAgreed) and event.contract == reference:
                found.append((min(event.occurred_on, event.starts or event.occurred_on), event.terms, fact.entry))
            if isinstance(event, deals.ContractVaried) and event.contract == reference:
                found.append((event.occurred_on, event.terms, fact.entry))
        return found

    def version(self, reference: str, day: date) -> tuple[deals.Terms, str]:
        """The terms that apply on a day, and the entry that stated them."""
        best = self.versions(reference)[0]
        for one in self.versions(reference):
            if best[0] <= one[0] <= day:
                best = one
        return best[1], best[2]

    def rate(self, reference: str, day: date, metric: str) -> deals.Rate | None:
        """The line of the rate card."""
        return next((one for one in self.version(reference, day)[0].rates if one.metric == metric), None)

    def parties_of(self, reference: str) -> tuple[str, ...]:
        """Everybody who was ever party to a contract."""
        agreed = self.contract(reference)
        if agreed is None:
            return ()
        payers = [payer.payer for _, terms, _ in self.versions(reference) for payer in terms.payers]
        verifiers = [terms.verifier for _, terms, _ in self.versions(reference)]
        return tuple(body for body in (agreed.commissioner, agreed.provider, *payers, *verifiers) if body)

    def hands(self, fact: Fact) -> set[bytes]:
        """The holders of the signatures that a fact rests on: of what is confirmed, only who confirmed it."""
        confirmed = [one for one in self.log if one.said.id != fact.entry and one.position in fact.rests_on]
        taken = self.entry(fact.entry)
        assert taken is not None
        if taken.said.transcribed:
            return {one.holder for one in confirmed}
        return {one.holder for one in (taken, *confirmed)}

    # -- the story of the payments ------------------------------------------------------------------

    horizon: int | None = None
    """While the story is told: how many facts there were then."""

    def in_effect(self) -> list[Fact]:
        """The facts that were not taken back; while the story is told, as it was then."""
        facts = self.facts[: self.horizon]
        gone = {fact.event.entry for fact in facts if isinstance(fact.event, put_right.EntryReversed)}
        return [fact for fact in facts if fact.entry not in gone]

    last_told: tuple[int, Story] = (0, Story())

    def story(self) -> Story:
        """Claims and payments, told from the first fact, each as things were then; told again after each new one."""
        if self.last_told[0] != len(self.facts):
            self.last_told = len(self.facts), self._story()
        return self.last_told[1]

    def _story(self) -> Story:
        story, every = Story(), {fact.entry: fact for fact in self.facts}
        for number, fact in enumerate(self.facts):
            self.horizon = number
            if isinstance(fact.event, put_right.EntryReversed):
                self._undo(story, every[fact.event.entry])
            else:
                self._tell(story, fact)
        self.horizon = None
        return story

    def _tell(self, story: Story, fact: Fact) -> None:
        event = fact.event
        match event:
            case said.OutcomeClaimed():
                story.claims[event.claim] = Told(event, self.hands(fact))
            case said.OutcomeVerified():
                told = story.claims[event.claim]
                people = {bytes(token) for token in event.people} or told.open_people()
                told.findings.append(Finding(fact.entry, fact.owner, self.hands(fact), event.units, people))
            case said.OutcomeRejected():
                told = story.claims[event.claim]
                told.rejected_people |= {bytes(token) for token in event.people} or told.open_people()
                told.rejected += event.units
            case said.VerificationWithdrawn():
                for one in story.claims[event.claim].findings:
                    if one.entry == event.verification:
                        one.live = False
                self._lose_units(story, event.claim, fact.entry)
            case said.PaymentApproved():
                told = story.claims[event.claim]
                _, exact, _ = self.due(story, told, event.units)
                lines = {line.payer: int(line.amount) for line in event.lines}
                contract = told.event.contract
                price = self.rate(contract, told.event.occurred_on, told.event.metric)
                paid = Paid(event, self.hands(fact), contract, exact, lines, event.units, int(price.price or 0))  # type: ignore[union-attr]
                story.payments[event.payment] = paid
                self._owe(story.owed.setdefault(contract, {}), exact, lines, +1)
            case said.PaymentMade():
                paid = story.payments[str(event.payment)]
                paid.made.append((fact.entry, str(event.payer), int(event.amount), self.hands(fact)))
            case said.ClawbackRaised():
                self._lose(story.payments[event.payment], int(event.amount), fact.entry)
            case said.ClawbackRecovered() | said.ClawbackWrittenOff():
                self._bring_back(story.payments[event.payment], int(event.amount), fact.entry)
            case said.DisputeOpened():
                story.claims[event.claim].disputes[event.dispute] = fact.owner
            case said.DisputeResolved():
                told_of = story.claim_of(event.dispute)
                assert told_of is not None
                del told_of.disputes[event.dispute]

    def _undo(self, story: Story, fact: Fact) -> None:
        event = fact.event
        match event:
            case said.OutcomeClaimed():
                del story.claims[event.claim]
            case said.PaymentApproved():
                paid = story.payments.pop(event.payment)
                lines = {line.payer: int(line.amount) for line in event.lines}
                self._owe(story.owed[paid.contract], paid.exact, lines, -1)
            case said.PaymentMade():
                paid = story.payments[str(event.payment)]
                paid.made = [one for one in paid.made if one[0] != fact.entry]
            case said.ClawbackRaised() | said.ClawbackRecovered() | said.ClawbackWrittenOff():
                paid = story.payments[event.payment]
                (move,) = [one for one in paid.moves if one[0] == fact.entry]
                paid.moves.remove(move)
                sums = paid.stands if move[1] == "lost" else paid.back
                for payer, part in move[2].items():
                    sums[payer] += part if move[1] == "lost" else -part
                if move[1] == "back":
                    self._owe(paid.owed, self._own(paid, int(event.amount)), move[2], -1)

    def _own(self, paid: Paid, amount: int) -> dict[str, Fraction]:
        """The exact parts of a sum by the payment's own shares."""
        shares = by_weight({line.payer: int(line.amount) for line in paid.event.lines})
        return {payer: share * amount for payer, share in shares.items()}

    def _owe(self, owed: dict[str, Fraction], exact: dict[str, Fraction], parts: dict[str, int], sign: int) -> None:
        for name in {**exact, **parts}:
            more = exact.get(name, Fraction(0)) - parts.get(name, 0)
            owed[name] = owed.get(name, Fraction(0)) + sign * more

    def _lose(self, paid: Paid, amount: int, entry: str) -> None:
        parts = split(amount, by_weight(paid.stands), {})
        for payer, part in parts.items():
            paid.stands[payer] -= part
        paid.moves.append((entry, "lost", parts))

    def _lose_units(self, story: Story, reference: str, entry: str) -> None:
        """The newest payments give way until no more units are paid for than are verified."""
        for paid in reversed(story.of_claim(reference)):
            units = min(paid.units, -story.unpaid(reference))
            if units > 0:
                stands = sum(paid.stands.values())
                left = (stands * (paid.units - units)) // paid.units
                paid.units -= units
                self._lose(paid, stands - left, entry)

    def _bring_back(self, paid: Paid, amount: int, entry: str) -> None:
        shares = by_weight({line.payer: int(line.amount) for line in paid.event.lines})
        parts = split(amount, shares, paid.owed)
        if any(part > paid.beyond(payer) for payer, part in parts.items()):
            parts = split(amount, by_weight({payer: paid.beyond(payer) for payer in shares}), {})
        for payer, part in parts.items():
            paid.back[payer] = paid.back.get(payer, 0) + part
        self._owe(paid.owed, self._own(paid, amount), parts, +1)
        paid.moves.append((entry, "back", parts))

    # -- what is due --------------------------------------------------------------------------------

    def room(self, story: Story, told: Told) -> int | None:
        """What is left under the caps of the contract, the metric and the year; None without any."""
        contract, day, metric = told.event.contract, told.event.occurred_on, told.event.metric
        terms, rate = self.version(contract, day)[0], self.rate(contract, day, metric)
        rooms: list[int] = []
        every = [
            (one, story.claims[one.event.claim].event) for one in story.payments.values() if one.contract == contract
        ]
        if terms.cap is not None:
            rooms.append(int(terms.cap) - sum(sum(one.stands.values()) for one, _ in every))
        if rate is not None and rate.cap is not None:
            same = [one for one, claim in every if claim.metric == metric]
            rooms.append(int(rate.cap) - sum(sum(one.stands.values()) for one in same))
        for line in terms.year_caps:
            if line.year == year_of(day):
                same = [one for one, claim in every if year_of(claim.occurred_on) == line.year]
                rooms.append(int(line.cap) - sum(sum(one.stands.values()) for one in same))
        return min(rooms) if rooms else None

    def room_of(self, story: Story, told: Told, payer: deals.Payer) -> int | None:
        """What is left under a payer's cap; None without one."""
        if payer.cap is None:
            return None
        every = [one for one in story.payments.values() if one.contract == told.event.contract]
        return max(0, int(payer.cap) - sum(one.stands.get(payer.payer, 0) for one in every))

    def due(self, story: Story, told: Told, units: int) -> tuple[dict[str, int], dict[str, Fraction], int]:
        """Each payer's part, what each was entitled to exactly, and what nobody bears; in pence."""
        contract, day = told.event.contract, told.event.occurred_on
        terms, rate = self.version(contract, day)[0], self.rate(contract, day, told.event.metric)
        assert rate is not None
        assert rate.price is not None
        amount = int(rate.price) * units
        room = self.room(story, told)
        amount = max(0, amount if room is None else min(amount, room))
        shares = {payer.payer: Fraction(payer.share or 0) for payer in terms.payers}
        rooms = {payer.payer: self.room_of(story, told, payer) for payer in terms.payers}
        plain = split(amount, shares, story.owed.get(contract, {}))
        parts = {name: part if rooms[name] is None else min(part, rooms[name] or 0) for name, part in plain.items()}
        while terms.beyond_cap == "other-payers" and sum(parts.values()) < amount:
            able = {n: shares[n] for n in parts if rooms[n] is None or parts[n] < (rooms[n] or 0)}
            if not able:
                break
            whole = sum(able.values())
            more = split(amount - sum(parts.values()), {n: share / whole for n, share in able.items()}, {})
            for name, part in more.items():
                limit = rooms[name]
                parts[name] = parts[name] + part if limit is None else min(limit, parts[name] + part)
        exact = {name: amount * shares[name] if part == plain[name] else Fraction(part) for name, part in parts.items()}
        return parts, exact, amount - sum(parts.values())

    # -- what speaks against an event ---------------------------------------------------------------

    def unfit(self, event: Event) -> Reasons:
        why: Reasons = set()
        match event:
            case aims.OutcomeDefined():
                if any(one.outcome == event.outcome for one in self.ever(aims.OutcomeDefined)):
                    why.add(errors.OutcomeAlreadyDefined)
            case aims.DatasetRegistered():
                if any(one.dataset == event.dataset for one in self.ever(aims.DatasetRegistered)):
                    why.add(errors.DatasetAlreadyRegistered)
            case aims.TargetSet() | aims.MeasureRecorded():
                if not self.outcome_there(event.outcome):
                    why.add(errors.UnknownOutcome)
                if isinstance(event, aims.MeasureRecorded):
                    there = (*self.now(aims.DatasetRegistered), *self.quoted(aims.DatasetRegistered))
                    if event.dataset is not None and event.dataset not in [one.dataset for one in there]:
                        why.add(errors.UnknownDataset)
                    if event.starts is not None and event.starts > event.ends:
                        why.add(errors.PeriodBackwards)
            case deals.ContractAgreed():
                if any(one.contract == event.contract for one in self.ever(deals.ContractAgreed)):
                    why.add(errors.ContractAlreadyAgreed)
                named = [body for body in (event.commissioner, event.provider) if body]
                why |= self._unnamed(event.terms, named)
            case deals.PaymentsPlanned() | said.PaymentMade():
                if not self.contract_there(event.contract):
                    why.add(errors.UnknownContract)
            case money.CommitmentMade():
                why |= super().unfit(event)
                if event.contract is not None and not self.contract_there(event.contract):
                    why.add(errors.UnknownContract)
                scheme = self.scheme(event.scheme)
                if event.scheme is not None and (scheme is None or scheme.pool != event.pool):
                    why.add(errors.UnknownScheme)
                if not all(map(self.outcome_there, event.outcomes)):
                    why.add(errors.UnknownOutcome)
        return why

    def _unnamed(self, terms: deals.Terms, named: list[str]) -> Reasons:
        why: Reasons = set()
        if any(body not in self.bodies() for body in (*named, *(payer.payer for payer in terms.payers))):
            why.add(errors.UnknownOrganisation)
        if not all(self.outcome_there(rate.outcome) for rate in terms.rates if rate.outcome is not None):
            why.add(errors.UnknownOutcome)
        if any(self.pool(payer.pool) is None for payer in terms.payers if payer.pool is not None):
            why.add(errors.UnknownPool)
        return why

    def against_event(self, event: Event, by: str, entry: str, now: int) -> Reasons:
        """What the rules of its own chapter say against an event."""
        why = super().against_event(event, by, entry, now)
        match event:
            case joint.SchemeAgreed() | joint.SchemeEnded():
                return why | self._against_scheme(event, by)
            case joint.PoolAgreed():
                return why | self._against_section_75(event)
            case money.CommitmentFirmed() | money.CommitmentVaried() | money.CommitmentWithdrawn():
                return why | self._against_change(event)
            case put_right.EntryReversed():
                return why | self._against_undoing(event)
            case said.EvidenceAttached() | said.DisputeOpened() | said.DisputeResolved():
                return why | self._against_word(event, by)
        if isinstance(event, OUTCOMES):
            return why | self.unfit(event) | self._against_outcome(event, by)
        if isinstance(event, CONTRIBUTIONS):
            return why | self._against_contribution(event, by)
        if isinstance(event, CONTRACTS):
            return why | self.unfit(event) | self._against_contract(event, by)
        return why | self._against_claims(event, self.signing(by, entry, now), by, now)

    def signing(self, by: str, entry: str, now: int) -> set[bytes]:
        """The holders whose signatures it would rest on; the last of them signs now."""
        taken = self.entry(entry)
        own = {self.officers()[by].holder}
        if taken is None or taken.said.transcribed:
            return own
        return {taken.holder, *(one.holder for one in taken.signatures), *self.last_hand}

    last_hand: tuple[bytes, ...] = ()
    """The holder of the approval that would complete an entry, while that is asked about."""

    def _against_answer(self, event: Any, by: str, now: int) -> Reasons:
        self.last_hand = (self.officers()[by].holder,)
        try:
            return super()._against_answer(event, by, now)
        finally:
            self.last_hand = ()

    # -- outcomes and schemes -----------------------------------------------------------------------

    def _against_outcome(self, event: Event, by: str) -> Reasons:
        match event:
            case aims.OutcomeRedefined() | aims.OutcomeAdopted() | aims.TargetSet():
                defined = self.outcome(event.outcome)
                own = _body(by)
                words = [one for one in self.now(aims.OutcomeAdopted) if one.outcome == event.outcome]
                words = [one for one in words if one.organisation == own]
                why: Reasons = set() if defined else {errors.UnknownOutcome}
                if isinstance(event, aims.OutcomeRedefined) and defined and defined.owner != own:
                    why.add(errors.NotYourOrganisation)
                if isinstance(event, aims.TargetSet) and defined and defined.owner != own and not words:
                    why.add(errors.NotYourOrganisation)
                if isinstance(event, aims.OutcomeAdopted):
                    if event.organisation != own:
                        why.add(errors.NotYourOrganisation)
                    if words and words[-1].answers == event.answers:
                        why.add(errors.OutcomeAlreadyAdopted)
                return why
        return set()

    def _against_scheme(self, event: joint.SchemeAgreed | joint.SchemeEnded, by: str) -> Reasons:
        if isinstance(event, joint.SchemeEnded):
            scheme = self.scheme(event.scheme)
            if scheme is None:
                return {errors.UnknownScheme}
            pool = self.pool(scheme.pool)
            assert pool is not None
            why: Reasons = {errors.SchemeIsEnded} if self.ended(event.scheme) else set()
            return why | (set() if pool.host == _body(by) else {errors.NotYourOrganisation})
        why = set()
        if any(one.scheme == event.scheme for one in self.ever(joint.SchemeAgreed)):
            why.add(errors.SchemeAlreadyAgreed)
        pool = self.pool(event.pool)
        if pool is None:
            return why | {errors.UnknownPool}
        if self.closed(event.pool):
            why.add(errors.PoolIsClosed)
        if event.lead not in pool.partners:
            why.add(errors.NotAPartner)
        if event.delivered_by is not None and event.delivered_by not in self.bodies():
            why.add(errors.UnknownOrganisation)
        if any(self.outcome(one) is None for one in event.outcomes):
            why.add(errors.UnknownOutcome)
        return why | (set() if pool.host == _body(by) else {errors.NotYourOrganisation})

    def _against_section_75(self, event: joint.PoolAgreed) -> Reasons:
        named = event.terms.outcomes if event.terms else ()
        why: Reasons = {errors.UnknownOutcome} if any(self.outcome(one) is None for one in named) else set()
        if event.legal_power == "nhs-act-2006-s75":
            joined = [*self.ever(who.LedgerFounded), *self.ever(who.OrganisationAdmitted)]
            forms = [one.organisation.form for one in joined if one.organisation.id in event.partners]
            nhs = [form for form in forms if form in ("integrated-care-board", "nhs-trust")]
            local = [form for form in forms if form in ("council", "combined-authority")]
            if not nhs or not local or len(nhs) + len(local) < len(forms) or event.terms is None:
                why.add(errors.PoolTermsWrong)
        return why

    # -- commitments and contributions --------------------------------------------------------------

    def unfundable(self, made: money.CommitmentMade, profile: tuple[YearAmount, ...]) -> Reasons:
        why = super().unfundable(made, profile)
        if made.scheme is not None and self.ended(made.scheme):
            why.add(errors.SchemeIsEnded)
        if made.contract is not None and self.contract(made.contract) is not None:
            payers = {payer.payer for _, terms, _ in self.versions(made.contract) for payer in terms.payers}
            if made.funder not in payers:
                why.add(errors.NotAPayer)
        return why

    def _against_change(self, event: Any) -> Reasons:
        made = self.made(event.commitment)
        if made is None or self.withdrawn(event.commitment):
            return set()
        why: Reasons = set()
        if not isinstance(event, money.CommitmentWithdrawn) and made.scheme is not None and self.ended(made.scheme):
            why.add(errors.SchemeIsEnded)
        if isinstance(event, money.CommitmentVaried):
            why |= self._uncovered(event.commitment, event.profile)
        if isinstance(event, money.CommitmentWithdrawn):
            why |= self._uncovered(event.commitment, ())
        return why

    def _dues(self, reference: str) -> list[cash.ContributionDue]:
        return [one for one in self.now(cash.ContributionDue) if one.commitment == reference]

    def _uncovered(self, reference: str, profile: tuple[YearAmount, ...]) -> Reasons:
        """Whether more fell due in some line than such a profile would commit."""
        for due in self._dues(reference):
            where = (due.year, due.category, due.accounts_as)
            fallen = sum(
                int(one.amount) for one in self._dues(reference) if (one.year, one.category, one.accounts_as) == where
            )
            there = [int(one.amount) for one in profile if (one.year, one.category, one.accounts_as) == where]
            if fallen > sum(there):
                return {errors.InstalmentsExceed}
        return set()

    def _against_contribution(self, event: Any, by: str) -> Reasons:
        why: Reasons = set()
        if isinstance(event, cash.ContributionDue | cash.ContributionInKind):
            used = [
                one.contribution for kind in (cash.ContributionDue, cash.ContributionInKind) for one in self.ever(kind)
            ]
            if event.contribution in used:
                why.add(errors.ContributionAlreadyDue)
            made = self.made(event.commitment)
            if made is None:
                return why | {errors.UnknownCommitment}
            if self.withdrawn(event.commitment):
                return why | {errors.CommitmentIsWithdrawn}
            if isinstance(event, cash.ContributionInKind):
                if event.value <= 0:
                    why.add(errors.NothingCommitted)
                return why | (set() if made.funder == _body(by) else {errors.NotYourOrganisation})
            pool = self.pool(made.pool)
            if pool is None:
                return why | {errors.UnknownPool}
            if self.closed(made.pool):
                why.add(errors.PoolIsClosed)
            if _body(by) not in (pool.host, made.funder):
                why.add(errors.NotYourOrganisation)
            where = (event.year, event.category, event.accounts_as)
            lines = [
                one for one in self.profile(event.commitment) if (one.year, one.category, one.accounts_as) == where
            ]
            if event.amount <= 0 or not lines:
                return why | {errors.NothingCommitted}
            before = [one for one in self._dues(event.commitment) if (one.year, one.category, one.accounts_as) == where]
            if sum(int(one.amount) for one in before) + event.amount > lines[0].amount:
                why.add(errors.InstalmentsExceed)
            return why
        if event.amount <= 0:
            why.add(errors.NothingCommitted)
        due = next((one for one in self.now(cash.ContributionDue) if one.contribution == event.contribution), None)
        if due is None:
            return why | {errors.UnknownContribution}
        made = self.made(due.commitment)
        assert made is not None
        pool = self.pool(made.pool)
        assert pool is not None
        teller = made.funder if isinstance(event, cash.ContributionPaid) else pool.host
        if isinstance(event, cash.ContributionReturned):
            why.discard(errors.NothingCommitted)
            if not 0 < event.amount <= self.held(event.contribution):
                why.add(errors.NothingToReturn)
        return why | (set() if teller == _body(by) else {errors.NotYourOrganisation})

    def held(self, reference: str) -> int:
        """What was received of an instalment and not returned, in pence."""
        came = sum(int(one.amount) for one in self.now(cash.ContributionReceived) if one.contribution == reference)
        went = sum(int(one.amount) for one in self.now(cash.ContributionReturned) if one.contribution == reference)
        return came - went

    # -- contracts ----------------------------------------------------------------------------------

    def _against_contract(self, event: Any, by: str) -> Reasons:
        why: Reasons = set()
        agreed = event if isinstance(event, deals.ContractAgreed) else self.contract(event.contract)
        if agreed is None:
            return {errors.UnknownContract}
        if agreed.commissioner != _body(by):
            why.add(errors.NotYourOrganisation)
        if isinstance(event, deals.ContractAgreed):
            whole = event.commissioner and event.provider and event.starts
            if not whole or (event.until is not None and event.starts is not None and event.until < event.starts):
                why.add(errors.ContractTermsWrong)
        if isinstance(event, deals.ContractVaried):
            why |= self._unnamed(event.terms, [])
        if isinstance(event, deals.ContractExtended):
            ends = self.ends(event.contract)
            if ends is None or event.until <= ends:
                why.add(errors.ContractTermsWrong)
        if isinstance(event, deals.ContractAgreed | deals.ContractVaried) and not self._holds(event.terms, agreed):
            why.add(errors.ContractTermsWrong)
        return why

    def _holds(self, terms: deals.Terms, agreed: deals.ContractAgreed) -> bool:
        """Whether terms hold together."""
        payers, metrics = [one.payer for one in terms.payers], [one.metric for one in terms.rates]
        years = [one.year for one in terms.year_caps]
        hosts = [(self.pool(one.pool), one.payer) for one in terms.payers if one.pool is not None]
        return all(
            [
                *(len(names) == len(set(names)) for names in (payers, metrics, years)),
                agreed.provider not in payers,
                sum((Fraction(one.share or 0) for one in terms.payers), Fraction(0)) == 1,
                all(one.share is not None for one in terms.payers),
                len(terms.rates) > 0,
                all(one.price is not None and one.price > 0 for one in terms.rates),
                all(one.after is None or (one.after in metrics and one.after != one.metric) for one in terms.rates),
                all(pool is None or pool.host == payer for pool, payer in hosts),
            ]
        )

    # -- claims -------------------------------------------------------------------------------------

    def _against_claims(self, event: Event, holders: set[bytes], by: str, now: int) -> Reasons:
        story = self.story()
        match event:
            case said.OutcomeClaimed():
                return self._against_claim(event, story, by, now)
            case said.OutcomeVerified() | said.OutcomeRejected():
                return self._against_finding(event, story, holders, by)
            case said.VerificationWithdrawn():
                told = story.claims.get(event.claim)
                if told is None:
                    return {errors.UnknownClaim}
                found = [one for one in told.findings if one.entry == event.verification and one.live]
                if not found:
                    return {errors.UnknownVerification}
                return set() if found[0].body == _body(by) else {errors.NotYourOrganisation}
            case said.PaymentApproved():
                return self._against_approval(event, story, holders, by)
            case said.PaymentMade():
                return self.unfit(event) | self._against_payment(event, story, holders, by)
            case said.ClawbackRaised() | said.ClawbackRecovered() | said.ClawbackWrittenOff():
                paid = story.payments.get(event.payment)
                if paid is None:
                    return {errors.UnknownPayment}
                agreed = self.contract(paid.contract)
                why: Reasons = set() if agreed and agreed.commissioner == _body(by) else {errors.NotYourOrganisation}
                raised = isinstance(event, said.ClawbackRaised)
                left = sum(paid.stands.values()) if raised else paid.all_beyond()
                return why | (set() if 0 < event.amount <= left else {errors.NothingOwedBack})
        return set()

    def _against_claim(self, event: said.OutcomeClaimed, story: Story, by: str, now: int) -> Reasons:
        why: Reasons = set()
        if any(one.claim == event.claim for one in self.ever(said.OutcomeClaimed)):
            why.add(errors.ClaimAlreadyMade)
        agreed = self.contract(event.contract)
        if agreed is None:
            return why | {errors.UnknownContract}
        if agreed.provider != _body(by):
            why.add(errors.NotYourOrganisation)
        day, ends = event.occurred_on, self.ends(event.contract)
        if (agreed.starts is not None and day < agreed.starts) or (ends is not None and day > ends):
            why.add(errors.OutsideContract)
        window = self.version(event.contract, day)[0].window_days
        if window is not None and datetime.fromtimestamp(now, UTC).date().toordinal() > day.toordinal() + window:
            why.add(errors.OutsideContract)
        if event.units < 1 or (event.people and len(event.people) != event.units):
            why.add(errors.UnitsExceeded)
        if len(set(event.people)) < len(event.people):
            why.add(errors.UnitsExceeded)
        rate = self.rate(event.contract, day, event.metric)
        if rate is None:
            return why | {errors.MetricNotPriced}
        others = [one for one in story.claims.values() if one.event.contract == event.contract]
        for other in others:
            if other.event.metric == event.metric and not rate.repeats:
                standing = {bytes(token) for token in other.event.people} - other.rejected_people
                if standing & {bytes(token) for token in event.people}:
                    why.add(errors.AlreadyAchieved)
        return why

    def _against_finding(self, event: Any, story: Story, holders: set[bytes], by: str) -> Reasons:
        told = story.claims.get(event.claim)
        if told is None:
            return {errors.UnknownClaim}
        why: Reasons = {errors.SameHolder} if holders & told.holders else set()
        left = told.event.units - told.verified() - told.rejected
        named = {bytes(token) for token in event.people}
        if not 0 < event.units <= left:
            why.add(errors.UnitsExceeded)
        if told.event.people:
            meant = named or told.open_people()
            if len(meant) != event.units or meant - told.open_people():
                why.add(errors.UnitsExceeded)
        elif named:
            why.add(errors.UnitsExceeded)
        verifier = self.version(told.event.contract, told.event.occurred_on)[0].verifier
        if verifier and verifier != _body(by):
            why.add(errors.NotYourOrganisation)
        if isinstance(event, said.OutcomeRejected):
            return why
        for paid in story.of_claim(event.claim):
            if holders & paid.holders or any(holders & one[3] for one in paid.made):
                why.add(errors.SameHolder)
        claim = told.event
        agreed = self.contract(claim.contract)
        assert agreed is not None
        terms = self.version(claim.contract, claim.occurred_on)[0]
        strength = BY_STRENGTH.index(event.grade)
        if strength > WEAKEST[terms.verification]:
            why.add(errors.GradeTooWeak)
        if _body(by) == agreed.provider and (strength < 3 or WEAKEST[terms.verification] < 3):
            why.add(errors.SameBody)
        rate = self.rate(claim.contract, claim.occurred_on, claim.metric)
        if rate is not None and rate.after is not None and not self._in_sequence(event, told, story, rate.after):
            why.add(errors.OutOfSequence)
        return why

    def _in_sequence(self, event: said.OutcomeVerified, told: Told, story: Story, after: str) -> bool:
        claim = told.event
        before = [
            one for one in self._of_metric(story, claim.contract, after) if one.event.occurred_on <= claim.occurred_on
        ]
        if claim.people:
            done: set[bytes] = set()
            for other in before:
                for finding in other.findings:
                    done |= finding.people if finding.live else set()
            return not ({bytes(token) for token in event.people} or told.open_people()) - done
        same = self._of_metric(story, claim.contract, claim.metric)
        return sum(one.verified() for one in same) + event.units <= sum(one.verified() for one in before)

    def _of_metric(self, story: Story, contract: str, metric: str) -> list[Told]:
        return [one for one in story.claims.values() if (one.event.contract, one.event.metric) == (contract, metric)]

    def _against_approval(self, event: said.PaymentApproved, story: Story, holders: set[bytes], by: str) -> Reasons:
        why: Reasons = set()
        if any(one.payment == event.payment for one in self.ever(said.PaymentApproved)):
            why.add(errors.PaymentAlreadyApproved)
        told = story.claims.get(event.claim)
        if told is None:
            return why | {errors.UnknownClaim}
        agreed = self.contract(told.event.contract)
        if agreed is None or agreed.commissioner != _body(by):
            why.add(errors.NotYourOrganisation)
        others = [told.holders, *(one.holders for one in told.findings)]
        others += [one[3] for paid in story.of_claim(event.claim) for one in paid.made]
        if any(holders & one for one in others):
            why.add(errors.SameHolder)
        if told.disputes:
            why.add(errors.ClaimDisputed)
        if not 0 < event.units <= story.unpaid(event.claim):
            why.add(errors.UnitsExceeded)
        rate = self.rate(told.event.contract, told.event.occurred_on, told.event.metric)
        if rate is None or rate.price is None:
            return why | {errors.MetricNotPriced}
        parts, _, _ = self.due(story, told, event.units)
        wanted = {payer: part for payer, part in parts.items() if part}
        if not wanted:
            why.add(errors.CapReached)
        lines = [(line.payer, int(line.amount)) for line in event.lines]
        if sorted(lines) != sorted(wanted.items()) or event.amount != sum(wanted.values()):
            why.add(errors.PaymentDiffers)
        return why

    def _against_payment(self, event: said.PaymentMade, story: Story, holders: set[bytes], by: str) -> Reasons:
        why: Reasons = set()
        if event.payers or event.plan or event.metric or event.starts or event.ends or event.remark:
            why.add(errors.NotPayable)
        if event.payment is None or event.payer is None:
            return why | {errors.NotPayable}
        paid = story.payments.get(event.payment)
        if paid is None:
            return why | {errors.UnknownPayment}
        if paid.contract != event.contract:
            why.add(errors.NotPayable)
        if event.payer != _body(by):
            why.add(errors.NotYourOrganisation)
        told = story.claims[paid.event.claim]
        others = [told.holders, *(one.holders for one in told.findings)]
        others += [one.holders for one in story.of_claim(paid.event.claim)]
        if any(holders & one for one in others):
            why.add(errors.SameHolder)
        if not 0 < event.amount <= paid.stands.get(event.payer, 0) - paid.by(event.payer):
            why.add(errors.NotPayable)
        return why

    def _against_word(self, event: Any, by: str) -> Reasons:
        story = self.story()
        if isinstance(event, said.DisputeResolved):
            disputed = story.claim_of(event.dispute)
            if disputed is None:
                return {errors.UnknownDispute}
            agreed = self.contract(disputed.event.contract)
            able = {disputed.disputes[event.dispute], agreed.commissioner if agreed else ""}
            return set() if _body(by) in able else {errors.NotYourOrganisation}
        told = story.claims.get(event.claim)
        why: Reasons = set()
        if isinstance(event, said.DisputeOpened) and event.dispute in [
            one.dispute for one in self.ever(said.DisputeOpened)
        ]:
            why.add(errors.ClaimAlreadyMade)
        if told is None:
            return why | {errors.UnknownClaim}
        able = {*self.parties_of(told.event.contract), *(one.body for one in told.findings)}
        return why | (set() if _body(by) in able else {errors.NotAParty})

    # -- reversals ----------------------------------------------------------------------------------

    def _against_undoing(self, event: put_right.EntryReversed) -> Reasons:
        fact = next((one for one in self.in_effect() if one.entry == event.entry), None)
        if fact is None:
            return set()
        story = self.story()
        target = fact.event
        match target:
            case money.CommitmentVaried():
                facts = self.about_commitment(target.commitment)
                if facts[-1] is fact:
                    before = self._sums_of(facts[:-1])[-1].profile
                    return self._uncovered(target.commitment, before)
            case cash.ContributionReceived():
                if self.held(target.contribution) < target.amount:
                    return {errors.NothingToReturn}
            case deals.ContractVaried():
                days = self._days_claimed(story, target.contract)
                if any(self.version(target.contract, day)[1] == fact.entry for day in days):
                    return {errors.LaterEntryRests}
            case deals.ContractExtended():
                agreed = self.contract(target.contract)
                assert agreed is not None
                assert agreed.until is not None
                others = [one.until for one in self.now(deals.ContractExtended) if one is not target]
                others = [agreed.until, *(one for one in others if one != target.until)]
                if any(day > max(others) for day in self._days_claimed(story, target.contract)):
                    return {errors.LaterEntryRests}
            case said.PaymentMade():
                if story.payments[str(target.payment)].back.get(str(target.payer)):
                    return {errors.LaterEntryRests}
            case said.ClawbackRaised():
                return self._against_restoring(story, target, fact.entry)
        return set()

    def _days_claimed(self, story: Story, contract: str) -> Iterator[date]:
        return (one.event.occurred_on for one in story.claims.values() if one.event.contract == contract)

    def _against_restoring(self, story: Story, event: said.ClawbackRaised, entry: str) -> Reasons:
        paid = story.payments[event.payment]
        if paid.moves[-1][0] != entry:
            return {errors.LaterEntryRests}
        told = story.claims[paid.event.claim]
        room = self.room(story, told)
        if room is not None and event.amount > room:
            return {errors.LaterEntryRests}
        for payer in self.version(paid.contract, told.event.occurred_on)[0].payers:
            left = self.room_of(story, told, payer)
            if left is not None and paid.moves[-1][2].get(payer.payer, 0) > left:
                return {errors.LaterEntryRests}
        return set()

    # -- money at stake, and who must sign ----------------------------------------------------------

    def at_stake(self, event: Event) -> int | None:
        """The sum in pence that an event is about, where it is about money."""
        match event:
            case deals.ContractAgreed() | deals.ContractVaried():
                return None if event.terms.cap is None else int(event.terms.cap)
            case cash.ContributionInKind():
                return int(event.value)
            case cash.ContributionPaid() | said.PaymentApproved() | said.PaymentMade() | said.ClawbackWrittenOff():
                return int(event.amount)
        return super().at_stake(event)

    def named_parties(self, event: Event) -> tuple[str, ...]:
        """The bodies whose joint act an event is."""
        match event:
            case deals.ContractAgreed():
                return event.parties
            case deals.ContractVaried():
                verifier = (event.terms.verifier,) if event.terms.verifier else ()
                return (*self.parties_of(event.contract), *(payer.payer for payer in event.terms.payers), *verifier)
            case deals.ContractExtended():
                return tuple(self.parties_of(event.contract))
            case joint.SchemeAgreed():
                pool = self.pool(event.pool)
                return pool.partners if pool else ()
            case joint.SchemeEnded():
                scheme = self.scheme(event.scheme)
                pool = self.pool(scheme.pool) if scheme else None
                return pool.partners if pool else ()
        return super().named_parties(event)
