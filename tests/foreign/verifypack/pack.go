package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"sort"
	"strings"
)

const (
	maxCheckpoint = 1 << 20
	maxBundle     = 256 * (2 + 65535)
	maxTable      = 1 << 30
)

// pack is the folder. Only ordinary files count: following a link or reading a
// pipe would let the pack decide what else of this machine is read.
type pack struct {
	root  fs.FS
	files map[string]bool
	odd   map[string]string
}

func openPack(dir string) *pack {
	p := &pack{root: os.DirFS(dir), files: map[string]bool{}, odd: map[string]string{}}
	fs.WalkDir(p.root, ".", func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			p.odd[path] = "cannot be read"
		case entry.Type().IsRegular():
			p.files[path] = true
		case !entry.IsDir():
			p.odd[path] = "not an ordinary file"
		}
		return nil
	})
	return p
}

func (p *pack) paths() []string {
	return sortedKeys(p.files)
}

func sortedKeys(set map[string]bool) []string {
	var keys []string
	for key := range set {
		keys = append(keys, key)
	}
	sort.Strings(keys)
	return keys
}

func (p *pack) read(path string, most int64) ([]byte, error) {
	if !p.files[path] {
		return nil, errors.New("missing")
	}
	file, err := p.root.Open(path)
	if err != nil {
		return nil, errors.New("cannot be read")
	}
	defer file.Close()
	return readAtMost(file, most)
}

func readAtMost(file io.Reader, most int64) ([]byte, error) {
	raw, err := io.ReadAll(io.LimitReader(file, most+1))
	if err != nil {
		return nil, errors.New("cannot be read")
	}
	if int64(len(raw)) > most {
		return nil, fmt.Errorf("longer than %d bytes", most)
	}
	return raw, nil
}

func (p *pack) sum(path string) (string, error) {
	file, err := p.root.Open(path)
	if err != nil {
		return "", errors.New("cannot be read")
	}
	defer file.Close()
	hash := sha256.New()
	if _, err := io.Copy(hash, file); err != nil {
		return "", errors.New("cannot be read")
	}
	return hex.EncodeToString(hash.Sum(nil)), nil
}

// lines splits a text file, whose last line must have its end too.
func lines(raw []byte) ([]string, error) {
	if len(raw) == 0 {
		return nil, nil
	}
	if !bytes.HasSuffix(raw, []byte("\n")) {
		return nil, errors.New("its last line has no end")
	}
	return strings.Split(strings.TrimSuffix(string(raw), "\n"), "\n"), nil
}

const (
	sumsFile     = "SHA256SUMS"
	manifestFile = "SHA256SUMS.dsse"
)

// checkSums is stricter than sha256sum -c, which does not see a file that no
// line names.
func (v *verifier) checkSums() {
	for _, path := range sortedNames(v.pack.odd) {
		v.found.add(8, fileName(path), v.pack.odd[path])
	}
	raw, err := v.pack.read(sumsFile, maxTable)
	if err != nil {
		v.found.add(8, sumsFile, err.Error())
		return
	}
	all, err := lines(raw)
	if err != nil {
		v.found.add(8, sumsFile, err.Error())
	}
	named, last := map[string]bool{}, ""
	for i, line := range all {
		path, err := v.checkSum(line)
		if err != nil {
			v.found.add(8, sumsFile, "line %d: %v", i+1, err)
			continue
		}
		if path <= last {
			v.found.add(8, sumsFile, "line %d: not sorted by path, each once", i+1)
		}
		named[path], last = true, path
	}
	for _, path := range v.pack.paths() {
		if !named[path] && path != sumsFile && path != manifestFile {
			v.found.add(8, fileName(path), "not listed in %s", sumsFile)
		}
	}
	v.checkManifest(raw)
}

func sortedNames(set map[string]string) []string {
	keys := map[string]bool{}
	for key := range set {
		keys[key] = true
	}
	return sortedKeys(keys)
}

func (v *verifier) checkSum(line string) (path string, err error) {
	if len(line) < 67 || !isLowerHex(line[:64], 64) || line[64:66] != "  " {
		return "", errors.New("not of the form <hex>  <path>")
	}
	path = line[66:]
	if path == sumsFile || path == manifestFile {
		return "", fmt.Errorf("%s cannot be listed here", path)
	}
	if !v.pack.files[path] {
		return "", fmt.Errorf("%s is missing", quote(path))
	}
	sum, err := v.pack.sum(path)
	if err == nil && sum != line[:64] {
		// The line stands for the file, so that the file is not reported
		// again as one that is not listed.
		v.found.add(8, fileName(path), "its sum is not the one in %s", sumsFile)
	}
	return path, err
}

// checkManifest verifies the optional signature over SHA256SUMS under a key of
// its office that the whole log leaves standing.
func (v *verifier) checkManifest(sums []byte) {
	if !v.pack.files[manifestFile] {
		return
	}
	fault := func(why string) { v.found.add(8, manifestFile, why) }
	raw, err := v.pack.read(manifestFile, maxCheckpoint)
	if err != nil {
		fault(err.Error())
		return
	}
	sealed, err := parseEnvelope(strings.TrimSuffix(string(raw), "\n"), manifestType)
	if err != nil {
		fault(err.Error())
		return
	}
	statement, err := parseCanonical(sealed.payload)
	if err == nil {
		err = statement.exactly([]string{"by", "identity", "sums"}, nil)
	}
	if err != nil {
		fault("its payload: " + err.Error())
		return
	}
	sum := sha256.Sum256(sums)
	if text, ok := statement.textMember("sums"); !ok || text != hex.EncodeToString(sum[:]) {
		fault("it signs other sums")
	}
	if text, ok := statement.textMember("identity"); !ok || text != hex.EncodeToString(v.identity[:]) {
		fault("it names another identity")
	}
	office, _ := statement.textMember("by")
	if err := v.register.verify(office, sealed); err != nil {
		fault(err.Error())
	}
}
