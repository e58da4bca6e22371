"""The signed head of the log: how large it is, what its root is, and who says so.

Standards: C2SP signed-note (the text, the em dash lines, Ed25519 as signature type 0x01) and C2SP
tlog-checkpoint (origin, size, root). One rule is stricter here than there: the name of the log's key is the
origin. Signatures obey the one Ed25519 rule (`ledger/ed25519.py`). A checkpoint of size 0 is valid.

`decimal` and `standard_base64` read the two text forms that the C2SP formats are made of.
"""

from __future__ import annotations

import binascii
import re
from base64 import b64decode, b64encode
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger import ed25519
from ledger.errors import Malformed, SignatureInvalid
from ledger.merkle import EMPTY_ROOT, HASH_BYTES

MAX_NOTE_BYTES = 1_000_000
MAX_SIGNATURES = 100
"""The standard leaves the limit to us and demands at least 16."""
MAX_SIZE = 2**63 - 1
ED25519_TYPE = b"\x01"

_DECIMAL = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")


# -- the text forms -----------------------------------------------------------------------------


def decimal(text: str, what: str) -> int:
    """A number of 63 bits in ASCII digits without leading zeros. Malformed, naming `what`, when it is not."""
    if not _DECIMAL.fullmatch(text) or (number := int(text)) > MAX_SIZE:
        raise Malformed(f"The {what} is not a decimal number without leading zeros and below 2^63.")
    return number


def standard_base64(text: str, what: str) -> bytes:
    """Bytes in standard, padded base64 (RFC 4648 section 4). Malformed, naming `what`, when it is not."""
    try:
        data = b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        data = b""
    # One form only: a decoder alone lets stray bits through in the last letter, so we encode again.
    if b64encode(data).decode() != text:
        raise Malformed(f"The {what} is not standard base64 with padding.")
    return data


def _require_key_name(name: str) -> None:
    if not name or "+" in name or any(letter.isspace() for letter in name) or _CONTROL.search(name):
        raise Malformed(f"A key name is not empty and has neither spaces nor '+': {name!r}.")


# -- keys ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class LogKey:
    """A named Ed25519 public key that signs notes: `name`, and `raw`, its 32 bytes.

    Malformed when the name may not stand in a note; SignatureInvalid when the one rule refuses the key.
    """

    name: str
    raw: bytes

    def __post_init__(self) -> None:
        _require_key_name(self.name)
        ed25519.check_public_key(self.raw)

    @classmethod
    def of(cls, name: str, private: Ed25519PrivateKey) -> LogKey:
        """The public half of a private key, under a name."""
        return cls(name, private.public_key().public_bytes_raw())

    @classmethod
    def parse(cls, vkey: str) -> LogKey:
        """The key written as `<name>+<key id in hex>+<base64 of the type and the key>`."""
        parts = vkey.split("+", 2)  # base64 may hold a plus of its own, a name may not
        if len(parts) != 3:
            raise Malformed("A verifier key is a name, a key id and a key, joined by '+'.")
        encoded = standard_base64(parts[2], "verifier key")
        if encoded[:1] != ED25519_TYPE or len(encoded) != 33:
            raise Malformed("The verifier key is not an Ed25519 key of type 1.")
        key = cls(parts[0], encoded[1:])
        if key.key_id.hex() != parts[1]:
            raise Malformed(f"The key id of {key.name} is {key.key_id.hex()}, not {parts[1]}.")
        return key

    @cached_property
    def key_id(self) -> bytes:
        """The 4 bytes that stand before a signature: a hint at the key, never a proof of it."""
        return sha256(self.name.encode() + b"\n" + ED25519_TYPE + self.raw).digest()[:4]

    @property
    def vkey(self) -> str:
        """The key in the form that C2SP tools read."""
        return f"{self.name}+{self.key_id.hex()}+{b64encode(ED25519_TYPE + self.raw).decode()}"


# -- notes --------------------------------------------------------------------------------------


class NoteSignature(NamedTuple):
    """One signature line of a note: whose, under which key id, and the bytes after the key id."""

    name: str
    key_id: bytes
    signature: bytes

    def line(self) -> str:
        """The line as it stands in a note."""
        return f"— {self.name} {b64encode(self.key_id + self.signature).decode()}\n"


def sign_note(body: bytes, name: str, private: Ed25519PrivateKey) -> bytes:
    """The note that holds `body` and one signature over it. Malformed when `body` is not a note's text."""
    _require_note_text(body)
    key = LogKey.of(name, private)
    return body + b"\n" + NoteSignature(name, key.key_id, private.sign(body)).line().encode()


def open_note(note: bytes, key: LogKey) -> bytes:
    """The text of a note that `key` signed, with its last newline.

    Malformed when the bytes are not a note. SignatureInvalid when no line is by this key (name and key id),
    or when one is and does not verify. Lines by other keys are ignored, as the standard demands.
    """
    body, signatures = split_note(note)
    ours = [line for line in signatures if line.name == key.name and line.key_id == key.key_id]
    if not ours:
        raise SignatureInvalid(f"The note carries no signature by {key.name} ({key.key_id.hex()}).")
    for line in ours:
        ed25519.verify(key.raw, line.signature, body)
    return body


def split_note(note: bytes) -> tuple[bytes, tuple[NoteSignature, ...]]:
    """The text of a note and its signature lines, none of them verified. Malformed when it is no note."""
    if len(note) > MAX_NOTE_BYTES:
        raise Malformed(f"A note holds {MAX_NOTE_BYTES:,} bytes at most, not {len(note):,}.")
    # The text may hold empty lines of its own; the last one in the note ends it.
    blank = note.rfind(b"\n\n")
    if blank < 0:
        raise Malformed("A note has an empty line between its text and its signatures.")
    body = note[: blank + 1]
    _require_note_text(body)
    lines = _text(note[blank + 2 :]).split("\n")
    if lines.pop() != "" or not lines:
        raise Malformed("A note ends in signature lines, each with its newline.")
    if len(lines) > MAX_SIGNATURES:
        raise Malformed(f"A note carries {MAX_SIGNATURES} signatures at most, not {len(lines)}.")
    return body, tuple(_signature_line(line) for line in lines)


def _signature_line(line: str) -> NoteSignature:
    parts = line.split(" ")
    if len(parts) != 3 or parts[0] != "—":
        raise Malformed("A signature line is an em dash, a name and a base64 signature, one space between.")
    _require_key_name(parts[1])
    signature = standard_base64(parts[2], f"signature of {parts[1]}")
    if len(signature) < 5:
        raise Malformed(f"The signature of {parts[1]} is too short to hold a key id and a signature.")
    return NoteSignature(parts[1], signature[:4], signature[4:])


def _require_note_text(body: bytes) -> None:
    if not body.endswith(b"\n"):
        raise Malformed("The text of a note ends in a newline.")
    _text(body)


def _text(data: bytes) -> str:
    try:
        text = data.decode()
    except UnicodeDecodeError:
        raise Malformed("A note is valid UTF-8.") from None
    if _CONTROL.search(text):
        raise Malformed("A note has no control characters but newline.")
    return text


# -- checkpoints --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Checkpoint:
    """What the log says of itself: its `origin`, its `size` in entries and its 32-byte `root`.

    `extension_lines` are opaque; the standard advises against them, and no checkpoint of ours has one. Malformed when a
    part cannot stand in a checkpoint, or when an empty log claims a root that no empty tree has.
    """

    origin: str
    size: int
    root: bytes
    extension_lines: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if any(not line or "\n" in line for line in (self.origin, *self.extension_lines)):
            raise Malformed("No line of a checkpoint is empty or broken in two.")
        if not 0 <= self.size <= MAX_SIZE:
            raise Malformed(f"A log cannot have {self.size} entries.")
        if len(self.root) != HASH_BYTES:
            raise Malformed(f"A root hash has 32 bytes, not {len(self.root)}.")
        if self.size == 0 and self.root != EMPTY_ROOT:
            raise Malformed("The root of an empty log is the hash of nothing, and this is another.")

    def body(self) -> bytes:
        """The text of the checkpoint, ready to be signed."""
        lines = (self.origin, str(self.size), b64encode(self.root).decode(), *self.extension_lines)
        return "".join(f"{line}\n" for line in lines).encode()

    @classmethod
    def parse(cls, body: bytes) -> Checkpoint:
        """The checkpoint that a note's text holds. Malformed when it is not exactly one."""
        lines = _text(body).split("\n")
        if lines.pop() != "" or len(lines) < 3:
            raise Malformed("A checkpoint is three lines or more: origin, size, root.")
        size = decimal(lines[1], "size of the log")
        return cls(lines[0], size, standard_base64(lines[2], "root hash"), tuple(lines[3:]))


def sign_checkpoint(checkpoint: Checkpoint, private: Ed25519PrivateKey) -> bytes:
    """The checkpoint as a note that the log's key signs under the log's origin."""
    return sign_note(checkpoint.body(), checkpoint.origin, private)


def open_checkpoint(note: bytes, key: LogKey) -> Checkpoint:
    """The checkpoint in a note that `key` signed for its own log. Malformed or SignatureInvalid when not.

    Our profile: three lines and no extension (the format document, section 7).
    """
    checkpoint = Checkpoint.parse(open_note(note, key))
    if checkpoint.extension_lines:
        raise Malformed("A checkpoint of a ledger is three lines, and this has more.")
    if checkpoint.origin != key.name:
        raise SignatureInvalid(f"The key of {key.name} signed for another log: {checkpoint.origin}.")
    return checkpoint
