"""The main job on real input: the Life Chances Fund, from its published files to views that agree with them.

What is expected is added up here from the files themselves, by code that knows nothing of the importer.
"""

from __future__ import annotations

import csv
import json
import re
from collections import defaultdict
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import pytest

from commands.main import main
from tests import outside, transcript

FUND = "INDIGO-FUND-0012"
READER = "GB-EXAMPLE-READER/s151"
CORNWALL = "XI-INDIGO-ORG-1061"
"""Cornwall County Council in the export: 1,447,120 committed to INDIGO-POJ-0167."""


@pytest.fixture(scope="module")
def files() -> Path:
    return outside.published("life-chances-fund")


@pytest.fixture(scope="module")
def imported(files: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the export was imported into a new ledger."""
    folder = tmp_path_factory.mktemp("lcf")
    with transcript.place(folder):
        assert main(["import", "indigo", str(files), "--new", "lcf.example/outcomes"]) == 0
    return folder


@pytest.fixture
def place(imported: Path) -> Iterator[Path]:
    """That folder, with its own home and seed."""
    with transcript.place(imported):
        yield imported


def rows(files: Path, name: str) -> list[dict[str, str]]:
    with (files / name).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def pounds(text: str) -> Decimal:
    return Decimal(text).quantize(Decimal("0.01"), ROUND_HALF_UP)


def viewed(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[dict[str, Any]]:
    capsys.readouterr()
    assert main(["view", *arguments, "--format", "json"]) == 0
    found: list[dict[str, Any]] = json.loads(capsys.readouterr().out)
    return found


def of_the_fund(files: Path) -> dict[str, dict[str, str]]:
    return {row["project_id"]: row for row in rows(files, "projects.csv") if row["fund"] == FUND}


def test_contracts_agree_with_the_files_contract_by_contract_and_year_by_year(
    place: Path, files: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    committed: dict[str, Decimal] = defaultdict(Decimal)
    by_year: dict[str, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for row in rows(files, "commitments.csv"):
        committed[row["project_id"]] += pounds(row["max_outcome_payment"] or "0")
    for row in rows(files, "payments.csv"):
        if row["type"].strip() == "Actual":
            year, month = int(row["period_end"][:4]), int(row["period_end"][5:7])
            first = year if month >= 4 else year - 1
            by_year[row["project_id"]][f"{first}-{(first + 1) % 100:02d}"] += pounds(row["amount"])
    shown: dict[str, dict[str, Any]] = {row["contract"][-15:]: row for row in viewed(capsys, "contracts")}
    fund = of_the_fund(files)
    assert len(fund) == 30
    above = []
    for project, source in fund.items():
        told, paid = shown[project], sum(by_year[project].values(), Decimal())
        assert told["contract"].endswith(project)
        assert Decimal(told["cap"]) == pounds(source["max_outcome_payment"])
        assert Decimal(told["committed"]) == committed[project] == Decimal(told["unconfirmed_committed"])
        assert Decimal(told["paid"]) == paid == Decimal(told["unconfirmed_paid"])
        assert {year: Decimal(sum_) for year, sum_ in told["paid_by_year"].items()} == by_year[project]
        assert Decimal(told["over_cap"]) == max(Decimal(), paid - Decimal(told["cap"]))
        above += [project] if Decimal(told["over_cap"]) else []
    assert len(above) == 3, "three contracts were paid above their maximum"


def test_the_parts_of_the_payers_add_up_and_say_that_they_are_estimates(
    place: Path, files: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    paid: dict[str, Decimal] = defaultdict(Decimal)
    for row in viewed(capsys, "payers"):
        assert not row["confirmed"]
        assert row["committed"] is None or re.fullmatch(r"\d+\.\d\d", row["committed"])
        paid[row["contract"]] += Decimal(row["paid"] or 0)
    contracts = viewed(capsys, "contracts")
    assert {row["contract"]: Decimal(row["paid"]) for row in contracts if Decimal(row["paid"])} == {
        contract: total for contract, total in paid.items() if total
    }
    cornish = {row["payer"]: row for row in viewed(capsys, "payers", "LCF/INDIGO-POJ-0167")}
    assert all(row["paid_is_estimate"] for row in cornish.values())
    whole = sum(Decimal(row["paid"]) for row in cornish.values())
    share = Decimal(1_447_120) / Decimal(1_447_120 + 779_216)
    assert abs(Decimal(cornish[CORNWALL]["paid"]) - whole * share) < 1, "pro rata to commitments"


def test_the_rate_cards_find_the_one_outcome_that_was_achieved_and_not_paid_for(
    place: Path, files: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    prices = {(row["project_id"], row["metric_id"]): row["price_per_unit"] for row in rows(files, "prices.csv")}
    short = []
    for row in viewed(capsys, "rates"):
        project = row["contract"][-15:]
        if row["contract"].startswith("CLSIB/") and row["implied"] is not None and row["metric"].count("/") == 0:
            assert Decimal(row["implied"]) == Decimal(row["achieved"]) * Decimal(prices[project, row["metric"]])
        if row["difference"] is not None and Decimal(row["difference"]) > 0 and row["contract"].startswith("CLSIB/"):
            short.append((row["contract"], row["metric"], row["difference"]))
    assert short == [("CLSIB/INDIGO-POJ-0123", "outcomemetric17", "220.00")]


def test_one_body_confirms_what_was_transcribed_about_it(
    place: Path, files: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = totals(capsys)
    (row,) = [row for row in viewed(capsys, "partner", CORNWALL) if row["what"] == "committed"]
    (entry,) = row["entries"]
    office = f"{CORNWALL}/s151"
    assert main(["key", "create", office, "--staff-number", "1"]) == 0
    appoint = ["officer", "appoint", f"{CORNWALL}_s151.card.json", "--powers", "lead,appoint,commit"]
    assert main([*appoint, "--limit", "1447119.99", "--as", READER]) == 0
    assert main(["confirm", str(entry), "--as", office]) == 8, "the full rules run: it is above the officer's limit"
    assert "AboveLimit" in capsys.readouterr().err
    deputy = f"{CORNWALL}/director"
    assert main(["key", "create", deputy, "--staff-number", "2"]) == 0
    assert main(["officer", "appoint", f"{CORNWALL}_director.card.json", "--powers", "commit", "--as", office]) == 0
    assert main(["confirm", str(entry), "--as", deputy]) == 0
    confirmed, unconfirmed = totals(capsys)
    moved = Decimal("1447120.00")
    assert (confirmed - before[0], before[1] - unconfirmed) == (moved, moved)
    (row,) = [row for row in viewed(capsys, "partner", CORNWALL) if row["what"] == "committed"]
    assert (row["standing"], row["amount"]) == ("effective", "1447120.00")
    assert main(["audit", "verify"]) == 0


def totals(capsys: pytest.CaptureFixture[str]) -> tuple[Decimal, Decimal]:
    """What is committed to all contracts, confirmed and not."""
    shown = viewed(capsys, "contracts")
    unconfirmed = sum((Decimal(row["unconfirmed_committed"]) for row in shown), Decimal())
    return sum((Decimal(row["committed"] or 0) for row in shown), Decimal()) - unconfirmed, unconfirmed


def test_the_same_export_adds_nothing_on_another_day_either(
    place: Path, files: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("OUTCOMES_NOW", "2026-08-01T09:00:00Z")
    before = viewed(capsys, "trail")
    assert main(["import", "indigo", str(files), "--as", READER]) == 0
    assert viewed(capsys, "trail") == before


def test_a_byte_changed_anywhere_is_found(place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """In the first, a middle and the last statement of the file, and in a hash beside one."""
    whole = (place / "ledger.db").read_bytes()
    places = [match.end() + 40 for match in re.finditer(rb'"payload":"', whole)]
    for at in (places[0], places[len(places) // 2], places[-1], whole.index(b'{"received_at"') - 5):
        damaged = tmp_path / f"{at}.db"
        damaged.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        assert main(["audit", "verify", "--ledger", str(damaged)]) == 3
        assert "FAILED" in capsys.readouterr().out
