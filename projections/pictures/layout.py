"""Where things stand in a flow: columns from left to right, stops in a column, and the steps between them.

Law: nothing in a column overlaps, whatever is asked for. A ribbon that passes a column has a stop of its own there, so
it goes between the others and not behind them. Order and places come from the flow alone, so they are always the same.
The order follows the barycentre method; places are the nearest, by least squares, to those of their neighbours.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

SWEEPS = 8
CLEAR, PASSING = 7.0, 2.0
"""What is kept free above and below a panel, and beside a ribbon that passes."""


@dataclass(slots=True, eq=False)
class Stop:
    """A panel, or the place where a ribbon passes a column."""

    height: float
    clear: float = CLEAR
    top: float = 0.0
    before: list[Step] = field(default_factory=list)
    after: list[Step] = field(default_factory=list)

    @property
    def middle(self) -> float:
        return self.top + self.height / 2


@dataclass(slots=True, eq=False)
class Step:
    """One stretch of a ribbon, from a column to the next; `leaves` and `arrives` are its middle at either end."""

    left: Stop
    right: Stop
    room: float
    leaves: float = 0.0
    arrives: float = 0.0


Columns = list[list[Stop]]


def ribbon(columns: Columns, start: tuple[int, Stop], end: tuple[int, Stop], room: float) -> list[Step]:
    """The steps from one stop to another; in every column between them it gets a stop of its own."""
    stops = [start[1]]
    for column in range(start[0] + 1, end[0]):
        stops.append(Stop(room, PASSING))
        columns[column].append(stops[-1])
    stops.append(end[1])
    steps = [Step(left, right, room) for left, right in pairwise(stops)]
    for step in steps:
        step.left.after.append(step)
        step.right.before.append(step)
    return steps


def arrange(columns: Columns) -> float:
    """Give every stop its place and every step its ends; returns the height of it all."""
    _order(columns)
    for column in columns:
        _settle(column, [0.0] * len(column))
    for sweep in range(SWEEPS):
        _draw_near(columns, forward=sweep % 2 == 0)
    stops = [stop for column in columns for stop in column]
    highest = min((stop.top for stop in stops), default=0.0)
    for stop in stops:
        stop.top -= highest
    for stop in stops:
        _stack(stop)
    return max((stop.top + stop.height for stop in stops), default=0.0)


def spread(wanted: Sequence[float], heights: Sequence[float]) -> list[float]:
    """Tops as near as can be to those wanted, in the same order, none over another.

    Least squares under an order: neighbours that collide are pooled, and stand about their common mean.
    """
    offsets: list[float] = []
    below = 0.0
    for height in heights:
        offsets.append(below)
        below += height
    pools: list[tuple[float, int]] = []
    for want, offset in zip(wanted, offsets, strict=True):
        total, count = want - offset, 1
        while pools and pools[-1][0] * count >= total * pools[-1][1]:
            earlier = pools.pop()
            total, count = total + earlier[0], count + earlier[1]
        pools.append((total, count))
    bases = [total / count for total, count in pools for _ in range(count)]
    return [base + offset for base, offset in zip(bases, offsets, strict=True)]


# -- order --------------------------------------------------------------------------------------


def _order(columns: Columns) -> None:
    """Sweep to and fro, each stop to the mean place of its neighbours, and keep the order that crosses least."""
    best, fewest = [list(column) for column in columns], _crossings(columns)
    for sweep in range(SWEEPS):
        if not fewest:
            break
        forward = sweep % 2 == 0
        for column in columns[1:] if forward else reversed(columns[:-1]):
            places = _places(columns)
            column.sort(key=_barycentre(places, forward=forward))
        if (crossed := _crossings(columns)) < fewest:
            best, fewest = [list(column) for column in columns], crossed
    columns[:] = best


def _places(columns: Columns) -> dict[Stop, float]:
    return {stop: (place + 0.5) / len(column) for column in columns for place, stop in enumerate(column)}


def _barycentre(places: dict[Stop, float], *, forward: bool) -> Callable[[Stop], float]:
    def mean(stop: Stop) -> float:
        near = [step.left for step in stop.before] if forward else [step.right for step in stop.after]
        return sum(places[one] for one in near) / len(near) if near else places[stop]

    return mean


def _crossings(columns: Columns) -> int:
    """How many pairs of steps cross: the inversions between the order on the left and that on the right."""
    places = _places(columns)
    crossed = 0
    for column in columns:
        ends = sorted((places[step.left], places[step.right]) for stop in column for step in stop.after)
        seen: list[float] = []
        for _, right in ends:
            crossed += len(seen) - bisect_right(seen, right)
            insort(seen, right)
    return crossed


# -- places -------------------------------------------------------------------------------------


def _draw_near(columns: Columns, *, forward: bool) -> None:
    for column in columns[1:] if forward else reversed(columns[:-1]):
        wanted = [
            _mean((step.left.middle, step.room) for step in stop.before)
            if forward
            else _mean((step.right.middle, step.room) for step in stop.after)
            for stop in column
        ]
        tops = [stop.top if want is None else want - stop.height / 2 for stop, want in zip(column, wanted, strict=True)]
        _settle(column, tops)


def _settle(column: list[Stop], wanted: list[float]) -> None:
    whole = [stop.height + 2 * stop.clear for stop in column]
    tops = spread([want - stop.clear for want, stop in zip(wanted, column, strict=True)], whole)
    for stop, top in zip(column, tops, strict=True):
        stop.top = top + stop.clear


def _mean(weighted: Iterable[tuple[float, float]]) -> float | None:
    pairs = list(weighted)
    weight = sum(room for _, room in pairs)
    return sum(middle * room for middle, room in pairs) / weight if weight else None


def _stack(stop: Stop) -> None:
    """Lay the steps at either side of a stop one below another about its middle, in the order of where they lead."""
    stop.before.sort(key=lambda step: step.left.middle)
    stop.after.sort(key=lambda step: step.right.middle)
    at = stop.middle - sum(step.room for step in stop.before) / 2
    for step in stop.before:
        step.arrives = at + step.room / 2
        at += step.room
    at = stop.middle - sum(step.room for step in stop.after) / 2
    for step in stop.after:
        step.leaves = at + step.room / 2
        at += step.room
