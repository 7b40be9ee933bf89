"""Transaction files of fictitious people, made by our own writer."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from functools import cache

from tenprint.formats import (
    Heading,
    ItlFile,
    ItlRecord,
    encode_wsq,
    image_record,
    make_itl,
    type2_of,
)
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
