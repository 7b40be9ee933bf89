"""Lists of people by a number: sorted arrays that are never changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.int32]
Keys = NDArray[Any]  # uint32 or uint64

_NONE: Rows = np.empty(0, np.int32)


class Postings:
    """For each key the rows that have it, in order.

    Where keys repeat a lot each is kept once with a start; otherwise once for each row.
    """

    __slots__ = ("_starts", "keys", "rows")

    keys: Keys
    rows: Rows
    _starts: NDArray[np.uint32] | None

    def __init__(self, keys: Keys, rows: Rows) -> None:
        """Take pairs in any order; equal pairs become one."""
        order = np.lexsort((rows, keys))
        keys, rows = keys[order], rows[order]
        if len(keys):
            new = np.empty(len(keys), bool)
            new[0] = True
            np.not_equal(keys[1:], keys[:-1], out=new[1:])
            new[1:] |= rows[1:] != rows[:-1]
            keys, rows = keys[new], rows[new]
        self.rows = np.ascontiguousarray(rows)
        first = np.empty(len(keys), bool)
        first[:1] = True
        np.not_equal(keys[1:], keys[:-1], out=first[1:])
        at = np.flatnonzero(first)
        self._starts = None
        if len(at) * 2 < len(keys):
            self.keys = keys[at]
            self._starts = np.append(at, len(keys)).astype(np.uint32)
        else:
            self.keys = np.ascontiguousarray(keys)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """All it consists of; `of_arrays` takes it back."""
        found: dict[str, NDArray[Any]] = {"keys": self.keys, "rows": self.rows}
        return found if self._starts is None else found | {"starts": self._starts}

    @classmethod
    def of_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Postings:
        """What `arrays` gave, without sorting it again."""
        found = cls.__new__(cls)
        found.keys, found.rows = arrays["keys"], arrays["rows"]
        found._starts = arrays.get("starts")
        return found

    @property
    def nbytes(self) -> int:
        """Memory taken."""
        starts = 0 if self._starts is None else self._starts.nbytes
        return int(self.keys.nbytes + self.rows.nbytes + starts)

    def pairs(self) -> tuple[Keys, Rows]:
        """All keys and rows, a pair each."""
        if self._starts is None:
            return self.keys, self.rows
        return np.repeat(self.keys, np.diff(self._starts)), self.rows

    @property
    def packed(self) -> tuple[Keys, NDArray[np.uint32] | None, Rows]:
        """Keys, starts and rows as the kernels take them; keys of 32 bits."""
        return self.keys, self._starts, self.rows

    def of(self, key: int) -> Rows:
        """The rows of one key."""
        return self.many(np.array([key], self.keys.dtype))[0]

    def many(self, keys: Keys) -> list[Rows]:
        """The rows of each of several keys."""
        if not len(self.keys):
            return [_NONE] * len(keys)
        left = np.searchsorted(self.keys, keys)
        if self._starts is None:
            ends = np.searchsorted(self.keys, keys, side="right")
            return [self.rows[a:b] for a, b in zip(left.tolist(), ends.tolist(), strict=True)]
        last = len(self.keys) - 1
        inside = np.minimum(left, last)
        hit = self.keys[inside] == keys
        begin = self._starts[inside]
        end = np.where(hit, self._starts[inside + 1], begin)
        return [self.rows[a:b] for a, b in zip(begin.tolist(), end.tolist(), strict=True)]

    def between(self, low: int, high: int) -> Rows:
        """The rows of all keys from `low` to `high`, both included."""
        kind = self.keys.dtype.type
        left = int(np.searchsorted(self.keys, kind(low)))
        right = int(np.searchsorted(self.keys, kind(high), side="right"))
        if self._starts is None:
            return self.rows[left:right]
        return self.rows[int(self._starts[left]) : int(self._starts[right])]


def merged(parts: list[tuple[Postings, Rows]], kind: type[np.unsignedinteger[Any]]) -> Postings:
    """Several postings as one; each comes with its rows' new numbers, -1 for those left out."""
    keys: list[Keys] = [np.empty(0, kind)]
    rows: list[Rows] = [_NONE]
    for postings, renumbered in parts:
        old_keys, old_rows = postings.pairs()
        new = renumbered[old_rows]
        kept = new >= 0
        keys.append(old_keys[kept])
        rows.append(new[kept])
    return Postings(np.concatenate(keys), np.concatenate(rows))
