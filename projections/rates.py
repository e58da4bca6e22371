"""Rate cards: what the prices imply for what was achieved, against what was paid, metric by metric.

Law: an implied sum is arithmetic, not a debt. What was achieved is what is verified here or, where a source only
states counts, the final counts as published, which say so.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from ledger.events.claims import PaymentMade
from ledger.events.contracts import ContractAgreed, ContractVaried, Rate
from ledger.events.outcomes import MeasureRecorded
from ledger.values import Pence
from projections.facts import Fact, entries_of
from projections.rows import Row
from projections.sight.reading import Sight, numbers
from projections.sight.tables import postings, units

COLUMNS = (
    *("contract", "metric", "pays_for", "price", "achieved", "counted", "implied", "paid", "difference"),
    *("standing", "entries"),
)


Paid = tuple[int, tuple[int, ...]]
"""A sum in pence, with the entries that it rests on."""


def rows(sight: Sight, contract: str | None = None) -> list[Row]:
    """A row for each line of each rate card, or of the one asked about."""
    cards: dict[str, tuple[tuple[Rate, ...], list[Fact]]] = {}
    for agreed, fact in sight.of(ContractAgreed):
        if contract is None or agreed.contract == contract:
            cards[agreed.contract] = agreed.terms.rates, [fact]
    for varied, fact in sight.of(ContractVaried):
        if varied.contract in cards:
            cards[varied.contract] = varied.terms.rates, [*cards[varied.contract][1], fact]
    counted: dict[str, list[tuple[Fraction, Fact]]] = {}
    for measure, fact in sight.of(MeasureRecorded):
        if measure.status == "final":
            counted.setdefault(measure.outcome, []).append((Fraction(measure.value), fact))
    paid, verified = _paid(sight, contract), _verified(sight)
    return [
        _row(
            (reference, rate, known),
            counted.get(rate.outcome or "", []),
            paid.get((reference, rate.metric)),
            verified.get((reference, rate.metric), 0) if known[0].confirmed else None,
        )
        for reference, (rates, known) in cards.items()
        for rate in rates
    ]


def _paid(sight: Sight, contract: str | None) -> dict[tuple[str, str], Paid]:
    """What was paid by contract and metric: that of the claim, or the one that a source states."""
    asked = (postings.c.contract == contract,) if contract else ()
    made = (postings.c.account == "paid-out", postings.c.kind == PaymentMade.kind, postings.c.metric != "", *asked)
    found = sight.said(("contract", "metric"), *made)
    return {(row.contract, row.metric): (-int(row.pence), numbers(row.entries)) for row in found}


def _verified(sight: Sight) -> dict[tuple[str, str], int]:
    found = sight.counts(("contract", "metric"), units.c.what == "verified")
    return {(row.contract, row.metric): int(row.units) for row in found}


def findings(shown: Iterable[Row]) -> list[str]:
    """What was achieved and not paid for, in sentences. What was paid beyond the count is no fault by itself."""
    found: list[str] = []
    for row in shown:
        if row["difference"] is not None and row["difference"] > 0 and row["price"]:
            units = Fraction(row["difference"], row["price"])
            several = f"{float(units):g} outcomes" if units != 1 else "1 outcome"
            where = f"{row['contract']} {row['metric']}"
            found.append(f"{where}: {several} achieved ({row['counted']}) and not paid for, {row['difference'].spoken}")
    return found


def _row(
    card: tuple[str, Rate, list[Fact]],
    counted: list[tuple[Fraction, Fact]],
    paid: Paid | None,
    verified: int | None,
) -> Row:
    """One line; `verified` is None where the contract is only quoted from a source."""
    reference, rate, known = card
    live = verified is not None
    published = sum((value for value, _ in counted), Fraction(0)) if counted else None
    achieved = published if verified is None else Fraction(verified)
    implied = None if achieved is None or rate.price is None else Pence(achieved * rate.price)
    sum_paid = Pence(paid[0] if paid else 0) if paid or live else None
    entries = {*entries_of([*known, *(fact for _, fact in counted)]), *(paid[1] if paid else ())}
    return {
        "contract": reference,
        "metric": rate.metric,
        "pays_for": rate.pays_for,
        "price": rate.price,
        "achieved": None if achieved is None else f"{float(achieved):g}",
        "counted": "verified" if live else "as published" if counted else None,
        "implied": implied,
        "paid": sum_paid,
        "difference": None if implied is None or sum_paid is None else Pence(implied - sum_paid),
        "standing": known[0].standing,
        "entries": tuple(sorted(entries)),
    }
