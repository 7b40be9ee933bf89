"""OSIA's biometric data into prints to search and attachments to keep."""

from __future__ import annotations

import base64
import binascii
import io
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from PIL import Image

from tenprint.api._osia._models import BiometricData, Encounter
from tenprint.desk import Attachment, Print
from tenprint.formats import media_type
from tenprint.model import Finger, Impression, InputError

#: Fetches what a reference leads to: address, name of the field for messages.
Fetch = Callable[[str, str], bytes]

#: The media type of the document that keeps what OSIA sends beside images.
DOCUMENT = "application/vnd.osia.encounter+json"

_RIGHT = (Finger.RIGHT_INDEX, Finger.RIGHT_MIDDLE, Finger.RIGHT_RING, Finger.RIGHT_LITTLE)
_LEFT = (Finger.LEFT_INDEX, Finger.LEFT_MIDDLE, Finger.LEFT_RING, Finger.LEFT_LITTLE)

#: OSIA's positions of single fingers and whole slaps.
FINGERS = {finger.name: finger for finger in (Finger.UNKNOWN, *map(Finger, range(1, 11)))} | {
    "PLAIN_RIGHT_FOUR_FINGERS": Finger.PLAIN_RIGHT_FOUR,
    "PLAIN_LEFT_FOUR_FINGERS": Finger.PLAIN_LEFT_FOUR,
    "PLAIN_THUMBS": Finger.PLAIN_THUMBS,
}

#: The same backwards.
POSITIONS = {finger: name for name, finger in FINGERS.items()} | {
    Finger.PLAIN_RIGHT_THUMB: "RIGHT_THUMB",
    Finger.PLAIN_LEFT_THUMB: "LEFT_THUMB",
}

#: Several fingers in one image: a slap of which the others are missing.
_PARTS = {
    "RIGHT_INDEX_AND_MIDDLE": (Finger.PLAIN_RIGHT_FOUR, _RIGHT[2:]),
    "RIGHT_MIDDLE_AND_RING": (Finger.PLAIN_RIGHT_FOUR, (_RIGHT[0], _RIGHT[3])),
    "RIGHT_RING_AND_LITTLE": (Finger.PLAIN_RIGHT_FOUR, _RIGHT[:2]),
    "RIGHT_INDEX_AND_MIDDLE_AND_RING": (Finger.PLAIN_RIGHT_FOUR, _RIGHT[3:]),
    "RIGHT_MIDDLE_AND_RING_AND_LITTLE": (Finger.PLAIN_RIGHT_FOUR, _RIGHT[:1]),
    "LEFT_INDEX_AND_MIDDLE": (Finger.PLAIN_LEFT_FOUR, _LEFT[2:]),
    "LEFT_MIDDLE_AND_RING": (Finger.PLAIN_LEFT_FOUR, (_LEFT[0], _LEFT[3])),
    "LEFT_RING_AND_LITTLE": (Finger.PLAIN_LEFT_FOUR, _LEFT[:2]),
    "LEFT_INDEX_AND_MIDDLE_AND_RING": (Finger.PLAIN_LEFT_FOUR, _LEFT[3:]),
    "LEFT_MIDDLE_AND_RING_AND_LITTLE": (Finger.PLAIN_LEFT_FOUR, _LEFT[:1]),
}

_IMPRESSIONS = {
    "NONLIVE_SCAN_PLAIN": Impression.NONLIVE_PLAIN,
    "NONLIVE_SCAN_ROLLED": Impression.NONLIVE_ROLLED,
    "LIVE_SCAN_VERTICAL_ROLL": Impression.OTHER,
    "LIVE_SCAN_OPTICAL_CONTACTLESS_PLAIN": Impression.LIVE_SCAN_CONTACTLESS_PLAIN,
}

_KINDS = {"FACE": "face", "IRIS": "iris", "SIGNATURE": "signature"}

#: Image sizes that a raw buffer may claim.
_MOST_PIXELS = 100_000_000


@dataclass
class Parts:
    """What a list of biometric data holds.

    Attributes
    ----------
    prints : list of Print
        Fingers, which are searched.
    attachments : list of Attachment
        Everything else, which is only kept.
    outline : list of dict
        The data without images, in order; ``image`` says where each image went.
    not_searched : list of str
        Types and positions that are kept and not searched.
    """

    prints: list[Print] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    outline: list[dict[str, Any]] = field(default_factory=list)
    not_searched: list[str] = field(default_factory=list)


def read_parts(data: Sequence[BiometricData], fetch: Fetch, where: str) -> Parts:
    """Sort biometric data into prints and attachments; references are fetched.

    Raises
    ------
    InputError
        If a buffer is not base64, a reference is not allowed or cannot be fetched, a buffer comes
        twice, or data is encrypted.
    """
    parts = Parts()
    seen: dict[Finger, int] = {}
    for index, each in enumerate(data):
        at = f"{where}[{index}]"
        if each.encryption is not None:
            raise encrypted(at)
        image = _bytes_of(each.image, each.imageRef, f"{at}.image", fetch)
        template = _bytes_of(each.template, each.templateRef, f"{at}.template", fetch)
        kept = each.model_dump(
            mode="json", exclude_none=True, exclude={"image", "imageRef", "templateRef"}
        )
        position = _position(each)
        if position is None:
            _attach(parts, each, image, template, kept, index, at)
        else:
            finger, missing = position
            impression = _impression(each)
            ppi = None if each.resolution is None else float(each.resolution)
            if image is not None:
                image = _readable(each, image, at)
                parts.prints.append(Print(image, finger, impression, ppi, False, None, missing))
                kept["image"] = [int(finger), seen.get(finger, 0)]
                seen[finger] = seen.get(finger, 0) + 1
            elif template is not None:
                parts.prints.append(Print(template, finger, impression, None, True))
            if template is not None:
                kept["template"] = base64.b64encode(template).decode()
        parts.outline.append(kept)
    parts.not_searched = list(dict.fromkeys(parts.not_searched))
    return parts


def document(encounter: Encounter, outline: list[dict[str, Any]]) -> Attachment:
    """Everything of an encounter but its images, as one more attachment."""
    kept = encounter.model_dump(
        mode="json",
        exclude_none=True,
        include={
            *("clientData", "contextualData", "biographicData", "integrity"),
            *("createdDate", "updatedDate"),
        },
    )
    kept["biometricData"] = outline
    text = json.dumps(kept, separators=(",", ":"), ensure_ascii=False)
    return Attachment("other", DOCUMENT, text.encode("utf-8", "surrogatepass"))


def encrypted(field: str) -> InputError:
    """The refusal of encrypted data."""
    return InputError("Encrypted data cannot be searched.", field=field, remedy="Send it plainly.")


def decode(text: str, field: str) -> bytes:
    """Base64 into bytes.

    Raises
    ------
    InputError
        If it is none, or empty.
    """
    try:
        found = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise InputError("This is not base64.", field=field) from None
    if not found:
        raise InputError("The buffer is empty.", field=field)
    return found


def _bytes_of(buffer: str | None, reference: str | None, field: str, fetch: Fetch) -> bytes | None:
    if buffer is not None and reference is not None:
        raise InputError("Give the buffer or a reference to it, not both.", field=field)
    if buffer is not None:
        return decode(buffer, field)
    if reference is not None:
        return fetch(reference, f"{field}Ref")
    return None


def _position(each: BiometricData) -> tuple[Finger, tuple[Finger, ...]] | None:
    """Finger or slap with the fingers missing from it; None for what is not searched."""
    if each.biometricType != "FINGER":
        return None
    name = "UNKNOWN" if each.biometricSubType is None else each.biometricSubType
    if name in _PARTS:
        return _PARTS[name]
    if name not in FINGERS:
        return None
    gone = tuple(
        FINGERS[one.biometricSubType]
        for one in each.missing or ()
        if one.biometricSubType is not None
        and FINGERS.get(one.biometricSubType, Finger.UNKNOWN).is_single
        and one.presence in ("AMPUTATED", "BANDAGED")
    )
    finger = FINGERS[name]
    return finger, gone if finger.is_slap else ()


def _impression(each: BiometricData) -> Impression:
    if each.impressionType is None:
        return Impression.LIVE_SCAN_PLAIN
    name = each.impressionType
    known = Impression.__members__.get(name)
    return known if known is not None else _IMPRESSIONS.get(name, Impression.UNKNOWN)


def _attach(
    parts: Parts,
    each: BiometricData,
    image: bytes | None,
    template: bytes | None,
    kept: dict[str, Any],
    index: int,
    at: str,
) -> None:
    sub = "" if each.biometricSubType is None else each.biometricSubType
    kind = _KINDS.get(each.biometricType, "palm" if each.biometricType == "FINGER" else "other")
    if kind == "palm" and sub == "RIGHT_INDEX_AND_LEFT_INDEX":
        kind = "other"
    parts.not_searched.append(f"{each.biometricType} {sub}".strip())
    if template is not None:
        kept["template"] = base64.b64encode(template).decode()
    if image is not None:
        media = each.mimeType or media_type(image) or "application/octet-stream"
        if len(media) > 80 or not media.isascii() or not media.isprintable():
            raise InputError("This is no media type.", field=f"{at}.mimeType")
        parts.attachments.append(Attachment(kind, media, image, {"osia": str(index)}))
        kept["image"] = index


def _readable(each: BiometricData, image: bytes, at: str) -> bytes:
    """A raw buffer (compression NONE) as PNG; every other one as it is."""
    if each.compression != "NONE" or media_type(image) is not None:
        return image
    width, height = each.width, each.height
    if width is None or height is None or (each.bitdepth or 8) != 8:
        raise InputError("A raw image needs width, height and 8 bits a pixel.", field=at)
    if width * height != len(image) or len(image) > _MOST_PIXELS:
        raise InputError("The raw image is not as long as its width and height say.", field=at)
    pixels = np.frombuffer(image, np.uint8).reshape(height, width)
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG")
    return out.getvalue()
