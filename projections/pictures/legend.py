"""The legend: the states that occur, and how thick a round sum is drawn.

Law: what is in the picture is explained in the picture, and nothing else is.
"""

from __future__ import annotations

from dataclasses import dataclass

from projections.pictures import svg
from projections.pictures.palette import EDGE, LOOKS, fill_of
from projections.pictures.svg import QUIET, WORDS

SWATCH, SIZE, ROW = 34.0, 11, 22.0
THICK = 24.0
"""The thickest that the scale's bar may be."""


@dataclass(frozen=True, slots=True)
class Key:
    """What a legend is for: states in order, and units for a penny (nothing where no money is drawn)."""

    states: tuple[str, ...]
    scale: float


@dataclass(frozen=True, slots=True)
class Legend:
    """The legend from its own corner, and how high it is."""

    pieces: tuple[str, ...]
    height: float


def legend(key: Key, width: float) -> Legend:
    """The legend in as many rows as the width needs."""
    items = [(_swatch(state), LOOKS[state].says) for state in key.states]
    if key.scale and key.scale <= THICK:
        pence = round_sum(key.scale)
        bar = svg.element("rect", x=SWATCH - 6, y=-pence * key.scale / 2, width=6, height=pence * key.scale, fill=WORDS)
        items.append((bar, f"Scale: so high is {svg.money(pence)}"))
    pieces, x, y = [], 0.0, ROW
    for mark, says in items:
        long = SWATCH + 8 + svg.width_of(says, SIZE)
        if x and x + long > width:
            x, y = 0.0, y + ROW
        pieces.append(svg.element("g", mark, transform=f"translate({svg.number(x)} {svg.number(y)})"))
        pieces.append(svg.text(says, x + SWATCH + 8, y + 4, SIZE, fill=QUIET))
        x += long + 24
    if not items:
        return Legend((), 0.0)
    return Legend((svg.element("path", d=f"M0 0H{svg.number(width)}", stroke=EDGE), *pieces), y + ROW)


def round_sum(scale: float) -> int:
    """The largest of 1, 2, 5, 10, 20 ... pence that is drawn no thicker than the scale's bar may be."""
    pence, step = 1, 0
    while pence * (2, 2.5, 2)[step] * scale <= THICK:
        pence, step = int(pence * (2, 2.5, 2)[step]), (step + 1) % 3
    return pence


def _swatch(state: str) -> str:
    look = LOOKS[state]
    if state == "outcome":
        return svg.element("rect", y=-1.5, width=SWATCH, height=3, fill=look.colour)
    dash: dict[str, str | float] = {} if look.dash == "none" else {"stroke_dasharray": look.dash}
    return svg.element("rect", y=-8, width=SWATCH, height=16, fill=fill_of(state), stroke=look.outline, **dash)
