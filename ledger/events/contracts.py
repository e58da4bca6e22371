"""Contracts: what is paid for which outcome, by whom, up to which cap."""

from __future__ import annotations

from datetime import date
from typing import Annotated, ClassVar, Literal

from ledger.events.event import Event
from ledger.values import (
    AccountsAs,
    Category,
    ContractRef,
    Count,
    Days,
    FinancialYear,
    MetricName,
    OrganisationId,
    OutcomeRef,
    Pence,
    PoolRef,
    Power,
    SchemeRef,
    Sealed,
    Share,
    ShortText,
    Value,
    says,
)

BeyondCap = Literal["other-payers", "provider", "unfunded"]
Wanted = Literal["another-body", "data-match", "internal-audit", "any"]


class Rate(Value, frozen=True, kw_only=True):
    """One line of the rate card: a metric, its price, and when it may be paid."""

    metric: Annotated[MetricName, says("The metric's name in this contract.")]
    pays_for: Annotated[ShortText, says("What must be achieved.")]
    outcome: Annotated[OutcomeRef | None, says("The outcome that it serves.")] = None
    price: Annotated[Pence | None, says("For one unit; absent: the source states none.")] = None
    cap: Annotated[Pence | None, says("The most that is paid for this metric.")] = None
    repeats: Annotated[bool, says("Whether one person may achieve it more than once.")] = False
    after: Annotated[MetricName | None, says("The metric that the same person must have achieved before.")] = None
    counts_only: Annotated[bool, says("It is claimed and verified, and nothing is paid for it.")] = False


class Payer(Value, frozen=True, kw_only=True):
    """One of those who pay, with its share and its cap."""

    payer: Annotated[OrganisationId, says("The body that pays.")]
    share: Annotated[Share | None, says("Its part of every payment; only a source may not say.")] = None
    cap: Annotated[Pence | None, says("The most that it pays under this contract.")] = None
    pool: Annotated[PoolRef | None, says("The pool that it pays from, as its host; absent: its own money.")] = None
    scheme: Annotated[SchemeRef | None, says("The scheme of that pool whose spending it is.")] = None
    category: Annotated[Category, says("The control total that the pool's part counts against.")] = "resource"
    accounts_as: Annotated[AccountsAs, says("Revenue or capital, as the pool's part is accounted for.")] = "revenue"


class YearCap(Value, frozen=True, kw_only=True):
    """The most that is paid in one financial year."""

    year: Annotated[FinancialYear, says("1 April to 31 March.")]
    cap: Annotated[Pence, says("The most.")]


class Terms(Value, frozen=True, kw_only=True):
    """What may change while a contract runs. The terms of the day on which an outcome was achieved apply to it."""

    payers: Annotated[tuple[Payer, ...], says("Who pays; together the shares are the whole.")]
    rates: Annotated[tuple[Rate, ...], says("The rate card.")]
    cap: Annotated[Pence | None, says("The most that is paid in all.")] = None
    year_caps: Annotated[tuple[YearCap, ...], says("The most in a financial year, where that is agreed.")] = ()
    beyond_cap: Annotated[BeyondCap, says("Who bears what is beyond a payer's cap.")] = "unfunded"
    verification: Annotated[Wanted, says("How it must be verified before anything is paid.")] = "another-body"
    verifier: Annotated[OrganisationId | None, says("The body that verifies; absent: any that may.")] = None
    window_days: Annotated[Days | None, says("Days after achievement in which it may be claimed.")] = None

    @property
    def bodies(self) -> tuple[str, ...]:
        """Whom they bind besides the commissioner and the provider: the payers, and the verifier where one is named."""
        return (*(payer.payer for payer in self.payers), *((self.verifier,) if self.verifier else ()))


class ContractAgreed(Event, frozen=True, kw_only=True):
    """Payers agree with a provider what they will pay for, and how they share it.

    Signed by: an officer of the commissioner with the power to agree; waits for each party named.
    Effect: what is achieved can be claimed, verified and paid for under it. It commits no money: see commitment-made.
    Put right by: contract-varied, or entry-reversed while nothing rests on it.
    """

    kind: ClassVar[str] = "contract-agreed/1"
    power: ClassVar[Power] = "agree"
    reversible: ClassVar[bool] = True
    transcribable: ClassVar[bool] = True
    contract: Annotated[ContractRef, says("The contract's reference, used once.")]
    name: Annotated[ShortText, says("Its name.")]
    commissioner: Annotated[OrganisationId | None, says("The body that lets it; only a source may not say.")] = None
    provider: Annotated[OrganisationId | None, says("The body that delivers; only a source may not say.")] = None
    terms: Annotated[Terms, says("Payers, rates and caps.")]
    cohort: Annotated[ShortText | None, says("Whom it is for.")] = None
    cohort_size: Annotated[Count | None, says("How many people it is for.")] = None
    scheme: Annotated[SchemeRef | None, says("The scheme of a pool whose outcomes it counts.")] = None
    eligibility: Annotated[ShortText | None, says("Who may take part, as at referral.")] = None
    counterfactual: Annotated[ShortText | None, says("What it is compared with; absent: none was agreed.")] = None
    starts: Annotated[date | None, says("The first day of service; only a source may not say.")] = None
    until: Annotated[date | None, says("The last day of service; absent: none was agreed.")] = None

    @property
    def creates(self) -> tuple[str, ...]:
        return (f"contract:{self.contract}",)

    @property
    def parties(self) -> tuple[str, ...]:
        named = (self.commissioner, self.provider, *self.terms.bodies)
        return tuple(dict.fromkeys(body for body in named if body))

    @property
    def concerns(self) -> str | None:
        return self.commissioner


class ContractVaried(Event, frozen=True, kw_only=True):
    """A contract's terms are replaced by others, from the day on which this occurred.

    Signed by: an officer of the commissioner with the power to agree; waits for each party, old and new.
    Effect: what is achieved from that day on is paid under the new terms; what was achieved before, under the old.
    Put right by: another variation, or entry-reversed while nothing rests on it.
    """

    kind: ClassVar[str] = "contract-varied/1"
    power: ClassVar[Power] = "agree"
    reversible: ClassVar[bool] = True
    contract: Annotated[ContractRef, says("The contract.")]
    terms: Annotated[Terms, says("The whole new terms.")]
    reason: Annotated[Sealed, says("Why.", read="parties")]


class ContractExtended(Event, frozen=True, kw_only=True):
    """A contract runs longer, on the terms that it has.

    Signed by: an officer of the commissioner with the power to agree; waits for each party.
    Effect: what is achieved up to the new last day can be claimed.
    Put right by: another extension, or entry-reversed while nothing rests on it.
    """

    kind: ClassVar[str] = "contract-extended/1"
    power: ClassVar[Power] = "agree"
    reversible: ClassVar[bool] = True
    contract: Annotated[ContractRef, says("The contract.")]
    until: Annotated[date, says("The new last day of service.")]


class PlannedPayment(Value, frozen=True, kw_only=True):
    """One line of a payment plan."""

    metric: Annotated[MetricName | None, says("For which metric; absent: for all of them together.")] = None
    starts: Annotated[date | None, says("The first day of the period.")] = None
    ends: Annotated[date, says("The last day of the period.")]
    amount: Annotated[Pence | None, says("How much; absent: left blank, which is not zero.")] = None
    row: Annotated[ShortText | None, says("The row of the source, where it was transcribed.")] = None


class PaymentsPlanned(Event, frozen=True, kw_only=True):
    """When the parties expect which payments, in one version of their plan.

    Signed by: an officer of the commissioner with the power to agree.
    Effect: views set what was paid beside it. It commits nothing and pays nothing.
    Put right by: another version, or entry-reversed.
    """

    kind: ClassVar[str] = "payments-planned/1"
    power: ClassVar[Power] = "agree"
    reversible: ClassVar[bool] = True
    transcribable: ClassVar[bool] = True
    contract: Annotated[ContractRef, says("The contract.")]
    plan: Annotated[ShortText, says("The name of this version, as the parties or the source write it.")]
    lines: Annotated[tuple[PlannedPayment, ...], says("The payments that are expected.")]
