"""The schema: what every file says of a variable, in one place."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dockwright.env.schema import Variable, schema
from dockwright.env.types import TYPES, agreed, fits, from_code, from_value
from dockwright.report import env_schema as report
from dockwright.syntax import dotenv
from dockwright.text import Source
from json_schema import problems
from projects import project

SETTINGS = """\
from enum import StrEnum
from typing import Literal
from pydantic import BaseModel, EmailStr, Field, PostgresDsn, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

class Mode(StrEnum):
    FAST = "fast"
    SAFE = "safe"

class Cache(BaseModel):
    host: str
    port: int = 6379

class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="SHOP_", env_nested_delimiter="__")
    debug: bool = False
    workers: int = Field(4, description="How many processes serve.")
    level: Literal["debug", "info"] = "info"
    mode: Mode = Mode.SAFE
    database: PostgresDsn
    admin: EmailStr | None = None
    api_token: SecretStr
    cache: Cache
    origins: list[str] = []
    port: int = Field(8000, validation_alias="PORT")
"""


def variable(files: Mapping[str, str], name: str) -> Variable:
    found = schema(project(files)).get(name)
    assert found is not None, sorted(schema(project(files)).variables)
    return found


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("SHOP_DEBUG", ("boolean", "False", False)),
        ("SHOP_WORKERS", ("integer", "4", False)),
        ("SHOP_LEVEL", ("choice", "info", False)),
        ("SHOP_DATABASE", ("url", None, True)),
        ("SHOP_ADMIN", ("email", None, False)),
        ("SHOP_API_TOKEN", ("text", None, True)),
        ("SHOP_CACHE__HOST", ("text", None, True)),
        ("SHOP_CACHE__PORT", ("integer", "6379", False)),
        ("SHOP_ORIGINS", ("list", None, False)),
        ("PORT", ("integer", "8000", False)),
    ],
)
def test_fields_of_settings_classes(name: str, expected: tuple[str, str | None, bool]) -> None:
    found = variable({"shop/settings.py": SETTINGS}, name)
    assert (found.type, found.default, found.required) == expected
    assert found.typed
    assert found.read[0].what == "pydantic-settings class Settings"


def test_choices_descriptions_and_secrets_of_settings_classes() -> None:
    known = schema(project({"shop/settings.py": SETTINGS}))
    assert known.variables["SHOP_LEVEL"].choices == ("debug", "info")
    assert known.variables["SHOP_MODE"].choices == ("fast", "safe")
    assert known.variables["SHOP_WORKERS"].description == "How many processes serve."
    assert known.secrets == {"SHOP_API_TOKEN"}


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("import os\nA = os.environ['A']\n", ("unknown", None, True)),
        ("import os\nA = int(os.getenv('A', '5'))\n", ("integer", "5", False)),
        ("import environ\nenv = environ.Env()\nA = env.bool('A', default=True)\n", ("boolean", "True", False)),
        ("import environ\nenv = environ.Env()\nA = env.db_url('A')\n", ("url", None, True)),
        ("from environs import Env\nenv = Env()\nA = env.list('A', [])\n", ("list", None, False)),
        ("from decouple import config\nA = config('A', cast=int)\n", ("integer", None, True)),
        ("from decouple import config\nA = config('A', default='x')\n", ("unknown", "x", False)),
        (
            "from dynaconf import Dynaconf, Validator\n"
            "settings = Dynaconf(envvar_prefix=False, validators=[Validator('A', must_exist=True)])\n",
            ("unknown", None, True),
        ),
    ],
)
def test_reads_of_libraries(code: str, expected: tuple[str, str | None, bool]) -> None:
    found = variable({"app/settings.py": code}, "A")
    assert (found.type, found.default, found.required) == expected


def test_every_file_that_gives_or_reads_a_variable_is_a_place() -> None:
    files = {
        "compose.dev.yaml": "services:\n  app:\n    build:\n      context: .\n      args:\n        A: 1\n"
        "    env_file: .env.dev\n    environment:\n      A: ${A:?}\n      B:\n    command: echo ${A:-8}\n",
        ".env.dev": "A=1\n",
        ".env.dev.example": "# How many there are.\nA=2\n\n# B=3\n",
        "Dockerfile": "FROM scratch\nARG A=4\nENV A=5\nARG B\n",
        ".github/workflows/ci.yml": "jobs:\n  test:\n    env:\n      A: 6\n    steps:\n      - run: export A=7\n",
        "Makefile": "export A = 8\nup:\n\tA=9 docker compose -f compose.dev.yaml up\n",
        "run.sh": "#!/bin/sh\nexport A=10\n",
        "app.py": "import os\nos.environ['A']\n",
    }
    a, b = variable(files, "A"), variable(files, "B")
    assert {(place.kind, place.envs) for place in a.defined} == {
        ("build argument", ("dev",)),
        ("environment", ("dev",)),
        ("env file", ("dev",)),
        ("example", ("dev",)),
        ("Dockerfile ARG", ()),
        ("Dockerfile ENV", ()),
        ("workflow", ()),
        ("shell", ()),
        ("make", ()),
    }
    assert {(place.kind, place.required) for place in a.read} == {
        ("interpolation", True),
        ("interpolation", False),
        ("code", True),
    }
    assert {place.kind for place in b.read} == {"passed on", "Dockerfile ARG"}
    assert (a.required, a.type, a.description) == (True, "integer", "How many there are.")
    assert b.documented


def test_a_comment_above_several_variables_describes_none() -> None:
    found = schema(project({".env.example": "# The database of the shop\nA=1\nB=2\n\n# C is special here\nC=1\n"}))
    assert [each.description for each in found.variables.values()] == ["", "", "C is special here"]


def test_what_the_host_sets_is_left_out_unless_somebody_writes_it() -> None:
    code = {"app.py": "import os\nos.environ['HOME']\n"}
    assert schema(project(code)).get("HOME") is None
    assert schema(project({**code, ".env": "HOME=/srv\n"})).get("HOME") is not None


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("int | None", "integer"), ("Optional[bool]", "boolean"), ("conint(gt=0)", "integer"), ("list[int]", "list"),
        ("Literal['a', 1]", "choice"), ("dict[str, str]", "json"), ("str | int", "text"), ("Custom", "unknown"),
        ("pathlib.Path", "path"), ("SecretStr", "text"), ("Annotated[int, Gt(0)]", "integer"), (None, "unknown"),
    ],
)  # fmt: skip
def test_types_that_code_says(said: str | None, kind: str) -> None:
    assert from_code(said)[0] == kind


@given(st.text(max_size=20))
def test_a_value_fits_the_type_that_it_lets_guess(value: str) -> None:
    assert fits(value, from_value(value))


def test_readers_that_do_not_agree_leave_a_text() -> None:
    assert agreed(["integer", "number"]) == "integer"
    assert agreed(["text", "integer"]) == "integer"
    assert agreed(["url", "integer"]) == "text"
    assert agreed(["unknown"]) == "unknown"
    assert agreed(TYPES) == "text"


def test_the_json_schema_takes_good_values_and_refuses_others() -> None:
    made = project({"shop/settings.py": SETTINGS})
    document = msgspec.json.decode(report.json_schema(made, schema(made)))
    good = {
        "SHOP_DEBUG": "Yes", "SHOP_WORKERS": "4", "SHOP_LEVEL": "debug", "SHOP_DATABASE": "postgres://db/shop",
        "SHOP_API_TOKEN": "x", "SHOP_CACHE__HOST": "redis", "ELSE": "1",
    }  # fmt: skip
    assert document["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert list(problems(good, document)) == []
    for wrong in ({"SHOP_DEBUG": "maybe"}, {"SHOP_WORKERS": "four"}, {"SHOP_LEVEL": "loud"}, {"SHOP_DATABASE": "db"}):
        assert list(problems({**good, **wrong}, document)) != []
    assert list(problems({}, document)) != []


def test_the_example_is_an_env_file_that_names_all_and_holds_no_secret() -> None:
    made = project({"shop/settings.py": SETTINGS, ".env": "SHOP_API_TOKEN=canary-1\n"})
    text = report.example(made, schema(made))
    file = dotenv.parse(Source(".env.example", text))
    assert not file.problems
    assert {entry.key for entry in file.entries} == {"SHOP_API_TOKEN", "SHOP_CACHE__HOST", "SHOP_DATABASE"}
    assert {entry.key for entry in (*file.entries, *file.commented)} == set(schema(made).variables)
    assert "# One of debug, info; read by shop/settings.py.\n# SHOP_LEVEL=info\n" in text
    assert "canary" not in text
