"""A place at work, measured: its tables from nothing, each view, and the same money in hledger and ledger-cli.

The other programs read what `outcomes export journal` writes of the same ledger: every posting, with its tags.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from ledger import entry
from ledger.store import Store
from ledger.values import FinancialYear
from projections import contracts, due, outcomes, partner, payers, rates
from projections.sight import journal, own_ledger, pool, quarters, trail
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
    """Seconds that each view takes once the tables are caught up."""
    views: dict[str, Callable[[Sight], object]] = {
        "line-of-sight, partner": lambda seen: lines.rows(lines.seen(seen, ICB)),
        "line-of-sight, pool": lambda seen: lines.rows(lines.seen(seen, "P-1")),
        "statement": lambda seen: statements.rows(statements.stated(seen, ICB)),
        "pool": _pool,
        "year end": lambda seen: own_ledger.rows(seen, ICB, YEAR),
        "contracts": contracts.rows,
        "payers": payers.rows,
        "rates": rates.rows,
        "outcomes": outcomes.rows,
        "partner": lambda seen: partner.rows(seen, COUNCIL),
        "due": lambda seen: due.rows(seen, LATER.now().day),
        "trail": lambda seen: trail.rows(seen, "C-1-1"),
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
