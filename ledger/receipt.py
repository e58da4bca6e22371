"""What an officer takes home: one entry, and the proof that the log had it under a signed checkpoint.

Standard: C2SP tlog-proof, version 1. Our profile (design section 4): the `extra` line holds the entry's own
line, verbatim, so that a receipt can be checked by itself; its leaf hash is computed from that line and from
nothing that the receipt merely claims. The reader still has to see that the payload inside is their own.
"""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass

from ledger.checkpoint import (
    MAX_NOTE_BYTES,
    MAX_SIZE,
    Checkpoint,
    LogKey,
    decimal,
    open_checkpoint,
    split_note,
    standard_base64,
)
from ledger.errors import Malformed, ProofInvalid, TooLarge
from ledger.merkle import HASH_BYTES, leaf_hash, verify_inclusion
from ledger.tiles import MAX_ENTRY_BYTES

HEADER = "c2sp.org/tlog-proof@v1"
MAX_PROOF_HASHES = 63
"""A log has fewer than 2^63 entries, so no leaf is deeper."""
MAX_RECEIPT_BYTES = MAX_NOTE_BYTES + 100_000
"""The largest note, the largest entry in base64 and the longest proof."""


@dataclass(frozen=True)
class Receipt:
    """An entry's place in the log and the evidence for it.

    `index` counts from 0, so entry 1 is leaf 0. `proof` is 32-byte hashes from the leaf's sibling upwards.
    `checkpoint` is the signed note, byte for byte as it was issued, with whatever cosignatures it carries.
    `extra` is the entry's line; empty when the receipt travels without it.
    """

    index: int
    proof: tuple[bytes, ...]
    checkpoint: bytes
    extra: bytes = b""

    def __post_init__(self) -> None:
        if not 0 <= self.index <= MAX_SIZE:
            raise Malformed(f"A log has no leaf {self.index}.")
        if len(self.proof) > MAX_PROOF_HASHES or any(len(one) != HASH_BYTES for one in self.proof):
            raise Malformed(f"An inclusion proof is {MAX_PROOF_HASHES} hashes of 32 bytes at most.")
        if len(self.extra) > MAX_ENTRY_BYTES:
            raise TooLarge(f"An entry has {MAX_ENTRY_BYTES:,} bytes at most.")
        # Form only: whose checkpoint it is, and whether it holds, is for `verify` to say.
        Checkpoint.parse(split_note(self.checkpoint)[0])

    def format(self) -> bytes:
        """The receipt as a `.tlog-proof` file."""
        lines = [HEADER]
        if self.extra:
            lines.append(f"extra {b64encode(self.extra).decode()}")
        lines.append(f"index {self.index}")
        lines.extend(b64encode(one).decode() for one in self.proof)
        return ("\n".join(lines) + "\n\n").encode() + self.checkpoint

    @classmethod
    def parse(cls, data: bytes) -> Receipt:
        """The receipt in a `.tlog-proof` file. Malformed or TooLarge when the bytes are not exactly one."""
        if len(data) > MAX_RECEIPT_BYTES:
            raise TooLarge(f"A receipt has {MAX_RECEIPT_BYTES:,} bytes at most, and this has {len(data):,}.")
        head, blank, note = data.partition(b"\n\n")
        if not blank or not head.isascii():
            raise Malformed("A receipt is lines of ASCII, an empty line and a signed checkpoint.")
        lines = iter(head.decode().split("\n"))
        if next(lines) != HEADER:
            raise Malformed(f"A receipt begins with the line {HEADER}.")
        line, extra = next(lines, ""), b""
        if line.startswith("extra "):
            extra = standard_base64(line.removeprefix("extra "), "extra line")
            if not extra:
                raise Malformed("A receipt without extra data leaves the extra line out.")
            line = next(lines, "")
        if not line.startswith("index "):
            raise Malformed("The index line of the receipt is missing or out of place.")
        index = decimal(line.removeprefix("index "), "index")
        return cls(index, tuple(standard_base64(one, "inclusion proof") for one in lines), note, extra)

    def verify(self, key: LogKey) -> Checkpoint:
        """The checkpoint, when `key` signed it and the entry in `extra` is leaf `index` of its tree.

        SignatureInvalid when another key signed it or none; ProofInvalid when the entry is not there.
        """
        if not self.extra:
            raise ProofInvalid("The receipt does not hold the entry that it should prove.")
        checkpoint = open_checkpoint(self.checkpoint, key)
        verify_inclusion(self.index, checkpoint.size, leaf_hash(self.extra), self.proof, checkpoint.root)
        return checkpoint
