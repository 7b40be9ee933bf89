"""The reference is what the code says, and the code says something of everything in it."""

import copy
import re
import runpy
from pathlib import Path
from typing import Any

import pytest
import typer

from tenprint.api._osia._errors import CODES
from tenprint.api._osia._routes import PREFIX, routes
from tenprint.model import TenprintError

ROOT = Path(__file__).parents[1]
TOOL: dict[str, Any] = runpy.run_path(str(ROOT / "tools/make_reference.py"))
PAGES: dict[str, str] = TOOL["pages"]()
undocumented = TOOL["undocumented"]


@pytest.mark.parametrize("name", PAGES)
def test_the_reference_is_up_to_date(name: str) -> None:
    written = (ROOT / "docs/reference" / name).read_text(encoding="utf-8")
    assert written == PAGES[name], "run make reference"


def test_the_page_on_osia_lists_every_operation_and_code() -> None:
    page = (ROOT / "docs/osia.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `\w+` \| `([A-Z]+) (\S+)` \|", page, re.MULTILINE)
    nothing: Any = None  # the routes alone are looked at
    found = [(*each.methods - {"HEAD"}, each.path) for each in routes(nothing, nothing)]
    assert sorted((method, PREFIX + path) for method, path in rows) == sorted(found)
    codes = re.findall(r"^\| (\d{5}) \| `([\w-]+)` \|$", page, re.MULTILINE)
    assert {word: int(number) for number, word in codes} == CODES


def test_nothing_else_lies_there() -> None:
    assert {each.name for each in (ROOT / "docs/reference").iterdir()} == set(PAGES)


def test_everything_says_what_it_is() -> None:
    assert list(undocumented()) == []


def test_a_command_or_option_without_words_is_found() -> None:
    app = typer.Typer()

    @app.command()
    def silent(loud: bool = False) -> None: ...

    @app.command()
    def told(loud: bool = typer.Option(False, help="Shout.")) -> None:
        """Say it."""

    found = list(undocumented(command=typer.main.get_command(app)))
    assert found == ["command tenprint silent", "tenprint silent --loud"]


def test_an_endpoint_parameter_or_field_without_words_is_found() -> None:
    spec = copy.deepcopy(TOOL["description"]())
    del spec["paths"]["/v1/me"]["get"]["description"]
    del spec["paths"]["/v1/usage"]["get"]["parameters"][0]["description"]
    del spec["components"]["schemas"]["MeOut"]["properties"]["agency"]["description"]
    del spec["components"]["schemas"]["KeyOut"]["description"]
    assert list(undocumented(spec=spec)) == [
        "endpoint GET /v1/me",
        "endpoint GET /v1/usage, parameter since",
        "object KeyOut",
        "object MeOut, field agency",
    ]


def test_an_error_without_remedy_is_found() -> None:
    class BareError(TenprintError):
        """Something is bare."""

    class SilentError(TenprintError):
        pass

    found = list(undocumented(kinds=[TenprintError, BareError, SilentError]))
    assert found == ["error BareError", "error SilentError"]


def test_a_setting_without_words_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(TOOL["Settings"].model_fields["port"], "description", None)
    assert list(undocumented()) == ["setting port"]
