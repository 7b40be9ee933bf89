"""Signing in and out, the first start, the second factor."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tenprint.access import (
    Caller,
    confirm_second_factor,
    hash_password,
    lock_session,
    new_second_factor,
    redeem_code,
    sign_in,
    sign_out,
    unlock,
)
from tenprint.console._endpoint import Endpoint, Form, action, page, see
from tenprint.console._qr import qr_code
from tenprint.console._web import COOKIE, SignInNeededError, Web, as_json, our_page, told
from tenprint.model import AccessError, CredentialError, InputError, TenprintError


class Sign:
    """The pages before the others."""

    def __init__(self, web: Web) -> None:
        self._web = web
        self._desk = web.desk

    def routes(self) -> list[Route]:
        """Their addresses."""
        web = self._web
        return [
            Route("/sign-in", self.sign_in_form),
            Route("/sign-in", self._open(self._sign_in, "sign-in.html"), methods=["POST"]),
            Route("/first-start", self.first_form),
            Route("/first-start", self._open(self._first, "first-start.html"), methods=["POST"]),
            Route("/unlock", self.unlock_form),
            Route("/unlock", self._open(self._unlock, "unlock.html"), methods=["POST"]),
            Route("/in-use", page(web, self.in_use)),
            Route("/lock", action(web, self.lock), methods=["POST"]),
            Route("/sign-out", action(web, self.leave), methods=["POST"]),
            Route("/second-factor", page(web, self.factor_form)),
            Route("/second-factor", action(web, self.factor), methods=["POST"]),
        ]

    async def sign_in_form(self, request: Request) -> Response:
        """The empty form."""
        fields = {"error": None}
        return self._web.page(
            request,
            "sign-in.html",
            fields,
            name="",
            next=our_page(request.query_params.get("next")),
        )

    async def first_form(self, request: Request) -> Response:
        """The form for a one-time code."""
        return self._web.page(request, "first-start.html", {"error": None}, name="", next="/")

    def _open(self, act: Any, template: str) -> Endpoint:
        """An endpoint for who is not signed in yet: what fails is said on the form itself."""
        web = self._web

        async def endpoint(request: Request) -> Response:
            name = target = ""
            try:
                form = await web.form(request, most=1 << 14, visitor=True)
                name, target = str(form.get("name", ""))[:200], our_page(str(form.get("next", "")))
                cookie = request.cookies.get(COOKIE, "")
                token, expires, where = await run_in_threadpool(act, form, target, cookie)
                response = see(where)
                web.keep(response, token, (expires - datetime.now(UTC)).total_seconds())
                return response
            except TenprintError as error:
                data = {"error": told(error)}
                status = error.http_status
                return web.page(
                    request, template, data, status=status, name=name, next=target or "/"
                )

        return endpoint

    async def unlock_form(self, request: Request) -> Response:
        """The form that asks for the password again."""
        target = our_page(request.query_params.get("next"))
        return self._web.page(request, "unlock.html", {"error": None}, name="", next=target)

    def _unlock(self, form: Any, target: str, cookie: str) -> tuple[str, datetime, str]:
        password = str(form.get("password", ""))
        session = unlock(self._desk.store, cookie, password, rules=self._web.rules)
        self._web.forget()
        return session.token, session.expires, target

    def _sign_in(self, form: Any, target: str, cookie: str) -> tuple[str, datetime, str]:
        session = sign_in(
            self._desk.store,
            str(form.get("name", "")),
            str(form.get("password", "")),
            str(form.get("code", "")).strip(),
            rules=self._web.rules,
        )
        where = "/second-factor" if session.caller.second_factor_missing else target
        return session.token, session.expires, where

    def _first(self, form: Any, target: str, cookie: str) -> tuple[str, datetime, str]:
        password = str(form.get("password", ""))
        if password != str(form.get("again", "")):
            raise InputError("The two passwords differ.", field="password")
        name = str(form.get("name", "")).strip()
        hashed = hash_password(password)
        with self._desk.store.transaction() as connection:
            user = redeem_code(connection, str(form.get("code", "")).strip(), hashed, name=name)
        return self._sign_in({"name": user.name, "password": password}, "/", cookie)

    def in_use(self, request: Request, caller: Caller) -> Response:
        """Say that somebody uses the session, who looks at a page and asks for no other."""
        return as_json({"idle_seconds": self._web.rules.idle.total_seconds()})

    def lock(self, request: Request, caller: Caller, form: Form) -> Response:
        """Lock the session: its user has left the desk."""
        with self._desk.store.transaction() as connection:
            lock_session(connection, request.cookies.get(COOKIE, ""))
        self._web.forget()
        target = our_page(form.text("next"))
        return see("/unlock" + (f"?next={quote(target, safe='')}" if target != "/" else ""))

    def leave(self, request: Request, caller: Caller, form: Form) -> Response:
        """End the session."""
        with self._desk.store.transaction() as connection:
            sign_out(connection, request.cookies.get(COOKIE, ""))
        self._web.forget()
        self._web.drafts.drop((caller.agency, caller.actor))
        response = see("/sign-in")
        response.delete_cookie(COOKIE, path="/")
        return response

    def factor_form(self, request: Request, caller: Caller) -> Response:
        """A new secret for the authenticator."""
        name = _user(caller)
        with self._desk.store.transaction() as connection:
            secret, address = new_second_factor(connection, name)
        data: dict[str, Any] = {"secret": secret, "address": address, "codes": [], "error": None}
        return self._web.page(
            request, "second-factor.html", data, caller=caller, qr=qr_code(address)
        )

    def factor(self, request: Request, caller: Caller, form: Form) -> Response:
        """The secret's first code; then the recovery codes, shown once."""
        try:
            with self._desk.store.transaction() as connection:
                code = form.text("code")
                token = request.cookies.get(COOKIE, "")
                codes = confirm_second_factor(connection, _user(caller), code, token=token)
            self._web.forget()
        except CredentialError as error:
            data: dict[str, Any] = {
                "secret": "", "address": "", "codes": [], "error": told(error),
            }  # fmt: skip
            return self._web.page(
                request, "second-factor.html", data, caller=caller, status=error.http_status
            )
        data = {"secret": "", "address": "", "codes": codes, "error": None}
        return self._web.page(request, "second-factor.html", data, caller=caller)


def _user(caller: Caller) -> str:
    if caller.user is None:
        raise AccessError("Only a person has a second factor.")
    return caller.user


__all__ = ["Sign", "SignInNeededError"]
