"""One running service for all tests of this folder; those that change settings make their own."""

from collections.abc import Iterator

import pytest

from tests.api.world import World, world


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("api") / "data"
    with world(folder) as made:
        yield made
