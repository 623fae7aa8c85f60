"""What a file is, by its name and by what it says."""

from __future__ import annotations

import pytest

from dockwright.project.kinds import is_compose, is_dockerfile, kind_by_content, kind_of, template_mark


@pytest.mark.parametrize(
    ("kind", "paths"),
    [
        (
            "dockerfile",
            "Dockerfile dockerfile DOCKERFILE Dockerfile.dev Dockerfile-dev Dockerfile_dev dev.Dockerfile "
            "docker/app.dockerfile Containerfile app.Containerfile a/b/Dockerfile.prod",
        ),
        ("ignore", ".dockerignore docker/Dockerfile.dockerignore .containerignore .gitignore src/.gitignore"),
        ("make", "Makefile makefile GNUmakefile MAKEFILE make/docker.mk"),
        (
            "env",
            ".env .env.dev env/.env.prod.example dev.env .env.template .env.dev.template env.example "
            ".envs/.local/.django .flaskenv",
        ),
        ("ci", ".github/workflows/ci.yml .github/actions/x/action.yaml .gitlab-ci.yml .gitlab/ci/build.yml"),
        ("devcontainer", ".devcontainer/devcontainer.json .devcontainer/api/devcontainer.json .devcontainer.json"),
        ("packaging", "pyproject.toml requirements.txt requirements-dev.txt requirements/base.in Pipfile.lock"),
        ("task", ".vscode/tasks.json justfile Jenkinsfile tox.ini heroku.yml scripts/up.ps1"),
        ("shell", "deploy.sh run.bash"),
        ("python", "tasks.py Dockerfile.py"),
        ("document", "README.md docs/a.rst Dockerfile.md"),
    ],
)
def test_a_path_tells_what_a_file_is(kind: str, paths: str) -> None:
    assert {path: kind_of(path) for path in paths.split()} == dict.fromkeys(paths.split(), kind)


@pytest.mark.parametrize(
    "path",
    ["Dockerfile.j2", "Dockerfile.template", "Dockerfile.bak", "Dockerfiles", "dockerfile.vim", ".envrc", ".env.d.ts",
     ".environment", "environ", "values.yaml", "LICENSE", "dockerfile_lint.json"],
)  # fmt: skip
def test_other_names_tell_nothing(path: str) -> None:
    assert kind_of(path) is None


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        ("local.yml", "services:\n  app:\n    image: a\n", True),
        ("deploy/prod.yaml", '"services":\n  app: {}\n', True),
        ("docker-compose.volumes.yml", "volumes:\n  data:\n", True),
        ("Docker-Compose.yml", "version: '3'\n", True),
        ("compose.yaml", "name: shop\n", False),
        ("k8s.yaml", "apiVersion: v1\nkind: Service\nservices: []\n", False),
        ("pipeline.yml", "image: python\nservices:\n  - postgres\n", False),
        ("render.yaml", "services:\n  # the web server\n  - type: web\n", False),
        ("notes.yml", "  services:\n    a: 1\n", False),
    ],
)
def test_a_compose_file_is_told_by_its_content(path: str, text: str, expected: bool) -> None:
    assert is_compose(path, text) is expected


def test_scripts_without_an_ending_are_told_by_their_first_line() -> None:
    assert kind_by_content("bin/up", "#!/usr/bin/env bash\ndocker compose up\n") == "shell"
    assert kind_by_content("bin/up", "#!/usr/bin/env python3\n") == "python"
    assert kind_by_content("bin/up", "docker compose up\n") is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("FROM python\n", True),
        ("# syntax=docker/dockerfile:1\n\n# ours\n  from python\n", True),
        ("ARG V=3\nFROM python:$V\n", True),
        ("FROMAGE\n", False),
        ("RUN make\n", False),
        ("", False),
    ],
)
def test_a_dockerfile_of_any_name_begins_as_one(text: str, expected: bool) -> None:
    assert is_dockerfile(text) is expected


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("compose", "services:\n  ⟦{{ cookiecutter.slug }}:\n    image: a\n"),
        ("compose", "services:\n⟦{%- if cookiecutter.use_celery == 'y' %}\n  a: {image: b}\n"),
        ("compose", "services:\n  a:\n    image: shop_⟦{{ env|default('dev') }}\n"),
        ("compose", "services:\n  a:\n    image: ⟦{{ lookup('env', 'X') }}\n"),
        ("dockerfile", "FROM ⟦{{ base_image }}\n"),
        ("dockerfile", "FROM python\n⟦{% if uv %}\nCOPY uv.lock .\n⟦{% endif %}\n"),
        ("make", "⟦{% if docker %}\nup:\n"),
    ],
)
def test_a_jinja_template_is_no_file_of_its_kind_yet(kind: str, text: str) -> None:
    assert template_mark(kind, text.replace("⟦", "")) == text.index("⟦")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (
            "compose",
            "services:\n  a:\n    hostname: '{{.Node.Hostname}}'\n    command: docker ps --format '{{json .}}'\n",
        ),
        ("compose", "# made from {{ cookiecutter.slug }}\nservices: {}\n"),
        ("compose", "services:\n  a:\n    image: ${{ github.repository }}\n"),
        ("dockerfile", "FROM python\nRUN echo '{{ name }}' > page.html && docker ps --format '{{.Names}}'\n"),
        ("make", "ps:\n\tdocker ps --format '{{ range }}'\n"),
        ("ci", "run: {{ template }}\n"),
    ],
)
def test_templates_of_other_tools_are_none_of_jinja(kind: str, text: str) -> None:
    assert template_mark(kind, text) is None  # type: ignore[arg-type]
