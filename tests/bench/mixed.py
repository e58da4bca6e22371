"""A place at work, measured: its tables from nothing, each view, and the same money in hledger and ledger-cli.

The other programs read what `outcomes export journal` writes of the same ledger: every posting, with its tags.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from ledger import entry, replay
from ledger.book import Book
from ledger.store import Store
from ledger.values import FinancialYear
from projections import contracts, due, outcomes, partner, payers, rates, trail
from projections.facts import Facts
from projections.sight import journal, pool, quarters, yearend
from projections.sight import line as lines
from projections.sight import statement as statements
from projections.sight.keeping import Kept
from projections.sight.reading import Sight, received_on
from projections.sight.tables import postings
from tests.bench.measuring import timed
from tests.bench.place import LATER
from tests.bench.reading import LOG, tables_of
from tests.story import COUNCIL, ICB

YEAR = FinancialYear("2026-27")

# -- our views --------------------------------------------------------------------------------------


def folded(url: str) -> tuple[Book, dict[str, Facts]]:
    """The Book, and the facts that each view is made from that no table is kept for."""
    kinds = {"contracts": contracts.KINDS, "payers": payers.KINDS, "rates": rates.KINDS, "outcomes": outcomes.KINDS}
    kinds["partner"] = partner.KINDS
    book, facts = Book(), {name: Facts(some) for name, some in kinds.items()}
    with closing(Store.open(url)) as store:
        for replayed in replay.history(store, book):
            for one in facts.values():
                one.take(replayed)
    return book, facts


def folded_times(url: str) -> dict[str, float]:
    """Seconds that each view takes that is folded, once everything is folded."""
    book, facts = folded(url)
    views: dict[str, Callable[[], object]] = {
        "contracts": lambda: contracts.rows(facts["contracts"], book),
        "payers": lambda: payers.rows(facts["payers"], book),
        "rates": lambda: rates.rows(facts["rates"], book),
        "outcomes": lambda: outcomes.rows(facts["outcomes"], book),
        "partner": lambda: partner.Account(COUNCIL, facts["partner"]).rows(book),
        "due": lambda: due.rows(book, LATER.now().day),
    }
    return {name: timed(view) for name, view in views.items()}


@contextmanager
def sight(url: str) -> Iterator[Sight]:
    """The tables of a ledger, which are caught up."""
    kept = Kept(tables_of(url))
    try:
        with kept.reading() as connection:
            known = kept.max_tracking_id(LOG) or 0
            yield Sight(connection, known, newest=received_on(connection, known))
    finally:
        kept.close()


def table_times(url: str) -> dict[str, float]:
    """Seconds that each view takes that is read from tables, once they are caught up."""
    views: dict[str, Callable[[Sight], object]] = {
        "line-of-sight, partner": lambda seen: lines.rows(lines.seen(seen, ICB)),
        "line-of-sight, pool": lambda seen: lines.rows(lines.seen(seen, "P-1")),
        "statement": lambda seen: statements.rows(statements.stated(seen, ICB)),
        "pool": _pool,
        "year end": lambda seen: yearend.rows(seen, ICB, YEAR),
    }
    found: dict[str, float] = {}
    for name, view in views.items():
        with sight(url) as seen:
            found[name] = timed(lambda view=view, seen=seen: view(seen))  # type: ignore[misc]
    return found


def _pool(seen: Sight) -> object:
    pooled = pool.Pooled(seen, "P-1", YEAR)
    parts = pool.partner_rows(pooled), pool.scheme_rows(pooled), pool.cash_rows(pooled), pool.unfunded_rows(pooled)
    return parts, quarters.quarter_rows(quarters.by_quarter(pooled))


def trail_time(url: str) -> float:
    """Seconds that the trail of one reference takes, folding included: it is read from the log itself."""

    def told() -> None:
        book, kept = Book(), trail.Trail("C-1-1")
        with closing(Store.open(url)) as store:
            for replayed in replay.history(store, book):
                kept.take(replayed)
        assert kept.finish(book)

    return timed(told)


def balance_time(url: str) -> float:
    """Seconds that it takes to open the tables and to sum every account of one partner, with the entries of each."""
    by = ("account", "standing", "pool", "contract", "year")

    def told() -> None:
        with sight(url) as seen:
            assert seen.sums(by, postings.c.funder == ICB)

    return timed(told)


# -- the same money in other tools --------------------------------------------------------------------


def write_journal(url: str, path: Path) -> None:
    """The journal of the place, as the command writes it."""
    with sight(url) as seen, closing(Store.open(url)) as store, path.open("w", encoding="ascii") as file:
        kinds = ((row.position, entry.read(row.entry).statement.said.kind) for row in store.entries())
        file.writelines(journal.written(seen, kinds, []))


def installed(program: str) -> bool:
    """Whether a program is here."""
    return shutil.which(program) is not None


def other_tool(program: str, path: Path, *asked: str) -> float:
    """Seconds that a program takes to read that journal and answer."""
    return timed(lambda: subprocess.run((program, "-f", str(path), *asked), capture_output=True, check=True))
