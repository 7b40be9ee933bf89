"""How the templates of a fictitious population come about: the fitted numbers.

The plain style and the anatomy were found by ``python tools/fit_population.py DIR --ppi DB2_B=569
--people 160 --rounds 2`` from a start set by hand; without ``--rounds`` it shows what they give
beside real prints (the report is in docs/synth.md). The rolled style is set by hand.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tenprint.model import Impression, InputError
from tenprint.synth._style import changed, check_ranges, check_whole


@dataclass(frozen=True)
class Anatomy:
    """What all fingers have in common; the order is that of the kernel's ``Anatomy``.

    Attributes
    ----------
    density : float
        Minutiae in a square millimetre where ridges run parallel.
    density_person, density_finger : float
        Its standard deviation between people and between a person's fingers, as fractions.
    crowding : float
        The most by which bending ridges raise it, a factor.
    gap, soft_gap : float
        Two minutiae lie `gap` to ``gap + soft_gap`` pixels apart or more, drawn for each.
    pairing : float
        Share of close neighbours that are the two ends of a short ridge and point oppositely.
    polarity : float
        How strictly the way minutiae point follows the spreading of the ridges; 1: as it must.
    lean : float
        Standard deviation of their direction against the ridges', radians (one in eight: 5 times).
    wobble : float
        Slow irregularity of the ridges' direction, radians.
    variety : float
        Spread of cores, deltas and domes between fingers; 1 is that of the fictitious images.
    person_share, pair_share : float
        Of the hidden intensity that decides pattern classes (see `_pattern`).
    """

    density: float = 0.207
    density_person: float = 0.10
    density_finger: float = 0.08
    crowding: float = 1.8
    gap: float = 8.0
    soft_gap: float = 9.0
    pairing: float = 0.13
    polarity: float = 1.6
    lean: float = 0.005
    wobble: float = 0.07
    variety: float = 0.65
    person_share: float = 0.35
    pair_share: float = 0.35


ANATOMY = Anatomy()


@dataclass(frozen=True)
class PopulationStyle:
    """How the impressions of one kind are taken and what the extractor sees of them.

    Use `plain` or `rolled`, changed as needed: ``PopulationStyle.plain(clarity=2.0)``. Deviations
    "between people" belong to the person in every impression, so quality goes along within one.

    Attributes
    ----------
    height, width : int
        Extent of the image, pixels at 500 ppi, 64 .. 1024.
    impression : Impression
        What the records say of how the print was taken.
    contact_height, contact_width : float
        Mean extent of the area that touches, pixels.
    contact_person, contact_finger, contact_touch : float
        Standard deviation of the extent between people, a person's fingers and impressions, as
        fractions.
    shift : float
        Standard deviation of the finger's place in the image, pixels (1.5 times that lengthwise).
    offset : float
        Standard deviation of which part of the finger touches, pixels (1.5 times lengthwise).
    rotation : float
        Standard deviation of the rotation, radians.
    distortion : float
        Strength of the skin's elastic distortion; 1 is usual, 0 none.
    clarity : float
        Mean of the logarithm of the odds that the extractor gives a minutia.
    clarity_person, clarity_finger, clarity_touch : float
        Its standard deviation between people, a person's fingers, and impressions.
    clarity_minutia, clarity_place, clarity_chance : float
        Its standard deviation between a finger's minutiae, over one impression, and by chance.
    rim : float
        How much of it is lost at the very rim.
    spurious : float
        Minutiae that are not there, in a square millimetre at mean clarity.
    spurious_clarity : float
        Their mean clarity.
    jitter, jitter_angle : float
        Standard deviation of the place (pixels) and direction (radians) of a clear minutia.
    """

    height: int
    width: int
    impression: Impression
    contact_height: float
    contact_width: float
    contact_person: float = 0.13
    contact_finger: float = 0.07
    contact_touch: float = 0.0675
    shift: float = 20.0
    offset: float = 16.0
    rotation: float = 0.19
    distortion: float = 0.6
    clarity: float = 3.4
    clarity_person: float = 0.75
    clarity_finger: float = 0.45
    clarity_touch: float = 0.6
    clarity_minutia: float = 1.2
    clarity_place: float = 0.7
    clarity_chance: float = 1.1
    rim: float = 2.5
    spurious: float = 0.03
    spurious_clarity: float = 0.6
    jitter: float = 0.65
    jitter_angle: float = 0.04

    def __post_init__(self) -> None:
        for name in ("height", "width"):
            check_whole(self, name)
        if not isinstance(self.impression, Impression):
            raise InputError("The impression must be an Impression.", field="impression")
        check_ranges(self, _RANGES)

    @classmethod
    def plain(cls, **changes: Any) -> PopulationStyle:
        """A finger laid flat on a sensor of middling size, like those of FVC2002."""
        return changed(cls(420, 388, Impression.LIVE_SCAN_PLAIN, 325.0, 250.0), changes, _WHAT)

    @classmethod
    def rolled(cls, **changes: Any) -> PopulationStyle:
        """A finger rolled from nail to nail: the whole pattern, more distortion."""
        rolled = cls(
            704, 640, Impression.LIVE_SCAN_ROLLED, 520.0, 460.0, contact_person=0.04,
            contact_finger=0.03, contact_touch=0.03, shift=6.0, offset=6.0, rotation=0.06,
            distortion=0.8, clarity=5.0, clarity_person=0.6, clarity_touch=0.4,
            clarity_minutia=1.0, clarity_chance=0.8, rim=5.0, spurious=0.01,
        )  # fmt: skip
        return changed(rolled, changes, _WHAT)


_RANGES = {
    "height": (64, 1024),
    "width": (64, 1024),
    "contact_height": (40.0, 900.0),
    "contact_width": (40.0, 900.0),
    "contact_person": (0.0, 0.5),
    "contact_finger": (0.0, 0.5),
    "contact_touch": (0.0, 0.5),
    "shift": (0.0, 200.0),
    "offset": (0.0, 200.0),
    "rotation": (0.0, 3.2),
    "distortion": (0.0, 4.0),
    "clarity": (-10.0, 20.0),
    "clarity_person": (0.0, 10.0),
    "clarity_finger": (0.0, 10.0),
    "clarity_touch": (0.0, 10.0),
    "clarity_minutia": (0.0, 10.0),
    "clarity_place": (0.0, 10.0),
    "clarity_chance": (0.0, 10.0),
    "rim": (0.0, 20.0),
    "spurious": (0.0, 2.0),
    "spurious_clarity": (-10.0, 10.0),
    "jitter": (0.0, 20.0),
    "jitter_angle": (0.0, 1.0),
}

_WHAT = "a population style"

PLAIN = PopulationStyle.plain()
