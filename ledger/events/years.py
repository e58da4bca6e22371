"""Years: what happens to a pool's budget within a year and at its end: virement, forecast, overspend, carry-forward,
and the close of a period."""

from __future__ import annotations

from datetime import date
from typing import Annotated, ClassVar, Literal

from ledger.events.event import Event
from ledger.events.spending import Cost
from ledger.values import (
    AccountsAs,
    Balance,
    Category,
    CommitmentRef,
    FinancialYear,
    OrganisationId,
    Pence,
    PoolRef,
    Power,
    SchemeRef,
    Sealed,
    ShortText,
    SpendRef,
    Value,
    says,
)

Stage = Literal["quarter", "provisional", "draft", "final"]
"""A quarter's report; then the year: provisional outturn, draft accounts, audited accounts."""


class VirementMade(Event, frozen=True, kw_only=True):
    """Budget moves from one scheme of a pool to another.

    Signed by: an officer of the pool's host with the power to operate; the approval table may ask for more.
    Effect: the one scheme may cost that much less in the year, and the other that much more. It moves no draw.
    Put right by: one the other way, or entry-reversed.
    """

    kind: ClassVar[str] = "virement-made/1"
    power: ClassVar[Power] = "operate"
    reversible: ClassVar[bool] = True
    pool: Annotated[PoolRef, says("The pool.")]
    year: Annotated[FinancialYear, says("The year.")]
    from_scheme: Annotated[SchemeRef, says("The scheme that gives budget up.")]
    to_scheme: Annotated[SchemeRef, says("The scheme that gets it.")]
    amount: Annotated[Pence, says("How much.")]
    reason: Annotated[Sealed, says("Why.", read="partners")]


class VarianceForecast(Event, frozen=True, kw_only=True):
    """What a pool expects to have spent by the end of the year.

    Signed by: an officer of the pool's host with the power to operate.
    Effect: the pool's reports show it beside what is committed. A later one replaces it.
    Put right by: another forecast, or entry-reversed.
    """

    kind: ClassVar[str] = "variance-forecast/1"
    power: ClassVar[Power] = "operate"
    reversible: ClassVar[bool] = True
    pool: Annotated[PoolRef, says("The pool.")]
    year: Annotated[FinancialYear, says("The year.")]
    scheme: Annotated[SchemeRef | None, says("The scheme; absent: the whole pool.")] = None
    expected: Annotated[Pence, says("What will have been spent by 31 March.")]
    reason: Annotated[Sealed | None, says("Why it differs from what was budgeted.", read="partners")] = None


class RecoveryPlanAgreed(Event, frozen=True, kw_only=True):
    """What the partners will do about a forecast overspend or underspend.

    Signed by: an officer of the pool's host with the power to agree; the approval table may ask each partner.
    Effect: the pool's reports show it beside the forecast.
    Put right by: another plan, or entry-reversed.
    """

    kind: ClassVar[str] = "recovery-plan-agreed/1"
    power: ClassVar[Power] = "agree"
    reversible: ClassVar[bool] = True
    pool: Annotated[PoolRef, says("The pool.")]
    year: Annotated[FinancialYear, says("The year.")]
    actions: Annotated[ShortText, says("What will be done.")]
    effect: Annotated[Balance, says("By how much it changes what will be spent: below zero, less.")]
    by_when: Annotated[date, says("The day by which it will have been done.")]


class Borne(Value, frozen=True, kw_only=True):
    """One partner's part of an overspend."""

    partner: Annotated[OrganisationId, says("The partner.")]
    amount: Annotated[Pence, says("Its part.")]


class VarianceApportioned(Event, frozen=True, kw_only=True):
    """What no commitment covers in a pot is taken on by the partners, as their agreement shares risk.

    Signed by: an officer of the pool's host with the power to operate; waits for each partner that bears a part.
    Effect: so much of what is unfunded, oldest first, becomes the partners' own, and each owes its part.
    Put right by: entry-reversed. The figures are checked, not chosen.
    """

    kind: ClassVar[str] = "variance-apportioned/1"
    power: ClassVar[Power] = "operate"
    reversible: ClassVar[bool] = True
    pool: Annotated[PoolRef, says("The pool.")]
    year: Annotated[FinancialYear, says("The year.")]
    category: Annotated[Category, says("The control total.")]
    accounts_as: Annotated[AccountsAs, says("Revenue or capital.")]
    amount: Annotated[Pence, says("How much of what is unfunded.")]
    lines: Annotated[tuple[Borne, ...], says("Each partner's part; together the whole, to the penny.")]

    @property
    def parties(self) -> tuple[str, ...]:
        return tuple(line.partner for line in self.lines)


class Carried(Value, frozen=True, kw_only=True):
    """What is carried forward of one commitment."""

    commitment: Annotated[CommitmentRef, says("The commitment that the money is from.")]
    amount: Annotated[Pence, says("How much.")]


class CarryForwardApproved(Event, frozen=True, kw_only=True):
    """What of a pot's unspent money is kept for the year after; the rest goes back to those whose it is.

    Signed by: an officer of the pool's host with the power to operate; waits for each partner of the pool.
    Effect: what is carried can be drawn in the next year, before new money; what is not is to be returned.
    Put right by: entry-reversed while nothing is drawn of it.
    """

    kind: ClassVar[str] = "carry-forward-approved/1"
    power: ClassVar[Power] = "operate"
    reversible: ClassVar[bool] = True
    pool: Annotated[PoolRef, says("The pool.")]
    year: Annotated[FinancialYear, says("The year that ended.")]
    category: Annotated[Category, says("The control total.")]
    accounts_as: Annotated[AccountsAs, says("Revenue or capital.")]
    amount: Annotated[Pence, says("How much is carried forward in all.")]
    use_by: Annotated[date | None, says("The day by which it must be spent; absent: none.")] = None
    lines: Annotated[
        tuple[Carried, ...], says("Of which commitments; none: in proportion to what is undrawn and may be kept.")
    ] = ()


class PeriodClosed(Event, frozen=True, kw_only=True):
    """A period of a pool is reported: a quarter, or the year in one of its three stages.

    Signed by: an officer of the pool's host with the power to operate.
    Effect: what occurred in the period is changed by period-adjusted alone; after the final stage by nothing.
    Put right by: entry-reversed while no later stage rests on it.
    """

    kind: ClassVar[str] = "period-closed/1"
    power: ClassVar[Power] = "operate"
    reversible: ClassVar[bool] = True
    pool: Annotated[PoolRef, says("The pool.")]
    year: Annotated[FinancialYear, says("The year.")]
    stage: Annotated[Stage, says("Which stage.")]
    quarter: Annotated[Literal[1, 2, 3, 4] | None, says("The quarter; at that stage only.")] = None
    spent: Annotated[Balance, says("What was spent in the year to the period's end; checked, not chosen.")]


class PeriodAdjusted(Event, frozen=True, kw_only=True):
    """Spending that belongs to a period which was reported, and not finally closed. It occurred in that period.

    Signed by: an officer of the pool's host with the power to operate.
    Effect: draws as spending does, or gives back what it credits; reports show the period as sent and as adjusted.
    Put right by: entry-reversed.
    """

    kind: ClassVar[str] = "period-adjusted/1"
    power: ClassVar[Power] = "operate"
    reversible: ClassVar[bool] = True
    spend: Annotated[SpendRef, says("Its reference, used once.")]
    scheme: Annotated[SchemeRef, says("The scheme.")]
    category: Annotated[Category, says("The control total that it counts against.")]
    accounts_as: Annotated[AccountsAs, says("Revenue or capital, as the statute has it.")]
    cost: Annotated[Cost, says("What it cost, or what it cost less.")]
    credits: Annotated[SpendRef | None, says("The spending whose cost it lowers by this much.")] = None
    reason: Annotated[Sealed, says("Why the report was wrong.", read="partners")]

    @property
    def creates(self) -> tuple[str, ...]:
        return (f"spend:{self.spend}",)
