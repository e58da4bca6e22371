"""Panels: a node of a flow as a box with what it is, its name and its sum, and a post at each side for the bands.

Law: a post is as high as the node's sum, on the scale of the whole picture, and never lower than the bands that meet
it; so a part of a post that no band meets is money that has not moved on. A break cannot be taken for anything else.
"""

from __future__ import annotations

from dataclasses import dataclass

from projections.pictures import svg
from projections.pictures.layout import Stop
from projections.pictures.nouns import Node
from projections.pictures.palette import ALARM, BREAK_HATCHING, EDGE
from projections.pictures.svg import PAPER, QUIET, WORDS

WIDTH, BRIEF_WIDTH = 188.0, 240.0
PAD = 14.0
POST = 6.0
CAPTION, NAME, LINE = 10, 12, 15
MOST_LINES = 3
FRAME = 8.0
"""The hatched frame of a break."""


@dataclass(frozen=True, slots=True)
class Panel:
    """A node with its words in lines, the width of every panel in the picture, and what its posts must reach."""

    node: Node
    lines: tuple[str, ...]
    width: float
    post: float
    brief: bool

    @property
    def height(self) -> float:
        """The height that the words need."""
        frame = FRAME if self.node.sort == "break" else 0
        if self.brief:
            return 2 * frame + 2 * LINE + 8
        return 2 * frame + CAPTION + 16 + LINE * (len(self.lines) + bool(self._sum))

    @property
    def _sum(self) -> str:
        return "" if self.node.sort == "outcome" else svg.money(self.node.pence)

    @property
    def title(self) -> str:
        """The whole name, the sum and the entries."""
        told = ", ".join(part for part in (self._sum, svg.naming(self.node.entries)) if part)
        return f"{_caption(self.node)}: {self.node.label or self.node.id}. {told}"

    def drawn(self, x: float, stop: Stop, href: str) -> str:
        """The panel where it stands."""
        return svg.linked(href, self.title, *self._frame(x, stop), *self._posts(x, stop), *self._words(x, stop))

    def _frame(self, x: float, stop: Stop) -> list[str]:
        def box(inset: float, *, rounded: float, fill: str, **outline: str | float) -> str:
            width, height = self.width - 2 * inset, stop.height - 2 * inset
            place = {"x": x + inset, "y": stop.top + inset, "width": width, "height": height}
            return svg.element("rect", **place, rx=rounded, fill=fill, **outline)

        if self.node.sort == "break":
            dashed: dict[str, str | float] = {"stroke": ALARM, "stroke_width": 3, "stroke_dasharray": "9 4"}
            return [
                box(0, rounded=0, fill=f"url(#hatch-{BREAK_HATCHING})", **dashed),
                box(FRAME, rounded=0, fill=PAPER, stroke=ALARM, stroke_width=1),
            ]
        strong = 2 if self.node.sort == "pool" else 1
        outer = box(0, rounded=14 if self.node.sort == "outcome" else 2, fill=PAPER, stroke=EDGE, stroke_width=strong)
        if self.node.sort == "handover":
            return [outer, box(4, rounded=2, fill="none", stroke=EDGE, stroke_width=1)]
        return [outer]

    def _posts(self, x: float, stop: Stop) -> list[str]:
        if self.node.sort in ("outcome", "break") or not self.node.pence:
            return []
        sides = [x] if stop.before or not stop.after else []
        sides += [x + self.width - POST] if stop.after else []
        top = stop.middle - self.post / 2
        return [svg.element("rect", x=at, y=top, width=POST, height=self.post, fill=WORDS) for at in sides]

    def _words(self, x: float, stop: Stop) -> list[str]:
        broken = self.node.sort == "break"
        left, y = x + PAD, stop.middle - self.height / 2 + (FRAME if broken else 0)
        y += 1 if self.brief else CAPTION + 6
        last = y + LINE * (len(self.lines) + 1)
        at, under, anchor = (x + self.width - PAD, last, "end") if self.brief else (left, y, "start")
        fill = ALARM if broken else QUIET
        caption = svg.text(_caption(self.node), at, under, CAPTION, fill=fill, anchor=anchor, bold=broken)
        lines = [svg.text(line, left, y + LINE * n, NAME, fill=WORDS) for n, line in enumerate(self.lines, 1)]
        total = [svg.text(self._sum, left, last, NAME, fill=WORDS, bold=True)] if self._sum else []
        return [caption, *lines, *total]


def _caption(node: Node) -> str:
    return "BREAK" if node.sort == "break" else node.sort.capitalize()


def width_for(nodes: tuple[Node, ...], *, brief: bool) -> float:
    """One width for every panel: no sum is ever shortened, and on a brief panel what it is stands beside it."""
    sums = [svg.width_of(svg.money(node.pence), NAME, bold=True) for node in nodes]
    beside = [svg.width_of(_caption(node), CAPTION, bold=True) + 6 for node in nodes]
    return max(
        [
            BRIEF_WIDTH if brief else WIDTH,
            *(amount + caption + 2 * PAD for amount, caption in zip(sums, beside, strict=True)),
        ]
    )


def panel_of(node: Node, width: float, post: float, *, brief: bool) -> Panel:
    """A node with its name in lines; in one, where the column is long and the post is no higher than that."""
    name, room = node.label or node.id, width - 2 * PAD
    panel = Panel(node, tuple(svg.wrapped(name, room, NAME, most=MOST_LINES)), width, post, brief=False)
    return (
        Panel(node, (svg.clipped(name, room, NAME),), width, post, brief=True)
        if brief and panel.height > post
        else panel
    )
