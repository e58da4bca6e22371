"""The one Ed25519 rule: which public keys may sign anything here, and which signatures hold.

Law: design section 4, "Ed25519, one rule". RFC 8032 leaves verifiers free to differ at the edges, and they
do; under the rule below every verifier that we know of gives the same answer, so an auditor who uses
another one cannot be told another story.

1. A public key is canonical (y < p, RFC 8032 section 5.1.3), on the curve, and of prime order L.
2. A signature is 64 bytes, its S is below L (RFC 8032 section 5.1.7), its R canonical and not of small order.
3. It satisfies the cofactorless equation S*B = R + k*A, which is what OpenSSL checks.

Point 1 is curve arithmetic in Python, done once for each key. It handles public values only, so its timing
tells nobody anything. Nothing is signed in this module.
"""

from __future__ import annotations

from functools import lru_cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from ledger.errors import SignatureInvalid

P = 2**255 - 19
"""The prime of the field (RFC 8032 section 5.1)."""
L = 2**252 + 27742317777372353535851937790883648493
"""The prime order of the base point (RFC 8032 section 5.1)."""

_D = -121665 * pow(121666, -1, P) % P
_SQRT_OF_MINUS_1 = pow(2, (P - 1) // 4, P)
_Y_BITS = 2**255 - 1

KEYS_REMEMBERED = 4096
"""Far more officers than one ledger has; beyond it the oldest keys are checked again."""


# -- verifying ----------------------------------------------------------------------------------


def verify(public_raw: bytes, signature: bytes, message: bytes) -> None:
    """Check a signature over a message under a 32-byte public key. SignatureInvalid when the rule refuses."""
    key = _loaded(public_raw)
    if len(signature) != 64:
        raise SignatureInvalid(f"An Ed25519 signature has 64 bytes, not {len(signature)}.")
    r = signature[:32]
    if int.from_bytes(signature[32:], "little") >= L:
        raise SignatureInvalid("The signature's S is not below the group order L.")
    if int.from_bytes(r, "little") & _Y_BITS >= P:
        raise SignatureInvalid("The signature's R is not canonical.")
    if r in SMALL_ORDER_ENCODINGS:
        raise SignatureInvalid("The signature's R is a point of small order.")
    try:
        key.verify(signature, message)
    except InvalidSignature:
        raise SignatureInvalid("The signature does not belong to these bytes and this key.") from None


def check_public_key(raw: bytes) -> None:
    """Check that 32 bytes are a public key that may sign here. SignatureInvalid with the reason when not."""
    reason = _reason_against(raw)
    if reason:
        raise SignatureInvalid(reason)


@lru_cache(maxsize=KEYS_REMEMBERED)
def _loaded(raw: bytes) -> Ed25519PublicKey:
    # Checked here, so that no caller can verify anything under a key that was never checked.
    check_public_key(raw)
    return Ed25519PublicKey.from_public_bytes(raw)


@lru_cache(maxsize=KEYS_REMEMBERED)
def _reason_against(raw: bytes) -> str:
    """Why a key may not be used, or nothing. The verdict is kept, so it is a value and not an exception."""
    if len(raw) != 32:
        return f"An Ed25519 public key has 32 bytes, not {len(raw)}."
    if raw in SMALL_ORDER_ENCODINGS:
        # OpenSSL accepts one signature for every message under such a key.
        return "The public key is a point of small order: anyone could sign under it."
    if int.from_bytes(raw, "little") & _Y_BITS >= P:
        return "The public key is not canonical: its y is not below p."
    x = _x_of(raw)
    if x is None:
        return "The public key is not a point on the curve."
    if not _is_identity(_times(L, _point(x, int.from_bytes(raw, "little") & _Y_BITS))):
        return "The public key is not of prime order: verifiers would disagree about its signatures."
    return ""


# -- the curve: -x^2 + y^2 = 1 + d x^2 y^2 over the field of P (RFC 8032 section 5.1) -----------

Point = tuple[int, int, int, int]
"""(X, Y, Z, T) with x = X/Z, y = Y/Z, x*y = T/Z (RFC 8032 section 5.1.4)."""


def _point(x: int, y: int) -> Point:
    return x, y, 1, x * y % P


def _x_of(raw: bytes) -> int | None:
    """The x that an encoded point stands for, or None when there is none (RFC 8032 section 5.1.3)."""
    number = int.from_bytes(raw, "little")
    sign, y = number >> 255, number & _Y_BITS
    x = _square_root((y * y - 1) * pow(_D * y * y + 1, -1, P) % P)
    if x is None or (x == 0 and sign):
        return None
    return x if x & 1 == sign else P - x


def _square_root(square: int) -> int | None:
    """A square root in the field, or None when there is none (RFC 8032 section 5.1.1: p is 5 mod 8)."""
    root = pow(square, (P + 3) // 8, P)
    if root * root % P != square:
        root = root * _SQRT_OF_MINUS_1 % P
    return root if root * root % P == square else None


def _plus(a: Point, b: Point) -> Point:
    """The sum of two points (RFC 8032 section 5.1.4; complete, so that it doubles as well)."""
    m, n = (a[1] - a[0]) * (b[1] - b[0]) % P, (a[1] + a[0]) * (b[1] + b[0]) % P
    t, z = 2 * a[3] * b[3] * _D % P, 2 * a[2] * b[2] % P
    e, f, g, h = n - m, z - t, z + t, n + m
    return e * f % P, g * h % P, f * g % P, e * h % P


def _times(scalar: int, point: Point) -> Point:
    total = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            total = _plus(total, point)
        point = _plus(point, point)
        scalar >>= 1
    return total


def _is_identity(point: Point) -> bool:
    return point[0] % P == 0 and (point[1] - point[2]) % P == 0


_ORDER_8_Y = int.from_bytes(bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"), "little")
SMALL_ORDER_ENCODINGS = frozenset(
    (y | sign << 255).to_bytes(32, "little")
    # order 1, 2, 4 and 8; then 0 and 1 again, because there y + p still fits in 255 bits
    for y in (1, P - 1, 0, _ORDER_8_Y, P - _ORDER_8_Y, P, P + 1)
    for sign in (0, 1)
)
"""The fourteen encodings, canonical or not, of the eight points whose order divides 8."""
