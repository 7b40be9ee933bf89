"""tenprint: open-source identification of people by fingerprints and records.

The names below are loaded when first used, so that ``import tenprint`` is quick.

Examples
--------
>>> import tenprint
>>> template = tenprint.extract("101_1.tif", ppi=500)  # doctest: +SKIP
>>> tenprint.compare(template, other)  # doctest: +SKIP
4.7
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tenprint.client import Client
    from tenprint.extract import Extractor, Trace, extract
    from tenprint.formats import read_image
    from tenprint.gallery import Candidate, Gallery
    from tenprint.match import Comparison, compare, explain, fuse
    from tenprint.model import (
        TEN_FINGERS,
        Finger,
        FingerImage,
        Impression,
        Template,
        TenprintError,
    )

#: Public name to the room it comes from.
_ROOMS = {
    **dict.fromkeys(("Client",), "client"),
    **dict.fromkeys(("Extractor", "Trace", "extract"), "extract"),
    **dict.fromkeys(("read_image",), "formats"),
    **dict.fromkeys(("Candidate", "Gallery"), "gallery"),
    **dict.fromkeys(("Comparison", "compare", "explain", "fuse"), "match"),
    **dict.fromkeys(
        ("TEN_FINGERS", "Finger", "FingerImage", "Impression", "Template", "TenprintError"),
        "model",
    ),
}

__all__ = [
    "TEN_FINGERS",
    "Candidate",
    "Client",
    "Comparison",
    "Extractor",
    "Finger",
    "FingerImage",
    "Gallery",
    "Impression",
    "Template",
    "TenprintError",
    "Trace",
    "compare",
    "explain",
    "extract",
    "fuse",
    "read_image",
]


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        return version("tenprint")
    if name not in _ROOMS:
        raise AttributeError(f"module 'tenprint' has no attribute {name!r}")
    room = import_module(f"tenprint.{_ROOMS[name]}")
    if name == _ROOMS[name]:
        return room  # see `_Package`
    value = globals()[name] = getattr(room, name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


class _Room(ModuleType):
    """A room that can be called like its function of the same name."""

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        return getattr(self, self.__name__.rpartition(".")[2])(*arguments, **options)


class _Package(ModuleType):
    """This package: makes ``tenprint.extract`` callable, which is a room and its function at once.

    Whoever imports the room first, Python sets it as an attribute here and would hide the function.
    """

    def __setattr__(self, name: str, value: object) -> None:
        if name == _ROOMS.get(name) and isinstance(value, ModuleType):
            value.__class__ = _Room
        super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package
