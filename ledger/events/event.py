"""What every event has: a permanent kind, the power it needs, a date, and the subjects it touches.

Law: kinds are permanent. The string in `kind` is the storage format: it is never renamed and never given
another meaning; a changed meaning is ``/2`` beside ``/1``. A kind may later gain an optional member whose
absence means what it meant before.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, ClassVar, get_args, get_type_hints

import msgspec

from ledger.values import Power, Sealed, Value, decode_hook, encode_hook, says


class Event(Value, frozen=True, kw_only=True):
    """A fact. The class is its page in the catalogue: see each docstring for who signs and what follows."""

    kind: ClassVar[str]
    power: ClassVar[Power]
    """The power that its signer needs."""
    reversible: ClassVar[bool] = False
    """Whether entry-reversed may put it right."""
    transcribable: ClassVar[bool] = False
    """Whether it may be transcribed from a published source."""
    cites_decision: ClassVar[bool] = False
    """Whether its statement must cite the decision that it rests on."""

    occurred_on: Annotated[date, says("The date on which it became true.")]

    @property
    def about(self) -> str | None:
        """The id of the entry that this one is about, if it is about one; it carries that one's tags too."""
        return None

    @property
    def creates(self) -> tuple[str, ...]:
        """The references that it would bring into being; a waiting entry reserves them."""
        return ()

    @property
    def parties(self) -> tuple[str, ...]:
        """The organisations that a joint act names; the approval table may ask each to sign."""
        return ()

    @property
    def concerns(self) -> str | None:
        """The one organisation whose act this is, if the event names it itself."""
        return None

    def tags(self) -> tuple[str, ...]:
        """The subjects that it touches, such as ``pool:P-1``, sorted; what a partial Book is read by."""
        return tuple(sorted({f"{how}:{subject}" for how, subject in _walk(self, []) if how != "text"}))

    def named(self) -> set[tuple[str, str]]:
        """The subjects that it touches, each with what it is: ``("pool", "P-1")``."""
        return {(how, subject) for how, subject in _walk(self, []) if how != "text"}

    def sealed_fields(self) -> dict[str, Sealed]:
        """Each sealed field that is present, by name."""
        names = _SEALED.get(type(self))
        if names is None:
            names = _SEALED[type(self)] = tuple(name for name, how in _plan(type(self)) if how == "sealed")
        return {name: value for name in names if (value := getattr(self, name)) is not None}

    def texts(self) -> tuple[str, ...]:
        """Every plain text in it, for the rule that keeps people's details out."""
        return tuple([text for how, text in _walk(self, []) if how == "text"])

    def body(self) -> dict[str, Any]:
        """The wire form, as plain values."""
        return msgspec.to_builtins(self, enc_hook=encode_hook)  # type: ignore[no-any-return]

    @classmethod
    def read(cls, body: Any) -> Event:
        """Read the wire form (plain values). Raises msgspec.ValidationError with the member's place."""
        return msgspec.convert(body, cls, dec_hook=decode_hook)


def _walk(value: Any, found: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Each subject and text in an event or noun, with what it is: a tag, or ``text``."""
    for name, how in _PLANS.get(type(value)) or _plan(type(value)):
        held = getattr(value, name)
        if held is None or how == "sealed":
            continue
        for item in held if isinstance(held, tuple) else (held,):
            if how == "nested":
                _walk(item, found)
            else:
                found.append((how, item))
    return found


_SEALED: dict[type[Any], tuple[str, ...]] = {}
_PLANS: dict[type[Any], tuple[tuple[str, str], ...]] = {}


def _plan(owner: type[Any]) -> tuple[tuple[str, str], ...]:
    """For each field of interest: its name, and its tag, ``text``, ``nested`` (a noun) or ``sealed``."""
    if owner not in _PLANS:
        fields: tuple[str, ...] = getattr(owner, "__struct_fields__", ())
        hints = get_type_hints(owner, include_extras=True) if fields else {}
        _PLANS[owner] = tuple((field, how) for field in fields if (how := _how(hints[field])))
    return _PLANS[owner]


def _how(hint: Any) -> str:
    for meta in getattr(hint, "__metadata__", ()):
        if isinstance(meta, msgspec.Meta) and (meta.extra or {}).get("tag"):
            return str((meta.extra or {})["tag"])
        if isinstance(meta, msgspec.Meta) and (meta.extra or {}).get("text"):
            return "text"
    if isinstance(hint, type):
        if issubclass(hint, Sealed):
            return "sealed"
        return "nested" if issubclass(hint, Value) and _plan(hint) else ""
    return next((how for how in map(_how, get_args(hint)) if how), "")
