"""Sending the results of asynchronous calls to their callbacks: at least once, under one id."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from typing import Any

from pydantic_core import to_json

from tenprint.api._osia._call import Call
from tenprint.api._osia._errors import content_of
from tenprint.api._osia._table import BY_NAME
from tenprint.api._osia._tasks import Task, Tasks
from tenprint.api._outbound import send
from tenprint.api._service import Service, purpose_of
from tenprint.model import TenprintError

#: Seconds between looks at the table, and the longest pause between tries.
_EVERY, _LONGEST_PAUSE = 0.25, 3600.0

#: Callbacks at once, and to one agency: one that hangs must not hold up the others.
_AT_ONCE, _OF_ONE_AGENCY = 64, 4

#: Looks between two purges.
_PURGE_EVERY = 4000


class Deliverer:
    """Looks for results to send, and sends them; one for a running service."""

    def __init__(self, service: Service, tasks: Tasks) -> None:
        self._service = service
        self._tasks = tasks
        self._running: dict[str, asyncio.Task[None]] = {}
        self._agencies: Counter[str] = Counter()

    async def run(self) -> None:
        """Go on until cancelled; what is being sent then is sent again at the next start."""
        looks = 0
        try:
            while True:
                try:
                    if looks % _PURGE_EVERY == 0:
                        await self._service.run(self._tasks.purge)
                    looks += 1
                    await self._look()
                except TenprintError as error:
                    # The database is away: what is due stays due.
                    self._service.logger.warning("callbacks", error=error.code)
                    await asyncio.sleep(2.0)
                await asyncio.sleep(_EVERY)
        finally:
            running = list(self._running.values())
            for each in running:
                each.cancel()
            await asyncio.gather(*running, return_exceptions=True)

    async def _look(self) -> None:
        if len(self._running) >= _AT_ONCE:
            return
        for task in await self._service.run(self._tasks.due, 4 * _AT_ONCE):
            if task.id in self._running or len(self._running) >= _AT_ONCE:
                continue
            if self._agencies[task.agency] >= _OF_ONE_AGENCY:
                continue
            self._agencies[task.agency] += 1
            self._running[task.id] = asyncio.create_task(self._send(task))

    async def _send(self, task: Task) -> None:
        service, settings = self._service, self._service.settings
        delivered = False
        try:
            try:
                kind, content = await service.run(result, service, task)
                status, _ = await send(
                    "POST",
                    task.callback,
                    service.rules,
                    field="callback",
                    query=[("transactionId", task.osia_transaction), ("taskId", task.id)],
                    headers={"Content-Type": kind},
                    content=to_json(content),
                )
                delivered = 200 <= status < 300
                outcome = "delivered" if delivered else f"status-{status // 100}xx"
            except TenprintError as error:
                outcome = "unreachable" if error.http_status == 400 else error.code
            service.metrics.callbacks.labels(outcome).inc()
            pause: float | None = None
            if not delivered and task.attempts + 1 < settings.callback_attempts:
                doubled = settings.callback_pause * 2.0 ** min(task.attempts, 30)
                pause = min(doubled, _LONGEST_PAUSE)
            with contextlib.suppress(TenprintError):  # then it is sent once more
                await service.run(self._tasks.tried, task, pause, delivered=delivered)
            service.logger.info("callback", task=task.id, agency=task.agency, outcome=outcome)
        finally:
            self._agencies[task.agency] -= 1
            self._running.pop(task.id, None)


def result(service: Service, task: Task) -> tuple[str, Any]:
    """Media type and content of what a callback receives: the result, or OSIA's Error."""
    operation = BY_NAME[task.operation]
    try:
        arguments = dict(task.arguments)
        purpose = purpose_of(task.caller, arguments.pop("purpose", None))
        call = Call(task.caller, purpose, task.osia_transaction, arguments)
        answer = None
        if task.desk_transaction is not None:
            answer = service.desk.answer(task.caller, task.desk_transaction)
        content = operation.finish(service.desk, call, answer)
    except TenprintError as error:
        if error.retryable:
            raise
        return "application/error+json", content_of(error, task.id)
    return "application/json", "OK" if content is None else content
