"""Settings come from the environment; nothing leaves loopback unprotected."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from tenprint.api import Settings, desk_settings
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
        oidc_client_secret="hush",  # noqa: S106
    )
    told = desk_settings(settings)
    assert (told.folder, told.database, told.workers) == (
        Path("x"),
        "postgresql://a:hush@b/c",
        3,
    )
    assert "hush" not in repr(settings)
