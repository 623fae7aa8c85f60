"""Where variables come from and go to: every file of a project, read for what it says of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct

from dockwright.env.places import Place
from dockwright.env.types import CHOICE, UNKNOWN, from_code, from_value, is_secret_type
from dockwright.facts.credentials import is_issued, looks_random
from dockwright.facts.secret_names import holds_credentials
from dockwright.project.command_lines import lines_of
from dockwright.project.compose import ComposeFile, pairs, scalar, text
from dockwright.project.env_names import is_example
from dockwright.project.images import images
from dockwright.project.kinds import is_yaml
from dockwright.project.merged import merged
from dockwright.project.model import Project
from dockwright.project.python_side import reads
from dockwright.project.service_env_files import environments_of
from dockwright.project.stacks import compose_files
from dockwright.project.variables import scalars
from dockwright.syntax import dockerfile, dotenv, yaml
from dockwright.syntax.interpolation import Use, uses
from dockwright.text import Site

_IF_SET = ("+", ":+")


class Claim(Struct, frozen=True):
    """What one place says of a variable.

    `gives` is whether it gives a value, else it reads one. `type` is what the place says or lets guess, `said` whether
    it says so. `secret` is whether it shows that the value is one. What the value is, is not kept.
    """

    name: str
    place: Place
    gives: bool
    type: str = UNKNOWN
    said: bool = False
    choices: tuple[str, ...] = ()
    secret: bool = False
    description: str = ""


def claims(project: Project) -> Iterator[Claim]:
    """What all files say, in no certain order."""
    yield from _env_files(project)
    yield from _compose_files(project)
    yield from _dockerfiles(project)
    yield from _pipelines(project)
    yield from _makefiles(project)
    yield from _commands(project)
    yield from _code(project)


def looks_secret(value: str) -> bool:
    """Whether a value is a secret whatever its variable is called."""
    return holds_credentials(value) or is_issued(value) or looks_random(value)


# Env files


def _env_files(project: Project) -> Iterator[Claim]:
    for path, file in project.env_files.items():
        envs = environments_of(project, path)
        said = _descriptions(file)
        example = is_example(path)
        for entry in file.entries:
            at = Site(path, entry.key_span)
            if entry.separator is None:
                yield Claim(entry.key, Place(at, "passed on", f"passed on by {path}", envs), False)
                continue
            kind = "example" if example else "env file"
            yield Claim(
                entry.key,
                Place(at, kind, f"{kind} {path}", envs),
                True,
                type=from_value(entry.value.text),
                secret=looks_secret(entry.value.text),
                description=said.get(entry.key, ""),
            )
            yield from _in_text(entry.uses, path, "env file interpolation", f"interpolation in {path}", envs)
        for entry in file.commented:
            yield Claim(
                entry.key,
                Place(Site(path, entry.key_span), "commented example", f"comment in {path}", envs),
                True,
                type=from_value(entry.value.text),
                secret=looks_secret(entry.value.text),
                description=said.get(entry.key, ""),
            )


def _descriptions(file: dotenv.EnvFile) -> dict[str, str]:
    """What comments say of single variables: behind the value, or above it where no other variable follows.

    A comment above several variables is a heading, and so is a single word.
    """
    commented = {entry.span.start: entry for entry in file.commented}
    found: dict[str, str] = {}
    above: list[str] = []
    block: list[dotenv.Entry] = []

    def close() -> None:
        if len(block) == 1 and " " in (said := " ".join(above)):
            found.setdefault(block[0].key, said)
        above.clear()
        block.clear()

    for piece in file.pieces:
        written = file.source.slice(piece.span)
        inside = [entry for start, entry in commented.items() if piece.span.start <= start < piece.span.end]
        entry = piece.entry or (inside[0] if inside and piece.kind == "comment" else None)
        if entry is not None:
            block.append(entry)
            if entry.comment_span is not None:
                found[entry.key] = file.source.slice(entry.comment_span).strip("# \t")
        elif piece.kind == "comment":
            if block:
                close()
            line = written.strip().strip("#-= \t")
            if line:
                above.append(line)
        else:
            close()
    close()
    return {name: said for name, said in found.items() if not looks_secret(said)}


def _in_text(
    found: Iterable[Use], path: str, kind: str, what: str, envs: tuple[str, ...], service: str | None = None
) -> Iterator[Claim]:
    for use in found:
        if use.name in _OF_COMPOSE:
            continue
        default = use.default if use.default is not None and "$" not in use.default else None
        required = use.required and not use.depth
        wanted = use.default is None and use.operator not in _IF_SET and not use.depth
        yield Claim(
            use.name,
            Place(Site(path, use.name_span), kind, what, envs, service, required, wanted, _shown(default)),
            False,
            type=UNKNOWN if default is None else from_value(default),
            secret=default is not None and looks_secret(default),
        )


_OF_COMPOSE = frozenset({"COMPOSE_PROJECT_NAME"})
"""Variables that Compose sets by itself."""


def _shown(default: str | None) -> str | None:
    return None if default is None or looks_secret(default) else default


# Compose files


def _compose_files(project: Project) -> Iterator[Claim]:
    envs = _stacks_of_files(project)
    for path, file in compose_files(project).items():
        here = envs.get(path, ())
        for name, service in file.services.items():
            what = f"environment of service {name}"
            yield from _pairs(path, service.environment, "environment", what, here, name)
            if service.build is not None:
                args = pairs(service.build.args)
                yield from _pairs(path, args, "build argument", f"build argument of service {name}", here, name)
        yield from _interpolated(file, here)


def _stacks_of_files(project: Project) -> Mapping[str, tuple[str, ...]]:
    """What the stacks are called that read each compose file."""
    found: dict[str, dict[str, None]] = {}
    for stack, services in merged(project):
        paths = [*stack.files, *(layer.path for service in services.values() for layer in service.layers)]
        for path in dict.fromkeys(paths):
            found.setdefault(path, {})[stack.name] = None
    return {path: tuple(names) for path, names in found.items()}


def _pairs(
    path: str,
    found: Mapping[str, tuple[yaml.Node, str | None]],
    kind: str,
    what: str,
    envs: tuple[str, ...],
    service: str,
) -> Iterator[Claim]:
    for name, (node, value) in found.items():
        at = Site(path, node.span)
        if value is None:
            yield Claim(name, Place(at, "passed on", f"passed on to {what}", envs, service), False)
        elif name:
            known = "$" not in value
            yield Claim(
                name,
                Place(at, kind, what, envs, service),
                True,
                type=from_value(value) if known else UNKNOWN,
                secret=known and looks_secret(value),
            )


def _interpolated(file: ComposeFile, envs: tuple[str, ...]) -> Iterator[Claim]:
    owners = [(service.node.span, name) for name, service in file.services.items()]
    for each in scalars(file.root):
        if "$" in each.value:
            service = next((name for span, name in owners if span.covers(each.span)), None)
            what = "interpolation" if service is None else f"interpolation in service {service}"
            yield from _in_text(uses(each.mapped), file.path, "interpolation", what, envs, service)


# Dockerfiles


def _dockerfiles(project: Project) -> Iterator[Claim]:
    for image in images(project):
        for instruction in image.tree.instructions:
            if not isinstance(instruction, (dockerfile.Env, dockerfile.Arg)):
                continue
            argument = isinstance(instruction, dockerfile.Arg)
            kind = "Dockerfile ARG" if argument else "Dockerfile ENV"
            for pair in instruction.pairs:
                name, at = pair.key.value, Site(image.path, pair.key.span)
                if not name or (argument and name in _PREDEFINED):
                    continue
                value = None if pair.value is None else pair.value.value
                known = value is not None and "$" not in value
                yield Claim(
                    name,
                    Place(at, kind, kind, default=_shown(value) if known and argument else None),
                    pair.value is not None,
                    type=from_value(value) if value is not None and known else UNKNOWN,
                    secret=value is not None and known and looks_secret(value),
                )


_PREDEFINED = frozenset(
    "TARGETPLATFORM TARGETOS TARGETARCH TARGETVARIANT BUILDPLATFORM BUILDOS BUILDARCH BUILDVARIANT HTTP_PROXY "
    "http_proxy HTTPS_PROXY https_proxy FTP_PROXY ftp_proxy NO_PROXY no_proxy ALL_PROXY all_proxy".split()
)
"""Arguments that BuildKit sets: Dockerfile reference, «Predefined ARGs» and «in the global scope»."""


# Pipelines, Makefiles and scripts


def _pipelines(project: Project) -> Iterator[Claim]:
    for source in project.of_kind("ci"):
        if is_yaml(source.path):
            for document in project.yaml(source).documents:
                yield from _settings(source.path, document, ())


def _settings(path: str, node: yaml.Node | None, inside: tuple[str, ...]) -> Iterator[Claim]:
    """The entries of every `env:` of GitHub's workflows and `variables:` of GitLab's, at whatever depth."""
    if isinstance(node, yaml.Mapping):
        for item in node.items:
            key = item.key.value if isinstance(item.key, yaml.Scalar) else ""
            value = yaml.resolve(item.value)
            if key in ("env", "variables", "environment") and isinstance(value, yaml.Mapping):
                where = f"env of job {inside[1]}" if len(inside) > 1 and inside[0] == "jobs" else "env of the workflow"
                yield from _entries(path, value, where)
            elif len(inside) < _DEEPEST:
                yield from _settings(path, value, (*inside, key))
    elif isinstance(node, yaml.Sequence):
        for element in node.items:
            yield from _settings(path, yaml.resolve(element), inside)


_DEEPEST = 12


def _entries(path: str, node: yaml.Mapping, what: str) -> Iterator[Claim]:
    for key, value in node.entries():
        name, written = text(key), scalar(value)
        if name and written is not None and name.replace("_", "a").isalnum():
            known = "${{" not in written.value and "$" not in written.value
            yield Claim(
                name,
                Place(Site(path, key.span), "workflow", what),
                True,
                type=from_value(written.value) if known else UNKNOWN,
                secret=(known and looks_secret(written.value)) or "secrets." in written.value,
            )


def _makefiles(project: Project) -> Iterator[Claim]:
    for tree in project.makefiles:
        path = tree.source.path
        for variable in tree.variables:
            if variable.export and variable.name.isidentifier():
                value = variable.value.text
                known = "$" not in value
                yield Claim(
                    variable.name,
                    Place(Site(path, variable.name_span), "make", "exported by make"),
                    True,
                    type=from_value(value) if known else UNKNOWN,
                    secret=known and looks_secret(value),
                )


def _commands(project: Project) -> Iterator[Claim]:
    """What `export NAME=value` and `NAME=value command` set in scripts, recipes and pipelines."""
    for path, kind in project.kinds.items():
        if kind not in ("make", "shell", "ci"):
            continue
        of = "make" if kind == "make" else "shell"
        for line in lines_of(project, path):
            for assignment in line.command.assignments:
                value = assignment.word.value
                secret = value is not None and looks_secret(value)
                what = f"set for {line.name}" if line.name else "set"
                yield Claim(assignment.name, Place(line.at, of, what), True, secret=secret)
            if line.name == "export":
                for word in line.command.words[1:]:
                    name, equals, _ = word.text.partition("=")
                    if equals and name.isidentifier():
                        what = "exported by a recipe" if of == "make" else "exported by a script"
                        secret = word.value is not None and looks_secret(word.value.partition("=")[2])
                        yield Claim(name, Place(line.word_at(word), of, what), True, secret=secret)


# The program


def _code(project: Project) -> Iterator[Claim]:
    for read in reads(project):
        if read.in_tests:
            continue
        kind, choices = from_code(read.type)
        said = kind != UNKNOWN
        if not said and read.default is not None:
            kind = from_value(read.default)
        yield Claim(
            read.name,
            Place(
                Site(read.path, read.span),
                "code",
                read.via if read.owner is None else f"{read.via} class {read.owner}",
                required=read.required,
                wanted=read.required,
                default=_shown(read.default),
            ),
            False,
            type=CHOICE if choices else kind,
            said=said,
            choices=choices,
            secret=is_secret_type(read.type) or (read.default is not None and looks_secret(read.default)),
            description=" ".join((read.description or "").split()),
        )
