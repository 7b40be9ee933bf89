"""Image to template."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from tenprint.extract._leader_onnx import OnnxNetwork
from tenprint.extract._minutiae import peaks, to_minutiae
from tenprint.extract._quality import template_quality
from tenprint.extract.trace import Trace
from tenprint.model import MAX_EXTENT, Finger, FingerImage, ImageSizeError, Impression, Template

#: The network halves its input five times.
_MULTIPLE = 32


class Extractor:
    """Extracts templates with the LEADER network. Safe to share between threads."""

    def __init__(self, threads: int = 1) -> None:
        self._network = OnnxNetwork(threads)

    def extract(
        self,
        image: FingerImage,
        *,
        finger: Finger = Finger.UNKNOWN,
        impression: Impression = Impression.LIVE_SCAN_PLAIN,
        trace: Trace | None = None,
    ) -> Template:
        """The template of one image of one finger."""
        trace = trace or Trace()
        pixels = image.pixels
        height, width = pixels.shape
        if not (1 <= height <= MAX_EXTENT and 1 <= width <= MAX_EXTENT):
            raise ImageSizeError(source=image.source)
        trace.record("image", pixels)
        top, left = -height % _MULTIPLE // 2, -width % _MULTIPLE // 2
        padding = ((top, -height % _MULTIPLE - top), (left, -width % _MULTIPLE - left))
        padded = np.pad(pixels, padding, constant_values=pixels[0, 0])
        window = (slice(top, top + height), slice(left, left + width))
        position, direction, ending = (m[window] for m in self._network.run(padded))
        trace.record("position", position)
        rows, columns, probability = peaks(position)
        minutiae = to_minutiae(
            *(rows, columns, probability), direction[rows, columns], ending[rows, columns]
        )
        trace.record("minutiae", minutiae)
        quality, reason = template_quality(minutiae, pixels.size)
        return Template(minutiae, width, height, quality, finger, impression, reason)

    def extract_batch(self, images: Iterable[FingerImage]) -> list[Template]:
        """The templates of several images."""
        return [self.extract(image) for image in images]
