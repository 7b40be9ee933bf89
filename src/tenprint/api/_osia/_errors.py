"""OSIA's Error object: an integer and a message, and the statuses an operation may answer with."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from tenprint.model import TenprintError, TransactionError

#: The integer of each error; a promise like the codes themselves. docs/osia.md lists them.
CODES = {
    "input": 40000,
    "image": 40001,
    "image-format": 40002,
    "image-size": 40003,
    "template": 40004,
    "template-format": 40005,
    "template-range": 40006,
    "record": 40007,
    "record-format": 40008,
    "transaction": 40009,
    "request-size": 41300,
    "credential": 40100,
    "access": 40300,
    "not-found": 40400,
    "person-not-found": 40401,
    "conflict": 40900,
    "person-exists": 40901,
    "rate-limit": 42900,
    "tenprint": 50000,
    "store": 50001,
    "store-format": 50002,
    "store-version": 50003,
    "network-weights": 50004,
    "service-unavailable": 50300,
    "store-busy": 50301,
    "store-unavailable": 50302,
}

#: Statuses that the standard does not list and that every operation may answer with.
DEVIATIONS = frozenset({401, 413, 429, 503})


def status_of(error: TenprintError, known: Collection[int]) -> int:
    """The status to answer with: the error's own where the operation knows it, else 400 or 500."""
    status = error.http_status
    if isinstance(error, TransactionError):
        status = _status_of_faults(error)
    if status in known or status in DEVIATIONS:
        return status
    return 400 if status < 500 else 500


def _status_of_faults(error: TransactionError) -> int:
    """A transaction with one kind of fault is answered as that fault alone would be."""
    codes = {fault.get("code", "") for fault in error.faults}
    if codes and all("not-found" in code for code in codes):
        return 404
    if codes == {"access"}:
        return 403
    if codes and all(code in ("conflict", "person-exists") for code in codes):
        return 409
    return 400


def content_of(error: TenprintError, request_id: str) -> dict[str, Any]:
    """An error as OSIA's object; of an error of the service itself only the request's id."""
    code = CODES.get(_word(error), CODES["input" if error.http_status < 500 else "tenprint"])
    if error.http_status == 500:
        return {"code": code, "message": _unexpected(request_id)}
    words = [error.message]
    if error.field:
        words.insert(0, f"{error.field}:")
    if isinstance(error, TransactionError):
        words += [f"{f.get('field', '')}: {f.get('message', '')}".strip() for f in error.faults]
    elif error.remedy:
        words.append(error.remedy)
    return {"code": code, "message": " ".join(words)}


def _word(error: TenprintError) -> str:
    """The error's code; of a transaction with one kind of fault that of the fault."""
    if isinstance(error, TransactionError):
        codes = {fault.get("code", "") for fault in error.faults}
        if len(codes) == 1 and codes <= set(CODES):
            return codes.pop()
    return error.code


def _unexpected(request_id: str) -> str:
    return f"Something went wrong in the service; its log says more. Request {request_id}."
