"""From a request to a page: sign-in, form, thread, errors; the same for every page."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from tenprint.access import Caller
from tenprint.console._web import HEADERS, SignInNeededError, Web
from tenprint.model import TenprintError

Page = Callable[[Request, Caller], Response]
Action = Callable[[Request, Caller, FormData], Response]
Endpoint = Callable[[Request], Awaitable[Response]]


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


def action(web: Web, act: Action, *, most: int = 1 << 20) -> Endpoint:
    """An endpoint that takes a form of at most `most` bytes from who is signed in."""

    async def endpoint(request: Request) -> Response:
        try:
            caller = web.caller(request)
            form = await web.form(request, most=most)
            try:
                files = await _read_files(form)
                return await run_in_threadpool(act, request, caller, files)
            finally:
                await form.close()
        except SignInNeededError as needed:
            return web.to_sign_in(request, needed.idle)
        except TenprintError as error:
            return web.failed(request, error)

    return endpoint


async def _read_files(form: FormData) -> FormData:
    """The form with its files read: (name, bytes) in their place."""
    items: list[tuple[str, Any]] = []
    for key, value in form.multi_items():
        if isinstance(value, str):
            items.append((key, value))
        else:
            items.append((key, (value.filename or "", await value.read())))
    return FormData(items)


def see(path: str) -> Response:
    """Send the browser to another page after an action."""
    return RedirectResponse(path, 303, headers=HEADERS)
