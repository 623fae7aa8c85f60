"""cache: a rebuild without a change takes every step from the cache, a change of the source not the dependencies."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from posixpath import basename, isabs, join, normpath
from secrets import token_hex
from time import perf_counter
from typing import Any

from msgspec import Struct
from msgspec.json import encode

from dockwright.facts.python_installers import INSTALLERS, unversioned
from dockwright.project.context import below, taken
from dockwright.project.images import Image, images, left_out
from dockwright.project.model import Project
from dockwright.tools import Engine
from dockwright.verify.evidence import Evidence, failed, passed, skipped, some
from dockwright.verify.live import Live
from dockwright.verify.starting import BUILD_SECONDS

CHECK = "cache"

# A step of a stage as BuildKit writes it with `--progress plain`: `#9 [builder 2/3] RUN uv sync`.
_STEP = re.compile(r"#(\d+) \[[^\]]*?\d+/\d+\] ((?:RUN|COPY|ADD|WORKDIR)\b.*)")
_CACHED = re.compile(r"#(\d+) CACHED")
# Keys of `build` that say where an image goes to, or what is fetched for it.
_NOT_HERE = frozenset({"tags", "cache_to", "pull"})
# What installs the others: a layer of these alone holds no dependencies.
_TOOLS = frozenset({"pip", "setuptools", "wheel", "uv", "poetry", "pdm", "pipenv", "hatch"})
_COMMANDS = re.compile(r"&&|\|\||;|\n")
_NO_SOURCE = frozenset({"setup.py", "conftest.py"})


class Context(Struct, frozen=True):
    """A build context: what the build leaves out of it, and the project's source in it, likeliest first."""

    left_out: Callable[[str], bool]
    sources: Sequence[str]


class Step(Struct, frozen=True):
    """A step of a build: its instruction, and whether it was taken from the cache."""

    instruction: str
    cached: bool


def context(project: Project, folder: str, dockerfile: str, target: str) -> Context | None:
    """The context of an image by paths below the project's root; None where the project does not know it.

    A change of a source file has to reach the image: those come first that the target's own stages copy.
    """
    image = next((each for each in images(project) if (each.context, each.path) == (folder, dockerfile)), None)
    if image is None:
        return None
    python = tuple(path for path in project.listing if path.endswith(".py") and basename(path) not in _NO_SOURCE)
    found = [path for path, _ in below(project, image, python)]
    copied = _copied(image, target)
    rank = {path: copied(path) for path in found}
    chosen = sorted((path for path in found if rank[path]), key=lambda path: (-rank[path], path.count("/"), path))
    return Context(left_out(project, image), chosen)


def _copied(image: Image, target: str) -> Callable[[str], int]:
    """How surely a path is copied: 2 by the target's own stages, 1 by another one, 0 by none."""
    last = image.by_name.get(target.lower(), image.tree.stages[-1])
    own = {stage.index for stage in image.lineage(last)}
    sources = [(each, 2 if each.stage.index in own else 1) for each in taken(image)]
    return lambda path: max((rank for each, rank in sources if each.covers(path)), default=0)


def check(
    live: Live, engine: Engine, contexts: Callable[[str, str, str], Context | None], tag: str, *, built: bool
) -> Iterator[Evidence]:
    """Evidence for each image that the stack builds.

    `contexts` gives a context by the absolute paths of its folder and Dockerfile, and the target. `built` is whether
    the images were built just now; else they are once, so that the cache has what the files say. What is built here is
    named `tag`, and is for whoever calls to remove.
    """
    known = set()
    for name, service in live.services.items():
        build = service.get("build")
        key = encode({key: value for key, value in (build or {}).items() if key not in _NOT_HERE})
        if build and key not in known:
            known.add(key)
            yield from _of_image(live, engine, name, contexts, tag, built=built)


def _of_image(
    live: Live,
    engine: Engine,
    name: str,
    contexts: Callable[[str, str, str], Context | None],
    tag: str,
    *,
    built: bool,
) -> Iterator[Evidence]:
    service = live.services[name]
    subject = str(service.get("image") or name)
    build = service["build"]
    folder, target = str(build.get("context") or ""), str(build.get("target") or "")
    if not isabs(folder):
        yield skipped(CHECK, subject, "its build context is no folder here")
        return
    dockerfile = normpath(join(folder, str(build.get("dockerfile") or "Dockerfile")))
    if not built:
        _built(live, engine, name, tag, folder)
    begun = perf_counter()
    steps = _built(live, engine, name, tag, folder)
    if isinstance(steps, str):
        yield failed(CHECK, subject, f"cannot be built again: {steps}", f"docker compose build {name}")
        return
    yield rebuilt(subject, steps, perf_counter() - begun)
    here = contexts(folder, dockerfile, target)
    if here is None or not here.sources:
        yield skipped(CHECK, subject, "no source that it copies is known, so none is changed")
        return
    changed = here.sources[0]
    with engine.copied(folder, here.left_out, {changed: f"\n# {token_hex(8)}\n"}) as copy:
        begun = perf_counter()
        steps = _built(live, engine, name, tag, copy)
    if isinstance(steps, str):
        yield skipped(CHECK, subject, f"a copy with {changed} changed cannot be built: {steps}")
    else:
        yield changed_source(subject, changed, steps, perf_counter() - begun)


def rebuilt(subject: str, steps: Sequence[Step], seconds: float) -> Evidence:
    """Whether a build that nothing has changed for took all from the cache."""
    anew = [_shown(each) for each in steps if not each.cached]
    detail = {"steps": len(steps), "anew": anew, "built_in": round(seconds, 2)}
    if not steps:
        return skipped(CHECK, subject, "its build has no steps, or tells none", **detail)
    if anew:
        reason = f"a rebuild without a change makes anew: {some(anew, 2)}"
        way_out = "let the build leave out what changes by itself: logs, caches, what the running stack writes"
        return failed(CHECK, subject, reason, way_out, **detail)
    return passed(CHECK, subject, f"a rebuild takes all {len(steps)} steps from the cache: {seconds:.1f} s", **detail)


def changed_source(subject: str, changed: str, steps: Sequence[Step], seconds: float) -> Evidence:
    """Whether a build after a change of the source took the layer of dependencies from the cache."""
    anew = [each for each in steps if not each.cached]
    detail = {"changed": changed, "steps": len(steps), "anew": [_shown(each) for each in anew]}
    detail["built_in"] = round(seconds, 2)
    if not anew:
        return skipped(CHECK, subject, f"a change of {changed} does not reach it", **detail)
    kept = [each for each in steps if each.cached and list(_installs(each))]
    # Behind the source only the project itself may be installed, by what has its dependencies already.
    lost = [each for each in anew if any(not (project and kept) for project in _installs(each))]
    if lost:
        reason = f"a change of {changed} installs the dependencies again: {_shown(lost[0])}"
        way_out = "copy the manifest and the lock, install, and copy the source behind that"
        return failed(CHECK, subject, reason, way_out, **detail)
    what = "reuses the dependencies' layer" if kept else "installs nothing"
    reason = f"a change of {changed} {what}, and makes {len(anew)} of {len(steps)} steps anew: {seconds:.1f} s"
    return passed(CHECK, subject, reason, **detail)


def _installs(step: Step) -> Iterator[bool]:
    """For each command of a step that installs dependencies: whether it may install the project itself alone."""
    if not step.instruction.startswith("RUN"):
        return
    for command in _COMMANDS.split(step.instruction):
        words = [unversioned(basename(word)) for word in command.split()]
        for start in range(len(words)):
            key = next((key for key in INSTALLERS if tuple(words[start : start + len(key)]) == key), None)
            if key is None:
                continue
            installer, rest = INSTALLERS[key], words[start + len(key) :]
            named = [re.split(r"[=<>~!\[@]", word)[0] for word in rest if not word.startswith("-")]
            if installer.manifests or not named or not _TOOLS.issuperset(named):
                yield installer.installs_project and not any(word in installer.without_project for word in rest)
            break


def _shown(step: Step) -> str:
    text = re.sub(r"\s*--(?:mount|chown|link|chmod)\S*", "", step.instruction)
    text = re.sub(r"\s+", " ", text)
    return text if len(text) <= 60 else f"{text[:59]}…"


def _built(live: Live, engine: Engine, name: str, tag: str, folder: str) -> list[Step] | str:
    """The steps of a build from a folder, or why there is none."""
    said = engine.docker(
        "compose", "-f", "-", "--project-directory", folder, "build", name,
        given=described(live.model, name, tag, folder), seconds=BUILD_SECONDS,
    )  # fmt: skip
    if not said.well:
        return live.secrets.hidden(said.err.strip().rpartition("\n")[2])[:200] or "Compose does not say why"
    return read(said.out + said.err)


def read(printed: str) -> list[Step]:
    """The steps in what a build printed, each once."""
    cached = set(_CACHED.findall(printed))
    return [Step(instruction, number in cached) for number, instruction in dict(_STEP.findall(printed)).items()]


def described(model: Mapping[str, Any], name: str, tag: str, folder: str) -> str:
    """A compose file that builds a service's image from a folder under another name, as Compose reads it."""
    build = model["services"][name]["build"]
    kept = {key: value for key, value in build.items() if key not in _NOT_HERE}
    if "dockerfile_inline" not in kept:
        kept["dockerfile"] = normpath(join(str(build["context"]), str(build.get("dockerfile") or "Dockerfile")))
    wanted = {each.get("source") if isinstance(each, dict) else each for each in build.get("secrets") or ()}
    secrets = {key: said for key, said in (model.get("secrets") or {}).items() if key in wanted}
    whole: dict[str, Any] = {
        "name": tag.replace(":", "-"),
        "services": {name: {"image": tag, "build": {**kept, "context": folder}}},
    }
    return encode(_doubled({**whole, "secrets": secrets} if secrets else whole)).decode()


def _doubled(value: Any) -> Any:
    """Every dollar twice, as Compose reads a plain one."""
    if isinstance(value, dict):
        return {name: _doubled(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_doubled(each) for each in value]
    return value.replace("$", "$$") if isinstance(value, str) else value
