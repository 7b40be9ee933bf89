"""The console's pages, added to the service's application."""

from __future__ import annotations

from fastapi import FastAPI
from starlette.responses import RedirectResponse
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from tenprint.console._examine import Examine
from tenprint.console._find import Find
from tenprint.console._operate import Operate
from tenprint.console._sign import Sign
from tenprint.console._transactions import Transactions
from tenprint.console._web import STATIC, Web


def add_console(app: FastAPI, *, secure: bool = False) -> None:
    """Add all pages to the application that `tenprint.api.create_app` made.

    Parameters
    ----------
    app : FastAPI
        Its ``state.service`` has the desk and the authenticator.
    secure : bool
        Whether the service is reached by HTTPS; then sessions go over nothing else.
    """
    service = app.state.service
    rules = service.settings.sign_in_rules
    web = Web(service.desk, service.authenticator, rules, secure=secure)
    rooms = (Sign(web), Examine(web), Find(web), Transactions(web), Operate(web))
    pages: list[BaseRoute] = [route for room in rooms for route in room.routes()]
    pages.append(Mount("/static", StaticFiles(directory=STATIC)))
    pages.append(Route("/favicon.ico", lambda _: RedirectResponse("/static/icon.svg", 301)))
    app.router.routes.extend(pages)
