"""Approvals: what waits, for whom, until when; and what makes it count.

The list of signatures is frozen when the entry is received. A waiting entry changes nothing but reserves the
references that it would create. Lapse is data: days of the table, compared with `received_at`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import msgspec

from ledger.errors import DigestDiffers, FingerprintDiffers, NotAnApprover, NotWaiting, ReferenceReserved
from ledger.events.approvals import EntryApproved
from ledger.events.event import Event
from ledger.events.register import Body, OfficerAppointed, OrganisationAdmitted
from ledger.keys import fingerprint
from ledger.rules.acts import Act
from ledger.rules.register import Officer
from ledger.rules.register import State as Register
from ledger.values import Instant, Pence

ALWAYS_PARTNER_LEADS = frozenset(
    {"organisation-admitted/1", "approval-table-set/1", "rulebook-adopted/1", "log-key-changed/1"}
)
"""What concerns every partner waits for every partner's lead, whatever the table says."""

ALWAYS_PARTIES = frozenset(
    {
        "pool-varied/1",
        "scheme-varied/1",
        "commitment-reprofiled/1",
        "category-reclassified/1",
        "variance-apportioned/1",
        "carry-forward-approved/1",
        "position-agreed/1",
    }
)
"""What costs others, or speaks for them, waits for each of them that has an officer, whatever the table says."""

DEFAULT_DAYS = 28
DAY = 86_400


class Place(msgspec.Struct, frozen=True, gc=False):
    """One signature that is asked for. `organisation` None means any body but those in `barred`."""

    organisation: str | None
    power: str
    amount: Pence | None = None
    barred: frozenset[str] = frozenset()

    def __str__(self) -> str:
        body = self.organisation or "another partner"
        upto = f" up to {self.amount.spoken}" if self.amount else ""
        return f"an officer of {body} who may {self.power}{upto}"

    def fits(self, officer: Officer) -> bool:
        """Whether the officer may sign here."""
        if self.organisation is None:
            right_body = officer.organisation not in self.barred
        else:
            right_body = officer.organisation == self.organisation
        enough = self.amount is None or officer.limit is None or self.amount <= officer.limit
        return right_body and officer.may(self.power) and enough


class Signed(msgspec.Struct, frozen=True, gc=False):
    """A signature that was given: where, by which office, holder and key."""

    position: int
    by: str
    holder: bytes
    key: bytes


class Waiting(msgspec.Struct, frozen=True, gc=False):
    """An entry that others must sign, or confirm."""

    id: str
    digest: str
    event: Event
    signed: Signed
    expires: Instant
    places: tuple[Place, ...]
    given: tuple[Signed | None, ...]
    confirmed: Signed | None = None
    """Of something transcribed: the signature of the body concerned, whose act it then is."""

    @property
    def own(self) -> Signed:
        """The signature of whose act it is."""
        return self.confirmed or self.signed

    @property
    def complete(self) -> bool:
        return None not in self.given

    @property
    def organisation(self) -> str:
        return self.signed.by.split("/", 1)[0]

    @property
    def rests_on(self) -> tuple[int, ...]:
        """The entries that it rests on: its own and every signature's, in order."""
        given = (one.position for one in self.given if one)
        return tuple(sorted({self.signed.position, self.own.position, *given}))

    @property
    def act(self) -> Act:
        """Whose act it is: the signer's, or of something transcribed the officer's who confirmed it."""
        holders = frozenset({self.own.holder, *(one.holder for one in self.given if one)})
        return Act(self.own.by, holders, self.id, self.signed.position)

    @property
    def open_places(self) -> Iterator[tuple[int, Place]]:
        return ((n, place) for n, place in enumerate(self.places) if self.given[n] is None)


@dataclass(slots=True)
class State:
    """What waits, what counts unsigned, and what is unconfirmed, by entry id."""

    waiting: dict[str, Waiting] = field(default_factory=dict)
    unsigned: dict[str, Waiting] = field(default_factory=dict)
    unconfirmed: dict[str, Waiting] = field(default_factory=dict)
    reserved: dict[str, str] = field(default_factory=dict)


# -- who must sign ------------------------------------------------------------------------------


class Needed(msgspec.Struct, frozen=True, gc=False):
    """The signatures that an entry needs, whether it waits for them, and for how many days."""

    places: tuple[Place, ...]
    waits: bool
    days: int


def needed(
    register: Register, by: str, event: Event, value: Pence | None, parties: Iterable[str], *, on_behalf: str
) -> Needed:
    """The list, as the approval table stands. `on_behalf` is the body that others act for, or empty."""
    own = by.split("/", 1)[0]
    lines = [
        line
        for line in register.table
        if line.kind == event.kind and (line.above is None or (value is not None and value > line.above))
    ]
    places: list[Place] = []
    for line in lines:
        places += _places(register, own, line.by, value, parties)
    if event.kind in ALWAYS_PARTNER_LEADS:
        places += _places(register, own, "partner-leads", None, ())
    if event.kind in ALWAYS_PARTIES:
        places += [Place(body, "agree") for body in parties if body != own and any(register.of(body))]
    if on_behalf and any(register.of(on_behalf)):
        places.append(Place(None, "lead", barred=frozenset({own, on_behalf})))
    elif on_behalf:  # its first officer ever completes its admission, and needs what that needed
        places += _places(register, own, "partner-leads", None, ())
    required = event.kind in ALWAYS_PARTNER_LEADS | ALWAYS_PARTIES or bool(on_behalf)
    waits = required or any(line.until_then == "waits" for line in lines)
    return Needed(tuple(dict.fromkeys(places)), waits, min((line.days for line in lines), default=DEFAULT_DAYS))


def _places(register: Register, own: str, whose: str, value: Pence | None, parties: Iterable[str]) -> list[Place]:
    match whose:
        case "second-officer":
            return [Place(own, "approve", value)]
        case "partner-leads":
            return [Place(body, "lead") for body in register.organisations if body != own and register.lead(body)]
        case _:
            return [Place(body, "agree") for body in parties if body != own]


def require_all(waiting: Waiting, now: Needed) -> None:
    """Refuse the last signature where others must sign by now who were not asked. Raises NotAnApprover."""
    missing = [place for place in now.places if place not in waiting.places]
    if waiting.event.kind in ALWAYS_PARTIES and missing:
        raise NotAnApprover(
            f"entry {waiting.signed.position} would now cost others too: {'; '.join(map(str, missing))}",
            next_step="withdraw it and record it again",
        )


# -- admit --------------------------------------------------------------------------------------


def find(approvals: State, entry: str, digest: str, now: Instant, *, unsigned: bool) -> Waiting:
    """The entry that waits or, if so asked, counts unsigned. Raises NotWaiting, DigestDiffers."""
    waiting = approvals.waiting.get(entry) or (approvals.unsigned.get(entry) if unsigned else None)
    if waiting is None:
        raise NotWaiting(
            "that entry does not wait: it is in effect, declined, withdrawn or lapsed, or never had to",
            next_step="outcomes view trail shows what waits",
        )
    if now > waiting.expires and entry in approvals.waiting:
        raise NotWaiting(f"entry {waiting.signed.position} lapsed at {waiting.expires}", next_step="record it again")
    same(waiting.digest, digest, entry)
    return waiting


def same(held: str, digest: str, entry: str) -> None:
    """Refuse an entry named with another payload's digest. Raises DigestDiffers."""
    if held != digest:
        raise DigestDiffers(f"entry {entry} has the payload digest {held}, not {digest}: read it again")


def place_for(waiting: Waiting, officer: Officer, register: Register) -> int:
    """Which signature the officer gives: of those that fit, the one that fewest others could. Raises NotAnApprover."""
    if officer.holder in {one.holder for one in (waiting.own, *waiting.given) if one}:
        raise NotAnApprover(
            f"{officer.id} or its holder signed entry {waiting.signed.position} already: another person signs"
        )
    fitting = [(number, place) for number, place in waiting.open_places if place.fits(officer)]
    if fitting:
        return min(fitting, key=lambda one: sum(map(one[1].fits, register.officers.values())))[0]
    wanted = "; ".join(str(place) for _, place in waiting.open_places)
    raise NotAnApprover(f"{officer.id} is not asked for: entry {waiting.signed.position} waits for {wanted}")


def check_fingerprint(event: EntryApproved, waiting: Waiting) -> None:
    """The key of a body that had nobody to speak must have been compared by another way. Raises FingerprintDiffers."""
    match waiting.event:
        case OrganisationAdmitted(organisation=Body(id=body), officer=newcomer):
            pass
        case OfficerAppointed(organisation=body, officer=newcomer) if body != waiting.organisation:
            pass
        case _:
            return
    if newcomer and event.fingerprint != fingerprint(newcomer.key):
        raise FingerprintDiffers(
            f"the key of {body} must be compared by another way, and stated",
            next_step="ask them for it by telephone or on paper, then --fingerprint SHA256:...",
        )


def free(approvals: State, references: Iterable[str], own: str, now: Instant) -> None:
    """Refuse a reference that something waiting or unconfirmed would create. Raises ReferenceReserved."""
    for reference in references:
        entry = approvals.reserved.get(reference, own)
        waits = approvals.waiting.get(entry)
        held = waits or approvals.unconfirmed.get(entry)
        if entry != own and held is not None and not (waits and now > waits.expires):
            what = "waits" if waits else "is unconfirmed"
            raise ReferenceReserved(f"{reference} is reserved by entry {held.signed.position}, which {what}")


# -- evolve -------------------------------------------------------------------------------------


def hold(room: dict[str, Waiting], approvals: State, waiting: Waiting, *, reserve: bool) -> None:
    """Keep an entry in one of the three rooms, and what it would create with it."""
    room[waiting.id] = waiting
    if reserve:
        approvals.reserved.update(dict.fromkeys(waiting.event.creates, waiting.id))


def sign(approvals: State, entry: str, place: int, signed: Signed) -> Waiting:
    """Write down one signature; the entry as it then stands. A complete one leaves its room."""
    room = next(one for one in (approvals.waiting, approvals.unsigned, approvals.unconfirmed) if entry in one)
    given = list(room[entry].given)
    given[place] = signed
    room[entry] = msgspec.structs.replace(room[entry], given=tuple(given))
    return release(approvals, entry) if room[entry].complete else room[entry]


def release(approvals: State, entry: str) -> Waiting:
    """Take an entry out of whichever room holds it, and free what it reserved."""
    for room in (approvals.waiting, approvals.unsigned, approvals.unconfirmed):
        if entry in room:
            waiting = room.pop(entry)
            for reference in waiting.event.creates:
                if approvals.reserved.get(reference) == entry:
                    del approvals.reserved[reference]
            return waiting
    raise KeyError(entry)


def compromise(approvals: State, key: bytes) -> list[Waiting]:
    """A key was compromised: what it signed lapses while it waits, and the signatures it gave fall away."""
    lapsed: list[Waiting] = []
    for entry, waiting in list(approvals.waiting.items()):
        if waiting.signed.key == key:
            lapsed.append(release(approvals, entry))
        elif any(one and one.key == key for one in waiting.given):
            given = tuple(None if one and one.key == key else one for one in waiting.given)
            approvals.waiting[entry] = msgspec.structs.replace(waiting, given=given)
    for entry, held in list(approvals.unconfirmed.items()):
        if held.confirmed and held.confirmed.key == key:
            approvals.unconfirmed[entry] = msgspec.structs.replace(held, places=(), given=(), confirmed=None)
        else:
            given = tuple(None if one and one.key == key else one for one in held.given)
            approvals.unconfirmed[entry] = msgspec.structs.replace(held, given=given)
    return lapsed
