"""From a request to a page: sign-in, form, thread, errors; the same for every page."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from tenprint.access import Caller
from tenprint.console._web import HEADERS, SignInNeededError, Web
from tenprint.model import TenprintError

Page = Callable[[Request, Caller], Response]
Action = Callable[[Request, Caller, "Form"], Response]
Endpoint = Callable[[Request], Awaitable[Response]]
#: Takes what somebody sent whose session had locked meanwhile: agency and name, and the form.
Rescue = Callable[[Request, tuple[str, str], "Form"], None]


@dataclass(frozen=True)
class Form:
    """A form as it was sent: its texts, and its files as name and bytes."""

    texts: dict[str, str]
    files: list[tuple[str, bytes]] = field(default_factory=list)

    def text(self, name: str) -> str:
        """A field without the space around it; empty where there is none."""
        return self.texts.get(name, "").strip()


def page(web: Web, show: Page) -> Endpoint:
    """An endpoint that shows something to who is signed in."""

    async def endpoint(request: Request) -> Response:
        try:
            return await run_in_threadpool(show, request, web.caller(request))
        except SignInNeededError as needed:
            return web.to_sign_in(request, needed.idle)
        except TenprintError as error:
            return web.failed(request, error)

    return endpoint


def action(web: Web, act: Action, *, most: int = 1 << 20, rescue: Rescue | None = None) -> Endpoint:
    """An endpoint that takes a form of at most `most` bytes from who is signed in.

    Where the session is locked, `rescue` may keep what was typed.
    """

    async def endpoint(request: Request) -> Response:
        try:
            caller = web.caller(request)
            form = await web.form(request, most=most)
            try:
                return await run_in_threadpool(act, request, caller, await _read(form))
            finally:
                await form.close()
        except SignInNeededError as needed:
            if needed.idle and rescue is not None:
                with contextlib.suppress(TenprintError):  # what cannot be read is not kept
                    form = await web.form(request, most=most)
                    rescue(request, needed.who, await _read(form))
            return web.to_sign_in(request, needed.idle)
        except TenprintError as error:
            return web.failed(request, error)

    return endpoint


async def _read(form: FormData) -> Form:
    texts: dict[str, str] = {}
    files: list[tuple[str, bytes]] = []
    for key, value in form.multi_items():
        if isinstance(value, str):
            texts[key] = value
        elif data := await value.read():
            files.append((value.filename or "", data))
    return Form(texts, files)


def see(path: str) -> Response:
    """Send the browser to another page after an action."""
    return RedirectResponse(path, 303, headers=HEADERS)


def small_number(text: str) -> int | None:
    """A number of an address, None where it is none or has more than four digits."""
    return int(text) if re.fullmatch("[0-9]{1,4}", text) else None


def png(data: bytes) -> Response:
    """A picture; of a person, so that nobody keeps it."""
    return Response(data, media_type="image/png", headers=HEADERS)
