"""The permission table, cell by cell against tables that are kept apart from it."""

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest

from tenprint.access import AgencyKind, Caller, Part, PermissionTable, Reach, Told, check_role
from tenprint.model import AccessError, InputError, Purpose, Role, TransactionClass

GOLDEN = Path(__file__).parent / "golden"


def golden(name: str) -> Iterator[list[str]]:
    with (GOLDEN / name).open(encoding="utf-8", newline="") as stream:
        yield from csv.reader(stream)


def caller(
    kind: AgencyKind,
    roles: frozenset[Role] = frozenset(Role),
    purposes: frozenset[Purpose] = frozenset(Purpose),
) -> Caller:
    return Caller("NX0000001", kind, "officer", "session:officer", roles, purposes)


def test_who_may_submit_what() -> None:
    table, seen = PermissionTable.default(), 0
    for kind, klass, purpose, answer in golden("submit.csv"):
        cell = AgencyKind(kind), TransactionClass(klass), Purpose(purpose)
        may = {"yes": True, "no": False}[answer]
        assert table.may_submit(*cell) == may, cell
        if may:
            table.check_submit(caller(cell[0]), *cell[1:])
        else:
            with pytest.raises(AccessError):
                table.check_submit(caller(cell[0]), *cell[1:])
        seen += 1
    assert seen == len(AgencyKind) * len(TransactionClass) * len(Purpose)


def test_who_may_see_what() -> None:
    table, seen = PermissionTable.default(), 0
    for kind, purpose, part, answer in golden("see.csv"):
        found = table.may_see(caller(AgencyKind(kind)), Purpose(purpose))
        assert (Part(part) in found) == {"yes": True, "no": False}[answer], (kind, purpose, part)
        seen += 1
    assert seen == len(AgencyKind) * len(Purpose) * len(Part)


def test_who_is_told_what() -> None:
    table, seen = PermissionTable.default(), 0
    for kind, klass, answer in golden("told.csv"):
        cell = caller(AgencyKind(kind)), TransactionClass(klass)
        assert table.tells(*cell) == Told(answer), (kind, klass)
        seen += 1
    assert seen == len(AgencyKind) * len(TransactionClass)


def test_who_may_do_what_to_whose_records() -> None:
    """At the desk, and for operations that are carried out: tests/desk/test_rights.py."""
    table, seen = PermissionTable.default(), 0
    for operation, kind, answer in golden("operations.csv"):
        one = caller(AgencyKind(kind))
        assert table.reach(one, operation) == Reach(answer), (operation, kind)
        if answer != "-":
            table.check_operation(one, operation)
        else:
            with pytest.raises(AccessError) as caught:
                table.check_operation(one, operation)
            assert caught.value.field == "operation"
        seen += 1
    assert seen == len(table.operations)


def test_rules_that_any_table_of_ours_keeps() -> None:
    """What a slip in all the tables at once would still be caught by."""
    table = PermissionTable.default()
    for (kind, _), parts in table.see.items():
        if Part.SEALED in parts:
            assert kind in {AgencyKind.COURT, AgencyKind.OPERATOR}
        if kind in {AgencyKind.HUMANITARIAN, AgencyKind.IDENTITY, AgencyKind.BORDER}:
            assert Part.CRIMINAL_EVENTS not in parts
    for (kind, klass), purposes in table.submit.items():
        if klass is TransactionClass.MERGE and purposes:
            assert kind in {AgencyKind.IDENTITY, AgencyKind.OPERATOR}
        if not purposes and kind is not AgencyKind.OPERATOR:
            assert table.told[kind, klass] is Told.NOTHING
        if Purpose.HUMANITARIAN in purposes:  # who is this, and never what somebody has done
            assert klass not in {
                TransactionClass.CIVIL_CHECK,
                TransactionClass.CRIMINAL_TENPRINT,
                TransactionClass.RECORD_QUERY,
                TransactionClass.DELETE,
            }
        if Purpose.ADMINISTRATION in purposes:
            assert kind is AgencyKind.OPERATOR
    for (operation, kind), reach in table.operations.items():
        if operation in {"seal", "unseal", "seal-event", "unseal-event"}:
            assert (reach is Reach.ANY) == (kind in {AgencyKind.COURT, AgencyKind.OPERATOR})
        if operation.startswith("delete") and reach is Reach.ANY:
            assert kind is AgencyKind.OPERATOR
        if operation == "examine" and reach is Reach.ANY:
            assert kind is AgencyKind.OPERATOR


@pytest.mark.parametrize("klass", TransactionClass)
def test_roles_are_needed_as_well(klass: TransactionClass) -> None:
    table, purpose = PermissionTable.default(), Purpose.ADMINISTRATION
    queries = {
        TransactionClass.NAME_SEARCH,
        TransactionClass.RECORD_QUERY,
        TransactionClass.IMAGE_REQUEST,
    }
    needed = Role.SEARCH if klass in queries else Role.SUBMIT
    table.check_submit(caller(AgencyKind.OPERATOR, frozenset({needed})), klass, purpose)
    without = caller(AgencyKind.OPERATOR, frozenset(Role) - {needed})
    with pytest.raises(AccessError) as caught:
        table.check_submit(without, klass, purpose)
    assert caught.value.field == "role"


def test_purposes_of_the_credential_count() -> None:
    table = PermissionTable.default()
    only = caller(AgencyKind.POLICE, purposes=frozenset({Purpose.BORDER}))
    assert table.may_see(only, Purpose.CRIMINAL_JUSTICE) == frozenset()
    assert table.may_see(only, Purpose.BORDER)
    with pytest.raises(AccessError) as caught:
        table.check_submit(only, TransactionClass.ENROL, Purpose.CRIMINAL_JUSTICE)
    assert caught.value.field == "purpose"


def test_check_role() -> None:
    check_role(caller(AgencyKind.OPERATOR), Role.AUDIT)
    with pytest.raises(AccessError):
        check_role(caller(AgencyKind.OPERATOR, frozenset()), Role.AUDIT)


def test_a_deployment_replaces_rows(tmp_path: Path) -> None:
    assert PermissionTable.load(tmp_path) == PermissionTable.default()
    purposes = ",".join(Purpose)
    row = "civil," + ",".join(
        "flags" if each is Purpose.CIVIL_APPLICANT else "-" for each in Purpose
    )
    (tmp_path / "see.csv").write_text(f"kind,{purposes}\n{row}\n\n")
    table = PermissionTable.load(tmp_path)
    assert table.see[AgencyKind.CIVIL, Purpose.CIVIL_APPLICANT] == {Part.FLAGS}
    default = PermissionTable.default()
    changed = {key for key, parts in table.see.items() if parts != default.see[key]}
    assert changed == {(AgencyKind.CIVIL, Purpose.CIVIL_APPLICANT)}
    assert table.submit == default.submit
    kinds = ",".join(AgencyKind)
    own = ",".join(["own"] * len(AgencyKind))
    (tmp_path / "operations.csv").write_text(f"operation,{kinds}\nseal,{own}\n")
    table = PermissionTable.load(tmp_path)
    assert table.reach(caller(AgencyKind.OPERATOR), "seal") is Reach.OWN
    assert table.reach(caller(AgencyKind.OPERATOR), "unseal") is Reach.ANY


HEAD = "kind," + ",".join(Purpose)
NONE = ",-" * len(Purpose)


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("", "line 1"),
        ("kind,border\n", "line 1"),
        (f"{HEAD},border\n", "line 1"),
        (f"{HEAD}\ncivil,-\n", "line 2"),
        (f"{HEAD}\nnobody{NONE}\n", "line 2, border"),
        (f"{HEAD}\ncivil{NONE}\ncivil{NONE}\n", "line 3"),
        (f"{HEAD}\ncivil,everything{',-' * (len(Purpose) - 1)}\n", "line 2, border"),
    ],
)
def test_a_wrong_table_is_refused(tmp_path: Path, text: str, field: str) -> None:
    (tmp_path / "see.csv").write_text(text)
    with pytest.raises(InputError) as caught:
        PermissionTable.load(tmp_path)
    assert caught.value.field == field


@pytest.mark.parametrize(
    ("row", "field"), [("unsael,any", "line 2, police"), ("seal,all", "line 2, police")]
)
def test_a_wrong_operation_is_refused(tmp_path: Path, row: str, field: str) -> None:
    rest = ",any" * (len(AgencyKind) - 1)
    (tmp_path / "operations.csv").write_text(f"operation,{','.join(AgencyKind)}\n{row}{rest}\n")
    with pytest.raises(InputError) as caught:
        PermissionTable.load(tmp_path)
    assert caught.value.field == field


def test_a_folder_that_changes_nothing_by_a_slip_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        PermissionTable.load(tmp_path / "none")
    assert caught.value.field == "permissions"
    (tmp_path / "sea.csv").touch()
    with pytest.raises(InputError, match=r"see\.csv"):
        PermissionTable.load(tmp_path)


@pytest.mark.parametrize("content", [b"\xff\xfe", b"x" * 100_000])
def test_what_is_no_table_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "told.csv").write_bytes(content)
    with pytest.raises(InputError):
        PermissionTable.load(tmp_path)
