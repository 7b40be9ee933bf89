import threading

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenprint.formats import unpack_many
from tenprint.match import TemplateSet, best_of, compare, explain, fuse, support
from tenprint.model import Finger, Template, make_minutiae
from tenprint.synth import population


def finger(seed: int, count: int = 40) -> Template:
    random = np.random.default_rng(seed)
    return Template(
        make_minutiae(
            random.integers(20, 320, count),
            random.integers(20, 380, count),
            random.uniform(0, 6.28, count),
            quality=random.integers(40, 100, count),
        ),
        388,
        420,
    )


def again(template: Template, seed: int, turn: float = 0.3) -> Template:
    random = np.random.default_rng(seed)
    m = template.minutiae[random.random(len(template)) < 0.8]
    x, y = m["x"] - 180.0, m["y"] - 200.0
    c, s = np.cos(turn), np.sin(turn)
    xs = np.clip(c * x + s * y + 200 + random.normal(0, 2, len(m)), 0, 450)
    ys = np.clip(-s * x + c * y + 210 + random.normal(0, 2, len(m)), 0, 450)
    return Template(make_minutiae(xs, ys, m["angle"] + turn, quality=m["quality"]), 500, 500)


def test_mates_and_strangers_are_told_apart() -> None:
    mated = [compare(finger(k), again(finger(k), k)) for k in range(10)]
    others = [compare(finger(k), finger(j)) for k in range(10) for j in range(k)]
    assert min(mated) > 5
    assert max(others) < 3


def test_an_explanation_names_the_motion_and_each_pairs_part() -> None:
    first = finger(3)
    second = again(first, 4, turn=0.3)
    found = explain(first, second)
    assert found.score == compare(first, second)
    assert found.rotation == pytest.approx(0.3, abs=0.03)
    assert len(found.pairs) > 20
    # Also where the score itself has reached its ceiling.
    assert found.pairs["contribution"][0] == found.pairs["contribution"].max() > 0.1
    assert len(set(found.pairs["probe"])) == len(found.pairs) == len(set(found.pairs["candidate"]))
    # The motion carries matched minutiae onto each other.
    c, s = np.cos(found.rotation), np.sin(found.rotation)
    a, b = first.minutiae[found.pairs["probe"]], second.minutiae[found.pairs["candidate"]]
    x = c * a["x"] + s * a["y"] + found.dx
    y = -s * a["x"] + c * a["y"] + found.dy
    assert np.median(np.hypot(x - b["x"], y - b["y"])) < 6


def test_templates_with_too_little_score_nothing() -> None:
    empty = Template(make_minutiae([], [], []), 10, 10)
    one = Template(make_minutiae([5], [5], [1.0]), 10, 10)
    for few in (empty, one):
        assert compare(few, finger(1)) == compare(finger(1), few) == compare(few, few) == 0
        assert len(explain(few, finger(1)).pairs) == 0


def test_no_print_is_as_convincing_as_the_very_same_one() -> None:
    # Few minutiae agree fully with themselves; that must not be explained away as chance.
    fingers = (Finger.LEFT_INDEX, Finger.RIGHT_LITTLE)
    first, later = (
        unpack_many(list(population(1000, 150, seed=5, impression=each, fingers=fingers)))
        for each in (0, 1)
    )
    usable = [k for k, each in enumerate(first) if each.quality > 0]
    assert min(len(first[k]) for k in usable) < 12
    for k in usable:
        itself = compare(first[k], first[k])
        assert itself > support(), (k, len(first[k]))
        assert itself >= compare(later[k], first[k])
        assert itself >= compare(first[k - 2], first[k])


def test_a_set_scores_as_single_comparisons_do() -> None:
    templates = [finger(k) for k in range(20)]
    many = TemplateSet(templates)
    probe = again(templates[7], 1)
    scores = many.compare(probe)
    assert scores.tolist() == [np.float32(compare(probe, t)) for t in templates]
    assert many.compare(probe, [7, 3]).tolist() == scores[[7, 3]].tolist()
    many.discard(7)
    assert many.compare(probe)[7] == 0
    assert many.append(templates[7]) == 20
    assert many.compare(probe)[20] == scores[7]
    with pytest.raises(IndexError):
        many.compare(probe, [21])


def test_a_set_is_searched_while_it_grows() -> None:
    many, probe = TemplateSet([finger(0)]), again(finger(0), 1)
    expected = many.compare(probe)[0]
    errors: list[str] = []

    def search() -> None:
        for _ in range(200):
            if many.compare(probe)[0] != expected:
                errors.append("another score")

    threads = [threading.Thread(target=search) for _ in range(3)]
    for thread in threads:
        thread.start()
    for k in range(1, 200):
        many.append(finger(k, 10))
    for thread in threads:
        thread.join()
    assert not errors
    assert len(many) == 200


@given(st.lists(st.floats(0, 20), min_size=1, max_size=10))
def test_fusion_is_calibrated_and_monotone(scores: list[float]) -> None:
    fused = fuse(scores)
    assert 0 <= fused <= sum(scores) + 1e-9
    assert fuse([*scores[:-1], scores[-1] + 0.5]) >= fused
    if len(scores) == 1:
        assert fused == pytest.approx(scores[0], abs=1e-9)


def test_fused_strangers_reach_a_score_as_often_as_it_says() -> None:
    random = np.random.default_rng(1)
    fused = [fuse((-np.log10(random.random(4))).tolist()) for _ in range(20_000)]
    assert np.mean(np.array(fused) >= 2) == pytest.approx(0.01, abs=0.003)
    best = [best_of((-np.log10(random.random(10))).tolist()) for _ in range(20_000)]
    assert np.mean(np.array(best) >= 2) == pytest.approx(0.01, abs=0.003)


def test_fusing_nothing_is_zero_and_names_do_not_matter() -> None:
    assert fuse([]) == fuse({}) == best_of([]) == 0
    assert fuse({Finger.LEFT_THUMB: 3.0, Finger.RIGHT_RING: 2.0}) == fuse([2.0, 3.0])
