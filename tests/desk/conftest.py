"""An open desk."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.desk.world import settings

from tenprint.desk import Desk


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with Desk.open(settings(tmp_path / "data")) as opened:
        yield opened
