"""Questions answered at once, background checks, subscriptions and notices."""

import errno
import os
import threading
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.desk.test_transactions import answered
from tests.desk.world import (
    BORDER,
    CIVIL,
    COURT,
    OPERATOR,
    POLICE,
    SHERIFF,
    caller,
    enrol,
    settings,
    submission,
    who,
)

from tenprint.access import AgencyKind
from tenprint.audit import read_latest, verify
from tenprint.desk import (
    AnswerKind,
    Desk,
    Event,
    ImageRequest,
    NameQuery,
    Operation,
    Options,
    Print,
    RecordQuery,
    Submission,
)
from tenprint.formats import encode_wsq
from tenprint.model import (
    AccessError,
    Biographics,
    Finger,
    InputError,
    NotFoundError,
    Outcome,
    PersonName,
    PersonNotFoundError,
    Purpose,
    Role,
    StoreError,
    TransactionClass,
)
from tenprint.synth import person

K = TransactionClass
JUSTICE = Purpose.CRIMINAL_JUSTICE


def test_a_background_check_end_to_end(desk: Desk) -> None:
    arrest = submission(
        "A-1", K.CRIMINAL_TENPRINT, 1, event=Event("arrest", "2020-01-02", ("Fraud",))
    )
    name = answered(desk, POLICE, arrest).content["person"]
    hidden = submission(
        "A-2", K.CRIMINAL_TENPRINT, 1, impression=1, event=Event("arrest", "2021", ("Burglary",))
    )
    answered(desk, SHERIFF, hidden)
    events = desk.record_query(POLICE, RecordQuery(JUSTICE, name)).content["record"]["events"]
    (sealed,) = [e["id"] for e in events if e["charges"] == ["Burglary"]]
    seal = submission("S-1", K.UPDATE, operation=Operation.SEAL_EVENT, person=name, entry=sealed)
    assert answered(desk, COURT, seal).outcome is Outcome.DONE
    check = submission(
        "C-1", K.CIVIL_CHECK, 1, impression=2,
        event=Event("check", "2026-03-04", ("School teacher",)),
        options=Options(subscribe_days=30),
    )  # fmt: skip
    found = answered(desk, CIVIL, check)
    assert found.outcome is Outcome.HIT
    told = [(e["kind"], e["charges"]) for e in found.content["record"]["events"]]
    assert told == [("arrest", ["Fraud"]), ("check", ["School teacher"])]
    assert "Burglary" not in found.text
    assert "Fraud" in found.text
    stranger = answered(desk, CIVIL, submission("C-2", K.CIVIL_CHECK, 2))
    assert stranger.outcome is Outcome.NO_HIT
    assert "record" not in stranger.content
    assert desk.store.count() == (1, 2)  # not retained

    (subscription,) = desk.subscriptions(CIVIL)
    assert subscription.active
    later = submission(
        "A-3", K.CRIMINAL_TENPRINT, 1, impression=3, event=Event("arrest", "2026-07-01", ("Arson",))
    )
    answered(desk, POLICE, later)
    (notice,) = desk.notices(CIVIL)
    assert (notice.kind, notice.transaction) == (AnswerKind.NOTICE, subscription.id)
    assert notice.content["event"]["charges"] == ["Arson"]
    assert "Arson" in notice.text
    assert desk.notices(CIVIL, after=notice.id) == []
    assert desk.notices(BORDER) == []
    desk.cancel(CIVIL, subscription.id)
    answered(desk, POLICE, submission("A-4", K.CRIMINAL_TENPRINT, 1, impression=4))
    assert len(desk.notices(CIVIL)) == 1
    assert not desk.subscriptions(CIVIL)[0].active
    with pytest.raises(NotFoundError):
        desk.cancel(BORDER, subscription.id)


def test_names_are_searched_and_explained(desk: Desk) -> None:
    enrol(desk, 1, 2)
    query = NameQuery(Biographics((PersonName("Given2", "Family2"),)), JUSTICE, reason="stop")
    answer = desk.name_search(POLICE, query)
    assert answer.outcome is Outcome.HIT
    first = answer.content["candidates"][0]
    assert first["person"] == "P2"
    assert first["parts"]
    assert first["biographics"][0]["names"][0]["family"] == "Family2"
    with pytest.raises(InputError):
        desk.name_search(POLICE, NameQuery(Biographics(), JUSTICE))
    with pytest.raises(AccessError):
        desk.name_search(CIVIL, NameQuery(who(1), Purpose.CIVIL_APPLICANT))


def test_a_record_is_told_by_what_the_purpose_allows(desk: Desk) -> None:
    enrol(desk, 1)
    answer = desk.record_query(POLICE, RecordQuery(JUSTICE, "P1"))
    assert answer.content["record"]["biographics"][0]["names"][0]["given"] == "Given1"
    with pytest.raises(PersonNotFoundError):
        desk.record_query(POLICE, RecordQuery(JUSTICE, "P9"))
    with pytest.raises(AccessError):
        desk.record_query(POLICE, RecordQuery(Purpose.CIVIL_APPLICANT, "P1"))
    seal = submission(
        "S", K.UPDATE, purpose=Purpose.ADMINISTRATION, operation=Operation.SEAL, person="P1"
    )
    answered(desk, OPERATOR, seal)
    with pytest.raises(PersonNotFoundError):
        desk.record_query(POLICE, RecordQuery(JUSTICE, "P1"))
    sealed = desk.record_query(OPERATOR, RecordQuery(Purpose.ADMINISTRATION, "P1"))
    assert sealed.content["record"]["status"] == "sealed"


@pytest.mark.parametrize("person", ["P\x001", "P" * 5000])
def test_what_cannot_be_logged_is_refused_at_once(desk: Desk, person: str) -> None:
    with pytest.raises(InputError):
        desk.begin_record_query(POLICE, RecordQuery(JUSTICE, person)).result(20)


@pytest.mark.parametrize("desk", ["sqlite"], indirect=True)  # the intake is SQLite's
def test_nothing_is_told_before_its_audit_leaf_is_on_disk(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    enrol(desk, 1)
    synchronise, let = os.fdatasync, threading.Event()
    with monkeypatch.context() as patched:
        patched.setattr(os, "fdatasync", lambda handle: let.wait(20) and synchronise(handle))
        questions = [
            desk.begin_record_query(POLICE, RecordQuery(JUSTICE, "P1")),
            desk.begin_name_search(POLICE, NameQuery(who(1), JUSTICE)),
        ]
        time.sleep(0.2)
        assert not any(each.done() for each in questions)
        # Whoever hangs up meanwhile was told nothing, but the question was asked.
        assert not any(each.cancel() for each in questions)
        let.set()
        record, names = (each.result(20) for each in questions)
    assert record.content["person"] == "P1"
    assert names.outcome is Outcome.HIT


@pytest.mark.parametrize("desk", ["sqlite"], indirect=True)  # the intake is SQLite's
def test_questions_wait_for_nobody_who_writes(desk: Desk) -> None:
    enrol(desk, 1)
    since = datetime.now(UTC) - timedelta(minutes=1)
    with desk.store.transaction():
        desk.begin_record_query(POLICE, RecordQuery(JUSTICE, "P1")).result(20)
    until = datetime.now(UTC) + timedelta(minutes=1)
    assert desk.usage(POLICE, since, until)[K.RECORD_QUERY] == 1
    assert not list((desk.settings.folder / "audit-intake").iterdir())


@pytest.mark.parametrize("desk", ["sqlite"], indirect=True)  # the intake is SQLite's
def test_a_disk_that_refuses_an_audit_leaf(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    enrol(desk, 1)

    def full(_handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fdatasync", full)
        with pytest.raises(StoreError, match="No space left"):
            desk.record_query(POLICE, RecordQuery(JUSTICE, "P1"))
    assert desk.record_query(POLICE, RecordQuery(JUSTICE, "P1")).outcome is Outcome.HIT


def test_images_come_back_as_they_were_sent(desk: Desk) -> None:
    finger = person(4).fingers[Finger.RIGHT_INDEX]
    image = encode_wsq(finger.impression(0), 500)
    given = submission(
        "E-1", K.ENROL, prints=(Print(image, Finger.RIGHT_INDEX, ppi=500),), person="P4",
        options=Options(search_first=False),
    )  # fmt: skip
    assert answered(desk, POLICE, given).outcome is Outcome.DONE
    found = desk.image_request(POLICE, ImageRequest("P4", JUSTICE))
    (one,) = found.images
    assert (one.finger, one.media, one.data) == (Finger.RIGHT_INDEX, "image/x-wsq", image)
    assert list(desk.templates(POLICE, "P4", found.encounter, JUSTICE)) == [Finger.RIGHT_INDEX]
    with pytest.raises(NotFoundError):
        desk.image_request(SHERIFF, ImageRequest("P4", JUSTICE, "no such encounter"))


def test_usage_counts_what_was_accepted_and_the_log_verifies(desk: Desk) -> None:
    since = datetime.now(UTC) - timedelta(minutes=1)
    enrol(desk, 1)
    for _ in range(3):
        desk.record_query(POLICE, RecordQuery(JUSTICE, "P1"))
    until = datetime.now(UTC) + timedelta(minutes=1)
    assert desk.usage(POLICE, since, until) == {K.ENROL: 1, K.RECORD_QUERY: 3}
    with pytest.raises(AccessError):
        desk.usage(BORDER, since, until, "POLICE1")
    assert desk.usage(OPERATOR, since, until, "POLICE1")[K.RECORD_QUERY] == 3
    desk.sequencer.checkpoint()
    text = read_latest(desk.settings.folder / "checkpoints")
    assert text is not None
    with desk.store.reading() as connection:
        assert verify(connection, text, desk.sequencer.public_key()).problem_count == 0


def test_load_shows_numbers_only(desk: Desk) -> None:
    enrol(desk, 1, 2)
    load = desk.load()
    assert (load.people, load.encounters) == (2, 2)
    assert load.classes[K.ENROL].answered == 2
    assert sum(load.classes[K.ENROL].latency) == 2
    assert load.memory_bytes > 0
    assert load.errors == {}


def expunging(name: str) -> Submission:
    return submission(
        "D", K.DELETE, purpose=Purpose.ADMINISTRATION, operation=Operation.EXPUNGE, person=name,
        reason="court-order",
    )  # fmt: skip


def test_an_answer_is_emptied_when_its_person_is_expunged(desk: Desk) -> None:
    name = answered(desk, POLICE, submission("A-1", K.CRIMINAL_TENPRINT, 1)).content["person"]
    assert answered(desk, OPERATOR, expunging(name)).outcome is Outcome.DONE
    assert desk.status(POLICE, "A-1").outcome is Outcome.NO_HIT
    with pytest.raises(NotFoundError):
        desk.answers(POLICE, "A-1")
    for path in desk.settings.folder.iterdir():
        if path.name.startswith("people.tenprint") and path.is_file():
            assert name.encode() not in path.read_bytes(), path.name


def test_who_was_asked_for_while_being_expunged_is_in_no_file(desk: Desk) -> None:
    name = answered(desk, POLICE, submission("A-1", K.CRIMINAL_TENPRINT, 1)).content["person"]
    desk.submit(OPERATOR, expunging(name))
    with suppress(PersonNotFoundError):
        while desk.wait(OPERATOR, "D", 0.0) is None:
            desk.record_query(POLICE, RecordQuery(JUSTICE, name))
    desk.wait(OPERATOR, "D", 60.0)
    desk.bring_log()
    desk.records.scrub()
    desk.sequencer.checkpoint()
    public = desk.sequencer.public_key()
    text = read_latest(desk.settings.folder / "checkpoints")
    assert text is not None
    with desk.store.reading() as connection:
        assert verify(connection, text, public).problem_count == 0
    for path in desk.settings.folder.rglob("*"):
        if path.is_file():
            assert name.encode() not in path.read_bytes(), path.name


def test_the_index_forgets_who_is_expunged_though_nobody_searches(desk: Desk) -> None:
    (name,) = enrol(desk, 1)
    other = submission("B", K.BORDER_CHECK, 2)
    assert answered(desk, BORDER, other).outcome is Outcome.NO_HIT  # the index has followed
    index = desk.settings.folder / "people.tenprint.index"

    def codes() -> dict[str, bytes]:
        return {each.name: each.read_bytes() for each in index.iterdir() if each.is_file()}

    before = codes()
    assert answered(desk, OPERATOR, expunging(name)).outcome is Outcome.DONE
    changed = {each for each, data in codes().items() if data != before[each]}
    assert len(changed) >= 10, changed  # a plane a finger


def test_answers_go_out_until_they_arrive(tmp_path: Path) -> None:
    tries: list[str] = []

    def deliver(url: str, answer) -> None:
        tries.append(answer.id)
        if len(tries) < 2:
            raise RuntimeError("down")

    given = settings(tmp_path / "data", callback_hosts=("localhost",))
    options = Options(callback="http://localhost/answers")
    with Desk.open(given, deliver=deliver) as desk:
        answer = answered(desk, POLICE, submission("A", K.CRIMINAL_TENPRINT, 1, options=options))
        for _ in range(300):
            if len(tries) > 1 and not desk.load().outbox_waiting:
                break
            time.sleep(0.05)
        assert tries == [answer.id] * 2
        assert desk.load().dead_letters == 0


def test_what_cannot_be_delivered_is_seen_and_can_be_sent_again(tmp_path: Path) -> None:
    works = []

    def deliver(url: str, answer) -> None:
        if not works:
            raise RuntimeError("down")

    given = settings(tmp_path / "data", callback_hosts=("localhost",), delivery_attempts=1)
    options = Options(callback="http://localhost/answers")
    with Desk.open(given, deliver=deliver) as desk:
        answer = answered(desk, POLICE, submission("A", K.CRIMINAL_TENPRINT, 1, options=options))
        for _ in range(300):
            if desk.load().dead_letters:
                break
            time.sleep(0.05)
        (letter,) = desk.dead_letters(POLICE)
        assert (letter.id, letter.next_at, letter.problem) == (answer.id, None, "RuntimeError")
        assert desk.dead_letters(BORDER) == []
        with pytest.raises(NotFoundError):
            desk.redeliver(BORDER, letter.id)
        works.append(True)
        desk.redeliver(caller("POLICE1", AgencyKind.POLICE, Role.SUBMIT), letter.id)
        for _ in range(300):
            if not desk.load().outbox_waiting:
                break
            time.sleep(0.05)
        assert desk.dead_letters(POLICE) == []
