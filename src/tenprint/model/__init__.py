"""The field's nouns, as frozen dataclasses and enums, and the one error tree.

Standard library and NumPy only; imports nothing else of tenprint.
"""

from tenprint.model.errors import (
    ConflictError,
    ImageError,
    ImageFormatError,
    ImageSizeError,
    InputError,
    NetworkWeightsError,
    NotFoundError,
    PersonExistsError,
    PersonNotFoundError,
    StoreBusyError,
    StoreError,
    StoreFormatError,
    StoreUnavailableError,
    StoreVersionError,
    TemplateError,
    TemplateFormatError,
    TemplateRangeError,
    TenprintError,
)
from tenprint.model.finger import TEN_FINGERS, Finger, Impression
from tenprint.model.image import FingerImage
from tenprint.model.template import (
    KIND_BIFURCATION,
    KIND_ENDING,
    KIND_OTHER,
    MAX_EXTENT,
    MAX_MINUTIAE,
    MINUTIA_DTYPE,
    Template,
    angle_units,
    make_minutiae,
    units_angle,
)

__all__ = [
    "KIND_BIFURCATION",
    "KIND_ENDING",
    "KIND_OTHER",
    "MAX_EXTENT",
    "MAX_MINUTIAE",
    "MINUTIA_DTYPE",
    "TEN_FINGERS",
    "ConflictError",
    "Finger",
    "FingerImage",
    "ImageError",
    "ImageFormatError",
    "ImageSizeError",
    "Impression",
    "InputError",
    "NetworkWeightsError",
    "NotFoundError",
    "PersonExistsError",
    "PersonNotFoundError",
    "StoreBusyError",
    "StoreError",
    "StoreFormatError",
    "StoreUnavailableError",
    "StoreVersionError",
    "Template",
    "TemplateError",
    "TemplateFormatError",
    "TemplateRangeError",
    "TenprintError",
    "angle_units",
    "make_minutiae",
    "units_angle",
]
