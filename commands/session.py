"""A session: one run of one command, with its ledger, its home folder, its clock and its dice.

Law: what this program verified once it keeps, and every later run is compared with it: the ledger's identity,
its log key, and the last head. A log that does not extend the kept head is not used (exit code 3).
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import click
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from commands.chance import Chance
from commands.keeping import Keep, absolute, home
from commands.keyring import Keyring, Pen, load_private
from ledger import entry, merkle, replay
from ledger.audit import Kept
from ledger.book import Book
from ledger.checkpoint import Checkpoint, LogKey, open_checkpoint
from ledger.errors import (
    KeyProblem,
    Malformed,
    NotALedger,
    SignatureInvalid,
    VerificationFailed,
)
from ledger.events.register import LedgerFounded
from ledger.recording import Log, Recorded
from ledger.statement import Seen
from ledger.store import Store
from ledger.values import Digest, Instant
from ledger.verifying import verify_store

DEFAULT_LEDGER: Final = "sqlite:///ledger.db"


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
    known_at: Instant | None = None
    """When the newest entry was received, once the entries were folded and proved."""
    asked: str = ""
    """The clocks that a view was asked on, in words; empty where it is now."""

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
        """Keep the proof that an entry was recorded, and the head that it is under.

        Raises HistoryContradicted where that head is not on the history of the kept one.
        """
        receipt = recorded.receipt(self.store)
        try:
            receipt.verify(self.log_key)
        except SignatureInvalid:
            receipt.verify(changed_key(self.store))  # this very entry may have changed the log's key
        with self.keep.alone():
            self.keep.follow(self.store, recorded.head, recorded.checkpoint, newest=False)
        name = f"receipts/entry-{recorded.position}.tlog-proof"
        return self.keep.write(name, receipt.format())


def verified_history(opened: Opened, book: Book | None = None) -> Iterator[replay.Replayed]:
    """Replay the entries up to the verified head; at the end their root must be the head's.

    Raises VerificationFailed at the end if it is not, so that no view is shown of bytes that were not proved.
    """
    tree = merkle.Tree()
    book = Book() if book is None else book
    newest: Instant | None = None
    for stored in opened.store.entries(until=opened.head.size):
        tree.append(merkle.leaf_hash(stored.entry))
        replayed = replay.follow(book, stored.position, stored.entry)
        newest = replayed.entry.received_at
        yield replayed
    _require_head(opened, tree)
    opened.known_at = newest


def verified_kinds(opened: Opened) -> Iterator[tuple[int, str]]:
    """The number and kind of every entry up to the verified head, folding nothing; proved at the end as above.

    Raises VerificationFailed.
    """
    tree = merkle.Tree()
    for stored in opened.store.entries(until=opened.head.size):
        tree.append(merkle.leaf_hash(stored.entry))
        yield stored.position, entry.read(stored.entry).statement.said.kind
    _require_head(opened, tree)


def _require_head(opened: Opened, tree: merkle.Tree) -> None:
    if tree.size != opened.head.size or tree.root() != opened.head.root:
        raise VerificationFailed(
            "the stored entries are not those of the signed head", where=opened.url, next_step="outcomes audit verify"
        )


def log_keys(paths: list[Path]) -> list[Ed25519PrivateKey]:
    """The private log keys in those files. Raises KeyProblem if there is none."""
    found = [load_private(path, "the log")[0] for path in paths if path.exists()]
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

    def pen(self, officer: str) -> Pen:
        """An officer's unlocked key. Raises KeyProblem, also where a live ledger meets an unprotected key."""
        pen = self.keyring.unlock(officer)
        if not pen.protected and self.open().purpose == "live":
            raise KeyProblem(
                f"the key of {officer} is kept without a passphrase, and a live ledger takes no such key",
                next_step="ssh-keygen -p -a 64 -f KEYFILE sets one, if nobody else can have read it",
            )
        return pen

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
    first = next(store.entries(until=1), None)
    founding = entry.read(first.entry).statement.event if first else None
    if first is None or not isinstance(founding, LedgerFounded):
        raise NotALedger("it has no founding entry", where=session.url, next_step="outcomes init founds a ledger")
    keep, identity, url = Keep(session.home, founding.origin), merkle.leaf_hash(first.entry), absolute(session.url)
    keep.check_identity(url, identity)
    with keep.alone():
        # Read under the lock: whoever kept a later head had read it from the log before.
        note = store.head().checkpoint
        key, head = _open_head(store, keep, founding, note)
        keep.follow(store, head, note, newest=True)
        keep.pin(url, identity)
        keep.write("log.vkey", key.vkey.encode() + b"\n")
    paths = log_key_paths(session.url, founding.origin, session.home, session.log_key)
    return Opened(url, store, founding.origin, identity, key, head, note, keep, founding.purpose, paths)


def changed_key(store: Store) -> LogKey:
    """The log's key where it is not the kept one: taken only from a log that verifies whole. VerificationFailed."""
    report = verify_store(store, Kept())
    if report.failed:
        raise VerificationFailed(
            f"the head is not signed with the log key that was kept, and the log does not verify: {report.findings[0]}",
            next_step="outcomes audit verify",
        )
    return LogKey(report.origin, report.log_key)


def _open_head(store: Store, keep: Keep, founding: LedgerFounded, note: bytes) -> tuple[LogKey, Checkpoint]:
    """The log's key and head: the kept key, else the founding one, else what the register came to."""
    kept = keep.read("log.vkey")
    key = LogKey.parse(kept.decode().strip()) if kept else LogKey(founding.origin, founding.log_key)
    try:
        return key, open_checkpoint(note, key)
    except SignatureInvalid:
        key = changed_key(store)  # the log may have changed its key since
        return key, open_checkpoint(note, key)
