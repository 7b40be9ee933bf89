"""Structured logs, without personal data: what was asked by route, how it ended, how long it took.

A path is logged as its route (``/v1/transactions/{id}``), never as sent: identifiers stand in
paths. Bodies, query strings, credentials and messages of foreign exceptions are never logged.
"""

from __future__ import annotations

import logging
import sys
import traceback
from typing import Any

import structlog

LEVELS = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
}


def make_logger(level: str = "info", form: str = "json", file: Any = None) -> Any:
    """A logger for the service's own events, one line each, on stderr unless `file` is given."""
    last: Any = (
        structlog.processors.JSONRenderer(sort_keys=False)
        if form == "json"
        else structlog.dev.ConsoleRenderer(colors=False)
    )
    return structlog.wrap_logger(
        structlog.PrintLogger(file if file is not None else sys.stderr),
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            last,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(LEVELS[level]),
        cache_logger_on_first_use=True,
    )


def where_it_broke(error: BaseException, most: int = 8) -> list[str]:
    """The innermost places of an exception, ``file:line function``; its message may be personal."""
    frames = traceback.extract_tb(error.__traceback__)[-most:]
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]


class _Forward(logging.Handler):
    """What libraries log, as lines of ours: the logger's name and level, no text."""

    def __init__(self, logger: Any) -> None:
        super().__init__(logging.WARNING)
        self._logger = logger

    def emit(self, record: logging.LogRecord) -> None:
        facts: dict[str, Any] = {"logger": record.name, "line": record.lineno}
        if record.exc_info and record.exc_info[1] is not None:
            error = record.exc_info[1]
            facts |= {"error": type(error).__name__, "at": where_it_broke(error)}
        write = self._logger.error if record.levelno >= logging.ERROR else self._logger.warning
        write("library", **facts)


def forward_libraries(logger: Any, names: tuple[str, ...] = ("uvicorn.error", "dbos")) -> None:
    """Have warnings of libraries come out in our form; their texts could hold personal data."""
    for name in names:
        library = logging.getLogger(name)
        library.handlers = [_Forward(logger)]
        library.propagate = False
        library.setLevel(logging.WARNING)
