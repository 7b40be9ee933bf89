"""Proofs from the stored tree: that a leaf is in it, that it only grew."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, select

from tenprint.audit._commitment import leaf_hash
from tenprint.audit._log import read_state, tree_root
from tenprint.audit._schema import leaves
from tenprint.audit._tiles import Tiles
from tenprint.audit._tree import consistency_proof, inclusion_proof
from tenprint.audit._usage import parse_id
from tenprint.model import InputError, NotFoundError


@dataclass(frozen=True, slots=True)
class InclusionProof:
    """That a leaf stands in the tree of `size` leaves; `check_inclusion` checks it.

    Attributes
    ----------
    position : int
        From 0.
    leaf : bytes
        The leaf's hash.
    path : list of bytes
        Lowest first.
    """

    position: int
    size: int
    leaf: bytes
    path: list[bytes]


def prove_inclusion(connection: Connection, entry: str, size: int | None = None) -> InclusionProof:
    """Prove that an entry's leaf is in the tree. Reads one leaf and some ten rows of hashes.

    Parameters
    ----------
    entry : str
        The id that `append` gave.
    size : int, optional
        Of which tree, such as a checkpoint's; default: the present one.

    Raises
    ------
    NotFoundError
        If there is no such leaf in that tree (yet).
    InputError
        If the tree was never that large.
    """
    size = _known_size(connection, size)
    query = select(leaves).where(leaves.c.id == parse_id(entry), leaves.c.position < size)
    row = connection.execute(query).one_or_none()
    if row is None:
        raise NotFoundError("There is no such leaf in the tree.", field="entry")
    path = inclusion_proof(Tiles(connection), row.position, size)
    return InclusionProof(row.position, size, leaf_hash(row.id, row.commitment), path)


def prove_consistency(connection: Connection, old: int, new: int | None = None) -> list[bytes]:
    """Prove that the tree of `new` leaves begins with that of `old`; `check_consistency` checks it.

    Raises
    ------
    InputError
        If the tree was never that large, or `old` is larger than `new`.
    """
    new = _known_size(connection, new)
    if not 0 <= old <= new:
        raise InputError("The older tree must be the smaller one.", field="old")
    return consistency_proof(Tiles(connection), old, new)


def root_at(connection: Connection, size: int | None = None) -> tuple[int, bytes]:
    """Size and root of the tree, as it is or as it was at `size` leaves.

    Raises
    ------
    InputError
        If the tree was never that large.
    """
    size = _known_size(connection, size)
    return size, tree_root(connection, size)


def _known_size(connection: Connection, size: int | None) -> int:
    _, present = read_state(connection)
    if size is None:
        return present
    if not 0 <= size <= present:
        raise InputError("The tree was never that large.", field="size")
    return size
