"""What an agency is told: hit only, identity, or the record; as JSON and as text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, Row

from tenprint.access import Part, Told
from tenprint.desk._answering import Reply, people_in
from tenprint.desk._found import Listed
from tenprint.desk._person import record_dict
from tenprint.desk._rows import caller_of
from tenprint.desk._submission import Submission
from tenprint.desk._text import answer_text
from tenprint.desk._workings import Workings
from tenprint.model import Outcome, Purpose, TransactionClass

_FOUND = (Outcome.HIT, Outcome.POSSIBLE, Outcome.NO_HIT)

#: Classes whose answer lists candidates; others name one person or none.
_LISTING = frozenset({TransactionClass.TENPRINT_SEARCH})


def make_reply(
    works: Workings,
    connection: Connection,
    row: Row[Any],
    outcome: Outcome,
    *,
    person: str | None = None,
    encounter: str | None = None,
    score: Listed | None = None,
    candidates: Sequence[Listed] = (),
    quality: Sequence[Mapping[str, Any]] = (),
    faults: Sequence[Mapping[str, str]] = (),
    under_review: bool = False,
    review: str | None = None,
    more: Mapping[str, Any] | None = None,
) -> Reply:
    """The reply that the permission table lets this agency have, for this class and purpose.

    Parameters
    ----------
    person, encounter : str, optional
        Who it is, and what was recorded.
    score : Listed, optional
        The comparison that it rests on.
    review : str, optional
        What examiners found.
    more : mapping, optional
        Further facts that everybody may know who may submit the class.
    """
    caller, klass, purpose = caller_of(row), TransactionClass(row.klass), Purpose(row.purpose)
    told = works.permissions.tells(caller, klass)
    seen = works.permissions.may_see(caller, purpose)
    shown = Outcome.DONE if told is Told.NOTHING and outcome in _FOUND else outcome
    content: dict[str, Any] = {
        "transaction": row.transaction,
        "class": klass.value,
        "purpose": purpose.value,
        "operation": row.operation,
        "outcome": shown.value,
        "under_review": under_review and told is not Told.NOTHING,
    }
    if quality:
        content["quality"] = [dict(each) for each in quality]
    if faults:
        content["faults"] = [dict(each) for each in faults]
    if review is not None and told is not Told.NOTHING:
        content["review"] = review
    content |= more or {}
    who = told in (Told.IDENTITY, Told.RECORD) and Part.IDENTITY in seen
    if who and person is not None and outcome is not Outcome.POSSIBLE:
        content["person"] = person
        if encounter is not None:
            content["encounter"] = encounter
        if score is not None:
            content |= {"score": score.score, "fingers": score.as_dict(1)["fingers"]}
            if score.sequence:
                content["sequence"] = score.as_dict(1)["sequence"]
        if told is Told.RECORD and outcome in (Outcome.HIT, Outcome.DONE):
            content["record"] = record_dict(works, connection, caller, person, seen)
        elif outcome is Outcome.HIT and Part.FLAGS in seen:
            # Who is at the border must be known to be wanted, though no record is told.
            parts = seen & {Part.FLAGS, Part.SEALED}
            if flags := record_dict(works, connection, caller, person, parts)["flags"]:
                content["flags"] = flags
    if who and klass in _LISTING:
        content["candidates"] = [each.as_dict(rank) for rank, each in enumerate(candidates, 1)]
    return Reply(shown, content, answer_text(content), person=person, named=people_in(content))


def with_not_searched(reply: Reply, submission: Submission, kept: bool | None) -> Reply:
    """The reply with what of the submission was not searched, and whether that is kept.

    `kept` counts for images; it is None while nobody knows yet. Minutiae are never kept.
    """
    told: list[dict[str, Any]] = []
    for each in submission.not_searched:
        here = False if each["kind"] == "minutiae" else kept
        told.append(dict(each) if here is None else {**each, "kept": here})
    content = {**reply.content, "not_searched": told}
    return replace(reply, content=content, text=answer_text(content))
