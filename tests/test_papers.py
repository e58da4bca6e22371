"""Any view as a file: what others' programs read in it is what the rows say, and the same view gives the same bytes.

Law: each form is read back by a program that is not ours: calamine and LibreOffice read the sheets, Chromium and axe
the page, poppler the PDF. What is asked of a page or a PDF is seen to fail where it is not kept.
"""

from __future__ import annotations

import csv
import io
import json
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from python_calamine import load_workbook

from commands import demo, output, topics
from commands.main import main
from ledger.errors import InputOutput, Malformed
from ledger.values import Number, Pence
from projections.papers import ods, page, sheets, text, typeset, xlsx
from projections.papers.paper import Paper, Section
from projections.rows import Row, written
from tests import transcript
from tests.conftest import UNDER_CI
from tests.test_house import modules_loaded_by

TOP = Path(__file__).parent.parent
DRAWN = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 200"><rect width="640" height="200" fill="#eef"/>'
    '<text x="30" y="75" font-family="sans-serif">GBP 300,000.00 to homes</text></svg>'
)
COLUMNS = ("what", "reference", "day", "gap", "units", "amount", "estimate", "entries")
NASTY = "#sight *x* $a$ `b` <b>&amp; @import \\ [c]"
"""Markup of typst, of HTML and of XML, which is text here."""


def row(number: int, **more: Any) -> Row:
    """One row with a value of every sort."""
    plain: Row = {"what": "=1+1", "reference": "+44", "day": date(2026, 4, 2), "gap": Number("-12.5"), "units": number}
    money: Row = {"amount": Pence(10_000 * number + 1), "estimate": False, "entries": tuple(range(1, number + 5))}
    return {**plain, **money, **more}


ROWS = [*map(row, range(12)), row(3, what="-", reference="0042", day=None, gap=None, amount=None, units=None)]
TOTAL = Pence(sum(one["amount"] or 0 for one in ROWS))
PAPER = Paper(
    title=f"Line of {NASTY}",
    subtitle="place.example/outcomes",
    sections=(
        Section(
            heading="Money [in]: out*/?",
            sentences=(f"Every pound {NASTY} stands in one line.", "=2+2"),
            rows=ROWS,
            columns=COLUMNS,
            totals={"what": "total", "units": sum(one["units"] or 0 for one in ROWS), "amount": TOTAL},
            picture=DRAWN,
            picture_alt="Money flows to homes.",
        ),
        Section(
            heading="Breaks",
            rows=[{"why": NASTY, "amount": Pence(-500), "entries": (7,)}],
            columns=("why", "amount", "entries"),
            totals={"why": "in all, with what is withheld", "amount": Pence(999)},
        ),
    ),
    footing=f"As at entry 43, root {'ab' * 32}, place.example; verified by this program on the log's own bytes.",
    date_known=datetime(2026, 4, 2, 10, 15, tzinfo=UTC),
)
ONE = replace(PAPER, sections=(replace(PAPER.sections[0], totals=None),))
FORMS = sorted(output.ENDINGS)


# -- every form -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def another_day() -> dict[str, str]:
    """The variables of a process that believes that it is another day, in another place."""
    found = sorted(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"))
    if not found:
        (pytest.fail if UNDER_CI else pytest.skip)("libfaketime is not installed; on Debian, `make test` installs it")
    clock = {"LD_PRELOAD": str(found[0]), "FAKETIME": "2031-01-01 12:00:00", "TZ": "Asia/Tokyo"}
    return {**clock, "PYTHONPATH": str(TOP), "PYTHONHASHSEED": "7", "PATH": "/usr/bin:/bin"}


@pytest.mark.parametrize("ending", FORMS)
def test_the_same_paper_gives_the_same_bytes_on_another_day_in_another_place(
    ending: str, another_day: dict[str, str]
) -> None:
    code = f"from tests.test_papers import *; sys.stdout.buffer.write(made({ending!r}) + str(date.today()).encode())"
    there = subprocess.run([sys.executable, "-c", code], cwd=TOP, env=another_day, capture_output=True, check=True)
    assert there.stdout.endswith(b"2031-01-01"), "it did believe that"
    assert sha256(there.stdout[:-10]).hexdigest() == sha256(made(ending)).hexdigest()


def made(ending: str) -> bytes:
    """The paper in the form of that ending."""
    return output.ENDINGS[ending](PAPER)


def test_a_picture_is_never_without_its_words() -> None:
    for words in (None, "", "  "):
        with pytest.raises(Malformed, match="a picture needs words"):
            Section(heading="Flow", picture=DRAWN, picture_alt=words)


# -- sheets ---------------------------------------------------------------------------------------

SHEETS: dict[str, Callable[[Paper], bytes]] = {"ods": ods.spreadsheet, "xlsx": xlsx.workbook}


def cells(form: str, paper: Paper) -> dict[str, list[list[Any]]]:
    """What calamine reads, sheet by sheet."""
    book = load_workbook(io.BytesIO(SHEETS[form](paper)))
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


@pytest.mark.parametrize("form", SHEETS)
def test_a_sheet_holds_figures_as_numbers_days_as_days_and_all_else_as_text(form: str) -> None:
    money, breaks = cells(form, PAPER).values()
    top = next(number for number, line in enumerate(money) if line[0] == "what")
    assert [line[0] for line in money[:top]] == [
        f"{PAPER.title}, {PAPER.subtitle}",
        PAPER.sections[0].heading,
        *PAPER.sections[0].sentences,
    ]
    assert money[top] == ["what", "reference", "day", "gap", "units", "amount (£)", "estimate", "entries"]
    assert money[top + 2] == ["=1+1", "+44", date(2026, 4, 2), -12.5, 1.0, 100.01, "no", "1 2 3 4 5"]
    assert money[top + 13][:7] == ["-", "0042", "", "", "", "", "no"], "missing is empty, and no zero"
    assert money[top + 14][:6] == ["total", "", "", "", 66.0, int(TOTAL) / 100]
    for lines in (money, breaks):
        assert [line[0] for line in lines[-2:]] == [PAPER.footing, "As known on 2 April 2026 at 10:15 UTC"]
    assert [NASTY, -5.0, "7"] in breaks


@pytest.mark.parametrize("form", SHEETS)
def test_a_total_is_a_formula_only_where_the_formula_comes_to_it(form: str) -> None:
    inside = zipfile.ZipFile(io.BytesIO(SHEETS[form](PAPER)))
    name = {"ods": "content.xml", "xlsx": "xl/worksheets/sheet1.xml"}[form]
    money = inside.read(name).decode()
    formulas = {"ods": r"of:=SUM\(\[\.([EF])6:\.\1(\d+)\]\)", "xlsx": r"<f>SUM\(([EF])6:\1(\d+)\)</f>"}[form]
    assert re.findall(formulas, money) == [("E", "18"), ("F", "18")], "each over its own column"
    assert money.upper().count("SUM(") == 2, "what is withheld is in the total and in no row, so that is a number"
    assert ["in all, with what is withheld", 9.99, ""] in cells(form, PAPER)["Breaks"]


@pytest.fixture(scope="module")
def recalculated(tool: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], list[str]]:
    """The first sheet as LibreOffice writes it as CSV, texts in quotes; it has to work out every formula itself."""
    folder = tmp_path_factory.mktemp("office")
    office = tool("soffice")

    def lines(form: str) -> list[str]:
        sheet = folder / f"paper.{form}"
        sheet.write_bytes(without_results(form, SHEETS[form](PAPER)))
        profile = f"-env:UserInstallation=file://{folder}/profile"
        how = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,true,true,false,false,false,1"
        command = [office, profile, "--headless", "--convert-to", how, "--outdir", str(folder), str(sheet)]
        subprocess.run(command, check=True, capture_output=True, timeout=120)
        (told,) = folder.glob("paper*.csv")
        return told.rename(folder / f"{form}.txt").read_text("utf-8").splitlines()

    return lines


def without_results(form: str, packed: bytes) -> bytes:
    """The same sheet with nothing stored beside its formulas."""
    pattern, bare = {
        "ods": (
            r'(table:formula="[^"]*") office:value-type="float" office:value="[^"]*"><text:p>[^<]*</text:p>',
            r"\1>",
        ),
        "xlsx": (r"(<f>[^<]*</f>)<v>[^<]*</v>", r"\1"),
    }[form]
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(packed)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            content, changed = old.read(name), 0
            if name in ("content.xml", "xl/worksheets/sheet1.xml"):
                told, changed = re.subn(pattern, bare, content.decode())
                assert changed == 2
                content = told.encode()
            new.writestr(name, content)
    return out.getvalue()


@pytest.mark.parametrize("form", SHEETS)
def test_libreoffice_reads_the_same_and_comes_to_the_same_sums(
    form: str, recalculated: Callable[[str], list[str]]
) -> None:
    lines = recalculated(form)
    assert '"=1+1","+44",2026-04-02,-12.5,1,100.01,"no","1 2 3 4 5"' in lines
    assert '"-","0042",,,,,"no","1 2 3 4 5 6 7"' in lines
    assert f'"total",,,,66,{int(TOTAL) / 100},,' in lines
    assert '"=2+2",,,,,,,' in lines


def test_the_names_of_sheets_are_legal_and_each_is_another() -> None:
    wanted = ["History", "", "[]:*?/\\", "'quoted'", "x" * 40, "X" * 40, "x" * 40, "\x00\ud800", "a\nb"]
    paper = replace(PAPER, sections=tuple(Section(heading=name, rows=[{"a": 1}], columns=("a",)) for name in wanted))
    names = [sheet.name for sheet in sheets.sheets(paper)]
    assert len({name.casefold() for name in names}) == len(names)
    assert all(re.fullmatch(r"[^\[\]:*?/\\\x00-\x1f]{1,31}", name) and name.strip("' ") == name for name in names)
    assert "history" not in {name.casefold() for name in names}, "Excel keeps that one"
    for form in SHEETS:
        assert list(cells(form, paper)) == names


@pytest.mark.parametrize("form", SHEETS)
def test_what_does_not_fit_a_cell_is_seen_to_be_cut(form: str) -> None:
    many, long = tuple(range(1, 20_000)), "x" * 40_000
    rows = [{"what": "a", "entries": many}, {"what": long, "entries": (1,)}, {"what": " b  c  \x01", "entries": ()}]
    told = cells(
        form,
        Paper(title="T", subtitle="", sections=(Section(heading="S", rows=rows, columns=tuple(rows[0])),), footing=""),
    )
    _, _, first, second, third, *_ = told["S"]
    assert first == ["a", "1 2 3 4 5 6 7 8 ... 19999 (19,999 in all)"]
    assert second[0] == f"{'x' * 32_000} ... (40,000 characters in all)"
    assert third == [" b  c  \ufffd", ""]


def test_a_section_with_more_rows_than_a_sheet_is_refused_and_not_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "MOST_ROWS", 12)
    with pytest.raises(Malformed, match="13 rows are more than the 12") as refused:
        ods.spreadsheet(PAPER)
    assert "csv" in refused.value.next_step
    monkeypatch.setattr(typeset, "MOST_ROWS", 13)
    with pytest.raises(Malformed, match="14 rows are more than the 13"):
        typeset.pdf(PAPER)


# -- text -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["json", "jsonl", "csv"])
def test_one_section_is_written_as_its_rows_as_ever(form: str) -> None:
    assert "".join(text.written(ONE, form)) == "".join(written(ROWS, COLUMNS, form))


def test_several_sections_are_told_apart_in_csv() -> None:
    lines = list(csv.DictReader(io.StringIO("".join(text.written(PAPER, "csv")))))
    assert list(lines[0]) == ["section", *COLUMNS, "why"]
    assert [line["section"] for line in lines] == ["Money [in]: out*/?"] * 13 + ["Breaks"]
    assert lines[0]["what"] == "'=1+1", "no spreadsheet runs it"
    assert lines[0]["gap"] == "-12.5", "a figure is no formula"
    assert lines[13]["amount"] == "-5.00"


def test_several_sections_are_a_document_in_json_and_lines_in_jsonl() -> None:
    told = json.loads("".join(text.written(PAPER, "json")))
    assert list(told) == ["title", "subtitle", "footing", "sections"]
    assert told["sections"][0]["sentences"] == list(PAPER.sections[0].sentences)
    assert told["sections"][0]["rows"][0]["day"] == "2026-04-02"
    assert told["sections"][0]["totals"]["amount"] == str(TOTAL)
    assert told["sections"][1]["rows"] == [{"why": NASTY, "amount": "-5.00", "entries": [7]}]
    lines = [json.loads(line) for line in "".join(text.written(PAPER, "jsonl")).splitlines()]
    assert lines[-1] == {"section": "Breaks", "why": NASTY, "amount": "-5.00", "entries": [7]}


def test_plain_text_says_all_that_the_paper_says() -> None:
    told = "".join(text.plain(PAPER))
    said = [
        PAPER.title,
        PAPER.footing,
        PAPER.known,
        *(one.heading for one in PAPER.sections),
        *PAPER.sections[0].sentences,
    ]
    assert [one for one in said if one not in told] == []


# -- PDF ------------------------------------------------------------------------------------------


def test_a_pdf_claims_both_standards_and_has_what_they_ask_for() -> None:
    made = typeset.pdf(PAPER)
    assert made.startswith(b"%PDF-1.7")
    for part in (b"/StructTreeRoot", b"/Lang(en-GB)", b"/MarkInfo<</Marked true", b"/DisplayDocTitle true"):
        assert part in made
    for claim in (b"<pdfaid:part>2<", b"<pdfaid:conformance>A<", b"<pdfuaid:part>1<"):
        assert claim in made
    assert b"/CreationDate(D:20260402101500Z)" in made
    assert b"/Author" not in made
    assert b"dc:creator" not in made


def test_poppler_finds_the_structure_and_the_words_of_a_pdf(tool: Callable[[str], str], tmp_path: Path) -> None:
    file = tmp_path / "paper.pdf"
    file.write_bytes(typeset.pdf(PAPER))
    told = poppler(tool("pdfinfo"), file)
    assert re.search(r"Tagged: +yes", told)
    assert re.search(r"Page size: +841.89 x 595.276", told), "wide: eight columns"
    structure = poppler(tool("pdfinfo"), "-struct-text", file)
    for element in ("Document", "Table", "TH", "TD", "Figure", "H1"):
        assert re.search(rf"(?m)^ *{element}\b", structure), element
    for said in (PAPER.title, PAPER.subtitle, PAPER.known, *PAPER.sections[0].sentences):
        assert re.search(rf'(?m)^  P \(block\)\n +"{re.escape(said)}"$', structure), said
    words = " ".join(poppler(tool("pdftotext"), "-layout", file, "-").split())
    for said in (PAPER.title, *PAPER.sections[0].sentences, "=1+1", "1,100.01", "(15 in all)", f"{TOTAL.spoken[4:]}"):
        assert " ".join(said.split()) in words, said
    assert words.count("verified by this program") == words.count("Page ") >= 1, "at the foot of every page"


def poppler(*command: Any) -> str:
    """What a program of poppler prints."""
    return subprocess.run([str(word) for word in command], capture_output=True, text=True, check=True).stdout


def test_a_long_table_repeats_its_headings_on_every_page(tool: Callable[[str], str], tmp_path: Path) -> None:
    file = tmp_path / "long.pdf"
    file.write_bytes(typeset.pdf(replace(ONE, sections=(Section(heading="S", rows=ROWS * 12, columns=COLUMNS),))))
    pages = poppler(tool("pdftotext"), "-layout", file, "-").split("\f")[:-1]
    assert len(pages) > 2
    assert all(re.search(r"what +reference +day", one) for one in pages)


def test_few_columns_stand_on_an_upright_page() -> None:
    few = replace(PAPER, sections=PAPER.sections[1:])
    assert typeset.document(few)["wide"] is False
    assert typeset.document(PAPER)["wide"] is True


def test_typst_itself_refuses_what_the_standards_forbid() -> None:
    given = typeset.document(PAPER)
    given["sections"][0]["alt"] = None
    with pytest.raises(Malformed, match=r"PDF/A-2a, PDF/UA-1 error: missing alt text"):
        typeset.compiled(given)
    with pytest.raises(Malformed, match="missing document date"):
        typeset.pdf(replace(PAPER, date_known=None))


def test_a_sign_that_no_typeface_has_stands_as_its_number(tool: Callable[[str], str], tmp_path: Path) -> None:
    file = tmp_path / "signs.pdf"
    many = "".join(map(chr, range(0x4E00, 0x5000)))
    rare = replace(PAPER.sections[0], rows=[row(1, what=many)])
    file.write_bytes(typeset.pdf(replace(PAPER, title="\u4e2d\u6587 \U0001f600 Ŵy \x00 \ue000", sections=(rare,))))
    told = poppler(tool("pdftotext"), file, "-")
    assert "[U+4E2D][U+6587] [U+1F600] Ŵy" in told
    assert "[U+4E01]" in told.replace("\n", "")


# -- HTML -----------------------------------------------------------------------------------------


class Reader(HTMLParser):
    """Every element with its attributes, and whatever is open at the end."""

    VOID = ("meta", "br", "img", "input", "link")

    def __init__(self) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_a_page_stands_alone_and_its_tables_say_what_they_are() -> None:
    told = page.page(PAPER)
    reader = Reader()
    reader.feed(told)
    assert reader.open == []
    tags = [tag for tag, _ in reader.elements]
    assert not {"script", "link", "iframe", "object", "form", "img"} & set(tags)
    assert ("html", {"lang": "en-GB"}) in reader.elements
    assert tags.count("caption") == tags.count("table") == 2
    assert all(attributes.get("scope") in ("col", "row") for tag, attributes in reader.elements if tag == "th")
    outward = {
        name for _, attributes in reader.elements for name, value in attributes.items() if "://" in (value or "")
    }
    assert outward <= {"xmlns"}, "nothing leads out, and a namespace is no address"
    assert not re.search(r"url\(|@import", re.search(r"(?s)<style>(.*?)</style>", told)[1])  # type: ignore[index]
    regions = [attributes for _, attributes in reader.elements if attributes.get("role") == "region"]
    assert len(regions) == 3
    assert all(one["aria-label"] and one["tabindex"] == "0" for one in regions)


def test_every_entry_is_named_on_a_page_and_a_long_list_is_folded_away() -> None:
    told = page.page(PAPER)
    folded = re.findall(r"<details><summary>1 2 3 4 5 6 7 8 \.\.\. (\d+) \(\1 in all\)</summary>(.*?)</details>", told)
    assert [last for last, _ in folded] == ["11", "12", "13", "14", "15"]
    for last, whole in folded:
        assert re.sub("<[^>]*>", "", whole) == " ".join(map(str, range(1, int(last) + 1)))


def test_a_link_in_a_picture_leads_to_where_its_entry_is_named() -> None:
    linked = DRAWN.replace("<text", '<a href="#entry-7"><title id="t">x</title><text').replace("</text>", "</text></a>")
    named = linked.replace("<svg", '<svg role="img" aria-labelledby="t"').replace("#eef", "url(#t)")
    both = [replace(section, picture=named, picture_alt=f'"{NASTY}"') for section in PAPER.sections]
    told = page.page(replace(PAPER, sections=tuple(both)))
    reader = Reader()
    reader.feed(told)
    names = [attributes["id"] for _, attributes in reader.elements if "id" in attributes]
    assert sorted(names) == sorted(set(names))
    assert {"entry-7", "picture-0-t", "picture-1-t"} <= set(names)
    assert [attributes["href"] for tag, attributes in reader.elements if tag == "a"] == [
        "#main",
        "#entry-7",
        "#entry-7",
    ]
    for number in (0, 1):
        assert f'<svg role="group" aria-labelledby="picture-{number}-t"' in told
        assert f'fill="url(#picture-{number}-t)"' in told
    groups = [attributes for _, attributes in reader.elements if attributes.get("aria-label") == f'"{NASTY}"']
    assert [one["role"] for one in groups] == ["group", "group"]


def test_a_section_may_have_a_picture_alone_or_no_rows() -> None:
    alone = Section(heading="Flow", picture=DRAWN, picture_alt="Money flows.")
    empty = Section(heading="None", columns=COLUMNS, sentences=("There is none.",))
    for sections in ((alone,), (empty,), (alone, empty)):
        for maker in output.ENDINGS.values():
            if maker is not output.ENDINGS[".svg"] or alone in sections:
                maker(replace(PAPER, sections=sections))


@contextmanager
def browser(tool: Callable[[str], str]) -> Iterator[Any]:
    """The real Chromium of this machine."""
    from playwright.sync_api import sync_playwright

    chromium = tool("chromium")
    with sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield opened
        opened.close()


def test_a_page_is_readable_on_a_telephone_in_the_dark_and_by_keyboard(
    tool: Callable[[str], str], tmp_path: Path
) -> None:
    from axe_playwright_python.sync_playwright import Axe

    file = tmp_path / "paper.html"
    file.write_text(page.page(PAPER), "utf-8")
    with browser(tool) as opened:
        for width, scheme in ((320, "dark"), (1200, "light")):
            context = opened.new_context(
                viewport={"width": width, "height": 800}, bypass_csp=True, color_scheme=scheme, locale="en-GB"
            )
            shown = context.new_page()
            shown.goto(f"file://{file}")
            assert shown.evaluate("document.documentElement.scrollWidth") == width, "the tables scroll, not the page"
            assert shown.evaluate("document.querySelectorAll('.wide')[1].scrollWidth") > min(width, 321)
            found = Axe().run(shown)
            assert found.violations_count == 0, found.generate_report()
            shown.keyboard.press("Tab")
            assert shown.evaluate("document.activeElement.className") == "skip"
            shown.keyboard.press("Tab")
            assert shown.evaluate("document.activeElement.getAttribute('role')") == "region"


def test_a_page_that_is_not_accessible_would_be_found(tool: Callable[[str], str], tmp_path: Path) -> None:
    from axe_playwright_python.sync_playwright import Axe

    spoilt = {
        '<html lang="en-GB">': "<html>",
        "overflow-x: auto;": "",
        ' tabindex="0"': "",
        "--ink: #161616": "--ink: #ddd",
    }
    told = page.page(PAPER)
    for kept, gone in spoilt.items():
        assert kept in told
        told = told.replace(kept, gone)
    file = tmp_path / "spoilt.html"
    file.write_text(told, "utf-8")
    with browser(tool) as opened:
        shown = opened.new_context(viewport={"width": 320, "height": 800}, bypass_csp=True).new_page()
        shown.goto(f"file://{file}")
        assert shown.evaluate("document.documentElement.scrollWidth") > 320
        found = {violation["id"] for violation in Axe().run(shown).response["violations"]}
        assert {"html-has-lang", "color-contrast"} <= found


# -- the command ----------------------------------------------------------------------------------


def test_an_unknown_ending_is_refused_before_anything_is_read(capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("account.docx", "account", "."):
        assert main(["view", "trail", "--ledger", "nowhere.db", "-o", name]) == 2
        told = capsys.readouterr().err
        assert "Malformed" in told
        assert all(ending in told for ending in FORMS)


def test_the_endings_are_told_by_help() -> None:
    assert list(topics.ENDINGS) == list(output.ENDINGS)


def test_a_file_is_there_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "account.txt"
    file.write_text("the old one")

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("os.fsync", full)
        with pytest.raises(InputOutput, match="No space left"):
            output.write(PAPER, file)
    assert [one.name for one in tmp_path.iterdir() if one.is_file()] == ["account.txt"]
    assert file.read_text() == "the old one"
    output.write(PAPER, file)
    assert file.read_bytes() == made(".txt")
    with pytest.raises(InputOutput):
        output.write(PAPER, tmp_path / "no such folder" / "account.txt")
    (tmp_path / "a folder.txt").mkdir()
    with pytest.raises(InputOutput):
        output.write(PAPER, tmp_path / "a folder.txt")
    assert sorted(one.name for one in tmp_path.iterdir() if one.name.startswith(".")) == []


VIEWS = (
    *("partner GB-EXAMPLE-COUNCIL", "partner", "contracts", "payers", "rates homes", "plans", "outcomes", "due"),
    *("trail", "trail C-1"),
)


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example place, as `outcomes demo` leaves it."""
    folder = tmp_path_factory.mktemp("place")
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("HOME", str(folder))
        with transcript.place(folder, demo.SEED):
            transcript.replayed(demo.STORY.read_text())
    return folder


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_is_written_in_every_form(
    view: str, told: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(told)
    monkeypatch.setenv("OUTCOMES_HOME", "home")
    words = ["view", *view.split()]
    for form in ("csv", "json", "jsonl"):
        assert main([*words, "--format", form]) == 0
        printed = capsys.readouterr()
        file = tmp_path / f"view.{form}"
        assert main([*words, "-o", str(file)]) == 0
        assert file.read_bytes().decode() == printed.out, "what is printed is what is written"
        assert re.fullmatch(rf"wrote {re.escape(str(file))} \(\d+ rows?\)\n(?s:.*)", capsys.readouterr().err)
    for form in ("ods", "xlsx", "pdf", "html", "txt"):
        file = tmp_path / f"view.{form}"
        assert main([*words, "-o", str(file)]) == 0
        assert file.stat().st_size > 200
    assert "verified by this program on the log's own bytes." in (tmp_path / "view.txt").read_text()
    assert re.search(r"root [0-9a-f]{64}, ", (tmp_path / "view.html").read_text())
    assert main([*words, "-o", str(tmp_path / "view.svg")]) == 5
    assert not (tmp_path / "view.svg").exists()


def test_a_view_loads_no_typesetter_unless_it_is_asked_for_one() -> None:
    loaded = modules_loaded_by("from commands.main import main; main(['view', 'trail', '--help'])")
    assert "projections.papers.paper" in loaded
    assert not loaded & {"typst", "xlsxwriter", "projections.papers.ods", "projections.papers.page"}
