"""After an expunge nothing that can still be read names who was expunged."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import inspect, select, text
from tests.desk.world import (
    BORDER,
    OPERATOR,
    POLICE,
    SHERIFF,
    examiner,
    settings,
    submission,
    templates,
)
from tests.records.test_expunge import pieces, server_files
from tests.store.conftest import Cluster, postgres, postgres_database, postgres_url

from tenprint import api as api_room
from tenprint import desk as desk_room
from tenprint.access import Caller
from tenprint.desk import Answer, Desk, Operation, Options, Submission, _flow, _settle, _steps
from tenprint.desk._found import Listed
from tenprint.desk._review import open_cases
from tenprint.desk._rows import row_of
from tenprint.desk._schema import answers, parts, transactions
from tenprint.formats import pack
from tenprint.model import Finding, NotFoundError, Outcome, Purpose, TransactionClass
from tenprint.records import Records, Vault, backup, restore
from tenprint.store import TruthStore

__all__ = ["postgres", "postgres_url"]

K = TransactionClass
ANN, BOB = examiner("ann"), examiner("bob")

#: Identifiers that do not stand in random bytes by chance.
NAME = {number: f"Somebody-{number:04d}" for number in range(10)}
UNSURE = {"hit_fpir": 1e-40, "review_fpir": 1e-3}


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Iterator[str | None]:
    if request.param == "sqlite":
        yield None
        return
    with postgres_database(request.getfixturevalue("postgres")) as url:
        yield url


@pytest.fixture
def open_desk(tmp_path: Path, database: str | None) -> Callable[..., Any]:
    """Opens a desk on either database; again where it was closed."""

    @contextmanager
    def opened(**more: Any) -> Iterator[Desk]:
        with Desk.open(settings(tmp_path / "data", database=database, **more)) as desk:
            yield desk

    return opened


def answered(desk: Desk, who: Caller, given: Submission, *, final: bool = False) -> Answer:
    desk.submit(who, given)
    answer = desk.wait(who, given.transaction, 60, final=final)
    assert answer is not None
    return answer


def enrol(desk: Desk, *numbers: int) -> None:
    for number in numbers:
        given = submission(
            f"enrol-{number}", K.ENROL, number, person=NAME[number],
            options=Options(search_first=False),
        )  # fmt: skip
        assert answered(desk, POLICE, given).outcome is Outcome.DONE


def expunge(desk: Desk, person: str, name: str = "X") -> Answer:
    given = submission(
        name, K.DELETE, purpose=Purpose.ADMINISTRATION, operation=Operation.EXPUNGE, person=person,
        reason="court-order",
    )  # fmt: skip
    answer = answered(desk, OPERATOR, given)
    assert answer.outcome is Outcome.DONE, answer.content
    return answer


def search(name: str, number: int, **more: Any) -> Submission:
    return submission(name, K.TENPRINT_SEARCH, number, impression=1, **more)


def readable(desk: Desk) -> Iterator[tuple[str, bytes]]:
    """Every value in the database, plain or opened with the keys that there are."""
    desk.bring_log()
    vault = desk.vault
    with desk.store.reading() as connection:
        for table in inspect(connection).get_table_names():
            for row in connection.execute(text(f'SELECT * FROM "{table}"')).mappings():  # noqa: S608
                for name, value in row.items():
                    plain = bytes(value) if isinstance(value, bytes | memoryview) else str(value)
                    yield f"{table}.{name}", plain if isinstance(plain, bytes) else plain.encode()
        query = select(parts, transactions.c.vault_key).join(
            transactions, transactions.c.key == parts.c.key
        )
        for row in connection.execute(query):
            key = vault.key(connection, row.vault_key)
            opened = key.open(row.data, f"desk {row.key} {row.name}")
            yield f"part {row.name} {row.key}", opened
        for row in connection.execute(select(answers).where(answers.c.vault_key.is_not(None))):
            key = vault.key(connection, row.vault_key)
            opened = key.open(row.content, f"desk {row.key} answer-{row.number}")
            yield f"answer {row.transaction}", opened
        for row in connection.execute(text("SELECT * FROM api_osia_tasks")):
            opened = vault.key(connection, row.key).open(row.arguments, f"osia {row.id}")
            yield "task", opened


def traces(number: int) -> list[bytes]:
    """What tells who a person is: identifier, names, templates of any impression."""
    found = [NAME[number].encode(), f"Given{number}".encode(), f"Family{number}".encode()]
    found.append(f"FAMILY{number}".encode())
    for each in templates(number).values():
        found += pieces(pack(each))
    return found


def left(desk: Desk, number: int, *but: str) -> set[str]:
    """Where something of a person can still be read."""
    sought = traces(number)
    return {
        where
        for where, data in readable(desk)
        if any(each in data for each in sought) and not where.startswith(but or ("-",))
    }


def test_the_search_for_traces_finds_them(open_desk: Callable[..., Any]) -> None:
    with open_desk() as desk:
        enrol(desk, 7)
        answered(desk, SHERIFF, search("s", 7))
        names = {where.split()[0] for where in left(desk, 7)}
        assert {"part", "answer", "desk_transactions.person", "audit_entries.subject"} <= names


def test_a_candidate_of_anothers_search_is_taken_out(open_desk: Callable[..., Any]) -> None:
    with open_desk() as desk:
        enrol(desk, 7, 8)
        before = answered(desk, SHERIFF, search("s2", 8))
        assert {each["person"] for each in before.content["candidates"]} == {NAME[7], NAME[8]}
        done = expunge(desk, NAME[7])
        assert left(desk, 7) == set()
        after = desk.answer(SHERIFF, "s2")
        assert after is not None
        assert (after.id, after.outcome, after.created_at) == (
            before.id, Outcome.HIT, before.created_at,
        )  # fmt: skip
        kept = [each for each in before.content["candidates"] if each["person"] == NAME[8]]
        assert after.content == {**before.content, "candidates": kept, "expunged": 1}
        assert NAME[8] in after.text
        assert "person" not in done.content
        assert desk.answer(OPERATOR, "X") == done
        # Sent again it is the same transaction still.
        again = submission(
            "X", K.DELETE, purpose=Purpose.ADMINISTRATION, operation=Operation.EXPUNGE,
            person=NAME[7], reason="court-order",
        )  # fmt: skip
        assert desk.submit(OPERATOR, again).outcome is Outcome.DONE


def test_whom_an_answer_found_goes_with_it(open_desk: Callable[..., Any]) -> None:
    with open_desk() as desk:
        enrol(desk, 7, 8)
        assert answered(desk, SHERIFF, search("s1", 7)).outcome is Outcome.HIT
        answered(desk, POLICE, submission("c1", K.CRIMINAL_TENPRINT, 7, impression=1))
        expunge(desk, NAME[7])
        assert left(desk, 7) == set()
        for who, name in ((SHERIFF, "s1"), (POLICE, "c1")):
            with pytest.raises(NotFoundError):
                desk.answers(who, name)


def test_who_was_searched_for_by_identifier_is_forgotten(open_desk: Callable[..., Any]) -> None:
    with open_desk() as desk:
        enrol(desk, 7, 8)
        given = submission(
            "i", K.TENPRINT_SEARCH, operation=Operation.IDENTIFY_PERSON, person=NAME[7]
        )
        assert [c["person"] for c in answered(desk, SHERIFF, given).content["candidates"]] == [
            NAME[8]
        ]
        expunge(desk, NAME[7])
        assert left(desk, 7) == set()


def test_who_was_merged_and_who_was_parted_again(open_desk: Callable[..., Any]) -> None:
    with open_desk() as desk:
        enrol(desk, 5, 6, 7, 8)
        answered(desk, SHERIFF, search("s", 8))
        for name, other in (("m1", NAME[7]), ("m2", NAME[6])):
            merge = submission(
                name, K.MERGE, purpose=Purpose.ADMINISTRATION, person=NAME[8], other_person=other
            )
            assert answered(desk, OPERATOR, merge).outcome is Outcome.DONE
        # The record that is told of P8 now holds what came of P6.
        told = answered(desk, POLICE, submission("c", K.CRIMINAL_TENPRINT, 8, impression=1))
        assert "Family6" in str(told.content)
        answered(
            desk, OPERATOR,
            submission("u", K.UPDATE, purpose=Purpose.ADMINISTRATION, operation=Operation.UNMERGE,
                       person=NAME[8], other_person=NAME[6]),
        )  # fmt: skip
        expunge(desk, NAME[6], "X6")
        assert left(desk, 6) == set()
        expunge(desk, NAME[8], "X8")
        assert left(desk, 7) | left(desk, 8) == set()
        assert left(desk, 5) != set()


def test_notices_to_subscribers(open_desk: Callable[..., Any]) -> None:
    with open_desk() as desk:
        enrol(desk, 7)
        until = datetime.now(UTC) + timedelta(days=9)
        desk.subscribe(SHERIFF, NAME[7], Purpose.CRIMINAL_JUSTICE, until)
        answered(desk, POLICE, submission("c", K.CRIMINAL_TENPRINT, 7, impression=1))
        assert len(desk.notices(SHERIFF)) == 1
        expunge(desk, NAME[7])
        assert left(desk, 7) == set()
        assert desk.notices(SHERIFF) == []


def reviewed(desk: Desk, who: Caller, name: str) -> list[Any]:
    """The cases of a transaction once they are open."""
    for _ in range(600):
        if desk.status(who, name).under_review:
            return [each for each in desk.cases(ANN) if each.transaction == name]
        time.sleep(0.05)
    raise AssertionError("no case was opened")


def doubtful(name: str, klass: TransactionClass, number: int) -> Submission:
    return submission(name, klass, number, impression=1, fingers=3)


def test_an_examiners_open_case_is_closed_by_it(open_desk: Callable[..., Any]) -> None:
    """Who was the only candidate is found no longer; nobody waits for examiners any more."""
    with open_desk(**UNSURE) as desk:
        enrol(desk, 7, 8)
        desk.submit(BORDER, doubtful("b", K.BORDER_CHECK, 7))
        desk.submit(POLICE, doubtful("c", K.CRIMINAL_TENPRINT, 7))
        for who, name in ((BORDER, "b"), (POLICE, "c")):
            (case,) = reviewed(desk, who, name)
            desk.decide(ANN, case.id, Finding.IDENTIFICATION, "Given7 Family7 it is.")
        expunge(desk, NAME[7])
        for who, name in ((BORDER, "b"), (POLICE, "c")):
            answer = desk.wait(who, name, 60, final=True)
            assert answer is not None
            assert answer.outcome is Outcome.NO_HIT, answer.content
        assert desk.cases(ANN) == []
        # What the agencies themselves sent is of somebody who was not found.
        assert {where.split()[0] for where in left(desk, 7)} <= {"part", "records_people.person"}
        assert not [1 for where, data in readable(desk) if NAME[7].encode() in data]
        assert desk.load().errors == {}


def test_an_examiners_closed_case_goes(open_desk: Callable[..., Any]) -> None:
    with open_desk(**UNSURE) as desk:
        enrol(desk, 7, 8)
        desk.submit(BORDER, doubtful("b", K.BORDER_CHECK, 7))
        (case,) = reviewed(desk, BORDER, "b")
        for who in (ANN, BOB):
            desk.decide(who, case.id, Finding.EXCLUSION, "Not Given7 Family7.")
        assert desk.wait(BORDER, "b", 60, final=True) is not None
        expunge(desk, NAME[7])
        assert not [where for where, data in readable(desk) if NAME[7].encode() in data]
        assert not [where for where, data in readable(desk) if b"Not Given7" in data]
        assert [each.outcome for each in desk.answers(BORDER, "b")] == ["possible", "no-hit"]


def test_cases_are_opened_beside_one_that_was_taken_out(open_desk: Callable[..., Any]) -> None:
    with open_desk(**UNSURE) as desk:
        enrol(desk, 7, 8)
        desk.submit(POLICE, doubtful("c", K.CRIMINAL_TENPRINT, 7))
        (case,) = reviewed(desk, POLICE, "c")
        with desk.store.transaction() as connection:
            row = row_of(connection, case.key)
            others = [Listed(name, 5.0, {1: 5.0}) for name in ("A", "B")]
            open_cases(connection, row, others, datetime.now(UTC), 0, waits=True)
        expunge(desk, NAME[7])
        with desk.store.transaction() as connection:
            row = row_of(connection, case.key)
            third = [Listed("C", 4.0, {1: 4.0})]
            open_cases(connection, row, [*others, *third], datetime.now(UTC), 0, waits=True)
        assert {each.person for each in desk.cases(ANN)} == {"A", "B", "C"}


def test_a_transaction_about_the_person_leaves_the_examiners(
    open_desk: Callable[..., Any],
) -> None:
    with open_desk(**UNSURE) as desk:
        enrol(desk, 7, 8)
        given = submission("c", K.CRIMINAL_TENPRINT, 7, impression=1, fingers=3, person=NAME[8])
        desk.submit(POLICE, given)
        (case,) = reviewed(desk, POLICE, "c")
        assert case.person == NAME[7]
        expunge(desk, NAME[8])
        answer = desk.wait(POLICE, "c", 60)
        assert answer is not None
        assert answer.outcome is Outcome.REJECTED
        assert desk.cases(ANN) == []
        assert left(desk, 8) == set()


def test_what_waits_and_names_the_person_is_refused(
    open_desk: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What has not begun keeps neither the identifier nor what was sent about the person."""
    monkeypatch.setattr(_flow, "_LOOK", 600.0)
    waiting = [
        (POLICE, submission("u", K.UPDATE, 7, person=NAME[7], operation=Operation.ADD_ENCOUNTER)),
        (POLICE, submission("v", K.VERIFY, 7, impression=2, person=NAME[7])),
        (POLICE, submission("i", K.TENPRINT_SEARCH, operation=Operation.IDENTIFY_PERSON,
                            person=NAME[7])),
        (OPERATOR, submission("m", K.MERGE, purpose=Purpose.ADMINISTRATION, person=NAME[8],
                              other_person=NAME[7])),
        (POLICE, submission("e", K.ENROL, 7, person=NAME[7])),
    ]  # fmt: skip
    with open_desk() as desk:
        enrol(desk, 7, 8)
        admit, desk._works.admitted = desk._works.admitted, lambda row: None
        for who, given in waiting:
            desk.submit(who, given)
        with desk.store.writing() as change:
            desk.records.expunge(change, NAME[7], "court-order")
        assert left(desk, 7) == set()
        with desk.store.reading() as connection:
            todo = select(transactions).where(transactions.c.todo)
            for row in connection.execute(todo):
                admit(row)
        for who, given in waiting:
            answer = desk.wait(who, given.transaction, 60)
            assert answer is not None
            assert answer.outcome is Outcome.REJECTED
            assert [each["code"] for each in answer.content["faults"]] == ["person-not-found"]
        assert left(desk, 7) == set()
        assert desk.load().errors == {}


@pytest.mark.parametrize("step", ["search", "settle"])
def test_who_is_expunged_during_a_search_is_not_found(
    open_desk: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """Whether it happens before the outcome is kept, or between that and the answer."""
    room, name = (_steps, "look") if step == "search" else (_settle, "judge")
    with open_desk() as desk:
        enrol(desk, 7, 8)
        real, done = getattr(room, name), []

        def slow(*arguments: Any, **options: Any) -> Any:
            found = real(*arguments, **options)
            if not done:
                done.append(found)
                with desk.store.writing() as change:
                    desk.records.expunge(change, NAME[7], "court-order")
            return found

        monkeypatch.setattr(room, name, slow)
        answer = answered(desk, SHERIFF, search("s", 8))
        assert len(done) == 1
        assert [each["person"] for each in answer.content["candidates"]] == [NAME[8]]
        assert left(desk, 7) == set()
        assert desk.load().errors == {}


def test_answers_of_a_version_before_are_read_through(open_desk: Callable[..., Any]) -> None:
    with open_desk() as desk:
        enrol(desk, 7, 8)
        answered(desk, SHERIFF, search("s2", 8))
        with desk.store.transaction() as connection:  # as the migration leaves them
            connection.execute(text("DELETE FROM desk_named"))
            every = "INSERT INTO desk_named (key, person) SELECT key, '' FROM desk_transactions"
            connection.execute(text(every))
        expunge(desk, NAME[7])
        assert left(desk, 7) == set()
        with desk.store.reading() as connection:
            named = connection.execute(text("SELECT person FROM desk_named")).scalars().all()
        assert "" not in named


def test_postgres_keeps_no_identifier_in_tables_written_anew(
    tmp_path: Path, postgres: Cluster, postgres_url: str
) -> None:
    with Desk.open(settings(tmp_path / "data", database=postgres_url)) as desk:
        enrol(desk, 7, 8)
        answered(desk, SHERIFF, search("s7", 7))
        answered(desk, SHERIFF, search("s8", 8))
        expunge(desk, NAME[7])
    folder = tmp_path / "data"
    with TruthStore.open(postgres_url) as store:  # alone, so that nobody still sees old rows
        records = Records(store, Vault.open(folder), None, folder)
        desk_room.follow_expunges(records)
        assert records.scrub(whole=True)
    postgres.run("CHECKPOINT")
    kept = server_files(postgres)
    assert NAME[8].encode() in kept
    assert NAME[7].encode() not in kept


def test_a_restored_backup_forgets_too(
    tmp_path: Path, database: str | None, request: pytest.FixtureRequest
) -> None:
    key = bytes(range(32))
    with Desk.open(settings(tmp_path / "data", database=database)) as desk:
        enrol(desk, 7, 8)
        answered(desk, SHERIFF, search("s7", 7))
        answered(desk, SHERIFF, search("s8", 8))
        backup(desk.store, desk.vault, desk.settings.folder, tmp_path / "b", key=key)
        expunge(desk, NAME[7])
    with ExitStack() as stack:
        where = None
        if database is not None:
            cluster = request.getfixturevalue("postgres")
            where = stack.enter_context(postgres_database(cluster))
        report = restore(
            tmp_path / "b", tmp_path / "new", key=key, where=where,
            expunged=[tmp_path / "data" / "expunged.log"],
            rooms=[desk_room.follow_expunges, api_room.follow_expunges],
        )  # fmt: skip
        assert report.expunged == 1
        with Desk.open(settings(tmp_path / "new", database=where)) as desk:
            assert left(desk, 7) == set()
            with pytest.raises(NotFoundError):
                desk.answers(SHERIFF, "s7")
            answer = desk.answer(SHERIFF, "s8")
            assert answer is not None
            assert [each["person"] for each in answer.content["candidates"]] == [NAME[8]]
