"""Other package managers' manifests become a locked pyproject.toml: with what, and where not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from dockwright.engine.uv import installed
from dockwright.plan import Plan, make_plan
from dockwright.refactor.packaging.locking import Locking
from dockwright.syntax import toml
from dockwright.text import Source
from dockwright.tools import Uv, Worked
from projects import project, texts

IMAGE = {
    "Dockerfile": "FROM python:3.13-slim\nWORKDIR /app\nCOPY . .\nRUN pip install -r requirements.txt\n"
    'CMD ["python", "app.py"]\n',
    "app.py": "print()\n",
}

# idna needs nothing; httpcore needs h11 and certifi.
NEEDS = {"httpcore": ["certifi", "h11"], "certifi": [], "h11": [], "idna": [], "pytest": ["pluggy"], "pluggy": []}


class PretendedUv:
    """Locks what `pyproject.toml` asks for, by the table above."""

    def __init__(self, error: str | None = None) -> None:
        self.error = error
        self.given: Mapping[str, bytes] = {}
        self.options: Sequence[str] = ()

    def migrate(self, files: Mapping[str, bytes], options: Sequence[str]) -> Worked:
        self.given, self.options = files, options
        if self.error is not None:
            return Worked({}, self.error)
        text = files["pyproject.toml"].decode()
        for path, table in (("requirements.txt", ""), ("requirements-dev.txt", "\n[dependency-groups]\n")):
            names = [line for line in files.get(path, b"").decode().split("\n") if line and line[0] != "-"]
            key = "dev" if table else "dependencies"
            listed = "".join(f'    "{name}",\n' for name in names)
            text += f"{table}{key} = [\n{listed}]\n" if names else ""
        return self.lock({"pyproject.toml": text.encode()})

    def lock(self, files: Mapping[str, bytes]) -> Worked:
        if self.error is not None:
            return Worked({}, self.error)
        manifest = toml.parse(Source.read("pyproject.toml", files["pyproject.toml"]))
        pending = [*(manifest.get("project", "dependencies") or ()), *(manifest.get("dependency-groups", "dev") or ())]
        found: set[str] = set()
        while pending:
            name = pending.pop().partition("==")[0]
            if name not in found:
                found.add(name)
                pending += NEEDS[name]
        packages = []
        for name in sorted(found):
            needs = ", ".join(f'{{ name = "{need}" }}' for need in NEEDS[name])
            head = f'[[package]]\nname = "{name}"\nversion = "1"\nsource = {{ registry = "x" }}\n'
            packages.append(f"{head}dependencies = [{needs}]\n")
        return Worked({"pyproject.toml": files["pyproject.toml"], "uv.lock": "\n".join(packages).encode()})


def locked(files: Mapping[str, str], uv: Uv | None = None) -> Plan:
    used = PretendedUv() if uv is None else uv
    return make_plan(project({**IMAGE, **files}), [], [Locking(lambda: used)])


def test_requirements_become_a_project_of_the_image_s_python() -> None:
    result = texts(locked({"requirements.txt": "idna\nhttpcore\n"}).after)
    assert result["pyproject.toml"] == (
        '[project]\nname = "shop"\nversion = "0.1.0"\nrequires-python = ">=3.13"\ndependencies = [\n'
        '    "idna",\n    "httpcore",\n]\n'
    )
    assert "uv.lock" in result


def test_what_only_others_need_is_left_to_the_lock() -> None:
    files = {
        "requirements.txt": "certifi==1\nh11==1\nhttpcore==1\nidna==1\n",
        "requirements-dev.txt": "pluggy==1\npytest==1\n",
        "app.py": "import h11\n",
    }
    after = texts(locked(files).after)
    manifest = toml.parse(Source("pyproject.toml", after["pyproject.toml"], 0o644))
    assert manifest.get("project", "dependencies") == ["h11==1", "httpcore==1", "idna==1"]
    assert manifest.get("dependency-groups", "dev") == ["pytest==1"]
    assert 'name = "certifi"' in after["uv.lock"]


def test_git_is_shown_the_lock() -> None:
    ignored = ".venv\n\n# uv\nuv.lock\n\n# Local\nlogs/\n"
    result = texts(locked({"requirements.txt": "idna\n", ".gitignore": ignored}).after)
    assert result[".gitignore"] == ".venv\n\n# Local\nlogs/\n"


REFUSED = [
    ({"requirements.txt": "-e ./lib\n"}, "a path"),
    ({"setup.py": 'from setuptools import setup\nsetup(install_requires=["idna"])\n'}, "dynamic"),
    (
        {
            "Dockerfile": "",
            "{{cookiecutter.slug}}/Dockerfile": "FROM python\n",
            "{{cookiecutter.slug}}/requirements.txt": "a",
        },
        "a template",
    ),
    ({"environment.yml": "dependencies:\n  - idna\n"}, "conda"),
]


@pytest.mark.parametrize(("files", "reason"), REFUSED)
def test_what_only_code_can_tell_is_left(files: dict[str, str], reason: str) -> None:
    plan = locked(files)
    assert not plan.patches
    assert [reason in left.reason for left in plan.deferred] == [True]


POETRY = {
    "pyproject.toml": '[tool.poetry]\nname = "shop"\n[tool.poetry.dependencies]\npython = "^3.13"\nidna = "*"\n',
    "Dockerfile": IMAGE["Dockerfile"].replace("pip install -r requirements.txt", "poetry install"),
}
MIGRATED = """[project]
name = "shop"
version = "0.1.0"
classifiers = [
    "Programming Language :: Python :: 3.13",
]
dependencies = ["idna"]

[tool.uv]
default-groups = "all"

[build-system]
requires = ["uv_build>=0.8.22,<0.9.0"]
build-backend = "uv_build"
"""


class PoetrysUv(PretendedUv):
    """Migrates to the text above."""

    def migrate(self, files: Mapping[str, bytes], options: Sequence[str]) -> Worked:
        return self.lock({"pyproject.toml": MIGRATED.encode()})


def test_what_has_no_module_to_build_is_no_package() -> None:
    after = texts(locked(POETRY, PoetrysUv()).after)["pyproject.toml"]
    assert after == (
        '[project]\nname = "shop"\nversion = "0.1.0"\ndependencies = ["idna"]\n\n'
        '[tool.uv]\npackage = false\ndefault-groups = "all"\n'
    )


@pytest.mark.parametrize("module", ["shop/__init__.py", "src/shop/__init__.py", "shop.py"])
def test_what_has_one_is_built(module: str) -> None:
    after = texts(locked({**POETRY, module: ""}, PoetrysUv()).after)["pyproject.toml"]
    assert "[build-system]" in after


CHECKED = "\nFROM python:3.13-slim AS check\nCOPY . .\nRUN coverage run -m pytest\n\nFROM python:3.13-slim\n"


@pytest.mark.parametrize("files", [{}, POETRY], ids=["pip", "poetry"])
def test_a_dockerfile_that_stays_keeps_what_it_installs_from(files: dict[str, str]) -> None:
    whole = {**IMAGE, "requirements.txt": "idna\n", **files}
    whole["Dockerfile"] = CHECKED.join(whole["Dockerfile"].split("FROM python:3.13-slim\n"))
    plan = locked(whole, PoetrysUv() if files else None)
    assert not plan.patches
    (left,) = plan.deferred
    assert left.reason.endswith(
        "Dockerfile still installs from it, and stays as it is: the stage check is an image of its own"
    )
    assert left.at is not None
    assert left.at.path == "Dockerfile"


def test_poetry_s_tables_stay_while_one_image_needs_them() -> None:
    jobs = {"jobs.Dockerfile": 'FROM python:3.13-slim\nRUN poetry install\nONBUILD RUN true\nCMD ["job"]\n'}
    assert not locked({**POETRY, **jobs}, PoetrysUv()).patches


def test_the_index_that_uv_asks_by_itself_is_not_named() -> None:
    uv = PretendedUv()
    pipfile = '[[source]]\nurl = "https://pypi.org/simple"\nname = "pypi"\n\n[packages]\nidna = "*"\n'
    locked({"Pipfile": pipfile, "Dockerfile": IMAGE["Dockerfile"].replace("pip install", "pipenv install")}, uv)
    assert uv.given["Pipfile"] == b'[packages]\nidna = "*"\n'


def test_without_uv_the_way_out_is_named() -> None:
    plan = make_plan(project({**IMAGE, "requirements.txt": "idna\n"}), [], [Locking(lambda: None)])
    assert not plan.patches
    assert "dockwright[uv]" in plan.deferred[0].reason


def test_a_failure_is_said_at_its_place() -> None:
    plan = locked({"requirements.txt": "idna\n"}, PretendedUv("no network"))
    assert not plan.patches
    assert (plan.deferred[0].reason, plan.deferred[0].at and plan.deferred[0].at.path) == (
        "no network",
        "requirements.txt",
    )


@pytest.mark.parametrize(
    "files",
    [{"requirements.txt": "idna\n", "uv.lock": "version = 1\n"}, {"docs/requirements.txt": "idna\n"}, {}],
    ids=["locked already", "no image's", "nothing"],
)
def test_it_is_silent_where_there_is_nothing_to_do(files: dict[str, str]) -> None:
    plan = locked(files)
    assert not plan.patches
    assert not plan.deferred


def test_real_uv_keeps_every_version() -> None:
    uv = installed()
    assert uv is not None
    files = {
        "requirements.txt": "anyio==4.9.0\nidna==3.10\nsniffio==1.3.1\n"
        "typing-extensions==4.14.0 ; python_version < '3.13'\n",
        "Dockerfile": "FROM python:3.11-slim\nCOPY . .\nRUN pip install -r requirements.txt\n",
    }
    after = texts(locked(files, uv).after)
    versions = {
        each["name"]: each["version"] for each in toml.parse(Source("uv.lock", after["uv.lock"], 0o644)).get("package")
    }
    assert {
        "anyio": "4.9.0",
        "idna": "3.10",
        "sniffio": "1.3.1",
        "typing-extensions": "4.14.0",
    }.items() <= versions.items()
    assert '    "anyio==4.9.0",\n]' in after["pyproject.toml"]
