"""Other programs' flat searches over the same bytes, in the same run."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import numpy as np

from tenprint.gallery import CodeMatrix, Rows
from tenprint.model import InputError

#: People whose codes the peers search: 240 bytes each, copied to memory.
PEOPLE = 1_000_000


def load_peers() -> dict[str, Any]:
    """The other programs' modules, of those that are installed.

    Raises
    ------
    InputError
        If one is installed and cannot be loaded: better said before the hours of a run.
    """
    found: dict[str, Any] = {}
    for name, module in (("faiss", "faiss"), ("usearch", "usearch.index")):
        if find_spec(name):
            try:
                found[name] = import_module(module)
            except ImportError as error:
                raise InputError(
                    f"{name} is installed and cannot be loaded: {error}.",
                    field="peers",
                    remedy=f"Install {name} with what it needs, or leave it out (--no-peers).",
                ) from error
    return found


def time_peers(
    peers: Mapping[str, Any],
    matrix: CodeMatrix,
    rows: Callable[[int, int], Rows],
    threads: int,
    k: int = 100,
) -> dict[str, Any]:
    """Seconds of one exhaustive ten-finger search over the first codes of a gallery.

    faiss's IndexBinaryFlat and usearch's exact search compare the same 240 bytes a person by
    Hamming distance; ours sums table values. Distances differ, the bytes read are the same.
    """
    people = min(PEOPLE, matrix.rows)
    codes = np.concatenate(
        [
            rows(at + 1, min(65_536, people - at)).codes[:, 1:].reshape(-1, 240)
            for at in range(0, people, 65_536)
        ]
    )
    codes = np.ascontiguousarray(codes)
    table = np.arange(10 * 48 * 16, dtype=np.uint8).reshape(10, 48, 16) % 22
    small = _First(matrix, people)
    found: dict[str, Any] = {"people": people, "k": k, "threads": threads}
    timers: dict[str, Callable[[int], object]] = {
        "tenprint": lambda n: small.scan([(list(range(1, 11)), table)] * n, k, threads)
    }
    if faiss := peers.get("faiss"):
        faiss.omp_set_num_threads(threads)
        index = faiss.IndexBinaryFlat(1920)
        index.add(codes)
        found["faiss_version"] = faiss.__version__
        timers["faiss"] = lambda n: index.search(codes[:n], k)
    if usearch := peers.get("usearch"):
        found["usearch_version"] = import_module("usearch").__version__
        timers["usearch"] = lambda n: usearch.search(
            codes, codes[:n], k, usearch.MetricKind.Hamming, exact=True, threads=threads
        )
    for name, run in timers.items():
        for count in (1, 8):
            run(count)
            times = []
            for _ in range(5):
                start = time.perf_counter()
                run(count)
                times.append(time.perf_counter() - start)
            found[f"{name}_{count}_s"] = round(float(np.median(times)), 5)
    return found


class _First:
    """The first people of a matrix."""

    def __init__(self, matrix: CodeMatrix, people: int) -> None:
        self._planes = [plane.data for plane in matrix.planes[1:] if plane]
        self._people = people

    def scan(self, queries: Any, k: int, threads: int) -> object:
        from tenprint._native import scan_codes

        asked = [([p - 1 for p in planes], tables) for planes, tables in queries]
        return scan_codes(self._planes, asked, self._people, [k] * len(asked), threads=threads)
