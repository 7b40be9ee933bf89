"""Settings come from the environment; nothing leaves loopback unprotected."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from tenprint.access import AgencyKind, Reach
from tenprint.api import Settings, desk_settings
from tenprint.audit import read_latest
from tenprint.desk import Desk
from tenprint.model import InputError


def test_the_environment_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TENPRINT_PORT", "1234")
    monkeypatch.setenv("TENPRINT_ALLOWED_HOSTS", '["a.example:8080"]')
    settings = Settings()
    assert (settings.port, settings.allowed_hosts) == (1234, ["a.example:8080"])
    assert Settings(port=1).port == 1


@pytest.mark.parametrize("given", [{"port": 70000}, {"threads": 0}, {"log_level": "loud"}])
def test_a_wrong_value_stops_the_start(given: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Settings(**given)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "tenprint.example"])  # noqa: S104
def test_beyond_loopback_it_wants_tls(host: str, tmp_path: Path) -> None:
    with pytest.raises(InputError):
        Settings(host=host).check_listening()
    Settings(host=host, behind_tls_proxy=True).check_listening()
    pem = tmp_path / "a.pem"
    pem.touch()
    Settings(host=host, tls_certificate=pem, tls_key=pem).check_listening()
    with pytest.raises(InputError):
        Settings(host=host, tls_certificate=pem).check_listening()
    with pytest.raises(InputError):
        Settings(tls_certificate=tmp_path / "none", tls_key=pem).check_listening()


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost", "127.8.9.10"])
def test_loopback_needs_nothing(host: str) -> None:
    Settings(host=host).check_listening()


def test_the_desk_is_told() -> None:
    settings = Settings(
        folder=Path("x"),
        database="postgresql://a:hush@b/c",
        workers=3,
        permissions=Path("tables"),
        checkpoints=Path("elsewhere"),
        oidc_client_secret="hush",  # noqa: S106
    )
    told = desk_settings(settings)
    assert (told.folder, told.database, told.workers) == (
        Path("x"),
        "postgresql://a:hush@b/c",
        3,
    )
    assert told.permissions == Path("tables")
    assert told.checkpoint_folder == Path("elsewhere")
    assert desk_settings(Settings(folder=Path("x"))).checkpoint_folder == Path("x/checkpoints")
    assert "hush" not in repr(settings)


def test_the_desk_takes_tables_and_checkpoints_from_their_folders(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tables, elsewhere = tmp_path / "tables", tmp_path / "elsewhere"
    tables.mkdir()
    elsewhere.mkdir()
    own = ",".join(["-"] * len(AgencyKind))
    head = ",".join(AgencyKind)
    (tables / "operations.csv").write_text(f"operation,{head}\nseal,{own}\n")
    monkeypatch.setenv("TENPRINT_PERMISSIONS", str(tables))
    monkeypatch.setenv("TENPRINT_CHECKPOINTS", str(elsewhere))
    with Desk.open(desk_settings(Settings(folder=tmp_path / "data"))) as desk:
        assert desk.permissions.operations["seal", AgencyKind.COURT] is Reach.NONE
        desk.bring_log()
        desk.sequencer.checkpoint()
    assert read_latest(elsewhere)
    assert not (tmp_path / "data" / "checkpoints").exists()


@pytest.mark.parametrize("name", ["permissions", "checkpoints"])
@pytest.mark.parametrize("kind", ["missing", "file"])
def test_a_folder_that_cannot_be_used_stops_the_start(tmp_path: Path, name: str, kind: str) -> None:
    where = tmp_path / "there"
    if kind == "file":
        where.touch()
    given: dict[str, Any] = {"folder": tmp_path / "data", name: where}
    with pytest.raises(InputError) as caught:
        Desk.open(desk_settings(Settings(**given)))
    assert caught.value.field == name
    assert caught.value.remedy
