"""Arrays that live in files: mapped, checked segment by segment, grown in place."""

from __future__ import annotations

import os
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tenprint.model import StoreError, StoreFormatError, StoreVersionError

#: Rows that share a checksum; a segment whose checksum is wrong is derived again from the truth.
SEGMENT = 8192

#: Bytes before the rows: magic, version, bytes a block and rows a block; a page, so that rows are
#: aligned.
HEADER = 4096

_MAGIC, _VERSION = b"TPXS", 1


class Column:
    """One array of the index: a fixed number of bytes for each block of rows.

    Not thread-safe for changes; readers keep the array they took, also when it grows meanwhile.
    """

    def __init__(self, path: Path | None, block_rows: int, block_bytes: int, fill: int) -> None:
        self._path, self._fill = path, fill
        self._block_rows, self._block_bytes = block_rows, block_bytes
        self.blocks = 0
        self.data: NDArray[np.uint8] = np.empty(0, np.uint8)
        if path is not None and path.exists():
            self._open(path)

    def _open(self, path: Path) -> None:
        with path.open("rb") as file:
            header = file.read(HEADER)
            size = os.fstat(file.fileno()).st_size
        if len(header) < HEADER or header[:4] != _MAGIC:
            raise StoreFormatError("This is no part of an index.", source=path)
        version, rows, width = (int.from_bytes(header[at : at + 4], "little") for at in (4, 8, 12))
        if version != _VERSION:
            raise StoreVersionError(f"The index is of version {version}.", source=path)
        if (rows, width) != (self._block_rows, self._block_bytes):
            raise StoreFormatError("A part of the index has another layout.", source=path)
        self.blocks = (size - HEADER) // width
        self._map()

    def _map(self) -> None:
        if self.blocks and self._path is not None:
            self.data = np.memmap(
                self._path, np.uint8, "r+", HEADER, self.blocks * self._block_bytes
            )

    def reserve(self, rows: int) -> None:
        """Make room for this many rows; new ones hold the fill value.

        Raises
        ------
        StoreError
            If the disk is full; nothing is changed then.
        """
        wanted = -(-rows // self._block_rows)
        if wanted <= self.blocks:
            return
        # A quarter more than needed, so that single enrolments seldom map the file anew.
        wanted = max(wanted + wanted // 4, SEGMENT // self._block_rows)
        old, size = self.blocks, wanted * self._block_bytes
        if self._path is None:
            grown = np.full(size, self._fill, np.uint8)
            grown[: len(self.data)] = self.data
            self.data, self.blocks = grown, wanted
            return
        try:
            with self._path.open("r+b" if self._path.exists() else "w+b") as file:
                if old == 0:
                    numbers = (_VERSION, self._block_rows, self._block_bytes)
                    head = _MAGIC + b"".join(n.to_bytes(4, "little") for n in numbers)
                    file.write(head.ljust(HEADER, b"\0"))
                # Takes the space now: writing to a mapped hole of a full disk would kill us.
                os.posix_fallocate(file.fileno(), 0, HEADER + size)
        except OSError as error:
            raise StoreError(
                f"The index cannot grow: {error.strerror}.",
                source=self._path,
                remedy="Make room on the disk; what is enrolled is safe.",
            ) from error
        self.blocks = wanted
        self._map()
        step = 64 << 20
        for at in range(old * self._block_bytes, size, step):
            self.data[at : min(at + step, size)] = self._fill

    def checksums(
        self, rows: int, segments: NDArray[np.integer] | None = None, threads: int = 2
    ) -> NDArray[np.uint32]:
        """The CRC-32 of each segment of the first `rows` rows, or of the segments named."""
        chosen = np.arange(-(-rows // SEGMENT)) if segments is None else segments
        width = SEGMENT // self._block_rows * self._block_bytes
        end = -(-rows // self._block_rows) * self._block_bytes

        def one(segment: int) -> int:
            return zlib.crc32(self.data[segment * width : min((segment + 1) * width, end)].data)

        if len(chosen) < 8:
            return np.array([one(int(s)) for s in chosen], np.uint32)
        with ThreadPoolExecutor(threads) as pool:
            return np.fromiter(pool.map(one, chosen.tolist(), chunksize=16), np.uint32, len(chosen))

    def flush(self) -> None:
        """Bring what was changed to the disk."""
        if isinstance(self.data, np.memmap):
            self.data.flush()
