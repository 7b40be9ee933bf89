"""Searches in a process of their own: the same answers, and what happens when it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.gallery import towns

from tenprint import Gallery, Template
from tenprint.gallery import GalleryProcess
from tenprint.model import (
    Finger,
    InputError,
    SearchProcessError,
    ServiceUnavailableError,
    StoreBusyError,
    StoreError,
    TemplateError,
)
from tenprint.store import NewPerson, TruthStore

PEOPLE = 300


@pytest.fixture
def path(tmp_path: Path) -> Path:
    where = tmp_path / "g.tenprint"
    with Gallery.open(where, threads=1) as gallery:
        towns.fill(gallery, 1, PEOPLE)
    return where


@pytest.fixture
def gallery(path: Path) -> Iterator[GalleryProcess]:
    found = opened(path)
    yield found
    found.close()


def opened(path: Path) -> GalleryProcess:
    return GalleryProcess(TruthStore.open(path), path, Path(f"{path}.index"), threads=2)


def probes(count: int = 3) -> list[dict[Finger, Template]]:
    return [towns.prints(number, impression=1) for number in range(1, count + 1)]


def gone(pid: int, seconds: float = 20.0) -> bool:
    """Whether a process ends in time; it may be nobody's child any more."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            return True
        if words[0] == "Z":
            return True
        time.sleep(0.02)
    return False


def test_it_answers_as_a_gallery_does(path: Path, gallery: GalleryProcess) -> None:
    there = gallery.identify_many(probes(), 5)
    with Gallery.open(path, private_index=True) as here:
        assert there == here.identify_many(probes(), 5)
        pair = ["P1", "P2"]
        assert gallery.compare_people(probes(1)[0], pair) == here.compare_people(probes(1)[0], pair)
        assert gallery.info()["people"] == here.info()["people"] == len(gallery) == PEOPLE
        assert gallery.needed_score(1e-3) == here.needed_score(1e-3)
    assert there[0][0].person == "P1"
    assert "P1" in gallery
    assert "nobody" not in gallery


def test_who_was_enrolled_here_is_found_there(gallery: GalleryProcess) -> None:
    gallery.store.insert_people([NewPerson("new", towns.packed(PEOPLE + 1))])
    probe = towns.prints(PEOPLE + 1, impression=1)
    assert gallery.identify_many([probe])[0][0].person == "new"
    gallery.store.delete("new")
    assert all(each.person != "new" for each in gallery.identify_many([probe])[0])


def test_codes_of_the_deleted_are_gone_after_following(path: Path, gallery: GalleryProcess) -> None:
    gallery.store.delete("P7")
    gallery.follow()
    gallery.close()
    with Gallery.open(path, threads=1) as after:
        towns.check_index(after, path)


def test_its_errors_are_raised_here(gallery: GalleryProcess) -> None:
    good = towns.prints(1)[Finger.RIGHT_INDEX]
    smudged = Template(good.minutiae, 360, 360, 0, reason="smudged")
    with pytest.raises(InputError):
        gallery.identify_many([[]])
    with pytest.raises(TemplateError, match="smudged"):
        gallery.identify_many([[smudged]])
    assert gallery.identify_many(probes(1))[0][0].person == "P1"


def test_the_index_has_one_owner(path: Path, gallery: GalleryProcess) -> None:
    with pytest.raises(StoreBusyError):
        Gallery.open(path)
    gallery.close()
    Gallery.open(path).close()


def test_another_owner_is_told(path: Path) -> None:
    with Gallery.open(path), TruthStore.open(path) as store, pytest.raises(StoreBusyError):
        GalleryProcess(store, path, Path(f"{path}.index"))


def test_it_is_started_again_when_it_has_ended(gallery: GalleryProcess) -> None:
    first = gallery.pid
    assert first is not None
    os.kill(first, signal.SIGKILL)
    assert gone(first)
    found = None
    for _ in range(2):  # the first may be told before it is known that nobody listens
        try:
            found = gallery.identify_many(probes(1))
        except SearchProcessError:
            continue
    assert found is not None
    assert found[0][0].person == "P1"
    assert gallery.pid != first
    assert gallery.starts == 2


def test_where_it_cannot_be_started_one_may_try_again(
    gallery: GalleryProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_arguments: object, **_options: object) -> None:
        raise OSError(12, "Cannot allocate memory")

    pid = gallery.pid
    assert pid is not None
    with monkeypatch.context() as patched:
        patched.setattr(subprocess, "Popen", full)
        os.kill(pid, signal.SIGKILL)
        with pytest.raises(ServiceUnavailableError) as told:
            gallery.info()
        assert told.value.retryable
    assert gallery.info()["people"] == PEOPLE


def test_nothing_is_sent_twice_to_one_that_has_ended(
    gallery: GalleryProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    # However late the thread that listens is: that nobody reads is known from the first sending.
    other = gallery._other
    assert other is not None

    def broken(_message: object) -> None:
        raise BrokenPipeError

    monkeypatch.setattr(other, "_send", broken)
    with pytest.raises(SearchProcessError):
        gallery.identify_many(probes(1))
    os.kill(other.pid, signal.SIGKILL)
    assert gallery.identify_many(probes(1))[0][0].person == "P1"
    assert gallery.starts == 2


def test_what_it_was_doing_fails_when_it_is_killed(gallery: GalleryProcess) -> None:
    pid, told = gallery.pid, []
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)

    def search() -> None:
        try:
            gallery.identify_many(probes(1))
        except SearchProcessError as error:
            told.append(error)

    asking = threading.Thread(target=search)
    asking.start()
    time.sleep(0.2)
    os.kill(pid, signal.SIGKILL)
    asking.join(20)
    assert [each.code for each in told] == ["search-process"]
    assert gallery.info()["people"] == PEOPLE  # started again


def test_short_questions_do_not_wait_for_searches(gallery: GalleryProcess) -> None:
    ended: list[float] = []

    def search() -> None:
        gallery.identify_many(probes(60) * 4)
        ended.append(time.monotonic())

    asking = threading.Thread(target=search)
    asking.start()
    gallery.follow()
    gallery.info()
    asked = time.monotonic()
    asking.join()
    assert asked < ended[0]


def test_after_closing_nothing_is_left(gallery: GalleryProcess) -> None:
    pid = gallery.pid
    assert pid is not None
    gallery.close()
    gallery.close()
    assert gone(pid)
    assert gallery.pid is None
    for ask in (gallery.info, lambda: gallery.identify_many(probes(1)), lambda: len(gallery)):
        with pytest.raises(StoreError, match="closed"):
            ask()


def test_it_ends_with_whoever_started_it(path: Path) -> None:
    """However that ends; and the next one gets the index."""
    script = textwrap.dedent(
        f"""
        import sys, time
        from pathlib import Path
        from tenprint.gallery import GalleryProcess
        from tenprint.store import TruthStore
        where = {str(path)!r}
        one = GalleryProcess(TruthStore.open(where), where, Path(where + ".index"))
        print(one.pid, flush=True)
        time.sleep(600)
        """
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        assert Path(f"/proc/{child}").exists()
        parent.kill()
        again = opened(path)  # waits for the one before
        again.close()
    assert gone(child)


@pytest.mark.skipif(sys.platform != "linux", reason="priorities are a thread's here")
def test_all_its_threads_stand_back(path: Path) -> None:
    gallery = GalleryProcess(TruthStore.open(path), path, Path(f"{path}.index"), nice=3)
    try:
        asking = [threading.Thread(target=gallery.identify_many, args=(probes(),)) for _ in "abc"]
        for each in asking:
            each.start()
        for each in asking:
            each.join()
        threads = [int(each.name) for each in Path(f"/proc/{gallery.pid}/task").iterdir()]
        mine = os.getpriority(os.PRIO_PROCESS, 0)
        assert {os.getpriority(os.PRIO_PROCESS, each) for each in threads} == {min(19, mine + 3)}
    finally:
        gallery.close()


def test_signals_to_everybody_do_not_end_it(gallery: GalleryProcess) -> None:
    """Ctrl-C in a terminal, and a unit that is stopped: who started it says when to end."""
    assert gallery.pid is not None
    for each in (signal.SIGINT, signal.SIGTERM):
        os.kill(gallery.pid, each)
    assert gallery.identify_many(probes(1))[0][0].person == "P1"
    assert gallery.starts == 1
