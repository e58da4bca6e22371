"""Cells: amounts, figures, dates and texts of an export, taken as they stand, or reported.

Law: nothing is taken that is not there. A blank is missing; what cannot be read is left out and reported; what had to
be rounded or cut is reported with what stood there.
"""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from commands.importing.findings import Findings
from commands.importing.group import Wanted
from commands.importing.tables import Line
from ledger.rules.wording import looks_personal
from ledger.values import PLAIN_TEXT, REFERENCE, Pence

ROUNDED: Final = "an amount with more than two decimals, taken to the nearest penny"
NO_FIGURE: Final = "a figure that is no figure, left out"
NO_DATE: Final = "a date that is no date, left out"
CUT: Final = "a text that is longer than 200 characters, cut"
PERSONAL: Final = "a text that looks like a person's details, left out"
INVISIBLE: Final = "invisible characters, taken out of a text"
NO_NAME: Final = "a name that the ledger cannot use, left out"
PADDED: Final = "a currency with a space around it, read without"
LATER: Final = "a period that had not ended, dated by the publication"

LONGEST: Final = 200
_AMOUNT = re.compile(r"([0-9]{1,12})(?:\.([0-9]+))?")
_FIGURE = re.compile(r"(-?)0*([0-9]{1,15})(?:\.([0-9]+?)0*)?")
_DAY = re.compile(r"([0-9]{4})-([0-9]{2})(?:-([0-9]{2}))?")
_SHOWN = re.compile(PLAIN_TEXT)
_REFERENCE = re.compile(REFERENCE)


@dataclass(slots=True)
class Cells:
    """One export as it is read: what it comes from, the days that may be stated, and what was found."""

    dataset: str
    published: date
    latest: date
    """The last day on which a fact signed now can have occurred."""
    findings: Findings
    wanted: list[Wanted] = field(default_factory=list)

    def want(
        self, kind: str, body: dict[str, Any], place: str, *, about: str, sealed: dict[str, str] | None = None
    ) -> None:
        """One more statement that says what stands at that place of this dataset."""
        file, _, row = place.partition(":")
        present = {name: value for name, value in body.items() if value is not None}
        source = {"dataset": self.dataset, "row": place}
        key = (self.dataset, place, about)
        self.wanted.append(Wanted(kind, present, file, row, key, sealed or {}, source=source))

    def note(self, line: Line, what: str, why: str) -> None:
        """A finding about a row."""
        self.findings.add(line.file, line.row, what, why)

    # -- figures ------------------------------------------------------------------------------------

    def amount(self, line: Line, column: str) -> Pence | None:
        """Pounds, to the nearest penny (half up); None for a blank, and for what is no figure."""
        text = line.cells[column].strip()
        if not text:
            return None
        found = _AMOUNT.fullmatch(text)
        if not found:
            self.note(line, NO_FIGURE, f"{column} is {text[:40]!r}")
            return None
        decimals = (found[2] or "").ljust(2, "0")
        pence = Pence(int(found[1] + decimals[:2]) + (decimals[2:3] >= "5"))
        if decimals[2:].strip("0"):
            self.note(line, ROUNDED, f"{column} {text} is recorded as {pence}")
        return pence

    def figure(self, line: Line, column: str) -> str | None:
        """A figure in the one spelling that the ledger has; None for a blank, and for what is no figure."""
        text = line.cells[column].strip()
        if not text:
            return None
        found = _FIGURE.fullmatch(text)
        if not found or len(found[3] or "") > 9:
            self.note(line, NO_FIGURE, f"{column} is {text[:40]!r}")
            return None
        decimals = (found[3] or "").rstrip("0")
        spelt = (found[2].lstrip("0") or "0") + (f".{decimals}" if decimals else "")
        return spelt if spelt == "0" else found[1] + spelt

    def count(self, line: Line, column: str) -> int | None:
        """A whole number of people."""
        spelt = self.figure(line, column)
        if spelt is None:
            return None
        if not spelt.isdigit():
            self.note(line, NO_FIGURE, f"{column} is {spelt}, and whole people are wanted")
            return None
        return int(spelt)

    def in_pounds(self, line: Line) -> bool:
        """Whether the row's amounts are in pounds; a space around the currency is reported."""
        currency: str = line.cells["currency"]
        if currency != currency.strip():
            self.note(line, PADDED, f"{currency!r}")
        return currency.strip() == "GBP"

    # -- dates --------------------------------------------------------------------------------------

    def first(self, line: Line, column: str) -> date | None:
        """The first day of a month, or the day that is named."""
        return self._day(line, column, last=False)

    def last(self, line: Line, column: str) -> date | None:
        """The last day of a month, or the day that is named."""
        return self._day(line, column, last=True)

    def _day(self, line: Line, column: str, *, last: bool) -> date | None:
        text = line.cells[column].strip()
        if not text:
            return None
        found = _DAY.fullmatch(text)
        try:
            if not found:
                raise ValueError
            year, month = int(found[1]), int(found[2])
            return date(year, month, int(found[3]) if found[3] else monthrange(year, month)[1] if last else 1)
        except ValueError:
            self.note(line, NO_DATE, f"{column} is {text[:40]!r}")
            return None

    def occurred(self, line: Line, day: date | None) -> str:
        """The day on which it became true: that one, or the publication's where it is none or still to come."""
        if day is not None and day > self.latest:
            self.note(line, LATER, f"{day} is still to come")
            day = None
        return str(day or self.published)

    # -- texts --------------------------------------------------------------------------------------

    def text(self, line: Line, column: str) -> str | None:
        """A text as the ledger takes it: one line of at most 200 visible characters; None where there is none."""
        return self.short(line, column, line.cells[column])

    def short(self, line: Line, column: str, written: str) -> str | None:
        """As `text`, of something made of several cells."""
        plain = " ".join(written.split())
        shown = "".join(letter for letter in plain if _SHOWN.match(letter))
        if shown != plain:
            self.note(line, INVISIBLE, f"{column}: {len(plain) - len(shown)} of them")
        if len(shown) > LONGEST:
            self.note(line, CUT, f"{column} has {len(shown)} characters")
            shown = shown[: LONGEST - 1].rstrip() + "…"
        if found := looks_personal(shown):
            self.note(line, PERSONAL, f"{column} looks like {found}")
            return None
        return shown or None

    def name(self, line: Line, column: str) -> str | None:
        """A metric's or another thing's name, if the ledger can use it."""
        text: str = line.cells[column].strip()
        if text and not _REFERENCE.match(text):
            self.note(line, NO_NAME, f"{column} is {text[:40]!r}")
            return None
        return text or None
