"""Contributions: what was committed falls due, is paid, and arrives. Cash settles; it does not fund."""

from __future__ import annotations

from datetime import date
from typing import Annotated, ClassVar

from ledger.events.event import Event
from ledger.values import (
    AccountsAs,
    Balance,
    Category,
    CommitmentRef,
    ContributionRef,
    FinancialYear,
    GrantRef,
    OrganisationId,
    Pence,
    PoolRef,
    Power,
    Sealed,
    ShortText,
    says,
)


class ContributionDue(Event, frozen=True, kw_only=True):
    """An instalment of a commitment falls due on a day.

    Signed by: an officer of the pool's host, or of the funder, with the power to operate.
    Effect: the funder's account shows it as due from that day; the instalments never exceed the commitment.
    Put right by: entry-reversed while nothing is paid on it.
    """

    kind: ClassVar[str] = "contribution-due/1"
    power: ClassVar[Power] = "operate"
    reversible: ClassVar[bool] = True
    contribution: Annotated[ContributionRef, says("The instalment's reference, used once.")]
    commitment: Annotated[CommitmentRef, says("The commitment that it is part of.")]
    year: Annotated[FinancialYear, says("The year of the commitment that it settles.")]
    category: Annotated[Category, says("The control total that it counts against.")]
    accounts_as: Annotated[AccountsAs, says("Revenue or capital, as the statute has it.")]
    amount: Annotated[Pence, says("How much.")]
    due_on: Annotated[date, says("The day by which it is to be paid.")]

    @property
    def creates(self) -> tuple[str, ...]:
        return (f"contribution:{self.contribution}",)


class ContributionPaid(Event, frozen=True, kw_only=True):
    """A funder paid an instalment: the payer's side.

    Signed by: an officer of the funder with the power to pay.
    Effect: the funder's account shows it as paid; until the host records its receipt it is on its way.
    Put right by: entry-reversed.
    """

    kind: ClassVar[str] = "contribution-paid/1"
    power: ClassVar[Power] = "pay"
    reversible: ClassVar[bool] = True
    contribution: Annotated[ContributionRef, says("The instalment.")]
    amount: Annotated[Pence, says("How much.")]


class ContributionReceived(Event, frozen=True, kw_only=True):
    """The host received an instalment: the other side of the same money.

    Signed by: an officer of the pool's host with the power to operate.
    Effect: the pool has the cash. Where the two sides differ both are shown, with the difference.
    Put right by: entry-reversed.
    """

    kind: ClassVar[str] = "contribution-received/1"
    power: ClassVar[Power] = "operate"
    reversible: ClassVar[bool] = True
    contribution: Annotated[ContributionRef, says("The instalment.")]
    amount: Annotated[Pence, says("How much.")]


class ContributionInKind(Event, frozen=True, kw_only=True):
    """A funder gives something other than money: staff, rooms, goods.

    Signed by: an officer of the funder with the power to commit, within their limit.
    Effect: shown beside the cash, valued by the method stated, and never added to it.
    Put right by: entry-reversed.
    """

    kind: ClassVar[str] = "contribution-in-kind/1"
    power: ClassVar[Power] = "commit"
    reversible: ClassVar[bool] = True
    contribution: Annotated[ContributionRef, says("Its reference, used once.")]
    commitment: Annotated[CommitmentRef, says("The commitment that it stands beside.")]
    year: Annotated[FinancialYear, says("The year in which it is given.")]
    what: Annotated[ShortText, says("What is given.")]
    value: Annotated[Pence, says("What it is worth, by the method stated.")]
    method: Annotated[ShortText, says("How it was valued.")]

    @property
    def creates(self) -> tuple[str, ...]:
        return (f"contribution:{self.contribution}",)


class ContributionReturned(Event, frozen=True, kw_only=True):
    """The host gives contributed money back to its funder.

    Signed by: an officer of the pool's host with the power to operate.
    Effect: the pool has that much less cash, and the funder that much more.
    Put right by: entry-reversed.
    """

    kind: ClassVar[str] = "contribution-returned/1"
    power: ClassVar[Power] = "operate"
    reversible: ClassVar[bool] = True
    contribution: Annotated[ContributionRef, says("The instalment that it came in by.")]
    amount: Annotated[Pence, says("How much.")]
    reason: Annotated[Sealed, says("Why.", read="partners")]


class PassThroughMade(Event, frozen=True, kw_only=True):
    """A body passes grant money on to another, as the grant's conditions ask, or the other agrees otherwise.

    Signed by: an officer of the body that passes it on, with the power to pay.
    Effect: the grant's account shows it as passed on; views of a place count the money once, where it ends.
    Put right by: entry-reversed.
    """

    kind: ClassVar[str] = "pass-through-made/1"
    power: ClassVar[Power] = "pay"
    reversible: ClassVar[bool] = True
    grant: Annotated[GrantRef, says("The grant.")]
    to: Annotated[OrganisationId, says("The body that it is passed on to.")]
    year: Annotated[FinancialYear, says("The year of the grant.")]
    amount: Annotated[Pence, says("How much was passed on.")]
    kept: Annotated[Pence, says("How much of what it should have had was kept by agreement.")] = Pence(0)
    exception: Annotated[ShortText | None, says("Where something was kept: what the other body agreed, and when.")] = (
        None
    )


class PositionAgreed(Event, frozen=True, kw_only=True):
    """What one body and another owe each other at a year's end, as one states it and the other may confirm.

    Signed by: an officer of the body with the power to operate; waits for the other body.
    Effect: both year-end packs show it, beside what the ledger itself comes to; a difference is shown, not mended.
    Put right by: entry-reversed.
    """

    kind: ClassVar[str] = "position-agreed/1"
    power: ClassVar[Power] = "operate"
    reversible: ClassVar[bool] = True
    organisation: Annotated[OrganisationId, says("The body that states it.")]
    other: Annotated[OrganisationId, says("The other body.")]
    pool: Annotated[PoolRef, says("The pool that it is about.")]
    year: Annotated[FinancialYear, says("The year, at whose 31 March it stands.")]
    debtor: Annotated[Pence, says("What the other owes the body.")]
    creditor: Annotated[Pence, says("What the body owes the other.")]
    income: Annotated[Pence, says("What the body had from the other in the year.")]
    expenditure: Annotated[Pence, says("What the body spent to the other in the year.")]
    difference: Annotated[Balance, says("What remains between their two statements; zero where they agree.")]
    note: Annotated[Sealed | None, says("Why they differ.", read="parties")] = None

    @property
    def parties(self) -> tuple[str, ...]:
        return (self.organisation, self.other)
