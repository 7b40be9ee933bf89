"""The audit log's own error."""

from __future__ import annotations

from tenprint.model import TenprintError


class AuditError(TenprintError):
    """The audit log is damaged, or is not the one that its last checkpoint says."""

    code = "audit"
