"""The one Ed25519 rule, against curve arithmetic of the plainest kind, forgeries, and outside vectors."""

from __future__ import annotations

import json
from hashlib import sha512

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from ledger.ed25519 import SMALL_ORDER_ENCODINGS, L, P, check_public_key, verify
from ledger.errors import SignatureInvalid
from tests.outside import outside

# -- the oracle: RFC 8032 section 5.1 in affine coordinates ---------------------------------------

Affine = tuple[int, int]
D = -121665 * pow(121666, P - 2, P) % P
IDENTITY = (0, 1)


def plus(a: Affine, b: Affine) -> Affine:
    """The sum of two points on -x^2 + y^2 = 1 + d*x^2*y^2, by the textbook formula."""
    product = D * a[0] * b[0] * a[1] * b[1]
    x = (a[0] * b[1] + b[0] * a[1]) * pow(1 + product, -1, P)
    y = (a[1] * b[1] + a[0] * b[0]) * pow(1 - product, -1, P)
    return x % P, y % P


def times(scalar: int, point: Affine) -> Affine:
    """A multiple of a point."""
    total = IDENTITY
    for bit in bin(scalar)[2:]:
        total = plus(total, total)
        if bit == "1":
            total = plus(total, point)
    return total


def encoded(point: Affine) -> bytes:
    """The canonical encoding of a point."""
    return (point[1] | (point[0] & 1) << 255).to_bytes(32, "little")


def decoded(raw: bytes) -> Affine | None:
    """The point that 32 bytes stand for, canonical or not; None when there is none."""
    number = int.from_bytes(raw, "little")
    sign, y = number >> 255, number % 2**255 % P
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    if square == 0:
        return 0, y
    if pow(square, (P - 1) // 2, P) != 1:
        return None
    x = pow(square, (P + 3) // 8, P)
    x = x if x * x % P == square else x * pow(2, (P - 1) // 4, P) % P
    return (x if x & 1 == sign else P - x), y


BASE = decoded((4 * pow(5, P - 2, P) % P).to_bytes(32, "little")) or IDENTITY


def torsion() -> list[Affine]:
    """The eight points whose order divides 8: L times a point whose own order is 8*L, and its multiples."""
    for y in range(2, 100):
        point = decoded(y.to_bytes(32, "little"))
        if point and times(4, small := times(L, point)) != IDENTITY:
            return [times(i, small) for i in range(8)]
    raise AssertionError("no point of order 8 was found")


TORSION = torsion()
OFFICER = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = OFFICER.public_key().public_bytes_raw()
SECRET = int.from_bytes(sha512(bytes(range(32))).digest()[:32], "little") & (2**255 - 8) % 2**254 | 2**254


def forged(public: bytes, r: bytes, secret: int, message: bytes) -> bytes:
    """A signature with an R of our choice whose secret scalar is 0."""
    k = int.from_bytes(sha512(r + public + message).digest(), "little")
    return r + (k * secret % L).to_bytes(32, "little")


def openssl_accepts(public: bytes, signature: bytes, message: bytes) -> bool:
    """Whether the library alone, without our rule, is satisfied."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except InvalidSignature:
        return False
    return True


def test_the_oracle_knows_the_curve() -> None:
    assert times(L, BASE) == IDENTITY
    assert encoded(times(SECRET, BASE)) == PUBLIC
    assert len(set(TORSION)) == 8


# -- keys ---------------------------------------------------------------------------------------


def test_the_encodings_of_small_order_are_all_there_are() -> None:
    found = set()
    for x, y in TORSION:
        for same in {y, y + P}:
            for sign in {x & 1} if x else {0, 1}:
                if same < 2**255:
                    found.add((same | sign << 255).to_bytes(32, "little"))
    assert len(found) == 14
    assert found == SMALL_ORDER_ENCODINGS


@pytest.mark.parametrize("raw", sorted(SMALL_ORDER_ENCODINGS), ids=bytes.hex)
def test_a_key_of_small_order_is_refused(raw: bytes) -> None:
    with pytest.raises(SignatureInvalid, match="small order"):
        check_public_key(raw)


@pytest.mark.parametrize("excess", range(19))
@pytest.mark.parametrize("sign", [0, 1])
def test_a_key_that_is_not_canonical_is_refused(excess: int, sign: int) -> None:
    raw = (P + excess | sign << 255).to_bytes(32, "little")
    with pytest.raises(SignatureInvalid, match=r"not canonical|small order"):
        check_public_key(raw)


@pytest.mark.parametrize("which", range(1, 8))
def test_a_key_of_mixed_order_is_refused(which: int) -> None:
    mixed = plus(times(SECRET, BASE), TORSION[which])
    with pytest.raises(SignatureInvalid, match="prime order"):
        check_public_key(encoded(mixed))


@pytest.mark.parametrize("length", [0, 31, 33, 64])
def test_a_key_of_another_length_is_refused(length: int) -> None:
    with pytest.raises(SignatureInvalid, match="32 bytes"):
        check_public_key(PUBLIC[:1] * length)


@given(st.binary(min_size=32, max_size=32))
def test_a_key_is_accepted_exactly_when_the_oracle_finds_its_order_to_be_prime(raw: bytes) -> None:
    point = decoded(raw)
    good = point is not None and encoded(point) == raw and point != IDENTITY and times(L, point) == IDENTITY
    for _ in range(2):  # the verdict is kept: asked again, it is the same
        if good:
            check_public_key(raw)
        else:
            with pytest.raises(SignatureInvalid):
                check_public_key(raw)


@given(st.integers(1, L - 1))
def test_every_honest_key_is_accepted(secret: int) -> None:
    check_public_key(encoded(times(secret, BASE)))


def test_a_key_that_is_refused_verifies_nothing_however_often_it_is_asked() -> None:
    # S = 1 and R = B satisfy the equation for every message when the key is the identity.
    identity, signature = encoded(IDENTITY), encoded(BASE) + (1).to_bytes(32, "little")
    for message in (b"pay 1.00", b"pay 1000000.00"):
        assert openssl_accepts(identity, signature, message)
        for _ in range(2):
            with pytest.raises(SignatureInvalid, match="anyone could sign"):
                verify(identity, signature, message)


# -- signatures ---------------------------------------------------------------------------------


@given(st.binary(min_size=32, max_size=32), st.binary(max_size=300), st.integers(0))
def test_an_honest_signature_holds_and_no_bit_of_it_can_be_flipped(seed: bytes, message: bytes, bit: int) -> None:
    officer = Ed25519PrivateKey.from_private_bytes(seed)
    public, signature = officer.public_key().public_bytes_raw(), officer.sign(message)
    verify(public, signature, message)
    at = bit % 512
    changed = (int.from_bytes(signature, "little") ^ 1 << at).to_bytes(64, "little")
    with pytest.raises(SignatureInvalid):
        verify(public, changed, message)
    with pytest.raises(SignatureInvalid, match="does not belong"):
        verify(public, signature, message + b"!")


def test_a_second_form_of_the_same_signature_is_refused() -> None:
    signature = OFFICER.sign(b"a promise")
    s = int.from_bytes(signature[32:], "little")
    again = signature[:32] + (s + L).to_bytes(32, "little")
    with pytest.raises(SignatureInvalid, match="not below the group order"):
        verify(PUBLIC, again, b"a promise")


def test_the_largest_s_is_below_the_group_order() -> None:
    for s, says in ((L - 1, "does not belong"), (L, "group order"), (2**256 - 1, "group order")):
        with pytest.raises(SignatureInvalid, match=says):
            verify(PUBLIC, OFFICER.sign(b"")[:32] + s.to_bytes(32, "little"), b"")


@pytest.mark.parametrize("r", sorted(SMALL_ORDER_ENCODINGS), ids=bytes.hex)
def test_an_r_of_small_order_is_refused(r: bytes) -> None:
    with pytest.raises(SignatureInvalid, match=r"small order|not canonical"):
        verify(PUBLIC, forged(PUBLIC, r, SECRET, b"a promise"), b"a promise")


def test_an_r_of_small_order_is_refused_where_openssl_accepts_it() -> None:
    signature = forged(PUBLIC, encoded(IDENTITY), SECRET, b"a promise")
    assert openssl_accepts(PUBLIC, signature, b"a promise")
    with pytest.raises(SignatureInvalid, match="small order"):
        verify(PUBLIC, signature, b"a promise")


@pytest.mark.parametrize("excess", range(19))
def test_an_r_that_is_not_canonical_is_refused(excess: int) -> None:
    r = (P + excess).to_bytes(32, "little")
    with pytest.raises(SignatureInvalid, match="not canonical"):
        verify(PUBLIC, r + bytes(32), b"")


@pytest.mark.parametrize("length", [0, 63, 65, 128])
def test_a_signature_of_another_length_is_refused(length: int) -> None:
    with pytest.raises(SignatureInvalid, match="64 bytes"):
        verify(PUBLIC, bytes(length), b"")


# -- outside vectors ----------------------------------------------------------------------------


def test_wycheproof_and_the_one_rule_agree_on_every_case() -> None:
    suite = json.loads(outside("wycheproof", "testvectors_v1", "ed25519_test.json").read_bytes())
    seen, disagreed = 0, []
    for group in suite["testGroups"]:
        public = bytes.fromhex(group["publicKey"]["pk"])
        for case in group["tests"]:
            seen += 1
            try:
                verify(public, bytes.fromhex(case["sig"]), bytes.fromhex(case["msg"]))
                verdict = "valid"
            except SignatureInvalid:
                verdict = "invalid"
            if verdict != case["result"]:
                disagreed.append((case["tcId"], case["comment"], case["result"]))
    assert seen == suite["numberOfTests"] == 151
    assert not disagreed  # the stricter rule costs no case that Wycheproof calls valid
