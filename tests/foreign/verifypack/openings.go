package main

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"sort"
)

// sealedField names one sealed field of the log.
type sealedField struct {
	entry int64
	name  string
}

func (f sealedField) String() string {
	return fmt.Sprintf("entry %d, %s", f.entry, quote(f.name))
}

func (f sealedField) before(other sealedField) bool {
	return f.entry < other.entry || f.entry == other.entry && f.name < other.name
}

// fieldState follows a sealed field through the log. An erasure that may be
// waiting leaves both choices.
type fieldState struct {
	digest               []byte
	mayBeOpen, mayBeShut bool
}

// noteFields records the sealed fields of an entry, and what an erasure erases.
func (v *verifier) noteFields(e *entry) error {
	for name, digest := range e.sealed {
		v.fields[sealedField{e.number, name}] = &fieldState{digest: digest, mayBeOpen: true}
	}
	if e.kind == fieldErased {
		return v.noteErasure(e)
	}
	return nil
}

// sealedFields gives the digests of a body's sealed fields. A member of that
// name stands nowhere else.
func sealedFields(body value) (map[string][]byte, error) {
	if body.has("sealed") {
		return nil, errors.New("body has a member sealed")
	}
	digests := map[string][]byte{}
	for i, name := range body.names {
		item := body.items[i]
		if item.has("sealed") {
			digest, err := item.bytesOf("sealed", sha256.Size)
			if err != nil || len(item.names) != 1 {
				return nil, fmt.Errorf("body.%s is not a sealed field in its form", quote(name))
			}
			digests[name] = digest
		} else if hasSealed(item) {
			return nil, fmt.Errorf("body.%s has a sealed field below the top level", quote(name))
		}
	}
	return digests, nil
}

func hasSealed(v value) bool {
	for _, item := range v.items {
		if hasSealed(item) {
			return true
		}
	}
	return v.has("sealed")
}

func (v *verifier) noteErasure(e *entry) error {
	id, err := e.body.textOf("entry", uuidForm)
	if err != nil {
		return err
	}
	name, err := e.body.textOf("field", anyForm)
	if err != nil {
		return err
	}
	earlier := v.ids[id]
	if earlier == nil || earlier.number >= e.number || organisationOf(earlier.by) != e.organisation() {
		return nil
	}
	if field := v.fields[sealedField{earlier.number, name}]; field != nil {
		field.mayBeShut = true
		// With a line for it in a table the erasure may be waiting: then a
		// verifier without the rulebook can demand neither.
		field.mayBeOpen = field.mayBeOpen && v.register.approvalLines[fieldErased]
	}
	return nil
}

// checkOpenings is check 5, once it is known what was erased.
func (v *verifier) checkOpenings() error {
	file, err := v.pack.open(openingsFile)
	if err != nil {
		return err
	}
	defer file.Close()
	opened := map[sealedField]bool{}
	last := sealedField{}
	// It alone may be of any size, so it is read by the line.
	for lines := bufio.NewReaderSize(file, maxLine+1); ; {
		line, err := lines.ReadSlice('\n')
		if err == io.EOF && len(line) == 0 {
			break
		}
		if err != nil {
			return errors.New("a line has no end, or is longer than 65,535 bytes")
		}
		field, raw, err := parseOpening(line[:len(line)-1])
		if err == nil && !last.before(field) {
			err = errors.New("not ascending by entry, then field")
		}
		if err != nil {
			return fmt.Errorf("line %d: %v", len(opened)+1, err)
		}
		last, opened[field] = field, true
		v.found.add(5, field.String(), v.fields[field].opens(raw))
	}
	v.reportUnopened(opened)
	return nil
}

// parseOpening is section 4 but for the digest.
func parseOpening(line []byte) (field sealedField, raw []byte, err error) {
	row, err := parseCanonical(line)
	if err == nil {
		err = row.exactly([]string{"entry", "field", "opening"}, nil)
	}
	if err != nil {
		return field, nil, err
	}
	number, name, text := row.member("entry"), row.member("field"), row.member("opening")
	if number.kind != isNumber || name.kind != isText || text.kind != isText {
		return field, nil, errors.New("not the opening of a field of an entry")
	}
	if raw, err = decodeBase64(text.text); err != nil {
		return field, nil, err
	}
	opening, err := parseCanonical(raw)
	if err != nil {
		return field, nil, fmt.Errorf("the opening: %v", err)
	}
	if opening.kind != isArray || len(opening.items) != 3 {
		return field, nil, errors.New("the opening is not an array of three")
	}
	for _, item := range opening.items {
		if item.kind != isText {
			return field, nil, errors.New("the opening has a part that is not a text")
		}
	}
	if opening.items[1].text != name.text {
		return field, nil, errors.New("the opening is of another field")
	}
	if !openedForm.MatchString(opening.items[2].text) {
		return field, nil, errors.New("the opening is not of 1 to 1,000 characters of plain text")
	}
	_, err = decodeBase64Of(opening.items[0].text, 16)
	return sealedField{number.number, name.text}, raw, err
}

func (s *fieldState) opens(raw []byte) error {
	sum := sha256.Sum256(raw)
	if s == nil || !bytes.Equal(sum[:], s.digest) {
		return errors.New("the opening hashes to no sealed field of that name")
	}
	if !s.mayBeOpen {
		return errors.New("it was erased and its opening is here")
	}
	return nil
}

func (v *verifier) reportUnopened(opened map[sealedField]bool) {
	var missing []sealedField
	for field, state := range v.fields {
		if !opened[field] && !state.mayBeShut {
			missing = append(missing, field)
		}
	}
	sort.Slice(missing, func(i, j int) bool { return missing[i].before(missing[j]) })
	for _, field := range missing {
		v.found.add(5, field.String(), errors.New("it has no opening and was not erased"))
	}
}
