"""Answers on their way: delivered at least once, under the same id, until they arrive."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import httpx
from sqlalchemy import Row, select, update

from tenprint.desk._address import Resolve, check_address, pinned, resolve
from tenprint.desk._answering import read_answer
from tenprint.desk._nouns import Answer
from tenprint.desk._schema import answers, outbox, transactions
from tenprint.desk._settings import DeskSettings
from tenprint.desk._tracing import step
from tenprint.desk._workings import Workings
from tenprint.model import AccessError, InputError, NotFoundError, ServiceUnavailableError

#: Posts an answer to an address; raises what went wrong. The default keeps the address rules.
Deliver = Callable[[str, Answer], None]

#: Seconds before the second attempt, doubled from one to the next, at most an hour.
_FIRST_PAUSE, _LONGEST_PAUSE = 2.0, 3600.0

#: Seconds after which the outbox is looked at though nobody said that there is something.
_LOOK = 2.0

#: Deliveries at a time, and read at a time.
_TOGETHER, _PIECE = 8, 64


def poster(settings: DeskSettings, how: Resolve = resolve) -> Deliver:
    """The default delivery: a POST of JSON by httpx.

    The host's address is resolved once, checked, and connected to; certificates are checked
    against the host's name. Redirects are not followed, proxies of the environment not used.
    """
    allowed = settings.callback_hosts

    def post(url: str, answer: Answer) -> None:
        target = pinned(check_address(url, allowed), allowed, how)
        host = f"[{target.host}]" if ":" in target.host else target.host
        address = f"[{target.address}]" if ":" in target.address else target.address
        usual = 443 if target.scheme == "https" else 80
        headers = {
            "Host": host if target.port == usual else f"{host}:{target.port}",
            "Content-Type": "application/json",
            "Idempotency-Key": answer.id,
        }
        patience = settings.callback_timeout
        try:
            with (
                httpx.Client(timeout=patience, follow_redirects=False, trust_env=False) as client,
                _cut_off(client, 3 * patience),
                client.stream(
                    "POST",
                    f"{target.scheme}://{address}:{target.port}{target.path}",
                    content=json.dumps(answer.as_dict()).encode(),
                    headers=headers,
                    extensions={"sni_hostname": target.host},
                ) as response,
            ):
                status = response.status_code  # the body is not read
        except (httpx.HTTPError, OSError, RuntimeError) as error:
            raise ServiceUnavailableError(f"{type(error).__name__}.", field="callback") from None
        if not 200 <= status < 300:
            raise ServiceUnavailableError(f"HTTP status {status}.", field="callback")

    return post


@contextmanager
def _cut_off(client: httpx.Client, seconds: float) -> Iterator[None]:
    """End what takes longer as a whole: a server may send one byte at a time for ever."""
    timer = threading.Timer(seconds, client.close)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


class Outbox:
    """Delivers what the table holds; one thread that looks, some that send."""

    def __init__(self, works: Workings, deliver: Deliver) -> None:
        self._works = works
        self._deliver = deliver
        self._ready = threading.Event()
        self._closing = False
        self._pool = ThreadPoolExecutor(_TOGETHER, thread_name_prefix="delivery")
        self._thread = threading.Thread(target=self._work, name="outbox", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """There is something to deliver."""
        self._ready.set()

    def close(self) -> None:
        """End after the deliveries that are under way."""
        self._closing = True
        self._ready.set()
        self._thread.join()
        self._pool.shutdown()

    def _work(self) -> None:
        while not self._closing:
            self._ready.clear()
            try:
                found = self._due()
                list(self._pool.map(self._send, found))
            except Exception as error:
                self._works.figures.error(type(error).__name__)
                found = []
            if len(found) < _PIECE:
                self._ready.wait(_LOOK)

    def _due(self) -> list[Row[Any]]:
        mine = outbox.c.delivered_at.is_(None) & (outbox.c.next_at <= self._works.now())
        query = select(outbox).where(mine).order_by(outbox.c.next_at).limit(_PIECE)
        with self._works.store.reading() as connection:
            return list(connection.execute(query))

    def _send(self, row: Row[Any]) -> None:
        works = self._works
        problem, final = "", False
        # A notice has no transaction, so no trace.
        query = select(answers, transactions.c.trace).outerjoin(
            transactions, transactions.c.key == answers.c.key
        )
        try:
            with works.store.reading() as connection:
                found = connection.execute(query.where(answers.c.id == row.id)).one()
                answer = read_answer(works.vault, connection, found)
            with step("deliver", found):
                self._deliver(row.url, answer)
        except NotFoundError:
            problem, final = "The content is no longer kept.", True
        except (AccessError, InputError) as error:
            problem, final = error.message, True
        except Exception as error:
            problem = getattr(error, "message", None) or type(error).__name__
        now, attempts = works.now(), row.attempts + 1
        values: dict[str, Any] = {"attempts": attempts, "problem": problem[:200]}
        if not problem:
            values["delivered_at"] = now
        elif final or attempts >= works.settings.delivery_attempts:
            values["next_at"] = None
        else:
            pause = min(_FIRST_PAUSE * 2 ** (attempts - 1), _LONGEST_PAUSE)
            values["next_at"] = now + timedelta(seconds=pause)
        statement = update(outbox).where(outbox.c.id == row.id).values(values)
        works.journal.run(lambda connection: connection.execute(statement) and None)
