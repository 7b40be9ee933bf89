"""What OSIA needs of the desk's answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tenprint.desk import Answer
from tenprint.model import Finger, Outcome, ServiceUnavailableError, TransactionError


@dataclass(frozen=True)
class Found:
    """A candidate."""

    person: str
    score: float
    fingers: Mapping[Finger, float]
    encounter: str | None
    galleries: tuple[str, ...]


@dataclass(frozen=True)
class Decided:
    """A verification."""

    same: bool
    score: float | None
    fingers: Mapping[Finger, float]


def changed(answer: Answer | None) -> Mapping[str, Any]:
    """The content of an answer to a change that was made.

    Raises
    ------
    TransactionError
        If it was refused; with the desk's faults.
    """
    return _content(answer)


def found(answer: Answer | None) -> list[Found]:
    """The candidates of a search, best first."""
    return [
        Found(
            each["person"],
            float(each["score"]),
            _fingers(each.get("fingers")),
            each.get("encounter"),
            tuple(each.get("galleries") or ()),
        )
        for each in _content(answer).get("candidates", ())
    ]


def decision(answer: Answer | None) -> Decided:
    """The decision of a verification."""
    content = _content(answer)
    score = content.get("score")
    return Decided(
        answer is not None and answer.outcome is Outcome.HIT,
        None if score is None else float(score),
        _fingers(content.get("fingers")),
    )


def _content(answer: Answer | None) -> Mapping[str, Any]:
    if answer is None:
        raise ServiceUnavailableError("There is no answer yet.")
    if answer.outcome is Outcome.REJECTED:
        raise TransactionError(faults=answer.content.get("faults") or ())
    return answer.content


def _fingers(given: Any) -> dict[Finger, float]:
    found = {}
    for name, score in (given or {}).items():
        member = Finger.__members__.get(str(name).upper().replace("-", "_").replace(" ", "_"))
        if member is None and str(name).isdigit():
            member = Finger(int(name))
        if member is not None:
            found[member] = float(score)
    return found
