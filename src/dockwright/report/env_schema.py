"""The schema of the variables: a table for people."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from dockwright.env.places import Place
from dockwright.env.schema import Schema, Variable
from dockwright.project.model import Project
from dockwright.report.style import count, paint, wrapped
from dockwright.text import printable

_LONGEST_DEFAULT = 32


def text(project: Project, schema: Schema) -> str:
    """Each variable with its type, what it needs, who gives it and who reads it."""
    if not schema.variables:
        return "no file here names a variable\n"
    lines: list[str] = []
    wide = min(32, max(map(len, schema.variables)))
    for variable in schema.variables.values():
        lines += _variable(project, variable, wide)
    known = schema.variables.values()
    lines += ["", _summary(known)]
    return "\n".join(lines) + "\n"


def _variable(project: Project, variable: Variable, wide: int) -> Iterator[str]:
    name = printable(variable.name)
    kind = variable.type if variable.typed or variable.type == "unknown" else f"{variable.type}?"
    head = f"{paint(name, 'path')}{' ' * max(2, wide + 2 - len(name))}{kind:9}  "
    yield wrapped(_needs(variable), " " * (wide + 13), head)
    if variable.description:
        yield paint(wrapped(f"# {printable(variable.description)}", "    # ", "    "), "dim")
    if variable.choices:
        yield wrapped(f"one of {', '.join(map(printable, variable.choices))}", "      ", "    ")
    yield wrapped(_places(project, variable.defined) or "nothing", "              ", "    given by  ")
    yield wrapped(_places(project, variable.read) or "nothing here", "              ", "    read by   ")


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
    secret = sum(each.secret for each in known)
    return f"{count(len(known), 'variable')}, {required} required, {count(secret, 'secret')}"
