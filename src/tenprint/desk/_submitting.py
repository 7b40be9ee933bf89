"""Transactions in, answers out."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select

from tenprint.access import Caller, check_role
from tenprint.audit import Event, EventKind, append
from tenprint.desk._admit import admit
from tenprint.desk._answering import answers_of, people_in, read_answer
from tenprint.desk._encoding import digest, encode
from tenprint.desk._flow import count_todo
from tenprint.desk._naming import note_named
from tenprint.desk._nouns import Answer, State, Status
from tenprint.desk._rows import find_row, own_row, pack_caller, put_part, status_of
from tenprint.desk._schema import answers, transactions
from tenprint.desk._sealing import Seal
from tenprint.desk._submission import Submission
from tenprint.desk._tracing import traceparent
from tenprint.desk._workings import Workings, new_key
from tenprint.model import (
    AccessError,
    ConflictError,
    InputError,
    NotFoundError,
    Purpose,
    Role,
    ServiceUnavailableError,
    TransactionClass,
    TransactionError,
)

#: Seconds between two looks at the table while somebody waits for an answer.
_LOOK = 1.0

_NEW = insert(transactions)


class Submitting:
    """What agencies do; a part of `Desk`."""

    _works: Workings

    def submit(self, caller: Caller, submission: Submission) -> Status:
        """Admit a transaction; it is on disk when this returns.

        The same identifier with the same content again is the same transaction, and gives its
        status.

        Raises
        ------
        TransactionError
            With all `faults`.
        AccessError
            If this agency, role or purpose may not submit that.
        ConflictError
            If the identifier was used for something else.
        ServiceUnavailableError
            If too many are waiting.
        """
        works = self._works
        if works.closing.is_set():
            raise ServiceUnavailableError("The desk is closing.")
        try:
            made = admit(works, caller, submission)
        except (AccessError, TransactionError) as error:
            self._note_refusal(caller, submission, error.code)
            raise
        parts = encode(made)
        own = digest(parts)
        key = new_key()
        now = works.now()
        klass = made.klass
        limit = works.settings.deadline(klass, expedite=made.options.expedite)
        row = {
            "key": key,
            "agency": caller.agency,
            "transaction": made.transaction,
            "klass": klass.value,
            "purpose": made.purpose.value,
            "operation": made.what.value,
            "caller": pack_caller(caller),
            "digest": own,
            "state": State.ADMITTED.value,
            "priority": made.options.priority or 0,
            "attempt": 1,
            "todo": True,
            "submitted_at": now,
            "due_at": now + limit,
            "resumed_at": now,
            "person": made.person,
            "trace": traceparent(),
        }
        event = Event(
            EventKind.ACCEPTED, caller.agency, caller.actor, made.purpose, made.transaction,
            klass, made.person, made.what.value,
            {"reason": made.reason} if made.reason else {},
        )  # fmt: skip

        def accept(connection: Connection) -> tuple[Row[Any] | None, bool]:
            known = find_row(connection, caller.agency, made.transaction)
            if known is not None:
                return known, False
            seal = Seal.new(works.vault, connection, key)
            connection.execute(_NEW, {**row, "vault_key": seal.number})
            for name, data in parts.items():
                put_part(connection, seal, key, name, data)
            note_named(connection, key, [made.other_person, *made.other_people])
            append(connection, event, at=now)
            return find_row(connection, caller.agency, made.transaction), True

        if count_todo(works) >= works.settings.max_waiting:
            raise ServiceUnavailableError("Too many transactions are waiting.")
        found, fresh = works.journal.run(accept)
        if found is None:
            raise NotFoundError(field="transaction")
        if not fresh and found.digest != own:
            raise ConflictError(
                "This identifier was used for another transaction.", field="transaction"
            )
        if found.todo:  # also where the first time was cut off between commit and this
            works.admitted(found)
        return status_of(found, now)

    def _note_refusal(self, caller: Caller, submission: Submission, code: str) -> None:
        transaction = submission.transaction[:100].encode("ascii", "replace").decode()
        event = Event(
            EventKind.REFUSED, caller.agency, caller.actor, submission.purpose, transaction,
            submission.klass, None, "refused", {"code": code},
        )  # fmt: skip
        works = self._works
        works.journal.run(lambda connection: append(connection, event, at=works.now()))

    def status(self, caller: Caller, transaction: str) -> Status:
        """Where one of the caller's agency's transactions is.

        Raises
        ------
        AccessError
            Without the role `submit`; so of the others here.
        NotFoundError
            Also for another agency's.
        """
        check_role(caller, Role.SUBMIT)
        with self._works.store.reading() as connection:
            return status_of(own_row(connection, caller, transaction), self._works.now())

    def answer(self, caller: Caller, transaction: str, number: int | None = None) -> Answer | None:
        """The answer (0) or a supplement; by default the latest; None where there is none yet.

        Raises
        ------
        NotFoundError
        """
        row, found = self._answers(caller, transaction)
        wanted = found[-1:] if number is None else [e for e in found if e.number == number]
        self._note_read(caller, row, wanted)
        return wanted[0] if wanted else None

    def answers(self, caller: Caller, transaction: str) -> Sequence[Answer]:
        """The answer and its supplements in order; reading them is in the audit log.

        Raises
        ------
        NotFoundError
        """
        row, found = self._answers(caller, transaction)
        self._note_read(caller, row, found)
        return found

    def _answers(self, caller: Caller, transaction: str) -> tuple[Row[Any], Sequence[Answer]]:
        check_role(caller, Role.SUBMIT)
        works = self._works
        with works.store.reading() as connection:
            row = own_row(connection, caller, transaction)
            return row, answers_of(connection, works.vault, row)

    def _note_read(self, caller: Caller, row: Row[Any], found: Sequence[Answer]) -> None:
        """Log that answers were read: for each person named in them, else once."""
        if not found:
            return
        named = {each: None for answer in found for each in people_in(answer.content)}
        events = [
            Event(
                EventKind.VIEWED, caller.agency, caller.actor, Purpose(row.purpose),
                row.transaction, TransactionClass(row.klass), each, "answer",
            )
            for each in named or [None]
        ]  # fmt: skip
        self._works.journal.note(events, self._works.now())

    def wait(
        self, caller: Caller, transaction: str, timeout: float, *, final: bool = False
    ) -> Answer | None:
        """The latest answer as soon as there is one; None after `timeout` seconds.

        With `final` only once no examiner looks any more.

        Raises
        ------
        NotFoundError
        """
        works = self._works
        until = time.monotonic() + timeout
        with works.answered:
            while True:
                status = self.status(caller, transaction)
                if status.answers and not (final and status.under_review):
                    return self.answer(caller, transaction)
                left = until - time.monotonic()
                if left <= 0 or works.closing.is_set():
                    return None
                works.answered.wait(min(left, _LOOK))

    def list(
        self,
        caller: Caller,
        *,
        state: State | None = None,
        klass: TransactionClass | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        after: str | None = None,
        limit: int = 100,
        every_agency: bool = False,
    ) -> Sequence[Status]:
        """The agency's transactions, newest first.

        Parameters
        ----------
        after : str, optional
            The `key` of the last one of the page before.
        limit : int
            1 to 1000.
        every_agency : bool
            For administrators.
        """
        if not 1 <= limit <= 1000:
            raise InputError("It is 1 to 1000.", field="limit")
        table = transactions.c
        query = select(transactions).order_by(table.submitted_at.desc(), table.key.desc())
        if every_agency:
            check_role(caller, Role.ADMINISTER)
        else:
            check_role(caller, Role.SUBMIT)
            query = query.where(table.agency == caller.agency)
        if state is not None:
            query = query.where(table.state == state.value)
        if klass is not None:
            query = query.where(table.klass == klass.value)
        if since is not None:
            query = query.where(table.submitted_at >= since)
        if until is not None:
            query = query.where(table.submitted_at < until)
        with self._works.store.reading() as connection:
            if after is not None:
                last = connection.execute(
                    select(table.submitted_at, table.key).where(table.key == after)
                ).one_or_none()
                if last is None:
                    raise NotFoundError("There is no such transaction.", field="after")
                earlier = table.submitted_at < last.submitted_at
                same = (table.submitted_at == last.submitted_at) & (table.key < last.key)
                query = query.where(earlier | same)
            now = self._works.now()
            return [status_of(row, now) for row in connection.execute(query.limit(limit))]

    def notices(
        self, caller: Caller, *, after: str | None = None, limit: int = 100
    ) -> Sequence[Answer]:
        """Notices to the caller's agency, oldest first, after the one named.

        Raises
        ------
        AccessError
            Without the role `search`, as of who subscribes.
        """
        check_role(caller, Role.SEARCH)
        if not 1 <= limit <= 1000:
            raise InputError("It is 1 to 1000.", field="limit")
        table = answers.c
        mine = (table.agency == caller.agency) & (table.kind == "notice")
        query = select(answers).where(mine, table.vault_key.is_not(None))
        query = query.order_by(table.created_at, table.id)
        with self._works.store.reading() as connection:
            if after is not None:
                last = connection.execute(
                    select(table.created_at, table.id).where(table.id == after)
                ).one_or_none()
                if last is None:
                    raise NotFoundError("There is no such notice.", field="after")
                later = table.created_at > last.created_at
                same = (table.created_at == last.created_at) & (table.id > last.id)
                query = query.where(later | same)
            rows = connection.execute(query.limit(limit))
            found = [read_answer(self._works.vault, connection, row) for row in rows]
        events = [
            Event(EventKind.VIEWED, caller.agency, caller.actor, subject=person, outcome="notice")
            for each in found
            for person in people_in(each.content)
        ]
        if events:
            self._works.journal.note(events, self._works.now())
        return found
