package main

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

var sizeForm = regexp.MustCompile(`^(0|[1-9][0-9]*)$`)

// treeHead is the text of a checkpoint.
type treeHead struct {
	origin string
	size   int64
	root   tlog.Hash
}

// parseTreeHead reads the text without believing it; the text of a note ends
// at its last empty line.
func parseTreeHead(raw []byte) (treeHead, error) {
	end := bytes.LastIndex(raw, []byte("\n\n"))
	if end < 0 {
		return treeHead{}, errors.New("not a signed note")
	}
	parts := strings.Split(string(raw[:end]), "\n")
	if len(parts) != 3 {
		return treeHead{}, errors.New("its text has not three lines")
	}
	size, err := strconv.ParseInt(parts[1], 10, 64)
	if err != nil || size > maxInteger || !sizeForm.MatchString(parts[1]) {
		return treeHead{}, errors.New("its size is not a number of the format")
	}
	hash, err := decodeBase64Of(parts[2], tlog.HashSize)
	if err != nil {
		return treeHead{}, fmt.Errorf("its root: %v", err)
	}
	head := treeHead{origin: parts[0], size: size}
	copy(head.root[:], hash)
	return head, nil
}

// logVerifiers answers package note for every log key that the ledger named.
type logVerifiers struct {
	name   string
	keys   [][]byte
	accept publicKeys
}

func (l logVerifiers) Verifier(name string, hash uint32) (note.Verifier, error) {
	match := logVerifier{name: name, hash: hash, accept: l.accept}
	for _, key := range l.keys {
		if name == l.name && keyHash(name, key) == hash {
			match.keys = append(match.keys, key)
		}
	}
	if match.keys == nil {
		return nil, &note.UnknownVerifierError{Name: name, KeyHash: hash}
	}
	return match, nil
}

// logVerifier may hold several keys: the four bytes of a key's id are few
// enough that someone can find two keys with the same.
type logVerifier struct {
	name   string
	hash   uint32
	keys   [][]byte
	accept publicKeys
}

func (l logVerifier) Name() string    { return l.name }
func (l logVerifier) KeyHash() uint32 { return l.hash }

func (l logVerifier) Verify(message, signature []byte) bool {
	for _, key := range l.keys {
		if l.accept.verifySignature(key, message, signature) == nil {
			return true
		}
	}
	return false
}

// keyHash goes through package note, so that its reading of the key id and
// ours cannot differ. 0 with a bad name is harmless: the note has none such.
func keyHash(name string, key []byte) uint32 {
	vkey, err := note.NewEd25519VerifierKey(name, key)
	if err != nil {
		return 0
	}
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		return 0
	}
	return verifier.KeyHash()
}

// openCheckpoint verifies a checkpoint under the given log keys. Signatures by
// others are passed over, as C2SP demands.
func (v *verifier) openCheckpoint(raw []byte, keys [][]byte) (treeHead, error) {
	head, err := parseTreeHead(raw)
	if err != nil {
		return head, err
	}
	if head.origin != v.register.origin {
		return head, fmt.Errorf("its origin is %s", quote(head.origin))
	}
	opened, err := note.Open(raw, logVerifiers{head.origin, keys, v.register.accept})
	if err != nil {
		return head, err
	}
	for _, signature := range opened.Sigs {
		if _, err := decodeBase64Of(signature.Base64, 4+64); err != nil {
			return head, fmt.Errorf("its signature: %v", err)
		}
	}
	return head, nil
}

// checkRoot is check 6 but for the tiles.
func (v *verifier) checkRoot() {
	fault := func(why string, args ...interface{}) { v.found.add(6, "checkpoint", why, args...) }
	raw, err := v.pack.read("checkpoint", maxCheckpoint)
	if err != nil {
		fault(err.Error())
		return
	}
	head, err := parseTreeHead(raw)
	if err != nil {
		fault("%v", err)
		return
	}
	if _, err := v.openCheckpoint(raw, v.register.logKeys); err != nil {
		fault("%v", err)
	}
	if size := v.log.size(); head.size != size {
		fault("its size is %d and the entries are %d", head.size, size)
	}
	if head.root != v.root {
		fault("its root is not what the leaves give")
	}
}

// checkContinuity is check 7.
func (v *verifier) checkContinuity() {
	if v.before.identity != "" && v.before.identity+"\n" != identityLine(v.identity) {
		v.found.add(7, "entry 1", "the ledger's identity is not the one that was kept")
	}
	if !v.before.compare {
		return
	}
	fault := func(why string, args ...interface{}) { v.found.add(7, "the kept checkpoint", why, args...) }
	head, err := v.openCheckpoint(v.before.checkpoint, v.register.logKeys)
	if err != nil {
		fault("%v", err)
		return
	}
	if head.size > v.log.size() {
		fault("it has %d entries and this log %d", head.size, v.log.size())
		return
	}
	if root, err := v.log.rootOf(head.size); err != nil || root != head.root {
		fault("the first %d entries do not give its root", head.size)
	}
}

// checkLogKey compares log.vkey with the log: it is one of the log's keys, and
// the one that signed this checkpoint.
func (v *verifier) checkLogKey() {
	fault := func(why string, args ...interface{}) { v.found.add(8, "log.vkey", why, args...) }
	raw, err := v.pack.read("log.vkey", maxCheckpoint)
	if err != nil {
		fault(err.Error())
		return
	}
	for _, key := range v.register.logKeys {
		vkey, err := note.NewEd25519VerifierKey(v.register.origin, key)
		if err != nil || vkey+"\n" != string(raw) {
			continue
		}
		checkpoint, _ := v.pack.read("checkpoint", maxCheckpoint)
		if _, err := v.openCheckpoint(checkpoint, [][]byte{key}); err != nil {
			fault("the checkpoint under this key: %v", err)
		}
		return
	}
	fault("not the verifier key of a log key of this ledger")
}
