package main

import (
	"bytes"
	"errors"
	"fmt"
	"sort"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// encoding/json passes over duplicate members and invalid UTF-8, so the format
// has its own reader here. It reads ordinary JSON without white space, then
// encodes it again by RFC 8785 and compares: what differs is refused.

const (
	maxDepth   = 16
	maxInteger = 1<<53 - 1
)

type kind int

const (
	isObject kind = iota
	isArray
	isText
	isNumber
	isLiteral
)

// value is one JSON value. names runs beside items in an object; text holds a
// string's characters or a literal's name.
type value struct {
	kind   kind
	text   string
	number int64
	names  []string
	items  []value
}

func (v value) member(name string) (value, bool) {
	for i, n := range v.names {
		if n == name {
			return v.items[i], true
		}
	}
	return value{}, false
}

// textMember also says no when the member is there but is not text.
func (v value) textMember(name string) (string, bool) {
	m, ok := v.member(name)
	return m.text, ok && m.kind == isText
}

// objectMember also says no when the member is there but is not an object.
func (v value) objectMember(name string) (value, bool) {
	m, ok := v.member(name)
	return m, ok && m.kind == isObject
}

// exactly reports the members that are missing or too many.
func (v value) exactly(required, optional []string) error {
	if v.kind != isObject {
		return errors.New("not an object")
	}
	allowed := map[string]bool{}
	for _, name := range required {
		allowed[name] = true
		if _, ok := v.member(name); !ok {
			return fmt.Errorf("member %s is missing", name)
		}
	}
	for _, name := range optional {
		allowed[name] = true
	}
	for _, name := range v.names {
		if !allowed[name] {
			return fmt.Errorf("unknown member %s", quote(name))
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
	v, err := p.value(0)
	if err != nil {
		return value{}, err
	}
	if p.rest != "" {
		return value{}, errors.New("bytes after the JSON value")
	}
	if !bytes.Equal(v.encode(nil), raw) {
		return value{}, errors.New("not in RFC 8785 form")
	}
	return v, nil
}

type parser struct{ rest string }

func (p *parser) take(prefix string) bool {
	if !strings.HasPrefix(p.rest, prefix) {
		return false
	}
	p.rest = p.rest[len(prefix):]
	return true
}

// value counts the objects and arrays around it; the outermost has depth 1.
func (p *parser) value(depth int) (value, error) {
	if p.rest == "" {
		return value{}, errors.New("the JSON ends too early")
	}
	switch c := p.rest[0]; {
	case c == '{' || c == '[':
		if depth == maxDepth {
			return value{}, errors.New("nested deeper than 16")
		}
		return p.container(depth + 1)
	case c == '"':
		text, err := p.text()
		return value{kind: isText, text: text}, err
	case c >= '0' && c <= '9':
		return p.number()
	}
	for _, name := range []string{"true", "false", "null"} {
		if p.take(name) {
			return value{kind: isLiteral, text: name}, nil
		}
	}
	return value{}, errors.New("not JSON of this format")
}

func (p *parser) container(depth int) (value, error) {
	v, end := value{kind: isArray}, "]"
	if p.rest[0] == '{' {
		v.kind, end = isObject, "}"
	}
	p.rest = p.rest[1:]
	if p.take(end) {
		return v, nil
	}
	seen := map[string]bool{}
	for {
		if v.kind == isObject {
			name, err := p.name(seen)
			if err != nil {
				return v, err
			}
			v.names = append(v.names, name)
		}
		item, err := p.value(depth)
		if err != nil {
			return v, err
		}
		v.items = append(v.items, item)
		if p.take(end) {
			return v, nil
		}
		if !p.take(",") {
			return v, errors.New("no comma or end where one must stand")
		}
	}
}

func (p *parser) name(seen map[string]bool) (string, error) {
	name, err := p.text()
	if err != nil {
		return "", err
	}
	if seen[name] {
		return "", fmt.Errorf("member %s occurs twice", quote(name))
	}
	seen[name] = true
	if !p.take(":") {
		return "", errors.New("no colon after a name")
	}
	return name, nil
}

// number keeps to digits, so a fraction or an exponent fails on what follows.
func (p *parser) number() (value, error) {
	end := 0
	for end < len(p.rest) && p.rest[end] >= '0' && p.rest[end] <= '9' {
		end++
	}
	n, err := strconv.ParseInt(p.rest[:end], 10, 64)
	if err != nil || n > maxInteger {
		return value{}, errors.New("a number beyond 2^53-1")
	}
	p.rest = p.rest[end:]
	return value{kind: isNumber, number: n}, nil
}

func (p *parser) text() (string, error) {
	if !p.take(`"`) {
		return "", errors.New("no text where one must stand")
	}
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
			r, err := p.escape()
			if err != nil {
				return "", err
			}
			out.WriteRune(r)
		default:
			out.WriteByte(c)
			p.rest = p.rest[1:]
		}
	}
	return "", errors.New("a text without its end")
}

var shortEscapes = map[byte]rune{'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}

func (p *parser) escape() (rune, error) {
	if len(p.rest) < 2 {
		return 0, errors.New("an escape without its end")
	}
	if r, ok := shortEscapes[p.rest[1]]; ok {
		p.rest = p.rest[2:]
		return r, nil
	}
	first, err := p.unit()
	if err != nil || !utf16.IsSurrogate(first) {
		return first, err
	}
	second, err := p.unit()
	if err != nil {
		return 0, err
	}
	r := utf16.DecodeRune(first, second)
	if r == utf8.RuneError {
		return 0, errors.New("half a surrogate pair")
	}
	return r, nil
}

// unit reads one \uXXXX.
func (p *parser) unit() (rune, error) {
	if len(p.rest) < 6 || !strings.HasPrefix(p.rest, `\u`) {
		return 0, errors.New("a wrong escape")
	}
	n, err := strconv.ParseUint(p.rest[2:6], 16, 16)
	if err != nil {
		return 0, errors.New("a wrong escape")
	}
	p.rest = p.rest[6:]
	return rune(n), nil
}

// encode appends the RFC 8785 form.
func (v value) encode(out []byte) []byte {
	switch v.kind {
	case isObject:
		return v.encodeObject(out)
	case isArray:
		out = append(out, '[')
		for i, item := range v.items {
			if i > 0 {
				out = append(out, ',')
			}
			out = item.encode(out)
		}
		return append(out, ']')
	case isText:
		return encodeText(out, v.text)
	case isNumber:
		return strconv.AppendInt(out, v.number, 10)
	}
	return append(out, v.text...)
}

func (v value) encodeObject(out []byte) []byte {
	order := make([]int, len(v.names))
	for i := range order {
		order[i] = i
	}
	sort.Slice(order, func(i, j int) bool { return lessUTF16(v.names[order[i]], v.names[order[j]]) })
	out = append(out, '{')
	for i, at := range order {
		if i > 0 {
			out = append(out, ',')
		}
		out = encodeText(out, v.names[at])
		out = append(out, ':')
		out = v.items[at].encode(out)
	}
	return append(out, '}')
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

var shortForms = map[byte]string{'"': `\"`, '\\': `\\`, '\b': `\b`, '\f': `\f`, '\n': `\n`, '\r': `\r`, '\t': `\t`}

func encodeText(out []byte, text string) []byte {
	out = append(out, '"')
	for i := 0; i < len(text); i++ {
		c := text[i]
		short, ok := shortForms[c]
		switch {
		case ok:
			out = append(out, short...)
		case c < 0x20:
			out = append(out, fmt.Sprintf(`\u%04x`, c)...)
		default:
			out = append(out, c)
		}
	}
	return append(out, '"')
}
