"""How long extraction and comparison take, one after another on one thread.

Times are processor time of the whole process: work that a library hides in further threads counts,
and other programs on the machine hardly do. On an idle machine it equals elapsed time.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tenprint.evaluate._extraction import ExtractedDatabase
from tenprint.evaluate._progress import Progress, Steps
from tenprint.evaluate._reading import read_print, shared_extractor
from tenprint.match import TemplateSet
from tenprint.model import FingerImage, Template

#: How many images and probes are timed, spread evenly over everything.
TIMED_IMAGES = 24
TIMED_PROBES = 24

#: Templates in the timed gallery, each with its own memory: more than a core's cache holds.
TIMED_GALLERY = 4000


@dataclass(frozen=True)
class Times:
    """Seconds each of several pieces of work took."""

    processor: list[float]
    elapsed: list[float]

    def median(self, factor: float = 1.0) -> float | None:
        """Median processor time, times `factor`; None if nothing was timed."""
        return statistics.median(self.processor) * factor if self.processor else None

    def percentile(self, percent: float, factor: float = 1.0) -> float | None:
        """A percentile of processor time, times `factor`."""
        return float(np.percentile(self.processor, percent)) * factor if self.processor else None

    def median_elapsed(self, factor: float = 1.0) -> float | None:
        """Median elapsed time, times `factor`."""
        return statistics.median(self.elapsed) * factor if self.elapsed else None


def time_each(work: Sequence[Callable[[], object]], step: Callable[[], None]) -> Times:
    """Do and time each piece of work once, in order."""
    processor, elapsed = [], []
    for piece in work:
        start, begin = time.process_time(), time.perf_counter()
        piece()
        processor.append(time.process_time() - start)
        elapsed.append(time.perf_counter() - begin)
        step()
    return Times(processor, elapsed)


def time_extraction(
    images: Sequence[FingerImage], *, threads: int = 1, progress: Progress | None = None
) -> Times:
    """Image to template, one image after another, after one that is not counted."""
    extractor = shared_extractor(threads=threads)
    if images:
        extractor.extract(images[0])
    step = Steps(progress, "time extraction", len(images))
    return time_each([partial(extractor.extract, image) for image in images], step)


def time_comparisons(
    templates: Sequence[Template],
    owner: NDArray[np.integer[Any]],
    *,
    mated: bool = False,
    probes: int = TIMED_PROBES,
    gallery_size: int = TIMED_GALLERY,
    progress: Progress | None = None,
) -> list[float]:
    """Processor seconds of one comparison in a search over a gallery, for some probes.

    The gallery holds every template again and again up to `gallery_size`; each probe is compared
    with all of its finger (`mated`, never with the same impression) or all of the others, best of
    three searches, the preparation of the probe included.

    Parameters
    ----------
    templates : sequence of Template
    owner : ndarray of int, shape (templates,)
        Which finger each template is of.
    """
    copies = -(-gallery_size // max(len(templates), 1))
    gallery = TemplateSet([*templates] * copies)
    everyone = np.arange(len(templates) * copies)
    impression = everyone % max(len(templates), 1)
    chosen = spread(len(templates), probes)
    step = Steps(progress, "time comparisons", len(chosen))
    seconds = []
    for row in chosen:
        wanted = (owner[impression] == owner[row]) == mated
        rows = everyone[wanted & (impression != row)]
        if len(rows):
            search = partial(gallery.compare, templates[row], rows)
            seconds.append(min(time_each([search] * 3, lambda: None).processor) / len(rows))
        step()
    return seconds


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
        1:N search), and the counts; None where nothing could be timed.
    """
    prints = [
        (path, ppi.get(each.database.name), template, (number, int(finger)))
        for number, each in enumerate(extracted)
        for path, template, finger in zip(
            each.database.files, each.templates, each.database.finger, strict=True
        )
        if template is not None
    ]
    chosen = [prints[k] for k in spread(len(prints), TIMED_IMAGES)]
    readers = [partial(read_print, path, given) for path, given, _, _ in chosen]
    reading = time_each(readers, lambda: None)
    extraction = time_extraction([read() for read in readers], progress=progress)
    owners = {person: index for index, person in enumerate(dict.fromkeys(p[3] for p in prints))}
    comparison = time_comparisons(
        [template for _, _, template, _ in prints],
        np.array([owners[person] for _, _, _, person in prints]),
        progress=progress,
    )
    return {
        "read_ms": reading.median(1e3),
        "extract_ms": extraction.median(1e3),
        "extract_wall_ms": extraction.median_elapsed(1e3),
        "timed_images": len(chosen),
        "compare_us": statistics.median(comparison) * 1e6 if comparison else None,
        "compare_mean_us": statistics.fmean(comparison) * 1e6 if comparison else None,
        "timed_probes": len(comparison),
    }


def spread(total: int, wanted: int) -> list[int]:
    """At most `wanted` of ``range(total)``, evenly spread."""
    count = min(total, wanted)
    return [k * total // count for k in range(count)]
