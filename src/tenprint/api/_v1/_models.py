"""What our own interface receives; fields and examples are shown in ``/openapi.json``."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from tenprint.access import AgencyKind
from tenprint.desk import MAX_TRANSACTION, Operation
from tenprint.model import (
    Finding,
    Finger,
    Impression,
    Purpose,
    Role,
    Sex,
    TransactionClass,
)
from tenprint.records import EventKind, FlagKind

Short = Annotated[str, StringConstraints(max_length=300)]
Long = Annotated[str, StringConstraints(max_length=1000)]
Text = Annotated[str, StringConstraints(max_length=10000)]
Identifier_ = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Buffer = Annotated[str, Field(json_schema_extra={"contentEncoding": "base64"})]

FINGER_NAMES = {finger.name.lower().replace("_", "-"): finger for finger in Finger}
IMPRESSION_NAMES = {each.name.lower().replace("_", "-"): each for each in Impression}


def _finger(value: Any) -> Any:
    if isinstance(value, str):
        word = value.strip().lower().replace("_", "-").replace(" ", "-")
        if word not in FINGER_NAMES:
            raise ValueError("no such finger")
        return FINGER_NAMES[word]
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 15:
        return Finger(value)
    raise ValueError("no such finger")


def _impression(value: Any) -> Any:
    if isinstance(value, str):
        word = value.strip().lower().replace("_", "-").replace(" ", "-")
        if word in IMPRESSION_NAMES:
            return IMPRESSION_NAMES[word]
    elif isinstance(value, int) and not isinstance(value, bool) and value in list(Impression):
        return Impression(value)
    raise ValueError("no such impression type")


_FINGER_SCHEMA = {
    "anyOf": [
        {"type": "string", "enum": list(FINGER_NAMES)},
        {"type": "integer", "minimum": 0, "maximum": 15},
    ],
}
_IMPRESSION_SCHEMA = {
    "anyOf": [
        {"type": "string", "enum": list(IMPRESSION_NAMES)},
        {"type": "integer", "enum": [int(each) for each in Impression]},
    ],
}


class _WithSchema:
    """A schema of its own for a validated value."""

    def __init__(self, schema: dict[str, Any]) -> None:
        self._schema = schema

    def __get_pydantic_json_schema__(self, _core: Any, _handler: Any) -> dict[str, Any]:
        return dict(self._schema)


FingerIn = Annotated[Finger, BeforeValidator(_finger), _WithSchema(_FINGER_SCHEMA)]
ImpressionIn = Annotated[Impression, BeforeValidator(_impression), _WithSchema(_IMPRESSION_SCHEMA)]


class Body(BaseModel):
    """An object of which everything is named."""

    model_config = ConfigDict(extra="forbid", strict=True, use_attribute_docstrings=True)


class PrintIn(Body):
    """One image, or one template file, in base64."""

    image: Buffer | None = None
    """WSQ, JPEG 2000, PNG, TIFF, BMP or JPEG; this or `template`."""
    template: Buffer | None = None
    """ISO/IEC 19794-2, ANSI/INCITS 378, or packed; this or `image`."""
    finger: FingerIn = Finger.UNKNOWN
    """Position by name, or its ANSI/NIST-ITL number; 13 to 15 are slaps, which are cut apart."""
    impression: ImpressionIn = Impression.LIVE_SCAN_PLAIN
    """How it was taken, by name or ANSI/NIST-ITL number."""
    ppi: Annotated[float, Field(ge=100, le=2000, strict=False)] | None = None
    """Resolution of the image; without it that of the file, else 500."""
    missing: Annotated[list[FingerIn], Field(max_length=4)] = []
    """Of a slap: fingers that are not in it."""


class NameIn(Body):
    """One name; the whole of it in `given` where nobody knows which part is which."""

    given: Short = ""
    """Given names, or the whole name."""
    family: Short = ""
    """Family name."""


class IdentifierIn(Body):
    """A number by which somebody knows a person."""

    kind: Short
    """What number it is, such as `passport`."""
    value: Short
    """The number itself."""
    issuer: Short = ""
    """Who issued it, such as a country."""


class BiographicsIn(Body):
    """Names, dates and identifiers as the agency states them."""

    names: Annotated[list[NameIn], Field(max_length=50)] = []
    """The name, and others by which the person is known."""
    birth_dates: Annotated[list[Short], Field(max_length=50)] = []
    """`YYYY`, `YYYY-MM` or `YYYY-MM-DD`; several where they are in doubt."""
    sex: Sex = Sex.UNKNOWN
    """As recorded."""
    identifiers: Annotated[list[IdentifierIn], Field(max_length=50)] = []
    """Numbers of documents and registers."""
    other: Annotated[dict[Short, Short], Field(max_length=50)] = {}
    """Anything else, kept and not searched."""


class EventIn(Body):
    """Something that happened to a person."""

    kind: EventKind = EventKind.ARREST
    """What happened; with prints `arrest` or `check`, of `add-event` any."""
    date: Short = ""
    """`YYYY`, `YYYY-MM` or `YYYY-MM-DD`; `add-event` needs it."""
    charges: Annotated[
        list[Annotated[str, StringConstraints(max_length=1000)]], Field(max_length=50)
    ] = []
    """The charges, or the reason for a check."""
    disposition: Short = ""
    """How it ended, if it has."""
    case: Short = ""
    """The agency's number of it."""
    codes: Annotated[dict[Short, Short], Field(max_length=50)] = {}
    """Anything else by name, such as `statute`."""


class FlagIn(Body):
    """What a person is flagged as; the agency is the issuer."""

    kind: FlagKind
    """What for."""
    since: datetime | None = None
    """Since when, with time zone; default: when it is recorded."""
    until: datetime | None = None
    """Until when, with time zone; null: until it is removed."""
    note: Short = ""
    """The issuer's own, such as a warrant's number; shown with the flag."""


ImageKindIn = Literal["finger", "face", "iris", "signature", "palm", "other"]


class AttachmentIn(Body):
    """Something kept with the encounter and not searched."""

    kind: Literal["face", "iris", "signature", "palm", "other"]
    """What it shows."""
    media: Annotated[str, StringConstraints(pattern=r"^[\w.+-]+/[\w.+-]+$", max_length=80)]
    """Media type, such as `image/jpeg`."""
    data: Buffer
    """The file."""
    notes: Annotated[dict[Short, Short], Field(max_length=50)] = {}
    """What is to be given back with it."""


class OptionsIn(Body):
    """How it is to be done."""

    limit: Annotated[int, Field(ge=1, le=100)] = 10
    """The most candidates of a search."""
    threshold: Annotated[float, Field(ge=0, le=1000, strict=False)] | None = None
    """Of a search: leave out candidates with lower scores."""
    galleries: Annotated[list[Identifier_], Field(max_length=31)] = []
    """Which are searched, or enrolled into; empty: all, or the default one."""
    expedite: bool = False
    """A civil check in the shorter time."""
    priority: Annotated[int, Field(ge=0, le=9)] | None = None
    """0, the lowest, to 9: among equal deadlines the higher goes first."""
    retain: bool | None = None
    """Whether prints and biographics are kept; by default those of arrests and enrolments."""
    search_first: bool = True
    """Of an enrolment without `person`: search first; who is found gets another encounter."""
    callback: Annotated[str, StringConstraints(max_length=2000)] | None = None
    """Address that the answer is posted to."""
    require_fingers: Annotated[int, Field(ge=1, le=10)] = 1
    """Reject with fewer usable fingers."""
    subscribe_days: Annotated[int, Field(ge=0, le=3660)] = 0
    """Of a check that finds or keeps a person: tell of later arrests for so many days."""


class SubmissionIn(Body):
    """One transaction."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "transaction": "2026-000017",
                    "class": "border-check",
                    "purpose": "border",
                    "prints": [{"finger": "right-index", "ppi": 500, "image": "iVBORw0KGgo="}],
                    "options": {"limit": 5},
                }
            ]
        }
    )

    transaction: Annotated[str, StringConstraints(min_length=1, max_length=MAX_TRANSACTION)]
    """The agency's own identifier, printable ASCII; the same again is the same transaction."""
    klass: TransactionClass | None = Field(None, alias="class")
    """What is asked; needed unless an EBTS file says it."""
    purpose: Purpose | None = None
    """Why; here or in the header X-Purpose."""
    operation: Operation | None = None
    """Where a class does more than one thing; default: its first."""
    prints: Annotated[list[PrintIn], Field(max_length=100)] = []
    """The prints to be searched or enrolled."""
    against: Annotated[list[PrintIn], Field(max_length=100)] = []
    """Of `verify-prints`: the second sample."""
    biographics: BiographicsIn = BiographicsIn()
    """Who the person is said to be."""
    person: Identifier_ | None = None
    """Whom it concerns, or the identifier to enrol under."""
    encounter: Identifier_ | None = None
    """Which encounter it concerns, or the new one's identifier."""
    other_person: Identifier_ | None = None
    """Of `merge` and `move`: the source; `person` is the target."""
    other_people: Annotated[list[Identifier_], Field(max_length=20)] = []
    """Of `consolidate`: the sources; `person` is the target."""
    status: Literal["active", "inactive"] | None = None
    """Of `set-status`: the new one."""
    event: EventIn | None = None
    """Of an arrest, a civil check or `add-event`: what is recorded."""
    flag: FlagIn | None = None
    """Of `set-flag`: the flag, in the place of your own that `entry` names, if it names one."""
    identifier: IdentifierIn | None = None
    """Of `add-identifier` and `remove-identifier`: which."""
    entry: Identifier_ | None = None
    """Of `seal-event`, `unseal-event`, `remove-event`: the event's id; of flags the flag's."""
    attachments: Annotated[list[AttachmentIn], Field(max_length=50)] = []
    """Faces and other things, kept and not searched."""
    context: Annotated[
        dict[Short, Annotated[str, StringConstraints(max_length=10000)]], Field(max_length=100)
    ] = {}
    """Kept with the encounter: capture, device, what the client wants back."""
    encounter_type: Short = ""
    """What kind of encounter it is, in your words."""
    reason: Short = ""
    """Why it is asked, for the audit log; nothing personal."""
    captured: datetime | None = None
    """When the prints were taken."""
    ebts: Buffer | None = None
    """An ANSI/NIST-ITL or EBTS file, whose type says the class."""
    options: OptionsIn = OptionsIn()
    """Limits, galleries, thresholds, where the answer goes."""


class NameSearchIn(Body):
    """Who could be meant?"""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "purpose": "criminal-justice",
                    "biographics": {
                        "names": [{"given": "Ann", "family": "Example"}],
                        "birth_dates": ["1980-04"],
                    },
                }
            ]
        }
    )

    biographics: BiographicsIn
    """What is known of the person."""
    purpose: Purpose | None = None
    """Why; here or in the header X-Purpose."""
    limit: Annotated[int, Field(ge=1, le=100)] = 10
    """The most people shown."""
    transaction: Annotated[str, StringConstraints(max_length=MAX_TRANSACTION)] = ""
    """Your identifier of the search, for the audit log."""
    reason: Short = ""
    """Why it is asked, for the audit log; nothing personal."""


class RecordQueryIn(Body):
    """What is known of one person?"""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"purpose": "criminal-justice", "person": "A-17"}]}
    )

    purpose: Purpose | None = None
    """Why; here or in the header X-Purpose."""
    person: Identifier_ | None = None
    """The person's identifier here; this, or a number."""
    identifier_kind: Short | None = None
    """What number `identifier` is, such as `passport`."""
    identifier: Short | None = None
    """A number by which the person is known."""
    transaction: Annotated[str, StringConstraints(max_length=MAX_TRANSACTION)] = ""
    """Your identifier of the query, for the audit log."""
    reason: Short = ""
    """Why it is asked, for the audit log; nothing personal."""


class ImageRequestIn(Body):
    """The pictures of one encounter."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"purpose": "criminal-justice", "person": "A-17", "fingers": ["right-index"]}
            ]
        }
    )

    purpose: Purpose | None = None
    """Why; here or in the header X-Purpose."""
    person: Identifier_
    """The person's identifier."""
    encounter: Identifier_ | None = None
    """Which encounter; without it the latest."""
    fingers: Annotated[list[FingerIn], Field(max_length=15)] = []
    """Which fingers; empty: all."""
    kinds: Annotated[list[ImageKindIn], Field(max_length=6)] = []
    """Which kinds of images; empty: all, but fingers only where `fingers` names some."""
    transaction: Annotated[str, StringConstraints(max_length=MAX_TRANSACTION)] = ""
    """Your identifier of the request, for the audit log."""
    reason: Short = ""
    """Why it is asked, for the audit log; nothing personal."""


class MarkIn(Body):
    """A point an examiner marked; pixels at 500 ppi."""

    side: Literal["probe", "candidate"]
    """In which of the two prints."""
    finger: FingerIn
    """Position by name, or its ANSI/NIST-ITL number."""
    x: Annotated[float, Field(ge=0, le=5000, strict=False)]
    """From the left edge."""
    y: Annotated[float, Field(ge=0, le=5000, strict=False)]
    """From the upper edge."""
    kind: Short = "minutia"
    """What it marks, in the examiner's words."""
    pair: Annotated[int, Field(ge=0, le=1000)] | None = None
    """Joins the marks of one number on both sides."""
    note: Short = ""
    """A remark."""


class MarksIn(Body):
    """An examiner's marks, in place of earlier ones."""

    marks: Annotated[list[MarkIn], Field(max_length=1000)]
    """All of them."""


class DecisionIn(Body):
    """What an examiner finds."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"finding": "identification", "reason": "12 points agree."}]
        }
    )

    finding: Finding
    """The decision."""
    reason: Annotated[str, StringConstraints(min_length=1, max_length=2000)]
    """Why, for the file."""
    marks: Annotated[list[MarkIn], Field(max_length=1000)] | None = None
    """The marks it rests on; without them those kept before."""


class SubscriptionIn(Body):
    """Tell us if this person is arrested later."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "person": "A-17",
                    "purpose": "civil-applicant",
                    "until": "2027-01-01T00:00:00Z",
                }
            ]
        }
    )

    person: Identifier_
    """The person's identifier."""
    purpose: Purpose | None = None
    """Why; here or in the header X-Purpose."""
    until: datetime
    """When it ends."""
    callback: Annotated[str, StringConstraints(max_length=2000)] | None = None
    """Address that notices are posted to."""


class AgencyIn(Body):
    """A new agency."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"id": "XX0000000", "name": "Example Police", "kind": "police"}]
        }
    )

    id: Annotated[str, StringConstraints(max_length=40)]
    """Such as an ORI: `A-Z`, `0-9`, `.`, `_`, `-`; it never changes."""
    name: Annotated[str, StringConstraints(max_length=200)]
    """What people call it."""
    kind: AgencyKind
    """What it is, which decides what it may do; it never changes."""
    callback_hosts: Annotated[list[Short], Field(max_length=50)] = []
    """The only hosts its answers may go to; empty: any that the operator allows."""
    rate: Annotated[float, Field(ge=0, le=100000, strict=False)] = 50.0
    """Requests a second."""
    burst: Annotated[float, Field(ge=1, le=100000, strict=False)] = 100.0
    """Requests at once."""


class AgencyChange(Body):
    """What changes of an agency."""

    name: Annotated[str, StringConstraints(max_length=200)] | None = None
    """What people call it."""
    active: bool | None = None
    """Whether its credentials are taken."""
    callback_hosts: Annotated[list[Short], Field(max_length=50)] | None = None
    """The only hosts its answers may go to; empty: any that the operator allows."""
    rate: Annotated[float, Field(ge=0, le=100000, strict=False)] | None = None
    """Requests a second."""
    burst: Annotated[float, Field(ge=1, le=100000, strict=False)] | None = None
    """Requests at once."""


class KeyIn(Body):
    """A new API key."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"label": "gateway", "roles": ["submit", "search"], "purposes": ["border"]}
            ]
        }
    )

    label: Annotated[str, StringConstraints(min_length=1, max_length=100)]
    """What it is for."""
    roles: Annotated[list[Role], Field(min_length=1, max_length=10)]
    """What it may do."""
    purposes: Annotated[list[Purpose], Field(min_length=1, max_length=10)]
    """What for."""
    expires: datetime | None = None
    """When it ends, with a time zone; without it never."""


class UserIn(Body):
    """A new user; the answer holds a one-time code by which the password is set."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "name": "ann.example",
                    "agency": "XX0000000",
                    "roles": ["examine"],
                    "purposes": ["criminal-justice"],
                }
            ]
        }
    )

    name: Annotated[str, StringConstraints(min_length=1, max_length=100)]
    """The name to sign in with."""
    agency: Annotated[str, StringConstraints(max_length=40)]
    """The agency that the user works for."""
    roles: Annotated[list[Role], Field(min_length=1, max_length=10)]
    """What the user may do."""
    purposes: Annotated[list[Purpose], Field(min_length=1, max_length=10)]
    """What for."""


class UserChange(Body):
    """What changes of a user."""

    roles: Annotated[list[Role], Field(min_length=1, max_length=10)] | None = None
    """What the user may do."""
    purposes: Annotated[list[Purpose], Field(min_length=1, max_length=10)] | None = None
    """What for."""
    active: bool | None = None
    """Whether the user may sign in."""
