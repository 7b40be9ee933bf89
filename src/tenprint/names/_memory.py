"""The people put last, in dictionaries, until a segment is made of them."""

from __future__ import annotations

from tenprint.names._compare import FoldedPerson
from tenprint.names._vocabulary import Vocabulary


class Memory:
    """Few people that change. One writer at a time; readers need no lock.

    Postings only grow: a reader looks up each person found in them, and whoever is gone or has
    changed is judged by what is known now.
    """

    def __init__(self) -> None:
        self.people: dict[int, FoldedPerson] = {}
        self.codes: dict[int, tuple[tuple[int, ...], tuple[int, ...]]] = {}
        self.words: dict[int, list[int]] = {}
        self.joined: dict[int, list[int]] = {}
        self.dates: dict[int, list[int]] = {}
        self.identifiers: dict[int, list[int]] = {}
        #: Changes taken; postings of people changed again and again count too.
        self.changes = 0

    def put(
        self, key: int, who: FoldedPerson, joined: tuple[int, ...], identifiers: tuple[int, ...],
        vocabulary: Vocabulary,
    ) -> None:  # fmt: skip
        """Keep a person, or replace what was known."""
        self.changes += 1
        self.codes[key] = joined, identifiers
        self.people[key] = who
        for number in {vocabulary.add(word) for name in who.names for word in name.words}:
            self.words.setdefault(number, []).append(key)
        for codes, lists in (
            (joined, self.joined), (who.dates, self.dates), (identifiers, self.identifiers)
        ):  # fmt: skip
            for code in codes:
                lists.setdefault(code, []).append(key)

    def remove(self, key: int) -> FoldedPerson | None:
        """Forget a person, and say what was known; None where there is none."""
        self.codes.pop(key, None)
        gone = self.people.pop(key, None)
        self.changes += gone is not None
        return gone
