"""The service with everything in PostgreSQL, also while the server is away."""

import time
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.api.world import World, new, prints, world
from tests.store.conftest import Cluster, postgres, postgres_database, postgres_url

from tenprint.records import backup, restore
from tenprint.store import TruthStore

__all__ = ["postgres", "postgres_url"]

PASSPHRASE = "nine green bottles"  # noqa: S105


def arrest(who: int) -> dict[str, Any]:
    return {
        "transaction": new("pg"),
        "class": "criminal-tenprint",
        "purpose": "criminal-justice",
        "prints": prints(who),
        "biographics": {"names": [{"given": "Ann", "family": "Example"}]},
    }


def until(running: World, path: str, status: int) -> httpx.Response:
    """Ask until the status comes."""
    for _ in range(300):
        answer = running.of("police").get(path)
        if answer.status_code == status:
            return answer
        time.sleep(0.1)
    raise AssertionError((answer.status_code, answer.text))


def test_a_transactions_life_with_the_server_away_in_between(
    tmp_path: Path, postgres: Cluster, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TENPRINT_DATABASE", postgres_url)
    with world(tmp_path / "data") as running:
        assert not (tmp_path / "data" / "people.tenprint").exists()
        police, body = running.of("police"), arrest(800)
        first = police.post("/v1/transactions?wait=30", json=body)
        assert first.json()["outcome"] == "no-hit", first.text
        person = first.json()["content"]["person"]
        later = arrest(801)
        postgres.control("-m", "immediate", "stop")
        try:
            for answer in (
                police.get(f"/v1/transactions/{body['transaction']}"),
                police.post("/v1/transactions", json=later),
                until(running, "/readyz", 503),
            ):
                assert answer.status_code == 503, answer.text
                assert int(answer.headers["retry-after"]) > 0
                told = answer.json()
                assert told["code"] in ("store-unavailable", "service-unavailable")
                assert postgres_url not in answer.text
                assert "Example" not in answer.text
            osia = running.of("register").get("/osia/v1/persons/x/encounters")
            assert osia.status_code == 503, osia.text
            assert int(osia.headers["retry-after"]) > 0
            assert running.of("police").get("/healthz").status_code == 200
        finally:
            postgres.start()
        until(running, "/readyz", 200)
        kept = police.get(f"/v1/transactions/{body['transaction']}/answer")
        assert kept.json() == first.json()
        assert police.post("/v1/transactions?wait=30", json=later).json()["outcome"] == "no-hit"
        found = running.submit("border", "border-check", prints(800, 1))
        assert found["content"]["person"] == person
        vault = running.desk.vault
        backup(running.desk.store, vault, running.folder, tmp_path / "kept", passphrase=PASSPHRASE)
    with postgres_database(postgres) as other:
        restore(tmp_path / "kept", tmp_path / "again", passphrase=PASSPHRASE, where=other)
        with TruthStore.open(other, create=False) as store:
            assert store.id_of(person) is not None
