package main

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"sort"
	"strings"
)

// sealedField names one sealed field of the log.
type sealedField struct {
	entry int64
	name  string
}

// fieldState follows a sealed field through the log. gone means that the
// opening must not be in the pack; erased, that it need not be.
type fieldState struct {
	digest       []byte
	organisation string
	erased, gone bool
}

type fields map[sealedField]*fieldState

// noteFields records the sealed fields of an entry, and what an erasure erases.
func (v *verifier) noteFields(e *entry) {
	for i, name := range e.body.names {
		sealed := e.body.items[i]
		if _, ok := sealed.member("sealed"); !ok {
			continue
		}
		text, _ := sealed.textMember("sealed")
		digest, err := decodeBase64Of(text, sha256.Size)
		if err == nil && len(sealed.names) != 1 {
			err = errors.New("a sealed field has one member")
		}
		if err != nil {
			v.found.add(1, entryName(e.number), "body.%s: %v", quote(name), err)
			continue
		}
		v.fields[sealedField{e.number, name}] = &fieldState{digest: digest, organisation: e.organisation}
	}
	if e.kind == fieldErased {
		v.noteErasure(e)
	}
}

func (v *verifier) noteErasure(e *entry) {
	id, _ := e.body.textMember("entry")
	name, _ := e.body.textMember("field")
	number, known := v.ids[id]
	if !known {
		return
	}
	field := v.fields[sealedField{number, name}]
	if field == nil || field.organisation != e.organisation {
		return
	}
	field.erased = true
	// With a line for it in a table the erasure may be waiting: then a
	// verifier without the rulebook can demand neither.
	if !v.register.approvalLines[fieldErased] {
		field.gone = true
	}
}

const openingsFile = "openings.jsonl"

// checkOpenings is check 5.
func (v *verifier) checkOpenings() {
	raw, err := v.pack.read(openingsFile, maxTable)
	if err != nil {
		v.found.add(8, openingsFile, err.Error())
	}
	all, err := lines(raw)
	if err != nil {
		v.found.add(5, openingsFile, err.Error())
	}
	opened := map[sealedField]bool{}
	last := sealedField{}
	for i, line := range all {
		field, err := v.checkOpening(line)
		if err != nil {
			v.found.add(5, openingsFile, "line %d: %v", i+1, err)
		}
		if field.entry == 0 {
			continue
		}
		if !last.before(field) {
			v.found.add(5, openingsFile, "line %d: not ascending by entry, then field", i+1)
		}
		last, opened[field] = field, true
	}
	v.reportUnopened(opened)
}

func (f sealedField) before(other sealedField) bool {
	return f.entry < other.entry || f.entry == other.entry && f.name < other.name
}

// checkOpening returns the field that the line names, also when its opening
// fails, and the zero field when the line names none.
func (v *verifier) checkOpening(line string) (field sealedField, err error) {
	row, err := parseCanonical([]byte(line))
	if err == nil {
		err = row.exactly([]string{"entry", "field", "opening"}, nil)
	}
	if err != nil {
		return field, err
	}
	number, _ := row.member("entry")
	name, ok := row.textMember("field")
	if number.kind != isNumber || number.number == 0 || !ok {
		return field, errors.New("it names no entry and field")
	}
	field = sealedField{number.number, name}
	state := v.fields[field]
	if state == nil {
		return field, fmt.Errorf("entry %d has no sealed field %s", field.entry, quote(name))
	}
	text, _ := row.textMember("opening")
	if err := state.opens(text, name); err != nil {
		return field, fmt.Errorf("entry %d, %s: %v", field.entry, quote(name), err)
	}
	if state.gone {
		return field, fmt.Errorf("entry %d, %s: the field was erased and its opening is here", field.entry, quote(name))
	}
	return field, nil
}

// opens checks an opening against the digest in the log and against section 4.
func (s *fieldState) opens(text, name string) error {
	raw, err := decodeBase64(text)
	if err != nil {
		return err
	}
	if sum := sha256.Sum256(raw); !bytes.Equal(sum[:], s.digest) {
		return errors.New("the opening does not hash to the sealed field")
	}
	opening, err := parseCanonical(raw)
	if err != nil {
		return fmt.Errorf("the opening: %v", err)
	}
	if opening.kind != isArray || len(opening.items) != 3 {
		return errors.New("the opening is not an array of three")
	}
	for _, item := range opening.items {
		if item.kind != isText {
			return errors.New("the opening has a part that is not a text")
		}
	}
	if opening.items[1].text != name {
		return errors.New("the opening is of another field")
	}
	_, err = decodeBase64Of(opening.items[0].text, 16)
	return err
}

func (v *verifier) reportUnopened(opened map[sealedField]bool) {
	var missing []sealedField
	for field, state := range v.fields {
		if !opened[field] && !state.erased {
			missing = append(missing, field)
		}
	}
	sort.Slice(missing, func(i, j int) bool { return missing[i].before(missing[j]) })
	for _, field := range missing {
		v.found.add(5, entryName(field.entry), "the sealed field %s has no opening and was not erased", quote(field.name))
	}
}

// checkKeysFile compares keys.txt with the keys that the log leaves standing.
// It may list fewer: which are in force, only the rulebook tells.
func (v *verifier) checkKeysFile() {
	fault := func(why string, args ...interface{}) { v.found.add(8, "keys.txt", why, args...) }
	raw, err := v.pack.read("keys.txt", maxTable)
	if err != nil {
		fault(err.Error())
		return
	}
	all, err := lines(raw)
	if err != nil {
		fault(err.Error())
	}
	listed := map[string]bool{}
	for i, line := range all {
		office, key, err := parseKeyLine(line)
		switch {
		case err != nil:
			fault("line %d: %v", i+1, err)
		case listed[office]:
			fault("line %d: the office %s has a line already", i+1, quote(office))
		case !v.register.standing(office, key):
			fault("line %d: %s has no such key at this size", i+1, quote(office))
		}
		listed[office] = true
	}
}

func parseKeyLine(line string) (office string, key []byte, err error) {
	parts := strings.Split(line, " ")
	if len(parts) != 3 || parts[1] != "ssh-ed25519" {
		return "", nil, errors.New("not an office, ssh-ed25519 and a key")
	}
	wire, err := decodeBase64Of(parts[2], len(sshKey(nil))+32)
	if err != nil {
		return parts[0], nil, err
	}
	key = wire[len(sshKey(nil)):]
	if !bytes.Equal(sshKey(key), wire) {
		return parts[0], nil, errors.New("not a key in OpenSSH's form")
	}
	return parts[0], key, nil
}
