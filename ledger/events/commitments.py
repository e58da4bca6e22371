"""Commitments: money committed, year by year. They fund; cash settles them."""

from __future__ import annotations

from typing import Annotated, ClassVar

from ledger.events.event import Event
from ledger.values import (
    CommitmentRef,
    OrganisationId,
    PaymentBasis,
    PoolRef,
    Power,
    Sealed,
    Strength,
    YearAmount,
    says,
)


class CommitmentMade(Event, frozen=True, kw_only=True):
    """A partner commits money, year by year, to a pool.

    Signed by: an officer of the funder with the power to commit, within their limit.
    Effect: raises what the funder has committed; moves no money.
    Put right by: commitment-varied, commitment-withdrawn, or entry-reversed where it was an error.
    """

    kind: ClassVar[str] = "commitment-made/1"
    power: ClassVar[Power] = "commit"
    reversible: ClassVar[bool] = True
    transcribable: ClassVar[bool] = True
    commitment: Annotated[CommitmentRef, says("The funder's own reference, used once.")]
    funder: Annotated[OrganisationId, says("The body whose money it is.")]
    pool: Annotated[PoolRef, says("The pool that the money is committed to.")]
    profile: Annotated[tuple[YearAmount, ...], says("How much in which financial year and category.")]
    strength: Annotated[Strength, says("Firm, or what it still depends on.")]
    payment_basis: Annotated[PaymentBasis, says("What it pays for: input, activity, output, outcome, block.")]
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
    profile: Annotated[tuple[YearAmount, ...], says("The whole new profile.")]
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
