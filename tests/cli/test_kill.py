"""The service killed at random moments, seen by its clients: nothing lost, nothing twice."""

from pathlib import Path

from tests.cli.kills import PEOPLE, PICTURED, Killing, receiving


def test_a_killed_service_answers_everything_once(tmp_path: Path) -> None:
    with receiving() as receiver:
        killing = Killing(tmp_path / "data", receiver)
        killing.prepare()
        killing.run(5, 1.0, told=lambda turn: None)
        counts = killing.check()
    assert counts["accepted"] > 0
    assert counts["people"] <= PEOPLE + PICTURED
    assert counts["cut off"] > 0
