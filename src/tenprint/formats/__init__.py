"""Bytes to model and back: images and templates in the standard formats; size-limited, fuzzed."""

from tenprint.formats._headers import media_type
from tenprint.formats._images import read_image
from tenprint.formats._packed import pack, unpack, unpack_all
from tenprint.formats._packed_many import unpack_many
from tenprint.formats._resolution import ResolutionWarning, resample
from tenprint.formats._templates import TemplateFormat, read_templates, write_templates
from tenprint.formats._view import TemplateWarning
from tenprint.formats._wsq import decode_wsq, encode_wsq, wsq_shape

__all__ = [
    "ResolutionWarning",
    "TemplateFormat",
    "TemplateWarning",
    "decode_wsq",
    "encode_wsq",
    "media_type",
    "pack",
    "read_image",
    "read_templates",
    "resample",
    "unpack",
    "unpack_all",
    "unpack_many",
    "write_templates",
    "wsq_shape",
]
