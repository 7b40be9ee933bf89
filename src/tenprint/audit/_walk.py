"""The walk over all leaves that verifying is."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Connection, text

from tenprint.audit._commitment import commit, leaf_hash, seal
from tenprint.audit._event import EventKind
from tenprint.audit._report import Report
from tenprint.audit._tiles import WIDTH
from tenprint.audit._tree import EMPTY, HASH, Edge, perfect_root

_CHUNK = 5000

# Plain text, without types: what somebody has written there may be of any type.
_ENTRY = """e.time, e.kind, e.agency, e.actor, e.purpose, e.klass, e.outcome, e.salt, e.sealed,
e.subject, e.transaction_id, e.detail, e.personal_salt"""
_LEAVES = text(
    f"SELECT l.position, l.id, l.commitment, {_ENTRY} FROM audit_leaves l"  # noqa: S608
    " LEFT JOIN audit_entries e ON e.id = l.id WHERE l.position >= :first AND l.position < :stop"
    " ORDER BY l.position LIMIT :most"
)
_WAITING = text(
    f"SELECT q.number, q.id, q.commitment, {_ENTRY}, q.agency AS queued, q.counted"  # noqa: S608
    " FROM audit_queue q LEFT JOIN audit_entries e ON e.id = q.id WHERE q.number > :after"
    " ORDER BY q.number LIMIT :most"
)
_ADDED = text(
    "SELECT count(*) FROM audit_entries e"
    " WHERE NOT EXISTS (SELECT 1 FROM audit_leaves l WHERE l.id = e.id)"
    " AND NOT EXISTS (SELECT 1 FROM audit_queue q WHERE q.id = e.id)"
)
_TILE = text("SELECT hashes FROM audit_tiles WHERE level = :level AND number = :number")
_COUNTS = text(
    "SELECT (SELECT count(*) FROM audit_tiles), (SELECT count(*) FROM audit_leaves),"
    " (SELECT count(*) FROM audit_state)"
)
_AGENCIES = text("SELECT agency, size, edge, head_size FROM audit_agencies ORDER BY agency")

_ODD = (TypeError, ValueError, AttributeError)  # a value of another type than was ever written


class Walk:
    """One pass over the log.

    Attributes
    ----------
    roots : dict of int to bytes
        The root at each size that was asked for.
    position : int
        How far it has come.
    """

    def __init__(self, connection: Connection, report: Report, wanted: Mapping[int, bytes]) -> None:
        self.roots: dict[int, bytes] = {0: EMPTY}
        self.position = 0
        self._connection = connection
        self._report = report
        self._wanted = wanted
        self._tree = Edge()
        self._levels: list[list[bytes]] = [[]]
        self._tiles = [0]  # those complete, by level
        self._agencies: dict[str, Edge] = {}
        self._heads: dict[str, int] = {}

    def check(self, progress: Callable[[int, int], None] | None) -> None:
        """Check everything that is in the tables."""
        size = self._report.size
        while self.position < size:
            values = {"first": self.position, "stop": size, "most": _CHUNK}
            rows = self._connection.execute(_LEAVES, values).all()
            if not rows:
                break
            for row in rows:
                self._leaf(row)
            if progress is not None:
                progress(min(self.position, size), size)
        if self.position < size:
            self._report.found("leaf-missing", self.position, "Leaves are cut off from here.")
        self._last_tiles()
        self._counts()
        self._sub_trees()
        self._queue()
        if self._report.erased > self._report.erased_logged:
            self._report.found(
                "erased-unlogged", None, "More entries are erased than the log accounts for."
            )

    def _leaf(self, row: Any) -> None:
        if row.position != self.position:
            self._report.found("leaf-missing", self.position, "Leaves are missing from here.")
            self.position = row.position
        at = self.position
        try:
            leaf = leaf_hash(row.id, row.commitment)
            whole = len(row.id) == 16 and len(row.commitment) == HASH
        except _ODD:
            leaf, whole = bytes(HASH), False
        if not whole:
            self._report.found("leaf-changed", at, "This is no leaf.")
        self._tree.add(leaf)
        self._tile(0, leaf)
        self.position += 1
        if self._tree.size in self._wanted:
            self.roots[self._tree.size] = self._tree.root()
        if row.kind is None and row.salt is None:
            self._report.found("entry-missing", at, "The entry of this leaf is missing.")
        elif self._entry(row, at):
            self._follow(row, at, leaf)

    def _entry(self, row: Any, at: int) -> bool:
        """Whether an entry is what its leaf says."""
        try:
            right, erased = _matches(row)
        except _ODD:
            right, erased = False, False
        if not right:
            self._report.found("entry-changed", at, "The entry is not what was logged.")
        elif erased:
            self._report.erased += 1
        else:
            self._report.readable += 1
        return right

    def _follow(self, row: Any, at: int, leaf: bytes) -> None:
        """What a sound entry means for what is checked later."""
        edge = self._agencies.get(row.agency)
        if row.kind == EventKind.AGENCY_HEAD:
            edge = Edge() if edge is None else edge
            said = _detail(row)
            self._report.heads += 1
            if said != {"root": edge.root().hex(), "size": str(edge.size)}:
                self._report.found("head-differs", at, "An agency's sub-tree is told wrongly.")
            self._heads[row.agency] = edge.size
            return
        if edge is None:
            edge = self._agencies[row.agency] = Edge()
        edge.add(leaf)
        if row.kind == EventKind.RESTORED:
            self._report.restored.append(at)
        elif row.kind == EventKind.ERASED:
            number = _detail(row).get("entries", "0")
            self._report.erased_logged += int(number) if number.isdecimal() else 0

    def _tile(self, level: int, hashed: bytes) -> None:
        """Add a hash to the last tile of a level, and compare the tile when it is full."""
        if level == len(self._levels):
            self._levels.append([])
            self._tiles.append(0)
        filling = self._levels[level]
        filling.append(hashed)
        if len(filling) == WIDTH:
            self._compare(level)
            above = perfect_root(filling)
            self._levels[level] = []
            self._tiles[level] += 1
            self._tile(level + 1, above)

    def _compare(self, level: int) -> None:
        number = self._tiles[level]
        found = self._connection.execute(_TILE, {"level": level, "number": number}).scalar()
        if found != b"".join(self._levels[level]):
            self._report.found(
                "hashes-differ",
                number * WIDTH << 8 * level,
                f"Stored hashes of level {level} are not those of the leaves.",
            )

    def _last_tiles(self) -> None:
        for level, filling in enumerate(self._levels):
            if filling:
                self._compare(level)
                self._tiles[level] += 1

    def _counts(self) -> None:
        tiles, leaves, notes = self._connection.execute(_COUNTS).one()
        if tiles != sum(self._tiles):
            self._report.found("hashes-differ", None, "There are more or fewer stored hashes.")
        if leaves != self._tree.size or leaves > self._report.size:
            self._report.found("leaf-beyond", None, "There are leaves outside the tree.")
        if notes not in (0, 2):
            self._report.found("state", None, "The log's state has other rows than it should.")
        added = self._connection.execute(_ADDED).scalar()
        if added:
            self._report.found("entry-added", None, f"{added} entries have no leaf.")

    def _sub_trees(self) -> None:
        """The stored sub-trees against those computed."""
        missing = dict(self._agencies)
        for row in self._connection.execute(_AGENCIES):
            edge = missing.pop(row.agency, Edge())
            head = self._heads.get(row.agency, 0)
            if (row.size, row.edge, row.head_size) != (edge.size, bytes(edge), head):
                self._report.found("agency-differs", None, "A stored sub-tree is another.")
        for _ in missing:
            self._report.found("agency-differs", None, "A stored sub-tree is missing.")

    def _queue(self) -> None:
        after = -(2**62)
        while True:
            rows = self._connection.execute(_WAITING, {"after": after, "most": _CHUNK}).all()
            for row in rows:
                self._report.waiting += 1
                try:
                    right, _ = _matches(row)
                except _ODD:
                    right = False
                if not right or row.queued != row.agency or row.counted not in (1, True):
                    self._report.found("waiting-changed", None, "A waiting leaf was changed.")
            if len(rows) < _CHUNK:
                return
            after = rows[-1].number


def _matches(row: Any) -> tuple[bool, bool]:
    """Whether an entry is what its leaf says, and whether its personal side is erased."""
    personal = (row.subject, row.transaction_id, row.detail, row.personal_salt)
    erased = all(each is None for each in personal)
    if not erased:
        sealed = seal(row.personal_salt, row.subject, row.transaction_id, row.detail)
        if len(row.personal_salt) != 16 or sealed != row.sealed:
            return False, False
    frame = (row.time, row.kind, row.agency, row.actor, row.purpose, row.klass, row.outcome)
    right = len(row.salt) == 16 and commit(row.salt, row.sealed, *frame) == row.commitment
    return right, erased


def _detail(row: Any) -> dict[str, str]:
    try:
        found = json.loads(row.detail or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
