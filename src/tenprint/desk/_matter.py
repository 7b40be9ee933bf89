"""A transaction at its last step: what is known of it, and how its answer is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, select

from tenprint.desk import _book
from tenprint.desk._answering import Reply, write_answer
from tenprint.desk._content import make_reply, with_not_searched
from tenprint.desk._ebts_answers import with_file
from tenprint.desk._found import Found
from tenprint.desk._look import load
from tenprint.desk._naming import ChangedMeanwhileError, note_named
from tenprint.desk._nouns import State
from tenprint.desk._prepare import Prepared
from tenprint.desk._rights import check_rights
from tenprint.desk._rows import caller_of, get_part, row_of, seal_of
from tenprint.desk._schema import cases
from tenprint.desk._sealing import Seal
from tenprint.desk._submission import Submission
from tenprint.desk._tracing import part
from tenprint.desk._workings import Workings
from tenprint.model import Outcome, TenprintError, TransactionClass

Fault = Mapping[str, str]


@dataclass
class Matter:
    """One transaction at its last step."""

    works: Workings
    key: str
    row: Row[Any]
    seal: Seal
    submission: Submission
    sample: Prepared | None
    against: Prepared | None
    found: Found | None
    findings: dict[str, str]
    open_cases: int

    @property
    def faults(self) -> list[dict[str, str]]:
        """Why the prints cannot be used."""
        samples = (each for each in (self.sample, self.against) if each is not None)
        return [fault for each in samples for fault in each.faults]

    @property
    def retains(self) -> bool:
        """Whether it becomes an encounter."""
        submission = self.submission
        if submission.options.retain is not None:
            return submission.options.retain
        return submission.klass in (TransactionClass.CRIMINAL_TENPRINT, TransactionClass.ENROL)

    @property
    def quality(self) -> list[dict[str, Any]]:
        """Of each print."""
        return [] if self.sample is None else self.sample.quality


def read_matter(works: Workings, key: str) -> Matter | Row[Any]:
    """What is to be settled; the row alone where there is nothing to do."""
    with works.store.reading() as connection:
        row = row_of(connection, key)
        if not row.todo:
            return row
        row, seal, submission = load(works, connection, key, row)
        parts = {
            name: get_part(connection, seal, key, name) for name in ("sample", "against", "found")
        }
        known = list(connection.execute(select(cases).where(cases.c.key == key)))
        found = None if parts["found"] is None else Found.from_bytes(parts["found"])
        listed = [each.person for each in (found.candidates if found else ())]
        sealed = works.records.sealed_among(connection, [*listed, *(one.person for one in known)])
    samples = {
        name: None if data is None else Prepared.from_bytes(data)
        for name, data in parts.items()
        if name != "found"
    }
    return Matter(
        works,
        key,
        row,
        seal,
        submission,
        samples["sample"],
        samples["against"],
        None if found is None else found.without(sealed),
        {
            each.person: each.finding
            for each in known
            if each.finding is not None and each.person not in sealed
        },
        sum(each.finding is None for each in known),
    )


def row_now(connection: Connection, matter: Matter) -> Row[Any]:
    """The row in the transaction that decides.

    Raises
    ------
    ChangedMeanwhileError
        If somebody was taken out of it since it was read.
    """
    row = row_of(connection, matter.key, lock=True)
    if row.todo and row.vault_key != matter.row.vault_key:
        raise ChangedMeanwhileError
    return row


def check(matter: Matter, connection: Connection, *, enrols: bool = False) -> None:
    """As `check_rights`: again, now that it is carried out."""
    caller = caller_of(matter.row)
    check_rights(matter.works, connection, caller, matter.submission, enrols=enrols)


def reject(works: Workings, key: str, faults: Sequence[Fault]) -> str:
    """Answer that it could not be done, and why."""

    def work(connection: Connection) -> str:
        row = row_of(connection, key, lock=True)
        if not row.todo:
            return str(row.state)
        submission = load(works, connection, key)[2]
        reply = make_reply(works, connection, row, Outcome.REJECTED, faults=faults)
        return give_answer(works, connection, row, submission, reply)

    return after_commit(works, key, works.journal.run(work))


def give_answer(
    works: Workings,
    connection: Connection,
    row: Row[Any],
    submission: Submission,
    reply: Reply,
    *,
    kept: bool = False,
    under_review: bool = False,
) -> str:
    """Write the answer into the transaction that decides; `kept` says whether pictures are."""
    with part("answer"):
        if submission.not_searched:
            reply = with_not_searched(reply, submission, None if under_review else kept)
        seal = seal_of(works.vault, connection, row)
        if submission.ebts is not None:
            reply = with_file(works, connection, row, seal, reply)
        limit = works.settings.deadline(submission.klass, expedite=submission.options.expedite)
        write_answer(
            connection,
            row,
            seal,
            reply,
            now=works.now(),
            limit_ms=1000 * limit.total_seconds(),
            callback=submission.options.callback,
            under_review=under_review,
        )
        note_named(connection, row.key, _others(row, submission, reply))
        if not under_review:
            _book.drop_pictures(connection, seal, row.key, reply.named)
    return State.ANSWERED.value


def _others(row: Row[Any], submission: Submission, reply: Reply) -> set[str | None]:
    """Whom the submission or the answer names, but for the person it concerns."""
    concerned = reply.person
    if concerned is None and row.klass != TransactionClass.DELETE:
        concerned = row.person
    sent = {submission.person, submission.other_person, *submission.other_people}
    return (sent | set(reply.named)) - {concerned}


def after_commit(works: Workings, key: str, state: str) -> str:
    """What follows a commit: figures, and whoever waits."""
    if state == State.ANSWERED.value:
        with works.store.reading() as connection:
            row = row_of(connection, key)
        if row.answers == 1:
            klass = TransactionClass(row.klass)
            works.figures.answer(klass, row.machine_ms / 1000, bool(row.late))
        works.posted()
        works.tell_answered()
    return state


def fault_of(error: TenprintError) -> dict[str, str]:
    """A refusal as an answer tells it."""
    return {"code": error.code, "field": error.field or "", "message": error.message}
