"""The last step: decide, record and answer in one transaction; or open cases for examiners."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from sqlalchemy import Connection

from tenprint.desk import _book
from tenprint.desk._answering import machine_ms
from tenprint.desk._content import make_reply
from tenprint.desk._found import Found, Listed, Verdict, judge
from tenprint.desk._look import load, look
from tenprint.desk._matter import (
    Matter,
    after_commit,
    check,
    fault_of,
    give_answer,
    read_matter,
    reject,
    row_now,
)
from tenprint.desk._naming import (
    GONE,
    NOBODY,
    check_known,
    note_named,
)
from tenprint.desk._nouns import State
from tenprint.desk._review import open_cases, outcome_of
from tenprint.desk._rows import caller_of
from tenprint.desk._submission import Operation
from tenprint.desk._tracing import part, step
from tenprint.desk._verify import verified
from tenprint.desk._workings import Workings
from tenprint.model import (
    AccessError,
    ConflictError,
    InputError,
    NotFoundError,
    Outcome,
    TenprintError,
    TransactionClass,
)
from tenprint.records import Prepared as ReadyEncounter
from tenprint.store import Change, PersonStatus

#: So many newcomers are compared one by one; with more the search is made again.
_MOST_NEWCOMERS = 200

#: Searches made again for one enrolment, before the lock is taken all the same.
_ROUNDS = 20

_DECIDING = (Operation.CHECK, Operation.ENROL)
_LISTING = (Operation.IDENTIFY, Operation.IDENTIFY_PERSON, Operation.IDENTIFY_ENCOUNTER)
_KEEPING = (Operation.ADD_ENCOUNTER, Operation.REPLACE_ENCOUNTER)
_VERIFYING = (Operation.VERIFY_PERSON, Operation.VERIFY_PRINTS)
_COMPARING = (*_LISTING, *_VERIFYING)
_REMOVING = (Operation.EXPUNGE, Operation.DELETE_PERSON, Operation.DELETE_ENCOUNTER)

# What a change of records may refuse. The whole transaction is undone then (the store's counters
# with it), and the refusal is answered in another one.
_REFUSALS = (AccessError, ConflictError, NotFoundError, InputError)


class _LookAgainError(Exception):
    """Too many newcomers: the transaction is given up, and the search made again."""


def settle(works: Workings, key: str) -> str:
    """Settle a transaction; does nothing where that was done already. Returns the state."""
    matter = read_matter(works, key)
    if not isinstance(matter, Matter):
        return str(matter.state)
    if matter.open_cases:
        return str(matter.row.state)
    with step("decide", matter.row):
        return _settled(matter)


def _settled(matter: Matter) -> str:
    if matter.submission.person == GONE:
        return reject(matter.works, matter.key, [NOBODY])
    if matter.faults:
        return reject(matter.works, matter.key, matter.faults)
    what = matter.submission.what
    try:
        matter.works.permissions.check_operation(caller_of(matter.row), what.value)
        if what in _COMPARING:
            with matter.works.store.reading() as connection:
                check(matter, connection)
    except _REFUSALS as error:
        return reject(matter.works, matter.key, [fault_of(error)])
    if what in _DECIDING:
        return _decide(matter)
    if what in _LISTING:
        return _list(matter)
    if what in _VERIFYING:
        return _verify(matter)
    return _act(matter)


def _decide(matter: Matter) -> str:
    """Hit, review or none; then what is kept of it."""
    works, found = matter.works, matter.found
    finding = outcome_of(matter.findings)
    if finding.person is not None:
        sure = _listed(found, finding.person)
        return _conclude(matter, Verdict(sure, ()), finding.words)
    if found is None:
        return _conclude(matter, Verdict(None, ()), None)
    verdict = judge(works.settings, found, matter.findings)
    if verdict.doubtful:
        return _open(matter, verdict)
    if verdict.hit is None and matter.retains:
        return _enrol_newcomer(matter, found, finding.words)
    return _conclude(matter, verdict, finding.words)


def _listed(found: Found | None, person: str) -> Listed:
    for each in () if found is None else found.candidates:
        if each.person == person:
            return each
    return Listed(person, 0.0, {})


def _conclude(matter: Matter, verdict: Verdict, words: str | None) -> str:
    """Answer; and keep the encounter of somebody found, or of whom nobody searched for."""
    works = matter.works
    if matter.retains or matter.submission.event is not None:
        try:
            ready = _ready(matter)
            with part("record"), works.store.writing() as change:
                state = _keep(matter, change, verdict, words, ready)
        except _REFUSALS as error:
            return reject(works, matter.key, [fault_of(error)])
        return after_commit(works, matter.key, state)

    def work(connection: Connection) -> str:
        row = row_now(connection, matter)
        if not row.todo:
            return str(row.state)
        hit = verdict.hit
        if hit is not None:
            _book.note_event(works, connection, row, matter.submission, hit.person)
        reply = make_reply(
            works, connection, row, Outcome.NO_HIT if hit is None else Outcome.HIT,
            person=None if hit is None else hit.person, score=hit, quality=matter.quality,
            review=words, candidates=() if hit is None else (hit,),
        )  # fmt: skip
        return give_answer(works, connection, row, matter.submission, reply)

    return after_commit(works, matter.key, works.journal.run(work))


def _ready(matter: Matter) -> ReadyEncounter | None:
    """What can be done of storing an encounter before the lock is taken."""
    if not matter.retains:
        return None
    return _book.ready_encounter(matter.works, matter.row, matter.submission, matter.sample)


def _keep(
    matter: Matter,
    change: Change,
    verdict: Verdict,
    words: str | None,
    ready: ReadyEncounter | None,
) -> str:
    """Inside the writing lock: record, answer."""
    works, connection, submission = matter.works, change.connection, matter.submission
    row = row_now(connection, matter)
    if not row.todo:
        return str(row.state)
    hit = verdict.hit
    person = submission.person if hit is None else hit.person
    if hit is None:
        check(matter, connection, enrols=ready is not None)
    outcome = Outcome.NO_HIT if hit is None else Outcome.HIT
    encounter = None
    if ready is not None:
        kept = _book.keep(works, change, row, ready, person)
        person, encounter = kept.person, kept.encounter
        if person is not None and encounter is not None:
            _book.note_status(works, change, submission, person, encounter)
    _book.note_event(works, connection, row, submission, person)
    if submission.what is Operation.ENROL and hit is None and matter.found is None:
        outcome = Outcome.DONE
    reply = make_reply(
        works, connection, row, outcome, person=person, encounter=encounter, score=hit,
        quality=matter.quality, review=words,
    )  # fmt: skip
    return give_answer(works, connection, row, submission, reply, kept=ready is not None)


def _enrol_newcomer(matter: Matter, found: Found, words: str | None) -> str:
    """Nobody was found: look at who came since, the last ones under the writing lock."""
    works, sample = matter.works, matter.sample
    ready: ReadyEncounter | None = None
    for attempt in range(_ROUNDS):
        last = attempt == _ROUNDS - 1
        snapshot = works.store.change()
        try:
            found = _caught_up(matter, found, snapshot)
        except _LookAgainError:
            if sample is None or last:
                raise
            found = look(works, matter.submission, sample, matter.row)
        verdict = judge(works.settings, found, matter.findings)
        if verdict.doubtful:
            return _open(matter, verdict, found)
        if verdict.hit is not None:
            return _conclude(matter, verdict, words)
        try:
            ready = ready or _ready(matter)
            with part("record"), works.store.writing() as change:
                # Nobody else can enrol now; what was committed meanwhile is compared here.
                found = _caught_up(matter, found, works.store.change())
                verdict = judge(works.settings, found, matter.findings)
                if verdict.doubtful:
                    raise _LookAgainError
                state = _keep(matter, change, verdict, words, ready)
            return after_commit(works, matter.key, state)
        except _LookAgainError:
            continue
        except _REFUSALS as error:
            return reject(works, matter.key, [fault_of(error)])
    raise ConflictError("Too many were enrolled at the same time.")


def _caught_up(matter: Matter, found: Found, snapshot: int) -> Found:
    """The search's outcome with everybody compared who was changed since.

    Raises
    ------
    _LookAgainError
        If they are too many.
    """
    works, sample = matter.works, matter.sample
    if snapshot == found.snapshot or sample is None:
        return found
    changed = works.store.changed_since(found.snapshot, _MOST_NEWCOMERS + 1)
    if len(changed) > _MOST_NEWCOMERS:
        raise _LookAgainError
    active = [each.id for each in changed if each.status == PersonStatus.ACTIVE]
    names = list(works.store.names_of(active).values())
    compared = works.gallery.compare_people(sample.probe(), names) if names else []
    latest = changed[-1].change if changed else snapshot
    people = works.store.count()[0]
    return found.with_more([Listed.of(each) for each in compared], latest, people)


def _open(matter: Matter, verdict: Verdict, found: Found | None = None) -> str:
    """Give it to examiners; a border check is answered at once all the same."""
    works, submission = matter.works, matter.submission

    def work(connection: Connection) -> str:
        row = row_now(connection, matter)
        if not row.todo:
            return str(row.state)
        now = works.now()
        taken = machine_ms(row, now)
        at_once = submission.klass is TransactionClass.BORDER_CHECK and row.answers == 0
        open_cases(connection, row, verdict.doubtful, now, taken, waits=not at_once)
        if found is not None:
            check_known(works.records, connection, (each.person for each in found.candidates))
            _book.keep_found(connection, matter.seal, matter.key, found)
        looked_at = found or matter.found
        if looked_at is not None:
            note_named(connection, row.key, (each.person for each in looked_at.candidates))
        if not at_once:
            return State.REVIEW.value
        reply = make_reply(
            works, connection, row, Outcome.POSSIBLE, quality=matter.quality, under_review=True,
            candidates=verdict.doubtful,
        )  # fmt: skip
        return give_answer(works, connection, row, matter.submission, reply, under_review=True)

    return after_commit(works, matter.key, works.journal.run(work))


def _list(matter: Matter) -> str:
    """Candidates, for who asked for them."""
    works, options = matter.works, matter.submission.options
    least = options.threshold if options.threshold is not None else 0.0
    listed = [] if matter.found is None else list(matter.found.candidates)
    candidates = [each for each in listed if each.score >= least][: options.limit]
    verdict = judge(works.settings, matter.found) if matter.found else Verdict(None, ())
    hit = verdict.hit

    def work(connection: Connection) -> str:
        row = row_now(connection, matter)
        if not row.todo:
            return str(row.state)
        reply = make_reply(
            works, connection, row, Outcome.NO_HIT if hit is None else Outcome.HIT,
            person=None if hit is None else hit.person, score=hit, candidates=candidates,
            quality=matter.quality,
        )  # fmt: skip
        return give_answer(works, connection, row, matter.submission, reply)

    return after_commit(works, matter.key, works.journal.run(work))


def _verify(matter: Matter) -> str:
    works, submission = matter.works, matter.submission
    same: Listed | None = None
    fault: dict[str, str] | None = None
    sample, against = matter.sample, matter.against
    if sample is not None and submission.what is Operation.VERIFY_PERSON:
        person = submission.person or ""
        if works.store.id_of(person) is None:
            fault = NOBODY
        else:
            compared = works.gallery.compare_people(sample.probe(), [person])
            same = Listed.of(compared[0]) if compared else None
    elif sample is not None and against is not None:
        same = verified(sample.probe(), against.probe())
    if fault is not None:
        return reject(works, matter.key, [fault])
    yes = same is not None and same.score >= _book.verify_score(works.settings.verify_fmr)

    def work(connection: Connection) -> str:
        row = row_now(connection, matter)
        if not row.todo:
            return str(row.state)
        more: dict[str, Any] = {"verified": yes, "score": 0.0 if same is None else same.score}
        if same is not None:
            more["fingers"] = same.as_dict(1)["fingers"]
        reply = make_reply(
            works, connection, row, Outcome.HIT if yes else Outcome.NO_HIT,
            person=submission.person, quality=matter.quality, more=more,
        )  # fmt: skip
        return give_answer(works, connection, row, matter.submission, reply)

    return after_commit(works, matter.key, works.journal.run(work))


def _act(matter: Matter) -> str:
    """Changes of records that need no search."""
    works, submission = matter.works, matter.submission
    try:
        ready = None
        if submission.what is Operation.ADD_ENCOUNTER:
            ready = _book.ready_encounter(works, matter.row, submission, matter.sample)
        with part("record"), works.store.writing() as change:
            connection = change.connection
            row = row_now(connection, matter)
            if not row.todo:
                return str(row.state)
            done = _book.act(works, change, row, submission, matter.sample, ready)
            if submission.what in _REMOVING:  # it may have expunged whom it names itself
                row, _, submission = load(works, connection, matter.key)
            reply = make_reply(
                works, connection, row, Outcome.DONE, person=done.person,
                encounter=done.encounter, quality=matter.quality, more=done.more,
            )  # fmt: skip
            kept = submission.what in _KEEPING
            state = give_answer(works, connection, row, submission, reply, kept=kept)
    except _REFUSALS as error:
        return reject(works, matter.key, [fault_of(error)])
    if submission.what in _REMOVING:
        works.gallery.follow()  # codes must not lie in the index until somebody searches
        with suppress(TenprintError):  # it is done all the same, a moment later
            works.bring_log()
    return after_commit(works, matter.key, state)
