"""Fictitious people and their ten fingers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tenprint.model import TEN_FINGERS, Finger, InputError
from tenprint.synth._flow import Flow, make_flow
from tenprint.synth._impression import press
from tenprint.synth._master import MasterPrint, grow_master
from tenprint.synth._names import fictitious_name
from tenprint.synth._pattern import Pattern, person_patterns
from tenprint.synth._random import bell, check_seed, stream
from tenprint.synth._style import ImpressionStyle


@dataclass(frozen=True)
class SyntheticFinger:
    """One finger of nobody.

    Immutable; the master print is grown when first asked for and kept. Safe to share between
    threads (two may grow the same master at once; both get the same).

    Attributes
    ----------
    seed : int
        What its ridges are grown from.
    pattern : Pattern
        Its class.
    period : float
        Mean distance of two ridges, pixels at 500 ppi.
    size : float
        1 is 26 mm from nail to nail.
    """

    seed: int
    pattern: Pattern
    period: float = 9.1
    size: float = 1.0
    _cache: dict[str, Any] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        check_seed(self.seed)
        if not isinstance(self.pattern, Pattern):
            raise InputError("The pattern must be a Pattern.", field="pattern")
        for name, low, high in (("period", 7.0, 12.5), ("size", 0.6, 1.12)):
            if not low <= getattr(self, name) <= high:
                raise InputError(f"{name} must lie in {low} .. {high}.", field=name)

    @cached_property
    def flow(self) -> Flow:
        """The parameters of its orientation field."""
        return make_flow(self.pattern, self.seed)

    def master(self) -> MasterPrint:
        """The whole ridge pattern (704 x 608 pixels at 500 ppi); about 0.1 s the first time."""
        if "master" not in self._cache:
            self._cache["master"] = grow_master(self.flow, self.period, self.size)
        master: MasterPrint = self._cache["master"]
        return master

    def impression(self, seed: int, *, style: ImpressionStyle | None = None) -> NDArray[np.uint8]:
        """One impression: the same seed and style give the same image on every machine.

        Parameters
        ----------
        seed : int
            Which impression, 0 .. 2**64 - 1.
        style : ImpressionStyle, optional
            How it is taken; default `ImpressionStyle.plain()`.

        Returns
        -------
        ndarray of uint8, shape (style.height, style.width)
            Dark ridges on light ground, 500 ppi.

        Raises
        ------
        InputError
            If the seed is not a whole number of that range.
        """
        style = ImpressionStyle.plain() if style is None else style
        rng = stream("impression", self.seed, check_seed(seed))
        return press(rng, self.master(), self.size, style)


@dataclass(frozen=True)
class Person:
    """Somebody who does not exist.

    Attributes
    ----------
    seed : int
        The person's number; everything follows from it.
    name : str
        A made-up name (several people may share one).
    fingers : Mapping of Finger to SyntheticFinger
        The ten fingers; ridges are grown when first needed.
    """

    seed: int
    name: str
    fingers: Mapping[Finger, SyntheticFinger] = field(repr=False, compare=False)


# Thumbs are broader, little fingers narrower; ridges are wider on the thumb.
_SIZE = (1.06, 0.95, 0.99, 0.95, 0.83)
_PERIOD = (1.05, 0.99, 1.0, 1.0, 0.97)


def person(seed: int) -> Person:
    """The fictitious person of this number.

    Parameters
    ----------
    seed : int
        0 .. 2**64 - 1.

    Raises
    ------
    InputError
        If the seed is not a whole number of that range.
    """
    seed = check_seed(seed)
    patterns = person_patterns(seed)
    rng = stream("person", seed)
    frame, ridge = 1.0 + 0.05 * bell(rng), 9.0 + 0.42 * bell(rng)
    fingers = {}
    for finger in TEN_FINGERS:
        kind = (finger - 1) % 5
        size = frame * _SIZE[kind] * (1.0 + 0.015 * bell(rng))
        period = ridge * _PERIOD[kind] * (1.0 + 0.02 * bell(rng))
        fingers[finger] = SyntheticFinger(
            seed=int(stream("finger", seed, int(finger)).integers(2**63)),
            pattern=patterns[finger],
            period=min(max(period, 7.4), 11.5),
            size=min(max(size, 0.65), 1.12),
        )
    return Person(seed, fictitious_name(seed), MappingProxyType(fingers))
