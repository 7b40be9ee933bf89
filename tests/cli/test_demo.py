"""The demo, small: a fictitious town, and one of real prints."""

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tenprint.api import Settings
from tenprint.cli import app
from tenprint.cli.demo import fictitious_town, town_of_prints
from tenprint.cli.demo._scenes import plan
from tenprint.cli.demo._service import examiners
from tenprint.desk import CaseState, Desk
from tenprint.model import TEN_FINGERS, Finger, InputError, TransactionClass


def check_page(page: Path) -> None:
    html = page.read_text(encoding="utf-8")
    assert html.startswith("<!doctype html>")
    assert "A border check" in html
    # Self-contained: nothing is fetched from anywhere.
    assert not re.search(r'(?:src|href)="(?!data:)', html)
    assert "prefers-color-scheme:dark" in html


def test_a_fictitious_morning(tmp_path: Path) -> None:
    out = tmp_path / "demo"
    command = ["demo", "--people", "4", "--out", str(out), "--json"]
    result = CliRunner().invoke(app, command)
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    titles = [scene["title"] for scene in told["scenes"]]
    assert titles == [
        "A border check",
        "A stranger at the border",
        "A booking",
        "A job applicant",
        "Someone unknown",
        "Someone with four fingers",
        "The applicant again",
    ]
    assert [len(scene["fingers"]) for scene in told["scenes"]] == [2, 2, 10, 10, 1, 4, 5]
    assert told["prints"] == 40
    assert all(scene["right"] for scene in told["scenes"])
    assert [scene["class"] for scene in told["scenes"]] == [
        "border-check",
        "border-check",
        "criminal-tenprint",
        "civil-check",
        "tenprint-search",
        "tenprint-search",
        "civil-check",
    ]
    found = {scene["title"]: scene["found"] for scene in told["scenes"]}
    assert found["A stranger at the border"] is None
    assert found["A booking"] == "T-003"
    assert found["Someone with four fingers"] == "T-004"
    check_page(out / "index.html")
    assert len(list((out / "pictures").glob("*.png"))) >= 5
    assert (out / "service" / "people.tenprint").is_file()
    # Passwords are nobody else's to read, and each user has one.
    assert (out / "sign-in.txt").stat().st_mode & 0o077 == 0
    words = (out / "sign-in.txt").read_text().split()
    assert words[::2] == ["examiner-1", "examiner-2", "examiner-3", "border-1", "operator"]
    assert len(set(words)) == 10
    assert told["cases"] >= 2  # of so few people not every kind of case can be made


def test_the_desk_that_played_the_morning_serves_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    served: list[Settings] = []

    def serve(desk: Desk, settings: Settings) -> None:
        check_morning(desk)
        served.append(settings)

    monkeypatch.setattr("tenprint.cli._demo.serve_desk", serve)
    command = ["demo", "--people", "8", "--out", str(tmp_path / "out"), "--serve"]
    result = CliRunner().invoke(app, command, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    assert [each.second_factor for each in served] == [False]
    assert "cases wait for examiners" in result.stdout


def check_morning(desk: Desk) -> None:
    """Cases in every state, one of ten fingers with images on both sides; traffic; a flag, a seal;
    and the clock is right in the end."""
    assert abs(desk.settings.clock() - datetime.now(UTC)) < timedelta(seconds=1)
    who = examiners()
    waiting = {case.transaction: case for case in desk.cases(who["examiner-1"])}
    states = {name: case.state for name, case in waiting.items()}
    assert states == {
        "smudged-2": "conflict", "smudged-3": "open", "booking-dry-fingers": "open",
    }  # fmt: skip
    closed = desk.cases(who["examiner-1"], state=CaseState.CLOSED)
    findings = {each.finding for each in closed if each.transaction == "smudged-1"}
    assert "identification" in findings
    # A third decides where two differ: the first examiner has not yet.
    assert not any(case.mine for case in waiting.values())
    view = desk.case(who["examiner-1"], waiting["booking-dry-fingers"].id)
    assert len(view.fingers) >= 8
    for side in (view.probe, view.candidate):
        assert len({each.finger for each in side if each.image is not None}) >= 8
    load = desk.load()
    assert load.classes[TransactionClass.BORDER_CHECK].answered > 100
    assert sum(each.late for each in load.classes.values()) == 0
    assert load.at - load.opened_at > timedelta(hours=4)
    minutes = desk.latencies().minutes[TransactionClass.BORDER_CHECK]
    assert sum(point.answered > 0 for point in minutes) > 40
    with desk.store.reading() as connection:
        wanted = desk.records.person(connection, "T-001")
        sealed = desk.records.person(connection, "T-005")
    assert [flag.kind for flag in wanted.flags] == ["wanted"]
    assert sealed.status == "sealed"


# The files of FVC2002 state no resolution.
@pytest.mark.filterwarnings("ignore:.*no usable resolution")
def test_a_town_of_real_prints(shared_data: Path, tmp_path: Path) -> None:
    town = town_of_prints(shared_data / "fvc2002", {"DB2_B": 569})
    assert sorted((len(each.fingers) for each in town.residents), reverse=True)[:3] == [10, 5, 1]
    assert len(town.residents) == 25
    assert len(town.strangers) == 2
    enrolled = town.residents[-1].take(Finger.UNKNOWN, 0, False)
    for occasion in range(1, 12):
        probe = town.residents[-1].take(Finger.UNKNOWN, occasion, False)
        assert probe.source != enrolled.source


def test_few_real_prints_are_enough(shared_data: Path, tmp_path: Path) -> None:
    folder = tmp_path / "DB1_B"
    folder.mkdir()
    for finger in (101, 102, 103, 104, 105):
        for impression in (1, 2):
            name = f"{finger}_{impression}.tif"
            (folder / name).write_bytes((shared_data / "fvc2002/DB1_B" / name).read_bytes())
    command = ["demo", "--prints", str(folder), "--out", str(tmp_path / "out")]
    for _ in range(2):  # the second time over the first
        result = CliRunner().invoke(app, command)
        assert result.exit_code == 0, result.output
        assert "answers are right" in result.stdout
    check_page(tmp_path / "out" / "index.html")
    (folder / "101_1.tif").unlink()
    (folder / "101_2.tif").unlink()
    (folder / "102_1.tif").unlink()
    with pytest.raises(InputError, match="at least four fingers"):
        town_of_prints(folder)


def test_every_part_has_a_player() -> None:
    scenes = plan(fictitious_town(4))
    visitors = [scene.visitor.person for scene in scenes]
    assert visitors[0] == "T-002"
    assert visitors[2] == "T-003"
    assert {len(scene.fingers) for scene in scenes if scene.rolled} == {10}
    assert all(set(scene.fingers) <= set(TEN_FINGERS) for scene in scenes)
