package main

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// encoding/json passes over duplicate members and invalid UTF-8, so the format
// has its own reader here. It accepts a text only where RFC 8785 would write
// it so: no white space, names ascending, one spelling for each character.

const (
	maxDepth   = 16
	maxInteger = 1<<53 - 1
)

type kind int

const (
	isAbsent kind = iota
	isObject
	isArray
	isText
	isNumber
	isNull
	isBoolean
)

// value is one JSON value, or none. names runs beside items in an object; text
// is empty but in a text, and which boolean it is plays no part.
type value struct {
	kind   kind
	text   string
	number int64
	names  []string
	items  []value
}

func (v value) member(name string) value {
	for i, n := range v.names {
		if n == name {
			return v.items[i]
		}
	}
	return value{}
}

func (v value) has(name string) bool {
	return v.member(name).kind != isAbsent
}

// exactly reports the members that are missing or too many.
func (v value) exactly(required, optional []string) error {
	if v.kind != isObject {
		return errors.New("not an object where one must stand")
	}
	allowed := len(required)
	for _, name := range required {
		if !v.has(name) {
			return fmt.Errorf("member %s is missing", name)
		}
	}
	for _, name := range optional {
		if v.has(name) {
			allowed++
		}
	}
	if len(v.names) > allowed {
		return errors.New("an unknown member")
	}
	return nil
}

// textOf and bytesOf read a member, and say no when it is not of its form.
func (v value) textOf(name string, form *regexp.Regexp) (string, error) {
	m := v.member(name)
	if m.kind != isText || !form.MatchString(m.text) {
		return "", fmt.Errorf("%s is not a text of its form", name)
	}
	return m.text, nil
}

func (v value) bytesOf(name string, length int) ([]byte, error) {
	text, err := v.textOf(name, anyForm)
	if err != nil {
		return nil, err
	}
	raw, err := decodeBase64Of(text, length)
	if err != nil {
		return nil, fmt.Errorf("%s: %v", name, err)
	}
	return raw, nil
}

// checkPlain is what section 3 says of a payload at any depth.
func (v value) checkPlain() error {
	if v.kind == isNull {
		return errors.New("null stands in it")
	}
	if v.kind == isText && !plainForm.MatchString(v.text) {
		return errors.New("a text has a character that is not plain text")
	}
	for _, item := range v.items {
		if err := item.checkPlain(); err != nil {
			return err
		}
	}
	return nil
}

// parseCanonical accepts nothing but the RFC 8785 form within the format's
// narrower bounds.
func parseCanonical(raw []byte) (value, error) {
	if !utf8.Valid(raw) {
		return value{}, errors.New("not UTF-8")
	}
	p := parser{rest: string(raw)}
	v, err := p.value(1)
	if err == nil && p.rest != "" {
		err = errors.New("bytes after the JSON value")
	}
	return v, err
}

type parser struct{ rest string }

func (p *parser) take(prefix string) bool {
	if !strings.HasPrefix(p.rest, prefix) {
		return false
	}
	p.rest = p.rest[len(prefix):]
	return true
}

// value has the level that an object or array here has; the outermost has 1.
func (p *parser) value(level int) (value, error) {
	switch {
	case p.take("{"):
		return p.container(value{kind: isObject}, "}", level)
	case p.take("["):
		return p.container(value{kind: isArray}, "]", level)
	case p.take(`"`):
		text, err := p.text()
		return value{kind: isText, text: text}, err
	}
	if p.take("null") {
		return value{kind: isNull}, nil
	}
	if p.take("true") || p.take("false") {
		return value{kind: isBoolean}, nil
	}
	return p.number()
}

func (p *parser) container(v value, end string, level int) (value, error) {
	if level > maxDepth {
		return v, errors.New("nested deeper than 16")
	}
	for first := true; !p.take(end); first = false {
		if !first && !p.take(",") {
			return v, errors.New("no comma or end where one must stand")
		}
		if v.kind == isObject {
			if err := p.name(&v); err != nil {
				return v, err
			}
		}
		item, err := p.value(level + 1)
		if err != nil {
			return v, err
		}
		v.items = append(v.items, item)
	}
	return v, nil
}

func (p *parser) name(v *value) error {
	if !p.take(`"`) {
		return errors.New("no name where one must stand")
	}
	name, err := p.text()
	if err != nil {
		return err
	}
	if n := len(v.names); n > 0 && !lessUTF16(v.names[n-1], name) {
		return errors.New("names that do not ascend, or one that occurs twice")
	}
	if !p.take(":") {
		return errors.New("no colon after a name")
	}
	v.names = append(v.names, name)
	return nil
}

// number keeps to digits, so a fraction or an exponent fails on what follows.
func (p *parser) number() (value, error) {
	digits := p.rest[:len(p.rest)-len(strings.TrimLeft(p.rest, "0123456789"))]
	n, err := natural(digits)
	p.rest = p.rest[len(digits):]
	return value{kind: isNumber, number: n}, err
}

func natural(digits string) (int64, error) {
	n, err := strconv.ParseUint(digits, 10, 64)
	if err != nil || n > maxInteger || strconv.FormatUint(n, 10) != digits {
		return 0, errors.New("not a number from 0 to 2^53-1 in decimal")
	}
	return int64(n), nil
}

// text reads on after the opening quotation mark.
func (p *parser) text() (string, error) {
	var out strings.Builder
	for p.rest != "" {
		c := p.rest[0]
		switch {
		case c == '"':
			p.rest = p.rest[1:]
			return out.String(), nil
		case c < 0x20:
			return "", errors.New("a control character in a text")
		case c == '\\':
			escaped, err := p.escape()
			if err != nil {
				return "", err
			}
			out.WriteByte(escaped)
		default:
			out.WriteByte(c)
			p.rest = p.rest[1:]
		}
	}
	return "", errors.New("a text without its end")
}

const shortEscapes = "\"\\\b\f\n\r\t"

// escape reads the one spelling of a character that RFC 8785 escapes; there
// are 34 of them.
func (p *parser) escape() (byte, error) {
	for c := byte(0); c <= '\\'; c++ {
		short := strings.IndexByte(shortEscapes, c)
		if short < 0 && c < 0x20 && p.take(fmt.Sprintf(`\u%04x`, c)) ||
			short >= 0 && p.take(`\`+`"\bfnrt`[short:short+1]) {
			return c, nil
		}
	}
	return 0, errors.New("an escape that RFC 8785 does not write")
}

// lessUTF16 sorts names as RFC 8785 does: by UTF-16 code units, which differs
// from the order of the UTF-8 bytes above U+FFFF.
func lessUTF16(a, b string) bool {
	x, y := utf16.Encode([]rune(a)), utf16.Encode([]rune(b))
	for i := 0; i < len(x) && i < len(y); i++ {
		if x[i] != y[i] {
			return x[i] < y[i]
		}
	}
	return len(x) < len(y)
}
