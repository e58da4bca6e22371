"""Grants: money given on conditions: what it may be spent on, by when, and what becomes of the rest."""

from __future__ import annotations

from datetime import date
from typing import Annotated, ClassVar, Literal

from ledger.events.event import Event
from ledger.values import (
    Digest,
    FinancialYear,
    GrantRef,
    OfficeName,
    OrganisationId,
    Pence,
    Power,
    Restriction,
    SettlementRef,
    ShortText,
    Value,
    YearAmount,
    says,
)


class Condition(Value, frozen=True, kw_only=True):
    """Something that must be so before the money may be kept."""

    name: Annotated[OfficeName, says("A short name for it, such as match-funding.")]
    what: Annotated[ShortText, says("What must be so.")]


class GrantConditionsRecorded(Event, frozen=True, kw_only=True):
    """A body grants money to another, on conditions.

    Signed by: an officer of the grantor with the power to commit, within their limit; or transcribed.
    Effect: commitments can name it; their money is conditional until each condition is met, and follows its terms.
    Put right by: entry-reversed while nothing names it.
    """

    kind: ClassVar[str] = "grant-conditions-recorded/1"
    power: ClassVar[Power] = "commit"
    reversible: ClassVar[bool] = True
    transcribable: ClassVar[bool] = True
    grant: Annotated[GrantRef, says("The grant's reference, used once.")]
    name: Annotated[ShortText, says("Its name.")]
    grantor: Annotated[OrganisationId, says("The body that gives it.")]
    to: Annotated[OrganisationId, says("The body that it is given to.")]
    settlement: Annotated[SettlementRef | None, says("The settlement that it is part of.")] = None
    profile: Annotated[tuple[YearAmount, ...], says("How much in which financial year and category.")]
    eligible: Annotated[ShortText, says("What it may be spent on.")]
    restriction: Annotated[
        Restriction, says("Ring-fenced: the line goes on pound by pound; else it ends with the body's own money.")
    ]
    use_by: Annotated[date | None, says("The day by which it must be spent; absent: none.")] = None
    return_by: Annotated[date | None, says("The day by which what is unspent goes back.")] = None
    unspent: Annotated[Literal["returned", "kept"], says("What becomes of what is unspent at a year's end.")]
    pass_through: Annotated[OrganisationId | None, says("The body that it must be passed on to in full.")] = None
    pass_by: Annotated[date | None, says("The day by which it must be passed on.")] = None
    conditions: Annotated[tuple[Condition, ...], says("What must be so before it may be kept.")] = ()

    @property
    def creates(self) -> tuple[str, ...]:
        return (f"grant:{self.grant}",)

    @property
    def concerns(self) -> str | None:
        return self.grantor


class ConditionMet(Event, frozen=True, kw_only=True):
    """A condition of a grant is met, as the grantor finds.

    Signed by: an officer of the grantor with the power to commit.
    Effect: once all are met, commitments that name the grant are conditional no longer.
    Put right by: entry-reversed.
    """

    kind: ClassVar[str] = "condition-met/1"
    power: ClassVar[Power] = "commit"
    reversible: ClassVar[bool] = True
    grant: Annotated[GrantRef, says("The grant.")]
    condition: Annotated[OfficeName, says("The condition's name.")]
    evidence: Annotated[Digest | None, says("The SHA-256 of what shows it.")] = None


class GrantReturnCertified(Event, frozen=True, kw_only=True):
    """The body certifies to the grantor what became of a grant in a year.

    Signed by: an officer of the body with the power to operate.
    Effect: the grant's account shows it beside what the ledger itself comes to; a difference is shown.
    Put right by: another for the same year, or entry-reversed.
    """

    kind: ClassVar[str] = "grant-return-certified/1"
    power: ClassVar[Power] = "operate"
    reversible: ClassVar[bool] = True
    grant: Annotated[GrantRef, says("The grant.")]
    year: Annotated[FinancialYear, says("The year.")]
    received: Annotated[Pence, says("What was received of it.")]
    eligible_spend: Annotated[Pence, says("What was spent on what it may be spent on.")]
    unspent: Annotated[Pence, says("What is left.")]
    returned: Annotated[Pence, says("What went back.")] = Pence(0)
