"""A running service for the tests of a file; those that change settings make their own."""

from collections.abc import Iterator

import pytest
from tests.api.world import World, world

from tenprint.records import NewEncounter
from tenprint.synth import population

#: So many strangers are in the gallery.
CROWD = 300


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    # Not for the session: a process has one desk open, and other folders' tests open theirs.
    folder = tmp_path_factory.mktemp("api") / "data"
    # This machine may be called back by its name, not by its address.
    quick = {"callback_pause": 0.05, "callback_attempts": 3, "fetch_seconds": 1.0}
    with world(folder, allowed_hosts=["localhost"], **quick) as made:
        # Among few people low scores are worth an examiner's look; tests are about the others.
        packed, records = population(0, CROWD, seed=9), made.desk.records
        with made.desk.store.writing() as change:
            for n in range(CROWD):
                prints = b"".join(packed[10 * n + finger] for finger in range(10))
                new = records.prepare(NewEncounter("CROWD", prints))
                records.new_person(change, f"crowd-{n}", new)
        yield made
