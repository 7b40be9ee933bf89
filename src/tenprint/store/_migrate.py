"""From older formats to the present one."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby, islice
from typing import Any

from sqlalchemy import Connection

from tenprint.formats import unpack
from tenprint.model import StoreFormatError, TemplateError
from tenprint.store._database import write_notes
from tenprint.store._truth_schema import truth

_CHUNK = 1000

_OLD_PEOPLE = """
    INSERT INTO people
    SELECT row_number() OVER (ORDER BY o.id), o.person, row_number() OVER (ORDER BY o.id), 1, 0,
           coalesce((SELECT max(t.encounter) FROM templates t WHERE t.person_id = o.id), 0),
           o.enrolled_at
    FROM people_1 o
"""

_OLD_TEMPLATES = """
    SELECT n.id, t.encounter, t.id, n.person, t.packed, n.enrolled_at
    FROM templates t JOIN people_1 o ON o.id = t.person_id JOIN people n ON n.person = o.person
    ORDER BY n.id, t.encounter, t.id
"""


def migrate_from_1(connection: Connection, source: str) -> None:
    """Bring an SQLite store of format 1 (one row a template) to format 2, in one transaction.

    People keep their order and get numbers from 1; a later encounter's time was not stored and
    stays unknown. The caller holds the lock, marks the new version and commits.

    Raises
    ------
    StoreFormatError
        If a template is damaged: put one after the other with it, its neighbours would be lost.
    """
    run = connection.exec_driver_sql
    extractor = run("SELECT value FROM meta WHERE key = 'extractor'").scalar()
    run("ALTER TABLE people RENAME TO people_1")
    run("DROP TABLE meta")
    truth.create_all(connection)
    run(_OLD_PEOPLE)
    people = int(run("SELECT count(*) FROM people").scalar_one())
    encounters = 0
    driver: Any = connection.connection.driver_connection
    rows = _joined(driver.execute(_OLD_TEMPLATES), source)
    while chunk := list(islice(rows, _CHUNK)):
        driver.executemany("INSERT INTO encounters VALUES (?, ?, 1, ?, ?)", chunk)
        encounters += len(chunk)
    run("DROP TABLE templates")
    run("DROP TABLE people_1")
    write_notes(connection, change=people, last_id=people, people=people, encounters=encounters)
    if extractor is not None:
        run("UPDATE meta SET value = ? WHERE key = 'extractor'", (extractor,))


def _joined(
    rows: Iterator[tuple[Any, ...]], source: str
) -> Iterator[tuple[int, int, str | None, bytes]]:
    """One row an encounter: person's number, encounter, time, all templates."""
    for (key, encounter), found in groupby(rows, lambda row: (row[0], row[1])):
        members = list(found)
        for _, _, row, person, packed, _ in members:
            try:
                unpack(packed)
            except (TemplateError, TypeError) as error:
                raise StoreFormatError(
                    f"A stored template is damaged: {error}.",
                    source=source,
                    field=f"person {person}, template {row}",
                    remedy="Restore the gallery from a backup.",
                ) from error
        time = members[0][5] if encounter == 1 else None
        yield key, encounter, time, b"".join(member[4] for member in members)
