"""The client: one connection pool, one credential."""

from __future__ import annotations

import base64
import ssl
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

import httpx

from tenprint.client._errors import error_of
from tenprint.client._types import Answer, Status
from tenprint.model import (
    Finger,
    Impression,
    Purpose,
    RateLimitError,
    ServiceUnavailableError,
    TenprintError,
    TransactionClass,
)

#: The longest that one request waits; a longer wait is several requests.
_WAIT = 30.0

#: How often a request that says "try again" is tried, in all.
_TRIES = 4


class Client:
    """A client of a running service.

    Safe to share between threads. Requests that the service asks to repeat (429, 503) are repeated
    a few times; a transaction's identifier makes that safe. Errors are those of the error tree, as
    the service tells them.

    Parameters
    ----------
    url : str
        Such as ``https://tenprint.example``.
    key : str
        An API key ``tp_...``, or an OIDC token.
    purpose : Purpose, optional
        Named in every request that names none itself.
    certificates : path, optional
        Authorities to trust (PEM), where the system's do not suffice.
    timeout : float
        Seconds for one request, apart from waiting for answers.

    Examples
    --------
    >>> with tenprint.Client("http://127.0.0.1:8470", key) as client:  # doctest: +SKIP
    ...     client.submit("2026-1", "border-check", {Finger.RIGHT_INDEX: "index.png"})
    ...     print(client.wait("2026-1").text)
    """

    def __init__(
        self,
        url: str,
        key: str,
        *,
        purpose: Purpose | str | None = None,
        certificates: Path | str | None = None,
        timeout: float = 60.0,
    ) -> None:
        headers = {"Authorization": f"Bearer {key}"}
        if purpose is not None:
            headers["X-Purpose"] = str(Purpose(purpose))
        trust = ssl.create_default_context(cafile=None if certificates is None else certificates)
        self._http = httpx.Client(
            base_url=url.rstrip("/"), headers=headers, verify=trust, timeout=timeout
        )

    def submit(
        self,
        transaction: str,
        klass: TransactionClass | str,
        prints: Mapping[Finger, Path | str | bytes] | Sequence[Mapping[str, Any]] = (),
        *,
        purpose: Purpose | str | None = None,
        impression: Impression = Impression.LIVE_SCAN_PLAIN,
        **more: Any,
    ) -> Status:
        """Submit a transaction; it is on the service's disk when this returns.

        Parameters
        ----------
        transaction : str
            Your own identifier; the same again is the same transaction.
        klass : TransactionClass
        prints : mapping of Finger to path or bytes, or sequence of mapping
            Images; or objects as the interface describes them (``finger``, ``image`` ...).
        purpose : Purpose, optional
        impression : Impression
            How the images of a mapping were taken.
        **more
            Other members of the interface's submission: ``biographics``, ``person``, ``options``
            and so on, JSON-ready.

        Raises
        ------
        TransactionError
            With every fault.
        CredentialError, AccessError, ConflictError, RateLimitError, ServiceUnavailableError
        """
        body: dict[str, Any] = {"transaction": transaction, "class": str(klass), **more}
        if purpose is not None:
            body["purpose"] = str(purpose)
        if isinstance(prints, Mapping):
            body["prints"] = [
                {"finger": int(finger), "impression": int(impression), "image": _encoded(image)}
                for finger, image in prints.items()
            ]
        else:
            body["prints"] = list(prints)
        return Status.of(self._json("POST", "/v1/transactions", json=body))

    def submit_ebts(self, data: bytes, *, transaction: str | None = None) -> Status:
        """Submit an EBTS file; its type says the class, its control number the identifier.

        Raises
        ------
        As `submit`.
        """
        query = {} if transaction is None else {"transaction": transaction}
        kind = {"Content-Type": "application/x-ansi-nist"}
        path = "/v1/transactions"
        return Status.of(self._json("POST", path, content=data, headers=kind, params=query))

    def ask_ebts(self, data: bytes, *, purpose: Purpose | str | None = None) -> bytes:
        """The answer to an EBTS file that asks something (IRQ, EQHR), as EBTS file.

        Raises
        ------
        As `submit`.
        """
        headers = {
            "Content-Type": "application/x-ansi-nist",
            "Accept": "application/x-ansi-nist, application/problem+json",
            **({} if purpose is None else {"X-Purpose": str(purpose)}),
        }
        return self._send("POST", "/v1/transactions", content=data, headers=headers).content

    def status(self, transaction: str) -> Status:
        """Where a transaction is.

        Raises
        ------
        NotFoundError
        """
        return Status.of(self._json("GET", _path(transaction)))

    def answer(self, transaction: str, number: int | None = None) -> Answer | None:
        """The latest answer, or that of a number; None where there is none yet.

        Raises
        ------
        NotFoundError
        """
        query = {} if number is None else {"number": number}
        return self._answer(_path(transaction) + "/answer", query)

    def answers(self, transaction: str) -> list[Answer]:
        """The answer and its supplements in order.

        Raises
        ------
        NotFoundError
        """
        found = self._json("GET", _path(transaction) + "/answers")
        return [Answer.of(each) for each in found]

    def answer_ebts(self, transaction: str) -> bytes:
        """The answer as EBTS file, where the transaction was one.

        Raises
        ------
        NotFoundError
        """
        wanted = {"Accept": "application/x-ansi-nist"}
        return self._send("GET", _path(transaction) + "/answer", headers=wanted).content

    def wait(
        self, transaction: str, timeout: float | None = None, *, final: bool = False
    ) -> Answer | None:
        """The latest answer as soon as there is one; None after `timeout` seconds.

        With `final` only once no examiner looks any more. Without a time-out it waits for ever.

        Raises
        ------
        NotFoundError
        """
        end = None if timeout is None else time.monotonic() + timeout
        while True:
            left = _WAIT if end is None else min(_WAIT, end - time.monotonic())
            if left <= 0:
                return None
            query = {"wait": f"{max(left, 0.01):.3f}", "final": str(final).lower()}
            found = self._answer(_path(transaction) + "/answer", query, left)
            if found is not None:
                return found

    def list(self, **filters: Any) -> list[Status]:
        """The agency's transactions, newest first; filters as the interface has them."""
        found = self._json("GET", "/v1/transactions", params=filters)
        return [Status.of(each) for each in found["transactions"]]

    def name_search(
        self,
        biographics: Mapping[str, Any],
        *,
        purpose: Purpose | str | None = None,
        limit: int = 10,
    ) -> Answer:
        """Who could be meant by these names, dates and identifiers?"""
        return self._ask("/v1/names/search", purpose, biographics=biographics, limit=limit)

    def record(self, person: str, *, purpose: Purpose | str | None = None) -> Answer:
        """What is known of a person, as far as agency and purpose may see it.

        Raises
        ------
        PersonNotFoundError
        """
        return self._ask("/v1/records/query", purpose, person=person)

    def images(
        self, person: str, *, purpose: Purpose | str | None = None, encounter: str | None = None
    ) -> dict[Finger, bytes]:
        """The original images of an encounter's fingers, by position.

        Raises
        ------
        PersonNotFoundError, NotFoundError
        """
        body = _without_none(person=person, encounter=encounter, purpose=_word(purpose))
        found = self._json("POST", "/v1/images/request", json={**body, "kinds": ["finger"]})
        return {
            Finger[each["finger"].upper().replace("-", "_")]: base64.b64decode(each["image"])
            for each in found["images"]
        }

    def call(self, method: str, path: str, body: Any = None, **query: Any) -> Any:
        """Any other request of the interface: the parsed JSON, None where there is none.

        Raises
        ------
        TenprintError
            As the service tells it.
        """
        given = _without_none(**query)
        return self._json(method, path, **({} if body is None else {"json": body}), params=given)

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _ask(self, path: str, purpose: Purpose | str | None, **body: Any) -> Answer:
        return Answer.of(
            self._json("POST", path, json=_without_none(**body, purpose=_word(purpose)))
        )

    def _answer(self, path: str, query: Mapping[str, Any], wait: float = 0.0) -> Answer | None:
        timeout = httpx.Timeout(self._http.timeout.read or 60.0)
        more = {"timeout": httpx.Timeout(wait + (timeout.read or 60.0))} if wait else {}
        response = self._send("GET", path, params=query, **more)
        return Answer.of(response.json()) if response.status_code == 200 else None

    def _json(self, method: str, path: str, **options: Any) -> Any:
        response = self._send(method, path, **options)
        if not response.content:
            return None
        try:
            return response.json()
        except ValueError:
            raise error_of(502, {"detail": "The service's answer is no JSON."}, None) from None

    def _send(self, method: str, path: str, **options: Any) -> httpx.Response:
        tries = 0
        while True:
            tries += 1
            try:
                return self._once(method, path, **options)
            except (RateLimitError, ServiceUnavailableError) as error:
                if tries >= _TRIES:
                    raise
                time.sleep(min(getattr(error, "retry_after", 0.5 * tries), 10.0))

    def _once(self, method: str, path: str, **options: Any) -> httpx.Response:
        try:
            response = self._http.request(method, path, **options)
        except httpx.TransportError as error:
            raise ServiceUnavailableError(
                "The service cannot be reached.",
                source=str(self._http.base_url),
                remedy=f"See whether it runs: {type(error).__name__}.",
            ) from None
        if response.is_success:
            return response
        raise _error(response)


def _error(response: httpx.Response) -> TenprintError:
    try:
        content = response.json()
    except ValueError:
        content = {}
    content = content if isinstance(content, dict) else {}
    return error_of(response.status_code, content, response.headers.get("retry-after"))


def _path(transaction: str) -> str:
    return f"/v1/transactions/{quote(transaction, safe='')}"


def _encoded(image: Path | str | bytes) -> str:
    data = image if isinstance(image, bytes) else Path(image).read_bytes()
    return base64.b64encode(data).decode()


def _word(purpose: Purpose | str | None) -> str | None:
    return None if purpose is None else str(purpose)


def _without_none(**given: Any) -> dict[str, Any]:
    return {name: value for name, value in given.items() if value is not None}
