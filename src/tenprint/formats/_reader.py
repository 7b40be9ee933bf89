"""Big-endian fields read one after the other, each with a name for the error when it is missing."""

from __future__ import annotations

from tenprint.model import TemplateFormatError, TemplateRangeError


class Reader:
    """A cursor over the bytes of a template; every read past the end is a `TemplateFormatError`."""

    def __init__(self, data: bytes, source: str, at: int = 0, end: int | None = None) -> None:
        self.data = data
        self.source = source
        self.at = at
        self.end = len(data) if end is None else end

    def take(self, size: int, field: str) -> bytes:
        """The next bytes."""
        if self.at + size > self.end:
            raise self.broken(f"The template is cut off: {size} bytes expected.", field)
        self.at += size
        return self.data[self.at - size : self.at]

    def number(self, size: int, field: str) -> int:
        """The next unsigned number of `size` bytes."""
        return int.from_bytes(self.take(size, field), "big")

    def broken(self, message: str, field: str) -> TemplateFormatError:
        """An error about the structure at the cursor."""
        return TemplateFormatError(
            message,
            source=self.source,
            field=f"{field} at byte {self.at}",
            remedy="The file is damaged, or of another format than it says.",
        )

    def impossible(self, message: str, field: str) -> TemplateRangeError:
        """An error about a value before the cursor."""
        return TemplateRangeError(
            message,
            source=self.source,
            field=f"{field} before byte {self.at}",
            remedy="The file is damaged, or its writer has a fault.",
        )
