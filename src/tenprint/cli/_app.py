"""All commands in one application."""

from __future__ import annotations

import platform
from collections.abc import Callable
from importlib.metadata import version as package_version

import typer

from tenprint import _native
from tenprint.cli import (
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
    _synth,
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
)
for _command in _COMMANDS:
    app.command()(_command)
app.add_typer(_gallery.app, name="gallery")
app.add_typer(_evaluate.app, name="evaluate")
app.add_typer(_bench.app, name="bench")
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
