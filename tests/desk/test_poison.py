"""A transaction that ends the process each time does not do so for ever."""

from pathlib import Path

import pytest
from tests.desk.world import POLICE, settings, submission

from tenprint.desk import Desk, _workflows
from tenprint.model import Outcome, TransactionClass


def test_what_fails_three_times_is_answered_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries = []

    def broken(*_arguments: object) -> None:
        tries.append(1)
        raise RuntimeError("broken")

    monkeypatch.setattr("tenprint.desk._steps.prepare", broken)
    with Desk.open(settings(tmp_path / "data")) as desk:
        desk.submit(POLICE, submission("T", TransactionClass.CRIMINAL_TENPRINT, 1))
        answer = desk.wait(POLICE, "T", 60)
        assert answer is not None
        assert answer.outcome is Outcome.REJECTED
        assert [f["code"] for f in answer.content["faults"]] == ["processing"]
        assert "broken" not in answer.text
        assert len(tries) == 3
        assert desk.load().errors == {"RuntimeError": 3}


def test_what_was_begun_too_often_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = settings(tmp_path / "data")
    with Desk.open(given) as desk:
        desk._works.admitted = lambda row: None  # as if the process ended here
        desk.submit(POLICE, submission("T", TransactionClass.CRIMINAL_TENPRINT, 1))
    monkeypatch.setattr(_workflows, "spent", lambda name: True)
    with Desk.open(given) as desk:
        answer = desk.wait(POLICE, "T", 60)
        assert answer is not None
        assert answer.outcome is Outcome.REJECTED
