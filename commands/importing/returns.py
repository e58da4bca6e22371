"""Returns: the rows of a published revenue outturn as statements, each with the dataset's digest and its row.

Law: a blank is missing and never zero, and a zero is a figure. A total is recorded as the line that it is: it is
compared with its parts, and never put in their place nor added to them. Levels of reserves are compared from one year
to the next. What does not agree is told with the difference, and both are kept.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from commands.importing.cells import Cells
from commands.importing.councils import Council, Register
from commands.importing.findings import NOT_TAKEN
from commands.importing.finishing import WRONG
from commands.importing.group import Wanted, id_of
from commands.importing.tables import Line, Table
from ledger.errors import Malformed
from ledger.events.spending import OutturnRecorded
from ledger.values import Balance, Digest, FinancialYear
from projections.facts import Fact, Facts
from projections.sight.outturn import is_total

PUBLISHER: Final = "Ministry of Housing, Communities and Local Government"
NAME: Final = "Revenue outturn"
COLUMNS: Final = ("gss_code", "financial_year", "section", "line", "pounds", "certified")

BLANK: Final = f"{NOT_TAKEN}: a blank figure, which is missing and not zero"
ZERO: Final = "a figure of zero, recorded as 0.00"
GONE: Final = "a body that is gone, recorded as what it was"
UNEQUAL: Final = "a published total that is not the sum of its lines, both kept"
UNCOMPARED: Final = "a published total that cannot be compared, because lines of it are missing"
LEVELS: Final = "a level at 1 April that is not that of 31 March before, both kept"
UNCERTIFIED: Final = "a return that is not certified"
NO_PLACE: Final = "a column that the catalogue has no place for"
BEFORE: Final = "the same line with the same figure, recorded from another edition"
OTHERWISE: Final = "recorded otherwise"

_POUNDS = re.compile(r"(-?)0*([0-9]{1,13})(?:\.([0-9]{2}))?")
_LEVEL = re.compile(r"(.*) at (1 April|31 March)", re.IGNORECASE)
_CERTIFIED: Final = {"true": True, "yes": True, "false": False, "no": False}


@dataclass(frozen=True, slots=True)
class Read:
    """One row, as far as it could be read; a figure of None is missing."""

    at: Line
    code: str
    year: FinancialYear
    section: str
    line: str
    pence: int | None
    certified: bool

    @property
    def whole(self) -> tuple[str, FinancialYear]:
        """The return that it is a line of."""
        return self.code, self.year


@dataclass(slots=True)
class Returns:
    """A file of returns, on its way to statements."""

    register: Register
    cells: Cells
    digest: bytes
    rows: list[Read] = field(default_factory=list)

    @property
    def reference(self) -> str:
        """The dataset's reference in the ledger."""
        return f"outturn-{self.digest.hex()[:12]}"

    # -- reading --------------------------------------------------------------------------------------

    def take(self, table: Table) -> None:
        """Read every row; what is wrong with any is told, and what is missing is reported."""
        for row, why in table.ragged:
            self.cells.findings.wrong(table.file, row, WRONG, why)
        seen: dict[tuple[str, str, str, str], Line] = {}
        for line in table.lines:
            read = self._row(line)
            if read is None:
                continue
            key = (read.code, str(read.year), read.section, read.line)
            if key in seen:
                self._wrong(line, f"{' '.join(key)} stands in row {seen[key].row} too; a return has each line once")
            else:
                seen[key] = line
                self.rows.append(read)
        for column in table.columns:
            if column not in COLUMNS and (filled := sum(bool(line.cells[column].strip()) for line in table.lines)):
                self.cells.findings.add(table.file, "", NO_PLACE, f"{column}, filled in {filled} rows")

    def _row(self, line: Line) -> Read | None:
        """A row, unless something is wrong with it; everything that is wrong is told."""
        cells = {name: " ".join(line.cells[name].split()) for name in COLUMNS}
        faults = [f"{name} is blank" for name in ("section", "line") if not cells[name]]
        code, certified = cells["gss_code"], _CERTIFIED.get(cells["certified"].casefold())
        if code not in self.register.councils or code in self.register.twice:
            faults.append(f"GSS code {code or '(blank)'} {self._unknown(code)}")
        if certified is None:
            faults.append(f"certified is {cells['certified'][:20]!r}, and True or False is wanted")
        found = _POUNDS.fullmatch(cells["pounds"])
        if cells["pounds"] and not found:
            faults.append(f"pounds is {cells['pounds'][:40]!r}: write pounds, or pounds, a point and two digits")
        year = _year(cells["financial_year"], faults)
        for fault in faults:
            self._wrong(line, fault)
        if year is None or certified is None or faults:
            return None
        pence = int(found[1] + found[2] + (found[3] or "00")) if found else None
        return Read(line, code, year, cells["section"], cells["line"], pence, certified)

    def _unknown(self, code: str) -> str:
        return "is of more than one body in the register" if code in self.register.twice else "is not in the register"

    def _wrong(self, line: Line, why: str) -> None:
        self.cells.findings.wrong(line.file, line.row, WRONG, why)

    # -- what is reported -------------------------------------------------------------------------------

    def report(self) -> None:
        """What a reader should know of these figures."""
        for row in self.rows:
            if not row.pence:
                self.cells.note(row.at, BLANK if row.pence is None else ZERO, self._told(row))
        for whole in dict.fromkeys(row.whole for row in self.rows):
            rows = [row for row in self.rows if row.whole == whole]
            if not rows[0].certified:
                self.cells.note(rows[0].at, UNCERTIFIED, f"{self._name(rows[0])} {whole[1]}")
            self._totals(rows)
        for code in dict.fromkeys(row.code for row in self.rows):
            rows = [row for row in self.rows if row.code == code]
            if not self.register.councils[code].active:
                self.cells.note(rows[0].at, GONE, f"{self._name(rows[0])}: {self.register.fate(code)}")
            self._levels(rows)

    def _totals(self, rows: list[Read]) -> None:
        """Each published total against the sum of the other lines of its section, in one return."""
        for total in (row for row in rows if is_total(row.line)):
            parts = [row for row in rows if row.section == total.section and not is_total(row.line)]
            known = [row.pence for row in parts if row.pence is not None]
            if total.pence is None or len(known) < len(parts):
                missing = len(parts) - len(known) + (total.pence is None)
                self.cells.note(total.at, UNCOMPARED, f"{self._told(total)}: {missing} figures are missing")
            elif (apart := total.pence - sum(known)) != 0:
                sums = f"the total is {Balance(total.pence)}, its {len(parts)} lines come to {Balance(sum(known))}"
                self.cells.note(total.at, UNEQUAL, f"{self._told(total)}: {sums}; {Balance(apart)} apart")

    def _levels(self, rows: list[Read]) -> None:
        """What a body held at the end of a year against what it held at the beginning of the next."""
        levels = {(found[1], found[2].casefold(), row.year): row for row in rows if (found := _LEVEL.match(row.line))}
        for (what, day, year), opened in levels.items():
            closed = next((row for key, row in levels.items() if key[:2] == (what, "31 march")
                           and key[2].after == year), None) if day == "1 april" else None  # fmt: skip
            if closed is None or closed.pence is None or opened.pence is None or closed.pence == opened.pence:
                continue
            sums = f"{Balance(opened.pence)}, and {Balance(closed.pence)} in {closed.at.place}"
            apart = Balance(opened.pence - closed.pence)
            self.cells.note(opened.at, LEVELS, f"{self._told(opened)} is {sums}; {apart} apart")

    def _name(self, row: Read) -> str:
        return self.register.councils[row.code].organisation

    def _told(self, row: Read) -> str:
        return f"{self._name(row)} {row.year} {row.line}"

    # -- statements -------------------------------------------------------------------------------------

    def bodies(self) -> list[Wanted]:
        """An admission for each body that has a figure, in the order of the identifiers."""
        codes = {row.code for row in self.rows if row.pence is not None}
        found = sorted((self.register.councils[code] for code in codes), key=lambda one: one.organisation)
        return [_admission(one) for one in found]

    def state(self, file: str) -> None:
        """The dataset, and a statement for each line that has a figure."""
        body = {
            "dataset": self.reference,
            "name": NAME,
            "publisher": PUBLISHER,
            "occurred_on": str(self.cells.published),
        }
        said = {**body, "digest": str(Digest(self.digest))}
        self.cells.want("dataset-registered/1", said, file, about=self.reference)
        for row in self.rows:
            if row.pence is not None:
                self.cells.want("outturn-recorded/1", self._body(row, row.pence), row.at.place, about="")

    def _body(self, row: Read, pence: int) -> dict[str, object]:
        return {
            "organisation": self._name(row),
            "year": str(row.year),
            "section": row.section,
            "line": row.line,
            "amount": str(Balance(pence)),
            "certified": row.certified,
            "occurred_on": self.cells.occurred(row.at, row.year.last_day),
        }

    def new(self, held: Facts, origin: str) -> list[Wanted]:
        """The statements to make; where another edition says otherwise of a line, that is a fault."""
        before = {
            (event.organisation, event.year, event.section, event.line): (event, fact)
            for event, fact in held.of(OutturnRecorded)
        }
        rows = {row.at.place: row for row in self.rows}
        found: list[Wanted] = []
        for one in self.cells.wanted:
            row = rows.get(f"{one.file}:{one.row}")
            key = (self._name(row), row.year, row.section, row.line) if row else None
            if row is None or key not in before or before[key][1].effect.entry == id_of(origin, one):
                found.append(one)
            else:
                self._again(row, *before[key])
        return found

    def _again(self, row: Read, event: OutturnRecorded, fact: Fact) -> None:
        """The line is in the ledger from elsewhere: said the same, or otherwise."""
        entry = fact.effect.position
        if (event.amount, event.certified) == (row.pence, row.certified):
            self.cells.note(row.at, BEFORE, f"{self._told(row)}: entry {entry}")
        else:
            told = f"{event.amount}, {'certified' if event.certified else 'not certified'}"
            undo = f"outcomes {'reverse' if fact.confirmed else 'withdraw'} {entry}"
            why = f"entry {entry} says {told}, of {self._told(row)}: take it back first, with {undo}"
            self.cells.findings.wrong(row.at.file, row.at.row, OTHERWISE, why)


def _admission(one: Council) -> Wanted:
    file, _, row = one.place.partition(":")
    body = {"organisation": {"id": one.organisation, "name": one.name, "form": _form(one.name)}}
    return Wanted("organisation-admitted/1", body, file, row)


def _year(written: str, faults: list[str]) -> FinancialYear | None:
    try:
        return FinancialYear.parse(written)
    except Malformed as error:
        faults.append(error.why)
        return None


def _form(name: str) -> str:
    return "combined-authority" if re.search(r"\bCombined Authority\b", name, re.IGNORECASE) else "council"
