"""Child processes of the store's tests: ``python -m tests.store.worker MODE ARGUMENTS``."""

import contextlib
import os
import random
import signal
import sys
import time

from sqlalchemy import Connection
from tests.store.people import new_person

from tenprint.model import StoreBusyError
from tenprint.store import TruthStore
from tenprint.store._ledger import Ledger

#: People in each batch of the process that is killed.
BATCH = 3


def write(where: str, prefix: int, batches: int, size: int, pause: float) -> None:
    """Enrol batches; `pause` seconds pass between the last statement and the commit of each."""
    finish = Ledger.write

    def slowly(self: Ledger, connection: Connection) -> None:
        finish(self, connection)
        time.sleep(pause)

    Ledger.write = slowly  # type: ignore[method-assign]
    with TruthStore.open(where, busy_timeout=60) as store:
        for batch in range(batches):
            first = prefix + batch * size
            ids = store.insert_people([new_person(first + n) for n in range(size)])
            for key in ids:
                print(key, flush=True)
            if batch % 3 == 2:
                store.set_galleries(f"P{first}", 2)


def victims(where: str, rounds: int) -> None:
    """One child after the other enrols until it is killed; what each had acknowledged is printed.

    This process only forks, so that a child costs no start of Python. After each line it waits for
    one on its input.
    """
    first = 0
    rng = random.Random(17)
    for _ in range(rounds):
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reading)
            _enrol(where, first, writing)
        os.close(writing)
        with os.fdopen(reading, "rb") as pipe:
            known = b""
            if rng.random() < 0.8:  # else it may be killed while it opens the store
                known = pipe.readline()
            time.sleep(rng.uniform(0, 0.05))
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            known += pipe.read()
        batches = [int(line) for line in known.replace(b"open\n", b"").splitlines()]
        print(*batches, flush=True)
        first = int(sys.stdin.readline())


def _enrol(where: str, first: int, writing: int) -> None:
    with contextlib.suppress(BaseException), TruthStore.open(where, busy_timeout=60) as store:
        os.write(writing, b"open\n")
        while True:
            with contextlib.suppress(StoreBusyError):
                store.insert_people([new_person(first + n) for n in range(BATCH)])
                os.write(writing, b"%d\n" % first)
                first += BATCH
    os._exit(1)


if __name__ == "__main__":
    mode, place, *rest = sys.argv[1:]
    if mode == "write":
        write(place, *[int(each) for each in rest[:3]], float(rest[3]))
    else:
        victims(place, int(rest[0]))
