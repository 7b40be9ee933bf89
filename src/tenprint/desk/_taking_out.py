"""Taking people out of a transaction that stays: one that only names them, or is not done yet.

What remains is sealed anew and the old key destroyed, so that no copy of the old rows that a
database still has can be read.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from tenprint.desk._answering import people_in
from tenprint.desk._encoding import decode, encode
from tenprint.desk._found import Found
from tenprint.desk._naming import GONE
from tenprint.desk._review import go_on
from tenprint.desk._rows import all_parts, get_part
from tenprint.desk._schema import answers, cases, decisions, marks, numbers, parts, transactions
from tenprint.desk._sealing import Seal
from tenprint.desk._submission import Submission
from tenprint.desk._text import answer_text
from tenprint.formats.itl import ItlField, ItlFile, ItlRecord, read_itl, write_itl
from tenprint.records import Records


def take_out(
    records: Records, connection: Connection, row: Row[Any], people: Collection[str]
) -> None:
    """Take people out of a transaction that is kept.

    A submission that names them keeps nothing but what its answer needs, and is refused if it was
    not answered yet; a search's outcome, an answer's candidates and the cases lose theirs.
    """
    vault = records.vault
    old = Seal(vault, connection, row.vault_key, row.key)
    new = Seal.new(vault, connection, row.key)
    kept = all_parts(connection, old, row.key)
    about = "submission" in kept and not submission_names(kept["submission"]).isdisjoint(people)
    kept = _bare(kept) if about else _found_without(kept, people)
    connection.execute(delete(parts).where(parts.c.key == row.key))
    if kept:
        sealed = [
            {"key": row.key, "name": name, "data": new.close(name, data)}
            for name, data in kept.items()
        ]
        connection.execute(insert(parts), sealed)
    _rewrite_answers(connection, row, old, new, people)
    person = None if row.person in people else row.person
    values = {"vault_key": new.number, "person": person}
    connection.execute(update(transactions).where(transactions.c.key == row.key).values(values))
    vault.destroy(connection, old.number)
    mine = cases.c.key == row.key
    if not about:
        mine &= cases.c.person.in_(people)
    gone = select(cases.c.id).where(mine)
    for table in (decisions, marks):
        connection.execute(delete(table).where(table.c.case.in_(gone)))
    if connection.execute(delete(cases).where(mine)).rowcount and row.under_review and not row.todo:
        go_on(connection, row.key, records.clock())


def submission_names(plain: bytes) -> set[str]:
    """Whom a submission names."""
    found = json.loads(plain)
    named = (found["person"], found["other_person"], *found.get("other_people", ()))
    return {each for each in named if each}


def opened_answers(
    connection: Connection, row: Row[Any], seal: Seal
) -> Iterator[tuple[Row[Any], dict[str, Any]]]:
    """The answers of a transaction that are not emptied, as their rows and in plain."""
    mine = (answers.c.key == row.key) & answers.c.vault_key.is_not(None)
    for each in list(connection.execute(select(answers).where(mine))):
        yield each, json.loads(seal.open(f"answer-{each.number}", each.content))


def named_in(connection: Connection, row: Row[Any], seal: Seal) -> set[str]:
    """Everybody whom what is kept of a transaction names."""
    names = set()
    if (plain := get_part(connection, seal, row.key, "submission")) is not None:
        names |= submission_names(plain)
    if (data := get_part(connection, seal, row.key, "found")) is not None:
        names |= {each.person for each in Found.from_bytes(data).candidates}
    for _, plain_answer in opened_answers(connection, row, seal):
        names.update(people_in(plain_answer["content"]))
    return names


def _found_without(kept: Mapping[str, bytes], people: Collection[str]) -> dict[str, bytes]:
    """The parts, with people taken out of what a search has found."""
    if "found" not in kept:
        return dict(kept)
    found = Found.from_bytes(kept["found"])
    left = tuple(each for each in found.candidates if each.person not in people)
    return {**kept, "found": replace(found, candidates=left).to_bytes()}


def _bare(kept: Mapping[str, bytes]) -> dict[str, bytes]:
    """The submission alone, without the person and anything that was sent about the person."""
    of = decode(kept["submission"], lambda _: b"", pictures=False)
    bare = Submission(
        of.transaction, of.klass, of.purpose, of.operation, person=GONE, options=of.options
    )
    return encode(bare)


def _rewrite_answers(
    connection: Connection, row: Row[Any], old: Seal, new: Seal, people: Collection[str]
) -> None:
    listed = select(numbers.c.number).where(numbers.c.person.in_(people))
    known_by = {*people, *connection.execute(listed).scalars()}
    for each, plain in opened_answers(connection, row, old):
        content = _content_without(plain["content"], people)
        if content != plain["content"]:
            plain |= {"content": content, "text": answer_text(content)}
            if "ebts" in plain:
                file = _file_without(read_itl(plain["ebts"].encode("latin-1")), known_by)
                plain["ebts"] = write_itl(file).decode("latin-1")
        sealed = new.close(f"answer-{each.number}", json.dumps(plain).encode())
        values = {"vault_key": new.number, "content": sealed}
        connection.execute(update(answers).where(answers.c.id == each.id).values(values))


def _content_without(content: Mapping[str, Any], people: Collection[str]) -> dict[str, Any]:
    left = dict(content)
    if left.get("person") in people:
        del left["person"]
    kept = [each for each in left.get("candidates", ()) if each["person"] not in people]
    if gone := len(left.get("candidates", ())) - len(kept):
        left |= {"candidates": kept, "expunged": left.get("expunged", 0) + gone}
    return left


def _file_without(file: ItlFile, numbers_gone: Collection[str]) -> ItlFile:
    """A search's answer by EBTS without some of its candidates (2.064)."""
    return replace(
        file, records=tuple(_record_without(each, numbers_gone) for each in file.records)
    )


def _record_without(record: ItlRecord, numbers_gone: Collection[str]) -> ItlRecord:
    if record.type != 2:
        return record
    left: list[ItlField] = []
    for each in record.fields:
        if each.number != 64:
            left.append(each)
        elif items := [one for one in each.subfields if one[0] not in numbers_gone]:
            left.append(ItlField.of(64, items))
    return replace(record, fields=tuple(left))
