"""The worked bytes of the format document, made from keys that everybody knows.

`python -m tests.worked` writes them into docs/reference/entry-format.md; a test compares.
"""

from __future__ import annotations

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger import checkpoint, merkle
from ledger.keys import fingerprint, possession
from ledger.receipt import Receipt
from ledger.statement import parse
from tests import story

PAGE = Path(__file__).parents[1] / "docs" / "reference" / "entry-format.md"
BEGIN, END = "<!-- worked bytes: begin -->\n", "<!-- worked bytes: end -->\n"
OFFICE, ORIGIN = "GB-EXAMPLE-COUNCIL/s151", "example.org/worked"
OFFICE_KEY = Ed25519PrivateKey.from_private_bytes(b"\x01" * 32)
LOG_KEY = Ed25519PrivateKey.from_private_bytes(b"\x02" * 32)


def world() -> story.World:
    """Three entries: a ledger is founded, a pool agreed, a commitment made with a sealed note."""
    made = story.World(origin=ORIGIN, keys={OFFICE: OFFICE_KEY})
    raw = story.raw(LOG_KEY)
    made.found(
        officer=story.appointment(OFFICE, origin=ORIGIN, key=OFFICE_KEY, limit="5000000.00"),
        log_key=story.str_b64(raw),
        log_key_proof=story.str_b64(LOG_KEY.sign(possession(ORIGIN, "log", raw))),
    )
    made.pool()
    made.say("commitment-made/1", story.commitment(), sealed={"note": "Agreed with the board."})
    return made


def section() -> str:
    """The section's text."""
    made = world()
    raw, log_raw = story.raw(OFFICE_KEY), story.raw(LOG_KEY)
    note = checkpoint.sign_checkpoint(checkpoint.Checkpoint(ORIGIN, 3, made.tree.root()), LOG_KEY)
    leaves = [merkle.leaf_hash(line) for line in made.lines]
    proof = merkle.inclusion_proof(merkle.HashesInMemory(leaves), 2, 3)
    receipt = Receipt(2, tuple(proof), note, made.lines[2])
    said = parse(made.lines[2][len('{"received_at":"2026-04-02T09:00:00Z","envelope":') : -1])
    parts = [
        ("The office's public key (hex), and its fingerprint", f"{raw.hex()}\n{fingerprint(raw)}"),
        ("The log's verifier key", checkpoint.LogKey(ORIGIN, log_raw).vkey),
        ("Entry 1", made.lines[0].decode()),
        ("Entry 2", made.lines[1].decode()),
        ("Entry 3", made.lines[2].decode()),
        ("The payload of entry 3", said.payload.decode()),
        ("The digest of entry 3", said.digest),
        ("The opening of its field `note`", made.openings[3]["note"].decode()),
        ("The leaf hashes; the first is the ledger's identity", "\n".join(leaf.hex() for leaf in leaves)),
        ("The checkpoint", note.decode().rstrip("\n")),
        ("The receipt of entry 3", receipt.format().decode().rstrip("\n")),
    ]
    return "".join(f"{title}:\n\n{_indented(text)}\n\n" for title, text in parts)


def _indented(text: str) -> str:
    return "\n".join(f"    {line}".rstrip() for line in text.split("\n"))


def main() -> None:
    """Write the section into the page."""
    page = PAGE.read_text()
    before, _, rest = page.partition(BEGIN)
    after = rest.partition(END)[2]
    PAGE.write_text(before + BEGIN + "\n" + section() + END + after)


if __name__ == "__main__":
    main()
