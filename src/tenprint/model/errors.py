"""The one error tree: what was wrong, where, whether trying again helps, which HTTP status.

The first line of an error's docstring is its message where none is given.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar


class TenprintError(Exception):
    """Something went wrong in tenprint.

    Parameters
    ----------
    message : str, optional
        What was wrong, one sentence, no personal data. Default: first line of the class docstring.
    source : object, optional
        The file or object it was found in (anything with a sensible ``str``).
    field : str, optional
        The field, record or byte offset inside the source.
    remedy : str, optional
        What the reader can do about it.
    """

    code: ClassVar[str] = "tenprint"
    http_status: ClassVar[int] = 500
    retryable: ClassVar[bool] = False

    def __init__(
        self,
        message: str | None = None,
        *,
        source: object = None,
        field: str | None = None,
        remedy: str | None = None,
    ) -> None:
        self.message = message or (type(self).__doc__ or self.code).strip().splitlines()[0]
        self.source = None if source is None else str(source)
        self.field = field
        self.remedy = remedy
        super().__init__(str(self))

    def __str__(self) -> str:
        where = ", ".join(part for part in (self.source, self.field) if part)
        text = f"{where}: {self.message}" if where else self.message
        return f"{text} {self.remedy}" if self.remedy else text

    def as_dict(self) -> dict[str, Any]:
        """The error as JSON-ready data: code, message, source, field, remedy, retryable."""
        return {
            "code": self.code,
            "message": self.message,
            "source": self.source,
            "field": self.field,
            "remedy": self.remedy,
            "retryable": self.retryable,
        }


class InputError(TenprintError):
    """The input cannot be used."""

    code = "input"
    http_status = 400


class ImageError(InputError):
    """The image cannot be used."""

    code = "image"


class ImageFormatError(ImageError):
    """The bytes are not a readable image of a supported format."""

    code = "image-format"


class ImageSizeError(ImageError):
    """The image is too large or too small."""

    code = "image-size"
    http_status = 413


class TemplateError(InputError):
    """The template cannot be used."""

    code = "template"


class TemplateFormatError(TemplateError):
    """The bytes are not a readable template of a supported format."""

    code = "template-format"


class TemplateRangeError(TemplateError):
    """A value in the template is impossible."""

    code = "template-range"


class NotFoundError(TenprintError):
    """What was asked for does not exist."""

    code = "not-found"
    http_status = 404


class PersonNotFoundError(NotFoundError):
    """No such person is enrolled."""

    code = "person-not-found"


class ConflictError(TenprintError):
    """The request contradicts what is already stored."""

    code = "conflict"
    http_status = 409


class PersonExistsError(ConflictError):
    """A person is already enrolled under this identifier."""

    code = "person-exists"


class StoreError(TenprintError):
    """The store cannot be used."""

    code = "store"


class StoreFormatError(StoreError):
    """The file is not a tenprint store, or it is damaged."""

    code = "store-format"


class StoreVersionError(StoreError):
    """The store was written by another version of tenprint."""

    code = "store-version"


class StoreBusyError(StoreError):
    """Another process holds the store."""

    code = "store-busy"
    http_status = 503
    retryable = True


class StoreUnavailableError(StoreError):
    """The database server cannot be reached."""

    code = "store-unavailable"
    http_status = 503
    retryable = True


class RecordError(InputError):
    """The transaction file's content breaks its standard's rules."""

    code = "record"


class RecordFormatError(RecordError):
    """The bytes are not a readable ANSI/NIST-ITL file."""

    code = "record-format"


class TransactionError(InputError):
    """The transaction cannot be admitted.

    Attributes
    ----------
    faults : list of dict
        Every fault found, each with ``code``, ``field`` and ``message``.
    """

    code = "transaction"
    http_status = 422

    def __init__(
        self,
        message: str | None = None,
        *,
        faults: Sequence[Mapping[str, str]] = (),
        source: object = None,
        field: str | None = None,
        remedy: str | None = None,
    ) -> None:
        super().__init__(message, source=source, field=field, remedy=remedy)
        self.faults = [dict(each) for each in faults]

    def as_dict(self) -> dict[str, Any]:
        """As of every error, and ``faults``."""
        return {**super().as_dict(), "faults": self.faults}


class CredentialError(TenprintError):
    """The credential is missing, wrong, expired or locked.

    Attributes
    ----------
    reason : str
        What was wrong with it, a word for the audit log; never shown to whoever sent it.
    agency, actor : str
        Whose it seems to be, for the audit log; ``""`` where unknown.
    """

    code = "credential"
    http_status = 401

    def __init__(
        self,
        message: str | None = None,
        *,
        reason: str = "unknown",
        agency: str = "",
        actor: str = "",
        **more: Any,
    ) -> None:
        super().__init__(message, **more)
        self.reason = reason
        self.agency = agency
        self.actor = actor


class AccessError(TenprintError):
    """This agency, role or purpose may not do that."""

    code = "access"
    http_status = 403


class RateLimitError(TenprintError):
    """The agency has sent more than its limit; try again later.

    Attributes
    ----------
    retry_after : float
        Seconds after which the next request is allowed.
    """

    code = "rate-limit"
    http_status = 429
    retryable = True

    def __init__(
        self, message: str | None = None, *, retry_after: float = 1.0, **more: Any
    ) -> None:
        super().__init__(message, **more)
        self.retry_after = retry_after


class ServiceUnavailableError(TenprintError):
    """The service cannot take this now; try again later."""

    code = "service-unavailable"
    http_status = 503
    retryable = True


class AuditError(TenprintError):
    """The audit log is damaged, or is not the one that its last checkpoint says."""

    code = "audit"


class NetworkWeightsError(TenprintError):
    """The trained weights of the minutiae network are missing or not the expected ones."""

    code = "network-weights"
