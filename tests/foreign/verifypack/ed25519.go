package main

import (
	"crypto/ed25519"
	"errors"
	"math/big"
)

// crypto/ed25519 checks the equation without the cofactor, but accepts keys
// that the format refuses. The curve arithmetic here says only which encodings
// are points and of which order; it handles public bytes alone, so it need not
// run in constant time.

var (
	one        = big.NewInt(1)
	fieldPrime = new(big.Int).Sub(new(big.Int).Lsh(one, 255), big.NewInt(19))
	groupOrder = mustDecimal("7237005577332262213973186563042994240857116359379907606001950938285454250989")
	curveD     = curveConstant()
)

func mustDecimal(digits string) *big.Int {
	n, ok := new(big.Int).SetString(digits, 10)
	if !ok {
		panic("not a number: " + digits)
	}
	return n
}

// curveConstant is d = -121665/121666 of RFC 8032.
func curveConstant() *big.Int {
	d := new(big.Int).ModInverse(big.NewInt(121666), fieldPrime)
	return modulo(d.Mul(d, big.NewInt(-121665)))
}

func modulo(n *big.Int) *big.Int {
	return n.Mod(n, fieldPrime)
}

func times(a, b *big.Int) *big.Int {
	return modulo(new(big.Int).Mul(a, b))
}

func plus(a, b *big.Int) *big.Int {
	return modulo(new(big.Int).Add(a, b))
}

func minus(a, b *big.Int) *big.Int {
	return modulo(new(big.Int).Sub(a, b))
}

// point holds extended homogeneous coordinates: x = X/Z, y = Y/Z, T = XY/Z.
type point struct{ x, y, z, t *big.Int }

func identityPoint() point {
	return point{new(big.Int), big.NewInt(1), big.NewInt(1), new(big.Int)}
}

func (p point) isIdentity() bool {
	return p.x.Sign() == 0 && p.y.Cmp(p.z) == 0
}

// add is the complete addition of RFC 8032 section 5.1.4: it holds for
// doubling and for the identity too.
func (p point) add(q point) point {
	a := times(minus(p.y, p.x), minus(q.y, q.x))
	b := times(plus(p.y, p.x), plus(q.y, q.x))
	c := times(times(plus(p.t, p.t), curveD), q.t)
	d := times(plus(p.z, p.z), q.z)
	e, f, g, h := minus(b, a), minus(d, c), plus(d, c), plus(b, a)
	return point{times(e, f), times(g, h), times(f, g), times(e, h)}
}

func (p point) multiply(scalar *big.Int) point {
	result := identityPoint()
	for i := scalar.BitLen() - 1; i >= 0; i-- {
		result = result.add(result)
		if scalar.Bit(i) == 1 {
			result = result.add(p)
		}
	}
	return result
}

func (p point) isSmallOrder() bool {
	return p.multiply(big.NewInt(8)).isIdentity()
}

func littleEndian(raw []byte) *big.Int {
	reversed := make([]byte, len(raw))
	for i, b := range raw {
		reversed[len(raw)-1-i] = b
	}
	return new(big.Int).SetBytes(reversed)
}

// decodePoint accepts canonical encodings only.
func decodePoint(raw []byte) (point, error) {
	if len(raw) != 32 {
		return point{}, errors.New("not 32 bytes")
	}
	y := littleEndian(raw)
	sign := y.Bit(255)
	y.SetBit(y, 255, 0)
	if y.Cmp(fieldPrime) >= 0 {
		return point{}, errors.New("its y coordinate is not canonical")
	}
	square := times(y, y)
	inverse := new(big.Int).ModInverse(plus(times(curveD, square), one), fieldPrime)
	x := new(big.Int).ModSqrt(times(minus(square, one), inverse), fieldPrime)
	if x == nil || x.Sign() == 0 && sign == 1 {
		return point{}, errors.New("not a point of the curve")
	}
	if x.Bit(0) != sign {
		x.Sub(fieldPrime, x)
	}
	return point{x, y, big.NewInt(1), times(x, y)}, nil
}

// publicKeys remembers which keys were accepted: the order of a point costs
// far more than a signature, and a ledger has few keys.
type publicKeys map[string]error

func (k publicKeys) check(key []byte) error {
	if err, known := k[string(key)]; known {
		return err
	}
	err := checkPublicKey(key)
	k[string(key)] = err
	return err
}

func checkPublicKey(key []byte) error {
	p, err := decodePoint(key)
	if err != nil {
		return err
	}
	if p.isIdentity() || !p.multiply(groupOrder).isIdentity() {
		return errors.New("its point has not prime order")
	}
	return nil
}

// verifySignature is section 1 in full.
func (k publicKeys) verifySignature(key, message, signature []byte) error {
	if err := k.check(key); err != nil {
		return errors.New("the public key is refused: " + err.Error())
	}
	if len(signature) != ed25519.SignatureSize {
		return errors.New("a signature has 64 bytes")
	}
	if littleEndian(signature[32:]).Cmp(groupOrder) >= 0 {
		return errors.New("S is not below L")
	}
	r, err := decodePoint(signature[:32])
	if err != nil {
		return errors.New("R is refused: " + err.Error())
	}
	if r.isSmallOrder() {
		return errors.New("R is of small order")
	}
	if !ed25519.Verify(ed25519.PublicKey(key), message, signature) {
		return errors.New("the signature does not verify")
	}
	return nil
}
