"""Outcomes: who answers for each, where it should stand and where it stands.

Law: a gap is worked out only from figures of one definition and one period; conflicting figures are all shown; what
is missing is left out, never counted as nothing. Verified units are counted apart from measures.
"""

from __future__ import annotations

from datetime import date
from fractions import Fraction

from ledger.events.outcomes import MeasureRecorded, OutcomeAdopted, OutcomeDefined, OutcomeRedefined, TargetSet
from ledger.values import Number
from projections.contracts import agreements
from projections.facts import Fact, added
from projections.rows import Row
from projections.sight.reading import Sight
from projections.sight.tables import units

COLUMNS = (
    *("outcome", "name", "unit", "answers", "baseline", "target", "by_when", "ends", "status", "measured", "out_of"),
    *("gap", "verified", "standing", "entries"),
)


def rows(sight: Sight) -> list[Row]:
    """A row for each figure measured of each outcome, or one with none; the newest target beside it."""
    redefined = {event.outcome: (event, fact) for event, fact in sight.of(OutcomeRedefined)}
    targets = {event.outcome: (event, fact) for event, fact in sight.of(TargetSet)}
    adopted: dict[str, list[str]] = {}
    for event, _ in sight.of(OutcomeAdopted):
        adopted.setdefault(event.outcome, []).append(f"{event.organisation} ({event.answers})")
    measured: dict[str, list[tuple[MeasureRecorded, Fact]]] = {}
    for figure, fact in sight.of(MeasureRecorded):
        measured.setdefault(figure.outcome, []).append((figure, fact))
    verified = _verified(sight)
    shown: list[Row] = []
    for defined, fact in sight.of(OutcomeDefined):
        reference = defined.outcome
        change, target = redefined.get(reference), targets.get(reference)
        entries = fact.entries
        for one in (change, target):
            entries = added(entries, one[1]) if one else entries
        common: Row = {
            "outcome": reference,
            "name": defined.name,
            "unit": change[0].unit if change else defined.unit,
            "answers": tuple(adopted.get(reference, ())),
            "baseline": target[0].baseline if target else None,
            "target": target[0].target if target else None,
            "by_when": target[0].by_when if target else None,
            "verified": verified.get(reference),
            "standing": fact.standing,
        }
        figures = measured.get(reference, [])
        shown += [
            {**common, **_figure(figure, target[0] if target else None), "entries": added(entries, one)}
            for figure, one in figures
        ] or [{**common, "entries": entries}]
    return shown


def _figure(figure: MeasureRecorded, target: TargetSet | None) -> Row:
    """What was measured; the gap to the target only where nothing but the whole was measured."""
    whole = figure.group is None and figure.area is None
    return {
        "ends": figure.ends,
        "status": figure.status,
        "measured": figure.value,
        "out_of": figure.denominator,
        "gap": difference(target.target, figure.value) if target and whole else None,
    }


def difference(target: Number, value: Number) -> Number:
    """How far a figure is from its target, exactly."""
    gap = Fraction(target) - Fraction(value)
    whole, rest = divmod(abs(gap.numerator) * 10**9 // gap.denominator, 10**9)
    text = f"{'-' if gap < 0 else ''}{whole}.{rest:09d}".rstrip("0").rstrip(".")
    return Number(text)


def _verified(sight: Sight) -> dict[str, int]:
    """The live verified units of each outcome, over all contracts whose rate card names it."""
    contracts = agreements(sight)
    found: dict[str, int] = {}
    for row in sight.counts(("contract", "what", "metric", "achieved"), units.c.what.in_(("claimed", "verified"))):
        contract = contracts.get(row.contract)
        rate = contract.rate_on(date.fromisoformat(row.achieved), row.metric) if contract else None
        if rate is not None and rate.outcome is not None and row.units:
            verified = int(row.units) if row.what == "verified" else 0
            found[rate.outcome] = found.get(rate.outcome, 0) + verified
    return found
