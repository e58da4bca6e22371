"""The envelope: DSSE's encoding to the letter, and one byte form that nothing else passes for."""

from __future__ import annotations

import base64
import json

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from ledger.dsse import LARGEST, STATEMENT_TYPE, pae, seal, unseal
from ledger.errors import Malformed, TooLarge
from ledger.keys import fingerprint
from tests.outside import outside

KEY = Ed25519PrivateKey.from_private_bytes(bytes(32))
KEYID = fingerprint(KEY.public_key().public_bytes_raw())
PAYLOAD = b'{"a":1}'
SIGNATURE = KEY.sign(pae(STATEMENT_TYPE, PAYLOAD))
WIRE = seal(PAYLOAD, STATEMENT_TYPE, KEYID, SIGNATURE)


def test_the_pre_authentication_encoding_is_that_of_dsse() -> None:
    example = json.loads(outside("dsse", "dsse_example.json").read_text("utf-8"))
    assert pae(example["payloadType"], example["payload_utf8"].encode()) == example["pae_utf8"].encode()


def test_lengths_are_counted_in_bytes() -> None:
    assert pae("é", "né".encode()) == "DSSEv1 2 é 3 né".encode()
    assert pae("", b"") == b"DSSEv1 0  0 "


def test_an_envelope_has_one_form() -> None:
    text = base64.b64encode(PAYLOAD).decode()
    signed = base64.b64encode(SIGNATURE).decode()
    assert json.loads(WIRE) == {
        "payload": text,
        "payloadType": STATEMENT_TYPE,
        "signatures": [{"keyid": KEYID, "sig": signed}],
    }
    assert json.dumps(json.loads(WIRE), separators=(",", ":")).encode() == WIRE


@given(st.binary(min_size=1, max_size=200), st.binary(min_size=64, max_size=64))
def test_what_is_sealed_is_unsealed(payload: bytes, signature: bytes) -> None:
    envelope = unseal(seal(payload, STATEMENT_TYPE, KEYID, signature), STATEMENT_TYPE)
    assert (envelope.payload, envelope.keyid, envelope.signature) == (payload, KEYID, signature)


def changed(old: str, new: str) -> bytes:
    """The envelope with something in it replaced."""
    text = WIRE.decode()
    assert old in text
    return text.replace(old, new, 1).encode()


def written(change: dict[str, object], *, indent: int | None = None, order: list[str] | None = None) -> bytes:
    """The envelope as a JSON library would write it, with members changed, added or put in another order."""
    members = {**json.loads(WIRE), **change}
    ordered = {name: members[name] for name in order or members}
    return json.dumps(ordered, separators=(",", ":"), indent=indent).encode()


ONE = json.loads(WIRE)["signatures"][0]
PAYLOAD_TEXT = base64.b64encode(PAYLOAD).decode()  # eyJhIjoxfQ==

ANOTHER_FORM = {
    "white space within": changed(",", ", "),
    "indented": written({}, indent=1),
    "a line end after it": WIRE + b"\n",
    "a space before it": b" " + WIRE,
    "a byte order mark": b"\xef\xbb\xbf" + WIRE,
    "another order": written({}, order=["payloadType", "payload", "signatures"]),
    "another order within": written({"signatures": [{"sig": ONE["sig"], "keyid": ONE["keyid"]}]}),
    "an extra member": written({"extra": 1}),
    "an extra member within": written({"signatures": [{**ONE, "extra": 1}]}),
    "a member twice": changed('{"payload":', '{"payload":"AA==","payload":'),
    "no signature": written({"signatures": []}),
    "a second signature": written({"signatures": [ONE, ONE]}),
    "no key id": written({"signatures": [{"sig": ONE["sig"]}]}),
    "an escaped letter": changed("payloadType", "payload\\u0054ype"),
    "an escaped slash": changed("application/vnd", "application\\/vnd"),
    "no padding": changed("fQ==", "fQ"),
    "half the padding": changed("fQ==", "fQ="),
    "too much padding": changed("fQ==", "fQ==="),
    "padding within": changed(PAYLOAD_TEXT, "eyJh==" + PAYLOAD_TEXT),
    "stray trailing bits": changed("fQ==", "fR=="),
    "stray trailing bits in the signature": changed(
        ONE["sig"], ONE["sig"][:-3] + ("B" if ONE["sig"][-3] == "A" else chr(ord(ONE["sig"][-3]) + 1)) + "=="
    ),
    "the alphabet for web addresses": changed(PAYLOAD_TEXT, "eyJh-_oxfQ=="),
    "a line break in the payload": changed(PAYLOAD_TEXT, "eyJh\nIjox"),
    "an empty payload": changed(PAYLOAD_TEXT, ""),
    "a length that base64 never has": changed(PAYLOAD_TEXT, "eyJhI"),
    "a short signature": changed(ONE["sig"], ONE["sig"][:84] + "=="),
    "another key's kind of name": changed("SHA256:", "MD5:"),
    "a list": b"[" + WIRE + b"]",
    "cut off": WIRE[:-1],
    "nothing": b"",
    "null bytes": bytes(100),
}


@pytest.mark.parametrize("what", ANOTHER_FORM)
def test_another_form_of_the_same_envelope_is_refused(what: str) -> None:
    with pytest.raises(Malformed):
        unseal(ANOTHER_FORM[what], STATEMENT_TYPE)


def test_an_envelope_for_another_use_is_refused() -> None:
    other = seal(PAYLOAD, "application/vnd.shared-outcomes.manifest+json", KEYID, SIGNATURE)
    with pytest.raises(Malformed, match="payloadType"):
        unseal(other, STATEMENT_TYPE)


@given(st.integers(0, len(WIRE) - 1), st.integers(1, 255))
def test_no_two_byte_strings_are_the_same_envelope(place: int, flip: int) -> None:
    altered = WIRE[:place] + bytes([WIRE[place] ^ flip]) + WIRE[place + 1 :]
    try:
        envelope = unseal(altered, STATEMENT_TYPE)
    except Malformed:
        return
    assert envelope != unseal(WIRE, STATEMENT_TYPE)
    assert seal(envelope.payload, STATEMENT_TYPE, envelope.keyid, envelope.signature) == altered


def test_the_largest_envelope_fits_its_entry_and_no_larger_one_is_read() -> None:
    room = LARGEST - len(seal(b"", STATEMENT_TYPE, KEYID, SIGNATURE))
    largest = seal(bytes(room // 4 * 3), STATEMENT_TYPE, KEYID, SIGNATURE)
    assert LARGEST - 4 < len(largest) <= LARGEST
    assert unseal(largest, STATEMENT_TYPE).payload == bytes(room // 4 * 3)
    with pytest.raises(TooLarge):
        unseal(seal(bytes(room), STATEMENT_TYPE, KEYID, SIGNATURE), STATEMENT_TYPE)


def test_two_megabytes_are_refused_before_they_are_read() -> None:
    with pytest.raises(TooLarge):
        unseal(b"[" * 2_000_000, STATEMENT_TYPE)
