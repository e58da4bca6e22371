"""Wording: plain text holds no person's details (law 9).

What looks like a National Insurance number, an NHS number, an e-mail address, a telephone number, or a name
with a date of birth is refused. The formats are those published by HMRC (NIM39110), NHS Data Dictionary
(modulus 11) and Ofcom's numbering plan; the rule sees forms, not meanings, and says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from ledger.errors import TextLooksPersonal

_NATIONAL_INSURANCE = re.compile(
    r"\b(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z](?:[ -]?\d{2}){3}[ -]?[A-D]\b", re.I
)
_DIGIT = re.compile(r"\d")
_E_MAIL = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")
_DAY, _MONTH, _YEAR = r"(?:0?[1-9]|[12]\d|3[01])", r"(?:0?[1-9]|1[0-2])", r"(?:19|20|21)\d{2}"
_SPACED = rf"{_DAY} {_MONTH} {_YEAR}"
# Groups of digits between spaces are dates only where nothing but dates stands there: the rest may be a telephone's.
_DATE = re.compile(
    rf"\b{_DAY}([./-]){_MONTH}\1{_YEAR}\b|\b\d{{4}}-\d{{2}}-\d{{2}}\b"
    rf"|(?<!\d)(?<!\d[ .()-])(?<!\d[ .()-]{{2}}){_SPACED}(?: {_SPACED})*(?![ .()-]{{0,2}}\d)"
)
# The edges keep identifiers and digests out: a number of either kind stands by itself. Dates are taken out before.
_TELEPHONE = re.compile(r"(?<![\w.,/-])(?:(?:\+|00)44|\(?0(?!\.))(?:[ .()-]{0,2}\d){9,11}(?![\w/-])")
_NHS = re.compile(r"(?:(?<=NHS)|(?<![^\W_]))\d{3}[ ._-]?\d{3}[ ._-]?\d{4}(?![\w-])")
_BORN = re.compile(r"\bborn (?:on |in )?(?:the )?(?:\d|(?:19|20)\d{2})|\b(?:dob|d\.o\.b\.?|date of birth)\b.*\d", re.I)
_WORD = r"[A-Z\u00c0-\u00de][a-z\u00df-\u00ff]+"
_NAME_AND_DATE = re.compile(
    rf"\b((?:{_WORD}|[A-Z]\.?)(?:-{_WORD})*(?: (?:{_WORD}|[A-Z]\.?))* (?:[A-Z]['’]|Mc|Mac)?{_WORD}(?:-{_WORD})*)"
    r"[,;:( ]{1,3}"
    r"(?:\d{1,2}[/. -](?:\d{1,2}|[A-Z][a-z]{2,8})[/. -](?:19|20)\d{2}|(?:19|20)\d{2}-\d{2}-\d{2})\b"
)
_CIVIC = frozenset(
    {
        "Act",
        "Agreement",
        "Assembly",
        "Authority",
        "Award",
        "Board",
        "Borough",
        "Budget",
        "Cabinet",
        "Care",
        "City",
        "Committee",
        "Council",
        "County",
        "Decision",
        "Deed",
        "Delegation",
        "Directorate",
        "District",
        "Education",
        "Executive",
        "Forum",
        "Framework",
        "Fund",
        "Grant",
        "Group",
        "Health",
        "Housing",
        "Hub",
        "Integrated",
        "Item",
        "Meeting",
        "Minute",
        "Minutes",
        "Office",
        "Order",
        "Panel",
        "Paper",
        "Partnership",
        "Plan",
        "Pool",
        "Programme",
        "Report",
        "Review",
        "Scheme",
        "Scrutiny",
        "Service",
        "Services",
        "Statement",
        "Team",
        "Trust",
        "Variation",
        "Version",
        "Wellbeing",
    }
)
"""Words that name bodies and papers: two capital letters and a date are then a meeting, not a birth."""
_NOBODY = re.compile(
    rf"(?:The )?(?:Greater {_WORD}"
    r"|[A-Z][a-z]+ing (?:Children|Communities|Families|Futures|Lives|Neighbourhoods|People|Places))"
)
"""Whole phrases that name a place or a programme. Beside other words they excuse nothing: those may be a name."""


def admit(texts: Iterable[str]) -> None:
    """Refuse text that looks like a person's details. Raises TextLooksPersonal."""
    for text in texts:
        if found := looks_personal(text):
            raise TextLooksPersonal(
                f"this text looks like {found}, and the ledger holds no person's details",
                next_step="leave it out, or refer to a case by a token",
            )


def looks_personal(text: str) -> str:
    """What the text looks like, or an empty string."""
    if "@" in text and _E_MAIL.search(text):
        return "an e-mail address"
    if not _DIGIT.search(text):
        return ""
    if _NATIONAL_INSURANCE.search(text):
        return "a National Insurance number"
    if any(_is_nhs_number(match[0]) for match in _NHS.finditer(text)):
        return "an NHS number"
    if _TELEPHONE.search(_DATE.sub("date", text)):
        return "a telephone number"
    if _BORN.search(text) or any(_is_name(match[1]) for match in _NAME_AND_DATE.finditer(text)):
        return "a name with a date of birth"
    return ""


def _is_name(words: str) -> bool:
    """Words with capital letters that may be a person's name, and not a body's, a paper's or a programme's."""
    return not (_CIVIC & set(words.split()) or _NOBODY.fullmatch(words))


def _is_nhs_number(text: str) -> bool:
    """Ten digits whose last is the modulus 11 check digit of the first nine."""
    digits = [int(letter) for letter in text if letter.isdigit()]
    check = 11 - sum(weight * digit for weight, digit in zip(range(10, 1, -1), digits, strict=False)) % 11
    return check % 11 == digits[9] and check != 10
