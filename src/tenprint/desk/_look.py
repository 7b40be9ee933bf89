"""What is known of a transaction at work, and its search."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row

from tenprint.desk._encoding import decode
from tenprint.desk._found import Found, Listed
from tenprint.desk._prepare import Prepared
from tenprint.desk._rows import need_part, row_of, seal_of
from tenprint.desk._sealing import Seal
from tenprint.desk._submission import Operation, Submission
from tenprint.desk._workings import Workings

#: So many candidates are kept at least, whatever the agency asked for: they decide the verdict.
_LEAST = 10

#: The mask of all galleries.
_ALL = 0xFFFFFFFF


def load(
    works: Workings, connection: Connection, key: str, row: Row[Any] | None = None
) -> tuple[Row[Any], Seal, Submission]:
    """The row, where it was not read before, the seal and the submission without its pictures."""
    row = row if row is not None else row_of(connection, key)
    seal = seal_of(works.vault, connection, row)
    plain = need_part(connection, seal, key, "submission")
    return row, seal, decode(plain, lambda _: b"", pictures=False)


def look(works: Workings, submission: Submission, sample: Prepared, row: Row[Any]) -> Found:
    """Search everybody; the snapshot is taken before."""
    snapshot, people = works.store.change(), works.store.count()[0]
    galleries = _ALL
    if submission.options.galleries and submission.what is not Operation.ENROL:
        with works.store.reading() as connection:
            galleries = works.records.galleries_mask(connection, submission.options.galleries)
    limit = max(submission.options.limit + 1, _LEAST)
    candidates = works.scheduler.search(sample.probe(), limit, galleries, row.due_at, row.priority)
    listed = [Listed.of(each) for each in candidates]
    if submission.what in (Operation.IDENTIFY_PERSON, Operation.IDENTIFY_ENCOUNTER):
        listed = [each for each in listed if each.person != submission.person]
    return Found(snapshot, people, tuple(listed))
