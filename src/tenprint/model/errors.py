"""The one error tree: what was wrong, where, whether trying again helps, which HTTP status.

The first line of an error's docstring is its message where none is given; the paragraph after it
says what the reader can do, and stands in the reference.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar


class TenprintError(Exception):
    """Something went wrong in tenprint.

    Never raised itself: catch it to catch all others.

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
    """The input cannot be used.

    Correct the parameter that `field` names.
    """

    code = "input"
    http_status = 400


class ImageError(InputError):
    """The image cannot be used.

    Check that it is what the call expects, such as a slap of several fingers.
    """

    code = "image"


class ImageFormatError(ImageError):
    """The bytes are not a readable image of a supported format.

    Fetch the file again, or convert it to one of the formats read: PNG, TIFF, BMP, JPEG, JPEG
    2000, WSQ, PGM.
    """

    code = "image-format"


class ImageSizeError(ImageError):
    """The image is too large or too small.

    Cut the print out of it; give the right resolution.
    """

    code = "image-size"
    http_status = 413


class TemplateError(InputError):
    """The template cannot be used.

    Take the fingerprints again: no print is usable.
    """

    code = "template"


class TemplateFormatError(TemplateError):
    """The bytes are not a readable template of a supported format.

    Fetch the file again; read are ISO/IEC 19794-2, ANSI/INCITS 378 and our own stored form.
    """

    code = "template-format"


class TemplateRangeError(TemplateError):
    """A value in the template is impossible.

    Correct what wrote it; `field` names the value.
    """

    code = "template-range"


class RequestTooLargeError(InputError):
    """The request holds more bytes than the service takes.

    Send less at once; the operator sets `TENPRINT_MAX_BODY`.
    """

    code = "request-size"
    http_status = 413


class NotFoundError(TenprintError):
    """What was asked for does not exist.

    Check the path or identifier. Content past its retention is gone.
    """

    code = "not-found"
    http_status = 404


class PersonNotFoundError(NotFoundError):
    """No such person is enrolled.

    Check the identifier.
    """

    code = "person-not-found"


class ConflictError(TenprintError):
    """The request contradicts what is already stored.

    Look at what is stored.
    """

    code = "conflict"
    http_status = 409


class PersonExistsError(ConflictError):
    """A person is already enrolled under this identifier.

    Choose another identifier, or add an encounter to that person (`add`, on the command line
    --add).
    """

    code = "person-exists"


class StoreError(TenprintError):
    """The store cannot be used.

    Check the path, permissions and free space.
    """

    code = "store"


class StoreFormatError(StoreError):
    """The file is not a tenprint store, or it is damaged.

    Restore it from a backup. If it is code.tpc in the index's folder: remove that file, and
    refit.
    """

    code = "store-format"


class StoreVersionError(StoreError):
    """The store was written by another version of tenprint.

    Open it with the version that wrote it.
    """

    code = "store-version"


class StoreBusyError(StoreError):
    """Another process holds the store.

    Wait and try again; one process writes at a time, and one owns a gallery's index.
    """

    code = "store-busy"
    http_status = 503
    retryable = True


class StoreUnavailableError(StoreError):
    """The database server cannot be reached.

    See whether the server runs, then try again. If it went away during a change, look first
    whether the change was made.
    """

    code = "store-unavailable"
    http_status = 503
    retryable = True


class RecordError(InputError):
    """The transaction file's content breaks its standard's rules.

    Correct the record and field named.
    """

    code = "record"


class RecordFormatError(RecordError):
    """The bytes are not a readable ANSI/NIST-ITL file.

    Send the file as its software wrote it.
    """

    code = "record-format"


class TransactionError(InputError):
    """The transaction cannot be admitted.

    Every fault is named in `faults`, each with code and field; correct all and send it again.

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

    Sign in again, or ask an administrator for a new key.

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
    """This agency, role or purpose may not do that.

    Ask an administrator what the agency may do.
    """

    code = "access"
    http_status = 403


class RateLimitError(TenprintError):
    """The agency has sent more than its limit; try again later.

    Wait as many seconds as the header Retry-After says.

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
    """The service cannot take this now; try again later.

    Try again; see the service's log if it lasts.
    """

    code = "service-unavailable"
    http_status = 503
    retryable = True


class LookupProcessError(TenprintError):
    """The process that looks up names and records has ended again and again in the midst of it.

    It is started again by itself. Look in the system's log for the reason, such as too little
    memory.
    """

    code = "lookup-process"


class SearchProcessError(TenprintError):
    """The process that searches has ended in the midst of it.

    It is started again by itself. Look in the system's log for the reason, such as too little
    memory.
    """

    code = "search-process"


class AuditError(TenprintError):
    """The audit log is damaged, or is not the one that its last checkpoint says.

    Verify the log; after restoring a backup, say so (tenprint audit
    accept-restored).
    """

    code = "audit"


class NetworkWeightsError(TenprintError):
    """The trained weights of the minutiae network are missing or not the expected ones.

    Install the pinned pyfing package again.
    """

    code = "network-weights"
