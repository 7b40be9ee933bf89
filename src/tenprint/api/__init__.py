"""The service over HTTP: our own interface under ``/v1``, OSIA's ABIS under ``/osia/v1``.

`create_app` makes the ASGI application over an open desk, `serve` listens; `Settings` are read
from the environment (``TENPRINT_*``).
"""

from tenprint.api._app import create_app
from tenprint.api._osia import follow_expunges
from tenprint.api._schema import tables
from tenprint.api._serve import serve, serving
from tenprint.api._service import Service
from tenprint.api._settings import Settings, desk_settings

__all__ = [
    "Service",
    "Settings",
    "create_app",
    "desk_settings",
    "follow_expunges",
    "serve",
    "serving",
    "tables",
]
