"""Stacks: which compose files belong together, under which name, read from where."""

from __future__ import annotations

import pytest

from dockwright.project.stacks import Stack, build_calls, label, normal_name, services, stack_name, stacks
from projects import project

APP = "services:\n  app:\n    image: shop\n"
OVERLAY = "services:\n  app:\n    restart: always\n"


def of(files: dict[str, str], name: str = "shop") -> tuple[Stack, ...]:
    return stacks(project(files, name))


def shown(files: dict[str, str]) -> list[str]:
    """Each stack as `name: files (how often it is called)`."""
    return [f"{stack.name}: {' '.join(stack.files)} ({len(stack.invoked_from)})" for stack in of(files)]


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"compose.yaml": APP}, ["default: compose.yaml (0)"]),
        ({"compose.yaml": APP, "Makefile": "up:\n\tdocker compose up\ndown:\n\tdocker compose down\n"},
         ["default: compose.yaml (2)"]),
        ({"docker-compose.yml": APP, "docker-compose.override.yml": OVERLAY, "up.sh": "docker compose up\n"},
         ["default: docker-compose.yml docker-compose.override.yml (1)"]),
        ({"docker-compose.yml": APP, "docker-compose.override.yml": OVERLAY},
         ["default: docker-compose.yml docker-compose.override.yml (0)"]),
        ({"docker-compose.yml": APP, "docker-compose.override.yml": OVERLAY,
          "up.sh": "docker compose -f docker-compose.yml up"},
         ["default: docker-compose.yml (1)", "default: docker-compose.yml docker-compose.override.yml (0)"]),
        ({"base.yml": APP, "prod.yml": OVERLAY, "up.sh": "docker compose -f base.yml -f prod.yml up\n"},
         ["prod: base.yml prod.yml (1)"]),
        ({"docker-compose.yml": APP, "docker-compose.prod.yml": OVERLAY},
         ["default: docker-compose.yml (0)", "prod: docker-compose.yml docker-compose.prod.yml (0)"]),
        ({"dev.yml": APP, "test.yml": APP, "Makefile": "t:\n\tdocker compose -f test.yml up\n"},
         ["test: test.yml (1)", "dev: dev.yml (0)"]),
        # The folder above is searched as well.
        ({"compose.yaml": APP, "web/Makefile": "up:\n\tdocker compose up\n"}, ["default: compose.yaml (1)"]),
        ({"web/compose.yml": APP, "compose.yaml": APP, "web/Makefile": "up:\n\tdocker compose up\n"},
         ["default: web/compose.yml (1)", "default: compose.yaml (0)"]),
        # Fragments are no stacks.
        ({"compose.yaml": "include: [db.yml]\nservices: {}\n", "db.yml": APP}, ["default: compose.yaml (0)"]),
        (
            {"compose.ci.yml": "include: [compose.test.yml]\n", "compose.test.yml": f"name: shop-test\n{APP}"},
            ["ci: compose.ci.yml (0)", "test: compose.test.yml (0)"],
        ),
        ({"compose.yaml": "services:\n  a: {extends: {file: base.yml, service: app}}\n", "base.yml": APP},
         ["default: compose.yaml (0)"]),
        # A call with a file that is not there, or that nobody knows, is no stack.
        ({"a.yml": APP, "up.sh": "docker compose -f gone.yml up\ndocker compose -f $F up\ndocker compose -f - up\n"},
         ["a: a.yml (0)"]),
        ({"a.yml": APP, "b.yml": OVERLAY, "up.sh": "COMPOSE_FILE=a.yml:b.yml docker compose up"},
         ["b: a.yml b.yml (1)"]),
        ({"compose.yaml": "services: [\n"}, []),
    ],
)  # fmt: skip
def test_which_files_make_a_stack(files: dict[str, str], expected: list[str]) -> None:
    assert shown(files) == expected


def test_an_env_file_names_the_files_of_a_plain_call() -> None:
    files = {"a.yml": APP, "b.yml": OVERLAY, ".env": "COMPOSE_FILE=a.yml:b.yml\nCOMPOSE_PROJECT_NAME=x\n"}
    assert shown({**files, "up.sh": "docker compose up\n"}) == ["b: a.yml b.yml (1)"]
    assert shown(files) == ["b: a.yml b.yml (0)"]
    (example,) = of({"a.yml": APP, "b.yml": OVERLAY, ".env.example": files[".env"]})
    assert (example.files, example.project_name) == (("a.yml", "b.yml"), "x")


@pytest.mark.parametrize(
    ("build", "directory", "target"),
    [(".", "deploy", "deploy/Dockerfile"), ("../web", "deploy", "web/Dockerfile"), ("web", "", "web/Dockerfile")],
)
def test_a_file_that_nobody_calls_is_read_from_where_its_paths_lead_somewhere(
    build: str, directory: str, target: str
) -> None:
    world = project(
        {
            "deploy/extra.yml": f"services:\n  app:\n    build: {build}\n",
            "deploy/Dockerfile": "FROM a\n",
            "web/Dockerfile": "FROM a\n",
        }
    )
    (stack,) = stacks(world)
    (call,) = build_calls(world)
    assert (stack.project_directory, stack.directory_given, call.dockerfile) == (directory, directory == "", target)


NAMED = f"name: named\n{APP}"


@pytest.mark.parametrize(
    ("files", "name", "by"),
    [
        ({"compose.yaml": APP}, "shop", "folder"),
        ({"deploy/Prod/compose.yaml": APP}, "prod", "folder"),
        ({"compose.yaml": NAMED}, "named", "name"),
        ({"compose.yaml": NAMED, ".env": "COMPOSE_PROJECT_NAME=env\n"}, "env", "COMPOSE_PROJECT_NAME"),
        ({"compose.yaml": NAMED, ".env": "COMPOSE_PROJECT_NAME=e\n", "a.sh": "docker compose -p own up"},
         "own", "option"),
        ({"compose.yaml": APP, "up.sh": "COMPOSE_PROJECT_NAME=given docker compose up"}, "given", "option"),
        ({"compose.yaml": APP, "a.env": "COMPOSE_PROJECT_NAME=a\n", "b.env": "COMPOSE_PROJECT_NAME=b\n",
          "up.sh": "docker compose --env-file a.env --env-file b.env up"}, "b", "COMPOSE_PROJECT_NAME"),
        ({"a.yml": APP, "up.sh": "docker compose --project-directory web -f a.yml up"}, "web", "folder"),
        ({"a.yml": NAMED, "b.yml": f"name: b\n{OVERLAY}", "up.sh": "docker compose -f a.yml -f b.yml up"}, "b", "name"),
    ],
)  # fmt: skip
def test_what_compose_calls_the_project(files: dict[str, str], name: str, by: str) -> None:
    (stack,) = of(files)
    assert (stack.project_name, stack.named_by) == (name, by)


@pytest.mark.parametrize(
    ("folder", "name"), [("My Shop", "myshop"), ("_shop-2", "shop-2"), ("ÜBER.shop", "bershop"), ("__", "")]
)
def test_a_folders_name_becomes_a_project_name(folder: str, name: str) -> None:
    assert normal_name(folder) == name


@pytest.mark.parametrize(
    ("files", "name"),
    [
        ("compose.yaml", "default"),
        ("docker-compose.yml docker-compose.override.yml", "default"),
        ("docker-compose.yml docker-compose.prod.yml", "prod"),
        ("docker-compose-development.yml", "dev"),
        ("compose.ci.yaml", "ci"),
        ("local.yml", "dev"),
        ("staging.docker-compose.yml", "staging"),
        ("compose/docker-compose.demo.yml", "demo"),
        ("deploy/production/docker-compose.yml", "prod"),
        ("web/docker-compose.yml", "default"),
    ],
)
def test_a_stack_is_called_after_its_environment(files: str, name: str) -> None:
    assert stack_name(tuple(files.split())) == name


def test_stacks_of_one_name_are_told_apart_by_their_files() -> None:
    found = project({"a/compose.yaml": APP, "b/compose.yaml": APP, "dev.yml": APP})
    assert [label(found, stack) for stack in stacks(found)] == [
        "default (a/compose.yaml)",
        "default (b/compose.yaml)",
        "dev",
    ]


def test_the_last_file_wins() -> None:
    found = project(
        {"compose.yaml": APP, "compose.override.yaml": "services:\n  app: {image: other}\n  db: {image: pg}\n"}
    )
    (stack,) = stacks(found)
    merged = services(found, stack)
    assert {name: [one.text("image") for one in written] for name, written in merged.items()} == {
        "app": ["shop", "other"],
        "db": ["pg"],
    }


@pytest.mark.parametrize(
    ("build", "context", "dockerfile", "target"),
    [
        (".", "", "Dockerfile", None),
        ("./web", "web", "web/Dockerfile", None),
        ("{context: web, dockerfile: ../docker/web.docker, target: dev}", "web", "docker/web.docker", "dev"),
        ("{dockerfile: docker/Dockerfile}", "", "docker/Dockerfile", None),
        ('{context: "${CONTEXT:-web}", target: "${TARGET:-prod}"}', "web", "web/Dockerfile", "prod"),
        ('{context: web, target: "${TARGET}"}', "web", "web/Dockerfile", None),
    ],
)
def test_services_build_images(build: str, context: str, dockerfile: str, target: str | None) -> None:
    (call,) = build_calls(project({"compose.yaml": f"services:\n  app:\n    build: {build}\n"}))
    assert (call.context, call.dockerfile, call.target) == (context, dockerfile, target)


@pytest.mark.parametrize(
    "build",
    ["/srv/web", "~/web", "https://x.org/a.git", '"${CONTEXT}"', "{dockerfile_inline: FROM a}", "{dockerfile: /a}"],
)
def test_what_lies_elsewhere_is_not_built_here(build: str) -> None:
    assert build_calls(project({"compose.yaml": f"services:\n  app:\n    build: {build}\n"})) == ()
