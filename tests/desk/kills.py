"""Killing a desk at random moments, and what must be true afterwards; tests and benchmark."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import select
from tests.desk.world import BORDER, POLICE, examiner, settings

from tenprint.audit import EventKind, read_latest, verify
from tenprint.audit import tables as audit_tables
from tenprint.desk import Desk, tables
from tenprint.model import Finding

ROOT = Path(__file__).parents[2]
CALLERS = {each.agency: each for each in (POLICE, BORDER)}
entries = audit_tables.tables["audit_entries"]


def kill_often(
    folder: Path, times: int, longest: float, seed: int = 0, told: Callable[[int], None] = print
) -> list[tuple[str, str]]:
    """Start and kill a desk so often; every accepted transaction's agency and identifier."""
    rng = random.Random(seed)
    accepted: list[tuple[str, str]] = []
    path = os.pathsep.join([str(ROOT / "src"), str(ROOT)])
    for turn in range(times):
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.desk.worker", str(folder), str(10_000 * turn)],
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": path},
        )
        assert process.stdout is not None
        opened = threading.Event()

        def read(lines=process.stdout, opened=opened) -> None:
            for line in lines:
                words = line.split()
                if words == ["open"]:
                    opened.set()
                elif len(words) == 2:
                    accepted.append((words[0], words[1]))

        reader = threading.Thread(target=read)
        reader.start()
        # Now and then before it is open: in the middle of taking up what was left.
        if rng.random() < 0.8:
            opened.wait(60)
        time.sleep(rng.uniform(0, longest))
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGKILL)
        process.wait()
        reader.join()
        process.stdout.close()
        told(turn)
    return accepted


def check(folder: Path, accepted: list[tuple[str, str]]) -> dict[str, int]:
    """Open it once more: everything accepted is answered exactly once, and the log verifies."""
    counts: Counter[str] = Counter()
    ann = examiner("ann")
    # As the worker: the killed one's search process may still be ending, and is waited for.
    where = settings(folder, hit_fpir=1e-40, review_fpir=1e-3, examiners=1, search_process=True)
    with Desk.open(where) as desk:
        for agency, name in accepted:
            caller = CALLERS[agency]
            answer = None
            for _ in range(240):
                status = desk.status(caller, name)
                if status.under_review:
                    for case in desk.cases(ann, limit=1000):
                        if case.transaction == name and case.finding is None:
                            desk.decide(ann, case.id, Finding.IDENTIFICATION, "They agree.")
                answer = desk.wait(caller, name, 0.5, final=True)
                if answer is not None:
                    break
            assert answer is not None, (name, desk.status(caller, name), desk.load().errors)
            told = desk.answers(caller, name)
            assert [each.number for each in told] == list(range(len(told)))
            assert len(told) <= (2 if told[0].outcome == "possible" else 1), told
            counts[answer.outcome] += 1
        desk.sequencer.checkpoint()
        public = desk.sequencer.public_key()
        latest = read_latest(folder / "checkpoints")
        assert latest is not None
        with desk.store.reading() as connection:
            report = verify(connection, latest, public)
            assert report.problem_count == 0, report
            query = select(entries.c.agency, entries.c.transaction_id)
            mine = entries.c.kind == EventKind.ACCEPTED.value
            leaves = Counter(tuple(row) for row in connection.execute(query.where(mine)))
            table = tables.tables["desk_transactions"]
            rows = list(connection.execute(select(table)))
        # What was accepted without our having heard of it is answered as well, and once.
        assert {(row.agency, row.transaction) for row in rows} == set(leaves)
        assert set(leaves.values()) <= {1}
        assert set(accepted) <= set(leaves)
        counts["people"] = desk.store.count()[0]
        counts["accepted"] = len(accepted)
        assert desk.load().errors == {}
    return dict(counts)
