"""Why a search found whom it found: its candidates explained, and their prints beside its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, Row

from tenprint.access import Caller, Part, Told
from tenprint.audit import Event, EventKind
from tenprint.desk._admit import admit
from tenprint.desk._answering import answers_of, people_in
from tenprint.desk._encoding import digest, encode
from tenprint.desk._examining import candidate_prints, probe_prints
from tenprint.desk._found import Found, Listed
from tenprint.desk._nouns import (
    CandidatesView,
    CandidateView,
    ComparisonView,
    Standing,
)
from tenprint.desk._rows import get_part, own_row, seal_of
from tenprint.desk._settings import DeskSettings
from tenprint.desk._submission import Submission
from tenprint.desk._workings import Workings
from tenprint.gallery import extrapolated_fpir, stated_fpir
from tenprint.model import (
    AccessError,
    Finger,
    PersonNotFoundError,
    Purpose,
    Role,
    TransactionClass,
)

_WHO = (Told.IDENTITY, Told.RECORD)


class Comparing:
    """What explains a search to who asked it; a part of `Desk`."""

    _works: Workings

    def candidates(self, caller: Caller, transaction: str) -> CandidatesView:
        """The candidates that one of the agency's transactions was told, explained.

        Whoever is above a threshold has a name, where the caller may see it; that look is in the
        audit log. Without the right to know who it is, there is no candidate.

        Raises
        ------
        NotFoundError
            Also for another agency's transaction.
        """
        works = self._works
        with works.store.reading() as connection:
            row = own_row(connection, caller, transaction)
            found, listed = _told(works, connection, caller, row)
            views = [_view(works.settings, found.people, n, x) for n, x in listed]
            views = _named(works, connection, caller, row, views)
        named = [each.person for each in views if each.name or each.born]
        if named:
            events = [_look(caller, row, person, "candidate") for person in named]
            works.journal.note(events, works.now())
        how = works.settings
        return CandidatesView(found.people, how.hit_fpir, how.review_fpir, tuple(views))

    def comparison(
        self, caller: Caller, transaction: str, person: str, sent: Submission | None = None
    ) -> ComparisonView:
        """The prints of a search beside those of one of its candidates; in the audit log.

        Parameters
        ----------
        transaction : str
            Of the caller's own agency.
        person : str
            Somebody whom an answer of the transaction named.
        sent : Submission, optional
            The transaction as it was sent, for the pictures of the probe: the desk keeps them no
            longer than until the last answer. What differs from it is not used.

        Raises
        ------
        AccessError
            If the caller may not ask this, or not know who it is.
        NotFoundError
            If there is no such transaction, or its content is no longer kept.
        PersonNotFoundError
            If it did not name this person, or may not any more.
        """
        works = self._works
        made = None if sent is None else admit(works, caller, sent)
        with works.store.reading() as connection:
            row = own_row(connection, caller, transaction)
            klass, purpose = TransactionClass(row.klass), Purpose(row.purpose)
            works.permissions.check_submit(caller, klass, purpose)
            told, seen = works.permissions.tells(caller, klass), _seen(works, caller, row)
            if told not in _WHO or Part.IDENTITY not in seen:
                raise AccessError("The agency is not told who it is.", field="class")
            found, listed = _told(works, connection, caller, row)
            rank, this = next((each for each in listed if each[1].person == person), (0, None))
            if this is None:
                raise PersonNotFoundError(field="person")
            record = works.records.person(
                connection, person, _seen(works, caller, row), agency=caller.agency
            )
            own = made if made and digest(encode(made)) == row.digest else None
            view = _view(works.settings, found.people, rank, this)
            view = _named(works, connection, caller, row, [view])[0]
            probe = probe_prints(works, connection, row, own)
            candidate = candidate_prints(works, connection, record, this.encounter or None)
        works.journal.note([_look(caller, row, person, "comparison")], works.now())
        return ComparisonView(view, probe, tuple(candidate))


def _seen(works: Workings, caller: Caller, row: Row[Any]) -> frozenset[Part]:
    """The parts of a candidate's record that the caller sees here.

    Who is told no records with an answer sees names and images by questions, which need a role.
    """
    seen = works.permissions.may_see(caller, Purpose(row.purpose))
    told = works.permissions.tells(caller, TransactionClass(row.klass))
    if told is not Told.RECORD and Role.SEARCH not in caller.roles:
        seen -= {Part.BIOGRAPHICS, Part.IMAGES}
    return seen


def _told(
    works: Workings, connection: Connection, caller: Caller, row: Row[Any]
) -> tuple[Found, list[tuple[int, Listed]]]:
    """What the search found, and by rank whom the answers named of it and the caller may know."""
    nothing = Found(0, 0, ())
    told = works.permissions.tells(caller, TransactionClass(row.klass))
    seen = _seen(works, caller, row)
    if told not in _WHO or Part.IDENTITY not in seen:
        return nothing, []
    if row.vault_key is None:  # its time is over
        return nothing, []
    kept = get_part(connection, seal_of(works.vault, connection, row), row.key, "found")
    if kept is None:
        return nothing, []
    found = Found.from_bytes(kept)
    named: set[str] = set()
    for answer in answers_of(connection, works.vault, row):
        named.update(people_in(answer.content))
    numbers = works.store.ids_of([each.person for each in found.candidates])
    # Who was sealed, merged or deleted since is not shown any more.
    visible = works.records.called(connection, list(numbers.values()), seen & {Part.SEALED})
    people = {each.id for each in visible.values()}
    listed = [each for each in found.candidates if each.person in named & people]
    return found, list(enumerate(listed, 1))


def _view(settings: DeskSettings, people: int, rank: int, of: Listed) -> CandidateView:
    fingers = max(1, len(of.fingers))
    fpir = stated_fpir(of.score, max(people, 1), fingers=fingers)
    standing = Standing.STRANGER
    if fpir <= settings.review_fpir:
        standing = Standing.HIT if fpir <= settings.hit_fpir else Standing.POSSIBLE
    return CandidateView(
        rank,
        of.person,
        of.score,
        of.extrapolated,
        fpir,
        extrapolated_fpir(fpir, max(people, 1), fingers=fingers),
        standing,
        {Finger(finger): score for finger, score in of.fingers.items()},
        {Finger(given): Finger(other) for given, other in of.sequence.items()},
    )


def _named(
    works: Workings,
    connection: Connection,
    caller: Caller,
    row: Row[Any],
    views: Sequence[CandidateView],
) -> list[CandidateView]:
    """With names and dates of birth of those above a threshold, where they are seen."""
    seen = _seen(works, caller, row)
    above = [each.person for each in views if each.standing is not Standing.STRANGER]
    if Part.BIOGRAPHICS not in seen or not above:
        return list(views)
    numbers = works.store.ids_of(above)
    wanted = seen & {Part.BIOGRAPHICS, Part.SEALED}
    known = works.records.called(connection, list(numbers.values()), wanted)
    stated: dict[str, tuple[str, str]] = {}
    for record in known.values():
        names = [name for who in record.biographics for name in who.names]
        born = [day for who in record.biographics for day in who.birth_dates]
        full = f"{names[0].given} {names[0].family}".strip() if names else ""
        stated[record.id] = full, born[0] if born else ""
    return [
        replace(each, name=stated[each.person][0], born=stated[each.person][1])
        if each.person in stated
        else each
        for each in views
    ]


def _look(caller: Caller, row: Row[Any], person: str, what: str) -> Event:
    return Event(
        EventKind.VIEWED, caller.agency, caller.actor, Purpose(row.purpose), row.transaction,
        TransactionClass(row.klass), person, what,
    )  # fmt: skip
