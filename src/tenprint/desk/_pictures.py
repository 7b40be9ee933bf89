"""The pictures of a submission: decoded, slaps cut into fingers."""

from __future__ import annotations

from dataclasses import dataclass

from tenprint.desk._submission import Print
from tenprint.extract import SlapFinger, split_slap
from tenprint.formats import read_image, read_templates
from tenprint.model import Finger, FingerImage, Template


def read_print(one: Print) -> FingerImage:
    """The image of a print at 500 ppi; without a stated resolution 500 is assumed.

    Raises
    ------
    ImageError
    """
    return read_image(one.data, one.ppi, raw_shape=one.shape, warn=False)


def read_print_templates(one: Print) -> list[Template]:
    """The templates of a print, each with its position; the print's own position wins.

    Raises
    ------
    TemplateError
    """
    found = read_templates(one.data, one.ppi)
    if one.finger is Finger.UNKNOWN or len(found) != 1:
        return found
    only = found[0]
    return [
        Template(
            only.minutiae, only.width, only.height, only.quality,
            one.finger.anatomical, only.impression, only.reason,
        )
    ]  # fmt: skip


def cut(one: Print, image: FingerImage) -> list[SlapFinger]:
    """The fingers of a slap.

    Raises
    ------
    ImageError, InputError
    """
    return split_slap(image, one.finger, boxes=one.boxes, missing=one.missing)


@dataclass(frozen=True)
class Piece:
    """One finger's picture: which print it comes from, whether out of a slap."""

    print: int
    finger: Finger
    image: FingerImage
    slap: bool


def pieces(number: int, one: Print) -> tuple[list[Piece], bool]:
    """One print as pictures of single fingers, and whether a slap looks like the other hand's.

    Raises
    ------
    ImageError, InputError
    """
    image = read_print(one)
    if not one.finger.is_slap:
        plain = one.finger in (Finger.PLAIN_RIGHT_THUMB, Finger.PLAIN_LEFT_THUMB)
        return [Piece(number, one.finger.anatomical, image, plain)], False
    found = cut(one, image)
    return (
        [Piece(number, each.finger, each.image, True) for each in found],
        any(each.other_hand for each in found),
    )
