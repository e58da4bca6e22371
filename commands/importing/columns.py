"""Columns: a kind's members as the columns of a sheet, and a row's cells as its body.

A column is a member's name, with a point before a part and a number from 1 for each of a list: ``profile.1.year``,
``terms.payers.2.share``. A blank cell is a member that is absent. A sealed member is written as plain text.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from math import isfinite
from typing import Annotated, Any, Final, Literal, get_args, get_origin, get_type_hints

import msgspec

from ledger.events.event import Event
from ledger.values import Number, Pence, Sealed, Share, Value, decode_hook

Path = tuple[str, ...]
BESIDE: Final = "decision"
"""A column that is no member of the body: the decision that the statement rests on."""
DEFAULTED: Final = "occurred_on"
"""The one member that may be left out: it is then the day of the import."""

_WHOLE = re.compile(r"-?[0-9]{1,16}")
_MONEY = re.compile(r"([0-9]+)(?:\.([0-9]{1,2}))?")
_TRAILING = re.compile(r"(-?[0-9]+)(?:\.([0-9]*?))0*")
_WANTED: Final = {date: "a date: write it as 2026-04-01", bool: "yes or no", int: "a whole number from 0 up"}
_YES_NO: Final = {"true": True, "yes": True, "false": False, "no": False}


@dataclass(slots=True)
class Built:
    """What a row comes to: its body, its sealed texts, its decision, and each column that is wrong."""

    body: dict[str, Any] = field(default_factory=dict)
    sealed: dict[str, str] = field(default_factory=dict)
    decision: str | None = None
    faults: list[tuple[str, str]] = field(default_factory=list)


# -- the columns of a kind ------------------------------------------------------------------------


def template(event: type[Event]) -> list[str]:
    """Every column of a kind, with one of each list, and the decision."""
    return [*(".".join(path) for path in _columns(event, ())), BESIDE]


def _columns(owner: type[Value], before: Path) -> Iterator[Path]:
    for name, hint in _members(owner).items():
        shape, inner = _shape(hint)
        path = (*before, name)
        if shape == "list":
            path = (*path, "1")
            shape, inner = _shape(inner)
        if shape == "value":
            yield from _columns(inner, path)
        else:
            yield path


def leaf(event: type[Value], column: str) -> Any:
    """The type of a column's cells; None where the kind has no such column."""
    parts = column.split(".")
    shape, inner, hint = "value", event, None
    while parts:
        part = parts.pop(0)
        if shape == "value":
            if part not in _members(inner):
                return None
            hint = _members(inner)[part]
        elif shape == "list":
            if not re.fullmatch("[1-9][0-9]{0,3}", part):
                return None
            hint = inner
        else:
            return None
        shape, inner = _shape(hint)
    return hint if shape == "leaf" else None


_MEMBERS: dict[type[Any], dict[str, Any]] = {}


def _members(owner: type[Any]) -> dict[str, Any]:
    """Each member's type, in the order of the catalogue, with the day first."""
    if owner not in _MEMBERS:
        hints = get_type_hints(owner, include_extras=True)
        _MEMBERS[owner] = {one.name: hints[one.name] for one in msgspec.structs.fields(owner)}
    return _MEMBERS[owner]


def _shape(hint: Any) -> tuple[str, Any]:
    """What a type is to a sheet: a leaf, a list (of what), or a value (of which class)."""
    core = _core(hint)
    if get_origin(core) is tuple:
        return "list", get_args(core)[0]
    if isinstance(core, type) and issubclass(core, Value) and not issubclass(core, Sealed):
        return "value", core
    return "leaf", core


def _core(hint: Any) -> Any:
    """A type without what is said about it, and without None."""
    while True:
        if get_origin(hint) is Annotated:
            hint = get_args(hint)[0]
            continue
        some = [one for one in get_args(hint) if one is not type(None)]
        if len(some) == 1 and len(get_args(hint)) == 2 and get_origin(hint) is not tuple:
            hint = some[0]
            continue
        return hint


# -- the cells of a row -----------------------------------------------------------------------------


def build(event: type[Value], cells: Mapping[str, Any]) -> Built:
    """A row's cells as a body, with every fault."""
    built = Built()
    held: dict[Path, Any] = {}
    for column, cell in cells.items():
        if cell is None or (isinstance(cell, str) and not cell.strip()):
            continue
        if column == BESIDE:
            built.decision = plain(cell)
            continue
        hint = leaf(event, column)
        if _core(hint) is Sealed:
            built.sealed[column] = plain(cell)
        else:
            held[tuple(column.split("."))] = _checked(column, hint, cell, built)
    built.body = _value(event, held, (), built)
    return built


def _checked(column: str, hint: Any, cell: Any, built: Built) -> Any:
    """A cell in its wire form; what is wrong with it is noted."""
    wire = _wire(_core(hint), cell)
    try:
        msgspec.convert(wire, hint, dec_hook=decode_hook)
    except msgspec.ValidationError as error:
        built.faults.append((column, _sentence(_core(hint), plain(cell)[:60], str(error))))
    return wire


def _sentence(core: Any, text: str, error: str) -> str:
    """What is wrong with a cell, in the words of whoever fills it in."""
    if get_origin(core) is Literal:
        return f"{text!r} is none of {', '.join(get_args(core))}"
    if core in _WANTED:
        return f"{text!r} is not {_WANTED[core]}"
    if "matching regex" in error:
        return f"{text!r} does not have the form of a name or reference, or holds what cannot be seen"
    return error if text in error else f"{error} (it holds {text!r})"


def _value(owner: type[Any], held: Mapping[Path, Any], before: Path, built: Built) -> dict[str, Any]:
    found: dict[str, Any] = {}
    required = {one.name for one in msgspec.structs.fields(owner) if one.required}
    for name, hint in _members(owner).items():
        mine = {path[1:]: wire for path, wire in held.items() if path[0] == name}
        if mine:
            found[name] = _member(hint, mine, (*before, name), built)
        elif name in required and name != DEFAULTED and name not in built.sealed:
            built.faults.append((".".join((*before, name)), "missing"))
    return found


def _member(hint: Any, mine: Mapping[Path, Any], before: Path, built: Built) -> Any:
    shape, inner = _shape(hint)
    if shape == "leaf":
        return mine[()]
    if shape == "value":
        return _value(inner, mine, before, built)
    items: dict[int, dict[Path, Any]] = defaultdict(dict)
    for (number, *rest), wire in mine.items():
        items[int(number)][tuple(rest)] = wire
    return [_member(inner, items[number], (*before, str(number)), built) for number in sorted(items)]


def plain(cell: Any) -> str:
    """A cell as it is written: a number of a sheet without an exponent, a date without its midnight."""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, int | float) and isfinite(cell):
        return str(int(cell)) if cell == int(cell) else format(Decimal(repr(cell)), "f")
    if isinstance(cell, datetime) and cell.time() == time():
        return str(cell.date())
    return str(cell).strip()


def _wire(core: Any, cell: Any) -> Any:
    """A cell in the wire form of that type, as far as it can be told; `_checked` judges it."""
    text = plain(cell)
    if core is bool:
        return cell if isinstance(cell, bool) else _YES_NO.get(text.casefold(), text)
    if core is int:
        return int(text) if _WHOLE.fullmatch(text) else text
    if core is date and isinstance(cell, datetime | date):
        return text
    if core is Pence and (money := _MONEY.fullmatch(text)):
        return f"{money[1]}.{(money[2] or '').ljust(2, '0')}"
    if core in (Number, Share) and (figure := _TRAILING.fullmatch(text)):
        return figure[1] + (f".{figure[2]}" if figure[2] else "")
    return text
