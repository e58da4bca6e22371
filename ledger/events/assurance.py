"""Assurance: what an answerable officer expected before the money went out, and whose assurance is relied on after."""

from __future__ import annotations

from datetime import date
from typing import Annotated, ClassVar, Literal

from ledger.events.event import Event
from ledger.values import (
    ContractRef,
    Count,
    Digest,
    FinancialYear,
    GrantRef,
    OrganisationId,
    OutcomeRef,
    Pence,
    PoolRef,
    Power,
    SchemeRef,
    SettlementRef,
    ShortText,
    says,
)

Met = Literal["met", "met-with-risk", "not-met"]


class AnswerableOfficerAssessed(Event, frozen=True, kw_only=True):
    """An answerable officer judges a proposal by the four tests, and says what it should bring.

    Signed by: an officer of the body with the power to lead.
    Effect: the line of sight sets what came of it beside what was expected.
    Put right by: another assessment, or entry-reversed.
    """

    kind: ClassVar[str] = "answerable-officer-assessed/1"
    power: ClassVar[Power] = "lead"
    reversible: ClassVar[bool] = True
    organisation: Annotated[OrganisationId, says("The body whose officer it is.")]
    pool: Annotated[PoolRef | None, says("The pool that it is about; or a scheme or a contract instead.")] = None
    scheme: Annotated[SchemeRef | None, says("The scheme that it is about.")] = None
    contract: Annotated[ContractRef | None, says("The contract that it is about.")] = None
    regularity: Annotated[Met, says("Within the law and the authority for the money.")]
    propriety: Annotated[Met, says("Up to the standards of public conduct.")]
    value_for_money: Annotated[Met, says("The best use of the money, for the public as a whole.")]
    feasibility: Annotated[Met, says("Likely to be done as and when intended.")]
    outcome: Annotated[OutcomeRef | None, says("The outcome that is expected.")] = None
    units: Annotated[Count | None, says("How many are expected; absent: not said.")] = None
    unit_cost: Annotated[Pence | None, says("What each is expected to cost, from all funders.")] = None
    by_when: Annotated[date | None, says("The day by which they are expected.")] = None


class ReliancePlaced(Event, frozen=True, kw_only=True):
    """Money without a ring-fence became a body's own: whose assurance over that body is relied on from there.

    Signed by: an officer, with the power to agree, of the body that gave the money.
    Effect: the line of sight names it where the pound-by-pound line ends.
    Put right by: another, or entry-reversed.
    """

    kind: ClassVar[str] = "reliance-placed/1"
    power: ClassVar[Power] = "agree"
    reversible: ClassVar[bool] = True
    by: Annotated[OrganisationId, says("The body that relies.")]
    on: Annotated[OrganisationId, says("The body that has the money.")]
    settlement: Annotated[SettlementRef | None, says("The settlement by which the money came; or a grant instead.")] = (
        None
    )
    grant: Annotated[GrantRef | None, says("The grant by which the money came.")] = None
    assurance: Annotated[
        Literal["audit-opinion", "value-for-money-commentary", "best-value-duty", "internal-audit", "other"],
        says("What is relied on."),
    ]
    source: Annotated[ShortText, says("Whose it is, and of when.")]
    year: Annotated[FinancialYear, says("The year that it is about.")]
    digest: Annotated[Digest | None, says("The SHA-256 of the report.")] = None
