"""The way of a variable into a process: as Compose goes it, and why it does not arrive."""

from __future__ import annotations

import os
from collections.abc import Mapping

import pytest
from hypothesis import Phase, example, given, settings

import traced
from compose_peer import Case, real_answer
from dockwright.env.remarks import Remark, remarks
from dockwright.env.trace import CALL, FEEDS, GIVEN, IMAGE, LOSES, SHELL, WINS, Trace, Tracer
from dockwright.project.loader import Call
from dockwright.project.stacks import stacks
from projects import project


def follow(
    files: Mapping[str, str], name: str, environ: Mapping[str, str] = {}, service: str | None = None
) -> tuple[Trace, tuple[Remark, ...]]:
    of = project(files)
    tracer = Tracer(of, stacks(of)[0], environ)
    found = tracer.trace(name, service)
    return found, remarks(tracer, found)


def value(found: Trace, service: str = "app") -> str | None:
    route = next(route for route in found.routes if route.service == service)
    return None if route.value is None else route.value.text


# A name alone takes what its own file gave it before it asks the files above.
NAME_ALONE = traced.Traced(
    {
        "compose.yaml": "name: traced\nservices:\n  s0:\n    image: x\n    env_file: [one.env, two.env]\n",
        "one.env": "A=1\n",
        "two.env": "A=2\nA\n",
    },
    {},
    ("s0",),
)


@pytest.mark.compose
@settings(max_examples=40, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(traced.projects())
@example(NAME_ALONE)
def test_values_and_winners_are_compose_s(case: traced.Traced) -> None:
    of = project(case.files)
    stack = stacks(of)[0]
    shell = {**case.environ, "HOME": "/home/someone", "PATH": os.environ["PATH"]}
    tracer = Tracer(of, stack, shell)
    call = Call(stack.files, tracer.env_files, stack.project_directory)
    real = real_answer(Case(case.files, call, True, case.environ))
    if isinstance(real, str):
        assert tracer.refused
        return
    assert tracer.refused is None
    for name in traced.NAMES:
        found = tracer.trace(name, None)
        for route in found.routes:
            said = real["services"][route.service].get("environment") or {}
            text = said.get(name)
            expected = None if text is None else text.replace("$$", "$")
            assert (None if route.value is None else route.value.text) == expected
            assert route.removed == (name in said and text is None)
            winner = route.winner
            if winner is not None:
                # What the winning place gives by itself is what arrives.
                assert winner.value is not None
                assert winner.value.text == expected
            remarks(tracer, found)


APP = "name: shop\nservices:\n  app:\n    image: shop\n"
BUILT = "name: shop\nservices:\n  app:\n    build: .\n"
CALLED = "up:\n\tdocker compose -f compose.yaml{} up -d\n"


def messages(files: Mapping[str, str], name: str = "TOKEN_URL", environ: Mapping[str, str] = {}) -> str:
    return "\n".join(f"{each.message} -> {each.way_out}" for each in follow(files, name, environ)[1])


@pytest.mark.parametrize(
    ("files", "words"),
    [
        # An env file that only fills in the compose file
        (
            {"compose.yaml": APP, ".env": "TOKEN_URL=x\n"},
            "only fills in ${TOKEN_URL} in compose files -> list the file as `env_file:`",
        ),
        (
            {"compose.yaml": APP, "dev.env": "TOKEN_URL=x\n", "Makefile": CALLED.format(" --env-file dev.env")},
            "--env-file dev.env gives TOKEN_URL, which only fills in",
        ),
        # Shadowed
        (
            {
                "compose.yaml": APP + "    env_file: a.env\n    environment:\n      TOKEN_URL: y\n",
                "a.env": "TOKEN_URL=x\n",
            },
            "app: env_file a.env gives TOKEN_URL, and environment of app is stronger",
        ),
        (
            {
                "compose.yaml": APP + "    env_file: [a.env, b.env]\n",
                "a.env": "TOKEN_URL=x\n",
                "b.env": "TOKEN_URL=y\n",
            },
            "app: env_file a.env gives TOKEN_URL, and env_file b.env of app is stronger",
        ),
        (
            {
                "compose.yaml": APP + "    env_file: a.env\n    environment:\n      - TOKEN_URL\n",
                "a.env": "TOKEN_URL=x\n",
            },
            "`environment:` names TOKEN_URL without a value, so env_file a.env does not count",
        ),
        # Passed on, and not there
        (
            {"compose.yaml": APP + "    environment:\n      - TOKEN_URL\n"},
            "passes TOKEN_URL on, and whoever calls Compose has no value for it",
        ),
        (
            {"compose.yaml": APP + "    environment:\n      TOKEN_URL: ${TOKEN_URL}\n"},
            "${TOKEN_URL} is not set anywhere, so TOKEN_URL is empty, with a warning only",
        ),
        (
            {"compose.yaml": APP + "    environment:\n      TOKEN_URL: ${T-d}\n", ".env": "T=\n"},
            "T is set and empty, and `-` takes its default for an unset variable only",
        ),
        (
            {"compose.yaml": APP + "    environment:\n      TOKEN_URL: ${TOKEN_URL:?}\n"},
            "Compose would not start this stack",
        ),
        # Another env file than meant
        (
            {
                "compose.dev.yaml": APP + "    env_file: .env.prod\n",
                ".env.prod": "OTHER=1\n",
                "Makefile": "up:\n\tdocker compose -f compose.dev.yaml --env-file .env.prod up -d\n",
            },
            "passes .env.prod, which is named for prod",
        ),
        (
            {
                "compose/compose.yaml": APP,
                "compose/.env": "TOKEN_URL=x\n",
                "Makefile": "up:\n\tdocker compose -f compose/compose.yaml --project-directory . up -d\n",
            },
            "lies beside the compose file, and Compose looks in the project directory, the project's root",
        ),
        (
            {
                "compose.yaml": APP,
                ".env": "TOKEN_URL=x\n",
                "a.env": "OTHER=1\n",
                "Makefile": CALLED.format(" --env-file a.env"),
            },
            ".env is not read, since the call passes --env-file",
        ),
        (
            {
                "compose.yaml": APP + "    env_file: .env.dev\n",
                ".env.dev": "A=1\n",
                ".env.dev.example": "TOKEN_URL=x\n",
            },
            "is an example that nothing reads",
        ),
        ({"compose.yaml": APP, "a.env": "TOKEN_URL=x\n"}, "a.env gives it, and nothing in default reads that file"),
        # Lines that say less than they seem to
        (
            {"compose.yaml": APP + "    env_file: a.env\n", "a.env": "# TOKEN_URL=x\n"},
            "a.env has it in a comment -> take the # away",
        ),
        (
            {"compose.yaml": APP + "    env_file: a.env\n", "a.env": "TOKEN_URL=x # the old one\n"},
            "what follows the # is a comment, not part of TOKEN_URL",
        ),
        (
            {"compose.yaml": APP + "    env_file: a.env\n", "a.env": "TOKEN_URL=pa$ss\n"},
            "a $ in TOKEN_URL is taken for the variable ss, which is not set",
        ),
        (
            {"compose.yaml": APP + "    env_file: a.env\n", "a.env": "TOKEN_URL=x\nTOKEN_URL=y\n"},
            "a.env has TOKEN_URL 2 times, and the last one counts",
        ),
        (
            {
                "compose.yaml": APP + "    env_file:\n      - path: a.env\n        format: raw\n",
                "a.env": "TOKEN_URL='x'\n",
            },
            "is read with `format: raw`: the quotes stay in TOKEN_URL",
        ),
        (
            {"compose.yaml": APP + "    env_file:\n      - path: a.env\n        required: false\n"},
            "a.env is not there, and `required: false` passes over that",
        ),
        # Names
        (
            {"compose.yaml": APP + "    env_file: a.env\n", "a.env": "token_url=x\n"},
            "token_url is set, and TOKEN_URL is not: names count to the letter",
        ),
        (
            {"compose.yaml": APP + "    env_file: a.env\n", "a.env": "TOKEN_URI=x\n"},
            "TOKEN_URI is set, and TOKEN_URL is not",
        ),
        ({"compose.yaml": APP}, "no file here names TOKEN_URL"),
        (
            {"compose.yaml": "x-common:\n  environment:\n    TOKEN_URL: x\n" + APP},
            "writes it below an `x-` key that no service takes in",
        ),
        # The image
        (
            {"compose.yaml": BUILT, "Dockerfile": "FROM python:3.13-slim\nARG TOKEN_URL=x\n"},
            "is a build argument (Dockerfile), which is gone when the container starts",
        ),
        # Who calls
        (
            {
                "compose.yaml": APP + "    environment:\n      - TOKEN_URL\n",
                "Makefile": "export TOKEN_URL = x\n" + CALLED.format(""),
            },
            "TOKEN_URL is exported by make; whoever calls Compose through it has that value",
        ),
        (
            {
                "compose.yaml": APP + "    environment:\n      - TOKEN_URL\n",
                "a.env": "TOKEN_URL='x'\n",
                "Makefile": "include a.env\nexport\n" + CALLED.format(""),
            },
            "Makefile includes a.env: make reads another value for TOKEN_URL: quotes are kept",
        ),
        (
            {
                "compose.yaml": APP + "    environment:\n      - TOKEN_URL\n",
                "a.env": "TOKEN_URL=two words\n",
                "up.sh": "#!/bin/sh\nset -a\n. ./a.env\ndocker compose up -d\n",
            },
            "up.sh sources a.env: the shell does not set it for TOKEN_URL: the value ends at the first blank",
        ),
        (
            {
                "compose.yaml": "name: shop\ninclude: [sub/compose.yaml]\n",
                "sub/compose.yaml": "services:\n  app:\n    image: x\n    environment: ['T=${TOKEN_URL}']\n",
                "sub/.env": "TOKEN_URL=x\n",
            },
            "app: included from sub/compose.yaml, where sub/.env fills in ${TOKEN_URL} as well",
        ),
        # The program
        (
            {
                "compose.yaml": APP + "    environment:\n      TOKEN_URL: x\n",
                "app/settings.py": "from pydantic_settings import BaseSettings, SettingsConfigDict\n\n"
                "class S(BaseSettings):\n    model_config = SettingsConfigDict(env_prefix='SHOP_')\n"
                "    token_url: str\n",
            },
            "the code reads SHOP_TOKEN_URL, and not TOKEN_URL",
        ),
        (
            {
                "compose.yaml": APP + "    environment:\n      TOKEN_URL: x\n",
                "app/main.py": "from dotenv import load_dotenv\nload_dotenv('.env', override=True)\n",
            },
            "load_dotenv reads .env by itself with override",
        ),
        (
            {
                "compose.yaml": APP,
                ".env": "TOKEN_URL='${A}'\n",
                "app/main.py": "from dotenv import load_dotenv\nload_dotenv()\n",
            },
            "python-dotenv reads another value: it fills in ${NAME} in single quotes, too",
        ),
    ],
)
def test_why_a_value_does_not_arrive(files: Mapping[str, str], words: str) -> None:
    assert words in messages(files)


def test_the_shell_is_stronger_than_the_env_file() -> None:
    files = {"compose.yaml": APP + "    environment:\n      A: ${A}\n", ".env": "A=file\n"}
    found, said = follow(files, "A", {"A": "shell"})
    assert value(found) == "shell"
    assert any("A of the shell that calls Compose is stronger than the env file's" in each.message for each in said)
    assert [(each.kind, each.does) for each in found.routes[0].stations] == [
        (CALL, LOSES),
        (SHELL, FEEDS),
        (GIVEN, WINS),
    ]


def test_the_image_counts_where_compose_says_nothing() -> None:
    dockerfile = "FROM python:3.13-slim AS base\nENV A=1\nFROM base AS app\nENV A=2\n"
    found, _ = follow({"compose.yaml": BUILT, "Dockerfile": dockerfile}, "A")
    assert value(found) == "2"
    assert [(each.kind, each.does) for each in found.routes[0].stations] == [(IMAGE, LOSES), (IMAGE, WINS)]
    compose = BUILT + "    environment:\n      - A\n"
    removed, _ = follow({"compose.yaml": compose, "Dockerfile": dockerfile}, "A")
    assert removed.routes[0].removed
    assert value(removed) is None


def test_a_merged_anchor_and_an_override_are_followed() -> None:
    files = {
        "compose.yaml": "x-env: &env\n  A: base\n"
        + APP.replace("name: shop\n", "")
        + "    environment:\n      <<: *env\n",
        "compose.override.yaml": "services:\n  app:\n    environment:\n      A: over\n",
    }
    found, said = follow(files, "A")
    assert value(found) == "over"
    winner = found.routes[0].winner
    assert winner is not None
    assert winner.at is not None
    assert winner.at.path == "compose.override.yaml"
    assert said == ()


def test_a_healthy_way_has_nothing_to_remark() -> None:
    files = {
        "compose.yaml": APP + "    env_file: .env\n    environment:\n      B: ${B:?}\n",
        ".env": "A=1\nB=2\n",
    }
    for name in ("A", "B"):
        assert [each for each in follow(files, name)[1] if each.problem and "stronger" not in each.message] == []


def test_a_value_that_holds_a_secret_is_not_shown_under_any_name() -> None:
    files = {
        "compose.yaml": APP
        + "    env_file: .env\n    environment:\n      PLAIN: ${DB_PASSWORD}\n      B: x-${PLAIN2}\n",
        ".env": "DB_PASSWORD=canary-7391\nPLAIN2=${DB_PASSWORD}\nCOPY=canary-7391\nSHORT=ab\n",
    }
    for name in ("DB_PASSWORD", "PLAIN", "PLAIN2", "B", "COPY"):
        found, said = follow(files, name)
        assert "canary" not in repr(found) + repr(said)
        assert found.routes[0].told.startswith("set, ")
    assert follow(files, "SHORT")[0].routes[0].told == "“ab”"
