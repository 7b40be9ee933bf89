"""The rules of EBTS, biographics, and answers."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.formats.cards import ARREST, HEADING, NOON, WHO, card, finger_records

from tenprint.formats import (
    Asked,
    Heading,
    ItlField,
    ItlFile,
    ItlRecord,
    ListedCandidate,
    RapidFinding,
    action_notice,
    arrest_of,
    asked_of,
    biographics_of,
    check_ebts,
    class_of_transaction,
    finger_images,
    heading_for,
    history_candidates,
    history_response,
    image_response,
    images_updated,
    itl,
    make_itl,
    rap_sheet_response,
    rapid_response,
    read_itl,
    rules,
    search_results,
    submission_results,
    transaction_error,
    transaction_type,
    transaction_types,
    type2_of,
    write_itl,
)
from tenprint.formats.itl import Rule
from tenprint.formats.itl._values import troubles
from tenprint.model import (
    Biographics,
    Finger,
    Identifier,
    PersonName,
    RecordError,
    Sex,
    TransactionClass,
)


@pytest.fixture(scope="module")
def good() -> ItlFile:
    """A card without a fault."""
    return read_itl(write_itl(card(finger_records([Finger.RIGHT_THUMB, Finger.RIGHT_INDEX]))))


def faults(file: ItlFile, *, strict: bool = True) -> list[tuple[str, str]]:
    return [(each.code, each.field) for each in check_ebts(file, strict=strict)]


def altered(file: ItlFile, index: int, number: int, value: object) -> ItlFile:
    """A file with another value of one field; None takes the field out."""
    record = file.records[index]
    fields = [each for each in record.fields if each.number != number]
    if value is not None:
        fields.append(ItlField.of(number, value))  # type: ignore[arg-type]
    made = ItlRecord(record.type, tuple(sorted(fields, key=lambda each: each.number)))
    return ItlFile((*file.records[:index], made, *file.records[index + 1 :]))


# The rules


@pytest.fixture(scope="module")
def text(shared_data: Path) -> str:
    """The FBI's verification file, its long descriptions cut out."""
    found = (shared_data / "ansi-nist/ebts-9.1-rules.txt").read_text(encoding="utf-8-sig")
    return re.sub(r'long_desc="[^"]*"', "", found.replace("\\\n", " "))


def test_all_transactions_are_there(text: str) -> None:
    part = text[: text.index("\nFIELDS")]
    names = {}
    pending: list[str] = []
    for line in part.splitlines():
        if found := re.match(r'\s+([A-Z]{3,5})\s+"', line):
            pending.append(found[1])
        elif found := re.match(r"\s+([\d: -]+);", line):
            counts = dict(each.split(":") for each in found[1].split())
            names |= dict.fromkeys(pending, counts)
            pending = []
    assert len(names) == 71
    assert list(names) == list(rules().transactions)
    for code, facts in rules().transactions.items():
        ours = {}
        for kinds, (low, high) in facts.records:
            key = "".join(str(kind) for kind in sorted(kinds, key=lambda k: (k != 4, k != 7, k)))
            ours[key] = str(low) if low == high else f"{low}-{high}"
        assert ours == names[code], code


def test_who_must_and_may_have_each_field_of_type_2(text: str) -> None:
    """Every type of transaction against every field, read here in another way."""
    slips = {"EHHR": "EHRR"}
    theirs: dict[tuple[str, int], str] = {}
    for head, number in re.findall(r"\n\[([^\]]+)\]\s*2\.(\d+):?\s+T2_", text):
        words = re.findall(r"\w+", head)
        default, places = words[0], words[1:] or ["*"]
        for place, after in zip(places, [*places[1:], ""], strict=True):
            if place not in ("M", "O"):
                mark = after if after in ("M", "O") else default
                theirs[slips.get(place, place), int(number)] = mark
    table = rules()
    for number in range(3, 2100):
        for tot in table.transactions:
            rule = table.rule(2, number, tot)
            ours = None if rule is None else "M" if rule.requires(tot) else "O"
            assert ours == theirs.get((tot, number)), (tot, number)


def test_every_field_has_its_characters_length_and_occurrences(text: str) -> None:
    corrected = {(14, 22), (9, 10), (1, 4)}
    pattern = (
        r"\n\s*(\d+)\.(\d+):?(?:\.\.\.\d+)?\s+T\d+_(\w+)\s+([A-Z]+\d?)\s+([\dx-]+)\s+([\dx-]+)\s"
    )
    theirs = re.findall(pattern, text)
    ours = [(key, rule) for key, each in rules().fields.items() for rule in each]
    assert len(theirs) == len(ours) > 180
    both = zip(sorted(theirs, key=lambda row: (int(row[0]), int(row[1]))), ours, strict=True)
    for (kind, number, mnemonic, chars, size, times), (key, rule) in both:
        where = (int(kind), int(number))
        assert (where, mnemonic, chars) == (key, rule.mnemonic, rule.chars)
        if where not in corrected:
            assert (words(rule.size), words(rule.times)) == (plain(size), plain(times)), where


def words(limits: tuple[int, int | None]) -> str:
    low, high = limits
    if limits == (0, None):
        return "x"
    return str(low) if low == high else f"{low}-{'x' if high is None else high}"


def plain(text: str) -> str:
    low, _, high = text.partition("-")
    return low if low == high else text


def test_what_the_service_does_with_each_type() -> None:
    served = {each.code: each.klass for each in transaction_types() if each.klass}
    assert len(transaction_types()) == 71
    assert served["CAR"] == served["CPDR"] == TransactionClass.CRIMINAL_TENPRINT
    assert served["FAUF"] == served["NFUE"] == TransactionClass.CIVIL_CHECK
    assert class_of_transaction("rpis ") == TransactionClass.BORDER_CHECK
    assert class_of_transaction("TPIS") == TransactionClass.TENPRINT_SEARCH
    assert class_of_transaction("IRQ") == TransactionClass.IMAGE_REQUEST
    assert class_of_transaction("LFS") is None
    assert class_of_transaction("XXX") is None
    assert transaction_type("XXX") is None
    for each in transaction_types():
        if each.klass:
            assert each.purpose
            assert not each.why_not
            for answer in (each.answer, each.error):
                found = transaction_type(answer)
                assert found is not None
                assert found.is_answer
        else:
            assert each.why_not
            refusal = transaction_type(each.error)
            assert (refusal is not None and refusal.is_answer) != each.is_answer


def test_the_documentation_lists_types_and_codes() -> None:
    page = (Path(__file__).parents[2] / "docs/formats.md").read_text(encoding="utf-8")
    part = page.partition("## Transaction files")[2].partition("\n## ")[0]
    rows = [line.split(" | ") for line in part.splitlines() if line.count(" | ") == 4]
    told = {}
    for types, klass, purpose, answer, error in rows[1:]:
        for code in re.findall(r"[A-Z]{3,5}", types):
            told[code] = (klass, purpose, answer[:5].strip(" ,"), error.strip(" |"))
    assert told == {
        each.code: (each.klass.value, each.purpose.value, each.answer, each.error)
        for each in transaction_types()
        if each.klass and each.purpose
    }
    for each in transaction_types():
        if not each.klass and not each.is_answer:
            assert re.search(rf"Not served:[^|]*\b{each.code}\b", part)
    sources = Path(str(itl.__file__)).parent.glob("*.py")
    code = "\n".join(path.read_text(encoding="utf-8") for path in sources)
    used = set(re.findall(r'\b(?:Fault|_note|_stop)\(\s*"([a-z-]+)"|yield "([a-z-]+)"', code))
    assert {a or b for a, b in used} == set(re.findall(r"`([a-z-]+)`", codes_of(part)))


def codes_of(page: str) -> str:
    """The left column of the table of faults."""
    rows = page.partition("| code of a fault |")[2].partition("\n\n")[0].splitlines()
    return "\n".join(row.split(" | ")[0] for row in rows)


# Checking


def test_a_good_card_has_no_fault(good: ItlFile) -> None:
    assert faults(good) == []


@pytest.mark.parametrize(
    ("index", "number", "value", "code"),
    [
        (0, 4, "XYZ", "transaction"),
        (0, 4, "car", "transaction"),
        (0, 7, "SHORT", "length"),
        (0, 8, "ZZ-TEST00", "characters"),
        (0, 9, "TOOSHORT", "length"),
        (0, 6, "0", "code"),
        (0, 5, "20260230", "date"),
        (1, 18, None, "missing-field"),
        (1, 18, "DOE7,JOHN", "characters"),
        (1, 18, "D" * 31, "length"),
        (1, 18, [["DOE,JOHN"], ["DOE,JANE"]], "occurrences"),
        (1, 18, ["DOE", "JOHN"], "items"),
        (1, 22, "19870000", "date"),
        (1, 24, "Q", "code"),
        (1, 5, "y", "code"),
        (1, 6, "DET. PUBLIC", "pattern"),
        (1, 37, "LICENCE", "field-not-allowed"),
        (1, 900, "x", "field-unknown"),
        (1, 47, [["20260302"]], "items"),
        (1, 47, [["20260302", "THEFT", "MORE"]], "items"),
        (1, 47, [["20269999", "THEFT"]], "date"),
        (1, 54, "20260101", "date"),
        (1, 84, [["1", "XX"]], "length"),
        (1, 84, [["07", "ZZ"]], "code"),
        (2, 13, "77", "code"),
        (2, 4, None, "missing-field"),
        (2, 14, [["2", "EJI"]], "field-not-allowed"),
        (2, 12, "\u00b2", "characters"),
    ],
)
def test_each_fault_has_its_code(
    good: ItlFile, index: int, number: int, value: object, code: str
) -> None:
    encoded = value.encode("utf-8") if value == "\u00b2" else value  # type: ignore[union-attr]
    file = altered(good, index, number, encoded)
    kind = file.records[index].type
    assert (code, f"record {index + 1}, {kind}.{number:03d}") in faults(file)


def test_all_faults_at_once(good: ItlFile) -> None:
    file = altered(altered(altered(good, 1, 18, None), 1, 24, "Q"), 0, 7, "X")
    assert faults(file) == [
        ("length", "record 1, 1.007"),
        ("missing-field", "record 2, 2.018"),
        ("code", "record 2, 2.024"),
    ]
    assert all(each.warning for each in check_ebts(file, strict=False))


def test_numbers_and_kinds_of_records(good: ItlFile) -> None:
    for records, tot, code in (
        ([], "CAR", "record-count"),
        (finger_records([Finger.RIGHT_INDEX]), "RPIS", "record-count"),
        (finger_records(list(Finger)[1:11]) * 2, "CAR", "record-count"),
        (finger_records([Finger.RIGHT_INDEX]), "IRQ", "record-type"),
    ):
        file = make_itl(HEADING, tot, [type2_of(WHO, tot, ARREST), *records])
        assert code in [each for each, _ in faults(file, strict=False)]
        assert any(f.code == code and not f.warning for f in check_ebts(file, strict=False))


def test_a_finger_twice_and_one_that_is_not_there() -> None:
    twice = [*finger_records([Finger.RIGHT_INDEX]), *finger_records([Finger.RIGHT_INDEX], kind=4)]
    assert ("finger-twice", "record 4, 4.004") in faults(card(twice))
    file = card(finger_records([Finger.RIGHT_INDEX, Finger.RIGHT_THUMB]))
    missing = altered(file, 1, 84, [["02", "XX"]])
    assert faults(missing) == [("amputation", "record 3, 14.013")]


def test_an_answer_refers_to_its_question(good: ItlFile) -> None:
    answer = submission_results(
        heading_for(good, "ANSWER-0001", NOON), identified=False, name=PersonName("Lina", "Stone")
    )
    assert faults(altered(answer, 0, 10, None)) == [("missing-field", "record 1, 1.010")]


@settings(max_examples=300)
@given(
    st.sampled_from([rule for each in rules().fields.values() for rule in each]),
    st.binary(max_size=60),
    st.booleans(),
)
def test_any_value_can_be_checked(rule: Rule, raw: bytes, wide: bool) -> None:
    field = ItlField(3, raw, encoding="utf-8" if wide else "ascii")
    for code, message in troubles(rule, field, "CAR", wide=wide):
        assert code
        assert message.endswith(".")


# Biographics


def test_biographics_come_back(good: ItlFile) -> None:
    found = biographics_of(good)
    assert found.names == (
        PersonName("QUINLANA MIREL", "KESTRELFORD-OST"),
        PersonName("LINA", "STONE"),
    )
    assert (found.birth_dates, found.sex) == (WHO.birth_dates, WHO.sex)
    assert found.identifiers == WHO.identifiers
    assert found.other == WHO.other
    arrest = arrest_of(good)
    assert arrest is not None
    assert arrest.date == "2026-03-03"
    assert arrest.charges == (("2026-03-02", "TRESPASS, SIMPLE"),)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (
            PersonName("Jos\u00e9 Mar\u00eda", "Garc\u00eda N\u00fa\u00f1ez"),
            "GARCIA NUNEZ,JOSE MARIA",
        ),
        (PersonName("Sean", "O'Brien"), "OBRIEN,SEAN"),
        (PersonName("Lina Stone"), "STONE,LINA"),
        (PersonName("Lina"), "LINA"),
        (PersonName(family="Li"), "LI,XX"),
        (PersonName("\u738b\u79c0\u82f1"), "UNKNOWN"),
        (PersonName("B\u00f8rge", "Stra\u00dfe"), "STRASSE,BORGE"),
    ],
)
def test_names_in_the_letters_of_ebts(name: PersonName, text: str) -> None:
    record = type2_of(Biographics((name,)), "CAR")
    assert record.text(18) == text
    assert not [f for f in check_ebts(card([])) if f.field.endswith("2.018")]


def test_unknown_people() -> None:
    record = type2_of(Biographics(), "DEU", {18: "UNKNOWN DECEASED,XX"})
    file = make_itl(HEADING, "DEU", [record])
    assert biographics_of(file).empty
    assert record.text(22) == "00000000"
    assert record.text(24) == "X"
    assert biographics_of(make_itl(HEADING, "CAR", [])).empty


def test_identifiers_find_their_fields() -> None:
    who = Biographics(
        identifiers=(
            Identifier("fbi", "123456AA7"),
            Identifier("social-security", "000-00-0000"),
            Identifier("military-of-nowhere", "1"),
            Identifier("case", "C-17", "ZZTESTPD1"),
            Identifier("navy", "55"),
        )
    )
    record = type2_of(who, "CAR")
    assert record.text(14) == "123456AA7"
    assert record.text(16) == "000000000"
    assert record.text(17) == "NS-55"
    assert record.text(9) == "C-17"
    back = biographics_of(make_itl(HEADING, "CAR", [record])).identifiers
    assert set(back) == {
        *who.identifiers[:1],
        Identifier("social-security", "000000000"),
        *who.identifiers[3:],
    }


def test_what_a_submission_asks_for(good: ItlFile) -> None:
    asked = asked_of(altered(altered(good, 1, 70, "Y"), 0, 6, "2"))
    assert asked == Asked(retain=True, record=True, priority=2)
    fields = {6: "DET PUBLIC", 14: [["P1"], ["P2"], [""]], 57: [["02"], ["13"], ["15"], ["x"]]}
    request = make_itl(HEADING, "IRQ", [ItlRecord.of(2, fields)])
    assert asked_of(request) == Asked(
        numbers=("P1", "P2"), fingers=(Finger.RIGHT_INDEX, Finger.PLAIN_RIGHT_FOUR)
    )
    every = make_itl(HEADING, "IRQ", [ItlRecord.of(2, {57: "00"})])
    assert len(asked_of(every).fingers) == 14
    assert asked_of(make_itl(HEADING, "IRQ", [])) == Asked()


def test_an_answer_can_be_written_whatever_was_asked(good: ItlFile) -> None:
    odd = good
    for number in (7, 8, 9):
        odd = altered(odd, 0, number, b"\xe9\x01 odd")
    odd = altered(odd, 1, 6, b"\xff\xfe\x02003(\x03")
    odd = altered(odd, 1, 73, b"A\x1cB")
    answer = transaction_error(heading_for(odd, "ANSWER-000001", NOON), ["No."])
    assert read_itl(write_itl(answer)).receiver == "e? odd"


texts = st.text(st.characters(codec="utf-8", exclude_characters="\x1c\x1d\x1e\x1f"), max_size=40)


numbers = st.sampled_from([9, 14, 15, 16, 17, 18, 19, 20, 22, 24, 41, 45, 47, 51])
entries = st.lists(st.lists(texts, min_size=1, max_size=3), min_size=1, max_size=4)


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(numbers, entries, max_size=5), st.sampled_from([1, 60]))
def test_any_type_2_has_biographics(values: dict[int, list[list[str]]], times: int) -> None:
    record = ItlRecord.of(2, {n: each * times for n, each in values.items()}, encoding="utf-8")
    file = make_itl(HEADING, "CAR", [record])
    found = biographics_of(file)
    arrest_of(file)
    check_ebts(file)
    write_itl(make_itl(HEADING, "CAR", [type2_of(found, "CAR")]))


people = st.builds(
    lambda given, family, dates, sex, ids, other: Biographics(
        (PersonName(given, family),), tuple(dates), sex, tuple(ids), other
    ),
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=40).filter(
        lambda text: bool(text.strip())
    ),
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=40),
    st.lists(st.dates().map(str), max_size=8),
    st.sampled_from(list(Sex)),
    st.lists(
        st.builds(
            Identifier,
            st.sampled_from(["case", "navy"]),
            st.from_regex(r"[A-Z0-9]{1,12}", fullmatch=True),
        ),
        max_size=6,
    ),
    st.dictionaries(
        st.sampled_from(["residence", "employer"]),
        st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=100),
    ),
)


@settings(max_examples=100, deadline=None)
@given(people)
def test_whoever_is_written_is_written_by_the_rules(who: Biographics) -> None:
    extra = {**ARREST, 20: "ZZ"}
    file = make_itl(HEADING, "CAR", [type2_of(who, "CAR", extra)])
    assert [
        f for f in check_ebts(read_itl(write_itl(file))) if f.field.startswith("record 2")
    ] == []


# Answers

NAME = PersonName("Quinlana", "Kestrelford-\u00d8st")
LONG = "\n".join(["IDENTITY HISTORY", "", "ARREST 1 \u2013 " + "trespass and more " * 20])


def answers(request: ItlFile) -> dict[str, ItlFile]:
    """One of each kind."""
    head = heading_for(request, "ANSWER-000001", NOON)
    listed = [ListedCandidate(f"P{n:08d}", NAME) for n in range(25)]
    images = finger_images(request)
    return {
        "SRE": submission_results(
            head, identified=True, name=NAME, number="P00000001", state_number="ZZ1", record=LONG
        ),
        "ERRT": transaction_error(head, ["A finger is there twice.", "No \u00e9 name."] * 9),
        "ERRI": transaction_error(head, ["No such person."], "ERRI"),
        "ERRA": transaction_error(head, ["Not now."], "ERRA"),
        "EQER": transaction_error(head, ["No such person."], "EQER"),
        "SRT": search_results(head, listed, images),
        "TPRR": rap_sheet_response(head, LONG),
        "RPISR": rapid_response(
            head, finding=RapidFinding.POSSIBLE, note="Under review.", numbers=["P00000001"],
            name=NAME, record=LONG, message="A supplement follows.",
        ),
        "IRR": image_response(head, number="P00000001", name=NAME, images=images),
        "NAR": action_notice(
            replace(head, reference=""), action="Arrested again (see record).",
            case_prefix="SUBSCRIPTION", case="17", title="Watched: trespass",
        ),
        "EHRR": history_response(head, number="P00000001", record=LONG),
        "EQRR": history_candidates(
            head, numbers=["P00000001", "P2"], birth_date="19870605", sex="F", race="U"
        ),
        "FISR": images_updated(head, number="P00000001", fingers=[Finger.RIGHT_THUMB], name=NAME),
    }  # fmt: skip


def test_answers_obey_the_rules(good: ItlFile) -> None:
    for tot, answer in answers(good).items():
        again = read_itl(write_itl(answer))
        assert again.type_of_transaction == tot
        assert faults(again) == []
        assert (again.sender, again.receiver) == (good.receiver, good.sender)
        assert again.header.text(10) == ("" if tot == "NAR" else good.control_number)


def test_what_answers_say(good: ItlFile) -> None:
    made = answers(good)
    sre = made["SRE"].descriptive
    assert sre is not None
    assert (sre.text(59), sre.text(18)) == ("I", "KESTRELFORD-OST,QUINLANA")
    assert max(len(line) for line in sre.text(75).split("\r\n")) <= 72
    assert "TRESPASS" in sre.text(75).upper()
    assert sre.text(73) == "ZZTESTPD1"  # as the submission said
    errt = made["ERRT"].descriptive
    assert errt is not None
    assert len(errt.items(60)) == 11
    assert errt.items(60)[-1] == ("8 more faults are not listed.",)
    srt = made["SRT"].descriptive
    assert srt is not None
    assert len(srt.items(64)) == 25
    assert srt.items(64)[0] == ("P00000000", "KESTRELFORD-OST,QUINLANA")
    sent, returned = finger_images(good), finger_images(made["IRR"])
    assert [(i.finger, i.data) for i in returned] == [(i.finger, i.data) for i in sent]


def test_an_answer_repeats_what_was_asked(good: ItlFile) -> None:
    asked = altered(altered(altered(good, 1, 6, "DET PUBLIC"), 1, 9, "CASE 17"), 1, 7, "bad")
    answer = submission_results(
        heading_for(asked, "ANSWER-000001", NOON), identified=False, name=NAME
    )
    assert faults(answer) == []
    record = answer.descriptive
    assert record is not None
    assert (record.text(6), record.text(9), record.text(7)) == ("DET PUBLIC", "CASE 17", "")
    assert record.text(59) == "N"


def test_answers_that_would_break_the_rules_are_refused(good: ItlFile) -> None:
    head = heading_for(good, "ANSWER-000001", NOON)
    with pytest.raises(RecordError, match=r"FBI"):
        submission_results(head, identified=True, name=NAME, number="MUCH-TOO-LONG-A-NUMBER")
    with pytest.raises(RecordError, match="excludes"):
        submission_results(head, identified=True, name=NAME, number="P1", civil_number="C00000001")
    with pytest.raises(RecordError):
        search_results(head, [ListedCandidate("P1", NAME)] * 26)
    with pytest.raises(RecordError):
        image_response(head, number="P1", name=NAME, images=finger_images(good) * 8)
    with pytest.raises(RecordError):
        transaction_error(head, [])
    with pytest.raises(RecordError, match="characters"):
        rap_sheet_response(head, "x y " * 60_000)


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=200), st.text(max_size=60))
@example("\x1c", "\u0301")
def test_any_text_gets_into_an_answer(text: str, note: str) -> None:
    head = Heading("ANSWER-000001", "ZZIDENT00", "ZZTESTPD1", NOON, "CARD-0000000001")
    assert faults(transaction_error(head, [text])) == []
    assert faults(rap_sheet_response(head, text)) == []
    assert faults(rapid_response(head, finding=RapidFinding.NONE, note=note)) == []
    notice = replace(head, reference="")
    made = action_notice(notice, action=text, case_prefix=note, case=text, title=note)
    assert faults(made) == []
