"""Problem details back into the error tree."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tenprint.model import (
    InputError,
    RateLimitError,
    ServiceUnavailableError,
    TenprintError,
    TransactionError,
)


class _ForeignError(TenprintError):
    """The service answered something that is no answer of tenprint.

    Check the address: a proxy or another program may answer there.
    """

    code = "foreign"


def error_of(status: int, content: Mapping[str, Any], retry_after: str | None) -> TenprintError:
    """The error that a problem document tells.

    Parameters
    ----------
    status : int
        The response's.
    content : mapping
        The document; anything may be missing from it.
    retry_after : str, optional
        The header of this name.
    """
    words = str(content.get("detail") or f"The service answers with status {status}.")
    given = {
        "field": _text(content.get("field")),
        "remedy": _text(content.get("remedy")),
        "source": f"request {content['request']}" if content.get("request") else None,
    }
    kind = _kinds().get(str(content.get("code")))
    if kind is TransactionError or status == 422:
        faults = content.get("faults")
        return TransactionError(words, faults=faults if isinstance(faults, list) else (), **given)
    if kind is RateLimitError or status == 429:
        seconds = float(retry_after) if retry_after and retry_after.isdigit() else 1.0
        return RateLimitError(words, retry_after=seconds, **given)
    if kind is not None:
        return kind(words, **given)
    if status == 503:
        return ServiceUnavailableError(words, **given)
    return InputError(words, **given) if status < 500 else _ForeignError(words, **given)


def _kinds() -> dict[str, type[TenprintError]]:
    return {kind.code: kind for kind in _tree(TenprintError)}


def _tree(kind: type[TenprintError]) -> Iterator[type[TenprintError]]:
    yield kind
    for each in kind.__subclasses__():
        yield from _tree(each)


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None
