"""One running service for all tests of this folder; those that change settings make their own."""

from collections.abc import Iterator

import pytest
from tests.api.world import World, world


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("api") / "data"
    # This machine may be called back by its name, not by its address.
    quick = {"callback_pause": 0.05, "callback_attempts": 3, "fetch_seconds": 1.0}
    with world(folder, allowed_hosts=["localhost"], **quick) as made:
        yield made
