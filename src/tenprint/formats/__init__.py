"""Bytes to model and back: images and templates in the standard formats; size-limited, fuzzed."""

from tenprint.formats._images import read_image
from tenprint.formats._packed import pack, unpack
from tenprint.formats._resolution import ResolutionWarning, resample

__all__ = ["ResolutionWarning", "pack", "read_image", "resample", "unpack"]
