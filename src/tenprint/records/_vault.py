"""The vault: keys under keys, and encrypted files."""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from pathlib import Path

from sqlalchemy import Connection, bindparam, insert, select, update

from tenprint.model import StoreFormatError
from tenprint.records._cipher import KEY, WRAPPED, Key
from tenprint.records._files import ImageFiles
from tenprint.records._master import Master, make_master, read_master, replace_master
from tenprint.records._schema import keys, notes

#: Unwrapped keys kept in memory.
_KEPT = 50_000

#: Keys in one statement while they are wrapped anew.
_CHUNK = 1000


_NEW = insert(keys)
_WRAPPED = select(keys.c.wrapped).where(keys.c.id == bindparam("of"))


class Vault:
    """A master key wraps the keys of people and transactions, these wrap those of encounters.

    Nothing of it is in the database unwrapped. `open` it; safe to share between threads. Methods
    that change something take a connection of a write transaction.

    Attributes
    ----------
    files : ImageFiles
        The encrypted image files.
    """

    def __init__(self, path: Path, master: Master, files: ImageFiles) -> None:
        self.path = path
        self.files = files
        self._master = master
        # By the wrapped bytes, not by the number: a number is given again after a rollback.
        self._known: OrderedDict[bytes, Key] = OrderedDict()
        self._turn = threading.Lock()

    @classmethod
    def open(cls, folder: Path, *, master: Path | None = None, create: bool = True) -> Vault:
        """Read the master key, or make it.

        Parameters
        ----------
        folder : Path
            The data folder; images lie in ``images`` in it.
        master : Path, optional
            The master key's file, 0600; default: ``keys/master.key`` in `folder`. It can lie on
            another disk, and must be kept as safe as the data: without it nothing can be read.
        create : bool
            Whether a key that is not there is made.

        Raises
        ------
        StoreError
            If it cannot be read or written, or others may read it.
        StoreFormatError, StoreVersionError
        """
        path = folder / "keys" / "master.key" if master is None else master
        made = create and not path.exists() and not _successor(path).exists()
        if not path.exists() and _successor(path).exists():
            replace_master(path, _successor(path))
        found = make_master(path) if made else read_master(path)
        return cls(path, found, ImageFiles(folder / "images"))

    def attach(self, connection: Connection) -> None:
        """Check that a database's keys are under this master key; the first time, note it.

        Finishes a rotation that a crash has cut off.

        Raises
        ------
        StoreFormatError
            If they are under another one.
        """
        mark = connection.execute(select(notes.c.value).where(notes.c.key == "master")).scalar()
        if mark is None:
            connection.execute(insert(notes).values(key="master", value=self._master.mark))
            return
        successor = _successor(self.path)
        if mark != self._master.mark:
            self._master = read_master(self.path)  # another one may have finished it meanwhile
        if mark != self._master.mark and successor.exists():
            self._master = read_master(successor)
            if mark == self._master.mark:
                replace_master(self.path, successor)
        if mark != self._master.mark:
            raise StoreFormatError(
                "The database's keys are under another master key.",
                source=self.path,
                remedy="Give the master key that this data was written with.",
            )
        successor.unlink(missing_ok=True)

    def new_key(self, connection: Connection) -> int:
        """A new key of a person or a transaction; its number."""
        wrapped = self._master.key.wrap(Key(), "key")
        done = connection.execute(_NEW, {"wrapped": wrapped})
        found = done.inserted_primary_key
        assert found is not None  # noqa: S101 - one row was inserted
        return int(found[0])

    def key(self, connection: Connection, number: int) -> Key:
        """A key by its number.

        Raises
        ------
        StoreFormatError
            If there is none, or it was destroyed.
        """
        wrapped = connection.execute(_WRAPPED, {"of": number}).scalar()
        if wrapped is None or not any(wrapped):
            raise StoreFormatError("A key is missing or destroyed.", field=f"key {number}")
        return self.unwrap(bytes(wrapped))

    def unwrap(self, wrapped: bytes) -> Key:
        """A key from its row in ``records_keys``; the last 50,000 are kept in memory.

        Raises
        ------
        StoreFormatError
        """
        with self._turn:
            found = self._known.get(wrapped)
            if found is not None:
                self._known.move_to_end(wrapped)
                return found
        key = self._master.key.unwrap(wrapped, "key")
        with self._turn:
            self._known[wrapped] = key
            if len(self._known) > _KEPT:
                self._known.popitem(last=False)
        return key

    def forget(self) -> None:
        """Keep no unwrapped key in memory: some may have been destroyed by others."""
        with self._turn:
            self._known.clear()

    def unwrap_once(self, wrapped: bytes) -> Key:
        """As `unwrap`, without keeping it: for going through everybody."""
        return self._master.key.unwrap(wrapped, "key")

    def new_secret(self, what: str) -> tuple[bytes, bytes]:
        """A key of 32 bytes for something outside the database, and the same wrapped."""
        secret = os.urandom(KEY)
        return secret, self._master.key.wrap(Key(secret), what)

    def secret(self, wrapped: bytes, what: str) -> bytes:
        """What `new_secret` gave, from its wrapped form.

        Raises
        ------
        StoreFormatError
            If it is damaged, of another kind, or the master key is another by now.
        """
        return self._master.key.open(wrapped, what)

    def destroy(self, connection: Connection, number: int) -> None:
        """Overwrite a key with zeros. What is under it can never be read again."""
        wrapped = connection.execute(_WRAPPED, {"of": number}).scalar()
        with self._turn:
            self._known.pop(bytes(wrapped or b""), None)
        connection.execute(update(keys).where(keys.c.id == number).values(wrapped=bytes(WRAPPED)))

    def rotate(self, connection: Connection) -> None:
        """Wrap every key under a new master key, in one transaction; then call `rotated`.

        The new key is on the disk, beside the old one, before anything is changed; should the
        machine stop in between, `attach` finds which of the two is right.
        """
        successor = _successor(self.path)
        successor.unlink(missing_ok=True)
        new = make_master(successor)
        again = update(keys).where(keys.c.id == bindparam("of")).values(wrapped=bindparam("now"))
        last = 0
        while True:
            query = select(keys).where(keys.c.id > last).order_by(keys.c.id).limit(_CHUNK)
            rows = connection.execute(query).all()
            if not rows:
                break
            last = int(rows[-1].id)
            pairs = [(row.id, bytes(row.wrapped)) for row in rows if any(row.wrapped)]
            moved = [
                {"of": key, "now": new.key.wrap(self.unwrap_once(wrapped), "key")}
                for key, wrapped in pairs
            ]
            if moved:
                connection.execute(again, moved)
        connection.execute(update(notes).where(notes.c.key == "master").values(value=new.mark))

    def rotated(self, connection: Connection) -> None:
        """After the transaction of `rotate`: take the new key, and overwrite the old one."""
        with self._turn:
            self._known.clear()
        self.attach(connection)


def _successor(path: Path) -> Path:
    return path.with_name(f"{path.name}.new")
