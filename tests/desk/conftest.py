"""An open desk."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.desk.world import settings
from tests.store.conftest import postgres, postgres_database

from tenprint.desk import Desk

__all__ = ["postgres"]


@pytest.fixture(params=["sqlite", "postgresql"])
def desk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Desk]:
    """On each database."""
    if request.param == "sqlite":
        with Desk.open(settings(tmp_path / "data")) as opened:
            yield opened
        return
    with (
        postgres_database(request.getfixturevalue("postgres")) as url,
        Desk.open(settings(tmp_path / "data", database=url)) as opened,
    ):
        yield opened
