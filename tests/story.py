"""A world to tell stories in: bodies, officers with real keys, a clock and dice that are values.

Every test that needs a signed statement makes it here, the way a partner's software does. Nothing is mocked:
the keys sign, the Book judges, the tree grows.
"""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Self

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger import entry, events, statement
from ledger.book import Book, Effect
from ledger.errors import LedgerError
from ledger.events.event import Event
from ledger.keys import possession
from ledger.merkle import Tree, leaf_hash
from ledger.statement import Payload, Seen, Statement
from ledger.values import Digest, Instant, Nonce, Sealed

ORIGIN = "example.org/story"
COUNCIL, ICB, POLICE = "GB-EXAMPLE-COUNCIL", "GB-EXAMPLE-ICB", "GB-EXAMPLE-PCC"
LEAD_POWERS = ["lead", "appoint", "operate", "agree", "commit", "approve", "transcribe", "erase"]
START = Instant.parse("2026-04-02T09:00:00Z")


def raw(key: Ed25519PrivateKey) -> bytes:
    """A key's public half, 32 bytes."""
    return key.public_key().public_bytes_raw()


def key_of(name: str) -> Ed25519PrivateKey:
    """The same key for the same name, every time."""
    return Ed25519PrivateKey.from_private_bytes(hashlib.sha256(f"key of {name}".encode()).digest())


def holder_of(name: str) -> str:
    """A holder token for a made-up staff number."""
    return str(Digest(hashlib.sha256(f"holder of {name}".encode()).digest()))


def appointment(officer: str, *, origin: str = ORIGIN, powers: list[str] | None = None, **more: Any) -> dict[str, Any]:
    """The wire form of an appointment of that officer, with the key and proof of possession in place."""
    key = more.pop("key", None) or key_of(officer)
    return {
        "office": officer.split("/")[1],
        "title": "section 151 officer",
        "powers": LEAD_POWERS if powers is None else powers,
        "instrument": "Scheme of delegation 4.2",
        "holder": holder_of(officer),
        "key": str(Digest(raw(key))),
        "proof": str_b64(key.sign(possession(origin, officer, raw(key)))),
        "starts": "2026-04-01",
        **more,
    }


def str_b64(data: bytes) -> str:
    """Standard padded base64."""
    import base64

    return base64.b64encode(data).decode()


def founding(origin: str = ORIGIN, lead: str = f"{COUNCIL}/s151", **more: Any) -> dict[str, Any]:
    """The body of a genesis event."""
    log = key_of(f"log of {origin}")
    return {
        "occurred_on": "2026-04-02",
        "origin": origin,
        "purpose": "example",
        "log_key": str(Digest(raw(log))),
        "log_key_proof": str_b64(log.sign(possession(origin, "log", raw(log)))),
        "organisation": {"id": lead.split("/", 1)[0], "name": "Example Council", "form": "council"},
        "officer": appointment(lead, origin=origin),
        "rulebook": 1,
        "approvals": [],
        **more,
    }


@dataclass
class World:
    """A ledger in memory: a Book, a tree and the lines, with the pens of everybody in it."""

    origin: str = ORIGIN
    book: Book = field(default_factory=Book)
    tree: Tree = field(default_factory=lambda: Tree(0, ()))
    lines: list[bytes] = field(default_factory=list)
    effects: list[Effect] = field(default_factory=list)
    openings: dict[int, dict[str, bytes]] = field(default_factory=dict)
    keys: dict[str, Ed25519PrivateKey] = field(default_factory=dict)
    now: Instant = START
    told: int = 0
    said: list[Statement] = field(default_factory=list)

    # -- sentences -------------------------------------------------------------------------------

    def given(self, *tellings: Telling) -> Self:
        """These are said, one after the other, and each is admitted."""
        for telling in tellings:
            telling(self)
        return self

    allows = given
    """After what was given, this is admitted."""

    def refuses(self, reason: type[LedgerError], *tellings: Telling, because: str = "") -> Self:
        """Each of these is refused for exactly this reason, and the Book is as it was."""
        for telling in tellings:
            before, size = copy.deepcopy(self.book), len(self.lines)
            with pytest.raises(reason, match=because or None) as refused:
                telling(self)
            assert type(refused.value) is reason
            assert (self.book, len(self.lines)) == (before, size), "a refusal changed the Book"
        return self

    def last(self, kind: str) -> Statement:
        """The newest statement of that kind."""
        return next(said for said in reversed(self.said) if said.said.kind == kind)

    # -- one statement ---------------------------------------------------------------------------

    def dice(self, purpose: str) -> bytes:
        """Bytes that look random and are the same in every run."""
        self.told += 1
        return hashlib.sha256(f"{self.origin} {purpose} {self.told}".encode()).digest()

    def write(self, kind: str, body: dict[str, Any], by: str, **more: Any) -> tuple[bytes, dict[str, bytes]]:
        """Sign a statement; strings in `sealed` become sealed fields. Returns its wire form and openings."""
        openings = {
            name: statement.opening(Nonce(self.dice("salt")[:16]), name, text)
            for name, text in more.pop("sealed", {}).items()
        }
        body = {**body, **{name: {"sealed": str(statement.close(held).sealed)} for name, held in openings.items()}}
        key = more.pop("key", None) or self.keys.get(by) or key_of(by)
        said = Payload(
            body=events.decode(kind, body),
            by=by,
            id=more.pop("id", None) or self.new_id(),
            kind=kind,
            ledger=more.pop("ledger", self.origin),
            nonce=str(Nonce(self.dice("nonce")[:16])),
            seen=more.pop("seen", None) or Seen(root=Digest(self.tree.root()), size=self.tree.size),
            signed_at=more.pop("signed_at", self.now),
            **more,
        )
        return statement.sign(said, key, raw(key)), openings

    def new_id(self) -> str:
        """A UUIDv7 of the story's own clock."""
        digits = f"{int(self.now) * 1000:012x}" + self.dice("id").hex()
        return f"{digits[:8]}-{digits[8:12]}-7{digits[13:16]}-8{digits[17:20]}-{digits[20:32]}"

    def say(self, kind: str, body: dict[str, Any], by: str = f"{COUNCIL}/s151", **more: Any) -> Statement:
        """Sign, judge and enter a statement. Raises what the Book raises."""
        wire, openings = self.write(kind, {"occurred_on": str(self.now.day), **body}, by, **more)
        return self.enter(wire, openings)

    def enter(self, wire: bytes, openings: dict[str, bytes] | None = None) -> Statement:
        """Judge and enter what somebody signed."""
        said = statement.parse(wire)
        self.book.admit(said, self.now)
        self.effects += self.book.evolve(said, self.now)
        line = entry.write(self.now, wire)
        self.lines.append(line)
        self.tree.append(leaf_hash(line))
        self.said.append(said)
        if openings:
            self.openings[len(self.lines)] = openings
        return said

    def pass_time(self, seconds: int) -> None:
        """The clock moves on."""
        self.now = Instant(self.now + seconds)

    # -- the usual beginnings --------------------------------------------------------------------

    def found(self, **more: Any) -> Statement:
        """The council founds the ledger."""
        return self.say("ledger-founded/1", founding(self.origin, **more))

    def admit(self, organisation: str, office: str = "cfo", approvers: tuple[str, ...] = (), **more: Any) -> Statement:
        """The council brings a body in, and the leads of the others approve."""
        officer = f"{organisation}/{office}"
        body = {
            "organisation": {"id": organisation, "name": organisation.title(), "form": "other"},
            "officer": appointment(officer, origin=self.origin, **more),
        }
        said = self.say("organisation-admitted/1", body)
        for approver in approvers:
            from ledger.keys import fingerprint

            self.name("entry-approved/1", said, approver, fingerprint=fingerprint(raw(key_of(officer))))
        return said

    def name(self, kind: str, target: Statement, by: str, **more: Any) -> Statement:
        """Say something about another entry: approve, decline, confirm, withdraw, reverse."""
        own = {name: more.pop(name) for name in ("fingerprint",) if name in more}
        return self.say(kind, {"entry": target.id, "digest": target.digest, **own}, by, **more)

    def pool(self, pool: str = "prevention", partners: tuple[str, ...] = (COUNCIL,), **more: Any) -> Statement:
        """The council hosts a pool."""
        body = {
            "pool": pool,
            "name": "Prevention pool",
            "legal_power": "children-act-2004-s10",
            "host": COUNCIL,
            "partners": list(partners),
            "control_basis": "joint-operation",
            "starts": "2026-04-01",
            "until": "2029-03-31",
            **more,
        }
        return self.say("pool-agreed/1", body)


Telling = Callable[[World], object]
"""Something that somebody says in a world."""


def line(amount: str = "25000.00", year: str = "2026-27", **more: Any) -> dict[str, Any]:
    """One line of a profile."""
    return {"year": year, "category": "resource", "accounts_as": "revenue", "amount": amount, **more}


def commitment(reference: str = "C-1", *lines: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The body of a commitment by the council to the prevention pool."""
    return {
        "commitment": reference,
        "funder": COUNCIL,
        "pool": "prevention",
        "profile": list(lines) or [line()],
        "strength": "firm",
        "payment_basis": "block",
        **more,
    }


def known(event: Event) -> str:
    """An event's kind."""
    return event.kind


__all__ = ["COUNCIL", "ICB", "ORIGIN", "POLICE", "START", "Sealed", "World", "appointment", "commitment", "founding"]
