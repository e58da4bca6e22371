"""Settlements: what government awards a body or a place, for which years, under which authority; and budgets."""

from __future__ import annotations

from datetime import date
from typing import Annotated, ClassVar, Literal

from ledger.events.event import Event
from ledger.values import (
    Category,
    Count,
    FinancialYear,
    OrganisationId,
    Origin,
    Pence,
    Power,
    Restriction,
    SchemeRef,
    SettlementRef,
    ShortText,
    YearAmount,
    says,
)


class SettlementAwarded(Event, frozen=True, kw_only=True):
    """A department awards money to a body, year by year, under an authority.

    Signed by: an officer of the department with the power to commit, within their limit; or transcribed.
    Effect: the body's commitments can name it as where their money is from. It moves no money.
    Put right by: entry-reversed while nothing names it.
    """

    kind: ClassVar[str] = "settlement-awarded/1"
    power: ClassVar[Power] = "commit"
    reversible: ClassVar[bool] = True
    transcribable: ClassVar[bool] = True
    settlement: Annotated[SettlementRef, says("The settlement's reference, used once.")]
    department: Annotated[OrganisationId, says("The body that awards it.")]
    to: Annotated[OrganisationId, says("The body that it is awarded to.")]
    name: Annotated[ShortText, says("Its name.")]
    profile: Annotated[tuple[YearAmount, ...], says("How much in which financial year and category.")]
    award: Annotated[Literal["formula", "needs", "competition", "agreement", "other"], says("How it was arrived at.")]
    sort: Annotated[Literal["new", "redirected", "time-limited"], says("New money, moved money, or for a time.")]
    authority: Annotated[ShortText, says("The Estimate line, or another authority for it.")]
    restriction: Annotated[
        Restriction, says("Ring-fenced: the line goes on pound by pound; else it ends with the body's own money.")
    ]

    @property
    def creates(self) -> tuple[str, ...]:
        return (f"settlement:{self.settlement}",)

    @property
    def concerns(self) -> str | None:
        return self.department


class FundAllocated(Event, frozen=True, kw_only=True):
    """A fund above places gives this place a part of it, as another ledger records.

    Signed by: an officer of the department with the power to commit, within their limit.
    Effect: the settlement shows where its money is recorded on the other side.
    Put right by: entry-reversed.
    """

    kind: ClassVar[str] = "fund-allocated/1"
    power: ClassVar[Power] = "commit"
    reversible: ClassVar[bool] = True
    settlement: Annotated[SettlementRef, says("The settlement that it is.")]
    fund: Annotated[ShortText, says("The fund's name.")]
    amount: Annotated[Pence, says("How much of it.")]
    counterpart: Annotated[Origin, says("The other ledger's origin.")]
    counterpart_entry: Annotated[Count, says("The number of its entry there.")]


class BidRecorded(Event, frozen=True, kw_only=True):
    """A body bid for money.

    Signed by: an officer of the body with the power to agree.
    Effect: the register of bids shows it, and what became of it.
    Put right by: another one for the same bid, or entry-reversed.
    """

    kind: ClassVar[str] = "bid-recorded/1"
    power: ClassVar[Power] = "agree"
    reversible: ClassVar[bool] = True
    bid: Annotated[ShortText, says("What the body calls its bid.")]
    organisation: Annotated[OrganisationId, says("Who bids.")]
    to: Annotated[OrganisationId, says("Who decides.")]
    amount: Annotated[Pence, says("How much it asks for.")]
    state: Annotated[Literal["submitted", "won", "lost", "withdrawn"], says("How it stands.")]
    cost: Annotated[Pence | None, says("What the bidding itself cost; absent: not known.")] = None
    settlement: Annotated[SettlementRef | None, says("The settlement that it won.")] = None


class ControlTotalSet(Event, frozen=True, kw_only=True):
    """The most that a body may spend in a category in a year.

    Signed by: an officer, with the power to commit, of the body that sets it.
    Effect: views set what is committed beside it, and show what is above. A later one replaces it.
    Put right by: another, or entry-reversed.
    """

    kind: ClassVar[str] = "control-total-set/1"
    power: ClassVar[Power] = "commit"
    reversible: ClassVar[bool] = True
    set_by: Annotated[OrganisationId, says("The body that sets it.")]
    organisation: Annotated[OrganisationId, says("The body that it binds.")]
    year: Annotated[FinancialYear, says("The year.")]
    category: Annotated[Category, says("The control total.")]
    amount: Annotated[Pence, says("The most.")]
    authority: Annotated[ShortText, says("Under which authority.")]


class BudgetSet(Event, frozen=True, kw_only=True):
    """What a body means to spend on a service or a scheme in a year.

    Signed by: an officer of the body with the power to commit. The statement cites the decision.
    Effect: views set what is committed and spent beside it. A later one for the same thing replaces it.
    Put right by: another, or entry-reversed.
    """

    kind: ClassVar[str] = "budget-set/1"
    power: ClassVar[Power] = "commit"
    reversible: ClassVar[bool] = True
    cites_decision: ClassVar[bool] = True
    organisation: Annotated[OrganisationId, says("The body.")]
    service: Annotated[ShortText | None, says("The service; or a scheme instead.")] = None
    scheme: Annotated[SchemeRef | None, says("The scheme of a pool.")] = None
    year: Annotated[FinancialYear, says("The year.")]
    category: Annotated[Category, says("The control total.")]
    amount: Annotated[Pence, says("How much.")]
    from_day: Annotated[date | None, says("The day from which it holds; absent: the year's first.")] = None
