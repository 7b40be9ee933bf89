"""Pattern classes and how they fall on the ten fingers."""

from __future__ import annotations

from enum import IntEnum
from statistics import NormalDist

from tenprint.model import TEN_FINGERS, Finger
from tenprint.synth._random import bell, stream


class Pattern(IntEnum):
    """The five classes of ridge patterns (Henry's system, as counted by NIST)."""

    ARCH = 0
    TENTED_ARCH = 1
    LEFT_LOOP = 2
    RIGHT_LOOP = 3
    WHORL = 4


# Percent of arch, tented arch, radial loop, ulnar loop, whorl on each finger. Which finger likes
# which class follows the published tendency (whorls on thumb and ring finger, radial loops and
# arches on the index, ulnar loops on middle and little finger; more whorls on the right hand); the
# figures are set so that all ten fingers together give the proportions of Wilson, Candela and
# Watson (1994): left loop 33.8, right loop 31.7, whorl 27.9, arch 3.7, tented arch 2.9.
_PERCENT: dict[Finger, tuple[float, float, float, float, float]] = {
    Finger.RIGHT_THUMB: (2.4, 0.6, 0.5, 50.5, 46.0),
    Finger.RIGHT_INDEX: (8.0, 8.0, 17.5, 33.0, 33.5),
    Finger.RIGHT_MIDDLE: (4.5, 3.0, 3.0, 71.0, 18.5),
    Finger.RIGHT_RING: (1.5, 1.0, 1.0, 53.0, 43.5),
    Finger.RIGHT_LITTLE: (0.7, 0.5, 0.3, 85.5, 13.0),
    Finger.LEFT_THUMB: (3.8, 0.9, 0.6, 60.0, 34.7),
    Finger.LEFT_INDEX: (8.6, 8.0, 19.4, 36.0, 28.0),
    Finger.LEFT_MIDDLE: (5.6, 4.7, 3.0, 69.7, 17.0),
    Finger.LEFT_RING: (1.2, 1.3, 0.6, 62.0, 34.9),
    Finger.LEFT_LITTLE: (0.7, 1.0, 0.4, 88.0, 9.9),
}

# A person's fingers resemble one another, the same finger of both hands most: shares of the
# variance of the hidden "intensity" (arch to whorl) that a person and a pair of fingers have alone.
_PERSON_SHARE, _PAIR_SHARE = 0.35, 0.35


def person_patterns(seed: int) -> dict[Finger, Pattern]:
    """The pattern class of each of a person's ten fingers."""
    rng = stream("patterns", seed)
    person = bell(rng)
    pairs = [bell(rng) for _ in range(5)]
    own = 1.0 - _PERSON_SHARE - _PAIR_SHARE
    patterns = {}
    for finger in TEN_FINGERS:
        hidden = (
            _PERSON_SHARE**0.5 * person
            + _PAIR_SHARE**0.5 * pairs[(finger - 1) % 5]
            + own**0.5 * bell(rng)
        )
        patterns[finger] = _class_at(finger, 100.0 * NormalDist().cdf(hidden))
    return patterns


def _class_at(finger: Finger, percentile: float) -> Pattern:
    right = finger <= Finger.RIGHT_LITTLE
    # Ulnar loops open towards the little finger: to the right in a print of the right hand.
    radial, ulnar = (
        (Pattern.LEFT_LOOP, Pattern.RIGHT_LOOP)
        if right
        else (Pattern.RIGHT_LOOP, Pattern.LEFT_LOOP)
    )
    order = (Pattern.ARCH, Pattern.TENTED_ARCH, radial, ulnar, Pattern.WHORL)
    total = 0.0
    for pattern, percent in zip(order, _PERCENT[finger], strict=True):
        total += percent
        if percentile < total:
            return pattern
    return Pattern.WHORL
