"""Receipts: a proof that leaves the house, checked with nothing but itself and the log's key."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from ledger.checkpoint import Checkpoint, LogKey, sign_checkpoint, sign_note
from ledger.errors import LedgerError, Malformed, ProofInvalid, SignatureInvalid, TooLarge
from ledger.merkle import HashesInMemory, inclusion_proof, leaf_hash, root_of
from ledger.receipt import Receipt

ORIGIN = "lancashire.example/outcomes"
LOG_KEY = Ed25519PrivateKey.from_private_bytes(b"the log of Lancashire's outcomes")
KEY = LogKey.of(ORIGIN, LOG_KEY)
ENTRIES = [f'{{"received_at":"2026-04-02T10:15:00Z","envelope":{{"n":{n}}}}}'.encode() for n in range(300)]
LOG = HashesInMemory(map(leaf_hash, ENTRIES))


def head_of(size: int) -> bytes:
    """The signed checkpoint of the log at a size."""
    return sign_checkpoint(Checkpoint(ORIGIN, size, root_of(LOG, size)), LOG_KEY)


def receipt_for(index: int, size: int) -> Receipt:
    """The receipt for one entry under the checkpoint of a size."""
    return Receipt(index, tuple(inclusion_proof(LOG, index, size)), head_of(size), ENTRIES[index])


RECEIPT = receipt_for(40, 300)
WHOLE = RECEIPT.format()
HEAD = head_of(300).decode()
HEADER, EXTRA, INDEX, *HASHES = WHOLE.decode().partition("\n\n")[0].split("\n")


@given(st.integers(1, 300), st.data())
def test_a_receipt_is_written_read_back_and_holds(size: int, data: st.DataObject) -> None:
    receipt = receipt_for(data.draw(st.integers(0, size - 1)), size)
    again = Receipt.parse(receipt.format())
    assert again == receipt
    assert again.verify(KEY) == Checkpoint(ORIGIN, size, root_of(LOG, size))


def test_a_receipt_is_laid_out_as_the_standard_says() -> None:
    hashes = [b64encode(one).decode() for one in inclusion_proof(LOG, 40, 300)]
    lines = ["c2sp.org/tlog-proof@v1", f"extra {b64encode(ENTRIES[40]).decode()}", "index 40", *hashes]
    assert "\n".join(lines) + "\n\n" + HEAD == WHOLE.decode()


def test_a_receipt_for_the_only_entry_has_no_hashes() -> None:
    receipt = receipt_for(0, 1)
    assert receipt.proof == ()
    assert b"index 0\n\n" in receipt.format()
    assert Receipt.parse(receipt.format()).verify(KEY).size == 1


def test_cosignatures_travel_with_the_checkpoint_verbatim() -> None:
    witness = Ed25519PrivateKey.from_private_bytes(b"a witness of 32 bytes: it saw it")
    cosigned = RECEIPT.checkpoint + sign_note(b"x\n", "witness.example", witness).rpartition(b"\n\n")[2]
    receipt = Receipt.parse(replace(RECEIPT, checkpoint=cosigned).format())
    assert receipt.checkpoint == cosigned
    assert receipt.verify(KEY).size == 300


def test_a_receipt_without_its_entry_is_a_proof_of_nothing() -> None:
    bare = replace(RECEIPT, extra=b"")
    assert b"extra" not in bare.format()
    assert Receipt.parse(bare.format()) == bare
    with pytest.raises(ProofInvalid, match="does not hold the entry"):
        bare.verify(KEY)


# -- refusing -----------------------------------------------------------------------------------


def laid_out(*lines: str, note: str = HEAD) -> bytes:
    """A receipt put together by hand."""
    return ("\n".join(lines) + "\n\n" + note).encode()


NO_RECEIPTS = {
    "empty bytes": b"",
    "a checkpoint alone": HEAD.encode(),
    "another version": laid_out("c2sp.org/tlog-proof@v2", EXTRA, INDEX, *HASHES),
    "a space after the header": laid_out(f"{HEADER} ", EXTRA, INDEX, *HASHES),
    "a line before the header": b"\n" + WHOLE,
    "carriage returns": WHOLE.replace(b"\n", b"\r\n"),
    "the header alone": laid_out(HEADER),
    "no index": laid_out(HEADER, EXTRA, *HASHES),
    "the index before the entry": laid_out(HEADER, INDEX, EXTRA, *HASHES),
    "two entries": laid_out(HEADER, EXTRA, EXTRA, INDEX, *HASHES),
    "two indices": laid_out(HEADER, EXTRA, INDEX, INDEX, *HASHES),
    "an empty entry": laid_out(HEADER, "extra ", INDEX, *HASHES),
    "an entry without a space": laid_out(HEADER, "extra", INDEX, *HASHES),
    "an entry without padding": laid_out(HEADER, "extra YQ", INDEX, *HASHES),
    "an entry beyond 65,535 bytes": laid_out(HEADER, f"extra {'AAAA' * 21_846}", INDEX, *HASHES),
    "a leading zero": laid_out(HEADER, EXTRA, "index 040", *HASHES),
    "a negative index": laid_out(HEADER, EXTRA, "index -1", *HASHES),
    "an empty index": laid_out(HEADER, EXTRA, "index ", *HASHES),
    "an index of 2^63": laid_out(HEADER, EXTRA, f"index {2**63}", *HASHES),
    "a hash of 31 bytes": laid_out(HEADER, EXTRA, INDEX, b64encode(bytes(31)).decode(), *HASHES),
    "a hash in hexadecimal": laid_out(HEADER, EXTRA, INDEX, bytes(32).hex(), *HASHES),
    "a hash with stray bits": laid_out(HEADER, EXTRA, INDEX, "A" * 42 + "B="),
    "64 hashes": laid_out(HEADER, EXTRA, INDEX, *HASHES[:1] * 64),
    "letters beyond ASCII": laid_out(HEADER, EXTRA, INDEX, "\u00e9" * 44),
    "no empty line": "\n".join([HEADER, EXTRA, INDEX, *HASHES, HEAD.replace("\n\n", "\n")]).encode(),
    "no checkpoint": laid_out(HEADER, EXTRA, INDEX, *HASHES, note=""),
    "two empty lines": laid_out(HEADER, EXTRA, INDEX, *HASHES, note="\n" + HEAD),
    "a checkpoint without a signature": laid_out(HEADER, EXTRA, INDEX, *HASHES, note=HEAD.split("—")[0]),
    "a note that is no checkpoint": laid_out(HEADER, INDEX, note=sign_note(b"hello\n", ORIGIN, LOG_KEY).decode()),
    "something after the checkpoint": WHOLE + b"more\n",
    "more bytes than any receipt has": WHOLE + b"x" * 1_100_000,
}


@pytest.mark.parametrize("what", NO_RECEIPTS)
def test_it_is_no_receipt_with(what: str) -> None:
    with pytest.raises(Malformed):
        Receipt.parse(NO_RECEIPTS[what])


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"index": -1}, Malformed),
        ({"index": 2**63}, Malformed),
        ({"proof": (bytes(31),)}, Malformed),
        ({"proof": (bytes(32),) * 64}, Malformed),
        ({"extra": b"x" * 65_536}, TooLarge),
        ({"checkpoint": b""}, Malformed),
        ({"checkpoint": RECEIPT.checkpoint[:-1]}, Malformed),
    ],
)
def test_a_receipt_that_could_not_be_read_back_is_not_made(changed: dict[str, object], error: type[Malformed]) -> None:
    with pytest.raises(error):
        replace(RECEIPT, **changed)  # type: ignore[arg-type]


def test_a_receipt_for_another_entry_place_log_or_key_does_not_hold() -> None:
    other = Ed25519PrivateKey.from_private_bytes(b"somebody else's key, 32 bytes it")
    with pytest.raises(ProofInvalid):
        replace(RECEIPT, extra=ENTRIES[41]).verify(KEY)
    with pytest.raises(ProofInvalid):
        replace(RECEIPT, index=41).verify(KEY)
    with pytest.raises(ProofInvalid):
        replace(RECEIPT, index=300).verify(KEY)
    with pytest.raises(ProofInvalid):
        replace(RECEIPT, checkpoint=head_of(299)).verify(KEY)
    with pytest.raises(ProofInvalid):
        replace(RECEIPT, proof=RECEIPT.proof[1:]).verify(KEY)
    with pytest.raises(SignatureInvalid):
        RECEIPT.verify(LogKey.of(ORIGIN, other))
    with pytest.raises(SignatureInvalid):
        RECEIPT.verify(LogKey.of("kent.example/outcomes", LOG_KEY))


def test_no_bit_of_a_receipt_can_be_flipped() -> None:
    for at in range(len(WHOLE) * 8):
        changed = bytearray(WHOLE)
        changed[at // 8] ^= 1 << at % 8
        with pytest.raises(LedgerError):
            Receipt.parse(bytes(changed)).verify(KEY)


@given(st.data())
def test_a_mangled_receipt_is_refused_and_never_fails_otherwise(data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(WHOLE)))
    end = data.draw(st.integers(start, min(len(WHOLE), start + 60)))
    middle = data.draw(st.one_of(st.binary(max_size=20), st.sampled_from([b"\n", b"\n\n", b"index 0\n", WHOLE])))
    changed = WHOLE[:start] + middle + WHOLE[end:]
    try:
        receipt = Receipt.parse(changed)
    except LedgerError:
        return
    assert receipt.format() == changed  # one form only
    try:
        receipt.verify(KEY)
    except LedgerError:
        return
    assert receipt == RECEIPT


@given(st.binary())
def test_arbitrary_bytes_are_no_receipt(data: bytes) -> None:
    with pytest.raises(Malformed):
        Receipt.parse(data)
