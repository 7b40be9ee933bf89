"""Encounters that change hands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from sqlalchemy import Connection, insert, select, update

from tenprint.store._statements import delete_originals, is_encounter
from tenprint.store._truth_schema import encounters, originals, people


class PersonState(NamedTuple):
    """What a transaction sees of a person.

    Attributes
    ----------
    id : int
        The person's number.
    status : int
    galleries : int
    encounters : mapping of int to bool
        Each encounter's number, and whether it is active.
    """

    id: int
    status: int
    galleries: int
    encounters: Mapping[int, bool]


def state_of(connection: Connection, key: int) -> PersonState:
    """What stands of the person of this number."""
    query = select(people.c.status, people.c.galleries).where(people.c.id == key)
    row = connection.execute(query).one()
    listed = select(encounters.c.encounter, encounters.c.active).where(
        encounters.c.person_id == key
    )
    found = {int(each.encounter): bool(each.active) for each in connection.execute(listed)}
    return PersonState(key, int(row.status), int(row.galleries), found)


def rename(connection: Connection, one: tuple[int, int], other: tuple[int, int]) -> bool:
    """Give an encounter (person's number, own number) another name; whether there was one.

    Images refer to encounters, so they are taken out and put in again.
    """
    query = select(originals).where(
        originals.c.person_id == one[0], originals.c.encounter == one[1]
    )
    kept = [dict(row._mapping) for row in connection.execute(query)]
    if kept:
        delete_originals(connection, *one)
    values = {"person_id": other[0], "encounter": other[1]}
    done = connection.execute(update(encounters).where(is_encounter(*one)).values(values))
    if kept:
        connection.execute(insert(originals), [{**row, **values} for row in kept])
    return done.rowcount == 1
