"""A pool of fictitious people on disk, and galleries of any size recombined from their hands.

Sixty-eight million full sets of templates would fill some 170 GB. So a large gallery's person has
the right hand of one member of the pool and the left hand of another; no two people have the same
two. Whoever is searched for has hands of their own, which nobody else in the gallery shares.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tenprint.gallery import Rows, load_parameters
from tenprint.match import packed_directory
from tenprint.model import StoreFormatError
from tenprint.store import Encounter
from tenprint.synth import population

#: People in one part of a pool's files.
PART = 20_000

#: Members of the pool by which a further round of recombination moves the left hands.
_STEP = 58_921

#: Number of the population; the searched people are others of the same.
SEED = 68


class Pool:
    """Packed templates and codes of fictitious people, in parts that are made when missing.

    Thread-safe once made. Interrupted work goes on with the first part that is missing.
    """

    def __init__(self, folder: Path, people: int, first: int = 0) -> None:
        self.folder, self.people, self.first = folder, people, first
        self._files: list[int] = []
        self._spans: NDArray[np.int64] = np.empty((0, 2 * PART + 1), np.int64)
        self.codes: list[NDArray[np.uint8]] = []
        self.qualities: list[NDArray[np.uint8]] = []

    def make(self, threads: int, progress: Callable[[int, int], None] | None = None) -> None:
        """Make the parts that are missing."""
        self.folder.mkdir(parents=True, exist_ok=True)
        code = load_parameters()
        about = self.folder / "pool.json"
        facts = {"seed": SEED, "first": self.first, "code": code.name, "part": PART}
        if about.exists() and json.loads(about.read_text()) != facts:
            raise StoreFormatError(
                "The pool is of other people or other codes.",
                source=self.folder,
                remedy="Remove the folder.",
            )
        about.write_text(json.dumps(facts))
        for start in range(0, self.people, PART):
            path = self._path(start, "codes")
            if not path.exists():
                made = population(self.first + start, PART, seed=SEED, threads=threads)
                at = made.offsets
                codes = code.encode(made.data, at[:-1], at[1:], threads=threads)
                found = packed_directory(made.data, at[:-1], at[1:])
                # Ten records a person: the start of each hand, and the end.
                np.save(self._path(start, "offsets"), at[::5])
                np.save(self._path(start, "quality"), found.quality.reshape(PART, 10))
                self._path(start, "records").write_bytes(made.data.tobytes())
                draft = path.with_suffix(".new.npy")
                np.save(draft, codes.reshape(PART, 10, 24))
                draft.replace(path)
            if progress:
                progress(min(start + PART, self.people), self.people)

    def open(self) -> None:
        """Open the files for reading."""
        offsets: list[NDArray[np.int64]] = []
        for start in range(0, self.people, PART):
            self._files.append(os.open(self._path(start, "records"), os.O_RDONLY))
            offsets.append(np.load(self._path(start, "offsets")))
            self.codes.append(np.load(self._path(start, "codes"), mmap_mode="r"))
            self.qualities.append(np.load(self._path(start, "quality")))
        self._spans = np.stack(offsets)

    def close(self) -> None:
        """Close the files."""
        for file in self._files:
            os.close(file)
        self._files = []

    def forget(self) -> None:
        """Drop the templates from the page cache, so that the next reads are cold."""
        for file in self._files:
            os.posix_fadvise(file, 0, 0, os.POSIX_FADV_DONTNEED)

    def read(self, members: NDArray[np.int64], left: bool, *, ahead: bool = False) -> list[bytes]:
        """The five packed records of one hand of each member.

        `ahead` only asks the system to read them, so that many come from the disk at a time.
        """
        part, row = members // PART, members % PART
        spans = np.stack([self._spans[part, 2 * row + left], self._spans[part, 2 * row + left + 1]])
        files, starts = [self._files[p] for p in part.tolist()], spans[0].tolist()
        sizes = (spans[1] - spans[0]).tolist()
        places = zip(files, starts, sizes, strict=True)
        if ahead:
            for file, start, size in places:
                os.posix_fadvise(file, start, size, os.POSIX_FADV_WILLNEED)
            return []
        return [os.pread(file, size, start) for file, start, size in places]

    def _path(self, start: int, what: str) -> Path:
        end = "bin" if what == "records" else "npy"
        return self.folder / f"{start // PART:04}-{what}.{end}"


class Recombined:
    """People made of the hands of a pool's members, followed by others with hands of their own.

    Numbers are from 1, as a gallery's. The last `len(own)` are the members of `own`.
    """

    def __init__(self, pool: Pool, people: int, own: Pool) -> None:
        self.pool, self.people, self.own = pool, people, own
        self.mixed = people - own.people
        #: A gallery's folder: whoever is searched for is in it, so it is another for others.
        self.name = f"gallery-{people}-{own.people}"

    def donors(self, ids: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The members whose right and left hands people of these numbers have."""
        index = ids - 1
        right = index % self.pool.people
        return right, (right + index // self.pool.people * _STEP) % self.pool.people

    def rows(self, first: int, count: int) -> Rows:
        """Rows of the code matrix for people first .. first + count - 1."""
        ids = np.arange(first, first + count, dtype=np.int64)
        codes = np.full((count, 11, 24), 0xFF, np.uint8)
        quality = np.zeros((count, 11), np.uint8)
        mixed = ids <= self.mixed
        right, left = self.donors(ids[mixed])
        for members, span in ((right, slice(1, 6)), (left, slice(6, 11))):
            own = slice(span.start - 1, span.stop - 1)
            codes[mixed, span] = _gather(self.pool.codes, members)[:, own]
            quality[mixed, span] = _gather(self.pool.qualities, members)[:, own]
        rest = ids[~mixed] - self.mixed - 1
        codes[~mixed, 1:] = _gather(self.own.codes, rest)
        quality[~mixed, 1:] = _gather(self.own.qualities, rest)
        return Rows(ids - 1, codes, quality, np.ones(count, np.uint32), np.zeros(count, np.uint8))

    def fetch(self, ids: Sequence[int]) -> list[Encounter]:
        """The templates of people, read from the pool's files."""
        numbers = np.asarray(ids, np.int64)
        mixed = numbers <= self.mixed
        right, left = self.donors(numbers[mixed])
        self.pool.read(right, left=False, ahead=True)
        self.pool.read(left, left=True, ahead=True)
        own = numbers[~mixed] - self.mixed - 1
        hands = zip(
            [*numbers[mixed].tolist(), *numbers[~mixed].tolist()],
            self.pool.read(right, left=False) + self.own.read(own, left=False),
            self.pool.read(left, left=True) + self.own.read(own, left=True),
            strict=True,
        )
        return [Encounter(key, 1, True, one + two) for key, one, two in hands]


def _gather(parts: Sequence[NDArray[Any]], members: NDArray[np.int64]) -> NDArray[Any]:
    out = np.empty((len(members), *parts[0].shape[1:]), np.uint8)
    of, row = members // PART, members % PART
    for part in np.unique(of).tolist():
        mine = of == part
        chosen = row[mine]
        if len(chosen) and (np.diff(chosen) == 1).all():  # a slice copies faster than a choice
            out[mine] = parts[part][chosen[0] : chosen[-1] + 1]
        else:
            out[mine] = parts[part][chosen]
    return out
