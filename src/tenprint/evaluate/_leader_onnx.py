"""The LEADER network as an ONNX graph: the oracle of the native engine, and its peer for speed.

Channels first; layer norms written out over the channel axis, erf-GELU as one operator. The layer
structure is that of the published model (pyfing, MIT licence), nothing is merged or left out.
Development only: needs the packages onnx and onnxruntime.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from tenprint.extract._weights import load_weights

#: Keras' layer normalisation adds this to the variance.
EPSILON = 1e-3


class _Graph:
    """Collects nodes; every method adds some and returns the name of their result."""

    def __init__(self, weights: dict[str, NDArray[np.float32]]) -> None:
        self.weights = weights
        self.nodes: list[Any] = []
        self.constants: dict[str, Any] = {}

    def constant(self, name: str, value: NDArray[Any]) -> str:
        if name not in self.constants:
            self.constants[name] = numpy_helper.from_array(np.ascontiguousarray(value), name)
        return name

    def node(self, kind: str, *inputs: str, **attributes: Any) -> str:
        name = f"{kind}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [name], name=name, **attributes))
        return name

    def conv(self, name: str, x: str, dilation: int = 1) -> str:
        kernel = self.weights[f"{name}/0"].transpose(3, 2, 0, 1)
        size = kernel.shape[2]
        pad = dilation * (size // 2)
        inputs = [x, self.constant(f"{name}/0", kernel)]
        if f"{name}/1" in self.weights:
            inputs.append(self.constant(f"{name}/1", self.weights[f"{name}/1"]))
        return self.node(
            "Conv", *inputs, pads=[pad] * 4, dilations=[dilation] * 2, kernel_shape=[size] * 2
        )

    def depthwise(self, name: str, x: str) -> str:
        kernel = self.weights[f"{name}/0"].transpose(2, 3, 0, 1)
        size = kernel.shape[2]
        return self.node(
            "Conv",
            x,
            self.constant(f"{name}/depthwise", kernel),
            group=kernel.shape[0],
            pads=[size // 2] * 4,
            kernel_shape=[size] * 2,
        )

    def layer_norm(self, name: str, x: str) -> str:
        axis = self.constant("channel_axis", np.array([1], np.int64))
        scale, shift = (
            self.constant(f"{name}/{i}", self.weights[f"{name}/{i}"].reshape(1, -1, 1, 1))
            for i in (0, 1)
        )
        centred = self.node("Sub", x, self.node("ReduceMean", x, axis))
        variance = self.node("ReduceMean", self.node("Mul", centred, centred), axis)
        epsilon = self.constant("epsilon", np.array(EPSILON, np.float32))
        root = self.node("Sqrt", self.node("Add", variance, epsilon))
        return self.node("Add", self.node("Mul", self.node("Div", centred, root), scale), shift)

    def gelu(self, x: str) -> str:
        return self.node("Gelu", x, approximate="none")

    def pool(self, kind: str, x: str) -> str:
        return self.node(kind, x, kernel_shape=[2, 2], strides=[2, 2])

    def concat(self, *parts: str) -> str:
        return self.node("Concat", *parts, axis=1)

    def stem(self, name: str, x: str, pool: str) -> str:
        both = self.concat(self.conv(f"{name}_conv", x), self.conv(f"{name}_dilated_conv", x, 2))
        return self.pool(pool, self.gelu(self.layer_norm(f"{name}_ln", both)))

    def separable(self, name: str, x: str) -> str:
        depthwise = self.depthwise(f"{name}_conv", x)
        kernel = self.weights[f"{name}_conv/1"].transpose(3, 2, 0, 1)
        pointwise = self.node(
            "Conv",
            depthwise,
            self.constant(f"{name}_conv/1", kernel),
            self.constant(f"{name}_conv/2", self.weights[f"{name}_conv/2"]),
        )
        return self.gelu(self.layer_norm(f"{name}_ln", pointwise))

    def bottleneck(self, name: str, x: str, norm: str) -> str:
        inner = self.layer_norm(norm, self.depthwise(f"{name}_depthwise", x))
        inner = self.conv(f"{name}_conv_red", self.gelu(self.conv(f"{name}_conv_exp", inner)))
        return self.conv(f"{name}_conv_adj", self.node("Add", x, inner))

    def down(self, x: str) -> str:
        half = self.node("Split", x, axis=1, num_outputs=2)
        self.nodes[-1].output.append(f"{half}_rest")
        return self.concat(self.pool("MaxPool", half), self.pool("AveragePool", f"{half}_rest"))

    def up(self, x: str) -> str:
        scales = self.constant("twice", np.array([1, 1, 2, 2], np.float32))
        return self.node(
            "Resize",
            *(x, "", scales),
            mode="nearest",
            nearest_mode="floor",
            coordinate_transformation_mode="asymmetric",
        )

    def head(self, index: int, x: str) -> str:
        name = f"head_{index}"
        x = self.up(self.bottleneck(name, x, f"{name}_ibc_ln"))
        x = self.layer_norm(f"{name}_ln", self.conv(f"{name}_conv1", x))
        return self.conv(f"{name}_out", self.gelu(self.conv(f"{name}_conv2", x)))


def build() -> onnx.ModelProto:
    """The network as an ONNX model: ``image`` (n, 1, H, W) float32 0-255, H and W multiples of 32.

    Outputs ``position`` (n, 1, H, W) probability, ``direction`` (n, 2, H, W) cosine and sine up to
    scale, ``kind`` (n, 1, H, W) probability of a ridge ending.
    """
    g = _Graph(load_weights())
    x = g.stem("stem0", "image", "MaxPool")
    fine = g.stem("stem1", "image", "AveragePool")
    skips = []
    for i in range(4):
        skips.append(g.separable(f"enc0_{i}", x))
        x = g.down(skips[i])
    for i in (3, 2, 1, 0):
        x = g.concat(g.up(g.separable(f"dec0_{i}", x)), skips[i])
    seen = g.concat(*(g.gelu(g.conv(f"attention_conv_d{d}", x, d)) for d in (1, 3, 6)))
    x = g.concat(g.node("Mul", x, g.node("Sigmoid", g.conv("attention_s", seen))), fine)
    skips = []
    for i in range(4):
        skips.append(g.bottleneck(f"enc1_{i}", x, f"enc1_{i}_ln"))
        x = g.down(skips[i])
    for i in (3, 2, 1, 0):
        x = g.concat(g.up(g.bottleneck(f"dec1_{i}", x, f"dec1_{i}_ln")), skips[i])
    position, direction, kind = (g.head(i, x) for i in range(3))
    for name, source in (("direction", direction), ("position", position), ("kind", kind)):
        operator = "Identity" if name == "direction" else "Sigmoid"
        g.nodes.append(helper.make_node(operator, [source], [name]))
    float_ = TensorProto.FLOAT
    outputs = [
        helper.make_tensor_value_info(name, float_, ["n", depth, "H", "W"])
        for name, depth in (("position", 1), ("direction", 2), ("kind", 1))
    ]
    inputs = [helper.make_tensor_value_info("image", float_, ["n", 1, "H", "W"])]
    graph = helper.make_graph(g.nodes, "leader", inputs, outputs, list(g.constants.values()))
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)
    onnx.checker.check_model(model)
    return model


class OnnxNetwork:
    """The ONNX graph in onnxruntime, on `threads` threads; a session is safe to share."""

    def __init__(self, threads: int = 1) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
        self._session = onnxruntime.InferenceSession(
            build().SerializeToString(), options, providers=["CPUExecutionProvider"]
        )

    def run(self, image: NDArray[np.uint8]) -> tuple[NDArray[np.float32], ...]:
        """Position (H, W), direction (H, W, 2) and kind (H, W) maps of one padded image."""
        feed = {"image": image[None, None].astype(np.float32)}
        position, direction, kind = self._session.run(["position", "direction", "kind"], feed)
        return position[0, 0], np.moveaxis(direction[0], 0, -1), kind[0, 0]
