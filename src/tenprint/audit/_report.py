"""What verifying has found."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

#: Problems that a report names; more are only counted.
MAX_PROBLEMS = 100


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is not as it was.

    Attributes
    ----------
    code : str
        ``checkpoint-forged``, ``checkpoint-other-log``, ``checkpoint-time``, ``tree-shorter``,
        ``root-differs``, ``leaf-missing``, ``leaf-beyond``, ``leaf-changed``, ``entry-missing``,
        ``entry-changed``, ``entry-added``, ``erased-unlogged``, ``hashes-differ``,
        ``agency-differs``, ``head-differs``, ``waiting-changed``, ``state`` or ``unreadable``;
        docs/audit.md says what each means.
    position : int or None
        The leaf, counted from 0, or the checkpoint's size.
    text : str
        The same in words; no personal data.
    """

    code: str
    position: int | None
    text: str


@dataclass(slots=True)
class Report:
    """What `verify` has found.

    Attributes
    ----------
    origin : str
        The log's name.
    size : int
        Leaves in the tree.
    signed : int
        Of these, how many the checkpoint vouches for; later ones agree with the stored hashes only.
    readable, erased : int
        Entries that were held against their leaves, whole, and those whose personal side is erased
        (their frame was).
    erased_logged : int
        How many erased entries the log itself accounts for.
    waiting : int
        Leaves not in the tree yet.
    heads : int
        Leaves that say an agency's sub-tree; all were checked.
    restored : list of int
        Where the log says that it goes on from a restored backup.
    problems : list of Problem
        The first 100.
    problem_count : int
        All of them.
    """

    origin: str = ""
    size: int = 0
    signed: int = 0
    readable: int = 0
    erased: int = 0
    erased_logged: int = 0
    waiting: int = 0
    heads: int = 0
    restored: list[int] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    problem_count: int = 0

    @property
    def ok(self) -> bool:
        """Whether everything is as it was."""
        return self.problem_count == 0

    def found(self, code: str, position: int | None, text: str) -> None:
        """Note a problem."""
        self.problem_count += 1
        if len(self.problems) < MAX_PROBLEMS:
            self.problems.append(Problem(code, position, text))

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        names = [name for name in self.__slots__ if name != "problems"]
        return {
            "ok": self.ok,
            **{name: getattr(self, name) for name in names},
            "problems": [
                {"code": each.code, "position": each.position, "text": each.text}
                for each in self.problems
            ],
        }
