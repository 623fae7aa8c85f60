"""Whatever installed from former manifests installs from uv.lock, or stays with its reason."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from dockwright.plan import Plan, make_plan
from dockwright.refactor.ci.dependency_files import DependencyFiles
from dockwright.refactor.ci.installs import Installs
from dockwright.refactor.ci.workflows import Workflows
from dockwright.refactor.packaging.leftovers import Leftovers
from projects import project, texts

LOCK = """version = 1

[[package]]
name = "shop"
version = "0.1.0"
source = { virtual = "." }
dependencies = [{ name = "idna" }]

[package.dev-dependencies]
dev = [{ name = "pytest" }]

[[package]]
name = "idna"
version = "3.10"
source = { registry = "https://index.example/simple" }

[[package]]
name = "pytest"
version = "9.0.0"
source = { registry = "https://index.example/simple" }
"""
LISTS = {
    "uv.lock": LOCK,
    "pyproject.toml": '[project]\nname = "shop"\nversion = "0.1.0"\n',
    "requirements.txt": "idna==3.10\n",
    "requirements-dev.txt": "-r requirements.txt\npytest==9.0.0\n",
}
POETRY = {
    "uv.lock": LOCK,
    "pyproject.toml": '[project]\nname = "shop"\nversion = "0.1.0"\n[tool.poetry]\n',
    "poetry.lock": '[[package]]\nname = "idna"\nversion = "3.10"\n',
}
PIPENV = {**LISTS, "requirements.txt": "", "requirements-dev.txt": "", "Pipfile": '[packages]\nidna = "*"\n'}
STEPS = (Workflows(), Installs(), DependencyFiles(), Leftovers())


def followed(files: Mapping[str, str], manifests: Mapping[str, str] = LISTS) -> Plan:
    plan = make_plan(project({**manifests, **files}), [], STEPS)
    assert not make_plan(plan.after, [], STEPS).patches
    return plan


def job(*steps: str, extra: str = "") -> dict[str, str]:
    listed = "".join(f"      - {step}\n" for step in steps)
    head = f"on: push\njobs:\n  test:\n    runs-on: ubuntu-latest\n{extra}    steps:\n"
    return {".github/workflows/ci.yml": head + listed}


def workflow(plan: Plan) -> str:
    return texts(plan.after)[".github/workflows/ci.yml"]


COMMANDS = [
    ("pip install -r requirements.txt", "uv sync --locked --no-dev", LISTS),
    ("pip install -r requirements.txt -r requirements-dev.txt", "uv sync --locked", LISTS),
    ("python3 -m pip install --upgrade -qr requirements-dev.txt", "uv sync --locked", LISTS),
    ("pip install --no-cache-dir -r requirements-dev.txt", "uv sync --locked --no-cache", LISTS),
    ("uv pip install -r requirements-dev.txt", "uv sync --locked", LISTS),
    (".venv/bin/pip install -r requirements.txt", "uv sync --locked --no-dev", LISTS),
    ("poetry install", "uv sync --locked", POETRY),
    ("poetry install --no-interaction --no-root --only main", "uv sync --locked --no-dev --no-install-project", POETRY),
    ("poetry run pytest -x", "uv run pytest -x", POETRY),
    ("poetry add httpx", "uv add httpx", POETRY),
    ("pipenv install --dev", "uv sync --locked", PIPENV),
    ("pipenv install --deploy", "uv sync --locked --no-dev", PIPENV),
    ("pipenv run pytest", "uv run pytest", PIPENV),
]


@pytest.mark.parametrize(("former", "now", "manifests"), COMMANDS, ids=[command[0] for command in COMMANDS])
def test_a_former_command_has_an_equal(former: str, now: str, manifests: dict[str, str]) -> None:
    plan = followed({"Makefile": f"install:\n\t@{former}\n"}, manifests)
    assert texts(plan.after)["Makefile"] == f"install:\n\t@{now}\n"


KEPT = [
    ("pip install -r requirements.txt tox", "it installs tox, too"),
    ("pip install --user -r requirements.txt", "`uv sync` has no --user"),
    ("sudo pip install -r requirements.txt", "it installs for the whole machine"),
    ("venv/bin/pip install -r requirements.txt", "it installs into an environment of its own"),
    ("pip install -r requirements.txt -r $(MORE)", "the lock does not hold all of the lists that it names"),
]


@pytest.mark.parametrize(("command", "reason"), KEPT, ids=[command for command, _ in KEPT])
def test_a_command_without_an_equal_stays_with_its_reason(command: str, reason: str) -> None:
    plan = followed({"Makefile": f"install:\n\t{command}\n"})
    assert not plan.patches
    assert (plan.deferred[0].owner, plan.deferred[0].reason) == ("ci", reason)
    assert plan.deferred[0].at is not None
    assert plan.deferred[1].reason == "still read in Makefile:2"


def test_what_a_variable_brings_from_elsewhere_stays() -> None:
    makefile = "SETUP = pip install -r requirements.txt\none:\n\t$(SETUP)\ntwo:\n\t$(SETUP)\n"
    assert not followed({"Makefile": makefile}).patches


def test_another_version_than_the_lock_s_is_no_former_manifest() -> None:
    plan = followed({"requirements.txt": "idna==3.9\n", "Makefile": "install:\n\tpip install -r requirements.txt\n"})
    assert "pip install -r requirements.txt" in texts(plan.after)["Makefile"]
    assert "requirements.txt" in plan.after.sources


def test_a_devcontainer_s_command_follows() -> None:
    text = '{\n  "postCreateCommand": "pip install -r requirements-dev.txt", // once\n}\n'
    plan = followed({".devcontainer/devcontainer.json": text})
    assert texts(plan.after)[".devcontainer/devcontainer.json"] == text.replace(
        "pip install -r requirements-dev.txt", "uv sync --locked"
    )


def test_what_a_document_shows_behind_the_install_is_run_by_uv() -> None:
    text = "```sh\ncp a b\npip install -r requirements-dev.txt\npytest tests\ndocker ps\n```\n"
    plan = followed({"README.md": text})
    assert texts(plan.after)["README.md"] == ("```sh\ncp a b\nuv sync --locked\nuv run pytest tests\ndocker ps\n```\n")
    assert not plan.deferred


def test_what_a_script_runs_behind_the_install_is_run_by_uv() -> None:
    script = "set -e\npip install -r requirements-dev.txt\npython3 manage.py check && pytest -x\ncd web\npython3 a.py\n"
    makefile = "test:\n\tpip install -r requirements-dev.txt\n\tpytest tests\nlint:\n\tpytest --lint\n"
    plan = followed({"check.sh": script, "Makefile": makefile})
    assert texts(plan.after)["check.sh"] == (
        "set -e\nuv sync --locked\nuv run python3 manage.py check && uv run pytest -x\ncd web\npython3 a.py\n"
    )
    assert "test:\n\tuv sync --locked\n\tuv run pytest tests\nlint:\n\tpytest --lint\n" in texts(plan.after)["Makefile"]
    assert [left.what for left in plan.deferred] == ["write `uv run pytest --lint`", "write `uv run python3 a.py`"]


def test_an_activated_environment_is_the_one_that_is_filled() -> None:
    text = (
        "```sh\npython -m venv env\nsource env/bin/activate\npip install -r requirements-dev.txt\npytest tests\n```\n"
    )
    result = texts(followed({"README.md": text}).after)["README.md"]
    assert "uv sync --locked --active\npytest tests\n" in result


def test_a_later_block_is_listed_once() -> None:
    text = "```sh\npip install -r requirements-dev.txt\n```\n\nThen:\n\n```sh\npytest a\npytest b\n```\n"
    plan = followed({"README.md": text})
    assert [left.what for left in plan.deferred] == ["write `uv run pytest a`"]


@pytest.mark.parametrize("path", ["CHANGELOG.md", "docs/release-notes/version-1.0.md"])
def test_history_stays_as_it_was(path: str) -> None:
    text = "```sh\npip install -r requirements.txt\n```\n"
    plan = followed({path: text})
    assert texts(plan.after)[path] == text
    assert not plan.deferred


def test_a_document_beside_a_list_of_its_own_means_that() -> None:
    text = "```sh\npip install -r requirements.txt\n```\n"
    plan = followed({"docs/README.md": text, "docs/requirements.txt": "mkdocs\n"})
    assert texts(plan.after)["docs/README.md"] == text


@pytest.mark.parametrize(
    "files",
    [
        {"install.sh": "apt-get install -y python3-pip\npip install -r requirements.txt\n"},
        {"start.sh": "pip install -r requirements.txt\n", "Dockerfile": "FROM python:3.13\nCOPY start.sh /\n"},
        {".gitlab-ci.yml": "test:\n  script:\n    - pip install -r requirements.txt\n"},
    ],
    ids=["a new machine", "an image", "another forge"],
)
def test_where_there_may_be_no_uv_nothing_is_rewritten(files: dict[str, str]) -> None:
    plan = followed(files)
    assert {path: texts(plan.after)[path] for path in files} == files
    assert "no uv" in plan.deferred[0].reason


SETUP = "uses: actions/setup-python@v6\n        with:\n          python-version: '3.13'"
INSTALL = "run: pip install -r requirements-dev.txt"


def test_a_job_sets_up_uv_with_the_same_python() -> None:
    cached = SETUP + "\n          cache: pip\n          cache-dependency-path: requirements*.txt # both"
    plan = followed(job("uses: actions/checkout@v5", cached, INSTALL, "run: ruff check ."))
    assert workflow(plan).partition("    steps:\n")[2] == (
        "      - uses: actions/checkout@v5\n"
        "      - uses: astral-sh/setup-uv@v10.0.1\n"
        "        with:\n"
        "          python-version: '3.13'\n"
        "          enable-cache: true\n"
        "          activate-environment: true\n"
        "          cache-dependency-glob: uv.lock # both\n"
        "      - run: uv sync --locked\n"
        "      - run: ruff check .\n"
    )


def test_a_pinned_commit_stays_one() -> None:
    pinned = SETUP.replace("@v6", "@" + "a" * 40 + " # v6.0.0")
    assert "astral-sh/setup-uv@20cfd1bf945f4377ade1205e4dbc17946fc9a30d # v10.0.1\n" in workflow(
        followed(job(pinned, INSTALL))
    )


def test_a_matrix_of_pythons_stays_one() -> None:
    setup = SETUP.replace("'3.13'", "${{ matrix.python }}")
    matrix = "    strategy:\n      matrix:\n        python: ['3.12', '3.13']\n"
    assert "python-version: ${{ matrix.python }}" in workflow(followed(job(setup, INSTALL, extra=matrix)))
    assert "uv sync" in workflow(followed(job(setup, INSTALL, extra=matrix)))


def test_what_only_pip_needs_goes_and_the_rest_is_asked_of_uv() -> None:
    run = (
        "run: |\n          python -m pip install --upgrade pip\n          pip install -r requirements.txt\n"
        "          pip install -r requirements-dev.txt\n          pip install tox"
    )
    assert workflow(followed(job(SETUP, run))).endswith(
        "      - run: |\n          uv sync --locked\n          uv pip install tox\n"
    )


def test_steps_that_only_serve_the_former_manager_go() -> None:
    plan = followed(
        job(
            "run: pipx install poetry",
            SETUP + "\n          cache: poetry",
            "uses: snok/install-poetry@v1",
            "run: poetry install --no-interaction",
            "run: poetry run pytest",
        ),
        POETRY,
    )
    assert workflow(plan).partition("    steps:\n")[2] == (
        "      - uses: astral-sh/setup-uv@v10.0.1\n"
        "        with:\n"
        "          python-version: '3.13'\n"
        "          enable-cache: true\n"
        "      - run: uv sync --locked\n"
        "      - run: uv run pytest\n"
    )
    assert "poetry.lock" not in plan.after.sources


def test_another_manager_that_is_installed_by_pip_stays() -> None:
    assert "run: uv pip install poetry\n" in workflow(followed(job(SETUP, INSTALL, "run: pip install poetry")))


STUCK = [
    (job(INSTALL), "no step `actions/setup-python`"),
    (job(SETUP, INSTALL, extra="    container: python:3.13\n"), "runs in an image"),
    (job(SETUP.replace("'3.13'", "3.x"), INSTALL), "'3.x'"),
    (job(SETUP + "\n          architecture: x64", INSTALL), "no input architecture"),
    (job(SETUP, "run: pip install tox", INSTALL), "would take away what `pip install tox` brings"),
    (job(SETUP, "if: steps.cache.outputs.cache-hit != 'true'\n        " + INSTALL), "only run at times"),
    (job(SETUP, "run: pip install -r requirements.txt tox"), "it installs tox, too"),
    (job(SETUP, INSTALL, "uses: pre-commit/action@v3.0.1"), "pre-commit/action calls pip"),
]


@pytest.mark.parametrize(("files", "reason"), STUCK, ids=[reason for _, reason in STUCK])
def test_a_job_that_is_not_certain_stays_as_a_whole(files: dict[str, str], reason: str) -> None:
    plan = followed(files)
    assert workflow(plan) == files[".github/workflows/ci.yml"]
    assert reason in plan.deferred[0].reason
    assert "requirements.txt" in plan.after.sources


def test_cache_keys_and_filters_follow_once_nothing_reads_the_lists() -> None:
    text = (
        "on:\n  push:\n    paths:\n      - 'src/**'\n      - 'requirements*.txt'\n"
        "jobs:\n  a:\n    runs-on: ubuntu-latest\n"
        "    steps:\n      - uses: actions/cache@v4\n        with:\n          path: .cache\n"
        "          key: a-${{ hashFiles('requirements.txt', '**/requirements-dev.txt', 'src/a.py') }}\n"
        "      - uses: actions/cache@v4\n        with:\n          path: .cache\n"
        "          key: b-${{ hashFiles('requirements.txt', 'requirements-dev.txt') }}\n"
    )
    result = workflow(followed({".github/workflows/ci.yml": text}))
    assert "      - 'src/**'\n      - 'pyproject.toml'\n      - 'uv.lock'\n" in result
    assert "a-${{ hashFiles('uv.lock', '**/uv.lock', 'src/a.py') }}" in result
    assert "b-${{ hashFiles('uv.lock') }}" in result


def test_a_filter_for_a_list_that_stays_stays() -> None:
    dockerfile = {"Dockerfile": "FROM python:3.13\nCOPY requirements.txt .\nRUN pip install -r requirements.txt\n"}
    text = "on:\n  push:\n    paths: [requirements.txt]\njobs: {}\n"
    plan = followed({".github/workflows/ci.yml": text, **dockerfile})
    assert workflow(plan) == text
