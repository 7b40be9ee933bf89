"""``tenprint audit``, ``backup`` and ``restore``."""

from __future__ import annotations

from dataclasses import asdict, is_dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tenprint.cli._folder import (
    Folder,
    KeyText,
    Url,
    administration,
    read_settings,
    service_database,
)
from tenprint.cli._output import EXIT_ERROR, Bar, Json, aside, print_json, reported, screen
from tenprint.model import InputError
from tenprint.store import TruthStore

if TYPE_CHECKING:
    from tenprint.audit import Entry

audit_app = typer.Typer(help="The log of every access and change.", no_args_is_help=True)

#: The most bytes of a file with a checkpoint, a key or a passphrase.
_SMALL = 64 << 10

PassphraseFile = Annotated[
    Path | None,
    typer.Option(help="File with the passphrase; asked for without it.", show_default=False),
]


@audit_app.command("list")
@reported
def audit_list(
    person: Annotated[
        str | None, typer.Option(help="Only what concerns this person.", show_default=False)
    ] = None,
    agency: Annotated[
        str | None, typer.Option(help="Only what this agency did.", show_default=False)
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="The most entries.")] = 100,
    after: Annotated[
        str, typer.Option(help="Go on behind the entry with this id.", show_default=False)
    ] = "",
    folder: Folder = None,
    as_json: Json = False,
) -> None:
    """What is in the log, the newest first: who did what, why, and whom it concerned.

    The service may run meanwhile. With --json ids, transactions and details are shown, too.

    Example: tenprint audit list --person P-17
    """
    from tenprint.audit import read_entries

    with TruthStore.open(_where(folder), create=False) as store, store.reading() as connection:
        found = read_entries(connection, agency=agency, subject=person, after=after, limit=limit)
    if as_json:
        print_json([_entry(each) for each in found])
        return
    for each in found:
        when = each.time.isoformat(sep=" ", timespec="seconds")
        whom = "(erased)" if each.erased else each.subject or "-"
        words = (when, each.kind, each.agency, each.actor, each.purpose, whom, each.outcome)
        screen().print(*(word or "-" for word in words), sep="  ", markup=False)


@audit_app.command("verify")
@reported
def audit_verify(
    checkpoint: Annotated[
        Path, typer.Option(help="A checkpoint kept elsewhere.", show_default=False)
    ],
    key: Annotated[
        str,
        typer.Option(help="The log's public key, or a file with it.", show_default=False),
    ],
    earlier: Annotated[
        list[Path] | None, typer.Option(help="An older checkpoint; again for more.")
    ] = None,
    folder: Folder = None,
    as_json: Json = False,
) -> None:
    """Read the whole log and compare it with a checkpoint and a key kept elsewhere.

    The service may run meanwhile. Exit code 3 where anything is not as it was.
    """
    from tenprint import audit

    settings = read_settings(folder)
    public = _text(Path(key)) if Path(key).is_file() else key
    older = [_text(path) for path in earlier or []]
    with (
        TruthStore.open(_where(folder), create=False) as store,
        Bar(quiet=as_json) as bar,
        store.reading() as connection,
    ):
        report = audit.verify(
            connection,
            _text(checkpoint),
            public.strip(),
            earlier=older,
            progress=lambda done, total: bar("verify", done, total),
        )
    if as_json:
        print_json(report.as_dict())
    else:
        out = screen()
        out.print(f"{report.size} entries, {report.signed} vouched for", markup=False)
        for at in report.restored:
            out.print(f"goes on from a restored backup at {at}", markup=False)
        for each in report.problems:
            out.print(f"{each.code} at {each.position}: {each.text}", markup=False)
        words = "as it was" if report.ok else f"{report.problem_count} problems"
        out.print(f"{settings.folder}: {words}", markup=False)
    if not report.ok:
        raise typer.Exit(EXIT_ERROR)


@audit_app.command("checkpoint")
@reported
def audit_checkpoint(
    out: Annotated[
        Path | None, typer.Option(help="Where the checkpoint goes; default: stdout.")
    ] = None,
    key_out: Annotated[Path | None, typer.Option(help="Where the public key goes.")] = None,
    folder: Folder = None,
    url: Url = None,
    credential: KeyText = None,
    as_json: Json = False,
) -> None:
    """Sign everything logged so far; keep the checkpoint and the key elsewhere."""
    with administration(folder, url, credential) as (service, _):
        made = service.call("GET", "/v1/audit/checkpoint")
    if key_out is not None:
        key_out.write_text(made["public_key"] + "\n", encoding="utf-8")
    if out is not None:
        out.write_text(made["checkpoint"], encoding="utf-8")
    if as_json:
        print_json(made)
    elif out is None:
        screen().print(made["checkpoint"], markup=False, end="")


@audit_app.command("accept-restored")
@reported
def audit_accept_restored(
    checkpoint: Annotated[
        Path | None,
        typer.Option(
            help="The last checkpoint of what was lost, kept elsewhere; default: the folder's.",
            show_default=False,
        ),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    folder: Folder = None,
    as_json: Json = False,
) -> None:
    """Let the log go on from a restored backup, and say so in it for ever.

    A backup lacks what was logged after it, so its log does not
    continue the last checkpoint, and nothing is signed until this
    is said. The log then names the checkpoint that is lost. Do it
    only if you restored: a log that was cut off looks the same.
    The folder's checkpoints are those of the folder that was lost,
    copied to the restored one; or name one kept elsewhere.

    Examples:

      tenprint restore /elsewhere/tenprint.backup /srv/tenprint

      tenprint audit accept-restored --folder /srv/tenprint --checkpoint /elsewhere/last
    """
    from tenprint import audit
    from tenprint.api import desk_settings

    settings = desk_settings(read_settings(folder))
    key = audit.load_signing_key(settings.signing_file, create=False)
    text = None if checkpoint is None else _text(checkpoint)
    with TruthStore.open(_where(folder), create=False) as store:
        sequencer = audit.Sequencer(store, key, settings.check_checkpoints())
        lost = sequencer.lost_checkpoint(text)
        if not yes:
            when = lost.time.isoformat(timespec="seconds")
            aside().print(
                f"A checkpoint of {when} says {lost.size} entries; this log does not continue it."
            )
            typer.confirm("Was this folder restored from a backup?", abort=True, err=True)
        fresh = sequencer.accept_restored(text)
    if as_json:
        print_json({"lost": lost.text, "checkpoint": fresh.text})
    else:
        words = f"The log goes on with {fresh.size} entries; keep its new checkpoint elsewhere."
        screen().print(words, markup=False)


@reported
def backup(
    target: Annotated[Path, typer.Argument(help="The backup to write.", show_default=False)],
    passphrase_file: PassphraseFile = None,
    folder: Folder = None,
    as_json: Json = False,
) -> None:
    """Write an encrypted backup of the folder; the service may run meanwhile."""
    from tenprint.records import Vault
    from tenprint.records import backup as make_backup

    settings = read_settings(folder)
    passphrase = _passphrase(passphrase_file, confirm=True)
    with TruthStore.open(_where(folder), create=False) as store:
        vault = Vault.open(settings.folder, master=settings.master_key, create=False)
        report = make_backup(store, vault, settings.folder, target, passphrase=passphrase)
    _tell(report, as_json, f"backup written to {target}")


@reported
def restore(
    source: Annotated[Path, typer.Argument(help="The backup.", show_default=False)],
    target: Annotated[
        Path, typer.Argument(help="The folder to make; must not exist.", show_default=False)
    ],
    passphrase_file: PassphraseFile = None,
    expunged: Annotated[
        list[Path] | None,
        typer.Option(help="An expunged.log newer than the backup; again for more."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Make a folder from a backup; whoever was expunged since is expunged again.

    The audit log lacks what was logged after the backup; before the
    service starts, say so with tenprint audit accept-restored.
    """
    from tenprint import api, desk
    from tenprint.records import restore as put_back

    settings = read_settings(target)
    database = settings.database
    report = put_back(
        source,
        target,
        passphrase=_passphrase(passphrase_file, confirm=False),
        where=None if database is None else database.get_secret_value(),
        master=settings.master_key,
        expunged=tuple(expunged or ()),
        rooms=(desk.follow_expunges, api.follow_expunges),
    )
    _tell(report, as_json, f"restored into {target}")


def _entry(of: Entry) -> dict[str, object]:
    """An entry of the log, JSON-ready."""
    facts = {**asdict(of), "time": of.time.isoformat()}
    return {"class" if name == "klass" else name: value for name, value in facts.items()}


def _where(folder: Path | None) -> Path | str:
    return service_database(read_settings(folder))


def _text(path: Path) -> str:
    if not path.is_file():
        raise InputError("There is no such file.", source=path)
    with path.open("rb") as file:
        return file.read(_SMALL).decode("utf-8", "replace")


def _passphrase(path: Path | None, *, confirm: bool) -> str:
    if path is not None:
        found = _text(path).strip("\r\n")
    else:
        found = typer.prompt("Passphrase", hide_input=True, confirmation_prompt=confirm, err=True)
    if not found:
        raise InputError("The passphrase is empty.", field="passphrase")
    return found


def _tell(report: object, as_json: bool, words: str) -> None:
    facts = asdict(report) if is_dataclass(report) and not isinstance(report, type) else {}
    if as_json:
        print_json({name: _plain(value) for name, value in facts.items()})
    else:
        aside().print(words, markup=False)


def _plain(value: object) -> object:
    return value if isinstance(value, int | float | bool | list | dict | None) else str(value)
