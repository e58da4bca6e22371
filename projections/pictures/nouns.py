"""What a flow is made of: nodes that hold sums, and the bands between them.

Law: every node and every band names the entries that it rests on; what names none is refused, and so is a band that
leads nowhere or back. An outcome band carries no money, because outcomes are never divided: it is a line and a count.
"""

from __future__ import annotations

from dataclasses import dataclass

from ledger.errors import Malformed
from projections.pictures.palette import LOOKS

SORTS = ("origin", "funder", "pool", "scheme", "contract", "outcome", "handover", "break")
STATES = tuple(LOOKS)


@dataclass(frozen=True, slots=True)
class Node:
    """Where money stands, in a column from the left; the sum is in pence. An outcome shows no sum."""

    id: str
    column: int
    label: str
    sort: str
    pence: int
    entries: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Band:
    """What goes from one node to another, further right. Of nothing, nothing is drawn."""

    source: str
    target: str
    pence: int
    state: str
    label: str
    entries: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Flow:
    """A whole picture; in `link`, the braces stand for the number of an entry."""

    title: str
    description: str
    nodes: tuple[Node, ...]
    bands: tuple[Band, ...]
    link: str = "#entry-{}"

    def href(self, entries: tuple[int, ...]) -> str:
        """The way to the first of these entries."""
        return self.link.replace("{}", str(entries[0]))

    def drawable(self) -> tuple[Band, ...]:
        """The bands that are drawn. Raises Malformed where the flow breaks the law of this page."""
        nodes: dict[str, Node] = {}
        for node in self.nodes:
            _check(node.id not in nodes, f"two nodes are called {node.id!r}")
            _check(node.sort in SORTS, f"node {node.id!r} is a {node.sort!r}, which is none of {', '.join(SORTS)}")
            _check(node.pence >= 0, f"node {node.id!r} has a sum below nothing")
            _check(bool(node.entries), f"node {node.id!r} names no entry")
            nodes[node.id] = node
        for band in self.bands:
            _check_band(band, nodes)
        return tuple(band for band in self.bands if band.pence or band.state == "outcome")


def _check_band(band: Band, nodes: dict[str, Node]) -> None:
    name = f"the band from {band.source!r} to {band.target!r}"
    _check(band.source in nodes and band.target in nodes, f"{name} ends at a node that is not there")
    _check(nodes[band.source].column < nodes[band.target].column, f"{name} does not lead to a later column")
    _check(band.state in STATES, f"{name} is {band.state!r}, which is none of {', '.join(STATES)}")
    _check(band.pence >= 0, f"{name} has a sum below nothing")
    _check(band.state != "outcome" or not band.pence, f"{name} carries money, and no outcome is divided")
    _check(bool(band.entries), f"{name} names no entry")


def _check(holds: bool, why: str) -> None:
    if not holds:
        raise Malformed(why, where="flow", next_step="mend the view that made this flow: nothing was drawn")
