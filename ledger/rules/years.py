"""Years: budgets that move, overspends that are shared, money that is carried forward, and periods that are closed.

Law: what was reported changes by adjustments alone, and after the final stage by nothing; what an overspend costs
whom, and what was spent, is worked out here and compared, never chosen by who signs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from math import lcm

from ledger.errors import (
    ApportionmentDiffers,
    BudgetTooSmall,
    NothingCommitted,
    NothingToApportion,
    NothingToCarry,
    NotYourOrganisation,
    PeriodIsClosed,
    PeriodNotClosed,
    StageOutOfOrder,
    UnknownScheme,
    YearOutsidePool,
)
from ledger.events.event import Event
from ledger.events.pools import Bearer, Tier
from ledger.events.years import (
    CarryForwardApproved,
    PeriodAdjusted,
    PeriodClosed,
    RecoveryPlanAgreed,
    VarianceApportioned,
    VarianceForecast,
    VirementMade,
)
from ledger.rules import pools, pots, spending
from ledger.rules.acts import Act
from ledger.rules.pots import Pot
from ledger.rules.shares import Owed
from ledger.values import Balance, FinancialYear, Pence

STAGES = ("quarter", "provisional", "draft", "final")


@dataclass(slots=True)
class State:
    """Budget that moved between schemes, what was borne of overspends, and the periods that were closed."""

    moved: dict[tuple[str, str], int] = field(default_factory=dict)
    """By scheme and year: budget that came, less what went."""
    borne: dict[tuple[str, str, str], int] = field(default_factory=dict)
    """By pool, year, and partner or number of the tier."""
    tiers: dict[str, tuple[int, ...]] = field(default_factory=dict)
    """What each step of the risk share took, by the id of the entry that apportioned."""
    closed: dict[tuple[str, str], list[PeriodClosed]] = field(default_factory=dict)
    """By pool and year, in the order of the log."""

    def stage(self, pool: str, year: str) -> str:
        """The last stage of a year's close; empty where it is open."""
        stages = [one.stage for one in self.closed.get((pool, year), ()) if one.stage != "quarter"]
        return stages[-1] if stages else ""

    def reported(self, pool: str, day: date) -> bool:
        """Whether the day is in a period that was reported."""
        year = FinancialYear.of(day)
        return any(day <= ends_on(one) for one in self.closed.get((pool, str(year)), ()))


def ends_on(event: PeriodClosed) -> date:
    """The last day of the period that is closed."""
    if event.quarter is None:
        return event.year.last_day
    first = event.year.first_day
    month = (first.month - 1 + 3 * event.quarter) % 12 + 1
    return date(first.year + (1 if event.quarter == 4 or month < first.month else 0), month, 1) - timedelta(days=1)


def require_open(years: State, pool: str, day: date, *, adjusting: bool = False) -> None:
    """Refuse what would change a period that was reported, unless as its adjustment. Raises PeriodIsClosed."""
    require_not_final(years, pool, str(FinancialYear.of(day)))
    if years.reported(pool, day) and not adjusting:
        raise PeriodIsClosed(
            f"{day} is in a period of {pool} that was reported",
            next_step="outcomes spend adjust, with a reason; or a day in an open period",
        )


def require_not_final(years: State, pool: str, year: str) -> None:
    """Refuse what would change a year whose accounts are audited. Raises PeriodIsClosed."""
    if years.stage(pool, year) == "final":
        raise PeriodIsClosed(f"{year} of {pool} is finally closed", next_step="date it in an open period")


def admit(
    years: State, event: Event, act: Act, pool_state: pools.State, drawn: pots.State, spent: spending.State
) -> None:
    """Refuse what the agreement, the sums or the order of stages do not allow."""
    match event:
        case VirementMade():
            _pool(pool_state, event.pool, event.year, act)
            _admit_virement(years, event, pool_state, drawn)
        case VarianceForecast():
            _pool(pool_state, event.pool, event.year, act)
            if event.scheme is not None:
                _scheme(pool_state, event.scheme, event.pool)
        case RecoveryPlanAgreed():
            _pool(pool_state, event.pool, event.year, act)
        case VarianceApportioned():
            pool = _pool(pool_state, event.pool, event.year, act)
            _admit_apportionment(years, event, pool, drawn)
        case CarryForwardApproved():
            _pool(pool_state, event.pool, event.year, act)
            _admit_carrying(years, event, drawn)
        case PeriodClosed():
            _pool(pool_state, event.pool, event.year, act)
            _admit_closing(years, event, drawn)
        case PeriodAdjusted():
            spending.admit_line(spent, event, act, pool_state, drawn)
            pool_reference = pool_state.schemes[event.scheme].agreed.pool
            require_open(years, pool_reference, event.occurred_on, adjusting=True)
            if not years.reported(pool_reference, event.occurred_on):
                raise PeriodNotClosed(f"{event.occurred_on} is in no reported period: it is spending like any other")


def _pool(pool_state: pools.State, reference: str, year: FinancialYear, act: Act) -> pools.Pool:
    pool = pool_state.get(reference)
    if act.organisation != pool.agreed.host:
        raise NotYourOrganisation(f"the host, {pool.agreed.host}, does this, not {act.organisation}")
    if not pool.covers(year):
        raise YearOutsidePool(f"{reference} runs from {pool.agreed.starts} to {pool.until or 'no set end'}, not {year}")
    return pool


def _scheme(pool_state: pools.State, reference: str, pool: str) -> pools.Scheme:
    scheme = pool_state.schemes.get(reference)
    if scheme is None or scheme.agreed.pool != pool:
        raise UnknownScheme(f"there is no scheme {reference} of {pool} in effect")
    return scheme


def _admit_virement(years: State, event: VirementMade, pool_state: pools.State, drawn: pots.State) -> None:
    giving = _scheme(pool_state, event.from_scheme, event.pool)
    _scheme(pool_state, event.to_scheme, event.pool)
    if event.amount <= 0 or event.from_scheme == event.to_scheme:
        raise NothingCommitted("a virement moves a sum above zero from one scheme to another")
    if giving.budget is None:
        raise BudgetTooSmall(f"no budget was agreed for {event.from_scheme}, so none can move")
    spent = drawn.by_scheme.get(event.from_scheme, 0)
    moved = sum(pence for (scheme, _), pence in years.moved.items() if scheme == event.from_scheme)
    left = giving.budget + moved - spent
    if event.amount > left:
        raise BudgetTooSmall(f"{Balance(left)} of the budget of {event.from_scheme} is left, not {event.amount}")


def _admit_apportionment(years: State, event: VarianceApportioned, pool: pools.Pool, drawn: pots.State) -> None:
    pot = (event.pool, str(event.year), event.category, event.accounts_as)
    unfunded = drawn.unfunded(pot)
    require_open(years, event.pool, event.occurred_on)
    require_not_final(years, event.pool, str(event.year))
    if not 0 < event.amount <= unfunded:
        raise NothingToApportion(f"{Pence(unfunded)} is unfunded there, not {event.amount}")
    shared = apportioned(years, drawn, pool, pot, event.amount)
    lines = {line.partner: int(line.amount) for line in event.lines}
    owed = {partner: part for partner, part in shared.lines.items() if part}
    if lines != owed or len(lines) != len(event.lines) or shared.left:
        said = ", ".join(f"{partner} {Pence(part)}" for partner, part in owed.items())
        over = f"; {Pence(shared.left)} is beyond every cap" if shared.left else ""
        raise ApportionmentDiffers(f"by the agreement it is {said}{over}", next_step="outcomes year apportion")


@dataclass(frozen=True, slots=True)
class Shared:
    """How an overspend is shared: each partner's part, what each tier takes, and what nobody takes, in pence."""

    lines: dict[str, int]
    tiers: tuple[int, ...]
    left: int
    owed: Owed


def apportioned(years: State, drawn: pots.State, pool: pools.Pool, pot: Pot, amount: int) -> Shared:
    """An overspend by the agreement's risk share, step after step, within every cap. Changes nothing."""
    lines: dict[str, int] = {}
    taken: list[int] = []
    owed, left = drawn.agreements[pot[0]].risks.copy(), amount
    everybody = Tier(bearers=tuple(Bearer(partner=partner) for partner in pool.agreed.partners))
    for number, tier in enumerate(pool.risk_share or (everybody,)):
        weights = _weights(tier, committed(drawn, pot))
        rooms = {one.partner: _room(years, one, pot, lines, left) for one in tier.bearers}
        most = left if tier.up_to is None else min(left, tier.up_to - years.borne.get((*pot[:2], str(number)), 0))
        part = max(0, min(most, sum(rooms[partner] for partner, weight in weights.items() if weight)))
        divided, rights = owed.divide(part, weights, rooms)
        owed.allot(rights, divided)
        for partner, pence in divided.items():
            lines[partner] = lines.get(partner, 0) + pence
        taken.append(part)
        left -= part
    return Shared(lines, tuple(taken), left, owed)


def _room(years: State, bearer: Bearer, pot: Pot, lines: dict[str, int], left: int) -> int:
    """What a partner may still bear in the pool's year."""
    if bearer.cap is None:
        return left
    before = years.borne.get((*pot[:2], bearer.partner), 0) + lines.get(bearer.partner, 0)
    return max(0, min(left, bearer.cap - before))


def _weights(tier: Tier, sums: dict[str, int]) -> dict[str, int]:
    """Fixed parts where the step states them; else what each of its bearers committed."""
    shares = {one.partner: Fraction(one.share) for one in tier.bearers if one.share is not None}
    if not shares:
        alone = len(tier.bearers) == 1  # it bears all, whatever it committed
        return {one.partner: 1 if alone else sums.get(one.partner, 0) for one in tier.bearers}
    whole = lcm(*(share.denominator for share in shares.values()))
    return {partner: int(share * whole) for partner, share in shares.items()}


def committed(drawn: pots.State, pot: Pot) -> dict[str, int]:
    """What each funder committed in a pot, in pence; what it bears of an overspend is not counted."""
    sums: dict[str, int] = {}
    for _, lot in drawn.in_pot(pot):
        if not lot.brought and not lot.commitment.startswith(pots.OVERSPEND):
            sums[lot.funder] = sums.get(lot.funder, 0) + lot.base
    return sums


def _admit_carrying(years: State, event: CarryForwardApproved, drawn: pots.State) -> None:
    pot = (event.pool, str(event.year), event.category, event.accounts_as)
    if event.occurred_on <= event.year.last_day:
        raise NothingToCarry(f"{event.year} is not over on {event.occurred_on}")
    require_not_final(years, event.pool, str(event.year))
    if event.lines:
        _admit_carried(event, pot, drawn)
    left = sum(pots.keepable(drawn, pot, event.occurred_on).values())
    if not event.lines and event.amount > left:
        raise NothingToCarry(f"{Pence(left)} of {event.pool} is undrawn and may be kept, not {event.amount}")


def _admit_carried(event: CarryForwardApproved, pot: Pot, drawn: pots.State) -> None:
    names = [line.commitment for line in event.lines]
    if sum(line.amount for line in event.lines) != event.amount or len(set(names)) != len(names):
        raise NothingToCarry("the lines come to another sum than the whole, or name a commitment twice")
    for line in event.lines:
        lot = drawn.lots.get(pots.lot_id(line.commitment, pot))
        left = lot.room(event.occurred_on) if lot and lot.kept else 0
        if not 0 < line.amount <= left:
            raise NothingToCarry(f"{Pence(left)} of {line.commitment} is undrawn and may be kept, not {line.amount}")


def _admit_closing(years: State, event: PeriodClosed, drawn: pots.State) -> None:
    before, key = years.closed.get((event.pool, str(event.year)), []), str(event.year)
    stage = years.stage(event.pool, key)
    spent = Balance(drawn.spent_to(event.pool, ends_on(event)))
    faults = []
    if (event.stage == "quarter") != (event.quarter is not None):
        faults.append("a quarter's report names its quarter, and nothing else does")
    elif event.stage == "quarter":
        last = max((one.quarter for one in before if one.quarter), default=0)
        faults += [f"quarter {last} was the last to be reported"] if event.quarter != last + 1 or stage else []
    elif STAGES.index(event.stage) != (STAGES.index(stage) + 1 if stage else 1):
        faults.append(f"{event.year} is at the stage {stage or 'open'}")
    if event.occurred_on <= ends_on(event):
        faults.append(f"the period ends on {ends_on(event)}, and it is not over on {event.occurred_on}")
    if event.spent != spent:
        faults.append(f"{spent} was spent to {ends_on(event)}, not {event.spent}")
    if faults:
        raise StageOutOfOrder("; ".join(faults), next_step="outcomes year close")


def parties(event: Event, pool_state: pools.State) -> tuple[str, ...]:
    """The bodies whose money a carry-forward decides on: every partner of the pool."""
    pool = pool_state.pools.get(event.pool) if isinstance(event, CarryForwardApproved) else None
    return pool.agreed.partners if pool else ()


def evolve(years: State, event: Event, act: Act, pool_state: pools.State, drawn: pots.State) -> None:
    """The years after an admitted event."""
    match event:
        case VirementMade():
            _move(years, event, 1)
        case VarianceApportioned():
            pot = (event.pool, str(event.year), event.category, event.accounts_as)
            shared = apportioned(years, drawn, pool_state.pools[event.pool], pot, event.amount)
            drawn.agreements[event.pool].risks = shared.owed
            years.tiers[act.entry] = shared.tiers
            _bear(years, event, shared.tiers, 1)
        case PeriodClosed():
            years.closed.setdefault((event.pool, str(event.year)), []).append(event)


def _move(years: State, event: VirementMade, sign: int) -> None:
    for scheme, pence in ((event.from_scheme, -event.amount), (event.to_scheme, event.amount)):
        key = scheme, str(event.year)
        years.moved[key] = years.moved.get(key, 0) + sign * pence


def _bear(years: State, event: VarianceApportioned, tiers: Sequence[int], sign: int) -> None:
    named = [(line.partner, int(line.amount)) for line in event.lines]
    for name, pence in (*named, *((str(number), part) for number, part in enumerate(tiers))):
        key = event.pool, str(event.year), name
        years.borne[key] = years.borne.get(key, 0) + sign * pence


def admit_reversal(years: State, event: Event) -> None:
    """A close is taken back the last one first. Raises StageOutOfOrder."""
    match event:
        case PeriodClosed():
            if years.closed[event.pool, str(event.year)][-1] != event:
                raise StageOutOfOrder("a later stage rests on it: take that back first")


def reverse(years: State, event: Event, act: Act) -> None:
    """The years after an event is taken back."""
    match event:
        case VirementMade():
            _move(years, event, -1)
        case VarianceApportioned():
            _bear(years, event, years.tiers.pop(act.entry), -1)
        case PeriodClosed():
            years.closed[event.pool, str(event.year)].remove(event)
