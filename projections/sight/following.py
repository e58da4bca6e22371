"""Following: from what took effect to rows of the tables; a fold, one entry after the other."""

from __future__ import annotations

from collections.abc import Iterator
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
from ledger.replay import Replayed
from ledger.values import encode_hook
from projections.postings import Postings

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
        outcomes.MeasureRecorded,
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
    """Rows of several entries that follow each other."""

    postings: list[tuple[Any, ...]] = field(default_factory=list)
    """In the order of the table's columns."""
    facts: Rows = field(default_factory=list)
    ended: Rows = field(default_factory=list)
    """Facts that are known no longer: `{"ended": id, "at": entry}`."""
    units: Rows = field(default_factory=list)
    unsigned: Rows = field(default_factory=list)
    signed: Rows = field(default_factory=list)
    """Rows of `unsigned` that hold no longer: `{"ended": id, "at": entry}`."""
    received: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class Follower:
    """Turns each entry into rows. It must follow from the first entry on, though not every row need be kept."""

    posted: Postings = field(default_factory=Postings)
    numbers: dict[str, int] = field(default_factory=lambda: {"postings": 0, "facts": 0, "units": 0, "unsigned": 0})
    quoted: set[str] = field(default_factory=set)
    """What is or was unconfirmed, by the id of its entry."""
    verified: dict[str, tuple[str, int]] = field(default_factory=dict)
    """The grade and units of each verification, by the id of its entry."""
    lacking: dict[str, str] = field(default_factory=dict)
    """Who has still to sign each agreement of a pool that counts already, by the id of its entry."""

    def take(self, replayed: Replayed, book: Book, batch: Batch) -> None:
        """Add what one entry says to a batch."""
        entry = replayed.position
        for one in self.posted.take(replayed, book):
            account, pence, day, *places = msgspec.structs.astuple(one)
            batch.postings.append((self._next("postings"), entry, day.isoformat(), account, pence, *places))
        for effect in replayed.effects:
            kind = type(effect.event)
            if kind in KEPT:
                self._fact(effect, entry, batch)
            if kind not in COUNTED:
                continue
            for row in self._units(effect, book):
                batch.units.append({"payment": "", "grade": "", **row, "number": self._next("units"), "entry": entry})
        if self.lacking or book.approvals.unsigned:
            self._signatures(entry, book, batch)
        batch.received[str(replayed.entry.received_at.day)] = entry

    def _signatures(self, entry: int, book: Book, batch: Batch) -> None:
        """Agreements that count unsigned: who has still to sign them from here on."""
        now = {
            one: (held.event, "; ".join(str(place) for _, place in held.open_places))
            for one, held in book.approvals.unsigned.items()
            if isinstance(held.event, pools.PoolAgreed)
        }
        changed = {one for one in {*now, *self.lacking} if self.lacking.get(one) != now.get(one, (None, None))[1]}
        for one in sorted(changed):
            if one in self.lacking:
                batch.signed.append({"ended": one, "at": entry})
            if one in now:
                event, lacks = now[one]
                row = {"number": self._next("unsigned"), "id": one, "entry": entry, "until": None, "lacks": lacks}
                batch.unsigned.append({**row, "pool": event.pool, "starts": str(event.starts)})
        self.lacking = {one: lacks for one, (_, lacks) in now.items()}

    def _next(self, table: str) -> int:
        self.numbers[table] += 1
        return self.numbers[table]

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
                "body": msgspec.json.encode(effect.event, enc_hook=encode_hook),
            }
        )

    def _units(self, effect: Effect, book: Book) -> Iterator[dict[str, Any]]:
        """Outcomes that were claimed, verified, rejected, or are no longer."""
        event, sign = effect.event, {"effective": 1, "reversed": -1}.get(effect.standing, 0)
        if not sign:
            return
        day = str(event.occurred_on)
        match event:
            case claims.OutcomeClaimed():
                place = {"contract": event.contract, "claim": event.claim, "metric": event.metric, "day": day}
                yield {**place, "what": "claimed", "units": sign * event.units}
            case claims.OutcomeVerified():
                self.verified[effect.entry] = event.grade, event.units
                place = _of_claim(event.claim, book)
                yield {**place, "day": day, "what": "verified", "grade": event.grade, "units": event.units}
            case claims.VerificationWithdrawn():
                grade, units = self.verified[event.verification]
                yield {**_of_claim(event.claim, book), "day": day, "what": "verified", "grade": grade, "units": -units}
            case claims.OutcomeRejected():
                yield {
                    **_of_claim(event.claim, book),
                    "day": day,
                    "what": "rejected",
                    "units": event.units,
                }
            case claims.PaymentApproved():
                place = {**_of_claim(event.claim, book), "payment": event.payment, "day": day}
                yield {**place, "what": "paid for", "units": sign * event.units}


def _of_claim(claim: str, book: Book) -> dict[str, str]:
    made = book.claims.claims[claim].made
    return {"contract": made.contract, "claim": claim, "metric": made.metric}
