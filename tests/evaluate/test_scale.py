"""Growing galleries: the pool, recombined people, the figures and their page."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from tenprint.cli import app
from tenprint.evaluate import _pool, _scale, evaluate_scale, scale_html
from tenprint.evaluate._pool import Pool, Recombined
from tenprint.formats import unpack_all
from tenprint.gallery import load_parameters
from tenprint.match import packed_directory
from tenprint.model import InputError, StoreError, StoreFormatError


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts of 60 people instead of 20,000."""
    monkeypatch.setattr(_pool, "PART", 60)


@pytest.fixture
def folks(tmp_path: Path) -> Recombined:
    """150 people of the hands of 120, of whom the last 10 have hands of their own."""
    pool, own = Pool(tmp_path / "pool", 120), Pool(tmp_path / "own", 10, _scale.SEARCHED)
    for each in (pool, own):
        each.make(1)
        each.open()
    return Recombined(pool, 400, own)


def test_no_two_people_have_the_same_hands(folks: Recombined) -> None:
    right, left = folks.donors(np.arange(1, folks.mixed + 1))
    assert len(set(zip(right.tolist(), left.tolist(), strict=True))) == folks.mixed


def test_codes_are_those_of_the_templates(folks: Recombined) -> None:
    code = load_parameters()
    for number in (1, 61, 120, 121, 300, folks.mixed, folks.mixed + 1, 400):
        packed = folks.fetch([number])[0].packed
        templates = unpack_all(packed)
        assert [int(t.finger) for t in templates] == list(range(1, 11))
        rows = folks.rows(number, 1)
        data = np.frombuffer(packed, np.uint8)
        found = packed_directory(data, np.array([0]), np.array([len(data)]))
        codes = code.encode(data, found.starts, found.stops)
        assert np.array_equal(rows.codes[0, 1:], codes)
        assert rows.qualities[0, 1:].tolist() == [t.quality for t in templates]


def test_the_searched_share_no_hand(folks: Recombined) -> None:
    everybody = folks.fetch(range(1, 401))
    own = {each.packed for each in everybody[folks.mixed :]}
    assert len(own) == 10
    hands = [unpack_all(each.packed) for each in everybody]
    keys = [{t.minutiae.tobytes() for t in hand} for hand in hands]
    others = set().union(*keys[: folks.mixed])
    assert all(not (key & others) for key in keys[folks.mixed :])


def test_a_pool_goes_on_where_it_stopped(tmp_path: Path) -> None:
    Pool(tmp_path / "pool", 60).make(1)
    before = {p.name: p.stat().st_mtime_ns for p in (tmp_path / "pool").glob("0000*")}
    Pool(tmp_path / "pool", 120).make(2)
    assert {p.name: p.stat().st_mtime_ns for p in (tmp_path / "pool").glob("0000*")} == before
    assert len(list((tmp_path / "pool").glob("0001*"))) == len(before)
    with pytest.raises(StoreFormatError, match="other people"):
        Pool(tmp_path / "pool", 60, first=7).make(1)


def test_figures(tmp_path: Path) -> None:
    found = evaluate_scale(
        300, 8, keep=tmp_path, strangers=6, fingers=(10, 2), threads=2, peers=True
    )
    for key in (
        "people", "bytes_per_person", "build_s", "open_s", "search_s_median", "search_s_p95",
        "searches_per_s_batched", "scan_gb_per_s", "memory_read_gb_per_s", "rss_gb",
        "miss_rate_stage1", "penetration", "rank1",
    ):  # fmt: skip
        assert key in found
    assert found["bytes_per_person"] <= 256
    assert (found["miss_rate_stage1"], found["rank1"], found["penetration"]) == (0, 1, 1)
    assert found["first_answer_right"]
    assert found["by_fingers"]["10"]["agrees_with_exhaustive"] == 1
    assert found["strangers"]["searches"] == 6
    again = evaluate_scale(300, 8, keep=tmp_path, fingers=(10,), threads=1, peers=False)
    assert again["build_s"] is None
    assert again["rank1"] == 1
    # Others are searched for: the kept gallery is not theirs.
    fewer = evaluate_scale(300, 5, keep=tmp_path, fingers=(10,), threads=1, peers=False)
    assert fewer["build_s"] is not None
    assert (fewer["miss_rate_stage1"], fewer["rank1"]) == (0, 1)
    page = scale_html([found, {**again, "people": 600}])
    assert "Missed by the scan" in page
    with pytest.raises(InputError):
        scale_html([{"people": 1}])


def test_a_damaged_gallery_is_not_measured(tmp_path: Path) -> None:
    evaluate_scale(300, 8, keep=tmp_path, fingers=(10,), peers=False)
    plane = tmp_path / "gallery-300-8" / "plane03.tpx"
    data = bytearray(plane.read_bytes())
    data[5000] ^= 1
    plane.write_bytes(data)
    with pytest.raises(StoreError, match="damaged"):
        evaluate_scale(300, 8, keep=tmp_path, fingers=(10,), peers=False)


def test_commands(tmp_path: Path) -> None:
    run = CliRunner()
    arguments = ["--keep", str(tmp_path / "k"), "--searches", "4", "--fingers", "10", "--no-peers"]
    file = tmp_path / "300.json"
    done = run.invoke(app, ["bench", "scale", "--people", "300", "--json", str(file), *arguments])
    assert done.exit_code == 0, done.output
    assert json.loads(file.read_text())["people"] == 300
    page = tmp_path / "page.html"
    assert run.invoke(app, ["bench", "curves", str(file), "--report", str(page)]).exit_code == 0
    assert page.read_text().startswith("<!doctype html>")
    wrong = run.invoke(app, ["bench", "scale", "--people", "300", "--fingers", "3", *arguments[:4]])
    assert wrong.exit_code == 3
    assert "3 fingers" in wrong.output
    arguments = ["bench", "strangers", "--people", "300", "--keep", str(tmp_path / "k")]
    for searches in ("5", "9"):  # the second run adds to the first
        done = run.invoke(app, [*arguments, "--searches", searches, "--json", str(file)])
        assert done.exit_code == 0, done.output
        for each in json.loads(file.read_text())["by_fingers"].values():
            assert each["searches"] == int(searches)
            assert each["at"]["1e-01"]["false_candidates"] <= int(searches)
            assert each["at"]["1e-01"]["needed_score"] < each["at"]["1e-03"]["needed_score"]
    assert run.invoke(app, [*arguments, "--fingers", "x"]).exit_code == 3


def test_a_peer_that_cannot_be_loaded_is_told_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "faiss.py").write_text("import no_such_module_of_faiss")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "faiss", raising=False)
    with pytest.raises(InputError, match="faiss is installed and cannot be loaded"):
        evaluate_scale(300, 8, keep=tmp_path / "k", fingers=(10,))
    assert not (tmp_path / "k").exists()
