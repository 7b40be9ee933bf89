"""The code of a finger: 24 bytes that a search of everybody reads instead of the template.

A template's minutiae are described by their neighbourhoods (the matcher's binary cylinders, reduced
to 48 principal components), direction and place; a mixture of 64 Gaussians turns any number of them
into one Fisher vector (Perronnin, Sanchez & Mensink 2010); a learned projection (linear
discriminant analysis) keeps the 192 directions that tell fingers apart; a product quantiser (Jegou,
Douze & Schmid 2011) stores them as 48 numbers of four bits, one of whose values says that there is
no finger. A query is not quantised: its vector is compared with what the numbers stand for.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from dataclasses import dataclass, replace
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tenprint._native import CodeModel
from tenprint.model import StoreError, StoreFormatError, StoreVersionError, TemplateFormatError

#: The version of the parameter file's layout.
CODE_VERSION = 1

#: Bytes of a finger's code, numbers in it, values of one number that stand for something, and the
#: value that stands for "no finger".
CODE_BYTES, PARTS, CENTROIDS, ABSENT = 24, 48, 15, 15

#: Dimensions of the vector behind a code.
DIMENSIONS = 192

#: The code of a finger that is not there.
ABSENT_CODE = np.full(CODE_BYTES, 0xFF, np.uint8)

#: The kernel adds up the parts of every fourth byte in eight bits: bytes of a group, and groups.
GROUP, GROUPS = 6, 4
_MOST_GROUP = 255

Floats = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class CodeParameters:
    """The trained numbers. Immutable, safe to share between threads.

    Attributes
    ----------
    shape : ndarray of float32, (312, 48)
        What a set bit of a descriptor adds to the principal components.
    shape_zero : ndarray of float32, (48,)
        The components of a descriptor without set bits.
    mean, variance : ndarray of float32, (64, 52)
        Of the Gaussians.
    share : ndarray of float32, (64,)
        Of the minutiae in each Gaussian; sums to 1.
    projection : ndarray of int8, (3392, 192)
        The discriminating directions, each in units of `unit`.
    unit : ndarray of float32, (192,)
    origin : ndarray of float32, (192,)
        Subtracted after the projection.
    rotation : ndarray of float32, (192, 192)
        Applied last; orthonormal.
    centroids : ndarray of float32, (48, 15, 4)
        Of the product quantiser.
    middle : ndarray of float32, (192,)
        Mean of quantised vectors of many fingers.
    scatter : ndarray of float32, (192, 192)
        Their covariance.
    weight : ndarray of float32, (2, k)
        How far mated fingers stand out on average, in standard deviations of non-mated ones
        (second row), by the probe's quality (first row, ascending).
    """

    shape: Floats
    shape_zero: Floats
    mean: Floats
    variance: Floats
    share: Floats
    projection: NDArray[np.int8]
    unit: Floats
    origin: Floats
    rotation: Floats
    centroids: Floats
    middle: Floats
    scatter: Floats
    weight: Floats

    @cached_property
    def native(self) -> CodeModel:
        """The same, laid out for the kernels."""
        # In double precision, then rounded: matrix libraries differ in the last bits, and the same
        # template must have the same code on every machine.
        wide = np.float64
        mean, variance = self.mean.astype(wide), self.variance.astype(wide)
        share, rotation = self.share.astype(wide), self.rotation.astype(wide)
        deviation = np.sqrt(variance)
        linear, square = mean / variance, -0.5 / variance
        constant = np.log(share) - np.log(deviation).sum(1) - 0.5 * (mean**2 / variance).sum(1)
        root = 1.0 / np.sqrt(share)
        scale = root[:, None] / deviation
        projection = (self.projection * self.unit.astype(wide)) @ rotation
        return CodeModel(
            *(
                np.ascontiguousarray(each, np.float32)
                for each in (
                    self.shape,
                    self.shape_zero,
                    linear.T,
                    square.T,
                    constant,
                    np.pad(self.mean, ((0, 0), (0, 64 - self.mean.shape[1]))),
                    np.pad(scale, ((0, 0), (0, 64 - scale.shape[1]))),
                    self.share,
                    root,
                    projection,
                    self.origin.astype(wide) @ rotation,
                    self.centroids,
                )
            )
        )

    @cached_property
    def name(self) -> int:
        """A number that differs where the codes would: kept with an index."""
        return zlib.crc32(b"".join(getattr(self, f).tobytes() for f in _FIELDS[:-1]))

    def encode(
        self,
        data: NDArray[np.uint8],
        starts: NDArray[np.int64],
        stops: NDArray[np.int64],
        *,
        threads: int = 1,
    ) -> NDArray[np.uint8]:
        """Codes (n, 24) of n packed templates, the bytes starts[k] .. stops[k] of `data`.

        Raises
        ------
        TemplateFormatError
            If a record is damaged.
        """
        return self._run(data, starts, stops, threads, vectors=False)[0]

    def vectors(
        self,
        data: NDArray[np.uint8],
        starts: NDArray[np.int64],
        stops: NDArray[np.int64],
        *,
        threads: int = 1,
    ) -> Floats:
        """The vectors (n, 192) behind the codes, of length 1 (0 where there are no minutiae)."""
        _, found = self._run(data, starts, stops, threads, vectors=True)
        return np.empty((0, DIMENSIONS), np.float32) if found is None else found

    def decode(self, codes: NDArray[np.uint8]) -> Floats:
        """What codes (n, 24) stand for: vectors (n, 192), 0 where there is no finger."""
        parts = np.empty((len(codes), PARTS), np.uint8)
        parts[:, 0::2], parts[:, 1::2] = codes & 15, codes >> 4
        padded = np.concatenate([self.centroids, np.zeros_like(self.centroids[:, :1])], 1)
        return np.asarray(padded[np.arange(PARTS), parts].reshape(len(codes), DIMENSIONS))

    def tables(self, vectors: Floats, qualities: NDArray[np.integer[Any]]) -> NDArray[np.uint8]:
        """The kernel's tables (f, 48, 16) of one search for f fingers.

        What two vectors have in common is put in standard deviations of what the finger has in
        common with other people's, and weighed by how far a mated finger of such quality stands
        out. All fingers share one scale; an absent finger adds what a stranger's would on average.
        """
        parts = vectors.reshape(-1, PARTS, 1, DIMENSIONS // PARTS)
        alike = (parts * self.centroids).sum(3)
        alike -= (parts * self.middle.reshape(PARTS, 1, -1)).sum(3)
        spread = np.sqrt(np.einsum("fi,ij,fj->f", vectors, self.scatter, vectors))
        weight = np.interp(qualities, *self.weight) / np.maximum(spread, 1e-6)
        alike *= weight[:, None, None].astype(np.float32)
        values = np.concatenate([alike, np.zeros_like(alike[:, :, :1])], 2)
        # Values start at 0 in every part, so that eight bits hold as many steps as possible: those
        # of twelve parts, rounded up by half a step each at the most, add up to 255 or less.
        low, high = values.min(2, keepdims=True), values.max(2, keepdims=True)
        groups = (high - low).reshape(-1, GROUP, GROUPS, 2).sum((1, 3))
        steps = (_MOST_GROUP - GROUP) / max(float(groups.max()), 1e-9)
        return np.ascontiguousarray(np.rint((values - low) * steps), np.uint8)

    def _run(
        self,
        data: NDArray[np.uint8],
        starts: NDArray[np.int64],
        stops: NDArray[np.int64],
        threads: int,
        *,
        vectors: bool,
    ) -> tuple[NDArray[np.uint8], Floats | None]:
        end, codes, found = self.native.encode(
            data,
            np.ascontiguousarray(starts, np.int64),
            np.ascontiguousarray(stops, np.int64),
            threads,
            vectors,
        )
        if end < len(starts):
            raise TemplateFormatError(
                "A packed template is damaged.",
                field=f"record {end}",
                remedy="Restore it from a backup or extract it again.",
            )
        return codes, found

    def save(self, path: Path) -> None:
        """Write the parameter file: a NumPy archive with version and checksum."""
        arrays = {field: getattr(self, field) for field in _FIELDS}
        buffer = io.BytesIO()
        np.savez_compressed(buffer, allow_pickle=False, version=np.array(CODE_VERSION), **arrays)
        body = buffer.getvalue()
        path.write_bytes(_MAGIC + zlib.crc32(body).to_bytes(4, "little") + body)


_MAGIC = b"TPC\1"
_FIELDS = (
    "shape", "shape_zero", "mean", "variance", "share", "projection", "unit", "origin",
    "rotation", "centroids", "middle", "scatter", "weight",
)  # fmt: skip

#: What each array must be: its shape and kind.
_SHAPES: dict[str, tuple[tuple[int, ...], type[np.generic]]] = {
    "shape": ((312, 48), np.float32),
    "shape_zero": ((48,), np.float32),
    "mean": ((64, 52), np.float32),
    "variance": ((64, 52), np.float32),
    "share": ((64,), np.float32),
    "projection": ((3392, DIMENSIONS), np.int8),
    "unit": ((DIMENSIONS,), np.float32),
    "origin": ((DIMENSIONS,), np.float32),
    "rotation": ((DIMENSIONS, DIMENSIONS), np.float32),
    "centroids": ((PARTS, CENTROIDS, DIMENSIONS // PARTS), np.float32),
    "middle": ((DIMENSIONS,), np.float32),
    "scatter": ((DIMENSIONS, DIMENSIONS), np.float32),
}


def load_parameters(path: Path | None = None) -> CodeParameters:
    """Read a parameter file; without a path, the one in the package (read once).

    Raises
    ------
    StoreFormatError
        If it is no parameter file, or damaged.
    StoreVersionError
        If it is of another version.
    StoreError
        If it cannot be read.
    """
    if path is None:
        return _shipped()
    try:
        data = path.read_bytes()
    except OSError as error:
        raise StoreError(
            f"The parameters cannot be read: {error.strerror}.", source=path
        ) from error
    return _read(data, str(path))


def _read(data: bytes, source: str) -> CodeParameters:
    remedy = "Install tenprint again."
    if data[:3] != _MAGIC[:3] or len(data) < 8:
        raise StoreFormatError("These are not the parameters of codes.", source=source)
    if data[3:4] != _MAGIC[3:4]:
        raise StoreVersionError(f"The parameters are of version {data[3]}.", source=source)
    body = data[8:]
    if int.from_bytes(data[4:8], "little") != zlib.crc32(body):
        raise StoreFormatError("The parameters are damaged.", source=source, remedy=remedy)
    try:
        with np.load(io.BytesIO(body), allow_pickle=False) as archive:
            version = int(archive["version"])
            if version == CODE_VERSION:
                arrays = {field: archive[field] for field in _FIELDS}
    except (ValueError, TypeError, KeyError, EOFError, OSError, zipfile.BadZipFile) as error:
        raise StoreFormatError(
            "The parameters cannot be read.", source=source, remedy=remedy
        ) from error
    if version != CODE_VERSION:
        raise StoreVersionError("The parameters are of another version.", source=source)
    for field, (shape, kind) in _SHAPES.items():
        if arrays[field].shape != shape or arrays[field].dtype != kind:
            raise StoreFormatError("An array has a wrong form.", source=source, field=field)
    weight = arrays["weight"]
    if weight.dtype != np.float32 or weight.ndim != 2 or len(weight) != 2 or not weight.size:
        raise StoreFormatError("An array has a wrong form.", source=source, field="weight")
    return CodeParameters(**arrays)


_known: list[CodeParameters] = []


def _shipped() -> CodeParameters:
    if not _known:
        resource = files("tenprint.gallery") / "code.tpc"
        _known.append(_read(resource.read_bytes(), "code.tpc"))
    return _known[0]


def with_quantiser(base: CodeParameters, vectors: Floats, *, seed: int = 0) -> CodeParameters:
    """The same description of fingers, quantised as suits these vectors (n, 192) best.

    Without labels: an orthonormal rotation and the centroids are fitted in turn to the vectors
    (optimised product quantisation: T. Ge, K. He, Q. Ke & J. Sun, 2013), and the background of
    strangers is taken from them.
    """
    turned, centroids = _fit_quantiser(vectors @ base.rotation.T, seed)
    fitted = replace(base, rotation=turned, centroids=centroids)
    codes = fitted.native.quantise(np.ascontiguousarray(vectors @ base.rotation.T @ turned))
    found = fitted.decode(codes)
    return replace(
        fitted,
        middle=found.mean(0).astype(np.float32),
        scatter=np.cov(found.T).astype(np.float32),
    )


def _fit_quantiser(vectors: Floats, seed: int, rounds: int = 12) -> tuple[Floats, Floats]:
    random = np.random.default_rng(seed)
    rotation = np.linalg.qr(random.normal(size=(DIMENSIONS, DIMENSIONS)))[0].astype(np.float32)
    size = DIMENSIONS // PARTS
    picked = random.choice(len(vectors), CENTROIDS, replace=len(vectors) < CENTROIDS)
    centroids = (vectors[picked] @ rotation).reshape(CENTROIDS, PARTS, size).swapaxes(0, 1).copy()
    for turn in range(rounds):
        turned = vectors @ rotation
        decoded = np.empty_like(turned)
        for part in range(PARTS):
            own = turned[:, part * size : (part + 1) * size]
            for _ in range(20 if turn in (0, rounds - 1) else 4):
                nearest = _nearest(own, centroids[part])
                for c in range(CENTROIDS):
                    if (chosen := nearest == c).any():
                        centroids[part, c] = own[chosen].mean(0)
            decoded[:, part * size : (part + 1) * size] = centroids[part][
                _nearest(own, centroids[part])
            ]
        if turn < rounds - 1:
            left, _, right = np.linalg.svd(vectors.T @ decoded)
            rotation = (left @ right).astype(np.float32)
    return rotation, np.ascontiguousarray(centroids, np.float32)


def _nearest(vectors: Floats, centroids: Floats) -> NDArray[np.intp]:
    return np.asarray(((centroids**2).sum(1) - 2 * vectors @ centroids.T).argmin(1))
