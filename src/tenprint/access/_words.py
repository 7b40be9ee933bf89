"""Roles, purposes and limits between their columns and their types."""

from __future__ import annotations

import json
from collections.abc import Iterable
from enum import StrEnum
from functools import lru_cache
from typing import Any

from tenprint.model import InputError, Purpose, Role


def joined(words: Iterable[StrEnum], field: str) -> str:
    """Words in one column, in order; InputError for none."""
    text = " ".join(sorted({str(word) for word in words}))
    if not text:
        raise InputError("At least one is needed.", field=field)
    return text


@lru_cache(maxsize=256)
def roles_of(text: str) -> frozenset[Role]:
    """The roles in a column."""
    return frozenset(Role(word) for word in text.split())


@lru_cache(maxsize=256)
def purposes_of(text: str) -> frozenset[Purpose]:
    """The purposes in a column."""
    return frozenset(Purpose(word) for word in text.split())


def caller_limits(row: Any) -> dict[str, Any]:
    """What a `Caller` says of the limits of its agency."""
    hosts = row.callback_hosts
    return {
        "rate": row.rate,
        "burst": row.burst,
        "callback_hosts": frozenset(json.loads(hosts)) if hosts != "[]" else frozenset(),
    }
