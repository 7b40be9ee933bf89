"""A desk whose names and records are looked up by a process of their own."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from pathlib import Path

import pytest
from tests.desk.world import POLICE, enrol, settings, who

from tenprint.access import Part, Told
from tenprint.audit import read_entries
from tenprint.desk import Answer, Desk, NameQuery, RecordQuery, _lookups_process
from tenprint.desk._lookup_child import _Lookups
from tenprint.desk._lookups_process import LookupsProcess
from tenprint.model import (
    Identifier,
    LookupProcessError,
    Outcome,
    PersonNotFoundError,
    Purpose,
    ServiceUnavailableError,
)
from tenprint.process import Process
from tenprint.records import _following

JUSTICE = Purpose.CRIMINAL_JUSTICE


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with Desk.open(settings(tmp_path / "data", lookup_process=True)) as found:
        yield found


def other(desk: Desk) -> LookupsProcess:
    assert isinstance(desk.lookups, LookupsProcess)
    return desk.lookups


def by_name(number: int) -> NameQuery:
    return NameQuery(who(number), JUSTICE)


def kill(desk: Desk) -> None:
    pid = other(desk).pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)


def refuse(*_: object, **__: object) -> None:
    raise OSError(12, "Cannot allocate memory")


def test_the_answers_are_those_of_one_process(tmp_path: Path) -> None:
    told = {}
    for apart in (False, True):
        with Desk.open(settings(tmp_path / "data", lookup_process=apart)) as desk:
            known = enrol(desk, 1, 2, 3) if not apart else told[False][0]
            if not apart:
                with desk.store.writing() as change:
                    desk.records.add_identifier(change, known[1], Identifier("STATE", "AB 12"))
            found = desk.name_search(POLICE, by_name(2))
            record = desk.record_query(POLICE, RecordQuery(JUSTICE, known[0]))
            number = RecordQuery(JUSTICE, identifier_kind="STATE", identifier="ab12")
            numbered = desk.record_query(POLICE, number)
            told[apart] = (known, found.content, found.text, record.content, numbered.content)
    assert told[True] == told[False]
    assert told[True][1]["candidates"][0]["person"] == told[True][0][1]


def test_what_is_written_here_is_seen_there(desk: Desk) -> None:
    known = enrol(desk, 1, 2)
    assert desk.name_search(POLICE, by_name(1)).content["candidates"][0]["person"] == known[0]
    with desk.store.writing() as change:
        desk.records.expunge(change, known[0], "order")
    answer = desk.name_search(POLICE, by_name(1))
    assert known[0] not in str(answer.content)
    with pytest.raises(PersonNotFoundError):
        desk.record_query(POLICE, RecordQuery(JUSTICE, known[0]))


def test_who_asks_for_nobody_is_logged(desk: Desk) -> None:
    with pytest.raises(PersonNotFoundError):
        desk.record_query(POLICE, RecordQuery(JUSTICE, "P9"))
    desk.bring_log()
    with desk.store.reading() as connection:
        entries = read_entries(connection, subject="P9")
    assert [(each.agency, each.outcome) for each in entries] == [("POLICE1", "no-hit")]


def test_questions_are_answered_though_the_process_is_killed(desk: Desk) -> None:
    known = enrol(desk, 1, 2, 3)
    stop = threading.Event()
    wrong: list[object] = []
    answered = [0, 0, 0]

    def ask(mine: int) -> None:
        while not stop.is_set():
            try:
                answer = desk.name_search(POLICE, by_name(mine + 1))
                if answer.content["candidates"][0]["person"] != known[mine]:
                    wrong.append(answer.content)
                answered[mine] += 1
            except BaseException as error:
                wrong.append(error)

    threads = [threading.Thread(target=ask, args=(n,)) for n in range(3)]
    for each in threads:
        each.start()
    for _ in range(3):
        _until(lambda: other(desk).pid is not None)
        before = sum(answered)
        kill(desk)
        _until(lambda before=before: sum(answered) > before + 20)  # type: ignore[misc]
    stop.set()
    for each in threads:
        each.join()
    assert not wrong
    assert other(desk).starts == 4


def test_a_question_that_ends_the_process_again_and_again_fails(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fatal(self: Process, what: str, *arguments: object) -> object:
        if what == "record":
            os.kill(self.pid, signal.SIGKILL)
        return ask(self, what, *arguments)

    ask = Process.ask
    monkeypatch.setattr(Process, "ask", fatal)
    with pytest.raises(LookupProcessError):
        desk.record_query(POLICE, RecordQuery(JUSTICE, "P1"))
    assert desk.name_search(POLICE, by_name(1)).outcome is Outcome.NO_HIT


def test_while_it_cannot_be_started_questions_wait_and_are_refused(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = enrol(desk, 1)
    monkeypatch.setattr(_lookups_process, "_PATIENCE", 0.5)
    monkeypatch.setattr(_lookups_process, "_PAUSE", 0.1)

    start = Process.__init__
    monkeypatch.setattr(Process, "__init__", refuse)
    kill(desk)
    with pytest.raises(ServiceUnavailableError):
        desk.name_search(POLICE, by_name(1))
    monkeypatch.setattr(Process, "__init__", start)
    monkeypatch.setattr(_lookups_process, "_PATIENCE", 30.0)
    answer = desk.name_search(POLICE, by_name(1))
    assert answer.content["candidates"][0]["person"] == known[0]


def test_it_is_started_again_whatever_goes_wrong(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """An error that nobody expects does not end the thread that keeps the process alive."""
    known = enrol(desk, 1)
    monkeypatch.setattr(_lookups_process, "_PAUSE", 0.05)
    opened, end = Process.opened, Process.end
    tries: list[str] = []

    def broken(*arguments: object, **options: object) -> Process:
        tries.append("start")
        if len(tries) < 3:
            raise RuntimeError("of Ada Alder")
        return opened(*arguments, **options)  # type: ignore[arg-type]

    def stuck(self: Process) -> None:
        monkeypatch.setattr(Process, "end", end)
        end(self)
        raise ValueError("of Ada Alder")

    monkeypatch.setattr(Process, "opened", broken)
    monkeypatch.setattr(Process, "end", stuck)
    kill(desk)
    _until(lambda: other(desk).pid is None)
    answer = desk.name_search(POLICE, by_name(1))
    assert answer.content["candidates"][0]["person"] == known[0]
    assert tries == ["start"] * 3
    said = [each.getMessage() for each in caplog.records if each.name == "tenprint.desk"]
    assert len(said) == 3
    assert all("lookups" in each for each in said)
    assert "RuntimeError" in said[1]
    assert "Ada" not in caplog.text


def test_who_waits_is_told_when_the_desk_closes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Desk.open(settings(tmp_path / "data", lookup_process=True))
    monkeypatch.setattr(_lookups_process, "_PAUSE", 0.1)

    monkeypatch.setattr(Process, "__init__", refuse)
    kill(desk)
    _until(lambda: other(desk).pid is None)
    waiting = desk.begin_name_search(POLICE, by_name(1))
    desk.close()
    with pytest.raises(ServiceUnavailableError):
        waiting.result(20)


def test_asking_does_not_wait_for_a_process_that_reads_nothing(desk: Desk) -> None:
    known = enrol(desk, 1, 2)
    pid = other(desk).pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    asked: list[Future[Answer]] = []

    def ask() -> None:  # more than a socket takes
        for number in range(2000):
            asked.append(desk.begin_name_search(POLICE, by_name(1 + number % 2)))

    asking = threading.Thread(target=ask)
    asking.start()
    asking.join(20)
    waits = not asking.is_alive()
    os.kill(pid, signal.SIGCONT)
    assert waits
    assert not asked[-1].done()
    found = [each.result(60).content["candidates"][0]["person"] for each in asked]
    assert found == known * 1000


def test_it_ends_with_the_desk(desk: Desk) -> None:
    pid = other(desk).pid
    one = int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    assert desk.load().memory_bytes > one * 1.5  # this process, too
    desk.close()
    assert not Path(f"/proc/{pid}").exists()
    with pytest.raises(ServiceUnavailableError):
        desk.name_search(POLICE, by_name(1))


def test_no_file_of_it_names_whom_this_one_deletes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_following, "_FEW", 1)
    folder = tmp_path / "data"
    with Desk.open(settings(folder, lookup_process=False)) as desk:
        known = enrol(desk, 1, 2)
        child = _Lookups()
        child.do_open(folder / "people.tenprint", folder, None, 5.0)
        desk.records.keepers.append(child.do_erase)
        kept = folder / "names.index"
        child.do_keep(True)
        assert kept.exists()
        seen = []
        with desk.store.writing() as change:
            desk.records.expunge(change, known[0], "order")
            seen.append(kept.exists())
            child.do_keep(True)  # before the commit: it still names the person
            seen.append(kept.exists())
        assert seen == [False, True]
        assert not kept.exists()
        child.do_keep(True)
        found = child.do_name(by_name(1), frozenset(Part), Told.RECORD)
        assert known[0] not in str(found.content)
        child.close()


def _until(done: Callable[[], bool], seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end
        time.sleep(0.01)
