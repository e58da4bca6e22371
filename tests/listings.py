"""Listings: a finance system's transactions, made up and always the same, with all the dirt that such files have."""

from __future__ import annotations

import csv
import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

HEADER = ["Period", "Trans Date", "Cost Centre", "Account", "Amount", "VAT", "Reference", "Supplier"]
CALLED = ["--column", "date=Trans Date"]

MAP = """row,cost_centre,account,scheme,category,accounts_as,activity,vat
falls classes,A100,4*,falls,resource,revenue,buy,host-recovers
falls equipment,A100,9*,falls,capital,capital,buy,host-recovers
reablement staff,B200,1*,reablement,resource,revenue,do,none-charged
reablement other,B200,*,reablement,resource,revenue,,not-recovered
homes,*,7*,homes,resource,revenue,buy,not-recovered
elsewhere,C300,*,,resource,revenue,,host-recovers
"""
SCHEMES = ("falls", "reablement", "homes")
POSTED = (
    *(("A100", "4001"), ("A100", "4100"), ("A100", "9001"), ("B200", "1001"), ("B200", "5001")),
    *(("D400", "7001"), ("C300", "7100"), ("C300", "1001")),
)


@dataclass(frozen=True)
class Line:
    """One line: pence, and everything as it is printed."""

    month: str
    date: str
    cost_centre: str
    account: str
    pence: int
    vat: int | None
    reference: str

    def cells(self) -> list[str]:
        year, month, day = self.date.split("-")
        vat = "" if self.vat is None else printed(self.vat)
        posted = [self.cost_centre, self.account, printed(self.pence), vat, self.reference]
        return [self.month, f"{day}/{month}/{year}", *posted, "Somebody Ltd"]


def printed(pence: int) -> str:
    """As finance systems print it."""
    text = f"{abs(pence) // 100:,}.{abs(pence) % 100:02d}"
    return f"({text})" if pence < 0 else text


def lines(count: int, seed: int = 7) -> list[Line]:
    """A year of lines: invoices with VAT, credits, accruals that are reversed a month later, references used twice."""
    dice, made = random.Random(seed), []
    while len(made) < count:
        at = dice.randrange(12)
        cost_centre, account = dice.choice(POSTED)
        pence = dice.randrange(1, 900_000)
        vat = pence // 5 if account[0] in "4579" and dice.random() < 0.7 else None
        reference = f"INV-{len(made) // 2:06d}" if dice.random() < 0.1 else f"INV-{len(made):06d}-{at}"
        line = Line(month(at), f"{month(at)}-{dice.randrange(1, 29):02d}", cost_centre, account, pence, vat, reference)
        if dice.random() < 0.05:
            line = replace(line, pence=-pence // 9, vat=None)
        made.append(line)
        if dice.random() < 0.03 and at < 11:  # an accrual, and its reversal in the month after
            back = replace(line, month=month(at + 1), date=f"{month(at + 1)}-01", pence=-line.pence, vat=None)
            made += [
                replace(line, vat=None, reference=f"ACC-{len(made)}"),
                replace(back, reference=f"ACC-{len(made)}R"),
            ]
    return made[:count]


def month(at: int) -> str:
    """The month so many after April 2026."""
    return f"{2026 + (at + 3) // 12}-{(at + 3) % 12 + 1:02d}"


def write(path: Path, rows: Sequence[Line | Sequence[str]]) -> Path:
    """A listing as CSV, with a title above its header."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(["GL transactions 2026-27"])
        writer.writerow(HEADER)
        writer.writerows(row.cells() if isinstance(row, Line) else row for row in rows)
    return path


Sums = dict[tuple[str, str, str], tuple[int, int, int]]
"""Scheme, month and row of the map: lines, pence, and pence of irrecoverable VAT."""


def sums(rows: Sequence[Line]) -> Sums:
    """Added up by plain loops over the map above, without anything of the importer's."""
    found: Sums = defaultdict(lambda: (0, 0, 0))
    for line in rows:
        placed = _placed(line)
        if placed is not None:
            scheme, row, vat_counts = placed
            vat = (line.vat or 0) if vat_counts else 0
            count, total, of_it = found[scheme, line.month, row]
            found[scheme, line.month, row] = count + 1, total + line.pence + vat, of_it + vat
    return dict(found)


def _placed(line: Line) -> tuple[str, str, bool] | None:
    if line.cost_centre == "A100" and line.account.startswith("4"):
        return "falls", "falls classes", False
    if line.cost_centre == "A100" and line.account.startswith("9"):
        return "falls", "falls equipment", False
    if line.cost_centre == "B200":
        staff = line.account.startswith("1")
        return "reablement", "reablement staff" if staff else "reablement other", not staff
    return ("homes", "homes", True) if line.account.startswith("7") else None
