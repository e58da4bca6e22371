package main

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strings"
)

const (
	checkpointFile = "checkpoint"
	identityFile   = "identity"
	vkeyFile       = "log.vkey"
	keysFile       = "keys.txt"
	openingsFile   = "openings.jsonl"
	sumsFile       = "SHA256SUMS"
	manifestFile   = "SHA256SUMS.dsse"
	maxFile        = 1 << 30 // but for openings.jsonl
	maxLine        = 65535   // there
)

// pack is the folder. Only plain files count: following a link or reading a
// pipe would let the pack decide what else of this machine is read.
type pack struct {
	dir            string
	files, folders map[string]bool
}

func openPack(dir string, found *findings) *pack {
	p := &pack{dir, map[string]bool{}, map[string]bool{}}
	// The slash makes a folder of a link to one: the caller may name a pack so.
	filepath.WalkDir(dir+"/", func(full string, entry fs.DirEntry, err error) error {
		path, _ := filepath.Rel(dir, full)
		switch {
		case err != nil:
			found.add(8, fileName(path), errors.New("cannot be read"))
		case entry.Type().IsRegular():
			p.files[path] = true
		case !entry.IsDir():
			found.add(8, fileName(path), errors.New("not a plain file"))
		case path != ".":
			p.folders[path] = true
		}
		return nil
	})
	return p
}

func (p *pack) open(path string) (*os.File, error) {
	if !p.files[path] {
		return nil, errors.New("missing")
	}
	info, err := os.Stat(filepath.Join(p.dir, path))
	if err == nil && info.Size() > maxFile && path != openingsFile {
		return nil, errors.New("longer than 2^30 bytes")
	}
	file, err := os.Open(filepath.Join(p.dir, path))
	if err != nil {
		return nil, errors.New("cannot be read")
	}
	return file, nil
}

func (p *pack) read(path string) ([]byte, error) {
	file, err := p.open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	raw, err := io.ReadAll(file)
	if err != nil {
		return nil, errors.New("cannot be read")
	}
	return raw, nil
}

// lines splits a text file, whose last line must have its end too.
func (p *pack) lines(path string) ([]string, error) {
	raw, err := p.read(path)
	if err != nil {
		return nil, err
	}
	all := strings.Split(string(raw), "\n")
	if all[len(all)-1] != "" {
		return nil, errors.New("its last line has no end")
	}
	return all[:len(all)-1], nil
}

func (p *pack) sum(path string) (string, error) {
	file, err := p.open(path)
	if err != nil {
		return "", err
	}
	defer file.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, file); err != nil {
		return "", errors.New("cannot be read")
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// paths are those of the files there are, in the order of their bytes.
func (p *pack) paths() []string {
	return ascending(p.files)
}

func ascending(paths map[string]bool) (all []string) {
	for path := range paths {
		all = append(all, path)
	}
	sort.Strings(all)
	return all
}

func (v *verifier) checkBelonging() {
	for _, path := range v.pack.paths() {
		switch path {
		case checkpointFile, identityFile, vkeyFile, keysFile, openingsFile, sumsFile, manifestFile:
		default:
			if !v.belongs[path] {
				v.found.add(8, fileName(path), errors.New("no file of a pack of this size"))
			}
		}
	}
	above := map[string]bool{}
	for path := range v.belongs {
		for path = filepath.Dir(path); path != "."; path = filepath.Dir(path) {
			above[path] = true
		}
	}
	for _, path := range ascending(v.pack.folders) {
		if !above[path] {
			v.found.add(8, fileName(path), errors.New("a folder without a file of a pack of this size"))
		}
	}
}

// checkSums is stricter than sha256sum -c, which does not see a file that no
// line names.
func (v *verifier) checkSums() error {
	all, err := v.pack.lines(sumsFile)
	if err != nil {
		return err
	}
	for _, path := range v.pack.paths() {
		if path == sumsFile || path == manifestFile {
			continue
		}
		sum, err := v.pack.sum(path)
		if err != nil {
			return fmt.Errorf("%s: %v", fileName(path), err)
		}
		if len(all) == 0 || all[0] != sum+"  "+path {
			return fmt.Errorf("not the sum of %s where it must stand", fileName(path))
		}
		all = all[1:]
	}
	if len(all) > 0 {
		return errors.New("more lines than there are other files")
	}
	return nil
}

// checkManifest verifies the optional signature over SHA256SUMS under a key of
// its office that the whole log leaves standing.
func (v *verifier) checkManifest() error {
	raw, err := v.pack.read(manifestFile)
	if err != nil {
		return err
	}
	sealed, err := parseEnvelope(string(raw), manifestType)
	if err != nil {
		return err
	}
	statement, err := parseCanonical(sealed.payload)
	if err == nil {
		err = statement.exactly([]string{"by", "identity", "sums"}, nil)
	}
	if err != nil {
		return fmt.Errorf("its payload: %v", err)
	}
	if identity := statement.member("identity"); identity.text+"\n" != identityLine(v.identity) {
		return errors.New("it names another identity")
	}
	if sum, err := v.pack.sum(sumsFile); err != nil || statement.member("sums").text != sum {
		return errors.New("it signs other sums")
	}
	office, err := statement.textOf("by", officeForm)
	if err != nil {
		return err
	}
	return v.register.verify(office, sealed)
}

// checkKeysFile compares keys.txt with the keys that the log leaves standing.
// It may list fewer: which are in force, only the rulebook tells.
func (v *verifier) checkKeysFile() error {
	all, err := v.pack.lines(keysFile)
	if err != nil {
		return err
	}
	offices := map[string]string{}
	for _, h := range v.register.standing() {
		offices[h.office+" ssh-ed25519 "+base64Text(sshKey([]byte(h.key)))] = h.office
	}
	last := ""
	for i, line := range all {
		office, known := offices[line]
		if !known {
			return fmt.Errorf("line %d: not a key that was introduced for its office and is not ended", i+1)
		}
		if office <= last {
			return fmt.Errorf("line %d: not ascending by office, one line for each", i+1)
		}
		last = office
	}
	return nil
}

func (v *verifier) checkIdentityFile() error {
	raw, err := v.pack.read(identityFile)
	if err == nil && string(raw) != identityLine(v.identity) {
		err = errors.New("not the leaf hash of entry 1 and a line end")
	}
	return err
}

func identityLine(identity [32]byte) string {
	return hex.EncodeToString(identity[:]) + "\n"
}
