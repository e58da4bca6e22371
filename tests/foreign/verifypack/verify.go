package main

import (
	"bytes"
	"errors"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"
)

// tolerance is the seconds by which a signer's clock may run ahead.
const tolerance = 300

// verifier goes through the pack once; its fields are what the entries so far
// have established.
type verifier struct {
	pack     *pack
	before   kept
	found    findings
	register *register
	origin   string
	fields   map[sealedField]*fieldState
	log      tree
	ids      map[string]*entry
	received []moment
	belongs  map[string]bool
	root     tlog.Hash
	identity tlog.Hash
}

// moment is unknown where the entry could not be read.
type moment struct {
	seconds int64
	known   bool
}

func newVerifier(dir string, before kept) *verifier {
	v := &verifier{before: before, register: newRegister(), fields: map[sealedField]*fieldState{},
		ids: map[string]*entry{}, belongs: map[string]bool{}}
	v.pack = openPack(dir, &v.found)
	return v
}

func (v *verifier) verify() {
	v.readEntries()
	v.root, _ = v.log.rootOf(v.log.size())
	v.found.add(6, checkpointFile, v.checkRoot())
	v.checkTiles()
	v.checkContinuity()
	v.found.add(5, openingsFile, v.checkOpenings())
	v.checkBelonging()
	v.found.add(8, identityFile, v.checkIdentityFile())
	v.found.add(8, vkeyFile, v.checkLogKey())
	v.found.add(8, keysFile, v.checkKeysFile())
	v.found.add(8, sumsFile, v.checkSums())
	if v.pack.files[manifestFile] {
		v.found.add(8, manifestFile, v.checkManifest())
	}
}

// takeLine checks one entry. One that fails check 1 is judged no further: its
// hash is a leaf, and nothing that it says counts.
func (v *verifier) takeLine(line []byte) {
	number := v.log.size() + 1
	if number == 1 {
		v.identity = tlog.RecordHash(line)
	}
	received := moment{}
	e, err := parseEntry(number, line)
	if err == nil {
		err = v.checkForm(e)
	}
	v.found.add(1, entryName(number), err)
	if err == nil {
		received = moment{e.receivedAt, true}
		v.found.add(2, entryName(number), v.checkOrder(e))
		v.found.add(3, entryName(number), v.checkSeen(e))
		v.found.add(4, entryName(number), v.checkSignature(e))
		v.found.add(6, entryName(number), v.register.takeLogKey(e))
		v.found.add(5, entryName(number), v.noteFields(e))
		e.envelope, e.body, e.sealed = envelope{}, value{}, nil
	}
	v.found.add(6, entryName(number), v.log.add(line))
	v.received = append(v.received, received)
}

// checkForm is the part of check 1 that needs the entries before.
func (v *verifier) checkForm(e *entry) error {
	if (e.number == 1) != (e.kind == founded) {
		return fmt.Errorf("entry 1, and no other, is of kind %s", founded)
	}
	if e.number == 1 {
		v.origin = e.body.member("origin").text
	}
	if e.ledger != v.origin {
		return errors.New("ledger is not the origin")
	}
	if first := v.ids[e.id]; first != nil {
		return fmt.Errorf("its id is that of entry %d", first.number)
	}
	v.ids[e.id] = e
	return nil
}

func (v *verifier) checkOrder(e *entry) error {
	for i := len(v.received) - 1; i >= 0; i-- {
		if v.received[i].known {
			if e.receivedAt < v.received[i].seconds {
				return fmt.Errorf("received before entry %d", i+1)
			}
			break
		}
	}
	if e.receivedAt < e.signedAt-tolerance {
		return fmt.Errorf("received more than %d seconds before it was signed", tolerance)
	}
	return nil
}

func (v *verifier) checkSeen(e *entry) error {
	if e.seenSize >= e.number || (e.seenSize == 0) != (e.number == 1) {
		return fmt.Errorf("seen.size is %d", e.seenSize)
	}
	want, err := v.log.rootOf(e.seenSize)
	if err != nil || !bytes.Equal(want[:], e.seenRoot) {
		return fmt.Errorf("seen.root is not the root of the first %d entries", e.seenSize)
	}
	if e.seenSize == 0 {
		return nil
	}
	if seen := v.received[e.seenSize-1]; seen.known && e.signedAt < seen.seconds-tolerance {
		return fmt.Errorf("signed more than %d seconds before entry %d was received", tolerance, e.seenSize)
	}
	return nil
}

// checkSignature also takes what the entry does to keys: entry 1 introduces
// the key that signs it, and no other entry does.
func (v *verifier) checkSignature(e *entry) error {
	if e.number == 1 {
		if err := v.register.take(e); err != nil {
			return err
		}
		return v.register.verify(e.by, e.envelope)
	}
	if err := v.register.verify(e.by, e.envelope); err != nil {
		return err
	}
	return v.register.take(e)
}
