"""What our own interface sends; each field is described in ``/openapi.json``."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from tenprint.access import AgencyKind
from tenprint.desk import AnswerKind, CaseState, Operation, State
from tenprint.model import Finding, Outcome, Purpose, Role, TransactionClass


class Out(BaseModel):
    """Something the service tells."""

    model_config = ConfigDict(populate_by_name=True, use_attribute_docstrings=True)


class StatusOut(Out):
    """Where a transaction is."""

    key: str
    """The number under which the service keeps it."""
    agency: str
    """Whose it is."""
    transaction: str
    """The agency's identifier."""
    klass: TransactionClass = Field(alias="class")
    """What is asked."""
    purpose: Purpose
    """Why."""
    operation: Operation
    """What is done."""
    state: State
    """How far it is."""
    outcome: Outcome | None
    """How it was answered; null before."""
    under_review: bool
    """Answered, and an examiner still looks: a supplement follows."""
    submitted_at: datetime
    """When it was on disk."""
    deadline: datetime
    """When it is to be answered; while examiners look, the clock stands still."""
    answered_at: datetime | None
    """When it was answered; null before."""
    machine_seconds: float
    """Time that the service took, without that of examiners."""
    human_seconds: float
    """Time that examiners took."""
    late: bool
    """Whether it was answered after its deadline."""
    answers: int
    """How many answers and supplements there are."""


class AnswerOut(Out):
    """An answer, a supplement or a notice; it never changes."""

    id: str
    """The same at every delivery."""
    agency: str
    """To whom it goes."""
    transaction: str
    """The agency's identifier; of a notice the subscription's."""
    number: int
    """0 for the answer, from 1 on for supplements."""
    kind: AnswerKind
    """`answer`, `supplement` or `notice`."""
    klass: TransactionClass | None = Field(alias="class")
    """What was asked; null for a notice."""
    outcome: Outcome
    """How it was answered."""
    created_at: datetime
    """When it was committed."""
    content: dict[str, Any]
    """The answer for programs; docs/desk.md lists its keys."""
    text: str
    """The same for people."""


class PageOut(Out):
    """A page of transactions, newest first."""

    transactions: list[StatusOut]
    """The transactions of this page."""
    next: str | None
    """For the parameter `after` of the next page; null on the last."""


class ImageOut(Out):
    """One image as it was submitted."""

    finger: str
    """Position by name."""
    ppi: float
    """Resolution."""
    media: str
    """Media type of the file."""
    shape: tuple[int, int] | None
    """Height and width, where the file is nothing but grey levels (`image/x-raw`)."""
    image: str
    """The file as it was submitted, in base64."""


class OtherImageOut(Out):
    """One image that is kept and not searched, as it was submitted."""

    kind: str
    """`face`, `palm`, `iris`, `signature` or `other`."""
    media: str
    """Media type of the file."""
    notes: dict[str, str]
    """What was sent with it; of an EBTS file what its record says, such as `position`."""
    image: str
    """The file as it was submitted, in base64."""


class ImagesOut(Out):
    """The pictures of one encounter."""

    person: str
    """The person's identifier."""
    encounter: str
    """The encounter's identifier."""
    images: list[ImageOut]
    """One for each picture of fingers."""
    others: list[OtherImageOut]
    """Faces, palms and others."""
    kept: dict[str, int]
    """How many images of each kind the encounter has, also of those that were not asked for."""


class CaseOut(Out):
    """One line of the examiners' queue."""

    id: str
    """Names the case."""
    key: str
    """The transaction's number."""
    agency: str
    """Whose transaction it is."""
    transaction: str
    """The agency's identifier."""
    klass: TransactionClass = Field(alias="class")
    """What is asked."""
    person: str
    """The candidate."""
    score: float
    """Minus log10 of the false-match rate, fingers fused."""
    state: CaseState
    """How far examiners are."""
    opened_at: datetime
    """When it was opened."""
    due_at: datetime
    """The transaction's deadline when the case was opened."""
    claimed_by: str | None
    """Who has it now; null for nobody."""
    mine: bool
    """Whether the caller has decided already."""
    finding: Finding | None
    """What was decided; null before it is closed."""


class MinutiaOut(Out):
    """One minutia, a place where a ridge ends or forks."""

    x: int
    """Pixels at 500 ppi from the left edge."""
    y: int
    """Pixels at 500 ppi from the upper edge."""
    angle: float
    """Direction in radians, counterclockwise."""
    kind: int
    """0 unknown, 1 ending, 2 bifurcation."""
    quality: int
    """0 to 100."""


class CasePrintOut(Out):
    """One print of a case."""

    finger: str
    """Position by name."""
    encounter: int
    """Of the candidate's prints: the encounter's number."""
    quality: int
    """0 to 100."""
    width: int
    """Of the print, pixels at 500 ppi."""
    height: int
    """Of the print, pixels at 500 ppi."""
    minutiae: list[MinutiaOut]
    """The points that were compared."""
    media: str | None = None
    """Media type of `image`; only with it."""
    ppi: float | None = None
    """Resolution of `image`; only with it."""
    image: str | None = None
    """The picture in base64, where it is kept and was asked for."""


class MarkOut(Out):
    """A point that an examiner marked."""

    side: str
    """`probe` or `candidate`."""
    finger: str
    """Position by name."""
    x: float
    """Pixels at 500 ppi from the left edge."""
    y: float
    """Pixels at 500 ppi from the upper edge."""
    kind: str
    """What it marks, in the examiner's words."""
    pair: int | None
    """Joins the marks of one number on both sides."""
    note: str
    """A remark."""


class DecisionOut(Out):
    """What one examiner found."""

    examiner: str
    """Who decided."""
    finding: Finding
    """The decision."""
    reason: str
    """Why."""
    decided_at: datetime
    """When."""
    marks: list[MarkOut]
    """The marks it rests on."""


class CaseViewOut(CaseOut):
    """One case with all that an examiner needs."""

    fingers: dict[str, float]
    """Score of each finger compared."""
    probe: list[CasePrintOut]
    """The prints of the transaction."""
    candidate: list[CasePrintOut]
    """The candidate's prints."""
    decisions: list[DecisionOut]
    """The caller's own; those of others once the case is closed."""
    marks: list[MarkOut]
    """The caller's own, kept between visits."""


class SubscriptionOut(Out):
    """A subscription."""

    id: str
    """Names the subscription."""
    agency: str
    """Who is told."""
    purpose: Purpose
    """Why."""
    person: str
    """Of whom."""
    created_at: datetime
    """Since when."""
    until: datetime
    """Until when."""
    active: bool
    """Whether notices still come."""


class AgencyOut(Out):
    """An agency."""

    id: str
    """The agency's identifier."""
    name: str
    """What people call it."""
    kind: AgencyKind
    """What it is, which decides what it may do."""
    active: bool
    """Whether its credentials are taken."""
    callback_hosts: list[str]
    """The only hosts its answers may go to; empty: any that the operator allows."""
    rate: float
    """Requests a second."""
    burst: float
    """Requests at once."""
    created: datetime
    """Since when it is known."""


class KeyOut(Out):
    """What is known of a key."""

    id: str
    """Names the key; no secret."""
    agency: str
    """Whose it is."""
    label: str
    """What it is for."""
    roles: list[Role]
    """What it may do."""
    purposes: list[Purpose]
    """What for."""
    created: datetime
    """When it was made."""
    expires: datetime | None
    """When it ends; null for never."""
    revoked: datetime | None
    """When it was revoked; null if it was not."""


class NewKeyOut(Out):
    """A new key with its secret, shown this once."""

    key: KeyOut
    """What is known of it."""
    secret: str
    """What goes into the header; the service keeps a hash only."""


class UserOut(Out):
    """A user."""

    name: str
    """The name to sign in with."""
    agency: str
    """The agency that the user works for."""
    roles: list[Role]
    """What the user may do."""
    purposes: list[Purpose]
    """What for."""
    active: bool
    """Whether the user may sign in."""
    has_password: bool
    """Whether the one-time code was used."""
    has_second_factor: bool
    """Whether there is a second factor."""
    created: datetime
    """Since when the user is known."""


class NewUserOut(Out):
    """A new user, and the one-time code by which the password is set."""

    user: UserOut
    """What is known of the user."""
    code: str
    """Valid for a day, and once."""
