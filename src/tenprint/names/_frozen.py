"""The index as a stream of bytes: taken while others go on, read again at the next start.

A line of JSON (what follows, and which code wrote it), then the bytes of each array in that order.
The reader trusts what it reads: whoever keeps the bytes must protect them, as `records` does.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tenprint.model import StoreFormatError, StoreVersionError
from tenprint.names._segment import Segment
from tenprint.names._vocabulary import FrozenWords

Write = Callable[[bytes], object]
Read = Callable[[int], bytes]

#: Bytes that are written or read at once.
_PIECE = 1 << 20

#: The longest first line.
_LINE = 1 << 20


@dataclass(frozen=True)
class Frozen:
    """All that an index holds, at one moment.

    Attributes
    ----------
    words : FrozenWords
    segments : list of Segment
        Nobody in them is dead.
    kinds : list of str
        Of identifiers.
    secret : bytes
        Under which identifiers are hashed.
    """

    words: FrozenWords
    segments: list[Segment]
    kinds: list[str]
    secret: bytes

    def write(self, write: Write) -> None:
        """Give all bytes to `write`, piece by piece."""
        words = self.words
        texts = np.frombuffer("\n".join(words.texts).encode(), np.uint8)
        first: dict[str, NDArray[Any]] = {
            "texts": texts, "counts": words.counts, "keys": words.keys, "numbers": words.numbers
        }  # fmt: skip
        groups = [first, *(each.arrays() for each in self.segments)]
        head = {
            "by": _code_mark(),
            "kinds": self.kinds,
            "secret": self.secret.hex(),
            "settled": words.settled,
            "words": len(words.texts),
            "groups": [
                [[name, each.dtype.str, len(each)] for name, each in group.items()]
                for group in groups
            ],
        }
        line = json.dumps(head).encode()
        write(len(line).to_bytes(4, "big") + line)
        for group in groups:
            for each in group.values():
                data = np.ascontiguousarray(each).view(np.uint8)
                for at in range(0, len(data), _PIECE):
                    write(data[at : at + _PIECE].tobytes())

    @classmethod
    def read(cls, read: Read) -> Frozen:
        """What was written; `read` gives as many bytes as it is asked for, fewer at the end only.

        Raises
        ------
        StoreVersionError
            If other code wrote it, which may fold names otherwise.
        StoreFormatError
            If it is cut off or no such stream.
        """
        length = int.from_bytes(_exactly(read, 4), "big")
        if length > _LINE:
            raise StoreFormatError("This is no index of names.")
        head = json.loads(_exactly(read, length))
        if head["by"] != _code_mark():
            raise StoreVersionError("The index of names was written by another version.")
        first, *segments = [
            {name: _array(read, np.dtype(kind), size) for name, kind, size in group}
            for group in head["groups"]
        ]
        texts = first["texts"].tobytes().decode().split("\n") if head["words"] else []
        if len(texts) != head["words"]:
            raise StoreFormatError("The index of names is damaged.")
        words = FrozenWords(
            texts, first["counts"], first["keys"], first["numbers"], head["settled"]
        )
        living = [Segment.of_arrays(each) for each in segments]
        return cls(words, living, head["kinds"], bytes.fromhex(head["secret"]))


def _array(read: Read, kind: np.dtype[Any], size: int) -> NDArray[Any]:
    found = np.empty(size, kind)
    data = found.view(np.uint8)
    for at in range(0, len(data), _PIECE):
        wanted = min(_PIECE, len(data) - at)
        data[at : at + wanted] = np.frombuffer(_exactly(read, wanted), np.uint8)
    return found


def _exactly(read: Read, size: int) -> bytes:
    data = read(size)
    if len(data) != size:
        raise StoreFormatError("The index of names is cut off.")
    return data


@cache
def _code_mark() -> str:
    """Changes whenever this room's code does: what names are folded to may have changed with it."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()
