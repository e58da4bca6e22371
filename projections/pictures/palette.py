"""The palette: how each state of money looks, in colour, in grey and on paper.

Law: no two states differ by colour alone. Each has its own hatching, and its own outline. Words have a contrast of at
least 4.5 to 1 against what they stand on, and shapes at least 3 to 1 against white (WCAG 2.2, 1.4.3 and 1.4.11).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from projections.pictures.svg import PAPER, element

EDGE = "#5a6572"
ALARM = "#b3261e"
RULE = "#8a939c"

TILE = 8
"""The side of one tile of hatching, in the picture's units."""


@dataclass(frozen=True, slots=True)
class Look:
    """How a state is drawn: its colour, its outline, its dashes, its line in the legend, its hatching (on a tile)."""

    colour: str
    outline: str
    dash: str
    says: str
    hatching: tuple[str, ...] = ()
    turned: int = 0


def _bar(width: float, height: float, colour: str, y: float = 0) -> str:
    return element("rect", y=y, width=width, height=height, fill=colour)


def _dot(x: float, y: float, colour: str) -> str:
    return element("circle", cx=x, cy=y, r=1.7, fill=colour)


def _ring(colour: str) -> str:
    return element("circle", cx=4, cy=4, r=2.2, fill="none", stroke=colour, stroke_width=1.2)


LOOKS = {
    "funded": Look("#4c8abb", "#1f4e79", "none", "Funded: the cash is in"),
    "awaited": Look(
        "#8f5f00", "#8f5f00", "12 3", "Awaited: committed, and the cash is not in", (_bar(3, TILE, "#8f5f00"),), 45
    ),
    "conditional": Look(
        "#6d3f98",
        "#6d3f98",
        "6 3",
        "Conditional: indicative, or a condition is unmet",
        (_dot(2, 2, "#6d3f98"), _dot(6, 6, "#6d3f98")),
    ),
    "unfunded": Look(
        ALARM, ALARM, "8 3", "Unfunded: beyond every commitment", (_bar(2, TILE, ALARM), _bar(TILE, 2, ALARM)), 45
    ),
    "undrawn": Look("#1f4e79", "#1f4e79", "1 4", "Committed, and not drawn yet", (_ring("#1f4e79"),)),
    "unconfirmed": Look(
        "#4d5b66",
        "#4d5b66",
        "2 2",
        "Unconfirmed: transcribed, and not confirmed by its body",
        (_bar(TILE, 1.6, "#4d5b66"), _bar(TILE, 1.6, "#4d5b66", y=4)),
    ),
    "estimated": Look(
        "#00695c", "#00695c", "10 3 2 3", "Estimated: worked out, not stated", (_bar(2, TILE, "#00695c"),)
    ),
    "outcome": Look("#1b5e20", "#1b5e20", "none", "Outcome: a count, never divided; a line, whatever the count"),
}
"""Every state that a band may have, in the order of the legend."""

BREAK_HATCHING = "break"


def hatching(states: Iterable[str], *, broken: bool) -> str:
    """The patterns that the picture fills with. Two pictures on one page give the same name to the same pattern."""
    tiles = [_tile(state, LOOKS[state].hatching, LOOKS[state].turned) for state in states if LOOKS[state].hatching]
    if broken:
        tiles.append(_tile(BREAK_HATCHING, (_bar(3, TILE, ALARM),), 135))
    return element("defs", *tiles) if tiles else ""


def _tile(name: str, marks: tuple[str, ...], turned: int) -> str:
    return element(
        "pattern",
        _bar(TILE, TILE, PAPER),
        *marks,
        id=f"hatch-{name}",
        width=TILE,
        height=TILE,
        patternUnits="userSpaceOnUse",
        patternTransform=f"rotate({turned})",
    )


def fill_of(state: str) -> str:
    """What a band of that state is filled with."""
    return f"url(#hatch-{state})" if LOOKS[state].hatching else LOOKS[state].colour
