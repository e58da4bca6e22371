"""Keys: OpenSSH's name for them, and proof of possession that serves one use, one ledger and one office."""

from __future__ import annotations

import base64
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from ledger.dsse import STATEMENT_TYPE, pae
from ledger.ed25519 import verify
from ledger.errors import SignatureInvalid
from ledger.keys import OPENSSH_HEAD, check_possession, fingerprint, possession
from tests.story import key_of, raw

KEY = key_of("the office's key")
PUBLIC = raw(KEY)
ORIGIN, OFFICE = "example.org/story", "GB-EXAMPLE-COUNCIL/s151"


@pytest.mark.parametrize("name", ["one", "two", "three"])
def test_a_fingerprint_is_the_one_that_ssh_keygen_prints(name: str, tmp_path: Path, tool: Callable[[str], str]) -> None:
    file = tmp_path / "key.pub"
    file.write_bytes(key_of(name).public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH))
    told = subprocess.run([tool("ssh-keygen"), "-lf", file], capture_output=True, text=True, check=True).stdout
    assert told.split()[:2] == ["256", fingerprint(raw(key_of(name)))]


def test_a_keys_openssh_form_is_its_head_and_its_bytes() -> None:
    written = KEY.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
    assert base64.b64decode(written.split()[1]) == OPENSSH_HEAD + PUBLIC


def test_possession_is_proven_for_a_ledger_and_a_holder() -> None:
    check_possession(ORIGIN, OFFICE, PUBLIC, KEY.sign(possession(ORIGIN, OFFICE, PUBLIC)))


def test_what_is_signed_is_what_the_format_document_says() -> None:
    key = base64.b64encode(PUBLIC).decode()
    assert possession(ORIGIN, OFFICE, PUBLIC) == (
        b"DSSEv1 42 application/vnd.shared-outcomes.possession 87 " + f"{ORIGIN}\n{OFFICE}\n{key}\n".encode()
    )


@pytest.mark.parametrize(
    ("origin", "holder", "key"),
    [
        ("example.org/another", OFFICE, "the office's key"),
        (ORIGIN, "GB-EXAMPLE-COUNCIL/deputy", "the office's key"),
        (ORIGIN, "log", "the office's key"),
        (ORIGIN, OFFICE, "another key"),
    ],
)
def test_a_proof_serves_nothing_else(origin: str, holder: str, key: str) -> None:
    proof = KEY.sign(possession(origin, holder, raw(key_of(key))))
    with pytest.raises(SignatureInvalid):
        check_possession(ORIGIN, OFFICE, PUBLIC, proof)


def test_a_proof_under_a_weak_key_is_none() -> None:
    identity = b"\x01" + bytes(31)
    with pytest.raises(SignatureInvalid, match="small order"):
        check_possession(ORIGIN, OFFICE, identity, identity + bytes(32))


@given(st.binary(max_size=80))
def test_a_signature_for_one_use_verifies_for_no_other(payload: bytes) -> None:
    uses = [
        STATEMENT_TYPE,
        "application/vnd.shared-outcomes.possession",
        "application/vnd.shared-outcomes.manifest+json",
    ]
    for use in uses:
        signature = KEY.sign(pae(use, payload))
        for other in uses:
            if other == use:
                verify(PUBLIC, signature, pae(other, payload))
            else:
                with pytest.raises(SignatureInvalid):
                    verify(PUBLIC, signature, pae(other, payload))


@given(st.tuples(st.text(max_size=9), st.text(max_size=9)), st.tuples(st.text(max_size=9), st.text(max_size=9)))
def test_what_two_different_messages_encode_to_differs(one: tuple[str, str], two: tuple[str, str]) -> None:
    same = pae(one[0], one[1].encode()) == pae(two[0], two[1].encode())
    assert same == (one == two)
