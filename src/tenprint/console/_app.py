"""The console's pages, added to the service's application."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Match, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from tenprint.console._audit import Audit
from tenprint.console._comparisons import Comparisons, Sent
from tenprint.console._endpoint import Endpoint
from tenprint.console._examine import Examine
from tenprint.console._find import Find
from tenprint.console._home import Home
from tenprint.console._operate import Operate
from tenprint.console._provider import ByProvider, make_provider
from tenprint.console._sign import Sign
from tenprint.console._transactions import Transactions
from tenprint.console._web import STATIC, Web
from tenprint.model import NotFoundError


def add_console(app: FastAPI, *, secure: bool = False) -> None:
    """Add all pages to the application that `tenprint.api.create_app` made.

    Parameters
    ----------
    app : FastAPI
        Its ``state.service`` has the desk and the authenticator.
    secure : bool
        Whether the service is reached by HTTPS; then sessions go over nothing else.

    Raises
    ------
    InputError
        If the settings of signing in at a provider are not whole.
    """
    service = app.state.service
    rules = service.settings.sign_in_rules
    provider = make_provider(service.settings)
    web = Web(
        service.desk,
        service.authenticator,
        rules,
        secure=secure,
        by_provider=provider is not None,
        public_url=service.settings.public_url,
    )
    sent = Sent()
    rooms = (
        Sign(web), Home(web), Examine(web), Find(web, sent), Comparisons(web, sent),
        Transactions(web), Operate(web), Audit(web),
    )  # fmt: skip
    routes = [route for room in rooms for route in room.routes()]
    if provider is not None:
        routes.extend(ByProvider(web, provider).routes())
    pages: list[BaseRoute] = [
        _Page(each.path, each.endpoint, methods=list(each.methods or ())) for each in routes
    ]
    pages.append(_Files("/static", _Assets(directory=STATIC)))
    pages.append(_Page("/favicon.ico", lambda _: RedirectResponse("/static/icon.svg", 301)))
    pages.append(_Nothing("/{rest:path}", _nothing(web)))
    app.router.routes.extend(pages)


class _Named(BaseRoute):
    """What matches says so to the log, which names addresses by their patterns."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        found, more = super().matches(scope)
        return found, (more if found is Match.NONE else {**more, "route": self})


class _Page(_Named, Route):
    """One address."""


class _Files(_Named, Mount):
    """A folder of files."""


class _Assets(StaticFiles):
    """Files that a page names with their hash, so that a browser may keep them."""

    def file_response(self, *arguments: Any, **options: Any) -> Response:
        response = super().file_response(*arguments, **options)
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response


class _Nothing(Route):
    """Every other address, for who wants a page; what is no browser gets the interface's answer."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        found, more = super().matches(scope)
        page = scope["type"] == "http" and "text/html" in Headers(scope=scope).get("accept", "")
        return (found if page and found is Match.FULL else Match.NONE), more


def _nothing(web: Web) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        return web.failed(request, NotFoundError("There is no such page."))

    return endpoint
