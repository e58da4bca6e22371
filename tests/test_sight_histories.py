"""Random histories of a pool's money: the Book and plain loops draw alike, and no penny is lost on either clock."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import LedgerError
from ledger.rules.pots import NOBODY
from ledger.statement import Statement
from tests.rules import partners
from tests.sight_histories import BODIES, DAYS, DEPARTMENT, HOST, POOL, SCHEMES, Said, Step, Telling, officer
from tests.sight_naive import (
    Agreed,
    Committed,
    Credited,
    Illegal,
    Line,
    Nobody,
    Reversed,
    Settled,
    Sight,
    Spent,
    Varied,
    Withdrawn,
)
from tests.story import COUNCIL, World

SEEDS = st.integers(0, 2**32)
LENGTHS = st.integers(1, 30)
Place = tuple[str, str, tuple[str, ...], date]
"""A spend, a funder (nobody is an empty name), a pot and a day."""
THREE_YEARS = 3 * 365 * 86_400


@dataclass
class Beside:
    """A history that the plain model and the Book hear together."""

    telling: Telling
    world: World = field(default_factory=World)
    signed: dict[int, Statement] = field(default_factory=dict)
    """What was signed last of each step, by the model's number of it."""
    drawn: dict[Place, int] = field(default_factory=dict)
    """What the newest step moved of spending, in the Book."""
    grown: Counter[tuple[str, date]] = field(default_factory=Counter)
    """What each lot grew by on each day, as the Book posts it."""
    log: list[str] = field(default_factory=list)

    def begin(self) -> None:
        """The bodies are there, the pool and its schemes are agreed, and two years are over."""
        self.world.found()
        self.world.given(partners(*BODIES[1:], DEPARTMENT))
        self.world.pass_time(THREE_YEARS)
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
            self.check_draws(step)
            self.check_lots()
            self.check_costs()

    def model(self, step: Step) -> Illegal | None:
        """What the plain model says."""
        try:
            self.telling.sight.tell(step.record)
        except Illegal as error:
            return error
        return None

    def book(self, step: Step) -> LedgerError | None:
        """What the Book says; whoever else must sign does."""
        try:
            for said in step.events:
                self.signed[self.telling.sight.now] = self.say(step, said)
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
        self.hear()
        return stated

    def hear(self) -> None:
        """What the newest entry moved."""
        pots, drawn = self.world.book.pots, Counter[Place]()
        for move in pots.moved:
            lot = pots.lots[move.lot]
            if move.spend is None:
                self.grown[move.lot, move.on] += move.pence
            else:
                drawn[move.spend, lot.funder, lot.pot, move.on] += move.pence
        self.drawn = {place: pence for place, pence in drawn.items() if pence}

    # -- what must be so after each step ------------------------------------------------------------

    def check_draws(self, step: Step) -> None:
        """Both moved the same pennies; and of no spending that the step does not name."""
        sight, there = self.telling.sight, Counter[Place]()
        for one in sight.postings:
            if one.entry == sight.now:
                funder = NOBODY if isinstance(one.party, Nobody) else one.party.funder
                there[one.spend, funder, tuple(one.party.pot), one.true] += one.amount
        expected = {place: pence for place, pence in there.items() if pence}
        assert expected == self.drawn, f"the model: {show(expected)}\nthe Book: {show(self.drawn)}\n{self.story()}"
        match step.record:
            case Spent():
                assert {spend for spend, *_ in self.drawn} == {step.record.ref}
            case Committed(replaces=None) | Varied() | Withdrawn() | Agreed():
                assert not self.drawn, self.story()

    def check_lots(self) -> None:
        """No funder is over-drawn on any day; and what was posted of a lot adds up to it on every day."""
        for name, lot in self.world.book.pots.lots.items():
            posted = {day: pence for (of, day), pence in sorted(self.grown.items()) if of == name}
            for day, left in lot.left_from(date.min):
                amount = lot.amount_on(day)
                drawn = amount - left
                assert lot.funder == NOBODY or drawn <= max(0, amount), f"{name}\n{self.story()}"
                assert amount == sum(pence for on, pence in posted.items() if on <= day), f"{name}\n{self.story()}"

    def check_costs(self) -> None:
        """The draws of a spend and what is unfunded of it are what stands of it, to the penny."""
        sight, costs = self.telling.sight, Counter[str]()
        for _, one in sight.in_effect():
            if isinstance(one, Spent):
                costs[one.ref] += one.amount
            if isinstance(one, Credited):
                costs[one.spend] -= one.amount
        settled = {one.spend for one in sight.log if isinstance(one, Settled)}
        for reference, spend in self.world.book.pots.spends.items():
            assert spend.cost == sight.total(reference)
            assert reference in settled or spend.cost == max(0, costs[reference]), self.story()

    def story(self) -> str:
        """What was told so far."""
        return "\n".join(self.log)


def show(drawn: dict[Place, int]) -> str:
    """What was drawn, a line each."""
    return "".join(f"\n    {key[3]} {key[0]} {key[1] or 'nobody'} {key[2][1:3]} {sum_}" for key, sum_ in drawn.items())


def lived(seed: int, length: int) -> Beside:
    """A history."""
    beside = Beside(Telling(random.Random(seed)))
    beside.begin()
    for _ in range(length):
        beside.tell(beside.telling.step())
    return beside


@given(SEEDS, LENGTHS)
def test_the_book_draws_and_refuses_as_plain_loops_do(seed: int, length: int) -> None:
    lived(seed, length)


def test_histories_do_everything_that_can_be_done_with_a_pools_money_and_try_what_is_not_allowed() -> None:
    done, refused = Counter[str](), Counter[str]()
    for seed in range(45):
        beside = lived(seed, 30)
        sight = beside.telling.sight
        for one in sight.log:
            was = f" of {type(sight.log[one.entry - 1]).__name__}" if isinstance(one, Reversed) else ""
            done[type(one).__name__ + was] += 1
        refused.update(line.split(" -> ")[1].split("(")[0] for line in beside.log)
    taken_back = ["Committed", "Varied", "Withdrawn", "Received", "Income", "Spent", "Credited", "Apportioned"]
    assert {f"Reversed of {name}" for name in taken_back} - set(done) == set()
    assert {"Carried", "Settled", "Reclassified", "Granted", "Met", "Firmed", "Closed"} - set(done) == set()
    reasons = {"DrawnAlready", "CreditExceeds", "NothingToApportion", "NothingToCarry", "PeriodIsClosed"}
    assert reasons - set(refused) == set(), refused


@given(SEEDS, LENGTHS)
def test_no_funder_is_over_drawn_at_any_entry_and_day(seed: int, length: int) -> None:
    sight = lived(seed, min(length, 15)).telling.sight
    for lot in sight.lots:
        for known in range(1, sight.now + 1):
            for day in DAYS:
                there = sight.amount(lot, day, known) - sight.taken(lot, day, known)
                assert sight.drawn(lot, day, known) <= max(0, there), (lot, known, day)


@given(
    st.lists(st.integers(1, 10**6), min_size=2, max_size=4),
    st.lists(st.integers(1, 10**5), min_size=1, max_size=12),
)
def test_with_fixed_commitments_the_shares_of_any_scheme_stay_within_pennies(
    committed: list[int], spends: list[int]
) -> None:
    names = tuple(f"funder-{number}" for number in range(len(committed)))
    day = DAYS[0]
    sight = Sight.of(Agreed(true=day, pool=POOL, host=names[0], partners=names))
    for name, amount in zip(names, committed, strict=True):
        line = Line("2026-27", "resource", "revenue", amount)
        sight.tell(Committed(true=day, ref=name, funder=name, pool=POOL, lines=(line,)))
    left = sum(committed)
    for number, amount in enumerate(spends):
        if amount > left:
            break
        left -= amount
        sight.tell(
            Spent(
                true=day,
                ref=f"X-{number}",
                pool=POOL,
                scheme="S",
                category="resource",
                accounts_as="revenue",
                amount=amount,
            )
        )
        for name, share in zip(names, committed, strict=True):
            drawn = sight.by_funder(f"X-{number}").get(name, 0)
            assert abs(drawn - Fraction(amount * share, sum(committed))) < len(names) + 1


@pytest.mark.campaign
@pytest.mark.parametrize("seed", range(5_000, 5_400))
def test_a_long_history_of_a_pools_money_is_what_plain_loops_make_of_it(seed: int) -> None:
    lived(seed, 60)
