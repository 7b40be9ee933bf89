"""Keys in pieces that one query can hold."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")

#: Keys in one query; SQLite before 3.32 takes at most 999 values.
_KEYS = 500


def in_pieces(keys: Sequence[T], most: int = _KEYS) -> Iterator[Sequence[T]]:
    """All keys, `most` at a time, in their order."""
    for start in range(0, len(keys), most):
        yield keys[start : start + most]
