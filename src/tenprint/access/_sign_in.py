"""Signing in with a password and a second factor.

Passwords are checked outside any transaction, because that is slow on purpose; then a short
transaction counts, decides, begins the session and logs. Whatever was wrong, the answer is the
same, takes as long, and writes as much, so nobody learns which names exist.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Select, select

from tenprint.access._lock_out import clear_failures, count_failure, lock_row
from tenprint.access._passwords import password_matches
from tenprint.access._rules import DEFAULT_RULES, SignInRules
from tenprint.access._schema import agencies, users
from tenprint.access._second_factor import use_code
from tenprint.access._sessions import Session, begin_session, find_session, renew_session
from tenprint.access._times import micros
from tenprint.audit import Event, EventKind, append
from tenprint.model import CredentialError
from tenprint.store import TruthStore

_MESSAGE = "Name, password or code are wrong, or there were too many attempts."
_REMEDY = "Wait a little and try again, or ask an administrator."


@dataclass(frozen=True, slots=True)
class _Checked:
    """What the slow part has found: the stored hash it was held against, and whether it fits."""

    stored: str | None
    right: bool


def sign_in(
    store: TruthStore,
    name: str,
    password: str,
    code: str = "",
    *,
    rules: SignInRules = DEFAULT_RULES,
    now: datetime | None = None,
) -> Session:
    """Begin a session. Logs it, or that it was refused. Takes about a fifth of a second.

    Parameters
    ----------
    code : str
        Of the second factor, or a recovery code; ``""`` where there is no second factor yet.

    Raises
    ------
    CredentialError
        The same whatever was wrong. `reason` says it for the log, where it already stands:
        ``locked``, ``unknown``, ``inactive``, ``password`` or ``code``.
    """
    name = name.strip().lower()
    moment = now or datetime.now(UTC)
    checked = _check(store, name, password)
    with store.transaction() as connection:
        row, reason = _decide(connection, name, checked, code, rules, moment)
        _log(connection, row, reason, moment)
        if not reason:
            return begin_session(connection, row.id, bool(row.totp_confirmed), rules, moment)
    raise _refusal(row, reason)


def sign_in_elsewhere(
    store: TruthStore,
    name: str,
    *,
    second_factor: bool,
    rules: SignInRules = DEFAULT_RULES,
    now: datetime | None = None,
) -> Session:
    """Begin a session of somebody whom an identity provider has signed in. Logs it, or why not.

    Only users without a password sign in elsewhere: who has one is not to be had by whoever gets
    the same name at the provider.

    Parameters
    ----------
    second_factor : bool
        Whether the provider used one.

    Raises
    ------
    CredentialError
        The same whatever was wrong; `reason` is ``unknown``, ``inactive``, ``password`` (the user
        has one) or ``second-factor``.
    """
    moment = now or datetime.now(UTC)
    with store.transaction() as connection:
        row: Any = connection.execute(_user(name.strip().lower())).one_or_none()
        reason = ""
        if row is None:
            reason = "unknown"
        elif not (row.active and row.agency_active):
            reason = "inactive"
        elif row.password is not None:
            reason = "password"
        elif rules.second_factor and not second_factor:
            reason = "second-factor"
        _log(connection, row, reason, moment)
        if not reason:
            return begin_session(connection, row.id, second_factor, rules, moment)
    agency, actor = ("", "") if row is None else (row.agency, row.name)
    raise CredentialError(
        "You cannot sign in here in this way.",
        remedy="Ask an administrator; the audit log says why.",
        reason=reason,
        agency=agency,
        actor=actor,
    )


def unlock(
    store: TruthStore,
    token: str,
    password: str,
    *,
    rules: SignInRules = DEFAULT_RULES,
    now: datetime | None = None,
) -> Session:
    """Go on with a session that was locked because it was idle, by the password alone.

    Failures count as at `sign_in`.

    Raises
    ------
    CredentialError
        Also if the session has expired or ended: then sign in.
    """
    moment = now or datetime.now(UTC)
    with store.reading() as connection:
        known = find_session(connection, token)
    if known.expires <= micros(moment):
        raise CredentialError(reason="expired", agency=known.id, actor=known.name)
    checked = _check(store, known.name, password)
    with store.transaction() as connection:
        row, reason = _decide(connection, known.name, checked, None, rules, moment)
        _log(connection, row, reason, moment)
        if not reason:
            return renew_session(connection, token, rules, moment)
    raise _refusal(row, reason)


def _check(store: TruthStore, name: str, password: str) -> _Checked:
    with store.reading() as connection:
        stored = connection.execute(select(users.c.password).where(users.c.name == name)).scalar()
    return _Checked(stored, password_matches(password, stored))


def _decide(
    connection: Connection,
    name: str,
    checked: _Checked,
    code: str | None,
    rules: SignInRules,
    now: datetime,
) -> tuple[Any, str]:
    """The user, None where there is none, and why not; counts a failure. `code` None: not asked."""
    failures = lock_row(connection, name, now)
    row = connection.execute(_user(name)).one_or_none()
    if failures.locked_until > micros(now):
        return row, "locked"
    reason = ""
    if row is None:
        reason = "unknown"
    elif not checked.right or checked.stored != row.password:
        reason = "password"
    elif not (row.active and row.agency_active):
        reason = "inactive"
    elif code is not None and row.totp_confirmed and not use_code(connection, row, code, now):
        reason = "code"
    if reason:
        count_failure(connection, failures, rules, now)
    else:
        clear_failures(connection, name)
    return row, reason


def _user(name: str) -> Select[Any]:
    """A user's row, locked, and whether the agency is active."""
    return (
        select(users, agencies.c.active.label("agency_active"))
        .join(agencies, agencies.c.id == users.c.agency)
        .where(users.c.name == name)
        .with_for_update(of=users)
    )


def _log(connection: Connection, row: Any, reason: str, now: datetime) -> None:
    # A name that nobody has is not logged: people type passwords into the wrong field.
    agency, actor = ("", "unknown") if row is None else (row.agency, row.name)
    kind = EventKind.SIGN_IN_REFUSED if reason else EventKind.SIGNED_IN
    append(connection, Event(kind, agency, actor, outcome=reason or "done"), at=now)


def _refusal(row: Any, reason: str) -> CredentialError:
    agency, actor = ("", "") if row is None else (row.agency, row.name)
    return CredentialError(_MESSAGE, remedy=_REMEDY, reason=reason, agency=agency, actor=actor)
