"""Answers for people: plain text, such as the record of events."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

_WIDTH = 72

#: Events with reasons rather than charges.
_CIVIL = ("check", "other-civil")

_OUTCOMES = {
    "hit": "IDENTIFIED",
    "possible": "POSSIBLE MATCH, UNDER REVIEW",
    "no-hit": "NOT IDENTIFIED",
    "done": "DONE",
    "rejected": "REJECTED",
}


def answer_text(content: Mapping[str, Any]) -> str:
    """The text of an answer's content."""
    return "\n".join(_lines(content)) + "\n"


def _lines(content: Mapping[str, Any]) -> Iterator[str]:
    yield f"{_OUTCOMES[content['outcome']]:<44}{content['class']:>28}"
    yield "=" * _WIDTH
    yield _pair("Transaction", content["transaction"])
    yield _pair("Purpose", content["purpose"])
    if content.get("under_review"):
        yield _pair("Review", "an examiner is looking; a supplement follows")
    elif "review" in content:
        yield _pair("Review", content["review"])
    if "person" in content:
        yield _pair("Person", content["person"])
    yield from _flag_lines(content)
    if "encounter" in content:
        yield _pair("Encounter", content["encounter"])
    if "entry" in content:
        yield _pair("Entry", content["entry"])
    if "verified" in content:
        yield _pair("Same person", "yes" if content["verified"] else "not shown")
    if "score" in content:
        yield _pair("Score", f"{content['score']:.1f}, one stranger in 10^{content['score']:.0f}")
    for given, found in content.get("sequence", {}).items():
        yield _pair("Out of place", f"the print given as {given} is the {found}")
    for fault in content.get("faults", ()):
        yield _pair("Fault", f"{fault['code']}, {fault['field']}: {fault['message']}")
    for each in content.get("not_searched", ()):
        kept = {True: ", kept", False: ", not kept"}.get(each.get("kept"), "")
        yield _pair("Not searched", f"{each['what']} ({each['field']}){kept}")
    for kind, count in content.get("not_given", {}).items():
        yield _pair("Not given", f"{kind}, {count} kept: an IRR holds fingers only")
    for each in content.get("candidates", ()):
        yield _pair(f"Candidate {each['rank']}", f"{each['person']}   score {each['score']:.1f}")
    if "expunged" in content:
        yield _pair("Expunged", f"candidates no longer listed: {content['expunged']}")
    if "record" in content:
        yield ""
        yield from record_lines(content["record"])


def _pair(name: str, value: object) -> str:
    return f"{name + ':':<16}{value}"


def _flag_lines(of: Mapping[str, Any]) -> Iterator[str]:
    for flag in of.get("flags", ()):
        yield _pair("ATTENTION", f"{flag['kind'].upper()}  {flag.get('note', '')}".rstrip())


def record_text(record: Mapping[str, Any]) -> str:
    """A record of events as text."""
    return "\n".join(record_lines(record)) + "\n"


def record_lines(record: Mapping[str, Any]) -> Iterator[str]:
    """A record, part by part; parts that were not told are not mentioned."""
    yield "RECORD".center(_WIDTH).rstrip()
    yield "-" * _WIDTH
    yield _pair("Person", record["person"])
    yield from _flag_lines(record)
    for number, stated in enumerate(record.get("biographics", ())):
        for name in stated.get("names", ()):
            title = "Name" if number == 0 else "Also known as"
            full = ", ".join(filter(None, (name["family"].upper(), name["given"])))
            yield _pair(title, full)
        for day in stated.get("birth_dates", ()):
            yield _pair("Born", day)
        if "sex" in stated:
            yield _pair("Sex", stated["sex"])
    for each in record.get("identifiers", ()):
        issuer = f" ({each['issuer']})" if each.get("issuer") else ""
        yield _pair("Identifier", f"{each['kind']} {each['value']}{issuer}")
    events = record.get("events")
    if events is None:
        return
    yield ""
    if not events:
        yield "No events on record."
    for number, event in enumerate(events, 1):
        seal = "  SEALED" if event.get("sealed") else ""
        yield f"{number}. {event['kind'].upper()}  {event.get('date') or 'date not stated'}{seal}"
        if event.get("agency"):
            yield _pair("   Agency", event["agency"])
        if event.get("case"):
            yield _pair("   Case", event["case"])
        for charge in event.get("charges", ()):
            yield _pair("   Reason" if event["kind"] in _CIVIL else "   Charge", charge)
        if event.get("disposition"):
            yield _pair("   Disposition", event["disposition"])
        for name, value in event.get("codes", {}).items():
            yield _pair(f"   {name}", value)
    yield "-" * _WIDTH
    yield "END OF RECORD".center(_WIDTH).rstrip()
