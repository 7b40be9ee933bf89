"""The commands about names."""

import json

from typer.testing import CliRunner

from tenprint.cli import app


def test_compare() -> None:
    result = CliRunner().invoke(app, ["names", "compare", "Jon Smyth", "SMITH, John", "--json"])
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert 0.8 < found["score"] < 1
    assert [part["kind"] for part in found["parts"]] == ["word", "word"]
    shown = CliRunner().invoke(app, ["names", "compare", "Jon Smyth", "SMITH, John"])
    assert shown.exit_code == 0
    assert "smyth" in shown.stdout


def test_bench() -> None:
    result = CliRunner().invoke(
        app, ["bench", "names", "--people", "1000", "--searches", "2", "--json", "-"]
    )
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert found["people"] == 1000
    assert found["recall_at_10"] > 0.9
    assert found["missed_by_identifier"] == 0
