"""A second reader of the ledger, written from docs/reference/entry-format.md and nothing else.

It imports the standard library and `cryptography`, and none of the ledger's own code, so that whatever it agrees
to is what the page says rather than what the program happens to do. Section numbers below are the page's.

    python verify_pack.py PACK [--identity HEX] [--against CHECKPOINT_FILE]
    python verify_pack.py --receipt FILE --vkey VKEY

Each fault is a line `FINDING <check of section 9> <where>: <why>`. The last line is `OK ...` (exit 0) or
`FAILED findings=<k>` (exit 3). Exit 2 means that the command itself was wrong.

The entries are streamed. What is kept for each entry is two hashes, its id, its time and its organisation.
Where the page leaves a choice, the choice made here is marked `Choice:`.
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
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from itertools import count
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

LARGEST = 2**53 - 1
DEEPEST = 16
LONGEST_ENTRY = 65_535
SKEW = 300
SHOWN = 50
SMALL_FILE = 1 << 20
LONGEST_LINE = 1 << 24
FOLDERS_DEEP = 12
UNKNOWN = -(2**62)  # a time that no entry has

STATEMENT = b"application/vnd.shared-outcomes.statement+json"
MANIFEST = b"application/vnd.shared-outcomes.manifest+json"
POSSESSION = b"application/vnd.shared-outcomes.possession"
FOUNDED = "ledger-founded/1"
REPLACES = ("key-rotated/1", "office-holder-changed/1")
ENDS = (*REPLACES, "key-revoked/1", "officer-retired/1")
PLAIN_FILES = ("checkpoint", "identity", "log.vkey", "keys.txt", "openings.jsonl", "SHA256SUMS")
OPTIONAL_FILE = "SHA256SUMS.dsse"


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

    def attempt(self, check: int, where: str, action: Callable[[], object]) -> bool:
        """Do it; a refusal becomes a finding. True when there was none."""
        try:
            action()
        except Refused as why:
            self.add(check, where, why)
            return False
        return True

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


def moment(text: object) -> int:
    """Seconds since 1970 of YYYY-MM-DDTHH:MM:SSZ. Choice: no leap second, years 0001 to 9999."""
    form = r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z"
    if not isinstance(text, str) or not re.fullmatch(form, text):
        raise Refused("not a moment of the form YYYY-MM-DDTHH:MM:SSZ")
    try:
        when = datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError:
        raise Refused("no such moment") from None
    return int((when - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds())


def day(text: object) -> None:
    if not isinstance(text, str) or not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        raise Refused("not a date of the form YYYY-MM-DD")
    try:
        date.fromisoformat(text)
    except ValueError:
        raise Refused("no such date") from None


def natural(text: str) -> int:
    """Decimal without leading zeros. Choice: at most 2^53-1, as for numbers in JSON."""
    if not re.fullmatch(r"0|[1-9][0-9]{0,15}", text) or int(text) > LARGEST:
        raise Refused("not a number in decimal from 0 to 2^53-1")
    return int(text)


def organisation_of(office: object) -> str:
    """The part before the slash. Choice: exactly one slash, something on each side, no space or control."""
    if not isinstance(office, str) or not re.fullmatch(r"[^/\s\x00-\x1f\x7f]+/[^/\s\x00-\x1f\x7f]+", office):
        raise Refused("not an office: an organisation, a slash, an office")
    return office.partition("/")[0]


# -- JSON in its RFC 8785 form (section 3) ------------------------------------------------------------------


def _pairs(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise Refused("a member occurs twice")
    return members


def _integer(digits: str) -> int:
    return natural(digits)


def _no_number(digits: str) -> object:
    raise Refused("a number that is not a plain integer")


def _too_deep(value: object) -> bool:
    """Choice: the outermost object or array is the first level; a container at level 17 is too deep."""
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
    """Read JSON that must equal its own RFC 8785 form. Choice: code points that Unicode calls
    noncharacters are let through; lone surrogates are not."""
    try:
        value: object = json.loads(
            data.decode("utf-8"),
            object_pairs_hook=_pairs,
            parse_int=_integer,
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


def parse_object(data: bytes) -> dict[str, object]:
    value = parse_json(data)
    if not isinstance(value, dict):
        raise Refused("not a JSON object")
    return value


def members(value: object, *names: str) -> list[object]:
    """The values of an object that has exactly these members."""
    if not isinstance(value, dict) or set(value) != set(names):
        raise Refused("not an object with exactly the members " + ", ".join(names))
    return [value[name] for name in names]


def text_at(value: object, *path: str) -> str:
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    if not isinstance(value, str):
        raise Refused("no text at " + ".".join(path))
    return value


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


def check_possession(origin: str, holder: str, key: bytes, proof: str) -> None:
    if not key_is_accepted(key):
        raise Refused(f"the key introduced for {holder} is not a point of prime order")
    payload = f"{origin}\n{holder}\n{to_base64(key)}\n".encode()
    if not signature_is_accepted(key, from_base64(proof, 64), pre_authentication(POSSESSION, payload)):
        raise Refused(f"the proof of possession for {holder} does not verify")


# -- entries (sections 3 and 5) -----------------------------------------------------------------------------


def _check_body(value: object) -> None:
    if not isinstance(value, dict):
        raise Refused("not an object")
    day(value.get("occurred_on"))


def _check_text(value: object) -> None:
    if not isinstance(value, str):
        raise Refused("not a text")


def _check_pattern(pattern: str) -> Callable[[object], None]:
    def check(value: object) -> None:
        if not isinstance(value, str) or not re.fullmatch(pattern, value):
            raise Refused("not of its form")

    return check


def _check_seen(value: object) -> None:
    root, size = members(value, "root", "size")
    from_base64(root, 32)
    if type(size) is not int:
        raise Refused("its size is not a number")


def _check_source(value: object) -> None:
    dataset, row = members(value, "dataset", "row")
    _check_pattern(r"[0-9a-f]{64}")(dataset)  # Choice: lower case
    _check_text(row)


MEMBERS: dict[str, Callable[[object], object]] = {
    "body": _check_body,
    "by": organisation_of,
    "decision": _check_text,
    "id": _check_pattern(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"),
    "kind": _check_pattern(r"[a-z][a-z0-9-]*/[1-9][0-9]*"),  # Choice: the page gives examples only
    "ledger": _check_text,
    "nonce": lambda value: from_base64(value, 16),
    "prepared_by": organisation_of,
    "seen": _check_seen,
    "signed_at": moment,
    "source": _check_source,
}
OPTIONAL = {"decision", "prepared_by", "source"}


@dataclass(frozen=True)
class Entry:
    """An entry whose bytes could be read. `faults` says what is wrong, by member, with its payload."""

    number: int
    received_at: int
    envelope: Envelope
    payload: dict[str, object]
    faults: dict[str, str]

    @property
    def where(self) -> str:
        return f"entry {self.number}"

    def sound(self, *names: str) -> bool:
        return not any(name in self.faults for name in names)

    @property
    def body(self) -> dict[str, object]:
        body = self.payload.get("body")
        return body if isinstance(body, dict) else {}

    @property
    def kind(self) -> str:
        return text_at(self.payload, "kind") if self.sound("kind") else ""

    @property
    def office(self) -> str:
        return text_at(self.payload, "by")

    @property
    def organisation(self) -> str:
        return organisation_of(self.payload.get("by"))


def parse_entry(number: int, line: bytes) -> Entry:
    if len(line) > LONGEST_ENTRY:
        raise Refused("longer than 65,535 bytes")
    found = re.fullmatch(rb'\{"received_at":"([0-9TZ:-]{20})","envelope":(.*)\}', line, re.DOTALL)
    if not found:
        raise Refused("the entry is not in its exact form")
    received_at = moment(found[1].decode("ascii"))
    envelope = parse_envelope(found[2], STATEMENT)
    payload = parse_object(envelope.payload)
    return Entry(number, received_at, envelope, payload, payload_faults(payload))


def payload_faults(payload: dict[str, object]) -> dict[str, str]:
    faults = {name: "no such member of a payload" for name in payload if name not in MEMBERS}
    for name, check in MEMBERS.items():
        if name not in payload:
            if name not in OPTIONAL:
                faults[name] = "missing"
            continue
        try:
            check(payload[name])
        except Refused as why:
            faults[name] = str(why)
    return faults


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

    def tiles(self) -> Iterator[tuple[str, bytes]]:
        for level, hashes in enumerate(self.levels):
            for number in range((len(hashes) + 8191) // 8192):
                tile = bytes(hashes[8192 * number : 8192 * number + 8192])
                yield tile_path(str(level), number, len(tile) // 32), tile


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
        """C2SP: lines of unknown keys are ignored; one of a known key that fails spoils the note."""
        known: dict[bytes, list[bytes]] = {}
        for key in keys:
            known.setdefault(key_id(origin, key), []).append(key)
        ours = [(known[kid], sig) for name, kid, sig in self.signatures if name == origin and kid in known]
        if not ours:
            raise Refused("the checkpoint has no signature by a key of the log")
        for candidates, signature in ours:
            if not any(signature_is_accepted(key, signature, self.text) for key in candidates):
                raise Refused("the checkpoint's signature does not verify")


def check_name(name: str) -> str:
    """A key name in a signed note, and so an origin: not empty, no space, no plus, no control."""
    if not re.fullmatch(r"[^\s+\x00-\x1f\x7f]+", name):
        raise Refused("not an origin")
    return name


def key_id(origin: str, key: bytes) -> bytes:
    return sha256(origin.encode("utf-8", "surrogatepass") + b"\n\x01" + key)[:4]


def vkey(origin: str, key: bytes) -> str:
    typed_key = to_base64(b"\x01" + key)
    return f"{origin}+{key_id(origin, key).hex()}+{typed_key}"


def parse_vkey(text: str) -> tuple[str, bytes]:
    parts = text.split("+", 2)
    if len(parts) != 3:
        raise Refused("not a verifier key: <origin>+<key id>+<key>")
    origin, key = check_name(parts[0]), from_base64(parts[2], 33)[1:]
    if vkey(origin, key) != text:
        raise Refused("not a verifier key of this kind: its type or its key id is wrong")
    if not key_is_accepted(key):
        raise Refused("the log's key is not a point of prime order")
    return origin, key


def parse_checkpoint(data: bytes) -> Checkpoint:
    """Choice: as in C2SP, a note may carry up to 16 signature lines, and other keys' lines mean nothing here."""
    try:
        note = data.decode("utf-8")
    except UnicodeDecodeError:
        raise Refused("the checkpoint is not UTF-8") from None
    text, gap, tail = note.rpartition("\n\n")
    lines, signatures = text.split("\n"), tail.split("\n")
    if not gap or len(lines) != 3 or signatures.pop() != "" or not 1 <= len(signatures) <= 16:
        raise Refused("the checkpoint is not three lines, an empty line and its signatures")
    return Checkpoint(
        origin=check_name(lines[0]),
        size=natural(lines[1]),
        root=from_base64(lines[2], 32),
        text=f"{text}\n".encode(),
        signatures=[_signature_line(line) for line in signatures],
    )


def _signature_line(line: str) -> tuple[str, bytes, bytes]:
    parts = line.split(" ")
    if len(parts) != 3 or parts[0] != "\u2014":
        raise Refused("a signature line of the checkpoint is not in its form")
    data = from_base64(parts[2])
    if len(data) < 5:
        raise Refused("a signature line of the checkpoint is too short")
    return check_name(parts[1]), data[:4], data[4:]


# -- the register of keys (check 4) -------------------------------------------------------------------------


@dataclass
class Register:
    """Which keys were introduced for which office, and which of them are ended.

    Choice: an end is for one office's use of a key, and for good: introducing it there again does not undo it.
    """

    keys: dict[str, dict[bytes, bool]] = field(default_factory=dict)  # office, key, whether it may sign
    tabled: set[str] = field(default_factory=set)  # the kinds that some approval table has a line for
    log_keys: list[bytes] = field(default_factory=list)

    def live(self, office: str) -> list[bytes]:
        return [key for key, may_sign in self.keys.get(office, {}).items() if may_sign]

    def check_signature(self, envelope: Envelope, office: str) -> None:
        """The key is found by the office, and `keyid` is its fingerprint."""
        known = self.keys.get(office, {})
        named = [key for key in known if fingerprint(key) == envelope.keyid]
        if not named:
            raise Refused(f"keyid is not the fingerprint of a key that an earlier entry introduced for {office}")
        if not known[named[0]]:
            raise Refused(f"the key of {office} was ended by an earlier entry")
        if not envelope.signed_under(named[0]):
            raise Refused("the signature does not verify")

    def take(self, entry: Entry) -> None:
        """Check and apply what an entry does to keys; nothing is applied when something is refused."""
        origin = text_at(entry.payload, "ledger")
        introduced, tables = introduction(entry), approval_kinds(entry)
        ended = self._ended(entry)
        if introduced:
            office, key, proof = introduced
            check_possession(origin, office, key, proof)
        for holder, old in ended:
            self.keys[holder][old] = False
        if introduced:
            self.keys.setdefault(introduced[0], {}).setdefault(introduced[1], True)
        self.tabled |= tables

    def _ended(self, entry: Entry) -> list[tuple[str, bytes]]:
        if entry.kind not in ENDS:
            return []
        office = text_at(entry.body, "officer")
        theirs = organisation_of(office) == entry.organisation
        keys: Iterable[bytes] = list(self.keys.get(office, {}))
        if entry.kind == "key-revoked/1":
            revoked = from_base64(text_at(entry.body, "key"), 32)
            keys = [key for key in keys if key == revoked]
        return [(office, key) for key in keys] if theirs and entry.kind not in self.tabled else []

    def take_log_key(self, entry: Entry) -> None:
        """Check 6: the keys that may have signed a checkpoint."""
        if entry.number == 1 or entry.kind == "log-key-changed/1":
            key = from_base64(text_at(entry.body, "log_key"), 32)
            check_possession(text_at(entry.payload, "ledger"), "log", key, text_at(entry.body, "log_key_proof"))
            self.log_keys.append(key)


def introduction(entry: Entry) -> tuple[str, bytes, str] | None:
    """The office, the key and the proof that an entry introduces, if its kind does so."""
    body, kind = entry.body, entry.kind
    place: tuple[str, ...] = ("officer",)
    if kind in REPLACES:
        office, place = text_at(body, "officer"), ()
    elif kind == "organisation-admitted/1" and "officer" not in body:
        return None
    elif kind in (FOUNDED, "organisation-admitted/1", "officer-appointed/1"):
        whose = ("organisation",) if kind == "officer-appointed/1" else ("organisation", "id")
        office = f"{text_at(body, *whose)}/{text_at(body, 'officer', 'office')}"
    else:
        return None
    organisation_of(office)
    return office, from_base64(text_at(body, *place, "key"), 32), text_at(body, *place, "proof")


def approval_kinds(entry: Entry) -> set[str]:
    """The kinds named by an approval table. Choice: a body without `approvals` has an empty table."""
    if entry.kind not in (FOUNDED, "approval-table-set/1"):
        return set()
    table = entry.body.get("approvals", [])
    if not isinstance(table, list):
        raise Refused("body.approvals is not a list")
    return {text_at(line, "kind") for line in table}


# -- the folder (section 8) ---------------------------------------------------------------------------------


class Pack:
    """The regular files of a folder. Nothing else is ever opened: no link is followed, no pipe is waited for."""

    def __init__(self, folder: Path, findings: Findings) -> None:
        self.folder = folder
        self.findings = findings
        self.files: set[str] = set()
        pending = [("", 0)]
        while pending:
            inside, depth = pending.pop()
            pending += [(path, depth + 1) for path in self._scan(inside, depth)]

    def _scan(self, inside: str, depth: int) -> list[str]:
        """Note the files of one folder of the pack; the folders in it."""
        if depth > FOLDERS_DEEP:
            self.findings.add(8, inside, "folders are nested too deep")
            return []
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
                        self.findings.add(8, path, "neither a file nor a folder")
        except OSError as why:
            self.findings.add(8, inside or ".", f"cannot be listed: {why.strerror}")
        return folders

    def chunks(self, path: str, read: Callable[[Path], Iterator[bytes]]) -> Iterator[bytes]:
        """What `read` finds in a file; a file that is missing or unreadable is refused."""
        if path not in self.files:
            raise Refused("the file is missing")
        try:
            yield from read(self.folder / path)
        except OSError as why:
            raise Refused(f"the file cannot be read: {why.strerror}") from None

    def small(self, path: str) -> bytes:
        data = b"".join(self.chunks(path, _beginning))
        if len(data) > SMALL_FILE:
            raise Refused("the file is too long")
        return data

    def lines(self, path: str) -> Iterator[bytes]:
        """Lines without their ends; every line has one, the last too."""
        for line in self.chunks(path, _lines):
            if not line.endswith(b"\n"):
                raise Refused("a line is too long, or the last has no end")
            yield line[:-1]

    def digest(self, path: str) -> str:
        state = hashlib.sha256()
        for chunk in self.chunks(path, _blocks):
            state.update(chunk)
        return state.hexdigest()

    def bundles(self) -> Iterator[tuple[str, int]]:
        """The bundles of entries there are, from the first until one is partial or missing."""
        for number in count():
            path = next((w for w in range(256, 0, -1) if tile_path("entries", number, w) in self.files), 0)
            if path:
                yield tile_path("entries", number, path), path
            if path != 256:
                return

    def entries(self) -> Iterator[bytes]:
        """Every line of every bundle; only one line is held at a time."""
        for path, width in self.bundles():
            try:
                yield from self._bundle(path, width)
            except Refused as why:
                self.findings.add(6, path, why)

    def _bundle(self, path: str, width: int) -> Iterator[bytes]:
        found = 0
        for line in self.chunks(path, _prefixed):
            if found == width:
                raise Refused("more bytes than its entries take")
            yield line
            found += 1
        if found != width:
            raise Refused(f"{found} entries where {width} belong")


def _beginning(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        yield file.read(SMALL_FILE + 1)


def _lines(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while line := file.readline(LONGEST_LINE):
            yield line


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while block := file.read(1 << 16):
            yield block


def _prefixed(path: Path) -> Iterator[bytes]:
    """Section 7: each line preceded by its length in two bytes, big-endian."""
    with path.open("rb") as file:
        while head := file.read(2):
            line = file.read(int.from_bytes(head, "big")) if len(head) == 2 else b""
            if len(head) + len(line) != 2 + int.from_bytes(head, "big"):
                raise Refused("the bundle ends inside an entry")
            yield line


# -- openings (section 4, check 5) --------------------------------------------------------------------------


@dataclass(frozen=True)
class Opening:
    entry: int
    field: str
    data: bytes


class Openings:
    """Walks `openings.jsonl` beside the entries, since both ascend; so neither is held in memory."""

    FILE = "openings.jsonl"

    def __init__(self, pack: Pack) -> None:
        self.pack = pack
        self.findings = pack.findings
        self.missing: list[tuple[int, str]] = []
        self.erased: set[tuple[int, str]] = set()
        self.perhaps_erased: set[tuple[int, str]] = set()
        self._lines = self._read(report=True)
        self._next = next(self._lines, None)

    def _read(self, report: bool) -> Iterator[Opening]:
        """The lines that can be read, ascending by entry and field; the others are reported once."""
        last = (0, "")
        try:
            for number, line in enumerate(self.pack.lines(self.FILE), start=1):
                try:
                    opening = parse_opening_line(line)
                    if (opening.entry, opening.field) <= last:
                        raise Refused("not ascending by entry, then field")
                except Refused as why:
                    if report:
                        self.findings.add(5, f"{self.FILE} line {number}", why)
                    continue
                last = (opening.entry, opening.field)
                yield opening
        except Refused as why:
            if report and self.FILE in self.pack.files:
                self.findings.add(5, self.FILE, why)

    def of(self, number: int) -> Iterator[Opening]:
        """The openings of this entry; asked for entries in order."""
        while self._next and self._next.entry == number:
            yield self._next
            self._next = next(self._lines, None)

    def skip(self, number: int) -> None:
        for _ in self.of(number):
            pass

    def check(self, number: int, body: dict[str, object]) -> None:
        where, opened = f"entry {number}", set()
        sealed = sealed_fields(body)
        for name, digest in sealed.items():
            self.findings.attempt(5, where, functools.partial(check_sealed, name, digest))
        for opening in self.of(number):
            if opening.field in sealed:
                opened.add(opening.field)
                check = functools.partial(check_opening, opening, sealed[opening.field])
                self.findings.attempt(5, where, check)
            else:
                self.findings.add(5, where, f"an opening for {opening.field}, which is not a sealed field of it")
        self.missing += [(number, name) for name in sealed if name not in opened]

    def finish(self) -> None:
        """What only the end can tell: leftovers, openings of what was erased later, openings that lack."""
        while self._next:
            self.findings.add(5, f"entry {self._next.entry}", "an opening for an entry that is not there")
            self._next = next(self._lines, None)
        excused = self.erased | self.perhaps_erased
        for number, name in self.missing:
            if (number, name) not in excused:
                self.findings.add(5, f"entry {number}", f"no opening for its sealed field {name}")
        for opening in self._read(report=False) if self.erased else ():
            if (opening.entry, opening.field) in self.erased:
                self.findings.add(5, f"entry {opening.entry}", f"an opening for {opening.field}, which was erased")


def sealed_fields(body: dict[str, object]) -> dict[str, object]:
    """Choice: an object whose one member is `sealed`; only the top level of a body is looked at."""
    objects = {name: value for name, value in body.items() if isinstance(value, dict)}
    return {name: value["sealed"] for name, value in objects.items() if set(value) == {"sealed"}}


def check_sealed(name: str, digest: object) -> None:
    try:
        from_base64(digest, 32)
    except Refused as why:
        raise Refused(f"sealed field {name}: {why}") from None


def parse_opening_line(line: bytes) -> Opening:
    """Choice: the line equals its RFC 8785 form, as the page's example does."""
    entry, name, data = members(parse_json(line), "entry", "field", "opening")
    if type(entry) is not int or entry < 1 or not isinstance(name, str):
        raise Refused("not the opening of a field of an entry")
    return Opening(entry, name, from_base64(data))


def check_opening(opening: Opening, digest: object) -> None:
    if to_base64(sha256(opening.data)) != digest:
        raise Refused(f"the opening of {opening.field} does not hash to the sealed field")
    parts = parse_json(opening.data)
    if not isinstance(parts, list) or len(parts) != 3 or not all(isinstance(part, str) for part in parts):
        raise Refused(f"the opening of {opening.field} is not three strings")
    from_base64(parts[0], 16)
    if parts[1] != opening.field:
        raise Refused(f"the opening of {opening.field} is of a field of another name")


# -- the checks of section 9 --------------------------------------------------------------------------------


class Verifier:
    """One reading of one pack."""

    def __init__(self, folder: Path) -> None:
        self.findings = Findings()
        self.pack = Pack(folder, self.findings)
        self.openings = Openings(self.pack)
        self.tree = Tree()
        self.register = Register()
        self.identity = ""
        self.origin: str | None = None
        self._ids: dict[str, int] = {}
        self._times = array("q")
        self._newest = UNKNOWN
        self._organisations = array("q")
        self._organisation_numbers: dict[str, int] = {}

    def run(self, identity: str | None, kept: bytes | None) -> None:
        for number, line in enumerate(self.pack.entries(), start=1):
            self.tree.append(hash_leaf(line))
            self.identity = self.identity or hash_leaf(line).hex()
            try:
                entry = parse_entry(number, line)
            except Refused as why:
                self.findings.add(1, f"entry {number}", why)
                self._remember(UNKNOWN, "")
                self.openings.skip(number)
            else:
                self.check_entry(entry)
        self.openings.finish()
        self.check_whole()
        self.check_continuity(identity, kept)
        self.check_files()

    def _remember(self, received_at: int, organisation: str) -> None:
        self._times.append(received_at)
        self._newest = max(self._newest, received_at)
        numbers = self._organisation_numbers
        self._organisations.append(numbers.setdefault(organisation, len(numbers)))

    # -- for every entry

    def check_entry(self, entry: Entry) -> None:
        sound = self.check_form(entry)
        self.check_order(entry)
        if entry.sound("seen"):
            self.check_seen(entry)
        signed = entry.sound("by") and self.check_signature(entry, sound)
        if sound and signed and entry.kind == "field-erased/1":
            self.findings.attempt(5, entry.where, lambda: self.note_erasure(entry))
        self._remember(entry.received_at, entry.organisation if entry.sound("by") else "")
        self.openings.check(entry.number, entry.body)

    def check_form(self, entry: Entry) -> bool:
        """Check 1. Choice: the origin is the `ledger` of the first entry that has one; the checkpoint must agree."""
        before = self.findings.total
        for name, why in entry.faults.items():
            self.findings.add(1, entry.where, f"{name}: {why}")
        if entry.sound("ledger"):
            self.origin = self.origin or text_at(entry.payload, "ledger")
            if entry.payload["ledger"] != self.origin:
                self.findings.add(1, entry.where, "ledger is not the origin")
        if entry.sound("id"):
            first = self._ids.setdefault(text_at(entry.payload, "id"), entry.number)
            if first != entry.number:
                self.findings.add(1, entry.where, f"its id is that of entry {first}")
        if entry.number == 1 and entry.kind != FOUNDED:
            self.findings.add(1, entry.where, f"entry 1 is not of kind {FOUNDED}")
        return self.findings.total == before

    def check_order(self, entry: Entry) -> None:
        """Check 2."""
        if entry.received_at < self._newest:
            self.findings.add(2, entry.where, "received_at is before that of an earlier entry")
        if entry.sound("signed_at") and entry.received_at < moment(entry.payload["signed_at"]) - SKEW:
            self.findings.add(2, entry.where, "received_at is more than 300 seconds before signed_at")

    def check_seen(self, entry: Entry) -> None:
        """Check 3."""
        root, size = members(entry.payload["seen"], "root", "size")
        low = 0 if entry.number == 1 else 1
        if not isinstance(size, int) or not low <= size <= max(entry.number - 1, 0):
            self.findings.add(3, entry.where, "seen.size is not from 1 to n-1, or 0 for entry 1")
            return
        if root != to_base64(self.tree.root(size)):
            self.findings.add(3, entry.where, f"seen.root is not the root of the first {size} entries")
        seen_at = self._times[size - 1] if size else UNKNOWN
        if entry.sound("signed_at") and moment(entry.payload["signed_at"]) < seen_at - SKEW:
            why = f"signed_at is more than 300 seconds before received_at of entry {size}, which it has seen"
            self.findings.add(3, entry.where, why)

    def check_signature(self, entry: Entry, sound: bool) -> bool:
        """Check 4. An entry that fails checks 1 or 4 changes no key."""

        def signature() -> None:
            self.register.check_signature(entry.envelope, entry.office)

        def take() -> None:
            self.register.take(entry)

        if entry.number == 1:  # it introduces its own key
            introduced = sound and self.findings.attempt(4, entry.where, take)
            signed = self.findings.attempt(4, entry.where, signature) and introduced
        else:
            signed = self.findings.attempt(4, entry.where, signature)
            signed = signed and sound and self.findings.attempt(4, entry.where, take)
        if signed:
            self.findings.attempt(6, entry.where, lambda: self.register.take_log_key(entry))
        return signed

    def note_erasure(self, entry: Entry) -> None:
        """Check 5. Choice: the id is of an earlier entry; with an approval line, either is let through."""
        name = text_at(entry.body, "field")
        erased = self._ids.get(text_at(entry.body, "entry"))
        if erased is None or erased >= entry.number:
            return
        theirs = self._organisation_numbers.get(entry.organisation, UNKNOWN)
        if self._organisations[erased - 1] == theirs:
            tabled = entry.kind in self.register.tabled
            (self.openings.perhaps_erased if tabled else self.openings.erased).add((erased, name))

    # -- for the whole

    def check_whole(self) -> None:
        """Check 6."""
        tiles = {"checkpoint"} | {path for path, _ in self.pack.bundles()}
        for path, tile in self.tree.tiles():
            tiles.add(path)
            self.findings.attempt(6, path, functools.partial(self._check_tile, path, tile))
        self.findings.attempt(6, "checkpoint", self._check_checkpoint)
        for path in sorted(self.pack.files - tiles - {*PLAIN_FILES, OPTIONAL_FILE}):
            check = 6 if path.startswith("tile/") else 8
            self.findings.add(check, path, "not a file of a pack of this size")

    def _check_tile(self, path: str, tile: bytes) -> None:
        if self.pack.small(path) != tile:
            raise Refused("the hash tile is not what the leaves give")

    def _check_checkpoint(self) -> None:
        checkpoint = parse_checkpoint(self.pack.small("checkpoint"))
        if checkpoint.size != self.tree.size:
            why = f"its size is {checkpoint.size}, and there are {self.tree.size} entries"
            self.findings.add(6, "checkpoint", why)
        if checkpoint.root != self.tree.root(self.tree.size):
            self.findings.add(6, "checkpoint", "its root is not what the leaves give")
        self._check_note(checkpoint)

    def _check_note(self, checkpoint: Checkpoint) -> None:
        if checkpoint.origin != self.origin:
            raise Refused("its origin is not that of the entries")
        checkpoint.signed_under(checkpoint.origin, self.register.log_keys)

    def check_continuity(self, identity: str | None, kept: bytes | None) -> None:
        """Check 7."""
        if identity is not None and identity != self.identity:
            self.findings.add(7, "entry 1", "its leaf hash is not the identity that was kept")
        if kept is not None:
            self.findings.attempt(7, "checkpoint kept", functools.partial(self._check_kept, kept))

    def _check_kept(self, kept: bytes) -> None:
        before = parse_checkpoint(kept)
        if before.size > self.tree.size:
            why = f"it has {before.size} entries, and the pack {self.tree.size}: a tail was cut off"
            self.findings.add(7, "checkpoint kept", why)
        elif before.root != self.tree.root(before.size):
            why = f"the first {before.size} entries do not give its root: history was changed"
            self.findings.add(7, "checkpoint kept", why)
        self._check_note(before)

    def check_files(self) -> None:
        """Check 8."""
        for path in PLAIN_FILES:
            if path not in self.pack.files:
                self.findings.add(8, path, "the file is missing")
        checks = {
            "SHA256SUMS": self._check_sums,
            "identity": self._check_identity,
            "log.vkey": self._check_vkey,
            "keys.txt": self._check_keys,
            OPTIONAL_FILE: self._check_manifest,
        }
        for path, check in checks.items():
            if path in self.pack.files:
                self.findings.attempt(8, path, check)

    def _check_sums(self) -> None:
        listed: set[str] = set()
        previous = b""
        for line in self.pack.lines("SHA256SUMS"):
            found = re.fullmatch(rb"([0-9a-f]{64})  (.+)", line, re.DOTALL)
            if not found:
                self.findings.add(8, "SHA256SUMS", "a line is not a sum, two spaces and a path")
                continue
            path = os.fsdecode(found[2])
            if found[2] <= previous:
                self.findings.add(8, "SHA256SUMS", f"{path}: not sorted by path")
            previous = found[2]
            listed.add(path)
            check = functools.partial(self._check_sum, path, found[1].decode("ascii"))
            self.findings.attempt(8, path, check)
        for path in sorted(self.pack.files - listed - {"SHA256SUMS", OPTIONAL_FILE}):
            self.findings.add(8, path, "not listed in SHA256SUMS")

    def _check_sum(self, path: str, expected: str) -> None:
        if path in ("SHA256SUMS", OPTIONAL_FILE):
            raise Refused("SHA256SUMS does not list this file")
        if self.pack.digest(path) != expected:
            raise Refused("its SHA-256 is not that of SHA256SUMS")

    def _check_identity(self) -> None:
        if self.pack.small("identity") != f"{self.identity}\n".encode():
            raise Refused("not the leaf hash of entry 1 and a line end")

    def _check_vkey(self) -> None:
        """Choice: it is the key of the log that signed this checkpoint."""
        text = printed_line(self.pack.small("log.vkey"))
        origin, key = parse_vkey(text)
        if origin != self.origin or key not in self.register.log_keys:
            raise Refused("not a key that the log introduced for its checkpoints")
        parse_checkpoint(self.pack.small("checkpoint")).signed_under(origin, [key])

    def _check_keys(self) -> None:
        """Choice: an office has at most one line; their order is free."""
        offices: set[str] = set()
        for number, line in enumerate(self.pack.lines("keys.txt"), start=1):
            where = f"keys.txt line {number}"
            self.findings.attempt(8, where, functools.partial(self._check_key_line, line, offices))

    def _check_key_line(self, line: bytes, offices: set[str]) -> None:
        found = re.fullmatch(rb"([^ ]+) ssh-ed25519 ([A-Za-z0-9+/=]+)", line, re.DOTALL)
        if not found:
            raise Refused("not an office, ssh-ed25519 and a key")
        office = found[1].decode("utf-8", "replace")
        blob = from_base64(found[2].decode("ascii"))
        if blob[-32:] not in self.register.live(office) or blob != ssh_blob(blob[-32:]):
            raise Refused("not a key that was introduced for its office and is not ended")
        if office in offices:
            raise Refused("a second line for the same office")
        offices.add(office)

    def _check_manifest(self) -> None:
        """Choice: signed under a key of the office in `by` that is introduced and not ended at this size."""
        envelope = parse_envelope(self.pack.small(OPTIONAL_FILE), MANIFEST)
        by, identity, sums = members(parse_json(envelope.payload), "by", "identity", "sums")
        organisation_of(by)
        if identity != self.identity:
            raise Refused("its identity is not the leaf hash of entry 1")
        if sums != self.pack.digest("SHA256SUMS"):
            raise Refused("its sums is not the SHA-256 of SHA256SUMS")
        self.register.check_signature(envelope, str(by))


def printed_line(data: bytes) -> str:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise Refused("not UTF-8") from None
    if not text.endswith("\n"):
        raise Refused("no line end")
    return text[:-1]


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
    if checkpoint.origin != origin:
        raise Refused("the checkpoint is of another origin")
    checkpoint.signed_under(origin, [key])
    if root_from_proof(hash_leaf(line), index, checkpoint.size, proof) != checkpoint.root:
        raise Refused("the inclusion proof does not give the checkpoint's root")
    entry = parse_entry(index + 1, line)
    for name, why in entry.faults.items():
        raise Refused(f"{name}: {why}")
    if entry.payload["ledger"] != origin:
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
        with path.open("rb") as file:
            return file.read(SMALL_FILE)
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
    if given.identity is not None and not re.fullmatch(r"[0-9a-f]{64}", given.identity):
        parser.error("--identity is 64 lower-case hexadecimal digits")
    if not os.path.isdir(given.pack):
        parser.error(f"{printable(str(given.pack))} is not a folder")
    kept = read_argument(parser, given.against) if given.against else None
    return pack_command(given.pack, given.identity, kept)


if __name__ == "__main__":
    sys.exit(main())
