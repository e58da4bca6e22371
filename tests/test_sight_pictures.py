"""The pictures and papers of the line of sight: what is drawn is what the links say, and every paper is accessible."""

from __future__ import annotations

import re
import subprocess
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given as every
from hypothesis import settings
from hypothesis import strategies as st

from commands import reports, sight
from ledger.values import FinancialYear
from projections.papers import page, typeset
from projections.papers.paper import Paper, Section
from projections.pictures import flow as flows
from projections.pictures.nouns import Flow
from projections.sight import annex, drawing
from projections.sight import line as lines
from tests.rules import CHARITY, ICB_CFO, given, partners, pool, scheme
from tests.rules.drawing import day, promises, spends
from tests.rules.paying import BODIES, claims, contract, payer, rate, terms, verifies
from tests.rules.paying import grants as approves_payment
from tests.rules.test_assurance import assesses, relies
from tests.rules.test_contributions import falls_due
from tests.rules.test_grants import gives
from tests.rules.test_outcomes import defines
from tests.rules.test_settlements import DEPARTMENT
from tests.sight_histories import POOL
from tests.story import COUNCIL, ICB, POLICE, World
from tests.test_papers import browser
from tests.test_sight import SERVES, arrives, sight_of
from tests.test_sight_histories import lived
from tests.test_year_end import KNOWN

FOOTING = "As at entry 40, root ab; verified by this program on the log's own bytes."


def a_place() -> World:
    """A grant without a ring-fence, money awaited, a scheme without an outcome, an overspend, and verified outcomes."""
    named = [payer(COUNCIL, "60", pool="prevention", scheme="S-1"), payer(POLICE, "40")]
    agreed = terms(payers=named, rates=[rate(price="125000.00", outcome="O-1")])
    everybody = (partners(ICB, CHARITY, POLICE, DEPARTMENT), *BODIES[1:])
    world = given(*everybody, defines(), pool(COUNCIL, ICB), scheme(**SERVES), scheme("S-2"))
    world.given(gives("G-1", to=COUNCIL, conditions=[], restriction="none", profile=profile("250000.00")))
    world.given(relies(grant="G-1"), contract("K-1", agreed, scheme="S-1"), day("2027-05-20"))
    world.given(promises("C", "350000.00"), promises("G", "250000.00", grant="G-1"))
    world.given(promises("B", "400000.00", by=ICB_CFO), falls_due("I-1", "300000.00", commitment="B"))
    world.given(
        arrives("I-1", "250000.00", "2026-09-01"), claims("N-1", 4, occurred_on="2027-03-01"), verifies("N-1", 4)
    )
    world.given(approves_payment("P-1", {COUNCIL: "300000.00", POLICE: "200000.00"}, 4, occurred_on="2027-03-20"))
    return world.given(spends("X-1", "480000.00"), spends("X-2", "250000.00", scheme="S-2"))


def profile(amount: str) -> list[dict[str, str]]:
    """A sum of one year."""
    from tests.story import line

    return [line(amount)]


def drawn(world: World, subject: str) -> Flow:
    """The flow of a subject."""
    with sight_of(world) as seen:
        return drawing.flow(lines.seen(seen, subject), subject)


# -- what is drawn ----------------------------------------------------------------------------------


def test_every_sum_of_the_line_is_drawn_in_its_state() -> None:
    world = a_place()
    with sight_of(world) as seen:
        line = lines.seen(seen, "prevention")
        picture = drawing.flow(line, "prevention")
        there = Counter[str]()
        for link in line.links:
            if link.to[0] == "pool":
                there[link.state] += link.pence
    shown = Counter[str]()
    for band in picture.bands:
        if band.target == "pool prevention":
            shown[band.state] += band.pence
    assert shown == there
    assert set(there) == {"funded", "awaited", "unfunded"}
    assert sum(there.values()) == 1_030_000_00


def test_a_break_is_a_node_and_so_is_what_leads_to_no_outcome() -> None:
    picture = drawn(a_place(), "prevention")
    broken = {node.label: node.pence for node in picture.nodes if node.sort == "break"}
    assert broken == {"Beyond every commitment": 30_000_00, "Falls leads to no outcome": 250_000_00}
    assert "Beyond every commitment: GBP 30,000.00. Leading to no outcome: GBP 250,000.00." in picture.description
    with sight_of(a_place()) as seen:
        assert sorted(lines.breaks(lines.seen(seen, "prevention"))) == [
            "GBP 250,000.00 of scheme S-2 leads to no outcome",
            "GBP 30,000.00 of scheme S-2 is beyond every commitment",
        ]


def test_an_outcome_is_a_count_and_carries_no_money() -> None:
    bands = [band for band in drawn(a_place(), "prevention").bands if band.state == "outcome"]
    assert {(band.source, band.target, band.label, band.pence) for band in bands} == {
        ("scheme S-1", "outcome O-1", "4 verified", 0),
        ("contract K-1", "outcome O-1", "with its scheme", 0),
    }


def test_where_money_is_from_and_where_its_line_ends() -> None:
    """The grant without a ring-fence is handed over to the council, between the grant and the council's commitment."""
    picture = drawn(a_place(), COUNCIL)
    (handed,) = (node for node in picture.nodes if node.sort == "handover")
    came = [band for band in picture.bands if band.target == handed.id]
    went = [band for band in picture.bands if band.source == handed.id]
    assert {band.source for band in came} == {"grant G-1"}
    assert {band.target for band in went} == {f"partner {COUNCIL}"}
    assert sum(band.pence for band in came) == sum(band.pence for band in went) == 250_000_00
    assert "1 relied on" in handed.label


def test_what_is_not_drawn_yet_is_drawn_as_such() -> None:
    world = given(partners(ICB), pool(COUNCIL, ICB), scheme(), day("2027-05-20"), promises("C", "100.00"))
    (band,) = drawn(world, "prevention").bands
    assert (band.state, band.pence) == ("undrawn", 100_00)


def test_the_smallest_of_many_are_one_node_that_names_all_their_entries() -> None:
    names = [f"S-{number:02}" for number in range(drawing.MOST + 6)]
    world = given(partners(ICB), pool(COUNCIL, ICB), *(scheme(name, by_design="By design") for name in names))
    world.given(day("2027-05-20"), promises("C", "90000.00"))
    for number, name in enumerate(names, 1):
        world.given(spends(f"X-{name}", f"{number}.00", scheme=name))
    picture = drawn(world, "prevention")
    schemes = {node.id: node for node in picture.nodes if node.sort == "scheme"}
    assert len(schemes) == drawing.MOST
    others = next(node for node in schemes.values() if node.label == "and 7 others")
    assert others.pence == sum(range(1, 8)) * 100
    spent = {len(world.lines) - len(names) + number for number in range(1, 8)}
    assert spent <= set(others.entries)
    assert sum(node.pence for node in schemes.values()) == sum(range(1, len(names) + 1)) * 100


def test_crowded_outcomes_are_one_node_for_each_scheme() -> None:
    names = [f"O-{number}" for number in range(1, drawing.MOST + 4)]
    world = given(partners(ICB), *(defines(outcome=name) for name in names), pool(COUNCIL, ICB))
    world.given(scheme("S-1", outcomes=names[:-1]), scheme("S-2", outcomes=names[-1:]), day("2027-05-20"))
    world.given(promises("C", "100.00"), spends("X-1", "10.00"), spends("X-2", "10.00", scheme="S-2"))
    picture = drawn(world, "prevention")
    assert {node.label for node in picture.nodes if node.sort == "outcome"} == {
        f"{drawing.MOST + 2} outcomes",
        "Readiness for school",
    }
    assert [band.label for band in picture.bands if band.state == "outcome"] == ["none counted yet"] * 2


@every(st.integers(0, 2**32), st.integers(1, 20))
@settings(max_examples=15, deadline=None)
def test_every_line_of_every_history_can_be_drawn(seed: int, length: int) -> None:
    world = lived(seed, length).world
    for subject in (POOL, COUNCIL, ICB):
        picture = drawn(world, subject)
        ElementTree.fromstring(flows.drawn(picture))  # noqa: S314 our own
        assert flows.drawn(picture) == flows.drawn(drawn(world, subject))


# -- the annex --------------------------------------------------------------------------------------


def test_the_annex_names_the_route_who_answers_and_what_is_relied_on() -> None:
    with sight_of(a_place()) as seen:
        rows = annex.rows(lines.seen(seen, COUNCIL))
    funds = {row["fund"]: row for row in rows if row["route"].startswith("pool")}
    granted = next(row for fund, row in funds.items() if fund.startswith("grant G-1"))
    assert (str(granted["amount"]), granted["restriction"]) == ("250000.00", "none")
    assert (
        granted["route"] == "pool prevention, Prevention pool: Children Act 2004, section 10; host GB-EXAMPLE-COUNCIL"
    )
    assert granted["answerable_officer"] == "section 151 officer (GB-EXAMPLE-COUNCIL/s151)"
    assert granted["assurance"].startswith("audit-opinion: ")
    assert funds[annex.OWN]["assurance"] == annex.NOTHING


def test_the_annex_shows_what_the_answerable_officer_judged() -> None:
    world = a_place().given(assesses(pool="prevention"))
    with sight_of(world) as seen:
        rows = annex.rows(lines.seen(seen, "prevention"))
        said = annex.sentences(lines.seen(seen, "prevention"))
    own = next(row for row in rows if row["body"] and COUNCIL in row["body"] and row["fund"] == annex.OWN)
    assert "assessed: regularity met" in own["assurance"]
    assert [row["fund"] for row in rows if row["body"] is None] == ["beyond every commitment"]
    assert "BREAK: GBP 250,000.00 of scheme S-2 leads to no outcome." in said


# -- as papers --------------------------------------------------------------------------------------


def papers(world: World) -> dict[str, tuple[Section, ...]]:
    """The sections of every formal paper of that world."""
    year = FinancialYear("2026-27")
    with sight_of(world) as seen:
        pooled = reports.pools.Pooled(seen, "prevention", year)
        return {
            "Annual return": reports.returned(reports.Return(pooled)),
            "Year-end pack": reports.year_end(seen, COUNCIL, year),
            "Quarter": reports.report(seen, "prevention", year, 4),
            "Line of sight": sight.line_of(seen, "prevention", drawn=True),
            "Annex": sight.annex_of(seen, "prevention"),
            "Statement": sight.statement_of(seen, ICB),
        }


NAMES = ("Annual return", "Year-end pack", "Quarter", "Line of sight", "Annex", "Statement")


def paper(name: str, sections: tuple[Section, ...]) -> Paper:
    """A paper as the command makes it."""
    return Paper(title=name, subtitle="example.org/story", sections=sections, footing=FOOTING, date_known=KNOWN)


@pytest.mark.parametrize("name", NAMES)
def test_a_formal_paper_is_the_same_bytes_for_the_same_log(name: str) -> None:
    first, again = (typeset.pdf(paper(name, papers(a_place())[name])) for _ in range(2))
    assert first == again
    assert b"pdfaid" in first
    assert b"pdfuaid" in first


@pytest.mark.parametrize("name", NAMES)
def test_a_formal_paper_has_its_tag_tree(name: str, tool: Callable[[str], str], tmp_path: Path) -> None:
    sections = papers(a_place())[name]
    file = tmp_path / "paper.pdf"
    file.write_bytes(typeset.pdf(paper(name, sections)))
    tree = subprocess.run([tool("pdfinfo"), "-struct-text", file], check=True, capture_output=True, text=True).stdout
    assert tree.count("Table (block)") == sum(bool(section.columns) for section in sections)
    assert tree.count("Figure") == sum(section.picture is not None for section in sections)
    if len(sections) > 1:
        assert all(section.heading in tree for section in sections)


def test_the_pages_of_the_views_are_readable_on_a_telephone(tool: Callable[[str], str], tmp_path: Path) -> None:
    from axe_playwright_python.sync_playwright import Axe

    made = papers(a_place())
    with browser(tool) as opened:
        for name in ("Line of sight", "Quarter", "Annual return"):
            file = tmp_path / f"{name.replace(' ', '-')}.html"
            file.write_text(page.page(paper(name, made[name])), "utf-8")
            shown = opened.new_context(viewport={"width": 320, "height": 800}, bypass_csp=True).new_page()
            shown.goto(f"file://{file}")
            assert shown.evaluate("document.documentElement.scrollWidth") == 320, name
            found = Axe().run(shown)
            assert found.violations_count == 0, f"{name}: {found.generate_report()}"


def test_a_link_in_the_picture_leads_to_where_its_entry_is_named() -> None:
    told = page.page(paper("Line of sight", papers(a_place())["Line of sight"]))
    led = set(re.findall(r'href="#(entry-\d+)"', told))
    assert led
    assert led <= set(re.findall(r'id="(entry-\d+)"', told))
