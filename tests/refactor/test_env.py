"""The step `env`: examples for every environment, nothing real in git, production never from an example."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from dockwright.plan import Plan, make_plan
from dockwright.refactor.env import ENV
from projects import project, texts

STACK = (
    "name: shop\nservices:\n  app:\n    image: shop:${TAG:-1}\n"
    "    env_file: ../env/.env.{0}\n    ports: ['${PORT}:80']\n"
)
DEV = {"compose/docker-compose.dev.yml": STACK.replace("{0}", "dev")}
PROD = {"compose/docker-compose.prod.yml": STACK.replace("{0}", "prod")}


def taken(files: Mapping[str, str]) -> Plan:
    return make_plan(project(files), [], ENV)


def after(files: Mapping[str, str]) -> dict[str, str]:
    return texts(taken(files).after)


def test_a_real_file_gives_the_example_all_but_its_secrets() -> None:
    real = (
        "# Development\nexport PORT=8000\nSECRET_KEY=s3cret # keep\nTOKEN_URL=http://x/\nDB=postgres://u:p@db/x\nTAG=\n"
    )
    result = after({**DEV, "env/.env.dev": real})
    assert result["env/.env.dev.example"] == (
        "# Development\nPORT=8000\nSECRET_KEY=dev-only-secret-key # keep\nTOKEN_URL=http://x/\nDB=dev-only-db\nTAG=\n"
    )
    assert result["env/.env.dev"] == real


def test_an_example_is_completed_with_what_the_stack_and_the_code_read() -> None:
    code = "import os\nA = os.environ['API_KEY']\nB = os.environ.get('COLOR', 'red')\nC = os.environ.get('PORT')\n"
    result = after({**DEV, "env/.env.dev.example": "# Mine\nDEBUG=1", "app.py": code})
    assert result["env/.env.dev.example"] == (
        "# Mine\nDEBUG=1\n\n# Read by compose/docker-compose.dev.yml.\n# TAG=1\nPORT=\n"
        "\n# Read by app.py.\nAPI_KEY=dev-only-api-key\n# COLOR=red\n"
    )


def test_in_production_no_placeholder_can_be_taken_for_a_secret() -> None:
    result = after({**PROD, "env/.env.prod.example": "PORT=80\nSECRET_KEY=changeme\nTAG=2\n"})
    assert result["env/.env.prod.example"] == "PORT=80\nSECRET_KEY=\nTAG=2\n"


def test_what_the_containers_are_given_needs_no_env_file() -> None:
    stack = DEV["compose/docker-compose.dev.yml"] + "    environment: {API_KEY: x}\n"
    result = after({"compose/docker-compose.dev.yml": stack, "app.py": "import os\nA = os.environ['API_KEY']\n"})
    assert "API_KEY" not in result["env/.env.dev.example"]


def test_what_the_base_image_sets_is_not_emptied() -> None:
    code = "import os\nA = os.environ['PYTHON_VERSION']\nB = os.environ['API_KEY']\n"
    result = after({**DEV, "Dockerfile": "FROM python:3.13-slim\n", "app.py": code})
    assert "PYTHON_VERSION" not in result["env/.env.dev.example"]
    assert "API_KEY" in result["env/.env.dev.example"]


GITIGNORE = [
    ("", "env/.env.*\n!env/.env.*.example\n"),
    ("*.pyc", "*.pyc\nenv/.env.*\n!env/.env.*.example\n"),
    (".env*\n.venv\nenv/\n*.log\n", ".env*\n!env/.env.*.example\n.venv\n*.log\n"),
    ("/env\n", "env/.env.*\n!env/.env.*.example\n"),
    ("env/.env.*\n!env/.env.*.example\n", "env/.env.*\n!env/.env.*.example\n"),
]


@pytest.mark.parametrize(("before", "expected"), GITIGNORE)
def test_git_sees_the_examples_alone(before: str, expected: str) -> None:
    assert after({**DEV, "env/.env.dev": "PORT=1\n", ".gitignore": before})[".gitignore"] == expected


SCRIPTS = [
    (
        "if [ ! -f env/.env.prod ]; then\n    cp env/.env.prod.example env/.env.prod\nfi\n",
        "if [ ! -f env/.env.prod ]; then\n"
        '    echo "write env/.env.prod first: env/.env.prod.example lists what it holds" >&2\n    exit 1\nfi\n',
    ),
    (
        "test -f env/.env.prod || cp env/.env.prod.example env/.env.prod\n",
        'test -f env/.env.prod || { echo "write env/.env.prod first: env/.env.prod.example lists what it holds" >&2;'
        " exit 1; }\n",
    ),
    (
        "cp -n env/.env.prod.example env/.env.prod\n",
        'test -f env/.env.prod || { echo "write env/.env.prod first: env/.env.prod.example lists what it holds" >&2;'
        " exit 1; }\n",
    ),
    ("cp env/.env.dev.example env/.env.dev\n", "cp env/.env.dev.example env/.env.dev\n"),
    ("export $(grep -v '^#' env/.env.prod | xargs)\n", "set -a; . ./env/.env.prod; set +a\n"),
    ("export $(cat ../.env | sed 's/x/y/' | xargs -0)\n", "set -a; . ../.env; set +a\n"),
]


@pytest.mark.parametrize(("before", "expected"), SCRIPTS)
def test_production_stops_where_its_file_is_missing(before: str, expected: str) -> None:
    files = {**PROD, "deploy.sh": f"#!/bin/sh\n{before}", "env/.env.prod.example": "PORT=\nTAG=\n"}
    assert after(files)["deploy.sh"] == f"#!/bin/sh\n{expected}"


def test_a_stack_on_production_s_example_gets_one_of_its_own() -> None:
    files_of = "-f compose/docker-compose.prod.yml -f compose/docker-compose.demo.yml"
    call = f"demo:\n\tdocker compose {files_of} --env-file @ up\n"
    files = {
        **PROD,
        "compose/docker-compose.demo.yml": "services:\n  app:\n    ports: ['9000:9000']\n",
        "env/.env.prod.example": "# Copy to env/.env.prod.\nPORT=80\nSECRET_KEY=changeme\nTAG=2\n",
        "Makefile": call.replace("@", "env/.env.prod.example"),
        "deploy.sh": "docker compose -f compose/docker-compose.prod.yml --env-file env/.env.prod up\n",
        "README.md": "| `compose/docker-compose.demo.yml` | `env/.env.prod.example` |\n"
        "Write `env/.env.prod.example`.\n",
    }
    plan = taken(files)
    result = texts(plan.after)
    assert result["env/.env.demo.example"] == (
        "# Demo: read as it is, with stand-ins for secrets.\nPORT=80\nSECRET_KEY=demo-only-secret-key\nTAG=2\n"
    )
    assert result["env/.env.prod.example"] == "# Copy to env/.env.prod.\nPORT=80\nSECRET_KEY=\nTAG=2\n"
    assert result["Makefile"] == call.replace("@", "env/.env.demo.example")
    assert result["README.md"] == files["README.md"].replace("prod.example` |", "demo.example` |")
    assert [intent.place for patch in plan.patches for intent in patch.intends] == [
        "Makefile / docker compose call 1",
        "Makefile / env file env/.env.prod.example",
        "README.md / path env/.env.prod.example",
    ]


CERTS = {
    "compose/docker-compose.prod.yml": "name: shop\nservices:\n  app:\n    build: ..\nsecrets:\n"
    "  key: {file: ../certs/key.pem}\n",
    "Dockerfile": "FROM python:3.13-slim\nUSER 1000:1000\n",
}


def test_the_containers_user_can_read_the_key() -> None:
    result = after({**CERTS, "certs.sh": "#!/bin/sh\nif true; then\n  chmod 600 certs/key.pem\nfi\n"})
    assert result["certs.sh"] == (
        "#!/bin/sh\nif true; then\n  chmod 600 certs/key.pem\n"
        "  # The containers run as 1000: that user reads the key, too, and nobody else.\n"
        '  [ "$(id -u)" -ne 0 ] || chown 1000:1000 certs/key.pem\n'
        "  if command -v setfacl >/dev/null; then setfacl -m u:1000:r certs/key.pem; fi\nfi\n"
    )


@pytest.mark.parametrize(
    "change",
    [
        {"Dockerfile": "FROM python:3.13-slim\n"},
        {"certs.sh": "chmod 600 other/key.pem\n"},
        {"certs.sh": "chmod 600 certs/key.pem && echo made\n"},
    ],
)
def test_other_keys_are_left_alone(change: dict[str, str]) -> None:
    files = {**CERTS, "certs.sh": "chmod 600 certs/key.pem\n", **change}
    assert after(files)["certs.sh"] == files["certs.sh"]


SCRIPT = """\
#!/bin/sh
cd "$(dirname "$0")/.."
@openssl req -x509 -nodes -keyout certs/key.pem -out certs/cert.pem -subj /CN=localhost
echo made
"""
SERVED = {
    "compose/docker-compose.prod.yml": "name: shop\nservices:\n  app: {image: shop, volumes: ['../certs:/certs']}\n"
}


def test_a_script_that_makes_a_certificate_asks_dockwright_for_it_first() -> None:
    assert after({**SERVED, "scripts/certs.sh": SCRIPT.replace("@", "")})["scripts/certs.sh"] == SCRIPT.replace(
        "@",
        "# An authority of your own signs them where dockwright is installed; else they sign themselves.\n"
        "if command -v dockwright >/dev/null && dockwright certs; then exit; fi\n\n",
    )


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("@", "test -f certs/key.pem || "),
        ("-x509", "-new"),
        ("certs/key.pem", "key.pem"),
        ("echo made", "openssl dhparam -out certs/dh.pem 2048"),
    ],
)
def test_a_script_that_does_something_else_stays(old: str, new: str) -> None:
    script = SCRIPT.replace(old, new).replace("@", "")
    assert after({**SERVED, "scripts/certs.sh": script})["scripts/certs.sh"] == script


@pytest.mark.parametrize(
    "files", [{}, {"app.py": "import os\nos.environ['A']\n"}, {"docker-compose.yml": "services: {}\n"}]
)
def test_it_is_silent_where_there_is_nothing_to_do(files: dict[str, str]) -> None:
    assert not taken(files).patches


def test_a_second_time_there_is_nothing_to_do() -> None:
    plan = taken({**DEV, **PROD, "env/.env.dev": "PORT=1\n", ".gitignore": "env/\n"})
    assert plan.patches
    assert not make_plan(plan.after, [], ENV).patches
