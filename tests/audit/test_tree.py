"""Roots and proofs against RFC 6962's own recursive definitions."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenprint.audit import check_consistency, check_inclusion
from tenprint.audit._tree import (
    EMPTY,
    Edge,
    consistency_proof,
    inclusion_proof,
    perfect_root,
    range_root,
)


def leaf(number: int) -> bytes:
    return sha256(b"\x00" + str(number).encode()).digest()


def mth(leaves: list[bytes]) -> bytes:
    """MTH of RFC 6962, 2.1, over leaf hashes, as it is written there."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return sha256(b"\x01" + mth(leaves[:k]) + mth(leaves[k:])).digest()


def path(m: int, leaves: list[bytes]) -> list[bytes]:
    """PATH of RFC 6962, 2.1.1."""
    if len(leaves) == 1:
        return []
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    if m < k:
        return [*path(m, leaves[:k]), mth(leaves[k:])]
    return [*path(m - k, leaves[k:]), mth(leaves[:k])]


def subproof(m: int, leaves: list[bytes], whole: bool) -> list[bytes]:
    """SUBPROOF of RFC 6962, 2.1.2."""
    if m == len(leaves):
        return [] if whole else [mth(leaves)]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    if m <= k:
        return [*subproof(m, leaves[:k], whole), mth(leaves[k:])]
    return [*subproof(m - k, leaves[k:], False), mth(leaves[:k])]


class Slow:
    """Hashes of perfect subtrees, from the leaves."""

    def __init__(self, leaves: list[bytes]) -> None:
        self.leaves = leaves

    def node(self, height: int, index: int) -> bytes:
        cut = self.leaves[index << height : (index + 1) << height]
        assert len(cut) == 1 << height
        return perfect_root(cut)


@pytest.mark.parametrize("size", range(66))
def test_edge_and_ranges_give_the_root(size: int) -> None:
    leaves = [leaf(number) for number in range(size)]
    edge = Edge()
    for each in leaves:
        edge.add(each)
    assert edge.sound()
    assert edge.root() == mth(leaves) == range_root(Slow(leaves), 0, size)
    again = Edge(size, bytes(edge))
    again.add(leaf(size))
    assert again.root() == mth([*leaves, leaf(size)])


def test_the_empty_tree() -> None:
    assert EMPTY.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_known_roots_of_certificate_transparency() -> None:
    # The inputs of Certificate Transparency's own test of its tree, and the root it expects of 8.
    data = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657"]
    data.append("606162636465666768696a6b6c6d6e6f")
    edge = Edge()
    for each in data:
        edge.add(sha256(b"\x00" + bytes.fromhex(each)).digest())
    wanted = "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"
    assert edge.root().hex() == wanted


@given(st.integers(1, 300).flatmap(lambda n: st.tuples(st.integers(0, n - 1), st.just(n))))
def test_inclusion_proofs(where: tuple[int, int]) -> None:
    position, size = where
    leaves = [leaf(number) for number in range(size)]
    proof = inclusion_proof(Slow(leaves), position, size)
    root = mth(leaves)
    assert proof == path(position, leaves)
    assert check_inclusion(leaves[position], position, size, proof, root)
    assert not check_inclusion(leaf(-1), position, size, proof, root)
    assert not check_inclusion(leaves[position], position, size, [*proof, root], root)
    assert not check_inclusion(leaves[position], position + size, size, proof, root)
    if proof:
        assert not check_inclusion(leaves[position], position, size, proof[:-1], root)
        other = position ^ 1 if position ^ 1 < size else position - 1
        assert not check_inclusion(leaves[position], other, size, proof, root)


@given(st.integers(1, 300).flatmap(lambda n: st.tuples(st.integers(1, n), st.just(n))))
def test_consistency_proofs(where: tuple[int, int]) -> None:
    old, new = where
    leaves = [leaf(number) for number in range(new)]
    proof = consistency_proof(Slow(leaves), old, new)
    before, after = mth(leaves[:old]), mth(leaves)
    assert proof == subproof(old, leaves, True)
    assert check_consistency(old, before, new, after, proof)
    assert not check_consistency(old, leaf(-1), new, after, proof)
    assert not check_consistency(old, before, new, leaf(-1), proof)
    assert not check_consistency(old, before, new, after, [*proof, after])
    for at in range(len(proof)):
        wrong = [*proof[:at], leaf(-1), *proof[at + 1 :]]
        assert not check_consistency(old, before, new, after, wrong)


def test_consistency_with_the_empty_tree() -> None:
    assert check_consistency(0, EMPTY, 0, EMPTY, [])
    assert check_consistency(0, EMPTY, 5, leaf(1), [])
    assert not check_consistency(0, leaf(1), 5, leaf(1), [])
    assert not check_consistency(6, leaf(1), 5, leaf(1), [])
