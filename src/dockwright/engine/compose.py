"""Real Compose as a resolver: `docker compose config`, which needs no engine and runs no code of the project."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any

from dockwright.tools import Resolved, StackFiles

SECONDS = 60
"""How long one stack may take; a healthy one takes a tenth of a second."""


@cache
def _installed() -> bool:
    if shutil.which("docker") is None:
        return False
    try:
        version = subprocess.run(
            ["docker", "compose", "version", "--short"], capture_output=True, check=False, timeout=SECONDS
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return version.returncode == 0


def installed() -> RealCompose | None:
    """The resolver, or None where `docker compose` is not installed."""
    return RealCompose() if _installed() else None


class RealCompose:
    """Runs `docker compose config` in a copy of the files, so that what is not on disk yet can be resolved, too."""

    def resolve(self, contents: Mapping[str, bytes], stacks: Sequence[StackFiles]) -> list[Resolved]:
        """Each stack's model; variables stay as written, and the copy's own path is written as `.`."""
        with tempfile.TemporaryDirectory(prefix="dockwright-") as folder:
            # Deep enough for a path that leaves the project upwards to stay in the copy, and be written as `..`.
            root = Path(folder).resolve() / "1" / "2" / "3" / "4"
            for path, data in contents.items():
                target = root / path
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(data)
            with ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool:
                return list(pool.map(lambda stack: _config(root, stack), stacks))


def _config(root: Path, stack: StackFiles) -> Resolved:
    command = ["docker", "compose"]
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
