"""Paths: where each reference leads, what each call of Compose reads, and the Make targets and jobs that are there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from posixpath import dirname

from msgspec import Struct

from dockwright.project.env_names import git_ignores
from dockwright.project.leading import kind_of, leading, target_of
from dockwright.project.model import Project, view
from dockwright.project.references import join
from dockwright.project.stacks import commands, looked_up
from dockwright.project.tasks import named_tasks
from dockwright.proof.names import CALL, Former

THERE = "there"

_READS_NOTHING = frozenset({"version", "ls"})
"""Subcommands that look at no project's files."""

OF_MODELS = frozenset(
    {"env_file", "dockerfile", "build context", "bind mount", "watched path", "extends", "include", "config", "secret"}
)
"""The kinds of references that a compose file's own keys make: what they name is a leaf of a model."""


class CallMade(Struct, frozen=True):
    """A call of Compose as it is made: its files, the env files that it reads, and the project directory."""

    files: tuple[str, ...]
    env_files: tuple[str, ...]
    directory: str


@view
def calls(project: Project) -> Mapping[tuple[str, int], CallMade]:
    """The calls whose files are there, by the file that makes them and their number in it."""
    found = {}
    for path, said in commands(project).items():
        for number, call in enumerate(said.invocations, 1):
            files = looked_up(project, call) if call.implicit else tuple(ref.target for ref in call.files)
            if call.subcommand in _READS_NOTHING or not files or not all(project.is_file(file) for file in files):
                continue
            directory = dirname(files[0]) if call.project_directory is None else call.project_directory
            env_files = [ref.target for ref in call.env_files] or [join(directory, ".env")]
            there = tuple(file for file in env_files if project.is_file(file))
            found[path, number] = CallMade(files, there, directory)
    return found


@view
def path_facts(project: Project) -> Counter[tuple[str, str]]:
    """Places with what is true there, and how often: a file may name another one twice."""
    found = leading(project).copy()
    for (path, number), call in calls(project).items():
        found[f"{path}{CALL}{number}", " ".join((*call.files, *call.env_files))] += 1
    found.update((place, THERE) for place in named_tasks(project))
    return found


def moved(facts: Counter[tuple[str, str]], former: Former) -> Counter[tuple[str, str]]:
    """The same facts under former names."""
    if not former.files:
        return facts
    found: Counter[tuple[str, str]] = Counter()
    for (place, text), number in facts.items():
        name = former.place(place)
        found[name, former.text(name, text) or text] += number
    return found


def is_leaf(place: str, documents: frozenset[str]) -> bool:
    """Whether a place is a reference that a model has for a leaf; `documents` are what models are read from."""
    file, _, rest = place.partition(" / ")
    return file in documents and kind_of(rest).rstrip() in OF_MODELS


def may_be_missing(project: Project, place: str) -> bool:
    """Whether a path may lead nowhere: people make the file, which git ignores or has an example of."""
    path = target_of(place)
    return git_ignores(project)(path) or project.exists(f"{path}.example") or path.rpartition("/")[2].startswith(".env")
