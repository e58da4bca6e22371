"""The rules of the ledger once more, as plainly as they can be said: lists, loops, and no thought for speed.

It keeps every entry that was taken and every event that took effect, and works everything else out again from
these each time somebody asks. It shares the catalogue with the ledger, and not one line of its rules: where the
two disagree, one of them is wrong. A refusal is a set here, because several rules may say no at once.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from ledger import errors, events
from ledger.events import approvals as said_of
from ledger.events import commitments as money
from ledger.events import corrections as put_right
from ledger.events import pools as joint
from ledger.events import register as who
from ledger.events.event import Event
from ledger.keys import fingerprint, possession
from ledger.statement import Statement
from ledger.values import YearAmount

Reasons = set[type[errors.LedgerError]]
RULEBOOKS = {1}
EVERY_LEAD = ("organisation-admitted/1", "approval-table-set/1", "rulebook-adopted/1", "log-key-changed/1")
NEEDS_NOBODY = (said_of.EntryApproved, said_of.EntryDeclined, said_of.EntryConfirmed, said_of.StatementWithdrawn)
ABOUT_AN_OFFICE = (who.KeyRotated, who.KeyRevoked, who.OfficeHolderChanged, who.OfficerRetired)
ABOUT_A_COMMITMENT = (money.CommitmentFirmed, money.CommitmentVaried, money.CommitmentWithdrawn)
A_COMMITMENT = (money.CommitmentMade, *ABOUT_A_COMMITMENT)
PERSONAL = ("@", "07700 900123", "943-476-5919")


@dataclass
class Officer:
    """An office as it stands."""

    id: str
    powers: tuple[str, ...]
    limit: int | None
    holder: bytes
    key: bytes | None
    starts: date
    until: date | None
    cover_ends: date | None = None
    retired: bool = False

    @property
    def body(self) -> str:
        return self.id.split("/", 1)[0]

    def can(self, power: str) -> bool:
        """Whether the office is live and has that power."""
        return power in self.powers and not self.retired

    def in_days(self, moment: int) -> bool:
        """Whether the moment lies within the appointment, and within the cover if there is one."""
        day = datetime.fromtimestamp(moment, UTC).date()
        if day_in_england(moment) < self.starts or self.expired(moment):
            return False
        return self.cover_ends is None or day <= self.cover_ends

    def expired(self, moment: int) -> bool:
        """Whether the appointment itself has ended."""
        return self.until is not None and datetime.fromtimestamp(moment, UTC).date() > self.until


@dataclass
class Place:
    """A signature that is asked for: of a body, or of any body but some; with a power; for a sum."""

    body: str | None
    power: str
    sum: int | None = None
    not_of: tuple[str, ...] = ()

    def fits(self, officer: Officer) -> bool:
        """Whether the officer may sign here."""
        if self.body is None and officer.body in self.not_of:
            return False
        if self.body is not None and officer.body != self.body:
            return False
        if self.sum is not None and officer.limit is not None and self.sum > officer.limit:
            return False
        return officer.can(self.power)


@dataclass
class Signature:
    """A signature that was given, and to which place."""

    place: int
    position: int
    holder: bytes
    key: bytes


@dataclass
class Taken:
    """An entry of the log, and what became of it."""

    said: Statement
    position: int
    received_at: int
    holder: bytes
    key: bytes
    places: list[Place] = field(default_factory=list)
    waits: bool = False
    lapses_at: int = 0
    signatures: list[Signature] = field(default_factory=list)
    confirmed: Taken | None = None
    """Of something transcribed: what the body concerned said when it confirmed it."""
    fate: str = ""
    """``effective``, ``waiting``, ``unconfirmed``; then perhaps ``declined``, ``withdrawn``, ``compromised``."""

    @property
    def own(self) -> Taken:
        """The entry of the officer whose act it is."""
        return self.confirmed or self

    def open_places(self) -> list[int]:
        """The numbers of the places that nobody has signed."""
        return [n for n in range(len(self.places)) if n not in [one.place for one in self.signatures]]


@dataclass
class Fact:
    """An event in effect: since which entry, and resting on which."""

    entry: str
    event: Event
    by: str
    owner: str
    digest: str
    since: int
    rests_on: tuple[int, ...]


def whole_of(event: money.CommitmentMade | money.CommitmentVaried) -> int:
    """A commitment's whole-life sum in pence."""
    return sum(int(line.amount) for line in event.profile) + int(event.whole or 0)


def day_in_england(moment: int) -> date:
    """The date of a moment where clocks are an hour ahead, as they are in summer."""
    return (datetime.fromtimestamp(moment, UTC) + timedelta(hours=1)).date()


class Naive:
    """A ledger that remembers everything and works nothing out in advance."""

    def __init__(self) -> None:
        self.log: list[Taken] = []
        self.facts: list[Fact] = []

    # -- what is so now, worked out from the facts ------------------------------------------------

    def in_effect(self) -> list[Fact]:
        """The facts that were not taken back."""
        gone = [fact.event.entry for fact in self.facts if isinstance(fact.event, put_right.EntryReversed)]
        return [fact for fact in self.facts if fact.entry not in gone]

    def taken_back(self) -> dict[str, tuple[int, ...]]:
        """What was reversed, and the entries that its end rests on: its own, its reversal's, and every signature."""
        rests_on: dict[str, tuple[int, ...]] = {}
        for reversal in self.facts:
            if isinstance(reversal.event, put_right.EntryReversed):
                target = self.entry(reversal.event.entry)
                assert target is not None
                (fact,) = [one for one in self.facts if one.entry == target.said.id]
                signed = [one.position for one in target.signatures]
                rests_on[fact.entry] = tuple(sorted({*fact.rests_on, *signed, *reversal.rests_on}))
        return rests_on

    def founding(self) -> who.LedgerFounded:
        """The first fact of all."""
        event = self.facts[0].event
        assert isinstance(event, who.LedgerFounded)
        return event

    def bodies(self) -> list[str]:
        """The organisations, in the order in which they came."""
        joined = [f.event for f in self.facts if isinstance(f.event, who.LedgerFounded | who.OrganisationAdmitted)]
        return [event.organisation.id for event in joined]

    def officers(self) -> dict[str, Officer]:
        """Every office that ever was."""
        offices: dict[str, Officer] = {}
        for fact in self.facts:
            self._office(offices, fact.event)
        return offices

    def _office(self, offices: dict[str, Officer], event: Event) -> None:
        match event:
            case who.LedgerFounded() | who.OrganisationAdmitted() if event.officer:
                self._appoint(offices, event.organisation.id, event.officer)
            case who.OfficerAppointed():
                self._appoint(offices, event.organisation, event.officer)
            case who.OfficeHolderChanged():
                office = offices[event.officer]
                office.holder, office.key, office.cover_ends = bytes(event.holder), bytes(event.key), event.until
            case who.KeyRotated():
                offices[event.officer].key = bytes(event.key)
            case who.KeyRevoked() if offices[event.officer].key == bytes(event.key):
                offices[event.officer].key = None
            case who.OfficerRetired():
                offices[event.officer].retired = True

    def _appoint(self, offices: dict[str, Officer], body: str, one: who.Appointment) -> None:
        limit = None if one.limit is None else int(one.limit)
        name = f"{body}/{one.office}"
        if "lead" in one.powers:
            for other in offices.values():
                if other.body == body and "lead" in other.powers:
                    other.retired = True
        offices[name] = Officer(name, one.powers, limit, bytes(one.holder), bytes(one.key), one.starts, one.until)

    def lead(self, body: str) -> Officer | None:
        """The body's lead."""
        return next((one for one in self.officers().values() if one.body == body and one.can("lead")), None)

    def keys(self) -> list[bytes]:
        """Every key that was ever registered for anything."""
        found: list[bytes] = []
        for fact in self.facts:
            event = fact.event
            if isinstance(event, who.LedgerFounded | who.LogKeyChanged):
                found.append(bytes(event.log_key))
            if isinstance(event, who.LedgerFounded | who.OrganisationAdmitted | who.OfficerAppointed) and event.officer:
                found.append(bytes(event.officer.key))
            if isinstance(event, who.OfficeHolderChanged | who.KeyRotated):
                found.append(bytes(event.key))
        return found

    def keys_of(self, office: str) -> list[bytes]:
        """Every key that an office ever had."""
        had: list[bytes] = []
        for fact in self.facts:
            event = fact.event
            if isinstance(event, who.OfficeHolderChanged | who.KeyRotated) and event.officer == office:
                had.append(bytes(event.key))
            first = event if isinstance(event, who.LedgerFounded | who.OrganisationAdmitted) else None
            if first and first.officer and f"{first.organisation.id}/{first.officer.office}" == office:
                had.append(bytes(first.officer.key))
            if isinstance(event, who.OfficerAppointed) and f"{event.organisation}/{event.officer.office}" == office:
                had.append(bytes(event.officer.key))
        return had

    def revoked(self, key: bytes) -> str:
        """On which ground somebody said last that the key is not to be used; nothing if nobody did."""
        revocations = [fact.event for fact in self.facts if isinstance(fact.event, who.KeyRevoked)]
        return next((one.ground for one in reversed(revocations) if bytes(one.key) == key), "")

    def table(self) -> tuple[who.ApprovalRule, ...]:
        """The approval table in force."""
        tables = [f.event for f in self.facts if isinstance(f.event, who.LedgerFounded | who.ApprovalTableSet)]
        return tables[-1].approvals

    def rulebook(self) -> int:
        """The rulebook in force."""
        adopted = [f.event for f in self.facts if isinstance(f.event, who.LedgerFounded | who.RulebookAdopted)]
        return adopted[-1].rulebook

    def pool(self, reference: str | None) -> joint.PoolAgreed | None:
        """The pool of that name, if it is in effect."""
        agreed = (fact.event for fact in self.in_effect())
        return next((one for one in agreed if isinstance(one, joint.PoolAgreed) and one.pool == reference), None)

    def closed(self, reference: str | None) -> bool:
        """Whether a closing of the pool is in effect."""
        return any(isinstance(f.event, joint.PoolClosed) and f.event.pool == reference for f in self.in_effect())

    def about_commitment(self, reference: str) -> list[Fact]:
        """What was done to a commitment and not taken back, oldest first."""
        facts = [fact for fact in self.in_effect() if isinstance(fact.event, A_COMMITMENT)]
        return [fact for fact in facts if getattr(fact.event, "commitment", "") == reference]

    def made(self, reference: str) -> money.CommitmentMade | None:
        """The making of a commitment, if it is in effect."""
        facts = [fact.event for fact in self.about_commitment(reference)]
        return next((event for event in facts if isinstance(event, money.CommitmentMade)), None)

    def withdrawn(self, reference: str) -> bool:
        """Whether it is over."""
        return any(isinstance(fact.event, money.CommitmentWithdrawn) for fact in self.about_commitment(reference))

    def firm(self, reference: str) -> bool:
        """Whether it is firm."""
        firmed = any(isinstance(fact.event, money.CommitmentFirmed) for fact in self.about_commitment(reference))
        made = self.made(reference)
        return firmed or (made is not None and made.strength == "firm")

    def profile(self, reference: str) -> tuple[YearAmount, ...]:
        """What is committed now, year by year; nothing when it is over or was taken back."""
        if self.withdrawn(reference):
            return ()
        return self.last_profile(reference)

    def last_profile(self, reference: str) -> tuple[YearAmount, ...]:
        """The newest profile of a commitment, whether it is over or not."""
        sums = self._sums_of(self.about_commitment(reference))
        return sums[-1].profile if sums else ()

    def _sums_of(self, facts: list[Fact]) -> list[money.CommitmentMade | money.CommitmentVaried]:
        """Those that say how much, oldest first."""
        said = [fact.event for fact in facts]
        return [one for one in said if isinstance(one, money.CommitmentMade | money.CommitmentVaried)]

    def totals(self) -> dict[tuple[str, str | None, str], int]:
        """Pence committed by funder, pool and financial year, or `whole` where no years are set."""
        sums: dict[tuple[str, str | None, str], int] = {}
        for fact in self.in_effect():
            made = fact.event
            if not isinstance(made, money.CommitmentMade) or self.withdrawn(made.commitment):
                continue
            newest = self._sums_of(self.about_commitment(made.commitment))[-1]
            lines = [(str(line.year), int(line.amount)) for line in newest.profile]
            for year, amount in [*lines, *([("whole", int(newest.whole))] if newest.whole else [])]:
                place = (made.funder, made.pool, year)
                sums[place] = sums.get(place, 0) + amount
        return sums

    def entry(self, reference: str) -> Taken | None:
        """The entry of that id."""
        return next((taken for taken in self.log if taken.said.id == reference), None)

    def waiting(self, now: int) -> list[Taken]:
        """What waits and has not lapsed."""
        return [taken for taken in self.log if taken.fate == "waiting" and now <= taken.lapses_at]

    def unsigned(self) -> list[Taken]:
        """What counts, and is not signed by everybody."""
        gone = {fact.entry for fact in self.facts} - {fact.entry for fact in self.in_effect()}
        counting = [taken for taken in self.log if taken.fate == "effective" and not taken.waits]
        return [taken for taken in counting if taken.open_places() and taken.said.id not in gone]

    def unconfirmed(self) -> list[Taken]:
        """What was transcribed and not confirmed."""
        return [taken for taken in self.log if taken.fate == "unconfirmed"]

    def reserved(self, now: int) -> dict[str, str]:
        """Each reference that something waiting or unconfirmed would create, and by which entry."""
        return {
            name: one.said.id for one in (*self.waiting(now), *self.unconfirmed()) for name in one.said.event.creates
        }

    def sealed(self, reference: str) -> set[str]:
        """The sealed fields of an entry that are not erased."""
        taken = self.entry(reference)
        there = set(taken.said.event.sealed_fields()) if taken else set()
        erased = [f.event for f in self.facts if isinstance(f.event, put_right.FieldErased)]
        return there - {event.field for event in erased if event.entry == reference}

    # -- what speaks against a statement ----------------------------------------------------------

    def against(self, said: Statement, now: int) -> Reasons:
        """Every reason to refuse a statement received now; none if it is to be taken."""
        if not self.log:
            return set() if isinstance(said.event, who.LedgerFounded) else {errors.NotFoundingEntry}
        why: Reasons = set()
        event = said.event
        if isinstance(event, who.LedgerFounded):
            why.add(errors.NotFoundingEntry)
            if fingerprint(event.officer.key) != said.keyid:
                why.add(errors.KeyNotCurrent)
        if said.said.ledger != self.founding().origin:
            why.add(errors.WrongLedger)
        if event.occurred_on > day_in_england(said.said.signed_at):
            why.add(errors.OccurredLater)
        if event.cites_decision and said.said.decision is None:
            why.add(errors.DecisionMissing)
        texts = [*event.texts(), said.said.decision or "", said.said.source.row if said.said.source else ""]
        texts += [name for name in event.creates if not name.startswith(("partner:", "officer:"))]
        if any(mark in text for text in texts for mark in PERSONAL):
            why.add(errors.TextLooksPersonal)
        return why | self._against_signer(said, now) | self._against_saying(said, now)

    def _against_signer(self, said: Statement, now: int) -> Reasons:
        why: Reasons = set()
        officer = self.officers().get(said.by)
        if officer is None:
            return {errors.UnknownOfficer}
        if officer.key is None or fingerprint(officer.key) != said.keyid:
            why.add(errors.KeyNotCurrent)
        if officer.retired or not officer.in_days(said.said.signed_at):
            why.add(errors.OfficerNotInForce)
        power = self.power_for(said, now)
        if power and power not in officer.powers:
            why.add(errors.PowerMissing)
        stake = None if said.transcribed else self.at_stake(said.event)
        if stake is not None and officer.limit is not None and stake > officer.limit:
            why.add(errors.AboveLimit)
        return why

    def power_for(self, said: Statement, now: int) -> str:
        """The power that its signer needs; empty where that hangs on an entry that is not there to be named."""
        event = said.event
        if isinstance(event, who.LedgerFounded):
            return "lead"
        if said.transcribed:
            return "transcribe"
        if isinstance(event, said_of.EntryApproved | said_of.EntryDeclined):
            target = self._signable(event.entry, now)
            place = self.place_for(target, said.by) if target else None
            return target.places[place].power if target and place is not None else ""
        if isinstance(event, said_of.NamesEntry):
            named = self.entry(event.entry)
            if isinstance(event, said_of.StatementWithdrawn) and named in self.unconfirmed():
                return "transcribe"
            if isinstance(event, said_of.EntryConfirmed) and named and named.confirmed:
                place = self.place_for(named, said.by)
                return named.places[place].power if place is not None else ""
            return named.said.event.power if named else ""
        if self.helpless_body(event, said.organisation, now):
            return "lead"
        return event.power

    def helpless_body(self, event: Event, signing: str, now: int) -> str:
        """The other body for which somebody acts because that body has nobody (else) who can; or nothing."""
        if isinstance(event, who.OfficerAppointed):
            body = event.organisation
            alone = body in self.bodies() and not self.able_to_appoint(body, now)
        elif isinstance(event, who.KeyRotated | who.KeyRevoked | who.OfficeHolderChanged):
            subject = self.officers().get(event.officer)
            if subject is None or not subject.can("lead"):
                return ""
            body = subject.body
            alone = not [one for one in self.able_to_appoint(body, now) if one.id != subject.id]
        else:
            return ""
        return body if alone and body != signing else ""

    def able_to_appoint(self, body: str, now: int) -> list[Officer]:
        """The officers of a body who could appoint another at that moment."""
        own = [one for one in self.officers().values() if one.body == body and one.can("appoint")]
        return [one for one in own if one.key and one.in_days(now)]

    def at_stake(self, event: Event) -> int | None:
        """The whole-life sum in pence that an event is about, where it is about money."""
        match event:
            case money.CommitmentMade() | money.CommitmentVaried():
                return whole_of(event)
            case money.CommitmentFirmed() | money.CommitmentWithdrawn():
                facts = self.about_commitment(event.commitment)
                return whole_of(self._sums_of(facts)[-1]) if self.made(event.commitment) else None
            case put_right.EntryReversed():
                fact = next((fact for fact in self.in_effect() if fact.entry == event.entry), None)
                return self._at_stake_in_reversal(fact) if fact and fact.event.reversible else None
            case said_of.EntryConfirmed():
                target = next((one for one in self.unconfirmed() if one.said.id == event.entry), None)
                return self.at_stake(target.said.event) if target and not target.confirmed else None
        return None

    def _at_stake_in_reversal(self, fact: Fact) -> int | None:
        """The larger of what is taken back and of what is then committed again."""
        taken = self.at_stake(fact.event)
        if not isinstance(fact.event, A_COMMITMENT):
            return taken
        *before, newest = self.about_commitment(fact.event.commitment)
        sums = self._sums_of(before) if newest is fact else []
        left = whole_of(sums[-1]) if sums else 0
        return None if taken is None and not left else max(taken or 0, left)

    def _against_saying(self, said: Statement, now: int) -> Reasons:
        event = said.event
        if said.transcribed:
            if not event.transcribable:
                return {errors.NotTranscribable}
            return self._taken_reference(event, said.id, now) | self.unfit(event)
        if said.by not in self.officers():
            return set()
        return self.against_event(event, said.by, said.id, now)

    def _taken_reference(self, event: Event, entry: str, now: int) -> Reasons:
        reserved = self.reserved(now)
        taken = [name for name in event.creates if reserved.get(name, entry) != entry]
        return {errors.ReferenceReserved} if taken else set()

    def against_event(self, event: Event, by: str, entry: str, now: int) -> Reasons:
        """What the rules of its own chapter say against an event, whoever signs and waits."""
        why = self._taken_reference(event, entry, now)
        match event:
            case said_of.EntryApproved() | said_of.EntryDeclined():
                return why | self._against_answer(event, by, now)
            case said_of.StatementWithdrawn():
                return why | self._against_withdrawal(event, by, now)
            case said_of.EntryConfirmed():
                return why | self._against_confirmation(event, by, now)
            case put_right.EntryReversed():
                return why | self._against_reversal(event, by)
            case put_right.FieldErased():
                return why | self._against_erasure(event, by)
            case joint.PoolAgreed() | joint.PoolClosed():
                return why | self._against_pool(event, by)
            case _ if isinstance(event, A_COMMITMENT):
                return why | self._against_commitment(event, by)
        return why | self._against_register(event, by, now)

    # -- entries about entries --------------------------------------------------------------------

    def _signable(self, entry: str, now: int) -> Taken | None:
        """The entry, if it waits or counts unsigned."""
        return next((one for one in (*self.waiting(now), *self.unsigned()) if one.said.id == entry), None)

    def place_for(self, target: Taken, by: str) -> int | None:
        """Which of the places the officer may sign."""
        officer = self.officers().get(by)
        if officer is None or officer.holder in [target.own.holder, *(one.holder for one in target.signatures)]:
            return None
        fitting = [n for n in target.open_places() if target.places[n].fits(officer)]
        everybody = list(self.officers().values())
        return min(fitting, key=lambda n: len([one for one in everybody if target.places[n].fits(one)]), default=None)

    def _against_answer(self, event: said_of.NamesEntry, by: str, now: int) -> Reasons:
        target = self._signable(event.entry, now)
        if target is None or (isinstance(event, said_of.EntryDeclined) and target.fate != "waiting"):
            return {errors.NotWaiting}
        why: Reasons = set()
        if str(event.digest) != target.said.digest:
            why.add(errors.DigestDiffers)
        place = self.place_for(target, by)
        if place is None:
            why.add(errors.NotAnApprover)
        if isinstance(event, said_of.EntryApproved):
            admitted = target.said.event
            newcomer = admitted.officer if isinstance(admitted, who.OrganisationAdmitted) else None
            if isinstance(admitted, who.OfficerAppointed) and admitted.organisation != target.said.organisation:
                newcomer = admitted.officer
            if newcomer and event.fingerprint != fingerprint(newcomer.key):
                why.add(errors.FingerprintDiffers)
            if target.fate == "waiting" and target.open_places() == [place]:
                why |= self.against_event(admitted, target.said.by, target.said.id, now)
        return why

    def _against_withdrawal(self, event: said_of.NamesEntry, by: str, now: int) -> Reasons:
        held = (*self.waiting(now), *self.unconfirmed())
        target = next((one for one in held if one.said.id == event.entry), None)
        if target is None:
            return {errors.NotWaiting}
        why: Reasons = {errors.DigestDiffers} if str(event.digest) != target.said.digest else set()
        if target.fate == "unconfirmed" and self.named_by_others(target.said.event):
            why.add(errors.LaterEntryRests)
        return why | (set() if _body(by) == target.said.organisation else {errors.NotYourOrganisation})

    def _against_confirmation(self, event: said_of.NamesEntry, by: str, now: int) -> Reasons:
        target = next((one for one in self.unconfirmed() if one.said.id == event.entry), None)
        if target is None or (not target.confirmed and target.said.event.concerns != _body(by)):
            return {errors.NothingToConfirm}
        why: Reasons = {errors.DigestDiffers} if str(event.digest) != target.said.digest else set()
        if not target.confirmed:
            return why | self.against_event(target.said.event, by, target.said.id, now)
        place = self.place_for(target, by)
        if place is None:
            why.add(errors.NotAnApprover)
        elif target.open_places() == [place]:
            why |= self.against_event(target.said.event, target.confirmed.said.by, target.said.id, now)
        return why

    def _against_reversal(self, event: said_of.NamesEntry, by: str) -> Reasons:
        fact = next((fact for fact in self.in_effect() if fact.entry == event.entry), None)
        if fact is None or not fact.event.reversible:
            return {errors.NotReversible}
        why: Reasons = {errors.DigestDiffers} if str(event.digest) != fact.digest else set()
        if fact.owner != _body(by):
            why.add(errors.NotYourOrganisation)
        if self.named_by_others(fact.event) or self._changed_since(fact):
            why.add(errors.LaterEntryRests)
        return why

    def named_by_others(self, event: Event) -> bool:
        """Whether something in effect, or quoted from a source and not confirmed, names what this created."""
        there = [fact.event for fact in self.in_effect()] + [taken.said.event for taken in self.unconfirmed()]
        return any(name in other.tags() and name not in other.creates for name in event.creates for other in there)

    def _changed_since(self, fact: Fact) -> bool:
        """Whether a commitment was changed again after this changed it."""
        if not isinstance(fact.event, A_COMMITMENT):
            return False
        return any(later.since > fact.since for later in self.about_commitment(fact.event.commitment))

    def _against_erasure(self, event: put_right.FieldErased, by: str) -> Reasons:
        taken = self.entry(event.entry)
        if taken is None or event.field not in self.sealed(event.entry):
            return {errors.NothingToErase}
        return set() if taken.said.organisation == _body(by) else {errors.NotYourOrganisation}

    # -- the register -----------------------------------------------------------------------------

    def _against_register(self, event: Event, by: str, now: int) -> Reasons:
        why: Reasons = set()
        match event:
            case who.OrganisationAdmitted():
                if event.organisation.id in self.bodies():
                    why.add(errors.OrganisationAlreadyAdmitted)
                if event.officer:
                    if "lead" not in event.officer.powers:
                        why.add(errors.LeadNeeded)
                    why |= self._against_office_given(event.organisation.id, event.officer)
            case who.OfficerAppointed():
                why |= self._against_appointment(event, by, now)
            case who.ApprovalTableSet():
                never = [kind.kind for kind in (who.LedgerFounded, put_right.EntryReversed, *NEEDS_NOBODY)]
                if any(line.kind not in events.KINDS or line.kind in never for line in event.approvals):
                    why.add(errors.UnknownKindInTable)
            case who.RulebookAdopted():
                if event.rulebook not in RULEBOOKS or event.rulebook <= self.rulebook():
                    why.add(errors.UnknownRulebook)
            case who.LogKeyChanged():
                why |= self._against_key("log", event.log_key, event.log_key_proof)
            case _ if isinstance(event, ABOUT_AN_OFFICE):
                why |= self._against_office(event, by, now)
        return why

    def _against_office_given(self, body: str, one: who.Appointment) -> Reasons:
        why: Reasons = {errors.TermWrong} if one.until is not None and one.until < one.starts else set()
        return why | self._against_key(f"{body}/{one.office}", one.key, one.proof)

    def _against_appointment(self, event: who.OfficerAppointed, by: str, now: int) -> Reasons:
        why: Reasons = set()
        helped = self.helpless_body(event, _body(by), now)
        if event.organisation != _body(by) and not helped:
            why.add(errors.NotYourOrganisation)
        if helped and "lead" not in event.officer.powers:
            why.add(errors.LeadNeeded)
        standing = self.officers().get(f"{event.organisation}/{event.officer.office}")
        if standing is not None and not standing.retired and not standing.expired(now):
            why.add(errors.OfficerAlreadyAppointed)
        lead = self.lead(event.organisation)
        if "lead" in event.officer.powers and lead and not lead.expired(now):
            why.add(errors.LeadAlreadyAppointed)
        return why | self._against_office_given(event.organisation, event.officer)

    def _against_key(self, holder: str, key: bytes, proof: bytes) -> Reasons:
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

        why: Reasons = {errors.KeyAlreadyUsed} if bytes(key) in self.keys() else set()
        try:
            message = possession(self.founding().origin, holder, key)
            Ed25519PublicKey.from_public_bytes(bytes(key)).verify(bytes(proof), message)
        except InvalidSignature:
            why.add(errors.SignatureInvalid)
        return why

    def _against_office(self, event: Event, by: str, now: int) -> Reasons:
        assert isinstance(event, ABOUT_AN_OFFICE)
        office = self.officers().get(event.officer)
        if office is None or (office.retired and not isinstance(event, who.KeyRevoked)):
            return {errors.UnknownOfficer}
        why: Reasons = set()
        if event.officer == by:
            why.add(errors.NotAnotherOfficer)
        if office.body != _body(by) and not self.helpless_body(event, _body(by), now):
            why.add(errors.NotYourOrganisation)
        if isinstance(event, who.OfficeHolderChanged) and event.until is not None:
            too_short = event.until < office.starts or event.until < event.occurred_on
            too_long = office.until is not None and event.until > office.until
            if too_short or too_long:
                why.add(errors.TermWrong)
        match event:
            case who.KeyRotated() | who.OfficeHolderChanged():
                why |= self._against_key(event.officer, event.key, event.proof)
            case who.KeyRevoked():
                before = self.revoked(bytes(event.key))
                worse = before in ("lost", "holder-left") and event.ground == "compromised"
                if bytes(event.key) not in self.keys_of(event.officer) or (before and not worse):
                    why.add(errors.KeyNotCurrent)
            case who.OfficerRetired():
                others = [one for one in self.able_to_appoint(office.body, now) if one.id != office.id]
                if office.can("appoint") and not others:
                    why.add(errors.LeadNeeded)
        return why

    # -- pools and commitments --------------------------------------------------------------------

    def _against_pool(self, event: joint.PoolAgreed | joint.PoolClosed, by: str) -> Reasons:
        why: Reasons = set()
        if isinstance(event, joint.PoolAgreed):
            agreed_ever = [f.event for f in self.facts if isinstance(f.event, joint.PoolAgreed)]
            if any(one.pool == event.pool for one in agreed_ever):
                why.add(errors.PoolAlreadyAgreed)
            if any(body not in self.bodies() for body in (event.host, *event.partners)):
                why.add(errors.UnknownOrganisation)
            terms = [
                event.host in event.partners,
                all(event.partners.count(body) == 1 for body in event.partners),
                event.until is None or event.starts <= event.until,
                (event.legal_power == "other") == (event.citation is not None),
            ]
            if not all(terms):
                why.add(errors.PoolTermsWrong)
            return why | (set() if event.host == _body(by) else {errors.NotYourOrganisation})
        pool = self.pool(event.pool)
        if pool is None:
            return {errors.UnknownPool}
        if self.closed(event.pool):
            why.add(errors.PoolIsClosed)
        return why | (set() if pool.host == _body(by) else {errors.NotYourOrganisation})

    def unfit(self, event: Event) -> Reasons:
        """What speaks against an event even where it is only transcribed."""
        why: Reasons = set()
        assert isinstance(event, money.CommitmentMade)
        made_ever = [f.event for f in self.facts if isinstance(f.event, money.CommitmentMade)]
        if any(one.commitment == event.commitment for one in made_ever):
            why.add(errors.CommitmentAlreadyMade)
        if event.funder not in self.bodies():
            why.add(errors.UnknownOrganisation)
        if event.pool is not None and self.pool(event.pool) is None:
            why.add(errors.UnknownPool)
        if (event.pool is None) == (event.contract is None):
            why.add(errors.NothingCommitted)
        return why | _against_sums(event.profile, event.whole, event.contract)

    def _against_commitment(self, event: Event, by: str) -> Reasons:
        if isinstance(event, money.CommitmentMade):
            why = self.unfit(event)
            if event.funder != _body(by):
                why.add(errors.NotYourOrganisation)
            return why | self.unfundable(event, event.profile)
        assert isinstance(event, ABOUT_A_COMMITMENT)
        why: Reasons = set()
        made = self.made(event.commitment)
        if isinstance(event, money.CommitmentVaried):
            why |= _against_sums(event.profile, event.whole, made.contract if made else None)
        if made is None:
            return why | {errors.UnknownCommitment}
        if self.withdrawn(event.commitment):
            return why | {errors.CommitmentIsWithdrawn}
        if made.funder != _body(by):
            why.add(errors.NotYourOrganisation)
        if isinstance(event, money.CommitmentFirmed) and self.firm(event.commitment):
            why.add(errors.CommitmentIsFirm)
        if not isinstance(event, money.CommitmentWithdrawn) and self.closed(made.pool):
            why.add(errors.PoolIsClosed)
        if isinstance(event, money.CommitmentVaried):
            why |= self.unfundable(made, event.profile)
        return why

    def unfundable(self, made: money.CommitmentMade, profile: tuple[YearAmount, ...]) -> Reasons:
        """What the place that the money is for says against such sums."""
        if made.pool is None:
            return set()
        pool = self.pool(made.pool)
        if pool is None:
            return {errors.UnknownPool}
        why: Reasons = set()
        if self.closed(made.pool):
            why.add(errors.PoolIsClosed)
        if made.funder not in pool.partners:
            why.add(errors.NotAPartner)
        for line in profile:
            first = int(line.year[:4])
            begins_after = pool.starts > date(first + 1, 3, 31)
            ended_before = pool.until is not None and pool.until < date(first, 4, 1)
            if begins_after or ended_before:
                why.add(errors.YearOutsidePool)
        return why

    # -- taking it ---------------------------------------------------------------------------------

    def take(self, said: Statement, now: int) -> None:
        """Remember an entry, and what it brought about."""
        position = len(self.log) + 1
        founder = said.event.officer if isinstance(said.event, who.LedgerFounded) else None
        officer = self.officers().get(said.by)
        if founder:
            holder, key = bytes(founder.holder), bytes(founder.key)
        else:
            assert officer is not None
            assert officer.key is not None
            holder, key = officer.holder, officer.key
        taken = Taken(said, position, now, holder, key)
        if founder is None:
            self._ask(taken, now)
        self.log.append(taken)
        if said.transcribed:
            taken.fate = "unconfirmed"
        elif taken.places and taken.waits:
            taken.fate = "waiting"
        else:
            self._happen(taken, said.organisation, position)
            self._follow(taken)

    def _ask(self, taken: Taken, now: int) -> None:
        """Write down who must sign, as the table stands now."""
        event, own = taken.said.event, taken.said.organisation
        if isinstance(event, NEEDS_NOBODY) or taken.said.transcribed:
            return
        if isinstance(event, put_right.EntryReversed):
            event = next(fact.event for fact in self.in_effect() if fact.entry == event.entry)
        stake = self.at_stake(taken.said.event)
        places = self._asked(event, own, stake)
        helped = self.helpless_body(taken.said.event, own, now)
        if helped and any(_body(office) == helped for office in self.officers()):
            places.append(Place(None, "lead", not_of=tuple(sorted((own, helped)))))
        elif helped:
            places += [Place(body, "lead") for body in self.bodies() if body != own and self.lead(body)]
        for place in places:
            if place not in taken.places:
                taken.places.append(place)
        lines = self._lines(event, stake)
        always = event.kind in EVERY_LEAD
        taken.waits = always or bool(helped) or any(line.until_then == "waits" for line in lines)
        taken.lapses_at = now + 86_400 * min([line.days for line in lines] or [28])

    def _lines(self, event: Event, stake: int | None) -> list[who.ApprovalRule]:
        """The lines of the table that are about an event, where so much is at stake."""
        about = [line for line in self.table() if line.kind == event.kind]
        return [line for line in about if line.above is None or (stake is not None and stake > line.above)]

    def _asked(self, event: Event, own: str, stake: int | None) -> list[Place]:
        """Whom the table asks to sign when that body says it; one that is asked twice stands here twice."""
        places: list[Place] = []
        for line in self._lines(event, stake):
            places += self._asked_by(line, event, own, stake)
        if event.kind in EVERY_LEAD:
            places += [Place(body, "lead") for body in self.bodies() if body != own and self.lead(body)]
        return places

    def _asked_by(self, line: who.ApprovalRule, event: Event, own: str, stake: int | None) -> list[Place]:
        if line.by == "second-officer":
            return [Place(own, "approve", stake)]
        if line.by == "partner-leads":
            return [Place(body, "lead") for body in self.bodies() if body != own and self.lead(body)]
        return [Place(body, "agree") for body in self.named_parties(event) if body != own]

    def named_parties(self, event: Event) -> tuple[str, ...]:
        """The bodies whose joint act an event is."""
        if isinstance(event, joint.PoolClosed):
            pool = self.pool(event.pool)
            return pool.partners if pool else ()
        return event.partners if isinstance(event, joint.PoolAgreed) else ()

    def _happen(self, taken: Taken, owner: str, since: int) -> None:
        """The event of an entry takes effect."""
        taken.fate = "effective"
        signed = (one.position for one in taken.signatures)
        rests_on = tuple(sorted({taken.position, taken.own.position, since, *signed}))
        said = taken.said
        self.facts.append(Fact(said.id, said.event, said.by, owner, said.digest, since, rests_on))
        if isinstance(said.event, who.KeyRevoked) and said.event.ground == "compromised":
            self._compromised(bytes(said.event.key))

    def _compromised(self, key: bytes) -> None:
        for other in self.log:
            if other.fate == "waiting" and other.key == key:
                other.fate = "compromised"
            if other.fate in ("waiting", "unconfirmed"):
                other.signatures = [one for one in other.signatures if one.key != key]
            if other.fate == "unconfirmed" and other.confirmed and other.confirmed.key == key:
                other.confirmed, other.places, other.signatures = None, [], []

    def _follow(self, taken: Taken) -> None:
        """What an entry about another does to that one."""
        event, position = taken.said.event, taken.position
        if not isinstance(event, said_of.NamesEntry):
            return
        target = self.entry(event.entry)
        assert target is not None
        match event:
            case said_of.EntryApproved():
                place = self.place_for(target, taken.said.by)
                assert place is not None
                target.signatures.append(Signature(place, position, taken.holder, taken.key))
                if target.fate == "waiting" and not target.open_places():
                    self._happen(target, target.said.organisation, position)
                    self._follow(target)
            case said_of.EntryDeclined():
                target.fate = "declined"
            case said_of.StatementWithdrawn():
                target.fate = "withdrawn"
            case said_of.EntryConfirmed():
                self._confirm(target, taken)

    def _confirm(self, target: Taken, taken: Taken) -> None:
        """One more of those who must confirm an entry does; the last makes it count."""
        if target.confirmed:
            place = self.place_for(target, taken.said.by)
            assert place is not None
            target.signatures.append(Signature(place, taken.position, taken.holder, taken.key))
        else:
            event, own = target.said.event, taken.said.organisation
            stake = self.at_stake(event)
            target.confirmed = taken
            for asked in self._asked(event, own, stake):
                target.places += [] if asked in target.places else [asked]
            lines = self._lines(event, stake)
            if all(line.until_then != "waits" for line in lines):
                self._happen(target, own, taken.position)
                return
        if not target.open_places():
            self._happen(target, target.own.said.organisation, taken.position)


def _body(officer: str) -> str:
    return officer.split("/", 1)[0]


def _against_sums(profile: tuple[YearAmount, ...], whole: int | None, contract: str | None) -> Reasons:
    if whole is None:
        return _against_profile(profile)
    alone = whole > 0 and not profile and contract is not None
    return set() if alone else {errors.NothingCommitted}


def _against_profile(profile: tuple[YearAmount, ...]) -> Reasons:
    why: Reasons = set()
    if not profile or any(line.amount <= 0 for line in profile):
        why.add(errors.NothingCommitted)
    for n, line in enumerate(profile):
        for other in profile[:n]:
            if (line.year, line.category, line.accounts_as) == (other.year, other.category, other.accounts_as):
                why.add(errors.YearRepeated)
        if (line.category == "prevention") is (line.prevention is None):
            why.add(errors.PreventionUnexplained)
    return why
