"""The other process of `GalleryProcess`: ``python -m tenprint.gallery._process_child FD``."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from tenprint.gallery._gallery import Gallery
from tenprint.model import StoreBusyError
from tenprint.process import Child, serve

#: Seconds to wait for the index of a process before, which may still be ending.
_BEFORE = 5.0


class _Searches(Child):
    """A gallery, and what is asked of it: a search, and short things beside it."""

    def __init__(self) -> None:
        self._gallery: Gallery | None = None

    def do_open(self, where: Path | str, index: Path, threads: int, busy_timeout: float) -> None:
        until = time.monotonic() + _BEFORE
        while self._gallery is None:
            try:
                self._gallery = Gallery.open(
                    where, create=False, index=index, busy_timeout=busy_timeout, threads=threads
                )
            except StoreBusyError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.05)

    def do_identify(self, probes: Any, limit: int, galleries: int) -> Any:
        return self._known().identify_many(probes, limit, galleries=galleries)

    def do_follow(self) -> None:
        self._known().follow()

    def do_info(self) -> Any:
        return self._known().info()

    def close(self) -> None:
        if self._gallery is not None:
            self._gallery.close()

    def _known(self) -> Gallery:
        if self._gallery is None:
            raise RuntimeError("No gallery is open.")
        return self._gallery


if __name__ == "__main__":
    serve(_Searches())
