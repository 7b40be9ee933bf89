"""What logging costs: appending, sequencing, verifying, proving; and checking credentials.

    python benchmarks/audit_speed.py FOLDER --entries 900000 [--url postgresql+psycopg://...]

18,000 agencies, SQLite in FOLDER unless an address is given. Times are processor time of this
process, in microseconds by the piece.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from pathlib import Path

from tenprint import access, audit
from tenprint.model import Purpose, Role, TransactionClass
from tenprint.store import TruthStore

AGENCIES, BATCH = 18_000, 5000


def event(number: int) -> audit.Event:
    return audit.Event(
        audit.EventKind.ACCEPTED,
        f"NX{number * 7919 % AGENCIES:07d}",
        "user.name",
        Purpose.BORDER,
        f"T{number:09d}",
        TransactionClass.VERIFY,
        f"P{number:09d}",
        "hit",
        {"score": "7.1", "finger": "3"},
    )


def spent(call: Callable[[], object], times: int) -> float:
    """Microseconds of one of many."""
    start = time.process_time()
    for _ in range(times):
        call()
    return round((time.process_time() - start) / times * 1e6, 1)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--entries", type=int, default=900_000)
    parser.add_argument("--url")
    asked = parser.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    found: dict[str, float] = {}
    with TruthStore.open(asked.url or asked.folder / "audit.tenprint") as store:
        with store.transaction() as connection:
            audit.tables.create_all(connection)
            access.tables.create_all(connection)
        key = audit.load_signing_key(asked.folder / "key")
        sequencer = audit.Sequencer(store, key, asked.folder / "checkpoints")
        appending = sequencing = 0.0
        for first in range(0, asked.entries, BATCH):
            some = [event(n) for n in range(first, min(first + BATCH, asked.entries))]
            with store.transaction() as connection:
                start = time.process_time()
                audit.append_many(connection, some)
                appending += time.process_time() - start
            start = time.process_time()
            with store.transaction() as connection:
                sequencer.run_once(connection)
            sequencing += time.process_time() - start
        found["append, in a batch"] = round(appending / asked.entries * 1e6, 1)
        found["sequence"] = round(sequencing / asked.entries * 1e6, 1)
        with store.transaction() as connection:
            found["append, alone"] = spent(lambda: audit.append(connection, event(1)), 500)
        signed = sequencer.checkpoint()
        with store.reading() as connection:
            start = time.process_time()
            report = audit.verify(connection, signed.text, sequencer.public_key())
            each = (time.process_time() - start) / signed.size * 1e6
            found["verify"] = round(each, 1)
            name = audit.read_entries(connection, limit=1)[0].id
            found["inclusion proof"] = spent(lambda: audit.prove_inclusion(connection, name), 100)
        credentials(store, found)
    print(json.dumps({"leaves": signed.size, "verified": report.ok, **found}, indent=1))


def credentials(store: TruthStore, found: dict[str, float]) -> None:
    with store.transaction() as connection:
        new = access.Agency("NX0000001", "Town police", access.AgencyKind.POLICE)
        access.add_agency(connection, new)
        allowed = {"roles": [Role.SUBMIT], "purposes": [Purpose.BORDER]}
        _, secret = access.add_key(connection, new.id, label="bench", **allowed)
    checks, limiter = access.Authenticator(store, trust=1e9), access.RateLimiter()
    checks.key(secret)
    found["key, remembered"] = spent(lambda: checks.key(secret), 20_000)
    with store.reading() as connection:
        found["key, asked for"] = spent(lambda: access.authenticate_key(connection, secret), 2000)
    found["rate limit"] = spent(lambda: limiter.check("NX0000001", 1e6, 1e6), 20_000)


if __name__ == "__main__":
    main()
