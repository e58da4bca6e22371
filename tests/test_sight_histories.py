"""Random histories of a pool's money: the Book and plain loops draw alike, and no penny is lost on either clock."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import LedgerError
from ledger.statement import Statement
from tests.rules import partners
from tests.sight_histories import BODIES, DAYS, DEPARTMENT, HOST, POOL, SCHEMES, Said, Step, Telling, officer
from tests.sight_naive import Illegal, Nobody, Reversed
from tests.story import COUNCIL, World

STEPS = 30
SEEDS = st.integers(0, 2**32)
LENGTHS = st.integers(1, STEPS)
Drawn = Counter[tuple[str, str, tuple[str, ...], date]]
"""Pence by spend, funder, pot and day; nobody is an empty name."""


def steps_of(telling: Telling, length: int) -> Iterator[Step]:
    """What is tried, one thing after the other; each time the caller has told the one before."""
    yield telling.agreed()
    for _ in range(length):
        yield telling.step()


def lived(seed: int, length: int) -> Telling:
    """A history, told to the plain model alone."""
    telling = Telling(random.Random(seed))
    for step in steps_of(telling, length):
        try:
            telling.sight.tell(step.record)
        except Illegal:
            continue
        telling.told(step, telling.sight.now)
    return telling


@given(SEEDS, LENGTHS)
def test_no_funder_is_over_drawn_on_either_clock(seed: int, length: int) -> None:
    sight = lived(seed, length).sight
    for lot in sight.lots:
        for known in range(1, sight.now + 1):
            for day in DAYS:
                used = sight.drawn(lot, day, known) + sight.taken(lot, day, known)
                assert used <= sight.amount(lot, day, known), (lot, known, day)


# -- beside the Book --------------------------------------------------------------------------------


@dataclass
class Beside:
    """The same history in a Book, where officers sign it."""

    telling: Telling
    world: World = field(default_factory=World)
    signed: dict[int, Statement] = field(default_factory=dict)
    """By the model's number of the entry."""
    log: list[str] = field(default_factory=list)

    def begin(self) -> None:
        """The bodies are there, the pool and its schemes are agreed, and two years are over."""
        self.world.found()
        self.world.given(partners(*BODIES[1:], DEPARTMENT))
        self.world.pass_time(3 * 365 * 86_400)
        self.tell(self.telling.agreed())
        for scheme in SCHEMES:
            body = {"scheme": scheme, "pool": POOL, "name": scheme, "lead": COUNCIL, "aims": "Fewer falls"}
            self.world.say("scheme-agreed/1", {**body, "occurred_on": str(DAYS[0])}, HOST)

    def tell(self, step: Step) -> None:
        """Both hear a step and give the same answer; then both have drawn alike."""
        expected = self.model(step)
        answer = self.book(step)
        self.log.append(f"{self.telling.sight.now} {step.record} -> {answer!r}")
        assert (answer is None) == (expected is None), f"{expected!r} in the model\n{self.story()}"
        if answer is None:
            self.telling.told(step, self.telling.sight.now)
            self.check()

    def model(self, step: Step) -> Illegal | None:
        """What the plain model says."""
        try:
            self.telling.sight.tell(step.record)
        except Illegal as error:
            return error
        return None

    def book(self, step: Step) -> LedgerError | None:
        """What the Book says; an officer of each body that must sign does."""
        try:
            for said in step.events:
                self.signed[self.telling.sight.now] = self.say(step, said)
                self.drawn = self.moved()
        except LedgerError as error:
            return error
        return None

    def say(self, step: Step, said: Said) -> Statement:
        """One event, and the approvals that it waits for."""
        body = dict(said.body)
        if isinstance(step.record, Reversed):
            target = self.signed[step.record.entry]
            body |= {"entry": target.id, "digest": target.digest}
        stated = self.world.say(said.kind, body, said.by, **said.more)
        while waiting := self.world.book.approvals.waiting.get(stated.id):
            _, place = next(waiting.open_places)
            self.world.name("entry-approved/1", stated, officer(str(place.organisation)))
        return stated

    drawn: Drawn = field(default_factory=Counter)

    def moved(self) -> Drawn:
        """What the newest entry moved of spending, in the Book."""
        drawn: Drawn = Counter()
        pots = self.world.book.pots
        for move in pots.moved:
            if move.spend is not None:
                lot = pots.lots[move.lot]
                drawn[move.spend, lot.funder, lot.pot, move.on] += move.pence
        return Counter({key: sum_ for key, sum_ in drawn.items() if sum_})

    def check(self) -> None:
        """The entry moved the same pennies in both; what stands of each spend is its cost."""
        sight = self.telling.sight
        drawn: Drawn = Counter()
        for one in sight.postings:
            if one.entry == sight.now:
                funder = "" if isinstance(one.party, Nobody) else one.party.funder
                drawn[one.spend, funder, tuple(one.party.pot), one.true] += one.amount
        there = {key: sum_ for key, sum_ in drawn.items() if sum_}
        assert there == dict(self.drawn), f"the model: {show(there)}\nthe Book: {show(self.drawn)}\n{self.story()}"

    def story(self) -> str:
        """What was told so far."""
        return "\n".join(self.log)


def show(drawn: dict[tuple[str, str, tuple[str, ...], date], int]) -> str:
    """What was drawn, a line each."""
    return "".join(f"\n    {key[3]} {key[0]} {key[1] or 'nobody'} {key[2][1:3]} {sum_}" for key, sum_ in drawn.items())


@given(SEEDS, LENGTHS)
def test_the_book_draws_as_plain_loops_do(seed: int, length: int) -> None:
    beside = Beside(Telling(random.Random(seed)))
    beside.begin()
    for _ in range(length):
        beside.tell(beside.telling.step())
