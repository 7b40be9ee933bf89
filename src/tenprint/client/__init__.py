"""A typed client of the service's own interface, over HTTP."""

from tenprint.client._client import Client
from tenprint.client._errors import error_of
from tenprint.client._types import Answer, Status

__all__ = ["Answer", "Client", "Status", "error_of"]
