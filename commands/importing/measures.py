"""Measures: each result is a figure that the source reports. No claim and no verification is made of it."""

from __future__ import annotations

from collections import defaultdict
from typing import Final

from commands.importing.cells import Cells
from commands.importing.export import Export
from commands.importing.findings import NOT_TAKEN
from commands.importing.metrics import Metrics
from commands.importing.tables import Line, places

NO_METRIC: Final = f"{NOT_TAKEN}: a result without a usable metric"
NO_FIGURE: Final = f"{NOT_TAKEN}: a result without a figure, which is missing and not zero"
NO_END: Final = f"{NOT_TAKEN}: a result without the end of its period"
NO_STATUS: Final = f"{NOT_TAKEN}: a result that is marked neither interim nor final"
BACKWARDS: Final = "a result whose period ends before it starts: the start is left out"
AMBIGUOUS: Final = "a result of a metric that has two rows: recorded under the first"
RESTATED: Final = "results for one metric, period and type: all kept"

STATUS: Final = {"Interim": "interim", "Final": "final"}


def measures(export: Export, cells: Cells, project: str, metrics: Metrics) -> None:
    """The results of one project."""
    alike: dict[tuple[str, ...], list[Line]] = defaultdict(list)
    for line in export.of("results", project):
        outcome = metrics.outcome(project, line.cells["metric_id"].strip())
        status = STATUS.get(line.cells["type"].strip())
        value, ends = cells.figure(line, "outcomes_achieved"), cells.last(line, "period_end")
        lacking = NO_METRIC if not outcome else NO_STATUS if not status else NO_END if not ends else NO_FIGURE
        if outcome is None or status is None or ends is None or value is None:
            cells.note(line, lacking, f"{line.cells['metric_id']}: {line.cells['outcomes_achieved'] or 'blank'}")
            continue
        starts = cells.first(line, "period_start")
        if starts and ends < starts:
            cells.note(line, BACKWARDS, f"{line.cells['period_start']} to {line.cells['period_end']}")
            starts = None
        if metrics.twice(project, line.cells["metric_id"].strip()):
            cells.note(line, AMBIGUOUS, outcome)
        body = {
            "outcome": outcome,
            "value": value,
            "denominator": cells.figure(line, "engaged"),
            "starts": starts and str(starts),
            "ends": str(ends),
            "dataset": export.reference,
            "status": status,
            "occurred_on": cells.occurred(line, ends),
        }
        cells.want("measure-recorded/1", body, line.place, about=outcome)
        alike[outcome, str(starts), str(ends), status].append(line)
    for held in alike.values():
        if len(held) > 1:
            _, _, row = places("", held).partition(":")
            figures = ", ".join(line.cells["outcomes_achieved"].strip() for line in held)
            cells.findings.add(held[0].file, row, RESTATED, f"{held[0].cells['metric_id']}: {figures}")
