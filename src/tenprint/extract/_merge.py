"""The network's tensors, algebraically merged into fewer operations, for the native engine.

Nothing is approximated; only the order of float additions changes:

- A layer norm's scale and shift move into the 1x1 convolution that follows it.
- In an inverted bottleneck, reduce, residual and last 1x1 convolution are all linear:
  ``A (x + R h + r) + a = A x + (A R) h + (A r + a)``, so the hidden channels go straight to the
  outputs. In a head this also takes in the following 1x1 convolution, because nearest-neighbour
  upsampling commutes with everything that looks at one pixel only.
- A head's 5x5 convolution at full resolution therefore looks at a map in which every 2x2 pixels
  are equal: for each of the four pixel parities it is a 3x3 convolution at half resolution.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Tensors = dict[str, NDArray[np.float32]]

_BOTTLENECKS = (*(f"enc1_{i}" for i in range(4)), *(f"dec1_{i}" for i in range(4)))
_SEPARABLE = (*(f"enc0_{i}" for i in range(4)), *(f"dec0_{i}" for i in range(4)))


def merge(weights: Tensors) -> Tensors:
    """What ``LeaderNetwork`` of the native module takes, from `load_weights`' tensors."""
    double = {name: value.astype(np.float64) for name, value in weights.items()}
    merged: dict[str, NDArray[np.float64]] = {}
    for stem in ("stem0", "stem1"):
        for part, name in (("near", "conv"), ("far", "dilated_conv")):
            merged[f"{stem}.{part}"] = double[f"{stem}_{name}/0"].reshape(25, -1)
            merged[f"{stem}.{part}_bias"] = double[f"{stem}_{name}/1"]
        _norm(merged, double, stem)
    for block in _SEPARABLE:
        merged[f"{block}.depthwise"] = _depthwise(double[f"{block}_conv/0"])
        merged[f"{block}.pointwise"] = double[f"{block}_conv/1"][0, 0]
        merged[f"{block}.pointwise_bias"] = double[f"{block}_conv/2"]
        _norm(merged, double, block)
    for i, dilation in enumerate((1, 3, 6)):
        merged[f"attention.seen{i}"] = double[f"attention_conv_d{dilation}/0"].reshape(9 * 32, 16)
        merged[f"attention.seen{i}_bias"] = double[f"attention_conv_d{dilation}/1"]
    merged["attention.gate"] = double["attention_s/0"][0, 0]
    merged["attention.gate_bias"] = double["attention_s/1"]
    for block in _BOTTLENECKS:
        adjust, bias = double[f"{block}_conv_adj/0"][0, 0], double[f"{block}_conv_adj/1"]
        _bottleneck(merged, double, block, block, f"{block}_ln", adjust, bias)
    for i in range(3):
        _head(merged, double, i)
    kernel, bias = double["head_0_out/0"], double["head_0_out/1"]
    merged["position"] = np.concatenate([_phases(kernel[..., 0]).ravel(), bias])
    for name, i in (("direction", 1), ("kind", 2)):
        kernel, bias = double[f"head_{i}_out/0"], double[f"head_{i}_out/1"]
        merged[name] = np.concatenate([kernel.ravel(), bias])
    return {name: np.ascontiguousarray(value, np.float32) for name, value in merged.items()}


def _norm(
    merged: dict[str, NDArray[np.float64]], double: dict[str, NDArray[np.float64]], name: str
) -> None:
    merged[f"{name}.scale"], merged[f"{name}.shift"] = (
        double[f"{name}_ln/0"],
        double[f"{name}_ln/1"],
    )


def _depthwise(kernel: NDArray[np.float64]) -> NDArray[np.float64]:
    """(row, column, channel, 1) to (channel, column, row)."""
    return kernel[..., 0].transpose(2, 1, 0)


def _bottleneck(
    merged: dict[str, NDArray[np.float64]],
    double: dict[str, NDArray[np.float64]],
    name: str,
    source: str,
    norm: str,
    adjust: NDArray[np.float64],
    bias: NDArray[np.float64],
) -> None:
    expand = double[f"{source}_conv_exp/0"][0, 0]
    reduce = double[f"{source}_conv_red/0"][0, 0]
    merged[f"{name}.depthwise"] = _depthwise(double[f"{source}_depthwise/0"])
    merged[f"{name}.expand"] = double[f"{norm}/0"][:, None] * expand
    merged[f"{name}.expand_bias"] = double[f"{source}_conv_exp/1"] + double[f"{norm}/1"] @ expand
    merged[f"{name}.reduce"] = np.concatenate([adjust, reduce @ adjust])
    merged[f"{name}.reduce_bias"] = bias + double[f"{source}_conv_red/1"] @ adjust


def _head(
    merged: dict[str, NDArray[np.float64]], double: dict[str, NDArray[np.float64]], index: int
) -> None:
    source, name = f"head_{index}", f"head{index}"
    first = double[f"{source}_conv1/0"][0, 0]
    adjust = double[f"{source}_conv_adj/0"][0, 0] @ first
    bias = double[f"{source}_conv_adj/1"] @ first + double[f"{source}_conv1/1"]
    _bottleneck(merged, double, name, source, f"{source}_ibc_ln", adjust, bias)
    second = double[f"{source}_conv2/0"][0, 0]
    merged[f"{name}.mix"] = double[f"{source}_ln/0"][:, None] * second
    merged[f"{name}.mix_bias"] = double[f"{source}_conv2/1"] + double[f"{source}_ln/1"] @ second


def _phases(kernel: NDArray[np.float64]) -> NDArray[np.float64]:
    """A 5x5 kernel (5, 5, c) on doubled pixels as (parity y, parity x, 3, 3, c) on single ones."""
    result = np.zeros((2, 2, 3, 3, kernel.shape[2]))
    for y, x, ky, kx in np.ndindex(2, 2, 5, 5):
        result[y, x, (y + ky - 2) // 2 + 1, (x + kx - 2) // 2 + 1] += kernel[ky, kx]
    return result
