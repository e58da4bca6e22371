package main

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"
	"unicode"
)

var (
	uuidSeven  = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	momentForm = regexp.MustCompile(`^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$`)
	dateForm   = regexp.MustCompile(`^[0-9]{4}-[0-9]{2}-[0-9]{2}$`)
)

// decodeBase64 accepts one spelling only. Go's decoder passes over line ends
// and spare bits, so the bytes are encoded again and compared.
func decodeBase64(text string) ([]byte, error) {
	raw, err := base64.StdEncoding.DecodeString(text)
	if err != nil || base64.StdEncoding.EncodeToString(raw) != text {
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

func isLowerHex(text string, digits int) bool {
	return len(text) == digits && strings.Trim(text, "0123456789abcdef") == ""
}

// parseMoment matches the form first: time.Parse alone would accept fractions
// of a second that the layout does not have.
func parseMoment(text string) (int64, error) {
	moment, err := time.Parse("2006-01-02T15:04:05Z", text)
	if err != nil || !momentForm.MatchString(text) {
		return 0, fmt.Errorf("%s is not a moment in UTC to the second", quote(text))
	}
	return moment.Unix(), nil
}

func isDate(text string) bool {
	_, err := time.Parse("2006-01-02", text)
	return err == nil && dateForm.MatchString(text)
}

// splitOffice reads `<organisation>/<office>`. Spaces and line ends are
// refused because keys.txt and the proof of possession would become ambiguous.
func splitOffice(text string) (organisation string, ok bool) {
	parts := strings.Split(text, "/")
	bad := func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }
	if len(parts) != 2 || parts[0] == "" || parts[1] == "" || strings.IndexFunc(text, bad) >= 0 {
		return "", false
	}
	return parts[0], true
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
