"""Journals: the lines of a listing gathered by scheme and month, and what each of them adds up to.

Law: every line of the file is in exactly one place: in a journal, among those that are none of the pool's, in a month
that is not over, or among the faults. Only counts, totals and digests leave here for the ledger.
"""

from __future__ import annotations

import hashlib
from calendar import monthrange
from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from commands.importing.findings import NOT_TAKEN, Findings
from commands.importing.finishing import WRONG
from commands.importing.kept import Drafts
from commands.importing.mapping import Mapping
from commands.importing.postings import Posting, Reader
from ledger.events.spending import JournalLine, MapRow
from ledger.values import Balance, Digest, FinancialYear

OTHER_MONTH: Final = "a date of another month than the period, which counts"
VAT_HERE: Final = "VAT on a line whose row says that none is charged, not counted"
TWICE: Final = "a line that is there twice, both kept"
NOT_THE_POOLS: Final = f"{NOT_TAKEN}: lines that the map gives to no scheme"
NOT_OVER: Final = f"{NOT_TAKEN}: lines of a month that is not over"
UNMAPPED: Final = "unmapped"


@dataclass(slots=True)
class Sum:
    """What some lines add up to, in pence."""

    count: int = 0
    total: int = 0
    vat: int = 0
    first: str = ""

    def add(self, row: str, total: int, vat: int = 0) -> None:
        """One more line."""
        self.first = self.first or row
        self.count += 1
        self.total += total
        self.vat += vat

    @property
    def told(self) -> str:
        return f"{self.count:,} {'line' if self.count == 1 else 'lines'}, {Balance(self.total).spoken}"


@dataclass(slots=True)
class Journal:
    """One scheme in one month: its lines by row of the map, and the digest of what was read."""

    number: int
    scheme: str
    starts: date
    rows: dict[str, tuple[MapRow, Sum]] = field(default_factory=dict)
    whole: Sum = field(default_factory=Sum)
    hash: Any = field(default_factory=hashlib.sha256)

    @property
    def ends(self) -> date:
        return last_day(self.starts)

    @property
    def name(self) -> str:
        """As people call it: ``reablement in 2026-05``."""
        return f"{self.scheme} in {self.starts:%Y-%m}"

    @property
    def listing(self) -> Digest:
        return Digest(self.hash.digest())

    def lines(self, mapping: Mapping) -> tuple[JournalLine, ...]:
        """By row of the map, in its order."""
        return tuple(_line(*self.rows[row.row]) for row in mapping.rows if row.row in self.rows)


def last_day(starts: date) -> date:
    """The last day of a month."""
    return starts.replace(day=monthrange(starts.year, starts.month)[1])


def _line(row: MapRow, added: Sum) -> JournalLine:
    return JournalLine(
        row=row.row,
        category=row.category,
        accounts_as=row.accounts_as,
        activity=row.activity,
        count=added.count,
        total=Balance(added.total),
        irrecoverable_vat=Balance(added.vat),
    )


@dataclass(slots=True)
class Gathering:
    """One listing on its way into journals."""

    mapping: Mapping
    file: str
    findings: Findings
    drafts: Drafts
    latest: date
    """The last day on which something that is signed now can have occurred."""
    year: FinancialYear | None = None
    journals: dict[tuple[str, date], Journal] = field(default_factory=dict)
    wrong: int = 0
    _unmapped: dict[tuple[str, str], Sum] = field(default_factory=dict)
    _elsewhere: dict[str, Sum] = field(default_factory=dict)
    _early: dict[date, Sum] = field(default_factory=dict)
    _seen: set[int] = field(default_factory=set)

    def take(self, row: str, cells: dict[str, Any] | str) -> None:
        """One more row of the file: its cells, or what is wrong with them as a whole."""
        if isinstance(cells, str):
            self._fault(row, [cells])
            return
        reader = Reader(cells, self.year)
        cost_centre, account = reader.where()
        posting, by_date = reader.posting(cost_centre, account)
        mapped = self.mapping.row(cost_centre, account) if cost_centre and account else None
        if cost_centre and account and mapped is None:
            there = self._unmapped.setdefault((cost_centre, account), Sum())
            there.add(row, posting.amount if posting else 0)
        if posting is None or mapped is None:
            self._fault(row, reader.faults)
            return
        self._place(row, posting, mapped, by_date)

    def _fault(self, row: str, faults: list[str]) -> None:
        self.wrong += 1
        for fault in faults:
            self.findings.wrong(self.file, row, WRONG, fault)

    def _place(self, row: str, posting: Posting, mapped: MapRow, by_date: date | None) -> None:
        cost, _ = cost_of(mapped, posting)
        if mapped.scheme is None:
            self._elsewhere.setdefault(mapped.row, Sum()).add(row, cost)
            return
        if last_day(posting.month) > self.latest:
            self._early.setdefault(posting.month, Sum()).add(row, cost)
            return
        if by_date:
            self.findings.add(self.file, row, OTHER_MONTH, f"{posting.day} in {posting.month:%Y-%m}")
        if posting.vat and mapped.vat == "none-charged":
            self.findings.add(self.file, row, VAT_HERE, f"{posting.vat.spoken} under {mapped.row}")
        self._add(row, posting, mapped, mapped.scheme)

    def _add(self, row: str, posting: Posting, mapped: MapRow, scheme: str) -> None:
        line = posting.canonical()
        if hash(line) in self._seen:
            self.findings.add(self.file, row, TWICE, f"{posting.amount.spoken} under {mapped.row}")
        self._seen.add(hash(line))
        month = scheme, posting.month
        journal = self.journals.get(month)
        if journal is None:
            journal = self.journals[month] = Journal(len(self.journals), *month)
        cost, vat = cost_of(mapped, posting)
        journal.rows.setdefault(mapped.row, (mapped, Sum()))[1].add(row, cost, vat)
        journal.whole.add(row, cost, vat)
        journal.hash.update(line)
        self.drafts.add(journal.number, line)

    def by_month(self) -> list[Journal]:
        """The journals, month by month."""
        return sorted(self.journals.values(), key=lambda one: (one.starts, one.scheme))

    def end(self) -> None:
        """The file is read: what was met in many lines is told once."""
        for (cost_centre, account), there in self._unmapped.items():
            why = f"no row of {self.mapping.reference} fits cost centre {cost_centre!r}, account {account!r}"
            self.findings.wrong(self.file, there.first, UNMAPPED, f"{why}: {there.told}")
        for row, there in self._elsewhere.items():
            self.findings.add(self.file, there.first, NOT_THE_POOLS, f"{there.told} under {row}")
        for month, there in self._early.items():
            self.findings.add(self.file, there.first, NOT_OVER, f"{there.told} in {month:%Y-%m}")

    def counts(self) -> Counter[str]:
        """How many lines are where; together they are the file's."""
        return Counter(
            {
                "in journals": sum(one.whole.count for one in self.journals.values()),
                "none of the pool's": sum(one.count for one in self._elsewhere.values()),
                "of a month that is not over": sum(one.count for one in self._early.values()),
                "wrong": self.wrong,
            }
        )


def cost_of(row: MapRow, posting: Posting) -> tuple[int, int]:
    """What a line costs, and the part of it that is VAT which is not recovered, in pence."""
    vat = int(posting.vat or 0) if row.vat == "not-recovered" else 0
    return posting.amount + vat, vat
