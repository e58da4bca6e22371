"""SVG as text: elements, numbers and words, so that one picture is always the same bytes.

Law: every word is escaped here, and every number has at most one decimal. There is no script and no resource from
outside. Nobody knows which font will be used, so a width is an estimate for a wide one (a picture's words then fit in
a narrower one as well), and words that it may not hold for are told to keep to it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from hashlib import sha256
from html import escape
from unicodedata import combining, east_asian_width

from ledger.values import Pence

FONT = "sans-serif"
PAPER, WORDS, QUIET = "#ffffff", "#1d2329", "#4a545e"
ELLIPSIS = "…"
MOST_NAMED = 40
"""Entries that a title names one by one; of more, it names the first and says how many there are."""

_UNWANTED = re.compile(
    "[^\t\n\r\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"  # what XML 1.0 has no place for, and C1
    "|[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]"  # what would turn the order of a sum's digits round
)
_WIDTHS = {
    **dict.fromkeys("ijlI|!.,:;'` ", 0.38),
    **dict.fromkeys('frt()[]{}/\\-"', 0.47),
    **dict.fromkeys("mwMW@%&+<=>~#_^…", 0.99),
    **dict.fromkeys("ABCDEFGHJKLNOPQRSTUVXYZ", 0.79),
}
_USUAL = 0.65
_BOLD = 1.1


def number(value: float) -> str:
    """At most one decimal, and never minus nothing."""
    text = f"{value:.1f}".removesuffix(".0")
    return "0" if text == "-0" else text


def plain(words: str) -> str:
    """The words on one line, without characters that XML forbids or that reorder their neighbours."""
    return " ".join(_UNWANTED.sub("\N{REPLACEMENT CHARACTER}", words).split())


def element(tag: str, *inside: str, **attributes: str | float) -> str:
    """One element; what is inside is written already. `stroke_width` is `stroke-width`, `class_` is `class`."""
    names = {name: name.rstrip("_").replace("_", "-") for name in attributes}
    told = "".join(
        f' {names[name]}="{escape(plain(value)) if isinstance(value, str) else number(value)}"'
        for name, value in attributes.items()
    )
    return f"<{tag}{told}>{''.join(inside)}</{tag}>" if inside else f"<{tag}{told}/>"


def titled(words: str) -> str:
    """The title of what it stands in: a reader's tooltip, and what a screen reader says."""
    return element("title", escape(plain(words)))


def linked(href: str, title: str, *inside: str) -> str:
    """A part of the picture that leads to its first entry and says what it is."""
    return element("a", titled(title), *inside, href=href)


def text(words: str, x: float, y: float, size: int, *, fill: str, anchor: str = "start", bold: bool = False) -> str:
    """One line of words. Beyond Latin letters our estimate of the width may not hold, so it is then imposed."""
    line = plain(words)
    weight: dict[str, str | float] = {"font_weight": "bold"} if bold else {}
    if any(ord(letter) > 0x17F and letter not in "–—’£…" for letter in line):
        weight |= {"textLength": width_of(line, size, bold=bold), "lengthAdjust": "spacingAndGlyphs"}
    return element("text", escape(line), x=x, y=y, font_size=size, fill=fill, text_anchor=anchor, **weight)


def width_of(words: str, size: int, *, bold: bool = False) -> float:
    """How wide the words are in a wide sans-serif font, in the picture's units."""
    return sum(map(_breadth, words)) * size * (_BOLD if bold else 1)


def _breadth(letter: str) -> float:
    if letter in _WIDTHS:
        return _WIDTHS[letter]
    if ord(letter) < 0x250:
        return _USUAL if letter.islower() or letter.isdigit() else 0.8
    return 0.0 if combining(letter) else 1.3 if east_asian_width(letter) in "WF" else 0.9


def shortened(words: str, room: float, size: int, *, bold: bool = False) -> str:
    """As much of the words as the room holds, and an ellipsis where some is left out."""
    line = plain(words)
    if width_of(line, size, bold=bold) <= room:
        return line
    while line and width_of(line + ELLIPSIS, size, bold=bold) > room:
        line = line[:-1]
    return line.rstrip() + ELLIPSIS


def clipped(words: str, room: float, size: int) -> str:
    """The same for names that differ at their end: what is left out is in the middle."""
    line = plain(words)
    kept, whole = len(line), line
    while kept > 1 and width_of(line, size) > room:
        kept -= 1
        line = whole[: (kept + 1) // 2].rstrip() + ELLIPSIS + whole[len(whole) - kept // 2 :].lstrip()
    return line


def wrapped(words: str, room: float, size: int, *, most: int, bold: bool = False) -> list[str]:
    """The words in at most so many lines; the last is shortened, and a word that fills no line is broken."""
    lines: list[str] = []
    rest = plain(words)
    while rest and len(lines) < most - 1 and width_of(rest, size, bold=bold) > room:
        fits = len(rest)
        while fits > 1 and width_of(rest[:fits], size, bold=bold) > room:
            fits -= 1
        space, hyphen = rest.rfind(" ", 1, fits + 1), rest.rfind("-", 1, fits) + 1
        end = space if space * 2 > fits else max(space, hyphen)  # a reference is kept whole where that costs little
        end = end if end > 0 else fits
        lines.append(rest[:end].rstrip())
        rest = rest[end:].lstrip()
    return [*lines, shortened(rest, room, size, bold=bold)] if rest else lines


def money(pence: int) -> str:
    """The sum as people read it: ``£1,447,120.00``."""
    return Pence(pence).spoken.replace("GBP ", "£")


def naming(entries: Sequence[int]) -> str:
    """The entries in words: ``entries 3, 7, 9``."""
    named = ", ".join(str(entry) for entry in entries[:MOST_NAMED])
    more = f" and {len(entries) - MOST_NAMED:,} more" if len(entries) > MOST_NAMED else ""
    return f"{'entry' if len(entries) == 1 else 'entries'} {named}{more}"


def heading(title: str, description: str, margin: float, width: float) -> tuple[list[str], float]:
    """The title and the description as words to be seen, and where the picture begins below them."""
    y, pieces = margin, []
    for line in wrapped(title, width, 17, most=2, bold=True):
        y += 20
        pieces.append(text(line, margin, y - 4, 17, fill=WORDS, bold=True))
    for line in wrapped(description, width, 12, most=3):
        y += 17
        pieces.append(text(line, margin, y - 3, 12, fill=QUIET))
    return pieces, y + margin


def document(title: str, description: str, width: float, height: float, *inside: str) -> str:
    """The whole picture on white, so that it is the same on a dark page, on a light one and on paper."""
    mark = sha256(f"{title}\0{description}".encode("utf-8", "replace")).hexdigest()[:12]  # ids, where a page holds two
    return (
        element(
            "svg",
            element("title", escape(plain(title)), id=f"title-{mark}"),
            element("desc", escape(plain(description)), id=f"desc-{mark}"),
            element("rect", width=width, height=height, fill=PAPER),
            *inside,
            xmlns="http://www.w3.org/2000/svg",
            viewBox=f"0 0 {number(width)} {number(height)}",
            width=width,
            height=height,
            role="img",
            aria_labelledby=f"title-{mark} desc-{mark}",
            font_family=FONT,
        )
        + "\n"
    )
