"""The code matrix: what a search reads of everybody, derived from the truth.

Row = the person's number less one, so that no map is needed. A plane a finger position holds the
codes in blocks of sixteen people (see native/scan/scan.h); beside them lie each person's galleries,
status and the qualities of the ten fingers. In files, each column is mapped, and every segment of
8192 rows has a checksum. Nothing here is the truth: a segment that is damaged, or was being written
when the machine stopped, is derived again.
"""

from __future__ import annotations

import fcntl
import os
import struct
import threading
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tenprint._native import scan_codes
from tenprint.gallery._code import ABSENT_CODE, CODE_BYTES
from tenprint.gallery._segments import SEGMENT, Column
from tenprint.model import StoreBusyError, StoreError

#: Positions that have a plane: unknown and the ten fingers.
POSITIONS = 11

#: Bits of the status column, as `tenprint.store.PersonStatus`; what a search looks at by default.
ACTIVE = 1 << 0

_LANES = 16
_STATE = struct.Struct("<4sIqqIIII")
_STATE_MAGIC, _STATE_VERSION = b"TPXI", 1


@dataclass(frozen=True, eq=False)
class Rows:
    """Rows to be written.

    Attributes
    ----------
    rows : ndarray of int64, (n,)
    codes : ndarray of uint8, (n, 11, 24)
        By position; 0xFF where there is no finger.
    qualities : ndarray of uint8, (n, 11)
        0-100 by position.
    galleries : ndarray of uint32, (n,)
    status : ndarray of uint8, (n,)
    """

    rows: NDArray[np.int64]
    codes: NDArray[np.uint8]
    qualities: NDArray[np.uint8]
    galleries: NDArray[np.uint32]
    status: NDArray[np.uint8]


class CodeMatrix:
    """The columns, and how far they have followed the truth.

    One thread changes it at a time; any number search meanwhile, each over the rows there were
    when it began. A folder belongs to one process.

    Parameters
    ----------
    folder : Path or None
        Where the files are; None keeps everything in memory.
    code : int
        `CodeParameters.name` of the codes: an index of others is thrown away.
    store : int
        A number of the truth it follows, 0 to 2**32 - 1: so is an index of another one.

    Raises
    ------
    StoreBusyError
        If another process has the folder open.
    StoreError
        If the folder cannot be written.
    """

    def __init__(self, folder: Path | None, code: int, store: int = 0) -> None:
        self.folder, self.code, self.store = folder, code, store
        self.change, self.rows = 0, 0
        #: Segments whose checksums were wrong when opened, to be derived again.
        self.damaged: list[int] = []
        #: Why an index that was there could not be used, for people.
        self.discarded = ""
        self._lock: int | None = None
        self._sums: dict[str, NDArray[np.uint32]] = {}
        # Held for the moment in which columns are exchanged, or taken by a search.
        self._exchange = threading.Lock()
        if folder is not None:
            self._take(folder)
        try:
            self._open()
        except (StoreError, OSError) as error:
            self._discard(str(error))

    def _column(self, name: str) -> Column:
        path = None if self.folder is None else self.folder / f"{name}.tpx"
        if name.startswith("plane"):
            return Column(path, _LANES, _LANES * CODE_BYTES, 0xFF)
        width = {"galleries": 4, "status": 1, "quality": 5}[name]
        return Column(path, 1, width, 0)

    def _take(self, folder: Path) -> None:
        try:
            folder.mkdir(exist_ok=True)
            lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise StoreError(
                f"The index cannot be written: {error.strerror}.", source=folder
            ) from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            owner = os.read(lock, 20).decode(errors="replace").strip() or "unknown"
            os.close(lock)
            raise StoreBusyError(
                f"Another process (number {owner}) has the gallery open.",
                source=folder,
                remedy="One process owns a gallery's index: close the other, or ask it.",
            ) from None
        os.ftruncate(lock, 0)
        os.pwrite(lock, str(os.getpid()).encode(), 0)
        self._lock = lock

    def _open(self) -> None:
        self.planes: list[Column | None] = []
        if self.folder is None:
            self._start()
            return
        state = self.folder / "state.tpx"
        if not state.exists():
            # Columns without a state may hold anything: a crash came before the first checkpoint.
            self._discard("The index was never finished." if any(self._files()) else "")
            return
        data = state.read_bytes()
        if len(data) < _STATE.size or zlib.crc32(data[:-4]) != int.from_bytes(data[-4:], "little"):
            raise StoreError("The index's state is damaged.")
        magic, version, change, rows, code, columns, segments, store = _STATE.unpack_from(data)
        if magic != _STATE_MAGIC or version != _STATE_VERSION:
            raise StoreError("The index is of another version.")
        if code != self.code:
            raise StoreError("The index holds codes of other parameters.")
        if store != self.store:
            raise StoreError("The index is of another store.")
        at = _STATE.size
        sums = np.frombuffer(data, "<u4", columns * segments, at + 16 * columns)
        for c in range(columns):
            name = data[at + 16 * c : at + 16 * c + 16].rstrip(b"\0").decode()
            self._sums[name] = sums[c * segments : (c + 1) * segments].copy()
        self.galleries, self.status, self.quality = map(
            self._column, ("galleries", "status", "quality")
        )
        self.planes = [
            self._column(f"plane{p:02}") if f"plane{p:02}" in self._sums else None
            for p in range(POSITIONS)
        ]
        wrong: set[int] = set()
        for name, column in self._columns():
            if column.blocks * (_LANES if name.startswith("plane") else 1) < rows:
                raise StoreError("A part of the index is cut off.")
            found = column.checksums(rows)
            wrong.update(np.flatnonzero(found != self._sums[name][: len(found)]).tolist())
        self.change, self.rows, self.damaged = change, rows, sorted(wrong)

    def _start(self) -> None:
        columns = [self._column(name) for name in ("galleries", "status", "quality")]
        with self._exchange:
            self.galleries, self.status, self.quality = columns
            self.planes = [None] * POSITIONS
            self._sums = {}
            self.change = self.rows = 0

    def _files(self) -> list[Path]:
        return [] if self.folder is None else sorted(self.folder.glob("*.tpx"))

    def _columns(self) -> list[tuple[str, Column]]:
        named = [(f"plane{p:02}", plane) for p, plane in enumerate(self.planes) if plane]
        return [*named, ("galleries", self.galleries), ("status", self.status),
                ("quality", self.quality)]  # fmt: skip

    def _discard(self, reason: str) -> None:
        """Throw the files away: the truth has everything."""
        self.discarded, self.damaged = reason, []
        try:
            for path in self._files():
                path.unlink()
            self._start()
        except OSError as error:
            self._release()
            raise StoreError(
                f"The index cannot be written: {error.strerror}.", source=self.folder
            ) from error

    def clear(self) -> None:
        """Empty it, to be derived from the truth as a whole."""
        self._discard("")

    def write(self, new: Rows) -> None:
        """Put rows in their places; rows between the old end and the new ones are nobody's.

        Raises
        ------
        StoreError
            If the disk is full; the rows before stay.
        """
        if not len(new.rows):
            return
        end = max(self.rows, int(new.rows.max()) + 1)
        present = (new.codes != 0xFF).any(axis=(0, 2))
        for column in (self.galleries, self.status, self.quality):
            column.reserve(end)
        planes = list(self.planes)
        for position in range(POSITIONS):
            if present[position] and planes[position] is None:
                planes[position] = self._new_plane(position)
            if plane := planes[position]:
                plane.reserve(end)
        self.planes = planes  # only now that all have room: searches go on meanwhile
        block, lane = new.rows // _LANES, new.rows % _LANES
        for position, plane in enumerate(self.planes):
            if plane:
                plane.data.reshape(-1, CODE_BYTES, _LANES)[block, :, lane] = new.codes[:, position]
        self.galleries.data.view("<u4")[new.rows] = new.galleries
        quality = np.where(
            (new.codes[:, 1:] != 0xFF).any(2), 1 + new.qualities[:, 1:].astype(int) * 14 // 100, 0
        )
        packed = (quality[:, 0::2] | quality[:, 1::2] << 4).astype(np.uint8)
        self.quality.data.reshape(-1, 5)[new.rows] = packed
        if end > self.rows:
            self.status.data[self.rows : end] = 3  # nobody, unless written next
        self.status.data[new.rows] = new.status
        # No others: the checksum of a damaged segment stays wrong until it is derived again.
        grown = range(self.rows // SEGMENT, -(-end // SEGMENT)) if end > self.rows else ()
        touched = np.union1d(new.rows // SEGMENT, np.array(grown, np.int64))
        self.rows = end
        self._sum(touched)

    def _new_plane(self, position: int) -> Column:
        """A plane that nobody had so far; a file that a crash left behind is not looked at."""
        name = f"plane{position:02}"
        if self.folder is not None:
            (self.folder / f"{name}.tpx").unlink(missing_ok=True)
        return self._column(name)

    def _sum(self, segments: NDArray[np.integer]) -> None:
        if self.folder is None:
            return
        count = -(-self.rows // SEGMENT)
        for name, column in self._columns():
            sums = self._sums.get(name, np.empty(0, np.uint32))
            if len(sums) < count:
                fresh = np.arange(len(sums), count)
                sums = np.concatenate([sums, np.zeros(count - len(sums), np.uint32)])
                wanted = np.union1d(segments, fresh)
            else:
                wanted = segments
            sums[wanted] = column.checksums(self.rows, wanted)
            self._sums[name] = sums

    def checkpoint(self) -> None:
        """Bring everything to the disk, then say how far it goes.

        Only what was on disk before is vouched for by the state: after a power cut some segments
        may be newer than it says, and their checksums wrong; they are derived again.
        """
        if self.folder is None:
            return
        named = self._columns()
        for _, column in named:
            column.flush()
        segments = -(-self.rows // SEGMENT)
        body = _STATE.pack(_STATE_MAGIC, _STATE_VERSION, self.change, self.rows, self.code,
                           len(named), segments, self.store)  # fmt: skip
        body += b"".join(name.encode().ljust(16, b"\0") for name, _ in named)
        none = np.zeros(segments, np.uint32)
        body += b"".join(self._sums.get(name, none)[:segments].tobytes() for name, _ in named)
        body += zlib.crc32(body).to_bytes(4, "little")
        path = self.folder / "state.tpx"
        draft = path.with_suffix(".new")
        try:
            with draft.open("wb") as file:
                file.write(body)
                file.flush()
                os.fsync(file.fileno())
            draft.replace(path)
        except OSError as error:
            raise StoreError(
                f"The index's state cannot be written: {error.strerror}.", source=path
            ) from error

    def scan(
        self,
        queries: Sequence[tuple[list[int], NDArray[np.uint8]]],
        k: Sequence[int] | int,
        *,
        galleries: int = 0xFFFFFFFF,
        statuses: int = ACTIVE,
        threads: int = 1,
        early: Sequence[tuple[int, int] | None] | None = None,
    ) -> list[tuple[NDArray[np.int64], NDArray[np.uint16]]]:
        """The best k rows of each query, best first, all in one pass.

        A query names planes and brings a table (48, 16) for each; planes nobody has are left out,
        and a query with none left finds nobody. `k` is one number for all, or one for each. Where
        `early` has (planes, people) for a query, everybody is scored by its first planes only, and
        so many of the best by all.
        """
        with self._exchange:
            rows, galleries_of, status_of = self.rows, self.galleries.data, self.status.data
            planes = [plane.data if plane else None for plane in self.planes]
        wanted = [k] * len(queries) if isinstance(k, int) else list(k)
        asked: list[tuple[list[int], NDArray[np.uint8]]] = []
        most: list[int] = []
        firsts: list[tuple[int, int]] = []
        for q, (positions, tables) in enumerate(queries):
            kept = [n for n, p in enumerate(positions) if planes[p] is not None]
            if not kept:
                continue
            asked.append(([positions[n] for n in kept], np.ascontiguousarray(tables[kept])))
            most.append(wanted[q])
            planned = early[q] if early else None
            first = sum(n < planned[0] for n in kept) if planned else 0
            keep = max(planned[1], wanted[q]) if planned else wanted[q]
            firsts.append((first or len(kept), keep))
        used = sorted({p for positions, _ in asked for p in positions})
        if rows == 0 or not asked:
            return [(np.empty(0, np.int64), np.empty(0, np.uint16)) for _ in queries]
        place = {p: n for n, p in enumerate(used)}
        found = iter(
            scan_codes(
                [plane for p in used if (plane := planes[p]) is not None],
                [([place[p] for p in positions], tables) for positions, tables in asked],
                rows,
                most,
                galleries_of.view("<u4"),
                status_of,
                galleries,
                statuses,
                threads,
                firsts,
            )
        )
        empty = (np.empty(0, np.int64), np.empty(0, np.uint16))
        there = [any(planes[p] is not None for p in positions) for positions, _ in queries]
        return [next(found) if some else empty for some in there]

    def bytes_per_person(self) -> float:
        """Memory that a search may read, by person."""
        used = sum(
            CODE_BYTES if name.startswith("plane") else column.data.nbytes // column.blocks
            for name, column in self._columns()
            if column.blocks
        )
        return used + 4 * len(self._columns()) / SEGMENT

    def close(self) -> None:
        """Bring it to the disk and give the folder back."""
        if self._lock is None:
            return
        try:
            self.checkpoint()
        finally:
            self._release()

    def _release(self) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


def empty_rows(ids: Sequence[int]) -> Rows:
    """Rows without fingers, status "deleted", for people with these numbers."""
    n = len(ids)
    return Rows(
        np.asarray(ids, np.int64) - 1,
        np.broadcast_to(ABSENT_CODE, (n, POSITIONS, CODE_BYTES)).copy(),
        np.zeros((n, POSITIONS), np.uint8),
        np.zeros(n, np.uint32),
        np.full(n, 3, np.uint8),
    )
