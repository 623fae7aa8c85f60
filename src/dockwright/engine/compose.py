"""Real Compose as a resolver: `docker compose config`, which needs no engine and runs no code of the project."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from dockwright.tools import Resolved, StackFiles

_AS_PLUGIN = "DOCKER_CLI_PLUGIN_ORIGINAL_CLI_COMMAND"
"""The variable by which `docker` tells a plugin that it is run as one."""

SECONDS = 60
"""How long one stack may take; a healthy one takes a tenth of a second."""


# Where `docker` looks for its plugins, below its own folder in the user's home and before those of `_SYSTEM`.
# Source: docker/cli, `cli-plugins/manager` and docs/extend/cli_plugins.md.
_SYSTEM = (
    "/usr/local/lib/docker/cli-plugins",
    "/usr/local/libexec/docker/cli-plugins",
    "/usr/lib/docker/cli-plugins",
    "/usr/libexec/docker/cli-plugins",
)


@cache
def _command() -> tuple[str, ...]:
    """What runs Compose; nothing where it is not installed."""
    docker = shutil.which("docker")
    if docker is None:
        return ()
    plugin = _plugin()
    if plugin is not None:
        return (plugin, "compose")
    try:
        version = subprocess.run(
            ["docker", "compose", "version", "--short"], capture_output=True, check=False, timeout=SECONDS
        )
    except (OSError, subprocess.TimeoutExpired):
        return ()
    return ("docker", "compose") if version.returncode == 0 else ()


def _plugin() -> str | None:
    """The program that `docker compose` runs: alone it takes a third of the time, as `docker` asks every plugin first.

    None where the user's settings name more folders to look in: `docker` knows best then.
    """
    own = Path(os.environ.get("DOCKER_CONFIG") or Path.home() / ".docker")
    try:
        if "cliPluginsExtraDirs" in (own / "config.json").read_text(encoding="utf-8", errors="replace"):
            return None
    except OSError:
        pass
    return shutil.which("docker-compose", path=os.pathsep.join((str(own / "cli-plugins"), *_SYSTEM)))


def installed() -> RealCompose | None:
    """The resolver, or None where `docker compose` is not installed."""
    return RealCompose() if _command() else None


class RealCompose:
    """Runs `docker compose config` in a copy of the files, so that what is not on disk yet can be resolved, too."""

    def resolve(self, contents: Mapping[str, bytes], stacks: Sequence[StackFiles]) -> list[Resolved]:
        """Each stack's model; variables stay as written, and the copy's own path is written as `.`."""
        with self.resolving(contents, stacks) as models:
            return models()

    @contextmanager
    def resolving(
        self, contents: Mapping[str, bytes], stacks: Sequence[StackFiles]
    ) -> Iterator[Callable[[], list[Resolved]]]:
        """The same, meanwhile: what this gives waits for the models. Those that nobody has asked for are left."""
        with tempfile.TemporaryDirectory(prefix="dockwright-") as folder:
            # Deep enough for a path that leaves the project upwards to stay in the copy, and be written as `..`.
            root = Path(folder).resolve() / "1" / "2" / "3" / "4"
            for path, data in contents.items():
                target = root / path
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(data)
            pool = ThreadPoolExecutor(max_workers=os.cpu_count() or 1)
            try:
                asked = [pool.submit(_config, root, stack) for stack in stacks]
                yield lambda: [each.result() for each in asked]
            finally:
                pool.shutdown(cancel_futures=True)


def _config(root: Path, stack: StackFiles) -> Resolved:
    command = list(_command())
    for path in stack.files:
        command += ["-f", str(root / path)]
    for path in stack.env_files:
        if (root / path).is_file():
            command += ["--env-file", str(root / path)]
    command += ["--project-directory", str(root / stack.project_directory)]
    if stack.project_name is not None:
        command += ["-p", stack.project_name]
    command += ["--profile", "*", "config", "--format", "json", "--no-interpolate", "--no-env-resolution"]
    # Nothing of this shell's own COMPOSE_* may decide what the project resolves to.
    environ = {name: value for name, value in os.environ.items() if not name.startswith("COMPOSE_")}
    environ[_AS_PLUGIN] = "docker"
    try:
        done = subprocess.run(
            command, cwd=root, env=environ, capture_output=True, text=True, check=False, timeout=SECONDS
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return Resolved(None, str(error))
    if done.returncode != 0:
        return Resolved(None, done.stderr.strip().rpartition("\n")[2].replace(str(root), "."))
    text = done.stdout.replace(str(root), ".")
    for above, folder in zip(("..", "../..", "../../..", "../../../.."), root.parents, strict=False):
        text = text.replace(str(folder), above)
    model: dict[str, Any] = json.loads(text)
    return Resolved(model)
