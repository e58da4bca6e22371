"""Signed notes and checkpoints: what the standards say, what must be refused, and what others signed."""

from __future__ import annotations

import json
from base64 import b64encode

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from ledger.checkpoint import (
    Checkpoint,
    LogKey,
    decimal,
    open_checkpoint,
    open_note,
    sign_checkpoint,
    sign_note,
    split_note,
    standard_base64,
)
from ledger.errors import LedgerError, Malformed, SignatureInvalid
from ledger.merkle import EMPTY_ROOT, leaf_hash
from tests.outside import outside

ORIGIN = "lancashire.example/outcomes"
LOG = Ed25519PrivateKey.from_private_bytes(b"the log of Lancashire's outcomes")
OTHER = Ed25519PrivateKey.from_private_bytes(b"somebody else's key, 32 bytes it")
KEY = LogKey.of(ORIGIN, LOG)
ENCODED = b64encode(b"\x01" + KEY.raw).decode()
ROOT = leaf_hash(b"entry 1")
HEAD = Checkpoint(ORIGIN, 41, ROOT)
NOTE = sign_checkpoint(HEAD, LOG)
SIGNATURE_LINE = NOTE.decode().rpartition("\n\n")[2]

# What a note's text may be: lines of anything but control characters.
NOTE_TEXT = st.text(
    st.one_of(st.just("\n"), st.characters(exclude_categories=["Cs"], min_codepoint=0x20)), max_size=60
).map(lambda text: f"{text}\n".encode())


# -- keys ---------------------------------------------------------------------------------------


def test_a_key_is_written_as_c2sp_tools_read_it() -> None:
    name, key_id, encoded = KEY.vkey.split("+", 2)
    assert name == ORIGIN
    assert key_id == KEY.key_id.hex()
    assert encoded == b64encode(b"\x01" + KEY.raw).decode()
    assert LogKey.parse(KEY.vkey) == KEY


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\tb", "a\nb", "a\u00a0b", "a\u2003b", "a\u3000", "\x1f", "a\x00"])
def test_a_name_that_may_not_stand_in_a_note_is_refused(name: str) -> None:
    with pytest.raises(Malformed, match="key name"):
        LogKey(name, KEY.raw)
    with pytest.raises(Malformed, match="key name"):
        sign_note(b"text\n", name, LOG)


@pytest.mark.parametrize(
    "vkey",
    [
        "",
        "name",
        f"{ORIGIN}+{KEY.key_id.hex()}",
        f"{ORIGIN}+00000000+{ENCODED}",
        f"{ORIGIN}+{KEY.key_id.hex().upper()}+{ENCODED}",
        f"another+{KEY.key_id.hex()}+{ENCODED}",
        f"{ORIGIN}+{KEY.key_id.hex()}+{b64encode(bytes([4]) + KEY.raw).decode()}",
        f"{ORIGIN}+{KEY.key_id.hex()}+{b64encode(bytes([1]) + KEY.raw[:31]).decode()}",
        f"{KEY.vkey}\n",
        KEY.vkey[:-1],
        KEY.vkey + "=",
        f" {KEY.vkey}",
    ],
)
def test_a_verifier_key_in_any_other_form_is_refused(vkey: str) -> None:
    with pytest.raises(Malformed):
        LogKey.parse(vkey)


def test_a_log_key_obeys_the_one_rule() -> None:
    with pytest.raises(SignatureInvalid, match="small order"):
        LogKey(ORIGIN, bytes(32))


# -- notes --------------------------------------------------------------------------------------


@given(NOTE_TEXT)
def test_a_note_opens_to_the_text_that_was_signed(body: bytes) -> None:
    note = sign_note(body, ORIGIN, LOG)
    assert open_note(note, KEY) == body
    assert note.startswith(body + b"\n" + "— ".encode())


@pytest.mark.parametrize(
    "body", [b"", b"no newline", b"a\ttab\n", b"a\rreturn\n", b"\x00\n", b"\xff\n", b"\xed\xa0\x80\n"]
)
def test_what_is_no_text_of_a_note_is_not_signed(body: bytes) -> None:
    with pytest.raises(Malformed):
        sign_note(body, ORIGIN, LOG)


BODY = HEAD.body().decode()
SIGNED = SIGNATURE_LINE.split(" ")[2].strip()

NO_NOTES = {
    "empty bytes": b"",
    "a text without signatures": BODY.encode(),
    "an empty list of signatures": f"{BODY}\n".encode(),
    "no empty line": f"{BODY}{SIGNATURE_LINE}".encode(),
    "no newline at the end": NOTE[:-1],
    "an empty line at the end": NOTE + b"\n",
    "text after the signatures": NOTE + b"and more\n",
    "a hyphen for an em dash": f"{BODY}\n- {ORIGIN} {SIGNED}\n".encode(),
    "an en dash for an em dash": f"{BODY}\n\u2013 {ORIGIN} {SIGNED}\n".encode(),
    "two spaces": f"{BODY}\n—  {ORIGIN} {SIGNED}\n".encode(),
    "a space at the end of the line": f"{BODY}\n— {ORIGIN} {SIGNED} \n".encode(),
    "no name": f"{BODY}\n—  {SIGNED}\n".encode(),
    "no signature": f"{BODY}\n— {ORIGIN}\n".encode(),
    "an empty signature": f"{BODY}\n— {ORIGIN} \n".encode(),
    "a plus in a name": f"{BODY}\n— a+b {SIGNED}\n{SIGNATURE_LINE}".encode(),
    "a no-break space in a name": f"{BODY}\n— a\u00a0b {SIGNED}\n{SIGNATURE_LINE}".encode(),
    "base64 without padding": f"{BODY}\n— {ORIGIN} {SIGNED.rstrip('=')}\n".encode(),
    "base64 for addresses": f"{BODY}\n— {ORIGIN} {SIGNED.replace('/', '_').replace('+', '-')}\n".encode(),
    "base64 with stray bits": f"{BODY}\n— x AAAAAAB=\n{SIGNATURE_LINE}".encode(),
    "a key id alone": f"{BODY}\n— x AAAAAA==\n{SIGNATURE_LINE}".encode(),
    "a carriage return": NOTE.replace(b"\n", b"\r\n"),
    "a tab in the text": b"\t" + NOTE,
    "invalid UTF-8 in the text": b"\xff" + NOTE,
    "invalid UTF-8 in a signature line": NOTE[:-1] + b"\xff\n",
    "a byte beyond the largest note": b"a" * 1_000_000 + NOTE,
    "more signatures than we read": NOTE + b"".join("— x AAAAAAA=\n".encode() for _ in range(100)),
}


@pytest.mark.parametrize("what", NO_NOTES)
def test_it_is_no_note_with(what: str) -> None:
    assert NO_NOTES[what] != NOTE
    with pytest.raises(Malformed):
        split_note(NO_NOTES[what])
    with pytest.raises(Malformed):
        open_note(NO_NOTES[what], KEY)


def test_a_text_may_hold_empty_lines_and_what_looks_like_a_signature() -> None:
    body = f"\n\nfirst\n\n{SIGNATURE_LINE}\nlast\n".encode()
    assert open_note(sign_note(body, ORIGIN, LOG), KEY) == body


def test_lines_by_keys_that_nobody_asked_about_are_ignored() -> None:
    same_name = sign_note(HEAD.body(), ORIGIN, OTHER).rpartition(b"\n\n")[2]
    other_name = sign_note(HEAD.body(), "witness.example", OTHER).rpartition(b"\n\n")[2]
    other_type = f"— witness.example {b64encode(bytes(4) + bytes(72)).decode()}\n".encode()
    same_id = f"— witness.example {b64encode(KEY.key_id + b'nonsense').decode()}\n".encode()
    for extra in (same_name, other_name, other_type, same_id):
        assert open_note(NOTE + extra, KEY) == HEAD.body()
        body, lines = split_note(NOTE.replace("—".encode(), extra + "—".encode(), 1))
        assert body == HEAD.body()
        assert [line.line().encode() for line in lines] == [extra, SIGNATURE_LINE.encode()]
    assert open_note(NOTE + other_name * 15, KEY) == HEAD.body()  # the standard demands at least 16


def test_a_line_by_our_key_that_does_not_verify_condemns_the_note() -> None:
    wrong = sign_note(b"another text\n", ORIGIN, LOG).rpartition(b"\n\n")[2]
    short = f"— {ORIGIN} {b64encode(KEY.key_id + b'short').decode()}\n".encode()
    for extra in (wrong, short):
        for note in (NOTE + extra, HEAD.body() + b"\n" + extra + SIGNATURE_LINE.encode()):
            with pytest.raises(SignatureInvalid):
                open_note(note, KEY)


def test_a_note_without_our_signature_is_refused() -> None:
    for note in (sign_note(HEAD.body(), ORIGIN, OTHER), sign_note(HEAD.body(), "witness.example", LOG)):
        with pytest.raises(SignatureInvalid, match="carries no signature by"):
            open_note(note, KEY)


def test_no_bit_of_a_note_can_be_flipped() -> None:
    for at in range(len(NOTE) * 8):
        changed = bytearray(NOTE)
        changed[at // 8] ^= 1 << at % 8
        with pytest.raises((Malformed, SignatureInvalid)):
            open_checkpoint(bytes(changed), KEY)


@given(st.data())
def test_a_mangled_note_is_refused_and_never_fails_otherwise(data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(NOTE)))
    end = data.draw(st.integers(start, min(len(NOTE), start + 40)))
    middle = data.draw(st.one_of(st.binary(max_size=20), st.sampled_from([b"\n", b"\n\n", NOTE, "— ".encode()])))
    changed = NOTE[:start] + middle + NOTE[end:]
    try:
        opened = open_checkpoint(changed, KEY)
    except LedgerError:
        return
    assert opened == HEAD


@given(st.binary())
def test_arbitrary_bytes_are_no_note(data: bytes) -> None:
    with pytest.raises(LedgerError):
        open_note(data, KEY)


# -- checkpoints --------------------------------------------------------------------------------


@given(st.integers(1, 2**63 - 1), st.binary(min_size=32, max_size=32))
def test_a_checkpoint_opens_to_what_was_signed(size: int, root: bytes) -> None:
    head = Checkpoint(ORIGIN, size, root)
    assert open_checkpoint(sign_checkpoint(head, LOG), KEY) == head
    assert Checkpoint.parse(head.body()) == head


def test_a_checkpoint_is_three_lines() -> None:
    assert HEAD.body() == f"{ORIGIN}\n41\n{b64encode(ROOT).decode()}\n".encode()


def test_extension_lines_are_read_and_no_ledger_has_them() -> None:
    head = Checkpoint(ORIGIN, 1, ROOT, ("opaque", "— even this"))
    assert Checkpoint.parse(head.body()) == head
    with pytest.raises(Malformed, match="three lines"):
        open_checkpoint(sign_checkpoint(head, LOG), KEY)


def test_an_empty_log_has_a_checkpoint_and_only_one() -> None:
    head = Checkpoint(ORIGIN, 0, EMPTY_ROOT)
    assert open_checkpoint(sign_checkpoint(head, LOG), KEY) == head
    with pytest.raises(Malformed, match="empty log"):
        Checkpoint(ORIGIN, 0, ROOT)


B64_ROOT = b64encode(ROOT).decode()
NO_CHECKPOINTS = {
    "no line": "",
    "two lines": f"{ORIGIN}\n41\n",
    "no newline at the end": f"{ORIGIN}\n41\n{B64_ROOT}",
    "an empty origin": f"\n41\n{B64_ROOT}\n",
    "an empty extension line": f"{ORIGIN}\n41\n{B64_ROOT}\n\n",
    "an empty extension line between": f"{ORIGIN}\n41\n{B64_ROOT}\n\nmore\n",
    "a leading zero": f"{ORIGIN}\n041\n{B64_ROOT}\n",
    "two zeros": f"{ORIGIN}\n00\n{b64encode(EMPTY_ROOT).decode()}\n",
    "a sign": f"{ORIGIN}\n+41\n{B64_ROOT}\n",
    "a negative size": f"{ORIGIN}\n-1\n{B64_ROOT}\n",
    "no size": f"{ORIGIN}\n\n{B64_ROOT}\n",
    "a space after the size": f"{ORIGIN}\n41 \n{B64_ROOT}\n",
    "an underscore": f"{ORIGIN}\n4_1\n{B64_ROOT}\n",
    "digits of another script": f"{ORIGIN}\n\u0664\u0661\n{B64_ROOT}\n",
    "hexadecimal": f"{ORIGIN}\n0x29\n{B64_ROOT}\n",
    "a size of 2^63": f"{ORIGIN}\n{2**63}\n{B64_ROOT}\n",
    "a size of 5,000 digits": f"{ORIGIN}\n{'9' * 5000}\n{B64_ROOT}\n",
    "a root of 31 bytes": f"{ORIGIN}\n41\n{b64encode(bytes(31)).decode()}\n",
    "a root of 33 bytes": f"{ORIGIN}\n41\n{b64encode(bytes(33)).decode()}\n",
    "a root without padding": f"{ORIGIN}\n41\n{B64_ROOT.rstrip('=')}\n",
    "a root with stray bits": f"{ORIGIN}\n41\n{'A' * 42}B=\n",
    "a root in hexadecimal": f"{ORIGIN}\n41\n{ROOT.hex()}\n",
    "a control character": f"{ORIGIN}\t\n41\n{B64_ROOT}\n",
}


@pytest.mark.parametrize("what", NO_CHECKPOINTS)
def test_it_is_no_checkpoint_with(what: str) -> None:
    with pytest.raises(Malformed):
        Checkpoint.parse(NO_CHECKPOINTS[what].encode())


def test_a_note_that_holds_no_checkpoint_is_refused_though_its_signature_holds() -> None:
    with pytest.raises(Malformed):
        open_checkpoint(sign_note(b"hello\n", ORIGIN, LOG), KEY)


@pytest.mark.parametrize(
    "parts",
    [
        ("", 1, ROOT),
        ("a\nb", 1, ROOT),
        ("a", -1, ROOT),
        ("a", 2**63, ROOT),
        ("a", 1, ROOT[:31]),
        ("a", 1, b""),
    ],
)
def test_a_checkpoint_that_could_not_be_read_back_is_not_made(parts: tuple[str, int, bytes]) -> None:
    with pytest.raises(Malformed):
        Checkpoint(*parts)
    with pytest.raises(Malformed):
        Checkpoint("a", 1, ROOT, ("",))


def test_a_key_signs_for_its_own_log_only() -> None:
    note = sign_note(Checkpoint("kent.example/outcomes", 41, ROOT).body(), ORIGIN, LOG)
    assert open_note(note, KEY)
    with pytest.raises(SignatureInvalid, match=r"signed for another log: kent\.example/outcomes"):
        open_checkpoint(note, KEY)


@given(st.one_of(st.text(max_size=30), st.binary(max_size=30).map(lambda data: b64encode(data).decode())))
def test_base64_has_one_form(text: str) -> None:
    try:
        data = standard_base64(text, "test")
    except Malformed:
        return
    assert b64encode(data).decode() == text


@given(st.one_of(st.integers().map(str), st.text("0123456789+-_ \n\u0661", max_size=25)))
def test_a_number_has_one_form(text: str) -> None:
    try:
        number = decimal(text, "test")
    except Malformed:
        return
    assert str(number) == text
    assert 0 <= number < 2**63


# -- outside vectors ----------------------------------------------------------------------------


def test_the_note_of_the_specification_opens() -> None:
    suite = json.loads(outside("c2sp-specs", "signed_note_example.json").read_bytes())
    for case in suite["cases"]:
        key = LogKey.parse(case["vkey"])
        assert key.vkey == case["vkey"]
        assert open_note(case["note"].encode(), key) == b"This is an example message.\n"
        with pytest.raises(SignatureInvalid):
            open_note(case["note"].replace("message", "massage").encode(), key)


def test_every_checkpoint_of_tessera_opens() -> None:
    key = LogKey.parse("example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx")
    for size in range(16):
        note = outside("tessera-log", "testdata", "log", f"checkpoint.{size}").read_bytes()
        head = open_checkpoint(note, key)
        assert (head.origin, head.size) == ("example.com/log/testdata", size)
        assert note.startswith(head.body() + b"\n")
