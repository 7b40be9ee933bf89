"""A process that logs, sequences and signs until it is killed. Prints each id it was promised."""

import random
import sys
from datetime import UTC, datetime
from pathlib import Path

from tests.audit.events import events

from tenprint.audit import Intake, Sequencer, append_many, load_signing_key
from tenprint.store import TruthStore


def main(where: str, folder: Path, seed: int, through: str) -> None:
    """Log in transactions, or through an intake."""
    rand = random.Random(seed)
    with TruthStore.open(where) as store:
        intake = Intake(folder / "intake", lambda _, subjects: {}) if through == "intake" else None
        key = load_signing_key(folder / "key")
        sequencer = Sequencer(store, key, folder / "checkpoints", intake=intake)
        print("ready", flush=True)
        while True:
            some = list(events(rand.randint(1, 20)))
            if intake is not None:
                names = intake.put(some, [datetime.now(UTC)] * len(some))
            else:
                with store.transaction() as connection:
                    names = append_many(connection, some)
            print(*names, flush=True)
            if intake is not None and rand.random() < 0.3:
                sequencer.bring()
            elif rand.random() < 0.5:
                with store.transaction() as connection:
                    sequencer.run_once(connection, heads=rand.random() < 0.3)
            if rand.random() < 0.3:
                sequencer.checkpoint(heads=False)


main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), sys.argv[4])
