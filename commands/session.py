"""A session: one run of one command, with its ledger, its home folder, its clock and its dice.

Law: what this program verified once it keeps, and every later run is compared with it: the ledger's identity,
its log key, and the last head. A log that does not extend the kept head is not used (exit code 3).
"""

from __future__ import annotations

import fcntl
import json
import os
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import click
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from commands.chance import Chance
from commands.keyring import Keyring, load_private
from ledger import entry, merkle, replay
from ledger.book import Book
from ledger.checkpoint import Checkpoint, LogKey, open_checkpoint, split_note
from ledger.errors import (
    HistoryContradicted,
    KeyProblem,
    LedgerError,
    Malformed,
    NotALedger,
    NotFound,
    SignatureInvalid,
    VerificationFailed,
)
from ledger.events.register import LedgerFounded
from ledger.recording import Log, Recorded
from ledger.statement import Seen
from ledger.store import Store
from ledger.values import Digest

DEFAULT_LEDGER: Final = "sqlite:///ledger.db"


def home() -> Path:
    """The folder of keys, kept heads and receipts: OUTCOMES_HOME, or the platform's place for such data."""
    named = os.environ.get("OUTCOMES_HOME")
    if named:
        return Path(named)
    import platformdirs

    return Path(platformdirs.user_data_dir("outcomes", appauthor=False))


def configured(name: str) -> str | None:
    """A setting (`ledger`, `officer`) of outcomes.toml in the home folder. Raises Malformed."""
    path = home() / "outcomes.toml"
    if not path.exists():
        return None
    try:
        settings = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Malformed(f"{error}", where=str(path)) from None
    odd = sorted(settings.keys() - {"ledger", "officer"})
    if odd or not all(isinstance(value, str) for value in settings.values()):
        raise Malformed(
            f"it may set ledger and officer, to a text; found {', '.join(odd) or 'another'}", where=str(path)
        )
    return settings.get(name)


def ledger_url(given: str | None) -> str:
    """The ledger's address: the option, OUTCOMES_LEDGER, outcomes.toml, or ./ledger.db; a path is a SQLite file."""
    url = given or os.environ.get("OUTCOMES_LEDGER") or configured("ledger") or DEFAULT_LEDGER
    if "://" in url:
        return url
    return f"sqlite:///{url}"


# -- what was verified before -------------------------------------------------------------------------


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
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = path.with_name(f".{path.name}.{os.getpid()}")
        draft.write_bytes(data)
        draft.replace(path)
        return path

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Two commands at once do not keep an older head over a newer one."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with (self.folder / ".lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

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
            addresses[url] = identity.hex()
            path = self.base / "addresses.json"
            path.write_text(json.dumps(addresses, indent=1, sort_keys=True))

    def _addresses(self) -> dict[str, str]:
        path = self.base / "addresses.json"
        return dict(json.loads(path.read_text())) if path.exists() else {}


def forget(url: str, origin: str | None) -> list[str]:
    """Drop what was kept of the ledger at an address, and of a name. Returns what was dropped."""
    import shutil

    dropped: list[str] = []
    path = home() / "addresses.json"
    addresses = dict(json.loads(path.read_text())) if path.exists() else {}
    if addresses.pop(url, None):
        path.write_text(json.dumps(addresses, indent=1, sort_keys=True))
        dropped.append(url)
    if origin and (folder := Keep(home(), origin).folder).exists():
        shutil.rmtree(folder)
        dropped.append(origin)
    return dropped


# -- an opened ledger -----------------------------------------------------------------------------------


@dataclass(slots=True)
class Opened:
    """A ledger whose head was verified against what this home kept."""

    url: str
    store: Store
    origin: str
    identity: bytes
    log_key: LogKey
    head: Checkpoint
    note: bytes
    keep: Keep
    purpose: str
    log_key_paths: list[Path] = field(default_factory=list)

    @property
    def seen(self) -> Seen:
        """The head that this program verified, for the next statement."""
        return Seen(root=Digest(self.head.root), size=self.head.size)

    def book(self) -> Book:
        """The whole Book, folded from entries whose root is the verified head's."""
        book = Book()
        for _ in verified_history(self, book):
            pass
        return book

    def log(self, *, whole: bool = False) -> Log:
        """The log, to record in. Raises KeyProblem where its key is not here."""
        return Log(self.store, log_keys(self.log_key_paths), whole=whole)

    def keep_receipt(self, recorded: Recorded) -> Path:
        """Keep the proof that an entry was recorded, and the head that it is under."""
        receipt = recorded.receipt(self.store)
        try:
            receipt.verify(self.log_key)
        except SignatureInvalid:  # this very entry may have changed the log's key
            receipt.verify(LogKey(self.origin, replay.fold(self.store).register.log_key))
        name = f"receipts/{recorded.position}-{recorded.leaf.hex()[:8]}.tlog-proof"
        return self.keep.write(name, receipt.format())


def verified_history(opened: Opened, book: Book | None = None) -> Iterator[replay.Replayed]:
    """Replay the entries up to the verified head; at the end their root must be the head's.

    Raises VerificationFailed at the end if it is not, so that no view is shown of bytes that were not proved.
    """
    tree = merkle.Tree()
    book = Book() if book is None else book
    for stored in opened.store.entries(until=opened.head.size):
        tree.append(merkle.leaf_hash(stored.entry))
        read = entry.read(stored.entry)
        yield replay.Replayed(stored.position, read, book.evolve(read.statement, read.received_at))
    if tree.size != opened.head.size or tree.root() != opened.head.root:
        raise VerificationFailed(
            "the stored entries are not those of the signed head", where=opened.url, next_step="outcomes audit verify"
        )


def log_keys(paths: list[Path]) -> list[Ed25519PrivateKey]:
    """The private log keys in those files. Raises KeyProblem if there is none."""
    found = [load_private(path, "the log") for path in paths if path.exists()]
    if not found:
        raise KeyProblem(
            "the log key is not here, so nothing can be recorded from here",
            where=", ".join(map(str, paths)),
            next_step="--log-key FILE names it; whoever keeps the log has it",
        )
    return found


def log_key_paths(url: str, origin: str, base: Path, given: Path | None) -> list[Path]:
    """Where the log key is: the option, else beside a SQLite file, else in the home folder."""
    if given:
        return [given]
    if url.startswith("sqlite:///"):
        file = Path(url.removeprefix("sqlite:///"))
        return [file.with_name(f"{file.name}.log-key"), file.with_name(f"{file.name}.log-key.next")]
    slug = origin.replace("/", "_")
    return [base / "log-keys" / slug, base / "log-keys" / f"{slug}.next"]


class Session:
    """One run: its ledger's address, its home folder, its keyring and its chance."""

    def __init__(self, ledger: str | None = None, log_key: Path | None = None) -> None:
        self.url = ledger_url(ledger)
        self.home = home()
        self.chance = Chance.of_environment()
        self.keyring = Keyring(self.home / "keys")
        self.log_key = log_key
        self.opened: Opened | None = None
        context = click.get_current_context(silent=True)
        if context is not None:
            context.call_on_close(self.close)

    def close(self) -> None:
        """Let go of the database; SQLite then folds its write-ahead log into the one file."""
        if self.opened is not None:
            self.opened.store.close()
            self.opened = None

    def open(self) -> Opened:
        """Open the ledger and verify its head against what was kept; the new head is kept.

        Raises NoLedger, NotALedger, HistoryContradicted, SignatureInvalid, ProofInvalid.
        """
        if self.opened is None:
            self.opened = _open(self)
            self.chance.at(self.opened.head.size, self.opened.purpose)
        return self.opened

    def read_only(self) -> Opened:
        """As `open`, for a command that signs nothing: a seed means nothing to it."""
        if self.opened is None:
            self.opened = _open(self)
        return self.opened

    def officer(self, given: str | None) -> str:
        """Who signs: the option, OUTCOMES_OFFICER, outcomes.toml, or the only key here. Raises KeyProblem."""
        named = given or os.environ.get("OUTCOMES_OFFICER") or configured("officer")
        if named:
            return named
        here = [officer for officer, _ in self.keyring.officers()]
        if len(here) == 1:
            return here[0]
        raise KeyProblem(
            f"who signs? there are {len(here)} keys here" + (f": {', '.join(here)}" if here else ""),
            next_step="--as OFFICER says who, or OUTCOMES_OFFICER" if here else "outcomes key create OFFICER",
        )


def _open(session: Session) -> Opened:
    store = Store.open(session.url)
    try:
        return _verified(session, store)
    except BaseException:
        store.close()
        raise


def _verified(session: Session, store: Store) -> Opened:
    head = store.head()
    if not head.checkpoint:
        raise NotALedger("it has no founding entry", where=session.url, next_step="outcomes init founds a ledger")
    first = next(store.entries(until=1))
    founding = entry.read(first.entry).statement.event
    if not isinstance(founding, LedgerFounded):
        raise VerificationFailed("entry 1 does not found a ledger", where=session.url)
    keep = Keep(session.home, founding.origin)
    identity = merkle.leaf_hash(first.entry)
    url = absolute(session.url)
    keep.check_identity(url, identity)
    kept_key = keep.read("log.vkey")
    key = LogKey.parse(kept_key.decode().strip()) if kept_key else LogKey(founding.origin, founding.log_key)
    try:
        checkpoint = open_checkpoint(head.checkpoint, key)
    except SignatureInvalid:
        key = LogKey(founding.origin, replay.fold(store).register.log_key)  # the log may have changed its key
        checkpoint = open_checkpoint(head.checkpoint, key)
    with keep.alone():
        _check_extends(store, keep, checkpoint)
        keep.pin(url, identity)
        keep.write("log.vkey", key.vkey.encode() + b"\n")
        keep.write("checkpoint", head.checkpoint)
    paths = log_key_paths(session.url, founding.origin, session.home, session.log_key)
    return Opened(
        url, store, founding.origin, identity, key, checkpoint, head.checkpoint, keep, founding.purpose, paths
    )


def _check_extends(store: Store, keep: Keep, head: Checkpoint) -> None:
    """The log's head extends the kept one, by a proof from the log's own hashes. Raises HistoryContradicted."""
    note = keep.read("checkpoint")
    if note is None:
        return
    kept = Checkpoint.parse(split_note(note)[0])
    why = f"you kept a head of {kept.size} entries, and this log of {head.size} entries does not extend it"
    failed = HistoryContradicted(
        f"{why}: entries were changed, or the tail was cut off, or an old copy was put back",
        where=str(keep.folder / "checkpoint"),
        next_step="outcomes audit verify says where; keep that file, it is the evidence",
    )
    if kept.size > head.size:
        raise failed
    if kept.size == 0:
        return
    try:
        proof = merkle.consistency_proof(store, kept.size, head.size)
        merkle.verify_consistency(kept.size, head.size, proof, kept.root, head.root)
    except (VerificationFailed, NotFound):
        raise failed from None


def absolute(url: str) -> str:
    """The address by which a ledger is remembered: a SQLite file by its full path."""
    if url.startswith("sqlite:///"):
        return f"sqlite:///{Path(url.removeprefix('sqlite:///')).absolute()}"
    return url


__all__ = ["Keep", "LedgerError", "Opened", "Session", "verified_history"]
