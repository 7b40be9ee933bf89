"""The index is derived: whatever happens to its files, the gallery opens and answers the same."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.gallery import towns

from tenprint import Finger, Gallery
from tenprint.gallery import Candidate, Whom, _matrix, _segments
from tenprint.gallery._matrix import CodeMatrix, empty_rows
from tenprint.model import TEN_FINGERS, StoreBusyError, StoreError

PEOPLE = 30


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A closed gallery with a sound index; tests copy it."""
    folder = tmp_path_factory.mktemp("made")
    with Gallery.open(folder / "g.tenprint", threads=1) as gallery:
        towns.fill(gallery, 0, PEOPLE)
        gallery.delete("P7")
        gallery.set_status("P8", 1)
        gallery.set_galleries("P9", 6)
    return folder


@pytest.fixture
def path(made: Path, tmp_path: Path) -> Path:
    shutil.copytree(made, tmp_path / "copy")
    return tmp_path / "copy" / "g.tenprint"


def index_of(path: Path) -> Path:
    return Path(f"{path}.index")


def files(made: Path) -> list[str]:
    return sorted(each.name for each in index_of(made / "g.tenprint").glob("*.tpx"))


NAMES = ("galleries", "plane01", "plane02", "plane07", "quality", "state", "status")


def test_a_sound_index_is_used(made: Path, path: Path) -> None:
    assert files(made) == [f"{name}.tpx" for name in NAMES]
    with Gallery.open(path, threads=1) as gallery:
        info = gallery.info()
        assert (info["segments_repaired"], info["index_discarded"]) == (0, "")
        towns.check_answers(gallery, path, range(PEOPLE))


def flip(where: float) -> Callable[[bytes], bytes]:
    def change(data: bytes) -> bytes:
        at = int(where * (len(data) - 1))
        return data[:at] + bytes([data[at] ^ 0x10]) + data[at + 1 :]

    return change


def flip_row(data: bytes) -> bytes:
    """A byte of the first block of rows, behind the header."""
    return data[:4097] + bytes([data[4097] ^ 1]) + data[4098:]


DAMAGE: dict[str, Callable[[bytes], bytes | None]] = {
    "missing": lambda data: None,
    "empty": lambda data: b"",
    "header only": lambda data: data[:4096],
    "cut in the header": lambda data: data[:100],
    "cut in the rows": lambda data: data[:4100],
    "magic": flip(0),
    "version": lambda data: data[:4] + b"\x63" + data[5:],
    "layout": lambda data: data[:8] + b"\x63" + data[9:],
    "width": lambda data: data[:12] + b"\x63" + data[13:],
    "row": flip_row,
    "other file": lambda data: b"SQLite format 3\0" * 600,
    "zeros": lambda data: bytes(len(data)),
}


@pytest.mark.parametrize("damage", DAMAGE)
@pytest.mark.parametrize("name", [name for name in NAMES if name != "state"])
def test_a_damaged_column_is_derived_again(path: Path, name: str, damage: str) -> None:
    file = index_of(path) / f"{name}.tpx"
    changed = DAMAGE[damage](file.read_bytes())
    if changed is None:
        file.unlink()
    else:
        file.write_bytes(changed)
    with Gallery.open(path, threads=1) as gallery:
        info = gallery.info()
        assert info["segments_repaired"] or info["index_discarded"]
        towns.check_index(gallery, path)
        towns.fill(gallery, PEOPLE, 2)
        towns.check_answers(gallery, path, [0, 7, 8, 9, PEOPLE])
    with Gallery.open(path, threads=1) as gallery:
        info = gallery.info()
        assert (info["segments_repaired"], info["index_discarded"]) == (0, "")
        towns.check_index(gallery, path)


@pytest.mark.parametrize("size", [0, 1, 4, 39, 40, 100, -1])
def test_a_state_cut_off_discards_the_index(path: Path, size: int) -> None:
    state = index_of(path) / "state.tpx"
    state.write_bytes(state.read_bytes()[:size])
    with Gallery.open(path, threads=1) as gallery:
        assert gallery.info()["index_discarded"]
        towns.check_answers(gallery, path, range(5))


def test_any_changed_byte_of_the_state_discards_the_index(made: Path, tmp_path: Path) -> None:
    original = (index_of(made / "g.tenprint") / "state.tpx").read_bytes()
    for at in range(len(original)):
        folder = tmp_path / f"{at}"
        folder.mkdir()
        (folder / "state.tpx").write_bytes(flip(at / (len(original) - 1))(original))
        matrix = CodeMatrix(folder, towns.code_name())
        assert matrix.discarded
        assert (matrix.rows, matrix.change, matrix.damaged) == (0, 0, [])
        matrix.close()


def resealed(state: bytes, at: int, new: bytes) -> bytes:
    import zlib

    body = state[:at] + new + state[at + len(new) : -4]
    return body + zlib.crc32(body).to_bytes(4, "little")


@pytest.mark.parametrize(("at", "new"), [(0, b"OTHR"), (4, b"\x09"), (24, b"\1\2\3\4")])
def test_an_index_of_another_version_or_code_is_discarded(path: Path, at: int, new: bytes) -> None:
    state = index_of(path) / "state.tpx"
    state.write_bytes(resealed(state.read_bytes(), at, new))
    with Gallery.open(path, threads=1) as gallery:
        assert gallery.info()["index_discarded"]
        towns.check_answers(gallery, path, range(5))


def test_a_missing_index_is_made(path: Path) -> None:
    shutil.rmtree(index_of(path))
    with Gallery.open(path, threads=1) as gallery:
        towns.check_answers(gallery, path, range(5))


def test_files_without_a_state_are_not_believed(path: Path) -> None:
    """A crash before the first checkpoint leaves columns of anything."""
    (index_of(path) / "state.tpx").unlink()
    for name in NAMES:
        if name.startswith("plane"):
            file = index_of(path) / f"{name}.tpx"
            file.write_bytes(file.read_bytes()[:4096] + b"\0" * 24 * 8192)
    (index_of(path) / "plane05.tpx").write_bytes(b"rest")
    with Gallery.open(path, threads=1) as gallery:
        gallery.enroll("late", towns.prints(50, (Finger.RIGHT_LITTLE,)))
        towns.check_answers(gallery, path, range(5))


@pytest.mark.parametrize("rest", [b"", b"rest", "other rows"])
def test_a_plane_that_a_crash_left_behind_is_not_believed(path: Path, rest: bytes | str) -> None:
    """It was made after the last checkpoint, so that the state does not know it."""
    other = (index_of(path) / "plane01.tpx").read_bytes() if rest == "other rows" else rest
    assert isinstance(other, bytes)
    (index_of(path) / "plane05.tpx").write_bytes(other)
    with Gallery.open(path, threads=1) as gallery:
        gallery.enroll("late", towns.prints(50, (Finger.RIGHT_LITTLE,)))
        towns.check_answers(gallery, path, range(5))


def test_an_older_index_catches_up(made: Path, path: Path) -> None:
    with Gallery.open(path, threads=1) as gallery:
        towns.fill(gallery, PEOPLE, 9)
        gallery.delete("P3")
        gallery.set_status("P4", 2)
        gallery.add("P5", towns.prints(99))
    shutil.rmtree(index_of(path))
    shutil.copytree(index_of(made / "g.tenprint"), index_of(path))
    with Gallery.open(path, threads=1) as gallery:
        info = gallery.info()
        assert (info["segments_repaired"], info["index_discarded"]) == (0, "")
        towns.check_answers(gallery, path, [3, 4, 5, PEOPLE, 99])


def test_a_newer_index_is_thrown_away(made: Path, path: Path) -> None:
    """The truth was restored from a backup."""
    with Gallery.open(path, threads=1) as gallery:
        towns.fill(gallery, PEOPLE, 9)
        gallery.delete("P3")
    shutil.copy(made / "g.tenprint", path)
    with Gallery.open(path, threads=1) as gallery:
        assert len(gallery) == PEOPLE - 1
        towns.check_answers(gallery, path, [3, PEOPLE])
        assert "P3" in gallery


def test_repair_that_fails_leaves_the_damage_known(path: Path) -> None:
    """A damaged template stops the repair; once it is restored, everybody is found."""
    import sqlite3

    backup = path.read_bytes()
    connection = sqlite3.connect(path)
    ((blob,),) = connection.execute("SELECT packed FROM encounters WHERE person_id = 13")
    changed = blob[:40] + bytes([blob[40] ^ 1]) + blob[41:]
    connection.execute("UPDATE encounters SET packed = ? WHERE person_id = 13", (changed,))
    connection.commit()
    connection.close()
    plane = index_of(path) / "plane01.tpx"
    plane.write_bytes(flip_row(plane.read_bytes()))
    with pytest.raises(StoreError, match="damaged") as caught:
        Gallery.open(path, threads=1)
    assert caught.value.field == "id 13, encounter 1"
    path.write_bytes(backup)
    with Gallery.open(path, threads=1) as gallery:
        assert gallery.info()["segments_repaired"] == 1
        towns.check_answers(gallery, path, range(5))


def full_disk(*_: object) -> None:
    raise OSError(28, "No space left on device")


def _found(candidates: list[Candidate]) -> Candidate:
    """The best, without its rate of false identifications: that depends on how many there are."""
    return replace(candidates[0], fpir=0.0)


def test_a_full_disk_loses_nobody(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_segments, "SEGMENT", 16)  # so that 30 people fill what there is
    monkeypatch.setattr(_matrix, "SEGMENT", 16)
    shutil.rmtree(index_of(path))
    with Gallery.open(path, threads=1) as gallery:
        towns.fill(gallery, PEOPLE, 1)
        before = [_found(found) for found in towns.answers(gallery, range(5))]
        monkeypatch.setattr(os, "posix_fallocate", full_disk)
        number = PEOPLE + 1
        planes = [plane for plane in gallery._matrix.planes if plane]
        while gallery._matrix.rows < min(plane.blocks * 16 for plane in planes):  # there is room
            towns.fill(gallery, number, 1)
            number += 1
        with pytest.raises(StoreError, match="No space"):
            towns.fill(gallery, number, 1)
        with pytest.raises(StoreError, match="No space"):
            gallery.enroll("new finger", towns.prints(70, (Finger.RIGHT_LITTLE,)))
        monkeypatch.undo()
        monkeypatch.setattr(_segments, "SEGMENT", 16)
        monkeypatch.setattr(_matrix, "SEGMENT", 16)
        # With room again it goes on by itself: whoever is in the truth is found.
        assert [_found(found) for found in towns.answers(gallery, range(5))] == before
        towns.check_answers(gallery, path, range(PEOPLE, PEOPLE + 5))
        assert gallery.identify(towns.prints(number, impression=1))[0].person == f"P{number}"


LIMITED = """
import resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
from tests.gallery import towns
from tenprint import Gallery
from tenprint.model import StoreError
with Gallery.open(sys.argv[1], threads=1) as gallery:
    towns.fill(gallery, 0, 3)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
    print("known", *gallery.people())
    try:
        gallery.enroll("X", towns.prints(9, (4,)))
    except StoreError as error:
        print("refused", error.code)
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
"""


def test_a_file_that_cannot_grow(tmp_path: Path) -> None:
    """The kernel's own refusal, in a process of its own."""
    path = tmp_path / "g.tenprint"
    done = subprocess.run(
        [sys.executable, "-c", LIMITED.replace("(100_000, 100_000)", "(100_000, -1)"), str(path)],
        capture_output=True, text=True, timeout=60, check=True,
        cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert done.stdout.split() == ["known", "P0", "P1", "P2", "refused", "store"]
    with Gallery.open(path, threads=1) as gallery:
        assert gallery.people()[:3] == ["P0", "P1", "P2"]
        towns.check_answers(gallery, path, range(3))


def test_one_owner(path: Path) -> None:
    with Gallery.open(path, threads=1) as gallery:
        for _ in range(2):
            with pytest.raises(StoreBusyError, match=str(os.getpid())):
                Gallery.open(path, threads=1)
        towns.check_answers(gallery, path, range(3))
    with Gallery.open(path, threads=1) as gallery:
        assert len(gallery) == PEOPLE - 1


def test_rebuilding_gives_the_same(path: Path) -> None:
    done: list[int] = []
    with Gallery.open(path, threads=1) as gallery:
        before = towns.columns(gallery)
        assert gallery.rebuild(done.append) == PEOPLE - 1
        assert done[-1] == PEOPLE
        for name, rows in towns.columns(gallery).items():
            assert rows.tobytes() == before[name].tobytes(), name
        towns.check_answers(gallery, path, range(5))


def test_writing_elsewhere_does_not_hide_damage(tmp_path: Path) -> None:
    """Rows of one segment are written; the others' checksums stay as they were."""
    rows = empty_rows(range(1, 3 * 8192 - 5))
    rows.codes[:, 1] = 3
    matrix = CodeMatrix(tmp_path, 5)
    matrix.write(rows)
    matrix.close()
    file = tmp_path / "plane01.tpx"
    data = bytearray(file.read_bytes())
    for segment in range(3):
        data[4096 + segment * 8192 * 24 + 5] ^= 1
    file.write_bytes(data)
    matrix = CodeMatrix(tmp_path, 5)
    assert matrix.damaged == [0, 1, 2]
    fixed = empty_rows(range(1, 8193))
    fixed.codes[:, 1] = 3
    matrix.write(fixed)
    matrix.close()  # as after an error
    matrix = CodeMatrix(tmp_path, 5)
    assert matrix.damaged == [1, 2]
    matrix.close()


def test_a_folder_that_cannot_be_cleared_is_given_back(path: Path) -> None:
    state = index_of(path) / "state.tpx"
    state.unlink()
    state.mkdir()
    with pytest.raises(StoreError, match="cannot be written"):
        Gallery.open(path, threads=1)
    state.rmdir()
    with Gallery.open(path, threads=1) as gallery:
        towns.check_answers(gallery, path, range(3))


def test_several_segments_are_repaired_one_by_one(tmp_path: Path) -> None:
    """Only the damaged ones, wherever they are; rows far apart, most of them nobody's."""
    segments = 4
    rows = empty_rows(range(1, segments * 8192 - 100, 997))
    rows.codes[:, 3] = np.arange(len(rows.rows)).astype(np.uint8)[:, None] % 15
    rows.qualities[:, 3] = 100
    rows.status[:] = 0
    matrix = CodeMatrix(tmp_path, 5)
    matrix.write(rows)
    matrix.close()
    for name, segment, width in (("plane03", 2, 24), ("status", 0, 1), ("status", 3, 1)):
        file = tmp_path / f"{name}.tpx"
        data = bytearray(file.read_bytes())
        data[4096 + segment * 8192 * width + 5] ^= 1
        file.write_bytes(data)
    again = CodeMatrix(tmp_path, 5)
    assert again.damaged == [0, 2, 3]
    again.close()


def test_qualities_are_kept_in_steps_of_a_fifteenth() -> None:
    matrix = CodeMatrix(None, 0)
    rows = empty_rows([1, 2])
    rows.codes[0, 1:] = 7
    rows.qualities[0, 1:] = [0, 7, 8, 20, 50, 60, 80, 99, 100, 36]
    matrix.write(rows)
    found = matrix.quality.data.reshape(-1, 5)[:2]
    nibbles = np.stack([found & 15, found >> 4], 2).reshape(2, 10)
    assert nibbles[0].tolist() == [1 + q * 14 // 100 for q in rows.qualities[0, 1:].tolist()]
    assert not nibbles[1].any()


def test_the_first_of_a_finger_appears_while_others_search(tmp_path: Path) -> None:
    """A plane is made, and files grow, in the midst of searches of every position."""
    import threading

    wrong: list[object] = []
    stop = threading.Event()
    with Gallery.open(tmp_path / "g.tenprint", threads=1) as gallery:
        towns.fill(gallery, 0, 3)
        probe = next(iter(towns.prints(1, impression=1).values()))
        bare = [towns.prints(1, impression=1)[Finger.RIGHT_INDEX]]

        def look() -> None:
            try:
                while not stop.is_set():
                    for asked in (probe, bare):
                        if (found := gallery.identify(asked))[0].person != "P1":
                            wrong.append(found)
            except BaseException as error:
                wrong.append(error)

        searchers = [threading.Thread(target=look) for _ in range(2)]
        for thread in searchers:
            thread.start()
        for number, finger in enumerate(TEN_FINGERS, 100):
            gallery.enroll(f"P{number}", towns.prints(number, (finger,)))
            if number % 2:
                gallery.delete(f"P{number}")
        stop.set()
        for thread in searchers:
            thread.join()
        assert not wrong
        towns.check_index(gallery, tmp_path / "g.tenprint")


def test_a_search_between_making_and_filling_a_plane(monkeypatch: pytest.MonkeyPatch) -> None:
    """The moment itself: no room has been made for the new plane's rows yet."""
    reserve = _segments.Column.reserve
    with Gallery.open(":memory:", threads=1) as gallery:
        towns.fill(gallery, 0, 3)
        probe = next(iter(towns.prints(1, impression=1).values()))
        searched = []

        def searching(self: _segments.Column, rows: int) -> None:
            found = gallery._searcher().search([[probe]], 3, Whom())
            searched.append(found[0][0][0])
            reserve(self, rows)

        monkeypatch.setattr(_segments.Column, "reserve", searching)
        gallery.enroll("new", towns.prints(100, (Finger.LEFT_LITTLE,)))
    assert set(searched) == {2}
    assert len(searched) > 3


def test_a_plane_without_room_does_not_stop_searches(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Gallery.open(path, threads=1) as gallery:
        monkeypatch.setattr(os, "posix_fallocate", full_disk)
        with pytest.raises(StoreError, match="No space"):
            gallery.enroll("new", towns.prints(100, (Finger.LEFT_LITTLE,)))
        bare = towns.prints(1, impression=1)[Finger.RIGHT_INDEX]
        found = gallery._searcher().search([[bare]], PEOPLE, Whom())
        assert found[0][0][0] == 2


def test_killed_a_hundred_times(tmp_path: Path) -> None:
    """Whoever was acknowledged is there, or gone, and the index is what a fresh one would be."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.gallery.victims", str(tmp_path / "g.tenprint"), "100"],
        capture_output=True, text=True, timeout=120, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    rounds, enrolled, deleted, repaired = map(int, done.stdout.split())
    assert rounds == 100
    assert enrolled > 100
    assert deleted > 20
    assert repaired > 5


def test_rows_nobody_has_are_nobodys(tmp_path: Path) -> None:
    """Between the rows written, over several segments: not found, and their checksums right."""
    first, later = empty_rows(range(1, 6)), empty_rows([8192 + 10, 3 * 8192])
    for rows in (first, later):
        rows.codes[:, 4], rows.status[:], rows.galleries[:] = 0, 0, 1
    table = np.ones((1, 48, 16), np.uint8)
    for folder in (None, tmp_path):
        matrix = CodeMatrix(folder, 5)
        matrix.write(first)
        matrix.write(later)
        found = matrix.scan([([4], table)], 100)[0][0].tolist()
        assert found == [0, 1, 2, 3, 4, 8192 + 9, 3 * 8192 - 1]
        matrix.close()
    again = CodeMatrix(tmp_path, 5)
    assert (again.damaged, again.rows, again.discarded) == ([], 3 * 8192, "")
    again.close()
