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
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

LARGEST = 2**53 - 1
DEEPEST = 16
LONGEST_ENTRY = 65_535
LONGEST_FILE = 2**30
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
FILES = {"checkpoint", "identity", "log.vkey", "keys.txt", OPENINGS, SUMS}


class Refused(Exception):
    """Something is not as the page says; the message says what."""


@dataclass
class Findings:
    """Every fault is counted; the first few are kept to be shown."""

    total: int = 0
    shown: list[str] = field(default_factory=list)

    def add(self, check: int, where: str, why: object) -> None:
        self.total += 1
        if len(self.shown) < SHOWN:
            self.shown.append(f"FINDING {check} {printable(where)}: {printable(str(why))}")

    @contextmanager
    def catch(self, check: int, where: str) -> Iterator[None]:
        """A refusal inside becomes a finding."""
        try:
            yield
        except Refused as why:
            self.add(check, where, why)

    def show(self) -> None:
        for line in self.shown:
            print(line)
        if self.total > len(self.shown):
            print(f"NOTE {self.total - len(self.shown)} more findings are not shown")


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
        data = base64.b64decode(text, validate=True) if isinstance(text, str) else None
    except ValueError:
        data = None
    if data is None or to_base64(data) != text:
        raise Refused("not base64 in its one spelling")
    if length is not None and len(data) != length:
        raise Refused(f"base64 of {len(data)} bytes where {length} belong")
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


def _no_number(digits: str) -> object:
    raise Refused("a number that is not a plain integer")


def _too_deep(value: object) -> bool:
    """The outermost object or array is level 1; one at level 17 is too deep."""
    layer = [value]
    for _ in range(DEEPEST):
        layer = [inner for outer in layer for inner in _inside(outer)]
    return any(isinstance(inner, dict | list) for inner in layer)


def _inside(value: object) -> Iterable[object]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def canonical(value: object) -> str:
    """RFC 8785, for what parse_json lets through: no fraction is ever written."""
    if isinstance(value, dict):
        names = sorted(value, key=lambda name: name.encode("utf-16-be"))
        return "{" + ",".join(f"{canonical(name)}:{canonical(value[name])}" for name in names) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(canonical, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def parse_json(data: bytes) -> object:
    """Read JSON that must equal its own RFC 8785 form. A lone surrogate cannot be encoded again, so it is refused."""
    try:
        value: object = json.loads(
            data.decode("utf-8"),
            object_pairs_hook=_pairs,
            parse_int=natural,
            parse_float=_no_number,
            parse_constant=_no_number,
        )
        if _too_deep(value):
            raise Refused("nested too deep")
        same = canonical(value).encode("utf-8") == data
    except RecursionError:
        raise Refused("nested too deep") from None
    except ValueError:
        raise Refused("not JSON in UTF-8") from None
    if not same:
        raise Refused("not in its RFC 8785 form")
    return value


def members(value: object, *names: str, optional: Iterable[str] = ()) -> dict[str, object]:
    """An object that has these members and no others."""
    if not isinstance(value, dict) or not set(names) <= set(value) <= {*names, *optional}:
        raise Refused("not an object with exactly the members " + ", ".join(names))
    return value


def member_at(value: object, *path: str) -> object:
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def text_at(value: object, *path: str, form: str = r".*") -> str:
    text = member_at(value, *path)
    if not isinstance(text, str) or not re.fullmatch(form, text, re.DOTALL):
        raise Refused(f"{'.'.join(path)} is not a text of its form")
    return text


def bytes_at(value: object, *path: str, length: int) -> bytes:
    try:
        return from_base64(text_at(value, *path), length)
    except Refused as why:
        raise Refused(f"{'.'.join(path)}: {why}") from None


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
def _small_order() -> frozenset[int]:
    """The y coordinates of the eight points of small order: the multiples of one point of order 8."""
    for y in count(2):
        point = _decode(y.to_bytes(32, "little"))
        torsion = _multiply(L, point) if point else IDENTITY
        if not _is_identity(_multiply(4, torsion)):
            points = [_multiply(times, torsion) for times in range(8)]
            return frozenset(p[1] * pow(p[2], -1, P) % P for p in points)
    raise AssertionError


@functools.cache
def key_is_accepted(key: bytes) -> bool:
    """A canonical point of prime order; worked out once a key."""
    point = _decode(key) if len(key) == 32 else None
    return point is not None and not _is_identity(point) and _is_identity(_multiply(L, point))


def signature_is_accepted(key: bytes, signature: bytes, message: bytes) -> bool:
    """`cryptography` checks the equation without the cofactor; the rest of the rule stands here."""
    if len(signature) != 64 or not key_is_accepted(key):
        return False
    y = int.from_bytes(signature[:32], "little") & (2**255 - 1)
    if y >= P or y in _small_order() or int.from_bytes(signature[32:], "little") >= L:
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
        message = pre_authentication(self.kind, self.payload)
        return signature_is_accepted(key, self.signature, message)


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
    """An entry of which sections 2, 3 and 5 hold; of its body that is known only for `occurred_on`."""

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

    @property
    def where(self) -> str:
        return f"entry {self.number}"

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
    _check_unused(payload)
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
    )


def _check_unused(payload: dict[str, object]) -> None:
    """The members whose form alone matters here. A null is none of these forms."""
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


# -- the log (section 7) ------------------------------------------------------------------------------------


def hash_leaf(line: bytes) -> bytes:
    return sha256(b"\x00" + line)


def hash_node(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right)


class Tree:
    """An RFC 6962 tree that grows by a leaf: the root at every size, and the hashes that fill the tiles."""

    def __init__(self) -> None:
        self.size = 0
        self._edge: list[tuple[int, bytes]] = []  # the complete subtrees, largest first, with their heights
        self._roots = bytearray(sha256(b""))
        self.levels: list[bytearray] = []

    def append(self, leaf: bytes) -> None:
        height, node = 0, leaf
        self._fill(height, node)
        while self._edge and self._edge[-1][0] == height:
            node = hash_node(self._edge.pop()[1], node)
            height += 1
            self._fill(height, node)
        self._edge.append((height, node))
        self.size += 1
        root = node
        for _, left in reversed(self._edge[:-1]):
            root = hash_node(left, root)
        self._roots += root

    def _fill(self, height: int, node: bytes) -> None:
        if height % 8 == 0:
            if height // 8 == len(self.levels):
                self.levels.append(bytearray())
            self.levels[height // 8] += node

    def root(self, size: int) -> bytes:
        return bytes(self._roots[32 * size : 32 * size + 32])

    def spans(self, level: int) -> Iterator[tuple[int, int]]:
        """The number and the width of each tile of a level; of level 0, of each bundle too."""
        width = self.size >> 8 * level
        for number in range((width + 255) // 256):
            yield number, min(256, width - 256 * number)

    def tiles(self) -> Iterator[tuple[str, bytes]]:
        for level, hashes in enumerate(self.levels):
            for number, width in self.spans(level):
                yield tile_path(str(level), number, width), bytes(hashes[8192 * number :][: 32 * width])


def tile_path(level: str, number: int, width: int) -> str:
    digits = f"{number:03d}"
    digits = digits.zfill((len(digits) + 2) // 3 * 3)
    parts = [digits[i : i + 3] for i in range(0, len(digits), 3)]
    path = "/".join([f"tile/{level}", *(f"x{part}" for part in parts[:-1]), parts[-1]])
    return path if width == 256 else f"{path}.p/{width}"


def root_from_proof(leaf: bytes, index: int, size: int, path: list[bytes]) -> bytes:
    """The inclusion proof's algorithm, as RFC 9162 section 2.1.3.2 writes it out for RFC 6962's trees."""
    if index >= size:
        raise Refused("the index is not below the checkpoint's size")
    fn, sn, node = index, size - 1, leaf
    for sibling in path:
        if sn == 0:
            raise Refused("the inclusion proof is too long")
        if fn & 1 or fn == sn:
            node = hash_node(sibling, node)
            while fn and not fn & 1:
                fn, sn = fn >> 1, sn >> 1
        else:
            node = hash_node(node, sibling)
        fn, sn = fn >> 1, sn >> 1
    if sn:
        raise Refused("the inclusion proof is too short")
    return node


@dataclass(frozen=True)
class Checkpoint:
    """A checkpoint whose form holds; signatures are (name, key id, signature)."""

    origin: str
    size: int
    root: bytes
    text: bytes
    signatures: list[tuple[str, bytes, bytes]]

    def signed_under(self, origin: str, keys: Iterable[bytes]) -> None:
        """C2SP: the lines of other keys are ignored; one of a log key that fails spoils the note."""
        if self.origin != origin:
            raise Refused("the checkpoint is of another origin")
        known: dict[bytes, list[bytes]] = {}
        for key in keys:
            known.setdefault(key_id(origin, key), []).append(key)
        ours = [(known[kid], sig) for name, kid, sig in self.signatures if name == origin and kid in known]
        if not ours:
            raise Refused("the checkpoint has no signature by a key of the log")
        for candidates, signature in ours:
            if not any(signature_is_accepted(key, signature, self.text) for key in candidates):
                raise Refused("the checkpoint's signature does not verify")


def key_id(origin: str, key: bytes) -> bytes:
    return sha256(origin.encode() + b"\n\x01" + key)[:4]


def vkey(origin: str, key: bytes) -> str:
    typed_key = to_base64(b"\x01" + key)
    return f"{origin}+{key_id(origin, key).hex()}+{typed_key}"


def parse_vkey(text: str) -> tuple[str, bytes]:
    found = re.fullmatch(rf"({ORIGIN})\+[0-9a-f]{{8}}\+([A-Za-z0-9+/=]+)", text)
    if not found:
        raise Refused("not a verifier key: <origin>+<key id>+<key>")
    origin, key = found[1], from_base64(found[3], 33)[1:]
    if vkey(origin, key) != text or not key_is_accepted(key):
        raise Refused("not a verifier key of this kind: its type, its key id or its key is wrong")
    return origin, key


def parse_checkpoint(data: bytes) -> Checkpoint:
    try:
        note = data.decode("utf-8")
    except UnicodeDecodeError:
        raise Refused("the checkpoint is not UTF-8") from None
    text, gap, tail = note.rpartition("\n\n")
    lines, signatures = text.split("\n"), tail.split("\n")
    if not gap or len(lines) != 3 or signatures.pop() != "" or not 1 <= len(signatures) <= MOST_SIGNATURES:
        raise Refused("the checkpoint is not three lines, an empty line and its signatures")
    return Checkpoint(
        origin=lines[0],
        size=natural(lines[1]),
        root=from_base64(lines[2], 32),
        text=f"{text}\n".encode(),
        signatures=[_signature_line(line) for line in signatures],
    )


def _signature_line(line: str) -> tuple[str, bytes, bytes]:
    """C2SP: a name has no space, plus or control character, and a signature at least a byte."""
    found = re.fullmatch(r"\u2014 ([^\s+\x00-\x1f]+) ([A-Za-z0-9+/=]+)", line)
    data = from_base64(found[2]) if found else b""
    if not found or len(data) < 5:
        raise Refused("a signature line of the checkpoint is not in its form")
    return found[1], data[:4], data[4:]


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
            self._end(entry)
        introduction = introduced_by(entry)
        if introduction:
            office, key, proof = introduction
            check_possession(entry.ledger, office, key, proof)
            self.introduced.setdefault(office, set()).add(key)

    def _end(self, entry: Entry) -> None:
        office = text_at(entry.body, "officer", form=OFFICE)
        keys = self.introduced.get(office, set())
        if entry.kind == REVOKED:
            keys = {bytes_at(entry.body, "key", length=32)}
        if office.startswith(f"{entry.organisation}/") and entry.kind not in self.tabled:
            self.ended.setdefault(office, set()).update(keys)

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
        office = text_at(body, "officer", form=OFFICE)
    elif kind in (FOUNDED, ADMITTED, APPOINTED):
        path = ("organisation",) if kind == APPOINTED else ("organisation", "id")
        organisation = text_at(body, *path, form=ORGANISATION)
        if kind == ADMITTED and "officer" not in body:
            return None
        office = f"{organisation}/{text_at(body, 'officer', 'office')}"
        if not re.fullmatch(OFFICE, office):
            raise Refused("body.officer.office is not of its form")
        holder = body["officer"]
    else:
        return None
    return office, bytes_at(holder, "key", length=32), bytes_at(holder, "proof", length=64)


# -- the folder (section 8) ---------------------------------------------------------------------------------


class Pack:
    """The plain files of a folder. Nothing else is ever opened: no link is followed, no pipe is waited for."""

    def __init__(self, folder: Path, findings: Findings) -> None:
        self.folder = folder
        self.findings = findings
        self.files: set[str] = set()
        folders = [""]
        while folders:
            folders += self._scan(folders.pop())

    def _scan(self, inside: str) -> list[str]:
        """Note the files of one folder of the pack; the folders in it."""
        folders = []
        try:
            with os.scandir(self.folder / inside) as found:
                for one in found:
                    path = f"{inside}/{one.name}" if inside else one.name
                    mode = one.stat(follow_symlinks=False).st_mode
                    if stat.S_ISDIR(mode):
                        folders.append(path)
                    elif stat.S_ISREG(mode):
                        self.files.add(path)
                    else:
                        self.findings.add(8, path, "not a plain file")
        except OSError as why:
            self.findings.add(8, inside or ".", f"cannot be listed: {why.strerror}")
        return folders

    def read(self, path: str) -> bytes:
        if path not in self.files:
            raise Refused("the file is missing")
        try:
            if (self.folder / path).stat().st_size > LONGEST_FILE:
                raise Refused("the file is longer than 2^30 bytes")
            return (self.folder / path).read_bytes()
        except OSError as why:
            raise Refused(f"the file cannot be read: {why.strerror}") from None

    def lines(self, path: str) -> list[bytes]:
        """Lines without their ends; every line has one, the last too."""
        *lines, rest = self.read(path).split(b"\n")
        if rest:
            raise Refused("the last line has no end")
        return lines

    def digest(self, path: str) -> str:
        return sha256(self.read(path)).hex()

    def entries(self) -> Iterator[bytes]:
        """The lines of every bundle, until one is not full. After a faulty one no number would be certain."""
        for number in count():
            paths = ((width, tile_path("entries", number, width)) for width in range(256, 0, -1))
            width, path = next((one for one in paths if one[1] in self.files), (0, ""))
            lines: list[bytes] = []
            if width:
                with self.findings.catch(6, path):
                    lines = split_bundle(self.read(path), width)
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
    """An object with a member `sealed` is a sealed field, and stands at the top level of a body."""
    fields = {}
    for name, value in body.items():
        if isinstance(value, dict) and "sealed" in value:
            fields[name] = bytes_at(members(value, "sealed"), "sealed", length=32)
        elif any(_has_sealed(inner) for inner in _inside(value)):
            raise Refused(f"a sealed field inside {name}")
    return fields


def _has_sealed(value: object) -> bool:
    return isinstance(value, dict) and "sealed" in value or any(_has_sealed(inner) for inner in _inside(value))


def parse_opening_line(line: bytes) -> tuple[int, str, bytes]:
    value = members(parse_json(line), "entry", "field", "opening")
    entry = value["entry"]
    if type(entry) is not int:
        raise Refused("entry is not a number")
    return entry, text_at(value, "field"), from_base64(value["opening"])


def check_opening(name: str, data: bytes) -> None:
    parts = parse_json(data)
    if not isinstance(parts, list) or len(parts) != 3 or not all(isinstance(part, str) for part in parts):
        raise Refused("an opening is not three strings")
    from_base64(parts[0], 16)
    if parts[1] != name:
        raise Refused("an opening is of a field of another name")


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
        """The checks after the first, each by itself."""
        with self.findings.catch(2, entry.where):
            self.check_order(entry)
        with self.findings.catch(3, entry.where):
            self.check_seen(entry)
        with self.findings.catch(4, entry.where):
            self.check_signature(entry)
        with self.findings.catch(6, entry.where):
            self.register.take_log_key(entry)
        with self.findings.catch(5, entry.where):
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

    def check_order(self, entry: Entry) -> None:
        before, self._newest = self._newest, max(self._newest, entry.received_at)
        self._times[-1] = entry.received_at
        if entry.received_at < before:
            raise Refused("received_at is before that of an earlier entry")
        if entry.received_at < entry.signed_at - SKEW:
            raise Refused("received_at is more than 300 seconds before signed_at")

    def check_seen(self, entry: Entry) -> None:
        size = entry.seen_size
        if not min(1, entry.number - 1) <= size <= entry.number - 1:
            raise Refused("seen.size is not from 1 to n-1, or 0 for entry 1")
        if entry.seen_root != self.tree.root(size):
            raise Refused(f"seen.root is not the root of the first {size} entries")
        if size and entry.signed_at < self._times[size - 1] - SKEW:
            raise Refused(f"signed_at is more than 300 seconds before received_at of entry {size}, which it has seen")

    def check_signature(self, entry: Entry) -> None:
        if entry.number == 1:  # it introduces its own key
            self.register.take(entry)
        self.register.check_signature(entry.envelope, entry.by)
        if entry.number > 1:
            self.register.take(entry)

    def note_fields(self, entry: Entry) -> None:
        """The sealed fields of an entry; what it erases of an earlier one."""
        for name, digest in sealed_fields(entry.body).items():
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
            for line in self.pack.lines(OPENINGS):
                number, name, data = parse_opening_line(line)
                if (number, name) <= last:
                    raise Refused("not ascending by entry, then field")
                last = number, name
                opened.add(last)
                with self.findings.catch(5, f"entry {number}, field {name}"):
                    sealed = self._sealed.get(last)
                    if not sealed or sha256(data) != sealed.digest:
                        raise Refused("an opening hashes to no sealed field of that name")
                    check_opening(name, data)
                    if not sealed.may_be_open:
                        raise Refused("there is an opening for it, and it was erased")
        for (number, name), sealed in self._sealed.items():
            if not sealed.may_be_shut and (number, name) not in opened:
                self.findings.add(5, f"entry {number}, field {name}", "there is no opening for it")

    def check_whole(self) -> None:
        """Check 6, and of check 8 which files there are."""
        expected = FILES | {tile_path("entries", *at) for at in self.tree.spans(0)}
        for path, tile in self.tree.tiles():
            expected.add(path)
            with self.findings.catch(6, path):
                if self.pack.read(path) != tile:
                    raise Refused("the hash tile is not what the leaves give")
        for path in sorted((FILES | expected) - self.pack.files):
            self.findings.add(8, path, "the file is missing")
        for path in sorted(self.pack.files - expected - {SIGNED_SUMS}):
            self.findings.add(8, path, "not a file of a pack of this size")
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
        if kept is not None:
            with self.findings.catch(7, "checkpoint kept"):
                before = self.opened(kept)
                if before.size > self.tree.size:
                    raise Refused(f"it has {before.size} entries, and the pack {self.tree.size}: a tail was cut off")
                if before.root != self.tree.root(before.size):
                    raise Refused(f"the first {before.size} entries do not give its root: history was changed")

    def check_files(self) -> None:
        """Check 8."""
        checks = {
            SUMS: self._check_sums,
            "identity": self._check_identity,
            "log.vkey": self._check_vkey,
            "keys.txt": self._check_keys,
            SIGNED_SUMS: self._check_signed_sums,
        }
        for path in checks.keys() & self.pack.files:
            with self.findings.catch(8, path):
                checks[path]()

    def _check_sums(self) -> None:
        paths = sorted(self.pack.files - {SUMS, SIGNED_SUMS}, key=os.fsencode)
        given = self.pack.lines(SUMS)
        right = [self.pack.digest(path).encode() + b"  " + os.fsencode(path) for path in paths]
        for line, path in zip(right, paths, strict=True):
            if line not in given:
                self.findings.add(8, path, "its SHA-256 is not in SHA256SUMS")
        if given != right:
            raise Refused("not the sums of the other files, ascending by path")

    def _check_identity(self) -> None:
        if self.pack.read("identity") != f"{self.identity}\n".encode():
            raise Refused("not the leaf hash of entry 1 and a line end")

    def _check_vkey(self) -> None:
        text = self.pack.read("log.vkey")
        keys = [key for key in self.register.log_keys if text == f"{vkey(self.origin, key)}\n".encode()]
        if not keys:
            raise Refused("not a key that the log introduced for its checkpoints")
        parse_checkpoint(self.pack.read("checkpoint")).signed_under(self.origin, keys)

    def _check_keys(self) -> None:
        offices = self.register.introduced
        known = {key_line(office, key): office for office in offices for key in self.register.live(office)}
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
        if payload["sums"] != self.pack.digest(SUMS):
            raise Refused("its sums is not the SHA-256 of SHA256SUMS")
        self.register.check_signature(envelope, text_at(payload, "by", form=OFFICE))


def key_line(office: str, key: bytes) -> bytes:
    return f"{office} ssh-ed25519 {to_base64(ssh_blob(key))}".encode()


# -- receipts (section 7) -----------------------------------------------------------------------------------


def verify_receipt(data: bytes, origin: str, key: bytes) -> Entry:
    """The line in `extra` is in the log under a checkpoint of this key; the entry that it is."""
    head, gap, note = data.partition(b"\n\n")
    try:
        lines = head.decode("ascii").split("\n")
    except UnicodeDecodeError:
        raise Refused("not ASCII before the checkpoint") from None
    if not gap or len(lines) < 3 or lines[0] != "c2sp.org/tlog-proof@v1":
        raise Refused("not a tlog-proof with an extra line, an index and a checkpoint")
    if not lines[1].startswith("extra ") or not lines[2].startswith("index "):
        raise Refused("not a tlog-proof with an extra line and an index")
    line, index = from_base64(lines[1][6:]), natural(lines[2][6:])
    proof = [from_base64(one, 32) for one in lines[3:]]
    checkpoint = parse_checkpoint(note)
    checkpoint.signed_under(origin, [key])
    if root_from_proof(hash_leaf(line), index, checkpoint.size, proof) != checkpoint.root:
        raise Refused("the inclusion proof does not give the checkpoint's root")
    entry = parse_entry(index + 1, line)
    if entry.ledger != origin:
        raise Refused("ledger is not the origin")
    return entry


# -- the command --------------------------------------------------------------------------------------------


def pack_command(folder: Path, identity: str | None, kept: bytes | None) -> int:
    verifier = Verifier(folder)
    verifier.run(identity, kept)
    tree = verifier.tree
    good = f"OK size={tree.size} root={to_base64(tree.root(tree.size))} identity={verifier.identity}"
    verifier.findings.show()
    if kept is None:
        print("NOTE nothing earlier to compare with")
    total = verifier.findings.total
    print(f"FAILED findings={total}" if total else good)
    return 3 if total else 0


def receipt_command(data: bytes, origin: str, key: bytes) -> int:
    """A receipt's faults are numbered as the root's (check 6), of which its proof is a part."""
    try:
        entry = verify_receipt(data, origin, key)
    except Refused as why:
        print(f"FINDING 6 receipt: {printable(str(why))}")
        print("FAILED findings=1")
        return 3
    print(f"OK digest={to_base64(sha256(entry.envelope.payload))}")
    return 0


def read_argument(parser: argparse.ArgumentParser, path: Path) -> bytes:
    try:
        return path.read_bytes()
    except (OSError, ValueError) as why:
        parser.error(f"{printable(str(path))} cannot be read: {printable(str(why))}")


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Verify a pack, or a receipt, of a signed ledger.")
    parser.add_argument("pack", nargs="?", metavar="PACK", type=Path)
    parser.add_argument("--identity", metavar="HEX", help="the ledger's identity, as kept from before")
    parser.add_argument("--against", metavar="CHECKPOINT_FILE", type=Path, help="the last checkpoint verified")
    parser.add_argument("--receipt", metavar="FILE", type=Path)
    parser.add_argument("--vkey", metavar="VKEY", help="the log's verifier key, for --receipt")
    given = parser.parse_args(arguments)
    if given.receipt is not None:
        if given.vkey is None or given.pack or given.identity is not None or given.against:
            parser.error("--receipt goes with --vkey and nothing else")
        try:
            origin, key = parse_vkey(given.vkey)
        except Refused as why:
            parser.error(printable(f"--vkey: {why}"))
        return receipt_command(read_argument(parser, given.receipt), origin, key)
    if given.pack is None or given.vkey is not None:
        parser.error("give a PACK, or --receipt with --vkey")
    if given.identity is not None and not re.fullmatch(HEX, given.identity):
        parser.error("--identity is 64 lower-case hexadecimal digits")
    if not os.path.isdir(given.pack):
        parser.error(f"{printable(str(given.pack))} is not a folder")
    kept = read_argument(parser, given.against) if given.against else None
    return pack_command(given.pack, given.identity, kept)


if __name__ == "__main__":
    sys.exit(main())
