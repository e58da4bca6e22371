"""Facts: what is in effect and what is unconfirmed, each with the entries that it rests on.

Law: what was taken back is gone from here (the trail keeps it), and what waits is apart. A view is a plain loop over
these.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeVar

from ledger.book import Effect
from ledger.events.event import Event
from ledger.replay import Replayed

E = TypeVar("E", bound=Event)


@dataclass(frozen=True, slots=True)
class Fact:
    """An event in effect, or unconfirmed, in its place."""

    effect: Effect
    standing: str

    @property
    def entries(self) -> tuple[int, ...]:
        """The entries that it rests on."""
        return self.effect.rests_on

    @property
    def confirmed(self) -> bool:
        """Whether it is more than what a source states."""
        return self.standing == "effective"


@dataclass(slots=True)
class Facts:
    """Facts by kind of event, each in the order in which it took effect or was quoted, and by the id of its entry."""

    kinds: tuple[type[Event], ...] = ()
    """Those that are followed."""
    _by_kind: dict[type[Event], dict[str, Fact]] = field(default_factory=dict)

    def take(self, replayed: Replayed) -> None:
        """Follow one entry."""
        for effect in replayed.effects:
            kind = type(effect.event)
            if kind not in self.kinds:
                continue
            room = self._by_kind.setdefault(kind, {})
            if effect.standing in ("effective", "unconfirmed"):
                room.pop(effect.entry, None)
                room[effect.entry] = Fact(effect, effect.standing)
            elif effect.standing in ("reversed", "withdrawn"):
                room.pop(effect.entry, None)

    def put(self, kind: type[Event], found: list[Fact]) -> None:
        """Take the facts of a kind from where they are kept."""
        self._by_kind[kind] = {fact.effect.entry: fact for fact in found}

    def of(self, kind: type[E]) -> Iterator[tuple[E, Fact]]:
        """The facts of a kind, each with its event."""
        for fact in self._by_kind.get(kind, {}).values():
            event = fact.effect.event
            assert isinstance(event, kind)  # noqa: S101 for the type checker: rooms are by kind
            yield event, fact


def entries_of(facts: Iterator[Fact] | list[Fact]) -> tuple[int, ...]:
    """The entries that several facts rest on together, in order."""
    return tuple(sorted({number for fact in facts for number in fact.entries}))


def added(entries: tuple[int, ...], fact: Fact) -> tuple[int, ...]:
    """Entries, and those of one more fact."""
    return tuple(sorted({*entries, *fact.entries}))
