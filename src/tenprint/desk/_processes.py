"""What the service's processes take of the machine."""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from threading import Lock

from tenprint.desk._nouns import ProcessLoad

#: Seconds over which the use of processors is told.
_OVER = 10.0

#: Seconds of processor time by name and process, at a moment.
_Sample = tuple[float, dict[tuple[str, int], float]]


class Processes:
    """Memory and processor use by process; thread-safe.

    Parameters
    ----------
    known : callable
        Gives the processes by name, None for one that is not running.

    Attributes
    ----------
    count : int
        Processors of this machine.
    """

    def __init__(self, known: Callable[[], Mapping[str, int | None]]) -> None:
        self.count = os.cpu_count() or 1
        self._known = known
        self._lock = Lock()
        self._samples: deque[_Sample] = deque([self._read()])

    def sample(self) -> None:
        """Note what each has used so far; to be called every second or two."""
        taken = self._read()
        with self._lock:
            self._samples.append(taken)
            while len(self._samples) > 2 and self._samples[1][0] <= taken[0] - _OVER:
                self._samples.popleft()

    def look(self) -> tuple[ProcessLoad, ...]:
        """What each takes now."""
        now, used = self._read()
        with self._lock:
            then, before = self._samples[0]
        span = max(now - then, 0.1)
        return tuple(
            ProcessLoad(name, max(0.0, spent - before.get((name, pid), 0.0)) / span, _resident(pid))
            for (name, pid), spent in used.items()
        )

    def _read(self) -> _Sample:
        found = {(name, pid): _spent(pid) for name, pid in self._known().items() if pid is not None}
        return time.monotonic(), found


def _spent(pid: int) -> float:
    """Seconds of processor time, all threads; 0 where the system does not say."""
    with suppress(OSError, ValueError, IndexError):
        # The second field, the program's name in brackets, may hold spaces.
        fields = Path(f"/proc/{pid}/stat").read_text("ascii", "replace").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return 0.0


def _resident(pid: int) -> int:
    """Bytes of memory; 0 where the system does not say."""
    with suppress(OSError, ValueError, IndexError):
        pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")
    return 0
