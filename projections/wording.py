"""Wording: an event in a few words, as a line of a trail or of a command's answer shows it."""

from __future__ import annotations

from ledger.events.approvals import NamesEntry
from ledger.events.assurance import AnswerableOfficerAssessed, ReliancePlaced
from ledger.events.claims import (
    ClawbackRaised,
    ClawbackRecovered,
    ClawbackWrittenOff,
    DisputeOpened,
    DisputeResolved,
    EvidenceAttached,
    OutcomeClaimed,
    OutcomeRejected,
    OutcomeVerified,
    PaymentApproved,
    PaymentMade,
    VerificationWithdrawn,
)
from ledger.events.commitments import (
    CommitmentFirmed,
    CommitmentMade,
    CommitmentReprofiled,
    CommitmentVaried,
    CommitmentWithdrawn,
)
from ledger.events.contracts import ContractAgreed, ContractExtended, ContractVaried, PaymentsPlanned
from ledger.events.contributions import (
    ContributionDue,
    ContributionInKind,
    ContributionPaid,
    ContributionReceived,
    ContributionReturned,
    PositionAgreed,
)
from ledger.events.corrections import FieldErased
from ledger.events.event import Event
from ledger.events.grants import ConditionMet, GrantConditionsRecorded, GrantReturnCertified
from ledger.events.outcomes import (
    DatasetRegistered,
    MeasureRecorded,
    OutcomeAdopted,
    OutcomeDefined,
    OutcomeRedefined,
    TargetSet,
)
from ledger.events.pools import PoolAgreed, PoolClosed, PoolVaried, SchemeAgreed, SchemeEnded, SchemeVaried
from ledger.events.register import (
    ApprovalTableSet,
    KeyRevoked,
    KeyRotated,
    LedgerFounded,
    LogKeyChanged,
    OfficeHolderChanged,
    OfficerAppointed,
    OfficerRetired,
    OrganisationAdmitted,
    RulebookAdopted,
)
from ledger.events.settlements import BidRecorded, BudgetSet, ControlTotalSet, FundAllocated, SettlementAwarded
from ledger.events.spending import (
    AccrualRecorded,
    AccrualSettled,
    AdministrativeCostRecorded,
    CategoryReclassified,
    IncomeRecorded,
    JournalMapped,
    JournalRecorded,
    LedgerReconciled,
    OutturnRecorded,
    PersonalBudgetAllocated,
    SpendRecorded,
)
from ledger.events.years import (
    CarryForwardApproved,
    PeriodAdjusted,
    PeriodClosed,
    RecoveryPlanAgreed,
    VarianceApportioned,
    VarianceForecast,
    VirementMade,
)
from ledger.keys import fingerprint
from ledger.rules import commitments, profiles
from ledger.values import Pence


def total(event: CommitmentMade | CommitmentVaried | CommitmentReprofiled) -> Pence:
    """The whole-life sum of a commitment, in pence."""
    whole = None if isinstance(event, CommitmentReprofiled) else event.whole
    return commitments.total(event.profile, whole)


def spoken(event: Event) -> str:
    """What an event says, in a few words."""
    match event:
        case LedgerFounded():
            return f"{event.origin}  {event.organisation.id}  {event.purpose}"
        case OrganisationAdmitted():
            key = f"  {fingerprint(event.officer.key)}" if event.officer else "  no officer"
            return f"{event.organisation.id}  {event.organisation.name}{key}"
        case OfficerAppointed():
            limit = f"  up to {event.officer.limit.spoken}" if event.officer.limit is not None else ""
            return f"{event.organisation}/{event.officer.office}  may {', '.join(event.officer.powers)}{limit}"
        case OfficeHolderChanged() | KeyRotated():
            return f"{event.officer}  {fingerprint(event.key)}"
        case KeyRevoked():
            return f"{event.officer}  {fingerprint(event.key)}  {event.ground}"
        case OfficerRetired():
            return event.officer
        case ApprovalTableSet():
            return f"{len(event.approvals)} lines"
        case RulebookAdopted():
            return f"rulebook {event.rulebook}"
        case LogKeyChanged():
            return fingerprint(event.log_key)
        case PoolAgreed():
            return f"{event.pool}  {event.name}  host {event.host}"
        case PoolClosed():
            return event.pool
        case CommitmentMade():
            return f"{event.commitment}  {total(event).spoken}"
        case CommitmentVaried():
            return f"{event.commitment}  now {total(event).spoken}"
        case CommitmentFirmed() | CommitmentWithdrawn():
            return event.commitment
        case OutcomeDefined():
            return f"{event.outcome}  {event.name}"
        case OutcomeRedefined():
            return f"{event.outcome}  now {event.metric}"
        case OutcomeAdopted():
            return f"{event.outcome}  {event.organisation}  {event.answers}"
        case TargetSet():
            return f"{event.outcome}  {event.target}{f' by {event.by_when}' if event.by_when else ''}"
        case MeasureRecorded():
            of = f" of {event.denominator}" if event.denominator else ""
            return f"{event.outcome}  {event.value}{of} to {event.ends}"
        case DatasetRegistered():
            return f"{event.dataset}  {event.name}"
        case SchemeAgreed():
            return f"{event.scheme}  {event.name}  led by {event.lead}"
        case SchemeEnded():
            return event.scheme
        case ContributionDue():
            return f"{event.contribution}  {event.amount.spoken} by {event.due_on}"
        case ContributionPaid() | ContributionReceived() | ContributionReturned():
            return f"{event.contribution}  {event.amount.spoken}"
        case ContributionInKind():
            return f"{event.contribution}  {event.what}  worth {event.value.spoken}"
        case ContractAgreed():
            cap = f"  up to {event.terms.cap.spoken}" if event.terms.cap is not None else ""
            return f"{event.contract}  {event.name}{cap}"
        case ContractVaried():
            return event.contract
        case ContractExtended():
            return f"{event.contract}  to {event.until}"
        case PaymentsPlanned():
            return f"{event.contract}  {event.plan}  {len(event.lines)} payments"
        case JournalMapped() | JournalRecorded() | LedgerReconciled():
            return _spoken_of_journals(event)
        case _:
            return (
                _spoken_of_claims(event)
                or _spoken_of_spending(event)
                or _spoken_of_years(event)
                or _spoken_of_changes(event)
                or _spoken_of_grants(event)
                or _spoken_of_entries(event)
            )


def _spoken_of_claims(event: Event) -> str:
    match event:
        case OutcomeClaimed():
            return f"{event.claim}  {event.units} {event.metric} under {event.contract}"
        case EvidenceAttached():
            return f"{event.claim}  {len(event.evidence)} documents"
        case OutcomeVerified():
            return f"{event.claim}  {event.units} units, {event.grade}"
        case OutcomeRejected():
            return f"{event.claim}  {event.units} units"
        case VerificationWithdrawn():
            return event.claim
        case PaymentApproved():
            return f"{event.payment}  {event.amount.spoken} for {event.units} units of {event.claim}"
        case PaymentMade():
            who = event.payer or " ".join(event.payers) or "payers not named"
            return f"{event.payment or event.contract}  {event.amount.spoken} by {who}"
        case ClawbackRaised() | ClawbackRecovered() | ClawbackWrittenOff():
            return f"{event.payment}  {event.amount.spoken}"
        case DisputeOpened():
            return f"{event.dispute}  {event.claim}"
        case DisputeResolved():
            return f"{event.dispute}  {event.found}"
    return ""


def _spoken_of_journals(event: JournalMapped | JournalRecorded | LedgerReconciled) -> str:
    match event:
        case JournalMapped():
            return f"{event.map}  {event.pool}  {len(event.rows)} rows"
        case JournalRecorded():
            lines = "1 line" if event.count == 1 else f"{event.count:,} lines"
            return f"{event.scheme}  {event.starts:%Y-%m}  {lines}, {event.total.spoken}"
        case LedgerReconciled():
            return f"{event.pool}  to {event.ends}  there {event.there.spoken}, here {event.here.spoken}"


def _spoken_of_spending(event: Event) -> str:
    match event:
        case SpendRecorded(credits=str()) | PeriodAdjusted(credits=str()):
            return f"{event.spend}  {event.scheme}  {event.cost.total.spoken} less for {event.credits}"
        case SpendRecorded() | AccrualRecorded() | PeriodAdjusted():
            return f"{event.spend}  {event.scheme}  {event.cost.total.spoken}{_counted(event)}"
        case AccrualSettled():
            return f"{event.spend}  {event.cost.total.spoken}"
        case IncomeRecorded():
            return f"{event.pool}  {event.sort}  {event.amount.spoken} of {event.partner}{_counted(event)}"
        case AdministrativeCostRecorded():
            return f"{event.spend}  {event.pool}  {event.cost.total.spoken}  {event.what}"
        case PersonalBudgetAllocated():
            return f"{event.spend}  {event.scheme}  {event.amount.spoken} to one person"
        case CategoryReclassified():
            return f"{event.spend}  {event.amount.spoken} now {heading(event.category, event.accounts_as)}"
        case OutturnRecorded():
            state = "certified" if event.certified else "not certified"
            return f"{event.organisation}  {event.year}  {event.line}  {event.amount.spoken}, {state}"
    return ""


def _counted(event: SpendRecorded | AccrualRecorded | PeriodAdjusted | IncomeRecorded) -> str:
    """Where a sum counts, unless as most do."""
    counted = heading(event.category, event.accounts_as)
    return "" if counted == "resource" else f"  {counted}"


def heading(category: str, accounts_as: str) -> str:
    """Where a sum counts: its control total, and the statutory heading where that is not the usual one."""
    usual = "capital" if category == "capital" else "revenue"
    return category if accounts_as == usual else f"{category} as {accounts_as}"


def _spoken_of_years(event: Event) -> str:
    match event:
        case VirementMade():
            return f"{event.pool}  {event.year}  {event.amount.spoken} from {event.from_scheme} to {event.to_scheme}"
        case VarianceForecast():
            return f"{event.scheme or event.pool}  {event.year}  {event.expected.spoken} expected"
        case RecoveryPlanAgreed():
            return f"{event.pool}  {event.year}  {event.effect.spoken} by {event.by_when}"
        case VarianceApportioned():
            parts = ", ".join(f"{line.partner} {line.amount.spoken}" for line in event.lines)
            return f"{event.pool}  {event.year}  {event.amount.spoken}: {parts}"
        case CarryForwardApproved():
            return f"{event.pool}  {event.year}  {event.amount.spoken} carried forward"
        case PeriodClosed():
            stage = f"quarter {event.quarter}" if event.quarter else event.stage
            return f"{event.pool}  {event.year}  {stage}  {event.spent.spoken} spent"
    return ""


def _spoken_of_changes(event: Event) -> str:
    """What was agreed, and is replaced."""
    match event:
        case PoolVaried():
            return f"{event.pool}  to {event.until or 'no set end'}"
        case SchemeVaried():
            budget = f"  now {event.budget.spoken}" if event.budget is not None else ""
            return f"{event.scheme}  led by {event.lead}{budget}"
        case CommitmentReprofiled():
            years = ", ".join(dict.fromkeys(line.year for line in event.profile))
            return f"{event.commitment}  {total(event).spoken} over {years}"
        case PositionAgreed():
            return (
                f"{event.pool}  {event.year}  {event.organisation} and {event.other}  {event.difference.spoken} apart"
            )
    return ""


def _spoken_of_grants(event: Event) -> str:
    match event:
        case SettlementAwarded():
            return f"{event.settlement}  {profiles.total(event.profile).spoken} to {event.to}"
        case FundAllocated():
            return f"{event.settlement}  {event.amount.spoken} from {event.fund}"
        case BidRecorded():
            return f"{event.bid}  {event.amount.spoken} from {event.to}  {event.state}"
        case ControlTotalSet():
            return f"{event.organisation}  {event.category} {event.year}  at most {event.amount.spoken}"
        case BudgetSet():
            return f"{event.scheme or event.service}  {event.category} {event.year}  {event.amount.spoken}"
        case GrantConditionsRecorded():
            count = len(event.conditions)
            on = f"  on {count} condition{'s' if count > 1 else ''}" if count else ""
            return f"{event.grant}  {profiles.total(event.profile).spoken} to {event.to}{on}"
        case ConditionMet():
            return f"{event.grant}  {event.condition}"
        case GrantReturnCertified():
            spent = f"{event.eligible_spend.spoken} spent of {event.received.spoken}"
            return f"{event.grant}  {event.year}  {spent}"
        case AnswerableOfficerAssessed():
            return f"{event.pool or event.scheme or event.contract}  by {event.organisation}"
        case ReliancePlaced():
            return f"{event.settlement or event.grant}  {event.assurance} of {event.on}"
    return ""


def _spoken_of_entries(event: Event) -> str:
    match event:
        case FieldErased():
            return f"{event.field} of {event.entry[:13]}  {event.ground}"
        case NamesEntry():
            return event.entry[:13]
    return ""
