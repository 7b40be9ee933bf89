"""A search by prints: what it says of whom it found, and how its prints are compared."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Page, expect
from tests.console.conftest import Open
from tests.console.test_pages import COLOURS, JSON, RULES, faults
from tests.console.world import FINGERS, PASSWORD, World, enrol, image, mark_of, new, world
from tests.formats.cards import card, finger_records

from tenprint import extract
from tenprint.access import add_user, hash_password
from tenprint.audit import EventKind, read_entries
from tenprint.console._comparisons import Sent
from tenprint.console._namesakes import namesake
from tenprint.desk import Print, Submission
from tenprint.formats import TemplateFormat, read_itl, write_itl, write_templates
from tenprint.model import (
    AccessError,
    Biographics,
    Finger,
    PersonName,
    Purpose,
    Role,
    TransactionClass,
)
from tenprint.names import compare_people

THUMB, INDEX = FINGERS[:2]
FORMS = (
    TemplateFormat.ISO_2005, TemplateFormat.ISO_2011, TemplateFormat.ANSI_2004,
    TemplateFormat.ANSI_2009,
)  # fmt: skip

Files = list[tuple[str, bytes]]


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A service that is as sure of hits as services are; a border guard may search too."""
    with world(tmp_path_factory.mktemp("search") / "data", hit_fpir=1e-3) as made:
        enrol(made.desk)
        with made.desk.store.transaction() as connection:
            add_user(
                connection, "gus", "BORDER", roles=(Role.SUBMIT, Role.SEARCH),
                purposes=(Purpose.BORDER,), password_hash=hash_password(PASSWORD),
            )  # fmt: skip
        yield made


def search(town: World, files: Files, user: str = "olga") -> dict[str, Any]:
    """The JSON twin of a search's page."""
    purpose = "border" if user == "gus" else "administration"
    with town.shared(user) as client:
        fields = {"csrf": mark_of(client, "/search"), "purpose": purpose}
        sent = [("files", (name, data)) for name, data in files]
        answer = client.post("/search/prints", data=fields, files=sent)
        assert answer.status_code == 303, answer.text
        where = answer.headers["Location"]
        found: dict[str, Any] = client.get(where, headers=JSON).json()
    return {**found, "where": where, "transaction": where.rpartition("/")[2]}


def print_of(who: int, finger: Finger, named: Finger | None = None) -> tuple[str, bytes]:
    """A fresh print in a file whose name says which finger it is said to be."""
    return f"{(named or finger).label.replace(' ', '-')}.png", image(who, finger, 1)


def test_a_hit_is_explained_and_drawn(town: World, open_page: Open) -> None:
    page = open_page("olga")
    page.goto("/search")
    name, data = print_of(1, INDEX)
    page.set_input_files("#files", {"name": name, "mimeType": "image/png", "buffer": data})
    page.click("text=Search by prints")
    expect(page.get_by_role("heading", name="Ada Alder")).to_be_visible()
    assert page.locator("#found .pill.good").first.inner_text() == "hit"
    card_of = page.locator(".candidate")
    assert card_of.count() == 1
    said = card_of.inner_text()
    assert "strangers' fingers agrees as well" in said
    assert "for somebody who is not enrolled" in said
    assert "Below this line: strangers" in page.locator(".threshold").inner_text()
    drawn = card_of.locator("img")
    drawn.scroll_into_view_if_needed()
    expect(drawn).to_have_js_property("complete", True)
    assert drawn.evaluate("(each) => each.naturalWidth") > 600
    page.click("text=Compare finger by finger")
    expect(page.get_by_role("heading", name="Ada Alder")).to_be_visible()
    assert "minutiae correspond" in page.locator("figcaption").inner_text()


def test_the_twin_has_the_same_facts_and_the_log_each_look(town: World) -> None:
    found = search(town, [print_of(1, INDEX)])
    (best,) = found["found"]["above"]
    assert (best["person"], best["name"], best["standing"]) == ("P1", "Ada Alder", "hit")
    assert best["odds"].startswith("1 in ")
    assert 0 < best["fpir"] < 1e-3
    assert [each["name"] for each in best["fingers"]] == ["right index"]
    assert all(each["name"] == "" for each in found["found"]["below"])
    with town.shared("olga") as client:
        compared = client.get(best["page"], headers=JSON).json()
        assert compared["pairs"] >= 10
        assert compared["probe"]["image"] is True
        assert compared["stored"] == {**compared["stored"], "finger": "right index", "image": True}
        picture = client.get(best["picture"])
        assert picture.headers["Content-Type"] == "image/png"
        assert Image.open(io.BytesIO(picture.content)).width > 600
    town.desk.bring_log()
    with town.desk.store.reading() as connection:
        newest = read_entries(connection, limit=100)
    looks = [
        (each.outcome, each.subject, each.actor)
        for each in reversed(newest)
        if each.kind == EventKind.VIEWED
        and each.transaction == found["transaction"]
        and each.outcome != "answer"
    ]
    # The page with the name, and one comparison; the picture belongs to that.
    assert looks == [("candidate", "P1", "olga"), ("comparison", "P1", "olga")]


def test_fingers_out_of_order_are_said(town: World, open_page: Open) -> None:
    swapped = [print_of(1, THUMB, INDEX), print_of(1, INDEX, THUMB), print_of(1, FINGERS[2])]
    found = search(town, swapped)
    (best,) = found["found"]["above"]
    stored = {each["name"]: each["stored"] for each in best["fingers"]}
    assert stored == {
        "right thumb": "right index",
        "right index": "right thumb",
        "left thumb": None,
    }
    page = open_page("olga")
    page.goto(found["where"])
    expect(page.get_by_text("the print given as right thumb")).to_be_visible()
    page.goto(best["fingers"][0]["page"])
    expect(page.get_by_text("is compared with this person's right index")).to_be_visible()
    with town.shared("olga") as client:
        twin = client.get(best["fingers"][0]["page"], headers=JSON).json()
    assert twin["pairs"] >= 10
    assert twin["stored"]["finger"] == "right index"


def test_several_images_at_once_and_a_stranger(town: World, open_page: Open) -> None:
    found = search(town, [print_of(2, finger) for finger in FINGERS])
    (best,) = found["found"]["above"]
    assert best["person"] == "P2"
    assert len(best["fingers"]) == 4
    nobody = search(town, [print_of(9, INDEX)])
    assert nobody["answer"]["outcome"] == "no-hit"
    assert nobody["found"]["above"] == []
    page = open_page("olga")
    page.goto(nobody["where"])
    expect(page.get_by_role("heading", name="Nobody known")).to_be_visible()
    assert page.locator("#found .pill").first.inner_text() == "no hit"
    # On request strangers' prints can be looked at as well.
    page.get_by_role("link", name="Compare the prints").first.click()
    expect(page.locator("figcaption")).to_contain_text("correspond")


@pytest.mark.parametrize("form", FORMS)
def test_a_search_by_template(town: World, form: TemplateFormat) -> None:
    templates = [extract(image(1, finger, 1), ppi=500, finger=finger) for finger in (THUMB, INDEX)]
    data = write_templates(templates, form)
    found = search(town, [("card.fmr", data)])
    (best,) = found["found"]["above"]
    assert best["person"] == "P1"
    assert [each["name"] for each in best["fingers"]] == ["right thumb", "right index"]
    with town.shared("olga") as client:
        compared = client.get(best["page"], headers=JSON).json()
        assert compared["probe"]["image"] is False
        assert client.get(best["picture"]).status_code == 200


def test_a_search_by_an_ebts_file_only_searches(town: World) -> None:
    """A criminal card is compared, and nothing of it is kept."""
    before = town.desk.store.count()
    data = write_itl(card(finger_records(FINGERS, 7002)))
    found = search(town, [("card.eft", data)])
    (best,) = found["found"]["above"]
    assert best["person"] == "P2"
    assert found["status"]["klass"] == "tenprint-search"
    assert town.desk.store.count() == before
    with town.shared("olga") as client:
        assert client.get(best["page"], headers=JSON).json()["probe"]["image"] is True


def test_what_a_border_guard_may_see(town: World) -> None:
    """The name and the minutiae; the picture that the police took not."""
    found = search(town, [print_of(1, INDEX)], user="gus")
    (best,) = found["found"]["above"]
    assert best["name"] == "Ada Alder"
    with town.shared("gus") as client:
        compared = client.get(best["page"], headers=JSON).json()
        assert (compared["probe"]["image"], compared["stored"]["image"]) == (True, False)
        assert client.get(best["picture"]).status_code == 200
        # Whom the search did not name is not to be had by it.
        other = best["page"].replace("person=P1", "person=nobody")
        assert client.get(other, headers=JSON).status_code == 404
        assert client.get(best["page"].partition("?")[0], headers=JSON).status_code == 400
    # Somebody who only submits is told who it is, and no more.
    with town.shared("sam") as client:
        path = f"/transactions/{found['transaction']}"
        (same,) = client.get(path, headers=JSON).json()["found"]["above"]
        assert (same["person"], same["name"], same["born"]) == ("P1", "", "")
        assert client.get(best["page"], headers=JSON).json()["stored"]["image"] is False
    with town.shared("olga") as client:  # another agency's
        for path in (best["page"], best["picture"], found["where"]):
            assert client.get(path, headers=JSON).status_code == 404
    with town.shared("ann") as client:
        assert client.get(best["page"], headers=JSON).status_code == 404


def test_who_is_sealed_meanwhile_is_no_longer_shown(town: World) -> None:
    found = search(town, [print_of(2, INDEX)], user="gus")
    (best,) = found["found"]["above"]
    with town.desk.store.writing() as change:
        town.desk.records.seal(change, "P2")
    try:
        with town.shared("gus") as client:
            again = client.get(found["where"], headers=JSON).json()["found"]
            assert again["above"] == []
            assert client.get(best["page"], headers=JSON).status_code == 404
    finally:
        with town.desk.store.writing() as change:
            town.desk.records.unseal(change, "P2")


def test_pictures_of_another_submission_are_not_taken_for_its_own(town: World) -> None:
    found = search(town, [print_of(1, INDEX)], user="gus")
    other = Submission(
        found["transaction"], TransactionClass.TENPRINT_SEARCH, Purpose.BORDER, prints=()
    )
    view = town.desk.comparison(town.border, found["transaction"], "P1")
    assert [each.image for each in view.probe] == [None]
    prints = (Print(image(2, INDEX, 1), INDEX),)
    view = town.desk.comparison(
        town.border, found["transaction"], "P1", replace(other, prints=prints)
    )
    assert [each.image for each in view.probe] == [None]


def test_pictures_are_forgotten_after_a_while(town: World) -> None:
    now = [0.0]
    sent = Sent(clock=lambda: now[0])
    submission = Submission("S", TransactionClass.TENPRINT_SEARCH, Purpose.BORDER)
    sent.keep(town.border, submission)
    assert sent.get(town.border, "S") is submission
    assert sent.get(town.examiner, "S") is None
    now[0] = 901.0
    assert sent.get(town.border, "S") is None


def test_a_name_is_explained_in_words(town: World, open_page: Open) -> None:
    page = open_page("olga")
    page.goto("/search/names?given=Aida&family=Alder&purpose=administration")
    first = page.locator(".people li").first
    expect(first.get_by_role("heading")).to_have_text("Ada Alder")
    said = first.locator("p").inner_text()
    assert said.startswith(("Given name ", "Family name "))
    assert "amily name the same" in said
    assert "(Aida, Ada)" in said
    assert not any(char.isdigit() for char in said)
    expect(first.locator("details")).to_contain_text("Likeness")
    page.goto("/search/names?family=Zzyzx&purpose=administration")
    expect(page.get_by_role("heading", name="Nobody has a name")).to_be_visible()


def test_reasons_of_a_name_are_sentences() -> None:
    """Which name it is, how it is alike, and what is wrong with the date; no numbers."""
    asked = Biographics(names=(PersonName("Bob", "Bruckhurst"),), birth_dates=("1980-03-04",))
    known = Biographics(
        names=(PersonName("X", "Y"), PersonName("Robert", "Brookhurst")),
        birth_dates=("1980-04-03",),
    )
    found = {
        "person": "P",
        "score": 0.8,
        "parts": compare_people(asked, known).as_dict()["parts"],
        "biographics": [
            {
                "names": [{"given": n.given, "family": n.family} for n in known.names],
                "birth_dates": list(known.birth_dates),
            }
        ],
    }
    said = namesake(found)
    assert (said["name"], said["born"]) == ("Robert Brookhurst", "1980-04-03")
    assert said["why"] == (
        "Given name another form of the name (Bob, Robert); "
        "family name sounds alike (Bruckhurst, Brookhurst); "
        "born: day and month swapped (1980-03-04, 1980-04-03)."
    )
    bare = namesake({"person": "P", "score": 0.8, "parts": found["parts"]})  # no names told
    assert bare["name"] == ""
    assert bare["why"].startswith("Name another form of the name")


def test_files_are_dropped(open_page: Open) -> None:
    """By the browser's own event; the search then has them."""
    page = open_page("olga")
    page.goto("/search")
    name, data = print_of(1, INDEX)
    page.evaluate(
        """([name, bytes]) => {
            const carried = new DataTransfer();
            carried.items.add(new File([new Uint8Array(bytes)], name, {type: "image/png"}));
            const zone = document.querySelector("[data-drop]");
            for (const kind of ["dragenter", "dragover", "drop"])
                zone.dispatchEvent(new DragEvent(kind,
                    {dataTransfer: carried, bubbles: true, cancelable: true}));
        }""",
        [name, list(data)],
    )
    expect(page.locator("[data-files]").first).to_have_text(name)
    page.click("text=Search by prints")
    expect(page.get_by_role("heading", name="Ada Alder")).to_be_visible()


def test_a_page_that_comes_before_the_answer_brings_it(
    open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tenprint.console._find.PATIENCE", 0.0)
    page = open_page("olga")
    page.goto("/search")
    files = [
        {"name": name, "mimeType": "image/png", "buffer": data}
        for name, data in (print_of(1, finger) for finger in FINGERS)
    ]
    page.set_input_files("#files", files)  # type: ignore[arg-type]
    page.click("text=Search by prints")
    expect(page.get_by_role("heading", name="Ada Alder")).to_be_visible()


def test_without_scripts_a_search_shows_the_same(open_page: Open) -> None:
    page = open_page("olga", java_script_enabled=False)
    page.goto("/search")
    name, data = print_of(1, INDEX)
    page.set_input_files("#files", {"name": name, "mimeType": "image/png", "buffer": data})
    page.click("text=Search by prints")
    assert page.locator(".candidate h3").inner_text() == "Ada Alder"
    page.click("text=Compare finger by finger")
    assert page.locator("figure img").count() == 1


def test_an_ebts_file_is_sent_and_its_answer_taken_home(open_page: Open) -> None:
    page = open_page("olga")
    page.goto("/transactions")
    page.click("summary")
    data = write_itl(card(finger_records(FINGERS, 7001), Biographics()))
    page.set_input_files("#file", {"name": "card.eft", "mimeType": "", "buffer": data})
    name = new("ebts")
    page.fill("#transaction", name)
    page.get_by_role("button", name="Send").click()
    page.wait_for_url(f"**/transactions/{name}")
    expect(page.get_by_text("The answer as an EBTS file")).to_be_visible(timeout=30_000)
    with page.expect_download() as got:
        page.click("text=The answer as an EBTS file")
    assert got.value.suggested_filename == "answer.eft"
    answer = read_itl(got.value.path().read_bytes())
    assert answer.type_of_transaction == "SRE"
    assert answer.descriptive is not None
    assert answer.descriptive.text(59) == "I"


def test_the_result_is_accessible_and_fits_a_phone(town: World, open_page: Open) -> None:
    found = search(town, [print_of(1, finger) for finger in FINGERS])
    nobody = search(town, [print_of(9, INDEX)])
    script = Axe().axe_script
    page = open_page("olga", bypass_csp=True, reduced_motion="reduce")
    wrong: list[str] = []
    for path in (found["where"], nobody["where"], found["found"]["above"][0]["page"]):
        wrong += looked_at(page, path, script)
    assert wrong == [], "\n".join(wrong)


def looked_at(page: Page, path: str, script: str) -> list[str]:
    """What axe finds in light and dark, and what is too wide for a phone."""
    page.set_viewport_size({"width": 1100, "height": 700})
    page.goto(path)
    page.evaluate("document.querySelectorAll('details').forEach((each) => each.open = true)")
    page.evaluate(script)
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    found = [f"{path}: {each}" for each in faults(page, RULES)]
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    found += [f"{path} in the dark: {each}" for each in faults(page, COLOURS)]
    page.set_viewport_size({"width": 320, "height": 800})
    wide = page.evaluate("document.documentElement.scrollWidth")
    return found + ([f"{path} is {wide} pixels wide on 320"] if wide > 320 else [])


def test_the_tour_leads_to_what_there_is(town: World) -> None:
    """Without a case and a transaction to places where there could be some."""
    with town.shared("olga") as client:
        tour = client.get("/", headers=JSON).json()["tour"]
        assert [each["path"] for each in tour][1] == "/cases"
        for step in tour:
            assert client.get(step["path"], headers=JSON).status_code == 200, step
    search(town, [print_of(1, INDEX)], user="gus")
    with town.shared("gus") as client:
        steps = client.get("/", headers=JSON).json()["tour"]
        assert [each["title"] for each in steps] == [
            "Search by a fingerprint", "Read an answer as an agency gets it",
        ]  # fmt: skip
        assert steps[1]["path"].startswith("/transactions/console-")
        assert client.get(steps[1]["path"], headers=JSON).status_code == 200


def test_who_may_not_search_by_prints_is_not_asked_for_them(town: World) -> None:
    with town.shared("ann") as client:  # examines and searches, and submits nothing
        try:
            town.desk.permissions.check_submit(
                replace(town.examiner, roles=frozenset({Role.EXAMINE, Role.SEARCH})),
                TransactionClass.TENPRINT_SEARCH,
                Purpose.ADMINISTRATION,
            )
            allowed = True
        except AccessError:
            allowed = False
        assert ("Search by prints" in client.get("/search").text) is allowed
        first = client.get("/", headers=JSON).json()["tour"][0]["title"]
        assert first == ("Search by a fingerprint" if allowed else "Search by a name")
    with town.shared("olga") as client:
        assert "Search by prints" in client.get("/search").text
