"""The command line, end to end on fictitious prints."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner, Result

from tenprint.cli import app
from tenprint.cli._inputs import finger_in_name, parse_finger
from tenprint.formats import read_templates
from tenprint.model import Finger
from tenprint.synth import person


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(each) for each in arguments])


def done(*arguments: object) -> dict:
    """A command's JSON, after success."""
    result = run(*arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


@pytest.fixture(scope="module")
def prints(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three people's right index and thumb, twice."""
    folder = tmp_path_factory.mktemp("prints")
    for seed in (1, 2, 3):
        for finger in (Finger.RIGHT_INDEX, Finger.RIGHT_THUMB):
            for impression in (1, 2):
                pixels = person(seed).fingers[finger].impression(impression)
                name = f"P{seed}_{finger.name.lower().replace('_', '-')}_{impression}.png"
                Image.fromarray(pixels).save(folder / name, dpi=(500, 500))
    return folder


@pytest.fixture(scope="module")
def gallery(prints: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first impressions of all three, enrolled as a folder."""
    folder, path = tmp_path_factory.mktemp("first"), tmp_path_factory.mktemp("g") / "g.tenprint"
    for file in prints.glob("*_1.png"):
        (folder / file.name).write_bytes(file.read_bytes())
    (folder / "notes.txt").write_text("left alone")
    found = done("enroll", path, "--folder", folder)
    assert [each["person"] for each in found["enrolled"]] == ["P1", "P2", "P3"]
    return path


def test_extract_writes_template_and_picture(prints: Path, tmp_path: Path) -> None:
    scan, picture = prints / "P1_right-index_1.png", tmp_path / "x.png"
    for form in ("iso-2005", "iso-2011", "ansi-2004", "ansi-2009", "tenprint"):
        written = tmp_path / f"{form}.out"
        found = done("extract", scan, "-o", written, "--format", form)
        assert found["finger"] == "right-index"
        assert found["quality"] > 30
        template = read_templates(written)[0]
        assert template.finger is Finger.RIGHT_INDEX
        assert len(template) == len(found["minutiae"])
    words = run("extract", scan, "--explain", picture)
    assert words.exit_code == 0
    assert "minutiae" in words.stdout
    with Image.open(picture) as shown:
        assert min(shown.size) > 900


def test_compare_says_same_or_different(prints: Path, tmp_path: Path) -> None:
    first, picture = prints / "P1_right-index_1.png", tmp_path / "c.png"
    same = done("compare", first, prints / "P1_right-index_2.png", "--explain", picture)
    assert same["score"] > 3
    assert same["fmr"] == pytest.approx(10 ** -same["score"])
    assert len(same["pairs"]) > 5
    with Image.open(picture) as shown:
        assert min(shown.size) > 900
    template = tmp_path / "t.tpm"
    done("extract", first, "-o", template)
    again = done("compare", template, prints / "P1_right-index_2.png")
    assert again["score"] == pytest.approx(same["score"])
    other = run("compare", first, prints / "P2_right-index_1.png", "--threshold", 3)
    assert other.exit_code == 1
    assert "score" in other.stdout


def test_identify_finds_and_does_not_find(gallery: Path, prints: Path, tmp_path: Path) -> None:
    both = [prints / "P2_right-index_2.png", prints / "P2_right-thumb_2.png"]
    found = done("identify", gallery, *both)
    assert found["hit"]
    assert found["people"] == 3
    assert found["candidates"][0]["person"] == "P2"
    assert set(found["candidates"][0]["fingers"]) == {"right-index", "right-thumb"}
    unknown = done("identify", gallery, both[0], "--finger", "unknown", "--limit", 1)
    assert [each["person"] for each in unknown["candidates"]] == ["P2"]
    stranger = tmp_path / "stranger.png"
    pixels = person(77).fingers[Finger.LEFT_RING].impression(1)
    Image.fromarray(pixels).save(stranger, dpi=(500, 500))
    nobody = run("identify", gallery, stranger, "--json", "--fpir", "1e-6")
    assert nobody.exit_code == 1
    assert not json.loads(nobody.stdout)["hit"]
    assert "nobody known" in run("identify", gallery, stranger, "--fpir", "1e-6").stdout
    assert "P2" in run("identify", gallery, *both).stdout


def test_enrol_from_files_add_list_show_delete(prints: Path, tmp_path: Path) -> None:
    path = tmp_path / "g.tenprint"
    index, thumb = prints / "P1_right-index_1.png", prints / "P1_right-thumb_1.png"
    found = done("enroll", path, "A", index, thumb, "--finger", "3", "--finger", "left-thumb")
    assert found["enrolled"][0]["fingers"] == ["right-middle", "left-thumb"]
    twice = run("enroll", path, "A", index)
    assert twice.exit_code == 3
    assert "error [person-exists]" in twice.stderr
    assert done("enroll", path, "A", index, "--add")["enrolled"][0]["encounter"] == 2
    assert done("gallery", "list", path) == {"people": ["A"]}
    info = done("gallery", "info", path)
    assert (info["people"], info["encounters"], info["format"]) == (1, 2, 2)
    assert (info["codes"], info["segments_repaired"]) == ("the package's", 0)
    assert "bytes per person" in run("gallery", "info", path).stdout
    assert "repaired" not in run("gallery", "info", path).stdout
    shown = done("gallery", "show", path, "A")["templates"]
    assert [each["finger"] for each in shown] == ["right-middle", "left-thumb", "right-index"]
    assert done("gallery", "delete", path, "A") == {"deleted": ["A"]}
    for command in ("show", "delete"):
        assert run("gallery", command, path, "A").exit_code == 1
    for command in ("info", "list"):
        assert run("gallery", command, path).exit_code == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ["extract", "nothing.png"],
        ["extract", "."],
        ["compare", "nothing.png", "nothing.png"],
        ["identify", "nothing.tenprint", "nothing.png"],
        ["gallery", "info", "nothing.tenprint"],
        ["gallery", "info", "."],
        ["enroll", "nothing.tenprint", "--folder", "nothing"],
        ["demo", "--prints", "nothing"],
    ],
)
def test_errors_are_one_line(
    arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = run(*arguments)
    assert result.exit_code == 3
    assert re.fullmatch(r"error \[[a-z-]+\]: [^\n]+\n", result.stderr)
    as_json = run(*arguments, "--json")
    assert as_json.exit_code == 3
    assert set(json.loads(as_json.stdout)["error"]) >= {"code", "message", "source"}
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "content", [b"", b"\0" * 1000, b"FMR\0 20\0", b"TPM\1", b"\x89PNG\r\n\x1a\n", b"\xff\xa0"]
)
def test_files_that_are_no_prints(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "scan.png"
    path.write_bytes(content)
    for arguments in (["extract", path], ["compare", path, path]):
        result = run(*arguments)
        assert result.exit_code == 3
        assert result.stderr.startswith("error [")
        assert "scan.png" in result.stderr


def test_poor_images_are_quality_zero_with_a_reason(tmp_path: Path) -> None:
    path = tmp_path / "white.png"
    Image.fromarray(np.full((300, 300), 255, np.uint8)).save(path, dpi=(500, 500))
    found = done("extract", path)
    assert found["quality"] == 0
    assert found["reason"]
    refused = run("enroll", tmp_path / "g.tenprint", "A", path)
    assert refused.exit_code == 3
    assert "error [template]" in refused.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["extract"],
        ["extract", "a.png", "--finger", "nose"],
        ["extract", "a.png", "--finger", "thumbs"],
        ["enroll", "g.tenprint"],
        ["enroll", "g.tenprint", "A", "a", "b", "c", "--finger", "1", "--finger", "2"],
        ["enroll", "g.tenprint", "A", "--folder", "x"],
        ["identify", "g.tenprint", "a.png", "--limit", "0"],
        ["evaluate", "fvc", "x", "--ppi", "DB2_B:569"],
        ["demo", "--ppi", "A=500"],
        ["nonsense"],
    ],
)
def test_wrong_calls_exit_with_two(arguments: list[str], tmp_path: Path) -> None:
    assert run(*[tmp_path / a if a == "a.png" else a for a in arguments]).exit_code in (2, 3)
    assert not Path("g.tenprint").exists()


def test_names_of_files_and_fingers() -> None:
    assert finger_in_name(Path("A_17_right-index_2.png")) == ("A_17", Finger.RIGHT_INDEX)
    assert finger_in_name(Path("Åsa_LEFT_little.wsq")) == ("Åsa", Finger.LEFT_LITTLE)
    # The numbers of FVC files are impressions, not fingers.
    assert finger_in_name(Path("101_3.tif")) is None
    assert parse_finger("Right Index") is parse_finger("2") is Finger.RIGHT_INDEX


def test_a_folder_of_unclear_names_is_refused(prints: Path, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "101_1.png").write_bytes((prints / "P1_right-index_1.png").read_bytes())
    result = run("enroll", tmp_path / "g.tenprint", "--folder", folder)
    assert result.exit_code == 3
    assert "PERSON_FINGER" in result.stderr


def test_synth_writes_prints_that_enroll_reads(tmp_path: Path) -> None:
    found = done("synth", tmp_path / "out", "--people", 1, "--impressions", 1, "--seed", 5)
    assert found["prints"] == 10
    files = sorted((tmp_path / "out").iterdir())
    assert len(files) == 10
    assert {finger_in_name(path)[1] for path in files} == set(map(Finger, range(1, 11)))


def test_a_hand_is_cut_into_fingers(shared_data: Path, tmp_path: Path) -> None:
    """The card's right hand, flat, finds the rolled fingers of the same card."""
    card = shared_data / "ansi-nist" / "tenprint-card"
    path = tmp_path / "g.tenprint"
    rolled = [card / f"fp-{number}.png" for number in (2, 3)]
    done("enroll", path, "card", *rolled, "--finger", "2", "--finger", "3", "--ppi", "500")
    found = done("identify", path, card / "fp-13.png", "--finger", "right-four", "--ppi", "500")
    assert found["hit"]
    assert set(found["candidates"][0]["fingers"]) == {"right-index", "right-middle"}


def test_version() -> None:
    assert done("version")["tenprint"]
    assert run("version").exit_code == 0
    assert run("--help").exit_code == 0


def test_evaluate_fvc_on_real_prints(shared_data: Path, tmp_path: Path) -> None:
    folder = tmp_path / "few" / "DB1_B"
    folder.mkdir(parents=True)
    for finger in (101, 102, 103):
        for impression in (1, 2):
            name = f"{finger}_{impression}.tif"
            (folder / name).write_bytes((shared_data / "fvc2002/DB1_B" / name).read_bytes())
    figures, page = tmp_path / "f.json", tmp_path / "r.html"
    result = run("evaluate", "fvc", folder.parent, "--json", figures, "--report", page)
    assert result.exit_code == 0, result.output
    found = json.loads(figures.read_text())
    assert set(found) >= {"databases", "mean_eer", "pooled", "rank1", "extract_ms", "compare_us"}
    assert set(found["databases"]) == {"DB1_B"}
    assert "EER" in result.stdout
    assert page.read_text().startswith("<!doctype html>")
    alone = run("evaluate", "fvc", folder, "--json", "-")
    assert json.loads(alone.stdout)["rank1"] == found["rank1"]
