"""The service in a process of its own, as `tenprint serve` runs it."""

import gc
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

import httpx

from tenprint.api import Settings, desk_settings, serve
from tenprint.desk import Desk


def test_what_is_loaded_is_left_alone_by_the_collector_while_it_serves(tmp_path: Path) -> None:
    seen: list[Any] = []

    def started(address: str) -> None:
        seen.extend((httpx.get(f"{address}/healthz"), gc.get_freeze_count(), gc.get_threshold()))
        os.kill(os.getpid(), signal.SIGINT)

    before, turn = gc.get_threshold(), sys.getswitchinterval()
    settings = Settings(folder=tmp_path / "data", port=0)
    try:
        with Desk.open(desk_settings(settings)) as desk:
            began = time.monotonic()
            serve(desk, settings, started=started)
            assert time.monotonic() - began < settings.stop_seconds
    finally:
        gc.set_threshold(*before)
        sys.setswitchinterval(turn)
    answer, frozen, threshold = seen
    assert answer.status_code == 200
    assert frozen > 100_000  # modules alone are more
    assert threshold > before
    assert gc.get_freeze_count() == 0
