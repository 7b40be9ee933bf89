"""Image to template."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from tenprint._native import LeaderNetwork
from tenprint.extract._cells import CELL, crop, finger_cells, pad
from tenprint.extract._minutiae import MIN_PROBABILITY, to_minutiae
from tenprint.extract._network import Precision, load_network
from tenprint.extract._quality import template_quality
from tenprint.extract._ridges import ridge_area
from tenprint.extract.trace import Trace
from tenprint.model import (
    MAX_EXTENT,
    MAX_MINUTIAE,
    Finger,
    FingerImage,
    ImageSizeError,
    Impression,
    Template,
    make_minutiae,
)

#: Smaller images (1.6 mm) hold no fingerprint: quality 0.
MIN_EXTENT = 32


class Extractor:
    """Extracts templates with the LEADER network.

    Method: R. Cappelli and M. Ferrara, "LEADER: Lightweight End-to-End Attention-Gated Dual
    Autoencoder for Robust Minutiae Extraction", arXiv:2602.15493, 2026; weights from the ``pyfing``
    package. Safe to share between threads; the network is loaded at the first use, once a process.

    Parameters
    ----------
    threads : int
        How many threads work on one image.
    precision : str
        ``auto``, ``float32`` or ``bfloat16``, see `Precision`.

    Raises
    ------
    ValueError
        If `threads` is below 1 or `precision` unknown.
    """

    def __init__(self, threads: int = 1, precision: str = "auto") -> None:
        if threads < 1:
            raise ValueError(f"threads is {threads}, it must be at least 1")
        self.threads = threads
        self.precision = Precision(precision)

    @cached_property
    def _network(self) -> LeaderNetwork:
        return load_network(self.precision)

    def extract(
        self,
        image: FingerImage,
        *,
        finger: Finger = Finger.UNKNOWN,
        impression: Impression = Impression.LIVE_SCAN_PLAIN,
        trace: Trace | None = None,
    ) -> Template:
        """The template of one image of one finger.

        Parameters
        ----------
        image : FingerImage
            Grey, dark ridges, 500 ppi, at most 4,095 pixels a side.
        finger, impression
            Kept in the template.
        trace : Trace, optional
            Receives ``image`` (uint8 (H, W)), ``foreground`` (bool (H, W), the part that the
            network looked at), ``position`` (float32 (H, W), probability of a minutia),
            ``minutiae``, and ``ridges`` (bool (H, W), where skin ridges were seen; for people,
            nothing depends on it).

        Returns
        -------
        Template
            At most 255 minutiae of at least 30 % confidence, best first. Quality 0 and a reason
            where the image holds no usable finger or is below 32 pixels a side.

        Raises
        ------
        ImageSizeError
            If a side is 0 or above 4,095 pixels.
        NetworkWeightsError
            If the network's weights are missing or not the expected ones.
        """
        asked = trace is not None
        trace = trace or Trace()
        pixels = image.pixels
        height, width = pixels.shape
        if not (1 <= height <= MAX_EXTENT and 1 <= width <= MAX_EXTENT):
            raise ImageSizeError(
                f"The image is {width}x{height} pixels at 500 ppi, not 1 to {MAX_EXTENT} a side.",
                source=image.source,
            )
        trace.record("image", pixels)
        if min(height, width) < MIN_EXTENT:
            reason = f"the image is only {width}x{height} pixels"
            return Template(make_minutiae([], [], []), width, height, 0, finger, impression, reason)

        padded, top, left = pad(pixels)
        cells = finger_cells(padded)
        window = (slice(top, top + height), slice(left, left + width))
        finger_area = np.kron(cells, np.ones((CELL, CELL), np.uint8))[window].astype(bool)
        trace.record("foreground", finger_area)

        position = np.zeros(padded.shape, np.float32)
        peaks = self._peaks(padded, cells, position)
        trace.record("position", position[window])

        minutiae = to_minutiae(peaks, top, left, height, width)
        trace.record("minutiae", minutiae)
        if asked:
            trace.record("ridges", ridge_area(padded)[window])
        quality, reason = template_quality(minutiae, int(finger_area.sum()))
        return Template(minutiae, width, height, quality, finger, impression, reason)

    def _peaks(
        self,
        padded: NDArray[np.uint8],
        cells: NDArray[np.uint8],
        position: NDArray[np.float32],
    ) -> NDArray[np.float32]:
        """The network's peaks; what lies around the finger is not even handed to it."""
        rows, columns = crop(cells)
        part = tuple(slice(CELL * side.start, CELL * side.stop) for side in (rows, columns))
        if rows.stop == 0:
            return np.zeros((0, 6), np.float32)
        found = np.zeros_like(position[part])
        peaks = self._network.run(
            np.ascontiguousarray(padded[part]),
            np.ascontiguousarray(cells[rows, columns]),
            MIN_PROBABILITY,
            MAX_MINUTIAE,
            self.threads,
            found,
        )
        position[part] = found
        peaks[:, 0] += part[0].start
        peaks[:, 1] += part[1].start
        return peaks

    def extract_batch(
        self,
        images: Iterable[FingerImage],
        *,
        finger: Finger = Finger.UNKNOWN,
        impression: Impression = Impression.LIVE_SCAN_PLAIN,
    ) -> list[Template]:
        """The templates of several images, in their order; see `extract`."""
        return [self.extract(image, finger=finger, impression=impression) for image in images]
