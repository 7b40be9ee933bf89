"""The whole protocol on a few real prints."""

import json

import numpy as np
import pytest

from tenprint import _native
from tenprint.evaluate import (
    Subject,
    TemplateCache,
    evaluate_fvc,
    extract_databases,
    find_databases,
    folder_subjects,
    measure_speed,
    speed_html,
    synthetic_subjects,
)
from tenprint.formats import ResolutionWarning
from tenprint.model import InputError, Template, make_minutiae


def test_protocol_over_a_folder(prints, tmp_path):
    stages = set()
    report = evaluate_fvc(
        prints,
        ppi={"DB1_B": 500},
        replicates=10,
        cache=tmp_path / "cache",
        progress=lambda stage, done, total: stages.add(stage),
        command="a command",
    )
    data = json.loads(json.dumps(report.to_json()))
    assert data["databases"]["DB1_B"]["genuine"] == 4
    assert data["databases"]["DB1_B"]["impostor"] == 6
    # Two of the genuine pairs have the broken file.
    assert data["databases"]["DB1_B"]["zerofmr"] == 0.5
    assert data["rank1"] == pytest.approx(2 / 3)
    assert data["extract_ms"] > 0
    assert data["compare_us"] > 0
    assert [failure["file"] for failure in data["failures"]] == ["102_3.tif"]
    assert data["command"] == "a command"
    assert data["settings"]["ppi"] == {"DB1_B": 500}
    assert {"extract", "compare DB1_B", "identify at rank 1", "intervals"} <= stages
    assert len(list((tmp_path / "cache").iterdir())) == 4


def test_an_assumed_resolution_is_told_once(prints, tmp_path):
    databases = find_databases(prints)
    for _ in range(2):  # the second time from the cache
        with pytest.warns(ResolutionWarning, match="DB1_B: 4 images") as told:
            (extracted,) = extract_databases(databases, cache=tmp_path)
        assert len(told) == 1
        assert extracted.assumed == 4


def test_an_unknown_database_has_no_resolution(prints):
    with pytest.raises(InputError, match="No database is called 'DB9'") as caught:
        extract_databases(find_databases(prints), ppi={"DB9": 500})
    assert caught.value.field == "ppi"


def test_the_cache_gives_back_what_was_put(tmp_path):
    image = tmp_path / "1_1.png"
    image.write_bytes(b"one")
    cache = TemplateCache(tmp_path / "cache")
    template = Template(make_minutiae([10.0], [20.0], [1.0]), 100, 100, 50)
    assert cache.get(image, None) is None
    cache.put(image, None, template)
    assert cache.get(image, None) == template
    assert cache.get(image, 569) is None
    image.write_bytes(b"another")
    assert cache.get(image, None) is None


def test_a_damaged_cache_entry_counts_as_absent(tmp_path):
    image = tmp_path / "1_1.png"
    image.write_bytes(b"one")
    cache = TemplateCache(tmp_path / "cache")
    cache.put(image, None, Template(make_minutiae([10.0], [20.0], [1.0]), 100, 100, 50))
    (entry,) = (tmp_path / "cache").iterdir()
    entry.write_bytes(entry.read_bytes()[:5])
    assert cache.get(image, None) is None


def test_speed_of_a_folder(prints):
    (subject,) = folder_subjects(prints, ppi={"DB1_B": 500})
    assert subject.finger.tolist() == [0, 0, 1, 1]
    report = measure_speed([subject], levels=False, command="a command")
    data = json.loads(json.dumps(report.to_json()))
    speed = data["subjects"]["DB1_B"]
    assert (speed["width"], speed["height"]) == (388, 374)
    for name in ("extract_ms", "template_bytes", "non_mated_per_second", "mated_per_second"):
        assert speed[name] > 0
    assert speed["cores_a_day"] == pytest.approx(speed["extract_ms"] * 2e6 / 86.4e6)
    rows = report.rows()
    assert {len(row) for row in rows} == {2}
    page = speed_html(report)
    assert "a command" in page
    assert all(row[1] in page for row in rows)


def test_every_instruction_set_is_timed_and_the_best_left_in_force(prints):
    (subject,) = folder_subjects(prints, ppi={"DB1_B": 500})
    before = _native.level()
    report = measure_speed([Subject("one", subject.images[1:3], np.array([0, 1]))])
    assert _native.level() == before
    assert list(report.levels) == ["portable", "AVX2", "AVX-512"][: before + 1]
    for speeds in report.levels.values():
        assert speeds["one"].extract_ms > 0
        assert speeds["one"].non_mated_per_second > 0
    assert report.subjects["one"].mated_per_second is None
    assert len(report.rows()[0]) == 2


def test_speed_subjects_of_plain_files(prints, tmp_path):
    for number, name in enumerate(("101_1.tif", "102_1.tif")):
        (tmp_path / f"fp-{number}.tif").write_bytes((prints / name).read_bytes())
    (tmp_path / "fp-9.png").write_bytes(b"not an image")
    (subject,) = folder_subjects(tmp_path, ppi={tmp_path.name: 500})
    assert subject.finger.tolist() == [0, 1]
    for path in tmp_path.glob("*.tif"):
        path.unlink()
    with pytest.raises(InputError, match="No image of the folder can be read"):
        folder_subjects(tmp_path)


def test_speed_without_a_folder_is_of_fictitious_prints():
    flat, rolled = synthetic_subjects(impressions=1)
    assert [subject.name for subject in (flat, rolled)] == ["flat", "rolled"]
    assert len(flat.images) == len(rolled.images) == 10
    assert flat.images[0].pixels.shape == (374, 388)
    assert rolled.images[0].pixels.shape == (752, 804)
