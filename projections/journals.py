"""Journals: which maps and which journals of a general ledger are in force, and how often each month was recorded.

Law: a fold over effects. One journal at a time stands for a map, a scheme and a month; it may still wait for others to
sign. How many came and went before it makes the next one's reference another.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from ledger.book import Effect
from ledger.events.spending import JournalMapped, JournalRecorded
from ledger.replay import Replayed

STANDS: Final = ("effective", "waiting")
Month = tuple[str, str, date]
"""A map, a scheme, and the first day of a month."""


@dataclass(slots=True)
class Journals:
    """Maps and journals in force, by the ids of their entries, in the order in which they came."""

    _maps: dict[str, tuple[JournalMapped, Effect]] = field(default_factory=dict)
    _journals: dict[Month, dict[str, tuple[JournalRecorded, Effect]]] = field(default_factory=dict)
    _mapped: Counter[str] = field(default_factory=Counter)
    _recorded: dict[Month, set[str]] = field(default_factory=dict)

    def take(self, replayed: Replayed) -> None:
        """Follow one entry."""
        for effect in replayed.effects:
            match effect.event:
                case JournalMapped():
                    self._map(effect.event, effect)
                case JournalRecorded():
                    self._journal(effect.event, effect)

    def _map(self, event: JournalMapped, effect: Effect) -> None:
        if effect.entry not in self._maps and effect.standing in STANDS:
            self._mapped[event.map] += 1
        self._maps.pop(effect.entry, None)
        if effect.standing in STANDS:
            self._maps[effect.entry] = event, effect

    def _journal(self, event: JournalRecorded, effect: Effect) -> None:
        month = event.map, event.scheme, event.starts
        self._recorded.setdefault(month, set()).add(effect.entry)
        held = self._journals.setdefault(month, {})
        held.pop(effect.entry, None)
        if effect.standing in STANDS:
            held[effect.entry] = event, effect

    def map(self, reference: str) -> tuple[JournalMapped, Effect] | None:
        """The map of that reference in effect: the latest; one that waits is none."""
        held = [one for one in self._maps.values() if one[0].map == reference and one[1].standing == "effective"]
        return held[-1] if held else None

    def waiting_map(self, reference: str) -> tuple[JournalMapped, Effect] | None:
        """The latest of that reference that waits."""
        held = [one for one in self._maps.values() if one[0].map == reference and one[1].standing == "waiting"]
        return held[-1] if held else None

    def maps(self, pool: str | None = None) -> list[str]:
        """The references of the maps in effect, of one pool or of all."""
        there = (event for event, effect in self._maps.values() if effect.standing == "effective")
        return sorted({event.map for event in there if pool in (None, event.pool)})

    def journal(self, month: Month) -> tuple[JournalRecorded, Effect] | None:
        """The journal that stands for a month."""
        held = list(self._journals.get(month, {}).values())
        return held[-1] if held else None

    def schemes(self, reference: str, starts: date) -> set[str]:
        """The schemes with a journal that stands, by that map and for that month."""
        return {
            scheme
            for (name, scheme, day), held in self._journals.items()
            if held and (name, day) == (reference, starts)
        }

    def mapped(self, reference: str) -> int:
        """How many maps of that reference there ever were."""
        return self._mapped[reference]

    def recorded(self, month: Month) -> int:
        """How many journals there ever were for that month."""
        return len(self._recorded.get(month, ()))
