"""Agencies: who may ask."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update
from sqlalchemy.exc import IntegrityError

from tenprint.access._schema import agencies
from tenprint.access._times import from_micros, micros
from tenprint.access._types import AgencyKind
from tenprint.model import ConflictError, InputError, NotFoundError

_ID = re.compile(r"[A-Z0-9][A-Z0-9._-]{0,39}")
_HOST = re.compile(r"(?!-)[a-z0-9-]{1,63}(?:\.(?!-)[a-z0-9-]{1,63})*(?::[0-9]{1,5})?")

MAX_NAME = 200
MAX_HOSTS = 50
MAX_RATE = 100_000.0


@dataclass(frozen=True, slots=True)
class Agency:
    """An agency.

    Attributes
    ----------
    id : str
        Such as an ORI (nine characters): 1 to 40 of ``A-Z 0-9 . _ -``, the first a letter or digit.
    name : str
        At most 200 characters.
    kind : AgencyKind
    active : bool
        Credentials of an inactive agency are refused.
    callback_hosts : frozenset of str
        ``host`` or ``host:port`` to which answers may be sent, lower case, at most 50.
    rate, burst : float
        Requests a second in the long run, and at once (`RateLimiter`).
    created : datetime
    """

    id: str
    name: str
    kind: AgencyKind
    active: bool = True
    callback_hosts: frozenset[str] = frozenset()
    rate: float = 50.0
    burst: float = 100.0
    created: datetime = datetime(1970, 1, 1, tzinfo=UTC)


def add_agency(connection: Connection, new: Agency, *, now: datetime | None = None) -> Agency:
    """Add an agency; it as stored.

    Raises
    ------
    InputError
        If a value breaks the limits said at `Agency`.
    ConflictError
        If there is one with this identifier.
    """
    new = replace(new, created=now or datetime.now(UTC))
    _check(new)
    try:
        with connection.begin_nested():
            connection.execute(insert(agencies), _row(new))
    except IntegrityError:
        raise ConflictError("There is an agency with this identifier.", field="id") from None
    return new


def get_agency(connection: Connection, agency: str) -> Agency:
    """One agency.

    Raises
    ------
    NotFoundError
    """
    row = connection.execute(select(agencies).where(agencies.c.id == agency)).one_or_none()
    if row is None:
        raise NotFoundError("There is no such agency.", field="agency")
    return _agency(row)


def list_agencies(
    connection: Connection, *, after: str = "", limit: int = 100, kind: AgencyKind | None = None
) -> list[Agency]:
    """Agencies in the order of their identifiers, those behind `after`; at most `limit`."""
    query = select(agencies).where(agencies.c.id > after).order_by(agencies.c.id).limit(limit)
    if kind is not None:
        query = query.where(agencies.c.kind == str(kind))
    return [_agency(row) for row in connection.execute(query)]


def list_agency_ids(connection: Connection) -> list[str]:
    """The identifiers of all agencies, in their order."""
    return list(connection.execute(select(agencies.c.id).order_by(agencies.c.id)).scalars())


def get_agencies(connection: Connection, wanted: Sequence[str]) -> list[Agency]:
    """Those that there are, in the order asked for; some hundred at once."""
    rows = connection.execute(select(agencies).where(agencies.c.id.in_(wanted)))
    found = {row.id: _agency(row) for row in rows}
    return [found[each] for each in wanted if each in found]


def set_agency(
    connection: Connection,
    agency: str,
    *,
    name: str | None = None,
    active: bool | None = None,
    callback_hosts: Iterable[str] | None = None,
    rate: float | None = None,
    burst: float | None = None,
) -> Agency:
    """Change what is given; the agency as it is now. Its kind and identifier never change.

    Raises
    ------
    NotFoundError, InputError
    """
    known = get_agency(connection, agency)
    changes: dict[str, Any] = {
        "name": name,
        "active": active,
        "callback_hosts": None if callback_hosts is None else frozenset(callback_hosts),
        "rate": rate,
        "burst": burst,
    }
    new = replace(known, **{key: value for key, value in changes.items() if value is not None})
    _check(new)
    connection.execute(update(agencies).where(agencies.c.id == agency).values(_row(new)))
    return new


def _check(agency: Agency) -> None:
    if not _ID.fullmatch(agency.id):
        raise InputError("This is no agency's identifier.", field="id")
    if not 1 <= len(agency.name.strip()) <= MAX_NAME or not agency.name.isprintable():
        raise InputError(f"A name has 1 to {MAX_NAME} characters.", field="name")
    if len(agency.callback_hosts) > MAX_HOSTS:
        raise InputError(f"There are at most {MAX_HOSTS} hosts.", field="callback_hosts")
    if not all(len(host) <= 259 and _HOST.fullmatch(host) for host in agency.callback_hosts):
        raise InputError("This is no host name.", field="callback_hosts")
    if not 0 <= agency.rate <= MAX_RATE:
        raise InputError(f"A rate is 0 to {MAX_RATE:.0f} a second.", field="rate")
    if not 1 <= agency.burst <= MAX_RATE:
        raise InputError(f"A burst is 1 to {MAX_RATE:.0f}.", field="burst")


def _row(agency: Agency) -> dict[str, Any]:
    return {
        "id": agency.id,
        "name": agency.name,
        "kind": str(agency.kind),
        "active": agency.active,
        "callback_hosts": json.dumps(sorted(agency.callback_hosts)),
        "rate": float(agency.rate),
        "burst": float(agency.burst),
        "created": micros(agency.created),
    }


def _agency(row: Row[Any]) -> Agency:
    return Agency(
        row.id,
        row.name,
        AgencyKind(row.kind),
        bool(row.active),
        frozenset(json.loads(row.callback_hosts)),
        row.rate,
        row.burst,
        from_micros(row.created),
    )
