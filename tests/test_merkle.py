"""The tree and its proofs, against RFC 6962 written down once more, plainly, and against outside vectors."""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Sequence
from hashlib import sha256
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import LedgerError, Malformed, NotFound, ProofInvalid
from ledger.merkle import (
    EMPTY_ROOT,
    CompletedTile,
    HashesInMemory,
    Tree,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    node_hash,
    root_of,
    verify_consistency,
    verify_inclusion,
)
from tests.outside import outside

# -- the oracle: RFC 6962 section 2.1, recursive, with no regard to cost --------------------------


def mth(leaves: Sequence[bytes]) -> bytes:
    """MTH over leaf hashes (RFC 6962 section 2.1)."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = half(len(leaves))
    return sha256(b"\x01" + mth(leaves[:k]) + mth(leaves[k:])).digest()


def path(m: int, leaves: Sequence[bytes]) -> list[bytes]:
    """PATH(m, D[n]) (RFC 6962 section 2.1.1)."""
    if len(leaves) == 1:
        return []
    k = half(len(leaves))
    if m < k:
        return [*path(m, leaves[:k]), mth(leaves[k:])]
    return [*path(m - k, leaves[k:]), mth(leaves[:k])]


def subproof(m: int, leaves: Sequence[bytes], whole: bool) -> list[bytes]:
    """SUBPROOF(m, D[n], b) (RFC 6962 section 2.1.2)."""
    if m == len(leaves):
        return [] if whole else [mth(leaves)]
    k = half(len(leaves))
    if m <= k:
        return [*subproof(m, leaves[:k], whole), mth(leaves[k:])]
    return [*subproof(m - k, leaves[k:], False), mth(leaves[:k])]


def half(n: int) -> int:
    """The largest power of two that is smaller than n."""
    k = 1
    while k * 2 < n:
        k *= 2
    return k


# -- a log to look at ---------------------------------------------------------------------------

LEAVES = [leaf_hash(f"entry {i}".encode()) for i in range(66_000)]  # two tile levels, and a bit
LOG = HashesInMemory(LEAVES)
SMALL = st.integers(1, 70)
AROUND_A_TILE = st.integers(230, 790)
SIZES = st.one_of(SMALL, AROUND_A_TILE)
BOUNDARIES = [1, 2, 3, 255, 256, 257, 511, 512, 513, 768, 65_535, 65_536, 65_537, 65_792, 66_000]


def flipped(value: bytes, bit: int) -> bytes:
    """The value with one of its bits turned over."""
    at = bit % (len(value) * 8)
    return value[: at // 8] + bytes([value[at // 8] ^ 1 << at % 8]) + value[at // 8 + 1 :]


# -- hashes -------------------------------------------------------------------------------------


def test_the_empty_root_is_the_hash_of_nothing() -> None:
    assert EMPTY_ROOT.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert Tree().root() == root_of(LOG, 0) == mth([]) == EMPTY_ROOT


def test_a_node_can_never_pass_for_a_leaf() -> None:
    left, right = leaf_hash(b"a"), leaf_hash(b"b")
    assert leaf_hash(left + right) != node_hash(left, right)
    assert leaf_hash(b"") != EMPTY_ROOT


# -- growing ------------------------------------------------------------------------------------


def test_a_tree_that_grows_has_at_every_size_the_root_of_its_leaves() -> None:
    tree = Tree()
    for size in range(1, 301):
        tree.append(LEAVES[size - 1])
        assert tree.size == size
        assert tree.root() == mth(LEAVES[:size])


@pytest.mark.parametrize("size", BOUNDARIES)
def test_the_root_is_the_same_from_the_edge_from_tiles_and_from_the_leaves(size: int) -> None:
    assert HashesInMemory(LEAVES[:size]).tree.root() == root_of(LOG, size) == mth(LEAVES[:size])


def test_appending_tells_each_tile_hash_once_when_it_is_complete() -> None:
    tree = Tree()
    told: list[CompletedTile] = []
    for number, leaf in enumerate(LEAVES, 1):
        completed = tree.append(leaf)
        assert all(number == (tile.number + 1) * 256**tile.level for tile in completed)
        told += completed
    assert [tile.number for tile in told if tile.level == 1] == list(range(257))
    assert [tile.number for tile in told if tile.level == 2] == [0]
    assert len(told) == 258
    for level, number, root in told:
        assert root == mth(LEAVES[number * 256**level : (number + 1) * 256**level])


@given(SIZES)
def test_a_tree_is_kept_as_its_size_and_edge_and_read_back(size: int) -> None:
    tree = HashesInMemory(LEAVES[:size]).tree
    again = Tree.load(size, tree.edge_bytes())
    assert again == tree
    again.append(LEAVES[size])
    assert again.root() == mth(LEAVES[: size + 1])


def test_a_copy_grows_apart() -> None:
    tree = HashesInMemory(LEAVES[:7]).tree
    copy = tree.copy()
    copy.append(LEAVES[7])
    assert (tree.size, tree.root()) == (7, mth(LEAVES[:7]))
    assert (copy.size, copy.root()) == (8, mth(LEAVES[:8]))
    assert tree != copy
    assert "size=7" in repr(tree)


@pytest.mark.parametrize(
    ("size", "edge"),
    [(0, bytes(32)), (1, b""), (1, bytes(31)), (1, bytes(33)), (1, bytes(64)), (3, bytes(32)), (-1, b"")],
)
def test_an_edge_of_the_wrong_length_is_refused(size: int, edge: bytes) -> None:
    with pytest.raises(Malformed):
        Tree.load(size, edge)


def test_an_edge_of_hashes_of_the_wrong_length_is_refused() -> None:
    with pytest.raises(Malformed):
        Tree(3, [bytes(31), bytes(33)])


def test_a_leaf_that_is_no_hash_is_refused_and_changes_nothing() -> None:
    tree = HashesInMemory(LEAVES[:3]).tree
    with pytest.raises(Malformed):
        tree.append(b"the entry itself")
    assert (tree.size, tree.root()) == (3, mth(LEAVES[:3]))


# -- proving ------------------------------------------------------------------------------------


@given(SIZES, st.data())
def test_an_inclusion_proof_is_the_one_of_rfc_6962_and_holds(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    proof = inclusion_proof(LOG, index, size)
    assert proof == path(index, LEAVES[:size])
    verify_inclusion(index, size, LEAVES[index], proof, mth(LEAVES[:size]))


@given(SIZES, st.data())
def test_a_consistency_proof_is_the_one_of_rfc_6962_and_holds(size2: int, data: st.DataObject) -> None:
    size1 = data.draw(st.integers(1, size2))
    proof = consistency_proof(LOG, size1, size2)
    assert proof == subproof(size1, LEAVES[:size2], True)
    verify_consistency(size1, size2, proof, mth(LEAVES[:size1]), mth(LEAVES[:size2]))


@pytest.mark.parametrize("size", BOUNDARIES)
def test_proofs_hold_where_tiles_begin_and_end(size: int) -> None:
    root = root_of(LOG, size)
    for index in {0, size // 2, size - 1, *(i for i in (255, 256, 65_535, 65_536) if i < size)}:
        proof = inclusion_proof(LOG, index, size)
        assert proof == path(index, LEAVES[:size])
        verify_inclusion(index, size, LEAVES[index], proof, root)


@pytest.mark.parametrize(("size1", "size2"), [*pairwise(BOUNDARIES)])
def test_each_boundary_size_is_shown_to_begin_with_the_one_before(size1: int, size2: int) -> None:
    proof = consistency_proof(LOG, size1, size2)
    assert proof == subproof(size1, LEAVES[:size2], True)
    verify_consistency(size1, size2, proof, root_of(LOG, size1), root_of(LOG, size2))


class CountedReads:
    """A log that counts what is asked of it."""

    def __init__(self) -> None:
        self.reads: list[tuple[int, int, int]] = []

    def hashes(self, level: int, first: int, count: int) -> Sequence[bytes]:
        """What the log answers, noted."""
        self.reads.append((level, first, count))
        return LOG.hashes(level, first, count)


@given(st.integers(1, 66_000), st.data())
def test_a_proof_reads_few_tiles_and_none_twice_or_beyond_the_log(size: int, data: st.DataObject) -> None:
    source = CountedReads()
    inclusion_proof(source, data.draw(st.integers(0, size - 1)), size)
    assert len(set(source.reads)) == len(source.reads) <= 3 * 2
    for level, first, count in source.reads:
        assert first % 256 == 0
        assert 1 <= count <= 256
        assert first + count <= size // 256**level


def test_a_source_that_lacks_hashes_is_an_error_that_says_which() -> None:
    with pytest.raises(NotFound, match="Hashes 0 to 0 of level 1"):
        root_of(HashesInMemory(LEAVES[:100]), 300)
    with pytest.raises(NotFound, match="Hashes 0 to 199 of level 0"):
        inclusion_proof(HashesInMemory(LEAVES[:100]), 150, 200)


@pytest.mark.parametrize(("index", "size"), [(0, 0), (5, 5), (-1, 5), (6, 5)])
def test_there_is_no_proof_of_a_leaf_that_is_not_there(index: int, size: int) -> None:
    with pytest.raises(NotFound):
        inclusion_proof(LOG, index, size)


@pytest.mark.parametrize(("size1", "size2"), [(0, 0), (0, 5), (6, 5), (-1, 5)])
def test_there_is_no_proof_from_nothing_or_backwards(size1: int, size2: int) -> None:
    with pytest.raises(NotFound):
        consistency_proof(LOG, size1, size2)
    with pytest.raises(ProofInvalid):
        verify_consistency(size1, size2, [], EMPTY_ROOT, EMPTY_ROOT)


def test_there_is_no_tree_of_negative_size() -> None:
    with pytest.raises(NotFound):
        root_of(LOG, -1)


# -- refusing -----------------------------------------------------------------------------------


@given(SIZES, st.integers(0), st.data())
def test_an_inclusion_proof_with_any_bit_flipped_is_refused(size: int, bit: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    parts = [LEAVES[index], mth(LEAVES[:size]), *path(index, LEAVES[:size])]
    which = data.draw(st.integers(0, len(parts) - 1))
    parts[which] = flipped(parts[which], bit)
    leaf, root, *proof = parts
    with pytest.raises(ProofInvalid):
        verify_inclusion(index, size, leaf, proof, root)


@given(SIZES, st.integers(0), st.data())
def test_a_consistency_proof_with_any_bit_flipped_is_refused(size2: int, bit: int, data: st.DataObject) -> None:
    size1 = data.draw(st.integers(1, size2))
    parts = [mth(LEAVES[:size1]), mth(LEAVES[:size2]), *subproof(size1, LEAVES[:size2], True)]
    which = data.draw(st.integers(0, len(parts) - 1))
    parts[which] = flipped(parts[which], bit)
    root1, root2, *proof = parts
    with pytest.raises(ProofInvalid):
        verify_consistency(size1, size2, proof, root1, root2)


@given(SMALL, st.data())
def test_a_proof_of_one_leaf_is_refused_for_another(size: int, data: st.DataObject) -> None:
    index, other = data.draw(st.integers(0, size - 1)), data.draw(st.integers(-1, size))
    proof, root = inclusion_proof(LOG, index, size), root_of(LOG, size)
    if other != index:
        with pytest.raises(ProofInvalid):
            verify_inclusion(other, size, LEAVES[index], proof, root)


@given(SMALL, st.data())
def test_a_proof_with_a_hash_too_many_or_too_few_is_refused(size: int, data: st.DataObject) -> None:
    index, size1 = data.draw(st.integers(0, size - 1)), data.draw(st.integers(1, size))
    root, root1 = root_of(LOG, size), root_of(LOG, size1)
    included, consistent = inclusion_proof(LOG, index, size), consistency_proof(LOG, size1, size)
    at = data.draw(st.integers(0, len(included)))
    with pytest.raises(ProofInvalid):
        verify_inclusion(index, size, LEAVES[index], [*included[:at], root, *included[at:]], root)
    at = data.draw(st.integers(0, len(consistent)))
    with pytest.raises(ProofInvalid):
        verify_consistency(size1, size, [*consistent[:at], root1, *consistent[at:]], root1, root)
    if included:
        at = data.draw(st.integers(0, len(included) - 1))
        with pytest.raises(ProofInvalid):
            verify_inclusion(index, size, LEAVES[index], included[:at] + included[at + 1 :], root)
    if consistent:
        at = data.draw(st.integers(0, len(consistent) - 1))
        with pytest.raises(ProofInvalid):
            verify_consistency(size1, size, consistent[:at] + consistent[at + 1 :], root1, root)


def test_a_history_that_was_rewritten_cannot_be_shown_to_be_consistent() -> None:
    rewritten = HashesInMemory([*LEAVES[:40], leaf_hash(b"another story"), *LEAVES[41:300]])
    for size1 in (41, 64, 100, 256, 299):
        proof = consistency_proof(rewritten, size1, 300)
        with pytest.raises(ProofInvalid):
            verify_consistency(size1, 300, proof, root_of(LOG, size1), root_of(rewritten, 300))
    # What was said before the rewriting stands in both.
    proof = consistency_proof(rewritten, 40, 300)
    verify_consistency(40, 300, proof, root_of(LOG, 40), root_of(rewritten, 300))


HASHES = st.lists(st.one_of(st.binary(min_size=32, max_size=32), st.binary(max_size=40)), max_size=70)


@given(st.integers(-1, 2**64), st.integers(-1, 2**64), HASHES, st.binary(min_size=32, max_size=32))
def test_nonsense_is_refused_and_never_fails_otherwise(a: int, b: int, proof: list[bytes], root: bytes) -> None:
    with pytest.raises(LedgerError):
        verify_inclusion(a, b, EMPTY_ROOT, proof, root)
    if a != b or proof:
        with pytest.raises(LedgerError):
            verify_consistency(a, b, proof, EMPTY_ROOT, root)


# -- outside vectors ----------------------------------------------------------------------------


def cases(kind: str) -> list[dict[str, Any]]:
    """Every case of one kind from transparency-dev/merkle, bytes decoded."""
    folder = outside("transparency-dev-merkle", "testdata", kind)
    read = [json.loads(file.read_bytes()) for file in sorted(folder.rglob("*.json"))]
    for case in read:
        case["proof"] = [b64decode(one) for one in case["proof"] or []]
        for name in {"root", "leafHash", "root1", "root2"} & set(case):
            case[name] = b64decode(case[name])
    return read


def holds(check: Any, *given: Any) -> bool:
    """Whether a verifier is satisfied."""
    try:
        check(*given)
    except ProofInvalid:
        return False
    return True


def test_inclusion_is_refused_exactly_where_transparency_dev_refuses_it() -> None:
    found = cases("inclusion")
    assert len(found) == 98
    for case in found:
        args = (case["leafIdx"], case["treeSize"], case["leafHash"], case["proof"], case["root"])
        assert holds(verify_inclusion, *args) is not case["wantErr"], case["desc"]


def test_consistency_is_refused_exactly_where_transparency_dev_refuses_it() -> None:
    found = cases("consistency")
    assert len(found) == 98
    for case in found:
        args = (case["size1"], case["size2"], case["proof"], case["root1"], case["root2"])
        assert holds(verify_consistency, *args) is not case["wantErr"], case["desc"]


def test_the_reference_tree_of_transparency_dev_has_our_hashes() -> None:
    reference = json.loads(outside("transparency-dev-merkle", "rfc6962_reference_tree.json").read_bytes())
    leaves = [leaf_hash(bytes.fromhex(data)) for data in reference["leaf_inputs_hex"]]
    assert reference["empty_root"] == EMPTY_ROOT.hex()
    level = leaves
    for expected in reference["node_hashes_by_level"]:
        assert [one.hex() for one in level] == expected
        level = [node_hash(level[i], level[i + 1]) for i in range(0, len(level) - 1, 2)]
    log = HashesInMemory(leaves)
    roots = [root_of(log, size).hex() for size in range(1, 9)]
    assert roots == reference["root_hashes_size_1_to_8"]
