"""The images inside a transaction: what they show, and their pixels."""

from __future__ import annotations

from dataclasses import dataclass, field

from tenprint.formats.itl._model import ItlFile
from tenprint.model import Finger, FingerImage, Impression


@dataclass(frozen=True)
class Segment:
    """Where one finger lies in an image: corners in pixels of the image as transmitted."""

    finger: Finger
    corners: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class ItlImage:
    """One image of a transaction.

    Attributes
    ----------
    record : int
        Which record of the file, from 1.
    type : int
        Record type: 4 and 14 fingers, 13 latents, 15 palms, 10 faces and marks, 17 irises.
    idc : int
    position : int
        The position code as it stands (0-15 fingers, 19 whole joints, 20 and above palms); -1
        where the record has none.
    finger : Finger
        The finger or slap; `Finger.UNKNOWN` for everything else.
    impression : Impression
    ppi : float or None
        Resolution stated by the record or by 1.012, pixels per inch.
    width, height : int
        As the record states them.
    compression : str
        ``NONE``, ``WSQ20``, ``JPEGB``, ``JPEGL``, ``JP2``, ``JP2L``, ``PNG`` ...
    data : bytes
        The encoded image as it was sent.
    missing : tuple of (Finger, str)
        14.018: fingers that are not there, ``XX`` amputated or ``UP`` unable to print.
    segments : tuple of Segment
        14.021 and 14.025, where fingers of a slap lie.
    """

    record: int
    type: int
    idc: int
    position: int
    finger: Finger
    impression: Impression
    ppi: float | None
    width: int
    height: int
    compression: str
    data: bytes = field(repr=False)
    missing: tuple[tuple[Finger, str], ...] = ()
    segments: tuple[Segment, ...] = ()
    source: str = ""

    def decode(self) -> FingerImage:
        """The pixels at 500 ppi; the record's own resolution wins over the image's.

        Raises
        ------
        ImageFormatError, ImageSizeError
            If it cannot be decoded, or its size is not the stated one.
        """
        raise NotImplementedError


def itl_images(file: ItlFile) -> list[ItlImage]:
    """All images of a transaction, in its order."""
    raise NotImplementedError


def finger_images(file: ItlFile) -> list[ItlImage]:
    """The finger images of a transaction (types 4 and 14, positions 0 to 15), in its order."""
    raise NotImplementedError
