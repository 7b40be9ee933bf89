"""The transaction types of EBTS and what they are to the service: a table."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from tenprint.formats.itl._rules import rules
from tenprint.model import Purpose, TransactionClass


@dataclass(frozen=True)
class TransactionType:
    """One type of transaction (field 1.004).

    Attributes
    ----------
    code : str
        Such as ``CAR``.
    name : str
        As EBTS 9.1 names it.
    klass : TransactionClass or None
        What the service does with it; None: it is not served (or is an answer).
    purpose : Purpose or None
        The purpose it states by itself.
    answer : str
        The type of its answer; empty where it is not served.
    error : str
        The type of the answer when it is refused; empty of what is itself an answer.
    expedited : bool
        Whether it is answered before others of its class.
    is_answer : bool
        Whether it is itself an answer or notice.
    why_not : str
        Why it is not served, one sentence; empty where it is.
    """

    code: str
    name: str
    klass: TransactionClass | None = None
    purpose: Purpose | None = None
    answer: str = ""
    error: str = ""
    expedited: bool = False
    is_answer: bool = False
    why_not: str = ""


_C, _P = TransactionClass, Purpose
_TENPRINT = ("SRE", "ERRT")

# Class, purpose, answer and refusal of each type that is served. Classes are this service's; the
# answers are those that EBTS 9.1 names for them.
_SERVED: dict[str, tuple[TransactionClass, Purpose, str, str]] = {
    **dict.fromkeys(
        ("CAR", "CNA", "CPNU", "CPDR", "CARC", "CNAC"),
        (_C.CRIMINAL_TENPRINT, _P.CRIMINAL_JUSTICE, *_TENPRINT),
    ),
    **dict.fromkeys(
        (
            *("DOCE", "EMUF", "FANC", "FAUF", "FNDR", "NNDR", "NFAP", "NFUE", "NFUF", "MAP"),
            *("FNCC", "FUFC", "MAPC", "NFFC", "NFDP"),
        ),
        (_C.CIVIL_CHECK, _P.CIVIL_APPLICANT, *_TENPRINT),
    ),
    # Who is this? Nobody's record is asked for, nothing is kept: no background check.
    **dict.fromkeys(
        ("DEK", "DEU", "MPR", "AMN", "DEKC"), (_C.TENPRINT_SEARCH, _P.HUMANITARIAN, *_TENPRINT)
    ),
    "RPIS": (_C.BORDER_CHECK, _P.CRIMINAL_JUSTICE, "RPISR", "ERRT"),
    "TPIS": (_C.TENPRINT_SEARCH, _P.CRIMINAL_JUSTICE, "SRT", "ERRT"),
    "TPFS": (_C.TENPRINT_SEARCH, _P.CRIMINAL_JUSTICE, "SRT", "ERRT"),
    "TPRS": (_C.TENPRINT_SEARCH, _P.CRIMINAL_JUSTICE, "TPRR", "ERRT"),
    "FIS": (_C.UPDATE, _P.CRIMINAL_JUSTICE, "FISR", "ERRI"),
    "IRQ": (_C.IMAGE_REQUEST, _P.CRIMINAL_JUSTICE, "IRR", "ERRI"),
    "EQHR": (_C.RECORD_QUERY, _P.CRIMINAL_JUSTICE, "EHRR", "EQER"),
}

# Why a type is not served, and the type of its refusal.
_LATENT = "Latent prints are not searched."
_REFUSED = {
    **dict.fromkeys(("LFS", "CFS", "ELR", "LFIS", "LFFS", "ULD", "ULAC"), (_LATENT, "ERRL")),
    **dict.fromkeys(("LPNQ", "LRSQ", "LSMQ"), (_LATENT, "ERRA")),
    "CPR": ("Photographs are stored, not given out by this type.", "ERRI"),
    "CPD": ("Photographs are not deleted apart from their encounter.", "ERRI"),
}
_EXPEDITED = frozenset({"NFUE", "RPIS", "AMN", "DEU", "MPR"})


@cache
def _table() -> dict[str, TransactionType]:
    made = {}
    for code, facts in rules().transactions.items():
        klass, purpose, answer, error = _SERVED.get(code, (None, None, "", ""))
        is_answer = klass is None and code not in _REFUSED
        why, refusal = _REFUSED.get(code, ("It is an answer." if is_answer else "", error))
        made[code] = TransactionType(
            code, facts.name, klass, purpose, answer, refusal, code in _EXPEDITED, is_answer, why
        )
    return made


def transaction_type(code: str) -> TransactionType | None:
    """What a type of transaction is; None if EBTS 9.1 has none of that code."""
    return _table().get(code.strip().upper())


def transaction_types() -> list[TransactionType]:
    """All 71 types of EBTS 9.1, in its order."""
    return list(_table().values())


def class_of_transaction(code: str) -> TransactionClass | None:
    """The service's class of a type of transaction; None if it is not served.

    Parameters
    ----------
    code : str
        Field 1.004, such as ``CAR``.
    """
    found = transaction_type(code)
    return None if found is None else found.klass
