"""Claims: an outcome is claimed, verified by somebody else, approved, and paid for jointly; or it is not."""

from __future__ import annotations

from datetime import date
from typing import Annotated, ClassVar, Literal

from ledger.events.event import Event
from ledger.values import (
    ClaimRef,
    ContractRef,
    Count,
    Digest,
    DisputeRef,
    EntryId,
    MetricName,
    OrganisationId,
    PaymentRef,
    Pence,
    Power,
    Sealed,
    ShortText,
    Token,
    Value,
    says,
)

Grade = Literal["re-performed", "data-match", "another-body", "internal-audit", "asserted"]
"""How we know, the strongest first: by the auditor again, from independent data, by another body, by the
claimant's internal audit, or only because somebody says so."""


class Evidence(Value, frozen=True, kw_only=True):
    """A document that is kept elsewhere: here are only its SHA-256 and its media type (law 9)."""

    digest: Annotated[Digest, says("The document's SHA-256.")]
    media_type: Annotated[ShortText, says("What sort of document, such as application/pdf.")]


class Line(Value, frozen=True, kw_only=True):
    """One payer's part of a sum."""

    payer: Annotated[OrganisationId, says("The body that pays.")]
    amount: Annotated[Pence, says("Its part.")]


class OutcomeClaimed(Event, frozen=True, kw_only=True):
    """A provider says that outcomes were achieved. It occurred on the day, or the last day, of achievement.

    Signed by: an officer of the contract's provider with the power to claim.
    Effect: others can verify or reject it. It is owed nothing yet.
    Put right by: outcome-rejected, or entry-reversed while nothing rests on it.
    """

    kind: ClassVar[str] = "outcome-claimed/1"
    power: ClassVar[Power] = "claim"
    reversible: ClassVar[bool] = True
    claim: Annotated[ClaimRef, says("The claim's reference, used once.")]
    contract: Annotated[ContractRef, says("The contract.")]
    metric: Annotated[MetricName, says("The metric of its rate card.")]
    units: Annotated[Count, says("How many outcomes.")]
    people: Annotated[tuple[Token, ...], says("A token for each person; none: a count for a cohort.")] = ()
    starts: Annotated[date | None, says("The first day of the period, where it is a period.")] = None
    evidence: Annotated[tuple[Evidence, ...], says("What shows it.")] = ()

    @property
    def creates(self) -> tuple[str, ...]:
        return (f"claim:{self.claim}",)


class EvidenceAttached(Event, frozen=True, kw_only=True):
    """More that shows a claim.

    Signed by: an officer, with the power to claim, of a party to the contract or of a body that verified the claim.
    Effect: the trail of the claim names it.
    Put right by: entry-reversed.
    """

    kind: ClassVar[str] = "evidence-attached/1"
    power: ClassVar[Power] = "claim"
    reversible: ClassVar[bool] = True
    claim: Annotated[ClaimRef, says("The claim.")]
    evidence: Annotated[tuple[Evidence, ...], says("What shows it.")]


class OutcomeVerified(Event, frozen=True, kw_only=True):
    """Somebody other than the claimant finds that claimed outcomes were achieved.

    Signed by: an officer with the power to verify, of the body that the contract names or, where it names none, of
    any that its terms allow; and never the holder who claimed.
    Effect: these units may be approved for payment.
    Put right by: verification-withdrawn.
    """

    kind: ClassVar[str] = "outcome-verified/1"
    power: ClassVar[Power] = "verify"
    claim: Annotated[ClaimRef, says("The claim.")]
    units: Annotated[Count, says("How many of its units were found achieved.")]
    people: Annotated[tuple[Token, ...], says("Which of its people; none: all of them, or a cohort's count.")] = ()
    grade: Annotated[Grade, says("How we know.")]
    evidence: Annotated[tuple[Evidence, ...], says("What was seen.")] = ()


class OutcomeRejected(Event, frozen=True, kw_only=True):
    """Claimed outcomes are found not to have been achieved, or not to be payable.

    Signed by: an officer with the power to verify, of the body that the contract names, if it names one; and never
    the holder who claimed.
    Effect: these units can be neither verified nor paid.
    Put right by: a new claim.
    """

    kind: ClassVar[str] = "outcome-rejected/1"
    power: ClassVar[Power] = "verify"
    claim: Annotated[ClaimRef, says("The claim.")]
    units: Annotated[Count, says("How many of its units.")]
    people: Annotated[tuple[Token, ...], says("Which of its people; none: all of them, or a cohort's count.")] = ()
    reason: Annotated[Sealed, says("Why.", read="parties")]


class VerificationWithdrawn(Event, frozen=True, kw_only=True):
    """A verification turns out to be wrong.

    Signed by: an officer, with the power to verify, of the body that verified.
    Effect: its units no longer count. What was paid for them is owed back: the ledger raises that itself, by the
    payment's own shares, and clawback-recovered or clawback-written-off ends it.
    Put right by: another verification.
    """

    kind: ClassVar[str] = "verification-withdrawn/1"
    power: ClassVar[Power] = "verify"
    claim: Annotated[ClaimRef, says("The claim.")]
    verification: Annotated[EntryId, says("The id of the entry that verified.")]
    reason: Annotated[Sealed, says("Why.", read="parties")]


class PaymentApproved(Event, frozen=True, kw_only=True):
    """What is to be paid for verified outcomes, and by whom. The figures are checked, not chosen.

    Signed by: an officer of the commissioner with the power to approve, who neither claimed nor verified.
    Effect: each payer owes its line to the provider.
    Put right by: entry-reversed while nothing is paid; afterwards clawback-raised.
    """

    kind: ClassVar[str] = "payment-approved/1"
    power: ClassVar[Power] = "approve"
    reversible: ClassVar[bool] = True
    payment: Annotated[PaymentRef, says("The payment's reference, used once.")]
    claim: Annotated[ClaimRef, says("The claim that is paid for.")]
    units: Annotated[Count, says("How many of its verified units.")]
    amount: Annotated[Pence, says("The whole sum.")]
    lines: Annotated[tuple[Line, ...], says("Each payer's part; together the whole sum, to the penny.")]

    @property
    def creates(self) -> tuple[str, ...]:
        return (f"payment:{self.payment}",)


class PaymentMade(Event, frozen=True, kw_only=True):
    """A payer paid its part of an approved payment; or a source says that a payment was made under a contract.

    Signed by: an officer of the payer with the power to pay, who neither claimed, verified nor approved it.
    Effect: the payer owes that much less.
    Put right by: entry-reversed where it was never made; otherwise clawback-raised.
    """

    kind: ClassVar[str] = "payment-made/1"
    power: ClassVar[Power] = "pay"
    reversible: ClassVar[bool] = True
    transcribable: ClassVar[bool] = True
    contract: Annotated[ContractRef, says("The contract.")]
    payment: Annotated[PaymentRef | None, says("The approved payment; only a source may not say.")] = None
    payer: Annotated[OrganisationId | None, says("Who paid; only a source may name several, or nobody.")] = None
    payers: Annotated[tuple[OrganisationId, ...], says("Those whom a source names together, with no split.")] = ()
    amount: Annotated[Pence, says("How much.")]
    metric: Annotated[MetricName | None, says("For which metric, where a source says so.")] = None
    starts: Annotated[date | None, says("The first day of the period paid for, where a source says so.")] = None
    ends: Annotated[date | None, says("The last day of the period paid for, where a source says so.")] = None
    plan: Annotated[ShortText | None, says("The plan version that it was paid under, where a source says so.")] = None
    remark: Annotated[ShortText | None, says("What a source remarks.")] = None

    @property
    def concerns(self) -> str | None:
        return self.payer


class ClawbackRaised(Event, frozen=True, kw_only=True):
    """Money paid must come back, for another reason than a withdrawn verification.

    Signed by: an officer of the commissioner with the power to approve.
    Effect: the provider owes it, by the payment's own shares; it restores the contract's cap.
    Put right by: entry-reversed while nothing is recovered.
    """

    kind: ClassVar[str] = "clawback-raised/1"
    power: ClassVar[Power] = "approve"
    reversible: ClassVar[bool] = True
    payment: Annotated[PaymentRef, says("The payment that it takes back.")]
    amount: Annotated[Pence, says("How much.")]
    reason: Annotated[Sealed, says("Why.", read="parties")]


class ClawbackRecovered(Event, frozen=True, kw_only=True):
    """The provider gave money back.

    Signed by: an officer of the commissioner with the power to pay.
    Effect: each payer has its part back, by the payment's own shares.
    Put right by: entry-reversed.
    """

    kind: ClassVar[str] = "clawback-recovered/1"
    power: ClassVar[Power] = "pay"
    reversible: ClassVar[bool] = True
    payment: Annotated[PaymentRef, says("The payment whose clawback it is.")]
    amount: Annotated[Pence, says("How much came back.")]


class ClawbackWrittenOff(Event, frozen=True, kw_only=True):
    """Money owed back will not come. The statement cites the decision.

    Signed by: an officer of the commissioner with the power to approve.
    Effect: it is owed no longer, and each payer bears its part.
    Put right by: entry-reversed.
    """

    kind: ClassVar[str] = "clawback-written-off/1"
    power: ClassVar[Power] = "approve"
    reversible: ClassVar[bool] = True
    cites_decision: ClassVar[bool] = True
    payment: Annotated[PaymentRef, says("The payment whose clawback it is.")]
    amount: Annotated[Pence, says("How much will not come.")]


class DisputeOpened(Event, frozen=True, kw_only=True):
    """A party disagrees about a claim.

    Signed by: an officer, with the power to agree, of a party to the contract.
    Effect: nothing more is approved for the claim until it is resolved.
    Put right by: dispute-resolved.
    """

    kind: ClassVar[str] = "dispute-opened/1"
    power: ClassVar[Power] = "agree"
    dispute: Annotated[DisputeRef, says("The dispute's reference, used once.")]
    claim: Annotated[ClaimRef, says("The claim.")]
    reason: Annotated[Sealed, says("What is disputed.", read="parties")]

    @property
    def creates(self) -> tuple[str, ...]:
        return (f"dispute:{self.dispute}",)


class DisputeResolved(Event, frozen=True, kw_only=True):
    """The parties are agreed again. The statement cites the decision.

    Signed by: an officer, with the power to agree, of the body that opened it, or of the commissioner.
    Effect: the claim can go on.
    Put right by: another dispute.
    """

    kind: ClassVar[str] = "dispute-resolved/1"
    power: ClassVar[Power] = "agree"
    cites_decision: ClassVar[bool] = True
    dispute: Annotated[DisputeRef, says("The dispute.")]
    found: Annotated[Literal["upheld", "dismissed", "settled"], says("How it ended.")]
