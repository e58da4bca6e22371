"""The nouns that events are written with: money, dates, years, references, keys and sealed text.

Law: money is integer pence inside and a decimal string with two places on the wire; a third decimal is
refused, never rounded. Each noun has exactly one wire form, so that nothing signed can be read two ways.
Nothing here reads a clock, a file or the environment.
"""

from __future__ import annotations

import base64
import binascii
import re
from datetime import UTC, date, datetime
from fractions import Fraction
from functools import lru_cache
from typing import Annotated, Any, ClassVar, Literal, Self

import msgspec

from ledger.errors import Malformed

# -- money --------------------------------------------------------------------------------------

_MONEY = re.compile(r"(0|[1-9][0-9]{0,12})\.[0-9]{2}")


class Pence(int):
    """A sum of money in whole pence; `str()` is the wire form, such as ``25000.00``."""

    __slots__ = ()

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the wire form. Raises Malformed for anything but pounds, a point and two digits."""
        if not _MONEY.fullmatch(text):
            raise Malformed(f"{text!r} is not an amount: write pounds, a point and exactly two digits, as in 25000.00")
        return cls(text.replace(".", ""))

    def __str__(self) -> str:
        sign, pounds, pence = ("-" if self < 0 else ""), *divmod(abs(int(self)), 100)
        return f"{sign}{pounds}.{pence:02d}"

    def __repr__(self) -> str:
        return f"Pence({int(self)})"

    @property
    def spoken(self) -> str:
        """The sum as people read it: ``GBP 25,000.00``."""
        sign, pounds, pence = ("-" if self < 0 else ""), *divmod(abs(int(self)), 100)
        return f"{sign}GBP {pounds:,}.{pence:02d}"


_BALANCE = re.compile(r"-?(0|[1-9][0-9]{0,12})\.[0-9]{2}")


class Balance(Pence):
    """A sum that may be below zero, such as a net total or a difference; the wire form is ``-25.00``."""

    __slots__ = ()

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the wire form. Raises Malformed for anything but an optional minus, pounds, a point and two digits."""
        if not _BALANCE.fullmatch(text) or text == "-0.00":
            raise Malformed(f"{text!r} is not a sum: write pounds, a point and exactly two digits, as in -25.00")
        return cls(text.replace(".", ""))

    def __repr__(self) -> str:
        return f"Balance({int(self)})"


# -- shares and figures -------------------------------------------------------------------------

_PERCENT = re.compile(r"(?:100|[1-9]?[0-9])(?:\.[0-9]{0,5}[1-9])?")
_FRACTION = re.compile(r"([1-9][0-9]{0,8})/([1-9][0-9]{0,8})")


class Share(Fraction):
    """A part of a whole, exactly: in per cent, such as ``31.9``, or as ``1/3`` where six places do not reach it."""

    __slots__ = ()

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the wire form. Raises Malformed unless it is above 0, at most the whole, and in its one spelling."""
        fraction = _FRACTION.fullmatch(text)
        if fraction:
            share = cls(int(fraction[1]), int(fraction[2]))
        elif _PERCENT.fullmatch(text):
            share = cls(Fraction(text) / 100)
        else:
            raise Malformed(f"{text!r} is not a share: write per cent as in 31.9, or a fraction as in 1/3")
        if not 0 < share <= 1 or str(share) != text:
            raise Malformed(f"{text!r} is not a share in its one spelling, which would be {str(share)!r}")
        return share

    def __str__(self) -> str:
        millionths = self * 100_000_000
        if millionths.denominator != 1:
            return f"{self.numerator}/{self.denominator}"
        whole, rest = divmod(int(millionths), 1_000_000)
        return f"{whole}.{rest:06d}".rstrip("0").rstrip(".")

    def __repr__(self) -> str:
        return f"Share({str(self)!r})"


_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,14})(?:\.[0-9]{0,8}[1-9])?")


class Number(str):
    """A figure of a measure, in decimals, such as ``12.5``; exact as it was published."""

    __slots__ = ()

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the wire form. Raises Malformed for an exponent, a leading zero or a trailing one."""
        if not _NUMBER.fullmatch(text) or text == "-0":
            raise Malformed(f"{text!r} is not a figure: write digits and a point, as in 12.5, and no zero at its end")
        return cls(text)


# -- time ---------------------------------------------------------------------------------------

_HOUR, _DAY, _DAY_ZERO = 3600, 86_400, date(1970, 1, 1).toordinal()
_INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]Z")


class Instant(int):
    """A second in UTC, counted from 1970; `str()` is the wire form ``2026-04-02T10:15:00Z``."""

    __slots__ = ()

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the wire form. Raises Malformed for another form or a moment that does not exist."""
        if not _INSTANT.fullmatch(text):
            raise Malformed(f"{text!r} is not a moment: write it in UTC, as in 2026-04-02T10:15:00Z")
        try:
            return cls(datetime.fromisoformat(text).timestamp())
        except (ValueError, OverflowError) as error:
            raise Malformed(f"{text!r} is not a moment: {error}") from None

    def __str__(self) -> str:
        return _written(int(self))

    @property
    def day(self) -> date:
        """The date in UTC."""
        return date.fromordinal(_DAY_ZERO + self // _DAY)


@lru_cache(maxsize=256)
def _written(seconds: int) -> str:
    """Many entries share a second."""
    return datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None).isoformat() + "Z"


CLOCK_TOLERANCE: int = 300
"""Seconds by which two honest clocks may differ (design section 6, *Authority*)."""


def latest_day(signed_at: Instant) -> date:
    """The last date that somebody signing then could call today: British summer time runs ahead of UTC."""
    return date.fromordinal(min(_DAY_ZERO + (signed_at + _HOUR) // _DAY, date.max.toordinal()))


_YEAR = re.compile(r"([0-9]{4})-([0-9]{2})")


class FinancialYear(str):
    """A year from 1 April to 31 March, written ``2026-27``."""

    __slots__ = ()

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the wire form. Raises Malformed unless the second year follows the first."""
        match = _YEAR.fullmatch(text)
        if not match or (int(match[1]) + 1) % 100 != int(match[2]) or not 1 <= int(match[1]) < date.max.year:
            raise Malformed(f"{text!r} is not a financial year: write 1 April to 31 March as in 2026-27")
        return cls(text)

    @classmethod
    def of(cls, day: date) -> Self:
        """The year that the day is in."""
        first = day.year if (day.month, day.day) >= (4, 1) else day.year - 1
        return cls(f"{first}-{(first + 1) % 100:02d}")

    @property
    def after(self) -> Self:
        """The year after."""
        first = int(self[:4]) + 1
        return type(self)(f"{first}-{(first + 1) % 100:02d}")

    @property
    def first_day(self) -> date:
        """1 April."""
        return date(int(self[:4]), 4, 1)

    @property
    def last_day(self) -> date:
        """31 March of the year after."""
        return date(int(self[:4]) + 1, 3, 31)


# -- bytes --------------------------------------------------------------------------------------


class FixedBytes(bytes):
    """Bytes of one length, in standard padded base64 on the wire."""

    __slots__ = ()
    length: ClassVar[int]
    what: ClassVar[str]

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the wire form. Raises Malformed for another alphabet, length, or padding."""
        try:
            raw = binascii.a2b_base64(text, strict_mode=True)
        except (binascii.Error, ValueError):
            raise Malformed(f"{text!r} is not {cls.what} in standard base64") from None
        if len(raw) != cls.length or binascii.b2a_base64(raw, newline=False).decode() != text:
            raise Malformed(f"{text!r} is not {cls.what}: {cls.length} bytes in standard padded base64")
        return cls(raw)

    def __str__(self) -> str:
        return base64.b64encode(self).decode()


class Digest(FixedBytes):
    """A SHA-256."""

    length, what = 32, "a SHA-256"


class Token(FixedBytes):
    """An HMAC that stands for a person without naming them (law 9)."""

    length, what = 32, "a token"


class PublicKey(FixedBytes):
    """An Ed25519 public key, raw."""

    length, what = 32, "an Ed25519 public key"


class Signature(FixedBytes):
    """An Ed25519 signature, raw."""

    length, what = 64, "an Ed25519 signature"


class Nonce(FixedBytes):
    """Sixteen random bytes."""

    length, what = 16, "a nonce"


# -- names and text -----------------------------------------------------------------------------

REFERENCE = r"^[A-Za-z0-9][A-Za-z0-9._/-]{0,63}\Z"
ORGANISATION = r"^[A-Z]{2}-[A-Z0-9]{2,12}-[A-Z0-9][A-Z0-9-]{0,31}\Z"
OFFICE = r"^[a-z][a-z0-9-]{0,31}\Z"
OFFICER = ORGANISATION.removesuffix(r"\Z") + r"/[a-z][a-z0-9-]{0,31}\Z"
UUID7 = r"^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\Z"
ORIGIN = r"^[a-z0-9][a-z0-9.-]{0,100}(/[A-Za-z0-9._-]{1,64})*\Z"
PLAIN_TEXT = (
    r"^[^\x00-\x1f\x7f-\x9f\xad\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    r"\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\uffff\ud800-\udfff\ue000-\uf8ff\U000e0000-\U0010ffff]+\Z"
)
"""No control, bidirectional, invisible or private character: what is signed is what is seen."""


def says(sentence: str, *, read: str = "partners") -> msgspec.Meta:
    """What a field holds, in one sentence, and its reading class (partners, parties, auditor)."""
    return msgspec.Meta(description=sentence, extra={"read": read})


def _subject(pattern: str, tag: str) -> msgspec.Meta:
    return msgspec.Meta(pattern=pattern, extra={"tag": tag})


OrganisationId = Annotated[str, _subject(ORGANISATION, "partner")]
OfficerId = Annotated[str, _subject(OFFICER, "officer")]
PoolRef = Annotated[str, _subject(REFERENCE, "pool")]
SchemeRef = Annotated[str, _subject(REFERENCE, "scheme")]
CommitmentRef = Annotated[str, _subject(REFERENCE, "commitment")]
ContributionRef = Annotated[str, _subject(REFERENCE, "contribution")]
OutcomeRef = Annotated[str, _subject(REFERENCE, "outcome")]
DatasetRef = Annotated[str, _subject(REFERENCE, "dataset")]
ContractRef = Annotated[str, _subject(REFERENCE, "contract")]
ClaimRef = Annotated[str, _subject(REFERENCE, "claim")]
PaymentRef = Annotated[str, _subject(REFERENCE, "payment")]
DisputeRef = Annotated[str, _subject(REFERENCE, "dispute")]
SettlementRef = Annotated[str, _subject(REFERENCE, "settlement")]
GrantRef = Annotated[str, _subject(REFERENCE, "grant")]
SpendRef = Annotated[str, _subject(REFERENCE, "spend")]
JournalRef = Annotated[str, _subject(REFERENCE, "journal")]
MapRef = Annotated[str, _subject(REFERENCE, "map")]
EntryId = Annotated[str, _subject(UUID7, "entry")]
MetricName = Annotated[str, msgspec.Meta(pattern=REFERENCE)]
OfficeName = Annotated[str, msgspec.Meta(pattern=OFFICE)]
Origin = Annotated[str, msgspec.Meta(pattern=ORIGIN)]
Fingerprint = Annotated[str, msgspec.Meta(pattern=r"^SHA256:[A-Za-z0-9+/]{43}\Z")]
Kind = Annotated[str, msgspec.Meta(pattern=r"^[a-z]+(-[a-z]+)*/[1-9][0-9]{0,3}\Z")]
VerifierKey = Annotated[str, msgspec.Meta(pattern=r"^[!-*,-~]{1,100}\+[0-9a-f]{8}\+[A-Za-z0-9+/=]{8,100}\Z")]
ShortText = Annotated[str, msgspec.Meta(min_length=1, max_length=200, pattern=PLAIN_TEXT, extra={"text": True})]
Count = Annotated[int, msgspec.Meta(ge=0, le=2**53 - 1)]
Days = Annotated[int, msgspec.Meta(ge=0, le=3660)]


class Value(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, gc=False):
    """A noun made of several fields."""


class Sealed(Value, frozen=True, kw_only=True):
    """Text that may have to be withheld or erased: only its salted digest is signed (law 13)."""

    sealed: Annotated[Digest, says("The SHA-256 of the opening.")]


Power = Literal[
    "lead", "appoint", "operate", "agree", "commit", "pay", "claim", "approve", "transcribe", "erase", "verify", "audit"
]  # fmt: skip
"""What an officer may do. Each kind's catalogue page names the power that it needs."""

Category = Literal["resource", "capital", "prevention"]
AccountsAs = Literal["revenue", "capital"]
Strength = Literal["firm", "subject-to-budget", "subject-to-settlement", "indicative"]
Restriction = Literal["ring-fenced", "targeted", "none"]
PaymentBasis = Literal["input", "activity", "output", "outcome", "block"]


class Prevention(Value, frozen=True, kw_only=True):
    """Why a sum counts as prevention: only primary and secondary do (Demos and the Health Foundation)."""

    level: Annotated[Literal["primary", "secondary"], says("Before a need arises, or before it grows.")]
    goal: Annotated[ShortText, says("The principal goal of the spending.")]
    classification: Annotated[ShortText, says("The version of the classification used.")]


class YearAmount(Value, frozen=True, kw_only=True):
    """A sum in one financial year, under its control total and its statutory heading."""

    year: Annotated[FinancialYear, says("1 April to 31 March.")]
    category: Annotated[Category, says("The control total that the sum counts against.")]
    accounts_as: Annotated[AccountsAs, says("Revenue or capital, as the statute has it.")]
    amount: Annotated[Pence, says("The sum, in pounds and pence.")]
    prevention: Annotated[Prevention | None, says("Why it counts as prevention; only then.")] = None


def decode_hook(wanted: type, wire: Any) -> Any:
    """Read a noun of this module from its wire form. Raises ValueError, to which msgspec adds the place."""
    parse = getattr(wanted, "parse", None)
    if parse is None or not isinstance(wire, str):
        raise ValueError(f"expected {wanted.__name__} as a string, got {type(wire).__name__}")
    try:
        return parse(wire)
    except Malformed as error:
        raise ValueError(error.why) from None


def encode_hook(value: Any) -> str:
    """Write a noun of this module in its wire form, for msgspec."""
    return str(value)
