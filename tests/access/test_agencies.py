"""Agencies, users, keys: what is stored and what is refused."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from tests.access.conftest import Clock

from tenprint.access import (
    Agency,
    AgencyKind,
    Authenticator,
    add_agency,
    add_key,
    add_user,
    authenticate_key,
    get_agency,
    get_user,
    hash_password,
    list_agencies,
    list_keys,
    list_users,
    revoke_key,
    set_agency,
    set_user,
    tables,
)
from tenprint.model import (
    ConflictError,
    CredentialError,
    InputError,
    NotFoundError,
    Purpose,
    Role,
)
from tenprint.store import TruthStore

KEY = {"label": "station", "roles": [Role.SUBMIT], "purposes": [Purpose.BORDER]}


def test_an_agency_as_it_was_added(store: TruthStore, clock: Clock) -> None:
    new = Agency(
        "NX7654321",
        "Hafenwache Nord",
        AgencyKind.BORDER,
        callback_hosts=frozenset({"answers.example.org", "b.example.org:8443"}),
        rate=5.5,
        burst=20,
    )
    with store.transaction() as connection:
        added = add_agency(connection, new, now=clock())
        with pytest.raises(ConflictError):
            add_agency(connection, new)
        assert get_agency(connection, "NX7654321") == added  # the conflict has undone nothing
    with store.reading() as connection:
        found = get_agency(connection, "NX7654321")
        assert found == added
        assert found.created == clock()
        with pytest.raises(NotFoundError):
            get_agency(connection, "NX0000000")


def test_agencies_have_limits(store: TruthStore) -> None:
    wrongs: list[dict[str, Any]] = [
        {"id": ""},
        {"id": "nx1"},
        {"id": "X" * 41},
        {"id": "A B"},
        {"name": " "},
        {"name": "x" * 201},
        {"name": "two\nlines"},
        {"callback_hosts": frozenset({"http://x"})},
        {"callback_hosts": frozenset({"-x.org"})},
        {"callback_hosts": frozenset({"x" * 64})},
        {"callback_hosts": frozenset(f"h{n}" for n in range(51))},
        {"rate": -1.0},
        {"rate": float("nan")},
        {"burst": 0.5},
        {"burst": float("inf")},
    ]
    with store.transaction() as connection:
        for wrong in wrongs:
            values = {"id": "NX9", "name": "Nine", "kind": AgencyKind.CIVIL, **wrong}
            with pytest.raises(InputError):
                add_agency(connection, Agency(**values))


def test_agencies_are_listed_and_changed(store: TruthStore) -> None:
    with store.transaction() as connection:
        for number in range(30):
            kind = AgencyKind.COURT if number % 3 else AgencyKind.CORRECTION
            add_agency(connection, Agency(f"CT{number:07d}", f"Court {number}", kind))
        first = list_agencies(connection, limit=20)
        rest = list_agencies(connection, after=first[-1].id, limit=20)
        found = [each.id for each in (*first, *rest)]
        assert found == sorted(found)
        assert len(found) == 33
        assert len(list_agencies(connection, kind=AgencyKind.CORRECTION)) == 10
        changed = set_agency(connection, "CT0000001", active=False, callback_hosts=["x.org"])
        assert changed == get_agency(connection, "CT0000001")
        assert not changed.active
        assert changed.name == "Court 1"
        with pytest.raises(InputError):
            set_agency(connection, "CT0000001", rate=1e9)


def test_users_are_added_listed_changed(store: TruthStore) -> None:
    roles, purposes = [Role.SEARCH, Role.EXAMINE], [Purpose.CRIMINAL_JUSTICE]
    with store.transaction() as connection:
        new = add_user(connection, " Ada.Q@Town ", "NX0000001", roles=roles, purposes=purposes)
        assert new == get_user(connection, "ada.q@town")
        assert new.roles == set(roles)
        assert not new.has_password
        with pytest.raises(ConflictError):
            add_user(connection, "ada.q@town", "NX0000002", roles=roles, purposes=purposes)
        with pytest.raises(NotFoundError):
            add_user(connection, "bo", "NX9999999", roles=roles, purposes=purposes)
        for name in ("", "a b", "x" * 101, "ä"):
            with pytest.raises(InputError):
                add_user(connection, name, "NX0000001", roles=roles, purposes=purposes)
        with pytest.raises(InputError):
            add_user(connection, "bo", "NX0000001", roles=[], purposes=purposes)
        assert list_users(connection, "NX0000001") == [new]
        assert list_users(connection, "NX0000002") == []
        assert set_user(connection, "ada.q@town", roles=[Role.AUDIT]).roles == {Role.AUDIT}
        assert not set_user(connection, "ada.q@town", active=False).active


def test_a_key_opens_and_is_not_stored(store: TruthStore, clock: Clock) -> None:
    with store.transaction() as connection:
        known, secret = add_key(connection, "NX0000001", now=clock(), **KEY)
        caller = authenticate_key(connection, secret, now=clock())
        assert (caller.agency, caller.kind) == ("NX0000001", AgencyKind.POLICE)
        assert caller.roles == {Role.SUBMIT}
        assert caller.purposes == {Purpose.BORDER}
        assert caller.user is None
        assert caller.actor == caller.credential == f"key:{known.id}"
        assert list_keys(connection, "NX0000001") == [known]
        everything = [
            value
            for table in tables.sorted_tables
            for row in connection.execute(select(table))
            for value in row
        ]
        rest = secret.rpartition("_")[2]
        assert not any(rest in str(value) for value in everything)
        assert not any(rest == value.hex() for value in everything if isinstance(value, bytes))


def test_why_keys_are_refused(store: TruthStore, clock: Clock) -> None:
    with store.transaction() as connection:
        later = clock() + timedelta(days=1)
        known, secret = add_key(connection, "NX0000001", now=clock(), expires=later, **KEY)
        _, other = add_key(connection, "NX0000001", now=clock(), **KEY)

        def why(text: str) -> tuple[str, str, str]:
            with pytest.raises(CredentialError) as caught:
                authenticate_key(connection, text, now=clock())
            assert "reason" not in caught.value.as_dict()
            return caught.value.reason, caught.value.agency, str(caught.value)

        told = CredentialError().message
        assert why("") == ("malformed", "", told)
        assert why("x" * 10**6) == ("malformed", "", told)
        assert why(secret + "0") == ("malformed", "", told)
        assert why("tp_" + "0" * 12 + "_" + "0" * 64) == ("unknown", "", told)
        assert why(secret[:-1] + ("0" if secret[-1] != "0" else "1")) == ("unknown", "", told)
        assert why(f"tp_{known.id}_{other[-64:]}") == ("unknown", "", told)
        set_agency(connection, "NX0000001", active=False)
        assert why(secret) == ("inactive", "NX0000001", told)
        set_agency(connection, "NX0000001", active=True)
        authenticate_key(connection, secret, now=clock())
        clock.go(days=1)
        assert why(secret) == ("expired", "NX0000001", told)
        revoked = revoke_key(connection, known.id, now=clock())
        assert revoked.revoked == clock()
        assert revoke_key(connection, known.id, now=clock.go(hours=1)) == revoked
        assert why(secret) == ("revoked", "NX0000001", told)
        with pytest.raises(NotFoundError):
            revoke_key(connection, "0" * 12)


def test_keys_have_limits(store: TruthStore) -> None:
    with store.transaction() as connection:
        for wrong in ({"label": ""}, {"label": "x" * 101}, {"roles": []}, {"purposes": []}):
            with pytest.raises(InputError):
                add_key(connection, "NX0000001", **{**KEY, **wrong})
        with pytest.raises(NotFoundError):
            add_key(connection, "NX9999999", **KEY)


def test_a_revoked_key_is_refused_within_seconds(store: TruthStore, clock: Clock) -> None:
    checks = Authenticator(store, trust=2.0, clock=clock.seconds, now=clock)
    with store.transaction() as connection:
        known, secret = add_key(connection, "NX0000001", now=clock(), **KEY)
    assert checks.key(secret).agency == "NX0000001"
    with store.transaction() as connection:
        revoke_key(connection, known.id, now=clock())
    assert checks.key(secret).agency == "NX0000001"  # still trusted
    clock.go(seconds=2)
    with pytest.raises(CredentialError):
        checks.key(secret)


def test_forgetting_makes_a_change_count_at_once(store: TruthStore, clock: Clock) -> None:
    checks = Authenticator(store, clock=clock.seconds, now=clock)
    with store.transaction() as connection:
        _, secret = add_key(connection, "NX0000002", now=clock(), **KEY)
    first = checks.key(secret)
    assert checks.key(secret) is first
    with store.transaction() as connection:
        set_agency(connection, "NX0000002", rate=7.0)
    checks.forget()
    assert checks.key(secret).rate == 7.0
    for wrong in ("", "tp_x", "\ud800"):
        with pytest.raises(CredentialError):
            checks.key(wrong)
        with pytest.raises(CredentialError):
            checks.bearer(wrong)


def test_passwords_have_rules() -> None:
    for wrong in ("short", "x" * 201, "aaaaaaaaaaaaaaaa", "my name is ada.q!"):
        with pytest.raises(InputError):
            hash_password(wrong, name="ada.q")
    assert hash_password("correct horse battery").startswith("scrypt$")
