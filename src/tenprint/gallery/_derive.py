"""From the truth to rows of the code matrix."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tenprint.gallery._code import CodeParameters
from tenprint.gallery._matrix import POSITIONS, CodeMatrix, Rows, empty_rows
from tenprint.match import PackedDirectory, packed_directory
from tenprint.model import StoreFormatError, TemplateError, TemplateFormatError, TemplateRangeError
from tenprint.store import Encounter, NewPerson, PersonStatus, TruthStore

#: People derived at a time.
CHUNK = 4096


@dataclass(frozen=True, eq=False)
class Listed:
    """Encounters' templates, one after the other in `data`, and where each is.

    Attributes
    ----------
    encounters : sequence of Encounter
    data : ndarray of uint8
    directory : PackedDirectory
        `record_of` counts the encounters.
    """

    encounters: Sequence[Encounter]
    data: NDArray[np.uint8]
    directory: PackedDirectory


def list_prints(encounters: Sequence[Encounter], source: str) -> Listed:
    """Where each template of these encounters lies.

    Raises
    ------
    StoreFormatError
        If a template is damaged; names the person's number and the encounter.
    """
    try:
        return _list(encounters)
    except TemplateError as error:
        raise damaged(encounters, error, source) from error


def _list(encounters: Sequence[Encounter]) -> Listed:
    """As `list_prints`, but a `TemplateError` whose source is ``record K``, the K-th encounter."""
    data = np.frombuffer(b"".join(each.packed for each in encounters), np.uint8)
    ends = np.cumsum([len(each.packed) for each in encounters], dtype=np.int64)
    starts = np.concatenate([np.zeros(1, np.int64), ends[:-1]]) if len(ends) else ends
    found = packed_directory(data, starts, ends)
    if (several := found.record_of[found.finger >= POSITIONS]).size:
        raise TemplateRangeError(
            "A stored print is of one of the ten fingers, or unknown.",
            source=f"record {several[0]}",
        )
    return Listed(encounters, data, found)


def damaged(encounters: Sequence[Encounter], error: TemplateError, source: str) -> StoreFormatError:
    """The error for stored templates that cannot be read."""
    number = str(error.source or "").removeprefix("record ")
    where = encounters[int(number)] if number.isdigit() and int(number) < len(encounters) else None
    return StoreFormatError(
        f"A stored template is damaged: {error.message}",
        source=source,
        field=f"id {where.id}, encounter {where.encounter}" if where else "",
        remedy="Restore the gallery from a backup.",
    )


def derive(
    people: Sequence[tuple[int, int, int]],
    encounters: Sequence[Encounter],
    code: CodeParameters,
    source: str,
    threads: int,
) -> Rows:
    """The rows of people (id, status, galleries) whose active encounters are given.

    A finger's code is that of its best print in all active encounters, the latest among equals.

    Raises
    ------
    StoreFormatError
        If a template is damaged; names the person's number and the encounter.
    """
    try:
        return _derive(people, encounters, code, threads)
    except TemplateError as error:
        raise damaged(encounters, error, source) from error


def derive_new(new: Sequence[NewPerson], code: CodeParameters, threads: int) -> Rows:
    """The rows of people who are about to be enrolled, as if their numbers were 1, 2, ...

    Raises
    ------
    TemplateError
        If a template is damaged; names the person.
    """
    encounters = [Encounter(n, 1, True, each.packed) for n, each in enumerate(new, 1)]
    people = [(n, int(each.status), int(each.galleries)) for n, each in enumerate(new, 1)]
    try:
        return _derive(people, encounters, code, threads)
    except TemplateError as error:
        number = int(str(error.source).removeprefix("record "))
        raise type(error)(error.message, field=new[number].person, remedy=error.remedy) from error


def _derive(
    people: Sequence[tuple[int, int, int]],
    encounters: Sequence[Encounter],
    code: CodeParameters,
    threads: int,
) -> Rows:
    rows = empty_rows([key for key, _, _ in people])
    rows.status[:] = [status for _, status, _ in people]
    rows.galleries[:] = [mask for _, _, mask in people]
    if not encounters:
        return rows
    listed = _list(encounters)
    found = listed.directory
    place = {key: row for row, (key, _, _) in enumerate(people)}
    owner = np.array([place[each.id] for each in encounters], np.int64)[found.record_of]
    slot = owner * POSITIONS + found.finger
    # The last of each slot after sorting by quality is the best; sorting is stable.
    order = np.lexsort((found.quality, slot))
    last = np.append(np.flatnonzero(np.diff(slot[order])), len(order) - 1)
    best = order[last] if len(order) else order
    try:
        codes = code.encode(listed.data, found.starts[best], found.stops[best], threads=threads)
    except TemplateFormatError as error:
        number = int(str(error.field).removeprefix("record "))
        where = f"record {found.record_of[best[number]]}"
        raise TemplateFormatError(error.message, source=where, remedy=error.remedy) from error
    rows.codes[owner[best], found.finger[best]] = codes
    rows.qualities[owner[best], found.finger[best]] = found.quality[best]
    return rows


def derive_ids(
    store: TruthStore,
    people: Sequence[tuple[int, int, int]],
    code: CodeParameters,
    threads: int,
) -> Rows:
    """The rows of people (id, status, galleries), read from the truth."""
    alive = [key for key, status, _ in people if status != PersonStatus.DELETED]
    return derive(people, store.encounters_of(alive), code, store.source, threads)


def follow(
    store: TruthStore,
    matrix: CodeMatrix,
    code: CodeParameters,
    *,
    ready: Rows | None = None,
    threads: int = 1,
    progress: object = None,
) -> None:
    """Bring the matrix up to the truth, by the change feed.

    `ready` are rows that the caller has derived of people just enrolled.
    """
    known = {} if ready is None else {int(row) + 1: at for at, row in enumerate(ready.rows)}
    while changed := store.changed_since(matrix.change, CHUNK):
        at = [known[each.id] for each in changed if each.id in known]
        if ready is not None and at:
            matrix.write(_some(ready, np.array(at)))
        rest = [(each.id, each.status, each.galleries) for each in changed if each.id not in known]
        if rest:
            matrix.write(derive_ids(store, rest, code, threads))
        matrix.change = changed[-1].change
        if callable(progress):
            progress(len(changed))
        if len(changed) < CHUNK:
            return


def repair(store: TruthStore, matrix: CodeMatrix, code: CodeParameters, threads: int) -> int:
    """Derive the damaged segments again; how many there were.

    What is read now may be newer than the matrix's change number; following the feed afterwards
    derives it once more, to the same end.
    """
    from tenprint.gallery._segments import SEGMENT

    segments = list(matrix.damaged)
    for segment in segments:
        first, stop = segment * SEGMENT, min((segment + 1) * SEGMENT, matrix.rows)
        listed = store.scan(first, stop - first)
        people = [(p.id, p.status, p.galleries) for p in listed if p.id <= stop]
        prints = [e for p in listed if p.id <= stop for e in p.encounters]
        own = derive(people, prints, code, store.source, threads)
        # At once, so that a repair that fails leaves the segment as it was, known to be damaged.
        rows = empty_rows(range(first + 1, stop + 1))
        at = own.rows - first
        rows.codes[at], rows.qualities[at] = own.codes, own.qualities
        rows.galleries[at], rows.status[at] = own.galleries, own.status
        matrix.write(rows)
    matrix.damaged.clear()
    return len(segments)


def _some(rows: Rows, at: NDArray[np.int64]) -> Rows:
    return Rows(
        rows.rows[at], rows.codes[at], rows.qualities[at], rows.galleries[at], rows.status[at]
    )
