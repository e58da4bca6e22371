"""Spending: what was spent on a scheme, line by line or as the finance system lists it, and what comes in.

Each line of spending draws once on the commitments of its pot (pool, year, category, revenue or capital).
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, ClassVar, Literal

from ledger.events.event import Event
from ledger.events.pools import VatRegime
from ledger.values import (
    AccountsAs,
    Balance,
    Category,
    Count,
    Digest,
    FinancialYear,
    JournalRef,
    MapRef,
    OrganisationId,
    Pence,
    PoolRef,
    Power,
    Prevention,
    SchemeRef,
    Sealed,
    ShortText,
    SpendRef,
    Token,
    Value,
    says,
)

Activity = Literal["buy", "do", "change"]
"""Buying a service, doing it oneself, or changing how it is done."""


class Cost(Value, frozen=True, kw_only=True):
    """What something cost: its net amount, and the VAT that nobody gives back."""

    net: Annotated[Pence, says("The amount without VAT.")]
    irrecoverable_vat: Annotated[Pence, says("The VAT on it that is not recovered, and so is cost.")] = Pence(0)
    vat: Annotated[VatRegime, says("What became of the VAT on it.")] = "none-charged"

    @property
    def total(self) -> Pence:
        """What it draws on the commitments, in pence."""
        return Pence(self.net + self.irrecoverable_vat)


class SpendRecorded(Event, frozen=True, kw_only=True):
    """Money of a pool was spent on a scheme. It occurred on the day of the service, or of the payment.

    Signed by: an officer of the pool's host with the power to operate.
    Effect: draws once on what was committed then, restricted money first; what nothing covers is unfunded.
    Put right by: a credit note that names it, category-reclassified, or entry-reversed.
    """

    kind: ClassVar[str] = "spend-recorded/1"
    power: ClassVar[Power] = "operate"
    reversible: ClassVar[bool] = True
    spend: Annotated[SpendRef, says("Its reference, used once.")]
    scheme: Annotated[SchemeRef, says("The scheme.")]
    category: Annotated[Category, says("The control total that it counts against.")]
    accounts_as: Annotated[AccountsAs, says("Revenue or capital, as the statute has it.")]
    cost: Annotated[Cost, says("What it cost.")]
    basis: Annotated[Literal["cash", "accrual"], says("Paid already, or owed for a service that was had.")] = "cash"
    activity: Annotated[Activity | None, says("Buying, doing or changing.")] = None
    choice: Annotated[Literal["discretionary", "specified"] | None, says("Whether the law specifies it.")] = None
    intervention: Annotated[ShortText | None, says("What was done, in a few words.")] = None
    prevention: Annotated[Prevention | None, says("Why it counts as prevention; only then.")] = None
    paid_to: Annotated[OrganisationId | None, says("The body that was paid, where it is a body.")] = None
    payee: Annotated[Sealed | None, says("Who was paid; an individual is withheld.", read="parties")] = None
    credits: Annotated[SpendRef | None, says("A credit note: the spending whose cost it lowers by this much.")] = None

    @property
    def creates(self) -> tuple[str, ...]:
        return (f"spend:{self.spend}",)


class JournalLine(Value, frozen=True, kw_only=True):
    """What one row of the map adds up to in a listing."""

    row: Annotated[ShortText, says("The row of the map.")]
    category: Annotated[Category, says("The control total that it counts against.")]
    accounts_as: Annotated[AccountsAs, says("Revenue or capital, as the statute has it.")]
    activity: Annotated[Activity | None, says("Buying, doing or changing.")] = None
    count: Annotated[Count, says("How many lines of the listing.")]
    total: Annotated[Balance, says("Their cost; below zero where credits are more.")]
    irrecoverable_vat: Annotated[Balance, says("The part of it that is VAT which is not recovered.")] = Balance(0)


class JournalRecorded(Event, frozen=True, kw_only=True):
    """What a finance system lists for one scheme in one month, by rows of the map. It occurred on the month's last day.

    Signed by: an officer of the pool's host with the power to operate.
    Effect: each line draws as one line of spending would; one below zero gives back the latest draws of its scheme.
    Put right by: entry-reversed, and the listing imported again.
    """

    kind: ClassVar[str] = "journal-recorded/1"
    power: ClassVar[Power] = "operate"
    reversible: ClassVar[bool] = True
    journal: Annotated[JournalRef, says("Its reference, used once.")]
    map: Annotated[MapRef, says("The map by which the listing was read.")]
    scheme: Annotated[SchemeRef, says("The scheme.")]
    starts: Annotated[date, says("The first day of the month.")]
    lines: Annotated[tuple[JournalLine, ...], says("By row of the map.")]
    count: Annotated[Count, says("How many lines of the listing in all.")]
    total: Annotated[Balance, says("Their cost in all.")]
    listing: Annotated[Digest, says("The listing's SHA-256: of its lines for this scheme and month, as read.")]
    file: Annotated[Digest, says("The SHA-256 of the file that it was in.")]

    @property
    def creates(self) -> tuple[str, ...]:
        return (f"journal:{self.journal}",)


class MapRow(Value, frozen=True, kw_only=True):
    """Which lines of a listing belong to which scheme, and as what they count."""

    row: Annotated[ShortText, says("The row's name.")]
    cost_centre: Annotated[ShortText, says("The cost centre; * for any.")]
    account: Annotated[ShortText, says("The account; with * at its end, every one that begins so.")]
    scheme: Annotated[SchemeRef | None, says("The scheme; absent: these lines are none of the pool's.")] = None
    category: Annotated[Category, says("The control total that they count against.")] = "resource"
    accounts_as: Annotated[AccountsAs, says("Revenue or capital, as the statute has it.")] = "revenue"
    activity: Annotated[Activity | None, says("Buying, doing or changing.")] = None
    vat: Annotated[VatRegime, says("What becomes of VAT on them.")] = "host-recovers"


class JournalMapped(Event, frozen=True, kw_only=True):
    """How lines of a finance system's listing are read into schemes. A later map of the same reference replaces it.

    Signed by: an officer of the pool's host with the power to operate.
    Effect: listings are imported by it. It records no spending.
    Put right by: another map, or entry-reversed while no journal names it.
    """

    kind: ClassVar[str] = "journal-mapped/1"
    power: ClassVar[Power] = "operate"
    reversible: ClassVar[bool] = True
    map: Annotated[MapRef, says("The map's reference.")]
    pool: Annotated[PoolRef, says("The pool whose schemes it names.")]
    rows: Annotated[tuple[MapRow, ...], says("Its rows; the first that fits a line holds.")]

    @property
    def creates(self) -> tuple[str, ...]:
        return (f"map:{self.map}",)


class ReconcilingItem(Value, frozen=True, kw_only=True):
    """Why the finance system and this ledger differ, by how much."""

    reason: Annotated[ShortText, says("What it is, such as an invoice in transit.")]
    amount: Annotated[Balance, says("How much more the finance system has because of it.")]


class LedgerReconciled(Event, frozen=True, kw_only=True):
    """What a finance system and this ledger hold for a pool's schemes at a month's end, and why they differ.

    Signed by: an officer of the pool's host with the power to operate.
    Effect: views no longer mark the month as not reconciled. The sum here is checked, not chosen.
    Put right by: entry-reversed; a change to the month after it marks the month again.
    """

    kind: ClassVar[str] = "ledger-reconciled/1"
    power: ClassVar[Power] = "operate"
    reversible: ClassVar[bool] = True
    pool: Annotated[PoolRef, says("The pool.")]
    ends: Annotated[date, says("The month's last day; sums are of the financial year to then.")]
    there: Annotated[Balance, says("What the finance system holds.")]
    here: Annotated[Balance, says("What this ledger holds.")]
    items: Annotated[tuple[ReconcilingItem, ...], says("Each difference; together they are there less here.")] = ()


class AccrualRecorded(Event, frozen=True, kw_only=True):
    """A service was had and not yet invoiced. It occurred on the last day of the service.

    Signed by: an officer of the pool's host with the power to operate.
    Effect: draws as spending does, in the year of the service; the pool owes it until accrual-settled.
    Put right by: accrual-settled, or entry-reversed.
    """

    kind: ClassVar[str] = "accrual-recorded/1"
    power: ClassVar[Power] = "operate"
    reversible: ClassVar[bool] = True
    spend: Annotated[SpendRef, says("Its reference, used once.")]
    scheme: Annotated[SchemeRef, says("The scheme.")]
    category: Annotated[Category, says("The control total that it counts against.")]
    accounts_as: Annotated[AccountsAs, says("Revenue or capital, as the statute has it.")]
    cost: Annotated[Cost, says("What it is expected to cost.")]
    prevention: Annotated[Prevention | None, says("Why it counts as prevention; only then.")] = None
    payee: Annotated[Sealed | None, says("Who is to be paid; an individual is withheld.", read="parties")] = None

    @property
    def creates(self) -> tuple[str, ...]:
        return (f"spend:{self.spend}",)


class AccrualSettled(Event, frozen=True, kw_only=True):
    """The invoice for an accrued service came. It occurred on the day of the invoice.

    Signed by: an officer of the pool's host with the power to operate.
    Effect: what it costs beyond the accrual draws in the invoice's own year; what it costs less is given back there.
    Put right by: entry-reversed.
    """

    kind: ClassVar[str] = "accrual-settled/1"
    power: ClassVar[Power] = "operate"
    reversible: ClassVar[bool] = True
    spend: Annotated[SpendRef, says("The accrual.")]
    cost: Annotated[Cost, says("What it cost.")]


class IncomeRecorded(Event, frozen=True, kw_only=True):
    """Money came into a pool otherwise than from its funders: charges to users, recharges, interest.

    Signed by: an officer of the pool's host with the power to operate.
    Effect: counts as money of the partner to whom the agreement gives it, paid in; spending may draw on it.
    Put right by: entry-reversed.
    """

    kind: ClassVar[str] = "income-recorded/1"
    power: ClassVar[Power] = "operate"
    reversible: ClassVar[bool] = True
    pool: Annotated[PoolRef, says("The pool.")]
    scheme: Annotated[SchemeRef | None, says("The one scheme of the pool that it is for; absent: any.")] = None
    category: Annotated[Category, says("The control total that it counts towards.")]
    accounts_as: Annotated[AccountsAs, says("Revenue or capital, as the statute has it.")]
    amount: Annotated[Pence, says("How much.")]
    sort: Annotated[Literal["charges", "recharges", "interest", "other"], says("What it is.")]
    partner: Annotated[OrganisationId, says("The partner whose money it counts as, by the agreement.")]


class AdministrativeCostRecorded(Event, frozen=True, kw_only=True):
    """What it costs to run the pool itself: no outcome is bought with it, by design.

    Signed by: an officer of the pool's host with the power to operate.
    Effect: draws on unrestricted money as spending does.
    Put right by: entry-reversed.
    """

    kind: ClassVar[str] = "administrative-cost-recorded/1"
    power: ClassVar[Power] = "operate"
    reversible: ClassVar[bool] = True
    spend: Annotated[SpendRef, says("Its reference, used once.")]
    pool: Annotated[PoolRef, says("The pool.")]
    category: Annotated[Category, says("The control total that it counts against.")]
    accounts_as: Annotated[AccountsAs, says("Revenue or capital, as the statute has it.")]
    cost: Annotated[Cost, says("What it cost.")]
    what: Annotated[ShortText, says("What for.")]

    @property
    def creates(self) -> tuple[str, ...]:
        return (f"spend:{self.spend}",)


class PersonalBudgetAllocated(Event, frozen=True, kw_only=True):
    """Money of a scheme is given to one person to arrange their own support; the person is a token.

    Signed by: an officer of the pool's host with the power to operate.
    Effect: draws as spending does.
    Put right by: entry-reversed.
    """

    kind: ClassVar[str] = "personal-budget-allocated/1"
    power: ClassVar[Power] = "operate"
    reversible: ClassVar[bool] = True
    spend: Annotated[SpendRef, says("Its reference, used once.")]
    scheme: Annotated[SchemeRef, says("The scheme.")]
    person: Annotated[Token, says("The person's token.")]
    category: Annotated[Category, says("The control total that it counts against.")]
    accounts_as: Annotated[AccountsAs, says("Revenue or capital, as the statute has it.")]
    amount: Annotated[Pence, says("How much.")]

    @property
    def creates(self) -> tuple[str, ...]:
        return (f"spend:{self.spend}",)


class CategoryReclassified(Event, frozen=True, kw_only=True):
    """Spending is found to belong to another category, or to the other of revenue and capital.

    Signed by: an officer of the pool's host with the power to operate; waits for each funder whose cost rises.
    Effect: gives back what it drew in the old pot, and draws afresh in the new one, from here on.
    Put right by: another reclassification, or entry-reversed.
    """

    kind: ClassVar[str] = "category-reclassified/1"
    power: ClassVar[Power] = "operate"
    reversible: ClassVar[bool] = True
    spend: Annotated[SpendRef, says("The spending, or part of it, that is reclassified; it keeps its scheme and year.")]
    amount: Annotated[Pence, says("How much of it.")]
    category: Annotated[Category, says("The control total that it counts against from here on.")]
    accounts_as: Annotated[AccountsAs, says("Revenue or capital, from here on.")]
    prevention: Annotated[Prevention | None, says("Why it counts as prevention; only then.")] = None
    authority: Annotated[ShortText | None, says("Whose consent allows capital to become anything else.")] = None


class OutturnRecorded(Event, frozen=True, kw_only=True):
    """What a body's outturn says it spent on a service in a year, outside any pool.

    Signed by: an officer of the body with the power to operate; or transcribed from a published return.
    Effect: views of the body show it apart from what it pools. It draws on nothing.
    Put right by: entry-reversed.
    """

    kind: ClassVar[str] = "outturn-recorded/1"
    power: ClassVar[Power] = "operate"
    reversible: ClassVar[bool] = True
    transcribable: ClassVar[bool] = True
    organisation: Annotated[OrganisationId, says("The body.")]
    year: Annotated[FinancialYear, says("The year.")]
    section: Annotated[ShortText, says("The part of the return, such as service expenditure or reserves.")]
    line: Annotated[ShortText, says("The line of the return.")]
    amount: Annotated[Balance, says("The sum; below zero where income is more.")]
    certified: Annotated[bool, says("Whether the return is certified.")]

    @property
    def concerns(self) -> str | None:
        return self.organisation
