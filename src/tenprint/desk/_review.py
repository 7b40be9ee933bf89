"""Cases for examiners: two look without knowing of each other, a third where they differ."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, delete, insert, select, update

from tenprint.desk._found import Listed
from tenprint.desk._nouns import CaseState, CaseSummary, Decision, Mark, State
from tenprint.desk._schema import cases, decisions, marks, transactions
from tenprint.model import (
    ConflictError,
    Finding,
    Finger,
    InputError,
    NotFoundError,
    TransactionClass,
)

#: The most marks an examiner keeps in a case, and characters of a reason.
MAX_MARKS, MAX_REASON = 2000, 4000


class FindingOf(NamedTuple):
    """What the cases of a transaction say together.

    Attributes
    ----------
    person : str or None
        The one who was identified.
    words : str or None
        For the answer; None where there were no cases.
    """

    person: str | None
    words: str | None


def outcome_of(findings: Mapping[str, str]) -> FindingOf:
    """Of the findings by person: who was identified, and in a word what examiners found."""
    if not findings:
        return FindingOf(None, None)
    for person, finding in findings.items():
        if finding == Finding.IDENTIFICATION:
            return FindingOf(person, Finding.IDENTIFICATION.value)
    inconclusive = Finding.INCONCLUSIVE in findings.values()
    return FindingOf(None, (Finding.INCONCLUSIVE if inconclusive else Finding.EXCLUSION).value)


def open_cases(
    connection: Connection, row: Row[Any], doubtful: Sequence[Listed], now: datetime, taken: int,
    *, waits: bool,
) -> None:  # fmt: skip
    """Open a case for each candidate; the machine's clock stops where the transaction `waits`."""
    query = select(cases.c.person, cases.c.rank).where(cases.c.key == row.key)
    known = {each.person: each.rank for each in connection.execute(query)}
    first = max(known.values(), default=-1) + 1  # one that was taken out leaves its rank free
    fresh = [each for each in doubtful if each.person not in known]
    connection.execute(
        insert(cases),
        [
            {
                "id": secrets.token_hex(16),
                "key": row.key,
                "rank": rank,
                "agency": row.agency,
                "transaction": row.transaction,
                "klass": row.klass,
                "person": each.person,
                "score": each.score,
                "evidence": json.dumps([each.fingers, each.encounter]),
                "state": CaseState.OPEN.value,
                "due_at": row.due_at,
                "opened_at": now,
            }
            for rank, each in enumerate(fresh, first)
        ],
    )
    values: dict[str, Any] = {"todo": False, "under_review": True}
    if waits:
        values |= {
            "state": State.REVIEW.value, "machine_ms": taken, "resumed_at": None,
            "paused_at": now,
        }  # fmt: skip
    else:
        values["paused_at"] = now
    connection.execute(update(transactions).where(transactions.c.key == row.key).values(values))


def case_row(connection: Connection, case: str, *, lock: bool = False) -> Row[Any]:
    """One case.

    Raises
    ------
    NotFoundError
    """
    query = select(cases).where(cases.c.id == case)
    row = connection.execute(query.with_for_update() if lock else query).one_or_none()
    if row is None:
        raise NotFoundError("There is no such case.", field="case")
    return row


def decisions_of(connection: Connection, case: str) -> list[Decision]:
    """All decisions of a case in order."""
    query = select(decisions).where(decisions.c.case == case).order_by(decisions.c.decided_at)
    return [
        Decision(
            row.examiner, Finding(row.finding), row.reason, row.decided_at,
            unpack_marks(row.marks),
        )
        for row in connection.execute(query)
    ]  # fmt: skip


def summary(row: Row[Any], now: datetime, mine: bool) -> CaseSummary:
    """A case as a line of the queue."""
    claimed = row.claimed_until is not None and row.claimed_until > now
    return CaseSummary(
        row.id,
        row.key,
        row.agency,
        row.transaction,
        TransactionClass(row.klass),
        row.person,
        row.score,
        CaseState(row.state),
        row.opened_at,
        row.due_at,
        row.claimed_by if claimed else None,
        mine,
        None if row.finding is None else Finding(row.finding),
    )


def evidence(row: Row[Any]) -> tuple[dict[Finger, float], int]:
    """The scores by finger of a case, and the store's number of the encounter that matched."""
    fingers, encounter = json.loads(row.evidence)
    return {Finger(int(f)): score for f, score in fingers.items()}, int(encounter)


def check_free(connection: Connection, row: Row[Any], examiner: str, now: datetime) -> None:
    """Refuse who may not work on a case.

    Raises
    ------
    ConflictError
    """
    if row.state == CaseState.CLOSED:
        raise ConflictError("The case is closed.", field="case")
    mine = (decisions.c.case == row.id) & (decisions.c.examiner == examiner)
    if connection.execute(select(decisions.c.case).where(mine)).first():
        raise ConflictError("You have decided this case; now another examiner does.", field="case")
    if row.claimed_by not in (None, examiner) and row.claimed_until > now:
        raise ConflictError("Another examiner has this case.", field="case")


def claim_case(
    connection: Connection, case: str, examiner: str, now: datetime, until: datetime | None
) -> None:
    """Take a case until a time, or give it back (None)."""
    row = case_row(connection, case, lock=True)
    check_free(connection, row, examiner, now)
    values = {"claimed_by": examiner if until else None, "claimed_until": until}
    connection.execute(update(cases).where(cases.c.id == case).values(values))


def keep_marks(connection: Connection, case: str, examiner: str, these: Sequence[Mark]) -> None:
    """Keep an examiner's marks in place of earlier ones."""
    mine = (marks.c.case == case) & (marks.c.examiner == examiner)
    connection.execute(delete(marks).where(mine))
    row = {"case": case, "examiner": examiner, "marks": pack_marks(these)}
    connection.execute(insert(marks), row)


def own_marks(connection: Connection, case: str, examiner: str) -> tuple[Mark, ...]:
    """What an examiner has marked so far."""
    mine = (marks.c.case == case) & (marks.c.examiner == examiner)
    found = connection.execute(select(marks.c.marks).where(mine)).scalar()
    return () if found is None else unpack_marks(found)


def decide_case(
    connection: Connection, case: str, examiner: str, finding: Finding, reason: str,
    these: Sequence[Mark], now: datetime, needed: int,
) -> str:  # fmt: skip
    """One examiner's decision; the transaction's key, whose row says whether it goes on.

    Two that agree close a case; where they differ, a third decides.

    Raises
    ------
    InputError, ConflictError, NotFoundError
    """
    if not reason.strip() or len(reason) > MAX_REASON:
        raise InputError(
            f"A decision has a reason of 1 to {MAX_REASON} characters.", field="reason"
        )
    row = case_row(connection, case, lock=True)
    check_free(connection, row, examiner, now)
    connection.execute(
        insert(decisions),
        {
            "case": case, "examiner": examiner, "finding": finding.value, "reason": reason,
            "decided_at": now, "marks": pack_marks(these),
        },
    )  # fmt: skip
    so_far = [each.finding for each in decisions_of(connection, case)]
    state, closed = CaseState.SECOND, None
    if len(so_far) >= 3 or len(so_far) >= needed == 1:
        state, closed = CaseState.CLOSED, finding
    elif len(so_far) == 2:
        agreed = so_far[0] is so_far[1]
        state, closed = (CaseState.CLOSED, finding) if agreed else (CaseState.CONFLICT, None)
    values: dict[str, Any] = {"state": state.value, "claimed_by": None, "claimed_until": None}
    if closed is not None:
        values |= {"finding": closed.value, "closed_at": now}
    connection.execute(update(cases).where(cases.c.id == case).values(values))
    if closed is not None:
        if closed is Finding.IDENTIFICATION:
            _close_others(connection, row.key, now)
        go_on(connection, row.key, now)
    return str(row.key)


def _close_others(connection: Connection, key: str, now: datetime) -> None:
    """The other cases of a transaction need not be looked at."""
    others = (cases.c.key == key) & (cases.c.state != CaseState.CLOSED.value)
    closed = {
        "state": CaseState.CLOSED.value, "finding": Finding.EXCLUSION.value, "closed_at": now,
        "claimed_by": None, "claimed_until": None,
    }  # fmt: skip
    connection.execute(update(cases).where(others).values(closed))


def go_on(connection: Connection, key: str, now: datetime) -> None:
    """After a case was closed or taken out: if none of its transaction is open, it goes on."""
    still = (cases.c.key == key) & (cases.c.state != CaseState.CLOSED.value)
    if connection.execute(select(cases.c.id).where(still)).first():
        return
    query = select(transactions).where(transactions.c.key == key).with_for_update()
    row = connection.execute(query).one()
    paused = now - (row.paused_at or now)
    values: dict[str, Any] = {
        "todo": True,
        "attempt": row.attempt + 1,
        "paused_at": None,
        "human_ms": row.human_ms + int(1000 * paused.total_seconds()),
    }
    if row.state == State.REVIEW:
        values |= {"state": State.WORKING.value, "resumed_at": now, "due_at": row.due_at + paused}
    connection.execute(update(transactions).where(transactions.c.key == key).values(values))


def pack_marks(these: Sequence[Mark]) -> str:
    """Marks as JSON.

    Raises
    ------
    InputError
    """
    if len(these) > MAX_MARKS:
        raise InputError(f"At most {MAX_MARKS} marks.", field="marks")
    for each in these:
        inside = 0 <= each.x <= 4095 and 0 <= each.y <= 4095
        if each.side not in ("probe", "candidate") or not inside or len(each.note) > 300:
            raise InputError("A mark is on the probe or the candidate, inside it.", field="marks")
    return json.dumps(
        [[m.side, int(m.finger), m.x, m.y, m.kind[:40], m.pair, m.note] for m in these]
    )


def unpack_marks(text: str) -> tuple[Mark, ...]:
    """Back from `pack_marks`."""
    return tuple(
        Mark(side, Finger(finger), x, y, kind, pair, note)
        for side, finger, x, y, kind, pair, note in json.loads(text)
    )
