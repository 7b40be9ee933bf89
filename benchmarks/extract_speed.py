"""Image to template: CPU time of one thread, by precision and instruction set.

    python benchmarks/extract_speed.py SHARED/data [--images 20] [--onnx]

Flat prints are FVC2002 DB1_B (388 x 374), rolled ones the ten-print card's (804 x 752). Figures are
CPU milliseconds of one thread: each image's best of three, then the median over images. On a shared
machine other people's load still shows through caches and hyperthreads; a yardstick is
printed before and after: how fast the core was meanwhile.
"""

from __future__ import annotations

import argparse
import resource
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from tenprint import _native
from tenprint.evaluate._leader_onnx import OnnxNetwork
from tenprint.extract import Extractor
from tenprint.extract._cells import finger_cells, pad
from tenprint.model import FingerImage

LEVELS = ("portable", "avx2", "avx512")


def load(path: Path) -> FingerImage:
    return FingerImage(np.asarray(Image.open(path).convert("L")), source=path.name)


def best(work: Callable[[], object], times: int = 3) -> float:
    """Best CPU milliseconds of several runs of this thread."""
    results = []
    for _ in range(times):
        start = time.thread_time()
        work()
        results.append(1e3 * (time.thread_time() - start))
    return min(results)


def median(images: list[FingerImage], work: Callable[[FingerImage], object]) -> float:
    return float(np.median([best(lambda image=image: work(image)) for image in images]))


def fma_yardstick() -> float:
    """Nanoseconds a float multiply-add lane costs in NumPy now; only its change means something."""
    block: NDArray[np.float32] = np.ones(4096, np.float32)
    return best(lambda: [np.multiply(block, 1.0001, out=block) for _ in range(4000)], 5)


def run_graph(network: OnnxNetwork, image: FingerImage) -> None:
    network.run(pad(image.pixels)[0])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--images", type=int, default=20)
    parser.add_argument("--onnx", action="store_true", help="also the ONNX graph, much slower")
    arguments = parser.parse_args()
    flat = sorted((arguments.data / "fvc2002" / "DB1_B").glob("*.tif"))
    step = max(1, len(flat) // arguments.images)
    sets = {
        "flat": [load(path) for path in flat[::step]],
        "rolled": [
            image
            for path in sorted((arguments.data / "ansi-nist" / "tenprint-card").glob("*.png"))
            if (image := load(path)).pixels.shape in {(752, 804), (804, 752)}
        ],
    }
    print(f"yardstick {fma_yardstick():.2f} ms (4,096 floats multiplied 4,000 times)")
    for name, images in sets.items():
        if not images:
            continue
        share = np.mean([finger_cells(pad(image.pixels)[0]).mean() for image in images])
        print(f"{name}: {len(images)} images, {100 * share:.0f} % of the cells hold finger")
        start = time.thread_time()
        Extractor().extract(images[0])
        print(f"  first call, with loading   {1e3 * (time.thread_time() - start):7.1f} ms")
        runs = [("float32", level) for level in range(_native.best_level() + 1)]
        if _native.has_avx512_bf16():
            runs.append(("bfloat16", _native.best_level()))
        for precision, level in runs:
            _native.set_level(level)
            extractor = Extractor(precision=precision)
            value = median(images, extractor.extract)
            print(f"  {precision:8} {LEVELS[level]:8}         {value:7.1f} ms")
        _native.set_level(_native.best_level())
        if arguments.onnx:
            network = OnnxNetwork()
            value = median(images[:5], partial(run_graph, network))
            print(f"  ONNX graph, onnxruntime   {value:7.1f} ms")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"yardstick {fma_yardstick():.2f} ms; peak memory {peak:.0f} MB")


if __name__ == "__main__":
    main()
