"""What the console shows to people of other agencies: no case that is not theirs, nobody sealed."""

from __future__ import annotations

import pytest
from tests.console.world import PASSWORD, World

from tenprint.access import Agency, AgencyKind, add_agency, add_user, hash_password
from tenprint.model import Biographics, PersonName, Purpose, Role
from tenprint.records import NewEncounter

JSON = {"Accept": "application/json"}
HTML = {"Accept": "text/html"}


@pytest.fixture(scope="module")
def others(town: World) -> World:
    """With an examiner of the agency that the cases are of, and one of another."""
    hashed = hash_password(PASSWORD)
    with town.desk.store.transaction() as connection:
        sheriff = Agency("SHERIFF", "Sheriff", AgencyKind.POLICE, rate=1000, burst=1000)
        add_agency(connection, sheriff)
        for name, agency, purpose in (
            ("eva", "BORDER", Purpose.BORDER),
            ("pat", "SHERIFF", Purpose.CRIMINAL_JUSTICE),
        ):
            roles = (Role.EXAMINE, Role.SEARCH)
            add_user(
                connection, name, agency, roles=roles, purposes=(purpose,), password_hash=hashed
            )
    return town


def test_cases_are_shown_to_whose_they_are(others: World) -> None:
    _, case = others.case()
    for user in ("olga", "eva"):
        with others.shared(user) as client:
            listed = client.get("/cases", headers=JSON).json()["cases"]
            assert case in [each["id"] for each in listed]
            assert client.get(f"/cases/{case}", headers=JSON).status_code == 200
    with others.shared("pat") as client:
        assert client.get("/", headers=HTML).status_code == 200
        assert client.get("/cases", headers=JSON).json()["cases"] == []
        for page in ("", "/chart.pdf?finger=2"):
            told = [client.get(f"/cases/{name}{page}", headers=JSON) for name in (case, "none")]
            assert [each.status_code for each in told] == [404, 404]
            assert told[0].json()["error"]["message"] == told[1].json()["error"]["message"]


def test_a_sealed_person_has_no_page(others: World) -> None:
    desk = others.desk
    who = Biographics((PersonName("Sela", "Sealed"),))
    with desk.store.writing() as change:
        desk.records.new_person(change, "SEALED", NewEncounter("SHERIFF", b"", biographics=who))
    purpose = "purpose=criminal-justice"
    names = f"/search/names?family=Sealed&given=Sela&{purpose}"
    with others.shared("pat") as client:
        assert client.get(f"/people/SEALED?{purpose}", headers=JSON).status_code == 200
        assert "SEALED" in client.get(names, headers=JSON).text
        with desk.store.writing() as change:
            desk.records.seal(change, "SEALED")
        told = [
            client.get(f"/people/{name}?{purpose}", headers=JSON) for name in ("SEALED", "nobody")
        ]
        assert [each.status_code for each in told] == [404, 404]
        assert told[0].json()["error"]["message"] == told[1].json()["error"]["message"]
        assert "SEALED" not in client.get(names, headers=JSON).text
    with others.shared("olga") as client:
        assert client.get("/people/SEALED", headers=JSON).status_code == 200
