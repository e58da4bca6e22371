"""Projects: each becomes a contract, with its rate card from the metrics and prices, and its payers with their maxima.

A commitment's strength is *indicative*. The source states the most that a payer would pay; it does not say that the
payer is bound to it (firm), nor that a budget or a settlement is awaited, so each of the other words would state
something that the source does not. The payer's own officer confirms the entry, or makes it firm.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from commands.importing.bodies import identifier
from commands.importing.cells import Cells
from commands.importing.export import Export
from commands.importing.findings import NOT_TAKEN
from commands.importing.metrics import Metrics
from commands.importing.tables import Line, places
from ledger.rules.wording import looks_personal
from ledger.values import Pence

FUNDS: Final = {"INDIGO-FUND-0012": "LCF", "INDIGO-FUND-0013": "CLSIB", "INDIGO-FUND-0005": "FCF"}
"""Life Chances Fund, Care Leavers Social Impact Bonds, Fair Chance Fund; any other is told as INDIGO."""

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,30}")

NO_PROJECT: Final = f"{NOT_TAKEN}: a project without a usable identifier, or there twice"
NO_PAYER: Final = f"{NOT_TAKEN}: a payer without a usable identifier"
NO_AMOUNT: Final = "a payer named with no amount: missing, not zero"
NOTHING: Final = "a payer named with an amount of zero: a cap of zero, and no commitment"
NAMED_TWICE: Final = "a payer named twice for one contract, both kept"
OTHER_MONEY: Final = "an amount that is not in pounds, left out"
UNEVEN: Final = "commitments that do not add up to the contract's maximum"
SERVICE_FIRST: Final = "a service that started before its contract was signed"
BACKWARDS: Final = "a contract that ends before it starts, both dates kept"
UNNAMED: Final = "a project without a usable name, recorded under its identifier"


@dataclass(slots=True)
class Project:
    """A project as it is recorded: its contract's reference and day, its cap, and whom it names as payers."""

    name: str
    line: Line
    contract: str
    occurred_on: str
    cap: Pence | None = None
    payers: list[dict[str, Any]] = field(default_factory=list)
    committed: list[tuple[Line, str, Pence]] = field(default_factory=list)
    named: list[Line] = field(default_factory=list)


def projects(export: Export, cells: Cells) -> dict[str, Project]:
    """Each project by its identifier, with what its own row says."""
    found: dict[str, Project] = {}
    for line in export.lines("projects"):
        name = line.cells["project_id"].strip()
        contract = f"{FUNDS.get(line.cells['fund'].strip(), 'INDIGO')}/{name}"
        if name in found or not _NAME.fullmatch(name) or looks_personal(contract):
            cells.note(line, NO_PROJECT, name[:60] or "blank")
            continue
        signed = cells.first(line, "contract_signed") or cells.first(line, "service_start")
        one = found[name] = Project(name, line, contract, cells.occurred(line, signed))
        one.cap = _pounds(line, "max_outcome_payment", cells)
        _payers(one, export.of("commitments", name), cells)
    return found


def _pounds(line: Line, column: str, cells: Cells) -> Pence | None:
    """An amount in pounds; in another currency it is left out and reported."""
    if not line.cells[column].strip():
        return None
    if not cells.in_pounds(line):
        cells.note(line, OTHER_MONEY, f"{column} is {line.cells[column]!r}, currency {line.cells['currency']!r}")
        return None
    return cells.amount(line, column)


def _payers(project: Project, lines: list[Line], cells: Cells) -> None:
    seen: set[str] = set()
    for line in lines:
        body = identifier(line.cells["org_id"].strip())
        if body is None:
            cells.note(line, NO_PAYER, line.cells["org_id"][:40] or "blank")
            continue
        if body in seen:
            cells.note(line, NAMED_TWICE, body)
        seen.add(body)
        project.named.append(line)
        amount = _pounds(line, "max_outcome_payment", cells)
        project.payers.append({"payer": body} | ({} if amount is None else {"cap": str(amount)}))
        if amount:
            project.committed.append((line, body, amount))
        else:
            cells.note(line, NO_AMOUNT if amount is None else NOTHING, f"{body} in {project.contract}")


def agree(project: Project, export: Export, cells: Cells, metrics: Metrics) -> None:
    """The contract: what the source says of it, and no share, commissioner or provider, which it does not say."""
    line = project.line
    starts, until = cells.first(line, "service_start"), cells.last(line, "anticipated_completion")
    _dates(line, starts, until, cells)
    name = cells.text(line, "name")
    if name is None:
        cells.note(line, UNNAMED, project.name)
    terms: dict[str, Any] = {"payers": project.payers, "rates": metrics.rates(project.name)}
    if project.cap is not None:
        terms["cap"] = str(project.cap)
    body = {
        "contract": project.contract,
        "name": name or project.name,
        "terms": terms,
        "cohort": cells.text(line, "target_population"),
        "cohort_size": cells.count(line, "target_n"),
        "starts": starts and str(starts),
        "until": until and str(until),
        "occurred_on": project.occurred_on,
    }
    rows = [("commitments.csv", project.named), ("prices.csv", metrics.priced(project.name))]
    place = "; ".join([line.place, *(places(file, held, 60) for file, held in rows if held)])
    cells.want("contract-agreed/1", body, place, about=project.contract)


def _dates(line: Line, starts: date | None, until: date | None, cells: Cells) -> None:
    signed = cells.first(line, "contract_signed") if line.cells["contract_signed"].strip() else None
    if signed and starts and starts < signed:
        cells.note(line, SERVICE_FIRST, f"service from {starts:%Y-%m}, contract of {signed:%Y-%m}")
    if starts and until and until < starts:
        cells.note(line, BACKWARDS, f"from {starts} to {until}")


def commit(project: Project, cells: Cells) -> None:
    """A commitment for each payer with an amount, and what their sum leaves open."""
    used: set[str] = set()
    for line, body, amount in project.committed:
        named = reference = f"{project.name}/{body.removeprefix('XI-INDIGO-')}"
        while reference in used:
            reference = f"{named}/{len(used) + 1}"
        used.add(reference)
        said = {
            "commitment": reference,
            "funder": body,
            "contract": project.contract,
            "whole": str(amount),
            "strength": "indicative",
            "payment_basis": "outcome",
            "occurred_on": project.occurred_on,
        }
        note = cells.text(line, "notes")
        sealed = {"note": note} if note else {}
        cells.want("commitment-made/1", said, line.place, about=reference, sealed=sealed)
    whole = Pence(sum(amount for _, _, amount in project.committed))
    if project.cap is not None and project.payers and whole != project.cap:
        word = "more" if whole > project.cap else "less"
        why = f"{project.contract}: {whole} committed, {project.cap} at most, {Pence(abs(whole - project.cap))} {word}"
        cells.note(project.line, UNEVEN, why)
