"""Bands: money on its way as a ribbon that is as thick as the sum, and an outcome as a line with its count.

Law: equal sums are equally thick, measured upright. Only a sum too small to be seen is thicker than it should be, and
the picture says so. A ribbon lies straight before it arrives, so that its words stand on it alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from projections.pictures import svg
from projections.pictures.layout import Step
from projections.pictures.nouns import Band, Node
from projections.pictures.palette import LOOKS, fill_of
from projections.pictures.svg import PAPER, WORDS

THINNEST = 2.0
OUTCOME_LINE = 3.0
OUTCOME_ROOM = 20.0
THIN = 5.0
"""Below this no hatching is seen: the ribbon is drawn as a line, and its dashes tell its state."""
SIZE, LINE = 11, 14
MOST_WORDS, MOST_LINES = 150.0, 3
"""The most room that the words on a ribbon are given."""


@dataclass(frozen=True, slots=True)
class Ribbon:
    """A band, its steps from column to column, and its thickness."""

    band: Band
    thickness: float
    steps: tuple[Step, ...]
    said: bool
    """Whether a panel at one of its ends says the same sum: it is then not said again."""

    @property
    def words(self) -> list[str]:
        """What is written on it: an outcome its count; money its sum and name, where it is thick enough."""
        label = self.band.label
        if self.band.state == "outcome":
            return svg.wrapped(label, MOST_WORDS, SIZE, most=1)
        amount = svg.money(self.band.pence)
        room = min(MOST_LINES, int((self.thickness - 6) // LINE))
        lead = [] if amount in label or (self.said and not label) else [amount]
        if room < len(lead) + bool(label):
            return lead[: max(0, room)]
        return [*lead, *svg.wrapped(label, MOST_WORDS, SIZE, most=max(1, room - len(lead)))]

    def title(self, source: Node, target: Node) -> str:
        """Whence and whither, under what name, how much, in which state, and the entries."""
        said = [self.band.label] if self.band.label else []
        said += [self.band.state] if self.band.state == "outcome" else [svg.money(self.band.pence), self.band.state]
        ends = f"{source.label or source.id} to {target.label or target.id}"
        return f"{ends}: {', '.join([*said, svg.naming(self.band.entries)])}"

    def drawn(self, href: str, title: str, spans: Sequence[tuple[float, float, float]]) -> str:
        """The ribbon; each span is where a step begins, where its curve ends and where it arrives."""
        return svg.linked(href, title, self._shape(spans), *self._written(spans[-1]))

    def _shape(self, spans: Sequence[tuple[float, float, float]]) -> str:
        look, half = LOOKS[self.band.state], self.thickness / 2
        dash: dict[str, str | float] = {} if look.dash == "none" else {"stroke_dasharray": look.dash}
        if self.thickness < THIN:
            line: dict[str, str | float] = {"fill": "none", "stroke": look.colour, "stroke_width": self.thickness}
            return svg.element("path", d=f"M{_edge(self.steps, spans, 0)}", **line, **dash)
        path = f"M{_edge(self.steps, spans, -half)}L{_edge(self.steps, spans, half, back=True)}Z"
        return svg.element("path", d=path, fill=fill_of(self.band.state), stroke=look.outline, **dash)

    def _written(self, span: tuple[float, float, float]) -> list[str]:
        words = self.words
        if not words:
            return []
        width, height = max(svg.width_of(word, SIZE) for word in words) + 8, LINE * len(words) + 2
        x, top = span[2] - 8 - width, self.steps[-1].arrives - height / 2
        label = svg.element("rect", x=x, y=top, width=width, height=height, rx=2, fill=PAPER)
        middle, lines = x + width / 2, enumerate(words, 1)
        told = [svg.text(word, middle, top + LINE * n - 2, SIZE, fill=WORDS, anchor="middle") for n, word in lines]
        return [label, *told]


def room_for(band: Band, thickness: float) -> float:
    """The height kept free for a band at either end."""
    return OUTCOME_ROOM if band.state == "outcome" else thickness


def _edge(
    steps: Sequence[Step], spans: Sequence[tuple[float, float, float]], offset: float, *, back: bool = False
) -> str:
    """One edge of the ribbon: in each gap a curve and then a straight piece; back, the same in reverse."""
    points: list[str] = []
    for step, (begins, curved, arrives) in zip(steps, spans, strict=True):
        start, end, half = step.leaves + offset, step.arrives + offset, (begins + curved) / 2
        if back:
            piece = [_point(arrives, end), "L", _point(curved, end), "C", _point(half, end), " ", _point(half, start)]
            points.insert(0, "".join([*piece, " ", _point(begins, start)]))
        else:
            piece = [_point(begins, start), "C", _point(half, start), " ", _point(half, end), " ", _point(curved, end)]
            points.append("".join([*piece, "L", _point(arrives, end)]))
    return "L".join(points)


def _point(x: float, y: float) -> str:
    return f"{svg.number(x)} {svg.number(y)}"
