"""Expunging a person: nothing is left but the proof that it happened."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import Connection, or_, select

from tenprint.audit import Event, EventKind, append, erase
from tenprint.model import ConflictError, InputError
from tenprint.records._base import Base, Known
from tenprint.records._expunged import Expunged, expunged_among, hashed, record
from tenprint.records._following import Following
from tenprint.records._schema import encounters, entries, merges, people, subscriptions, tables
from tenprint.records._types import RecordStatus
from tenprint.store import Change

_REASON = re.compile(r"[a-z0-9-]{1,40}")


class Expunging(Following, Base):
    """The part of `Records` that expunges."""

    def expunge(
        self, change: Change, person: str, reason: str, *, agency: str = "", actor: str = "tenprint"
    ) -> None:
        """Destroy a person, with everybody who was merged into them.

        In the transaction: the person's key is overwritten; encounters, templates, events, flags,
        identifiers, subscriptions and merges are deleted, as is what the audit log says of the
        person and what the other rooms hold (`erasers`). When the transaction has ended: image
        files are overwritten, a line is written to ``expunged.log``, names forgotten, and free
        pages and the database's log cleared. It is done when ``TruthStore.writing()`` has ended;
        a crash in between is made up for by the next start and `sweep`.

        Parameters
        ----------
        change : Change
        person : str
        reason : str
            A code, 1 to 40 of ``a-z 0-9 -``, such as ``court-order``.
        agency, actor : str
            Who orders it, for the audit log.

        Raises
        ------
        PersonNotFoundError, InputError
        ConflictError
            If the person was merged into another: undo that, or expunge the other.
        """
        if not _REASON.fullmatch(reason):
            raise InputError("A reason is a code of 1 to 40 of a-z, 0-9 and -.", field="reason")
        connection, now = change.connection, self.clock()
        known = self._known(connection, person, lock=True)
        if known.status is RecordStatus.MERGED:
            raise ConflictError(
                "The person was merged into another.",
                source=self.store.source,
                remedy="Undo the merge, or expunge the other.",
            )
        group = self._group(connection, known)
        names = [each.person for each in group]
        self.expunges += 1
        for eraser in self.erasers:
            eraser(connection, names)
        numbers = [each.number for each in group]
        mine = encounters.c.person.in_(numbers)
        files = self._doom(
            connection, connection.execute(select(encounters.c.key).where(mine)).scalars().all()
        )
        for each in group:
            self.vault.destroy(connection, each.key_number)
        connection.execute(encounters.delete().where(mine))
        connection.execute(entries.delete().where(entries.c.person.in_(numbers)))
        connection.execute(subscriptions.delete().where(subscriptions.c.person.in_(numbers)))
        either = or_(merges.c.target.in_(numbers), merges.c.source.in_(numbers))
        connection.execute(merges.delete().where(either))
        connection.execute(people.delete().where(people.c.number.in_(numbers)))
        change.delete(person)
        for each in group[1:]:
            change.forget(each.number)
        for name in names:
            erase(connection, name, agency=agency, actor=actor, at=now)
        detail = {"reason": reason, "people": str(len(group))}
        event = Event(EventKind.EXPUNGED, agency, actor, outcome="done", detail=detail)
        append(connection, event, at=now)
        lines = [Expunged(hashed(self._log.salt, name), now, reason) for name in names]
        for line in lines:
            record(connection, line)
        self.leave_out(change)
        change.then(lambda: self._finish_expunge(files, lines))

    @property
    def expunge_salt(self) -> str:
        """What identifiers are hashed with in ``expunged.log``."""
        return self._log.salt

    def expunged(self, connection: Connection, people: Iterable[str]) -> dict[str, datetime]:
        """Those of some people's identifiers that were expunged, and when, the last time."""
        return expunged_among(connection, self._log.salt, people)

    def scrub(self, *, whole: bool = False) -> bool:
        """Clear what free pages and the database's log still hold; whether it could.

        `whole` writes the database anew, see `TruthStore.scrub`.
        """
        names = [table.name for table in tables.sorted_tables]
        more = sorted(self.rooms_tables) if whole else []
        return self.store.scrub(tables=[*names, "audit_entries", *more], whole=whole)

    def _finish_expunge(self, files: Sequence[str], lines: Sequence[Expunged]) -> None:
        self._log.append(lines)
        self._erase_doomed(files)
        self._unclean = not self.scrub()

    def _group(self, connection: Connection, known: Known) -> list[Known]:
        """A person, and whoever was merged into them, and into those."""
        group, waiting = [known], [known.number]
        while waiting:
            query = select(people.c.person).where(people.c.merged_into.in_(waiting))
            found = [
                self._known(connection, name, lock=True)
                for name in connection.execute(query).scalars().all()
            ]
            group += found
            waiting = [each.number for each in found]
        return group
