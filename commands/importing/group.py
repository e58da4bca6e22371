"""A group: statements that are imported together, judged all before the first is recorded.

Law: an import is idempotent. A statement's id is made from what is imported (its source's row, or the row's own
content), so what was recorded once is found again by its id, for ever and by everybody; two imports at once cannot
record a row twice. Sealed texts are no part of that id: it would give them away after their erasure.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import click
import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from commands.session import Opened, Session, verified_history
from commands.writing import Draft, prepare
from ledger import entry, statement
from ledger.book import Book
from ledger.errors import KeyProblem, LedgerError, Refused
from ledger.keys import PrivateKey
from ledger.recording import Log, Recorded, Submission
from ledger.replay import Replayed
from ledger.rules import wording

Follower = Callable[[Replayed], None]
TOGETHER: Final = 256
"""Entries in one commit."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """One statement that an import wants to make, and the row that it comes from."""

    kind: str
    body: Mapping[str, Any]
    file: str
    row: str
    key: tuple[str, ...] = ()
    """What makes it the same statement again; empty: nothing does."""
    sealed: Mapping[str, str] = field(default_factory=dict)
    decision: str | None = None
    source: Mapping[str, str] | None = None

    def draft(self) -> Draft:
        """As every write makes one."""
        return Draft(self.kind, self.body, self.sealed, self.decision, source=self.source)


@dataclass(frozen=True, slots=True)
class Fault:
    """Why the ledger would not take one of them."""

    wanted: Wanted
    error: LedgerError
    why: str
    """In words; what would have been an earlier entry of this import is called by its row."""


@dataclass(slots=True)
class Judged:
    """What came of judging a group: what is ready to be recorded, what is wrong, and what is there already."""

    ready: list[tuple[Wanted, Submission]] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    before: list[tuple[Wanted, int]] = field(default_factory=list)
    """With the number of the entry that recorded it."""
    waiting: int = 0
    """How many of the ready would wait for others to sign."""


def id_of(origin: str, wanted: Wanted) -> str:
    """The id of what is imported: a UUIDv7 of no time, whose rest is a hash; it is the same on every day."""
    said = json.dumps([origin, wanted.kind, *wanted.key], ensure_ascii=False).encode()
    raw = bytearray(hashlib.sha256(b"import 1\n" + said).digest()[:10])
    raw[0] = raw[0] & 0x0F | 0x70
    raw[2] = raw[2] & 0x3F | 0x80
    digits = (bytes(6) + bytes(raw)).hex()
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


class Group:
    """Statements of one officer's on their way into one ledger."""

    def __init__(
        self, session: Session, officer: str, key: PrivateKey, public: bytes, follow: Follower | None = None
    ) -> None:
        """`follow` is shown every entry that is there already."""
        self._session = session
        self._officer = officer
        self._key = key, public
        self._opened: Opened = session.open()
        self.book = Book()
        """The Book as it would stand after all that was judged."""
        history = verified_history(self._opened, self.book)
        self._rows: dict[int, str] = {}
        """The row of each entry that would be recorded."""
        self._held: dict[str, int] = {}
        for one in history:
            self._held[one.entry.statement.id] = one.position
            if follow:
                follow(one)

    def judge(self, wanted: Sequence[Wanted]) -> Judged:
        """Judge each after those before it that hold; the Book follows, and nothing is recorded."""
        judged = Judged()
        for one in wanted:
            name = id_of(self._opened.origin, one) if one.key else self._session.chance.uuid7()
            if name in self._held:
                judged.before.append((one, self._held[name]))
                continue
            try:
                judged.ready.append((one, self._admitted(one, name, judged)))
            except LedgerError as error:
                judged.faults.append(Fault(one, error, self._in_rows(str(error))))
        return judged

    def _admitted(self, one: Wanted, name: str, judged: Judged) -> Submission:
        clock = self._session.chance.clock
        draft = one.draft()
        body = {"occurred_on": str(clock.now().day), **draft.body}
        draft = Draft(draft.kind, body, draft.sealed, draft.decision, source=draft.source)
        payload, openings = prepare(self._session, self._opened, self._officer, draft)
        wire = statement.sign(msgspec.structs.replace(payload, id=name), *self._key)
        said, now = statement.parse(wire), clock.now()
        statement.check_openings(said, openings)
        wording.admit(one.sealed.values())
        entry.write(now, wire)  # TooLarge is found now, not at the door
        self.book.admit(said, now)
        self._rows[self.book.size + 1] = f"{one.file}:{one.row}"
        judged.waiting += any(effect.standing == "waiting" for effect in self.book.evolve(said, now))
        return Submission(wire, openings)

    def _in_rows(self, why: str) -> str:
        return re.sub(r"\bentry ([0-9]+)\b", lambda found: self._rows.get(int(found[1]), found[0]), why)

    def record(self, ready: Sequence[Submission]) -> list[Recorded]:
        """Record them, 256 in a commit, each commit whole or not at all; the last one's receipt is kept."""
        log: Log = self._opened.log(whole=True)
        recorded: list[Recorded] = []
        with _watched(len(ready)) as progress:
            for first in range(0, len(ready), TOGETHER):
                outcomes = log.record_all(ready[first : first + TOGETHER], self._session.chance.clock, together=True)
                errors = [one for one in outcomes if isinstance(one, LedgerError)]
                if errors:
                    raise _stopped(errors, len(recorded))
                recorded += [one for one in outcomes if isinstance(one, Recorded)]
                progress.update(len(outcomes))
        if recorded:
            self._opened.keep_receipt(recorded[-1])
        return recorded


def _stopped(errors: list[LedgerError], recorded: int) -> LedgerError:
    """Somebody else's entry came between judging and recording, and a rule now refuses."""
    why = next((error for error in errors if type(error) is not Refused), errors[0])
    return Refused(
        f"the ledger moved while this was imported: {type(why).__name__}: {why}; {recorded} entries are recorded",
        next_step="import again: what was recorded is not recorded twice",
    )


class _Silent:
    def update(self, _count: int) -> None:
        """Nobody watches."""


@contextmanager
def _watched(size: int) -> Iterator[Any]:
    """A bar with rate and time left, on a terminal; what it shows goes to stderr."""
    if not sys.stderr.isatty():
        yield _Silent()
        return
    with click.progressbar(length=size, label="Recording", file=sys.stderr, show_pos=True) as bar:
        yield bar


def unlocked(session: Session, officer: str, *, dry_run: bool) -> tuple[PrivateKey, bytes]:
    """The key that signs, and its public half; a dry run signs with another, and asks nobody for a passphrase.

    Raises KeyProblem.
    """
    if not dry_run:
        pen = session.pen(officer)
        return pen.key, pen.public
    public = next((key for name, key in session.keyring.officers() if name == officer), None)
    if public is None:
        raise KeyProblem(f"there is no key of {officer} here", next_step="--as OFFICER names another")
    return Ed25519PrivateKey.from_private_bytes(bytes(32)), public
