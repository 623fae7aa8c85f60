"""Variables: who gives each one a value, and who reads it. Names and places, never values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import Struct

from dockwright.project.images import images
from dockwright.project.model import Project, view
from dockwright.project.python_side import reads
from dockwright.project.stacks import compose_files
from dockwright.syntax import dockerfile, yaml
from dockwright.syntax.interpolation import uses
from dockwright.text import Site


class Variable(Struct, frozen=True):
    """One name: the places that give it a value, those that read it, and whether somebody cannot do without it."""

    name: str
    defined: tuple[Site, ...]
    read: tuple[Site, ...]
    required: bool


@view
def variables(project: Project) -> Mapping[str, Variable]:
    """Every variable that an env file, a compose file, a Dockerfile or the code names, by name."""
    defined: dict[str, list[Site]] = {}
    read: dict[str, list[Site]] = {}
    required: set[str] = set()
    for name, site in _definitions(project):
        defined.setdefault(name, []).append(site)
    for name, site, needed in _reads(project):
        read.setdefault(name, []).append(site)
        if needed:
            required.add(name)
    return {
        name: Variable(
            name, tuple(sorted(defined.get(name, ()))), tuple(sorted(set(read.get(name, ())))), name in required
        )
        for name in sorted(defined.keys() | read.keys())
    }


def _definitions(project: Project) -> Iterator[tuple[str, Site]]:
    for path, file in project.env_files.items():
        for entry in file.entries:
            yield entry.key, Site(path, entry.key_span)
    for path, compose in compose_files(project).items():
        for service in compose.services.values():
            for name, (node, value) in service.environment.items():
                if value is not None:
                    yield name, Site(path, node.span)
    for image in images(project):
        for instruction in image.tree.instructions:
            if isinstance(instruction, (dockerfile.Env, dockerfile.Arg)):
                for pair in instruction.pairs:
                    yield pair.key.value, Site(image.path, pair.key.span)


def _reads(project: Project) -> Iterator[tuple[str, Site, bool]]:
    for path, compose in compose_files(project).items():
        for service in compose.services.values():
            for name, (node, value) in service.environment.items():
                if value is None:  # passed on from whoever calls Compose
                    yield name, Site(path, node.span), False
        for scalar in scalars(compose.root):
            if "$" in scalar.value:
                for use in uses(scalar.mapped):
                    yield use.name, Site(path, use.name_span), use.operator in ("?", ":?")
    for path, file in project.env_files.items():
        for entry in file.entries:
            for use in entry.uses:
                yield use.name, Site(path, use.name_span), use.operator in ("?", ":?")
    for found in reads(project):
        if not found.in_tests:
            yield found.name, Site(found.path, found.span), found.required


def scalars(node: yaml.Node | None) -> Iterator[yaml.Scalar]:
    """Every scalar that is written below a node, each once: aliases lead to what is met anyway."""
    todo = [node]
    while todo:
        current = todo.pop()
        if isinstance(current, yaml.Scalar):
            yield current
        elif isinstance(current, yaml.Mapping):
            todo += [item.value for item in current.items]
        elif isinstance(current, yaml.Sequence):
            todo += current.items
