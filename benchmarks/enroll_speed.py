"""How fast people are enrolled from ready templates, each batch on disk when acknowledged.

    python benchmarks/enroll_speed.py FOLDER --people 50000 [--batch 1000]

Prints people a second into a new gallery (SQLite, synchronous=FULL) with its index, the time to
open it again, and the time of one enrolment by itself.
"""

from __future__ import annotations

import argparse
import json
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from tenprint.gallery import Gallery
from tenprint.synth import PackedTemplates, population


def sets(made: PackedTemplates, count: int) -> Iterator[tuple[str, bytes]]:
    """Each person's ten records, named by number."""
    at = made.offsets[::10].tolist()
    for number in range(count):
        yield f"P{number:08}", made.data[at[number] : at[number + 1]].tobytes()


def new_file(folder: Path, name: str) -> Path:
    """A place for a gallery, where there is none any more."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob(f"{name}*"):
        shutil.rmtree(old) if old.is_dir() else old.unlink()
    return folder / name


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--people", type=int, default=50_000)
    parser.add_argument("--batch", type=int, default=1000)
    asked = parser.parse_args()
    file = new_file(asked.folder, "enroll.tenprint")
    people = list(sets(population(0, asked.people, threads=2), asked.people))
    alone = list(sets(population(asked.people, 100), 100))
    with Gallery.open(file) as gallery:
        start = time.perf_counter()
        gallery.enroll_packed(people, batch=asked.batch)
        seconds = time.perf_counter() - start
        single = []
        for name, packed in alone:
            begun = time.perf_counter()
            gallery.enroll_packed([(f"single {name}", packed)])
            single.append(time.perf_counter() - begun)
    start = time.perf_counter()
    with Gallery.open(file) as gallery:
        opened = time.perf_counter() - start
        known = len(gallery)
    print(
        json.dumps(
            {
                "people": known,
                "people_per_s": round(asked.people / seconds),
                "single_ms_median": round(1000 * float(np.median(single)), 2),
                "open_s": round(opened, 3),
                "bytes_per_person_on_disk": round(file.stat().st_size / known),
            },
            indent=2,
        )
    )


if __name__ == "__main__":
    main()
