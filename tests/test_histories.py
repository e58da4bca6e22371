"""Random histories: what takes effect could have been admitted there, and every sum is what plain loops make it."""

from __future__ import annotations

import copy
import inspect
import re
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from ledger import errors, events, replay, statement
from ledger.book import Book
from ledger.errors import FalseSeen, LedgerError, OutOfTime, SignatureInvalid
from ledger.events.commitments import CommitmentMade
from ledger.recording import Log
from ledger.rules import approvals
from ledger.statement import Statement
from ledger.store import Store
from ledger.values import Instant
from tests import naive
from tests.histories import LOG_KEYS, History
from tests.naive import Reasons

NOT_THE_BOOKS = (FalseSeen, OutOfTime, SignatureInvalid)
"""What is judged beside the Book: the signature, and what the signer had seen."""


def verdict(book: Book, said: Statement, now: Instant) -> type[LedgerError] | None:
    """What a Book says to a statement; asking changes nothing."""
    before = copy.deepcopy(book)
    try:
        book.admit(said, now)
        answer = None
    except LedgerError as error:
        answer = type(error)
    assert book == before, "asking has changed the Book"
    return answer


def check_answer(history: History, said: Statement) -> Reasons:
    """The Book and the plain model give the same answer, and so does a Book of what the statement needs."""
    book, now = history.world.book, history.now()
    answer, reasons = verdict(book, said, now), history.naive.against(said, now)
    if answer is None:
        assert not reasons, f"{reasons} speak against {said.said}\n{history.story()}"
    else:
        assert answer in reasons, f"{answer} is not among {reasons} against {said.said}\n{history.story()}"
    partial = replay.partial(history.shelf, said, book.size)
    assert (partial is not None) == is_bounded(history, said)
    if partial is not None:
        assert verdict(partial, said, now) == answer, f"a partial Book: {said.said}\n{history.story()}"
    return reasons


def is_bounded(history: History, said: Statement) -> bool:
    """Whether all that it needs is named: a commitment, and a pool of no scheme."""
    if not isinstance(said.event, replay.BOUNDED):
        return False
    every = (said.event, *(one.said.event for one in history.naive.log))
    made = [one for one in every if isinstance(one, CommitmentMade) and one.commitment == said.event.commitment]
    whole = ("contract", "scheme", "outcomes", "settlement", "grant", "replaces")
    return not any(getattr(one, name) for one in made for name in whole)


def check_totals(history: History) -> None:
    """Every sum is the same to the penny, and the same things wait, are reserved and count unsigned."""
    book, model, now = history.world.book, history.naive, history.now()
    sums: Counter[tuple[str, str | None, str]] = Counter()
    for made in book.commitments.made.values():
        if made.versions and not made.now.withdrawn:
            for line in made.now.profile:
                sums[made.funder, made.pool, str(line.year)] += line.amount
            if made.now.whole:
                sums[made.funder, made.pool, "whole"] += made.now.whole
    assert dict(sums) == model.totals(), history.story()
    pools = {name: pool.closed for name, pool in book.pools.pools.items()}
    assert pools == {name: model.closed(name) for name in pools}
    assert {name for name in pools if model.pool(name)} == set(pools)
    waiting = {id_: held for id_, held in book.approvals.waiting.items() if now <= held.expires}
    assert set(waiting) == {one.said.id for one in model.waiting(now)}, history.story()
    for one in model.waiting(now):
        assert [n for n, _ in waiting[one.said.id].open_places] == one.open_places()
    assert set(book.approvals.unconfirmed) == {one.said.id for one in model.unconfirmed()}
    for one in model.officers().values():
        office = book.register.officers[one.id]
        assert (office.key, office.holder, office.retired) == (one.key or b"", one.holder, one.retired)
        assert (office.until, office.cover) == (one.until, one.cover_ends)
    assert set(book.register.officers) == set(model.officers())


def check_effects(history: History) -> None:
    """What took effect, in order: when, and resting on which entries."""
    happened = [effect for effect in history.world.effects if effect.standing == "effective"]
    facts = [(fact.entry, fact.since, fact.rests_on) for fact in history.naive.facts]
    assert [(effect.entry, effect.known_from, effect.rests_on) for effect in happened] == facts, history.story()
    reversed_ = {effect.entry: effect.rests_on for effect in history.world.effects if effect.standing == "reversed"}
    assert reversed_ == history.naive.taken_back(), history.story()


def check_landed(history: History, before: Book, size: int) -> None:
    """What an approval completed would itself have been admitted, there and then, had it come at that place."""
    for fact in history.naive.facts[size:]:
        if fact.entry in before.approvals.waiting:
            alone = copy.deepcopy(before)
            approvals.release(alone.approvals, fact.entry)
            taken = history.naive.entry(fact.entry)
            assert taken is not None
            answer = verdict(alone, taken.said, history.now())
            signer = (errors.KeyNotCurrent, errors.OfficerNotInForce, errors.PowerMissing, errors.AboveLimit)
            assert answer is None or answer in signer, f"{answer}\n{history.story()}"


def reasons_of(model: ModuleType) -> set[str]:
    """The reasons to refuse that a plain model knows."""
    return set(re.findall(r"errors\.([A-Z][A-Za-z]+)", inspect.getsource(model))) - {"LedgerError"}


def live(history: Any, steps: int, check: Callable[[Any], None] = lambda history: None) -> Counter[str]:
    """Live a history with every check at every step; how often each answer was given."""
    answers: Counter[str] = Counter()
    for _ in range(steps):
        sent = history.draw()
        said = statement.parse(sent.wire)
        known = any(one.said.id == said.id for one in history.naive.log)
        reasons = set() if known else check_answer(history, said)
        if history.roots:
            check_answer(history, history.probe())
        before, size = copy.deepcopy(history.world.book), len(history.naive.facts)
        refused = history.judge(sent)
        if refused is None:
            assert not reasons
            check_landed(history, before, size)
        elif not known and not isinstance(refused, NOT_THE_BOOKS):
            assert type(refused) in reasons, f"{refused!r} is not among {reasons} against {said.said}"
        check_totals(history)
        check(history)
        answers[type(refused).__name__ if refused else said.event.kind] += 1
    check_effects(history)
    assert replay.fold(history.shelf) == history.world.book
    return answers


@pytest.mark.parametrize("seed", range(12))
def test_a_history_is_what_plain_loops_make_of_it(seed: int) -> None:
    live(History(seed), 90)


def test_histories_say_everything_that_can_be_said_and_hear_most_reasons() -> None:
    answers: Counter[str] = Counter()
    for seed in range(100, 112):
        history = History(seed)
        for _ in range(120):
            sent = history.draw()
            refused = history.judge(sent)
            answers[type(refused).__name__ if refused else statement.parse(sent.wire).event.kind] += 1
    chapters = ("register", "approvals", "corrections", "pools", "commitments")
    kinds = {kind.kind for chapter in chapters for kind in events.CHAPTERS[chapter] if "scheme" not in kind.kind}
    of_draws = {"pool-varied/1", "commitment-reprofiled/1"}  # told in tests/test_sight_histories.py and tests/rules
    assert kinds - of_draws - set(answers) == {"rulebook-adopted/1"}, "there is no second rulebook to adopt"
    reasons = reasons_of(naive)
    assert len(reasons & set(answers)) > 0.8 * len(reasons), sorted(reasons - set(answers))
    taken = sum(answers[kind] for kind in events.KINDS)
    assert 0.3 < taken / answers.total() < 0.7, "a good deal is taken, and a good deal refused"


@pytest.mark.parametrize("whole", [True, False], ids=["the whole Book", "a partial Book where that will do"])
def test_a_store_gives_the_same_answers(whole: bool, tmp_path: Path) -> None:
    history = History(77)
    with closing(Store.open(f"sqlite:///{tmp_path / 'ledger.db'}", create=True)) as store:
        log = Log(store, LOG_KEYS, whole=whole)
        history.record = lambda sent: log.record(sent, history)
        for _ in range(80):
            history.step()
        assert [row.entry for row in store.entries()] == history.world.lines
        assert [row.root for row in store.entries()] == history.roots
        assert replay.fold(store) == history.world.book


def test_the_same_seed_is_the_same_history() -> None:
    one, two = History(5), History(5)
    for history in (one, two):
        for _ in range(40):
            history.step()
    assert one.world.lines == two.world.lines


@pytest.mark.campaign
@pytest.mark.parametrize("seed", range(1_000, 1_080))
def test_a_long_history_is_what_plain_loops_make_of_it(seed: int) -> None:
    live(History(seed), 250)
