"""Env files that the Python code reads by itself: `load_dotenv`, `env_file` of settings classes, `read_env`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from msgspec import Struct

from dockwright.project.model import Project, view
from dockwright.project.modules import in_tests
from dockwright.syntax import python_code
from dockwright.syntax.python_code import PythonFile
from dockwright.text import Site

if TYPE_CHECKING:
    import ast

# The functions and methods that read an env file, and whether what it holds wins over the process's own variables.
# Sources: python-dotenv, environs, django-environ: each lets the process win unless it is told otherwise.
_LOADERS = {
    "dotenv.load_dotenv": "load_dotenv",
    "dotenv.main.load_dotenv": "load_dotenv",
    "dotenv.dotenv_values": "dotenv_values",
}
_METHOD = "read_env"
_OVERRIDES = ("override", "overwrite", "recurse_override")
_SIGNS = ("dotenv", "env_file", "read_env")


class PythonEnvFile(Struct, frozen=True):
    """A place where code reads an env file: its path as written, None where it looks for `.env` or nothing tells.

    `override` is whether the file wins over the variables that the process has.
    """

    at: Site
    via: str
    path: str | None
    override: bool


@view
def python_env_files(project: Project) -> tuple[PythonEnvFile, ...]:
    """Every place outside of tests where the code reads an env file, by file and place."""
    found: list[PythonEnvFile] = []
    for source in project.of_kind("python"):
        if not in_tests(source.path) and any(sign in source.text for sign in _SIGNS):
            found += _of_file(project.trees.of(python_code.parse, source))
    return tuple(found)


def _of_file(file: PythonFile) -> Iterator[PythonEnvFile]:
    import ast

    for call in file.nodes(ast.Call):
        dotted = file.dotted(call.func) or ""
        via = _LOADERS.get(dotted)
        if via is None and isinstance(call.func, ast.Attribute) and call.func.attr == _METHOD:
            via = _METHOD
        if via is not None:
            yield PythonEnvFile(_at(file, call), via, _path(file, call), _overrides(file, call))
        for keyword in call.keywords:
            if keyword.arg == "env_file" and dotted.endswith(("SettingsConfigDict", "ConfigDict")):
                yield from _of_setting(file, keyword.value)
    for assigned in file.nodes(ast.Assign):
        for target in assigned.targets:
            if isinstance(target, ast.Name) and target.id == "env_file":
                yield from _of_setting(file, assigned.value)


def _of_setting(file: PythonFile, value: ast.expr) -> Iterator[PythonEnvFile]:
    """A settings class's `env_file`, one or several; the process's variables win over them."""
    import ast

    for each in value.elts if isinstance(value, (ast.List, ast.Tuple)) else [value]:
        constant = file.constant(each)
        if constant is None or isinstance(constant.value, str):
            yield PythonEnvFile(
                _at(file, each), "pydantic-settings", None if constant is None else str(constant.value), False
            )


def _at(file: PythonFile, node: ast.AST) -> Site:
    return Site(file.source.path, file.span(node))


def _path(file: PythonFile, call: ast.Call) -> str | None:
    given = call.args[0] if call.args else None
    for keyword in call.keywords:
        if keyword.arg in ("dotenv_path", "path", "env_file"):
            given = keyword.value
    constant = file.constant(given)
    return constant.value if constant is not None and isinstance(constant.value, str) else None


def _overrides(file: PythonFile, call: ast.Call) -> bool:
    return any(
        keyword.arg in _OVERRIDES and (constant := file.constant(keyword.value)) is not None and constant.value is True
        for keyword in call.keywords
    )
