"""Moving the compose files: every reference follows, and nothing else changes."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from dockwright.plan import Plan, make_plan
from dockwright.project.stacks import commands
from dockwright.refactor.layout.compose_files import ComposeFiles
from projects import project, texts

APP = "services:\n  app:\n    image: shop\n"
PINNED = f"name: shop\n{APP}"


def laid_out(files: Mapping[str, str]) -> Plan:
    return make_plan(project(files), [], [ComposeFiles()])


def after(files: Mapping[str, str]) -> dict[str, str]:
    return texts(laid_out(files).after)


# A `@` stands where `compose/` is written once the compose files have moved.
LINES = {
    "Makefile": [
        "up:\n\tdocker compose -f @docker-compose.dev.yml up\n",
        "F = @docker-compose.dev.yml\nup:\n\tdocker compose -f $(F) up\n",
        "up:\n\tdocker compose --file=@docker-compose.dev.yml up\n",
        "up:\n\tdocker compose -f $(PWD)/@docker-compose.dev.yml up\n",
        "up:\n\tcd docs && docker compose -f ../@docker-compose.dev.yml up\n",
        "up: @docker-compose.dev.yml\n\techo\n",
        "up:\n\tdocker compose -f @docker-compose.yml -f @docker-compose.dev.yml up\n",
    ],
    "scripts/up.sh": [
        '#!/bin/sh\ncd "$(dirname "$0")/.."\ndocker compose -f \'@docker-compose.dev.yml\' up\n',
        "#!/bin/sh\ntest -f @docker-compose.dev.yml || exit 1\n",
        "#!/bin/sh\nfor e in dev; do docker compose -f @docker-compose.$e.yml pull; done\n",
    ],
    ".github/workflows/ci.yml": [
        "on:\n  push:\n    paths: ['@docker-compose.dev.yml', '@docker-compose*.yml']\n",
        "jobs:\n  a:\n    steps:\n      - run: |\n          docker compose -f @docker-compose.dev.yml up\n",
        "jobs:\n  a:\n    steps:\n      - run: docker compose -f ../@docker-compose.dev.yml up\n"
        "        working-directory: docs\n",
        "env:\n  KEY: ${{ hashFiles('@docker-compose*.yml') }}\n",
    ],
    ".devcontainer/devcontainer.json": ['{"dockerComposeFile": "../@docker-compose.dev.yml"}\n'],
    "docs/guide.md": [
        "See [the file](../@docker-compose.dev.yml).\n",
        "```sh\n$ docker compose -f @docker-compose.dev.yml up\n```\n",
        "It is in @docker-compose.dev.yml, not in docker-compose.dev.yml.bak or old/docker-compose.dev.yml.\n",
        "`docker compose` is a plugin.\n",
    ],
    "tasks.py": [
        'C = ["docker", "compose", "-f", "@docker-compose.dev.yml"]\n',
        'run("docker compose -f @docker-compose.dev.yml up")\n',
    ],
}


@pytest.mark.parametrize(
    ("path", "text"),
    [pytest.param(path, text, id=f"{path}-{n}") for path, texts in LINES.items() for n, text in enumerate(texts)],
)
def test_a_reference_follows(path: str, text: str) -> None:
    files = {"docker-compose.dev.yml": PINNED, "docker-compose.yml": PINNED, "docs/x.txt": ""}
    assert after({**files, path: text.replace("@", "")})[path] == text.replace("@", "compose/")


@pytest.mark.parametrize("program", ["docker compose", "docker-compose"])
def test_a_call_that_names_no_file_names_it(program: str) -> None:
    files = {"docker-compose.yml": PINNED, "Makefile": f"up:\n\t{program} up -d\n"}
    assert after(files)["Makefile"] == f"up:\n\t{program} -f compose/docker-compose.dev.yml up -d\n"


# What a compose file says of its own paths before and after it moves.
PATHS = [
    ("build: .", "build: .."),
    ("build: ./app", "build: ../app"),
    ("build: {context: ., dockerfile: docker/Dockerfile}", "build: {context: .., dockerfile: docker/Dockerfile}"),
    ("build: {dockerfile: docker/Dockerfile}", "build: {context: .., dockerfile: docker/Dockerfile}"),
    ("build: {target: dev}", "build: {context: .., target: dev}"),
    ("build: {dockerfile_inline: FROM scratch}", "build: {context: .., dockerfile_inline: FROM scratch}"),
    (
        "volumes: ['./conf/${SITE}.conf:/c', './${SITE}/d:/d']",
        "volumes: ['../conf/${SITE}.conf:/c', '../${SITE}/d:/d']",
    ),
    ("volumes: ['${DATA:-./data}:/d', '${DATA}:/e']", "volumes: ['${DATA:-../data}:/d', '${DATA}:/e']"),
    ("env_file: .env", "env_file: ../.env"),
    ("env_file: [.env, ./more.env]", "env_file: [../.env, ../more.env]"),
    ("env_file: [{path: .env, required: false}]", "env_file: [{path: ../.env, required: false}]"),
    ("env_file: ${ENV_FILE:-.env}", "env_file: ${ENV_FILE:-../.env}"),
    ("volumes: ['./src:/src:ro']", "volumes: ['../src:/src:ro']"),
    ("volumes: ['.:/app', 'data:/data']", "volumes: ['..:/app', 'data:/data']"),
    ("volumes: [{type: bind, source: ./src, target: /src}]", "volumes: [{type: bind, source: ../src, target: /src}]"),
    ("volumes: ['/var/run/x:/x', '~/.cache:/c']", "volumes: ['/var/run/x:/x', '~/.cache:/c']"),
    ("extends: {file: docker-compose.yml, service: app}", "extends: {file: docker-compose.yml, service: app}"),
    ("extends: {file: base/common.yml, service: app}", "extends: {file: ../base/common.yml, service: app}"),
]


@pytest.mark.parametrize(("before", "expected"), PATHS)
def test_a_moved_file_keeps_naming_what_it_named(before: str, expected: str) -> None:
    files = {
        "docker-compose.dev.yml": f"name: shop\nservices:\n  app:\n    {before}\n",
        "docker-compose.yml": PINNED,
        "base/common.yml": APP,
        "docker/Dockerfile": "FROM scratch\n",
    }
    assert after(files)["compose/docker-compose.dev.yml"] == f"name: shop\nservices:\n  app:\n    {expected}\n"


def test_a_path_that_an_env_file_gives_to_a_mount_follows_the_compose_file() -> None:
    files = {
        "docker-compose.yml": "name: shop\nservices:\n  app:\n    image: a\n"
        "    volumes: ['${CODE:-./src:/src}', '${DATA:-./data}:/data']\n",
        ".env.example": "#CODE=./src:/src\nexport CODE=.:/app\nDATA='./var'\nOTHER=./data\n",
    }
    assert after(files)[".env.example"] == "#CODE=../src:/src\nexport CODE=..:/app\nDATA='../var'\nOTHER=./data\n"


# A `@` stands where `../` is written once the file has moved.
def test_secrets_configs_and_includes_follow() -> None:
    text = "name: shop\ninclude: [@more/c.yml]\nservices: {}\nsecrets:\n  a: {file: @a}\nconfigs:\n  b: {file: @b}\n"
    result = after({"compose.yaml": text.replace("@", ""), "more/c.yml": APP})
    assert result["compose/docker-compose.dev.yaml"] == text.replace("@", "../")


def test_an_override_keeps_resolving_against_the_first_file() -> None:
    files = {
        "docker-compose.yml": PINNED,
        "dev/override.yml": "services:\n  app:\n    volumes: ['./src:/src']\n",
        "Makefile": "up:\n\tdocker compose -f docker-compose.yml -f dev/override.yml up\n",
    }
    result = after(files)
    assert result["dev/override.yml"] == "services:\n  app:\n    volumes: ['../src:/src']\n"
    assert result["Makefile"] == "up:\n\tdocker compose -f compose/docker-compose.yml -f dev/override.yml up\n"


def test_a_project_directory_that_is_given_stays() -> None:
    files = {
        "docker-compose.yml": "name: shop\nservices:\n  app:\n    build: .\n",
        "Makefile": "up:\n\tdocker compose --project-directory . -f docker-compose.yml up\n",
    }
    result = after(files)
    assert result["compose/docker-compose.dev.yml"] == files["docker-compose.yml"]
    assert result["Makefile"] == "up:\n\tdocker compose --project-directory . -f compose/docker-compose.dev.yml up\n"


def test_the_default_override_is_passed_by_name() -> None:
    files = {"docker-compose.yml": PINNED, "docker-compose.override.yml": APP, "Makefile": "up:\n\tdocker compose up\n"}
    expected = "up:\n\tdocker compose -f compose/docker-compose.yml -f compose/docker-compose.override.yml up\n"
    assert after(files)["Makefile"] == expected


def test_a_base_of_development_keeps_the_name_where_production_is_the_base_alone() -> None:
    files = {
        "docker-compose.yml": APP,
        "docker-compose.override.yml": APP,
        "deploy.sh": "docker compose -f docker-compose.yml up -d\n",
        "Makefile": "up:\n\tdocker compose up\n",
    }
    assert after(files)["compose/docker-compose.yml"] == f"name: shop\n{APP}"


@pytest.mark.parametrize(("expression", "stays"), [("s|.:/app|/tmp:/tmp|g", True), ("s/8000/9000/", False)])
def test_a_file_whose_paths_a_command_rewrites_stays(expression: str, stays: bool) -> None:
    files = {"docker-compose.yml": PINNED, "ci.sh": f"#!/bin/sh\nsed -i '{expression}' ./docker-compose.yml\n"}
    assert ("docker-compose.yml" in after(files)) == stays


def test_an_env_file_that_nobody_has_made_is_named_only_where_variables_are() -> None:
    readme = "```sh\ncp .env.example .env\ndocker compose up\n```\n"
    for value, expected in (("a", "yml up"), ("${A}", "yml --env-file .env up")):
        compose = f"name: shop\nservices:\n  app:\n    image: {value}\n"
        assert expected in after({"docker-compose.yml": compose, "README.md": readme})["README.md"]


def test_an_env_file_that_compose_finds_by_itself_is_named() -> None:
    files = {
        "docker-compose.dev.yml": PINNED,
        ".env": "A=b\n",
        "Makefile": "up:\n\tdocker compose -f docker-compose.dev.yml up\n",
    }
    expected = "up:\n\tdocker compose -f compose/docker-compose.dev.yml --env-file .env up\n"
    assert after(files)["Makefile"] == expected


def test_development_keeps_its_name_and_tests_get_their_own() -> None:
    result = after({"docker-compose.dev.yml": APP, "docker-compose.test.yml": APP, "docker-compose.ci.yml": APP})
    assert result == {
        "compose/docker-compose.dev.yml": f"name: shop\n{APP}",
        "compose/docker-compose.test.yml": f"name: shop-test\n{APP}",
        "compose/docker-compose.ci.yml": f"name: shop-ci\n{APP}",
    }


def test_a_name_stays_above_what_it_names_and_below_the_heading() -> None:
    files = {"docker-compose.dev.yml": f"# Development\n\n{APP}"}
    assert after(files) == {"compose/docker-compose.dev.yml": f"# Development\n\nname: shop\n{APP}"}


def test_a_name_leaves_the_version_to_its_comment() -> None:
    files = {"docker-compose.dev.yml": f"# Our runner wants a version.\nversion: '3.8'\n{APP}"}
    expected = f"# Our runner wants a version.\nversion: '3.8'\nname: shop\n{APP}"
    assert after(files) == {"compose/docker-compose.dev.yml": expected}


NAMES = [
    ({"docker-compose.yml": PINNED}, "docker-compose.dev.yml"),
    ({"docker-compose.yml": PINNED, "docker-compose.dev.yml": PINNED}, "docker-compose.prod.yml"),
    ({"docker-compose.yml": PINNED, "docker-compose.override.yml": APP}, "docker-compose.yml"),
    (
        {
            "docker-compose.yml": PINNED,
            "docker-compose.prod.yml": APP,
            "Makefile": "up:\n\tdocker compose -f docker-compose.yml -f docker-compose.prod.yml up\n",
        },
        "docker-compose.yml",
    ),
]


@pytest.mark.parametrize(("files", "name"), NAMES)
def test_a_default_file_that_is_one_environment_alone_is_named_for_it(files: dict[str, str], name: str) -> None:
    assert f"compose/{name}" in after(files)


def test_production_gets_a_name_of_its_own_and_keeps_its_data() -> None:
    server = (
        "services:\n  db:\n    image: postgres:17.6\n\nvolumes:\n  data:\n  logs: {driver: local}\n"
        "  ext:\n    external: true\n"
    )
    plan = laid_out({"docker-compose.yml": server, "docker-compose.dev.yml": APP})
    assert texts(plan.after)["compose/docker-compose.prod.yml"] == (
        "name: shop-prod\nservices:\n  db:\n    image: postgres:17.6\n\nvolumes:\n"
        "  # The data hangs on these names, which are from when the project was called shop.\n"
        "  data:\n    name: shop_data\n  logs: {name: shop_logs, driver: local}\n  ext:\n    external: true\n"
    )
    assert any("docker compose -p shop down" in left.what for left in plan.deferred)


def test_a_column_of_text_stays_where_it_was_if_there_is_room() -> None:
    text = "```text\ndocker-compose.dev.yml             development\nsrc/                               the code\n```\n"
    result = after({"docker-compose.dev.yml": PINNED, "docker-compose.yml": PINNED, "README.md": text})
    assert result["README.md"] == (
        "```text\ncompose/docker-compose.dev.yml     development\nsrc/                               the code\n```\n"
    )


def test_links_to_a_heading_that_names_a_moved_file_still_lead_there() -> None:
    readme = "- [dev](#docker-composedevyml)\n- [more](#more)\n\n## `{}docker-compose.dev.yml`\n\n## More\n"
    files = {"docker-compose.dev.yml": PINNED, "README.md": readme.format("")}
    expected = readme.format("compose/").replace("#docker-", "#composedocker-")
    assert after(files)["README.md"] == expected


def test_an_ignore_file_of_another_folder_names_nothing_of_the_root() -> None:
    files = {"docker-compose.dev.yml": PINNED, "web/.dockerignore": "docker-compose.dev.yml\n"}
    assert after(files)["web/.dockerignore"] == "docker-compose.dev.yml\n"


def test_what_only_looks_like_a_call_or_a_path_stays() -> None:
    hook = "repos:\n  - hooks:\n      - name: docker compose config\n        files: ^\\.env\\.dev$\n"
    files = {"docker-compose.dev.yml": PINNED, ".env.dev": "A=b\n", ".pre-commit-config.yaml": hook}
    assert after(files)[".pre-commit-config.yaml"] == hook


def test_line_endings_stay() -> None:
    files = {"docker-compose.dev.yml": APP.replace("\n", "\r\n")}
    assert after(files) == {"compose/docker-compose.dev.yml": PINNED.replace("\n", "\r\n")}


def test_what_is_put_together_is_left_to_a_person() -> None:
    files = {
        "docker-compose.dev.yml": PINNED,
        "docker-compose.test.yml": PINNED,
        "Makefile": "BASE = docker-compose\nup:\n\tdocker compose -f $(BASE).dev.yml up\n",
    }
    plan = laid_out(files)
    assert texts(plan.after) == files
    assert [left.at.path for left in plan.deferred if left.at] == ["Makefile"]
    assert "compose files stay" in plan.deferred[-1].what


def test_a_call_that_cannot_be_rewritten_keeps_the_files_where_they_are() -> None:
    files = {"docker-compose.yml": PINNED, "Makefile": "DC = docker\nup:\n\t$(DC)-compose up\n"}
    plan = laid_out(files)
    assert texts(plan.after) == files
    assert "compose/docker-compose.dev.yml" in plan.deferred[0].what


@pytest.mark.parametrize(
    "files",
    [
        {"README.md": "```sh\ntee docker-compose.override.yml <<EOF\nEOF\ndocker compose up\n```\n"},
        {"docker-compose.override.yml.example": APP},
    ],
    ids=["told", "example"],
)
def test_an_override_that_people_make_keeps_the_default_file_beside_it(files: dict[str, str]) -> None:
    plan = laid_out({"docker-compose.yml": PINNED, **files})
    assert not plan.patches
    assert "compose files stay" in plan.deferred[-1].what


def test_an_override_that_git_does_not_see_is_spoken_of() -> None:
    files = {"docker-compose.yml": PINNED, ".gitignore": "docker-compose.override.yml\n"}
    plan = laid_out(files)
    assert plan.patches
    assert [left.at.path for left in plan.deferred if left.at] == [".gitignore"]


@pytest.mark.parametrize("path", ["CHANGELOG.md", "release-notes.md", "shop/content/guide.md"])
def test_what_was_or_tells_of_anything_is_left_as_it_is(path: str) -> None:
    said = "Renamed to docker-compose.yml.\n\n```sh\ndocker compose up\n```\n"
    plan = laid_out({"docker-compose.yml": PINNED, "shop/__init__.py": "", path: said})
    assert texts(plan.after)[path] == said
    assert path not in commands(plan.after)


def test_no_env_file_is_passed_to_who_has_nothing_to_fill_in() -> None:
    readme = "```sh\ncp .env.example .env\ndocker compose up\ndocker compose version\n```\n"
    asking = PINNED.replace("image: shop", "image: shop:${TAG}")
    files = {"docker-compose.yml": PINNED, "README.md": readme}
    call = "docker compose -f compose/docker-compose.dev.yml{} up\ndocker compose version\n"
    assert call.format("") in after(files)["README.md"]
    assert call.format(" --env-file .env") in after({**files, "docker-compose.yml": asking})["README.md"]


def test_a_pattern_of_another_tool_is_left_to_a_person() -> None:
    renovate = '{"fileMatch": ["^docker-compose.*\\\\.yml$"]}\n'
    plan = laid_out({"docker-compose.dev.yml": PINNED, "renovate.json": renovate})
    assert [left.at.path for left in plan.deferred if left.at] == ["renovate.json"]


def test_the_pattern_of_a_hook_follows() -> None:
    hook = "repos:\n  - hooks:\n      - files: ^{}docker-compose.*\\.yml$\n"
    result = after({"docker-compose.dev.yml": PINNED, ".pre-commit-config.yaml": hook.format("")})
    assert result[".pre-commit-config.yaml"] == hook.format("compose/")


def test_a_project_in_its_place_is_left_alone() -> None:
    files = {
        "compose/docker-compose.dev.yml": PINNED,
        "Makefile": "up:\n\tdocker compose -f compose/docker-compose.dev.yml up\n",
    }
    assert not laid_out(files).patches


def test_a_broken_compose_file_stays_where_it_is() -> None:
    files = {"docker-compose.yml": "services:\n  app: [\n", "docker-compose.dev.yml": PINNED}
    assert "docker-compose.yml" in after(files)


def test_a_line_of_python_stays_within_what_ruff_allows() -> None:
    line = '    "docker compose -f docker-compose.dev.yml down -v", shell=True, check=True\n'
    files = {
        "docker-compose.dev.yml": PINNED,
        "pyproject.toml": f"[tool.ruff]\nline-length = {len(line)}\n",
        "tasks.py": f"run(\n{line})\n",
    }
    assert after(files)["tasks.py"] == (
        'run(\n    "docker compose -f compose/docker-compose.dev.yml down -v",\n    shell=True,\n    check=True,\n)\n'
    )
