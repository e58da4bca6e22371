"""A partner's account: what it committed, what fell due, what it paid and what arrived, line by line.

Law: from the tables, on both clocks. What waits and what is unconfirmed is shown, and totalled apart; an estimate says
that it is one; what is given in kind is never added to cash. Each row names its entries.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import reduce
from operator import or_
from typing import Any, Final

from ledger.events.claims import ClawbackRecovered, ClawbackWrittenOff, PaymentApproved, PaymentMade
from ledger.events.commitments import CommitmentMade, CommitmentReprofiled, CommitmentVaried
from ledger.events.contributions import (
    ContributionDue,
    ContributionInKind,
    ContributionPaid,
    ContributionReceived,
    ContributionReturned,
)
from ledger.events.pools import PoolAgreed
from ledger.values import Pence, YearAmount
from projections.commitments import Held, held
from projections.rows import Row
from projections.sight.reading import Pending, Sight, numbers
from projections.sight.tables import facts, postings

COLUMNS = (
    *("what", "reference", "to", "year", "category", "accounts_as", "strength", "standing", "amount", "entries"),
)
ESTIMATE = "paid, estimated"
"""Pro rata to commitments, because the source states no split."""


SIDES: Final = {
    ContributionDue.kind: ("called", "due"),
    ContributionPaid.kind: ("in-transit", "paid"),
    ContributionReceived.kind: ("cash", "arrived"),
    ContributionReturned.kind: ("returned", "returned"),
}
"""Of an instalment: the account that tells of it, and what it is to its funder; in the order in which it is shown."""
BACK: Final = {ClawbackRecovered.kind: "came back", ClawbackWrittenOff.kind: "written off"}


def rows(sight: Sight, partner: str) -> list[Row]:
    """What was committed, what waits, then what moved: to pools, then under contracts."""
    own = held(sight.commitments(facts.c.party == partner))
    found: list[Row] = []
    for one in own:
        found += _lines(one, "withdrawn" if one.withdrawn else one.fact.standing, one.entries)
    for waiting in sight.pending("waiting"):
        found += _waiting(waiting, partner, own)
    found += _contributions(sight, partner) + _in_kind(sight, {one.made.commitment: one.made for one in own})
    return found + _payments(sight, partner) + _owed(sight, partner) + _back(sight, partner)


def _waiting(waiting: Pending, partner: str, own: list[Held]) -> list[Row]:
    event = waiting.event
    if isinstance(event, CommitmentMade) and event.funder == partner:
        return _profile(event, event.profile, event.whole, event.strength, "waiting", waiting.rests_on)
    if isinstance(event, CommitmentVaried | CommitmentReprofiled):
        for one in own:
            if one.made.commitment == event.commitment:
                whole = event.whole if isinstance(event, CommitmentVaried) else None
                changed = replace(one, profile=event.profile, whole=whole)
                return _lines(changed, "waiting", waiting.rests_on)
    return []


# -- to pools -----------------------------------------------------------------------------------------


def _contributions(sight: Sight, partner: str) -> list[Row]:
    """Instalments of this funder's commitments, and of those to the pools that it hosts: each side apart."""
    kinds = list(SIDES)
    moved = reduce(or_, ((postings.c.kind == kind) & (postings.c.account == SIDES[kind][0]) for kind in kinds))
    hosted = {pool for pool, host in sight.hosts.items() if host == partner}
    found = sight.lines(postings.c.funder == partner, moved)
    if hosted:
        found += sight.lines(postings.c.pool.in_(hosted), postings.c.funder != partner, moved)
    shown: list[Row] = []
    for one in sorted(found, key=lambda one: (kinds.index(one.kind), one.number)):
        _, what = SIDES[one.kind]
        received = one.kind == ContributionReceived.kind
        host = one.pool in hosted and one.kind in {ContributionReceived.kind, ContributionReturned.kind}
        if host or one.funder == partner:
            row = _row("received" if received and host else what, one.reference, one.pool, one, one.pence, one.year)
            shown.append({**row, "category": one.category, "accounts_as": one.accounts_as})
    return shown


def _in_kind(sight: Sight, own: dict[str, CommitmentMade]) -> list[Row]:
    found: list[Row] = []
    for kind, fact in sight.of(ContributionInKind):
        if made := own.get(kind.commitment):
            place = {"what": "in kind", "reference": kind.contribution, "to": made.pool or made.contract}
            stands = {"year": str(kind.year), "standing": fact.standing, "amount": kind.value, "entries": fact.entries}
            found.append({**EMPTY, **place, **stands})
    return found


# -- under contracts ----------------------------------------------------------------------------------


def _payments(sight: Sight, partner: str) -> list[Row]:
    """What it paid for outcomes: as recorded, and as estimated where a source names several payers.

    An estimate has one row for each contract and year: the parts themselves no entry states.
    """
    made = (postings.c.funder == partner, postings.c.account == "paid-out", postings.c.kind == PaymentMade.kind)
    stated = [
        _row("paid", one.reference or None, one.contract, one, -one.pence, one.year)
        for one in sight.lines(*made, postings.c.standing != "estimated")
    ]
    sums = sight.said(("contract", "year"), *made, postings.c.standing == "estimated")
    return stated + [
        {
            **EMPTY,
            "what": ESTIMATE,
            "to": one.contract,
            "year": one.year,
            "standing": "unconfirmed",
            "amount": Pence(-int(one.pence)),
            "entries": numbers(one.entries),
        }
        for one in sums
    ]


def _owed(sight: Sight, partner: str) -> list[Row]:
    """What it has to pay for outcomes, and what it is owed back, in the year of what was paid for."""
    owing = {one.payment: one for one in sight.owing(postings.c.funder == partner)}
    approved = (postings.c.funder == partner, postings.c.account == "owed", postings.c.kind == PaymentApproved.kind)
    found: list[Row] = []
    for one in sight.lines_of(owing, *approved):
        open_ = owing[one.reference]
        what, amount = ("to pay", open_.to_pay) if open_.to_pay else ("owed back", open_.owed_back)
        found.append(_row(what, one.reference, one.contract, one, amount, one.year))
    return found


def _back(sight: Sight, partner: str) -> list[Row]:
    """This partner's part of recoveries and write-offs, in the year in which each occurred."""
    gone = (postings.c.funder == partner, postings.c.account == "owed", postings.c.kind.in_(list(BACK)))
    found = sorted(sight.lines(*gone), key=lambda one: (list(BACK).index(one.kind), one.number))
    return [_row(BACK[one.kind], one.reference, one.contract, one, -one.pence, one.year) for one in found]


def unsigned(sight: Sight, partner: str, day: date) -> list[str]:
    """The pools of a partner that operate before everyone has signed, in sentences, with the days."""
    found: list[str] = []
    for waiting in sight.pending("unsigned"):
        event = waiting.event
        if isinstance(event, PoolAgreed) and partner in event.partners:
            days = max(0, (day - event.starts).days)
            found.append(f"{event.pool} operates unsigned, for {days} days: it lacks {'; '.join(waiting.lacks)}")
    return found


EMPTY: Final[Row] = dict.fromkeys(COLUMNS)


def _row(what: str, reference: str | None, to: str, one: Any, amount: int, year: str) -> Row:
    """A row of one posting."""
    return {
        "what": what,
        "reference": reference,
        "to": to,
        "year": year,
        "category": None,
        "accounts_as": None,
        "strength": None,
        "standing": one.standing,
        "amount": Pence(amount),
        "entries": numbers(one.rests_on),
    }


def _lines(one: Held, standing: str, entries: tuple[int, ...]) -> list[Row]:
    return _profile(one.made, one.profile, one.whole, one.strength, standing, entries)


def _profile(
    made: CommitmentMade,
    profile: tuple[YearAmount, ...],
    whole: Pence | None,
    strength: str,
    standing: str,
    entries: tuple[int, ...],
) -> list[Row]:
    common = {
        "what": "committed",
        "reference": made.commitment,
        "to": made.pool or made.contract,
        "strength": strength,
        "standing": standing,
        "entries": entries,
    }
    if whole is not None:
        return [{**common, "year": None, "category": None, "accounts_as": None, "amount": whole}]
    return [
        {
            **common,
            "year": str(line.year),
            "category": line.category,
            "accounts_as": line.accounts_as,
            "amount": line.amount,
        }
        for line in profile
    ]


def totals(rows: list[Row]) -> dict[str, Pence]:
    """The sums by what they are and, unless in effect, their standing, in pence; what is withdrawn counts nowhere."""
    sums: dict[str, int] = {}
    for row in rows:
        if row["standing"] != "withdrawn":
            name = row["what"] if row["standing"] == "effective" else f"{row['what']}, {row['standing']}"
            sums[name] = sums.get(name, 0) + row["amount"]
    return {name: Pence(pence) for name, pence in sums.items()}
