"""Questions answered in the request: each with its audit leaf on disk before it returns."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from datetime import datetime
from typing import Any, TypeVar

from tenprint.access import Caller, Part
from tenprint.audit import Event, EventKind
from tenprint.desk._encoding import biographics_dict
from tenprint.desk._lookups import LookedUp
from tenprint.desk._nouns import Answer, AnswerKind, EncounterView, ImageAnswer, PrintImage
from tenprint.desk._queries import ImageRequest, NameQuery, RecordQuery
from tenprint.desk._workings import Workings
from tenprint.formats import read_image, unpack_all
from tenprint.model import (
    AccessError,
    Finger,
    InputError,
    NotFoundError,
    PersonNotFoundError,
    Purpose,
    Template,
    TransactionClass,
)
from tenprint.records import EncounterRecord, ImageKind, PersonRecord, StoredImage

_NAME, _RECORD = TransactionClass.NAME_SEARCH, TransactionClass.RECORD_QUERY
_IMAGE = TransactionClass.IMAGE_REQUEST


_Query = NameQuery | RecordQuery | ImageRequest

T = TypeVar("T")


class Questions:
    """What is answered at once; a part of `Desk`."""

    _works: Workings

    def name_search(self, caller: Caller, query: NameQuery) -> Answer:
        """People by name, dates and identifiers; candidates with explained scores.

        Raises
        ------
        AccessError, InputError
        """
        return self.begin_name_search(caller, query).result()

    def begin_name_search(self, caller: Caller, query: NameQuery) -> Future[Answer]:
        """As `name_search`, for who need not wait here until the audit leaf is on disk."""
        works, began = self._works, self._works.now()
        works.permissions.check_submit(caller, _NAME, query.purpose)
        if not 1 <= query.limit <= 100:
            raise InputError("It is 1 to 100.", field="limit")
        if query.biographics.empty:
            raise InputError("There is nothing to search for.", field="biographics")
        seen = works.permissions.may_see(caller, query.purpose)
        told = works.permissions.tells(caller, _NAME)
        found = works.lookups.by_name(query, seen, told)
        return self._answered(found, caller, _NAME, query, None, began)

    def record_query(self, caller: Caller, query: RecordQuery) -> Answer:
        """The record of events this agency and purpose may see.

        Raises
        ------
        AccessError
        PersonNotFoundError
            Also where the person is sealed to this caller.
        """
        return self.begin_record_query(caller, query).result()

    def begin_record_query(self, caller: Caller, query: RecordQuery) -> Future[Answer]:
        """As `record_query`, for who need not wait here until the audit leaf is on disk."""
        works, began = self._works, self._works.now()
        works.permissions.check_submit(caller, _RECORD, query.purpose)
        seen = works.permissions.may_see(caller, query.purpose)
        told = works.permissions.tells(caller, _RECORD)
        found = works.lookups.record(query, seen, told, caller.agency)
        return self._answered(found, caller, _RECORD, query, query.person, began)

    def image_request(self, caller: Caller, request: ImageRequest) -> ImageAnswer:
        """The originals of an encounter, or of the latest one that has any of the kinds asked for.

        Raises
        ------
        AccessError, PersonNotFoundError, NotFoundError
        InputError
            If there is no such kind, or fingers are named and their kind is not.
        """
        works, began = self._works, self._works.now()
        works.permissions.check_submit(caller, _IMAGE, request.purpose)
        seen = self._seen(caller, request.purpose, Part.IMAGES)
        kinds = _kinds(request)
        with works.store.reading() as connection:
            record = works.records.person(connection, request.person, seen, agency=caller.agency)
            candidates = [
                each
                for each in reversed(record.encounters)
                if request.encounter in (None, each.id)
                and any(one.kind in kinds for one in _pictures(each))
            ]
            if not candidates:
                raise NotFoundError("There are no images.", field="encounter")
            chosen = candidates[0]
            wanted = [each for each in _pictures(chosen) if each.kind in kinds]
            images = tuple(
                _print_image(works, connection, one)
                for one in wanted
                if one.kind is ImageKind.FINGER
                and (not request.fingers or int(one.finger) in request.fingers)
            )
            others = tuple(
                _other(works, connection, one) for one in wanted if one.kind is not ImageKind.FINGER
            )
        kept = Counter(each.kind.value for each in _pictures(chosen))
        answer = ImageAnswer(record.id, chosen.id, images, others, kept)
        return self._logged(
            answer, caller, _IMAGE, request, request.person, "done", began, named=(record.id,)
        ).result()

    def encounters(
        self,
        caller: Caller,
        person: str,
        purpose: Purpose,
        *,
        encounter: str | None = None,
        images: bool = False,
    ) -> list[EncounterView]:
        """All encounters of a person that the caller may see, or the one named.

        Raises
        ------
        AccessError, PersonNotFoundError, NotFoundError
        """
        works = self._works
        works.permissions.check_submit(caller, _RECORD, purpose)
        seen = self._seen(caller, purpose, Part.ENCOUNTERS)
        with works.store.reading() as connection:
            record = works.records.person(connection, person, seen, agency=caller.agency)
            found = [each for each in record.encounters if encounter in (None, each.id)]
            if encounter is not None and not found:
                raise NotFoundError("There is no such encounter.", field="encounter")
            views = [
                _view(works, connection, record, each, images and Part.IMAGES in seen)
                for each in found
            ]
        self._look(caller, person, purpose, "encounters")
        return views

    def templates(
        self, caller: Caller, person: str, encounter: str, purpose: Purpose
    ) -> dict[Finger, list[Template]]:
        """The templates of one encounter.

        Raises
        ------
        AccessError, PersonNotFoundError, NotFoundError
        """
        works = self._works
        works.permissions.check_submit(caller, _IMAGE, purpose)
        seen = self._seen(caller, purpose, Part.ENCOUNTERS)
        with works.store.reading() as connection:
            record = works.records.person(connection, person, seen, agency=caller.agency)
            numbers = [e.number for e in record.encounters if e.id == encounter]
        if not numbers or numbers[0] is None:
            raise NotFoundError("There is no such encounter.", field="encounter")
        found: dict[Finger, list[Template]] = {}
        for each in works.store.encounters_of([record.number], active_only=False):
            if each.encounter == numbers[0]:
                for template in unpack_all(each.packed):
                    found.setdefault(template.finger, []).append(template)
        self._look(caller, person, purpose, "templates")
        return found

    def galleries(self, caller: Caller) -> list[str]:
        """The names of all galleries."""
        with self._works.store.reading() as connection:
            found = self._works.records.galleries(connection)
        return sorted(found, key=lambda name: found[name])

    def gallery_content(
        self,
        caller: Caller,
        name: str | None,
        purpose: Purpose,
        *,
        offset: int = 0,
        limit: int = 1000,
    ) -> list[tuple[str, str]]:
        """Person and encounter of what the caller may see in a gallery (None: in any), as enrolled.

        Those of other agencies only with `Part.OTHER_AGENCIES`.

        Raises
        ------
        AccessError, NotFoundError
        """
        works = self._works
        if not 1 <= limit <= 10_000 or not 0 <= offset <= 2**31:
            raise InputError("It is 1 to 10000.", field="limit")
        works.permissions.check_submit(caller, _RECORD, purpose)
        seen = self._seen(caller, purpose, Part.IDENTITY, Part.ENCOUNTERS)
        whose = None if Part.OTHER_AGENCIES in seen else caller.agency
        with works.store.reading() as connection:
            if name is not None and name not in works.records.galleries(connection):
                raise NotFoundError("There is no such gallery.", field="gallery")
            found = works.records.people_in(connection, name, offset, limit, agency=whose)
        self._look(caller, None, purpose, "gallery")
        return found

    def person(self, caller: Caller, person: str, purpose: Purpose) -> Mapping[str, Any]:
        """A person's record for a page of the console, JSON-ready: as `record_query` tells it."""
        answer = self.record_query(caller, RecordQuery(purpose, person, reason="person's page"))
        found: Mapping[str, Any] = answer.content.get("record", {})
        return found

    def _seen(self, caller: Caller, purpose: Purpose, *needed: Part) -> frozenset[Part]:
        seen = self._works.permissions.may_see(caller, purpose)
        for part in needed:
            if part not in seen:
                raise AccessError(f"The agency sees no {part} for this purpose.", field="purpose")
        return seen

    def _answered(
        self, found: Future[LookedUp], caller: Caller, klass: TransactionClass,
        query: NameQuery | RecordQuery, subject: str | None, began: datetime,
    ) -> Future[Answer]:  # fmt: skip
        """The answer, once something is found and on disk that it was asked for.

        Who asks for nobody is logged as well, with the `subject` that was meant.
        """
        answered: Future[Answer] = Future()
        answered.set_running_or_notify_cancel()
        self._works.rush.asked(answered)

        def tell(done: Future[LookedUp]) -> None:
            try:
                missing = done.exception()
                if isinstance(missing, PersonNotFoundError):
                    logged = self._logged(None, caller, klass, query, subject, "no-hit", began)
                    logged.add_done_callback(
                        lambda note: answered.set_exception(note.exception() or missing)
                    )
                else:
                    self._tell(answered, done.result(), caller, klass, query, began)
            except BaseException as error:  # else whoever asked would wait for ever
                answered.set_exception(error)

        found.add_done_callback(tell)
        return answered

    def _tell(
        self, answered: Future[Answer], found: LookedUp, caller: Caller, klass: TransactionClass,
        query: NameQuery | RecordQuery, began: datetime,
    ) -> None:  # fmt: skip
        answer = Answer(
            secrets.token_hex(16),
            caller.agency,
            query.transaction,
            0,
            AnswerKind.ANSWER,
            klass,
            found.outcome,
            self._works.now(),
            found.content,
            found.text,
        )
        self._logged(
            answer, caller, klass, query, found.subject, found.outcome.value, began,
            named=found.named, future=answered,
        )  # fmt: skip

    def _logged(
        self, answer: T, caller: Caller, klass: TransactionClass, query: _Query,
        subject: str | None, outcome: str, began: datetime, *, named: Sequence[str] = (),
        future: Future[T] | None = None,
    ) -> Future[T]:  # fmt: skip
        """The answer, once on disk are the leaf that is counted, and one for each person named."""
        detail = {"reason": query.reason[:300]} if query.reason else {}
        transaction = query.transaction[:100] or None
        events = [
            Event(
                EventKind.ACCEPTED, caller.agency, caller.actor, query.purpose, transaction, klass,
                subject, outcome, detail,
            )
        ]  # fmt: skip
        events += [
            Event(
                EventKind.DISSEMINATED, caller.agency, caller.actor, query.purpose,
                transaction, klass, each, outcome,
            )
            for each in named
        ]  # fmt: skip
        works = self._works

        def count(logged: Future[T]) -> None:
            if logged.exception() is None:
                took = works.now() - began
                late = took > works.settings.deadline(klass)
                works.figures.answer(klass, took.total_seconds(), late)

        found = works.journal.given(answer, events, began, future)
        found.add_done_callback(count)
        return found

    def _look(self, caller: Caller, subject: str | None, purpose: Purpose, what: str) -> None:
        event = Event(
            EventKind.VIEWED, caller.agency, caller.actor, purpose, None, None, subject, what
        )
        works = self._works
        works.journal.note([event], works.now())


def _print_image(works: Workings, connection: Any, of: StoredImage) -> PrintImage:
    data = works.records.image(connection, of.file)
    ppi: float = of.ppi
    if of.detail.get("resolution") == "its own":
        ppi = read_image(data, raw_shape=shape_of(of), warn=False).ppi
    return PrintImage(of.finger, ppi, of.media, data, shape_of(of))


def _other(works: Workings, connection: Any, of: StoredImage) -> dict[str, Any]:
    data = works.records.image(connection, of.file)
    return {"kind": of.kind.value, "media": of.media, "notes": dict(of.detail), "data": data}


def _pictures(of: EncounterRecord) -> list[StoredImage]:
    """The images of an encounter; documents lie there as well, and may tell more than pictures."""
    return [
        each
        for each in of.images
        if each.kind is not ImageKind.OTHER
        or each.media.startswith("image/")
        or each.media == "application/octet-stream"
    ]


def _kinds(request: ImageRequest) -> frozenset[ImageKind]:
    try:
        named = frozenset(map(ImageKind, request.kinds))
    except ValueError:
        raise InputError("There is no such kind of image.", field="kinds") from None
    if request.fingers:
        if named and ImageKind.FINGER not in named:
            raise InputError("Fingers are named, and their kind is not.", field="kinds")
        return named or frozenset({ImageKind.FINGER})
    return named or frozenset(ImageKind)


def shape_of(image: StoredImage) -> tuple[int, int] | None:
    """Height and width of a kept image that is nothing but grey levels."""
    stated = image.detail.get("shape", "").split()
    return (int(stated[0]), int(stated[1])) if len(stated) == 2 else None


def _view(
    works: Workings, connection: Any, record: PersonRecord, of: EncounterRecord, images: bool
) -> EncounterView:
    detail = dict(of.detail)
    kind = detail.pop("encounter-type", "")
    prints, others = [], []
    for one in of.images if images else ():
        if one.kind is ImageKind.FINGER:
            prints.append(_print_image(works, connection, one))
        else:
            others.append(_other(works, connection, one))
    return EncounterView(
        record.id,
        of.id,
        of.number or 0,
        of.active,
        of.taken_at or of.stored_at,
        of.agency,
        of.galleries,
        kind,
        biographics_dict(of.biographics),
        detail,
        tuple(prints),
        tuple(others),
    )
