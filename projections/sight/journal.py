"""Journal: every posting as a transaction of the plain-text format that hledger and ledger-cli both read.

Law: one transaction for each entry and day, in the order of the log, and each adds up to nothing; so the journal of a
log that was cut is where the journal of the whole one begins, but for its first and last lines. What a source alone
states, and what we estimated, are accounts of their own: nobody adds them by accident. No name is taken for syntax:
what either program could misread is written as %XX. The same tables give the same bytes, all of them ASCII.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from operator import attrgetter
from typing import Any, Final

from ledger.values import Balance
from projections.postings import NOT_SPLIT
from projections.sight.reading import Sight

PLACE: Final = ("standing", "account", "pool", "contract", "funder", "year", "category", "accounts_as")
"""What the name of an account is made of."""
TAGS: Final = (
    *("funder", "pool", "scheme", "contract", "commitment", "reference", "year", "category", "accounts_as"),
    *("why", "of_year", "standing"),
)
NOBODYS: Final = frozenset({"spent", "unfunded"})
"""Accounts in which no funder means that nobody committed it. In others it is the pool's own."""
HEADER: Final = (
    "; Every posting of a shared outcomes ledger, for hledger and ledger-cli.",
    "; In names of accounts and values of tags, what is no letter, digit, space nor one of . _ / - & + ' is %XX.",
    "decimal-mark .",
    "commodity GBP",
    "    format GBP 1000.00",
)
_MISREAD: Final = re.compile(rb"[^A-Za-z0-9 ._/&+'-]|(?<= ) |^ | $")


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
    yield from (f"tag {_tag(name)}\n" for name in TAGS)
    names = {tuple(row): account(row) for row in sight.places(*PLACE)}
    yield from (f"account {name}\n" for name in sorted(set(names.values())))
    told = iter(kinds)
    for entry, rows in groupby(sight.posted(), attrgetter("entry")):
        kind = next(kind for number, kind in told if number == entry)
        of_entry = [(row, names[_place(row)]) for row in rows]
        for day in sorted({row.day for row, _ in of_entry}):
            yield from _transaction(f"{day} ({entry}) {kind}", [one for one in of_entry if one[0].day == day])
    for _ in told:  # to the last one, so that whoever hands them in can prove them
        pass
    yield "\n" + "".join(f"; {escaped_line(line)}\n" for line in footing)


_place = attrgetter(*PLACE)


def escaped_line(text: str) -> str:
    """A sentence in ASCII, in one line."""
    return " ".join(text.encode("ascii", "replace").decode().split())


def _transaction(head: str, posted: list[tuple[Any, str]]) -> Iterator[str]:
    """One transaction: what all of its postings share is said once."""
    first = posted[0][0]
    shared = [name for name in TAGS if all(getattr(row, name) == getattr(first, name) for row, _ in posted)]
    named = next(filter(None, (first.reference, first.commitment, first.contract)), "")
    yield f"\n{head} {escaped(named)}".rstrip() + "\n" + _tags(first, shared, "    ")
    others = [name for name in TAGS if name not in shared]
    for row, name in posted:
        yield f"    {name}  GBP {Balance(row.pence)}\n" + _tags(row, others, "        ")


def _tags(row: Any, names: Sequence[str], indent: str) -> str:
    values = ((_tag(name), getattr(row, name)) for name in names)
    return "".join(f"{indent}; {name}: {escaped(value)}\n" for name, value in values if value)


def _tag(column: str) -> str:
    return column.replace("_", "-")
