"""Scored databases made of numbers alone."""

from pathlib import Path

import numpy as np
import pytest

from tenprint.evaluate import Database, ScoredDatabase
from tenprint.model import KIND_ENDING, Template, make_minutiae


@pytest.fixture
def make_scored():
    """A database of made-up scores: impostors exactly calibrated, genuine ones higher."""

    def make(name: str = "DB1", fingers: int = 10, impressions: int = 8, seed: int = 0):
        rng = np.random.default_rng(seed)
        finger = np.repeat(np.arange(fingers, dtype=np.int32), impressions)
        impression = np.tile(np.arange(1, impressions + 1, dtype=np.int32), fingers)
        files = tuple(
            Path(f"absent/{name}/{who + 1}_{number}.png")
            for who, number in zip(finger, impression, strict=True)
        )
        labels = tuple(str(who + 1) for who in range(fingers))
        database = Database(name, files, finger, impression, labels)
        quality = rng.integers(0, 101, len(database))
        lower = quality[database.genuine_pairs()].min(axis=1)
        return ScoredDatabase(
            database,
            genuine=rng.gamma(1 + lower / 10),
            impostor=-np.log10(rng.uniform(size=len(database.impostor_pairs()))),
            quality=quality,
        )

    return make


@pytest.fixture(scope="session")
def prints(shared_data, tmp_path_factory) -> Path:
    """A folder of one small database: two fingers, two impressions, and a broken file."""
    source = shared_data / "fvc2002" / "DB1_B"
    folder = tmp_path_factory.mktemp("prints") / "DB1_B"
    folder.mkdir()
    for name in ("101_1.tif", "101_2.tif", "102_1.tif", "102_2.tif"):
        (folder / name).write_bytes((source / name).read_bytes())
    (folder / "102_3.tif").write_bytes(b"not an image")
    return folder


@pytest.fixture
def make_templates():
    """Templates of made-up fingers: impressions are shifted, jittered copies with losses."""

    def make(fingers: int, impressions: int, seed: int = 0) -> list[Template]:
        rng = np.random.default_rng(seed)
        templates = []
        for _ in range(fingers):
            x, y = rng.uniform(40, 340, (2, 36))
            angle = rng.uniform(0, 2 * np.pi, 36)
            for _ in range(impressions):
                kept = rng.random(36) < 0.85
                minutiae = make_minutiae(
                    (x + rng.integers(-20, 20) + rng.normal(0, 1.5, 36))[kept],
                    (y + rng.integers(-20, 20) + rng.normal(0, 1.5, 36))[kept],
                    (angle + rng.normal(0, 0.06, 36))[kept],
                    KIND_ENDING,
                    90,
                )
                templates.append(Template(minutiae, 388, 374, 80))
        return templates

    return make
