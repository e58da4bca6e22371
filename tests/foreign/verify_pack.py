"""A second reader of the ledger, written from docs/reference/entry-format.md and nothing else.

It imports the standard library and `cryptography`, and none of the ledger's own code, so that whatever it agrees
to is what the page says rather than what the program happens to do. Section numbers below are the page's.

    python verify_pack.py PACK [--identity HEX] [--against CHECKPOINT_FILE]
    python verify_pack.py --receipt FILE --vkey VKEY

Each fault is a line `FINDING <check of section 9> <where>: <why>`. The last line is `OK ...` (exit 0) or
`FAILED findings=<k>` (exit 3). Exit 2 means that the command itself was wrong. An entry that fails check 1 is judged
no further: its hash is a leaf, and nothing that it says counts.

The bundles are read one at a time. What is kept for each entry is two hashes, its id, its time and its organisation.
"""

from __future__ import annotations

import argparse
import base64
import functools
import hashlib
import json
import os
import re
import stat
import sys
from array import array
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

LARGEST = 2**53 - 1
DEEPEST = 16
LONGEST_ENTRY = 65_535
LONGEST_FILE = 2**30  # but for openings.jsonl, whose lines alone have a largest size
LONGEST_LINE = 65_535
LONGEST_TEXT = 1000
LONGEST_NOTE = 1_000_000
MOST_SIGNATURES = 100
SKEW = 300
SHOWN = 50
UNKNOWN = -(2**62)  # a time that no entry has

ORGANISATION = r"[A-Z]{2}-[A-Z0-9]{2,12}-[A-Z0-9][A-Z0-9-]{0,31}"
OFFICE = ORGANISATION + r"/[a-z][a-z0-9-]{0,31}"
KIND = r"[a-z]+(-[a-z]+)*/[1-9][0-9]{0,3}"
ORIGIN = r"[a-z0-9][a-z0-9.-]{0,100}(/[A-Za-z0-9._-]{1,64})*"
UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
HEX = r"[0-9a-f]{64}"
HIDDEN = (  # what no text of a payload holds (section 3)
    r"\x00-\x1f\x7f-\x9f\xad\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164"
    r"\ue000-\uf8ff\ufe00-\ufe0f\ufeff\uffa0\ufff0-\uffff\U000e0000-\U0010ffff"
)
PLAIN = f"[^{HIDDEN}]*"
SHORT = r".{1,200}"
DATE = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
MOMENT = DATE + r"T[0-9]{2}:[0-9]{2}:[0-9]{2}Z"

STATEMENT = b"application/vnd.shared-outcomes.statement+json"
MANIFEST = b"application/vnd.shared-outcomes.manifest+json"
POSSESSION = b"application/vnd.shared-outcomes.possession"
FOUNDED = "ledger-founded/1"
TABLED = "approval-table-set/1"
ADMITTED = "organisation-admitted/1"
APPOINTED = "officer-appointed/1"
REVOKED = "key-revoked/1"
RETIRED = "officer-retired/1"
LOG_KEY_CHANGED = "log-key-changed/1"
ERASED = "field-erased/1"
REPLACES = ("key-rotated/1", "office-holder-changed/1")
OPENINGS, SUMS, SIGNED_SUMS = "openings.jsonl", "SHA256SUMS", "SHA256SUMS.dsse"
FILES = {"checkpoint", "identity", "log.vkey", "keys.txt", OPENINGS, SUMS, SIGNED_SUMS}


class Refused(Exception):
    """Something is not as the page says; the message says what."""


class Findings:
    """Every fault there is, as the line that says it."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def add(self, check: int, where: str, why: object) -> None:
        self.lines.append(f"FINDING {check} {printable(where)}: {printable(str(why))}")

    @contextmanager
    def catch(self, check: int, where: str) -> Iterator[None]:
        """A refusal inside becomes a finding."""
        try:
            yield
        except Refused as why:
            self.add(check, where, why)


def printable(text: str) -> str:
    """One line of plain ASCII, whatever a file's name or a member held."""
    plain = ascii(text)[1:-1]
    return plain if len(plain) <= 240 else plain[:240] + "..."


# -- small values (conventions, section 3) ------------------------------------------------------------------


def sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def to_base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def from_base64(text: object, length: int | None = None) -> bytes:
    """One spelling only: what is decoded is encoded again and must give the same text."""
    try:
        data = base64.b64decode(str(text), validate=True)
    except ValueError:
        raise Refused("not base64") from None
    if to_base64(data) != text or (length is not None and len(data) != length):
        raise Refused("not base64 in its one spelling, or not of the right length")
    return data


def seconds(text: str, form: str) -> int:
    """Seconds since 1970 of a date or a moment that exists; strptime leaves out year 0, leap seconds and 24:00."""
    try:
        return int(datetime.strptime(text, form).replace(tzinfo=UTC).timestamp())
    except ValueError:
        raise Refused(f"{text} does not exist") from None


def natural(text: str) -> int:
    if not re.fullmatch(r"0|[1-9][0-9]{0,15}", text) or int(text) > LARGEST:
        raise Refused("not a number from 0 to 2^53-1 in decimal")
    return int(text)


# -- JSON in its RFC 8785 form (section 3) ------------------------------------------------------------------


def _pairs(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise Refused("a member occurs twice")
    return members


def canonical(value: object, level: int = 1) -> str:
    """RFC 8785, for what parse_json lets through. The outermost object or array is level 1."""
    if isinstance(value, dict | list) and level > DEEPEST:
        raise Refused("nested too deep")
    if isinstance(value, dict):
        names = sorted(value, key=lambda name: name.encode("utf-16-be"))
        return "{" + ",".join(f"{canonical(name)}:{canonical(value[name], level + 1)}" for name in names) + "}"
    if isinstance(value, list):
        return "[" + ",".join(canonical(item, level + 1) for item in value) + "]"
    return json.dumps(value, ensure_ascii=False)


def parse_json(data: bytes) -> object:
    """Read JSON that equals its own RFC 8785 form. A lone surrogate cannot be encoded again, so it is refused."""
    try:
        value: object = json.loads(
            data.decode("utf-8"),
            object_pairs_hook=_pairs,
            parse_int=natural,
            parse_float=natural,
            parse_constant=natural,
        )
        same = canonical(value).encode("utf-8") == data
    except (ValueError, RecursionError):
        raise Refused("not JSON in UTF-8, or nested too deep") from None
    if not same:
        raise Refused("not in its RFC 8785 form")
    return value


def members(value: object, *names: str, optional: Iterable[str] = ()) -> dict[str, object]:
    """An object that has these members and no others."""
    if not isinstance(value, dict) or not set(names) <= set(value) <= {*names, *optional}:
        raise Refused("not an object with exactly the members " + ", ".join(names))
    return value


def text_at(value: object, *path: str, form: str = r".*") -> str:
    text = value
    for name in path:
        text = text.get(name) if isinstance(text, dict) else None
    if not isinstance(text, str) or not re.fullmatch(form, text, re.DOTALL):
        raise Refused(f"{'.'.join(path)} is not a text of its form")
    return text


def bytes_at(value: object, *path: str, length: int) -> bytes:
    try:
        return from_base64(text_at(value, *path), length)
    except Refused as why:
        raise Refused(f"{'.'.join(path)}: {why}") from None


def check_plain(value: object) -> None:
    """Section 3: at any depth no null, and no text with a character that is not seen."""
    if value is None:
        raise Refused("null stands in the payload")
    if isinstance(value, str) and not re.fullmatch(PLAIN, value):
        raise Refused("a text of the payload has a character that is not plain text")
    if isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            check_plain(item)


# -- Ed25519 (section 1) ------------------------------------------------------------------------------------

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
HALF_TURN = pow(2, (P - 1) // 4, P)  # a square root of -1
Point = tuple[int, int, int, int]  # X, Y, Z, T with x = X/Z, y = Y/Z, xy = T/Z
IDENTITY: Point = (0, 1, 1, 0)


def _add(a: Point, b: Point) -> Point:
    """RFC 8032 section 5.1.4; complete, so it doubles too."""
    aa = (a[1] - a[0]) * (b[1] - b[0]) % P
    bb = (a[1] + a[0]) * (b[1] + b[0]) % P
    cc = 2 * a[3] * b[3] * D % P
    dd = 2 * a[2] * b[2] % P
    e, f, g, h = bb - aa, dd - cc, dd + cc, bb + aa
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def _multiply(scalar: int, point: Point) -> Point:
    result = IDENTITY
    while scalar:
        if scalar & 1:
            result = _add(result, point)
        point = _add(point, point)
        scalar >>= 1
    return result


def _is_identity(point: Point) -> bool:
    return point[0] % P == 0 and (point[1] - point[2]) % P == 0


def _decode(data: bytes) -> Point | None:
    """RFC 8032 section 5.1.3; None when it is not the canonical encoding of a point."""
    number = int.from_bytes(data, "little")
    sign, y = number >> 255, number & (2**255 - 1)
    if y >= P:
        return None
    xx = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(xx, (P + 3) // 8, P)
    if (x * x - xx) % P:
        x = x * HALF_TURN % P
    if (x * x - xx) % P or (x == 0 and sign):
        return None
    if x & 1 != sign:
        x = P - x
    return (x, y, 1, x * y % P)


@functools.cache
def key_is_accepted(key: bytes) -> bool:
    """A canonical point of prime order; worked out once a key."""
    point = _decode(key) if len(key) == 32 else None
    return point is not None and not _is_identity(point) and _is_identity(_multiply(L, point))


def signature_is_accepted(key: bytes, signature: bytes, message: bytes) -> bool:
    """`cryptography` checks the equation without the cofactor; the rest of the rule stands here."""
    if len(signature) != 64 or not key_is_accepted(key) or int.from_bytes(signature[32:], "little") >= L:
        return False
    r = _decode(signature[:32])
    if r is None or _is_identity(_multiply(8, r)):
        return False
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def ssh_blob(key: bytes) -> bytes:
    return b"\x00\x00\x00\x0bssh-ed25519\x00\x00\x00\x20" + key


def fingerprint(key: bytes) -> str:
    return "SHA256:" + to_base64(sha256(ssh_blob(key))).rstrip("=")


# -- envelopes and possession (sections 2 and 6) ------------------------------------------------------------


def pre_authentication(kind: bytes, payload: bytes) -> bytes:
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)


@dataclass(frozen=True)
class Envelope:
    """An envelope whose form holds; its signature is not yet checked."""

    kind: bytes
    payload: bytes
    keyid: str
    signature: bytes

    def signed_under(self, key: bytes) -> bool:
        return signature_is_accepted(key, self.signature, pre_authentication(self.kind, self.payload))


def parse_envelope(data: bytes, kind: bytes) -> Envelope:
    form = (
        rb'\{"payload":"([A-Za-z0-9+/=]*)","payloadType":"' + re.escape(kind) + rb'",'
        rb'"signatures":\[\{"keyid":"(SHA256:[A-Za-z0-9+/]{43})","sig":"([A-Za-z0-9+/=]*)"\}\]\}'
    )
    found = re.fullmatch(form, data)
    if not found:
        raise Refused("the envelope is not in its exact form")
    payload, keyid, signature = (part.decode("ascii") for part in found.groups())
    return Envelope(kind, from_base64(payload), keyid, from_base64(signature, 64))


def check_possession(origin: str, holder: str, key: bytes, proof: bytes) -> None:
    payload = f"{origin}\n{holder}\n{to_base64(key)}\n".encode()
    if not signature_is_accepted(key, proof, pre_authentication(POSSESSION, payload)):
        raise Refused(f"the key of {holder} is not of prime order, or its proof of possession does not verify")


# -- entries (sections 3 and 5) -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Entry:
    """An entry of which sections 2, 3 and 5 hold; of its body that is known for `occurred_on` and `sealed` alone."""

    number: int
    received_at: int
    signed_at: int
    envelope: Envelope
    id: str
    kind: str
    ledger: str
    by: str
    seen_root: bytes
    seen_size: int
    body: dict[str, object]
    sealed: dict[str, bytes]

    @property
    def organisation(self) -> str:
        return self.by.partition("/")[0]


def parse_entry(number: int, line: bytes) -> Entry:
    if len(line) > LONGEST_ENTRY:
        raise Refused("longer than 65,535 bytes")
    found = re.fullmatch(rb'\{"received_at":"(' + MOMENT.encode() + rb')","envelope":(.*)\}', line, re.DOTALL)
    if not found:
        raise Refused("the entry is not in its exact form")
    envelope = parse_envelope(found[2], STATEMENT)
    required = ("body", "by", "id", "kind", "ledger", "nonce", "seen", "signed_at")
    payload = members(parse_json(envelope.payload), *required, optional=("decision", "prepared_by", "source"))
    check_plain(payload)
    seconds(text_at(payload, "body", "occurred_on", form=DATE), "%Y-%m-%d")
    bytes_at(payload, "nonce", length=16)
    if "decision" in payload:
        text_at(payload, "decision", form=SHORT)
    if "prepared_by" in payload:
        text_at(payload, "prepared_by", form=OFFICE)
    if "source" in payload:
        source = members(payload["source"], "dataset", "row")
        text_at(source, "dataset", form=HEX)
        text_at(source, "row", form=SHORT)
    size, body = members(payload["seen"], "root", "size")["size"], payload["body"]
    if type(size) is not int:
        raise Refused("seen.size is not a number")
    if not isinstance(body, dict):
        raise Refused("body is not an object")
    return Entry(
        number=number,
        received_at=seconds(found[1].decode("ascii"), "%Y-%m-%dT%H:%M:%SZ"),
        signed_at=seconds(text_at(payload, "signed_at", form=MOMENT), "%Y-%m-%dT%H:%M:%SZ"),
        envelope=envelope,
        id=text_at(payload, "id", form=UUID),
        kind=text_at(payload, "kind", form=KIND),
        ledger=text_at(payload, "ledger", form=ORIGIN),
        by=text_at(payload, "by", form=OFFICE),
        seen_root=bytes_at(payload, "seen", "root", length=32),
        seen_size=size,
        body=body,
        sealed=sealed_fields(body),
    )


# -- the log (section 7) ------------------------------------------------------------------------------------


def hash_leaf(line: bytes) -> bytes:
    return sha256(b"\x00" + line)


def hash_node(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right)


class Tree:
    """An RFC 6962 tree that grows by a leaf. A row holds the complete subtrees of one height, from left to right."""

    def __init__(self) -> None:
        self.size = 0
        self.rows: list[list[bytes]] = [[]]

    def append(self, leaf: bytes) -> None:
        self.size += 1
        self.rows[0].append(leaf)
        height = 0
        while len(self.rows[height]) % 2 == 0:
            height += 1
            if height == len(self.rows):
                self.rows.append([])
            self.rows[height].append(hash_node(*self.rows[height - 1][-2:]))

    def root(self, size: int) -> bytes:
        """The root of the first leaves, for any size up to now."""
        root = b""
        for height, row in enumerate(self.rows):
            if size >> height & 1:
                left = row[(size >> height) - 1]
                root = hash_node(left, root) if root else left
        return root or sha256(b"")

    def tiles(self) -> Iterator[tuple[str, bytes]]:
        """The hash tiles of this size."""
        for level, row in enumerate(self.rows[::8]):
            for start in range(0, len(row), 256):
                tile = row[start : start + 256]
                yield tile_path(str(level), start // 256, len(tile)), b"".join(tile)


def tile_path(level: str, number: int, width: int) -> str:
    digits = f"{number:03d}"
    digits = digits.zfill((len(digits) + 2) // 3 * 3)
    parts = [digits[i : i + 3] for i in range(0, len(digits), 3)]
    path = "/".join([f"tile/{level}", *(f"x{part}" for part in parts[:-1]), parts[-1]])
    return path if width == 256 else f"{path}.p/{width}"


def root_from_proof(leaf: bytes, index: int, size: int, path: list[bytes]) -> bytes:
    """RFC 6962 section 2.1.1: a path ends with the half of the tree in which the leaf is not."""
    if not index < size or (size == 1) != (not path):
        raise Refused("the inclusion proof is too short or too long, or the index is not below the size")
    if size == 1:
        return leaf
    left = 1 << (size - 1).bit_length() - 1
    if index < left:
        return hash_node(root_from_proof(leaf, index, left, path[:-1]), path[-1])
    return hash_node(path[-1], root_from_proof(leaf, index - left, size - left, path[:-1]))


@dataclass(frozen=True)
class Checkpoint:
    """A checkpoint whose form holds; a signature is a name, a key id and what is signed."""

    origin: str
    size: int
    root: bytes
    text: bytes
    signatures: list[tuple[str, bytes, bytes]]

    def signed_under(self, origin: str, keys: list[bytes]) -> None:
        """Under one of these keys, that is: it has lines of that key, and each of them verifies."""
        if self.origin != origin:
            raise Refused("the checkpoint is of another origin")
        for key in keys:
            own = [signed for name, kid, signed in self.signatures if (name, kid) == (origin, key_id(origin, key))]
            if own and all(signature_is_accepted(key, signed, self.text) for signed in own):
                return
        raise Refused("the checkpoint has no signature by a key of the log, or one that does not verify")


def key_id(origin: str, key: bytes) -> bytes:
    return sha256(origin.encode() + b"\n\x01" + key)[:4]


def vkey(origin: str, key: bytes) -> str:
    return "+".join((origin, key_id(origin, key).hex(), to_base64(b"\x01" + key)))


def parse_vkey(text: str) -> tuple[str, bytes]:
    origin, *_, typed_key = text.split("+", 2)
    key = from_base64(typed_key, 33)[1:]
    if not re.fullmatch(ORIGIN, origin) or vkey(origin, key) != text or not key_is_accepted(key):
        raise Refused("not a verifier key: <origin>+<key id>+<key>")
    return origin, key


def parse_checkpoint(data: bytes) -> Checkpoint:
    """C2SP: a name has no space, plus or control character; a key id and a signature are at least 5 bytes."""
    if len(data) > LONGEST_NOTE:
        raise Refused("the checkpoint is longer than 1,000,000 bytes")
    line = r"\u2014 [^\s+\x00-\x1f]+ [A-Za-z0-9+/]{7,}=*\n"
    try:
        found = re.fullmatch(rf"((.+)\n(.+)\n(.+)\n)\n((?:{line}){{1,{MOST_SIGNATURES}}})", data.decode("utf-8"))
    except UnicodeDecodeError:
        found = None
    if not found:
        raise Refused("the checkpoint is not three lines, an empty line and its signatures")
    text, origin, size, root, tail = found.groups()
    signatures = []
    for signature in tail.split("\n")[:-1]:
        _, name, typed = signature.split(" ")
        signatures.append((name, from_base64(typed)[:4], from_base64(typed)[4:]))
    return Checkpoint(origin, natural(size), from_base64(root, 32), text.encode(), signatures)


# -- the register of keys (check 4) -------------------------------------------------------------------------


@dataclass
class Register:
    """Which keys were introduced for which office, which of them are ended, and the keys of the log."""

    introduced: dict[str, set[bytes]] = field(default_factory=dict)
    ended: dict[str, set[bytes]] = field(default_factory=dict)
    tabled: set[object] = field(default_factory=set)  # the kinds that some approval table so far has a line for
    log_keys: list[bytes] = field(default_factory=list)

    def live(self, office: str) -> set[bytes]:
        return self.introduced.get(office, set()) - self.ended.get(office, set())

    def check_signature(self, envelope: Envelope, office: str) -> None:
        named = [key for key in self.live(office) if fingerprint(key) == envelope.keyid]
        if not named:
            raise Refused(f"keyid is not the fingerprint of a key that was introduced for {office} and is not ended")
        if not envelope.signed_under(named[0]):
            raise Refused("the signature does not verify")

    def take(self, entry: Entry) -> None:
        """Check and apply what an entry does to keys: first what it ends, then what it brings."""
        if entry.kind in (FOUNDED, TABLED):
            table = entry.body.get("approvals")
            if not isinstance(table, list) or not all(isinstance(line, dict) for line in table):
                raise Refused("body.approvals is not a list of objects")
            self.tabled |= {line["kind"] for line in table if isinstance(line.get("kind"), str)}
        if entry.kind in (*REPLACES, REVOKED, RETIRED):
            office = text_at(entry.body, "officer", form=OFFICE)
            keys = self.introduced.get(office, set())
            if entry.kind == REVOKED:
                keys = {bytes_at(entry.body, "key", length=32)}
            if office.startswith(f"{entry.organisation}/") and entry.kind not in self.tabled:
                self.ended.setdefault(office, set()).update(keys)
        introduction = introduced_by(entry)
        if introduction:
            office, key, proof = introduction
            check_possession(entry.ledger, office, key, proof)
            self.introduced.setdefault(office, set()).add(key)

    def take_log_key(self, entry: Entry) -> None:
        """Check 6: the keys that may have signed a checkpoint."""
        if entry.kind in (FOUNDED, LOG_KEY_CHANGED):
            key = bytes_at(entry.body, "log_key", length=32)
            check_possession(entry.ledger, "log", key, bytes_at(entry.body, "log_key_proof", length=64))
            self.log_keys.append(key)


def introduced_by(entry: Entry) -> tuple[str, bytes, bytes] | None:
    """The office, the key and the proof that an entry introduces, if its kind does so."""
    body, kind = entry.body, entry.kind
    holder: object = body
    if kind in REPLACES:
        office = text_at(body, "officer")
    elif kind in (FOUNDED, ADMITTED, APPOINTED):
        path = ("organisation",) if kind == APPOINTED else ("organisation", "id")
        organisation = text_at(body, *path, form=ORGANISATION)
        if kind == ADMITTED and "officer" not in body:
            return None
        office, holder = f"{organisation}/{text_at(body, 'officer', 'office')}", body["officer"]
    else:
        return None
    if not re.fullmatch(OFFICE, office):
        raise Refused("the office of its key is not of its form")
    return office, bytes_at(holder, "key", length=32), bytes_at(holder, "proof", length=64)


# -- the folder (section 8) ---------------------------------------------------------------------------------


class Pack:
    """The plain files of a folder. Nothing else is ever opened: no link is followed, no pipe is waited for."""

    def __init__(self, folder: Path, findings: Findings) -> None:
        self.folder = folder
        self.findings = findings
        self.files: set[str] = set()
        self.folders: set[str] = set()
        self.bundles: set[str] = set()  # those that were read
        pending = [folder]
        while pending:
            inside = pending.pop()
            try:
                for path in inside.iterdir():
                    mode, name = path.lstat().st_mode, path.relative_to(folder).as_posix()
                    if stat.S_ISDIR(mode):
                        pending.append(path)
                        self.folders.add(name)
                    elif stat.S_ISREG(mode):
                        self.files.add(name)
                    else:
                        findings.add(8, name, "not a plain file")
            except OSError as why:
                findings.add(8, str(inside), f"cannot be listed: {why.strerror}")

    @contextmanager
    def opened(self, path: str) -> Iterator[BinaryIO]:
        if path not in self.files:
            raise Refused("the file is missing")
        try:
            if path != OPENINGS and (self.folder / path).stat().st_size > LONGEST_FILE:
                raise Refused("the file is longer than 2^30 bytes")
            with (self.folder / path).open("rb") as file:
                yield file
        except OSError as why:
            raise Refused(f"the file cannot be read: {why.strerror}") from None

    def read(self, path: str) -> bytes:
        with self.opened(path) as file:
            return file.read()

    def sum(self, path: str) -> str:
        with self.opened(path) as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    def openings(self) -> Iterator[bytes]:
        """The lines of openings.jsonl, one at a time: it alone may be of any size."""
        with self.opened(OPENINGS) as file:
            while line := file.readline(LONGEST_LINE + 1):
                if not line.endswith(b"\n"):
                    raise Refused("a line has no end, or is longer than 65,535 bytes")
                yield line[:-1]

    def lines(self, path: str) -> list[bytes]:
        """Lines without their ends; every line has one, the last too."""
        *lines, rest = self.read(path).split(b"\n")
        if rest:
            raise Refused("the last line has no end")
        return lines

    def entries(self) -> Iterator[bytes]:
        """The lines of the bundles, up to one that is not full, or faulty: after it no number would be certain."""
        for number in count():
            paths = {tile_path("entries", number, width): width for width in range(256, 0, -1)}
            path = next((path for path in paths if path in self.files), "")
            lines: list[bytes] = []
            if path:
                self.bundles.add(path)
                with self.findings.catch(6, path):
                    lines = split_bundle(self.read(path), paths[path])
            yield from lines
            if len(lines) < 256:
                return


def split_bundle(data: bytes, width: int) -> list[bytes]:
    """Section 7: each line preceded by its length in two bytes, big-endian."""
    lines, at = [], 0
    while at < len(data):
        end = at + 2 + int.from_bytes(data[at : at + 2], "big")
        if at + 2 > len(data) or end > len(data):
            raise Refused("the bundle ends inside an entry")
        lines.append(data[at + 2 : end])
        at = end
    if len(lines) != width:
        raise Refused(f"{len(lines)} entries where {width} belong")
    return lines


# -- openings (section 4, check 5) --------------------------------------------------------------------------


@dataclass
class SealedField:
    """What the log says of a sealed field. An erasure that may be waiting leaves both choices."""

    digest: bytes
    may_be_open: bool = True
    may_be_shut: bool = False


def sealed_fields(body: dict[str, object]) -> dict[str, bytes]:
    """An object with a member `sealed` is a sealed field: that is its one member, and its place the top level."""
    fields = {}
    if "sealed" in body:
        raise Refused("the body has a member sealed")
    for name, value in body.items():
        if isinstance(value, dict) and "sealed" in value:
            fields[name] = bytes_at(members(value, "sealed"), "sealed", length=32)
        elif _has_sealed(value):
            raise Refused(f"a sealed field inside {name}")
    return fields


def _has_sealed(value: object) -> bool:
    if isinstance(value, dict):
        return "sealed" in value or any(map(_has_sealed, value.values()))
    return isinstance(value, list) and any(map(_has_sealed, value))


def parse_opening(line: bytes) -> tuple[int, str, bytes]:
    """The entry, the field and the opening's bytes, of which section 4 holds but for the digest."""
    value = members(parse_json(line), "entry", "field", "opening")
    entry, name, data = value["entry"], text_at(value, "field"), from_base64(value["opening"])
    parts = parse_json(data)
    if type(entry) is not int or not isinstance(parts, list) or [type(part) for part in parts] != [str, str, str]:
        raise Refused("not the opening, three strings, of a field of an entry")
    from_base64(parts[0], 16)
    if parts[1] != name:
        raise Refused("an opening is of a field of another name")
    if not 1 <= len(parts[2]) <= LONGEST_TEXT or not re.fullmatch(PLAIN, parts[2]):
        raise Refused("an opening is not of 1 to 1,000 characters of plain text")
    return entry, name, data


# -- the checks of section 9 --------------------------------------------------------------------------------


class Verifier:
    """One reading of one pack."""

    def __init__(self, folder: Path) -> None:
        self.findings = Findings()
        self.pack = Pack(folder, self.findings)
        self.tree = Tree()
        self.register = Register()
        self.identity = ""
        self.origin = ""
        self.compared = False  # with a checkpoint that shows something
        self._times = array("q")
        self._newest = UNKNOWN
        self._by_id: dict[str, tuple[int, str]] = {}  # an entry's number and the organisation that signed it
        self._sealed: dict[tuple[int, str], SealedField] = {}

    def run(self, identity: str | None, kept: bytes | None) -> None:
        for number, line in enumerate(self.pack.entries(), start=1):
            self._times.append(UNKNOWN)
            with self.findings.catch(1, f"entry {number}"):
                entry = parse_entry(number, line)
                self.check_form(entry)
                self.check_entry(entry)
            self.tree.append(hash_leaf(line))
            self.identity = self.identity or hash_leaf(line).hex()
        self.check_openings()
        self.check_whole()
        self.check_continuity(identity, kept)
        self.check_files()

    # -- for every entry

    def check_entry(self, entry: Entry) -> None:
        """Checks 2 to 6, each by itself."""
        where, size = f"entry {entry.number}", entry.seen_size
        before, self._newest = self._newest, max(self._newest, entry.received_at)
        self._times[-1] = entry.received_at
        with self.findings.catch(2, where):
            if entry.received_at < before:
                raise Refused("received_at is before that of an earlier entry")
            if entry.received_at < entry.signed_at - SKEW:
                raise Refused("received_at is more than 300 seconds before signed_at")
        with self.findings.catch(3, where):
            if not min(1, entry.number - 1) <= size <= entry.number - 1:
                raise Refused("seen.size is not from 1 to n-1, or 0 for entry 1")
            if entry.seen_root != self.tree.root(size):
                raise Refused(f"seen.root is not the root of the first {size} entries")
            if size and entry.signed_at < self._times[size - 1] - SKEW:
                raise Refused(f"signed_at is more than 300 seconds before received_at of entry {size}")
        with self.findings.catch(4, where):
            if entry.number == 1:  # it introduces its own key
                self.register.take(entry)
            self.register.check_signature(entry.envelope, entry.by)
            if entry.number > 1:
                self.register.take(entry)
        with self.findings.catch(6, where):
            self.register.take_log_key(entry)
        with self.findings.catch(5, where):
            self.note_fields(entry)

    def check_form(self, entry: Entry) -> None:
        """The rest of check 1."""
        if (entry.number == 1) != (entry.kind == FOUNDED):
            raise Refused(f"entry 1, and no other, is of kind {FOUNDED}")
        if entry.number == 1:
            self.origin = text_at(entry.body, "origin")
        if entry.ledger != self.origin:
            raise Refused("ledger is not the origin")
        if entry.id in self._by_id:
            raise Refused(f"its id is that of entry {self._by_id[entry.id][0]}")
        self._by_id[entry.id] = entry.number, sys.intern(entry.organisation)

    def note_fields(self, entry: Entry) -> None:
        """The sealed fields of an entry; what it erases of an earlier one."""
        for name, digest in entry.sealed.items():
            self._sealed[entry.number, name] = SealedField(digest)
        if entry.kind == ERASED:
            erased, name = text_at(entry.body, "entry", form=UUID), text_at(entry.body, "field")
            number, organisation = self._by_id.get(erased, (entry.number, ""))
            sealed = self._sealed.get((number, name))
            if sealed and number < entry.number and organisation == entry.organisation:
                sealed.may_be_shut = True
                sealed.may_be_open = sealed.may_be_open and ERASED in self.register.tabled

    # -- for the whole

    def check_openings(self) -> None:
        """Check 5, once it is known what was erased."""
        last, opened = (0, ""), set()
        with self.findings.catch(5, OPENINGS):
            for line in self.pack.openings():
                number, name, data = parse_opening(line)
                if (number, name) <= last:
                    raise Refused("not ascending by entry, then field")
                last = number, name
                opened.add(last)
                with self.findings.catch(5, f"entry {number}, field {name}"):
                    of = self._sealed.get(last)
                    if not of or sha256(data) != of.digest:
                        raise Refused("an opening hashes to no sealed field of that name")
                    if not of.may_be_open:
                        raise Refused("there is an opening for it, and it was erased")
            for (number, name), sealed in self._sealed.items():
                if not sealed.may_be_shut and (number, name) not in opened:
                    self.findings.add(5, f"entry {number}, field {name}", "there is no opening for it")

    def check_whole(self) -> None:
        """Check 6, and which files a pack of this size has."""
        expected = FILES | self.pack.bundles
        for path, tile in self.tree.tiles():
            expected.add(path)
            with self.findings.catch(6, path):
                if self.pack.read(path) != tile:
                    raise Refused("the hash tile is not what the leaves give")
        for path in sorted(self.pack.files - expected):
            self.findings.add(8, path, "not a file of a pack of this size")
        above = {str(folder) for path in expected for folder in PurePosixPath(path).parents}
        for name in sorted(self.pack.folders - above):
            self.findings.add(8, name, "a folder without a file of a pack of this size")
        with self.findings.catch(6, "checkpoint"):
            checkpoint = self.opened(self.pack.read("checkpoint"))
            if not checkpoint.size == self.tree.size > 0:
                raise Refused(f"its size is {checkpoint.size}, and there are {self.tree.size} entries")
            if checkpoint.root != self.tree.root(checkpoint.size):
                raise Refused("its root is not what the leaves give")

    def opened(self, data: bytes) -> Checkpoint:
        """A checkpoint of this log, signed by one of its keys."""
        checkpoint = parse_checkpoint(data)
        checkpoint.signed_under(self.origin, self.register.log_keys)
        return checkpoint

    def check_continuity(self, identity: str | None, kept: bytes | None) -> None:
        """Check 7."""
        if identity is not None and identity != self.identity:
            self.findings.add(7, "entry 1", "its leaf hash is not the identity that was kept")
        self.compared = kept is not None
        if kept is not None:
            with self.findings.catch(7, "checkpoint kept"):
                before = self.opened(kept)
                self.compared = before.size > 0  # every log extends the empty one
                if before.size > self.tree.size:
                    raise Refused(f"it has {before.size} entries, and the pack {self.tree.size}: a tail was cut off")
                if before.root != self.tree.root(before.size):
                    raise Refused(f"the first {before.size} entries do not give its root: history was changed")

    def check_files(self) -> None:
        """Check 8."""
        with self.findings.catch(8, SUMS):
            self._check_sums()
        with self.findings.catch(8, "identity"):
            if self.pack.read("identity") != f"{self.identity}\n".encode():
                raise Refused("not the leaf hash of entry 1 and a line end")
        with self.findings.catch(8, "log.vkey"):
            text = self.pack.read("log.vkey")
            keys = [key for key in self.register.log_keys if text == f"{vkey(self.origin, key)}\n".encode()]
            parse_checkpoint(self.pack.read("checkpoint")).signed_under(self.origin, keys)
        with self.findings.catch(8, "keys.txt"):
            self._check_keys()
        if SIGNED_SUMS in self.pack.files:
            with self.findings.catch(8, SIGNED_SUMS):
                self._check_signed_sums()

    def _check_sums(self) -> None:
        paths = sorted(self.pack.files - {SUMS, SIGNED_SUMS}, key=os.fsencode)
        given = self.pack.lines(SUMS)
        listed = set(given)
        right = [self.pack.sum(path).encode() + b"  " + os.fsencode(path) for path in paths]
        for line, path in zip(right, paths, strict=True):
            if line not in listed:
                self.findings.add(8, path, "its SHA-256 is not in SHA256SUMS")
        if given != right:
            raise Refused("not the sums of the other files, ascending by path")

    def _check_keys(self) -> None:
        offices = self.register.introduced
        pairs = [(office, key) for office in offices for key in self.register.live(office)]
        known = {f"{office} ssh-ed25519 {to_base64(ssh_blob(key))}".encode(): office for office, key in pairs}
        last = ""
        for number, line in enumerate(self.pack.lines("keys.txt"), start=1):
            office = known.get(line)
            if office is None:
                raise Refused(f"line {number} is not a key that was introduced for its office and is not ended")
            if office <= last:
                raise Refused(f"line {number}: not ascending by office, one line for each")
            last = office

    def _check_signed_sums(self) -> None:
        envelope = parse_envelope(self.pack.read(SIGNED_SUMS), MANIFEST)
        payload = members(parse_json(envelope.payload), "by", "identity", "sums")
        if payload["identity"] != self.identity:
            raise Refused("its identity is not the leaf hash of entry 1")
        if payload["sums"] != sha256(self.pack.read(SUMS)).hex():
            raise Refused("its sums is not the SHA-256 of SHA256SUMS")
        self.register.check_signature(envelope, text_at(payload, "by", form=OFFICE))


# -- receipts (section 7) -----------------------------------------------------------------------------------


def verify_receipt(data: bytes, origin: str, key: bytes) -> str:
    """The line in `extra` is in the log under a checkpoint of this key; the digest of its statement."""
    form = rb"c2sp\.org/tlog-proof@v1\nextra ([A-Za-z0-9+/=]+)\nindex ([0-9]+)\n((?:[A-Za-z0-9+/=]+\n)*)\n(.*)"
    found = re.fullmatch(form, data, re.DOTALL)
    if not found:
        raise Refused("not a tlog-proof with an extra line, an index, hashes and a checkpoint")
    extra, digits, hashes = (part.decode("ascii") for part in found.groups()[:3])
    line, index, checkpoint = from_base64(extra), natural(digits), parse_checkpoint(found[4])
    proof = [from_base64(one, 32) for one in hashes.split()]
    checkpoint.signed_under(origin, [key])
    if root_from_proof(hash_leaf(line), index, checkpoint.size, proof) != checkpoint.root:
        raise Refused("the inclusion proof does not give the checkpoint's root")
    entry = parse_entry(index + 1, line)
    if entry.ledger != origin:
        raise Refused("ledger is not the origin")
    return to_base64(sha256(entry.envelope.payload))


# -- the command --------------------------------------------------------------------------------------------


def report(findings: Findings, good: str, notes: Iterable[str] = ()) -> int:
    total = len(findings.lines)
    more = [f"NOTE {total - SHOWN} more findings are not shown"] if total > SHOWN else []
    verdict = f"FAILED findings={total}" if total else good
    print(*findings.lines[:SHOWN], *more, *notes, verdict, sep="\n")
    return 3 if total else 0


def pack_command(folder: Path, identity: str | None, kept: bytes | None) -> int:
    verifier = Verifier(folder)
    verifier.run(identity, kept)
    root = to_base64(verifier.tree.root(verifier.tree.size))
    note = [] if verifier.compared else ["NOTE nothing earlier to compare with"]
    return report(verifier.findings, f"OK size={verifier.tree.size} root={root} identity={verifier.identity}", note)


def receipt_command(data: bytes, origin: str, key: bytes) -> int:
    """A receipt's faults are numbered as the root's (check 6), of which its proof is a part."""
    findings, good = Findings(), ""
    with findings.catch(6, "receipt"):
        good = f"OK digest={verify_receipt(data, origin, key)}"
    return report(findings, good)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Verify a pack, or a receipt, of a signed ledger.")
    parser.add_argument("pack", nargs="?", metavar="PACK", type=Path)
    parser.add_argument("--identity", metavar="HEX", help="the ledger's identity, as kept from before")
    parser.add_argument("--against", metavar="CHECKPOINT_FILE", type=Path, help="the last checkpoint verified")
    parser.add_argument("--receipt", metavar="FILE", type=Path)
    parser.add_argument("--vkey", metavar="VKEY", help="the log's verifier key, for --receipt")
    given = parser.parse_args(arguments)
    of_pack = (given.pack, given.identity, given.against)
    of_receipt = (given.receipt, given.vkey)
    if (given.pack is None or any(of_receipt)) and (None in of_receipt or any(of_pack)):
        parser.error("give a PACK, or --receipt with --vkey and nothing else")
    if given.identity is not None and not re.fullmatch(HEX, given.identity):
        parser.error("--identity is 64 lower-case hexadecimal digits")
    try:
        if given.pack is None:
            return receipt_command(given.receipt.read_bytes(), *parse_vkey(given.vkey))
        os.listdir(given.pack)
        return pack_command(given.pack, given.identity, given.against.read_bytes() if given.against else None)
    except (OSError, Refused) as why:
        parser.error(printable(str(why)))


if __name__ == "__main__":
    sys.exit(main())
