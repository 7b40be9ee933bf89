"""Verifying in the background: one at a time, in another process, given up at the end."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from tests.audit.conftest import Clock
from tests.audit.events import codes, events, log

from tenprint.audit import Sequencer, Verification, Verifying, _verifying
from tenprint.model import InputError, ServiceUnavailableError
from tenprint.process import Process
from tenprint.store import TruthStore


@pytest.fixture
def verifying(where: str, store: TruthStore, clock: Clock) -> Iterator[Verifying]:
    made = Verifying(where, busy_timeout=5, clock=clock)
    yield made
    made.close()


def until(true: Callable[[], object]) -> None:
    limit = time.monotonic() + 60
    while not true():
        assert time.monotonic() < limit
        time.sleep(0.02)


def ended(verifying: Verifying) -> Verification:
    until(lambda: verifying.look()[0] is None)
    last = verifying.look()[1]
    assert last is not None
    return last


class Halted(Process):
    """Another process that stands still once it is open, as if the log were endless."""

    @classmethod
    def opened(cls, *arguments: Any, **options: Any) -> Process:
        process = Process.opened(*arguments, **options)
        os.kill(process.pid, signal.SIGSTOP)
        return process


@pytest.fixture
def halted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_verifying, "Process", Halted)


def pid_of(verifying: Verifying) -> int:
    until(lambda: verifying.pid)
    assert verifying.pid is not None
    return verifying.pid


def test_what_was_changed_is_found(
    verifying: Verifying, store: TruthStore, sequencer: Sequencer
) -> None:
    log(store, events(300))
    signed = sequencer.checkpoint()
    assert verifying.look() == (None, None)
    assert verifying.start(signed.text, sequencer.public_key(), "ada")
    first = ended(verifying)
    assert first.report is not None
    assert first.report.ok
    assert first.report.size == first.report.signed == signed.size
    assert (first.by, first.checkpoint, first.problem) == ("ada", signed, None)
    assert first.ended is not None
    assert first.ended > first.began
    with store.transaction() as connection:
        connection.execute(text("UPDATE audit_entries SET actor = 'nobody' WHERE subject = 'P-5'"))
    assert verifying.look() == (None, first)  # kept until the next
    assert verifying.start(signed.text, sequencer.public_key(), "bob")
    second = ended(verifying)
    assert second.report is not None
    assert not second.report.ok
    assert "entry-changed" in codes(second.report)
    assert second.by == "bob"


def test_one_at_a_time_and_how_far_it_is(
    verifying: Verifying,
    store: TruthStore,
    sequencer: Sequencer,
    monkeypatch: pytest.MonkeyPatch,
    halted: None,
) -> None:
    monkeypatch.setattr(_verifying, "_PAUSE", 0.005)
    log(store, events(24_000))
    signed, key = sequencer.checkpoint(), sequencer.public_key()
    assert verifying.start(signed.text, key, "ada")
    pid = pid_of(verifying)
    assert not verifying.start(signed.text, key, "bob")
    running, last = verifying.look()
    assert running is not None
    assert (running.by, running.report, last) == ("ada", None, None)
    assert verifying.pid == pid
    os.kill(pid, signal.SIGCONT)
    seen = set()
    while (running := verifying.look()[0]) is not None:
        seen.add((running.done, running.leaves))
        time.sleep(0.002)
    assert seen & {(5000 * n, signed.size) for n in range(1, 5)}
    found = ended(verifying)
    assert found.report is not None
    assert found.report.ok
    assert (found.by, found.done, found.leaves) == ("ada", signed.size, signed.size)


def test_it_is_given_up_where_the_service_ends(
    where: str, store: TruthStore, sequencer: Sequencer, clock: Clock, halted: None
) -> None:
    log(store, events(10))
    signed, key = sequencer.checkpoint(), sequencer.public_key()
    verifying = Verifying(where, busy_timeout=5, clock=clock)
    assert verifying.start(signed.text, key, "ada")
    pid = pid_of(verifying)
    verifying.close()
    assert not Path(f"/proc/{pid}").exists()
    assert verifying.pid is None
    with pytest.raises(ServiceUnavailableError):
        verifying.start(signed.text, key, "ada")
    verifying.close()


def test_a_process_that_is_killed_is_told_of(
    verifying: Verifying,
    store: TruthStore,
    sequencer: Sequencer,
    monkeypatch: pytest.MonkeyPatch,
    halted: None,
) -> None:
    log(store, events(10))
    signed, key = sequencer.checkpoint(), sequencer.public_key()
    assert verifying.start(signed.text, key, "ada")
    os.kill(pid_of(verifying), signal.SIGKILL)
    found = ended(verifying)
    assert found.report is None
    assert found.problem == "The process that verifies has ended before it was done."
    monkeypatch.setattr(_verifying, "Process", Process)
    assert verifying.start(signed.text, key, "ada")
    assert ended(verifying).report is not None


def test_what_is_no_checkpoint_and_no_key_is_refused_at_once(
    verifying: Verifying, store: TruthStore, sequencer: Sequencer
) -> None:
    log(store, events(10))
    signed, key = sequencer.checkpoint(), sequencer.public_key()
    for checkpoint, public in (("", key), (signed.text[:-1], key), (signed.text, "x+y+z")):
        with pytest.raises(InputError):
            verifying.start(checkpoint, public, "ada")
    assert verifying.look() == (None, None)
