"""Patterns of pre-commit hooks match the files that move, and no others."""

from __future__ import annotations

import pytest

from dockwright.refactor.layout.patterns import Patterns, rewritten
from dockwright.text import splice
from projects import project

COMPOSE = {f"docker-compose{tag}.yml": f"compose/docker-compose{tag}.yml" for tag in (".dev", ".test")}
RENAMED = {"docker-compose.yml": "compose/docker-compose.prod.yml"}
DOCKER = {"Dockerfile": "docker/Dockerfile", "worker.Dockerfile": "docker/worker.Dockerfile"}
ENV = {".env.dev": "env/.env.dev"}
FILES = ["README.md", "src/app.py", "scripts/Dockerfile.py", ".env.other"]


@pytest.mark.parametrize(
    ("moves", "pattern", "new"),
    [
        (DOCKER, "^Dockerfile$", "^docker/Dockerfile$"),
        (DOCKER, "^(Dockerfile|worker.Dockerfile)$", "^(docker/Dockerfile|docker/worker.Dockerfile)$"),
        (COMPOSE, r"^(docker-compose.*\.yml|\.env\.dev)$", r"^(compose/docker-compose.*\.yml|\.env\.dev)$"),
        (ENV, r"^(?:compose/.*\.yml|\.env\.dev)$", r"^(?:compose/.*\.yml|env/\.env\.dev)$"),
        (RENAMED, r"^docker-compose\.yml$", r"^compose/docker-compose\.prod\.yml$"),
        (COMPOSE, r"^docker-compose", r"^compose/docker-compose"),
        (COMPOSE, r"docker-compose.*\.yml$", r"docker-compose.*\.yml$"),
        (COMPOSE, r"^src/", r"^src/"),
        (ENV, r"^\.env.*$", None),
        (COMPOSE, r"^docker-compose\.(dev|test)\.yml$", None),
        (COMPOSE, r"^docker-compose(.*$", None),
    ],
)
def test_a_pattern_follows_or_is_unclear(moves: dict[str, str], pattern: str, new: str | None) -> None:
    assert rewritten(pattern, moves, [*FILES, *moves]) == new


def test_hooks_follow_in_place() -> None:
    text = "repos:\n  - hooks:\n      - id: a\n        files: '^Dockerfile$' # one\n        exclude: ^docs/\n"
    own = project({".pre-commit-config.yaml": text, "Dockerfile": "FROM a\n"})
    patterns = Patterns(own, {"Dockerfile": "docker/Dockerfile"})
    assert splice(text, patterns.edits) == text.replace("^Dockerfile$", "^docker/Dockerfile$")
    assert not patterns.unclear


def test_an_unclear_hook_is_named() -> None:
    text = "repos:\n  - hooks:\n      - files: ^(Dockerfile|(a|b))$\n"
    own = project({".pre-commit-config.yaml": text, "Dockerfile": "FROM a\n"})
    assert [site.span.start for site in Patterns(own, {"Dockerfile": "docker/Dockerfile"}).unclear] == [text.index("^")]
