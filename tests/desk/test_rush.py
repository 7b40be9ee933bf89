"""In a rush of questions, what has hours to its deadline waits."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.desk.world import BORDER, POLICE, enrol, settings, submission, who

from tenprint.desk import Desk, NameQuery
from tenprint.desk._deadlines import DeadlineQueue
from tenprint.desk._rush import FEW, MANY, SOON, Rush
from tenprint.model import Purpose, TransactionClass

NOW = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with Desk.open(settings(tmp_path / "data")) as found:
        yield found


def begin(rush: Rush, count: int) -> list[Future[None]]:
    asked: list[Future[None]] = [Future() for _ in range(count)]
    for each in asked:
        rush.asked(each)
    return asked


def test_it_begins_with_many_questions_and_ends_with_few() -> None:
    rush = Rush()
    asked = begin(rush, MANY - 1)
    assert not rush.on
    asked += begin(rush, 1)
    assert rush.on
    for each in asked[: MANY - FEW - 1]:
        each.set_result(None)
    assert rush.on
    asked[-1].set_exception(ValueError())  # an error is an answer
    assert not rush.on


def test_what_can_wait_waits_until_the_rush_is_over_or_its_time_is_near() -> None:
    rush, closing = Rush(), threading.Event()
    asked = begin(rush, MANY)
    spare = [SOON + 1]
    done = threading.Event()

    def hold() -> None:
        rush.hold(lambda: spare[0], closing)
        done.set()

    threading.Thread(target=hold, daemon=True).start()
    assert not done.wait(0.8)
    spare[0] = SOON - 1
    assert done.wait(5)
    done.clear()
    spare[0] = SOON + 1
    threading.Thread(target=hold, daemon=True).start()
    assert not done.wait(0.2)
    for each in asked:
        each.set_result(None)
    assert done.wait(5)
    done.clear()
    begin(rush, MANY)
    threading.Thread(target=hold, daemon=True).start()
    closing.set()
    assert done.wait(5)


def test_the_more_waits_the_less_is_to_spare() -> None:
    queue: DeadlineQueue[int] = DeadlineQueue(lambda: NOW)
    assert queue.spare(1.0) > 1e9
    for number in range(10):
        queue.put(number, NOW + timedelta(seconds=1000 + number))
    assert queue.spare(1.0) == pytest.approx(990)
    assert queue.spare(50.0) == pytest.approx(500)


def test_a_border_check_goes_on_and_an_arrest_waits(desk: Desk) -> None:
    enrol(desk, 1, 2)
    asked = begin(desk._works.rush, MANY)
    desk.submit(BORDER, submission("B1", TransactionClass.BORDER_CHECK, 1))
    desk.submit(POLICE, submission("C0", TransactionClass.CRIMINAL_TENPRINT, 2))
    desk.submit(POLICE, submission("C1", TransactionClass.CRIMINAL_TENPRINT, 1))
    assert desk.wait(BORDER, "B1", 60) is not None
    # One had been waited for when the rush began.
    assert desk.wait(POLICE, "C0", 60) is not None
    assert desk.wait(POLICE, "C1", 1) is None
    assert desk.name_search(POLICE, NameQuery(who(2), Purpose.CRIMINAL_JUSTICE)).content
    for each in asked:
        each.set_result(None)
    assert desk.wait(POLICE, "C1", 60) is not None


def test_it_does_not_make_late(tmp_path: Path) -> None:
    near = {TransactionClass.CRIMINAL_TENPRINT: timedelta(seconds=SOON / 2)}
    how = replace(settings(tmp_path / "data"), deadlines=near)
    with Desk.open(how) as desk:
        begin(desk._works.rush, MANY)
        for number in (1, 2):
            name = f"C{number}"
            desk.submit(POLICE, submission(name, TransactionClass.CRIMINAL_TENPRINT, number))
        for number in (1, 2):
            assert desk.wait(POLICE, f"C{number}", 60) is not None


def test_closing_does_not_wait_for_the_end_of_a_rush(tmp_path: Path) -> None:
    desk = Desk.open(settings(tmp_path / "data"))
    begin(desk._works.rush, MANY)
    for number in (1, 2, 3):
        desk.submit(POLICE, submission(f"C{number}", TransactionClass.CRIMINAL_TENPRINT, number))
    closer = threading.Thread(target=desk.close)
    closer.start()
    closer.join(20)
    assert not closer.is_alive()
