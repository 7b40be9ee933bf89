"""The change feed misses nobody, however writers interleave; nothing acknowledged is lost."""

import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
from tests.store.people import new_person, packed_person
from tests.store.worker import BATCH

from tenprint.store import TruthStore

ROOT = Path(__file__).parents[2]

#: Each process that writes: first number, batches, people in a batch, seconds before each commit.
WRITERS = [(1_000, 8, 2, 0.15), (2_000, 30, 1, 0.02), (3_000, 60, 1, 0.0), (4_000, 10, 30, 0.0)]

#: How often a process is killed.
ROUNDS = 100


def worker(*arguments: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.store.worker", *map(str, arguments)]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, cwd=ROOT)


def test_a_follower_misses_nobody(where: str) -> None:
    """Slow and fast writers in four processes and two threads, followed by number alone."""
    TruthStore.open(where).close()
    seen: dict[int, int] = {}  # id: change
    order: list[int] = []
    done = threading.Event()

    def follow() -> None:
        with TruthStore.open(where) as store:
            last = 0
            while True:
                finished = done.is_set()
                while page := store.changed_since(last, 7):
                    for key, change, _, _ in page:
                        assert change > last
                        last = change
                        seen[key] = change
                        order.append(change)
                if finished:
                    return
                time.sleep(0.001)

    def enrol(first: int) -> None:
        with TruthStore.open(where, busy_timeout=60) as store:
            for number in range(first, first + 40):
                store.insert_people([new_person(number)])

    pool = ThreadPoolExecutor(3)
    follower = pool.submit(follow)
    processes = [worker("write", where, *writer) for writer in WRITERS]
    threads = [pool.submit(enrol, first) for first in (5_000, 6_000)]
    acknowledged: set[int] = set()
    for process in processes:
        out, _ = process.communicate(timeout=120)
        assert process.returncode == 0
        acknowledged.update(map(int, out.split()))
    for thread in threads:
        thread.result()
    done.set()
    follower.result()
    pool.shutdown()
    with TruthStore.open(where) as store:
        assert acknowledged <= seen.keys()
        assert sorted(seen) == list(range(1, store.last_id() + 1))
        assert store.last_id() == sum(batches * size for _, batches, size, _ in WRITERS) + 80
        assert seen == {key: change for key, change, _, _ in store.changed_since(0, 10_000)}
        assert order == sorted(set(order))


def test_opening_twice_in_one_process_loses_nothing(where: str) -> None:
    """Opening must not give up the locks that an earlier opening in this process holds.

    SQLite's are advisory POSIX locks: any close of the file by the process drops them all. The
    other process would then take itself for the last one and delete the log this one writes to.
    """
    with TruthStore.open(where) as first:
        first.insert_people([new_person(0)])
        TruthStore.open(where).close()
        other = worker("write", where, 1, 1, 1, 0.0)
        other.communicate(timeout=60)
        assert other.returncode == 0
        assert first.count() == (2, 2)
        first.insert_people([new_person(2)])
        other = worker("write", where, 3, 1, 1, 0.0)
        other.communicate(timeout=60)
        assert other.returncode == 0
        assert first.people() == ["P0", "P1", "P2", "P3"]


def wait_for_server(where: str) -> None:
    """Until PostgreSQL has noticed the death of every client and finished what it had begun."""
    if "://" not in where:
        return
    others = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        " AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
    )
    with psycopg.connect(where.replace("+psycopg", ""), autocommit=True) as connection:
        while connection.execute(others).fetchone() != (0,):
            time.sleep(0.001)


def test_what_was_acknowledged_survives_a_kill(where: str) -> None:
    """A hundred times a process is killed while it enrols: no acknowledged, no half person."""
    TruthStore.open(where).close()
    killer = worker("victims", where, ROUNDS)
    assert killer.stdin
    assert killer.stdout
    total = 0
    with killer:
        for _ in range(ROUNDS):
            known = [int(word) for word in killer.stdout.readline().split()]
            wait_for_server(where)
            with TruthStore.open(where, create=False) as store:
                people, encounters = store.count()
                found = store.scan(total, 100_000)
                names = store.names_of([each.id for each in found])
            # Whole batches; at most one that was committed and not yet acknowledged.
            assert people == encounters == total + len(found)
            unacknowledged = len(found) - BATCH * len(known)
            assert unacknowledged in (0, BATCH)
            for number, each in enumerate(found, total):
                assert (each.id, each.change) == (number + 1, number + 1)
                assert names[each.id] == f"P{number}"
                assert [one.packed for one in each.encounters] == [packed_person(number)]
            total = people
            killer.stdin.write(f"{total}\n")
            killer.stdin.flush()
    assert killer.returncode == 0
    assert total > ROUNDS
