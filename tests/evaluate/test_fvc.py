"""Reports from scores: the JSON others read, and the rates in it."""

import json

import numpy as np
import pytest

from tenprint.evaluate import assess, equal_error_rate, fnmr_at_fmr


def test_the_json_has_the_promised_shape(make_scored, tmp_path):
    scored = [make_scored("DB1"), make_scored("DB2", seed=1)]
    report = assess(scored, replicates=20, rank1=0.5, extract_ms=40.0, compare_us=5.0)
    report.write_json(tmp_path / "report.json")
    data = json.loads((tmp_path / "report.json").read_text())
    assert list(data["databases"]) == ["DB1", "DB2"]
    for rates in data["databases"].values():
        assert list(rates) == ["eer", "fmr100", "fmr1000", "zerofmr", "genuine", "impostor"]
        assert (rates["genuine"], rates["impostor"]) == (280, 2880)
    assert list(data["pooled"]) == ["fnmr_at_fmr_1e-3", "fnmr_at_fmr_1e-4"]
    assert (data["rank1"], data["extract_ms"], data["compare_us"]) == (0.5, 40.0, 5.0)
    assert set(data["calibration"]) == {"DB1", "DB2", "pooled"}


def test_rates_are_those_of_the_scores(make_scored):
    scored = [make_scored("DB1"), make_scored("DB2", seed=1)]
    report = assess(scored, replicates=0)
    errors = [equal_error_rate(each.genuine, each.impostor) for each in scored]
    assert [report.databases[name].eer for name in ("DB1", "DB2")] == errors
    assert report.mean_eer == pytest.approx(np.mean(errors))
    genuine = np.concatenate([each.genuine for each in scored])
    impostor = np.concatenate([each.impostor for each in scored])
    assert report.pooled["fnmr_at_fmr_1e-3"] == fnmr_at_fmr(genuine, impostor, 1e-3)
    assert report.databases["DB1"].zerofmr == fnmr_at_fmr(
        scored[0].genuine, scored[0].impostor, 0.0
    )
    assert report.intervals == {}


def test_intervals_hold_the_rates(make_scored):
    report = assess([make_scored("DB1")], replicates=200)
    for name, (low, high) in report.databases["DB1"].interval.items():
        assert 0 <= low <= getattr(report.databases["DB1"], name) <= high <= 1
    low, high = report.intervals["mean_eer"]
    assert low < report.mean_eer < high
