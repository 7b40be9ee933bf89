"""The documentation says what the code says, and its links lead somewhere."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import click
import pytest
import typer

import tenprint
from tenprint.cli import app
from tenprint.model import TenprintError

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
ROOMS = sorted(
    path.parent.name for path in Path(str(tenprint.__file__)).parent.glob("*/__init__.py")
)


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def commands(command: click.Command, name: str) -> Iterator[tuple[str, click.Command]]:
    """Every command with its full name, such as ``gallery delete``."""
    inner = getattr(command, "commands", None)
    if inner is None:
        yield name.strip(), command
        return
    for word, each in inner.items():
        yield from commands(each, f"{name} {word}")


ALL_COMMANDS = dict(commands(typer.main.get_command(app), ""))


def errors(kind: type[TenprintError] = TenprintError) -> Iterator[type[TenprintError]]:
    """The error tree, classes of tests and private ones left out."""
    if kind.__module__.startswith("tenprint.") and not kind.__name__.startswith("_"):
        yield kind
    for each in kind.__subclasses__():
        yield from errors(each)


def headings(text: str) -> set[str]:
    """The anchors of a page, as the usual hosts make them."""
    outside = re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE)
    titles = re.findall(r"^#+ (.+)$", outside, re.MULTILINE)
    words = (re.sub(r"[^\w\- ]", "", title.lower()) for title in titles)
    return {each.strip().replace(" ", "-") for each in words}


@pytest.mark.parametrize("name", ALL_COMMANDS)
def test_every_command_is_documented(name: str) -> None:
    page = read("docs/cli.md")
    group, _, last = name.rpartition(" ")
    together = re.search(rf"tenprint {group} [^`]*\b{last}\b", page) if group else None
    assert f"tenprint {name}" in page or together


@pytest.mark.parametrize("name", ALL_COMMANDS)
def test_every_option_is_documented(name: str) -> None:
    page = read("docs/cli.md")
    missing = [
        parameter.opts[0]
        for parameter in ALL_COMMANDS[name].params
        if parameter.opts[0].startswith("--")
        and parameter.name != "help"
        and not any(re.search(rf"(?<![\w-]){each}(?![\w-])", page) for each in parameter.opts)
    ]
    assert not missing


def test_options_in_the_documentation_exist() -> None:
    known = {
        each
        for command in ALL_COMMANDS.values()
        for parameter in command.params
        for each in (*parameter.opts, *parameter.secondary_opts)
    } | {"--help"}
    assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", read("docs/cli.md"))) <= known


def test_every_error_is_documented_as_it_is() -> None:
    rows = dict(re.findall(r"^\| `([\w-]+)` \| (.+) \|$", read("docs/errors.md"), re.MULTILINE))
    found = {kind.code: kind for kind in errors()}
    assert set(rows) - {"system"} == set(found)
    for code, kind in found.items():
        name, meaning, status, again, remedy = rows[code].split(" | ")
        assert name == f"`{kind.__name__}`"
        assert status == str(kind.http_status)
        assert again == ("yes" if kind.retryable else "no")
        assert remedy
        if kind is not TenprintError:
            assert meaning == (kind.__doc__ or "").splitlines()[0]


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
