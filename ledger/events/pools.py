"""Pools: money held together under a power that the law gives, and the schemes that it is spent on."""

from __future__ import annotations

from datetime import date
from typing import Annotated, ClassVar, Literal

from ledger.events.event import Event
from ledger.values import (
    OrganisationId,
    OutcomeRef,
    Pence,
    PoolRef,
    Power,
    SchemeRef,
    Sealed,
    ShortText,
    Value,
    says,
)

LegalPower = Literal["nhs-act-2006-s75", "nhs-act-2006-s65z6", "children-act-2004-s10", "other", "aligned"]
ControlBasis = Literal["sole-control", "joint-operation", "joint-venture", "lead-commissioning", "not-assessed"]


class Terms(Value, frozen=True, kw_only=True):
    """What a written agreement under section 75 must specify: SI 2000/617, regulation 7(3), in its order."""

    aims: Annotated[ShortText, says("(a) The agreed aims; the outcomes are named apart.")]
    outcomes: Annotated[tuple[OutcomeRef, ...], says("(a) The agreed outcomes.")] = ()
    varying: Annotated[ShortText, says("(b) How contributions may be varied; what they are, commitments say.")]
    functions: Annotated[ShortText, says("(c) The NHS and health-related functions covered.")]
    services: Annotated[ShortText, says("(d) The persons, and the kinds of services.")]
    resources: Annotated[ShortText, says("(e) Staff, goods, services or accommodation provided.")]
    ending: Annotated[ShortText, says("(f) Duration, and how it is reviewed, varied and ended.")]
    managing: Annotated[ShortText, says("(g) How the fund is managed and monitored; its host is named apart.")]


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
    terms: Annotated[Terms | None, says("What the agreement specifies; under section 75 it must.")] = None

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


class SchemeAgreed(Event, frozen=True, kw_only=True):
    """The partners of a pool agree what some of its money is for, and who leads it.

    Signed by: an officer of the pool's host with the power to agree; waits for each partner of the pool.
    Effect: money can be committed to it, or to the pool for it alone.
    Put right by: scheme-ended, or entry-reversed while nothing is committed to it.
    """

    kind: ClassVar[str] = "scheme-agreed/1"
    power: ClassVar[Power] = "agree"
    reversible: ClassVar[bool] = True
    scheme: Annotated[SchemeRef, says("The scheme's reference, used once.")]
    pool: Annotated[PoolRef, says("The pool that it is part of.")]
    name: Annotated[ShortText, says("Its name.")]
    lead: Annotated[OrganisationId, says("The partner that leads it.")]
    delivered_by: Annotated[OrganisationId | None, says("The body that delivers it, where that is another.")] = None
    aims: Annotated[ShortText, says("What it is for.")]
    outcomes: Annotated[tuple[OutcomeRef, ...], says("The outcomes that it serves.")] = ()
    budget: Annotated[Pence | None, says("What it may cost in all; absent: none was set.")] = None

    @property
    def creates(self) -> tuple[str, ...]:
        return (f"scheme:{self.scheme}",)


class SchemeEnded(Event, frozen=True, kw_only=True):
    """A scheme takes no more money.

    Signed by: an officer of the pool's host with the power to agree; waits for each partner of the pool.
    Effect: nothing more is committed to it or restricted to it; what was, stands.
    Put right by: entry-reversed.
    """

    kind: ClassVar[str] = "scheme-ended/1"
    power: ClassVar[Power] = "agree"
    reversible: ClassVar[bool] = True
    scheme: Annotated[SchemeRef, says("The scheme.")]
    reason: Annotated[Sealed, says("Why.", read="partners")]
