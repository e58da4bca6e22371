"""An act: who says something, at which place of the log. What the rules know of a statement besides its event."""

from __future__ import annotations

import msgspec


class Act(msgspec.Struct, frozen=True, gc=False):
    """The office that signs and whose holder that is, with the entry's id and its number."""

    by: str
    holder: bytes
    entry: str
    position: int

    @property
    def organisation(self) -> str:
        """The body that the office belongs to."""
        return self.by.split("/", 1)[0]
