package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

const tileHeight = 8
const fullTile = 1 << tileHeight

// tree holds the hashes that tlog would store, so that the root of every
// earlier size can be had without hashing the leaves again.
type tree struct {
	stored []tlog.Hash
	leaves []tlog.Hash
}

func (t *tree) size() int64 {
	return int64(len(t.leaves))
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
	leaf := tlog.RecordHash(line)
	hashes, err := tlog.StoredHashesForRecordHash(t.size(), leaf, t)
	if err != nil {
		return err
	}
	t.stored = append(t.stored, hashes...)
	t.leaves = append(t.leaves, leaf)
	return nil
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

// C2SP's tile paths leave out the height and say `entries` where tlog says
// `data`; tlog does the rest.
func tilePath(t tlog.Tile) string {
	path := strings.TrimPrefix(t.Path(), "tile/8/")
	return "tile/" + strings.Replace(path, "data/", "entries/", 1)
}

func parseTilePath(path string) (tlog.Tile, bool) {
	rest := strings.TrimPrefix(path, "tile/")
	rest = strings.Replace(rest, "entries/", "data/", 1)
	t, err := tlog.ParseTilePath("tile/8/" + rest)
	return t, err == nil && tilePath(t) == path
}

// tilesFor lists the hash tiles and bundles that a log of this size has: at
// each level the full ones and at most one that is not full.
func tilesFor(size int64) []tlog.Tile {
	var tiles []tlog.Tile
	for level := 0; size>>(tileHeight*level) > 0; level++ {
		tiles = append(tiles, levelTiles(level, size>>(tileHeight*level))...)
	}
	return append(tiles, levelTiles(-1, size)...)
}

func levelTiles(level int, width int64) []tlog.Tile {
	var tiles []tlog.Tile
	for n := int64(0); n < width/fullTile; n++ {
		tiles = append(tiles, tlog.Tile{H: tileHeight, L: level, N: n, W: fullTile})
	}
	if rest := int(width % fullTile); rest > 0 {
		tiles = append(tiles, tlog.Tile{H: tileHeight, L: level, N: width / fullTile, W: rest})
	}
	return tiles
}

// inside says whether a log of this size determines the whole tile.
func inside(t tlog.Tile, size int64) bool {
	level := t.L
	if level < 0 {
		level = 0
	}
	if tileHeight*level >= 63 {
		return false
	}
	width := size >> (tileHeight * level)
	return t.N <= width/fullTile && t.N*fullTile+int64(t.W) <= width
}

// bundles reads the entries' lines one bundle at a time, in order.
type bundles struct {
	pack *pack
	// widths holds, for each bundle, the widths that the pack has of it.
	widths map[int64]map[int]bool
	// claimed is the checkpoint's size, or -1 when it cannot be read.
	claimed int64
}

func (v *verifier) findBundles(claimed int64) *bundles {
	b := &bundles{pack: v.pack, widths: map[int64]map[int]bool{}, claimed: claimed}
	for _, path := range v.pack.paths() {
		t, ok := parseTilePath(path)
		if ok && t.L == -1 {
			if b.widths[t.N] == nil {
				b.widths[t.N] = map[int]bool{}
			}
			b.widths[t.N][t.W] = true
		}
	}
	return b
}

// choose takes the width that the checkpoint's size asks for; failing that,
// the widest, so that a wrong checkpoint does not hide the entries.
func (b *bundles) choose(n int64) (width int, ok bool) {
	if b.claimed >= 0 && n*fullTile >= b.claimed {
		return 0, false
	}
	if wanted := b.claimed - n*fullTile; wanted > 0 && wanted < fullTile && b.widths[n][int(wanted)] {
		return int(wanted), true
	}
	for w := range b.widths[n] {
		if w > width {
			width = w
		}
	}
	return width, width > 0
}

// each gives every line to the caller and reports the first bundle that cannot
// be read: after it, no number of an entry would be certain.
func (b *bundles) each(found *findings, take func(line []byte)) {
	for n := int64(0); ; n++ {
		width, ok := b.choose(n)
		if !ok {
			return
		}
		path := tilePath(tlog.Tile{H: tileHeight, L: -1, N: n, W: width})
		all, err := readBundle(b.pack, path)
		for _, line := range all {
			take(line)
		}
		if err == nil && len(all) != width {
			err = errors.New("it has not as many lines as its name says")
		}
		if err != nil {
			found.add(6, path, err.Error())
		}
		if err != nil || width < fullTile {
			return
		}
	}
}

// readBundle also returns the lines before the fault.
func readBundle(p *pack, path string) (all [][]byte, err error) {
	raw, err := p.read(path, maxBundle)
	if err != nil {
		return nil, err
	}
	for len(raw) > 0 {
		if len(raw) < 2 {
			return all, errors.New("it ends inside a length")
		}
		length := int(binary.BigEndian.Uint16(raw))
		if len(raw) < 2+length {
			return all, errors.New("it ends inside a line")
		}
		all = append(all, raw[2:2+length])
		raw = raw[2+length:]
	}
	return all, nil
}

// checkTiles compares every tile in the pack with the leaves, and asks for
// each one that a log of this size has. Narrower ones from an earlier size may
// remain (C2SP allows it), and must agree too.
func (v *verifier) checkTiles() {
	for _, t := range tilesFor(v.log.size()) {
		if path := tilePath(t); !v.pack.files[path] {
			v.found.add(6, path, "missing")
		}
	}
	for _, path := range v.pack.paths() {
		if !strings.HasPrefix(path, "tile/") {
			continue
		}
		t, ok := parseTilePath(path)
		if !ok {
			v.found.add(6, fileName(path), "not the path of a tile")
			continue
		}
		if err := v.checkTile(path, t); err != nil {
			v.found.add(6, path, err.Error())
		}
	}
}

func (v *verifier) checkTile(path string, t tlog.Tile) error {
	if !inside(t, v.log.size()) {
		return errors.New("beyond the log")
	}
	if t.L < 0 {
		return v.checkBundle(path, t)
	}
	have, err := v.pack.read(path, maxBundle)
	if err != nil {
		return err
	}
	want, err := tlog.ReadTileData(t, &v.log)
	if err != nil {
		return err
	}
	if !bytes.Equal(have, want) {
		return errors.New("not what the leaves give")
	}
	return nil
}

func (v *verifier) checkBundle(path string, t tlog.Tile) error {
	all, err := readBundle(v.pack, path)
	if err != nil {
		return err
	}
	if len(all) != t.W {
		return errors.New("it has not as many lines as its name says")
	}
	for i, line := range all {
		if tlog.RecordHash(line) != v.log.leaves[t.N*fullTile+int64(i)] {
			return errors.New("its lines are not the entries")
		}
	}
	return nil
}
