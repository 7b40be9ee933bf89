"""How long extraction and comparison take, one after another on one thread.

Times are processor time of the whole process: work that a library hides in further threads counts,
and other programs on the machine hardly do. On an idle machine it equals elapsed time.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from tenprint.evaluate._extraction import ExtractedDatabase
from tenprint.evaluate._progress import Progress, Steps
from tenprint.extract import Extractor
from tenprint.formats import read_image
from tenprint.match import TemplateSet
from tenprint.model import Template

#: How many images and probes are timed, spread evenly over everything.
TIMED_IMAGES = 24
TIMED_PROBES = 24

#: Candidates of a timed search: as many as make the clock's steps and the call small.
TIMED_CANDIDATES = 2000


def processor_seconds(work: Callable[[], object]) -> float:
    """Processor time of one call, seconds, all threads of this process."""
    start = time.process_time()
    work()
    return time.process_time() - start


def measure_timing(
    extracted: Sequence[ExtractedDatabase],
    ppi: Mapping[str, float],
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Median times of reading, extracting and comparing, on one thread.

    Returns
    -------
    dict
        ``read_ms`` (file to 500 ppi image), ``extract_ms`` (image to template),
        ``extract_wall_ms``, ``compare_us`` and ``compare_mean_us`` (one non-mated comparison in a
        1:N search, the probe's preparation included), and the counts; None where nothing could be
        timed.
    """
    files = [
        (path, ppi.get(each.database.name))
        for each in extracted
        for path, template in zip(each.database.files, each.templates, strict=True)
        if template is not None
    ]
    chosen = [files[k] for k in _spread(len(files), TIMED_IMAGES)]
    step = Steps(progress, "time extraction", len(chosen))
    extractor = Extractor(threads=1)
    read, work, wall = [], [], []
    for path, resolution in chosen:
        start = time.process_time()
        image = read_image(path, resolution)
        read.append(time.process_time() - start)
        begin = time.perf_counter()
        work.append(processor_seconds(partial(extractor.extract, image)))
        wall.append(time.perf_counter() - begin)
        step()
    comparison = time_non_mated(extracted, progress)
    return {
        "read_ms": _median(read, 1e3),
        "extract_ms": _median(work, 1e3),
        "extract_wall_ms": _median(wall, 1e3),
        "timed_images": len(chosen),
        "compare_us": _median(comparison, 1e6),
        "compare_mean_us": statistics.fmean(comparison) * 1e6 if comparison else None,
        "timed_probes": len(comparison),
    }


def time_non_mated(
    extracted: Sequence[ExtractedDatabase], progress: Progress | None = None
) -> list[float]:
    """Seconds a non-mated comparison of some probes, best of three searches each."""
    owners: list[tuple[int, int]] = []
    templates: list[Template] = []
    for number, each in enumerate(extracted):
        for finger, template in zip(each.database.finger, each.templates, strict=True):
            if template is not None:
                owners.append((number, int(finger)))
                templates.append(template)
    gallery = TemplateSet(templates)
    owner = np.array(owners, np.int64).reshape(-1, 2)
    chosen = _spread(len(templates), TIMED_PROBES)
    step = Steps(progress, "time comparisons", len(chosen))
    seconds = []
    for row in chosen:
        others = np.flatnonzero((owner != owner[row]).any(axis=1))
        step()
        if len(others):
            rows = np.resize(others, max(TIMED_CANDIDATES, len(others)))
            best = min(
                processor_seconds(partial(gallery.compare, templates[row], rows)) for _ in range(3)
            )
            seconds.append(best / len(rows))
    return seconds


def _spread(total: int, wanted: int) -> list[int]:
    """At most `wanted` of ``range(total)``, evenly spread."""
    count = min(total, wanted)
    return [k * total // count for k in range(count)]


def _median(seconds: list[float], factor: float) -> float | None:
    return statistics.median(seconds) * factor if seconds else None
