"""The one way in: a statement is read, checked, judged at its place, and committed; then it is acknowledged.

Law: nothing is acknowledged before it is durable, and nothing acknowledged is lost. Admission happens under
the head lock, so there is nothing to retry. A Book that a failed commit may have outrun is thrown away.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Final, Protocol

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger import entry, merkle, replay, statement
from ledger.book import Book, Effect
from ledger.checkpoint import Checkpoint, LogKey, open_checkpoint, sign_checkpoint, split_note
from ledger.errors import IdAlreadyUsed, KeyProblem, LedgerError, Refused, VerificationFailed
from ledger.events.corrections import FieldErased
from ledger.keys import fingerprint
from ledger.receipt import Receipt
from ledger.rules import placing, register, wording
from ledger.rules.pots import Move
from ledger.statement import Statement
from ledger.store import Row, Store, Turn
from ledger.values import Instant

VERIFIERS: Final = 2
"""Threads that verify signatures: the library releases the interpreter's lock while it does."""


class Clock(Protocol):
    """Where the time comes from; handed in at one place (law 14)."""

    def now(self) -> Instant: ...


@dataclass(frozen=True, slots=True)
class Submission:
    """A statement as somebody sends it: its bytes, and the opening of each sealed field by name."""

    wire: bytes
    openings: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Recorded:
    """An acknowledged entry: its number, its line, and a checkpoint that covers it."""

    position: int
    line: bytes
    head: Checkpoint
    checkpoint: bytes
    before: bool = False
    """Whether this statement had been recorded earlier: submission is idempotent for ever."""
    effects: tuple[Effect, ...] = ()
    """What it changed; empty if it had been recorded earlier."""
    moves: tuple[Move, ...] = ()
    """What it moved in the pots; empty if it had been recorded earlier."""

    @property
    def leaf(self) -> bytes:
        """The entry's leaf hash; its first eight hex digits are how people name it."""
        return merkle.leaf_hash(self.line)

    def receipt(self, hashes: merkle.HashSource) -> Receipt:
        """The proof of its inclusion under that checkpoint."""
        proof = merkle.inclusion_proof(hashes, self.position - 1, self.head.size)
        return Receipt(self.position - 1, tuple(proof), self.checkpoint, self.line)


Outcome = Recorded | LedgerError


class Log:
    """A ledger's log as one process writes it; safe to share between threads.

    `log_keys` are the private keys that may sign checkpoints; the register says which one does. With `whole`,
    the process keeps the whole Book from one turn to the next; without, it reads what one statement needs.
    """

    def __init__(self, store: Store, log_keys: Iterable[Ed25519PrivateKey], *, whole: bool = True) -> None:
        self.store = store
        self._log_keys = {key.public_key().public_bytes_raw(): key for key in log_keys}
        self._whole = whole
        self._book: Book | None = None
        self._register = register.State()
        self._sealed: tuple[Checkpoint, bytes] | None = None
        self._own = (b"", 0, b"")
        """The newest checkpoint that this process signed itself, with the size and root that it is of."""
        self._lock = threading.Lock()

    def record(self, submission: Submission, clock: Clock) -> Recorded:
        """Record one statement. Raises whatever refuses it; then nothing was recorded."""
        (outcome,) = self.record_all([submission], clock)
        if isinstance(outcome, LedgerError):
            raise outcome
        return outcome

    def record_all(self, submissions: Sequence[Submission], clock: Clock, *, together: bool = False) -> list[Outcome]:
        """Record a group in one commit, each judged after the one before; a refusal stands in its place.

        With `together` one refusal refuses all, and nothing is recorded. Raises what the store raises.
        """
        read = [_read(submission) for submission in submissions]
        with self._lock:
            try:
                return self._commit(read, submissions, clock, together=together)
            except BaseException:
                self._book = None
                raise

    def _commit(
        self, read: list[Statement | LedgerError], submissions: Sequence[Submission], clock: Clock, *, together: bool
    ) -> list[Outcome]:
        ahead = _verify_ahead(read, self._book)
        placed: list[_Placed | LedgerError] = []
        self._sealed = None
        try:
            with self.store.turn(self._seal) as turn:
                group = _Group(turn, self._caught_up(turn, read), clock.now(), ahead)
                self._require_signed(turn, group.book)
                turn.look_up([said.key for said in read if isinstance(said, Statement)])
                placed = [group.place(said, sent) for said, sent in zip(read, submissions, strict=True)]
                if together and any(isinstance(one, LedgerError) for one in placed):
                    raise _AllRefused
                self._register = group.book.register
        except _AllRefused:
            self._book = None
            return [one if isinstance(one, LedgerError) else _left_out() for one in placed]
        self._book = group.book if self._whole else None
        self._own = self._newest() or self._own
        outcomes: list[Outcome] = []
        for one in placed:
            if isinstance(one, LedgerError):
                outcomes.append(one)
            else:
                head, checkpoint = self._sealed = self._sealed or self.head()
                outcomes.append(Recorded(one.position, one.line, head, checkpoint, one.before, one.effects, one.moves))
        return outcomes

    def _newest(self) -> tuple[bytes, int, bytes] | None:
        """The checkpoint that this turn sealed, if it appended anything."""
        return (self._sealed[1], self._sealed[0].size, self._sealed[0].root) if self._sealed else None

    def head(self) -> tuple[Checkpoint, bytes]:
        """The log's newest checkpoint, parsed (its signature is the reader's to check) and as signed."""
        note = self.store.head().checkpoint
        return Checkpoint.parse(split_note(note)[0]), note

    def _caught_up(self, turn: Turn, read: Sequence[Statement | LedgerError]) -> Book:
        if self._book is None and not self._whole and len(read) == 1 and isinstance(read[0], Statement):
            bounded = replay.partial(turn, read[0], turn.head.size)
            if bounded is not None:
                return bounded
        return replay.fold(turn, self._book)

    def _require_signed(self, turn: Turn, book: Book) -> None:
        """What stands there must be signed by the log before more is: else what was slipped in would be too."""
        head = turn.head
        if head.size == 0 or (head.checkpoint, head.size, head.root) == self._own:
            return
        try:
            signed = open_checkpoint(head.checkpoint, LogKey(book.register.origin, book.register.log_key))
            right = (signed.size, signed.root) == (head.size, head.root)
        except LedgerError:
            right = False
        if not right:
            raise VerificationFailed(
                f"the log's head of {head.size} entries is not what its checkpoint signs; nothing is added to it",
                next_step="outcomes audit verify",
            )

    def _seal(self, size: int, root: bytes) -> bytes:
        """Sign the new head with the key that the register names, in the same commit as its entries."""
        key = self._log_keys.get(self._register.log_key)
        if key is None:
            raise KeyProblem(
                f"the log key {fingerprint(self._register.log_key)} is not here, so nothing can be recorded here",
                next_step="--log-key FILE names it; whoever keeps the log has it",
            )
        head = Checkpoint(self._register.origin, size, root)
        self._sealed = head, sign_checkpoint(head, key)
        return self._sealed[1]


# -- one group ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Placed:
    position: int
    line: bytes
    before: bool
    effects: tuple[Effect, ...] = ()
    moves: tuple[Move, ...] = ()


class _AllRefused(Exception):
    """Rolls a group back."""


def _left_out() -> Refused:
    return Refused("nothing is wrong with it, but another statement of its group was refused")


class _Group:
    """Statements on their way into one turn, in order; each sees the Book and the tree after the one before."""

    def __init__(self, turn: Turn, book: Book, now: Instant, verified: set[tuple[bytes, bytes]]) -> None:
        self.turn = turn
        self.book = book
        self._now = now
        self._verified = verified
        self._heads = replay.Heads(self._older)
        if turn.head.size:
            self._last = entry.received_at(turn.line(turn.head.size))
            self._heads.note(turn.head.size, turn.head.root, self._last)
        else:
            self._last = Instant(0)

    def _older(self, size: int) -> replay.Moment | None:
        root = self.turn.root_at(size) if 0 < size <= self.book.size else None
        return None if root is None else (root, entry.received_at(self.turn.line(size)))

    def place(self, said: Statement | LedgerError, sent: Submission) -> _Placed | LedgerError:
        """Judge one statement and append it; or the reason against it."""
        if isinstance(said, LedgerError):
            return said
        try:
            return self._again(said) or self._append(said, sent)
        except LedgerError as error:
            return error

    def _again(self, said: Statement) -> _Placed | None:
        """The same id with the same payload is the same submission, for ever."""
        position = self.turn.position_of(said.key)
        if position is None:
            return None
        line = self.turn.line(position)
        if entry.read(line).statement.payload != said.payload:
            raise IdAlreadyUsed(f"the id {said.id} stands for another statement, entry {position}")
        return _Placed(position, line, before=True)

    def _append(self, said: Statement, sent: Submission) -> _Placed:
        # The founding key is in the statement itself; every other comes from the register, here and now.
        key = register.key_of(self.book.register, said)
        if (said.wire, key) not in self._verified:
            said.verify(key)
        received_at = max(self._now, self._last)  # never earlier than the entry before, whatever the clock says
        root, then = self._heads.at(said.said.seen.size) or (None, None)
        placing.admit(said, received_at, size=self.book.size, root=root, then=then)
        self.book.admit(said, received_at)
        line = entry.write(received_at, said.wire)
        row = Row(
            kind=said.event.kind,
            entry=line,
            tags=tags(said, self.turn),
            statement=said.key,
            openings=sent.openings,
        )
        position = self.turn.append(row)
        self._last = received_at
        effects = self.book.evolve(said, received_at)
        for effect in effects:
            if isinstance(effect.event, FieldErased) and effect.standing == "effective":
                self._erase(effect.event)
        moves = tuple(self.book.pots.moved)  # the Book forgets them at the next entry
        return _Placed(position, line, before=False, effects=effects, moves=moves)

    def _erase(self, event: FieldErased) -> None:
        position = self.turn.position_of(statement.id_bytes(event.entry))
        if position is not None:  # always: the Book admitted the erasure of a field of a recorded entry
            self.turn.erase(position, event.field)


class TagSource(Protocol):
    """Where the tags of an earlier entry are found."""

    def position_of(self, statement_id: bytes) -> int | None: ...
    def tags_of(self, position: int) -> Sequence[str]: ...


def tags(said: Statement, source: TagSource) -> tuple[str, ...]:
    """The subjects of an entry: its own, and all those of the entry that it is about."""
    own = set(said.tags())
    about = said.event.about
    if about is not None and (position := source.position_of(statement.id_bytes(about))) is not None:
        own.update(source.tags_of(position))
    return tuple(sorted(own))


# -- reading and verifying outside the lock ---------------------------------------------------------


def _read(sent: Submission) -> Statement | LedgerError:
    """Form, openings, and the wording of what is sealed: no rule may read that later (law 13)."""
    try:
        said = statement.parse(sent.wire)
        statement.check_openings(said, dict(sent.openings))
        wording.admit(statement.revealed(held)[1] for held in sent.openings.values())
    except LedgerError as error:
        return error
    return said


def _verify_ahead(read: Sequence[Statement | LedgerError], book: Book | None) -> set[tuple[bytes, bytes]]:
    """The exact bytes that verified, with the key of each; the rest are verified at their place.

    The Book here may be behind the head: a key that changed since is looked up again under the lock.
    """
    if book is None:
        return set()
    with_keys = [(said, key) for said in read if isinstance(said, Statement) and (key := _likely_key(book, said))]
    parts = [with_keys] if len(with_keys) < 2 * VERIFIERS else [with_keys[n::VERIFIERS] for n in range(VERIFIERS)]
    if len(parts) == 1:
        return _verified(parts[0])
    with ThreadPoolExecutor(VERIFIERS) as threads:
        return set().union(*threads.map(_verified, parts))


def _likely_key(book: Book, said: Statement) -> bytes | None:
    officer = book.register.officers.get(said.by)
    return officer.key if officer and officer.key else None


def _verified(with_keys: Iterable[tuple[Statement, bytes]]) -> set[tuple[bytes, bytes]]:
    good: set[tuple[bytes, bytes]] = set()
    for said, key in with_keys:
        try:
            said.verify(key)
        except LedgerError:
            continue  # refused with its reason at its place
        good.add((said.wire, key))
    return good


# -- many submitters ------------------------------------------------------------------------------


class Gathering:
    """Submissions from many threads, committed in groups: whoever comes first takes the rest along."""

    def __init__(self, log: Log, clock: Clock, largest: int = 256) -> None:
        self._log = log
        self._clock = clock
        self._largest = largest
        self._queue: list[tuple[Submission, Future[Recorded]]] = []
        self._queue_lock = threading.Lock()
        self._leading = threading.Lock()

    def record(self, submission: Submission) -> Recorded:
        """Record one statement, in a group if others come at the same time. Raises what refuses it."""
        mine: Future[Recorded] = Future()
        with self._queue_lock:
            self._queue.append((submission, mine))
        with self._leading:
            while not mine.done():
                self._lead()
        return mine.result()

    def _lead(self) -> None:
        with self._queue_lock:
            group, self._queue = self._queue[: self._largest], self._queue[self._largest :]
        try:
            outcomes = self._log.record_all([submission for submission, _ in group], self._clock)
        except BaseException as error:  # noqa: BLE001 every submitter is told, whatever it was
            for _, waiting in group:
                waiting.set_exception(error)
            return
        for (_, waiting), outcome in zip(group, outcomes, strict=True):
            if isinstance(outcome, LedgerError):
                waiting.set_exception(outcome)
            else:
                waiting.set_result(outcome)
