"""Pools: money held together under a power that the law gives, and the schemes that it is spent on."""

from __future__ import annotations

from datetime import date
from typing import Annotated, ClassVar, Literal

from ledger.events.event import Event
from ledger.values import (
    Count,
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


class Bearer(Value, frozen=True, kw_only=True):
    """A partner's part of something that is shared."""

    partner: Annotated[OrganisationId, says("The partner.")]
    share: Annotated[Share | None, says("Its fixed part; absent: in proportion to what it committed.")] = None
    cap: Annotated[Pence | None, says("The most that it bears in a year.")] = None


class Tier(Value, frozen=True, kw_only=True):
    """One step of a risk share: who bears an overspend up to a sum."""

    up_to: Annotated[Pence | None, says("The most in a year that this step takes; absent: all that is left.")] = None
    bearers: Annotated[tuple[Bearer, ...], says("Who bears it, in the order in which odd pennies fall.")]


class Expected(Value, frozen=True, kw_only=True):
    """How many of an outcome a scheme is to achieve, and by when."""

    outcome: Annotated[OutcomeRef, says("The outcome.")]
    units: Annotated[Count, says("How many.")]
    by_when: Annotated[date, says("The day by which it is due.")]


VatRegime = Literal["host-recovers", "not-recovered", "none-charged"]


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
    draws: Annotated[
        tuple[Bearer, ...],
        says("The fixed parts by which spending draws on the partners; none: in proportion to what each has left."),
    ] = ()
    risk_share: Annotated[
        tuple[Tier, ...],
        says("Who bears an overspend, step after step; none: all partners, in proportion to what each committed."),
    ] = ()

    @property
    def creates(self) -> tuple[str, ...]:
        return (f"pool:{self.pool}",)

    @property
    def parties(self) -> tuple[str, ...]:
        return self.partners


class PoolVaried(Event, frozen=True, kw_only=True):
    """What a pool's agreement says of its end and of sharing is replaced.

    Signed by: an officer of the host with the power to agree; waits for each partner of the pool.
    Effect: holds for what is recorded after it; no draw and no apportionment before it moves.
    Put right by: another variation, or entry-reversed.
    """

    kind: ClassVar[str] = "pool-varied/1"
    power: ClassVar[Power] = "agree"
    reversible: ClassVar[bool] = True
    pool: Annotated[PoolRef, says("The pool.")]
    until: Annotated[date | None, says("The last day; absent: open-ended.")] = None
    draws: Annotated[tuple[Bearer, ...], says("As in pool-agreed.")] = ()
    risk_share: Annotated[tuple[Tier, ...], says("As in pool-agreed.")] = ()
    reason: Annotated[Sealed, says("Why.", read="partners")]


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
    vat: Annotated[VatRegime | None, says("What becomes of VAT on its costs; absent: not stated.")] = None
    expects: Annotated[tuple[Expected, ...], says("How many outcomes are expected of it, and by when.")] = ()
    by_design: Annotated[
        ShortText | None, says("Why it buys no outcome of its own; absent: a scheme without outcomes lacks a link.")
    ] = None

    @property
    def creates(self) -> tuple[str, ...]:
        return (f"scheme:{self.scheme}",)


class SchemeVaried(Event, frozen=True, kw_only=True):
    """What a scheme is to achieve, who leads it, and what it may cost are replaced.

    Signed by: an officer of the pool's host with the power to agree; waits for each partner of the pool.
    Effect: the scheme is as stated here; what it spent stands.
    Put right by: another variation, or entry-reversed.
    """

    kind: ClassVar[str] = "scheme-varied/1"
    power: ClassVar[Power] = "agree"
    reversible: ClassVar[bool] = True
    scheme: Annotated[SchemeRef, says("The scheme.")]
    lead: Annotated[OrganisationId, says("The partner that leads it.")]
    delivered_by: Annotated[OrganisationId | None, says("The body that delivers it, where that is another.")] = None
    outcomes: Annotated[tuple[OutcomeRef, ...], says("The outcomes that it serves.")] = ()
    budget: Annotated[Pence | None, says("What it may cost in all; absent: none is set.")] = None
    vat: Annotated[VatRegime | None, says("What becomes of VAT on its costs; absent: not stated.")] = None
    expects: Annotated[tuple[Expected, ...], says("How many outcomes are expected of it, and by when.")] = ()
    by_design: Annotated[ShortText | None, says("Why it buys no outcome of its own.")] = None
    reason: Annotated[Sealed, says("Why.", read="partners")]


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
