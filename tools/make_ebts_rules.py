"""Writes src/tenprint/formats/itl/ebts-9.1.json from the FBI's verification file of EBTS 9.1.

The JSON holds facts alone: types of transaction with their record counts; of each field its number,
mnemonic, name, for which types it is mandatory or optional, kind of characters, length,
occurrences, allowed codes. The long descriptions stay behind.
"""

from __future__ import annotations

import argparse
import json
import re
from pathlib import Path
from typing import Any

OUT = Path(__file__).parents[1] / "src/tenprint/formats/itl/ebts-9.1.json"

# Slips of the file: EHHR is EHRR; MCS is a type of an older EBTS; two rules lack a comma.
SLIPS = {"EHHR": "EHRR", "MCS": ""}
# Items that the standard's own text calls optional where the field is there.
OPTIONAL_ITEMS = {"T1_DOM_VER", "T1_DCS_CSV", "T10_SMD_LIT", "T2_IMA_MODL", "T2_IMA_SERNO"}
OPTIONAL_ITEMS |= {f"T10_SPA_{name}" for name in ("YAWU", "PITU", "ROLU")}

# Where the file contradicts the standard and NIST's own reference files: one finger has one
# quality, there are more than nine minutiae, and RPISR has five letters.
CORRECTED = {(14, 22): {"times": "1-4"}, (9, 10): {"size": "1-3"}, (1, 4): {"size": "3-5"}}

NAME = r'"((?:[^"])*)"'
FIELD = re.compile(
    r"(?P<type>\d+)\.(?P<number>\d+):?(?:\.\.(?P<item>\d+)|\.\.\.(?P<byte>\d+))?\s+"
    r"T\d+_(?P<mnemonic>\w+)\s+(?P<chars>[A-Z]+\d?)\s+(?P<size>[\dx-]+)\s+(?P<times>[\dx-]+)\s+"
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rules", type=Path)
    text = parser.parse_args().rules.read_text(encoding="utf-8-sig")
    text = re.sub(r"\\\s*\n\s*", "", text)
    text = re.sub(r'(?:(?<=\n)|(?<=[;\s]))#[^\n"]*(?=\n)', "", text)
    head, _, body = text.partition("\nFIELDS")
    OUT.write_text(
        dump({"ebts": "9.1", "transactions": transactions(head), "fields": fields(body)})
    )


def transactions(text: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for group in re.sub(r'TRANSACTIONS\s+"[^"]*"', "", text).split(";"):
        codes = re.findall(rf"\b([A-Z]{{3,5}})\s+{NAME}", group)
        counts = dict(re.findall(r"(\d+):(\d+(?:-\d+)?)", re.sub(NAME, "", group)))
        for code, name in codes:
            found[code] = {"name": name.replace("\u2013", "-").strip(), "records": counts}
    return found


def fields(text: str) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = []
    text = re.sub(r'\s*long_desc\s*=\s*"[^"]*"', "", text)
    for found in re.finditer(rf"(?P<who>\[[MO][^\]]*\]\s*)?{FIELD.pattern}", text):
        rest = text[found.end() :].split(";")[0]
        nxt = re.search(r"\n\s*\[[MO]|\n\s*\d+\.\d+", rest)
        rest = rest[: nxt.start()] if nxt else rest
        rule = {"mnemonic": found["mnemonic"], **attributes(rest)}
        rule |= {"chars": found["chars"], "size": found["size"], "times": found["times"]}
        rule |= who(found["who"])
        full = f"T{found['type']}_{found['mnemonic']}"
        if found["item"]:
            rule["item"] = int(found["item"])
            if full in OPTIONAL_ITEMS:
                rule["optional"] = True
            made[-1].setdefault("items", []).append(rule)
        else:
            place = (int(found["type"]), int(found["number"]))
            made.append({"type": place[0], "number": place[1], **rule, **CORRECTED.get(place, {})})
    return made


def who(text: str | None) -> dict[str, Any]:
    """Mandatory and optional types of transaction; "*" is every one."""
    if not text:
        return {}
    default, *codes = re.findall(r"[A-Z]+(?:\s+[MO])?(?![A-Z])", text)
    lists: dict[str, list[str]] = {"M": [], "O": []}
    for each in codes:
        code, *own = each.split()
        code = SLIPS.get(code, code)
        if code:
            lists[own[0] if own else default].append(code)
    if not codes:
        return {"mandatory" if default == "M" else "allowed": ["*"]}
    made = {"mandatory": lists["M"], "allowed": lists["O"]}
    return {name: codes for name, codes in made.items() if codes}


def attributes(text: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if name := re.search(rf"\bdesc={NAME}", text):
        found["name"] = name[1]
    for key in ("sca", "regex", "nregex", "date", "empty", "maxlinelen"):
        if value := re.search(rf"\b{key}={NAME}", text):
            found[key] = value[1]
    if codes := re.search(rf"\b[mo]map={NAME}", text):
        parts = [each.strip() for each in re.split(r"[|\n]", codes[1]) if each.strip()]
        if ":" in codes[1] and not codes[1].startswith("file:"):
            found["codes"] = [each.partition(":")[0].strip() for each in parts]
        elif not codes[1].startswith("file:"):
            found["codes"] = list(dict.fromkeys(parts))
    if other := re.search(r'(greatereq|xor|supportedif)\("T\d+_(\w+)"\)(?:="([^"]*)")?', text):
        found[other[1]] = [other[2], other[3]] if other[3] else other[2]
    if only := re.search(r'\bif\(\d+\.\d+\.\.(\d+)\)="([^"]*)"', text):
        found["if"] = [int(only[1]), only[2]]
    return found


def dump(value: dict[str, Any]) -> str:
    """JSON with one rule a line."""

    def lines(items: list[str]) -> str:
        return ",\n  ".join(items)

    def one(each: Any) -> str:
        return json.dumps(each, ensure_ascii=True)

    types = lines([f"{one(code)}: {one(facts)}" for code, facts in value["transactions"].items()])
    rows = lines([one(each) for each in value["fields"]])
    return f'{{"ebts": "9.1",\n "transactions": {{\n  {types}\n }},\n "fields": [\n  {rows}\n ]}}\n'


if __name__ == "__main__":
    main()
