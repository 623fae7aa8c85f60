"""Compose as a resolver: which program is run, and that nobody waits for what nobody asks for."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from dockwright.engine import compose
from dockwright.engine.compose import RealCompose, installed
from dockwright.tools import StackFiles

FILES = {"compose.yaml": b"name: shop\nservices:\n  web: {image: 'a:${TAG}', ports: ['80:80']}\n"}
STACK = StackFiles(("compose.yaml",), (), "", None)
PLUGIN = """#!/bin/sh
echo "$DOCKER_CLI_PLUGIN_ORIGINAL_CLI_COMMAND $1" >> "$(dirname "$0")/log"
sleep 0.2
echo '{"name": "by the plugin"}'
"""


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A user's folder of settings for Docker, with a plugin that writes down its calls, and a `docker` on PATH."""
    for name, text in (("bin/docker", "#!/bin/sh\nexit 1\n"), ("cli-plugins/docker-compose", PLUGIN)):
        program = tmp_path / name
        program.parent.mkdir()
        program.write_text(text)
        program.chmod(0o755)
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=":")
    compose._command.cache_clear()
    yield tmp_path
    compose._command.cache_clear()


def test_the_plugin_is_run_as_docker_runs_it(settings: Path) -> None:
    resolver = installed()
    assert resolver is not None
    assert [each.model for each in resolver.resolve(FILES, [STACK])] == [{"name": "by the plugin"}]
    assert (settings / "cli-plugins/log").read_text() == "docker compose\n"


def test_where_the_user_names_more_folders_docker_finds_the_plugin(settings: Path) -> None:
    (settings / "config.json").write_text(json.dumps({"cliPluginsExtraDirs": ["/opt/plugins"]}))
    assert installed() is None  # this `docker` knows no plugin


def test_models_that_nobody_asks_for_are_left(settings: Path) -> None:
    resolver = installed()
    assert resolver is not None
    with resolver.resolving(FILES, [STACK] * 40):
        pass
    assert len((settings / "cli-plugins/log").read_text().splitlines()) < 40


@pytest.mark.compose
def test_the_plugin_alone_says_what_docker_compose_says(monkeypatch: pytest.MonkeyPatch) -> None:
    alone = RealCompose().resolve(FILES, [STACK])
    monkeypatch.setattr(compose, "_command", lambda: ("docker", "compose"))
    assert alone == RealCompose().resolve(FILES, [STACK])
    assert alone[0].model is not None
