"""What is wrong with env files: a list for people, errors first, and its part of the JSON. Names, never values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dockwright.env.checking import LEVELS, Trouble
from dockwright.env.environments import Environment
from dockwright.project.model import Project
from dockwright.report.json import place
from dockwright.report.style import count, paint, wrapped
from dockwright.text import printable

_WIDE = 9


def text(project: Project, checked: Sequence[Environment], troubles: Sequence[Trouble]) -> str:
    """Each trouble with its place and its way out, then how many there are."""
    lines = []
    for each in sorted(troubles, key=lambda each: _key(project, each)):
        first = f"{paint(each.level, each.level)}{' ' * (_WIDE - len(each.level))}"
        lines.append(wrapped(printable(f"{_where(project, each)} {each.message}"), " " * _WIDE, first))
        lines.append(paint(wrapped(printable(each.way_out), " " * (_WIDE + 3), " " * _WIDE + "-> "), "dim"))
    names = ", ".join(each.name for each in checked if each.files) or "no environment"
    numbers = [(sum(each.level == level for each in troubles), level) for level in LEVELS]
    said = ", ".join(count(number, level) for number, level in numbers[:2] if number)
    if numbers[2][0]:
        said = f"{said}, " if said else ""
        said += f"{numbers[2][0]} worth knowing"
    lines.append(wrapped(printable(f"{names}: {said or 'all is well'}"), "  ", ""))
    return "\n".join(lines) + "\n"


def _key(project: Project, each: Trouble) -> tuple[int, str, int]:
    line = 0 if each.at is None else project.sources[each.at.path].position(each.at.span.start).line
    return LEVELS.index(each.level), each.path, line


def _where(project: Project, each: Trouble) -> str:
    if each.at is None:
        return f"{each.path}:"
    return f"{each.path}:{project.sources[each.at.path].position(each.at.span.start).line}:"


def body(project: Project, checked: Sequence[Environment], troubles: Sequence[Trouble]) -> dict[str, Any]:
    """The report's own keys; `docs/json.md` describes them."""
    nowhere = dict.fromkeys(("line", "column", "end_line", "end_column"))
    return {
        "environments": [each.name for each in checked if each.files],
        "troubles": [
            {
                "kind": each.kind,
                "level": each.level,
                "environment": each.environment,
                "name": None if each.name is None else printable(each.name),
                "message": printable(each.message),
                "way_out": printable(each.way_out),
                **({"path": printable(each.path), **nowhere} if each.at is None else place(project, each.at)),
            }
            for each in sorted(troubles, key=lambda each: _key(project, each))
        ],
        "summary": {level: sum(each.level == level for each in troubles) for level in LEVELS},
    }
