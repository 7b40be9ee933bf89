"""Measuring names, on few people."""

from tenprint.evaluate import evaluate_names
from tenprint.synth import VARIATIONS


def test_figures_of_a_small_index() -> None:
    found = evaluate_names(1000, 10)
    assert set(found["recall"]) == {*VARIATIONS, "two changes", "three changes"}
    assert found["recall_at_10"] > 0.95
    assert found["missed_by_identifier"] == 0
    assert found["bytes_per_person"] > 0
