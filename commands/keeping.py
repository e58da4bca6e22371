"""Keeping: what this program verified once, which every later run is compared with.

Law: a kept head is only ever replaced by one that extends it, by proof. A ledger of another identity at the same
address, or of the same name, is never taken for the one that was kept.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import platformdirs

from ledger import merkle
from ledger.checkpoint import Checkpoint, split_note
from ledger.errors import HistoryContradicted, InputOutput, NotFound, VerificationFailed


def home() -> Path:
    """The folder of keys, kept heads and receipts: OUTCOMES_HOME, or the platform's place for such data."""
    named = os.environ.get("OUTCOMES_HOME")
    if named:
        return Path(named)
    return Path(platformdirs.user_data_dir("outcomes", appauthor=False))


def _written(path: Path, data: bytes) -> Path:
    """Write a file whole or not at all. Raises InputOutput."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft.write_bytes(data)
        draft.replace(path)
    except OSError as error:
        raise InputOutput(
            f"this could not be kept: {error.strerror}",
            where=str(path),
            next_step="mend that; what was recorded before is recorded, and any command keeps the newest head",
        ) from None
    return path


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One command at a time keeps something in this folder. Raises InputOutput."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = (folder / ".lock").open("w")
    except OSError as error:
        raise InputOutput(f"{error.strerror}", where=str(folder)) from None
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


class Keep:
    """What this home keeps of one ledger: `identity`, `log.vkey`, `checkpoint`, and receipts."""

    def __init__(self, base: Path, origin: str) -> None:
        self.base = base
        self.folder = base / "ledgers" / origin.replace("/", "_")

    def read(self, name: str) -> bytes | None:
        """A kept file, or None."""
        path = self.folder / name
        return path.read_bytes() if path.exists() else None

    def write(self, name: str, data: bytes) -> Path:
        """Keep a file: whole or not at all."""
        return _written(self.folder / name, data)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Two commands at once do not keep an older head over a newer one."""
        with _alone(self.folder):
            yield

    def follow(self, hashes: merkle.HashSource, head: Checkpoint, note: bytes, *, newest: bool) -> None:
        """Compare a verified head with the kept one, and keep the larger; the caller holds `alone`.

        `newest` says that the log shows nothing later: a larger kept head then means that the tail is gone.
        Raises HistoryContradicted.
        """
        held = self.read("checkpoint")
        kept = Checkpoint.parse(split_note(held)[0]) if held else None
        if kept is not None and ((newest and kept.size > head.size) or not _consistent(hashes, kept, head)):
            raise HistoryContradicted(
                f"you kept a head of {kept.size} entries, and this log of {head.size} entries does not extend it: "
                "entries were changed, or the tail was cut off, or an old copy was put back",
                where=str(self.folder / "checkpoint"),
                next_step="outcomes audit verify says where; keep that file, it is the evidence",
            )
        if kept is None or kept.size < head.size:
            self.write("checkpoint", note)

    def check_identity(self, url: str, identity: bytes) -> None:
        """The ledger at this address, or of this name, is the one seen before. Raises HistoryContradicted."""
        where = self.pinned_at(url)
        pinned = self.read("identity")
        for kept in (where, pinned.decode().strip() if pinned else None):
            if kept is not None and kept != identity.hex():
                raise HistoryContradicted(
                    f"this ledger's identity is {identity.hex()[:16]}, and the one you kept is {kept[:16]}: "
                    "it is another ledger, or its first entry was replaced",
                    where=url,
                    next_step="if you mean another ledger: outcomes audit forget",
                )

    def pinned_at(self, url: str) -> str | None:
        """The identity (hex) of the ledger that was seen at this address."""
        return self._addresses().get(url)

    def pin(self, url: str | None, identity: bytes) -> None:
        """From now on this address (None for a pack) and this name mean this ledger."""
        self.write("identity", identity.hex().encode() + b"\n")
        addresses = self._addresses()
        if url is not None and addresses.get(url) != identity.hex():
            with _alone(self.base):
                addresses = {**self._addresses(), url: identity.hex()}
                _written(self.base / "addresses.json", json.dumps(addresses, indent=1, sort_keys=True).encode())

    def _addresses(self) -> dict[str, str]:
        path = self.base / "addresses.json"
        return dict(json.loads(path.read_text())) if path.exists() else {}


def forget(url: str, origin: str | None) -> list[str]:
    """Drop what was kept of the ledger at an address, and of a name. Returns what was dropped."""
    dropped: list[str] = []
    path = home() / "addresses.json"
    addresses = dict(json.loads(path.read_text())) if path.exists() else {}
    if addresses.pop(url, None):
        _written(path, json.dumps(addresses, indent=1, sort_keys=True).encode())
        dropped.append(url)
    if origin and (folder := Keep(home(), origin).folder).exists():
        shutil.rmtree(folder)
        dropped.append(origin)
    return dropped


def _consistent(hashes: merkle.HashSource, one: Checkpoint, other: Checkpoint) -> bool:
    """Whether the larger head extends the smaller, by a proof from the log's own hashes."""
    older, newer = sorted((one, other), key=lambda head: head.size)
    if older.size == 0:
        return True
    try:
        proof = merkle.consistency_proof(hashes, older.size, newer.size)
        merkle.verify_consistency(older.size, newer.size, proof, older.root, newer.root)
    except (VerificationFailed, NotFound):
        return False
    return True


def absolute(url: str) -> str:
    """The address by which a ledger is remembered: a SQLite file by its full path."""
    if url.startswith("sqlite:///"):
        return f"sqlite:///{Path(url.removeprefix('sqlite:///')).absolute()}"
    return url
