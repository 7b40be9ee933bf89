"""Long calculations step back for questions."""

import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from tenprint.desk._deadlines import DeadlinePool
from tenprint.desk._priority import step_back

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="priorities are a thread's here")


def mine() -> int:
    return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())


def test_only_the_thread_and_those_it_begins_step_back() -> None:
    before, found = mine(), []

    def work() -> None:
        step_back()
        found.append(mine())
        with ThreadPoolExecutor(1) as pool:
            found.append(pool.submit(mine).result())

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert found == [min(19, before + 5)] * 2
    assert mine() == before


def test_extraction_steps_back() -> None:
    pool = DeadlinePool(1, lambda: datetime.now(UTC), "test")
    try:
        assert pool.submit(mine, datetime.now(UTC)).result(10) == min(19, mine() + 5)
    finally:
        pool.close()
