"""Metrics: each is an outcome of its project, with its target where one is stated, and a line of the rate card.

A metric's text is taken as the outcome's name. Its unit is what the column *outcomes_achieved* counts; the source says
no more of it. Where a project has two rows for one metric, both are kept: the second outcome has another reference.
A metric that is priced or measured and nowhere described is defined by its name alone, because a figure needs it.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any, Final

from commands.importing.cells import Cells
from commands.importing.export import Export
from commands.importing.findings import NOT_TAKEN
from commands.importing.tables import Line, places

NO_METRIC: Final = f"{NOT_TAKEN}: a row without a usable metric"
TWICE: Final = "a metric with two rows, both kept under different references"
UNDESCRIBED: Final = "a metric that metrics.csv does not describe, defined by its name alone"
OTHER_MONEY: Final = f"{NOT_TAKEN}: a price that is not in pounds"
PRICED_TWICE: Final = "a metric with two prices, both kept"
WORDLESS: Final = "a metric without a usable description, recorded under its name"
UNIT: Final = "achieved outcomes, as the source counts them"


class Metrics:
    """The metrics of every project: what was defined, and what is paid for it."""

    def __init__(self, export: Export, cells: Cells) -> None:
        self._export = export
        self._cells = cells
        self._outcomes: dict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)
        """For a project's metric: the reference and text of each outcome, in the order of the rows."""
        self._rates: dict[str, list[dict[str, Any]]] = {}
        self._priced: dict[str, list[Line]] = {}

    def outcome(self, project: str, metric: str) -> str | None:
        """The outcome of a metric: the first that was defined."""
        held = self._outcomes.get((project, metric))
        return held[0][0] if held else None

    def twice(self, project: str, metric: str) -> bool:
        """Whether more than one row describes the metric."""
        return len(self._outcomes.get((project, metric), ())) > 1

    def rates(self, project: str) -> list[dict[str, Any]]:
        """The rate card."""
        return self._rates[project]

    def priced(self, project: str) -> list[Line]:
        """The rows of prices that are on the rate card."""
        return self._priced[project]

    # -- outcomes and targets -----------------------------------------------------------------------

    def define(self, project: str, occurred_on: str) -> None:
        """The outcomes of one project, their targets, and its rate card."""
        for line in self._export.of("metrics", project):
            metric = self._cells.name(line, "metric_id")
            if metric is None:
                self._cells.note(line, NO_METRIC, line.cells["metric_id"][:40] or "blank")
            else:
                self._describe(project, metric, line, occurred_on)
        for file in ("prices", "results"):
            self._only_named(project, file, occurred_on)
        self._price(project)

    def _describe(self, project: str, metric: str, line: Line, occurred_on: str) -> None:
        cells, earlier = self._cells, self._outcomes[project, metric]
        reference = f"{project}/{metric}" + (f"/{len(earlier) + 1}" if earlier else "")
        if earlier:
            cells.note(line, TWICE, f"{metric} of {project}: this one is {reference}")
        text = cells.text(line, "definition")
        if text is None:
            cells.note(line, WORDLESS, reference)
        standard = "; ".join(filter(None, (line.cells[name].strip() for name in ("validation_method", "data_source"))))
        shown = cells.short(line, "validation_method", standard)
        self._define(project, metric, text or metric, reference, line.place, occurred_on, shown)
        target = cells.figure(line, "target_n") or cells.figure(line, "target")
        if target is not None:
            body = {"outcome": reference, "target": target, "occurred_on": occurred_on}
            cells.want("target-set/1", body, line.place, about=reference)

    def _define(
        self, project: str, metric: str, text: str, reference: str, place: str, occurred_on: str, standard: str | None
    ) -> None:
        self._outcomes[project, metric].append((reference, text))
        body = {
            "outcome": reference,
            "name": text,
            "metric": metric,
            "unit": UNIT,
            "evidence_standard": standard,
            "occurred_on": occurred_on,
        }
        self._cells.want("outcome-defined/1", body, place, about=reference)

    def _only_named(self, project: str, file: str, occurred_on: str) -> None:
        lines: dict[str, list[Line]] = defaultdict(list)
        for line in self._export.of(file, project):
            metric = line.cells["metric_id"].strip()
            if (project, metric) not in self._outcomes and self._cells.name(line, "metric_id"):
                lines[metric].append(line)
        for metric, held in lines.items():
            self._cells.note(held[0], UNDESCRIBED, f"{metric} of {project}")
            place = places(f"{file}.csv", held)
            self._define(project, metric, metric, f"{project}/{metric}", place, occurred_on, None)

    # -- the rate card ------------------------------------------------------------------------------

    def _price(self, project: str) -> None:
        prices: dict[str, list[dict[str, Any]]] = defaultdict(list)
        self._priced[project] = []
        for line in self._export.of("prices", project):
            if (metric := self._metric(line)) is not None:
                if metric in prices:
                    self._cells.note(line, PRICED_TWICE, f"{metric} of {project}")
                prices[metric].append(self._sums(line))
                self._priced[project].append(line)
        rates: list[dict[str, Any]] = []
        for (of, metric), outcomes in self._outcomes.items():
            for reference, text in outcomes if of == project else ():
                rate = {"metric": metric, "pays_for": text, "outcome": reference}
                rates += [rate | sums for sums in prices.get(metric) or [{}]]
        self._rates[project] = rates

    def _metric(self, line: Line) -> str | None:
        """The metric of a row of prices; None, with its reason, where the row is not taken."""
        metric: str = line.cells["metric_id"].strip()
        if (line.cells["project_id"].strip(), metric) not in self._outcomes:
            self._cells.note(line, NO_METRIC, metric[:40] or "blank")
            return None
        if not self._cells.in_pounds(line):
            self._cells.note(line, OTHER_MONEY, repr(line.cells["currency"]))
            return None
        return metric

    def _sums(self, line: Line) -> dict[str, Any]:
        price, cap = self._cells.amount(line, "price_per_unit"), self._cells.amount(line, "max_price")
        text = self._cells.text(line, "description")
        found = {"price": price, "cap": cap, "pays_for": text}
        return {name: str(value) for name, value in found.items() if value is not None}
