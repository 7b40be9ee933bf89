"""The whole protocol on a few real prints."""

import json

import numpy as np
import pytest

from tenprint.evaluate import (
    TemplateCache,
    evaluate_fvc,
    extract_databases,
    find_databases,
    folder_subjects,
    measure_speed,
    speed_html,
)
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
    report = measure_speed([subject], command="a command")
    data = json.loads(json.dumps(report.to_json()))
    speed = data["subjects"]["DB1_B"]
    assert (speed["width"], speed["height"]) == (388, 374)
    for name in ("extract_ms", "template_bytes", "non_mated_per_second", "mated_per_second"):
        assert speed[name] > 0
    assert speed["cores_a_day"] == pytest.approx(speed["extract_ms"] * 2e6 / 86.4e6)
    assert "portable" in data["instruction_sets"]
    rows = report.rows()
    assert {len(row) for row in rows} == {2}
    page = speed_html(report)
    assert "a command" in page
    assert all(row[1] in page for row in rows)
    assert not np.isnan(speed["extract_p95_ms"])
