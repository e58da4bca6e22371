package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

const (
	tileHeight = 8
	fullTile   = 1 << tileHeight
)

// tree holds the hashes that tlog would store, so that the root of every
// earlier size can be had without hashing the leaves again.
type tree struct {
	stored []tlog.Hash
	leaves int64
}

func (t *tree) size() int64 {
	return t.leaves
}

func (t *tree) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	hashes := make([]tlog.Hash, 0, len(indexes))
	for _, i := range indexes {
		if i < 0 || i >= int64(len(t.stored)) {
			return nil, errors.New("beyond the tree")
		}
		hashes = append(hashes, t.stored[i])
	}
	return hashes, nil
}

func (t *tree) add(line []byte) error {
	hashes, err := tlog.StoredHashes(t.leaves, line, t)
	t.stored = append(t.stored, hashes...)
	t.leaves++
	return err
}

// rootOf gives RFC 6962's root of nothing for size 0; tlog has zeros there.
func (t *tree) rootOf(size int64) (tlog.Hash, error) {
	if size == 0 {
		return sha256.Sum256(nil), nil
	}
	if size < 0 || size > t.size() {
		return tlog.Hash{}, errors.New("beyond the tree")
	}
	return tlog.TreeHash(size, t)
}

// tilePath leaves out the height, as C2SP does, and says `entries` where tlog
// says `data`; tlog does the rest.
func tilePath(t tlog.Tile) string {
	path := strings.TrimPrefix(t.Path(), "tile/8/")
	return "tile/" + strings.Replace(path, "data/", "entries/", 1)
}

// bundleAt finds the bundle of this number: one width there may be, and any
// other file of it does not belong to a pack.
func (v *verifier) bundleAt(n int64) (path string, width int) {
	for width = fullTile; width > 0; width-- {
		path = tilePath(tlog.Tile{H: tileHeight, L: -1, N: n, W: width})
		if v.pack.files[path] {
			return path, width
		}
	}
	return "", 0
}

// readEntries stops at the first bundle that is not full, or faulty: after it,
// no number of an entry would be certain.
func (v *verifier) readEntries() {
	for n, width := int64(0), fullTile; width == fullTile; n++ {
		var path string
		if path, width = v.bundleAt(n); width == 0 {
			return
		}
		v.belongs[path] = true
		raw, err := v.pack.read(path)
		var all [][]byte
		if err == nil {
			all, err = splitBundle(raw, width)
		}
		if err != nil {
			v.found.add(6, path, err)
			return
		}
		for _, line := range all {
			v.takeLine(line)
		}
	}
}

func splitBundle(raw []byte, width int) (all [][]byte, err error) {
	for len(raw) > 0 {
		if len(raw) < 2 {
			return nil, errors.New("it ends inside a length")
		}
		length := int(binary.BigEndian.Uint16(raw))
		if len(raw) < 2+length {
			return nil, errors.New("it ends inside a line")
		}
		all = append(all, raw[2:2+length])
		raw = raw[2+length:]
	}
	if len(all) != width {
		return nil, errors.New("it has not as many lines as its name says")
	}
	return all, nil
}

// checkTiles asks for each hash tile that a log of this size has: at each level
// the full ones, and at most one that is not full.
func (v *verifier) checkTiles() {
	for level := 0; v.log.size()>>(tileHeight*level) > 0; level++ {
		hashes := v.log.size() >> (tileHeight * level)
		for n := int64(0); n*fullTile < hashes; n++ {
			t := tlog.Tile{H: tileHeight, L: level, N: n, W: fullTile}
			if rest := hashes - n*fullTile; rest < fullTile {
				t.W = int(rest)
			}
			path := tilePath(t)
			v.belongs[path] = true
			v.found.add(6, path, v.checkTile(path, t))
		}
	}
}

func (v *verifier) checkTile(path string, t tlog.Tile) error {
	have, err := v.pack.read(path)
	if err != nil {
		return err
	}
	want, err := tlog.ReadTileData(t, &v.log)
	if err == nil && !bytes.Equal(have, want) {
		err = errors.New("not what the leaves give")
	}
	return err
}
