"""Spending: what a pool's host records as spent, line by line or as its finance system lists it.

Law: a cost is its net amount and the VAT that nobody gives back. A listing is recorded once for each map, scheme and
month. Which commitments a line draws on is `pots`' to say.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from ledger.errors import (
    CreditExceeds,
    JournalAlreadyRecorded,
    JournalDoesNotAdd,
    MapWrong,
    NotAPartner,
    NothingCommitted,
    NotReclassified,
    NotYourOrganisation,
    PreventionUnexplained,
    ReconciliationDiffers,
    SpendAlreadyRecorded,
    UnknownMap,
    UnknownScheme,
    UnknownSpend,
    VatDiffers,
    YearOutsidePool,
)
from ledger.events.event import Event
from ledger.events.spending import (
    AccrualRecorded,
    AccrualSettled,
    AdministrativeCostRecorded,
    CategoryReclassified,
    Cost,
    IncomeRecorded,
    JournalMapped,
    JournalRecorded,
    LedgerReconciled,
    OutturnRecorded,
    PersonalBudgetAllocated,
    SpendRecorded,
)
from ledger.events.years import PeriodAdjusted
from ledger.rules import pools, pots, register
from ledger.rules.acts import Act
from ledger.rules.pools import Scheme
from ledger.values import Balance, FinancialYear, Pence, Prevention


@dataclass(slots=True)
class State:
    """References that were used, maps and journals in effect, accruals not settled, and months reconciled."""

    used: set[str] = field(default_factory=set)
    maps: dict[str, list[JournalMapped]] = field(default_factory=dict)
    used_journals: set[str] = field(default_factory=set)
    journals: dict[tuple[str, str, date], JournalRecorded] = field(default_factory=dict)
    accruals: dict[str, Pence] = field(default_factory=dict)
    """What was accrued, by reference."""
    settled: set[str] = field(default_factory=set)
    reconciled: dict[tuple[str, date], Balance] = field(default_factory=dict)
    """What the ledger held when a pool's month was reconciled."""

    def map(self, reference: str) -> JournalMapped:
        """The map in effect. Raises UnknownMap."""
        if not self.maps.get(reference):
            raise UnknownMap(f"there is no map {reference} in effect", next_step="outcomes import journal-map")
        return self.maps[reference][-1]


Line = SpendRecorded | AccrualRecorded | PersonalBudgetAllocated | PeriodAdjusted
"""What draws for a scheme."""


def cost_of(event: Line | AdministrativeCostRecorded) -> Pence:
    """What a line of spending costs, in pence."""
    return event.amount if isinstance(event, PersonalBudgetAllocated) else event.cost.total


def pool_of(event: Event, pool_state: pools.State) -> str | None:
    """The pool that an event of spending is about."""
    match event:
        case SpendRecorded() | AccrualRecorded() | PersonalBudgetAllocated() | PeriodAdjusted() | JournalRecorded():
            scheme = pool_state.schemes.get(event.scheme)
            return scheme.agreed.pool if scheme else None
        case AdministrativeCostRecorded() | IncomeRecorded() | JournalMapped() | LedgerReconciled():
            return event.pool
    return None


def admit(spending: State, event: Event, act: Act, pool_state: pools.State, drawn: pots.State) -> None:
    """Refuse spending that is not the host's to record, or that does not hold together."""
    match event:
        case SpendRecorded() | AccrualRecorded() | PersonalBudgetAllocated():
            admit_line(spending, event, act, pool_state, drawn)
        case AdministrativeCostRecorded():
            _host(pool_state, event.pool, act)
            _new(spending, event.spend)
            _cost(event.cost, None)
            _prevention(event.category, None)
            _covered(pool_state, event.pool, event.occurred_on)
        case AccrualSettled():
            _host(pool_state, line_of(drawn, event.spend).pool, act)
            if event.spend not in spending.accruals or event.spend in spending.settled:
                raise UnknownSpend(f"{event.spend} is no accrual that is still to be settled")
            _cost(event.cost, None)
        case IncomeRecorded():
            pool = _host(pool_state, event.pool, act)
            _covered(pool_state, event.pool, event.occurred_on)
            if event.scheme is not None:
                _scheme(pool_state, event.scheme, event.pool)
            if event.partner not in pool.agreed.partners:
                raise NotAPartner(f"{event.partner} is not a partner of {event.pool}")
            _above_zero(event.amount)
        case CategoryReclassified():
            _admit_reclassification(event, act, pool_state, drawn)
        case JournalMapped():
            _admit_map(event, act, pool_state)
        case JournalRecorded():
            _admit_journal(spending, event, act, pool_state, drawn)
        case LedgerReconciled():
            _host(pool_state, event.pool, act)
            _admit_reconciliation(event, drawn)
        case OutturnRecorded():
            if act.organisation != event.organisation:
                raise NotYourOrganisation(
                    f"an officer of {event.organisation} does this, not one of {act.organisation}"
                )


def identify(event: Event, register_state: register.State) -> None:
    """What even a transcribed outturn must meet: its body is known."""
    match event:
        case OutturnRecorded():
            register.known(register_state, event.organisation)


def admit_line(spending: State, event: Line, act: Act, pool_state: pools.State, drawn: pots.State) -> None:
    """Refuse a line of spending on a scheme, or a credit beyond the line that it names."""
    scheme = _scheme(pool_state, event.scheme)
    _host(pool_state, scheme.agreed.pool, act)
    _new(spending, event.spend)
    _covered(pool_state, scheme.agreed.pool, event.occurred_on)
    if isinstance(event, PersonalBudgetAllocated):
        _above_zero(event.amount)
        _prevention(event.category, None)
        return
    _cost(event.cost, scheme)
    if isinstance(event, SpendRecorded | AccrualRecorded):
        _prevention(event.category, event.prevention)
    if isinstance(event, SpendRecorded | PeriodAdjusted) and event.credits is not None:
        _admit_credit(event, drawn)


def _admit_credit(event: SpendRecorded | PeriodAdjusted, drawn: pots.State) -> None:
    held = line_of(drawn, str(event.credits))
    if held.scheme != event.scheme or pots.stands_of(drawn, str(event.credits), _headings(event)) < event.cost.total:
        raise CreditExceeds(
            f"{Pence(held.cost)} of {event.credits} stands, for {held.scheme}: {event.cost.total} "
            f"of {event.category} {event.accounts_as} for {event.scheme} cannot be given back",
            next_step="outcomes view trail " + str(event.credits),
        )


def _headings(event: SpendRecorded | PeriodAdjusted | CategoryReclassified) -> tuple[str, str]:
    return event.category, event.accounts_as


def line_of(drawn: pots.State, reference: str) -> pots.Spend:
    """A line of spending in effect. Raises UnknownSpend."""
    held = drawn.spends.get(reference)
    if held is None or not held.cost:
        raise UnknownSpend(f"there is no spending {reference} in effect", next_step="outcomes view pool")
    return held


def _new(spending: State, reference: str) -> None:
    if reference in spending.used:
        raise SpendAlreadyRecorded(f"{reference} was recorded before, and a reference is used once")


def _scheme(pool_state: pools.State, reference: str, pool: str | None = None) -> Scheme:
    scheme = pool_state.schemes.get(reference)
    if scheme is None or (pool is not None and scheme.agreed.pool != pool):
        raise UnknownScheme(f"there is no scheme {reference} in effect", next_step="outcomes pool scheme agrees one")
    return scheme


def _host(pool_state: pools.State, reference: str, act: Act) -> pools.Pool:
    pool = pool_state.get(reference)
    if act.organisation != pool.agreed.host:
        raise NotYourOrganisation(f"the host, {pool.agreed.host}, does this, not {act.organisation}")
    return pool


def _covered(pool_state: pools.State, reference: str, day: date) -> None:
    pool = pool_state.get(reference)
    if not pool.covers(FinancialYear.of(day)):
        raise YearOutsidePool(f"{reference} runs from {pool.agreed.starts} to {pool.until or 'no set end'}, not {day}")


def _above_zero(amount: Pence) -> None:
    if amount <= 0:
        raise NothingCommitted("a sum of spending or income is above zero")


def _cost(cost: Cost, scheme: Scheme | None) -> None:
    """A cost above zero, whose VAT is what the regime has. Raises NothingCommitted, VatDiffers."""
    _above_zero(cost.net)
    agreed = scheme.vat if scheme else None
    if (cost.vat != "not-recovered" and cost.irrecoverable_vat) or (agreed is not None and cost.vat != agreed):
        raise VatDiffers(
            f"the cost says {cost.vat} with {cost.irrecoverable_vat} irrecoverable"
            + (f", and the scheme's agreement says {agreed}" if agreed else ""),
            next_step="only under not-recovered is VAT a cost: --vat not-recovered --irrecoverable-vat AMOUNT",
        )


def _prevention(category: str, prevention: Prevention | None) -> None:
    if (category == "prevention") != (prevention is not None):
        raise PreventionUnexplained(
            "a prevention sum states its level, goal and classification, and no other sum does",
            next_step="--level primary --goal TEXT",
        )


def _admit_reclassification(event: CategoryReclassified, act: Act, pool_state: pools.State, drawn: pots.State) -> None:
    held = line_of(drawn, event.spend)
    _host(pool_state, held.pool, act)
    _above_zero(event.amount)
    _prevention(event.category, event.prevention)
    old = pots.main_pot(drawn, event.spend)
    if old[2:] == _headings(event):
        raise NotReclassified(f"{event.spend} is {event.category} {event.accounts_as} already")
    if pots.stands_of(drawn, event.spend, old) < event.amount:
        raise CreditExceeds(f"{Pence(held.cost)} of {event.spend} stands, not {event.amount}")
    if "capital" in old[2:] and "capital" not in _headings(event) and event.authority is None:
        raise NotReclassified(
            f"{event.spend} is capital, which becomes nothing else without consent",
            next_step="--authority TEXT cites the consent",
        )


def _admit_map(event: JournalMapped, act: Act, pool_state: pools.State) -> None:
    _host(pool_state, event.pool, act)
    names = [row.row for row in event.rows]
    schemes = {row.scheme for row in event.rows if row.scheme is not None}
    faults = [f"row {name} is there twice" for name in sorted({one for one in names if names.count(one) > 1})]
    faults += [
        f"{scheme} is no scheme of {event.pool}"
        for scheme in sorted(schemes)
        if scheme not in pool_state.schemes or pool_state.schemes[scheme].agreed.pool != event.pool
    ]
    faults += [] if names else ["it has no row"]
    faults += [
        f"row {row.row} says prevention, which only a line itself explains"
        for row in event.rows
        if row.category == "prevention"
    ]
    if faults:
        raise MapWrong("; ".join(faults), next_step="mend the sheet of the map")


def _admit_journal(
    spending: State, event: JournalRecorded, act: Act, pool_state: pools.State, drawn: pots.State
) -> None:
    map_ = spending.map(event.map)
    scheme = _scheme(pool_state, event.scheme, map_.pool)
    _host(pool_state, scheme.agreed.pool, act)
    _covered(pool_state, scheme.agreed.pool, event.occurred_on)
    before = spending.journals.get((event.map, event.scheme, event.starts))
    if event.journal in spending.used_journals or before is not None:
        raise JournalAlreadyRecorded(
            f"{before.journal if before else event.journal} is recorded for {event.scheme} from {event.starts}",
            next_step="outcomes reverse takes the old one back first; outcomes import journal --correct does both",
        )
    faults = _journal_faults(event, map_)
    for category, accounts_as in {(line.category, line.accounts_as) for line in event.lines}:
        pot = (scheme.agreed.pool, str(FinancialYear.of(event.occurred_on)), category, accounts_as)
        more = sum(line.total for line in event.lines if (line.category, line.accounts_as) == (category, accounts_as))
        if more < 0 and pots.stands_in(drawn, pot, event.scheme) + more < 0:
            faults.append(f"its credits of {category} {accounts_as} are more than was spent on {event.scheme}")
    if faults:
        raise JournalDoesNotAdd("; ".join(faults), next_step="outcomes import journal reads the listing again")


def _journal_faults(event: JournalRecorded, map_: JournalMapped) -> list[str]:
    count, total = sum(line.count for line in event.lines), sum(line.total for line in event.lines)
    rows = {row.row: row for row in map_.rows if row.scheme == event.scheme}
    names = [line.row for line in event.lines]
    faults = [f"row {name} is there twice" for name in sorted({one for one in names if names.count(one) > 1})]
    faults += [f"{name} is no row of {event.map} for {event.scheme}" for name in names if name not in rows]
    faults += [] if names else ["it has no line"]
    faults += [
        f"row {line.row} counts as {rows[line.row].category} {rows[line.row].accounts_as} in the map"
        for line in event.lines
        if line.row in rows
        and (line.category, line.accounts_as) != (rows[line.row].category, rows[line.row].accounts_as)
    ]
    if (count, total) != (event.count, event.total):
        faults.append(f"its lines come to {count} and {Balance(total)}, not {event.count} and {event.total}")
    if event.starts != event.occurred_on.replace(day=1) or not _ends_a_month(event.occurred_on):
        faults.append(f"it occurred on {event.occurred_on}, not on the last day of the month from {event.starts}")
    return faults


def _ends_a_month(day: date) -> bool:
    return date.fromordinal(day.toordinal() + 1).day == 1


def _admit_reconciliation(event: LedgerReconciled, drawn: pots.State) -> None:
    here = Balance(drawn.spent_to(event.pool, event.ends))
    explained = sum(item.amount for item in event.items)
    if not _ends_a_month(event.ends):
        raise ReconciliationDiffers(f"{event.ends} is not the last day of a month")
    if event.here != here or event.there - event.here != explained:
        raise ReconciliationDiffers(
            f"{event.pool} holds {here} here to {event.ends}; {event.there} there differs by "
            f"{Balance(event.there - here)}, and the items come to {Balance(explained)}",
            next_step="outcomes spend reconcile, with an --item for each difference",
        )


def evolve(spending: State, event: Event) -> None:
    """The spending after an admitted event."""
    match event:
        case SpendRecorded() | AdministrativeCostRecorded() | PersonalBudgetAllocated() | PeriodAdjusted():
            spending.used.add(event.spend)
        case AccrualRecorded():
            spending.used.add(event.spend)
            spending.accruals[event.spend] = event.cost.total
        case AccrualSettled():
            spending.settled.add(event.spend)
        case JournalMapped():
            spending.maps.setdefault(event.map, []).append(event)
        case JournalRecorded():
            spending.used_journals.add(event.journal)
            spending.journals[event.map, event.scheme, event.starts] = event
        case LedgerReconciled():
            spending.reconciled[event.pool, event.ends] = event.here


def reverse(spending: State, event: Event) -> None:
    """The spending after an event is taken back."""
    match event:
        case AccrualRecorded():
            spending.accruals.pop(event.spend, None)
        case AccrualSettled():
            spending.settled.discard(event.spend)
        case JournalMapped():
            spending.maps[event.map].remove(event)
        case JournalRecorded():
            del spending.journals[event.map, event.scheme, event.starts]
        case LedgerReconciled():
            spending.reconciled.pop((event.pool, event.ends), None)
