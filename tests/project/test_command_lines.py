"""Command lines: who would run what, wherever it is written."""

from __future__ import annotations

from dockwright.project.command_lines import command_lines
from projects import project


def run_in(files: dict[str, str]) -> list[tuple[str, str]]:
    return [(line.path, line.command.text) for line in command_lines(project(files))]


def test_recipes_scripts_workflows_documents_and_images_run_commands() -> None:
    files = {
        ".github/workflows/ci.yml": "jobs:\n  ci:\n    steps:\n      - run: make test\n",
        "Dockerfile": "FROM python:3.13-slim\nRUN uv sync\n",
        "Makefile": "up:\n\t@sudo docker compose up\n",
        "README.md": "Say `make up`.\n\n```bash\n$ cp a b\n```\n\n```python\nmake = 1\n```\n",
        "run.sh": "#!/bin/sh\n. ./.env\n",
    }
    assert sorted({path for path, _ in run_in(files)}) == sorted(files)
    assert ("README.md", "cp a b") in run_in(files)


def test_a_recipe_knows_its_target_and_a_step_its_folder() -> None:
    files = {
        "Makefile": "X := up\n$(X):\n\ttrue\ndown:\n\tfalse\n",
        ".github/workflows/ci.yml": "jobs:\n  ci:\n    steps:\n      - run: ls\n        working-directory: api\n",
    }
    lines = command_lines(project(files))
    assert {line.target for line in lines if line.path == "Makefile"} == {"$(X)", "down"}
    assert [line.folder for line in lines if line.path != "Makefile"] == ["api"]


def test_a_command_from_a_variable_stands_where_its_recipe_does() -> None:
    text = "CALL = docker compose\n\nup:\n\t$(CALL) up\n"
    line, *_ = command_lines(project({"Makefile": text}))
    assert text[line.span.start : line.span.end].strip() == "$(CALL) up"
    assert line.name == "docker"
