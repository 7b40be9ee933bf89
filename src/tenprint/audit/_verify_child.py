"""The other process of `Verifying`: ``python -m tenprint.audit._verify_child FD``."""

from __future__ import annotations

from pathlib import Path

from tenprint.audit._report import Report
from tenprint.audit._verify import verify
from tenprint.process import Child, serve
from tenprint.store import TruthStore


class _Verifier(Child):
    """Reads the log, and says meanwhile how far it has come."""

    at_once = 1
    apart = frozenset({"verify"})

    def __init__(self) -> None:
        self._store: TruthStore | None = None
        self._progress = (0, 0)

    def do_open(self, where: Path | str, busy_timeout: float) -> None:
        self._store = TruthStore.open(where, create=False, busy_timeout=busy_timeout)

    def do_verify(self, checkpoint: str, key: str) -> Report:
        if self._store is None:
            raise RuntimeError("Nothing is open.")
        with self._store.reading() as connection:
            return verify(connection, checkpoint, key, progress=self._note)

    def do_progress(self) -> tuple[int, int]:
        return self._progress

    def close(self) -> None:
        if self._store is not None:
            self._store.close()

    def _note(self, done: int, leaves: int) -> None:
        self._progress = (done, leaves)


if __name__ == "__main__":
    serve(_Verifier())
