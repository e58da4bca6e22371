"""Entries: one line of bytes, cut at fixed places, never longer than a tile's two bytes of length can tell."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger import entry
from ledger.dsse import LARGEST as LARGEST_ENVELOPE
from ledger.errors import LedgerError, Malformed, TooLarge
from ledger.values import Instant
from tests.story import COUNCIL, START, World, founding


def founded() -> bytes:
    """The founding entry's envelope."""
    return World().write("ledger-founded/1", founding(), f"{COUNCIL}/s151")[0]


WIRE = founded()
LINE = entry.write(START, WIRE)


def test_a_line_is_the_moment_and_the_envelope_verbatim() -> None:
    assert LINE == b'{"received_at":"2026-04-02T09:00:00Z","envelope":' + WIRE + b"}"
    assert json.loads(LINE) == {"received_at": "2026-04-02T09:00:00Z", "envelope": json.loads(WIRE)}


def test_a_line_reads_back_as_it_was_written() -> None:
    read = entry.read(LINE)
    assert (read.line, read.received_at, read.statement.wire) == (LINE, START, WIRE)
    assert entry.received_at(LINE) == START


@given(st.integers(0, int(Instant.parse("9998-12-31T23:59:59Z"))))
def test_any_moment_is_written_in_the_same_place(second: int) -> None:
    line = entry.write(Instant(second), WIRE)
    assert entry.received_at(line) == second
    assert entry.read(line).statement.wire == WIRE


ANOTHER_FORM = {
    "nothing": b"",
    "a bracket": b"}",
    "white space": LINE.replace(b":", b": ", 1),
    "a line end": LINE + b"\n",
    "the other order": b'{"envelope":' + WIRE + b',"received_at":"2026-04-02T09:00:00Z"}',
    "another member": LINE[:-1] + b',"extra":1}',
    "a member twice": LINE.replace(b',"envelope"', b',"received_at":"2026-04-02T09:00:00Z","envelope"'),
    "no envelope": b'{"received_at":"2026-04-02T09:00:00Z","envelope":}',
    "a moment that does not exist": LINE.replace(b"2026-04-02", b"2026-02-30"),
    "a moment with a fraction": LINE.replace(b"09:00:00Z", b"09:00:00.000Z"),
    "a moment elsewhere": LINE.replace(b"09:00:00Z", b"09:00:00+01:00"),
    "a moment in other letters": LINE.replace(b"2026-04-02T09:00:00Z", "2026-04-02T09:00:0é".encode()),
    "cut short": LINE[:-1],
    "cut in the moment": LINE[:30],
    "only a head": LINE[:49] + b"}",
    "a byte order mark": b"\xef\xbb\xbf" + LINE,
}


@pytest.mark.parametrize("what", ANOTHER_FORM)
def test_a_line_in_another_form_is_refused(what: str) -> None:
    with pytest.raises(Malformed):
        entry.read(ANOTHER_FORM[what])


@given(st.integers(0, len(LINE) - 1), st.integers(1, 255))
def test_no_two_lines_are_the_same_entry(place: int, flip: int) -> None:
    altered = LINE[:place] + bytes([LINE[place] ^ flip]) + LINE[place + 1 :]
    try:
        read = entry.read(altered)
    except Malformed:
        return
    assert read.line == altered
    assert (read.received_at, read.statement.wire) != (START, WIRE)
    assert entry.write(read.received_at, read.statement.wire) == altered


def test_the_largest_envelope_makes_the_largest_line_and_no_larger_one_is_written_or_read() -> None:
    largest = b"x" * LARGEST_ENVELOPE
    assert len(entry.write(START, largest)) == entry.LARGEST == 65_535
    with pytest.raises(TooLarge, match="65,536"):
        entry.write(START, largest + b"x")
    with pytest.raises(TooLarge):
        entry.read(b"x" * 65_536)
    with pytest.raises(TooLarge):
        entry.read(b"x" * 2_000_000)


@given(st.binary(max_size=200))
def test_whatever_stands_in_a_log_the_answer_is_an_entry_or_a_refusal(noise: bytes) -> None:
    for line in (noise, LINE[: len(noise)] + noise, b'{"received_at":"' + noise, LINE[:49] + noise + b"}"):
        with pytest.raises(LedgerError):
            entry.read(line)
