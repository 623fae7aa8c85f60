"""Environments: the virtual environments that a stage makes or is given, and where they lie."""

from __future__ import annotations

from collections.abc import Iterator
from posixpath import basename

from msgspec import Struct

from dockwright.project.build_steps import Call, Step, filled, resolved, steps
from dockwright.project.images import Image
from dockwright.syntax import dockerfile

_NAMES = frozenset({".venv", "venv", "virtualenv", ".virtualenv"})

_TRUE = frozenset({"1", "true", "yes", "on"})
_VALUES = frozenset({"--prompt", "-p", "--python", "--index-strategy", "--cache-dir"})


class Environment(Struct, frozen=True):
    """A virtual environment in a stage: its path, None where a variable hides it.

    `stage` is the one that made it, and `made` the instruction. `copied` is the COPY that brought it out of the stage
    `source`, if it was brought.
    """

    path: str | None
    stage: dockerfile.Stage
    made: dockerfile.Instruction
    copied: dockerfile.Copy | None = None
    source: dockerfile.Stage | None = None


def environments(image: Image, stage: dockerfile.Stage) -> tuple[Environment, ...]:
    """The environments in a stage, those of the stages that it is built upon and copies from included."""
    known = image.__dict__.setdefault("environments", {})
    if stage.index not in known:
        known[stage.index] = tuple({each.path: each for each in _environments(image, stage)}.values())
    return known[stage.index]  # type: ignore[no-any-return]


def _environments(image: Image, stage: dockerfile.Stage) -> Iterator[Environment]:
    in_project = {"poetry": False, "pipenv": False}
    active: set[str] = set()
    for step in steps(image, stage):
        instruction = step.instruction
        if isinstance(instruction, dockerfile.Copy):
            for found in _copied(image, step, instruction):
                active.add(found.path or "")
                yield found
        for call in step.calls:
            if call.program == "poetry" and "virtualenvs.in-project" in call.words:
                in_project["poetry"] = call.words[-1].lower() == "true"
            made, path = _made(call, in_project, active)
            if made:
                active.add(path or "")
                yield Environment(path, step.stage, instruction)


def _made(call: Call, in_project: dict[str, bool], active: set[str]) -> tuple[bool, str | None]:
    """Whether a command makes an environment, and where."""
    words = list(call.words[1:])
    operands = _operands(words)
    folder = next((words[at + 1] for at, word in enumerate(words[:-1]) if word in ("--directory", "--project")), "")
    cwd = resolved(call.cwd, folder) if folder else call.cwd
    match call.program:
        case "venv" | "virtualenv":
            return bool(operands), resolved(cwd, operands[-1]) if operands else None
        case "uv" if operands[:1] == ["venv"]:
            given = call.env.get("UV_PROJECT_ENVIRONMENT", ".venv")
            return True, resolved(cwd, operands[1] if len(operands) > 1 else given)
        case "uv" if operands[:1] in (["sync"], ["run"]):
            if "--active" in words and "VIRTUAL_ENV" in call.env:
                return True, resolved(cwd, call.env["VIRTUAL_ENV"])
            return True, resolved(cwd, call.env.get("UV_PROJECT_ENVIRONMENT", ".venv"))
        case "pdm" if operands[:1] in (["install"], ["sync"]):
            return True, resolved(cwd, ".venv")
        case "poetry" if operands[:1] in (["install"], ["sync"]):
            here = resolved(cwd, ".venv")
            wanted = in_project["poetry"] or call.env.get("POETRY_VIRTUALENVS_IN_PROJECT", "").lower() in _TRUE
            return wanted or here in active, here
        case "pipenv" if operands[:1] in (["install"], ["sync"]):
            wanted = call.env.get("PIPENV_VENV_IN_PROJECT", "").lower() in _TRUE and "--system" not in words
            return wanted, resolved(cwd, ".venv")
        case _:
            return False, None


def _operands(words: list[str]) -> list[str]:
    found = []
    skip = False
    for word in words:
        if skip:
            skip = False
        elif word.startswith("-"):
            skip = word in _VALUES or word in ("--directory", "--project")
        else:
            found.append(word)
    return found


def _copied(image: Image, step: Step, copy: dockerfile.Copy) -> Iterator[Environment]:
    """The environments that a COPY brings out of another stage."""
    other = image.by_name.get((copy.from_.value or "").lower()) if copy.from_ is not None else None
    if other is None or other.index >= step.stage.index:
        return
    escape = image.tree.escape
    into = step.absolute(filled(copy.destination.lexeme.text, step.env, escape))
    there = [each for each in environments(image, other) if each.path]
    for word in copy.sources:
        source = resolved("/", filled(word.lexeme.text, step.env, escape))
        for each in there:
            path = each.path or ""
            if source is None or into is None or not f"{path}/".startswith(source.rstrip("/") + "/"):
                continue
            below = path[len(source.rstrip("/")) :]
            yield Environment(resolved("/", into + below), each.stage, each.made, copy, other)


def is_environment(path: str) -> bool:
    """Whether a path is called as virtual environments are."""
    return basename(path) in _NAMES
