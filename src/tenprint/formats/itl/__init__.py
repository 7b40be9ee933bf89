"""Transaction files of ANSI/NIST-ITL and EBTS: read, check, answer."""

from tenprint.formats.itl._answers import (
    ListedCandidate,
    RapidFinding,
    action_notice,
    history_candidates,
    history_response,
    image_response,
    images_updated,
    rap_sheet_response,
    rapid_response,
    search_results,
    submission_results,
    transaction_error,
)
from tenprint.formats.itl._asked import Asked, asked_of
from tenprint.formats.itl._biographics import Arrest, arrest_of, biographics_of, type2_of
from tenprint.formats.itl._ebts import check_ebts
from tenprint.formats.itl._images import ItlImage, Segment, finger_images, itl_images
from tenprint.formats.itl._make import Heading, heading_for, image_record, make_itl
from tenprint.formats.itl._minutiae import ItlMinutiae, itl_minutiae, itl_templates
from tenprint.formats.itl._model import Fault, ItlField, ItlFile, ItlRecord
from tenprint.formats.itl._read import check_itl, read_itl, scan_itl, write_itl
from tenprint.formats.itl._rules import Rule, rules
from tenprint.formats.itl._transactions import (
    TransactionType,
    class_of_transaction,
    transaction_type,
    transaction_types,
)

__all__ = [
    "Arrest",
    "Asked",
    "Fault",
    "Heading",
    "ItlField",
    "ItlFile",
    "ItlImage",
    "ItlMinutiae",
    "ItlRecord",
    "ListedCandidate",
    "RapidFinding",
    "Rule",
    "Segment",
    "TransactionType",
    "action_notice",
    "arrest_of",
    "asked_of",
    "biographics_of",
    "check_ebts",
    "check_itl",
    "class_of_transaction",
    "finger_images",
    "heading_for",
    "history_candidates",
    "history_response",
    "image_record",
    "image_response",
    "images_updated",
    "itl_images",
    "itl_minutiae",
    "itl_templates",
    "make_itl",
    "rap_sheet_response",
    "rapid_response",
    "read_itl",
    "rules",
    "scan_itl",
    "search_results",
    "submission_results",
    "transaction_error",
    "transaction_type",
    "transaction_types",
    "type2_of",
    "write_itl",
]
