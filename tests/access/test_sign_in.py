"""Signing in: what opens, what locks, what nobody learns."""

import hashlib
from collections.abc import Callable
from datetime import timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from sqlalchemy import func, select
from tests.access.conftest import Clock

from tenprint import audit
from tenprint.access import (
    Authenticator,
    SignInRules,
    User,
    _passwords,
    add_user,
    authenticate_session,
    clear_failures,
    confirm_second_factor,
    end_sessions,
    first_start,
    hash_password,
    issue_code,
    lock_session,
    new_second_factor,
    password_matches,
    redeem_code,
    reset_second_factor,
    set_agency,
    set_password,
    set_user,
    sign_in,
    sign_out,
    tables,
    unlock,
)
from tenprint.access._totp import matching_step, one_time_password
from tenprint.model import ConflictError, CredentialError, InputError, Purpose, Role
from tenprint.store import TruthStore

PASSWORD = "three quiet herons"  # noqa: S105
ROLES = frozenset({Role.SEARCH, Role.EXAMINE})


@pytest.fixture
def ada(store: TruthStore, clock: Clock) -> User:
    with store.transaction() as connection:
        return add_user(
            connection,
            "ada",
            "NX0000001",
            roles=ROLES,
            purposes=[Purpose.CRIMINAL_JUSTICE],
            password_hash=hash_password(PASSWORD),
            now=clock(),
        )


class Phone:
    """An authenticator app."""

    def __init__(self, store: TruthStore, clock: Clock, name: str = "ada") -> None:
        self.clock = clock
        with store.transaction() as connection:
            text, self.address = new_second_factor(connection, name)
        import base64

        self.secret = base64.b32decode(text + "=" * (-len(text) % 8))
        with store.transaction() as connection:
            self.recovery = confirm_second_factor(connection, name, self.code(), now=clock())
        clock.go(seconds=30)

    def code(self) -> str:
        return one_time_password(self.secret, int(self.clock().timestamp()) // 30)


def refused(call: Callable[[], Any]) -> CredentialError:
    with pytest.raises(CredentialError) as caught:
        call()
    return caught.value


def logged(store: TruthStore) -> list[tuple[str, str, str]]:
    with store.reading() as connection:
        entries = audit.read_entries(connection, limit=1000)
    return [(each.kind, each.actor, each.outcome) for each in entries]


@pytest.mark.parametrize(
    ("seconds", "code"),
    [
        (59, "94287082"),
        (1111111109, "07081804"),
        (1111111111, "14050471"),
        (1234567890, "89005924"),
        (2000000000, "69279037"),
        (20000000000, "65353130"),
    ],
)
def test_one_time_passwords_of_rfc_6238(seconds: int, code: str) -> None:
    secret = b"12345678901234567890"
    assert one_time_password(secret, seconds // 30) == code[-6:]
    assert matching_step(secret, code[-6:], seconds, 0) == seconds // 30
    assert matching_step(secret, code[-6:], seconds + 30, 0) == seconds // 30
    assert matching_step(secret, code[-6:], seconds + 61, 0) is None
    assert matching_step(secret, code[-6:], seconds, seconds // 30) is None
    for wrong in ("", code[-5:], code, "x" * 1000, "\ud800"):
        assert matching_step(secret, wrong, seconds, 0) is None


def test_passwords_match_only_themselves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()  # once at the real cost
    stored = hash_password("Grüße aus der Wache")
    assert password_matches("Gru\u0308ße aus der Wache", stored)  # typed on another keyboard
    assert not password_matches("Grüsse aus der Wache", stored)
    assert not password_matches("Grüße aus der Wache", None)
    assert not password_matches("x" * 10**6, stored)


def test_damaged_passwords_match_nothing() -> None:
    stored = hash_password("Grüße aus der Wache")
    for damaged in ("", "scrypt$15$8$3$zz$zz", "md5$1$1$1$00$00", stored[:-2], stored + "00"):
        assert not password_matches("Grüße aus der Wache", damaged)
    assert hash_password("Grüße aus der Wache") != stored


def test_the_same_work_whether_or_not_there_is_a_user(
    store: TruthStore, ada: User, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The slow part runs once, at the same cost, for a wrong password, no user and a locked one."""
    calls: list[tuple[Any, ...]] = []
    real = hashlib.scrypt

    def watched(text: bytes, **more: Any) -> bytes:
        calls.append((more["n"], more["r"], more["p"], len(more["salt"])))
        return real(text, **more)

    monkeypatch.setattr(_passwords.hashlib, "scrypt", watched)
    messages = set()
    for name in ("ada", "nobody", "", "x" * 10_000, "ada'--"):
        for _ in range(7):  # the last ones are locked
            error = refused(lambda name=name: sign_in(store, name, "wrong password", now=clock()))
            messages.add(str(error.as_dict()))
    assert len(messages) == 1
    assert len(calls) == 35
    assert len(set(calls)) == 1
    with store.reading() as connection:
        count = select(func.count()).select_from(tables.tables["access_failures"])
        assert connection.execute(count).scalar_one() == 5


def test_without_second_factor_a_user_may_only_set_it_up(
    store: TruthStore, ada: User, clock: Clock
) -> None:
    session = sign_in(store, "Ada ", PASSWORD, now=clock())
    assert session.caller.second_factor_missing
    assert session.caller.roles == frozenset()
    assert session.caller.agency == "NX0000001"
    relaxed = sign_in(store, "ada", PASSWORD, rules=SignInRules(second_factor=False), now=clock())
    assert relaxed.caller.roles == ROLES

    with store.transaction() as connection:
        text, address = new_second_factor(connection, "ada")
        assert text in address
        wrong = refused(lambda: confirm_second_factor(connection, "ada", "000000x", now=clock()))
        assert wrong.reason == "code"
        import base64

        secret = base64.b32decode(text)
        code = one_time_password(secret, int(clock().timestamp()) // 30)
        recovery = confirm_second_factor(connection, "ada", code, token=session.token, now=clock())
        assert len(set(recovery)) == 10
        caller = authenticate_session(connection, session.token, now=clock())
        assert caller.roles == ROLES
        assert not caller.second_factor_missing
        # Other sessions have ended, and the secret cannot be replaced.
        assert (
            refused(lambda: authenticate_session(connection, relaxed.token, now=clock())).reason
            == "unknown"
        )
        with pytest.raises(ConflictError):
            new_second_factor(connection, "ada")


def test_with_second_factor(store: TruthStore, ada: User, clock: Clock) -> None:
    phone = Phone(store, clock)
    code = phone.code()
    session = sign_in(store, "ada", PASSWORD, code, now=clock())
    assert session.caller.roles == ROLES
    assert session.caller.actor == "ada"
    assert session.expires == clock() + timedelta(hours=12)
    again = refused(lambda: sign_in(store, "ada", PASSWORD, code, now=clock()))
    assert again.reason == "code"  # no code twice
    assert (again.agency, again.actor) == ("NX0000001", "ada")
    clock.go(seconds=30)
    assert refused(lambda: sign_in(store, "ada", PASSWORD, "", now=clock())).reason == "code"
    assert refused(lambda: sign_in(store, "ada", "wrong", phone.code(), now=clock())).reason == (
        "password"
    )
    sign_in(store, "ada", PASSWORD, phone.code(), now=clock())
    assert [each[0::2] for each in logged(store)][::-1] == [
        ("access.signed-in", "done"),
        ("access.sign-in-refused", "code"),
        ("access.sign-in-refused", "code"),
        ("access.sign-in-refused", "password"),
        ("access.signed-in", "done"),
    ]


def test_recovery_codes_work_once_each(store: TruthStore, ada: User, clock: Clock) -> None:
    phone = Phone(store, clock)
    first, second = phone.recovery[:2]
    sign_in(store, "ada", PASSWORD, first, now=clock())
    assert refused(lambda: sign_in(store, "ada", PASSWORD, first, now=clock())).reason == "code"
    sign_in(store, "ada", PASSWORD, f" {second.upper().replace('-', ' ')} ", now=clock())


def test_a_lost_device(store: TruthStore, ada: User, clock: Clock) -> None:
    phone = Phone(store, clock)
    session = sign_in(store, "ada", PASSWORD, phone.code(), now=clock())
    with store.transaction() as connection:
        reset_second_factor(connection, "ada")
        assert refused(lambda: authenticate_session(connection, session.token, now=clock()))
    assert sign_in(store, "ada", PASSWORD, now=clock()).caller.second_factor_missing


@pytest.mark.parametrize("name", ["ada", "nobody"])
def test_failures_lock_for_longer_and_longer(
    store: TruthStore, ada: User, clock: Clock, name: str
) -> None:
    rules = SignInRules(second_factor=False)

    def attempt(password: str) -> str:
        try:
            sign_in(store, name, password, rules=rules, now=clock())
        except CredentialError as error:
            return error.reason
        return "done"

    wrong = "password" if name == "ada" else "unknown"
    right = "done" if name == "ada" else "unknown"
    assert [attempt("wrong") for _ in range(5)] == [wrong] * 5
    for minutes in (1, 2, 4, 8, 16, 32, 60, 60):
        assert attempt(PASSWORD) == "locked"
        clock.go(minutes=minutes, seconds=-1)
        assert attempt(PASSWORD) == "locked"
        clock.go(seconds=1)
        assert attempt("wrong") == wrong
    clock.go(minutes=60)
    assert attempt(PASSWORD) == right
    if name == "ada":
        assert [attempt("wrong") for _ in range(4)] == [wrong] * 4  # counted from nothing again
        assert attempt(PASSWORD) == "done"


def test_an_administrator_lifts_a_lock(store: TruthStore, ada: User, clock: Clock) -> None:
    for _ in range(5):
        refused(lambda: sign_in(store, "ada", "wrong", now=clock()))
    assert refused(lambda: sign_in(store, "ada", PASSWORD, now=clock())).reason == "locked"
    with store.transaction() as connection:
        clear_failures(connection, "ada")
    sign_in(store, "ada", PASSWORD, now=clock())


@pytest.mark.parametrize("name", ["ada", "nobody"])
def test_guesses_at_the_same_moment_all_count(
    store: TruthStore, ada: User, clock: Clock, name: str
) -> None:
    """However many are tried at once, five are looked at."""
    together, reasons = Barrier(12), []

    def guess() -> None:
        together.wait()
        reasons.append(refused(lambda: sign_in(store, name, "a guess", now=clock())).reason)

    threads = [Thread(target=guess) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(set(reasons)) == sorted({"locked", "password" if name == "ada" else "unknown"})
    assert len([each for each in reasons if each != "locked"]) == 5


def test_what_is_typed_by_mistake_is_not_logged(store: TruthStore, clock: Clock) -> None:
    refused(lambda: sign_in(store, "My Secret Password", "x", now=clock()))
    assert logged(store) == [("access.sign-in-refused", "unknown", "unknown")]


def test_sessions_lock_when_idle_and_end(store: TruthStore, ada: User, clock: Clock) -> None:
    phone = Phone(store, clock)
    session = sign_in(store, "ada", PASSWORD, phone.code(), now=clock())
    checks = Authenticator(store, clock=clock.seconds, now=clock)
    for _ in range(10):  # in use: two hours
        clock.go(minutes=12)
        assert checks.session(session.token).roles == ROLES
    clock.go(minutes=16)
    assert refused(lambda: checks.session(session.token)).reason == "idle"
    assert refused(lambda: unlock(store, session.token, "wrong", now=clock())).reason == "password"
    renewed = unlock(store, session.token, PASSWORD, now=clock())
    assert renewed.token == session.token
    assert renewed.expires == session.expires
    assert checks.session(session.token).roles == ROLES
    with store.transaction() as connection:
        lock_session(connection, session.token)
    clock.go(seconds=2)
    assert refused(lambda: checks.session(session.token)).reason == "idle"
    clock.go(hours=12)
    assert refused(lambda: unlock(store, session.token, PASSWORD, now=clock())).reason == "expired"
    assert refused(lambda: checks.session(session.token)).reason == "expired"


def test_what_ends_sessions(store: TruthStore, ada: User, clock: Clock) -> None:
    def begin() -> str:
        return sign_in(store, "ada", PASSWORD, now=clock()).token

    def why(token: str) -> str:
        with store.reading() as connection:
            return refused(lambda: authenticate_session(connection, token, now=clock())).reason

    tokens = [begin(), begin()]
    with store.transaction() as connection:
        sign_out(connection, tokens[0])
        sign_out(connection, tokens[0])
        authenticate_session(connection, tokens[1], now=clock())
    assert why(tokens[0]) == "unknown"
    with store.transaction() as connection:
        assert end_sessions(connection, ada.id) == 1
    assert why(tokens[1]) == "unknown"
    token = begin()
    with store.transaction() as connection:
        set_agency(connection, "NX0000001", active=False)
    assert why(token) == "inactive"
    assert refused(begin).reason == "inactive"
    with store.transaction() as connection:
        set_agency(connection, "NX0000001", active=True)
        set_user(connection, "ada", active=False)
    assert why(token) == "unknown"
    assert refused(begin).reason == "inactive"
    with store.transaction() as connection:
        set_user(connection, "ada", active=True)
    token = begin()
    with store.transaction() as connection:
        set_password(connection, "ada", hash_password("four quiet herons"))
    assert why(token) == "unknown"
    assert refused(begin).reason == "password"
    assert why("") == why("ts_" + "g" * 64) == "malformed"


def test_the_first_administrator(store: TruthStore, clock: Clock) -> None:
    stored = hash_password(PASSWORD)
    with store.transaction() as connection:
        void = first_start(connection, now=clock())
        code = first_start(connection, now=clock())
        assert void is not None
        assert code is not None
        for wrong in (void, "", "x" * 1000, code[:-1]):
            assert (
                refused(
                    lambda wrong=wrong: redeem_code(
                        connection, wrong, stored, name="root", now=clock()
                    )
                ).reason
                == "code"
            )
        user = redeem_code(connection, f" {code.lower()} ", stored, name="root", now=clock())
        assert user.agency == "OPERATOR"
        assert user.roles == frozenset(Role)
        assert refused(lambda: redeem_code(connection, code, stored, name="root2", now=clock()))
        assert first_start(connection, now=clock()) is None
    assert sign_in(store, "root", PASSWORD, now=clock()).caller.user == "root"


def test_the_first_code_expires_and_makes_its_agency(store: TruthStore, clock: Clock) -> None:
    stored = hash_password(PASSWORD)
    with store.transaction() as connection:
        set_agency(connection, "OPERATOR", active=False)
        code = first_start(connection, now=clock())
        assert code is not None
        with pytest.raises(InputError):
            redeem_code(connection, code, stored, now=clock())
    with store.transaction() as connection:
        code = first_start(connection, now=clock())
        assert code is not None
        clock.go(hours=24)
        assert refused(lambda: redeem_code(connection, code, stored, name="root", now=clock()))


def test_users_set_their_password_by_a_code(store: TruthStore, ada: User, clock: Clock) -> None:
    for _ in range(5):
        refused(lambda: sign_in(store, "ada", "wrong", now=clock()))
    with store.transaction() as connection:
        code = issue_code(connection, "ada", now=clock())
        stored = hash_password("four quiet herons", name="ada")
        assert redeem_code(connection, code, stored, now=clock()).name == "ada"
        assert refused(lambda: redeem_code(connection, code, stored, now=clock()))
        other = issue_code(connection, "ada", now=clock())
        set_user(connection, "ada", active=False)
        assert refused(lambda: redeem_code(connection, other, stored, now=clock()))
        set_user(connection, "ada", active=True)
    sign_in(store, "ada", "four quiet herons", now=clock())
