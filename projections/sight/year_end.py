"""The year-end pack of a partner: what its own accounts take from each pool and contract at 31 March.

Law: every figure is one of the pool's annual return, seen from the partner; so the packs of all partners add up to the
return. What two partners agreed about their position stands beside what this ledger comes to, and a difference is
shown, not mended. The pool's VAT that nobody gives back is borne as its spending is: by whoever each line drew on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from ledger.events.contributions import ContributionInKind, PositionAgreed
from ledger.events.pools import PoolAgreed
from ledger.values import FinancialYear, Pence
from projections.rows import Row
from projections.sight import annual
from projections.sight.annual import Line, Return
from projections.sight.pool import CONTROL, Pooled
from projections.sight.reading import Sight, numbers
from projections.sight.sums import Sum, in_proportion, resting
from projections.sight.tables import postings

SHARES = "Share of each pool"
SHARE_COLUMNS = ("pool", "line", "category", "revenue", "capital", "total", "entries")
POSITION_COLUMNS = ("pool", "with", "what", "ledger", "agreed", "difference", "left_between_them", "entries")
VAT_COLUMNS = ("pool", "irrecoverable_vat", "own_part", "entries")
CONTRACT_COLUMNS = ("contract", "bought", "paid", "owed", "entries")
KIND_COLUMNS = ("pool", "commitment", "what", "value", "method", "entries")


@dataclass(frozen=True)
class Pack:
    """What one partner takes into its accounts for one year."""

    sight: Sight
    partner: str
    year: FinancialYear

    @cached_property
    def returns(self) -> dict[str, Return]:
        """The annual return of each pool that it is a partner of, or has money in."""
        pooled = [Pooled(self.sight, event.pool, str(self.year)) for event, _ in self.sight.of(PoolAgreed)]
        return {one.pool: Return(one) for one in pooled if self.partner in {*one.agreed.partners, *one.partners}}

    # -- its share of each pool -----------------------------------------------------------------------

    def shares(self, pool: str) -> dict[tuple[str, str], Line]:
        """Its own part of every line of the pool's return: what came, what was spent of it, and what is left."""
        found = {
            (line, category): one
            for (line, of, category), one in self.returns[pool].lines.items()
            if of == self.partner and line != annual.SPENT
        }
        mine = postings.c.funder == self.partner
        for row in self.returns[pool].pooled.sums(("category", "accounts_as"), "spent", mine):
            one = found.setdefault((annual.SPENT, row.category), Line(Sum(), Sum()))
            side = one.capital if row.accounts_as == "capital" else one.revenue
            side.add(int(row.pence), numbers(row.entries))
        order = (*annual.INCOME, annual.SPENT, *annual.FATES)
        return dict(sorted(found.items(), key=lambda one: order.index(one[0][0])))

    def share_rows(self) -> list[Row]:
        """Its part of each pool's income and expenditure, and what becomes of the rest."""
        return [
            {
                "pool": pool,
                "line": line,
                "category": category,
                "revenue": one.revenue.amount,
                "capital": one.capital.amount,
                "total": Pence(one.total),
                "entries": resting(one.revenue, one.capital),
            }
            for pool in self.returns
            for (line, category), one in self.shares(pool).items()
            if one.revenue.pence or one.capital.pence
        ]

    def said(self) -> Iterator[str]:
        """How each pool is to be shown, and that its lines add up."""
        for pool, one in self.returns.items():
            lines = self.shares(pool)
            came = sum(line.total for (name, _), line in lines.items() if name in annual.INCOME)
            spent = sum(line.total for (name, _), line in lines.items() if name == annual.SPENT)
            left = sum(line.total for (name, _), line in lines.items() if name in annual.FATES)
            yield f"{pool}: {CONTROL[one.pooled.agreed.control_basis]}; its host is {one.pooled.agreed.host}."
            added = "which is" if came - spent == left else f"which is NOT {Pence(came - spent).spoken} less"
            yield f"{pool}: {Pence(came).spoken} less {Pence(spent).spoken}, {added} the {Pence(left).spoken} left."

    # -- debtors and creditors ------------------------------------------------------------------------

    def position_rows(self) -> list[Row]:
        """What it and each other partner owe each other, and had from each other: here, and as they agreed."""
        rows: list[Row] = []
        for pool, one in self.returns.items():
            host = one.pooled.agreed.host
            others = [other for other in one.positions if other != host] if self.partner == host else [host]
            for other in others:
                rows += self._position(pool, one, other)
        return rows

    def _position(self, pool: str, one: Return, other: str) -> Iterator[Row]:
        """Four figures of one pair: what is owed either way at 31 March, and what went from one to the other."""
        hosting = self.partner == one.pooled.agreed.host
        funder = other if hosting else self.partner
        owes = one.positions.get(funder, Sum())
        due, back = max(0, owes.pence), max(0, -owes.pence)
        given = Sum()
        for (name, of, _), line in one.lines.items():
            if of == funder and name in GIVEN:
                given.add(line.total, resting(line.revenue, line.capital))
        ledger = {
            "debtor": Sum(due if hosting else back, owes.entries),
            "creditor": Sum(back if hosting else due, owes.entries),
            "income": given if hosting else Sum(),
            "expenditure": Sum() if hosting else given,
        }
        agreed, left, entries = self._agreed(pool, other)
        for what, here in ledger.items():
            stated = agreed.get(what)
            yield {
                "pool": pool,
                "with": other,
                "what": what,
                "ledger": here.amount,
                "agreed": stated,
                "difference": None if stated is None else Pence(stated - here.pence),
                "left_between_them": left,
                "entries": resting(here, Sum(0, set(entries))),
            }

    def _agreed(self, pool: str, other: str) -> tuple[dict[str, Pence], Pence | None, tuple[int, ...]]:
        """What the two agreed, as the partner sees it: its own statement first, else the other's, mirrored."""
        found: tuple[dict[str, Pence], Pence | None, tuple[int, ...]] = ({}, None, ())
        for event, fact in self.sight.of(PositionAgreed):
            if (event.pool, event.year) != (pool, self.year):
                continue
            if (event.organisation, event.other) == (self.partner, other):
                mine = (event.debtor, event.creditor, event.income, event.expenditure)
                return dict(zip(WHAT, mine, strict=True)), event.difference, fact.entries
            if (event.organisation, event.other) == (other, self.partner):
                theirs = (event.creditor, event.debtor, event.expenditure, event.income)
                found = dict(zip(WHAT, theirs, strict=True)), event.difference, fact.entries
        return found

    # -- VAT ------------------------------------------------------------------------------------------

    def vat_rows(self) -> list[Row]:
        """The VAT of each pool's spending that nobody gives back, and its own part."""
        found = {pool: vat(one.pooled) for pool, one in self.returns.items()}
        return [
            {
                "pool": pool,
                "irrecoverable_vat": whole.amount,
                "own_part": Pence(parts.get(self.partner, 0)),
                "entries": resting(whole),
            }
            for pool, (whole, parts) in found.items()
            if whole.pence
        ]

    # -- contracts, and what is not money ---------------------------------------------------------------

    def contract_rows(self) -> list[Row]:
        """What it bought under contracts with its own money in the year, paid by 31 March, and owes then."""
        sums: dict[str, dict[str, Sum]] = {}
        own = (postings.c.funder == self.partner, postings.c.pool == "", postings.c.contract != "")
        until = postings.c.day <= str(self.year.last_day)
        asked = (
            ("bought", "bought", (postings.c.year == str(self.year),), 1),
            ("paid", "paid-out", (postings.c.year == str(self.year), until), -1),
            ("owed", "owed", (postings.c.year <= str(self.year), until), -1),
        )
        for name, account, where, sign in asked:
            wanted = (*own, postings.c.standing == "effective", postings.c.account == account, *where)
            for row in self.sight.sums(("contract",), *wanted):
                one = sums.setdefault(row.contract, {}).setdefault(name, Sum())
                one.add(sign * int(row.pence), numbers(row.entries))
        return [
            {
                "contract": contract,
                **{name: of.get(name, Sum()).amount for name, *_ in asked},
                "entries": resting(*of.values()),
            }
            for contract, of in sums.items()
            if any(one.pence for one in of.values())
        ]

    def kind_rows(self) -> list[Row]:
        """What it gave otherwise than in money, valued by the method stated, and never added to it."""
        theirs = {name: one for pool in self.returns.values() for name, one in pool.pooled.commitments.items()}
        mine = {name: one for name, one in theirs.items() if one.funder == self.partner}
        return [
            {
                "pool": mine[event.commitment].pool,
                "commitment": event.commitment,
                "what": event.what,
                "value": event.value,
                "method": event.method,
                "entries": fact.entries,
            }
            for event, fact in self.sight.of(ContributionInKind)
            if event.commitment in mine and event.year == self.year
        ]


WHAT = ("debtor", "creditor", "income", "expenditure")
GIVEN = (annual.CONTRIBUTED, annual.TAKEN_ON)
"""What goes from a partner to the host in a year: what it contributed, and its part of an overspend."""


def vat(pooled: Pooled) -> tuple[Sum, dict[str, int]]:
    """The VAT in a pool's spending of its year that nobody gives back; and each funder's part, in pence.

    Each line of spending bears its own VAT, in proportion to what it drew of whom; a journal bears its own as one.
    """
    whole, parts = Sum(), dict[str, int]()
    drawn = _drawn(pooled)
    for row in pooled.sums(("scheme", "reference"), "irrecoverable-vat"):
        whole.add(int(row.pence), numbers(row.entries))
        weights = drawn.get(row.reference) or drawn.get(f" {row.scheme}") or {}
        positive = {funder: pence for funder, pence in weights.items() if pence > 0}
        for funder, part in in_proportion(int(row.pence), positive or {"": 1}).items():
            parts[funder] = parts.get(funder, 0) + part
    return whole, parts


def _drawn(pooled: Pooled) -> dict[str, dict[str, int]]:
    """What each funder bears of each line of spending; of each journal; and of each scheme, its name after a space."""
    found: dict[str, dict[str, int]] = {}
    for row in pooled.sums(("reference", "scheme", "funder"), "spent"):
        for name in {row.reference, row.reference.split(" ")[0], f" {row.scheme}"}:
            of = found.setdefault(name, {})
            of[row.funder] = of.get(row.funder, 0) + int(row.pence)
    return found


def headings(pack: Pack) -> Iterable[tuple[str, list[Row], tuple[str, ...]]]:
    """The sections of the pack, with their rows and columns."""
    yield SHARES, pack.share_rows(), SHARE_COLUMNS
    yield "Debtors and creditors at 31 March", pack.position_rows(), POSITION_COLUMNS
    yield "VAT that is not recovered", pack.vat_rows(), VAT_COLUMNS
    yield "Contracts", pack.contract_rows(), CONTRACT_COLUMNS
    yield "In kind", pack.kind_rows(), KIND_COLUMNS
