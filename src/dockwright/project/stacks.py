"""Stacks: the compose projects as they are really invoked, out of every command line in the project."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from posixpath import basename, dirname
from typing import TypeAlias

from msgspec import Struct

from dockwright.project.commands import BuildCall, Commands, Invocation
from dockwright.project.compose import DEFAULT_NAMES, DEFAULT_OVERRIDES, ComposeFile, Service, settled, text
from dockwright.project.documents import says_what_is
from dockwright.project.model import Project, Trees, view
from dockwright.project.readers import code, devcontainer, document, lines, make, pipeline, script, settings
from dockwright.project.readers.collect import Around
from dockwright.project.references import is_relative, join, upwards
from dockwright.syntax import dotenv, yaml
from dockwright.text import Site, Source, lazy_regex

_READERS = {
    "make": make.read,
    "shell": script.read,
    "document": document.read,
    "devcontainer": devcontainer.read,
    "ci": pipeline.read,
    "task": pipeline.read,
    "python": code.read,
    "compose": lines.comments,
    "dockerfile": lines.comments,
    "env": settings.read,
}

# What people call their environments, and what we call them.
ENVIRONMENTS: Mapping[str, str] = {
    "dev": "dev", "develop": "dev", "development": "dev", "local": "dev", "override": "dev",
    "test": "test", "tests": "test", "testing": "test",
    "ci": "ci",
    "prod": "prod", "production": "prod", "live": "prod",
    "stage": "staging", "staging": "staging",
}  # fmt: skip

_TAG = lazy_regex(
    r"(?:.*[._-])?compose[._-](?P<tag>[\w.-]+)\.ya?ml|(?P<other>[\w-]+)[._-](?:docker-)?compose\.ya?ml|(?P<plain>[\w-]+)\.ya?ml"
)
_NOT_IN_NAMES = lazy_regex(r"[^a-z0-9_-]")

Look: TypeAlias = Callable[[str], ComposeFile | None]
"""What finds a compose file by its path."""


class Stack(Struct, frozen=True):
    """A compose project as it is invoked: which files, read from which folder, under which name.

    `files` and `env_files` are in the order of the command line, `project_directory` is what relative paths
    start from, and `directory_given` whether every call says so: else it is the first file's folder, and moves with
    it. `project_name` is what Compose would call it, and `named_by` what decides that: an option, the
    variable COMPOSE_PROJECT_NAME, the files' `name:`, or the folder. `implicit` says that Compose found the
    files by their names. A stack that nothing invokes is assumed from its files, and `invoked_from` is empty.
    """

    name: str
    files: tuple[str, ...]
    env_files: tuple[str, ...]
    project_directory: str
    project_name: str
    named_by: str
    invoked_from: tuple[Site, ...]
    implicit: bool
    directory_given: bool = False

    @property
    def given_name(self) -> str | None:
        """The project's name, where the files do not say it: whoever reads them in another folder has to be told."""
        return self.project_name if self.named_by in ("folder", "option", "COMPOSE_PROJECT_NAME") else None


@view
def commands(project: Project) -> Mapping[str, Commands]:
    """What each file that runs commands or names paths says of others; compose files and Dockerfiles come later."""
    found = {}
    for path, kind in project.kinds.items():
        reader = _READERS.get(kind)
        if reader is not None and says_what_is(project, path):
            found[path] = _said(project, reader, project.sources[path])
    return found


def _said(project: Project, reader: Callable[[Around, Source], Commands], source: Source) -> Commands:
    """What a file says, which hangs on its text and on where the paths lead that it names."""
    trees = project.trees

    def compute() -> Commands:
        return trees.looked_up(reader, source, project.look, lambda look: reader(Around(trees, look), source))

    # Most changes are of other files, and none comes or goes: then nothing has to be asked again.
    return trees.kept(_said, (reader, source.path), (source, project.listing), compute)


@view
def compose_files(project: Project) -> Mapping[str, ComposeFile]:
    """Every compose file, by path."""
    return {source.path: compose_file(project.trees, source) for source in project.of_kind("compose")}


def compose_file(trees: Trees, source: Source) -> ComposeFile:
    """A source as a compose file, the same one for the same text."""
    tree = trees.of(yaml.parse, source)
    return trees.kept(ComposeFile, source.path, (tree,), lambda: ComposeFile(source, tree))


@view
def stacks(project: Project) -> tuple[Stack, ...]:
    """Every stack, invoked ones first, in the order of their files."""
    files = compose_files(project)
    grouped: dict[tuple[tuple[str, ...], str], list[tuple[Invocation, bool]]] = {}
    for path, said in commands(project).items():
        for invocation in said.invocations:
            named = tuple(ref.target for ref in invocation.files)
            implicit = invocation.implicit
            if implicit:
                named = looked_up(project, invocation)
            if named and invocation.whole and all(name in files for name in named):
                directory = invocation.project_directory
                key = (named, dirname(named[0]) if directory is None else directory)
                grouped.setdefault(key, []).append((invocation, implicit and project.kinds[path] != "devcontainer"))
    invoked = [_invoked(project, key[0], key[1], calls) for key, calls in grouped.items()]
    assumed = [
        _assumed(project, names, path)
        for path, env_file in project.env_files.items()
        if len(names := _compose_file(env_file, dirname(path))) > 0
        and all(name in files for name in names)
        and all(names != stack.files for stack in invoked)
    ]
    used = {file for stack in (*invoked, *assumed) for file in stack.files} | _named_by_others(files, invoked)
    for names in _left(files, used):
        assumed.append(_assumed(project, names, None))
    unique = {(stack.files, stack.project_directory): stack for stack in reversed(assumed)}
    found = (*sorted(invoked, key=_files), *sorted(unique.values(), key=_files))
    # What is kept of a stack names it, and is found by it.
    return tuple(project.trees.kept(Stack, stack, (), partial(_itself, stack)) for stack in found)


def _itself(stack: Stack) -> Stack:
    return stack


def _files(stack: Stack) -> tuple[str, ...]:
    return stack.files


def looked_up(project: Project, invocation: Invocation) -> tuple[str, ...]:
    """The files that `docker compose` without -f finds: COMPOSE_FILE, else by name in its folder or one above."""
    folder = invocation.cwd if invocation.project_directory is None else invocation.project_directory
    for env_path in [ref.target for ref in invocation.env_files] or [join(folder, ".env")]:
        env_file = project.env_files.get(env_path)
        named = () if env_file is None else _compose_file(env_file, folder)
        if named:
            return named
    for above in upwards(folder):
        for name in DEFAULT_NAMES:
            path = join(above, name)
            if project.is_file(path):
                return (path, *_override(project, above))
    return ()


def _compose_file(env_file: dotenv.EnvFile, folder: str) -> tuple[str, ...]:
    """The files that COMPOSE_FILE names in an env file; the last entry counts."""
    values = [entry.value.text for entry in env_file.entries if entry.key == "COMPOSE_FILE"]
    return tuple(join(folder, name) for name in values[-1].split(":") if name) if values else ()


def _override(project: Project, folder: str) -> tuple[str, ...]:
    return tuple(path for name in DEFAULT_OVERRIDES if project.is_file(path := join(folder, name)))[:1]


def _named_by_others(files: Mapping[str, ComposeFile], invoked: list[Stack]) -> set[str]:
    """Files that another one extends or includes: fragments, not stacks of their own."""
    named: set[str] = set()
    for path, file in files.items():
        written = [include.value for include in file.includes]
        for service in file.services.values():
            extends = yaml.resolve(service.get("extends"))
            other = text(extends.get("file")) if extends is not None else None
            written += [] if other is None else [other]
        if written:
            folders = {dirname(path), *(stack.project_directory for stack in invoked if path in stack.files)}
            named.update(join(folder, name) for folder in folders for name in written)
    return {path for path in named if path not in files or not _is_an_environment(files[path])}


def _is_an_environment(file: ComposeFile) -> bool:
    """Whether a file is a stack of its own for all that others take from it: it names its project, for a purpose."""
    return file.project_name is not None and stack_name((file.path,)) in ENVIRONMENTS.values()


def _left(files: Mapping[str, ComposeFile], used: set[str]) -> Iterator[tuple[str, ...]]:
    """The files that nothing invokes, each with the base that it needs if it is an override."""
    for path, file in files.items():
        if path in used or file.root is None:
            continue
        bases = [base for name in DEFAULT_NAMES if (base := join(dirname(path), name)) in files and base != path]
        if bases and basename(path) in DEFAULT_OVERRIDES:
            if bases[0] in used:  # else it is found with its base
                yield bases[0], path
            continue
        fragment = any(
            not (service.get("image") or service.get("extends") or service.build) for service in file.services.values()
        )
        yield (bases[0], path) if fragment and bases else (path,)


def _invoked(project: Project, files: tuple[str, ...], directory: str, calls: list[tuple[Invocation, bool]]) -> Stack:
    env_files = dict.fromkeys(ref.target for call, _ in calls for ref in call.env_files)
    given = next((call.project_name for call, _ in calls if call.project_name and "$" not in call.project_name), None)
    name, named_by = (given, "option") if given else _project_name(project, files, directory, tuple(env_files))
    return Stack(
        stack_name(files),
        files,
        tuple(env_files),
        directory,
        name,
        named_by,
        tuple(call.at for call, _ in calls),
        all(implicit for _, implicit in calls),
        all(call.project_directory is not None for call, _ in calls),
    )


def _assumed(project: Project, files: tuple[str, ...], env_file: str | None) -> Stack:
    """A stack that no call makes: an env file's COMPOSE_FILE names its files, or only their names speak for it."""
    own = dirname(files[0])
    directory = own if env_file is not None else _assumed_directory(project, files)
    name, named_by = _project_name(project, files, directory, () if env_file is None else (env_file,))
    implicit = basename(files[0]) in DEFAULT_NAMES
    if implicit and len(files) == 1 and env_file is None:
        files = (*files, *_override(project, own))
    given = directory != own
    return Stack(stack_name(files), files, (), directory, name, named_by, (), implicit and not given, given)


def _assumed_directory(project: Project, files: tuple[str, ...]) -> str:
    """The first file's folder, or the one above in which more of what the files name is found.

    A file that some script adds to others is written for the folder of the first of those.
    """
    written = [path for name in files for path in _written_paths(compose_files(project)[name])]
    folders = upwards(dirname(files[0]))
    return max(folders, key=lambda folder: sum(project.exists(join(folder, path)) for path in written))


def _written_paths(file: ComposeFile) -> Iterator[str]:
    for service in file.services.values():
        build = service.build
        context = None if build is None else settled("." if build.context is None else build.context.value)
        if build is not None and context is not None and is_relative(context):
            name = settled("Dockerfile" if build.dockerfile is None else build.dockerfile.value)
            yield join(context, name) if name else context
        yield from (entry.path.value for entry in service.env_files if is_relative(entry.path.value))


def _project_name(
    project: Project, files: tuple[str, ...], directory: str, env_files: tuple[str, ...]
) -> tuple[str, str]:
    """The project's name and what decides it, in Compose's order of precedence below `-p`."""
    for env_path in reversed(env_files) if env_files else (join(directory, ".env"),):
        env_file = project.env_files.get(env_path)
        for entry in reversed(env_file.entries if env_file else ()):
            if entry.key == "COMPOSE_PROJECT_NAME" and entry.value.text:
                return entry.value.text, "COMPOSE_PROJECT_NAME"
    for path in reversed(files):
        written = compose_files(project)[path].project_name
        if written is not None and written.value:
            return written.value, "name"
    return normal_name(basename(directory) or project.name), "folder"


def normal_name(folder: str) -> str:
    """A folder's name as Compose makes a project name of it: lower case, `[a-z0-9_-]`, no leading `_` or `-`."""
    return _NOT_IN_NAMES.sub("", folder.lower()).lstrip("_-")


def stack_name(files: tuple[str, ...]) -> str:
    """What people call a stack: its environment where its last file's name tells one, `default` otherwise."""
    if basename(dirname(files[-1])) == ".devcontainer":
        return "devcontainer"
    match = _TAG.fullmatch(basename(files[-1]))
    if basename(files[-1]) in (*DEFAULT_NAMES, *DEFAULT_OVERRIDES) or match is None:
        return ENVIRONMENTS.get(basename(dirname(files[-1])).lower(), "default")
    tag = match["tag"] or match["other"] or match["plain"]
    return ENVIRONMENTS.get(tag.lower(), tag.lower())


def label(project: Project, stack: Stack) -> str:
    """A stack's name, with its files where another stack has the same name."""
    alone = _names(project)[stack.name] == 1
    return stack.name if alone else f"{stack.name} ({' + '.join(stack.files)})"


@view
def _names(project: Project) -> Counter[str]:
    """How many stacks have each name."""
    return Counter(stack.name for stack in stacks(project))


def service_places(project: Project, service: Service, below: str) -> tuple[str, ...]:
    """Where the proof shows a service's `below`, such as `healthcheck / test / 1`: once a stack that reads its file."""
    return tuple(
        f"stack {label(project, stack)} / services / {service.name} / {below}"
        for stack in stacks(project)
        if service.path in stack.files
    )


def services(project: Project, stack: Stack) -> Mapping[str, tuple[Service, ...]]:
    """A stack's services by name, each as every one of its files writes it, the last one winning."""
    found: dict[str, tuple[Service, ...]] = {}
    for path in stack.files:
        for name, service in compose_files(project)[path].services.items():
            found[name] = (*found.get(name, ()), service)
    return found


@view
def written_services(project: Project) -> tuple[tuple[Stack, tuple[Service, ...]], ...]:
    """The services of all stacks, each with its stack and as every one of the stack's files writes it."""
    return tuple((stack, written) for stack in stacks(project) for written in services(project, stack).values())


@view
def build_calls(project: Project) -> tuple[BuildCall, ...]:
    """Every way in which an image is built, by compose services and by command lines, each once."""
    found: list[BuildCall] = []
    for stack, written in written_services(project):
        for service in written:
            build = service.build
            if build is None or build.inline is not None:
                continue
            context = "." if build.context is None else settled(build.context.value)
            name = "Dockerfile" if build.dockerfile is None else settled(build.dockerfile.value)
            if context is None or name is None or not is_relative(context) or not is_relative(name):
                continue
            where = join(stack.project_directory, context)
            target = None if build.target is None else settled(build.target.value)
            found.append(BuildCall(Site(service.path, build.node.span), where, join(where, name), target or None))
    for said in commands(project).values():
        found += said.builds
    return tuple({(call.context, call.dockerfile, call.target): call for call in reversed(found)}.values())
