"""Extraction as a whole: real prints, poor prints, several threads."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from PIL import Image

from tenprint.extract import Extractor, Trace
from tenprint.model import FingerImage, ImageSizeError


def picture(path):
    return FingerImage(np.asarray(Image.open(path).convert("L")), source=str(path))


@pytest.fixture(scope="module")
def prints(shared_data):
    return [picture(shared_data / f"fvc2002/DB1_B/10{i}_1.tif") for i in range(1, 5)]


def test_real_print_gives_confident_minutiae_and_quality(prints):
    template = Extractor().extract(prints[0])
    assert (template.width, template.height) == (388, 374)
    assert 20 <= (template.minutiae["quality"] >= 50).sum() <= 60
    assert (np.diff(template.minutiae["quality"].astype(int)) <= 0).all()
    assert template.quality > 50
    assert template.reason == ""


def test_trace_holds_every_stage_in_image_coordinates(prints):
    trace = Trace()
    template = Extractor().extract(prints[0], trace=trace)
    assert list(trace.stages) == ["image", "foreground", "position", "minutiae", "ridges"]
    for stage, dtype in (
        ("image", np.uint8),
        ("foreground", bool),
        ("ridges", bool),
        ("position", np.float32),
    ):
        assert trace.stages[stage].shape == (374, 388)
        assert trace.stages[stage].dtype == dtype
    at = trace.stages["position"][template.minutiae["y"], template.minutiae["x"]]
    assert at.min() > 0.2


def test_threads_do_not_change_the_result(prints):
    one, three = Extractor(), Extractor(threads=3)
    assert [one.extract(p) for p in prints] == three.extract_batch(prints)


def test_one_extractor_serves_several_threads(prints):
    extractor = Extractor()
    expected = extractor.extract_batch(prints)
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(extractor.extract, prints * 3)) == expected * 3


@pytest.mark.parametrize("shape", [(1, 1), (31, 200), (200, 5)])
def test_too_small_image_has_quality_0_and_a_reason(shape):
    template = Extractor().extract(FingerImage(np.zeros(shape, np.uint8)))
    assert (len(template), template.quality) == (0, 0)
    assert "only" in template.reason


@pytest.mark.parametrize("grey", [0, 128, 255])
def test_blank_image_has_quality_0_and_a_reason(grey):
    template = Extractor().extract(FingerImage(np.full((300, 260), grey, np.uint8)))
    assert (len(template), template.quality) == (0, 0)
    assert template.reason


@pytest.mark.parametrize("kind", ["noise", "ramp", "checkers"])
def test_picture_of_something_else_does_not_crash(kind):
    y, x = np.mgrid[:200, :240]
    pixels = {
        "noise": np.random.default_rng(1).integers(0, 256, (200, 240)),
        "ramp": x,
        "checkers": 255 * ((x // 20 + y // 20) % 2),
    }[kind]
    template = Extractor().extract(FingerImage(pixels.astype(np.uint8)))
    assert 0 <= template.quality <= 100


@pytest.mark.parametrize("shape", [(0, 10), (4096, 40)])
def test_impossible_size_is_an_error(shape):
    with pytest.raises(ImageSizeError):
        Extractor().extract(FingerImage(np.zeros(shape, np.uint8), source="card.png"))


def test_bad_settings_are_errors():
    with pytest.raises(ValueError, match="threads"):
        Extractor(threads=0)
    with pytest.raises(ValueError, match="int4"):
        Extractor(precision="int4")
