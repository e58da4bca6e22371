"""Audit: every entry judged again, in order, by somebody who believes nothing; and the list of findings.

Law: verification never passes when something that was asked for was skipped, and it reports every finding
rather than the first. What it can show depends on what the verifier kept: without an earlier head nobody can
see a tail that was cut off, and the report says so. Memory does not grow with the log; only the Book does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import BrokenExecutor, Executor, Future
from dataclasses import dataclass, field
from typing import Final

from ledger import entry, statement
from ledger.book import Book, Effect
from ledger.checking import Job, failing
from ledger.checkpoint import Checkpoint, LogKey, open_checkpoint, split_note
from ledger.entry import Entry
from ledger.errors import InputOutput, LedgerError, SignatureInvalid
from ledger.events.register import LogKeyChanged
from ledger.keys import fingerprint
from ledger.merkle import CompletedTile, Tree, leaf_hash
from ledger.replay import Heads
from ledger.rules import placing, register
from ledger.statement import Statement
from ledger.values import Instant

BATCH: Final = 256
MOST_RUNNING: Final = 8
"""Batches that may be on their way at a time: memory does not grow with the log."""
SHOWN: Final = 200
"""Findings kept; the rest are counted."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that does not hold: where, what rule or evidence, and why."""

    where: str
    what: str
    why: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}: {self.why}"


@dataclass(frozen=True, slots=True)
class Kept:
    """What a verifier holds of a ledger from before: its identity (as often as it was pinned), and its heads."""

    identities: tuple[bytes, ...] = ()
    heads: tuple[bytes, ...] = ()
    """Signed checkpoints, as bytes."""


@dataclass(slots=True)
class Report:
    """What an audit found. `failed` and `incomplete` decide the exit code."""

    size: int = 0
    root: bytes = b""
    identity: bytes = b""
    origin: str = ""
    log_key: bytes = b""
    note: bytes = b""
    """The checkpoint that was verified."""
    findings: list[Finding] = field(default_factory=list)
    more: int = 0
    notes: list[str] = field(default_factory=list)
    unmet: list[str] = field(default_factory=list)
    """What was asked for and could not be done."""

    @property
    def failed(self) -> bool:
        return bool(self.findings)

    def find(self, where: str, what: str, why: str) -> None:
        """Keep a finding."""
        if len(self.findings) < SHOWN:
            self.findings.append(Finding(where, what, why))
        else:
            self.more += 1


class Auditor:
    """Takes the entries of a log one by one and judges each at its place."""

    def __init__(self, kept: Kept, older: Callable[[int], tuple[bytes, Instant] | None], checkers: Executor) -> None:
        self.report = Report()
        self.book = Book()
        self.tree = Tree()
        self.leaf = self.root = b""
        self.heads = Heads(older)
        self.log_keys: list[bytes] = []
        self._kept = kept
        self._kept_heads = [_unverified(note) for note in kept.heads]
        self._received_at: Instant | None = None
        self._covered: dict[str, int] = {}
        self._sealed: dict[tuple[str, str], tuple[int, bool]] = {}
        self._checkers = checkers
        self._jobs: list[tuple[int, Job]] = []
        self._running: list[tuple[list[int], Future[list[tuple[int, str]]]]] = []

    # -- one entry ------------------------------------------------------------------------------

    def take(self, position: int, line: bytes) -> tuple[Entry | None, tuple[CompletedTile, ...]]:
        """Judge the next entry; what it says (None if it cannot be read) and the tiles that it completes.

        `leaf` and `root` are then this entry's leaf hash and the root of the tree after it.
        """
        self.leaf = leaf_hash(line)
        completed = self.tree.append(self.leaf)
        self.root = self.tree.root()
        if position == 1:
            self._check_identity(self.leaf)
        read = self._read(position, line)
        if read is not None:
            self._judge(position, read)
            self._received_at = max(self._received_at or read.received_at, read.received_at)
        self.heads.note(position, self.root, self._received_at or Instant(0))
        self._check_kept(position)
        return read, completed

    def _check_identity(self, leaf: bytes) -> None:
        self.report.identity = leaf
        if any(identity != leaf for identity in self._kept.identities):
            self.report.find("entry 1", "HistoryContradicted", "this is another ledger than the one you kept")

    def _read(self, position: int, line: bytes) -> Entry | None:
        try:
            return entry.read(line)
        except LedgerError as error:
            self._find(position, error)
            self.book.size += 1  # later entries are still judged at their own places
            return None

    def _judge(self, position: int, read: Entry) -> None:
        said = read.statement
        if self._received_at is not None and read.received_at < self._received_at:
            why = f"received at {read.received_at}, before the entry before it at {self._received_at}"
            self.report.find(f"entry {position}", "OutOfTime", why)
        try:
            self._place(said, read.received_at)
        except LedgerError as error:
            self._find(position, error)
        try:
            key = register.key_of(self.book.register, said)
            self._jobs.append((position, (key, said.signature, said.message())))
            self.book.admit(said, read.received_at)
        except LedgerError as error:
            self._find(position, error)
            self.book.size += 1  # what would not have been admitted is not counted either
            return
        if len(self._jobs) >= BATCH:
            self._verify()
        self._note(self.book.evolve(said, read.received_at))
        self._covered[said.organisation] = max(self._covered.get(said.organisation, 0), said.said.seen.size)

    def _place(self, said: Statement, received_at: Instant) -> None:
        size = self.tree.size - 1
        seen = said.said.seen.size
        moment = self.heads.at(seen) if 0 < seen <= size else None
        root, then = moment or (None, None)
        placing.admit(said, received_at, size=size, root=root, then=then)

    def _note(self, effects: Iterable[Effect]) -> None:
        for effect in effects:
            if effect.standing == "effective" and isinstance(effect.event, LogKeyChanged):
                self.log_keys.append(effect.event.log_key)
        if not self.log_keys and self.book.register.log_key:
            self.log_keys.append(self.book.register.log_key)

    def _find(self, position: int, error: LedgerError) -> None:
        why = f"{error.where}: {error.why}" if error.where else error.why
        self.report.find(f"entry {position}", type(error).__name__, why)

    # -- openings -------------------------------------------------------------------------------

    def check_openings(self, position: int, said: Statement, held: dict[str, bytes]) -> None:
        """Each opening hashes to what was signed. Whether one is missing is known only at the end."""
        sealed = said.event.sealed_fields()
        for name in sealed:
            self._sealed[said.id, name] = position, name in held
        for name, opening in held.items():
            if name not in sealed:
                self.report.find(f"entry {position}", "Opening", f"it has no sealed field {name}")
            elif not _opens(opening, name, str(sealed[name].sealed)):
                self.report.find(f"entry {position}", "Opening", f"the opening of {name} is not what was signed")

    def _check_sealed(self) -> None:
        """Now the erasures are known: an opening is there exactly where none was erased."""
        left = {(id_, name) for id_, (_, names) in self.book.corrections.sealed.items() for name in names}
        for (id_, name), (position, there) in self._sealed.items():
            if not there and (id_, name) in left:
                why = f"the opening of {name} is missing, and no erasure says so"
                self.report.find(f"entry {position}", "Opening", why)
            if there and (id_, name) not in left:
                self.report.find(f"entry {position}", "Opening", f"the opening of {name} is there, and it was erased")

    # -- signatures, beside the rest ----------------------------------------------------------------

    def _verify(self) -> None:
        positions, jobs = [at for at, _ in self._jobs], [job for _, job in self._jobs]
        self._jobs = []
        self._running.append((positions, self._checkers.submit(failing, jobs)))
        while len(self._running) > MOST_RUNNING:
            self._collect()

    def _collect(self) -> None:
        positions, checked = self._running.pop(0)
        try:
            bad = checked.result()
        except BrokenExecutor as error:
            raise InputOutput("a process that checked signatures died", next_step="outcomes audit verify") from error
        for place, why in bad:
            self.report.find(f"entry {positions[place]}", SignatureInvalid.__name__, why)

    # -- heads that were kept -----------------------------------------------------------------------

    def _check_kept(self, size: int) -> None:
        for head in self._kept_heads:
            if head.size == size and head.root != self.root:
                self.report.find(
                    f"entry {size}",
                    "HistoryContradicted",
                    f"the first {size} entries are not those of the head you kept",
                )

    # -- the end ----------------------------------------------------------------------------------

    def finish(self, note: bytes) -> Report:
        """Check the head; the report, with findings in the order of the entries."""
        self._verify()
        while self._running:
            self._collect()
        self.report.size, self.report.root = self.tree.size, self.tree.root()
        self.report.origin = self.book.register.origin
        self.report.note, self.report.log_key = note, self.book.register.log_key
        self._check_sealed()
        self._check_head(note)
        self._check_signed_by_log()
        self._say_what_is_covered()
        self.report.findings.sort(key=lambda one: (_number(one.where), one.what))
        return self.report

    def _check_head(self, note: bytes) -> None:
        try:
            key = LogKey(self.report.origin, self.book.register.log_key)
            head = open_checkpoint(note, key)
        except LedgerError as error:
            self.report.find("checkpoint", type(error).__name__, error.why)
            return
        if head.size != self.tree.size:
            self.report.find("checkpoint", "Head", f"it covers {head.size} entries, and there are {self.tree.size}")
        elif head.root != self.tree.root():
            self.report.find("checkpoint", "Head", "its root is not that of the entries")

    def _check_signed_by_log(self) -> None:
        """Kept heads that are longer than this log, or that no log key of this ledger signed."""
        for head, signed in zip(self._kept_heads, self._kept.heads, strict=True):
            if head.size > self.tree.size:
                why = f"you kept a head of {head.size} entries, and there are only {self.tree.size}: the tail is gone"
                self.report.find(f"entry {self.tree.size + 1}", "HistoryContradicted", why)
            if not any(_signed(signed, LogKey(self.report.origin, key)) for key in self.log_keys if self.report.origin):
                keys = ", ".join(fingerprint(key) for key in self.log_keys) or "none"
                self.report.find("kept head", "SignatureInvalid", f"no log key of this ledger ({keys}) signed it")

    def _say_what_is_covered(self) -> None:
        heads = [head.size for head in self._kept_heads if head.size]  # a head of no entries shows nothing
        if heads:
            self.report.notes.append(f"compared with the head you kept of {max(heads)} entries")
        else:
            self.report.notes.append(
                "nothing earlier to compare with: a tail cut off before, or a history written again by whoever "
                "holds the log key, cannot be seen"
            )
        operator = next(iter(self.book.register.organisations), "")
        others = [size for body, size in self._covered.items() if body != operator]
        self.report.notes.append(
            f"covered by another partner's signature up to entry {max(others)}"
            if any(others)
            else "covered by no other partner's signature yet"
        )


def _opens(opening: bytes, name: str, digest: str) -> bool:
    try:
        return str(statement.close(opening).sealed) == digest and statement.revealed(opening)[0] == name
    except LedgerError:
        return False


def _signed(note: bytes, key: LogKey) -> bool:
    try:
        open_checkpoint(note, key)
    except LedgerError:
        return False
    return True


def _unverified(note: bytes) -> Checkpoint:
    """What a checkpoint says; `_check_signed_by_log` checks who says so, once the log keys are known."""
    return Checkpoint.parse(split_note(note)[0])


def _number(where: str) -> int:
    digits = where.removeprefix("entry ").split(":")[0]
    return int(digits) if digits.isdigit() else 2**62
