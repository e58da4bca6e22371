"""Corrections: what can be taken back, and which sealed texts can be destroyed."""

from __future__ import annotations

from dataclasses import dataclass, field

import msgspec

from ledger.errors import LaterEntryRests, NothingToErase, NotReversible, NotYourOrganisation
from ledger.events.corrections import FieldErased
from ledger.events.event import Event
from ledger.rules.acts import Act
from ledger.rules.approvals import same


class Landed(msgspec.Struct, frozen=True, gc=False):
    """An event in effect that may be reversed, with the entries that it rests on."""

    event: Event
    by: str
    digest: str
    position: int
    rests_on: tuple[int, ...]
    confirmed_by: str | None = None

    def act(self, entry: str) -> Act:
        """Whose act it is; who held the office then no reversal asks."""
        return Act(self.confirmed_by or self.by, frozenset(), entry, self.position)

    @property
    def owner(self) -> str:
        """The body whose act it is."""
        return (self.confirmed_by or self.by).split("/", 1)[0]


@dataclass(slots=True)
class State:
    """What is in effect and reversible, what was reversed, and which sealed fields there are, by entry id."""

    landed: dict[str, Landed] = field(default_factory=dict)
    reversed: dict[str, tuple[int, int]] = field(default_factory=dict)
    """The number of the entry that was reversed, and of the one that did it."""
    leaning: dict[str, int] = field(default_factory=dict)
    """How many entries, in effect or unconfirmed, name each reference that another one created."""
    sealed: dict[str, tuple[str, frozenset[str]]] = field(default_factory=dict)
    """The signing organisation, and the names of the fields that are not erased."""


def reversible(corrections: State, entry: str, digest: str, organisation: str) -> Landed:
    """The event that a reversal would take back. Raises NotReversible, DigestDiffers, NotYourOrganisation."""
    if entry in corrections.reversed:
        was, by = corrections.reversed[entry]
        raise NotReversible(f"entry {was} was reversed already, in entry {by}")
    landed = corrections.landed.get(entry)
    if landed is None:
        raise NotReversible(f"entry {entry} is not in effect, or its kind cannot be reversed")
    same(landed.digest, digest, entry)
    if landed.owner != organisation:
        raise NotYourOrganisation(f"entry {landed.position} is {landed.owner}'s to reverse, not {organisation}'s")
    return landed


def rest(corrections: State, entry: str, rests_on: tuple[int, ...]) -> None:
    """What counted unsigned was signed by one more: a reversal rests on that signature too. Part of `evolve`."""
    if landed := corrections.landed.get(entry):
        corrections.landed[entry] = msgspec.structs.replace(landed, rests_on=rests_on)


CREATED = frozenset(
    {
        *("pool", "scheme", "commitment", "contribution", "outcome", "dataset", "contract", "claim", "payment"),
        *("settlement", "grant", "spend", "map"),
    }
)
"""The references that a reversible or transcribed entry can create."""


def lean(corrections: State, event: Event, change: int) -> None:
    """Count an entry among those that name what others created, or no longer. Part of `evolve`."""
    own = event.creates
    for what, subject in event.named():
        if what in CREATED and (tag := f"{what}:{subject}") not in own:
            corrections.leaning[tag] = corrections.leaning.get(tag, 0) + change


def require_nothing_leans(corrections: State, event: Event) -> None:
    """Refuse to take back what created something that others name. Raises LaterEntryRests."""
    for created in event.creates:
        if count := corrections.leaning.get(created):
            names = "1 entry in effect names" if count == 1 else f"{count} entries in effect name"
            raise LaterEntryRests(
                f"{names} {created.replace(':', ' ', 1)}: take that back first",
                next_step=f"outcomes view trail {created.split(':', 1)[1]}",
            )


def admit_erasure(corrections: State, event: FieldErased, organisation: str) -> None:
    """Refuse to erase what is not there, or not the body's own. Raises NothingToErase, NotYourOrganisation."""
    owner, fields = corrections.sealed.get(event.entry, ("", frozenset()))
    if event.field not in fields:
        raise NothingToErase(f"entry {event.entry} has no sealed field {event.field} that is not erased")
    if owner != organisation:
        raise NotYourOrganisation(f"entry {event.entry} is {owner}'s, not {organisation}'s")


def erase(corrections: State, event: FieldErased) -> None:
    """The field is gone; its digest stays in the entry."""
    owner, fields = corrections.sealed[event.entry]
    corrections.sealed[event.entry] = owner, fields - {event.field}
