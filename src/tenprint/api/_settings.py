"""What an operator may set: environment variables ``TENPRINT_*``, all with a default."""

from __future__ import annotations

import ipaddress
from datetime import timedelta
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from tenprint.access import SignInRules
from tenprint.desk import DeskSettings
from tenprint.model import InputError


class Settings(BaseSettings):
    """The service's settings; docs/reference/settings.md is made of them.

    Read from the environment (``TENPRINT_PORT=8470``), or given by name. Lists are JSON.
    """

    model_config = SettingsConfigDict(env_prefix="TENPRINT_", extra="forbid", frozen=True)

    folder: Path = Field(Path("tenprint-data"), description="The folder that holds everything.")
    database: SecretStr | None = Field(
        None, description="PostgreSQL address instead of the SQLite file in the folder."
    )
    host: str = Field("127.0.0.1", description="Address to listen at.")
    port: int = Field(8470, ge=0, le=65535, description="Port to listen at; 0 takes a free one.")
    tls_certificate: Path | None = Field(None, description="Certificate chain, PEM.")
    tls_key: Path | None = Field(None, description="Private key of the certificate, PEM.")
    behind_tls_proxy: bool = Field(
        False, description="A proxy ends TLS before the service, so plain HTTP may leave loopback."
    )
    trusted_proxies: list[str] = Field(
        [], description="Addresses whose X-Forwarded-For and X-Forwarded-Proto are believed."
    )
    max_body: int = Field(
        64 << 20, ge=1 << 10, le=1 << 30, description="The most bytes of one request's body."
    )
    max_requests: int = Field(
        512, ge=1, le=100_000, description="The most requests at once; the next one gets 503."
    )
    threads: int = Field(4, ge=1, le=256, description="Threads that answer requests.")
    stop_seconds: int = Field(
        20, ge=1, le=3600, description="Seconds that running requests are given when stopping."
    )
    wait_seconds: float = Field(
        55.0, gt=0, le=600, description="The longest that one request waits for an answer."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="Least important messages that are logged."
    )
    log_format: Literal["json", "text"] = Field("json", description="How log lines look.")
    otlp_endpoint: str | None = Field(
        None, description="Where OpenTelemetry traces go (OTLP over HTTP); without it nowhere."
    )
    metrics_open: bool = Field(
        False, description="Whether /metrics needs no credential from beyond loopback."
    )
    allowed_hosts: list[str] = Field(
        [],
        description=(
            "Hosts (host or host:port) that callbacks and references may name although they are "
            "plain HTTP or inside the own network."
        ),
    )
    fetch_seconds: float = Field(
        10.0, gt=0, le=300, description="The longest that fetching a reference or a callback takes."
    )
    fetch_bytes: int = Field(
        16 << 20, ge=1 << 10, le=1 << 28, description="The most bytes of a fetched reference."
    )
    callback_attempts: int = Field(
        8, ge=1, le=100, description="How often a callback is tried before it is given up."
    )
    callback_pause: float = Field(
        2.0, gt=0, le=3600, description="Seconds before the second try; doubled after each."
    )
    workflows: SecretStr | None = Field(
        None, description="Database of the workflows; default: beside the others."
    )
    master_key: Path | None = Field(
        None, description="File of the key that encrypts everything personal."
    )
    signing_key: Path | None = Field(None, description="File of the key that signs checkpoints.")
    checkpoints: Path | None = Field(
        None,
        description=(
            "Existing folder that checkpoints are written to, best another machine's; default: "
            "checkpoints in the folder."
        ),
    )
    permissions: Path | None = Field(
        None, description="Folder of tables that replace rows of the permission table."
    )
    hit_fpir: float = Field(
        1e-3, gt=0, le=1, description="Share of searches for strangers that may bring a hit."
    )
    review_fpir: float = Field(
        1e-2, gt=0, le=1, description="Share of searches for strangers that may go to examiners."
    )
    verify_fmr: float = Field(
        1e-4, gt=0, le=1, description="False-match rate at which a verification says yes."
    )
    examiners: int = Field(2, ge=1, le=2, description="How many must agree on a case.")
    workers: int = Field(16, ge=1, le=1000, description="Transactions in work at once.")
    extract_threads: int = Field(
        0, ge=0, le=256, description="Prints extracted at once; 0: one a processor."
    )
    search_threads: int = Field(
        0, ge=0, le=256, description="Threads of one search; 0: one a processor."
    )
    search_process: bool = Field(
        True, description="Whether `tenprint serve` searches in a process of its own."
    )
    lookup_process: bool = Field(
        True, description="Whether `tenprint serve` looks up names and records in one of its own."
    )
    max_waiting: int = Field(
        100_000, ge=1, description="Transactions waiting from which on new ones get 503."
    )
    retention_days: int = Field(
        365, ge=1, le=36500, description="Days that an answered transaction's content is kept."
    )
    second_factor: bool = Field(
        True, description="Whether people need a second factor before they may do anything."
    )
    idle_minutes: int = Field(
        15, ge=1, le=1440, description="Minutes without use after which a person's session locks."
    )
    session_hours: int = Field(
        12, ge=1, le=168, description="Hours after which a person signs in again in any case."
    )
    oidc_issuer: str | None = Field(
        None, description="Issuer of OIDC bearer tokens; without it none are accepted."
    )
    oidc_audience: str = Field("tenprint", description="Audience that OIDC tokens must name.")
    oidc_jwks: str | None = Field(
        None,
        description="Address or file of the issuer's JWKS document; default: the issuer says it.",
    )
    oidc_user_claim: str = Field("sub", min_length=1, description="Claim that names the user.")
    oidc_client_id: str | None = Field(
        None, description="The console's name at the issuer; with it people sign in there."
    )
    oidc_client_secret: SecretStr | None = Field(
        None, description="The console's secret at the issuer, where it gave one."
    )
    oidc_second_factor: bool = Field(
        False,
        description="Whether the issuer always uses a second factor, though its tokens say no amr.",
    )
    public_url: str | None = Field(
        None,
        description="Address under which browsers reach the service: for the issuer, and for the "
        "console's forms where a proxy hands on another Host.",
    )

    @property
    def sign_in_rules(self) -> SignInRules:
        """How strict signing in is."""
        return SignInRules(
            idle=timedelta(minutes=self.idle_minutes),
            session=timedelta(hours=self.session_hours),
            second_factor=self.second_factor,
        )

    @property
    def on_loopback(self) -> bool:
        """Whether only this machine can reach the service."""
        return is_loopback(self.host)

    def check_listening(self) -> None:
        """Refuse to leave loopback without TLS.

        Raises
        ------
        InputError
            If certificate and key do not come together, or the address is beyond loopback and
            neither TLS nor a proxy that ends it is set.
        """
        if (self.tls_certificate is None) != (self.tls_key is None):
            raise InputError("TLS needs a certificate and its key.", field="tls_certificate")
        for path in (self.tls_certificate, self.tls_key):
            if path is not None and not path.is_file():
                raise InputError("There is no such file.", source=path, field="tls_certificate")
        if not (self.on_loopback or self.tls_certificate or self.behind_tls_proxy):
            raise InputError(
                "Beyond loopback the service speaks TLS only.",
                field="host",
                remedy="Set tls_certificate and tls_key, or behind_tls_proxy if a proxy ends TLS.",
            )


def desk_settings(settings: Settings) -> DeskSettings:
    """What the desk is told of the settings."""
    secret = settings.database, settings.workflows
    database, workflows = (None if each is None else each.get_secret_value() for each in secret)
    return DeskSettings(
        folder=settings.folder,
        database=database,
        workflows=workflows,
        master_key=settings.master_key,
        signing_key=settings.signing_key,
        checkpoints=settings.checkpoints,
        permissions=settings.permissions,
        hit_fpir=settings.hit_fpir,
        review_fpir=settings.review_fpir,
        verify_fmr=settings.verify_fmr,
        examiners=settings.examiners,
        workers=settings.workers,
        extract_threads=settings.extract_threads,
        search_threads=settings.search_threads,
        max_bytes=settings.max_body,
        max_waiting=settings.max_waiting,
        callback_hosts=tuple(settings.allowed_hosts),
        callback_timeout=settings.fetch_seconds,
        delivery_attempts=settings.callback_attempts,
        retention_days=settings.retention_days,
    )


def is_loopback(host: str) -> bool:
    """Whether a host name or address is this machine's loopback."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
