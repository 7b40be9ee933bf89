"""The data folder as the command line knows it: where the service is, and with which key.

The service's rooms are loaded when they are needed: they take a second, which commands without them
should not.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tenprint.model import ConflictError, InputError, NotFoundError, Purpose, Role

if TYPE_CHECKING:
    from tenprint.api import Settings
    from tenprint.client import Client
    from tenprint.desk import Desk

#: The agency of whoever works on this machine.
LOCAL = "LOCAL"

#: Says where the service listens, while it runs.
_RUNNING = "service.json"

#: How long a key lives that is made for one command.
_SHORT = timedelta(hours=1)

Folder = Annotated[
    Path | None,
    typer.Option(
        "--folder", help="The service's data folder, if it is on this machine.", show_default=False
    ),
]
Url = Annotated[
    str | None,
    typer.Option("--url", envvar="TENPRINT_URL", help="The service's address.", show_default=False),
]
KeyText = Annotated[
    str | None,
    typer.Option("--key", envvar="TENPRINT_KEY", help="An API key.", show_default=False),
]
AgencyName = Annotated[
    str | None,
    typer.Option("--agency", help="Use the saved key of this agency.", show_default=False),
]


def read_settings(folder: Path | None = None, **given: Any) -> Settings:
    """The settings of the environment, those given on the command line before them.

    Raises
    ------
    InputError
        If a setting is wrong; `field` is its environment variable.
    """
    from pydantic import ValidationError

    from tenprint.api import Settings

    known = {name: value for name, value in given.items() if value is not None}
    if folder is not None:
        known["folder"] = folder
    try:
        return Settings(**known)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        name = "_".join(str(part) for part in first["loc"]).upper()
        raise InputError(f"{first['msg']}.", field=f"TENPRINT_{name}") from None


def service_database(settings: Settings) -> Path | str:
    """Where the people of a service are: the file in its folder, or a PostgreSQL address.

    Raises
    ------
    NotFoundError
        If there is no such file.
    """
    if settings.database is not None:
        return settings.database.get_secret_value()
    path = settings.folder / "people.tenprint"
    if not path.is_file():
        raise NotFoundError("There is no service's folder.", source=settings.folder)
    return path


def key_file(folder: Path, agency: str) -> Path:
    """Where an agency's key is saved in the folder.

    Raises
    ------
    InputError
        If it is no agency's identifier.
    """
    if not agency or not all(c.isascii() and (c.isalnum() or c in "._-") for c in agency):
        raise InputError("This is no agency's identifier.", field="agency")
    return folder / "keys" / f"{agency.lower().lstrip('.')}.key"


def save_key(folder: Path, agency: str, secret: str) -> Path:
    """Keep a key in the folder, readable by its owner only."""
    path = key_file(folder, agency)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    new = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    file = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(file, "w") as stream:
        stream.write(secret + "\n")
    new.replace(path)
    return path


def make_local_key(desk: Desk, folder: Path) -> Path | None:
    """A key for this machine, where there is none yet; its file if it was made."""
    path = key_file(folder, LOCAL)
    if path.is_file():
        return None
    return save_key(folder, LOCAL, _new_key(desk, "this machine", None))


def _new_key(desk: Desk, label: str, expires: datetime | None) -> str:
    from tenprint import access

    local = access.Agency(LOCAL, "This machine", access.AgencyKind.OPERATOR)
    with desk.store.transaction() as connection:
        with contextlib.suppress(ConflictError):
            access.add_agency(connection, local)
        _, secret = access.add_key(
            connection,
            LOCAL,
            label=label,
            roles=list(Role),
            purposes=[Purpose.ADMINISTRATION],
            expires=expires,
        )
    return secret


@contextlib.contextmanager
def announced(folder: Path, url: str) -> Iterator[None]:
    """Say in the folder where the service listens, until it ends."""
    path = folder / _RUNNING
    path.write_text(json.dumps({"url": url, "pid": os.getpid()}), encoding="utf-8")
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def running_at(folder: Path) -> str | None:
    """Where the folder's service listens; None where none runs."""
    try:
        found = json.loads((folder / _RUNNING).read_text(encoding="utf-8"))
        os.kill(int(found["pid"]), 0)
        return str(found["url"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


@contextlib.contextmanager
def client(
    folder: Path | None, url: str | None, key: str | None, agency: str | None = None
) -> Iterator[Client]:
    """A client of the service: at an address with a key, or the folder's on this machine.

    Raises
    ------
    NotFoundError
        If no service runs, or there is no key for it.
    """
    from tenprint.client import Client

    settings = read_settings(folder)
    where = url or running_at(settings.folder)
    if where is None:
        raise NotFoundError(
            "No service runs on this folder.",
            source=settings.folder,
            remedy="Start it with tenprint serve, or name its address with --url.",
        )
    secret = key or _saved_key(settings.folder, agency or LOCAL)
    with Client(where, secret, certificates=_authority(settings)) as made:
        yield made


@contextlib.contextmanager
def administration(
    folder: Path | None, url: str | None, key: str | None
) -> Iterator[tuple[Client, Path]]:
    """A client for administration, and the folder.

    Where no service runs on the folder, one is started within this process for as long as the
    command takes, so that there is one way in which things are changed.
    """
    from tenprint import access
    from tenprint.api import desk_settings, serving
    from tenprint.client import Client
    from tenprint.desk import Desk

    settings = read_settings(folder)
    if url or running_at(settings.folder):
        with client(folder, url, key) as made:
            yield made, settings.folder
        return
    if not settings.folder.is_dir():
        raise NotFoundError(
            "There is no such folder.",
            source=settings.folder,
            remedy="Make it with tenprint serve, or name another with --folder.",
        )
    inside = settings.model_copy(
        update={"host": "127.0.0.1", "port": 0, "tls_certificate": None, "tls_key": None}
        | {"log_level": "error"}
    )
    with Desk.open(desk_settings(inside)) as desk:
        secret = _new_key(desk, "one command", datetime.now(UTC) + _SHORT)
        try:
            with serving(desk, inside) as where, Client(where, secret) as made:
                yield made, settings.folder
        finally:
            with desk.store.transaction() as connection:
                access.revoke_key(connection, secret.split("_")[1])


def _saved_key(folder: Path, agency: str) -> str:
    path = key_file(folder, agency)
    try:
        return path.read_text(encoding="ascii").strip()
    except (FileNotFoundError, NotADirectoryError):
        raise NotFoundError(
            "There is no saved key of this agency.",
            source=path,
            remedy="Name a key with --key or TENPRINT_KEY, or make one with tenprint key add.",
        ) from None


def _authority(settings: Settings) -> Path | None:
    """On this machine the service's own certificate is trusted."""
    return settings.tls_certificate
