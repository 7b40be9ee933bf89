"""Reading a store's file into the system's cache."""

from pathlib import Path

import pytest
from tests.store.people import template

from tenprint.formats import pack
from tenprint.model import Finger
from tenprint.store import NewPerson, TruthStore, _sqlite, _warming

PEOPLE = 3000


@pytest.fixture(autouse=True)
def unread(monkeypatch: pytest.MonkeyPatch) -> None:
    """Opening checks no small file as a whole, and so reads little of it, as of a large one."""
    monkeypatch.setattr(_sqlite, "QUICK_CHECK_BYTES", 0)


def bytes_read() -> int:
    """By this process, from files and the system's cache alike."""
    try:
        lines = Path("/proc/self/io").read_text().splitlines()
    except OSError:
        pytest.skip("this system does not count what a process reads")
    return int(lines[0].removeprefix("rchar: "))


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("warm") / "people.tenprint"
    hands = b"".join(pack(template(0, Finger(finger), 80)) for finger in range(1, 11))
    with TruthStore.open(path) as store, store.writing() as change:
        change.insert_people([NewPerson(f"P{number}", hands) for number in range(PEOPLE)])
    return path


def test_all_of_the_file_is_read(filled: Path) -> None:
    size = filled.stat().st_size
    with TruthStore.open(filled) as store:
        before = bytes_read()
        assert store.warm()
        assert 0.9 * size < bytes_read() - before < 1.5 * size
        with store.writing() as change:  # the connection is as it was
            change.touch("P7")
        assert store.count() == (PEOPLE, PEOPLE)


def test_it_ends_when_told_to(filled: Path) -> None:
    size = filled.stat().st_size
    with TruthStore.open(filled) as store:
        before, asked = bytes_read(), iter([False, True])
        assert not store.warm(lambda: next(asked, True))
        assert bytes_read() - before < 0.5 * size


def test_a_file_that_does_not_fit_is_left_alone(
    filled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_warming, "_SHARE", 0.0)
    with TruthStore.open(filled) as store:
        before = bytes_read()
        assert not store.warm()
        assert bytes_read() - before < 100_000


def test_a_store_in_memory_has_no_file() -> None:
    with TruthStore.open(":memory:") as store:
        assert not store.warm()
