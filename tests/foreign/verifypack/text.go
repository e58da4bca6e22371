package main

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"
)

const (
	organisation = `[A-Z]{2}-[A-Z0-9]{2,12}-[A-Z0-9][A-Z0-9-]{0,31}`
	day          = `[0-9]{4}-[0-9]{2}-[0-9]{2}`
	// plain is a character that is seen: no control, no sign that hides or
	// turns what is read, nothing of private use.
	plain = `[^\x00-\x1f\x7f-\x9f\x{ad}\x{61c}\x{115f}\x{1160}\x{17b4}\x{17b5}\x{180b}-\x{180f}` +
		`\x{200b}-\x{200f}\x{2028}-\x{202e}\x{2060}-\x{206f}\x{3164}\x{e000}-\x{f8ff}\x{fe00}-\x{fe0f}` +
		`\x{feff}\x{ffa0}\x{fff0}-\x{ffff}\x{e0000}-\x{10ffff}]`
)

// The forms of texts; the last two may hold any character.
var (
	organisationForm = whole(organisation)
	officeForm       = whole(organisation + `/[a-z][a-z0-9-]{0,31}`)
	kindForm         = whole(`[a-z]+(-[a-z]+)*/[1-9][0-9]{0,3}`)
	originForm       = whole(`[a-z0-9][a-z0-9.-]{0,100}(/[A-Za-z0-9._-]{1,64})*`)
	uuidForm         = whole(`[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}`)
	hexForm          = whole(`[0-9a-f]{64}`)
	dayForm          = whole(day)
	momentForm       = whole(day + `T[0-9]{2}:[0-9]{2}:[0-9]{2}Z`)
	shortForm        = whole(`.{1,200}`)
	plainForm        = whole(plain + `*`)
	openedForm       = whole(plain + `{1,1000}`)
	anyForm          = whole(`.*`)
)

func whole(form string) *regexp.Regexp {
	return regexp.MustCompile(`(?s)^(?:` + form + `)$`)
}

var base64Text = base64.StdEncoding.EncodeToString

// decodeBase64 accepts one spelling only. Go's decoder passes over line ends
// and spare bits, so the bytes are encoded again and compared.
func decodeBase64(text string) ([]byte, error) {
	raw, err := base64.StdEncoding.DecodeString(text)
	if err != nil || base64Text(raw) != text {
		return nil, errors.New("not base64 in its one spelling")
	}
	return raw, nil
}

func decodeBase64Of(text string, length int) ([]byte, error) {
	raw, err := decodeBase64(text)
	if err == nil && len(raw) != length {
		err = fmt.Errorf("%d bytes in base64, not %d", len(raw), length)
	}
	return raw, err
}

// seconds is for texts whose form was matched: time.Parse alone would accept
// fractions of a second, and the year 0000.
func seconds(text, layout string) (int64, error) {
	moment, err := time.Parse(layout, text)
	if err != nil || moment.Year() < 1 {
		return 0, fmt.Errorf("%s does not exist", quote(text))
	}
	return moment.Unix(), nil
}

// organisationOf is for texts of officeForm.
func organisationOf(office string) string {
	return office[:strings.Index(office, "/")]
}

// preAuthentication is DSSE's PAE.
func preAuthentication(payloadType string, payload []byte) []byte {
	return append([]byte(fmt.Sprintf("DSSEv1 %d %s %d ", len(payloadType), payloadType, len(payload))), payload...)
}

// sshKey is the key in OpenSSH's wire form.
func sshKey(key []byte) []byte {
	return append([]byte("\x00\x00\x00\x0bssh-ed25519\x00\x00\x00\x20"), key...)
}

func fingerprint(key []byte) string {
	sum := sha256.Sum256(sshKey(key))
	return "SHA256:" + base64.RawStdEncoding.EncodeToString(sum[:])
}
