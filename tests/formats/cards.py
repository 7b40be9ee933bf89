"""Transaction files of fictitious people, made by our own writer."""

import io
from collections.abc import Sequence
from datetime import UTC, date, datetime
from functools import cache

import numpy as np
from PIL import Image

from tenprint.formats import (
    Heading,
    ItlFile,
    ItlRecord,
    encode_wsq,
    image_record,
    make_itl,
    type2_of,
)
from tenprint.formats.itl._model import Value
from tenprint.model import TEN_FINGERS, Biographics, Finger, Identifier, Impression, PersonName, Sex
from tenprint.synth import person

NOON = datetime(2026, 3, 4, 12, 30, 15, tzinfo=UTC)
HEADING = Heading("CARD-0000000001", "ZZTESTPD1", "ZZIDENT00", NOON)

WHO = Biographics(
    (PersonName("Quinlana Mirelle", "Kestrelford-Øst"), PersonName("Lina", "Stone")),
    ("1987-06-05",),
    Sex.FEMALE,
    (Identifier("state-id", "ZZ1234567", "ZZ"), Identifier("passport", "X7654321")),
    {"place-of-birth": "ZZ", "eyes": "GRN", "hair": "BRO", "height": "507", "weight": "140"},
)

#: What a criminal card has beside the person: retention, arrest, charge, controlling agency.
ARREST = {5: "Y", 45: "20260303", 47: [("20260302", "TRESPASS, SIMPLE")], 73: "ZZTESTPD1"}


def finger_records(
    fingers: Sequence[Finger] = TEN_FINGERS, seed: int = 1, kind: int = 14, bitrate: float = 0.75
) -> list[ItlRecord]:
    """One rolled image of each finger."""
    made = []
    for idc, finger in enumerate(fingers, 1):
        data, height, width = encoded(finger, seed, bitrate)
        made.append(
            image_record(
                data,
                width=width,
                height=height,
                finger=finger,
                impression=Impression.LIVE_SCAN_ROLLED,
                idc=idc,
                kind=kind,
                source="ZZTESTPD1",
                captured=date(2026, 3, 3),
            )
        )
    return made


@cache
def encoded(finger: Finger, seed: int, bitrate: float) -> tuple[bytes, int, int]:
    """A print as WSQ, its height and width."""
    pixels = person(seed).fingers[finger].impression(1)
    return encode_wsq(pixels, 500, bitrate), pixels.shape[0], pixels.shape[1]


def card(records: Sequence[ItlRecord], who: Biographics = WHO, tot: str = "CAR") -> ItlFile:
    """A criminal card with these images."""
    return make_itl(HEADING, tot, [type2_of(who, tot, ARREST), *records])


#: How images are encoded: 14.011 by the name of Pillow's format.
COMPRESSIONS = {"JPEG": "JPEGB", "JPEG2000": "JP2L", "PNG": "PNG", "WSQ": "WSQ20", "": "NONE"}


def picture(seed: int, height: int = 120, width: int = 90, colours: int = 3) -> np.ndarray:
    """Smooth noise: no print, no face, only something to keep."""
    rough = np.random.default_rng(seed).random((height // 10, width // 10, colours))
    pixels = (255 * rough.repeat(10, 0).repeat(10, 1)).astype(np.uint8)
    return pixels if colours > 1 else pixels[:, :, 0]


def picture_record(
    kind: int, idc: int, pixels: np.ndarray, form: str, values: dict[int, Value]
) -> ItlRecord:
    """A tagged image record; `form` is Pillow's, ``WSQ``, or empty for raw pixels."""
    file = io.BytesIO()
    if form == "WSQ":
        file.write(encode_wsq(pixels, 500, 2.25))
    elif form:
        Image.fromarray(pixels).save(file, form)
    else:
        file.write(pixels.tobytes())
    usual: dict[int, Value] = {
        4: "ZZTESTPD1",
        5: "20260303",
        6: str(pixels.shape[1]),
        7: str(pixels.shape[0]),
        8: "0" if kind == 10 else "1",
        9: "1" if kind == 10 else "500",
        10: "1" if kind == 10 else "500",
        11: COMPRESSIONS[form],
        12: "SRGB" if kind == 10 else "8",
        999: file.getvalue(),
    }
    return ItlRecord.of(kind, dict(sorted((usual | values).items())), idc)


def other_records(first: int = 20) -> list[ItlRecord]:
    """A face, a tattoo, two palms and a latent, each encoded in another way."""
    grey = picture(4, 300, 200, 1)
    return [
        picture_record(10, first, picture(1), "JPEG", {3: "FACE", 13: "10", 20: "F", 27: "GRN"}),
        picture_record(10, first + 1, picture(2), "PNG", {3: "TATTOO", 40: "L ARM", 43: "BLUE"}),
        picture_record(15, first + 2, grey, "WSQ", {3: "10", 13: "21", 20: "FIRST TRY"}),
        picture_record(15, first + 3, grey, "JPEG2000", {3: "10", 13: "23"}),
        picture_record(13, first + 4, grey, "", {3: "4", 13: "2"}),
    ]
