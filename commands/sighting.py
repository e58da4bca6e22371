"""Sighting: the tables of the views, opened beside a verified ledger, caught up, and read on both clocks.

Law: the tables are thrown away and made again at will; they are read only where the root that they stand at is the
verified head's. Where they are: OUTCOMES_VIEWS (a database's address), else a file in the home folder, one a ledger.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import click

from commands.keeping import home
from commands.session import Opened, Session, verified_history
from ledger import entry, merkle
from ledger.errors import Malformed, NotFound, VerificationFailed
from ledger.values import Instant
from projections.sight.keeping import Kept, catch_up, require_same
from projections.sight.reading import END_OF_TIME, Sight, known_by, received_on

SECOND: Final = 1.0
"""Whatever takes longer tells how far it is."""


@dataclass(frozen=True, slots=True)
class Clocks:
    """What is asked about: what was known by an entry or a day, and what was true by a day."""

    known: str | None = None
    true: date | None = None

    def words(self, sight: Sight) -> str:
        """The same in words, for a reader; empty where it is now."""
        said = [f"as known at entry {sight.known}"] if self.known else []
        said += [f"as true on {self.true}"] if self.true else []
        return ", ".join(said)

    def beside(self, title: str, sight: Sight) -> str:
        """A title, with what is asked about."""
        said = self.words(sight)
        return f"{title}, {said}" if said else title


def day_of(context: click.Context, option: click.Parameter, value: str | None) -> date | None:
    if value is None:
        return None
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise Malformed(f"{value!r} is not a date: write it as in 2026-06-30", where=option.opts[0]) from None


def clocks(command: Callable[..., Any]) -> Callable[..., Any]:
    """The two options that every view of money has: `known` and `true` become one argument, `clocks`."""

    @click.option("--as-known", "known", metavar="ENTRY|DATE", help="As the log stood at an entry, or on a day.")
    @click.option("--as-true", "true", metavar="DATE", callback=day_of, help="As it was true on a day.")
    @click.pass_context
    def wrapped(context: click.Context, /, known: str | None, true: date | None, **given: Any) -> Any:
        return context.invoke(command, clocks=Clocks(known, true), **given)

    wrapped.__doc__, wrapped.__name__ = command.__doc__, command.__name__
    wrapped.__click_params__ = [  # type: ignore[attr-defined]
        *getattr(command, "__click_params__", []),
        *getattr(wrapped, "__click_params__", []),
    ]
    return wrapped


def address(opened: Opened) -> str:
    """Where the tables of a ledger's views are kept."""
    named = os.environ.get("OUTCOMES_VIEWS")
    if named:
        return named if "://" in named else f"sqlite:///{named}"
    folder = home() / "views"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return f"sqlite:///{folder / opened.identity.hex()[:32]}.db"


@contextmanager
def sight(ledger: str | None, asked: Clocks) -> Iterator[tuple[Opened, Sight]]:
    """The tables of a ledger, caught up with its verified head, on the clocks that are asked about."""
    opened = Session(ledger).read_only()
    kept = Kept(address(opened))
    try:
        caught_up(kept, opened)
        with kept.reading() as connection:
            known = _known(connection, asked.known, opened.head.size)
            newest = received_on(connection, known)
            opened.known_at = received(opened, known)
            seen = Sight(connection, known, asked.true or END_OF_TIME, newest)
            opened.asked = asked.words(seen)
            yield opened, seen
    finally:
        kept.close()


def received(opened: Opened, number: int) -> Instant:
    """When an entry was received, proved to be in the verified head. Raises ProofInvalid."""
    head = opened.head
    line = next(iter(opened.store.entries(after=number - 1, until=number))).entry
    proof = merkle.inclusion_proof(opened.store, number - 1, head.size)
    merkle.verify_inclusion(number - 1, head.size, merkle.leaf_hash(line), proof, head.root)
    return entry.read(line).received_at


def _known(connection: Any, asked: str | None, size: int) -> int:
    """The entry by which it is asked what was known. Raises NotFound, Malformed."""
    if asked is None:
        return size
    if asked.isdigit():
        if not 1 <= int(asked) <= size:
            raise NotFound(f"there is no entry {asked}: the log has {size}", where="--as-known")
        return int(asked)
    try:
        day = date.fromisoformat(asked)
    except ValueError:
        raise Malformed(f"{asked!r} is neither the number of an entry nor a date", where="--as-known") from None
    found = min(size, known_by(connection, day))
    if not found:
        raise NotFound(f"nothing was recorded by {day}", where="--as-known")
    return found


def caught_up(kept: Kept, opened: Opened) -> None:
    """Bring the tables to the verified head. Raises VerificationFailed where they are of another log."""
    identity = opened.identity.hex()
    if kept.max_tracking_id(identity) == opened.head.size:
        require_same(kept, identity, opened.head.root)
        return
    progress = Progress(opened.head.size)
    try:
        catch_up(kept, identity, lambda book: verified_history(opened, book), progress.at)
    except VerificationFailed:
        kept.forget(identity)  # whatever of it was proved can be made again
        raise
    finally:
        progress.done()


class Progress:
    """How far a longer piece of work is, with its rate and the time left, on stderr."""

    def __init__(self, whole: int) -> None:
        self.whole = whole
        self.began = self.shown = time.monotonic()
        self.said = False

    def at(self, number: int) -> None:
        """So many entries are done."""
        now = time.monotonic()
        if now - self.shown < SECOND:
            return
        self.shown, self.said = now, True
        rate = number / (now - self.began)
        left = max(0, self.whole - number) / rate
        said = f"\rviews: entry {number:,} of {self.whole:,}, {rate:,.0f} a second, {left:.0f} s left "
        click.echo(said, nl=False, err=True)

    def done(self) -> None:
        """The last line ends."""
        if self.said:
            click.echo(err=True)


def checked(opened: Opened) -> list[str]:
    """Make the tables anew beside those that are kept, and compare: a sentence for each table that differs."""
    kept, fresh = Kept(address(opened)), Kept()
    try:
        caught_up(kept, opened)
        caught_up(fresh, opened)
        return kept.differences(fresh)
    finally:
        kept.close()
        fresh.close()
