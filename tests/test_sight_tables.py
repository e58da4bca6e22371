"""The tables of the views on real ledgers: no entry makes or loses a penny, and what was known at an entry is what the
log, cut there, shows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from commands.main import main
from commands.sight import line_of, statement_of
from commands.sighting import Clocks, sight
from ledger import replay
from ledger.book import Book
from ledger.errors import NotFound
from ledger.store import Store
from projections.papers.paper import Section
from projections.rows import plain
from projections.sight.keeping import Kept, catch_up
from projections.sight.reading import Sight, received_on
from projections.sight.tables import postings
from tests import outside, transcript

READER = "GB-EXAMPLE-READER/s151"
PLACES = 10

LCF = (
    "life-chances-fund",
    ("XI-INDIGO-ORG-0171", "XI-INDIGO-ORG-1061", "LCF/INDIGO-POJ-0167", "INDIGO-POJ-0167/outcomemetric1"),
)
OUTTURN = ("lancashire", ("GB-LAE-LAN", "GB-LAE-RIB", "GB-LAE-PEN"))


@pytest.fixture(scope="module", params=[LCF, OUTTURN], ids=["Life Chances Fund", "outturn"])
def ledger(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, tuple[str, ...]]:
    """A ledger of real data in which one thing was confirmed and another taken back, and who is looked at."""
    name, subjects = request.param
    folder: Path = tmp_path_factory.mktemp("tables")
    with transcript.place(folder):
        body, power, entry, gone = _told(name)
        office = f"{body}/s151"
        assert main(["key", "create", office, "--staff-number", "1"]) == 0
        appoint = ["officer", "appoint", f"{body}_s151.card.json", "--powers", f"lead,appoint,{power}"]
        assert main([*appoint, "--as", READER]) == 0
        assert main(["confirm", str(entry), "--as", office]) == 0
        assert main(["withdraw", str(gone), "--reason", "Read twice", "--as", READER]) == 0
    return folder, subjects


def _told(name: str) -> tuple[str, str, int, int]:
    """Import; a body, its power, an entry about it to confirm, and one to take back."""
    if name == "lancashire":
        councils = str(outside.published("registers", "la_orgid_to_gss.csv"))
        file = str(outside.published(name, "revenue_outturn.csv"))
        assert main(["import", "outturn", file, "--councils", councils, "--new", "lancs.example/outcomes"]) == 0
        return "GB-LAE-LAN", "operate", entry_of("GB-LAE-LAN"), entry_of("GB-LAE-RIB")
    assert main(["import", "indigo", str(outside.published(name)), "--new", "lcf.example/outcomes"]) == 0
    with sight(None, Clocks()) as (_, seen):
        made = select(func.min(postings.c.entry)).where(postings.c.account == "available")
        paid = select(func.max(postings.c.entry)).where(postings.c.account == "bought")
        cornwall = int(seen.connection.scalar(made.where(postings.c.funder == "XI-INDIGO-ORG-1061")) or 0)
        payment = int(seen.connection.scalar(paid.where(postings.c.contract == "LCF/INDIGO-POJ-0167")) or 0)
    return "XI-INDIGO-ORG-1061", "commit", cornwall, payment


def entry_of(body: str) -> int:
    """The last line of a body's return."""
    with sight(None, Clocks()) as (_, seen):
        return int(seen.connection.scalar(select(func.max(postings.c.entry)).where(postings.c.funder == body)) or 0)


@pytest.fixture
def place(ledger: tuple[Path, tuple[str, ...]]) -> Iterator[tuple[str, ...]]:
    with transcript.place(ledger[0]):
        yield ledger[1]


def test_what_an_entry_posts_adds_up_to_nothing_on_every_day_and_standing(place: tuple[str, ...]) -> None:
    with sight(None, Clocks()) as (opened, seen):
        whole = func.sum(postings.c.pence)
        for by in ((postings.c.entry,), (postings.c.entry, postings.c.day, postings.c.standing, postings.c.funder)):
            lost = select(*by, whole).group_by(*by).having(whole != 0)
            assert seen.connection.execute(lost).first() is None
        count = seen.connection.scalar(select(func.count(postings.c.entry.distinct())))
        assert count is not None
        assert count > 400
        assert opened.head.size == seen.known


def test_what_was_known_at_an_entry_is_what_the_log_cut_there_shows(place: tuple[str, ...]) -> None:
    """At ten places, the last three being what was confirmed, what was taken back, and the one before both."""
    with sight(None, Clocks()) as (opened, seen), closing(Kept()) as cut:
        size = opened.head.size
        for known in [*range(40, size - 3, size // (PLACES - 3)), size - 2, size - 1, size][-PLACES:]:
            catch_up(cut, opened.identity.hex(), lambda book, known=known: history(opened.store, book, known))  # type: ignore[misc]
            then = Sight(seen.connection, known, newest=received_on(seen.connection, known))
            with cut.reading() as connection:
                there = Sight(connection, known, newest=received_on(connection, known))
                for subject in place:
                    assert told(line_of, then, subject) == told(line_of, there, subject), (known, subject)
                    assert told(statement_of, then, subject) == told(statement_of, there, subject), (known, subject)


def history(store: Store, book: Book, until: int) -> Iterator[replay.Replayed]:
    """The log, cut."""
    for stored in store.entries(until=until):
        yield replay.follow(book, stored.position, stored.entry)


def told(view: Callable[[Sight, str], tuple[Section, ...]], seen: Sight, subject: str) -> Any:
    """Everything that a view says, or that it knows no such subject yet."""
    try:
        return [
            (one.heading, one.sentences, [plain(row, one.columns) for row in one.rows]) for one in view(seen, subject)
        ]
    except NotFound:
        return None


def test_the_tables_that_are_kept_are_those_made_anew(place: tuple[str, ...]) -> None:
    assert main(["views", "check"]) == 0
    assert main(["audit", "verify"]) == 0
