"""A statement: an event that an officer signed, for one ledger, having seen one history of it.

Law: what was signed is what is stored and what is hashed. The payload must equal its own RFC 8785 form, so
whoever reads it reads what was signed. No clock is read here: `signed_at` is a value that the signer states.
Source: the format document, sections 2 to 4.
"""

from __future__ import annotations

import hashlib
import json
import re
from typing import Annotated, Any, Final, cast

import msgspec

from ledger import events, jcs
from ledger.dsse import STATEMENT_TYPE, pae, seal, unseal
from ledger.ed25519 import verify
from ledger.errors import Malformed
from ledger.events.event import Event
from ledger.keys import PrivateKey, fingerprint
from ledger.values import (
    PLAIN_TEXT,
    UUID7,
    Count,
    Digest,
    Instant,
    Kind,
    Nonce,
    OfficerId,
    Origin,
    Sealed,
    ShortText,
    Value,
    decode_hook,
    encode_hook,
)

NONCE: Final = r"^[A-Za-z0-9+/]{21}[AQgw]==\Z"
"""Base64 of 16 bytes, in its one spelling."""
LONGEST_TEXT: Final = 1000
"""Characters in a sealed text: short, as all text here is (law 9)."""
_SHOWN = re.compile(PLAIN_TEXT)
REGISTER_KINDS: Final = frozenset(event.kind for event in events.CHAPTERS["register"])


class Seen(Value, frozen=True, kw_only=True):
    """The tree head that the signer's software had verified."""

    root: Digest
    size: Count


class Source(Value, frozen=True, kw_only=True):
    """Where a transcribed statement was read: the dataset's SHA-256 and the row."""

    dataset: Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}\Z")]
    row: ShortText


class Payload(Value, frozen=True, kw_only=True):
    """What is signed, member by member (the format document, section 3)."""

    body: Event
    by: OfficerId
    id: Annotated[str, msgspec.Meta(pattern=UUID7)]
    kind: Kind
    ledger: Origin
    nonce: Annotated[str, msgspec.Meta(pattern=NONCE)]
    seen: Seen
    signed_at: Instant
    decision: ShortText | None = None
    prepared_by: OfficerId | None = None
    source: Source | None = None


class Statement(msgspec.Struct, frozen=True, gc=False):
    """A signed event, read but not yet believed: `verify` checks the signature under a key from the register."""

    wire: bytes
    payload: bytes
    keyid: str
    signature: bytes
    said: Payload
    event: Event
    """What it says: the payload's body."""

    @property
    def id(self) -> str:
        return self.said.id

    @property
    def by(self) -> str:
        return self.said.by

    @property
    def organisation(self) -> str:
        """The body that the signing office belongs to."""
        return self.said.by.split("/", 1)[0]

    @property
    def transcribed(self) -> bool:
        """Whether it says what a source states, rather than what an officer does."""
        return self.said.source is not None

    @property
    def key(self) -> bytes:
        """The id as the store keeps it: 16 bytes."""
        return id_bytes(self.said.id)

    @property
    def digest(self) -> str:
        """The SHA-256 of the payload, in base64: what approvals and reversals name."""
        return str(Digest(hashlib.sha256(self.payload).digest()))

    def tags(self) -> tuple[str, ...]:
        """The subjects it touches by itself; an entry that names another carries that one's too."""
        own = {*self.event.tags(), f"partner:{self.organisation}"}
        if self.event.kind in REGISTER_KINDS:
            own.add("register")
        return tuple(sorted(own))

    def message(self) -> bytes:
        """The bytes under the signature."""
        return pae(STATEMENT_TYPE, self.payload)

    def verify(self, public: bytes) -> None:
        """Check the signature under that key by the one Ed25519 rule. Raises SignatureInvalid."""
        verify(public, self.signature, self.message())


def id_bytes(text: str) -> bytes:
    """The 16 bytes of a statement's id."""
    return bytes.fromhex(text.replace("-", ""))


def parse(wire: bytes) -> Statement:
    """Read a statement from its one byte form.

    Raises TooLarge, NotCanonical, UnknownKind or Malformed; nothing about the signature is checked.
    """
    envelope = unseal(wire, STATEMENT_TYPE)
    plain = jcs.parse(envelope.payload)
    if b"null" in envelope.payload and _has_null(plain):
        raise Malformed("null stands nowhere: leave out a member that is absent", where="payload")
    said = read(plain)
    return Statement(wire, envelope.payload, envelope.keyid, envelope.signature, said, said.body)


def _has_null(plain: Any) -> bool:
    if isinstance(plain, dict):
        return any(map(_has_null, plain.values()))
    return any(map(_has_null, plain)) if isinstance(plain, list) else plain is None


_TYPES: dict[str, type[Payload]] = {}
"""For each kind, the payload whose body is of that kind; made when the kind is first read."""


def read(plain: Any) -> Payload:
    """A payload from plain values. Raises UnknownKind, or Malformed with every fault of the body."""
    kind = plain.get("kind") if isinstance(plain, dict) else None
    if not isinstance(kind, str):
        raise Malformed("an object with a kind is wanted", where="payload")
    try:
        return msgspec.convert(plain, _TYPES.get(kind) or _type(kind), dec_hook=decode_hook)
    except msgspec.ValidationError as error:
        events.decode(kind, plain.get("body"))  # says everything that is wrong with the body, not only the first
        raise Malformed(str(error), where="payload") from None


def _type(kind: str) -> type[Payload]:
    event = events.of_kind(kind)
    made = msgspec.defstruct("Payload", [("body", event)], bases=(Payload,), frozen=True, kw_only=True)
    _TYPES[kind] = cast(type[Payload], made)
    return _TYPES[kind]


def payload(said: Payload) -> bytes:
    """The bytes that an officer signs: the RFC 8785 form."""
    return jcs.canonical(msgspec.to_builtins(said, enc_hook=encode_hook))


def sign(said: Payload, key: PrivateKey, public: bytes) -> bytes:
    """Sign a statement; the result is what `parse` reads."""
    signed = payload(said)
    return seal(signed, STATEMENT_TYPE, fingerprint(public), key.sign(pae(STATEMENT_TYPE, signed)))


# -- sealed fields ------------------------------------------------------------------------------


def opening(salt: Nonce, field: str, value: str) -> bytes:
    """A sealed field's opening: salt, field name and text, as RFC 8785 (after SD-JWT's disclosures)."""
    return jcs.canonical([str(salt), field, value])


def close(revealed: bytes) -> Sealed:
    """What is signed in the opening's stead: its SHA-256."""
    return Sealed(sealed=Digest(hashlib.sha256(revealed).digest()))


def revealed(held: bytes) -> tuple[str, str]:
    """The field name and text of an opening: 1 to 1,000 characters of plain text. Raises Malformed."""
    plain = jcs.parse(held)
    if not (isinstance(plain, list) and len(plain) == 3 and all(isinstance(part, str) for part in plain)):
        raise Malformed("an opening is a list of salt, field name and text")
    Nonce.parse(plain[0])
    _, name, text = plain
    if not 0 < len(text) <= LONGEST_TEXT or not _SHOWN.match(text):
        raise Malformed(f"{name} is 1 to {LONGEST_TEXT} visible characters, without line ends", where="openings")
    return name, text


def check_openings(statement: Statement, openings: dict[str, bytes]) -> None:
    """Each sealed field has exactly one opening that hashes to it. Raises Malformed."""
    sealed = statement.event.sealed_fields()
    if sealed.keys() != openings.keys():
        odd = ", ".join(sorted(sealed.keys() ^ openings.keys()))
        raise Malformed(f"sealed fields and openings do not match: {odd}", where=f"statement {statement.id}")
    for field, held in openings.items():
        name, _ = revealed(held)
        if close(held) != sealed[field] or name != field:
            raise Malformed(f"the opening of {field} is not what was signed", where=f"statement {statement.id}")


def spoken(said: Payload) -> str:
    """A statement as a person reads it before signing: its payload, one member a line."""
    return json.dumps(msgspec.to_builtins(said, enc_hook=encode_hook), indent=2, ensure_ascii=False, sort_keys=True)
