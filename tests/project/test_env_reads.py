from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dockwright.facts.secret_names import names_a_secret
from dockwright.project.env_reads import EnvRead, env_reads
from dockwright.text import Source


def reads(files: Mapping[str, str]) -> tuple[EnvRead, ...]:
    return env_reads({path: Source(path, text) for path, text in files.items()})


def summary(files: Mapping[str, str] | str) -> list[str]:
    """`NAME` for a required variable, `NAME?` for another, with `=default` and `:type` where known."""
    found = reads({"app.py": files} if isinstance(files, str) else files)
    return [
        read.name
        + ("" if read.required else "?")
        + (f"={read.default}" if read.default is not None else "")
        + (f":{read.type}" if read.type else "")
        for read in found
    ]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("import os\nos.environ['A']", ["A"]),
        ("import os as o\nint(o.environ['A'])", ["A:int"]),
        ("from os import environ, getenv\nenviron.get('A')\ngetenv('B', 'x')", ["A?", "B?=x"]),
        ("from os import environ as e\ne.get('A', default=3)\ne.pop('B')", ["A?=3", "B"]),
        ("import os\nos.environ.setdefault('A', 'x')", ["A?=x"]),
        ("import os\nos.environ['A'] = 'x'\ndel os.environ['B']", []),
        ("import os\nif 'A' in os.environ:\n    os.environ['A']", ["A?", "A?"]),
        ("import os\nNAME = 'A'\nos.environ[NAME]", ["A"]),
        ("import os\nos.getenv(name)\nos.getenv(f'X_{a}')", []),
        ("import os\nos.getenv('A', compute())", ["A?"]),
        ("environ = {}\nenviron['A']", []),
        ("# os.environ['A']\n'getenv(\"B\")'", []),
        ("import os\ndef need(n): return os.environ[n]\nneed('A')", ["A"]),
        ("import os\ndef get(n, d=None):\n    return os.getenv(n, d)\nget('A', 'x')\nget('B')", ["A?=x", "B?"]),
        ("import typer\ndef f(a=typer.Option(envvar=['A', 'B'])): ...", ["A?", "B?"]),
    ],
)
def test_reads_through_os(code: str, expected: list[str]) -> None:
    assert summary(code) == expected


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (
            "import environ\nenv = environ.Env()\nenv('A')\nenv.bool('B', default=False)\nenv.int('C', 3)",
            ["A", "B?=False:bool", "C?=3:int"],
        ),
        ("import environ\nenv = environ.Env()\nenv.db()\nenv.cache('REDIS', default='x://')", None),
        (
            "from decouple import config\nconfig('A')\nconfig('B', default='x')\nconfig('C', cast=int, default=3)",
            ["A", "B?=x", "C?=3:int"],
        ),
        (
            "from starlette.config import Config\nconfig = Config('.env')\nconfig('A', cast=bool, default=False)",
            ["A?=False:bool"],
        ),
        (
            "from environs import Env\nenv = Env()\nenv.read_env()\nenv('A', 'x')\nenv.list('B')",
            ["A?=x", "B:list"],
        ),
        ("from environs import env\nwith env.prefixed('X_'):\n    env.str('A')\nenv.str('A')", ["X_A:str", "A:str"]),
        (
            "from dynaconf import Dynaconf, Validator\n"
            "Dynaconf(envvar_prefix='X', validators=[Validator('A', must_exist=True), Validator('B', default=1)])",
            ["X_A", "X_B?=1"],
        ),
    ],
    ids=["django-environ", "django-environ urls", "decouple", "starlette", "environs", "environs prefix", "dynaconf"],
)
def test_reads_through_libraries(code: str, expected: list[str] | None) -> None:
    assert summary(code) == (expected or ["DATABASE_URL:db", "REDIS?=x://:cache"])


_PYDANTIC = "from pydantic import Field, AliasChoices\nfrom pydantic_settings import BaseSettings, SettingsConfigDict\n"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("a: str\n b: int = 3\n c: str | None = None", ["A:str", "B?=3:int", "C?:str | None"]),
        ("model_config = SettingsConfigDict(env_prefix='X_')\n a: str", ["X_A:str"]),
        ("model_config = {'env_prefix': 'x_', 'case_sensitive': True}\n a: str", ["x_a:str"]),
        ("a: str\n class Config:\n  env_prefix = 'X_'", ["X_A:str"]),
        ("a: str\n class Config:\n  fields = {'a': {'env': 'OTHER'}}", ["OTHER:str"]),
        (
            "model_config = SettingsConfigDict(env_prefix='X_')\n a: str = Field(alias='b')\n c: int = Field(3)",
            ["B:str", "X_C?=3:int"],
        ),
        ("a: str = Field(validation_alias=AliasChoices('P', 'Q'))", ["P?:str", "Q?:str"]),
        ("a: str = Field(...)\n b: str = Field(default_factory=list)", ["A:str", "B?:str"]),
        ("a: Annotated[int, Field(alias='P')] = 3", ["P?=3:int"]),
        ("_a: str\n b: ClassVar[str] = 'x'\n def c(self): ...", []),
        ("a: Inner\n b: Inner | None = None\n c: Optional[Inner] = None\n d: str", ["D:str"]),
    ],
)
def test_settings_classes(body: str, expected: list[str]) -> None:
    code = f"from typing import *\nfrom pydantic import BaseModel\n{_PYDANTIC}class Inner(BaseModel):\n x: str\n"
    assert summary(f"{code}class Settings(BaseSettings):\n {body}\n") == expected


def test_settings_classes_through_a_base_in_another_file() -> None:
    files = {
        "app/__init__.py": "",
        "app/base.py": _PYDANTIC + "class Base(BaseSettings):\n env_file: str\n",
        "app/config.py": "from .base import Base\nclass Mid(Base):\n a: str\n"
        "class Leaf(Mid, env_prefix='X_'):\n b: int\n",
        "other.py": "from app import config\nclass Far(config.Mid):\n c: str",
    }
    assert summary(files) == ["ENV_FILE:str", "X_ENV_FILE:str", "A:str", "X_A:str", "X_B:int", "C:str"]


def test_reading_objects_and_helpers_are_followed_to_other_files() -> None:
    files = {
        "config/__init__.py": "from .env import env",
        "config/env.py": "import environ\nimport os\nenv = environ.Env()\ndef flag(n, d=False): return os.getenv(n, d)",
        "config/settings.py": "from config import env\nfrom config.env import flag\nenv('A')\nflag('B', True)",
        "unrelated.py": "def env(x): ...\nenv('C')",
    }
    assert summary(files) == ["A", "B?=True"]


@pytest.mark.parametrize(
    "code",
    [
        "import os\nos.getenv('SECRET_KEY', 'hunter2')",
        "import os\nos.getenv('DB_PASSWORD', 12345678)",
        "import os\nos.getenv('DATABASE_URL', 'postgresql://me:hunter2@db/app')",
        _PYDANTIC + "class S(BaseSettings):\n pin: SecretStr = 'hunter2'",
    ],
)
def test_a_default_that_may_be_a_secret_is_not_kept(code: str) -> None:
    (read,) = reads({"app.py": code})
    assert not read.required
    assert read.default is None


def test_names_of_secrets() -> None:
    assert all(
        map(names_a_secret, ["SECRET_KEY", "API_KEY", "POSTGRES_PASSWORD", "GITHUB_TOKEN", "SENTRY_DSN", "DB_PASS"])
    )
    assert not any(map(names_a_secret, ["DEBUG", "MONKEY", "COMPASS", "LOG_LEVEL", "KEYCLOAK_URL", "PORT"]))


def test_a_read_stands_at_its_name_and_says_whether_it_is_in_tests() -> None:
    files = {
        "tests/conftest.py": "import os\né = os.getenv('A')",
        "app.py": _PYDANTIC + "class S(BaseSettings):\n é: str",
    }
    app, test = reads(files)
    assert files["app.py"][slice(*app.span)] == "é"
    assert files["tests/conftest.py"][slice(*test.span)] == "A"
    assert (app.in_tests, test.in_tests) == (False, True)
    assert (app.via, test.via) == ("pydantic-settings", "os.environ")


def test_a_deep_annotation_is_read() -> None:
    deep = " | ".join(["int"] * 900)
    (read,) = reads({"app.py": f"{_PYDANTIC}class S(BaseSettings):\n a: {deep}\n"})
    assert read.type == deep


def test_files_that_do_not_parse_are_passed_over() -> None:
    assert summary({"a.py": "os.environ[", "b.py": "import os\nos.environ['A']"}) == ["A"]


_PIECES = st.sampled_from(
    [
        "import os\n", "from os import *\n", "os.environ[A]\n", "os.environ['A']\n", "os.getenv()\n", "os.getenv(*a)\n",
        "class A(A): pass\n", "class A(B):\n a: A\n", "class B(A):\n b: B = Field()\n", "from a import A, B\n",
        "from . import a\n", "from .a import A\n", _PYDANTIC, "class A(BaseSettings):\n a: 'x'\n", "A = B = A\n",
        "def f(n, d=os.getenv(n)): return os.environ[n]\n", "f()\n", "f(d=1, n='A')\n", "'A' in os.environ\n",
        "import environ\nenv = environ.Env()\nenv()\nenv.db()\n",
    ]
)  # fmt: skip


@given(st.lists(_PIECES, max_size=8), st.lists(_PIECES, max_size=8))
def test_any_code_is_read_without_raising(first: list[str], second: list[str]) -> None:
    files = {"a.py": "".join(first), "p/b.py": "".join(second)}
    for read in reads(files):
        assert 0 <= read.span.start < read.span.end <= len(files[read.path])
