"""The trained weights of the LEADER network, read from the installed ``pyfing`` wheel.

Importing ``pyfing`` would start TensorFlow, so the wheel's file is opened directly. Keras numbers
the layers of one class in the order of the model's graph, which interleaves the three heads; the
order below is that order.
"""

from __future__ import annotations

import hashlib
import importlib.util
from pathlib import Path

import h5py
import numpy as np
from numpy.typing import NDArray

from tenprint.model import NetworkWeightsError

#: Layer names in Keras' order, by layer class.
_ORDER: dict[str, tuple[str, ...]] = {
    "conv2d": (
        *("stem0_conv", "stem0_dilated_conv", "stem1_conv", "stem1_dilated_conv"),
        *("attention_conv_d1", "attention_conv_d3", "attention_conv_d6", "attention_s"),
        *(
            f"{stage}_conv_{part}"
            for stage in (*(f"enc1_{i}" for i in range(4)), *(f"dec1_{i}" for i in (3, 2, 1, 0)))
            for part in ("exp", "red", "adj")
        ),
        *("head_0_conv_exp", "head_0_conv_red", "head_1_conv_exp", "head_0_conv_adj"),
        *("head_1_conv_red", "head_2_conv_exp", "head_2_conv_red", "head_1_conv_adj"),
        *("head_0_conv1", "head_2_conv_adj", "head_0_conv2", "head_1_conv1", "head_0_out"),
        *("head_2_conv1", "head_1_conv2", "blur", "head_1_out", "head_2_conv2", "head_2_out"),
    ),
    "separable_conv2d": (
        *(f"enc0_{i}_conv" for i in range(4)),
        *(f"dec0_{i}_conv" for i in (3, 2, 1, 0)),
    ),
    "depthwise_conv2d": (
        *(f"enc1_{i}_depthwise" for i in range(4)),
        *(f"dec1_{i}_depthwise" for i in (3, 2, 1, 0)),
        *(f"head_{i}_depthwise" for i in range(3)),
    ),
    "layer_normalization": (
        "stem0_ln",
        *(f"enc0_{i}_ln" for i in range(4)),
        *(f"dec0_{i}_ln" for i in (3, 2, 1, 0)),
        "stem1_ln",
        *(f"enc1_{i}_ln" for i in range(4)),
        *(f"dec1_{i}_ln" for i in (3, 2, 1, 0)),
        *(f"head_{i}_ibc_ln" for i in range(3)),
        *(f"head_{i}_ln" for i in range(3)),
    ),
}

#: SHA-256 over names, shapes and values of all tensors of LEADER as of pyfing 0.7.
_SHA256 = "8916c3222fec9733de37c6920a865f9ef932ac2088973f12150fdf78236ae926"

#: All tensors together; a larger file is not this network (limit before reading).
_TENSORS, _MAX_VALUES = 184, 2_000_000

_REMEDY = "Install the pyfing version that constraints.txt names."


def weights_path() -> Path:
    """Where the installed wheel keeps the network's weights; the wheel is not imported.

    Raises
    ------
    NetworkWeightsError
        If ``pyfing`` is not installed.
    """
    spec = importlib.util.find_spec("pyfing")
    if spec is None or not spec.submodule_search_locations:
        raise NetworkWeightsError("The package pyfing is not installed.", remedy=_REMEDY)
    return Path(next(iter(spec.submodule_search_locations))) / "models" / "LEADER.weights.h5"


def load_weights(path: Path | None = None) -> dict[str, NDArray[np.float32]]:
    """Read and check the network's tensors.

    Parameters
    ----------
    path : Path, optional
        The Keras weights file; by default the one of the installed wheel.

    Returns
    -------
    dict of str to ndarray of float32
        ``<layer>/<index>`` to tensor, index 0 the kernel (height, width, in, out), then the bias.
        Layer names as in the published description (``enc1_0_conv_exp``, ``head_0_out``).

    Raises
    ------
    NetworkWeightsError
        If the file is missing, damaged, or holds other tensors than those expected.
    """
    path = path or weights_path()
    try:
        tensors = _read(path)
    except (OSError, KeyError, ValueError, RuntimeError, TypeError, AttributeError) as error:
        raise NetworkWeightsError(
            "The network's weights cannot be read.", source=path, field=str(error), remedy=_REMEDY
        ) from error
    if _digest(tensors) != _SHA256:
        raise NetworkWeightsError(
            "The network's weights are not the expected ones.", source=path, remedy=_REMEDY
        )
    return tensors


def _read(path: Path) -> dict[str, NDArray[np.float32]]:
    tensors: dict[str, NDArray[np.float32]] = {}
    values = 0
    with h5py.File(path, "r") as file:
        for kind, names in _ORDER.items():
            for number, name in enumerate(names):
                group = file[f"layers/{kind}_{number}/vars" if number else f"layers/{kind}/vars"]
                for index in sorted(group):
                    values += group[index].size
                    if values > _MAX_VALUES:
                        raise ValueError("too many values")
                    tensors[f"{name}/{index}"] = np.asarray(group[index][()], np.float32)
    if len(tensors) != _TENSORS:
        raise ValueError(f"{len(tensors)} tensors instead of {_TENSORS}")
    return tensors


def _digest(tensors: dict[str, NDArray[np.float32]]) -> str:
    digest = hashlib.sha256()
    for name in sorted(tensors):
        digest.update(f"{name} {tensors[name].shape}\n".encode())
        digest.update(np.ascontiguousarray(tensors[name], "<f4").tobytes())
    return digest.hexdigest()
