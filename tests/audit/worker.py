"""A process that logs, sequences and signs until it is killed. Prints each id it was promised."""

import random
import sys
from pathlib import Path

from tests.audit.events import events

from tenprint.audit import Sequencer, append_many, load_signing_key
from tenprint.store import TruthStore


def main(where: str, folder: Path, seed: int) -> None:
    rand = random.Random(seed)
    with TruthStore.open(where) as store:
        sequencer = Sequencer(store, load_signing_key(folder / "key"), folder / "checkpoints")
        print("ready", flush=True)
        while True:
            with store.transaction() as connection:
                names = append_many(connection, list(events(rand.randint(1, 20))))
            print(*names, flush=True)
            if rand.random() < 0.5:
                with store.transaction() as connection:
                    sequencer.run_once(connection, heads=rand.random() < 0.3)
            if rand.random() < 0.3:
                sequencer.checkpoint(heads=False)


main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
