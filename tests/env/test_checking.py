"""What `env check` finds, each kind where it is and not where it is not, and how grave it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from conftest import Tree
from dockwright.env.checking import KINDS, LEVELS, Outside, Trouble, check
from dockwright.env.environments import all_but_the_editor_s, chosen
from dockwright.project.discover import discover

COMPOSE = """\
name: shop
services:
  web:
    build: .
    env_file: .env
    environment:
      DATABASE_URL: postgres://u:${POSTGRES_PASSWORD:?}@db/x
      BARE: ${BARE}
"""
PROD = COMPOSE.replace(".env", ".env.prod").replace("name: shop", "name: shop-prod")
CODE = (
    "from pydantic_settings import BaseSettings\n\nclass S(BaseSettings):\n    workers: int = 1\n    mode: str = 'a'\n"
)
GOOD = "POSTGRES_PASSWORD=Kq3vX9zL2mPw\nBARE=1\n"


def checked(root: Path, env: str | None = "dev", outside: Outside | None = None) -> tuple[Trouble, ...]:
    project = discover(str(root))
    wanted = all_but_the_editor_s(project) if env is None else (chosen(project, env),)
    return check(project, wanted, outside or Outside(), asked=env is not None)


def project(tree: Tree, env: str, **files: str) -> Path:
    root = tree({"compose.yaml": COMPOSE, "settings.py": CODE, ".env": env, **files})
    for path in root.glob(".env*"):
        path.chmod(0o600)
    return root


def said(troubles: tuple[Trouble, ...]) -> list[tuple[str, str, str | None]]:
    return [(each.kind, each.level, each.name) for each in troubles]


def test_a_good_file_has_no_trouble(tree: Tree) -> None:
    assert checked(project(tree, GOOD, **{".env.example": "POSTGRES_PASSWORD=\nBARE=\n# WORKERS=1\n"})) == ()


@pytest.mark.parametrize(
    ("env", "wanted"),
    [
        ("BARE=1\n", ("missing", "error", "POSTGRES_PASSWORD")),
        ("POSTGRES_PASSWORD=Kq3vX9zL2mPw\n", ("missing", "warning", "BARE")),
        ("BARE=1\nPOSTGRES_PASSWORD=\n", ("empty", "error", "POSTGRES_PASSWORD")),
        (f"{GOOD}WORKERS=many\n", ("type", "error", "WORKERS")),
        (f"{GOOD}WORKERS=1\nWORKERS=2\n", ("twice", "warning", "WORKERS")),
        (f"{GOOD}NOBODY_WANTS=1\n", ("unknown", "info", "NOBODY_WANTS")),
        (f"{GOOD}WORKRES=1\n", ("unknown", "warning", "WORKRES")),
        (f"{GOOD}A B=1\n", ("broken", "error", None)),
        (f"{GOOD}MODE='a\n", ("broken", "error", None)),
        (f"{GOOD}MODE=\"a\\$b\"\n", ("quoting", "info", "MODE")),
        (f"{GOOD}STRIPE_KEY=your-key-here\n", ("placeholder", "info", "STRIPE_KEY")),
    ],
)  # fmt: skip
def test_a_line_that_is_wrong_is_found(tree: Tree, env: str, wanted: tuple[str, str, str | None]) -> None:
    assert wanted in said(checked(project(tree, env, **{"a.sh": "#!/bin/sh\necho $STRIPE_KEY\n"})))


@pytest.mark.parametrize(
    "env",
    [
        "WORKERS=\n", "WORKERS=${BARE}\n", "WORKERS=4\n", "MODE='a b'\n", "MODE=\"a b\" # said\n",
        "SECRET_KEY=changeme\n",
        "GUNICORN_CMD_ARGS=-w2\n", "OAUTH_CLIENT_SECRET=dev-only-oauth-client-secret\n", "WORKERS=1\nWORKERS=1\n",
        "# WORKERS=many\n", "export MODE=b\n",
    ],
)  # fmt: skip
def test_a_line_that_is_right_is_not(tree: Tree, env: str) -> None:
    reads = {"a.sh": "#!/bin/sh\necho $SECRET_KEY $OAUTH_CLIENT_SECRET\n"}
    assert said(checked(project(tree, GOOD + env, **reads))) == []


def test_an_empty_value_is_enough_where_compose_asks_for_any(tree: Tree) -> None:
    compose = COMPOSE.replace("${BARE}", "${BARE?}")
    assert said(checked(project(tree, GOOD.replace("BARE=1", "BARE="), **{"compose.yaml": compose}))) == []


def test_a_file_that_is_not_there_is_told_as_gravely_as_it_was_asked_for(tree: Tree) -> None:
    root = tree({"compose.yaml": COMPOSE})
    (only,) = checked(root, None)
    assert only.way_out == "write it: dockwright env schema lists what belongs into it"
    (root / ".env.example").write_text(GOOD)
    (only,) = checked(root, None)
    assert (only.kind, only.level, only.way_out) == ("no file", "info", "dockwright env create dev")
    assert (only.path, only.at is not None) == ("compose.yaml", True)
    assert ("no file", "error", None) in said(checked(root))


def test_production_has_no_placeholder(tree: Tree) -> None:
    lines = (
        "POSTGRES_PASSWORD=changeme\nBARE=https://shop.example.com\nPOSTGRES_USER=postgres\nDB_URL=redis://:admin@r\n"
    )
    root = project(tree, GOOD, **{"compose.prod.yaml": PROD, ".env.prod": lines})
    found = checked(root, "prod")
    assert said(found) == [
        ("placeholder", "error", "POSTGRES_PASSWORD"),
        ("placeholder", "warning", "BARE"),
        ("placeholder", "error", "DB_URL"),
    ]
    assert found[0].way_out == "dockwright env rotate POSTGRES_PASSWORD prod"


def test_file_and_example_are_held_against_each_other(tree: Tree) -> None:
    example = "POSTGRES_PASSWORD=\nBARE=1\nWORKERS=1\n# MODE=a\n"
    root = project(tree, f"{GOOD}MODE=b\nEXTRA=1\n", **{".env.example": example, "a.sh": "#!/bin/sh\necho $EXTRA\n"})
    found = checked(root)
    assert said(found) == [("missing", "warning", "WORKERS"), ("undocumented", "warning", "EXTRA")]
    assert {each.way_out for each in found} == {"dockwright env sync dev"}
    assert found[0].path == ".env.example"


def test_what_the_code_reads_below_a_condition_is_not_missed(tree: Tree) -> None:
    code = "import os\n\nALWAYS = os.environ['ALWAYS']\nif ALWAYS:\n    SOMETIMES = os.environ['SOMETIMES']\n"
    assert said(checked(project(tree, GOOD, **{"settings.py": code}))) == [("missing", "warning", "ALWAYS")]


def test_names_that_are_only_alike_are_no_slips(tree: Tree) -> None:
    code = "import os\n\nA = os.environ.get('GITHUB_CLIENT')\n"
    root = project(tree, f"{GOOD}OTHERS_CLIENT=x\n", **{"settings.py": code})
    assert said(checked(root)) == [("unknown", "info", "OTHERS_CLIENT")]


def test_what_a_stack_lacks_that_nothing_starts_is_worth_knowing(tree: Tree) -> None:
    more = "name: x\nservices:\n  a:\n    image: b:${TAG:?}\n"
    root = project(tree, GOOD, **{"docs/compose.yaml": more, "Makefile": "up:\n\tdocker compose up\n"})
    assert said(checked(root)) == [("missing", "info", "TAG")]


def test_what_the_code_does_not_start_without_is_missed(tree: Tree) -> None:
    files = {"settings.py": CODE + "    needed: str\n"}
    assert said(checked(project(tree, GOOD, **files))) == [("missing", "warning", "NEEDED")]
    assert said(checked(project(tree, f"{GOOD}NEEDED=1\n", **files))) == []


def test_a_name_that_production_lacks_and_reads_is_told_from_development(tree: Tree) -> None:
    files = {"compose.prod.yaml": PROD, ".env.prod.example": "POSTGRES_PASSWORD=\n"}
    (only,) = checked(project(tree, GOOD, **files))
    assert (only.kind, only.name) == ("elsewhere", "BARE")
    assert "not in prod, where compose.prod.yaml:8 reads it" in only.message
    assert said(checked(project(tree, GOOD, **{**files, ".env.prod.example": "POSTGRES_PASSWORD=\nBARE=\n"}))) == []


@pytest.mark.parametrize("env", ["dev", "prod", None])
def test_a_secret_that_production_shares_is_an_error_once(tree: Tree, env: str | None) -> None:
    files = {"compose.prod.yaml": PROD, ".env.prod": GOOD}
    found = [each for each in checked(project(tree, GOOD, **files), env) if each.kind == "elsewhere"]
    assert [(each.level, each.name, each.way_out) for each in found] == [
        ("error", "POSTGRES_PASSWORD", "dockwright env rotate POSTGRES_PASSWORD prod")
    ]


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("      MODE: b\n", [("shadowed", "warning", "MODE")]),
        ("      MODE: a\n", []),
        ("      MODE: ${MODE}\n", []),
        ("      MODE: ${MODE:-c}\n", []),
        ("      MODE: ${BARE}\n", [("shadowed", "warning", "MODE")]),
        ("      MODE:\n", []),
    ],
)
def test_environment_goes_before_the_env_file(tree: Tree, line: str, wanted: list[tuple[str, str, str | None]]) -> None:
    assert said(checked(project(tree, f"{GOOD}MODE=a\n", **{"compose.yaml": COMPOSE + line}))) == wanted


def test_a_later_file_goes_before_an_earlier_one(tree: Tree) -> None:
    compose = COMPOSE.replace("env_file: .env", "env_file: [.env, .env.more]")
    root = project(tree, f"{GOOD}MODE=a\n", **{"compose.yaml": compose, ".env.more": "MODE=b\n"})
    (only,) = checked(root)
    assert "MODE does nothing for web: .env.more:1 takes its place" in only.message
    assert only.level == "info"


def test_one_of_two_services_that_goes_its_own_way_is_only_worth_knowing(tree: Tree) -> None:
    more = "      MODE: b\n  worker:\n    build: .\n    env_file: .env\n"
    root = project(tree, f"{GOOD}MODE=a\n", **{"compose.yaml": COMPOSE + more})
    assert said(checked(root)) == [("shadowed", "info", "MODE")]


def test_the_shell_goes_before_the_env_file(tree: Tree) -> None:
    root = project(tree, GOOD)
    assert said(checked(root, outside=Outside(environ={"BARE": "1", "HOME": "/x"}))) == []
    (only,) = checked(root, outside=Outside(environ={"BARE": "2"}))
    assert (only.kind, only.way_out) == ("shadowed", "unset BARE")


def test_git_and_others_are_kept_out(tree: Tree) -> None:
    root = project(tree, GOOD)
    (root / ".env").chmod(0o644)
    assert said(checked(root, outside=Outside(tracked={".env"}, repository=True))) == [("git", "warning", None)]
    (root / ".env").chmod(0o600)
    assert said(checked(root, outside=Outside(repository=True))) == [("git", "warning", None)]
    (root / ".gitignore").write_text(".env\n")
    assert said(checked(root, outside=Outside(repository=True))) == []
    (root / ".env").chmod(0o644)
    (only,) = checked(root)
    assert (only.kind, only.level, only.way_out) == ("readable", "warning", "chmod 600 .env")
    (root / ".env").chmod(0o640)
    assert said(checked(root)) == [("readable", "info", None)]


def test_production_s_file_in_git_or_open_to_others_is_an_error(tree: Tree) -> None:
    root = project(tree, GOOD, **{"compose.prod.yaml": PROD, ".env.prod": GOOD.replace("K", "L")})
    (root / ".env.prod").chmod(0o644)
    found = checked(root, "prod", Outside(tracked={".env.prod"}, repository=True))
    assert said(found) == [("git", "error", None)]
    assert said(checked(root, "prod")) == [("readable", "error", None)]


def test_python_s_reading_is_a_warning_where_the_code_reads_env_files(tree: Tree) -> None:
    root = project(tree, f'{GOOD}MODE="a\\$b"\n', **{"settings.py": CODE + "\nload_dotenv()\n"})
    assert said(checked(root)) == [("quoting", "warning", "MODE")]


def test_every_trouble_has_a_known_kind_and_level_and_a_way_out(tree: Tree) -> None:
    files = {
        "compose.prod.yaml": PROD,
        ".env.prod": "A B\nPOSTGRES_PASSWORD=changeme\nWORKERS=x\n",
        ".env.example": "Z=1\n",
    }
    root = project(tree, "BARE=\nWORKERS=1\nWORKERS=2\n", **files)
    found = checked(root, None, Outside(tracked={".env.prod"}, repository=True))
    assert len(found) > 8
    assert all(each.kind in KINDS and each.level in LEVELS and each.way_out and each.path for each in found)
