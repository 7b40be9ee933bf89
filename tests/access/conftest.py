"""Agencies and users in each database; passwords at a cost that tests can pay."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from tests.store.conftest import postgres, where

from tenprint import audit
from tenprint.access import Agency, AgencyKind, _passwords, add_agency, tables
from tenprint.store import TruthStore

__all__ = ["postgres", "where"]


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def go(self, **more: float) -> datetime:
        self.now += timedelta(**more)
        return self.now

    def seconds(self) -> float:
        return self.now.timestamp()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(autouse=True)
def _cheap_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_passwords, "_LOG_N", 4)
    monkeypatch.setattr(_passwords, "_P", 1)


@pytest.fixture
def store(where: str) -> Iterator[TruthStore]:
    with TruthStore.open(where) as opened:
        with opened.transaction() as connection:
            audit.tables.create_all(connection)
            tables.create_all(connection)
            for identifier, kind in (
                ("NX0000001", AgencyKind.POLICE),
                ("NX0000002", AgencyKind.CIVIL),
                ("OPERATOR", AgencyKind.OPERATOR),
            ):
                add_agency(connection, Agency(identifier, f"Agency {identifier}", kind))
        yield opened
