"""Random histories of contracts and claims: what is paid never passes a price or a cap, and no penny is lost."""

from __future__ import annotations

from collections import Counter

import pytest

from ledger import events, statement
from ledger.errors import LedgerError
from tests import claims_naive
from tests.claims_histories import Contracting
from tests.claims_naive import Paid
from tests.test_histories import live, reasons_of


def check_money(history: Contracting) -> None:
    """What holds of payments at every step, and the Book and the plain model agree on each penny."""
    book, naive = history.world.book, history.naive
    story = naive.story()
    assert set(book.claims.claims) == set(story.claims), history.story()
    assert set(book.claims.payments) == set(story.payments), history.story()
    for reference, told in story.claims.items():
        claim = book.claims.claims[reference]
        assert (claim.verified, claim.rejected) == (told.verified(), told.rejected), history.story()
        assert claim.disputes == set(told.disputes)
        paid_for = sum(one.units for one in story.of_claim(reference))
        assert 0 <= paid_for <= told.verified() <= told.event.units - told.rejected
    for reference, paid in story.payments.items():
        check_payment(history, reference, paid)
    check_caps(history)
    check_hands(history)
    for reference, due in book.contributions.instalments.items():
        assert due.received - due.returned == naive.held(reference) >= 0


def check_payment(history: Contracting, reference: str, paid: Paid) -> None:
    """Nothing stands above price times verified units; what was paid beyond it is owed back or came back."""
    held = history.world.book.claims.payments[reference]
    stands = {payer: line - held.taken[payer] for payer, line in held.lines.items()}
    assert stands == paid.stands, history.story()
    assert held.units == paid.units
    assert 0 <= held.stands <= paid.price * paid.units
    for payer, part in stands.items():
        put_in, back = held.paid.get(payer, 0), held.back.get(payer, 0)
        assert (put_in, back, held.owed_back(payer)) == (paid.by(payer), paid.back.get(payer, 0), paid.beyond(payer))
        assert part >= 0
        assert max(0, put_in - part) == held.owed_back(payer) + back
        assert put_in + held.to_pay(payer) == max(put_in, part)


def check_caps(history: Contracting) -> None:
    """What stands is within the widest cap that the contract ever had; nobody without caps passes none."""
    naive, story = history.naive, history.naive.story()
    for contract in history.contracts():
        every = [paid for paid in story.payments.values() if paid.contract == contract]
        versions = [terms for _, terms, _ in naive.versions(contract)]
        caps = [terms.cap for terms in versions]
        if None not in caps:
            assert sum(sum(paid.stands.values()) for paid in every) <= max(cap for cap in caps if cap is not None)
        for payer in {payer for paid in every for payer in paid.stands}:
            limits = [one.cap for terms in versions for one in terms.payers if one.payer == payer]
            if None not in limits:
                assert sum(paid.stands.get(payer, 0) for paid in every) <= max(one for one in limits if one is not None)


def check_hands(history: Contracting) -> None:
    """Whoever claimed, verified, approved and paid for a claim are different people."""
    story = history.naive.story()
    for reference, told in story.claims.items():
        payments = story.of_claim(reference)
        verified = set().union(*(one.holders for one in told.findings))
        approved = set().union(*(paid.holders for paid in payments))
        paid_by = set().union(*(one[3] for paid in payments for one in paid.made))
        roles = [told.holders, verified, approved, paid_by]
        assert sum(map(len, roles)) == len(set().union(*roles)), history.story()


@pytest.mark.parametrize("seed", range(6))
def test_a_history_of_claims_is_what_plain_loops_make_of_it(seed: int) -> None:
    live(Contracting(seed), 180, check=check_money)


def test_histories_of_claims_say_everything_that_can_be_said_of_them_and_hear_most_reasons() -> None:
    answers: Counter[str] = Counter()
    for seed in range(200, 216):
        history = Contracting(seed)
        for _ in range(240):
            sent = history.draw()
            refused: LedgerError | None = history.judge(sent)
            answers[type(refused).__name__ if refused else statement.parse(sent.wire).event.kind] += 1
    chapters = ("outcomes", "contributions", "contracts", "claims")
    kinds = {kind.kind for chapter in chapters for kind in events.CHAPTERS[chapter]} | {
        "scheme-agreed/1",
        "scheme-ended/1",
    }
    of_grants = {"pass-through-made/1", "position-agreed/1"}  # they change no sum: tests/rules/test_contributions.py
    assert kinds - of_grants - set(answers) == set()
    reasons = reasons_of(claims_naive)
    assert len(reasons & set(answers)) > 0.8 * len(reasons), sorted(reasons - set(answers))
    taken = sum(answers[kind] for kind in events.KINDS)
    assert 0.4 < taken / answers.total() < 0.8, "a good deal is taken, and a good deal refused"


@pytest.mark.campaign
@pytest.mark.parametrize("seed", range(2_000, 2_060))
def test_a_long_history_of_claims_is_what_plain_loops_make_of_it(seed: int) -> None:
    live(Contracting(seed), 400, check=check_money)
