"""The catalogue: every kind of event that may be said, in one closed tuple.

Law: the tuple only grows. Decoding goes through it and through nothing else: a stored name is never imported.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from ledger.errors import Malformed, UnknownKind
from ledger.events import (
    approvals,
    assurance,
    claims,
    commitments,
    contracts,
    contributions,
    corrections,
    grants,
    outcomes,
    pools,
    register,
    settlements,
    spending,
    years,
)
from ledger.events.event import Event
from ledger.values import decode_hook

CHAPTERS: Final = {
    "register": (
        register.LedgerFounded,
        register.OrganisationAdmitted,
        register.OfficerAppointed,
        register.OfficeHolderChanged,
        register.OfficerRetired,
        register.KeyRotated,
        register.KeyRevoked,
        register.ApprovalTableSet,
        register.RulebookAdopted,
        register.LogKeyChanged,
    ),
    "approvals": (
        approvals.EntryApproved,
        approvals.EntryDeclined,
        approvals.EntryConfirmed,
        approvals.StatementWithdrawn,
    ),
    "corrections": (corrections.EntryReversed, corrections.FieldErased),
    "outcomes": (
        outcomes.OutcomeDefined,
        outcomes.OutcomeRedefined,
        outcomes.OutcomeAdopted,
        outcomes.TargetSet,
        outcomes.MeasureRecorded,
        outcomes.DatasetRegistered,
    ),
    "settlements": (
        settlements.SettlementAwarded,
        settlements.FundAllocated,
        settlements.BidRecorded,
        settlements.ControlTotalSet,
        settlements.BudgetSet,
    ),
    "grants": (grants.GrantConditionsRecorded, grants.ConditionMet, grants.GrantReturnCertified),
    "pools": (
        pools.PoolAgreed,
        pools.PoolClosed,
        pools.SchemeAgreed,
        pools.SchemeEnded,
        pools.PoolVaried,
        pools.SchemeVaried,
    ),
    "commitments": (
        commitments.CommitmentMade,
        commitments.CommitmentFirmed,
        commitments.CommitmentVaried,
        commitments.CommitmentWithdrawn,
        commitments.CommitmentReprofiled,
    ),
    "contributions": (
        contributions.ContributionDue,
        contributions.ContributionPaid,
        contributions.ContributionReceived,
        contributions.ContributionInKind,
        contributions.ContributionReturned,
        contributions.PassThroughMade,
        contributions.PositionAgreed,
    ),
    "spending": (
        spending.SpendRecorded,
        spending.JournalMapped,
        spending.JournalRecorded,
        spending.LedgerReconciled,
        spending.AccrualRecorded,
        spending.AccrualSettled,
        spending.IncomeRecorded,
        spending.AdministrativeCostRecorded,
        spending.PersonalBudgetAllocated,
        spending.CategoryReclassified,
        spending.OutturnRecorded,
    ),
    "years": (
        years.VirementMade,
        years.VarianceForecast,
        years.RecoveryPlanAgreed,
        years.VarianceApportioned,
        years.CarryForwardApproved,
        years.PeriodClosed,
        years.PeriodAdjusted,
    ),
    "contracts": (
        contracts.ContractAgreed,
        contracts.ContractVaried,
        contracts.ContractExtended,
        contracts.PaymentsPlanned,
    ),
    "claims": (
        claims.OutcomeClaimed,
        claims.EvidenceAttached,
        claims.OutcomeVerified,
        claims.OutcomeRejected,
        claims.VerificationWithdrawn,
        claims.PaymentApproved,
        claims.PaymentMade,
        claims.ClawbackRaised,
        claims.ClawbackRecovered,
        claims.ClawbackWrittenOff,
        claims.DisputeOpened,
        claims.DisputeResolved,
    ),
    "assurance": (assurance.AnswerableOfficerAssessed, assurance.ReliancePlaced),
}
"""Each chapter's kinds, in the order of the reference."""

KINDS: Final[dict[str, type[Event]]] = {event.kind: event for chapter in CHAPTERS.values() for event in chapter}
CHAPTER_OF: Final[dict[type[Event], str]] = {event: name for name, chapter in CHAPTERS.items() for event in chapter}
"""The chapter whose rules judge each event."""


def of_kind(kind: str) -> type[Event]:
    """The class of that kind. Raises UnknownKind."""
    wanted = KINDS.get(kind)
    if wanted is None:
        raise UnknownKind(
            f"this release's catalogue has no kind {kind!r}",
            next_step="outcomes catalogue lists the kinds; a newer release may know it",
        )
    return wanted


def decode(kind: str, body: Any) -> Event:
    """Read an event of that kind from its wire form. Raises UnknownKind, or Malformed with every fault."""
    wanted = of_kind(kind)
    try:
        return wanted.read(body)
    except msgspec.ValidationError as error:
        raise Malformed("; ".join(_faults(wanted, body) or [str(error)]), where=f"body of {kind}") from None


def _faults(wanted: type[Event], body: Any) -> list[str]:
    """Every member that is wrong, not only the first: whoever mends a file wants them all at once."""
    if not isinstance(body, dict):
        return []
    faults = [f"{name}: no such member" for name in body if name not in wanted.__struct_fields__]
    for field in msgspec.structs.fields(wanted):
        if field.name not in body:
            faults += [f"{field.name}: missing"] if field.required else []
            continue
        try:
            one = msgspec.defstruct("one", [(field.name, field.type)])
            msgspec.convert({field.name: body[field.name]}, one, dec_hook=decode_hook)
        except msgspec.ValidationError as error:
            sentence, _, place = str(error).partition(" - at `$.")
            plain = sentence.replace(" | null`", "`")  # whoever may leave a member out leaves it out
            faults.append(f"{place.rstrip('`') or field.name}: {plain}")
    return faults
