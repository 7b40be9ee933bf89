"""A desk killed at random moments loses nothing and answers nothing twice."""

from pathlib import Path

from tests.desk.kills import check, kill_often
from tests.desk.worker import PEOPLE


def test_a_killed_desk_answers_everything_once(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    accepted = kill_often(folder, 4, 2.0, told=lambda turn: None)
    counts = check(folder, accepted)
    assert counts["accepted"] > 0
    assert counts["people"] <= PEOPLE
