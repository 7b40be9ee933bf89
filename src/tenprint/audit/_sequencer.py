"""Putting leaves into the tree. (Signatures; the bodies follow.)"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Connection

from tenprint.store import TruthStore


@dataclass(frozen=True, slots=True)
class Sequenced:
    """What one run has done: leaves added, and the tree's size and root after it."""

    added: int
    size: int
    root: bytes


class Sequencer:
    """Puts leaves into the tree, once a second in a thread of its own."""

    def __init__(
        self,
        store: TruthStore,
        key: Ed25519PrivateKey,
        folder: Path,
        *,
        interval: float = 1.0,
        checkpoint_every: float = 60.0,
        heads_every: float = 3600.0,
        clock: Callable[[], datetime] | None = None,
    ) -> None:
        raise NotImplementedError

    def start(self) -> None:
        """Start the thread."""
        raise NotImplementedError

    def close(self) -> None:
        """Sequence what is left, write a checkpoint, end the thread."""
        raise NotImplementedError

    def run_once(self, connection: Connection, *, heads: bool = False) -> Sequenced:
        """Put all waiting leaves into the tree, in the caller's transaction."""
        raise NotImplementedError

    def checkpoint(self) -> str:
        """Sequence everything, heads too, and write a signed checkpoint; its text."""
        raise NotImplementedError
