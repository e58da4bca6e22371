"""Approvals: how entries that wait become effective, and how they do not."""

from __future__ import annotations

from typing import Annotated, ClassVar

from ledger.events.event import Event
from ledger.values import Digest, EntryId, Fingerprint, Power, Sealed, says


class NamesEntry(Event, frozen=True, kw_only=True):
    """An event about another entry, which it names by id and by the SHA-256 of its payload."""

    entry: Annotated[EntryId, says("The id of the entry.")]
    digest: Annotated[Digest, says("The SHA-256 of the entry's payload: what was read is what is meant.")]

    @property
    def about(self) -> str | None:
        return self.entry


class EntryApproved(NamesEntry, frozen=True, kw_only=True):
    """An officer whom the approval table asks for signs a waiting entry.

    Signed by: an officer who fits a place on the list that was frozen when the entry was received.
    Effect: the last one needed makes the entry effective here, if the book still allows it; else the
    approval is refused and the entry goes on waiting.
    Put right by: entry-reversed, on the entry approved.
    """

    kind: ClassVar[str] = "entry-approved/1"
    power: ClassVar[Power] = "approve"
    fingerprint: Annotated[
        Fingerprint | None, says("For a lead that others bring: the key's fingerprint, as compared by another way.")
    ] = None


class EntryDeclined(NamesEntry, frozen=True, kw_only=True):
    """An officer who could approve a waiting entry says no.

    Signed by: as entry-approved.
    Effect: the entry will never take effect; what it reserved is free again.
    Put right by: a new entry.
    """

    kind: ClassVar[str] = "entry-declined/1"
    power: ClassVar[Power] = "approve"
    reason: Annotated[Sealed, says("Why.", read="parties")]


class EntryConfirmed(NamesEntry, frozen=True, kw_only=True):
    """A body confirms what was transcribed about it, or what another body confirmed that binds it too.

    Signed by: first an officer of the body concerned, with the power and limit that the confirmed kind needs; then,
    where the approval table asks for more signatures, an officer for each of them, another person every time.
    Effect: the full rules run as at this entry; with the last of them, what was unconfirmed counts from here.
    Put right by: entry-reversed, on the entry confirmed.
    """

    kind: ClassVar[str] = "entry-confirmed/1"
    power: ClassVar[Power] = "approve"


class StatementWithdrawn(NamesEntry, frozen=True, kw_only=True):
    """A body takes back an entry of its own that still waits.

    Signed by: an officer of the body that signed the entry, with the power that the entry needed.
    Effect: the entry will never take effect; what it reserved is free again.
    Put right by: a new entry.
    """

    kind: ClassVar[str] = "statement-withdrawn/1"
    power: ClassVar[Power] = "approve"
    reason: Annotated[Sealed, says("Why.", read="parties")]
