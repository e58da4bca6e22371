"""An act: who says something, at which place of the log. What the rules know of a statement besides its event."""

from __future__ import annotations

import msgspec


class Act(msgspec.Struct, frozen=True, gc=False):
    """The office that signs, the holders of every signature that it rests on, and the entry's id and number."""

    by: str
    holders: frozenset[bytes]
    entry: str
    position: int

    @property
    def organisation(self) -> str:
        """The body that the office belongs to."""
        return self.by.split("/", 1)[0]
