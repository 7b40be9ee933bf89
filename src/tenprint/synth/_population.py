"""Templates of fictitious people by the million, made without images."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tenprint._native import _kernels
from tenprint.formats import unpack_many
from tenprint.model import TEN_FINGERS, Finger, InputError, Template
from tenprint.synth._pattern import _PERCENT
from tenprint.synth._population_style import ANATOMY, PLAIN, PopulationStyle
from tenprint.synth._random import check_seed

#: The most templates one call makes (plain ones take about 0.25 kB each).
MAX_TEMPLATES = 50_000_000

#: People are numbered 0 .. 2**63 - 1.
MAX_PEOPLE = 2**63

_CHUNK = 20_000  # templates a thread makes at a time
_MAX_THREADS = 1024


@dataclass(frozen=True, eq=False)
class PackedTemplates:
    """Many templates in the compact stored form (docs/formats.md), one after the other.

    Attributes
    ----------
    data : ndarray of uint8, shape (offsets[-1],)
        The records; each is what `tenprint.formats.unpack` takes.
    offsets : ndarray of int64, shape (n + 1,)
        Record k is ``data[offsets[k] : offsets[k + 1]]``.
    """

    data: NDArray[np.uint8] = field(repr=False)
    offsets: NDArray[np.int64] = field(repr=False)

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __getitem__(self, index: int) -> bytes:
        """The packed bytes of one record, 0 .. n - 1."""
        if not 0 <= index < len(self):
            raise IndexError(f"{index} is not in 0..{len(self) - 1}")
        return self.data[self.offsets[index] : self.offsets[index + 1]].tobytes()

    def __iter__(self) -> Iterator[bytes]:
        return (self[index] for index in range(len(self)))


def population(
    first: int,
    count: int,
    *,
    seed: int = 0,
    impression: int = 0,
    style: PopulationStyle = PLAIN,
    fingers: Sequence[Finger] = TEN_FINGERS,
    threads: int = 1,
) -> PackedTemplates:
    """Templates of the fictitious people first .. first + count - 1 of a population.

    Everything of a person follows from the seed and the person's number: any division of a
    population into calls and threads gives the same bytes, on every machine. About 20,000 plain
    templates a second and thread.

    Parameters
    ----------
    first, count : int
        Which people; numbers below 2**63.
    seed : int
        Which population, 0 .. 2**64 - 1. People of two populations are strangers.
    impression : int
        Which time each finger is pressed down, 0 .. 2**64 - 1. By convention 0 is what is
        enrolled, 1 and above are later impressions of the same fingers.
    style : PopulationStyle
        How prints are taken.
    fingers : sequence of Finger
        Which of the ten fingers, each once, in the order of the result.
    threads : int
        How many threads to use, 1 .. 1024; the result does not depend on it.

    Returns
    -------
    PackedTemplates
        ``count * len(fingers)`` records, person by person and in each the fingers in order.

    Raises
    ------
    InputError
        If an argument is out of range, or more than `MAX_TEMPLATES` are asked for.

    Notes
    -----
    Thread-safe. The orientation field is that of the fictitious images (`_flow`); minutiae begin
    where ridges spread (the flow's divergence) and at random, no two too near; an impression
    shows part of them, stretched, blurred, with some lost and some invented. Not comparable with
    `person`: the same number is another person there.
    """
    first, count = _whole(first, "first"), _whole(count, "count")
    threads = _whole(threads, "threads")
    if not 1 <= threads <= _MAX_THREADS:
        raise InputError(f"{threads} threads, not 1 .. {_MAX_THREADS}.", field="threads")
    positions = _positions(fingers)
    if count < 0 or count * max(len(positions), 1) > MAX_TEMPLATES:
        raise InputError(
            f"One call makes 0 .. {MAX_TEMPLATES:,} templates.",
            field="count",
            remedy="Make a large population in parts.",
        )
    if first < 0 or first + count > MAX_PEOPLE:
        raise InputError("People are numbered 0 .. 2**63 - 1.", field="first")
    if not isinstance(style, PopulationStyle):
        raise InputError("The style must be a PopulationStyle.", field="style")
    seed, impression = check_seed(seed), check_seed(impression, "impression")
    wanted = np.array(positions, np.uint8)
    anatomy, touch = _numbers(ANATOMY), _numbers(style)
    people = max(1, _CHUNK // max(len(positions), 1))
    parts = [(at, min(people, first + count - at)) for at in range(first, first + count, people)]

    def make(part: tuple[int, int]) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
        data, lengths = _kernels.synth_population(
            seed, part[0], part[1], impression, wanted, _THRESHOLDS, anatomy, touch
        )
        return np.asarray(data), np.asarray(lengths)

    if threads == 1 or len(parts) < 2:
        made = [make(part) for part in parts]
    else:
        with ThreadPoolExecutor(threads) as pool:
            made = list(pool.map(make, parts))
    lengths = [np.zeros(1, np.int64), *(part[1] for part in made)]
    offsets = np.cumsum(np.concatenate(lengths))
    return PackedTemplates(np.concatenate([np.zeros(0, np.uint8), *(p[0] for p in made)]), offsets)


def population_person(
    number: int,
    *,
    seed: int = 0,
    impression: int = 0,
    style: PopulationStyle = PLAIN,
    fingers: Sequence[Finger] = TEN_FINGERS,
) -> dict[Finger, Template]:
    """The templates of one person of a population, by finger; arguments as of `population`.

    Raises
    ------
    InputError
        If an argument is out of range.
    """
    packed = population(number, 1, seed=seed, impression=impression, style=style, fingers=fingers)
    templates = unpack_many(list(packed))
    return {template.finger: template for template in templates}


def _whole(value: Any, name: str) -> int:
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)):
        raise InputError("It must be a whole number.", field=name)
    return int(value)


def _positions(fingers: Sequence[Finger]) -> list[int]:
    try:
        positions = [int(Finger(finger)) for finger in fingers]
    except (TypeError, ValueError) as error:
        raise InputError("The fingers must be of the ten fingers.", field="fingers") from error
    if not set(positions) <= set(TEN_FINGERS) or len(set(positions)) < len(positions):
        raise InputError("The fingers must be of the ten fingers, each once.", field="fingers")
    return positions


def _numbers(values: Any) -> NDArray[np.float64]:
    """The fields of a dataclass of numbers, in order."""
    return np.array([float(getattr(values, f.name)) for f in dataclasses.fields(values)])


def _thresholds() -> NDArray[np.float64]:
    """The hidden intensities below which each finger has each class but the whorl, (10, 4)."""
    upto = np.cumsum([_PERCENT[finger] for finger in TEN_FINGERS], axis=1)[:, :-1]
    # Rounded, so that C libraries cannot differ.
    return np.array([[round(NormalDist().inv_cdf(p / 100), 6) for p in row] for row in upto])


_THRESHOLDS = _thresholds()
