"""What every page needs: who is signed in, the page or its JSON twin, and the security headers."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime, timedelta
from enum import Enum
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from jinja2 import Environment, PackageLoader, select_autoescape
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from tenprint.access import Authenticator, Caller, SignInRules
from tenprint.console._drafts import Drafts
from tenprint.console._words import FILTERS
from tenprint.desk import Desk
from tenprint.model import (
    AccessError,
    CredentialError,
    InputError,
    RequestTooLargeError,
    Template,
    TenprintError,
)

#: The cookie of a session; no script can read it, and no other site can make a browser send it.
COOKIE = "tenprint_session"

#: The cookie of a browser before anybody signs in: what its forms' mark is made of then.
VISITOR = "tenprint_visitor"

#: Nothing from elsewhere, no inline script or style, in nobody's frame.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)

HEADERS = {
    "Content-Security-Policy": POLICY,
    "Cache-Control": "no-store",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}

#: Where the style, scripts and templates lie.
STATIC = Path(__file__).parent / "static"


class SignInNeededError(Exception):
    """Nobody is signed in; the browser is sent to the sign-in page.

    Attributes
    ----------
    idle : bool
        Whether there is a session, locked because nobody used it.
    who : tuple of str
        Agency and name of the one whose session is locked.
    """

    def __init__(self, idle: bool = False, who: tuple[str, str] = ("", "")) -> None:
        super().__init__()
        self.idle = idle
        self.who = who


class Web:
    """The pages' surroundings; one for an application, thread-safe.

    Parameters
    ----------
    desk : Desk
    authenticator : Authenticator
    rules : SignInRules
    secure : bool
        Whether the service is reached by HTTPS, so that cookies go over nothing else.
    by_provider : bool
        Whether people may sign in at a provider.
    public_url : str, optional
        The address that browsers use, where a proxy hands on another host.
    """

    def __init__(
        self,
        desk: Desk,
        authenticator: Authenticator,
        rules: SignInRules,
        *,
        secure: bool = False,
        by_provider: bool = False,
        public_url: str | None = None,
    ) -> None:
        self.desk = desk
        self.rules = rules
        self.secure = secure
        self._authenticator = authenticator
        self.drafts = Drafts(rules.session)
        self._public = urlsplit(public_url).netloc.lower() if public_url else None
        self._pages = Environment(
            loader=PackageLoader("tenprint.console"),
            autoescape=select_autoescape(),
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._pages.filters.update(FILTERS)
        self._pages.globals["by_provider"] = by_provider
        marks = (hashlib.sha256(path.read_bytes()).hexdigest()[:10] for path in _assets())
        names = (path.name for path in _assets())
        self._versions = dict(zip(names, marks, strict=True))

    def caller(self, request: Request) -> Caller:
        """Who is signed in.

        Raises
        ------
        SignInNeededError
        """
        token = request.cookies.get(COOKIE, "")
        if not token:
            raise SignInNeededError
        try:
            # A page that refreshes itself is not somebody who uses it: idle sessions lock.
            found = self._authenticator.session(token, in_use="HX-Request" not in request.headers)
        except CredentialError as error:
            who = (error.agency or "", error.actor or "")
            raise SignInNeededError(error.reason == "idle", who) from error
        request.scope["state"]["agency"] = found.agency  # for the log
        return found

    def forget(self) -> None:
        """Ask the database about every session again."""
        self._authenticator.forget()

    def csrf(self, request: Request) -> str:
        """The mark that a form of this session carries; without one, of this browser."""
        return _mark(request.cookies.get(COOKIE) or _visitor(request))

    async def form(self, request: Request, *, most: int = 1 << 20, visitor: bool = False) -> Any:
        """A form's fields, once its mark is right.

        With `visitor`, the mark may also be that of the browser before anybody signed in.

        Raises
        ------
        AccessError
            If the form was not made by this session's page.
        """
        check_length(request, most)
        self._check_origin(request)
        try:
            form = await request.form(max_files=40, max_fields=200, max_part_size=most)
        except HTTPException:
            raise InputError("The form cannot be read.") from None
        given = request.headers.get("X-CSRF-Token") or str(form.get("csrf", ""))
        self.check_mark(request, given, visitor=visitor)
        return form

    def check_mark(self, request: Request, given: str, *, visitor: bool = False) -> None:
        """Refuse what was not sent by a page of this session.

        Raises
        ------
        AccessError
        """
        self._check_origin(request)
        right = [self.csrf(request)]
        if visitor:
            # Who comes from another site's link is shown the form without the session's cookie.
            right.append(_mark(_visitor(request)))
        sent = given.encode("utf-8", "surrogatepass")
        if not any(hmac.compare_digest(sent, each.encode()) for each in right):
            raise AccessError(
                "The form is not of this session.", remedy="Load the page again and repeat it."
            )

    def _check_origin(self, request: Request) -> None:
        """Refuse what a browser says another site made it send."""
        site = request.headers.get("Sec-Fetch-Site", "same-origin")
        origin = request.headers.get("Origin")
        hosts = (request.headers.get("Host", "").lower(), self._public)
        own = origin is None or urlsplit(origin).netloc.lower() in hosts
        if site not in ("same-origin", "none") or not own or origin == "null":
            raise AccessError(
                "Another site sent this form.",
                remedy="Behind a proxy that changes the host, set TENPRINT_PUBLIC_URL.",
            )

    def page(
        self,
        request: Request,
        template: str,
        data: Mapping[str, Any],
        /,
        *,
        caller: Caller | None = None,
        status: int = 200,
        **more: Any,
    ) -> Response:
        """A page, or the same as JSON for who asks for that.

        `data` is what both show; `more` only the page needs.
        """
        if wants_json(request):
            return as_json(data, status)
        text = self._pages.get_template(template).render(
            **data,
            **more,
            request=request,
            path=request.url.path,
            caller=caller,
            csrf=self.csrf(request),
            idle=round(self.rules.idle.total_seconds()),
            back=page_of(request),
            asset=self._asset,
        )
        response = HTMLResponse(text, status, headers=HEADERS)
        if made := request.scope["state"].get(VISITOR):
            response.set_cookie(
                VISITOR, made, httponly=True, samesite="strict", secure=self.secure, path="/"
            )
        return response

    def part(self, template: str, data: Mapping[str, Any]) -> str:
        """A part of a page, escaped; the same for everybody who may see it."""
        return self._pages.get_template(template).render(**data)

    def failed(self, request: Request, error: TenprintError) -> Response:
        """An error as a page, or as JSON."""
        try:
            caller = self.caller(request)
        except SignInNeededError:
            caller = None
        data = {"error": told(error)}
        return self.page(request, "error.html", data, caller=caller, status=error.http_status)

    def to_sign_in(self, request: Request, idle: bool = False) -> Response:
        """What somebody gets who is not signed in, or whose session is locked."""
        if wants_json(request):
            return as_json({"error": told(CredentialError("Nobody is signed in."))}, 401)
        # The query only for the one whose session it is: a search's names stand in it.
        where = page_of(request) if idle else page_of(request).partition("?")[0]
        target = ("/unlock" if idle else "/sign-in") + (
            f"?next={quote(where, safe='')}" if where != "/" else ""
        )
        if request.headers.get("HX-Request"):
            return Response(status_code=204, headers={"HX-Redirect": target, **HEADERS})
        return RedirectResponse(target, 303, headers=HEADERS)

    def keep(self, response: Response, token: str, seconds: float) -> None:
        """Give the browser its session."""
        response.set_cookie(
            COOKIE, token, max_age=int(seconds), httponly=True, samesite="strict",
            secure=self.secure, path="/",
        )  # fmt: skip

    def _asset(self, name: str) -> str:
        return f"/static/{name}?{self._versions[name]}"


def told(error: TenprintError) -> dict[str, Any]:
    """What a page says of an error: not its source, which may be a path of this machine."""
    facts = {name: value for name, value in error.as_dict().items() if name != "source"}
    if error.http_status == 500:
        facts["message"] = "Something went wrong in the service; its log says more."
        facts["field"] = facts["remedy"] = None
    return facts


def _assets() -> list[Path]:
    return sorted(path for path in STATIC.iterdir() if path.is_file())


def check_length(request: Request, most: int) -> None:
    """Refuse a body before it is read.

    Raises
    ------
    InputError
    """
    try:
        length = int(request.headers.get("Content-Length", "-1"))
    except ValueError:
        length = -1
    if length < 0:
        raise InputError("The form does not say how long it is.", field="Content-Length")
    if length > most:
        raise RequestTooLargeError(
            f"The form is larger than {most >> 10} KiB.", field="Content-Length"
        )


def _mark(token: str) -> str:
    """Of a secret that only this browser has, so it needs no other and outlives a restart."""
    return hmac.new(token.encode(), b"tenprint form", "sha256").hexdigest()


def _visitor(request: Request) -> str:
    """The browser's own secret before anybody signs in; a new one is sent with the page."""
    given = request.cookies.get(VISITOR, "")
    if re.fullmatch("[0-9a-f]{64}", given):
        return given
    made: str = request.scope["state"].setdefault(VISITOR, secrets.token_hex(32))
    return made


def wants_json(request: Request) -> bool:
    """Whether the JSON twin is asked for: by ``Accept``, JSON named and HTML not before it."""
    accept = request.headers.get("Accept", "")
    json_at, html_at = accept.find("application/json"), accept.find("text/html")
    return json_at >= 0 and (html_at < 0 or json_at < html_at)


def page_of(request: Request) -> str:
    """The page that somebody sees: the one asked for, or the one that the form stood on."""
    if request.method == "GET":
        path, query = quote(request.scope["path"]), request.url.query
    else:
        before = urlsplit(request.headers.get("Referer", ""))
        path, query = before.path, before.query
    return our_page(f"{path}?{query}" if query else path)


def our_page(path: str | None) -> str:
    """A page of ours to go on to after signing in; nothing that leads elsewhere."""
    # Browsers leave tabs and line ends out and read a backslash as a slash.
    ours = path is not None and re.fullmatch(r"/(?![/\\])[^\x00-\x20\x7f]*", path)
    return path if path and ours else "/"


def as_json(data: Any, status: int = 200) -> Response:
    """JSON of dataclasses, enums, times and plain values."""
    text = json.dumps(plain(data), ensure_ascii=False)
    return Response(text, status, headers=HEADERS, media_type="application/json")


def plain(value: Any) -> Any:
    """As JSON knows it; bytes and templates are told by their size."""
    if is_dataclass(value) and not isinstance(value, type):
        if isinstance(value, Template):
            return {"minutiae": len(value.minutiae), "quality": value.quality}
        return plain({each.name: getattr(value, each.name) for each in fields(value)})
    if isinstance(value, Mapping):
        return {str(_key(key)): plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        items = sorted(value) if isinstance(value, set | frozenset) else value
        return [plain(each) for each in items]
    if isinstance(value, Enum):
        label = getattr(value, "label", None)
        return label if isinstance(label, str) else value.value
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, bytes):
        return {"bytes": len(value)}
    return value


def _key(key: Any) -> Any:
    return plain(key) if isinstance(key, Enum) else key


__all__ = [
    "COOKIE",
    "HEADERS",
    "STATIC",
    "SignInNeededError",
    "Web",
    "as_json",
    "our_page",
    "wants_json",
]
