"""Many searches, or one change of everything."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Gate:
    """Lets any number through together, or one alone.

    Who waits to be alone is let in before those who come after it. The thread that is alone may
    pass again, so that what it calls can search.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._inside = 0
        self._alone: int | None = None

    @contextmanager
    def together(self) -> Iterator[None]:
        """Waits while somebody is alone, or about to be."""
        me = threading.get_ident()
        with self._changed:
            self._changed.wait_for(lambda: self._alone in (None, me))
            self._inside += 1
        try:
            yield
        finally:
            with self._changed:
                self._inside -= 1
                self._changed.notify_all()

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Waits until everybody is out; not to be entered from `together`."""
        me = threading.get_ident()
        with self._changed:
            self._changed.wait_for(lambda: self._alone in (None, me))
            again = self._alone == me
            self._alone = me
            self._changed.wait_for(lambda: self._inside == 0)
        try:
            yield
        finally:
            with self._changed:
                if not again:
                    self._alone = None
                self._changed.notify_all()
