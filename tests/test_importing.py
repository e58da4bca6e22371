"""Importing: a published export and plain sheets, clean and dirty; nothing is lost without a word, nothing invented."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import pytest

from commands.importing import group
from commands.importing.columns import build, leaf, template
from commands.importing.findings import NOT_TAKEN
from commands.main import main
from ledger import entry, events
from ledger.events.claims import PaymentMade
from ledger.events.commitments import CommitmentMade
from ledger.events.contracts import ContractAgreed, PaymentsPlanned
from ledger.events.outcomes import DatasetRegistered, MeasureRecorded, OutcomeDefined, TargetSet
from ledger.events.register import OrganisationAdmitted
from ledger.recording import Log
from ledger.statement import Statement
from ledger.store import Store
from tests import exports
from tests.outside import published
from tests.test_commands import FOUNDING, POOL

ORIGIN = "lcf.example/outcomes"


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to stand in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def statements(url: str = "sqlite:///ledger.db") -> list[Statement]:
    """Everything in a ledger, in order."""
    store = Store.open(url)
    try:
        return [entry.read(stored.entry).statement for stored in store.entries()]
    finally:
        store.close()


def said(kind: type[Any], held: list[Statement] | None = None) -> list[Any]:
    """What was said of one kind."""
    return [one.event for one in held or statements() if isinstance(one.event, kind)]


def findings(path: Path = Path("findings.csv")) -> list[dict[str, str]]:
    """The file of findings, with its rows as a source names them."""
    with path.open(encoding="utf-8", newline="") as stream:
        found = list(csv.DictReader(stream))
    return [one | {"row": one["row"].replace(" to ", "-").replace(" and ", ",")} for one in found]


# -- the real export, summed without the importer -------------------------------------------------


@dataclass
class Sums:
    """Pence by project, and by project and financial year; figures of results by project."""

    committed: Counter[str] = field(default_factory=Counter)
    cap: dict[str, int] = field(default_factory=dict)
    paid: Counter[str] = field(default_factory=Counter)
    paid_in: Counter[tuple[str, int]] = field(default_factory=Counter)
    planned: Counter[tuple[str, str]] = field(default_factory=Counter)
    achieved: Counter[str] = field(default_factory=Counter)
    priced: Counter[str] = field(default_factory=Counter)

    @property
    def over(self) -> dict[str, int]:
        return {name: self.paid[name] - cap for name, cap in self.cap.items() if self.paid[name] > cap}


def rows(folder: Path, name: str) -> Iterator[tuple[int, dict[str, str]]]:
    """The rows of a file, each with the first physical line that it stands on."""
    with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
        reader = csv.reader(stream)
        header, before = next(reader), reader.line_num
        for cells in reader:
            yield before + 1, dict(zip(header, cells, strict=True))
            before = reader.line_num


def pence(text: str) -> int:
    return int((Decimal(text) * 100).quantize(Decimal(1), ROUND_HALF_UP))


def financial_year(year: int, month: int) -> int:
    return year if month >= 4 else year - 1


def sums_of_the_files(folder: Path) -> Sums:
    """Added up from the files, by other code than the importer's."""
    sums = Sums()
    for _, row in rows(folder, "projects"):
        if row["max_outcome_payment"]:
            sums.cap[row["project_id"]] = pence(row["max_outcome_payment"])
    for _, row in rows(folder, "commitments"):
        sums.committed[row["project_id"]] += pence(row["max_outcome_payment"] or "0")
    for _, row in rows(folder, "payments"):
        project = row["project_id"]
        if row["type"] == "Actual":
            year, month = map(int, row["period_end"].split("-"))
            sums.paid[project] += pence(row["amount"])
            sums.paid_in[project, financial_year(year, month)] += pence(row["amount"])
        elif row["type"] == "Planned":
            sums.planned[project, row["plan_id"]] += pence(row["amount"] or "0")
    for _, row in rows(folder, "results"):
        sums.achieved[row["project_id"]] += int(row["outcomes_achieved"])
    described = Counter((row["project_id"], row["metric_id"]) for _, row in rows(folder, "metrics"))
    for _, row in rows(folder, "prices"):
        times = max(1, described[row["project_id"], row["metric_id"]])  # a metric with two rows has its price on both
        sums.priced[row["project_id"]] += times * pence(row["price_per_unit"])
    return sums


def sums_of_the_ledger(held: list[Statement]) -> Sums:
    """Added up from what was recorded."""
    sums = Sums()
    for event in (one.event for one in held):
        project = getattr(event, "contract", None) or getattr(event, "outcome", "") or ""
        project = next(iter(re.findall(r"INDIGO-POJ-[0-9]+", project)), "")
        match event:
            case ContractAgreed():
                sums.priced[project] += sum(rate.price or 0 for rate in event.terms.rates)
                if event.terms.cap is not None:
                    sums.cap[project] = int(event.terms.cap)
            case CommitmentMade():
                assert event.whole is not None
                sums.committed[project] += event.whole
            case PaymentMade():
                assert event.ends is not None
                sums.paid[project] += event.amount
                sums.paid_in[project, financial_year(event.ends.year, event.ends.month)] += event.amount
            case PaymentsPlanned():
                sums.planned[project, event.plan] += sum(line.amount or 0 for line in event.lines)
            case MeasureRecorded():
                sums.achieved[project] += int(event.value)
    return sums


def test_the_real_export_is_recorded_to_the_penny_and_only_once(
    database_url: str, place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = published("life-chances-fund")
    at = ["--ledger", database_url]
    call = ["import", "indigo", str(folder), "--published", "2025-05-31", "--findings", "findings.csv", *at]
    assert main([*call, "--new", ORIGIN]) == 0
    held = statements(database_url)
    assert sums_of_the_ledger(held) == (sums := sums_of_the_files(folder))
    assert len(sums.over) == 3
    assert (sum(sums.committed.values()), sum(sums.paid.values())) == (16_417_032_200, 12_285_259_600)
    assert main(["audit", "verify", *at]) == 0
    _every_row_is_recorded_or_reported(folder, held, findings())
    _nothing_is_invented(held)
    capsys.readouterr()
    assert main(call) == 0
    assert "nothing was added; recorded before: 1,733" in capsys.readouterr().out
    assert len(statements(database_url)) == len(held)


def _every_row_is_recorded_or_reported(folder: Path, held: list[Statement], found: list[dict[str, str]]) -> None:
    there: set[tuple[str, int]] = set()
    for one in held:
        if one.said.source is not None:
            there |= set(_lines(one.said.source.row))
        if isinstance(one.event, PaymentsPlanned):
            there |= {line for planned in one.event.lines for line in _lines(planned.row or "")}
    for one in found:
        if one["what"].startswith(NOT_TAKEN):
            there |= set(_lines(f"{one['file']}:{one['row']}"))
    admitted = {event.organisation.id for event in said(OrganisationAdmitted, held)}
    there |= {
        ("organisations.csv", line) for line, row in rows(folder, "organisations") if f"XI-{row['org_id']}" in admitted
    }
    every = [(f"{name}.csv", line) for name in exports.CLEAN for line, _ in rows(folder, name)]
    assert len(every) == 3_519
    assert [one for one in every if one not in there] == []


def _lines(told: str) -> Iterator[tuple[str, int]]:
    """Each physical line of such as ``projects.csv:3; prices.csv:4-6,9``."""
    for part in told.split("; "):
        file, _, where = part.partition(":")
        for run in filter(None, where.split(",")):
            first, _, last = run.partition("-")
            yield from ((file, line) for line in range(int(first), int(last or first) + 1))


def _nothing_is_invented(held: list[Statement]) -> None:
    kinds = Counter(one.event.kind for one in held)
    assert not {kind for kind in kinds if kind.startswith(("outcome-claimed", "outcome-verified", "payment-approved"))}
    assert kinds["contract-agreed/1"] == 40
    assert kinds["organisation-admitted/1"] == 80
    for contract in said(ContractAgreed, held):
        assert (contract.commissioner, contract.provider) == (None, None)
        assert all(payer.share is None for payer in contract.terms.payers)
    for one in held:
        own = one.event.kind in ("ledger-founded/1", "organisation-admitted/1")
        assert one.transcribed != own
    assert not said(OrganisationAdmitted, held)[0].officer
    assert {one.said.source.dataset for one in held if one.said.source} == {
        bytes(dataset.digest).hex() for dataset in said(DatasetRegistered, held)
    }


def test_what_the_real_export_holds_is_counted_as_it_was_counted_by_hand(place: Path) -> None:
    folder = published("life-chances-fund")
    assert main(["import", "indigo", str(folder), "--new", ORIGIN, "--findings", "findings.csv"]) == 0
    counted = Counter(one["what"] for one in findings())
    for what, count in {
        "rows for one contract, period, type, plan and metric: all kept": 33,
        "an actual payment of zero, recorded as 0.00": 40,
        "a planned payment without an amount: missing, not zero": 5,
        "an actual payment that names no payer": 69,
        "a payer named with no amount: missing, not zero": 2,
        "a contract paid above its maximum": 3,
        "a period that ends before it starts, both dates kept": 1,
        f"{NOT_TAKEN}: a payment that is marked neither planned nor actual": 7,
    }.items():
        assert counted[what] == count, what
    assert {plan.plan for plan in said(PaymentsPlanned)} >= {"plan1", "Plan1"}


# -- made-up exports, dirty ------------------------------------------------------------------------


def imported(tables: dict[str, exports.Rows], *more: str, new: bool = True) -> int:
    """The exit code of importing an export."""
    folder = exports.write(Path("export"), tables)
    founding = ["--new", ORIGIN] if new else []
    return main(["import", "indigo", str(folder), "--findings", "findings.csv", *founding, *more])


def test_a_clean_export_has_only_what_is_always_said(place: Path) -> None:
    assert imported(exports.copy(), "--published", "2021-05-31") == 0
    assert {one["what"] for one in findings()} == {
        "a column that the catalogue has no place for",
        f"{NOT_TAKEN}: investors' money, which is no payment for an outcome",
    }
    (contract,) = said(ContractAgreed)
    (rate,) = contract.terms.rates
    assert (contract.contract, str(contract.terms.cap)) == ("LCF/INDIGO-POJ-0001", "1000.00")
    assert (contract.starts, contract.until, contract.occurred_on) == (
        date(2020, 4, 1), date(2024, 3, 31), date(2020, 1, 1),
    )  # fmt: skip
    assert (str(rate.price), str(rate.cap), rate.pays_for) == ("100.00", "900.00", "A tenancy is kept")
    (paid,) = said(PaymentMade)
    assert (paid.payer, paid.starts, paid.ends, paid.remark) == (
        "XI-INDIGO-ORG-0001", date(2020, 4, 1), date(2020, 6, 30), "In March",
    )  # fmt: skip
    (measure,) = said(MeasureRecorded)
    assert (measure.value, measure.denominator, measure.status) == ("3", "9", "final")
    sources = {one.said.source.row for one in statements() if one.said.source}
    assert sources >= {"metrics.csv:2-3", "payments.csv:3", "projects.csv:2; commitments.csv:2-3; prices.csv:2"}
    assert [body.organisation.form for body in said(OrganisationAdmitted)] == ["council", "department"]


CELLS = {
    "an amount with more decimals is rounded half up": ("payments", 2, 7, "200.125", "more than two decimals"),
    "an amount that is no figure is not taken": ("payments", 2, 7, "two", f"{NOT_TAKEN}: an actual payment without"),
    "an amount below zero is no figure": ("payments", 2, 7, "-5", "no figure"),
    "a blank payment is missing": ("payments", 2, 7, "", f"{NOT_TAKEN}: an actual payment without"),
    "a payment of zero is recorded": ("payments", 2, 7, "0", "an actual payment of zero"),
    "a currency with a space is read": ("payments", 2, 8, "GBP ", "a space around it"),
    "another currency is not taken": ("payments", 2, 8, "EUR", f"{NOT_TAKEN}: a payment that is not in pounds"),
    "a blank currency is not taken": ("payments", 2, 8, "", f"{NOT_TAKEN}: a payment that is not in pounds"),
    "a blank type is not taken": ("payments", 2, 6, "", f"{NOT_TAKEN}: a payment that is marked neither"),
    "a period may end before it starts": ("payments", 2, 4, "2020-01", "a period that ends before it starts"),
    "a date that is none is left out": ("payments", 2, 4, "2020-13", "a date that is no date"),
    "a period still to come is dated by the publication": ("payments", 2, 4, "2190-01", "had not ended"),
    "several payers stay together": ("payments", 2, 5, "INDIGO-ORG-0001, INDIGO-ORG-0002", "no split"),
    "a payer that is none leaves no payer": ("payments", 2, 5, "INDIGO-ORG-0001,Smith", "identifier that is none"),
    "a payment may name nobody": ("payments", 2, 5, "", "names no payer"),
    "a payer may stand in no file": ("payments", 2, 5, "INDIGO-ORG-0099", "does not describe"),
    "a telephone number is left out": ("payments", 2, 9, "ring 01254 123 456", "a person's details"),
    "an invisible character is taken out": ("payments", 2, 9, "In\u200b March", "invisible"),
    "a planned blank is missing": ("payments", 1, 7, "", "a planned payment without an amount"),
    "a plan without a name is not taken": ("payments", 1, 1, "", f"{NOT_TAKEN}: a planned payment without the name"),
    "a plan without an end is not taken": ("payments", 1, 4, "", f"{NOT_TAKEN}: a planned payment without the end"),
    "a row of another project is not taken": ("payments", 2, 0, "INDIGO-POJ-9", f"{NOT_TAKEN}: a row of a project"),
    "a payer's blank is missing": ("commitments", 1, 3, "", "a payer named with no amount"),
    "a payer's zero is a cap": ("commitments", 1, 3, "0", "an amount of zero"),
    "a payer of no identifier is not taken": ("commitments", 1, 1, "7", f"{NOT_TAKEN}: a payer without"),
    "a sum that differs from the cap is told": ("commitments", 1, 3, "700", "do not add up"),
    "a contract may be paid above its maximum": ("payments", 2, 7, "1000.01", "a contract paid above"),
    "a maximum in euro is left out": ("projects", 1, 7, "EUR", "an amount that is not in pounds"),
    "a project of no identifier is not taken": ("projects", 1, 0, "a b", f"{NOT_TAKEN}: a project without"),
    "a long text is cut": ("projects", 1, 8, "word " * 60, "longer than 200"),
    "people are whole": ("projects", 1, 9, "40.5", "no figure"),
    "a contract may end before it starts": ("projects", 1, 5, "2019-01", "a contract that ends before"),
    "a service may come before its contract": ("projects", 1, 3, "2021-01", "a service that started before"),
    "a name that is blank is the identifier": ("projects", 1, 1, " ", "without a usable name"),
    "a metric without a text keeps its name": ("metrics", 1, 2, "", "without a usable description"),
    "a metric that nobody describes has its name": ("metrics", 1, 1, "m9", "does not describe"),
    "a metric of no name is not taken": ("metrics", 1, 1, "", f"{NOT_TAKEN}: a row without a usable metric"),
    "a price in euro is not taken": ("prices", 1, 2, "EUR", f"{NOT_TAKEN}: a price that is not in pounds"),
    "a price that is no figure is left out": ("prices", 1, 3, "n/a", "no figure"),
    "a result without a figure is not taken": ("results", 1, 5, "", f"{NOT_TAKEN}: a result without a figure"),
    "a result without a status is not taken": ("results", 1, 2, "Draft", f"{NOT_TAKEN}: a result that is marked"),
    "a result without an end is not taken": ("results", 1, 4, "", f"{NOT_TAKEN}: a result without the end"),
    "a project of a telephone's name is not taken": ("projects", 1, 0, "943.476.5919", f"{NOT_TAKEN}: a project"),
    "a metric of too long a name is not taken": ("metrics", 1, 1, "m" * 60, f"{NOT_TAKEN}: a row without a usable"),
    "a plan's name in two lines is one line": ("payments", 1, 1, "plan\none", "that the catalogue has no place for"),
    "a result's start may be wrong": ("results", 1, 3, "2021-01", "the start is left out"),
    "a body that pays nothing is not admitted": ("organisations", 1, 0, "INDIGO-ORG-0077", "that pays nothing here"),
    "a body may have two names": ("organisations", 1, 1, "Anytown Council", "with another name"),
}


@pytest.mark.parametrize("sentence", CELLS)
def test_dirt_in_a_cell_is_told_and_the_rest_is_recorded(sentence: str, place: Path) -> None:
    name, row, column, text, what = CELLS[sentence]
    tables = exports.copy()
    tables[name][row][column] = text
    assert imported(tables) == 0
    told = [one for one in findings() if what in one["what"]]
    assert told, [one["what"] for one in findings()]
    assert main(["audit", "verify"]) == 0


def test_an_amount_is_rounded_half_up_and_the_source_is_told(place: Path) -> None:
    tables = exports.copy()
    for text in ("0.005", "0.0049999", "10.994999999999999999999", "10.995"):
        tables["payments"].append([*tables["payments"][2][:7], text, "GBP", ""])
    assert imported(tables) == 0
    assert [str(event.amount) for event in said(PaymentMade)] == ["200.00", "0.01", "0.00", "10.99", "11.00"]
    assert "amount 10.995 is recorded as 11.00" in {one["why"] for one in findings()}


def test_restated_rows_are_all_kept_and_told_together(place: Path) -> None:
    tables = exports.copy()
    tables["payments"] += [[*tables["payments"][2][:7], "0", "GBP", ""], [*tables["payments"][1][:7], "9", "GBP", ""]]
    tables["results"].append([*tables["results"][1][:5], "4", ""])
    assert imported(tables) == 0
    assert [str(event.amount) for event in said(PaymentMade)] == ["200.00", "0.00"]
    assert [event.value for event in said(MeasureRecorded)] == ["3", "4"]
    told = {(one["file"], one["row"], one["why"]) for one in findings() if "all kept" in one["what"]}
    assert told == {
        ("payments.csv", "3-4", "INDIGO-POJ-0001 2020-04 to 2020-06, Actual: 200, 0"),
        ("payments.csv", "2,5", "INDIGO-POJ-0001 2020-04 to 2020-06, Planned: 250, 9"),
        ("results.csv", "2-3", "m1: 3, 4"),
    }


def test_what_is_there_twice_is_kept_twice(place: Path) -> None:
    tables = exports.copy()
    tables["metrics"].append([*tables["metrics"][1][:2], "A tenancy is found", "", "", "", ""])
    tables["prices"].append([*tables["prices"][1][:3], "150", "", "Kept for a year"])
    tables["commitments"].append(list(tables["commitments"][1]))
    assert imported(tables) == 0
    assert [event.outcome for event in said(OutcomeDefined)] == ["INDIGO-POJ-0001/m1", "INDIGO-POJ-0001/m1/2"]
    (contract,) = said(ContractAgreed)
    assert [(rate.pays_for, str(rate.price)) for rate in contract.terms.rates] == [
        ("A tenancy is kept", "100.00"),
        ("Kept for a year", "150.00"),
        ("A tenancy is found", "100.00"),
        ("Kept for a year", "150.00"),
    ]
    assert [event.commitment for event in said(CommitmentMade)] == [
        "INDIGO-POJ-0001/ORG-0001", "INDIGO-POJ-0001/ORG-0002", "INDIGO-POJ-0001/ORG-0001/3",
    ]  # fmt: skip
    assert len(contract.terms.payers) == 3


def test_plans_in_another_case_are_kept_apart(place: Path) -> None:
    tables = exports.copy()
    tables["payments"].append(["INDIGO-POJ-0001", "Plan1", *tables["payments"][1][2:]])
    assert imported(tables) == 0
    assert [plan.plan for plan in said(PaymentsPlanned)] == ["plan1", "Plan1"]
    assert [one["row"] for one in findings() if "in another case" in one["what"]] == ["4"]


def test_a_long_plan_is_split_and_no_line_is_lost(place: Path) -> None:
    tables = exports.copy()
    tables["payments"] += [[*tables["payments"][1][:7], str(number), "GBP", ""] for number in range(1, 900)]
    assert imported(tables) == 0
    plans = said(PaymentsPlanned)
    assert len(plans) > 1
    assert [int(line.amount) for plan in plans for line in plan.lines] == [25000, *(100 * n for n in range(1, 900))]
    store = Store.open("sqlite:///ledger.db")
    assert max(len(stored.entry) for stored in store.entries()) < 60_000
    store.close()


def test_a_ragged_row_is_reported_and_the_others_are_taken(place: Path) -> None:
    tables = exports.copy()
    tables["payments"] += [["INDIGO-POJ-0001", "", ""], [*tables["payments"][2], "more"]]
    assert imported(tables) == 0
    assert len(said(PaymentMade)) == 1
    assert [one["row"] for one in findings() if "cells than the header" in one["what"]] == ["4", "5"]


def test_a_target_is_set_where_one_is_stated(place: Path) -> None:
    tables = exports.copy()
    tables["metrics"][1][3:5] = ["", "12.50"]
    assert imported(tables) == 0
    assert [(event.outcome, event.target) for event in said(TargetSet)] == [("INDIGO-POJ-0001/m1", "12.5")]


STRUCTURE = {
    "a file is missing": lambda folder: (folder / "results.csv").unlink(),
    "a file is empty": lambda folder: (folder / "results.csv").write_text(""),
    "a column is missing": lambda folder: (folder / "results.csv").write_text("project_id,metric_id\n"),
    "a column is there twice": lambda folder: (folder / "results.csv").write_text("a,a\n"),
    "a column has no name": lambda folder: (folder / "results.csv").write_text("a,,b\n"),
    "a file is not UTF-8": lambda folder: (folder / "results.csv").write_bytes("a,b\n\xa310,x\n".encode("latin-1")),
    "a quote is never closed": lambda folder: (folder / "results.csv").write_text('a,b\n"x,y\n'),
    "a file is a folder": lambda folder: ((folder / "results.csv").unlink(), (folder / "results.csv").mkdir()),
}


@pytest.mark.parametrize("sentence", STRUCTURE)
def test_a_file_that_cannot_be_read_is_named_and_nothing_is_founded(
    sentence: str, place: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    folder = exports.write(Path("export"), exports.copy())
    STRUCTURE[sentence](folder)
    (folder / "prices.csv").unlink()
    assert main(["import", "indigo", "export", "--new", ORIGIN]) == 2
    told = capfd.readouterr().err
    assert "results.csv" in told
    assert "prices.csv: there is no such file" in told, "every fault at once"
    assert "Traceback" not in told
    assert not Path("ledger.db").exists()


def test_there_must_be_a_folder(place: Path) -> None:
    assert main(["import", "indigo", "nowhere", "--new", ORIGIN]) == 5
    assert main(["import", "indigo", "nowhere", "--new", ORIGIN, "--dry-run"]) == 2
    assert main(["import", "indigo", ".", "--published", "soon"]) == 2
    assert main(["import", "indigo", ".", "--published", "2190-01-01"]) == 2


def test_another_edition_of_what_is_recorded_is_refused_whole(place: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert imported(exports.copy()) == 0
    before = len(statements())
    tables = exports.copy()
    tables["payments"][2][7] = "201"
    assert imported(tables, new=False) == 8
    told = capfd.readouterr().err
    assert "ContractAlreadyAgreed" in told or "ReferenceReserved" in told
    assert "metrics.csv:2-3" in told
    assert "nothing was recorded" in told
    assert len(statements()) == before


def test_a_dry_run_records_nothing(place: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main([*FOUNDING[:1], "--purpose", "example", *FOUNDING[1:], "--no-such"]) == 2
    assert main(["import", "indigo", str(exports.write(Path("other"), exports.copy())), "--new", ORIGIN]) == 0
    before = len(statements())
    tables = exports.copy()
    tables["projects"][1][0] = "INDIGO-POJ-0002"
    for name in ("commitments", "metrics", "prices", "payments", "results"):
        for row in tables[name][1:]:
            row[0] = "INDIGO-POJ-0002"
    assert imported(tables, "--dry-run", new=False) == 0
    assert "would be recorded" in capfd.readouterr().out
    assert len(statements()) == before
    assert imported(tables, new=False) == 0
    assert len(statements()) > before


def test_bodies_that_wait_for_another_lead_are_recorded_first(
    place: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("OUTCOMES_PASSPHRASE", "correct horse")
    assert main(FOUNDING) == 0
    who = ["key", "create", "GB-EXAMPLE-ICB/cfo", "--origin", "place.example/commands", "--staff-number", "2"]
    assert main(who) == 0
    card = next(Path().rglob("*card*"))
    lead = ["--as", "GB-EXAMPLE-COUNCIL/s151"]
    admit = ["partner", "admit", str(card), "--name", "Example ICB", "--form", "integrated-care-board"]
    assert main([*admit, *lead]) == 0
    assert imported(exports.copy(), *lead, new=False) == 8
    assert "2 bodies wait for the leads" in capfd.readouterr().err
    held = len(statements())
    assert imported(exports.copy(), *lead, new=False) == 8
    assert len(statements()) == held
    for number in (held - 1, held):
        assert main(["approve", str(number), "--as", "GB-EXAMPLE-ICB/cfo"]) == 0
    assert imported(exports.copy(), *lead, new=False) == 0
    assert len(said(PaymentMade)) == 1


# -- sheets ---------------------------------------------------------------------------------------

HEADER = [
    *("commitment", "funder", "pool", "profile.1.year", "profile.1.category", "profile.1.accounts_as"),
    *("profile.1.amount", "profile.2.year", "profile.2.category", "profile.2.accounts_as", "profile.2.amount"),
    *("strength", "payment_basis", "note", "occurred_on", "decision"),
]


def row(reference: str, amount: Any, more: Any = "", note: str = "", day: Any = "2026-04-01") -> list[Any]:
    """A commitment, over one year or two."""
    second = ["2027-28", "capital", "capital", more] if more else [""] * 4
    first = ["2026-27", "resource", "revenue", amount]
    return [
        *(reference, "GB-EXAMPLE-COUNCIL", "prevention", *first, *second),
        *("firm", "block", note, day, "Cabinet 2026/14"),
    ]


@pytest.fixture
def pool(place: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A ledger with a pool, in a seeded spring of 2026."""
    monkeypatch.setenv("OUTCOMES_SEED", "sheets")
    assert main([*FOUNDING, "--purpose", "example"]) == 0
    assert main(POOL) == 0
    return place


@pytest.mark.parametrize("form", ["csv", "ods", "xlsx"])
def test_a_sheet_of_commitments_is_recorded_once(form: str, pool: Path, capfd: pytest.CaptureFixture[str]) -> None:
    day = "2026-04-01" if form == "csv" else date(2026, 4, 1)
    amounts = ["25000", "0.5", "7.00"] if form == "csv" else [25000, 0.5, 7.0]
    table = [HEADER, row("C-1", amounts[0], amounts[1], "Ask twice", day), row("C-2", amounts[2], day=day)]
    path = exports.sheet(pool / f"commitments.{form}", table)
    assert main(["import", str(path), "--kind", "commitment-made/1"]) == 0
    first, second = said(CommitmentMade)
    assert [str(line.amount) for line in first.profile] == ["25000.00", "0.50"]
    assert (first.note is None, second.note is None) == (False, True)
    assert (str(second.profile[0].amount), second.occurred_on) == ("7.00", date(2026, 4, 1))
    assert {one.said.decision for one in statements()[-2:]} == {"Cabinet 2026/14"}
    capfd.readouterr()
    assert main(["import", str(path), "--kind", "commitment-made/1"]) == 0
    assert "nothing was added; recorded before: 2" in capfd.readouterr().out
    assert len(said(CommitmentMade)) == 2
    assert main(["audit", "verify"]) == 0


def test_the_same_rows_in_another_form_are_the_same_rows(pool: Path) -> None:
    for path in ("a.csv", "b.ods", "c.xlsx"):
        exports.sheet(pool / path, [HEADER, row("C-1", 25 if path != "a.csv" else "25.00")])
        assert main(["import", path, "--kind", "commitment-made/1"]) == 0
    assert len(said(CommitmentMade)) == 1


def test_every_fault_of_a_sheet_is_told_at_once_and_nothing_is_recorded(
    pool: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    table = [HEADER, row("C-1", "25000.005"), row("C-2", "5.00"), row("C-2", "6.00"), row("C-4", "x", "y")]
    table.append([*row("C-5", "1.00")[:-5], "perhaps", *row("C-5", "1.00")[-4:-2], "1 April", ""])
    table.append(["C-6", "GB-EXAMPLE-COUNCIL", "", *[""] * 13])
    path = exports.sheet(pool / "dirty.csv", table)
    before = len(statements())
    assert main(["import", str(path), "--kind", "commitment-made/1", "--findings", "findings.csv"]) == 8
    told = capfd.readouterr().err
    for expected in (
        "dirty.csv:2: wrong: profile.1.amount: '25000.005' is not an amount",
        "dirty.csv:4: CommitmentAlreadyMade: commitment-made/1: C-2 was made in dirty.csv:3",
        "dirty.csv:5: wrong: profile.1.amount: 'x'",
        "dirty.csv:5: wrong: profile.2.amount: 'y'",
        "dirty.csv:6: wrong: strength: 'perhaps' is none of firm, subject-to-budget",
        "dirty.csv:6: wrong: occurred_on: '1 April' is not a date: write it as 2026-04-01",
        "dirty.csv:7: wrong: strength: missing",
        "8 faults in 5 rows; nothing was recorded",
    ):
        assert expected in told, expected
    assert len(findings()) == 8
    assert len(statements()) == before


def test_only_what_is_valid_is_recorded_where_that_is_asked_for(pool: Path) -> None:
    table = [HEADER, row("C-1", "25000.005"), row("C-2", "5.00"), row("C-2", "6.00"), row("C-3", "7.00")]
    path = exports.sheet(pool / "dirty.csv", table)
    assert main(["import", str(path), "--kind", "commitment-made/1", "--valid-only"]) == 8
    assert [event.commitment for event in said(CommitmentMade)] == ["C-2", "C-3"]
    table[1] = row("C-1", "25000.00")
    table[3] = row("C-4", "6.00")
    exports.sheet(path, table)
    assert main(["import", str(path), "--kind", "commitment-made/1"]) == 0
    assert [event.commitment for event in said(CommitmentMade)] == ["C-2", "C-3", "C-1", "C-4"]


CELL_FAULTS = {
    "a date of another country": ("baseline_on", "31/03/2026", "is not a date: write it as 2026-04-01"),
    "a figure in words": ("target", "ten", "is not a figure"),
    "a figure with an exponent": ("target", "1e3", "is not a figure"),
    "a reference with a space": ("outcome", "O 1", "does not have the form"),
    "a moment and not a day": ("by_when", datetime.fromisoformat("2026-04-01T09:30"), "is not a date"),
    "no number at all": ("target", float("inf"), "is not a figure"),
}


@pytest.mark.parametrize("sentence", CELL_FAULTS)
def test_a_wrong_cell_has_its_sentence(sentence: str) -> None:
    column, cell, told = CELL_FAULTS[sentence]
    faults = dict(build(TargetSet, {"outcome": "O-1", "target": "5", column: cell}).faults)
    assert told in faults[column]


def test_cells_become_what_a_statement_holds() -> None:
    cells = {
        "contract": 7.0, "name": "Seven", "cohort_size": "12", "decision": 14.0,
        "starts": datetime.fromisoformat("2026-04-01"),
        "terms.payers.1.payer": "GB-EXAMPLE-ICB", "terms.payers.1.share": 31.9,
        "terms.payers.3.payer": "GB-EXAMPLE-COUNCIL", "terms.payers.3.share": "1/3", "terms.payers.2.cap": " ",
        "terms.rates.1.metric": "m1", "terms.rates.1.pays_for": "A home", "terms.rates.1.price": 100,
        "terms.rates.1.repeats": "Yes", "terms.rates.2.metric": "m2", "terms.rates.2.pays_for": "A job",
        "terms.rates.2.repeats": False,
    }  # fmt: skip
    built = build(ContractAgreed, cells)
    assert built.faults == []
    assert built.decision == "14"
    event = ContractAgreed.read({**built.body, "occurred_on": "2026-04-01"})
    assert isinstance(event, ContractAgreed)
    assert (event.contract, event.cohort_size, event.starts) == ("7", 12, date(2026, 4, 1))
    assert [str(payer.share) for payer in event.terms.payers] == ["31.9", "1/3"]
    assert [(str(rate.price), rate.repeats) for rate in event.terms.rates] == [("100.00", True), ("None", False)]


def test_an_import_that_was_cut_short_is_taken_up_again(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tables = exports.copy()
    tables["payments"] += [[*tables["payments"][2][:7], str(number), "GBP", ""] for number in range(40)]
    monkeypatch.setattr(group, "TOGETHER", 10)
    recorded = Log.record_all

    def cut(log: Log, submissions: Any, *more: Any, **named: Any) -> Any:
        if len(submissions) == 10 and log.store.head().size > 25:
            raise KeyboardInterrupt
        return recorded(log, submissions, *more, **named)

    with monkeypatch.context() as patch:
        patch.setattr(Log, "record_all", cut)
        assert imported(tables) == 130
    assert 25 < len(statements()) < 40
    assert imported(tables, new=False) == 0
    assert len(said(PaymentMade)) == 41
    assert main(["audit", "verify"]) == 0


def test_two_imports_at_once_record_each_row_once(
    place: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    assert imported(exports.copy()) == 0
    path = exports.sheet(place / "d.csv", [["dataset", "name", "publisher"], ["D-1", "A", "B"]])
    call = ["import", str(path), "--kind", "dataset-registered/1", "--as", "GB-EXAMPLE-READER/s151"]
    recorded = group.Group.record

    def after_the_other(ours: group.Group, ready: Any) -> Any:
        monkeypatch.setattr(group.Group, "record", recorded)
        assert main(call) == 0
        return recorded(ours, ready)

    monkeypatch.setattr(group.Group, "record", after_the_other)
    assert main(call) == 8
    assert "the ledger moved while this was imported: IdAlreadyUsed" in capfd.readouterr().err
    assert len(said(DatasetRegistered)) == 2, "the export's, and one more"


def test_rows_that_are_alike_in_one_file_are_both_meant(pool: Path) -> None:
    header = ["dataset", "name", "publisher"]
    path = exports.sheet(pool / "twice.csv", [header, ["D-1", "A", "B"], ["D-1", "A", "B"]])
    assert main(["import", str(path), "--kind", "dataset-registered/1"]) == 8, "a reference is used once"
    assert not said(DatasetRegistered)


def test_a_sheet_that_a_dry_run_would_take_is_not_recorded(pool: Path) -> None:
    path = exports.sheet(pool / "c.csv", [HEADER, row("C-1", "5.00")])
    assert main(["import", str(path), "--kind", "commitment-made/1", "--dry-run"]) == 0
    assert not said(CommitmentMade)
    exports.sheet(path, [HEADER, row("C-1", "0.00")])
    assert main(["import", str(path), "--kind", "commitment-made/1", "--dry-run"]) == 8


WRONG_FILES = {
    "a column that the kind does not have": ("a.csv", b"commitment,colour\nC-1,red\n", 2, "no column colour"),
    "a list without numbers": ("a.csv", b"profile.year\n2026-27\n", 2, "no column profile.year"),
    "a form that is not read": ("a.pdf", b"x", 2, ".csv, .ods or .xlsx"),
    "a sheet that is none": ("a.xlsx", b"PK nonsense", 2, "cannot be read as a sheet"),
    "an empty file": ("a.csv", b"", 2, "it is empty"),
    "a ragged row": ("a.csv", b"commitment,pool\nC-1\n", 2, "a.csv:2"),
    "a file that is not there": ("", b"", 5, "no such file"),
}


@pytest.mark.parametrize("sentence", WRONG_FILES)
def test_a_wrong_sheet_has_its_sentence(sentence: str, pool: Path, capfd: pytest.CaptureFixture[str]) -> None:
    name, data, code, told = WRONG_FILES[sentence]
    if name:
        (pool / name).write_bytes(data)
    assert main(["import", name or "nothing.csv", "--kind", "commitment-made/1"]) == code
    assert told in capfd.readouterr().err


@pytest.mark.parametrize("kind", events.KINDS)
def test_a_template_has_every_column_of_its_kind(kind: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["import", "--template", kind]) == 0
    (header,) = csv.reader(capfd.readouterr().out.splitlines())
    assert header == template(events.KINDS[kind])
    assert header[-1] == "decision"
    assert len(set(header)) == len(header)
    assert all(leaf(events.KINDS[kind], column) is not None for column in header[:-1])
    assert {column.split(".")[0] for column in header[:-1]} == set(events.KINDS[kind].__struct_fields__)


def test_what_import_needs_is_said(place: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["import", "a.csv"]) == 2
    assert main(["import", "--template", "nothing/1"]) == 2
    assert main(["import"]) == 2
    assert main(["import", "indigo"]) == 2
    assert "which file, of which kind?" in capfd.readouterr().err
