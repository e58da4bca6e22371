"""A writer of commitments: founds a ledger, signs, records with a real Log, and says what was acknowledged.

Law: a line that begins with `recorded` is written when the Log has acknowledged its entry, and not before, by one
call to the system that nothing in this process holds back. So whoever kills this program knows what it was promised.

    python -m tests.writer URL NAME COUNT [GROUP]    records COUNT commitments NAME-1, NAME-2, ... GROUP at a time

Each submission is announced with its bytes before it is sent, so that it can be sent again:

    sending NAME-7 <the statement in base64>
    recorded 12 <the statement's id>
    refused <the error's class> <why>
"""

from __future__ import annotations

import os
import random
import sys
from base64 import b64decode, b64encode
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger import entry, events, statement
from ledger.audit import Kept
from ledger.checkpoint import Checkpoint, LogKey
from ledger.errors import LedgerError
from ledger.events.commitments import CommitmentMade
from ledger.recording import Log, Outcome, Recorded, Submission
from ledger.statement import Payload, Seen
from ledger.store import Store
from ledger.values import Digest, Instant, Nonce
from ledger.verifying import verify_store
from tests.story import COUNCIL, ICB, ORIGIN, POLICE, START, World, commitment, key_of, line, raw

LOG_KEY = key_of(f"log of {ORIGIN}")
LOG_PUBLIC = LogKey.of(ORIGIN, LOG_KEY)
OFFICER = f"{COUNCIL}/s151"
FOUNDED = 5
"""Entries of a ledger that `found` leaves: three bodies, one approval, one pool."""

Tell = Callable[[str], None]
"""Where the lines go."""


@dataclass(frozen=True, slots=True)
class Still:
    """A clock that stands."""

    moment: Instant = START

    def now(self) -> Instant:
        return self.moment


CLOCK = Still()


def found(url: str) -> None:
    """Make a ledger at an address, of the council, the ICB and the police, with the pool that they agreed."""
    world = World().given(
        World.found,
        lambda told: told.admit(ICB),
        lambda told: told.admit(POLICE, approvers=(f"{ICB}/cfo",)),
        lambda told: told.pool(partners=(COUNCIL, ICB, POLICE)),
    )
    assert len(world.said) == FOUNDED
    with closing(Store.open(url, create=True)) as store:
        log = Log(store, [LOG_KEY])
        for said in world.said:
            log.record(Submission(said.wire), CLOCK)


@dataclass(slots=True)
class Pen:
    """The council's officer at work under a name of their own: whatever they sign is new, and the same in every run."""

    name: str
    signed: int = 0
    _dice: random.Random = field(init=False)
    _key: Ed25519PrivateKey = field(init=False)
    _public: bytes = field(init=False)

    def __post_init__(self) -> None:
        self._dice = random.Random(self.name)
        self._key = key_of(OFFICER)
        self._public = raw(self._key)

    def write(self, seen: Seen, note: str | None = None, reference: str = "") -> Submission:
        """Sign the next commitment, NAME-1 and so on unless it is named otherwise; a note is sealed."""
        self.signed += 1
        amount = line(f"{1000 + self.signed}.00")
        body = commitment(reference or f"{self.name}-{self.signed}", amount, occurred_on=str(START.day))
        openings = {}
        if note is not None:
            openings["note"] = statement.opening(Nonce(self._dice.randbytes(16)), "note", note)
            body["note"] = {"sealed": str(statement.close(openings["note"]).sealed)}
        return self.sign(CommitmentMade.kind, body, seen, openings)

    def sign(self, kind: str, body: dict[str, object], seen: Seen, openings: dict[str, bytes]) -> Submission:
        """Sign a statement of any kind."""
        moment, dice = f"{int(START) * 1000:012x}", self._dice.randbytes(9).hex()
        said = Payload(
            body=events.decode(kind, body),
            by=OFFICER,
            id=f"{moment[:8]}-{moment[8:]}-7{dice[:3]}-8{dice[3:6]}-{dice[6:]}",
            kind=kind,
            ledger=ORIGIN,
            nonce=str(Nonce(self._dice.randbytes(16))),
            seen=seen,
            signed_at=START,
        )
        return Submission(statement.sign(said, self._key, self._public), openings)


def seen_by(log: Log) -> Seen:
    """The log's head, as whoever signs next has seen it."""
    return seen_in(log.head()[0])


def seen_in(head: Checkpoint) -> Seen:
    """A head as a statement states it."""
    return Seen(root=Digest(head.root), size=head.size)


# -- saying what was acknowledged -------------------------------------------------------------------


def record(log: Log, submissions: list[Submission], tell: Tell) -> list[Outcome]:
    """Announce submissions, record them together (one by itself), and tell which were acknowledged."""
    tell("".join(f"sending {named(sent)} {b64encode(sent.wire).decode()}\n" for sent in submissions))
    try:
        outcomes: list[Outcome] = (
            [log.record(submissions[0], CLOCK)] if len(submissions) == 1 else log.record_all(submissions, CLOCK)
        )
    except LedgerError as error:
        outcomes = [error]
    tell("".join(map(_told, outcomes)))
    return outcomes


def named(sent: Submission) -> str:
    """The reference of the commitment in a submission."""
    event = statement.parse(sent.wire).event
    return event.commitment if isinstance(event, CommitmentMade) else event.kind


def _told(outcome: Outcome) -> str:
    if isinstance(outcome, LedgerError):
        return f"refused {type(outcome).__name__} {outcome.why}\n"
    return f"recorded {outcome.position} {statement_of(outcome.line).id}\n"


def statement_of(line: bytes) -> statement.Statement:
    """The statement in an entry's line."""
    return entry.read(line).statement


@dataclass(slots=True)
class Told:
    """What a writer's lines say: the submissions that it sent, and the entries that were acknowledged, by id."""

    sent: dict[str, Submission] = field(default_factory=dict)
    recorded: dict[str, int] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)

    @classmethod
    def read(cls, path: Path) -> Told:
        """Read a writer's file; one that is not there says nothing, nor does a line that a kill cut short."""
        told = cls()
        whole, _, _ = path.read_text().rpartition("\n") if path.exists() else ("", "", "")
        for text in whole.splitlines():
            word, first, rest = text.split(" ", 2)
            if word == "sending":
                sent = Submission(b64decode(rest))
                told.sent[statement.parse(sent.wire).id] = sent
            elif word == "recorded":
                told.recorded[rest] = int(first)
            else:
                told.refused.append(first)
        return told

    @property
    def unanswered(self) -> list[Submission]:
        """What was sent, and neither acknowledged nor refused as far as its sender lived to hear."""
        return [sent for id_, sent in self.sent.items() if id_ not in self.recorded]


def telling(path: Path) -> Tell:
    """A way to tell that is in the file before the call returns."""
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    return lambda text: _whole(file, text.encode())


def _whole(file: int, data: bytes) -> None:
    assert os.write(file, data) == len(data)


# -- what must hold afterwards ----------------------------------------------------------------------


def require(store: Store, acknowledged: dict[str, int]) -> None:
    """The ledger verifies, and every entry that was acknowledged is where it was said to be."""
    report = verify_store(store, Kept())
    assert not report.findings
    with store.snapshot() as snapshot:
        stored = {UUID(bytes=id_).hex: at for id_, at in snapshot.statements_between(1, report.size)}
    lost = {id_: at for id_, at in acknowledged.items() if stored.get(UUID(id_).hex) != at}
    assert not lost


def sent_again(store: Store, told: Told) -> list[Recorded]:
    """Send again what was not acknowledged; each now is, and has a receipt that holds."""
    outcomes = Log(store, [LOG_KEY]).record_all(told.unanswered, CLOCK)
    recorded = [one for one in outcomes if isinstance(one, Recorded)]
    assert len(recorded) == len(outcomes)
    for one in recorded:
        one.receipt(store).verify(LOG_PUBLIC)
    return recorded


# -- as a process -----------------------------------------------------------------------------------


def write(url: str, name: str, count: int, group: int, tell: Tell) -> None:
    """Record so many commitments, a group at a time, each having seen the head before it; stop when one is refused."""
    with closing(Store.open(url)) as store:
        log, pen = Log(store, [LOG_KEY]), Pen(name)
        seen = seen_by(log)
        for first in range(0, count, group):
            outcomes = record(log, [pen.write(seen) for _ in range(min(group, count - first))], tell)
            last = outcomes[-1]
            if not isinstance(last, Recorded):
                return
            seen = seen_in(last.head)


def write_to(path: Path, url: str, name: str, count: int, group: int) -> None:
    """As `write`, telling a file."""
    write(url, name, count, group, telling(path))


def starting(what: Callable[..., object], *arguments: Any) -> BaseProcess:
    """Start a function of a module as a process of its own. All that it needs is loaded once, by the first."""
    context = get_context("forkserver")
    context.set_forkserver_preload(["tests.writer", "psycopg"])
    process = context.Process(target=what, args=arguments, daemon=True)
    process.start()
    return process


def main(arguments: list[str]) -> None:
    """Run as a program."""
    url, name, count, *group = arguments
    write(url, name, int(count), int(group[0]) if group else 1, lambda text: _whole(1, text.encode()))


if __name__ == "__main__":
    main(sys.argv[1:])
