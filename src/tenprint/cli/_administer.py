"""``tenprint agency``, ``user`` and ``key``: who may ask the service what."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import typer

from tenprint.cli._folder import Folder, KeyText, Url, administration, save_key
from tenprint.cli._output import Json, aside, print_json, reported, screen
from tenprint.model import Purpose, Role

agency = typer.Typer(help="Agencies that may ask.", no_args_is_help=True)
user = typer.Typer(help="People who sign in.", no_args_is_help=True)
key = typer.Typer(help="API keys of agencies.", no_args_is_help=True)

Identifier = Annotated[str, typer.Argument(help="The agency's identifier.", show_default=False)]
Roles = Annotated[
    list[Role], typer.Option("--role", help="What it may do; again for more.", show_default=False)
]
Purposes = Annotated[
    list[Purpose], typer.Option("--purpose", help="Why; again for more.", show_default=False)
]


@agency.command("add")
@reported
def agency_add(
    identifier: Identifier,
    name: Annotated[str, typer.Argument(help="Its name.", show_default=False)],
    kind: Annotated[
        str,
        typer.Option(
            help="What it is, which decides what it may do: police, court, correction, border, "
            "civil, identity, humanitarian or operator.",
            show_default=False,
        ),
    ],
    rate: Annotated[float | None, typer.Option(help="Requests a second.")] = None,
    burst: Annotated[float | None, typer.Option(help="Requests at once.")] = None,
    callback_host: Annotated[
        list[str] | None, typer.Option(help="A host that answers may go to; again for more.")
    ] = None,
    folder: Folder = None,
    url: Url = None,
    credential: KeyText = None,
    as_json: Json = False,
) -> None:
    """Add an agency."""
    body: dict[str, Any] = {"id": identifier, "name": name, "kind": kind}
    body |= {} if rate is None else {"rate": rate}
    body |= {} if burst is None else {"burst": burst}
    body |= {} if not callback_host else {"callback_hosts": callback_host}
    with administration(folder, url, credential) as (service, _):
        _show([service.call("POST", "/v1/agencies", body)], as_json, "id", "kind", "name")


@agency.command("list")
@reported
def agency_list(
    folder: Folder = None, url: Url = None, credential: KeyText = None, as_json: Json = False
) -> None:
    """All agencies."""
    found: list[dict[str, Any]] = []
    with administration(folder, url, credential) as (service, _):
        while True:
            after = found[-1]["id"] if found else ""
            page = service.call("GET", "/v1/agencies", after=after, limit=1000)
            found += [each for each in page if each["id"] > after]
            if len(page) < 1000:
                break
    _show(found, as_json, "id", "kind", "active", "name")


@agency.command("set")
@reported
def agency_set(
    identifier: Identifier,
    active: Annotated[
        bool | None, typer.Option("--active/--inactive", help="Whether its keys are taken.")
    ] = None,
    name: Annotated[str | None, typer.Option(help="Its name.")] = None,
    rate: Annotated[float | None, typer.Option(help="Requests a second.")] = None,
    burst: Annotated[float | None, typer.Option(help="Requests at once.")] = None,
    callback_host: Annotated[
        list[str] | None, typer.Option(help="A host that answers may go to; again for more.")
    ] = None,
    folder: Folder = None,
    url: Url = None,
    credential: KeyText = None,
    as_json: Json = False,
) -> None:
    """Change an agency."""
    given = {"active": active, "name": name, "rate": rate, "burst": burst}
    body: dict[str, Any] = {word: value for word, value in given.items() if value is not None}
    body |= {} if callback_host is None else {"callback_hosts": callback_host}
    with administration(folder, url, credential) as (service, _):
        changed = service.call("PATCH", f"/v1/agencies/{identifier}", body)
    _show([changed], as_json, "id", "kind", "active", "name")


@key.command("add")
@reported
def key_add(
    identifier: Identifier,
    role: Roles,
    purpose: Purposes,
    label: Annotated[str, typer.Option(help="What it is for.")] = "command line",
    days: Annotated[int | None, typer.Option(help="Days until it expires; default: never.")] = None,
    save: Annotated[
        bool, typer.Option("--save", help="Keep it in the folder, for submit --agency.")
    ] = False,
    folder: Folder = None,
    url: Url = None,
    credential: KeyText = None,
    as_json: Json = False,
) -> None:
    """Make an API key of an agency; it is shown this once."""
    body: dict[str, Any] = {
        "label": label,
        "roles": [each.value for each in role],
        "purposes": [each.value for each in purpose],
    }
    if days is not None:
        body["expires"] = (datetime.now(UTC) + timedelta(days=days)).isoformat()
    with administration(folder, url, credential) as (service, where):
        made = service.call("POST", f"/v1/agencies/{identifier}/keys", body)
    if save:
        path = save_key(where, identifier, made["secret"])
        aside().print(f"Saved in {path}", markup=False)
    if as_json:
        print_json(made)
    else:
        screen().print(made["secret"], markup=False)


@key.command("list")
@reported
def key_list(
    identifier: Identifier,
    folder: Folder = None,
    url: Url = None,
    credential: KeyText = None,
    as_json: Json = False,
) -> None:
    """An agency's keys, without secrets."""
    with administration(folder, url, credential) as (service, _):
        found = service.call("GET", f"/v1/agencies/{identifier}/keys")
    _show(found, as_json, "id", "label", "roles", "purposes", "expires", "revoked")


@key.command("revoke")
@reported
def key_revoke(
    identifier: Annotated[
        str, typer.Argument(help="The key's identifier, 12 digits.", show_default=False)
    ],
    folder: Folder = None,
    url: Url = None,
    credential: KeyText = None,
    as_json: Json = False,
) -> None:
    """Refuse a key from now on."""
    with administration(folder, url, credential) as (service, _):
        revoked = service.call("DELETE", f"/v1/keys/{identifier}")
    _show([revoked], as_json, "id", "agency", "label", "revoked")


@user.command("add")
@reported
def user_add(
    name: Annotated[str, typer.Argument(help="The name to sign in with.", show_default=False)],
    of: Annotated[str, typer.Option("--agency", help="The agency.", show_default=False)],
    role: Roles,
    purpose: Purposes,
    folder: Folder = None,
    url: Url = None,
    credential: KeyText = None,
    as_json: Json = False,
) -> None:
    """Add a user; the one-time code printed sets the password in the console."""
    body = {
        "name": name,
        "agency": of,
        "roles": [each.value for each in role],
        "purposes": [each.value for each in purpose],
    }
    with administration(folder, url, credential) as (service, _):
        made = service.call("POST", "/v1/users", body)
    if as_json:
        print_json(made)
    else:
        screen().print(made["code"], markup=False)


@user.command("list")
@reported
def user_list(
    of: Annotated[
        str | None, typer.Option("--agency", help="Of one agency.", show_default=False)
    ] = None,
    folder: Folder = None,
    url: Url = None,
    credential: KeyText = None,
    as_json: Json = False,
) -> None:
    """All users."""
    found: list[dict[str, Any]] = []
    with administration(folder, url, credential) as (service, _):
        while True:
            after = found[-1]["name"] if found else ""
            page = service.call("GET", "/v1/users", agency=of, after=after, limit=1000)
            found += page
            if len(page) < 1000:
                break
    _show(found, as_json, "name", "agency", "roles", "active")


@user.command("set")
@reported
def user_set(
    name: Annotated[str, typer.Argument(help="The user's name.", show_default=False)],
    active: Annotated[
        bool | None, typer.Option("--active/--inactive", help="Whether the user may sign in.")
    ] = None,
    role: Annotated[
        list[Role] | None, typer.Option("--role", help="What it may do; again for more.")
    ] = None,
    purpose: Annotated[
        list[Purpose] | None, typer.Option("--purpose", help="Why; again for more.")
    ] = None,
    folder: Folder = None,
    url: Url = None,
    credential: KeyText = None,
    as_json: Json = False,
) -> None:
    """Change a user; one who is made inactive is signed out."""
    body: dict[str, Any] = {} if active is None else {"active": active}
    body |= {"roles": [each.value for each in role]} if role else {}
    body |= {"purposes": [each.value for each in purpose]} if purpose else {}
    with administration(folder, url, credential) as (service, _):
        changed = service.call("PATCH", f"/v1/users/{name}", body)
    _show([changed], as_json, "name", "agency", "roles", "active")


def _show(found: list[dict[str, Any]], as_json: bool, *names: str) -> None:
    """One line each, or JSON."""
    if as_json:
        print_json(found)
        return
    for each in found:
        words = [_word(each[name]) for name in names]
        screen().print("  ".join(words), markup=False)


def _word(value: Any) -> str:
    if isinstance(value, list):
        return ",".join(map(str, value))
    return "-" if value is None else str(value)
