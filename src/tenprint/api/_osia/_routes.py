"""OSIA over HTTP: parameters in, statuses and contents out. Paths lie under ``/osia``."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Awaitable, Callable
from typing import Any

from pydantic import TypeAdapter, ValidationError
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tenprint.access import Caller
from tenprint.api._osia._call import Call, Operation
from tenprint.api._osia._errors import content_of, status_of
from tenprint.api._osia._reads import as_csv
from tenprint.api._osia._table import OPERATIONS
from tenprint.api._osia._tasks import Tasks, TaskState
from tenprint.api._outbound import fetch
from tenprint.api._problem import Json, headers_of
from tenprint.api._service import Service, body_of, purpose_of
from tenprint.model import InputError, ServiceUnavailableError, TenprintError

PREFIX = "/osia"

#: Statuses of the two operations on tasks.
_TASK_CODES = frozenset({400, 403, 404, 500})

#: The longest identifiers and other texts in a path or query.
_MOST_TEXT = 2000

Handler = Callable[[Request], Awaitable[Response]]


def routes(service: Service, tasks: Tasks) -> list[Route]:
    """All 22 operations."""
    found = []
    for operation in OPERATIONS:
        handler = _handler(service, tasks, operation)
        found.append(_route(operation.method, operation.path, operation.codes, handler))
    found.append(_route("GET", "/v1/tasks/{taskId}/status", _TASK_CODES, _status(service, tasks)))
    path = "/v1/tasks/{taskId}/redeliver"
    found.append(_route("POST", path, _TASK_CODES, _redeliver(service, tasks)))
    return found


def _route(method: str, path: str, codes: frozenset[int], handler: Handler) -> Route:
    full = PREFIX + path

    async def answer(request: Request) -> Response:
        request.scope["state"]["route"] = full
        try:
            return await handler(request)
        except TenprintError as error:
            content = content_of(error, request.scope["state"]["request_id"])
            return Json(content, status_of(error, codes), headers=headers_of(error))

    return Route(full, answer, methods=[method], include_in_schema=False)


def _handler(service: Service, tasks: Tasks, operation: Operation) -> Handler:
    async def handle(request: Request) -> Response:
        caller = await service.caller(request)
        transaction, callback, arguments = _arguments(request, operation)
        if callback is not None and operation.asynchronous:
            service.check_callback(caller, callback)
        named = request.headers.get("x-purpose")
        purpose = purpose_of(caller, named)
        raw = b""
        if operation.body is not None:
            _check_type(request, operation)
            raw = await body_of(request, service.settings.max_body)
        call = Call(caller, purpose, transaction, arguments, None, hashlib.sha256(raw).digest())
        if callback is None:
            return await _synchronous(service, operation, call, raw, request)
        arguments["purpose"] = purpose.value
        identifier = await service.run(_accept, service, tasks, operation, call, raw, callback)
        return Json({"taskId": identifier}, 202)

    return handle


async def _synchronous(
    service: Service, operation: Operation, call: Call, raw: bytes, request: Request
) -> Response:
    call, transaction, content = await service.run(_begin, service, operation, call, raw)
    if transaction is not None:
        desk, seconds = service.desk, service.settings.wait_seconds
        answer = await service.sleep_in(desk.wait, call.caller, transaction, seconds)
        if answer is None:
            raise ServiceUnavailableError(
                "There is no answer yet.",
                remedy="Repeat it, a change with the same transactionId, or name a callback.",
            )
        content = await service.run(operation.finish, service.desk, call, answer)
    if operation.name == "readGalleryContent" and _wants_csv(request):
        return Response(as_csv(content), media_type="text/csv")
    if content is None:
        return Response(status_code=204)
    return Json(content)


def _begin(
    service: Service, operation: Operation, call: Call, raw: bytes
) -> tuple[Call, str | None, Any]:
    """Read the body, give the desk its work; the identifier to wait for, else the content."""
    call = _with_body(call, operation, raw)
    prepared = operation.prepare(service.desk, call, _fetcher(service))
    call = _noted(call, prepared.notes)
    if prepared.submission is None:
        return call, None, operation.finish(service.desk, call, None)
    service.desk.submit(call.caller, prepared.submission)
    return call, prepared.submission.transaction, None


def _accept(
    service: Service, tasks: Tasks, operation: Operation, call: Call, raw: bytes, callback: str
) -> str:
    """Keep the call, then give the desk its work; the task's identifier.

    In this order nothing that was accepted is lost: a task without its transaction, left by a
    crash in between, was never confirmed to the client.
    """
    call = _with_body(call, operation, raw)
    prepared = operation.prepare(service.desk, call, _fetcher(service))
    call = _noted(call, prepared.notes)
    submission = prepared.submission
    transaction = None if submission is None else submission.transaction
    identifier = tasks.add(
        call.caller, call.transaction, operation.name, call.arguments, callback, transaction
    )
    if submission is not None:
        try:
            service.desk.submit(call.caller, submission)
        except TenprintError:
            tasks.drop(identifier)
            raise
    return identifier


def _with_body(call: Call, operation: Operation, raw: bytes) -> Call:
    body = _parse(operation, raw)
    return Call(call.caller, call.purpose, call.transaction, call.arguments, body, call.digest)


def _noted(call: Call, notes: Any) -> Call:
    arguments = {**call.arguments, **{name: value for name, value in notes.items() if value}}
    return Call(call.caller, call.purpose, call.transaction, arguments, call.body, call.digest)


_adapters: dict[Any, TypeAdapter[Any]] = {}


def _parse(operation: Operation, raw: bytes) -> Any:
    """The body by its model.

    Raises
    ------
    InputError
        With the first place that is wrong; values are not repeated.
    """
    if operation.body is None or (not raw and not operation.required):
        return None
    kind = operation.body
    adapter = _adapters.get(kind.__name__ if isinstance(kind, type) else str(kind))
    if adapter is None:
        adapter = TypeAdapter(kind)
        _adapters[kind.__name__ if isinstance(kind, type) else str(kind)] = adapter
    try:
        parsed = adapter.validate_json(raw, strict=True)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        field = ".".join(str(part) for part in first["loc"]) or "body"
        raise InputError(f"{first['msg']}.", field=field[:200]) from None
    if isinstance(parsed, list) and not parsed:
        raise InputError("At least one is needed.", field="body")
    return parsed


def _arguments(request: Request, operation: Operation) -> tuple[str, str | None, dict[str, Any]]:
    """``transactionId``, ``callback``, and everything else of path and query.

    Raises
    ------
    InputError
    """
    query = request.query_params
    transaction = _text("transactionId", query.get("transactionId"))
    if not transaction:
        raise InputError("It is needed.", field="transactionId")
    arguments: dict[str, Any] = {
        name: _text(name, value) for name, value in request.path_params.items()
    }
    for name, value in arguments.items():
        if not value:
            raise InputError("It is empty.", field=name)
    for name, kind in operation.query.items():
        given = query.get(name)
        if given is None:
            if name == "status":
                raise InputError("It is needed.", field=name)
            continue
        arguments[name] = _value(name, kind, given)
    if not 0 <= arguments.get("priority", 0) <= 9:
        raise InputError("A priority is 0 to 9.", field="priority")
    callback = query.get("callback")
    return transaction, callback, arguments


def _value(name: str, kind: type, given: str) -> Any:
    if kind is str:
        return _text(name, given)
    try:
        if len(given) > 40 or given != given.strip() or "_" in given:
            raise ValueError
        value = kind(given)
    except ValueError:
        raise InputError("This is no number.", field=name) from None
    if isinstance(value, float) and not math.isfinite(value):
        raise InputError("This is no number.", field=name)
    if abs(value) >= 2**63:
        raise InputError("The number is too large.", field=name)
    return value


def _text(name: str, value: str | None) -> str:
    if value is not None and (len(value) > _MOST_TEXT or "\0" in value or _surrogates(value)):
        raise InputError("The text is too long, or no text.", field=name)
    return value or ""


def _surrogates(text: str) -> bool:
    return any(0xD800 <= ord(character) < 0xE000 for character in text)


def _check_type(request: Request, operation: Operation) -> None:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json" and (kind or operation.required):
        raise InputError("The body must be application/json.", field="Content-Type")


def _wants_csv(request: Request) -> bool:
    accepted = request.headers.get("accept", "")
    return any(each.partition(";")[0].strip() == "text/csv" for each in accepted.split(","))


def _fetcher(service: Service) -> Callable[[str, str], bytes]:
    return lambda url, field: fetch(url, service.rules, field)


def _status(service: Service, tasks: Tasks) -> Handler:
    async def handle(request: Request) -> Response:
        caller = await service.caller(request)
        state = await service.run(_state, tasks, caller, _task_id(request))
        return Json(state.value)

    return handle


def _state(tasks: Tasks, caller: Caller, identifier: str) -> TaskState:
    task = tasks.get(caller, identifier)
    if task.state is TaskState.PENDING and (task.desk_transaction is None or tasks.answered(task)):
        return TaskState.SCHEDULED
    return task.state


def _redeliver(service: Service, tasks: Tasks) -> Handler:
    async def handle(request: Request) -> Response:
        caller = await service.caller(request)
        identifier = _task_id(request)
        await service.run(lambda: tasks.again(tasks.get(caller, identifier)))
        return Response(status_code=204)

    return handle


def _task_id(request: Request) -> str:
    if not _text("transactionId", request.query_params.get("transactionId")):
        raise InputError("It is needed.", field="transactionId")
    return _text("taskId", request.path_params["taskId"])
