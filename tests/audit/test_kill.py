"""Killed at any moment: what was promised is in the log, and the log verifies."""

import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.audit.events import check
from tests.audit.test_log import order

import tenprint
from tenprint.audit import Intake, Sequencer, load_signing_key, read_latest, tables
from tenprint.store import TruthStore

ROOT = Path(__file__).parents[2]
PATHS = [str(ROOT), str(Path(str(tenprint.__file__)).parents[1])]


def run_and_kill(where: str, folder: Path, seed: int, through: str) -> list[str]:
    """Let the worker run a moment, kill it, and give the ids it was promised."""
    worker = str(ROOT / "tests/audit/worker.py")
    command = [sys.executable, worker, where, str(folder), str(seed), through]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(PATHS)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        time.sleep(random.Random(seed).uniform(0.05, 0.4))
        process.kill()
        lines = process.stdout.read().splitlines(keepends=True)
    return [name for line in lines if line.endswith("\n") for name in line.split()]


@pytest.mark.parametrize("through", ["transactions", "intake"])
def test_killed_at_random_moments(where: str, tmp_path: Path, through: str) -> None:
    with TruthStore.open(where) as store, store.transaction() as connection:
        tables.create_all(connection)
    key = load_signing_key(tmp_path / "key")
    promised: list[str] = []
    signed: list[str] = []
    for seed in range(3):
        promised += run_and_kill(where, tmp_path, seed, through)
        with TruthStore.open(where) as store:
            intake = Intake(tmp_path / "intake", lambda _, subjects: {})
            sequencer = Sequencer(store, key, tmp_path / "checkpoints", intake=intake)
            left = read_latest(tmp_path / "checkpoints")
            signed += [left] if left else []
            now = sequencer.checkpoint()
            report = check(store, now.text, sequencer.public_key(), *signed)
            assert report.ok, report.problems
            signed.append(now.text)
            found = order(store)
            known = set(promised)
            assert [name for name in found if name in known] == promised
