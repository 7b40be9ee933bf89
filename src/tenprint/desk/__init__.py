"""Transactions: admission, deadlines, workflow, decisions, responses, metering; no HTTP.

`Desk.open` takes a `DeskSettings`; agencies' `Submission` go in with `Desk.submit`, `Answer` come
out.
"""

from tenprint.desk._address import check_address
from tenprint.desk._desk import Desk
from tenprint.desk._forgetting import follow_expunges
from tenprint.desk._latencies import Latencies, LatencyPoint
from tenprint.desk._nouns import (
    LATENCY_BOUNDS,
    Answer,
    AnswerKind,
    CandidatesView,
    CandidateView,
    CasePrint,
    CaseState,
    CaseSummary,
    CaseView,
    ClassLoad,
    ComparisonView,
    DeadLetter,
    Decision,
    EncounterView,
    ImageAnswer,
    Load,
    Mark,
    PrintImage,
    ProcessLoad,
    Standing,
    State,
    Status,
    Subscription,
)
from tenprint.desk._outbox import Deliver, poster
from tenprint.desk._queries import ImageRequest, NameQuery, RecordQuery
from tenprint.desk._schema import MAX_TRANSACTION, tables
from tenprint.desk._settings import DEADLINES, DeskSettings
from tenprint.desk._submission import (
    MAX_ATTACHMENTS,
    OPERATIONS,
    Attachment,
    Event,
    Flag,
    Operation,
    Options,
    Print,
    Submission,
)

__all__ = [
    "DEADLINES",
    "LATENCY_BOUNDS",
    "MAX_ATTACHMENTS",
    "MAX_TRANSACTION",
    "OPERATIONS",
    "Answer",
    "AnswerKind",
    "Attachment",
    "CandidateView",
    "CandidatesView",
    "CasePrint",
    "CaseState",
    "CaseSummary",
    "CaseView",
    "ClassLoad",
    "ComparisonView",
    "DeadLetter",
    "Decision",
    "Deliver",
    "Desk",
    "DeskSettings",
    "EncounterView",
    "Event",
    "Flag",
    "ImageAnswer",
    "ImageRequest",
    "Latencies",
    "LatencyPoint",
    "Load",
    "Mark",
    "NameQuery",
    "Operation",
    "Options",
    "Print",
    "PrintImage",
    "ProcessLoad",
    "RecordQuery",
    "Standing",
    "State",
    "Status",
    "Submission",
    "Subscription",
    "check_address",
    "follow_expunges",
    "poster",
    "tables",
]
