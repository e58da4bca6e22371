"""One byte form for every JSON value, and the strict reader of payloads in that form.

Standard: RFC 8785 (JSON Canonicalization Scheme). `canonical` writes all of it. `parse` reads our profile of
it (design section 4): the bytes are their own RFC 8785 form, and hold no floats, no integers beyond 2^53-1,
no duplicate members and no nesting over 16.

`parse` runs for every statement that comes in and every one that an audit reads again, so its ordinary path
is msgspec there and back: for values of the profile msgspec writes what RFC 8785 demands, except that it
sorts keys by code point and RFC 8785 by UTF-16 code unit. These orders differ only where there are characters
beyond the Basic Multilingual Plane, so bytes that hold one are compared with `canonical` instead.
"""

from __future__ import annotations

import json
import re
from decimal import Decimal
from math import isfinite
from typing import NoReturn

import msgspec

from ledger.errors import Malformed, NotCanonical

MAX_DEPTH = 16
MAX_INTEGER = 2**53 - 1
"""The largest integer that every JSON reader holds exactly (RFC 8785 section 3.2.2.3 and appendix D)."""
DEEPEST_WRITTEN = 100
"""`canonical` recurses, so there is a depth beyond which it refuses rather than fails."""

_DIGITS_AS_ZERO = bytes.maketrans(b"0123456789", b"0000000000")
_SIXTEEN_DIGITS = b"0" * len(str(MAX_INTEGER))
_ASTRAL = re.compile(rb"[\xf0-\xf4]")  # how UTF-8 begins a character beyond the Basic Multilingual Plane
# A string left open runs to the end of the bytes, so that hostile bytes are still read only once.
_STRING_OR_BRACKET = re.compile(rb'"(?:[^"\\]|\\.)*+"?|[\[\]{}]', re.DOTALL)


# -- reading ------------------------------------------------------------------------------------


def parse(data: bytes, max_depth: int = MAX_DEPTH) -> object:
    """The value of bytes in the profile: dict, list, str, int, bool or None.

    Malformed when the bytes are not JSON in UTF-8, or are nested deeper than `max_depth`. NotCanonical when
    they are JSON but not in the one form: floats, large integers, duplicate members, order, white space.
    """
    # Fewer brackets than levels cannot be too deep; only what has more is looked at bracket by bracket.
    if data.count(b"[") + data.count(b"{") > max_depth:
        _refuse_depth(data, max_depth)
    try:
        value: object = _decoder.decode(data)
    except UnicodeDecodeError:
        raise Malformed("The JSON is not valid UTF-8.") from None
    except msgspec.ValidationError:
        raise NotCanonical("An integer is beyond 2^53-1: write large numbers as strings.") from None
    except msgspec.DecodeError as error:
        fault = str(error).removeprefix("JSON is malformed: ")
        raise Malformed(f"The bytes are not JSON: {fault}.") from None
    if _SIXTEEN_DIGITS in data.translate(_DIGITS_AS_ZERO):
        _refuse_large_integers(value)
    astral = not data.isascii() and _ASTRAL.search(data)
    if (canonical(value) if astral else _encoder.encode(value)) != data:
        raise NotCanonical(_why_not_canonical(data))
    return value


def _refuse_float(text: str) -> NoReturn:
    raise NotCanonical(f"The number {text[:40]} is written as a float: sums and shares are strings here.")


_decoder = msgspec.json.Decoder(float_hook=_refuse_float)
_encoder = msgspec.json.Encoder(order="sorted")


def _refuse_depth(data: bytes, max_depth: int) -> None:
    """Refuse nesting beyond `max_depth` without recursion, before any parser sees the bytes."""
    depth = 0
    for token in _STRING_OR_BRACKET.finditer(data):
        match data[token.start()]:
            case 0x5B | 0x7B:  # [ {
                depth += 1
                if depth > max_depth:
                    raise Malformed(f"The JSON is nested deeper than {max_depth} levels.")
            case 0x5D | 0x7D:  # ] }
                depth -= 1


def _refuse_large_integers(value: object) -> None:
    """Refuse any integer beyond 2^53-1 in a value that is known not to be deep."""
    match value:
        case int():
            _require_exact(value)
        case list():
            for item in value:
                _refuse_large_integers(item)
        case dict():
            for item in value.values():
                _refuse_large_integers(item)


def _why_not_canonical(data: bytes) -> str:
    """The sentence for bytes that are JSON and not in RFC 8785 form: a second reading, for refusals only."""

    def members(pairs: list[tuple[str, object]]) -> dict[str, object]:
        seen: dict[str, object] = {}
        for key, value in pairs:
            if key in seen:
                raise NotCanonical(f"The member {key[:40]!r} stands twice in one object.")
            seen[key] = value
        return seen

    try:
        json.loads(data, object_pairs_hook=members, parse_int=str)  # str: a hidden duplicate may be huge
    except NotCanonical as duplicate:
        return duplicate.why
    return "The JSON is not in its RFC 8785 form: white space, the order of members, or how text is escaped."


# -- writing ------------------------------------------------------------------------------------


def canonical(value: object) -> bytes:
    """The RFC 8785 form of a value made of dict, list, tuple, str, int, float, bool and None.

    NotCanonical when there is none: NaN and infinities, integers beyond 2^53-1, lone surrogates, keys that
    are not text, other types, nesting beyond 100.
    """
    try:
        return _written(value, DEEPEST_WRITTEN).encode()
    except UnicodeEncodeError:
        raise NotCanonical("A lone surrogate is not text and cannot be written.") from None


def _written(value: object, depth: int) -> str:
    if depth < 0:
        raise NotCanonical(f"The value is nested deeper than {DEEPEST_WRITTEN} levels.")
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case str():
            # RFC 8785 section 3.2.2.2 escapes what Python escapes, in the same short and lower-case forms.
            return json.dumps(value, ensure_ascii=False)
        case int():
            return str(_require_exact(value))
        case float():
            return _number(value)
        case list() | tuple():
            return "[" + ",".join([_written(item, depth - 1) for item in value]) + "]"
        case dict():
            keys = sorted(value, key=_utf16)
            members = [f"{_written(key, depth)}:{_written(value[key], depth - 1)}" for key in keys]
            return "{" + ",".join(members) + "}"
    raise NotCanonical(f"JSON has no form for a value of type {type(value).__name__}.")


def _utf16(key: object) -> bytes:
    """What members are sorted by: UTF-16 code units, unsigned (RFC 8785 section 3.2.3)."""
    if not isinstance(key, str):
        raise NotCanonical(f"The name of a member is text, not {type(key).__name__}.")
    return key.encode("utf-16-be")


def _require_exact(number: int) -> int:
    if not -MAX_INTEGER <= number <= MAX_INTEGER:
        raise NotCanonical("An integer is beyond 2^53-1: write large numbers as strings.")
    return number


def _number(number: float) -> str:
    """A double as ECMAScript writes it (RFC 8785 section 3.2.2.3; ECMA-262 Number::toString)."""
    if not isfinite(number):
        raise NotCanonical(f"JSON has no form for {number}.")
    if number == 0:
        return "0"  # minus zero as well
    # Python's repr gives the same shortest digits that round-trip; only their layout differs.
    parts = Decimal(repr(number)).normalize().as_tuple()
    digits = "".join(map(str, parts.digits))
    point = len(digits) + int(parts.exponent)  # where the decimal point stands, counted from the first digit
    return ("-" if parts.sign else "") + _layout(digits, point)


def _layout(digits: str, point: int) -> str:
    if len(digits) <= point <= 21:
        return digits.ljust(point, "0")
    if 0 < point <= 21:
        return f"{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return "0." + "0" * -point + digits
    exponent = f"e{point - 1:+d}"
    return f"{digits[0]}.{digits[1:]}{exponent}" if len(digits) > 1 else digits + exponent
