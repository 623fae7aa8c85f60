"""Settings: read from either file, refused with a place and a way out, and described by a schema that is fresh."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from dockwright.config import Settings, read
from dockwright.errors import UsageError
from dockwright.text import Source
from json_schema import problems

ROOT = Path(__file__).parents[1]
SCHEMA: dict[str, Any] = json.loads((ROOT / "docs" / "dockwright.schema.json").read_bytes())
FULL = """\
select = ["DW1", "env-file-missing"]
ignore = ["DW101"]
fail-on = "error"
unsafe-fixes = true
exclude = ["examples/"]

[per-file-ignores]
"tests/**" = ["DW301"]
"""


def settings(text: str, path: str = "dockwright.toml") -> Settings:
    return read([Source(path, text)]).settings


def test_every_setting_is_read() -> None:
    assert settings(FULL) == Settings(
        select=("DW1", "env-file-missing"),
        ignore=("DW101",),
        fail_on="error",
        unsafe_fixes=True,
        per_file_ignores={"tests/**": ("DW301",)},
        exclude=("examples/",),
    )


def test_pyproject_holds_the_same_in_its_table() -> None:
    table = FULL.replace("[per", "[tool.dockwright.per")
    assert settings(f"[tool.dockwright]\n{table}", "pyproject.toml") == settings(FULL)


@pytest.mark.parametrize(
    "text", ["", "[project]\nname = 'shop'\n", "[tool.dockwright]\n", "# dockwright\n[tool.ruff]\nselect = ['E']\n"]
)
def test_a_project_needs_no_settings(text: str) -> None:
    assert settings(text, "pyproject.toml") == Settings()


def test_settings_in_both_files_are_refused() -> None:
    own, shared = Source("dockwright.toml", FULL), Source("pyproject.toml", "\n[tool.dockwright]\nselect = ['DW1']\n")
    with pytest.raises(UsageError, match=r"pyproject.toml:2: both dockwright.toml and pyproject.toml") as caught:
        read([own, shared])
    assert caught.value.hint == "keep those of dockwright.toml, and delete this table"
    assert read([Source("dockwright.toml", ""), shared]).settings.select == ("DW1",)


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("\nselct = []", "2: no setting is called selct", "did you mean select?"),
        ("unsafe_fixes = true", "1: no setting is called unsafe_fixes", "did you mean unsafe-fixes?"),
        ("zzz = 1", "1: no setting is called zzz", "there are select, ignore, fail-on"),
        ('select = "DW1"', "1: select: a list of texts is expected, not a text", ""),
        ('select = [\n"DW1",\n3]', "3: select: a text is expected, not a number", ""),
        ('fail-on = "high"', "1: fail-on: high is none of error, warning, info, never", ""),
        ("unsafe-fixes = 1", "1: unsafe-fixes: true or false is expected, not a number", ""),
        ("per-file-ignores = []", "1: per-file-ignores: a table is expected, not a list of texts", ""),
        ('[per-file-ignores]\na = ["b"]\n"c/d" = 3', "3: per-file-ignores.c/d: a list of texts is expected", ""),
        ('[per-file-ignores]\na = ["b", 1]', "2: per-file-ignores.a: a text is expected", ""),
        ("select = [", "1: not TOML: ", ""),
    ],
)
def test_a_wrong_setting_is_an_error_with_its_place(text: str, message: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        settings(text)
    assert str(caught.value).startswith(f"dockwright.toml:{message}")
    assert (caught.value.hint or "").startswith(hint)


@pytest.mark.parametrize("text", ["tool.dockwright = 3", "[tool]\ndockwright = ['a']"])
def test_the_table_has_to_be_one(text: str) -> None:
    with pytest.raises(UsageError, match="the settings have to be a table"):
        settings(text, "pyproject.toml")


@pytest.mark.parametrize("text", [FULL, ""])
def test_the_schema_takes_what_is_read(text: str) -> None:
    assert list(problems(tomllib.loads(text), SCHEMA)) == []


@pytest.mark.parametrize("text", ["selct = []", 'select = "DW1"', 'fail-on = "high"', "per-file-ignores = {a = 1}"])
def test_the_schema_refuses_what_is_refused(text: str) -> None:
    assert list(problems(tomllib.loads(text), SCHEMA))
    with pytest.raises(UsageError):
        settings(text)


def test_the_schema_describes_every_setting() -> None:
    assert set(SCHEMA["properties"]) == set(Settings.__struct_encode_fields__)
    assert all(setting["description"] for setting in SCHEMA["properties"].values())


def test_the_generated_documents_are_fresh() -> None:
    script = [sys.executable, "-m", "scripts.reference", "--check"]
    done = subprocess.run(script, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, ""), done.stdout + done.stderr
