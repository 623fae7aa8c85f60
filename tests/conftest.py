"""What every test may use: an in-memory tree on disk, and the engine where there is one."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

import pytest
from hypothesis import settings

from leftovers import engine_shared

settings.register_profile("ci", max_examples=200, deadline=None)
settings.register_profile("deep", max_examples=5000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))

TAKES_THE_EXAMPLES_PORTS = {"test_env_create.py", "test_example.py", "test_journey.py"}

Tree = Callable[[Mapping[str, str | bytes]], Path]


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    """Writes {path: content} below a fresh folder and returns it; a test's world is readable at a glance."""

    def write(files: Mapping[str, str | bytes]) -> Path:
        root = tmp_path / "project"
        root.mkdir(exist_ok=True)
        for name, content in files.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        return root

    return write


@cache
def engine_answers() -> bool:
    """Whether a Docker engine answers on this machine."""
    if shutil.which("docker") is None:
        return False
    return subprocess.run(["docker", "info"], capture_output=True, check=False).returncode == 0


@cache
def compose_installed() -> bool:
    """Whether `docker compose` is installed; `config` needs no engine."""
    if shutil.which("docker") is None:
        return False
    return subprocess.run(["docker", "compose", "version"], capture_output=True, check=False).returncode == 0


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> object:
    """A module's live tests, which share a stack, go to one worker; modules that share ports, too."""
    from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

    class ByStack(LoadScopeScheduling):  # type: ignore[misc]
        def _split_scope(self, nodeid: str) -> str:
            module = nodeid.partition("::")[0].rpartition("/")[2]
            if module in TAKES_THE_EXAMPLES_PORTS or "the_refitted_example" in nodeid:
                return "the example's ports"
            return module if "/live/" in nodeid else nodeid

    return ByStack(config, log)


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("live"):
        if not engine_answers():
            if os.environ.get("DOCKWRIGHT_LIVE") == "1":
                pytest.fail("DOCKWRIGHT_LIVE=1, and no Docker engine answers")
            pytest.skip("no Docker engine answers")
        engine_shared()
    if item.get_closest_marker("compose") and not compose_installed():
        if os.environ.get("DOCKWRIGHT_LIVE") == "1":
            pytest.fail("DOCKWRIGHT_LIVE=1, and docker compose is not installed")
        pytest.skip("docker compose is not installed")
