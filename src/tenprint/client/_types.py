"""What the service tells, as frozen dataclasses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tenprint.model import Outcome, Purpose, TransactionClass


@dataclass(frozen=True)
class Status:
    """Where a transaction is.

    Attributes
    ----------
    transaction : str
        The agency's identifier.
    klass : TransactionClass
    purpose : Purpose
    state : str
        ``admitted``, ``working``, ``review`` or ``answered``.
    outcome : Outcome, optional
        Of the latest answer.
    under_review : bool
        Whether an examiner still looks.
    submitted_at, deadline : datetime
    answered_at : datetime, optional
    late : bool
    answers : int
        How many there are so far.
    raw : mapping
        The whole object as sent.
    """

    transaction: str
    klass: TransactionClass
    purpose: Purpose
    state: str
    outcome: Outcome | None
    under_review: bool
    submitted_at: datetime
    deadline: datetime
    answered_at: datetime | None
    late: bool
    answers: int
    raw: Mapping[str, Any] = field(repr=False)

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> Status:
        """From the JSON object."""
        return cls(
            given["transaction"],
            TransactionClass(given["class"]),
            Purpose(given["purpose"]),
            given["state"],
            None if given["outcome"] is None else Outcome(given["outcome"]),
            given["under_review"],
            datetime.fromisoformat(given["submitted_at"]),
            datetime.fromisoformat(given["deadline"]),
            None if given["answered_at"] is None else datetime.fromisoformat(given["answered_at"]),
            given["late"],
            given["answers"],
            given,
        )


@dataclass(frozen=True)
class Answer:
    """An answer, a supplement or a notice.

    Attributes
    ----------
    id : str
        The same at every delivery.
    transaction : str
    number : int
        0 the answer, 1 and up supplements.
    outcome : Outcome
    created_at : datetime
    content : mapping
        What was found, JSON.
    text : str
        The same for people.
    raw : mapping
        The whole object as sent.
    """

    id: str
    transaction: str
    number: int
    outcome: Outcome
    created_at: datetime
    content: Mapping[str, Any]
    text: str
    raw: Mapping[str, Any] = field(repr=False)

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> Answer:
        """From the JSON object."""
        return cls(
            given["id"],
            given["transaction"],
            given["number"],
            Outcome(given["outcome"]),
            datetime.fromisoformat(given["created_at"]),
            given["content"],
            given["text"],
            given,
        )
