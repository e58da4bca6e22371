"""Postings: what each entry moved, as double entry: the postings of an entry sum to zero.

Law: a fold, made as entries take effect; no later entry changes a posting, and a reversal posts the exact negation on
its own day. Both clocks are kept: the entry by which it is known, and the day from which it is true. Whether a drawn
pound is funded or awaited depends on the day that is asked about, and is worked out on reading (`settling`).

The accounts, above zero where money or the right to it is, below zero where it is from:

    promised, carried, to-return           where what can be drawn on is from, or went
    available                              what a funder committed and no spending drew yet
    unfunded                               what spending drew beyond every commitment
    spent                                  what spending drew, by funder; of nobody where it is unfunded
    called, due                            instalments that fell due
    income                                 what came in otherwise than from funders
    paid, in-transit, cash, returned       an instalment on its way from its funder to the pool, and back
    outgoings, creditors                   what a pool paid out or owes for its spending
    irrecoverable-vat, within-outgoings    how much of that is VAT that nobody gives back: said beside, not besides
    bought, owed, paid-out, written-off    what payers owe and paid under a contract, for what
    outturn, own-money                     what a body's outturn says it spent, outside every pool
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import msgspec

from ledger.book import Book, Effect
from ledger.events.claims import (
    ClawbackRaised,
    ClawbackRecovered,
    ClawbackWrittenOff,
    PaymentApproved,
    PaymentMade,
    VerificationWithdrawn,
)
from ledger.events.commitments import CommitmentMade
from ledger.events.contracts import ContractAgreed
from ledger.events.contributions import (
    ContributionDue,
    ContributionPaid,
    ContributionReceived,
    ContributionReturned,
)
from ledger.events.event import Event
from ledger.events.spending import (
    AccrualRecorded,
    AccrualSettled,
    AdministrativeCostRecorded,
    IncomeRecorded,
    JournalRecorded,
    OutturnRecorded,
    PersonalBudgetAllocated,
    SpendRecorded,
)
from ledger.events.years import PeriodAdjusted
from ledger.replay import Replayed
from ledger.rules.drawing import from_pool
from ledger.rules.pots import Move
from ledger.rules.shares import Tally, proportions
from ledger.rules.spending import cost_of
from ledger.values import FinancialYear

REVERSED = "reversed"
NOT_SPLIT = "(not split)"
"""Whose part stands for a payment that cannot be split: a named payer's commitment is not known."""


class Posting(msgspec.Struct, frozen=True, gc=False):
    """One side of a movement of money, in pence."""

    account: str
    pence: int
    day: date
    """True from this day."""
    funder: str = ""
    pool: str = ""
    year: str = ""
    category: str = ""
    accounts_as: str = ""
    scheme: str = ""
    contract: str = ""
    commitment: str = ""
    reference: str = ""
    """The line of spending, payment or instalment."""
    why: str = ""
    of_year: str = ""
    """The year that it comes from, where that is another: of a clawback or a carry-forward."""
    standing: str = "effective"
    """``effective``, ``unconfirmed``, or ``estimated``: split by us, because the source states no split."""
    metric: str = ""
    """What a payment is for, of the contract's rate card."""
    kind: str = ""
    said: int = 0
    """The entry by which somebody said it; 0 where it moved in the pots."""
    rests_on: str = ""
    """That entry and those of the other signatures, in words."""

    @property
    def negates(self) -> bool:
        """Whether it takes back what the same entry had posted."""
        return self.said > 0 and self.why == REVERSED


def pair(to: str, origin: str, pence: int, day: date, **places: Any) -> tuple[Posting, Posting]:
    """A sum from one account to another, in one place."""
    return Posting(to, pence, day, **places), Posting(origin, -pence, day, **places)


# -- what a source does not split -----------------------------------------------------------------------


@dataclass(slots=True)
class Estimates:
    """How payments of several payers are split where a source does not: pro rata to what each committed by then."""

    weights: dict[str, dict[str, int]] = field(default_factory=dict)
    """By contract and payer: what is committed, in pence."""
    payers: dict[str, tuple[str, ...]] = field(default_factory=dict)
    tallies: dict[str, Tally] = field(default_factory=dict)
    counted: set[str] = field(default_factory=set)

    def take(self, effect: Effect) -> None:
        """Follow what is committed under contracts, and who pays."""
        event = effect.event
        if isinstance(event, ContractAgreed):
            self.payers[event.contract] = tuple(payer.payer for payer in event.terms.payers)
        elif isinstance(event, CommitmentMade) and event.contract is not None:
            stands = effect.standing in ("effective", "unconfirmed")
            if stands == (effect.entry in self.counted):
                return
            sum_ = event.whole if event.whole is not None else sum(line.amount for line in event.profile)
            known = self.weights.setdefault(event.contract, {})
            known[event.funder] = known.get(event.funder, 0) + (sum_ if stands else -sum_)
            self.counted ^= {effect.entry}

    def split(self, event: PaymentMade) -> Iterator[tuple[str, int, str]]:
        """Each payer's part in pence, and whether a source states it."""
        if event.payer is not None:
            yield event.payer, event.amount, "unconfirmed"
            return
        known = self.weights.get(event.contract, {})
        named = event.payers or self.payers.get(event.contract, ())
        if not named or not all(known.get(name) for name in named):
            yield NOT_SPLIT, event.amount, "unconfirmed"
            return
        shares: dict[str, Fraction] = proportions({name: known[name] for name in named})
        tally = self.tallies.setdefault(event.contract, Tally())
        parts = tally.divide(event.amount, shares)
        tally.allot({name: event.amount * share for name, share in shares.items()}, parts)
        for name, part in parts.items():
            yield name, part, "estimated"


# -- following the log ---------------------------------------------------------------------------------

FROM = {
    "promised": "promised",
    "over-received": "promised",
    "borne": "promised",
    "income": "promised",
    "carried": "carried",
    "to-return": "to-return",
}
"""Where what a lot grows by is from, or where it goes."""


@dataclass(slots=True)
class Postings:
    """Follows the log, and says what each entry posts."""

    quoted: dict[str, tuple[Posting, ...]] = field(default_factory=dict)
    """What is posted and unconfirmed, by the id of the entry."""
    kept: dict[str, tuple[Posting, ...]] = field(default_factory=dict)
    """What was posted of something whose division only the Book of its time knew, by the id of its entry."""
    shares: Estimates = field(default_factory=Estimates)
    accrued: dict[str, int] = field(default_factory=dict)
    """The VAT in each accrual that nobody gives back, in pence: an invoice posts what it has beyond that."""

    def take(self, replayed: Replayed, book: Book) -> tuple[Posting, ...]:
        """What one entry posts; the Book has followed it."""
        found = [posting for move in replayed.moves for posting in _moved(move, book)]
        day = replayed.entry.statement.event.occurred_on
        for effect in replayed.effects:
            kind = type(effect.event)
            if kind in SHARED:
                self.shares.take(effect)
            if kind in POSTED:
                place = {
                    "kind": effect.event.kind,
                    "said": effect.position,
                    "rests_on": " ".join(map(str, effect.rests_on)),
                }
                found += [msgspec.structs.replace(one, **place) for one in self._effect(effect, book, day)]
        return tuple(found)

    def pass_by(self, replayed: Replayed, book: Book) -> None:
        """Follow an entry of which nothing need be posted: only what later postings rest on."""
        for effect in replayed.effects:
            kind = type(effect.event)
            if kind in SHARED:
                self.shares.take(effect)
            if kind in KEPT or kind in QUOTED:
                deque(self._effect(effect, book, replayed.entry.statement.event.occurred_on), maxlen=0)
            elif kind in ACCRUING and effect.standing in ("effective", REVERSED):
                self._own_vat(effect)

    def _effect(self, effect: Effect, book: Book, day: date) -> Iterator[Posting]:
        match effect.standing:
            case "unconfirmed":
                self.quoted[effect.entry] = tuple(self._quoted(effect.event, book))
                yield from self.quoted[effect.entry]
            case "effective":
                yield from _negated(self.quoted.pop(effect.entry, ()), None)
                posted = self._taxed(effect, book)
                if type(effect.event) in KEPT:
                    self.kept[effect.entry] = posted
                yield from posted
            case "withdrawn":
                yield from _negated(self.quoted.pop(effect.entry, ()), None)
            case "reversed":
                yield from _negated(self.kept.pop(effect.entry, ()) or self._taxed(effect, book), day)

    def _taxed(self, effect: Effect, book: Book) -> tuple[Posting, ...]:
        """What an event posts, with the VAT in it that nobody gives back."""
        posted = tuple(_posted(effect, book))
        vat = self._own_vat(effect) if isinstance(effect.event, Outgoing) else 0
        if not vat:
            return posted
        paid = next(one for one in posted if one.account == "outgoings")
        aside = (("irrecoverable-vat", vat), ("within-outgoings", -vat))
        return (*posted, *(msgspec.structs.replace(paid, account=name, pence=pence) for name, pence in aside))

    def _own_vat(self, effect: Effect) -> int:
        """The VAT that an event adds, in pence; of an invoice, what it has beyond its accrual."""
        event = effect.event
        vat = _vat(event) if isinstance(event, Outgoing) else 0
        match event:
            case AccrualRecorded():
                self.accrued[event.spend] = vat
            case AccrualSettled():
                vat -= self.accrued.get(event.spend, 0)
            case SpendRecorded(credits=str() as named) | PeriodAdjusted(credits=str() as named):
                if named in self.accrued:
                    self.accrued[named] += -vat if effect.standing == REVERSED else vat
        return vat

    def _quoted(self, event: Event, book: Book) -> Iterator[Posting]:
        """What a source states: shown apart, drawing on nothing."""
        match event:
            case CommitmentMade():
                yield from _committed(event, "unconfirmed")
            case PaymentMade():
                places = {"contract": event.contract, "metric": event.metric or "", "reference": event.payment or ""}
                year = str(FinancialYear.of(event.ends or event.occurred_on))
                for payer, part, standing in self.shares.split(event):
                    places |= {"funder": payer, "standing": standing}
                    yield from pair("bought", "paid-out", part, event.occurred_on, year=year, **places)
            case OutturnRecorded():
                yield from _outturn(event, "unconfirmed")


KEPT = frozenset({ClawbackRaised, ClawbackRecovered, ClawbackWrittenOff, AccrualSettled})
"""A reversal of these has forgotten how they were divided."""
QUOTED = frozenset({CommitmentMade, PaymentMade, OutturnRecorded})
SHARED = frozenset({ContractAgreed, CommitmentMade})
ACCRUING = frozenset({AccrualRecorded, SpendRecorded, PeriodAdjusted})
"""What an invoice for an accrual is compared with: the accrual, and credit notes for it."""
POSTED: frozenset[type[Event]] = frozenset(
    {
        *(CommitmentMade, ContributionDue, ContributionPaid, ContributionReceived, ContributionReturned),
        *(SpendRecorded, AccrualRecorded, PersonalBudgetAllocated, PeriodAdjusted, AdministrativeCostRecorded),
        *(JournalRecorded, AccrualSettled, IncomeRecorded, OutturnRecorded),
        *(PaymentApproved, PaymentMade, ClawbackRaised, ClawbackRecovered, ClawbackWrittenOff, VerificationWithdrawn),
    }
)
"""The kinds that post something besides what they move in the pots."""


def _negated(posted: Iterable[Posting], day: date | None) -> Iterator[Posting]:
    """The exact negation, on that day or on the same ones."""
    for one in posted:
        yield msgspec.structs.replace(one, pence=-one.pence, day=max(one.day, day) if day else one.day, why=REVERSED)


def _moved(move: Move, book: Book) -> tuple[Posting, Posting]:
    """A lot grew, or a line of spending drew on it."""
    lot = book.pots.lots[move.lot]
    pool, year, category, accounts_as = lot.pot
    held = book.pots.spends[move.spend] if move.spend is not None else None
    place: dict[str, Any] = {
        "funder": lot.funder,
        "pool": pool,
        "year": year,
        "category": category,
        "accounts_as": accounts_as,
        "commitment": lot.commitment,
        "why": move.why,
    }
    if held is None:
        if lot.brought and move.why == "carried":
            place["of_year"] = str(FinancialYear.of(FinancialYear(year).first_day - timedelta(days=1)))
        return pair("available", FROM[move.why], move.pence, move.on, scheme=lot.scheme or "", **place)
    source = "available" if lot.funder else "unfunded"
    spent = Posting(
        "spent", move.pence, move.on, scheme=held.scheme or "", contract=held.contract or "",
        reference=move.spend or "", **place
    )  # fmt: skip
    return spent, Posting(source, -move.pence, move.on, scheme=lot.scheme or "", reference=move.spend or "", **place)


# -- what an event itself posts --------------------------------------------------------------------------


def _posted(effect: Effect, book: Book) -> Iterator[Posting]:
    """What an event in effect posts besides what it moved in the pots."""
    event = effect.event
    match event:
        case CommitmentMade() if event.contract is not None:
            yield from _committed(event, "effective")
        case ContributionDue() | ContributionPaid() | ContributionReceived() | ContributionReturned():
            yield from _instalment(event, book)
        case IncomeRecorded():
            year = str(FinancialYear.of(event.occurred_on))
            place = {"funder": event.partner, "pool": event.pool, "year": year, "category": event.category}
            yield from pair(
                "cash", "income", event.amount, event.occurred_on, accounts_as=event.accounts_as, why="income", **place
            )
        case OutturnRecorded():
            yield from _outturn(event, "effective")
        case (
            SpendRecorded()
            | AccrualRecorded()
            | PersonalBudgetAllocated()
            | PeriodAdjusted()
            | AdministrativeCostRecorded()
            | JournalRecorded()
            | AccrualSettled()
        ):
            yield from _paid_out(event, book)
        case (
            PaymentApproved()
            | PaymentMade()
            | ClawbackRaised()
            | ClawbackRecovered()
            | ClawbackWrittenOff()
            | VerificationWithdrawn()
        ):
            yield from _under_contract(event, effect.entry, book)


def _committed(event: CommitmentMade, standing: str) -> Iterator[Posting]:
    """A commitment as its making states it: under a contract, or as a source has it."""
    places = {
        "funder": event.funder,
        "pool": event.pool or "",
        "scheme": event.scheme or "",
        "contract": event.contract or "",
        "commitment": event.commitment,
        "why": "promised",
        "standing": standing,
    }
    if event.whole is not None:
        yield from pair("available", "promised", event.whole, event.occurred_on, **places)
    for line in event.profile:
        headings = {"year": line.year, "category": line.category, "accounts_as": line.accounts_as}
        yield from pair("available", "promised", line.amount, event.occurred_on, **places, **headings)


def _outturn(event: OutturnRecorded, standing: str) -> Iterator[Posting]:
    places = {"funder": event.organisation, "year": str(event.year), "scheme": event.section, "reference": event.line}
    yield from pair("outturn", "own-money", event.amount, event.occurred_on, standing=standing, **places)


Instalment = ContributionDue | ContributionPaid | ContributionReceived | ContributionReturned
SIDES = {
    ContributionDue: ("called", "due"),
    ContributionPaid: ("in-transit", "paid"),
    ContributionReceived: ("cash", "in-transit"),
    ContributionReturned: ("returned", "cash"),
}


def _instalment(event: Instalment, book: Book) -> tuple[Posting, Posting]:
    held = book.contributions.instalments.get(event.contribution)
    due = held.due if held else event
    assert isinstance(due, ContributionDue)  # noqa: S101 for the type checker: only what is due is ever taken back last
    commitment = book.commitments.made[due.commitment]
    to, origin = SIDES[type(event)]
    return pair(
        to,
        origin,
        event.amount,
        event.occurred_on,
        funder=commitment.funder,
        pool=commitment.pool or "",
        year=due.year,
        category=due.category,
        accounts_as=due.accounts_as,
        commitment=due.commitment,
        reference=event.contribution,
    )


Outgoing = (
    SpendRecorded
    | AccrualRecorded
    | PersonalBudgetAllocated
    | PeriodAdjusted
    | AdministrativeCostRecorded
    | JournalRecorded
    | AccrualSettled
)


def _vat(event: Outgoing) -> int:
    """The VAT in a cost that nobody gives back, in pence; of a credit, below zero."""
    match event:
        case PersonalBudgetAllocated():
            return 0
        case JournalRecorded():
            return sum(line.irrecoverable_vat for line in event.lines)
        case SpendRecorded() | PeriodAdjusted():
            return -event.cost.irrecoverable_vat if event.credits is not None else int(event.cost.irrecoverable_vat)
        case _:
            return int(event.cost.irrecoverable_vat)


def _paid_out(event: Outgoing, book: Book) -> Iterator[Posting]:
    """What a pool pays, or owes, for its spending."""
    day, year = event.occurred_on, str(FinancialYear.of(event.occurred_on))
    place: dict[str, Any]
    if isinstance(event, AccrualSettled):
        held = book.pots.spends[event.spend]
        # What the invoice has beyond what stood of the accrual: credit notes may have lowered it before.
        beyond = sum(move.pence for move in book.pots.moved if move.spend == event.spend)
        place = {"pool": held.pool, "scheme": held.scheme or "", "year": year, "reference": event.spend}
        yield Posting("creditors", event.cost.total - beyond, day, **place)
        yield Posting("outgoings", beyond, day, **place)
        yield Posting("cash", -event.cost.total, day, **place)
        return
    if isinstance(event, AdministrativeCostRecorded):
        pool, scheme = event.pool, ""
    else:
        pool, scheme = book.pools.schemes[event.scheme].agreed.pool, event.scheme
    if isinstance(event, JournalRecorded):
        reference, pence = event.journal, int(event.total)
    else:
        reference, pence = event.spend, int(cost_of(event))
    named = event.credits if isinstance(event, SpendRecorded | PeriodAdjusted) else None
    credit = named is not None
    accrued_ = isinstance(event, AccrualRecorded) or (isinstance(event, SpendRecorded) and event.basis == "accrual")
    # A credit note for what is not paid yet brings no cash.
    accrued_ = accrued_ or (named in book.spending.accruals and named not in book.spending.settled)
    place = {"pool": pool, "scheme": scheme, "year": year, "reference": reference}
    yield from pair("outgoings", "creditors" if accrued_ else "cash", -pence if credit else pence, day, **place)


Contractual = (
    PaymentApproved | PaymentMade | ClawbackRaised | ClawbackRecovered | ClawbackWrittenOff | VerificationWithdrawn
)


def _under_contract(event: Contractual, entry: str, book: Book) -> Iterator[Posting]:
    """What payers owe and paid. A pool's part is spending of the pool, and only its cash side is posted here."""
    day = event.occurred_on
    match event:
        case PaymentApproved():
            claim = book.claims.claims[event.claim].made
            for line in event.lines:
                year = _year(book, event.payment, line.payer, claim.occurred_on)
                yield from _turn(
                    book, "bought", "owed", line.payer, line.amount, day, event.payment, year, claim.contract
                )
        case PaymentMade(payment=str() as reference, payer=str() as payer):
            contract, achieved = _claim(book, reference)
            year = _year(book, reference, payer, achieved)
            metric = book.claims.claims[book.claims.payments[reference].approved.claim].made.metric
            turned = _turn(book, "owed", "paid-out", payer, event.amount, day, reference, year, contract)
            yield from (msgspec.structs.replace(one, metric=metric) for one in turned)
        case PaymentMade():
            places = {"funder": event.payer or NOT_SPLIT, "contract": event.contract}
            year = str(FinancialYear.of(event.ends or day))
            yield from pair("bought", "paid-out", event.amount, day, year=year, **places)
        case VerificationWithdrawn():
            for reference in book.claims.claims[event.claim].payments:
                yield from _taken(book, reference, entry, day, "owed", "bought")
        case ClawbackRaised():
            yield from _taken(book, event.payment, entry, day, "owed", "bought")
        case ClawbackRecovered():
            yield from _taken(book, event.payment, entry, day, "paid-out", "owed")
        case ClawbackWrittenOff():
            yield from _taken(book, event.payment, entry, day, "written-off", "owed")


def _year(book: Book, payment: str, payer: str, achieved: date) -> str:
    """The year that a payment is of: when its outcomes were achieved; a pool's part, when it drew on the pool."""
    spend = book.pots.spends.get(from_pool(payment, payer))
    return str(FinancialYear.of(spend.day if spend else achieved))


def _claim(book: Book, payment: str) -> tuple[str, date]:
    """The contract that a payment is made under, and the day on which what it pays for was achieved."""
    claim = book.claims.claims[book.claims.payments[payment].approved.claim].made
    return claim.contract, claim.occurred_on


def _taken(book: Book, reference: str, entry: str, day: date, to: str, origin: str) -> Iterator[Posting]:
    """What a clawback took, brought back or gave up, in the year of that day, naming the year that it comes from."""
    contract, achieved = _claim(book, reference)
    year, of_year = str(FinancialYear.of(day)), str(FinancialYear.of(achieved))
    for payer, part in book.claims.payments[reference].moves.get(entry, {}).items():
        if part:
            turned = _turn(book, to, origin, payer, part, day, reference, year, contract)
            yield from (msgspec.structs.replace(one, of_year=of_year) for one in turned)


def _turn(  # noqa: PLR0913, PLR0917 a posting has that many places
    book: Book, to: str, origin: str, payer: str, pence: int, day: date, reference: str, year: str, contract: str
) -> tuple[Posting, Posting]:
    """A sum between two accounts of a payer under a contract; a pool's part is the pool's, not the payer's own."""
    spend = book.pots.spends.get(from_pool(reference, payer))
    sides = [
        {"bought": "outgoings", "written-off": "outgoings"}.get(one, one) if spend else one for one in (to, origin)
    ]
    return pair(
        sides[0],
        sides[1],
        pence,
        day,
        funder=payer,
        contract=contract,
        reference=reference,
        year=year,
        pool=spend.pool if spend else "",
        scheme=(spend.scheme or "") if spend else "",
    )
