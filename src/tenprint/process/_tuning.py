"""Settings of Python for a process that answers many."""

from __future__ import annotations

import gc
import sys

#: Seconds after which a thread lets others have the interpreter. An answer passes between threads
#: several times, and behind long calculations each time costs this; Python's own 5 ms made a busy
#: service a fifth slower.
TURN = 0.0005

#: How often Python looks for garbage in rings (`gc.set_threshold`). By its own measure it looked
#: through everything every few seconds, and all threads stood still for 0.1 to 0.3 seconds.
GARBAGE = (50_000, 20, 20)


def settle() -> None:
    """Call it when everything is loaded: what is there stays, and is not looked through again.

    Undone by ``gc.unfreeze()``.
    """
    sys.setswitchinterval(TURN)
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GARBAGE)
