"""Payments: each actual row is a payment that the source says was made; the planned rows of a version are one plan.

A payment that names several payers is recorded with all of them and no split: the source gives none. A zero is
recorded as zero, a blank as nothing. Restated quarters are all kept, because the source does not say which one stands.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date
from typing import Any, Final

from commands.importing.bodies import payers
from commands.importing.cells import Cells
from commands.importing.export import Export
from commands.importing.findings import NOT_TAKEN
from commands.importing.projects import Project
from commands.importing.tables import Line, places
from ledger.values import Pence

NO_TYPE: Final = f"{NOT_TAKEN}: a payment that is marked neither planned nor actual"
OTHER_MONEY: Final = f"{NOT_TAKEN}: a payment that is not in pounds"
NO_AMOUNT: Final = f"{NOT_TAKEN}: an actual payment without an amount, which is missing and not zero"
NO_PLAN: Final = f"{NOT_TAKEN}: a planned payment without the name of its plan"
NO_END: Final = f"{NOT_TAKEN}: a planned payment without the end of its period"
BLANK: Final = "a planned payment without an amount: missing, not zero"
SPELLING: Final = "a plan whose name is written in another case elsewhere, kept as it is written"
SPLIT: Final = "a plan too long for one entry, recorded in several"
NOBODY: Final = "an actual payment that names no payer"
SEVERAL: Final = "an actual payment that names several payers and no split"
ZERO: Final = "an actual payment of zero, recorded as 0.00"
BACKWARDS: Final = "a period that ends before it starts, both dates kept"
CROSSES: Final = "a payment whose period crosses a 31 March: views count it in the year of its end"
RESTATED: Final = "rows for one contract, period, type, plan and metric: all kept"
OVER_CAP: Final = "a contract paid above its maximum"
OUTSIDER: Final = "a payment that names a body which the contract's rows do not name as payer"

MOST: Final = 38_000
"""Bytes of a plan's lines in one entry: below 60,000 once they are in base64 with all around them."""


def payments(export: Export, cells: Cells, project: Project, spellings: dict[str, str]) -> None:
    """The plans and payments of one project. `spellings` is the usual spelling of each plan's name."""
    lines: dict[str, list[Line]] = {"Planned": [], "Actual": []}
    for line in export.of("payments", project.name):
        sort = line.cells["type"].strip()
        if sort not in lines:
            cells.note(line, NO_TYPE, f"{line.cells['amount'] or 'no amount'}, type {sort!r}")
        elif not cells.in_pounds(line):
            cells.note(line, OTHER_MONEY, repr(line.cells["currency"]))
        else:
            lines[sort].append(line)
    _plans(project, lines["Planned"], cells, spellings)
    paid = [_paid(project, line, cells) for line in lines["Actual"]]
    whole = Pence(sum(paid))
    if project.cap is not None and whole > project.cap:
        why = f"{project.contract}: {whole} paid, {project.cap} at most, {Pence(whole - project.cap)} above it"
        cells.note(project.line, OVER_CAP, why)
    _restated(lines["Planned"] + lines["Actual"], cells)


def spellings(export: Export) -> dict[str, str]:
    """For each plan's name in small letters, how it is written most often."""
    written = Counter(line.cells["plan_id"].strip() for line in export.lines("payments"))
    return {name.casefold(): name for name, _ in reversed(written.most_common())}


def _restated(lines: list[Line], cells: Cells) -> None:
    groups: dict[tuple[str, ...], list[Line]] = defaultdict(list)
    for line in lines:
        alike = ("project_id", "period_start", "period_end", "type", "plan_id", "metric_id")
        groups[tuple(line.cells[name].strip() for name in alike)].append(line)
    for key, held in groups.items():
        if len(held) > 1:
            _, _, row = places("", held).partition(":")
            amounts = ", ".join(line.cells["amount"].strip() or "blank" for line in held)
            cells.findings.add(held[0].file, row, RESTATED, f"{key[0]} {key[1]} to {key[2]}, {key[3]}: {amounts}")


# -- plans --------------------------------------------------------------------------------------


def _plans(project: Project, lines: list[Line], cells: Cells, usual: dict[str, str]) -> None:
    plans: dict[str, list[tuple[Line, dict[str, Any]]]] = defaultdict(list)
    for line in lines:
        name = cells.text(line, "plan_id")
        if name is None:
            cells.note(line, NO_PLAN, line.cells["amount"] or "blank")
        elif (planned := _planned(line, cells)) is not None:
            plans[name].append((line, planned))
    for name, held in plans.items():
        if (elsewhere := usual.get(name.casefold(), name)) != name:
            cells.note(held[0][0], SPELLING, f"{name!r} of {project.contract}; {elsewhere!r} elsewhere")
        for part in _parts(held, cells):
            place = places("payments.csv", (line for line, _ in part))
            body = {
                "contract": project.contract,
                "plan": name,
                "lines": [planned for _, planned in part],
                "occurred_on": str(cells.published),
            }
            cells.want("payments-planned/1", body, place, about=f"{project.contract} {name}")


def _planned(line: Line, cells: Cells) -> dict[str, Any] | None:
    starts, ends = _period(line, cells)
    amount, metric = cells.amount(line, "amount"), cells.name(line, "metric_id")
    if ends is None:
        cells.note(line, NO_END, line.cells["amount"] or "blank")
        return None
    if amount is None:
        cells.note(line, BLANK, f"{line.cells['project_id']} {line.cells['plan_id']}, to {ends}")
    found = {
        "metric": metric,
        "starts": starts and str(starts),
        "ends": str(ends),
        "amount": None if amount is None else str(amount),
        "row": line.place,
    }
    return {name: value for name, value in found.items() if value is not None}


def _parts(held: list[tuple[Line, dict[str, Any]]], cells: Cells) -> Iterator[list[tuple[Line, dict[str, Any]]]]:
    """The lines of a plan, in as many parts as entries need."""
    part: list[tuple[Line, dict[str, Any]]] = []
    size = 0
    for line, planned in held:
        more = len(json.dumps(planned)) + 1
        if part and size + more > MOST:
            cells.note(line, SPLIT, f"from here on, after {len(part)} lines")
            yield part
            part, size = [], 0
        part.append((line, planned))
        size += more
    yield part


# -- payments -----------------------------------------------------------------------------------


def _period(line: Line, cells: Cells) -> tuple[date | None, date | None]:
    starts, ends = cells.first(line, "period_start"), cells.last(line, "period_end")
    if starts and ends and ends < starts:
        cells.note(line, BACKWARDS, f"{line.cells['period_start']} to {line.cells['period_end']}")
    return starts, ends


def _paid(project: Project, line: Line, cells: Cells) -> int:
    """Record a payment; its amount in pence."""
    amount = cells.amount(line, "amount")
    if amount is None:
        cells.note(line, NO_AMOUNT, f"{project.contract} {line.cells['period_start']} to {line.cells['period_end']}")
        return 0
    starts, ends = _period(line, cells)
    if starts and ends and starts <= ends and _year(starts) != _year(ends):
        cells.note(line, CROSSES, f"{amount}, {starts:%Y-%m} to {ends:%Y-%m}")
    if amount == 0:
        cells.note(line, ZERO, f"{project.contract} {line.cells['period_start']} to {line.cells['period_end']}")
    body = {
        "contract": project.contract,
        **_who(project, line, cells, amount),
        "amount": str(amount),
        "metric": cells.name(line, "metric_id"),
        "starts": starts and str(starts),
        "ends": ends and str(ends),
        "plan": cells.text(line, "plan_id"),
        "remark": cells.text(line, "notes"),
        "occurred_on": cells.occurred(line, ends),
    }
    cells.want("payment-made/1", body, line.place, about=project.contract)
    return amount


def _year(day: date) -> int:
    """The calendar year in which the day's financial year began."""
    return day.year if (day.month, day.day) >= (4, 1) else day.year - 1


def _who(project: Project, line: Line, cells: Cells, amount: Pence) -> dict[str, Any]:
    named = payers(line, cells)
    known = {payer["payer"] for payer in project.payers}
    if outsiders := [one for one in named if one not in known]:
        cells.note(line, OUTSIDER, f"{', '.join(outsiders)} in {project.contract}")
    if not named:
        cells.note(line, NOBODY, f"{amount} in {project.contract}")
        return {}
    if len(named) == 1:
        return {"payer": named[0]}
    cells.note(line, SEVERAL, f"{amount} by {len(named)} in {project.contract}")
    return {"payers": list(named)}
