"""Real Compose as the loader's peer: the same call to both, and what they say of it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from posixpath import dirname
from typing import Any, NamedTuple

from dockwright.project.discover import discover
from dockwright.project.loader import Call, Files, LoadError, resolved, unresolved
from dockwright.project.model import Project
from dockwright.project.references import join
from dockwright.project.stacks import Stack, compose_files, stacks
from dockwright.project.variables import scalars
from dockwright.syntax.interpolation import uses
from dockwright.text import Source


def call(stack: Stack) -> Call:
    """How Compose is called for a stack; a name that no file gives is said, since another folder may hold the files."""
    given = stack.project_name if stack.named_by in ("folder", "option", "COMPOSE_PROJECT_NAME") else None
    return Call(stack.files, stack.env_files, stack.project_directory, given)


HOME = "/home/someone"
PLUGINS = (
    Path.home() / ".docker/cli-plugins",
    Path("/usr/local/lib/docker/cli-plugins"),
    Path("/usr/local/libexec/docker/cli-plugins"),
    Path("/usr/lib/docker/cli-plugins"),
    Path("/usr/libexec/docker/cli-plugins"),
)

Said = dict[str, Any] | str
"""A model, or the reason why there is none."""


class Case(NamedTuple):
    """A call of Compose in a project of these files; `interpolates` is whether variables are filled in."""

    files: Mapping[str, str | bytes]
    call: Call
    interpolates: bool
    environ: Mapping[str, str] = {}


class Answer(NamedTuple):
    """What Compose and the loader say of one case; None for a loader that raised something else."""

    case: Case
    real: Said
    own: Said

    @property
    def agree(self) -> bool:
        """Whether both refuse, or both give the same model."""
        if isinstance(self.real, str) or isinstance(self.own, str):
            return isinstance(self.real, str) and isinstance(self.own, str)
        return same(self.real, self.own)

    @property
    def differences(self) -> tuple[str, ...]:
        """The places where the two differ, with what each has there."""
        if isinstance(self.real, str) and isinstance(self.own, str):
            return ()
        if isinstance(self.real, str) or isinstance(self.own, str):
            return (f"Compose: {_brief(self.real)}; loader: {_brief(self.own)}",)
        return tuple(differing(self.real, self.own))


def answers(cases: Iterable[Case]) -> Iterator[Answer]:
    """Ask both; several processes of Compose at once."""
    with ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool:
        for case, real in pool.map(lambda case: (case, real_answer(case)), cases):
            yield Answer(case, real, own_answer(case))


def project_cases(folder: str) -> Iterator[Case]:
    """Every stack of a project, its variables as written and filled in; what is not in the repository made up."""
    project = discover(folder)
    written = {source.path: source.data for source in project.of_kind("compose", "env")}
    for stack in stacks(project):
        said = call(stack)
        said = Call(
            said.files,
            tuple(path for path in said.env_files if path in written),
            said.project_directory,
            said.project_name,
        )
        yield Case(written, said, False)
        yield Case(written, said, True)
        missing = dict.fromkeys(_missing_env_files(project, stack), b"MADE_UP=1\n")
        environ = dict.fromkeys(_required_variables(project), "value")
        if missing or environ:
            yield Case({**missing, **written}, said, True, environ)


def _missing_env_files(project: Project, stack: Stack) -> Iterator[str]:
    for path, file in compose_files(project).items():
        for service in file.services.values():
            for entry in service.env_files:
                for base in (stack.project_directory, dirname(path)):
                    named = join(base, entry.path.value)
                    if not named.startswith(("..", "/")) and "$" not in named and named not in project.listing:
                        yield named


def _required_variables(project: Project) -> Iterator[str]:
    for file in compose_files(project).values():
        for scalar in scalars(file.root) if file.root is not None else ():
            if "$" in scalar.value:
                yield from (use.name for use in uses(scalar.mapped) if use.required)


def own_answer(case: Case) -> Said:
    """What the loader says."""
    sources = {
        path: Source.read(path, text.encode("utf-8", "surrogateescape") if isinstance(text, str) else text)
        for path, text in case.files.items()
    }
    files = Files(sources, "project", HOME)
    try:
        load = resolved if case.interpolates else unresolved
        return load(files, case.call, environment(case))
    except LoadError as error:
        return str(error)


def environment(case: Case) -> dict[str, str]:
    """The variables of the process that Compose runs in."""
    return {"HOME": HOME, "PATH": os.environ["PATH"], "PWD": "/", **case.environ}


@cache
def command() -> tuple[str, ...]:
    """Compose itself where it is found; through `docker` it takes twice as long to start."""
    for folder in PLUGINS:
        if (folder / "docker-compose").is_file():
            return (str(folder / "docker-compose"),)
    return ("docker", "compose")


def real_answer(case: Case) -> Said:
    """What Compose says; the project's own path is written as the loader does it."""
    folder = Path(tempfile.mkdtemp(prefix="dockwright-")).resolve()
    try:
        root = folder / "1" / "2" / "3" / "project"
        root.mkdir(parents=True)
        for path, text in case.files.items():
            target = root / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(text.encode("utf-8", "surrogateescape") if isinstance(text, str) else text)
        return _asked(root, case)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _asked(root: Path, case: Case) -> Said:
    call = case.call
    words = [*command()]
    for path in call.files:
        words += ["-f", str(root / path)]
    for path in call.env_files:
        words += ["--env-file", str(root / path)]
    if call.project_directory is not None:
        words += ["--project-directory", str(root / call.project_directory)]
    if call.project_name is not None:
        words += ["-p", call.project_name]
    for profile in call.profiles:
        words += ["--profile", profile]
    words += ["config", "--format", "json"]
    if not case.interpolates:
        words += ["--no-interpolate", "--no-env-resolution"]
    done = subprocess.run(
        words, cwd=root, env=environment(case), capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
    )
    if done.returncode:
        said = [line for line in done.stderr.splitlines() if "level=warning" not in line]
        return "\n".join(said).replace(str(root), ".") or "refused"
    text = done.stdout.replace(str(root), ".")
    for above, parent in zip(("..", "../..", "../../..", "../../../.."), root.parents, strict=False):
        text = text.replace(str(parent), above)
    found: dict[str, Any] = json.loads(text)
    return found


def same(one: Any, other: Any) -> bool:
    """Whether two values are the same in JSON, where true is not 1."""
    return not any(True for _ in differing(one, other))


def differing(one: Any, other: Any, place: str = "") -> Iterator[str]:
    """The places where Compose's value and the loader's differ."""
    if isinstance(one, dict) and isinstance(other, dict):
        for key in sorted(one.keys() | other.keys()):
            if key not in other:
                yield f"{place}/{key}: Compose has {_brief(one[key])}"
            elif key not in one:
                yield f"{place}/{key}: the loader has {_brief(other[key])}"
            else:
                yield from differing(one[key], other[key], f"{place}/{key}")
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for index, (first, second) in enumerate(zip(one, other, strict=True)):
            yield from differing(first, second, f"{place}/{index}")
    elif isinstance(one, bool) is not isinstance(other, bool) or one != other:
        yield f"{place}: Compose has {_brief(one)}, the loader {_brief(other)}"


def _brief(value: Any) -> str:
    text = repr(value) if isinstance(value, str) else json.dumps(value, default=str)
    return text if len(text) < 300 else f"{text[:300]}…"
