"""The command line's care for a gallery: rebuild, refit, extract again; mixed-up fingers."""

import json
from pathlib import Path

import pytest
from PIL import Image
from typer.testing import CliRunner, Result

from tenprint import Finger, Gallery
from tenprint.cli import app
from tenprint.cli._inputs import originals, read_prints
from tenprint.formats import encode_wsq
from tenprint.store import Original, TruthStore
from tenprint.synth import person, population

INDEX, THUMB = Finger.RIGHT_INDEX, Finger.RIGHT_THUMB


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(each) for each in arguments])


def done(*arguments: object) -> dict:
    """A command's JSON, after success."""
    result = run(*arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


@pytest.fixture(scope="module")
def prints(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two people's right index and thumb, twice; P2's second index as WSQ."""
    folder = tmp_path_factory.mktemp("prints")
    for seed in (1, 2):
        for finger in (INDEX, THUMB):
            for impression in (1, 2):
                pixels = person(seed).fingers[finger].impression(impression)
                name = f"P{seed}_{finger.name.lower().replace('_', '-')}_{impression}.png"
                Image.fromarray(pixels).save(folder / name, dpi=(500, 500))
    pixels = person(2).fingers[INDEX].impression(2)
    (folder / "P2_right-index_2.png").unlink()
    (folder / "P2_right-index_2.wsq").write_bytes(encode_wsq(pixels))
    return folder


def stored(path: Path, name: str, encounter: int = 1) -> list[Original]:
    with TruthStore.open(path, create=False) as store:
        return store.originals_of(store.ids_of([name])[name], encounter)


def test_originals_are_kept_where_asked(prints: Path, tmp_path: Path) -> None:
    path, template = tmp_path / "g.tenprint", tmp_path / "t.ist"
    index, thumb = prints / "P2_right-index_2.wsq", prints / "P2_right-thumb_1.png"
    done("extract", prints / "P2_right-index_1.png", "-o", template, "--format", "iso-2005")
    done("enroll", path, "B", index, template, thumb, "--keep-originals", "--ppi", 510)
    assert stored(path, "B") == [
        Original(INDEX, 510, "image/x-wsq", index.read_bytes()),
        Original(THUMB, 510, "image/png", thumb.read_bytes()),
    ]
    done("enroll", path, "B", thumb, "--add")
    assert stored(path, "B", 2) == []
    done("enroll", path, "B", thumb, "--add", "--keep-originals", "--finger", "left-thumb")
    kept = Original(Finger.LEFT_THUMB, 500, "image/png", thumb.read_bytes())
    assert stored(path, "B", 3) == [kept]
    whole = tmp_path / "whole.tenprint"
    found = done("enroll", whole, "--folder", prints, "--keep-originals")
    assert [each["person"] for each in found["enrolled"]] == ["P1", "P2"]
    assert len(stored(whole, "P1")) == len(stored(whole, "P2")) == 4
    assert done("gallery", "delete", whole, "P2") == {"deleted": ["P2"]}
    with TruthStore.open(whole) as store:
        assert store.count_originals() == 1


def test_a_slap_is_kept_as_one_image(shared_data: Path) -> None:
    slap = shared_data / "ansi-nist" / "tenprint-card" / "fp-13.png"
    found = read_prints(slap, finger=Finger.PLAIN_RIGHT_FOUR, ppi=500)
    assert len(found) > 1
    assert [(each.finger, each.ppi) for each in originals(found)] == [(Finger(13), 500)]


def test_reextract_replaces_what_has_images(prints: Path, tmp_path: Path) -> None:
    path = tmp_path / "g.tenprint"
    index = prints / "P1_right-index_1.png"
    done("enroll", path, "A", index, "--keep-originals")
    done("enroll", path, "B", prints / "P2_right-index_1.png")
    with Gallery.open(path) as gallery, TruthStore.open(path) as store:
        (good,) = store.encounters_of([1])
        (other,) = store.encounters_of([2])
        store.replace_packed([(1, 1, other.packed)])
        assert gallery.templates("A") == gallery.templates("B")
    found = done("gallery", "reextract", path)
    assert found == {
        "replaced": 1,
        "without_originals": 1,
        "changed_meanwhile": 0,
        "unusable": [],
    }
    with TruthStore.open(path) as store:
        assert store.encounters_of([1]) == [good]
    best = done("identify", path, prints / "P1_right-index_2.png")["candidates"][0]
    assert best["person"] == "A"
    words = run("gallery", "reextract", path)
    assert words.exit_code == 0
    assert "1 encounters extracted again; 1 without images" in words.stdout


def test_reextract_names_images_that_do_not_serve(prints: Path, tmp_path: Path) -> None:
    path = tmp_path / "g.tenprint"
    index = prints / "P1_right-index_1.png"
    done("enroll", path, "A", index)
    broken = Original(INDEX, 500, "image/png", index.read_bytes()[:300])
    with TruthStore.open(path) as store:
        (known,) = store.encounters_of([1])
        store.replace_encounter("A", 1, known.packed, [broken])
    (failed,) = done("gallery", "reextract", path)["unusable"]
    assert (failed["person"], failed["encounter"]) == ("A", 1)
    assert failed["reason"].startswith("right index: ")
    assert "warning: A, encounter 1: right index" in run("gallery", "reextract", path).stderr


def test_rebuild_and_refit(tmp_path: Path) -> None:
    path = tmp_path / "g.tenprint"
    made = population(0, 100, seed=5)
    data, at = made.data.tobytes(), made.offsets
    with Gallery.open(path) as gallery:
        few = [(f"P{n}", data[at[10 * n] : at[10 * n + 10]]) for n in range(99)]
        gallery.enroll_packed(few)
    assert done("gallery", "rebuild", path) == {"people": 99}
    assert "99 people" in run("gallery", "rebuild", path).stdout
    refused = run("gallery", "refit", path)
    assert refused.exit_code == 3
    assert "error [input]" in refused.stderr
    assert "needs 1000 prints" in refused.stderr
    with Gallery.open(path) as gallery:
        gallery.enroll_packed([("P99", data[at[990] : at[1000]])])
    assert done("gallery", "refit", path, "--sample", 1000) == {"people": 100}
    assert done("gallery", "info", path)["codes"] == "its own"
    own = Path(f"{path}.index") / "code.tpc"
    own.write_bytes(own.read_bytes()[:-1])
    damaged = run("gallery", "info", path)
    assert damaged.exit_code == 3
    assert "error [store-format]" in damaged.stderr
    assert "Remove this file" in damaged.stderr


def test_mixed_up_fingers_are_named(prints: Path, tmp_path: Path) -> None:
    path = tmp_path / "g.tenprint"
    for name in ("P1", "P2"):
        files = [prints / f"{name}_{each}_1.png" for each in ("right-index", "right-thumb")]
        done("enroll", path, name, *files)
    probe = [prints / f"P1_{each}_2.png" for each in ("right-index", "right-thumb")]
    found = done("identify", path, *probe)["candidates"][0]
    assert (found["person"], found["sequence"]) == ("P1", {})
    swapped = (*probe, "--finger", "right-thumb", "--finger", "right-index")
    found = done("identify", path, *swapped)["candidates"][0]
    assert found["person"] == "P1"
    assert found["sequence"] == {"right-index": "right-thumb", "right-thumb": "right-index"}
    words = run("identify", path, *swapped).stdout
    assert "mixed-up fingers, P1: " in words
    assert "right index is right thumb" in words
