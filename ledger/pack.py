"""A pack: the whole log as plain files that anybody can check without us, and the reader of such a folder.

Law: a pack holds the very bytes of the log. It is written in one pass and read in one pass, however long the
log is. Source: the format document, sections 7 and 8; C2SP tlog-tiles.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Final

from ledger import jcs, tiles
from ledger.checkpoint import LogKey
from ledger.dsse import pae, seal, unseal
from ledger.ed25519 import verify
from ledger.errors import InputOutput, Malformed, NotALedger, VerificationFailed
from ledger.keys import OPENSSH_HEAD, PrivateKey, fingerprint
from ledger.merkle import TILE_WIDTH, leaf_hash, node_hash
from ledger.rules import register

MANIFEST_TYPE: Final = "application/vnd.shared-outcomes.manifest+json"
SUMS, SIGNED_SUMS = "SHA256SUMS", "SHA256SUMS.dsse"
WIDTH: Final = TILE_WIDTH
OPENINGS: Final = "openings.jsonl"
LARGEST_FILE: Final = 2**30
"""Bytes of any file but openings.jsonl, which has as many lines as the ledger has sealed texts."""
LARGEST_LINE: Final = 65_535
"""Bytes of a line there, without its end."""

_NAME = re.compile(r"[A-Za-z0-9._/-]{1,200}")

Opening = tuple[int, str, bytes]
"""An entry's number, the sealed field's name, and the opening's bytes."""


@dataclass(frozen=True, slots=True)
class Contents:
    """What a pack is made of, besides the lines: see the table of section 8."""

    checkpoint: bytes
    identity: bytes
    log_key: LogKey
    keys: Callable[[], dict[str, bytes]]
    """The live keys, asked for once the lines are written: whoever reads them folds them."""


# -- writing ------------------------------------------------------------------------------------


def write(folder: Path, lines: Iterable[bytes], openings: Iterable[Opening], contents: Contents) -> int:
    """Write a pack into an empty or absent folder; the number of entries. Raises InputOutput."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise InputOutput(f"{folder} is not empty", next_step="name a folder that does not exist yet")
        size = _write_log(folder, lines)
        _put(folder / "checkpoint", contents.checkpoint)
        _put(folder / "identity", contents.identity.hex().encode() + b"\n")
        _put(folder / "log.vkey", contents.log_key.vkey.encode() + b"\n")
        _put(folder / "keys.txt", key_lines(contents.keys()))
        with (folder / OPENINGS).open("wb") as file:
            file.writelines(_opening_line(*opening) for opening in openings)
        _put(folder / SUMS, _sums(folder))
    except OSError as error:
        raise InputOutput(f"{error.strerror}: {error.filename}") from None
    return size


def _write_log(folder: Path, lines: Iterable[bytes]) -> int:
    """The bundles and the hash tiles, a bundle at a time; each level keeps only its unfinished tile."""
    levels: list[tuple[int, list[bytes]]] = [(0, [])]
    bundle: list[bytes] = []
    size = 0
    for size, line in enumerate(lines, start=1):
        bundle.append(line)
        _grow(folder, levels, 0, leaf_hash(line))
        if len(bundle) == WIDTH:
            _put(folder / tiles.entries_path(size // WIDTH - 1), tiles.bundle(bundle))
            bundle = []
    if bundle:
        _put(folder / tiles.entries_path(size // WIDTH, len(bundle)), tiles.bundle(bundle))
    for level, (number, hashes) in enumerate(levels):
        if hashes:
            _put(folder / tiles.tile_path(level, number, len(hashes)), tiles.tile(hashes))
    return size


def _grow(folder: Path, levels: list[tuple[int, list[bytes]]], level: int, one: bytes) -> None:
    if level == len(levels):
        levels.append((0, []))
    number, hashes = levels[level]
    hashes.append(one)
    if len(hashes) == WIDTH:
        _put(folder / tiles.tile_path(level, number), tiles.tile(hashes))
        levels[level] = number + 1, []
        _grow(folder, levels, level + 1, perfect_root(hashes))


def perfect_root(hashes: list[bytes]) -> bytes:
    """The root of a full tile."""
    while len(hashes) > 1:
        hashes = [node_hash(hashes[n], hashes[n + 1]) for n in range(0, len(hashes), 2)]
    return hashes[0]


def _put(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def live_keys(state: register.State) -> dict[str, bytes]:
    """The key of each office that has one."""
    return {office.id: office.key for office in state.officers.values() if office.key and not office.retired}


def key_lines(keys: dict[str, bytes]) -> bytes:
    """`keys.txt`: an office, ``ssh-ed25519``, and the key in OpenSSH's form, a line each."""
    blobs = ((office, base64.b64encode(OPENSSH_HEAD + key).decode()) for office, key in sorted(keys.items()))
    return "".join(f"{office} ssh-ed25519 {blob}\n" for office, blob in blobs).encode()


def _opening_line(entry: int, field: str, opening: bytes) -> bytes:
    plain = {"entry": entry, "field": field, "opening": base64.b64encode(opening).decode()}
    return json.dumps(plain, separators=(",", ":")).encode() + b"\n"


def _sums(folder: Path) -> bytes:
    paths = sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
    named = (path for path in paths if path not in (SUMS, SIGNED_SUMS))
    return "".join(f"{_sha256(folder / path)}  {path}\n" for path in named).encode()


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sign(folder: Path, by: str, key: PrivateKey, public: bytes) -> None:
    """An office signs what the pack holds; `SHA256SUMS.dsse` is added."""
    plain = {
        "by": by,
        "identity": (folder / "identity").read_text().strip(),
        "sums": hashlib.sha256((folder / SUMS).read_bytes()).hexdigest(),
    }
    payload = jcs.canonical(plain)
    signed = seal(payload, MANIFEST_TYPE, fingerprint(public), key.sign(pae(MANIFEST_TYPE, payload)))
    _put(folder / SIGNED_SUMS, signed)


def check_signature(pack: Pack, state: register.State, identity: bytes) -> str:
    """The office that signed what a pack holds. Raises Malformed, SignatureInvalid, VerificationFailed."""
    envelope = unseal(pack.read(SIGNED_SUMS), MANIFEST_TYPE)
    said = jcs.parse(envelope.payload)
    sums = hashlib.sha256(pack.read(SUMS)).hexdigest()
    by = str(said.get("by")) if isinstance(said, dict) else ""
    if said != {"by": by, "identity": identity.hex(), "sums": sums}:
        raise VerificationFailed("it is not about these files of this ledger")
    key = live_keys(state).get(by)
    if key is None or envelope.keyid != fingerprint(key):
        raise VerificationFailed(f"{envelope.keyid} is not the key of {by} in the register")
    verify(key, envelope.signature, pae(MANIFEST_TYPE, envelope.payload))
    return by


# -- reading ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Pack:
    """A pack in a folder, as a verifier reads it: nothing in it is believed."""

    folder: Path

    @classmethod
    def open(cls, folder: Path) -> Pack:
        """The pack in that folder. Raises NotALedger."""
        if not (folder / "checkpoint").is_file() or not (folder / "tile").is_dir():
            raise NotALedger(
                f"{folder} is not a pack: it has no checkpoint and tiles", next_step="outcomes audit pack FOLDER"
            )
        return cls(folder)

    def checkpoint(self) -> bytes:
        """The checkpoint's bytes."""
        return self.read("checkpoint")

    def read(self, name: str) -> bytes:
        """A file's bytes. Raises VerificationFailed where it is absent or too long."""
        path = self.folder / name
        try:
            if path.stat().st_size > LARGEST_FILE:
                raise VerificationFailed(f"{name} has more than {LARGEST_FILE:,} bytes", where="pack")
            return path.read_bytes()
        except OSError as error:
            raise VerificationFailed(f"{name}: {error.strerror}", where="pack") from None

    def lines(self, size: int) -> Iterator[tuple[int, bytes]]:
        """Each of the first `size` entries with its number, a bundle at a time. Raises VerificationFailed."""
        for name in tiles.tile_names(size):
            if name.level is None:
                first = name.number * WIDTH
                try:
                    bundle = tiles.open_bundle(self.read(name.path))
                except Malformed as error:
                    raise VerificationFailed(error.why, where=name.path) from None
                if len(bundle) != name.width:
                    raise VerificationFailed(f"{len(bundle)} entries in place of {name.width}", where=name.path)
                yield from enumerate(bundle, start=first + 1)

    def openings(self) -> Iterator[Opening]:
        """Each opening. Raises VerificationFailed for a line that is not in order."""
        try:
            with (self.folder / OPENINGS).open("rb") as file:
                # What is cut off here lacks its line end, and is refused for that.
                for number, line in enumerate(iter(lambda: file.readline(LARGEST_LINE + 1), b""), start=1):
                    yield _read_opening(line, number)
        except OSError as error:
            raise VerificationFailed(f"{OPENINGS}: {error.strerror}", where="pack") from None

    def odd_files(self, size: int) -> Iterator[str]:
        """What no reader should open: links, pipes, odd names, giants; and a size that the files cannot hold."""
        bundles = 0
        for path in self.folder.rglob("*"):
            name = str(path.relative_to(self.folder))
            if path.is_symlink() or not (path.is_dir() or path.is_file()):
                yield f"{name!a} is not a plain file"
            elif not _NAME.fullmatch(name):
                yield f"{name!a} is not the name of a file of a pack"
            elif path.is_file() and name != OPENINGS and path.stat().st_size > LARGEST_FILE:
                yield f"{name} has more than {LARGEST_FILE:,} bytes"
            bundles += name.startswith("tile/entries/")
        if size > bundles * WIDTH:
            yield f"its checkpoint speaks of {size} entries, and there are {bundles} bundles"

    def broken_sums(self, size: int) -> Iterator[str]:
        """Each file that SHA256SUMS or the size of the log does not account for: changed, missing, one too many."""
        if self.read(SUMS) != _sums(self.folder):
            yield f"{SUMS} is not what the files give, to the byte"
        listed: dict[str, str] = {}
        for line in self.read(SUMS).decode("utf-8", "replace").splitlines():
            digest, _, name = line.partition("  ")
            listed[name] = digest
        there = {str(path.relative_to(self.folder)) for path in self.folder.rglob("*") if path.is_file()}
        for name in sorted(there - _belongs(size) - {SIGNED_SUMS}):
            yield f"{name} does not belong to a pack of this size"
        folders = {str(path.relative_to(self.folder)) for path in self.folder.rglob("*") if path.is_dir()}
        for name in sorted(folders - {str(above) for one in _belongs(size) for above in PurePath(one).parents}):
            yield f"{name} is a folder without a file of a pack of this size"
        for name in sorted((there | listed.keys()) - {SUMS, SIGNED_SUMS}):
            if name not in listed:
                yield f"{name} is not listed in {SUMS}"
            elif name not in there:
                yield f"{name} is listed in {SUMS} and missing"
            elif _sha256(self.folder / name) != listed[name]:
                yield f"{name} is not what {SUMS} says"


def _belongs(size: int) -> set[str]:
    """The files of a pack of that many entries."""
    return {"checkpoint", "identity", "log.vkey", "keys.txt", OPENINGS, SUMS} | {
        name.path for name in tiles.tile_names(size)
    }


def _read_opening(line: bytes, number: int) -> Opening:
    try:
        plain = json.loads(line)
        opening = int(plain["entry"]), str(plain["field"]), base64.b64decode(plain["opening"], validate=True)
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
        raise VerificationFailed("not an opening", where=f"{OPENINGS} line {number}") from None
    if _opening_line(*opening) != line:
        raise VerificationFailed("not in its one byte form", where=f"{OPENINGS} line {number}")
    return opening
