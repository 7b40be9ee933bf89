"""A process with an open desk that is killed: submits for ever, and says what was accepted."""

import sys
import threading
from pathlib import Path

from tests.desk.world import BORDER, POLICE, settings, submission

from tenprint.desk import Desk
from tenprint.model import TransactionClass

PEOPLE = 6


def main(folder: str, first: str) -> None:
    start = int(first)
    where = settings(
        Path(folder), hit_fpir=1e-40, review_fpir=1e-3, examiners=1, search_process=True
    )
    with Desk.open(where) as desk:
        print("open", flush=True)

        def send(lane: int) -> None:
            number = start + lane
            while True:
                caller, klass = POLICE, TransactionClass.CRIMINAL_TENPRINT
                if number % 3 == 1:
                    caller, klass = BORDER, TransactionClass.BORDER_CHECK
                fingers = 3 if number % 7 == 0 else 10
                given = submission(
                    f"K-{number}", klass, number % PEOPLE, impression=number, fingers=fingers
                )
                desk.submit(caller, given)
                print(f"{caller.agency} K-{number}", flush=True)
                desk.wait(caller, f"K-{number}", 5.0)
                number += 2

        threads = [threading.Thread(target=send, args=(lane,), daemon=True) for lane in (0, 1)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()


if __name__ == "__main__":
    main(*sys.argv[1:])
