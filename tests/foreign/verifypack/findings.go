package main

import (
	"fmt"
	"io"
	"strconv"
)

const (
	maxPrinted = 50
	maxQuoted  = 80
)

// findings keeps the first ones to print and counts all: one wrong byte early
// in the log makes every later entry wrong.
type findings struct {
	lines []string
	count int
}

// add takes a fault, or nothing when err is nil.
func (f *findings) add(check int, where string, err error) {
	if err == nil {
		return
	}
	f.count++
	if len(f.lines) < maxPrinted {
		f.lines = append(f.lines, fmt.Sprintf("FINDING %d %s: %v", check, where, err))
	}
}

func (f *findings) print(out io.Writer) {
	for _, line := range f.lines {
		fmt.Fprintln(out, line)
	}
	if more := f.count - len(f.lines); more > 0 {
		fmt.Fprintf(out, "... and %d more findings\n", more)
	}
}

// quote makes text from the pack safe to print: a line end inside it could
// otherwise write a line that looks like our own verdict.
func quote(text string) string {
	if len(text) > maxQuoted {
		text = text[:maxQuoted] + "..."
	}
	return strconv.QuoteToASCII(text)
}

func entryName(n int64) string {
	return fmt.Sprintf("entry %d", n)
}

// fileName keeps an ordinary path readable and quotes any other.
func fileName(path string) string {
	quoted := quote(path)
	if quoted == `"`+path+`"` {
		return path
	}
	return quoted
}
