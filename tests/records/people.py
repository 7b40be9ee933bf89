"""Made-up people for the records' tests."""

from datetime import UTC, datetime

from tests.store.people import packed_person

from tenprint.model import (
    Biographics,
    Finger,
    Identifier,
    Impression,
    PersonName,
    Purpose,
    Sex,
    TransactionClass,
)
from tenprint.records import (
    EventKind,
    ImageKind,
    NewEncounter,
    NewEvent,
    NewImage,
    Retention,
)

WHEN = datetime(2026, 2, 3, 4, 5, 6, tzinfo=UTC)


def who(number: int) -> Biographics:
    return Biographics(
        (PersonName(f"Zeraphina{number}", f"Quastenberg{number}"),),
        ("1980-05-17",),
        Sex.FEMALE,
        (Identifier("passport", f"XQ7{number:05d}", "Ruritania"),),
        {"place-of-birth": f"Strelsau{number}"},
    )


def image(number: int, finger: Finger = Finger.RIGHT_INDEX) -> NewImage:
    data = f"image {number} ".encode() * 100
    return NewImage(
        data,
        ImageKind.FINGER,
        "image/x-wsq",
        finger,
        Impression.LIVE_SCAN_ROLLED,
        500,
        {"device": f"scanner {number}"},
    )


def encounter(
    number: int,
    id: str | None = None,  # noqa: A002
    *,
    agency: str = "RU0000001",
    images: int = 2,
    retention: Retention = Retention.CRIMINAL,
    galleries: tuple[str, ...] = ("default",),
    active: bool = True,
    prints: bool = True,
) -> NewEncounter:
    return NewEncounter(
        agency,
        packed_person(number) if prints else b"",
        id,
        f"T-{number}",
        TransactionClass.CRIMINAL_TENPRINT,
        Purpose.CRIMINAL_JUSTICE,
        WHEN,
        who(number),
        {"cell": f"block {number}"},
        tuple(image(100 * number + n, Finger(n + 1)) for n in range(images)),
        galleries,
        active,
        retention,
    )


def event(number: int, kind: EventKind = EventKind.ARREST, *, sealed: bool = False) -> NewEvent:
    codes = {"offence": f"RC-{number}"}
    return NewEvent(kind, "RU0000001", "2025-11-30", f"took {number} umbrellas", codes, sealed)
