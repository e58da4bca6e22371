"""The register: who may speak in this ledger, with which key, within which limit, under which rules."""

from __future__ import annotations

from datetime import date
from typing import Annotated, ClassVar, Literal

from ledger.events.event import Event
from ledger.values import (
    Count,
    Days,
    Kind,
    OfficeName,
    OfficerId,
    OrganisationId,
    Origin,
    Pence,
    Power,
    PublicKey,
    ShortText,
    Signature,
    Token,
    Value,
    VerifierKey,
    says,
)

Form = Literal[
    "council", "integrated-care-board", "nhs-trust", "police-and-crime-commissioner", "department",
    "combined-authority", "charity", "company", "audit-body", "other",
]  # fmt: skip


class Body(Value, frozen=True, kw_only=True):
    """An organisation."""

    id: Annotated[OrganisationId, says("Its org-id identifier, such as GB-LAE-BPL.")]
    name: Annotated[ShortText, says("Its name.")]
    form: Annotated[Form, says("What sort of body it is; the title of its answerable officer follows.")]


class Appointment(Value, frozen=True, kw_only=True):
    """An office, what it may do, and the key that speaks for it. An office, never a person."""

    office: Annotated[OfficeName, says("The office, such as s151.")]
    title: Annotated[ShortText, says("The office's right title, such as section 151 officer.")]
    powers: Annotated[tuple[Power, ...], says("What it may do.")]
    limit: Annotated[Pence | None, says("The largest whole-life sum it may sign for; absent: none set.")] = None
    instrument: Annotated[ShortText, says("The delegation that it rests on.")]
    holder: Annotated[Token, says("Who holds the office: an HMAC of a staff number, never a name.")]
    key: Annotated[PublicKey, says("The Ed25519 key that signs for it.")]
    proof: Annotated[Signature, says("Proof that the holder has the key (format document, section 6).")]
    starts: Annotated[date, says("The first day on which it may sign.")]
    until: Annotated[date | None, says("The last day; absent: until retired.")] = None


class ApprovalRule(Value, frozen=True, kw_only=True):
    """One line of the approval table: which entries wait for whom, and for how long."""

    kind: Annotated[Kind, says("The kind of entry that it is about.")]
    above: Annotated[Pence | None, says("Only for sums above this; absent: always.")] = None
    by: Annotated[
        Literal["second-officer", "partner-leads", "named-parties"],
        says("Another officer of the same body, the lead of every other body, or each body named."),
    ]
    until_then: Annotated[
        Literal["waits", "counts-unsigned"], says("Whether it waits, or counts and is shown unsigned.")
    ] = "waits"
    days: Annotated[Days, says("Days after which it lapses, compared with the time of receipt.")] = 28


class Witnesses(Value, frozen=True, kw_only=True):
    """Which witnesses cosign checkpoints, and how many must."""

    keys: Annotated[tuple[VerifierKey, ...], says("Their verifier keys.")] = ()
    threshold: Annotated[Count, says("How many must cosign.")] = 0


class LedgerFounded(Event, frozen=True, kw_only=True):
    """A ledger begins: its name, its log key, its first organisation, officer and rules.

    Signed by: the founding officer, under the key in this very event.
    Effect: entry 1. Its leaf hash is the ledger's identity.
    Put right by: nothing; found another ledger.
    """

    kind: ClassVar[str] = "ledger-founded/1"
    power: ClassVar[Power] = "lead"
    origin: Annotated[Origin, says("The ledger's name, such as lancashire.example/outcomes.")]
    purpose: Annotated[Literal["live", "example"], says("An example ledger may run from a seed.")]
    log_key: Annotated[PublicKey, says("The key that signs checkpoints.")]
    log_key_proof: Annotated[Signature, says("Proof of possession of the log key.")]
    organisation: Annotated[Body, says("The founding organisation.")]
    officer: Annotated[Appointment, says("Its lead.")]
    rulebook: Annotated[Count, says("The number of the rulebook in force from here.")]
    approvals: Annotated[tuple[ApprovalRule, ...], says("The approval table.")]
    witnesses: Annotated[Witnesses, says("The witness policy.")] = Witnesses()

    @property
    def creates(self) -> tuple[str, ...]:
        return (f"partner:{self.organisation.id}",)


class OrganisationAdmitted(Event, frozen=True, kw_only=True):
    """A body joins the ledger, with its lead, or with no officer where it only appears in what others record.

    Signed by: the lead of a body that is already a partner.
    Effect: the body can be named; its lead can sign. Waits for the lead of every other partner, each of whom
    states the fingerprint of the new key that they compared by another way.
    Put right by: officer-retired, key-revoked.
    """

    kind: ClassVar[str] = "organisation-admitted/1"
    power: ClassVar[Power] = "lead"
    organisation: Annotated[Body, says("The body.")]
    officer: Annotated[Appointment | None, says("Its lead.")] = None

    @property
    def creates(self) -> tuple[str, ...]:
        return (f"partner:{self.organisation.id}",)


class OfficerAppointed(Event, frozen=True, kw_only=True):
    """A body gives an office powers, a limit and a key.

    Signed by: an officer of the same body with the power to appoint. For a body that came without any officer, the
    lead of another partner appoints its first, a lead, and the leads of all other partners approve, as for its
    admission. For a body whose offices can no longer appoint, the lead of another partner appoints its lead, and the
    lead of a second one approves. Whoever approves states the fingerprint of the key, compared by another way.
    Effect: the office may sign within its powers and limit while the appointment is in force. An appointment of
    the same office, or of a lead, whose last day is past makes room for it.
    Put right by: officer-retired, then a new appointment.
    """

    kind: ClassVar[str] = "officer-appointed/1"
    power: ClassVar[Power] = "appoint"
    organisation: Annotated[OrganisationId, says("The body.")]
    officer: Annotated[Appointment, says("The office.")]

    @property
    def creates(self) -> tuple[str, ...]:
        return (f"officer:{self.organisation}/{self.officer.office}",)


class OfficeHolderChanged(Event, frozen=True, kw_only=True):
    """Somebody else now holds an office, with a key of their own. Dated cover is recorded this way too.

    Signed by: as key-rotated.
    Effect: the new key replaces the old from here; the office's powers, limit and last day stay. After the last
    day of a cover the office signs nothing until its holder is changed again.
    Put right by: another office-holder-changed.
    """

    kind: ClassVar[str] = "office-holder-changed/1"
    power: ClassVar[Power] = "appoint"
    officer: Annotated[OfficerId, says("The office.")]
    holder: Annotated[Token, says("The new holder's token.")]
    key: Annotated[PublicKey, says("The new holder's key.")]
    proof: Annotated[Signature, says("Proof of possession.")]
    until: Annotated[date | None, says("The last day of a cover; absent: the appointment's own.")] = None


class OfficerRetired(Event, frozen=True, kw_only=True):
    """An office signs no more.

    Signed by: an officer of the same body with the power to appoint.
    Effect: nothing signed by it is taken from here on; what it signed before stands.
    Put right by: officer-appointed.
    """

    kind: ClassVar[str] = "officer-retired/1"
    power: ClassVar[Power] = "appoint"
    officer: Annotated[OfficerId, says("The office.")]


class KeyRotated(Event, frozen=True, kw_only=True):
    """An office changes its key.

    Signed by: an appointing officer of the same body other than the office itself; for a lead without
    another appointing officer, the lead of another partner, with the lead of a second one approving.
    Effect: from here only the new key speaks for the office.
    Put right by: another key-rotated.
    """

    kind: ClassVar[str] = "key-rotated/1"
    power: ClassVar[Power] = "appoint"
    officer: Annotated[OfficerId, says("The office.")]
    key: Annotated[PublicKey, says("The new key.")]
    proof: Annotated[Signature, says("Proof of possession of the new key.")]


class KeyRevoked(Event, frozen=True, kw_only=True):
    """An office's key may no longer be used.

    Signed by: as key-rotated.
    Effect: nothing under it is taken from here on; if it is compromised, waiting entries that it signed lapse
    and approvals that it gave to waiting entries fall away.
    Put right by: key-rotated.
    """

    kind: ClassVar[str] = "key-revoked/1"
    power: ClassVar[Power] = "appoint"
    officer: Annotated[OfficerId, says("The office.")]
    key: Annotated[PublicKey, says("The key.")]
    ground: Annotated[Literal["compromised", "lost", "holder-left"], says("Why.")]


class ApprovalTableSet(Event, frozen=True, kw_only=True):
    """The partners change who must sign what.

    Signed by: the lead of a partner. Waits for the lead of every other partner.
    Effect: entries received from here on follow the new table; what waits keeps the list frozen for it.
    Put right by: another approval-table-set.
    """

    kind: ClassVar[str] = "approval-table-set/1"
    power: ClassVar[Power] = "lead"
    approvals: Annotated[tuple[ApprovalRule, ...], says("The whole new table.")]


class RulebookAdopted(Event, frozen=True, kw_only=True):
    """The partners move to a newer rulebook.

    Signed by: the lead of a partner. Waits for the lead of every other partner.
    Effect: entries received from here on are judged by it; audit judges each entry by the one of its place.
    Put right by: a later rulebook.
    """

    kind: ClassVar[str] = "rulebook-adopted/1"
    power: ClassVar[Power] = "lead"
    rulebook: Annotated[Count, says("The rulebook's number.")]


class LogKeyChanged(Event, frozen=True, kw_only=True):
    """The log signs its checkpoints with another key.

    Signed by: an officer with the power to operate. Waits for the lead of every other partner.
    Effect: the checkpoint that covers this entry, and every later one, is signed with the new key.
    Put right by: another log-key-changed.
    """

    kind: ClassVar[str] = "log-key-changed/1"
    power: ClassVar[Power] = "operate"
    log_key: Annotated[PublicKey, says("The new log key.")]
    log_key_proof: Annotated[Signature, says("Proof of possession of it.")]
