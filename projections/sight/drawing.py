"""Drawing: a line of sight as a flow: from where money is from, through who committed it, to what came of it.

Law: every sum of the line is in the picture, in the state that it is in; what nothing covers and what leads to no
outcome are breaks; a handover is none. An outcome band carries a count and no money. Where a column has more nodes than
a page bears the smallest are one node, which names all their entries.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from ledger.events.commitments import CommitmentMade
from ledger.events.grants import GrantConditionsRecorded
from ledger.events.outcomes import OutcomeDefined
from ledger.events.settlements import SettlementAwarded
from ledger.values import Pence
from projections.pictures.nouns import Band, Flow, Node
from projections.sight import findings
from projections.sight.line import GIVEN, UNFUNDED, UNSIGNED, Line, Link, Place, Result, bodies, pool_names
from projections.sight.standing import UNLINKED
from projections.sight.sums import Sum, resting

MOST = 24
"""More nodes than this in one column are more than a page bears."""
GIVER, SOURCE, HANDED, FUNDER, POOL, SPENT, CAME = range(7)
"""The columns, from the left."""
SORTS = {"partner": "funder", "settlement": "origin", "grant": "origin", "administration": "scheme"}


@dataclass(slots=True)
class _Node:
    """A node before its sum is known."""

    column: int
    label: str
    sort: str
    entries: set[int] = field(default_factory=set)


@dataclass(slots=True)
class Sketch:
    """The nodes and bands of a line, by name, before they are drawn."""

    line: Line
    nodes: dict[str, _Node] = field(default_factory=dict)
    bands: dict[tuple[str, str, str, str], Sum] = field(default_factory=dict)
    """By source, target, state and label."""
    back: int = 0
    """What came back beyond what went, in pence: a band cannot be less than nothing."""

    def node(self, name: str, column: int, label: str, sort: str, entries: Iterable[int]) -> str:
        """A node, once; it rests on everything that leads to it and from it."""
        self.nodes.setdefault(name, _Node(column, label, sort)).entries.update(entries)
        return name

    def band(self, source: str, target: str, state: str, pence: int, entries: tuple[int, ...], label: str = "") -> None:
        """So much more from one node to another."""
        one = self.bands.setdefault((source, target, state, label), Sum())
        one.pence += pence
        one.entries.update(entries)


def flow(line: Line, subject: str) -> Flow:
    """The picture of a line of sight."""
    sketch = Sketch(line)
    names = {**pool_names(line.sight), **_schemes(line), **bodies(line.sight)}
    for link in line.links:
        if link.state not in GIVEN:
            _money(sketch, link, names)
    _origins(sketch)
    _results(sketch)
    _breaks(sketch, subject if subject in bodies(line.sight) else None)
    _with_their_schemes(sketch)
    _grouped(sketch)
    return _made(sketch, subject)


def _schemes(line: Line) -> dict[str, str]:
    return {name: one.name for name, one in line.outcomes.schemes.items()}


# -- money ----------------------------------------------------------------------------------------


def _money(sketch: Sketch, link: Link, names: dict[str, str]) -> None:
    """A link from a funder to a pool or contract, or from a pool to what it was spent on."""
    origin = _place(sketch, link.origin, link, names)
    target = _place(sketch, link.to, link, names)
    state, label = _state(link)
    sketch.band(origin, target, state, link.pence, link.entries, label)
    if link.state == UNSIGNED:
        name = f"{link.commitment} is not signed by all"
        node = sketch.node(f"unsigned {link.commitment}", SOURCE, name, "break", link.entries)
        sketch.band(node, origin, state, link.pence, link.entries)
    if link.state == UNLINKED:
        broken = f"no outcome of {target}"
        sketch.node(broken, CAME, f"{_label(link.to, names)} leads to no outcome", "break", link.entries)
        sketch.band(target, broken, state, link.pence, link.entries)


def _place(sketch: Sketch, place: Place, link: Link, names: dict[str, str]) -> str:
    """The node of a place; what nothing covers is from a break."""
    if place == ("partner", UNFUNDED):
        return sketch.node("unfunded", FUNDER, "Beyond every commitment", "break", link.entries)
    what, _ = place
    column = {"partner": FUNDER, "pool": POOL}.get(what, SPENT)
    return sketch.node(" ".join(place), column, _label(place, names), SORTS.get(what, what), link.entries)


def _label(place: Place, names: dict[str, str]) -> str:
    what, name = place
    if what == "administration":
        return "What it costs to run the pool"
    return names.get(name, name)


def _state(link: Link) -> tuple[str, str]:
    """How a link is drawn: its state as a band has it, and what is said beside."""
    state, label = link.settled or link.state, ""
    if state.startswith("not yet, "):
        state, label = state.removeprefix("not yet, "), "not paid yet"
    if state.startswith("clawed back"):
        return "funded", state
    return {"bought": "funded"}.get(state, state), label


# -- where it is from -----------------------------------------------------------------------------


def _origins(sketch: Sketch) -> None:
    """Settlements and grants that the commitments are from, in the states of their money, with their handovers."""
    sight = sketch.line.sight
    given = {(link.origin, link.to[1]) for link in sketch.line.links if link.state in GIVEN}
    terms: dict[Place, tuple[str, str]] = {
        ("settlement", event.settlement): (event.department, event.name) for event, _ in sight.of(SettlementAwarded)
    }
    terms |= {("grant", event.grant): (event.grantor, event.name) for event, _ in sight.of(GrantConditionsRecorded)}
    known, sources = bodies(sight), _sources(sketch.line)
    for link in sketch.line.links:
        source = sources.get(link.commitment)
        if link.state in GIVEN or source is None or (source, link.origin[1]) not in given:
            continue
        giver, name = terms[source]
        state, label = _state(link)
        first = sketch.node(f"giver {giver}", GIVER, known.get(giver, giver), "origin", link.entries)
        second = sketch.node(" ".join(source), SOURCE, name, "origin", link.entries)
        sketch.band(first, second, state, link.pence, link.entries, label)
        last = _handed(sketch, source, link, state, label) or second
        sketch.band(last, " ".join(link.origin), state, link.pence, link.entries, label)


def _sources(line: Line) -> dict[str, Place]:
    """The grant or settlement that each commitment is from."""
    found: dict[str, Place] = {}
    for event, _ in line.sight.of(CommitmentMade):
        source = ("grant", event.grant) if event.grant else ("settlement", event.settlement or "")
        if source[1]:
            found[event.commitment] = source
    return found


def _handed(sketch: Sketch, source: Place, link: Link, state: str, label: str) -> str | None:
    """Where the pound-by-pound line ends: who answers from there, and what is relied on."""
    for one in sketch.line.handovers:
        if (one.source, one.body) == (source, link.origin[1]):
            officer = one.officer or "nobody is named"
            relied = f"{len(one.assurance)} relied on" if one.assurance else "nothing relied on"
            words = f"Handed over, {one.restriction}: {officer}; {relied}"
            handed = sketch.node(
                f"handed over {' '.join(source)} to {one.body}", HANDED, words, "handover", one.entries
            )
            sketch.band(" ".join(source), handed, state, link.pence, link.entries, label)
            return handed
    return None


# -- what came of it ------------------------------------------------------------------------------


def _results(sketch: Sketch) -> None:
    """The outcomes of each scheme and contract: a count, and no money."""
    names = {event.outcome: event.name for event, _ in sketch.line.sight.of(OutcomeDefined)}
    for one in sketch.line.results:
        origin = " ".join(one.of)
        for outcome in one.outcomes if origin in sketch.nodes else ():
            rests = one.entries or tuple(sketch.nodes[origin].entries)
            sketch.node(f"outcome {outcome}", CAME, names.get(outcome, outcome), "outcome", rests)
            sketch.band(origin, f"outcome {outcome}", "outcome", 0, rests, _counted(one))


def _breaks(sketch: Sketch, payer: str | None) -> None:
    """What was paid under contracts without any commitment, and what was paid of which no result is recorded."""
    told = findings.of(sketch.line, payer)
    estimated = {(one.contract, one.payer) for one in told.shown if one.paid.get("estimated")}
    for row in told.rows:
        contract, body = f"contract {row['contract']}", f"partner {row.get('payer')}"
        if not {contract, body} <= sketch.nodes.keys():
            continue
        state = "estimated" if (row["contract"], row["payer"]) in estimated else "unconfirmed"
        if row["finding"] == findings.NO_RESULT:
            words = f"No result is recorded of {row['year']}"
            node = sketch.node(f"{words} {contract}", CAME, words, "break", row["entries"])
            sketch.band(contract, node, state, row["amount"], row["entries"])
        elif row["finding"] == findings.NO_COMMITMENT:
            node = sketch.node("no commitment", SOURCE, "No payer committed anything", "break", row["entries"])
            sketch.band(node, body, "unfunded", row["amount"], row["entries"])


def _with_their_schemes(sketch: Sketch) -> None:
    """A contract that counts the outcomes of a scheme leads to the same outcomes; they are counted once, there."""
    for reference, contract in sketch.line.outcomes.contracts.items():
        name = f"contract {reference}"
        counted = [ends for ends in sketch.bands if ends[0] == f"scheme {contract.scheme}" and ends[2] == "outcome"]
        if name in sketch.nodes and not any(ends[0] == name and ends[2] == "outcome" for ends in sketch.bands):
            for _, target, *_ in counted:
                rests = tuple(sorted(sketch.nodes[name].entries))
                sketch.band(name, target, "outcome", 0, rests, "with its scheme")


def _counted(one: Result) -> str:
    """How many there are; a source's figures are not counts of ours, and only said to be there."""
    if one.verified:
        return f"{one.verified:,} verified"
    if one.claimed:
        return f"{one.claimed:,} claimed"
    return "measured, unverified" if one.measures else "none counted yet"


# -- what a page bears ----------------------------------------------------------------------------


def _grouped(sketch: Sketch) -> None:
    """The smallest nodes of a crowded column become one; crowded outcomes one for each scheme or contract."""
    for column in range(CAME):
        there = _crowd(sketch, column)
        if len(there) > MOST:
            ranked = sorted(there, key=lambda name: -_weights(sketch).get(name, 0))
            _become(sketch, {f"others {column}": ranked[MOST - 1 :]}, "and {} others")
    there = _crowd(sketch, CAME)
    if len(there) > MOST:
        origins: dict[str, list[str]] = {}
        for source, target, state, _ in sketch.bands:
            if state == "outcome" and target in there:
                origins.setdefault(target, []).append(source)
        groups: dict[str, list[str]] = {}
        for outcome, sources in origins.items():
            groups.setdefault(f"several of {' and '.join(dict.fromkeys(sources))}", []).append(outcome)
        _become(sketch, {name: several for name, several in groups.items() if len(several) > 1}, "{} outcomes")


def _crowd(sketch: Sketch, column: int) -> list[str]:
    """The nodes of a column that may be drawn as one: a break never is."""
    return [name for name, node in sketch.nodes.items() if node.column == column and node.sort != "break"]


def _become(sketch: Sketch, groups: dict[str, list[str]], label: str) -> None:
    """Each group of nodes becomes one of that name, with all their bands."""
    for name, members in groups.items():
        first = sketch.nodes[members[0]]
        for member in members:
            one = sketch.nodes.pop(member)
            sketch.node(name, first.column, label.format(len(members)), first.sort, one.entries)
    _merged(sketch, {member: name for name, members in groups.items() for member in members})


def _weights(sketch: Sketch) -> dict[str, int]:
    """How much each node holds: money, or for an outcome how many bands lead to it."""
    found: dict[str, int] = {}
    for (source, target, state, _), one in sketch.bands.items():
        for name in (source, target):
            found[name] = found.get(name, 0) + (1 if state == "outcome" else one.pence)
    return found


def _merged(sketch: Sketch, into: dict[str, str]) -> None:
    """The bands of grouped nodes lead to their group; counts of different outcomes are not added up."""
    bands, sketch.bands = sketch.bands, {}
    kinds: dict[tuple[str, str], list[tuple[str, Sum]]] = {}
    for (source, target, state, label), one in bands.items():
        ends = into.get(source, source), into.get(target, target)
        if state == "outcome":
            kinds.setdefault(ends, []).append((label, one))
        else:
            sketch.band(*ends, state, one.pence, resting(one), label)
    for ends, several in kinds.items():
        labels = {label for label, _ in several}
        label = labels.pop() if len(labels) == 1 else "each counted by itself"
        sketch.band(*ends, "outcome", 0, resting(*(one for _, one in several)), label)


# -- the flow -------------------------------------------------------------------------------------


def _made(sketch: Sketch, subject: str) -> Flow:
    bands = tuple(
        Band(source, target, max(0, one.pence), state, label, resting(one))
        for (source, target, state, label), one in sketch.bands.items()
    )
    sketch.back = -sum(one.pence for one in sketch.bands.values() if one.pence < 0)
    nodes = tuple(
        Node(name, one.column, one.label, one.sort, _held(name, one, bands), tuple(sorted(one.entries)))
        for name, one in sorted(sketch.nodes.items(), key=lambda item: item[1].column)
    )
    return Flow(f"Line of sight: {subject}", _told(sketch), nodes, bands)


def _held(name: str, node: _Node, bands: tuple[Band, ...]) -> int:
    """What a node holds: what comes to it, or goes from it where that is more."""
    came = sum(band.pence for band in bands if band.target == name)
    went = sum(band.pence for band in bands if band.source == name)
    return 0 if node.sort == "outcome" else max(came, went)


BROKEN_SUMS = (
    ("Beyond every commitment", "unfunded"),
    ("Leading to no outcome", "no outcome of "),
    ("Paid, with no result recorded", "No result is recorded of "),
    ("Paid, without any commitment", "no commitment"),
    ("On commitments that are not signed by all", "unsigned "),
)
"""The sorts of break, with how their nodes' names begin."""


def _told(sketch: Sketch) -> str:
    """What is told under the title."""
    said = ["From left to right: where money is from, who committed it, what it was spent on, what came of it."]
    for words, chosen in BROKEN_SUMS:
        broken = [
            one.pence for (*ends, _, _), one in sketch.bands.items() if any(end.startswith(chosen) for end in ends)
        ]
        if broken:
            said.append(f"{words}: {Pence(sum(broken)).spoken}.")
    if sketch.back:
        said.append(f"{Pence(sketch.back).spoken} came back beyond what went the same way, and is not drawn.")
    return " ".join(said)
