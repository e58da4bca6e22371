"""Commitments: money committed, year by year. They fund; cash settles them."""

from __future__ import annotations

from datetime import date
from typing import Annotated, ClassVar, Literal

from ledger.events.event import Event
from ledger.values import (
    CommitmentRef,
    ContractRef,
    GrantRef,
    OrganisationId,
    OutcomeRef,
    PaymentBasis,
    Pence,
    PoolRef,
    Power,
    SchemeRef,
    Sealed,
    SettlementRef,
    Strength,
    YearAmount,
    says,
)

ContributionKind = Literal[
    "nhs-minimum", "nhs-additional", "ibcf", "la-additional", "dfg", "discharge-icb", "discharge-la", "other"
]
"""The sorts of the Better Care Fund's planning returns, and other."""


class CommitmentMade(Event, frozen=True, kw_only=True):
    """A body commits money, year by year: to a pool, to a scheme of one, or to an outcomes contract.

    Signed by: an officer of the funder with the power to commit, within their limit.
    Effect: raises what the funder has committed; moves no money. Under a contract it counts until it is paid.
    Put right by: commitment-varied, commitment-withdrawn, or entry-reversed where it was an error.
    """

    kind: ClassVar[str] = "commitment-made/1"
    power: ClassVar[Power] = "commit"
    reversible: ClassVar[bool] = True
    transcribable: ClassVar[bool] = True
    commitment: Annotated[CommitmentRef, says("The funder's own reference, used once.")]
    funder: Annotated[OrganisationId, says("The body whose money it is.")]
    pool: Annotated[PoolRef | None, says("The pool that the money is committed to; or a contract instead.")] = None
    contract: Annotated[ContractRef | None, says("The outcomes contract that it is committed to.")] = None
    scheme: Annotated[SchemeRef | None, says("The one scheme of the pool that it is for; absent: any.")] = None
    profile: Annotated[tuple[YearAmount, ...], says("How much in which financial year and category.")] = ()
    whole: Annotated[Pence | None, says("The most in all, under a contract that sets no sums by year.")] = None
    strength: Annotated[Strength, says("Firm, or what it still depends on.")]
    payment_basis: Annotated[PaymentBasis, says("What it pays for: input, activity, output, outcome, block.")]
    contribution: Annotated[ContributionKind | None, says("Which sort of contribution, where the pool has sorts.")] = (
        None
    )
    use_by: Annotated[date | None, says("The day by which it must be spent; absent: none.")] = None
    outcomes: Annotated[tuple[OutcomeRef, ...], says("The outcomes that it is meant for.")] = ()
    settlement: Annotated[SettlementRef | None, says("The settlement that the money is from.")] = None
    grant: Annotated[GrantRef | None, says("The grant that the money is from, with its conditions.")] = None
    replaces: Annotated[
        CommitmentRef | None, says("The commitment, reversed as an error, whose uncovered spending it covers first.")
    ] = None
    note: Annotated[Sealed | None, says("What else a partner should know.", read="partners")] = None

    @property
    def creates(self) -> tuple[str, ...]:
        return (f"commitment:{self.commitment}",)

    @property
    def concerns(self) -> str | None:
        return self.funder


class CommitmentFirmed(Event, frozen=True, kw_only=True):
    """A commitment no longer depends on anything. The statement cites the decision.

    Signed by: an officer of the funder with the power to commit, within their limit.
    Effect: its strength becomes firm.
    Put right by: entry-reversed.
    """

    kind: ClassVar[str] = "commitment-firmed/1"
    power: ClassVar[Power] = "commit"
    reversible: ClassVar[bool] = True
    cites_decision: ClassVar[bool] = True
    commitment: Annotated[CommitmentRef, says("The commitment.")]


class CommitmentVaried(Event, frozen=True, kw_only=True):
    """A commitment's profile is replaced by another.

    Signed by: an officer of the funder with the power to commit, whose limit covers the new whole.
    Effect: the new profile replaces the old from here.
    Put right by: another variation, or entry-reversed.
    """

    kind: ClassVar[str] = "commitment-varied/1"
    power: ClassVar[Power] = "commit"
    reversible: ClassVar[bool] = True
    commitment: Annotated[CommitmentRef, says("The commitment.")]
    profile: Annotated[tuple[YearAmount, ...], says("The whole new profile.")] = ()
    whole: Annotated[Pence | None, says("The new most in all, where no sums are set by year.")] = None
    reason: Annotated[Sealed, says("Why.", read="partners")]


class CommitmentReprofiled(Event, frozen=True, kw_only=True):
    """A commitment to a pool is spread over the years in another way; its whole stays as it was.

    Signed by: an officer of the funder with the power to commit; waits for each partner of the pool.
    Effect: the new profile replaces the old from here; no line falls below what was drawn of it.
    Put right by: another, or entry-reversed.
    """

    kind: ClassVar[str] = "commitment-reprofiled/1"
    power: ClassVar[Power] = "commit"
    reversible: ClassVar[bool] = True
    commitment: Annotated[CommitmentRef, says("The commitment.")]
    profile: Annotated[tuple[YearAmount, ...], says("The whole new profile, with the same total.")]
    reason: Annotated[Sealed, says("Why.", read="partners")]


class CommitmentWithdrawn(Event, frozen=True, kw_only=True):
    """A commitment ends; nothing of it remains committed.

    Signed by: an officer of the funder with the power to commit, whose limit covers the whole that it takes back.
    Effect: takes the whole of it off what the funder has committed.
    Put right by: entry-reversed.
    """

    kind: ClassVar[str] = "commitment-withdrawn/1"
    power: ClassVar[Power] = "commit"
    reversible: ClassVar[bool] = True
    commitment: Annotated[CommitmentRef, says("The commitment.")]
    reason: Annotated[Sealed, says("Why.", read="partners")]
