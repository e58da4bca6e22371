package main

import (
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
)

const (
	statementType  = "application/vnd.shared-outcomes.statement+json"
	manifestType   = "application/vnd.shared-outcomes.manifest+json"
	possessionType = "application/vnd.shared-outcomes.possession"
)

var (
	entryForm    = regexp.MustCompile(`^\{"received_at":"([^"]*)","envelope":(\{.*\})\}$`)
	envelopeForm = regexp.MustCompile(`^\{"payload":"([^"]*)","payloadType":"([^"]*)","signatures":\[\{"keyid":"(SHA256:[A-Za-z0-9+/]{43})","sig":"([^"]*)"\}\]\}$`)
)

// envelope is section 2 with its base64 undone.
type envelope struct {
	payloadType string
	payload     []byte
	keyID       string
	signature   []byte
}

// parseEnvelope reads the one permitted spelling, so no general JSON reader is
// needed: whatever the expression does not match is refused.
func parseEnvelope(text, payloadType string) (envelope, error) {
	parts := envelopeForm.FindStringSubmatch(text)
	if parts == nil {
		return envelope{}, errors.New("the envelope has not the exact form")
	}
	if parts[2] != payloadType {
		return envelope{}, fmt.Errorf("the payload type is %s", quote(parts[2]))
	}
	payload, err := decodeBase64(parts[1])
	if err != nil {
		return envelope{}, fmt.Errorf("payload: %v", err)
	}
	signature, err := decodeBase64Of(parts[4], 64)
	if err != nil {
		return envelope{}, fmt.Errorf("sig: %v", err)
	}
	return envelope{payloadType, payload, parts[3], signature}, nil
}

// entry is one line as far as it could be read; what could not be read is
// already a finding, and the other checks go on with the rest.
type entry struct {
	number      int64
	envelope    envelope
	hasEnvelope bool
	statement   value
	body        value
	kind        string
	by          string
	// organisation is that of by, empty when by is not an office.
	organisation string
	receivedAt   int64
	hasReceived  bool
	signedAt     int64
	hasSigned    bool
}

// parseEntry makes the findings of check 1 that need this line alone.
func parseEntry(number int64, line []byte, found *findings) *entry {
	e := &entry{number: number}
	fault := func(why string, args ...interface{}) { found.add(1, entryName(number), why, args...) }
	parts := entryForm.FindStringSubmatch(string(line))
	if parts == nil {
		fault("the line has not the exact form")
		return e
	}
	var err error
	if e.receivedAt, err = parseMoment(parts[1]); err != nil {
		fault("received_at: %v", err)
	}
	e.hasReceived = err == nil
	if e.envelope, err = parseEnvelope(parts[2], statementType); err != nil {
		fault("%v", err)
		return e
	}
	e.hasEnvelope = true
	if e.statement, err = parseCanonical(e.envelope.payload); err != nil {
		fault("payload: %v", err)
		return e
	}
	e.readMembers(fault)
	return e
}

var (
	requiredMembers = []string{"body", "by", "id", "kind", "ledger", "nonce", "seen", "signed_at"}
	optionalMembers = []string{"decision", "prepared_by", "source"}
)

func (e *entry) readMembers(fault func(string, ...interface{})) {
	if err := e.statement.exactly(requiredMembers, optionalMembers); err != nil {
		fault("payload: %v", err)
	}
	e.readBody(fault)
	e.by, _ = e.statement.textMember("by")
	organisation, ok := splitOffice(e.by)
	if !ok {
		fault("by is not an organisation, a slash, an office")
	}
	e.organisation = organisation
	if e.kind, ok = e.statement.textMember("kind"); !ok || e.kind == "" {
		fault("kind is not a text")
	}
	signedAt, _ := e.statement.textMember("signed_at")
	var err error
	if e.signedAt, err = parseMoment(signedAt); err != nil {
		fault("signed_at: %v", err)
	}
	e.hasSigned = err == nil
	e.checkTexts(fault)
	e.checkSource(fault)
}

func (e *entry) readBody(fault func(string, ...interface{})) {
	body, ok := e.statement.objectMember("body")
	if !ok {
		fault("body is not an object")
	}
	e.body = body
	if date, _ := body.textMember("occurred_on"); !isDate(date) {
		fault("body.occurred_on is not a date")
	}
}

func (e *entry) checkTexts(fault func(string, ...interface{})) {
	if id, _ := e.statement.textMember("id"); !uuidSeven.MatchString(id) {
		fault("id is not a UUID of version 7 in lower case")
	}
	nonce, _ := e.statement.textMember("nonce")
	if _, err := decodeBase64Of(nonce, 16); err != nil {
		fault("nonce: %v", err)
	}
	if _, given := e.statement.member("decision"); given {
		if _, ok := e.statement.textMember("decision"); !ok {
			fault("decision is not a text")
		}
	}
	if _, given := e.statement.member("prepared_by"); given {
		office, _ := e.statement.textMember("prepared_by")
		if _, ok := splitOffice(office); !ok {
			fault("prepared_by is not an office")
		}
	}
}

func (e *entry) checkSource(fault func(string, ...interface{})) {
	source, given := e.statement.member("source")
	if !given {
		return
	}
	if err := source.exactly([]string{"dataset", "row"}, nil); err != nil {
		fault("source: %v", err)
		return
	}
	if dataset, _ := source.textMember("dataset"); !isLowerHex(dataset, 64) {
		fault("source.dataset is not 64 lower-case hexadecimal digits")
	}
	if _, ok := source.textMember("row"); !ok {
		fault("source.row is not a text")
	}
}

// seen reads the tree head that the signer's software had verified.
func (e *entry) seen() (size int64, root [32]byte, err error) {
	seen, ok := e.statement.objectMember("seen")
	if !ok {
		return 0, root, errors.New("seen is not an object")
	}
	if err := seen.exactly([]string{"root", "size"}, nil); err != nil {
		return 0, root, fmt.Errorf("seen: %v", err)
	}
	number, _ := seen.member("size")
	if number.kind != isNumber {
		return 0, root, errors.New("seen.size is not a number")
	}
	text, _ := seen.textMember("root")
	raw, err := decodeBase64Of(text, 32)
	if err != nil {
		return 0, root, fmt.Errorf("seen.root: %v", err)
	}
	copy(root[:], raw)
	return number.number, root, nil
}

func identityLine(identity [32]byte) string {
	return hex.EncodeToString(identity[:]) + "\n"
}
