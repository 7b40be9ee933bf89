"""The command line: thin; it reads files and options, calls the rooms, and says what they found."""

from tenprint.cli._app import app, main

__all__ = ["app", "main"]
