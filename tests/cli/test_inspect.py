"""``tenprint inspect``."""

import json
from pathlib import Path

from tests.formats.cards import card, finger_records
from typer.testing import CliRunner

from tenprint.cli import app
from tenprint.formats import write_itl
from tenprint.model import Finger

SAMPLE = Path(__file__).parents[1] / "formats/samples/card.eft"


def run(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["inspect", *map(str, arguments)])
    return result.exit_code, result.stdout


def test_a_good_card(tmp_path: Path) -> None:
    code, text = run(SAMPLE, "--images", tmp_path / "out")
    assert code == 0
    assert "CAR  Criminal Tenprint Submission (Answer Required) (criminal-tenprint)" in text
    assert "2.018  NAM  KESTRELFORD-OST,QUINLANA MIREL" in text
    assert "image: plain right four, 1600 x 1000, 500 ppi, WSQ20" in text
    assert "no faults" in text
    written = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert len(written) == 5
    assert written[0] == "record-03-type-14-right-thumb.wsq"
    assert (tmp_path / "out" / written[0]).read_bytes()[:2] == b"\xff\xa0"


def test_as_json() -> None:
    code, text = run(SAMPLE, "--json")
    found = json.loads(text)
    assert (code, found["transaction"], found["faults"]) == (0, "CAR", [])
    assert {"field": "2.018", "name": "NAM", "subfields": [["KESTRELFORD-OST,QUINLANA MIREL"]]} in (
        found["records"][1]["fields"]
    )
    slap = found["images"][-1]
    assert slap["finger"] == "plain-right-four"
    assert slap["missing"] == [["right-ring", "UP"]]
    assert [each["finger"] for each in slap["segments"]] == [
        "right-index",
        "right-middle",
        "right-little",
    ]


def test_faults_are_shown_and_the_exit_code_says_so(tmp_path: Path) -> None:
    bad = tmp_path / "bad.eft"
    twice = [*finger_records([Finger.RIGHT_INDEX]), *finger_records([Finger.RIGHT_INDEX])]
    bad.write_bytes(write_itl(card(twice, tot="XYZ")) + b"\x1b[31m")
    code, text = run(bad)
    assert code == 3
    assert "[trailing-data]" in text
    assert "[transaction]" in text
    assert "\x1b" not in text
    assert run(bad, "--json")[0] == 3


def test_what_is_no_such_file(tmp_path: Path) -> None:
    none = tmp_path / "none.eft"
    none.write_bytes(b"PK")
    code, text = run(none)
    assert code == 3
    assert "[not-itl]" in text
    assert run(tmp_path / "missing.eft")[0] == 3
    assert run(SAMPLE, "--images", tmp_path / "no" / "folder")[0] == 3
