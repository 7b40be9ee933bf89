"""Last, since afterwards wrong credentials from this machine get 429 for a while."""

import httpx
from tests.api.world import World


def test_many_wrong_credentials_are_slowed_down(running: World) -> None:
    with httpx.Client(base_url=running.url) as client:
        keys = [f"tp_{n:012x}_{n:064x}" for n in range(40)]
        answers = [client.get("/v1/me", headers={"X-API-Key": key}) for key in keys]
    assert {each.status_code for each in answers} == {401, 429}
    slowed = [each for each in answers if each.status_code == 429]
    assert all(each.headers["retry-after"] for each in slowed)
    assert running.of("border").get("/v1/me").status_code == 200
