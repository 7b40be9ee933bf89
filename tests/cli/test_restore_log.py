"""After a restore the log goes on where the operator says so, and nowhere else."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from tests.cli.process import tenprint_
from typer.testing import CliRunner

from tenprint.cli import app


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder ``data``, a backup of it, a checkpoint before and one after, the key, a restore."""
    place = tmp_path_factory.mktemp("place")
    folder = place / "data"
    folder.mkdir()
    agency = ("agency", "add")
    tenprint_(*agency, "XX01", "Example Police", "--kind", "police", folder=folder)
    keep = ("audit", "checkpoint", "--key-out", str(place / "pub"), "--out")
    tenprint_(*keep, str(place / "before"), folder=folder)
    (place / "word").write_text("a long passphrase\n")
    secret = ("--passphrase-file", str(place / "word"))
    tenprint_("backup", str(place / "b"), *secret, folder=folder)
    for number in range(2, 6):
        tenprint_(*agency, f"XX0{number}", "Another", "--kind", "border", folder=folder)
    tenprint_(*keep, str(place / "after"), folder=folder)
    tenprint_("restore", str(place / "b"), str(place / "again"), *secret, folder=folder)
    return place


def verified(place: Path, folder: Path, checkpoint: str, *more: str, check: int = 0) -> str:
    kept = ("--checkpoint", str(place / checkpoint), "--key", str(place / "pub"))
    return tenprint_("audit", "verify", *kept, *more, folder=folder, check=check)


def test_the_log_goes_on_from_a_checkpoint_kept_elsewhere(place: Path) -> None:
    folder = place / "again"
    accept = ("audit", "accept-restored")
    assert "tree-shorter" in verified(place, folder, "after", check=3)
    said = tenprint_(*accept, "--yes", folder=folder, check=3)
    assert "error [input]" in said
    assert "kept elsewhere" in said
    said = tenprint_(*accept, "--checkpoint", str(place / "before"), folder=folder, check=3)
    assert "error [conflict]: checkpoint: " in said
    said = tenprint_(*accept, "--checkpoint", str(place / "pub"), folder=folder, check=3)
    assert "error [input]: checkpoint: " in said
    after = (*accept, "--checkpoint", str(place / "after"))
    refused = CliRunner().invoke(app, [*after, "--folder", str(folder)], input="n\n")
    assert refused.exit_code == 1
    assert "Was this folder restored" in refused.stderr
    assert "restored backup" not in verified(place, folder, "before")
    told = json.loads(tenprint_(*after, "--yes", "--json", folder=folder))
    assert told["lost"] == (place / "after").read_text()
    (place / "fresh").write_text(told["checkpoint"])
    told = verified(place, folder, "fresh", "--earlier", str(place / "before"))
    assert "goes on from a restored backup at" in told
    assert "as it was" in told
    verified(place, folder, "after", check=3)  # it stays lost
    again = tenprint_(*after, "--yes", folder=folder)
    assert "The log goes on" in again


def test_the_log_goes_on_beside_the_checkpoints_of_what_was_lost(place: Path) -> None:
    folder = place / "third"
    secret = ("--passphrase-file", str(place / "word"))
    tenprint_("restore", str(place / "b"), str(folder), *secret, folder=folder)
    shutil.copytree(place / "data" / "checkpoints", folder / "checkpoints")
    said = tenprint_("audit", "checkpoint", folder=folder, check=3)
    assert "error [audit]" in said
    assert "tenprint audit accept-restored" in said
    done = CliRunner().invoke(
        app, ["audit", "accept-restored", "--folder", str(folder)], input="y\n"
    )
    assert done.exit_code == 0, done.output
    tenprint_("audit", "checkpoint", "--out", str(place / "new"), folder=folder)
    verified(place, folder, "new", "--earlier", str(place / "before"))
    said = tenprint_("audit", "accept-restored", "--yes", folder=folder, check=3)
    assert "nothing was lost" in said


def test_where_there_is_no_folder(tmp_path: Path) -> None:
    said = tenprint_("audit", "accept-restored", "--yes", folder=tmp_path / "none", check=3)
    assert "error [" in said
    assert not (tmp_path / "none").exists()
