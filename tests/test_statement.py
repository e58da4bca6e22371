"""Statements: one byte form, every fault refused with its place, nothing altered unseen, texts sealed and opened."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger import events, jcs, statement
from ledger.dsse import STATEMENT_TYPE, pae, seal
from ledger.errors import (
    KeyNotCurrent,
    LedgerError,
    Malformed,
    NotCanonical,
    SignatureInvalid,
    TooLarge,
    UnknownKind,
    UnknownOfficer,
)
from ledger.events.event import Event
from ledger.keys import fingerprint
from ledger.rules import register
from ledger.statement import LONGEST_TEXT, Payload, Seen, parse
from ledger.values import Digest, Instant, Nonce
from tests.campaign import while_time
from tests.story import COUNCIL, World, commitment, founding, key_of, raw
from tests.test_events import bodies

S151 = f"{COUNCIL}/s151"
KEY = key_of(S151)


def plain(kind: str = "commitment-made/1", body: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """A payload as plain values, with members changed or added; `None` leaves one out."""
    members = {
        "body": {"occurred_on": "2026-04-02", **commitment()} if body is None else body,
        "by": S151,
        "id": "019d4d6b-be80-7d06-8ae7-52eddf8a7743",
        "kind": kind,
        "ledger": "example.org/story",
        "nonce": "AAAAAAAAAAAAAAAAAAAAAA==",
        "seen": {"root": str(Digest(bytes(32))), "size": 1},
        "signed_at": "2026-04-02T09:00:00Z",
        **more,
    }
    return {name: value for name, value in members.items() if value is not None}


def signed(payload: bytes) -> bytes:
    """Whatever these bytes are, signed."""
    return seal(payload, STATEMENT_TYPE, fingerprint(raw(KEY)), KEY.sign(pae(STATEMENT_TYPE, payload)))


def refusal(wire: bytes, reason: type[LedgerError] = Malformed) -> str:
    """What `parse` refuses the bytes for; exactly that reason."""
    with pytest.raises(reason) as refused:
        parse(wire)
    assert type(refused.value) is reason
    return str(refused.value)


# -- what is said is what is read ---------------------------------------------------------------


def test_a_statement_reads_as_it_was_said() -> None:
    said = parse(signed(jcs.canonical(plain())))
    assert (said.id, said.by, said.organisation) == (plain()["id"], S151, COUNCIL)
    assert said.event == events.decode("commitment-made/1", plain()["body"])
    assert not said.transcribed
    said.verify(raw(KEY))


TEXTS = st.text(st.sampled_from("abc XYZ 0129 -–é£\U0001f600"), min_size=1, max_size=40)


@st.composite
def payloads(draw: st.DrawFn) -> Payload:
    """Any statement that the catalogue allows."""
    kind = draw(st.sampled_from(list(events.KINDS)))
    members: dict[str, Any] = {
        "seen": {
            "root": str(Digest(draw(st.binary(min_size=32, max_size=32)))),
            "size": draw(st.integers(0, 2**53 - 1)),
        }
    }
    members["nonce"] = str(Nonce(draw(st.binary(min_size=16, max_size=16))))
    members["signed_at"] = str(Instant(draw(st.integers(0, 2**33))))
    members["decision"] = draw(st.none() | TEXTS)
    members["prepared_by"] = draw(st.none() | st.just("GB-EXAMPLE-ICB/clerk"))
    members["source"] = draw(st.none() | st.builds(lambda row: {"dataset": "0f" * 32, "row": row}, TEXTS))
    return statement.read(plain(kind, draw(bodies(events.KINDS[kind])), **members))


@given(payloads())
def test_every_statement_reads_back_as_it_was_said(said: Payload) -> None:
    wire = statement.sign(said, KEY, raw(KEY))
    read = parse(wire)
    assert read.said == said
    assert read.wire == wire
    assert read.payload == statement.payload(said) == jcs.canonical(json.loads(read.payload))
    assert seal(read.payload, STATEMENT_TYPE, read.keyid, read.signature) == wire
    read.verify(raw(KEY))
    assert f"partner:{COUNCIL}" in read.tags()
    assert ("register" in read.tags()) == (type(read.event) in events.CHAPTERS["register"])
    assert read.transcribed == (said.source is not None)


# -- nothing is altered unseen ------------------------------------------------------------------


@pytest.fixture(scope="module")
def world() -> World:
    """A ledger in which the council's lead is known."""
    made = World()
    made.found()
    return made


def believed(register_state: register.State, wire: bytes) -> None:
    """Read a statement and believe it, the way that recording and audit do. Raises what is against it."""
    said = parse(wire)
    said.verify(register.key_of(register_state, said))


def flipped(wire: bytes, place: int, flip: int) -> bytes:
    """The same bytes, with some bits of one byte turned over."""
    return wire[:place] + bytes([wire[place] ^ flip]) + wire[place + 1 :]


def altered_unseen(
    world: World, wire: bytes, flips: list[int], places: Iterable[int] | None = None
) -> list[tuple[int, int]]:
    """Where a byte can be altered so that the statement is still believed: of these places, or of all."""
    believed(world.book.register, wire)
    found = []
    for place in range(len(wire)) if places is None else places:
        for flip in flips:
            try:
                believed(world.book.register, flipped(wire, place, flip))
            except (Malformed, SignatureInvalid, KeyNotCurrent, UnknownOfficer):
                continue
            found.append((place, flip))
    return found


def sealed_commitment(world: World) -> bytes:
    """A commitment with a sealed note, signed."""
    body = {"occurred_on": "2026-04-02", **commitment()}
    return world.write("commitment-made/1", body, S151, sealed={"note": "Agreed."})[0]


def test_any_altered_byte_of_a_statement_is_seen(world: World) -> None:
    assert altered_unseen(world, sealed_commitment(world), [1, 128]) == []


@pytest.mark.campaign
def test_any_byte_altered_in_any_way_is_seen(world: World) -> None:
    wire = sealed_commitment(world)
    places = random.Random(1).sample(range(len(wire)), len(wire))  # so that time leaves out any of them
    assert altered_unseen(world, wire, list(range(1, 256)), while_time(places)) == []


def test_any_altered_byte_of_the_founding_is_seen() -> None:
    wire, _ = World().write("ledger-founded/1", founding(), S151)
    assert altered_unseen(World(), wire, [1]) == []


@given(payloads(), st.data())
@settings(max_examples=40)
def test_a_statement_cut_short_or_run_together_is_refused(said: Payload, data: st.DataObject) -> None:
    wire = statement.sign(said, KEY, raw(KEY))
    end = data.draw(st.integers(0, len(wire) - 1))
    for other in (wire[:end], wire[end:] if end else wire + b" ", wire + wire, wire + wire[:end] + b" "):
        with pytest.raises(Malformed):
            parse(other)


@given(st.binary(max_size=300))
def test_whatever_bytes_are_sent_the_answer_is_a_refusal(noise: bytes) -> None:
    for wire in (noise, signed(noise or b" ")):
        with pytest.raises(Malformed):
            parse(wire)


# -- the form of the payload --------------------------------------------------------------------

CANONICAL = jcs.canonical(plain())


def swapped(old: str, new: str) -> bytes:
    """The payload with something in its bytes replaced, signed."""
    assert old.encode() in CANONICAL
    return signed(CANONICAL.replace(old.encode(), new.encode(), 1))


NOT_CANONICAL = {
    "white space": swapped(":", ": "),
    "a line end": signed(CANONICAL + b"\n"),
    "another order": signed(json.dumps(dict(reversed(plain().items())), separators=(",", ":")).encode()),
    "a member twice": swapped('"by":', '"by":"GB-LAE-BPL/s151","by":'),
    "a member of the body twice": swapped('"strength":"firm"', '"strength":"firm","strength":"firm"'),
    "an escape that is not needed": swapped("prevention", "pr\\u0065vention"),
    "an escape in capitals": swapped("prevention", "\\u001F"),
    "a float": swapped('"size":1', '"size":1.0'),
    "an exponent": swapped('"size":1', '"size":1e0'),
    "minus zero": swapped('"size":1', '"size":-0'),
    "a number beyond 2^53-1": swapped('"size":1', '"size":9007199254740992'),
    "a number of a thousand digits": swapped('"size":1', '"size":' + "9" * 1000),
}


@pytest.mark.parametrize("what", NOT_CANONICAL)
def test_a_payload_in_another_form_is_refused(what: str) -> None:
    refusal(NOT_CANONICAL[what], NotCanonical)


NOT_JSON = {
    "nothing": b" ",
    "text": b"commitment",
    "cut short": CANONICAL[:-1],
    "two objects": CANONICAL * 2,
    "not UTF-8": CANONICAL.replace(b"prevention", b"pr\xffvention"),
    "a lone surrogate": CANONICAL.replace(b"prevention", b"pr\\ud800vention"),
    "a byte order mark": b"\xef\xbb\xbf" + CANONICAL,
    "nested a thousand deep": b"[" * 1000 + b"]" * 1000,
    "nested and left open": b'{"a":' * 5000,
    "NaN": CANONICAL.replace(b'"size":1', b'"size":NaN'),
}


@pytest.mark.parametrize("what", NOT_JSON)
def test_a_payload_that_is_no_json_is_refused(what: str) -> None:
    with pytest.raises(Malformed):
        parse(signed(NOT_JSON[what]))


def test_what_is_nested_too_deep_is_refused_before_it_is_read() -> None:
    deep = {**plain(), "body": json.loads("[" * 17 + "]" * 17)}
    assert "deeper than 16" in refusal(signed(jcs.canonical(deep)))


def test_two_megabytes_are_refused() -> None:
    refusal(signed(jcs.canonical(plain(decision="x" * 2_000_000))), TooLarge)


def test_a_payload_is_an_object() -> None:
    values: list[Any] = [[], "text", 1, True]
    for value in values:
        refusal(signed(jcs.canonical(value)))


# -- its members --------------------------------------------------------------------------------


@pytest.mark.parametrize("member", ["body", "by", "id", "kind", "ledger", "nonce", "seen", "signed_at"])
def test_no_member_may_be_missing(member: str) -> None:
    members = plain()
    del members[member]
    told = refusal(signed(jcs.canonical(members)))
    assert member in told


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"extra": 1}, "unknown field `extra`"),
        ({"seen": {"root": str(Digest(bytes(32))), "size": 1, "at": 2}}, "unknown field `at`"),
        ({"seen": {"root": "short", "size": 1}}, "'short' is not a SHA-256"),
        ({"seen": {"root": str(Digest(bytes(32))), "size": -1}}, "Expected `int` >= 0"),
        ({"seen": {"root": str(Digest(bytes(32))), "size": True}}, "Expected `int`, got `bool`"),
        ({"by": "somebody"}, "$.by"),
        ({"by": S151.upper()}, "$.by"),
        ({"id": "019d4d6b-be80-4d06-8ae7-52eddf8a7743"}, "$.id"),  # a UUID of version 4
        ({"id": "019D4D6B-BE80-7D06-8AE7-52EDDF8A7743"}, "$.id"),
        ({"ledger": "Example.org"}, "$.ledger"),
        ({"nonce": "AAAA"}, "nonce"),
        ({"nonce": "AAAAAAAAAAAAAAAAAAAAAB=="}, "nonce"),  # stray trailing bits
        ({"signed_at": "2026-04-02"}, "not a moment"),
        ({"signed_at": 1775120400}, "Instant as a string"),
        ({"decision": ""}, "$.decision"),
        ({"decision": "x" * 201}, "$.decision"),
        ({"decision": "two\nlines"}, "$.decision"),
        ({"prepared_by": "somebody"}, "$.prepared_by"),
        ({"source": {"dataset": "AB" * 32, "row": "1"}}, "$.source.dataset"),
        ({"source": {"dataset": "ab" * 32}}, "missing required field `row`"),
        ({"source": "payments.csv"}, "$.source"),
    ],
)
def test_a_member_in_another_form_is_refused_with_its_place(change: dict[str, Any], fault: str) -> None:
    assert fault in refusal(signed(jcs.canonical(plain(**change))))


def test_null_stands_nowhere() -> None:
    for members in ({**plain(), "decision": None}, plain(body={"occurred_on": "2026-04-02", **commitment(note=None)})):
        refusal(signed(jcs.canonical(members)))


def test_an_unknown_kind_names_itself() -> None:
    assert "'spend-guessed/1'" in refusal(signed(jcs.canonical(plain("spend-guessed/1"))), UnknownKind)
    refusal(signed(jcs.canonical(plain("commitment-made"))), UnknownKind)
    refusal(signed(jcs.canonical(plain(kind=7))))  # type: ignore[arg-type]


def test_all_faults_of_a_body_are_named_at_once() -> None:
    line = {"year": "2026-28", "category": "hope", "accounts_as": "revenue", "amount": "1.005"}
    body = {"occurred_on": "2026-04-31", **commitment("C-1", line), "colour": "red", "pool": "no spaces"}
    told = refusal(signed(jcs.canonical(plain(body=body))))
    for fault in ("colour: no such member", "occurred_on: ", "pool: ", "profile[0]"):
        assert fault in told


@pytest.mark.parametrize(
    ("amount", "taken"), [("25000.00", True), ("25000.000", False), ("25000.0", False), ("-1.00", False)]
)
def test_a_third_decimal_is_refused_and_never_rounded(amount: str, taken: bool) -> None:
    line = {"year": "2026-27", "category": "resource", "accounts_as": "revenue", "amount": amount}
    wire = signed(jcs.canonical(plain(body={"occurred_on": "2026-04-02", **commitment("C-1", line)})))
    if taken:
        parse(wire)
    else:
        assert "exactly two digits" in refusal(wire)


@pytest.mark.parametrize("member", ["by", "id", "ledger", "decision"])
def test_no_member_ends_with_a_line_break(member: str) -> None:
    value = {"decision": "Cabinet minute 14", **plain()}[member]
    refusal(signed(jcs.canonical(plain(**{member: value + "\n"}))))


# -- digests and tags ---------------------------------------------------------------------------


def test_the_digest_is_of_the_payload_and_not_of_the_signature() -> None:
    said = parse(signed(CANONICAL))
    assert said.digest == str(Digest(hashlib.sha256(CANONICAL).digest()))


def test_a_statement_is_tagged_with_what_it_touches_and_who_signed() -> None:
    said = parse(signed(jcs.canonical(plain(by="GB-EXAMPLE-ICB/cfo"))))
    assert said.tags() == (
        "commitment:C-1",
        "partner:GB-EXAMPLE-COUNCIL",
        "partner:GB-EXAMPLE-ICB",
        "pool:prevention",
    )


# -- sealed fields ------------------------------------------------------------------------------

SALT = Nonce(bytes(16))


def sealed(text: str = "Agreed with the board.", field: str = "note", salt: Nonce = SALT) -> tuple[Any, bytes]:
    """A commitment with a sealed note, read; and the note's opening."""
    held = statement.opening(salt, field, text)
    body = {"occurred_on": "2026-04-02", **commitment(), "note": {"sealed": str(statement.close(held).sealed)}}
    return parse(signed(jcs.canonical(plain(body=body)))), held


def test_an_opening_is_salt_field_and_text_in_one_form() -> None:
    assert statement.opening(SALT, "note", "Agréé") == '["AAAAAAAAAAAAAAAAAAAAAA==","note","Agréé"]'.encode()
    assert statement.revealed(statement.opening(SALT, "note", "Agréé")) == ("note", "Agréé")


def test_an_opening_fits_what_was_signed() -> None:
    said, held = sealed()
    statement.check_openings(said, {"note": held})


@pytest.mark.parametrize(
    "openings",
    [
        {},
        {"note": statement.opening(SALT, "note", "Another text.")},
        {"note": statement.opening(Nonce(b"x" * 16), "note", "Agreed with the board.")},
        {"note": statement.opening(SALT, "reason", "Agreed with the board.")},
        {"reason": statement.opening(SALT, "note", "Agreed with the board.")},
        {"note": statement.opening(SALT, "note", "Agreed with the board."), "reason": b"[]"},
    ],
    ids=["none", "another text", "another salt", "another field", "another name", "one too many"],
)
def test_openings_that_do_not_fit_are_refused(openings: dict[str, bytes]) -> None:
    said, _ = sealed()
    with pytest.raises(Malformed):
        statement.check_openings(said, openings)


def test_an_opening_is_for_the_field_that_it_names() -> None:
    said, held = sealed(field="reason")
    with pytest.raises(Malformed, match="not what was signed"):
        statement.check_openings(said, {"note": held})


@pytest.mark.parametrize(
    "held",
    [
        b'["AAAAAAAAAAAAAAAAAAAAAA==","note"]',
        b'["AAAAAAAAAAAAAAAAAAAAAA==","note","text","more"]',
        b'["AAAAAAAAAAAAAAAAAAAAAA==","note",7]',
        b'["short","note","text"]',
        b'{"note":"text"}',
        b'[ "AAAAAAAAAAAAAAAAAAAAAA==","note","text"]',
        b"",
    ],
)
def test_an_opening_in_another_form_is_refused(held: bytes) -> None:
    with pytest.raises(Malformed):
        statement.revealed(held)


@pytest.mark.parametrize("text", ["", "x" * (LONGEST_TEXT + 1), "two\nlines", "\u202eoverridden"])
def test_a_sealed_text_is_short_and_plain(text: str) -> None:
    said, held = sealed(text)
    with pytest.raises(Malformed):
        statement.check_openings(said, {"note": held})


def test_a_field_that_is_not_sealed_has_no_opening() -> None:
    said = parse(signed(CANONICAL))
    statement.check_openings(said, {})
    with pytest.raises(Malformed, match="do not match: note"):
        statement.check_openings(said, {"note": b"[]"})


def test_equal_texts_under_other_salts_are_not_seen_to_be_equal() -> None:
    one, _ = sealed(salt=Nonce(b"1" * 16))
    two, _ = sealed(salt=Nonce(b"2" * 16))
    assert one.event.note != two.event.note


# -- as people read it --------------------------------------------------------------------------


def test_a_statement_is_shown_before_it_is_signed() -> None:
    shown = statement.spoken(parse(signed(CANONICAL)).said)
    assert json.loads(shown) == plain()


def test_the_kind_alone_decides_how_a_body_is_read() -> None:
    body: dict[str, Any] = {"occurred_on": "2026-04-02", "pool": "prevention"}
    event: Event = parse(signed(jcs.canonical(plain("pool-closed/1", body)))).event
    assert type(event) is events.KINDS["pool-closed/1"]
    refusal(signed(jcs.canonical(plain("pool-agreed/1", body))))


def test_signing_again_gives_the_same_bytes() -> None:
    said = parse(signed(CANONICAL)).said
    assert statement.sign(said, KEY, raw(KEY)) == signed(CANONICAL)
    assert Seen(root=Digest(bytes(32)), size=1) == said.seen
