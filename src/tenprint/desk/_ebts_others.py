"""What an EBTS file brings beside fingers to search: faces, marks, palms, latents, minutiae."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tenprint.desk._submission import MAX_ATTACHMENTS, Attachment, Print
from tenprint.formats import media_type, pack
from tenprint.formats.itl import (
    ItlFile,
    ItlImage,
    ItlMinutiae,
    ItlRecord,
    finger_images,
    itl_images,
    itl_minutiae,
)
from tenprint.model import Impression, RecordError, TransactionError
from tenprint.records import ImageKind

#: Characters that are kept of one field of a record.
_MOST_TEXT = 300

_LATENT = frozenset(map(Impression, range(4, 8)))

_BESIDE = "minutiae; the image counts"

_PALMS = range(20, 37)  # ANSI/NIST-ITL 1-2007, table 6b

# Fields that say what an image shows and how it was taken, by the names they are kept under.
_TAKEN = {4: "source", 5: "captured"}
_RIDGES = {3: "impression", **_TAKEN, 13: "positions", 14: "area", 20: "comment", 24: "quality"}
_TOLD: Mapping[int, Mapping[int, str]] = {
    4: {3: "impression"},
    7: {3: "impression"},
    10: {
        3: "image-type",
        **_TAKEN,
        12: "colour-space",
        13: "acquisition-profile",
        20: "pose",
        21: "pose-angle",
        22: "photo-attributes",
        23: "photo-source",
        24: "quality",
        25: "pose-angles",
        26: "photo-description",
        27: "eyes",
        28: "hair",
        40: "place",
        41: "size",
        42: "description",
        43: "colours",
    },
    13: _RIDGES,
    14: _RIDGES,
    15: _RIDGES,
}


@dataclass(frozen=True)
class Others:
    """What is not searched, and the minutiae that are.

    Attributes
    ----------
    attachments : tuple of Attachment
        Images that are kept with the encounter.
    prints : tuple of Print
        Templates of Type 9 that stand for a finger of which there is no image.
    not_searched : tuple of mapping
        ``field`` (``record 16``), ``kind`` (as of an attachment, or ``minutiae``) and ``what`` it
        is, of all that is not searched.
    """

    attachments: tuple[Attachment, ...] = ()
    prints: tuple[Print, ...] = ()
    not_searched: tuple[Mapping[str, str], ...] = ()


def others_of(file: ItlFile) -> Others:
    """Everything of a file but the images of its fingers.

    Raises
    ------
    TransactionError
        If there are too many images, or minutiae to be searched are broken.
    """
    fingers = finger_images(file)
    taken = {each.record for each in fingers}
    images = [each for each in itl_images(file) if each.record not in taken]
    if len(images) > MAX_ATTACHMENTS:
        message = f"More than {MAX_ATTACHMENTS} images that are no fingers."
        raise TransactionError(
            faults=[{"code": "size", "field": "record 1, 1.003", "message": message}]
        )
    told = [
        {"field": f"record {each.record}", "kind": _kind(file, each).value,
         "what": _what(file, each)}
        for each in images
    ]  # fmt: skip
    prints = []
    for each in itl_minutiae(file):
        found = _searched(each, fingers)
        if isinstance(found, Print):
            prints.append(found)
        else:
            told.append({"field": f"record {each.record}", "kind": "minutiae", "what": found})
    return Others(
        tuple(_attachment(file, each) for each in images),
        tuple(prints),
        tuple(sorted(told, key=lambda each: int(each["field"].removeprefix("record ")))),
    )


def _searched(of: ItlMinutiae, fingers: list[ItlImage]) -> Print | str:
    """Minutiae as a template to search, else in words what they are and why they are none."""
    if of.image is not None:
        counts = any(each.record == of.image.record for each in fingers)
        return _BESIDE if counts else "minutiae of a print that is not searched"
    if of.block != "incits":
        return "minutiae of a block without size and quality"
    try:
        template = of.read()
    except RecordError as error:
        fault = {"code": error.code, "field": error.field or "", "message": error.message}
        raise TransactionError(faults=[fault]) from error
    if template.finger and any(each.finger.anatomical is template.finger for each in fingers):
        return _BESIDE
    if template.impression in _LATENT:
        return "minutiae of a latent print"
    if not template.quality or not len(template):
        return "minutiae of no stated quality"
    return Print(pack(template), template.finger, template.impression, template=True)


def _kind(file: ItlFile, image: ItlImage) -> ImageKind:
    if image.type == 10:
        face = _record(file, image).text(3).upper() == "FACE"
        return ImageKind.FACE if face else ImageKind.OTHER
    if image.type == 15 or (image.type in (4, 14) and image.position in _PALMS):
        return ImageKind.PALM
    if image.type == 17:
        return ImageKind.IRIS
    return ImageKind.SIGNATURE if image.type == 8 else ImageKind.OTHER


def _what(file: ItlFile, image: ItlImage) -> str:
    """In words without anything personal: only codes that are known are repeated."""
    kind = _kind(file, image)
    if image.type == 10 and kind is ImageKind.OTHER:
        stated = _record(file, image).text(3).lower()
        return stated if stated in ("scar", "mark", "tattoo") else "picture"
    if kind is not ImageKind.OTHER and kind is not ImageKind.PALM:
        return kind.value
    word = "latent print" if image.type in (7, 13) else "print"
    word = "palm" if kind is ImageKind.PALM else word
    return f"{word}, position {image.position}" if image.position > 0 else word


def _attachment(file: ItlFile, image: ItlImage) -> Attachment:
    media = media_type(image.data) or "application/octet-stream"
    notes = {"record-type": str(image.type), "compression": image.compression[:_MOST_TEXT]}
    if image.compression == "NONE":
        pixels = image.width * image.height
        if pixels and len(image.data) in (pixels, 3 * pixels):
            media = "image/x-raw"
            notes["shape"] = f"{image.height} {image.width}"
            if len(image.data) != pixels:
                notes["shape"] += " 3"
    if image.position > 0:
        notes["position"] = str(image.position)
    if image.ppi is not None:
        notes["resolution"] = f"{image.ppi:.6g}"
    return Attachment(_kind(file, image).value, media, image.data, {**notes, **_told(file, image)})


def _told(file: ItlFile, image: ItlImage) -> dict[str, str]:
    record = _record(file, image)
    names = _TOLD.get(image.type, {})
    found = {names[number]: _text(record, number) for number in names}
    return {name: text for name, text in found.items() if text}


def _text(record: ItlRecord, number: int) -> str:
    """A field on one line: items with commas, subfields with semicolons between them."""
    parts = (", ".join(filter(None, items)) for items in record.items(number))
    return _printable("; ".join(filter(None, parts)))


def _printable(text: str) -> str:
    spread: Iterator[str] = (each if each.isprintable() else " " for each in text[:_MOST_TEXT])
    return "".join(spread).strip()


def _record(file: ItlFile, image: ItlImage) -> ItlRecord:
    return file.records[image.record - 1]
