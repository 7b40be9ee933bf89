"""The state of a log, and how leaves get from the queue into the tree."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from tenprint.audit._append import insert_rows, make_rows
from tenprint.audit._commitment import leaf_hash
from tenprint.audit._event import Event, EventKind
from tenprint.audit._schema import agencies, entries, leaves, queue, state
from tenprint.audit._tiles import Tiles, grow
from tenprint.audit._tree import Edge, range_root
from tenprint.model import AuditError
from tenprint.store import in_pieces

#: Leaves that one run takes at most: bounds how long it holds the writer's lock.
BATCH = 5000


def lock(connection: Connection) -> int:
    """Wait for other sequencers, and begin the log if it is new; the tree's size."""
    query = select(state.c.value).where(state.c.key == "size").with_for_update()
    found = connection.execute(query).scalar()
    if found is None:
        rows = [
            {"key": "size", "value": "0"},
            {"key": "origin", "value": f"tenprint.audit/{secrets.token_hex(8)}"},
        ]
        try:
            with connection.begin_nested():
                connection.execute(insert(state), rows)
        except IntegrityError:
            pass  # another process was first
        found = connection.execute(query).scalar_one()
    return _number(found)


def read_state(connection: Connection) -> tuple[str, int]:
    """The log's origin and the tree's size; ``("", 0)`` before the first run."""
    found = {row.key: row.value for row in connection.execute(select(state))}
    if not found:
        return "", 0
    if not {"origin", "size"} <= found.keys():
        raise AuditError("The log's state is damaged.", field="audit_state")
    return found["origin"], _number(found["size"])


def _number(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= 18):
        raise AuditError("The log's state is damaged.", field="audit_state")
    return int(text)


def tree_root(connection: Connection, size: int) -> bytes:
    """The root over the first `size` leaves, from the stored hashes."""
    return range_root(Tiles(connection), 0, size)


_WAITING = select(queue).order_by(queue.c.number).limit(BATCH)
_INSERT_LEAF = insert(leaves)
_TAKE = delete(queue).where(queue.c.number == bindparam("taken"))


def take_waiting(connection: Connection, size: int) -> int:
    """Put at most `BATCH` leaves into a tree of `size` leaves; how many.

    What is committed is seen, and only that; what commits later is taken by a later run, at a
    later position. Within a run the order is that of the insertions. So nothing is lost, and what
    had committed before another began stands before it.
    """
    rows: list[Any] = list(connection.execute(_WAITING))
    if rows:
        _sequence(connection, size, [(row.id, row.commitment) for row in rows])
        counted: dict[str, list[bytes]] = {}
        for row in rows:
            if row.counted:
                hashed = leaf_hash(row.id, row.commitment)
                counted.setdefault(row.agency, []).append(hashed)
        _count(connection, counted)
        connection.execute(_TAKE, [{"taken": row.number} for row in rows])
    return len(rows)


def _sequence(connection: Connection, size: int, fresh: Sequence[tuple[bytes, bytes]]) -> None:
    rows = [
        {"position": position, "id": identifier, "commitment": commitment}
        for position, (identifier, commitment) in enumerate(fresh, start=size)
    ]
    connection.execute(_INSERT_LEAF, rows)
    grow(connection, size, [leaf_hash(*each) for each in fresh])
    values = {"value": str(size + len(fresh))}
    connection.execute(update(state).where(state.c.key == "size").values(values))


_SET_EDGE = (
    update(agencies)
    .where(agencies.c.agency == bindparam("name"))
    .values(size=bindparam("new_size"), edge=bindparam("new_edge"))
)


def _count(connection: Connection, fresh: dict[str, list[bytes]]) -> None:
    """Add leaves to the sub-trees of their agencies."""
    names = sorted(fresh)
    edges: dict[str, Edge] = {}
    for some in in_pieces(names):
        query = select(agencies).where(agencies.c.agency.in_(some))
        for row in connection.execute(query):
            edges[row.agency] = Edge(row.size, bytes(row.edge))
    known, new = [], []
    for name in names:
        edge = edges.get(name) or Edge()
        if not edge.sound():
            raise AuditError("An agency's sub-tree is damaged.", field="audit_agencies")
        for leaf in fresh[name]:
            edge.add(leaf)
        if name in edges:
            known.append({"name": name, "new_size": edge.size, "new_edge": bytes(edge)})
        else:
            new.append({"agency": name, "size": edge.size, "edge": bytes(edge), "head_size": 0})
    if known:
        connection.execute(_SET_EDGE, known)
    if new:
        connection.execute(insert(agencies), new)


def write_heads(connection: Connection, size: int, at: datetime | None) -> int:
    """Put size and root of each sub-tree that has grown into the tree as leaves; how many.

    They do not go through the queue: a head speaks for exactly the leaves before it.
    """
    query = select(agencies).where(agencies.c.size != agencies.c.head_size)
    rows = list(connection.execute(query.order_by(agencies.c.agency)))
    for start in range(0, len(rows), BATCH):
        some = rows[start : start + BATCH]
        events = []
        for row in some:
            edge = Edge(row.size, bytes(row.edge))
            if not edge.sound():
                raise AuditError("An agency's sub-tree is damaged.", field="audit_agencies")
            detail = {"root": edge.root().hex(), "size": str(row.size)}
            kind = EventKind.AGENCY_HEAD
            events.append(Event(kind, row.agency, "sequencer", detail=detail))
        readable, heads = make_rows(events, at)
        insert_rows(connection, entries, readable)
        _sequence(connection, size + start, [(row["id"], row["commitment"]) for row in heads])
    if rows:
        same = update(agencies).where(agencies.c.size != agencies.c.head_size)
        connection.execute(same.values(head_size=agencies.c.size))
    return len(rows)
