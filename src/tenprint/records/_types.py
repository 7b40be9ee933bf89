"""What is stored of people, as it is given and as it is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from tenprint.model import (
    Biographics,
    Finger,
    Identifier,
    Impression,
    Purpose,
    TransactionClass,
)

_NOTHING = Biographics()


class RecordStatus(StrEnum):
    """What may be done with a person's record."""

    ACTIVE = "active"
    INACTIVE = "inactive"  # kept, left out of searches
    SEALED = "sealed"  # kept, left out of searches and of what most may see
    MERGED = "merged"  # everything lies with another person, see `PersonRecord.merged_into`
    EXPUNGED = "expunged"  # nothing is left but the proof that it was


class Retention(StrEnum):
    """How long images and encounters are kept; `RETENTION_PERIODS` says it in days."""

    CRIMINAL = "criminal"
    CIVIL_RETAINED = "civil-retained"
    CIVIL_NOT_RETAINED = "civil-not-retained"
    BORDER = "border"
    NONE = "none"


class ImageKind(StrEnum):
    """What an image shows. Only fingers are searched; the others are stored."""

    FINGER = "finger"
    PALM = "palm"
    FACE = "face"
    IRIS = "iris"
    SIGNATURE = "signature"
    OTHER = "other"


class EventKind(StrEnum):
    """The kinds of events that subscriptions and access rules know."""

    ARREST = "arrest"
    CHARGE = "charge"
    DISPOSITION = "disposition"
    CUSTODY = "custody"
    CHECK = "check"  # a civil background check
    OTHER_CIVIL = "other-civil"

    @property
    def civil(self) -> bool:
        """Whether it belongs to the civil side of a record."""
        return self in (EventKind.CHECK, EventKind.OTHER_CIVIL)


class FlagKind(StrEnum):
    """What a person is flagged as."""

    WANTED = "wanted"
    MISSING = "missing"
    SPECIAL_CONCERN = "special-concern"


@dataclass(frozen=True)
class NewImage:
    """An image to be stored, as it came.

    Attributes
    ----------
    data : bytes
        1 byte to 64 MiB.
    kind : ImageKind
    media : str
        Such as ``image/x-wsq``.
    finger : Finger
    impression : Impression
    ppi : int
        Pixels an inch; 0 where unknown.
    detail : mapping of str to str
        Anything else worth keeping, such as ``eye: left``; encrypted.
    """

    data: bytes = field(repr=False)
    kind: ImageKind = ImageKind.FINGER
    media: str = "application/octet-stream"
    finger: Finger = Finger.UNKNOWN
    impression: Impression = Impression.UNKNOWN
    ppi: int = 0
    detail: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class StoredImage:
    """An image that is stored; `Records.image` reads its bytes.

    Attributes
    ----------
    file : str
        Its name in the vault: SHA-256 of the encrypted file, 64 hexadecimal digits.
    size : int
        Bytes of the image.
    """

    file: str
    kind: ImageKind
    media: str
    finger: Finger
    impression: Impression
    ppi: int
    size: int
    detail: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class NewEncounter:
    """One submission of somebody, to be stored.

    Attributes
    ----------
    agency : str
        Who submitted it, 1 to 64 characters.
    packed : bytes
        Its templates, each by `tenprint.formats.pack`; empty where it has no prints to search.
    id : str, optional
        The client's name for it, 1 to 200 characters, unique with the person; else we make one.
    transaction : str, optional
    klass, purpose : optional
    taken_at : datetime, optional
        When prints and images were taken; UTC.
    biographics : Biographics
    detail : mapping of str to str
        Anything else worth keeping; encrypted.
    images : tuple of NewImage
    galleries : tuple of str
        Names; unknown ones are made (at most 31 in a store).
    active : bool
    retention : Retention
    """

    agency: str
    packed: bytes = field(default=b"", repr=False)
    id: str | None = None
    transaction: str | None = None
    klass: TransactionClass | None = None
    purpose: Purpose | None = None
    taken_at: datetime | None = None
    biographics: Biographics = _NOTHING
    detail: Mapping[str, str] = field(default_factory=dict)
    images: tuple[NewImage, ...] = ()
    galleries: tuple[str, ...] = ("default",)
    active: bool = True
    retention: Retention = Retention.CRIMINAL


@dataclass(frozen=True)
class EncounterRecord:
    """An encounter as it is stored.

    Attributes
    ----------
    id : str
    number : int or None
        The encounter's number in the store of templates (`Candidate.encounter`); None while the
        person is unknown.
    agency, transaction, klass, purpose, taken_at : as given
    stored_at : datetime
    active : bool
    galleries : tuple of str
    retention : Retention
    until : datetime or None
        When it is removed; None is never.
    biographics : Biographics
        Empty unless asked for.
    detail : mapping of str to str
        As `biographics`.
    images : tuple of StoredImage
        Empty unless asked for.
    """

    id: str
    number: int | None
    agency: str
    transaction: str | None
    klass: TransactionClass | None
    purpose: Purpose | None
    taken_at: datetime | None
    stored_at: datetime
    active: bool
    galleries: tuple[str, ...]
    retention: Retention
    until: datetime | None
    biographics: Biographics = _NOTHING
    detail: Mapping[str, str] = field(default_factory=dict)
    images: tuple[StoredImage, ...] = ()


@dataclass(frozen=True)
class NewEvent:
    """Something that happened to a person.

    Attributes
    ----------
    kind : EventKind
    agency : str
        Who reports it.
    date : str
        ``YYYY``, ``YYYY-MM`` or ``YYYY-MM-DD``.
    text : str
        At most 4000 characters.
    codes : mapping of str to str
        Such as ``offence`` or ``statute``; at most 50.
    sealed : bool
        Seen only by who may see sealed parts.
    transaction : str, optional
    """

    kind: EventKind
    agency: str
    date: str
    text: str = ""
    codes: Mapping[str, str] = field(default_factory=dict)
    sealed: bool = False
    transaction: str | None = None


@dataclass(frozen=True)
class EventRecord(NewEvent):
    """An event as it is stored, with its id and when it was recorded (UTC)."""

    id: str = ""
    recorded_at: datetime | None = None


@dataclass(frozen=True)
class Flag:
    """A flag on a person.

    Attributes
    ----------
    kind : FlagKind
    issuer : str
        The agency.
    since, until : datetime
        UTC; `until` None is for good.
    reference : str
        The issuer's own, such as a warrant's number.
    id : str
        Given when it is stored.
    """

    kind: FlagKind
    issuer: str
    since: datetime
    until: datetime | None = None
    reference: str = ""
    id: str = ""


@dataclass(frozen=True)
class PersonRecord:
    """What is stored of a person, as far as it was asked for.

    Attributes
    ----------
    id : str
        The identifier in the gallery.
    number : int
        The person's number in the store.
    status : RecordStatus
    merged_into : str or None
        The person to look at instead.
    created_at : datetime
    encounters, events, flags, identifiers : tuple
        In the order they were stored.
    biographics : tuple of Biographics
        What the encounters state, each once; also where the encounters themselves may not be seen.
    """

    id: str
    number: int
    status: RecordStatus
    merged_into: str | None
    created_at: datetime
    encounters: tuple[EncounterRecord, ...] = ()
    events: tuple[EventRecord, ...] = ()
    flags: tuple[Flag, ...] = ()
    identifiers: tuple[Identifier, ...] = ()
    biographics: tuple[Biographics, ...] = ()


@dataclass(frozen=True)
class Subscription:
    """An agency's wish to be told of later events of a person.

    Attributes
    ----------
    id, agency, person : str
    kinds : frozenset of EventKind
    since : datetime
    until : datetime or None
        UTC; None is until it is cancelled.
    reference : str
        The agency's own; encrypted.
    cancelled_at : datetime or None
    """

    id: str
    agency: str
    person: str
    kinds: frozenset[EventKind]
    since: datetime
    until: datetime | None = None
    reference: str = ""
    cancelled_at: datetime | None = None


@dataclass(frozen=True)
class Notice:
    """That an event is to be told to a subscriber."""

    subscription: Subscription
    event: EventRecord


@dataclass(frozen=True)
class MergeRecord:
    """That one person was merged into another.

    Attributes
    ----------
    id : str
    target, source : str
        Person identifiers.
    at : datetime
    undone_at : datetime or None
    """

    id: str
    target: str
    source: str
    at: datetime
    undone_at: datetime | None = None


@dataclass(frozen=True)
class Swept:
    """What a sweep did: encounters, whole people and submissions that expired, files erased."""

    encounters: int = 0
    people: int = 0
    submissions: int = 0
    files: int = 0
