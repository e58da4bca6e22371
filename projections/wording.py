"""Wording: an event in a few words, as a line of a trail or of a command's answer shows it."""

from __future__ import annotations

from ledger.events.approvals import NamesEntry
from ledger.events.commitments import (
    CommitmentFirmed,
    CommitmentMade,
    CommitmentVaried,
    CommitmentWithdrawn,
)
from ledger.events.corrections import FieldErased
from ledger.events.event import Event
from ledger.events.pools import PoolAgreed, PoolClosed
from ledger.events.register import (
    ApprovalTableSet,
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
from ledger.keys import fingerprint
from ledger.values import Pence, YearAmount


def total(profile: tuple[YearAmount, ...]) -> Pence:
    """The sum of a profile, in pence."""
    return Pence(sum(line.amount for line in profile))


def spoken(event: Event) -> str:
    """What an event says, in a few words."""
    match event:
        case LedgerFounded():
            return f"{event.origin}  {event.organisation.id}  {event.purpose}"
        case OrganisationAdmitted():
            key = f"  {fingerprint(event.officer.key)}" if event.officer else "  no officer"
            return f"{event.organisation.id}  {event.organisation.name}{key}"
        case OfficerAppointed():
            limit = f"  up to {event.officer.limit.spoken}" if event.officer.limit is not None else ""
            return f"{event.organisation}/{event.officer.office}  may {', '.join(event.officer.powers)}{limit}"
        case OfficeHolderChanged() | KeyRotated():
            return f"{event.officer}  {fingerprint(event.key)}"
        case KeyRevoked():
            return f"{event.officer}  {fingerprint(event.key)}  {event.ground}"
        case OfficerRetired():
            return event.officer
        case ApprovalTableSet():
            return f"{len(event.approvals)} lines"
        case RulebookAdopted():
            return f"rulebook {event.rulebook}"
        case LogKeyChanged():
            return fingerprint(event.log_key)
        case PoolAgreed():
            return f"{event.pool}  {event.name}  host {event.host}"
        case PoolClosed():
            return event.pool
        case CommitmentMade():
            return f"{event.commitment}  {total(event.profile).spoken}"
        case CommitmentVaried():
            return f"{event.commitment}  now {total(event.profile).spoken}"
        case CommitmentFirmed() | CommitmentWithdrawn():
            return event.commitment
        case FieldErased():
            return f"{event.field} of {event.entry[:13]}  {event.ground}"
        case NamesEntry():
            return event.entry[:13]
    return ""
