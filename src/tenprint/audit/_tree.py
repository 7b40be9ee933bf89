"""The hash tree of RFC 6962, section 2.1: roots and proofs, without a database.

``D[a:b]`` below are the leaves from position a up to, not including, b. A *perfect* subtree has
2**height leaves and is named by its height and its index among those of that height.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import Protocol

from tenprint.audit._commitment import node_hash

HASH = 32

#: The root of the empty tree.
EMPTY = sha256(b"").digest()


class Nodes(Protocol):
    """Where hashes of perfect subtrees come from."""

    def node(self, height: int, index: int) -> bytes:
        """The hash of one perfect subtree."""


class Edge:
    """The right edge of a tree that grows: the hashes of the perfect subtrees it consists of.

    With it leaves can be added, and the root told, without the leaves before (at most 64 hashes).

    Attributes
    ----------
    size : int
        How many leaves.
    hashes : list of bytes
        Largest subtree first, one for each bit of `size`.
    """

    __slots__ = ("hashes", "size")

    def __init__(self, size: int = 0, hashes: bytes = b"") -> None:
        self.size = size
        self.hashes = [hashes[at : at + HASH] for at in range(0, len(hashes), HASH)]

    def add(self, leaf: bytes) -> None:
        """Add the hash of one more leaf."""
        hashes, size = self.hashes, self.size
        while size & 1:
            leaf = sha256(b"\x01" + hashes.pop() + leaf).digest()
            size >>= 1
        hashes.append(leaf)
        self.size += 1

    def root(self) -> bytes:
        """The root of the tree."""
        return fold(self.hashes)

    def sound(self) -> bool:
        """Whether there are as many hashes as the size has bits."""
        whole = all(len(each) == HASH for each in self.hashes)
        return whole and self.size >= 0 and len(self.hashes) == self.size.bit_count()

    def __bytes__(self) -> bytes:
        return b"".join(self.hashes)


def fold(hashes: Sequence[bytes]) -> bytes:
    """The root over perfect subtrees in descending size."""
    if not hashes:
        return EMPTY
    root = hashes[-1]
    for left in reversed(hashes[:-1]):
        root = node_hash(left, root)
    return root


def perfect_root(hashes: Sequence[bytes]) -> bytes:
    """The root over hashes of subtrees of one height; their number is a power of two."""
    level = list(hashes)
    while len(level) > 1:
        level = [
            sha256(b"\x01" + level[at] + level[at + 1]).digest() for at in range(0, len(level), 2)
        ]
    return level[0]


def range_root(nodes: Nodes, start: int, stop: int) -> bytes:
    """The root of ``D[start:stop]``, where `start` is a multiple of the next power of two."""
    found = []
    at = start
    for height in reversed(range((stop - start).bit_length())):
        if (stop - start) >> height & 1:
            found.append(nodes.node(height, at >> height))
            at += 1 << height
    return fold(found)


def inclusion_proof(nodes: Nodes, position: int, size: int) -> list[bytes]:
    """PATH(position, D[size]): the hashes beside the way from a leaf up to the root."""
    path: list[bytes] = []
    start, stop = 0, size
    while stop - start > 1:
        middle = start + _split(stop - start)
        if position < middle:
            path.append(range_root(nodes, middle, stop))
            stop = middle
        else:
            path.append(range_root(nodes, start, middle))
            start = middle
    path.reverse()
    return path


def consistency_proof(nodes: Nodes, old: int, new: int) -> list[bytes]:
    """PROOF(old, D[new]): what shows that the old tree is a beginning of the new one."""
    if old in (0, new):
        return []
    path: list[bytes] = []
    start, stop, whole = 0, new, True
    while old != stop:
        middle = start + _split(stop - start)
        if old <= middle:
            path.append(range_root(nodes, middle, stop))
            stop = middle
        else:
            path.append(range_root(nodes, start, middle))
            start, whole = middle, False
    if not whole:
        path.append(range_root(nodes, start, stop))
    path.reverse()
    return path


def _split(size: int) -> int:
    """The largest power of two below `size`."""
    return 1 << ((size - 1).bit_length() - 1)


def check_inclusion(
    leaf: bytes, position: int, size: int, proof: Iterable[bytes], root: bytes
) -> bool:
    """Whether a leaf's hash stands at a position of the tree with this size and root.

    RFC 9162, section 2.1.3.2. Needs nothing but its arguments.
    """
    if not 0 <= position < size:
        return False
    index, last, found = position, size - 1, leaf
    for beside in proof:
        if last == 0 or len(beside) != HASH:
            return False
        if index & 1 or index == last:
            found = node_hash(beside, found)
            while not index & 1 and index:
                index >>= 1
                last >>= 1
        else:
            found = node_hash(found, beside)
        index >>= 1
        last >>= 1
    return last == 0 and found == root


def check_consistency(
    old_size: int, old_root: bytes, new_size: int, new_root: bytes, proof: Sequence[bytes]
) -> bool:
    """Whether a tree is the continuation of an older one.

    RFC 9162, section 2.1.4.2. Needs nothing but its arguments.
    """
    if not 0 <= old_size <= new_size or any(len(each) != HASH for each in proof):
        return False
    if old_size == 0:
        return not proof and old_root == EMPTY and (new_size > 0 or new_root == EMPTY)
    if old_size == new_size:
        return not proof and old_root == new_root
    path = list(proof)
    if old_size & (old_size - 1) == 0:
        path.insert(0, old_root)
    if not path:
        return False
    index, last = old_size - 1, new_size - 1
    while index & 1:
        index >>= 1
        last >>= 1
    old_found = new_found = path[0]
    for beside in path[1:]:
        if last == 0:
            return False
        if index & 1 or index == last:
            old_found = node_hash(beside, old_found)
            new_found = node_hash(beside, new_found)
            while not index & 1 and index:
                index >>= 1
                last >>= 1
        else:
            new_found = node_hash(new_found, beside)
        index >>= 1
        last >>= 1
    return last == 0 and old_found == old_root and new_found == new_root
