"""Which prints a folder holds, and which pairs are compared."""

from pathlib import Path

import numpy as np
import pytest

from tenprint.evaluate import find_databases, leave_one_out
from tenprint.model import InputError


def make(folder: Path, names: list[str]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        (folder / name).write_bytes(b"")
    return folder


def full(fingers: int, impressions: int, suffix: str = ".tif") -> list[str]:
    return [
        f"{finger}_{impression}{suffix}"
        for finger in range(1, fingers + 1)
        for impression in range(1, impressions + 1)
    ]


def test_ten_by_eight_gives_the_pairs_of_the_protocol(tmp_path):
    (database,) = find_databases(make(tmp_path / "DB1_B", full(10, 8)))
    genuine, impostor = database.genuine_pairs(), database.impostor_pairs()
    assert (len(genuine), len(impostor)) == (280, 2880)
    assert database.name == "DB1_B"
    assert database.labels == tuple(str(finger) for finger in range(1, 11))
    for pairs, same in ((genuine, True), (impostor, False)):
        assert (pairs[:, 0] < pairs[:, 1]).all()
        assert len(np.unique(pairs, axis=0)) == len(pairs)
        assert ((database.finger[pairs[:, 0]] == database.finger[pairs[:, 1]]) == same).all()


def test_folders_of_databases_and_other_files(tmp_path):
    make(tmp_path / "B", [*full(2, 2, ".PNG"), "1_1.ist", "notes.txt", "1_x.png", "_1.png"])
    make(tmp_path / "A", full(3, 2, ".wsq"))
    make(tmp_path / "empty", ["README.md"])
    assert [(each.name, len(each)) for each in find_databases(tmp_path)] == [("A", 6), ("B", 4)]


def test_fingers_are_in_number_order_and_names_may_be_words(tmp_path):
    names = ["10_2.png", "9_1.png", "10_1.png", "left_thumb_3.png", "9_10.png", "9_2.png"]
    (database,) = find_databases(make(tmp_path, names))
    assert database.labels == ("9", "10", "left_thumb")
    assert [path.name for path in database.files] == [
        "9_1.png", "9_2.png", "9_10.png", "10_1.png", "10_2.png", "left_thumb_3.png",
    ]  # fmt: skip
    assert database.first_impressions().tolist() == [0, 3, 5]
    assert database.impression.tolist() == [1, 2, 10, 1, 2, 3]


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ([], "holds no prints"),
        (["1_1.png", "1_2.png"], "at least two fingers"),
        (["1_1.png", "2_1.png"], "at least two fingers"),
        ([*full(2, 2), "1_2.png"], "same impression"),
        ([*full(2, 2), "1_02.tif"], "same impression"),
    ],
)
def test_unusable_folders_are_named(tmp_path, names, message):
    with pytest.raises(InputError, match=message) as caught:
        find_databases(make(tmp_path / "DB", names))
    assert "DB" in str(caught.value)


def test_a_missing_folder_is_an_error(tmp_path):
    with pytest.raises(InputError, match="no such folder"):
        find_databases(tmp_path / "absent")


def test_leave_one_out(tmp_path):
    for name in "ABC":
        make(tmp_path / name, full(2, 2))
    databases = find_databases(tmp_path)
    splits = [(out.name, [each.name for each in rest]) for out, rest in leave_one_out(databases)]
    assert splits == [("A", ["B", "C"]), ("B", ["A", "C"]), ("C", ["A", "B"])]
