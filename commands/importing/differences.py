"""Differences: what another edition of a listing says otherwise, line against line.

Law: a difference is shown with what was and what is. Lines that only stand in another order are no difference.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from ledger.events.spending import JournalLine

FIELDS: Final = ("month", "cost centre", "account", "amount", "VAT", "reference", "date")
_REFERENCE: Final = FIELDS.index("reference")
ALIKE: Final = ((_REFERENCE, 1, 2), (_REFERENCE,))
"""Lines of one reference, cost centre and account are taken for each other first; then those of one reference."""

Lines = dict[int, list[str]]


@dataclass(frozen=True, slots=True)
class Difference:
    """One line that was added, is gone, or was changed, in words."""

    sort: str
    told: str


def between(was: Sequence[bytes], now: Sequence[bytes]) -> list[Difference]:
    """Every difference between two editions; lines of one reference are compared with each other."""
    before, after = Counter(was), Counter(now)
    gone: Lines = dict(enumerate(json.loads(line) for line in (before - after).elements()))
    added: Lines = dict(enumerate(json.loads(line) for line in (after - before).elements()))
    changed = [one for alike in ALIKE for one in _paired(gone, added, alike)]
    told = (("gone", gone), ("added", added))
    return [*changed, *(Difference(sort, _line(line)) for sort, lines in told for line in lines.values())]


def _paired(gone: Lines, added: Lines, alike: tuple[int, ...]) -> list[Difference]:
    """Take what agrees in those fields out of both, as changes."""
    waiting: dict[tuple[str, ...], list[int]] = {}
    for number, line in reversed(added.items()):
        waiting.setdefault(tuple(line[at] for at in alike), []).append(number)
    found: list[Difference] = []
    for number, line in list(gone.items()):
        rest = waiting.get(tuple(line[at] for at in alike)) if line[_REFERENCE] else None
        if rest:
            now = added.pop(rest.pop())
            del gone[number]
            found.append(Difference("changed", f"{_shown(line[_REFERENCE])}: {_changes(line, now)}"))
    return found


def _changes(was: list[str], now: list[str]) -> str:
    pairs = zip(FIELDS, was, now, strict=True)
    return "; ".join(
        f"{name} was {_shown(one) or 'blank'}, is {_shown(other) or 'blank'}"
        for name, one, other in pairs
        if one != other
    )


def _line(line: list[str]) -> str:
    _, cost_centre, account, amount, vat, reference, day = line
    told = [reference or "no reference", day, f"cost centre {cost_centre}", f"account {account}", amount]
    return ", ".join(_shown(one) for one in (*told, f"VAT {vat}" if vat else "") if one)


def _shown(text: str) -> str:
    """A text of a file, so that it does nothing to a terminal."""
    return text if text.isprintable() else repr(text)


def by_row(was: Sequence[JournalLine], now: Sequence[JournalLine]) -> list[Difference]:
    """The differences per row of the map, where the lines are not kept or the map was changed."""
    before, after = {line.row: line for line in was}, {line.row: line for line in now}
    rows = dict.fromkeys([*before, *after])
    return [_of_row(row, before.get(row), after.get(row)) for row in rows if before.get(row) != after.get(row)]


def _of_row(row: str, was: JournalLine | None, now: JournalLine | None) -> Difference:
    if was is None or now is None:
        line = was or now
        assert line is not None  # noqa: S101 for the type checker: the caller took the row from one of them
        return Difference("gone" if now is None else "added", f"row {row}: {_sum(line)}")
    return Difference("changed", f"row {row}: was {_sum(was)}; is {_sum(now)}")


def _sum(line: JournalLine) -> str:
    counts_as = "/".join(filter(None, (line.category, line.accounts_as, line.activity)))
    vat = f", of it {line.irrecoverable_vat.spoken} VAT" if line.irrecoverable_vat else ""
    lines = "1 line" if line.count == 1 else f"{line.count:,} lines"
    return f"{lines} of {counts_as}, {line.total.spoken}{vat}"
