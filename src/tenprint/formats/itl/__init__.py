"""Transaction files of ANSI/NIST-ITL and EBTS: read, check, answer."""

from tenprint.formats.itl._answers import (
    Heading,
    ListedCandidate,
    action_notice,
    heading_for,
    history_response,
    image_response,
    images_updated,
    rap_sheet_response,
    rapid_response,
    search_results,
    submission_results,
    transaction_error,
)
from tenprint.formats.itl._biographics import biographics_of, type2_of
from tenprint.formats.itl._ebts import check_ebts
from tenprint.formats.itl._images import ItlImage, Segment, finger_images, itl_images
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
    "Fault",
    "Heading",
    "ItlField",
    "ItlFile",
    "ItlImage",
    "ItlRecord",
    "ListedCandidate",
    "Rule",
    "Segment",
    "TransactionType",
    "action_notice",
    "biographics_of",
    "check_ebts",
    "check_itl",
    "class_of_transaction",
    "finger_images",
    "heading_for",
    "history_response",
    "image_response",
    "images_updated",
    "itl_images",
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
