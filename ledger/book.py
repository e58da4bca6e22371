"""The Book: what the log adds up to, and the two questions that everything else asks of it.

Law: `admit` never changes anything; `evolve` never refuses what `admit` took. `evolve` changes the Book in
place, so it is kept only once its entry is committed (decision 0002). The Book knows no clock: `received_at`
is the entry's own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

import msgspec

from ledger import events
from ledger.errors import (
    DecisionMissing,
    NotFoundingEntry,
    NothingToConfirm,
    NotTranscribable,
    NotYourOrganisation,
    OccurredLater,
    WrongLedger,
)
from ledger.events.approvals import (
    EntryApproved,
    EntryConfirmed,
    EntryDeclined,
    NamesEntry,
    StatementWithdrawn,
)
from ledger.events.claims import ClawbackWrittenOff, PaymentApproved, PaymentMade
from ledger.events.commitments import CommitmentReprofiled
from ledger.events.contracts import ContractAgreed, ContractVaried
from ledger.events.contributions import ContributionInKind, ContributionPaid, PassThroughMade
from ledger.events.corrections import EntryReversed, FieldErased
from ledger.events.event import Event
from ledger.events.grants import GrantConditionsRecorded
from ledger.events.register import Appointment, KeyRevoked, LedgerFounded
from ledger.events.settlements import BudgetSet, ControlTotalSet, FundAllocated, SettlementAwarded
from ledger.events.spending import CategoryReclassified
from ledger.rules import (
    approvals,
    assurance,
    claims,
    commitments,
    contracts,
    contributions,
    corrections,
    drawing,
    grants,
    outcomes,
    pools,
    pots,
    profiles,
    register,
    settlements,
    spending,
    wording,
    years,
)
from ledger.rules.acts import Act
from ledger.rules.approvals import DAY, Needed, Signed, Waiting
from ledger.rules.contracts import Around
from ledger.rules.corrections import Landed
from ledger.rules.register import Officer
from ledger.statement import Statement
from ledger.values import Instant, Pence, latest_day


class Effect(msgspec.Struct, frozen=True, gc=False):
    """Something that took effect, stopped waiting, or was taken back, with the entries that it rests on."""

    standing: str
    """``effective``, ``waiting``, ``unconfirmed``, ``reversed``, ``declined``, ``withdrawn``, ``lapsed``.

    What counts unsigned is ``effective``; who has still to sign it is in `approvals.State.unsigned`.
    """
    event: Event
    by: str
    entry: str
    position: int
    """The number of the entry that said it; what completed or ended it is in `rests_on`."""
    rests_on: tuple[int, ...]
    known_from: int
    known_at: Instant


@dataclass(slots=True)
class Book:
    """The chapters bound together."""

    size: int = 0
    register: register.State = field(default_factory=register.State)
    approvals: approvals.State = field(default_factory=approvals.State)
    corrections: corrections.State = field(default_factory=corrections.State)
    pools: pools.State = field(default_factory=pools.State)
    commitments: commitments.State = field(default_factory=commitments.State)
    outcomes: outcomes.State = field(default_factory=outcomes.State)
    contributions: contributions.State = field(default_factory=contributions.State)
    contracts: contracts.State = field(default_factory=contracts.State)
    claims: claims.State = field(default_factory=claims.State)
    settlements: settlements.State = field(default_factory=settlements.State)
    grants: grants.State = field(default_factory=grants.State)
    spending: spending.State = field(default_factory=spending.State)
    years: years.State = field(default_factory=years.State)
    pots: pots.State = field(default_factory=pots.State)

    # -- admit ----------------------------------------------------------------------------------

    def admit(self, said: Statement, received_at: Instant) -> None:
        """Refuse a statement that the Book does not allow at its next place. Changes nothing.

        Raises a Refused, or SignatureInvalid where a proof of possession does not hold. The statement's own
        signature and its `seen` are not the Book's to check: see `recording` and `audit`.
        """
        event = said.event
        if (self.size == 0) != isinstance(event, LedgerFounded):
            raise NotFoundingEntry("entry 1 founds the ledger, and no other entry does")
        origin = event.origin if isinstance(event, LedgerFounded) else self.register.origin
        if said.said.ledger != origin:
            raise WrongLedger(f"it was made for {said.said.ledger}, and this is {origin}")
        self._admit_form(said)
        register.key_of(self.register, said)
        if isinstance(event, LedgerFounded):
            register.in_force(said.by, event.officer.starts, event.officer.until, said.said.signed_at)
        else:
            value = None if said.transcribed else self._value(event)
            register.authorise(self.register, said, self._power(said, received_at), value)
        if said.transcribed:
            self._admit_transcribed(said, received_at)
        else:
            act = Act(said.by, frozenset({self._officer(said).holder}), said.id, self.size + 1)
            self._admit_event(event, act, received_at)

    def _admit_form(self, said: Statement) -> None:
        event = said.event
        loose = (said.said.decision, said.said.source.row if said.said.source else None)
        # A body makes up its references; its identifier it has from a public register, where digits mean nobody.
        made_up = (name for name in event.creates if not name.startswith(("partner:", "officer:")))
        wording.admit((*event.texts(), *(text for text in loose if text), *made_up))
        if event.occurred_on > latest_day(said.said.signed_at):
            raise OccurredLater(f"it occurred on {event.occurred_on}, after it was signed")
        if event.cites_decision and said.said.decision is None:
            raise DecisionMissing(f"{event.kind} cites the decision that it rests on", next_step="--decision TEXT")

    def _admit_transcribed(self, said: Statement, now: Instant) -> None:
        if not said.event.transcribable:
            raise NotTranscribable(f"{said.event.kind} cannot be transcribed from a source")
        event = said.event
        approvals.free(self.approvals, event.creates, said.id, now)
        outcomes.identify(self.outcomes, event, self._transcribed)
        settlements.identify(self.settlements, event, self.register)
        grants.identify(self.grants, event, self.register, self.settlements, self._transcribed)
        contracts.identify(self.contracts, event, self._around)
        commitments.identify(self.commitments, event, self._around)
        claims.identify(event, self._transcribed, self.contracts)
        spending.identify(event, self.register)

    def _transcribed(self, reference: str) -> bool:
        """Whether something unconfirmed created the reference: it exists, and no rule counts more of it."""
        return self.approvals.reserved.get(reference) in self.approvals.unconfirmed

    @property
    def _around(self) -> Around:
        return Around(
            self.register,
            self.pools,
            self.contracts,
            self.outcomes,
            self.settlements,
            self.grants,
            self._transcribed,
        )

    def _admit_event(self, event: Event, act: Act, now: Instant) -> None:
        """The rules of the event's own chapter, as the Book stands."""
        approvals.free(self.approvals, event.creates, act.entry, now)
        match events.CHAPTER_OF[type(event)]:
            case "register":
                register.admit(self.register, event, act.by, now)
            case "approvals":
                self._admit_about_entry(event, act, now)
            case "corrections":
                self._admit_correction(event, act)
            case "outcomes":
                outcomes.admit(self.outcomes, event, act, self._transcribed)
            case "settlements":
                settlements.admit(self.settlements, event, act, self.register, self.pools, self._transcribed)
            case "grants":
                grants.admit(self.grants, event, act, self.register, self.settlements, self._transcribed)
            case "pools":
                pools.admit(self.pools, event, act, self.register, self.outcomes)
            case "commitments":
                commitments.admit(self.commitments, event, act, self._around)
                contributions.admit_change(self.contributions, event)
            case "contributions":
                contributions.admit(self.contributions, event, act, self.commitments, self._around)
            case "contracts":
                contracts.admit(self.contracts, event, act, self._around)
            case "spending":
                spending.identify(event, self.register)
                spending.admit(self.spending, event, act, self.pools, self.pots)
            case "years":
                years.admit(self.years, event, act, self.pools, self.pots, self.spending)
            case "claims":
                claims.admit(self.claims, event, act, self._transcribed, self.contracts, now)
            case "assurance":
                assurance.admit(event, act, self._around)
        drawing.admit(self.pots, event, self._beside)

    @property
    def _beside(self) -> drawing.Beside:
        return drawing.Beside(
            self.pools, self.commitments, self.contributions, self.contracts, self.claims, self.years, self._terms
        )

    def _terms(self, grant: str) -> tuple[bool, date | None]:
        """Of a grant: whether what is unspent may be kept, and the day by which it must be spent."""
        held = self.grants.grants.get(grant)
        return (held.made.unspent == "kept", held.made.use_by) if held else (True, None)

    def _admit_about_entry(self, event: Event, act: Act, now: Instant) -> None:
        match event:
            case EntryApproved():
                self._admit_approval(event, act, now)
            case EntryDeclined():
                approvals.place_for(self._waiting(event, now), self.register.officers[act.by], self.register)
            case EntryConfirmed():
                target = self._unconfirmed(event, act.organisation)
                if target.confirmed is None:
                    self._admit_event(target.event, msgspec.structs.replace(act, entry=target.id), now)
                else:
                    self._admit_signature(target, act, now)
            case StatementWithdrawn():
                target = self._taken_back(event, now)
                if target.organisation != act.organisation:
                    raise NotYourOrganisation(f"that entry is not {act.organisation}'s to withdraw")
                if event.entry in self.approvals.unconfirmed:
                    corrections.require_nothing_leans(self.corrections, target.event)

    def _admit_correction(self, event: Event, act: Act) -> None:
        match event:
            case EntryReversed():
                landed = self._reversible(event, act.organisation)
                commitments.admit_reversal(self.commitments, landed.event, event.entry)
                corrections.require_nothing_leans(self.corrections, landed.event)
                contributions.admit_reversal(self.contributions, landed.event, self.commitments)
                claims.admit_reversal(self.claims, landed.event, landed.act(event.entry), self.contracts)
                years.admit_reversal(self.years, landed.event)
                drawing.admit_reversal(self.pots, landed.event, event.entry, event.occurred_on, self._beside)
            case FieldErased():
                corrections.admit_erasure(self.corrections, event, act.organisation)

    def _admit_approval(self, event: EntryApproved, act: Act, now: Instant) -> None:
        waiting = self._waiting(event, now)
        approvals.place_for(waiting, self.register.officers[act.by], self.register)
        approvals.check_fingerprint(event, waiting)
        if waiting.id in self.approvals.waiting:
            self._admit_signature(waiting, act, now)

    def _admit_signature(self, waiting: Waiting, act: Act, now: Instant) -> None:
        """One more signature; the last one runs the full rules again, as the Book now stands."""
        place = approvals.place_for(waiting, self.register.officers[act.by], self.register)
        if [number for number, _ in waiting.open_places] == [place]:
            whole = msgspec.structs.replace(waiting.act, holders=waiting.act.holders | act.holders)
            self._admit_event(waiting.event, whole, now)
            asked = self._asked(waiting.own.by, waiting.event, self._value(waiting.event))
            approvals.require_all(waiting, asked)

    def _waiting(self, event: NamesEntry, now: Instant) -> Waiting:
        unsigned = isinstance(event, EntryApproved)
        return approvals.find(self.approvals, event.entry, str(event.digest), now, unsigned=unsigned)

    def _taken_back(self, event: StatementWithdrawn, now: Instant) -> Waiting:
        """What waits, or what was transcribed and nobody confirmed."""
        held = self.approvals.unconfirmed.get(event.entry)
        if held is None:
            return self._waiting(event, now)
        approvals.same(held.digest, str(event.digest), event.entry)
        return held

    def _unconfirmed(self, event: EntryConfirmed, organisation: str) -> Waiting:
        """What a body confirms: first whom it concerns, then whoever else the approval table asks for."""
        target = self.approvals.unconfirmed.get(event.entry)
        if target is None or (target.confirmed is None and target.event.concerns != organisation):
            raise NothingToConfirm(f"entry {event.entry} is not unconfirmed, or not about {organisation}")
        approvals.same(target.digest, str(event.digest), event.entry)
        return target

    def _reversible(self, event: EntryReversed, organisation: str) -> Landed:
        return corrections.reversible(self.corrections, event.entry, str(event.digest), organisation)

    # -- authority and approvals ----------------------------------------------------------------

    def _power(self, said: Statement, now: Instant) -> str:
        """The power that a statement needs of its signer: often that of the entry it names."""
        event, organisation = said.event, said.organisation
        match event:
            case EntryApproved() | EntryDeclined():
                return self._power_asked(self._waiting(event, now), said.by)
            case EntryConfirmed():
                target = self._unconfirmed(event, organisation)
                return target.event.power if target.confirmed is None else self._power_asked(target, said.by)
            case StatementWithdrawn() if event.entry in self.approvals.unconfirmed:
                return "transcribe"
            case StatementWithdrawn():
                return self._waiting(event, now).event.power
            case EntryReversed():
                return self._reversible(event, organisation).event.power
        return register.power_for(self.register, said, now)

    def _power_asked(self, waiting: Waiting, by: str) -> str:
        """The power that the place asks for which an officer's signature takes."""
        return waiting.places[approvals.place_for(waiting, self.register.officers[by], self.register)].power

    def _value(self, event: Event) -> Pence | None:
        """The whole-life sum at stake, in pence: of a reversal or a confirmation, that of its entry."""
        match event:
            case EntryConfirmed() if event.entry in self.approvals.unconfirmed:
                target = self.approvals.unconfirmed[event.entry]
                return self._value(target.event) if target.confirmed is None else None
            case EntryReversed() if event.entry in self.corrections.landed:
                taken = self.corrections.landed[event.entry].event
                if commitments.reference_of(taken):
                    return commitments.value_reversed(self.commitments, taken, event.entry)
                return self._value(taken)
            case ContractAgreed() | ContractVaried():
                return event.terms.cap
            case SettlementAwarded() | GrantConditionsRecorded():
                return profiles.total(event.profile)
            case FundAllocated() | ControlTotalSet() | BudgetSet():
                return event.amount
            case ContributionInKind():
                return event.value
            case ContributionPaid() | PassThroughMade() | PaymentApproved() | PaymentMade() | ClawbackWrittenOff():
                return event.amount
        return commitments.value(self.commitments, event)

    def _needed(self, said: Statement, now: Instant) -> Needed:
        """The signatures that a statement needs besides its own. A reversal needs what its entry needed."""
        event = said.event
        if isinstance(event, (EntryApproved, EntryDeclined, EntryConfirmed, StatementWithdrawn)):
            return Needed((), waits=False, days=0)
        target = self.corrections.landed[event.entry].event if isinstance(event, EntryReversed) else event
        behalf = register.on_behalf(self.register, event, said.by, now)
        taken = event.entry if isinstance(event, EntryReversed) else ""
        return self._asked(said.by, target, self._value(event), on_behalf=behalf, taken=taken)

    def _asked(self, by: str, event: Event, value: Pence | None, *, on_behalf: str = "", taken: str = "") -> Needed:
        """The signatures that the approval table, as it stands, asks for when that officer says it.

        `taken` is the id of the entry that is taken back, or empty.
        """
        parties = contracts.parties(self.contracts, event) or years.parties(event, self.pools)
        parties = parties or pools.parties(self.pools, event)
        if isinstance(event, CategoryReclassified):
            parties = drawing.rises_back(self.pots, taken) if taken else drawing.rises(self.pots, event)
        elif isinstance(event, CommitmentReprofiled):
            held = self.commitments.made.get(event.commitment)
            pool = self.pools.pools.get(held.pool or "") if held else None
            parties = pool.agreed.partners if pool else ()
        return approvals.needed(self.register, by, event, value, parties, on_behalf=on_behalf)

    # -- evolve ---------------------------------------------------------------------------------

    def evolve(self, said: Statement, received_at: Instant) -> tuple[Effect, ...]:
        """The Book after an admitted statement, and what it changed."""
        self.size += 1
        self.pots.moved.clear()
        sealed = said.event.sealed_fields()
        if sealed:
            self.corrections.sealed[said.id] = said.organisation, frozenset(sealed)
        signed = self._signed(said)
        if said.transcribed:
            held = self._hold(said, signed, Needed((), waits=True, days=0), received_at)
            approvals.hold(self.approvals.unconfirmed, self.approvals, held, reserve=True)
            corrections.lean(self.corrections, held.event, +1)
            return (self._effect("unconfirmed", held, received_at),)
        needed = self._needed(said, received_at)
        if needed.places and needed.waits:
            held = self._hold(said, signed, needed, received_at)
            approvals.hold(self.approvals.waiting, self.approvals, held, reserve=True)
            return (self._effect("waiting", held, received_at),)
        held = self._hold(said, signed, needed, received_at)
        if needed.places:
            approvals.hold(self.approvals.unsigned, self.approvals, held, reserve=False)
        return tuple(self._land(held, received_at))

    def _signed(self, said: Statement) -> Signed:
        officer = self._officer(said)
        return Signed(self.size, said.by, officer.holder, officer.key)

    def _officer(self, said: Statement) -> Appointment | Officer:
        # The founding officer is in the register only after this entry.
        event = said.event
        return event.officer if isinstance(event, LedgerFounded) else self.register.officers[said.by]

    def _hold(self, said: Statement, signed: Signed, needed: Needed, now: Instant) -> Waiting:
        expires = Instant(now + needed.days * DAY)
        nobody = (None,) * len(needed.places)
        return Waiting(said.id, said.digest, said.event, signed, expires, needed.places, nobody)

    def _land(self, held: Waiting, now: Instant) -> Iterator[Effect]:
        """An event takes effect here; whatever it completes or takes back follows it."""
        event = held.event
        confirmed_by = held.confirmed.by if held.confirmed else None
        if confirmed_by is None:
            corrections.lean(self.corrections, event, +1)  # what is confirmed was counted when it was transcribed
        if event.reversible:
            landed = Landed(event, held.signed.by, held.digest, held.signed.position, held.rests_on, confirmed_by)
            self.corrections.landed[held.id] = landed
        yield self._effect("effective", held, now)
        match event:
            case EntryApproved():
                yield from self._approve(event, held, now)
            case EntryDeclined():
                yield self._effect("declined", approvals.release(self.approvals, event.entry), now, held)
            case StatementWithdrawn():
                if event.entry in self.approvals.unconfirmed:
                    corrections.lean(self.corrections, self.approvals.unconfirmed[event.entry].event, -1)
                yield self._effect("withdrawn", approvals.release(self.approvals, event.entry), now, held)
            case EntryConfirmed():
                yield from self._confirm(event, held, now)
            case EntryReversed():
                yield self._reverse(event, held, now)
            case FieldErased():
                corrections.erase(self.corrections, event)
            case _:
                self._evolve_chapter(event, held.act)
                if isinstance(event, KeyRevoked) and event.ground == "compromised":
                    for lapsed in approvals.compromise(self.approvals, event.key):
                        yield self._effect("lapsed", lapsed, now, held)

    def _evolve_chapter(self, event: Event, act: Act) -> None:
        """The event's own chapter after it."""
        match events.CHAPTER_OF[type(event)]:
            case "register":
                register.evolve(self.register, event)
            case "outcomes":
                outcomes.evolve(self.outcomes, event, act)
            case "settlements":
                settlements.evolve(self.settlements, event, act)
            case "grants":
                grants.evolve(self.grants, event, act)
            case "pools":
                pools.evolve(self.pools, event)
            case "commitments":
                commitments.evolve(self.commitments, event, act)
            case "contributions":
                contributions.evolve(self.contributions, event, act, self.commitments, self.pools)
            case "contracts":
                contracts.evolve(self.contracts, event, act)
            case "claims":
                claims.evolve(self.claims, event, act, self.contracts)
            case "spending":
                spending.evolve(self.spending, event)
            case "years":
                spending.evolve(self.spending, event)
                years.evolve(self.years, event, act, self.pools, self.pots)
        drawing.evolve(self.pots, event, act, self._beside)

    def _approve(self, event: EntryApproved, held: Waiting, now: Instant) -> Iterator[Effect]:
        waits = event.entry in self.approvals.waiting
        room = self.approvals.waiting if waits else self.approvals.unsigned
        place = approvals.place_for(room[event.entry], self.register.officers[held.signed.by], self.register)
        target = approvals.sign(self.approvals, event.entry, place, held.signed)
        if not waits:
            corrections.rest(self.corrections, event.entry, target.rests_on)
        elif target.complete:
            yield from self._land(target, now)

    def _confirm(self, event: EntryConfirmed, held: Waiting, now: Instant) -> Iterator[Effect]:
        """The body concerned makes it its own; it counts once those have confirmed too for whom the table asks."""
        target = self.approvals.unconfirmed[event.entry]
        if target.confirmed is None:
            needed = self._asked(held.signed.by, target.event, self._value(target.event))
            nobody = (None,) * len(needed.places)
            target = msgspec.structs.replace(target, confirmed=held.signed, places=needed.places, given=nobody)
            if needed.places and needed.waits:
                self.approvals.unconfirmed[event.entry] = target
                return
            approvals.release(self.approvals, event.entry)
            if needed.places:
                approvals.hold(self.approvals.unsigned, self.approvals, target, reserve=False)
        else:
            place = approvals.place_for(target, self.register.officers[held.signed.by], self.register)
            target = approvals.sign(self.approvals, event.entry, place, held.signed)
            if not target.complete:
                return
        yield from self._land(target, now)

    def _reverse(self, event: EntryReversed, held: Waiting, now: Instant) -> Effect:
        landed = self.corrections.landed.pop(event.entry)
        self.approvals.unsigned.pop(event.entry, None)  # nobody need sign any more what is taken back
        self.corrections.reversed[event.entry] = landed.position, held.signed.position
        corrections.lean(self.corrections, landed.event, -1)
        self._reverse_chapter(landed.event, landed.act(event.entry))
        drawing.reverse(self.pots, landed.event, landed.act(event.entry), event.occurred_on, self._beside)
        rests_on = tuple(sorted({*landed.rests_on, *held.rests_on}))
        return Effect("reversed", landed.event, landed.by, event.entry, landed.position, rests_on, self.size, now)

    def _reverse_chapter(self, event: Event, act: Act) -> None:
        """The event's own chapter after it is taken back."""
        match events.CHAPTER_OF[type(event)]:
            case "outcomes":
                outcomes.reverse(self.outcomes, event, act)
            case "settlements":
                settlements.reverse(self.settlements, event, act)
            case "grants":
                grants.reverse(self.grants, event)
            case "pools":
                pools.reverse(self.pools, event)
            case "commitments":
                commitments.reverse(self.commitments, event)
            case "contributions":
                contributions.reverse(self.contributions, event)
            case "contracts":
                contracts.reverse(self.contracts, event, act)
            case "claims":
                claims.reverse(self.claims, event, act)
            case "spending":
                spending.reverse(self.spending, event)
            case "years":
                years.reverse(self.years, event, act)

    def _effect(self, standing: str, held: Waiting, now: Instant, ended_by: Waiting | None = None) -> Effect:
        rests_on = held.rests_on if ended_by is None else tuple(sorted({*held.rests_on, *ended_by.rests_on}))
        return Effect(standing, held.event, held.signed.by, held.id, held.signed.position, rests_on, self.size, now)
