"""Pots: what was committed for a pool's year, category and heading, and which spending draws on it.

Law (line-of-sight, "The rule"): commitments fund, cash settles. Each line of spending draws once, when it takes
effect, on what was committed as the log knew it then and as it was true on the spending's own day: money for its
scheme before money for any, money brought forward before new, the earliest use-by first, and within one use-by in
proportion to what each funder has left, or by the agreement's fixed parts. No later entry moves a draw. What nothing
covers is *unfunded*.

A **lot** is what can be drawn on: one line of a commitment, what is brought forward of it, income, or a partner's part
of an overspend. Each pot has one lot more, of nobody, that holds what is unfunded. Sums are in pence; both clocks are
kept: a lot is never drawn beyond what is committed of it on any day, as known now.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction
from math import lcm

import msgspec

from ledger.rules.shares import Owed
from ledger.values import FinancialYear, YearAmount

Pot = tuple[str, str, str, str]
"""Pool, financial year, category, revenue or capital."""

OVERSPEND = "overspend "
"""How a partner's part of an overspend is named, in the stead of a commitment."""
NOBODY = ""
"""The funder of what is unfunded."""


class Move(msgspec.Struct, frozen=True, gc=False):
    """What an entry moved: the sum of a lot, or what a line of spending draws on it."""

    lot: str
    spend: str | None
    """The spending that draws; None: the lot itself grew or shrank."""
    pence: int
    on: date
    """The day from which it is true."""
    why: str
    """``promised``, ``carried``, ``to-return``, ``borne``, ``income``, ``over-received``; ``spent``, ``given-back``,
    ``uncovered``, ``covered``."""


@dataclass(slots=True)
class Lot:
    """Something that spending may draw on, with its sums from each day on, in the order of the log."""

    funder: str
    pot: Pot
    commitment: str
    scheme: str | None = None
    """The one scheme that it is for."""
    use_by: date | None = None
    brought: bool = False
    kept: bool = True
    """Whether what is unspent of it may be carried forward."""
    promises: list[tuple[date, int]] = field(default_factory=list)
    """What is committed from each day on; a later entry holds from its day on, whatever was said before."""
    cash: dict[date, int] = field(default_factory=dict)
    """What was received of what is committed, or returned, by day."""
    grown: dict[date, int] = field(default_factory=dict)
    """What came otherwise, by day: income, what is borne or brought forward; below zero, what went."""
    days: list[date] = field(default_factory=list)
    """The days on which anything of it changes, in order."""
    left: list[int] = field(default_factory=list)
    """What is left of it from each of those days on."""
    drawn: int = 0
    spends: list[str] = field(default_factory=list)
    """What drew on it, in the order of the log."""
    base: int = 0
    """What was committed or came in, apart from cash above it; in the end."""

    @property
    def amount(self) -> int:
        """What it comes to in the end."""
        return self.left[-1] + self.drawn if self.left else 0

    def room(self, day: date) -> int:
        """What can still be drawn on that day, so that it is overdrawn on no later one either."""
        if not self.days or day >= self.days[-1]:
            return self.left[-1] if self.left else 0
        first = bisect_right(self.days, day) - 1
        return min(self.left[first:]) if first >= 0 else min(0, *self.left)

    def left_from(self, day: date) -> Iterator[tuple[date, int]]:
        """What is left of it on that day and on each later one on which that changes."""
        first = bisect_right(self.days, day)
        yield day, self.left[first - 1] if first else 0
        yield from zip(self.days[first:], self.left[first:], strict=True)

    def amount_on(self, day: date) -> int:
        """What it comes to on a day: cash above what is committed counts as committed."""
        promised = next((sum_ for since, sum_ in reversed(self.promises) if since <= day), 0)
        return self.amount_if(promised, day)

    def amount_if(self, promised: int, day: date) -> int:
        """What it would come to on a day, if so much were committed."""
        cash = sum(pence for on, pence in self.cash.items() if on <= day)
        return max(promised, cash) + sum(pence for on, pence in self.grown.items() if on <= day)

    def falls_short(self, promised: int, day: date) -> bool:
        """Whether more is drawn of it, on that day or a later one, than it would come to if so much were committed."""
        return any(self.amount_if(promised, one) < self.amount_on(one) - left for one, left in self.left_from(day))

    def mark(self, day: date) -> int:
        """That day is one on which something changes; its place among them."""
        place = bisect_left(self.days, day)
        if place == len(self.days) or self.days[place] != day:
            self.days.insert(place, day)
            self.left.insert(place, self.left[place - 1] if place else 0)
        return place

    def touch(self, day: date, pence: int) -> None:
        """So much more, or less, is drawn of it on that day."""
        self.drawn += pence
        place = self.mark(day)
        self.left[place:] = [one - pence for one in self.left[place:]]


@dataclass(slots=True)
class Spend:
    """A line of spending, and what of it stands on which lot."""

    pool: str
    scheme: str | None
    day: date
    position: int
    contract: str | None = None
    parts: dict[str, int] = field(default_factory=dict)
    returns: Owed = field(default_factory=Owed)
    """How what was given back of it was divided."""
    later: dict[str, list[tuple[date, int]]] = field(default_factory=dict)
    """What moved of it on another day than its own, by lot."""

    @property
    def cost(self) -> int:
        """What stands of it, in pence."""
        return sum(self.parts.values())

    def on(self, name: str, day: date) -> int:
        """What of it stands on a lot on that day, in pence."""
        later = self.later.get(name, ())
        own = self.parts.get(name, 0) - sum(pence for _, pence in later) if day >= self.day else 0
        return own + sum(pence for moved, pence in later if moved <= day)


@dataclass(slots=True)
class Agreement:
    """What a pool's agreement says of drawing, and how odd pennies fell under it so far."""

    partners: tuple[str, ...]
    fixed: Mapping[str, int] = field(default_factory=dict)
    """Fixed parts, as whole weights; none: in proportion to what each has left."""
    draws: Owed = field(default_factory=Owed)
    risks: Owed = field(default_factory=Owed)


@dataclass(slots=True)
class State:
    """Every lot and line of spending, by reference."""

    lots: dict[str, Lot] = field(default_factory=dict)
    pots: dict[Pot, list[str]] = field(default_factory=dict)
    """The lots of each pot in the order of the log, without the one of what is unfunded."""
    of_commitment: dict[str, list[str]] = field(default_factory=dict)
    spends: dict[str, Spend] = field(default_factory=dict)
    agreements: dict[str, Agreement] = field(default_factory=dict)
    lines: dict[tuple[Pot, str | None], list[str]] = field(default_factory=dict)
    """What drew on each pot for each scheme, in the order of the log."""
    months: dict[tuple[str, date], int] = field(default_factory=dict)
    """What was spent by pool and month (its first day), on the true clock."""
    by_scheme: dict[str, int] = field(default_factory=dict)
    """What was spent on each scheme in all."""
    uncovered: dict[str, dict[tuple[str, str], int]] = field(default_factory=dict)
    """By commitment: what its reversal left unfunded, by unfunded lot and line of spending."""
    deeds: dict[str, tuple[Move, ...]] = field(default_factory=dict)
    """What an entry moved that can be taken back, by its id."""
    moved: list[Move] = field(default_factory=list)
    """What the newest entry moved."""

    def spent_to(self, pool: str, day: date) -> int:
        """What was spent in the financial year up to that month's end, in pence."""
        first = FinancialYear.of(day).first_day
        return sum(sum_ for (one, month), sum_ in self.months.items() if one == pool and first <= month <= day)

    def unfunded(self, pot: Pot) -> int:
        """What no commitment covers in a pot, in pence."""
        lot = self.lots.get(lot_id(NOBODY, pot))
        return lot.drawn if lot else 0

    def in_pot(self, pot: Pot) -> Iterator[tuple[str, Lot]]:
        """The lots of a pot, in the order of the log."""
        for one in self.pots.get(pot, ()):
            yield one, self.lots[one]


def lot_id(commitment: str, pot: Pot, *, brought: bool = False) -> str:
    """The name of a lot: its commitment, and its place."""
    return "|".join((commitment, *pot, "brought") if brought else (commitment, *pot))


def pot_of(pool: str, line: YearAmount) -> Pot:
    """The pot that a line of a profile is in."""
    return pool, line.year, line.category, line.accounts_as


# -- lots grow and shrink ---------------------------------------------------------------------------


def agree(pots: State, pool: str, partners: tuple[str, ...], fixed: Mapping[str, Fraction]) -> None:
    """How a pool draws from here on."""
    whole = lcm(*(share.denominator for share in fixed.values())) if fixed else 1
    weights = {partner: int(share * whole) for partner, share in fixed.items()}
    agreement = pots.agreements.setdefault(pool, Agreement(partners))
    agreement.fixed = weights


def open_lot(pots: State, name: str, lot: Lot) -> Lot:
    """The lot of that name; a new one takes its place in its pot."""
    if name not in pots.lots:
        pots.lots[name] = lot
        if lot.funder != NOBODY:
            pots.pots.setdefault(lot.pot, []).append(name)
            pots.of_commitment.setdefault(lot.commitment, []).append(name)
    return pots.lots[name]


def resize(pots: State, name: str, day: date, why: str, change: Callable[[Lot], None]) -> None:
    """A lot is changed from that day on; draws beyond its sum become unfunded, the latest first."""
    lot = pots.lots[name]
    place = lot.mark(day)
    before = [lot.amount_on(one) for one in lot.days[place:]]
    change(lot)
    grew, fell = 0, False
    for number, was in enumerate(before, place):
        more = lot.amount_on(lot.days[number]) - was
        if more != grew:
            pots.moved.append(Move(name, None, more - grew, lot.days[number], why))
        lot.left[number] += more
        grew, fell = more, fell or more < 0
    if fell:
        _uncover(pots, name, day)


def grow(pots: State, name: str, pence: int, day: date, why: str) -> None:
    """So much comes to a lot otherwise than by a commitment, or goes."""

    def change(lot: Lot) -> None:
        lot.grown[day] = lot.grown.get(day, 0) + pence

    resize(pots, name, day, why, change)


def promise(pots: State, terms: Lot, profile: Sequence[YearAmount], day: date) -> None:
    """A commitment to a pool comes to that profile from that day on; `terms` is a lot without a year."""
    pool, sums = terms.pot[0], {}
    for line in profile:
        pot = pot_of(pool, line)
        name = lot_id(terms.commitment, pot)
        sums[name] = line.amount
        open_lot(pots, name, replace(terms, pot=pot, promises=[], cash={}, grown={}, days=[], left=[], spends=[]))
    for name in pots.of_commitment.get(terms.commitment, ()):
        lot = pots.lots[name]
        if not lot.brought:
            _promise_lot(pots, name, sums.get(name, 0), day)


def _promise_lot(pots: State, name: str, sum_: int, day: date) -> None:
    pots.lots[name].base = sum_
    resize(pots, name, day, "promised", lambda lot: lot.promises.append((day, sum_)))


def receive(pots: State, name: str, pence: int, day: date) -> None:
    """Cash came in for a lot, or went out again; above what is committed it counts as more of it."""

    def change(lot: Lot) -> None:
        lot.cash[day] = lot.cash.get(day, 0) + pence

    if name in pots.lots:
        resize(pots, name, day, "over-received", change)


def income(pots: State, name: str, lot: Lot, pence: int, day: date) -> None:
    """Money that is a funder's by the agreement, in cash."""
    open_lot(pots, name, lot).base += pence
    grow(pots, name, pence, day, "income")


def require_room(pots: State, commitment: str, wanted: Mapping[Pot, int], day: date) -> Iterator[tuple[Pot, int]]:
    """The pots in which a commitment would fall below what is drawn of it, each with what is drawn."""
    for name in pots.of_commitment.get(commitment, ()):
        lot = pots.lots[name]
        if not lot.brought and lot.falls_short(wanted.get(lot.pot, 0), day):
            yield lot.pot, lot.drawn


# -- drawing ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Plan:
    """How a sum would be taken from lots, and what odd pennies would then be owed."""

    parts: tuple[tuple[str, int], ...]
    owed: Owed


def plan(pots: State, pot: Pot, scheme: str | None, day: date, amount: int) -> Plan:
    """Which lots a sum would be drawn on; what none covers, on the lot of what is unfunded. Changes nothing."""
    parts: list[tuple[str, int]] = []
    agreement = pots.agreements[pot[0]]
    owed = agreement.draws.copy()
    for group in _groups(pots, pot, scheme, day):
        if amount == 0:
            break
        taken = _from_group(pots, group, min(amount, sum(group.values())), agreement, owed)
        parts += taken
        amount -= sum(part for _, part in taken)
    if amount:
        parts.append((lot_id(NOBODY, pot), amount))
    return Plan(tuple(parts), owed)


def funders(pots: State, parts: Iterable[tuple[str, int]]) -> dict[str, int]:
    """What each funder bears of parts, in pence; what is unfunded is nobody's."""
    sums: dict[str, int] = {}
    for name, part in parts:
        funder = pots.lots[name].funder if name in pots.lots else NOBODY
        sums[funder] = sums.get(funder, 0) + part
    return sums


def _groups(pots: State, pot: Pot, scheme: str | None, day: date) -> list[dict[str, int]]:
    """The lots with room, by the order in which they are drawn on; each with its room."""
    groups: dict[tuple[bool, bool, date], dict[str, int]] = {}
    for name, lot in pots.in_pot(pot):
        if (lot.scheme is not None and lot.scheme != scheme) or (lot.use_by is not None and lot.use_by < day):
            continue
        room = lot.room(day)
        if room > 0:
            key = (lot.scheme is None, not lot.brought, lot.use_by or date.max)
            groups.setdefault(key, {})[name] = room
    return [groups[key] for key in sorted(groups)]


def _from_group(
    pots: State, group: dict[str, int], amount: int, agreement: Agreement, owed: Owed
) -> list[tuple[str, int]]:
    """A sum from lots of one standing: by funder, then from a funder's lots in the order of the log."""
    rooms = dict.fromkeys(agreement.partners, 0)
    for name, room in group.items():
        funder = pots.lots[name].funder
        rooms[funder] = rooms.get(funder, 0) + room
    fixed = {funder: agreement.fixed[funder] for funder, room in rooms.items() if room and funder in agreement.fixed}
    others = {funder: room for funder, room in rooms.items() if room and funder not in fixed}
    by_funder: dict[str, int] = {}
    for weights in (fixed, others):
        part = min(amount, sum(rooms[funder] for funder in weights))
        if part:
            divided, rights = owed.divide(part, weights, rooms)
            owed.allot(rights, divided)
            by_funder |= divided
            amount -= part
    taken: list[tuple[str, int]] = []
    for name, room in group.items():
        funder = pots.lots[name].funder
        part = min(room, by_funder.get(funder, 0))
        if part:
            by_funder[funder] -= part
            taken.append((name, part))
    return taken


def spend(pots: State, reference: str, line: Spend, pot: Pot, day: date, amount: int) -> None:
    """A line of spending draws, once. Where it is there already, it draws so much more."""
    if reference not in pots.spends:
        pots.spends[reference] = line
    held = pots.spends[reference]
    drawn = plan(pots, pot, held.scheme, day, amount)
    pots.agreements[pot[0]].draws = drawn.owed
    for name, part in drawn.parts:
        _take(pots, name, reference, part, day, "spent")
    drew = pots.lines.setdefault((pot, held.scheme), [])
    if not drew or drew[-1] != reference:
        drew.append(reference)


def _take(pots: State, name: str, reference: str, pence: int, day: date, why: str) -> None:
    """A line of spending draws so much more, or less, on a lot."""
    held = pots.spends[reference]
    if name not in pots.lots:
        open_lot(pots, name, _nobodys(name))
    lot = pots.lots[name]
    if held.parts.get(name, 0) == 0 and pence > 0:
        lot.spends.append(reference)
    held.parts[name] = held.parts.get(name, 0) + pence
    if day != held.day:
        held.later.setdefault(name, []).append((day, pence))
    lot.touch(day, pence)
    month = held.pool, day.replace(day=1)
    pots.months[month] = pots.months.get(month, 0) + pence
    if held.scheme is not None:
        pots.by_scheme[held.scheme] = pots.by_scheme.get(held.scheme, 0) + pence
    pots.moved.append(Move(name, reference, pence, day, why))


def _nobodys(name: str) -> Lot:
    _, pool, year, category, accounts_as = name.split("|")
    return Lot(NOBODY, (pool, year, category, accounts_as), NOBODY)


# -- giving back --------------------------------------------------------------------------------------


Headings = tuple[str, ...]
"""Category, and revenue or capital; or a whole pot."""


def stands_of(pots: State, reference: str, headings: Headings) -> int:
    """What stands of a line of spending under those headings, in pence."""
    held = pots.spends[reference]
    return sum(part for name, part in held.parts.items() if pots.lots[name].pot[-len(headings) :] == headings)


def main_pot(pots: State, reference: str) -> Pot:
    """The pot in which most of a line of spending stands; of equals, the first that it drew on."""
    sums: dict[Pot, int] = {}
    for name, part in pots.spends[reference].parts.items():
        pot = pots.lots[name].pot
        sums[pot] = sums.get(pot, 0) + part
    return max(sums, key=lambda pot: sums[pot])


def returned(
    pots: State, held: Spend, amount: int, headings: Headings | None = None
) -> tuple[dict[str, int], dict[str, int]]:
    """How a part of a line of spending is given back, by its own shares; and what each share came to exactly."""
    standing = {
        name: part
        for name, part in held.parts.items()
        if part > 0 and (headings is None or pots.lots[name].pot[-len(headings) :] == headings)
    }
    ordered = dict(sorted(standing.items(), key=lambda one: one[0].startswith("|")))  # what is unfunded comes last
    return held.returns.divide(amount, ordered, ordered)


def give_back(pots: State, reference: str, amount: int, day: date, headings: Headings | None = None) -> None:
    """A part of a line of spending is given back to the very lots that it drew on."""
    held = pots.spends[reference]
    parts, rights = returned(pots, held, amount, headings)
    held.returns.allot(rights, parts)
    for name, part in parts.items():
        if part:
            _take(pots, name, reference, -part, day, "given-back")


def give_back_all(pots: State, reference: str, day: date) -> None:
    """A line of spending is taken back: what stands of it returns to the same lots, to the penny."""
    for name, part in list(pots.spends[reference].parts.items()):
        if part:
            _take(pots, name, reference, -part, day, "given-back")
        if part < 0 and pots.lots[name].funder != NOBODY:
            _uncover(pots, name, day)  # it had come back in a later year, and may have been drawn on there


def move_cover(pots: State, origin: str, to: str, reference: str, pence: int, day: date, why: str) -> None:
    """So much of a line of spending stands on another lot from that day on, or from its own day if that is later."""
    held = pots.spends[reference]
    on = max(day, held.day)
    _take(pots, origin, reference, -pence, on, why)
    _take(pots, to, reference, pence, on, why)


def _uncover(pots: State, name: str, day: date) -> None:
    """Draws beyond a lot's sum become unfunded on the first day on which they are, the latest in the log first.

    What was given back to the lot on a later day still is, by nobody: it had been uncovered by then.
    """
    lot = pots.lots[name]
    moved: dict[str, int] = {}
    for one, left in tuple(lot.left_from(day)):
        for reference in tuple(moved):
            _bare(pots, name, reference, min(0, pots.spends[reference].on(name, one)), one, moved)
        over = -left - sum(moved.values())
        for reference in reversed(tuple(lot.spends) if over > 0 else ()):
            part = max(0, min(over, pots.spends[reference].on(name, one)))
            _bare(pots, name, reference, part, one, moved)
            over -= part


def _bare(pots: State, name: str, reference: str, pence: int, day: date, moved: dict[str, int]) -> None:
    """So much of a line of spending is nobody's from that day on; below zero, is the lot's again."""
    if pence == 0:
        return
    lot = pots.lots[name]
    nobody = lot_id(NOBODY, lot.pot)
    _take(pots, name, reference, -pence, day, "uncovered")
    _take(pots, nobody, reference, pence, day, "uncovered")
    moved[reference] = moved.get(reference, 0) + pence
    left_open = pots.uncovered.setdefault(lot.commitment, {})
    left_open[nobody, reference] = left_open.get((nobody, reference), 0) + pence


def cover_again(pots: State, replaced: str, names: Iterable[str], day: date) -> None:
    """What the reversal of a commitment left unfunded is covered by the one in its stead, oldest first."""
    names = tuple(names)
    left_open = pots.uncovered.get(replaced, {})
    for nobody, reference in sorted(left_open, key=lambda one: pots.spends[one[1]].position):
        held = pots.spends[reference]
        for name in names:
            lot = pots.lots[name]
            fits = lot.scheme in (None, held.scheme) and lot_id(NOBODY, lot.pot) == nobody
            fits = fits and (lot.use_by is None or held.day <= lot.use_by)
            open_part = min(left_open[nobody, reference], held.parts.get(nobody, 0))
            part = min(open_part, lot.room(max(day, held.day))) if fits else 0
            if part > 0:
                move_cover(pots, nobody, name, reference, part, day, "covered")
                left_open[nobody, reference] -= part


def give_latest(pots: State, pot: Pot, scheme: str | None, amount: int, day: date) -> None:
    """A credit that names no line of spending gives back the latest of its scheme in that pot."""
    for reference in reversed(pots.lines.get((pot, scheme), ())):
        if amount == 0:
            return
        held = pots.spends[reference]
        for name, part in reversed(tuple(held.parts.items())):
            back = min(part, amount) if pots.lots[name].pot == pot else 0
            if back > 0:
                _take(pots, name, reference, -back, day, "given-back")
                amount -= back


def stands_in(pots: State, pot: Pot, scheme: str | None) -> int:
    """What stands of a scheme's spending in a pot, in pence."""
    drew = dict.fromkeys(pots.lines.get((pot, scheme), ()))
    return sum(
        part for one in drew for name, part in pots.spends[one].parts.items() if pots.lots[name].pot == pot and part > 0
    )


def give_later(pots: State, reference: str, amount: int, day: date) -> None:
    """Money comes back for spending of a year before: it is its funders' again in the year of that day.

    What was drawn then stays drawn; in the later year they have so much more to draw on, and it costs that much less.
    """
    held, year = pots.spends[reference], FinancialYear.of(day)
    parts, rights = returned(pots, held, amount)
    held.returns.allot(rights, parts)
    for name, part in parts.items():
        lot = pots.lots[name]
        pot = (lot.pot[0], str(year), *lot.pot[2:])
        if part and lot.funder == NOBODY:
            _take(pots, name, reference, -part, day, "given-back")  # nobody's money: it was never short after all
        elif part:
            later = lot_id(lot.commitment, pot, brought=True)
            open_lot(pots, later, Lot(lot.funder, pot, lot.commitment, lot.scheme, brought=True))
            _take(pots, later, reference, -part, day, "given-back")


# -- an overspend -------------------------------------------------------------------------------------


def bear(pots: State, pot: Pot, lines: Mapping[str, int], day: date) -> None:
    """What is unfunded in a pot becomes the partners' own, the oldest first, each for its part."""
    nobody, left = lot_id(NOBODY, pot), dict(lines)
    names = {partner: lot_id(f"{OVERSPEND}{partner}", pot) for partner in lines}
    for partner, name in names.items():
        open_lot(pots, name, Lot(partner, pot, f"{OVERSPEND}{partner}", kept=False))
        grow(pots, name, lines[partner], day, "borne")
    risks = pots.agreements[pot[0]].risks
    oldest_first = sorted(dict.fromkeys(pots.lots[nobody].spends), key=lambda one: pots.spends[one].position)
    for reference in oldest_first:
        held = pots.spends[reference]
        part = min(held.parts.get(nobody, 0), sum(left.values()))
        if part <= 0:
            continue
        divided, rights = risks.divide(part, left, left)
        risks.allot(rights, divided)
        for partner, share in divided.items():
            if share:
                move_cover(pots, nobody, names[partner], reference, share, day, "covered")
                left[partner] -= share


# -- a year's end ------------------------------------------------------------------------------------


def keepable(pots: State, pot: Pot, day: date) -> dict[str, int]:
    """What is undrawn of each lot that may be carried forward and is for no one scheme."""
    lots = {name: lot for name, lot in pots.in_pot(pot) if lot.kept and lot.scheme is None}
    return {name: left for name, lot in lots.items() if (left := lot.room(day)) > 0}


def in_proportion(pots: State, pot: Pot, amount: int, day: date) -> dict[str, int]:
    """What of each lot is carried forward where nothing else is agreed."""
    left = keepable(pots, pot, day)
    agreement = pots.agreements[pot[0]]
    return dict(_from_group(pots, left, amount, replace(agreement, fixed={}), Owed()))


def carry(pots: State, pot: Pot, parts: Mapping[str, int], day: date, use_by: date | None) -> None:
    """Parts of lots can be drawn in the year after, from its first day on; what else is undrawn goes back."""
    later = (pot[0], str(FinancialYear(pot[1]).after), *pot[2:])
    starts = max(day, FinancialYear(later[1]).first_day)
    for name, lot in tuple(pots.in_pot(pot)):
        left, part = lot.room(day), parts.get(name, 0)
        if part:
            grow(pots, name, -part, day, "carried")
            new = "|".join((lot_id(lot.commitment, later, brought=True), str(use_by or "")))  # one for each use-by
            terms = Lot(lot.funder, later, lot.commitment, lot.scheme, use_by, brought=True, kept=lot.kept)
            open_lot(pots, new, terms)
            grow(pots, new, part, starts, "carried")
        if left > part and not lot.commitment.startswith(OVERSPEND):  # what nobody need bear was never paid in
            grow(pots, name, part - left, day, "to-return")


# -- taking back --------------------------------------------------------------------------------------


def undo(pots: State, entry: str, day: date) -> None:
    """What an entry moved is moved back, from that day on; what cannot be drawn again is unfunded.

    Where it moved a line of spending from lots to lots, only what still stands of it on the new ones moves back.
    """
    freed: dict[str, int] = {}
    for move in reversed(pots.deeds.pop(entry, ())):
        if move.spend is None:
            pots.lots[move.lot].base -= move.pence if move.why == "income" else 0
            grow(pots, move.lot, -move.pence, max(day, move.on), move.why)
        elif move.pence > 0:
            freed[move.spend] = freed.get(move.spend, 0) + _release(pots, move, day)
        else:
            wanted = min(-move.pence, freed.get(move.spend, -move.pence))
            _retake(pots, move, wanted, day)
            if move.spend in freed:
                freed[move.spend] -= wanted


def _release(pots: State, move: Move, day: date) -> int:
    """Give back what was drawn there, and what of it has become unfunded since; how much that is."""
    lot, reference = pots.lots[move.lot], str(move.spend)
    left = move.pence
    for name in dict.fromkeys((move.lot, lot_id(NOBODY, lot.pot))):
        part = max(0, min(left, pots.spends[reference].parts.get(name, 0)))
        if part:
            _take(pots, name, reference, -part, day, "given-back")
            left -= part
    return move.pence - left


def _retake(pots: State, move: Move, wanted: int, day: date) -> None:
    """Draw again what was given back: on the same lot as far as it has room, and the rest afresh."""
    lot, reference = pots.lots[move.lot], str(move.spend)
    part = wanted if lot.funder == NOBODY else max(0, min(wanted, lot.room(day)))
    if part:
        _take(pots, move.lot, reference, part, day, "spent")
    if wanted > part:
        spend(pots, reference, pots.spends[reference], lot.pot, day, wanted - part)
