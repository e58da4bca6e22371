"""Corrections: they only add. An entry is put right by another; a sealed text is erased by another."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from ledger.events.approvals import NamesEntry
from ledger.events.event import Event
from ledger.values import EntryId, OfficeName, Power, Sealed, says


class EntryReversed(NamesEntry, frozen=True, kw_only=True):
    """A body puts one of its own entries right by its exact negation.

    Signed by: an officer of the body that signed the entry, with the same power. Needs the approvals that the
    reversed entry needed.
    Effect: the entry's effect is taken back from here; both stay, linked. Refused while a later entry that is
    in effect rests on what it created: reverse that one first.
    Put right by: the entry recorded again.
    """

    kind: ClassVar[str] = "entry-reversed/1"
    power: ClassVar[Power] = "approve"
    reason: Annotated[Sealed, says("Why.", read="partners")]


class FieldErased(Event, frozen=True, kw_only=True):
    """A sealed text is destroyed; every proof still holds, because only its digest was signed.

    Signed by: an officer of the body that signed the entry, with the power to erase.
    Effect: the opening is deleted with this entry. The digest stays.
    Put right by: nothing; that is its purpose.
    """

    kind: ClassVar[str] = "field-erased/1"
    power: ClassVar[Power] = "erase"
    entry: Annotated[EntryId, says("The id of the entry that holds the field.")]
    field: Annotated[OfficeName, says("The name of the sealed field.")]
    ground: Annotated[Literal["personal-data", "confidential", "court-order", "mistake"], says("On which ground.")]

    @property
    def about(self) -> str | None:
        return self.entry
