"""Templates kept between evaluations, by content of the image and of the extractor."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib import metadata
from pathlib import Path

import tenprint
from tenprint._native import _kernels
from tenprint.formats import pack, unpack
from tenprint.model import Template, TemplateError


class TemplateCache:
    """A folder of packed templates.

    A name is the hash of the image file, the given resolution and everything that makes a template
    of it: the source of the rooms involved, the compiled kernels and the network's package. So no
    change can be answered with an old template. Safe to share between threads and processes.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def get(self, image: Path, ppi: float | None) -> Template | None:
        """The template made earlier, or None; a damaged entry counts as absent."""
        path = self._path(image, ppi)
        try:
            return unpack(path.read_bytes())
        except (FileNotFoundError, TemplateError):
            return None

    def put(self, image: Path, ppi: float | None, template: Template) -> None:
        """Keep a template; the file appears at once and whole."""
        path = self._path(image, ppi)
        draft = path.with_suffix(f".{id(template):x}")
        draft.write_bytes(pack(template))
        draft.replace(path)

    def _path(self, image: Path, ppi: float | None) -> Path:
        name = hashlib.sha256(extractor_identity())
        name.update(repr(ppi).encode())
        name.update(image.read_bytes())
        return self._folder / f"{name.hexdigest()}.template"


@cache
def extractor_identity() -> bytes:
    """A hash of everything that decides which template an image gives."""
    package = Path(tenprint.__file__).parent
    identity = hashlib.sha256(metadata.version("pyfing").encode())
    for room in ("model", "formats", "extract", "_native"):
        for path in sorted((package / room).rglob("*")):
            if path.is_file() and path.suffix != ".pyc":
                identity.update(path.read_bytes())
    identity.update(Path(_kernels.__file__).read_bytes())
    return identity.digest()
