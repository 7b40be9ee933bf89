"""Images between their bytes and their rows."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, Select, func, select

from tenprint.model import Finger, Impression, InputError
from tenprint.records._bodies import check_mapping, check_words, dump
from tenprint.records._cipher import Key
from tenprint.records._schema import encounters, images, keys, people
from tenprint.records._types import ImageKind, NewImage
from tenprint.records._vault import Vault

#: The most bytes of an image, and the most images of one encounter.
MAX_IMAGE, MAX_IMAGES = 64 << 20, 200


def check_images(images: Sequence[NewImage]) -> None:
    """Raise `InputError` if images cannot be stored as given."""
    if len(images) > MAX_IMAGES:
        raise InputError(f"More than {MAX_IMAGES} images.", field="images")
    for each in images:
        if not 1 <= len(each.data) <= MAX_IMAGE:
            raise InputError(f"An image is 1 to {MAX_IMAGE} bytes.", field="images")
        check_words(each.media, "media", 80)
        check_mapping(each.detail, "detail")
        if not 0 <= each.ppi <= 20_000:
            raise InputError("ppi is 0 to 20000.", field="ppi")
        ImageKind(each.kind), Finger(each.finger), Impression(each.impression)


def _bound(kind: str, media: str, finger: int, impression: int, ppi: int) -> str:
    """What an image's ciphertext is bound to."""
    return f"image {kind} {media} {finger} {impression} {ppi}"


def _context(image: NewImage) -> str:
    return _bound(
        image.kind.value, image.media, int(image.finger), int(image.impression), image.ppi
    )


def select_images() -> Select[Any]:
    """Rows of images with what `open_image` needs, whether or not their person is known yet."""
    return (
        select(images, encounters.c.wrapped, encounters.c.token)
        .add_columns(keys.c.wrapped.label("above"))
        .join(encounters, encounters.c.key == images.c.encounter)
        .outerjoin(people, people.c.number == encounters.c.person)
        # Not an OR of two conditions: PostgreSQL would go through all keys.
        .join(keys, keys.c.id == func.coalesce(encounters.c.transaction_key, people.c.key))
    )


def open_image(vault: Vault, row: Row[Any]) -> tuple[bytes, Key]:
    """An image's bytes, and the key of its encounter, from a row of `select_images`."""
    own = vault.unwrap(bytes(row.above)).unwrap(row.wrapped, f"encounter-key {row.token}")
    bound = _bound(row.kind, row.media, row.finger, row.impression, row.ppi)
    return own.open(vault.files.read(row.file), bound), own


def open_detail(own: Key, file: str, sealed: bytes | None) -> dict[str, str]:
    """What is stated of an image, empty where nothing is."""
    found: dict[str, str] = {}
    if sealed:
        found = json.loads(own.open(bytes(sealed), f"image-detail {file}"))
    return found


def seal_images(key: Key, images: Sequence[NewImage]) -> list[bytes]:
    """The encrypted files."""
    return [key.seal(each.data, _context(each)) for each in images]


def image_rows(key: Key, images: Sequence[NewImage], files: Sequence[str]) -> list[dict[str, Any]]:
    """Rows of ``records_images``, still without their encounter."""
    return [
        {
            "file": name,
            "position": position,
            "kind": each.kind.value,
            "media": each.media,
            "finger": int(each.finger),
            "impression": int(each.impression),
            "ppi": each.ppi,
            "size": len(each.data),
            "detail": key.seal(dump(dict(each.detail)), f"image-detail {name}")
            if each.detail
            else None,
        }
        for position, (each, name) in enumerate(zip(images, files, strict=True))
    ]
