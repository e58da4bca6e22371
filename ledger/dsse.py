"""The envelope: a narrow profile of DSSE 1.0.2 with one Ed25519 signature and one byte form.

Law: bytes are parsed, never re-serialised. Two different byte strings are never the same envelope, so the
form is matched whole: these members, this order, no white space, standard padded base64.
Source: github.com/secure-systems-lab/dsse, protocol.md and envelope.md.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import Final

import msgspec

from ledger.errors import Malformed, TooLarge

STATEMENT_TYPE: Final = "application/vnd.shared-outcomes.statement+json"
LARGEST: Final = 65_535 - 50
"""Bytes of the largest envelope: an entry line adds 50 bytes and may not exceed 65,535."""

_FORM = re.compile(
    rb'\{"payload":"([A-Za-z0-9+/]+={0,2})","payloadType":"([!-\[\]-~]{1,100})",'
    rb'"signatures":\[\{"keyid":"(SHA256:[A-Za-z0-9+/]{43})","sig":"([A-Za-z0-9+/]{86}==)"\}\]\}'
)


class Envelope(msgspec.Struct, frozen=True, gc=False):
    """An envelope's parts: `payload` as signed, its type, the key's fingerprint (a hint) and the signature."""

    payload: bytes
    payload_type: str
    keyid: str
    signature: bytes


def pae(payload_type: str, payload: bytes) -> bytes:
    """What is signed: DSSE's pre-authentication encoding, which binds the type to the payload."""
    name = payload_type.encode()
    return b"DSSEv1 %d %s %d %s" % (len(name), name, len(payload), payload)


def seal(payload: bytes, payload_type: str, keyid: str, signature: bytes) -> bytes:
    """The one byte form of an envelope."""
    return b'{"payload":"%s","payloadType":"%s","signatures":[{"keyid":"%s","sig":"%s"}]}' % (
        base64.b64encode(payload),
        payload_type.encode(),
        keyid.encode(),
        base64.b64encode(signature),
    )


def unseal(wire: bytes, payload_type: str) -> Envelope:
    """Read an envelope of that type. Raises TooLarge, or Malformed for any other byte form."""
    if len(wire) > LARGEST:
        raise TooLarge(f"a statement has at most {LARGEST:,} bytes, and this has {len(wire):,}")
    match = _FORM.fullmatch(wire)
    if match is None:
        raise Malformed(
            "not an envelope in its one byte form: members payload, payloadType and signatures in this order, "
            "one signature with keyid and sig, no white space, standard padded base64",
            next_step="outcomes sign FILE makes one from a draft",
        )
    if match[2] != payload_type.encode():
        raise Malformed(f"the envelope's payloadType is {match[2].decode()!r}, not {payload_type!r}")
    return Envelope(_exact(match[1], "payload"), payload_type, match[3].decode(), _exact(match[4], "sig"))


def _exact(text: bytes, member: str) -> bytes:
    try:
        raw = binascii.a2b_base64(text, strict_mode=True)
    except binascii.Error:
        raise Malformed(f"{member} is not standard padded base64", where="envelope") from None
    # Unused trailing bits could differ and decode alike: only one spelling is taken.
    if binascii.b2a_base64(raw, newline=False) != text:
        raise Malformed(f"{member} is base64 with stray trailing bits", where="envelope")
    return raw
