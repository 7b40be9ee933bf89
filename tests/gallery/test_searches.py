"""Who is found: filters, active encounters, mixed-up fingers, several searches at once."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest
from tests.gallery import towns

from tenprint import Finger, Gallery, Template
from tenprint.formats import pack
from tenprint.gallery import Whom, _plan, _search
from tenprint.gallery._plan import mirrored
from tenprint.model import (
    TEN_FINGERS,
    InputError,
    PersonExistsError,
    PersonNotFoundError,
    TemplateError,
)
from tenprint.store import Encounter, PersonStatus

PEOPLE = 40


@pytest.fixture(scope="module")
def town() -> Iterator[Gallery]:
    """Ten fingers each; nobody changes it."""
    with Gallery.open(":memory:", threads=1) as gallery:
        gallery.enroll_packed((f"P{n}", towns.packed(n, TEN_FINGERS)) for n in range(PEOPLE))
        yield gallery


@pytest.fixture
def gallery() -> Iterator[Gallery]:
    with Gallery.open(":memory:", threads=1) as opened:
        towns.fill(opened, 0, 12)
        yield opened


def probe(number: int) -> dict[Finger, Template]:
    return towns.prints(number, TEN_FINGERS, impression=1)


def test_everybody_is_found_in_the_right_order(town: Gallery) -> None:
    found = town.identify_many([probe(n) for n in range(PEOPLE)], limit=3)
    assert [each[0].person for each in found] == [f"P{n}" for n in range(PEOPLE)]
    assert not any(candidate.sequence for each in found for candidate in each)


def test_many_searches_are_the_same_as_one_by_one(town: Gallery) -> None:
    """More than share a pass; of ten fingers, of one, of unknown ones, of strangers, mixed up."""
    index = Finger.RIGHT_INDEX
    probes = [
        probe(3),
        {index: probe(4)[index]},
        probe(5)[index],
        list(probe(6).values())[:2],
        probe(1000),
        {Finger(mirrored(f)): t for f, t in probe(7).items()},
        {f: probe(8)[f] for f in (Finger.LEFT_RING, Finger.LEFT_LITTLE)},
        [replace(t, finger=Finger.UNKNOWN) for t in probe(9).values()][:3],
        {index: [probe(10)[index], towns.prints(10, (index,), 2)[index]]},
        probe(11),
        {index: probe(12)[index]},
    ]
    together = town.identify_many(probes, limit=4)
    assert together == [town.identify(each, limit=4) for each in probes]
    assert [each[0].person for n, each in enumerate(together) if n != 4] == [
        "P3", "P4", "P5", "P6", "P7", "P8", "P9", "P10", "P11", "P12"
    ]  # fmt: skip
    assert town.identify_many([]) == []


def test_two_fingers_mixed_up_are_named(town: Gallery) -> None:
    one, other = Finger.RIGHT_INDEX, Finger.RIGHT_MIDDLE
    given = probe(21)
    plain = town.identify(given)[0]
    given[one], given[other] = given[other], given[one]
    best = town.identify(given)[0]
    assert best.person == "P21"
    assert dict(best.sequence) == {one: other, other: one}
    assert {m.finger: m.enrolled for m in best.matches if m.finger in (one, other)} == {
        one: other, other: one
    }  # fmt: skip
    # As good as in the right order, but for the ten places tried for each of ten fingers.
    assert plain.score - 10.1 < best.score < plain.score
    assert {m.finger for m in best.matches if m.finger is m.enrolled} == set(TEN_FINGERS) - {
        one, other
    }  # fmt: skip


def test_swapped_hands_are_named(town: Gallery) -> None:
    """All ten on the other hand: every one is named, not only some."""
    for number in (2, 22, 33):
        turned = {Finger(mirrored(f)): t for f, t in probe(number).items()}
        best = town.identify(turned)[0]
        assert best.person == f"P{number}"
        assert dict(best.sequence) == {f: Finger(mirrored(f)) for f in TEN_FINGERS}
        # Matches and scores go by the positions given.
        assert {(m.finger, m.enrolled) for m in best.matches} == {
            (f, Finger(mirrored(f))) for f in TEN_FINGERS
        }
        right = town.identify(probe(number))[0]
        for finger, score in best.fingers.items():
            assert score <= right.fingers[Finger(mirrored(finger))] + 1e-6
        given = list(turned.values())
        for match in best.matches:
            assert given[match.probe] is turned[match.finger]


def test_swapped_index_fingers_are_named(gallery: Gallery) -> None:
    """Two of three fingers, which are each other's on the other hand."""
    given = towns.prints(4, impression=1)
    one, other = Finger.RIGHT_INDEX, Finger.LEFT_INDEX
    given[one], given[other] = given[other], given[one]
    best = gallery.identify(given)[0]
    assert (best.person, dict(best.sequence)) == ("P4", {one: other, other: one})


def test_galleries_and_statuses_filter(gallery: Gallery) -> None:
    gallery.set_galleries("P1", 2)
    gallery.set_galleries("P2", 4 | 2)
    gallery.set_galleries("P3", 2**30)
    gallery.set_status("P4", PersonStatus.INACTIVE)
    gallery.set_status("P5", PersonStatus.SEALED)

    def found(number: int, **limits: int) -> bool:
        answer = gallery.identify(towns.prints(number, impression=1), limit=100, **limits)
        names = [each.person for each in answer]
        assert (f"P{number}" not in names) or names[0] == f"P{number}"
        return f"P{number}" in names

    assert [found(n) for n in range(6)] == [True, True, True, True, False, False]
    assert [found(n, galleries=1) for n in range(6)] == [True, *[False] * 5]
    assert [found(n, galleries=2) for n in range(6)] == [False, True, True, False, False, False]
    assert [found(n, galleries=4) for n in range(6)] == [False, False, True, False, False, False]
    assert [found(3, galleries=g) for g in (2**30, 2**29, 2**30 | 1)] == [True, False, True]
    assert [found(n, statuses=2) for n in range(6)] == [False] * 4 + [True, False]
    assert [found(n, statuses=4) for n in range(6)] == [False] * 5 + [True]
    assert all(found(n, statuses=7) for n in range(6))
    assert not any(found(n, statuses=8) for n in range(6))
    gallery.set_status("P4", PersonStatus.ACTIVE)
    gallery.set_galleries("P1", 1)
    assert found(4)
    assert found(1, galleries=1)


@pytest.mark.parametrize("limits", [{"galleries": -1}, {"galleries": 2**32}, {"statuses": -1},
                                    {"statuses": 2**32}, {"galleries": 1.5}])  # fmt: skip
def test_masks_out_of_range_are_refused(gallery: Gallery, limits: dict[str, int]) -> None:
    with pytest.raises(InputError):
        gallery.identify(towns.prints(1), **limits)


def code_of(gallery: Gallery, number: int, finger: Finger) -> bytes:
    rows = towns.columns(gallery).get(f"plane{int(finger):02}")
    return b"\xff" * 24 if rows is None else bytes(rows[number - 1])


def code_alone(template: Template) -> bytes:
    with Gallery.open(":memory:", threads=1) as one:
        one.enroll("alone", {template.finger: template})
        return code_of(one, 1, template.finger)


def test_the_best_active_print_is_the_code(gallery: Gallery) -> None:
    index = Finger.RIGHT_INDEX
    prints = [
        replace(towns.prints(500 + k, (index,))[index], quality=quality)
        for k, quality in enumerate((60, 60, 40, 90))
    ]
    codes = [code_alone(each) for each in prints]
    assert len(set(codes)) == 4
    key = 13
    gallery.enroll("X", {index: [prints[2], prints[0]]})
    assert code_of(gallery, key, index) == codes[0]
    gallery.add("X", {index: prints[1]})  # the latest among equals
    assert code_of(gallery, key, index) == codes[1]
    gallery.add("X", {index: prints[3], Finger.LEFT_LITTLE: prints[0]})
    assert code_of(gallery, key, index) == codes[3]
    assert code_of(gallery, key, Finger.LEFT_LITTLE) != b"\xff" * 24
    gallery.set_active("X", 3, False)
    assert code_of(gallery, key, index) == codes[1]
    assert code_of(gallery, key, Finger.LEFT_LITTLE) == b"\xff" * 24
    assert "X" not in [each.person for each in gallery.identify({Finger.LEFT_LITTLE: prints[0]})]
    gallery.set_active("X", 2, False)
    assert code_of(gallery, key, index) == codes[0]
    best = gallery.identify({index: prints[3]}, limit=1)[0]
    assert (best.person, best.score > 4) != ("X", True)
    gallery.set_active("X", 3, True)
    assert code_of(gallery, key, index) == codes[3]
    assert gallery.identify({index: prints[3]})[0].person == "X"
    gallery.delete("X")
    assert code_of(gallery, key, index) == b"\xff" * 24


def test_nobody_twice_and_nobody_unknown(gallery: Gallery) -> None:
    before = towns.columns(gallery)
    with pytest.raises(PersonExistsError):
        gallery.enroll("P1", towns.prints(50))
    with pytest.raises(PersonExistsError):
        gallery.enroll_packed([("N1", towns.packed(50)), ("P1", towns.packed(51))])
    with pytest.raises(PersonExistsError):
        gallery.enroll_packed([("N1", towns.packed(50)), ("N1", towns.packed(51))])
    for change in (
        lambda: gallery.delete("N1"),
        lambda: gallery.set_status("N1", 1),
        lambda: gallery.set_galleries("N1", 1),
        lambda: gallery.set_active("N1", 1, False),
        lambda: gallery.add("N1", towns.prints(50)),
    ):
        with pytest.raises(PersonNotFoundError):
            change()
    assert len(gallery) == 12
    after = towns.columns(gallery)
    assert {name: rows.tobytes() for name, rows in after.items()} == {
        name: rows.tobytes() for name, rows in before.items()
    }


def with_finger(packed: bytes, finger: int) -> bytes:
    import zlib

    body = packed[:9] + bytes([finger]) + packed[10:-4]
    return body + zlib.crc32(body).to_bytes(4, "little")


def outside(packed: bytes) -> bytes:
    """A minutia outside the image, under a right checksum."""
    import zlib

    body = packed[:4] + b"\1\0\1\0" + packed[8:-4]
    return body + zlib.crc32(body).to_bytes(4, "little")


def test_packed_templates_that_cannot_be_enrolled(gallery: Gallery) -> None:
    """Nothing of their batch gets in, and the gallery goes on."""
    good = pack(towns.prints(60)[Finger.RIGHT_INDEX])
    for bad in (
        good[:-1],
        good + b"x",
        b"x",
        good[:30] + bytes([good[30] ^ 1]) + good[31:],
        outside(good),
        *(with_finger(good, finger) for finger in (11, 12, 13, 15)),
    ):
        with pytest.raises(TemplateError) as caught:
            gallery.enroll_packed([("fine", good), ("wrong", bad)])
        assert caught.value.field == "wrong"
        assert "fine" not in gallery
    assert gallery.enroll_packed([("fine", good)]) == 1
    assert gallery.identify(towns.prints(60, impression=1))[0].person == "fine"
    assert len(gallery) == 13


def test_a_template_without_minutiae_is_nobodys_code(gallery: Gallery) -> None:
    good = towns.prints(60)[Finger.RIGHT_INDEX]
    empty = pack(replace(good, minutiae=good.minutiae[:0], finger=Finger.LEFT_RING))
    gallery.enroll_packed([("X", empty + pack(good))])
    assert code_of(gallery, 13, Finger.LEFT_RING) == b"\xff" * 24
    assert code_of(gallery, 13, Finger.RIGHT_INDEX) != b"\xff" * 24
    best = gallery.identify(towns.prints(60, impression=1))[0]
    assert best.person == "X"
    ring = {Finger.LEFT_RING: replace(good, finger=Finger.LEFT_RING)}
    assert all(each.score < 4 for each in gallery.identify(ring))


def test_one_print_under_two_positions_is_one_finger(town: Gallery) -> None:
    """It matches its own place; that it would match there from the other one too says nothing."""
    index = Finger.RIGHT_INDEX
    given = probe(24)
    given[Finger.RIGHT_MIDDLE] = given[index]
    best = town.identify(given)[0]
    assert (best.person, dict(best.sequence)) == ("P24", {})
    enrolled = [match.enrolled for match in best.matches]
    assert len(enrolled) == len(set(enrolled))


def test_each_search_keeps_its_own_number_of_candidates(
    town: Gallery, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_plan, "LEAST", 3)
    monkeypatch.setattr(_plan, "SHARE", {1: 0.5, 2: 0.1})
    searcher = town._searcher()
    probes = [list(probe(5).values())[:n] for n in (2, 1, 10)]
    plans = [searcher.plan(each, PEOPLE) for each in probes]
    together = searcher.first_look(plans, Whom())
    assert [len(each) for each in together] == [4, 20, 3]
    for plan, found in zip(plans, together, strict=True):
        assert searcher.first_look([plan], Whom())[0].tolist() == found.tolist()


def test_nobody_else_is_looked_at_where_the_first_are_sure(
    town: Gallery, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stranger is compared with all that the scan brings, as without that rule."""
    monkeypatch.setattr(_plan, "LEAST", 20)
    monkeypatch.setattr(_search, "FEW", 4)
    searcher = town._searcher()
    asked: list[int] = []

    def fetch(ids: Sequence[int]) -> Sequence[Encounter]:
        asked.append(len(ids))
        return searcher.fetch(ids)

    counted = replace(searcher, fetch=fetch)
    known, stranger = (list(probe(n).values()) for n in (7, 1000))
    (first,) = counted.search([known], PEOPLE, Whom(), limit=2, swapped=False)
    assert (first[0][0], asked) == (8, [4])
    (none,) = counted.search([stranger], PEOPLE, Whom(), limit=2, swapped=False)
    assert asked == [4, 4, 20]
    monkeypatch.setattr(_search, "FEW", PEOPLE)
    (all_twenty,) = searcher.search([known], PEOPLE, Whom(), limit=2, swapped=False)
    assert all_twenty[0] == first[0]
    assert searcher.search([stranger], PEOPLE, Whom(), limit=2, swapped=False) == [none]
