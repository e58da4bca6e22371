"""Outturn: what councils published comes in whole or not at all, and is shown apart from what they pool.

What is expected of the real returns is added up here from the file itself, by code that knows nothing of the importer,
and a second time by PostgreSQL.
"""

from __future__ import annotations

import csv
import json
import re
import shlex
import shutil
from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from commands.main import main
from tests import outside, transcript
from tests.databases import fresh_postgres_url

READER = "GB-EXAMPLE-READER/s151"
COUNTY, RIBBLE = "GB-LAE-LAN", "GB-LAE-RIB"
"""Lancashire County Council; Ribble Valley, whose total of 2023-24 is 1,000 above its lines."""
SERVICES, TOTAL = "service_expenditure", "TOTAL SERVICE EXPENDITURE"
BLANK, ZERO = "not taken: a blank figure, which is missing and not zero", "a figure of zero, recorded as 0.00"
UNEQUAL = "a published total that is not the sum of its lines, both kept"
LEVELS = "a level at 1 April that is not that of 31 March before, both kept"


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def file() -> Path:
    return outside.published("lancashire", "revenue_outturn.csv")


@pytest.fixture(scope="module")
def rows(file: Path) -> list[dict[str, str]]:
    """The file's rows, each with the identifier of its body by the register."""
    register = {row["gss_code"]: row["org_id"] for row in table(outside.published("registers", "la_orgid_to_gss.csv"))}
    return [{**row, "body": register[row["gss_code"]]} for row in table(file)]


def importing(file: Path, *more: str) -> list[str]:
    councils = outside.published("registers", "la_orgid_to_gss.csv")
    return ["import", "outturn", str(file), "--councils", str(councils), *more]


@pytest.fixture(scope="module")
def imported(file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the returns were imported into a new ledger."""
    folder = tmp_path_factory.mktemp("lancashire")
    with transcript.place(folder):
        successors = str(outside.published("registers", "uk_local_authorities.csv"))
        more = ["--new", "lancs.example/outcomes", "--findings", "findings.csv", "--successors", successors]
        assert main(importing(file, *more)) == 0
    return folder


@pytest.fixture
def place(imported: Path) -> Iterator[Path]:
    with transcript.place(imported):
        yield imported


def seen(capsys: pytest.CaptureFixture[str], body: str, *more: str) -> dict[str, Any]:
    """The section of a body's outturn."""
    capsys.readouterr()
    assert main(["view", "line-of-sight", body, "--format", "json", *more]) == 0
    sections = json.loads(capsys.readouterr().out)["sections"]
    (found,) = [one for one in sections if one["heading"] == "Outturn outside pools"]
    return dict(found)


def key(row: dict[str, Any]) -> tuple[str, str, str]:
    return row["year"], row["section"].replace(" ", "_"), row["line"]


def wanted(rows: list[dict[str, str]], body: str) -> dict[tuple[str, str, str], Decimal]:
    """The figures that the file has of one body; a blank is none."""
    return {
        (row["financial_year"], row["section"], row["line"]): Decimal(row["pounds"])
        for row in rows
        if row["body"] == body and row["pounds"]
    }


# -- the real returns -------------------------------------------------------------------------------


def test_every_figure_of_every_body_is_the_files(
    place: Path, rows: list[dict[str, str]], capsys: pytest.CaptureFixture[str]
) -> None:
    bodies = sorted({row["body"] for row in rows})
    assert len(bodies) == 15
    certified = {(row["body"], row["financial_year"]): row["certified"] == "True" for row in rows}
    count = 0
    for body in bodies:
        shown = seen(capsys, body)["rows"]
        assert {key(row): Decimal(row["amount"]) for row in shown} == wanted(rows, body)
        assert len({key(row) for row in shown}) == len(shown)
        assert {row["standing"] for row in shown} == {"unconfirmed"}
        assert all(row["certified"] == certified[body, row["year"]] for row in shown)
        assert all(len(row["entries"]) == 1 for row in shown)
        count += len(shown)
    assert count == sum(row["pounds"] != "" for row in rows) == 1_475


def test_services_are_added_up_without_their_totals_and_compared_with_them(
    place: Path, rows: list[dict[str, str]], capsys: pytest.CaptureFixture[str]
) -> None:
    apart = []
    for body in sorted({row["body"] for row in rows}):
        sums: dict[str, Decimal] = defaultdict(Decimal)
        totals: dict[str, Decimal] = {}
        for (year, section, line), pounds in wanted(rows, body).items():
            if section == SERVICES and line == TOTAL:
                totals[year] = pounds
            elif section == SERVICES:
                sums[year] += pounds
        section = seen(capsys, body)
        said = [sentence for sentence in section["sentences"] if not sentence.startswith(("finding", "note"))]
        assert [sentence.replace("-GBP ", "GBP -") for sentence in said] == [
            f"{year} service expenditure: GBP {pounds:,.2f} in 13 lines, of it GBP {pounds:,.2f} unconfirmed"
            for year, pounds in sorted(sums.items())
        ]
        found = [sentence for sentence in section["sentences"] if sentence.startswith("finding")]
        differ = [year for year, pounds in sorted(sums.items()) if pounds != totals[year]]
        assert [sentence.split()[1] for sentence in found] == differ
        apart += [(body, year, totals[year] - sums[year]) for year in differ]
        kinds = {row["line"]: row["counts_as"] for row in section["rows"]}
        assert kinds[TOTAL] == "published total"
        assert kinds["NET REVENUE EXPENDITURE"] == "subtotal of the return"
        assert kinds["Adult Social Care"] == "service"
    assert apart == [(RIBBLE, "2023-24", Decimal(1_000))]


def test_what_is_missing_zero_or_does_not_agree_is_reported_row_by_row(place: Path, rows: list[dict[str, str]]) -> None:
    found = table(Path("findings.csv"))
    at: dict[str, set[int]] = defaultdict(set)
    for finding in found:
        if finding["row"]:
            at[finding["what"]].add(int(finding["row"]))
    assert at[BLANK] == {number for number, row in enumerate(rows, 2) if not row["pounds"]}
    assert at[ZERO] == {number for number, row in enumerate(rows, 2) if row["pounds"] and not Decimal(row["pounds"])}
    (unequal,) = [finding for finding in found if finding["what"] == UNEQUAL]
    assert unequal["why"].endswith("the total is 9496000.00, its 13 lines come to 9495000.00; 1000.00 apart")
    levels = {
        (row["body"], row["financial_year"], row["line"]): row["pounds"] for row in rows if row["section"] == "reserves"
    }
    years = sorted({row["financial_year"] for row in rows})
    before = dict(zip(years[1:], years, strict=False))
    assert at[LEVELS] == {
        number
        for number, row in enumerate(rows, 2)
        if row["line"].endswith("at 1 April") and row["financial_year"] in before
        for closed in [levels[row["body"], before[row["financial_year"]], row["line"].replace("1 April", "31 March")]]
        if row["pounds"] and closed and closed != row["pounds"]
    }
    assert len(at[LEVELS]) == 27


def test_postgresql_comes_to_the_same_sums_and_the_same_views(
    place: Path, file: Path, rows: list[dict[str, str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    here = [seen(capsys, body) for body in (COUNTY, RIBBLE)]
    ledger, views = fresh_postgres_url(), fresh_postgres_url()
    with transcript.place(tmp_path):
        monkeypatch.setenv("OUTCOMES_VIEWS", views)
        at = ["--ledger", ledger]
        assert main(importing(file, "--new", "lancs.example/outcomes", *at)) == 0
        there = [seen(capsys, body, *at) for body in (COUNTY, RIBBLE)]
        assert main(["audit", "verify", *at]) == 0
        assert main(importing(file, "--as", READER, *at)) == 0
        assert "nothing was added; recorded before: 1,476" in capsys.readouterr().out
    assert there == here
    sums: dict[tuple[str, str, str], int] = defaultdict(int)
    for row in rows:
        if row["pounds"]:
            sums[row["body"], row["financial_year"], row["section"]] += int(Decimal(row["pounds"]) * 100)
    asked = text(
        "SELECT funder, year, scheme, sum(pence) FROM postings "
        "WHERE account = 'outturn' AND standing = 'unconfirmed' GROUP BY funder, year, scheme"
    )
    engine = create_engine(re.sub("^postgresql:", "postgresql+psycopg:", views))
    with engine.connect() as connection:
        assert {(one[0], one[1], one[2]): int(one[3]) for one in connection.execute(asked)} == sums
        assert connection.scalar(text("SELECT sum(pence) FROM postings")) == 0
    engine.dispose()


def test_a_body_confirms_a_line_and_nothing_else_moves(
    imported: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "lancashire"
    shutil.copytree(imported, folder)
    with transcript.place(folder):
        before = seen(capsys, COUNTY)
        (line,) = [row for row in before["rows"] if key(row) == ("2024-25", SERVICES, "Adult Social Care")]
        (entry,) = line["entries"]
        office = f"{COUNTY}/s151"
        assert main(["confirm", str(entry), "--as", READER]) == 8, "only its own body confirms it"
        assert "NothingToConfirm" in capsys.readouterr().err
        assert main(["key", "create", office, "--staff-number", "1"]) == 0
        appoint = ["officer", "appoint", f"{COUNTY}_s151.card.json", "--powers", "lead,appoint,operate"]
        assert main([*appoint, "--as", READER]) == 0
        assert main(["confirm", str(entry), "--as", office]) == 0
        after = seen(capsys, COUNTY)
        standing = {key(row): (row["amount"], row["standing"]) for row in after["rows"]}
        assert {place: told for place, told in standing.items() if told[1] == "effective"} == {
            key(line): (line["amount"], "effective")
        }
        assert {place: told[0] for place, told in standing.items()} == {
            key(row): row["amount"] for row in before["rows"]
        }
        unconfirmed = [
            Decimal(re.findall(r"of it GBP ([\d,.]+) ", sentence)[0].replace(",", ""))
            for section in (before, after)
            for sentence in section["sentences"]
            if sentence.startswith("2024-25 ")
        ]
        assert unconfirmed[0] - unconfirmed[1] == Decimal(line["amount"])
        assert main(["audit", "verify"]) == 0


def test_the_same_file_adds_nothing_and_another_edition_must_be_put_right(
    place: Path, file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("OUTCOMES_NOW", "2026-12-24T09:00:00Z")
    assert main(importing(file, "--as", READER)) == 0
    assert "nothing was added; recorded before: 1,476" in capsys.readouterr().out
    other = tmp_path / "edition.csv"
    other.write_text(file.read_text().replace("Education services,121989000,", "Education services,121989001,"))
    assert main(importing(other, "--as", READER)) == 8
    told = capsys.readouterr().err
    assert "edition.csv:2: recorded otherwise: entry 18 says 121989000.00" in told
    assert "1 faults in 1 rows; nothing was recorded" in told


def test_every_form_marks_what_is_unconfirmed(place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for ending in ("csv", "json", "jsonl", "html", "txt"):
        file = tmp_path / f"county.{ending}"
        assert main(["view", "line-of-sight", COUNTY, "-o", str(file)]) == 0
        assert file.read_text().count("unconfirmed") >= 100, ending
    for ending, magic in (("pdf", b"%PDF-"), ("ods", b"PK")):
        file = tmp_path / f"county.{ending}"
        assert main(["view", "line-of-sight", COUNTY, "-o", str(file)]) == 0
        assert file.read_bytes().startswith(magic), "also when nothing is folded anew"


def test_a_byte_changed_anywhere_is_found(place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audit", "verify"]) == 0
    whole = (place / "ledger.db").read_bytes()
    places = [match.end() + 40 for match in re.finditer(rb'"payload":"', whole)]
    for at in (places[0], places[len(places) // 2], places[-1]):
        damaged = tmp_path / f"{at}.db"
        damaged.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        assert main(["audit", "verify", "--ledger", str(damaged)]) == 3


# -- what can be wrong with one ---------------------------------------------------------------------

HEADER = "gss_code,financial_year,section,line,pounds,certified"
CLEAN = (
    "E99000001,2024-25,services,Roads,100,True",
    "E99000001,2024-25,services,Care,-25.50,True",
    "E99000001,2024-25,services,TOTAL SERVICES,74.50,True",
)


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Path]:
    """A folder with a register of two bodies, one of them gone, and who came after it."""
    with transcript.place(tmp_path):
        councils = "org_id,name,gss_code,active\nGB-EXAMPLE-A,Example A,E99000001,TRUE\n"
        Path("councils.csv").write_text(f"{councils}GB-EXAMPLE-B,Example B,E99000002,FALSE\n")
        Path("after.csv").write_text(
            "local-authority-code,official-name,gss-code,end-date,replaced-by\n"
            "A,Example A,E99000001,,\nB,Example B,E99000002,2023-03-31,A\n"
        )
        yield tmp_path


def read(capsys: pytest.CaptureFixture[str], *lines: str, more: tuple[str, ...] = ()) -> tuple[int, str]:
    Path("returns.csv").write_text("\n".join([HEADER, *lines]) + "\n")
    capsys.readouterr()
    call = ["import", "outturn", "returns.csv", "--councils", "councils.csv"]
    code = main([*call, *(more or ("--new", "returns.example/outcomes"))])
    told = capsys.readouterr()
    return code, told.out + told.err


def test_every_fault_is_told_at_once_and_nothing_is_founded(made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, told = read(
        capsys,
        *CLEAN,
        CLEAN[0],
        "E99000009,2024-26,services,,1.5,maybe",
        "E99000001,2024-25,services",
    )
    assert code == 2
    for fault in (
        "returns.csv:5: wrong: E99000001 2024-25 services Roads stands in row 2 too; a return has each line once",
        "returns.csv:6: wrong: line is blank",
        "returns.csv:6: wrong: GSS code E99000009 is not in the register",
        "returns.csv:6: wrong: certified is 'maybe', and True or False is wanted",
        "returns.csv:6: wrong: pounds is '1.5': write pounds, or pounds, a point and two digits",
        "returns.csv:6: wrong: '2024-26' is not a financial year",
        "returns.csv:7: wrong: 3 cells where the header has 6",
        "7 faults in 3 rows; nothing was recorded",
    ):
        assert fault in told
    assert not Path("ledger.db").exists()


def test_pence_are_kept_and_a_body_that_is_gone_is_reported_with_its_successor(
    made: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    more = ("--new", "returns.example/outcomes", "--successors", "after.csv")
    code, told = read(capsys, *CLEAN, "E99000002,2022-23,services,Roads,7,False", more=more)
    assert code == 0
    assert "GB-EXAMPLE-B: it ended on 2023-03-31; after it Example A (A)" in told
    assert {row["line"]: row["amount"] for row in seen(capsys, "GB-EXAMPLE-A")["rows"]} == {
        "Roads": "100.00",
        "Care": "-25.50",
        "TOTAL SERVICES": "74.50",
    }
    assert [row["amount"] for row in seen(capsys, "GB-EXAMPLE-B")["rows"]] == ["7.00"]


def test_without_a_register_of_successors_the_reader_is_told_so(made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, told = read(capsys, "E99000002,2022-23,services,Roads,7,False")
    assert code == 0
    assert "GB-EXAMPLE-B: the register names no successor; --successors FILE may" in told


def test_a_blank_is_missing_so_its_total_cannot_be_compared(made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, told = read(capsys, "E99000001,2024-25,services,Roads,,True", *CLEAN[1:])
    assert code == 0
    assert "a published total that cannot be compared" in told
    assert "GB-EXAMPLE-A 2024-25 TOTAL SERVICES: 1 figures are missing" in told
    assert [row["line"] for row in seen(capsys, "GB-EXAMPLE-A")["rows"]] == ["Care", "TOTAL SERVICES"]


def test_another_edition_with_the_same_figures_adds_only_what_is_new(
    made: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert read(capsys, *CLEAN[:2])[0] == 0
    code, told = read(capsys, *CLEAN, more=("--as", READER))
    assert code == 0
    assert "2  the same line with the same figure, recorded from another edition" in told
    assert "1  outturn-recorded/1" in told
    assert len(seen(capsys, "GB-EXAMPLE-A")["rows"]) == 3
    code, told = read(capsys, CLEAN[0].replace("True", "False"), more=("--as", READER))
    assert code == 8
    assert "entry 4 says 100.00, certified, of GB-EXAMPLE-A 2024-25 Roads" in told
    assert "take it back first, with outcomes withdraw 4" in told
    assert main(["withdraw", "4", "--reason", "Certified since", "--as", READER]) == 0
    assert read(capsys, CLEAN[0].replace("True", "False"), more=("--as", READER))[0] == 0
    assert {row["line"]: row["certified"] for row in seen(capsys, "GB-EXAMPLE-A")["rows"]} == {
        "Roads": False,
        "Care": True,
        "TOTAL SERVICES": True,
    }


def test_a_file_that_is_no_return_is_refused_with_what_is_missing(
    made: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("returns.csv").write_text("gss_code,line\nE99000001,Roads\n")
    Path("councils.csv").write_text("org_id,name\nGB-EXAMPLE-A,Example A\n")
    assert main(["import", "outturn", "returns.csv", "--councils", "councils.csv", "--new", "x.example/y"]) != 0
    told = capsys.readouterr().err
    assert "returns.csv: there is no column financial_year, section, pounds, certified" in told
    assert "councils.csv: there is no column gss_code, active" in told
    assert not Path("ledger.db").exists()


# -- the page -------------------------------------------------------------------------------------------


def test_the_commands_of_the_page_do_what_it_says(
    tmp_path: Path, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The section's commands, one after another, in a place where its files are."""
    page = (Path(__file__).parents[1] / "docs" / "importing.md").read_text(encoding="utf-8")
    section = page.partition("## Revenue outturn\n")[2].partition("\n## ")[0]
    calls = re.findall(r"(?m)^outcomes (.*)$", re.sub(r"\\\n\s*", "", section))
    assert len(calls) == 3
    shutil.copy(file, tmp_path)
    for name in ("la_orgid_to_gss.csv", "uk_local_authorities.csv"):
        shutil.copy(outside.published("registers", name), tmp_path)
    with transcript.place(tmp_path):
        for call in calls:
            assert main(shlex.split(call)) == 0, call
        assert "Outturn outside pools" in capsys.readouterr().out
        levels = [finding for finding in table(Path("findings.csv")) if finding["what"] == LEVELS]
    assert f"; {len(levels)} of 90 differ there" in section
