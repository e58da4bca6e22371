"""Postings: one line of a finance system's listing, with its amounts and dates as such systems print them.

Law: pounds and pence are exact. A third decimal, a date that does not exist and a period that could be two months are
faults of the line; nothing is rounded, and no month is guessed.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final, TypeVar

from commands.importing.columns import plain
from ledger import jcs
from ledger.values import Balance, FinancialYear

T = TypeVar("T")

_PRINTED: Final = re.compile(r"([0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,13})(?:\.([0-9]{2}))?")
_NUMBER: Final = re.compile(r"(-?)([0-9]{1,13})(?:\.([0-9]{1,2}))?")
_ISO: Final = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})(?:[T ]00:00(?::00)?)?")
_SLASHED: Final = re.compile(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})(?: 00:00(?::00)?)?")
_CALENDAR: Final = re.compile(r"([0-9]{4})-([0-9]{2})|([0-9]{1,2})/([0-9]{4})")
_NAMED: Final = re.compile(r"([A-Za-z]{3,9})[ -]([0-9]{4}|[0-9]{2})")
_PERIOD: Final = re.compile(r"(?:([0-9]{4})[-/]([0-9]{2})[ /-]+)?(?:P|Period )?([0-9]{1,2})", re.I)
_MONTHS: Final = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
LAST_PERIOD: Final = 16
"""Finance systems have up to four periods after the twelfth, for what belongs to the year and came after it."""


@dataclass(frozen=True, slots=True)
class Posting:
    """One line as it was read: the first day of its month, where it was posted, and how much."""

    month: date
    cost_centre: str
    account: str
    amount: Balance
    vat: Balance | None
    reference: str
    day: date | None

    def canonical(self) -> bytes:
        """The line's bytes, of which listings are digested: a JSON array of texts (RFC 8785), and a line feed.

        In it: the month, the cost centre, the account, the amount, the VAT, the reference and the date. What the
        line does not have is an empty text.
        """
        vat, day = "" if self.vat is None else str(self.vat), str(self.day or "")
        posted = [self.cost_centre, self.account, str(self.amount), vat, self.reference, day]
        return jcs.canonical([f"{self.month:%Y-%m}", *posted]) + b"\n"


@dataclass(slots=True)
class Reader:
    """Reads the cells of one line; what is wrong with them is in `faults`."""

    cells: dict[str, Any]
    year: FinancialYear | None = None
    """The financial year of periods that name none."""
    faults: list[str] = field(default_factory=list)

    def _read(self, column: str, read: Callable[[Any], T]) -> T | None:
        """A cell; None where it is blank or wrong."""
        cell = self.cells.get(column)
        if cell is None or (isinstance(cell, str) and not cell.strip()):
            return None
        try:
            return read(cell)
        except ValueError as error:
            self.faults.append(f"{column.replace('_', ' ')}: {plain(cell)[:40]!r} {error}")
            return None

    def _required(self, column: str, read: Callable[[Any], T]) -> T | None:
        before = len(self.faults)
        found = self._read(column, read)
        if found is None and len(self.faults) == before:
            self.faults.append(f"{column.replace('_', ' ')}: missing")
        return found

    def where(self) -> tuple[str | None, str | None]:
        """The cost centre and the account."""
        return self._required("cost_centre", plain), self._required("account", plain)

    def posting(self, cost_centre: str | None, account: str | None) -> tuple[Posting | None, date | None]:
        """The line, or None where something is wrong; and the month of its date, where its period says another."""
        amount, vat = self._required("amount", amount_of), self._read("vat", amount_of)
        day, period = self._read("date", day_of), self._read("period", lambda cell: month_of(cell, self.year))
        reference = self._read("reference", plain) or ""
        by_day = day and day.replace(day=1)
        month = period or by_day
        if month is None and not any(fault.startswith(("date:", "period:")) for fault in self.faults):
            self.faults.append("date: missing, and there is no period")
        if self.faults or cost_centre is None or account is None or amount is None or month is None:
            return None, None
        odd = by_day if by_day != month else None
        return Posting(month, cost_centre, account, amount, vat, reference, day), odd


# -- cells ------------------------------------------------------------------------------------------


def amount_of(cell: Any) -> Balance:
    """An amount: ``1,234.50``, ``(1,234.50)``, ``1,234.50-``, ``1,234.50 CR``, or a number. Raises ValueError."""
    text = plain(cell)
    if isinstance(cell, int | float):
        found = _NUMBER.fullmatch(text)
        if not found:
            raise ValueError("has more than two decimals" if "." in text else "is not an amount")
        return _signed(found[2], (found[3] or "").ljust(2, "0"), minus=bool(found[1]))
    bare, signs = text, 0
    if bare.startswith("(") and bare.endswith(")"):
        bare, signs = bare[1:-1].strip(), 1
    if bare[-2:].upper() in ("CR", "DR"):
        bare, signs = bare[:-2].rstrip(), signs + (bare[-2:].upper() == "CR")
    if bare.endswith("-"):
        bare, signs = bare[:-1].rstrip(), signs + 1
    for sign in ("-", "£", "-"):
        if bare.startswith(sign):
            bare, signs = bare[1:].lstrip(), signs + (sign == "-")
    found = _PRINTED.fullmatch(bare)
    if not found or signs > 1:
        raise ValueError("is not an amount: pounds, or pounds and two digits, are wanted, as in 1,234.50 or (1,234.50)")
    return _signed(found[1].replace(",", ""), found[2] or "00", minus=signs == 1)


def _signed(pounds: str, pence: str, *, minus: bool) -> Balance:
    whole = int(pounds + pence)
    return Balance(-whole if minus else whole)


def day_of(cell: Any) -> date:
    """A date: of a sheet, or a text such as 2026-05-31 or 31/05/2026. Raises ValueError."""
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    text = plain(cell)
    try:
        if found := _ISO.fullmatch(text):
            return date(int(found[1]), int(found[2]), int(found[3]))
        if found := _SLASHED.fullmatch(text):
            return date(int(found[3]), int(found[2]), int(found[1]))
    except ValueError:
        raise ValueError("is a date that does not exist: the day comes first, as in 31/05/2026") from None
    raise ValueError("is not a date: write it as 2026-05-31 or 31/05/2026")


def month_of(cell: Any, year: FinancialYear | None) -> date:
    """The first day of the month that a period is: ``2026-05``, ``05/2026``, ``May 2026``, ``2026-27 P02``, ``P02``.

    Period 1 is April; those after the twelfth are March. Raises ValueError.
    """
    if isinstance(cell, date):
        return day_of(cell).replace(day=1)
    text = plain(cell)
    try:
        if found := _CALENDAR.fullmatch(text):
            return date(int(found[1] or found[4]), int(found[2] or found[3]), 1)
        if found := _NAMED.fullmatch(text):
            return date(int(found[2]) + (2000 if len(found[2]) == 2 else 0), _month(found[1]), 1)
    except ValueError:
        raise ValueError("is a month that does not exist") from None
    if found := _PERIOD.fullmatch(text):
        return _of_year(int(found[3]), FinancialYear.parse(f"{found[1]}-{found[2]}") if found[1] else year)
    raise ValueError("is not a period: write it as 2026-05, May 2026 or 2026-27 P02")


def _month(name: str) -> int:
    matches = [number for number, full in enumerate(_MONTHS, 1) if full.startswith(name.lower())]
    if not matches:
        raise ValueError
    return matches[0]


def _of_year(period: int, year: FinancialYear | None) -> date:
    if year is None:
        raise ValueError("is a period of no year: --year says of which, such as --year 2026-27")
    if not 1 <= period <= LAST_PERIOD:
        raise ValueError(f"is not a period: they go from 1, April, to {LAST_PERIOD}")
    number = min(period, 12)
    return date(int(year[:4]) + (number > 9), number + 3 if number <= 9 else number - 9, 1)
