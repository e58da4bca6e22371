package main

import (
	"errors"
	"fmt"
	"regexp"
)

const (
	statementType  = "application/vnd.shared-outcomes.statement+json"
	manifestType   = "application/vnd.shared-outcomes.manifest+json"
	possessionType = "application/vnd.shared-outcomes.possession"
	maxEntry       = 65535
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
	if parts == nil || parts[2] != payloadType {
		return envelope{}, errors.New("the envelope has not the exact form")
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

// entry is one line of which sections 2, 3 and 5 hold; of its body that is
// known only for occurred_on and for the sealed fields.
type entry struct {
	number               int64
	receivedAt, signedAt int64
	envelope             envelope
	body                 value
	sealed               map[string][]byte
	by, id, kind, ledger string
	seenSize             int64
	seenRoot             []byte
}

func (e *entry) organisation() string {
	return organisationOf(e.by)
}

func parseEntry(number int64, line []byte) (*entry, error) {
	parts := entryForm.FindStringSubmatch(string(line))
	if parts == nil || !momentForm.MatchString(parts[1]) || len(line) > maxEntry {
		return nil, errors.New("the line has not the exact form")
	}
	e := &entry{number: number}
	var err error
	if e.receivedAt, err = seconds(parts[1], momentLayout); err != nil {
		return nil, err
	}
	if e.envelope, err = parseEnvelope(parts[2], statementType); err != nil {
		return nil, err
	}
	payload, err := parseCanonical(e.envelope.payload)
	if err != nil {
		return nil, fmt.Errorf("payload: %v", err)
	}
	return e, e.readPayload(payload)
}

var (
	requiredMembers = []string{"body", "by", "id", "kind", "ledger", "nonce", "seen", "signed_at"}
	optionalMembers = []string{"decision", "prepared_by", "source"}
)

const (
	dayLayout    = "2006-01-02"
	momentLayout = "2006-01-02T15:04:05Z"
)

func (e *entry) readPayload(payload value) error {
	if err := payload.exactly(requiredMembers, optionalMembers); err != nil {
		return err
	}
	if err := payload.checkPlain(); err != nil {
		return fmt.Errorf("payload: %v", err)
	}
	var signedAt string
	for _, text := range []struct {
		name string
		form *regexp.Regexp
		into *string
	}{
		{"by", officeForm, &e.by},
		{"id", uuidForm, &e.id},
		{"kind", kindForm, &e.kind},
		{"ledger", originForm, &e.ledger},
		{"signed_at", momentForm, &signedAt},
		{"decision", shortForm, nil},
		{"prepared_by", officeForm, nil},
	} {
		found, err := payload.textOf(text.name, text.form)
		if text.into != nil {
			*text.into = found
		}
		if err != nil && (text.into != nil || payload.has(text.name)) {
			return err
		}
	}
	if _, err := payload.bytesOf("nonce", 16); err != nil {
		return err
	}
	var err error
	if e.signedAt, err = seconds(signedAt, momentLayout); err != nil {
		return err
	}
	if err := e.readSeen(payload.member("seen")); err != nil {
		return fmt.Errorf("seen: %v", err)
	}
	if source := payload.member("source"); source.kind != isAbsent {
		if err := checkSource(source); err != nil {
			return fmt.Errorf("source: %v", err)
		}
	}
	e.body = payload.member("body")
	occurred, err := e.body.textOf("occurred_on", dayForm)
	if err == nil {
		_, err = seconds(occurred, dayLayout)
	}
	if err == nil {
		e.sealed, err = sealedFields(e.body)
	}
	return err
}

func checkSource(source value) error {
	err := source.exactly([]string{"dataset", "row"}, nil)
	if err == nil {
		_, err = source.textOf("dataset", hexForm)
	}
	if err == nil {
		_, err = source.textOf("row", shortForm)
	}
	return err
}

// readSeen reads the tree head that the signer's software had verified.
func (e *entry) readSeen(seen value) error {
	err := seen.exactly([]string{"root", "size"}, nil)
	if err != nil {
		return err
	}
	size := seen.member("size")
	if size.kind != isNumber {
		return errors.New("size is not a number")
	}
	e.seenSize = size.number
	e.seenRoot, err = seen.bytesOf("root", 32)
	return err
}
