"""Web pages for examiners, operators and everybody else; thin over `tenprint.desk`.

`add_console` adds them to the service; ``tenprint serve`` does.
"""

from tenprint.console._app import add_console

__all__ = ["add_console"]
