"""Last, since afterwards wrong credentials from this machine get 429 for a while."""

import httpx
from tests.api.world import World


def test_many_wrong_credentials_are_slowed_down(running: World) -> None:
    answers = [
        httpx.get(f"{running.url}/v1/me", headers={"X-API-Key": f"tp_{n:012x}_{n:064x}"})
        for n in range(40)
    ]
    statuses = [each.status_code for each in answers]
    assert set(statuses) == {401, 429}
    assert answers[-1].headers["retry-after"]
    assert running.of("border").get("/v1/me").status_code == 200
