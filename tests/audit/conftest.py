"""A log in each database."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from tests.store.conftest import postgres, where

from tenprint.audit import Sequencer, tables
from tenprint.store import TruthStore

__all__ = ["postgres", "where"]


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.now += timedelta(milliseconds=1)
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(where: str) -> Iterator[TruthStore]:
    with TruthStore.open(where) as opened:
        with opened.transaction() as connection:
            tables.create_all(connection)
        yield opened


@pytest.fixture
def sequencer(store: TruthStore, tmp_path: Path, clock: Clock) -> Sequencer:
    key = Ed25519PrivateKey.generate()
    return Sequencer(store, key, tmp_path / "checkpoints", clock=clock)
