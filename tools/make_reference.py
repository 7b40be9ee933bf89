"""Writes docs/reference from the code: ``make reference``.

The command line from the typer application, settings from `tenprint.api.Settings`, the interface
from its OpenAPI description, errors from the error tree. What says nothing about itself is refused;
`tests/test_reference.py` fails where a page is not what this would write.
"""

from __future__ import annotations

import enum
import importlib
import inspect
import json
import pkgutil
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, get_args

import typer

import tenprint
from tenprint.api import Settings
from tenprint.api._health import router as health
from tenprint.api._openapi import description
from tenprint.cli import app
from tenprint.model import TenprintError

OUT = Path(__file__).parents[1] / "docs/reference"

WRITTEN = "Written from the code by `make reference`; change the code, not this page."

CLI = """\
Every command with its arguments and options. Exit codes, the keys of `--json`, which finger a file
shows, and the gallery file: [the command line](../cli.md)."""

SETTINGS = """\
Environment variables, each with a default, so that `tenprint serve` needs none. Options of [the
command line](cli.md) come before them. Lists are JSON, such as `'["a.example", "b.example:8080"]'`.
A wrong value stops the start with one line that names the variable. `TENPRINT_URL` and
`TENPRINT_KEY` are read by the commands that ask a running service: its address, and an API key."""

API = """\
Every endpoint of our own interface and the objects it takes and gives, as a running service tells
them at `/openapi.json`. Credentials, purposes, errors, callbacks, how to submit: [the
interface](../api.md). Besides the errors named, each may answer 400, 401, 403, 413, 429, 500 and
503 ([what they mean](../api.md#errors)), always as a [ProblemOut](#problemout). OSIA's interface:
[OSIA](../osia.md#operations)."""

ERRORS = """\
Every error that tenprint raises on purpose is one of these, all subclasses of
`tenprint.TenprintError`. Each carries `code`, `message`, `source` (which file), `field` (where in
it), `remedy`, `retryable` and `http_status`; `error.as_dict()` is ready for JSON. A code is a
promise: it does not change its meaning. On the command line an error is one line on stderr and an
[exit code](../cli.md#exit-codes); over HTTP a [problem document](../api.md#errors)."""

ERRORS_END = """\
A *poor* print is not an error: its template has quality 0 and a `reason`. Enrolment and search
leave such prints out and refuse (`template`) only where none is left. Two things are warnings:
`ResolutionWarning` (no usable resolution in the file, 500 ppi assumed) and `TemplateWarning` (a
template file breaks its standard in a known way). What to do about `audit`: [when it does not
verify](../audit.md#when-it-does-not-verify)."""

#: What an endpoint may answer with in any case.
ALWAYS = {"400", "401", "403", "413", "429", "500", "503"}


def main() -> None:
    if missing := [*undocumented()]:
        raise SystemExit("These say nothing about themselves:\n" + "\n".join(missing))
    OUT.mkdir(exist_ok=True)
    for name, text in pages().items():
        (OUT / name).write_text(text, encoding="utf-8")
        print(OUT / name)


def pages() -> dict[str, str]:
    """The text of every page by its file name."""
    return {
        "cli.md": page("Reference: commands", CLI, commands_text(typer.main.get_command(app))),
        "settings.md": page("Reference: settings", SETTINGS, settings_text()),
        "api.md": page("Reference: interface", API, api_text(description())),
        "errors.md": page("Reference: errors", ERRORS, errors_text(), flat(ERRORS_END)),
    }


def undocumented(
    command: Any = None, spec: dict[str, Any] | None = None, kinds: Iterable[type] | None = None
) -> Iterator[str]:
    """What has no description: commands, options, settings, endpoints, parameters, fields, errors.

    Arguments stand in for our own, for tests.
    """
    for name, each in commands(command or typer.main.get_command(app)):
        if not each.help:
            yield f"command {name}"
        yield from (f"{name} {p.opts[0]}" for p in each.params if not p.help)
    for name, setting in Settings.model_fields.items():
        if not setting.description:
            yield f"setting {name}"
    spec = spec or description()
    for where, operation in operations(spec):
        if not (operation.get("summary") and operation.get("description")):
            yield f"endpoint {where}"
        for given in operation.get("parameters", ()):
            if not given.get("description"):
                yield f"endpoint {where}, parameter {given['name']}"
    for name, schema in spec["components"]["schemas"].items():
        if not schema.get("description"):
            yield f"object {name}"
        for field, value in schema.get("properties", {}).items():
            if not value.get("description"):
                yield f"object {name}, field {field}"
    for kind in kinds or error_tree():
        if not all(said(kind)):
            yield f"error {kind.__name__}"


def page(title: str, *parts: str) -> str:
    head, *rest = parts
    return "\n\n".join((f"# {title}\n{flat(head)} {WRITTEN}", *map(str.strip, rest))) + "\n"


# The command line


def commands(command: Any, name: str = "tenprint") -> Iterator[tuple[str, Any]]:
    """Every command with its full name, such as ``tenprint gallery delete``."""
    inner = getattr(command, "commands", None)
    if inner is None:
        yield name, command
        return
    for word, each in inner.items():
        yield from commands(each, f"{name} {word}")


def commands_text(root: Any) -> str:
    found = dict(commands(root))
    rows = [
        (f"[`{name}`](#{anchor(name)})", each.help.partition("\n\n")[0])
        for name, each in found.items()
    ]
    parts = [table(("command", "what it does"), rows)]
    parts += [command_text(name, each) for name, each in found.items()]
    return "\n\n".join(parts)


def command_text(name: str, command: Any) -> str:
    arguments = [p for p in command.params if p.param_type_name == "argument"]
    words = [p.name.upper() + ("..." if p.nargs == -1 else "") for p in arguments]
    usage = [word if p.required else f"[{word}]" for p, word in zip(arguments, words, strict=True)]
    rows = [(parameter_name(p), parameter_kind(p), flat(p.help)) for p in command.params]
    return "\n\n".join(
        (
            f"## {name}",
            f"`{' '.join((name, *usage, '[OPTIONS]'))}`",
            *help_parts(command.help),
            table(("argument or option", "value", "meaning"), rows),
        )
    )


def help_parts(text: str) -> Iterator[str]:
    """Paragraphs as they are, and everything after "Example:" as one block."""
    text, _, examples = re.sub(r"Examples?:\s+", "\0", text, count=1).partition("\0")
    yield from (flat(each) for each in text.strip().split("\n\n"))
    if examples:
        lines = [flat(each) for each in examples.strip().split("\n\n")]
        yield "```sh\n" + "\n".join(lines) + "\n```"


def parameter_name(parameter: Any) -> str:
    if parameter.param_type_name == "argument":
        return f"`{parameter.name.upper()}`"
    return ", ".join(f"`{each}`" for each in (*parameter.opts, *parameter.secondary_opts))


def parameter_kind(parameter: Any) -> str:
    """What may be given, whether it must be, how often, and the default."""
    kind = parameter.type_descriptor.annotation
    inner = get_args(kind)[0] if get_args(kind) else kind
    words = []
    if issubclass(inner, enum.Enum):
        words.append("one of " + ", ".join(f"`{each.value}`" for each in inner))
    elif inner is not bool:
        name = {int: "whole number", float: "number", str: "text", Path: "path"}[inner]
        words.append(name + limits(parameter.min, parameter.max))
    if parameter.nargs == -1 or getattr(parameter, "multiple", False):
        words.append("several")
    if parameter.required:
        words.append("needed")
    default = parameter.show_default
    if isinstance(default, str):
        words.append(f"default `{default}`")
    elif default and parameter.default not in (None, False, []):
        value = parameter.default
        words.append(f"default `{value.value if isinstance(value, enum.Enum) else value}`")
    if parameter.envvar:
        words.append(f"or `{parameter.envvar}`")
    return ", ".join(words)


# Settings


def settings_text() -> str:
    schema = Settings.model_json_schema()["properties"]
    rows = []
    for name, field in Settings.model_fields.items():
        kind = value(schema[name])
        rows.append((f"`TENPRINT_{name.upper()}`", kind, shown(field.default), field.description))
    return table(("variable", "value", "default", "meaning"), rows)


def shown(default: Any) -> str:
    if default is None:
        return "none"
    if isinstance(default, list | bool):
        return f"`{json.dumps(default)}`"
    return f"`{default}`"


# The interface


def operations(spec: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every endpoint by method and path, such as ``GET /v1/me``."""
    for path, methods in spec["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def api_text(spec: dict[str, Any]) -> str:
    found = dict(operations(spec))
    titles = [each["summary"] for each in found.values()]
    if len(set(titles)) < len(titles):
        raise SystemExit("Two endpoints have one summary; their anchors would be one.")
    rows = [
        (f"`{where}`", f"[{each['summary']}](#{anchor(each['summary'])})")
        for where, each in found.items()
    ]
    machines = [
        (f"`GET {route.path}`", flat(inspect.getdoc(route.endpoint).partition("\n\n")[0]))  # type: ignore[attr-defined, union-attr]
        for route in health.routes
    ]
    parts = ["## Endpoints", table(("endpoint", "what it does"), [*rows, *machines])]
    parts += [endpoint_text(where, each) for where, each in found.items()]
    parts.append("## Objects")
    schemas = spec["components"]["schemas"]
    parts += [object_text(name, schemas[name]) for name in sorted(schemas)]
    return "\n\n".join(parts)


def endpoint_text(where: str, operation: dict[str, Any]) -> str:
    parts = [f"### {operation['summary']}", f"`{where}`"]
    parts += [flat(each) for each in operation["description"].split("\n\n")]
    if given := operation.get("parameters"):
        rows = [
            (f"`{p['name']}`", p["in"], value(p["schema"], p["required"]), flat(p["description"]))
            for p in given
        ]
        parts.append(table(("parameter", "in", "value", "meaning"), rows))
    if body := operation.get("requestBody"):
        kinds = [
            f"{value(content['schema'])} as `{media}`"
            if "$ref" in content["schema"]
            else f"`{media}`"
            for media, content in body["content"].items()
        ]
        parts.append(f"Body: {', or '.join(kinds)}.")
    answers = operation["responses"]
    rows = [
        (status, answer_kinds(each), flat(each["description"]))
        for status, each in answers.items()
        if status not in ALWAYS
    ]
    parts.append(table(("status", "answer", "meaning"), rows))
    return "\n\n".join(parts)


def answer_kinds(response: dict[str, Any]) -> str:
    found = []
    for media, content in response.get("content", {}).items():
        schema = content["schema"]
        told = "$ref" in schema or media == "application/json"
        found.append(value(schema) if told else f"`{media}`")
    return ", or ".join(found)


def object_text(name: str, schema: dict[str, Any]) -> str:
    parts = [f"### {name}", *(flat(each) for each in schema["description"].split("\n\n"))]
    if "properties" in schema:
        needed = schema.get("required", ())
        rows = [
            (f"`{field}`", value(each, field in needed), flat(each["description"]))
            for field, each in schema["properties"].items()
        ]
        parts.append(table(("field", "value", "meaning"), rows))
    else:
        parts.append(f"{value(schema).capitalize()}.")
    for example in schema.get("examples", ()):
        parts.append("```json\n" + json.dumps(example, indent=2) + "\n```")
    return "\n\n".join(parts)


def value(schema: dict[str, Any], needed: bool | None = None) -> str:
    """What a JSON schema lets through, in words; with `needed`, whether it may be left out."""
    text = _value(schema)
    default = schema.get("default")
    if needed:
        return f"{text}; needed" if "default" not in schema else text
    if default in (None, "", [], {}) or isinstance(default, dict) or needed is None:
        return text
    return f"{text}; default `{json.dumps(default)}`"


def _value(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    if "anyOf" in schema:
        found = [_value(each) for each in schema["anyOf"] if each.get("type") != "null"]
        return " or ".join(found)
    if "enum" in schema:
        return "one of " + ", ".join(f"`{each}`" for each in schema["enum"])
    kind = schema.get("type")
    if kind == "array":
        inner = _value(schema.get("items", {}))
        most = schema.get("maxItems")
        return f"list of {inner}" + (f" ({most} at most)" if most else "")
    if kind == "object":
        inner = schema.get("additionalProperties")
        return f"names to {_value(inner)}" if isinstance(inner, dict) else "object"
    if kind == "string":
        return _string(schema)
    names = {"integer": "whole number", "number": "number", "boolean": "true or false"}
    low = schema.get("minimum", schema.get("exclusiveMinimum"))
    above = "exclusiveMinimum" in schema
    return names.get(str(kind), "anything") + limits(low, schema.get("maximum"), above=above)


def _string(schema: dict[str, Any]) -> str:
    if "contentEncoding" in schema:
        return str(schema["contentEncoding"])
    formats = {"date-time": "time", "path": "path", "password": "text", "binary": "file"}
    if "format" in schema:
        return formats[schema["format"]]
    most = schema.get("maxLength")
    return "text" + (f" ({most} characters at most)" if most else "")


def limits(low: float | None, high: float | None, *, above: bool = False) -> str:
    if low is None and high is None:
        return ""
    if low is None:
        return f" up to {high}"
    start = "more than " if above else ""
    return f", {start}{low}" + (" or more" if high is None else f" to {high}")


# Errors


def error_tree() -> list[type[TenprintError]]:
    """Every error with a code; a class is known once its room is loaded."""
    for room in pkgutil.iter_modules(tenprint.__path__):
        importlib.import_module(f"tenprint.{room.name}")
    return [*_errors(TenprintError)]


def _errors(kind: type[TenprintError]) -> Iterator[type[TenprintError]]:
    if kind.__module__.startswith("tenprint.") and "code" in vars(kind):
        yield kind
    # In the order of their definition, but by module: which was imported first is chance.
    for each in sorted(kind.__subclasses__(), key=lambda one: one.__module__):
        yield from _errors(each)


def said(kind: type) -> tuple[str, str]:
    """An error's meaning and its remedy, from the docstring."""
    meaning, *rest = inspect.cleandoc(vars(kind)["__doc__"] or "").split("\n\n")  # never inherited
    return flat(meaning), flat(rest[0]) if rest and "\n---" not in rest[0] else ""


def errors_text() -> str:
    rows = []
    for kind in error_tree():
        public = next(each for each in kind.__mro__ if not each.__name__.startswith("_"))
        meaning, remedy = said(kind)
        again = "yes" if kind.retryable else "no"
        name = f"`{public.__name__}`"
        rows.append((f"`{kind.code}`", name, meaning, str(kind.http_status), again, remedy))
    return table(("code", "class", "meaning", "HTTP status", "try again", "remedy"), rows)


# Markdown


def table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = ["| " + " | ".join(heads) + " |", "|---" * len(heads) + "|"]
    lines += ["| " + " | ".join(each.replace("|", r"\|") for each in row) + " |" for row in rows]
    return "\n".join(lines)


def flat(text: str) -> str:
    """A paragraph on one line, the code marks of docstrings as those of Markdown."""
    return re.sub(r"\s+", " ", text).strip().replace("``", "`")


def anchor(title: str) -> str:
    """The anchor of a heading, as the usual hosts make it."""
    return re.sub(r"[^\w\- ]", "", title.lower()).strip().replace(" ", "-")


if __name__ == "__main__":
    main()
