"""One fictitious finger."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from tenprint.model import InputError
from tenprint.synth._flow import Flow, make_flow, make_phalanx_flow
from tenprint.synth._impression import press
from tenprint.synth._master import MasterPrint, grow_master
from tenprint.synth._pattern import Pattern
from tenprint.synth._random import check_seed, stream
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
    _cache: dict[str, MasterPrint] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

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
        return self._cache["master"]

    def middle_phalanx(self) -> MasterPrint:
        """The skin below the first crease, which slaps show too; same form as `master`."""
        if "middle" not in self._cache:
            flow = make_phalanx_flow(self.seed)
            self._cache["middle"] = grow_master(flow, 1.06 * self.period, self.size)
        return self._cache["middle"]

    def forget(self) -> None:
        """Give back the memory of the grown ridges (about 2 MB); they grow again when needed."""
        self._cache.clear()

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
