"""All commands in one application."""

from __future__ import annotations

import platform
from collections.abc import Callable
from importlib.metadata import version as package_version

import typer

from tenprint import _native
from tenprint.cli import (
    _administer,
    _bench,
    _compare,
    _demo,
    _enroll,
    _evaluate,
    _extract,
    _gallery,
    _identify,
    _inspect,
    _names,
    _serve,
    _submit,
    _synth,
    _upkeep,
)
from tenprint.cli._output import Json, print_json, reported, screen

app = typer.Typer(
    name="tenprint",
    help="Identify people by their fingerprints.",
    epilog="Exit codes: 0 done, 1 no match, 2 wrong call, 3 error, 4 busy, try again.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)

_COMMANDS: tuple[Callable[..., None], ...] = (
    _extract.extract,
    _compare.compare,
    _enroll.enroll,
    _identify.identify,
    _inspect.inspect,
    _synth.synth,
    _demo.demo,
    _serve.serve,
    _submit.submit,
    _submit.status,
    _upkeep.backup,
    _upkeep.restore,
)
for _command in _COMMANDS:
    app.command()(_command)
app.add_typer(_gallery.app, name="gallery")
app.add_typer(_evaluate.app, name="evaluate")
app.add_typer(_bench.app, name="bench")
app.add_typer(_administer.agency, name="agency")
app.add_typer(_administer.user, name="user")
app.add_typer(_administer.key, name="key")
app.add_typer(_upkeep.audit_app, name="audit")
app.add_typer(_names.app, name="names")


@app.command()
@reported
def version(as_json: Json = False) -> None:
    """Which version this is, and which instruction set it uses."""
    facts = {
        "tenprint": package_version("tenprint"),
        "python": platform.python_version(),
        "instructions": ("portable", "AVX2", "AVX-512")[_native.level()],
    }
    if as_json:
        print_json(facts)
    else:
        for name, value in facts.items():
            screen().print(f"{name:13} {value}")


def main() -> None:
    """Run the command line."""
    app()
