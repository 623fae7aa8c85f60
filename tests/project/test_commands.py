"""What every kind of file that runs commands says of other files, and from which folder."""

from __future__ import annotations

import pytest

from dockwright.project.commands import Invocation
from dockwright.project.model import Project
from dockwright.project.references import Reference
from dockwright.project.stacks import commands
from dockwright.text import splice
from projects import project

COMPOSE = "services:\n  app:\n    build: .\n"
FILES = {
    "compose.yaml": COMPOSE,
    "dev.yml": COMPOSE,
    "test.yml": COMPOSE,
    "docker/dev.yml": COMPOSE,
    ".env.dev": "A=1\n",
    "Dockerfile": "FROM python\n",
    "docker/Dockerfile": "FROM python\n",
    "app/main.py": "",
}


def world(path: str, text: str) -> Project:
    return project({**FILES, path: text})


def calls(path: str, text: str) -> tuple[Invocation, ...]:
    return commands(world(path, text))[path].invocations


def said(path: str, text: str) -> list[str]:
    """Each call as a line: its folder, files, env files, subcommand."""
    lines = []
    for call in calls(path, text):
        files = [ref.target for ref in call.files] or (["(implicit)"] if call.implicit else ["(unknown)"])
        env = [f"+{ref.target}" for ref in call.env_files]
        lines.append(
            " ".join([f"{call.cwd or '.'}:", *files, *env, call.subcommand or "-", *([] if call.whole else ["?"])])
        )
    return lines


def references(path: str, text: str) -> list[str]:
    """Each reference as `kind written -> target`; the written text is what stands at its place."""
    found: tuple[Reference, ...] = commands(world(path, text))[path].references
    for ref in found:
        if ref.certain and not ref.pattern:
            assert text[ref.at.span.start : ref.at.span.end] == ref.written
    return [f"{ref.kind}: {ref.written} -> {ref.target or '.'}" for ref in found]


@pytest.mark.parametrize(
    ("recipe", "expected"),
    [
        ("docker compose up -d", [".: (implicit) up"]),
        ("@-docker compose -f dev.yml up", [".: dev.yml up"]),
        ("docker-compose --file=dev.yml --file test.yml ps", [".: dev.yml test.yml ps"]),
        ("docker compose -fdev.yml --env-file .env.dev down -v", [".: dev.yml +.env.dev down"]),
        ("$(COMPOSE) logs -f", [".: dev.yml +.env.dev logs"]),
        ("$(DC) -f $(PWD)/test.yml up", [".: test.yml up"]),
        ("docker compose -f $(CURDIR)/dev.yml -f $$(pwd)/test.yml up", [".: dev.yml test.yml up"]),
        ("cd docker && docker compose -f dev.yml up", ["docker: docker/dev.yml up"]),
        ("cd docker; docker compose up; cd ..; docker compose up", ["docker: (implicit) up", ".: (implicit) up"]),
        ("(cd docker && docker compose up) && docker compose ps", ["docker: (implicit) up", ".: (implicit) ps"]),
        ("sudo -E env A=1 docker compose -f dev.yml up", [".: dev.yml up"]),
        ("COMPOSE_FILE=dev.yml:test.yml docker compose up", [".: dev.yml test.yml up"]),
        ("docker compose -p shop --profile a --project-directory docker -f dev.yml up", [".: dev.yml up"]),
        ("docker --context remote compose -f dev.yml up", [".: dev.yml up"]),
        ("sh -c 'cd docker && docker compose up'; docker compose ps", ["docker: (implicit) up", ".: (implicit) ps"]),
        ("docker compose -f - config", [".: (unknown) config ?"]),
        ("docker compose -f https://x.org/a.yml -f dev.yml up", [".: dev.yml up ?"]),
        ("docker compose -f /srv/dev.yml up", [".: (unknown) up ?"]),
        ("docker compose -f ~/dev.yml up", [".: (unknown) up ?"]),
        ("docker compose -f $(FILE) up", [".: (unknown) up ?"]),
        ("docker compose $(FLAGS) up", [".: (unknown) -"]),
        ("echo docker compose up", []),
        ("docker exec app docker-compose up", []),
    ],
)  # fmt: skip
def test_calls_in_a_recipe(recipe: str, expected: list[str]) -> None:
    makefile = (
        "COMPOSE := docker compose -f dev.yml \\\n\t--env-file .env.dev\nDC = docker-compose\n.PHONY: up\nup:\n\t"
    )
    assert said("Makefile", f"{makefile}{recipe}\n") == expected


def test_each_recipe_line_begins_in_the_makefiles_folder() -> None:
    text = "up:\n\tcd sub\n\tdocker compose -f dev.yml up\n"
    assert said("docker/Makefile", text) == ["docker: docker/dev.yml up"]


def test_a_static_pattern_rule_is_read_once_for_each_target() -> None:
    text = "STACKS = dev test\n$(STACKS:%=%-up): %-up:\n\tdocker compose -f $*.yml up\n"
    assert said("Makefile", text) == [".: dev.yml up", ".: test.yml up"]


def test_what_a_makefile_names_besides() -> None:
    text = "include docker/common.mk\nall: compose.yaml Dockerfile\n\tcp .env.dev .env\nX = dev.yml nothing.yml\n"
    assert references("Makefile", text) == [
        "path: compose.yaml -> compose.yaml",
        "path: Dockerfile -> Dockerfile",
        "path: .env.dev -> .env.dev",
        "path: .env -> .env",
        "path: dev.yml -> dev.yml",
    ]


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ('docker compose -f "dev.yml" -f \'test.yml\' up', [".: dev.yml test.yml up"]),
        ('cd "$(dirname "$0")/.."\ndocker compose -f dev.yml up', [".: dev.yml up"]),
        ('cd "$(dirname "$0")"/../docker && docker compose up', ["docker: (implicit) up"]),
        ('cd "${0%/*}/.." || exit 1\ndocker compose up', [".: (implicit) up"]),
        (
            'DIR="$( cd "$( dirname "${BASH_SOURCE[0]}" )" && pwd )"\ndocker compose -f "$DIR/../dev.yml" up',
            [".: dev.yml up"],
        ),
        (
            'HERE=$(dirname $(realpath $0))\nROOT=$(dirname "$HERE")\ncd $ROOT/docker\ndocker compose up',
            ["docker: (implicit) up"],
        ),
        ('cd "$(git rev-parse --show-toplevel)"\ndocker compose -f docker/dev.yml up', [".: docker/dev.yml up"]),
        ("FILE=dev.yml\ndocker compose -f $FILE up", [".: dev.yml up"]),
        ('DC="docker compose -f dev.yml"\n$DC up\n$DC ps', [".: dev.yml up", ".: dev.yml ps"]),
        ('DC=(docker compose -f dev.yml)\n"${DC[@]}" up', [".: dev.yml up"]),
        ('export DC="docker compose -f dev.yml"\n', [".: dev.yml -"]),
        ('dc() { docker compose "${TASK}" app; }', [".: (implicit) -"]),
        ('until-it-works "docker compose exec \\\n -e A=${B} db psql"', [".: (implicit) exec"]),
        ('ssh host "docker compose up"', []),
        ("git clone https://example.com/shop.git --depth 1\ncd shop\ndocker compose ps", [".: (implicit) ps"]),
        ("git clone git@example.com:a/shop store && cd store/ && docker compose ps", [".: (implicit) ps"]),
        ("export COMPOSE_FILE=dev.yml\ndocker compose up", [".: dev.yml up"]),
        ("pushd docker\ndocker compose up\npopd\ndocker compose up", ["docker: (implicit) up", ".: (implicit) up"]),
        ("cd docker\ncd -\ndocker compose up", [".: (implicit) up"]),
        ("cd /srv/shop && docker compose up", [".: (implicit) up"]),
        ('cd "$1" && docker compose up', [".: (implicit) up ?"]),
        ("if ! docker compose ps; then\n  docker compose up\nfi", [".: (implicit) ps", ".: (implicit) up"]),
        ('echo "$(cd docker && pwd)"; docker compose up', [".: (implicit) up"]),
        ("cat <<EOF\ndocker compose up\nEOF", []),
    ],
)  # fmt: skip
def test_calls_in_a_script(script: str, expected: list[str]) -> None:
    assert said("scripts/run.sh", f"#!/bin/bash\n{script}\n") == expected


def test_a_script_is_read_from_where_more_of_it_is_found() -> None:
    beside = project({"docker/run.sh": "docker compose -f ci.yml up\n", "docker/ci.yml": COMPOSE})
    above = project({"docker/run.sh": "docker compose -f docker/ci.yml up\n", "docker/ci.yml": COMPOSE})
    for world in (beside, above):
        (call,) = commands(world)["docker/run.sh"].invocations
        assert [ref.target for ref in call.files] == ["docker/ci.yml"]


def test_a_path_with_a_variable_in_it_is_a_pattern() -> None:
    (call,) = calls("run.sh", "for name in dev test; do\n  docker compose -f $name.yml -f docker/$name.yml up\ndone\n")
    assert not call.whole
    assert references("run.sh", "docker compose -f docker/$name.yml up\n") == [
        "compose file: docker/$name.yml -> docker/*.yml"
    ]


@pytest.mark.parametrize(
    ("command", "context", "dockerfile", "target"),
    [
        ("docker build .", "", "Dockerfile", None),
        ("docker build -t shop docker", "docker", "docker/Dockerfile", None),
        ("docker build -f docker/Dockerfile --target dev .", "", "docker/Dockerfile", "dev"),
        ("docker buildx build --push --platform linux/amd64 --file=docker/Dockerfile .", "", "docker/Dockerfile", None),
        ("podman build -t x ./docker", "docker", "docker/Dockerfile", None),
        ("cd docker && docker build -f Dockerfile ..", "", "docker/Dockerfile", None),
    ],
)
def test_builds(command: str, context: str, dockerfile: str, target: str | None) -> None:
    (build,) = commands(world("run.sh", command))["run.sh"].builds
    assert (build.context, build.dockerfile, build.target) == (context, dockerfile, target)


@pytest.mark.parametrize("command", ["docker build -", "docker build https://example.org/a.git", "docker build $DIR"])
def test_builds_of_what_is_elsewhere_are_none(command: str) -> None:
    assert commands(world("run.sh", command))["run.sh"].builds == ()


WORKFLOW = """\
on:
  push:
    paths: ["dev.yml", "docker/**", "!README.md"]
env:
  COMPOSE: docker compose -f test.yml
jobs:
  test:
    defaults:
      run:
        working-directory: docker
    steps:
      - run: docker compose -f dev.yml up
      - run: |
          cd ..
          docker compose -f ${{ github.workspace }}/dev.yml \\
            --env-file .env.dev up
      - working-directory: ./app
        run: docker compose -f ../test.yml up -f ${{ matrix.file }}
      - uses: actions/cache@v4
        with:
          key: ${{ hashFiles('Dockerfile', "compose.yaml") }}
      - uses: docker/build-push-action@v6
        with: {context: ., file: ./docker/Dockerfile, target: prod}
      - uses: docker/build-push-action@v6
        with: {context: "${{ env.CONTEXT }}"}
"""


def test_a_workflow_runs_in_its_working_directory() -> None:
    assert said(".github/workflows/ci.yml", WORKFLOW) == [
        ".: test.yml -",
        "docker: docker/dev.yml up",
        ".: dev.yml +.env.dev up",
        "app: test.yml up",
    ]


def test_what_a_workflow_names_besides() -> None:
    found = references(".github/workflows/ci.yml", WORKFLOW)
    assert [line for line in found if not line.startswith(("compose file", "env file"))] == [
        "path filter: dev.yml -> dev.yml",
        "path filter: docker/** -> docker/**",
        "path filter: Dockerfile -> Dockerfile",
        "path filter: compose.yaml -> compose.yaml",
        "build context: . -> .",
        "dockerfile: ./docker/Dockerfile -> docker/Dockerfile",
    ]


def test_build_actions_build() -> None:
    builds = commands(world(".github/workflows/ci.yml", WORKFLOW))[".github/workflows/ci.yml"].builds
    assert [(build.context, build.dockerfile, build.target) for build in builds] == [("", "docker/Dockerfile", "prod")]


def test_a_gitlab_pipeline() -> None:
    text = (
        "variables:\n  COMPOSE_FILE: dev.yml\nbuild:\n  before_script:\n    - cd docker\n  script:\n"
        "    - docker compose -f $CI_PROJECT_DIR/dev.yml up\n  rules:\n    - changes: [Dockerfile]\n"
    )
    assert said(".gitlab-ci.yml", text) == [".: dev.yml up"]
    assert "path filter: Dockerfile -> Dockerfile" in references(".gitlab-ci.yml", text)


def test_an_editors_task_is_a_command_and_its_words() -> None:
    text = """{"tasks": [
      {"command": "docker compose -f dev.yml up"}, // the usual one
      {"command": "docker", "args": ["compose", "-f", "${workspaceFolder}/test.yml", "up", "${input:x}"]},
    ]}"""
    assert said(".vscode/tasks.json", text) == [".: dev.yml up", ".: test.yml up"]
    assert calls(".vscode/tasks.json", text)[1].adding(["-p", "x"]) is None


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        ("justfile", "up *args:\n    docker compose -f dev.yml up {{args}}\n", [".: dev.yml up"]),
        ("Jenkinsfile", "sh 'docker compose -f dev.yml up'\nsh \"make\"\n", [".: dev.yml up"]),
        ("tox.ini", "[testenv]\ncommands = docker compose -f test.yml run app\n", [".: test.yml run"]),
        ("package.json", '{"scripts": {"up": "docker compose -f dev.yml up"}}', [".: dev.yml up"]),
        ("scripts/up.ps1", "docker compose -f dev.yml up\r\n", [".: dev.yml up"]),
    ],
)  # fmt: skip
def test_task_files(path: str, text: str, expected: list[str]) -> None:
    assert said(path, text) == expected


def test_a_devcontainer_is_relative_to_its_own_folder() -> None:
    text = """{
      "dockerComposeFile": ["../dev.yml", "local.yml"], // both
      "initializeCommand": "docker compose -f test.yml pull",
      "postCreateCommand": {"a": "cat .env.dev", "b": "true"},
    }"""
    assert said(".devcontainer/devcontainer.json", text) == [
        ".devcontainer: dev.yml .devcontainer/local.yml up",
        ".: test.yml pull",
    ]
    assert "path: .env.dev -> .env.dev" in references(".devcontainer/devcontainer.json", text)


def test_a_devcontainer_builds() -> None:
    path = ".devcontainer/devcontainer.json"
    text = '{"build": {"dockerfile": "../docker/Dockerfile", "context": "..", "target": "dev"}}'
    (build,) = commands(world(path, text))[path].builds
    assert (build.context, build.dockerfile, build.target) == ("", "docker/Dockerfile", "dev")


DOCUMENT = """\
Run `docker compose -f dev.yml up`, see [the file](../dev.yml#L1) and <https://example.org/compose.yaml>.

```bash
$ cp .env.dev .env
$ docker compose up
```

```yaml
services: compose.yaml
```

[ref]: ../compose.yaml
"""


def test_a_document_names_files_from_the_root_and_links_from_its_folder() -> None:
    assert said("docs/dev.md", DOCUMENT) == [".: (implicit) up", ".: dev.yml up"]
    assert references("docs/dev.md", DOCUMENT) == [
        "compose file: dev.yml -> dev.yml",
        "link: ../dev.yml -> dev.yml",
        "path: .env.dev -> .env.dev",
        "path: .env -> .env",
        "link: ../compose.yaml -> compose.yaml",
    ]


PYTHON = """\
import subprocess

COMPOSE = ["docker", "compose", "-f", "dev.yml", "--env-file", ".env.dev"]
subprocess.run([*COMPOSE, "up"])
subprocess.run(("docker-compose", "-f", name, "up"))
subprocess.run(["docker", "compose", "-f", "test.yml", "run", *args])
subprocess.run("docker compose -f docker/dev.yml down", shell=True)
subprocess.run(["docker", "build", "-f", "docker/Dockerfile", "."])
open("compose.yaml")
["docker"]
["dock", "compose", "up"]
"""


def test_python_runs_lists_of_words_and_texts() -> None:
    assert said("tasks.py", PYTHON) == [
        ".: dev.yml +.env.dev -",
        ".: test.yml run",
        ".: (unknown) up ?",
        ".: docker/dev.yml down",
    ]
    assert [build.dockerfile for build in commands(world("tasks.py", PYTHON))["tasks.py"].builds] == [
        "docker/Dockerfile"
    ]


def test_a_list_of_words_takes_more_options_as_words() -> None:
    listed, *_, text = calls("tasks.py", PYTHON)
    assert PYTHON[slice(*listed.at.span)] == 'docker", "compose", "-f", "dev.yml", "--env-file", ".env.dev'
    assert listed.insert_at is None
    for call, added in ((listed, '"dev.yml", "-p", "x", "--env-file"'), (text, "docker/dev.yml -p x down")):
        edit = call.adding(["-p", "x"])
        assert edit is not None
        assert added in splice(PYTHON, [edit])


def test_a_place_that_an_option_explains_is_no_mere_path() -> None:
    assert references("tasks.py", 'run(["docker", "compose", "-f", "dev.yml", "up"])\n') == [
        "compose file: dev.yml -> dev.yml"
    ]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("Dockerfile", "# build: docker compose -f dev.yml build\nFROM python\n"),
        ("dev.yml", f"# docker compose -f dev.yml up # starts it\n{COMPOSE}"),
        (".env.dev", "# `docker compose -f dev.yml up`\nA=1\n"),
    ],
)
def test_comments_tell_calls(path: str, text: str) -> None:
    (call,) = calls(path, text)
    assert [ref.target for ref in call.files] == ["dev.yml"]


@pytest.mark.parametrize("path", ["docker/README.md", "docker/app.env"])
def test_prose_is_meant_for_the_folder_in_which_more_of_it_is_found(path: str) -> None:
    world = project({"docker/only.yml": COMPOSE, path: "# `docker compose -f only.yml up`\n"})
    (call,) = commands(world)[path].invocations
    assert call.cwd == "docker"


@pytest.mark.parametrize("path", ["README.md", "dev.yml", "Dockerfile"])
def test_what_prose_names_elsewhere_is_no_reference(path: str) -> None:
    text = "# `docker compose -f gone.yml --env-file .env up`, then `docker build -f gone/Dockerfile .`\n"
    assert references(path, f"{text}{FILES.get(path, '')}") == ["env file: .env -> .env", "build context: . -> ."]


def test_an_action_knows_its_own_folder() -> None:
    text = "runs:\n  steps:\n    - run: |\n        cd ${{ github.action_path }}\n        docker compose up\n"
    assert said("docker/action.yml", text) == ["docker: (implicit) up"]


def test_a_task_runs_in_its_dir() -> None:
    assert said(
        "Taskfile.yml", "tasks:\n  up:\n    dir: docker\n    cmds:\n      - docker compose -f dev.yml up\n"
    ) == ["docker: docker/dev.yml up"]


def test_an_env_file_names_the_files_of_a_plain_call() -> None:
    text = 'COMPOSE_PROJECT_NAME=shop\nCOMPOSE_FILE="dev.yml:docker/dev.yml"\n'
    assert references(".env", text) == [
        "compose file: dev.yml -> dev.yml",
        "compose file: docker/dev.yml -> docker/dev.yml",
    ]
    assert references("docker/.env", "COMPOSE_FILE=dev.yml\n") == ["compose file: dev.yml -> docker/dev.yml"]


@pytest.mark.parametrize(
    ("text", "marked"),
    [
        ("docker compose up", "docker compose"),
        ("docker compose -f dev.yml up", "docker compose -f dev.yml"),
        ("docker compose --env-file .env.dev up", "docker compose"),
        ('docker compose -f "dev.yml" -p x up', 'docker compose -f "dev.yml"'),
        ("sudo docker-compose --file=dev.yml up", "sudo docker-compose --file=dev.yml"),
    ],
)
def test_more_options_go_behind_the_files(text: str, marked: str) -> None:
    (call,) = calls("run.sh", text)
    assert text[: call.insert_at] == marked
