"""The kept pictures of fingers, as the gallery reads them to extract templates again."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Row, Select, func, select, tuple_

from tenprint.gallery import KeptImage
from tenprint.model import Finger, Impression, StoreFormatError
from tenprint.records._images import open_detail, open_image, select_images
from tenprint.records._schema import encounters, images
from tenprint.records._types import ImageKind
from tenprint.records._vault import Vault
from tenprint.store import TruthStore

_FINGERS = images.c.kind == ImageKind.FINGER.value


class VaultImages:
    """Encounters with encrypted pictures of fingers (`tenprint.gallery.KeptImages`).

    Safe to share between threads.

    Parameters
    ----------
    store : TruthStore
    vault : Vault
    """

    def __init__(self, store: TruthStore, vault: Vault) -> None:
        self._store = store
        self._vault = vault

    def count(self) -> int:
        """Of how many encounters there are pictures."""
        found = _encounters(encounters.c.key).subquery()
        with self._store.reading() as connection:
            return connection.execute(select(func.count()).select_from(found)).scalar_one()

    def kept(self, after: tuple[int, int], limit: int) -> list[tuple[int, int]]:
        """At most so many encounters with pictures after the one named, ascending.

        Each by the store's numbers of person and encounter.
        """
        place = encounters.c.person, encounters.c.number
        query = _encounters(*place).where(tuple_(*place) > after).order_by(*place).limit(limit)
        with self._store.reading() as connection:
            return [(int(person), int(number)) for person, number in connection.execute(query)]

    def of(self, person: int, encounter: int) -> list[KeptImage]:
        """The pictures of one encounter, none where it is gone.

        Raises
        ------
        StoreFormatError
            If one is missing or damaged.
        """
        mine = (encounters.c.person == person) & (encounters.c.number == encounter)
        query = select_images().where(mine, _FINGERS).order_by(images.c.position)
        with self._store.reading() as connection:
            return [self._open(row) for row in connection.execute(query)]

    def _open(self, row: Row[Any]) -> KeptImage:
        data, own = open_image(self._vault, row)
        stated = open_detail(own, row.file, row.detail)
        try:
            return KeptImage(
                Finger(row.finger),
                None if stated.get("resolution") == "its own" else row.ppi,
                data,
                Impression(row.impression),
                _shape(stated.get("shape", "")),
                tuple(Finger(int(each)) for each in stated.get("missing", "").split()),
                _boxes(stated.get("boxes", "")),
            )
        except (ValueError, TypeError, AttributeError):
            raise StoreFormatError("What is stated of an image is damaged.") from None


def _encounters(*columns: Any) -> Select[Any]:
    """Those of known people that have pictures of fingers."""
    shown = select(images.c.file).where(images.c.encounter == encounters.c.key, _FINGERS)
    known = encounters.c.person.is_not(None) & encounters.c.number.is_not(None)
    return select(*columns).where(known, shown.exists())


def _shape(text: str) -> tuple[int, int] | None:
    if not text:
        return None
    height, width = map(int, text.split())
    return height, width


def _boxes(text: str) -> dict[Finger, tuple[float, ...]] | None:
    if not text:
        return None
    return {Finger(int(finger)): tuple(map(float, box)) for finger, box in json.loads(text).items()}
