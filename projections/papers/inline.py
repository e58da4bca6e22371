"""A picture inside a page: its names made the page's own, and its links left alive.

Law: two pictures on one page keep their own patterns and titles. A picture with links is a group, since whoever hears
an image is told of nothing inside it (ARIA: the children of `img` are presentational).
"""

from __future__ import annotations

import re
from html import escape

_ID = re.compile(r'\bid="([^"]+)"')
_NAMED = re.compile(r'(?P<before>\bid="|url\(#|href="#)(?P<name>[^")]+)')
_LISTED = re.compile(r'\b(aria-(?:labelledby|describedby))="([^"]*)"')


def figure(drawn: str, words: str, number: int) -> str:
    """The picture with its words; `number` tells it from the page's others."""
    svg = _renamed(drawn[drawn.find("<svg") :], f"picture-{number}-")
    role = "img"
    if "<a " in svg:
        role, svg = "group", svg.replace('role="img"', 'role="group"', 1)
    return f'<div role="{role}" aria-label="{escape(words)}">{svg}</div>'


def _renamed(svg: str, prefix: str) -> str:
    names = set(_ID.findall(svg))

    def own(name: str) -> str:
        return prefix + name if name in names else name

    svg = _NAMED.sub(lambda found: found["before"] + own(found["name"]), svg)
    return _LISTED.sub(lambda found: f'{found[1]}="{" ".join(map(own, found[2].split()))}"', svg)
