"""What is done to a whole gallery: derived again, fitted, extracted again."""

import io
import shutil
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tenprint import Extractor, Finger, FingerImage, Gallery, Template
from tenprint.formats import pack
from tenprint.gallery import ReextractReport, load_parameters
from tenprint.gallery._gate import Gate
from tenprint.gallery._refit import LEAST_PRINTS
from tenprint.model import InputError, StoreBusyError, StoreFormatError, StoreVersionError
from tenprint.store import Original, TruthStore
from tenprint.synth import person, population, population_person

INDEX, THUMB = Finger.RIGHT_INDEX, Finger.LEFT_THUMB
PEOPLE = 150  # of ten fingers each


def png(pixels: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG", dpi=(500, 500))
    return buffer.getvalue()


def image(seed: int, finger: Finger = INDEX, impression: int = 1) -> Original:
    pixels = person(seed).fingers[finger].impression(impression)
    return Original(finger, 500, "image/png", png(pixels))


@pytest.fixture(scope="module")
def templates() -> dict[int, tuple[Template, Template]]:
    """Of three people's index: the first impression's template, and the second's."""
    extractor = Extractor()

    def one(seed: int, impression: int) -> Template:
        pixels = person(seed).fingers[INDEX].impression(impression)
        return extractor.extract(FingerImage(pixels, 500, False, "test"), finger=INDEX)

    return {seed: (one(seed, 1), one(seed, 2)) for seed in (1, 2, 3)}


def poor(template: Template) -> Template:
    """What a bad extractor might have found: a third of the minutiae, and those inexactly."""
    few = template.minutiae[::3].copy()
    few["x"] = few["x"] + np.arange(len(few)) % 5
    return replace(template, minutiae=few, quality=20)


def test_originals_are_extracted_again(
    tmp_path: Path, templates: dict[int, tuple[Template, Template]]
) -> None:
    path = tmp_path / "g.tenprint"
    told: list[tuple[int, int]] = []
    with Gallery.open(path) as gallery:
        for seed, (first, _) in templates.items():
            gallery.enroll(f"P{seed}", {INDEX: poor(first)}, originals=[image(seed)])
        gallery.enroll("no image", {INDEX: poor(templates[1][0])})
        before = {n: gallery.identify(t[1], limit=4) for n, t in templates.items()}
        report = gallery.reextract(progress=lambda *each: told.append(each))
        assert report == ReextractReport(replaced=3, without_originals=1)
        assert told == [(3, 3)]
        for seed, (first, second) in templates.items():
            assert gallery.templates(f"P{seed}") == {INDEX: [first]}
            best = gallery.identify(second)[0]
            assert best.person == f"P{seed}"
            old = {each.person: each.score for each in before[seed]}
            assert best.score > old[best.person] + 1
        assert gallery.templates("no image") == {INDEX: [poor(templates[1][0])]}
        assert gallery.reextract() == report  # images stay, and give the same again
        found = gallery.identify(templates[2][1])
    with Gallery.open(path) as gallery:
        assert gallery.identify(templates[2][1]) == found


def test_nothing_is_lost_where_images_do_not_serve(
    templates: dict[int, tuple[Template, Template]],
) -> None:
    """White and broken images, templates without an image, two templates of one image."""
    first, second = templates[1]
    white = Original(INDEX, 500, "image/png", png(np.full((300, 300), 255, np.uint8)))
    broken = Original(INDEX, 500, "image/png", image(1).image[:500])
    thumb = replace(poor(second), finger=THUMB)
    with Gallery.open(":memory:") as gallery:
        gallery.enroll("white", {INDEX: poor(first)}, originals=[white])
        gallery.enroll("broken", {INDEX: poor(first)}, originals=[broken])
        gallery.enroll("more", {INDEX: poor(first), THUMB: thumb}, originals=[image(1), white])
        gallery.enroll("twice", {INDEX: [poor(first), poor(second)]}, originals=[image(1)])
        report = gallery.reextract()
        assert (report.replaced, report.changed_meanwhile) == (1, 0)
        assert set(report.unusable) == {("white", 1), ("broken", 1), ("twice", 1)}
        assert "right index" in report.unusable["white", 1]
        assert "cut off" in report.unusable["broken", 1]
        for name in ("white", "broken"):
            assert gallery.templates(name) == {INDEX: [poor(first)]}
        assert gallery.templates("more") == {INDEX: [first], THUMB: [thumb]}
        assert gallery.templates("twice") == {INDEX: [poor(first), poor(second)]}


def test_who_is_changed_meanwhile_is_left_alone(
    tmp_path: Path, templates: dict[int, tuple[Template, Template]]
) -> None:
    """While images are extracted one person is deleted, and another gets other prints."""
    path = tmp_path / "g.tenprint"
    newer = pack(templates[3][1])
    done = threading.Lock()

    class Slow(Extractor):
        def extract(self, *given: object, **options: object) -> Template:
            with done, TruthStore.open(path) as store:
                if store.id_of("P2"):
                    store.delete("P2")
                    store.replace_encounter("P3", 1, newer)
            return super().extract(*given, **options)  # type: ignore[arg-type]

    with Gallery.open(path) as gallery:
        for seed, (first, _) in templates.items():
            gallery.enroll(f"P{seed}", {INDEX: poor(first)}, originals=[image(seed)])
        report = gallery.reextract(Slow())
        assert report == ReextractReport(replaced=1, changed_meanwhile=2)
        assert gallery.people() == ["P1", "P3"]
        assert gallery.templates("P1") == {INDEX: [templates[1][0]]}
        assert gallery.templates("P3") == {INDEX: [templates[3][1]]}
        assert gallery.identify(templates[3][1])[0].person == "P3"


def fill(gallery: Gallery, people: int = PEOPLE) -> None:
    made = population(0, people, seed=5)
    data, at = made.data.tobytes(), made.offsets
    packed = [data[at[10 * n] : at[10 * n + 10]] for n in range(people)]
    gallery.enroll_packed((f"P{n}", each) for n, each in enumerate(packed))


def right(gallery: Gallery) -> bool:
    """Whether some people are found by another impression of three fingers."""
    fingers = (Finger(2), Finger(7), Finger(8))
    for number in range(0, 100, 25):
        probe = population_person(number, seed=5, impression=1, fingers=fingers)
        if gallery.identify(probe, limit=1)[0].person != f"P{number}":
            return False
    return True


def test_codes_are_fitted_to_the_gallery(tmp_path: Path) -> None:
    path = tmp_path / "g.tenprint"
    told: list[tuple[str, int, int]] = []
    with Gallery.open(path) as gallery:
        fill(gallery)
        assert gallery.info()["codes"] == "the package's"
        gallery.delete("P3")
        before = gallery._matrix.planes[2].data.copy()  # type: ignore[union-attr]
        assert gallery.refit(1200, progress=lambda *each: told.append(each)) == PEOPLE - 1
        assert told[:2] == [("read prints", 1200, 1200), ("fit codes", 1, 1)]
        assert told[2:] == [("derive codes", PEOPLE, PEOPLE)]
        assert gallery.info()["codes"] == "its own"
        name = gallery._code.name
        after = gallery._matrix.planes[2].data.copy()  # type: ignore[union-attr]
        assert name != load_parameters().name
        assert not np.array_equal(before, after)
        assert right(gallery)
        gallery.enroll("new", population_person(900, seed=5))
    with Gallery.open(path) as gallery:
        assert gallery._code.name == gallery._matrix.code == name
        info = gallery.info()
        assert (info["segments_repaired"], info["index_discarded"]) == (0, "")
        assert right(gallery)
        assert gallery.identify(population_person(900, seed=5, impression=1))[0].person == "new"
        assert gallery.refit(1200, seed=1) == PEOPLE
        assert gallery._code.name != name
        assert right(gallery)


@pytest.mark.parametrize(
    ("damage", "kind"),
    [
        (lambda data: data[:1000], StoreFormatError),
        (lambda data: data[:-9] + bytes(9), StoreFormatError),
        (lambda data: b"", StoreFormatError),
        (lambda data: b"TPC\x02" + data[4:], StoreVersionError),
    ],
)
def test_damaged_parameters_are_told_with_the_remedy(tmp_path: Path, damage, kind: type) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "g.tenprint"
    with Gallery.open(path) as gallery:
        gallery.enroll("new", population_person(900, seed=5))
    own = Path(f"{path}.index") / "code.tpc"
    load_parameters().save(own)
    own.write_bytes(damage(own.read_bytes()))
    with pytest.raises(kind, match="Remove this file") as caught:
        Gallery.open(path)
    assert caught.value.source == str(own)  # type: ignore[attr-defined]
    own.unlink()
    with Gallery.open(path) as gallery:
        assert gallery.identify(population_person(900, seed=5, impression=1))[0].person == "new"


def test_a_crash_before_the_index_follows_is_mended(tmp_path: Path) -> None:
    """Parameters that the index was not derived with: it is derived again."""
    path = tmp_path / "g.tenprint"
    with Gallery.open(path) as gallery:
        fill(gallery, 100)
    known = load_parameters()
    turned = replace(known, centroids=known.centroids[:, ::-1].copy())
    turned.save(Path(f"{path}.index") / "code.tpc")
    with Gallery.open(path) as gallery:
        assert gallery._code.name == turned.name
        assert "other parameters" in str(gallery.info()["index_discarded"])
        assert right(gallery)


def test_an_index_of_another_store_is_not_used(tmp_path: Path) -> None:
    """Somebody puts another gallery's file, with as many changes, in the place of this one."""
    path, other = tmp_path / "g.tenprint", tmp_path / "other.tenprint"
    with Gallery.open(path) as gallery:
        gallery.enroll("A", population_person(1, seed=5, fingers=[INDEX]))
    with Gallery.open(other) as gallery:
        gallery.enroll("B", population_person(2, seed=5, fingers=[THUMB]))
    shutil.copy(other, path)
    with Gallery.open(path) as gallery:
        assert "another store" in str(gallery.info()["index_discarded"])
        probe = population_person(2, seed=5, impression=1, fingers=[THUMB])
        assert [each.person for each in gallery.identify(probe)] == ["B"]
    with Gallery.open(path) as gallery:
        assert gallery.info()["index_discarded"] == ""


def test_what_cannot_be_fitted(tmp_path: Path) -> None:
    path = tmp_path / "g.tenprint"
    with Gallery.open(":memory:") as gallery, pytest.raises(InputError, match="in memory"):
        gallery.refit()
    with Gallery.open(path) as gallery:
        with pytest.raises(InputError, match=f"needs {LEAST_PRINTS} prints.* has 0"):
            gallery.refit()
        fill(gallery, 99)
        with pytest.raises(InputError, match=f"needs {LEAST_PRINTS} prints.* has 990"):
            gallery.refit()
        for few in (500, 0, -1):
            with pytest.raises(InputError, match="sample"):
                gallery.refit(few)
        assert not (Path(f"{path}.index") / "code.tpc").exists()
        with (
            Gallery.open(path, private_index=True) as other,
            pytest.raises(InputError, match="private index"),
        ):
            other.refit()
        with pytest.raises(StoreBusyError):
            Gallery.open(path)
        assert right(gallery)


def test_searches_during_a_rebuild_miss_nobody(tmp_path: Path) -> None:
    wrong: list[object] = []
    searches = 0
    stop = threading.Event()

    def look(gallery: Gallery) -> None:
        nonlocal searches
        try:
            while not stop.is_set():
                if not right(gallery):
                    wrong.append("not found")
                searches += 1
        except BaseException as error:
            wrong.append(error)

    with Gallery.open(tmp_path / "g.tenprint") as gallery:
        fill(gallery, 100)
        threads = [threading.Thread(target=look, args=(gallery,)) for _ in range(2)]
        for thread in threads:
            thread.start()
        while searches < 4 and not wrong:
            assert gallery.rebuild() == 100
        # What rebuilding calls may itself search.
        gallery.rebuild(lambda _: wrong.extend([] if right(gallery) else ["inside"]))
        stop.set()
        for thread in threads:
            thread.join()
    assert not wrong


def test_the_deleted_leave_nothing_in_the_index(tmp_path: Path) -> None:
    """Neither code nor quality nor gallery of anybody is left once all are gone."""
    path = tmp_path / "g.tenprint"
    with Gallery.open(path) as gallery:
        fill(gallery, 20)
        for person_ in gallery.people():
            gallery.delete(person_)
    for column, empty in (("plane02", 0xFF), ("quality", 0), ("galleries", 0)):
        content = (Path(f"{path}.index") / f"{column}.tpx").read_bytes()[4096:]
        assert len(content) > 20
        assert set(content) == {empty}


def test_the_gate_lets_in_many_or_one() -> None:
    gate, seen = Gate(), []
    entered, leave = threading.Event(), threading.Event()

    def searcher() -> None:
        with gate.together():
            entered.set()
            leave.wait(10)
            seen.append("search")

    def changer() -> None:
        with gate.alone(), gate.alone(), gate.together():
            seen.append("alone")

    threads = [threading.Thread(target=searcher), threading.Thread(target=changer)]
    threads[0].start()
    assert entered.wait(10)
    threads[1].start()
    leave.set()
    for thread in threads:
        thread.join(10)
    assert seen == ["search", "alone"]
    with gate.together(), gate.together():
        pass
