"""Kill a desk at random moments under load; nothing accepted may be lost or answered twice.

PYTHONPATH=src:. python benchmarks/desk_kills.py --times 100
"""

import argparse
import json
import tempfile
import time
from pathlib import Path

from tests.desk.kills import check, kill_often


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=100)
    parser.add_argument("--longest", type=float, default=3.0, help="seconds before a kill")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "data"
        accepted = kill_often(
            folder, options.times, options.longest, options.seed, lambda turn: print(turn, end=" ")
        )
        print()
        counts = check(folder, accepted)
    facts = {"kills": options.times, "seconds": round(time.monotonic() - began), **counts}
    print(json.dumps(facts))


if __name__ == "__main__":
    main()
