"""What examiners do: the queue, cases with their prints, marks and decisions."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from PIL import Image
from sqlalchemy import ColumnElement, Connection, Row, false, select, true

from tenprint.access import EXAMINE, Caller, Reach, check_role
from tenprint.audit import Event, EventKind, append
from tenprint.desk._encoding import decode
from tenprint.desk._nouns import CasePrint, CaseState, CaseSummary, CaseView, Mark
from tenprint.desk._pictures import pieces
from tenprint.desk._prepare import Prepared
from tenprint.desk._review import (
    case_row,
    check_free,
    claim_case,
    decide_case,
    decisions_of,
    evidence,
    keep_marks,
    own_marks,
    summary,
)
from tenprint.desk._rows import get_part, need_part, row_of, seal_of
from tenprint.desk._schema import cases, decisions
from tenprint.desk._submission import Print, Submission
from tenprint.desk._workings import Workings
from tenprint.formats import media_type, unpack_all
from tenprint.model import (
    Finding,
    Finger,
    InputError,
    NotFoundError,
    Purpose,
    Role,
    Template,
    TransactionClass,
)
from tenprint.records import ImageKind, PersonRecord


class Examining:
    """What examiners do; a part of `Desk`. Needs the role `examine`.

    The permission table says whether an agency's examiners work on every agency's cases, on those
    of its own transactions, or on none. Others are not found.
    """

    _works: Workings

    def cases(
        self, caller: Caller, *, state: CaseState | None = None, limit: int = 200
    ) -> Sequence[CaseSummary]:
        """The examiners' queue, earliest deadline first; without `state` all that are not closed.

        Cases that the caller has decided already are marked `mine`.
        """
        check_role(caller, Role.EXAMINE)
        if not 1 <= limit <= 1000:
            raise InputError("It is 1 to 1000.", field="limit")
        query = select(cases).where(_theirs(self._works, caller))
        query = query.order_by(cases.c.due_at, cases.c.id).limit(limit)
        if state is None:
            query = query.where(cases.c.state != CaseState.CLOSED.value)
        else:
            query = query.where(cases.c.state == state.value)
        now = self._works.now()
        with self._works.store.reading() as connection:
            rows = list(connection.execute(query))
            mine = decisions.c.examiner == caller.actor
            ids = [row.id for row in rows]
            own = set(
                connection.execute(
                    select(decisions.c.case).where(mine, decisions.c.case.in_(ids))
                ).scalars()
            )
        return [summary(row, now, row.id in own) for row in rows]

    def case(self, caller: Caller, case: str) -> CaseView:
        """One case with its prints; the look is in the audit log.

        Raises
        ------
        NotFoundError
        """
        check_role(caller, Role.EXAMINE)
        works, examiner = self._works, caller.actor
        with works.store.reading() as connection:
            row = self._row(connection, caller, case)
            owner = row_of(connection, row.key)
            fingers, encounter = evidence(row)
            found = decisions_of(connection, case)
            mine = any(each.examiner == examiner for each in found)
            closed = row.state == CaseState.CLOSED
            view = CaseView(
                summary(row, works.now(), mine),
                fingers,
                probe_prints(works, connection, owner),
                _candidate(works, connection, row.person, encounter),
                tuple(each for each in found if closed or each.examiner == examiner),
                own_marks(connection, case, examiner),
            )
        event = Event(
            EventKind.VIEWED, caller.agency, caller.actor, Purpose(owner.purpose),
            owner.transaction, TransactionClass(owner.klass), row.person, "case",
        )  # fmt: skip
        works.journal.note([event], works.now())
        return view

    def claim(self, caller: Caller, case: str) -> CaseSummary:
        """Take a case for the time of a lease; again to prolong it.

        Raises
        ------
        ConflictError
            If somebody else has it, it is closed, or the caller has decided it already.
        """
        check_role(caller, Role.EXAMINE)
        works, now = self._works, self._works.now()
        until = now + works.settings.lease
        self._take(caller, case, now, until)
        return self._summary(caller, case)

    def release(self, caller: Caller, case: str) -> CaseSummary:
        """Give a claimed case back.

        Raises
        ------
        ConflictError
            As `claim`.
        """
        check_role(caller, Role.EXAMINE)
        self._take(caller, case, self._works.now(), None)
        return self._summary(caller, case)

    def mark(self, caller: Caller, case: str, marks: Sequence[Mark]) -> None:
        """Keep the caller's marks in place of earlier ones.

        Raises
        ------
        ConflictError, InputError
        """
        check_role(caller, Role.EXAMINE)
        works = self._works

        def work(connection: Connection) -> None:
            row = self._row(connection, caller, case, lock=True)
            check_free(connection, row, caller.actor, works.now())
            keep_marks(connection, case, caller.actor, marks)

        works.journal.run(work)

    def decide(
        self,
        caller: Caller,
        case: str,
        finding: Finding,
        reason: str,
        marks: Sequence[Mark] | None = None,
    ) -> CaseSummary:
        """Decide a case; where enough examiners agree, the transaction goes on.

        Without `marks` those kept by `mark` count. It needs no claim, but respects others'.

        Raises
        ------
        ConflictError
            As `claim`.
        InputError
            If the reason is missing or too long.
        """
        check_role(caller, Role.EXAMINE)
        works, now = self._works, self._works.now()

        def work(connection: Connection) -> Row[Any]:
            self._row(connection, caller, case)
            these = own_marks(connection, case, caller.actor) if marks is None else marks
            needed = works.settings.examiners
            key = decide_case(connection, case, caller.actor, finding, reason, these, now, needed)
            owner = row_of(connection, key)
            event = Event(
                EventKind.DECIDED, caller.agency, caller.actor, Purpose(owner.purpose),
                owner.transaction, TransactionClass(owner.klass),
                case_row(connection, case).person, finding.value, {"case": case},
            )  # fmt: skip
            append(connection, event, at=now)
            return owner

        owner = works.journal.run(work)
        if owner.todo:
            works.admitted(owner)
        return self._summary(caller, case)

    def _take(self, caller: Caller, case: str, now: datetime, until: datetime | None) -> None:
        def work(connection: Connection) -> None:
            self._row(connection, caller, case)
            claim_case(connection, case, caller.actor, now, until)

        self._works.journal.run(work)

    def _row(
        self, connection: Connection, caller: Caller, case: str, *, lock: bool = False
    ) -> Row[Any]:
        """A case that is the caller's to see; NotFoundError also for any other."""
        row = case_row(connection, case, lock=lock)
        reach = self._works.permissions.reach(caller, EXAMINE)
        if reach is Reach.ANY or (reach is Reach.OWN and row.agency == caller.agency):
            return row
        raise NotFoundError("There is no such case.", field="case")

    def _summary(self, caller: Caller, case: str) -> CaseSummary:
        with self._works.store.reading() as connection:
            row = case_row(connection, case)
            mine = (decisions.c.case == case) & (decisions.c.examiner == caller.actor)
            own = connection.execute(select(decisions.c.case).where(mine)).first()
        return summary(row, self._works.now(), own is not None)


def _theirs(works: Workings, caller: Caller) -> ColumnElement[bool]:
    """Which cases a caller's agency lets its examiners see."""
    reach = works.permissions.reach(caller, EXAMINE)
    if reach is Reach.OWN:
        return cases.c.agency == caller.agency
    return true() if reach is Reach.ANY else false()


def probe_prints(
    works: Workings, connection: Connection, owner: Row[Any], sent: Submission | None = None
) -> tuple[CasePrint, ...]:
    """The prints that were sent: of each template its picture, slaps cut.

    `sent` is the submission with the pictures that are no longer kept.
    """
    seal = seal_of(works.vault, connection, owner)
    sample = get_part(connection, seal, owner.key, "sample")
    if sample is None:
        return ()
    prepared = Prepared.from_bytes(sample)
    plain = need_part(connection, seal, owner.key, "submission")
    submission = sent or decode(
        plain, lambda name: get_part(connection, seal, owner.key, name) or b""
    )
    pictures = _pictures(submission.prints)
    found = []
    for template, slap in zip(prepared.templates, prepared.slap, strict=True):
        image, media = pictures.get((template.finger, slap), (None, ""))
        ppi = 500.0
        for one in submission.prints:
            if not slap and one.finger.anatomical is template.finger and image is one.data:
                ppi = one.ppi or 500.0
        found.append(CasePrint(template.finger, template, image, media, ppi))
    return tuple(found)


def _pictures(prints: Sequence[Print]) -> dict[tuple[Finger, bool], tuple[bytes | None, str]]:
    """Of each finger the file as it was sent; of a slap's finger the cut, as PNG."""
    found: dict[tuple[Finger, bool], tuple[bytes | None, str]] = {}
    for number, one in enumerate(prints):
        if one.template or not one.data:
            continue
        media = media_type(one.data)
        plain = one.finger in (Finger.PLAIN_RIGHT_THUMB, Finger.PLAIN_LEFT_THUMB)
        if not one.finger.is_slap and one.shape is None and media is not None:
            found[one.finger.anatomical, plain] = (one.data, media)
            continue
        for piece in pieces(number, one)[0]:
            found[piece.finger, piece.slap] = (_png(piece.image.pixels), "image/png")
    return found


def _png(pixels: Any) -> bytes:
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG", dpi=(500, 500))
    return out.getvalue()


def _candidate(
    works: Workings, connection: Connection, person: str, encounter: int
) -> tuple[CasePrint, ...]:
    """The candidate's prints: of the encounter that matched first, then of the others."""
    try:
        record = works.records.person(connection, person)
    except NotFoundError:
        return ()  # expunged meanwhile
    found = candidate_prints(works, connection, record, None)
    return tuple(sorted(found, key=lambda p: (p.encounter != encounter, p.encounter, p.finger)))


def candidate_prints(
    works: Workings, connection: Connection, record: PersonRecord, encounter: int | None
) -> list[CasePrint]:
    """A person's templates, of all encounters or of one, with the pictures that `record` has."""
    pictures: dict[tuple[int, Finger], tuple[bytes, str, float]] = {}
    for each in record.encounters:
        for image in each.images:
            if image.kind is not ImageKind.FINGER or each.number is None:
                continue
            if encounter not in (None, each.number):
                continue
            if not image.finger.is_slap:
                data = works.records.image(connection, image.file)
                key = (each.number, image.finger.anatomical)
                pictures.setdefault(key, (data, image.media, image.ppi or 500.0))
    found = []
    for stored in works.store.encounters_of([record.number]):
        if encounter not in (None, stored.encounter):
            continue
        for template in unpack_all(stored.packed):
            picture = pictures.get((stored.encounter, template.finger), (None, "", 500.0))
            found.append(_case_print(template, picture, stored.encounter))
    return found


def _case_print(
    template: Template, picture: tuple[bytes | None, str, float], encounter: int
) -> CasePrint:
    return CasePrint(template.finger, template, *picture, encounter)
