"""The steps of a transaction's workflow, safe to be done again, and patient with the database."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

from sqlalchemy import Connection, Row, bindparam, func, select, update

from tenprint.access import Caller
from tenprint.desk._encoding import decode
from tenprint.desk._found import Found
from tenprint.desk._look import load, look
from tenprint.desk._matter import reject
from tenprint.desk._naming import GONE, ChangedMeanwhileError, check_known
from tenprint.desk._nouns import State
from tenprint.desk._prepare import Prepared, prepare, stored_sample
from tenprint.desk._rights import is_there
from tenprint.desk._rows import (
    all_parts,
    caller_of,
    check_unchanged,
    get_part,
    need_part,
    needed,
    put_part,
    row_of,
)
from tenprint.desk._schema import cases, transactions
from tenprint.desk._sealing import Seal
from tenprint.desk._settle import settle
from tenprint.desk._submission import Operation, Submission
from tenprint.desk._tracing import step
from tenprint.desk._workings import Workings
from tenprint.formats import unpack_all
from tenprint.model import NotFoundError, StoreError, TenprintError

T = TypeVar("T")

_log = logging.getLogger("tenprint.desk")

#: A fault that is no outage is tried so often before the transaction is answered with it.
_TRIES = 3

#: Seconds between tries, doubled from the first to the last.
_PAUSE, _LONGEST_PAUSE = 0.2, 10.0

_SEARCHING = frozenset(
    {
        Operation.CHECK, Operation.ENROL, Operation.IDENTIFY, Operation.IDENTIFY_PERSON,
        Operation.IDENTIFY_ENCOUNTER,
    }
)  # fmt: skip

_ADMITTED = update(transactions).where(
    transactions.c.key == bindparam("of"), transactions.c.state == State.ADMITTED.value
)
_CASES = select(func.count()).where(cases.c.key == bindparam("of"))


class Closing(BaseException):
    """The desk closes: the workflow stops where it is, and goes on at the next start.

    Not an `Exception`: DBOS would note it as the workflow's end.
    """


class DeskSteps:
    """What `_workflows` runs; thread-safe."""

    def __init__(self, works: Workings) -> None:
        self._works = works

    def prepare(self, key: str) -> str:
        """Templates and quality."""
        return self._patiently(key, lambda: _prepare(self._works, key))

    def search(self, key: str) -> str:
        """Candidates."""
        return self._patiently(key, lambda: _search(self._works, key))

    def settle(self, key: str) -> str:
        """Decide, record and answer; or open cases."""
        return self._patiently(key, lambda: settle(self._works, key))

    def _patiently(self, key: str, work: Callable[[], str]) -> str:
        """Try again while the database is away or full; answer with a fault that stays."""
        works, pause, tries = self._works, _PAUSE, 0
        while True:
            if works.closing.is_set():
                raise Closing
            try:
                return work()
            except ChangedMeanwhileError:
                continue
            except Exception as error:
                code = error.code if isinstance(error, TenprintError) else type(error).__name__
                works.figures.error(code)
                outage = isinstance(error, StoreError) or (
                    isinstance(error, TenprintError) and error.retryable
                )
                tries += not outage
                if tries >= _TRIES:
                    _log.exception("A transaction cannot be processed: %s", key)
                    return self._patiently(key, partial(reject, works, key, [PROBLEM]))
            if works.closing.wait(pause):
                raise Closing
            pause = min(2 * pause, _LONGEST_PAUSE)


#: What an agency is told where the service itself fails.
PROBLEM = {
    "code": "processing",
    "field": "",
    "message": "The service could not process it; the operator's log says more.",
}


def _prepare(works: Workings, key: str) -> str:
    with works.store.reading() as connection:
        row = row_of(connection, key)
        if not row.todo:
            return "settle"
        row, seal, submission = load(works, connection, key, row)
        ready = get_part(connection, seal, key, "sample") is not None
        reviewed = connection.execute(_CASES, {"of": key}).scalar_one()
        if reviewed or submission.person == GONE:
            return "settle"
        if not ready:
            kept = all_parts(connection, seal, key)
            submission = decode(kept["submission"], lambda name: needed(kept, key, name))
    faulty = False
    if not ready:
        with step("extract", row):
            faulty = _extract(works, row, seal, submission)
    wanted = submission.what in _SEARCHING and not faulty
    if submission.what is Operation.ENROL:
        wanted = wanted and submission.options.search_first and submission.person is None
    return "search" if wanted else "settle"


def _extract(works: Workings, row: Row[Any], seal: Seal, submission: Submission) -> bool:
    """Make and keep the samples; whether they have faults."""
    made = {}
    if submission.what in (Operation.IDENTIFY_PERSON, Operation.IDENTIFY_ENCOUNTER):
        made["sample"] = _enrolled(works, submission, caller_of(row))
    elif submission.prints:
        made["sample"] = prepare(works, submission, submission.prints, row.due_at)
    if submission.against:
        made["against"] = prepare(works, submission, submission.against, row.due_at)

    def keep(connection: Connection) -> None:
        check_unchanged(connection, row)
        for name, prepared in made.items():
            put_part(connection, seal, row.key, name, prepared.to_bytes())
        working = {"state": State.WORKING.value}
        connection.execute(_ADMITTED, {**working, "of": row.key})

    works.journal.run(keep)
    return any(each.faults for each in made.values())


def _enrolled(works: Workings, submission: Submission, caller: Caller) -> Prepared:
    """The sample of somebody who is enrolled."""
    from tenprint.desk._book import encounter_number

    person = submission.person or ""
    with works.store.reading() as connection:
        known = is_there(works, connection, caller, submission.purpose, person)
    number = works.store.id_of(person) if known else None
    if number is None:
        return _without("person-not-found", "person", "No such person is enrolled.")
    wanted = None
    if submission.what is Operation.IDENTIFY_ENCOUNTER:
        try:
            wanted = encounter_number(works, person, submission.encounter or "")
        except NotFoundError as error:
            return _without(error.code, "encounter", error.message)
    templates = [
        template
        for each in works.store.encounters_of([number])
        if wanted is None or each.encounter == wanted
        for template in unpack_all(each.packed)
    ]
    if not templates:
        return _without("not-found", "encounter", "There is no such active encounter.")
    return stored_sample(templates)


def _without(code: str, field: str, message: str) -> Prepared:
    return Prepared([], [], [], [{"code": code, "field": field, "message": message}])


def _search(works: Workings, key: str) -> str:
    with works.store.reading() as connection:
        row = row_of(connection, key)
        if not row.todo:
            return "settle"
        row, seal, submission = load(works, connection, key, row)
        if submission.person == GONE or get_part(connection, seal, key, "found") is not None:
            return "settle"
        sample = Prepared.from_bytes(need_part(connection, seal, key, "sample"))
    if sample.faults:
        return "settle"
    with step("search", row):
        before = works.records.expunges
        found = look(works, submission, sample, row)
        works.journal.run(lambda connection: _keep(works, connection, row, seal, found, before))
    return "settle"


def _keep(
    works: Workings, connection: Connection, row: Row[Any], seal: Seal, found: Found, expunges: int
) -> None:
    """Keep what was found; `expunges` were begun before the search."""
    check_unchanged(connection, row)
    if works.records.expunges != expunges:
        check_known(works.records, connection, (each.person for each in found.candidates))
    put_part(connection, seal, row.key, "found", found.to_bytes())
