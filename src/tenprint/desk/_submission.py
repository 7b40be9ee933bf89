"""What an agency sends."""

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

#: The most attachments of one submission.
MAX_ATTACHMENTS = 50


class Operation(StrEnum):
    """What is done, where a class does more than one thing; the first of a class is its default.

    Of `tenprint-search`: `identify`, `identify-person`, `identify-encounter`. Of `enrol`: `enrol`.
    Of `update`: `add-encounter`, `replace-encounter`, `move`, `set-status`, `set-galleries`,
    `seal`, `unseal`, `unmerge`, `set-flag`, `remove-flag`, `add-event`, `seal-event`,
    `unseal-event`, `remove-event`, `add-identifier`, `remove-identifier`. Of `delete`:
    `delete-person`, `delete-encounter`, `expunge`. Of `verify`: `verify-person`, `verify-prints`.
    Of `merge`: `merge`, `consolidate`. Of all others: `check`.
    """

    CHECK = "check"
    IDENTIFY = "identify"
    IDENTIFY_PERSON = "identify-person"
    IDENTIFY_ENCOUNTER = "identify-encounter"
    ENROL = "enrol"
    ADD_ENCOUNTER = "add-encounter"
    REPLACE_ENCOUNTER = "replace-encounter"
    MOVE = "move"
    SET_STATUS = "set-status"
    SET_GALLERIES = "set-galleries"
    SEAL = "seal"
    UNSEAL = "unseal"
    UNMERGE = "unmerge"
    SET_FLAG = "set-flag"
    REMOVE_FLAG = "remove-flag"
    ADD_EVENT = "add-event"
    SEAL_EVENT = "seal-event"
    UNSEAL_EVENT = "unseal-event"
    REMOVE_EVENT = "remove-event"
    ADD_IDENTIFIER = "add-identifier"
    REMOVE_IDENTIFIER = "remove-identifier"
    DELETE_PERSON = "delete-person"
    DELETE_ENCOUNTER = "delete-encounter"
    EXPUNGE = "expunge"
    VERIFY_PERSON = "verify-person"
    VERIFY_PRINTS = "verify-prints"
    MERGE = "merge"
    CONSOLIDATE = "consolidate"


#: The operations of each class, its default first.
OPERATIONS: Mapping[TransactionClass, tuple[Operation, ...]] = {
    TransactionClass.BORDER_CHECK: (Operation.CHECK,),
    TransactionClass.CRIMINAL_TENPRINT: (Operation.CHECK,),
    TransactionClass.CIVIL_CHECK: (Operation.CHECK,),
    TransactionClass.TENPRINT_SEARCH: (
        Operation.IDENTIFY,
        Operation.IDENTIFY_PERSON,
        Operation.IDENTIFY_ENCOUNTER,
    ),
    TransactionClass.ENROL: (Operation.ENROL,),
    TransactionClass.UPDATE: (
        Operation.ADD_ENCOUNTER,
        Operation.REPLACE_ENCOUNTER,
        Operation.MOVE,
        Operation.SET_STATUS,
        Operation.SET_GALLERIES,
        Operation.SEAL,
        Operation.UNSEAL,
        Operation.UNMERGE,
        Operation.SET_FLAG,
        Operation.REMOVE_FLAG,
        Operation.ADD_EVENT,
        Operation.SEAL_EVENT,
        Operation.UNSEAL_EVENT,
        Operation.REMOVE_EVENT,
        Operation.ADD_IDENTIFIER,
        Operation.REMOVE_IDENTIFIER,
    ),
    TransactionClass.DELETE: (
        Operation.DELETE_PERSON,
        Operation.DELETE_ENCOUNTER,
        Operation.EXPUNGE,
    ),
    TransactionClass.VERIFY: (Operation.VERIFY_PERSON, Operation.VERIFY_PRINTS),
    TransactionClass.MERGE: (Operation.MERGE, Operation.CONSOLIDATE),
}


@dataclass(frozen=True)
class Print:
    """One image, or one file of templates.

    Attributes
    ----------
    data : bytes
        An image (WSQ, JPEG 2000, PNG, TIFF, BMP, JPEG), or where `template` is true an ISO
        19794-2, ANSI 378 or packed template. Told by content.
    finger : Finger
        Position; slaps (13-15) are cut. `Finger.UNKNOWN` where nobody knows, or where a template
        file says it itself.
    impression : Impression
    ppi : float, optional
        Resolution, where the image does not say it or is wrong about it.
    template : bool
    boxes : mapping of Finger to tuple, optional
        Of a slap: where its fingers are (see `tenprint.extract.split_slap`).
    missing : tuple of Finger
        Of a slap: fingers that are not there.
    shape : (int, int), optional
        Height and width, where `data` is nothing but grey levels.
    """

    data: bytes = field(repr=False)
    finger: Finger = Finger.UNKNOWN
    impression: Impression = Impression.LIVE_SCAN_PLAIN
    ppi: float | None = None
    template: bool = False
    boxes: Mapping[Finger, tuple[float, ...]] | None = None
    missing: tuple[Finger, ...] = ()
    shape: tuple[int, int] | None = None


@dataclass(frozen=True)
class Attachment:
    """Something kept with an encounter and not searched, such as a face.

    Attributes
    ----------
    kind : str
        ``face``, ``iris``, ``signature``, ``palm`` or ``other``.
    media : str
        Media type of `data`.
    data : bytes
    notes : mapping of str to str
        What the client wants back with it; of an image out of an EBTS file what its record says
        (docs/desk.md).
    """

    kind: str
    media: str
    data: bytes = field(repr=False)
    notes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Event:
    """What happened to a person, as the agency states it.

    Attributes
    ----------
    kind : str
        Of ADD_EVENT one of `tenprint.records.EventKind`; else ``arrest`` or ``check``.
    date : str
        Partial date, ``YYYY[-MM[-DD]]``. ADD_EVENT needs it; else empty is the day of recording.
    charges : tuple of str
        Or the reason for a check.
    disposition : str
    case : str
        The agency's number of it.
    codes : mapping of str to str
        Anything else by name, such as ``statute``; at most 50.
    """

    kind: str = "arrest"
    date: str = ""
    charges: tuple[str, ...] = ()
    disposition: str = ""
    case: str = ""
    codes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Flag:
    """What a person is flagged as; the agency that submits it is its issuer.

    Attributes
    ----------
    kind : str
        One of `tenprint.records.FlagKind`.
    since : datetime, optional
        Default: when it is recorded.
    until : datetime, optional
        When it ends; None is not before it is removed.
    note : str
        At most 300 characters, such as a warrant's number.
    """

    kind: str
    since: datetime | None = None
    until: datetime | None = None
    note: str = ""


@dataclass(frozen=True)
class Options:
    """How it is to be done.

    Attributes
    ----------
    limit : int
        The most candidates returned, 1 to 100.
    threshold : float, optional
        Of a search that returns candidates: leave out lower scores.
    galleries : tuple of str
        Names of galleries searched, or enrolled into; empty for all, or the default one.
    expedite : bool
        A civil check in the shorter time.
    priority : int, optional
        0 (lowest) to 9: among equal deadlines the higher goes first.
    retain : bool, optional
        Whether prints and biographics become an encounter. Default by class: criminal and enrol
        yes, others no.
    search_first : bool
        ENROL without `person`: whether the gallery is searched first, and somebody found gets
        another encounter instead of a second record.
    callback : str, optional
        Where the answer is posted as JSON.
    require_fingers : int
        Refuse (REJECTED answer) with fewer usable fingers.
    subscribe_days : int
        Of a check that finds or retains a person: tell of later arrests for so many days; 0 not.
    """

    limit: int = 10
    threshold: float | None = None
    galleries: tuple[str, ...] = ()
    expedite: bool = False
    priority: int | None = None
    retain: bool | None = None
    search_first: bool = True
    callback: str | None = None
    require_fingers: int = 1
    subscribe_days: int = 0


@dataclass(frozen=True)
class Submission:
    """One transaction as an agency sends it.

    Attributes
    ----------
    transaction : str
        The agency's own identifier, 1 to 100 printable characters, unique within the agency.
    klass : TransactionClass
        One that waits (`TransactionClass.waits`). With `ebts` the file's type says it, unless
        `as_given`.
    purpose : Purpose
    operation : Operation, optional
        Default: the first of the class, see `OPERATIONS`.
    prints : tuple of Print
        The probe, or what is enrolled.
    against : tuple of Print
        VERIFY_PRINTS: the second sample.
    biographics : Biographics
    person, encounter : str, optional
        Whom it concerns, or under which identifiers to enrol.
    other_person : str, optional
        MERGE, MOVE: the source (`person` is the target).
    status : str, optional
        SET_STATUS: ``active`` or ``inactive``.
    event : Event, optional
        CRIMINAL_TENPRINT, CIVIL_CHECK, ADD_EVENT: what is recorded.
    attachments : tuple of Attachment
    context : mapping of str to str
        Kept with the encounter (capture, device, client's data); returned by `Desk.encounters`.
    encounter_type : str
    reason : str
        Why it is asked, for the audit log; no personal data.
    captured : datetime, optional
    ebts : bytes, optional
        An ANSI/NIST-ITL or EBTS file from which class, prints, biographics and attachments come.
        Fields above that are given as well win, but for prints; attachments are added.
    flag : Flag, optional
        SET_FLAG: the flag; it takes the place of the agency's own that `entry` names.
    identifier : Identifier, optional
        ADD_IDENTIFIER, REMOVE_IDENTIFIER: which.
    entry : str, optional
        SEAL_EVENT, UNSEAL_EVENT, REMOVE_EVENT: the event's id, as answers tell it. REMOVE_FLAG,
        SET_FLAG: the flag's.
    other_people : tuple of str
        CONSOLIDATE: who becomes one with `person`, at most 20.
    as_given : bool
        Whether `klass` counts and not the type of the `ebts` file: a card of an arrest can be sent
        again as a border check.
    options : Options
    not_searched : tuple of mapping
        What of the `ebts` file is not searched: ``field``, ``kind`` and ``what`` of each; the
        answer tells it.
    """

    transaction: str
    klass: TransactionClass
    purpose: Purpose
    operation: Operation | None = None
    prints: tuple[Print, ...] = ()
    against: tuple[Print, ...] = ()
    biographics: Biographics = field(default_factory=Biographics)
    person: str | None = None
    encounter: str | None = None
    other_person: str | None = None
    status: str | None = None
    event: Event | None = None
    attachments: tuple[Attachment, ...] = ()
    context: Mapping[str, str] = field(default_factory=dict)
    encounter_type: str = ""
    reason: str = ""
    captured: datetime | None = None
    ebts: bytes | None = field(default=None, repr=False)
    as_given: bool = False
    flag: Flag | None = None
    identifier: Identifier | None = None
    entry: str | None = None
    other_people: tuple[str, ...] = ()
    options: Options = field(default_factory=Options)
    not_searched: tuple[Mapping[str, str], ...] = ()

    @property
    def what(self) -> Operation:
        """The operation, the class's default where none is named."""
        return self.operation or OPERATIONS.get(self.klass, (Operation.CHECK,))[0]
