"""Random histories in real databases: the same answers, the same bytes, the same sums; and nothing to be found."""

from __future__ import annotations

from contextlib import closing

import pytest

from ledger import replay
from ledger.audit import Kept
from ledger.recording import Log
from ledger.store import Store
from ledger.verifying import verify_store
from projections.partner import rows, totals
from tests.claims_histories import Contracting
from tests.histories import LOG_KEYS, History
from tests.sights import sight_of


def check(history: History, steps: int, url: str, *, whole: bool) -> None:
    """Live a history in memory and in a database, and compare what both came to."""
    with closing(Store.open(url, create=True)) as store:
        log = Log(store, LOG_KEYS, whole=whole)
        history.record = lambda sent: log.record(sent, history)
        for _ in range(steps):
            history.step()
        assert [(row.entry, row.root) for row in store.entries()] == list(
            zip(history.world.lines, history.roots, strict=True)
        )
        assert replay.fold(store) == history.world.book
        assert not verify_store(store, Kept()).findings
        for partner in history.world.book.register.organisations:
            assert account(store, partner) == sum(
                pence for (funder, _, _), pence in history.naive.totals().items() if funder == partner
            )


def account(store: Store, partner: str) -> int:
    """What a partner's account shows as effective, in pence."""
    with sight_of([row.entry for row in store.entries()]) as sight:
        return int(totals(rows(sight, partner)).get("committed", 0))


@pytest.mark.parametrize("whole", [True, False], ids=["whole Book", "partial Book"])
@pytest.mark.parametrize("seed", [201, 202, 203])
def test_a_history_is_the_same_in_memory_and_in_a_database(seed: int, whole: bool, database_url: str) -> None:
    check(History(seed), 70, database_url, whole=whole)


@pytest.mark.parametrize("seed", [301, 302])
def test_a_history_of_claims_is_the_same_in_memory_and_in_a_database(seed: int, database_url: str) -> None:
    check(Contracting(seed), 90, database_url, whole=seed % 2 == 0)


@pytest.mark.campaign
@pytest.mark.parametrize("seed", range(2_000, 2_010))
def test_a_long_history_is_the_same_in_memory_and_in_a_database(seed: int, database_url: str) -> None:
    check(History(seed), 300, database_url, whole=seed % 2 == 0)
