"""The schema of the variables: a table for people, JSON, JSON Schema, and an example of an env file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from msgspec.json import encode, format

from dockwright.env.places import Place
from dockwright.env.schema import Schema, Variable
from dockwright.env.types import BOOLEAN, BOOLEANS, CHOICE, EMAIL, INTEGER, NUMBER, UNKNOWN, URL
from dockwright.facts.placeholders import is_placeholder
from dockwright.project.model import Project
from dockwright.report import json as documents
from dockwright.report.style import count, paint, wrapped
from dockwright.syntax import dotenv
from dockwright.text import printable

_LONGEST_DEFAULT = 32
_WIDEST_NAME = 28
# What gives a value for people to change, in contrast to what a compose file or an image settles.
_FILES = ("env file", "example", "commented example")


def text(project: Project, schema: Schema) -> str:
    """Each variable with its type, what it needs, who gives it and who reads it."""
    if not schema.variables:
        return "no file here names a variable\n"
    lines: list[str] = []
    wide = min(_WIDEST_NAME, max(map(len, schema.variables)))
    for variable in schema.variables.values():
        lines += _variable(project, variable, wide)
    lines += ["", wrapped(_summary(schema.variables.values()), "  ", "")]
    return "\n".join(lines) + "\n"


def _variable(project: Project, variable: Variable, wide: int) -> Iterator[str]:
    name = printable(variable.name)
    kind = variable.type if variable.typed or variable.type == UNKNOWN else f"{variable.type}?"
    gap = " " * max(2, wide + 2 - len(name))
    yield wrapped(_needs(variable), " " * (wide + 13), f"{paint(name, 'path')}{gap}{kind:9}  ")
    if variable.description:
        yield paint(wrapped(f"# {printable(variable.description)}", "    # ", "    "), "dim")
    if variable.choices:
        yield wrapped(f"one of {', '.join(map(printable, variable.choices))}", "      ", "    ")
    for title, places in (("given by", variable.defined), ("read by", variable.read)):
        yield wrapped(_places(project, places) or "nothing here", " " * 14, f"    {title:8}  ")


def _needs(variable: Variable) -> str:
    parts = []
    if variable.required:
        parts.append("required")
    elif variable.wanted:
        parts.append("wanted")
    if variable.default is not None:
        default = printable(variable.default)
        cut = default if len(default) <= _LONGEST_DEFAULT else default[: _LONGEST_DEFAULT - 1] + "…"
        parts.append(f"default {cut}" if cut else "default empty")
    if variable.secret:
        parts.append("secret")
    return ", ".join(parts) or "optional"


def _places(project: Project, places: Iterable[Place]) -> str:
    """Files with their lines, each file once."""
    found: dict[str, dict[int, None]] = {}
    for place in places:
        source = project.sources.get(place.at.path)
        line = 0 if source is None else source.position(place.at.span.start).line
        found.setdefault(place.at.path, {})[line] = None
    return ", ".join(f"{printable(path)}:{','.join(map(str, lines))}" for path, lines in found.items())


def _summary(variables: Iterable[Variable]) -> str:
    known = list(variables)
    required = sum(each.required for each in known)
    secrets = count(sum(each.secret for each in known), "secret")
    return f"{count(len(known), 'variable')}, {required} required, {secrets}; `?` marks a type that is a guess"


# For machines


def json(project: Project, schema: Schema) -> str:
    """The whole schema; `docs/json.md` describes the keys."""
    return documents.env(project, {"variables": [_object(project, each) for each in schema.variables.values()]})


def _object(project: Project, variable: Variable) -> dict[str, Any]:
    return {
        "name": printable(variable.name),
        "type": variable.type,
        "typed": variable.typed,
        "required": variable.required,
        "wanted": variable.wanted,
        "secret": variable.secret,
        "default": None if variable.default is None else printable(variable.default),
        "choices": [printable(choice) for choice in variable.choices],
        "description": printable(variable.description),
        "defined": [_place(project, place) for place in variable.defined],
        "read": [_place(project, place) for place in variable.read],
    }


def _place(project: Project, place: Place) -> dict[str, Any]:
    return {
        **documents.place(project, place.at),
        "kind": place.kind,
        "what": printable(place.what),
        "envs": [printable(env) for env in place.envs],
        "service": None if place.service is None else printable(place.service),
        "required": place.required,
        "default": None if place.default is None else printable(place.default),
    }


def _in_any_case(word: str) -> str:
    """A pattern for a word in small and capital letters; JSON Schema's patterns have no flags."""
    return "".join(f"[{char.upper()}{char}]" if char.isalpha() else char for char in word)


_PATTERNS: Mapping[str, Mapping[str, Any]] = {
    INTEGER: {"pattern": r"^\s*[+-]?[0-9_]+\s*$"},
    NUMBER: {"pattern": r"^\s*[+-]?([0-9_]+\.?[0-9_]*|\.[0-9_]+)([eE][+-]?[0-9]+)?\s*$"},
    BOOLEAN: {"pattern": rf"^\s*({'|'.join(map(_in_any_case, sorted(BOOLEANS)))})\s*$"},
    URL: {"format": "uri"},
    EMAIL: {"format": "email"},
}


def json_schema(project: Project, schema: Schema) -> str:
    """JSON Schema, draft 2020-12, of an environment: an object whose values are all texts, as those of a process.

    A type that is a guess is told in words, and asks nothing of a value.
    """
    known = [each for each in schema.variables.values() if _is_for_people(each)]
    document = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"The environment of {printable(project.name)}",
        "type": "object",
        "properties": {printable(each.name): _property(each) for each in known},
        "required": [printable(each.name) for each in known if each.required],
        "additionalProperties": {"type": "string"},
    }
    return format(encode(document), indent=2).decode() + "\n"


def _property(variable: Variable) -> dict[str, Any]:
    found: dict[str, Any] = {"type": "string"}
    said = [printable(variable.description)] if variable.description else []
    if variable.typed:
        if variable.type == CHOICE and variable.choices:
            found["enum"] = [printable(choice) for choice in variable.choices]
        found.update(_PATTERNS.get(variable.type, {}))
    elif variable.type != UNKNOWN:
        said.append(f"Most likely: {variable.type}.")
    if said:
        found["description"] = " ".join(said)
    if variable.default is not None and not variable.secret:
        found["default"] = printable(variable.default)
    if variable.secret:
        found["writeOnly"] = True
    return found


# An example


def example(project: Project, schema: Schema) -> str:
    """An env file that names what somebody may have to set, with comments, and that holds no secret.

    What is needed comes first; what has a default is a comment with that default. Settings of the image and of the
    compose files, which nobody sets in an env file, are left out.
    """
    known = [each for each in schema.variables.values() if _is_for_people(each)]
    needed = [each for each in known if each.required or each.wanted]
    rest = [each for each in known if each not in needed]
    blocks = [f"# {printable(project.name)}: copy to .env and fill in.\n"]
    for title, variables in (("Needed.", needed), ("Optional; the defaults are in the comments.", rest)):
        if variables:
            blocks.append(f"# {title}\n\n" + "\n".join(_entry(project, each) for each in variables))
    return "\n".join(blocks)


def _is_for_people(variable: Variable) -> bool:
    """Whether the stack or the code reads it, or an env file names it, and no compose file has settled it for good."""
    read = any(place.kind in ("interpolation", "code", "passed on") for place in variable.read)
    in_files = bool(variable.given_by(*_FILES))
    settled = bool(variable.given_by("environment")) and not variable.read_by("interpolation", "passed on")
    return in_files or (read and not settled)


def _entry(project: Project, variable: Variable) -> str:
    lines = []
    if variable.description:
        lines.append(f"# {printable(variable.description)}")
    facts = [] if variable.type == UNKNOWN else [variable.type if variable.typed else f"most likely {variable.type}"]
    if variable.choices:
        facts = [f"one of {', '.join(map(printable, variable.choices))}"]
    if variable.secret:
        facts.append("secret")
    readers = list(dict.fromkeys(place.at.path for place in variable.read))
    if readers:
        more = f" and {len(readers) - 2} more" if len(readers) > 2 else ""
        facts.append(f"read by {', '.join(map(printable, readers[:2]))}{more}")
    if facts:
        said = "; ".join(facts)
        lines.append(f"# {said[:1].upper()}{said[1:]}.")
    default = variable.default if variable.default is not None and not variable.secret else ""
    written = dotenv.quote(default) if default and not is_placeholder(default) else ""
    needed = variable.required or variable.wanted
    lines.append(f"{variable.name}={written}" if needed else f"# {variable.name}={written}")
    return "\n".join(lines) + "\n"
