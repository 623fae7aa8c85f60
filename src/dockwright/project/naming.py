"""Every reference of a project: what its commands, compose files and Dockerfiles name, and mentions in plain text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from posixpath import dirname

from dockwright.project.compose import Build, ComposeFile, Part, Service, elements, scalar
from dockwright.project.images import Image, images
from dockwright.project.model import Project, view
from dockwright.project.references import Reference, ReferenceKind, is_relative, join, reference
from dockwright.project.stacks import Stack, commands, compose_files, stacks
from dockwright.syntax import dockerfile, yaml
from dockwright.text import Mapped, Site, Source, Span, lazy_regex

_RELATIVE_TO_ITSELF = ("/.gitignore", "/.dockerignore")
"""Files whose patterns begin at their own folder: nothing of the root is named there."""
_LEADING = lazy_regex(r"\$\{?(\w+)")
# `${NAME:-path}`: what stands there is the path that counts unless somebody sets NAME.
_DEFAULT = lazy_regex(r"\$\{\w+:?-([^${}]*)\}")


@view
def references(project: Project) -> tuple[Reference, ...]:
    """Every reference that a tool follows, by place. Mentions in plain text are left to `mentions`."""
    found: dict[tuple[Site, str], Reference] = {}
    for said in commands(project).values():
        for ref in said.references:
            found.setdefault((ref.at, ref.target), ref)
    for ref in (*_compose_references(project), *_set_in_env_files(project), *_copy_references(project)):
        found.setdefault((ref.at, ref.target), ref)
    return tuple(sorted(found.values(), key=lambda ref: (ref.at, ref.target)))


def _compose_references(project: Project) -> Iterator[Reference]:
    """Each file's paths, relative to the project directory of the stack that reads it, once."""
    done: set[str] = set()
    for stack in stacks(project):
        for path in stack.files:
            if path not in done:
                done.add(path)
                yield from _in_file(project, compose_files(project)[path], stack)
    for path, file in compose_files(project).items():
        if path not in done:
            yield from _in_file(project, file, None)


def _in_file(project: Project, file: ComposeFile, stack: Stack | None) -> tuple[Reference, ...]:
    """A compose file's references, which hang on its text and on the stack that reads it."""
    return project.trees.kept(_of_file, file.path, (file, stack), lambda: tuple(_of_file(file, stack)))


def _set_in_env_files(project: Project) -> Iterator[Reference]:
    """The paths that env files give to variables with which a compose file begins a path: they follow that file."""
    for stack in stacks(project):
        if stack.directory_given:
            continue
        first = stack.files[0]
        files = [compose_files(project)[path] for path in stack.files]
        names = {name for file in files for service in file.services.values() for name in _leading(service)}
        for path, env_file in project.env_files.items() if names else ():
            if path not in stack.env_files and dirname(path) not in (dirname(first), "", "env"):
                continue
            for entry in (*env_file.entries, *env_file.commented):
                value = entry.value.text
                if entry.key in names and value.startswith("."):
                    end = value.find(":") if ":" in value else len(value)
                    ref = reference(
                        path, entry.value, 0, end, dirname(first), "bind mount", anchor=first, optional=True
                    )
                    if ref is not None:
                        yield ref


def _leading(service: Service) -> Iterator[str]:
    """The variables that a service's paths begin with."""
    build = service.build
    written = []
    for volume in service.volumes:
        whole = volume.node.value if isinstance(volume.node, yaml.Scalar) else ""
        written.append(whole if volume.source is None or whole else volume.source.text)
    if build is not None and build.context is not None:
        written.append(build.context.value)
    for text in written:
        match = _LEADING.match(text)
        if match is not None:
            yield match[1]


class _Paths:
    """Makes the references of one compose file."""

    def __init__(self, file: ComposeFile, stack: Stack | None) -> None:
        self.path = file.path
        first = file.path if stack is None else stack.files[0]
        given = stack is not None and stack.directory_given
        self.base = stack.project_directory if stack is not None and given else dirname(first)
        self.anchor = None if given else first

    def scalar(self, node: yaml.Scalar | None, kind: ReferenceKind, *, optional: bool = False) -> Reference | None:
        return None if node is None else self.part(Part(node.mapped, 0, len(node.mapped.text)), kind, optional=optional)

    def part(self, part: Part, kind: ReferenceKind, *, optional: bool = False) -> Reference | None:
        bounds = _settled(part)
        if bounds is None:
            return self.folder(part)
        return reference(self.path, part.mapped, *bounds, self.base, kind, anchor=self.anchor, optional=optional)

    def folder(self, part: Part) -> Reference | None:
        """The folder that stands before a variable: `./conf/` of `./conf/${SITE}.conf`, the base of `.env.${MODE}`."""
        known = part.text.partition("$")[0]
        if not known or not is_relative(known):
            return None
        end = part.start + known.rfind("/") + 1
        at = Site(self.path, part.mapped.span(part.start, end))
        written = part.mapped.text[part.start : end]
        certain = part.mapped.contiguous(part.start, max(end, part.start + 1))
        return Reference(at, written, join(self.base, written), self.base, "path", self.anchor, certain, True)


def _settled(part: Part) -> tuple[int, int] | None:
    """The bounds of a path, or of the default of a variable that is all of it; None where a variable decides."""
    if "$" not in part.text:
        return part.start, part.end
    match = _DEFAULT.fullmatch(part.mapped.text, part.start, part.end)
    return None if match is None else match.span(1)


_INCLUDES: Mapping[str, ReferenceKind] = {
    "path": "include",
    "env_file": "env file",
    "project_directory": "project directory",
}


def _of_file(file: ComposeFile, stack: Stack | None) -> Iterator[Reference]:
    paths = _Paths(file, stack)
    found: list[Reference | None] = [paths.scalar(node, _INCLUDES[key]) for key, node in file.include_paths]
    for service in file.services.values():
        found += _of_service(paths, service)
    for key, kind in (("configs", "config"), ("secrets", "secret")):
        for _, node in file.top_level(key):
            if isinstance(node, yaml.Mapping):
                found.append(paths.scalar(scalar(node.get("file")), kind))  # type: ignore[arg-type]
    yield from (ref for ref in found if ref is not None)


def _of_service(paths: _Paths, service: Service) -> Iterator[Reference | None]:
    build = service.build
    if build is not None and build.inline is None:
        context = paths.scalar(build.context, "build context")
        yield context
        if build.dockerfile is not None and (context is not None or build.context is None):
            # Relative to the context, which is the project directory where none is written. Whoever moves that
            # directory has to write the context, so that the path itself may stay.
            base = paths.base if context is None else context.target
            mapped = build.dockerfile.mapped
            bounds = _settled(Part(mapped, 0, len(mapped.text)))
            if bounds is not None:
                yield reference(service.path, mapped, *bounds, base, "dockerfile")
        for part in _additional_contexts(build):
            yield paths.part(part, "build context")
    for entry in service.env_files:
        yield paths.scalar(entry.path, "env_file", optional=not entry.required)
    for volume in service.volumes:
        if volume.bind and volume.source is not None:
            bounds = _settled(volume.source)
            # The default of `${DATA:-database}:/data` is a named volume.
            if bounds is None or volume.long or volume.source.mapped.text[bounds[0] : bounds[1]][:1] == ".":
                yield paths.part(volume.source, "bind mount", optional=True)
    extends = yaml.resolve(service.get("extends"))
    if isinstance(extends, yaml.Mapping):
        yield paths.scalar(scalar(extends.get("file")), "extends")
    develop = yaml.resolve(service.get("develop"))
    for watch in elements(develop.get("watch") if develop is not None else None):
        yield paths.scalar(scalar(watch.get("path")), "watched path", optional=True)


def _additional_contexts(build: Build) -> Iterator[Part]:
    """The folders among `additional_contexts`, a map or a list of name=path; others are images, URLs and services."""
    node = yaml.resolve(build.node.get("additional_contexts"))
    written = [scalar(value) for _, value in node.entries()] if node is not None else []
    for found in (*written, *(node.strings() if isinstance(node, yaml.Sequence) else ())):
        if found is not None:
            start = 0 if found in written else found.value.find("=") + 1
            part = Part(found.mapped, start, len(found.mapped.text))
            if part.text.startswith("."):
                yield part


def _copy_references(project: Project) -> Iterator[Reference]:
    """What COPY and ADD take from the build context; patterns and what another stage gives are left out."""
    for image in images(project):
        key = (image.path, image.context)
        yield from project.trees.kept(_copied, key, (image.tree,), partial(_copied, image))


def _copied(image: Image) -> tuple[Reference, ...]:
    return tuple(_copies(image))


def _copies(image: Image) -> Iterator[Reference]:
    for instruction in image.tree.instructions:
        if not isinstance(instruction, (dockerfile.Copy, dockerfile.Add)) or instruction.from_ is not None:
            continue
        for word in instruction.sources:
            written = word.value.lstrip("/")
            if any(sign in written for sign in "*?[$") or "://" in written or not written:
                continue
            start = word.mapped.text.find(written)
            if start >= 0:
                ref = reference(image.path, word.mapped, start, start + len(written), image.context, "copy source")
                if ref is not None:
                    yield ref


def mentions(project: Project, paths: Iterable[str]) -> Iterator[Reference]:
    """Where any file's text names one of `paths`, written from the root, outside every known reference.

    A mention is a word of its own: `docker-compose.yml` inside `docker-compose.yml.bak` or `old/docker-compose.yml`
    names another file.
    """
    names = sorted(paths, key=len, reverse=True)
    if not names:
        return
    name = r"(?:\./)?(?:" + "|".join(map(re.escape, names)) + ")"
    pattern = re.compile(rf"(?<![\w./$*{{}}\\-]){name}(?![\w/*-]|\.\w)")
    emphasised = re.compile(rf"(?<=(?<![\w*./])\*){name}(?=\*(?![\w*]))")
    known: dict[str, list[Span]] = {}
    for ref in references(project):
        known.setdefault(ref.at.path, []).append(ref.at.span)
    for path in project.kinds:
        if "/" in path and path.endswith(_RELATIVE_TO_ITSELF):
            continue
        yield from _mentions_in(project.sources[path], pattern, known.get(path, []))
        if project.kinds[path] == "document":
            yield from _mentions_in(project.sources[path], emphasised, known.get(path, []))


def _mentions_in(source: Source, pattern: re.Pattern[str], known: list[Span]) -> Iterator[Reference]:
    for match in pattern.finditer(source.text):
        span = Span(*match.span())
        if not any(other.overlaps(span) for other in known):
            written = Mapped.whole(match[0], match.start())
            ref = reference(source.path, written, 0, len(match[0]), "", "mention")
            if ref is not None:
                yield ref
