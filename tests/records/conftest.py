"""Records in each database."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.store.conftest import postgres, postgres_url, where

from tenprint.names import NameIndex
from tenprint.records import Records, Vault, migrate
from tenprint.store import TruthStore

__all__ = ["postgres", "postgres_url", "where"]


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def pass_days(self, days: float) -> None:
        self.now += timedelta(days=days)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The data folder."""
    path = tmp_path / "data"
    path.mkdir()
    return path


@pytest.fixture
def store(where: str, folder: Path) -> Iterator[TruthStore]:
    place = where if "://" in where else str(folder / "people.tenprint")
    with TruthStore.open(place, busy_timeout=30) as opened:
        with opened.transaction() as connection:
            migrate(connection)
        yield opened


@pytest.fixture
def records(store: TruthStore, folder: Path, clock: Clock) -> Records:
    return Records(store, Vault.open(folder), NameIndex(), folder, clock=clock)
