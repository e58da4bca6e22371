"""Pools: the least that a commitment needs of them. The rest of their chapter follows."""

from __future__ import annotations

from datetime import date
from typing import Annotated, ClassVar, Literal

from ledger.events.event import Event
from ledger.values import OrganisationId, PoolRef, Power, ShortText, says

LegalPower = Literal["nhs-act-2006-s75", "nhs-act-2006-s65z6", "children-act-2004-s10", "other", "aligned"]
ControlBasis = Literal["sole-control", "joint-operation", "joint-venture", "lead-commissioning", "not-assessed"]


class PoolAgreed(Event, frozen=True, kw_only=True):
    """Bodies agree to hold money together under a power that the law gives them, with one of them as host.

    Signed by: an officer of the host with the power to agree; waits for each partner named.
    Effect: the pool exists and takes commitments from its partners for the years of its period.
    Put right by: entry-reversed while nothing is committed to it; pool-closed.
    """

    kind: ClassVar[str] = "pool-agreed/1"
    power: ClassVar[Power] = "agree"
    reversible: ClassVar[bool] = True
    pool: Annotated[PoolRef, says("The pool's reference, used once.")]
    name: Annotated[ShortText, says("The pool's name.")]
    legal_power: Annotated[LegalPower, says("The power that it stands on; aligned: money is not pooled.")]
    citation: Annotated[ShortText | None, says("The power in full, where it is another one.")] = None
    host: Annotated[OrganisationId, says("The body that holds the money and answers for its accounts.")]
    partners: Annotated[tuple[OrganisationId, ...], says("The bodies that may commit to it, the host included.")]
    control_basis: Annotated[ControlBasis, says("How each partner's accounts must show it (IFRS 10, 11, 12).")]
    starts: Annotated[date, says("The first day.")]
    until: Annotated[date | None, says("The last day; absent: open-ended.")] = None

    @property
    def creates(self) -> tuple[str, ...]:
        return (f"pool:{self.pool}",)

    @property
    def parties(self) -> tuple[str, ...]:
        return self.partners


class PoolClosed(Event, frozen=True, kw_only=True):
    """A pool takes no more commitments.

    Signed by: an officer of the host with the power to agree; waits for each partner of the pool.
    Effect: commitments to it can be reversed and withdrawn, but not made, firmed or varied.
    Put right by: entry-reversed.
    """

    kind: ClassVar[str] = "pool-closed/1"
    power: ClassVar[Power] = "agree"
    reversible: ClassVar[bool] = True
    pool: Annotated[PoolRef, says("The pool.")]
