"""Make targets for every environment: the user's win, and what is added runs everywhere."""

from __future__ import annotations

import shutil
import stat
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from dockwright.engine.compose import RealCompose
from dockwright.plan import Plan, make_plan
from dockwright.project.discover import discover
from dockwright.project.stacks import stacks
from dockwright.proof.static import prove
from dockwright.refactor.env import ENV
from dockwright.refactor.layout import LAYOUT
from dockwright.refactor.make import MAKE
from dockwright.rule import all_rules, run
from example import LEGACY
from projects import project, texts

APP = "  app:\n    build: {context: .., dockerfile: docker/Dockerfile}\n    image: shop:TAG\n"
DATABASE = "  db:\n    image: postgres:17.6\n"
DOCKERFILE = 'FROM python:3.13-slim AS development\nCMD ["uvicorn", "app:app", "--host", "0.0.0.0"]\n'


def compose(tag: str, *services: str) -> str:
    return f"name: shop-{tag}\nservices:\n" + "".join(each.replace("TAG", tag) for each in services or (APP, DATABASE))


FILES = {
    "docker/Dockerfile": DOCKERFILE,
    "compose/docker-compose.dev.yml": compose("dev"),
    "compose/docker-compose.prod.yml": compose("prod"),
    "env/.env.dev.example": "DEBUG=true\n",
    "env/.env.prod.example": "DEBUG=false\n",
    ".gitignore": "env/.env.*\n!env/.env.*.example\n",
}
COMPOSE = "COMPOSE = docker compose -f compose/docker-compose.dev.yml --env-file env/.env.dev\n"


def plan(files: Mapping[str, str], without: tuple[str, ...] = ()) -> Plan:
    every = {**FILES, **files}
    return make_plan(project({path: text for path, text in every.items() if path not in without}), [], MAKE)


def after(files: Mapping[str, str], without: tuple[str, ...] = ()) -> str:
    return texts(plan(files, without).after)["Makefile"]


def test_a_makefile_is_made_where_there_is_none() -> None:
    assert (
        after({})
        == """\
# Works from anywhere: `make dev-up`, or `make -C path dev-up`.

.DEFAULT_GOAL := help
.PHONY: help
#? help           Show this help
help:
	@sed -n 's/^#? /  /p' $(MAKEFILE_LIST)

ENVS = dev prod
ENV_TARGETS = $(foreach task,up down restart status logs build rebuild shell db-shell,$(ENVS:%=%-$(task)))
compose_dev = docker compose -f compose/docker-compose.dev.yml --env-file env/.env.dev
compose_prod = docker compose -f compose/docker-compose.prod.yml --env-file env/.env.prod

.PHONY: $(ENV_TARGETS) verify clean

# Env files are made once from their examples; production's is written by hand.
$(filter dev-%,$(ENV_TARGETS)) clean: env/.env.dev
$(filter prod-%,$(ENV_TARGETS)): env/.env.prod
env/.env.dev: %: | %.example
	@install -m 600 $| $@ && echo "made $@ from $|"
env/.env.prod:
	@echo "write env/.env.prod first; env/.env.prod.example lists what it holds" >&2; exit 1

#? ENV-up         Start an environment (dev or prod) and wait until it is healthy
$(ENVS:%=%-up): %-up:
	@$(compose_$*) up -d --wait
#? ENV-down       Stop it; its volumes stay
$(ENVS:%=%-down): %-down:
	@$(compose_$*) down
#? ENV-restart    Restart its services
$(ENVS:%=%-restart): %-restart:
	@$(compose_$*) restart
#? ENV-status     Show its services and their health
$(ENVS:%=%-status): %-status:
	@$(compose_$*) ps -a
#? ENV-logs       Follow its logs
$(ENVS:%=%-logs): %-logs:
	@$(compose_$*) logs -f --tail 100
#? ENV-build      Build its images
$(ENVS:%=%-build): %-build:
	@$(compose_$*) build
#? ENV-rebuild    Build its images again, from scratch
$(ENVS:%=%-rebuild): %-rebuild:
	@$(compose_$*) build --no-cache
#? ENV-shell      Open a shell in its application's container
$(ENVS:%=%-shell): %-shell:
	@$(compose_$*) exec app sh
#? ENV-db-shell   Open a shell of its database
$(ENVS:%=%-db-shell): %-db-shell:
	@$(compose_$*) exec db sh -c 'exec psql -U "$${POSTGRES_USER:-postgres}" -d "$${POSTGRES_DB:-postgres}"'

#? verify         Check the running dev stack
verify:
	@dockwright verify dev

#? clean          Take dev down, with all its data
clean:
	@$(compose_dev) down -v --remove-orphans
"""
    )


def test_the_users_targets_and_variables_win() -> None:
    mine = f"{COMPOSE}\n.PHONY: dev-up\ndev-up:\n\t@$(COMPOSE) up -d --build\n"
    made = after({"Makefile": mine})
    assert made.startswith(mine)
    assert "compose_dev = $(COMPOSE)\n" in made
    assert "\nprod-up:\n\t@$(compose_prod) up -d --wait\n" in made
    assert "$(ENVS:%=%-down): %-down:\n" in made


@pytest.mark.parametrize(
    ("variable", "call"),
    [
        ("DC = docker compose", "$(DC) -f compose/docker-compose.dev.yml --env-file env/.env.dev"),
        ("DC = docker compose -f compose/docker-compose.dev.yml", "$(DC) --env-file env/.env.dev"),
        (
            "DC = docker compose -f compose/docker-compose.dev.yml up",
            "docker compose -f compose/docker-compose.dev.yml --env-file env/.env.dev",
        ),
        (
            "DC = docker compose -f $(FILE)",
            "docker compose -f compose/docker-compose.dev.yml --env-file env/.env.dev",
        ),
    ],
)
def test_a_variable_is_used_for_what_it_says(variable: str, call: str) -> None:
    assert f"compose_dev = {call}\n" in after({"Makefile": f"{variable}\n"})


def test_every_file_of_a_stack_is_passed() -> None:
    mine = "up:\n\tdocker compose -f compose/base.yml -f compose/dev.yml up\n"
    files = {
        "Makefile": mine,
        "compose/base.yml": compose("dev", APP),
        "compose/dev.yml": "services:\n  app:\n    environment: {DEBUG: 'true'}\n",
    }
    made = after(files, without=("compose/docker-compose.dev.yml",))
    assert "compose_dev = docker compose -f compose/base.yml -f compose/dev.yml --env-file env/.env.dev\n" in made


def test_a_name_in_phony_gets_its_rule() -> None:
    made = after({"Makefile": ".PHONY: dev-status\n\ndev-up:\n\ttrue\n"})
    assert "$(ENVS:%=%-status): %-status:\n" in made


def test_a_pattern_rule_of_the_users_makes_what_it_matches() -> None:
    made = after({"Makefile": "%-logs:\n\tdocker compose -f compose/docker-compose.$*.yml logs\n"})
    assert "%-logs): %-logs" not in made
    assert "restart status build" in made, "what is phony is made by no pattern rule"


def test_an_environment_that_comes_later_is_added() -> None:
    first = texts(plan({}).after)["Makefile"]
    made = after({"Makefile": first, "compose/docker-compose.test.yml": compose("test")})
    assert made.startswith(first)
    added = made.removeprefix(first)
    assert "DOCKER_ENVS = dev test prod\n" in added
    assert "compose_dev =" not in added
    assert "#?" not in added
    assert "\ntest-up:\n\t@$(compose_test) up -d --wait\n" in added


def test_a_variable_of_the_users_keeps_its_value() -> None:
    made = after({"Makefile": "compose_dev = podman compose\n"})
    assert "docker_compose_dev = docker compose -f compose/docker-compose.dev.yml --env-file env/.env.dev\n" in made
    assert "%-up:\n\t@$(docker_compose_$*) up" in made
    assert "\t@$(docker_compose_dev) down -v --remove-orphans\n" in made


def test_targets_of_the_users_that_start_something_get_the_env_file() -> None:
    made = after({"Makefile": f"{COMPOSE}\nserve:\n\t$(COMPOSE) up\n\nps:\n\t$(COMPOSE) ps\n"})
    assert "\n$(filter dev-%,$(ENV_TARGETS)) serve clean: env/.env.dev\n" in made


RUNS = [
    ("$(COMPOSE) run --rm app pytest", True),
    ("$(COMPOSE) run --no-deps app pytest", False),
    ("$(COMPOSE) build\n\t$(COMPOSE) run app pytest", False),
    ("$(COMPOSE) exec app pytest", False),
]


@pytest.mark.parametrize(("recipe", "builds"), RUNS)
def test_what_others_start_from_is_built_before_a_run(recipe: str, builds: bool) -> None:
    worker = "  worker:\n    image: shop:dev\n"
    files = {
        "compose/docker-compose.dev.yml": compose("dev", APP, worker),
        "Makefile": f"{COMPOSE}check:\n\t{recipe}\n",
    }
    assert ("\ncheck: dev-build\n" in after(files)) is builds
    alone = {"Makefile": files["Makefile"]}
    assert "\ncheck: dev-build\n" not in after(alone)


def test_a_help_of_lines_keeps_its_words_and_shows_the_rest() -> None:
    mine = (
        '.PHONY: help up seed\nhelp:\n\t@echo "make up             start it"\n\nup:\n\tdocker compose up\n\n'
        "seed:\n\t./seed.sh\n"
    )
    made = after({"Makefile": mine})
    assert made.startswith(
        '.PHONY: help up seed\nhelp:\n\t@echo "make up             start it"\n'
        "\t@sed -n 's/^#? /make /p' $(MAKEFILE_LIST)\n"
        '\t@echo "make seed: see the Makefile"\n\nup:\n'
    )
    assert "\n#? ENV-down       stop it; its volumes stay\n" in made


def test_a_help_that_reads_the_makefile_decides_what_it_shows_of_the_users() -> None:
    mine = "help: ## Show this\n\t@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST)\n\nseed:\n\t./seed.sh\n"
    assert "$(MAKEFILE_LIST)\n\t@sed -n 's/^#? /  /p' $(MAKEFILE_LIST)\n\nseed:\n" in after({"Makefile": mine})


def test_a_narrow_help_is_widened_for_our_names() -> None:
    made = after({"Makefile": "help:\n\t@echo 'up - start it'\n\nup:\n\ttrue\n"})
    assert "\n#? ENV-down       stop it; its volumes stay\n" in made
    assert "\n#? ENV-db-shell   open a shell of its database\n" in made


def test_a_help_by_another_name_is_one() -> None:
    made = after({"Makefile": "usage:\n\t@grep '##' $(MAKEFILE_LIST)\n"})
    assert made.startswith("usage:\n\t@grep '##' $(MAKEFILE_LIST)\n\t@sed -n")
    assert "\nhelp:" not in made


def test_a_makefile_without_help_gets_one_and_keeps_its_default_goal() -> None:
    made = after({"Makefile": "seed:\n\t./seed.sh\n"})
    assert made.startswith("seed:\n")
    assert made.endswith(
        "\n.PHONY: help\n#? help           Show this help\nhelp:\n\t@sed -n 's/^#? /  /p' $(MAKEFILE_LIST)\n"
        '\t@echo "  seed: see the Makefile"\n'
    )


def test_one_environment_needs_no_names_for_several() -> None:
    made = after({"Makefile": "seed:\n\ttrue\n"}, without=("compose/docker-compose.prod.yml", "env/.env.prod.example"))
    assert "ENV" not in made
    assert "\n#? dev-up         Start the environment dev and wait until it is healthy\n" in made
    assert ".PHONY: dev-up dev-down dev-restart" in made
    assert "\ndev-up dev-down dev-restart" in made
    assert "\n#? dev-logs       Follow its logs\ndev-logs:\n\t@$(compose_dev) logs -f --tail 100\n" in made


def test_an_env_file_that_production_shares_is_made_by_nobody() -> None:
    call = "docker compose -f compose/docker-compose.{}.yml --env-file .env up\n"
    files = {"Makefile": f"a:\n\t{call.format('dev')}\nb:\n\t{call.format('prod')}", ".env.example": "A=b\n"}
    made = after(files, without=("env/.env.dev.example", "env/.env.prod.example"))
    assert "compose_prod = docker compose -f compose/docker-compose.prod.yml --env-file .env\n" in made
    assert "\n.env: %: | %.example\n" in made
    assert "$(filter prod-%,$(ENV_TARGETS))" not in made


def test_numbers_are_exported_where_a_compose_file_reads_them() -> None:
    assert "export UID" not in after({})
    wanting = compose("dev").replace(
        "dockerfile: docker/Dockerfile", 'dockerfile: docker/Dockerfile, args: {UID: "${UID:-1000}"}'
    )
    assert "export UID := $(or $(filter-out 0,$(shell id -u)),1000)\n" in after(
        {"compose/docker-compose.dev.yml": wanting}
    )


def test_nothing_waits_for_what_ends() -> None:
    migrate = "  migrate:\n    image: shop:dev\n    command: alembic upgrade head\n"
    made = after({"compose/docker-compose.dev.yml": compose("dev", APP, DATABASE, migrate)})
    assert "\ndev-up:\n\t@$(compose_dev) up -d\nprod-up:\n\t@$(compose_prod) up -d --wait\n" in made
    assert "\nmigrate:\n\t@$(compose_dev) run --rm migrate\n" in made


def test_tests_run_in_their_stack_and_leave_nothing() -> None:
    files = {
        "compose/docker-compose.test.yml": compose("test"),
        "pyproject.toml": '[project]\nname = "shop"\nversion = "1"\n[dependency-groups]\ndev = ["pytest"]\n',
    }
    assert (
        "\ntest:\n\t@rc=0; $(compose_test) run --build --rm app pytest || rc=$$?; $(compose_test) down -v; exit $$rc\n"
        in after(files)
    )


def test_tests_need_pytest_where_the_image_is_built_from() -> None:
    for folder, expected in (("api", True), ("web", False)):
        stack = "name: shop-test\nservices:\n  app:\n    build: {context: ../api, target: test}\n"
        files = {
            "compose/docker-compose.test.yml": stack,
            "api/Dockerfile": DOCKERFILE.replace("development", "test"),
            f"{folder}/pyproject.toml": '[project]\nname = "a"\nversion = "1"\ndependencies = ["pytest"]\n',
        }
        assert ("run --build --rm app pytest" in after(files, tuple(FILES))) == expected


def test_lint_says_what_the_pipeline_says() -> None:
    files = {
        "pyproject.toml": '[project]\nname = "shop"\nversion = "1"\n[dependency-groups]\ndev = ["mypy", "ruff"]\n',
        ".github/workflows/ci.yml": "on: push\njobs:\n  lint:\n    runs-on: ubuntu-24.04\n    steps:\n"
        "      - run: ruff check src\n      - run: uv run mypy src\n",
    }
    assert (
        "\nlint:\n\t@$(compose_dev) run --rm --no-deps -e RUFF_CACHE_DIR=/tmp/ruff app ruff check src\n"
        "\t@$(compose_dev) run --rm --no-deps -e MYPY_CACHE_DIR=/tmp/mypy app mypy src\n" in after(files)
    )


def test_certificates_are_made_where_a_server_needs_them() -> None:
    server = DOCKERFILE.replace('"0.0.0.0"', '"0.0.0.0", "--ssl-keyfile", "certs/key.pem"')
    assert "\ncerts:\n\t@dockwright certs\n" in after({"docker/Dockerfile": server})
    assert "certs" not in after({})


def test_a_project_that_makes_its_certificates_itself_goes_on_so() -> None:
    server = DOCKERFILE.replace('"0.0.0.0"', '"0.0.0.0", "--ssl-keyfile", "certs/key.pem"')
    own = "tls:\n\topenssl req -x509 -nodes -keyout certs/key.pem -out certs/cert.pem\n"
    assert "dockwright certs" not in after({"docker/Dockerfile": server, "Makefile": own})


@pytest.mark.parametrize("name", ["shop-dev", "shop-prod"])
def test_production_is_never_cleaned(name: str) -> None:
    made = after({"compose/docker-compose.dev.yml": compose("dev").replace("shop-dev", name, 1)})
    assert "prod-clean" not in made
    assert "$(compose_prod) down -v" not in made
    assert ("$(compose_dev) down -v" in made) == (name == "shop-dev")


def test_tests_take_no_other_environments_volumes_along() -> None:
    files = {
        "compose/docker-compose.test.yml": compose("test").replace("shop-test", "shop-dev", 1),
        "pyproject.toml": '[project]\nname = "shop"\nversion = "1"\n[dependency-groups]\ndev = ["pytest"]\n',
    }
    assert "\ntest:\n" not in after(files)


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"Makefile": f"{COMPOSE}\ndev-up:\n\t$(COMPOSE) up\n"},
        {"Makefile": "help:\n\t@echo '  up - Start'\n"},
        {"Makefile": "ENVS = a b\nENV_TARGETS = c\r\nseed:\r\n\ttrue"},
    ],
)
def test_a_second_time_there_is_nothing_to_do(files: Mapping[str, str]) -> None:
    first = plan(files)
    assert first.patches
    assert not make_plan(first.after, [], MAKE).patches


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ({"Makefile": "include $(TASKS)\nup:\n\ttrue\n"}, "includes what cannot be read"),
        ({"Makefile": "$(eval $(call rules,a))\nup:\n\ttrue\n"}, "makes rules while it runs"),
        ({"Makefile": "ifdef X\nup:\n\ttrue\n"}, "does not parse"),
        ({"justfile": "up:\n  docker compose up\n"}, "justfile runs the project's tasks"),
    ],
)
def test_what_cannot_be_added_is_left_with_its_reason(files: Mapping[str, str], reason: str) -> None:
    made = plan(files)
    assert not made.patches
    assert reason in made.deferred[0].reason


def test_stacks_that_share_a_role_are_left() -> None:
    made = plan({"compose/dev.yml": compose("dev"), "Makefile": "up:\n\ttrue\n"})
    assert "write the dev targets by hand" in {each.what for each in made.deferred}
    assert "# The environment prod\n\ncompose_prod = docker" in texts(made.after)["Makefile"]


@pytest.mark.parametrize(
    ("recipe", "reason"),
    [
        ("$(COMPOSE) down -v", "the volumes along"),
        ("$(COMPOSE) logs", "runs `docker compose logs`"),
        ("$(COMPOSE) stop", None),
        ("./stop.sh", None),
    ],
)
def test_a_target_that_does_something_else_is_told_of(recipe: str, reason: str | None) -> None:
    made = plan({"Makefile": f"{COMPOSE}\ndev-down:\n\t{recipe}\n"})
    assert [reason in each.reason for each in made.deferred if reason] == ([True] if reason else [])
    assert reason is not None or not made.deferred


def test_a_stack_of_some_part_is_no_environment() -> None:
    files = {"docker/Dockerfile": DOCKERFILE, "tests/docker-compose.test.yml": compose("test")}
    assert not make_plan(project(files), [], MAKE).patches


def test_a_project_without_environments_gets_nothing() -> None:
    assert not make_plan(project({"Dockerfile": DOCKERFILE}), [], MAKE).patches


def test_the_new_calls_are_known_and_nothing_is_found_in_them() -> None:
    of = plan({"Makefile": f"{COMPOSE}\n.PHONY: dev-up\ndev-up:\n\t@$(COMPOSE) up -d\n"}).after
    assert {stack.name: len(stack.invoked_from) for stack in stacks(of)} == {"dev": 10, "prod": 9}
    assert [finding for finding in run(all_rules(), of) if finding.at.path == "Makefile"] == []


@pytest.mark.compose
def test_the_example_gets_every_target_and_nothing_is_broken() -> None:
    made = make_plan(discover(str(LEGACY)), [], [*LAYOUT, *ENV, *MAKE])
    assert prove(made, RealCompose()).broken == ()
    text = texts(made.after)["Makefile"]
    for line in (
        "compose_dev = $(COMPOSE)",
        "compose_test = $(TEST_COMPOSE)",
        "test-restart ci-restart prod-restart: %-restart:",
        "$(ENVS:%=%-status): %-status:",
    ):
        assert f"\n{line}\n" in text
    found = {finding.rule: finding.message for finding in run(all_rules(), made.after)}
    assert "DW504" not in found
    assert "DW509" not in found


MAKES = [path for name in ("make", "gmake") if (path := shutil.which(name))]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A project on disk, in a folder with a space, whose docker only says what it is asked."""
    root = tmp_path / "the shop"
    files = texts(plan({"Makefile": f"{COMPOSE}\nseed:\n\t$(COMPOSE) run app seed\n"}).after)
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    docker = tmp_path / "bin" / "docker"
    docker.parent.mkdir()
    docker.write_text('#!/bin/sh\necho "docker $*"\n')
    docker.chmod(0o755)
    return root


def run_make(root: Path, *words: str) -> subprocess.CompletedProcess[str]:
    env = {"PATH": f"{root.parent / 'bin'}:/usr/bin:/bin"}
    return subprocess.run(
        [MAKES[0], "--no-print-directory", "-C", str(root), *words],
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.skipif(not MAKES, reason="make is not installed")
class TestWithMake:
    def test_the_env_file_is_made_once_and_for_its_owner_alone(self, folder: Path) -> None:
        first, second = run_make(folder, "dev-up"), run_make(folder, "dev-up")
        call = "docker compose -f compose/docker-compose.dev.yml --env-file env/.env.dev up -d --wait\n"
        assert first.stdout == f"made env/.env.dev from env/.env.dev.example\n{call}"
        assert second.stdout == call
        assert stat.S_IMODE((folder / "env/.env.dev").stat().st_mode) == 0o600

    def test_production_stops_without_its_env_file(self, folder: Path) -> None:
        done = run_make(folder, "prod-up")
        assert done.returncode == 2
        assert "write env/.env.prod first" in done.stderr
        assert "docker" not in done.stdout
        assert not (folder / "env/.env.prod").exists()

    def test_targets_of_the_users_have_the_env_file_too(self, folder: Path) -> None:
        assert run_make(folder, "seed").stdout.startswith("made env/.env.dev")

    def test_help_shows_every_target(self, folder: Path) -> None:
        shown = run_make(folder, "help").stdout
        for name in ("ENV-up", "ENV-db-shell", "verify", "clean", "help", "seed"):
            assert f"  {name}" in shown

    def test_make_has_nothing_to_complain_of(self, folder: Path) -> None:
        done = run_make(folder, "-pn", "--warn-undefined-variables", "help")
        assert done.stderr == ""
        assert "dev-db-shell:" in done.stdout


def test_a_target_that_asks_dockwright_for_certificates_runs_each_time() -> None:
    asks = "#!/bin/sh\nif command -v dockwright >/dev/null && dockwright certs; then exit; fi\nopenssl req -x509\n"
    files = {"Makefile": "certs:\n\t./scripts/certs.sh\n\nkeys:\n\t./scripts/keys.sh\n", "scripts/certs.sh": asks}
    made = after({**files, "scripts/keys.sh": "#!/bin/sh\nopenssl genrsa -out keys/a.pem\n"})
    phony = [name for line in made.splitlines() if line.startswith(".PHONY") for name in line.split()]
    assert "certs" in phony
    assert "keys" not in phony
