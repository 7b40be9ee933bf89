"""The tree's hashes in the database: tiles of 256.

Tile n of level l holds the hashes of the perfect subtrees of height 8l with indices from 256n on:
on level 0 those of the leaves. Only complete subtrees are stored, so a hash that is written never
changes, and only the last tile of a level still grows. What lies between two levels is computed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update

from tenprint.audit._schema import tiles
from tenprint.audit._tree import HASH, perfect_root
from tenprint.model import AuditError

HEIGHT = 8
WIDTH = 1 << HEIGHT

_GROW = (
    update(tiles)
    .where(tiles.c.level == bindparam("at_level"), tiles.c.number == bindparam("at_number"))
    .values(hashes=bindparam("new"))
)
_ONE = select(tiles.c.hashes).where(
    tiles.c.level == bindparam("at_level"), tiles.c.number == bindparam("at_number")
)


class Tiles:
    """Hashes of perfect subtrees, read tile by tile and kept for the length of one task."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._known: dict[tuple[int, int], bytes] = {}

    def tile(self, level: int, number: int) -> bytes:
        """One tile's hashes; as many as there are, none where there is no such tile."""
        key = (level, number)
        if key not in self._known:
            found = self._connection.execute(_ONE, {"at_level": level, "at_number": number})
            self._known[key] = bytes(found.scalar() or b"")
        return self._known[key]

    def node(self, height: int, index: int) -> bytes:
        """The hash of a perfect subtree.

        Raises
        ------
        AuditError
            If it isn't stored: the table is damaged.
        """
        level, above = divmod(height, HEIGHT)
        first, count = index << above, 1 << above
        start = first % WIDTH * HASH
        cut = self.tile(level, first // WIDTH)[start : start + count * HASH]
        if len(cut) != count * HASH:
            raise AuditError("A part of the tree is missing.", field="audit_tiles")
        return perfect_root([cut[at : at + HASH] for at in range(0, len(cut), HASH)])


def grow(connection: Connection, size: int, leaves: Sequence[bytes]) -> None:
    """Add the hashes of leaves to a tree of `size` leaves."""
    fresh: list[dict[str, Any]] = []
    grown: list[dict[str, Any]] = []
    level, count, adding = 0, size, list(leaves)
    while adding:
        number, filled = divmod(count, WIDTH)
        known = b""
        if filled:
            row = connection.execute(_ONE, {"at_level": level, "at_number": number}).scalar()
            known = bytes(row or b"")
            if len(known) != filled * HASH:
                raise AuditError("A part of the tree is missing.", field="audit_tiles")
        hashes = known + b"".join(adding)
        above = []
        for at in range(0, len(hashes), WIDTH * HASH):
            tile = hashes[at : at + WIDTH * HASH]
            if at == 0 and filled:
                grown.append({"at_level": level, "at_number": number, "new": tile})
            else:
                fresh.append({"level": level, "number": number, "hashes": tile})
            number += 1
            if len(tile) == WIDTH * HASH:
                above.append(perfect_root([tile[i : i + HASH] for i in range(0, len(tile), HASH)]))
        level, count, adding = level + 1, count // WIDTH, above
    if grown:
        connection.execute(_GROW, grown)
    if fresh:
        connection.execute(insert(tiles), fresh)
