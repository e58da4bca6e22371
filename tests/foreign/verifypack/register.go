package main

import (
	"errors"
	"fmt"
	"strings"
)

const (
	founded       = "ledger-founded/1"
	admitted      = "organisation-admitted/1"
	appointed     = "officer-appointed/1"
	rotated       = "key-rotated/1"
	holderChanged = "office-holder-changed/1"
	revoked       = "key-revoked/1"
	retired       = "officer-retired/1"
	approvalsSet  = "approval-table-set/1"
	logKeyChanged = "log-key-changed/1"
	fieldErased   = "field-erased/1"
)

// holding is a key of an office. A key that is ended for an office stays ended
// there, also when a later entry introduces it again.
type holding struct{ office, key string }

// register is what a verifier without the rulebook can know of the keys: it
// knows more keys than are in force, never fewer.
type register struct {
	accept            publicKeys
	introduced, ended map[holding]bool
	// approvalLines holds the kinds that some approval table so far names.
	approvalLines map[string]bool
	logKeys       [][]byte
}

func newRegister() *register {
	return &register{publicKeys{}, map[holding]bool{}, map[holding]bool{}, map[string]bool{}, nil}
}

// standing gives the keys that were introduced for an office and not ended.
func (r *register) standing() (all []holding) {
	for h := range r.introduced {
		if !r.ended[h] {
			all = append(all, h)
		}
	}
	return all
}

// verify finds the office's key by its fingerprint, since the format demands
// that keyid is that anyway, and checks the signature under it.
func (r *register) verify(office string, sealed envelope) error {
	for _, h := range r.standing() {
		if h.office == office && fingerprint([]byte(h.key)) == sealed.keyID {
			message := preAuthentication(sealed.payloadType, sealed.payload)
			return r.accept.verifySignature([]byte(h.key), message, sealed.signature)
		}
	}
	return fmt.Errorf("keyid is of no key that was introduced for %s and is not ended", quote(office))
}

// take lets one entry change the register: first what it ends, for a rotation
// ends the earlier keys and not the one it brings.
func (r *register) take(e *entry) error {
	switch e.kind {
	case founded, approvalsSet:
		if err := r.addApprovals(e.body.member("approvals")); err != nil {
			return err
		}
	case rotated, holderChanged, revoked, retired:
		if err := r.end(e); err != nil {
			return err
		}
	}
	switch e.kind {
	case founded, admitted, appointed:
		return r.introduceOfficer(e)
	case rotated, holderChanged:
		office, err := e.body.textOf("officer", officeForm)
		if err != nil {
			return err
		}
		return r.introduce(office, e.ledger, e.body)
	}
	return nil
}

func (r *register) introduceOfficer(e *entry) error {
	in, name := e.body.member("organisation"), "id"
	if e.kind == appointed {
		in, name = e.body, "organisation"
	}
	organisation, err := in.textOf(name, organisationForm)
	if err != nil || e.kind == admitted && !e.body.has("officer") {
		return err
	}
	officer := e.body.member("officer")
	office := organisation + "/" + officer.member("office").text
	if !officeForm.MatchString(office) {
		return errors.New("officer.office is not a text of its form")
	}
	return r.introduce(office, e.ledger, officer)
}

func (r *register) introduce(office, origin string, holder value) error {
	key, err := r.provedKey(holder, "key", "proof", origin, office)
	if err == nil {
		r.introduced[holding{office, string(key)}] = true
	}
	return err
}

// provedKey reads a key and its proof of possession (section 6).
func (r *register) provedKey(in value, keyName, proofName, origin, holder string) ([]byte, error) {
	key, err := in.bytesOf(keyName, 32)
	if err != nil {
		return nil, err
	}
	proof, err := in.bytesOf(proofName, 64)
	if err != nil {
		return nil, err
	}
	payload := origin + "\n" + holder + "\n" + base64Text(key) + "\n"
	if err := r.accept.verifySignature(key, preAuthentication(possessionType, []byte(payload)), proof); err != nil {
		return nil, fmt.Errorf("%s of %s: %v", proofName, holder, err)
	}
	return key, nil
}

// takeLogKey is for check 6: the keys that may have signed a checkpoint.
func (r *register) takeLogKey(e *entry) error {
	if e.kind != founded && e.kind != logKeyChanged {
		return nil
	}
	key, err := r.provedKey(e.body, "log_key", "log_key_proof", e.ledger, "log")
	if err == nil {
		r.logKeys = append(r.logKeys, key)
	}
	return err
}

func (r *register) addApprovals(table value) error {
	if table.kind != isArray {
		return errors.New("approvals is not a list")
	}
	for _, line := range table.items {
		if line.kind != isObject {
			return errors.New("a line of approvals is not an object")
		}
		if kind := line.member("kind"); kind.kind == isText {
			r.approvalLines[kind.text] = true
		}
	}
	return nil
}

// end applies an entry that ends keys. Where an approval table has a line for
// its kind, the entry may still be waiting, and the keys are kept.
func (r *register) end(e *entry) error {
	office, err := e.body.textOf("officer", officeForm)
	if err != nil {
		return err
	}
	var ended []holding
	if e.kind == revoked {
		key, err := e.body.bytesOf("key", 32)
		if err != nil {
			return err
		}
		ended = []holding{{office, string(key)}}
	}
	for h := range r.introduced {
		if e.kind != revoked && h.office == office {
			ended = append(ended, h)
		}
	}
	if !strings.HasPrefix(office, e.organisation()+"/") || r.approvalLines[e.kind] {
		return nil
	}
	for _, h := range ended {
		r.ended[h] = true
	}
	return nil
}
