"""Finger positions and impression types, coded as in ANSI/NIST-ITL 1-2011 and ISO/IEC 19794."""

from __future__ import annotations

from enum import IntEnum


class Finger(IntEnum):
    """A finger position (ANSI/NIST-ITL 1-2011 table 8; ISO/IEC 19794-2:2005 table 2 for 0-10).

    0 is an unknown position, 1-10 single fingers, 11-12 plain thumbs of a card, 13-15 slaps
    (several fingers in one image).
    """

    UNKNOWN = 0
    RIGHT_THUMB = 1
    RIGHT_INDEX = 2
    RIGHT_MIDDLE = 3
    RIGHT_RING = 4
    RIGHT_LITTLE = 5
    LEFT_THUMB = 6
    LEFT_INDEX = 7
    LEFT_MIDDLE = 8
    LEFT_RING = 9
    LEFT_LITTLE = 10
    PLAIN_RIGHT_THUMB = 11
    PLAIN_LEFT_THUMB = 12
    PLAIN_RIGHT_FOUR = 13
    PLAIN_LEFT_FOUR = 14
    PLAIN_THUMBS = 15

    @property
    def is_single(self) -> bool:
        """Whether this is one known finger (1-12)."""
        return 1 <= self <= 12

    @property
    def is_slap(self) -> bool:
        """Whether an image of this position holds several fingers (13-15)."""
        return 13 <= self <= 15

    @property
    def anatomical(self) -> Finger:
        """The finger itself, 0-10: a plain thumb (11, 12) is the thumb; a slap is unknown."""
        if self is Finger.PLAIN_RIGHT_THUMB:
            return Finger.RIGHT_THUMB
        if self is Finger.PLAIN_LEFT_THUMB:
            return Finger.LEFT_THUMB
        return Finger.UNKNOWN if self.is_slap else self

    @property
    def label(self) -> str:
        """The name for people, such as ``right index``."""
        return self.name.lower().replace("_", " ")


#: The ten fingers, right thumb to left little.
TEN_FINGERS: tuple[Finger, ...] = tuple(Finger(code) for code in range(1, 11))


class Impression(IntEnum):
    """How a print was taken (ANSI/NIST-ITL 1-2011 table 7; the same codes in ISO/IEC 19794-2)."""

    LIVE_SCAN_PLAIN = 0
    LIVE_SCAN_ROLLED = 1
    NONLIVE_PLAIN = 2
    NONLIVE_ROLLED = 3
    LATENT_IMPRESSION = 4
    LATENT_TRACING = 5
    LATENT_PHOTO = 6
    LATENT_LIFT = 7
    LIVE_SCAN_SWIPE = 8
    LIVE_SCAN_CONTACTLESS_PLAIN = 24
    OTHER = 28
    UNKNOWN = 29

    @property
    def is_rolled(self) -> bool:
        """Whether the finger was rolled from nail to nail."""
        return self in (Impression.LIVE_SCAN_ROLLED, Impression.NONLIVE_ROLLED)
