"""Tables of a log in memory, as the views read them: all of it, or cut at an entry."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date

from ledger import replay
from projections.sight.keeping import Kept, catch_up
from projections.sight.reading import END_OF_TIME, Sight, received_on
from tests.test_book import Shelf

LOG = "a log"


def follow(kept: Kept, lines: Sequence[bytes]) -> None:
    """Bring tables to the end of a log."""
    catch_up(kept, LOG, lambda book: replay.history(Shelf(list(lines)), book))


@contextmanager
def looking(kept: Kept, known: int, true: date = END_OF_TIME) -> Iterator[Sight]:
    """What tables show, as known at an entry and as true on a day."""
    with kept.reading() as connection:
        yield Sight(connection, known, true, received_on(connection, known))


@contextmanager
def sight_of(lines: Sequence[bytes], true: date = END_OF_TIME) -> Iterator[Sight]:
    """A whole log, in tables of its own."""
    kept = Kept()
    try:
        follow(kept, lines)
        with looking(kept, len(lines), true) as sight:
            yield sight
    finally:
        kept.close()
