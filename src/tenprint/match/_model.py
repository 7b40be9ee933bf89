"""The matcher's fitted numbers: read from ``model.json``, checked, handed to the kernels."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from tenprint._native import Curve, MatchModel

#: The layout of ``model.json`` that this code reads.
MODEL_VERSION = 3


@dataclass(frozen=True)
class Calibration:
    """The kernels' model and how far its scores were really observed.

    Attributes
    ----------
    native : MatchModel
        For the kernels.
    support : float
        Highest score (minus log10 FMR) with at least ten observed false matches above it; any
        higher score is an extrapolation of the fitted tail.
    """

    native: MatchModel
    support: float


def build(numbers: Mapping[str, Any]) -> Calibration:
    """A `Calibration` from the content of ``model.json``."""
    if numbers["version"] != MODEL_VERSION:
        raise ValueError(f"match model version {numbers['version']}, not {MODEL_VERSION}")
    first, second = numbers["first"], numbers["second"]
    native = MatchModel(
        first_location=first["location"],
        first_spread=first["spread"],
        gate=numbers["gate"],
        first_score=Curve(*first["curve"]),
        weights=numbers["weights"],
        second_location=second["location"],
        second_spread=second["spread"],
        second_score=Curve(*second["curve"]),
        limits=(
            first["least_spread"],
            second["least_spread"],
            numbers["ceiling"],
            numbers["most_typical"],
        ),
    )
    return Calibration(native, numbers["support"])


@cache
def calibration() -> Calibration:
    """The shipped calibration; read once per process."""
    text = files("tenprint.match").joinpath("model.json").read_text(encoding="utf-8")
    return build(json.loads(text))
