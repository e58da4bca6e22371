"""Rate cards: what the prices imply for what was achieved, against what was paid, metric by metric.

Law: an implied sum is arithmetic, not a debt. What was achieved is what is verified here or, where a source only
states counts, the final counts as published, which say so.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from ledger.book import Book
from ledger.events.claims import PaymentMade
from ledger.events.contracts import ContractAgreed, ContractVaried, Rate
from ledger.events.event import Event
from ledger.events.outcomes import MeasureRecorded
from ledger.values import Pence
from projections.facts import Fact, Facts, entries_of
from projections.rows import Row

COLUMNS = (
    *("contract", "metric", "pays_for", "price", "achieved", "counted", "implied", "paid", "difference"),
    *("standing", "entries"),
)
KINDS: tuple[type[Event], ...] = (ContractAgreed, ContractVaried, MeasureRecorded, PaymentMade)


def rows(facts: Facts, book: Book, contract: str | None = None) -> list[Row]:
    """A row for each line of each rate card, or of the one asked about."""
    cards: dict[str, tuple[tuple[Rate, ...], list[Fact]]] = {}
    for agreed, fact in facts.of(ContractAgreed):
        if contract is None or agreed.contract == contract:
            cards[agreed.contract] = agreed.terms.rates, [fact]
    for varied, fact in facts.of(ContractVaried):
        if varied.contract in cards:
            cards[varied.contract] = varied.terms.rates, [*cards[varied.contract][1], fact]
    counted: dict[str, list[tuple[Fraction, Fact]]] = {}
    for measure, fact in facts.of(MeasureRecorded):
        if measure.status == "final":
            counted.setdefault(measure.outcome, []).append((Fraction(measure.value), fact))
    paid: dict[tuple[str, str], list[tuple[Pence, Fact]]] = {}
    for payment, fact in facts.of(PaymentMade):
        metric = _metric(payment, book)
        if metric is not None:
            paid.setdefault((payment.contract, metric), []).append((payment.amount, fact))
    verified: dict[tuple[str, str], int] = {}
    for claim in book.claims.claims.values():
        key = claim.made.contract, claim.made.metric
        verified[key] = verified.get(key, 0) + claim.verified
    return [
        _row(
            (reference, rate, known),
            counted.get(rate.outcome or "", []),
            paid.get((reference, rate.metric), []),
            verified.get((reference, rate.metric), 0) if reference in book.contracts.contracts else None,
        )
        for reference, (rates, known) in cards.items()
        for rate in rates
    ]


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


def _metric(payment: PaymentMade, book: Book) -> str | None:
    """The metric that a payment is for: that of its claim, or the one that a source states."""
    approved = book.claims.payments.get(payment.payment or "")
    return book.claims.claims[approved.approved.claim].made.metric if approved else payment.metric


def _row(
    card: tuple[str, Rate, list[Fact]],
    counted: list[tuple[Fraction, Fact]],
    paid: list[tuple[Pence, Fact]],
    verified: int | None,
) -> Row:
    """One line; `verified` is None where the contract is only quoted from a source."""
    reference, rate, known = card
    live = verified is not None
    published = sum((value for value, _ in counted), Fraction(0)) if counted else None
    achieved = published if verified is None else Fraction(verified)
    implied = None if achieved is None or rate.price is None else Pence(achieved * rate.price)
    sum_paid = Pence(sum(amount for amount, _ in paid)) if paid or live else None
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
        "entries": entries_of([*known, *(fact for _, fact in counted), *(fact for _, fact in paid)]),
    }
