"""The refactoring done by hand, as a guide tells it: every trap that it falls into is found, by number."""

from __future__ import annotations

from pathlib import Path

from dockwright.project.discover import discover
from dockwright.rule import all_rules, run

GUIDE = Path(__file__).parent.parent / "data" / "guide"

# What it falls into, and the file in which that is found.
TRAPS = {
    1: "docker/Dockerfile",  # the comment above `# syntax=`
    2: "docker/Dockerfile",  # production copies a venv that base never makes
    4: "docker/Dockerfile",  # `uv.lock*`, `--frozen`
    6: "docker/Dockerfile",  # `sh -c "… && uvicorn"`
    7: "docker/Dockerfile",  # a probe over https of a server that speaks http
    8: "docker/Dockerfile",  # migrations in the server's command
    9: "docker/Dockerfile",  # USER by name
    10: "compose/docker-compose.dev.yml",  # the mount over /app/.venv
    12: "docker/Dockerfile",  # caches in the layers
    14: "docker/.dockerignore",
    15: "compose/docker-compose.dev.yml",
    18: "compose/docker-compose.dev.yml",  # `down` without the `--env-file` of `up`
    19: "compose/docker-compose.dev.yml",
    20: "compose/docker-compose.dev.yml",
    21: "compose/docker-compose.dev.yml",
    25: "compose/docker-compose.prod.yml",
    27: "README.md",  # copies env/.env.example, which nothing makes
    28: ".gitignore",  # hides the examples as well
    31: "Makefile",  # spaces for tabs
    35: "README.md",  # `uv check`
    41: "compose/docker-compose.test.yml",
}


def test_every_trap_of_the_guide_is_found() -> None:
    project = discover(str(GUIDE))
    traps = {rule.code: rule.traps for rule in all_rules()}
    found = {(trap, finding.at.path) for finding in run(all_rules(), project) for trap in traps[finding.rule]}
    assert {trap for trap, _ in found} == set(TRAPS)
    assert set(TRAPS.items()) <= found


def test_the_rules_know_every_trap() -> None:
    assert {trap for rule in all_rules() for trap in rule.traps} == set(range(1, 42))
