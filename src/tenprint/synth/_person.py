"""Fictitious people and their ten fingers."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from tenprint.model import TEN_FINGERS, Finger
from tenprint.synth._finger import SyntheticFinger
from tenprint.synth._names import fictitious_name
from tenprint.synth._pattern import person_patterns
from tenprint.synth._random import bell, check_seed, stream
from tenprint.synth._slap import SlapImage, make_slap
from tenprint.synth._style import ImpressionStyle


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

    def slap(
        self,
        seed: int,
        hand: Finger = Finger.PLAIN_RIGHT_FOUR,
        *,
        missing: Collection[Finger] = (),
        rotation: float = 0.0,
        style: ImpressionStyle | None = None,
    ) -> SlapImage:
        """Several fingers pressed down at once, with part of their middle phalanges.

        Parameters
        ----------
        seed : int
            Which slap, 0 .. 2**64 - 1.
        hand : Finger
            `Finger.PLAIN_RIGHT_FOUR`, `PLAIN_LEFT_FOUR` or `PLAIN_THUMBS`.
        missing : collection of Finger
            Fingers of this slap that leave no print (amputated, bandaged).
        rotation : float
            The whole hand turned to the right, radians, within +-0.8.
        style : ImpressionStyle, optional
            Pressure, noise and so on; its size, place and rotation are not used.

        Returns
        -------
        SlapImage
            1000 x 1600 pixels at 500 ppi, and the true boxes.

        Raises
        ------
        InputError
            If a parameter is out of range or names another hand's finger.
        """
        return make_slap(self.seed, self.fingers, check_seed(seed), hand, missing, rotation, style)


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
    frame, ridge = 1.0 + 0.05 * bell(rng), 9.0 + 0.52 * bell(rng)
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
