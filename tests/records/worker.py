"""Child processes of the records' tests: ``python -m tests.records.worker FOLDER WHERE ROUNDS``.

One grandchild after the other stores people, changes and expunges until it is killed; what each
had acknowledged is printed.
"""

import contextlib
import os
import random
import signal
import sys
import time
from pathlib import Path

from tests.records.people import encounter, image

from tenprint.records import Records, Vault, migrate
from tenprint.store import TruthStore


def live(folder: Path, where: str, first: int, out: int) -> None:
    with contextlib.suppress(BaseException), TruthStore.open(where, busy_timeout=60) as store:
        with store.transaction() as connection:
            migrate(connection)
        records = Records(store, Vault.open(folder), None, folder)
        records.sweep()
        os.write(out, b"open\n")
        number = first
        while True:
            ready = records.prepare(encounter(number))
            with store.transaction() as connection:
                key = records.add_submission(connection, ready)
            with store.writing() as change:
                records.new_person(change, f"P{number}", key)
            os.write(out, b"new %d\n" % number)
            if number % 3 == 1:
                with store.writing() as change:
                    name = "again"
                    records.add_encounter(change, f"P{number}", encounter(number, name))
                    records.update_encounter(
                        change, f"P{number}", name, images=[image(9_000_000 + number)]
                    )
                os.write(out, b"again %d\n" % number)
            if number % 3 == 2:
                os.write(out, b"doom %d\n" % number)
                with store.writing() as change:
                    records.expunge(change, f"P{number}", "test")
                os.write(out, b"gone %d\n" % number)
            number += 1
    os._exit(1)


def main(folder: Path, where: str, rounds: int) -> None:
    rng = random.Random(5)
    first = 0
    for _ in range(rounds):
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reading)
            live(folder, where, first, writing)
        os.close(writing)
        with os.fdopen(reading, "rb") as pipe:
            known = b"".join(pipe.readline() for _ in range(rng.randint(1, 8)))
            time.sleep(rng.uniform(0, 0.05))
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            known += pipe.read()
        lines = [line for line in known.decode().splitlines() if line != "open"]
        print("\n".join(lines), flush=True)
        first += 1000
    print("end", flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
