"""The pictures as SVG: the same bytes, well formed, to scale, each part with its entries, and no words over others."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import Malformed
from projections.pictures import flow, palette, svg, year
from projections.pictures.bands import THINNEST
from projections.pictures.layout import spread
from projections.pictures.nouns import SORTS, STATES, Band, Flow, Node
from projections.pictures.year import Series, Year

TOP = Path(__file__).parent.parent
SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = (
    "<script>alert(1)</script>",
    "</title></svg><svg onload='x'>",
    "]]><!-- & \" ' -->",
    "a\0b\x1bc\x7f\x85",
    "\ud800 alone \uffff",
    "\u202egnp.exe \u2066",
    "{0.__class__} {} %s",
    "\t\n ",
    "",
    "W" * 200,
    "word " * 40,
    "年度予算" * 50,
    "e\u0301" * 200,
)


def case() -> Flow:
    """Council 600,000 and ICB 400,000 into a pool, four schemes of 250,000; the ICB is awaited; 480 verified."""
    nodes = [
        Node("council", 0, "GB-EXAMPLE-COUNCIL", "funder", 60_000_000, (3, 7, 9)),
        Node("icb", 0, "GB-EXAMPLE-ICB", "funder", 40_000_000, (4,)),
        Node("pool", 1, "Prevention", "pool", 100_000_000, (5,)),
        *(Node(f"s{n}", 2, f"Scheme {n}", "scheme", 25_000_000, (10 + n,)) for n in range(4)),
        Node("kept", 3, "Tenancy kept", "outcome", 0, (20,)),
    ]
    bands = [
        Band("council", "pool", 60_000_000, "funded", "", (7,)),
        Band("icb", "pool", 30_000_000, "funded", "three quarters", (4, 8)),
        Band("icb", "pool", 10_000_000, "awaited", "", (4,)),
        *(Band("pool", f"s{n}", 25_000_000, "funded", "", (10 + n, 5)) for n in range(4)),
        Band("s0", "kept", 0, "outcome", "480 verified", (20, 21)),
    ]
    return Flow("Line of sight", "Two partners, four schemes.", tuple(nodes), tuple(bands))


LABELS = st.one_of(st.sampled_from(HOSTILE), st.text(max_size=40))
SUMS = st.one_of(st.integers(0, 100), st.integers(0, 10**8), st.just(10**15))
ENTRIES = st.lists(st.integers(1, 10**6), min_size=1, max_size=50).map(tuple)


@st.composite
def flows(draw: st.DrawFn) -> Flow:
    """Any flow that may be drawn, of at most sixty nodes."""
    count = draw(st.integers(0, 60))
    nodes = [
        Node(str(place), draw(st.integers(-1, 4)), draw(LABELS), draw(st.sampled_from(SORTS)), draw(SUMS), (place + 1,))
        for place in range(count)
    ]
    pairs = [(left, right) for left in nodes for right in nodes if left.column < right.column]
    chosen = draw(st.lists(st.sampled_from(pairs), max_size=60)) if pairs else []
    bands = []
    for left, right in chosen:
        state = draw(st.sampled_from(STATES))
        pence = 0 if state == "outcome" else draw(SUMS)
        bands.append(Band(left.id, right.id, pence, state, draw(LABELS), draw(ENTRIES)))
    return Flow(draw(LABELS), draw(LABELS), tuple(nodes), tuple(bands))


# -- reading what was drawn ---------------------------------------------------------------------


@dataclass(frozen=True)
class Box:
    """Where something stands in the picture."""

    left: float
    top: float
    right: float
    bottom: float
    what: str

    def meets(self, other: Box) -> bool:
        """Whether they overlap by more than the coordinates are rounded by."""
        across = min(self.right, other.right) - max(self.left, other.left)
        upright = min(self.bottom, other.bottom) - max(self.top, other.top)
        return across > 0.2 and upright > 0.2


def tree(picture: str) -> ElementTree.Element:
    """The picture, parsed; we wrote it ourselves, so it is not data from outside."""
    return ElementTree.fromstring(picture)  # noqa: S314


def placed(
    element: ElementTree.Element, x: float = 0, y: float = 0
) -> Iterator[tuple[ElementTree.Element, float, float]]:
    """Every element with how far its groups have moved it."""
    moved = re.fullmatch(r"translate\((\S+) (\S+)\)", element.get("transform", ""))
    x, y = (x + float(moved[1]), y + float(moved[2])) if moved else (x, y)
    yield element, x, y
    for inside in element:
        yield from placed(inside, x, y)


def words(root: ElementTree.Element) -> list[Box]:
    """The box of every line of words, from the SVG alone and the widths of a wide font."""
    found = []
    for one, x, y in placed(root):
        if one.tag == SVG + "text" and one.text:
            size, line = int(one.get("font-size", "")), one.text
            width = float(one.get("textLength") or svg.width_of(line, size, bold=one.get("font-weight") == "bold"))
            part = {"start": 0.0, "middle": 0.5, "end": 1.0}[one.get("text-anchor", "")]
            left, base = x + float(one.get("x", 0)) - part * width, y + float(one.get("y", 0))
            found.append(Box(left, base - 0.75 * size, left + width, base + 0.22 * size, line))
    return found


def links(root: ElementTree.Element, tag: str) -> list[ElementTree.Element]:
    """The panels (of `rect`) or the bands (of `path`): what follows the title is the shape."""
    return [one for one in root.iter(SVG + "a") if one[1].tag == SVG + tag]


def panels(root: ElementTree.Element) -> list[Box]:
    boxes = []
    for one, x, y in placed(root):
        if one.tag == SVG + "a" and one[1].tag == SVG + "rect":
            left, top, width, height = (float(one[1].get(name, 0)) for name in ("x", "y", "width", "height"))
            boxes.append(Box(x + left, y + top, x + left + width, y + top + height, one[0].text or ""))
    return boxes


def thickness(band: ElementTree.Element) -> float:
    """How thick a band is where it begins: between the first point of its path and the last."""
    if band[1].get("fill") == "none":
        return float(band[1].get("stroke-width", ""))
    numbers = [float(found) for found in re.findall(r"-?[\d.]+", band[1].get("d", ""))]
    return numbers[-1] - numbers[1]


def colours(root: ElementTree.Element) -> Iterator[tuple[str, str]]:
    """Every colour that is drawn with, and the element's tag."""
    for one in root.iter():
        for name in ("fill", "stroke"):
            if (colour := one.get(name, "none")) != "none" and not colour.startswith("url("):
                yield one.tag.removeprefix(SVG), colour


def contrast(one: str, other: str) -> float:
    """WCAG 2.2: the relative luminance of both, the lighter over the darker."""
    dark, light = sorted(map(luminance, (one, other)))
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


# -- the flow -----------------------------------------------------------------------------------


def test_the_same_flow_is_the_same_bytes_in_every_process() -> None:
    code = "from tests.test_pictures import *; print(flow.drawn(case()) + year.drawn(a_year()), end='')"
    runs = [
        subprocess.run(
            [sys.executable, "-c", code],
            cwd=TOP,
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": str(TOP), "PYTHONIOENCODING": "utf-8"},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    ]
    assert runs[0] == runs[1] == (flow.drawn(case()) + year.drawn(a_year())).encode()


def test_the_picture_stands_alone_and_has_a_name_and_a_description() -> None:
    picture = flow.drawn(case())
    root = tree(picture)
    title, description = root[0], root[1]
    assert root.get("role") == "img"
    assert root.get("aria-labelledby") == f"{title.get('id')} {description.get('id')}"
    assert (title.text, description.text) == ("Line of sight", "Two partners, four schemes. 8 nodes and 8 bands.")
    assert {one.tag.removeprefix(SVG) for one in root.iter()} <= {
        *("svg", "title", "desc", "defs", "pattern", "g", "a", "rect", "path", "circle", "text")
    }
    assert not re.search(r"href=\"(?!#entry-)|url\((?!#)|<!|<\?|\bon\w+=", picture)
    assert not re.search(r"\d\.\d\d", re.sub(r">[^<]*<", "><", picture)), "a coordinate has two decimals"


def test_every_node_and_band_leads_to_its_first_entry_and_names_them_all() -> None:
    root = tree(flow.drawn(case()))
    nodes = {one[0].text: one.get("href") for one in links(root, "rect")}
    bands = {one[0].text: one.get("href") for one in links(root, "path")}
    assert (len(nodes), len(bands)) == (8, 8)
    assert nodes["Funder: GB-EXAMPLE-COUNCIL. £600,000.00, entries 3, 7, 9"] == "#entry-3"
    assert nodes["Outcome: Tenancy kept. entry 20"] == "#entry-20"
    assert bands["GB-EXAMPLE-ICB to Prevention: three quarters, £300,000.00, funded, entries 4, 8"] == "#entry-4"
    assert bands["Scheme 0 to Tenancy kept: 480 verified, outcome, entries 20, 21"] == "#entry-20"


def test_a_link_may_lead_to_a_page() -> None:
    assert 'href="/entries/20?of=a&amp;b"' in flow.drawn(replace(case(), link="/entries/{}?of=a&b"))


def test_an_outcome_is_a_count_and_never_a_sum() -> None:
    root = tree(flow.drawn(case()))
    outcome = next(one for one in links(root, "rect") if "Tenancy" in (one[0].text or ""))
    assert not [one.text for one in outcome.iter(SVG + "text") if "£" in (one.text or "")]
    shown = [one.text for one in links(root, "path")[-1].iter(SVG + "text")]
    assert shown == ["480 verified"]


def test_what_is_nothing_is_not_drawn() -> None:
    given = case()
    nothing = Band("council", "s0", 0, "unfunded", "nothing", (30,))
    assert flow.drawn(replace(given, bands=(*given.bands, nothing))) == flow.drawn(given)


def test_a_sum_too_small_to_be_seen_is_seen_and_the_picture_says_so() -> None:
    given = case()
    small = Band("council", "s0", 1, "conditional", "a penny", (30,))
    root = tree(flow.drawn(replace(given, bands=(*given.bands, small))))
    penny = next(one for one in links(root, "path") if "a penny" in (one[0].text or ""))
    assert thickness(penny) == THINNEST
    assert (root[1].text or "").endswith("at the least thickness that can be seen, above their scale: 1.")


def test_a_break_says_so_in_its_panel_and_in_the_description() -> None:
    given = case()
    broken = Node("gap", 3, "Beyond every commitment", "break", 5_000_000, (31, 32))
    unfunded = Band("pool", "gap", 5_000_000, "unfunded", "", (31,))
    root = tree(flow.drawn(replace(given, nodes=(*given.nodes, broken), bands=(*given.bands, unfunded))))
    panel = next(one for one in links(root, "rect") if "Beyond" in (one[0].text or ""))
    assert (panel[1].get("fill"), panel[1].get("stroke-dasharray")) == ("url(#hatch-break)", "9 4")
    assert next(panel.iter(SVG + "text")).text == "BREAK"
    assert "BREAK: Beyond every commitment. £50,000.00, entries 31, 32" in (root[1].text or "")


def test_the_legend_tells_the_states_that_occur_and_no_other() -> None:
    told = {one.text for one in tree(flow.drawn(case())).iter(SVG + "text")}
    states = {state for state in STATES if palette.LOOKS[state].says in told}
    assert states == {"funded", "awaited", "outcome"}
    assert "Scale: so high is £50,000.00" in told


@pytest.mark.parametrize("count", [0, 1, 60])
def test_nothing_one_node_and_sixty_are_drawn(count: int) -> None:
    nodes = tuple(Node(str(n), n % 3, f"Node {n}", SORTS[n % 8], n * 1000, (n + 1,)) for n in range(count))
    root = tree(flow.drawn(Flow("Some", "", nodes, ())))
    assert len(links(root, "rect")) == count
    assert bool(count) != ("There is nothing to draw." in {one.text for one in root.iter(SVG + "text")})


@given(flows())
def test_no_words_and_no_panels_overlap_and_all_are_inside(drawable: Flow) -> None:
    root = tree(flow.drawn(drawable))
    lines, boxes = words(root), panels(root)
    assert not [(one.what, other.what) for one, other in combinations(lines, 2) if one.meets(other)]
    assert not [(one.what, other.what) for one, other in combinations(boxes, 2) if one.meets(other)]
    wide, high = float(root.get("width", "")), float(root.get("height", ""))
    whole = Box(0, 0, wide, high, "")
    for one in [*lines, *boxes]:
        assert whole.left <= one.left <= one.right <= whole.right, one
        assert whole.top <= one.top <= one.bottom <= whole.bottom, one
    for panel, drawn in zip(boxes, links(root, "rect"), strict=True):
        own = {line.text for line in drawn.iter(SVG + "text")}
        met = [line for line in lines if line.meets(panel)]
        assert {line.what for line in met} <= own
        assert all(panel.left < line.left and line.right < panel.right for line in met), panel.what


@given(flows())
def test_equal_sums_are_equally_thick(drawable: Flow) -> None:
    root = tree(flow.drawn(drawable))
    shown = sorted((band for band in drawable.drawable()), key=lambda band: band.pence)
    assert len(links(root, "path")) == len(shown)
    drawn = sorted(thickness(one) for one in links(root, "path") if "outcome, entr" not in (one[0].text or ""))
    sums = [band.pence for band in shown if band.pence]
    assert len(drawn) == len(sums)
    if sums:
        scale = drawn[-1] / sums[-1]
        for pence, thick in zip(sums, drawn, strict=True):
            assert abs(thick - max(THINNEST, pence * scale)) < 0.25, (pence, thick)


@given(flows())
def test_every_link_names_its_entries(drawable: Flow) -> None:
    for one in tree(flow.drawn(drawable)).iter(SVG + "a"):
        assert re.search(r"entr(y \d+|ies \d+(, \d+)+( and [\d,]+ more)?)$", one[0].text or "")
        assert re.fullmatch(r"#entry-\d+", one.get("href", ""))


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_words_are_words(hostile: str) -> None:
    given = case()
    nodes = tuple(replace(node, label=hostile) for node in given.nodes)
    bands = tuple(replace(band, label=hostile) for band in given.bands)
    ours = {one.tag for one in tree(flow.drawn(given)).iter()}
    picture = flow.drawn(Flow(hostile, hostile, nodes, bands, hostile))
    assert {one.tag for one in tree(picture).iter()} <= ours
    assert picture.encode()
    root = tree(year.drawn(Year(hostile, hostile, (hostile,), (Series(hostile, ((hostile, 1),)),))))
    assert svg.plain(hostile) == (root[0].text or "")


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"source": "nobody"}, "ends at a node that is not there"),
        ({"target": "council"}, "does not lead to a later column"),
        ({"state": "spent"}, "is none of funded"),
        ({"pence": -1}, "a sum below nothing"),
        ({"state": "outcome"}, "no outcome is divided"),
        ({"entries": ()}, "names no entry"),
    ],
)
def test_a_band_that_cannot_be_is_refused(change: dict[str, object], why: str) -> None:
    given = case()
    with pytest.raises(Malformed, match=why):
        flow.drawn(replace(given, bands=(replace(given.bands[0], **change),)))


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"id": "icb"}, "two nodes are called 'icb'"),
        ({"sort": "place"}, "is none of origin"),
        ({"pence": -1}, "a sum below nothing"),
        ({"entries": ()}, "names no entry"),
    ],
)
def test_a_node_that_cannot_be_is_refused(change: dict[str, object], why: str) -> None:
    given = case()
    with pytest.raises(Malformed, match=why):
        flow.drawn(replace(given, nodes=(*given.nodes, replace(given.nodes[0], **{"id": "another", **change}))))


@given(st.lists(st.tuples(st.floats(-1e4, 1e4), st.floats(1, 500)), max_size=30))
def test_what_is_spread_keeps_its_order_and_does_not_overlap(asked: list[tuple[float, float]]) -> None:
    heights = [height for _, height in asked]
    tops = spread([top for top, _ in asked], heights)
    for place in range(1, len(tops)):
        assert tops[place] >= tops[place - 1] + heights[place - 1] - 1e-6


def test_what_stands_apart_already_is_not_moved() -> None:
    assert spread([0.0, 50.0, 200.0], [40.0, 40.0, 40.0]) == [0.0, 50.0, 200.0]


def test_thirty_counts_that_arrive_at_one_outcome_are_all_read() -> None:
    contracts = [Node(f"c{n}", 0, f"Contract {n}", "contract", 100, (n + 1,)) for n in range(30)]
    bands = [Band(f"c{n}", "kept", 0, "outcome", f"{n} verified", (n + 1,)) for n in range(30)]
    outcome = Node("kept", 1, "Tenancy kept", "outcome", 0, (40,))
    lines = words(tree(flow.drawn(Flow("Thirty", "", (*contracts, outcome), tuple(bands)))))
    assert {f"{n} verified" for n in range(30)} <= {line.what for line in lines}
    assert not [(one.what, other.what) for one, other in combinations(lines, 2) if one.meets(other)]


def test_nodes_are_put_in_the_order_that_crosses_least() -> None:
    nodes = [Node(f"{side}{n}", side, f"{side}{n}", "scheme", 100, (1,)) for side in (0, 1) for n in range(6)]
    bands = [Band(f"0{n}", f"1{5 - n}", 100, "funded", f"band {n}", (1,)) for n in range(6)]
    boxes = {box.what[8:10]: box.top for box in panels(tree(flow.drawn(Flow("Six", "", tuple(nodes), tuple(bands)))))}
    assert [boxes[f"1{5 - n}"] for n in range(6)] == [boxes[f"0{n}"] for n in range(6)]


def test_bands_leave_and_arrive_in_the_order_of_where_they_lead() -> None:
    starts, ends = {}, {}
    for band in links(tree(flow.drawn(case())), "path")[:-1]:
        source, _, rest = (band[0].text or "").partition(" to ")
        points = [float(found) for found in re.findall(r"-?[\d.]+", band[1].get("d", ""))]
        starts[source, rest], ends[source, rest] = points[1], points[9]
    arriving = sorted((top, source) for (source, rest), top in ends.items() if rest.startswith("Prevention"))
    assert [source for _, source in arriving] == ["GB-EXAMPLE-COUNCIL", "GB-EXAMPLE-ICB", "GB-EXAMPLE-ICB"]
    schemes = [key for key in starts if key[0] == "Prevention"]
    assert sorted(schemes, key=lambda key: starts[key]) == sorted(schemes, key=lambda key: ends[key])


def test_a_band_that_passes_a_column_goes_between_its_panels() -> None:
    between = [Node(f"b{n}", 1, f"Between {n}", "scheme", 1000, (1,)) for n in range(7)]
    nodes = (Node("a", 0, "From", "pool", 9000, (1,)), *between, Node("z", 2, "To", "outcome", 9000, (1,)))
    bands = [Band("a", f"b{n}", 1000, "funded", "", (1,)) for n in range(7)]
    passing = Band("a", "z", 2000, "awaited", "passes", (1,))
    root = tree(flow.drawn(Flow("Passing", "", nodes, (*bands, passing))))
    boxes = [box for box in panels(root) if "Between" in box.what]
    lines = [(one, x, y) for one, x, y in placed(root) if one.tag == SVG + "a" and "passes" in (one[0].text or "")]
    (band, right, down), *_ = lines
    numbers = [float(found) for found in re.findall(r"-?[\d.]+", band[1].get("d", ""))]
    points = [(x + right, y + down) for x, y in zip(numbers[::2], numbers[1::2], strict=True)]
    inside = [(x, y) for x, y in points for box in boxes if box.left <= x <= box.right and box.top < y < box.bottom]
    assert len(boxes) == 7
    assert not inside


# -- colours ------------------------------------------------------------------------------------


def test_words_and_shapes_are_seen_on_white() -> None:
    given = case()
    nodes = tuple(replace(node, sort=sort) for node, sort in zip(given.nodes, SORTS, strict=True))
    states = [state for state in STATES if state != "outcome"] + ["funded"]
    bands = tuple(replace(band, state=state) for band, state in zip(given.bands, states, strict=False))
    every = Flow("All", "All", nodes, (*bands, given.bands[-1]))
    for picture in (flow.drawn(every), year.drawn(a_year())):
        for tag, colour in colours(tree(picture)):
            if colour != svg.PAPER:
                assert contrast(colour, svg.PAPER) >= (4.5 if tag == "text" else 3.0), (tag, colour)


def test_black_on_white_is_twenty_one_to_one() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)


def test_no_two_states_differ_by_colour_alone() -> None:
    def grey(state: str) -> tuple[object, ...]:
        look = palette.LOOKS[state]
        return tuple(re.sub(r"#\w{6}", "", mark) for mark in look.hatching), look.turned

    shapes = [grey(state) for state in STATES if state != "outcome"]  # an outcome is a line, and the rest are areas
    assert len(set(shapes)) == len(shapes)
    dashes = [palette.LOOKS[state].dash for state in STATES if state != "outcome"]
    assert len(set(dashes)) == len(dashes)
    assert len({dash for _, dash, _ in year.PENS}) == len({mark for *_, mark in year.PENS}) == len(year.PENS)


# -- words --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pence", "written"), [(144_712_000, "£1,447,120.00"), (0, "£0.00"), (5, "£0.05"), (-123_456, "-£1,234.56")]
)
def test_a_sum_is_written_as_people_read_it(pence: int, written: str) -> None:
    assert svg.money(pence) == written


def test_many_entries_are_counted_after_the_first_forty() -> None:
    assert svg.naming(range(1, 1042)).endswith("38, 39, 40 and 1,001 more")


@given(LABELS, st.floats(30, 400), st.integers(1, 4))
def test_lines_keep_to_their_room(label: str, room: float, most: int) -> None:
    lines = [*svg.wrapped(label, room, 12, most=most), svg.clipped(label, room, 12), svg.shortened(label, room, 12)]
    assert len(lines) <= most + 2
    assert all(svg.width_of(line, 12) <= room for line in lines)


def test_a_name_keeps_its_beginning_and_its_end() -> None:
    assert svg.clipped("GB-EXAMPLE-AUTHORITY-OF-SOMEWHERE-78", 160, 12) == "GB-EXAMP…WHERE-78"
    assert svg.wrapped("Prevention pool 2026-27", 140, 12, most=3) == ["Prevention pool", "2026-27"]


# -- the year -----------------------------------------------------------------------------------

QUARTERS = ("Quarter 1", "Quarter 2", "Quarter 3", "Quarter 4")


def a_year(**change: Series) -> Year:
    lines = {
        "Planned": Series("Planned", tuple((quarter, 25_000_000 * n) for n, quarter in enumerate(QUARTERS, 1))),
        "Received": Series("Received", (("Quarter 1", 30_000_000), None, ("Quarter 3", 60_000_000))),
        "Spent": Series("Spent", (("Quarter 1", 20_000_000), ("Quarter 2", 45_000_000))),
        **change,
    }
    return Year("The year", "Planned, received and spent.", QUARTERS, tuple(lines.values()))


def series_of(root: ElementTree.Element, name: str) -> ElementTree.Element:
    return next(one for one in root.iter(SVG + "g") if len(one) and one[0].text == name)


def test_a_point_that_is_missing_is_a_gap() -> None:
    root = tree(year.drawn(a_year()))
    received = series_of(root, "Received")
    assert [one[0].text for one in received if len(one)] == [
        "Received, Quarter 1: £300,000.00",
        "Received, Quarter 3: £600,000.00",
    ]
    assert not [one for one in received if one.tag == SVG + "path"], "no line is drawn across the gap"
    spent = series_of(root, "Spent")
    assert len(re.findall("[ML]", spent[1].get("d", ""))) == 2
    assert (root[1].text or "").endswith("Received: £600,000.00 at Quarter 3. Spent: £450,000.00 at Quarter 2.")


def test_a_line_of_which_nothing_is_known_is_named_and_not_drawn() -> None:
    root = tree(year.drawn(a_year(Spent=Series("Spent", (None, None)))))
    assert len(series_of(root, "Spent")) == 1
    assert "Spent: not known." in (root[1].text or "")


def test_the_axis_has_round_pounds_and_the_points_stand_by_them() -> None:
    root = tree(year.drawn(a_year()))
    ticks = {one.text: float(one.get("y", "")) for one in root.iter(SVG + "text") if one.get("text-anchor") == "end"}
    assert list(ticks) == ["£0", "£200,000", "£400,000", "£600,000", "£800,000", "£1,000,000"]
    planned = [float(one.get("cy", "")) for one in series_of(root, "Planned").iter(SVG + "circle")]
    assert planned[-1] == pytest.approx(ticks["£1,000,000"] - 4, abs=0.11)
    assert (planned[1] - planned[3]) == pytest.approx((ticks["£0"] - ticks["£1,000,000"]) / 2, abs=0.2)


SOME_POINTS = st.lists(st.none() | st.integers(-(10**12), 10**12) | st.integers(-100, 100), max_size=24)


@given(st.lists(SOME_POINTS, max_size=6), st.lists(LABELS, min_size=24, max_size=24), st.lists(LABELS, min_size=6))
def test_no_words_of_a_year_overlap(points: list[list[int | None]], labels: list[str], names: list[str]) -> None:
    lines = [
        Series(
            name, tuple(None if pence is None else (label, pence) for pence, label in zip(line, labels, strict=False))
        )
        for name, line in zip(names, points, strict=False)
    ]
    root = tree(year.drawn(Year("A year", "", tuple(labels), tuple(lines))))
    boxes = words(root)
    assert not [(one.what, other.what) for one, other in combinations(boxes, 2) if one.meets(other)]
    assert all(box.left >= 0 and box.right <= float(root.get("width", "")) for box in boxes)
    assert all(box.top >= 0 and box.bottom <= float(root.get("height", "")) for box in boxes)


def test_a_point_below_no_label_is_refused() -> None:
    with pytest.raises(Malformed, match="stands below no label"):
        year.drawn(a_year(Spent=Series("Spent", (("Quarter 2", 1),))))
    with pytest.raises(Malformed, match="stands below no label"):
        year.drawn(a_year(Spent=Series("Spent", (None, None, None, None, None))))


def test_more_lines_than_nobody_confuses_are_refused() -> None:
    with pytest.raises(Malformed, match="7 lines, and only 6"):
        year.drawn(a_year(**{str(n): Series(str(n), ()) for n in range(4)}))
