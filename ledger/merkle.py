"""The Merkle tree over the log: its root, its growth, and the proofs that it only grew.

Standard: RFC 6962 section 2.1 with SHA-256 (tree, inclusion proof, consistency proof); the verifiers follow
RFC 9162 sections 2.1.3.2 and 2.1.4.2, whose trees are the same. Hashes above the leaves are kept by tiles of
height 8, as C2SP tlog-tiles publishes them: level L holds the roots of complete subtrees of 256**L leaves.

This module is pure: it works on hashes that it is handed, and reads through `HashSource`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from typing import NamedTuple, Protocol

from ledger.errors import Malformed, NotFound, ProofInvalid

HASH_BYTES = 32
TILE_HEIGHT = 8
TILE_WIDTH = 1 << TILE_HEIGHT
EMPTY_ROOT = sha256(b"").digest()
"""RFC 6962 section 2.1: the hash of an empty list is the hash of an empty string."""


def leaf_hash(data: bytes) -> bytes:
    """The hash of a leaf that holds `data` (RFC 6962 section 2.1: SHA-256 of 0x00 and the data)."""
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of a node above two hashes (RFC 6962 section 2.1: SHA-256 of 0x01, left and right)."""
    # The two prefixes differ so that no node can pass for a leaf, nor a leaf for a node.
    return sha256(b"\x01" + left + right).digest()


# -- growing ------------------------------------------------------------------------------------


class CompletedTile(NamedTuple):
    """A subtree of 256**level leaves that an append completed: one hash of a tile above the leaves."""

    level: int
    number: int
    root: bytes


class Tree:
    """A tree that grows by a leaf at a time and keeps no more than its right edge.

    `size` is the number of leaves. `edge` holds the 32-byte roots of the perfect subtrees that the leaves
    fall into, largest first: one for each bit that is set in `size`. Everything that the tree will ever
    need to know about its past is in those hashes, so a million entries take twenty of them at most.
    """

    __slots__ = ("edge", "size")

    def __init__(self, size: int = 0, edge: Iterable[bytes] = ()) -> None:
        self.size = size
        self.edge = list(edge)
        if size < 0:
            raise Malformed(f"A tree cannot have a size of {size}.")
        if len(self.edge) != size.bit_count() or any(len(root) != HASH_BYTES for root in self.edge):
            raise Malformed(f"The edge of a tree of size {size} is {size.bit_count()} hashes of 32 bytes.")

    @classmethod
    def load(cls, size: int, edge_bytes: bytes) -> Tree:
        """The tree that was kept as its size and `edge_bytes()`. Malformed when the length is wrong."""
        if len(edge_bytes) % HASH_BYTES:
            raise Malformed(f"The edge of a tree is whole hashes of 32 bytes, not {len(edge_bytes)} bytes.")
        return cls(size, (edge_bytes[i : i + HASH_BYTES] for i in range(0, len(edge_bytes), HASH_BYTES)))

    def edge_bytes(self) -> bytes:
        """The edge as one string of bytes, largest subtree first, for keeping."""
        return b"".join(self.edge)

    def copy(self) -> Tree:
        """A tree of the same leaves that grows apart from this one."""
        return Tree(self.size, self.edge)

    def append(self, leaf: bytes) -> tuple[CompletedTile, ...]:
        """Add one leaf by its 32-byte hash; return the tile hashes (level 1 and above) that it completed."""
        if len(leaf) != HASH_BYTES:
            raise Malformed(f"A leaf hash has 32 bytes, not {len(leaf)}.")
        completed: tuple[CompletedTile, ...] = ()
        root, height, number = leaf, 0, self.size
        # Each set bit from the right is a finished subtree of the same height as what we carry: join them.
        while number & 1:
            root = node_hash(self.edge.pop(), root)
            number >>= 1
            height += 1
            if height % TILE_HEIGHT == 0:
                completed += (CompletedTile(height // TILE_HEIGHT, number, root),)
        self.edge.append(root)
        self.size += 1
        return completed

    def root(self) -> bytes:
        """The 32-byte root of the tree as it stands."""
        return _joined(self.edge) if self.edge else EMPTY_ROOT

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Tree) and (self.size, self.edge) == (other.size, other.edge)

    __hash__ = None  # type: ignore[assignment]  # it grows, so it may not be a key

    def __repr__(self) -> str:
        return f"Tree(size={self.size}, root={self.root().hex()})"


def _joined(roots: Sequence[bytes]) -> bytes:
    """The root above perfect subtrees that stand side by side, largest first: joined from the right."""
    root = roots[-1]
    for left in reversed(roots[:-1]):
        root = node_hash(left, root)
    return root


# -- reading ------------------------------------------------------------------------------------


class HashSource(Protocol):
    """Where the hashes of a log are read from: a store, a static directory, or memory."""

    def hashes(self, level: int, first: int, count: int) -> Sequence[bytes]:
        """`count` hashes of a level from number `first`: level 0 is leaf hashes, level L the roots of
        complete subtrees of 256**L leaves. All of them exist: nobody asks beyond the size of the log."""
        ...


class HashesInMemory:
    """A HashSource that keeps every hash in memory and grows with a tree of its own."""

    def __init__(self, leaves: Iterable[bytes] = ()) -> None:
        self.tree = Tree()
        self._levels: list[list[bytes]] = [[]]
        for leaf in leaves:
            self.append(leaf)

    def append(self, leaf: bytes) -> None:
        """Add one leaf by its 32-byte hash."""
        completed = self.tree.append(leaf)
        self._levels[0].append(leaf)
        for level, _, root in completed:
            if level == len(self._levels):
                self._levels.append([])
            self._levels[level].append(root)

    def hashes(self, level: int, first: int, count: int) -> Sequence[bytes]:
        """What `HashSource` promises; fewer hashes when they are not there."""
        return self._levels[level][first : first + count] if level < len(self._levels) else ()


class _Tiles:
    """The hashes of a log of one size, read a tile at a time and each tile once."""

    def __init__(self, source: HashSource, size: int) -> None:
        self._source = source
        self._size = size
        self._read: dict[tuple[int, int], Sequence[bytes]] = {}

    def root_between(self, first: int, last: int) -> bytes:
        """The root over leaves first to last - 1, where `first` is a multiple of a power of two that is
        no smaller than the range: all that RFC 6962 ever asks for."""
        return _joined([self._perfect(height, first) for height, first in _perfect_subtrees(first, last)])

    def _perfect(self, height: int, first: int) -> bytes:
        """The root of the perfect subtree of 2**height leaves from leaf `first`."""
        level, above = divmod(height, TILE_HEIGHT)
        number, start = divmod(first >> (level * TILE_HEIGHT), TILE_WIDTH)
        row = self._tile(level, number)[start : start + (1 << above)]
        for _ in range(above):
            row = [node_hash(row[i], row[i + 1]) for i in range(0, len(row), 2)]
        return row[0]

    def _tile(self, level: int, number: int) -> Sequence[bytes]:
        kept = self._read.get((level, number))
        if kept is not None:
            return kept
        first = number * TILE_WIDTH
        count = min(TILE_WIDTH, (self._size >> (level * TILE_HEIGHT)) - first)
        row = self._source.hashes(level, first, count)
        if len(row) != count:
            raise NotFound(f"Hashes {first} to {first + count - 1} of level {level} are not there.")
        self._read[level, number] = row
        return row


def _perfect_subtrees(first: int, last: int) -> Iterator[tuple[int, int]]:
    """(height, first leaf) of each perfect subtree that leaves first to last - 1 fall into, in order."""
    while first < last:
        height = (last - first).bit_length() - 1
        yield height, first
        first += 1 << height


def _split(first: int, last: int) -> int:
    """Where RFC 6962 splits the leaves first to last - 1 (two or more): after the largest power of two
    that is smaller than their number."""
    return first + (1 << ((last - first - 1).bit_length() - 1))


def root_of(source: HashSource, size: int) -> bytes:
    """The 32-byte root of the first `size` leaves of a log. NotFound when a hash is not there."""
    if size < 0:
        raise NotFound(f"There is no tree of size {size}.")
    return _Tiles(source, size).root_between(0, size) if size else EMPTY_ROOT


def inclusion_proof(source: HashSource, index: int, size: int) -> list[bytes]:
    """The hashes that lead from leaf `index` (from 0) to the root of the first `size` leaves.

    Shape: 32-byte hashes from the leaf's sibling upwards (RFC 6962 section 2.1.1, PATH).
    NotFound when the tree has no such leaf.
    """
    if not 0 <= index < size:
        raise NotFound(f"There is no leaf {index} in a tree of size {size}.")
    tiles, proof = _Tiles(source, size), []
    first, last = 0, size
    while last - first > 1:
        split = _split(first, last)
        if index < split:
            proof.append(tiles.root_between(split, last))
            last = split
        else:
            proof.append(tiles.root_between(first, split))
            first = split
    return proof[::-1]


def consistency_proof(source: HashSource, size1: int, size2: int) -> list[bytes]:
    """The hashes that show that the first `size2` leaves begin with the same `size1` leaves.

    Shape: 32-byte hashes in the order of RFC 6962 section 2.1.2 (PROOF); none when the sizes are equal.
    NotFound unless 1 <= size1 <= size2: nothing can be shown about an empty tree.
    """
    if not 1 <= size1 <= size2:
        raise NotFound(f"There is no consistency proof from size {size1} to size {size2}.")
    tiles, proof = _Tiles(source, size2), []
    first, last = 0, size2
    while last != size1:
        split = _split(first, last)
        if size1 <= split:
            proof.append(tiles.root_between(split, last))
            last = split
        else:
            proof.append(tiles.root_between(first, split))
            first = split
    # Where nothing was passed on the left, what remains is the old tree itself, whose root is known.
    if first:
        proof.append(tiles.root_between(first, last))
    return proof[::-1]


# -- verifying ----------------------------------------------------------------------------------


def verify_inclusion(index: int, size: int, leaf: bytes, proof: Sequence[bytes], root: bytes) -> None:
    """Check that the leaf hash `leaf` is number `index` (from 0) in the tree of `size` and `root`.

    ProofInvalid when the proof does not show it (RFC 9162 section 2.1.3.2).
    """
    if not 0 <= index < size:
        raise ProofInvalid(f"There is no leaf {index} in a tree of size {size}.")
    _require_hashes([leaf, *proof])
    place, last, reached = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            raise ProofInvalid(f"The inclusion proof has too many hashes for a tree of size {size}.")
        if place & 1 or place == last:
            reached = node_hash(sibling, reached)
            place, last = _above_left_siblings(place, last)
        else:
            reached = node_hash(reached, sibling)
        place, last = place >> 1, last >> 1
    if last != 0:
        raise ProofInvalid(f"The inclusion proof has too few hashes for leaf {index} of {size}.")
    if reached != root:
        raise ProofInvalid(f"The inclusion proof for leaf {index} of {size} leads to another root.")


def verify_consistency(size1: int, size2: int, proof: Sequence[bytes], root1: bytes, root2: bytes) -> None:
    """Check that the tree of `size2` and `root2` begins with the tree of `size1` and `root1`.

    ProofInvalid when the proof does not show it (RFC 9162 section 2.1.4.2), and always when size1 is 0:
    every tree begins with the empty one, so such a proof would say nothing while looking like evidence.
    """
    if not 1 <= size1 <= size2:
        raise ProofInvalid(f"A tree of size {size2} cannot be shown to begin with one of size {size1}.")
    if size1 == size2:
        if proof or root1 != root2:
            raise ProofInvalid(f"Two trees of size {size1} are consistent only when their roots are equal.")
        return
    _require_hashes(proof)
    # When the old tree is one perfect subtree, its root starts both paths and is not repeated in the proof.
    path = [root1, *proof] if size1 & (size1 - 1) == 0 else list(proof)
    if not proof:
        raise ProofInvalid(f"A proof from size {size1} to size {size2} cannot be empty.")
    old, new = _roots_shown(size1, size2, path)
    if old != root1:
        raise ProofInvalid(f"The consistency proof leads to another root of size {size1}.")
    if new != root2:
        raise ProofInvalid(f"The consistency proof leads to another root of size {size2}.")


def _roots_shown(size1: int, size2: int, path: Sequence[bytes]) -> tuple[bytes, bytes]:
    """The old and the new root that a consistency path leads to."""
    place, last = size1 - 1, size2 - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    old = new = path[0]
    for sibling in path[1:]:
        if last == 0:
            raise ProofInvalid(f"The consistency proof has too many hashes for a tree of size {size2}.")
        if place & 1 or place == last:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
            place, last = _above_left_siblings(place, last)
        else:
            new = node_hash(new, sibling)
        place, last = place >> 1, last >> 1
    if last != 0:
        raise ProofInvalid(f"The consistency proof from {size1} to {size2} has too few hashes.")
    return old, new


def _above_left_siblings(place: int, last: int) -> tuple[int, int]:
    """Climb to where the place is a right child: at the right edge, levels without a sibling are skipped."""
    while place and not place & 1:
        place, last = place >> 1, last >> 1
    return place, last


def _require_hashes(hashes: Iterable[bytes]) -> None:
    if any(len(one) != HASH_BYTES for one in hashes):
        raise ProofInvalid("Every hash in a proof has 32 bytes.")
