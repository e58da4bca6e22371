"""Nouns: money to the penny, moments, financial years, bytes; each with exactly one wire form."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import Malformed
from ledger.values import (
    PLAIN_TEXT,
    Digest,
    FinancialYear,
    Fingerprint,
    Instant,
    Kind,
    Nonce,
    OfficerId,
    OrganisationId,
    Origin,
    Pence,
    PoolRef,
    ShortText,
    Signature,
    VerifierKey,
    YearAmount,
    decode_hook,
    encode_hook,
    latest_day,
)


def read(wire: object, noun: Any) -> Any:
    """Read a noun from its wire form, as the events do."""
    return msgspec.convert(wire, noun, dec_hook=decode_hook)


# -- money --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "pence"), [("0.00", 0), ("0.01", 1), ("25000.00", 2_500_000), ("9999999999999.99", 10**15 - 1)]
)
def test_money_is_pounds_a_point_and_two_digits(text: str, pence: int) -> None:
    assert Pence.parse(text) == pence
    assert str(Pence(pence)) == text


@pytest.mark.parametrize(
    "text",
    [
        *("25000", "25000.0", "25000.000", "25000.005", ".50", "25,000.00", "+1.00", "-1.00", "-0.00", "01.00", "1e3"),
        *("", " 1.00", "1.00 ", "1.00\n", "£1.00", "1.0O", "\u0661.\u0660\u0660", "1_0.00", "NaN", "10000000000000.00"),
    ],
)
def test_any_other_form_of_a_sum_is_refused_and_never_rounded(text: str) -> None:
    with pytest.raises(Malformed, match="exactly two digits"):
        Pence.parse(text)


@given(st.integers(0, 10**15 - 1))
def test_money_has_one_form(pence: int) -> None:
    assert Pence.parse(str(Pence(pence))) == pence


@given(st.text(st.sampled_from("0123456789.-+e, \n"), max_size=18))
def test_no_two_texts_are_one_sum(text: str) -> None:
    try:
        assert str(Pence.parse(text)) == text
    except Malformed:
        assert not re.fullmatch(r"(0|[1-9]\d*)\.\d\d", text) or len(text) > 16


def test_a_sum_is_spoken_as_people_write_it() -> None:
    assert Pence(2_500_000).spoken == "GBP 25,000.00"
    assert Pence(-150).spoken == "-GBP 1.50"
    assert str(Pence(-150)) == "-1.50"
    assert repr(Pence(7)) == "Pence(7)"


# -- moments ------------------------------------------------------------------------------------


@given(st.integers(0, int(Instant.parse("9998-12-31T23:59:59Z"))))
def test_a_moment_has_one_form(second: int) -> None:
    assert Instant.parse(str(Instant(second))) == second


@pytest.mark.parametrize(
    "text",
    [
        "2026-04-02T10:15:00+00:00",
        "2026-04-02T10:15:00",
        "2026-04-02 10:15:00Z",
        "2026-04-02T10:15:00z",
        "2026-04-02T10:15:00.000Z",
        "2026-04-02T10:15Z",
        "2026-02-30T10:15:00Z",
        "2026-04-02T25:00:00Z",
        "2026-04-02T24:00:00Z",
        "2026-04-02T23:59:60Z",
        "2026-04-02T10:15:00Z\n",
        "0000-04-02T10:15:00Z",
        "\uff12026-04-02T10:15:00Z",
        "",
    ],
)
def test_any_other_form_of_a_moment_is_refused(text: str) -> None:
    with pytest.raises(Malformed, match="not a moment"):
        Instant.parse(text)


@pytest.mark.parametrize(
    "text",
    [
        "9999-12-31T23:59:59Z",
        "1000-01-01T00:00:00Z",
        "0999-12-31T23:59:59Z",
        "0001-01-01T00:00:00Z",
    ],
)
def test_a_moment_at_the_edge_of_the_calendar_has_one_form_too(text: str) -> None:
    moment = Instant.parse(text)
    assert str(moment) == text
    assert str(moment.day) == text[:10]
    assert latest_day(moment) >= moment.day


def test_the_latest_day_follows_british_summer_time() -> None:
    assert Instant.parse("2026-04-01T23:30:00Z").day == date(2026, 4, 1)
    assert latest_day(Instant.parse("2026-04-01T22:59:59Z")) == date(2026, 4, 1)
    assert latest_day(Instant.parse("2026-04-01T23:00:00Z")) == date(2026, 4, 2)


# -- years --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text", ["2026-28", "2026-26", "2026-2027", "2026/27", "26-27", "2026-27\n", "", "2026", "\uff12026-27", "9998-98"]
)
def test_a_financial_year_is_followed_by_the_next(text: str) -> None:
    with pytest.raises(Malformed, match="not a financial year"):
        FinancialYear.parse(text)


def test_a_financial_year_runs_from_april_to_march() -> None:
    year = FinancialYear.parse("1999-00")
    assert (year.first_day, year.last_day) == (date(1999, 4, 1), date(2000, 3, 31))


@pytest.mark.parametrize("text", ["9999-00", "0000-01"])
def test_a_financial_year_has_a_first_and_a_last_day(text: str) -> None:
    with pytest.raises(Malformed):
        FinancialYear.parse(text)


# -- bytes --------------------------------------------------------------------------------------


@given(st.binary(min_size=32, max_size=32))
def test_bytes_have_one_form(raw: bytes) -> None:
    assert Digest.parse(str(Digest(raw))) == raw


@pytest.mark.parametrize(
    "text",
    [
        "A" * 43,  # no padding
        "A" * 42 + "B=",  # stray trailing bits
        "A" * 43 + "=\n",
        "A" * 44,
        "A" * 40,
        "_" + "A" * 42 + "=",
        " " + "A" * 42 + "=",
        "A" * 43 + "==",
        "é" + "A" * 42 + "=",
        "",
    ],
)
def test_any_other_base64_is_refused(text: str) -> None:
    with pytest.raises(Malformed, match="a SHA-256"):
        Digest.parse(text)


def test_each_noun_has_its_length() -> None:
    assert (Digest.length, Signature.length, Nonce.length) == (32, 64, 16)
    with pytest.raises(Malformed, match="64 bytes"):
        Signature.parse(str(Digest(bytes(32))))


# -- names and text -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("noun", "good", "bad"),
    [
        (
            OrganisationId,
            ["GB-LAE-BPL", "GB-CHC-1234567", "GB-NHS-QE1"],
            ["gb-lae-bpl", "GB-LAE", "GB-L-1", "GB-LAE--1", "GB-LAE-BPL/"],
        ),
        (
            OfficerId,
            ["GB-LAE-BPL/s151", "GB-LAE-BPL/chief-finance-officer"],
            ["GB-LAE-BPL", "GB-LAE-BPL/S151", "GB-LAE-BPL/1", "s151"],
        ),
        (PoolRef, ["P-1", "2026/pool.a_b"], ["", "-p", ".p", "p q", "é", "x" * 65]),
        (Origin, ["lancashire.example/outcomes", "a"], ["", "A.example", "/x", "x//y", "x y"]),
        (
            Kind,
            ["pool-agreed/1", "x/9999"],
            ["pool-agreed", "pool-agreed/0", "pool-agreed/01", "Pool/1", "pool--agreed/1"],
        ),
        (Fingerprint, ["SHA256:" + "A" * 43], ["SHA256:" + "A" * 42, "MD5:" + "A" * 43, "SHA256:" + "A" * 43 + "="]),
        (
            VerifierKey,
            ["witness.example+0123abcd+" + "A" * 44],
            ["witness+0123ABCD+AAAAAAAA", "a+b+0123abcd+AAAAAAAA", "é+0123abcd+AAAAAAAA"],
        ),
        (ShortText, ["Prevention pool – 2026", "é"], ["", "x" * 201, "tab\there", "line\nbreak", "\x7f", "\x85"]),
    ],
)
def test_a_name_has_a_plain_form(noun: Any, good: list[str], bad: list[str]) -> None:
    assert [read(text, noun) for text in good] == good
    for text in bad:
        with pytest.raises(msgspec.ValidationError):
            read(text, noun)


@pytest.mark.parametrize(
    "noun", [OrganisationId, OfficerId, PoolRef, Origin, Kind, Fingerprint, VerifierKey, ShortText]
)
def test_no_name_or_text_ends_with_a_line_break(noun: Any) -> None:
    good = {
        OrganisationId: "GB-LAE-BPL",
        OfficerId: "GB-LAE-BPL/s151",
        Kind: "pool-agreed/1",
        Fingerprint: "SHA256:" + "A" * 43,
        VerifierKey: "witness.example+0123abcd+" + "A" * 44,
    }.get(noun, "prevention")
    assert read(good, noun) == good
    with pytest.raises(msgspec.ValidationError):
        read(good + "\n", noun)


@pytest.mark.parametrize(
    "character",
    [
        pytest.param("\u202e", id="right-to-left override"),
        pytest.param("\u2066", id="isolate"),
        pytest.param("\u200b", id="zero-width space"),
        pytest.param("\ufeff", id="byte order mark"),
        pytest.param("\u2028", id="line separator"),
        pytest.param("\x1b", id="escape"),
        pytest.param("\u061c", id="arabic letter mark"),
        pytest.param("\u00ad", id="soft hyphen"),
        pytest.param("\u3164", id="hangul filler"),
        pytest.param("\U000e0041", id="tag letter"),
        pytest.param("\ufe0f", id="variation selector"),
        pytest.param("\u180e", id="mongolian vowel separator"),
        pytest.param("\ufff9", id="interlinear annotation"),
        pytest.param("\ue000", id="private use"),
    ],
)
def test_what_is_signed_is_what_is_seen(character: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        read(f"Prevention{character} pool", ShortText)


def test_the_format_document_lists_the_characters_that_plain_text_leaves_out() -> None:
    page = Path(__file__).parents[1].joinpath("docs", "reference", "entry-format.md").read_text("utf-8")
    sentence = page.split("none of the characters U+")[1].split(". ")[0]
    ranges = [
        [int(end, 16) for end in one.split("–")] for one in re.findall("[0-9A-F]{4,6}(?:–[0-9A-F]{4,6})?", sentence)
    ]
    listed = {character for first, *last in ranges for character in range(first, (last or [first])[0] + 1)}
    lone_surrogates = set(range(0xD800, 0xE000))
    left_out = {character for character in range(0x110000) if not re.search(PLAIN_TEXT, chr(character))}
    assert left_out == listed | lone_surrogates


# -- nouns of several fields --------------------------------------------------------------------


def test_a_noun_of_several_fields_reads_back_as_it_was_written() -> None:
    wire = {"year": "2026-27", "category": "resource", "accounts_as": "revenue", "amount": "25000.00"}
    line = read(wire, YearAmount)
    assert isinstance(line.amount, Pence)
    assert msgspec.to_builtins(line, enc_hook=encode_hook) == wire


@pytest.mark.parametrize(
    "change",
    [
        {"amount": 25000},
        {"amount": None},
        {"year": 2026},
        {"category": "revenue"},
        {"extra": 1},
        {"amount": "25000.001"},
    ],
)
def test_a_noun_takes_no_other_type_value_or_member(change: dict[str, object]) -> None:
    wire = {"year": "2026-27", "category": "resource", "accounts_as": "revenue", "amount": "25000.00", **change}
    with pytest.raises(msgspec.ValidationError):
        read(wire, YearAmount)
