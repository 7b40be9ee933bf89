"""Web pages for examiners, operators and everybody else; thin over `tenprint.desk`.

`console_routes` gives the pages; ``tenprint serve`` adds them to the service.
"""

from tenprint.console._app import console_routes

__all__ = ["console_routes"]
