"""The documentation says what the code says, and its links lead somewhere."""

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest
import typer

import tenprint
from tenprint.cli import app

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
ROOMS = sorted(
    path.parent.name for path in Path(str(tenprint.__file__)).parent.glob("*/__init__.py")
)


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def headings(text: str) -> set[str]:
    """The anchors of a page, as the usual hosts make them."""
    outside = re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE)
    titles = re.findall(r"^#+ (.+)$", outside, re.MULTILINE)
    words = (re.sub(r"[^\w\- ]", "", title.lower()) for title in titles)
    return {each.strip().replace(" ", "-") for each in words}


def shown() -> Iterator[tuple[str, list[str]]]:
    """Every call of the command line in a shell block, and the page that shows it."""
    for page in PAGES:
        text = page.read_text(encoding="utf-8").replace("\\\n", " ")
        for block in re.findall(r"^ *```sh\n(.*?)^ *```", text, re.DOTALL | re.MULTILINE):
            for command in re.split(r"\n|[|;]", block):
                words = shlex.split(command, comments=True)
                while words and re.match(r"\w+=", words[0]):  # a variable for the command
                    words.pop(0)
                if words and Path(words[0]).name == "tenprint":
                    yield page.name, words[1:]


def test_commands_shown_exist_with_their_options() -> None:
    wrong = []
    calls = list(shown())
    for page, words in calls:
        command, rest = typer.main.get_command(app), list(words)
        while rest and rest[0] in getattr(command, "commands", {}):
            command = command.commands[rest.pop(0)]
        known = {each for p in command.params for each in (*p.opts, *p.secondary_opts)}
        unknown = {word.partition("=")[0] for word in rest if word.startswith("-")} - known
        if unknown or hasattr(command, "commands"):
            wrong.append((page, words))
    assert len(calls) > 50
    assert wrong == []


@pytest.mark.parametrize("room", ROOMS)
def test_every_room_is_on_the_map(room: str) -> None:
    map_of_rooms = read("ARCHITECTURE.md").partition("## The rooms")[2].partition("\n## ")[0]
    line = next((row for row in map_of_rooms.splitlines() if f"`{room}`" in row), "")
    assert line
    text = (Path(str(tenprint.__file__)).parent / room / "__init__.py").read_text(encoding="utf-8")
    empty = "Nothing is built here yet" in text
    named_empty = re.search(rf"`{room}`[^`]*\bempty\b", line, re.IGNORECASE) is not None
    assert named_empty == empty


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    broken = []
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = unquote(target).partition("#")
        file = (page.parent / path).resolve() if path else page
        known = file.exists() and file.is_relative_to(ROOT)
        if not known or (anchor and anchor not in headings(file.read_text(encoding="utf-8"))):
            broken.append(target)
    assert not broken


def test_every_page_is_reached_from_the_readme() -> None:
    linked = set(re.findall(r"\]\(([^)#\s]+)", read("README.md")))
    assert {page.relative_to(ROOT).as_posix() for page in PAGES} - linked == {"README.md"}


def test_pictures_are_small_and_shown() -> None:
    pages = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
    for picture in (ROOT / "docs/images").glob("*"):
        assert picture.stat().st_size < 300_000
        assert f"images/{picture.name})" in pages


def test_the_readme_example_works(tmp_path: Path) -> None:
    example = re.search(r"```python\n(.*?)```", read("README.md"), re.DOTALL)
    assert example
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", example[1]],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1] == "A-17"


def test_make_targets_are_told() -> None:
    targets = re.findall(r"^\.PHONY: (.+)$", read("Makefile"), re.MULTILINE)[0].split()
    pages = read("README.md") + read("CONTRIBUTING.md")
    assert [each for each in targets if f"make {each}" not in pages] == []
