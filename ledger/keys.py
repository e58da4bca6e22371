"""Keys: how they are named, and how somebody proves to hold one.

Law: no key has two uses. What a key signs begins with its use, so a signature made for one use verifies for
no other. Files and passphrases are not here: `commands/keyring.py` keeps them.
"""

from __future__ import annotations

import base64
import hashlib
from functools import lru_cache
from typing import Final, Protocol

from ledger.dsse import pae
from ledger.ed25519 import check_public_key, verify

OPENSSH_HEAD: Final = b"\x00\x00\x00\x0bssh-ed25519\x00\x00\x00\x20"
"""What stands before the 32 bytes of a key in OpenSSH's wire form."""
POSSESSION_TYPE: Final = "application/vnd.shared-outcomes.possession"


class PrivateKey(Protocol):
    """What can sign: an Ed25519 private key of `cryptography`, or a device that holds one."""

    def sign(self, data: bytes, /) -> bytes: ...


@lru_cache(maxsize=4096)
def fingerprint(public: bytes) -> str:
    """OpenSSH's name of an Ed25519 key: ``SHA256:`` and the unpadded base64 of its wire form's digest."""
    digest = hashlib.sha256(OPENSSH_HEAD + public).digest()
    return "SHA256:" + base64.b64encode(digest).decode().rstrip("=")


def possession(origin: str, holder: str, public: bytes) -> bytes:
    """What the holder of a key signs to register it for `holder` (an officer id, or ``log``) in a ledger."""
    return pae(POSSESSION_TYPE, f"{origin}\n{holder}\n{base64.b64encode(public).decode()}\n".encode())


def check_possession(origin: str, holder: str, public: bytes, proof: bytes) -> None:
    """Check a key and the proof that somebody holds it. Raises SignatureInvalid."""
    check_public_key(public)
    verify(public, proof, possession(origin, holder, public))
