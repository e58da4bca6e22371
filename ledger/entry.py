"""An entry: a statement with the moment at which it was received, in one line of bytes.

Law: the line is stored verbatim, is the leaf's data in the Merkle tree, and has at most 65,535 bytes. It has
one byte form, so it is cut at fixed places and never parsed as JSON.
"""

from __future__ import annotations

from typing import Final

import msgspec

from ledger.errors import Malformed, TooLarge
from ledger.statement import Statement, parse
from ledger.values import Instant

LARGEST: Final = 65_535
_HEAD: Final = b'{"received_at":"'
_MIDDLE: Final = b'","envelope":'
_INSTANT_ENDS: Final = len(_HEAD) + 20
_ENVELOPE_STARTS: Final = _INSTANT_ENDS + len(_MIDDLE)


class Entry(msgspec.Struct, frozen=True, gc=False):
    """A line of the log: when it was received, and what was said."""

    line: bytes
    received_at: Instant
    statement: Statement


def write(received_at: Instant, wire: bytes) -> bytes:
    """The line of a statement received then. Raises TooLarge."""
    line = b"%s%s%s%s}" % (_HEAD, str(received_at).encode(), _MIDDLE, wire)
    if len(line) > LARGEST:
        raise TooLarge(f"an entry has at most {LARGEST:,} bytes, and this has {len(line):,}")
    return line


def received_at(line: bytes) -> Instant:
    """When a line was received. Raises Malformed."""
    head, middle = line[: len(_HEAD)], line[_INSTANT_ENDS:_ENVELOPE_STARTS]
    if head != _HEAD or middle != _MIDDLE or line[-1:] != b"}":
        raise Malformed("not an entry in its one byte form: received_at, then envelope")
    try:
        return Instant.parse(line[len(_HEAD) : _INSTANT_ENDS].decode("ascii"))
    except UnicodeDecodeError:
        raise Malformed("not an entry in its one byte form: received_at is not a moment") from None


def read(line: bytes) -> Entry:
    """Read a line. Raises Malformed, TooLarge, NotCanonical or UnknownKind."""
    if len(line) > LARGEST:
        raise TooLarge(f"an entry has at most {LARGEST:,} bytes, and this has {len(line):,}")
    return Entry(line, received_at(line), parse(line[_ENVELOPE_STARTS:-1]))
