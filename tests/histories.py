"""Random histories of a ledger: officers who do what officers do, and a good deal that must be refused.

A history is drawn from a seed, so it can be lived again. It judges each attempt in memory, the way recording
does, and so it can be lived beside any real store: give it a `record` and it checks that the store gives the same
answer. The naive model follows it and says what should have been answered.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger import entry, recording, statement
from ledger.errors import IdAlreadyUsed, LedgerError
from ledger.keys import fingerprint, possession
from ledger.recording import Submission
from ledger.rules import placing, register, wording
from ledger.statement import Seen, Source, Statement
from ledger.values import Digest, Instant
from tests.naive import Naive, Officer, Taken
from tests.story import COUNCIL, ICB, LEAD_POWERS, POLICE, World, appointment, holder_of, key_of, line, raw, str_b64

LOG_KEYS: Final = [key_of(f"log key {number} of a history") for number in range(40)]
"""The log keys that a history may use, in order; who records it elsewhere holds them all."""
BODIES: Final = [COUNCIL, ICB, POLICE, "GB-EXAMPLE-CHARITY", "GB-EXAMPLE-DISTRICT"]
OFFICES: Final = ["cfo", "deputy", "clerk", "director"]
POOLS: Final = [f"P-{number}" for number in range(1, 13)]
COMMITMENTS: Final = [f"C-{number}" for number in range(1, 40)]
YEARS: Final = ["2026-27", "2027-28", "2028-29"]
SUMS: Final = ["0.01", "99.99", "100.00", "5000.00", "10000.00", "10000.01", "250000.00"]
LIMITS: Final = [None, None, "100.00", "10000.00", "300000.00"]
DAY: Final = 86_400

Record = Callable[[Submission], object]


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the log with its tags."""

    position: int
    entry: bytes
    kind: str
    tags: tuple[str, ...]


@dataclass(slots=True)
class Shelf:
    """A log in memory: what `replay` and `recording.tags` read."""

    rows: list[Row] = field(default_factory=list)
    places: dict[bytes, int] = field(default_factory=dict)

    def put(self, line: bytes, said: Statement) -> None:
        """The next line."""
        self.rows.append(Row(len(self.rows) + 1, line, said.event.kind, recording.tags(said, self)))
        self.places[UUID(said.id).bytes] = len(self.rows)

    def entries(self, after: int = 0) -> Iterator[Row]:
        """The lines after that position."""
        return iter(self.rows[after:])

    def tagged(self, tags: Sequence[str], kinds: Sequence[str] = ()) -> Iterator[Row]:
        """The lines with at least one of the tags, and of one of the kinds if any are given."""
        wanted = set(tags)
        return (row for row in self.rows if wanted & set(row.tags) and (not kinds or row.kind in kinds))

    def position_of(self, statement_id: bytes) -> int | None:
        """Where a statement stands."""
        return self.places.get(statement_id)

    def tags_of(self, position: int) -> Sequence[str]:
        """The tags of a line."""
        return self.rows[position - 1].tags


@dataclass(frozen=True, slots=True)
class Attempt:
    """What somebody wants to say; `more` goes to the pen (`tests.story.World.write`)."""

    kind: str
    body: dict[str, Any]
    by: str
    more: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class History:
    """A ledger that lives from attempt to attempt; also the clock by which it is recorded elsewhere."""

    seed: int
    record: Record | None = None
    """Where else each submission is recorded; it must give the same answer."""
    world: World = field(init=False)
    naive: Naive = field(default_factory=Naive)
    shelf: Shelf = field(default_factory=Shelf)
    dice: random.Random = field(init=False)
    pens: dict[bytes, Ed25519PrivateKey] = field(default_factory=dict)
    """Every private key of an office, by its public half."""
    roots: list[bytes] = field(default_factory=list)
    sent: list[Submission] = field(default_factory=list)
    made: int = 0
    plan: list[Callable[[], Attempt]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.dice = random.Random(self.seed)
        self.world = World(origin=f"example.org/history-{self.seed}")
        self.plan = [
            self.found,
            *(lambda body=body: self.admission(body, by=f"{COUNCIL}/s151") for body in BODIES[1:3]),
            *(lambda body=body: self.appointment_in(body) for body in BODIES[:3]),
            lambda: self.admission(BODIES[4], by=f"{COUNCIL}/s151", officer=False),
            self.table,
            self.pool_agreed,
        ]

    def now(self) -> Instant:
        """The history's clock."""
        return self.world.now

    # -- one step ---------------------------------------------------------------------------------

    def step(self) -> LedgerError | None:
        """Draw what is tried next and judge it."""
        return self.judge(self.draw())

    def draw(self) -> Submission:
        """What is tried next; time may pass before it."""
        if self.roots:
            self.world.pass_time(self.dice.choice([0, 0, 1, 60, 3600, 9000, DAY // 2, DAY]))
            if self.chance(0.02):
                return self.dice.choice(self.sent)
        return self.write(self._next())

    def _next(self) -> Attempt:
        if self.plan and (not self.naive.waiting(self.now()) or not self.roots):
            return self.plan.pop(0)()
        if self.naive.waiting(self.now()) and self.chance(0.35):
            return self.answer()
        ways: list[tuple[Callable[[], Attempt], int]] = [
            (self.committed, 16),
            (self.transcribed, 5),
            (self.changed, 14),
            (self.reversal, 10),
            (self.answer, 8),
            (self.confirmation, 5),
            (self.erasure, 4),
            (self.pool_agreed, 6 if any(map(self.naive.pool, POOLS)) else 40),
            (self.pool_closed, 2),
            (self.officer_changed, 7),
            (self.appointment_in, 5),
            (self.admission, 2),
            (self.table, 2),
            (self.rulebook, 1),
            (self.new_log_key, 1),
            (self.found, 1),
        ]
        chosen = self.dice.choices([way for way, _ in ways], [weight for _, weight in ways])
        return chosen[0]()

    def probe(self) -> Statement:
        """A statement of a bounded kind that nobody sends, to ask two Books about."""
        ways = (self.committed, self.transcribed, self.changed)
        return statement.parse(self.write(self.dice.choice(ways)()).wire)

    def judge(self, sent: Submission) -> LedgerError | None:
        """Record it here, as recording does, and elsewhere if there is an elsewhere; what refuses it."""
        refused: LedgerError | None = None
        try:
            self._record_here(sent)
        except LedgerError as error:
            refused = error
        if self.record is not None:
            elsewhere = _refusal(self.record, sent)
            assert type(elsewhere) is type(refused), f"here {refused!r}, elsewhere {elsewhere!r}: {self.story()}"
        return refused

    def _record_here(self, sent: Submission) -> None:
        world, said = self.world, statement.parse(sent.wire)
        statement.check_openings(said, dict(sent.openings))
        wording.admit(statement.revealed(held)[1] for held in sent.openings.values())
        if (before := self.shelf.position_of(UUID(said.id).bytes)) is not None:
            if entry.read(self.shelf.rows[before - 1].entry).statement.payload != said.payload:
                raise IdAlreadyUsed(f"the id {said.id} stands for another statement")
            return
        said.verify(register.key_of(world.book.register, said))
        seen = said.said.seen.size
        there = 0 < seen <= len(self.roots)
        placing.admit(
            said,
            world.now,
            size=len(self.roots),
            root=self.roots[seen - 1] if there else None,
            then=entry.received_at(world.lines[seen - 1]) if there else None,
        )
        world.enter(sent.wire, dict(sent.openings))
        self.naive.take(said, world.now)
        self.shelf.put(world.lines[-1], said)
        self.roots.append(world.tree.root())
        self.sent.append(sent)

    def story(self) -> str:
        """What was taken so far, a line each; what a failure prints."""
        lines = [f"{one.position} {one.said.by} {one.said.event!r} ({one.fate})" for one in self.naive.log]
        return "\n".join([f"history of seed {self.seed}", *lines])

    # -- pens ---------------------------------------------------------------------------------------

    def chance(self, share: float) -> bool:
        """Whether something happens that happens so often."""
        return self.dice.random() < share

    def write(self, attempt: Attempt) -> Submission:
        """Sign it; now and then there is something wrong with how it is signed or what it has seen."""
        more = {**attempt.more}
        body = {"occurred_on": str(self.now().day), **attempt.body}
        officer = self.naive.officers().get(attempt.by) if self.roots else None
        if "key" not in more:
            more["key"] = self.pens.get(officer.key or b"") if officer else key_of(attempt.by)
            more["key"] = more["key"] or key_of(f"no key of {attempt.by}")
        if self.roots:
            more |= self._seen()
            if self.chance(0.06):
                self._spoil(body, more)
        wire, openings = self.world.write(attempt.kind, body, attempt.by, **more)
        if self.roots and self.chance(0.01):
            wire = _another_signature(wire)
        return Submission(wire, openings)

    def _seen(self) -> dict[str, Any]:
        """Mostly the head; now and then one of the last heads, or a clock that is a little ahead or behind."""
        if self.chance(0.7):
            return {}
        size = max(1, len(self.roots) - self.dice.randrange(4))
        behind = self.dice.choice([0, 120, -120])
        return {
            "seen": Seen(root=Digest(self.roots[size - 1]), size=size),
            "signed_at": Instant(self.now() - behind),
        }

    def _spoil(self, body: dict[str, Any], more: dict[str, Any]) -> None:
        head, size = self.roots[-1], len(self.roots)
        spoilt: list[dict[str, Any]] = [
            {"ledger": "example.org/another"},
            {"seen": Seen(root=Digest(bytes(32)), size=size)},
            {"seen": Seen(root=Digest(head), size=size + 1)},
            {"signed_at": Instant(self.now() + 301)},
            {"signed_at": Instant(self.now() - 3 * DAY)},
            {"signed_at": Instant(self.now() - 3 * DAY), "seen": Seen(root=Digest(self.roots[0]), size=1)},
            {"decision": "Ring 07700 900123"},
            {"key": key_of("nobody's key")},
            {"key": self.dice.choice(list(self.pens.values()))},
            {"id": self.naive.log[-1].said.id},
        ]
        if self.chance(0.2):
            body["occurred_on"] = str(Instant(self.now() + 3 * DAY).day)
        else:
            more |= self.dice.choice(spoilt)

    def new_key(self) -> Ed25519PrivateKey:
        """A key that nobody has had; now and then one that somebody has or had."""
        if self.pens and self.chance(0.04):
            return self.dice.choice(list(self.pens.values()))
        self.made += 1
        key = key_of(f"key {self.made} of {self.world.origin}")
        self.pens[raw(key)] = key
        return key

    # -- people -------------------------------------------------------------------------------------

    def live(self, power: str = "", body: str = "") -> list[Officer]:
        """The officers who can sign, with that power, of that body."""
        offices = [one for one in self.naive.officers().values() if one.key and not one.retired]
        return [one for one in offices if one.body == (body or one.body) and power in (*one.powers, "")]

    def somebody(self, power: str = "", body: str = "") -> str:
        """An officer who can, mostly; now and then anybody, or nobody."""
        able = self.live(power, body)
        if able and self.chance(0.9):
            return self.dice.choice(able).id
        anyone = [*self.naive.officers(), f"{self.dice.choice(BODIES)}/nobody"]
        return self.dice.choice(anyone)

    def body(self) -> str:
        """A body of the register, mostly."""
        return self.dice.choice(self.naive.bodies() if self.chance(0.95) else BODIES)

    # -- the register -------------------------------------------------------------------------------

    def found(self) -> Attempt:
        """Somebody founds the ledger; it works once."""
        lead = f"{COUNCIL}/s151"
        key, log = self.new_key(), LOG_KEYS[0]
        body = {
            "origin": self.world.origin,
            "purpose": "example",
            "log_key": str_b64(raw(log)),
            "log_key_proof": str_b64(log.sign(possession(self.world.origin, "log", raw(log)))),
            "organisation": {"id": COUNCIL, "name": "Example Council", "form": "council"},
            "officer": self.appointed(lead, LEAD_POWERS, key, limit=None),
            "rulebook": 1,
            "approvals": self.rules() if self.chance(0.5) else [],
        }
        return Attempt("ledger-founded/1", body, lead, {"key": key})

    def appointed(self, officer: str, powers: list[str], key: Ed25519PrivateKey, **more: Any) -> dict[str, Any]:
        """An appointment; now and then its proof is for another office."""
        proven = f"{COUNCIL}/nobody" if self.roots and self.chance(0.03) else officer
        made = {**appointment(proven, origin=self.world.origin, powers=powers, key=key, **more)}
        made |= {
            "office": officer.split("/")[1],
            "holder": holder_of(self.dice.choice([officer, officer, "a busy one"])),
        }
        return {name: value for name, value in made.items() if value is not None}

    def admission(self, body: str = "", by: str = "", *, officer: bool = True) -> Attempt:
        """A body joins."""
        new = body or self.dice.choice(BODIES)
        told: dict[str, Any] = {"organisation": {"id": new, "name": "A body", "form": "other"}}
        if officer and (body or self.chance(0.8)):
            powers = LEAD_POWERS if body or self.chance(0.8) else self.dice.sample(LEAD_POWERS, 3)
            told["officer"] = self.appointed(f"{new}/cfo", powers, self.new_key())
        return Attempt("organisation-admitted/1", told, by or self.somebody("lead"))

    def appointment_in(self, body: str = "") -> Attempt:
        """A body appoints an officer."""
        helpless = [one for one in self.naive.bodies() if not self.naive.able_to_appoint(one, self.now())]
        own = body or (self.dice.choice(helpless) if helpless and self.chance(0.4) else self.body())
        office = "deputy" if body else self.dice.choice(OFFICES)
        powers = self.dice.sample(LEAD_POWERS[1:], self.dice.randrange(1, 6))
        if self.chance(0.15):
            powers.append("lead")
        if body:
            powers = ["approve", "agree", "commit", "appoint"]
        by = self.somebody("appoint", own)
        if own in helpless and self.chance(0.8):
            powers, by = (LEAD_POWERS if self.chance(0.9) else powers), self.somebody("lead")
        today = self.now()
        starts = Instant(today + self.dice.choice([-3, -1, 0, 0, 0, 1]) * DAY).day
        until = Instant(today + self.dice.choice([-2, 0, 2, 30]) * DAY).day if self.chance(0.2) and not body else None
        more = {"starts": str(starts), "until": str(until) if until else None, "limit": self.dice.choice(LIMITS)}
        officer = self.appointed(f"{own}/{office}", powers, self.new_key(), **more)
        return Attempt("officer-appointed/1", {"organisation": own, "officer": officer}, by)

    def officer_changed(self) -> Attempt:
        """A key or a holder changes, or an office ends."""
        offices = list(self.naive.officers().values())
        office = self.dice.choice(offices)
        by = self.somebody("appoint", office.body if self.chance(0.75) else "")
        way = self.dice.choice(
            ["key-rotated/1", "key-rotated/1", "office-holder-changed/1", "key-revoked/1", "officer-retired/1"]
        )
        if way == "officer-retired/1" and self.chance(0.5):
            way = "key-rotated/1"
        if way == "officer-retired/1":
            return Attempt(way, {"officer": office.id}, by)
        if way == "key-revoked/1":
            ground = self.dice.choice(["compromised", "compromised", "lost", "holder-left"])
            had = self.naive.keys_of(office.id)
            key = office.key if office.key and self.chance(0.7) else self.dice.choice([*had, *had, *self.pens])
            return Attempt(way, {"officer": office.id, "key": str_b64(key), "ground": ground}, by)
        new = self.new_key()
        holder = office.id if self.chance(0.97) else f"{COUNCIL}/nobody"
        proof = new.sign(possession(self.world.origin, holder, raw(new)))
        body: dict[str, Any] = {"officer": office.id, "key": str_b64(raw(new)), "proof": str_b64(proof)}
        if way == "office-holder-changed/1":
            body["holder"] = holder_of(self.dice.choice([office.id, "a busy one", f"holder {self.made}"]))
            if self.chance(0.4):
                body["until"] = str(Instant(self.now() + self.dice.choice([-1, 0, 3, 30]) * DAY).day)
        return Attempt(way, body, by)

    def rules(self) -> list[dict[str, Any]]:
        """An approval table."""
        every: list[dict[str, Any]] = [
            {"kind": "commitment-made/1", "by": "second-officer", "above": self.dice.choice(["99.99", "10000.00"])},
            {"kind": "commitment-varied/1", "by": "second-officer", "above": "10000.00"},
            {"kind": "commitment-withdrawn/1", "by": "second-officer"},
            {"kind": "commitment-firmed/1", "by": "second-officer", "until_then": "counts-unsigned"},
            {"kind": "pool-agreed/1", "by": "named-parties"},
            {"kind": "pool-agreed/1", "by": "named-parties", "until_then": "counts-unsigned"},
            {"kind": "pool-agreed/1", "by": "partner-leads"},
            {"kind": "pool-closed/1", "by": "named-parties"},
            {"kind": "officer-appointed/1", "by": "second-officer"},
            {"kind": "officer-retired/1", "by": "second-officer"},
            {"kind": "key-revoked/1", "by": "second-officer"},
            {"kind": "field-erased/1", "by": "second-officer"},
        ]
        chosen = self.dice.sample(every, self.dice.randrange(1, 6))
        return [{**rule, "days": self.dice.choice([1, 2, 7, 28])} for rule in chosen]

    def table(self) -> Attempt:
        """The partners change who must sign what."""
        rules = self.rules()
        if self.chance(0.1):
            rules.append({"kind": self.dice.choice(["spend-guessed/1", "entry-reversed/1"]), "by": "second-officer"})
        return Attempt("approval-table-set/1", {"approvals": rules}, self.somebody("lead"))

    def rulebook(self) -> Attempt:
        """Somebody wants another rulebook; this release has none."""
        return Attempt("rulebook-adopted/1", {"rulebook": self.dice.randrange(4)}, self.somebody("lead"))

    def new_log_key(self) -> Attempt:
        """The log gets another key."""
        key = LOG_KEYS[min(len(self.naive.log) // 5, len(LOG_KEYS) - 1)]
        proof = key.sign(possession(self.world.origin, "log" if self.chance(0.9) else "lag", raw(key)))
        body = {"log_key": str_b64(raw(key)), "log_key_proof": str_b64(proof)}
        return Attempt("log-key-changed/1", body, self.somebody("operate"))

    # -- pools and commitments ------------------------------------------------------------------------

    def pool_agreed(self) -> Attempt:
        """A body hosts a pool."""
        host = self.body()
        others = [body for body in self.naive.bodies() if body != host]
        named = [host, *self.dice.sample(others, self.dice.randrange(len(others) + 1))]
        body: dict[str, Any] = {
            "pool": self.dice.choice(POOLS),
            "name": "Prevention pool",
            "legal_power": "children-act-2004-s10",
            "host": host,
            "partners": named,
            "control_basis": "joint-operation",
            "starts": self.dice.choice(["2026-04-01", "2026-04-01", "2027-04-01"]),
            "until": self.dice.choice(["2029-03-31", "2029-03-31", "2028-03-31"]),
        }
        if self.chance(0.15):
            spoilt: list[dict[str, Any]] = [
                {"partners": named[1:]},
                {"partners": [*named, host]},
                {"partners": [*named, "GB-EXAMPLE-UNKNOWN"]},
                {"until": "2020-03-31"},
                {"legal_power": "other"},
                {"name": "Ring 07700 900123"},
                {"pool": "P-943-476-5919"},
            ]
            body |= self.dice.choice(spoilt)
        return Attempt("pool-agreed/1", body, self.somebody("agree", host))

    def pool_closed(self) -> Attempt:
        """A pool takes no more commitments."""
        reference = self.dice.choice(POOLS)
        pool = self.naive.pool(reference)
        return Attempt("pool-closed/1", {"pool": reference}, self.somebody("agree", pool.host if pool else ""))

    def profile(self) -> list[dict[str, Any]]:
        """What is committed, year by year."""
        years = self.dice.sample(YEARS, self.dice.randrange(1, 3))
        lines = [line(self.dice.choice(SUMS), year) for year in years]
        if self.chance(0.2):
            why = {"level": "primary", "goal": "Fewer falls", "classification": "Demos 2024"}
            lines.append(line(self.dice.choice(SUMS), category="prevention", prevention=why))
        if self.chance(0.06):
            spoilt: list[list[dict[str, Any]]] = [
                [],
                [line("0.00")],
                [line(), line()],
                [line(year="2031-32")],
                [line(category="prevention")],
            ]
            return self.dice.choice(spoilt)
        return lines

    def commitment(self) -> tuple[dict[str, Any], str]:
        """The body of a commitment, and its funder."""
        pools = [pool for name in POOLS if (pool := self.naive.pool(name))]
        pool = self.dice.choice(pools) if pools and self.chance(0.95) else None
        funder = self.dice.choice(pool.partners) if pool and self.chance(0.95) else self.body()
        used = {one.said.event.commitment for one in self.naive.log if hasattr(one.said.event, "commitment")}
        fresh = [name for name in COMMITMENTS if name not in used]
        body = {
            "commitment": self.dice.choice(fresh if fresh and self.chance(0.85) else COMMITMENTS),
            "funder": funder,
            "pool": pool.pool if pool else self.dice.choice(POOLS),
            "profile": self.profile(),
            "strength": self.dice.choice(["firm", "indicative", "subject-to-budget"]),
            "payment_basis": "block",
        }
        return body, funder

    def committed(self) -> Attempt:
        """A body commits money."""
        body, funder = self.commitment()
        more = {"sealed": {"note": "Agreed with the board."}} if self.chance(0.3) else {}
        return Attempt("commitment-made/1", body, self.somebody("commit", funder), more)

    def transcribed(self) -> Attempt:
        """Somebody writes down what a source says; now and then what no source can say."""
        source = Source(dataset="ab" * 32, row=f"payments.csv:{self.dice.randrange(900)}")
        if self.chance(0.05):
            closing = self.pool_closed()
            return Attempt(closing.kind, closing.body, self.somebody("transcribe"), {"source": source})
        body, funder = self.commitment()
        by = self.somebody("transcribe", funder if self.chance(0.5) else "")
        return Attempt("commitment-made/1", body, by, {"source": source})

    def changed(self) -> Attempt:
        """A commitment is firmed, varied or withdrawn."""
        there = [name for name in COMMITMENTS if self.naive.made(name)]
        reference = self.dice.choice(there if there and self.chance(0.93) else COMMITMENTS)
        made = self.naive.made(reference)
        by = self.somebody("commit", made.funder if made else "")
        way = self.dice.choice(["firmed", "varied", "varied", "withdrawn"])
        if way == "firmed":
            cited = {"decision": "Cabinet minute 14"} if self.chance(0.9) else {}
            return Attempt("commitment-firmed/1", {"commitment": reference}, by, cited)
        body: dict[str, Any] = {"commitment": reference}
        if way == "varied":
            body["profile"] = self.profile()
        return Attempt(f"commitment-{way}/1", body, by, {"sealed": {"reason": "Agreed."}})

    # -- entries about entries ------------------------------------------------------------------------

    def named(self, target: Taken) -> dict[str, Any]:
        """An entry as others name it; now and then with the digest of something else."""
        other = self.dice.choice(self.naive.log) if self.chance(0.03) else target
        return {"entry": target.said.id, "digest": other.said.digest}

    def answer(self) -> Attempt:
        """Somebody approves, declines or withdraws what waits, or signs what counts unsigned."""
        waiting, unsigned = self.naive.waiting(self.now()), self.naive.unsigned()
        asked = [*waiting, *unsigned, *self.naive.unconfirmed()]
        target = self.dice.choice(asked if asked and self.chance(0.92) else self.naive.log)
        body, fits = self.named(target), self.fitting(target)
        by = self.dice.choice(fits) if fits and self.chance(0.85) else self.somebody()
        way = self.dice.choices(["entry-approved/1", "entry-declined/1", "statement-withdrawn/1"], [10, 1, 1])[0]
        if target.fate == "unconfirmed" and self.chance(0.3):
            way = "statement-withdrawn/1"
        if way == "statement-withdrawn/1":
            power = "transcribe" if target.said.transcribed else target.said.event.power
            by = self.somebody(power, target.said.organisation)
        if way != "entry-approved/1":
            return Attempt(way, body, by, {"sealed": {"reason": "Not this year."}})
        officer = getattr(target.said.event, "officer", None)
        newcomers = ("organisation-admitted/1", "officer-appointed/1")
        if target.said.event.kind in newcomers and officer and self.chance(0.95):
            body["fingerprint"] = fingerprint(officer.key)
        return Attempt(way, body, by)

    def fitting(self, target: Taken) -> list[str]:
        """The officers who may sign a waiting entry."""
        return [one.id for one in self.live() if self.naive.place_for(target, one.id) is not None]

    def confirmation(self) -> Attempt:
        """A body confirms what was transcribed about it."""
        there = self.naive.unconfirmed()
        target = self.dice.choice(there if there and self.chance(0.95) else self.naive.log)
        by = self.somebody(target.said.event.power, target.said.event.concerns or "")
        if target.confirmed and (fits := self.fitting(target)):
            by = self.dice.choice(fits)
        elif target.said.event.concerns == target.said.organisation and self.chance(0.5):
            by = target.said.by
        return Attempt("entry-confirmed/1", self.named(target), by)

    def reversal(self) -> Attempt:
        """A body takes one of its entries back; mostly one that can be."""
        facts = [fact for fact in self.naive.in_effect() if fact.event.reversible]
        newest = [
            fact for fact in facts if not self.naive.against_event(_reversing(fact.entry, fact.digest), fact.by, "", 0)
        ]
        fact = self.dice.choice(newest or facts or self.naive.facts)
        if self.chance(0.2):
            fact = self.dice.choice(facts or self.naive.facts)
        target = self.naive.entry(fact.entry) or self.naive.log[0]
        if self.chance(0.06):
            target = self.dice.choice(self.naive.log)
        by = self.somebody(target.said.event.power, fact.owner)
        return Attempt("entry-reversed/1", self.named(target), by, {"sealed": {"reason": "An error."}})

    def erasure(self) -> Attempt:
        """A body destroys a sealed text of its own."""
        sealed = [one for one in self.naive.log if self.naive.sealed(one.said.id)]
        target = self.dice.choice(sealed if sealed and self.chance(0.9) else self.naive.log)
        fields = sorted(self.naive.sealed(target.said.id)) if self.chance(0.95) else []
        body = {"entry": target.said.id, "field": self.dice.choice(fields or ["note"]), "ground": "mistake"}
        return Attempt("field-erased/1", body, self.somebody("erase", target.said.organisation))


def _reversing(entry_id: str, digest: str) -> Any:
    from ledger.events.corrections import EntryReversed
    from ledger.values import Sealed

    reason = Sealed(sealed=Digest(bytes(32)))
    return EntryReversed(occurred_on=Instant(0).day, entry=entry_id, digest=Digest.parse(digest), reason=reason)


def _another_signature(wire: bytes) -> bytes:
    """The same envelope with a signature that was never made."""
    at = wire.index(b'"sig":"') + 7
    return wire[:at] + (b"B" if wire[at : at + 1] == b"A" else b"A") + wire[at + 1 :]


def _refusal(record: Record, sent: Submission) -> LedgerError | None:
    try:
        record(sent)
    except LedgerError as error:
        return error
    return None
