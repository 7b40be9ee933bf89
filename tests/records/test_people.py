"""People, encounters, entries: what went in comes out; the same on both databases."""

import pytest
from sqlalchemy import text
from tests.records.conftest import Clock
from tests.records.people import WHEN, encounter, event, image, who
from tests.store.people import packed_person

from tenprint.access import Part
from tenprint.gallery import Gallery
from tenprint.model import (
    Biographics,
    ConflictError,
    Finger,
    Identifier,
    InputError,
    NotFoundError,
    PersonExistsError,
    PersonNotFoundError,
)
from tenprint.records import (
    EventKind,
    Flag,
    FlagKind,
    Records,
    RecordStatus,
    Retention,
)
from tenprint.store import PersonStatus, TruthStore


def test_what_went_in_comes_out(records: Records, store: TruthStore, clock: Clock) -> None:
    flag = Flag(FlagKind.WANTED, "RU2", WHEN, None, "warrant 12")
    with store.writing() as change:
        assert records.new_person(change, "A-1", encounter(1, "e1")) == "A-1"
        assert records.add_encounter(change, "A-1", encounter(2, agency="RU2"))
        connection = change.connection
        first = records.add_event(connection, "A-1", event(1))
        second = records.add_event(connection, "A-1", event(2, EventKind.CHECK, sealed=True))
        flag = records.set_flag(connection, "A-1", flag)
        records.add_identifier(change, "A-1", Identifier("fbi", "1234ABC"))
    with store.reading() as connection:
        found = records.person(connection, "A-1")
        assert (found.id, found.number, found.status) == ("A-1", 1, RecordStatus.ACTIVE)
        assert found.created_at == clock.now
        one, two = found.encounters
        assert (one.id, one.number, one.agency, one.transaction) == ("e1", 1, "RU0000001", "T-1")
        assert (one.taken_at, one.stored_at, one.until) == (WHEN, clock.now, None)
        assert (one.biographics, one.detail) == (who(1), {"cell": "block 1"})
        assert one.galleries == ("default",)
        assert (two.number, two.agency, len(two.id)) == (2, "RU2", 32)
        assert [records.image(connection, each.file) for each in one.images] == [
            image(100).data,
            image(101).data,
        ]
        assert one.images[1].finger is Finger.RIGHT_INDEX
        assert one.images[1].detail == {"device": "scanner 101"}
        assert found.events == (first, second)
        assert (first.text, first.recorded_at) == ("took 1 umbrellas", clock.now)
        assert found.flags == (flag,)
        assert found.identifiers == (Identifier("fbi", "1234ABC"),)
        assert found.biographics == (who(1), who(2))
        assert records.person_of_number(connection, 1) == found
        assert records.status(connection, "A-1") is RecordStatus.ACTIVE
        assert records.status(connection, "A-2") is None
        for nobody in ("A-2", "A\0", ""):
            with pytest.raises(PersonNotFoundError):
                records.person(connection, nobody)
    assert [each.packed for each in store.encounters_of([1])] == [
        packed_person(1),
        packed_person(2),
    ]


def test_only_what_is_asked_for_is_read(records: Records, store: TruthStore) -> None:
    with store.writing() as change:
        records.new_person(change, "A", encounter(1, agency="X"))
        records.add_encounter(change, "A", encounter(2, agency="Y"))
        records.add_event(change.connection, "A", event(1))
        records.add_event(change.connection, "A", event(2, sealed=True))
        records.add_event(change.connection, "A", event(3, EventKind.CHECK))
        records.set_flag(change.connection, "A", Flag(FlagKind.MISSING, "X", WHEN))
        records.add_identifier(change, "A", Identifier("fbi", "1"))

    def see(*parts: Part, agency: str | None = None) -> object:
        with store.reading() as connection:
            return records.person(connection, "A", parts, agency=agency)

    bare = see()
    assert (bare.encounters, bare.events, bare.flags, bare.identifiers) == ((), (), (), ())
    assert bare.biographics == ()
    assert [e.text[5] for e in see(Part.CRIMINAL_EVENTS).events] == ["1"]
    assert [e.text[5] for e in see(Part.CIVIL_EVENTS).events] == ["3"]
    assert len(see(Part.CRIMINAL_EVENTS, Part.SEALED).events) == 2
    assert [f.kind for f in see(Part.FLAGS).flags] == [FlagKind.MISSING]
    mine = see(Part.ENCOUNTERS, agency="X").encounters
    assert [e.agency for e in mine] == ["X"]
    assert (mine[0].biographics, mine[0].images, mine[0].detail) == (Biographics(), (), {})
    others = see(Part.OTHER_AGENCIES, Part.IMAGES, agency="X").encounters
    assert [(e.agency, len(e.images)) for e in others] == [("Y", 2)]
    said = see(Part.BIOGRAPHICS).biographics
    assert [each.names for each in said] == [who(1).names, who(2).names]
    assert all(each.identifiers == () for each in said)
    numbers = see(Part.IDENTIFIERS)
    assert [each.identifiers for each in numbers.biographics] == [
        who(1).identifiers,
        who(2).identifiers,
    ]
    assert all(each.names == () for each in numbers.biographics)
    assert numbers.identifiers == (Identifier("fbi", "1"),)
    assert see(Part.BIOGRAPHICS).encounters == ()


def test_what_several_are_called_is_what_each_one_states(
    records: Records, store: TruthStore
) -> None:
    with store.writing() as change:
        for n, name in enumerate("ABCDE", 1):
            records.new_person(change, name, encounter(n))
            records.add_event(change.connection, name, event(n))
        records.add_encounter(change, "A", encounter(9))
        records.add_encounter(change, "A", encounter(1))  # says nothing new
        records.merge(change, "A", "B")
        records.seal(change, "C")
        records.expunge(change, "D", "test")
        records.set_status(change, "E", RecordStatus.INACTIVE)
    numbers = [5, 4, 3, 2, 1, 99]
    for parts in (
        frozenset(Part), {Part.BIOGRAPHICS}, {Part.IDENTIFIERS, Part.SEALED}, {Part.IDENTITY},
    ):  # fmt: skip
        alone = {}
        with store.reading() as connection:
            for number in numbers:
                try:
                    one = records.person_of_number(connection, number, parts)
                except NotFoundError:
                    continue
                if one.status is not RecordStatus.MERGED:
                    alone[number] = (one.id, one.status, one.created_at, one.biographics)
            found = records.called(connection, numbers, parts)
        assert alone == {
            number: (one.id, one.status, one.created_at, one.biographics)
            for number, one in found.items()
        }
        assert set(found) == ({1, 3, 5} if Part.SEALED in parts else {1, 5})
        assert not any(one.encounters or one.events for one in found.values())
    with store.reading() as connection:
        assert records.called(connection, []) == {}


def test_a_submission_becomes_an_encounter(records: Records, store: TruthStore) -> None:
    with store.transaction() as connection:
        key = records.add_submission(connection, encounter(1, prints=False))
        other = records.add_submission(connection, encounter(2))
    with store.transaction() as connection:
        assert records.submission_templates(connection, key) == b""
        records.set_submission_templates(connection, key, packed_person(7))
        found = records.submission(connection, key)
        assert (found.number, found.biographics, len(found.images)) == (None, who(1), 2)
        data = records.image(connection, found.images[0].file)
        assert data == image(100).data
    with store.writing() as change:
        person = records.new_person(change, None, key)
        records.add_encounter(change, person, other)
    with store.reading() as connection:
        record = records.person(connection, person)
        one, two = record.encounters
        assert (one.id, one.images, one.biographics) == (found.id, found.images, who(1))
        assert (one.number, two.number) == (1, 2)
        assert records.image(connection, one.images[0].file) == data
        with pytest.raises(NotFoundError):
            records.submission(connection, key)
    packed = [each.packed for each in store.encounters_of([record.number])]
    assert packed == [packed_person(7), packed_person(2)]


def test_a_discarded_submission_leaves_nothing(records: Records, store: TruthStore) -> None:
    with store.transaction() as connection:
        key = records.add_submission(connection, encounter(1))
    with store.transaction() as connection:
        (one, _) = records.submission(connection, key).images
        records.discard_submission(connection, key)
        records.discard_submission(connection, key)
    assert records.sweep().files == 2
    assert not records.vault.files.path(one.file).exists()
    with store.reading() as connection:
        assert connection.execute(text("SELECT count(*) FROM records_doomed")).scalar() == 0
        with pytest.raises(NotFoundError):
            records.image(connection, one.file)


def test_what_is_rolled_back_leaves_no_row(records: Records, store: TruthStore) -> None:
    with pytest.raises(TypeError), store.writing() as change:
        assert records.new_person(change, "A", encounter(1)) + 1
    with store.writing() as change:
        records.new_person(change, "B", encounter(2))
        records.add_event(change.connection, "B", event(1))
    with store.reading() as connection:
        assert records.status(connection, "A") is None
        assert len(records.person(connection, "B").events) == 1
        assert records.galleries(connection) == {"default": 1}
    assert records.sweep(orphans=True, orphan_age=0).files == 2
    with store.reading() as connection:
        kept = records.person(connection, "B").encounters[0].images
        assert [len(records.image(connection, each.file)) for each in kept] == [1000, 1000]


def test_encounters_change(records: Records, store: TruthStore) -> None:
    with store.writing() as change:
        records.new_person(change, "A", encounter(1, "e1"))
        records.add_encounter(change, "A", encounter(2, "e2"))
        with pytest.raises(ConflictError):
            records.add_encounter(change, "A", encounter(3, "e2"))
    with store.reading() as connection:
        before = records.person(connection, "A").encounters[0].images
    with store.writing() as change:
        records.update_encounter(change, "A", "e1", packed=packed_person(9), images=[image(7)])
        records.update_encounter(change, "A", "e2", biographics=who(5), detail={})
    with store.writing() as change:
        records.update_encounter(change, "A", "e2", retention=Retention.BORDER)
    with store.reading() as connection:
        one, two = records.person(connection, "A").encounters
        assert [records.image(connection, each.file) for each in one.images] == [image(7).data]
        assert one.biographics == who(1)
        assert (two.biographics, two.detail, two.retention) == (who(5), {}, Retention.BORDER)
        assert (two.until - two.stored_at).days == 7
    assert not any(records.vault.files.path(each.file).exists() for each in before)
    assert store.encounters_of([1])[0].packed == packed_person(9)
    with store.writing() as change:
        records.delete_encounter(change, "A", "e1")
        with pytest.raises(ConflictError, match="last encounter"):
            records.delete_encounter(change, "A", "e2")
        with pytest.raises(NotFoundError):
            records.delete_encounter(change, "A", "e1")
    with store.reading() as connection:
        assert [e.id for e in records.person(connection, "A").encounters] == ["e2"]


def test_status_and_galleries_reach_the_store(records: Records, store: TruthStore) -> None:
    with store.writing() as change:
        records.new_person(change, "A", encounter(1, "e1", galleries=("default", "border")))
        records.add_encounter(change, "A", encounter(2, "e2", galleries=("civil",)))

    def row() -> tuple[int, int, list[int]]:
        (found,) = store.changed_since(0, 9)
        active = [each.encounter for each in store.encounters_of([1])]
        return found.status, found.galleries, active

    assert row() == (PersonStatus.ACTIVE, 0b111, [1, 2])
    with store.writing() as change:
        records.set_encounter_status(change, "A", "e1", False)
    assert row() == (PersonStatus.ACTIVE, 0b100, [2])
    with store.writing() as change:
        records.set_encounter_status(change, "A", "e2", False)
    assert row()[0] == PersonStatus.INACTIVE
    with store.writing() as change:
        records.set_encounter_status(change, "A", "e1", True)
        records.set_galleries(change, "A", "e1", ["border"])
    assert row() == (PersonStatus.ACTIVE, 0b010, [1])
    with store.writing() as change:
        records.delete_encounter(change, "A", "e1")
    assert row()[0] == PersonStatus.INACTIVE
    with store.writing() as change:
        records.set_encounter_status(change, "A", "e2", True)
        records.seal(change, "A")
    assert row() == (PersonStatus.SEALED, 0b100, [2])
    with store.reading() as connection:
        with pytest.raises(PersonNotFoundError):
            records.person(connection, "A", [Part.BIOGRAPHICS])
        assert records.person(connection, "A").status is RecordStatus.SEALED
        assert records.galleries(connection) == {"default": 1, "border": 2, "civil": 4}
        assert records.galleries_mask(connection, ["civil", "none", "default"]) == 5
        assert records.people_in(connection, "civil") == []
    with store.writing() as change:
        records.unseal(change, "A")
        with pytest.raises(ConflictError):
            records.unseal(change, "A")
    assert row()[0] == PersonStatus.ACTIVE
    with store.reading() as connection:
        assert records.people_in(connection, "civil") == [("A", "e2")]
        with pytest.raises(NotFoundError):
            records.people_in(connection, "moon")


def test_at_most_31_galleries(records: Records, store: TruthStore) -> None:
    names = tuple(f"g{n}" for n in range(31))
    with store.writing() as change:
        records.new_person(change, "A", encounter(1, galleries=names))
        with pytest.raises(InputError, match="31 galleries"):
            records.add_encounter(change, "A", encounter(2, galleries=("more",)))
    assert store.changed_since(0, 9)[0].galleries == 2**31 - 1


def test_an_encounter_without_prints(records: Records, store: TruthStore) -> None:
    """Somebody of whom there is only a face or a name lives in the same gallery."""
    with store.writing() as change:
        records.new_person(change, "face", encounter(1, prints=False))
        records.new_person(change, "prints", encounter(2))
    if store.source.endswith(".tenprint"):
        from tests.store.people import template

        store.close()
        with Gallery.open(store.source, private_index=True) as gallery:
            probe = {Finger.RIGHT_INDEX: template(2)}
            assert [each.person for each in gallery.identify(probe, threshold=1.0)] == ["prints"]


def test_entries_change(records: Records, store: TruthStore) -> None:
    with store.writing() as change:
        records.new_person(change, "A", encounter(1))
        records.new_person(change, "B", encounter(2))
        one = records.add_event(change.connection, "A", event(1))
        flag = records.set_flag(change.connection, "A", Flag(FlagKind.WANTED, "X", WHEN))
        records.add_identifier(change, "A", Identifier("fbi", "1"))
        records.add_identifier(change, "A", Identifier("fbi", "1"))
    with store.writing() as change:
        connection = change.connection
        records.seal_event(connection, "A", one.id)
        later = records.set_flag(
            connection, "A", Flag(FlagKind.WANTED, "X", WHEN, WHEN, "r", flag.id)
        )
        for call in (records.seal_event, records.remove_event, records.remove_flag):
            for person, id in (("A", "nothing"), ("B", one.id), ("A", "\0")):  # noqa: A001
                with pytest.raises(NotFoundError):
                    call(connection, person, id)
        with pytest.raises(NotFoundError):
            records.remove_identifier(change, "A", Identifier("fbi", "2"))
    with store.reading() as connection:
        found = records.person(connection, "A")
        assert found.events[0].sealed
        assert found.flags == (later,)
        assert found.identifiers == (Identifier("fbi", "1"),)
    with store.writing() as change:
        records.remove_event(change.connection, "A", one.id)
        records.remove_flag(change.connection, "A", later.id)
        records.remove_identifier(change, "A", Identifier("fbi", "1"))
    with store.reading() as connection:
        found = records.person(connection, "A")
        assert (found.events, found.flags, found.identifiers) == ((), (), ())


def test_an_identifier_is_given_once(records: Records, store: TruthStore) -> None:
    with store.writing() as change:
        records.new_person(change, "A", encounter(1))
        with pytest.raises(PersonExistsError):
            records.new_person(change, "A", encounter(2))
    for wrong in ("", "x" * 201, "a\nb", "\udfff"):
        with pytest.raises(InputError), store.writing() as change:
            records.new_person(change, wrong, encounter(3)) if wrong else records.prepare(
                encounter(3, "x" * 201)
            )


def test_subscriptions(records: Records, store: TruthStore, clock: Clock) -> None:
    kinds = [EventKind.ARREST, EventKind.CHARGE]
    with store.writing() as change:
        records.new_person(change, "A", encounter(1))
        connection = change.connection
        end = clock.now.replace(year=2027)
        mine = records.subscribe(connection, "DMV", "A", kinds, end, "licence 7")
        late = records.subscribe(connection, "BAR", "A", kinds)
        own = records.subscribe(connection, "RU0000001", "A", kinds)

    def told(number: int, kind: EventKind = EventKind.ARREST, sealed: bool = False) -> list[str]:
        with store.transaction() as connection:
            new = records.add_event(connection, "A", event(number, kind, sealed=sealed))
            notices = records.notices_for(connection, "A", new)
        assert all(each.event == new for each in notices)
        return sorted(each.subscription.agency for each in notices)

    assert told(1) == ["BAR", "DMV"]
    assert told(2, EventKind.CUSTODY) == []
    assert told(3, sealed=True) == []
    with store.transaction() as connection:
        assert records.subscriptions(connection, "DMV") == [mine]
        records.cancel_subscription(connection, "BAR", late.id)
        records.cancel_subscription(connection, "BAR", late.id)
        with pytest.raises(NotFoundError):
            records.cancel_subscription(connection, "BAR", own.id)
        assert records.subscriptions(connection, "BAR") == []
        (old,) = records.subscriptions(connection, "BAR", active_only=False)
        assert old.cancelled_at == clock.now
    assert told(4) == ["DMV"]
    clock.pass_days(400)
    assert told(5) == []
    with pytest.raises(InputError), store.transaction() as connection:
        records.subscribe(connection, "DMV", "A", kinds, WHEN)
