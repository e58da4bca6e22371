"""Chance and time: the two objects that everything random and every clock comes from (law 14).

Law: a live ledger is written with the machine's clock and the machine's randomness. An example ledger may run
from a seed (OUTCOMES_SEED), so that its every byte, the root included, is the same in every run.
"""

from __future__ import annotations

import hashlib
import os
import time
from dataclasses import dataclass
from typing import Protocol

from ledger.errors import KeyProblem
from ledger.values import Instant

SEEDED_START = Instant.parse("2026-04-02T09:00:00Z")
MINUTE = 60


class Clock(Protocol):
    """Says what time it is."""

    def now(self) -> Instant: ...


class Dice(Protocol):
    """Gives random bytes; `purpose` keeps the streams of a seeded run apart."""

    def bytes(self, count: int, purpose: str) -> bytes: ...


class MachineClock:
    """The machine's clock."""

    def now(self) -> Instant:
        return Instant(time.time())


class MachineDice:
    """The machine's randomness."""

    def bytes(self, count: int, purpose: str) -> bytes:
        return os.urandom(count)


@dataclass(slots=True)
class SeededClock:
    """A minute for each entry in the log, so that a story's times tell its order."""

    entries: int = 0
    start: Instant = SEEDED_START

    def now(self) -> Instant:
        return Instant(self.start + self.entries * MINUTE)


@dataclass(slots=True)
class SeededDice:
    """Bytes from a seed: a stream for each purpose and each size of the log."""

    seed: str
    entries: int = 0
    thrown: int = 0

    def bytes(self, count: int, purpose: str) -> bytes:
        lasting = purpose.startswith(("key of", "holder key of", "log key"))
        turn = "" if lasting else f"{self.entries} {self.thrown}"
        self.thrown += not lasting
        return hashlib.shake_256(f"{self.seed}\n{purpose}\n{turn}".encode()).digest(count)


@dataclass(slots=True)
class Chance:
    """The clock and the dice of one run."""

    clock: Clock
    dice: Dice
    seed: str | None = None

    @classmethod
    def of_environment(cls) -> Chance:
        """Seeded if OUTCOMES_SEED is set, else the machine's."""
        seed = os.environ.get("OUTCOMES_SEED")
        if not seed:
            return cls(MachineClock(), MachineDice())
        start = os.environ.get("OUTCOMES_NOW")
        clock = SeededClock(start=Instant.parse(start) if start else SEEDED_START)
        return cls(clock, SeededDice(seed), seed)

    def at(self, entries: int, purpose: str) -> None:
        """The log has so many entries. Raises KeyProblem where a seed meets a live ledger."""
        if isinstance(self.clock, SeededClock) and isinstance(self.dice, SeededDice):
            if purpose != "example":
                raise KeyProblem("a live ledger refuses a seed", next_step="unset OUTCOMES_SEED")
            if not os.environ.get("OUTCOMES_NOW"):
                self.clock.entries = entries
            if self.dice.entries != entries:
                self.dice.entries, self.dice.thrown = entries, 0

    def uuid7(self) -> str:
        """A new id: 48 bits of milliseconds, the rest random (RFC 9562 section 5.7)."""
        milliseconds = (int(self.clock.now()) * 1000).to_bytes(6, "big")
        random = bytearray(self.dice.bytes(10, "id"))
        random[0] = random[0] & 0x0F | 0x70
        random[2] = random[2] & 0x3F | 0x80
        digits = (milliseconds + bytes(random)).hex()
        return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
