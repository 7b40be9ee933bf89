"""Enrolling and finding people."""

import os
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tenprint
import tenprint.extract
from tenprint import Finger, Gallery, Template
from tenprint.match import best_of, compare, fuse
from tenprint.model import (
    TEN_FINGERS,
    InputError,
    PersonExistsError,
    PersonNotFoundError,
    StoreBusyError,
    StoreError,
    TemplateError,
    make_minutiae,
)

People = dict[str, dict[Finger, Template]]


def template(seed: int, minutiae: int = 40, finger: Finger = Finger.UNKNOWN) -> Template:
    """Minutiae of nobody, scattered evenly."""
    rng = np.random.default_rng(seed)
    x, y = rng.integers(20, 340, (2, minutiae))
    rows = make_minutiae(x, y, rng.uniform(0, 6.2, minutiae), 1, 90)
    return Template(rows, 360, 360, 80, finger)


def again(original: Template, seed: int) -> Template:
    """The same finger once more: shifted, with noise, some minutiae lost."""
    rng = np.random.default_rng(seed)
    m = original.minutiae[rng.random(len(original)) > 0.15]
    x = m["x"] + rng.normal(14, 1.5, len(m))
    y = m["y"] + rng.normal(-6, 1.5, len(m))
    rows = make_minutiae(x, y, m["angle"] + rng.normal(0, 0.06, len(m)), m["kind"], 90)
    return Template(rows, 400, 400, 80, original.finger)


@pytest.fixture(scope="module")
def town() -> People:
    return {
        f"P{person}": {finger: template(100 * person + finger) for finger in TEN_FINGERS}
        for person in range(12)
    }


@pytest.fixture
def gallery(town: People) -> Gallery:
    opened = Gallery.open(":memory:")
    opened.enroll_many(town.items())
    return opened


def test_ten_fingers_find_their_person(gallery: Gallery, town: People) -> None:
    probe = {finger: again(t, finger) for finger, t in town["P7"].items()}
    found = gallery.identify(probe, limit=3)
    assert [len(found), found[0].person] == [3, "P7"]
    assert set(found[0].fingers) == set(TEN_FINGERS)
    assert found[0].score > found[1].score + 5
    assert found[0].extrapolated
    assert found[0].score == pytest.approx(fuse(found[0].fingers), rel=1e-5)


def test_one_finger_scores_as_compare_says(gallery: Gallery, town: People) -> None:
    probe = again(town["P3"][Finger.LEFT_RING], 1)
    best = gallery.identify({Finger.LEFT_RING: probe}, limit=1)[0]
    assert best.person == "P3"
    assert best.score == pytest.approx(compare(probe, town["P3"][Finger.LEFT_RING]), abs=1e-4)
    assert list(best.fingers) == [Finger.LEFT_RING]


def test_a_bare_template_is_of_unknown_position(gallery: Gallery, town: People) -> None:
    probe = replace(again(town["P5"][Finger.LEFT_THUMB], 1), finger=Finger.RIGHT_INDEX)
    best = gallery.identify(probe)[0]
    single = compare(probe, town["P5"][Finger.LEFT_THUMB])
    assert (best.person, list(best.fingers)) == ("P5", [Finger.LEFT_THUMB])
    assert best.score == pytest.approx(best_of([single] * 10), abs=1e-3)
    assert best.score < single


def test_two_unknown_prints_use_two_fingers(gallery: Gallery, town: People) -> None:
    probes = [again(town["P5"][f], 1) for f in (Finger.LEFT_THUMB, Finger.RIGHT_LITTLE)]
    best = gallery.identify(probes)[0]
    assert best.person == "P5"
    assert set(best.fingers) == {Finger.LEFT_THUMB, Finger.RIGHT_LITTLE}
    twice = gallery.identify([probes[0], probes[0]])[0]
    assert len(set(twice.fingers)) == 2
    assert twice.score < best.score


def test_an_enrolled_print_of_unknown_position_is_found(gallery: Gallery) -> None:
    gallery.enroll("X", {Finger.UNKNOWN: [template(9001), template(9002)]})
    best = gallery.identify({Finger.RIGHT_RING: again(template(9002), 3)})[0]
    assert (best.person, list(best.fingers)) == ("X", [Finger.RIGHT_RING])
    assert best.matches[0].enrolled is Finger.UNKNOWN
    assert best.matches[0].view == 1
    both = gallery.identify([again(template(9001), 1), again(template(9002), 1)])[0]
    assert both.person == "X"
    assert len(both.matches) == 2


def test_fingers_missing_on_either_side(gallery: Gallery, town: People) -> None:
    gallery.enroll("one hand", {f: template(7000 + f) for f in TEN_FINGERS[:4]})
    probe = {f: again(template(7000 + f), 2) for f in TEN_FINGERS}
    best = gallery.identify(probe)[0]
    assert best.person == "one hand"
    assert set(best.fingers) == set(TEN_FINGERS[:4])
    only_left = {f: again(town["P1"][f], 1) for f in TEN_FINGERS[5:]}
    people = [c.person for c in gallery.identify(only_left, limit=100)]
    assert people[0] == "P1"
    assert "one hand" not in people


def test_impressions_of_several_encounters_count(gallery: Gallery) -> None:
    gallery.enroll("A", {Finger.RIGHT_INDEX: [template(5501), template(5502)]})
    assert gallery.add("A", {Finger.RIGHT_INDEX: template(5503)}).encounter == 2
    for seed, where in ((5501, (1, 0)), (5502, (1, 1)), (5503, (2, 0))):
        best = gallery.identify({Finger.RIGHT_INDEX: again(template(seed), 5)})[0]
        assert best.person == "A"
        assert (best.matches[0].encounter, best.matches[0].view) == where
    prints = [replace(template(seed), finger=Finger.RIGHT_INDEX) for seed in (5501, 5502, 5503)]
    assert gallery.templates("A") == {Finger.RIGHT_INDEX: prints}


def test_plain_thumbs_are_thumbs(gallery: Gallery, town: People) -> None:
    probe = again(town["P2"][Finger.RIGHT_THUMB], 1)
    best = gallery.identify({Finger.PLAIN_RIGHT_THUMB: probe})[0]
    assert (best.person, list(best.fingers)) == ("P2", [Finger.RIGHT_THUMB])


def test_the_deleted_are_not_found(gallery: Gallery, town: People) -> None:
    probe = {f: again(t, f) for f, t in town["P7"].items()}
    gallery.delete("P7")
    assert "P7" not in gallery
    assert len(gallery) == 11
    assert all(each.person != "P7" for each in gallery.identify(probe, limit=100))
    for wrong in (
        lambda: gallery.delete("P7"),
        lambda: gallery.templates("P7"),
        lambda: gallery.add("P7", town["P7"]),
    ):
        with pytest.raises(PersonNotFoundError):
            wrong()
    gallery.enroll("P7 again", town["P7"])
    assert gallery.identify(probe)[0].person == "P7 again"


def test_a_gallery_is_kept(tmp_path: Path, town: People) -> None:
    path = tmp_path / "town.tenprint"
    with Gallery.open(path) as gallery:
        gallery.enroll_many(town.items(), batch=5)
        gallery.delete("P1")
        probe = {f: again(t, f) for f, t in town["P7"].items()}
        before = gallery.identify(probe)
    with Gallery.open(path, create=False) as gallery:
        assert gallery.people() == [person for person in town if person != "P1"]
        assert gallery.identify(probe) == before
        assert gallery.info()["encounters"] == 11
    with pytest.raises(StoreError, match="closed"):
        gallery.identify(probe)


def test_two_processes_see_each_other(tmp_path: Path, town: People) -> None:
    path = tmp_path / "town.tenprint"
    with Gallery.open(path) as one, Gallery.open(path, private_index=True) as other:
        with pytest.raises(StoreBusyError, match=f"process .number {os.getpid()}."):
            Gallery.open(path)
        one.enroll("P1", town["P1"])
        assert "P1" in other
        other.enroll("P2", town["P2"])
        one.enroll("P3", town["P3"])
        other.delete("P1")
        assert one.people() == other.people() == ["P2", "P3"]
        for gallery in (one, other):
            assert gallery.identify(again(town["P2"][Finger(4)], 1))[0].person == "P2"
        with pytest.raises(PersonExistsError):
            one.enroll("P2", town["P2"])


def test_limit_and_threshold(gallery: Gallery, town: People) -> None:
    probe = {Finger.RIGHT_INDEX: again(town["P3"][Finger.RIGHT_INDEX], 1)}
    everybody = gallery.identify(probe, limit=100)
    assert len(everybody) == 12
    assert [c.score for c in everybody] == sorted((c.score for c in everybody), reverse=True)
    assert gallery.identify(probe, limit=3) == everybody[:3]
    assert [c.person for c in gallery.identify(probe, threshold=4.0)] == ["P3"]
    for limit, threshold in ((0, None), (1001, None), (1, float("nan"))):
        with pytest.raises(InputError):
            gallery.identify(probe, limit, threshold)


def test_the_shortlist_keeps_the_best() -> None:
    """With more people than are fused, the answer is the same as by comparing one by one."""
    with Gallery.open(":memory:") as gallery:
        people = {f"P{n}": template(n, 25) for n in range(450)}
        gallery.enroll_many((name, {Finger.RIGHT_INDEX: t}) for name, t in people.items())
        probe = again(people["P333"], 2)
        slow = sorted((compare(probe, t) for t in people.values()), reverse=True)
        found = gallery.identify({Finger.RIGHT_INDEX: probe}, limit=20)
        assert found[0].person == "P333"
        assert [c.score for c in found] == pytest.approx(slow[:20], abs=1e-4)


def test_unusable_prints(gallery: Gallery) -> None:
    good = template(1)
    bad = Template(good.minutiae, 360, 360, 0, reason="smudged")
    empty = Template(good.minutiae[:0], 360, 360, 50)
    kept = gallery.enroll("A", {Finger(1): good, Finger(2): bad, Finger(3): empty})
    assert kept.fingers == (Finger.RIGHT_THUMB,)
    assert kept.left_out == {Finger.RIGHT_INDEX: "smudged", Finger.RIGHT_MIDDLE: "quality 0"}
    assert list(gallery.templates("A")) == [Finger.RIGHT_THUMB]
    with pytest.raises(TemplateError, match="B, right index: smudged"):
        gallery.enroll("B", {Finger.RIGHT_INDEX: bad})
    with pytest.raises(TemplateError, match="C, right index: smudged"):
        gallery.enroll_many([("C", {Finger.RIGHT_INDEX: bad})])
    with pytest.raises(TemplateError, match="unknown: smudged"):
        gallery.identify(bad)
    assert gallery.identify({Finger(1): good, Finger(2): bad})[0].person == "A"
    assert "B" not in gallery


@pytest.mark.parametrize("person", ["", "x" * 201, "a\nb", "a\0b", "\x7f", "\ud800", 7, None])
def test_identifiers_that_are_none(gallery: Gallery, person: Any) -> None:
    with pytest.raises(InputError, match="identifier"):
        gallery.enroll(person, {Finger(1): template(1)})


@given(st.text(st.characters(exclude_categories=("Cc", "Cs", "Cn")), min_size=1, max_size=200))
@settings(max_examples=30, deadline=None)
def test_any_other_identifier_comes_back(person: str) -> None:
    with Gallery.open(":memory:") as gallery:
        gallery.enroll(person, {Finger(1): template(1)})
        assert gallery.people() == [person]
        assert gallery.identify(template(1))[0].person == person


@pytest.mark.parametrize(
    "fingers",
    [
        {},
        {Finger.PLAIN_RIGHT_FOUR: template(1)},
        {99: template(1)},
        {"thumb": template(1)},
        {Finger(1): []},
        {Finger(1): "template"},
        {Finger(1): 5},
        {Finger(1): [template(1)] * 101},
        [template(1)],
    ],
)
def test_fingers_that_cannot_be_enrolled(gallery: Gallery, fingers: Any) -> None:
    with pytest.raises(InputError):
        gallery.enroll("A", fingers)
    assert "A" not in gallery


@pytest.mark.parametrize("probe", [{}, [], ["x"], 5, None, {Finger.PLAIN_THUMBS: template(1)}])
def test_probes_that_are_none(gallery: Gallery, probe: Any) -> None:
    with pytest.raises(InputError):
        gallery.identify(probe)


def test_an_empty_gallery_finds_nobody() -> None:
    with Gallery.open(":memory:") as gallery:
        assert gallery.identify(template(1)) == []
        assert len(gallery) == 0


def test_an_error_stops_a_bulk_enrolment_between_batches(town: People) -> None:
    done: list[int] = []
    people = [*town.items(), ("P0", town["P0"])]
    with Gallery.open(":memory:") as gallery:
        with pytest.raises(PersonExistsError):
            gallery.enroll_many(people, batch=4, progress=done.append)
        assert done == [4, 8, 12]
        assert len(gallery) == 12


def test_changes_while_searching(tmp_path: Path, town: People) -> None:
    """Searches always find who stays, while others come and go."""
    wrong: list[object] = []
    stop = threading.Event()
    with Gallery.open(tmp_path / "town.tenprint") as gallery:
        gallery.enroll("stays", town["P0"])
        probe = {f: again(t, f) for f, t in town["P0"].items()}

        def look() -> None:
            try:
                while not stop.is_set():
                    if (found := gallery.identify(probe))[0].person != "stays":
                        wrong.append(found)
            except BaseException as error:
                wrong.append(error)

        def change(number: int) -> None:
            for turn in range(8):
                gallery.enroll(f"{number}/{turn}", town[f"P{number}"])
                if turn % 2:
                    gallery.delete(f"{number}/{turn}")

        searchers = [threading.Thread(target=look) for _ in range(2)]
        changers = [threading.Thread(target=change, args=(n,)) for n in (1, 2)]
        for thread in (*searchers, *changers):
            thread.start()
        for thread in changers:
            thread.join()
        stop.set()
        for thread in searchers:
            thread.join()
        assert not wrong
        assert len(gallery) == 9


def test_the_front_door() -> None:
    """The names others call are on the package; the room of the same name stays a room."""
    assert callable(tenprint.extract)
    assert tenprint.extract.Extractor is tenprint.Extractor
    for name in tenprint.__all__:
        assert getattr(tenprint, name) is not None
    with pytest.raises(AttributeError, match="no attribute"):
        _ = tenprint.nothing


def test_real_prints(shared_data: Path) -> None:
    """The second impression finds the first, whether its position is known or not."""
    folder = shared_data / "fvc2002" / "DB1_B"
    with Gallery.open(":memory:") as gallery:
        for finger in range(101, 105):
            enrolled = tenprint.extract(folder / f"{finger}_1.tif", ppi=500)
            gallery.enroll(str(finger), {Finger.RIGHT_INDEX: enrolled})
        for finger in range(101, 105):
            probe = tenprint.extract(folder / f"{finger}_2.tif", ppi=500)
            assert gallery.identify({Finger.RIGHT_INDEX: probe})[0].person == str(finger)
            assert gallery.identify(probe)[0].person == str(finger)
