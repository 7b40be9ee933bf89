"""Questions that pass by the framework: as described, with the errors of all others."""

import httpx
import pytest
from tests.api.world import World

from tenprint.api._v1 import QUICK

BODY = {"purpose": "criminal-justice", "biographics": {"names": [{"given": "Ann"}]}}


def test_they_are_described(running: World) -> None:
    paths = running.of("police").get("/openapi.json").json()["paths"]
    for method, path in QUICK:
        assert method.lower() in paths[path]


@pytest.mark.parametrize("path", [path for _, path in QUICK])
def test_their_errors_are_problems(running: World, path: str) -> None:
    police = running.of("police")
    wrong = police.post(path, json={"purpose": "criminal-justice", "what": 1})
    plain = police.post(path, content=b"hello", headers={"content-type": "text/plain"})
    nobody = httpx.post(f"{running.url}{path}", json=BODY)
    for answer, status, code in (
        (wrong, 400, "input"), (plain, 400, "input"), (nobody, 401, "credential"),
    ):  # fmt: skip
        assert answer.status_code == status
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["x-request-id"] == answer.json()["request"]
        assert answer.json()["code"] == code
    assert nobody.headers["www-authenticate"].startswith("Bearer")
    assert police.get(path).status_code == 405


def test_they_are_counted_by_path(running: World) -> None:
    assert running.of("police").post("/v1/names/search", json=BODY).status_code == 200
    told = running.of("police").get("/metrics").text
    assert 'route="/v1/names/search",status="200"' in told
