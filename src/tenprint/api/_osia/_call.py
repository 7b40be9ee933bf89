"""One call of an OSIA operation, apart from HTTP."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tenprint.access import Caller
from tenprint.api._osia._data import Fetch
from tenprint.desk import Answer, Desk, Submission
from tenprint.model import Purpose


@dataclass(frozen=True)
class Call:
    """Who asks what.

    Attributes
    ----------
    caller : Caller
    purpose : Purpose
        The credential's: OSIA's requests do not name one.
    transaction : str
        The client's ``transactionId``.
    arguments : mapping of str to Any
        Parameters of path and query, JSON-ready; what is needed to finish the call later.
    body : Any
        The parsed body; None where there is none.
    digest : bytes
        SHA-256 of the body as sent.
    """

    caller: Caller
    purpose: Purpose
    transaction: str
    arguments: Mapping[str, Any]
    body: Any = None
    digest: bytes = b""


@dataclass(frozen=True)
class Prepared:
    """A call made ready.

    Attributes
    ----------
    submission : Submission, optional
        For the desk; None where the answer is read at once.
    notes : mapping of str to Any
        Added to the arguments for finishing.
    """

    submission: Submission | None = None
    notes: Mapping[str, Any] = field(default_factory=dict)


#: Makes a call ready, without changing anything.
Prepare = Callable[[Desk, Call, Fetch], Prepared]

#: The content of the answer; None for 204.
Finish = Callable[[Desk, Call, Answer | None], Any]


@dataclass(frozen=True)
class Operation:
    """One of the standard's operations.

    Attributes
    ----------
    name : str
        Its ``operationId``.
    method, path : str
    codes : frozenset of int
        The statuses that the standard lists for it, beside the good ones.
    query : mapping of str to type
        Query parameters beside ``transactionId`` and ``callback``.
    body : type, optional
        The body's model; `required` says whether it may be left out.
    asynchronous : bool
        Whether it takes a callback.
    """

    name: str
    method: str
    path: str
    codes: frozenset[int]
    prepare: Prepare
    finish: Finish
    query: Mapping[str, type] = field(default_factory=dict)
    body: Any = None
    required: bool = True
    asynchronous: bool = True


def desk_transaction(operation: str, call: Call, repeats: bool = False) -> str:
    """The identifier under which the desk knows a call.

    A change is the same change if operation, path and ``transactionId`` are the same. A search is
    made anew each time, so `repeats` adds a random part.
    """
    parts = [operation, call.transaction]
    parts += [f"{name}={call.arguments[name]}" for name in sorted(call.arguments) if "Id" in name]
    if repeats:
        parts.append(secrets.token_hex(16))
    return "osia-" + hashlib.sha256("\0".join(parts).encode()).hexdigest()[:40]
