"""Journal: every posting as a transaction of the plain-text format that hledger and ledger-cli both read.

Law: one transaction for each entry and day, in the order of the log, and each adds up to nothing; so the journal of a
log that was cut is where the journal of the whole one begins, but for its first and last lines. What a source alone
states, and what we estimated, are accounts of their own: nobody adds them by accident. No name is taken for syntax:
what either program could misread is written as %XX. The same tables give the same bytes, all of them ASCII.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import groupby
from operator import attrgetter, itemgetter
from typing import Any, Final, NamedTuple

from ledger.values import Balance
from projections.postings import NOT_SPLIT
from projections.sight.reading import Sight
from projections.sight.tables import postings

PLACE: Final = ("standing", "account", "pool", "contract", "funder", "year", "category", "accounts_as")
"""What the name of an account is made of."""
TAGS: Final = (
    *("funder", "pool", "scheme", "contract", "commitment", "reference", "year", "category", "accounts_as"),
    *("why", "of_year", "standing"),
)
LABELS: Final = tuple(f"; {name.replace('_', '-')}: " for name in TAGS)
NOBODYS: Final = frozenset({"spent", "unfunded"})
"""Accounts in which no funder means that nobody committed it. In others it is the pool's own."""
HEADER: Final = (
    "; Every posting of a shared outcomes ledger, for hledger and ledger-cli.",
    "; In names of accounts and values of tags, what is no letter, digit, space nor one of . _ / - & + ' is %XX.",
    "decimal-mark .",
    "commodity GBP",
    "    format GBP 1000.00",
)
_ENTRY: Final = attrgetter("entry")
_PLACE, _TAGS = (itemgetter(*(list(postings.columns.keys()).index(name) for name in of)) for of in (PLACE, TAGS))
_NAMES: Final = tuple(TAGS.index(name) for name in ("reference", "commitment", "contract"))
_MISREAD: Final = re.compile(rb"[^A-Za-z0-9 ._/&+'-]|(?<= ) |^ | $")


@lru_cache(maxsize=10_000)
def escaped(text: str) -> str:
    """A name that neither program takes for anything else: ASCII, without separators and without double spaces."""
    if text == NOT_SPLIT:
        return "not split"  # no identifier has a space in it
    return _MISREAD.sub(lambda found: b"%%%02X" % found[0][0], text.encode()).decode("ascii")


def account(row: Any) -> str:
    """The account that a posting stands on, of the columns of PLACE: `cash:pool P:GB-EXAMPLE-ICB:2026-27 resource`."""
    where = f"pool {row.pool}" if row.pool else f"contract {row.contract}" if row.contract else "no pool"
    whose = row.funder or ("nobody" if row.account in NOBODYS else "the pool")
    when = " ".join(filter(None, (row.year, row.category, row.accounts_as)))
    parts = [where, whose, *([when] if when else [])]
    branch = [] if row.standing == "effective" else [row.standing]
    return ":".join([*branch, row.account, *map(escaped, parts)])


def written(sight: Sight, kinds: Iterable[tuple[int, str]], footing: Sequence[str]) -> Iterator[str]:
    """The whole journal, as pieces of text. `kinds` is the kind of each entry, from the first one on, in order."""
    yield from (f"{line}\n" for line in HEADER)
    yield from (f"tag {line.strip(' ;:')}\n" for line in LABELS)
    names = {tuple(row): account(row) for row in sight.places(*PLACE)}
    yield from (f"account {name}\n" for name in sorted(set(names.values())))
    told = iter(kinds)
    for entry, rows in groupby(sight.posted(), _ENTRY):
        kind = next(kind for number, kind in told if number == entry)
        days: dict[str, list[Side]] = {}
        for row in rows:
            days.setdefault(row.day, []).append(Side(names[_PLACE(row)], row.pence, _TAGS(row)))
        for day in sorted(days):
            yield _transaction(f"{day} ({entry}) {kind}", days[day])
    for _ in told:  # to the last one, so that whoever hands them in can prove them
        pass
    yield "\n" + "".join(f"; {escaped_line(line)}\n" for line in footing)


def escaped_line(text: str) -> str:
    """A sentence in ASCII, in one line."""
    return " ".join(text.encode("ascii", "replace").decode().split())


class Side(NamedTuple):
    """One posting of a transaction: its account, its pence and the values of its tags."""

    account: str
    pence: int
    tags: tuple[str, ...]


def _transaction(head: str, sides: list[Side]) -> str:
    """One transaction: what all of its postings share is said once."""
    first = sides[0].tags
    shared = [len(set(values)) == 1 for values in zip(*(side.tags for side in sides), strict=True)]
    named = next(filter(None, (first[number] for number in _NAMES)), "")
    lines = [f"\n{head} {escaped(named)}".rstrip() + "\n", *_tags(first, shared, "    ")]
    others = [not one for one in shared]
    for side in sides:
        lines.append(f"    {side.account}  GBP {Balance(side.pence)}\n")
        lines += _tags(side.tags, others, "        ")
    return "".join(lines)


def _tags(values: tuple[str, ...], wanted: list[bool], indent: str) -> Iterator[str]:
    for label, value, said in zip(LABELS, values, wanted, strict=True):
        if value and said:
            yield f"{indent}{label}{escaped(value)}\n"
