"""Drawing: what each event, of whatever chapter, moves in the pots; and what it must not move.

Law: a commitment cannot be varied or withdrawn below what is drawn of it; where it was an error and is reversed, what
is then uncovered is unfunded. A reversed line of spending, or a credit note, returns the same pennies to the same
lots. Nothing that was reported changes but by an adjustment.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from ledger.errors import DrawnAlready, LaterEntryRests
from ledger.events.claims import (
    ClawbackRaised,
    ClawbackWrittenOff,
    PaymentApproved,
    VerificationWithdrawn,
)
from ledger.events.commitments import (
    CommitmentMade,
    CommitmentReprofiled,
    CommitmentVaried,
    CommitmentWithdrawn,
)
from ledger.events.contracts import Payer
from ledger.events.contributions import ContributionReceived, ContributionReturned
from ledger.events.event import Event
from ledger.events.pools import PoolAgreed, PoolVaried
from ledger.events.spending import (
    AccrualRecorded,
    AccrualSettled,
    AdministrativeCostRecorded,
    CategoryReclassified,
    IncomeRecorded,
    JournalLine,
    JournalRecorded,
    PersonalBudgetAllocated,
    SpendRecorded,
)
from ledger.events.years import CarryForwardApproved, PeriodAdjusted, VarianceApportioned
from ledger.rules import claims, commitments, contracts, contributions, pools, pots, spending, years
from ledger.rules.acts import Act
from ledger.rules.pots import Lot, Pot, Spend
from ledger.values import FinancialYear, Pence, YearAmount


@dataclass(frozen=True, slots=True)
class Beside:
    """The chapters that say what there is to draw on, and what draws."""

    pools: pools.State
    commitments: commitments.State
    contributions: contributions.State
    contracts: contracts.State
    claims: claims.State
    years: years.State
    terms: Callable[[str], tuple[bool, date | None]]
    """Of a grant: whether what is unspent may be kept, and the day by which it must be spent."""


Change = CommitmentVaried | CommitmentReprofiled | CommitmentWithdrawn
MOVING: frozenset[type[Event]] = frozenset(
    {
        *(PoolAgreed, PoolVaried, CommitmentMade, CommitmentVaried, CommitmentReprofiled, CommitmentWithdrawn),
        *(ContributionReceived, ContributionReturned, IncomeRecorded, SpendRecorded, AccrualRecorded, AccrualSettled),
        *(PersonalBudgetAllocated, PeriodAdjusted, AdministrativeCostRecorded, JournalRecorded, CategoryReclassified),
        *(VarianceApportioned, CarryForwardApproved),
        *(PaymentApproved, ClawbackRaised, ClawbackWrittenOff, VerificationWithdrawn),
    }
)
"""The kinds that can move something in the pots."""
Outgoing = SpendRecorded | AccrualRecorded | PersonalBudgetAllocated | PeriodAdjusted | AdministrativeCostRecorded


def admit(drawn: pots.State, event: Event, beside: Beside) -> None:
    """Refuse what would leave spending uncovered, or change a reported period. Raises DrawnAlready, PeriodIsClosed."""
    if type(event) not in MOVING:
        return
    match event:
        case CommitmentVaried() | CommitmentReprofiled() | CommitmentWithdrawn():
            profile = () if isinstance(event, CommitmentWithdrawn) else event.profile
            pool = beside.commitments.made[event.commitment].pool or ""
            wanted = {pots.pot_of(pool, line): int(line.amount) for line in profile}
            for pot, sum_ in pots.require_room(drawn, event.commitment, wanted, event.occurred_on):
                raise DrawnAlready(
                    f"{Pence(sum_)} of {event.commitment} is drawn in {pot[1]} ({pot[2]}, {pot[3]})",
                    next_step=f"outcomes view trail {event.commitment}",
                )
        case CategoryReclassified():
            pool, year, *_ = pots.main_pot(drawn, event.spend)
            years.require_open(beside.years, pool, event.occurred_on)
            years.require_not_final(beside.years, pool, year)
        case PeriodAdjusted():
            pass  # the chapter itself looks
        case _:
            for pool in sorted(_pools_of(drawn, event, beside)):
                years.require_open(beside.years, pool, event.occurred_on)


def _pools_of(drawn: pots.State, event: Event, beside: Beside) -> set[str]:
    """The pools whose spending an event changes."""
    match event:
        case AccrualSettled():
            return {drawn.spends[event.spend].pool}
        case PaymentApproved():
            return {payer.pool or "" for payer in _pool_payers(event, beside)}
        case ClawbackRaised() | ClawbackWrittenOff() | VerificationWithdrawn():
            return {line.pool for _, _, line in _from_pools(drawn, event, beside)}
    reference = spending.pool_of(event, beside.pools)
    counts = isinstance(event, Outgoing | JournalRecorded | IncomeRecorded)
    return {reference} if reference and counts else set()


def admit_reversal(drawn: pots.State, event: Event, entry: str, day: date, beside: Beside) -> None:
    """Refuse to take back, on that day, what reached a closed period or what was drawn on since."""
    for pool in sorted({pot[0] for pot in _touched(drawn, event, entry)}):
        years.require_open(beside.years, pool, day)
    match event:
        case CarryForwardApproved() | VarianceApportioned():
            years.require_not_final(beside.years, event.pool, str(event.year))
        case JournalRecorded():
            _require_whole(drawn, event)
    if isinstance(event, CarryForwardApproved):
        for move in drawn.deeds.get(entry, ()):
            lot = drawn.lots[move.lot]
            if lot.brought and move.pence > 0 and lot.room(max(day, move.on)) < move.pence:
                raise LaterEntryRests(f"what was carried forward of {lot.commitment} is drawn on since")


def _require_whole(drawn: pots.State, event: JournalRecorded) -> None:
    """A later journal's credits may have given back some of a journal: that is taken back first."""
    for name, line in _journal_lines(event).items():
        if line.total > 0 and drawn.spends[name].cost < line.total:
            raise LaterEntryRests(f"later credits gave back some of {event.journal}: take those journals back first")


def _touched(drawn: pots.State, event: Event, entry: str) -> Iterator[Pot]:
    """The pots that taking an event back would move."""
    references = [getattr(event, "spend", None), *_journal_lines(event)]
    if isinstance(event, PaymentApproved):
        references += [from_pool(event.payment, line.payer) for line in event.lines]
    for reference in references:
        held = drawn.spends.get(str(reference))
        yield from (drawn.lots[name].pot for name in (held.parts if held else ()))
    yield from (drawn.lots[move.lot].pot for move in drawn.deeds.get(entry, ()))


def rises(drawn: pots.State, event: CategoryReclassified) -> tuple[str, ...]:
    """The funders whose cost a reclassification raises, as the pots stand."""
    held = drawn.spends.get(event.spend)
    if held is None or not held.cost:
        return ()
    old = pots.main_pot(drawn, event.spend)
    amount = min(event.amount, pots.stands_of(drawn, event.spend, old))
    back, _ = pots.returned(drawn, held, amount, old)
    new = (old[0], old[1], event.category, event.accounts_as)
    afresh = pots.plan(drawn, new, held.scheme, event.occurred_on, amount).parts
    return _higher(drawn, back.items(), afresh)


def rises_back(drawn: pots.State, entry: str) -> tuple[str, ...]:
    """The funders whose cost rises when a reclassification is taken back: those to whom it gave more than it took."""
    moves = [move for move in drawn.deeds.get(entry, ()) if move.spend is not None]
    took = [(move.lot, move.pence) for move in moves if move.pence > 0]
    return _higher(drawn, took, [(move.lot, -move.pence) for move in moves if move.pence < 0])


def _higher(drawn: pots.State, before: Iterable[tuple[str, int]], after: Iterable[tuple[str, int]]) -> tuple[str, ...]:
    """The funders who bear more after than before."""
    less, more = pots.funders(drawn, before), pots.funders(drawn, after)
    return tuple(funder for funder, sum_ in more.items() if funder and sum_ > less.get(funder, 0))


# -- evolve -------------------------------------------------------------------------------------------


def evolve(drawn: pots.State, event: Event, act: Act, beside: Beside) -> None:
    """The pots after an admitted event; its own chapter has evolved."""
    if type(event) not in MOVING:
        return
    before, day = len(drawn.moved), event.occurred_on
    match event:
        case PoolAgreed() | PoolVaried():
            pool = beside.pools.pools[event.pool]
            pots.agree(drawn, event.pool, pool.agreed.partners, pool.fixed)
        case CommitmentMade() | CommitmentVaried() | CommitmentReprofiled() | CommitmentWithdrawn():
            _promise(drawn, event, beside)
        case ContributionReceived():
            _receive(drawn, event, event.amount, day, beside)
        case ContributionReturned():
            _receive(drawn, event, -event.amount, day, beside)
        case IncomeRecorded():
            pot = (event.pool, str(FinancialYear.of(day)), event.category, event.accounts_as)
            name = pots.lot_id(f"income {event.partner} {event.scheme or ''}".strip(), pot)
            lot = Lot(event.partner, pot, name.split("|")[0], event.scheme)
            pots.income(drawn, name, lot, event.amount, day)
        case SpendRecorded(credits=str() as credited) | PeriodAdjusted(credits=str() as credited):
            pots.give_back(drawn, credited, event.cost.total, day, (event.category, event.accounts_as))
        case (
            SpendRecorded()
            | AccrualRecorded()
            | PersonalBudgetAllocated()
            | PeriodAdjusted()
            | AdministrativeCostRecorded()
        ):
            _outgoing(drawn, event, act, beside)
        case JournalRecorded():
            _journal(drawn, event, act, beside)
        case AccrualSettled():
            _settle(drawn, event)
        case CategoryReclassified():
            _reclassify(drawn, event)
        case VarianceApportioned():
            pot = (event.pool, str(event.year), event.category, event.accounts_as)
            pots.bear(drawn, pot, {line.partner: int(line.amount) for line in event.lines}, day)
        case CarryForwardApproved():
            _carry(drawn, event)
        case PaymentApproved() | ClawbackRaised() | ClawbackWrittenOff() | VerificationWithdrawn():
            _contract(drawn, event, act, beside)
    if event.reversible and _is_undone(event) and len(drawn.moved) > before:
        drawn.deeds[act.entry] = tuple(drawn.moved[before:])


def _is_undone(event: Event) -> bool:
    """Whether a reversal moves back what was moved, rather than what stands."""
    return isinstance(
        event,
        IncomeRecorded
        | SpendRecorded
        | PeriodAdjusted
        | JournalRecorded
        | AccrualSettled
        | CategoryReclassified
        | VarianceApportioned
        | CarryForwardApproved
        | ClawbackRaised
        | ClawbackWrittenOff,
    ) and not (isinstance(event, SpendRecorded | PeriodAdjusted) and event.credits is None)


def _promise(drawn: pots.State, event: CommitmentMade | Change, beside: Beside) -> None:
    held = beside.commitments.made[event.commitment]
    if held.pool is None:
        return
    profile = () if held.now.withdrawn else held.now.profile
    _promised(drawn, event.commitment, held, profile, event.occurred_on, beside)
    if isinstance(event, CommitmentMade) and event.replaces is not None:
        names = drawn.of_commitment.get(event.commitment, ())
        pots.cover_again(drawn, event.replaces, names, event.occurred_on)


def _promised(
    drawn: pots.State,
    reference: str,
    held: commitments.Commitment,
    profile: tuple[YearAmount, ...],
    day: date,
    beside: Beside,
) -> None:
    kept, use_by = beside.terms(held.grant) if held.grant else (True, None)
    days = [one for one in (held.use_by, use_by) if one is not None]
    terms = Lot(
        held.funder, (held.pool or "", "", "", ""), reference, held.scheme, min(days) if days else None, kept=kept
    )
    pots.promise(drawn, terms, profile, day)


def _receive(
    drawn: pots.State, event: ContributionReceived | ContributionReturned, pence: int, day: date, beside: Beside
) -> None:
    instalment = beside.contributions.instalments[event.contribution]
    due, pool = instalment.due, beside.commitments.made[instalment.due.commitment].pool or ""
    pots.receive(drawn, pots.lot_id(due.commitment, (pool, due.year, due.category, due.accounts_as)), pence, day)


def _outgoing(drawn: pots.State, event: Outgoing, act: Act, beside: Beside) -> None:
    day, scheme = event.occurred_on, None if isinstance(event, AdministrativeCostRecorded) else event.scheme
    pool = (
        event.pool if isinstance(event, AdministrativeCostRecorded) else beside.pools.schemes[event.scheme].agreed.pool
    )
    pot = (pool, str(FinancialYear.of(day)), event.category, event.accounts_as)
    line = Spend(pool, scheme, day, act.position)
    pots.spend(drawn, event.spend, line, pot, day, spending.cost_of(event))


def _journal(drawn: pots.State, event: JournalRecorded, act: Act, beside: Beside) -> None:
    day, pool = event.occurred_on, beside.pools.schemes[event.scheme].agreed.pool
    for name, line in sorted(_journal_lines(event).items(), key=lambda one: one[1].total < 0):
        pot = (pool, str(FinancialYear.of(day)), line.category, line.accounts_as)
        if line.total > 0:
            pots.spend(drawn, name, Spend(pool, event.scheme, day, act.position), pot, day, line.total)
        elif line.total < 0:
            pots.give_latest(drawn, pot, event.scheme, -line.total, day)


def _journal_lines(event: Event) -> dict[str, JournalLine]:
    """The lines of a journal, each under the reference by which it draws."""
    if not isinstance(event, JournalRecorded):
        return {}
    return {f"{event.journal} {line.row}": line for line in event.lines}


def _settle(drawn: pots.State, event: AccrualSettled) -> None:
    """What the invoice is beyond the accrual draws in its own year; what it is less is given back there."""
    held, day = drawn.spends[event.spend], event.occurred_on
    pot = pots.main_pot(drawn, event.spend)
    more = event.cost.total - held.cost
    if more > 0:
        pots.spend(drawn, event.spend, held, (pot[0], str(FinancialYear.of(day)), *pot[2:]), day, more)
    elif more < 0:
        _give(drawn, event.spend, -more, day)


def _give(drawn: pots.State, reference: str, amount: int, day: date) -> None:
    """Give back to the same lots within their year; later, to the same funders in the year of that day."""
    year = pots.main_pot(drawn, reference)[1]
    if str(FinancialYear.of(day)) == year:
        pots.give_back(drawn, reference, amount, day)
    else:
        pots.give_later(drawn, reference, amount, day)


def _reclassify(drawn: pots.State, event: CategoryReclassified) -> None:
    old, held = pots.main_pot(drawn, event.spend), drawn.spends[event.spend]
    pots.give_back(drawn, event.spend, event.amount, event.occurred_on, old)
    new = (old[0], old[1], event.category, event.accounts_as)
    pots.spend(drawn, event.spend, held, new, event.occurred_on, event.amount)


def _carry(drawn: pots.State, event: CarryForwardApproved) -> None:
    pot = (event.pool, str(event.year), event.category, event.accounts_as)
    parts = {pots.lot_id(line.commitment, pot): int(line.amount) for line in event.lines}
    parts = parts or pots.in_proportion(drawn, pot, event.amount, event.occurred_on)
    pots.carry(drawn, pot, parts, event.occurred_on, event.use_by)


# -- contracts that a pool pays for -------------------------------------------------------------------


def _pool_payers(event: PaymentApproved, beside: Beside) -> list[Payer]:
    """The payers of an approved payment who pay from a pool."""
    claim = beside.claims.claims[event.claim].made
    terms = beside.contracts.contracts[claim.contract].terms_on(claim.occurred_on)
    paying = {line.payer for line in event.lines}
    return [payer for payer in terms.payers if payer.pool is not None and payer.payer in paying]


Turn = PaymentApproved | ClawbackRaised | ClawbackWrittenOff | VerificationWithdrawn


def _contract(drawn: pots.State, event: Turn, act: Act, beside: Beside) -> None:
    """A pool's part of a payment is one line of its spending, and comes back as the payment does."""
    day = event.occurred_on
    if isinstance(event, PaymentApproved):
        sums = {line.payer: int(line.amount) for line in event.lines}
        for payer in _pool_payers(event, beside):
            pool = payer.pool or ""
            pot = (pool, str(FinancialYear.of(day)), payer.category, payer.accounts_as)
            contract = beside.claims.claims[event.claim].made.contract
            line = Spend(pool, payer.scheme, day, act.position, contract)
            pots.spend(drawn, from_pool(event.payment, payer.payer), line, pot, day, sums[payer.payer])
        return
    for reference, payer_id, held in _from_pools(drawn, event, beside):
        part = beside.claims.payments[reference].moves.get(act.entry, {}).get(payer_id, Pence(0))
        name = from_pool(reference, payer_id)
        if part and isinstance(event, ClawbackWrittenOff):
            old = pots.main_pot(drawn, name)
            pots.spend(drawn, name, held, (old[0], str(FinancialYear.of(day)), *old[2:]), day, part)
        elif part:
            _give(drawn, name, part, day)


def _from_pools(drawn: pots.State, event: Turn, beside: Beside) -> Iterator[tuple[str, str, Spend]]:
    """The payment, the payer and the line of spending of each pool's part that an event may turn back."""
    if isinstance(event, VerificationWithdrawn):
        claim = beside.claims.claims.get(event.claim)
        references = claim.payments if claim else []
    else:
        references = [event.payment]
    for reference in references:
        payment = beside.claims.payments.get(reference)
        for payer in payment.lines if payment else ():
            if held := drawn.spends.get(from_pool(reference, payer)):
                yield reference, payer, held


def from_pool(payment: str, payer: str) -> str:
    """The reference of the line of spending that a pool's part of a payment is; no other line can have it."""
    return f"{payment}|{payer}"


def payment_of(reference: str) -> str:
    """The payment that a line of spending is a pool's part of."""
    return reference.partition("|")[0]


# -- reverse ------------------------------------------------------------------------------------------


def reverse(drawn: pots.State, event: Event, act: Act, day: date, beside: Beside) -> None:
    """The pots after an event is taken back on that day; its own chapter has taken it back."""
    match event:
        case PoolVaried():
            pool = beside.pools.pools[event.pool]
            pots.agree(drawn, event.pool, pool.agreed.partners, pool.fixed)
        case CommitmentMade() | CommitmentVaried() | CommitmentReprofiled() | CommitmentWithdrawn():
            held = beside.commitments.made[event.commitment]
            if held.pool is not None:
                live = held.versions and not held.now.withdrawn
                _promised(drawn, event.commitment, held, held.now.profile if live else (), day, beside)
        case ContributionReceived():
            _receive(drawn, event, -event.amount, day, beside)
        case ContributionReturned():
            _receive(drawn, event, event.amount, day, beside)
        case PaymentApproved():
            for line in event.lines:
                if from_pool(event.payment, line.payer) in drawn.spends:
                    pots.give_back_all(drawn, from_pool(event.payment, line.payer), day)
        case _ if act.entry in drawn.deeds:
            pots.undo(drawn, act.entry, day)
        case (
            SpendRecorded()
            | AccrualRecorded()
            | PersonalBudgetAllocated()
            | PeriodAdjusted()
            | AdministrativeCostRecorded()
        ):
            pots.give_back_all(drawn, event.spend, day)
