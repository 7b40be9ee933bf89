import numpy as np
import pytest

from tenprint.model import Template, TemplateRangeError, angle_units, make_minutiae, units_angle


def test_angles_survive_rounding() -> None:
    units = np.arange(256, dtype=np.uint8)
    assert (angle_units(units_angle(units)) == units).all()


def test_a_minutia_outside_the_impression_is_refused() -> None:
    with pytest.raises(TemplateRangeError, match="outside the impression"):
        Template(make_minutiae([100], [5], [0.0]), width=100, height=50)


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), -3.0, 5000.0])
def test_impossible_coordinates_are_refused(bad: float) -> None:
    with pytest.raises(TemplateRangeError):
        make_minutiae([bad], [0], [0.0])


def test_equal_content_is_equal_and_read_only() -> None:
    first, second = (Template(make_minutiae([1, 2], [3, 4], [0.1, 3.0]), 10, 10) for _ in range(2))
    assert first == second
    assert hash(first) == hash(second)
    with pytest.raises(ValueError, match="read-only"):
        first.minutiae["x"] = 0
