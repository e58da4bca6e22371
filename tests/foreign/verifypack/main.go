// Command verifypack checks a pack of a signed, append-only ledger from the
// format's page alone (docs/reference/entry-format.md, section 9). It shares
// no code with the software that writes packs: a second reader is the only way
// to know that the page, and not one program, is the format.
//
// It needs Go 1.19, the standard library and Debian's package
// golang-golang-x-mod-dev. Build it from the root of the repository:
//
//	GO111MODULE=off GOPATH=/usr/share/gocode GOFLAGS= go build -o OUT ./tests/foreign/verifypack
//
// Usage:
//
//	verifypack PACK [-identity HEX] [-against CHECKPOINT_FILE]
//
// Each finding is a line; the last line is the verdict. It ends with 0 when
// there was nothing to find, 3 when there was, 2 when it was called wrongly.
package main

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

const (
	exitOK     = 0
	exitUsage  = 2
	exitFailed = 3
)

const usage = "usage: verifypack PACK [-identity HEX] [-against CHECKPOINT_FILE]"

// kept is what the caller kept of this ledger from an earlier time.
type kept struct {
	identity   string
	checkpoint []byte
	compare    bool
}

func main() {
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

func run(args []string, stdout, stderr io.Writer) int {
	dir, before, err := parseArguments(args)
	if err != nil {
		fmt.Fprintf(stderr, "verifypack: %v\n%s\n", err, usage)
		return exitUsage
	}
	v := newVerifier(dir, before)
	v.verifyGuarded()
	return v.verdict(stdout)
}

// parseArguments reads the arguments itself, because package flag stops at
// PACK and would not see the options after it.
func parseArguments(args []string) (dir string, before kept, err error) {
	options := map[string]string{}
	for i := 0; i < len(args); i++ {
		name := strings.TrimPrefix(args[i], "-")
		switch {
		case args[i] == "-identity" || args[i] == "-against":
			if _, twice := options[name]; twice || i+1 == len(args) {
				return "", before, fmt.Errorf("%s needs one value", args[i])
			}
			i++
			options[name] = args[i]
		case strings.HasPrefix(args[i], "-") || dir != "":
			return "", before, fmt.Errorf("unexpected argument %q", args[i])
		default:
			dir = args[i]
		}
	}
	if info, err := os.Stat(dir); dir == "" || err != nil || !info.IsDir() {
		return "", before, errors.New("PACK is not a folder")
	}
	before, err = readKept(options)
	return dir, before, err
}

func readKept(options map[string]string) (before kept, err error) {
	if text, given := options["identity"]; given {
		if !hexForm.MatchString(text) {
			return before, errors.New("-identity is not 64 lower-case hexadecimal digits")
		}
		before.identity = text
	}
	if path, given := options["against"]; given {
		before.compare = true
		if before.checkpoint, err = os.ReadFile(path); err != nil {
			return before, fmt.Errorf("-against: %v", err)
		}
	}
	return before, nil
}

// verifyGuarded turns a fault of this program into a finding: a pack that
// makes the verifier stop must not look better than one that it refuses.
func (v *verifier) verifyGuarded() {
	defer func() {
		if fault := recover(); fault != nil {
			v.found.add(6, "pack", fmt.Errorf("the verifier stopped before the end: %s", quote(fmt.Sprint(fault))))
		}
	}()
	v.verify()
}

func (v *verifier) verdict(out io.Writer) int {
	v.found.print(out)
	if !v.before.compare {
		fmt.Fprintln(out, "NOTE nothing earlier to compare with")
	}
	if v.found.count > 0 {
		fmt.Fprintf(out, "FAILED findings=%d\n", v.found.count)
		return exitFailed
	}
	fmt.Fprintf(out, "OK size=%d root=%s identity=%s\n", v.log.size(),
		base64Text(v.root[:]), hex.EncodeToString(v.identity[:]))
	return exitOK
}
