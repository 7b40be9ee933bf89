"""The parameter file: what is written is read, and nothing else is."""

import io
import zlib
from pathlib import Path

import numpy as np
import pytest

from tenprint.gallery import load_parameters
from tenprint.model import StoreError, StoreFormatError, StoreVersionError

KNOWN = load_parameters()


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("code") / "code.tpc"
    KNOWN.save(path)
    return path.read_bytes()


def sealed(body: bytes) -> bytes:
    return b"TPC\1" + zlib.crc32(body).to_bytes(4, "little") + body


def test_what_is_written_is_read(tmp_path: Path, saved: bytes) -> None:
    path = tmp_path / "code.tpc"
    path.write_bytes(saved)
    again = load_parameters(path)
    assert again.name == KNOWN.name
    for field in KNOWN.__dataclass_fields__:
        assert getattr(again, field).tobytes() == getattr(KNOWN, field).tobytes()
    assert load_parameters() is KNOWN


def test_a_changed_byte_is_noticed(tmp_path: Path, saved: bytes) -> None:
    path = tmp_path / "code.tpc"
    for at in [*range(9), *np.linspace(9, len(saved) - 1, 60).astype(int)]:
        path.write_bytes(saved[:at] + bytes([saved[at] ^ 1]) + saved[at + 1 :])
        with pytest.raises((StoreFormatError, StoreVersionError)) as caught:
            load_parameters(path)
        assert (caught.type is StoreVersionError) == (at == 3)
        assert str(path) in str(caught.value.source)


def test_a_truncated_file_is_noticed(tmp_path: Path, saved: bytes) -> None:
    path = tmp_path / "code.tpc"
    for size in [*range(12), 1000, len(saved) // 2, len(saved) - 1]:
        path.write_bytes(saved[:size])
        with pytest.raises((StoreFormatError, StoreVersionError)):
            load_parameters(path)


def archive(**changed: object) -> bytes:
    arrays: dict[str, object] = {f: getattr(KNOWN, f) for f in KNOWN.__dataclass_fields__}
    arrays["version"] = np.array(1)
    arrays |= changed
    buffer = io.BytesIO()
    np.savez(buffer, **{k: v for k, v in arrays.items() if v is not None})  # type: ignore[arg-type]
    return sealed(buffer.getvalue())


def test_another_version_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "code.tpc"
    path.write_bytes(archive(version=np.array(2)))
    with pytest.raises(StoreVersionError):
        load_parameters(path)


@pytest.mark.parametrize(
    "changed",
    [
        {"mean": np.zeros((64, 51), np.float32)},
        {"unit": np.zeros(192, np.float64)},
        {"projection": np.zeros((3392, 192), np.int16)},
        {"weight": np.zeros(3, np.float32)},
        {"weight": np.zeros((3, 4), np.float32)},
        {"weight": np.zeros((2, 0), np.float32)},
        {"middle": None},
        {"version": None},
    ],
)
def test_arrays_of_another_form_are_refused(tmp_path: Path, changed: dict[str, object]) -> None:
    path = tmp_path / "code.tpc"
    path.write_bytes(archive(**changed))
    with pytest.raises(StoreFormatError):
        load_parameters(path)


@pytest.mark.parametrize("body", [b"", b"PK", b"not an archive"])
def test_what_is_no_archive_is_refused(tmp_path: Path, body: bytes) -> None:
    path = tmp_path / "code.tpc"
    path.write_bytes(sealed(body))
    with pytest.raises(StoreFormatError):
        load_parameters(path)


def test_a_missing_file_is_a_coded_error(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be read"):
        load_parameters(tmp_path / "none.tpc")
