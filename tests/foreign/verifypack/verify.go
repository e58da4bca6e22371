package main

import (
	"bytes"

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
	fields   fields
	log      tree
	ids      map[string]int64
	received []moment
	root     tlog.Hash
	identity tlog.Hash
}

// moment is unknown where the entry's line could not be read.
type moment struct {
	seconds int64
	known   bool
}

func newVerifier(p *pack, before kept) *verifier {
	return &verifier{pack: p, before: before, register: newRegister(), fields: fields{}, ids: map[string]int64{}}
}

func (v *verifier) verify() {
	claimed := v.claimedHead()
	v.findBundles(claimed.size).each(&v.found, func(line []byte) { v.takeEntry(line, claimed.origin) })
	if v.log.size() == 0 {
		v.found.add(6, "tile/entries", "the log has no entry")
	} else {
		v.identity = v.log.leaves[0]
	}
	v.root, _ = v.log.rootOf(v.log.size())
	v.checkRoot()
	v.checkTiles()
	v.checkContinuity()
	v.checkOpenings()
	v.checkIdentityFile()
	v.checkLogKey()
	v.checkKeysFile()
	v.checkSums()
}

// claimedHead only says which bundles to read; checkRoot judges it.
func (v *verifier) claimedHead() treeHead {
	raw, err := v.pack.read("checkpoint", maxCheckpoint)
	if err != nil {
		return treeHead{size: -1}
	}
	head, err := parseTreeHead(raw)
	if err != nil {
		return treeHead{size: -1}
	}
	return head
}

func (v *verifier) takeEntry(line []byte, claimedOrigin string) {
	e := parseEntry(v.log.size()+1, line, &v.found)
	if e.number == 1 {
		v.takeFounding(e, claimedOrigin)
	}
	v.checkUnique(e)
	v.checkOrder(e)
	v.checkSeen(e)
	if e.number > 1 {
		v.checkSignature(e)
		v.register.take(e, &v.found)
	}
	v.noteFields(e)
	if err := v.log.add(line); err != nil {
		v.found.add(6, entryName(e.number), err.Error())
	}
	v.received = append(v.received, moment{e.receivedAt, e.hasReceived})
}

// takeFounding fixes the origin. Entry 1 decides it, for the identity commits
// to entry 1; the checkpoint must then agree.
func (v *verifier) takeFounding(e *entry, claimedOrigin string) {
	origin, ok := e.statement.textMember("ledger")
	if !ok {
		origin = claimedOrigin
	}
	v.register.origin = origin
	if e.kind != founded {
		v.found.add(1, "entry 1", "its kind is %s, not %s", quote(e.kind), founded)
	}
	// Entry 1 introduces the key that signs it.
	v.register.take(e, &v.found)
	v.checkSignature(e)
}

func (v *verifier) checkUnique(e *entry) {
	if e.statement.names == nil {
		return
	}
	if ledger, ok := e.statement.textMember("ledger"); !ok || ledger != v.register.origin {
		v.found.add(1, entryName(e.number), "ledger is not the origin")
	}
	id, ok := e.statement.textMember("id")
	if !ok {
		return
	}
	if first, twice := v.ids[id]; twice {
		v.found.add(1, entryName(e.number), "its id is that of entry %d", first)
		return
	}
	v.ids[id] = e.number
}

func (v *verifier) checkOrder(e *entry) {
	if !e.hasReceived {
		return
	}
	for i := len(v.received) - 1; i >= 0; i-- {
		if v.received[i].known {
			if e.receivedAt < v.received[i].seconds {
				v.found.add(2, entryName(e.number), "received before entry %d", i+1)
			}
			break
		}
	}
	if e.hasSigned && e.receivedAt < e.signedAt-tolerance {
		v.found.add(2, entryName(e.number), "received more than %d seconds before it was signed", tolerance)
	}
}

func (v *verifier) checkSeen(e *entry) {
	if e.statement.names == nil {
		return
	}
	fault := func(why string, args ...interface{}) { v.found.add(3, entryName(e.number), why, args...) }
	size, root, err := e.seen()
	if err != nil {
		v.found.add(1, entryName(e.number), err.Error())
		return
	}
	if size >= e.number || (size == 0) != (e.number == 1) {
		fault("seen.size is %d", size)
		return
	}
	want, err := v.log.rootOf(size)
	if err != nil || want != tlog.Hash(root) {
		fault("seen.root is not the root of the first %d entries", size)
	}
	if size == 0 || !e.hasSigned {
		return
	}
	if seen := v.received[size-1]; seen.known && e.signedAt < seen.seconds-tolerance {
		fault("signed more than %d seconds before entry %d was received", tolerance, size)
	}
}

func (v *verifier) checkSignature(e *entry) {
	if !e.hasEnvelope || e.statement.names == nil {
		return
	}
	if err := v.register.verify(e.by, e.envelope); err != nil {
		v.found.add(4, entryName(e.number), err.Error())
	}
}

func (v *verifier) checkIdentityFile() {
	raw, err := v.pack.read("identity", maxCheckpoint)
	if err != nil {
		v.found.add(8, "identity", err.Error())
	} else if !bytes.Equal(raw, []byte(identityLine(v.identity))) {
		v.found.add(8, "identity", "not the leaf hash of entry 1 and a line end")
	}
}
