"""Which images a plan changes: each that stacks build, what builds it before and after, and what is declared of it."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from posixpath import basename, dirname, normpath
from typing import Any

from msgspec import DecodeError, Struct
from msgspec.json import decode

from dockwright.facts.python_installers import DEVELOPMENT_GROUPS
from dockwright.facts.start_commands import migrates
from dockwright.plan import Patch, Plan
from dockwright.project.images import Image, ignore_file_read, images, left_out
from dockwright.project.loader import Files, LoadError
from dockwright.project.loader.environment import project_variables
from dockwright.project.loader.files import anchored
from dockwright.project.loader.variables import text
from dockwright.project.lock import Lock, lock
from dockwright.project.model import Project
from dockwright.project.python_side import packagings
from dockwright.project.references import join, upwards
from dockwright.project.requirements import normalised
from dockwright.project.roles import role
from dockwright.project.stacks import Stack, label, stacks
from dockwright.proof.declared import Declared, Use
from dockwright.text import FileState
from dockwright.tools import ImageBuild, Resolved
from dockwright.verify.image import wanted_in_production

# Which instructions decide which aspect of an image.
_DECIDING: Mapping[str, frozenset[str]] = {
    "user": frozenset({"USER", "ARG"}),
    "command": frozenset({"CMD", "ENTRYPOINT"}),
    "environment": frozenset({"ENV", "ARG"}),
    "ports": frozenset({"EXPOSE"}),
    "volumes": frozenset({"VOLUME", "FROM"}),
    "distributions": frozenset({"RUN", "COPY", "FROM"}),
    "packages": frozenset({"RUN", "FROM"}),
    "files": frozenset({"COPY", "ADD", "RUN"}),
}
_LOCKS = frozenset({"uv.lock", "poetry.lock", "pdm.lock"})
_DEVELOPED = frozenset({"dev", "test", "ci", "devcontainer"})
_WORD = re.compile(r"[\w.+/-]+")
_ELSEWHERE = re.compile(r"^(?:/|~|\.\.(?:/|$)|[\w+.-]+:/|git@)")
_PINNED = re.compile(r"===?\s*([\w.!+-]+)$")


class Pair(Struct, frozen=True):
    """One image: how it is built before and after, and what is declared. `changed`: the plan changes what is read."""

    image: str
    before: ImageBuild
    after: ImageBuild
    declared: Declared
    changed: bool


class _Service(Struct, frozen=True):
    """A service of a resolved stack: how it builds its image, or the reason why that cannot be told."""

    about: Mapping[str, Any]
    build: ImageBuild | None
    reason: str | None = None


_Services = Mapping[tuple[str, ...], Mapping[str, _Service]]


def pairs(
    plan: Plan, before: Sequence[Resolved], after: Sequence[Resolved], environ: Mapping[str, str]
) -> tuple[list[Pair], list[tuple[str, str]]]:
    """Every image that stacks build before and after a plan, given their resolved models; and the services
    of which that cannot be told, each with the reason.

    Two services that build alike before and alike after are one pair. What a Dockerfile that the plan changes gives
    without a target is a pair by itself where no stack builds it: it is what others get.
    """
    moved = plan.changes.moved_to
    former, latter = _services(plan.before, before, environ), _services(plan.after, after, environ)
    by_files = {stack.files: stack for stack in stacks(plan.after)}
    unproved: list[tuple[str, str]] = []
    found: dict[tuple[ImageBuild, ImageBuild], list[tuple[Stack, str, Use]]] = {}
    for stack in stacks(plan.before):
        later = by_files.get(tuple(moved.get(path, path) for path in stack.files))
        for name, old in former[stack.files].items():
            new = latter.get(later.files, {}).get(name) if later is not None else None
            where = f"{label(plan.before, stack)} / {name}"
            reason = old.reason or (new.reason if new is not None else None)
            if reason is not None:
                unproved.append((where, reason))
            elif old.build is not None and new is not None and later is not None and new.build is not None:
                use = _use(where, old.about, new.about, latter[later.files].values())
                found.setdefault((old.build, new.build), []).append((later, name, use))
    for alone in _alone(plan):
        last = alone[1].target
        if not any(built.dockerfile == alone[1].dockerfile and built.target in (None, last) for _, built in found):
            found[alone] = []
    titles = _titles([new for _, new in found])
    made = [
        _pair(plan, title, old, new, uses, latter)
        for title, ((old, new), uses) in zip(titles, found.items(), strict=True)
    ]
    return made, unproved


def _alone(plan: Plan) -> Iterator[tuple[ImageBuild, ImageBuild]]:
    """The last stage of each Dockerfile that the plan changes, before and after."""
    for image in images(plan.before):
        path = plan.changes.moved_to.get(image.path, image.path)
        if _differs(plan, image.path, path):
            later = next((each for each in images(plan.after) if each.path == path and each.tree.stages), None)
            if later is not None:
                yield ImageBuild(image.context, image.path), ImageBuild(later.context, path, later.tree.stages[-1].name)


def unread(plan: Plan, made: Sequence[Pair]) -> Callable[[str], bool]:
    """Tells of a path whether none of the plan's builds reads it."""
    readers = [
        (f"{pair.after.context}/" if pair.after.context else "", left_out(plan.after, image), pair.after.dockerfile)
        for pair in made
        if (image := _image(plan.after, pair.after)) is not None
    ]
    kept = {path for pair in made for path in (pair.after.dockerfile, f"{pair.after.dockerfile}.dockerignore")}
    kept |= {join(pair.after.context, ".dockerignore") for pair in made}
    others = tuple(f"{path}/" for pair in made for _, path in pair.after.contexts)

    def is_unread(path: str) -> bool:
        if path in kept or path.startswith(others):
            return False
        return all(not path.startswith(lead) or ignored(path[len(lead) :]) for lead, ignored, _ in readers)

    return is_unread


def _differs(plan: Plan, old: str, new: str) -> bool:
    before, after = plan.before.sources.get(old), plan.after.sources.get(new)
    return before is not None and after is not None and before.text != after.text


def _titles(builds: Sequence[ImageBuild]) -> list[str]:
    """What each image is called: its Dockerfile and stage, with a number where these are the same."""
    titles: list[str] = []
    for build in builds:
        title = f"{build.dockerfile} {build.target or ''}".strip()
        number = 1 + sum(each.partition(" #")[0] == title for each in titles)
        titles.append(title if number == 1 else f"{title} #{number}")
    return titles


# What services build


def _services(project: Project, models: Sequence[Resolved], environ: Mapping[str, str]) -> _Services:
    """The services of each stack by its files; one that names an image that another builds has that image."""
    built: dict[tuple[str, ...], dict[str, _Service]] = {}
    names: dict[str, ImageBuild] = {}
    for stack, resolved in zip(stacks(project), models, strict=True):
        services = (resolved.model or {}).get("services") or {}
        variables = _variables(project, stack, environ)
        built[stack.files] = {}
        for name, about in services.items():
            service = _service(about, stack, variables)
            built[stack.files][name] = service
            if service.build is not None and isinstance(about.get("image"), str):
                names.setdefault(about["image"], service.build)
    return {
        files: {
            name: _Service(each.about, names[each.about["image"]])
            if each.build is None and each.reason is None and each.about.get("image") in names
            else each
            for name, each in services.items()
        }
        for files, services in built.items()
    }


def _variables(project: Project, stack: Stack, environ: Mapping[str, str]) -> Mapping[str, str]:
    """What a stack's variables are; an env file that is not there yet has its example's."""
    paths = [
        next((each for each in (path, f"{path}.example", f"{path}.sample") if each in project.sources), None)
        for path in stack.env_files
    ]
    files = Files(project.sources, project.name, None, project.trees)
    there = tuple(anchored(path) for path in paths if path is not None)
    try:
        return project_variables(files, environ, there, anchored(stack.project_directory))
    except LoadError:
        return environ


def _service(about: Mapping[str, Any], stack: Stack, variables: Mapping[str, str]) -> _Service:
    build = about.get("build")
    if build is None:
        return _Service(about, None)
    build = {"context": build} if isinstance(build, str) else build
    for key, what in (("dockerfile_inline", "its Dockerfile stands in a compose file"), ("ssh", "it wants an SSH key")):
        if build.get(key):
            return _Service(about, None, what)
    if build.get("secrets"):
        return _Service(about, None, "its build wants secrets")
    try:
        context = _path(text(str(build.get("context", ".")), variables))
        dockerfile = text(str(build.get("dockerfile") or "Dockerfile"), variables)
        target = text(str(build.get("target") or ""), variables) or None
        args = tuple(sorted(_args(build.get("args"), variables)))
        contexts = tuple(
            (name, _path(text(str(path), variables)) if str(path).startswith(".") else text(str(path), variables))
            for name, path in sorted((build.get("additional_contexts") or {}).items())
        )
    except LoadError as error:
        return _Service(about, None, error.message)
    if _ELSEWHERE.match(context) or _ELSEWHERE.match(normpath(join(context, dockerfile))):
        return _Service(about, None, "it is built from outside of the project")
    if any(path.startswith("service:") for _, path in contexts):
        return _Service(about, None, "its build takes the image of another service")
    network = build.get("network")
    return _Service(about, ImageBuild(context, join(context, dockerfile), target, args, contexts, network))


def _path(written: str) -> str:
    return "" if normpath(written) == "." else normpath(written)


def _args(written: object, variables: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """The build arguments with values; one that is only named has the environment's, if any."""
    pairs = written.items() if isinstance(written, dict) else ()
    listed = [str(each).partition("=") for each in written] if isinstance(written, list) else []
    for name, value in (*pairs, *((name, value if equals else None) for name, equals, value in listed)):
        if value is not None:
            yield str(name), text(str(value), variables)
        elif name in variables:
            yield str(name), variables[name]


def _use(where: str, old: Mapping[str, Any], new: Mapping[str, Any], beside: Iterable[_Service]) -> Use:
    return Use(
        where, _command(old, "entrypoint"), _command(old, "command"), _command(new, "entrypoint"),
        _command(new, "command"), _migrates(beside),
    )  # fmt: skip


def _migrates(services: Iterable[_Service]) -> bool:
    """Whether one of these services does nothing but migrate."""
    return any(migrates(_command(each.about, "command") or ()) for each in services)


def _command(about: Mapping[str, Any], key: str) -> tuple[str, ...] | None:
    """A service's command as words; Compose splits a text as a shell would, and writes `$$` for a dollar."""
    said = about.get(key)
    if said is None:
        return None
    try:
        words = shlex.split(said) if isinstance(said, str) else [str(each) for each in said]
    except ValueError:
        words = str(said).split()
    return tuple(word.replace("$$", "$") for word in words)


# What is declared


def _pair(
    plan: Plan,
    title: str,
    old: ImageBuild,
    new: ImageBuild,
    used: Sequence[tuple[Stack, str, Use]],
    services: _Services,
) -> Pair:
    context = f"{new.context}/" if new.context else ""
    held = _lock(plan.after, new)
    development, conditional, own = (frozenset(),) * 3 if held is None else _of_lock(held)
    names = {each.name for each in packagings(plan.before) + packagings(plan.after) if each.name}
    said = plan.before.sources.get(old.dockerfile)
    spoken = {
        word.removeprefix("./").removeprefix("/app/")
        for stack, name, _ in used
        for key in ("command", "entrypoint", "healthcheck")
        for word in _WORD.findall(str(services[stack.files][name].about.get(key)))
    }
    declared = Declared(
        owners=_owners(plan, old, {name for _, name, _ in used}),
        uses=tuple(use for _, _, use in used),
        migrated=any(_migrates(each.values()) for each in services.values()),
        production=not any((role(plan.after, stack) or stack.name) in _DEVELOPED for stack, _, _ in used),
        mounted=_mounted([services[stack.files][name].about for stack, name, _ in used]),
        locked=_locked(plan.after),
        development=development,
        conditional=conditional,
        own=own | {normalised(name) for name in names},
        pinned=_pinned(plan.before),
        gone=dict(_gone(plan, old)),
        written=dict(_written(plan, context)),
        there=frozenset(path[len(context) :] for path in plan.after.listing if path.startswith(context)),
        before_there=_below(plan.before, old.context),
        settings=frozenset((*_settings(plan.before, old), *_settings(plan.after, new))),
        named=frozenset(_WORD.findall(said.text)) if said is not None else frozenset(),
        spoken=frozenset(spoken),
    )
    return Pair(title, old, new, declared, _changed(plan, old, new))


def _mounted(services: Sequence[Mapping[str, Any]]) -> frozenset[str]:
    """Where each of these services mounts something."""
    targets = [
        {
            each["target"] if isinstance(each, dict) else str(each).split(":")[1]
            for each in about.get("volumes") or ()
            if isinstance(each, dict) or ":" in str(each)
        }
        for about in services
    ]
    return frozenset(set.intersection(*targets)) if targets else frozenset()


def _below(project: Project, context: str) -> frozenset[str]:
    lead = f"{context}/" if context else ""
    return frozenset(path[len(lead) :] for path in project.listing if path.startswith(lead))


def _image(project: Project, build: ImageBuild) -> Image | None:
    tree = project.dockerfile(build.dockerfile)
    return None if tree is None else Image(build.dockerfile, tree, build.context, ())


def _settings(project: Project, build: ImageBuild) -> Iterator[str]:
    """The variables that a Dockerfile sets."""
    tree = project.dockerfile(build.dockerfile)
    for each in () if tree is None else tree.instructions:
        if each.keyword == "ENV":
            yield from (pair.key.value for pair in getattr(each, "pairs", ()))


def _changed(plan: Plan, old: ImageBuild, new: ImageBuild) -> bool:
    """Whether the plan changes anything that the build reads."""
    if (old.context, old.target, old.args) != (new.context, new.target, new.args) or old.contexts or new.contexts:
        return True
    if _differs(plan, old.dockerfile, new.dockerfile):
        return True
    before, after = _image(plan.before, old), _image(plan.after, new)
    if before is None or after is None:
        return True
    lead = f"{old.context}/" if old.context else ""
    ignored = left_out(plan.before, before), left_out(plan.after, after)
    files = [path[len(lead) :] for path in plan.changes.files if path.startswith(lead)]
    if _text(plan.before, ignore_file_read(plan.before, before)) != _text(
        plan.after, ignore_file_read(plan.after, after)
    ):
        return True
    return any(not each(path) for path in files for each in ignored)


def _text(project: Project, path: str | None) -> str | None:
    source = None if path is None else project.sources.get(path)
    return None if source is None else source.text


def _lock(project: Project, build: ImageBuild) -> Lock | None:
    folders = (build.context, *upwards(dirname(build.dockerfile)))
    return next((found for folder in folders if (found := lock(project, folder)) is not None), None)


def _of_lock(held: Lock) -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    """The distributions that only development groups lead to, those that hang on markers, and the project's own."""
    for_others = [group for group in held.groups if group.strip("[]") not in DEVELOPMENT_GROUPS]
    in_all, in_others = held.at_run_time(held.groups), held.at_run_time(for_others)
    own = [name for name, each in held.distributions.items() if each.origin in ("virtual", "editable", "directory")]
    wanted = wanted_in_production(held)
    development = frozenset(map(normalised, in_all.keys() - in_others.keys()))
    return development, frozenset(wanted.versions.keys() - wanted.required), frozenset(map(normalised, own))


def _locked(project: Project) -> dict[str, frozenset[str]]:
    """Every version that a lock names."""
    found: dict[str, set[str]] = {}
    for path in project.sources:
        file = project.toml(path) if basename(path) in _LOCKS else None
        packages = None if file is None else file.get("package")
        for each in packages if isinstance(packages, list) else ():
            if isinstance(each, dict) and "name" in each and "version" in each:
                found.setdefault(normalised(str(each["name"])), set()).add(str(each["version"]))
        if basename(path) == "Pipfile.lock":
            for name, version in _of_pipenv(project.sources[path].data):
                found.setdefault(normalised(name), set()).add(version)
    return {name: frozenset(versions) for name, versions in found.items()}


def _of_pipenv(data: bytes) -> Iterator[tuple[str, str]]:
    try:
        said = decode(data)
    except DecodeError:
        return
    for section in ("default", "develop"):
        for name, about in (said.get(section) or {}).items() if isinstance(said, dict) else ():
            if isinstance(about, dict) and isinstance(about.get("version"), str):
                yield name, about["version"].lstrip("=")


def _pinned(project: Project) -> dict[str, frozenset[str]]:
    """Every version that a lock or a manifest names."""
    found = {name: set(versions) for name, versions in _locked(project).items()}
    for each in packagings(project):
        for dependency in each.dependencies:
            exact = _PINNED.match(dependency.specifier.strip())
            if exact is not None:
                found.setdefault(dependency.name, set()).add(exact[1])
    return {name: frozenset(versions) for name, versions in found.items()}


def _gone(plan: Plan, build: ImageBuild) -> Iterator[tuple[str, tuple[str, str]]]:
    """The files of the context that the plan moves or deletes: what became of each, and whose patches did it."""
    lead = f"{build.context}/" if build.context else ""
    for path, change in plan.changes.files.items():
        if path.startswith(lead) and change.before is not None and change.after is None:
            what = "the plan moves it" if path in plan.changes.moved_to else "the plan deletes it"
            owner = next((each.owner for each in plan.patches if _takes(each, path)), None)
            if owner is not None:
                yield path[len(lead) :], (what, owner)


def _takes(patch: Patch, path: str) -> bool:
    change = patch.changes.files.get(path)
    return change is not None and change.after is None


def _written(plan: Plan, lead: str) -> Iterator[tuple[str, tuple[str, str]]]:
    """The files of the context that the plan writes: what each becomes, and whose patches did it."""
    for path, change in plan.changes.files.items():
        if path.startswith(lead) and change.after is not None:
            owners = dict.fromkeys(patch.owner for patch in plan.patches if path in patch.changes.files)
            yield path[len(lead) :], (fact(change.after), ", ".join(owners))


def fact(file: FileState) -> str:
    """A file as `verify.inside.CONTRACT` has it."""
    if file.link is not None:
        return f"-> {file.link}"
    return sha256(file.data).hexdigest() + (" executable" if file.mode & 0o111 else "")


def _owners(plan: Plan, build: ImageBuild, services: set[str]) -> dict[str, tuple[str, ...]]:
    """Whose patches changed what decides each aspect of an image.

    Where the Dockerfile says it already, who has a service build another of its stages has.
    """
    found: dict[str, dict[str, None]] = {aspect: {} for aspect in (*_DECIDING, "base", "lock")}
    chosen: dict[str, None] = {}
    path = build.dockerfile
    for patch in plan.patches:
        if patch.before is None or patch.after is None:
            continue
        later = patch.changes.moved_to.get(path, path)
        old, new = _said(patch.before, path, build.context), _said(patch.after, later, build.context)
        for aspect in (*_DECIDING, "base"):
            if old.get(aspect) != new.get(aspect):
                found[aspect][patch.owner] = None
        if any(basename(each) in _LOCKS or basename(each) == "pyproject.toml" for each in patch.changes.files):
            found["lock"][patch.owner] = None
        for intent in patch.intends:
            service = intent.place.removesuffix(" / build / target").rpartition(" / services / ")[2]
            if service in services and intent.place.endswith(" / build / target"):
                chosen[patch.owner] = None
        path = later
    return {
        aspect: tuple(owners or (chosen if aspect not in ("lock", "base") else {})) for aspect, owners in found.items()
    }


def _said(project: Project, path: str, context: str) -> dict[str, tuple[str, ...]]:
    """The instructions of a Dockerfile that decide each aspect, and with the files what the build may see."""
    tree = project.dockerfile(path)
    if tree is None:
        return {}
    said = {
        aspect: tuple(each.logical.text for each in tree.instructions if each.keyword in keywords)
        for aspect, keywords in _DECIDING.items()
    }
    said["base"] = tuple(Image(path, tree, context, ()).base(stage) for stage in tree.stages[-1:])
    ignored = _text(project, f"{path}.dockerignore")
    said["files"] += (ignored if ignored is not None else _text(project, join(context, ".dockerignore")) or "",)
    return said
