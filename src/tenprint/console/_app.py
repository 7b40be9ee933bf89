"""The console's pages as routes of an application."""

from __future__ import annotations

from typing import Any

from starlette.routing import BaseRoute, Mount
from starlette.staticfiles import StaticFiles

from tenprint.console._examine import Examine
from tenprint.console._find import Find
from tenprint.console._operate import Operate
from tenprint.console._sign import Sign
from tenprint.console._transactions import Transactions
from tenprint.console._web import STATIC, Web
from tenprint.desk import Desk


def console_routes(desk: Desk, authenticator: Any, *, secure: bool = False) -> list[BaseRoute]:
    """The routes of all pages, to be added to the service's application.

    Parameters
    ----------
    desk : Desk
    authenticator : tenprint.access.Authenticator
    secure : bool
        Whether the service is reached by HTTPS; then sessions go over nothing else.
    """
    web = Web(desk, authenticator, secure=secure)
    rooms = (Sign(web), Examine(web), Find(web), Transactions(web), Operate(web))
    pages: list[BaseRoute] = [route for room in rooms for route in room.routes()]
    return [*pages, Mount("/static", StaticFiles(directory=STATIC))]
