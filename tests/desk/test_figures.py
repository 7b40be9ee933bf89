"""Figures of the day that survive a restart; how much is answered now; what processes take."""

from __future__ import annotations

import json
import os
import subprocess
import time
import zlib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.desk.world import POLICE, enrol, settings, who

from tenprint.desk import Desk, NameQuery, RecordQuery
from tenprint.desk._figures import Figures
from tenprint.desk._kept_figures import FIGURES, read_figures, write_figures
from tenprint.desk._processes import Processes
from tenprint.model import Purpose, StoreFormatError, StoreVersionError, TransactionClass

K = TransactionClass
NOON = datetime(2026, 3, 5, 12, 0, 30, tzinfo=UTC)
SAMPLE = Path(__file__).parent / "samples" / "1.figures"


class Clock:
    def __init__(self, now: datetime = NOON) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


def busy(clock: Clock, days: int = 2) -> Figures:
    """Days of answers, the slower the later."""
    figures = Figures(clock)
    clock.now = NOON - timedelta(days=days)
    while clock.now < NOON:
        for n in range(5):
            seconds = 0.01 * (1 + clock.now.hour) * (1 + n)
            figures.answer(K.BORDER_CHECK, seconds, late=n == 4)
        figures.answer(K.NAME_SEARCH, 0.002, late=False)
        clock.now += timedelta(minutes=7)
    clock.now = NOON
    return figures


def test_what_was_kept_goes_on(tmp_path: Path) -> None:
    clock = Clock()
    figures = busy(clock)
    figures.answer(K.ENROL, 3.0, late=True)
    write_figures(tmp_path / FIGURES, figures)
    again = Figures(clock)
    read_figures(tmp_path / FIGURES, again)
    assert again.latencies() == figures.latencies()
    assert again.today() == figures.today()
    assert again.of(K.ENROL)[0] == 0  # since it was opened
    # And both count on alike, in the running spans and after them.
    for pause in (0, 10, 3600, 86400):
        clock.now += timedelta(seconds=pause)
        for each in (figures, again):
            each.answer(K.BORDER_CHECK, 0.2, late=True)
            each.answer(K.ENROL, 0.7, late=False)
        assert again.latencies() == figures.latencies()
        assert again.today() == figures.today()


def test_the_day_begins_at_midnight() -> None:
    clock = Clock(NOON.replace(hour=23, minute=59))
    figures = Figures(clock)
    for n in range(100):
        figures.answer(K.BORDER_CHECK, 0.155 if n < 98 else 40.0, late=n >= 98)
    today = figures.today()[K.BORDER_CHECK]
    assert today is not None
    assert (today.answered, today.late) == (100, 2)
    assert abs(today.p50 / 0.155 - 1) < 0.05
    assert abs(today.p99 / 40 - 1) < 0.05
    clock.now += timedelta(minutes=2)
    assert figures.today()[K.BORDER_CHECK] is None
    figures.answer(K.BORDER_CHECK, 0.1, late=False)
    tomorrow = figures.today()[K.BORDER_CHECK]
    assert tomorrow is not None
    assert (tomorrow.answered, tomorrow.late) == (1, 0)


def test_the_rate_is_of_the_last_ten_seconds() -> None:
    clock = Clock()
    figures = Figures(clock)
    for _ in range(60):
        for _ in range(3):
            figures.answer(K.NAME_SEARCH, 0.01, late=False)
        figures.answer(K.ENROL, 0.5, late=False)
        clock.now += timedelta(seconds=1)
    assert figures.rates()[K.NAME_SEARCH] == 3.0
    assert figures.rates()[K.ENROL] == 1.0
    assert figures.rates()[K.UPDATE] == 0.0
    clock.now += timedelta(seconds=5)
    assert figures.rates()[K.NAME_SEARCH] == 1.5
    clock.now += timedelta(seconds=9)
    assert figures.rates()[K.NAME_SEARCH] == 0.0


def test_what_is_no_file_of_figures_is_refused(tmp_path: Path) -> None:
    path = tmp_path / FIGURES
    clock = Clock()
    write_figures(path, busy(clock))
    good = path.read_bytes()
    wrong = json.loads(good.split(b" ", 2)[2])
    wrong["days"] = {"1": {"border-check": [1, 5, {}]}}
    body = json.dumps(wrong).encode()
    for damaged in (
        b"",
        b"something else",
        good[:-20],
        good.replace(b"border-check", b"border-chock", 1),
        b"tenprint-figures 1\n%08x %s\n" % (zlib.crc32(body), body),
    ):
        path.write_bytes(damaged)
        fresh = Figures(clock)
        with pytest.raises(StoreFormatError):
            read_figures(path, fresh)
        assert fresh.latencies().hours == {}
    path.write_bytes(good.replace(b"figures 1\n", b"figures 2\n", 1))
    with pytest.raises(StoreVersionError):
        read_figures(path, Figures(clock))


def test_files_of_this_version_are_read_for_ever() -> None:
    clock = Clock()
    figures = Figures(clock)
    read_figures(SAMPLE, figures)
    assert figures.latencies() == busy(Clock()).latencies()
    today = figures.today()[K.BORDER_CHECK]
    assert today is not None
    assert (today.answered, today.late) == (515, 103)


def test_the_day_goes_on_after_a_restart(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    with Desk.open(settings(folder)) as desk:
        person = enrol(desk, 1)[0]
        for _ in range(3):
            desk.record_query(POLICE, RecordQuery(Purpose.CRIMINAL_JUSTICE, person))
    with Desk.open(settings(folder)) as desk:
        desk.name_search(POLICE, NameQuery(who(1), Purpose.CRIMINAL_JUSTICE))
        load = desk.load()
        assert load.errors == {}
        record, name = load.classes[K.RECORD_QUERY], load.classes[K.NAME_SEARCH]
        assert record.answered == 0  # since it was opened
        assert record.today is not None
        assert record.today.answered == 3
        assert name.today is not None
        assert name.today.answered == name.answered == 1
        assert desk.latencies().hours[K.RECORD_QUERY][-1].answered == 3
    (folder / FIGURES).write_bytes(b"broken")
    with Desk.open(settings(folder)) as desk:
        load = desk.load()
        assert load.classes[K.RECORD_QUERY].today is None
        assert load.errors == {"store-format": 1}
        assert (folder / f"{FIGURES}.unread").read_bytes() == b"broken"


def test_a_question_that_took_longer_than_it_may_is_late(tmp_path: Path) -> None:
    short = {K.NAME_SEARCH: timedelta(microseconds=1)}
    with Desk.open(settings(tmp_path / "data", deadlines=short)) as desk:
        person = enrol(desk, 1)[0]
        desk.name_search(POLICE, NameQuery(who(1), Purpose.CRIMINAL_JUSTICE))
        desk.record_query(POLICE, RecordQuery(Purpose.CRIMINAL_JUSTICE, person))
        classes = desk.load().classes
    assert (classes[K.NAME_SEARCH].answered, classes[K.NAME_SEARCH].late) == (1, 1)
    assert (classes[K.RECORD_QUERY].answered, classes[K.RECORD_QUERY].late) == (1, 0)


def test_processes_are_told_apart() -> None:
    with subprocess.Popen(["sleep", "60"]) as idle:
        processes = Processes(lambda: {"service": os.getpid(), "search": idle.pid, "lookups": None})
        begun = time.monotonic()
        while time.monotonic() < begun + 0.5:
            sum(range(10_000))
        processes.sample()
        service, search = processes.look()
        idle.kill()
    assert (service.name, search.name) == ("service", "search")
    assert service.processors > search.processors == 0.0
    assert service.memory_bytes > search.memory_bytes > 0
