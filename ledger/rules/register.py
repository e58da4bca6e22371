"""The register: who may speak, with which key, within which limit.

Authority is judged twice (design section 6): on the day of signing (appointment in force, power, limit) and at
the entry's place in the log (office not retired, key neither replaced nor revoked by an earlier entry).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date

from ledger import events
from ledger.errors import (
    AboveLimit,
    KeyAlreadyUsed,
    KeyNotCurrent,
    LeadAlreadyAppointed,
    LeadNeeded,
    NotAnotherOfficer,
    NotYourOrganisation,
    OfficerAlreadyAppointed,
    OfficerNotInForce,
    OrganisationAlreadyAdmitted,
    PowerMissing,
    TermWrong,
    UnknownKindInTable,
    UnknownOfficer,
    UnknownOrganisation,
    UnknownRulebook,
)
from ledger.events.event import Event
from ledger.events.register import (
    Appointment,
    ApprovalRule,
    ApprovalTableSet,
    Body,
    KeyRevoked,
    KeyRotated,
    LedgerFounded,
    LogKeyChanged,
    OfficeHolderChanged,
    OfficerAppointed,
    OfficerRetired,
    OrganisationAdmitted,
    RulebookAdopted,
)
from ledger.keys import check_possession, fingerprint
from ledger.rules import RULEBOOKS
from ledger.statement import Statement
from ledger.values import Instant, Pence, latest_day

NEVER_WAITS = frozenset(
    {
        "ledger-founded/1",
        "entry-approved/1",
        "entry-declined/1",
        "entry-confirmed/1",
        "statement-withdrawn/1",
        "entry-reversed/1",
    }
)
"""Kinds that a line of the approval table would promise something about that never happens."""


@dataclass(frozen=True, slots=True)
class Officer:
    """An office as it stands: `key` is empty once revoked."""

    id: str
    organisation: str
    title: str
    powers: frozenset[str]
    limit: Pence | None
    holder: bytes
    key: bytes
    starts: date
    until: date | None
    cover: date | None = None
    """The last day of a dated cover. Kept apart from `until`: when the cover ends, the appointment goes on."""
    retired: bool = False

    def may(self, power: str) -> bool:
        """Whether the office is live and has that power."""
        return not self.retired and power in self.powers

    def over(self, now: Instant) -> bool:
        """Whether the appointment's own last day is past, so that no change of holder brings it back."""
        return self.until is not None and now.day > self.until


@dataclass(slots=True)
class State:
    """The register as it stands."""

    origin: str = ""
    purpose: str = ""
    log_key: bytes = b""
    rulebook: int = 0
    table: tuple[ApprovalRule, ...] = ()
    organisations: dict[str, Body] = field(default_factory=dict)
    officers: dict[str, Officer] = field(default_factory=dict)
    keys: dict[bytes, str] = field(default_factory=dict)
    """Every key ever registered, and for what: a key is registered once."""
    revoked: dict[bytes, str] = field(default_factory=dict)
    """The ground on which a key was revoked last."""

    def lead(self, organisation: str) -> Officer | None:
        """The body's lead, if it has one that is not retired."""
        return next((one for one in self.of(organisation) if one.may("lead")), None)

    def of(self, organisation: str) -> Iterator[Officer]:
        """The body's officers."""
        return (one for one in self.officers.values() if one.organisation == organisation)

    def appointing(self, organisation: str, now: Instant) -> Iterator[Officer]:
        """The body's offices that can appoint another here and now: with a key, and within their days."""
        able = (one for one in self.of(organisation) if one.may("appoint") and one.key)
        return (one for one in able if covers(one.starts, one.cover or one.until, now))


# -- authority ----------------------------------------------------------------------------------


def key_of(register: State, statement: Statement) -> bytes:
    """The key that the statement must verify under, at this place. Raises UnknownOfficer, KeyNotCurrent."""
    event = statement.event
    officer = event.officer if isinstance(event, LedgerFounded) else register.officers.get(statement.by)
    if officer is None:
        raise UnknownOfficer(f"{statement.by} is not in the register", next_step="outcomes view partner lists offices")
    if not officer.key or fingerprint(officer.key) != statement.keyid:
        raise KeyNotCurrent(
            f"{statement.keyid} is not the key of {statement.by} here: it was replaced, revoked or never theirs",
            next_step="a live officer signs it again with the current key",
        )
    return officer.key


def authorise(register: State, statement: Statement, power: str, value: Pence | None) -> Officer:
    """The officer, found by `key_of`, if they may sign this. Raises OfficerNotInForce, PowerMissing, AboveLimit.

    `value` is the whole-life sum in pence, or None where no money is committed.
    """
    officer = register.officers[statement.by]
    if officer.retired:
        raise OfficerNotInForce(f"{officer.id} is retired")
    in_force(officer.id, officer.starts, officer.cover or officer.until, statement.said.signed_at)
    if power not in officer.powers:
        raise PowerMissing(
            f"{officer.id} has no power to {power}; it may {', '.join(sorted(officer.powers))}",
            next_step="an officer with that power signs, or outcomes officer appoint gives it",
        )
    if value is not None and officer.limit is not None and value > officer.limit:
        raise AboveLimit(
            f"{value.spoken} is above {officer.id}'s limit of {officer.limit.spoken}",
            next_step="an officer with a higher limit signs",
        )
    return officer


def in_force(name: str, starts: date, until: date | None, signed_at: Instant) -> None:
    """An appointment covers the day of signing. Raises OfficerNotInForce."""
    if not covers(starts, until, signed_at):
        ends = f" to {until}" if until else ""
        raise OfficerNotInForce(f"{name} may sign from {starts}{ends}, and this was signed on {signed_at.day}")


def covers(starts: date, until: date | None, moment: Instant) -> bool:
    """Whether an appointment's days cover a moment; its first begins when it does in British summer time."""
    return starts <= latest_day(moment) and (until is None or moment.day <= until)


def power_for(register: State, statement: Statement, now: Instant) -> str:
    """The power that this statement needs of its signer."""
    if statement.transcribed:
        return "transcribe"
    return "lead" if on_behalf(register, statement.event, statement.by, now) else statement.event.power


def on_behalf(register: State, event: Event, by: str, now: Instant) -> str:
    """The body that another partner's lead acts for, because it has nobody who can; or empty.

    `now` is the time of receipt, which never goes back: whoever signs chooses `signed_at`, and an early one would
    make a body helpless whose other officers had not begun by then.
    """
    match event:
        case OfficerAppointed(organisation=body) if body in register.organisations:
            helpless = not any(register.appointing(body, now))
        case KeyRotated(officer=subject) | KeyRevoked(officer=subject) | OfficeHolderChanged(officer=subject):
            office = register.officers.get(subject)
            body = office.organisation if office else ""
            helpless = office is not None and office.may("lead") and _alone(register, office, now)
        case _:
            return ""
    return body if helpless and body != by.split("/", 1)[0] else ""


def _alone(register: State, office: Officer, now: Instant) -> bool:
    """No other office of the same body can appoint."""
    return all(one.id == office.id for one in register.appointing(office.organisation, now))


# -- admit --------------------------------------------------------------------------------------


def admit(register: State, event: Event, by: str, now: Instant) -> None:
    """Refuse what the register does not allow to an entry received, or completed, at that time."""
    organisation = by.split("/", 1)[0]
    match event:
        case LedgerFounded():
            _admit_founding(register, event, by)
        case OrganisationAdmitted():
            if event.organisation.id in register.organisations:
                raise OrganisationAlreadyAdmitted(f"{event.organisation.id} is in the register")
            if event.officer:
                _admit_first(register, event.organisation.id, event.officer)
        case OfficerAppointed():
            if on_behalf(register, event, by, now):
                _admit_lead(event.organisation, event.officer)
            else:
                _own(organisation, event.organisation)
            _admit_appointment(register, event.organisation, event.officer, now)
        case OfficeHolderChanged():
            _admit_cover(_admit_about(register, event, by, now), event)
            _admit_key(register, event.officer, event.key, event.proof)
        case KeyRotated():
            _admit_about(register, event, by, now)
            _admit_key(register, event.officer, event.key, event.proof)
        case KeyRevoked():
            _admit_about(register, event, by, now)
            if register.keys.get(event.key) != event.officer:
                raise KeyNotCurrent(f"{fingerprint(event.key)} is not and never was the key of {event.officer}")
            # A lost key that turns up in other hands is then compromised, which is more; nothing is more than that.
            if event.key in register.revoked and (
                event.ground != "compromised" or register.revoked[event.key] == "compromised"
            ):
                raise KeyNotCurrent(f"{fingerprint(event.key)} is revoked already")
        case OfficerRetired():
            office = _admit_about(register, event, by, now)
            if office.may("appoint") and _alone(register, office, now):
                raise LeadNeeded(f"{office.id} is the last office of {office.organisation} that can appoint another")
        case ApprovalTableSet():
            _admit_table(event.approvals)
        case RulebookAdopted():
            if event.rulebook not in RULEBOOKS or event.rulebook <= register.rulebook:
                raise UnknownRulebook(f"rulebook {event.rulebook} is not one to move to from {register.rulebook}")
        case LogKeyChanged():
            _admit_log_key(register, register.origin, event.log_key, event.log_key_proof)


def _admit_founding(register: State, event: LedgerFounded, by: str) -> None:
    if event.rulebook not in RULEBOOKS:
        raise UnknownRulebook(f"this release holds no rulebook {event.rulebook}")
    if by != f"{event.organisation.id}/{event.officer.office}":
        raise NotYourOrganisation(f"the founding officer signs it, and that is not {by}")
    _admit_table(event.approvals)
    _admit_log_key(register, event.origin, event.log_key, event.log_key_proof)
    if event.officer.key == event.log_key:
        raise KeyAlreadyUsed("the log key and the officer's key are the same, and no key has two uses")
    founding = replace(register, origin=event.origin)
    _admit_first(founding, event.organisation.id, event.officer)


def _admit_first(register: State, organisation: str, officer: Appointment) -> None:
    _admit_lead(organisation, officer)
    _admit_office(register, organisation, officer)


def _admit_lead(organisation: str, officer: Appointment) -> None:
    if "lead" not in officer.powers:
        raise LeadNeeded(f"the first officer of {organisation} is its lead: give it the power to lead")


def _admit_appointment(register: State, organisation: str, officer: Appointment, now: Instant) -> None:
    """An appointment that is over makes room for the next: of a body's only office nobody could retire it."""
    name = f"{organisation}/{officer.office}"
    standing = register.officers.get(name)
    if standing and not standing.retired and not standing.over(now):
        raise OfficerAlreadyAppointed(f"{name} is appointed", next_step="outcomes officer retire, then appoint again")
    lead = register.lead(organisation)
    if "lead" in officer.powers and lead and not lead.over(now):
        raise LeadAlreadyAppointed(f"{lead.id} leads {organisation}, and a body has one lead at a time")
    _admit_office(register, organisation, officer)


def _admit_office(register: State, organisation: str, officer: Appointment) -> None:
    name = f"{organisation}/{officer.office}"
    if officer.until and officer.until < officer.starts:
        raise TermWrong(f"{name} would end on {officer.until}, before it starts on {officer.starts}")
    _admit_key(register, name, officer.key, officer.proof)


def _admit_cover(office: Officer, event: OfficeHolderChanged) -> None:
    """A cover lies within the appointment, and does not end before it begins."""
    first = max(office.starts, event.occurred_on)
    if event.until and not first <= event.until <= (office.until or event.until):
        ends = f" to {office.until}" if office.until else ""
        raise TermWrong(f"{office.id} can be covered from {first}{ends}, and not until {event.until}")


def _admit_key(register: State, holder: str, key: bytes, proof: bytes) -> None:
    if key in register.keys:
        raise KeyAlreadyUsed(f"{fingerprint(key)} was registered for {register.keys[key]}; make another key")
    check_possession(register.origin, holder, key, proof)


def _admit_log_key(register: State, origin: str, key: bytes, proof: bytes) -> None:
    if key in register.keys:
        raise KeyAlreadyUsed(f"{fingerprint(key)} was registered for {register.keys[key]}; make another key")
    check_possession(origin, "log", key, proof)


def _admit_about(
    register: State, event: OfficeHolderChanged | OfficerRetired | KeyRotated | KeyRevoked, by: str, now: Instant
) -> Officer:
    """An act about an office, by another office of its body or on its behalf. A retired one's key can be revoked."""
    office = register.officers.get(event.officer)
    if office is None or (office.retired and not isinstance(event, KeyRevoked)):
        raise UnknownOfficer(f"{event.officer} is not a live office")
    if event.officer == by:
        raise NotAnotherOfficer(f"{event.officer} may not do this about itself: another appointing officer signs")
    if register.officers[by].organisation != office.organisation and not on_behalf(register, event, by, now):
        raise NotYourOrganisation(f"an appointing officer of {office.organisation} does this, not {by}")
    return office


def _admit_table(table: tuple[ApprovalRule, ...]) -> None:
    unknown = sorted({rule.kind for rule in table} - events.KINDS.keys())
    if unknown:
        raise UnknownKindInTable(f"no such kind: {', '.join(unknown)}", next_step="outcomes catalogue")
    never = sorted({rule.kind for rule in table} & NEVER_WAITS)
    if never:
        raise UnknownKindInTable(f"{', '.join(never)} never waits (a reversal needs what its entry needed)")


def _own(organisation: str, named: str) -> None:
    if organisation != named:
        raise NotYourOrganisation(f"an officer of {named} does this, not one of {organisation}")


def known(register: State, *organisations: str) -> None:
    """Refuse a body that is not in the register. Raises UnknownOrganisation."""
    unknown = [name for name in organisations if name not in register.organisations]
    if unknown:
        raise UnknownOrganisation(
            f"not in the register: {', '.join(unknown)}", next_step="outcomes partner admit brings a body in"
        )


# -- evolve -------------------------------------------------------------------------------------


def evolve(register: State, event: Event) -> None:
    """The register after an admitted event."""
    match event:
        case LedgerFounded():
            register.origin, register.purpose, register.rulebook = event.origin, event.purpose, event.rulebook
            register.table = event.approvals
            _new_log_key(register, event.log_key)
            register.organisations[event.organisation.id] = event.organisation
            _appoint(register, event.organisation.id, event.officer)
        case OrganisationAdmitted():
            register.organisations[event.organisation.id] = event.organisation
            if event.officer:
                _appoint(register, event.organisation.id, event.officer)
        case OfficerAppointed():
            _appoint(register, event.organisation, event.officer)
        case OfficeHolderChanged():
            _rekey(register, event.officer, event.key)
            office = register.officers[event.officer]
            register.officers[event.officer] = replace(office, holder=event.holder, cover=event.until)
        case KeyRotated():
            _rekey(register, event.officer, event.key)
        case KeyRevoked():
            register.revoked[event.key] = event.ground
            if register.officers[event.officer].key == event.key:
                register.officers[event.officer] = replace(register.officers[event.officer], key=b"")
        case OfficerRetired():
            register.officers[event.officer] = replace(register.officers[event.officer], retired=True)
        case ApprovalTableSet():
            register.table = event.approvals
        case RulebookAdopted():
            register.rulebook = event.rulebook
        case LogKeyChanged():
            _new_log_key(register, event.log_key)


def _appoint(register: State, organisation: str, officer: Appointment) -> None:
    name = f"{organisation}/{officer.office}"
    if "lead" in officer.powers and (before := register.lead(organisation)):
        register.officers[before.id] = replace(before, retired=True)  # its days are over, and there is one lead
    register.keys[officer.key] = name
    register.officers[name] = Officer(
        id=name,
        organisation=organisation,
        title=officer.title,
        powers=frozenset(officer.powers),
        limit=officer.limit,
        holder=officer.holder,
        key=officer.key,
        starts=officer.starts,
        until=officer.until,
    )


def _rekey(register: State, name: str, key: bytes) -> None:
    register.keys[key] = name
    register.officers[name] = replace(register.officers[name], key=key)


def _new_log_key(register: State, key: bytes) -> None:
    register.keys[key] = "log"
    register.log_key = key
