"""The rules of EBTS 9.1 as data: types of transaction, fields, characters, lengths, occurrences.

`ebts-9.1.json` is made by tools/make_ebts_rules.py from the FBI's verification file
(IAFIS-DOC-01078-9.1, 25 May 2010).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

Range = tuple[int, int | None]  # least and most, None for no limit

EVERY = "*"


@dataclass(frozen=True)
class Rule:
    """What one field, or one item of it, must be.

    `mandatory` and `allowed` are types of transaction; ``*`` is every one. `chars` is A, N, AN
    with S for the special characters `special` (None: any printable one).
    """

    mnemonic: str
    name: str
    chars: str
    size: Range
    times: Range
    mandatory: frozenset[str]
    allowed: frozenset[str]
    more: Mapping[str, Any]
    items: tuple[Rule, ...] = ()

    def requires(self, tot: str) -> bool:
        """Whether a file of that type must have it."""
        return EVERY in self.mandatory or tot in self.mandatory

    def allows(self, tot: str) -> bool:
        """Whether a file of that type may have it."""
        return self.requires(tot) or EVERY in self.allowed or tot in self.allowed


@dataclass(frozen=True)
class Facts:
    """A type of transaction: its name, and how many records of which types it has.

    Types 4 and 14 are counted together, and so are 7 and 13.
    """

    name: str
    records: tuple[tuple[tuple[int, ...], Range], ...]


@dataclass(frozen=True)
class Rules:
    """All of them: `fields` by record type and field number, each with a rule for some types."""

    transactions: Mapping[str, Facts]
    fields: Mapping[tuple[int, int], tuple[Rule, ...]]

    def rule(self, kind: int, number: int, tot: str) -> Rule | None:
        """The rule of a field in a transaction of type `tot`; None if it has no such field."""
        return next((r for r in self.fields.get((kind, number), ()) if r.allows(tot)), None)

    def mnemonic(self, kind: int, number: int) -> str:
        """Such as ``NAM``; empty where EBTS names none."""
        found = self.fields.get((kind, number))
        return found[0].mnemonic if found else ""

    def number(self, kind: int, mnemonic: str) -> int | None:
        """The field of that mnemonic."""
        for (each, number), found in self.fields.items():
            if each == kind and found[0].mnemonic == mnemonic:
                return number
        return None


_GROUPS = {"414": (4, 14), "713": (7, 13)}


@cache
def rules() -> Rules:
    """The rules, read once."""
    text = files("tenprint.formats.itl").joinpath("ebts-9.1.json").read_text(encoding="utf-8")
    data = json.loads(text)
    transactions = {
        code: Facts(
            each["name"],
            tuple(
                (_GROUPS.get(kind, (int(kind),)), _range(times))
                for kind, times in each["records"].items()
            ),
        )
        for code, each in data["transactions"].items()
    }
    fields: dict[tuple[int, int], list[Rule]] = {}
    for each in data["fields"]:
        fields.setdefault((each["type"], each["number"]), []).append(_rule(each))
    return Rules(transactions, {key: tuple(each) for key, each in fields.items()})


def _rule(data: dict[str, Any]) -> Rule:
    known = {"mnemonic", "name", "chars", "size", "times", "mandatory", "allowed", "items"}
    return Rule(
        data["mnemonic"],
        data.get("name", data["mnemonic"]),
        data["chars"],
        _range(data["size"]),
        _range(data["times"]),
        frozenset(data.get("mandatory", ())),
        frozenset(data.get("allowed", ())),
        {key: value for key, value in data.items() if key not in known},
        tuple(_rule(each) for each in data.get("items", ())),
    )


def _range(text: str) -> Range:
    if text == "x":
        return 0, None
    low, _, high = text.partition("-")
    return int(low), int(low) if not high else None if high == "x" else int(high)
