"""What the desk tells: states, answers, cases, load."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from tenprint.desk._latencies import LatencyPoint
from tenprint.desk._submission import Operation
from tenprint.model import Finding, Finger, Outcome, Purpose, Template, TransactionClass


class State(StrEnum):
    """How far a transaction is."""

    ADMITTED = "admitted"  # on disk, waiting for a worker
    WORKING = "working"
    REVIEW = "review"  # waits for examiners; the deadline's clock stands still
    ANSWERED = "answered"


class AnswerKind(StrEnum):
    """What a delivered message is."""

    ANSWER = "answer"
    SUPPLEMENT = "supplement"
    NOTICE = "notice"


@dataclass(frozen=True)
class Status:
    """Where a transaction is.

    Attributes
    ----------
    key : str
        Our own identifier.
    agency, transaction : str
        Together they name it as well.
    klass, purpose, operation
        What was asked.
    state : State
    outcome : Outcome, optional
        Of the latest answer.
    under_review : bool
        Whether an examiner still looks; a border check is answered before that.
    submitted_at, deadline : datetime
        `deadline` moves on by the time examiners took.
    answered_at : datetime, optional
    machine_seconds, human_seconds : float
        What machine and examiners have taken so far.
    late : bool
        Whether machine time went beyond its limit.
    answers : int
        How many there are: the answer and its supplements.
    """

    key: str
    agency: str
    transaction: str
    klass: TransactionClass
    purpose: Purpose
    operation: Operation
    state: State
    outcome: Outcome | None
    under_review: bool
    submitted_at: datetime
    deadline: datetime
    answered_at: datetime | None
    machine_seconds: float
    human_seconds: float
    late: bool
    answers: int


@dataclass(frozen=True)
class Answer:
    """One immutable message to an agency.

    Attributes
    ----------
    id : str
        The same at every delivery.
    agency, transaction : str
        Of a notice: the subscription's identifier.
    number : int
        0 the answer, 1 and up supplements in order.
    kind : AnswerKind
    klass : TransactionClass, optional
        None for a notice.
    outcome : Outcome
    created_at : datetime
    content : mapping
        JSON-ready; see docs/desk.md for its keys.
    text : str
        The same for people, such as the record of events.
    ebts : bytes, optional
        The same as EBTS file, where the submission was one.
    """

    id: str
    agency: str
    transaction: str
    number: int
    kind: AnswerKind
    klass: TransactionClass | None
    outcome: Outcome
    created_at: datetime
    content: Mapping[str, Any]
    text: str
    ebts: bytes | None = field(default=None, repr=False)

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready, without the EBTS file; what a callback receives."""
        return {
            "id": self.id,
            "agency": self.agency,
            "transaction": self.transaction,
            "number": self.number,
            "kind": self.kind.value,
            "class": None if self.klass is None else self.klass.value,
            "outcome": self.outcome.value,
            "created_at": self.created_at.isoformat(),
            "content": dict(self.content),
            "text": self.text,
        }


@dataclass(frozen=True)
class ImageAnswer:
    """Originals of an encounter, told to an agency that may see them.

    Attributes
    ----------
    person, encounter : str
    images : tuple of PrintImage
        Of fingers.
    others : tuple of mapping
        Faces, palms and others: ``kind``, ``media``, ``notes``, ``data`` (bytes).
    kept : mapping of str to int
        How many images of each kind the encounter has, also of those that were not asked for.
    """

    person: str
    encounter: str
    images: tuple[PrintImage, ...]
    others: tuple[Mapping[str, Any], ...] = ()
    kept: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class PrintImage:
    """One image as it was submitted, its position, resolution and media type.

    `shape` is height and width of ``image/x-raw``, which is nothing but grey levels.
    """

    finger: Finger
    ppi: float
    media: str
    data: bytes = field(repr=False)
    shape: tuple[int, int] | None = None


@dataclass(frozen=True)
class EncounterView:
    """One encounter as a caller may see it.

    Attributes
    ----------
    person, encounter : str
    number : int
        The store's number of it, from 1.
    active : bool
    created_at : datetime
    agency : str
        Who submitted it.
    galleries : tuple of str
    type : str
    biographics : mapping
        JSON-ready.
    context : mapping of str to str
    images : tuple of PrintImage
        Empty unless asked for.
    attachments : tuple of mapping
        ``kind``, ``media``, ``notes``, ``data`` (bytes).
    """

    person: str
    encounter: str
    number: int
    active: bool
    created_at: datetime
    agency: str
    galleries: tuple[str, ...]
    type: str
    biographics: Mapping[str, Any]
    context: Mapping[str, str]
    images: tuple[PrintImage, ...] = ()
    attachments: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True)
class Mark:
    """A point an examiner marked: pixels at 500 ppi in one finger's print.

    `side` is ``probe`` or ``candidate``; `pair` joins two marks of the same number.
    """

    side: str
    finger: Finger
    x: float
    y: float
    kind: str = "minutia"
    pair: int | None = None
    note: str = ""


class CaseState(StrEnum):
    """How far examiners are with a case."""

    OPEN = "open"  # nobody has decided
    SECOND = "second"  # waits for the second examiner
    CONFLICT = "conflict"  # the two differ: a third decides
    CLOSED = "closed"


@dataclass(frozen=True)
class CaseSummary:
    """One line of an examiner's queue.

    Attributes
    ----------
    id : str
    key, agency, transaction : str
        The transaction it belongs to.
    klass : TransactionClass
    person : str
        The candidate.
    score : float
        Minus log10 of the false-match rate, fingers fused.
    state : CaseState
    opened_at : datetime
    due_at : datetime
        Its transaction's deadline when it was opened. Where the transaction waits, the clock
        stands still; a border check was answered, and a supplement follows.
    claimed_by : str, optional
        Who has it at present; None after the lease.
    mine : bool
        Whether the caller has decided already, so that others must.
    finding : Finding, optional
        Once closed.
    """

    id: str
    key: str
    agency: str
    transaction: str
    klass: TransactionClass
    person: str
    score: float
    state: CaseState
    opened_at: datetime
    due_at: datetime
    claimed_by: str | None
    mine: bool
    finding: Finding | None


@dataclass(frozen=True)
class Decision:
    """What one examiner found."""

    examiner: str
    finding: Finding
    reason: str
    decided_at: datetime
    marks: tuple[Mark, ...]


@dataclass(frozen=True)
class CasePrint:
    """One print of a case: its template, and its image where one is kept.

    Attributes
    ----------
    finger : Finger
    template : Template
    image : bytes, optional
        The original file, or of a slap's finger the cut as PNG at 500 ppi.
    media : str
    ppi : float
    encounter : int
        Of the candidate's prints.
    """

    finger: Finger
    template: Template = field(repr=False)
    image: bytes | None = field(default=None, repr=False)
    media: str = ""
    ppi: float = 500.0
    encounter: int = 0


@dataclass(frozen=True)
class CaseView:
    """All an examiner needs.

    Attributes
    ----------
    summary : CaseSummary
    fingers : mapping of Finger to float
        Score of each finger.
    probe, candidate : tuple of CasePrint
    decisions : tuple of Decision
        Of others only once the case is closed; before that the caller's own.
    marks : tuple of Mark
        The caller's own, kept between visits.
    """

    summary: CaseSummary
    fingers: Mapping[Finger, float]
    probe: tuple[CasePrint, ...]
    candidate: tuple[CasePrint, ...]
    decisions: tuple[Decision, ...]
    marks: tuple[Mark, ...]


class Standing(StrEnum):
    """What a candidate's score means in a gallery of this size."""

    HIT = "hit"  # a stranger's search brings one as good hardly ever
    POSSIBLE = "possible"  # less sure: somebody should look
    STRANGER = "stranger"  # as strangers score


@dataclass(frozen=True)
class CandidateView:
    """A candidate of a search, explained.

    Attributes
    ----------
    rank : int
    person : str
    score : float
        Minus log10 of the false-match rate, fingers fused.
    extrapolated : bool
        Whether that rate lies beyond those really observed.
    fpir : float
        How often a search for somebody who is not enrolled brings a candidate as good.
    fpir_extrapolated : bool
    standing : Standing
    fingers : mapping of Finger to float
        Score of each finger.
    sequence : mapping of Finger to Finger
        Prints that were given as one finger and are another.
    name, born : str
        Only of a hit or possible hit, where the caller may see it; else empty.
    """

    rank: int
    person: str
    score: float
    extrapolated: bool
    fpir: float
    fpir_extrapolated: bool
    standing: Standing
    fingers: Mapping[Finger, float]
    sequence: Mapping[Finger, Finger]
    name: str = ""
    born: str = ""


@dataclass(frozen=True)
class CandidatesView:
    """What a search found, for people.

    Attributes
    ----------
    people : int
        How many were searched.
    hit_fpir, review_fpir : float
        The rates of false identifications from which a candidate is a hit, or possible.
    candidates : tuple of CandidateView
        Best first: those that an answer of the transaction named.
    """

    people: int
    hit_fpir: float
    review_fpir: float
    candidates: tuple[CandidateView, ...]


@dataclass(frozen=True)
class ComparisonView:
    """The prints of a search and of one of its candidates.

    Attributes
    ----------
    about : CandidateView
    probe, candidate : tuple of CasePrint
        The candidate's are those of the encounter that matched best, with images where the caller
        may see them.
    """

    about: CandidateView
    probe: tuple[CasePrint, ...]
    candidate: tuple[CasePrint, ...]


@dataclass(frozen=True)
class Subscription:
    """ "Tell us if this person is arrested later"."""

    id: str
    agency: str
    purpose: Purpose
    person: str
    created_at: datetime
    until: datetime
    active: bool


@dataclass(frozen=True)
class DeadLetter:
    """A delivery that was given up, or still is tried.

    Attributes
    ----------
    id : str
        The answer's.
    agency, transaction : str
    attempts : int
    problem : str
        Of the last attempt; no address, no content.
    next_at : datetime, optional
        None where it was given up.
    """

    id: str
    agency: str
    transaction: str
    attempts: int
    problem: str
    next_at: datetime | None


@dataclass(frozen=True)
class ClassLoad:
    """The queue of one class.

    Attributes
    ----------
    waiting, working, review : int
        Now.
    answered, late : int
        Since the desk was opened.
    next_deadline : datetime, optional
        The earliest of those that wait or are in work.
    latency : tuple of int
        Answers whose machine time was at most each of `LATENCY_BOUNDS` seconds, and more.
    latency_sum : float
        Seconds, all answers.
    today : LatencyPoint, optional
        The answers since midnight UTC, also those before a restart; None where there are none.
    rate : float
        Answers a second, over the last ten seconds.
    """

    waiting: int
    working: int
    review: int
    answered: int
    late: int
    next_deadline: datetime | None
    latency: tuple[int, ...]
    latency_sum: float
    today: LatencyPoint | None
    rate: float


@dataclass(frozen=True)
class ProcessLoad:
    """One of the service's processes.

    Attributes
    ----------
    name : str
        ``service``, ``search``, ``lookups`` or ``verification``.
    processors : float
        Processors that it keeps busy, over the last ten seconds or since it was started.
    memory_bytes : int
        Resident; 0 where the system does not say.
    """

    name: str
    processors: float
    memory_bytes: int


#: Upper bounds of the latency histogram, seconds; a last bucket holds the rest.
LATENCY_BOUNDS: tuple[float, ...] = (
    0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15, 30, 60, 300, 1800, 7200, 86400,
)  # fmt: skip


@dataclass(frozen=True)
class Load:
    """What an operator sees.

    Attributes
    ----------
    at, opened_at : datetime
    classes : mapping of TransactionClass to ClassLoad
    people, encounters : int
        In the gallery.
    memory_bytes : int
        Resident memory of all the service's processes.
    processes : tuple of ProcessLoad
    processors : int
        How many this machine has.
    index_bytes : int
        What a search may read.
    cases_open : int
    outbox_waiting, dead_letters : int
    last_backup : datetime, optional
    errors : mapping of str to int
        Faults of the machinery since opening, by code.
    searches, search_batches : int
        Searches made, and passes over the codes they shared.
    journal_commits, journal_entries : int
        Disk commits that several shared, and the small writes they carried.
    """

    at: datetime
    opened_at: datetime
    classes: Mapping[TransactionClass, ClassLoad]
    people: int
    encounters: int
    memory_bytes: int
    processes: tuple[ProcessLoad, ...]
    processors: int
    index_bytes: int
    cases_open: int
    outbox_waiting: int
    dead_letters: int
    last_backup: datetime | None
    errors: Mapping[str, int]
    searches: int
    search_batches: int
    journal_commits: int
    journal_entries: int
