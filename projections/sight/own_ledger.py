"""Year end: the journals that bring a partner's own general ledger into line with the pools that it is in.

Law: a pool is no entity. Whoever controls it alone, or leads the commissioning, shows the whole; every other partner
shows its share, which is what it funded of the spending (IFRS 10, 11, 12; the pool's control basis says which). What
belongs to a year is spending of its pots; what was paid is paid by 31 March. Debits are credits, pool by pool; a
balance of the year before is taken back first, so a journal is never reversed by hand.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, NamedTuple, TypeVar

from sqlalchemy import ColumnElement, and_, or_

from ledger.events.pools import PoolAgreed
from ledger.values import FinancialYear, Pence
from projections.rows import Row
from projections.sight.reading import Sight, numbers
from projections.sight.sums import in_proportion
from projections.sight.tables import postings

K = TypeVar("K")
COLUMNS: Final = (
    *("date", "account", "debit", "credit", "pool", "control_basis", "shown", "scheme", "category", "accounts_as"),
    *("what", "entries"),
)
THE_WHOLE: Final = frozenset({"sole-control", "lead-commissioning"})
"""Under these the host's accounts show all of a pool."""
A_YEAR_AGO: Final = ", a year ago, taken back"
NOBODY: Final = ""
"""Whose part stands for what no commitment covers: the host carries it."""


class Sum(NamedTuple):
    """A sum in pence, and the entries that it rests on."""

    pence: int = 0
    entries: frozenset[int] = frozenset()


def total(sums: Iterable[Sum]) -> Sum:
    """Several sums as one."""
    found = list(sums)
    return Sum(sum(one.pence for one in found), frozenset().union(*(one.entries for one in found)))


def less(one: Sum, other: Sum) -> Sum:
    """A sum less another."""
    return Sum(one.pence - other.pence, one.entries | other.entries)


class Cell(NamedTuple):
    """Where spending of a year stands."""

    year: str
    scheme: str
    category: str
    accounts_as: str
    funder: str


class Line(NamedTuple):
    """One row of a journal: above zero a debit, below zero a credit."""

    account: str
    sum: Sum
    what: str
    scheme: str = ""
    category: str = ""
    accounts_as: str = ""


# -- what a pool comes to ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Standing:
    """What a pool comes to at the end of a year, from its first day on, by funder."""

    spent: dict[Cell, Sum]
    """All of its spending to the year's end, by cell."""
    paid: dict[str, Sum]
    """What it paid for spending by 31 March, by scheme."""
    put_in: dict[str, Sum]
    income: dict[str, Sum]
    carried: dict[str, Sum]
    """What is kept for the year after."""

    def of(self, funder: str) -> Sum:
        """What spending drew on a funder."""
        return total(sum_ for cell, sum_ in self.spent.items() if cell.funder == funder)

    def owed(self, funders: Mapping[str, str]) -> dict[tuple[str, str], Sum]:
        """What is spent and not paid for, by scheme and body, in proportion to what each funded of the scheme."""
        found: dict[tuple[str, str], Sum] = {}
        for scheme in sorted({cell.scheme for cell in self.spent} | set(self.paid)):
            cells = {cell: sum_ for cell, sum_ in self.spent.items() if cell.scheme == scheme}
            weights: dict[str, int] = {}
            for cell, sum_ in sorted(cells.items()):
                body = funders.get(cell.funder, cell.funder)
                weights[body] = weights.get(body, 0) + sum_.pence
            whole = less(total(cells.values()), self.paid.get(scheme, Sum()))
            parts = divided(whole.pence, weights, funders[NOBODY])
            found |= {(scheme, body): Sum(part, whole.entries) for body, part in parts.items() if part}
        return found


def divided(pence: int, weights: Mapping[K, int], otherwise: K) -> dict[K, int]:
    """A sum of either sign in proportion to the weights above zero, to the penny; to one where there is none."""
    names = {str(number): key for number, key in enumerate(weights) if weights[key] > 0}
    if not names:
        return {otherwise: pence}
    parts = in_proportion(pence, {name: weights[key] for name, key in names.items()})
    return {names[name]: part for name, part in parts.items()}


@dataclass(frozen=True, slots=True)
class Sums:
    """Sums of several pools' postings, read together: a partner is in many pools."""

    sight: Sight
    pools: tuple[str, ...]

    def by(self, *columns: str, where: ColumnElement[bool], sign: int = 1) -> dict[str, dict[Any, Sum]]:
        """By pool, the sum of each group; a group of one column goes by its value."""
        found: dict[str, dict[Any, Sum]] = {pool: {} for pool in self.pools}
        within = postings.c.pool.in_(self.pools), postings.c.standing == "effective"
        for row in self.sight.sums(("pool", *columns), *within, where):
            key = row[1] if len(columns) == 1 else tuple(row[1 : len(columns) + 1])
            found[row.pool][key] = Sum(sign * int(row.pence), frozenset(numbers(row.entries)))
        return found

    def standings(self, year: FinancialYear) -> dict[str, Standing]:
        """What each pool comes to at the end of a year. Sums of pots are by their year; what was paid is by its day."""
        column = postings.c
        within, by_then = column.year <= str(year), column.day <= str(year.last_day)
        paid = or_(and_(column.account == "cash", column.funder == ""), column.account == "paid-out")
        spent = self.by(*Cell._fields, where=and_(column.account == "spent", within))
        paid_out = self.by("scheme", where=and_(paid, by_then), sign=-1)
        instalments = and_(column.account.in_(("cash", "in-transit")), column.funder != "", column.reference != "")
        sums = self.by("funder", "account", "reference", where=and_(instalments, by_then))
        income = self.by("funder", where=and_(column.account == "cash", column.why == "income", within))
        carried = self.by("funder", where=and_(column.account == "carried", within))
        return {
            pool: Standing(
                {Cell(*key): sum_ for key, sum_ in spent[pool].items()},
                paid_out[pool],
                _put_in(sums[pool]),
                income[pool],
                carried[pool],
            )
            for pool in self.pools
        }

    def vat(self, year: FinancialYear) -> dict[str, dict[str, Sum]]:
        """The VAT that nobody gives back, by pool and scheme, in the spending of a year."""
        where = and_(postings.c.account == "irrecoverable-vat", postings.c.year == str(year))
        return self.by("scheme", where=where)


def _put_in(sums: Mapping[tuple[str, str, str], Sum]) -> dict[str, Sum]:
    """What each funder paid in, less what went back: as it says, or as the host says where that is more."""
    found: dict[str, list[Sum]] = {}
    for (funder, account, _), sum_ in sums.items():
        counted = sum_ if account == "cash" else Sum(max(0, sum_.pence), sum_.entries)
        found.setdefault(funder, []).append(counted)
    return {funder: total(parts) for funder, parts in found.items()}


# -- the lines of one pool -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Journals:
    """One pool's journals for one partner, of what it came to at the end of a year and of the year before."""

    pool: PoolAgreed
    partner: str
    year: FinancialYear
    now: Standing
    before: Standing
    vat: dict[str, Sum]

    @property
    def shows_the_whole(self) -> bool:
        """Whether these accounts show all of the pool."""
        return self.partner == self.pool.host and self.pool.control_basis in THE_WHOLE

    @property
    def bodies(self) -> dict[str, str]:
        """Whose each funder's part is: the host carries what nobody committed."""
        return {NOBODY: self.pool.host}

    def lines(self) -> Iterator[Line]:
        """Every line; together they are nothing."""
        if self.partner != self.pool.host:
            yield from self._own()
            yield from self._with_the_pool()
            return
        yield from self._own()
        yield from self._kept()
        for funder in sorted(self._others()):
            yield from self._with(funder)

    # -- spending, income and what is owed for it ---------------------------------------------------

    def _mine(self, funder: str) -> bool:
        return self.shows_the_whole or self.bodies.get(funder, funder) == self.partner

    def _own(self) -> Iterator[Line]:
        """Expenditure, VAT, income, what is owed to suppliers; and, for the host, the bank."""
        spending = [*self._expenditure(), *self._creditors()]
        income = total(sum_ for funder, sum_ in self._income().items() if self._mine(funder))
        yield from spending
        yield Line("income", less(Sum(), income), "charges, recharges and interest of the pool")
        if self.partner == self.pool.host:
            bank = less(total(line.sum for line in spending), income)
            yield Line("bank", less(Sum(), bank), "paid for the pool, less its income")

    def _expenditure(self) -> Iterator[Line]:
        """What was spent in the year, with the VAT in it apart."""
        cells = {cell: sum_ for cell, sum_ in self.now.spent.items() if cell.year == self.year}
        vat: dict[Cell, int] = {}
        for scheme, whole in self.vat.items():
            weights = {cell: sum_.pence for cell, sum_ in sorted(cells.items()) if cell.scheme == scheme}
            vat |= divided(whole.pence, weights, Cell(self.year, scheme, "", "", NOBODY))
        for cell in sorted({*cells, *vat}):
            if self._mine(cell.funder):
                sum_, part = cells.get(cell, Sum()), Sum(vat.get(cell, 0), self.vat.get(cell.scheme, Sum()).entries)
                what = self._of_whom(cell.funder)
                place = cell.scheme, cell.category, cell.accounts_as
                yield Line("expenditure", Sum(sum_.pence - part.pence, sum_.entries), what, *place)
                yield Line("VAT", part, f"not recovered, {what}", *place)

    def _of_whom(self, funder: str) -> str:
        return f"funded by {funder}" if funder else "beyond every commitment"

    def _creditors(self) -> Iterator[Line]:
        """What is spent and not paid for; what was so a year ago is taken back."""
        for standing, sign, what in ((self.before, 1, f"owed{A_YEAR_AGO}"), (self.now, -1, "spent, not paid for")):
            for (scheme, body), sum_ in sorted(standing.owed(self.bodies).items()):
                if self._mine(body):
                    yield Line("creditors", Sum(sign * sum_.pence, sum_.entries), what, scheme)

    def _income(self) -> dict[str, Sum]:
        """The pool's income of the year, by whose it is."""
        names = {*self.now.income, *self.before.income}
        return {name: less(self.now.income.get(name, Sum()), self.before.income.get(name, Sum())) for name in names}

    # -- what a partner and the pool owe each other -------------------------------------------------

    def _others(self) -> set[str]:
        funders = {cell.funder for cell in self.now.spent} | set(self.now.put_in) | set(self.now.income)
        return (funders | set(self.now.carried)) - {NOBODY, self.pool.host}

    def _position(self, funder: str, standing: Standing) -> Sum:
        """What the pool owes a funder besides what is carried forward; below zero, what the funder owes."""
        there = total([standing.put_in.get(funder, Sum()), standing.income.get(funder, Sum())])
        position = less(less(there, standing.of(funder)), standing.carried.get(funder, Sum()))
        if self.shows_the_whole:
            return position
        unpaid = [sum_ for (_, body), sum_ in standing.owed(self.bodies).items() if body == funder]
        return total([position, *unpaid])

    def _balances(self, funder: str, sign: int) -> Iterator[Line]:
        """The two balances with a funder, the year before's taken back; `sign` is 1 in the funder's own books."""
        whose = "the pool" if sign > 0 else funder
        for standing, turn, when in ((self.before, -sign, A_YEAR_AGO), (self.now, sign, "")):
            position = self._position(funder, standing)
            word = "debtors" if position.pence * sign > 0 else "creditors"
            owes = f"{whose} owes" if word == "debtors" else f"owed to {whose}"
            yield Line(word, Sum(turn * position.pence, position.entries), owes + when)
            kept = standing.carried.get(funder, Sum())
            yield Line("carry-forward", Sum(turn * kept.pence, kept.entries), f"of {funder}{when}")

    def _paid_in(self, funder: str) -> Sum:
        return less(self.now.put_in.get(funder, Sum()), self.before.put_in.get(funder, Sum()))

    def _with_the_pool(self) -> Iterator[Line]:
        """In a partner's own books: what it paid in becomes its share of what the pool spent and has."""
        yield Line("contributions", less(Sum(), self._paid_in(self.partner)), "paid into the pool")
        yield from self._balances(self.partner, 1)

    def _with(self, funder: str) -> Iterator[Line]:
        """In the host's books: what another partner paid in, what of it was used, and what is held for it."""
        yield Line("contributions", self._paid_in(funder), f"received from {funder}")
        lines = list(self._balances(funder, -1))
        yield from lines
        used = less(Sum(), total([self._paid_in(funder), *(line.sum for line in lines)]))
        if self.shows_the_whole:
            yield Line("income", used, f"contribution of {funder}, so far as it was used")
        else:
            yield Line("bank", used, f"paid for {funder}, less its income")

    def _kept(self) -> Iterator[Line]:
        """The host's own money that is carried forward: set aside in its own books."""
        host = self.pool.host
        for standing, sign, when in ((self.before, 1, A_YEAR_AGO), (self.now, -1, "")):
            kept = standing.carried.get(host, Sum())
            yield Line("carry-forward", Sum(sign * kept.pence, kept.entries), f"of {host}, set aside{when}")
            yield Line("contributions", Sum(-sign * kept.pence, kept.entries), f"own money set aside{when}")


# -- rows ----------------------------------------------------------------------------------------------


def rows(sight: Sight, partner: str, year: FinancialYear) -> list[Row]:
    """The journals of every pool that a partner is in, in the order in which the pools were agreed."""
    agreed = [event for event, _ in sight.of(PoolAgreed) if partner in event.partners]
    sums = Sums(sight, tuple(event.pool for event in agreed))
    now, before, vat = sums.standings(year), sums.standings(_before(year)), sums.vat(year)
    found: list[Row] = []
    for event in agreed:
        pool = event.pool
        journals = Journals(event, partner, year, now[pool], before[pool], vat[pool])
        found += [_row(journals, line) for line in journals.lines() if line.sum.pence]
    return found


def _before(year: FinancialYear) -> FinancialYear:
    return FinancialYear.of(date.fromordinal(year.first_day.toordinal() - 1))


def _row(journals: Journals, line: Line) -> Row:
    pence = line.sum.pence
    return {
        "date": journals.year.last_day,
        "account": line.account,
        "debit": Pence(pence) if pence > 0 else None,
        "credit": Pence(-pence) if pence < 0 else None,
        "pool": journals.pool.pool,
        "control_basis": journals.pool.control_basis,
        "shown": "the whole" if journals.shows_the_whole else "its share",
        "scheme": line.scheme or None,
        "category": line.category or None,
        "accounts_as": line.accounts_as or None,
        "what": line.what,
        "entries": tuple(sorted(line.sum.entries)),
    }
