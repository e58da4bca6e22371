"""The general ledger comes in: a year of it, again, changed, corrected and reconciled; and every fault at once."""

from __future__ import annotations

import re
import shlex
import stat
import tempfile
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commands.importing.differences import between
from commands.importing.findings import Findings
from commands.importing.journals import Gathering
from commands.importing.kept import Shelf
from commands.importing.mapping import Mapping, fits, read_map
from commands.importing.postings import amount_of, day_of, month_of
from commands.main import main
from ledger.events.corrections import EntryReversed
from ledger.events.spending import JournalMapped, JournalRecorded, LedgerReconciled, MapRow
from ledger.values import FinancialYear
from tests import exports, listings
from tests.listings import CALLED, HEADER, Line
from tests.test_commands import FOUNDING, POOL
from tests.test_importing import findings, said, statements

TOP = Path(__file__).parent.parent
IMPORT = ["import", "journal", "listing.csv", "--map", "main", *CALLED]
MAPPING = ["import", "journal-map", "map.csv", "--pool", "prevention", "--map", "main"]
Told = Callable[[], tuple[str, str]]


@pytest.fixture
def pool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A ledger with a pool, three schemes and a map, after the end of its first year."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OUTCOMES_PASSPHRASE", "correct horse")
    monkeypatch.setenv("OUTCOMES_SEED", "journals")
    monkeypatch.setenv("OUTCOMES_NOW", "2027-04-20T09:00:00Z")
    assert main([*FOUNDING, "--purpose", "example"]) == 0
    assert main(POOL) == 0
    for scheme in listings.SCHEMES:
        agree = ["pool", "scheme", scheme, "--pool", "prevention", "--name", scheme, "--lead", "GB-EXAMPLE-COUNCIL"]
        assert main([*agree, "--aims", "An aim"]) == 0
    Path("map.csv").write_text(listings.MAP)
    assert main(MAPPING) == 0
    return tmp_path


@pytest.fixture
def told(capfd: pytest.CaptureFixture[str]) -> Told:
    """What the program said since it was last asked."""
    return lambda: tuple(capfd.readouterr())  # type: ignore[return-value]


def journals() -> list[JournalRecorded]:
    """The journals in effect, in the order of the log."""
    held = statements()
    back = {one.event.entry for one in held if isinstance(one.event, EntryReversed)}
    return [one.event for one in held if isinstance(one.event, JournalRecorded) and one.id not in back]


def recorded() -> listings.Sums:
    """What the journals in effect add up to."""
    return {
        (event.scheme, f"{event.starts:%Y-%m}", line.row): (line.count, line.total, line.irrecoverable_vat)
        for event in journals()
        for line in event.lines
    }


# -- a year ---------------------------------------------------------------------------------------


def test_a_year_of_the_general_ledger(pool: Path, told: Told) -> None:
    year = listings.lines(20_000)
    listings.write(pool / "listing.csv", year)
    assert main(IMPORT) == 0
    assert recorded() == listings.sums(year)
    assert len(journals()) == 36, "three schemes in twelve months"
    assert all(event.count == sum(line.count for line in event.lines) for event in journals())
    first = len(statements())

    told()
    assert main(IMPORT) == 0
    assert "nothing was added; recorded before: 36" in told()[0]
    assert len(statements()) == first

    changed, expected = changed_year(year)
    listings.write(pool / "listing.csv", changed)
    assert main(IMPORT) == 8
    out, err = told()
    assert [line.split() for line in out.splitlines() if line.startswith("  ")] == expected
    assert "2 faults in 2 rows; nothing was recorded" in err
    assert "Next: outcomes import journal listing.csv --map main --correct --reason TEXT" in err
    assert len(statements()) == first

    assert main([*IMPORT, "--correct", "--reason", "Posted late"]) == 0
    assert recorded() == listings.sums(changed)
    assert len(statements()) == first + 4, "two journals are reversed, and two recorded"
    assert main(IMPORT) == 0
    assert len(statements()) == first + 4

    reconcile_march(sum(total for _, total, _ in listings.sums(changed).values()), told)
    assert main(["audit", "verify"]) == 0


def changed_year(year: list[Line]) -> tuple[list[Line], list[list[str]]]:
    """The same year with a line changed, one gone and one added, and how that is told."""
    falls = [line for line in year if line.cost_centre == "A100" and line.month == "2026-06"]
    homes = [line for line in year if line.account == "7001" and line.month == "2026-11"]
    unlike = [line for line in falls if sum(one.reference == line.reference for one in year) == 1]
    late, lost = unlike[0], unlike[-1]
    new = replace(homes[0], reference="NEW-1", date="2026-11-30", pence=12_345, vat=None)
    made = [replace(line, pence=late.pence + 1) if line is late else line for line in year if line is not lost]
    vat = f", VAT {lost.vat // 100}.{lost.vat % 100:02d}" if lost.vat is not None else ""
    amounts = [
        f"{'-' if one < 0 else ''}{abs(one) // 100}.{abs(one) % 100:02d}" for one in (late.pence, late.pence + 1)
    ]
    lines = [
        f"changed {late.reference}: amount was {amounts[0]}, is {amounts[1]}",
        f"gone {lost.reference}, {lost.date}, cost centre A100, account {lost.account}, {wire(lost.pence)}{vat}",
        f"added NEW-1, 2026-11-30, cost centre {new.cost_centre}, account 7001, 123.45",
    ]
    return [*made, new], [line.split() for line in lines]


def wire(pence: int) -> str:
    return f"{'-' if pence < 0 else ''}{abs(pence) // 100}.{abs(pence) % 100:02d}"


def reconcile_march(here: int, told: Told) -> None:
    """Two items explain the difference; one of them wrong is refused."""
    call = ["spend", "reconcile", "prevention", "--ends", "2027-03-31", "--there", wire(here + 7_000)]
    before = len(statements())
    assert main([*call, "--item", "Invoice in transit=100.00", "--item", "Miscoded = to another=-29.00"]) == 8
    assert main(call) == 8
    assert "ReconciliationDiffers" in told()[1]
    assert len(statements()) == before
    assert main([*call, "--item", "Invoice in transit=100.00", "--item", "Miscoded = to another=-30.00"]) == 0
    (event,) = said(LedgerReconciled)
    assert (event.here, event.there, event.ends) == (here, here + 7_000, date(2027, 3, 31))
    assert [(item.reason, str(item.amount)) for item in event.items] == [
        ("Invoice in transit", "100.00"),
        ("Miscoded = to another", "-30.00"),
    ]


WRONG_RECONCILIATIONS = {
    "a month that does not end there": ["--ends", "2026-05-30", "--there", "1.00"],
    "a month that is still to come": ["--ends", "2027-04-30", "--there", "1.00"],
    "a sum with one decimal": ["--ends", "2026-05-31", "--there", "1.0"],
    "an item without a reason": ["--ends", "2026-05-31", "--there", "1.00", "--item", "=1.00"],
    "an item without an amount": ["--ends", "2026-05-31", "--there", "1.00", "--item", "transit"],
}


@pytest.mark.parametrize("sentence", WRONG_RECONCILIATIONS)
def test_a_reconciliation_that_cannot_be_is_a_usage_error(sentence: str, pool: Path) -> None:
    assert main(["spend", "reconcile", "prevention", *WRONG_RECONCILIATIONS[sentence]]) == 2
    assert not said(LedgerReconciled)


# -- dirt -----------------------------------------------------------------------------------------

GOOD = Line("2026-05", "2026-05-03", "A100", "4001", 120_000, 24_000, "INV-1")
DIRT = [
    GOOD.cells(),
    ["", "", "A100", "4001", "5.00", "", "INV-2", ""],
    ["2026-05", "31/02/2026", "A100", "4001", "5.005", "", "INV-3", ""],
    ["P02", "03/05/2026", "X999", "4001", "5.00", "1.2", "INV-4", ""],
    ["", "03/05/2026", "X999", "4001", "(7.00)", "", "INV-5", ""],
    ["", "03/05/2026", "", "4001", "5", "", "INV-6", ""],
    ["", "03/05/2026", "A100", "", "", "", "INV-7", ""],
    ["", "03/05/2026", "A100", "4001", "1,00.00"],
    ["", "03/05/2026", "Y", "1", "2.00", "", "INV-9", ""],
]


def test_every_fault_of_a_listing_is_told_at_once_and_nothing_is_recorded(pool: Path, told: Told) -> None:
    listings.write(pool / "listing.csv", DIRT)
    before = len(statements())
    told()
    assert main([*IMPORT, "--findings", "findings.csv"]) == 8
    err = told()[1]
    for expected in (
        "listing.csv: 9 lines read: 1 in journals, 8 wrong",
        "listing.csv:4: wrong: date: missing, and there is no period",
        "listing.csv:5: wrong: amount: '5.005' is not an amount",
        "listing.csv:5: wrong: date: '31/02/2026' is a date that does not exist",
        "listing.csv:6: wrong: period: 'P02' is a period of no year: --year says of which",
        "listing.csv:6: wrong: vat: '1.2' is not an amount",
        "listing.csv:6: unmapped: no row of main fits cost centre 'X999', account '4001': 2 lines, -GBP 7.00",
        "listing.csv:8: wrong: cost centre: missing",
        "listing.csv:9: wrong: account: missing",
        "listing.csv:9: wrong: amount: missing",
        "listing.csv:10: wrong: 5 cells where the header has 8",
        "listing.csv:11: unmapped: no row of main fits cost centre 'Y', account '1': 1 line, GBP 2.00",
        "Next: outcomes import journal-map FILE --pool prevention --map main with rows for what is unmapped",
    ):
        assert expected in err, expected
    assert len(statements()) == before
    assert not kept()
    assert {one["row"] for one in findings() if one["what"] in ("wrong", "unmapped")} == set("4568") | {"9", "10", "11"}


def test_beside_lines_that_are_wrong_nothing_is_compared(pool: Path, told: Told) -> None:
    """A line that cannot be read would look like one that is gone."""
    listings.write(pool / "listing.csv", [GOOD, replace(GOOD, reference="INV-2")])
    assert main(IMPORT) == 0
    listings.write(pool / "listing.csv", [GOOD.cells(), [*GOOD.cells()[:4], "x", *GOOD.cells()[5:]]])
    told()
    assert main(IMPORT) == 2
    out, err = told()
    assert out == ""
    assert "changed" not in err
    assert len(kept()) == 1


def test_only_what_is_valid_is_recorded_where_that_is_asked_for(pool: Path) -> None:
    listings.write(pool / "listing.csv", DIRT)
    assert main([*IMPORT, "--valid-only"]) == 8
    assert recorded() == listings.sums([GOOD])
    assert main([*IMPORT, "--valid-only"]) == 8
    assert len(journals()) == 1


def test_what_is_odd_and_not_wrong_is_reported(pool: Path, told: Told) -> None:
    odd = [
        replace(GOOD, date="2026-06-01"),
        replace(GOOD, reference="INV-2"),
        replace(GOOD, reference="INV-2"),
        Line("2026-05", "2026-05-31", "B200", "1001", 100, 20, "PAY-1"),
        Line("2027-04", "2027-04-02", "A100", "4001", 100, None, "INV-3"),
        Line("2026-05", "2026-05-31", "C300", "1001", 300, None, "INV-4"),
    ]
    listings.write(pool / "listing.csv", odd)
    assert main([*IMPORT, "--findings", "findings.csv"]) == 0
    met = {one["what"]: (one["row"], one["why"]) for one in findings()}
    assert met["a date of another month than the period, which counts"] == ("3", "2026-06-01 in 2026-05")
    assert met["a line that is there twice, both kept"] == ("5", "GBP 1,200.00 under falls classes")
    assert met["VAT on a line whose row says that none is charged, not counted"][0] == "6"
    assert met["not taken: lines of a month that is not over"] == ("7", "1 line, GBP 1.00 in 2027-04")
    assert met["not taken: lines that the map gives to no scheme"] == ("8", "1 line, GBP 3.00 under elsewhere")
    assert met["columns that are not read"] == ("", "Supplier")
    assert recorded() == listings.sums(odd[:4])
    assert "4 in journals, 1 none of the pool's, 1 of a month that is not over" in told()[1]


# -- again, and otherwise --------------------------------------------------------------------------


def kept() -> list[Path]:
    return sorted(Path("home/outcomes/ledgers").rglob("*.jsonl"))


def test_what_is_kept_is_private_and_no_reference_is_in_the_ledger(pool: Path) -> None:
    listings.write(pool / "listing.csv", [replace(GOOD, reference="SECRET-REFERENCE")])
    assert main(IMPORT) == 0
    (file,) = kept()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert b"SECRET-REFERENCE" in file.read_bytes()
    assert [path.name for path in file.parent.iterdir()] == [f"{journals()[0].listing.hex()}.jsonl"]
    inside = b"".join(path.read_bytes() for path in pool.glob("ledger.db*"))
    assert b"SECRET-REFERENCE" not in inside
    assert b"Somebody" not in inside


@pytest.mark.parametrize("what", ["gone", "another"])
def test_without_the_lines_the_rows_of_the_map_are_compared(what: str, pool: Path, told: Told) -> None:
    listings.write(pool / "listing.csv", [GOOD])
    assert main(IMPORT) == 0
    (file,) = kept()
    file.unlink() if what == "gone" else file.write_bytes(b"[]\n")
    listings.write(pool / "listing.csv", [GOOD, replace(GOOD, account="9001", pence=100, vat=None)])
    told()
    assert main(IMPORT) == 8
    out, err = told()
    assert "  added    row falls equipment: 1 line of capital/capital/buy, GBP 1.00\n" in out
    assert "not kept here" in err
    listings.write(pool / "listing.csv", [replace(GOOD, reference="INV-7")])
    assert main(IMPORT) == 8
    assert "the lines are others; no row's count or total differs" in told()[0]


def test_the_same_lines_in_another_order_add_nothing(pool: Path) -> None:
    year = listings.lines(200)
    listings.write(pool / "listing.csv", year)
    assert main(IMPORT) == 0
    before = len(statements())
    listings.write(pool / "listing.csv", year[::-1])
    assert main(IMPORT) == 0
    assert len(statements()) == before


@pytest.mark.parametrize("form", ["ods", "xlsx"])
def test_the_same_listing_in_another_form_adds_nothing(form: str, pool: Path, told: Told) -> None:
    listings.write(pool / "listing.csv", [GOOD, replace(GOOD, pence=-5_050, vat=None, reference="7")])
    assert main(IMPORT) == 0
    day = date(2026, 5, 3)
    table: list[list[Any]] = [
        HEADER,
        ["2026-05", day, "A100", 4001, 1200, 240.0, "INV-1", ""],
        ["2026-05", day, "A100", 4001, -50.5, "", 7, ""],
    ]
    exports.sheet(pool / f"again.{form}", table)
    told()
    assert main(["import", "journal", f"again.{form}", *IMPORT[3:]]) == 0
    assert "nothing was added; recorded before: 1" in told()[0]
    assert len(journals()) == 1


def test_a_journal_that_was_reversed_by_hand_is_imported_again(pool: Path) -> None:
    listings.write(pool / "listing.csv", [GOOD])
    assert main(IMPORT) == 0
    assert main(["reverse", str(len(statements())), "--reason", "Wrong file"]) == 0
    assert main(IMPORT) == 0
    first, second = said(JournalRecorded)
    assert (second.journal, second.listing) == (f"{first.journal}-2", first.listing)
    assert main(IMPORT) == 0
    assert len(journals()) == 1


def test_a_listing_goes_back_to_what_it_was(pool: Path) -> None:
    for number, pence in enumerate((100, 200, 100)):
        listings.write(pool / "listing.csv", [replace(GOOD, pence=pence)])
        assert main([*IMPORT, *(["--correct", "--reason", "Again"] if number else [])]) == 0
    assert [event.total for event in said(JournalRecorded)] == [100, 200, 100]
    assert len({event.journal for event in said(JournalRecorded)}) == 3
    assert [event.total for event in journals()] == [100]
    assert {event.occurred_on for event in said(EntryReversed)} == {date(2026, 5, 31)}, "the month comes right"


def test_another_map_reads_the_same_lines_otherwise(pool: Path, told: Told) -> None:
    listings.write(pool / "listing.csv", [GOOD])
    assert main(IMPORT) == 0
    Path("map.csv").write_text(listings.MAP.replace("4*,falls,resource,revenue,buy", "4*,falls,capital,capital,buy"))
    assert main(MAPPING) == 0
    told()
    assert main(IMPORT) == 8
    row = "row falls classes: was 1 line of resource/revenue/buy, GBP 1,200.00; is 1 line of capital/capital/buy"
    assert f"  changed  {row}, GBP 1,200.00\n" in told()[0]
    assert main([*IMPORT, "--correct", "--reason", "It is capital"]) == 0
    assert [line.category for event in journals() for line in event.lines] == ["capital"]


def test_a_scheme_that_is_lost_from_a_month_is_reported_and_stays(pool: Path) -> None:
    other = replace(GOOD, cost_centre="B200", account="5001")
    listings.write(pool / "listing.csv", [GOOD, other])
    assert main(IMPORT) == 0
    listings.write(pool / "listing.csv", [GOOD])
    assert main([*IMPORT, "--findings", "findings.csv"]) == 0
    (gone,) = [one for one in findings() if one["what"].startswith("a scheme that is recorded")]
    assert gone["why"].startswith("reablement in 2026-05, entry ")
    assert len(journals()) == 2


def test_a_dry_run_records_and_keeps_nothing(pool: Path, told: Told) -> None:
    listings.write(pool / "listing.csv", [GOOD])
    told()
    assert main([*IMPORT, "--dry-run"]) == 0
    out = told()[0]
    assert "2026-05  falls  1 line, GBP 1,200.00  new" in out
    assert "1 entries would be recorded" in out
    assert not journals()
    assert not kept()


# -- columns, periods and options ------------------------------------------------------------------


def test_a_period_of_no_year_is_of_the_year_that_is_named(pool: Path) -> None:
    rows = [["P02", "03/05/2026", "A100", "4001", "5.00", "", "INV-1", ""]]
    rows += [["13", "12/04/2027", "A100", "4001", "7.00", "", "INV-2", ""]]
    listings.write(pool / "listing.csv", rows)
    assert main(IMPORT) == 2, "which year?"
    assert main([*IMPORT, "--year", "2026-27"]) == 0
    assert [(event.starts, event.total) for event in journals()] == [(date(2026, 5, 1), 500), (date(2027, 3, 1), 700)]


WRONG_CALLS = {
    "a column that is not ours": (["--column", "colour=Red"], 2),
    "a column that is named as nothing": (["--column", "date="], 2),
    "a column that is not there": (["--column", "amount=Net"], 2),
    "a correction without a reason": (["--correct"], 2),
    "a reason without a correction": (["--reason", "Why"], 2),
    "a correction of a part": (["--correct", "--reason", "Why", "--valid-only"], 2),
    "another pool": (["--pool", "another"], 5),
    "a map that is not there": (["--map", "another"], 5),
}


@pytest.mark.parametrize("sentence", WRONG_CALLS)
def test_what_is_asked_for_wrongly_is_said(sentence: str, pool: Path) -> None:
    more, code = WRONG_CALLS[sentence]
    listings.write(pool / "listing.csv", [GOOD])
    assert main([*IMPORT, *more]) == code
    assert not journals()


WRONG_FILES = {
    "an empty file": ("a.csv", b"", "it is empty"),
    "no header": (
        "a.csv",
        b"1,2\n3,4\n",
        "there is no column cost_centre, account, amount, period or date; it has 1, 2",
    ),
    "a column twice": (
        "a.csv",
        b"date,amount,account,cost centre,Cost_Centre\n",
        "a column is there twice: cost centre",
    ),
    "not UTF-8": ("a.csv", b"date,amount,account,cost centre\n2026-05-01,1,\xa3,1\n", "a.csv:2: it is not UTF-8"),
    "not CSV": ("a.csv", b'date,amount,account,cost centre\n"x,1\n', "this is not CSV"),
    "a form that is not read": ("a.pdf", b"x", ".csv, .ods or .xlsx"),
    "no file": ("", b"", "no such file"),
}


@pytest.mark.parametrize("sentence", WRONG_FILES)
def test_a_file_that_is_no_listing_has_its_sentence(sentence: str, pool: Path, told: Told) -> None:
    name, data, expected = WRONG_FILES[sentence]
    if name:
        Path(name).write_bytes(data)
    told()
    assert main(["import", "journal", name or "no.csv", "--map", "main"]) in (2, 5)
    err = told()[1]
    assert expected in err
    assert "Traceback" not in err


AMOUNTS = {
    "1,234.50": 123_450, "(1,234.50)": -123_450, "-5": -500, "5.00-": -500, "5.00 CR": -500, "5.00CR": -500,
    "5.00 DR": 500, "£1,000": 100_000, "-£5.00": -500, "£-5.00": -500, "0.00": 0, "-0.00": 0, "1234567.89": 123_456_789,
}  # fmt: skip
NO_AMOUNTS = ["", "12.5", "1,23.00", "--5", "(-5)", "(5", "5.005", "five", "1e3", "5.00 CR-", "£", "1 000"]


def test_amounts_are_read_as_finance_systems_print_them() -> None:
    assert {text: amount_of(text) for text in AMOUNTS} == AMOUNTS
    assert [amount_of(cell) for cell in (12.5, 3, -0.07, 1e9)] == [1250, 300, -7, 10**11]
    for wrong in (*NO_AMOUNTS, 1.005, float("inf"), float("nan"), True, None):
        with pytest.raises(ValueError, match=r"is not an amount|two decimals"):
            amount_of(wrong)


PERIODS = {
    "2026-05": (2026, 5), "05/2026": (2026, 5), "May 2026": (2026, 5), "sept-26": (2026, 9), "2026-27 P02": (2026, 5),
    "2026/27 12": (2027, 3), "2026-27/10": (2027, 1), "P13": (2027, 3), "Period 2": (2026, 5), "1": (2026, 4),
}  # fmt: skip


def test_a_month_is_read_and_never_guessed() -> None:
    year = FinancialYear("2026-27")
    assert {text: (month_of(text, year).year, month_of(text, year).month) for text in PERIODS} == PERIODS
    assert month_of(datetime.fromisoformat("2026-05-31T10:00"), None) == date(2026, 5, 1)
    for wrong in ("202605", "2026-27", "13/2026", "P17", "0", "Mai 2026", "2026-28 P1"):
        with pytest.raises(Exception, match=r"period|month|year"):
            month_of(wrong, year)
    with pytest.raises(ValueError, match="--year"):
        month_of("P02", None)
    assert [day_of(text) for text in ("2026-05-31", "31/05/2026", "31/5/2026 00:00")] == [date(2026, 5, 31)] * 3
    for wrong in ("05/31/2026", "31.05.2026", "31/05/26", "soon"):
        with pytest.raises(ValueError, match="date"):
            day_of(wrong)


# -- maps -----------------------------------------------------------------------------------------


def test_a_map_is_said_once_and_a_later_one_replaces_it(pool: Path, told: Told) -> None:
    told()
    assert main(MAPPING) == 0
    assert "nothing was added; recorded before: 1" in told()[0]
    first = Path("map.csv").read_text()
    for text in (first.replace("A100", "A101"), first, first):
        Path("map.csv").write_text(text)
        assert main(MAPPING) == 0
    rows = [event.rows[0].cost_centre for event in said(JournalMapped)]
    assert rows == ["A100", "A101", "A100"], "going back is another map"


def test_every_fault_of_a_map_is_told(pool: Path, told: Told) -> None:
    text = "row,cost_centre,account,scheme,category\na,A,1,falls,x\na,B,,falls,\nb,B,1*,falls,\nc,B,12,falls,\n"
    Path("map.csv").write_text(text)
    told()
    assert main(MAPPING) == 2
    err = told()[1]
    for expected in (
        "map.csv:2: wrong: category: 'x' is none of resource, capital, prevention",
        "map.csv:3: wrong: account: missing",
        "map.csv:3: wrong: row: 'a' is the name of the row in line 2 already",
        "in map.csv:5: c after b",
    ):
        assert expected in err, expected
    Path("map.csv").write_text("row,colour\na,red\n")
    assert main(MAPPING) == 2
    Path("map.csv").write_text("row,cost_centre,account,scheme\n")
    assert main(MAPPING) == 2
    Path("map.csv").write_text("row,cost_centre,account,scheme\na,A,1,nothing\n")
    assert main(MAPPING) == 8, "the ledger's own rule"
    assert len(said(JournalMapped)) == 1


def test_a_map_has_a_template(pool: Path, told: Told) -> None:
    told()
    assert main(["import", "journal-map", "--template"]) == 0
    assert told()[0] == listings.MAP.splitlines(keepends=True)[0]
    assert main(["import", "journal-map", "map.csv"]) == 2


# -- properties -----------------------------------------------------------------------------------

ROWS = st.lists(
    st.builds(
        Line,
        month=st.integers(0, 11).map(listings.month),
        date=st.just("2026-06-15"),
        cost_centre=st.sampled_from(["A100", "B200", "C300", "D400"]),
        account=st.sampled_from(["4001", "7001", "9", "1001", "70"]),
        pence=st.integers(-(10**12), 10**12),
        vat=st.none() | st.integers(-(10**9), 10**9),
        reference=st.sampled_from(["", "INV-1", "INV-2", "Grüße", '"x,y"\n']),
    ),
    max_size=60,
)


@given(ROWS)
def test_sums_by_scheme_month_and_row_are_those_of_plain_loops(rows: list[Line]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "map.csv").write_text(listings.MAP)
        mapping = Mapping("main", "prevention", read_map(Path(folder, "map.csv"), Findings()))
        shelf = Shelf(Path(folder, "listings"))
        with shelf.drafts() as drafts:
            gathering = Gathering(mapping, "a.csv", Findings(), drafts, date(2027, 4, 20))
            for number, line in enumerate(rows, 2):
                names = ("period", "date", "cost_centre", "account", "amount", "vat", "reference")
                gathering.take(str(number), dict(zip(names, line.cells(), strict=False)))
            found = {
                (one.scheme, f"{one.starts:%Y-%m}", line.row): (line.count, line.total, line.irrecoverable_vat)
                for one in gathering.by_month()
                for line in one.lines(mapping)
            }
            fitting = [line for line in rows if mapping.row(line.cost_centre, line.account)]
            assert found == listings.sums(fitting)
            assert gathering.counts().total() == len(rows)
            for one in gathering.by_month():
                drafts.keep(one.number, one.listing)
                held = shelf.read(one.listing)
                assert held is not None, "what is kept has the digest that is recorded"
                assert len(held) == one.whole.count


TEXTS = st.sampled_from(["A", "B"])
CANONICAL = st.lists(
    st.builds(lambda *cells: cells, TEXTS, TEXTS, st.sampled_from(["1.00", "2.00"]), TEXTS), max_size=8
)


@given(CANONICAL, CANONICAL)
def test_differences_account_for_every_line(was: list[tuple[str, ...]], now: list[tuple[str, ...]]) -> None:
    def lines(rows: list[tuple[str, ...]]) -> list[bytes]:
        made = (f'["2026-05","{cc}","{account}","{amount}","","{ref}",""]\n' for cc, account, amount, ref in rows)
        return [line.encode() for line in made]

    sorts = [one.sort for one in between(lines(was), lines(now))]
    assert sorts.count("added") - sorts.count("gone") == len(now) - len(was)
    assert (sorts == []) == (sorted(was) == sorted(now))
    assert sorts == sorted(sorts, key=["changed", "gone", "added"].index)


def test_the_first_row_that_fits_a_line_holds() -> None:
    def row(name: str, cost_centre: str, account: str) -> MapRow:
        return MapRow(row=name, cost_centre=cost_centre, account=account)

    mapping = Mapping("m", "p", [row("a", "A", "40"), row("b", "A", "4*"), row("c", "*", "40*"), row("d", "B", "*")])
    posted = {("A", "40"): "a", ("A", "401"): "b", ("Z", "401"): "c", ("B", "9"): "d", ("B", "401"): "c"}
    assert {one: found.row for one in posted if (found := mapping.row(*one))} == posted
    assert mapping.row("Z", "9") is None
    assert not fits(row("e", "A", "4"), "A", "40")


# -- the page -------------------------------------------------------------------------------------


def test_the_commands_of_the_page_do_what_it_says(pool: Path) -> None:
    """The section's commands, one after another, in a place where its files are."""
    page = (TOP / "docs" / "importing.md").read_text(encoding="utf-8")
    section = page.partition("## The general ledger\n")[2].partition("\n## ")[0]
    calls = re.findall(r"(?m)^outcomes (.*)$", re.sub(r"\\\n\s*", "", section))
    assert len(calls) >= 6
    year = [line for line in listings.lines(60) if line.month == "2026-05"]
    listings.write(pool / "listing.csv", [GOOD])
    for call in calls:
        words = shlex.split(call.partition(" > ")[0])
        if "--correct" in words:
            listings.write(pool / "listing.csv", [*year, replace(GOOD, pence=GOOD.pence + 5_000)])
        if "reconcile" in words:
            here = sum(event.total for event in journals())
            words[words.index("--there") + 1] = wire(here + 2_500)
        assert main(words) == 0, call
    assert len(said(JournalRecorded)) >= 2
    assert len(said(EntryReversed)) == 1
    assert len(said(LedgerReconciled)) == 1


# -- signed by two ----------------------------------------------------------------------------------

TABLE = """{"draft": "shared-outcomes draft 1", "kind": "approval-table-set/1",
  "body": {"approvals": [{"kind": "journal-recorded/1", "by": "second-officer"}]}}"""
DEPUTY = "GB-EXAMPLE-COUNCIL/deputy"


def test_a_journal_that_waits_for_a_second_officer_is_not_recorded_twice(pool: Path, told: Told) -> None:
    by = ["--as", "GB-EXAMPLE-COUNCIL/s151"]
    assert main(["key", "create", DEPUTY, "--origin", "place.example/commands", "--staff-number", "2"]) == 0
    card = next(Path().rglob("*deputy*card*"))
    assert main(["officer", "appoint", str(card), "--powers", "operate,approve", "--starts", "2026-04-01", *by]) == 0
    Path("table.json").write_text(TABLE)
    assert main(["sign", "table.json", *by]) == 0
    listings.write(pool / "listing.csv", [GOOD])
    assert main([*IMPORT, *by]) == 0
    entry = len(statements())
    told()
    assert main([*IMPORT, *by]) == 0
    assert f"recorded before in entry {entry}, which waits for others to sign" in told()[0]
    listings.write(pool / "listing.csv", [replace(GOOD, pence=100)])
    for more in ([], ["--correct", "--reason", "Late"]):
        assert main([*IMPORT, *by, *more]) == 8
        assert f"Next: outcomes withdraw {entry}, or let it be signed; then import again" in told()[1]
    assert len(statements()) == entry
    assert main(["withdraw", str(entry), "--reason", "Another listing came", *by]) == 0
    assert main([*IMPORT, *by]) == 0
    assert len(said(JournalRecorded)) == 2
    assert main(["approve", str(len(statements())), "--as", DEPUTY]) == 0
    assert main([*IMPORT, *by]) == 0
    assert len(said(JournalRecorded)) == 2
