"""Checking credentials many times a second."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256
from threading import Lock

from tenprint.access._keys import authenticate_key
from tenprint.access._oidc import TokenVerifier
from tenprint.access._rules import DEFAULT_RULES, SignInRules
from tenprint.access._sessions import authenticate_session, touch_session
from tenprint.access._types import Caller
from tenprint.model import CredentialError, StoreBusyError
from tenprint.store import TruthStore

#: Credentials remembered at most.
MAX_KNOWN = 20_000

#: Seconds between two writings-down of a session's use.
_TOUCH = 60.0


class Authenticator:
    """Says whose a credential is, asking the database at most every `trust` seconds for each.

    So a revoked key, an ended session, an inactive agency is refused after `trust` seconds at the
    latest, at once after `forget`. Thread-safe. Every method raises `CredentialError`.

    Parameters
    ----------
    store : TruthStore
    tokens : TokenVerifier, optional
        For OIDC bearer tokens; without it all are refused.
    rules : SignInRules
    trust : float
        Seconds.
    clock, now : callable
        Seconds of a clock that only goes forward; the time.
    """

    def __init__(
        self,
        store: TruthStore,
        *,
        tokens: TokenVerifier | None = None,
        rules: SignInRules = DEFAULT_RULES,
        trust: float = 2.0,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._store = store
        self._tokens = tokens
        self._rules = rules
        self._trust = trust
        self._clock = clock
        self._now = now
        self._lock = Lock()
        self._known: dict[bytes, tuple[Caller, float]] = {}
        self._touched: dict[bytes, float] = {}

    def remembered(self, secret: str) -> Caller | None:
        """Whose key or token this is, where that was found out a moment ago; asks nobody."""
        return self._find(_mark(secret))

    def key(self, secret: str) -> Caller:
        """Whose API key this is."""
        mark = _mark(secret)
        found = self._find(mark)
        if found is None:
            with self._store.reading() as connection:
                found = authenticate_key(connection, secret, now=self._now())
            self._keep(mark, found)
        return found

    def session(self, token: str, *, in_use: bool = True) -> Caller:
        """Whose session this is.

        Parameters
        ----------
        token : str
        in_use : bool
            Whether somebody uses it, so that its idle time begins again; not where a page only
            refreshes itself.
        """
        mark = _mark(token)
        found = self._find(mark)
        due = in_use and self._due(mark)
        if found is None or due:
            rules, now = self._rules, self._now()
            with self._store.reading() as connection:
                found = authenticate_session(connection, token, rules=rules, now=now)
            self._keep(mark, found)
            if due:
                self._touch(mark, token, now)
        return found

    def bearer(self, token: str) -> Caller:
        """Whom an OIDC bearer token speaks for."""
        if self._tokens is None:
            raise CredentialError(reason="unknown")
        mark = _mark(token)
        found = self._find(mark)
        if found is None:
            claims = self._tokens.check(token)  # may fetch keys: not with a connection in hand
            with self._store.reading() as connection:
                found = self._tokens.caller(connection, claims)
            self._keep(mark, found)
        return found

    def forget(self) -> None:
        """Ask the database about every credential again."""
        with self._lock:
            self._known.clear()

    def _touch(self, mark: bytes, token: str, now: datetime) -> None:
        with self._lock:
            if len(self._touched) >= MAX_KNOWN:
                self._touched.clear()
            self._touched[mark] = self._clock()
        try:
            with self._store.transaction() as connection:
                touch_session(connection, token, now=now)
        except StoreBusyError:  # no reason to refuse anybody: the next request writes it down
            with self._lock:
                self._touched.pop(mark, None)

    def _find(self, mark: bytes) -> Caller | None:
        kept = self._known.get(mark)
        return None if kept is None or kept[1] <= self._clock() else kept[0]

    def _keep(self, mark: bytes, caller: Caller) -> None:
        with self._lock:
            if len(self._known) >= MAX_KNOWN:
                self._known.clear()
            self._known[mark] = (caller, self._clock() + self._trust)

    def _due(self, mark: bytes) -> bool:
        """Whether a session's use is to be written down again."""
        return self._clock() - self._touched.get(mark, float("-inf")) >= _TOUCH


def _mark(secret: str) -> bytes:
    """What a credential is remembered by: not itself, and of no use to a timing attack."""
    return sha256(secret.encode("utf-8", "surrogatepass")).digest()
