"""Rows and statements that several changes of a store share."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, bindparam, delete, insert, update

from tenprint.model import PersonExistsError
from tenprint.store._ledger import Ledger
from tenprint.store._truth_rows import NewPerson, Original
from tenprint.store._truth_schema import encounters, originals, people

_TOUCH = update(people).where(people.c.id == bindparam("of"))


def refuse_twins(batch: Sequence[NewPerson], source: str) -> None:
    """Raise `PersonExistsError` if an identifier occurs twice."""
    seen: set[str] = set()
    for new in batch:
        if new.person in seen:
            raise PersonExistsError(source=source, field=new.person)
        seen.add(new.person)


def touch(connection: Connection, ledger: Ledger, key: int, **values: Any) -> None:
    """Give a person the next change number, and other values."""
    connection.execute(_TOUCH, {**values, "change": ledger.next_change(), "of": key})


def is_encounter(key: Any, encounter: Any) -> ColumnElement[bool]:
    """The condition that names one encounter."""
    return and_(encounters.c.person_id == key, encounters.c.encounter == encounter)


def encounter_row(key: int, encounter: int, packed: bytes, now: datetime) -> dict[str, Any]:
    """A new row of ``encounters``."""
    return {
        "person_id": key,
        "encounter": encounter,
        "active": True,
        "stored_at": now,
        "packed": packed,
    }


def original_rows(key: int, encounter: int, images: Sequence[Original]) -> list[dict[str, Any]]:
    """New rows of ``originals``, numbered in the order given."""
    return [
        {
            "person_id": key,
            "encounter": encounter,
            "position": position,
            "finger": int(each.finger),
            "ppi": int(each.ppi),
            "media": each.media,
            "image": each.image,
        }
        for position, each in enumerate(images)
    ]


def insert_originals(connection: Connection, rows: list[dict[str, Any]]) -> None:
    """Keep images."""
    if rows:
        connection.execute(insert(originals), rows)


def delete_originals(connection: Connection, key: int, encounter: int) -> None:
    """Forget the images of one encounter."""
    connection.execute(
        delete(originals).where(originals.c.person_id == key, originals.c.encounter == encounter)
    )
