"""``tenprint serve``: the service, with one command."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tenprint.cli._folder import announced, make_local_key, read_settings
from tenprint.cli._output import aside, reported

if TYPE_CHECKING:
    from tenprint.api import Settings
    from tenprint.desk import Desk


@reported
def serve(
    folder: Annotated[
        Path | None,
        typer.Argument(
            help="Data folder; made if it does not exist. Default: tenprint-data.",
            show_default=False,
        ),
    ] = None,
    host: Annotated[
        str | None, typer.Option(help="Address to listen at.", show_default="127.0.0.1")
    ] = None,
    port: Annotated[
        int | None, typer.Option(help="Port; 0 takes a free one.", show_default="8470")
    ] = None,
    tls_certificate: Annotated[
        Path | None, typer.Option(help="Certificate chain, PEM.", show_default=False)
    ] = None,
    tls_key: Annotated[
        Path | None, typer.Option(help="The certificate's private key, PEM.", show_default=False)
    ] = None,
    behind_tls_proxy: Annotated[
        bool, typer.Option("--behind-tls-proxy", help="A proxy before the service ends TLS.")
    ] = False,
) -> None:
    """Start the service, which owns the folder.

    No configuration is needed. Beyond loopback the service wants
    TLS, or a proxy that ends it. All settings are environment
    variables TENPRINT_..., see docs/reference/settings.md.
    Ctrl-C or SIGTERM ends running requests first.

    Examples:

      tenprint serve

      tenprint serve /srv/tenprint --host 0.0.0.0 --tls-certificate chain.pem --tls-key key.pem
    """
    run_service(
        folder,
        host=host,
        port=port,
        tls_certificate=tls_certificate,
        tls_key=tls_key,
        behind_tls_proxy=behind_tls_proxy or None,
    )


def run_service(folder: Path | None, **given: Any) -> None:
    """Open the folder, listen, tell where, until somebody stops it.

    `given` are settings; None leaves one as the environment says.
    """
    # Loaded when needed: they take a second, which other commands should not.
    from tenprint.api import desk_settings
    from tenprint.desk import Desk

    settings = read_settings(folder, **given)
    settings.check_listening()
    how = replace(
        desk_settings(settings),
        search_process=settings.search_process,
        lookup_process=settings.lookup_process,
    )
    with Desk.open(how) as desk:
        serve_desk(desk, settings)


def serve_desk(desk: Desk, settings: Settings) -> None:
    """Listen over a desk that is open, tell where, until somebody stops it."""
    from tenprint import access
    from tenprint.api import serve as listen
    from tenprint.console import add_console

    say = aside()
    with desk.store.transaction() as connection:
        code = access.first_start(connection)
    made = make_local_key(desk, settings.folder) if settings.on_loopback else None
    if code is not None:
        say.print("There is no administrator yet. Open the console and use this code once:")
        say.print(f"  {code}", style="bold", markup=False)
    if made is not None:
        say.print(f"A key for this machine is in {made}", markup=False)
    with contextlib.ExitStack() as stack:

        def started(url: str) -> None:
            stack.enter_context(announced(settings.folder, url))
            say.print(f"tenprint listens at {url}", markup=False)
            say.print("Open it in a browser. Stop with Ctrl-C.")
            say.print(f"Folder: {settings.folder.resolve()}", markup=False)

        secure = bool(settings.tls_certificate) or settings.behind_tls_proxy
        listen(
            desk,
            settings,
            started=started,
            extend=lambda app: add_console(app, secure=secure),
        )
    say.print("Stopping.")
