"""One byte form: RFC 8785 as written, and a reader that refuses every other form, fast and cheaply."""

from __future__ import annotations

import json
import math
import struct
import time
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ledger.errors import LedgerError, Malformed, NotCanonical
from ledger.jcs import MAX_INTEGER, canonical, parse
from tests.outside import outside

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
INTEGERS = st.integers(-MAX_INTEGER, MAX_INTEGER)


def values(numbers: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """JSON values with these numbers in them, less than sixteen levels deep."""
    plain = st.one_of(st.none(), st.booleans(), TEXT, numbers)
    return st.recursive(
        plain, lambda inner: st.one_of(st.lists(inner), st.dictionaries(TEXT, inner)), max_leaves=12
    ).filter(lambda value: depth_of(value) <= 16)


def depth_of(value: Any) -> int:
    """How many levels of objects and lists a value has."""
    if isinstance(value, dict | list):
        return 1 + max(map(depth_of, value.values() if isinstance(value, dict) else value), default=0)
    return 0


# -- writing ------------------------------------------------------------------------------------

# RFC 8785 appendix B: the bits of a double, and how it is written.
APPENDIX_B = [
    ("0000000000000000", "0"),
    ("8000000000000000", "0"),
    ("0000000000000001", "5e-324"),
    ("8000000000000001", "-5e-324"),
    ("7fefffffffffffff", "1.7976931348623157e+308"),
    ("ffefffffffffffff", "-1.7976931348623157e+308"),
    ("4340000000000000", "9007199254740992"),
    ("c340000000000000", "-9007199254740992"),
    ("4430000000000000", "295147905179352830000"),
    ("44b52d02c7e14af5", "9.999999999999997e+22"),
    ("44b52d02c7e14af6", "1e+23"),
    ("44b52d02c7e14af7", "1.0000000000000001e+23"),
    ("444b1ae4d6e2ef4e", "999999999999999700000"),
    ("444b1ae4d6e2ef4f", "999999999999999900000"),
    ("444b1ae4d6e2ef50", "1e+21"),
    ("3eb0c6f7a0b5ed8c", "9.999999999999997e-7"),
    ("3eb0c6f7a0b5ed8d", "0.000001"),
    ("41b3de4355555553", "333333333.3333332"),
    ("41b3de4355555554", "333333333.33333325"),
    ("41b3de4355555555", "333333333.3333333"),
    ("41b3de4355555556", "333333333.3333334"),
    ("41b3de4355555557", "333333333.33333343"),
    ("becbf647612f3696", "-0.0000033333333333333333"),
    ("43143ff3c1cb0959", "1424953923781206.2"),
]


@pytest.mark.parametrize(("bits", "written"), APPENDIX_B)
def test_numbers_are_written_as_appendix_b_of_rfc_8785_writes_them(bits: str, written: str) -> None:
    assert canonical(struct.unpack(">d", bytes.fromhex(bits))[0]) == written.encode()


@pytest.mark.parametrize(
    ("number", "written"),
    [
        (100.0, "100"),
        (1.5, "1.5"),
        (-0.1, "-0.1"),
        (1e20, "1" + "0" * 20),
        (1.25e-7, "1.25e-7"),
        (1e300, "1e+300"),
    ],
)
def test_numbers_have_the_layout_of_ecmascript(number: float, written: str) -> None:
    assert canonical(number) == written.encode()


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_double_reads_back_as_itself(number: float) -> None:
    written = canonical(number).decode()
    assert float(written) == number
    assert "E" not in written
    assert not written.endswith(".0")


@pytest.mark.parametrize(
    "value",
    [
        math.nan,
        math.inf,
        -math.inf,
        2**53,
        -(2**53),
        "\ud800",
        {"\udc00": 1},
        {1: 2},
        {1, 2},
        b"bytes",
        object(),
    ],
)
def test_what_has_no_form_is_refused(value: object) -> None:
    with pytest.raises(NotCanonical):
        canonical(value)
    with pytest.raises(NotCanonical):
        canonical([{"in": value}])


def test_a_value_too_deep_to_write_is_refused_and_does_not_fail() -> None:
    value: list[object] = []
    for _ in range(5_000):
        value = [value]
    with pytest.raises(NotCanonical, match="deeper"):
        canonical(value)


def test_members_are_sorted_by_utf_16_code_units() -> None:
    # RFC 8785 section 3.2.3: the example of the standard, in its order.
    keys = ["\r", "1", "\x80", "\xf6", "\u20ac", "\U0001f600", "\ufb33"]
    written = canonical(dict.fromkeys(sorted(keys)))
    assert list(json.loads(written)) == keys


@given(values(st.one_of(INTEGERS, st.floats(allow_nan=False, allow_infinity=False))))
def test_what_is_written_means_the_same_and_is_written_once_only(value: object) -> None:
    written = canonical(value)
    assert json.loads(written, parse_int=float) == json.loads(json.dumps(value), parse_int=float)
    # Integers in a double's exponent-free range come back as integers beyond 2^53-1: read them as doubles.
    assert canonical(json.loads(written, parse_int=float)) == written


# -- reading ------------------------------------------------------------------------------------


@given(values(INTEGERS))
@example({"\U0001f600": 1, "\ufb33": 2})
@example(["9" * 40, MAX_INTEGER, -MAX_INTEGER, {"\x7f\u2028/": '<&>\x00\x1f\b\f\n\r\t"\\'}])
def test_every_value_of_the_profile_is_read_back(value: object) -> None:
    assert parse(canonical(value)) == value


REFUSED = {
    "empty bytes": b"",
    "white space alone": b" ",
    "white space before": b" 1",
    "white space after": b"1\n",
    "white space between": b'{"a": 1}',
    "two values": b"1 2",
    "a byte order mark": b"\xef\xbb\xbf1",
    "an open list": b"[1",
    "an open string": b'"a',
    "a trailing comma": b"[1,]",
    "a comment": b"[1]//",
    "single quotes": b"'a'",
    "NaN": b"NaN",
    "Infinity": b"-Infinity",
    "a leading zero": b"01",
    "a plus sign": b"+1",
    "minus zero": b"-0",
    "a duplicate member": b'{"a":1,"a":1}',
    "a duplicate that hides a large integer": b'{"a":' + b"9" * 5000 + b',"a":1}',
    "members out of order": b'{"b":1,"a":2}',
    "members in the order of code points": '{"\ufb33":2,"\U0001f600":1}'.encode(),
    "a control character": b'"\x01"',
    "an escape that is not needed": b'"\\u0041"',
    "an escaped solidus": b'"\\/"',
    "an upper-case escape": b'"\\u001F"',
    "a long escape where a short one exists": b'"\\u000a"',
    "an escaped astral character": b'"\\ud83d\\ude00"',
    "a lone high surrogate": b'"\\ud800"',
    "a lone low surrogate": b'"\\udc00 and more"',
    "a lone surrogate in a name": b'{"\\ud800 and more":1}',
    "a surrogate in UTF-8": b'"\xed\xa0\x80"',
    "invalid UTF-8": b'"\xff"',
    "overlong UTF-8": b'"\xc0\xaf"',
    "a float": b"1.5",
    "a float that is whole": b"1.0",
    "an exponent": b"1e3",
    "a float beyond all doubles": b"1e999",
    "2^53": b"9007199254740992",
    "-2^53": b"[-9007199254740992]",
    "a large integer deep inside": b'{"a":[{"b":[1,99999999999999999]}]}',
    "an integer of 5,000 digits": b"1" * 5000,
    "17 levels": b"[" * 17 + b"]" * 17,
    "17 levels of objects": b'{"a":' * 16 + b"{}" + b"}" * 16,
    "a NUL byte": b"\x00",
    "a NUL byte after": b"1\x00",
}


@pytest.mark.parametrize("what", REFUSED)
def test_the_reader_refuses(what: str) -> None:
    with pytest.raises(Malformed) as refusal:
        parse(REFUSED[what])
    assert refusal.value.why.endswith(".")


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b'{"sum":1,"sum":2}', "The member 'sum' stands twice"),
        (b'{"a":{"x":1,"x":2}}', "The member 'x' stands twice"),
        (b'{"rate":0.25}', "The number 0.25 is written as a float"),
        (b"[9007199254740992]", "beyond 2\\^53-1"),
        (b"[" * 17 + b"]" * 17, "deeper than 16 levels"),
        (b'"\xff"', "not valid UTF-8"),
        (b'{"b":1,"a":1}', "not in its RFC 8785 form"),
        (b"[1", "not JSON: Input data was truncated"),
    ],
)
def test_a_refusal_says_what_is_wrong(data: bytes, says: str) -> None:
    with pytest.raises(Malformed, match=says):
        parse(data)


def test_sixteen_levels_are_read_and_brackets_in_text_are_no_levels() -> None:
    assert depth_of(parse(b"[" * 16 + b"]" * 16)) == 16
    assert parse(b"[" + b"[]," * 99 + b"[]]") == [[]] * 100
    text = '[{\\"' * 100
    assert parse(f'{{"{text}":[]}}'.encode()) == {text.replace("\\", ""): []}
    assert parse(b"[[]]", max_depth=2) == [[]]
    with pytest.raises(Malformed, match="deeper than 1 level"):
        parse(b"[[]]", max_depth=1)


def test_the_largest_integers_are_read() -> None:
    assert parse(b"[9007199254740991,-9007199254740991]") == [MAX_INTEGER, -MAX_INTEGER]
    assert parse(b'["90071992547409929007199254740992",true,null]') == [
        "90071992547409929007199254740992",
        True,
        None,
    ]


@pytest.mark.parametrize(
    "data",
    [
        b"[" * 1_000,
        b"[" * 1_000_000,
        b'{"a":' * 200_000,
        b"[" * 500_000 + b"]" * 500_000,
        b'"' + b'\\"[' * 300_000,
        b'["' + b"[" * 1_000_000,
        b'["' * 500_000,
        b"]" * 1_000_000 + b"[" * 17,
        b"{" + b",".join(b'"%d":0' % i for i in range(100_000)) + b',"0":0}' + b"[" * 16,
        b"{" + b",".join(b'"%06d":0' % i for i in range(100_000)) + b',"000000":0}',
    ],
)
def test_hostile_bytes_are_refused_in_no_time(data: bytes) -> None:
    started = time.perf_counter()
    with pytest.raises(Malformed):
        parse(data)
    assert time.perf_counter() - started < 2  # some hundredths of a second; quadratic work would take minutes


# -- the reader against a slow one built on the standard library ----------------------------------


def slowly(data: bytes) -> object:
    """What RFC 8785 and the profile say, step by step. ValueError for whatever is refused."""

    def members(pairs: list[tuple[str, object]]) -> dict[str, object]:
        if len(dict(pairs)) != len(pairs):
            raise ValueError("duplicate")
        return dict(pairs)

    def refuse(text: str) -> object:
        raise ValueError(text)

    text = data.decode("utf-8")
    value = json.loads(text, object_pairs_hook=members, parse_float=refuse, parse_constant=refuse)
    if depth_of(value) > 16:
        raise ValueError("deep")
    if canonical(value) != data:
        raise ValueError("another form")
    return value


def both_agree_on(data: bytes) -> None:
    """The fast reader and the slow one give the same value, or both refuse."""
    try:
        expected = slowly(data)
    except (ValueError, LedgerError):
        with pytest.raises(Malformed):
            parse(data)
    else:
        assert parse(data) == expected


@given(values(st.one_of(INTEGERS, st.integers(), st.floats())), st.booleans(), st.booleans(), st.booleans())
def test_json_from_elsewhere_is_read_only_in_its_one_form(
    value: object, ascii_only: bool, sort: bool, compact: bool
) -> None:
    written = json.dumps(value, ensure_ascii=ascii_only, sort_keys=sort, separators=(",", ":") if compact else None)
    both_agree_on(written.encode())


@given(values(INTEGERS), st.data())
def test_a_changed_byte_is_refused_unless_it_is_canonical_still(value: object, data: st.DataObject) -> None:
    written = bytearray(canonical(value))
    at = data.draw(st.integers(0, len(written) - 1))
    written[at] = data.draw(st.one_of(st.integers(0, 255), st.sampled_from(b'[]{}",:\\0-e.u')))
    both_agree_on(bytes(written))


@given(st.one_of(st.binary(), st.text('[]{}",:\\u0d819-+eE.trufalsn ').map(str.encode)))
def test_arbitrary_bytes_are_read_alike_or_refused(data: bytes) -> None:
    both_agree_on(data)


# -- outside vectors ----------------------------------------------------------------------------

PAIRS = ["arrays", "french", "structures", "unicode", "values", "weird"]


@pytest.mark.parametrize("name", PAIRS)
def test_the_rfc_8785_pairs_are_reproduced(name: str) -> None:
    given = json.loads(outside("jcs-cyberphone", "testdata", "input", f"{name}.json").read_bytes())
    assert canonical(given) == outside("jcs-cyberphone", "testdata", "output", f"{name}.json").read_bytes()


@pytest.mark.parametrize("name", PAIRS)
def test_the_rfc_8785_inputs_are_not_canonical_and_their_outputs_are(name: str) -> None:
    with pytest.raises(NotCanonical):
        parse(outside("jcs-cyberphone", "testdata", "input", f"{name}.json").read_bytes())
    output = outside("jcs-cyberphone", "testdata", "output", f"{name}.json").read_bytes()
    if name == "values":  # the one pair that holds floats
        with pytest.raises(NotCanonical, match=r"The number 333333333\.3333333 is written as a float"):
            parse(output)
    else:
        assert canonical(parse(output)) == output
