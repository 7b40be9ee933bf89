"""The speed of this machine: image to template, comparisons a second, memory, cores for a day."""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from tenprint import _native
from tenprint.evaluate._machine import LEVELS, describe_run, peak_memory_mb
from tenprint.evaluate._progress import Progress
from tenprint.evaluate._reading import shared_extractor
from tenprint.evaluate._subjects import Subject, folder_subjects, synthetic_subjects
from tenprint.evaluate._timing import spread, time_comparisons, time_extraction
from tenprint.extract import Trace
from tenprint.formats import pack

#: The day of the model system: ten-print searches, and images of each.
SEARCHES_A_DAY = 200_000
IMAGES_A_SEARCH = 10

#: How many images and probes are timed at an instruction set that is not the best.
LOWER_LEVEL_SAMPLE = 4


@dataclass(frozen=True)
class SubjectSpeed:
    """Speed on one kind of print, one thread; times are processor time.

    Attributes
    ----------
    images : int
        How many were timed.
    width, height : int
        Median size, pixels at 500 ppi.
    extract_ms, extract_p95_ms, extract_wall_ms : float
        Image to template: median, 95th percentile, median elapsed, milliseconds.
    stages_ms : dict of str to float
        Median milliseconds until each stage of the trace was there, from the one before; tracing
        itself costs a little.
    minutiae : float
        Median number of a template.
    template_bytes, template_bytes_max : float
        Stored size, median and largest.
    non_mated_per_second, mated_per_second : float or None
        Comparisons a second in a 1:N search; None where there are no such pairs.
    """

    images: int
    width: int
    height: int
    extract_ms: float
    extract_p95_ms: float
    extract_wall_ms: float
    stages_ms: dict[str, float]
    minutiae: float
    template_bytes: float
    template_bytes_max: int
    non_mated_per_second: float | None
    mated_per_second: float | None

    @property
    def cores_a_day(self) -> float:
        """Cores that extract a day of `SEARCHES_A_DAY` ten-print searches."""
        return self.extract_ms / 1e3 * SEARCHES_A_DAY * IMAGES_A_SEARCH / 86_400


@dataclass(frozen=True)
class LevelSpeed:
    """Speed at one instruction set, few images: milliseconds and comparisons a second."""

    extract_ms: float
    non_mated_per_second: float | None


@dataclass(frozen=True)
class SpeedReport:
    """What a speed evaluation found.

    Attributes
    ----------
    subjects : dict of str to SubjectSpeed
        By kind of print, such as ``flat`` and ``rolled``.
    levels : dict of str to dict of str to LevelSpeed
        By instruction set, then kind of print.
    peak_memory_mb : float or None
        Largest resident memory of this process when all extraction was done, before galleries.
    details : dict
        Machine, version, date, command, settings.
    """

    subjects: dict[str, SubjectSpeed]
    levels: dict[str, dict[str, LevelSpeed]]
    peak_memory_mb: float | None
    details: dict[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """The report as JSON-ready data."""
        return {
            "subjects": {
                name: {**vars(speed), "cores_a_day": speed.cores_a_day}
                for name, speed in self.subjects.items()
            },
            "instruction_sets": {
                level: {name: vars(speed) for name, speed in kinds.items()}
                for level, kinds in self.levels.items()
            },
            "peak_memory_mb": self.peak_memory_mb,
            "day": {"searches": SEARCHES_A_DAY, "images_a_search": IMAGES_A_SEARCH},
            **self.details,
        }

    def write_json(self, path: Path | str) -> None:
        """Write `to_json` to a file."""
        Path(path).write_text(json.dumps(self.to_json(), indent=2) + "\n", encoding="utf-8")

    def rows(self) -> list[tuple[str, ...]]:
        """A readable table: the head, then one row a measure and a column a kind of print."""
        return [("", *self.subjects), *(row for rows in self.tables().values() for row in rows)]

    def tables(self) -> dict[str, list[tuple[str, ...]]]:
        """The same rows, without the head, under a title each."""
        kinds = list(self.subjects.values())
        stages = list(dict.fromkeys(stage for k in kinds for stage in k.stages_ms))
        extraction = [
            ("image size, pixels at 500 ppi", *(f"{k.width} x {k.height}" for k in kinds)),
            ("images timed", *(f"{k.images}" for k in kinds)),
            ("image to template, median", *(_ms(k.extract_ms) for k in kinds)),
            ("image to template, 95th percentile", *(_ms(k.extract_p95_ms) for k in kinds)),
            ("image to template, elapsed, median", *(_ms(k.extract_wall_ms) for k in kinds)),
            *(
                (f"of that until {stage}", *(_ms(k.stages_ms.get(stage)) for k in kinds))
                for stage in stages
            ),
            (
                f"cores for {SEARCHES_A_DAY * IMAGES_A_SEARCH:,} images a day",
                *(f"{k.cores_a_day:.2f}" for k in kinds),
            ),
        ]
        comparison = [
            ("non-mated comparisons", *(_rate(k.non_mated_per_second) for k in kinds)),
            ("mated comparisons", *(_rate(k.mated_per_second) for k in kinds)),
            ("minutiae, median", *(f"{k.minutiae:.0f}" for k in kinds)),
            ("stored template, median", *(f"{k.template_bytes:.0f} bytes" for k in kinds)),
            ("stored template, largest", *(f"{k.template_bytes_max} bytes" for k in kinds)),
        ]
        lower = []
        for level, speeds in self.levels.items():
            each = [speeds.get(name) for name in self.subjects]
            times = [_ms(speed.extract_ms if speed else None) for speed in each]
            rates = [_rate(speed.non_mated_per_second if speed else None) for speed in each]
            lower += [
                (f"{level}: image to template", *times),
                (f"{level}: non-mated comparisons", *rates),
            ]
        tables: dict[str, list[tuple[str, ...]]] = {
            "Image to template": extraction,
            "Comparisons and templates": comparison,
        }
        return tables | ({"Instruction sets": lower} if lower else {})


def _ms(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}\N{NO-BREAK SPACE}ms"


def _rate(value: float | None) -> str:
    return "-" if value is None else f"{value:,.0f} a\N{NO-BREAK SPACE}second"


def evaluate_speed(
    directory: Path | str | None = None,
    *,
    ppi: Mapping[str, float] | None = None,
    threads: int = 1,
    levels: bool = True,
    progress: Progress | None = None,
    command: str | None = None,
) -> SpeedReport:
    """Speed on the prints of a folder, or on fictitious flat and rolled ones.

    Parameters
    ----------
    directory : path, optional
        See `folder_subjects`. Default: `synthetic_subjects`, the same images on every machine.
    ppi : mapping of str to float, optional
        Resolution of a database's images, by its folder's name.
    threads, levels, progress, command
        See `measure_speed`.
    """
    subjects = synthetic_subjects() if directory is None else folder_subjects(directory, ppi=ppi)
    report = measure_speed(
        subjects, threads=threads, levels=levels, progress=progress, command=command
    )
    data = "fictitious prints" if directory is None else Path(directory).resolve().name
    return replace(report, details={**report.details, "data": data})


def measure_speed(
    subjects: Sequence[Subject],
    *,
    threads: int = 1,
    levels: bool = True,
    progress: Progress | None = None,
    command: str | None = None,
) -> SpeedReport:
    """Time extraction and comparison on given prints.

    Parameters
    ----------
    subjects : sequence of Subject
        At least one, names distinct.
    threads : int
        Threads of one extraction; comparisons always take one.
    levels : bool
        Whether to time the lower instruction sets too. They are switched for the whole process:
        nothing else may use tenprint meanwhile.
    progress : callable, optional
        ``progress(stage, done, total)``.
    command : str, optional
        Written into the report; default: this process's command line.
    """
    timings = [
        time_extraction(subject.images, threads=threads, progress=progress) for subject in subjects
    ]
    stages = [_stages(subject) for subject in subjects]
    memory = peak_memory_mb()
    found = {}
    for subject, times, steps in zip(subjects, timings, stages, strict=True):
        templates = subject.templates
        sizes = [len(pack(template)) for template in templates]
        found[subject.name] = SubjectSpeed(
            images=len(subject.images),
            width=round(statistics.median(image.pixels.shape[1] for image in subject.images)),
            height=round(statistics.median(image.pixels.shape[0] for image in subject.images)),
            extract_ms=times.median(1e3) or 0.0,
            extract_p95_ms=times.percentile(95, 1e3) or 0.0,
            extract_wall_ms=times.median_elapsed(1e3) or 0.0,
            stages_ms=steps,
            minutiae=statistics.median(map(len, templates)),
            template_bytes=statistics.median(sizes),
            template_bytes_max=max(sizes),
            non_mated_per_second=_per_second(subject, progress=progress),
            mated_per_second=_per_second(subject, mated=True, progress=progress),
        )
    return SpeedReport(
        subjects=found,
        levels=_lower_levels(subjects, progress) if levels else {},
        peak_memory_mb=memory,
        details={**describe_run(command), "settings": {"threads": threads}},
    )


def _per_second(
    subject: Subject,
    *,
    mated: bool = False,
    probes: int = 24,
    progress: Progress | None = None,
) -> float | None:
    seconds = time_comparisons(
        subject.templates, subject.finger, mated=mated, probes=probes, progress=progress
    )
    return 1 / statistics.median(seconds) if seconds else None


def _lower_levels(
    subjects: Sequence[Subject], progress: Progress | None
) -> dict[str, dict[str, LevelSpeed]]:
    """Every instruction set up to the one in force, on a few images of each kind."""
    best = _native.level()
    found: dict[str, dict[str, LevelSpeed]] = {}
    try:
        for level in range(best + 1):
            _native.set_level(level)
            found[LEVELS[level]] = {}
            for subject in subjects:
                few = [subject.images[k] for k in spread(len(subject.images), LOWER_LEVEL_SAMPLE)]
                found[LEVELS[level]][subject.name] = LevelSpeed(
                    time_extraction(few, progress=progress).median(1e3) or 0.0,
                    _per_second(subject, probes=LOWER_LEVEL_SAMPLE, progress=progress),
                )
    finally:
        _native.set_level(best)
    return found


class _StageClock(Trace):
    """Notes when each stage reports, instead of what it made."""

    def __init__(self) -> None:
        super().__init__()
        self.spent: dict[str, float] = {}
        self._last = time.process_time()

    def record(self, stage: str, value: Any) -> None:
        """Processor time since the stage before."""
        now = time.process_time()
        self.spent[stage] = self.spent.get(stage, 0.0) + now - self._last
        self._last = time.process_time()


def _stages(subject: Subject) -> dict[str, float]:
    """Median milliseconds of each traced stage."""
    extractor = shared_extractor(threads=1)
    clocks = []
    for k in spread(len(subject.images), 8):
        clock = _StageClock()
        extractor.extract(subject.images[k], trace=clock)
        clocks.append(clock.spent)
    names = list(dict.fromkeys(name for spent in clocks for name in spent))
    return {
        name: float(np.median([spent.get(name, 0.0) for spent in clocks])) * 1e3 for name in names
    }
