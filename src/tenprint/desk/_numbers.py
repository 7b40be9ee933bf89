"""The short numbers by which EBTS knows people, and the way back.

EBTS has nine letters and digits for a person (field 2.014). An identifier that is made of at most
nine capitals and digits is its own number. Anybody else is given one when an answer first needs it,
and keeps it until expunged, so that an agency can ask by the number that it was told.
"""

from __future__ import annotations

import hashlib
import re
from base64 import b32encode

from sqlalchemy import Connection, select
from sqlalchemy.dialects import postgresql, sqlite

from tenprint.desk._schema import numbers
from tenprint.model import ConflictError
from tenprint.records import Records

_NUMBER = re.compile(r"[A-Z0-9]{1,9}")

#: Numbers tried for one person: of 2^45 hardly a second one is ever needed.
_TRIES = 100


def number_of(records: Records, connection: Connection, person: str) -> str:
    """The number of a person, given now where there is none; `connection` writes.

    Nine characters of a hash of the identifier, so that chance has no part in it; the next hash
    where they are somebody's already.
    """
    mine = select(numbers.c.number).where(numbers.c.person == person)
    found = connection.execute(mine).scalar()
    if found is not None:
        return str(found)
    if _NUMBER.fullmatch(person) and _holder(connection, person) is None:
        return person
    insert = (postgresql if connection.dialect.name == "postgresql" else sqlite).insert
    for turn in range(_TRIES):
        made = _hashed(person, turn)
        if records.status(connection, made) is not None:
            continue  # the identifier of somebody else
        row = {"number": made, "person": person}
        connection.execute(insert(numbers).values(row).on_conflict_do_nothing())
        found = connection.execute(mine).scalar()
        if found is not None:
            return str(found)
    raise ConflictError("There is no number left for this person.", field="2.014")


def person_of(connection: Connection, number: str) -> str:
    """The identifier that a number stands for; itself where it was given to nobody."""
    plain = number.strip().upper()
    return _holder(connection, plain) or plain


def _holder(connection: Connection, number: str) -> str | None:
    query = select(numbers.c.person).where(numbers.c.number == number)
    return connection.execute(query).scalar()


def _hashed(person: str, turn: int) -> str:
    salted = person if turn == 0 else f"{turn}:{person}"
    return b32encode(hashlib.sha256(salted.encode()).digest()).decode()[:9]
