"""The annual return of a pooled fund's income and expenditure (SI 2000/617, regulation 7(5)), and its balances.

Law: it balances. What was brought forward, contributed, taken on and earned, less what was spent, is the closing
balance; and that is carried forward, to be returned, or not decided yet, less what nobody has taken on. The same is
what partners owe and are owed, what suppliers are owed, and cash. A year's money is that of its pots, whenever it was
recorded; cash counts as it stood on 31 March. What is to be returned lowers what its partner owes: money that was
never paid over does not go back.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from sqlalchemy import ColumnElement

from ledger.events.spending import IncomeRecorded
from ledger.values import FinancialYear, Pence
from projections.rows import Row
from projections.sight.pool import COMMITTED, Pooled, place_of
from projections.sight.reading import numbers
from projections.sight.sums import Sum, resting
from projections.sight.tables import postings

BROUGHT, CONTRIBUTED, EARNED, TAKEN_ON = (
    "opening balance, brought forward",
    "contribution",
    "other income",
    "overspend taken on",
)
INCOME = (BROUGHT, CONTRIBUTED, EARNED, TAKEN_ON)
SPENT = "expenditure"
CARRIED, TO_RETURN, OPEN, UNCOVERED = "carried forward", "to be returned", "not decided yet", "beyond every commitment"
FATES = (CARRIED, TO_RETURN, OPEN, UNCOVERED)
COLUMNS = ("line", "of", "category", "revenue", "capital", "total", "entries")
BALANCE_COLUMNS = ("line", "of", "amount", "entries")
Key = tuple[str, str, str]
"""The line of the return, whose or what it is of, and the control total."""


@dataclass(slots=True)
class Line:
    """A line of the return, revenue and capital apart."""

    revenue: Sum
    capital: Sum

    @property
    def total(self) -> int:
        """Both together, in pence."""
        return self.revenue.pence + self.capital.pence


@dataclass(frozen=True)
class Return:
    """The annual return of one pool for one year."""

    pooled: Pooled
    """The pool in that year."""

    @property
    def year(self) -> FinancialYear:
        """The year that it is of."""
        return FinancialYear(self.pooled.year or "")

    @cached_property
    def lines(self) -> dict[Key, Line]:
        """Every line, in order."""
        found: dict[Key, Line] = {}
        by = ("funder", "category", "accounts_as", "why", "of_year")
        for row in self.pooled.sums(by, "available"):
            line, sign = _line(row.why, row.of_year)
            if line:
                self._add(found, (line, row.funder, row.category), row.accounts_as, sign * int(row.pence), row.entries)
            self._add(found, (OPEN, row.funder, row.category), row.accounts_as, int(row.pence), row.entries)
        for row in self.pooled.sums(("scheme", "contract", "category", "accounts_as"), "spent"):
            key = SPENT, place_of(row), row.category
            self._add(found, key, row.accounts_as, int(row.pence), row.entries)
        for row in self.pooled.sums(("scheme", "contract", "category", "accounts_as"), "unfunded"):
            self._add(found, (UNCOVERED, "", row.category), row.accounts_as, int(row.pence), row.entries)
        return {key: line for key, line in found.items() if line.revenue.pence or line.capital.pence}

    @staticmethod
    def _add(found: dict[Key, Line], key: Key, accounts_as: str, pence: int, entries: str) -> None:
        line = found.setdefault(key, Line(Sum(), Sum()))
        (line.capital if accounts_as == "capital" else line.revenue).add(pence, numbers(entries))

    def rows(self, names: Iterable[str]) -> list[Row]:
        """The lines of some names, in that order."""
        return [
            {
                "line": key[0],
                "of": key[1] or None,
                "category": key[2],
                "revenue": line.revenue.amount,
                "capital": line.capital.amount,
                "total": Pence(line.total),
                "entries": resting(line.revenue, line.capital),
            }
            for name in names
            for key, line in self.lines.items()
            if key[0] == name
        ]

    def total(self, *names: str) -> int:
        """What the lines of some names come to, in pence."""
        return sum(line.total for key, line in self.lines.items() if key[0] in names)

    @property
    def closing(self) -> int:
        """The closing balance: income less expenditure, in pence."""
        return self.total(*INCOME) - self.total(SPENT)

    # -- balances -------------------------------------------------------------------------------------

    @cached_property
    def whole(self) -> Pooled:
        """The pool in every year, of which those until this one are looked at."""
        return replace(self.pooled, year=None)

    @property
    def _years(self) -> ColumnElement[bool]:
        return postings.c.year <= str(self.year)

    @property
    def _by_then(self) -> ColumnElement[bool]:
        return postings.c.day <= str(self.year.last_day)

    @cached_property
    def positions(self) -> dict[str, Sum]:
        """What each partner owes the pool at 31 March for this year and those before; below zero, is owed by it."""
        found = {partner: Sum() for partner in self.whole.partners}
        owed = postings.c.why.in_((*COMMITTED, "borne", "to-return"))
        for row in self.whole.sums(("funder",), "available", self._years, owed):
            found.setdefault(row.funder, Sum()).add(int(row.pence), numbers(row.entries))
        for row in self._contributed(self._years):
            found.setdefault(row.funder, Sum()).add(-int(row.pence), numbers(row.entries))
        return found

    def _contributed(self, *where: ColumnElement[bool]) -> list[Any]:
        """Cash of contributions that was in by 31 March, less what had gone back."""
        mine = (postings.c.funder != "", postings.c.commitment != "", self._by_then)
        return self.whole.sums(("funder",), "cash", *mine, *where)

    @cached_property
    def balances(self) -> list[tuple[str, str, Sum]]:
        """What the pool has and owes at 31 March, line by line: what it owes is below zero."""
        host = self.pooled.agreed.host
        found: list[tuple[str, str, Sum]] = []
        for partner, one in self.positions.items():
            side = "owed by a partner" if one.pence > 0 else "owed to a partner"
            found.append(("the host's own money, in its accounts" if partner == host else side, partner, one))
        cash = Sum()
        for row in self._contributed():
            cash.add(int(row.pence), numbers(row.entries))
        for row in self._contributed(postings.c.year > str(self.year)):
            found.append(("received in advance", row.funder, Sum(-int(row.pence), set(numbers(row.entries)))))
        found += self._suppliers(cash)
        found.append(("cash, received less paid", host, cash))
        return [one for one in found if one[2].pence]

    def _suppliers(self, cash: Sum) -> list[tuple[str, str, Sum]]:
        """What is owed for spending, by scheme or contract; what was paid for it is taken off the cash."""
        for row in self.whole.sums(("account",), "cash", postings.c.commitment == "", self._years):
            cash.add(int(row.pence), numbers(row.entries))
        for row in self.whole.sums(("account",), "paid-out", self._years, self._by_then):
            cash.add(int(row.pence), numbers(row.entries))
        owed: dict[tuple[str, str], Sum] = {}
        for account, late in (
            ("creditors", ()),
            ("owed", ()),
            ("paid-out", (postings.c.day > str(self.year.last_day),)),
        ):
            for row in self.whole.sums(("scheme", "contract"), account, self._years, *late):
                key = "owed for spending", place_of(row)
                owed.setdefault(key, Sum()).add(int(row.pence), numbers(row.entries))
        return [*((*key, one) for key, one in owed.items()), *self._credits()]

    def _credits(self) -> Iterable[tuple[str, str, Sum]]:
        """What came back after 31 March for spending of the year: a credit note gives back what its invoice drew."""
        entries: Counter[tuple[str, int]] = Counter()
        for account, sign in (("spent", -1), ("outgoings", 1)):
            for row in self.whole.sums(("entry", "scheme", "contract"), account, self._years):
                entries[place_of(row), int(row.entry)] += sign * int(row.pence)
        found: dict[str, Sum] = {}
        for (place, entry), pence in entries.items():
            found.setdefault(place, Sum()).add(pence, (entry,))
        return [("to come back for spending", place, one) for place, one in found.items()]

    @property
    def kept(self) -> int:
        """What the balances come to: what is carried or not decided of every year so far, less what is uncovered."""
        whole = sum(int(row.pence) for row in self.whole.sums(("pool",), "available", self._years))
        uncovered = sum(int(row.pence) for row in self.whole.sums(("pool",), "unfunded", self._years))
        return whole + uncovered + self.total(CARRIED)

    def balance_rows(self) -> list[Row]:
        """The balances as rows; what no line explains would be one too."""
        rows = [
            {"line": line, "of": of, "amount": one.amount, "entries": resting(one)} for line, of, one in self.balances
        ]
        left = self.kept - sum(one.pence for _, _, one in self.balances)
        return [*rows, {"line": "NOT EXPLAINED", "amount": Pence(left), "entries": ()}] if left else rows

    # -- sentences ------------------------------------------------------------------------------------

    def said(self) -> tuple[str, ...]:
        """What the return says before its lines."""
        agreed, income, spent = self.pooled.agreed, Pence(self.total(*INCOME)), Pence(self.total(SPENT))
        law = "SI 2000/617, regulation 7(5)" if agreed.legal_power == "nhs-act-2006-s75" else agreed.legal_power
        return (
            f"The annual return of {agreed.name} for {self.year}, by its host {agreed.host} ({law}).",
            f"{income.spoken} came, {spent.spoken} was spent: the closing balance is {Pence(self.closing).spoken}.",
            *self._sorts(),
        )

    def _sorts(self) -> Iterable[str]:
        sorts: dict[str, int] = {}
        for event, _ in self.pooled.sight.of(IncomeRecorded):
            if event.pool == self.pooled.pool and FinancialYear.of(event.occurred_on) == self.year:
                sorts[event.sort] = sorts.get(event.sort, 0) + int(event.amount)
        if sorts:
            yield f"Other income: {', '.join(f'{name} {Pence(pence).spoken}' for name, pence in sorts.items())}."

    def beside(self) -> tuple[str, ...]:
        """What the balances have to do with the year's closing balance."""
        before = self.kept - (self.closing - self.total(TO_RETURN))
        said = [f"Carried forward or not decided, less what nobody has taken on: {Pence(self.kept - before).spoken}."]
        if before:
            said.append(f"Of the years before, not decided or not taken on: {Pence(before).spoken}.")
        return tuple(said)


def _line(why: str, of_year: str) -> tuple[str, int]:
    """In which line a change of what is available stands; none for what is spent, which has lines of its own."""
    if why in COMMITTED:
        return CONTRIBUTED, 1
    if why == "carried":
        return (BROUGHT, 1) if of_year else (CARRIED, -1)
    return {"borne": (TAKEN_ON, 1), "income": (EARNED, 1), "to-return": (TO_RETURN, -1)}.get(why, ("", 0))
