"""Galleries by name: each is a bit of the store's mask."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable

from sqlalchemy import Connection, insert, select

from tenprint.desk._schema import galleries
from tenprint.model import ConflictError, InputError, NotFoundError

#: The gallery of people enrolled without any named.
DEFAULT = "default"

#: The store's mask has so many bits.
MOST = 31

#: The mask of all galleries.
ALL = 0xFFFFFFFF

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


class Galleries:
    """The names and their bits, in memory; thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._bits: dict[str, int] = {}

    def read(self, connection: Connection) -> None:
        """Read them from the table."""
        found = {row.name: row.bit for row in connection.execute(select(galleries))}
        with self._lock:
            self._bits = found

    def names(self) -> list[str]:
        """All names, in the order they were made."""
        with self._lock:
            return sorted(self._bits, key=lambda name: self._bits[name])

    def mask(self, names: Iterable[str], default: int) -> int:
        """The mask of some galleries; `default` for none.

        Raises
        ------
        NotFoundError
        """
        with self._lock:
            found = 0
            for name in names:
                if name not in self._bits:
                    raise NotFoundError("There is no such gallery.", field="gallery")
                found |= 1 << self._bits[name]
            return found or default

    def named(self, mask: int) -> tuple[str, ...]:
        """The names of a mask."""
        return tuple(name for name in self.names() if mask >> self._bits[name] & 1)

    @staticmethod
    def add(connection: Connection, name: str) -> None:
        """Make a gallery in the caller's transaction; `read` afterwards.

        Raises
        ------
        InputError, ConflictError
        """
        if not _NAME.fullmatch(name):
            raise InputError("A gallery's name has 1 to 100 letters, digits, .-_.", field="name")
        used = {row.name: row.bit for row in connection.execute(select(galleries))}
        if name in used:
            raise ConflictError("There is a gallery of this name.", field="name")
        if len(used) >= MOST:
            raise ConflictError(f"There are {MOST} galleries already.", field="name")
        free = next(bit for bit in range(MOST) if bit not in used.values())
        connection.execute(insert(galleries), {"name": name, "bit": free})
