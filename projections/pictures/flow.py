"""The flow: from where money began, through funders, pools and schemes, to what it bought, or to where it breaks.

Law: the figures and their entries are handed in, and every one of them is drawn, to one scale, that the legend shows;
nothing is worked out here but where it stands. The same flow is the same bytes.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from projections.pictures import svg
from projections.pictures.bands import OUTCOME_LINE, SIZE, THINNEST, Ribbon, room_for
from projections.pictures.layout import Columns, Stop, arrange, ribbon
from projections.pictures.legend import Key, legend
from projections.pictures.nouns import Band, Flow, Node
from projections.pictures.palette import LOOKS, hatching
from projections.pictures.panels import Panel, panel_of, width_for
from projections.pictures.svg import WORDS

__all__ = ["Band", "Flow", "Node", "drawn"]

MARGIN = 24.0
LEAST_WIDTH = 640.0
LONG = 20
"""More panels than this in one column are brief ones."""
FULLEST, PER_NODE = (360.0, 1200.0), 24.0
"""How high the fullest column's money is drawn: between these two, growing with the nodes of a column."""
BEND, STEEPEST = (64.0, 420.0), 12.0
"""How long a curve is: between these two, growing with the height of the picture."""


def drawn(flow: Flow) -> str:
    """The flow as one SVG that stands alone. Raises Malformed where the flow is none (see `nouns`)."""
    plan = _plan(flow, flow.drawable())
    width = max(LEAST_WIDTH, plan.right + 2 * MARGIN)
    head, top = svg.heading(flow.title, flow.description, MARGIN, width - 2 * MARGIN)
    if not flow.nodes:
        head.append(svg.text("There is nothing to draw.", MARGIN, top, 12, fill=WORDS))
    key = legend(plan.key, width - 2 * MARGIN)
    shift = f"translate({svg.number((width - plan.right) / 2)} {svg.number(top)})"
    foot = f"translate({svg.number(MARGIN)} {svg.number(top + plan.height + MARGIN)})"
    return svg.document(
        flow.title,
        _description(flow, plan),
        width,
        top + plan.height + 2 * MARGIN + key.height,
        hatching(plan.key.states, broken=any(node.sort == "break" for node in flow.nodes)),
        *head,
        svg.element("g", "\n", *plan.bands(), *plan.panels(), transform=shift) if flow.nodes else "",
        svg.element("g", *key.pieces, transform=foot) if key.pieces else "",
    )


@dataclass(frozen=True, slots=True)
class _Plan:
    """Everything with its place: the panels and ribbons, and where each column begins."""

    flow: Flow
    placed: dict[str, tuple[int, Stop, Panel]]
    ribbons: tuple[Ribbon, ...]
    panel_width: float
    begins: tuple[float, ...]
    bend: float
    height: float
    key: Key

    @property
    def right(self) -> float:
        return (self.begins[-1] if self.begins else 0.0) + self.panel_width

    def bands(self) -> list[str]:
        """Every ribbon, the thick ones first, so that a thin one that crosses them is seen."""
        return [self._band(one) + "\n" for one in sorted(self.ribbons, key=lambda one: -one.thickness)]

    def _band(self, one: Ribbon) -> str:
        (first, _, source), (last, _, target) = self.placed[one.band.source], self.placed[one.band.target]
        spans = []
        for column in range(first, last):
            # A ribbon that passes a column crosses the width of its panels in a straight line.
            start, end = self.begins[column] + self.panel_width, self.begins[column + 1]
            spans.append((start, start + self.bend, end))
        return one.drawn(self.flow.href(one.band.entries), one.title(source.node, target.node), spans)

    def panels(self) -> list[str]:
        """Every panel, in the flow's own order."""
        return [
            panel.drawn(self.begins[column], stop, self.flow.href(panel.node.entries)) + "\n"
            for column, stop, panel in self.placed.values()
        ]


def _plan(flow: Flow, bands: tuple[Band, ...]) -> _Plan:
    """Where everything goes."""
    ranks = {column: rank for rank, column in enumerate(sorted({node.column for node in flow.nodes}))}
    scale = _scale(flow, bands)
    columns: Columns = [[] for _ in ranks]
    placed: dict[str, tuple[int, Stop, Panel]] = {}
    crowd = Counter(node.column for node in flow.nodes)
    width = width_for(flow.nodes, brief=max(crowd.values(), default=0) > LONG)
    for node in flow.nodes:
        panel, stop = _stop(node, bands, width, scale, brief=crowd[node.column] > LONG)
        columns[ranks[node.column]].append(stop)
        placed[node.id] = ranks[node.column], stop, panel
    ribbons = []
    for band in bands:
        thickness = _thickness(band, scale)
        source, target = placed[band.source], placed[band.target]
        steps = ribbon(columns, source[:2], target[:2], room_for(band, thickness))
        said = band.pence in (source[2].node.pence, target[2].node.pence)
        ribbons.append(Ribbon(band, thickness, tuple(steps), said))
    height = arrange(columns)
    bend = min(max(height / STEEPEST, BEND[0]), BEND[1])
    begins = _begins(len(ranks), width, bend, [(placed[one.band.target][0], one) for one in ribbons])
    return _Plan(flow, placed, tuple(ribbons), width, begins, bend, height, _key(flow, bands, scale))


def _scale(flow: Flow, bands: tuple[Band, ...]) -> float:
    """Units for a penny: the fullest column is drawn as high as a column with so many panels deserves."""
    columns: dict[int, list[int]] = {}
    for node in flow.nodes:
        columns.setdefault(node.column, []).append(0 if node.sort == "outcome" else _held(node, bands))
    fullest = max(map(sum, columns.values()), default=0)
    tallest = max(map(len, columns.values()), default=0)
    return min(max(PER_NODE * tallest, FULLEST[0]), FULLEST[1]) / fullest if fullest else 0.0


def _held(node: Node, bands: tuple[Band, ...]) -> int:
    """The node's sum, or what its bands bring or take where that is more."""
    came = sum(band.pence for band in bands if band.target == node.id)
    went = sum(band.pence for band in bands if band.source == node.id)
    return max(node.pence, came, went)


def _thickness(band: Band, scale: float) -> float:
    return OUTCOME_LINE if band.state == "outcome" else max(THINNEST, band.pence * scale)


def _stop(node: Node, bands: tuple[Band, ...], width: float, scale: float, *, brief: bool) -> tuple[Panel, Stop]:
    """A node's panel, and a stop that is high enough for its words, its posts and its bands."""
    sides = [[band for band in bands if end(band) == node.id] for end in (_source, _target)]
    money = [sum(_thickness(band, scale) for band in side if band.pence) for side in sides]
    panel = panel_of(node, width, max(THINNEST, node.pence * scale, *money), brief=brief)
    rooms = [sum(room_for(band, _thickness(band, scale)) for band in side) for side in sides]
    return panel, Stop(max(panel.height, panel.post, *rooms))


def _source(band: Band) -> str:
    return band.source


def _target(band: Band) -> str:
    return band.target


def _begins(columns: int, width: float, bend: float, ribbons: list[tuple[int, Ribbon]]) -> tuple[float, ...]:
    """Where each column begins: after a gap for the curves, and for the longest words on a band that arrives there."""
    begins = [0.0]
    for column in range(1, columns):
        words = [svg.width_of(word, SIZE) for target, one in ribbons if target == column for word in one.words]
        begins.append(begins[-1] + width + bend + max(words, default=-4.0) + 24)
    return tuple(begins[:columns])


def _key(flow: Flow, bands: tuple[Band, ...], scale: float) -> Key:
    states = {band.state for band in bands}
    return Key(tuple(state for state in LOOKS if state in states), scale)


def _description(flow: Flow, plan: _Plan) -> str:
    """What is told instead of the picture: the description, how much is in it, and where it is not to scale."""
    told = [flow.description, f"{len(flow.nodes)} nodes and {len(plan.ribbons)} bands."]
    thin = sum(one.band.pence * plan.key.scale < THINNEST for one in plan.ribbons if one.band.pence)
    if thin:
        told.append(f"Bands drawn at the least thickness that can be seen, above their scale: {thin}.")
    breaks = [panel.title for _, _, panel in plan.placed.values() if panel.node.sort == "break"]
    return " ".join([*(part for part in told if part), *breaks])
