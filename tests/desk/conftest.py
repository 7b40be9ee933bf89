"""An open desk."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tenprint.desk import Desk
from tests.desk.world import settings


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with Desk.open(settings(tmp_path / "data")) as opened:
        yield opened
