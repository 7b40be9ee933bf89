"""Kill the service under load over HTTP; nothing accepted may be lost, changed or done twice.

PYTHONPATH=src:. python benchmarks/kill_service.py --kills 100
"""

import argparse
import json
import tempfile
import time
from pathlib import Path

from tests.cli.kills import Killing, receiving


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--longest", type=float, default=3.0, help="seconds before a kill")
    parser.add_argument("--clients", type=int, default=4)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as name, receiving() as receiver:
        killing = Killing(Path(name) / "data", receiver, options.seed)
        killing.prepare()
        killing.run(
            options.kills,
            options.longest,
            options.clients,
            lambda turn: print(turn, end=" ", flush=True),
        )
        print()
        counts = killing.check()
    facts = {"kills": options.kills, "seconds": round(time.monotonic() - began), **counts}
    print(json.dumps(facts))


if __name__ == "__main__":
    main()
