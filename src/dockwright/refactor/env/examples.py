"""One example an environment: every variable that its stack and its code read, and no real secret."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from posixpath import basename

from msgspec import Struct

from dockwright.facts.base_images import PYTHON_REPOSITORIES, SET_BY_PYTHON_IMAGES, repository
from dockwright.facts.host_variables import HOST_VARIABLES
from dockwright.facts.placeholders import stand_in
from dockwright.facts.secret_settings import sets_a_secret
from dockwright.finding import Fix
from dockwright.project.env_reads import EnvRead
from dockwright.project.images import images
from dockwright.project.model import Project
from dockwright.project.python_side import reads
from dockwright.project.roles import role
from dockwright.project.service_env_files import listed, services_of
from dockwright.project.stacks import Stack, compose_files, stacks
from dockwright.project.variables import scalars
from dockwright.refactor.env.hidden import OWNER
from dockwright.refactor.env.values import without_secrets
from dockwright.refactor.step import Proposal
from dockwright.syntax import dotenv
from dockwright.syntax.interpolation import uses
from dockwright.text import Change, Create, Edit, Source, Span, splice

_HEADINGS: Mapping[str, str] = {
    "dev": "Development: copied once to {path}, which is yours to change and which git ignores.",
    "test": "Tests: copied once to {path}, which git ignores.",
    "ci": "Tests in CI: copied to {path} by the workflow.",
    "prod": "Production: write {path} on the server, mode 600, with values of its own.",
}
_UNWRITTEN = frozenset({"UID", "GID"})
"""What Make passes on by itself."""


class Examples:
    """Makes the examples that are missing, and completes those that are there."""

    name = OWNER
    title = "An example env file for every environment, complete and without secrets"

    def propose(self, project: Project) -> Proposal:
        """One patch an example."""
        fixes = []
        for path, own in _env_files(project).items():
            tag = basename(path).removeprefix(".env.")
            example = f"{path}.example"
            change = _example(project, path, tag, own)
            if change is not None:
                verb = "complete" if project.is_file(example) else "make"
                fixes.append(Fix(f"{verb} {example}", (change,), "refit"))
        return Proposal(tuple(fixes))


def _env_files(project: Project) -> Mapping[str, list[Stack]]:
    """The env file of each environment, `.env.<role>` in whatever folder, with the stacks that read it."""
    found: dict[str, list[Stack]] = {}
    for stack in stacks(project):
        tag = role(project, stack)
        if tag not in _HEADINGS:
            continue
        named = [*stack.env_files, *(each.path for each in listed(project, stack))]
        for path in dict.fromkeys(named):
            if basename(path) == f".env.{tag}":
                found.setdefault(path, []).append(stack)
    return found


def _example(project: Project, path: str, tag: str, own: list[Stack]) -> Change | None:
    example = project.env_files.get(f"{path}.example")
    real = project.env_files.get(path)
    if example is not None:
        text = splice(example.source.text, without_secrets(example, tag, filled=False))
    elif real is not None:
        text = splice(real.source.text, without_secrets(real, tag, filled=True))
        if not text.lstrip().startswith("#"):
            text = f"# {_HEADINGS[tag].format(path=path)}\n\n{text}"
    else:
        text = f"# {_HEADINGS[tag].format(path=path)}\n"
    known = dotenv.parse(Source(f"{path}.example", text))
    names = {entry.key for entry in (*known.entries, *known.commented)}
    text = _with_final_newline(text) + "".join(_missing(project, path, tag, own, names))
    if example is None:
        return Create(f"{path}.example", text)
    old = example.source
    return None if text == old.text else Edit(old.path, Span(0, len(old.text)), text)


class _Wanted(Struct, frozen=True):
    name: str
    required: bool
    default: str | None


def _missing(project: Project, path: str, tag: str, own: list[Stack], names: set[str]) -> Iterator[str]:
    """What the stacks' files read, then what the code reads: names to fill in, and others with their defaults."""
    files = dict.fromkeys(file for stack in own for file in stack.files)
    groups = [(f"Read by {file}", _interpolated(project, file)) for file in files]
    given = {name for stack in own for name in _given(project, stack)}
    if any(each.path == path for stack in own for each in listed(project, stack)):
        groups += [(f"Read by {file}", _of_code(found, given)) for file, found in _by_file(project).items()]
    for title, wanted in groups:
        lines = [_line(each, tag) for each in wanted if each.name not in names]
        names |= {each.name for each in wanted}
        if lines:
            optional = all(line.startswith("#") for line in lines)
            yield f"\n# {f'Optional; {title[0].lower()}{title[1:]}' if optional else title}.\n" + "".join(lines)


def _line(wanted: _Wanted, tag: str) -> str:
    secret = sets_a_secret(wanted.name)
    if wanted.required:
        return f"{wanted.name}={stand_in(wanted.name, tag) if secret else ''}\n"
    default = "" if secret or wanted.default is None else dotenv.quote(wanted.default)
    return f"# {wanted.name}={default}\n"


def _interpolated(project: Project, path: str) -> list[_Wanted]:
    found: dict[str, _Wanted] = {}
    written = sorted(scalars(compose_files(project)[path].root), key=lambda scalar: scalar.span)
    for scalar in written:
        for use in uses(scalar.mapped) if "$" in scalar.value else ():
            if use.name in HOST_VARIABLES | _UNWRITTEN:
                continue
            default = use.default
            required = default is None and use.operator not in ("+", ":+")
            if use.name not in found or (required and not found[use.name].required):
                plain = default if default is not None and "$" not in default else None
                found[use.name] = _Wanted(use.name, required, plain)
    return list(found.values())


def _given(project: Project, stack: Stack) -> Iterator[str]:
    """What the compose files and the image give to the containers themselves."""
    for service in services_of(project, stack).values():
        for layer in service.layers:
            yield from layer.environment
    for image in images(project):
        if any(repository(image.base(stage)) in PYTHON_REPOSITORIES for stage in image.tree.stages):
            yield from SET_BY_PYTHON_IMAGES
        for stage in image.tree.stages:
            for instruction in stage.instructions:
                yield from (pair.key.value for pair in getattr(instruction, "pairs", ()))


def _by_file(project: Project) -> Mapping[str, list[EnvRead]]:
    found: dict[str, list[EnvRead]] = {}
    for read in reads(project):
        if not read.in_tests:
            found.setdefault(read.path, []).append(read)
    return found


def _of_code(found: Iterable[EnvRead], given: set[str]) -> list[_Wanted]:
    return [
        _Wanted(read.name, read.required, read.default)
        for read in found
        if read.name not in HOST_VARIABLES and read.name not in given
    ]


def _with_final_newline(text: str) -> str:
    return text if not text or text.endswith("\n") else f"{text}\n"
