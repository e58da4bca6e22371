"""The year: what was planned, received and spent of a pool, added up month by month or quarter by quarter, as lines.

Law: a point that is missing is a gap in its line, and never nothing: no line is drawn across it, and none to it. Lines
differ by dashes and marks as well as by colour, and each has its name at its end. The figures are handed in.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ledger.errors import Malformed
from projections.pictures import svg
from projections.pictures.layout import spread
from projections.pictures.palette import RULE
from projections.pictures.svg import PAPER, QUIET, WORDS

Point = tuple[str, int] | None
"""The label below which it stands, and pence; or None, where nothing is known."""

MARGIN, PLOT_WIDTH, PLOT_HEIGHT = 24.0, 640.0, 320.0
SIZE, LINE = 12, 16
NAME_ROOM, NAME_HEIGHT = 220.0, 36.0
MARK = 4.5
TICKS = 6
"""How many steps the axis has at most."""

PENS = (
    ("#1f4e79", "none", "disc"),
    ("#a3470b", "9 4", "square"),
    ("#00695c", "2 4", "triangle"),
    ("#6d3f98", "12 4 2 4", "diamond"),
    ("#4d5b66", "5 3", "ring"),
    (WORDS, "16 4", "cross"),
)
"""Colour, dashes and mark of each line in turn."""


@dataclass(frozen=True, slots=True)
class Series:
    """One line: a point for each label of the year, in order; where it ends earlier, the rest is not known yet."""

    name: str
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Year:
    """A whole picture; the labels are those of its months or quarters."""

    title: str
    description: str
    labels: tuple[str, ...]
    series: tuple[Series, ...]


@dataclass(frozen=True, slots=True)
class _Frame:
    """Where a figure stands: the lowest and the highest of the axis in pence, and the corner of the plot."""

    labels: tuple[str, ...]
    low: int
    high: int
    step: int
    left: float
    top: float

    def x(self, place: int) -> float:
        return self.left + PLOT_WIDTH * (place + 0.5) / max(1, len(self.labels))

    def y(self, pence: int) -> float:
        return self.top + PLOT_HEIGHT * (self.high - pence) / (self.high - self.low)


def drawn(year: Year) -> str:
    """The year as one SVG that stands alone. Raises Malformed where a point is not below its label."""
    _check(year)
    head, top = svg.heading(year.title, year.description, MARGIN, PLOT_WIDTH + NAME_ROOM)
    frame = _frame(year, top)
    lines = [_line(frame, series, PENS[place % len(PENS)]) for place, series in enumerate(year.series)]
    return svg.document(
        year.title,
        told(year),
        frame.left + PLOT_WIDTH + NAME_ROOM + MARGIN,
        top + PLOT_HEIGHT + 2 * MARGIN + LINE,
        *(piece + "\n" for piece in (*head, *_axis(frame), *_labels(frame), *lines, *_names(frame, year))),
    )


def _check(year: Year) -> None:
    if len(year.series) > len(PENS):
        why = f"{len(year.series)} lines, and only {len(PENS)} that nobody confuses"
        raise Malformed(why, where="year", next_step="draw fewer lines, or two pictures")
    for series in year.series:
        for place, point in enumerate(series.points):
            if place >= len(year.labels) or (point and point[0] != year.labels[place]):
                why = f"point {place + 1} of {series.name!r} stands below no label of the year"
                raise Malformed(why, where="year", next_step="mend the view that made it: nothing was drawn")


def told(year: Year) -> str:
    """What is told instead of the picture: the description, and where each line ends."""
    told = [year.description] if year.description else []
    for series in year.series:
        known = [point for point in series.points if point]
        told.append(f"{series.name}: {f'{svg.money(known[-1][1])} at {known[-1][0]}' if known else 'not known'}.")
    return " ".join(told)


# -- axes ---------------------------------------------------------------------------------------


def _frame(year: Year, top: float) -> _Frame:
    figures = [point[1] for series in year.series for point in series.points if point]
    low, high = min([0, *figures]), max([0, *figures])
    step = _step(high - low)
    low, high = low // step * step, max(-(-high // step) * step, low // step * step + step)
    widest = max(svg.width_of(_tick(pence), SIZE) for pence in (low, high - step, high))
    return _Frame(year.labels, low, high, step, MARGIN + widest + 10, top)


def _step(span: int) -> int:
    """A step of the axis in pence, of 1, 2 or 5 and noughts, so that there are not too many; a pound, of nothing."""
    step = 1 if span else 100
    while step * TICKS < span:
        step = step * 5 // 2 if str(step)[0] == "2" else step * 2
    return step


def _tick(pence: int) -> str:
    return svg.money(pence).removesuffix(".00")


def _axis(frame: _Frame) -> Iterator[str]:
    for pence in range(frame.low, frame.high + 1, frame.step):
        y, strong = frame.y(pence), pence == 0
        across = f"M{svg.number(frame.left)} {svg.number(y)}H{svg.number(frame.left + PLOT_WIDTH)}"
        yield svg.element("path", d=across, stroke=WORDS if strong else RULE, stroke_width=1.2 if strong else 0.5)
        yield svg.text(_tick(pence), frame.left - 8, y + 4, SIZE, fill=QUIET, anchor="end")


def _labels(frame: _Frame) -> Iterator[str]:
    """The months or quarters; where they would touch, each second, third ... is left out, and none is turned."""
    pitch, bottom = PLOT_WIDTH / max(1, len(frame.labels)), frame.top + PLOT_HEIGHT
    widest = min(90.0, max((svg.width_of(label, SIZE) for label in frame.labels), default=0.0)) + 8
    every = max(1, int(-(-widest // pitch)))
    for place, label in enumerate(frame.labels):
        x = frame.x(place)
        yield svg.element("path", d=f"M{svg.number(x)} {svg.number(bottom)}v5", stroke=QUIET)
        if place % every == 0:
            words = svg.shortened(label, 90, SIZE)
            yield svg.text(words, x, bottom + LINE + 5, SIZE, fill=QUIET, anchor="middle")


# -- lines --------------------------------------------------------------------------------------


def _line(frame: _Frame, series: Series, pen: tuple[str, str, str]) -> str:
    """A line in as many pieces as the gaps leave, with a mark at every point that is known."""
    colour, dash, mark = pen
    pieces: list[list[str]] = [[]]
    marks: list[str] = []
    for place, point in enumerate(series.points):
        if point is None:
            pieces.append([])
            continue
        x, y = frame.x(place), frame.y(point[1])
        pieces[-1].append(f"{svg.number(x)} {svg.number(y)}")
        said = svg.titled(f"{series.name}, {point[0]}: {svg.money(point[1])}")
        marks.append(svg.element("g", said, _mark(mark, x, y, colour)))
    path = "".join(f"M{'L'.join(piece)}" for piece in pieces if len(piece) > 1)
    dashes: dict[str, str | float] = {} if dash == "none" else {"stroke_dasharray": dash}
    line = svg.element("path", d=path, fill="none", stroke=colour, stroke_width=2, **dashes) if path else ""
    return svg.element("g", svg.titled(series.name), line, *marks)


def _mark(mark: str, x: float, y: float, colour: str) -> str:
    if mark in ("disc", "ring"):
        fill = colour if mark == "disc" else PAPER
        return svg.element("circle", cx=x, cy=y, r=MARK, fill=fill, stroke=colour, stroke_width=1.5)
    corners = {
        "square": "-4 -4H4V4H-4Z",
        "triangle": "0 -5L5 4H-5Z",
        "diamond": "0 -6L6 0L0 6L-6 0Z",
        "cross": "-4 -4L4 4M-4 4L4 -4",
    }
    shift = f"translate({svg.number(x)} {svg.number(y)})"
    return svg.element("path", d=f"M{corners[mark]}", fill=colour, stroke=colour, stroke_width=1.5, transform=shift)


def _names(frame: _Frame, year: Year) -> Iterator[str]:
    """Each line's name and last sum at its end, moved apart where they would touch, with a thread to the end."""
    ends = []
    for series, (colour, *_) in zip(year.series, PENS, strict=False):
        known = [(place, point[1]) for place, point in enumerate(series.points) if point]
        place, pence = known[-1] if known else (-1, 0)
        ends.append(
            (
                frame.y(pence) if known else frame.top,
                place,
                colour,
                series.name,
                svg.money(pence) if known else "not known",
            )
        )
    ends.sort(key=lambda end: end[0])
    x = frame.left + PLOT_WIDTH + 12
    tops = _kept_beside(frame, spread([end[0] - LINE for end in ends], [NAME_HEIGHT] * len(ends)))
    for top, (y, place, colour, name, sum_) in zip(tops, ends, strict=True):
        if place >= 0:
            thread = f"M{svg.number(frame.x(place) + 7)} {svg.number(y)}L{svg.number(x - 3)} {svg.number(top + LINE)}"
            yield svg.element("path", d=thread, stroke=colour, stroke_width=0.7, fill="none")
        yield svg.text(
            svg.shortened(name, NAME_ROOM - 12, SIZE, bold=True), x, top + LINE - 3, SIZE, fill=colour, bold=True
        )
        yield svg.text(sum_, x, top + 2 * LINE - 3, SIZE, fill=WORDS)


def _kept_beside(frame: _Frame, tops: list[float]) -> list[float]:
    """The same tops, with none above the plot or below it."""
    first, last = frame.top - LINE / 2, frame.top + PLOT_HEIGHT + LINE / 2
    down = [max(top, first + place * NAME_HEIGHT) for place, top in enumerate(tops)]
    return [min(top, last - (len(tops) - place) * NAME_HEIGHT) for place, top in enumerate(down)]
