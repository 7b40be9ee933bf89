"""What our own interface receives; each with an example, shown in ``/openapi.json``."""

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
    "description": "Position by name, or its ANSI/NIST-ITL number.",
}
_IMPRESSION_SCHEMA = {
    "anyOf": [
        {"type": "string", "enum": list(IMPRESSION_NAMES)},
        {"type": "integer", "enum": [int(each) for each in Impression]},
    ],
    "description": "How it was taken, by name or ANSI/NIST-ITL number.",
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

    model_config = ConfigDict(extra="forbid", strict=True)


class PrintIn(Body):
    """One image, or one template file, in base64."""

    image: Buffer | None = Field(None, description="WSQ, JPEG 2000, PNG, TIFF, BMP or JPEG.")
    template: Buffer | None = Field(None, description="ISO/IEC 19794-2, ANSI 378, or packed.")
    finger: FingerIn = Finger.UNKNOWN
    impression: ImpressionIn = Impression.LIVE_SCAN_PLAIN
    ppi: Annotated[float, Field(ge=100, le=2000, strict=False)] | None = None
    missing: Annotated[list[FingerIn], Field(max_length=4)] = []


class NameIn(Body):
    """One name; the whole of it in `given` where nobody knows which part is which."""

    given: Short = ""
    family: Short = ""


class IdentifierIn(Body):
    """A number by which somebody knows a person."""

    kind: Short
    value: Short
    issuer: Short = ""


class BiographicsIn(Body):
    """Names, dates and identifiers as the agency states them."""

    names: Annotated[list[NameIn], Field(max_length=50)] = []
    birth_dates: Annotated[list[Short], Field(max_length=50)] = Field(
        default=[], description="YYYY, YYYY-MM or YYYY-MM-DD."
    )
    sex: Sex = Sex.UNKNOWN
    identifiers: Annotated[list[IdentifierIn], Field(max_length=50)] = []
    other: Annotated[dict[Short, Short], Field(max_length=50)] = {}


class EventIn(Body):
    """An arrest or a check."""

    kind: Literal["arrest", "check"] = "arrest"
    date: Short = ""
    charges: Annotated[
        list[Annotated[str, StringConstraints(max_length=1000)]], Field(max_length=50)
    ] = []
    disposition: Short = ""
    case: Short = ""


class AttachmentIn(Body):
    """Something kept with the encounter and not searched."""

    kind: Literal["face", "iris", "signature", "palm", "other"]
    media: Annotated[str, StringConstraints(pattern=r"^[\w.+-]+/[\w.+-]+$", max_length=80)]
    data: Buffer
    notes: Annotated[dict[Short, Short], Field(max_length=50)] = {}


class OptionsIn(Body):
    """How it is to be done."""

    limit: Annotated[int, Field(ge=1, le=100)] = 10
    threshold: Annotated[float, Field(ge=0, le=1000, strict=False)] | None = None
    galleries: Annotated[list[Identifier_], Field(max_length=31)] = []
    expedite: bool = False
    priority: Annotated[int, Field(ge=0, le=9)] | None = None
    retain: bool | None = None
    search_first: bool = True
    callback: Annotated[str, StringConstraints(max_length=2000)] | None = None
    require_fingers: Annotated[int, Field(ge=1, le=10)] = 1
    subscribe_days: Annotated[int, Field(ge=0, le=3660)] = 0


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

    transaction: Annotated[str, StringConstraints(min_length=1, max_length=MAX_TRANSACTION)] = (
        Field(description="The agency's own identifier; the same again is the same transaction.")
    )
    klass: TransactionClass | None = Field(
        None, alias="class", description="Needed unless an EBTS file says it."
    )
    purpose: Purpose | None = Field(None, description="Or the header X-Purpose.")
    operation: Operation | None = None
    prints: Annotated[list[PrintIn], Field(max_length=100)] = []
    against: Annotated[list[PrintIn], Field(max_length=100)] = []
    biographics: BiographicsIn = BiographicsIn()
    person: Identifier_ | None = None
    encounter: Identifier_ | None = None
    other_person: Identifier_ | None = None
    status: Literal["active", "inactive"] | None = None
    event: EventIn | None = None
    attachments: Annotated[list[AttachmentIn], Field(max_length=50)] = []
    context: Annotated[
        dict[Short, Annotated[str, StringConstraints(max_length=10000)]], Field(max_length=100)
    ] = {}
    encounter_type: Short = ""
    reason: Short = ""
    captured: datetime | None = None
    ebts: Buffer | None = Field(None, description="An ANSI/NIST-ITL or EBTS file.")
    options: OptionsIn = OptionsIn()


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
    purpose: Purpose | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 10
    transaction: Annotated[str, StringConstraints(max_length=MAX_TRANSACTION)] = ""
    reason: Short = ""


class RecordQueryIn(Body):
    """What is known of one person?"""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"purpose": "criminal-justice", "person": "A-17"}]}
    )

    purpose: Purpose | None = None
    person: Identifier_ | None = None
    identifier_kind: Short | None = None
    identifier: Short | None = None
    transaction: Annotated[str, StringConstraints(max_length=MAX_TRANSACTION)] = ""
    reason: Short = ""


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
    person: Identifier_
    encounter: Identifier_ | None = None
    fingers: Annotated[list[FingerIn], Field(max_length=15)] = []
    transaction: Annotated[str, StringConstraints(max_length=MAX_TRANSACTION)] = ""
    reason: Short = ""


class MarkIn(Body):
    """A point an examiner marked; pixels at 500 ppi."""

    side: Literal["probe", "candidate"]
    finger: FingerIn
    x: Annotated[float, Field(ge=0, le=5000, strict=False)]
    y: Annotated[float, Field(ge=0, le=5000, strict=False)]
    kind: Short = "minutia"
    pair: Annotated[int, Field(ge=0, le=1000)] | None = None
    note: Short = ""


class MarksIn(Body):
    """An examiner's marks, in place of earlier ones."""

    marks: Annotated[list[MarkIn], Field(max_length=1000)]


class DecisionIn(Body):
    """What an examiner finds."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"finding": "identification", "reason": "12 points agree."}]
        }
    )

    finding: Finding
    reason: Annotated[str, StringConstraints(min_length=1, max_length=2000)]
    marks: Annotated[list[MarkIn], Field(max_length=1000)] | None = None


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
    purpose: Purpose | None = None
    until: datetime
    callback: Annotated[str, StringConstraints(max_length=2000)] | None = None


class AgencyIn(Body):
    """A new agency."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"id": "XX0000000", "name": "Example Police", "kind": "police"}]
        }
    )

    id: Annotated[str, StringConstraints(max_length=40)]
    name: Annotated[str, StringConstraints(max_length=200)]
    kind: AgencyKind
    callback_hosts: Annotated[list[Short], Field(max_length=50)] = []
    rate: Annotated[float, Field(ge=0, le=100000, strict=False)] = 50.0
    burst: Annotated[float, Field(ge=1, le=100000, strict=False)] = 100.0


class AgencyChange(Body):
    """What changes of an agency."""

    name: Annotated[str, StringConstraints(max_length=200)] | None = None
    active: bool | None = None
    callback_hosts: Annotated[list[Short], Field(max_length=50)] | None = None
    rate: Annotated[float, Field(ge=0, le=100000, strict=False)] | None = None
    burst: Annotated[float, Field(ge=1, le=100000, strict=False)] | None = None


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
    roles: Annotated[list[Role], Field(min_length=1, max_length=10)]
    purposes: Annotated[list[Purpose], Field(min_length=1, max_length=10)]
    expires: datetime | None = None


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
    agency: Annotated[str, StringConstraints(max_length=40)]
    roles: Annotated[list[Role], Field(min_length=1, max_length=10)]
    purposes: Annotated[list[Purpose], Field(min_length=1, max_length=10)]


class UserChange(Body):
    """What changes of a user."""

    roles: Annotated[list[Role], Field(min_length=1, max_length=10)] | None = None
    purposes: Annotated[list[Purpose], Field(min_length=1, max_length=10)] | None = None
    active: bool | None = None
