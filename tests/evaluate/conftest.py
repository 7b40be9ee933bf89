"""Scored databases made of numbers alone."""

from pathlib import Path

import numpy as np
import pytest

from tenprint.evaluate import Database, ScoredDatabase


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
