package main

import (
	"encoding/base64"
	"errors"
	"fmt"
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

// keyState says where a key was introduced for an office and where it was
// ended; 0 is never. A key that was once ended stays ended, also when a later
// entry introduces the same bytes again.
type keyState struct {
	key               []byte
	introduced, ended int64
}

// register is what a verifier without the rulebook can know of the keys: it
// knows more keys than are in force, never fewer.
type register struct {
	origin string
	accept publicKeys
	// offices holds each office's keys by fingerprint.
	offices map[string]map[string]*keyState
	// approvalLines holds the kinds that some approval table so far names.
	approvalLines map[string]bool
	logKeys       [][]byte
}

func newRegister() *register {
	return &register{
		accept:        publicKeys{},
		offices:       map[string]map[string]*keyState{},
		approvalLines: map[string]bool{},
	}
}

func (r *register) state(office string, key []byte) *keyState {
	if r.offices[office] == nil {
		r.offices[office] = map[string]*keyState{}
	}
	name := fingerprint(key)
	if r.offices[office][name] == nil {
		r.offices[office][name] = &keyState{key: key}
	}
	return r.offices[office][name]
}

// verify finds the office's key by its fingerprint, since the format demands
// that keyid is that anyway, and checks the signature under it.
func (r *register) verify(office string, sealed envelope) error {
	state := r.offices[office][sealed.keyID]
	if state == nil || state.introduced == 0 {
		return fmt.Errorf("keyid is of no key that %s has here", quote(office))
	}
	if state.ended != 0 {
		return fmt.Errorf("the key of %s was ended by entry %d", quote(office), state.ended)
	}
	message := preAuthentication(sealed.payloadType, sealed.payload)
	return r.accept.verifySignature(state.key, message, sealed.signature)
}

// standing says whether a key was introduced for the office and not ended.
func (r *register) standing(office string, key []byte) bool {
	state := r.offices[office][fingerprint(key)]
	return state != nil && state.introduced != 0 && state.ended == 0
}

// take lets one entry change the register: first what it ends, for a rotation
// ends the earlier keys and not the one it brings.
func (r *register) take(e *entry, found *findings) {
	fault := func(check int, err error) {
		if err != nil {
			found.add(check, entryName(e.number), err.Error())
		}
	}
	fault(4, r.end(e))
	switch e.kind {
	case founded:
		organisation, _ := e.body.objectMember("organisation")
		fault(4, r.introduceOfficer(e, organisation, true))
		fault(4, r.addApprovals(e))
		if e.number == 1 {
			fault(6, r.addLogKey(e))
		}
	case admitted:
		organisation, _ := e.body.objectMember("organisation")
		fault(4, r.introduceOfficer(e, organisation, false))
	case appointed:
		id, _ := e.body.member("organisation")
		fault(4, r.introduceOfficer(e, value{kind: isObject, names: []string{"id"}, items: []value{id}}, true))
	case rotated, holderChanged:
		office, _ := e.body.textMember("officer")
		fault(4, r.introduce(e.number, office, e.body))
	case approvalsSet:
		fault(4, r.addApprovals(e))
	case logKeyChanged:
		fault(6, r.addLogKey(e))
	}
}

func (r *register) introduceOfficer(e *entry, organisation value, required bool) error {
	member, given := e.body.member("officer")
	if !given && !required {
		return nil
	}
	id, _ := organisation.textMember("id")
	name, _ := member.textMember("office")
	return r.introduce(e.number, id+"/"+name, member)
}

func (r *register) introduce(number int64, office string, holder value) error {
	if _, ok := splitOffice(office); !ok {
		return fmt.Errorf("the office of the new key is %s", quote(office))
	}
	key, err := r.provedKey(holder, "key", "proof", office)
	if err != nil {
		return fmt.Errorf("the new key of %s: %v", quote(office), err)
	}
	if state := r.state(office, key); state.introduced == 0 {
		state.introduced = number
	}
	return nil
}

// provedKey reads a key and its proof of possession (section 6).
func (r *register) provedKey(in value, keyName, proofName, holder string) ([]byte, error) {
	text, _ := in.textMember(keyName)
	key, err := decodeBase64Of(text, 32)
	if err != nil {
		return nil, fmt.Errorf("%s: %v", keyName, err)
	}
	if err := r.accept.check(key); err != nil {
		return nil, fmt.Errorf("%s: %v", keyName, err)
	}
	text, _ = in.textMember(proofName)
	proof, err := decodeBase64Of(text, 64)
	if err != nil {
		return nil, fmt.Errorf("%s: %v", proofName, err)
	}
	payload := r.origin + "\n" + holder + "\n" + base64.StdEncoding.EncodeToString(key) + "\n"
	if err := r.accept.verifySignature(key, preAuthentication(possessionType, []byte(payload)), proof); err != nil {
		return nil, fmt.Errorf("%s: %v", proofName, err)
	}
	return key, nil
}

func (r *register) addLogKey(e *entry) error {
	key, err := r.provedKey(e.body, "log_key", "log_key_proof", "log")
	if err != nil {
		return err
	}
	for _, known := range r.logKeys {
		if string(known) == string(key) {
			return nil
		}
	}
	r.logKeys = append(r.logKeys, key)
	return nil
}

func (r *register) addApprovals(e *entry) error {
	table, ok := e.body.member("approvals")
	if !ok || table.kind != isArray {
		return errors.New("body.approvals is not an array")
	}
	for _, line := range table.items {
		kind, ok := line.textMember("kind")
		if !ok {
			return errors.New("a line of body.approvals has no kind")
		}
		r.approvalLines[kind] = true
	}
	return nil
}

// end applies an entry that ends keys. Where an approval table has a line for
// its kind, the entry may still be waiting, and the keys are kept.
func (r *register) end(e *entry) error {
	switch e.kind {
	case rotated, holderChanged, revoked, retired:
	default:
		return nil
	}
	office, _ := e.body.textMember("officer")
	organisation, ok := splitOffice(office)
	if !ok {
		return fmt.Errorf("body.officer is %s, not an office", quote(office))
	}
	if organisation != e.organisation || r.approvalLines[e.kind] {
		return nil
	}
	if e.kind == revoked {
		text, _ := e.body.textMember("key")
		key, err := decodeBase64Of(text, 32)
		if err != nil {
			return fmt.Errorf("body.key: %v", err)
		}
		r.state(office, key).finish(e.number)
		return nil
	}
	for _, state := range r.offices[office] {
		state.finish(e.number)
	}
	return nil
}

func (s *keyState) finish(number int64) {
	if s.ended == 0 {
		s.ended = number
	}
}
