"""A key for each transaction, under which its parts and answers are encrypted.

The vault keeps it; whoever destroys it destroys all that was sealed under it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Connection

if TYPE_CHECKING:
    from tenprint.records import Vault


class Seal:
    """Closes and opens the parts of one transaction; thread-safe.

    Attributes
    ----------
    number : int
        Of the vault's key.
    """

    def __init__(self, vault: Vault, connection: Connection, number: int, name: str) -> None:
        self.number = number
        self._key = vault.key(connection, number)
        self._name = name

    @classmethod
    def new(cls, vault: Vault, connection: Connection, name: str) -> Seal:
        """The seal of a new transaction, with a new key; in a write transaction."""
        return cls(vault, connection, vault.new_key(connection), name)

    def close(self, part: str, plain: bytes) -> bytes:
        """The part encrypted."""
        return self._key.seal(plain, f"desk {self._name} {part}")

    def open(self, part: str, sealed: bytes) -> bytes:
        """The part as it was.

        Raises
        ------
        StoreFormatError
            If it is damaged, or another's.
        """
        return self._key.open(sealed, f"desk {self._name} {part}")
