"""Following: from what took effect to rows of the tables; a fold, one entry after the other."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from ledger.book import Book, Effect
from ledger.events import (
    assurance,
    claims,
    commitments,
    contracts,
    contributions,
    grants,
    outcomes,
    pools,
    register,
    settlements,
    spending,
    years,
)
from ledger.events.event import Event
from ledger.merkle import leaf_hash
from ledger.replay import Replayed
from ledger.statement import id_bytes
from ledger.values import encode_hook
from projections.postings import Postings
from projections.sight.asking import Asked
from projections.sight.changes import Changes
from projections.sight.counting import Counted
from projections.wording import spoken

KEPT: Final[frozenset[type[Event]]] = frozenset(
    (
        *(register.LedgerFounded, register.OrganisationAdmitted, register.OfficerAppointed, register.OfficerRetired),
        *(pools.PoolAgreed, pools.PoolVaried, pools.PoolClosed),
        *(pools.SchemeAgreed, pools.SchemeVaried, pools.SchemeEnded),
        *(commitments.CommitmentMade, commitments.CommitmentFirmed, commitments.CommitmentVaried),
        *(commitments.CommitmentReprofiled, commitments.CommitmentWithdrawn),
        *(contracts.ContractAgreed, contracts.ContractVaried, contracts.ContractExtended),
        *(settlements.SettlementAwarded, settlements.FundAllocated, settlements.ControlTotalSet, settlements.BudgetSet),
        *(grants.GrantConditionsRecorded, grants.ConditionMet, grants.GrantReturnCertified),
        *(outcomes.OutcomeDefined, outcomes.OutcomeRedefined, outcomes.OutcomeAdopted, outcomes.TargetSet),
        *(outcomes.MeasureRecorded, contracts.PaymentsPlanned),
        *(contributions.PassThroughMade, contributions.PositionAgreed, contributions.ContributionInKind),
        *(contributions.ContributionDue, spending.IncomeRecorded, spending.OutturnRecorded),
        *(spending.LedgerReconciled, spending.AccrualRecorded, spending.AccrualSettled),
        *(years.VirementMade, years.VarianceForecast, years.RecoveryPlanAgreed, years.VarianceApportioned),
        *(years.CarryForwardApproved, years.PeriodClosed),
        *(assurance.AnswerableOfficerAssessed, assurance.ReliancePlaced),
    )
)
"""The kinds that views look up one by one. What there is most of (spending, payments, claims) is in sums."""

COUNTED: Final[frozenset[type[Event]]] = frozenset(
    (
        *(claims.OutcomeClaimed, claims.OutcomeVerified, claims.OutcomeRejected, claims.VerificationWithdrawn),
        claims.PaymentApproved,
    )
)
"""The kinds that claim outcomes, verify them, reject them, or pay for them."""

Rows = list[dict[str, Any]]


@dataclass(slots=True)
class Batch:
    """Rows of several entries that follow each other, in the order of their tables' columns or by name."""

    postings: list[tuple[Any, ...]] = field(default_factory=list)
    facts: Rows = field(default_factory=list)
    pending: Rows = field(default_factory=list)
    units: Rows = field(default_factory=list)
    entries: list[tuple[Any, ...]] = field(default_factory=list)
    became: list[tuple[Any, ...]] = field(default_factory=list)
    subjects: list[tuple[Any, ...]] = field(default_factory=list)
    ended: Rows = field(default_factory=list)
    """Facts that are known no longer: `{"ended": id, "at": entry}`."""
    answered: Rows = field(default_factory=list)
    """What no longer waits as it did, in the same form."""
    undone: Rows = field(default_factory=list)
    """Postings that are negated: `{"undone": entry that said them, "at": entry, "day": from when}`."""
    received: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class Follower:
    """Turns each entry into rows. It must follow from the first entry on, or pass by those whose rows are kept."""

    posted: Postings = field(default_factory=Postings)
    changes: Changes = field(default_factory=Changes)
    asked: Asked = field(default_factory=Asked)
    counted: Counted = field(default_factory=Counted)
    numbers: Counter[str] = field(default_factory=Counter)
    positions: dict[bytes, int] = field(default_factory=dict)
    """The number of each entry, by its id."""
    quoted: set[str] = field(default_factory=set)
    """What is or was unconfirmed, by the id of its entry."""

    def take(self, replayed: Replayed, book: Book, batch: Batch) -> None:
        """Add what one entry says to a batch."""
        entry = replayed.position
        self._said(replayed, batch)
        self._posting(replayed, book, batch)
        for effect in replayed.effects:
            self._became(effect, entry, batch)
            kind = type(effect.event)
            if kind in KEPT:
                self._fact(effect, entry, batch)
            if kind not in COUNTED:
                continue
            for row in self.counted.take(effect, book):
                batch.units.append({"number": self._next("units"), "entry": entry, **row})
        for gone, now in self.asked.take(replayed, book):
            if gone:
                batch.answered.append({"ended": gone, "at": entry})
            if now:
                batch.pending.append({"number": self._next("pending"), "entry": entry, "until": None, **now})
        batch.received[str(replayed.entry.received_at.day)] = entry

    def pass_by(self, replayed: Replayed, book: Book) -> None:
        """Follow an entry whose rows are there already: only what later rows rest on."""
        self.positions[replayed.entry.statement.key] = replayed.position
        self.posted.pass_by(replayed, book)
        for effect in replayed.effects:
            self.changes.take(effect)
            if effect.standing == "unconfirmed":
                self.quoted.add(effect.entry)
            if type(effect.event) in COUNTED:
                deque(self.counted.take(effect, book), maxlen=0)
        deque(self.asked.take(replayed, book), maxlen=0)

    def _next(self, table: str) -> int:
        self.numbers[table] += 1
        return self.numbers[table]

    def _posting(self, replayed: Replayed, book: Book, batch: Batch) -> None:
        """What an entry moved. A negation and what it negates cancel from one entry and one day on."""
        entry = replayed.position
        undone: dict[int, str] = {}
        for one in self.posted.take(replayed, book):
            account, pence, when, *places = msgspec.structs.astuple(one)
            day = when.isoformat()
            until: tuple[int | None, str | None] = (None, None)
            if one.negates:
                until = entry, day
                undone[one.said] = min(day, undone.get(one.said, day))
            batch.postings.append((self._next("postings"), entry, day, account, pence, *places, *until))
        batch.undone += [{"undone": said, "at": entry, "from_day": day} for said, day in undone.items()]

    # -- for the trail ------------------------------------------------------------------------------

    def _said(self, replayed: Replayed, batch: Batch) -> None:
        """The entry itself, and what it names."""
        entry, said = replayed.position, replayed.entry.statement
        event = said.event
        self.positions[said.key] = entry
        about = 0 if event.about is None else self.positions.get(id_bytes(event.about), 0)
        what = spoken(event) if event.about is None else f"entry {about or '?'}"
        hashed = leaf_hash(replayed.entry.line).hex()[:8]
        moment, day = int(replayed.entry.received_at), event.occurred_on.isoformat()
        batch.entries.append((entry, said.id, hashed, moment, day, said.by, event.kind, what, about))
        for tag in said.tags():
            named, _, name = tag.partition(":")
            batch.subjects.append((self._next("subjects"), entry, named if name else "", name or named))
        batch.subjects.append((self._next("subjects"), entry, "by", said.by))

    def _became(self, effect: Effect, entry: int, batch: Batch) -> None:
        rests_on = " ".join(map(str, effect.rests_on))
        before, after = self.changes.take(effect)
        batch.became.append((self._next("became"), entry, effect.position, effect.standing, rests_on, before, after))

    # -- facts --------------------------------------------------------------------------------------

    def _fact(self, effect: Effect, entry: int, batch: Batch) -> None:
        quoted = effect.standing == "unconfirmed"
        if effect.standing in ("reversed", "withdrawn") or (not quoted and effect.entry in self.quoted):
            batch.ended.append({"ended": effect.entry, "at": entry})
        if quoted:
            self.quoted.add(effect.entry)
        if effect.standing not in ("effective", "unconfirmed"):
            return
        batch.facts.append(
            {
                "number": self._next("facts"),
                "id": effect.entry,
                "entry": entry,
                "until": None,
                "day": str(effect.event.occurred_on),
                "kind": effect.event.kind,
                "by": effect.by,
                "standing": effect.standing,
                "position": effect.position,
                "rests_on": " ".join(map(str, effect.rests_on)),
                "reference": _reference(effect.event),
                "party": getattr(effect.event, "funder", None) or "",
                "contract": getattr(effect.event, "contract", None) or "",
                "body": msgspec.json.encode(effect.event, enc_hook=encode_hook),
            }
        )


def _reference(event: Event) -> str:
    """What an event creates or changes, where it names one such thing."""
    for name in ("contribution", "commitment", "contract", "outcome", "scheme", "pool"):
        if held := getattr(event, name, None):
            return str(held)
    return ""
