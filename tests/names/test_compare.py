"""Names and people compared."""

import csv
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.names.people import someone

from tenprint.evaluate import evaluate_name_cases
from tenprint.model import Biographics, InputError, PersonName, Sex
from tenprint.names import compare_names, compare_people, familiar_names
from tenprint.names._dates import date_likeness, date_text, pack_date
from tenprint.names._fold import fold_name
from tenprint.names._identifiers import normal_identifier
from tenprint.synth import VARIATIONS, biographics, vary_as

GOLDEN = (Path(__file__).parent / "golden.csv").read_text(encoding="utf-8")
PEOPLE = [who for _, who in biographics(0, 60)]

texts = st.text(
    st.characters(exclude_categories=("Cs", "Cc")) | st.sampled_from("abeino -'."), max_size=30
)
words = (
    "anna",
    "maria",
    "van",
    "de",
    "berg",
    "smith",
    "smyth",
    "j",
    "jc",
    "reed",
    "al",
    "bin",
    "dr",
)
latin = st.lists(st.sampled_from(words), min_size=1, max_size=6).map(" ".join)
days = st.dates().map(lambda day: pack_date(day.isoformat())) | st.integers(1000, 2100).map(
    lambda year: year * 10000
)


@pytest.mark.parametrize("row", list(csv.DictReader(GOLDEN.splitlines())), ids=str)
def test_scores_are_as_they_were(row: dict[str, str]) -> None:
    assert compare_names(row["a"], row["b"]).score == pytest.approx(float(row["score"]), abs=6e-4)


@given(texts | latin, texts | latin)
@settings(max_examples=300, deadline=None)
def test_any_two_names_compare_the_same_both_ways(a: str, b: str) -> None:
    there, back = compare_names(a, b), compare_names(b, a)
    assert there.score == back.score
    assert 0 <= there.score <= 1
    assert [(p.a, p.b, p.score) for p in there.parts] == [
        (p.b, p.a, p.score) for p in back.parts
    ] or sorted(p.score for p in there.parts) == sorted(p.score for p in back.parts)


@given(texts | latin)
@settings(deadline=None)
def test_a_name_is_itself(name: str) -> None:
    assert compare_names(name, name).score == (1 if fold_name(name).words else 0)


@given(st.sampled_from(PEOPLE), st.sampled_from(PEOPLE))
@settings(deadline=None)
def test_people_compare_the_same_both_ways(a: Biographics, b: Biographics) -> None:
    assert compare_people(a, b).score == compare_people(b, a).score
    assert compare_people(a, a).score == 1


@given(days, days)
def test_dates_compare_the_same_both_ways(a: int, b: int) -> None:
    assert date_likeness(a, b) == date_likeness(b, a)
    assert date_likeness(a, a)[0] == 1
    assert pack_date(date_text(a)) == a


@pytest.mark.parametrize("change", VARIATIONS)
def test_a_variant_is_more_alike_than_a_stranger(change: str) -> None:
    tried = 0
    for number, who in enumerate(PEOPLE):
        other = vary_as(who, change, number)
        if other is None:
            continue
        tried += 1
        stranger = PEOPLE[(number + 7) % len(PEOPLE)]
        assert compare_people(who, other).score > compare_people(stranger, other).score
    assert tried


def test_more_differences_score_less() -> None:
    names = ("John Smith", "John Smyth", "John Smythers", "John Brook", "Mary Brook")
    scores = [compare_names("John Smith", name).score for name in names]
    assert scores == sorted(scores, reverse=True)
    dates = ("1980-03-04", "1980-04-03", "1980", "1981-07-09")
    own = someone("John", "Smith", "1980-03-04")
    scores = [compare_people(own, someone("John", "Smith", day)).score for day in dates]
    assert scores == sorted(scores, reverse=True)
    assert compare_people(own, someone("John", "Smith")).score < 1


def test_sex_and_identifiers_count() -> None:
    her = someone("Kim", "Stone", sex=Sex.FEMALE, passport="AB-12 34")
    him = someone("Kim", "Stone", sex=Sex.MALE)
    unknown = someone("Kim", "Stone")
    assert compare_people(her, him).score < compare_people(her, unknown).score == 1
    married = someone("Kim", "Marsh", passport="ab1234")
    found = compare_people(her, married)
    assert found.score > 0.9
    assert found.parts[-1].kind == "identifier"
    other = someone("Kim", "Marsh", visa="ab1234")
    assert compare_people(her, other).score < 0.7


def test_the_best_of_several_names_and_dates_counts() -> None:
    who = Biographics(
        names=(PersonName("Ann", "Reed"), PersonName("Anna", "Quarry")),
        birth_dates=("1970-01-02", "1971-02-03"),
    )
    assert compare_people(who, someone("Anna", "Quarry", "1971-02-03")).score == 1


def test_nothing_in_common_to_compare() -> None:
    assert compare_people(someone("Ann", "Reed"), someone(passport="1")).score == 0
    assert compare_people(Biographics(), Biographics()).score == 0
    assert compare_names("...", "Ann").score == 0


@pytest.mark.parametrize(
    ("a", "b", "reason"),
    [
        ("Bob Reed", "Robert Reed", "nickname"),
        ("R. Reed", "Robert Reed", "initial"),
        ("JC Reed", "Jean Claude Reed", "initials"),
        ("Vandenberg Ann", "Ann van den Berg", "joined"),
        ("Philip Reed", "Filip Reed", "sound"),
        ("Ann Reed", "Ann Mary Reed", "missing"),
        ("Ann Reed", "Ann Stone", "different"),
    ],
)
def test_reasons(a: str, b: str, reason: str) -> None:
    assert reason in {part.reason for part in compare_names(a, b).parts}


def test_exchanged_fields_cost_little() -> None:
    score = compare_names(PersonName("Ann", "Reed"), PersonName("Reed", "Ann")).score
    assert 0.9 < score < 1
    assert compare_names("Ann Reed", PersonName("Ann", "Reed")).score == 1


def test_scores_are_ready_for_json() -> None:
    found = compare_people(someone("Ann", "Reed", "1980"), someone("Ann", "Reed", "1980"))
    assert found.as_dict()["score"] == 1
    assert {part["kind"] for part in found.as_dict()["parts"]} == {"name", "word", "birth-date"}


def test_identifiers_are_exact_after_normalising() -> None:
    assert normal_identifier(" ab-12/3 ") == normal_identifier("AB123")
    assert normal_identifier("AB123") != normal_identifier("AB124")
    assert normal_identifier("--") == "--"


def test_familiar_names() -> None:
    assert "bob" in familiar_names("Robert")
    assert "robert" in familiar_names("BOB")
    assert familiar_names("Kestrel") == set()


def test_labelled_pairs(shared_data: Path) -> None:
    found = evaluate_name_cases(shared_data / "names" / "cases.csv")
    for half in ("other half", "all"):
        assert found[half]["tenprint"]["f1"] > found[half]["best_other"]["f1"] + 0.05


def test_labelled_pairs_must_be_some(tmp_path: Path) -> None:
    path = tmp_path / "cases.csv"
    path.write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(InputError):
        evaluate_name_cases(path)
