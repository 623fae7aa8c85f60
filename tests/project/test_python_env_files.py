"""Env files that the code reads by itself."""

from __future__ import annotations

import pytest

from dockwright.project.python_env_files import python_env_files
from projects import project


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("from dotenv import load_dotenv\nload_dotenv()\n", [("load_dotenv", None, False)]),
        ("import dotenv\ndotenv.load_dotenv('a.env', override=True)\n", [("load_dotenv", "a.env", True)]),
        ("from dotenv import load_dotenv\nload_dotenv(dotenv_path='b.env')\n", [("load_dotenv", "b.env", False)]),
        ("from dotenv import dotenv_values\nA = dotenv_values('c.env')\n", [("dotenv_values", "c.env", False)]),
        ("from environs import Env\nenv = Env()\nenv.read_env(override=True)\n", [("read_env", None, True)]),
        ("import environ\nenviron.Env.read_env('.env', overwrite=True)\n", [("read_env", ".env", True)]),
        (
            "from pydantic_settings import BaseSettings, SettingsConfigDict\n\n"
            "class S(BaseSettings):\n    model_config = SettingsConfigDict(env_file=('.env', '.env.prod'))\n",
            [("pydantic-settings", ".env", False), ("pydantic-settings", ".env.prod", False)],
        ),
        (
            "from pydantic import BaseSettings\n\nclass S(BaseSettings):\n    class Config:\n        env_file = 'x'\n",
            [("pydantic-settings", "x", False)],
        ),
        (
            "from pydantic_settings import BaseSettings, SettingsConfigDict\n\n"
            "class S(BaseSettings):\n    model_config = SettingsConfigDict(env_file=None)\n",
            [],
        ),
        ("def load_dotenv():\n    pass\n\nload_dotenv()\n", []),
    ],
)
def test_calls_that_read_an_env_file(code: str, expected: list[tuple[str, str | None, bool]]) -> None:
    found = python_env_files(project({"app/settings.py": code}))
    assert [(each.via, each.path, each.override) for each in found] == expected


def test_tests_do_not_count() -> None:
    code = "from dotenv import load_dotenv\nload_dotenv()\n"
    assert python_env_files(project({"tests/conftest.py": code})) == ()
