"""Writing and reading a store: people a second, microseconds a row.

    python benchmarks/store_speed.py FILE-OR-ADDRESS [--people 20000]

FILE-OR-ADDRESS is a new SQLite file, or an empty PostgreSQL database, as `TruthStore.open` takes
it; it is left behind filled. People have ten fingers in 2,500 to 5,500 bytes and identifiers in no
order. Reading times are the best of five, everything in the machine's memory. The disk's speed and
its honesty about syncing show in the writing times.
"""

from __future__ import annotations

import argparse
import os
import random
import time
from collections.abc import Callable, Sized

from tenprint.store import NewPerson, TruthStore

BATCH = 1000
ASKED = 2000
ONE_BY_ONE = 200


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("where")
    arguments.add_argument("--people", type=int, default=20_000)
    given = arguments.parse_args()
    chance = random.Random(1)
    noise = os.urandom(5500)

    def somebody() -> NewPerson:
        return NewPerson(f"{chance.getrandbits(80):x}", noise[: chance.randint(2500, 5500)])

    with TruthStore.open(given.where) as store:
        batches = [[somebody() for _ in range(BATCH)] for _ in range(given.people // BATCH)]
        start = time.perf_counter()
        for batch in batches:
            store.insert_people(batch)
        took = time.perf_counter() - start
        print(f"insert_people, {BATCH} at a time: {len(batches) * BATCH / took:,.0f} people/s")
        single = [somebody() for _ in range(ONE_BY_ONE)]
        start = time.perf_counter()
        for new in single:
            store.insert_people([new])
        took = time.perf_counter() - start
        print(f"insert_people, one at a time: {ONE_BY_ONE / took:,.0f} people/s")
        ids = chance.sample(range(1, store.last_id() + 1), ASKED)
        reads: dict[str, Callable[[], Sized]] = {
            "encounters_of": lambda: store.encounters_of(ids),
            "names_of": lambda: store.names_of(ids),
            "scan": lambda: store.scan(0, ASKED),
            "changed_since": lambda: store.changed_since(0, ASKED),
        }
        for name, read in reads.items():
            best, rows = min(timed(read) for _ in range(5))
            print(f"{name}, {ASKED} people: {1e6 * best / rows:.1f} us a row")
        best = min(timed(lambda: [store.change()])[0] for _ in range(50))
        print(f"change: {1e6 * best:.0f} us")


def timed(read: Callable[[], Sized]) -> tuple[float, int]:
    start = time.perf_counter()
    found = read()
    return time.perf_counter() - start, len(found)


if __name__ == "__main__":
    main()
