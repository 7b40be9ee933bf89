"""How the commands speak: results on stdout, progress and errors on stderr, JSON when asked."""

from __future__ import annotations

import json
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import Annotated, Any, ParamSpec

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)

from tenprint.model import NotFoundError, PersonNotFoundError, TenprintError

#: Exit codes, documented in docs/cli.md. Click itself exits with 2 after a wrong call.
EXIT_NO_MATCH, EXIT_ERROR, EXIT_RETRY = 1, 3, 4

Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of words.")]

P = ParamSpec("P")


def screen() -> Console:
    """Where results are printed; made anew each time, so that a redirected stdout is honoured."""
    return Console(highlight=False, soft_wrap=True)


def aside() -> Console:
    """Where progress and errors are printed."""
    return Console(stderr=True, highlight=False, soft_wrap=True)


def print_json(value: Any) -> None:
    """One JSON document on stdout."""
    sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=False) + "\n")


def fail(error: TenprintError, as_json: bool) -> typer.Exit:
    """Report an error in one line, or as JSON; the exit to raise."""
    if as_json:
        print_json({"error": error.as_dict()})
    else:
        aside().print(f"error [{error.code}]: {error}", style="red", markup=False)
    if isinstance(error, PersonNotFoundError):
        return typer.Exit(EXIT_NO_MATCH)
    return typer.Exit(EXIT_RETRY if error.retryable else EXIT_ERROR)


def reported(command: Callable[P, None]) -> Callable[P, None]:
    """A command whose `TenprintError` ends in one line and an exit code, not in a traceback."""

    @wraps(command)
    def run(*arguments: P.args, **options: P.kwargs) -> None:
        as_json = bool(options.get("as_json", False))
        try:
            with _calm_warnings():
                command(*arguments, **options)
        except TenprintError as error:
            raise fail(error, as_json) from error
        except OSError as error:
            trouble = _SystemError(f"{error.strerror or error}.", source=error.filename)
            raise fail(trouble, as_json) from error

    return run


class _SystemError(TenprintError):
    """The operating system refused.

    The message is the system's own: a permission is missing, a disk is full.
    """

    code = "system"


@contextmanager
def _calm_warnings() -> Iterator[None]:
    """Show each kind of warning once, in one line."""
    seen: set[str] = set()

    def show(message: Warning | str, category: type[Warning], *_: Any, **__: Any) -> None:
        name = category.__name__
        if name not in seen:
            seen.add(name)
            aside().print(f"warning: {message}", style="yellow", markup=False)

    with warnings.catch_warnings():
        warnings.simplefilter("always", UserWarning)
        warnings.showwarning = show
        yield


class Bar:
    """A progress bar on stderr, shown on a terminal only."""

    def __init__(self, quiet: bool = False) -> None:
        console = aside()
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=32),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=console,
            transient=True,
            disable=quiet or not console.is_terminal,
        )
        self._tasks: dict[str, TaskID] = {}

    def __call__(self, stage: str, done: int, total: int, /) -> None:
        """Tell that `done` of `total` steps of `stage` are finished."""
        if stage not in self._tasks:
            self._tasks[stage] = self._bar.add_task(stage, total=total)
        self._bar.update(self._tasks[stage], completed=done, total=total)

    def __enter__(self) -> Bar:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()


def check_writable(path: Path | None) -> None:
    """Refuse an output file whose folder does not exist, before any work is done."""
    if path is not None and not path.parent.is_dir():
        raise NotFoundError("The folder to write to does not exist.", source=path.parent)


def write_text(path: Path, text: str) -> None:
    """Write a file, or stdout where the path is ``-``."""
    if str(path) == "-":
        sys.stdout.write(text if text.endswith("\n") else text + "\n")
    else:
        path.write_text(text, encoding="utf-8")
