package main

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/mod/sumdb/tlog"
)

const maxNote = 1000000

// noteForm allows 100 signatures, as golang.org/x/mod/sumdb/note does.
var noteForm = regexp.MustCompile("^((.+)\n(.+)\n(.+)\n)\n((?:— [^ \n]+ [^ \n]+\n){1,100})$")

// checkpoint is a note whose form holds; nothing in it is believed yet.
type checkpoint struct {
	origin, text string
	size         int64
	root         tlog.Hash
	signatures   []noteSignature
}

type noteSignature struct {
	name  string
	keyID []byte
	bytes []byte
}

func parseCheckpoint(raw []byte) (c checkpoint, err error) {
	parts := noteForm.FindStringSubmatch(string(raw))
	if parts == nil || !utf8.Valid(raw) || len(raw) > maxNote {
		return c, errors.New("not three lines, an empty line and signatures")
	}
	c.text, c.origin = parts[1], parts[2]
	if c.size, err = natural(parts[3]); err != nil {
		return c, err
	}
	hash, err := decodeBase64Of(parts[4], tlog.HashSize)
	if err != nil {
		return c, fmt.Errorf("its root: %v", err)
	}
	copy(c.root[:], hash)
	for _, line := range strings.Split(strings.TrimSuffix(parts[5], "\n"), "\n") {
		words := strings.Split(line, " ")
		signed, err := decodeBase64(words[2])
		if err != nil || len(signed) < 5 || strings.IndexFunc(words[1], notInName) >= 0 {
			return c, errors.New("a malformed signature line")
		}
		c.signatures = append(c.signatures, noteSignature{words[1], signed[:4], signed[4:]})
	}
	return c, nil
}

func notInName(r rune) bool {
	return unicode.IsSpace(r) || r == '+' || r < 0x20
}

func keyID(origin string, key []byte) []byte {
	sum := sha256.Sum256([]byte(origin + "\n\x01" + string(key)))
	return sum[:4]
}

func vkey(origin string, key []byte) string {
	return fmt.Sprintf("%s+%x+%s", origin, keyID(origin, key), base64Text(append([]byte{1}, key...)))
}

// openCheckpoint verifies a checkpoint under one of the given log keys: it has
// lines of that key, and each of them verifies. All other lines are of other
// signers, and passed over.
func (v *verifier) openCheckpoint(raw []byte, keys [][]byte) (checkpoint, error) {
	c, err := parseCheckpoint(raw)
	if err != nil {
		return c, err
	}
	if c.origin != v.origin {
		return c, fmt.Errorf("its origin is %s", quote(c.origin))
	}
	for _, key := range keys {
		if v.signedUnder(c, key) {
			return c, nil
		}
	}
	return c, errors.New("it has no signature by a key of the log, or one that does not verify")
}

func (v *verifier) signedUnder(c checkpoint, key []byte) bool {
	signed := false
	for _, signature := range c.signatures {
		if signature.name != v.origin || !bytes.Equal(signature.keyID, keyID(v.origin, key)) {
			continue
		}
		if v.register.accept.verifySignature(key, []byte(c.text), signature.bytes) != nil {
			return false
		}
		signed = true
	}
	return signed
}

// checkRoot is check 6 but for the tiles.
func (v *verifier) checkRoot() error {
	raw, err := v.pack.read(checkpointFile)
	if err != nil {
		return err
	}
	c, err := v.openCheckpoint(raw, v.register.logKeys)
	if err != nil {
		return err
	}
	if size := v.log.size(); size == 0 || c.size != size {
		return fmt.Errorf("its size is %d and the entries are %d", c.size, size)
	}
	if c.root != v.root {
		return errors.New("its root is not what the leaves give")
	}
	return nil
}

// checkContinuity is check 7.
func (v *verifier) checkContinuity() {
	if v.before.identity != "" && v.before.identity+"\n" != identityLine(v.identity) {
		v.found.add(7, "entry 1", errors.New("the ledger's identity is not the one that was kept"))
	}
	if v.before.compare {
		v.found.add(7, "the kept checkpoint", v.compareWithKept())
	}
}

func (v *verifier) compareWithKept() error {
	c, err := v.openCheckpoint(v.before.checkpoint, v.register.logKeys)
	if err != nil {
		return err
	}
	// Every log extends the empty one.
	v.before.compare = c.size > 0
	if c.size > v.log.size() {
		return fmt.Errorf("it has %d entries and this log %d", c.size, v.log.size())
	}
	if root, err := v.log.rootOf(c.size); err != nil || root != c.root {
		return fmt.Errorf("the first %d entries do not give its root", c.size)
	}
	return nil
}

// checkLogKey compares log.vkey with the log: it is one of the log's keys, and
// the one that signed this checkpoint.
func (v *verifier) checkLogKey() error {
	raw, err := v.pack.read(vkeyFile)
	if err != nil {
		return err
	}
	for _, key := range v.register.logKeys {
		if vkey(v.origin, key)+"\n" == string(raw) {
			signed, err := v.pack.read(checkpointFile)
			if err == nil {
				_, err = v.openCheckpoint(signed, [][]byte{key})
			}
			return err
		}
	}
	return errors.New("not the verifier key of a log key of this ledger")
}
