"""An index in memory of whom we know by name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tenprint.model import Biographics
from tenprint.names._score import NameCandidate


class NameIndex:
    """People by name, birth date and identifiers; in memory, thread-safe.

    Many threads may search while others put and remove; a search sees every change that was
    finished before it began and never waits for one.
    """

    def put(self, key: int, who: Sequence[Biographics]) -> None:
        """Make a person findable, or replace what was known; `key` is 0 .. 2**63 - 1."""
        raise NotImplementedError

    def put_many(self, people: Iterable[tuple[int, Sequence[Biographics]]]) -> None:
        """Put very many people; faster than one by one."""
        raise NotImplementedError

    def remove(self, key: int) -> None:
        """Forget a person; nothing happens where there is none."""
        raise NotImplementedError

    def search(
        self, query: Biographics, limit: int = 10, *, least: float = 0.5
    ) -> list[NameCandidate]:
        """The people most like the query, best first, none below `least`."""
        raise NotImplementedError

    def by_identifier(self, kind: str | None, value: str) -> list[int]:
        """Keys of the people with this identifier, of any kind where `kind` is None."""
        raise NotImplementedError

    def __len__(self) -> int:
        raise NotImplementedError
