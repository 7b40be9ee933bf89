"""What operators see and do; subscriptions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, func, select, update

from tenprint.access import Caller, check_role
from tenprint.audit import Entry, Event, EventKind, append, read_entries, usage
from tenprint.desk._address import check_address
from tenprint.desk._latencies import Latencies, LatencyPoint
from tenprint.desk._notices import pack_reference, unpack_reference
from tenprint.desk._nouns import CaseState, ClassLoad, DeadLetter, Load, State, Subscription
from tenprint.desk._schema import cases, outbox, transactions
from tenprint.desk._workings import Workings
from tenprint.model import (
    AccessError,
    InputError,
    NotFoundError,
    PersonNotFoundError,
    Purpose,
    Role,
    TransactionClass,
)
from tenprint.records import EventKind as RecordEvent
from tenprint.records import RecordStatus
from tenprint.records import Subscription as Kept

#: States that an index finds; "not the other one" would read every transaction there ever was.
_NOT_ANSWERED = [each.value for each in State if each is not State.ANSWERED]
_OPEN = [each.value for each in CaseState if each is not CaseState.CLOSED]


class Operating:
    """Load, usage, deliveries, subscriptions; a part of `Desk`."""

    _works: Workings

    def load(self) -> Load:
        """Figures for the operator's page; counts only, nothing personal."""
        works, table = self._works, transactions.c
        query = (
            select(table.state, table.klass, func.count().label("n"), func.min(table.due_at))
            .where(table.state.in_(_NOT_ANSWERED))
            .group_by(table.state, table.klass)
        )
        waiting = outbox.c.delivered_at.is_(None)
        with works.store.reading() as connection:
            rows = [tuple(row) for row in connection.execute(query)]
            in_review = {
                klass: (own, count)
                for klass, own, count in connection.execute(
                    select(cases.c.klass, func.count(cases.c.key.distinct()), func.count())
                    .where(cases.c.state.in_(_OPEN))
                    .group_by(cases.c.klass)
                )
            }
            dead = select(func.count()).where(waiting, outbox.c.next_at.is_(None))
            live = select(func.count()).where(waiting, outbox.c.next_at.is_not(None))
            dead_letters = connection.execute(dead).scalar_one()
            queued = connection.execute(live).scalar_one()
        people, encounters = works.store.count()
        info = works.gallery.info()
        review = {klass: in_review.get(klass.value, (0, 0))[0] for klass in TransactionClass}
        today, rates = works.figures.today(), works.figures.rates()
        processes = works.processes.look()
        return Load(
            at=works.now(),
            opened_at=works.figures.opened_at,
            classes={
                klass: _class_load(works, klass, rows, review[klass], today[klass], rates[klass])
                for klass in TransactionClass
            },
            people=people,
            encounters=encounters,
            memory_bytes=sum(each.memory_bytes for each in processes),
            processes=processes,
            processors=works.processes.count,
            index_bytes=round(float(info["bytes_per_person"]) * people),
            cases_open=sum(count for _, count in in_review.values()),
            outbox_waiting=int(queued),
            dead_letters=int(dead_letters),
            last_backup=_last_backup(works.settings.folder),
            errors=works.figures.errors(),
            searches=works.scheduler.searches,
            search_batches=works.scheduler.batches,
            journal_commits=works.journal.commits,
            journal_entries=works.journal.entries,
        )

    def bring_log(self) -> None:
        """Have all that was logged so far in the database, for who reads the audit log there.

        With SQLite what is asked is logged into files first (docs/adr/010-intake.md).
        """
        self._works.bring_log()

    def read_log(
        self,
        caller: Caller,
        *,
        agency: str | None = None,
        subject: str | None = None,
        after: str = "",
        limit: int = 100,
    ) -> list[Entry]:
        """Entries of the audit log, as `tenprint.audit.read_entries`; the reading is logged.

        Raises
        ------
        AccessError, InputError
        """
        check_role(caller, Role.AUDIT)
        self._works.bring_log()
        with self._works.store.reading() as connection:
            found = read_entries(
                connection, agency=agency, subject=subject, after=after, limit=limit
            )
        self.note_log_read(caller, "entries", agency=agency, subject=subject)
        return found

    def note_log_read(
        self, caller: Caller, what: str, *, agency: str | None = None, subject: str | None = None
    ) -> None:
        """Log that somebody was shown of the audit log what this word says, before they are.

        Raises
        ------
        InputError
            If `subject` or `agency` is longer than any is.
        """
        detail = {} if agency is None else {"agency": agency}
        event = Event(
            EventKind.AUDIT_READ, caller.agency, caller.actor, None, None, None, subject, what,
            detail,
        )  # fmt: skip
        self._works.journal.note([event], self._works.now())

    def latencies(self) -> Latencies:
        """Machine time of answers over the last hour and the last week."""
        return self._works.figures.latencies()

    def usage(
        self, caller: Caller, since: datetime, until: datetime, agency: str | None = None
    ) -> dict[TransactionClass, int]:
        """What an agency has asked, by class, from the audit log.

        Another agency's for administrators and auditors.
        """
        whose = agency or caller.agency
        if whose != caller.agency and not caller.roles & {Role.ADMINISTER, Role.AUDIT}:
            raise AccessError("This is another agency's usage.", field="agency")
        self._works.bring_log()
        with self._works.store.reading() as connection:
            return {each.klass: each.count for each in usage(connection, whose, since, until)}

    def dead_letters(self, caller: Caller) -> Sequence[DeadLetter]:
        """Deliveries that failed: given up, and to be tried again; one's own, or all."""
        query = select(outbox).where(outbox.c.delivered_at.is_(None), outbox.c.attempts > 0)
        if Role.ADMINISTER not in caller.roles:
            query = query.where(outbox.c.agency == caller.agency)
        with self._works.store.reading() as connection:
            rows = connection.execute(query.order_by(outbox.c.id).limit(1000))
            return [
                DeadLetter(r.id, r.agency, r.transaction, r.attempts, r.problem, r.next_at)
                for r in rows
            ]

    def redeliver(self, caller: Caller, answer: str) -> None:
        """Try a failed delivery again, at once, and as often as a new one.

        Raises
        ------
        NotFoundError
        """
        works = self._works
        mine = (outbox.c.id == answer) & outbox.c.delivered_at.is_(None)
        if Role.ADMINISTER not in caller.roles:
            mine &= outbox.c.agency == caller.agency
        again = update(outbox).where(mine).values(next_at=works.now(), attempts=0)
        if not works.journal.run(lambda connection: connection.execute(again).rowcount):
            raise NotFoundError("There is no such delivery.", field="answer")
        works.posted()

    def subscribe(
        self,
        caller: Caller,
        person: str,
        purpose: Purpose,
        until: datetime,
        callback: str | None = None,
    ) -> Subscription:
        """Tell of later arrests of a person, until a day.

        Raises
        ------
        AccessError, PersonNotFoundError, InputError
        """
        works = self._works
        works.permissions.check_submit(caller, TransactionClass.RECORD_QUERY, purpose)
        now = works.now()
        if until.tzinfo is None or until <= now:
            raise InputError("A subscription ends in the future.", field="until")
        if callback is not None:
            check_address(callback, works.settings.callback_hosts, caller.callback_hosts)
        reference = pack_reference(caller, purpose, callback)
        event = Event(
            EventKind.CHANGED, caller.agency, caller.actor, purpose, None, None, person,
            "subscribed",
        )  # fmt: skip

        def work(connection: Connection) -> Kept:
            known = works.records.status(connection, person)
            if known in (None, RecordStatus.EXPUNGED, RecordStatus.SEALED):
                raise PersonNotFoundError(field="person")
            append(connection, event, at=now)
            return works.records.subscribe(
                connection, caller.agency, person, {RecordEvent.ARREST}, until, reference
            )

        return _subscription(works.journal.run(work), now)

    def subscriptions(self, caller: Caller) -> Sequence[Subscription]:
        """Those of the caller's agency, ended ones too; needs the role `search`."""
        check_role(caller, Role.SEARCH)
        works = self._works
        with works.store.reading() as connection:
            found = works.records.subscriptions(connection, caller.agency, active_only=False)
        return [_subscription(each, works.now()) for each in found]

    def cancel(self, caller: Caller, subscription: str) -> None:
        """End a subscription.

        Raises
        ------
        AccessError, NotFoundError
        """
        check_role(caller, Role.SEARCH)
        works = self._works
        event = Event(
            EventKind.CHANGED, caller.agency, caller.actor, None, None, None, None, "cancelled"
        )

        def work(connection: Connection) -> None:
            works.records.cancel_subscription(connection, caller.agency, subscription)
            append(connection, event, at=works.now())

        works.journal.run(work)


def _subscription(of: Kept, now: datetime) -> Subscription:
    _, purpose, _ = unpack_reference(of.reference)
    until = of.until or datetime.max.replace(tzinfo=now.tzinfo)
    active = of.cancelled_at is None and now < until
    return Subscription(of.id, of.agency, purpose, of.person, of.since, until, active)


def _class_load(
    works: Workings,
    klass: TransactionClass,
    rows: list[tuple[object, ...]],
    review: int,
    today: LatencyPoint | None,
    rate: float,
) -> ClassLoad:
    mine = [row for row in rows if row[1] == klass.value]
    count = {str(row[0]): int(str(row[2])) for row in mine}
    dues = [r[3] for r in mine if r[0] != State.REVIEW.value and isinstance(r[3], datetime)]
    answered, late, latency, total = works.figures.of(klass)
    return ClassLoad(
        count.get(State.ADMITTED.value, 0),
        count.get(State.WORKING.value, 0),
        review,
        answered,
        late,
        min(dues, default=None),
        latency,
        total,
        today,
        rate,
    )


def _last_backup(folder: Path) -> datetime | None:
    """When the last backup was made: the time of the file that it leaves in the folder."""
    try:
        changed = (folder / "last-backup").stat().st_mtime
    except OSError:
        return None
    return datetime.fromtimestamp(changed, UTC)
