"""Who waits when there are more threads than cores."""

from __future__ import annotations

import os
import sys
import threading
from contextlib import suppress

#: Steps of `nice`: a thread so much behind gets a third of what another gets, and never nothing.
STEPS = 5


def step_back() -> None:
    """Let the other threads go first on a busy processor; for long calculations.

    Threads begun by this one step back with it. A question takes milliseconds and its asker waits;
    a search has seconds, and loses little: all the threads that answer questions share the
    interpreter, and so never fill more than about one core. Only on Linux, where priorities are a
    thread's; elsewhere nothing happens.
    """
    if sys.platform != "linux":
        return
    this = threading.get_native_id()
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, this, os.getpriority(os.PRIO_PROCESS, this) + STEPS)
