"""What an agency may submit, do, see and be told: four tables, read from CSV files.

``submit.csv`` says for each kind of agency and class of transaction the purposes it may name,
``see.csv`` for each kind and purpose the parts of a record it sees, ``told.csv`` for each kind and
class how much of the answer it gets, ``operations.csv`` for each operation and kind whose records
it may touch: ``own`` or ``any``. ``-`` is none. A deployment may replace whole rows by files of the
same names and form in a folder of its own.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TypeVar

from tenprint.access._types import AgencyKind, Caller, Part, Reach, Told
from tenprint.model import AccessError, InputError, Purpose, Role, TransactionClass

_Word = TypeVar("_Word", bound=StrEnum)
_Row = TypeVar("_Row", bound=str)
_Column = TypeVar("_Column", bound=StrEnum)
_Cell = TypeVar("_Cell")

#: The most bytes of one table's file.
MAX_TABLE = 64 << 10

#: The files of the table.
_FILES = ("submit.csv", "see.csv", "told.csv", "operations.csv")

#: The row of `operations.csv` that says whose cases an agency's examiners work on.
EXAMINE = "examine"

#: Classes that need the role `search`; all others need `submit`.
_SEARCHES = frozenset(
    {TransactionClass.NAME_SEARCH, TransactionClass.RECORD_QUERY, TransactionClass.IMAGE_REQUEST}
)


@dataclass(frozen=True)
class PermissionTable:
    """The table. Immutable, so safe to share between threads.

    Attributes
    ----------
    submit : mapping of (AgencyKind, TransactionClass) to frozenset of Purpose
    see : mapping of (AgencyKind, Purpose) to frozenset of Part
    told : mapping of (AgencyKind, TransactionClass) to Told
        Each has every cell.
    operations : mapping of (str, AgencyKind) to Reach
        By the operation's name; `EXAMINE` is the work of examiners.
    """

    submit: Mapping[tuple[AgencyKind, TransactionClass], frozenset[Purpose]]
    see: Mapping[tuple[AgencyKind, Purpose], frozenset[Part]]
    told: Mapping[tuple[AgencyKind, TransactionClass], Told]
    operations: Mapping[tuple[str, AgencyKind], Reach]

    @classmethod
    @cache
    def default(cls) -> PermissionTable:
        """The table that comes with tenprint, shown in docs/access.md."""
        room = files("tenprint.access")
        return cls._parse(
            {name: room.joinpath(name).read_text(encoding="utf-8") for name in _FILES}
        )

    @classmethod
    def load(cls, folder: Path) -> PermissionTable:
        """The default, with rows replaced by those of the tables in a folder.

        A table that is missing changes nothing; a row replaces the whole row of its kind, or in
        ``operations.csv`` of its operation.

        Raises
        ------
        InputError
            If the folder cannot be read or holds a CSV file of another name, or a file is too
            large, no UTF-8, names an unknown word, or has a column or a row twice or not all
            columns; `source` is the file and `field` the place.
        """
        default = cls.default()
        own = cls._parse(_texts(folder), {operation for operation, _ in default.operations})
        return cls(
            {**default.submit, **own.submit},
            {**default.see, **own.see},
            {**default.told, **own.told},
            {**default.operations, **own.operations},
        )

    @classmethod
    def _parse(
        cls, texts: Mapping[str, str], operations: Collection[str] | None = None
    ) -> PermissionTable:
        """The tables of some files; of operations only those named, where they are."""

        def operation(word: str) -> str:
            if operations is not None and word not in operations:
                raise ValueError(word)
            return word

        return cls(
            _table(texts, "submit.csv", AgencyKind, TransactionClass, _words(Purpose)),
            _table(texts, "see.csv", AgencyKind, Purpose, _words(Part)),
            _table(texts, "told.csv", AgencyKind, TransactionClass, Told),
            _table(texts, "operations.csv", operation, AgencyKind, Reach, "operation"),
        )

    def may_submit(self, kind: AgencyKind, klass: TransactionClass, purpose: Purpose) -> bool:
        """Whether agencies of a kind may ask this for that purpose."""
        return purpose in self.submit[kind, klass]

    def check_submit(self, caller: Caller, klass: TransactionClass, purpose: Purpose) -> None:
        """Refuse what the caller's role, credential or agency does not allow.

        Raises
        ------
        AccessError
            `field` is ``role``, ``purpose`` or ``class``.
        """
        needed = Role.SEARCH if klass in _SEARCHES else Role.SUBMIT
        check_role(caller, needed)
        if purpose not in caller.purposes:
            raise AccessError("The credential is not for this purpose.", field="purpose")
        if not self.submit[caller.kind, klass]:
            raise AccessError("The agency may not ask this.", field="class")
        if purpose not in self.submit[caller.kind, klass]:
            raise AccessError("The agency may not ask this for this purpose.", field="purpose")

    def may_see(self, caller: Caller, purpose: Purpose) -> frozenset[Part]:
        """The parts of a record that the caller sees for a purpose; none if it isn't its own."""
        if purpose not in caller.purposes:
            return frozenset()
        return self.see[caller.kind, purpose]

    def reach(self, caller: Caller, operation: str) -> Reach:
        """Whose records the caller's agency may touch by an operation, or `EXAMINE`."""
        return self.operations[operation, caller.kind]

    def check_operation(self, caller: Caller, operation: str) -> None:
        """Refuse an operation that the caller's agency may do to nobody.

        Raises
        ------
        AccessError
            `field` is ``operation``.
        """
        if self.reach(caller, operation) is Reach.NONE:
            raise AccessError("The agency may not do this.", field="operation")

    def tells(self, caller: Caller, klass: TransactionClass) -> Told:
        """How much of an answer the caller is told."""
        return self.told[caller.kind, klass]


def check_role(caller: Caller, role: Role) -> None:
    """Refuse a caller without a role.

    Raises
    ------
    AccessError
    """
    if role not in caller.roles:
        raise AccessError(f"This needs the role {role}.", field="role")


def _texts(folder: Path) -> dict[str, str]:
    """The tables of a folder by name; a name that is none of ours is a slip that would be lost."""
    try:
        names = sorted(each.name for each in folder.iterdir() if each.suffix == ".csv")
    except OSError as error:
        raise InputError(
            f"The folder of permission tables cannot be read: {error.strerror}.",
            source=folder,
            field="permissions",
            remedy="Name a folder that exists and that the service may read.",
        ) from None
    texts = {}
    for name in names:
        path = folder / name
        if name not in _FILES:
            raise InputError(
                f"No permission table has this name; they are {', '.join(_FILES)}.", source=path
            )
        try:
            if path.stat().st_size > MAX_TABLE:
                raise InputError("This is too large for a permission table.", source=path)
            texts[name] = path.read_text(encoding="utf-8-sig")
        except UnicodeDecodeError:
            raise InputError("This is not UTF-8 text.", source=path) from None
        except OSError as error:
            raise InputError(f"This cannot be read: {error.strerror}.", source=path) from None
    return texts


def _words(kind: type[_Word]) -> Callable[[str], frozenset[_Word]]:
    def read(cell: str) -> frozenset[_Word]:
        return frozenset() if cell == "-" else frozenset(kind(word) for word in cell.split())

    return read


def _table(
    texts: Mapping[str, str],
    name: str,
    rows_of: Callable[[str], _Row],
    columns: type[_Column],
    read: Callable[[str], _Cell],
    corner: str = "kind",
) -> dict[tuple[_Row, _Column], _Cell]:
    """One table by row and column; raises InputError at anything unexpected."""
    if name not in texts:
        return {}
    found: dict[tuple[_Row, _Column], _Cell] = {}
    rows = list(csv.reader(texts[name].splitlines()))
    head = [each.strip() for each in rows[0]] if rows else []
    if head[:1] != [corner] or sorted(head[1:]) != sorted(str(each) for each in columns):
        wanted = ", ".join(_plain(columns))
        raise InputError(f"The first line must be {corner}, {wanted}.", source=name, field="line 1")
    for line, row in enumerate(rows[1:], start=2):
        if not row:
            continue
        where = f"line {line}"
        if len(row) != len(head):
            raise InputError("A row has a cell for each column.", source=name, field=where)
        for word, cell in zip(head[1:], row[1:], strict=True):
            try:
                key = rows_of(row[0].strip()), columns(word)
                value = read(cell.strip())
            except ValueError:
                raise InputError(
                    "There is an unknown word.", source=name, field=f"{where}, {word}"
                ) from None
            if key in found:
                raise InputError("A row stands here twice.", source=name, field=where)
            found[key] = value
    return found


def _plain(words: Iterable[StrEnum]) -> list[str]:
    return [str(each) for each in words]
